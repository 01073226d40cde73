//! [`Gate`]: submissions in, verdicts out.

use crate::examples;
use crate::imports::Imports;
use crate::outcomes::Outcomes;
use crate::policy::{self, Policy, PolicyError};
use crate::probe::Probes;
use crate::scope::{Outside, StoreLibrary};
use crate::secrets;
use crate::verdict::{Cost, Judged, Rebuilt, Status, Verdict};
use nda_check::{CheckedExample, CheckedItem, Checker};
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_engine::{Engine, Library, NdaJitSandbox, RunOptions};
use nda_graph::{Definition, Hash, Limits};
use nda_sitemap::names::Binding;
use nda_sitemap::object::Example;
use nda_sitemap::storage::StorageError;
use nda_sitemap::{DEFAULT_BRANCH, ReadError, SiteMap, Snapshot};
use nda_syntax::parts::{Part, Parts};
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
    checker: Checker,
    outcomes: Outcomes,
    pub(crate) policy: Policy,
    /// The head of the default branch that said so.
    pub(crate) policy_read_at: Option<Hash>,
    /// Who submits, if that is known.
    pub(crate) author: Option<String>,
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
    definitions: FxHashMap<Hash, Definition>,
    pub(crate) snapshot: Option<Snapshot>,
    branch: String,
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

/// A definition at the head that uses what a submission changes.
pub(crate) struct Dependent {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) within: String,
    pub(crate) before: Hash,
    /// Where its text stands in a source of several.
    pub(crate) place: Span,
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
        let own = self.verdict.definition(name).map(|judged| judged.hash);
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
        if !submission.verdict.is_admitted() {
            return Ok(self.finished(submission));
        }
        let parts = Parts::default();
        let checked = self.check(source, &parts, &mut submission);
        self.judge_items(source, &parts, checked, &mut submission)?;
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
            let checked = self.check(&source, &parts, &mut submission);
            self.judge_items(&source, &parts, checked, &mut submission)?;
        }
        Ok(self.finished(submission))
    }

    /// Judges an expression against the head, as if it were the body of a function.
    ///
    /// # Errors
    /// As [`Gate::submit`].
    pub fn expression(&mut self, source: &str) -> Result<(Submission, Option<Expression>), GateError> {
        let mut submission = self.open(source)?;
        if !submission.verdict.is_admitted() {
            return Ok((self.finished(submission), None));
        }
        let found = self.check_expression(source, &mut submission);
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
                left: Vec::new(),
                head,
                policy: self.policy.hash,
                cost: Cost { secrets_us, source_bytes: source.len() as u64, ..Cost::default() },
                source,
            },
            definitions: FxHashMap::default(),
            snapshot,
            branch: self.branch.clone(),
        })
    }

    /// Text to hashed definitions.
    pub(crate) fn check(
        &mut self,
        source: &str,
        parts: &Parts,
        submission: &mut Submission,
    ) -> Vec<CheckedItem> {
        let Gate { engine, tree, checker, branch, .. } = self;
        let started = Instant::now();
        let diagnostics = &mut submission.verdict.diagnostics;
        nda_syntax::parse_into(tree, source, diagnostics);
        let parsed = Instant::now();
        let library = StoreLibrary { snapshot: submission.snapshot.as_ref(), branch };
        let checked = checker.check_parts(tree, source, parts, &Outside { library, engine }, diagnostics);
        let cost = &mut submission.verdict.cost;
        cost.parse_us += micros(started, parsed);
        cost.check_us += micros(parsed, Instant::now());
        checked
    }

    fn check_expression(&mut self, source: &str, submission: &mut Submission) -> Option<Expression> {
        let Gate { engine, tree, checker, branch, .. } = self;
        let diagnostics = &mut submission.verdict.diagnostics;
        let expr = nda_syntax::parse_expr_into(tree, source, diagnostics);
        let library = StoreLibrary { snapshot: submission.snapshot.as_ref(), branch };
        let outside = Outside { library, engine };
        let checked = checker.check_expression(tree, source, &outside, diagnostics, expr);
        let item = checked.into_iter().next_back()?;
        submission.definitions.insert(item.hash, item.definition);
        Some(Expression { hash: item.hash, spans: item.spans })
    }

    fn judge_items(
        &mut self,
        source: &str,
        parts: &Parts,
        checked: Vec<CheckedItem>,
        submission: &mut Submission,
    ) -> Result<(), GateError> {
        if checked.is_empty() {
            return Ok(());
        }
        submission.definitions.reserve(checked.len() * 2);
        let mut statuses = Vec::with_capacity(checked.len());
        let mut changed = Vec::new();
        for item in &checked {
            let before = match &submission.snapshot {
                Some(snapshot) => snapshot.name(&self.branch, &item.path)?,
                None => None,
            };
            statuses.push(match before {
                None => Status::New,
                Some(before) if before.definition == item.hash => {
                    if !item.within.is_empty() && self.was_wider(&submission.snapshot, &before, &item.within)
                    {
                        changed.push(before.definition);
                    }
                    Status::Unchanged
                }
                Some(before) => {
                    changed.push(before.definition);
                    Status::Changed { before: before.definition }
                }
            });
        }
        let mut dependents = match changed.as_slice() {
            [] => Vec::new(),
            changed => {
                let names: Vec<&str> = checked.iter().map(|item| item.path.as_str()).collect();
                self.dependents(changed, &names, submission)?
            }
        };
        if self.keep_old {
            for Dependent { name, before, .. } in dependents.drain(..) {
                let left = policy::left_behind(&name, "it was asked to", before);
                submission.verdict.diagnostics.push(left);
                submission.verdict.left.push(name);
            }
        }
        if dependents.is_empty() {
            let imports = Imports::of(&self.tree, parts);
            let mut judged = Vec::with_capacity(checked.len());
            let mut examples = Vec::with_capacity(checked.len());
            for (item, status) in checked.into_iter().zip(statuses) {
                let index = item.item;
                let (one, mine) = self.describe(source, &imports, item, status, submission);
                self.ask_policy(index, &one, mine.len(), submission);
                judged.push(one);
                examples.push(mine);
            }
            self.try_examples(&mut judged, examples, submission);
            self.probe_all(&mut judged, submission);
            submission.verdict.definitions = judged;
            return Ok(());
        }
        self.judge_with_dependents(source, parts, &statuses, dependents, submission)
    }

    /// Whether a name at the head could be used where it no longer may be.
    fn was_wider(&self, snapshot: &Option<Snapshot>, before: &Binding, within: &str) -> bool {
        let metadata = snapshot.as_ref().and_then(|snapshot| snapshot.metadata(&before.metadata).ok());
        metadata.is_some_and(|metadata| metadata.within.len() < within.len())
    }

    /// Names at the head, and their texts, of whatever uses a definition that changes and is not submitted itself.
    pub(crate) fn dependents(
        &self,
        changed: &[Hash],
        submitted: &[&str],
        submission: &Submission,
    ) -> Result<Vec<Dependent>, GateError> {
        let Some(snapshot) = &submission.snapshot else { return Ok(Vec::new()) };
        let mut found: Vec<Dependent> = Vec::new();
        for before in changed {
            for (dependent, _) in snapshot.all_dependents(before, usize::MAX)? {
                // An example has no name; whoever has it as an example is tried again.
                let owners = snapshot.owners_of_example(&dependent)?;
                for user in std::iter::once(dependent).chain(owners) {
                    for name in snapshot.names_of(&self.branch, &user)? {
                        if submitted.contains(&name.as_str()) || found.iter().any(|known| known.name == name)
                        {
                            continue;
                        }
                        let Some(binding) = snapshot.name(&self.branch, &name)? else { continue };
                        let metadata = snapshot.metadata(&binding.metadata)?;
                        let has_it = |example: &Example| example.definition == dependent;
                        if user == dependent || metadata.examples.iter().any(has_it) {
                            found.push(Dependent {
                                name,
                                text: metadata.source,
                                within: metadata.within,
                                before: binding.definition,
                                place: Span::default(),
                            });
                        }
                    }
                }
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The submission and its dependents are checked as one source, the dependents' texts behind the submission's.
    fn judge_with_dependents(
        &mut self,
        source: &str,
        parts: &Parts,
        statuses: &[Status],
        mut dependents: Vec<Dependent>,
        submission: &mut Submission,
    ) -> Result<(), GateError> {
        let mut combined = source.to_owned();
        let (whole, mut parts) = (parts, parts.clone());
        for dependent in &mut dependents {
            combined.push('\n');
            let start = combined.len() as u32;
            let module = parent(&dependent.name);
            parts.push(Part { start, module: module.to_owned(), within: dependent.within.clone() });
            combined.push_str(&dependent.text);
            dependent.place = Span::new(start, combined.len() as u32);
        }
        submission.verdict.diagnostics.clear();
        let checked = self.check(&combined, &parts, submission);
        let own = source.len() as u32;
        let imports = Imports::of(&self.tree, &parts);
        let mut judged = Vec::new();
        let mut examples = Vec::new();
        for item in checked {
            let status = match dependents.iter().find(|known| known.name == item.path) {
                Some(known) if known.before == item.hash => Status::Unchanged,
                Some(known) => Status::Changed { before: known.before },
                None => statuses.get(judged.len()).copied().unwrap_or(Status::New),
            };
            let index = item.item;
            let (one, mine) = self.describe(&combined, &imports, item, status, submission);
            self.ask_policy(index, &one, mine.len(), submission);
            judged.push(one);
            examples.push(mine);
        }
        self.try_examples(&mut judged, examples, submission);
        let left = self.leave_behind(own, &mut dependents, submission);
        if !left.is_empty() {
            self.judge_with_dependents(source, whole, statuses, dependents, submission)?;
            submission.verdict.diagnostics.extend(left);
            return Ok(());
        }
        self.probe_all(&mut judged, submission);
        self.blame_dependents(own, &dependents, submission);
        for mut one in judged {
            if one.span.start < own {
                submission.verdict.definitions.push(one);
                continue;
            }
            let holds = |place: Span| place.start <= one.span.start && one.span.end <= place.end;
            let Some(Dependent { text, place, .. }) = dependents.iter().find(|known| holds(known.place))
            else {
                continue;
            };
            let origin = place.start;
            one.span = one.span.relative_to(origin);
            one.named_at = one.named_at.relative_to(origin);
            let shifted = one.spans.iter_mut().chain(&mut one.slots);
            shifted.for_each(|span| *span = span.relative_to(origin));
            one.examples.iter_mut().for_each(|example| example.span = example.span.relative_to(origin));
            submission.verdict.rebuilt.push(Rebuilt { judged: one, source: text.clone() });
        }
        Ok(())
    }

    /// Takes out of `dependents` those that break and that the policy lets break, and says so of each.
    fn leave_behind(
        &self,
        own: u32,
        dependents: &mut Vec<Dependent>,
        submission: &mut Submission,
    ) -> Vec<Diagnostic> {
        let Verdict { diagnostics, left, .. } = &mut submission.verdict;
        let errors: Vec<&Diagnostic> =
            diagnostics.iter().filter(|found| found.is_error() && found.span.start > own).collect();
        let mut said = Vec::new();
        dependents.retain(|Dependent { name, before, place, .. }| {
            let is_its =
                |found: &&&Diagnostic| place.start <= found.span.start && found.span.start <= place.end;
            let Some(error) = errors.iter().find(is_its).filter(|_| self.policy.may_break(name)) else {
                return true;
            };
            said.push(policy::left_behind(name, &error.message, *before));
            left.push(name.clone());
            false
        });
        said
    }

    /// What is wrong in a dependent's text is not in the author's: it becomes one diagnostic for each dependent.
    fn blame_dependents(&self, own: u32, dependents: &[Dependent], submission: &mut Submission) {
        let all = std::mem::take(&mut submission.verdict.diagnostics);
        let (mine, theirs): (Vec<_>, Vec<_>) = all.into_iter().partition(|found| found.span.start <= own);
        submission.verdict.diagnostics = mine;
        for Dependent { name, text, place, .. } in dependents {
            let mut errors = theirs.iter().filter(|found| {
                found.is_error() && place.start <= found.span.start && found.span.start <= place.end
            });
            let Some(first) = errors.next() else { continue };
            let (line, _) = first.span.relative_to(place.start).line_column(text);
            let message = format!("`{name}`, which depends on this, would break: {}", first.message);
            let mut diagnostic = Diagnostic::new(Code::DependentBroken, Span::new(0, 0), message)
                .note(format!("{} in line {line} of `{name}`", first.code));
            for other in errors {
                diagnostic = diagnostic.note(format!("{}: {}", other.code, other.message));
            }
            submission.verdict.diagnostics.push(diagnostic);
        }
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
        let judged = Judged {
            hash: item.hash,
            status,
            span: written.source,
            named_at: written.name.map_or(written.source, |name| name.span),
            probe: None,
            examples: Vec::with_capacity(item.examples.len()),
            docs,
            around: imports.around(&self.tree, source, written),
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

    fn try_examples(
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
    path.rsplit_once("::").map_or("", |(module, _)| module)
}

fn micros(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_nanos() as f64 / 1000.0
}
