//! What one pass over neighbouring operators on vectors saves: `relu(x * 0.5 + y) - z` of vectors that are lent, as one row, and
//! with something between the operators that parts them. Prints µs a call, the best and the middle of many rounds in turn:
//! `cargo run --profile bench-quick -p nda-gate --example fused`.

use nda_engine::{Engine, Library as _, NdaJitSandbox, RunOptions, Tier};
use nda_gate::Gate;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 400;

/// Four operators, with and without one whole number between each two that might overflow.
fn source(len: usize) -> String {
    format!(
        "fn fused(x: vec[{len}], y: vec[{len}], z: vec[{len}]) -> vec[{len}] {{ relu(x * 0.5 + y) - z }}
         fn parted(x: vec[{len}], y: vec[{len}], z: vec[{len}]) -> vec[{len}] {{
             let mut n = 0;
             let a = x * 0.5; n += 1;
             let b = a + y; n += 1;
             let c = relu(b); n += 1;
             c - z
         }}"
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:>8} {:>8} {:>9} {:>9} {:>9} {:>9}", "floats", "tier", "fused", "best", "parted", "best");
    for len in [896, 65_536] {
        let engine = Engine::new();
        let submission = Gate::new(engine.clone()).examine(&source(len))?;
        let vector =
            |step: usize| -> Vec<f32> { (0..len).map(|at| (at * step % 31) as f32 - 15.0).collect() };
        let (x, y, z) = (vector(3), vector(7), vector(11));
        for tier in [Tier::Closure, Tier::Native] {
            let options = RunOptions { tier, ..RunOptions::default() };
            let mut functions = Vec::new();
            for name in ["fused", "parted"] {
                let hash = submission.resolve(name).ok_or("it is not there")?;
                functions.push(NdaJitSandbox::new(&engine, &submission).lend_to(hash, options.clone())?);
            }
            let mut times = [const { Vec::new() }; 2];
            let mut sums = [0.0; 2];
            for _ in 0..ROUNDS {
                for ((function, times), sum) in functions.iter_mut().zip(&mut times).zip(&mut sums) {
                    let started = Instant::now();
                    let result = function.call(black_box(&[&x, &y, &z]))?;
                    times.push(started.elapsed().as_nanos());
                    *sum = result.iter().sum::<f32>();
                }
            }
            assert_eq!(sums[0], sums[1], "both compute the same");
            print!("{len:>8} {:>8}", tier.name());
            for times in &mut times {
                times.sort_unstable();
                print!(" {:>9.3} {:>9.3}", times[ROUNDS / 2] as f64 / 1e3, times[0] as f64 / 1e3);
            }
            println!();
        }
    }
    Ok(())
}
