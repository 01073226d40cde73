//! Rules as gitleaks writes them. The build script reads the rules that come with NDA through this very file.

use serde::Deserialize;
use std::borrow::Cow;

/// Text that may be part of the program.
pub type Text = Cow<'static, str>;

/// A file of rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct RuleFile {
    /// What the rules are called together.
    pub title: Text,
    /// For gitleaks: the version that reads this.
    pub min_version: Text,
    /// What is no secret for any rule.
    pub allowlist: Allowlist,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// What a kind of secret looks like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Rule {
    /// Its name for ever.
    pub id: Text,
    /// What it finds, in a sentence.
    pub description: Text,
    /// What the secret and what stands around it look like. As in RE2, classes such as `\w` are ASCII.
    pub regex: Text,
    /// The group that is the secret; 0: the first, or everything if there is none.
    pub secret_group: usize,
    /// The secret's bits of entropy for each byte must be more.
    pub entropy: f64,
    /// The regex is tried only where one of these occurs, in any case.
    pub keywords: Cow<'static, [Text]>,
    /// What looks so and is none.
    pub allowlists: Cow<'static, [Allowlist]>,
    /// For people.
    pub tags: Cow<'static, [Text]>,
}

/// What is no secret.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Allowlist {
    /// Why.
    pub description: Text,
    /// What is compared with `regexes`.
    pub regex_target: Target,
    /// Any that matches makes it none.
    pub regexes: Cow<'static, [Text]>,
    /// Any that the secret contains, in any case, makes it none.
    pub stopwords: Cow<'static, [Text]>,
}

/// What the patterns of an allowlist are compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// The secret alone.
    #[default]
    Secret,
    /// All that the rule's regex matched.
    Match,
    /// The lines that this lies on.
    Line,
}
