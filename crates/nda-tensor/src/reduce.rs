//! Sums in sixteen lanes.
//!
//! Lane `j` sums the elements `j, j + 16, j + 32, …` in that order, from 0. Then the lanes are added as a tree: lane `j` and
//! lane `j + 8` for the first eight, then `j + 4`, `j + 2`, `j + 1`. Each product is rounded before it is added. That is one
//! order for every path, and one that vectors follow as they are.

use crate::error::TensorError;
use crate::path::Path;

/// Lanes of a sum.
pub(crate) const LANES: usize = 16;

/// Compiles one body for every path: what is written in plain Rust gives the same bits with wider instructions, since
/// the compiler may neither fuse nor reorder floats.
macro_rules! on_every_path {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub(crate) fn $name(path: $crate::path::Path, $($arg: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($arg: $type),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($arg: $type),*) $(-> $result)? {
                body($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
            fn avx512($($arg: $type),*) $(-> $result)? {
                body($($arg),*)
            }
            match path.kind() {
                $crate::path::Kind::Scalar => body($($arg),*),
                // Every processor of this family has NEON, so the compiler uses it in plain code.
                #[cfg(target_arch = "aarch64")]
                $crate::path::Kind::Neon | $crate::path::Kind::NeonDot => body($($arg),*),
                // SAFETY: a path is made only where its instructions were found.
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code)]
                $crate::path::Kind::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                #[allow(unsafe_code)]
                $crate::path::Kind::Avx512Bw | $crate::path::Kind::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
    };
}
pub(crate) use on_every_path;

/// Sums `term` of every element in the order above.
#[inline(always)]
pub(crate) fn sum_lanes(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        lanes = std::array::from_fn(|lane| lanes[lane] + term(chunk[lane]));
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += term(value);
    }
    fold(lanes)
}

/// Adds the lanes as a tree.
#[inline(always)]
fn fold(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

on_every_path! {
    /// `Σ x`
    fn sum(values: &[f32]) -> f32 {
        sum_lanes(values, |value| value)
    }
}

on_every_path! {
    /// `Σ |x|`
    fn sum_of_magnitudes(values: &[f32]) -> f32 {
        sum_lanes(values, f32::abs)
    }
}

on_every_path! {
    /// `Σ (x - centre)²`
    fn sum_of_squares(values: &[f32], centre: f32) -> f32 {
        sum_lanes(values, |value| (value - centre) * (value - centre))
    }
}

on_every_path! {
    /// The bits of the largest magnitude; those of an infinity or more if a number is not finite.
    fn largest_magnitude_bits(values: &[f32]) -> u32 {
        values.iter().fold(0, |most, value| most.max(value.to_bits() & 0x7fff_ffff))
    }
}

on_every_path! {
    fn dot_lanes(left: &[f32], right: &[f32]) -> f32 {
        let mut lanes = [0.0; LANES];
        let (whole_left, rest_left) = left.as_chunks::<LANES>();
        let (whole_right, rest_right) = right.as_chunks::<LANES>();
        for (left, right) in whole_left.iter().zip(whole_right) {
            lanes = std::array::from_fn(|lane| lanes[lane] + left[lane] * right[lane]);
        }
        for ((lane, left), right) in lanes.iter_mut().zip(rest_left).zip(rest_right) {
            *lane += left * right;
        }
        fold(lanes)
    }
}

/// The largest magnitude of finite numbers; the first that is not finite is refused.
pub(crate) fn largest_magnitude(path: Path, what: &'static str, values: &[f32]) -> Result<f32, TensorError> {
    let largest = f32::from_bits(largest_magnitude_bits(path, values));
    if !largest.is_finite() {
        TensorError::check_finite(what, values)?;
    }
    Ok(largest)
}

/// The dot product, summed in sixteen lanes.
pub fn dot(path: Path, left: &[f32], right: &[f32]) -> Result<f32, TensorError> {
    TensorError::check_length("elements of the right vector", left.len(), right.len())?;
    Ok(dot_lanes(path, left, right))
}
