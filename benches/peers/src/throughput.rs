//! Section `throughput`: long-running programs, already loaded.

use anyhow::{Context as _, Result};
use harness::{Dialect, Row};

use crate::Options;
use crate::seat::Seat;
use crate::stats::Summary;
use crate::table::{self, Cell, Grid, Line};

/// A peer that needs longer than this for one run has its say in [`SLOW_ROUNDS`] rounds: noise is small beside it.
const SLOW_MS: f64 = 400.0;
const SLOW_ROUNDS: usize = 3;

/// Which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Loops, calls and arithmetic.
    Numbers,
    /// Text, records, maps, sorting.
    Objects,
}

fn rows(group: Group, options: &Options) -> Vec<Row> {
    let fits = |row: &Row| row.is_objects() == (group == Group::Objects) && options.selects(row.name());
    Row::ALL.into_iter().filter(fits).collect()
}

/// Runs every selected row on every peer, round after round, so that a noisy moment hits all alike.
pub fn measure(seats: &mut [&mut Seat], group: Group, options: &Options) -> Result<Grid> {
    let rows = rows(group, options);
    let mut samples = vec![vec![Vec::new(); seats.len()]; rows.len()];
    for round in 0..options.rounds {
        for (row, samples) in rows.iter().zip(&mut samples) {
            options.progress(format_args!("throughput: round {}, {}", round + 1, row.name()));
            for turn in 0..seats.len() {
                // Another peer begins in each round: nobody always follows the same neighbour.
                let peer = (turn + round) % seats.len();
                if !row.is_in(seats[peer].about.dialect) {
                    continue;
                }
                let taken: &mut Vec<f64> = &mut samples[peer];
                if taken.len() >= SLOW_ROUNDS && taken[0] > SLOW_MS {
                    continue;
                }
                taken.push(seats[peer].run(*row)?.cpu_ms);
            }
        }
    }
    let cell = |row: Row, seat: &Seat, samples: &[f64]| {
        let differs = row == Row::Wrap && !seat.about.dialect.wraps_64();
        Summary::of(samples).map(|summary| Cell { summary, differs })
    };
    let lines = rows.iter().zip(&samples).map(|(row, samples)| Line {
        name: row.name().to_owned(),
        about: row.about().to_owned(),
        cells: seats.iter().zip(samples).map(|(seat, samples)| cell(*row, seat, samples)).collect(),
    });
    Ok(Grid {
        section: if group == Group::Objects { "objects" } else { "throughput" },
        unit: "ms",
        about: format!(
            "Throughput: thread CPU time of one run, median of {} interleaved rounds; every answer equals native's.",
            options.rounds
        ),
        columns: seats.iter().map(|seat| seat.about.name.clone()).collect(),
        references: table::REFERENCES,
        rows: lines.collect(),
    })
}

/// The memory of one run of each row about objects, each in a process of its own.
pub fn memory(seats: &[&mut Seat], options: &Options) -> Result<Grid> {
    let mut lines = Vec::new();
    for row in rows(Group::Objects, options) {
        let mut cells = Vec::new();
        for seat in seats {
            if !row.is_in(seat.about.dialect) {
                cells.push(None);
                continue;
            }
            options.progress(format_args!("memory: {}, {}", row.name(), seat.about.name));
            let peak = seat.peak(row).with_context(|| format!("{} of {}", row.name(), seat.about.name))?;
            let summary = Summary::of(&[peak as f64 / 1e6]);
            cells.push(summary.map(|summary| Cell { summary, differs: false }));
        }
        lines.push(Line { name: row.name().to_owned(), about: row.about().to_owned(), cells });
    }
    Ok(Grid {
        section: "memory",
        unit: "MB",
        about: "Memory: the most that one run held. NDA: peak_bytes, by its rule; the others: growth of the process."
            .to_owned(),
        columns: seats.iter().map(|seat| seat.about.name.clone()).collect(),
        references: table::REFERENCES,
        rows: lines,
    })
}

/// True if this section has something to do for the peer.
pub fn takes(seat: &Seat, options: &Options) -> bool {
    // The AST walker is Rhai's slower evaluator: it takes part where it wins (cold), or when asked for.
    seat.about.dialect != Dialect::Rhai || seat.about.name == "rhai" || options.asks_for(&seat.about.name)
}
