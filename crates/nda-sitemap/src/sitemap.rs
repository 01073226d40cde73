//! [`SiteMap`]: a store opened, and [`Snapshot`]: one consistent state of it to read from.
//!
//! Reading is here; committing in `commit.rs`, queries in `query/`, checking everything in `verify.rs`.

use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use nda_graph::Hash;

use crate::content::{Content, ContentError};
use crate::names::{self, Binding, NameChange};
use crate::object::{Commit, GateRecord, Kind, Metadata, Object};
use crate::proof::Proof;
use crate::rows;
use crate::signature::Signature;
use crate::storage::lmdb::{LmdbOptions, LmdbStorage};
use crate::storage::{self, Finish, Storage, StorageError, Table};
use crate::store::{self, FORMAT_KEY, FORMAT_VERSION, Nodes, ReadError};
use crate::triple::{ADMITTED, DEPENDS, EXAMPLE, SIGNED, TRIED, Term, Triple};

/// The store of everything that passed the gate.
#[derive(Clone)]
pub struct SiteMap {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) content: Arc<dyn Content>,
}

impl SiteMap {
    /// Opens the store in a folder.
    pub fn open(
        path: impl AsRef<Path>,
        options: &LmdbOptions,
        content: Arc<dyn Content>,
    ) -> Result<Self, StorageError> {
        Self::over(Arc::new(LmdbStorage::open(path, options)?), content)
    }

    /// Uses any storage; an empty one becomes a store.
    pub fn over(storage: Arc<dyn Storage>, content: Arc<dyn Content>) -> Result<Self, StorageError> {
        let site_map = Self { storage, content };
        let format = site_map.format()?;
        let format = match format {
            Some(format) => format,
            None => {
                // Another process may be doing the same: whoever comes second finds the row.
                site_map.storage.write(&mut |write| {
                    if rows::get(write, Table::Info, FORMAT_KEY)?.is_some() {
                        return Ok(Finish::Abort);
                    }
                    let version = FORMAT_VERSION.to_le_bytes();
                    rows::put(write, &mut Vec::new(), Table::Info, FORMAT_KEY, &version)?;
                    Ok(Finish::Commit)
                })?;
                site_map.format()?.ok_or_else(|| StorageError::damaged("it lost its format row"))?
            }
        };
        if format != FORMAT_VERSION {
            return Err(StorageError::Version { found: format, expected: FORMAT_VERSION });
        }
        Ok(site_map)
    }

    fn format(&self) -> Result<Option<u32>, StorageError> {
        let snapshot = self.storage.snapshot()?;
        let body = rows::get(&*snapshot, Table::Info, FORMAT_KEY)?;
        body.map(|body| body.try_into().map(u32::from_le_bytes))
            .transpose()
            .map_err(|_| StorageError::damaged("its format row has a wrong length"))
    }

    /// A snapshot of the last committed state; it stays as it is while others commit. Holding one keeps the space of
    /// what is deleted meanwhile, so drop it when done.
    pub fn snapshot(&self) -> Result<Snapshot, StorageError> {
        let content = Arc::clone(&self.content);
        Ok(Snapshot { read: self.storage.snapshot()?, content, root: OnceLock::new() })
    }

    /// Makes everything committed so far durable; only stores opened without sync need it.
    pub fn sync(&self) -> Result<(), StorageError> {
        self.storage.sync()
    }
}

/// One consistent state of the store. `Send` and `Sync`; what it returns borrows from it.
pub struct Snapshot {
    pub(crate) read: Box<dyn storage::Snapshot>,
    pub(crate) content: Arc<dyn Content>,
    /// The branch whose root was asked for first, and that root: every look-up of a name needs it, and the head may be a
    /// commit of thousands of definitions.
    root: OnceLock<(String, Hash)>,
}

/// Several objects answer to a hash prefix, or none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The text is not a prefix of a hash in hex.
    #[error("`{prefix}` is not the beginning of a hash (1 to 64 hex digits)")]
    NotHex {
        /// The text.
        prefix: String,
    },
    /// Nothing begins so.
    #[error("no object's hash begins with {prefix}")]
    Unknown {
        /// The prefix.
        prefix: String,
    },
    /// Several begin so.
    #[error("{} objects' hashes begin with {prefix}", .candidates.len())]
    Ambiguous {
        /// The prefix.
        prefix: String,
        /// Some of them.
        candidates: Vec<(Hash, Kind)>,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Snapshot {
    /// The object under a hash, in place.
    pub fn object(&self, hash: &Hash) -> Result<Option<Object<'_>>, ReadError> {
        store::object(&*self.read, hash)
    }

    /// Whether an object is there.
    pub fn contains(&self, hash: &Hash) -> Result<bool, ReadError> {
        Ok(self.object(hash)?.is_some())
    }

    /// A definition's bytes, in place.
    pub fn definition(&self, hash: &Hash) -> Result<&[u8], ReadError> {
        store::payload(&*self.read, hash, Kind::Definition)
    }

    /// A metadata object.
    pub fn metadata(&self, hash: &Hash) -> Result<Metadata, ReadError> {
        store::record(&*self.read, hash)
    }

    /// A commit.
    pub fn commit(&self, hash: &Hash) -> Result<Commit, ReadError> {
        store::record(&*self.read, hash)
    }

    /// A gate record.
    pub fn gate_record(&self, hash: &Hash) -> Result<GateRecord, ReadError> {
        store::record(&*self.read, hash)
    }

    /// The hash of the policy that holds, the one at the head of the default branch. Takes the reading of that commit.
    pub fn policy(&self) -> Result<Option<Hash>, ReadError> {
        store::policy(&*self.read)
    }

    /// A policy's text.
    pub fn policy_text(&self, hash: &Hash) -> Result<String, ReadError> {
        Ok(String::from_utf8_lossy(store::payload(&*self.read, hash, Kind::Policy)?).into_owned())
    }

    /// The gate records that say how an example went.
    pub fn tried(&self, example: &Hash) -> Result<Vec<Hash>, ReadError> {
        let (example, tried) = (Term::from(*example), Term::from(TRIED));
        self.ends([Some(&example), Some(&tried), None], |triple| triple.object)
    }

    /// The gate records that let a definition in.
    pub fn admissions(&self, definition: &Hash) -> Result<Vec<Hash>, ReadError> {
        let (definition, admitted) = (Term::from(*definition), Term::from(ADMITTED));
        self.ends([Some(&definition), Some(&admitted), None], |triple| triple.object)
    }

    /// The signatures of a commit, as they stand there: whether one is valid, it says itself.
    pub fn signatures(&self, commit: &Hash) -> Result<Vec<Signature>, ReadError> {
        let (commit, signed) = (Term::from(*commit), Term::from(SIGNED));
        let found = self.ends([Some(&commit), Some(&signed), None], |triple| triple.object)?;
        found.iter().map(|hash| store::record(&*self.read, hash)).collect()
    }

    /// The definitions that have, or once had, a definition as an example.
    pub fn owners_of_example(&self, example: &Hash) -> Result<Vec<Hash>, ReadError> {
        let (predicate, example) = (Term::from(EXAMPLE), Term::from(*example));
        self.ends([None, Some(&predicate), Some(&example)], |triple| triple.subject)
    }

    /// The hashes that stand at one end of the triples of a pattern, in order.
    fn ends(&self, pattern: [Option<&Term>; 3], end: fn(Triple) -> Term) -> Result<Vec<Hash>, ReadError> {
        let mut found = Vec::new();
        crate::triple::scan(&*self.read, pattern, &mut |triple| {
            if let Term::Hash(hash) = end(triple) {
                found.push(hash);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The one object of `kind` (any, if `None`) whose hash begins with these hex digits.
    pub fn resolve(&self, prefix: &str, kind: Option<Kind>) -> Result<(Hash, Kind), ResolveError> {
        let hex = prefix.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !hex || !(1..=64).contains(&prefix.len()) {
            return Err(ResolveError::NotHex { prefix: prefix.to_owned() });
        }
        let padded = format!("{prefix:0<64}");
        let first = Hash::parse(&padded).ok_or_else(|| ResolveError::NotHex { prefix: prefix.to_owned() })?;
        let mut candidates = Vec::new();
        rows::scan(&*self.read, Table::Objects, &[], &first.0, |key, body| {
            let Ok(key) = key.try_into() else { return Ok(ControlFlow::Continue(())) };
            let hash = Hash(key);
            if !hash.has_prefix(prefix) || candidates.len() == 10 {
                return Ok(ControlFlow::Break(()));
            }
            let object = store::parse_object(&hash, body)?;
            if kind.is_none_or(|kind| kind == object.kind) {
                candidates.push((hash, object.kind));
            }
            Ok::<_, ReadError>(ControlFlow::Continue(()))
        })?;
        match candidates.as_slice() {
            [] => Err(ResolveError::Unknown { prefix: prefix.to_owned() }),
            [one] => Ok(*one),
            _ => Err(ResolveError::Ambiguous { prefix: prefix.to_owned(), candidates }),
        }
    }

    /// All branches with their commits.
    pub fn branches(&self) -> Result<Vec<(String, Hash)>, ReadError> {
        crate::index::refs(&*self.read)
    }

    /// The commit a branch points to; `None` before its first.
    pub fn head(&self, branch: &str) -> Result<Option<Hash>, ReadError> {
        Ok(store::head(&*self.read, branch)?)
    }

    /// The name map's root on a branch; that of the empty map before its first commit.
    pub fn root(&self, branch: &str) -> Result<Hash, ReadError> {
        if let Some((_, root)) = self.root.get().filter(|(known, _)| known == branch) {
            return Ok(*root);
        }
        let root = match self.head(branch)? {
            Some(head) => self.commit(&head)?.root,
            None => Hash::ZERO,
        };
        // Another branch may have been first.
        let _ = self.root.set((branch.to_owned(), root));
        Ok(root)
    }

    /// What a name stands for under a root. Answered from the Merkle map, so a damaged index cannot hide a name.
    pub fn name_at(&self, root: &Hash, name: &str) -> Result<Option<Binding>, ReadError> {
        Ok(names::get(&Nodes(&*self.read), root, name)?)
    }

    /// What a name stands for on a branch.
    pub fn name(&self, branch: &str, name: &str) -> Result<Option<Binding>, ReadError> {
        self.name_at(&self.root(branch)?, name)
    }

    /// A proof that `root` binds `name`, or does not.
    pub fn prove(&self, root: &Hash, name: &str) -> Result<Proof, ReadError> {
        Ok(Proof::build(&Nodes(&*self.read), root, name)?)
    }

    /// Names on a branch that start with `prefix`, in order, beginning after `after`, at most `limit`. Answered from the
    /// ordered index.
    pub fn names(
        &self,
        branch: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Binding)>, ReadError> {
        let mut found = Vec::new();
        let key = store::binding_key(branch, prefix);
        let mut from = Vec::new();
        if let Some(after) = after {
            from = store::binding_key(branch, after);
            from.push(0); // the least key above: names have no control characters
        }
        rows::scan(&*self.read, Table::Bindings, &key, &from, |key, body| {
            if found.len() >= limit {
                return Ok(ControlFlow::Break(()));
            }
            let name = String::from_utf8_lossy(&key[branch.len() + 1..]).into_owned();
            found.push((name, store::parse_binding(body)?));
            Ok::<_, ReadError>(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// All names under any root, in order, straight from the Merkle map: time in proportion to its size.
    pub fn names_at(&self, root: &Hash) -> Result<Vec<(String, Binding)>, ReadError> {
        let mut found = Vec::new();
        names::walk(&Nodes(&*self.read), root, &mut |name, binding| found.push((name.to_owned(), binding)))?;
        found.sort_unstable();
        Ok(found)
    }

    /// The names that stand for a definition on a branch.
    pub fn names_of(&self, branch: &str, definition: &Hash) -> Result<Vec<String>, ReadError> {
        let mut found = Vec::new();
        let prefix = store::named_key(branch, definition, "");
        rows::scan(&*self.read, Table::Named, &prefix, &[], |key, _| {
            found.push(String::from_utf8_lossy(&key[prefix.len()..]).into_owned());
            Ok::<_, ReadError>(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// Names that differ between two roots; time in proportion to the difference.
    pub fn diff(&self, before: &Hash, after: &Hash) -> Result<Vec<NameChange>, ReadError> {
        Ok(names::diff(&Nodes(&*self.read), before, after)?)
    }

    /// Commits reachable from `from`, newest first, at most `limit`.
    pub fn log(&self, from: &Hash, limit: usize) -> Result<Vec<(Hash, Commit)>, ReadError> {
        let first = self.commit(from)?;
        let mut waiting = BinaryHeap::from([(first.time_ms, *from)]);
        let mut seen = BTreeSet::from([*from]);
        let mut log = Vec::new();
        while log.len() < limit
            && let Some((_, hash)) = waiting.pop()
        {
            let commit = self.commit(&hash)?;
            for parent in &commit.parents {
                if seen.insert(*parent) {
                    waiting.push((self.commit(parent)?.time_ms, *parent));
                }
            }
            log.push((hash, commit));
        }
        Ok(log)
    }

    /// The commits, along first parents from `from` back, that changed what `name` stands for, newest first.
    pub fn history(&self, from: &Hash, name: &str, limit: usize) -> Result<Vec<HistoryEntry>, ReadError> {
        let mut history = Vec::new();
        let mut hash = *from;
        let mut commit = self.commit(&hash)?;
        let mut after = self.name_at(&commit.root, name)?;
        while history.len() < limit {
            let parent = commit.parents.first().copied();
            let before_commit = parent.map(|parent| self.commit(&parent)).transpose()?;
            let before = match &before_commit {
                Some(before) if before.root == commit.root => after,
                Some(before) => self.name_at(&before.root, name)?,
                None => None,
            };
            if before != after {
                history.push(HistoryEntry { commit: hash, time_ms: commit.time_ms, before, after });
            }
            let (Some(parent), Some(before_commit)) = (parent, before_commit) else { break };
            (hash, commit, after) = (parent, before_commit, before);
        }
        Ok(history)
    }

    /// The definitions that a definition refers to.
    pub fn dependencies(&self, definition: &Hash) -> Result<Vec<Hash>, DependencyError> {
        let bytes = self.definition(definition)?;
        self.content
            .references(bytes)
            .map_err(|source| DependencyError::Content { definition: *definition, source })
    }

    /// The definitions that refer to a definition, in the order of their hashes.
    pub fn dependents(&self, definition: &Hash) -> Result<Vec<Hash>, ReadError> {
        let mut found = BTreeSet::new();
        let object = Term::Hash(*definition);
        for predicate in DEPENDS {
            let predicate = Term::from(predicate);
            found.extend(self.ends([None, Some(&predicate), Some(&object)], |triple| triple.subject)?);
        }
        Ok(found.into_iter().collect())
    }

    /// All that refer to a definition, directly or through others, nearest first, at most `limit`; each with its distance.
    pub fn all_dependents(&self, definition: &Hash, limit: usize) -> Result<Vec<(Hash, u32)>, ReadError> {
        let mut seen = BTreeSet::from([*definition]);
        let mut waiting = VecDeque::from([(*definition, 0)]);
        let mut found = Vec::new();
        while let Some((hash, distance)) = waiting.pop_front() {
            for dependent in self.dependents(&hash)? {
                if found.len() == limit {
                    return Ok(found);
                }
                if seen.insert(dependent) {
                    found.push((dependent, distance + 1));
                    waiting.push_back((dependent, distance + 1));
                }
            }
        }
        Ok(found)
    }
}

/// A commit that changed a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The commit.
    pub commit: Hash,
    /// When.
    pub time_ms: u64,
    /// What the name stood for before it.
    pub before: Option<Binding>,
    /// And after it.
    pub after: Option<Binding>,
}

/// Why a definition's references cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DependencyError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The definition cannot be read.
    #[error("definition {definition}: {source}")]
    Content {
        /// Which.
        definition: Hash,
        /// Why.
        source: ContentError,
    },
}
