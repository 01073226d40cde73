//! Evaluator, closures and machine code on the same programs: regressions, and generated ones for a bounded time.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

mod drafts;
mod forged;
mod fused;
mod inlined;
mod loops;
mod machines;
mod moving;
mod native;
mod quick;
mod records;
mod text;

use nda_testkit::{generate, oracle};
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn regressions_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let source = std::fs::read_to_string(&path).unwrap();
        if let Err(difference) = oracle::compare(&source, 0) {
            panic!("{}: {difference}", path.display());
        }
    }
}

#[test]
fn generated_programs_agree() {
    let end = Instant::now() + Duration::from_secs(15);
    for seed in (0..2_000).take_while(|_| Instant::now() < end) {
        if let Err(difference) = oracle::compare(&generate::program_of_seed(seed), seed) {
            panic!("seed {seed}: {difference}");
        }
    }
}
