//! Submissions made of several texts, and texts that a later submission reads again.
#![allow(clippy::unwrap_used, reason = "a panic here is the test failing")]

use nda_engine::Engine;
use nda_gate::{Definitions, Gate, Text, Verdict};
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};
use nda_sitemap::{DEFAULT_BRANCH, SiteMap};
use std::sync::Arc;

fn gate(folder: &tempfile::TempDir) -> (Gate, SiteMap) {
    let options = LmdbOptions { create: true, durability: Durability::NoSync, ..LmdbOptions::default() };
    let store = SiteMap::open(folder.path(), &options, Arc::new(Definitions)).unwrap();
    (Gate::over(Engine::new(), store.clone()), store)
}

fn submit(gate: &mut Gate, texts: &[&str]) -> Verdict {
    let texts: Vec<Text<'_>> = texts.iter().map(|&text| text.into()).collect();
    gate.submit_parts(&texts).unwrap()
}

#[track_caller]
fn commit(gate: &mut Gate, texts: &[&str]) -> Verdict {
    let verdict = submit(gate, texts);
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
    let starts: Vec<u32> = first.parts.all().iter().map(|part| part.start).collect();
    assert_eq!(starts, [0, one.len() as u32 + 1, (one.len() + two.len()) as u32 + 2]);
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
    let open = submit(&mut gate, &["fn a() -> i64 { 1", "}\nfn b() {}\n"]);
    assert!(!open.is_admitted() && open.definitions.is_empty());
    let foreign = submit(&mut gate, &["use a as it;\nfn a() {}\n", "fn b() { it() }\n"]);
    assert_eq!(codes(&foreign), ["E0101"]);
    let twice = submit(&mut gate, &["use a as it;\nfn a() {}\nfn it() {}\n", "fn b() {}\n"]);
    assert_eq!(codes(&twice), ["E0102"]);
    let both = submit(&mut gate, &["fn a() {}\n", "\nfn a() {}\n"]);
    assert_eq!(codes(&both), ["E0102"]);
    assert_eq!(both.diagnostics[0].labels.len(), 1);
}

const fn in_module<'t>(module: &'t str, text: &'t str) -> Text<'t> {
    Text { module, text }
}

#[track_caller]
fn commit_in(gate: &mut Gate, texts: &[Text<'_>]) -> Verdict {
    let verdict = gate.submit_parts(texts).unwrap();
    assert!(verdict.is_admitted(), "{:?}", verdict.diagnostics);
    gate.commit(&verdict, "tester", "test").unwrap();
    verdict
}

#[test]
fn texts_of_modules_are_rebuilt_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, store) = gate(&folder);
    let root = in_module("", "use geo::deep::f as it;\nconst N: i64 = 1;\nfn main() -> i64 { it() + N }\n");
    let geo = "mod deep {\n    use super::*;\n    use super::own as mine;\n    pub fn f() -> i64 { mine() + n() }\n}\nfn own() -> i64 { crate::N }\nfn n() -> i64 { N }\n";
    commit_in(&mut gate, &[root, in_module("geo", &geo.replace("mod deep", "pub mod deep"))]);
    let snapshot = store.snapshot().unwrap();
    let names = snapshot.names(DEFAULT_BRANCH, "", None, 10).unwrap();
    let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["N", "geo::deep::f", "geo::n", "geo::own", "main"]);
    let stored = |name: &str| {
        let binding = snapshot.name(DEFAULT_BRANCH, name).unwrap().unwrap();
        snapshot.metadata(&binding.metadata).unwrap()
    };
    assert_eq!((stored("geo::own").within.as_str(), stored("geo::deep::f").within.as_str()), ("geo", ""));
    let lines = "use super::*;\nuse super::own as mine;\n";
    assert!(stored("geo::deep::f").source.starts_with(lines), "{}", stored("geo::deep::f").source);
    // What they use changes: each is read again in its module.
    let changed = commit(&mut gate, &["const N: i64 = 2;\n"]);
    let rebuilt: Vec<&str> = changed.rebuilt.iter().map(|rebuilt| rebuilt.judged.name.as_str()).collect();
    assert_eq!(rebuilt, ["geo::deep::f", "geo::n", "geo::own", "main"]);
    let snapshot = store.snapshot().unwrap();
    let own = snapshot.name(DEFAULT_BRANCH, "geo::own").unwrap().unwrap();
    assert_eq!(
        snapshot.metadata(&own.metadata).unwrap().within,
        "geo",
        "rebuilt, it is as private as before"
    );
    // Privacy is kept: for others, for what is rebuilt, and when something becomes private that others use.
    assert_eq!(codes(&submit(&mut gate, &["fn f() -> i64 { geo::own() }\n"])), ["E0110"]);
    assert_eq!(codes(&gate.submit_parts(&[in_module("geo", geo)]).unwrap()), ["E0504"]);
    // A definition of a module that is submitted alone still sees its neighbours.
    let alone = in_module("geo", "pub fn twice() -> i64 { own() * 2 }\n");
    commit_in(&mut gate, &[alone]);
}

#[test]
fn a_module_may_be_a_lonely_text() {
    let mut gate = Gate::new(Engine::new());
    let verdict =
        gate.submit_parts(&[in_module("a::b", "#[example(f() == 1)]\nfn f() -> i64 { 1 }\n")]).unwrap();
    assert!(verdict.is_admitted());
    assert_eq!(
        (verdict.definitions[0].name.as_str(), verdict.definitions[0].within.as_str()),
        ("a::b::f", "a::b")
    );
}

fn names(verdict: &[nda_gate::Rebuilt]) -> Vec<&str> {
    verdict.iter().map(|one| one.judged.name.as_str()).collect()
}

const FIRST: &str = "#[example(first([1, 2]) == Some(1))]\nfn first<T>(xs: [T]) -> Option<T> { if xs.is_empty() { None } else { Some(xs[0]) } }\n";

#[test]
fn what_is_generic_is_used_from_a_later_submission_through_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, store) = gate(&folder);
    let first = commit(&mut gate, &[FIRST]);
    assert_eq!(names(&first.instances), ["first<i64>"]);
    let user = "fn twice<A>(xs: [A]) -> (Option<A>, Option<A>) { (first(xs), first(xs)) }\n\
        #[example(user() == 2)]\nfn user() -> i64 { let (a, b) = twice([1]); a.unwrap() + b.unwrap() }\n";
    let second = commit(&mut gate, &[user]);
    // `first<i64>` is there already, and `first<T>` is what `first` is by itself.
    assert_eq!(names(&second.instances), ["twice<i64>"]);
    assert_eq!(second.relies_on, [first.definitions[0].hash]);
    let third = commit(&mut gate, &["fn other() -> Option<str> { first([\"a\"]) }\n"]);
    assert_eq!(names(&third.instances), ["first<str>"]);
    // The same text means the same, committed or submitted along.
    let along = gate.submit(&format!("{FIRST}fn other() -> Option<str> {{ first([\"a\"]) }}\n")).unwrap();
    assert_eq!(along.definitions[1].hash, third.definitions[0].hash);
    assert!(along.rebuilt.is_empty());
    let snapshot = store.snapshot().unwrap();
    let binding = snapshot.name(DEFAULT_BRANCH, "first<str>").unwrap().unwrap();
    assert_eq!(snapshot.metadata(&binding.metadata).unwrap().source, FIRST.trim_end());
    let report = store.verify(&mut |_| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn what_uses_an_instance_is_rebuilt_when_the_generic_function_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, store) = gate(&folder);
    commit(&mut gate, &[FIRST]);
    commit(&mut gate, &["fn twice<A>(xs: [A]) -> [Option<A>] { [first(xs), first(xs)] }\n"]);
    commit(&mut gate, &["#[example(user() == 2)]\nfn user() -> i64 { twice([1]).len() }\n"]);
    let changed = commit(&mut gate, &["fn first<U>(them: [U]) -> Option<U> { them.get(0) }\n"]);
    assert_eq!(names(&changed.rebuilt), ["twice", "user"]);
    assert_eq!(names(&changed.instances), ["twice<i64>", "first<i64>"]);
    assert!(changed.stale.is_empty());
    // Names and layout are no meaning.
    let same =
        gate.submit("fn first<T>(xs: [T]) -> Option<T> {\n    // The first.\n    xs.get(0)\n}\n").unwrap();
    assert!(same.rebuilt.is_empty() && same.definitions[0].status == nda_gate::Status::Unchanged);
    let broken = gate.submit("fn first<T>(xs: [T]) -> [T] { xs }\n").unwrap();
    assert_eq!(codes(&broken), ["E0504"], "`twice` would not fit");
    // An instance that nothing needs any more goes with what it was made of.
    commit(&mut gate, &["fn user() -> i64 { 2 }\n"]);
    let changed = commit(&mut gate, &["fn first<T>(xs: [T]) -> Option<T> { xs.last() }\n"]);
    assert_eq!(names(&changed.rebuilt), ["twice"]);
    assert_eq!(changed.stale, ["first<i64>", "twice<i64>"]);
    let snapshot = store.snapshot().unwrap();
    assert!(snapshot.names(DEFAULT_BRANCH, "first<", None, 9).unwrap().is_empty());
}

#[test]
fn functions_of_a_generic_type_are_rebuilt_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, _) = gate(&folder);
    let stack = "struct Stack<T> { items: [T] }\nimpl<T> Stack<T> {\n    fn of(items: [T]) -> Self { Stack { items } }\n    fn height(&self) -> i64 { self.items.len() }\n    fn two() -> i64 { 2 }\n}\n";
    let first = commit(&mut gate, &[stack]);
    assert!(first.instances.is_empty());
    let user = commit(&mut gate, &["fn user() -> i64 { Stack::of([1]).height() + Stack::<str>::two() }\n"]);
    assert_eq!(
        names(&user.instances),
        ["Stack::of<i64>", "Stack::height<i64>", "Stack::two<str>", "Stack<i64>"]
    );
    let more =
        commit(&mut gate, &["impl<T> Stack<T> {\n    fn twice(&self) -> i64 { 2 * self.height() }\n}\n"]);
    assert_eq!(more.definitions[0].name, "Stack::twice");
    let changed = gate.submit("struct Stack<T> { items: [T], n: i64 }\n").unwrap();
    assert_eq!(codes(&changed), ["E0504"], "`Stack::of` leaves the new field out");
    let all = stack.replace("items: [T] }", "items: [T], n: i64 }").replace("items } }", "items, n: 0 } }");
    let changed = commit(&mut gate, &[&all]);
    assert_eq!(names(&changed.rebuilt), ["Stack::twice", "user"]);
}

#[test]
fn a_generic_function_is_renamed_with_its_instances() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, store) = gate(&folder);
    commit(
        &mut gate,
        &[
            &FIRST.replace("fn first", "pub fn first"),
            "struct T { x: i64 }\nfn user() -> Option<T> { first([T { x: 1 }]) }\n",
        ],
    );
    let nda_gate::Renamed { bind, remove, .. } = gate.rename("first", "lists::head").unwrap();
    let bound: Vec<&str> = bind.iter().map(|metadata| metadata.name.as_str()).collect();
    assert_eq!(bound, ["lists::head", "user", "lists::head<i64>", "lists::head<T>"]);
    assert_eq!(remove, ["first<T>", "first<i64>", "first"]);
    assert!(bind[0].source.contains("fn head<T>(xs: [T])"), "{}", bind[0].source);
    assert!(bind[1].source.contains("lists::head([T { x: 1 }])"), "{}", bind[1].source);
    drop(store);
}

#[test]
fn a_method_that_changes_its_self_does_so_from_a_later_submission() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, _) = gate(&folder);
    let stack = "struct Stack { items: [i64] }\nimpl Stack {\n    fn of(x: i64) -> Self { Stack { items: [x] } }\n    fn push(&mut self, x: i64) { self.items.push(x); }\n    fn pop(&mut self) -> Option<i64> { self.items.pop() }\n    fn more(mut self) -> Self { self.push(1); self }\n}\n";
    commit(&mut gate, &[stack]);
    let user = "#[example(user() == (Some(2), [1]))]\nfn user() -> (Option<i64>, [i64]) {\n    let mut s = Stack::of(1);\n    s.push(2);\n    let top = s.pop();\n    (top, s.items)\n}\n";
    commit(&mut gate, &[user]);
    let mistaken = gate.submit("fn f() { let s = Stack::of(1); s.push(2); }\n").unwrap();
    assert_eq!(codes(&mistaken), ["E0301"]);
    let taken = gate.submit("fn f() -> Stack { let s = Stack::of(1); s.more() }\n").unwrap();
    assert!(taken.is_admitted(), "{:?}", taken.diagnostics);
    let changed =
        commit(&mut gate, &["impl Stack {\n    fn push(&mut self, x: i64) { self.items.push(x + 0); }\n}\n"]);
    assert_eq!(names(&changed.rebuilt), ["Stack::more", "user"]);
}

#[test]
fn parameters_that_are_changed_are_so_from_a_later_submission() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, _) = gate(&folder);
    let lists = "fn push(xs: &mut [i64], x: i64) { xs.push(x); }\nfn take(xs: &mut [i64], n: &mut i64) -> Option<i64> { n += 1; xs.pop() }\nfn put(n: i64, at: &mut i64) { at = n; }\nfn plain(xs: [i64], x: i64) -> [i64] { let mut all = xs; all.push(x); all }\n";
    commit(&mut gate, &[lists]);
    let user = "#[example(user() == (Some(2), [1], 7))]\nfn user() -> (Option<i64>, [i64], i64) {\n    let mut xs = plain([], 1);\n    let mut n = 0;\n    push(&mut xs, 2);\n    put(6, &mut n);\n    let top = take(&mut xs, &mut n);\n    (top, xs, n)\n}\n";
    commit(&mut gate, &[user]);
    let mistaken = gate.submit("fn f() { let mut xs = [1]; push(xs, 2); }\n").unwrap();
    assert_eq!(codes(&mistaken), ["E0307"]);
    let meant = gate.submit("fn f() -> [i64] { let mut xs = [1]; plain(&mut xs, 2) }\n").unwrap();
    assert!(codes(&meant).contains(&"E0015"), "{:?}", meant.diagnostics);
    // The same graph by value is another function: who calls it for its change is told.
    let by_value = "fn push(xs: [i64], x: i64) -> [i64] { let mut all = xs; all.push(x); all }\n";
    let broken = gate.submit(by_value).unwrap();
    assert_eq!(codes(&broken), ["E0504"]);
}

#[test]
fn what_a_module_hands_on_is_known_later_and_follows_the_definition() {
    let folder = tempfile::tempdir().unwrap();
    let (mut gate, store) = gate(&folder);
    let inner = "pub fn area(side: i64) -> i64 { side * side }\n\
        pub fn first<T>(xs: [T]) -> T { xs[0] }\n\
        pub struct P { pub x: i64 }\nimpl P { pub fn new(x: i64) -> P { P { x } } pub fn twice(&self) -> i64 { self.x * 2 } }\n\
        pub enum E { A(i64), B }\n";
    let texts = [
        in_module("geo", "mod inner;\npub use inner::{area, first, P, E};\n"),
        in_module("geo::inner", inner),
        in_module("top", "pub use crate::geo::area as size;\n"),
        in_module("", "pub use top::size;\npub use geo::P;\n"),
    ];
    let verdict = commit_in(&mut gate, &texts);
    let handed: Vec<&str> =
        verdict.definitions.iter().filter(|one| one.hands_on).map(|one| one.name.as_str()).collect();
    assert_eq!(handed, ["geo::area", "geo::first", "geo::P", "geo::E", "top::size", "size", "P"]);
    // Later submissions reach it, and only by the second path.
    let user = "use geo::{E, E::A};\n\
        #[example(user() == 25 + 7 + 6 + 4 + 5)]\n\
        fn user() -> i64 { size(5) + geo::first([7]) + geo::P::new(3).twice() + P { x: 2 }.twice() + of(A(5)) }\n\
        fn of(e: E) -> i64 { match e { geo::E::A(n) => n, E::B => 0 } }\n";
    let verdict = commit_in(&mut gate, &[in_module("", user)]);
    assert_eq!(verdict.definitions.len(), 2);
    assert_eq!(codes(&gate.submit("fn f() -> i64 { geo::inner::area(1) }").unwrap()), ["E0110"]);
    // All of it is rebuilt with the definition.
    let text = |name: &str| {
        let snapshot = store.snapshot().unwrap();
        let binding = snapshot.name(DEFAULT_BRANCH, name).unwrap().unwrap();
        (binding.definition, snapshot.metadata(&binding.metadata).unwrap().source)
    };
    let before = text("geo::area");
    let changed = commit_in(
        &mut gate,
        &[in_module("geo::inner", "pub fn area(side: i64) -> i64 { 1 * side * side }\n")],
    );
    assert_eq!(names(&changed.rebuilt), ["user", "geo::area", "size", "top::size"]);
    let after = text("geo::area");
    assert_eq!(
        (after.1.as_str(), before.1.as_str()),
        ("pub use crate::geo::inner::area;", "pub use crate::geo::inner::area;")
    );
    assert!(after.0 != before.0 && after.0 == text("geo::inner::area").0 && after.0 == text("size").0);
    assert_eq!(text("top::size").1, "pub use crate::geo::area as size;");
    assert_eq!(text("size").1, "pub use crate::top::size;");
    // A module may hand on what it did not before.
    commit_in(
        &mut gate,
        &[
            in_module("top", "pub use crate::own as size;\n"),
            "pub fn own(side: i64) -> i64 { side * side + 0 }\n".into(),
        ],
    );
    assert_eq!(text("size").0, text("own").0);
    assert!(
        gate.regate(&["size".to_owned(), "geo::P".to_owned()])
            .unwrap()
            .iter()
            .all(|one| one.problems.is_empty())
    );
    // Renaming either name leaves the other.
    let renamed = gate.rename("own", "geo::square").unwrap();
    let bound = renamed.bind.iter().find(|bound| bound.name == "top::size").unwrap();
    assert_eq!(bound.source, "pub use crate::geo::square as size;");
    let renamed = gate.rename("size", "extent").unwrap();
    let bound = |name: &str| renamed.bind.iter().find(|bound| bound.name == name).unwrap().source.clone();
    assert_eq!(bound("extent"), "pub use crate::top::size as extent;");
    assert!(bound("user").contains("extent(5)"), "{}", bound("user"));
}
