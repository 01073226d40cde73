//! What did not change is not tried again, in any process; what is not known for sure is.
#![allow(clippy::unwrap_used, reason = "a panic here is the test failing")]

use nda_engine::{Engine, Limits};
use nda_gate::{Definitions, Gate, JudgedExample, Verdict};
use nda_graph::Hash;
use nda_sitemap::object::GateRecord;
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};
use nda_sitemap::{CommitRequest, DEFAULT_BRANCH, NewDefinition, SiteMap, merge_disjoint};
use std::sync::Arc;

const SOURCE: &str = "\
fn double(n: i64) -> i64 { n * 2 }

/// The sum of a list and its double, told along the way.
#[example(both([1, 2]) == [3, 6])]
#[example({ print(both([4])); true })]
fn both(xs: [i64]) -> [i64] { [xs.sum(), double(xs.sum())] }
";

/// What a process knows that begins now.
fn gate(folder: &tempfile::TempDir) -> (Gate, SiteMap) {
    let options = LmdbOptions { create: true, durability: Durability::NoSync, ..LmdbOptions::default() };
    let store = SiteMap::open(folder.path(), &options, Arc::new(Definitions)).unwrap();
    (Gate::over(Engine::new(), store.clone()), store)
}

#[track_caller]
fn commit(gate: &mut Gate, source: &str) -> Verdict {
    let verdict = gate.submit(source).unwrap();
    assert!(verdict.is_admitted(), "{:?}", verdict.diagnostics);
    gate.commit(&verdict, "tester", "test").unwrap();
    verdict
}

fn examples(verdict: &Verdict) -> &[JudgedExample] {
    &verdict.definition("both").unwrap().examples
}

fn sides(example: &JudgedExample) -> Option<(String, String)> {
    example.sides.as_ref().map(|(left, right)| (left.to_string(), right.to_string()))
}

#[track_caller]
fn remembered(verdict: &Verdict, expected: u64) {
    assert!(verdict.is_admitted(), "{:?}", verdict.diagnostics);
    assert_eq!(verdict.cost.examples_remembered, expected);
    if expected == 2 {
        assert_eq!((verdict.cost.nodes_compiled, verdict.cost.fuel), (0, 0), "nothing is compiled or run");
    } else {
        assert!(verdict.cost.nodes_compiled > 0);
    }
}

#[test]
fn another_process_believes_what_this_one_tried() {
    let folder = tempfile::tempdir().unwrap();
    let first = {
        let (mut gate, _) = gate(&folder);
        let first = commit(&mut gate, SOURCE);
        remembered(&first, 0);
        first
    };
    let (mut gate, store) = gate(&folder);
    let second = gate.submit(SOURCE).unwrap();
    remembered(&second, 2);
    for (before, after) in examples(&first).iter().zip(examples(&second)) {
        assert!(after.passed && after.remembered);
        assert_eq!(before.outcome, after.outcome, "value, output, fuel, peak and depth");
        assert_eq!(sides(before), sides(after));
    }
    assert_eq!(sides(&examples(&second)[0]).unwrap().0, "[3, 6]");
    assert_eq!(examples(&second)[1].outcome.output, "[4, 8]\n");
    assert!(examples(&second)[0].outcome.peak_bytes > 0);
    // The store is as sound as before: what is recorded can be made again from the objects.
    let sound = |store: &SiteMap| store.snapshot().unwrap().verify(&mut |_| {}).problems;
    assert_eq!(sound(&store), []);
    store.rebuild_index().unwrap();
    assert_eq!(sound(&store), []);
}

#[test]
fn what_changed_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    commit(&mut gate(&folder).0, SOURCE);
    let (mut gate, _) = gate(&folder);
    // Another callee, so other examples; a comment changes nothing.
    let other = SOURCE.replace("n * 2", "n + n");
    remembered(&gate.submit(&other).unwrap(), 0);
    remembered(&gate.submit(&format!("// a comment\n{SOURCE}")).unwrap(), 2);
    // A wrong answer is no outcome anybody recorded.
    let wrong = gate.submit(&SOURCE.replace("[3, 6]", "[3, 7]")).unwrap();
    assert!(!wrong.is_admitted());
    assert_eq!(wrong.cost.examples_remembered, 1);
}

#[test]
fn other_limits_are_another_outcome() {
    let folder = tempfile::tempdir().unwrap();
    commit(&mut gate(&folder).0, SOURCE);
    let (mut gate, _) = gate(&folder);
    remembered(&gate.submit(SOURCE).unwrap(), 2);
    gate.options.limits = Limits { fuel: 1, ..Limits::default() };
    let starved = gate.submit(SOURCE).unwrap();
    let codes: Vec<&str> = starved.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["E0502", "E0502"], "with one unit of fuel both trap");
    gate.options.limits = Limits::default();
    remembered(&gate.submit(SOURCE).unwrap(), 2);
}

/// A store that holds the definitions of [`SOURCE`], and gate records as `change` leaves them.
fn recorded_as(folder: &tempfile::TempDir, change: impl Fn(&mut GateRecord)) {
    let other = tempfile::tempdir().unwrap();
    let (mut first, store) = gate(&other);
    let verdict = commit(&mut first, SOURCE);
    let snapshot = store.snapshot().unwrap();
    let head = snapshot.head(DEFAULT_BRANCH).unwrap().unwrap();
    let admitted = snapshot.commit(&head).unwrap().admitted;
    let mut request = CommitRequest { branch: DEFAULT_BRANCH.into(), ..CommitRequest::default() };
    for judged in &verdict.definitions {
        let mut add = |hash: Hash, gate| {
            let bytes = snapshot.definition(&hash).unwrap().to_vec();
            let triples = nda_sitemap::Content::triples(&Definitions, &hash, &bytes).unwrap();
            request.definitions.push(NewDefinition { hash, bytes, triples, gate });
        };
        let record = admitted.iter().find(|(definition, _)| *definition == judged.hash).unwrap().1;
        let mut record = snapshot.gate_record(&record).unwrap();
        change(&mut record);
        add(judged.hash, Some(record));
        judged.examples.iter().for_each(|example| add(example.hash, None));
        let binding = snapshot.name(DEFAULT_BRANCH, &judged.name).unwrap().unwrap();
        request.bind.push(snapshot.metadata(&binding.metadata).unwrap());
    }
    gate(folder).1.commit(&request, &merge_disjoint).unwrap();
}

#[test]
fn records_of_others_are_not_believed() {
    let outcome_of = |change: &dyn Fn(&mut GateRecord)| {
        let folder = tempfile::tempdir().unwrap();
        recorded_as(&folder, change);
        gate(&folder).0.submit(SOURCE).unwrap()
    };
    remembered(&outcome_of(&|_| {}), 2);
    remembered(&outcome_of(&|record| record.engine = "another 9.9.9".into()), 0);
    remembered(&outcome_of(&|record| record.prices += 1), 0);
    remembered(&outcome_of(&|record| record.limits[0].1 += 1), 0);
    remembered(&outcome_of(&|record| record.limits.clear()), 0);
    remembered(&outcome_of(&|record| record.examples.iter_mut().for_each(|one| one.passed = false)), 0);
    remembered(&outcome_of(&|record| record.examples.truncate(1)), 1);
}

#[test]
fn what_an_upgrade_tried_again_is_recorded_with_the_next_commit() {
    let folder = tempfile::tempdir().unwrap();
    recorded_as(&folder, |record| record.engine = "nda 0.0.1".into());
    // Nothing changed, so nothing is written.
    remembered(&commit(&mut gate(&folder).0, SOURCE), 0);
    remembered(&gate(&folder).0.submit(SOURCE).unwrap(), 0);
    let more = format!("{SOURCE}fn more() -> i64 {{ double(4) }}\n");
    remembered(&commit(&mut gate(&folder).0, &more), 0);
    remembered(&gate(&folder).0.submit(SOURCE).unwrap(), 2);
}

#[test]
fn a_damaged_record_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    commit(&mut gate(&folder).0, SOURCE);
    let record = {
        let (_, store) = gate(&folder);
        let snapshot = store.snapshot().unwrap();
        let head = snapshot.head(DEFAULT_BRANCH).unwrap().unwrap();
        let admitted = snapshot.commit(&head).unwrap().admitted;
        let records =
            admitted.iter().map(|(_, record)| snapshot.object(record).unwrap().unwrap().bytes.to_vec());
        records.max_by_key(Vec::len).unwrap()
    };
    let file = folder.path().join("data.mdb");
    let mut bytes = std::fs::read(&file).unwrap();
    let found: Vec<usize> =
        (0..bytes.len() - record.len()).filter(|&at| bytes[at..at + record.len()] == record[..]).collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at + record.len() / 2] ^= 1;
    }
    std::fs::write(&file, bytes).unwrap();
    remembered(&gate(&folder).0.submit(SOURCE).unwrap(), 0);
}

#[test]
fn an_example_that_alone_calls_what_changes_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut first, store) = gate(&folder);
    commit(&mut first, "fn g(n: i64) -> i64 { n + 1 }\nfn h(n: i64) -> i64 { g(n) }\n");
    commit(&mut first, "#[example(f(1) == h(0))]\nfn f(n: i64) -> i64 { n }\n");
    let refused = gate(&folder).0.submit("fn g(n: i64) -> i64 { n + 2 }\n").unwrap();
    let codes: Vec<&str> = refused.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(codes, ["E0504"], "{:?}", refused.diagnostics);
    let fine = commit(&mut gate(&folder).0, "fn g(n: i64) -> i64 { 1 + n }\n");
    let rebuilt: Vec<&str> = fine.rebuilt.iter().map(|rebuilt| rebuilt.judged.name.as_str()).collect();
    assert_eq!(rebuilt, ["f", "h"]);
    // `f` means what it meant; its example is another one now.
    let snapshot = store.snapshot().unwrap();
    let binding = snapshot.name(DEFAULT_BRANCH, "f").unwrap().unwrap();
    let example = snapshot.metadata(&binding.metadata).unwrap().examples[0].definition;
    let h = snapshot.name(DEFAULT_BRANCH, "h").unwrap().unwrap().definition;
    assert!(snapshot.dependencies(&example).unwrap().contains(&h));
    // An example that the author took away is nobody's business.
    commit(&mut gate(&folder).0, "fn f(n: i64) -> i64 { n }\n");
    let fine = gate(&folder).0.submit("fn g(n: i64) -> i64 { n + 2 }\n").unwrap();
    assert!(fine.is_admitted() && fine.rebuilt.len() == 1, "{:?}", fine.diagnostics);
}
