//! One matrix that is larger than the nearer caches, on one thread and on two.

use crate::candle::{self, Quantised};
use crate::floats::{Matrix, PEERS, gemm_two};
use crate::numbers::Numbers;
use crate::table::{self, Contender};
use anyhow::Result;
use candle_core::quantized::GgmlType;
use candle_core::quantized::k_quants::{BlockQ4_0, BlockQ8_0};
use nda_tensor::{
    ByteVector, GemvMatrix, GemvQ2Matrix, Granularity, Path, QuadVector, Scheme, Shape, quantise,
};
use std::hint::black_box;
use std::ops::Range;
use std::rc::Rc;

const FITS: &str = "the vectors were made for the matrix";

/// Measures and prints.
pub fn measure(rounds: usize) -> Result<()> {
    for (rows, columns) in [(4096, 4096), (11_008, 4096)] {
        size(rows, columns, rounds)?;
    }
    Ok(())
}

fn size(rows: usize, columns: usize, rounds: usize) -> Result<()> {
    let mut numbers = Numbers::new(2);
    let weights = numbers.vector(rows * columns);
    let input = numbers.vector(columns);
    let floats = Matrix::new(rows, columns, &weights);
    let (dense, column) = (candle::dense(rows, columns, &weights)?, candle::dense(columns, 1, &input)?);
    let quads = quantise(Shape::new(rows, columns)?, &weights, Scheme::Quad, Granularity::Row)?;
    let (gemv, gemv_q2) = (&GemvMatrix::new(&quads), &GemvQ2Matrix::new(&quads));
    let path = Path::best();
    let (bytes, levels) = (&ByteVector::quantise(path, &input)?, &QuadVector::quantise(path, &input)?);

    let mut contenders: Vec<Contender<'_>> = Vec::new();
    quantised::<BlockQ8_0>("candle Q8_0", (rows, columns), &weights, &input, &mut contenders);
    quantised::<BlockQ4_0>("candle Q4_0", (rows, columns), &weights, &input, &mut contenders);
    drop(weights);
    let run = Box::new(|| {
        black_box(dense.matmul(black_box(&column)).is_ok());
    });
    let name = "candle, its threads".to_owned();
    contenders.push(Contender { name, bytes: floats.bytes(), ours: false, run });
    let peers = PEERS.into_iter().chain([("gemm, 2 threads", gemm_two as crate::floats::Product)]);
    for (name, product) in peers {
        let (floats, input) = (&floats, &input);
        let mut y = vec![0.0; rows];
        let run = Box::new(move || {
            product(floats, black_box(input), &mut y);
            black_box(&y);
        });
        contenders.push(Contender { name: name.to_owned(), bytes: floats.bytes(), ours: false, run });
    }
    let mut add = |name, product| contenders.push(ours(name, gemv, product));
    add("nda gemv", Box::new(move |y| gemv.gemv(path, bytes, y).expect(FITS)));
    add("nda gemv_q2", Box::new(move |y| gemv_q2.gemv(path, levels, y).expect(FITS)));
    // Halves of whole blocks of rows.
    let half = rows / 2 / 64 * 64;
    let two = move |y: &mut [f32], part: &(dyn Fn(Range<usize>, &mut [f32]) + Sync)| {
        let (upper, lower) = y.split_at_mut(half);
        rayon::join(|| part(0..half, upper), || part(half..rows, lower));
    };
    add(
        "nda gemv, 2 threads",
        Box::new(move |y| {
            two(y, &|rows, y| gemv.gemv_rows(path, rows, bytes, y).expect(FITS));
        }),
    );
    add(
        "nda gemv_q2, 2 threads",
        Box::new(move |y| {
            two(y, &|rows, y| gemv_q2.gemv_rows(path, rows, levels, y).expect(FITS));
        }),
    );
    let lines = table::measure(&mut contenders, rounds);
    table::print(&format!("{rows}×{columns}, activations quantised before"), &lines);
    Ok(())
}

/// candle's kernels for quantised weights: its product on one thread, for activations that were quantised before, and as it is called.
fn quantised<'a, T: GgmlType<VecDotType = BlockQ8_0> + 'a>(
    name: &str,
    (rows, columns): (usize, usize),
    weights: &[f32],
    input: &[f32],
    contenders: &mut Vec<Contender<'a>>,
) {
    let mut matrix = Quantised::<T>::new(rows, columns, weights);
    matrix.set(input);
    let bytes = matrix.bytes();
    let matrix = Rc::new(matrix);
    let (one, mut y) = (Rc::clone(&matrix), vec![0.0; rows]);
    let run = Box::new(move || {
        one.multiply(&mut y);
        black_box(&y);
    });
    contenders.push(Contender { name: name.to_owned(), bytes, ours: false, run });
    let (input, mut y) = (input.to_vec(), vec![0.0; rows]);
    let run = Box::new(move || {
        black_box(matrix.multiply_with_threads(black_box(&input), &mut y).is_ok());
    });
    contenders.push(Contender { name: format!("{name}, its threads"), bytes, ours: false, run });
}

/// Writes the product to a slice.
type Product<'a> = Box<dyn FnMut(&mut [f32]) + 'a>;

/// NDA's product; both layouts hold as many bytes.
fn ours<'a>(name: &str, gemv: &GemvMatrix, mut product: Product<'a>) -> Contender<'a> {
    let mut y = vec![0.0; gemv.shape().rows()];
    let run = Box::new(move || {
        product(&mut y);
        black_box(&y);
    });
    Contender { name: name.to_owned(), bytes: gemv.weight_bytes(), ours: true, run }
}
