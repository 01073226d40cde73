//! Runs files on both tiers and prints what came of it: for a quick look at results and times.

use nda_engine::Library;
use nda_engine::{Engine, NdaJitSandbox, RunOptions, Tier};
use nda_gate::Gate;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let source = std::fs::read_to_string(&path)?;
        let engine = Engine::new();
        let mut gate = Gate::new(engine.clone());
        let sub = gate.examine(&source)?;
        for d in &sub.verdict.diagnostics {
            println!("{}", nda_diagnostics::render::render(d, &source, &path, false));
        }
        let Some(hash) = sub.resolve("main") else {
            println!("{path}: no main; {:?}", sub.verdict.cost);
            continue;
        };
        let mut options = RunOptions::default();
        options.limits.fuel = 100_000_000_000;
        let mut sandbox = NdaJitSandbox::new(&engine, &sub);
        for _ in 0..3 {
            let run = sandbox.run(hash, &[], &options)?;
            println!(
                "{path}: {:?} fuel {} peak {} depth {} {:.2} ms compile {:.1}us",
                run.outcome.result.map(|v| v.to_string()),
                run.outcome.fuel,
                run.outcome.peak_bytes,
                run.outcome.depth,
                run.run_us / 1000.0,
                run.compile_us
            );
        }
        if std::env::var("EVAL").is_ok() {
            options.tier = Tier::Eval;
            let run = sandbox.run(hash, &[], &options)?;
            println!(
                "   eval {:?} fuel {} peak {} depth {} {:.2} ms",
                run.outcome.result.map(|v| v.to_string()),
                run.outcome.fuel,
                run.outcome.peak_bytes,
                run.outcome.depth,
                run.run_us / 1000.0
            );
        }
    }
    Ok(())
}
