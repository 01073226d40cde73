//! Where machine code finds what it reads and writes by itself, in bytes, and the words that it writes.

use super::{Heap, Holds, Object};
use std::mem::offset_of;

impl Object {
    pub(crate) const OWNERS: usize = offset_of!(Self, owners);
    pub(crate) const CAPACITY: usize = offset_of!(Self, capacity_or_variant);
    pub(crate) const DATA: usize = offset_of!(Self, data);
    /// The first word of a header that is free.
    pub(crate) const FREE_HEAD: u64 = Self::head(0, Holds::Free, 0);

    /// The first word of a record with one owner.
    pub(crate) const fn record_head(objects: u16) -> u64 {
        Self::head(1, Holds::Record, objects)
    }

    const fn head(owners: u32, holds: Holds, objects: u16) -> u64 {
        const {
            assert!(cfg!(target_endian = "little") && offset_of!(Self, owners) == 0);
            assert!(offset_of!(Self, holds) == 4 && offset_of!(Self, objects) == 6);
        }
        owners as u64 | (holds as u64) << 32 | (objects as u64) << 48
    }
}

impl Heap {
    pub(crate) const FREE: usize = offset_of!(Self, free);
    pub(crate) const BUFFERS: usize = offset_of!(Self, buffers);
    pub(crate) const HELD: usize = offset_of!(Self, held_bytes);
    pub(crate) const PEAK: usize = offset_of!(Self, peak_bytes);
    pub(crate) const LIMIT: usize = offset_of!(Self, limit_bytes);
}
