//! The integer sums, once for each set of instructions. All give the same whole numbers.
//!
//! Weights enter raised by [`OFFSET`], pairs of products by [`PAIR_OFFSET`]: unsigned bytes are what the instructions take.
//! Whoever calls takes it off again.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod scalar;

use crate::line::Line;
use crate::path::{Kind, Path};
use crate::scheme::Scheme;
use crate::{bytes, gemv as gemv_layout, gemv_q2 as q2_layout, quad_vector};

/// What is added to every weight of an 8-bit product.
pub(crate) const OFFSET: i8 = 2;
/// What is added to every pair of a 2-bit product.
pub(crate) const PAIR_OFFSET: i8 = 8;
/// Rows of an 8-bit product that a kernel takes at once.
pub(crate) const GEMV_ROWS: usize = 64;
/// Rows of a 2-bit product that a kernel takes at once.
pub(crate) const GEMV_Q2_ROWS: usize = 128;

/// Sums of one block of rows of an 8-bit product.
pub(crate) type Sums = [i32; gemv_layout::BLOCK];
/// Sums of one block of rows of a 2-bit product.
pub(crate) type Q2Sums = [i32; q2_layout::BLOCK];

/// The raised weight that each code names.
#[derive(Clone, Copy)]
pub(crate) struct Decoder([u8; 4]);

impl Decoder {
    pub(crate) fn new(scheme: Scheme) -> Self {
        Self(scheme.levels().map(|level| (level + OFFSET) as u8))
    }

    /// The raised weights of all bytes whose code stands at `bit`.
    #[cfg(target_arch = "x86_64")]
    fn table(&self, bit: usize) -> [u8; 64] {
        std::array::from_fn(|byte| self.0[byte >> bit & 3])
    }
}

/// For each pair of activations what each pair of weights adds, raised. A byte numbers them, so no number is out of range; those
/// behind [`quad_vector::NEITHER`] are never named.
pub(crate) struct PairTables([[u8; 16]; 256]);

impl PairTables {
    pub(crate) fn of(scheme: Scheme) -> &'static Self {
        static QUAD: PairTables = PairTables::new(Scheme::Quad);
        static TERNARY: PairTables = PairTables::new(Scheme::Ternary);
        match scheme {
            Scheme::Quad => &QUAD,
            Scheme::Ternary => &TERNARY,
        }
    }

    const fn new(scheme: Scheme) -> Self {
        let (weights, activations) = (scheme.levels(), Scheme::Quad.levels());
        let mut tables = [[PAIR_OFFSET as u8; 16]; 256];
        let mut pair = 0;
        while pair < quad_vector::NEITHER as usize {
            let first = activations[pair & 3];
            let second = if pair < quad_vector::ONLY_FIRST as usize { activations[pair >> 2] } else { 0 };
            let mut codes = 0;
            while codes < 16 {
                let sum = weights[codes & 3] * first + weights[codes >> 2] * second;
                tables[pair][codes] = (sum + PAIR_OFFSET) as u8;
                codes += 1;
            }
            pair += 1;
        }
        Self(tables)
    }
}

/// Sums up to [`GEMV_ROWS`] rows: block behind block in `lines`, one line for each group of `x`.
pub(crate) fn gemv(
    path: Path,
    decoder: &Decoder,
    lines: &[Line],
    x: &[[i8; bytes::GROUP]],
    sums: &mut [Sums; GEMV_ROWS / gemv_layout::BLOCK],
) {
    match path.kind() {
        Kind::Scalar => scalar::gemv(decoder, lines, x, sums),
        // SAFETY: a path is made only where its instructions were found.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx2 => unsafe { avx2::gemv(decoder, lines, x, sums) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx512 => unsafe { avx512::gemv(decoder, lines, x, sums) },
    }
}

/// Sums up to [`GEMV_Q2_ROWS`] rows: block behind block in `lines`, one line for each group of `x`.
pub(crate) fn gemv_q2(
    path: Path,
    tables: &PairTables,
    lines: &[Line],
    x: &[[u8; 2]],
    sums: &mut [Q2Sums; GEMV_Q2_ROWS / q2_layout::BLOCK],
) {
    match path.kind() {
        Kind::Scalar => scalar::gemv_q2(tables, lines, x, sums),
        // SAFETY: a path is made only where its instructions were found.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx2 => unsafe { avx2::gemv_q2(tables, lines, x, sums) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx512 => unsafe { avx512::gemv_q2(tables, lines, x, sums) },
    }
}
