//! Maps: what machine code has done by plain calls, and the work of steps that follows where those did nothing.
//!
//! Where a search or a look finds our own bug, it has changed nothing yet: the panic is dropped, and the work of steps comes upon it
//! behind its guard.

use super::quick::Quick;
use super::{Job, Status, guarded};
use crate::keys::{Key, PlainKey, TextKey, with_kind};
use crate::layout::{Layouts, LayoutsOf, Typed};
use crate::object::{Heap, Object, reference};
use crate::state::JitState;
use crate::steps::lists::Operands;
use crate::steps::maps::{At, New, Part, Put, units};
use crate::steps::places;
use nda_graph::{Builtin, Ty};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What says that nothing was done: no position, and a word that is as well found the slow way.
const NOTHING: i64 = i64::MIN;

/// The types of a map's keys and values; none of any other type.
#[must_use]
pub fn parts(layouts: Option<&Arc<Layouts>>, ty: Ty) -> Option<(Ty, Ty)> {
    let (key, value) = Typed::new(layouts, ty).map_parts()?;
    Some((key.ty, value.ty))
}

/// Makes an empty map of the operands' type.
#[must_use]
pub fn new(operands: Operands, layouts: LayoutsOf) -> Job {
    Job::new(operands, New { layouts })
}

/// The key or the value at a position; `share` says that it is an object and gets one more owner.
#[must_use]
pub fn at(operands: Operands, is_key: bool, share: bool) -> Job {
    Job::new(operands, At { part: if is_key { Part::Key } else { Part::Value }, share })
}

/// Puts a value under a key, which stand in words one behind the other.
#[must_use]
pub fn put(operands: Operands, layouts: LayoutsOf) -> Job {
    // SAFETY: whoever translates has the layouts of what it translates.
    let typed = unsafe { layouts.of(operands.ty) };
    with_kind!(typed, K, Job::new(operands, Put::<K> { layouts, kind: PhantomData }))
}

/// The quick way to search a map with keys of this type.
#[must_use]
pub fn search(op: Builtin, keys: Ty) -> Option<Quick> {
    let address = match (op, keys) {
        (Builtin::Search, Ty::STR) => search_text::<false> as *const (),
        (Builtin::Locate, Ty::STR) => search_text::<true> as *const (),
        (Builtin::Search, keys) if !keys.is_object() => search_plain::<false> as *const (),
        (Builtin::Locate, keys) if !keys.is_object() => search_plain::<true> as *const (),
        _ => return None,
    };
    Some(Quick { address, not_done: NOTHING, charges: true })
}

/// The quick way of [`at`].
#[must_use]
pub fn look(is_key: bool, share: bool) -> Quick {
    let address = match (is_key, share) {
        (false, false) => look_at::<false, false> as *const (),
        (false, true) => look_at::<false, true> as *const (),
        (true, false) => look_at::<true, false> as *const (),
        (true, true) => look_at::<true, true> as *const (),
    };
    Quick { address, not_done: NOTHING, charges: false }
}

/// Where the value stands of the entry at a position of the map that `place` holds, to be changed; 0 if there is no such entry, or the map has
/// other owners.
pub const ENTRY: Quick = Quick { address: entry as *const (), not_done: 0, charges: false };

/// Looks without changing anything.
#[inline(always)]
fn looks<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}

#[inline(always)]
unsafe fn map<'m>(word: u64) -> Option<&'m Object> {
    // SAFETY: the caller's word is a map that is alive.
    Some(unsafe { reference(word)?.as_ref() })
}

/// The position of a key; if it is not there, -1 minus where it would be, unless it must be there.
#[inline(always)]
unsafe fn position<const MUST: bool>(word: u64, key: impl Key, state: &mut JitState<'_>) -> Option<i64> {
    // SAFETY: the caller's promise.
    let map = unsafe { map(word) }?;
    let left = state.fuel.checked_sub(units(map, key, state).ok()?)?;
    let found = match map.position(key) {
        Ok(at) => at as i64,
        Err(_) if MUST => return None,
        Err(at) => -1 - at as i64,
    };
    state.fuel = left;
    Some(found)
}

unsafe extern "C" fn search_text<const MUST: bool>(map: u64, key: u64, state: &mut JitState<'_>) -> i64 {
    // SAFETY: the translator's words are a map and a text.
    looks(|| unsafe { position::<MUST>(map, TextKey::of(key), state) }).unwrap_or(NOTHING)
}

unsafe extern "C" fn search_plain<const MUST: bool>(map: u64, key: u64, state: &mut JitState<'_>) -> i64 {
    // SAFETY: the translator's word is a map.
    looks(|| unsafe { position::<MUST>(map, PlainKey::of(key), state) }).unwrap_or(NOTHING)
}

unsafe extern "C" fn look_at<const KEY: bool, const SHARE: bool>(
    word: u64,
    position: u64,
    _: &mut JitState<'_>,
) -> i64 {
    let part = looks(|| {
        // SAFETY: the translator's word is a map.
        let map = unsafe { map(word) }?;
        let tree = map.tree().filter(|_| position < map.len as u64)?;
        Some(if KEY { tree.key(position as usize) } else { tree.value(position as usize) })
    });
    let Some(part) = part else { return NOTHING };
    if SHARE && let Some(shared) = reference(part) {
        Heap::share(shared);
    }
    part as i64
}

unsafe extern "C" fn entry(place: &u64, position: u64, _: &mut JitState<'_>) -> *mut u64 {
    let entry = looks(|| {
        let map = reference(*place)?;
        // SAFETY: the translator's place holds a map; where it has one owner, that is whoever changes it.
        unsafe {
            let may = map.as_ref().is_unique() && position < map.as_ref().len as u64;
            may.then(|| &raw mut *(*map.as_ptr()).value_mut(position as usize))
        }
    });
    entry.unwrap_or(std::ptr::null_mut())
}

/// Makes the map that `place` holds, which must have an entry at the position that the state has as result, its holder's alone; the state
/// then has the address of the entry's value.
pub unsafe extern "C" fn own_entry(state: &mut JitState<'_>, place: *mut u64) -> Status {
    let position = state.result as i64;
    guarded(state, |state| {
        // SAFETY: the translator gives the address of a word that holds a map.
        let value = unsafe {
            let map = places::own(place, position, state)?;
            &raw mut *(*map.as_ptr()).value_mut(position as usize)
        };
        state.result = value as usize as u64;
        Ok(())
    })
}
