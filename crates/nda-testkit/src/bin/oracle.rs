//! `oracle [programs|definitions] [--seconds N] [--seed S] [--count N]`: compares the tiers for a while, on generated
//! programs or on definitions that no checker wrote.
//!
//! On a difference it prints a small program that still shows it, ready for `crates/nda-testkit/regressions`, or the
//! definition's listing, and exits with 1.

use nda_testkit::choices::bytes_of_seed;
use nda_testkit::{forge, generate, oracle};
use std::process::ExitCode;
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

const USAGE: &str = "usage: oracle [programs|definitions] [--seconds N] [--seed S] [--count N]";

fn work() -> ExitCode {
    let (mut seconds, mut seed, mut count, mut try_seed) = (10, 0, u64::MAX, program as Try);
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let mut number = || args.next().and_then(|text| text.parse::<u64>().ok());
        let known = match name.as_str() {
            "programs" => {
                try_seed = program;
                Some(())
            }
            "definitions" => {
                try_seed = definition;
                Some(())
            }
            "--seconds" => number().map(|value| seconds = value),
            "--seed" => number().map(|value| seed = value),
            "--count" => number().map(|value| count = value),
            _ => None,
        };
        if known.is_none() {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut tried, mut runs) = (0u64, 0u64);
    while Instant::now() < end && tried < count {
        let at = seed + tried;
        match try_seed(at) {
            Ok(compared) => runs += u64::from(compared),
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
    println!("{tried} tried from seed {seed}, {runs} runs on each tier: no difference");
    ExitCode::SUCCESS
}

/// Compares the tiers on what a seed makes: how many runs, or what to print about the difference.
type Try = fn(u64) -> Result<u32, String>;

fn program(seed: u64) -> Result<u32, String> {
    let bytes = bytes_of_seed(seed, generate::bytes_of_program(seed));
    oracle::compare(&generate::program(&bytes), seed).map(|agreement| agreement.runs).map_err(|difference| {
        format!("{}\n{}", commented(&difference.to_string()), oracle::minimise(&bytes, seed))
    })
}

fn definition(seed: u64) -> Result<u32, String> {
    match forge::compare(&bytes_of_seed(seed, forge::BYTES), seed) {
        Ok(agreement) => Ok(agreement.map_or(0, |agreement| agreement.runs)),
        Err((difference, listing)) => Err(format!("{}\n{listing}", commented(&difference.to_string()))),
    }
}

fn commented(text: &str) -> String {
    text.replace('\n', "\n// ")
}
