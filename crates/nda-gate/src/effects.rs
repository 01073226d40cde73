//! Why a committed definition needs what it needs: for each host function that it reaches the shortest way of calls there.

use nda_graph::{DefinitionRef, Hash, Verifier};
use nda_sitemap::{ReadError, Snapshot};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// A host function that a definition reaches.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Effect {
    /// The capability that a run must be granted.
    pub capability: String,
    /// The host function, `clock::now`.
    pub host: String,
    /// Who calls whom: from the definition to the one that calls the host function.
    pub path: Vec<Hash>,
}

/// All host functions that a definition reaches, by capability and name. Time in proportion to what it reaches.
///
/// # Errors
/// If the store cannot be read.
pub fn effects(snapshot: &Snapshot, definition: Hash) -> Result<Vec<Effect>, ReadError> {
    let mut called_by: FxHashMap<Hash, Option<Hash>> = FxHashMap::from_iter([(definition, None)]);
    let mut waiting = VecDeque::from([definition]);
    let mut found: Vec<Effect> = Vec::new();
    while let Some(hash) = waiting.pop_front() {
        let bytes = snapshot.definition(&hash)?;
        // What is stored was verified when it came in, and `nda verify` says if it is no longer what it was.
        let Ok(view) = DefinitionRef::verify(bytes, &mut Verifier::default()) else { continue };
        for index in 0..view.host_count() {
            let host = view.host(index);
            if found.iter().any(|known| known.host == host.name) {
                continue;
            }
            let mut path: Vec<Hash> = std::iter::successors(Some(hash), |at| called_by[at]).collect();
            path.reverse();
            found.push(Effect { capability: host.capability.to_string(), host: host.name.to_string(), path });
        }
        for reference in view.references().filter(|reference| !reference.is_constant) {
            called_by.entry(reference.hash).or_insert_with(|| {
                waiting.push_back(reference.hash);
                Some(hash)
            });
        }
    }
    found.sort();
    Ok(found)
}
