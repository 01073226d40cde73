//! The way from a source to a typed call: gate, engine, function.

use nda_engine::Engine;
use nda_gate::Gate;

const SOURCE: &str = "
/// Sum of i*i below n, modulo m.
#[example(sum_sq(3, 7) == 5)]
fn sum_sq(n: i64, m: i64) -> i64 {
    let mut s = 0;
    for i in 0..n {
        s = (s + i * i) % m;
    }
    s
}
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new();
    let mut gate = Gate::new(engine.clone());
    let submission = gate.examine(SOURCE)?;
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);

    let program = engine.load(submission);
    let sum_sq = program.get::<(i64, i64), i64>("sum_sq")?;
    println!("sum_sq(3, 7) = {}", sum_sq.call((3, 7))?);

    // The Rust types are compared with the function's once, here, and not again by each call.
    if let Err(error) = program.get::<(f64,), i64>("sum_sq") {
        println!("{error}");
    }
    Ok(())
}
