//! The expressions of terminals: characters, classes, repetitions, alternatives; no look-around, nothing lazy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a terminal is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Regex {
    /// One character of these ranges, both ends included; or, if `negated`, one of no such range.
    Class {
        /// In the order written.
        ranges: Vec<(char, char)>,
        /// Whether it begins with `^`.
        negated: bool,
    },
    /// One behind the other.
    Sequence(Vec<Regex>),
    /// One of these.
    Choice(Vec<Regex>),
    /// So many times.
    Repeat {
        /// What.
        inner: Box<Regex>,
        /// At least.
        least: u32,
        /// At most, if there is an end to it.
        most: Option<u32>,
    },
}

impl Regex {
    /// A text, character by character.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Sequence(text.chars().map(Self::one).collect())
    }

    /// One character.
    fn one(c: char) -> Self {
        Self::Class { ranges: vec![(c, c)], negated: false }
    }

    /// Reads an expression; `named` gives those that stand in braces.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str, named: &dyn Fn(&str) -> Option<Regex>) -> Result<Self, &'static str> {
        let mut reader = Reader { rest: text, named };
        let read = reader.choice()?;
        if reader.rest.is_empty() { Ok(read) } else { Err("a bracket closes nothing") }
    }

    /// The same without some words, letter by letter; `None` for all but a class with any number of another behind it, as names are.
    #[must_use]
    pub fn without(&self, words: &[String]) -> Option<Self> {
        let Self::Sequence(parts) = self else { return None };
        let [Self::Class { ranges: first, negated: false }, Self::Repeat { inner, least: 0, most: None }] =
            &parts[..]
        else {
            return None;
        };
        let Self::Class { ranges: rest, negated: false } = &**inner else { return None };
        Some(spelled(&words.iter().map(String::as_str).collect::<Vec<_>>(), first, rest))
    }

    /// As written for a library of regular expressions; it has no groups that capture and needs no flags.
    #[must_use]
    pub fn pattern(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Class { ranges, negated: false } if matches!(ranges[..], [(a, b)] if a == b) => {
                escape(ranges[0].0, out);
            }
            Self::Class { ranges, negated } => {
                out.push_str(if *negated { "[^" } else { "[" });
                for &(from, to) in ranges {
                    if from == '-' {
                        out.push('\\');
                    }
                    escape(from, out);
                    if to != from {
                        out.push('-');
                        escape(to, out);
                    }
                }
                out.push(']');
            }
            Self::Sequence(parts) => parts.iter().for_each(|part| part.write_inside(out, false)),
            Self::Choice(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        out.push('|');
                    }
                    part.write(out);
                }
            }
            Self::Repeat { inner, least, most } => {
                inner.write_inside(out, true);
                out.push_str(&times(*least, *most));
            }
        }
    }

    /// Writes it where something binds more tightly.
    fn write_inside(&self, out: &mut String, repeated: bool) {
        let bare = match self {
            Self::Class { .. } => true,
            Self::Repeat { .. } | Self::Sequence(_) => !repeated,
            Self::Choice(_) => false,
        };
        if bare {
            return self.write(out);
        }
        out.push_str("(?:");
        self.write(out);
        out.push(')');
    }
}

/// How a repetition is written behind what is repeated.
pub(crate) fn times(least: u32, most: Option<u32>) -> String {
    match (least, most) {
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (0, Some(1)) => "?".to_owned(),
        (least, Some(most)) if least == most => format!("{{{least}}}"),
        (least, Some(most)) => format!("{{{least},{most}}}"),
        (least, None) => format!("{{{least},}}"),
    }
}

/// Escapes that every library knows, and none that one may refuse.
fn escape(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c.is_ascii_control() => _ = write!(out, "\\x{:02X}", u32::from(c)),
        '\\' | '/' | '^' | '$' | '.' | '|' | '?' | '*' | '+' | '(' | ')' | '[' | ']' | '{' | '}' => {
            out.extend(['\\', c])
        }
        c => out.push(c),
    }
}

type Ranges = [(char, char)];

/// What begins with a letter of `here`, goes on with those of `rest`, and is none of the words.
fn spelled(words: &[&str], here: &Ranges, rest: &Ranges) -> Regex {
    let mut by_letter: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    for word in words {
        let mut letters = word.chars();
        if let Some(letter) =
            letters.next().filter(|letter| here.iter().any(|(from, to)| (from..=to).contains(&letter)))
        {
            by_letter.entry(letter).or_default().push(letters.as_str());
        }
    }
    let others = less(here, by_letter.keys().copied());
    let class = |ranges: &Ranges| Regex::Class { ranges: ranges.to_vec(), negated: false };
    let repeated = |inner: Regex, most| Regex::Repeat { inner: Box::new(inner), least: 0, most };
    let mut all = Vec::new();
    if !others.is_empty() {
        all.push(Regex::Sequence(vec![class(&others), repeated(class(rest), None)]));
    }
    for (letter, tails) in by_letter {
        let longer: Vec<&str> = tails.iter().copied().filter(|tail| !tail.is_empty()).collect();
        let more = spelled(&longer, rest, rest);
        let more = if tails.contains(&"") { more } else { repeated(more, Some(1)) };
        all.push(Regex::Sequence(vec![Regex::one(letter), more]));
    }
    if all.len() == 1 { all.remove(0) } else { Regex::Choice(all) }
}

/// Ranges of ASCII without some letters.
fn less(ranges: &Ranges, letters: impl Iterator<Item = char>) -> Vec<(char, char)> {
    let mut kept = ranges.to_vec();
    for letter in letters {
        let split = |(from, to): (char, char)| {
            let before = (from < letter && letter <= to).then(|| (from, (letter as u8 - 1) as char));
            let after = (from <= letter && letter < to).then(|| ((letter as u8 + 1) as char, to));
            let whole = (letter < from || letter > to).then_some((from, to));
            [before, after, whole].into_iter().flatten()
        };
        kept = kept.into_iter().flat_map(split).collect();
    }
    kept
}

struct Reader<'t> {
    rest: &'t str,
    named: &'t dyn Fn(&str) -> Option<Regex>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.take();
        }
        found
    }

    fn choice(&mut self) -> Result<Regex, &'static str> {
        let mut parts = vec![self.sequence()?];
        while self.eat('|') {
            parts.push(self.sequence()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Regex::Choice(parts) })
    }

    fn sequence(&mut self) -> Result<Regex, &'static str> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let part = self.part()?;
            parts.push(self.repeated(part)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Regex::Sequence(parts) })
    }

    fn part(&mut self) -> Result<Regex, &'static str> {
        match self.take().ok_or("it ends too early")? {
            '(' => {
                let inner = self.choice()?;
                if self.eat(')') { Ok(inner) } else { Err("a bracket is not closed") }
            }
            '[' => self.class(),
            '{' => {
                let end = self.rest.find('}').ok_or("a name is not closed")?;
                let found = (self.named)(&self.rest[..end]).ok_or("nothing is called so before it")?;
                self.rest = &self.rest[end + 1..];
                Ok(found)
            }
            '\\' => Ok(Regex::one(self.escaped()?)),
            c => Ok(Regex::one(c)),
        }
    }

    fn escaped(&mut self) -> Result<char, &'static str> {
        Ok(match self.take().ok_or("it ends behind a backslash")? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'x' => {
                let digits = self.rest.get(..2).ok_or("an escape ends too early")?;
                let code = u8::from_str_radix(digits, 16).map_err(|_| "an escape is no number")?;
                self.rest = &self.rest[2..];
                code as char
            }
            c if c.is_ascii_alphanumeric() => return Err("there is no such escape"),
            c => c,
        })
    }

    fn class(&mut self) -> Result<Regex, &'static str> {
        let negated = self.eat('^');
        let mut ranges = Vec::new();
        while !self.eat(']') {
            let from = self.member()?;
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            let to = if is_range {
                self.take();
                self.member()?
            } else {
                from
            };
            ranges.push((from, to));
        }
        if ranges.is_empty() { Err("a class holds nothing") } else { Ok(Regex::Class { ranges, negated }) }
    }

    fn member(&mut self) -> Result<char, &'static str> {
        match self.take().ok_or("a class is not closed")? {
            '\\' => self.escaped(),
            c => Ok(c),
        }
    }

    /// What is repeated, if something follows that says so.
    fn repeated(&mut self, inner: Regex) -> Result<Regex, &'static str> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') if self.rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let end = self.rest.find('}').ok_or("a repetition is not closed")?;
                let (least, most) =
                    self.rest[1..end].split_once(',').unwrap_or((&self.rest[1..end], &self.rest[1..end]));
                let number = |text: &str| text.parse::<u32>().map_err(|_| "a repetition is no number");
                let read = (number(least)?, Some(number(most)?));
                self.rest = &self.rest[end..];
                read
            }
            _ => return Ok(inner),
        };
        self.take();
        Ok(Regex::Repeat { inner: Box::new(inner), least, most })
    }
}
