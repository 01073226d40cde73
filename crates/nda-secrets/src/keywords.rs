//! Which keywords occur in a text, in any case, in one walk over its bytes.
//!
//! A text of a program has nearly none, so nearly all the work is to see that none begins at a byte. The low five bits of
//! three bytes are a number that upper and lower case share; one bit for each such number says whether a keyword begins so.
//! Only where it does are keywords compared.

/// Bits of a byte that count.
const BITS: u32 = 5;
/// How many numbers three bytes have.
const STARTS: usize = 1 << (3 * BITS);

/// Keywords, ready to be looked for.
pub(crate) struct Keywords {
    /// By the first three bytes: whether a keyword begins so.
    begins: Box<[u64; STARTS / 64]>,
    /// Lower case, in the order of their first three bytes.
    keywords: Vec<(u16, Box<str>, u32)>,
}

impl Keywords {
    /// Of keywords in lower case. One of less than three bytes begins in as many ways as the rest can be.
    pub(crate) fn of(keywords: &[String]) -> Self {
        let mut begins = Box::new([0; STARTS / 64]);
        let mut all = Vec::with_capacity(keywords.len());
        for (keyword, index) in keywords.iter().zip(0..) {
            let open = BITS * 3_u32.saturating_sub(keyword.len() as u32);
            let first = start(keyword.as_bytes());
            for start in first..=first | ((1 << open) - 1) {
                begins[usize::from(start) / 64] |= 1 << (start % 64);
                all.push((start, keyword.as_str().into(), index));
            }
        }
        all.sort_unstable();
        Self { begins, keywords: all }
    }

    /// Gives the index of each keyword that occurs, as often as it does.
    pub(crate) fn find(&self, text: &str, mut found: impl FnMut(u32)) {
        let bytes = text.as_bytes();
        let mut three = 0_u32;
        // Behind the last byte two more are taken as 0, so that a start of less than three bytes is seen there.
        bytes.iter().chain(&[0; 2]).enumerate().for_each(|(end, &byte)| {
            three = (three << BITS | u32::from(byte & 31)) % STARTS as u32;
            if self.begins[three as usize / 64] >> (three % 64) & 1 != 0 && end >= 2 {
                self.compare(three as u16, &bytes[end - 2..], &mut found);
            }
        });
    }

    #[cold]
    fn compare(&self, start: u16, rest: &[u8], found: &mut impl FnMut(u32)) {
        let first = self.keywords.partition_point(|known| known.0 < start);
        for (_, keyword, index) in self.keywords[first..].iter().take_while(|known| known.0 == start) {
            let here = rest.get(..keyword.len());
            if here.is_some_and(|here| here.eq_ignore_ascii_case(keyword.as_bytes())) {
                found(*index);
            }
        }
    }
}

/// The number of the first three bytes; those that are missing are 0.
fn start(bytes: &[u8]) -> u16 {
    (0..3).fold(0, |start, at| start << BITS | u16::from(bytes.get(at).copied().unwrap_or(0) & 31))
}

#[cfg(test)]
mod tests {
    use super::Keywords;

    fn found(keywords: &[&str], text: &str) -> Vec<u32> {
        let keywords: Vec<String> = keywords.iter().map(|&keyword| keyword.to_owned()).collect();
        let mut found = Vec::new();
        Keywords::of(&keywords).find(text, |index| found.push(index));
        found
    }

    #[test]
    fn keywords_are_found_in_any_case_wherever_they_stand() {
        let keywords = ["akia", "key", "sk-", "keyword", "é!"];
        assert_eq!(found(&keywords, "AkIaKEY"), [0, 1]);
        assert_eq!(found(&keywords, "a keyword, SK-"), [1, 3, 2]);
        assert_eq!(found(&keywords, "é!"), [4]);
        // The same low bits are not the same keyword.
        assert!(found(&keywords, "SKM +%9 ke ak").is_empty());
    }

    #[test]
    fn short_keywords_are_found_up_to_the_end() {
        assert_eq!(found(&["x", "yz"], "xyz, x"), [0, 1, 0]);
        assert_eq!(found(&["yz"], "yZ"), [0]);
        assert_eq!(found(&["z"], "Z"), [0]);
        assert!(found(&["x"], "").is_empty());
    }
}
