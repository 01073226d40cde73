//! The front door: typed calls, host functions and their capabilities, and every way to stop a run from outside.
#![allow(clippy::unwrap_used, reason = "a panic here is the test failing")]

mod allocations;
mod forged;
mod hosts;
mod lending;
mod stops;
mod typed;

use nda_engine::{Engine, Program, RunOptions, Tier};
use nda_gate::{Gate, Submission};

/// Tiers that a run can be asked to use.
const TIERS: [Tier; 2] = [Tier::Eval, Tier::Closure];

/// A program from text, for an engine that may offer host functions.
#[track_caller]
fn load(engine: &Engine, source: &str) -> Program<Submission> {
    let submission = Gate::new(engine.clone()).examine(source).unwrap();
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);
    engine.load(submission)
}

fn on(tier: Tier) -> RunOptions {
    RunOptions { tier, ..RunOptions::default() }
}
