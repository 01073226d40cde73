//! Buffers of vectors, kept from one to the next and from run to run: a warm run asks for no memory.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};

/// Most buffers that are kept.
const MOST: usize = 64;
/// Most elements that kept buffers have together.
const MOST_ELEMENTS: usize = 1 << 20;

/// Buffers that no vector uses. All their elements are numbers.
#[derive(Default, Debug)]
pub(crate) struct VectorBuffers {
    kept: Vec<(usize, *mut f32)>,
    elements: usize,
}

impl VectorBuffers {
    /// A buffer of `len` elements of any value; none if there is no memory for it.
    pub(crate) fn take(&mut self, len: usize) -> Option<*mut f32> {
        if let Some(at) = self.kept.iter().rposition(|&(kept, _)| kept == len) {
            self.elements -= len;
            return Some(self.kept.swap_remove(at).1);
        }
        let layout = Layout::array::<f32>(len).ok().filter(|layout| layout.size() > 0)?;
        // SAFETY: the layout is not empty.
        let data = unsafe { alloc_zeroed(layout) };
        (!data.is_null()).then_some(data.cast())
    }

    /// Takes a buffer back.
    ///
    /// # Safety
    /// It came from [`VectorBuffers::take`] for this length, and nobody looks at it any more.
    pub(crate) unsafe fn give_back(&mut self, data: *mut f32, len: usize) {
        if self.kept.len() < MOST && self.elements + len <= MOST_ELEMENTS {
            self.kept.push((len, data));
            self.elements += len;
        } else {
            // SAFETY: the caller's promise.
            unsafe { free(data, len) };
        }
    }
}

impl Drop for VectorBuffers {
    fn drop(&mut self) {
        for &(len, data) in &self.kept {
            // SAFETY: kept buffers came from `take` for their lengths.
            unsafe { free(data, len) };
        }
    }
}

/// # Safety
/// It came from [`VectorBuffers::take`] for this length.
unsafe fn free(data: *mut f32, len: usize) {
    if let Ok(layout) = Layout::array::<f32>(len) {
        // SAFETY: the caller's promise.
        unsafe { dealloc(data.cast(), layout) };
    }
}
