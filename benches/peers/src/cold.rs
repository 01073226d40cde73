//! Section `cold`: from program text to the answer of one call.

use std::time::Duration;

use anyhow::Result;
use harness::{Shape, Start};

use crate::Options;
use crate::seat::Seat;
use crate::stats::Summary;
use crate::table::{self, Cell, Grid, Line};

/// Timed work of one peer on one row in one round.
const BUDGET: Duration = Duration::from_millis(30);

/// Runs every selected shape on every peer, warm and fresh, round after round.
pub fn measure(seats: &mut [&mut Seat], options: &Options) -> Result<Grid> {
    let shapes = Shape::ALL.into_iter().filter(|shape| options.selects(shape.name()));
    let rows: Vec<(Start, Shape)> =
        shapes.flat_map(|shape| Start::ALL.into_iter().map(move |start| (start, shape))).collect();
    let mut samples = vec![vec![Vec::new(); seats.len()]; rows.len()];
    for round in 0..options.rounds {
        for ((start, shape), samples) in rows.iter().zip(&mut samples) {
            options.progress(format_args!("cold: round {}, {} {}", round + 1, shape.name(), start.name()));
            for turn in 0..seats.len() {
                let peer = (turn + round) % seats.len();
                let taken: &mut Vec<f64> = &mut samples[peer];
                let about = &seats[peer].about;
                if about.has_cold_start && shape.is_in(about.dialect) {
                    taken.extend(seats[peer].cold(*shape, *start, BUDGET)?.wall_us);
                }
            }
        }
    }
    let cell = |samples: &Vec<f64>| Summary::of(samples).map(|summary| Cell { summary, differs: false });
    let lines = rows.iter().zip(&samples).map(|((start, shape), samples)| Line {
        name: format!("{} {}", shape.name(), start.name()),
        about: match start {
            Start::Warm => format!("{}; the engine exists", shape.about()),
            Start::Fresh => format!("{}; the engine is made too", shape.about()),
        },
        cells: samples.iter().map(cell).collect(),
    });
    Ok(Grid {
        section: "cold",
        unit: "us",
        about: format!(
            "Cold start: text (wasm: bytes) parsed, compiled and run once; wall time, median of all runs of {} \
             interleaved rounds; no text comes twice.",
            options.rounds
        ),
        columns: seats.iter().map(|seat| seat.about.name.clone()).collect(),
        references: table::REFERENCES,
        rows: lines.collect(),
    })
}
