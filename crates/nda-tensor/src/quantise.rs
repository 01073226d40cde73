//! From `f32` weights to two bits and a scale.

use crate::error::TensorError;
use crate::matrix::{QuadMatrix, Shape};
use crate::scheme::Scheme;

/// How many weights share a scale.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Granularity {
    /// The whole matrix.
    Matrix,
    /// A row.
    #[default]
    Row,
}

/// Rounds of fitting; four to eight are what it takes.
const ROUNDS: usize = 16;

/// Quantises `weights`, row after row.
///
/// The scale `s` minimises the squared error by turns: each weight takes the nearest level (a tie the larger one, in
/// magnitude), then `s = Σ|w|·|q| / Σq²`, until nothing changes or after 16 rounds. That is done twice, from 13/16 (quad)
/// or 3/2 (ternary) of the mean magnitude, and from the scale under which the largest weight has the largest level; the smaller error
/// decides. So weights that are levels times a scale already come out as they are. All in `f64` and in the order of the weights; `s` is rounded to `f32`, then each weight takes the
/// nearest level once more.
///
/// The error of a weight is at most `max(s, |w| - 2s)` for quad and `max(s/2, |w| - s)` for ternary.
pub fn quantise(
    shape: Shape,
    weights: &[f32],
    scheme: Scheme,
    granularity: Granularity,
) -> Result<QuadMatrix<'static>, TensorError> {
    TensorError::check_length("weights", shape.rows() * shape.columns(), weights.len())?;
    TensorError::check_finite("weight", weights)?;
    let columns = shape.columns();
    let scales: Vec<f32> = match granularity {
        Granularity::Matrix => vec![fit(weights, scheme)],
        Granularity::Row => weights.chunks_exact(columns).map(|row| fit(row, scheme)).collect(),
    };
    let stride = shape.plane_stride();
    let mut sign = vec![0; shape.plane_bytes()];
    let mut magnitude = vec![0; shape.plane_bytes()];
    for (index, row) in weights.chunks_exact(columns).enumerate() {
        let scale = scales[index.min(scales.len() - 1)];
        for (column, &weight) in row.iter().enumerate() {
            let code = nearest(scheme, weight, f64::from(scale));
            let at = index * stride + column / 8;
            sign[at] |= (code >> 1) << (column % 8);
            magnitude[at] |= (code & 1) << (column % 8);
        }
    }
    let scales: Vec<u8> = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
    QuadMatrix::new(shape, scheme, sign, magnitude, scales)
}

/// The code for a weight. Under a scale of zero all levels are equal; the first is taken.
fn nearest(scheme: Scheme, weight: f32, scale: f64) -> u8 {
    if scale == 0.0 {
        return 0;
    }
    scheme.nearest(weight < 0.0, f64::from(weight).abs() / scale)
}

/// The scale of some weights: of two that are fitted, the one with the smaller error, the first if they are equal.
fn fit(weights: &[f32], scheme: Scheme) -> f32 {
    let magnitudes = || weights.iter().map(|&weight| f64::from(weight).abs());
    let mean = magnitudes().sum::<f64>() / weights.len() as f64;
    let largest = magnitudes().fold(0.0, f64::max);
    let (usual, full) = match scheme {
        Scheme::Quad => (mean * (13.0 / 16.0), largest / 2.0),
        Scheme::Ternary => (mean * 1.5, largest),
    };
    let (usual, full) = (fit_from(usual, weights, scheme), fit_from(full, weights, scheme));
    let better = if error(full, weights, scheme) < error(usual, weights, scheme) { full } else { usual };
    better as f32
}

/// Takes levels and scale by turns, from a scale to begin with.
fn fit_from(mut scale: f64, weights: &[f32], scheme: Scheme) -> f64 {
    for _ in 0..ROUNDS {
        let (mut products, mut squares) = (0.0, 0.0);
        for &weight in weights {
            let level = level(scheme, weight, scale);
            products += f64::from(weight).abs() * level;
            squares += level * level;
        }
        let fitted = if squares == 0.0 { scale } else { products / squares };
        if fitted == scale {
            break;
        }
        scale = fitted;
    }
    scale
}

/// The squared error under a scale.
fn error(scale: f64, weights: &[f32], scheme: Scheme) -> f64 {
    let errors = weights.iter().map(|&weight| f64::from(weight).abs() - scale * level(scheme, weight, scale));
    errors.map(|error| error * error).sum()
}

/// The magnitude of the nearest level.
fn level(scheme: Scheme, weight: f32, scale: f64) -> f64 {
    f64::from(scheme.levels()[usize::from(nearest(scheme, weight, scale))].unsigned_abs())
}
