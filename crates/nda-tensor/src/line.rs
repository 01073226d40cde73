//! Sixty-four bytes that begin where a cache line does: the unit of both kernel layouts.

/// One cache line of codes.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Line(pub [u8; 64]);

impl Line {
    pub const ZERO: Self = Self([0; 64]);
}
