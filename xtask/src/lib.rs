//! The chores that are worth testing.

pub mod tidy;
