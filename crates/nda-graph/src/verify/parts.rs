//! Parts that nest, and what is known of the variables where control parts and meets again.

use super::{
    DECLARED, HELD, MAX_HEIGHT, NO_LITERAL, NOT_BORROWED, Operand, Region, RegionKind, State, VALUE,
    Verifier, WORDS, is_loop,
};
use crate::Ty;
use crate::node::Slot;
use crate::rejection::Reason;

impl Verifier {
    pub(super) fn open(&mut self, kind: RegionKind, operands: usize) -> Result<(), Reason> {
        let base = self.operands.len() - operands;
        let first = if operands > 0 { self.operands[base].first } else { self.nodes };
        let height = self.operands[base..].iter().map(|operand| operand.height).max().unwrap_or(0);
        if self.regions.len() + height as usize >= MAX_HEIGHT as usize {
            return Err(Reason::TooLarge("nesting"));
        }
        self.operands.truncate(base);
        let entry = self.save();
        let exit = State { dead: true, ..self.save() };
        let (floor, slots) = (self.operands.len() as u32, self.slots.len() as u32);
        self.floor = floor as usize;
        self.regions.push(Region { kind, floor, first, height, slots, entry, exit });
        Ok(())
    }

    /// A counted loop may run no round at all: its exit joins the entry. Its variable is fresh in each round.
    pub(super) fn begin_counted(&mut self, variable: Ty) -> Result<(), Reason> {
        self.exit_through(self.regions.len() - 1)?;
        self.declare(variable);
        Ok(())
    }

    pub(super) fn closes(&self, wanted: impl Fn(RegionKind) -> bool, value: Ty) -> Result<(), Reason> {
        let region = self.regions.last().ok_or(Reason::Misplaced)?;
        if !wanted(region.kind) {
            return Err(Reason::Misplaced);
        }
        if self.operands.len() != region.floor as usize + 1 {
            return Err(Reason::TooFewOperands);
        }
        self.owned(1, 0, value)
    }

    /// Closes the innermost part: its value goes, and one of type `ty` comes that spans it all.
    pub(super) fn close(&mut self, ty: Ty) -> Result<(), Reason> {
        let region = self.regions.pop().ok_or(Reason::Misplaced)?;
        self.floor = self.regions.last().map_or(0, |region| region.floor as usize);
        let inner = self.operands.pop().map_or(0, |operand| operand.height);
        self.saved.truncate(region.entry.start as usize);
        let height = region.height.max(inner) + 1;
        let first = region.first;
        self.operands.push(Operand { ty, first, height, borrow: NOT_BORROWED, literal: NO_LITERAL });
        Ok(())
    }

    pub(super) fn else_part(&mut self) -> Result<(), Reason> {
        let region = *self.regions.last().ok_or(Reason::Misplaced)?;
        if region.kind != RegionKind::Then || self.operands.len() != region.floor as usize + 1 {
            return Err(Reason::Misplaced);
        }
        let value = self.operands[self.operands.len() - 1];
        if value.borrow != NOT_BORROWED {
            return Err(Reason::Borrowed);
        }
        let last = self.regions.len() - 1;
        self.exit_through(last)?;
        self.operands.pop();
        self.restore(region.entry);
        let open = &mut self.regions[last];
        open.kind = RegionKind::Else(value.ty);
        open.height = open.height.max(value.height);
        Ok(())
    }

    pub(super) fn close_if(&mut self) -> Result<(), Reason> {
        let region = *self.regions.last().ok_or(Reason::Misplaced)?;
        let RegionKind::Else(then) = region.kind else { return Err(Reason::Misplaced) };
        if self.operands.len() != region.floor as usize + 1 {
            return Err(Reason::TooFewOperands);
        }
        let otherwise = self.operand(1, 0)?;
        if otherwise.borrow != NOT_BORROWED {
            return Err(Reason::Borrowed);
        }
        let ty = if then == Ty::NEVER { otherwise.ty } else { then };
        self.typed(1, 0, ty)?;
        self.holds_nothing_from(region.slots)?;
        self.merge_into_current(region.exit);
        self.close(ty)
    }

    pub(super) fn loop_region(&self, up: u32) -> Result<usize, Reason> {
        let mut left = up;
        for (index, region) in self.regions.iter().enumerate().rev() {
            if is_loop(region.kind) {
                if left == 0 {
                    return Ok(index);
                }
                left -= 1;
            }
        }
        Err(Reason::NoSuch("enclosing loop", up))
    }

    pub(super) fn diverge(&mut self, operands: usize) -> Result<(), Reason> {
        self.produce(operands, Ty::NEVER)?;
        self.dead = true;
        Ok(())
    }

    #[inline]
    pub(super) fn is_set(&self, slot: Slot) -> bool {
        self.bit(slot, VALUE)
    }

    #[inline]
    pub(super) fn bit(&self, slot: Slot, which: usize) -> bool {
        self.dead || self.set[slot as usize / 64 * WORDS + which] >> (slot % 64) & 1 == 1
    }

    /// The slot has a value, or was emptied; either way it was declared.
    pub(super) fn set_bit(&mut self, slot: Slot, value: bool) {
        let at = slot as usize / 64 * WORDS;
        if at >= self.set.len() {
            self.set.resize(at + WORDS, 0);
        }
        let bit = 1 << (slot % 64);
        self.set[at + DECLARED] |= bit;
        if !value {
            self.set[at + VALUE] &= !bit;
            self.set[at + HELD] &= !bit;
            return;
        }
        self.set[at + VALUE] |= bit;
        if self.slots[slot as usize].is_object() {
            self.set[at + HELD] |= bit;
        }
    }

    /// No slot from `first` on may hold an object: control leaves their scope.
    pub(super) fn holds_nothing_from(&self, first: Slot) -> Result<(), Reason> {
        if self.dead {
            return Ok(());
        }
        for group in first as usize / 64..self.set.len() / WORDS {
            let own = if group == first as usize / 64 { u64::MAX << (first % 64) } else { u64::MAX };
            let held = self.set[group * WORDS + HELD] & own;
            if held != 0 {
                return Err(Reason::Kept(group as u32 * 64 + held.trailing_zeros()));
            }
        }
        Ok(())
    }

    /// Whether the variables are looked at when the body has run, and keep what they hold.
    pub(crate) fn keeps_variables(&self) -> bool {
        self.shows_variables
    }

    /// The slots from `first` on that may hold an object.
    pub(crate) fn held_from(&self, first: Slot) -> Vec<Slot> {
        let held = |slot: &Slot| !self.dead && self.bit(*slot, HELD);
        (first..self.slot_count()).filter(held).collect()
    }

    /// The open parts, the innermost last: of each the slots that must be released before it ends, and those that must
    /// have a value again before its loop goes round.
    pub(crate) fn open_regions(&self) -> impl Iterator<Item = (RegionKind, (Vec<Slot>, Vec<Slot>))> + '_ {
        self.regions.iter().map(|region| {
            let mut holds = self.held_from(region.slots);
            let mut lost = Vec::new();
            if is_loop(region.kind) && !self.dead && !region.entry.dead {
                for slot in 0..region.slots {
                    let at = |which| slot as usize / 64 * WORDS + which;
                    let before = |which| self.saved_word(region.entry, at(which)) >> (slot % 64) & 1 == 1;
                    if self.bit(slot, HELD) && !before(HELD) {
                        holds.push(slot);
                    }
                    if !self.bit(slot, VALUE) && before(VALUE) {
                        lost.push(slot);
                    }
                }
            }
            (region.kind, (holds, lost))
        })
    }

    pub(super) fn save(&mut self) -> State {
        let start = self.saved.len() as u32;
        self.saved.extend_from_slice(&self.set);
        State { start, words: self.set.len() as u32, dead: self.dead }
    }

    pub(super) fn saved_word(&self, state: State, word: usize) -> u64 {
        if word < state.words as usize { self.saved[state.start as usize + word] } else { 0 }
    }

    pub(super) fn restore(&mut self, state: State) {
        self.dead = state.dead;
        for word in 0..self.set.len() {
            self.set[word] = self.saved_word(state, word);
        }
    }

    /// The current state becomes what holds whether control came from here or from `other`.
    pub(super) fn merge_into_current(&mut self, other: State) {
        if other.dead {
            return;
        }
        if self.dead {
            self.restore(other);
            return;
        }
        for word in 0..self.set.len() {
            self.set[word] = either(word, self.set[word], self.saved_word(other, word));
        }
    }

    /// Control also leaves region `index` in the current state.
    pub(super) fn exit_through(&mut self, index: usize) -> Result<(), Reason> {
        self.holds_nothing_from(self.regions[index].slots)?;
        if self.dead {
            return Ok(());
        }
        let exit = self.regions[index].exit;
        for word in 0..exit.words as usize {
            let saved = &mut self.saved[exit.start as usize + word];
            *saved = if exit.dead { self.set[word] } else { either(word, self.set[word], *saved) };
        }
        self.regions[index].exit.dead = false;
        Ok(())
    }

    /// What had a value when the loop began has one in the next round, and what was empty is empty, or the round could
    /// not be checked once.
    pub(super) fn goes_round(&self, region: Region) -> Result<(), Reason> {
        self.holds_nothing_from(region.slots)?;
        let entry = region.entry;
        if self.dead || entry.dead {
            return Ok(());
        }
        for word in 0..entry.words as usize {
            let (before, now) = (self.saved_word(entry, word), self.set[word]);
            let wrong = if word % WORDS == HELD { now & !before } else { before & !now };
            if wrong != 0 {
                let slot = (word / WORDS) as u32 * 64 + wrong.trailing_zeros();
                return Err(if word % WORDS == HELD { Reason::Kept(slot) } else { Reason::LoopLoses(slot) });
            }
        }
        Ok(())
    }
}

/// What is known where control comes from two sides, `word` saying of what: sure is what is sure on both, possible what
/// is possible on either.
fn either(word: usize, a: u64, b: u64) -> u64 {
    if word % WORDS == HELD { a | b } else { a & b }
}
