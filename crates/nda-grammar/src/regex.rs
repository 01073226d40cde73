//! The expressions of terminals: characters, classes, repetitions, alternatives; no look-around, nothing lazy.

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

fn escape(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '"' | '\'' | '<' | '>' | ':' | ',' | '#' | '%' | '=' | '!' | ';' | '@') => out.push(c),
        c if c.is_ascii() => _ = write!(out, "\\{c}"),
        c => out.push(c),
    }
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
                let (least, most) = self.rest[1..end].split_once(',').unwrap_or((&self.rest[1..end], &self.rest[1..end]));
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
