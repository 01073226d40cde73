//! Weights by hash: where they come from, and those that were loaded.

use nda_graph::Hash;
use nda_tensor::Loaded;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Where weights come from: a store, a file.
pub trait WeightsSource: Send + Sync {
    /// The weights with this hash, read and checked; none if this source does not have them.
    fn load(&self, hash: Hash) -> Option<Loaded>;
}

/// The sources of an engine, and what was loaded: a kernel's layout is made once for all programs.
#[derive(Default)]
pub(crate) struct WeightsCache(Mutex<Shared>);

#[derive(Default)]
struct Shared {
    sources: Vec<Box<dyn WeightsSource>>,
    loaded: FxHashMap<Hash, Arc<Loaded>>,
}

impl WeightsCache {
    pub(crate) fn offer(&self, source: Box<dyn WeightsSource>) {
        self.shared().sources.push(source);
    }

    pub(crate) fn get(&self, hash: Hash) -> Option<Arc<Loaded>> {
        let mut shared = self.shared();
        if let Some(known) = shared.loaded.get(&hash) {
            return Some(Arc::clone(known));
        }
        let loaded = Arc::new(shared.sources.iter().find_map(|source| source.load(hash))?);
        shared.loaded.insert(hash, Arc::clone(&loaded));
        Some(loaded)
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        // Only whole entries are ever added.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
