//! The evaluator on definitions written record by record: values, traps, and every limit to the unit.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

mod calls;
mod control;
mod library;
mod lists;
mod memory;
mod numbers;
mod output;
mod text;
