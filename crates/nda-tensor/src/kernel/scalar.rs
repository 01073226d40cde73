//! Plain Rust.

use super::{Decoder, PairTables, Q2Sums, Sums};
use crate::line::Line;
use crate::{bytes, gemv as gemv_layout, gemv_q2 as q2_layout};

pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], sums: &mut [Sums]) {
    for (block, sums) in lines.chunks_exact(x.len().max(1)).zip(sums) {
        for (line, x) in block.iter().zip(x) {
            for row in 0..gemv_layout::BLOCK {
                for j in 0..4 {
                    let codes = line.0[4 * row + j];
                    for k in 0..4 {
                        let weight = decoder.0[usize::from(codes >> (2 * k) & 3)];
                        sums[row] += i32::from(weight) * i32::from(x[4 * k + j]);
                    }
                }
            }
        }
    }
}

pub(super) fn gemv_q2(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], sums: &mut [Q2Sums]) {
    const HALF: usize = q2_layout::BLOCK / 2;
    for (block, sums) in lines.chunks_exact(x.len().max(1)).zip(sums) {
        for (line, &[first, second]) in block.iter().zip(x) {
            let (first, second) = (&tables.0[usize::from(first)], &tables.0[usize::from(second)]);
            let both =
                |codes: u8| i32::from(first[usize::from(codes & 15)] + second[usize::from(codes >> 4)]);
            for row in 0..HALF {
                sums[row] += both(line.0[2 * row]);
                sums[HALF + row] += both(line.0[2 * row + 1]);
            }
        }
    }
}
