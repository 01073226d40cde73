//! Norms, softmax, argmax: steps that look at the whole vector. Sums run in the order of [`reduce`](crate::reduce).

use crate::error::TensorError;
use crate::path::Path;
use crate::reduce::{self, on_every_path};

on_every_path! {
    fn scale_by_gain(to: &mut [f32], factor: f32, gain: &[f32]) {
        for (value, gain) in to.iter_mut().zip(gain) {
            *value = *value * factor * gain;
        }
    }
}

on_every_path! {
    fn normalise(to: &mut [f32], mean: f32, factor: f32, gain: &[f32], bias: &[f32]) {
        for ((value, gain), bias) in to.iter_mut().zip(gain).zip(bias) {
            *value = (*value - mean) * factor * gain + bias;
        }
    }
}

/// `x · f · gain` with `f = 1 / sqrt(Σx² / n + epsilon)`.
///
/// Zhang and Sennrich, *Root Mean Square Layer Normalization*, 2019.
pub fn rms_norm(path: Path, to: &mut [f32], gain: &[f32], epsilon: f32) -> Result<(), TensorError> {
    TensorError::check_length("gains", to.len(), gain.len())?;
    check_epsilon(epsilon)?;
    reduce::largest_magnitude(path, "element", to)?;
    let mean = reduce::sum_of_squares(path, to, 0.0) / to.len() as f32;
    scale_by_gain(path, to, 1.0 / (mean + epsilon).sqrt(), gain);
    Ok(())
}

/// `(x - m) · f · gain + bias` with the mean `m = Σx / n` and `f = 1 / sqrt(Σ(x - m)² / n + epsilon)`.
///
/// Ba, Kiros and Hinton, *Layer Normalization*, 2016.
pub fn layer_norm(
    path: Path,
    to: &mut [f32],
    gain: &[f32],
    bias: &[f32],
    epsilon: f32,
) -> Result<(), TensorError> {
    TensorError::check_length("gains", to.len(), gain.len())?;
    check_epsilon(epsilon)?;
    TensorError::check_length("biases", to.len(), bias.len())?;
    reduce::largest_magnitude(path, "element", to)?;
    let mean = reduce::sum(path, to) / to.len() as f32;
    let variance = reduce::sum_of_squares(path, to, mean) / to.len() as f32;
    normalise(path, to, mean, 1.0 / (variance + epsilon).sqrt(), gain, bias);
    Ok(())
}

/// `e / Σe` with `e = exp(x - max x)`.
pub fn softmax(path: Path, to: &mut [f32]) -> Result<(), TensorError> {
    reduce::largest_magnitude(path, "element", to)?;
    let largest = to.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for value in &mut *to {
        *value = libm::expf(*value - largest);
    }
    let sum = reduce::sum(path, to);
    for value in to {
        *value /= sum;
    }
    Ok(())
}

/// Where the largest element is; the first of equal ones, `None` if there are no elements.
pub fn argmax(path: Path, values: &[f32]) -> Result<Option<usize>, TensorError> {
    reduce::largest_magnitude(path, "element", values)?;
    let mut best: Option<(usize, f32)> = None;
    for (index, &value) in values.iter().enumerate() {
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((index, value));
        }
    }
    Ok(best.map(|(index, _)| index))
}

/// Without a number above 0 a vector of zeros would be divided by zero.
fn check_epsilon(value: f32) -> Result<(), TensorError> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(TensorError::Epsilon { value }) }
}
