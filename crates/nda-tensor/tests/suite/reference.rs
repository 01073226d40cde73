//! Products as the documentation states them, one element at a time.

use nda_tensor::{ByteVector, QuadMatrix, QuadVector, Scheme, Shape};

/// Numbers that look random and are the same in every run.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// About normally distributed.
    pub fn normal(&mut self) -> f32 {
        let sum: i64 = (0..4).map(|_| (self.bits() >> 44) as i64).sum();
        (sum - (2 << 20)) as f32 / (1 << 19) as f32
    }

    pub fn vector(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.normal()).collect()
    }
}

/// A matrix of random codes.
pub fn matrix(rows: usize, columns: usize, scheme: Scheme, per_row: bool, seed: u64) -> QuadMatrix<'static> {
    let shape = Shape::new(rows, columns).unwrap();
    let mut numbers = Numbers::new(seed);
    let mut plane = || {
        let mut bytes = vec![0; shape.plane_bytes()];
        for row in 0..rows {
            for column in 0..columns {
                bytes[row * shape.plane_stride() + column / 8] |=
                    ((numbers.bits() >> 33 & 1) as u8) << (column % 8);
            }
        }
        bytes
    };
    let (mut sign, magnitude) = (plane(), plane());
    if scheme == Scheme::Ternary {
        sign.iter_mut().zip(&magnitude).for_each(|(sign, magnitude)| *sign &= magnitude);
    }
    let count = if per_row { rows } else { 1 };
    let scales: Vec<u8> = (0..count).flat_map(|_| numbers.normal().abs().to_le_bytes()).collect();
    QuadMatrix::new(shape, scheme, sign, magnitude, scales).unwrap()
}

/// `W x`, from the planes and the quantised elements.
pub fn product(matrix: &QuadMatrix<'_>, elements: &[i8], scale: f32) -> Vec<f32> {
    let (rows, columns) = (matrix.shape().rows(), matrix.shape().columns());
    let row = |row: usize| {
        let sum: i64 = (0..columns)
            .map(|column| i64::from(matrix.weight(row, column)) * i64::from(elements[column]))
            .sum();
        sum as f32 * (matrix.scale(row) * scale)
    };
    (0..rows).map(row).collect()
}

pub fn byte_product(matrix: &QuadMatrix<'_>, x: &ByteVector) -> Vec<f32> {
    product(matrix, x.bytes(), x.scale())
}

pub fn quad_product(matrix: &QuadMatrix<'_>, x: &QuadVector) -> Vec<f32> {
    product(matrix, &x.levels().collect::<Vec<_>>(), x.scale())
}

/// Equal to the last bit.
#[track_caller]
pub fn assert_same_bits(what: &str, left: &[f32], right: &[f32]) {
    assert_eq!(left.len(), right.len(), "{what}");
    for (index, (left, right)) in left.iter().zip(right).enumerate() {
        assert_eq!(left.to_bits(), right.to_bits(), "{what}: element {index} is {left:e} and {right:e}");
    }
}
