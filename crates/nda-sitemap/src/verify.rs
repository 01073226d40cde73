//! Checking everything: pages, check words, hashes, references, name maps, history, derived tables. All problems are
//! returned as data; the first does not end it. It repairs nothing: [`SiteMap::rebuild_index`] does, for derived tables.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use nda_graph::Hash;

use crate::commit::{gate_triples, metadata_triples};
use crate::index;
use crate::names::{self, Binding, NamesError, Node, Slot};
use crate::object::{Commit, GateRecord, Kind, Metadata, Object, Record, hash_of};
use crate::rows;
use crate::signature::Signature;
use crate::sitemap::{SiteMap, Snapshot};
use crate::storage::{Read, StorageError, Table};
use crate::store::{self, Nodes, ReadError};
use crate::triple::{ORDERS, Term, Triple, long_texts};

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The engine's own structures.
    #[error("pages: {0}")]
    Pages(String),
    /// A row whose bytes changed on the medium, or that does not belong into its table.
    #[error("table `{}`: {what}", .table.name())]
    Row {
        /// Its table.
        table: Table,
        /// What is wrong.
        what: String,
    },
    /// An object that is not what its hash names, or cannot be read.
    #[error("object {hash}: {what}")]
    Object {
        /// Its hash.
        hash: Hash,
        /// What is wrong.
        what: String,
    },
    /// A reference that leads nowhere, or to another kind of object.
    #[error("{} {from} refers to {to}, which is no {} of this store", .kind.name(), .wanted.name())]
    Dangling {
        /// Who refers.
        from: Hash,
        /// What that is.
        kind: Kind,
        /// To what.
        to: Hash,
        /// What it should be.
        wanted: Kind,
    },
    /// A name map of another shape than its content gives.
    #[error("name node {hash}: {what}")]
    NameMap {
        /// The node.
        hash: Hash,
        /// What is wrong.
        what: String,
    },
    /// A branch that points to no commit.
    #[error("branch `{branch}` points to {head}: {what}")]
    Branch {
        /// The branch.
        branch: String,
        /// Where it points.
        head: Hash,
        /// What is wrong.
        what: String,
    },
    /// A derived table that is not what would be rebuilt: [`SiteMap::rebuild_index`] helps.
    #[error("index `{}`: {what}", .table.name())]
    Index {
        /// The table.
        table: Table,
        /// What is missing or too much.
        what: String,
    },
    /// A part could not be checked at all.
    #[error("could not go on: {0}")]
    Stopped(String),
}

/// What verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// Everything that is wrong, in the order of finding.
    pub problems: Vec<Problem>,
    /// Objects looked at.
    pub objects: u64,
    /// Rows of derived tables looked at.
    pub index_rows: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// How far verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being checked: `pages`, `objects`, `history`, `index`.
    pub stage: &'static str,
    /// Items done in this stage.
    pub done: u64,
}

impl SiteMap {
    /// Checks the last committed state. See [`Snapshot::verify`].
    pub fn verify(&self, progress: &mut dyn FnMut(Progress)) -> Result<Report, StorageError> {
        Ok(self.snapshot()?.verify(progress))
    }
}

impl Snapshot {
    /// Checks everything and reports all problems. Time and memory in proportion to the store.
    pub fn verify(&self, progress: &mut dyn FnMut(Progress)) -> Report {
        let mut check = Check {
            snapshot: self,
            read: &*self.read,
            report: Report::default(),
            kinds: HashMap::new(),
            record_triples: HashSet::new(),
            progress,
        };
        check.pages();
        // The walks below stay within the pages, but on damaged ones their complaints would only repeat these.
        if check.report.is_sound() {
            check.rows();
            check.objects();
            check.history();
            check.index();
        }
        check.report
    }
}

struct Check<'s, 'p> {
    snapshot: &'s Snapshot,
    read: &'s dyn crate::storage::Snapshot,
    report: Report,
    kinds: HashMap<Hash, Kind>,
    record_triples: HashSet<Triple>,
    progress: &'p mut dyn FnMut(Progress),
}

impl Check<'_, '_> {
    fn problem(&mut self, problem: Problem) {
        self.report.problems.push(problem);
    }

    fn tick(&mut self, stage: &'static str, done: u64) {
        if done.is_multiple_of(1024) {
            (self.progress)(Progress { stage, done });
        }
    }

    fn pages(&mut self) {
        self.tick("pages", 0);
        self.report.problems.extend(self.read.check().into_iter().map(Problem::Pages));
    }

    /// Every row's check word, and the kind of every object.
    fn rows(&mut self) {
        for table in Table::ALL {
            let mut problems = Vec::new();
            let kinds = &mut self.kinds;
            let result = self.read.scan(table, &[], &[], &mut |key, value| {
                match rows::open(table, key, value) {
                    Err(error) => problems.push(Problem::Row { table, what: error.to_string() }),
                    Ok(body) if table == Table::Objects => match <[u8; 32]>::try_from(key).map(Hash) {
                        Ok(hash) => match store::parse_object(&hash, body) {
                            Ok(object) => drop(kinds.insert(hash, object.kind)),
                            Err(error) => problems.push(Problem::Object { hash, what: error.to_string() }),
                        },
                        Err(_) => problems.push(Problem::Row { table, what: "a key is no hash".to_owned() }),
                    },
                    Ok(_) => {}
                }
                ControlFlow::Continue(())
            });
            self.report.problems.extend(problems);
            if let Err(error) = result {
                self.problem(Problem::Row { table, what: error.to_string() });
            }
        }
    }

    fn objects(&mut self) {
        let mut hashes: Vec<Hash> = self.kinds.keys().copied().collect();
        hashes.sort_unstable();
        for hash in hashes {
            self.tick("objects", self.report.objects);
            self.report.objects += 1;
            match store::object(self.read, &hash) {
                Ok(Some(object)) => self.object(hash, object),
                Ok(None) => self.problem(Problem::Stopped(format!("object {hash} is listed but not found"))),
                Err(error) => self.problem(Problem::Object { hash, what: error.to_string() }),
            }
        }
    }

    fn object(&mut self, hash: Hash, Object { kind, bytes }: Object<'_>) {
        let wrong = |what: String| Problem::Object { hash, what };
        if kind.domain().is_some() && hash_of(kind, bytes) != hash {
            return self.problem(wrong(format!("its bytes hash to {}", hash_of(kind, bytes))));
        }
        let mut refers = Vec::new();
        let result: Result<(), String> = match kind {
            Kind::Definition => {
                let load = |hash: &Hash| self.snapshot.definition(hash).ok().map(<[u8]>::to_vec);
                let content = &self.snapshot.content;
                content
                    .verify(&hash, bytes, &load)
                    .and_then(|()| content.references(bytes))
                    .map(|found| refers.extend(found.into_iter().map(|to| (to, Kind::Definition))))
                    .map_err(|error| error.to_string())
            }
            Kind::Metadata => Metadata::decode(bytes).map_err(|error| error.to_string()).map(|metadata| {
                refers.push((metadata.definition, Kind::Definition));
                refers.extend(metadata.examples.iter().map(|example| (example.definition, Kind::Definition)));
                self.record_triples.extend(metadata_triples(&metadata));
            }),
            Kind::NameNode => Node::decode(bytes).map_err(ToOwned::to_owned).map(|node| {
                for slot in &node.0 {
                    match slot {
                        Slot::Empty => {}
                        Slot::Node(child) => refers.push((*child, Kind::NameNode)),
                        Slot::Leaf(leaf) => {
                            refers.push((leaf.binding.definition, Kind::Definition));
                            refers.push((leaf.binding.metadata, Kind::Metadata));
                        }
                    }
                }
            }),
            Kind::Commit => Commit::decode(bytes).map_err(|error| error.to_string()).map(|commit| {
                if commit.root != Hash::ZERO {
                    refers.push((commit.root, Kind::NameNode));
                }
                refers.extend(commit.policy.map(|policy| (policy, Kind::Policy)));
                refers.extend(commit.parents.iter().map(|parent| (*parent, Kind::Commit)));
                for (definition, gate) in &commit.admitted {
                    refers.push((*definition, Kind::Definition));
                    refers.push((*gate, Kind::GateRecord));
                }
            }),
            Kind::GateRecord => GateRecord::decode(bytes).map_err(|error| error.to_string()).map(|gate| {
                refers.push((gate.definition, Kind::Definition));
                self.record_triples.extend(gate_triples(hash, &gate));
            }),
            Kind::Policy => std::str::from_utf8(bytes).map(drop).map_err(|error| error.to_string()),
            Kind::Signature => {
                Signature::decode(bytes).map_err(|error| error.to_string()).and_then(|signature| {
                    refers.push((signature.commit, Kind::Commit));
                    self.record_triples.extend(signature.triples());
                    match signature.is_valid() {
                        true => Ok(()),
                        false => {
                            Err(format!("{} did not sign {} like this", signature.key, signature.commit))
                        }
                    }
                })
            }
        };
        if let Err(what) = result {
            self.problem(wrong(what));
        }
        for (to, wanted) in refers {
            if self.kinds.get(&to) != Some(&wanted) {
                self.problem(Problem::Dangling { from: hash, kind, to, wanted });
            }
        }
    }

    /// Branches lead to commits, and every name map they ever had is well formed.
    fn history(&mut self) {
        let refs = match index::refs(self.read) {
            Ok(refs) => refs,
            Err(error) => return self.problem(Problem::Stopped(error.to_string())),
        };
        let mut seen_commits = HashSet::new();
        let mut seen_nodes = HashSet::new();
        for (branch, head) in refs {
            let mut waiting = vec![head];
            if self.kinds.get(&head) != Some(&Kind::Commit) {
                self.problem(Problem::Branch {
                    branch: branch.clone(),
                    head,
                    what: "no such commit".to_owned(),
                });
                continue;
            }
            while let Some(hash) = waiting.pop() {
                if !seen_commits.insert(hash) {
                    continue;
                }
                self.tick("history", seen_commits.len() as u64);
                // What cannot be read was reported with the objects.
                let Ok(commit) = store::record::<Commit>(self.read, &hash) else { continue };
                waiting.extend(&commit.parents);
                let problems = &mut self.report.problems;
                names::check_shape(
                    &Nodes(self.read),
                    &commit.root,
                    &mut |hash| !seen_nodes.insert(*hash),
                    &mut |hash, what| problems.push(Problem::NameMap { hash, what }),
                );
            }
            if let Err(error) = self.bindings(&branch, &head) {
                self.problem(Problem::Branch { branch, head, what: error.to_string() });
            }
        }
        self.unknown_branches();
    }

    /// The ordered tables of a branch hold what its name map holds.
    fn bindings(&mut self, branch: &str, head: &Hash) -> Result<(), ReadError> {
        let root = store::record::<Commit>(self.read, head)?.root;
        let mut names: Vec<(String, Binding)> = Vec::new();
        names::walk(&Nodes(self.read), &root, &mut |name, binding| names.push((name.to_owned(), binding)))
            .map_err(|error: NamesError| ReadError::from(error))?;
        for (name, binding) in &names {
            let row = rows::get(self.read, Table::Bindings, &store::binding_key(branch, name))?;
            if row != Some(store::binding_body(binding).as_slice()) {
                self.problem(Problem::Index {
                    table: Table::Bindings,
                    what: format!("`{name}` is wrong or missing"),
                });
            }
            if rows::get(self.read, Table::Named, &store::named_key(branch, &binding.definition, name))?
                .is_none()
            {
                self.problem(Problem::Index { table: Table::Named, what: format!("`{name}` is missing") });
            }
        }
        self.report.index_rows += 2 * names.len() as u64;
        for table in [Table::Bindings, Table::Named] {
            let prefix = store::binding_key(branch, "");
            let rows = count(self.read, table, &prefix)?;
            if rows > names.len() as u64 {
                let what = format!("{} rows of branch `{branch}` too many", rows - names.len() as u64);
                self.problem(Problem::Index { table, what });
            }
        }
        Ok(())
    }

    /// No rows of branches that do not exist.
    fn unknown_branches(&mut self) {
        for table in [Table::Bindings, Table::Named] {
            let mut strangers = BTreeSet::new();
            let result = self.read.scan(table, &[], &[], &mut |key, _| {
                let branch = key.split(|byte| *byte == 0).next().unwrap_or_default();
                if !strangers.contains(branch) {
                    strangers.insert(branch.to_vec());
                }
                ControlFlow::Continue(())
            });
            if let Err(error) = result {
                self.problem(Problem::Stopped(error.to_string()));
            }
            for branch in strangers {
                if !matches!(self.read.get(Table::Refs, &branch), Ok(Some(_))) {
                    let what =
                        format!("rows of no branch ({})", String::from_utf8_lossy(&branch).escape_debug());
                    self.problem(Problem::Index { table, what });
                }
            }
        }
    }

    /// The triple index is what would be rebuilt: every triple that must be there is, and nothing else is.
    fn index(&mut self) {
        if let Err(error) = self.triples() {
            self.problem(Problem::Stopped(error.to_string()));
        }
    }

    fn triples(&mut self) -> Result<(), StorageError> {
        let mut definitions: Vec<Hash> =
            self.kinds.iter().filter(|(_, kind)| **kind == Kind::Definition).map(|(hash, _)| *hash).collect();
        definitions.sort_unstable();
        let mut expected = 0;
        let mut texts = HashSet::new();
        let examples: Vec<Triple> = self.record_triples.iter().cloned().collect();
        for (done, hash) in definitions.iter().enumerate() {
            self.tick("index", done as u64);
            let Ok(bytes) = self.snapshot.definition(hash) else { continue };
            let Ok(triples) = self.snapshot.content.triples(hash, bytes) else { continue };
            let triples: BTreeSet<Triple> = triples.into_iter().collect();
            for triple in &triples {
                // A triple may follow from several objects; it is stored once.
                expected +=
                    u64::from(triple.subject == Term::Hash(*hash) && !self.record_triples.contains(triple));
                if triple.subject != Term::Hash(*hash) {
                    self.record_triples.insert(triple.clone());
                }
                self.stored(triple, &mut texts)?;
            }
        }
        for triple in &examples {
            self.stored(triple, &mut texts)?;
        }
        expected += self.record_triples.len() as u64;
        for order in &ORDERS {
            let rows = count(self.read, order.table, &[])?;
            self.report.index_rows += rows;
            if rows > expected {
                let what = format!("{} rows too many", rows - expected);
                self.problem(Problem::Index { table: order.table, what });
            }
        }
        let rows = count(self.read, Table::Texts, &[])?;
        if rows > texts.len() as u64 {
            let what = format!("{} rows too many", rows - texts.len() as u64);
            self.problem(Problem::Index { table: Table::Texts, what });
        }
        Ok(())
    }

    fn stored(&mut self, triple: &Triple, texts: &mut HashSet<Hash>) -> Result<(), StorageError> {
        let mut key = Vec::new();
        for order in &ORDERS {
            order.key(triple, &mut key);
            if rows::get(self.read, order.table, &key)?.is_none() {
                let Triple { subject, predicate, object } = triple;
                let what = format!("({subject}, {predicate}, {object}) is missing");
                self.problem(Problem::Index { table: order.table, what });
            }
        }
        for (hash, text) in long_texts(triple) {
            texts.insert(hash);
            if rows::get(self.read, Table::Texts, &hash.0)? != Some(text.as_bytes()) {
                self.problem(Problem::Index { table: Table::Texts, what: format!("text {hash} is missing") });
            }
        }
        Ok(())
    }
}

fn count(read: &(impl Read + ?Sized), table: Table, prefix: &[u8]) -> Result<u64, StorageError> {
    let mut rows = 0;
    read.scan(table, prefix, &[], &mut |_, _| {
        rows += 1;
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}
