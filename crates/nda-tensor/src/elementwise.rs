//! Steps on each element alone. Each is one operation of IEEE 754 or a stated row of them; a NaN stays some NaN.

use crate::error::TensorError;
use crate::path::Path;
use crate::reduce::on_every_path;

on_every_path! {
    fn add_all(to: &mut [f32], other: &[f32]) {
        for (left, right) in to.iter_mut().zip(other) {
            *left += right;
        }
    }
}

on_every_path! {
    fn subtract_all(to: &mut [f32], other: &[f32]) {
        for (left, right) in to.iter_mut().zip(other) {
            *left -= right;
        }
    }
}

on_every_path! {
    fn multiply_all(to: &mut [f32], other: &[f32]) {
        for (left, right) in to.iter_mut().zip(other) {
            *left *= right;
        }
    }
}

on_every_path! {
    fn scale_all(to: &mut [f32], factor: f32) {
        for left in to {
            *left *= factor;
        }
    }
}

on_every_path! {
    fn relu_all(to: &mut [f32]) {
        for left in to {
            // Through its bits, which are always written: a store on a condition would not run in vectors.
            let kept = if *left <= 0.0 { 0 } else { u32::MAX };
            *left = f32::from_bits(left.to_bits() & kept);
        }
    }
}

/// `to[i] + other[i]`
pub fn add(path: Path, to: &mut [f32], other: &[f32]) -> Result<(), TensorError> {
    TensorError::check_length("elements of the right vector", to.len(), other.len())?;
    add_all(path, to, other);
    Ok(())
}

/// `to[i] - other[i]`
pub fn subtract(path: Path, to: &mut [f32], other: &[f32]) -> Result<(), TensorError> {
    TensorError::check_length("elements of the right vector", to.len(), other.len())?;
    subtract_all(path, to, other);
    Ok(())
}

/// `to[i] * other[i]`
pub fn multiply(path: Path, to: &mut [f32], other: &[f32]) -> Result<(), TensorError> {
    TensorError::check_length("elements of the right vector", to.len(), other.len())?;
    multiply_all(path, to, other);
    Ok(())
}

/// `x * factor`
pub fn scale(path: Path, to: &mut [f32], factor: f32) {
    scale_all(path, to, factor);
}

/// 0 where `x` is at most 0 (the zero is positive), else `x`.
pub fn relu(path: Path, to: &mut [f32]) {
    relu_all(path, to);
}

/// `x / (1 + exp(-x))`
pub fn silu(to: &mut [f32]) {
    for value in to {
        *value /= 1.0 + libm::expf(-*value);
    }
}

/// `(x / 2) · (1 + erf(x · √½))`, the exact form, not the one by `tanh`.
pub fn gelu(to: &mut [f32]) {
    for value in to {
        *value = (*value * 0.5) * (1.0 + libm::erff(*value * std::f32::consts::FRAC_1_SQRT_2));
    }
}
