//! Every program in `examples/`: formatted, gated without a diagnostic, committed into one store, called from there on
//! every tier, and compared with `examples/expected/`. `NDA_BLESS=1` writes what was found, format included.
#![allow(clippy::unwrap_used, reason = "a panic here is the test failing")]

use nda_engine::{Engine, Library, NdaJitSandbox, Run, RunOptions, Tier};
use nda_gate::{Definitions, Gate, Status, StoreLibrary};
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};
use nda_sitemap::{DEFAULT_BRANCH, SiteMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn programs() -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "nda"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    found.sort();
    found
}

fn blessing() -> bool {
    std::env::var_os("NDA_BLESS").is_some()
}

fn store(folder: &Path) -> SiteMap {
    let options = LmdbOptions { create: true, durability: Durability::NoSync, ..LmdbOptions::default() };
    SiteMap::open(folder, &options, Arc::new(Definitions)).unwrap()
}

/// Calls the committed `main`, seeing nothing but the store.
fn call_main(engine: &Engine, store: &SiteMap, tier: Tier) -> Run {
    let snapshot = store.snapshot().unwrap();
    let library = StoreLibrary { snapshot: Some(&snapshot), branch: DEFAULT_BRANCH };
    let main = library.resolve("main").expect("it was committed");
    let options = RunOptions { tier, ..RunOptions::default() };
    NdaJitSandbox::new(engine, &library).run(main, &[], &options).unwrap()
}

/// What the expected file says: the output, then the value and what it took.
fn report(run: &Run) -> String {
    let outcome = &run.outcome;
    let mut text = outcome.output.clone();
    match &outcome.result {
        Ok(value) => write!(text, "= {value}"),
        Err(trap) => write!(text, "trap {trap}"),
    }
    .unwrap();
    let (fuel, peak, depth) = (outcome.fuel, outcome.peak_bytes, outcome.depth);
    writeln!(text, "\nfuel {fuel}, peak {peak} bytes, depth {depth}").unwrap();
    text
}

#[test]
fn examples_run_from_one_store_as_expected() {
    let temp = tempfile::tempdir().unwrap();
    let store = store(temp.path());
    let engine = Engine::new();
    let mut gate = Gate::over(engine.clone(), store.clone());
    let programs = programs();
    assert!(programs.len() >= 18, "only {} examples", programs.len());
    let mut problems = Vec::new();
    for (name, path) in &programs {
        let mut source = std::fs::read_to_string(path).unwrap();
        let formatted = nda_syntax::format(&source).unwrap_or_else(|found| panic!("{name}: {found:#?}"));
        if formatted != source && blessing() {
            std::fs::write(path, &formatted).unwrap();
            source = formatted;
        } else if formatted != source {
            problems.push(format!("{name}.nda is not formatted"));
        }

        let verdict = gate.submit(&source).unwrap();
        for found in &verdict.diagnostics {
            problems.push(nda_diagnostics::render::render(found, &source, &format!("{name}.nda"), false));
        }
        if !verdict.is_admitted() {
            continue;
        }
        for judged in &verdict.definitions {
            // The files share one store: they take turns at `main`, and a name they share means the same in each.
            if judged.name != "main" && matches!(judged.status, Status::Changed { .. }) {
                problems
                    .push(format!("{name}.nda: `{}` means something else in another example", judged.name));
            }
            if judged.name != "main" && judged.docs.is_empty() {
                problems.push(format!("{name}.nda: `{}` has no documentation", judged.name));
            }
        }
        gate.commit(&verdict, "examples", name).unwrap_or_else(|error| panic!("{name}: {error}"));

        let closures = call_main(&engine, &store, Tier::Closure);
        let evaluated = call_main(&engine, &store, Tier::Eval);
        if closures.outcome != evaluated.outcome {
            problems.push(format!(
                "{name}.nda: the tiers differ\n--- eval\n{}--- closure\n{}",
                report(&evaluated),
                report(&closures)
            ));
        }
        let found = report(&closures);
        let expected = folder().join("expected").join(format!("{name}.txt"));
        if blessing() {
            std::fs::write(&expected, &found).unwrap();
        } else {
            let wanted = std::fs::read_to_string(&expected).unwrap_or_default();
            if wanted != found {
                problems.push(format!("{name}.nda:\n--- expected\n{wanted}--- found\n{found}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_expected_file_has_a_program() {
    let names: Vec<String> = programs().into_iter().map(|(name, _)| name).collect();
    for entry in std::fs::read_dir(folder().join("expected")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(names.iter().any(|name| name == stem), "expected/{stem}.txt belongs to no example");
    }
}
