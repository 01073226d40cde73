//! The generators against the checker and the reference evaluator, and the specification's programs.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

mod hostile;
mod programs;
mod spec;
mod wasm;
