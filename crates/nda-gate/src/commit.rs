//! Putting what a verdict let in into the SiteMap.

use crate::content::definition_triples;
use crate::gate::Gate;
use crate::outcomes::recorded_limits;
use crate::verdict::{Judged, Status, Verdict};
use nda_graph::Hash;
use nda_sitemap::object::{Example, ExampleResult, GateCheck, GateRecord, Metadata};
use nda_sitemap::{CommitRequest, MergeDecision, NewDefinition};

pub use nda_sitemap::Committed;

/// Why nothing was committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// The verdict refuses the submission.
    #[error("the gate refused this submission: {0} error(s)")]
    Refused(usize),
    /// The message, the author or the branch's name holds a secret; it is not repeated.
    #[error("the commit's {place} looks like it holds a secret (rule `{rule}`)")]
    Secret {
        /// Which of them.
        place: &'static str,
        /// The rule that found it.
        rule: String,
    },
    /// The policy does not let this author write these names here.
    #[error("{0}")]
    NotAllowed(String),
    /// The gate has no store.
    #[error("there is no store to commit to; `nda init` makes one")]
    NoStore,
    /// The store refused or failed; it is as it was.
    #[error(transparent)]
    Store(#[from] nda_sitemap::CommitError),
}

/// The rules a definition passed, with their versions.
const CHECKS: &[(&str, &str)] = &[
    ("secrets", nda_secrets::VERSION),
    ("parse", "1"),
    ("names", "1"),
    ("types", "1"),
    ("effects", "1"),
    ("graph", "1"),
    ("examples", "1"),
];

impl Gate {
    /// Commits what `verdict` let in: its definitions and the rebuilt dependents, under their names, in one
    /// transaction. A branch that moved meanwhile is merged with, if the names it changed are neither these nor used
    /// by these.
    ///
    /// # Errors
    /// If the verdict refuses, the same name was changed by somebody else, or the store fails; then nothing is written.
    pub fn commit(&self, verdict: &Verdict, author: &str, message: &str) -> Result<Committed, CommitError> {
        if !verdict.is_admitted() {
            let errors = verdict.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
            return Err(CommitError::Refused(errors));
        }
        self.secretless(&[("message", message), ("author", author), ("branch", &self.branch)])?;
        if verdict.policy != self.policy.hash {
            return Err(nda_sitemap::CommitError::PolicyChanged { now: self.policy.hash }.into());
        }
        // Whom the gate knows, and whom the commit names, both; what somebody came through, `claude via editor`, is no name.
        let named = author.split(" via ").next().unwrap_or_default();
        for who in self.author.as_deref().into_iter().chain([named]) {
            self.may_commit(verdict, who)?;
            self.must_sign(who, &self.branch).map_err(CommitError::NotAllowed)?;
        }
        let store = self.store.as_ref().ok_or(CommitError::NoStore)?;
        let time_ms = now_ms();
        let mut request = CommitRequest {
            branch: self.branch.clone(),
            expected_head: verdict.head,
            author: author.to_owned(),
            time_ms,
            message: message.to_owned(),
            judged_under: Some(verdict.policy),
            sign: self.signer.clone(),
            ..CommitRequest::default()
        };
        let rebuilt = verdict.rebuilt.iter().map(|rebuilt| (&rebuilt.judged, rebuilt.source.as_str()));
        let submitted = verdict.definitions.iter().map(|judged| (judged, verdict.source.as_str()));
        let instances = verdict.instances.iter().map(|one| (&one.judged, one.source.as_str()));
        let mut used: Vec<Hash> = verdict.relies_on.clone();
        request.remove.clone_from(&verdict.stale);
        for (judged, source) in submitted.chain(rebuilt).chain(instances) {
            request.definitions.push(NewDefinition {
                hash: judged.hash,
                bytes: judged.definition.bytes().to_vec(),
                triples: definition_triples(judged.hash, judged.definition.view()),
                gate: needs_record(judged).then(|| self.record(judged, author, time_ms)),
            });
            for example in &judged.examples {
                request.definitions.push(NewDefinition {
                    hash: example.hash,
                    bytes: example.definition.bytes().to_vec(),
                    triples: definition_triples(example.hash, example.definition.view()),
                    gate: None,
                });
            }
            if judged.hands_on {
                used.push(judged.hash);
            }
            used.extend(judged.definition.view().references().map(|reference| reference.hash));
            request.bind.push(metadata(judged, source));
        }
        request.definitions.sort_by_key(|definition| definition.hash);
        request.definitions.dedup_by_key(|definition| definition.hash);
        let merge = |merge: &nda_sitemap::Merge<'_>| {
            // A definition this one was checked against has been replaced: its author should look again.
            let stale = merge
                .theirs
                .iter()
                .find(|change| change.before.is_some_and(|before| used.contains(&before.definition)));
            match stale {
                Some(change) => MergeDecision::Refuse {
                    reason: format!(
                        "`{}`, which this uses, was changed meanwhile; submit again",
                        change.name
                    ),
                },
                None => MergeDecision::Accept,
            }
        };
        Ok(store.commit(&request, &merge)?)
    }

    fn record(&self, judged: &Judged, author: &str, time_ms: u64) -> GateRecord {
        GateRecord {
            definition: judged.hash,
            checks: CHECKS
                .iter()
                .map(|&(name, version)| GateCheck {
                    name: name.into(),
                    version: version.into(),
                    passed: true,
                })
                .collect(),
            engine: nda_engine::VERSION.to_owned(),
            prices: nda_graph::run::VERSION,
            limits: recorded_limits(&self.limits()),
            fuel: judged.examples.iter().map(|example| example.outcome.fuel).sum(),
            peak_bytes: judged.examples.iter().map(|example| example.outcome.peak_bytes).max().unwrap_or(0),
            examples: judged
                .examples
                .iter()
                .map(|example| ExampleResult {
                    definition: example.hash,
                    passed: example.passed,
                    sides: example.sides.as_ref().map(|(left, right)| (left.to_string(), right.to_string())),
                    fuel: example.outcome.fuel,
                    peak_bytes: example.outcome.peak_bytes,
                    depth: example.outcome.depth,
                    output: example.outcome.output.clone(),
                })
                .collect(),
            time_ms,
            author: author.to_owned(),
            notes: self.notes(judged),
        }
    }

    /// What a record says by name, and what can be asked for by it.
    pub(crate) fn notes(&self, judged: &Judged) -> Vec<(String, String)> {
        let policy = self.policy.hash.map_or("none".to_owned(), |hash| format!("#{hash}"));
        let probe = judged.probe.as_ref().map(|probe| ("probe".to_owned(), probe.summary()));
        [("secrets".to_owned(), nda_secrets::VERSION.to_owned()), ("policy".to_owned(), policy)]
            .into_iter()
            .chain(probe)
            .collect()
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// Whether the store should hear how it went: it is new here, or an example ran that the store knew no outcome of.
fn needs_record(judged: &Judged) -> bool {
    judged.status != Status::Unchanged || judged.examples.iter().any(|example| !example.remembered)
}

/// Everything the author wrote about a definition; nothing of it is in the hash.
pub(crate) fn metadata(judged: &Judged, source: &str) -> Metadata {
    let origin = judged.span.start;
    let (before, after) = &judged.around;
    let ahead = before.len() as u32;
    let (parameters, locals) = judged.variables(source);
    Metadata {
        definition: judged.hash,
        name: judged.name.clone(),
        within: judged.within.clone(),
        source: format!("{before}{}{after}", judged.span.text(source)),
        spans: judged
            .spans
            .iter()
            .map(|span| span.relative_to(origin))
            .map(|span| (span.start + ahead, span.end + ahead))
            .collect(),
        parameters,
        locals,
        docs: judged.docs.clone(),
        examples: judged
            .examples
            .iter()
            .map(|example| Example { text: example.span.text(source).to_owned(), definition: example.hash })
            .collect(),
        uses: judged.uses(),
    }
}
