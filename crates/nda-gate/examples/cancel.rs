//! Stopping a run from outside: a handle used from another thread, and a deadline.

use nda_engine::{CancelHandle, Engine, RunOptions};
use nda_gate::Gate;
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new();
    let submission = Gate::new(engine.clone()).examine("fn spin() { loop {} }")?;
    let program = engine.load(submission);
    let spin = program.get::<(), ()>("spin")?;

    let mut options = RunOptions::default();
    options.limits.fuel = u64::MAX / 2;

    let handle = CancelHandle::new();
    options.cancel = Some(handle.clone());
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            handle.cancel();
        });
        spin.run((), &options)
    })?;
    println!("{:?}", run.outcome.result.map_err(|trap| trap.to_string()));

    options.cancel = None;
    options.deadline = Some(Duration::from_millis(20));
    let run = spin.run((), &options)?;
    println!("{:?}", run.outcome.result.map_err(|trap| trap.to_string()));
    Ok(())
}
