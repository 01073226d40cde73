//! NDA's matrices of 2-bit weights beside the crates that multiply `f32`, in one run: `block`, `large`, `record`.
//!
//! A round gives every contender one turn, so a noisy moment hits all alike; a turn is the best of a few repetitions.
//! `table.rs` shows medians over the rounds. `floats.rs` and `candle.rs` hold the peers, `quads.rs` NDA's side, each section has its file.

mod block;
mod candle;
mod floats;
mod large;
mod machine;
mod numbers;
mod quads;
mod record;
mod table;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use machine::Machine;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// The 4-layer block.
    Block,
    /// Matrices larger than the caches, with one and two threads.
    Large,
    /// Reading one stored record.
    Record,
}

/// NDA's matrices of 2-bit weights beside f32 crates; reading a record beside serde.
#[derive(Debug, Parser)]
#[command(name = "peers-tensors")]
struct Options {
    /// Sections to run; all of them by default.
    sections: Vec<Section>,
    /// Interleaved rounds.
    #[arg(long, value_name = "N", default_value_t = 15)]
    rounds: usize,
}

fn main() -> Result<()> {
    let options = Options::parse();
    ensure!(options.rounds > 0, "--rounds 0 measures nothing");
    let runs = |section| options.sections.is_empty() || options.sections.contains(&section);
    println!("kernels: {}", nda_tensor::Path::best().name());
    let machine = Machine::measure();
    machine.print();
    if runs(Section::Block) {
        block::measure(options.rounds, &machine)?;
    }
    if runs(Section::Large) {
        large::measure(options.rounds)?;
    }
    if runs(Section::Record) {
        record::measure(options.rounds)?;
    }
    Ok(())
}
