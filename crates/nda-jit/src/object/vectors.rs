//! Vectors and matrices on the heap. Buffers of vectors are kept from one to the next and from run to run: a warm run asks for
//! no memory.
#![allow(unsafe_code)]

use super::{Heap, Holds, IMMORTAL, Object, ObjectRef};
use crate::fault::Cause;
use nda_graph::run::size;
use nda_tensor::Loaded;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::sync::Arc;

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

impl Object {
    /// The elements of a vector.
    #[inline(always)]
    pub fn floats(&self) -> &[f32] {
        debug_assert!(self.holds == Holds::Floats);
        // SAFETY: a vector's buffer has `len` elements, all of them numbers since it was made.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }

    /// The elements of a vector whose holder owns it alone.
    #[inline(always)]
    pub fn floats_mut(&mut self) -> &mut [f32] {
        debug_assert!(self.holds == Holds::Floats);
        // SAFETY: as in `floats`; `&mut self` is the only way to it.
        unsafe { std::slice::from_raw_parts_mut(self.data.cast(), self.len) }
    }

    /// A matrix of the store.
    #[inline(always)]
    pub fn weights(&self) -> &Loaded {
        debug_assert!(self.holds == Holds::Weights);
        // SAFETY: `of_weights` put it there, and the code that keeps it is alive.
        unsafe { &*self.data.cast() }
    }

    /// A matrix of the store as an object of code, which keeps it.
    pub(crate) fn of_weights(loaded: &Arc<Loaded>) -> Box<Self> {
        let data = Arc::as_ptr(loaded).cast_mut().cast();
        Box::new(Object {
            owners: 1,
            holds: Holds::Weights,
            objects: 0,
            len: 0,
            capacity_or_variant: 0,
            data,
        })
    }

    /// A vector of code.
    pub(crate) fn vector_of_code(elements: &[f32]) -> Box<Self> {
        let mut vector = Self::of_code(Holds::Floats, elements.len());
        vector.len = elements.len();
        // SAFETY: its buffer has room for that many elements.
        unsafe { vector.data.cast::<f32>().copy_from_nonoverlapping(elements.as_ptr(), elements.len()) };
        vector
    }
}

impl Heap {
    /// A vector of `len` numbers of any value, with one owner.
    pub fn vector(&mut self, len: usize) -> Result<ObjectRef, Cause> {
        let charged = size::vector(len as u64);
        self.charge(charged)?;
        let Some(data) = self.buffers.vectors.take(len) else {
            self.held_bytes -= charged;
            return Err(Cause::Memory);
        };
        let data = data.cast();
        let (holds, capacity_or_variant) = (Holds::Floats, len);
        Ok(self.header(Object { owners: 1, holds, objects: 0, len, capacity_or_variant, data }))
    }

    /// Charges for a vector of `len` elements that is never made.
    pub(crate) fn charge_vector(&mut self, len: usize) -> Result<(), Cause> {
        self.charge(size::vector(len as u64))
    }

    /// Takes back what [`Heap::charge_vector`] charged.
    pub(crate) fn uncharge_vector(&mut self, len: usize) {
        self.held_bytes -= size::vector(len as u64);
    }

    /// One owner less of a vector that is still looked at. If that was the last one it is not charged for any more, and whoever
    /// looks at it calls [`Heap::free_released`] afterwards: then this is true.
    ///
    /// # Safety
    /// The vector is alive.
    pub(crate) unsafe fn release_early(&mut self, mut vector: ObjectRef) -> bool {
        // SAFETY: the caller's promise; what is not immortal belongs to this run alone.
        let header = unsafe { vector.as_mut() };
        match header.owners {
            1 => {
                self.held_bytes -= header.charged();
                true
            }
            IMMORTAL => false,
            _ => {
                header.owners -= 1;
                false
            }
        }
    }

    /// Frees a vector that [`Heap::release_early`] took the last owner from.
    ///
    /// # Safety
    /// It did, and nobody looks at the vector any more.
    pub(crate) unsafe fn free_released(&mut self, vector: ObjectRef) {
        // SAFETY: the caller's promise: its last owner is still counted.
        self.held_bytes += unsafe { vector.as_ref() }.charged();
        self.release(vector);
    }

    /// A vector of these numbers, with one owner.
    pub fn vector_of(&mut self, elements: &[f32]) -> Result<ObjectRef, Cause> {
        let mut vector = self.vector(elements.len())?;
        // SAFETY: fresh, and nobody else holds it.
        unsafe { vector.as_mut() }.floats_mut().copy_from_slice(elements);
        Ok(vector)
    }
}
