//! The texts of no and of one byte.
#![allow(unsafe_code)]

use super::{FREE_HEADER, Holds, IMMORTAL, Object, word};
use std::ptr::NonNull;

/// The texts of no and of one byte: immortal objects that are there once for all runs.
struct Small([Object; 129]);

// SAFETY: nobody changes an immortal object, not even its count of owners.
unsafe impl Sync for Small {}

static BYTES: [u8; 128] = {
    let mut bytes = [0; 128];
    let mut code = 0;
    while code < 128 {
        bytes[code] = code as u8;
        code += 1;
    }
    bytes
};

/// The text of byte n stands at n, the empty one behind them.
static SMALL: Small = {
    let mut objects = [const { Object { owners: IMMORTAL, holds: Holds::Bytes, ..FREE_HEADER } }; 129];
    let mut code = 0;
    while code < 128 {
        objects[code].len = 1;
        objects[code].data = (&raw const BYTES[code]).cast_mut();
        code += 1;
    }
    objects[128].data = (&raw const BYTES[0]).cast_mut();
    Small(objects)
};

/// The word of a text of at most one byte.
#[inline(always)]
#[must_use]
pub fn small_text(text: &str) -> u64 {
    let index = text.as_bytes().first().map_or(128, |&byte| usize::from(byte));
    word(NonNull::from(&SMALL.0[index]))
}
