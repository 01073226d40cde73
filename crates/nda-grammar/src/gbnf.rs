//! GBNF, llama.cpp's notation: no terminals and no lexer, so every rule counts characters. The words that a name cannot be are left out letter
//! by letter, since there is no way to say "but not".

use crate::model::{Grammar, Part, Terminal, bracketed};
use crate::regex::{Regex, times};
use std::fmt::Write as _;

/// The grammar as text; `head` stands above it, each line as a comment.
#[must_use]
pub fn print(grammar: &Grammar, head: &str) -> String {
    let mut out = String::new();
    for line in head.lines() {
        let _ = writeln!(out, "# {line}");
    }
    let first = grammar.rules.first().map_or("", |rule| &rule.name);
    let _ = writeln!(out, "root ::= {}", dashed(first));
    for rule in &grammar.rules {
        let _ = writeln!(out, "{} ::= {}", dashed(&rule.name), rule.body.written(false, &leaf));
    }
    for terminal in &grammar.terminals {
        let _ = writeln!(out, "{} ::= {}", dashed(&terminal.name), letters(terminal));
    }
    out
}

/// Names have dashes there.
fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

/// What has no parts.
fn leaf(what: &Part) -> String {
    match what {
        Part::Text(text) => quoted(text),
        Part::Terminal(name) | Part::Rule(name) => dashed(name),
        _ => "\"\"".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '"' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out + "\""
}

fn expression(regex: &Regex, inside: bool) -> String {
    match regex {
        Regex::Class { ranges, negated: false } if matches!(ranges[..], [(a, b)] if a == b && !a.is_control()) => {
            quoted(&ranges[0].0.to_string())
        }
        Regex::Class { ranges, negated } => class(ranges, *negated),
        Regex::Sequence(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|one| expression(one, matches!(one, Regex::Choice(_)))).collect();
            bracketed(parts.join(" "), inside)
        }
        Regex::Choice(parts) => {
            bracketed(parts.iter().map(|one| expression(one, false)).collect::<Vec<_>>().join(" | "), inside)
        }
        Regex::Repeat { inner, least, most } => expression(inner, true) + &times(*least, *most),
    }
}

fn class(ranges: &[(char, char)], negated: bool) -> String {
    let mut out = if negated { "[^" } else { "[" }.to_owned();
    for &(from, to) in ranges {
        member(from, &mut out);
        if to != from {
            out.push('-');
            member(to, &mut out);
        }
    }
    out + "]"
}

fn member(c: char, out: &mut String) {
    let code = u32::from(c);
    let _ = match c {
        '\n' => write!(out, "\\n"),
        '\r' => write!(out, "\\r"),
        '\t' => write!(out, "\\t"),
        c if c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '<' | '>') => write!(out, "{c}"),
        _ if code < 0x100 => write!(out, "\\x{code:02X}"),
        _ if code < 0x1_0000 => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
}

/// A terminal, the words that it does not stand for left out.
fn letters(terminal: &Terminal) -> String {
    if terminal.except.is_empty() {
        return expression(&terminal.regex, false);
    }
    let without = terminal.regex.without(&terminal.except);
    expression(&without.expect("words are left out of names only, and the tests print every terminal"), false)
}
