//! Choices that are the same every time, and texts like those of the repository.

use std::collections::HashMap;

/// xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// What byte follows which three in the repository's programs, and how often.
pub(crate) struct Habits(HashMap<[u8; 3], HashMap<u8, u32>>);

impl Habits {
    pub(crate) fn new<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut all: HashMap<[u8; 3], HashMap<u8, u32>> = HashMap::new();
        for text in texts {
            for four in text.as_bytes().windows(4) {
                *all.entry([four[0], four[1], four[2]]).or_default().entry(four[3]).or_default() += 1;
            }
        }
        Self(all)
    }

    /// One of the bytes that may follow: mostly a usual one, sometimes any.
    pub(crate) fn choose(&self, before: &[u8], may: &[u8], random: &mut Random) -> u8 {
        let usual = before.last_chunk::<3>().and_then(|last| self.0.get(last));
        if let Some(usual) = usual.filter(|_| random.below(8) > 0) {
            let weight = |byte: &u8| usual.get(byte).copied().unwrap_or(0);
            let sum: u32 = may.iter().map(weight).sum();
            if sum > 0 {
                let mut at = random.below(sum as usize) as u32;
                for byte in may {
                    let weight = weight(byte);
                    if at < weight {
                        return *byte;
                    }
                    at -= weight;
                }
            }
        }
        let plain: Vec<u8> = may.iter().copied().filter(|byte| (b' '..0x7F).contains(byte)).collect();
        if plain.is_empty() || random.below(50) == 0 {
            may[random.below(may.len())]
        } else {
            plain[random.below(plain.len())]
        }
    }
}
