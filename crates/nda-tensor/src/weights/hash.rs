//! Names made of content.

use std::fmt;

/// BLAKE3 over `"nda:"`, a domain, a zero byte, and the bytes: how everything in NDA is hashed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of a tensor's blob.
    #[must_use]
    pub fn of_tensor(blob: &[u8]) -> Self {
        let mut hasher = Hasher::new("tensor");
        hasher.update(blob);
        hasher.finish()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Hashes bytes as they come.
pub(super) struct Hasher(blake3::Hasher);

impl Hasher {
    pub(super) fn new(domain: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"nda:").update(domain.as_bytes()).update(&[0]);
        Self(hasher)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(&self) -> ContentHash {
        ContentHash(*self.0.finalize().as_bytes())
    }
}
