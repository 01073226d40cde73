//! Steps on maps.

use super::lists::{Operands, Work, object, slot};
use crate::fault::Cause;
use crate::layout::{LayoutsOf, Typed};
use crate::object::{Heap, Object, ObjectRef, reference, word};
use crate::state::JitState;
use crate::step::Fp;
use crate::tree::Entry;
use crate::values::{head, write_value};
use nda_graph::run::{cost, message};

/// `dst` = an empty map; `ty` is its type.
#[derive(Clone, Copy)]
pub(crate) struct New {
    pub(crate) layouts: LayoutsOf,
}

impl Work for New {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let map = state.heap.map(self.layouts.of(o.ty))?;
            slot!(fp, o.dst) = word(map);
            Ok(())
        }
    }
}

/// `dst` is at which position key `b` stands in map `a`, whose type is `ty`; if it is not there, -1 minus where it would.
#[derive(Clone, Copy)]
pub(crate) struct Search {
    pub(crate) layouts: LayoutsOf,
    /// Whether it is a trap if the key is not there.
    pub(crate) must_find: bool,
}

impl Work for Search {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (map, key) = (object(fp, o.a).as_ref(), slot!(fp, o.b));
            let (keys, _) = self.layouts.of(o.ty).map_parts().expect("a map has a map's type");
            weigh(map, keys, key, state)?;
            let found = map.position(keys, head(keys, key), key);
            if self.must_find && found.is_err() {
                let words = message::absent(map.len as u64, |out| write_value(out, keys, key));
                return Err(state.explain(Cause::Index, words));
            }
            o.release(fp, state);
            slot!(fp, o.dst) = match found {
                Ok(at) => at as u64,
                Err(at) => (-1 - at as i64) as u64,
            };
            Ok(())
        }
    }
}

/// Which part of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Key,
    Value,
}

/// `dst` = a part of the entry of map `a` at position `b`.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub(crate) part: Part,
    /// Whether it is an object and gets one more owner.
    pub(crate) share: bool,
}

impl Work for At {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let map = object(fp, o.a).as_ref();
            let position = slot!(fp, o.b);
            let Some(tree) = map.tree().filter(|_| position < map.len as u64) else {
                let text = message::entry(position as i64, map.len as u64);
                return Err(state.explain(Cause::Index, text));
            };
            let part = match self.part {
                Part::Key => tree.key(position as usize),
                Part::Value => tree.value(position as usize),
            };
            if self.share
                && let Some(shared) = reference(part)
            {
                Heap::share(shared);
            }
            o.release(fp, state);
            slot!(fp, o.dst) = part;
            Ok(())
        }
    }
}

/// `dst` = a list of a part of all entries of map `a`; `ty` is the list's type.
#[derive(Clone, Copy)]
pub(crate) struct All {
    pub(crate) part: Part,
}

impl Work for All {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let map = object(fp, o.a).as_ref();
            state.charge(cost::elements(map.len as u64))?;
            let list = state.heap.allocate(crate::object::holds(o.ty), map.len)?;
            let are_objects = o.ty.element().is_some_and(nda_graph::Ty::is_object);
            if let Some(tree) = map.tree() {
                tree.each(|key, value| {
                    let part = if self.part == Part::Key { key } else { value };
                    if are_objects && let Some(shared) = reference(part) {
                        Heap::share(shared);
                    }
                    Heap::push_word(list, part);
                });
            }
            o.release(fp, state);
            slot!(fp, o.dst) = word(list);
            Ok(())
        }
    }
}

/// Charges a search for a key.
#[inline(always)]
fn weigh(map: &Object, keys: Typed<'_>, key: u64, state: &mut JitState<'_>) -> Result<(), Cause> {
    if keys.ty.is_object() && map.len > 0 {
        let weight = state.weight(keys, key)?;
        state.charge(cost::search(weight, map.len as u64))?;
    }
    Ok(())
}

/// Puts a value under a key of the map in `place`, whose type is `typed`; both are taken over.
///
/// # Safety
/// The place holds a map of that type.
pub(super) unsafe fn put(
    place: &mut u64,
    typed: Typed<'_>,
    (key, value): (u64, u64),
    state: &mut JitState<'_>,
) -> Result<(), Cause> {
    // SAFETY: the caller's promise.
    unsafe {
        let shared = reference(*place).unwrap_unchecked();
        let before = shared.as_ref();
        let (keys, values) = typed.map_parts().expect("a map has a map's type");
        weigh(before, keys, key, state)?;
        let head = head(keys, key);
        let mut found = before.look(keys, head, key);
        if found.is_err() {
            state.charge(cost::entry(before.len as u64))?;
        }
        let map = state.make_unique(place)?;
        if map != shared {
            // Nobody has looked at the copy yet.
            found = map.as_ref().look(keys, head, key);
        }
        match found {
            Ok(at) => {
                let before = std::mem::replace((*map.as_ptr()).value_here(at), value);
                for (typed, word) in [(keys, key), (values, before)] {
                    if typed.ty.is_object() {
                        reference(word).into_iter().for_each(|gone| state.heap.release(gone));
                    }
                }
            }
            Err(at) => state.heap.add_entry(map, at, &Entry { head, key, value })?,
        }
        Ok(())
    }
}

/// Takes the entry at a position, which is there, out of the map in `place`, and gives its value.
///
/// # Safety
/// The place holds a map.
pub(super) unsafe fn remove(
    place: &mut u64,
    position: usize,
    state: &mut JitState<'_>,
) -> Result<u64, Cause> {
    // SAFETY: the caller's promise.
    unsafe {
        let map: ObjectRef = reference(*place).unwrap_unchecked();
        state.charge(cost::entry(map.as_ref().len as u64))?;
        let map = state.make_unique(place)?;
        let (key, value) = state.heap.remove_entry(map, position);
        if map.as_ref().keys_are_objects() {
            reference(key).into_iter().for_each(|gone| state.heap.release(gone));
        }
        Ok(value)
    }
}
