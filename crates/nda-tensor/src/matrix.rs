//! The exchange form of a matrix: bit planes and scales.

use crate::error::TensorError;
use crate::scheme::Scheme;
use std::borrow::Cow;

/// The most rows of a matrix.
pub const MAX_ROWS: usize = 1 << 24;
/// The most columns: a row's sum, at most 4 · 127 · 2¹⁸, stays within 32 bits on every path.
pub const MAX_COLUMNS: usize = 1 << 18;

/// Rows and columns, both at least 1 and within the limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    rows: usize,
    columns: usize,
}

impl Shape {
    /// Refuses what is empty or too large.
    pub fn new(rows: usize, columns: usize) -> Result<Self, TensorError> {
        if rows == 0 || columns == 0 {
            return Err(TensorError::Empty { rows, columns });
        }
        if rows > MAX_ROWS || columns > MAX_COLUMNS {
            return Err(TensorError::TooLarge { rows, columns });
        }
        Ok(Self { rows, columns })
    }

    /// How many rows.
    #[must_use]
    pub const fn rows(self) -> usize {
        self.rows
    }

    /// How many columns.
    #[must_use]
    pub const fn columns(self) -> usize {
        self.columns
    }

    /// Bytes from one row of a plane to the next: whole words of 64 bits.
    #[must_use]
    pub const fn plane_stride(self) -> usize {
        self.columns.div_ceil(64) * 8
    }

    /// Bytes of one plane.
    #[must_use]
    pub const fn plane_bytes(self) -> usize {
        self.rows * self.plane_stride()
    }
}

/// A matrix of 2-bit weights: `weight(r, c) · scale(r)`.
///
/// Bit `c` of row `r` is bit `c % 8` of byte `r · plane_stride + c / 8` in each plane; bits behind the last column are
/// zero. Scales are little-endian `f32`, one for the matrix or one for each row, finite and at least 0. The bytes are
/// owned or borrowed, so a stored matrix is read in place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuadMatrix<'a> {
    shape: Shape,
    scheme: Scheme,
    sign: Cow<'a, [u8]>,
    magnitude: Cow<'a, [u8]>,
    scales: Cow<'a, [u8]>,
}

impl<'a> QuadMatrix<'a> {
    /// A matrix over its parts, which are checked.
    pub fn new(
        shape: Shape,
        scheme: Scheme,
        sign: impl Into<Cow<'a, [u8]>>,
        magnitude: impl Into<Cow<'a, [u8]>>,
        scales: impl Into<Cow<'a, [u8]>>,
    ) -> Result<Self, TensorError> {
        let matrix = Self::over(shape, scheme, sign.into(), magnitude.into(), scales.into())?;
        matrix.check()?;
        Ok(matrix)
    }

    /// A matrix over parts whose bits and scales were checked before; their lengths are checked again.
    pub(crate) fn over(
        shape: Shape,
        scheme: Scheme,
        sign: Cow<'a, [u8]>,
        magnitude: Cow<'a, [u8]>,
        scales: Cow<'a, [u8]>,
    ) -> Result<Self, TensorError> {
        TensorError::check_length("bytes of the plane of signs", shape.plane_bytes(), sign.len())?;
        TensorError::check_length("bytes of the plane of magnitudes", shape.plane_bytes(), magnitude.len())?;
        if scales.len() != 4 {
            TensorError::check_length("bytes of scales", 4 * shape.rows(), scales.len())?;
        }
        Ok(Self { shape, scheme, sign, magnitude, scales })
    }

    /// The same with memory of its own.
    #[must_use]
    pub fn into_owned(self) -> QuadMatrix<'static> {
        QuadMatrix {
            shape: self.shape,
            scheme: self.scheme,
            sign: Cow::Owned(self.sign.into_owned()),
            magnitude: Cow::Owned(self.magnitude.into_owned()),
            scales: Cow::Owned(self.scales.into_owned()),
        }
    }

    /// What the lengths do not show: scales and stray bits.
    pub(crate) fn check(&self) -> Result<(), TensorError> {
        for index in 0..self.scales_len() {
            let value = self.scale(index);
            if !value.is_finite() {
                return Err(TensorError::NotFinite { what: "scale", index, value });
            }
            if value.is_sign_negative() {
                return Err(TensorError::NegativeScale { index, value });
            }
        }
        let stride = self.shape.plane_stride();
        for row in 0..self.shape.rows() {
            let line = row * stride..(row + 1) * stride;
            let (sign, magnitude) = (&self.sign[line.clone()], &self.magnitude[line]);
            for (plane, bits) in [("signs", sign), ("magnitudes", magnitude)] {
                let stray = (self.shape.columns()..stride * 8).find(|&column| bit(bits, column));
                if let Some(column) = stray {
                    return Err(TensorError::StrayBit { plane, row, column });
                }
            }
            if self.scheme == Scheme::Ternary {
                let negative_zero = sign.iter().zip(magnitude).position(|(&sign, &one)| sign & !one != 0);
                if let Some(at) = negative_zero {
                    let column = at * 8 + (sign[at] & !magnitude[at]).trailing_zeros() as usize;
                    return Err(TensorError::StrayBit { plane: "signs", row, column });
                }
            }
        }
        Ok(())
    }

    /// Rows and columns.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// What the bits mean.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The plane of signs: a set bit is a weight below 0.
    #[must_use]
    pub fn sign_plane(&self) -> &[u8] {
        &self.sign
    }

    /// The plane of magnitudes.
    #[must_use]
    pub fn magnitude_plane(&self) -> &[u8] {
        &self.magnitude
    }

    /// The scales' bytes.
    #[must_use]
    pub fn scale_bytes(&self) -> &[u8] {
        &self.scales
    }

    /// How many scales: 1, or one for each row.
    #[must_use]
    pub fn scales_len(&self) -> usize {
        self.scales.len() / 4
    }

    /// The scale of a row.
    ///
    /// # Panics
    /// If there is no such row and each has its own scale.
    #[must_use]
    pub fn scale(&self, row: usize) -> f32 {
        let at = if self.scales.len() == 4 { 0 } else { row * 4 };
        let bytes = &self.scales[at..at + 4];
        f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// The code of a weight.
    pub(crate) fn code(&self, row: usize, column: usize) -> u8 {
        let at = row * self.shape.plane_stride() * 8 + column;
        u8::from(bit(&self.sign, at)) << 1 | u8::from(bit(&self.magnitude, at))
    }

    /// A weight, without its scale.
    ///
    /// # Panics
    /// If the matrix has no such row or column.
    #[must_use]
    pub fn weight(&self, row: usize, column: usize) -> i8 {
        assert!(row < self.shape.rows() && column < self.shape.columns(), "no weight ({row}, {column})");
        self.scheme.levels()[usize::from(self.code(row, column))]
    }

    /// A row as numbers, `weight · scale`.
    ///
    /// # Panics
    /// If the matrix has no such row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let scale = self.scale(row);
        (0..self.shape.columns()).map(move |column| f32::from(self.weight(row, column)) * scale)
    }
}

fn bit(bytes: &[u8], at: usize) -> bool {
    bytes[at / 8] >> (at % 8) & 1 == 1
}
