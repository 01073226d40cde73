//! What several commands show, as text and as JSON.

pub mod definition;
pub mod diagnostics;
pub mod style;
pub mod time;
pub mod trap;
pub mod verdict;
