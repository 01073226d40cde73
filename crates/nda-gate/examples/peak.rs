//! How long a program takes that is run once, on an engine that has compiled nothing, by tier:
//! `cargo run --profile bench-quick -p nda-gate --example peak -- ROUNDS FILE[:FROM:TO]...`, where FROM is a number in the text and TO
//! what stands for it, so that a program of the benchmark takes as long as it should: `benches/peers/programs/fib.nda:30:36`.

use nda_engine::{Engine, Library as _, MemoryLibrary, NdaJitSandbox, RunOptions, Tier};
use nda_gate::Gate;
use std::time::Instant;

const TIERS: [(Tier, &str); 3] = [(Tier::Closure, "tier 1"), (Tier::Native, "tier 2"), (Tier::Auto, "auto")];

fn main() {
    let mut args = std::env::args().skip(1);
    let rounds: usize = args.next().and_then(|rounds| rounds.parse().ok()).expect("ROUNDS");
    println!("{:>48} {:>9} {:>9} {:>9}  auto / better", "", "tier 1", "tier 2", "auto");
    let mut product = 1.0;
    let mut programs = 0;
    for arg in args {
        let library = load(&arg);
        let mut times = [const { Vec::new() }; 3];
        let mut answers = Vec::new();
        let (mut moves, mut marks) = (0, Vec::new());
        for round in 0..rounds {
            for turn in 0..TIERS.len() {
                let at = (round + turn) % TIERS.len();
                let engine = Engine::new();
                let mut options = RunOptions { tier: TIERS[at].0, ..RunOptions::default() };
                options.limits.fuel = 1_000_000_000_000;
                let main = library.resolve("main").expect("it has a main");
                let began = Instant::now();
                let run = NdaJitSandbox::new(&engine, &library).run(main, &[], &options).expect("it starts");
                times[at].push(began.elapsed().as_secs_f64() * 1e3);
                moves = moves.max(run.moves);
                marks.extend(run.asked.zip(run.moved).map(|(asked, moved)| (moved.us, asked.us, moved.fuel)));
                answers.push((run.outcome.result, run.outcome.fuel));
            }
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{arg}: {answers:?}");
        let [first, second, auto] = times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        let ratio = auto / first.min(second);
        println!(
            "{arg:>48} {first:9.2} {second:9.2} {auto:9.2}  {ratio:.2} ({moves} moves of {} units)",
            answers[0].1
        );
        marks.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((moved, asked, fuel)) = marks.get(marks.len() / 2) {
            let (asked, moved) = (asked / 1e3, moved / 1e3);
            println!(
                "{:>48} code asked for after {asked:.2} ms, gone on in after {moved:.2} and {fuel} units",
                ""
            );
        }
        product *= ratio;
        programs += 1;
    }
    println!("geometric mean {:.3}", f64::powf(product, 1.0 / f64::from(programs.max(1))));
}

fn load(arg: &str) -> MemoryLibrary {
    let mut parts = arg.split(':');
    let file = parts.next().unwrap_or_default();
    let mut text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    if let (Some(from), Some(to)) = (parts.next(), parts.next()) {
        assert!(text.contains(from), "{file} has no {from}");
        text = text.replace(from, to);
    }
    let mut gate = Gate::new(Engine::new());
    let submission = gate.examine(&text).expect("there is no store that could fail");
    let mut library = MemoryLibrary::default();
    for judged in &submission.verdict.definitions {
        library.add(judged.hash, judged.definition.clone());
        library.name(judged.name.clone(), judged.hash);
    }
    library
}
