//! AVX2: `vpshufb` decodes half bytes, `vpmaddubsw` sums.
#![allow(unsafe_code)]

use super::{Decoder, PairTables, Q2Sums, Rows, Sums};
use crate::bytes;
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

#[target_feature(enable = "avx2")]
pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    let (lower, upper) = (table(&decoder.0[0].as_chunks().0[0]), table(&decoder.0[1].as_chunks().0[0]));
    for (part, block) in lines.chunks_exact(x.len()).enumerate() {
        let mut sums: Sums = [0; _];
        let mut long = [_mm256_setzero_si256(); 2];
        for (lines, x) in block.chunks(SHORT).zip(x.chunks(SHORT)) {
            let mut short = [_mm256_setzero_si256(); 2];
            for (line, x) in lines.iter().zip(x) {
                let x = [four(x, 0), four(x, 1), four(x, 2), four(x, 3)];
                for (half, short) in short.iter_mut().enumerate() {
                    let codes = load(line, half);
                    let (low, high) = (low_nibbles(codes), high_nibbles(codes));
                    let first = _mm256_add_epi16(
                        _mm256_maddubs_epi16(_mm256_shuffle_epi8(lower, low), x[0]),
                        _mm256_maddubs_epi16(_mm256_shuffle_epi8(upper, low), x[1]),
                    );
                    let second = _mm256_add_epi16(
                        _mm256_maddubs_epi16(_mm256_shuffle_epi8(lower, high), x[2]),
                        _mm256_maddubs_epi16(_mm256_shuffle_epi8(upper, high), x[3]),
                    );
                    *short = _mm256_add_epi16(*short, _mm256_add_epi16(first, second));
                }
            }
            for (long, short) in long.iter_mut().zip(short) {
                let pairs = _mm256_madd_epi16(short, _mm256_set1_epi16(1));
                *long = _mm256_add_epi32(*long, pairs);
            }
        }
        for (long, sums) in long.into_iter().zip(sums.as_chunks_mut::<8>().0) {
            accumulate(long, sums);
        }
        rows.finish(part, &[sums]);
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn gemv_q2(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], mut rows: Rows<'_>) {
    for (part, block) in lines.chunks_exact(x.len()).enumerate() {
        let mut sums: Q2Sums = [0; _];
        for (lines, x) in block.chunks(WIDE).zip(x.chunks(WIDE)) {
            q2_block(tables, lines, x, &mut sums);
        }
        rows.finish(part, &[sums]);
    }
}

/// At most [`WIDE`] groups of one block.
#[inline]
#[target_feature(enable = "avx2")]
fn q2_block(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], sums: &mut Q2Sums) {
    // By half of the line, then even and odd bytes.
    let mut wide = [[_mm256_setzero_si256(); 2]; 2];
    for (lines, x) in lines.chunks(NARROW).zip(x.chunks(NARROW)) {
        let mut narrow = [_mm256_setzero_si256(); 2];
        for (line, &[first, second]) in lines.iter().zip(x) {
            let first = table(&tables.0[usize::from(first)]);
            let second = table(&tables.0[usize::from(second)]);
            for (half, narrow) in narrow.iter_mut().enumerate() {
                let codes = load(line, half);
                let low = _mm256_shuffle_epi8(first, low_nibbles(codes));
                let high = _mm256_shuffle_epi8(second, high_nibbles(codes));
                *narrow = _mm256_add_epi8(*narrow, _mm256_add_epi8(low, high));
            }
        }
        for (wide, narrow) in wide.iter_mut().zip(narrow) {
            let even = _mm256_and_si256(narrow, _mm256_set1_epi16(0xff));
            wide[0] = _mm256_add_epi16(wide[0], even);
            wide[1] = _mm256_add_epi16(wide[1], _mm256_srli_epi16::<8>(narrow));
        }
    }
    let eighths = sums.as_chunks_mut::<8>().0;
    for (half, wide) in wide.into_iter().enumerate() {
        for (odd, words) in wide.into_iter().enumerate() {
            let low = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(words));
            let high = _mm256_cvtepu16_epi32(_mm256_extracti128_si256::<1>(words));
            accumulate(low, &mut eighths[4 * odd + 2 * half]);
            accumulate(high, &mut eighths[4 * odd + 2 * half + 1]);
        }
    }
}
