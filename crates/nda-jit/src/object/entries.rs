//! The entries of maps: the objects among them, and the end of them.

use super::{KEYS, Object, ObjectRef, VALUES, reference};
use crate::layout::Typed;
use crate::tree::Tree;
use crate::values::total_order;

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
    /// Where a key of a map with this head stands, or would stand, in its leaf, which is the one that was looked at last, then.
    #[inline(always)]
    pub(crate) fn look(&self, keys: Typed<'_>, head: u64, key: u64) -> Result<usize, usize> {
        self.tree().map_or(Err(0), |tree| tree.look(head, |other| total_order(keys, other, key)))
    }

    /// At which position a key of a map with this head stands, or would stand.
    #[inline(always)]
    pub(crate) fn position(&self, keys: Typed<'_>, head: u64, key: u64) -> Result<usize, usize> {
        self.tree().map_or(Err(0), |tree| tree.find(head, |other| total_order(keys, other, key)))
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
