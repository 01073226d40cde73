//! The crate from outside: paths against each other and against a slow, separate account of what was promised.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

mod allocations;
mod floats;
mod hostile;
mod products;
mod quantising;
mod reference;
mod weights;
