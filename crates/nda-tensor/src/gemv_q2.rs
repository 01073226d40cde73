//! `y = W x` with activations of 2 bits.

use crate::blocks::Blocks;
use crate::error::TensorError;
use crate::kernel::{self, PairTables};
use crate::matrix::{QuadMatrix, Shape};
use crate::path::Path;
use crate::quad_vector::{GROUP, QuadVector};
use std::ops::Range;

/// Rows that one line spans.
pub(crate) const BLOCK: usize = 64;

/// A matrix in the order in which the kernel for 2-bit activations reads it; made once.
///
/// A line of 64 bytes holds 64 rows × 4 columns. Byte `2 r` belongs to row `r` of the block, byte `2 r + 1` to row `32 + r`; the column
/// in its lowest bits is the first. A pair of activations has one of 16 values and a pair of weights too, so half a byte looks up
/// what its pair adds: one shuffle for two columns of 64 rows. Rows and columns are filled up with zeros.
#[derive(Clone)]
pub struct GemvQ2Matrix {
    blocks: Blocks,
    tables: &'static PairTables,
}

impl GemvQ2Matrix {
    /// Lays out a matrix.
    #[must_use]
    pub fn new(matrix: &QuadMatrix<'_>) -> Self {
        let blocks = Blocks::new(matrix, (BLOCK, GROUP), |row, column| (place(row), column * 2));
        Self { blocks, tables: PairTables::of(matrix.scheme()) }
    }

    /// Rows and columns.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.blocks.shape()
    }

    /// Bytes of weights that a product reads.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        self.blocks.bytes()
    }

    /// Writes `W x` to `to`: for each row the exact sum of `weight · level`, rounded to `f32`, times the rounded product of the
    /// row's scale and the vector's.
    pub fn gemv(&self, path: Path, x: &QuadVector, to: &mut [f32]) -> Result<(), TensorError> {
        self.gemv_rows(path, 0..self.shape().rows(), x, to)
    }

    /// Writes some rows of `W x`, so that threads can share the work. The first must be a multiple of 64.
    pub fn gemv_rows(
        &self,
        path: Path,
        rows: Range<usize>,
        x: &QuadVector,
        to: &mut [f32],
    ) -> Result<(), TensorError> {
        self.blocks.check(&rows, x.len(), to.len())?;
        self.part(path, rows.start, x, to);
        Ok(())
    }

    /// Writes `W x` for every `x`, one result behind the other: each is what [`GemvQ2Matrix::gemv`] gives, but the weights are
    /// read once.
    pub fn gemm(&self, path: Path, batch: &[QuadVector], to: &mut [f32]) -> Result<(), TensorError> {
        self.blocks.batch(batch, QuadVector::len, to, |start, x, to| self.part(path, start, x, to))
    }

    /// Rows from `start`, where a block begins.
    fn part(&self, path: Path, start: usize, x: &QuadVector, to: &mut [f32]) {
        let (lines, scales) = self.blocks.part(start, to.len());
        // Each table entry is raised, twice in each group of columns.
        let correction = (2 * self.blocks.groups()) as i32 * i32::from(kernel::PAIR_OFFSET);
        let rows = kernel::Rows { correction, scale: x.scale(), scales, to };
        kernel::gemv_q2(path, self.tables, lines, x.pairs(), rows);
    }
}

/// Where a row of a block stands in a line: the halves of the block alternate, so that the even and the odd bytes, widened, are
/// rows in order.
const fn place(row: usize) -> usize {
    if row < BLOCK / 2 { 2 * row } else { 2 * (row - BLOCK / 2) + 1 }
}

impl std::fmt::Debug for GemvQ2Matrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GemvQ2Matrix").field("shape", &self.shape()).finish_non_exhaustive()
    }
}
