//! Short texts made of what a heap has at hand, and text put where there is room: none of it can panic, so machine code may call it
//! without a guard.
#![allow(unsafe_code)]

use super::room::short_words;
use super::{Heap, Holds, Object, ObjectRef, word};
use nda_graph::run::size;
use std::ptr::NonNull;

impl Heap {
    /// A text of two bytes or more, with one owner, if the heap has a header and a buffer for it and may hold it.
    #[inline(always)]
    pub(crate) fn text_at_hand(&mut self, text: &str) -> Option<u64> {
        let words = short_words(Holds::Bytes, text.len())?;
        let header = NonNull::new(self.free)?;
        let held = self.held_with(size::new_text(text.len() as u64))?;
        let data: *mut u8 = self.buffers.at_hand(words)?.cast();
        // SAFETY: the buffer has that many words; the free list holds headers of our slabs, linked through `data`.
        unsafe {
            copy(text.as_bytes(), data);
            self.free = header.as_ref().data.cast();
            header.write(Object {
                owners: 1,
                holds: Holds::Bytes,
                objects: 0,
                len: text.len(),
                capacity_or_variant: text.len(),
                data,
            });
        }
        self.held_bytes = held;
        self.peak_bytes = self.peak_bytes.max(held);
        Some(word(header))
    }

    /// What it would hold with so many bytes more, if it may.
    #[inline(always)]
    fn held_with(&self, bytes: u64) -> Option<u64> {
        let held = self.held_bytes.saturating_add(bytes);
        (held <= self.limit_bytes).then_some(held)
    }

    /// Holds so many bytes for a moment, if it may.
    #[inline(always)]
    pub(crate) fn hold_for_a_moment(&mut self, bytes: u64) -> bool {
        match self.held_with(bytes) {
            Some(held) => {
                self.peak_bytes = self.peak_bytes.max(held);
                true
            }
            None => false,
        }
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
