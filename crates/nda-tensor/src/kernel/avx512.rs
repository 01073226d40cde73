//! AVX-512 with VBMI and VNNI: `vpermb` decodes whole bytes without masking, `vpdpbusd` sums.
//!
//! A `vpermb` looks at the low 6 bits of each byte. So a table that repeats decodes the code at bit 0, 2 or 4 where it stands, and
//! one shift by 2 brings the last code to bit 4. A line of 256 weights costs four `vpermb`, four `vpdpbusd` and a shift; with
//! tables of activations two `vpermb`, two additions and a shift.
#![allow(unsafe_code)]

use super::{Decoder, PairTables, Q2Sums, Rows, Sums, block_or_last};
use crate::bytes;
use crate::line::Line;
use std::arch::x86_64::*;

/// Groups whose raised pairs fit an unsigned byte: 7 · 2 · 16 = 224.
const NARROW: usize = 7;
/// Groups whose sums fit 16 bits: 1792 · 2 · 16 = 57 344.
const WIDE: usize = 256 * NARROW;

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: the array is 64 readable bytes, and this load asks for no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(vector: __m512i, to: &mut [i32; 16]) {
    // SAFETY: the array is 64 writable bytes, and this store asks for no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), vector) }
}

/// Four neighbouring activations, in every lane.
#[inline]
#[target_feature(enable = "avx512f")]
fn four(x: &[i8; bytes::GROUP], which: usize) -> __m512i {
    let [a, b, c, d] = x.as_chunks::<4>().0[which];
    _mm512_set1_epi32(i32::from_ne_bytes([a as u8, b as u8, c as u8, d as u8]))
}

/// Four blocks side by side: their sums are independent, which hides the latency of `vpdpbusd`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    let tables = [load(&decoder.0[0]), load(&decoder.0[1]), load(&decoder.0[2])];
    for (part, lines) in lines.chunks(4 * x.len()).enumerate() {
        let block = |n| block_or_last(lines, x.len(), n);
        let mut totals = [[_mm512_setzero_si512(); 2]; 4];
        for ((((x, a), b), c), d) in x.iter().zip(block(0)).zip(block(1)).zip(block(2)).zip(block(3)) {
            let x = [four(x, 0), four(x, 1), four(x, 2), four(x, 3)];
            add_products(&mut totals[0], a, &x, &tables);
            add_products(&mut totals[1], b, &x, &tables);
            add_products(&mut totals[2], c, &x, &tables);
            add_products(&mut totals[3], d, &x, &tables);
        }
        let mut sums: [Sums; 4] = [[0; _]; _];
        for (sums, [even, odd]) in sums.iter_mut().zip(totals) {
            store(_mm512_add_epi32(even, odd), sums);
        }
        rows.finish(part, &sums);
    }
}

/// Adds what one line gives, in two sums that do not wait for each other.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn add_products([even, odd]: &mut [__m512i; 2], line: &Line, x: &[__m512i; 4], tables: &[__m512i; 3]) {
    let codes = load(&line.0);
    let shifted = _mm512_srli_epi16::<2>(codes);
    *even = _mm512_dpbusd_epi32(*even, _mm512_permutexvar_epi8(codes, tables[0]), x[0]);
    *odd = _mm512_dpbusd_epi32(*odd, _mm512_permutexvar_epi8(codes, tables[1]), x[1]);
    *even = _mm512_dpbusd_epi32(*even, _mm512_permutexvar_epi8(codes, tables[2]), x[2]);
    *odd = _mm512_dpbusd_epi32(*odd, _mm512_permutexvar_epi8(shifted, tables[2]), x[3]);
}

/// Two blocks side by side, which share the loads of the tables.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn gemv_q2(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], mut rows: Rows<'_>) {
    for (part, lines) in lines.chunks(2 * x.len()).enumerate() {
        let (first, second) = (block_or_last(lines, x.len(), 0), block_or_last(lines, x.len(), 1));
        let mut sums: [Q2Sums; 2] = [[0; _]; _];
        for ((x, first), second) in x.chunks(WIDE).zip(first.chunks(WIDE)).zip(second.chunks(WIDE)) {
            let wide = q2_words(tables, x, first, second);
            for (sums, wide) in sums.iter_mut().zip(wide) {
                let quarters = sums.as_chunks_mut::<16>().0;
                for (half, words) in wide.into_iter().enumerate() {
                    let low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(words));
                    let high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64::<1>(words));
                    accumulate(low, &mut quarters[2 * half]);
                    accumulate(high, &mut quarters[2 * half + 1]);
                }
            }
        }
        rows.finish(part, &sums);
    }
}

/// Sums at most [`WIDE`] groups of two blocks: for each block its even and its odd bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
fn q2_words(tables: &PairTables, x: &[[u8; 2]], first: &[Line], second: &[Line]) -> [[__m512i; 2]; 2] {
    let mut wide = [[_mm512_setzero_si512(); 2]; 2];
    for ((x, first), second) in x.chunks(NARROW).zip(first.chunks(NARROW)).zip(second.chunks(NARROW)) {
        let mut narrow = [_mm512_setzero_si512(); 2];
        for ((&[left, right], first), second) in x.iter().zip(first).zip(second) {
            let left = table(&tables.0[usize::from(left)]);
            let right = table(&tables.0[usize::from(right)]);
            narrow[0] = _mm512_add_epi8(narrow[0], look_up(first, left, right));
            narrow[1] = _mm512_add_epi8(narrow[1], look_up(second, left, right));
        }
        widen(&mut wide[0], narrow[0]);
        widen(&mut wide[1], narrow[1]);
    }
    wide
}

/// What the two pairs of each row add.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
fn look_up(line: &Line, left: __m512i, right: __m512i) -> __m512i {
    let codes = load(&line.0);
    let low = _mm512_permutexvar_epi8(codes, left);
    let high = _mm512_permutexvar_epi8(_mm512_srli_epi16::<4>(codes), right);
    _mm512_add_epi8(low, high)
}

/// Adds even and odd bytes to words.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn widen(wide: &mut [__m512i; 2], narrow: __m512i) {
    wide[0] = _mm512_add_epi16(wide[0], _mm512_and_si512(narrow, _mm512_set1_epi16(0xff)));
    wide[1] = _mm512_add_epi16(wide[1], _mm512_srli_epi16::<8>(narrow));
}

#[inline]
#[target_feature(enable = "avx512f")]
fn accumulate(vector: __m512i, to: &mut [i32; 16]) {
    // SAFETY: the array is 64 readable bytes, and this load asks for no alignment.
    let before = unsafe { _mm512_loadu_si512(to.as_ptr().cast()) };
    store(_mm512_add_epi32(before, vector), to);
}

/// A table four times over, so that bits 4 and 5 of an index change nothing.
#[inline]
#[target_feature(enable = "avx512f")]
fn table(bytes: &[u8; 16]) -> __m512i {
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}
