//! Interned identifiers: a hash table of places in the source, no string per name.
//!
//! It knows no keywords and no meaning; equal text has one [`Symbol`], that is all. A name of at most eight bytes *is*
//! its [`key`], so the usual look-up compares one word and never looks at the text. The table survives
//! [`Names::clear`] with its memory: a slot counts only if it carries the current generation, so that clearing costs
//! nothing.

use crate::tree::{Symbol, Text};
use std::hash::{BuildHasher, Hasher};

/// Marks keys that are hashes. The key of a short ASCII name never has this bit.
const HASHED: u64 = 1 << 63;

#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    key: u64,
    generation: u32,
    symbol: u32,
}

/// The identifiers of one source.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// By symbol; entry 0 is a filler.
    texts: Vec<Text>,
    /// Open addressing, a power of two long, at most half full.
    slots: Vec<Slot>,
    generation: u32,
    /// An odd number that no source can know, so that none can choose names that all fall into one slot.
    multiplier: u64,
}

impl Default for Names {
    fn default() -> Self {
        let multiplier = std::hash::RandomState::new().hash_one(0u64) | 1;
        let texts = vec![Text { start: 0, len: 0 }];
        Self { texts, slots: vec![Slot::default(); 128], generation: 1, multiplier }
    }
}

/// A word that short names share with nothing else: their bytes, little-endian, zero-filled. Longer names give a
/// hash, which differs from every short name's word but may be shared by two long names.
pub(crate) fn key(bytes: &[u8]) -> u64 {
    if bytes.len() <= 8 {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let word = u64::from_le_bytes(word);
        if word & HASHED == 0 {
            return word;
        }
    }
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.finish() | HASHED
}

impl Names {
    pub(crate) fn clear(&mut self) {
        self.texts.truncate(1);
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.slots.fill(Slot::default());
            self.generation = 1;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len() - 1
    }

    pub(crate) fn text(&self, symbol: Symbol) -> Text {
        self.texts[symbol.index()]
    }

    /// The symbol of the name with `key`, whose characters are `text`.
    #[inline]
    pub(crate) fn intern(&mut self, key: u64, text: Text, source: &str, buffer: &str) -> Symbol {
        let at = match self.probe(key, || text.of(source, buffer), source, buffer) {
            Ok(symbol) => return symbol,
            Err(at) => at,
        };
        let symbol = Symbol::new(self.texts.len());
        self.texts.push(text);
        self.slots[at] = Slot { generation: self.generation, key, symbol: symbol.index() as u32 };
        if self.texts.len() * 2 > self.slots.len() {
            self.grow();
        }
        symbol
    }

    pub(crate) fn find(&self, name: &str, source: &str, buffer: &str) -> Option<Symbol> {
        self.probe(key(name.as_bytes()), || name, source, buffer).ok()
    }

    /// The symbol of `name`, or the free slot where it belongs. Only a long name is looked at.
    #[inline]
    fn probe<'a>(
        &self,
        key: u64,
        name: impl Fn() -> &'a str,
        source: &str,
        buffer: &str,
    ) -> Result<Symbol, usize> {
        let mask = self.slots.len() - 1;
        let mut at = place(key, self.multiplier) & mask;
        loop {
            let slot = self.slots[at];
            if slot.generation != self.generation {
                return Err(at);
            }
            if slot.key == key
                && (key & HASHED == 0 || self.texts[slot.symbol as usize].of(source, buffer) == name())
            {
                return Ok(Symbol::new(slot.symbol as usize));
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let old = std::mem::take(&mut self.slots);
        self.slots = vec![Slot::default(); old.len() * 2];
        let mask = self.slots.len() - 1;
        for slot in old.into_iter().filter(|slot| slot.generation == self.generation) {
            let mut at = place(slot.key, self.multiplier) & mask;
            while self.slots[at].generation == self.generation {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }
}

/// Multiply-shift hashing: the high bits of the product depend on every bit of the key.
#[inline]
fn place(key: u64, multiplier: u64) -> usize {
    (key.wrapping_mul(multiplier) >> 32) as usize
}
