//! Trying rules: keywords of all at once, then the regexes of those that are left.

use crate::builtin;
use crate::keywords::Keywords;
use crate::reading::Reading;
use crate::rule::{Allowlist, Rule, Target, Text};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, OnceLock};

/// Looks for secrets. Cheap to clone; clones share their rules and what was compiled of them.
#[derive(Clone)]
pub struct Scanner(Arc<Rules>);

struct Rules {
    keywords: Keywords,
    /// By keyword: the rules it belongs to.
    rules_of: Vec<Vec<u32>>,
    /// Rules without keywords, or with an empty one: always tried.
    always: Vec<u32>,
    rules: Vec<Rule>,
    compiled: Vec<OnceLock<Option<Matcher>>>,
    /// What is no secret for any rule; compiled when the first finding needs it.
    allowed: LazyLock<Vec<AllowMatcher>, Box<dyn FnOnce() -> Vec<AllowMatcher> + Send + Sync>>,
}

/// A rule's regexes.
struct Matcher {
    regex: Regex,
    allowed: Vec<AllowMatcher>,
}

struct AllowMatcher {
    target: Target,
    regexes: Vec<Regex>,
    stopwords: Vec<String>,
}

/// A secret that was found. It says where, and never what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Text,
    /// What the rule finds.
    pub description: Text,
    /// The secret's first byte in the text.
    pub start: u32,
    /// The byte behind its last.
    pub end: u32,
}

/// Why rules are refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}: {reason}", .rule.as_deref().unwrap_or("the allowlist"))]
pub struct RuleError {
    /// The rule's `id`; `None` for the allowlist of all.
    pub rule: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

/// The most memory that one compiled regex may take, in bytes.
const REGEX_BYTES: usize = 16 << 20;

static BUILTIN: LazyLock<Scanner> = LazyLock::new(|| {
    let (rules, allowed) = builtin::rules();
    Scanner::trusting(rules.collect(), allowed.into()).expect("a test builds the rules that come with NDA")
});

impl Default for Scanner {
    /// The rules that come with NDA.
    fn default() -> Self {
        BUILTIN.clone()
    }
}

impl Scanner {
    /// The rules that come with NDA without those named in `disabled`, then `more`; what `allowed` matches is none.
    ///
    /// # Errors
    /// If a rule to be disabled does not exist, a rule has no `id` or no `regex`, two have one `id`, or a regex is none.
    pub fn with(more: Vec<Rule>, disabled: &[String], allowed: &[Allowlist]) -> Result<Self, RuleError> {
        if more.is_empty() && disabled.is_empty() && allowed.is_empty() {
            return Ok(Self::default());
        }
        let (builtin, builtin_allowed) = builtin::rules();
        let mut rules: Vec<Rule> = builtin.collect();
        let mut ids: BTreeSet<String> = rules.iter().map(|rule| rule.id.to_string()).collect();
        let refuse =
            |rule: &str, reason: &str| RuleError { rule: Some(rule.to_owned()), reason: reason.to_owned() };
        if let Some(unknown) = disabled.iter().find(|id| !ids.contains(*id)) {
            return Err(refuse(unknown, "there is no such rule to disable"));
        }
        rules.retain(|rule| !disabled.iter().any(|id| *id == rule.id));
        for rule in more {
            if rule.id.is_empty() || rule.regex.is_empty() {
                return Err(refuse(&rule.id, "a rule needs an `id` and a `regex`"));
            }
            if !ids.insert(rule.id.to_string()) {
                return Err(refuse(&rule.id, "there are two rules of this `id`"));
            }
            Matcher::of(&rule)?;
            rules.push(rule);
        }
        for list in allowed {
            AllowMatcher::of(list, None)?;
        }
        Self::trusting(rules, builtin_allowed.iter().chain(allowed).cloned().collect())
    }

    /// Rules whose regexes are not looked at before they are needed.
    fn trusting(rules: Vec<Rule>, allowed: Vec<Allowlist>) -> Result<Self, RuleError> {
        let mut keywords: Vec<String> = Vec::new();
        let mut rules_of: Vec<Vec<u32>> = Vec::new();
        let mut always = Vec::new();
        let mut known = std::collections::HashMap::new();
        for (index, rule) in (0..).zip(&rules) {
            if rule.keywords.is_empty() || rule.keywords.iter().any(|keyword| keyword.is_empty()) {
                always.push(index);
            }
            for keyword in rule.keywords.iter() {
                let at = *known.entry(keyword.to_ascii_lowercase()).or_insert_with_key(|keyword| {
                    keywords.push(keyword.clone());
                    rules_of.push(Vec::new());
                    rules_of.len() - 1
                });
                rules_of[at].push(index);
            }
        }
        let keywords = Keywords::of(&keywords);
        let compiled = rules.iter().map(|_| OnceLock::new()).collect();
        let allow = move || allowed.iter().filter_map(|list| AllowMatcher::of(list, None).ok()).collect();
        let allowed = LazyLock::new(Box::new(allow) as Box<dyn FnOnce() -> _ + Send + Sync>);
        Ok(Self(Arc::new(Rules { keywords, rules_of, always, rules, compiled, allowed })))
    }

    /// The names of all rules, in the order of trying.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.0.rules.iter().map(|rule| &*rule.id)
    }

    /// Every secret in a text, in its order. Those that overlap are one, named by the rule whose finding begins first.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        self.scan_into(text, &|at| at, &mut found);
        if let Some(reading) = Reading::of(text) {
            self.scan_into(&reading.text, &|at| reading.written_at(at), &mut found);
        }
        if found.len() > 1 {
            found.sort_by_key(|finding| finding.start);
            found.dedup_by(|later, first| {
                let meets = later.start < first.end;
                first.end = if meets { first.end.max(later.end) } else { first.end };
                meets
            });
        }
        found
    }

    fn scan_into(&self, text: &str, place: &dyn Fn(usize) -> usize, found: &mut Vec<Finding>) {
        let rules = &*self.0;
        let mut candidates: Vec<u32> = Vec::new();
        rules.keywords.find(text, |keyword| candidates.extend(&rules.rules_of[keyword as usize]));
        if candidates.is_empty() && rules.always.is_empty() {
            return;
        }
        candidates.extend(&rules.always);
        candidates.sort_unstable();
        candidates.dedup();
        for index in candidates {
            let rule = &rules.rules[index as usize];
            let matcher = rules.compiled[index as usize].get_or_init(|| Matcher::of(rule).ok());
            let Some(matcher) = matcher else { continue };
            for captures in matcher.regex.captures_iter(text.as_bytes()) {
                let Some(whole) = captures.get(0) else { continue };
                let first = || (1..captures.len()).find_map(|group| captures.get(group));
                let secret = match rule.secret_group {
                    0 => first().unwrap_or(whole),
                    group => captures.get(group).unwrap_or(whole),
                };
                if secret.is_empty() || entropy(secret.as_bytes()) <= rule.entropy {
                    continue;
                }
                let mut lists = matcher.allowed.iter().chain(rules.allowed.iter());
                if lists.any(|list| list.allows(text.as_bytes(), whole.range(), secret.range())) {
                    continue;
                }
                found.push(Finding {
                    rule: rule.id.clone(),
                    description: rule.description.clone(),
                    start: place(secret.start()) as u32,
                    end: place(secret.end()) as u32,
                });
            }
        }
    }
}

fn compiled(pattern: &str, rule: Option<&str>) -> Result<Regex, RuleError> {
    let build = |unicode| RegexBuilder::new(pattern).unicode(unicode).size_limit(REGEX_BYTES).build();
    // A pattern that names characters beyond ASCII needs what ASCII alone does not have.
    build(false).or_else(|_| build(true)).map_err(|error| RuleError {
        rule: rule.map(str::to_owned),
        reason: format!("`{pattern}` is no pattern: {error}"),
    })
}

impl Matcher {
    fn of(rule: &Rule) -> Result<Self, RuleError> {
        let regex = compiled(&rule.regex, Some(&rule.id))?;
        if rule.secret_group >= regex.captures_len() {
            let reason = format!("its regex has no group {}", rule.secret_group);
            return Err(RuleError { rule: Some(rule.id.to_string()), reason });
        }
        let lists = rule.allowlists.iter();
        let allowed = lists.map(|list| AllowMatcher::of(list, Some(&rule.id))).collect::<Result<_, _>>()?;
        Ok(Self { regex, allowed })
    }
}

impl AllowMatcher {
    fn of(list: &Allowlist, rule: Option<&str>) -> Result<Self, RuleError> {
        let regexes = list.regexes.iter().map(|pattern| compiled(pattern, rule)).collect::<Result<_, _>>()?;
        let stopwords = list.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect();
        Ok(Self { target: list.regex_target, regexes, stopwords })
    }

    fn allows(&self, text: &[u8], whole: std::ops::Range<usize>, secret: std::ops::Range<usize>) -> bool {
        let target = match self.target {
            Target::Secret => &text[secret.clone()],
            Target::Match => &text[whole],
            Target::Line => {
                let start =
                    text[..whole.start].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
                let end = text[whole.end..].iter().position(|&byte| byte == b'\n');
                &text[start..end.map_or(text.len(), |at| whole.end + at)]
            }
        };
        if self.regexes.iter().any(|regex| regex.is_match(target)) {
            return true;
        }
        !self.stopwords.is_empty() && {
            let secret = String::from_utf8_lossy(&text[secret]).to_ascii_lowercase();
            self.stopwords.iter().any(|word| secret.contains(word))
        }
    }
}

/// Shannon's entropy in bits for each byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    let all = bytes.len() as f64;
    let used = counts.iter().filter(|&&count| count > 0);
    used.map(|&count| f64::from(count) / all).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_comes_with_nda_compiles() {
        let (rules, allowed) = builtin::rules();
        let faulty: Vec<String> =
            rules.filter_map(|rule| Matcher::of(&rule).err()).map(|error| error.to_string()).collect();
        assert!(faulty.is_empty(), "{faulty:#?}");
        for list in &allowed {
            AllowMatcher::of(list, None).expect("it compiles");
        }
    }

    #[test]
    fn entropy_is_in_bits_for_each_byte() {
        assert!((entropy(b"aaaa") - 0.0).abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
