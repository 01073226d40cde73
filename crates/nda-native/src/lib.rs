//! Tier 2: the graph as machine code, through Cranelift.
//!
//! [`Compiler`] turns verified definitions into [`NativeFn`]s that run on the same [`nda_jit::JitState`], frames and heap as
//! tier 1, and agree with it on value, trap, place, output, fuel, peak memory and depth. `translate/` is how the graph
//! gets there; `docs/tier2.md` argues the choices.
//!
//! This crate knows no syntax, no store and no IO. It is `unsafe` where machine code is called and freed (`unit.rs`); what
//! it relies on is what the verifier of `nda-graph` proves, as tier 1 does.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod borders;
mod compiler;
mod door;
mod parts;
mod passes;
mod translate;
mod unit;

pub use compiler::{Compiler, Listing};
pub use passes::Level;
pub use unit::{NativeFn, NativeRest};

use nda_graph::{Hash, Value};
use nda_jit::runtime::tensors::Loaded;
use std::sync::Arc;

/// Larger functions stay on tier 1: compile time is bounded.
pub const MAX_NODES: u32 = 20_000;
/// Functions with more variables stay on tier 1.
pub const MAX_SLOTS: u32 = 2_000;

/// What the definitions that are compiled together refer to.
pub trait Linker {
    /// Which of them has this hash.
    fn member(&self, hash: Hash) -> Option<usize>;
    /// A function that was compiled to machine code before.
    fn function(&self, hash: Hash) -> Option<NativeFn>;
    /// The value of a constant.
    fn constant(&self, hash: Hash) -> Option<Value>;
    /// Weights of the store.
    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>>;
}

/// Why definitions stay on tier 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsupported {
    /// The definition that is to blame.
    pub hash: Hash,
    /// What it has or is.
    pub what: &'static str,
}

impl Unsupported {
    pub(crate) fn new(hash: Hash, what: &'static str) -> Self {
        Self { hash, what }
    }
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{} stays on tier 1: {}", self.hash.short(), self.what)
    }
}

impl std::error::Error for Unsupported {}
