//! Why an operation on tensors is refused.

use crate::matrix::{MAX_COLUMNS, MAX_ROWS};

/// Every variant carries both numbers: what there is, and what would fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// A matrix without rows or columns.
    #[error("a matrix of {rows} × {columns} has no weights; both must be at least 1")]
    Empty {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// A matrix larger than sums of 32 bits allow.
    #[error(
        "a matrix of {rows} × {columns} is too large; the limits are {MAX_ROWS} rows and {MAX_COLUMNS} columns"
    )]
    TooLarge {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// Two lengths that must be equal.
    #[error("{what}: {found} where {expected} are needed")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many fit.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// NaN or an infinity.
    #[error("{what} {index} is {value}; only finite numbers can be used")]
    NotFinite {
        /// What holds it.
        what: &'static str,
        /// Where, from 0.
        index: usize,
        /// The number.
        value: f32,
    },
    /// A scale below zero: the signs are in the planes.
    #[error("scale {index} is {value}; a scale is at least 0")]
    NegativeScale {
        /// Where, from 0.
        index: usize,
        /// The scale.
        value: f32,
    },
    /// What is added under the root of a norm.
    #[error("epsilon is {value}; it must be finite and above 0")]
    Epsilon {
        /// The number.
        value: f32,
    },
    /// A bit that must be zero: behind the last column, or the sign of a ternary zero.
    #[error("row {row} has bit {column} set in its plane of {plane}, where it must be 0")]
    StrayBit {
        /// Which plane.
        plane: &'static str,
        /// The row.
        row: usize,
        /// The bit's column.
        column: usize,
    },
    /// Rows of a part that do not begin where a block of the layout does.
    #[error("a part of the rows begins at {start}; parts begin at multiples of {multiple}")]
    UnalignedRows {
        /// The first row.
        start: usize,
        /// What it must be a multiple of.
        multiple: usize,
    },
}

impl TensorError {
    /// Holds two lengths together.
    pub(crate) fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), Self> {
        if expected == found { Ok(()) } else { Err(Self::Length { what, expected, found }) }
    }

    /// The first number that is not finite.
    pub(crate) fn check_finite(what: &'static str, values: &[f32]) -> Result<(), Self> {
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(Self::NotFinite { what, index, value: values[index] }),
            None => Ok(()),
        }
    }
}
