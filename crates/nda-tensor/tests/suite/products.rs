//! Products of every path against the reference, bit by bit.

use crate::reference::{Numbers, assert_same_bits, byte_product, matrix, quad_product};
use nda_tensor::{ByteVector, GemvMatrix, GemvQ2Matrix, Path, QuadMatrix, QuadVector, Scheme, quantise};
use nda_tensor::{Granularity, Shape};
use proptest::prelude::*;

/// Both products on every path.
fn check(matrix: &QuadMatrix<'_>, x: &[f32]) {
    let shape = matrix.shape();
    let (fast, tables) = (GemvMatrix::new(matrix), GemvQ2Matrix::new(matrix));
    let quantised = |path| (ByteVector::quantise(path, x).unwrap(), QuadVector::quantise(path, x).unwrap());
    let (bytes, quads) = quantised(Path::SCALAR);
    let (of_bytes, of_quads) = (byte_product(matrix, &bytes), quad_product(matrix, &quads));
    for path in Path::available() {
        let (bytes, quads) = quantised(path);
        let mut result = vec![f32::NAN; shape.rows()];
        fast.gemv(path, &bytes, &mut result).unwrap();
        assert_same_bits(path.name(), &result, &of_bytes);
        result.fill(f32::NAN);
        tables.gemv(path, &quads, &mut result).unwrap();
        assert_same_bits(path.name(), &result, &of_quads);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_path_gives_the_reference(
        rows in 1usize..200, columns in 1usize..300, ternary: bool, per_row: bool, seed: u64,
    ) {
        let scheme = if ternary { Scheme::Ternary } else { Scheme::Quad };
        let matrix = matrix(rows, columns, scheme, per_row, seed);
        check(&matrix, &Numbers::new(!seed).vector(columns));
    }
}

#[test]
fn edges_of_blocks_and_groups() {
    for rows in [1, 15, 16, 17, 63, 64, 65, 127, 128, 129] {
        for columns in [1, 2, 3, 4, 5, 15, 16, 17, 28, 29, 64, 65] {
            check(&matrix(rows, columns, Scheme::Quad, true, 7), &Numbers::new(3).vector(columns));
        }
    }
}

/// Wide enough that every narrow sum is widened, with the largest numbers there are.
#[test]
fn the_largest_sums_do_not_overflow() {
    for columns in [7167, 7168, 7169, 20_000] {
        let shape = Shape::new(130, columns).unwrap();
        for weight in [2.0, -2.0] {
            let row: Vec<f32> = (0..shape.rows() * columns)
                .map(|index| if index % columns == 0 { 1.0 } else { weight })
                .collect();
            let matrix = quantise(shape, &row, Scheme::Quad, Granularity::Matrix).unwrap();
            for value in [3.0, -3.0] {
                let mut x = vec![value; columns];
                x[0] = 1.0;
                check(&matrix, &x);
            }
        }
    }
}

#[test]
fn parts_and_batches_are_the_whole() {
    let (rows, columns) = (300, 77);
    let matrix = matrix(rows, columns, Scheme::Quad, true, 5);
    let (fast, tables) = (GemvMatrix::new(&matrix), GemvQ2Matrix::new(&matrix));
    let mut numbers = Numbers::new(9);
    let batch: Vec<Vec<f32>> = (0..3).map(|_| numbers.vector(columns)).collect();
    for path in Path::available() {
        let bytes: Vec<_> = batch.iter().map(|x| ByteVector::quantise(path, x).unwrap()).collect();
        let quads: Vec<_> = batch.iter().map(|x| QuadVector::quantise(path, x).unwrap()).collect();
        let mut all = vec![0.0; 3 * rows];
        fast.gemm(path, &bytes, &mut all).unwrap();
        for (x, result) in bytes.iter().zip(all.chunks(rows)) {
            assert_same_bits("gemm", result, &byte_product(&matrix, x));
        }
        tables.gemm(path, &quads, &mut all).unwrap();
        for (x, result) in quads.iter().zip(all.chunks(rows)) {
            assert_same_bits("gemm of 2 bits", result, &quad_product(&matrix, x));
        }
        let whole = byte_product(&matrix, &bytes[0]);
        let mut part = vec![0.0; 300 - 48];
        fast.gemv_rows(path, 48..300, &bytes[0], &mut part).unwrap();
        assert_same_bits("part", &part, &whole[48..]);
        let whole = quad_product(&matrix, &quads[0]);
        tables.gemv_rows(path, 64..300, &quads[0], &mut part[..236]).unwrap();
        assert_same_bits("part of 2 bits", &part[..236], &whole[64..]);
    }
}

/// What is held against the reference here; `NDA_PATHS` says what whoever chose the processor expects of it.
#[test]
fn paths_that_are_expected_are_there() {
    let names: Vec<_> = Path::available().map(Path::name).collect();
    assert_eq!(names[0], "scalar");
    if let Ok(expected) = std::env::var("NDA_PATHS") {
        assert_eq!(names.join(" "), expected);
    }
}
