//! Measuring the block, cold and warm.

use super::network::{Networks, Numbers, Product, Spelling, broken};
use crate::failure::Failure;
use nda_engine::{Engine, Library as _, NdaJitSandbox, Run, RunOptions, Value};
use nda_gate::Gate;
use nda_tensor::Scratch;
use std::hint::black_box;
use std::time::Instant;

/// Rounds before the first that counts.
const BEFORE: usize = 32;

/// Times of many rounds, in microseconds.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    fn add(&mut self, us: f64) {
        self.0.push(us);
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    /// The shortest.
    pub fn best(&self) -> f64 {
        self.0.iter().copied().reduce(f64::min).unwrap_or_default()
    }
}

/// What a product took.
#[derive(Default)]
pub struct Figures {
    /// Source to result.
    pub cold: Times,
    /// Of it: source to code.
    pub compile: Times,
    /// Of that: looking for credentials.
    pub secrets: Times,
    /// Text to tree.
    pub parse: Times,
    /// Tree to hashed definitions.
    pub check: Times,
    /// Definitions to code.
    pub code: Times,
    /// Of cold: the first run.
    pub run: Times,
    /// A call of what ran before, on a vector that is lent to it.
    pub warm: Times,
    /// A run of the same on values, which are copied in and out.
    pub values: Times,
    /// The kernels of a run, called from Rust.
    pub kernels: Times,
}

/// Both products, round by round in turn.
pub fn measure(rounds: usize, spelling: Spelling) -> Result<[Figures; 2], Failure> {
    let engine = Engine::new();
    let mut numbers = Numbers::new();
    let networks = Networks::make(rounds + BEFORE, &engine, &mut numbers)?;
    let x = numbers.vector(896);
    let args = [Value::Vector(x.as_slice().into())];
    let mut gate = Gate::new(engine);
    let mut figures: [Figures; 2] = Default::default();
    let mut scratch = Scratch::default();
    let mut layers: [Vec<f32>; 4] = Default::default();
    for index in 0..BEFORE + rounds {
        for (product, figures) in Product::ALL.into_iter().zip(&mut figures) {
            let mut ignored = Figures::default();
            let figures = if index < BEFORE { &mut ignored } else { figures };
            let run = cold(&networks.source(index, product, spelling), &args, &mut gate, figures)?;
            networks.run(index, product, &mut scratch, &x, &mut layers)?;
            compare(run, &layers[3])?;
        }
    }
    let mut kept = Vec::new();
    for product in Product::ALL {
        kept.push(gate.examine(&networks.source(0, product, spelling))?);
    }
    let mut ready = Vec::new();
    for library in &kept {
        let hash = library.resolve("block").ok_or_else(|| broken("it defines no `block`"))?;
        let sandbox = || NdaJitSandbox::new(gate.engine(), library);
        ready.push((hash, sandbox(), sandbox().lend_to(hash, RunOptions::default()).map_err(broken)?));
    }
    let options = RunOptions::default();
    for index in 0..BEFORE + rounds {
        for ((product, figures), ready) in Product::ALL.into_iter().zip(&mut figures).zip(&mut ready) {
            let (hash, sandbox, lent) = ready;
            let started = Instant::now();
            let given = lent.call(black_box(&[&x])).map_err(broken)?;
            let called = Instant::now();
            networks.run(0, product, &mut scratch, black_box(&x), &mut layers)?;
            let ended = Instant::now();
            if *given != *layers[3] {
                return Err(broken("the kernels give another vector than the call"));
            }
            let again = Instant::now();
            let run = sandbox.run(*hash, black_box(&args), &options);
            let ran = Instant::now();
            compare(run.map_err(broken)?, &layers[3])?;
            if index >= BEFORE {
                figures.warm.add(micros(started, called));
                figures.kernels.add(micros(called, ended));
                figures.values.add(micros(again, ran));
            }
        }
    }
    Ok(figures)
}

/// From source to result. Never inlined, so that a profiler finds it: `valgrind --tool=callgrind --toggle-collect="*block::cold*"`.
#[inline(never)]
fn cold(source: &str, args: &[Value], gate: &mut Gate, figures: &mut Figures) -> Result<Run, Failure> {
    let engine = gate.engine().clone();
    let started = Instant::now();
    let submission = gate.examine(source)?;
    let judged = Instant::now();
    let hash = submission.resolve("block").ok_or_else(|| {
        let found = submission.verdict.diagnostics.first().map(|found| found.message.clone());
        broken(found.unwrap_or_default())
    })?;
    let mut sandbox = NdaJitSandbox::new(&engine, &submission);
    let run = sandbox.run(hash, args, &RunOptions::default()).map_err(broken)?;
    let ended = Instant::now();
    let cost = submission.verdict.cost;
    if run.nodes_compiled == 0 {
        return Err(broken("its code was known before"));
    }
    figures.cold.add(micros(started, ended));
    figures.compile.add(micros(started, judged) + run.compile_us);
    figures.secrets.add(cost.secrets_us);
    figures.parse.add(cost.parse_us);
    figures.check.add(cost.check_us);
    figures.code.add(run.compile_us);
    figures.run.add(run.run_us);
    Ok(run)
}

/// What is measured must be right: the bits that the kernels give.
fn compare(run: Run, expected: &[f32]) -> Result<(), Failure> {
    match run.outcome.result {
        Ok(Value::Vector(found)) if *found == *expected => Ok(()),
        Ok(found) => Err(broken(format!("the kernels give another vector than {found}"))),
        Err(trap) => Err(broken(trap)),
    }
}

fn micros(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_nanos() as f64 / 1000.0
}
