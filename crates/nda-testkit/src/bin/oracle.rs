//! `oracle [programs|definitions|drafts] [--seconds N] [--seed S] [--count N]`: compares the tiers for a while, on generated
//! programs, on definitions that no checker wrote, or on drafts of which every record was chosen from what was expected.
//!
//! On a difference it prints a small program that still shows it, ready for `crates/nda-testkit/regressions`, or the
//! definition's listing, and exits with 1. Otherwise it ends with a hash of how the first runs ended, which is the same on every machine.

use nda_graph::Hash;
use nda_testkit::choices::bytes_of_seed;
use nda_testkit::oracle::Agreement;
use nda_testkit::program::Compiled;
use nda_testkit::{forge, generate, oracle, sampler};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Steps of optimised builds go on by jumps. On a stack this small, one that does not would end the process at once.
const STACK_BYTES: usize = 1 << 20;

fn main() -> ExitCode {
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        _ => ExitCode::FAILURE,
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: oracle [programs|definitions|drafts] [--seconds N] [--seed S] [--count N]");
    ExitCode::from(2)
}

fn work() -> ExitCode {
    let (mut seconds, mut seed, mut count) = (10, 0, u64::MAX);
    let mut args = std::env::args().skip(1).peekable();
    let try_seed = match args.next_if(|what| !what.starts_with("--")).as_deref() {
        None | Some("programs") => program as Try,
        Some("definitions") => definition,
        Some("drafts") => draft,
        Some(_) => return usage(),
    };
    while let Some(name) = args.next() {
        let value = args.next().and_then(|text| text.parse::<u64>().ok());
        match (name.as_str(), value) {
            ("--seconds", Some(value)) => seconds = value,
            ("--seed", Some(value)) => seed = value,
            ("--count", Some(value)) => count = value,
            _ => return usage(),
        }
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut tried, mut runs) = (0u64, 0u64);
    let mut ends = Hash::of("oracle", &[]);
    while Instant::now() < end && tried < count {
        let at = seed + tried;
        match try_seed(at) {
            Ok(None) => {}
            Ok(Some(agreement)) => {
                runs += u64::from(agreement.runs);
                ends = Hash::of("oracle", format!("{ends:?} {:?}", agreement.main).as_bytes());
            }
            Err(report) => {
                println!("// seed {at}: {report}");
                return ExitCode::FAILURE;
            }
        }
        tried += 1;
        if tried.is_multiple_of(5_000) {
            println!("{tried} tried, {runs} runs on each tier");
        }
    }
    println!(
        "{tried} tried from seed {seed}, {runs} runs on each tier: no difference; ends {}",
        ends.short()
    );
    ExitCode::SUCCESS
}

/// Compares the tiers on what a seed makes, if it makes something that runs: how that ended, or what to print about the difference.
type Try = fn(u64) -> Result<Option<Agreement>, String>;

fn program(seed: u64) -> Result<Option<Agreement>, String> {
    let bytes = bytes_of_seed(seed, generate::bytes_of_program(seed));
    oracle::compare(&generate::program(&bytes), seed).map(Some).map_err(|difference| {
        format!("{}\n{}", commented(&difference.to_string()), oracle::minimise(&bytes, seed))
    })
}

fn definition(seed: u64) -> Result<Option<Agreement>, String> {
    forge::compare(&bytes_of_seed(seed, forge::BYTES), seed)
}

fn draft(seed: u64) -> Result<Option<Agreement>, String> {
    static WARDROBE: OnceLock<Compiled> = OnceLock::new();
    let wardrobe = WARDROBE.get_or_init(|| Compiled::new(forge::WARDROBE).expect("it is checked by a test"));
    sampler::exact(wardrobe, seed)?;
    sampler::compare(wardrobe, seed).map(Some)
}

fn commented(text: &str) -> String {
    text.replace('\n', "\n// ")
}
