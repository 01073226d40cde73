//! The SiteMap: everything that passed the gate, by hash, with its names, its history and its facts.
//!
//! Truth is two things: **objects** under their hashes (definitions, metadata, name-map nodes, commits, gate records) and
//! **refs** that are moved by compare-and-swap. Everything else, the ordered name tables and the triple index, follows
//! from them and can be rebuilt ([`SiteMap::rebuild_index`]).
//!
//! ```text
//!  ref main ─▶ commit ─▶ name map root ─▶ … ─▶ (name, definition, metadata)
//!                │ parents, admitted: (definition, gate record)
//! ```
//!
//! [`SiteMap`] opens a store; [`SiteMap::snapshot`] reads one consistent state of it; [`SiteMap::commit`] changes it, all
//! or nothing; [`query::Query`] asks across definitions; [`SiteMap::verify`] checks everything.
//!
//! This crate knows no syntax, no types, no engine: definitions are bytes, and [`Content`] is asked the three things the
//! store must know about them. Who writes what: `storage/` bytes in tables, `rows.rs` their check words, `store.rs` typed
//! rows, `names.rs` the Merkle map, `commit.rs` policy. The bytes are drawn in `docs/store-format.md`.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod commit;
mod content;
mod index;
pub mod names;
pub mod object;
pub mod proof;
pub mod query;
mod rows;
mod signature;
mod sitemap;
mod stats;
pub mod storage;
mod store;
mod triple;
mod verify;
mod wire;

pub use commit::{
    CommitError, CommitRequest, Committed, Conflict, Merge, MergeDecision, MergeHook, NameConflict,
    NewDefinition, merge_disjoint, merge_never,
};
pub use content::{Content, ContentError};
pub use index::RebuildError;
pub use signature::{Key, PublicKey, Signature};
pub use sitemap::{DependencyError, HistoryEntry, ResolveError, SiteMap, Snapshot};
pub use stats::{KindStats, Stats, TableStats};
pub use store::{DEFAULT_BRANCH, FORMAT_VERSION, MAX_BRANCH_BYTES, ReadError};
pub use triple::{ADMITTED, AUTHOR, DEPENDS, EXAMPLE, IS, KEY, SIGNED, TRIED, Term, Triple};
pub use verify::{Problem, Progress, Report};
