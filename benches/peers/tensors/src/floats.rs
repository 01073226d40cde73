//! The peers: `y = W x` in `f32`, each crate in the layout that suits it better.
#![allow(unsafe_code)] // gemm's and matrixmultiply's functions take pointers

use faer::{Accum, ColMut, ColRef, MatRef, Par};
use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, linalg::general_mat_vec_mul};

/// A matrix in both orders.
pub struct Matrix {
    rows: usize,
    columns: usize,
    by_row: Vec<f32>,
    by_column: Vec<f32>,
}

impl Matrix {
    /// From rows.
    pub fn new(rows: usize, columns: usize, by_row: &[f32]) -> Self {
        let by_column = (0..rows * columns).map(|at| by_row[at % rows * columns + at / rows]).collect();
        Self { rows, columns, by_row: by_row.to_vec(), by_column }
    }

    /// How many.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of weights.
    pub fn bytes(&self) -> usize {
        size_of_val(self.by_row.as_slice())
    }

    fn check(&self, x: &[f32], y: &[f32]) {
        assert!(x.len() == self.columns && y.len() == self.rows, "a vector does not fit");
    }
}

/// A product: matrix, vector, result.
pub type Product = fn(&Matrix, &[f32], &mut [f32]);

/// Every peer on one thread.
pub const PEERS: [(&str, Product); 5] = [
    ("scalar f32", scalar),
    ("matrixmultiply", matrixmultiply),
    ("ndarray", ndarray),
    ("gemm", gemm),
    ("faer", faer),
];

/// One product after the other, as the source says.
fn scalar(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    for (row, y) in matrix.by_row.chunks_exact(matrix.columns).zip(y) {
        *y = row.iter().zip(x).map(|(weight, x)| weight * x).sum();
    }
}

fn matrixmultiply(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    matrix.check(x, y);
    let (rows, columns) = (matrix.rows, matrix.columns);
    // SAFETY: strides and sizes are those of the slices, whose lengths were checked; the matrix has rows × columns.
    unsafe {
        let weights = matrix.by_row.as_ptr();
        matrixmultiply::sgemm(
            rows,
            columns,
            1,
            1.0,
            weights,
            columns as isize,
            1,
            x.as_ptr(),
            1,
            1,
            0.0,
            y.as_mut_ptr(),
            1,
            1,
        );
    }
}

fn ndarray(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    let weights =
        ArrayView2::from_shape((matrix.rows, matrix.columns), &matrix.by_row).expect("it has this shape");
    general_mat_vec_mul(1.0, &weights, &ArrayView1::from(x), 0.0, &mut ArrayViewMut1::from(y));
}

fn gemm(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    gemm_with(matrix, x, y, gemm::Parallelism::None);
}

/// `gemm` on two threads.
pub fn gemm_two(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    gemm_with(matrix, x, y, gemm::Parallelism::Rayon(2));
}

fn gemm_with(matrix: &Matrix, x: &[f32], y: &mut [f32], threads: gemm::Parallelism) {
    matrix.check(x, y);
    let (rows, columns) = (matrix.rows, matrix.columns);
    // SAFETY: strides and sizes are those of the slices, whose lengths were checked; the matrix has rows × columns.
    unsafe {
        gemm::gemm(
            rows,
            1,
            columns,
            y.as_mut_ptr(),
            rows as isize,
            1,
            false,
            matrix.by_column.as_ptr(),
            rows as isize,
            1,
            x.as_ptr(),
            columns as isize,
            1,
            0.0f32,
            1.0f32,
            false,
            false,
            false,
            threads,
        );
    }
}

fn faer(matrix: &Matrix, x: &[f32], y: &mut [f32]) {
    let weights = MatRef::from_column_major_slice(&matrix.by_column, matrix.rows, matrix.columns);
    let y = ColMut::from_slice_mut(y);
    faer::linalg::matmul::matmul(
        y.as_mat_mut(),
        Accum::Replace,
        weights,
        ColRef::from_slice(x).as_mat(),
        1.0,
        Par::Seq,
    );
}
