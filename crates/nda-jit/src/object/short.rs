//! Short texts made of what a heap has at hand, and text put where there is room: none of it can panic, so machine code may call it
//! without a guard.
#![allow(unsafe_code)]

use super::room::short_words;
use super::{Heap, Holds, Object, ObjectRef, word};
use nda_graph::run::size;

impl Heap {
    /// A text of two bytes or more, with one owner, if the heap has a header and a buffer for it and may hold it.
    #[inline(always)]
    pub(crate) fn text_at_hand(&mut self, text: &str) -> Option<u64> {
        // SAFETY: the buffer has that many words.
        self.short_at_hand(text.len(), |data| unsafe { copy(text.as_bytes(), data.cast()) })
    }

    /// The same of the first bytes of a word, eight at most.
    #[inline(always)]
    pub(crate) fn word_at_hand(&mut self, text: u64, len: usize) -> Option<u64> {
        // SAFETY: the buffer has a word. What stands behind the text in there is nobody's.
        self.short_at_hand(len, |data| unsafe { *data = text.to_le() })
    }

    /// A text of so many bytes, which `fill` puts where it says.
    #[inline(always)]
    fn short_at_hand(&mut self, len: usize, fill: impl FnOnce(*mut u64)) -> Option<u64> {
        let words = short_words(Holds::Bytes, len)?;
        let bytes = size::new_text(len as u64);
        if self.free.is_null() || self.can_charge(bytes).is_err() {
            return None;
        }
        let data = self.buffers.at_hand(words)?;
        self.held_bytes += bytes;
        self.peak_bytes = self.peak_bytes.max(self.held_bytes);
        fill(data);
        let (holds, data) = (Holds::Bytes, data.cast());
        // There is a header, so this adds none.
        Some(word(self.header(Object { owners: 1, holds, objects: 0, len, capacity_or_variant: len, data })))
    }

    /// Takes a text apart.
    ///
    /// # Safety
    /// Its only owner gives it up.
    #[inline(always)]
    pub(crate) unsafe fn free_text(&mut self, text: ObjectRef) {
        let header = text.as_ptr();
        // SAFETY: the caller's promise; buffers of short texts come from `buffers`.
        unsafe {
            let room = (*header).capacity_or_variant;
            match short_words(Holds::Bytes, room) {
                Some(words) => self.buffers.give_back((*header).data.cast(), words),
                None => return self.free(text),
            }
            self.held_bytes -= Holds::Bytes.charged(room);
            (*header).holds = Holds::Free;
            (*header).data = self.free.cast();
        }
        self.free = header;
    }

    /// Holds so many bytes for a moment, if it may.
    #[inline(always)]
    pub(crate) fn hold_for_a_moment(&mut self, bytes: u64) -> bool {
        let may = self.can_charge(bytes).is_ok();
        if may {
            self.peak_bytes = self.peak_bytes.max(self.held_bytes.saturating_add(bytes));
        }
        may
    }
}

impl Object {
    /// Whether it is a text that its holder owns alone, with room for so many bytes more.
    #[inline(always)]
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.owners == 1
            && self.holds == Holds::Bytes
            && self.capacity_or_variant.saturating_sub(self.len) >= bytes
    }

    /// Puts text behind the text.
    ///
    /// # Safety
    /// It [has room](Self::has_room), and the text is not inside of it.
    #[inline(always)]
    pub(crate) unsafe fn put(text: ObjectRef, more: &str) {
        // SAFETY: the caller's promise.
        unsafe {
            let header = &mut *text.as_ptr();
            copy(more.as_bytes(), header.data.add(header.len));
            header.len = header.len.wrapping_add(more.len());
        }
    }
}

/// Copies bytes, of which there are few.
///
/// # Safety
/// There is room for them, somewhere else.
#[inline(always)]
unsafe fn copy(from: &[u8], to: *mut u8) {
    /// A first and a last part, which may overlap.
    unsafe fn ends<T>(from: &[u8], to: *mut u8) {
        let last = from.len() - size_of::<T>();
        let from = from.as_ptr();
        // SAFETY: the caller's promise; there are as many bytes as a `T` has.
        unsafe {
            let (a, b) = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
            to.cast::<T>().write_unaligned(a);
            to.add(last).cast::<T>().write_unaligned(b);
        }
    }
    // SAFETY: the caller's promise.
    unsafe {
        match from.len() {
            0 => {}
            1 => *to = from[0],
            2..4 => ends::<u16>(from, to),
            4..8 => ends::<u32>(from, to),
            8..=16 => ends::<u64>(from, to),
            len => to.copy_from_nonoverlapping(from.as_ptr(), len),
        }
    }
}
