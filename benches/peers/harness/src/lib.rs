//! What every peer of the side-by-side benchmark shares.
//!
//! A [`Peer`] is one engine in one configuration. It gets program text (or wasm bytes) in its own [`Dialect`] and gives
//! an [`Answer`]; it knows nothing of clocks, rounds or tables. A [`Station`] puts the clock around a peer. The Lua
//! flavours cannot be linked into one binary, so a station may live in a worker process: [`worker`] is the protocol.
//!
//! Read [`peer`] first; [`row`] and [`cold`] hold the programs, [`reference`] the answers that all must give.

pub mod answer;
pub mod cold;
mod level2;
mod objects;
pub mod peer;
pub mod reference;
pub mod row;
pub mod station;
pub mod worker;

pub use answer::Answer;
pub use cold::{Shape, Start};
pub use peer::{Code, Dialect, Peer, Prepared};
pub use row::Row;
pub use station::{ColdSample, RunSample, Station};
