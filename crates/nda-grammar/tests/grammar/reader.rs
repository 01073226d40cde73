//! A reader of GBNF, written after llama.cpp's description of it: what a text of that notation takes, by the way llama.cpp takes it
//! (all stacks of what may still come, one character at a time), and what it makes.

use super::random::Random;
use std::collections::{HashMap, HashSet};

#[derive(Debug)]
enum Symbol {
    /// One character of these, or none of them.
    Class(Vec<(char, char)>, bool),
    Rule(usize),
    /// Of an alternative.
    End,
}

/// A grammar of characters.
#[derive(Debug, Default)]
pub(crate) struct Gbnf {
    names: HashMap<String, usize>,
    /// Where the alternatives of each rule begin.
    rules: Vec<Vec<usize>>,
    symbols: Vec<Symbol>,
}

/// An alternative that is being read.
type Sequence = Vec<Symbol>;

struct Reader<'t> {
    rest: &'t str,
    into: Gbnf,
}

impl Gbnf {
    pub(crate) fn read(text: &str) -> Self {
        let mut into = Self::default();
        // The first is the root.
        into.rule("root");
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (name, body) = line.split_once(" ::= ").expect("a rule has a body");
            let rule = into.rule(name);
            assert!(into.rules[rule].is_empty(), "{name} is defined twice");
            let mut reader = Reader { rest: body, into };
            let alternatives = reader.choice();
            assert_eq!(reader.rest, "", "behind {name}");
            into = reader.into;
            into.define(rule, alternatives);
        }
        for (name, rule) in &into.names {
            assert!(!into.rules[*rule].is_empty(), "{name} is not defined");
        }
        into
    }

    fn rule(&mut self, name: &str) -> usize {
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{name} is no name there");
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        self.rules.push(Vec::new());
        self.names.insert(name.to_owned(), self.rules.len() - 1);
        self.rules.len() - 1
    }

    fn define(&mut self, rule: usize, alternatives: Vec<Sequence>) {
        for alternative in alternatives {
            self.rules[rule].push(self.symbols.len());
            self.symbols.extend(alternative);
            self.symbols.push(Symbol::End);
        }
    }

    /// A rule without a name.
    fn own(&mut self, alternatives: Vec<Sequence>) -> usize {
        self.rules.push(Vec::new());
        let rule = self.rules.len() - 1;
        self.define(rule, alternatives);
        rule
    }

    /// Rules that derive nothing.
    fn empty_ones(&self) -> Vec<bool> {
        let mut empty = vec![false; self.rules.len()];
        loop {
            let before = empty.clone();
            for (rule, starts) in self.rules.iter().enumerate() {
                empty[rule] |= starts.iter().any(|start| {
                    let end = self.symbols[*start..]
                        .iter()
                        .find(|symbol| !matches!(symbol, Symbol::Rule(rule) if before[*rule]));
                    matches!(end, Some(Symbol::End))
                });
            }
            if empty == before {
                return empty;
            }
        }
    }

    /// A rule that begins with itself, which llama.cpp refuses.
    pub(crate) fn left_recursive(&self) -> Option<String> {
        let empty = self.empty_ones();
        let begins = |rule: usize| {
            let mut all = Vec::new();
            for start in &self.rules[rule] {
                for symbol in &self.symbols[*start..] {
                    let Symbol::Rule(next) = symbol else { break };
                    all.push(*next);
                    if !empty[*next] {
                        break;
                    }
                }
            }
            all
        };
        (0..self.rules.len()).find_map(|rule| {
            let (mut open, mut seen) = (begins(rule), HashSet::new());
            while let Some(next) = open.pop() {
                if next == rule {
                    let name = self.names.iter().find(|(_, known)| **known == rule);
                    return Some(name.map_or_else(|| format!("rule {rule}"), |(name, _)| name.clone()));
                }
                if seen.insert(next) {
                    open.extend(begins(next));
                }
            }
            None
        })
    }

    /// How many characters of a text are taken: all if it may end there; and the most stacks there were at once.
    pub(crate) fn takes(&self, text: &str) -> (usize, usize) {
        let mut stacks = Stacks { grammar: self, all: vec![(usize::MAX, 0)], known: HashMap::new() };
        let mut now = HashSet::new();
        let mut seen = HashSet::new();
        for start in &self.rules[0] {
            stacks.open(*start, 0, &mut now, &mut seen);
        }
        let mut most = 0;
        for (index, c) in text.chars().enumerate() {
            most = most.max(now.len());
            let (mut next, mut seen) = (HashSet::new(), HashSet::new());
            for stack in now {
                let (at, below) = stacks.all[stack];
                if stack > 0
                    && matches!(&self.symbols[at], Symbol::Class(ranges, not) if ranges.iter().any(|(a, b)| (a..=b).contains(&&c)) != *not)
                {
                    stacks.open(at + 1, below, &mut next, &mut seen);
                }
            }
            if next.is_empty() {
                return (index, most);
            }
            now = next;
        }
        let count = text.chars().count();
        (if now.contains(&0) { count } else { count.saturating_sub(1) }, most)
    }

    /// A text that it makes; the more `depth` is left, the longer. `None` if it goes too deep.
    pub(crate) fn make(&self, random: &mut Random, costs: &[usize]) -> Option<String> {
        let mut text = String::new();
        let mut open: Vec<usize> = vec![self.pick(0, 0, random, costs)];
        let mut steps = 0;
        while let Some(at) = open.pop() {
            steps += 1;
            match &self.symbols[at] {
                Symbol::End => continue,
                Symbol::Class(ranges, not) => {
                    let of = |ranges: &[(char, char)], random: &mut Random| {
                        let (from, to) = ranges[random.below(ranges.len())];
                        char::from_u32(
                            u32::from(from)
                                + random.below((u32::from(to) - u32::from(from) + 1) as usize) as u32,
                        )
                    };
                    let any = [(' ', '~'), ('\n', '\n'), ('à', 'ÿ'), ('a', 'z')];
                    let mut chosen = None;
                    while chosen.is_none_or(|c| *not && ranges.iter().any(|(a, b)| (a..=b).contains(&&c))) {
                        chosen = of(if *not { &any } else { ranges }, random);
                    }
                    text.extend(chosen);
                    open.push(at + 1);
                }
                Symbol::Rule(rule) => {
                    open.push(at + 1);
                    open.push(self.pick(*rule, steps, random, costs));
                }
            }
            if steps > 100_000 {
                return None;
            }
        }
        Some(text)
    }

    /// An alternative of a rule: any at first, later one of the cheapest.
    fn pick(&self, rule: usize, steps: usize, random: &mut Random, costs: &[usize]) -> usize {
        let starts = &self.rules[rule];
        let cost = |start: &usize| self.cost(*start, costs);
        let least = starts.iter().map(cost).min().unwrap_or(0);
        let limit = if steps > 1_500 { least } else { usize::MAX };
        let may: Vec<usize> = starts.iter().copied().filter(|start| cost(start) <= limit).collect();
        may[random.below(may.len())]
    }

    fn cost(&self, start: usize, costs: &[usize]) -> usize {
        let ended = self.symbols[start..].iter().take_while(|symbol| !matches!(symbol, Symbol::End));
        ended
            .map(|symbol| if let Symbol::Rule(rule) = symbol { costs[*rule] } else { 1 })
            .fold(1, usize::saturating_add)
    }

    /// For each rule, how little it can make.
    pub(crate) fn costs(&self) -> Vec<usize> {
        let mut costs = vec![usize::MAX; self.rules.len()];
        loop {
            let before = costs.clone();
            for (rule, starts) in self.rules.iter().enumerate() {
                costs[rule] =
                    starts.iter().map(|start| self.cost(*start, &before)).min().unwrap_or(usize::MAX);
            }
            if costs == before {
                return costs;
            }
        }
    }
}

/// Stacks of what comes, each once: a place, and the stack below it. The one with number 0 is empty.
struct Stacks<'g> {
    grammar: &'g Gbnf,
    all: Vec<(usize, usize)>,
    known: HashMap<(usize, usize), usize>,
}

impl Stacks<'_> {
    fn of(&mut self, at: usize, below: usize) -> usize {
        let next = self.all.len();
        let stack = *self.known.entry((at, below)).or_insert(next);
        if stack == next {
            self.all.push((at, below));
        }
        stack
    }

    /// Adds the stacks that begin with a character, once the rules at `at` are opened.
    fn open(
        &mut self,
        at: usize,
        below: usize,
        now: &mut HashSet<usize>,
        seen: &mut HashSet<(usize, usize)>,
    ) {
        if !seen.insert((at, below)) {
            return;
        }
        match &self.grammar.symbols[at] {
            Symbol::Class(..) => _ = now.insert(self.of(at, below)),
            Symbol::End if below == 0 => _ = now.insert(0),
            Symbol::End => {
                let (at, below) = self.all[below];
                self.open(at, below, now, seen);
            }
            Symbol::Rule(rule) => {
                let behind = if matches!(self.grammar.symbols[at + 1], Symbol::End) {
                    below
                } else {
                    self.of(at + 1, below)
                };
                for start in self.grammar.rules[*rule].clone() {
                    self.open(start, behind, now, seen);
                }
            }
        }
    }
}

impl Reader<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.rest.starts_with(c);
        if found {
            self.rest = &self.rest[c.len_utf8()..];
        }
        found
    }

    fn choice(&mut self) -> Vec<Sequence> {
        let mut all = vec![self.sequence()];
        self.blanks();
        while self.eat('|') {
            all.push(self.sequence());
            self.blanks();
        }
        all
    }

    fn sequence(&mut self) -> Sequence {
        let mut all = Vec::new();
        loop {
            self.blanks();
            let first = self.rest.chars().next().unwrap_or('|');
            let part = match first {
                '|' | ')' => return all,
                '"' => {
                    self.eat('"');
                    let mut text = Vec::new();
                    while !self.eat('"') {
                        let c = self.character();
                        text.push(Symbol::Class(vec![(c, c)], false));
                    }
                    text
                }
                '[' => vec![self.class()],
                '(' => {
                    self.eat('(');
                    let inner = self.choice();
                    assert!(self.eat(')'), "a bracket is not closed at {}", self.rest);
                    vec![Symbol::Rule(self.into.own(inner))]
                }
                _ => {
                    let end = self
                        .rest
                        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                        .unwrap_or(self.rest.len());
                    assert!(end > 0, "no symbol at {}", self.rest);
                    let name = self.rest[..end].to_owned();
                    self.rest = &self.rest[end..];
                    vec![Symbol::Rule(self.into.rule(&name))]
                }
            };
            all.extend(self.repeated(part));
        }
    }

    fn class(&mut self) -> Symbol {
        self.eat('[');
        let negated = self.eat('^');
        let mut ranges = Vec::new();
        while !self.eat(']') {
            let from = self.character();
            let to = if self.eat('-') { self.character() } else { from };
            ranges.push((from, to));
        }
        Symbol::Class(ranges, negated)
    }

    fn character(&mut self) -> char {
        let c = self.rest.chars().next().expect("it is not closed");
        self.rest = &self.rest[c.len_utf8()..];
        if c != '\\' {
            return c;
        }
        let escape = self.rest.chars().next().expect("a backslash escapes something");
        self.rest = &self.rest[1..];
        let digits = match escape {
            'n' => return '\n',
            'r' => return '\r',
            't' => return '\t',
            '"' | '\\' | '[' | ']' => return escape,
            'x' => 2,
            'u' => 4,
            'U' => 8,
            other => panic!("there is no escape \\{other}"),
        };
        let (code, rest) = self.rest.split_at(digits);
        self.rest = rest;
        char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap()
    }

    fn repeated(&mut self, part: Sequence) -> Sequence {
        let (least, most) = match self.rest.chars().next() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                let end = self.rest.find('}').expect("it is closed");
                let (least, most) =
                    self.rest[1..end].split_once(',').unwrap_or((&self.rest[1..end], &self.rest[1..end]));
                let read = (least.parse().unwrap(), Some(most.parse().unwrap()));
                self.rest = &self.rest[end..];
                read
            }
            _ => return part,
        };
        self.rest = &self.rest[1..];
        let rule = self.into.own(vec![part]);
        let mut all: Sequence = (0..least).map(|_| Symbol::Rule(rule)).collect();
        match most {
            None => {
                let more = self.into.rules.len();
                self.into.rules.push(Vec::new());
                self.into.define(more, vec![vec![Symbol::Rule(rule), Symbol::Rule(more)], vec![]]);
                all.push(Symbol::Rule(more));
            }
            Some(most) => {
                let mut tail = None;
                for _ in least..most {
                    let mut one = vec![Symbol::Rule(rule)];
                    one.extend(tail.map(Symbol::Rule));
                    tail = Some(self.into.own(vec![one, vec![]]));
                }
                all.extend(tail.map(Symbol::Rule));
            }
        }
        all
    }
}
