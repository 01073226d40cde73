//! Where a peer sits: in this process or in a worker. The rounds treat both alike.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use harness::worker::{Description, Reply, Request};
use harness::{ColdSample, Row, RunSample, Shape, Start, Station};

use crate::Options;
use crate::engines;
use crate::worker::{WORKERS, Worker};

/// A peer ready to be timed.
pub struct Seat {
    /// What the peer says of itself.
    pub about: Description,
    place: Place,
}

enum Place {
    Here(Box<Station>),
    There(Rc<RefCell<Worker>>, usize),
}

impl Seat {
    /// One throughput run.
    pub fn run(&mut self, row: Row) -> Result<RunSample> {
        match &mut self.place {
            Place::Here(station) => station.run(row),
            Place::There(worker, peer) => match worker.borrow_mut().ask(Request::Run { peer: *peer, row })? {
                Reply::Run(sample) => Ok(sample),
                other => bail!("not an answer to a run: {other:?}"),
            },
        }
        .with_context(|| self.about.name.clone())
    }

    /// The most bytes that one run of `row` held, in a process that has done nothing else.
    pub fn peak(&self, row: Row) -> Result<u64> {
        let name = self.about.name.as_str();
        let mut worker = Worker::alone(name)?;
        let Reply::Stations(stations) = worker.ask(Request::Describe)? else {
            bail!("the worker of {name} does not describe itself");
        };
        let peer = stations.iter().position(|about| about.name == name);
        let peer = peer.with_context(|| format!("the worker has no {name}"))?;
        match worker.ask(Request::Peak { peer, row })? {
            Reply::Peak(bytes) => Ok(bytes),
            other => bail!("not an answer to a question about memory: {other:?}"),
        }
    }

    /// One visit's cold runs, `budget` of timed work.
    pub fn cold(&mut self, shape: Shape, start: Start, budget: Duration) -> Result<ColdSample> {
        match &mut self.place {
            Place::Here(station) => station.cold(shape, start, budget),
            Place::There(worker, peer) => {
                let budget_us = u64::try_from(budget.as_micros()).unwrap_or(u64::MAX);
                match worker.borrow_mut().ask(Request::Cold { peer: *peer, shape, start, budget_us })? {
                    Reply::Cold(sample) => Ok(sample),
                    other => bail!("not an answer to a cold run: {other:?}"),
                }
            }
        }
        .with_context(|| self.about.name.clone())
    }
}

/// Every peer's name, in the table's order: native, NDA, then roughly from fast to slow.
pub const ORDER: [&str; 12] = [
    "native",
    "nda-native",
    "nda",
    "wasmtime",
    "luajit",
    "wasmi",
    "luajit-int",
    "lua54",
    "quickjs",
    "cpython",
    "rhai",
    "rhai-ast",
];

/// Makes the wanted peers, building and starting the workers that they need.
pub fn take(options: &Options) -> Result<Vec<Seat>> {
    let mut seats = Vec::new();
    for name in ORDER.into_iter().filter(|name| options.wants(name)) {
        if let Some(peer) = engines::make(name).with_context(|| name.to_owned())? {
            let station = Station::new(peer);
            seats.push(Seat { about: Description::of(&station), place: Place::Here(Box::new(station)) });
        }
    }
    for kind in WORKERS.iter().filter(|kind| kind.peers.iter().any(|name| options.wants(name))) {
        let worker = Rc::new(RefCell::new(Worker::start(kind)?));
        let Reply::Stations(stations) = worker.borrow_mut().ask(Request::Describe)? else {
            bail!("{} does not describe itself", kind.binary);
        };
        for (peer, about) in stations.into_iter().enumerate().filter(|(_, about)| options.wants(&about.name))
        {
            seats.push(Seat { about, place: Place::There(Rc::clone(&worker), peer) });
        }
    }
    seats.sort_by_key(|seat| ORDER.iter().position(|name| *name == seat.about.name));
    Ok(seats)
}
