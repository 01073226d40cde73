//! The notation of `productions.ebnf`, read: rules that know flags, and terminals. What it means stands at the head of that file.

use crate::model::{Grammar, Part, Rule, Terminal};
use crate::regex::Regex;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is wrong with productions.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("in `{rule}`: {problem}")]
pub struct ReadError {
    /// The rule or terminal.
    pub rule: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Flags that are set.
type Flags = BTreeSet<char>;

/// A part of a rule as written.
#[derive(Clone, Debug)]
enum Written {
    Text(String),
    Terminal(String),
    Rule {
        name: String,
        changes: Vec<(bool, char)>,
    },
    Sequence(Vec<Written>),
    /// Each alternative with what must be set, or must not be, for it to be there.
    Choice(Vec<(Vec<(bool, char)>, Written)>),
    Optional(Box<Written>),
    Many(Box<Written>),
    AtLeastOne(Box<Written>),
}

/// Productions as written.
#[derive(Debug)]
pub(crate) struct Productions {
    rules: BTreeMap<String, (Flags, Written)>,
    /// The names of the rules, in the order written.
    order: Vec<String>,
    terminals: Vec<Terminal>,
    words: BTreeMap<String, Vec<String>>,
}

/// Reads productions. Lists of `words` are there as if the text began with them.
pub(crate) fn read(text: &str, words: &[(&str, Vec<&str>)]) -> Result<Productions, ReadError> {
    let mut rules = BTreeMap::new();
    let mut order = Vec::new();
    let mut terminals: Vec<Terminal> = Vec::new();
    let owned = |(name, list): &(&str, Vec<&str>)| {
        ((*name).to_owned(), list.iter().map(|&word| word.to_owned()).collect())
    };
    let mut words: BTreeMap<String, Vec<String>> = words.iter().map(owned).collect();
    for (head, body) in definitions(text) {
        let error = |problem| ReadError { rule: head.clone(), problem };
        let (name, flags) = match head.split_once('[') {
            Some((name, flags)) => {
                (name.to_owned(), flags.chars().filter(char::is_ascii_uppercase).collect())
            }
            None => (head.clone(), Flags::new()),
        };
        if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            let mut reader = Reader { tokens: tokens(&body).map_err(error)?.into() };
            let read = reader.choice().map_err(error)?;
            if !reader.tokens.is_empty() {
                return Err(error("a bracket closes nothing"));
            }
            order.push(name.clone());
            if rules.insert(name, (flags, read)).is_some() {
                return Err(error("it is defined twice"));
            }
        } else if let Some(regex) = body.strip_prefix('/') {
            let (regex, except) = regex.rsplit_once('/').ok_or(error("an expression is not closed"))?;
            let named = |wanted: &str| match terminals.iter().find(|terminal| terminal.name == wanted) {
                Some(terminal) if terminal.except.is_empty() => Some(terminal.regex.clone()),
                Some(terminal) => terminal.regex.without(&terminal.except),
                None => words
                    .get(wanted)
                    .map(|list| Regex::Choice(list.iter().map(|word| Regex::text(word)).collect())),
            };
            let regex = Regex::read(regex, &named).map_err(error)?;
            let mut all = Vec::new();
            for list in except.split_whitespace().filter(|word| *word != "-") {
                all.extend(words.get(list).ok_or(error("a list of words is not there"))?.iter().cloned());
            }
            terminals.push(Terminal { name, regex, except: all });
        } else {
            let list = body.split('|').map(|word| word.trim().trim_matches('"').to_owned()).collect();
            words.insert(name, list);
        }
    }
    Ok(Productions { rules, order, terminals, words })
}

/// Names and bodies: a line that begins with a blank belongs to the one before it, one with `#` says nothing.
fn definitions(text: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        match (line.starts_with(' '), all.last_mut(), line.split_once(" = ")) {
            (true, Some((_, body)), _) => {
                body.push(' ');
                body.push_str(line.trim());
            }
            (_, _, Some((head, body))) => all.push((head.to_owned(), body.trim().to_owned())),
            _ => all.push((line.to_owned(), String::new())),
        }
    }
    all
}

/// A piece of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    /// Between quotes.
    Text(String),
    /// A name, with what stands in brackets behind it.
    Name(String, String),
    /// `{A}` or `{!A}`.
    If(bool, char),
    /// One of `( ) | ? * +`.
    Mark(char),
}

fn tokens(body: &str) -> Result<Vec<Token>, &'static str> {
    let mut all = Vec::new();
    let mut rest = body.trim_start();
    while let Some(first) = rest.chars().next() {
        let used = match first {
            '"' => {
                let mut end = 1;
                while !rest[end..].starts_with('"') {
                    end += if rest[end..].starts_with('\\') { 2 } else { 1 };
                    if end >= rest.len() {
                        return Err("a text is not closed");
                    }
                }
                let text = serde_json::from_str(&rest[..=end]).map_err(|_| "a text has an unknown escape")?;
                all.push(Token::Text(text));
                end + 1
            }
            '{' => {
                let (condition, _) = rest[1..].split_once('}').ok_or("a condition is not closed")?;
                let flag = condition.chars().last().ok_or("a condition names no flag")?;
                all.push(Token::If(!condition.starts_with('!'), flag));
                condition.len() + 2
            }
            '(' | ')' | '|' | '?' | '*' | '+' => {
                all.push(Token::Mark(first));
                1
            }
            _ => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                if end == 0 {
                    return Err("this is no name");
                }
                let changes = rest[end..].strip_prefix('[').map_or(Some(""), |more| more.split(']').next());
                let changes = changes.ok_or("a bracket is not closed")?;
                all.push(Token::Name(rest[..end].to_owned(), changes.to_owned()));
                end + if changes.is_empty() { 0 } else { changes.len() + 2 }
            }
        };
        rest = rest[used..].trim_start();
    }
    Ok(all)
}

struct Reader {
    tokens: VecDeque<Token>,
}

impl Reader {
    fn eat(&mut self, mark: char) -> bool {
        let found = self.tokens.front() == Some(&Token::Mark(mark));
        if found {
            self.tokens.pop_front();
        }
        found
    }

    fn choice(&mut self) -> Result<Written, &'static str> {
        let mut all = Vec::new();
        loop {
            let mut conditions = Vec::new();
            while let Some(&Token::If(set, flag)) = self.tokens.front() {
                conditions.push((set, flag));
                self.tokens.pop_front();
            }
            all.push((conditions, self.sequence()?));
            if !self.eat('|') {
                return Ok(Written::Choice(all));
            }
        }
    }

    fn sequence(&mut self) -> Result<Written, &'static str> {
        let mut parts = Vec::new();
        loop {
            let part = match self.tokens.front() {
                None | Some(Token::Mark('|' | ')')) => return Ok(Written::Sequence(parts)),
                Some(Token::Mark('(')) => {
                    self.tokens.pop_front();
                    let inner = self.choice()?;
                    if !self.eat(')') {
                        return Err("a bracket is not closed");
                    }
                    inner
                }
                Some(Token::Text(text)) if text.is_empty() => {
                    self.tokens.pop_front();
                    continue;
                }
                Some(Token::Text(text)) => {
                    let text = Written::Text(text.clone());
                    self.tokens.pop_front();
                    text
                }
                Some(Token::Name(name, changes)) => {
                    let named = match name.starts_with(|c: char| c.is_ascii_uppercase()) {
                        true => Written::Terminal(name.clone()),
                        false => Written::Rule { name: name.clone(), changes: flags_changed(changes)? },
                    };
                    self.tokens.pop_front();
                    named
                }
                Some(Token::If(..)) => return Err("a condition stands at the start of an alternative"),
                Some(Token::Mark(_)) => return Err("there is nothing to repeat"),
            };
            parts.push(self.repeated(part));
        }
    }

    fn repeated(&mut self, part: Written) -> Written {
        if self.eat('?') {
            Written::Optional(Box::new(part))
        } else if self.eat('*') {
            Written::Many(Box::new(part))
        } else if self.eat('+') {
            Written::AtLeastOne(Box::new(part))
        } else {
            part
        }
    }
}

/// `+A -B`.
fn flags_changed(text: &str) -> Result<Vec<(bool, char)>, &'static str> {
    text.split_whitespace()
        .map(|change| match change.split_at_checked(1) {
            Some(("+", flag)) if flag.len() == 1 => Ok((true, flag.as_bytes()[0] as char)),
            Some(("-", flag)) if flag.len() == 1 => Ok((false, flag.as_bytes()[0] as char)),
            _ => Err("a flag is set by `+` or `-` and its letter"),
        })
        .collect()
}

impl Productions {
    /// The terminal of this name.
    pub(crate) fn terminal(&self, name: &str) -> Option<&Terminal> {
        self.terminals.iter().find(|terminal| terminal.name == name)
    }

    /// The list of words of this name.
    pub(crate) fn words(&self, name: &str) -> &[String] {
        self.words.get(name).map_or(&[], Vec::as_slice)
    }

    /// Lets one rule mean what another does.
    pub(crate) fn replace(&mut self, rule: &str, by: &str) {
        if let Some(other) = self.rules.get(by).cloned() {
            self.rules.insert(rule.to_owned(), other);
        }
    }

    /// The grammar of what `start` derives: a rule for each set of flags that it is used with.
    pub(crate) fn expand(&self, start: &str) -> Result<Grammar, ReadError> {
        let mut rules: BTreeMap<(usize, Vec<char>), Rule> = BTreeMap::new();
        let mut open = vec![(start.to_owned(), Flags::new())];
        while let Some((name, flags)) = open.pop() {
            let missing = || ReadError { rule: name.clone(), problem: "it is used and not defined" };
            let place = self.order.iter().position(|known| *known == name).ok_or_else(missing)?;
            let key = (place, flags.iter().copied().collect());
            if rules.contains_key(&key) {
                continue;
            }
            let (_, written) = self.rules.get(&name).ok_or_else(missing)?;
            let body = self.part(written, &flags, &mut open)?.unwrap_or(Part::Choice(Vec::new()));
            rules.insert(key, Rule { name: expanded(&name, &flags), body });
        }
        let rules = rules.into_values().collect();
        Ok(Grammar { rules, terminals: self.terminals.clone() }.reachable(start))
    }

    /// A part under some flags; `None` if no alternative of it is there.
    fn part(
        &self,
        written: &Written,
        flags: &Flags,
        open: &mut Vec<(String, Flags)>,
    ) -> Result<Option<Part>, ReadError> {
        let inner =
            |part: &Written, open: &mut Vec<(String, Flags)>| Ok(self.part(part, flags, open)?.map(Box::new));
        Ok(match written {
            Written::Text(text) => Some(Part::Text(text.clone())),
            Written::Terminal(name) => {
                if self.terminal(name).is_none() {
                    return Err(ReadError { rule: name.clone(), problem: "it is used and not defined" });
                }
                Some(Part::Terminal(name.clone()))
            }
            Written::Rule { name, changes } => {
                let missing = || ReadError { rule: name.clone(), problem: "it is used and not defined" };
                let (known, _) = self.rules.get(name).ok_or_else(missing)?;
                let mut set: Flags = flags.intersection(known).copied().collect();
                for (on, flag) in changes {
                    if !known.contains(flag) {
                        return Err(ReadError {
                            rule: name.clone(),
                            problem: "it does not know a flag that is changed",
                        });
                    }
                    if *on {
                        set.insert(*flag)
                    } else {
                        set.remove(flag)
                    };
                }
                open.push((name.clone(), set.clone()));
                Some(Part::Rule(expanded(name, &set)))
            }
            Written::Sequence(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    match self.part(part, flags, open)? {
                        Some(Part::Sequence(more)) => all.extend(more),
                        Some(part) => all.push(part),
                        None => return Ok(None),
                    }
                }
                Some(if all.len() == 1 { all.remove(0) } else { Part::Sequence(all) })
            }
            Written::Choice(alternatives) => {
                let mut all = Vec::new();
                for (conditions, part) in alternatives {
                    if conditions.iter().all(|(set, flag)| flags.contains(flag) == *set) {
                        all.extend(self.part(part, flags, open)?);
                    }
                }
                match all.len() {
                    0 => None,
                    1 => all.pop(),
                    _ => Some(Part::Choice(all)),
                }
            }
            Written::Optional(part) => inner(part, open)?.map(Part::Optional),
            Written::Many(part) => inner(part, open)?.map(Part::Many),
            Written::AtLeastOne(part) => inner(part, open)?.map(Part::AtLeastOne),
        })
    }
}

/// A rule's name with the flags it is expanded for.
fn expanded(name: &str, flags: &Flags) -> String {
    let name = match name {
        "_" => "gap",
        "__" => "space",
        name => name,
    };
    let mut name = name.to_owned();
    if !flags.is_empty() {
        name.push('_');
        name.extend(flags.iter().map(char::to_ascii_lowercase));
    }
    name
}
