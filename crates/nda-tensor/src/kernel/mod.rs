//! The integer sums, once for each set of instructions. All give the same whole numbers.
//!
//! Weights enter raised by [`OFFSET`], pairs of products by [`PAIR_OFFSET`]: unsigned bytes are what the instructions take.
//! Whoever calls takes it off again.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512bw;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

use crate::line::Line;
use crate::path::{Kind, Path};
use crate::scheme::Scheme;
use crate::{bytes, gemv as gemv_layout, gemv_q2 as q2_layout, quad_vector};

/// What is added to every weight of an 8-bit product.
pub(crate) const OFFSET: i8 = 2;
/// What is added to every pair of a 2-bit product.
pub(crate) const PAIR_OFFSET: i8 = 8;
/// Rows that a batch takes at once: their weights stay in the nearest cache from vector to vector, and every kernel's number of blocks
/// divides them.
pub(crate) const BATCH_ROWS: usize = 128;

/// Sums of one block of rows of an 8-bit product.
type Sums = [i32; gemv_layout::BLOCK];
/// Sums of one block of rows of a 2-bit product.
type Q2Sums = [i32; q2_layout::BLOCK];

/// The raised weights of the codes at bit 0, 2 and 4 of every byte; bits 6 and 7 of the byte change nothing.
pub(crate) struct Decoder([[u8; 64]; 3]);

impl Decoder {
    pub(crate) fn of(scheme: Scheme) -> &'static Self {
        static QUAD: Decoder = Decoder::new(Scheme::Quad);
        static TERNARY: Decoder = Decoder::new(Scheme::Ternary);
        match scheme {
            Scheme::Quad => &QUAD,
            Scheme::Ternary => &TERNARY,
        }
    }

    const fn new(scheme: Scheme) -> Self {
        let levels = scheme.levels();
        let mut tables = [[0; 64]; 3];
        let mut byte = 0;
        while byte < 64 {
            let mut field = 0;
            while field < 3 {
                tables[field][byte] = (levels[byte >> (2 * field) & 3] + OFFSET) as u8;
                field += 1;
            }
            byte += 1;
        }
        Self(tables)
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

/// What a product reads and writes besides the weights: `to` and `scales` have an element for each row.
pub(crate) struct Rows<'a> {
    /// What the raised weights have added to every sum.
    pub correction: i32,
    /// The vector's scale.
    pub scale: f32,
    /// The rows' scales.
    pub scales: &'a [f32],
    /// The results.
    pub to: &'a mut [f32],
}

impl Rows<'_> {
    /// The float steps: inlined into each path, so that they run in its vectors.
    #[inline(always)]
    fn finish<const BLOCKS: usize, const BLOCK: usize>(
        &mut self,
        part: usize,
        sums: &[[i32; BLOCK]; BLOCKS],
    ) {
        let start = part * BLOCKS * BLOCK;
        let end = self.to.len().min(start + BLOCKS * BLOCK);
        let rows = self.to[start..end].iter_mut().zip(&self.scales[start..end]);
        for ((to, &scale), &sum) in rows.zip(sums.as_flattened()) {
            *to = (sum - self.correction) as f32 * (scale * self.scale);
        }
    }
}

/// Block `n`, or the last one if there are fewer: a kernel that takes several at once then sums it again for nobody.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline]
fn block_or_last(lines: &[Line], groups: usize, n: usize) -> &[Line] {
    let last = lines.len().saturating_sub(groups);
    &lines[last.min(n * groups)..][..groups]
}

/// A product with 8-bit activations: block behind block in `lines`, one line for each group of `x`, which has at least one.
pub(crate) fn gemv(path: Path, decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], rows: Rows<'_>) {
    match path.kind() {
        Kind::Scalar => scalar::gemv(decoder, lines, x, rows),
        // SAFETY: a path is made only where its instructions were found.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx2 => unsafe { avx2::gemv(decoder, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx512Bw => unsafe { avx512bw::gemv(decoder, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx512 => unsafe { avx512::gemv(decoder, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        Kind::Neon => unsafe { neon::gemv(decoder, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        Kind::NeonDot => unsafe { neon::gemv_dot(decoder, lines, x, rows) },
    }
}

/// A product with 2-bit activations: block behind block in `lines`, one line for each group of `x`, which has at least one.
pub(crate) fn gemv_q2(path: Path, tables: &PairTables, lines: &[Line], x: &[[u8; 2]], rows: Rows<'_>) {
    match path.kind() {
        Kind::Scalar => scalar::gemv_q2(tables, lines, x, rows),
        // SAFETY: a path is made only where its instructions were found.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx2 => unsafe { avx2::gemv_q2(tables, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx512Bw => unsafe { avx512bw::gemv_q2(tables, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx512 => unsafe { avx512::gemv_q2(tables, lines, x, rows) },
        // SAFETY: as above.
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        Kind::Neon | Kind::NeonDot => unsafe { neon::gemv_q2(tables, lines, x, rows) },
    }
}

/// Rounds the activations of whole chunks as vectors do it best, and says how many and the sum of their bytes; the others are for plain
/// code, which gives the same.
pub(crate) fn round(path: Path, values: &[f32], factor: f32, bytes: &mut [i8]) -> (usize, i32) {
    match path.kind() {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx2 | Kind::Avx512Bw => {
            let chunks = values.as_chunks().0;
            // SAFETY: a path is made only where its instructions were found; those of AVX2 are among them.
            let sum = unsafe { avx2::round(chunks, factor, bytes.as_chunks_mut().0) };
            (chunks.as_flattened().len(), sum)
        }
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        Kind::Neon | Kind::NeonDot => {
            let chunks = values.as_chunks().0;
            // SAFETY: a path is made only where its instructions were found.
            let sum = unsafe { neon::round(chunks, factor, bytes.as_chunks_mut().0) };
            (chunks.as_flattened().len(), sum)
        }
        _ => (0, 0),
    }
}

/// Names the tables of the pairs of whole chunks, and says of how many activations; the others are for plain code.
pub(crate) fn encode(path: Path, values: &[f32], threshold: f32, pairs: &mut [u8]) -> usize {
    match path.kind() {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code)]
        Kind::Avx2 | Kind::Avx512Bw => {
            let chunks = values.as_chunks().0;
            // SAFETY: as above.
            unsafe { avx2::encode(chunks, threshold, pairs.as_chunks_mut().0) };
            chunks.as_flattened().len()
        }
        #[cfg(target_arch = "aarch64")]
        #[allow(unsafe_code)]
        Kind::Neon | Kind::NeonDot => {
            let chunks = values.as_chunks().0;
            // SAFETY: a path is made only where its instructions were found.
            unsafe { neon::encode(chunks, threshold, pairs.as_chunks_mut().0) };
            chunks.as_flattened().len()
        }
        _ => 0,
    }
}
