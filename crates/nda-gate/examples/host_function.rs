//! A function of the host, under a capability: a program declares it, and a run must be granted it.

use nda_engine::{Engine, Grants};
use nda_gate::Gate;

const SOURCE: &str = "
/// How long ago, by the host's clock.
#[uses(clock)]
fn age(born: i64) -> i64 {
    clock::now() - born
}
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut engine = Engine::new();
    engine.register("clock::now", "clock", || 1_000_i64);

    let submission = Gate::new(engine.clone()).examine(SOURCE)?;
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);
    let mut program = engine.load(submission);

    // Nothing is granted unless the host says so.
    match program.get::<(i64,), i64>("age")?.call((400,)) {
        Ok(age) => println!("unexpected: {age}"),
        Err(refused) => println!("refused: {refused}"),
    }
    program.options.grants = Grants::only(["clock"]);
    println!("age(400) = {}", program.get::<(i64,), i64>("age")?.call((400,))?);
    Ok(())
}
