//! Steps that make, read and take apart tuples, structs and values of enums.

use super::lists::{Operands, Work, object};
use crate::fault::{Cause, Fault};
use crate::object::{Heap, reference};
use crate::record::{Shape, Typed, variant_of};
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};
use nda_graph::run::message;

/// `dst = shape(words…)`: takes the fields from consecutive slots.
#[derive(Clone, Copy)]
pub(crate) struct Construct {
    pub(crate) words: u16,
    pub(crate) dst: u16,
    pub(crate) shape: &'static Shape,
}

// SAFETY: touches the slots it was given only; the code owns the shape.
unsafe impl Captures for Construct {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let first = fp.add(captures.words as usize);
            let fields = std::slice::from_raw_parts(first, captures.shape.fields.len());
            match state.heap.record(captures.shape, fields) {
                Ok(word) => {
                    *fp.add(captures.dst as usize) = word;
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

/// `dst =` the number of the variant that `a` is of.
#[derive(Clone, Copy)]
pub(crate) struct Tag;

impl Work for Tag {
    unsafe fn apply(o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let variant = variant_of(object(fp, o.a));
            o.release(fp, state);
            *fp.add(o.dst as usize) = variant.into();
        }
        Ok(())
    }
}

/// `dst = record.index`.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub(crate) record: u16,
    pub(crate) dst: u16,
    pub(crate) index: u32,
    pub(crate) variant: u16,
    /// Whether the variant may be another one.
    pub(crate) checked: bool,
    /// Whether the field is an object that gets one more owner.
    pub(crate) shares: bool,
    /// Whether the record is released afterwards.
    pub(crate) owned: bool,
}

// SAFETY: touches the slots it was given only.
unsafe impl Captures for Field {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise; a record of the right variant has the field, as the verifier proved.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let record = object(fp, captures.record);
            if captures.checked && variant_of(record) != u32::from(captures.variant) {
                return other_variant(ip, fp, state, record.as_ref().shape());
            }
            let word = *record.as_ref().fields().get_unchecked(captures.index as usize);
            if captures.shares
                && let Some(shared) = reference(word)
            {
                Heap::share(shared);
            }
            if captures.owned {
                state.heap.release(record);
            }
            *fp.add(captures.dst as usize) = word;
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

#[cold]
#[inline(never)]
fn other_variant(ip: Ip, fp: Fp, state: &mut JitState<'_>, found: &Shape) -> JitControlFlow {
    let cause = state.explain(Cause::Panic, message::variant(&found.name));
    trap(ip, fp, state, Fault::at_root(cause))
}

/// Takes a record apart into consecutive slots.
#[derive(Clone, Copy)]
pub(crate) struct Unpack {
    pub(crate) record: u16,
    pub(crate) first: u16,
    pub(crate) variant: u16,
}

// SAFETY: touches the slots it was given only.
unsafe impl Captures for Unpack {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise; there is a slot for each field of the variant.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let record = object(fp, captures.record);
            let header = record.as_ref();
            if variant_of(record) != u32::from(captures.variant) {
                return other_variant(ip, fp, state, header.shape());
            }
            let first = fp.add(captures.first as usize);
            first.copy_from_nonoverlapping(header.fields().as_ptr(), header.fields().len());
            if header.is_unique() {
                // Its fields belong to the slots now.
                state.heap.free_shell(record);
            } else {
                Heap::share_fields(header);
                state.heap.release(record);
            }
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// Checks the variant of an enum without payloads.
#[derive(Clone, Copy)]
pub(crate) struct IsVariant {
    pub(crate) word: u16,
    pub(crate) variant: u16,
    pub(crate) typed: Typed,
}

// SAFETY: reads the slot it was given only; the code owns the table.
unsafe impl Captures for IsVariant {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let found = *fp.add(captures.word as usize) as u32;
            if found != u32::from(captures.variant) {
                return other_variant(ip, fp, state, captures.typed.shape(found));
            }
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}
