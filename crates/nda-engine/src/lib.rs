//! The one safe front door to running definitions.
//!
//! An [`Engine`] holds compiled code by hash and the functions the host offers. A [`Library`] says which definitions
//! there are (the SiteMap's snapshot is one, [`MemoryLibrary`] another). An [`NdaJitSandbox`] runs one definition at a
//! time under [`RunOptions`]: limits, granted capabilities, a deadline, a [`CancelHandle`]; whatever happens inside, the
//! host gets a [`Run`] or a [`Refused`], never a panic.
//!
//! For Rust programs that embed NDA the typed way is shorter:
//!
//! ```
//! # use nda_engine::{Engine, MemoryLibrary};
//! # use std::collections::BTreeMap;
//! # fn show(library: MemoryLibrary) -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new();
//! let program = engine.load(library);
//! let sum_sq = program.get::<(i64, i64), i64>("sum_sq")?;
//! assert_eq!(sum_sq.call((3, 7))?, 5);
//! // fn counts(words: [str]) -> Map<str, i64>
//! let counts = program.get::<(Vec<String>,), BTreeMap<String, i64>>("counts")?;
//! assert_eq!(counts.call((vec!["a".to_owned()],))?["a"], 1);
//! // fn parse(line: Option<str>) -> Result<(str, i64), str>
//! let parse = program.get::<(Option<String>,), Result<(String, i64), String>>("parse")?;
//! assert_eq!(parse.call((Some("a 1".to_owned()),))?, Ok(("a".to_owned(), 1)));
//! # Ok(())
//! # }
//! ```
//!
//! [`Native`] says which Rust types are which.
//!
//! This crate knows no syntax and no store. Without its feature `native` (on by default) it is built without Cranelift, and
//! everything runs on tier 1.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

/// This engine, by name and version: whose outcomes are recorded says so.
pub const VERSION: &str = concat!("nda ", env!("CARGO_PKG_VERSION"));

mod engine;
mod host;
mod lending;
mod library;
mod native;
mod sandbox;
#[cfg(feature = "native")]
mod tier2;
#[cfg(not(feature = "native"))]
#[path = "no_tier2.rs"]
mod tier2;
mod typed;
mod weights;

pub use engine::Engine;
pub use host::{Caller, HostSignature};
pub use lending::{Used, VectorFunction};
pub use library::{Library, MemoryLibrary};
pub use native::{Arguments, Attempt, HostFunction, HostResult, Key, Native};
pub use nda_graph::{Hash, Limits, Outcome, Trap, TrapKind, Ty, Value};
#[cfg(feature = "native")]
pub use nda_native::{Level, Listing};
pub use nda_tensor::Loaded;
pub use sandbox::{CancelHandle, Grants, Mark, NdaJitSandbox, Refused, Run, RunOptions, Tier};
pub use typed::{CallError, Function, GetError, Program};
pub use weights::WeightsSource;
