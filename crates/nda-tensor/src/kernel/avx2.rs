//! AVX2: `vpshufb` decodes half bytes, `vpmaddubsw` sums.
#![allow(unsafe_code)]

use super::{Decoder, PairTables, Q2Sums, Rows, Sums, block_or_last};
use crate::bytes;
use crate::bytes::ROUNDING;
use crate::line::Line;
use std::arch::x86_64::*;

/// Groups whose sums fit 16 bits with a sign: each adds at most 4 · 2 · 4 · 127 = 4064.
const SHORT: usize = 8;
/// Groups whose raised pairs fit an unsigned byte: 7 · 2 · 16 = 224.
const NARROW: usize = 7;
/// Groups whose sums fit 16 bits: 1792 · 2 · 16 = 57 344.
const WIDE: usize = 256 * NARROW;

/// Half of a line.
#[inline]
#[target_feature(enable = "avx2")]
fn load(line: &Line, half: usize) -> __m256i {
    let half = &line.0.as_chunks::<32>().0[half];
    // SAFETY: the array is 32 readable bytes, and this load asks for no alignment.
    unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
}

/// Sixteen bytes, twice.
#[inline]
#[target_feature(enable = "avx2")]
fn table(bytes: &[u8; 16]) -> __m256i {
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn accumulate(vector: __m256i, to: &mut [i32; 8]) {
    // SAFETY: the array is 32 readable and writable bytes, and neither asks for alignment.
    unsafe {
        let before = _mm256_loadu_si256(to.as_ptr().cast());
        _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm256_add_epi32(before, vector));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn low_nibbles(codes: __m256i) -> __m256i {
    _mm256_and_si256(codes, _mm256_set1_epi8(15))
}

#[inline]
#[target_feature(enable = "avx2")]
fn high_nibbles(codes: __m256i) -> __m256i {
    low_nibbles(_mm256_srli_epi16::<4>(codes))
}

/// Four neighbouring activations, in every lane.
#[inline]
#[target_feature(enable = "avx2")]
fn four(x: &[i8; bytes::GROUP], which: usize) -> __m256i {
    let [a, b, c, d] = x.as_chunks::<4>().0[which];
    _mm256_set1_epi32(i32::from_ne_bytes([a as u8, b as u8, c as u8, d as u8]))
}

/// Two blocks side by side, which share the loads of the activations.
#[target_feature(enable = "avx2")]
pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    let tables = [table(&decoder.0[0].as_chunks().0[0]), table(&decoder.0[1].as_chunks().0[0])];
    for (part, lines) in lines.chunks(2 * x.len()).enumerate() {
        let (first, second) = (block_or_last(lines, x.len(), 0), block_or_last(lines, x.len(), 1));
        // By block, then by half of the line.
        let mut long = [[_mm256_setzero_si256(); 2]; 2];
        let (whole, rest) = x.as_chunks::<SHORT>();
        let (firsts, seconds) = (first.as_chunks::<SHORT>().0, second.as_chunks::<SHORT>().0);
        for ((x, first), second) in whole.iter().zip(firsts).zip(seconds) {
            add_short(&tables, [first, second], x, &mut long);
        }
        let done = SHORT * whole.len();
        add_short(&tables, [&first[done..], &second[done..]], rest, &mut long);
        let mut sums: [Sums; 2] = [[0; _]; _];
        for (long, sums) in long.iter().flatten().zip(sums.as_flattened_mut().as_chunks_mut::<8>().0) {
            accumulate(*long, sums);
        }
        rows.finish(part, &sums);
    }
}

/// Adds what at most [`SHORT`] groups give.
#[inline]
#[target_feature(enable = "avx2")]
fn add_short(
    tables: &[__m256i; 2],
    [first, second]: [&[Line]; 2],
    x: &[[i8; bytes::GROUP]],
    long: &mut [[__m256i; 2]; 2],
) {
    let mut short = [[_mm256_setzero_si256(); 2]; 2];
    for ((x, first), second) in x.iter().zip(first).zip(second) {
        let x = [four(x, 0), four(x, 1), four(x, 2), four(x, 3)];
        for (short, line) in short.iter_mut().zip([first, second]) {
            for (half, short) in short.iter_mut().enumerate() {
                add_products(short, tables, load(line, half), &x);
            }
        }
    }
    for (long, short) in long.as_flattened_mut().iter_mut().zip(short.as_flattened()) {
        let pairs = _mm256_madd_epi16(*short, _mm256_set1_epi16(1));
        *long = _mm256_add_epi32(*long, pairs);
    }
}

/// Adds what half a line gives.
#[inline]
#[target_feature(enable = "avx2")]
fn add_products(sums: &mut __m256i, [lower, upper]: &[__m256i; 2], codes: __m256i, x: &[__m256i; 4]) {
    let (low, high) = (low_nibbles(codes), high_nibbles(codes));
    let first = _mm256_add_epi16(
        _mm256_maddubs_epi16(_mm256_shuffle_epi8(*lower, low), x[0]),
        _mm256_maddubs_epi16(_mm256_shuffle_epi8(*upper, low), x[1]),
    );
    let second = _mm256_add_epi16(
        _mm256_maddubs_epi16(_mm256_shuffle_epi8(*lower, high), x[2]),
        _mm256_maddubs_epi16(_mm256_shuffle_epi8(*upper, high), x[3]),
    );
    *sums = _mm256_add_epi16(*sums, _mm256_add_epi16(first, second));
}

/// Two blocks side by side, which share the loads of the tables.
#[target_feature(enable = "avx2")]
pub(super) fn gemv_q2(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], mut rows: Rows<'_>) {
    for (part, lines) in lines.chunks(2 * x.len()).enumerate() {
        let (first, second) = (block_or_last(lines, x.len(), 0), block_or_last(lines, x.len(), 1));
        let mut sums: [Q2Sums; 2] = [[0; _]; _];
        for ((x, first), second) in x.chunks(WIDE).zip(first.chunks(WIDE)).zip(second.chunks(WIDE)) {
            q2_blocks(tables, [first, second], x, &mut sums);
        }
        rows.finish(part, &sums);
    }
}

/// At most [`WIDE`] groups of two blocks.
#[inline]
#[target_feature(enable = "avx2")]
fn q2_blocks(tables: &PairTables, [first, second]: [&[Line]; 2], x: &[[u8; 2]], sums: &mut [Q2Sums; 2]) {
    // By block, by half of the line, then even and odd bytes.
    let mut wide = [[[_mm256_setzero_si256(); 2]; 2]; 2];
    let (whole, rest) = x.as_chunks::<NARROW>();
    let (firsts, seconds) = (first.as_chunks::<NARROW>().0, second.as_chunks::<NARROW>().0);
    for ((x, first), second) in whole.iter().zip(firsts).zip(seconds) {
        add_narrow(tables, [first, second], x, &mut wide);
    }
    let done = NARROW * whole.len();
    add_narrow(tables, [&first[done..], &second[done..]], rest, &mut wide);
    for (wide, sums) in wide.iter().zip(sums) {
        let eighths = sums.as_chunks_mut::<8>().0;
        for (half, wide) in wide.iter().enumerate() {
            for (odd, words) in wide.iter().enumerate() {
                let low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(*words));
                let high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256::<1>(*words));
                accumulate(low, &mut eighths[4 * odd + 2 * half]);
                accumulate(high, &mut eighths[4 * odd + 2 * half + 1]);
            }
        }
    }
}

/// Adds what at most [`NARROW`] groups give.
#[inline]
#[target_feature(enable = "avx2")]
fn add_narrow(
    tables: &PairTables,
    [first, second]: [&[Line]; 2],
    x: &[[u8; 2]],
    wide: &mut [[[__m256i; 2]; 2]; 2],
) {
    let mut narrow = [[_mm256_setzero_si256(); 2]; 2];
    for ((&[left, right], first), second) in x.iter().zip(first).zip(second) {
        let left = table(&tables.0[usize::from(left)]);
        let right = table(&tables.0[usize::from(right)]);
        for (narrow, line) in narrow.iter_mut().zip([first, second]) {
            for (half, narrow) in narrow.iter_mut().enumerate() {
                let codes = load(line, half);
                let low = _mm256_shuffle_epi8(left, low_nibbles(codes));
                let high = _mm256_shuffle_epi8(right, high_nibbles(codes));
                *narrow = _mm256_add_epi8(*narrow, _mm256_add_epi8(low, high));
            }
        }
    }
    for (wide, narrow) in wide.as_flattened_mut().iter_mut().zip(narrow.as_flattened()) {
        let even = _mm256_and_si256(*narrow, _mm256_set1_epi16(0xff));
        wide[0] = _mm256_add_epi16(wide[0], even);
        wide[1] = _mm256_add_epi16(wide[1], _mm256_srli_epi16::<8>(*narrow));
    }
}

/// Elements that are quantised together.
pub(crate) const CHUNK: usize = 32;

/// Eight of a chunk's floats.
#[inline]
#[target_feature(enable = "avx2")]
fn floats(chunk: &[f32; CHUNK], which: usize) -> __m256 {
    let eight = &chunk.as_chunks::<8>().0[which];
    // SAFETY: the array is 32 readable bytes, and this load asks for no alignment.
    unsafe { _mm256_loadu_ps(eight.as_ptr()) }
}

/// The bytes of 32 numbers that fit a byte, in their order.
#[inline]
#[target_feature(enable = "avx2")]
fn narrow([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
}

/// The bytes of activations, and their sum: see [`ByteVector`](crate::ByteVector).
#[target_feature(enable = "avx2")]
pub(crate) fn round(chunks: &[[f32; CHUNK]], factor: f32, to: &mut [[i8; CHUNK]]) -> i32 {
    let (factor, rounding) = (_mm256_set1_ps(factor), _mm256_set1_ps(ROUNDING));
    let mut sums = _mm256_setzero_si256();
    for (chunk, to) in chunks.iter().zip(to) {
        let mut whole = [_mm256_setzero_si256(); 4];
        for (which, whole) in whole.iter_mut().enumerate() {
            let sum = _mm256_add_ps(_mm256_mul_ps(floats(chunk, which), factor), rounding);
            *whole = _mm256_sub_epi32(_mm256_castps_si256(sum), _mm256_castps_si256(rounding));
            sums = _mm256_add_epi32(sums, *whole);
        }
        // SAFETY: the array is 32 writable bytes, and this store asks for no alignment.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), narrow(whole)) };
    }
    let mut eight = [0; 8];
    accumulate(sums, &mut eight);
    eight.iter().sum()
}

/// The pairs of codes of activations: see [`QuadVector`](crate::QuadVector).
#[target_feature(enable = "avx2")]
pub(crate) fn encode(chunks: &[[f32; CHUNK]], threshold: f32, to: &mut [[u8; CHUNK / 2]]) {
    let (zero, threshold) = (_mm256_setzero_ps(), _mm256_set1_ps(threshold));
    let magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(i32::MAX));
    for (chunk, to) in chunks.iter().zip(to) {
        let (mut negative, mut large) = ([_mm256_setzero_si256(); 4], [_mm256_setzero_si256(); 4]);
        for (which, (negative, large)) in negative.iter_mut().zip(&mut large).enumerate() {
            let x = floats(chunk, which);
            *negative = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_LT_OQ>(x, zero));
            *large = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GE_OQ>(_mm256_and_ps(x, magnitude), threshold));
        }
        let signs = _mm256_and_si256(narrow(negative), _mm256_set1_epi8(2));
        let codes = _mm256_sub_epi8(signs, narrow(large));
        // The first of a pair as it is, and the second times four.
        let pairs = _mm256_maddubs_epi16(codes, _mm256_set1_epi16(0x0401));
        let pairs = _mm_packus_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256::<1>(pairs));
        // SAFETY: the array is 16 writable bytes, and this store asks for no alignment.
        unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), pairs) };
    }
}
