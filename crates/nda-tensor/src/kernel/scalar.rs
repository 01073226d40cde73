//! Plain Rust.

use super::{Decoder, PairTables, Q2Sums, Rows, Sums};
use crate::line::Line;
use crate::{bytes, gemv_q2 as q2_layout};

pub(super) fn gemv(decoder: &Decoder, lines: &[Line], x: &[[i8; bytes::GROUP]], mut rows: Rows<'_>) {
    for (part, block) in lines.chunks_exact(x.len()).enumerate() {
        let mut sums: Sums = [0; _];
        for (line, x) in block.iter().zip(x) {
            for (sum, codes) in sums.iter_mut().zip(line.0.as_chunks::<4>().0) {
                for (j, codes) in codes.iter().enumerate() {
                    for k in 0..4 {
                        let weight = decoder.0[0][usize::from(codes >> (2 * k) & 3)];
                        *sum += i32::from(weight) * i32::from(x[4 * k + j]);
                    }
                }
            }
        }
        rows.finish(part, &[sums]);
    }
}

pub(super) fn gemv_q2(tables: &PairTables, lines: &[Line], x: &[[u8; 2]], mut rows: Rows<'_>) {
    const HALF: usize = q2_layout::BLOCK / 2;
    for (part, block) in lines.chunks_exact(x.len()).enumerate() {
        let mut sums: Q2Sums = [0; _];
        for (line, &[first, second]) in block.iter().zip(x) {
            let (first, second) = (&tables.0[usize::from(first)], &tables.0[usize::from(second)]);
            let both =
                |codes: u8| i32::from(first[usize::from(codes & 15)] + second[usize::from(codes >> 4)]);
            for row in 0..HALF {
                sums[row] += both(line.0[2 * row]);
                sums[HALF + row] += both(line.0[2 * row + 1]);
            }
        }
        rows.finish(part, &[sums]);
    }
}
