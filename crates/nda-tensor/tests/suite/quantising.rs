//! The error bounds that the documentation states.

use crate::reference::Numbers;
use nda_tensor::{ByteVector, Granularity, Path, QuadVector, Scheme, Shape, quantise};
use proptest::prelude::*;

proptest! {
    #[test]
    fn bytes_are_within_half_a_step(len in 1usize..200, seed: u64, exponent in -90i32..90) {
        let factor = 2f32.powi(exponent);
        let x: Vec<f32> = Numbers::new(seed).vector(len).iter().map(|value| value * factor).collect();
        let bytes = ByteVector::quantise(Path::SCALAR, &x).unwrap();
        let scale = f64::from(bytes.scale());
        for (&x, &byte) in x.iter().zip(bytes.bytes()) {
            let error = (f64::from(x) - scale * f64::from(byte)).abs();
            prop_assert!(error <= scale * (0.5 + 2f64.powi(-15)), "{x} as {byte} · {scale}");
            prop_assert!(byte >= -127);
        }
        for path in Path::available() {
            prop_assert_eq!(&ByteVector::quantise(path, &x).unwrap(), &bytes);
        }
    }

    #[test]
    fn quads_are_within_a_step(len in 1usize..200, seed: u64) {
        let x = Numbers::new(seed).vector(len);
        let quads = QuadVector::quantise(Path::SCALAR, &x).unwrap();
        let scale = f64::from(quads.scale());
        prop_assert_eq!(quads.levels().count(), len);
        for (&x, level) in x.iter().zip(quads.levels()) {
            let bound = scale.max(f64::from(x.abs()) - 2.0 * scale) * (1.0 + 1e-6);
            prop_assert!((f64::from(x) - scale * f64::from(level)).abs() <= bound, "{x} as {level} · {scale}");
            prop_assert_eq!(level < 0, x < 0.0);
        }
    }

    #[test]
    fn weights_are_within_their_bound(
        rows in 1usize..9, columns in 1usize..90, seed: u64, ternary: bool, per_row: bool,
    ) {
        let shape = Shape::new(rows, columns).unwrap();
        let weights = Numbers::new(seed).vector(rows * columns);
        let scheme = if ternary { Scheme::Ternary } else { Scheme::Quad };
        let granularity = if per_row { Granularity::Row } else { Granularity::Matrix };
        let matrix = quantise(shape, &weights, scheme, granularity).unwrap();
        prop_assert_eq!(matrix.scales_len(), if per_row { rows } else { 1 });
        for (row, weights) in weights.chunks(columns).enumerate() {
            let scale = matrix.scale(row);
            let (near, top) = if ternary { (scale / 2.0, scale) } else { (scale, 2.0 * scale) };
            for (&weight, quantised) in weights.iter().zip(matrix.row(row)) {
                let bound = near.max(weight.abs() - top) * (1.0 + 1e-6);
                prop_assert!((weight - quantised).abs() <= bound, "{weight} as {quantised}, scale {scale}");
            }
        }
    }
}

/// The fitted scale is the best there is: no other near it has a smaller error.
#[test]
fn the_scale_is_fitted() {
    let weights = Numbers::new(4).vector(4096);
    for scheme in [Scheme::Quad, Scheme::Ternary] {
        let matrix = quantise(Shape::new(1, 4096).unwrap(), &weights, scheme, Granularity::Row).unwrap();
        let levels = scheme.levels();
        let error = |scale: f32| -> f64 {
            let nearest = |weight: f32| {
                levels
                    .map(|level| (weight - scale * f32::from(level)).abs())
                    .into_iter()
                    .fold(f32::MAX, f32::min)
            };
            weights.iter().map(|&weight| f64::from(nearest(weight)).powi(2)).sum()
        };
        let best = error(matrix.scale(0));
        for factor in [0.9, 0.97, 1.03, 1.1] {
            assert!(best < error(matrix.scale(0) * factor), "{} at {factor}", scheme.name());
        }
    }
}

#[test]
fn zeros_stay_zeros() {
    let matrix = quantise(Shape::new(2, 3).unwrap(), &[0.0; 6], Scheme::Quad, Granularity::Row).unwrap();
    assert!(matrix.row(1).all(|weight| weight == 0.0));
    let bytes = ByteVector::quantise(Path::best(), &[0.0, -0.0, 1e-40]).unwrap();
    assert_eq!((bytes.scale(), bytes.bytes()), (0.0, &[0i8; 3][..]));
    assert_eq!(QuadVector::quantise(Path::best(), &[0.0; 3]).unwrap().scale(), 0.0);
}

/// Weights that were quantised before lose nothing, also where the usual beginning would end elsewhere.
#[test]
fn levels_stay_levels() {
    let (row, shape) = ([0.5, -1.0, 1.0, 4.0, 2.0, -2.0], Shape::new(2, 3).unwrap());
    let matrix = quantise(shape, &row, Scheme::Quad, Granularity::Row).unwrap();
    assert_eq!((0..2).flat_map(|row| matrix.row(row)).collect::<Vec<_>>(), row);
    let row = [0.0, 0.0, 0.0, 0.0, 0.0, -3.0];
    let matrix = quantise(shape, &row, Scheme::Ternary, Granularity::Matrix).unwrap();
    assert_eq!((0..2).flat_map(|row| matrix.row(row)).collect::<Vec<_>>(), row);
}
