//! What may be called where a text is written.

use crate::model::{Grammar, Part};
use std::collections::BTreeSet;

/// What a text may call, besides the language's own functions, the constructors and functions of types, and methods.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Scope {
    /// Functions as they are called there: `area`, `geo::area`, `clock::now`; those that the text defines, too.
    pub functions: Vec<String>,
    /// Functions that records can call, by their full names: committed ones, but none that is generic, and host functions.
    pub records: Vec<String>,
    /// Capabilities that it may declare.
    pub capabilities: Vec<String>,
}

impl Scope {
    /// The grammar with what stands in this scope in the place of what may stand anywhere.
    pub(crate) fn narrow(&self, mut grammar: Grammar, language: &[String]) -> Grammar {
        let functions: BTreeSet<&String> =
            self.functions.iter().chain(language).filter(|name| is_path(name)).collect();
        let functions = Part::Choice(functions.into_iter().map(|name| path(name)).collect());
        let capabilities: Vec<Part> =
            self.capabilities.iter().filter(|name| is_path(name)).map(|name| path(name)).collect();
        for rule in &mut grammar.rules {
            match rule.name.as_str() {
                "in_scope" => rule.body = functions.clone(),
                "capability" if !capabilities.is_empty() => rule.body = Part::Choice(capabilities.clone()),
                "capabilities" if capabilities.is_empty() => rule.body = Part::Text("()".to_owned()),
                _ => {}
            }
        }
        grammar.reachable("program")
    }
}

/// Whether a name is one that a call may be written with: an instance of a generic function, `first<i64>`, is not.
fn is_path(name: &str) -> bool {
    name.split("::").all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// A path, name by name: other names may begin like it.
fn path(name: &str) -> Part {
    let mut parts = Vec::new();
    for part in name.split("::") {
        if !parts.is_empty() {
            parts.push(Part::Text("::".to_owned()));
        }
        parts.push(Part::Text(part.to_owned()));
    }
    Part::Sequence(parts)
}
