//! [`Policy`]: what a store's owner asks of every submission, read from `gate.toml`.
//!
//! A policy is text in the store, and the commit at the head of the default branch says which one holds; so it has a
//! history like everything else, and no submission can change it: a submission makes definitions. What cannot be
//! enforced (an unknown key, a pattern that is none, a limit of nothing) is refused with its place, before it holds.
//!
//! This file knows what a policy says; where it is asked is the business of `apply.rs`, how a file is written of
//! `file.rs`.

mod apply;
mod file;
mod pattern;

pub use apply::SetPolicyError;
pub(crate) use apply::left_behind;
pub use file::Reaction;

use file::File;
use nda_graph::{Hash, Limits};
use nda_secrets::Scanner;
use nda_sitemap::PublicKey;
use pattern::Pattern;
use std::collections::BTreeSet;
use std::ops::Range;
use toml::Spanned;

/// The version of the schema that this program enforces.
pub const SCHEMA: u32 = 1;

/// What is asked of submissions. The default is what holds in a store without a policy.
#[derive(Clone)]
pub struct Policy {
    /// The hash of its text in the store; `None` where there is none.
    pub hash: Option<Hash>,
    /// What warnings do.
    pub warnings: Reaction,
    /// Examples that each public function needs, if it can have any.
    pub minimum_examples: usize,
    /// How the probe is made and what its findings do.
    pub probe: ProbePolicy,
    /// Looks for secrets.
    pub(crate) scanner: Scanner,
    limits: [Option<u64>; 4],
    capabilities: Vec<(Vec<Pattern>, Vec<String>)>,
    write: Vec<WriteRule>,
    may_break: Vec<Pattern>,
    editors: Option<Vec<Pattern>>,
    /// Branches whose commits are to be signed.
    signed: Vec<Pattern>,
    trusted: Vec<Trusted>,
}

/// How the probe is made and what its findings do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProbePolicy {
    /// What an input that traps does.
    pub traps: Reaction,
    /// What an input does that gives something else than before.
    pub changes: Reaction,
    /// The most inputs for one function.
    pub inputs: u32,
    /// The most fuel for one input.
    pub fuel: u64,
    /// The longest that all of a submission may take, in µs.
    pub time_us: u64,
}

impl Default for ProbePolicy {
    fn default() -> Self {
        Self { traps: Reaction::Warn, changes: Reaction::Warn, inputs: 64, fuel: 10_000, time_us: 500 }
    }
}

#[derive(Clone, Debug)]
struct WriteRule {
    who: Vec<Pattern>,
    branches: Vec<Pattern>,
    names: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Trusted {
    key: PublicKey,
    who: Vec<Pattern>,
}

/// Why a policy is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("gate.toml:{line}:{column}: {message}")]
pub struct PolicyError {
    /// What is wrong, in one line.
    pub message: String,
    /// Where, in bytes.
    pub span: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl PolicyError {
    fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let at = nda_diagnostics::Span::new(span.start as u32, span.end as u32);
        let (line, column) = at.line_column(text);
        Self { message: message.into(), span, line, column }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hash: None,
            warnings: Reaction::Warn,
            minimum_examples: 0,
            probe: ProbePolicy::default(),
            scanner: Scanner::default(),
            limits: [None; 4],
            capabilities: Vec::new(),
            write: Vec::new(),
            may_break: Vec::new(),
            editors: None,
            signed: Vec::new(),
            trusted: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// If it cannot be enforced as it is written; the error says where.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        // A text that is kept for ever, as a submission's is; nothing of what is found is repeated.
        if let Some(found) = Scanner::default().scan(text).first() {
            let message = format!("this looks like a secret (rule `{}`)", found.rule);
            return Err(PolicyError::new(text, found.start as usize..found.end as usize, message));
        }
        let file: File = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or_default().to_owned();
            PolicyError::new(text, error.span().unwrap_or(0..0), message)
        })?;
        let wrong = |span, message: String| PolicyError::new(text, span, message);
        if *file.version.get_ref() != SCHEMA {
            let message = format!("this program enforces version {SCHEMA}, not {}", file.version.get_ref());
            return Err(wrong(file.version.span(), message));
        }
        let pattern = |one: &Spanned<String>| {
            Pattern::parse(one.get_ref()).map_err(|message| wrong(one.span(), message))
        };
        let patterns = |all: &[Spanned<String>]| all.iter().map(pattern).collect::<Result<Vec<_>, _>>();
        let positive = |one: &Option<Spanned<u64>>| match one {
            Some(zero) if *zero.get_ref() == 0 => Err(wrong(zero.span(), "a limit is at least 1".to_owned())),
            other => Ok(other.as_ref().map(|limit| *limit.get_ref())),
        };
        let widened = |one: &Option<Spanned<u32>>| {
            one.as_ref().map(|one| Spanned::new(one.span(), u64::from(*one.get_ref())))
        };
        let examples = &file.examples;
        let limits = [
            positive(&examples.fuel)?,
            positive(&examples.memory_bytes)?,
            positive(&widened(&examples.depth))?,
            positive(&examples.output_bytes)?,
        ];
        let standard = ProbePolicy::default();
        let probe = ProbePolicy {
            traps: file.probe.traps,
            changes: file.probe.changes,
            inputs: positive(&widened(&file.probe.inputs))?.map_or(standard.inputs, |count| count as u32),
            fuel: positive(&file.probe.fuel)?.unwrap_or(standard.fuel),
            time_us: positive(&file.probe.time_us)?.unwrap_or(standard.time_us),
        };
        let mut capabilities = Vec::new();
        for rule in &file.capabilities {
            let allow = rule.allow.iter().map(|name| match is_word(name.get_ref()) {
                true => Ok(name.get_ref().clone()),
                false => Err(wrong(name.span(), "a capability is one word, such as `clock`".to_owned())),
            });
            capabilities.push((patterns(&rule.names)?, allow.collect::<Result<_, _>>()?));
        }
        let mut write = Vec::new();
        for rule in &file.write {
            let branches = match &rule.branches {
                Some(branches) => patterns(branches)?,
                None => patterns(&[Spanned::new(0..0, "**".to_owned())])?,
            };
            write.push(WriteRule { who: patterns(&rule.who)?, branches, names: patterns(&rule.names)? });
        }
        let mut trusted = Vec::new();
        for one in &file.signatures.trusted {
            let key = PublicKey::parse(one.key.get_ref()).ok_or_else(|| {
                let message = "a key is `ed25519:` and 64 hexadecimal digits, as `nda key show` prints it";
                wrong(one.key.span(), message.to_owned())
            })?;
            trusted.push(Trusted { key, who: patterns(&one.who)? });
        }
        if let (Some(branch), true) = (file.signatures.required.first(), trusted.is_empty()) {
            return Err(wrong(branch.span(), "no key is trusted, so nobody could commit".to_owned()));
        }
        Ok(Self {
            hash: None,
            warnings: file.warnings,
            minimum_examples: examples.minimum,
            probe,
            scanner: scanner(text, &file)?,
            limits,
            capabilities,
            write,
            may_break: patterns(&file.dependents.may_break)?,
            editors: file.policy.editors.as_deref().map(patterns).transpose()?,
            signed: patterns(&file.signatures.required)?,
            trusted,
        })
    }

    /// What examples run under: these limits, except where the policy has its own.
    #[must_use]
    pub fn limits(&self, standard: &Limits) -> Limits {
        let [fuel, memory_bytes, depth, output_bytes] = self.limits;
        Limits {
            fuel: fuel.unwrap_or(standard.fuel),
            memory_bytes: memory_bytes.unwrap_or(standard.memory_bytes),
            depth: depth.map_or(standard.depth, |depth| depth as u32),
            output_bytes: output_bytes.unwrap_or(standard.output_bytes),
        }
    }

    /// The capabilities that a name may use; `None`: all there are.
    #[must_use]
    pub fn capabilities_of(&self, name: &str) -> Option<Vec<&str>> {
        if self.capabilities.is_empty() {
            return None;
        }
        let rules = self.capabilities.iter().filter(|(names, _)| any(names, name));
        let mut allowed: Vec<&str> = rules.flat_map(|(_, allow)| allow.iter().map(String::as_str)).collect();
        allowed.sort_unstable();
        allowed.dedup();
        Some(allowed)
    }

    /// The capabilities that its rules name, each once.
    #[must_use]
    pub fn named_capabilities(&self) -> BTreeSet<&str> {
        self.capabilities.iter().flat_map(|(_, allow)| allow.iter().map(String::as_str)).collect()
    }

    /// Whether `author` may give `name` a meaning on `branch`.
    #[must_use]
    pub fn may_write(&self, author: &str, branch: &str, name: &str) -> bool {
        let allows = |rule: &WriteRule| {
            any(&rule.who, author) && any(&rule.branches, branch) && any(&rule.names, name)
        };
        self.write.is_empty() || self.write.iter().any(allows)
    }

    /// The authors who may give `name` a meaning on `branch`, as patterns; `None`: everybody.
    #[must_use]
    pub fn writers_of(&self, branch: &str, name: &str) -> Option<Vec<&str>> {
        let rules = self.write.iter().filter(|rule| any(&rule.branches, branch) && any(&rule.names, name));
        let who = rules.flat_map(|rule| rule.who.iter().map(|pattern| pattern.text.as_str()));
        (!self.write.is_empty()).then(|| who.collect())
    }

    /// Whether a dependent may be left behind when what it uses changes and it would break.
    #[must_use]
    pub fn may_break(&self, name: &str) -> bool {
        any(&self.may_break, name)
    }

    /// Whether commits to a branch are to be signed by a key that is trusted.
    #[must_use]
    pub fn requires_signature(&self, branch: &str) -> bool {
        any(&self.signed, branch)
    }

    /// Whether a key speaks for an author. What an author came through, `claude via editor`, does not count.
    #[must_use]
    pub fn trusts(&self, key: &PublicKey, author: &str) -> bool {
        let who = author.split(" via ").next().unwrap_or_default();
        self.trusted.iter().any(|one| one.key == *key && any(&one.who, who))
    }

    /// The keys that are trusted, each with the patterns of the authors that it speaks for.
    pub fn trusted_keys(&self) -> impl Iterator<Item = (PublicKey, Vec<&str>)> {
        self.trusted
            .iter()
            .map(|one| (one.key, one.who.iter().map(|pattern| pattern.text.as_str()).collect()))
    }

    /// Whether `author` may put another policy in its place.
    #[must_use]
    pub fn may_edit(&self, author: &str) -> bool {
        self.editors.as_ref().is_none_or(|editors| any(editors, author))
    }
}

fn any(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn scanner(text: &str, file: &File) -> Result<Scanner, PolicyError> {
    let secrets = &file.secrets;
    let rules = secrets.rules.iter().map(|rule| rule.get_ref().clone()).collect();
    let disabled: Vec<String> = secrets.disable.iter().map(|id| id.get_ref().clone()).collect();
    let allowed: Vec<_> = secrets.allow.iter().map(|list| list.get_ref().clone()).collect();
    Scanner::with(rules, &disabled, &allowed).map_err(|error| {
        let named = error.rule.as_deref();
        let rule = secrets.rules.iter().find(|rule| Some(&*rule.get_ref().id) == named).map(Spanned::span);
        let id = secrets.disable.iter().find(|id| Some(id.get_ref().as_str()) == named).map(Spanned::span);
        let list = secrets.allow.first().map(Spanned::span);
        PolicyError::new(text, rule.or(id).or(list).unwrap_or(0..0), error.to_string())
    })
}

#[cfg(test)]
mod tests;
