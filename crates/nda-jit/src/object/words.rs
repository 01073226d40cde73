//! What the words of slots stand for.

use super::{Holds, Object, ObjectRef};
use nda_graph::{Ty, Value};
use std::ptr::NonNull;

/// What lists of this type hold.
#[must_use]
pub fn holds(list: Ty) -> Holds {
    match list.element() {
        Some(element) if element.is_object() => Holds::Objects,
        Some(Ty::BOOL) => Holds::Bools,
        Some(_) => Holds::Words,
        None => Holds::Bytes,
    }
}

/// The object a word stands for; none where it was moved away, or is a variant without fields. Objects lie at even
/// addresses.
#[inline(always)]
#[must_use]
pub fn reference(word: u64) -> Option<ObjectRef> {
    if word & 1 == 0 { NonNull::new(word as usize as *mut Object) } else { None }
}

/// The word of a variant without fields, of a type whose other values are objects.
#[inline(always)]
#[must_use]
pub const fn unit_variant(variant: u32) -> u64 {
    (variant as u64) << 1 | 1
}

/// The word of a variant without fields.
pub(crate) fn fieldless(ty: Ty, variant: u32) -> u64 {
    if ty.is_object() { unit_variant(variant) } else { u64::from(variant) }
}

/// Which variant the value of an object type is.
///
/// # Safety
/// The word is of a composite object type, and alive.
#[inline(always)]
pub(crate) unsafe fn variant_of(word: u64) -> u32 {
    match reference(word) {
        // SAFETY: the caller's promise.
        Some(record) => unsafe { record.as_ref() }.variant(),
        None => (word >> 1) as u32,
    }
}

pub(crate) fn plain_word(value: &Value) -> u64 {
    match value {
        Value::Bool(value) => u64::from(*value),
        Value::Int(value) => *value as u64,
        Value::Float(value) => value.to_bits(),
        _ => 0,
    }
}

/// The word for an object.
#[inline(always)]
#[must_use]
pub fn word(object: ObjectRef) -> u64 {
    object.as_ptr() as usize as u64
}
