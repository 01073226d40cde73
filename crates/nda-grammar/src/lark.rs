//! Lark, in the dialect of llguidance: rules in small letters, terminals in capitals, `&` and `~` between expressions. Nothing is ignored
//! between two parts: where blanks may stand, the rules say so.

use crate::model::{Grammar, Part};
use std::fmt::Write as _;

/// The grammar as text; `head` stands above it, each line as a comment.
#[must_use]
pub fn print(grammar: &Grammar, head: &str) -> String {
    let mut out = String::new();
    for line in head.lines() {
        let _ = writeln!(out, "// {line}");
    }
    let first = grammar.rules.first().map_or("", |rule| &rule.name);
    let _ = writeln!(out, "start: {first}");
    for rule in &grammar.rules {
        let _ = writeln!(out, "{}: {}", rule.name, rule.body.written(false, &leaf));
    }
    for terminal in &grammar.terminals {
        let _ = write!(out, "{}: /{}/", terminal.name, terminal.regex.pattern());
        if !terminal.except.is_empty() {
            let _ = write!(out, " & ~/{}/", terminal.except.join("|"));
        }
        out.push('\n');
    }
    out
}

/// What has no parts.
fn leaf(what: &Part) -> String {
    match what {
        Part::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Part::Terminal(name) | Part::Rule(name) => name.clone(),
        _ => "\"\"".to_owned(),
    }
}
