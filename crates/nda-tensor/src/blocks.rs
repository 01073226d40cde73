//! Weights in the order in which a kernel reads them, whatever that kernel is.

use crate::error::TensorError;
use crate::kernel;
use crate::line::Line;
use crate::matrix::{QuadMatrix, Shape};
use std::ops::Range;

/// Blocks of rows, each line behind line; rows and columns are filled up with zeros.
#[derive(Clone)]
pub(crate) struct Blocks {
    shape: Shape,
    lines: Vec<Line>,
    scales: Vec<f32>,
    /// Rows of a block.
    rows: usize,
    /// Lines of a block.
    groups: usize,
}

impl Blocks {
    /// Lays out a matrix in blocks of `rows` whose lines span `columns`. Of a row and a column within one line, `place` says the byte
    /// and the bit in which their code begins.
    pub(crate) fn new(
        matrix: &QuadMatrix<'_>,
        (rows, columns): (usize, usize),
        place: impl Fn(usize, usize) -> (usize, usize),
    ) -> Self {
        let shape = matrix.shape();
        let groups = shape.columns().div_ceil(columns);
        let mut lines = vec![Line::ZERO; shape.rows().div_ceil(rows) * groups];
        for row in 0..shape.rows() {
            for column in 0..shape.columns() {
                let line = &mut lines[row / rows * groups + column / columns];
                let (byte, bit) = place(row % rows, column % columns);
                line.0[byte] |= matrix.code(row, column) << bit;
            }
        }
        let scales = (0..shape.rows()).map(|row| matrix.scale(row)).collect();
        Self { shape, lines, scales, rows, groups }
    }

    pub(crate) const fn shape(&self) -> Shape {
        self.shape
    }

    /// Bytes of weights that a product reads.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.lines.as_slice())
    }

    /// Lines of a block.
    pub(crate) const fn groups(&self) -> usize {
        self.groups
    }

    /// Refuses rows that do not begin with a block, or a vector or a result that does not fit.
    pub(crate) fn check(&self, rows: &Range<usize>, len: usize, to: usize) -> Result<(), TensorError> {
        if !rows.start.is_multiple_of(self.rows) {
            return Err(TensorError::UnalignedRows { start: rows.start, multiple: self.rows });
        }
        if rows.end > self.shape.rows() {
            return Err(TensorError::Length { what: "rows", expected: self.shape.rows(), found: rows.end });
        }
        TensorError::check_length("elements of the result", rows.len(), to)?;
        TensorError::check_length("elements of the vector", self.shape.columns(), len)
    }

    /// Calls `part` with rows, a vector and where their results go, until every row has met every vector: a part of the weights is
    /// read once for all of them.
    pub(crate) fn batch<X>(
        &self,
        batch: &[X],
        len: impl Fn(&X) -> usize,
        to: &mut [f32],
        mut part: impl FnMut(usize, &X, &mut [f32]),
    ) -> Result<(), TensorError> {
        let rows = self.shape.rows();
        TensorError::check_length("elements of the results", rows * batch.len(), to.len())?;
        for x in batch {
            TensorError::check_length("elements of the vector", self.shape.columns(), len(x))?;
        }
        for start in (0..rows).step_by(kernel::BATCH_ROWS) {
            let end = rows.min(start + kernel::BATCH_ROWS);
            for (x, result) in batch.iter().zip(to.chunks_exact_mut(rows)) {
                part(start, x, &mut result[start..end]);
            }
        }
        Ok(())
    }

    /// The lines of `count` rows from `start`, where a block begins, and the rows' scales.
    pub(crate) fn part(&self, start: usize, count: usize) -> (&[Line], &[f32]) {
        let first = start / self.rows * self.groups;
        let lines = &self.lines[first..first + count.div_ceil(self.rows) * self.groups];
        (lines, &self.scales[start..start + count])
    }
}
