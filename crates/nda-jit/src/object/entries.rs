//! The entries of maps: the objects among them, and the end of them.

use super::{KEYS, Object, ObjectRef, VALUES, reference};
use crate::keys::Key;
use crate::layout::Typed;
use crate::tree::Tree;

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
