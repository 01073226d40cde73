//! What the probe finds on inputs that nobody wrote down.

use nda_diagnostics::Code;
use nda_engine::Engine;
use nda_gate::{Definitions, Gate, Probe, Verdict};
use nda_sitemap::SiteMap;
use nda_sitemap::storage::memory::MemoryStorage;
use std::sync::Arc;

/// A gate that probes without looking at the clock.
fn gate(policy: &str) -> Gate {
    let store = SiteMap::over(Arc::new(MemoryStorage::new()), Arc::new(Definitions)).expect("an empty store");
    let mut engine = Engine::new();
    engine.register("clock::now", "clock", || 42_i64);
    let mut gate = Gate::over(engine, store);
    gate.probes = true;
    let text = format!("version = 1\n[probe]\ntime_us = 3_600_000_000\n{policy}");
    gate.set_policy(&text, "lead", "m").expect("the policy can be enforced");
    gate
}

fn submit(gate: &mut Gate, source: &str) -> Verdict {
    gate.submit(source).expect("the store can be read")
}

fn probe<'v>(verdict: &'v Verdict, name: &str) -> &'v Probe {
    let judged = verdict.definition(name).expect("it is defined");
    judged.probe.as_ref().unwrap_or_else(|| panic!("{name} is probed: {:#?}", verdict.diagnostics))
}

/// What the warnings say, in order.
fn said(verdict: &Verdict) -> Vec<&str> {
    let probes = |code| matches!(code, Code::InputTraps | Code::BehaviourDiffers);
    verdict
        .diagnostics
        .iter()
        .filter(|found| probes(found.code))
        .map(|found| found.message.as_str())
        .collect()
}

#[test]
fn inputs_that_trap_are_found_and_made_small() {
    let mut gate = gate("");
    for (source, message) in [
        ("fn f(n: i64) -> i64 { 100 / n }", "`f` traps: division by zero at (0)"),
        ("fn f(n: i64) -> i64 { 100 / (n - 10) }", "`f` traps: division by zero at (10)"),
        ("fn f(xs: [i64]) -> i64 { xs.sum() / xs.len() }", "`f` traps: division by zero at ([])"),
        ("fn f(a: i64, xs: [str]) -> str { xs[1] }", "`f` traps: index 1 is outside a list of 0 at (0, [])"),
        ("struct P { x: i64 }\nfn f(p: P) -> i64 { 1 % p.x }", "`f` traps: division by zero at (P { x: 0 })"),
        (
            "enum E { A, B(i64) }\nfn f(e: E) -> i64 { match e { E::A => 1, E::B(n) => 7 / n } }",
            "`f` traps: division by zero at (B(0))",
        ),
        ("fn f(s: str) -> i64 { 10 / (s.len() - 1) }", "`f` traps: division by zero at (\"a\")"),
        (
            "fn f(a: bool, b: bool) -> i64 { if a && b { 1 / 0 } else { 2 } }",
            "`f` traps: division by zero at (true, true)",
        ),
    ] {
        let verdict = submit(&mut gate, source);
        assert!(verdict.is_admitted(), "{source}: {:#?}", verdict.diagnostics);
        assert_eq!(said(&verdict), [message], "{source}");
    }
}

#[test]
fn what_is_meant_or_takes_huge_numbers_is_counted_and_not_told() {
    let mut gate = gate("");
    let verdict = submit(
        &mut gate,
        "fn square(n: i64) -> i64 { n * n }\nfn positive(n: i64) -> i64 { assert(n > 0, \"positive\"); n }\nfn fine(n: i64) -> i64 { n % 7 }\nfn forever(n: i64) -> i64 { while true { } n }",
    );
    assert_eq!(said(&verdict), [""; 0]);
    let (square, positive) = (probe(&verdict, "square"), probe(&verdict, "positive"));
    assert!(
        square.traps.len() == 1 && !square.traps[0].is_telling && square.traps[0].count > 1,
        "{square:?}"
    );
    assert!(positive.traps.len() == 1 && positive.traps[0].input == "(0)", "{positive:?}");
    assert!(probe(&verdict, "fine").traps.is_empty());
    let forever = probe(&verdict, "forever");
    assert!(forever.unfinished == forever.inputs && forever.inputs == 64, "{forever:?}");
}

#[test]
fn a_change_is_compared_with_what_it_replaces() {
    let mut gate = gate("");
    let verdict = submit(
        &mut gate,
        "fn f(n: i64) -> i64 { if n == 0 { 1 } else { n % 10 } }\nfn user(n: i64) -> i64 { f(n) + 1 }",
    );
    gate.commit(&verdict, "a", "m").expect("it is admitted");
    let verdict = submit(&mut gate, "fn f(n: i64) -> i64 { n % 10 }");
    let change = probe(&verdict, "f").change.clone().expect("it replaces something");
    assert_eq!(change.example, Some(("(0)".to_owned(), "1".to_owned(), "0".to_owned())));
    assert!(change.differ > 0 && change.differ < change.compared, "{change:?}");
    let expected = format!(
        "`f` does something else than before: f(0): 1 → 0; {} of {} inputs differ",
        change.differ, change.compared
    );
    assert_eq!(said(&verdict), [expected.as_str()]);
    // What it does to who uses it is in the verdict, too.
    let user = verdict.rebuilt[0].judged.probe.as_ref().and_then(|probe| probe.change.clone());
    assert_eq!(
        user.and_then(|change| change.example),
        Some(("(0)".to_owned(), "2".to_owned(), "1".to_owned()))
    );
    assert_eq!(verdict.rebuilt[0].distance, 1);
    let same = submit(&mut gate, "fn f(n: i64) -> i64 { if n == 0 { return 1 } n % 10 }");
    assert_eq!(said(&same), [""; 0]);
    assert_eq!(probe(&same, "f").change.as_ref().map(|change| change.differ), Some(0));
    let other = submit(&mut gate, "fn f(n: str) -> i64 { n.len() }\nfn user(n: i64) -> i64 { n }");
    assert_eq!(probe(&other, "f").change, None);
    let printing =
        submit(&mut gate, "fn f(n: i64) -> i64 { if n == 0 { print(\"zero\"); 1 } else { n % 10 } }");
    assert_eq!(said(&printing).len(), 1, "{:?}", said(&printing));
}

/// A generic function by itself has something that stands for its types; its instances have the types.
#[test]
fn instances_are_probed_and_say_the_same_once() {
    let mut gate = gate("");
    let users = "fn number() -> i64 { first([1]) }\nfn word() -> str { first([\"a\"]) }";
    let verdict = submit(&mut gate, &format!("fn first<T>(xs: [T]) -> T {{ xs[0] }}\n{users}"));
    assert_eq!(said(&verdict), ["`first` traps: index 0 is outside a list of 0 at ([])"]);
    for name in ["first<i64>", "first<str>"] {
        let judged = verdict.instance(name).expect("it is used");
        let probe = judged.probe.as_ref().expect("it is probed");
        assert!(probe.inputs == 64 && probe.traps.len() == 1, "{name}: {probe:?}");
    }
    gate.commit(&verdict, "a", "m").expect("it is admitted");
    let verdict = submit(&mut gate, "fn first<T>(xs: [T]) -> T { xs[xs.len() - 1] }");
    let [trap, change] = said(&verdict)[..] else { panic!("{:?}", said(&verdict)) };
    assert_eq!(trap, "`first` traps: index -1 is outside a list of 0 at ([])");
    assert!(change.starts_with("`first` does something else than before: first("), "{change}");
    // A new instance of what is in the store: its text is not the author's, so only a policy that refuses traps says so.
    let user = "fn flag() -> bool { first([true]) }";
    let verdict = submit(&mut gate, user);
    assert!(
        said(&verdict).is_empty() && verdict.instance("first<bool>").is_some_and(|one| one.probe.is_some())
    );
}

#[test]
fn a_policy_refuses_or_keeps_quiet_and_time_hides_nothing() {
    let source = "fn f(n: i64) -> i64 { 1 / n }";
    let mut strict = gate("traps = \"refuse\"");
    strict.probes = false;
    let verdict = submit(&mut strict, source);
    assert!(!verdict.is_admitted() && verdict.diagnostics[0].code == Code::InputTraps);
    strict
        .set_policy("version = 1\n[probe]\ntraps = \"refuse\"\ntime_us = 1\n", "lead", "m")
        .expect("it can be enforced");
    let many: String = (0..40).map(|at| format!("fn g{at}(n: i64) -> i64 {{ n + {at} }}\n")).collect();
    assert!(!submit(&mut strict, &format!("{many}{source}")).is_admitted());
    let mut quiet = gate("traps = \"allow\"\nchanges = \"allow\"");
    let verdict = submit(&mut quiet, source);
    assert!(verdict.diagnostics.is_empty() && verdict.definitions[0].probe.is_none());
}

#[test]
fn what_needs_the_world_is_not_probed_and_nothing_is_probed_twice() {
    let mut gate = gate("");
    let verdict = submit(&mut gate, "#[uses(clock)]\nfn f(n: i64) -> i64 { clock::now() / n }");
    assert!(verdict.definitions[0].probe.is_none() && said(&verdict).is_empty());
    let source = "fn g(n: i64) -> i64 { 1 / n }";
    let first = submit(&mut gate, source);
    let again = submit(&mut gate, source);
    assert!(first.cost.probe_inputs == 64 && again.cost.probe_inputs == 0);
    assert_eq!(probe(&first, "g"), probe(&again, "g"));
    assert_eq!(said(&first), said(&again));
}

#[test]
fn every_type_has_inputs() {
    let mut gate = gate("");
    let source = "
enum Tree { Leaf, Node(Tree, i64, Tree) }
struct Deep { rows: [[f64]], name: Option<str>, at: (i64, bool) }
fn a(t: Tree) -> i64 { match t { Tree::Leaf => 0, Tree::Node(_, n, _) => n % 3 } }
fn b(d: Deep) -> i64 { d.rows.len() }
fn c(m: Map<str, i64>) -> i64 { m.len() }
fn d(r: Result<i64, str>, u: ()) -> bool { r.is_ok() }
fn e() -> i64 { 5 }
fn f(a: i64, b: f64, c: str, d: [str], e: bool, g: [[i64]]) -> i64 { g.len() + d.len() }
";
    let verdict = submit(&mut gate, source);
    assert!(verdict.is_admitted(), "{:#?}", verdict.diagnostics);
    for name in ["a", "b", "c", "d", "f"] {
        let probe = probe(&verdict, name);
        assert!(probe.inputs == 64 && probe.unfinished == 0 && probe.traps.is_empty(), "{name}: {probe:?}");
    }
    assert_eq!(probe(&verdict, "e").inputs, 1);
}
