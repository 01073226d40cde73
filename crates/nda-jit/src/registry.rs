//! [`VarRegistry`]: which word of the frame a variable lives in.
//!
//! Word 0 of a frame is the return address. Variables follow in the order of their slots, then come temporaries, which
//! are taken and given back like a stack while an expression is compiled. The frame of a callee starts above the
//! temporaries that are taken at its call.

use nda_graph::Slot;

/// Names to words of the frame.
#[derive(Clone, Copy, Debug)]
pub struct VarRegistry {
    slots: u32,
    taken: u32,
    widest: u32,
}

/// A frame may hold this many words; the graph's own bounds stay far below.
const MAX_FRAME: u32 = 65_000;

/// The function needs a frame larger than steps can address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameTooLarge;

impl VarRegistry {
    /// A frame for this many variables.
    #[must_use]
    pub fn new(slots: u32) -> Self {
        Self { slots, taken: 1 + slots, widest: 1 + slots }
    }

    /// The word of a variable.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> u16 {
        debug_assert!(slot < self.slots);
        (1 + slot) as u16
    }

    /// Takes `count` temporaries in a row.
    ///
    /// # Errors
    /// If the frame has no room for them.
    pub fn take(&mut self, count: u32) -> Result<u16, FrameTooLarge> {
        let first = self.taken;
        self.taken = first + count;
        self.widest = self.widest.max(self.taken);
        if self.taken > MAX_FRAME { Err(FrameTooLarge) } else { Ok(first as u16) }
    }

    /// What is taken now, to give back to.
    #[must_use]
    pub fn mark(&self) -> u32 {
        self.taken
    }

    /// Gives back everything taken since the mark.
    pub fn give_back(&mut self, mark: u32) {
        self.taken = mark;
    }

    /// Whether a word is a temporary.
    #[must_use]
    pub fn is_temporary(&self, word: u16) -> bool {
        u32::from(word) > self.slots
    }

    /// The words the frame needs.
    #[must_use]
    pub fn frame_words(&self) -> u32 {
        self.widest
    }
}
