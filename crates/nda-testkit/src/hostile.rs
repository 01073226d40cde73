//! Bytes as an attacker, a bad disk or a broken network would leave them, and what must hold for any bytes at all.
//!
//! [`source_holds`] and [`definition_holds`] are the fuzz targets of `fuzz/`; the ordinary tests give them mutated bytes.

use crate::choices::Choices;
use nda_check::{Checker, Empty};
use nda_diagnostics::Diagnostic;
use nda_graph::{DefinitionRef, Hash, NdaNode, Verifier, group, listing, triples};

/// Values that break length, offset and count fields.
const EDGES: [u64; 8] = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];

/// `bytes` after one to four mutations: flipped bits, overwritten, removed, repeated, swapped or truncated parts, and
/// words set to the values that break length fields.
#[must_use]
pub fn mutate_bytes(bytes: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..choices.between(1, 4) {
        mutate(&mut bytes, choices);
    }
    bytes
}

/// Whatever the bytes: they parse to a tree, a tree without problems is formatted the same twice and keeps its hashes, and
/// checking ends. Says whether the checker admitted them.
///
/// # Panics
/// If one of these does not hold.
pub fn source_holds(bytes: &[u8]) -> bool {
    let (text, tree, mut diagnostics) = nda_syntax::parse_bytes(bytes);
    let Some(source) = text else {
        assert_eq!(diagnostics.len(), 1, "what is no text is one problem");
        return false;
    };
    assert!(diagnostics.iter().all(|found| (found.span.end as usize) <= source.len()), "{diagnostics:?}");
    if !diagnostics.is_empty() {
        return false;
    }
    let formatted = nda_syntax::format(source).expect("what parses is formatted");
    let again = nda_syntax::format(&formatted).expect("what was formatted parses");
    assert_eq!(formatted, again, "formatting twice is formatting once");
    let items = Checker::default().check(&tree, source, &Empty, &mut diagnostics);
    let admitted = !diagnostics.iter().any(Diagnostic::is_error);
    if admitted {
        let (tree, mut none) = nda_syntax::parse(&formatted);
        let reformatted = Checker::default().check(&tree, &formatted, &Empty, &mut none);
        assert!(
            items.iter().map(|item| item.hash).eq(reformatted.iter().map(|item| item.hash)),
            "formatting keeps every hash"
        );
    }
    admitted
}

/// Whatever the bytes: they are verified or refused, and what is verified can be read, listed, hashed and is canonical.
/// Says which.
///
/// # Panics
/// If one of these does not hold.
pub fn definition_holds(bytes: &[u8]) -> bool {
    // A name is looked at before anybody knows that the bytes under it are a definition.
    let nobody = |_| None::<Vec<u8>>;
    let named = group::verify_hash(Hash::ZERO, bytes, &nobody);
    assert!(named.is_err(), "nothing hashes to zero");
    let mut verifier = Verifier::default();
    let Ok(definition) = DefinitionRef::verify(bytes, &mut verifier) else {
        return false;
    };
    assert_eq!(definition.bytes(), bytes);
    assert_eq!(definition.nodes().map(listing::record).count(), definition.node_count() as usize);
    let mut wide = Vec::new();
    assert!(definition.nodes().all(|node| {
        let record = node.encode(&mut wide);
        NdaNode::decode(&record, &wide) == Some(node)
    }));
    // A type has no records.
    assert_eq!(listing::list(definition).is_empty(), definition.node_count() == 0);
    assert!(!triples::definition(definition).is_empty());
    assert_eq!(triples::operands(definition).len(), definition.node_count() as usize);
    assert!(definition.references().count() == definition.reference_count() as usize);
    let again = DefinitionRef::read(bytes).expect("what was verified is read");
    assert!(again.nodes().eq(definition.nodes()), "reading again reads the same");
    true
}

fn mutate(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) {
    if bytes.is_empty() {
        bytes.push(choices.byte());
        return;
    }
    let at = position(bytes.len(), choices);
    let len = (bytes.len() - at).min(choices.between(1, 32));
    match choices.below(8) {
        0 => bytes[at] ^= 1 << choices.below(8),
        1 => bytes[at] = choices.byte(),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..at + len)),
        4 => {
            let part = bytes[at..at + len].to_vec();
            let to = position(bytes.len(), choices);
            bytes.splice(to..to, part);
        }
        5 => {
            let word = choices.pick(&EDGES).to_le_bytes();
            let width = choices.pick(&[1, 2, 4, 8]).min(bytes.len() - at);
            bytes[at..at + width].copy_from_slice(&word[..width]);
        }
        6 => {
            let other = position(bytes.len(), choices);
            bytes.swap(at, other);
        }
        _ => {
            let more: Vec<u8> = (0..len).map(|_| choices.byte()).collect();
            bytes.splice(at..at, more);
        }
    }
}

fn position(len: usize, choices: &mut Choices<'_>) -> usize {
    (choices.word() % len as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choices::bytes_of_seed;

    #[test]
    fn mutations_change_bytes_and_never_panic() {
        let original = bytes_of_seed(1, 100);
        let changed = (0..500)
            .filter(|&seed| {
                let steering = bytes_of_seed(seed, 64);
                mutate_bytes(&original, &mut Choices::new(&steering)) != original
            })
            .count();
        assert!(changed > 450, "{changed}");
        assert_eq!(mutate_bytes(&[], &mut Choices::new(&[])), [0]);
    }
}
