//! What all sessions of a server share: the store, the engine, gates, the index of names.

use crate::drafts::Drafts;
use crate::search::Names;
use nda_engine::{CancelHandle, Engine};
use nda_gate::Gate;
use nda_graph::Hash;
use nda_sitemap::{Key, ReadError, SiteMap, Snapshot};
use std::sync::{Arc, Mutex, PoisonError};

/// What a server serves.
pub struct Options {
    /// The store, open for writing unless `read_only`.
    pub store: SiteMap,
    /// The engine, with the host functions that programs may ask for.
    pub engine: Engine,
    /// The branch that is read and committed to.
    pub branch: String,
    /// Who commits, as the server's owner says; clients cannot.
    pub author: String,
    /// Capabilities granted to runs.
    pub grants: Vec<String>,
    /// Offer nothing that writes.
    pub read_only: bool,
    /// The key that signs commits.
    pub signer: Option<Key>,
}

/// What all sessions share.
pub(crate) struct House {
    pub(crate) options: Options,
    /// Gates that nobody uses now: each keeps its memory and the outcomes it knows.
    idle: Mutex<Vec<Gate>>,
    names: Mutex<Arc<Names>>,
    pub(crate) drafts: Drafts,
}

/// Gates kept for later.
const IDLE: usize = 16;

impl House {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, idle: Mutex::default(), names: Mutex::default(), drafts: Drafts::default() }
    }

    /// Lends a gate; examples that it runs stop when `cancel` does.
    pub(crate) fn with_gate<R>(&self, cancel: &CancelHandle, work: impl FnOnce(&mut Gate) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let Options { store, engine, branch, author, .. } = &self.options;
        let known = idle().pop();
        // The author is the one that the owner named: what clients say of themselves is no way around the policy.
        let mut gate =
            known.unwrap_or_else(|| Gate::over(engine.clone(), store.clone()).on_branch(branch).by(author));
        gate.signer.clone_from(&self.options.signer);
        gate.options.cancel = Some(cancel.clone());
        gate.probes = true;
        let result = work(&mut gate);
        let mut idle = idle();
        if idle.len() < IDLE {
            idle.push(gate);
        }
        result
    }

    pub(crate) fn branch(&self) -> &str {
        &self.options.branch
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, ReadError> {
        Ok(self.options.store.snapshot()?)
    }

    /// The index of names at a snapshot's head, brought up to date from the last one by what differs.
    pub(crate) fn names(&self, snapshot: &Snapshot) -> Result<Arc<Names>, ReadError> {
        let root = snapshot.root(self.branch())?;
        let lock = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().clone();
        if known.root() == root {
            return Ok(known);
        }
        let renewed = Arc::new(known.renewed(snapshot, root)?);
        *lock() = Arc::clone(&renewed);
        Ok(renewed)
    }
}

/// A commit's hash as clients get and give it.
pub(crate) fn base_text(head: Option<Hash>) -> Option<String> {
    head.map(|head| head.to_string())
}
