//! Rows of steps on each element, done in one pass: block by block, so that what one step leaves is still in the nearest cache
//! when the next one comes, and no vector is made for it. Each step rounds as it does alone: the bits are the same.

use crate::elementwise::{add_each, gelu, multiply_each, relu_each, scale_each, silu, subtract_each};
use crate::error::TensorError;
use crate::path::Path;
use crate::reduce::on_every_path;

/// Elements of a block.
const BLOCK: usize = 128;
/// The most values that wait at once while another is computed.
pub const MOST_WAITING: usize = 3;

/// Where a step finds a vector.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Here.
    Of(&'a [f32]),
    /// Where the result goes, as it was found.
    Result,
    /// It is the value that was computed last; the one before it is computed with.
    Last,
}

/// A step on each element of the value at hand.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Begins a value; the one at hand waits. The first one begins the result.
    Begin(Source<'a>),
    /// See [`add`](crate::add).
    Add(Source<'a>),
    /// See [`subtract`](crate::subtract).
    Subtract(Source<'a>),
    /// See [`multiply`](crate::multiply).
    Multiply(Source<'a>),
    /// See [`scale`](crate::scale).
    Scale(f32),
    /// See [`relu`](crate::relu).
    Relu,
    /// See [`silu`].
    Silu,
    /// See [`gelu`].
    Gelu,
}

/// Does the steps, one behind the other, on each element of `to`.
///
/// # Errors
/// If a vector is not as long as the result.
///
/// # Panics
/// If the steps begin with none that begins a value, use a value that none began, or let more than [`MOST_WAITING`] wait.
pub fn fused(path: Path, to: &mut [f32], steps: &[Step<'_>]) -> Result<(), TensorError> {
    for step in steps {
        if let Step::Begin(from) | Step::Add(from) | Step::Subtract(from) | Step::Multiply(from) = step
            && let Source::Of(from) = from
        {
            TensorError::check_length("elements of the right vector", to.len(), from.len())?;
        }
    }
    in_blocks(path, to, steps);
    Ok(())
}

on_every_path! {
    fn in_blocks(to: &mut [f32], steps: &[Step<'_>]) {
        let mut waiting = [[0.0; BLOCK]; MOST_WAITING];
        for (index, block) in to.chunks_mut(BLOCK).enumerate() {
            one_block(block, index * BLOCK, &mut waiting, steps);
        }
    }
}

/// The elements of `block`, which stand from `start` on in every vector.
#[inline(always)]
fn one_block(block: &mut [f32], start: usize, blocks: &mut [[f32; BLOCK]; MOST_WAITING], steps: &[Step<'_>]) {
    let len = block.len();
    let part = start..start + len;
    // Values there are: the result's, and behind it one in each of so many blocks.
    let mut count = 0;
    for &step in steps {
        let with = match step {
            Step::Begin(from) => {
                if let Source::Of(from) = from {
                    let to = if count == 0 { &mut *block } else { &mut blocks[count - 1][..len] };
                    to.copy_from_slice(&from[part.clone()]);
                } else if count > 0 {
                    blocks[count - 1][..len].copy_from_slice(block);
                }
                count += 1;
                continue;
            }
            Step::Add(with) | Step::Subtract(with) | Step::Multiply(with) => Some(with),
            _ => None,
        };
        if let Some(Source::Last) = with {
            count -= 1;
        }
        let (below, above) = blocks.split_at_mut(count - 1);
        // The value at hand, and what the step takes besides.
        let (value, with) = match (below.last_mut(), with) {
            (None, Some(Source::Result)) => {
                let same = &mut above[0][..len];
                same.copy_from_slice(block);
                (&mut *block, &*same)
            }
            (None, Some(Source::Last)) => (&mut *block, &above[0][..len]),
            (None, Some(Source::Of(from))) => (&mut *block, &from[part.clone()]),
            (None, None) => (&mut *block, &[][..]),
            (Some(value), Some(Source::Result)) => (&mut value[..len], &*block),
            (Some(value), Some(Source::Last)) => (&mut value[..len], &above[0][..len]),
            (Some(value), Some(Source::Of(from))) => (&mut value[..len], &from[part.clone()]),
            (Some(value), None) => (&mut value[..len], &[][..]),
        };
        match step {
            Step::Begin(_) => {}
            Step::Add(_) => add_each(value, with),
            Step::Subtract(_) => subtract_each(value, with),
            Step::Multiply(_) => multiply_each(value, with),
            Step::Scale(factor) => scale_each(value, factor),
            Step::Relu => relu_each(value),
            Step::Silu => silu(value),
            Step::Gelu => gelu(value),
        }
    }
}
