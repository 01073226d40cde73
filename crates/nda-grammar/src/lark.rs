//! Lark, in the dialect of llguidance: rules in small letters, terminals in capitals, `&` and `~` between expressions. Nothing is ignored
//! between two parts: where blanks may stand, the rules say so.

use crate::model::{Grammar, Part};
use crate::regex::times;
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
        let _ = writeln!(out, "{}: {}", rule.name, part(&rule.body, false));
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

/// A part; in brackets if it stands `inside` of something that binds more tightly.
fn part(what: &Part, inside: bool) -> String {
    let bracketed = |text: String| if inside { format!("({text})") } else { text };
    match what {
        Part::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Part::Terminal(name) | Part::Rule(name) => name.clone(),
        Part::Sequence(parts) if parts.is_empty() => "\"\"".to_owned(),
        Part::Sequence(parts) => bracketed(
            parts.iter().map(|one| part(one, matches!(one, Part::Choice(_)))).collect::<Vec<_>>().join(" "),
        ),
        Part::Choice(parts) => {
            bracketed(parts.iter().map(|one| part(one, false)).collect::<Vec<_>>().join(" | "))
        }
        Part::Optional(inner) => part(inner, true) + &times(0, Some(1)),
        Part::Many(inner) => part(inner, true) + &times(0, None),
        Part::AtLeastOne(inner) => part(inner, true) + &times(1, None),
    }
}
