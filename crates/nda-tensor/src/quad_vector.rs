//! Activations of 2 bits.

use crate::error::TensorError;
use crate::kernel;
use crate::path::Path;
use crate::reduce::{self, on_every_path};
use crate::scheme::Scheme;

/// Columns that one line of [`GemvQ2Matrix`](crate::GemvQ2Matrix) spans.
pub(crate) const GROUP: usize = 4;

/// Elements that are coded together.
const CHUNK: usize = 32;

/// The numbers of the tables for a pair of activations, by their two codes: `first | second << 2`.
pub(crate) const ONLY_FIRST: u8 = 16;
/// Nothing: behind the last column.
pub(crate) const NEITHER: u8 = 20;

/// A vector of {-2, -1, +1, +2} with a scale: `x ≈ scale · level`.
///
/// `scale = (Σ|x| / n) · 13/16`, each step rounded to `f32`, the sum in sixteen lanes (see [`reduce`]); that is within a
/// hundredth of the best scale for numbers that are normally distributed. An element below 0 is negative; its level is
/// 2 if `|x| ≥ 1.5 · scale`, else 1. The error of an element is at most `max(scale, |x| - 2 · scale)`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct QuadVector {
    /// For each four columns the tables of their two pairs.
    pairs: Vec<[u8; 2]>,
    len: usize,
    scale: f32,
}

impl QuadVector {
    /// An empty vector that can take `len` elements without asking for memory.
    #[must_use]
    pub fn with_capacity(len: usize) -> Self {
        Self { pairs: Vec::with_capacity(len.div_ceil(CHUNK) * (CHUNK / GROUP)), len: 0, scale: 0.0 }
    }

    /// Quantises `values`; NaN and infinities are refused, and a sum that is too large for `f32`.
    pub fn quantise(path: Path, values: &[f32]) -> Result<Self, TensorError> {
        let mut vector = Self::with_capacity(values.len());
        vector.assign(path, values)?;
        Ok(vector)
    }

    /// Quantises `values` into this vector, in the memory that it has. After a refusal the vector is what it was.
    pub fn assign(&mut self, path: Path, values: &[f32]) -> Result<(), TensorError> {
        let sum = reduce::sum_of_magnitudes(path, values);
        if !sum.is_finite() {
            TensorError::check_finite("activation", values)?;
            return Err(TensorError::NotFinite {
                what: "the sum of activations 0 to",
                index: values.len() - 1,
                value: sum,
            });
        }
        self.len = values.len();
        self.scale = if values.is_empty() { 0.0 } else { sum / values.len() as f32 * 0.8125 };
        self.pairs.resize(values.len().div_ceil(CHUNK) * (CHUNK / GROUP), [NEITHER; 2]);
        let (threshold, pairs) = (self.scale * 1.5, self.pairs.as_flattened_mut());
        let done = kernel::encode(path, values, threshold, pairs);
        encode_all(path, &values[done..], threshold, &mut pairs[done / 2..]);
        self.pairs.truncate(values.len().div_ceil(GROUP));
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

    /// The levels.
    pub fn levels(&self) -> impl Iterator<Item = i8> + '_ {
        let levels = Scheme::Quad.levels();
        let pairs = self.pairs.as_flattened().iter();
        let both = pairs.flat_map(move |&pair| {
            let first = pair & 3;
            let second = if pair < ONLY_FIRST { pair >> 2 } else { 0 };
            [levels[usize::from(first)], levels[usize::from(second)]]
        });
        both.take(self.len)
    }

    /// The tables of the pairs, two for each four columns.
    pub(crate) fn pairs(&self) -> &[[u8; 2]] {
        &self.pairs
    }
}

#[inline(always)]
fn code(value: f32, threshold: f32) -> u8 {
    u8::from(value < 0.0) << 1 | u8::from(value.abs() >= threshold)
}

#[inline(always)]
fn encode(values: &[f32; CHUNK], threshold: f32) -> [u8; CHUNK / 2] {
    let mut codes = [0; CHUNK];
    for (to, &value) in codes.iter_mut().zip(values) {
        *to = code(value, threshold);
    }
    let mut pairs = [0; CHUNK / 2];
    for (pair, codes) in pairs.iter_mut().zip(codes.as_chunks::<2>().0) {
        let both = u16::from_le_bytes(*codes);
        *pair = (both | both >> 6) as u8;
    }
    pairs
}

on_every_path! {
    /// Names the table of every pair; `pairs` has room for whole chunks.
    fn encode_all(values: &[f32], threshold: f32, pairs: &mut [u8]) {
        let (whole, rest) = values.as_chunks::<CHUNK>();
        for (to, values) in pairs.chunks_exact_mut(CHUNK / 2).zip(whole) {
            to.copy_from_slice(&encode(values, threshold));
        }
        if !rest.is_empty() {
            let last = pairs.len() - CHUNK / 2;
            for (to, values) in pairs[last..].iter_mut().zip(rest.chunks(2).map(Some).chain(std::iter::repeat(None))) {
                *to = match values {
                    Some([first, second]) => code(*first, threshold) | code(*second, threshold) << 2,
                    Some([first, ..]) => ONLY_FIRST | code(*first, threshold),
                    _ => NEITHER,
                };
            }
        }
    }
}
