//! What was let in, asked for and judged again.

use nda_engine::Engine;
use nda_gate::{Definitions, Gate, Regated};
use nda_sitemap::query::{Query, QueryLimits};
use nda_sitemap::storage::memory::MemoryStorage;
use nda_sitemap::{CommitRequest, SiteMap, Term, merge_never};
use std::sync::Arc;

const SOURCE: &str = "
mod geo {
    #[example(area(2, 3) == 6)]
    pub fn area(a: i64, b: i64) -> i64 { scaled(a) * b }
    fn scaled(n: i64) -> i64 { n }
    fn first<T>(xs: [T]) -> T { xs[0] }
    pub fn one() -> i64 { first([1]) }
}
struct P { x: i64 }
impl P { pub fn double(self) -> i64 { self.x * 2 } }
const K: i64 = 3;
#[example(f(2) == 6)]
pub fn f(n: i64) -> i64 { geo::area(n, K) }
";

fn gate() -> (Gate, SiteMap) {
    let store = SiteMap::over(Arc::new(MemoryStorage::new()), Arc::new(Definitions)).expect("an empty store");
    let mut gate = Gate::over(Engine::new(), store.clone());
    let verdict = gate.submit(SOURCE).expect("the store can be read");
    gate.commit(&verdict, "agent-1", "m")
        .unwrap_or_else(|error| panic!("{error}: {:#?}", verdict.diagnostics));
    (gate, store)
}

fn regate(gate: &mut Gate, store: &SiteMap) -> Vec<Regated> {
    let names = store.snapshot().expect("it opens").names("main", "", None, 1000).expect("it reads");
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    gate.regate(&names).expect("the store can be read")
}

#[test]
fn admissions_can_be_asked_for() {
    let (_, store) = gate();
    let snapshot = store.snapshot().expect("it opens");
    let ask = |text: &str| {
        let query = Query::parse(text).expect("it is a query");
        snapshot.query("main", &query, QueryLimits::default()).expect("it runs").rows
    };
    let rows =
        ask("?name is ?f . ?f admitted ?r . ?r secrets \"1\" . ?r author \"agent-1\" . ?r policy \"none\"");
    assert!(rows.iter().any(|row| row[0] == Term::from("geo::area")), "{rows:?}");
    assert!(ask("?f admitted ?r . ?r secrets \"0\"").is_empty());
    // Everything under rules older than these, and none older than the first.
    let under =
        |rules: &str| ask(&format!("?name is ?f . ?f admitted ?r . ?r secrets ?v . ?v {rules}")).len();
    assert_eq!((under("< 2"), under(">= 2"), under("< 1")), (under("= 1"), 0, 0));
    assert!(under("= 1") >= 7);
    assert!(store.verify(&mut |_| ()).expect("it can be read").is_sound());
    store.rebuild_index().expect("it can be rebuilt");
    assert!(store.verify(&mut |_| ()).expect("it can be read").is_sound());
}

#[test]
fn what_was_let_in_is_let_in_again_and_nothing_differs() {
    let (mut gate, store) = gate();
    let all = regate(&mut gate, &store);
    assert!(all.len() >= 7, "{all:#?}");
    for one in &all {
        assert!(one.problems.is_empty() && one.differences.is_empty(), "{one:#?}");
    }
    let head = store.snapshot().expect("it opens").head("main").expect("it reads");
    regate(&mut gate, &store);
    assert_eq!(store.snapshot().expect("it opens").head("main").expect("it reads"), head);
}

#[test]
fn another_policy_and_forged_records_come_to_light() {
    let (mut gate, store) = gate();
    let policy = "version = 1\n[examples]\nminimum = 1\n[[secrets.rules]]\nid = \"area\"\nregex = 'scaled'\nkeywords = [\"scaled\"]\n";
    gate.set_policy(policy, "lead", "m").expect("it can be enforced");
    let all = regate(&mut gate, &store);
    let one =
        |name: &str| all.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("{name}: {all:#?}"));
    assert!(one("geo::one").problems.iter().any(|problem| problem.starts_with("E0508")), "{all:#?}");
    assert!(one("geo::area").problems.iter().any(|problem| problem.starts_with("E0506")), "{all:#?}");
    assert!(one("f").problems.is_empty());
    assert!(one("f").differences.iter().any(|what| what.starts_with("policy: none then")), "{all:#?}");
    // A record that claims another outcome than the example has.
    let snapshot = store.snapshot().expect("it opens");
    let binding = snapshot.name("main", "f").expect("it reads").expect("it is there");
    let metadata = snapshot.metadata(&binding.metadata).expect("it reads");
    let admission = snapshot.admissions(&binding.definition).expect("it reads")[0];
    let mut record = snapshot.gate_record(&admission).expect("it reads");
    record.examples[0].fuel += 1;
    record.time_ms += 1;
    let bytes = snapshot.definition(&binding.definition).expect("it reads").to_vec();
    let definition = nda_sitemap::NewDefinition {
        hash: binding.definition,
        bytes,
        gate: Some(record),
        ..nda_sitemap::NewDefinition::default()
    };
    let request = CommitRequest {
        branch: "main".into(),
        expected_head: snapshot.head("main").expect("it reads"),
        definitions: vec![definition],
        bind: vec![nda_sitemap::object::Metadata { docs: "forged".into(), ..metadata }],
        ..CommitRequest::default()
    };
    store.commit(&request, &merge_never).expect("the store does not judge");
    let all = regate(&mut gate, &store);
    let forged = all.iter().find(|one| one.name == "f").expect("it is there");
    assert!(forged.differences.iter().any(|what| what.contains("fuel")), "{forged:#?}");
}
