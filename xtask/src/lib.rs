//! The chores that are worth testing.

pub mod figures;
pub mod jumps;
pub mod tidy;
