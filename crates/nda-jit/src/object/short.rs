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
        let words = short_words(Holds::Bytes, text.len())?;
        let bytes = size::new_text(text.len() as u64);
        if self.free.is_null() || self.can_charge(bytes).is_err() {
            return None;
        }
        let data: *mut u8 = self.buffers.at_hand(words)?.cast();
        self.held_bytes += bytes;
        self.peak_bytes = self.peak_bytes.max(self.held_bytes);
        // SAFETY: the buffer has that many words.
        unsafe { copy(text.as_bytes(), data) };
        let (holds, len) = (Holds::Bytes, text.len());
        // There is a header, so this adds none.
        Some(word(self.header(Object { owners: 1, holds, objects: 0, len, capacity_or_variant: len, data })))
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
