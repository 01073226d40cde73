//! What is left of a text when its secrets are gone.

use crate::scanner::Finding;

/// A secret shorter than this is masked only where it was found: elsewhere it may be any word.
const WORTH_LOOKING_FOR: usize = 6;

/// The text with every byte of a secret replaced by `*`, wherever it occurs, line breaks kept. It has the length it had,
/// so places in it stay what they are.
#[must_use]
pub fn masked(text: &str, findings: &[Finding]) -> String {
    let mut hidden = vec![false; text.len()];
    for finding in findings {
        let (start, end) = whole_characters(text, finding.start as usize, finding.end as usize);
        hidden[start..end].fill(true);
        let secret = &text[start..end];
        if secret.len() >= WORTH_LOOKING_FOR {
            for (at, _) in text.match_indices(secret) {
                hidden[at..at + secret.len()].fill(true);
            }
        }
    }
    let mut left = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        match hidden[at] && letter != '\n' {
            true => left.extend(std::iter::repeat_n('*', letter.len_utf8())),
            false => left.push(letter),
        }
    }
    left
}

/// A range widened to whole characters of the text.
fn whole_characters(text: &str, start: usize, end: usize) -> (usize, usize) {
    let (mut start, mut end) = (start.min(text.len()), end.min(text.len()));
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    (start, end.max(start))
}
