//! The checked graph: what a program means, without how it was spelled.
//!
//! A [`Definition`] is a function or a constant as canonical bytes: a table of [`NdaNode`] records in post order, with
//! the signatures, references, host functions and texts they name. Text becomes a definition through [`Draft`], which
//! accepts or refuses every record as it arrives; stored bytes become one through [`DefinitionRef::verify`], by the
//! same rules ([`verify`]). The definition's name is its [`struct@Hash`] ([`group`] says how recursion is hashed), and
//! [`triples`] tells the store what it refers to. [`run`] is the vocabulary of every tier: limits, traps,
//! outcomes and prices.
//!
//! This crate knows no syntax, no names of variables, no store and no way to run anything. Start reading at
//! [`node`]; `docs/format.md` draws the bytes.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod definition;
mod draft;
pub mod group;
mod hash;
pub mod listing;
pub mod node;
pub mod op;
mod rejection;
pub mod run;
pub mod tensor;
pub mod triples;
mod ty;
pub mod types;
mod value;
pub mod verify;

pub use definition::{Definition, DefinitionRef, FormatError, HostReference, Kind, Reference};
pub use draft::{Choice, Draft, Free, Open, Part, Target};
pub use hash::{Hash, Hasher};
pub use node::{Mode, NdaNode, NodeId, Range, Slot};
pub use op::{Builtin, CompareOp, MathOp, PlaceOp, UnaryOp};
pub use rejection::{Reason, Rejection};
pub use run::{Frame, Limits, Outcome, Trap, TrapKind};
pub use tensor::{TensorOp, TensorShape};
pub use ty::{MAX_LIST_DEPTH, Signature, SignatureRef, Ty};
pub use types::{Types, TypesRef};
pub use value::{EnumValue, Fields, MAX_VALUE_DEPTH, StructValue, Value, WeightsValue};
pub use verify::Verifier;
