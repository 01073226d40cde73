//! `oracle --seconds N --seed S [--count N]`: compares the tiers on generated programs for a while.
//!
//! On a difference it prints a small program that still shows it, ready for `crates/nda-testkit/regressions`, and exits
//! with 1.

use nda_testkit::choices::bytes_of_seed;
use nda_testkit::{generate, oracle};
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

fn work() -> ExitCode {
    let (mut seconds, mut seed, mut count) = (10, 0, u64::MAX);
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().and_then(|text| text.parse::<u64>().ok());
        match (name.as_str(), value) {
            ("--seconds", Some(value)) => seconds = value,
            ("--seed", Some(value)) => seed = value,
            ("--count", Some(value)) => count = value,
            _ => {
                eprintln!("usage: oracle [--seconds N] [--seed S] [--count N]");
                return ExitCode::from(2);
            }
        }
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut programs, mut runs) = (0u64, 0u64);
    while Instant::now() < end && programs < count {
        let at = seed + programs;
        let bytes = bytes_of_seed(at, generate::bytes_of_program(at));
        match oracle::compare(&generate::program(&bytes), at) {
            Ok(agreement) => runs += u64::from(agreement.runs),
            Err(difference) => {
                println!("// seed {at}: {}", difference.to_string().replace('\n', "\n// "));
                println!("{}", oracle::minimise(&bytes, at));
                return ExitCode::FAILURE;
            }
        }
        programs += 1;
        if programs.is_multiple_of(5_000) {
            println!("{programs} programs, {runs} runs on each tier");
        }
    }
    println!("{programs} programs from seed {seed}, {runs} runs on each tier: no difference");
    ExitCode::SUCCESS
}
