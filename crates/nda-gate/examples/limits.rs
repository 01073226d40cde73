//! Limits hold whatever a program does, and a trap is a value for the host to look at.

use nda_engine::{Engine, RunOptions};
use nda_gate::Gate;

const SOURCE: &str = "
fn spin() {
    loop {}
}

fn deep(n: i64) -> i64 {
    deep(n + 1) + 1
}

fn grow() -> i64 {
    let mut xs = [0];
    loop {
        xs = xs.concat(xs);
    }
}

fn chatter() {
    loop {
        print(\"again\");
    }
}
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new();
    let submission = Gate::new(engine.clone()).examine(SOURCE)?;
    let program = engine.load(submission);

    let mut options = RunOptions::default();
    options.limits.fuel = 1_000_000;
    options.limits.memory_bytes = 1 << 20;
    options.limits.depth = 100;
    options.limits.output_bytes = 1 << 10;

    let runs = [
        ("spin", program.get::<(), ()>("spin")?.run((), &options)?),
        ("deep", program.get::<(i64,), i64>("deep")?.run((0,), &options)?),
        ("grow", program.get::<(), i64>("grow")?.run((), &options)?),
        ("chatter", program.get::<(), ()>("chatter")?.run((), &options)?),
    ];
    for (name, run) in runs {
        let outcome = run.outcome;
        let ended = outcome.result.map_or_else(|trap| trap.to_string(), |value| value.to_string());
        println!(
            "{name}: {ended} (fuel {}, peak {} bytes, depth {})",
            outcome.fuel, outcome.peak_bytes, outcome.depth
        );
    }
    Ok(())
}
