//! NEON: `tbl` decodes half bytes; `smlal` sums, and `sdot` where there are dot products.
#![allow(unsafe_code)]

use super::{Decoder, PairTables, Q2Sums, Rows, Sums, block_or_last};
use crate::bytes;
use crate::line::Line;
use std::arch::aarch64::*;

/// Groups whose sums fit 16 bits with a sign: each adds at most 4 · 4 · 127 = 2032.
const SHORT: usize = 16;
/// Groups whose raised pairs fit an unsigned byte: 7 · 2 · 16 = 224.
const NARROW: usize = 7;
/// Groups whose sums fit 16 bits: 1792 · 2 · 16 = 57 344.
const WIDE: usize = 256 * NARROW;

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// The sixteen activations of a group.
#[inline]
#[target_feature(enable = "neon")]
fn activations(x: &[i8; bytes::GROUP]) -> int8x16_t {
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    unsafe { vld1q_s8(x.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store(vector: int32x4_t, to: &mut [i32; 4]) {
    // SAFETY: the array is 16 writable bytes, and this store asks for no alignment.
    unsafe { vst1q_s32(to.as_mut_ptr(), vector) }
}

/// The tables of the lower and of the upper code of half a byte.
#[inline]
#[target_feature(enable = "neon")]
fn tables(decoder: &Decoder) -> [uint8x16_t; 2] {
    [load(&decoder.0[0].as_chunks().0[0]), load(&decoder.0[1].as_chunks().0[0])]
}

/// The raised weights of a quarter of a line, four rows: those that meet the first four activations, the second, …
#[inline]
#[target_feature(enable = "neon")]
fn weights([lower, upper]: &[uint8x16_t; 2], codes: uint8x16_t) -> [int8x16_t; 4] {
    let (low, high) = (vandq_u8(codes, vdupq_n_u8(15)), vshrq_n_u8::<4>(codes));
    let bytes = [
        vqtbl1q_u8(*lower, low),
        vqtbl1q_u8(*upper, low),
        vqtbl1q_u8(*lower, high),
        vqtbl1q_u8(*upper, high),
    ];
    bytes.map(|bytes| vreinterpretq_s8_u8(bytes))
}

/// One block at a time: what it sums in takes half of the registers.
#[target_feature(enable = "neon")]
pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    let tables = tables(decoder);
    for (part, lines) in lines.chunks_exact(x.len()).enumerate() {
        // By quarter of the line, then its first and its last two rows.
        let mut long = [[vdupq_n_s32(0); 2]; 4];
        for (x, lines) in x.chunks(SHORT).zip(lines.chunks(SHORT)) {
            let mut short = [[vdupq_n_s16(0); 2]; 4];
            for (x, line) in x.iter().zip(lines) {
                add_products(&mut short, &tables, line, activations(x));
            }
            for (long, short) in long.as_flattened_mut().iter_mut().zip(short.as_flattened()) {
                *long = vpadalq_s16(*long, *short);
            }
        }
        let mut sums: Sums = [0; _];
        for ([first, last], sums) in long.into_iter().zip(sums.as_chunks_mut().0) {
            store(vpaddq_s32(first, last), sums);
        }
        rows.finish(part, &[sums]);
    }
}

/// Adds what a line gives.
#[inline]
#[target_feature(enable = "neon")]
fn add_products(sums: &mut [[int16x8_t; 2]; 4], tables: &[uint8x16_t; 2], line: &Line, x: int8x16_t) {
    let fours = vreinterpretq_s32_s8(x);
    let x = [
        vdupq_laneq_s32::<0>(fours),
        vdupq_laneq_s32::<1>(fours),
        vdupq_laneq_s32::<2>(fours),
        vdupq_laneq_s32::<3>(fours),
    ];
    for ([first, last], codes) in sums.iter_mut().zip(line.0.as_chunks().0) {
        for (weights, x) in weights(tables, load(codes)).into_iter().zip(x) {
            let x = vreinterpretq_s8_s32(x);
            *first = vmlal_s8(*first, vget_low_s8(weights), vget_low_s8(x));
            *last = vmlal_high_s8(*last, weights, x);
        }
    }
}

/// The same with dot products: two blocks side by side, which share the loads of the activations.
#[target_feature(enable = "neon,dotprod")]
pub(super) fn gemv_dot(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    let tables = tables(decoder);
    for (part, lines) in lines.chunks(2 * x.len()).enumerate() {
        let (first, second) = (block_or_last(lines, x.len(), 0), block_or_last(lines, x.len(), 1));
        // By block, then by quarter of the line.
        let mut totals = [[vdupq_n_s32(0); 4]; 2];
        for ((x, first), second) in x.iter().zip(first).zip(second) {
            let x = activations(x);
            for (totals, line) in totals.iter_mut().zip([first, second]) {
                for (total, codes) in totals.iter_mut().zip(line.0.as_chunks().0) {
                    let [a, b, c, d] = weights(&tables, load(codes));
                    add_dot::<0>(total, a, x);
                    add_dot::<1>(total, b, x);
                    add_dot::<2>(total, c, x);
                    add_dot::<3>(total, d, x);
                }
            }
        }
        let mut sums: [Sums; 2] = [[0; _]; _];
        for (total, sums) in totals.as_flattened().iter().zip(sums.as_flattened_mut().as_chunks_mut().0) {
            store(*total, sums);
        }
        rows.finish(part, &sums);
    }
}

/// Adds to each of four sums the products of its four weights and the `N`th four activations. Rust's own name for the instruction,
/// `vdotq_laneq_s32`, is not stable.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_dot<const N: i32>(sums: &mut int32x4_t, weights: int8x16_t, x: int8x16_t) {
    // SAFETY: an instruction of the feature that this function asks for, on registers alone.
    unsafe {
        std::arch::asm!(
            "sdot {sums:v}.4s, {weights:v}.16b, {x:v}.4b[{n}]",
            sums = inout(vreg) *sums,
            weights = in(vreg) weights,
            x = in(vreg) x,
            n = const N,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
}

/// Two blocks side by side, which share the loads of the tables.
#[target_feature(enable = "neon")]
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
#[target_feature(enable = "neon")]
fn q2_blocks(tables: &PairTables, [first, second]: [&[Line]; 2], x: &[[u8; 2]], sums: &mut [Q2Sums; 2]) {
    // By block, by quarter of the line, then its first and its last eight bytes.
    let mut wide = [[[vdupq_n_u16(0); 2]; 4]; 2];
    for ((x, first), second) in x.chunks(NARROW).zip(first.chunks(NARROW)).zip(second.chunks(NARROW)) {
        let mut narrow = [[vdupq_n_u8(0); 4]; 2];
        for ((&[left, right], first), second) in x.iter().zip(first).zip(second) {
            let tables = [load(&tables.0[usize::from(left)]), load(&tables.0[usize::from(right)])];
            for (narrow, line) in narrow.iter_mut().zip([first, second]) {
                for (narrow, codes) in narrow.iter_mut().zip(line.0.as_chunks().0) {
                    *narrow = vaddq_u8(*narrow, pairs(&tables, load(codes)));
                }
            }
        }
        for ([first, last], narrow) in wide.as_flattened_mut().iter_mut().zip(narrow.as_flattened()) {
            *first = vaddw_u8(*first, vget_low_u8(*narrow));
            *last = vaddw_high_u8(*last, *narrow);
        }
    }
    for (wide, sums) in wide.iter().zip(sums) {
        let eighths = sums.as_chunks_mut::<8>().0;
        for (quarter, &[first, last]) in wide.iter().enumerate() {
            // Even bytes belong to the first half of the rows.
            accumulate(vuzp1q_u16(first, last), &mut eighths[quarter]);
            accumulate(vuzp2q_u16(first, last), &mut eighths[4 + quarter]);
        }
    }
}

/// What the two pairs of each row add.
#[inline]
#[target_feature(enable = "neon")]
fn pairs([left, right]: &[uint8x16_t; 2], codes: uint8x16_t) -> uint8x16_t {
    let low = vqtbl1q_u8(*left, vandq_u8(codes, vdupq_n_u8(15)));
    vaddq_u8(low, vqtbl1q_u8(*right, vshrq_n_u8::<4>(codes)))
}

#[inline]
#[target_feature(enable = "neon")]
fn accumulate(vector: uint16x8_t, to: &mut [i32; 8]) {
    let mut words = [0; 8];
    // SAFETY: the array is 16 writable bytes, and this store asks for no alignment.
    unsafe { vst1q_u16(words.as_mut_ptr(), vector) };
    for (to, word) in to.iter_mut().zip(words) {
        *to += i32::from(word);
    }
}

/// Elements that are quantised together.
pub(crate) const CHUNK: usize = 32;

/// Four of a chunk's floats.
#[inline]
#[target_feature(enable = "neon")]
fn floats(chunk: &[f32; CHUNK], which: usize) -> float32x4_t {
    let four = &chunk.as_chunks::<4>().0[which];
    // SAFETY: the array is 16 readable bytes, and this load asks for no alignment.
    unsafe { vld1q_f32(four.as_ptr()) }
}

/// The lowest bytes of sixteen numbers, in their order.
#[inline]
#[target_feature(enable = "neon")]
fn narrow([a, b, c, d]: [uint32x4_t; 4]) -> uint8x16_t {
    let words = |a, b| vreinterpretq_u8_u16(vuzp1q_u16(vreinterpretq_u16_u32(a), vreinterpretq_u16_u32(b)));
    vuzp1q_u8(words(a, b), words(c, d))
}

/// The bytes of activations, and their sum: see [`ByteVector`](crate::ByteVector).
#[target_feature(enable = "neon")]
pub(crate) fn round(chunks: &[[f32; CHUNK]], factor: f32, to: &mut [[i8; CHUNK]]) -> i32 {
    let mut sums = vdupq_n_s32(0);
    for (chunk, to) in chunks.iter().zip(to) {
        for (half, to) in to.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let whole = [0, 1, 2, 3].map(|which| {
                // To the nearest whole number, ties to even: what adding and taking away does in plain code.
                let whole = vcvtnq_s32_f32(vmulq_n_f32(floats(chunk, 4 * half + which), factor));
                vreinterpretq_u32_s32(whole)
            });
            let bytes = vreinterpretq_s8_u8(narrow(whole));
            sums = vpadalq_s16(sums, vpaddlq_s8(bytes));
            // SAFETY: the array is 16 writable bytes, and this store asks for no alignment.
            unsafe { vst1q_s8(to.as_mut_ptr(), bytes) };
        }
    }
    vaddvq_s32(sums)
}

/// The pairs of codes of activations: see [`QuadVector`](crate::QuadVector).
#[target_feature(enable = "neon")]
pub(crate) fn encode(chunks: &[[f32; CHUNK]], threshold: f32, to: &mut [[u8; CHUNK / 2]]) {
    let threshold = vdupq_n_f32(threshold);
    for (chunk, to) in chunks.iter().zip(to) {
        let [first, second] = [0, 4].map(|start| {
            let x = [0, 1, 2, 3].map(|which| floats(chunk, start + which));
            let negative = narrow(x.map(|x| vcltzq_f32(x)));
            let large = narrow(x.map(|x| vcageq_f32(x, threshold)));
            vsubq_u8(vandq_u8(negative, vdupq_n_u8(2)), large)
        });
        // The first of a pair as it is, and the second times four.
        let pairs = vsliq_n_u8::<2>(vuzp1q_u8(first, second), vuzp2q_u8(first, second));
        // SAFETY: the array is 16 writable bytes, and this store asks for no alignment.
        unsafe { vst1q_u8(to.as_mut_ptr(), pairs) };
    }
}
