//! Tier 1: the graph as threaded closures.
//!
//! [`Compiler`] turns verified definitions into [`JitFn`]s; a [`JitState`] is what one run works on. `step.rs` explains
//! what compiled code is, `operand.rs` what happens inside of a step, `compile/` how the graph gets there. The design
//! follows the limit study's design T (explicit frames, steps that call the next one in tail position) with the operand
//! shapes of its design E2: `docs/tier1.md` argues the choice and shows the measurements.
//!
//! This crate knows no syntax, no store, no IO and no machine code. It is `unsafe` where compiled code meets memory;
//! each module says what it relies on, and the verifier of `nda-graph` is what proves it.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod buffers;
mod code;
mod compile;
mod entrance;
mod fault;
mod heads;
mod keys;
mod layout;
mod literals;
mod number;
mod object;
mod operand;
mod passes;
mod registry;
pub mod runtime;
mod state;
mod step;
mod steps;
mod tree;
mod values;

pub use code::{FrameStack, FramesTooLarge, JitFn};
pub use compile::{CompileError, Compiler, Linker};
pub use heads::{Leaf, LoopWords, Mark, OpenLoop, Rest, TierUp, When};
pub use object::{Given, Heap, takes_vectors};
pub use registry::VarRegistry;
pub use state::{Control, Hosts, JitState};
pub use step::JitControlFlow;

/// Whether steps go on by jumps (optimised builds) or by way of a loop.
pub const THREADED: bool = cfg!(nda_threaded);
