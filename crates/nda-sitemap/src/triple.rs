//! Triples and their three orders, as keys of ordered tables. It knows no query; those are in `query/`.

use std::fmt;
use std::ops::ControlFlow;

use nda_graph::Hash;

use crate::rows;
use crate::storage::{Read, StorageError, Table, Write};

/// Predicate of the triples that the store keeps itself: a name is bound to a definition on the branch asked about.
pub const IS: &str = "is";
/// Predicate from a definition to an example's definition, kept from metadata.
pub const EXAMPLE: &str = "example";
/// Predicate from an example's definition to a gate record that says how it went.
pub const TRIED: &str = "tried";
/// Predicate from a definition to a gate record that let it in.
pub const ADMITTED: &str = "admitted";
/// Predicate from a gate record to who submitted what it let in.
pub const AUTHOR: &str = "author";
/// Predicate from a commit to a signature of it.
pub const SIGNED: &str = "signed";
/// Predicate from a signature to the key that made it.
pub const KEY: &str = "key";
/// Predicates along which a change of the object touches the subject.
pub const DEPENDS: [&str; 3] = ["calls", "refers", "of_type"];

/// One end of a triple.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// An object of the store.
    Hash(Hash),
    /// Anything else: a name, a type's text, a capability.
    Text(String),
}

impl From<Hash> for Term {
    fn from(hash: Hash) -> Self {
        Self::Hash(hash)
    }
}

impl From<&str> for Term {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Term {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Hash(hash) => write!(f, "#{hash}"),
            Term::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Triple {
    /// About what.
    pub subject: Term,
    /// What is said.
    pub predicate: Term,
    /// And of what.
    pub object: Term,
}

impl Triple {
    /// A triple.
    pub fn new(subject: impl Into<Term>, predicate: impl Into<Term>, object: impl Into<Term>) -> Self {
        Self { subject: subject.into(), predicate: predicate.into(), object: object.into() }
    }

    fn terms(&self) -> [&Term; 3] {
        [&self.subject, &self.predicate, &self.object]
    }
}

const HASH: u8 = 1;
const TEXT: u8 = 2;
const LONG_TEXT: u8 = 3;
/// The longest text that stands in a key itself. Three of them fit the engine's longest key.
const INLINE_TEXT_BYTES: usize = 120;

fn text_hash(text: &str) -> Hash {
    Hash::of("text", text.as_bytes())
}

fn is_inline(text: &str) -> bool {
    text.len() <= INLINE_TEXT_BYTES && !text.as_bytes().contains(&0)
}

/// Appends a term's key form. No form is a prefix of another.
fn push_term(key: &mut Vec<u8>, term: &Term) {
    match term {
        Term::Hash(hash) => {
            key.push(HASH);
            key.extend_from_slice(&hash.0);
        }
        Term::Text(text) if is_inline(text) => {
            key.push(TEXT);
            key.extend_from_slice(text.as_bytes());
            key.push(0);
        }
        Term::Text(text) => {
            key.push(LONG_TEXT);
            key.extend_from_slice(&text_hash(text).0);
        }
    }
}

/// One of the three orders: which of subject, predicate, object comes first, second, third in the key.
#[derive(Clone, Copy)]
pub(crate) struct Order {
    pub table: Table,
    places: [usize; 3],
}

pub(crate) const ORDERS: [Order; 3] = [
    Order { table: Table::Spo, places: [0, 1, 2] },
    Order { table: Table::Pos, places: [1, 2, 0] },
    Order { table: Table::Osp, places: [2, 0, 1] },
];

impl Order {
    pub fn key(&self, triple: &Triple, key: &mut Vec<u8>) {
        key.clear();
        let terms = triple.terms();
        self.places.iter().for_each(|place| push_term(key, terms[*place]));
    }

    /// Reads a key of this order back.
    pub fn triple(&self, read: &(impl Read + ?Sized), key: &[u8]) -> Result<Triple, StorageError> {
        let mut rest = key;
        let mut terms = [None, None, None];
        for place in self.places {
            let (term, left) = take_term(read, self.table, rest)?;
            terms[place] = Some(term);
            rest = left;
        }
        match (terms, rest) {
            ([Some(subject), Some(predicate), Some(object)], []) => Ok(Triple { subject, predicate, object }),
            _ => Err(malformed(self.table)),
        }
    }
}

fn malformed(table: Table) -> StorageError {
    StorageError::damaged(format!("a key of table `{}` is not a triple", table.name()))
}

fn take_term<'k>(
    read: &(impl Read + ?Sized),
    table: Table,
    key: &'k [u8],
) -> Result<(Term, &'k [u8]), StorageError> {
    let (tag, rest) = key.split_first().ok_or_else(|| malformed(table))?;
    let utf8 = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Term::Text(text.to_owned())),
        Err(_) => Err(malformed(table)),
    };
    match *tag {
        TEXT => {
            let end = rest.iter().position(|byte| *byte == 0).ok_or_else(|| malformed(table))?;
            Ok((utf8(&rest[..end])?, &rest[end + 1..]))
        }
        HASH | LONG_TEXT => {
            let (hash, left) = rest.split_first_chunk().ok_or_else(|| malformed(table))?;
            if *tag == HASH {
                return Ok((Term::Hash(Hash(*hash)), left));
            }
            let text = rows::get(read, Table::Texts, hash)?
                .ok_or_else(|| StorageError::damaged("a long text of the triple index is missing"))?;
            Ok((utf8(text)?, left))
        }
        _ => Err(malformed(table)),
    }
}

/// Writes a triple in all three orders.
pub(crate) fn add(
    write: &mut (impl Write + ?Sized),
    scratch: &mut Vec<u8>,
    triple: &Triple,
) -> Result<(), StorageError> {
    let mut key = Vec::with_capacity(128);
    for order in &ORDERS {
        order.key(triple, &mut key);
        rows::put(write, scratch, order.table, &key, &[])?;
    }
    for (hash, text) in long_texts(triple) {
        rows::put(write, scratch, Table::Texts, &hash.0, text.as_bytes())?;
    }
    Ok(())
}

/// Texts of a triple that stand in the texts table.
pub(crate) fn long_texts(triple: &Triple) -> impl Iterator<Item = (Hash, &str)> {
    triple.terms().into_iter().filter_map(|term| match term {
        Term::Text(text) if !is_inline(text) => Some((text_hash(text), text.as_str())),
        _ => None,
    })
}

/// A triple with some ends open.
pub(crate) type Pattern<'p> = [Option<&'p Term>; 3];

/// Visits the stored triples that match, through the order whose prefix says the most.
pub(crate) fn scan(
    read: &(impl Read + ?Sized),
    pattern: Pattern<'_>,
    visit: &mut dyn FnMut(Triple) -> Result<ControlFlow<()>, StorageError>,
) -> Result<(), StorageError> {
    let bound = |order: &&Order| order.places.iter().take_while(|place| pattern[**place].is_some()).count();
    // With two or three ends known, one of the orders has them all in front; ties take the first.
    let mut best = &ORDERS[0];
    for order in &ORDERS[1..] {
        if bound(&order) > bound(&best) {
            best = order;
        }
    }
    let mut prefix = Vec::with_capacity(128);
    for term in best.places.iter().map_while(|place| pattern[*place]) {
        push_term(&mut prefix, term);
    }
    rows::scan(read, best.table, &prefix, &[], |key, _| visit(best.triple(read, key)?))
}
