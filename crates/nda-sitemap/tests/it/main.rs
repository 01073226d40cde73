//! The store's tests: one binary. `toy` has a content of its own, so no other crate is needed.

mod child;
mod commits;
mod crash;
mod damage;
mod disk;
mod faults;
mod maps;
mod queries;
mod toy;
