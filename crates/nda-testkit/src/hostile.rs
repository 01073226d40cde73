//! Bytes as an attacker, a bad disk or a broken network would leave them.

use crate::choices::Choices;

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
