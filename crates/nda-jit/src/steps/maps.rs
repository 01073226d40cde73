//! Steps on maps.

use super::lists::{Operands, Work, object, slot};
use super::places::own_element;
use crate::fault::{Cause, Fault};
use crate::keys::{Key, Kind};
use crate::layout::{LayoutsOf, Typed};
use crate::number::{Binary, Word};
use crate::object::{Heap, Object, ObjectRef, reference, word};
use crate::operand::Expr;
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};
use crate::tree::Entry;
use crate::values::write_value;
use nda_graph::run::{cost, message};
use std::marker::PhantomData;

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
pub(crate) struct Search<K> {
    pub(crate) layouts: LayoutsOf,
    /// Whether it is a trap if the key is not there.
    pub(crate) must_find: bool,
    pub(crate) kind: PhantomData<K>,
}

impl<K: Kind> Work for Search<K> {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (map, key) = (object(fp, o.a).as_ref(), slot!(fp, o.b));
            let typed = self.layouts.of(o.ty);
            let keys = K::key(typed, key);
            weigh(map, keys, state)?;
            let found = map.position(keys);
            if self.must_find && found.is_err() {
                return Err(absent(map, typed, key, state));
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

/// There is no entry of this key.
#[cold]
#[inline(never)]
fn absent(map: &Object, typed: Typed<'_>, key: u64, state: &mut JitState<'_>) -> Cause {
    let (keys, _) = typed.map_parts().expect("a map has a map's type");
    let words = message::absent(map.len as u64, |out| write_value(out, keys, key));
    state.explain(Cause::Index, words)
}

/// What a search for a key costs.
#[inline(always)]
pub(crate) fn units(map: &Object, key: impl Key, state: &JitState<'_>) -> Result<u64, Cause> {
    Ok(if map.len > 0 { cost::search(key.weight(state)?, map.len as u64) } else { 0 })
}

/// Charges a search for a key.
#[inline(always)]
fn weigh(map: &Object, key: impl Key, state: &mut JitState<'_>) -> Result<(), Cause> {
    state.charge(units(map, key, state)?)
}

/// Puts the value in the word behind `b` under the key in `b`, in the map in variable `a`, whose type is `ty`.
#[derive(Clone, Copy)]
pub(crate) struct Put<K> {
    pub(crate) layouts: LayoutsOf,
    pub(crate) kind: PhantomData<K>,
}

impl<K: Kind> Work for Put<K> {
    // Inside of the step, what it keeps in memory would make a call of the jump behind it.
    #[inline(never)]
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (key, value) = (slot!(fp, o.b), slot!(fp, o.b + 1));
            put::<K>(&mut slot!(fp, o.a), self.layouts.of(o.ty), (key, value), state)
        }
    }
}

/// Puts a value under a key of the map in `place`, whose type is `typed`; both are taken over.
///
/// # Safety
/// The place holds a map of that type, whose keys are of that kind.
#[inline(always)]
pub(super) unsafe fn put<K: Kind>(
    place: &mut u64,
    typed: Typed<'_>,
    (key, value): (u64, u64),
    state: &mut JitState<'_>,
) -> Result<(), Cause> {
    // SAFETY: the caller's promise.
    unsafe {
        let shared = reference(*place).unwrap_unchecked();
        let before = shared.as_ref();
        let keys = K::key(typed, key);
        weigh(before, keys, state)?;
        let mut found = before.look(keys);
        if found.is_err() {
            state.charge(cost::entry(before.len as u64))?;
        }
        let map = state.make_unique(place)?;
        if map != shared {
            // Nobody has looked at the copy yet.
            found = map.as_ref().look(keys);
        }
        match found {
            Ok(at) => {
                let before = std::mem::replace((*map.as_ptr()).value_here(at), value);
                if map.as_ref().keys_are_objects() {
                    reference(key).into_iter().for_each(|gone| state.heap.release(gone));
                }
                if map.as_ref().values_are_objects() {
                    reference(before).into_iter().for_each(|gone| state.heap.release(gone));
                }
            }
            Err(at) => state.heap.add_entry(map, at, &Entry { head: keys.head(), key, value })?,
        }
        Ok(())
    }
}

/// `map[position] op= value` on plain values.
#[derive(Clone, Copy)]
pub(crate) struct UpdateEntry<O, V> {
    pub(crate) map: u16,
    pub(crate) value: V,
    pub(crate) position: u16,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads and writes its map's slot and what the expressions read.
unsafe impl<O, V> Captures for UpdateEntry<O, V>
where
    O: Binary<Out = <O as Binary>::A>,
    V: Expr<Out = O::B>,
{
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value,
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let position = slot!(fp, captures.position);
            let place = fp.add(captures.map as usize);
            let map = &mut *reference(*place).unwrap_unchecked().as_ptr();
            if !map.is_unique() || position >= map.len as u64 {
                return own_element(ip, fp, state, place, position as i64);
            }
            let entry = map.value_mut(position as usize);
            match O::apply(O::A::from_bits(*entry), value) {
                Ok(result) => {
                    *entry = result.to_bits();
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
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
