//! The checked graph: nodes, types, verifier, canonical bytes, hashes, triples.

mod hash;

pub use hash::{Hash, Hasher};
