//! Headers that are free, threaded through the slabs they lie in.

use super::{Holds, Object, SLAB};

pub(super) const FREE_HEADER: Object = Object {
    owners: 0,
    holds: Holds::Free,
    objects: 0,
    len: 0,
    capacity_or_variant: 0,
    data: std::ptr::null_mut(),
};

pub(super) fn thread_free(free: &mut *mut Object, slab: &mut [Object; SLAB]) {
    for object in slab.iter_mut().rev() {
        *object = FREE_HEADER;
        object.data = free.cast();
        *free = object;
    }
}
