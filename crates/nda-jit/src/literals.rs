//! The literals and constants of compiled code.
#![allow(unsafe_code)]

use crate::layout::{Layouts, Typed};
use crate::object::{Heap, Holds, Object, fieldless, holds, plain_word, word};
use nda_graph::{Ty, Value, WeightsValue};
use nda_tensor::Loaded;
use std::ptr::NonNull;
use std::sync::Arc;

/// The literals and constants of compiled code: immortal objects, freed with the code.
#[derive(Default, Debug)]
pub struct Literals {
    #[expect(clippy::vec_box, reason = "steps point to the objects, which must stay where they are")]
    objects: Vec<Box<Object>>,
    /// The matrices that objects stand for.
    loaded: Vec<Arc<Loaded>>,
}

// SAFETY: after `add` nobody changes an immortal object, not even its count of owners.
unsafe impl Send for Literals {}
// SAFETY: as above.
unsafe impl Sync for Literals {}

impl Literals {
    /// Makes an immortal object of a type that these layouts are of, and gives its word; plain values are their own word. None
    /// if it names weights that are not there.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub fn add_of(
        &mut self,
        value: &Value,
        layouts: Option<&Arc<Layouts>>,
        ty: Ty,
        weights: &dyn Fn(&WeightsValue) -> Option<Arc<Loaded>>,
    ) -> Option<u64> {
        self.add(value, Typed::new(layouts, ty), weights)
    }

    /// Makes an immortal object and gives its word; plain values are their own word. None if it names weights that are not
    /// there.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub(crate) fn add(
        &mut self,
        value: &Value,
        typed: Typed<'_>,
        weights: &dyn Fn(&WeightsValue) -> Option<Arc<Loaded>>,
    ) -> Option<u64> {
        Some(match value {
            Value::Str(text) => self.text(text),
            Value::List { items, .. } => {
                let holds = holds(typed.ty);
                let mut list = Object::of_code(holds, items.len());
                for item in items {
                    let element = typed.element().expect("a list has a list type");
                    let item = self.add(item, element, weights)?;
                    Heap::push_word(NonNull::from(&mut *list), item);
                }
                self.seal(list)
            }
            // One with entries is no literal.
            Value::Map(_) => self.seal(Object::map_of_code(typed)),
            Value::Vector(elements) => self.seal(Object::vector_of_code(elements)),
            Value::Weights(named) => self.tensor(weights(named)?),
            _ => match typed.place(value, |field, typed| self.add(field, typed, weights).ok_or(())) {
                Err(()) => return None,
                Ok(Some(placed)) if placed.words.is_empty() => fieldless(typed.ty, placed.variant),
                Ok(Some(placed)) => self.seal(Object::record_of_code(&placed)),
                Ok(None) => plain_word(value),
            },
        })
    }

    /// Makes an immortal vector or matrix of what a store has.
    #[must_use]
    pub fn tensor(&mut self, loaded: Arc<Loaded>) -> u64 {
        match loaded.floats() {
            Some(floats) => self.seal(Object::vector_of_code(floats)),
            None => {
                let object = Object::of_weights(&loaded);
                self.loaded.push(loaded);
                self.seal(object)
            }
        }
    }

    /// Makes an immortal text.
    ///
    /// # Panics
    /// If there is no memory for it.
    pub fn text(&mut self, text: &str) -> u64 {
        let mut object = Object::of_code(Holds::Bytes, text.len());
        Heap::push_text(NonNull::from(&mut *object), text);
        self.seal(object)
    }

    fn seal(&mut self, mut object: Box<Object>) -> u64 {
        object.seal();
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
            // SAFETY: the code that looked at it is gone.
            unsafe { object.free_of_code() };
        }
    }
}
