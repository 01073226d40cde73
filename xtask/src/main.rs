//! The project's chores, one command each: `cargo xtask ci | bench | fuzz | jumps | tidy | tokens`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use xtask::{figures, jumps, tidy};

const USAGE: &str = "\
usage: cargo xtask COMMAND
  ci              everything a change must pass (.ci/run)
  bench [ARGS]    the benchmark against other engines, the store's commit cost, memory per definition
  bench --table [ARGS]
                  the benchmark against other engines, and what it measured written into docs/performance.md
  fuzz [SECONDS]  random programs, then definitions that no checker wrote, through the oracle for a bounded time,
                  30 seconds by default
  jumps [PROGRAM] whether every step of an optimised program, `nda` if none is named, goes on by a jump (x86-64, aarch64)
  tidy            what the compiler does not see: file lengths, pages, links, paths
  tokens          what an agent must read to change one function: whole files against what `describe` gives";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = args.get(1..).unwrap_or_default();
    match args.first().map(String::as_str) {
        Some("ci") => run("bash", &[".ci/run"]),
        Some("bench") if rest.first().is_some_and(|arg| arg == "--table") => table(&rest[1..]),
        Some("bench") => bench(rest),
        Some("fuzz") => fuzz(rest),
        Some("jumps") => all_jump(rest.first().map(Path::new)),
        Some("tokens") => {
            run("cargo", &["run", "--release", "--locked", "--manifest-path", "benches/tokens/Cargo.toml"])
        }
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

/// Runs the benchmark against other engines and writes its figures into the page about them.
fn table(args: &[String]) -> ExitCode {
    let json = target().join("bench.json");
    let shown = json.display().to_string();
    let mut peers = vec!["run", "--release", "--locked", "--manifest-path", "benches/peers/Cargo.toml", "--"];
    peers.extend(args.iter().map(String::as_str));
    peers.extend(["--json", &shown]);
    if run("cargo", &peers) != ExitCode::SUCCESS {
        return ExitCode::FAILURE;
    }
    let page = root().join("docs/performance.md");
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let rewritten = read(&page).and_then(|text| figures::rewritten(&text, &read(&json)?));
    let written = rewritten
        .and_then(|text| std::fs::write(&page, text).map_err(|error| format!("{}: {error}", page.display())));
    report(&written.err().into_iter().collect::<Vec<_>>())
}

/// Where cargo builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

fn fuzz(args: &[String]) -> ExitCode {
    let Ok(seconds) = args.first().map_or("30", String::as_str).parse::<u32>() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let half = seconds.div_ceil(2).to_string();
    let failed = ["programs", "definitions"].into_iter().find(|&what| {
        let oracle = ["run", "--release", "--locked", "-p", "nda-testkit", "--bin", "oracle", "--"];
        run("cargo", &[&oracle[..], &[what, "--seconds", &half]].concat()) != ExitCode::SUCCESS
    });
    if failed.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn all_jump(built: Option<&Path>) -> ExitCode {
    if built.is_none() && !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        println!("jumps: not looked at on this machine");
        return ExitCode::SUCCESS;
    }
    if built.is_none()
        && run("cargo", &["build", "--release", "--locked", "-p", "nda-cli"]) != ExitCode::SUCCESS
    {
        return ExitCode::FAILURE;
    }
    match jumps::check(built.unwrap_or(&target().join("release").join("nda"))) {
        Ok(steps) => {
            println!("all {steps} steps go on by jumps");
            ExitCode::SUCCESS
        }
        Err(problems) => report(&problems),
    }
}

fn report(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
