//! The store's tests: one binary. `toy` has a content of its own, so no other crate is needed.
#![allow(clippy::unwrap_used)] // a panic here is the test failing; helpers are not marked as tests
#![allow(clippy::disallowed_macros)] // for whoever runs them with --nocapture

mod child;
mod commits;
mod crash;
mod damage;
mod disk;
mod faults;
mod maps;
mod queries;
mod toy;
