//! Maps and their entries: where a key stands, what comes in and goes out, the objects among them, and the end of them.

use super::slabs::FREE_HEADER;
use super::{Heap, Holds, KEYS, Object, ObjectRef, VALUES, reference};
use crate::fault::Cause;
use crate::keys::Key;
use crate::layout::Typed;
use crate::tree::{Entry, Tree};
use nda_graph::run::size;

/// Which parts of the entries of a map of this type are objects.
pub(super) fn parts_that_are_objects(map: Typed<'_>) -> u16 {
    map.map_parts().map_or(0, |(key, value)| {
        let mut parts = 0;
        parts |= if key.ty.is_object() { KEYS } else { 0 };
        parts |= if value.ty.is_object() { VALUES } else { 0 };
        parts
    })
}

impl Object {
    /// Where a key of a map stands, or would stand, in its leaf, which is the one that was looked at last, then.
    #[inline(always)]
    pub(crate) fn look(&self, key: impl Key) -> Result<usize, usize> {
        self.tree().map_or(Err(0), |tree| tree.look(key.head(), |other| key.order(other)))
    }

    /// At which position a key of a map stands, or would stand.
    #[inline(always)]
    pub(crate) fn position(&self, key: impl Key) -> Result<usize, usize> {
        self.tree().map_or(Err(0), |tree| tree.find(key.head(), |other| key.order(other)))
    }
}

impl Heap {
    /// An empty map of this type.
    pub(crate) fn map(&mut self, typed: Typed<'_>) -> Result<ObjectRef, Cause> {
        self.charge(size::map(0))?;
        let objects = parts_that_are_objects(typed);
        Ok(self.header(Object { owners: 1, holds: Holds::Map, objects, ..FREE_HEADER }))
    }

    /// Another map with the same entries; the objects among them get one more owner each.
    pub fn map_of(&mut self, from: &Object) -> Result<ObjectRef, Cause> {
        self.charge(size::map(from.len as u64))?;
        let data = from.tree().map_or(std::ptr::null_mut(), |tree| {
            each_object(tree, from.objects, Heap::share);
            Box::into_raw(Box::new(tree.clone())).cast()
        });
        let (objects, len) = (from.objects, from.len);
        Ok(self.header(Object { owners: 1, holds: Holds::Map, objects, len, data, ..FREE_HEADER }))
    }

    /// Adds an entry, whose key and value it takes over, to a map whose holder owns it alone, where its key was looked for.
    #[inline(always)]
    pub(crate) fn add_entry(&mut self, map: ObjectRef, at: usize, entry: &Entry) -> Result<(), Cause> {
        self.charge(size::ENTRY)?;
        // SAFETY: the caller holds it.
        let header = unsafe { &mut *map.as_ptr() };
        debug_assert!(header.holds == Holds::Map && header.is_unique());
        if header.data.is_null() {
            header.data = Box::into_raw(Box::new(Tree::new(header.keys_are_objects()))).cast();
        }
        // SAFETY: that is its tree.
        unsafe { (*header.data.cast::<Tree>()).insert_here(at, entry) };
        header.len += 1;
        Ok(())
    }

    /// Takes an entry, which is there, out of a map whose holder owns it alone: its key and its value.
    pub(crate) fn remove_entry(&mut self, map: ObjectRef, position: usize) -> (u64, u64) {
        // SAFETY: the caller holds it.
        let header = unsafe { &mut *map.as_ptr() };
        debug_assert!(header.holds == Holds::Map && header.is_unique() && position < header.len);
        // SAFETY: that is its tree: it has entries.
        let entry = unsafe { (*header.data.cast::<Tree>()).remove(position) };
        header.len -= 1;
        self.held_bytes -= size::ENTRY;
        entry
    }
}

/// The objects among the entries of a map.
pub(super) fn each_object(tree: &Tree, objects: u16, mut work: impl FnMut(ObjectRef)) {
    if objects == 0 {
        return;
    }
    tree.each(|key, value| {
        for (part, which) in [(key, KEYS), (value, VALUES)] {
            if objects & which != 0 {
                reference(part).into_iter().for_each(&mut work);
            }
        }
    });
}

/// Frees the tree of a map, but for the objects in it. Not part of the steps that give maps up: they are to stay small.
///
/// # Safety
/// It is a map, whose tree came from a box, and nobody looks at it any more.
#[inline(never)]
pub(super) unsafe fn free_tree(map: &mut Object) {
    if !map.data.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(map.data.cast::<Tree>()) });
    }
}
