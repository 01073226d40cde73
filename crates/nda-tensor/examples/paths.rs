//! The block of docs/tensors.md by every set of instructions of this machine, in turn: µs, the best of many rounds and the middle one.
//! Then `relu(x * 0.5 + y) - z` in one pass, and operator by operator.
//! `cargo run --profile bench-quick -p nda-tensor --example paths`.

use nda_tensor::fused::{Source, Step, fused};
use nda_tensor::{
    ByteVector, GemvMatrix, GemvQ2Matrix, Granularity, Path, QuadVector, Scheme, Shape, TensorError, add,
    quantise, relu, scale, subtract,
};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

const SHAPES: [(usize, usize); 4] = [(128, 896), (128, 128), (128, 128), (896, 128)];
const ROUNDS: usize = 20_000;

struct Layer {
    gemv: GemvMatrix,
    gemv_q2: GemvQ2Matrix,
    bytes: ByteVector,
    levels: QuadVector,
    to: Vec<f32>,
}

/// A block, its activations quantised before each product and a ReLU behind all but the last.
fn block(path: Path, q2: bool, x: &[f32], layers: &mut [Layer]) -> Result<(), TensorError> {
    for index in 0..layers.len() {
        let (before, here) = layers.split_at_mut(index);
        let x = before.last().map_or(x, |before| &before.to);
        let layer = &mut here[0];
        if q2 {
            layer.levels.assign(path, x)?;
        } else {
            layer.bytes.assign(path, x)?;
        }
        product(path, q2, layer)?;
        if index + 1 < SHAPES.len() {
            relu(path, &mut layer.to);
        }
    }
    Ok(())
}

fn product(path: Path, q2: bool, layer: &mut Layer) -> Result<(), TensorError> {
    match q2 {
        true => layer.gemv_q2.gemv(path, &layer.levels, &mut layer.to),
        false => layer.gemv.gemv(path, &layer.bytes, &mut layer.to),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut layers = Vec::new();
    for (rows, columns) in SHAPES {
        let weights: Vec<f32> = (0..rows * columns).map(|at| (at * 7919 % 61) as f32 - 30.0).collect();
        let matrix = quantise(Shape::new(rows, columns)?, &weights, Scheme::Quad, Granularity::Row)?;
        layers.push(Layer {
            gemv: GemvMatrix::new(&matrix),
            gemv_q2: GemvQ2Matrix::new(&matrix),
            bytes: ByteVector::default(),
            levels: QuadVector::default(),
            to: vec![0.0; rows],
        });
    }
    let x: Vec<f32> = (0..896).map(|at| (at * 31 % 97) as f32 - 48.0).collect();
    let paths: Vec<Path> = Path::available().filter(|&path| path != Path::SCALAR).collect();
    for q2 in [false, true] {
        let mut times = vec![[Vec::new(), Vec::new()]; paths.len()];
        for _ in 0..ROUNDS {
            for (&path, times) in paths.iter().zip(&mut times) {
                let started = Instant::now();
                block(path, q2, black_box(&x), &mut layers)?;
                let done = Instant::now();
                for layer in &mut layers {
                    product(path, q2, layer)?;
                }
                times[0].push((done - started).as_nanos());
                times[1].push(done.elapsed().as_nanos());
            }
        }
        for (path, times) in paths.iter().zip(&mut times) {
            print!("{:<8} {:<9}", if q2 { "gemv_q2" } else { "gemv" }, path.name());
            for (what, times) in ["block", "matrices alone"].into_iter().zip(times) {
                times.sort_unstable();
                print!(
                    " {what} {:>6.2} best {:>6.2} median ",
                    times[0] as f64 / 1e3,
                    times[ROUNDS / 2] as f64 / 1e3
                );
            }
            println!();
        }
    }
    rows(&paths)
}

/// A row of operators, whose first operand somebody else holds.
fn rows(paths: &[Path]) -> Result<(), Box<dyn Error>> {
    for len in [896, 65_536] {
        let vector =
            |step: usize| -> Vec<f32> { (0..len).map(|at| (at * step % 31) as f32 - 15.0).collect() };
        let (x, y, z) = (vector(3), vector(7), vector(11));
        let (mut one, mut many) = (vec![0.0; len], vec![0.0; len]);
        for &path in paths {
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..ROUNDS / 8 {
                let started = Instant::now();
                let steps = [
                    Step::Begin(Source::Of(black_box(&x))),
                    Step::Scale(0.5),
                    Step::Add(Source::Of(&y)),
                    Step::Relu,
                    Step::Subtract(Source::Of(&z)),
                ];
                fused(path, &mut one, &steps)?;
                let done = Instant::now();
                many.copy_from_slice(black_box(&x));
                scale(path, &mut many, 0.5);
                add(path, &mut many, &y)?;
                relu(path, &mut many);
                subtract(path, &mut many, &z)?;
                times[1].push(done.elapsed().as_nanos());
                times[0].push((done - started).as_nanos());
                assert_eq!(one, many);
            }
            print!("{len:<8} {:<9}", path.name());
            for (what, times) in ["one pass", "apart"].into_iter().zip(&mut times) {
                times.sort_unstable();
                let (best, median) = (times[0], times[times.len() / 2]);
                print!(" {what} {:>6.2} best {:>6.2} median ", best as f64 / 1e3, median as f64 / 1e3);
            }
            println!();
        }
    }
    Ok(())
}
