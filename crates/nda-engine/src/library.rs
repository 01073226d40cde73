//! Where definitions come from.

use nda_graph::{Definition, Hash};
use rustc_hash::FxHashMap;

/// Definitions by hash, and names for some of them. A snapshot: it answers the same as long as it lives.
pub trait Library {
    /// The definition that a name stands for.
    fn resolve(&self, name: &str) -> Option<Hash>;

    /// The definition with this hash.
    fn definition(&self, hash: Hash) -> Option<Definition>;
}

/// A library in memory.
#[derive(Clone, Default, Debug)]
pub struct MemoryLibrary {
    names: FxHashMap<String, Hash>,
    definitions: FxHashMap<Hash, Definition>,
}

impl MemoryLibrary {
    /// Adds a definition under its hash.
    pub fn add(&mut self, hash: Hash, definition: Definition) {
        self.definitions.insert(hash, definition);
    }

    /// Gives a definition a name.
    pub fn name(&mut self, name: impl Into<String>, hash: Hash) {
        self.names.insert(name.into(), hash);
    }
}

impl Library for MemoryLibrary {
    fn resolve(&self, name: &str) -> Option<Hash> {
        self.names.get(name).copied()
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        self.definitions.get(&hash).cloned()
    }
}

impl<L: Library + ?Sized> Library for &L {
    fn resolve(&self, name: &str) -> Option<Hash> {
        (**self).resolve(name)
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        (**self).definition(hash)
    }
}

impl<L: Library + ?Sized> Library for std::sync::Arc<L> {
    fn resolve(&self, name: &str) -> Option<Hash> {
        (**self).resolve(name)
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        (**self).definition(hash)
    }
}
