//! Room for the elements of lists and the bytes of text.

use super::entries::free_tree;
use super::{Holds, Object};
use crate::buffers::Buffers;
use std::alloc::{alloc, alloc_zeroed, dealloc, realloc};

/// The most bytes of a text that lies in a buffer of words, as the fields of a small record do.
const SHORT: usize = 64;

/// How many words the buffer of a short text has.
#[inline(always)]
pub(super) fn short_words(holds: Holds, capacity: usize) -> Option<usize> {
    (holds == Holds::Bytes && capacity > 0 && capacity <= SHORT).then(|| capacity.div_ceil(8))
}

pub(super) fn new_buffer(holds: Holds, capacity: usize, zeroed: bool) -> Option<*mut u8> {
    if capacity == 0 {
        return Some(std::ptr::dangling_mut::<u64>().cast());
    }
    let layout = holds.layout(capacity)?;
    // SAFETY: the layout is not empty.
    let data = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
    (!data.is_null()).then_some(data)
}

fn grown_buffer(header: &Object, capacity: usize) -> Option<*mut u8> {
    if header.capacity_or_variant == 0 {
        return new_buffer(header.holds, capacity, false);
    }
    let old = header.holds.layout(header.capacity_or_variant)?;
    let new = header.holds.layout(capacity)?;
    // SAFETY: `data` was allocated with `old`; the new size is not zero and was checked by `layout`.
    let data = unsafe { realloc(header.data, old, new.size()) };
    (!data.is_null()).then_some(data)
}

pub(super) fn free_buffer(header: &mut Object) {
    let room = if header.holds == Holds::Record { header.len } else { header.capacity_or_variant };
    if room > 0
        && let Some(layout) = header.holds.layout(room)
    {
        // SAFETY: `data` was allocated with this layout.
        unsafe { dealloc(header.data, layout) };
    }
    header.capacity_or_variant = 0;
    header.len = 0;
}

impl Buffers {
    /// Frees what an object holds, but for the objects among it.
    ///
    /// # Safety
    /// It came from these buffers if it is a record or a vector, and nobody looks at it any more.
    #[inline(always)]
    pub(super) unsafe fn free_content(&mut self, object: &mut Object) {
        match object.holds {
            // SAFETY: the caller's promise.
            Holds::Record => unsafe { self.give_back(object.data.cast(), object.len) },
            // SAFETY: the caller's promise.
            Holds::Map => unsafe { free_tree(object) },
            // SAFETY: the caller's promise.
            Holds::Floats => unsafe { self.vectors.give_back(object.data.cast(), object.len) },
            holds => match short_words(holds, object.capacity_or_variant) {
                // SAFETY: the caller's promise: the heap takes buffers of short texts from here.
                Some(words) => unsafe { self.give_back(object.data.cast(), words) },
                None => free_buffer(object),
            },
        }
    }

    /// A larger buffer for a list or text, with what it holds.
    pub(super) fn grown(&mut self, header: &Object, capacity: usize) -> Option<*mut u8> {
        let Some(old) = short_words(header.holds, header.capacity_or_variant) else {
            return match short_words(header.holds, capacity) {
                Some(words) => self.take(words).map(<*mut u64>::cast),
                None => grown_buffer(header, capacity),
            };
        };
        let data = match short_words(header.holds, capacity) {
            Some(words) if words == old => return Some(header.data),
            Some(words) => self.take(words)?.cast(),
            None => new_buffer(header.holds, capacity, false)?,
        };
        // SAFETY: the new buffer is larger, and the old one came from here and is looked at no more.
        unsafe {
            data.copy_from_nonoverlapping(header.data, header.len);
            self.give_back(header.data.cast(), old);
        }
        Some(data)
    }
}
