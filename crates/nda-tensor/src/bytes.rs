//! Activations of 8 bits.

use crate::error::TensorError;
use crate::kernel;
use crate::path::Path;
use crate::reduce::{self, on_every_path};

/// Columns that one line of [`GemvMatrix`](crate::GemvMatrix) spans.
pub(crate) const GROUP: usize = 16;

/// Adding this to a number between -2²² and 2²² rounds it to a whole one, ties to even, in the low bits of the sum.
pub(crate) const ROUNDING: f32 = 12_582_912.0;

/// Below this, `127 / largest` would overflow.
const SMALLEST: f32 = f32::from_bits(27 << 23);

/// A vector of bytes with a scale: `x ≈ scale · byte`, bytes from -127 to 127.
///
/// `scale = largest / 127` and `byte = round(x · (127 / largest))`, where `largest` is the largest magnitude, `round` ties to
/// even, and each step is rounded to `f32`. The error of an element is at most `scale · (½ + 2⁻¹⁵)`. A vector whose
/// largest magnitude is below 2⁻¹⁰⁰ is all zeros.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ByteVector {
    groups: Vec<[i8; GROUP]>,
    len: usize,
    scale: f32,
    sum: i32,
}

impl ByteVector {
    /// An empty vector that can take `len` elements without asking for memory.
    #[must_use]
    pub fn with_capacity(len: usize) -> Self {
        Self { groups: Vec::with_capacity(len.div_ceil(GROUP)), ..Self::default() }
    }

    /// Quantises `values`; NaN and infinities are refused.
    pub fn quantise(path: Path, values: &[f32]) -> Result<Self, TensorError> {
        let mut vector = Self::with_capacity(values.len());
        vector.assign(path, values)?;
        Ok(vector)
    }

    /// Quantises `values` into this vector, in the memory that it has. After a refusal the vector is what it was.
    pub fn assign(&mut self, path: Path, values: &[f32]) -> Result<(), TensorError> {
        let largest = reduce::largest_magnitude(path, "activation", values)?;
        self.groups.resize(values.len().div_ceil(GROUP), [0; GROUP]);
        self.len = values.len();
        let (scale, factor) =
            if largest < SMALLEST { (0.0, 0.0) } else { (largest / 127.0, 127.0 / largest) };
        self.scale = scale;
        let bytes = self.groups.as_flattened_mut();
        let (done, sum) = kernel::round(path, values, factor, bytes);
        self.sum = sum + round_all(path, &values[done..], factor, &mut bytes[done..]);
        Ok(())
    }

    /// How many elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True if there are no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What one unit is worth.
    #[must_use]
    pub const fn scale(&self) -> f32 {
        self.scale
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[i8] {
        &self.groups.as_flattened()[..self.len]
    }

    /// The bytes in groups, the last filled with zeros.
    pub(crate) fn groups(&self) -> &[[i8; GROUP]] {
        &self.groups
    }

    /// The sum of the bytes.
    pub(crate) const fn sum(&self) -> i32 {
        self.sum
    }
}

on_every_path! {
    /// Rounds every element and returns the sum of the bytes.
    fn round_all(values: &[f32], factor: f32, bytes: &mut [i8]) -> i32 {
        let mut sum = 0;
        for (byte, &value) in bytes.iter_mut().zip(values) {
            // The sum's bits count up from those of the constant, one for each whole number.
            let whole = (value * factor + ROUNDING).to_bits().wrapping_sub(ROUNDING.to_bits()) as i32;
            sum += whole;
            *byte = whole as i8;
        }
        bytes[values.len()..].fill(0);
        sum
    }
}
