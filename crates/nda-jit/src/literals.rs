//! Objects that live as long as compiled code: they are *immortal*, nobody counts their owners or changes them.
#![allow(unsafe_code)]

use crate::object::{Heap, Holds, IMMORTAL, Object, free_buffer, holds, new_buffer, record_parts, word};
use crate::record::Typed;
use nda_graph::{Ty, Value};
use std::ptr::NonNull;

/// The literals and constants of compiled code: immortal objects, freed with the code.
#[derive(Default, Debug)]
pub struct Literals {
    #[expect(clippy::vec_box, reason = "steps point to the objects, which must stay where they are")]
    objects: Vec<Box<Object>>,
}

// SAFETY: after `add` nobody changes an immortal object, not even its count of owners.
unsafe impl Send for Literals {}
// SAFETY: as above.
unsafe impl Sync for Literals {}

impl Literals {
    /// Makes an immortal object of a type that needs no table, and gives its word; plain values are their own word.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub fn add_plain(&mut self, ty: Ty, value: &Value) -> u64 {
        self.add(Typed::of(ty, std::ptr::null()), value)
    }

    /// Makes an immortal object of a type and gives its word; plain values are their own word.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub(crate) fn add(&mut self, typed: Typed, value: &Value) -> u64 {
        match value {
            Value::Str(text) => self.text(text),
            Value::Unit => 0,
            Value::Bool(value) => u64::from(*value),
            Value::Int(value) => *value as u64,
            Value::Float(value) => value.to_bits(),
            Value::List { items, .. } => {
                let element = typed.element().expect("values were checked against their types");
                let holds = holds(typed.ty);
                let data = new_buffer(holds, items.len(), false).expect("a literal was in memory before");
                let mut object = Box::new(Object { owners: 1, holds, len: 0, capacity: items.len(), data });
                for item in items {
                    let item = self.add(element, item);
                    Heap::push_word(NonNull::from(&mut *object), item);
                }
                self.seal(object)
            }
            Value::Tuple(_) | Value::Map(_) | Value::Struct(_) | Value::Enum(_) => {
                let (variant, values) = record_parts(value);
                if !typed.ty.is_object() {
                    return variant.into();
                }
                let shape = typed.shape(variant);
                let fields: Vec<u64> = values
                    .into_iter()
                    .zip(&shape.fields)
                    .map(|(value, &typed)| self.add(typed, value))
                    .collect();
                if fields.is_empty() {
                    return shape.unit_word();
                }
                let holds = Holds::Record;
                let data = new_buffer(holds, fields.len(), false).expect("a literal was in memory before");
                // SAFETY: the buffer has room for all of them.
                unsafe { data.cast::<u64>().copy_from_nonoverlapping(fields.as_ptr(), fields.len()) };
                let capacity = &raw const *shape as usize;
                self.seal(Box::new(Object { owners: 1, holds, len: fields.len(), capacity, data }))
            }
        }
    }

    /// Makes an immortal text.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub fn text(&mut self, text: &str) -> u64 {
        let data = new_buffer(Holds::Bytes, text.len(), false).expect("a literal was in memory before");
        let mut object =
            Box::new(Object { owners: 1, holds: Holds::Bytes, len: 0, capacity: text.len(), data });
        Heap::push_text(NonNull::from(&mut *object), text);
        self.seal(object)
    }

    fn seal(&mut self, mut object: Box<Object>) -> u64 {
        object.owners = IMMORTAL;
        let word = word(NonNull::from(&mut *object));
        self.objects.push(object);
        word
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.objects.iter().map(|object| size_of::<Object>() + object.charged() as usize).sum()
    }
}

impl Drop for Literals {
    fn drop(&mut self) {
        for object in &mut self.objects {
            free_buffer(object);
        }
    }
}
