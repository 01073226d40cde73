//! `y = W x` with activations of 8 bits.

use crate::blocks::Blocks;
use crate::bytes::{ByteVector, GROUP};
use crate::error::TensorError;
use crate::kernel::{self, Decoder};
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
    blocks: Blocks,
    decoder: &'static Decoder,
}

impl GemvMatrix {
    /// Lays out a matrix.
    #[must_use]
    pub fn new(matrix: &QuadMatrix<'_>) -> Self {
        let place = |row: usize, column: usize| (row * 4 + column % 4, column / 4 * 2);
        let blocks = Blocks::new(matrix, (BLOCK, GROUP), place);
        Self { blocks, decoder: Decoder::of(matrix.scheme()) }
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

    /// Writes `W x` to `to`: for each row the exact sum of `weight · byte`, rounded to `f32`, times the rounded product of the
    /// row's scale and the vector's.
    pub fn gemv(&self, path: Path, x: &ByteVector, to: &mut [f32]) -> Result<(), TensorError> {
        self.gemv_rows(path, 0..self.shape().rows(), x, to)
    }

    /// Writes some rows of `W x`, so that threads can share the work. The first must be a multiple of 16.
    pub fn gemv_rows(
        &self,
        path: Path,
        rows: Range<usize>,
        x: &ByteVector,
        to: &mut [f32],
    ) -> Result<(), TensorError> {
        self.blocks.check(&rows, x.len(), to.len())?;
        self.part(path, rows.start, x, to);
        Ok(())
    }

    /// Writes `W x` for every `x`, one result behind the other: each is what [`GemvMatrix::gemv`] gives, but the weights are read once.
    pub fn gemm(&self, path: Path, batch: &[ByteVector], to: &mut [f32]) -> Result<(), TensorError> {
        self.blocks.batch(batch, ByteVector::len, to, |start, x, to| self.part(path, start, x, to))
    }

    /// Rows from `start`, where a block begins.
    fn part(&self, path: Path, start: usize, x: &ByteVector, to: &mut [f32]) {
        let (lines, scales) = self.blocks.part(start, to.len());
        let correction = x.sum() * i32::from(kernel::OFFSET);
        let rows = kernel::Rows { correction, scale: x.scale(), scales, to };
        kernel::gemv(path, self.decoder, lines, x.groups(), rows);
    }
}

impl std::fmt::Debug for GemvMatrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GemvMatrix").field("shape", &self.shape()).finish_non_exhaustive()
    }
}
