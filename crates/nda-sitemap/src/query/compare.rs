//! Comparisons between terms: `?version < 3`.

use super::Slot;
use crate::triple::Term;
use std::cmp::Ordering;

/// How two terms compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `=`
    Same,
    /// `!=`
    Different,
}

/// What the terms of a row must be to each other.
///
/// Whole numbers compare as numbers, other texts by their bytes. A hash and another term are the same or different, and have
/// no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Left.
    pub left: Slot,
    /// Which holds.
    pub relation: Relation,
    /// Right.
    pub right: Slot,
}

impl Relation {
    /// All, with how they are written; the longer ones first.
    pub(super) const ALL: [(&str, Self); 6] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("!=", Self::Different),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Same),
    ];

    /// Whether it holds.
    #[must_use]
    pub fn holds(self, left: &Term, right: &Term) -> bool {
        match self {
            Self::Same => return left == right,
            Self::Different => return left != right,
            _ => {}
        }
        let (Term::Text(left), Term::Text(right)) = (left, right) else { return false };
        let order = match (left.parse::<i128>(), right.parse::<i128>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(right),
        };
        match self {
            Self::Less => order == Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nda_graph::Hash;

    #[test]
    fn numbers_texts_and_hashes() {
        let text = |text: &str| Term::from(text);
        let hashes = [b"a", b"b"].map(|bytes| Term::Hash(Hash::of("text", bytes)));
        for (left, right, holding) in [
            (text("9"), text("10"), "<= != <"),
            (text("-2"), text("-10"), ">= != >"),
            (text("7"), text("7"), "<= >= ="),
            (text("9a"), text("10a"), ">= != >"),
            (text("a"), text("b"), "<= != <"),
            (hashes[0].clone(), hashes[1].clone(), "!="),
            (hashes[0].clone(), hashes[0].clone(), "="),
            (hashes[0].clone(), text("a"), "!="),
        ] {
            let found: Vec<&str> = Relation::ALL
                .iter()
                .filter(|(_, one)| one.holds(&left, &right))
                .map(|(sign, _)| *sign)
                .collect();
            assert_eq!(found.join(" "), holding, "{left:?} {right:?}");
        }
    }
}
