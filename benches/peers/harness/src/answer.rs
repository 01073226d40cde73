//! What a program gives back, and when two engines' answers agree.

use serde::{Deserialize, Serialize};

/// The value of a program's `main` (or of a cold program's one call).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// A whole number; engines whose numbers are doubles give theirs here when it is whole.
    Int(i64),
    /// IEEE 754 binary64, compared bit for bit: every engine adds in the same order.
    Float(f64),
}

impl Answer {
    /// A double from an engine without integers: whole numbers below 2^53 in size become [`Answer::Int`].
    #[must_use]
    pub fn from_f64(x: f64) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if x.fract() == 0.0 && x.abs() <= EXACT { Self::Int(x as i64) } else { Self::Float(x) }
    }

    /// True if both are the same number.
    #[must_use]
    pub fn agrees(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Int(a), Self::Float(b)) | (Self::Float(b), Self::Int(a)) => a as f64 == b,
        }
    }

    /// True if the low 32 bits are the same: what an engine without 64-bit wrapping arithmetic can answer.
    #[must_use]
    pub fn agrees_in_low_32_bits(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a as u32 == b as u32,
            _ => false,
        }
    }
}
