//! `gate.toml` as it is written. Everything is optional, nothing unknown is allowed. docs/policy.md describes it.

use nda_secrets::{Allowlist, Rule};
use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// The version of this schema: 1.
    pub(super) version: Spanned<u32>,
    #[serde(default)]
    pub(super) warnings: Reaction,
    #[serde(default)]
    pub(super) policy: Editors,
    #[serde(default)]
    pub(super) examples: Examples,
    #[serde(default)]
    pub(super) secrets: Secrets,
    #[serde(default)]
    pub(super) dependents: Dependents,
    #[serde(default)]
    pub(super) probe: Probe,
    #[serde(default)]
    pub(super) capabilities: Vec<Capabilities>,
    #[serde(default)]
    pub(super) write: Vec<Write>,
    #[serde(default)]
    pub(super) signatures: Signatures,
}

/// What to do about a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reaction {
    /// Say nothing.
    Allow,
    /// Say it.
    #[default]
    Warn,
    /// Refuse the submission.
    Refuse,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Editors {
    pub(super) editors: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Examples {
    /// How many each public function needs that can have any.
    pub(super) minimum: usize,
    pub(super) fuel: Option<Spanned<u64>>,
    pub(super) memory_bytes: Option<Spanned<u64>>,
    pub(super) depth: Option<Spanned<u32>>,
    pub(super) output_bytes: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Secrets {
    pub(super) disable: Vec<Spanned<String>>,
    pub(super) allow: Vec<Spanned<Allowlist>>,
    pub(super) rules: Vec<Spanned<Rule>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Dependents {
    pub(super) may_break: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Probe {
    pub(super) traps: Reaction,
    pub(super) changes: Reaction,
    pub(super) inputs: Option<Spanned<u32>>,
    pub(super) fuel: Option<Spanned<u64>>,
    pub(super) time_us: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Capabilities {
    pub(super) names: Vec<Spanned<String>>,
    pub(super) allow: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    pub(super) who: Vec<Spanned<String>>,
    pub(super) branches: Option<Vec<Spanned<String>>>,
    pub(super) names: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Signatures {
    /// Branches whose commits are to be signed.
    pub(super) required: Vec<Spanned<String>>,
    pub(super) trusted: Vec<Trusted>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trusted {
    pub(super) key: Spanned<String>,
    pub(super) who: Vec<Spanned<String>>,
}
