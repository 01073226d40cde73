//! An index over the names of a branch: finding definitions by name, type and docs.

use nda_graph::{DefinitionRef, Hash, Kind, Verifier};
use nda_report::definition;
use nda_sitemap::names::Binding;
use nda_sitemap::{ReadError, Snapshot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names under one root of the name map.
#[derive(Clone, Default)]
pub(crate) struct Names {
    root: Hash,
    entries: BTreeMap<String, Arc<Entry>>,
}

/// What is known of one name.
pub(crate) struct Entry {
    pub(crate) hash: Hash,
    pub(crate) kind: &'static str,
    /// `fn area(p: P) -> f64`.
    pub(crate) headline: String,
    /// The first line of the docs.
    pub(crate) docs: String,
    /// Everything words are looked for in, in small letters.
    haystack: String,
    /// The signature without spaces.
    signature: String,
}

/// What to look for; empty parts match everything.
#[derive(Default)]
pub(crate) struct Wanted<'w> {
    pub(crate) words: &'w str,
    pub(crate) signature: &'w str,
    pub(crate) prefix: &'w str,
}

impl Names {
    pub(crate) fn root(&self) -> Hash {
        self.root
    }

    /// The index of another root, from this one and what differs.
    pub(crate) fn renewed(&self, snapshot: &Snapshot, root: Hash) -> Result<Self, ReadError> {
        let mut entries = self.entries.clone();
        let mut verifier = Verifier::default();
        for change in snapshot.diff(&self.root, &root)? {
            match change.after {
                Some(binding) => {
                    let entry = Entry::read(snapshot, &change.name, &binding, &mut verifier)?;
                    entries.insert(change.name, Arc::new(entry));
                }
                None => {
                    entries.remove(&change.name);
                }
            }
        }
        Ok(Self { root, entries })
    }

    /// What matches, the best first; names that are equally good in their order.
    pub(crate) fn find(&self, wanted: &Wanted<'_>) -> Vec<(&str, &Entry)> {
        let words: Vec<String> = wanted.words.split_whitespace().map(str::to_lowercase).collect();
        let signature: String = wanted.signature.split_whitespace().collect();
        let mut found: Vec<(u32, &str, &Entry)> = Vec::new();
        for (name, entry) in &self.entries {
            if !name.starts_with(wanted.prefix) || !entry.signature.contains(&signature) {
                continue;
            }
            let scores: Option<Vec<u32>> = words.iter().map(|word| score(name, entry, word)).collect();
            if let Some(scores) = scores {
                found.push((scores.iter().sum(), name, entry));
            }
        }
        found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(other.1)));
        found.into_iter().map(|(_, name, entry)| (name, entry)).collect()
    }
}

/// How well a word fits: its place in the name counts before docs and types.
fn score(name: &str, entry: &Entry, word: &str) -> Option<u32> {
    let name = name.to_lowercase();
    let last = name.rsplit("::").next().unwrap_or_default();
    Some(match () {
        () if name == word || last == word => 16,
        () if last.starts_with(word) => 8,
        () if name.contains(word) => 4,
        () if entry.haystack.contains(word) => 1,
        () => return None,
    })
}

impl Entry {
    fn read(
        snapshot: &Snapshot,
        name: &str,
        binding: &Binding,
        verifier: &mut Verifier,
    ) -> Result<Self, ReadError> {
        let metadata = snapshot.metadata(&binding.metadata)?;
        let bytes = snapshot.definition(&binding.definition)?;
        let docs = metadata.docs.lines().next().unwrap_or_default().to_owned();
        // What cannot be read is found by its name; whoever asks for more is told why it cannot.
        let (kind, headline, signature) = match DefinitionRef::verify(bytes, verifier) {
            Ok(view) => {
                let signature = view.signature().to_string();
                (kind_name(view.kind()), definition::stored(view, Some(&metadata), name), signature)
            }
            Err(_) => ("unreadable", name.to_owned(), String::new()),
        };
        let haystack = format!("{headline}\n{}", metadata.docs).to_lowercase();
        let signature = signature.split_whitespace().collect();
        Ok(Self { hash: binding.definition, kind, headline, docs, haystack, signature })
    }
}

pub(crate) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Function => "function",
        Kind::Constant => "constant",
        Kind::Example => "example",
        Kind::Type => "type",
    }
}
