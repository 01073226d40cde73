//! A grammar as data: rules without flags, terminals with their expressions. What the printers read.

use crate::regex::{Regex, times};
use std::collections::BTreeSet;

/// What the parts of a text are and how they follow each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grammar {
    /// The first is where a text begins.
    pub rules: Vec<Rule>,
    /// Those that rules use.
    pub terminals: Vec<Terminal>,
}

/// A name and what stands for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// In small letters, digits and `_`.
    pub name: String,
    /// What it derives.
    pub body: Part,
}

/// What a rule is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// These characters.
    Text(String),
    /// The terminal of this name.
    Terminal(String),
    /// The rule of this name.
    Rule(String),
    /// One behind the other; nothing at all if there is none.
    Sequence(Vec<Part>),
    /// One of these.
    Choice(Vec<Part>),
    /// Once or not.
    Optional(Box<Part>),
    /// Any number of times.
    Many(Box<Part>),
    /// At least once.
    AtLeastOne(Box<Part>),
}

/// Characters that belong together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// In capitals.
    pub name: String,
    /// What it matches.
    pub regex: Regex,
    /// Words among what it matches that it does not stand for.
    pub except: Vec<String>,
}

impl Grammar {
    /// The rule of this name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// Leaves out what no text from `start` on uses, and puts that first.
    pub(crate) fn reachable(mut self, start: &str) -> Self {
        let (mut rules, mut terminals) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![start.to_owned()];
        while let Some(name) = open.pop() {
            if !rules.insert(name.clone()) {
                continue;
            }
            let Some(rule) = self.rule(&name) else { continue };
            rule.body.each(&mut |part| match part {
                Part::Rule(name) => open.push(name.clone()),
                Part::Terminal(name) => _ = terminals.insert(name.clone()),
                _ => {}
            });
        }
        self.rules.retain(|rule| rules.contains(&rule.name));
        self.terminals.retain(|terminal| terminals.contains(&terminal.name));
        self.rules.sort_by_key(|rule| rule.name != start);
        self
    }
}

impl Part {
    /// Shows `see` this part and all that are in it.
    pub(crate) fn each(&self, see: &mut impl FnMut(&Part)) {
        see(self);
        match self {
            Self::Sequence(parts) | Self::Choice(parts) => parts.iter().for_each(|part| part.each(see)),
            Self::Optional(part) | Self::Many(part) | Self::AtLeastOne(part) => part.each(see),
            Self::Text(_) | Self::Terminal(_) | Self::Rule(_) => {}
        }
    }

    /// As both notations write it, what has no parts by `leaf`; in brackets if it stands `inside` of something that binds more tightly.
    pub(crate) fn written(&self, inside: bool, leaf: &dyn Fn(&Part) -> String) -> String {
        let all = |parts: &[Part], between: &str, in_sequence: bool| {
            let parts =
                parts.iter().map(|one| one.written(in_sequence && matches!(one, Self::Choice(_)), leaf));
            parts.collect::<Vec<_>>().join(between)
        };
        match self {
            Self::Sequence(parts) if !parts.is_empty() => bracketed(all(parts, " ", true), inside),
            Self::Choice(parts) => bracketed(all(parts, " | ", false), inside),
            Self::Optional(inner) => inner.written(true, leaf) + &times(0, Some(1)),
            Self::Many(inner) => inner.written(true, leaf) + &times(0, None),
            Self::AtLeastOne(inner) => inner.written(true, leaf) + &times(1, None),
            Self::Sequence(_) | Self::Text(_) | Self::Terminal(_) | Self::Rule(_) => leaf(self),
        }
    }
}

/// A text, in brackets if it has to be.
pub(crate) fn bracketed(text: String, inside: bool) -> String {
    if inside { format!("({text})") } else { text }
}
