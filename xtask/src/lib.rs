//! The chores that are worth testing.

pub mod jumps;
pub mod tidy;
