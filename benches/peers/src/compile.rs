//! Section `compile`: what machine code costs before it runs.
//!
//! [`latency`] is the time to compile functions of some sizes, by NDA's tiers and by wasmtime's compilers; [`peak`] is a whole run on
//! an engine that has compiled nothing, by each of NDA's tiers and by `auto`, which has to find out. The functions are in
//! [`programs`], the compilers in [`compilers`].

mod compilers;
mod programs;

pub use compilers::NAMES;

use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use harness::{Answer, Dialect, Row};
use nda_engine::{Engine, Library as _, MemoryLibrary, NdaJitSandbox, RunOptions, Tier, Value};
use nda_gate::Gate;

use crate::Options;
use crate::stats::Summary;
use crate::table::{Cell, Grid, Line};
use programs::Program;

/// Records that the functions of a row have, about.
pub const ROWS: [&str; 3] = ["10", "100", "1000"];

/// Compilations of one compiler on one row in one round.
const TURNS: usize = 5;

/// Programs whose whole run is timed by tier. Of each a number in its text, and what stands for it, so that the run takes about 50 ms on
/// the better tier. Those that have a closed form are not among them: no number makes them take so long.
const RUNS: [(Row, &str, &str); 7] = [
    (Row::Fib, "fib(30)", "fib(34)"),
    (Row::Sieve, "1000000", "8000000"),
    (Row::Mandel, "n < 100", "n < 1500"),
    (Row::Collatz, "300000", "140000"),
    (Row::Matmul, "n = 128", "n = 320"),
    (Row::Calls, "3000000", "15000000"),
    (Row::Nbody, "50_000", "350_000"),
];

/// More than any program here burns.
const FUEL: u64 = 1_000_000_000_000;

/// Compiles the functions of each size, round after round.
pub fn latency(options: &Options) -> Result<Grid> {
    let mut compilers = compilers::all()?;
    compilers.retain(|compiler| options.wants(compiler.name()));
    let rows = ROWS.into_iter().filter(|row| options.selects(row));
    let programs: Vec<Program> =
        rows.map(|row| Program::new(row.parse().expect("rows are numbers"))).collect::<Result<_>>()?;
    let mut samples = vec![vec![Vec::new(); compilers.len()]; programs.len()];
    for round in 0..options.rounds {
        for (program, samples) in programs.iter().zip(&mut samples) {
            options.progress(format_args!("compile: round {}, {} records", round + 1, program.records));
            for turn in 0..compilers.len() {
                let compiler = (turn + round) % compilers.len();
                let taken: &mut Vec<f64> = &mut samples[compiler];
                for _ in 0..TURNS {
                    let (wall, answers) = compilers[compiler].compile(program)?;
                    ensure!(
                        answers == program.answers,
                        "{} gives {answers:?} at {} records, Rust {:?}",
                        compilers[compiler].name(),
                        program.records,
                        program.answers
                    );
                    taken.push(wall.as_secs_f64() * 1e6 / programs::FUNCTIONS as f64);
                }
            }
        }
    }
    let cell = |samples: &Vec<f64>| Summary::of(samples).map(|summary| Cell { summary, differs: false });
    let lines = programs.iter().zip(&samples).map(|(program, samples)| Line {
        name: program.size.to_string(),
        about: format!(
            "{} functions of {} records each, or of the same in {} bytes of wasm",
            programs::FUNCTIONS,
            program.records,
            program.wasm.len() / programs::FUNCTIONS
        ),
        cells: samples.iter().map(cell).collect(),
    });
    Ok(Grid {
        section: "compile",
        unit: "us",
        about: format!(
            "Compile latency: wall time a function, from verified records (wasm: bytes) to code that can be called, median of {} \
             interleaved rounds of {TURNS}; every function is then called, and every answer equals Rust's.",
            options.rounds
        ),
        columns: compilers.iter().map(|compiler| compiler.name().to_owned()).collect(),
        references: &["wasmtime", "tier1"],
        rows: lines.collect(),
    })
}

/// The tiers whose runs are timed, and what they are called.
const TIERS: [(Tier, &str); 3] = [(Tier::Closure, "tier1"), (Tier::Native, "tier2"), (Tier::Auto, "auto")];

/// Runs each program on each tier of a fresh engine, round after round.
pub fn peak(options: &Options) -> Result<Grid> {
    let rows: Vec<_> = RUNS.into_iter().filter(|(row, _, _)| options.selects(row.name())).collect();
    let loaded: Vec<MemoryLibrary> =
        rows.iter().map(|&(row, from, to)| load(row, from, to)).collect::<Result<_>>()?;
    let mut samples = vec![vec![Vec::new(); TIERS.len()]; rows.len()];
    let mut answers: Vec<Option<Answer>> = vec![None; rows.len()];
    for round in 0..options.rounds {
        let places = loaded.iter().zip(&mut answers).zip(&mut samples);
        for ((row, _, _), ((library, expected), samples)) in rows.iter().zip(places) {
            options.progress(format_args!("peak: round {}, {}", round + 1, row.name()));
            for turn in 0..TIERS.len() {
                let tier = (turn + round) % TIERS.len();
                let taken: &mut Vec<f64> = &mut samples[tier];
                let began = Instant::now();
                let engine = Engine::new();
                let answer = run(&engine, library, TIERS[tier].0)?;
                taken.push(began.elapsed().as_secs_f64() * 1e3);
                // Dropping it waits for what still compiles; whoever has the answer does not.
                drop(engine);
                let expected = *expected.get_or_insert(answer);
                let name = TIERS[tier].1;
                ensure!(expected == answer, "{name} gives {answer:?} for {}, not {expected:?}", row.name());
            }
        }
    }
    let lines = rows.iter().zip(&samples).map(|((row, from, to), samples)| {
        let mut cells: Vec<Option<Cell>> = samples
            .iter()
            .map(|samples| Summary::of(samples).map(|summary| Cell { summary, differs: false }))
            .collect();
        let better = cells[..2].iter().flatten().min_by(|a, b| a.summary.median.total_cmp(&b.summary.median));
        cells.push(better.copied());
        Line { name: row.name().to_owned(), about: format!("{}, with {to} for {from}", row.about()), cells }
    });
    Ok(Grid {
        section: "peak",
        unit: "ms",
        about: format!(
            "Time to peak: wall time of one run on an engine that has compiled nothing, compiling included, median of {} \
             interleaved rounds; every tier gives the same answer. `better` is the better of tier1 and tier2.",
            options.rounds
        ),
        columns: TIERS.iter().map(|(_, name)| (*name).to_owned()).chain(["better".to_owned()]).collect(),
        references: &["better"],
        rows: lines.collect(),
    })
}

fn load(row: Row, from: &str, to: &str) -> Result<MemoryLibrary> {
    let text = row.text(Dialect::Nda);
    ensure!(text.contains(from), "there is no {from} in {}", row.name());
    let mut gate = Gate::new(Engine::new());
    let submission = gate.examine(&text.replace(from, to))?;
    let mut library = MemoryLibrary::default();
    for judged in &submission.verdict.definitions {
        library.add(judged.hash, judged.definition.clone());
        library.name(judged.name.clone(), judged.hash);
    }
    Ok(library)
}

fn run(engine: &Engine, library: &MemoryLibrary, tier: Tier) -> Result<Answer> {
    let main = library.resolve("main").context("there is no main")?;
    let mut options = RunOptions { tier, ..RunOptions::default() };
    options.limits.fuel = FUEL;
    let run = NdaJitSandbox::new(engine, library).run(main, &[], &options)?;
    match run.outcome.result {
        Ok(Value::Int(value)) => Ok(Answer::Int(value)),
        Ok(Value::Float(value)) => Ok(Answer::Float(value)),
        Ok(other) => Err(anyhow!("main gave {other}")),
        Err(trap) => Err(anyhow!("{trap}")),
    }
}
