//! Interned identifiers: a hash table of places in the source, no string per name.
//!
//! It knows no keywords and no meaning; equal text has one [`Symbol`], that is all. The table survives
//! [`Names::clear`] with its memory: a slot counts only if it carries the current generation, so that clearing costs
//! nothing.

use crate::tree::{Symbol, Text};
use std::hash::Hasher;

#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    generation: u32,
    hash: u32,
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
}

impl Default for Names {
    fn default() -> Self {
        Self { texts: vec![Text { start: 0, len: 0 }], slots: vec![Slot::default(); 128], generation: 1 }
    }
}

fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.finish() as u32
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

    /// The symbol of `bytes`, which are the characters of `text`.
    pub(crate) fn intern(&mut self, bytes: &[u8], text: Text, source: &[u8], buffer: &[u8]) -> Symbol {
        let hash = hash(bytes);
        let at = match self.probe(bytes, hash, source, buffer) {
            Ok(symbol) => return symbol,
            Err(at) => at,
        };
        let symbol = Symbol::new(self.texts.len());
        self.texts.push(text);
        self.slots[at] = Slot { generation: self.generation, hash, symbol: symbol.index() as u32 };
        if self.texts.len() * 2 > self.slots.len() {
            self.grow();
        }
        symbol
    }

    pub(crate) fn find(&self, name: &str, source: &str, buffer: &str) -> Option<Symbol> {
        self.probe(name.as_bytes(), hash(name.as_bytes()), source.as_bytes(), buffer.as_bytes()).ok()
    }

    /// The symbol of `bytes`, or the free slot where it belongs.
    fn probe(&self, bytes: &[u8], hash: u32, source: &[u8], buffer: &[u8]) -> Result<Symbol, usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot.generation != self.generation {
                return Err(at);
            }
            if slot.hash == hash {
                let text = self.texts[slot.symbol as usize];
                let (from, len) = if text.len & Text::OWN == 0 {
                    (source, text.len)
                } else {
                    (buffer, text.len & !Text::OWN)
                };
                if from.get(text.start as usize..(text.start + len) as usize) == Some(bytes) {
                    return Ok(Symbol::new(slot.symbol as usize));
                }
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
            let mut at = slot.hash as usize & mask;
            while self.slots[at].generation == self.generation {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }
}
