//! What the gate, a run and the store say, as JSON and as text: the command line and the agents' server show the same.
//!
//! [`target`] is what a shell names and runs, [`sources`] the texts of a submission with every place brought back to its
//! file, [`literal`] arguments as text; the other modules show one thing each. Nothing here reads a file, prints, or knows a
//! protocol.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

pub mod definition;
pub mod diagnostics;
pub mod history;
pub mod literal;
mod literal_parts;
pub mod run;
pub mod slice;
pub mod sources;
pub mod style;
pub mod target;
pub mod time;
pub mod trap;
pub mod verdict;
