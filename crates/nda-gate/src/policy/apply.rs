//! Where a policy is asked: for each definition of a submission, when its author commits, and when it is to be replaced.

use super::{Policy, PolicyError, Reaction};
use crate::commit::{CommitError, now_ms};
use crate::gate::{Gate, GateError, Submission};
use crate::verdict::{Judged, Status, Verdict};
use nda_diagnostics::{Code, Diagnostic, Severity, Span};
use nda_graph::{Hash, Kind};
use nda_sitemap::{CommitRequest, Committed, DEFAULT_BRANCH, Snapshot, merge_disjoint};

/// Why another policy does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetPolicyError {
    /// It cannot be enforced.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The policy that holds names who may change it.
    #[error("the policy does not let `{0}` change it")]
    NotAnEditor(String),
    /// The store cannot be read.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// It was not committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Gate {
    /// The policy that holds: as the head of the default branch says.
    pub(crate) fn hold_policy(&mut self, snapshot: Option<&Snapshot>) -> Result<(), GateError> {
        let Some(snapshot) = snapshot else { return Ok(()) };
        let head = snapshot.head(DEFAULT_BRANCH)?;
        if head == self.policy_read_at {
            return Ok(());
        }
        let hash = snapshot.policy()?;
        if hash != self.policy.hash {
            self.policy = match hash {
                Some(hash) => Policy { hash: Some(hash), ..Policy::parse(&snapshot.policy_text(&hash)?)? },
                None => Policy::default(),
            };
        }
        self.policy_read_at = head;
        Ok(())
    }

    /// The policy that held when a submission was looked at last; before that, the one of a store without any.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Reads the policy that holds now.
    ///
    /// # Errors
    /// If the store cannot be read, or its policy not enforced by this program.
    pub fn policy_now(&mut self) -> Result<&Policy, GateError> {
        let snapshot = self.store.as_ref().map(nda_sitemap::SiteMap::snapshot).transpose()?;
        self.hold_policy(snapshot.as_ref())?;
        Ok(&self.policy)
    }

    /// Puts another policy in the place of the one that holds, in a commit of its own.
    ///
    /// # Errors
    /// If it cannot be enforced, the author may not, or the store fails.
    pub fn set_policy(
        &mut self,
        text: &str,
        author: &str,
        message: &str,
    ) -> Result<Committed, SetPolicyError> {
        Policy::parse(text)?;
        if !self.policy_now()?.may_edit(author) {
            return Err(SetPolicyError::NotAnEditor(author.to_owned()));
        }
        self.secretless(&[("message", message), ("author", author)])?;
        self.must_sign(author, DEFAULT_BRANCH).map_err(CommitError::NotAllowed)?;
        let store = self.store.as_ref().ok_or(CommitError::NoStore)?;
        let request = CommitRequest {
            branch: DEFAULT_BRANCH.to_owned(),
            expected_head: self.policy_read_at,
            author: author.to_owned(),
            time_ms: now_ms(),
            message: message.to_owned(),
            judged_under: Some(self.policy.hash),
            set_policy: Some(text.to_owned()),
            sign: self.signer.clone(),
            ..CommitRequest::default()
        };
        Ok(store.commit(&request, &merge_disjoint).map_err(CommitError::from)?)
    }

    /// What the policy says of one definition; `item` is its place in the tree.
    pub(crate) fn ask_policy(
        &self,
        item: usize,
        judged: &Judged,
        examples: usize,
        submission: &mut Submission,
    ) {
        let policy = &self.policy;
        if policy.hash.is_none() {
            return;
        }
        let written = &self.tree.items[item];
        let place = judged.named_at;
        let mut add = |code, message: String| {
            submission.verdict.diagnostics.push(Diagnostic::new(code, place, message));
        };
        let view = judged.definition.view();
        if let Some(allowed) = policy.capabilities_of(&judged.name) {
            let hosts = (0..view.host_count()).map(|index| view.host(index).capability.to_owned());
            let mut needs: Vec<String> = judged.uses().into_iter().chain(hosts).collect();
            needs.sort_unstable();
            needs.dedup();
            for need in needs.iter().filter(|need| !allowed.contains(&need.as_str())) {
                let may = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
                let message = format!("`{}` uses `{need}`, and the policy allows it {may}", judged.name);
                add(Code::PolicyCapability, message);
            }
        }
        let can_have_examples =
            !judged.hands_on && view.kind() == Kind::Function && view.uses().next().is_none();
        if written.public && can_have_examples && examples < policy.minimum_examples {
            let message = format!(
                "`{}` is public and has {examples} example(s); the policy asks for {}",
                judged.name, policy.minimum_examples
            );
            add(Code::TooFewExamples, message);
        }
        if let Some(author) = &self.author
            && judged.status != Status::Unchanged
            && !policy.may_write(author, &self.branch, &judged.name)
        {
            add(Code::NotTheirs, self.refusal(author, &judged.name));
        }
    }

    fn refusal(&self, author: &str, name: &str) -> String {
        let who = self.policy.writers_of(&self.branch, name).unwrap_or_default();
        let who = if who.is_empty() { "nobody may".to_owned() } else { format!("{} may", who.join(", ")) };
        format!("`{author}` may not write `{name}` on branch `{}`; {who}", self.branch)
    }

    /// Warnings as the policy takes them.
    pub(crate) fn weigh_warnings(&self, diagnostics: &mut Vec<Diagnostic>) {
        match self.policy.warnings {
            Reaction::Warn => {}
            Reaction::Allow => diagnostics.retain(Diagnostic::is_error),
            Reaction::Refuse => {
                for warning in diagnostics.iter_mut().filter(|found| !found.is_error()) {
                    warning.severity = Severity::Error;
                    warning.notes.push("the policy refuses warnings".to_owned());
                }
            }
        }
    }

    /// Whether `author` may commit all that a verdict changes.
    pub(crate) fn may_commit(&self, verdict: &Verdict, author: &str) -> Result<(), CommitError> {
        let rebuilt = verdict.rebuilt.iter().map(|rebuilt| &rebuilt.judged);
        let mut changed =
            verdict.definitions.iter().chain(rebuilt).filter(|one| one.status != Status::Unchanged);
        match changed.find(|judged| !self.policy.may_write(author, &self.branch, &judged.name)) {
            Some(judged) => Err(CommitError::NotAllowed(self.refusal(author, &judged.name))),
            None => Ok(()),
        }
    }

    /// Whether a commit goes without a signature, or the key at hand will do.
    pub(crate) fn must_sign(&self, author: &str, branch: &str) -> Result<(), String> {
        if !self.policy.requires_signature(branch) {
            return Ok(());
        }
        match &self.signer {
            Some(key) if self.policy.trusts(&key.public(), author) => Ok(()),
            Some(key) => Err(format!("the policy does not trust {} to sign for `{author}`", key.public())),
            None => {
                Err(format!("commits to branch `{branch}` are to be signed by a key that the policy trusts"))
            }
        }
    }

    /// Whether `author` may give these names another meaning or none.
    pub(crate) fn may_write_all<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<(), String> {
        let Some(author) = &self.author else { return Ok(()) };
        let mut names = names.into_iter();
        match names.find(|name| !self.policy.may_write(author, &self.branch, name)) {
            Some(name) => Err(self.refusal(author, name)),
            None => Ok(()),
        }
    }

    /// Refuses texts about a commit that hold a secret.
    pub(crate) fn secretless(&self, texts: &[(&'static str, &str)]) -> Result<(), CommitError> {
        for &(place, text) in texts {
            if let Some(found) = self.policy.scanner.scan(text).first() {
                return Err(CommitError::Secret { place, rule: found.rule.to_string() });
            }
        }
        Ok(())
    }
}

/// What is left behind when a dependent does not follow.
pub(crate) fn left_behind(name: &str, why: &str, before: Hash) -> Diagnostic {
    let message = format!("`{name}`, which depends on this, stays with the old definition: {why}");
    Diagnostic::new(Code::DependentLeft, Span::new(0, 0), message)
        .note(format!("its text is as it was, and so is what it calls: #{}", before.short()))
}
