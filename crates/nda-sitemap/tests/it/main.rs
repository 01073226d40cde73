//! The store's tests: one binary. `toy` has a content of its own, so no other crate is needed.

mod commits;
mod faults;
mod maps;
mod queries;
mod toy;
