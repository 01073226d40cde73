//! Two tiers, one program, one answer: the reference evaluator and the closures, held together.
//!
//! [`compare`] runs `main` and every example of a source on both tiers, first under generous limits and then under
//! limits that cut the run short: just what it used, one less, and random points between. Everything an [`Outcome`] says
//! must be the same: value, trap with message and frames, output, fuel, peak, depth. [`minimise`] makes the program of
//! a difference small enough to read.

use crate::choices::{Choices, bytes_of_seed};
use crate::moving::{Moving, When};
use crate::program::Compiled;
use nda_diagnostics::Diagnostic;
use nda_engine::{Engine, Level, Library, NdaJitSandbox, Refused, RunOptions, Tier};
use nda_graph::{Definition, Hash, Limits, Outcome, TrapKind};
use std::collections::HashMap;
use std::fmt;

/// The limits of the first run: enough for most generated programs, little enough to try thousands of them.
pub const LIMITS: Limits = Limits { fuel: 100_000, memory_bytes: 1 << 20, depth: 64, output_bytes: 1 << 16 };

/// Both tiers said the same.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// How `main` ended under the generous limits; none if there is no `main`.
    pub main: Option<Outcome>,
    /// How many runs were compared.
    pub runs: u32,
    /// How often a run went from one tier to the other on its way.
    pub moves: u32,
}

/// The tiers differ, or there was nothing to compare.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Difference {
    /// The checker refuses the program.
    Refused(Vec<Diagnostic>),
    /// A tier refused to start.
    NotRun {
        /// What was run.
        entry: String,
        /// Which tier.
        tier: &'static str,
        /// Why.
        refused: Refused,
    },
    /// The outcomes differ.
    Outcomes(Box<Outcomes>),
    /// A limit is not exact: the evaluator itself disagrees with what it said it used.
    Inexact {
        /// What was run.
        entry: String,
        /// Under which limits.
        limits: Limits,
        /// What happened.
        problem: String,
    },
}

/// One run on both tiers.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// What was run.
    pub entry: String,
    /// Under which limits.
    pub limits: Limits,
    /// What the evaluator said.
    pub eval: Outcome,
    /// Which tier said otherwise.
    pub tier: &'static str,
    /// What it said.
    pub other: Outcome,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Refused(diagnostics) => {
                write!(f, "refused:")?;
                diagnostics.iter().try_for_each(|found| write!(f, " {}: {};", found.code, found.message))
            }
            Difference::NotRun { entry, tier, refused } => {
                write!(f, "`{entry}` did not run on {tier}: {refused}")
            }
            Difference::Inexact { entry, limits, problem } => {
                write!(f, "`{entry}` under {limits:?}: {problem}")
            }
            Difference::Outcomes(both) => {
                let Outcomes { entry, limits, eval, tier, other } = &**both;
                writeln!(f, "`{entry}` under {limits:?}:")?;
                if eval.result != other.result {
                    writeln!(f, "  result  eval {:?}\n  {tier:>10} {:?}", eval.result, other.result)?;
                }
                if eval.output != other.output {
                    writeln!(f, "  output  eval {:?}\n  {tier:>10} {:?}", eval.output, other.output)?;
                }
                writeln!(f, "  fuel    eval {:>10}  {tier} {:>10}", eval.fuel, other.fuel)?;
                writeln!(f, "  peak    eval {:>10}  {tier} {:>10}", eval.peak_bytes, other.peak_bytes)?;
                write!(f, "  depth   eval {:>10}  {tier} {:>10}", eval.depth, other.depth)
            }
        }
    }
}

impl Library for Compiled {
    fn resolve(&self, name: &str) -> Option<Hash> {
        self.hash(name)
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        nda_eval::Program::definition(self, hash).cloned()
    }
}

/// Compares the tiers on `main` and every example of a source, `seed` choosing the random cuts.
///
/// # Errors
/// The first difference, or why there was nothing to compare.
pub fn compare(source: &str, seed: u64) -> Result<Agreement, Difference> {
    compare_under(source, seed, &LIMITS)
}

/// [`compare`] with other limits for the first run.
///
/// # Errors
/// As [`compare`].
pub fn compare_under(source: &str, seed: u64, limits: &Limits) -> Result<Agreement, Difference> {
    let program = Compiled::new(source).map_err(Difference::Refused)?;
    let engine = Engine::new();
    let plain = engine.at_level(Level::None);
    let mut pair = Pair::new(&engine, &plain, &program);
    // Compiling takes longer than all the rest.
    pair.moves_too = seed.is_multiple_of(8);
    let mut main = None;
    if let Some(hash) = program.hash("main") {
        main = Some(pair.cuts("main", hash, seed, limits)?);
    }
    for (index, example) in program.items.iter().flat_map(|item| &item.examples).enumerate() {
        pair.cuts(example.span.text(source), example.hash, seed ^ (index as u64 + 1) << 32, limits)?;
    }
    Ok(Agreement { main, runs: pair.runs, moves: pair.moves })
}

/// Runs one definition without parameters on both tiers, and again under every cut.
///
/// # Errors
/// As [`compare`].
pub fn compare_definition(
    library: &dyn Library,
    hash: Hash,
    seed: u64,
    limits: &Limits,
) -> Result<Agreement, Difference> {
    let engine = Engine::new();
    let plain = engine.at_level(Level::None);
    let mut pair = Pair::new(&engine, &plain, library);
    // What was forged has loops no others than what was written, and compiling takes longer than all the rest.
    pair.moves_too = seed.is_multiple_of(32);
    pair.native_too = !cfg!(debug_assertions) || seed.is_multiple_of(8);
    let main = pair.cuts(&hash.short().to_string(), hash, seed, limits)?;
    Ok(Agreement { main: Some(main), runs: pair.runs, moves: pair.moves })
}

struct Pair<'l> {
    sandbox: NdaJitSandbox<'l>,
    /// The same without the passes of tier 2.
    plain: NdaJitSandbox<'l>,
    /// Runs that go from one tier to the other on their way; by what is run.
    moving: HashMap<Hash, Option<Moving>>,
    library: &'l dyn Library,
    native_too: bool,
    moves_too: bool,
    runs: u32,
    moves: u32,
}

impl<'l> Pair<'l> {
    fn new(engine: &'l Engine, plain: &'l Engine, library: &'l dyn Library) -> Self {
        let (sandbox, plain) = (NdaJitSandbox::new(engine, library), NdaJitSandbox::new(plain, library));
        Self {
            sandbox,
            plain,
            moving: HashMap::new(),
            library,
            native_too: true,
            moves_too: true,
            runs: 0,
            moves: 0,
        }
    }

    fn both(&mut self, entry: &str, hash: Hash, limits: &Limits) -> Result<Outcome, Difference> {
        let mut run = |tier: Tier, level: Level| {
            let options = RunOptions { limits: *limits, tier, ..RunOptions::default() };
            let sandbox = if level == Level::None { &mut self.plain } else { &mut self.sandbox };
            let run = sandbox.run(hash, &[], &options);
            run.map(|run| run.outcome).map_err(|refused| Difference::NotRun {
                entry: entry.to_owned(),
                tier: tier.name(),
                refused,
            })
        };
        let eval = run(Tier::Eval, Level::All)?;
        self.runs += 1;
        let tiers = [(Tier::Closure, Level::All), (Tier::Native, Level::All), (Tier::Native, Level::None)];
        for (tier, level) in tiers.into_iter().take(if self.native_too { 3 } else { 1 }) {
            let other = run(tier, level)?;
            if eval != other {
                let entry = entry.to_owned();
                let both = Outcomes { entry, limits: *limits, eval, tier: tier.name(), other };
                return Err(Difference::Outcomes(Box::new(both)));
            }
        }
        self.moved(entry, hash, limits, eval)
    }

    /// The same as a run that goes on in machine code somewhere on its way.
    fn moved(
        &mut self,
        entry: &str,
        hash: Hash,
        limits: &Limits,
        eval: Outcome,
    ) -> Result<Outcome, Difference> {
        // Unoptimised, compiling takes too long for more than the first runs of a program.
        if !self.moves_too || cfg!(debug_assertions) && self.runs > 3 {
            return Ok(eval);
        }
        let library = self.library;
        let moving = self.moving.entry(hash).or_insert_with(|| Moving::new(library, hash));
        let bytes = bytes_of_seed(u64::from(self.runs) ^ eval.fuel << 20, 16);
        let mut choices = Choices::new(&bytes);
        let (from, every) = (choices.word() % (eval.fuel + 1), 1 + choices.word() % 30);
        let when = When { from, every, calls: choices.word().is_multiple_of(2) };
        if let Some((other, moves)) = moving.as_ref().and_then(|moving| moving.run(limits, when)) {
            self.moves += moves;
            if eval != other {
                let entry = entry.to_owned();
                let both = Outcomes { entry, limits: *limits, eval, tier: "moving", other };
                return Err(Difference::Outcomes(Box::new(both)));
            }
        }
        Ok(eval)
    }

    /// The generous run, and runs under less: what it used, one less, and something random below.
    fn cuts(&mut self, entry: &str, hash: Hash, seed: u64, limits: &Limits) -> Result<Outcome, Difference> {
        let first = self.both(entry, hash, limits)?;
        // What met a limit had asked for more than it was given, so it says nothing about less.
        let limited = first.result.as_ref().is_err_and(|trap| {
            use TrapKind::{CallTooDeep, OutOfFuel, OutOfMemory, OutputTooLarge};
            matches!(trap.kind, OutOfFuel | OutOfMemory | CallTooDeep | OutputTooLarge)
        });
        let bytes = bytes_of_seed(seed ^ 0x0dac_1e00, 128);
        let mut choices = Choices::new(&bytes);
        let mut below = |end: u64| if end == 0 { 0 } else { choices.word() % end };
        // Which limit, what was used of it, and whether a run under just that ends alike. (Memory also bounds the
        // result as it is handed out, where shared parts count as often as they occur.)
        type Cut = (TrapKind, u64, bool, fn(Limits, u64) -> Limits);
        let cuts: [Cut; 4] = [
            (TrapKind::OutOfFuel, first.fuel, true, |limits, fuel| Limits { fuel, ..limits }),
            (TrapKind::OutOfMemory, first.peak_bytes, false, |limits, memory_bytes| Limits {
                memory_bytes,
                ..limits
            }),
            (TrapKind::CallTooDeep, u64::from(first.depth), true, |limits, depth| Limits {
                depth: depth as u32,
                ..limits
            }),
            (TrapKind::OutputTooLarge, first.output.len() as u64, true, |limits, output_bytes| Limits {
                output_bytes,
                ..limits
            }),
        ];
        for (kind, used, exact, with) in cuts {
            let inexact = |limits: Limits, problem: String| Difference::Inexact {
                entry: entry.to_owned(),
                limits,
                problem,
            };
            let same = self.both(entry, hash, &with(*limits, used))?;
            if exact && !limited && same != first {
                return Err(inexact(with(*limits, used), format!("ended otherwise: {:?}", same.result)));
            }
            if used == 0 {
                continue;
            }
            let less = self.both(entry, hash, &with(*limits, used - 1))?;
            if less.result.as_ref().err().map(|trap| trap.kind) != Some(kind) {
                return Err(inexact(with(*limits, used - 1), format!("ended with {:?}", less.result)));
            }
            for _ in 0..if kind == TrapKind::OutOfFuel { 3 } else { 2 } {
                self.both(entry, hash, &with(*limits, below(used)))?;
            }
        }
        let mixed = Limits {
            fuel: below(first.fuel + 1),
            memory_bytes: below(first.peak_bytes + 1),
            depth: below(u64::from(first.depth) + 1) as u32,
            output_bytes: below(first.output.len() as u64 + 1),
        };
        self.both(entry, hash, &mixed)?;
        Ok(first)
    }
}

/// The smallest bytes found that still satisfy `holds`: shorter first, then with more zeroes.
#[must_use]
pub fn shrink_bytes(bytes: &[u8], mut holds: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = bytes.to_vec();
    let mut size = best.len().next_power_of_two();
    while size > 0 {
        let mut at = 0;
        while at < best.len() {
            let end = (at + size).min(best.len());
            let mut without = best.clone();
            without.drain(at..end);
            let mut zeroed = best.clone();
            zeroed[at..end].fill(0);
            if holds(&without) {
                best = without;
            } else if zeroed != best && holds(&zeroed) {
                best = zeroed;
                at = end;
            } else {
                at = end;
            }
        }
        size /= 2;
    }
    best
}

/// The smallest source found that still satisfies `holds`, by leaving out runs of lines.
#[must_use]
pub fn shrink_lines(source: &str, mut holds: impl FnMut(&str) -> bool) -> String {
    let mut lines: Vec<&str> = source.lines().collect();
    loop {
        let before = lines.len();
        let mut size = lines.len().next_power_of_two();
        while size > 0 {
            let mut at = 0;
            while at < lines.len() {
                let end = (at + size).min(lines.len());
                let without = [&lines[..at], &lines[end..]].concat();
                if holds(&without.join("\n")) { lines = without } else { at += 1 }
            }
            size /= 2;
        }
        if lines.len() == before {
            return lines.join("\n") + "\n";
        }
    }
}

/// A small program on which the tiers still differ, from the bytes that drive the generator.
#[must_use]
pub fn minimise(bytes: &[u8], seed: u64) -> String {
    let differs = |source: &str| matches!(compare(source, seed), Err(found) if !matches!(found, Difference::Refused(_)));
    let bytes = shrink_bytes(bytes, |bytes| differs(&crate::generate::program(bytes)));
    shrink_lines(&crate::generate::program(&bytes), differs)
}
