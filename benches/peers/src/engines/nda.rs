//! NDA itself: source text through the gate, then tier 1 or tier 2 with every limit on.
//!
//! Throughput runs the compiled `main`. A cold start is a whole verdict: parsed, checked, hashed, compiled, and the
//! example run; the answer is the value of the example's left side.

use anyhow::{Context as _, Result, anyhow};
use harness::{Answer, Code, Dialect, Peer, Prepared, Row, Start};
use nda_engine::{Engine, Hash, Library as _, MemoryLibrary, RunOptions, Tier, Value};
use nda_gate::{Gate, Side, Verdict};

/// More than any program here burns; the other limits are the defaults.
const FUEL: u64 = 1_000_000_000_000;

/// The warm gate.
pub struct Nda {
    tier: Tier,
    gate: Gate,
    kept: Option<Gate>,
    /// What the last run left; putting it away is not timed, as the harness does with every peer.
    verdict: Option<Verdict>,
}

impl Nda {
    /// Makes the warm gate.
    pub fn new(tier: Tier) -> Self {
        Self { tier, gate: Gate::new(Engine::new()), kept: None, verdict: None }
    }
}

impl Peer for Nda {
    fn name(&self) -> &'static str {
        if self.tier == Tier::Native { "nda-native" } else { "nda" }
    }

    fn version(&self) -> String {
        format!("NDA 0.1.0, {}, fuel, memory and depth on", self.tier.name())
    }

    fn dialect(&self) -> Dialect {
        Dialect::Nda
    }

    fn prepare(&mut self, _row: Row, code: &Code) -> Result<Box<dyn Prepared>> {
        let submission = self.gate.examine(code.text())?;
        if let Some(found) = submission.verdict.diagnostics.first() {
            return Err(anyhow!("{}: {}", found.code, found.message));
        }
        let mut library = MemoryLibrary::default();
        for judged in &submission.verdict.definitions {
            library.add(judged.hash, judged.definition.clone());
            library.name(judged.name.clone(), judged.hash);
        }
        let main = library.resolve("main").context("there is no main")?;
        let engine = self.gate.engine().clone();
        Ok(Box::new(Loaded { tier: self.tier, engine, library, main, peak_bytes: 0 }))
    }

    /// A verdict runs on tier 1, whichever tier the program runs on later.
    fn has_cold_start(&self) -> bool {
        self.tier == Tier::Closure
    }

    fn cold(&mut self, code: &Code, start: Start) -> Result<Answer> {
        let gate = match start {
            Start::Warm => &mut self.gate,
            Start::Fresh => self.kept.insert(Gate::new(Engine::new())),
        };
        let verdict = self.verdict.insert(gate.submit(code.text())?);
        let sides = verdict.definitions.iter().flat_map(|judged| &judged.examples).find_map(|example| {
            let sides = example.sides.as_ref()?;
            example.passed.then_some(sides)
        });
        let (left, _) = sides.with_context(|| format!("no example passed: {:?}", verdict.diagnostics))?;
        match left {
            Side::Value(Value::Int(value)) => Ok(Answer::Int(*value)),
            other => Err(anyhow!("the example's left side is {other}")),
        }
    }

    fn release(&mut self) {
        self.kept = None;
        self.verdict = None;
    }
}

struct Loaded {
    tier: Tier,
    engine: Engine,
    library: MemoryLibrary,
    main: Hash,
    /// Of the last run.
    peak_bytes: u64,
}

impl Prepared for Loaded {
    fn run(&mut self) -> Result<Answer> {
        let mut options = RunOptions { tier: self.tier, ..RunOptions::default() };
        options.limits.fuel = FUEL;
        let mut sandbox = nda_engine::NdaJitSandbox::new(&self.engine, &self.library);
        let run = sandbox.run(self.main, &[], &options)?;
        if run.tier != self.tier {
            return Err(anyhow!("it ran on {}: {:?}", run.tier.name(), run.stayed));
        }
        self.peak_bytes = run.outcome.peak_bytes;
        match run.outcome.result {
            Ok(Value::Int(value)) => Ok(Answer::Int(value)),
            Ok(Value::Float(value)) => Ok(Answer::Float(value)),
            Ok(other) => Err(anyhow!("main gave {other}")),
            Err(trap) => Err(anyhow!("{trap}")),
        }
    }

    fn own_peak_bytes(&self) -> Option<u64> {
        Some(self.peak_bytes)
    }
}
