//! Tuples, structs and enums, where machine code does not do by itself.

use super::{Status, guarded, status};
use crate::fault::Cause;
use crate::layout::LayoutsOf;
use crate::object::{Heap, reference, word};
use crate::state::JitState;
use crate::steps::records::other_variant;
use nda_graph::Ty;

/// A record of one variant: how many fields, how many of them are objects, and which variant it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Fields.
    pub count: u16,
    /// Of them objects.
    pub objects: u16,
    /// The variant.
    pub variant: u16,
}

impl Shape {
    /// As machine code hands it over.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        u64::from(self.count) | u64::from(self.objects) << 16 | u64::from(self.variant) << 32
    }

    fn from_bits(bits: u64) -> Self {
        Self { count: bits as u16, objects: (bits >> 16) as u16, variant: (bits >> 32) as u16 }
    }
}

/// A record of the words from `fields` on, which it takes over; 0 if there is no memory for it.
pub unsafe extern "C" fn make(fields: *const u64, shape: u64, state: &mut JitState<'_>) -> u64 {
    let Shape { count, objects, variant } = Shape::from_bits(shape);
    // SAFETY: the translator put that many words there.
    let fields = unsafe { std::slice::from_raw_parts(fields, count.into()) };
    state.heap.record(variant.into(), objects, fields).map_or(0, word)
}

/// Gives up a record whose fields were copied into variables: the only owner gives them away, else they get one more owner
/// each.
pub unsafe extern "C" fn unpacked(record: u64, state: &mut JitState<'_>) {
    // SAFETY: the translator gives a record that is alive, and owns it.
    unsafe {
        let record = reference(record).unwrap_unchecked();
        if record.as_ref().is_unique() {
            state.heap.free_shell(record);
        } else {
            record.as_ref().parts().iter().filter_map(|&word| reference(word)).for_each(Heap::share);
            state.heap.release(record);
        }
    }
}

/// Makes the record that `place` holds its holder's alone.
pub unsafe extern "C" fn own(state: &mut JitState<'_>, place: *mut u64) -> Status {
    // SAFETY: the translator gives the address of a word that holds a record.
    guarded(state, |state| state.make_unique(unsafe { &mut *place }).map(|_| ()))
}

/// A type whose values are looked into, and where its variants have their names.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The type.
    pub ty: Ty,
    /// Of the types of the code.
    pub layouts: LayoutsOf,
}

/// A value of another variant than is wanted.
pub unsafe extern "C" fn other(found: u64, wanted: &Wanted, state: &mut JitState<'_>) -> Status {
    // SAFETY: the unit keeps its layouts.
    let cause: Cause = unsafe { other_variant(found as u32, wanted.layouts, wanted.ty, state) };
    status(cause)
}
