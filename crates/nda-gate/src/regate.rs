//! The gate once more, on what it let in: today's rules, today's policy, every example run again.
//!
//! Nothing is written. What comes out otherwise than it was recorded is said, name by name.

use crate::gate::{Gate, GateError, Submission};
use crate::imports::Imports;
use crate::judge::{Dependent, Reads};
use crate::outcomes::{Outcomes, recorded_limits};
use crate::verdict::{Judged, JudgedExample, Status};
use nda_diagnostics::Diagnostic;
use nda_graph::Hash;
use nda_sitemap::Snapshot;
use nda_sitemap::object::{ExampleResult, GateRecord};
use nda_syntax::parts::Parts;

/// What the gate says of a committed definition now.
#[derive(Clone, PartialEq, Debug)]
pub struct Regated {
    /// The name it is committed under.
    pub name: String,
    /// What that stands for.
    pub hash: Hash,
    /// Why it would be refused now, each in one line.
    pub problems: Vec<String>,
    /// What is otherwise than the record of its admission says.
    pub differences: Vec<String>,
}

impl Gate {
    /// Judges committed definitions again, by their names.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn regate(&mut self, names: &[String]) -> Result<Vec<Regated>, GateError> {
        let mut submission = self.open("")?;
        let mut along = Vec::new();
        let mut all = Vec::new();
        if let Some(snapshot) = &submission.snapshot {
            // An instance has no text of its own: it is judged with what it is an instance of.
            for name in names.iter().filter(|name| !name.contains('<')) {
                let Some(binding) = snapshot.name(&self.branch, name)? else { continue };
                let text = Dependent::read(snapshot, name.clone(), &binding, false)?;
                let found = self.policy().scanner.scan(&text.text);
                let problems = found.iter().map(|found| {
                    let (line, column) =
                        nda_diagnostics::Span::new(found.start, found.end).line_column(&text.text);
                    format!("E0506 at {line}:{column}: this looks like a secret (rule `{}`)", found.rule)
                });
                all.push(Regated {
                    name: name.clone(),
                    hash: binding.definition,
                    problems: problems.collect(),
                    differences: Vec::new(),
                });
                along.push(text);
            }
        }
        let checked = self.check(Reads::Items, ("", &Parts::default()), &mut along, &mut submission);
        let imports = Imports::of(&self.tree, &checked.parts);
        let mut judged = Vec::new();
        let mut examples = Vec::new();
        for item in checked.items.into_iter().filter(|item| !item.is_instance) {
            let index = item.item;
            let (one, mine) =
                self.describe(&checked.source, &imports, item, Status::Unchanged, &mut submission);
            self.ask_policy(index, &one, mine.len(), &mut submission);
            judged.push(one);
            examples.push(mine);
        }
        // One that is refused does not keep the examples of the others from being tried.
        let before = std::mem::take(&mut submission.verdict.diagnostics);
        // What is known of the examples is what is in question.
        let known = std::mem::replace(&mut self.outcomes, Outcomes::forgetful());
        self.try_examples(&mut judged, examples, &mut submission);
        self.outcomes = known;
        submission.verdict.diagnostics.extend(before);
        self.weigh_warnings(&mut submission.verdict.diagnostics);
        for found in submission.verdict.diagnostics.iter().filter(|found| Diagnostic::is_error(found)) {
            let holds = |known: &&Dependent| {
                known.place.start <= found.span.start && found.span.start <= known.place.end
            };
            let Some(text) = along.iter().find(holds) else { continue };
            let Some(regated) = all.iter_mut().find(|one| one.name == text.name) else { continue };
            let (line, column) = found.span.relative_to(text.place.start).line_column(&text.text);
            regated.problems.push(format!("{} at {line}:{column}: {}", found.code, found.message));
        }
        for one in &judged {
            let Some(regated) = all.iter_mut().find(|known| known.name == one.name) else { continue };
            if one.hash != regated.hash {
                regated.differences.push(format!("its text gives #{} now", one.hash.short()));
            }
            regated.differences.extend(self.differences(one, &submission, &checked.source)?);
        }
        Ok(all)
    }

    /// What is otherwise than the store's records say.
    fn differences(
        &self,
        judged: &Judged,
        submission: &Submission,
        source: &str,
    ) -> Result<Vec<String>, GateError> {
        let mut found = Vec::new();
        let Some(snapshot) = &submission.snapshot else { return Ok(found) };
        if let Some(record) = latest(snapshot, &judged.hash)? {
            let now = self.notes(judged);
            for (name, value) in now.iter().filter(|(name, _)| name != "probe") {
                let then =
                    record.notes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
                if then != Some(value) {
                    found.push(format!("{name}: {} then, {value} now", then.unwrap_or("not recorded")));
                }
            }
            if record.engine != nda_engine::VERSION {
                found.push(format!("engine: {} then, {} now", record.engine, nda_engine::VERSION));
            }
        }
        for example in &judged.examples {
            let text = example.span.text(source);
            let records = snapshot.tried(&example.hash)?;
            if records.is_empty() {
                found.push(format!("`{text}` was never recorded"));
            }
            for hash in records {
                // Whoever reads a record believes it, so each must be true; under other limits it speaks of something else.
                let record = snapshot.gate_record(&hash)?;
                let is_comparable = record.limits == recorded_limits(&self.limits());
                let known = record.examples.iter().find(|known| known.definition == example.hash);
                let compared =
                    known.filter(|_| is_comparable).into_iter().flat_map(|known| compared(known, example));
                found.extend(compared.map(|what| format!("`{text}`: {what} (record #{})", hash.short())));
            }
        }
        Ok(found)
    }
}

/// The record of a definition's admission, the latest if there are several.
fn latest(snapshot: &Snapshot, definition: &Hash) -> Result<Option<GateRecord>, GateError> {
    let mut latest: Option<GateRecord> = None;
    for hash in snapshot.admissions(definition)? {
        let record = snapshot.gate_record(&hash)?;
        if latest.as_ref().is_none_or(|known| known.time_ms <= record.time_ms) {
            latest = Some(record);
        }
    }
    Ok(latest)
}

fn compared(then: &ExampleResult, now: &JudgedExample) -> impl Iterator<Item = String> {
    let outcome = &now.outcome;
    let sides = |sides: Option<(String, String)>| {
        sides.map_or("no sides".to_owned(), |(a, b)| format!("{a} and {b}"))
    };
    let now_sides = sides(now.sides.as_ref().map(|(a, b)| (a.to_string(), b.to_string())));
    let word = |passed: bool| if passed { "holds" } else { "fails" }.to_owned();
    [
        ("it", word(then.passed), word(now.passed)),
        ("sides", sides(then.sides.clone()), now_sides),
        ("fuel", then.fuel.to_string(), outcome.fuel.to_string()),
        ("bytes", then.peak_bytes.to_string(), outcome.peak_bytes.to_string()),
        ("depth", then.depth.to_string(), outcome.depth.to_string()),
        ("output", format!("{:?}", then.output), format!("{:?}", outcome.output)),
    ]
    .into_iter()
    .filter(|(_, then, now)| then != now)
    .map(|(what, then, now)| format!("{what} {then} then, {now} now"))
}
