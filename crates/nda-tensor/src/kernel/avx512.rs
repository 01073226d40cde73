//! AVX-512 with VBMI and VNNI: `vpermb` decodes whole bytes without masking, `vpdpbusd` sums.
//!
//! A `vpermb` looks at the low 6 bits of each byte. So a table that repeats decodes the code at bit 0, 2 or 4 where it stands, and
//! one shift by 2 brings the last code to bit 4. A line of 256 weights costs four `vpermb`, four `vpdpbusd` and a shift; with
//! tables of activations two `vpermb`, two additions and a shift.
#![allow(unsafe_code)]

use super::{Decoder, PairTables, Q2Sums, Sums};
use crate::line::Line;
use crate::{bytes, gemv as gemv_layout, gemv_q2 as q2_layout};
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

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], sums: &mut [Sums; 4]) {
    let tables = [0, 2, 4].map(|bit| load(&decoder.table(bit)));
    let groups = x.len();
    if lines.len() == 4 * groups {
        let (left, right) = lines.split_at(2 * groups);
        let ((a, b), (c, d)) = (left.split_at(groups), right.split_at(groups));
        blocks([a, b, c, d], x, &tables, sums);
        return;
    }
    for (block, sums) in lines.chunks_exact(groups.max(1)).zip(sums) {
        blocks([block], x, &tables, std::array::from_mut(sums));
    }
}

/// `N` blocks side by side: their sums are independent, which hides the latency of `vpdpbusd`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
fn blocks<const N: usize>(
    blocks: [&[Line]; N],
    x: &[[i8; bytes::GROUP]],
    tables: &[__m512i; 3],
    sums: &mut [[i32; gemv_layout::BLOCK]; N],
) {
    let blocks = blocks.map(|block| &block[..x.len()]);
    let mut even = [_mm512_setzero_si512(); N];
    let mut odd = [_mm512_setzero_si512(); N];
    for (group, x) in x.iter().enumerate() {
        let quads = x.as_chunks::<4>().0;
        let x: [__m512i; 4] =
            std::array::from_fn(|k| _mm512_set1_epi32(i32::from_ne_bytes(quads[k].map(|byte| byte as u8))));
        for n in 0..N {
            let codes = load(&blocks[n][group].0);
            let shifted = _mm512_srli_epi16::<2>(codes);
            even[n] = _mm512_dpbusd_epi32(even[n], _mm512_permutexvar_epi8(codes, tables[0]), x[0]);
            odd[n] = _mm512_dpbusd_epi32(odd[n], _mm512_permutexvar_epi8(codes, tables[1]), x[1]);
            even[n] = _mm512_dpbusd_epi32(even[n], _mm512_permutexvar_epi8(codes, tables[2]), x[2]);
            odd[n] = _mm512_dpbusd_epi32(odd[n], _mm512_permutexvar_epi8(shifted, tables[2]), x[3]);
        }
    }
    for n in 0..N {
        store(_mm512_add_epi32(even[n], odd[n]), &mut sums[n]);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")]
pub(super) fn gemv_q2(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], sums: &mut [Q2Sums; 2]) {
    let groups = x.len();
    if lines.len() == 2 * groups {
        let (first, second) = lines.split_at(groups);
        q2_blocks([first, second], x, tables, sums);
        return;
    }
    for (block, sums) in lines.chunks_exact(groups.max(1)).zip(sums) {
        q2_blocks([block], x, tables, std::array::from_mut(sums));
    }
}

/// `N` blocks side by side, which share the loads of the tables.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
fn q2_blocks<const N: usize>(
    blocks: [&[Line]; N],
    x: &[[u8; 2]],
    tables: &PairTables,
    sums: &mut [[i32; q2_layout::BLOCK]; N],
) {
    for (chunk, x) in x.chunks(WIDE).enumerate() {
        let mut rest = blocks.map(|block| &block[chunk * WIDE..]);
        let mut wide = [[_mm512_setzero_si512(); 2]; N];
        for x in x.chunks(NARROW) {
            let narrow = q2_groups(rest.map(|block| &block[..x.len()]), x, tables);
            rest = rest.map(|block| &block[x.len()..]);
            for n in 0..N {
                let low = _mm512_and_si512(narrow[n], _mm512_set1_epi16(0xff));
                wide[n][0] = _mm512_add_epi16(wide[n][0], low);
                wide[n][1] = _mm512_add_epi16(wide[n][1], _mm512_srli_epi16::<8>(narrow[n]));
            }
        }
        for n in 0..N {
            let quarters = sums[n].as_chunks_mut::<16>().0;
            for (half, &words) in wide[n].iter().enumerate() {
                let low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(words));
                let high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64::<1>(words));
                accumulate(low, &mut quarters[2 * half]);
                accumulate(high, &mut quarters[2 * half + 1]);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn accumulate(vector: __m512i, to: &mut [i32; 16]) {
    // SAFETY: the array is 64 readable bytes, and this load asks for no alignment.
    let before = unsafe { _mm512_loadu_si512(to.as_ptr().cast()) };
    store(_mm512_add_epi32(before, vector), to);
}

/// Sums of at most [`NARROW`] groups in bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
fn q2_groups<const N: usize>(blocks: [&[Line]; N], x: &[[u8; 2]], tables: &PairTables) -> [__m512i; N] {
    let mut narrow = [_mm512_setzero_si512(); N];
    for (group, &[first, second]) in x.iter().enumerate() {
        let first = table(&tables.0[usize::from(first)]);
        let second = table(&tables.0[usize::from(second)]);
        for n in 0..N {
            let codes = load(&blocks[n][group].0);
            let low = _mm512_permutexvar_epi8(codes, first);
            let high = _mm512_permutexvar_epi8(_mm512_srli_epi16::<4>(codes), second);
            narrow[n] = _mm512_add_epi8(narrow[n], _mm512_add_epi8(low, high));
        }
    }
    narrow
}

/// A table four times over, so that bits 4 and 5 of an index change nothing.
#[inline]
#[target_feature(enable = "avx512f")]
fn table(bytes: &[u8; 16]) -> __m512i {
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}
