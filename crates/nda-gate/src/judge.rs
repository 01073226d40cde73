//! Texts to a verdict: what was submitted, with the texts from the head that must be read along.
//!
//! Those are of two kinds. A definition at the head that uses what changes is a *dependent*: it is rebuilt. What is generic at
//! the head is *read along* when something uses it: its text makes the instances, and it stays as it is.

use crate::gate::{Gate, GateError, Submission, generic_of, micros, module_of};
use crate::imports::Imports;
use crate::policy::left_behind;
use crate::scope::{Outside, StoreLibrary, hands_on};
use crate::verdict::{Judged, Rebuilt, Status, Verdict};
use nda_check::CheckedItem;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::Hash;
use nda_sitemap::names::Binding;
use nda_sitemap::object::Example;
use nda_sitemap::{ReadError, Snapshot};
use nda_syntax::parts::{Part, Parts};
use std::cell::RefCell;
use std::time::Instant;

/// A definition at the head whose text is checked along with a submission.
pub(crate) struct Dependent {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) within: String,
    pub(crate) before: Hash,
    /// Where its text stands in a source of several.
    pub(crate) place: Span,
    /// Whether it uses nothing that changes: it is generic, and something uses it.
    pub(crate) read_along: bool,
    /// How many references lie between it and the nearest change.
    pub(crate) distance: u32,
}

impl Dependent {
    pub(crate) fn read(
        snapshot: &Snapshot,
        name: String,
        binding: &Binding,
        read_along: bool,
    ) -> Result<Self, ReadError> {
        let metadata = snapshot.metadata(&binding.metadata)?;
        Ok(Self {
            name,
            text: metadata.source,
            within: metadata.within,
            before: binding.definition,
            place: Span::default(),
            read_along,
            distance: 0,
        })
    }
}

/// What the checker made of a source.
pub(crate) struct Checked {
    pub(crate) items: Vec<CheckedItem>,
    /// The text of the submission, and the others behind it.
    pub(crate) source: String,
    pub(crate) parts: Parts,
}

/// What a source is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    Items,
    Expression,
}

impl Gate {
    /// Text to hashed definitions. The texts `along` stand behind `source`; those of generic definitions that turn out to be
    /// used are added to them.
    pub(crate) fn check(
        &mut self,
        reads: Reads,
        (source, parts): (&str, &Parts),
        along: &mut Vec<Dependent>,
        submission: &mut Submission,
    ) -> Checked {
        loop {
            submission.verdict.diagnostics.clear();
            let (source, parts) = joined(source, parts, along);
            let (items, generic) = self.check_joined(reads, &source, &parts, submission);
            let before = along.len();
            for name in generic {
                let binding = submission.snapshot.as_ref().map(|it| (it, it.name(&self.branch, &name)));
                if let Some((snapshot, Ok(Some(binding)))) = binding
                    && !along.iter().any(|known| known.name == name)
                    && let Ok(found) = Dependent::read(snapshot, name, &binding, true)
                {
                    along.push(found);
                }
            }
            if along.len() == before {
                return Checked { items, source, parts };
            }
        }
    }

    /// The same of one source, with the generic definitions at the head that it asked for.
    fn check_joined(
        &mut self,
        reads: Reads,
        source: &str,
        parts: &Parts,
        submission: &mut Submission,
    ) -> (Vec<CheckedItem>, Vec<String>) {
        let Gate { engine, tree, checker, branch, .. } = self;
        let started = Instant::now();
        let generic = RefCell::default();
        let library = StoreLibrary { snapshot: submission.snapshot.as_ref(), branch };
        let outside = Outside { library, engine, generic: Some(&generic), gone: &submission.gone };
        let diagnostics = &mut submission.verdict.diagnostics;
        let expr = match reads {
            Reads::Expression if parts.all().len() > 1 => {
                Some(nda_syntax::parse_expr_with_items_into(tree, source, diagnostics))
            }
            Reads::Expression => Some(nda_syntax::parse_expr_into(tree, source, diagnostics)),
            Reads::Items => {
                nda_syntax::parse_into(tree, source, diagnostics);
                None
            }
        };
        let parsed = Instant::now();
        let items = match expr {
            Some(expr) => checker.check_expression(tree, source, parts, &outside, diagnostics, expr),
            None => checker.check_parts(tree, source, parts, &outside, diagnostics),
        };
        let cost = &mut submission.verdict.cost;
        cost.parse_us += micros(started, parsed);
        cost.check_us += micros(parsed, Instant::now());
        (items, generic.into_inner())
    }

    /// Judges a source whose texts were found sound one by one.
    pub(crate) fn judge(
        &mut self,
        source: &str,
        parts: &Parts,
        submission: &mut Submission,
    ) -> Result<(), GateError> {
        let mut along = Vec::new();
        let mut checked = self.check(Reads::Items, (source, parts), &mut along, submission);
        let mut changed = Vec::new();
        for item in checked.items.iter().filter(|item| !item.is_instance) {
            changed.extend(self.changed_by(item, submission)?);
        }
        if !changed.is_empty() {
            let names: Vec<&str> = checked.items.iter().map(|item| item.path.as_str()).collect();
            let mut dependents = self.dependents(&changed, &names, submission)?;
            if self.keep_old {
                let (handed, kept): (Vec<_>, Vec<_>) =
                    dependents.into_iter().partition(|found| hands_on(&found.text).is_some());
                dependents = handed;
                for Dependent { name, before, .. } in kept {
                    let left = left_behind(&name, "it was asked to", before);
                    submission.verdict.diagnostics.push(left);
                    submission.verdict.left.push(name);
                }
            }
            if !dependents.is_empty() {
                along.retain(|known| !dependents.iter().any(|found| found.name == known.name));
                along.splice(0..0, dependents);
                checked = self.check(Reads::Items, (source, parts), &mut along, submission);
            }
        }
        self.judge_along((source, parts), checked, along, submission)
    }

    /// Judges what was checked together with texts from the head; those that break and may are left out, and the rest is judged
    /// again.
    fn judge_along(
        &mut self,
        (source, parts): (&str, &Parts),
        checked: Checked,
        mut along: Vec<Dependent>,
        submission: &mut Submission,
    ) -> Result<(), GateError> {
        let own = if along.is_empty() { u32::MAX } else { source.len() as u32 };
        let imports = Imports::of(&self.tree, &checked.parts);
        let mut judged = Vec::with_capacity(checked.items.len());
        let mut examples = Vec::with_capacity(checked.items.len());
        let mut instances = Vec::new();
        for item in checked.items {
            let status = self.status(&item, submission)?;
            let is_instance = item.is_instance;
            let index = item.item;
            let written = self.tree.items[item.item].source;
            let (one, mine) = self.describe(&checked.source, &imports, item, status, submission);
            if is_instance {
                let source = written.text(&checked.source).to_owned();
                let origin = (written.start < own).then_some(written.start);
                instances.push((written.start, Rebuilt { judged: one, source, origin, distance: 0 }));
            } else {
                let holds =
                    |known: &Dependent| known.place.start <= written.start && written.start < known.place.end;
                if !along.iter().any(|known| known.read_along && holds(known)) {
                    self.ask_policy(index, &one, mine.len(), submission);
                }
                judged.push(one);
                examples.push(mine);
            }
        }
        self.try_examples(&mut judged, examples, submission);
        let left = self.leave_behind(own, &mut along, submission);
        if !left.is_empty() {
            let checked = self.check(Reads::Items, (source, parts), &mut along, submission);
            self.judge_along((source, parts), checked, along, submission)?;
            submission.verdict.diagnostics.extend(left);
            return Ok(());
        }
        let of_instances = instances.iter_mut().map(|(_, instance)| &mut instance.judged);
        self.probe_all(judged.iter_mut().chain(of_instances), submission);
        blame(own, &along, submission);
        let holder = |at: u32| along.iter().find(|known| known.place.start <= at && at < known.place.end);
        for mut one in judged {
            if one.span.start < own {
                submission.verdict.definitions.push(one);
            } else if let Some(found) = holder(one.span.start) {
                match found.read_along {
                    true => submission.verdict.relies_on.push(one.hash),
                    false => {
                        one.shift(found.place.start);
                        let source = found.text.clone();
                        let distance = found.distance;
                        submission.verdict.rebuilt.push(Rebuilt {
                            judged: one,
                            source,
                            origin: None,
                            distance,
                        });
                    }
                }
            }
        }
        for (at, mut instance) in instances {
            instance.judged.shift(at);
            let is_known = at >= own && holder(at).is_some_and(|found| found.read_along);
            if !is_known || instance.judged.status != Status::Unchanged {
                submission.verdict.instances.push(instance);
            }
        }
        self.find_stale(submission)
    }

    /// Takes out of `along` the dependents that break and that the policy lets break, and says so of each.
    fn leave_behind(
        &self,
        own: u32,
        along: &mut Vec<Dependent>,
        submission: &mut Submission,
    ) -> Vec<Diagnostic> {
        let Verdict { diagnostics, left, .. } = &mut submission.verdict;
        let errors: Vec<&Diagnostic> =
            diagnostics.iter().filter(|found| found.is_error() && found.span.start > own).collect();
        let mut said = Vec::new();
        along.retain(|Dependent { name, before, place, read_along, .. }| {
            let is_its =
                |found: &&&Diagnostic| place.start <= found.span.start && found.span.start <= place.end;
            let may = !read_along && self.policy.may_break(name);
            let Some(error) = errors.iter().find(is_its).filter(|_| may) else { return true };
            said.push(left_behind(name, &error.message, *before));
            left.push(name.clone());
            false
        });
        said
    }

    /// Compared with the head.
    fn status(&self, item: &CheckedItem, submission: &Submission) -> Result<Status, GateError> {
        let Some(snapshot) = &submission.snapshot else { return Ok(Status::New) };
        Ok(match snapshot.name(&self.branch, &item.path)? {
            None => Status::New,
            Some(before) if before.definition == item.hash => Status::Unchanged,
            Some(before) => Status::Changed { before: before.definition },
        })
    }

    /// The definitions at the head that an item takes the place of, its instances included.
    fn changed_by(&self, item: &CheckedItem, submission: &Submission) -> Result<Vec<Hash>, GateError> {
        let Some(snapshot) = &submission.snapshot else { return Ok(Vec::new()) };
        let Some(before) = snapshot.name(&self.branch, &item.path)? else { return Ok(Vec::new()) };
        if before.definition == item.hash {
            // It may no longer be used where it could be.
            let narrower = !item.within.is_empty()
                && snapshot
                    .metadata(&before.metadata)
                    .is_ok_and(|metadata| metadata.within.len() < item.within.len());
            if !narrower {
                return Ok(Vec::new());
            }
        }
        let mut changed = vec![before.definition];
        for (_, binding) in instances_of(snapshot, &self.branch, &item.path)? {
            changed.push(binding.definition);
        }
        Ok(changed)
    }

    /// Instances at the head of what changes that are not among those of the verdict.
    fn find_stale(&self, submission: &mut Submission) -> Result<(), GateError> {
        let Some(snapshot) = &submission.snapshot else { return Ok(()) };
        let verdict = &submission.verdict;
        let rebuilt = verdict.rebuilt.iter().map(|rebuilt| &rebuilt.judged);
        let mut stale = Vec::new();
        for judged in verdict.definitions.iter().chain(rebuilt) {
            if !matches!(judged.status, Status::Changed { .. }) {
                continue;
            }
            let names = instances_of(snapshot, &self.branch, &judged.name)?.into_iter();
            stale.extend(names.map(|(name, _)| name).filter(|name| verdict.instance(name).is_none()));
        }
        submission.verdict.stale = stale;
        Ok(())
    }

    /// Names at the head, and their texts, of whatever uses a definition that changes and is not submitted itself. What uses it
    /// as an instance does so by its generic definition.
    pub(crate) fn dependents(
        &self,
        changed: &[Hash],
        submitted: &[&str],
        submission: &Submission,
    ) -> Result<Vec<Dependent>, GateError> {
        let Some(snapshot) = &submission.snapshot else { return Ok(Vec::new()) };
        let mut found: Vec<Dependent> = Vec::new();
        for before in changed {
            for name in snapshot.names_of(&self.branch, before)? {
                if submitted.contains(&name.as_str()) || found.iter().any(|known| known.name == name) {
                    continue;
                }
                // What hands it on is to hand on what takes its place.
                if let Some(binding) = snapshot.name(&self.branch, &name)? {
                    let read = Dependent::read(snapshot, name, &binding, false)?;
                    found.extend(hands_on(&read.text).is_some().then_some(Dependent { distance: 1, ..read }));
                }
            }
            for (dependent, distance) in snapshot.all_dependents(before, usize::MAX)? {
                // An example has no name; whoever has it as an example is tried again.
                let owners = snapshot.owners_of_example(&dependent)?;
                for user in std::iter::once(dependent).chain(owners) {
                    for name in snapshot.names_of(&self.branch, &user)? {
                        let generic = generic_of(&name);
                        if let Some(known) = found.iter_mut().find(|known| known.name == generic) {
                            known.distance = known.distance.min(distance);
                            continue;
                        }
                        if submitted.contains(&generic) {
                            continue;
                        }
                        let Some(binding) = snapshot.name(&self.branch, generic)? else { continue };
                        let metadata = snapshot.metadata(&binding.metadata)?;
                        let has_it = |example: &Example| example.definition == dependent;
                        if user == dependent || metadata.examples.iter().any(has_it) {
                            let read = Dependent::read(snapshot, generic.to_owned(), &binding, false)?;
                            found.push(Dependent { distance, ..read });
                        }
                    }
                }
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }
}

impl Judged {
    /// Makes its places those of a text that starts at `origin`.
    pub(crate) fn shift(&mut self, origin: u32) {
        self.span = self.span.relative_to(origin);
        let shifted = self.spans.iter_mut().chain(&mut self.slots);
        shifted.for_each(|span| *span = span.relative_to(origin));
        self.named_at = self.named_at.relative_to(origin);
        self.examples.iter_mut().for_each(|example| example.span = example.span.relative_to(origin));
    }
}

/// The names at the head of the instances of something generic.
pub(crate) fn instances_of(
    snapshot: &Snapshot,
    branch: &str,
    path: &str,
) -> Result<Vec<(String, Binding)>, ReadError> {
    snapshot.names(branch, &format!("{path}<"), None, usize::MAX)
}

/// The submission with the texts behind it that are read along.
fn joined(source: &str, parts: &Parts, along: &mut [Dependent]) -> (String, Parts) {
    let mut combined = source.to_owned();
    let mut parts = parts.clone();
    for text in along {
        combined.push('\n');
        let start = combined.len() as u32;
        let module = module_of(&text.name, &text.text).to_owned();
        parts.push(Part { start, module, within: text.within.clone() });
        combined.push_str(&text.text);
        text.place = Span::new(start, combined.len() as u32);
    }
    (combined, parts)
}

/// What is wrong in a text from the head is not in the author's: it becomes one diagnostic for each of them.
pub(crate) fn blame(own: u32, along: &[Dependent], submission: &mut Submission) {
    if along.is_empty() {
        return;
    }
    let all = std::mem::take(&mut submission.verdict.diagnostics);
    let (mine, theirs): (Vec<_>, Vec<_>) = all.into_iter().partition(|found| found.span.start <= own);
    submission.verdict.diagnostics = mine;
    for Dependent { name, text, place, read_along, .. } in along {
        let mut errors = theirs.iter().filter(|found| {
            found.is_error() && place.start <= found.span.start && found.span.start <= place.end
        });
        let Some(first) = errors.next() else { continue };
        let (line, _) = first.span.relative_to(place.start).line_column(text);
        let message = match read_along {
            true => format!("`{name}`, which this uses, cannot be: {}", first.message),
            false => format!("`{name}`, which depends on this, would break: {}", first.message),
        };
        let mut diagnostic = Diagnostic::new(Code::DependentBroken, Span::new(0, 0), message)
            .note(format!("{} in line {line} of `{name}`", first.code));
        for other in errors {
            diagnostic = diagnostic.note(format!("{}: {}", other.code, other.message));
        }
        submission.verdict.diagnostics.push(diagnostic);
    }
}
