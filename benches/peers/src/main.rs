//! NDA beside other embeddable engines, in one run: throughput, cold start, commit, compile latency.
//!
//! `README.md` says what is measured, how, and what each peer's configuration is. This binary knows the clock, the
//! rounds and the table; the engines are in [`engines`] and in the workers of the package `peers-lua`, the programs in
//! the package `harness`.

mod cold;
mod commit;
mod compile;
mod engines;
mod machine;
mod seat;
mod stats;
mod table;
mod throughput;
mod worker;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};
use harness::{Row, Shape};

use machine::Machine;
use seat::Seat;
use table::Grid;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Long-running programs.
    Throughput,
    /// From text to the first answer.
    Cold,
    /// One small change in a large store.
    Commit,
    /// What machine code costs before it runs.
    Compile,
}

/// NDA beside other embeddable engines: throughput, cold start, commit, compile latency.
#[derive(Debug, Parser)]
#[command(name = "peers")]
pub struct Options {
    /// Sections to run; all of them by default.
    sections: Vec<Section>,
    /// Only these rows: fib, wrap, …, line, func, mod10, mod100, 1e3, 1e5, durable, no-sync, 10, 100, 1000.
    #[arg(long, value_name = "ROW", value_delimiter = ',')]
    only: Vec<String>,
    /// Only these peers (and stores, and compilers), comma-separated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    peers: Vec<String>,
    /// Interleaved rounds.
    #[arg(long, value_name = "N", default_value_t = 7)]
    rounds: usize,
    /// Three rounds.
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,
    /// Also write everything as JSON to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Folder in which the stores of `commit` are made (on the disk to be measured); the system's temporary folder by
    /// default.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Answers requests for this one peer on standard input; what the memory of a run is measured with.
    #[arg(long, value_name = "NAME", hide = true)]
    serve: Option<String>,
}

impl Options {
    fn runs(&self, section: Section) -> bool {
        self.sections.is_empty() || self.sections.contains(&section)
    }

    /// True if the row is wanted.
    pub fn selects(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == row)
    }

    /// True if the peer is wanted.
    pub fn wants(&self, peer: &str) -> bool {
        self.peers.is_empty() || self.asks_for(peer)
    }

    /// True if the peer is named on the command line.
    pub fn asks_for(&self, peer: &str) -> bool {
        self.peers.iter().any(|name| name == peer)
    }

    /// A line that overwrites itself, for people only.
    pub fn progress(&self, what: std::fmt::Arguments<'_>) {
        let mut terminal = std::io::stderr().lock();
        if terminal.is_terminal() {
            // A report that cannot be shown is no reason to stop.
            let _ = write!(terminal, "\r\x1b[K{what}");
            let _ = terminal.flush();
        }
    }

    fn check(&self) -> Result<()> {
        ensure!(self.rounds > 0, "--rounds 0 measures nothing");
        let rows = Row::ALL.map(Row::name).into_iter().chain(Shape::ALL.map(Shape::name));
        let rows: Vec<_> = rows.chain(commit::ROWS).chain(compile::ROWS).collect();
        for name in &self.only {
            ensure!(rows.contains(&name.as_str()), "no row {name:?}; there are {}", rows.join(", "));
        }
        let peers: Vec<_> = seat::ORDER.into_iter().chain(commit::names()).chain(compile::NAMES).collect();
        for name in &self.peers {
            ensure!(peers.contains(&name.as_str()), "no peer {name:?}; there are {}", peers.join(", "));
        }
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut options = Options::parse();
    if options.quick {
        options.rounds = 3;
    }
    options.check()?;
    if let Some(name) = &options.serve {
        let peer = engines::make(name)?.with_context(|| format!("no peer {name:?} here"))?;
        return harness::worker::serve(vec![harness::Station::new(peer)]);
    }
    let engines_run = options.runs(Section::Throughput) || options.runs(Section::Cold);
    let mut seats = if engines_run { seat::take(&options)? } else { Vec::new() };
    let machine = Machine::look(&seats);
    println!("{}", machine.render());
    let mut grids = Vec::new();
    if options.runs(Section::Throughput) {
        let mut taking = takers(&mut seats, |seat| throughput::takes(seat, &options));
        for group in [throughput::Group::Numbers, throughput::Group::Objects] {
            show(&mut grids, throughput::measure(&mut taking, group, &options)?, &options);
        }
        show(&mut grids, throughput::memory(&taking, &options)?, &options);
    }
    if options.runs(Section::Cold) {
        let mut taking = takers(&mut seats, |seat| seat.about.has_cold_start);
        show(&mut grids, cold::measure(&mut taking, &options)?, &options);
    }
    if options.runs(Section::Commit) {
        show(&mut grids, commit::measure(&options)?, &options);
    }
    if options.runs(Section::Compile) {
        show(&mut grids, compile::latency(&options)?, &options);
        show(&mut grids, compile::peak(&options)?, &options);
    }
    if let Some(path) = &options.json {
        let report = serde_json::json!({ "machine": machine, "rounds": options.rounds, "sections": grids });
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn takers(seats: &mut [Seat], takes: impl Fn(&Seat) -> bool) -> Vec<&mut Seat> {
    seats.iter_mut().filter(|seat| takes(seat)).collect()
}

/// Prints a section as soon as it is done and keeps it for the JSON report; an empty one is left out.
fn show(grids: &mut Vec<Grid>, grid: Grid, options: &Options) {
    if !grid.rows.is_empty() && !grid.columns.is_empty() {
        options.progress(format_args!(""));
        println!("{}", grid.render());
        grids.push(grid);
    }
}
