//! Decisions read from bytes: the same bytes, the same decisions; no bytes left, always the first alternative.
//!
//! So whoever offers alternatives puts the simplest first, and shorter or smaller bytes make simpler things: that is
//! all a fuzzer or a shrinker needs.

/// A source of decisions.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    bytes: &'a [u8],
}

impl<'a> Choices<'a> {
    /// Decisions from these bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether every further decision is the first alternative.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next byte, 0 behind the end.
    pub fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        byte
    }

    /// Eight bytes.
    pub fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, _| word << 8 | u64::from(self.byte()))
    }

    /// A number below `count`, which is at least 1.
    pub fn below(&mut self, count: usize) -> usize {
        match count {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % count,
            _ => (usize::from(self.byte()) << 8 | usize::from(self.byte())) % count,
        }
    }

    /// A number in `from..=to`.
    pub fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    /// True in `percent` of 100 cases; never behind the end.
    pub fn chance(&mut self, percent: u8) -> bool {
        !self.is_empty() && u16::from(self.byte()) * 100 >= (100 - u16::from(percent)) * 256
    }

    /// One of these.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// An index into `weights`, each as likely as its weight says.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        let mut left = self.below(total as usize) as u32;
        for (index, &weight) in weights.iter().enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

/// As many bytes as asked for from a seed: SplitMix64, whose whole state is the counter.
#[must_use]
pub fn bytes_of_seed(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(word ^ word >> 31).to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_left_is_the_first_alternative() {
        let mut choices = Choices::new(&[]);
        assert_eq!((choices.below(7), choices.between(3, 9), choices.weighted(&[1, 5])), (0, 3, 0));
        assert!(!choices.chance(100));
    }

    #[test]
    fn seeds_give_the_same_bytes_for_ever() {
        assert_eq!(bytes_of_seed(0, 4), [0xaf, 0xcd, 0x1d, 0x7b]);
        assert_eq!(bytes_of_seed(7, 300)[..20], bytes_of_seed(7, 20)[..]);
    }
}
