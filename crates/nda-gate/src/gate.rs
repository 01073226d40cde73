//! [`Gate`]: submissions in, verdicts out.

use crate::examples;
use crate::imports::Imports;
use crate::judge::{Reads, blame};
use crate::outcomes::Outcomes;
use crate::policy::{Policy, PolicyError};
use crate::probe::Probes;
use crate::scope::{StoreLibrary, handing_on};
use crate::secrets;
use crate::verdict::{Cost, Judged, Status, Verdict};
use nda_check::{CheckedExample, CheckedItem, Checker};
use nda_diagnostics::{Diagnostic, Span};
use nda_engine::{Engine, Library, NdaJitSandbox, RunOptions};
use nda_graph::{Definition, Hash, Limits};
use nda_sitemap::storage::StorageError;
use nda_sitemap::{DEFAULT_BRANCH, Key, ReadError, SiteMap, Snapshot};
use nda_syntax::parts::Parts;
use nda_syntax::tree::Tree;
use rustc_hash::FxHashMap;
use std::time::Instant;

/// The gate. It keeps its memory, code and outcomes from one submission to the next: make one and reuse it.
pub struct Gate {
    pub(crate) engine: Engine,
    pub(crate) store: Option<SiteMap>,
    pub(crate) branch: String,
    /// What examples run under. No capability is granted.
    pub options: RunOptions,
    pub(crate) tree: Tree,
    pub(crate) checker: Checker,
    pub(crate) outcomes: Outcomes,
    pub(crate) policy: Policy,
    /// The head of the default branch that said so.
    pub(crate) policy_read_at: Option<Hash>,
    /// Who submits, if that is known.
    pub(crate) author: Option<String>,
    /// The key that signs what is committed.
    pub signer: Option<Key>,
    /// Whether dependents at the head stay with what they use now.
    pub keep_old: bool,
    /// Whether what is new or changed is tried with inputs that nobody wrote down. A policy that refuses what the probe
    /// finds has it made anyway.
    pub probes: bool,
    pub(crate) probed: Probes,
}

/// Why the gate could not look at a submission at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The store cannot be opened for reading.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The store's policy asks for what this program cannot enforce.
    #[error("the store's policy cannot be enforced: {0}")]
    Policy(#[from] PolicyError),
}

/// A verdict, and the definitions it speaks of as a library: what `nda run FILE` runs.
pub struct Submission {
    /// The gate's answer.
    pub verdict: Verdict,
    pub(crate) definitions: FxHashMap<Hash, Definition>,
    pub(crate) snapshot: Option<Snapshot>,
    branch: String,
    /// Names of the head that count as none.
    pub(crate) gone: Vec<String>,
}

/// One of the texts of a submission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text<'t> {
    /// The path of the module its items lie in, `geo::shapes`; empty for the root.
    pub module: &'t str,
    /// Itself.
    pub text: &'t str,
}

impl<'t> From<&'t str> for Text<'t> {
    fn from(text: &'t str) -> Self {
        Self { module: "", text }
    }
}

/// An expression checked against the head.
pub struct Expression {
    /// A function without parameters that gives its value.
    pub hash: Hash,
    /// By record: where it comes from.
    pub spans: Vec<Span>,
}

impl Library for Submission {
    fn resolve(&self, name: &str) -> Option<Hash> {
        let own =
            self.verdict.definition(name).or_else(|| self.verdict.instance(name)).map(|judged| judged.hash);
        own.or_else(|| self.outside().resolve(name))
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        let own = self.definitions.get(&hash).cloned();
        own.or_else(|| self.outside().definition(hash))
    }
}

impl Submission {
    fn outside(&self) -> StoreLibrary<'_> {
        StoreLibrary { snapshot: self.snapshot.as_ref(), branch: &self.branch }
    }

    /// The store as it was when the submission was looked at.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }
}

impl Gate {
    /// A gate without a store: every definition is new.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            store: None,
            branch: DEFAULT_BRANCH.to_owned(),
            options: RunOptions::default(),
            tree: Tree::default(),
            checker: Checker::default(),
            outcomes: Outcomes::default(),
            policy: Policy::default(),
            policy_read_at: None,
            author: None,
            signer: None,
            keep_old: false,
            probes: false,
            probed: Probes::default(),
        }
    }

    /// A gate before a store's default branch.
    #[must_use]
    pub fn over(engine: Engine, store: SiteMap) -> Self {
        Self { store: Some(store), ..Self::new(engine) }
    }

    /// The branch that names are looked up on and commits go to.
    #[must_use]
    pub fn on_branch(mut self, branch: &str) -> Self {
        branch.clone_into(&mut self.branch);
        self
    }

    /// Who submits: the policy may say that a name is not theirs to write.
    #[must_use]
    pub fn by(mut self, author: &str) -> Self {
        self.author = Some(author.to_owned());
        self
    }

    /// The engine that examples run on.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What examples run under.
    pub(crate) fn limits(&self) -> Limits {
        self.policy.limits(&self.options.limits)
    }

    /// Judges a source. Nothing is written.
    ///
    /// # Errors
    /// If the store cannot be read. A faulty source is no error: it is a verdict.
    pub fn submit(&mut self, source: &str) -> Result<Verdict, GateError> {
        self.examine(source).map(|submission| submission.verdict)
    }

    /// Judges a source and keeps its definitions at hand to be run.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub fn examine(&mut self, source: &str) -> Result<Submission, GateError> {
        let mut submission = self.open(source)?;
        if submission.verdict.is_admitted() {
            self.judge(source, &Parts::default(), &mut submission)?;
        }
        Ok(self.finished(submission))
    }

    /// Judges several texts as one submission: they may need each other. Each lies in a module, and what `use` brings
    /// into scope it brings into its own text. The verdict's source is the texts one behind the other, a line break
    /// between them, and [`Verdict::parts`] says where each begins.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub fn submit_parts(&mut self, texts: &[Text<'_>]) -> Result<Verdict, GateError> {
        self.examine_parts(texts).map(|submission| submission.verdict)
    }

    /// Judges several texts as [`Gate::submit_parts`] does, and keeps their definitions at hand to be run.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub fn examine_parts(&mut self, texts: &[Text<'_>]) -> Result<Submission, GateError> {
        if let [Text { module: "", text }] = texts {
            return self.examine(text);
        }
        let sources: Vec<&str> = texts.iter().map(|text| text.text).collect();
        let source = sources.join("\n");
        let mut submission = self.open(&source)?;
        let parts = Parts::of(texts.iter().map(|text| (text.module, text.text)));
        submission.verdict.parts.clone_from(&parts);
        if !submission.verdict.is_admitted() {
            return Ok(self.finished(submission));
        }
        // Each text is whole by itself: an open bracket must not swallow the next one.
        for (text, part) in sources.iter().zip(parts.all()) {
            let from = submission.verdict.diagnostics.len();
            nda_syntax::parse_into(&mut self.tree, text, &mut submission.verdict.diagnostics);
            for found in &mut submission.verdict.diagnostics[from..] {
                found.shift(part.start);
            }
        }
        if submission.verdict.is_admitted() {
            submission.verdict.diagnostics.clear();
            self.judge(&source, &parts, &mut submission)?;
        }
        Ok(self.finished(submission))
    }

    /// Judges an expression against the head, as if it were the body of a function.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub fn expression(&mut self, source: &str) -> Result<(Submission, Option<Expression>), GateError> {
        let mut submission = self.open(source)?;
        let is_clean = submission.verdict.is_admitted();
        let found = is_clean.then(|| self.check_expression(source, &mut submission)).flatten();
        Ok((self.finished(submission), found))
    }

    /// A submission of which nothing is known yet but whether it holds secrets: then it is refused already.
    pub(crate) fn open(&mut self, source: &str) -> Result<Submission, GateError> {
        let snapshot = self.store.as_ref().map(SiteMap::snapshot).transpose()?;
        self.hold_policy(snapshot.as_ref())?;
        let started = Instant::now();
        let mut source = source.to_owned();
        let diagnostics = secrets::take_out(&mut source, &self.policy.scanner);
        let secrets_us = micros(started, Instant::now());
        let head = snapshot.as_ref().map(|snapshot| snapshot.head(&self.branch)).transpose()?.flatten();
        Ok(Submission {
            verdict: Verdict {
                parts: Parts::default(),
                diagnostics,
                definitions: Vec::new(),
                rebuilt: Vec::new(),
                instances: Vec::new(),
                stale: Vec::new(),
                relies_on: Vec::new(),
                left: Vec::new(),
                head,
                policy: self.policy.hash,
                cost: Cost { secrets_us, source_bytes: source.len() as u64, ..Cost::default() },
                source,
            },
            definitions: FxHashMap::default(),
            snapshot,
            branch: self.branch.clone(),
            gone: Vec::new(),
        })
    }

    fn check_expression(&mut self, source: &str, submission: &mut Submission) -> Option<Expression> {
        let mut along = Vec::new();
        let checked = self.check(Reads::Expression, (source, &Parts::default()), &mut along, submission);
        blame(source.len() as u32, &along, submission);
        let mut found = None;
        for item in checked.items {
            if item.path.is_empty() {
                found = Some(Expression { hash: item.hash, spans: item.spans });
            }
            submission.definitions.insert(item.hash, item.definition);
        }
        found
    }

    /// Diagnostics as the policy takes them, in the order of the source.
    fn finished(&self, mut submission: Submission) -> Submission {
        let diagnostics = &mut submission.verdict.diagnostics;
        self.weigh_warnings(diagnostics);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
        submission
    }

    /// Everything a verdict says about an item before its examples are tried.
    pub(crate) fn describe(
        &self,
        source: &str,
        imports: &Imports<'_>,
        item: CheckedItem,
        status: Status,
        submission: &mut Submission,
    ) -> (Judged, Vec<CheckedExample>) {
        let written = &self.tree.items[item.item];
        let mut docs = String::new();
        for (index, line) in self.tree.docs(written).enumerate() {
            if index > 0 {
                docs.push('\n');
            }
            docs.push_str(line.text(source).trim_start_matches('/').trim());
        }
        // The text of a `pub use` is made anew: one line may have several of them.
        let handed = item.hands_on.as_ref().map(|to| handing_on(to, &item.path));
        let (span, around) = match handed {
            Some(line) => (Span::new(written.source.start, written.source.start), (line, "")),
            None => (written.source, imports.around(&self.tree, source, written)),
        };
        let judged = Judged {
            hash: item.hash,
            status,
            span,
            hands_on: item.hands_on.is_some(),
            named_at: written.name.map_or(written.source, |name| name.span),
            probe: None,
            examples: Vec::with_capacity(item.examples.len()),
            docs,
            around,
            spans: item.spans,
            slots: item.slots,
            definition: item.definition,
            name: item.path,
            within: item.within,
        };
        submission.verdict.cost.definition_bytes += judged.definition.bytes().len() as u64;
        submission.definitions.insert(judged.hash, judged.definition.clone());
        for example in &item.examples {
            submission.definitions.insert(example.hash, example.definition.clone());
        }
        (judged, item.examples)
    }

    pub(crate) fn try_examples(
        &mut self,
        judged: &mut [Judged],
        examples: Vec<Vec<CheckedExample>>,
        submission: &mut Submission,
    ) {
        let mut cost = submission.verdict.cost;
        let mut diagnostics = std::mem::take(&mut submission.verdict.diagnostics);
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let library: &Submission = submission;
            let mut sandbox = NdaJitSandbox::new(&self.engine, library);
            let options = RunOptions { limits: self.limits(), ..self.options.clone() };
            for (one, examples) in judged.iter_mut().zip(examples) {
                for example in examples {
                    one.examples.push(examples::try_one(
                        example,
                        &mut sandbox,
                        &mut self.outcomes,
                        library.snapshot(),
                        &options,
                        &mut cost,
                        &mut diagnostics,
                    ));
                }
            }
        }
        submission.verdict.cost = cost;
        submission.verdict.diagnostics = diagnostics;
    }
}

/// The module that a full path lies in.
pub(crate) fn parent(path: &str) -> &str {
    generic_of(path).rsplit_once("::").map_or("", |(module, _)| module)
}

/// The module that the stored text of a definition lies in: what stands in an `impl` has the name of a type before its own.
pub(crate) fn module_of<'n>(name: &'n str, text: &str) -> &'n str {
    let first = text.lines().find(|line| !line.starts_with("use ")).unwrap_or_default();
    let is_member = first.starts_with("impl ") || first.starts_with("impl<");
    if is_member { parent(parent(name)) } else { parent(name) }
}

/// The path of what is generic, for that of an instance of it: `geo::first` for `geo::first<i64>`.
pub(crate) fn generic_of(path: &str) -> &str {
    path.split('<').next().unwrap_or(path)
}

pub(crate) fn micros(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_nanos() as f64 / 1000.0
}
