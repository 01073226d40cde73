//! Stations in another process: one JSON request a line on its standard input, one JSON reply a line back.
//!
//! Only the request travels while nobody is timed; the clock runs inside the worker, around the peer alone.

use std::io::{BufRead as _, Write as _};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{ColdSample, Dialect, Row, RunSample, Shape, Start, Station};

/// What the driver asks. `peer` is an index into the stations, in the order of [`Reply::Stations`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Request {
    /// Who is here?
    Describe,
    /// One throughput run.
    Run {
        /// Which station.
        peer: usize,
        /// Which program.
        row: Row,
    },
    /// The memory of one run.
    Peak {
        /// Which station.
        peer: usize,
        /// Which program.
        row: Row,
    },
    /// One visit's cold runs.
    Cold {
        /// Which station.
        peer: usize,
        /// Which program.
        shape: Shape,
        /// Warm or fresh.
        start: Start,
        /// Timed work to spend.
        budget_us: u64,
    },
}

/// What the worker answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    /// To [`Request::Describe`].
    Stations(Vec<Description>),
    /// To [`Request::Run`].
    Run(RunSample),
    /// To [`Request::Peak`]: bytes.
    Peak(u64),
    /// To [`Request::Cold`].
    Cold(ColdSample),
    /// The request failed; the text says why.
    Failed(String),
}

/// What the driver needs to know of a peer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Description {
    /// [`crate::Peer::name`].
    pub name: String,
    /// [`crate::Peer::version`].
    pub version: String,
    /// [`crate::Peer::dialect`].
    pub dialect: Dialect,
    /// [`crate::Peer::has_cold_start`].
    pub has_cold_start: bool,
}

impl Description {
    /// Describes the peer of a station.
    #[must_use]
    pub fn of(station: &Station) -> Self {
        let peer = station.peer();
        Self {
            name: peer.name().to_owned(),
            version: peer.version(),
            dialect: peer.dialect(),
            has_cold_start: peer.has_cold_start(),
        }
    }
}

/// Answers requests until the driver closes the pipe.
///
/// # Errors
/// If the pipe breaks or a line is not a request.
pub fn serve(mut stations: Vec<Station>) -> Result<()> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let request: Request = serde_json::from_str(&line?)?;
        let reply =
            answer(&mut stations, request).unwrap_or_else(|error| Reply::Failed(format!("{error:#}")));
        serde_json::to_writer(&mut output, &reply)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(stations: &mut [Station], request: Request) -> Result<Reply> {
    Ok(match request {
        Request::Describe => Reply::Stations(stations.iter().map(Description::of).collect()),
        Request::Run { peer, row } => Reply::Run(station(stations, peer)?.run(row)?),
        Request::Peak { peer, row } => Reply::Peak(station(stations, peer)?.peak(row)?),
        Request::Cold { peer, shape, start, budget_us } => {
            Reply::Cold(station(stations, peer)?.cold(shape, start, Duration::from_micros(budget_us))?)
        }
    })
}

fn station(stations: &mut [Station], index: usize) -> Result<&mut Station> {
    stations.get_mut(index).context("no such station")
}
