//! Rows of steps on each element, done in one pass: block by block, so that what one step leaves is still in the nearest cache
//! when the next one comes, and no vector is made for it. Two steps that follow each other are one loop over a block, so that their
//! value is in a register between them. Each step rounds as it does alone: the bits are the same.
#![allow(unsafe_code)]

use crate::elementwise::{gelu, silu};
use crate::error::TensorError;
use crate::path::{Kind, Path};
use std::slice::ChunksMut;

/// Elements of a block, if no value waits: four vectors of them fit the nearest cache.
const LONG: usize = 2048;
/// Elements of a block, if some do: they have to be put somewhere.
const SHORT: usize = 256;
/// The most values that wait at once while another is computed.
pub const MOST_WAITING: usize = 3;

/// Where a step finds a vector.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Here.
    Of(&'a [f32]),
    /// Where the result goes, as it was found: to be read before the first step on that.
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
/// If the steps begin with none that begins a value, use a value that none began, let more than [`MOST_WAITING`] wait, or read the
/// result where it is the value at hand.
pub fn fused(path: Path, to: &mut [f32], steps: &[Step<'_>]) -> Result<(), TensorError> {
    for step in steps {
        if let Step::Begin(from) | Step::Add(from) | Step::Subtract(from) | Step::Multiply(from) = step
            && let Source::Of(from) = from
        {
            TensorError::check_length("elements of the right vector", to.len(), from.len())?;
        }
    }
    let begins = |step: &&Step<'_>| matches!(step, Step::Begin(_));
    if steps.iter().filter(begins).count() == 1 {
        in_blocks(path, to.chunks_mut(LONG), &mut [], steps);
    } else {
        in_blocks(path, to.chunks_mut(SHORT), &mut [[0.0; SHORT]; MOST_WAITING], steps);
    }
    Ok(())
}

fn in_blocks(path: Path, blocks: ChunksMut<'_, f32>, waiting: &mut [[f32; SHORT]], steps: &[Step<'_>]) {
    let mut start = 0;
    for block in blocks {
        let len = block.len();
        one_block(path, block, start, waiting, steps);
        start += len;
    }
}

/// The elements of `block`, which stand from `start` on in every vector.
fn one_block<'s>(
    path: Path,
    block: &mut [f32],
    start: usize,
    blocks: &mut [[f32; SHORT]],
    mut steps: &[Step<'s>],
) {
    let len = block.len();
    // Values there are: the result's, and behind it one in each of so many blocks.
    let mut count = 0;
    while let [next, ..] = steps {
        let begins = match next {
            Step::Begin(from) => Some(*from),
            _ => None,
        };
        let ops = if begins.is_some() { &steps[1..] } else { steps };
        count += usize::from(begins.is_some());
        if let [Step::Add(with) | Step::Subtract(with) | Step::Multiply(with), ..] = ops
            && matches!(with, Source::Last)
            && begins.is_none()
        {
            count -= 1;
        }
        let (below, above) = blocks.split_at_mut(count - 1);
        let (value, result) = match below.last_mut() {
            Some(value) => (&mut value[..len], Some(&*block)),
            None => (&mut *block, None),
        };
        let last = above.first().map(|last| &last[..len]);
        let find = |source: Source<'s>| match source {
            Source::Of(from) => Some(&from[start..start + len]),
            Source::Result => result,
            Source::Last => last,
        };
        let operand = |source: Source<'s>| find(source).expect("what a step reads is there");
        let from = begins.and_then(find);
        let each = |step: Option<&Step<'s>>| {
            Some(match *step? {
                Step::Add(with) => Each::Add(operand(with)),
                Step::Subtract(with) => Each::Subtract(operand(with)),
                Step::Multiply(with) => Each::Multiply(operand(with)),
                Step::Scale(factor) => Each::Scale(factor),
                Step::Relu => Each::Relu,
                _ => return None,
            })
        };
        // The value before is another once a step takes it.
        let takes_last = |step: &&Step<'_>| {
            matches!(
                step,
                Step::Add(Source::Last) | Step::Subtract(Source::Last) | Step::Multiply(Source::Last)
            )
        };
        let first = ops.first().filter(|step| begins.is_none() || !takes_last(step));
        let done = match each(first) {
            Some(first) => {
                let second = each(ops.get(1).filter(|step| !takes_last(step)));
                let done = 1 + usize::from(second.is_some());
                Row { path, value, from }.first(first, second);
                done
            }
            None => {
                if let Some(from) = from {
                    value.copy_from_slice(from);
                }
                match first {
                    Some(Step::Silu) => silu(value),
                    Some(Step::Gelu) => gelu(value),
                    _ => {}
                }
                usize::from(matches!(first, Some(Step::Silu | Step::Gelu)))
            }
        };
        steps = &ops[done..];
    }
}

/// A step that runs in vectors, with what it reads of the block.
#[derive(Clone, Copy)]
enum Each<'a> {
    Add(&'a [f32]),
    Subtract(&'a [f32]),
    Multiply(&'a [f32]),
    Scale(f32),
    Relu,
}

/// What such a step does to an element.
trait Does {
    /// Whether it reads an element of a vector; otherwise all have the same number.
    const READS: bool;
    fn apply(value: f32, with: f32) -> f32;
}

macro_rules! does {
    ($($name:ident, $reads:expr, |$value:ident, $with:ident| $result:expr;)*) => {$(
        struct $name;

        impl Does for $name {
            const READS: bool = $reads;

            #[inline(always)]
            fn apply($value: f32, $with: f32) -> f32 {
                $result
            }
        }
    )*};
}

does! {
    Adds, true, |value, with| value + with;
    Subtracts, true, |value, with| value - with;
    Multiplies, true, |value, with| value * with;
    Scales, false, |value, with| value * with;
    // As in `relu`.
    Rectifies, false, |value, _with| f32::from_bits(value.to_bits() & if value <= 0.0 { 0 } else { u32::MAX });
    Keeps, false, |value, _with| value;
}

/// What a step takes besides its value.
#[derive(Clone, Copy)]
struct Takes<'a> {
    vector: &'a [f32],
    number: f32,
}

impl<'a> Takes<'a> {
    const NOTHING: Self = Self { vector: &[], number: 0.0 };

    const fn vector(vector: &'a [f32]) -> Self {
        Self { vector, number: 0.0 }
    }

    const fn number(number: f32) -> Self {
        Self { vector: &[], number }
    }
}

/// One loop: over what is in `value`, or in `from` if there is one.
struct Row<'a> {
    path: Path,
    value: &'a mut [f32],
    from: Option<&'a [f32]>,
}

impl Row<'_> {
    fn first(self, first: Each<'_>, second: Option<Each<'_>>) {
        match first {
            Each::Add(with) => self.second::<Adds>(Takes::vector(with), second),
            Each::Subtract(with) => self.second::<Subtracts>(Takes::vector(with), second),
            Each::Multiply(with) => self.second::<Multiplies>(Takes::vector(with), second),
            Each::Scale(factor) => self.second::<Scales>(Takes::number(factor), second),
            Each::Relu => self.second::<Rectifies>(Takes::NOTHING, second),
        }
    }

    fn second<A: Does>(self, first: Takes<'_>, second: Option<Each<'_>>) {
        match second {
            Some(Each::Add(with)) => self.run::<A, Adds>(first, Takes::vector(with)),
            Some(Each::Subtract(with)) => self.run::<A, Subtracts>(first, Takes::vector(with)),
            Some(Each::Multiply(with)) => self.run::<A, Multiplies>(first, Takes::vector(with)),
            Some(Each::Scale(factor)) => self.run::<A, Scales>(first, Takes::number(factor)),
            Some(Each::Relu) => self.run::<A, Rectifies>(first, Takes::NOTHING),
            None => self.run::<A, Keeps>(first, Takes::NOTHING),
        }
    }

    fn run<A: Does, B: Does>(self, first: Takes<'_>, second: Takes<'_>) {
        match self.from {
            Some(from) => on_path::<A, B, false>(self.path, self.value, from, first, second),
            None => on_path::<A, B, true>(self.path, self.value, &[], first, second),
        }
    }
}

fn on_path<A: Does, B: Does, const IN_PLACE: bool>(
    path: Path,
    to: &mut [f32],
    from: &[f32],
    first: Takes<'_>,
    second: Takes<'_>,
) {
    match path.kind() {
        Kind::Scalar => body::<A, B, IN_PLACE>(to, from, first, second),
        // Every processor of this family has NEON, so the compiler uses it in plain code.
        #[cfg(target_arch = "aarch64")]
        Kind::Neon | Kind::NeonDot => body::<A, B, IN_PLACE>(to, from, first, second),
        // SAFETY: a path is made only where its instructions were found.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2::<A, B, IN_PLACE>(to, from, first, second) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512Bw | Kind::Avx512 => unsafe { avx512::<A, B, IN_PLACE>(to, from, first, second) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<A: Does, B: Does, const IN_PLACE: bool>(
    to: &mut [f32],
    from: &[f32],
    first: Takes<'_>,
    second: Takes<'_>,
) {
    body::<A, B, IN_PLACE>(to, from, first, second);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl")]
fn avx512<A: Does, B: Does, const IN_PLACE: bool>(
    to: &mut [f32],
    from: &[f32],
    first: Takes<'_>,
    second: Takes<'_>,
) {
    body::<A, B, IN_PLACE>(to, from, first, second);
}

#[inline(always)]
fn body<A: Does, B: Does, const IN_PLACE: bool>(
    to: &mut [f32],
    from: &[f32],
    first: Takes<'_>,
    second: Takes<'_>,
) {
    let len = to.len();
    let from = if IN_PLACE { from } else { &from[..len] };
    let a = if A::READS { &first.vector[..len] } else { &[] };
    let b = if B::READS { &second.vector[..len] } else { &[] };
    for index in 0..len {
        let value = if IN_PLACE { to[index] } else { from[index] };
        let value = A::apply(value, if A::READS { a[index] } else { first.number });
        to[index] = B::apply(value, if B::READS { b[index] } else { second.number });
    }
}
