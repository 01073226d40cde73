//! AVX-512 without VBMI and VNNI: as AVX2, on whole lines.
#![allow(unsafe_code)]

use super::{Decoder, PairTables, Q2Sums, Rows, Sums, block_or_last};
use crate::bytes;
use crate::line::Line;
use std::arch::x86_64::*;

/// Groups whose sums fit 16 bits with a sign: each adds at most 4 · 2 · 4 · 127 = 4064.
const SHORT: usize = 8;
/// Groups whose raised pairs fit an unsigned byte: 7 · 2 · 16 = 224.
const NARROW: usize = 7;
/// Groups whose sums fit 16 bits: 1792 · 2 · 16 = 57 344.
const WIDE: usize = 256 * NARROW;

#[inline]
#[target_feature(enable = "avx512f")]
fn load(line: &Line) -> __m512i {
    // SAFETY: the array is 64 readable bytes, and this load asks for no alignment.
    unsafe { _mm512_loadu_si512(line.0.as_ptr().cast()) }
}

/// Sixteen bytes, four times.
#[inline]
#[target_feature(enable = "avx512f")]
fn table(bytes: &[u8; 16]) -> __m512i {
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx512f")]
fn accumulate(vector: __m512i, to: &mut [i32; 16]) {
    // SAFETY: the array is 64 readable and writable bytes, and neither asks for alignment.
    unsafe {
        let before = _mm512_loadu_si512(to.as_ptr().cast());
        _mm512_storeu_si512(to.as_mut_ptr().cast(), _mm512_add_epi32(before, vector));
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn low_nibbles(codes: __m512i) -> __m512i {
    _mm512_and_si512(codes, _mm512_set1_epi8(15))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn high_nibbles(codes: __m512i) -> __m512i {
    low_nibbles(_mm512_srli_epi16::<4>(codes))
}

/// Four neighbouring activations, in every lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn four(x: &[i8; bytes::GROUP], which: usize) -> __m512i {
    let [a, b, c, d] = x.as_chunks::<4>().0[which];
    _mm512_set1_epi32(i32::from_ne_bytes([a as u8, b as u8, c as u8, d as u8]))
}

/// Two blocks side by side, which share the loads of the activations.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    let tables = [table(&decoder.0[0].as_chunks().0[0]), table(&decoder.0[1].as_chunks().0[0])];
    for (part, lines) in lines.chunks(2 * x.len()).enumerate() {
        let (first, second) = (block_or_last(lines, x.len(), 0), block_or_last(lines, x.len(), 1));
        let mut long = [_mm512_setzero_si512(); 2];
        let (whole, rest) = x.as_chunks::<SHORT>();
        let (firsts, seconds) = (first.as_chunks::<SHORT>().0, second.as_chunks::<SHORT>().0);
        for ((x, first), second) in whole.iter().zip(firsts).zip(seconds) {
            add_short(&tables, [first, second], x, &mut long);
        }
        let done = SHORT * whole.len();
        add_short(&tables, [&first[done..], &second[done..]], rest, &mut long);
        let mut sums: [Sums; 2] = [[0; _]; _];
        for (long, sums) in long.iter().zip(&mut sums) {
            accumulate(*long, sums);
        }
        rows.finish(part, &sums);
    }
}

/// Adds what at most [`SHORT`] groups give.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn add_short(
    tables: &[__m512i; 2],
    [first, second]: [&[Line]; 2],
    x: &[[i8; bytes::GROUP]],
    long: &mut [__m512i; 2],
) {
    let mut short = [_mm512_setzero_si512(); 2];
    for ((x, first), second) in x.iter().zip(first).zip(second) {
        let x = [four(x, 0), four(x, 1), four(x, 2), four(x, 3)];
        for (short, line) in short.iter_mut().zip([first, second]) {
            add_products(short, tables, load(line), &x);
        }
    }
    for (long, short) in long.iter_mut().zip(&short) {
        *long = _mm512_add_epi32(*long, _mm512_madd_epi16(*short, _mm512_set1_epi16(1)));
    }
}

/// Adds what a line gives.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn add_products(sums: &mut __m512i, [lower, upper]: &[__m512i; 2], codes: __m512i, x: &[__m512i; 4]) {
    let (low, high) = (low_nibbles(codes), high_nibbles(codes));
    let first = _mm512_add_epi16(
        _mm512_maddubs_epi16(_mm512_shuffle_epi8(*lower, low), x[0]),
        _mm512_maddubs_epi16(_mm512_shuffle_epi8(*upper, low), x[1]),
    );
    let second = _mm512_add_epi16(
        _mm512_maddubs_epi16(_mm512_shuffle_epi8(*lower, high), x[2]),
        _mm512_maddubs_epi16(_mm512_shuffle_epi8(*upper, high), x[3]),
    );
    *sums = _mm512_add_epi16(*sums, _mm512_add_epi16(first, second));
}

/// Two blocks side by side, which share the loads of the tables.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
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
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn q2_blocks(tables: &PairTables, [first, second]: [&[Line]; 2], x: &[[u8; 2]], sums: &mut [Q2Sums; 2]) {
    // By block, then even and odd bytes.
    let mut wide = [[_mm512_setzero_si512(); 2]; 2];
    let (whole, rest) = x.as_chunks::<NARROW>();
    let (firsts, seconds) = (first.as_chunks::<NARROW>().0, second.as_chunks::<NARROW>().0);
    for ((x, first), second) in whole.iter().zip(firsts).zip(seconds) {
        add_narrow(tables, [first, second], x, &mut wide);
    }
    let done = NARROW * whole.len();
    add_narrow(tables, [&first[done..], &second[done..]], rest, &mut wide);
    for (wide, sums) in wide.iter().zip(sums) {
        let quarters = sums.as_chunks_mut::<16>().0;
        for (odd, words) in wide.iter().enumerate() {
            let low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(*words));
            let high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64::<1>(*words));
            accumulate(low, &mut quarters[2 * odd]);
            accumulate(high, &mut quarters[2 * odd + 1]);
        }
    }
}

/// Adds what at most [`NARROW`] groups give.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn add_narrow(
    tables: &PairTables,
    [first, second]: [&[Line]; 2],
    x: &[[u8; 2]],
    wide: &mut [[__m512i; 2]; 2],
) {
    let mut narrow = [_mm512_setzero_si512(); 2];
    for ((&[left, right], first), second) in x.iter().zip(first).zip(second) {
        let left = table(&tables.0[usize::from(left)]);
        let right = table(&tables.0[usize::from(right)]);
        for (narrow, line) in narrow.iter_mut().zip([first, second]) {
            let codes = load(line);
            let low = _mm512_shuffle_epi8(left, low_nibbles(codes));
            let high = _mm512_shuffle_epi8(right, high_nibbles(codes));
            *narrow = _mm512_add_epi8(*narrow, _mm512_add_epi8(low, high));
        }
    }
    for (wide, narrow) in wide.iter_mut().zip(&narrow) {
        let even = _mm512_and_si512(*narrow, _mm512_set1_epi16(0xff));
        wide[0] = _mm512_add_epi16(wide[0], even);
        wide[1] = _mm512_add_epi16(wide[1], _mm512_srli_epi16::<8>(*narrow));
    }
}
