//! `y = W x` with activations of 8 bits.

use crate::bytes::{ByteVector, GROUP};
use crate::error::TensorError;
use crate::kernel::{self, Decoder};
use crate::line::Line;
use crate::matrix::{QuadMatrix, Shape};
use crate::path::Path;
use std::ops::Range;

/// Rows that one line spans.
pub(crate) const BLOCK: usize = 16;

/// A matrix in the order in which the kernel for 8-bit activations reads it; made once.
///
/// A line of 64 bytes holds 16 rows × 16 columns: byte `4 r + j` has the codes of row `r`, columns `j`, `j + 4`, `j + 8` and
/// `j + 12`, the first in its lowest bits. So the four bytes of a row meet four neighbouring activations, four times over, which
/// is what `vpdpbusd` and `vpmaddubsw` sum. A block is 16 rows, line behind line; rows and columns are filled up with
/// zeros.
#[derive(Clone)]
pub struct GemvMatrix {
    shape: Shape,
    decoder: &'static Decoder,
    lines: Vec<Line>,
    scales: Vec<f32>,
}

impl GemvMatrix {
    /// Lays out a matrix.
    #[must_use]
    pub fn new(matrix: &QuadMatrix<'_>) -> Self {
        let shape = matrix.shape();
        let groups = shape.columns().div_ceil(GROUP);
        let mut lines = vec![Line::ZERO; shape.rows().div_ceil(BLOCK) * groups];
        for row in 0..shape.rows() {
            for column in 0..shape.columns() {
                let within = column % GROUP;
                let line = &mut lines[row / BLOCK * groups + column / GROUP];
                line.0[row % BLOCK * 4 + within % 4] |= matrix.code(row, column) << (within / 4 * 2);
            }
        }
        let scales = (0..shape.rows()).map(|row| matrix.scale(row)).collect();
        Self { shape, decoder: Decoder::of(matrix.scheme()), lines, scales }
    }

    /// Rows and columns.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// Bytes of weights that a product reads.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        size_of_val(self.lines.as_slice())
    }

    /// Writes `W x` to `to`: for each row the exact sum of `weight · byte`, rounded to `f32`, times the rounded product of the
    /// row's scale and the vector's.
    pub fn gemv(&self, path: Path, x: &ByteVector, to: &mut [f32]) -> Result<(), TensorError> {
        TensorError::check_length("elements of the result", self.shape.rows(), to.len())?;
        self.gemv_rows(path, 0..self.shape.rows(), x, to)
    }

    /// Writes some rows of `W x`, so that threads can share the work. The first must be a multiple of 16.
    pub fn gemv_rows(
        &self,
        path: Path,
        rows: Range<usize>,
        x: &ByteVector,
        to: &mut [f32],
    ) -> Result<(), TensorError> {
        self.check_rows(&rows)?;
        TensorError::check_length("elements of the result", rows.len(), to.len())?;
        TensorError::check_length("elements of the vector", self.shape.columns(), x.len())?;
        self.part(path, rows.start, x, to);
        Ok(())
    }

    /// Writes `W x` for every `x`, one result behind the other: each is what [`GemvMatrix::gemv`] gives, but the weights are read once.
    pub fn gemm(&self, path: Path, batch: &[ByteVector], to: &mut [f32]) -> Result<(), TensorError> {
        let rows = self.shape.rows();
        TensorError::check_length("elements of the results", rows * batch.len(), to.len())?;
        for x in batch {
            TensorError::check_length("elements of the vector", self.shape.columns(), x.len())?;
        }
        for start in (0..rows).step_by(kernel::BATCH_ROWS) {
            let end = rows.min(start + kernel::BATCH_ROWS);
            for (x, result) in batch.iter().zip(to.chunks_exact_mut(rows)) {
                self.part(path, start, x, &mut result[start..end]);
            }
        }
        Ok(())
    }

    fn check_rows(&self, rows: &Range<usize>) -> Result<(), TensorError> {
        if !rows.start.is_multiple_of(BLOCK) {
            return Err(TensorError::UnalignedRows { start: rows.start, multiple: BLOCK });
        }
        if rows.end > self.shape.rows() {
            return Err(TensorError::Length { what: "rows", expected: self.shape.rows(), found: rows.end });
        }
        Ok(())
    }

    /// Rows from `start`, where a block begins.
    fn part(&self, path: Path, start: usize, x: &ByteVector, to: &mut [f32]) {
        let groups = x.groups().len();
        let first = start / BLOCK * groups;
        let lines = &self.lines[first..first + to.len().div_ceil(BLOCK) * groups];
        let correction = x.sum() * i32::from(kernel::OFFSET);
        let scales = &self.scales[start..start + to.len()];
        let rows = kernel::Rows { correction, scale: x.scale(), scales, to };
        kernel::gemv(path, self.decoder, lines, x.groups(), rows);
    }
}

impl std::fmt::Debug for GemvMatrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GemvMatrix").field("shape", &self.shape).finish_non_exhaustive()
    }
}
