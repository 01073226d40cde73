//! [`VarRegistry`]: which word of the frame a variable lives in.
//!
//! Word 0 of a frame is the return address. Variables follow in the order of their slots, then come temporaries, which
//! are taken and given back like a stack while an expression is compiled. The frame of a callee starts above the
//! temporaries that are taken at its call.

use nda_graph::Slot;

/// Names to words of the frame.
#[derive(Debug)]
pub struct VarRegistry {
    window: Window,
    taken: u32,
    widest: u32,
}

/// Where the variables of one body stand. An inlined body's lie among the temporaries of what it was inlined into.
#[derive(Default, Debug)]
pub(crate) struct Window {
    /// The word of the first one.
    pub(crate) first: u16,
    pub(crate) slots: u32,
    /// By parameter: the caller's word that it is another name of, or 0.
    pub(crate) aliases: Vec<u16>,
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
        let window = Window { first: 1, slots, aliases: Vec::new() };
        Self { window, taken: 1 + slots, widest: 1 + slots }
    }

    /// The word of a variable.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> u16 {
        debug_assert!(slot < self.window.slots);
        match self.window.aliases.get(slot as usize) {
            Some(&word) if word != 0 => word,
            _ => self.window.first + slot as u16,
        }
    }

    /// The variable of the body at hand that has this word; none if it is a temporary, or a variable of what the body
    /// was inlined into, which nothing in the body changes.
    #[must_use]
    pub fn variable(&self, word: u16) -> Option<Slot> {
        let slot = u32::from(word).checked_sub(u32::from(self.window.first))?;
        (slot < self.window.slots).then_some(slot)
    }

    /// Looks variables up elsewhere from now on; gives where they were looked up before.
    pub(crate) fn enter(&mut self, window: Window) -> Window {
        std::mem::replace(&mut self.window, window)
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

    /// The words the frame needs.
    #[must_use]
    pub fn frame_words(&self) -> u32 {
        self.widest
    }
}
