//! Buffers for the fields of records. Small ones, which are nearly all, are carved out of chunks and kept by size until the
//! run ends; larger ones come from the allocator one by one.
#![allow(unsafe_code)]

use crate::object::vectors::VectorBuffers;
use std::alloc::{Layout, alloc, dealloc};
use std::mem::MaybeUninit;

/// How many buffers a chunk is good for.
const PER_CHUNK: usize = 64;

/// The buffers of a heap.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// By words: the first free one, whose first word is the address of the next.
    free: [*mut u64; Self::SMALL + 1],
    chunks: Vec<Box<[MaybeUninit<u64>]>>,
    /// Those of vectors.
    pub(crate) vectors: VectorBuffers,
}

impl Default for Buffers {
    fn default() -> Self {
        Self {
            free: [std::ptr::null_mut(); Self::SMALL + 1],
            chunks: Vec::new(),
            vectors: VectorBuffers::default(),
        }
    }
}

impl Buffers {
    /// The most words of a small buffer.
    pub(crate) const SMALL: usize = 8;
    /// Where machine code finds the free ones, in bytes.
    pub(crate) const FREE: usize = std::mem::offset_of!(Self, free);

    /// A buffer of this many words, at least one; none if there is no memory for it.
    #[inline(always)]
    pub(crate) fn take(&mut self, words: usize) -> Option<*mut u64> {
        if let Some(buffer) = self.at_hand(words) {
            return Some(buffer);
        }
        if words > Self::SMALL {
            return large(words);
        }
        self.refill(words);
        self.at_hand(words)
    }

    /// A small buffer of this many words, if one is free.
    #[inline(always)]
    pub(crate) fn at_hand(&mut self, words: usize) -> Option<*mut u64> {
        let free = self.free.get_mut(words)?;
        let buffer = std::ptr::NonNull::new(*free)?;
        // SAFETY: free buffers are linked through their first words.
        *free = unsafe { buffer.read() } as usize as *mut u64;
        Some(buffer.as_ptr())
    }

    /// Takes a buffer back.
    ///
    /// # Safety
    /// It came from `take` with as many words, and nobody looks at it any more.
    #[inline(always)]
    pub(crate) unsafe fn give_back(&mut self, buffer: *mut u64, words: usize) {
        if words <= Self::SMALL {
            // SAFETY: the caller's promise; it has a first word.
            unsafe { *buffer = self.free[words] as usize as u64 };
            self.free[words] = buffer;
        } else if let Ok(layout) = Layout::array::<u64>(words) {
            // SAFETY: `large` allocated it with this layout.
            unsafe { dealloc(buffer.cast(), layout) };
        }
    }

    /// Drops all small buffers, those in use among them.
    pub(crate) fn clear(&mut self) {
        if !self.chunks.is_empty() {
            *self = Self::default();
        }
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, words: usize) {
        let mut chunk = Box::new_uninit_slice(words * PER_CHUNK);
        let start: *mut MaybeUninit<u64> = chunk.as_mut_ptr();
        let mut next = std::ptr::null_mut();
        for index in (0..PER_CHUNK).rev() {
            // SAFETY: the chunk has room for that many buffers.
            unsafe {
                let buffer: *mut u64 = start.add(index * words).cast();
                *buffer = next as usize as u64;
                next = buffer;
            }
        }
        self.free[words] = next;
        self.chunks.push(chunk);
    }
}

#[cold]
fn large(words: usize) -> Option<*mut u64> {
    let layout = Layout::array::<u64>(words).ok()?;
    // SAFETY: the layout is not empty.
    let data: *mut u64 = unsafe { alloc(layout) }.cast();
    (!data.is_null()).then_some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_come_back_and_do_not_overlap() {
        let mut buffers = Buffers::default();
        let mut taken = Vec::new();
        for round in 0..200usize {
            let words = round % 12 + 1;
            let buffer = buffers.take(words).unwrap();
            // SAFETY: it has that many words.
            unsafe { std::slice::from_raw_parts_mut(buffer, words) }.fill(round as u64);
            taken.push((buffer, words));
        }
        for (round, &(buffer, words)) in taken.iter().enumerate() {
            // SAFETY: nothing gave it back.
            let held = unsafe { std::slice::from_raw_parts(buffer, words) };
            assert!(held.iter().all(|&word| word == round as u64));
        }
        let (last, words) = taken[199];
        // SAFETY: each is given back once.
        taken.iter().for_each(|&(buffer, words)| unsafe { buffers.give_back(buffer, words) });
        assert_eq!((words, buffers.take(8)), (8, Some(last)));
    }
}
