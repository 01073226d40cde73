//! Committing: compare the branch head, merge what does not meet, write everything in one transaction.
//!
//! It decides nothing about definitions: the gate did before, and `Content` is asked only whether their bytes are what
//! their hashes name. The protocol, step by step and crash by crash: `docs/store-format.md`, "Commit".

use std::collections::{BTreeMap, BTreeSet};

use nda_graph::Hash;

use crate::content::ContentError;
use crate::names::{self, Binding, NameChange, NamesError};
use crate::object::{Commit, GateRecord, Kind, Metadata, Record, hash_of};
use crate::rows;
use crate::signature::{Key, Signature};
use crate::sitemap::SiteMap;
use crate::storage::{Finish, StorageError, Table, Write};
use crate::store::{self, CachedNodes, DEFAULT_BRANCH, Nodes, ReadError};
use crate::triple::{self, ADMITTED, AUTHOR, EXAMPLE, TRIED, Triple};

/// A definition that a commit brings.
#[derive(Clone, Debug, Default)]
pub struct NewDefinition {
    /// Its hash.
    pub hash: Hash,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// What [`crate::Content::triples`] says of them.
    pub triples: Vec<Triple>,
    /// What the gate did; recorded in the commit. `None` for what was admitted before.
    pub gate: Option<GateRecord>,
}

/// All that one commit does.
#[derive(Clone, Debug, Default)]
pub struct CommitRequest {
    /// The branch to move.
    pub branch: String,
    /// Where the branch was when the work began; `None`: it had no commit.
    pub expected_head: Option<Hash>,
    /// Definitions, whether or not the store has them already.
    pub definitions: Vec<NewDefinition>,
    /// Names to bind: each to its metadata's definition.
    pub bind: Vec<Metadata>,
    /// Names to remove.
    pub remove: Vec<String>,
    /// Further parents, when another branch was merged into this work.
    pub merged: Vec<Hash>,
    /// Who.
    pub author: String,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Why.
    pub message: String,
    /// The policy that this was judged under: the commit is refused if another one holds now. `Some(None)`: no policy held.
    /// `None`: nobody asked.
    pub judged_under: Option<Option<Hash>>,
    /// The text of the policy that is to hold from here on.
    pub set_policy: Option<String>,
    /// The key that signs the commit.
    pub sign: Option<Key>,
}

/// What a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The branch's head now.
    pub head: Hash,
    /// Its name map.
    pub root: Hash,
    /// `false`: the request changed nothing, and nothing was written.
    pub changed: bool,
    /// The head that was merged with, if it was not the expected one.
    pub rebased_on: Option<Hash>,
    /// Objects that the store did not have before, the commit included.
    pub new_objects: usize,
}

/// The branch moved while the work was done; what a merge hook decides on.
#[derive(Debug)]
pub struct Merge<'m> {
    /// Where the work began.
    pub base: Option<Hash>,
    /// Where the branch is now.
    pub head: Hash,
    /// Names that others changed in between.
    pub theirs: &'m [NameChange],
    /// Names that this request changes: from what they were at `base`.
    pub ours: &'m [NameChange],
}

/// A merge hook's answer. It runs while this writer holds the store's write lock: be quick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeDecision {
    /// Commit on top of the new head.
    Accept,
    /// Do not; the caller should look at the new head first.
    Refuse {
        /// Why.
        reason: String,
    },
}

/// Decides whether changes to different names may be combined without another look.
pub type MergeHook<'h> = dyn Fn(&Merge<'_>) -> MergeDecision + 'h;

/// The merge hook that relies on names not meeting.
pub fn merge_disjoint(_: &Merge<'_>) -> MergeDecision {
    MergeDecision::Accept
}

/// The merge hook that never merges.
pub fn merge_never(_: &Merge<'_>) -> MergeDecision {
    MergeDecision::Refuse { reason: "the branch moved and merging was not asked for".to_owned() }
}

/// Names that two writers changed differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Where the work began.
    pub base: Option<Hash>,
    /// Where the branch is now.
    pub head: Option<Hash>,
    /// The names, in order.
    pub names: Vec<NameConflict>,
}

/// One name that two writers changed differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameConflict {
    /// The name.
    pub name: String,
    /// What it stood for where the work began.
    pub base: Option<Binding>,
    /// What this request wants.
    pub ours: Option<Binding>,
    /// What the branch says now.
    pub theirs: Option<Binding>,
}

/// Why a commit was not made. The store is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Somebody else changed the same names.
    #[error("{} changed meanwhile: {}", .0.names.len(), name_list(&.0.names))]
    Conflict(Conflict),
    /// The branch moved, and the merge hook wants the caller to look.
    #[error("the branch moved to {head}: {reason}")]
    Moved {
        /// Where it is now.
        head: Hash,
        /// The hook's reason.
        reason: String,
    },
    /// Another policy holds than the one this was judged under.
    #[error("the policy was changed meanwhile; submit again")]
    PolicyChanged {
        /// The policy that holds now.
        now: Option<Hash>,
    },
    /// A policy for a branch whose policy nobody asks for.
    #[error("the policy of a store is that of its branch `{DEFAULT_BRANCH}`, not of `{branch}`")]
    PolicyBranch {
        /// The branch.
        branch: String,
    },
    /// Something refers to an object that is neither in the store nor in the request.
    #[error("{from} refers to {to}, a {} that is neither in the store nor in the commit", .wanted.name())]
    Dangling {
        /// Who refers.
        from: Hash,
        /// To what.
        to: Hash,
        /// What it should be.
        wanted: Kind,
    },
    /// A definition's bytes are not what its hash names.
    #[error("definition {hash}: {source}")]
    Content {
        /// The definition.
        hash: Hash,
        /// Why.
        source: ContentError,
    },
    /// A name stands twice in the request, or is bound and removed.
    #[error("the name `{name}` stands twice in one commit")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Not a branch name: 1 to 100 bytes without control characters.
    #[error("`{}` cannot name a branch", .branch.escape_debug())]
    BranchName {
        /// The text.
        branch: String,
    },
    /// A name cannot be bound, or the name map cannot be read.
    #[error(transparent)]
    Names(NamesError),
    /// The store cannot be read.
    #[error(transparent)]
    Read(ReadError),
    /// The storage failed; nothing was written.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn name_list(names: &[NameConflict]) -> String {
    let mut list: Vec<&str> = names.iter().take(5).map(|conflict| conflict.name.as_str()).collect();
    if names.len() > 5 {
        list.push("…");
    }
    list.join(", ")
}

impl From<ReadError> for CommitError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => Self::Storage(error),
            other => Self::Read(other),
        }
    }
}

impl From<NamesError> for CommitError {
    fn from(error: NamesError) -> Self {
        match error {
            NamesError::Storage(error) => Self::Storage(error),
            other => Self::Names(other),
        }
    }
}

/// Everything that can be worked out without the write lock.
struct Prepared<'r> {
    request: &'r CommitRequest,
    /// Metadata and gate records, encoded.
    records: Vec<(Kind, Hash, Vec<u8>)>,
    changes: BTreeMap<String, Option<Binding>>,
    admitted: Vec<(Hash, Hash)>,
    /// What follows from the gate records.
    tried: Vec<Triple>,
    /// Who refers to which definition, where the request does not bring that definition itself.
    references: Vec<(Hash, Hash)>,
}

impl SiteMap {
    /// Commits `request`, all or nothing. A branch that moved meanwhile is merged with if no name was changed twice and
    /// `hook` accepts; see [`merge_disjoint`] and [`merge_never`].
    pub fn commit(&self, request: &CommitRequest, hook: &MergeHook<'_>) -> Result<Committed, CommitError> {
        let prepared = self.prepare(request)?;
        self.transact(|write| commit_in(write, &prepared, hook))
    }

    /// Points a branch at a commit, if it is where the caller thinks (`None`: it does not exist); this also makes
    /// branches. Takes time in proportion to the names that differ.
    pub fn set_branch(
        &self,
        branch: &str,
        expected_head: Option<Hash>,
        commit: &Hash,
    ) -> Result<(), CommitError> {
        check_branch(branch)?;
        self.transact(|write| {
            let target: Commit = store::record(write, commit)?;
            let from = branch_root(write, branch, expected_head)?;
            let scratch = &mut Vec::new();
            for change in names::diff(&Nodes(write), &from, &target.root)? {
                store::rebind(write, scratch, branch, &change.name, change.before, change.after)?;
            }
            rows::put(write, scratch, Table::Refs, branch.as_bytes(), &commit.0)?;
            Ok((Finish::Commit, ()))
        })
    }

    /// Signs a commit that is there; gives the signature's hash.
    pub fn sign(&self, commit: &Hash, key: &Key) -> Result<Hash, CommitError> {
        self.transact(|write| {
            must_exist(write, &Hash::ZERO, commit, Kind::Commit)?;
            let signature = key.sign(commit);
            put_signature(write, &mut Vec::new(), &signature)?;
            Ok((Finish::Commit, signature.hash()))
        })
    }

    /// Removes a branch, if it is where the caller thinks. Its commits stay.
    pub fn delete_branch(&self, branch: &str, expected_head: Hash) -> Result<(), CommitError> {
        check_branch(branch)?;
        self.transact(|write| {
            let from = branch_root(write, branch, Some(expected_head))?;
            for change in names::diff(&Nodes(write), &from, &Hash::ZERO)? {
                store::rebind(write, &mut Vec::new(), branch, &change.name, change.before, None)?;
            }
            write.delete(Table::Refs, branch.as_bytes())?;
            Ok((Finish::Commit, ()))
        })
    }

    /// Runs a write body that has errors of its own.
    fn transact<T>(
        &self,
        mut body: impl FnMut(&mut dyn Write) -> Result<(Finish, T), CommitError>,
    ) -> Result<T, CommitError> {
        let mut outcome = None;
        let result = self.storage.write(&mut |write| match body(write) {
            Ok((finish, value)) => {
                outcome = Some(Ok(value));
                Ok(finish)
            }
            Err(CommitError::Storage(error)) => Err(error),
            Err(error) => {
                outcome = Some(Err(error));
                Ok(Finish::Abort)
            }
        });
        result?;
        outcome
            .unwrap_or_else(|| Err(StorageError::Engine("the storage ran no transaction".to_owned()).into()))
    }

    fn prepare<'r>(&self, request: &'r CommitRequest) -> Result<Prepared<'r>, CommitError> {
        check_branch(&request.branch)?;
        if request.set_policy.is_some() && request.branch != DEFAULT_BRANCH {
            return Err(CommitError::PolicyBranch { branch: request.branch.clone() });
        }
        let mut prepared = Prepared {
            request,
            records: Vec::with_capacity(request.bind.len() + request.definitions.len()),
            changes: BTreeMap::new(),
            admitted: Vec::new(),
            tried: Vec::new(),
            references: Vec::new(),
        };
        let brought: BTreeMap<Hash, &[u8]> =
            request.definitions.iter().map(|new| (new.hash, new.bytes.as_slice())).collect();
        self.verify_brought(request, &brought)?;
        let mut refer = |from: Hash, to: Hash| {
            if !brought.contains_key(&to) {
                prepared.references.push((from, to));
            }
        };
        for new in &request.definitions {
            let references = self.content.references(&new.bytes);
            let references = references.map_err(|source| CommitError::Content { hash: new.hash, source })?;
            references.into_iter().for_each(|to| refer(new.hash, to));
            if let Some(gate) = &new.gate {
                let bytes = gate.encode();
                let hash = hash_of(Kind::GateRecord, &bytes);
                refer(hash, gate.definition);
                prepared.tried.extend(gate_triples(hash, gate));
                prepared.records.push((Kind::GateRecord, hash, bytes));
                prepared.admitted.push((new.hash, hash));
            }
        }
        prepared.admitted.sort_unstable();
        for metadata in &request.bind {
            names::check_name(&metadata.name)?;
            let bytes = metadata.encode();
            let hash = hash_of(Kind::Metadata, &bytes);
            refer(hash, metadata.definition);
            metadata.examples.iter().for_each(|example| refer(hash, example.definition));
            prepared.records.push((Kind::Metadata, hash, bytes));
            let binding = Binding { definition: metadata.definition, metadata: hash };
            change(&mut prepared.changes, &metadata.name, Some(binding))?;
        }
        for name in &request.remove {
            names::check_name(name)?;
            change(&mut prepared.changes, name, None)?;
        }
        Ok(prepared)
    }

    /// The door: whatever enters hashes to its name.
    fn verify_brought(
        &self,
        request: &CommitRequest,
        brought: &BTreeMap<Hash, &[u8]>,
    ) -> Result<(), CommitError> {
        let snapshot = std::cell::OnceCell::new();
        let load = |hash: &Hash| match brought.get(hash) {
            Some(bytes) => Some(bytes.to_vec()),
            None => {
                let snapshot = snapshot.get_or_init(|| self.snapshot().ok());
                snapshot.as_ref().and_then(|snapshot| Some(snapshot.definition(hash).ok()?.to_vec()))
            }
        };
        for new in &request.definitions {
            self.content
                .verify(&new.hash, &new.bytes, &load)
                .map_err(|source| CommitError::Content { hash: new.hash, source })?;
        }
        Ok(())
    }
}

fn check_branch(branch: &str) -> Result<(), CommitError> {
    match store::is_branch_name(branch) {
        true => Ok(()),
        false => Err(CommitError::BranchName { branch: branch.to_owned() }),
    }
}

fn change(
    changes: &mut BTreeMap<String, Option<Binding>>,
    name: &str,
    binding: Option<Binding>,
) -> Result<(), CommitError> {
    match changes.insert(name.to_owned(), binding) {
        None => Ok(()),
        Some(_) => Err(CommitError::DuplicateName { name: name.to_owned() }),
    }
}

/// The root a branch is at, if its head is the expected one.
fn branch_root(
    write: &mut dyn Write,
    branch: &str,
    expected_head: Option<Hash>,
) -> Result<Hash, CommitError> {
    let head = store::head(write, branch)?;
    if head != expected_head {
        return Err(CommitError::Conflict(Conflict { base: expected_head, head, names: Vec::new() }));
    }
    root_of(write, head)
}

fn root_of(write: &mut dyn Write, commit: Option<Hash>) -> Result<Hash, CommitError> {
    match commit {
        Some(commit) => Ok(store::record::<Commit>(write, &commit)?.root),
        None => Ok(Hash::ZERO),
    }
}

fn commit_in(
    write: &mut dyn Write,
    prepared: &Prepared<'_>,
    hook: &MergeHook<'_>,
) -> Result<(Finish, Committed), CommitError> {
    let request = prepared.request;
    let head = store::head(write, &request.branch)?;
    let last = head.map(|head| store::record::<Commit>(write, &head)).transpose()?;
    let (root, governed) = last.map_or((Hash::ZERO, None), |last| (last.root, last.policy));
    if let Some(judged_under) = request.judged_under {
        let now = match request.branch == DEFAULT_BRANCH {
            true => governed,
            false => store::policy(write)?,
        };
        if now != judged_under {
            return Err(CommitError::PolicyChanged { now });
        }
    }
    let rebased_on = match head {
        Some(head) if request.expected_head != Some(head) => {
            merge(write, prepared, head, root, hook)?;
            Some(head)
        }
        None if request.expected_head.is_some() => {
            let conflict = Conflict { base: request.expected_head, head, names: Vec::new() };
            return Err(CommitError::Conflict(conflict));
        }
        _ => None,
    };

    let scratch = &mut Vec::with_capacity(1024);
    let mut new_objects = 0;
    let mut new_definitions = false;
    for (from, to) in &prepared.references {
        must_exist(write, from, to, Kind::Definition)?;
    }
    for parent in &request.merged {
        must_exist(write, &Hash::ZERO, parent, Kind::Commit)?;
    }
    for new in &request.definitions {
        if store::put_object(write, scratch, Kind::Definition, &new.hash, &new.bytes)? {
            new_objects += 1;
            new_definitions = true;
            for triple in &new.triples {
                triple::add(write, scratch, triple)?;
            }
        }
    }
    // The effective changes: what the branch already says costs nothing.
    let mut changes = BTreeMap::new();
    let mut rebinds = Vec::with_capacity(prepared.changes.len());
    let mut nodes = Vec::new();
    let source = CachedNodes::new(&*write);
    for (name, after) in &prepared.changes {
        let before = names::get(&source, &root, name)?;
        if before != *after {
            changes.insert(name.clone(), *after);
            rebinds.push((name, before, *after));
        }
    }
    let after = names::apply(&source, &root, &changes, &mut |hash, bytes| {
        nodes.push((hash, bytes));
        Ok(())
    })?;
    drop(source);
    let policy = match &request.set_policy {
        Some(text) => Some(hash_of(Kind::Policy, text.as_bytes())),
        None => governed,
    };
    if let Some(head) = head
        && policy == governed
        && changes.is_empty()
        && !new_definitions
        && request.merged.is_empty()
    {
        let unchanged = Committed { head, root, changed: false, rebased_on, new_objects: 0 };
        return Ok((Finish::Abort, unchanged));
    }
    if let (Some(text), Some(hash)) = (&request.set_policy, &policy) {
        new_objects += usize::from(store::put_object(write, scratch, Kind::Policy, hash, text.as_bytes())?);
    }
    for (kind, hash, bytes) in &prepared.records {
        new_objects += usize::from(store::put_object(write, scratch, *kind, hash, bytes)?);
    }
    let examples = request.bind.iter().flat_map(metadata_triples);
    for triple in examples.chain(prepared.tried.iter().cloned()) {
        triple::add(write, scratch, &triple)?;
    }
    for (hash, bytes) in nodes {
        new_objects += usize::from(store::put_object(write, scratch, Kind::NameNode, &hash, &bytes)?);
    }
    for (name, before, after) in rebinds {
        store::rebind(write, scratch, &request.branch, name, before, after)?;
    }
    let commit = Commit {
        root: after,
        parents: head.into_iter().chain(request.merged.iter().copied()).collect(),
        author: request.author.clone(),
        time_ms: request.time_ms,
        message: request.message.clone(),
        admitted: prepared.admitted.clone(),
        policy,
    };
    let bytes = commit.encode();
    let hash = hash_of(Kind::Commit, &bytes);
    new_objects += usize::from(store::put_object(write, scratch, Kind::Commit, &hash, &bytes)?);
    if let Some(key) = &request.sign {
        new_objects += usize::from(put_signature(write, scratch, &key.sign(&hash))?);
    }
    rows::put(write, scratch, Table::Refs, request.branch.as_bytes(), &hash.0)?;
    Ok((Finish::Commit, Committed { head: hash, root: after, changed: true, rebased_on, new_objects }))
}

/// Puts a signature; whether it is new.
fn put_signature(
    write: &mut dyn Write,
    scratch: &mut Vec<u8>,
    signature: &Signature,
) -> Result<bool, CommitError> {
    let is_new = store::put_object(write, scratch, Kind::Signature, &signature.hash(), &signature.encode())?;
    for triple in signature.triples() {
        triple::add(write, scratch, &triple)?;
    }
    Ok(is_new)
}

/// The triples that follow from a metadata object.
pub(crate) fn metadata_triples(metadata: &Metadata) -> impl Iterator<Item = Triple> {
    metadata.examples.iter().map(|example| Triple::new(metadata.definition, EXAMPLE, example.definition))
}

/// The triples that follow from a gate record. A record with notes says what it let in, who submitted that, and each note; a
/// hash among them is a hash.
pub(crate) fn gate_triples(hash: Hash, gate: &GateRecord) -> impl Iterator<Item = Triple> {
    let tried = gate.examples.iter().map(move |example| Triple::new(example.definition, TRIED, hash));
    let notes =
        gate.notes.iter().map(move |(name, value)| match value.strip_prefix('#').and_then(Hash::parse) {
            Some(object) => Triple::new(hash, name.as_str(), object),
            None => Triple::new(hash, name.as_str(), value.as_str()),
        });
    let is_noted = !gate.notes.is_empty();
    let admitted = is_noted.then(|| Triple::new(gate.definition, ADMITTED, hash));
    let author = is_noted.then(|| Triple::new(hash, AUTHOR, gate.author.as_str()));
    tried.chain(admitted).chain(author).chain(notes)
}

fn must_exist(write: &mut dyn Write, from: &Hash, to: &Hash, wanted: Kind) -> Result<(), CommitError> {
    match store::object(write, to)? {
        Some(object) if object.kind == wanted => Ok(()),
        _ => Err(CommitError::Dangling { from: *from, to: *to, wanted }),
    }
}

/// Whether the request may stand on `head` instead of where it began.
fn merge(
    write: &mut dyn Write,
    prepared: &Prepared<'_>,
    head: Hash,
    head_root: Hash,
    hook: &MergeHook<'_>,
) -> Result<(), CommitError> {
    let base = prepared.request.expected_head;
    let base_root = root_of(write, base)?;
    let theirs = names::diff(&Nodes(write), &base_root, &head_root)?;
    let touched: BTreeSet<&str> = theirs.iter().map(|change| change.name.as_str()).collect();
    let mut ours = Vec::new();
    let mut conflicts = Vec::new();
    for (name, after) in &prepared.changes {
        let before = names::get(&Nodes(write), &base_root, name)?;
        if touched.contains(name.as_str()) {
            let now = names::get(&Nodes(write), &head_root, name)?;
            // Both did the same: nothing to settle.
            if now != *after {
                conflicts.push(NameConflict { name: name.clone(), base: before, ours: *after, theirs: now });
            }
        }
        ours.push(NameChange { name: name.clone(), before, after: *after });
    }
    if !conflicts.is_empty() {
        return Err(CommitError::Conflict(Conflict { base, head: Some(head), names: conflicts }));
    }
    match hook(&Merge { base, head, theirs: &theirs, ours: &ours }) {
        MergeDecision::Accept => Ok(()),
        MergeDecision::Refuse { reason } => Err(CommitError::Moved { head, reason }),
    }
}
