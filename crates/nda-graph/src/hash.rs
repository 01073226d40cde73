//! Content hashes: BLAKE3 over canonical bytes, each kind of content under its own prefix.

use std::fmt;

/// 32 bytes that name a piece of content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Hash(pub [u8; 32]);

/// For tables in memory eight of its bytes tell hashes apart well enough: every one of them is as good as random.
impl std::hash::Hash for Hash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// The bytes that BLAKE3 hashes without a tree.
const CHUNK: usize = blake3::CHUNK_LEN;

impl Hash {
    /// No content has this hash; it stands for "none" where a field has a fixed width.
    pub const ZERO: Hash = Hash([0; 32]);

    /// Hashes `bytes` under a `domain`: what is hashed as one kind of thing never equals another kind's hash.
    /// The bytes hashed are `"nda:" domain NUL bytes`.
    #[must_use]
    pub fn of(domain: &str, bytes: &[u8]) -> Self {
        // What fits one chunk of BLAKE3 is hashed in one go: a hasher's state is larger than most definitions.
        let mut whole = [0; CHUNK];
        let parts = [b"nda:", domain.as_bytes(), &[0], bytes];
        let len = parts.iter().map(|part| part.len()).sum();
        if len <= CHUNK {
            let mut at = 0;
            for part in parts {
                whole[at..at + part.len()].copy_from_slice(part);
                at += part.len();
            }
            return Self(*blake3::hash(&whole[..len]).as_bytes());
        }
        let mut hasher = Hasher::new(domain);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The first 12 hex digits: what people are shown.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }

    /// Reads 64 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return None;
        }
        let (mut hash, mut all) = ([0; 32], 0);
        for (byte, &[high, low]) in hash.iter_mut().zip(bytes.as_chunks::<2>().0) {
            let (high, low) = (DIGIT_VALUES[usize::from(high)], DIGIT_VALUES[usize::from(low)]);
            *byte = high << 4 | low;
            all |= high | low;
        }
        (all < 16).then_some(Self(hash))
    }

    /// Whether the hash's hex digits start with `prefix` (hex digits, either case).
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        prefix.len() <= 64
            && prefix.bytes().enumerate().all(|(index, digit)| {
                let byte = self.0[index / 2];
                DIGIT_VALUES[usize::from(digit)] == if index % 2 == 0 { byte >> 4 } else { byte & 15 }
            })
    }
}

/// What each byte is worth as a hex digit, in either case; 255 if it is none.
static DIGIT_VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value] as usize] = value as u8;
        values[DIGITS[value].to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    values
};

static DIGITS: [u8; 16] = *b"0123456789abcdef";

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        f.write_str(std::str::from_utf8(&text).expect("digits are ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.short())
    }
}

/// [`Hash::of`] for content that comes in pieces.
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// A hasher for one domain.
    #[must_use]
    pub fn new(domain: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"nda:").update(domain.as_bytes()).update(&[0]);
        Self(hasher)
    }

    /// Appends bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything appended.
    #[must_use]
    pub fn finish(&self) -> Hash {
        Hash(*self.0.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back_and_prefixes_match() {
        let hash = Hash::of("test", b"content");
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        assert!(hash.has_prefix(&hash.short()) && hash.has_prefix("") && !hash.has_prefix("zz"));
        assert_ne!(hash, Hash::of("other", b"content"));
        let long = [7; 2 * CHUNK];
        for len in [0, 1, CHUNK - 9, CHUNK - 8, CHUNK, 2 * CHUNK] {
            let mut hasher = Hasher::new("def");
            hasher.update(&long[..len]);
            assert_eq!(Hash::of("def", &long[..len]), hasher.finish(), "{len} bytes");
        }
        assert_eq!(Hash::parse("12"), None);
        assert_eq!(Hash::parse(&hash.to_string().to_uppercase()), Some(hash));
        assert_eq!(Hash::parse(&"g".repeat(64)), None);
        assert_eq!(Hash([0xa5; 32]).to_string(), "a5".repeat(32));
    }
}
