//! Submissions made of several texts, and texts that a later submission reads again.
#![allow(clippy::unwrap_used, reason = "a panic here is the test failing")]

use nda_engine::Engine;
use nda_gate::{Definitions, Gate, Verdict};
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};
use nda_sitemap::{DEFAULT_BRANCH, SiteMap};
use std::sync::Arc;

fn gate(folder: &tempfile::TempDir) -> (Gate, SiteMap) {
    let options = LmdbOptions { create: true, durability: Durability::NoSync, ..LmdbOptions::default() };
    let store = SiteMap::open(folder.path(), &options, Arc::new(Definitions)).unwrap();
    (Gate::over(Engine::new(), store.clone()), store)
}

#[track_caller]
fn commit(gate: &mut Gate, texts: &[&str]) -> Verdict {
    let verdict = gate.submit_parts(texts).unwrap();
    assert!(verdict.is_admitted(), "{:?}", verdict.diagnostics);
    gate.commit(&verdict, "tester", "test").unwrap();
    verdict
}

fn codes(verdict: &Verdict) -> Vec<&str> {
    verdict.diagnostics.iter().map(|found| found.code.as_str()).collect()
}

#[test]
fn dependents_with_names_of_their_own_are_rebuilt_together() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, store) = gate(&folder);
    commit(&mut gate, &["fn a() -> i64 { 1 }\nfn b() -> i64 { 20 }\n"]);
    // `it` is another thing in each of the texts, and a function in the third; `again` is a name of a name.
    let one = "use a as it;\nuse it as again;\n#[example(one() == 2)]\nfn one() -> i64 { it() + again() }\n";
    let two = "use b as it;\nfn two() -> i64 { it() + a() }\n";
    let three = "fn it() -> i64 { a() + 300 }\n";
    let first = commit(&mut gate, &[one, two, three]);
    assert_eq!(first.parts, [0, one.len() as u32 + 1, (one.len() + two.len()) as u32 + 2]);
    let changed = commit(&mut gate, &["fn a() -> i64 { 0 + 1 }\n"]);
    let rebuilt: Vec<&str> = changed.rebuilt.iter().map(|rebuilt| rebuilt.judged.name.as_str()).collect();
    assert_eq!(rebuilt, ["it", "one", "two"]);
    // The rebuilt texts are as good as the submitted ones: stored the same, and read again.
    let snapshot = store.snapshot().unwrap();
    let binding = snapshot.name(DEFAULT_BRANCH, "one").unwrap().unwrap();
    let metadata = snapshot.metadata(&binding.metadata).unwrap();
    let item = "#[example(one() == 2)]\nfn one() -> i64 { it() + again() }";
    assert_eq!(metadata.source.trim_end(), format!("use a as it;\nuse a as again;\n{item}"));
    let calls = metadata.spans.iter().map(|&(start, end)| &metadata.source[start as usize..end as usize]);
    assert!(calls.filter(|text| *text == "it()" || *text == "again()").count() >= 2);
    let broken = gate.submit("fn a() -> i64 { 2 }\n").unwrap();
    assert_eq!(codes(&broken), ["E0504"], "the example of `one` does not hold any more");
    commit(&mut gate, &["fn a() -> i64 { 1 + 0 }\n"]);
}

#[test]
fn a_text_is_whole_by_itself_and_keeps_its_imports() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, _) = gate(&folder);
    let open = gate.submit_parts(&["fn a() -> i64 { 1", "}\nfn b() {}\n"]).unwrap();
    assert!(!open.is_admitted() && open.definitions.is_empty());
    let foreign = gate.submit_parts(&["use a as it;\nfn a() {}\n", "fn b() { it() }\n"]).unwrap();
    assert_eq!(codes(&foreign), ["E0101"]);
    let twice = gate.submit_parts(&["use a as it;\nfn a() {}\nfn it() {}\n", "fn b() {}\n"]).unwrap();
    assert_eq!(codes(&twice), ["E0102"]);
    let both = gate.submit_parts(&["fn a() {}\n", "\nfn a() {}\n"]).unwrap();
    assert_eq!(codes(&both), ["E0102"]);
    assert_eq!(both.diagnostics[0].labels.len(), 1);
}
