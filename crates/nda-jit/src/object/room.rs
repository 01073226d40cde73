//! Room for the elements of lists and the bytes of text.

use super::{Holds, Object};
use std::alloc::{alloc, alloc_zeroed, dealloc, realloc};

pub(super) fn new_buffer(holds: Holds, capacity: usize, zeroed: bool) -> Option<*mut u8> {
    if capacity == 0 {
        return Some(std::ptr::dangling_mut::<u64>().cast());
    }
    let layout = holds.layout(capacity)?;
    // SAFETY: the layout is not empty.
    let data = unsafe { if zeroed { alloc_zeroed(layout) } else { alloc(layout) } };
    (!data.is_null()).then_some(data)
}

pub(super) fn grown_buffer(header: &Object, capacity: usize) -> Option<*mut u8> {
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
