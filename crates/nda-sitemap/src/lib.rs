//! The SiteMap: objects by hash, names, commits, triples.

mod commit;
mod content;
mod index;
pub mod names;
pub mod object;
pub mod proof;
pub mod query;
mod rows;
mod sitemap;
mod stats;
pub mod storage;
mod store;
mod triple;
mod verify;
mod wire;

pub use commit::*;
pub use content::{Content, ContentError};
pub use index::RebuildError;
pub use sitemap::*;
pub use stats::*;
pub use store::{DEFAULT_BRANCH, FORMAT_VERSION, MAX_BRANCH_BYTES, ReadError};
pub use triple::{DEPENDS, EXAMPLE, IS, Term, Triple};
pub use verify::{Problem, Progress, Report};
