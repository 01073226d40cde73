//! Queries: triple patterns with variables, joined. `?f calls ?g . ?g uses "clock"`.
//!
//! [`Query::parse`] reads the text, `plan.rs` runs it. A term is a variable `?x`, a text `"…"` (escapes `\"`, `\\`, `\n`,
//! `\t`), a hash `#` with 1 to 64 hex digits, or a bare word (letters, digits, `_`, `:`), which is a text too. Patterns
//! are separated by `.`; what follows `//` on a line is a comment. `?x < 3`, with `<= > >= = !=` alike, compares what stands in
//! patterns ([`Comparison`]).

mod compare;
mod plan;

pub use compare::{Comparison, Relation};
pub use plan::{Answer, QueryLimits, QueryRunError, Stopped};

use crate::triple::Term;

/// The most patterns in a query, comparisons included.
pub const MAX_PATTERNS: usize = 16;
/// The longest query text, in bytes.
pub const MAX_QUERY_BYTES: usize = 65_536;

/// One place of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slot {
    /// A variable, by its index in [`Query::variables`].
    Variable(usize),
    /// A known term.
    Term(Term),
    /// A hash by its first hex digits; it must name one object of the store when the query runs.
    Prefix(String),
}

/// Subject, predicate, object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub [Slot; 3]);

/// Patterns and comparisons that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Names of the variables without `?`, in the order of their first use. Rows have this order.
    pub variables: Vec<String>,
    /// The patterns, as written; the order has no effect on the answer.
    pub patterns: Vec<Pattern>,
    /// The comparisons; each of their variables stands in a pattern.
    pub comparisons: Vec<Comparison>,
}

/// Where and why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {position}: {problem}")]
pub struct QueryError {
    /// Byte offset into the text.
    pub position: usize,
    /// What is wrong there.
    pub problem: QueryProblem,
}

/// What is wrong with a query's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryProblem {
    /// No pattern at all.
    #[error("a query needs at least one pattern, such as `?f calls ?g`")]
    Empty,
    /// A pattern with fewer than three terms.
    #[error("this pattern has {terms} of its three terms: subject, predicate, object")]
    Short {
        /// How many it has.
        terms: usize,
    },
    /// A fourth term without a `.` before it.
    #[error("a pattern has three terms; separate patterns by ` . `")]
    Long,
    /// A text without its closing quote.
    #[error("this text has no closing quote")]
    Unclosed,
    /// An unknown escape.
    #[error("unknown escape `\\{0}`; known are \\\" \\\\ \\n \\t")]
    Escape(char),
    /// `#` without 1 to 64 hex digits.
    #[error("a hash is `#` and 1 to 64 hex digits")]
    BadHash,
    /// `?` without a name.
    #[error("a variable is `?` and a name, such as `?f`")]
    BadVariable,
    /// A variable that is only compared.
    #[error("`?{0}` stands in no pattern, so there is nothing to compare")]
    OnlyCompared(String),
    /// A character that begins no term.
    #[error("`{}` begins no term; write other texts in quotes", .0.escape_debug())]
    Character(char),
    /// More than [`MAX_PATTERNS`].
    #[error("a query has at most {MAX_PATTERNS} patterns")]
    TooMany,
    /// More than [`MAX_QUERY_BYTES`].
    #[error("a query has at most {MAX_QUERY_BYTES} bytes")]
    TooLong,
}

impl Query {
    /// Reads a query.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > MAX_QUERY_BYTES {
            return Err(QueryError { position: MAX_QUERY_BYTES, problem: QueryProblem::TooLong });
        }
        let mut reader = Reader { text, at: 0, variables: Vec::new() };
        let (mut patterns, mut comparisons) = (Vec::new(), Vec::new());
        loop {
            reader.skip_blank();
            let start = reader.at;
            let wrong = |problem| QueryError { position: start, problem };
            let mut terms = Vec::new();
            let mut relation = None;
            let end = loop {
                reader.skip_blank();
                let read = terms.len() + usize::from(relation.is_some());
                match reader.peek() {
                    None => break None,
                    Some('.') => break Some('.'),
                    Some(_) if read == 3 => return Err(reader.problem(QueryProblem::Long)),
                    Some('<' | '>' | '=' | '!') if read == 1 => relation = Some(reader.relation()?),
                    Some(first) => terms.push(reader.term(first)?),
                }
            };
            let is_full = patterns.len() + comparisons.len() == MAX_PATTERNS;
            match (<[Slot; 3]>::try_from(terms), relation) {
                (Ok(_), _) if is_full => return Err(wrong(QueryProblem::TooMany)),
                (Ok(pattern), _) => patterns.push(Pattern(pattern)),
                (Err(terms), Some(relation)) => match <[Slot; 2]>::try_from(terms) {
                    Ok(_) if is_full => return Err(wrong(QueryProblem::TooMany)),
                    Ok([left, right]) => comparisons.push(Comparison { left, relation, right }),
                    Err(terms) => return Err(wrong(QueryProblem::Short { terms: terms.len() + 1 })),
                },
                // A last `.` is allowed; an empty pattern anywhere else is not.
                (Err(terms), None) if terms.is_empty() && end.is_none() && !patterns.is_empty() => {}
                (Err(terms), None) => match terms.len() {
                    0 if end.is_none() => return Err(wrong(QueryProblem::Empty)),
                    terms => return Err(wrong(QueryProblem::Short { terms })),
                },
            }
            if end.is_none() {
                return Self::whole(reader, patterns, comparisons);
            }
            reader.at += 1;
        }
    }

    /// Every variable must stand in a pattern: comparisons find nothing.
    fn whole(
        reader: Reader<'_>,
        patterns: Vec<Pattern>,
        comparisons: Vec<Comparison>,
    ) -> Result<Self, QueryError> {
        let found = |index| patterns.iter().any(|Pattern(slots)| slots.contains(&Slot::Variable(index)));
        if let Some(only) = (0..reader.variables.len()).find(|&index| !found(index)) {
            return Err(reader.problem(QueryProblem::OnlyCompared(reader.variables[only].clone())));
        }
        if patterns.is_empty() {
            return Err(QueryError { position: 0, problem: QueryProblem::Empty });
        }
        Ok(Self { variables: reader.variables, patterns, comparisons })
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    variables: Vec<String>,
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == ':'
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn problem(&self, problem: QueryProblem) -> QueryError {
        QueryError { position: self.at, problem }
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    /// The longest run of word characters from here.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn relation(&mut self) -> Result<Relation, QueryError> {
        let found = Relation::ALL.into_iter().find(|(sign, _)| self.rest().starts_with(sign));
        let (sign, relation) = found.ok_or_else(|| self.problem(QueryProblem::Character('!')))?;
        self.at += sign.len();
        Ok(relation)
    }

    fn term(&mut self, first: char) -> Result<Slot, QueryError> {
        let start = self.at;
        let wrong = |problem| QueryError { position: start, problem };
        match first {
            '?' => {
                self.at += 1;
                let name = self.word();
                if name.is_empty() {
                    return Err(wrong(QueryProblem::BadVariable));
                }
                let known = self.variables.iter().position(|variable| variable == name);
                Ok(Slot::Variable(known.unwrap_or_else(|| {
                    self.variables.push(name.to_owned());
                    self.variables.len() - 1
                })))
            }
            '#' => {
                self.at += 1;
                let digits = self.word();
                if !(1..=64).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
                {
                    return Err(wrong(QueryProblem::BadHash));
                }
                Ok(match nda_graph::Hash::parse(digits) {
                    Some(hash) => Slot::Term(Term::Hash(hash)),
                    None => Slot::Prefix(digits.to_owned()),
                })
            }
            '"' => self.quoted().map(|text| Slot::Term(Term::Text(text))),
            letter if is_word(letter) => Ok(Slot::Term(Term::from(self.word()))),
            other => Err(wrong(QueryProblem::Character(other))),
        }
    }

    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((offset, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.at = start + offset + 1;
                    return Ok(text);
                }
                '\\' => match letters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other)) => {
                        return Err(QueryError {
                            position: start + offset,
                            problem: QueryProblem::Escape(other),
                        });
                    }
                    None => break,
                },
                other => text.push(other),
            }
        }
        Err(QueryError { position: start, problem: QueryProblem::Unclosed })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_terms_variables_and_comments() {
        let query =
            Query::parse("?f calls ?g . // callers\n ?g uses \"a \\\"clock\\\"\" . ?f ?p #12ab .").unwrap();
        assert_eq!(query.variables, ["f", "g", "p"]);
        assert_eq!(query.patterns.len(), 3);
        assert_eq!(query.patterns[1].0[2], Slot::Term(Term::from("a \"clock\"")));
        assert_eq!(query.patterns[2].0[2], Slot::Prefix("12ab".to_owned()));
        let query = Query::parse("?r secrets ?v . ?v<3 . \"a\" != ?r").unwrap();
        assert_eq!((query.patterns.len(), query.variables.len()), (1, 2));
        let [old, other] = &query.comparisons[..] else { panic!("{:?}", query.comparisons) };
        assert_eq!((&old.left, old.relation), (&Slot::Variable(1), Relation::Less));
        assert_eq!((&old.right, other.relation), (&Slot::Term(Term::from("3")), Relation::Different));
    }

    #[test]
    fn says_where_and_what_is_wrong() {
        let check = |text: &str, position: usize, problem: QueryProblem| {
            assert_eq!(Query::parse(text), Err(QueryError { position, problem }), "{text}");
        };
        check("", 0, QueryProblem::Empty);
        check(" // nothing", 11, QueryProblem::Empty);
        check("?a b", 0, QueryProblem::Short { terms: 2 });
        check("?a b c . . ", 9, QueryProblem::Short { terms: 0 });
        check("?a b c d", 7, QueryProblem::Long);
        check("?a b \"c", 5, QueryProblem::Unclosed);
        check("?a b \"c\\q\"", 7, QueryProblem::Escape('q'));
        check("?a b #xyz", 5, QueryProblem::BadHash);
        check("? b c", 0, QueryProblem::BadVariable);
        check("a b =", 4, QueryProblem::Character('='));
        check("?a b c . ?a ! 3", 12, QueryProblem::Character('!'));
        check("?a b c . ?a <", 9, QueryProblem::Short { terms: 2 });
        check("?a b c . ?a < 3 4", 16, QueryProblem::Long);
        check("?a b c . ?d < 3", 15, QueryProblem::OnlyCompared("d".to_owned()));
        check("1 < 2", 0, QueryProblem::Empty);
        check(&"a b c . ".repeat(17), 128, QueryProblem::TooMany);
        check(&" ".repeat(MAX_QUERY_BYTES + 1), MAX_QUERY_BYTES, QueryProblem::TooLong);
    }
}
