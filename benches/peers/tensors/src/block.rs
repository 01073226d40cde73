//! The 4-layer block: 896 floats through 128×896, 128×128, 128×128 and 896×128, a ReLU between layers.

use crate::candle::{self, Quantised};
use crate::floats::{Matrix, PEERS};
use crate::machine::Machine;
use crate::numbers::Numbers;
use crate::quads::Network;
use crate::table::{self, Contender};
use anyhow::{Result, ensure};
use candle_core::quantized::GgmlType;
use candle_core::quantized::k_quants::{BlockQ4_0, BlockQ8_0};
use nda_tensor::Path;
use std::hint::black_box;

const SHAPES: [(usize, usize); 4] = [(128, 896), (128, 128), (128, 128), (896, 128)];

/// Measures and prints.
pub fn measure(rounds: usize, machine: &Machine) -> Result<()> {
    let mut numbers = Numbers::new(1);
    let weights: Vec<Vec<f32>> =
        SHAPES.iter().map(|&(rows, columns)| numbers.vector(rows * columns)).collect();
    let input = numbers.vector(896);
    let matrices: Vec<Matrix> = SHAPES
        .iter()
        .zip(&weights)
        .map(|(&(rows, columns), weights)| Matrix::new(rows, columns, weights))
        .collect();
    let bytes: usize = matrices.iter().map(Matrix::bytes).sum();
    let expected = floats(PEERS[0].1, &matrices, &input);

    let mut contenders = Vec::new();
    for (name, product) in PEERS {
        let answer = floats(product, &matrices, &input);
        let furthest =
            answer.iter().zip(&expected).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max);
        ensure!(furthest < 1e-2, "{name} is {furthest} away from the scalar loop");
        let (matrices, input) = (&matrices, &input);
        let (mut from, mut to) = (vec![0.0; 896], vec![0.0; 896]);
        let run = Box::new(move || {
            run_floats(product, matrices, black_box(input), &mut from, &mut to);
            black_box(&from);
        });
        contenders.push(Contender { name: name.to_owned(), bytes, ours: false, run });
    }
    contenders.push(dense(&weights, &input, bytes, &expected)?);
    contenders.push(quantised::<BlockQ8_0>("candle Q8_0", &weights, &input, &expected)?);
    contenders.push(quantised::<BlockQ4_0>("candle Q4_0", &weights, &input, &expected)?);
    for path in Path::available().filter(|&path| path != Path::SCALAR) {
        let mut network = Network::new(path, &SHAPES, &weights)?;
        let bytes = network.weight_bytes();
        let reference = Network::new(Path::SCALAR, &SHAPES, &weights)?.run(&input)?.to_vec();
        ensure!(network.run(&input)? == reference, "{} and the scalar path differ", path.name());
        let run = {
            let input = &input;
            Box::new(move || {
                black_box(network.run(black_box(input)).is_ok());
            })
        };
        contenders.push(Contender { name: format!("nda gemv {}", path.name()), bytes, ours: true, run });
        let mut network = Network::new(path, &SHAPES, &weights)?;
        let run = {
            let input = &input;
            Box::new(move || {
                black_box(network.run_q2(black_box(input)).is_ok());
            })
        };
        contenders.push(Contender { name: format!("nda gemv_q2 {}", path.name()), bytes, ours: true, run });
    }
    let lines = table::measure(&mut contenders, rounds);
    table::print(
        "block: 128×896, 128×128, 128×128, 896×128, ReLU between (published: 206 µs, 93 of them compiling)",
        &lines,
    );
    let weights: usize = SHAPES.iter().map(|(rows, columns)| rows * columns).sum();
    machine.print_limits(weights / 4);
    Ok(())
}

/// candle's product in `f32`; it makes a tensor for every result, as it always does.
fn dense<'a>(weights: &[Vec<f32>], input: &[f32], bytes: usize, expected: &[f32]) -> Result<Contender<'a>> {
    let layers =
        SHAPES.iter().zip(weights).map(|(&(rows, columns), weights)| candle::dense(rows, columns, weights));
    let layers = layers.collect::<Result<Vec<_>>>()?;
    let input = candle::dense(input.len(), 1, input)?;
    let answer = candle::run_dense(&layers, &input)?.flatten_all()?.to_vec1::<f32>()?;
    ensure!(likeness(&answer, expected) > 0.9999, "candle gives another answer than the scalar loop");
    let run = Box::new(move || {
        black_box(candle::run_dense(&layers, black_box(&input)).is_ok());
    });
    Ok(Contender { name: "candle".to_owned(), bytes, ours: false, run })
}

/// candle's kernels for quantised weights; quantising activations is part of it.
fn quantised<'a, T: GgmlType<VecDotType = BlockQ8_0> + 'a>(
    name: &str,
    weights: &[Vec<f32>],
    input: &[f32],
    expected: &[f32],
) -> Result<Contender<'a>> {
    let layers = SHAPES.iter().zip(weights);
    let mut layers: Vec<Quantised<T>> =
        layers.map(|(&(rows, columns), weights)| Quantised::new(rows, columns, weights)).collect();
    let bytes = layers.iter().map(Quantised::bytes).sum();
    let (input, mut y) = (input.to_vec(), Vec::new());
    candle::run_quantised(&mut layers, &input, &mut y);
    ensure!(likeness(&y, expected) > 0.9, "{name} gives another answer than the scalar loop");
    let run = Box::new(move || {
        candle::run_quantised(&mut layers, black_box(&input), &mut y);
        black_box(&y);
    });
    Ok(Contender { name: name.to_owned(), bytes, ours: false, run })
}

/// The cosine of the angle between two vectors.
fn likeness(left: &[f32], right: &[f32]) -> f32 {
    let dot = |left: &[f32], right: &[f32]| left.iter().zip(right).map(|(a, b)| a * b).sum::<f32>();
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

/// All layers; the result lies in `from`.
fn run_floats(
    product: crate::floats::Product,
    matrices: &[Matrix],
    input: &[f32],
    from: &mut Vec<f32>,
    to: &mut Vec<f32>,
) {
    for (index, matrix) in matrices.iter().enumerate() {
        let x = if index == 0 { input } else { from.as_slice() };
        to.resize(matrix.rows(), 0.0);
        product(matrix, x, to);
        if index + 1 < matrices.len() {
            to.iter_mut().for_each(|y| *y = y.max(0.0));
        }
        std::mem::swap(from, to);
    }
}

fn floats(product: crate::floats::Product, matrices: &[Matrix], input: &[f32]) -> Vec<f32> {
    let (mut from, mut to) = (Vec::new(), Vec::new());
    run_floats(product, matrices, input, &mut from, &mut to);
    from
}
