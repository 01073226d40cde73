//! The 4-layer block: 896 floats through 128×896, 128×128, 128×128 and 896×128, a ReLU between layers.

use crate::floats::{Matrix, PEERS};
use crate::numbers::Numbers;
use crate::quads::Network;
use crate::table::{self, Contender};
use anyhow::{Result, ensure};
use nda_tensor::Path;
use std::hint::black_box;

const SHAPES: [(usize, usize); 4] = [(128, 896), (128, 128), (128, 128), (896, 128)];

/// Measures and prints.
pub fn measure(rounds: usize) -> Result<()> {
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
    Ok(())
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
