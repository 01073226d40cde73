//! The project's chores, one command each: `cargo xtask ci | bench | fuzz | tidy`.

use std::path::Path;
use std::process::{Command, ExitCode};
use xtask::tidy;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  ci              everything a change must pass (.ci/run)
  bench [ARGS]    the benchmark against other engines, the store's commit cost, memory per definition
  fuzz [SECONDS]  random programs through the oracle for a bounded time, 30 by default
  tidy            what the compiler does not see: file lengths, pages, links, paths";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    match args.first().map(String::as_str) {
        Some("ci") => run("bash", &[".ci/run"]),
        Some("bench") => bench(rest),
        Some("fuzz") => fuzz(rest),
        Some("tidy") => report(&tidy::problems(root())),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository")
}

fn run(program: &str, args: &[&str]) -> ExitCode {
    println!("$ {program} {}", args.join(" "));
    match Command::new(program).args(args).current_dir(root()).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("{program}: {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{program} cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(args: &[String]) -> ExitCode {
    let mut peers = vec!["run", "--release", "--locked", "--manifest-path", "benches/peers/Cargo.toml", "--"];
    peers.extend(args.iter().map(String::as_str));
    let runs: [&[&str]; 3] = [
        &peers,
        &["run", "--release", "--locked", "-p", "nda-sitemap", "--example", "commit_cost"],
        &["run", "--release", "--locked", "-p", "nda-gate", "--example", "footprint"],
    ];
    let failed = runs.iter().filter(|args| run("cargo", args) != ExitCode::SUCCESS).count();
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fuzz(args: &[String]) -> ExitCode {
    let seconds = args.first().map_or("30", String::as_str);
    if seconds.parse::<u32>().is_err() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    run(
        "cargo",
        &["run", "--release", "--locked", "-p", "nda-testkit", "--bin", "oracle", "--", "--seconds", seconds],
    )
}

fn report(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
