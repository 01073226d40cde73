//! Identity is meaning: what keeps a hash, and what changes it.

use crate::check;
use expect_test::expect;
use std::collections::BTreeMap;

/// Every item's name and hash.
fn hashes(source: &str) -> BTreeMap<String, String> {
    let (tree, mut diagnostics) = nda_syntax::parse(source);
    let items = nda_check::Checker::default().check(&tree, source, &crate::World, &mut diagnostics);
    let errors: Vec<_> = diagnostics.iter().filter(|found| found.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{source}");
    let name = |item: &nda_check::CheckedItem| tree.items[item.item].name.map(|name| name.symbol);
    let text = |symbol| tree.name(symbol, source).to_owned();
    items.iter().map(|item| (name(item).map(text).unwrap_or_default(), item.hash.to_string())).collect()
}

/// The hash of the function `f`.
fn hash(source: &str) -> String {
    hashes(source)["f"].clone()
}

#[test]
fn spelling_changes_no_hash() {
    for (a, b) in [
        ("fn f(a: i64) -> i64 { let b = a; b + a }", "fn f(x: i64) -> i64 { let y = x; y + x }"),
        (
            "fn f(a: i64) -> i64 { a + 1 }",
            "/// Doc.\n#[example(f(1) == 2)]\npub fn f(\n  a: i64, // one\n) -> i64 {\n /* two */ (a) + 0x1\n}",
        ),
        ("fn f() -> i64 { g() } fn g() -> i64 { 1 }", "fn h() -> i64 { 1 } fn f() -> i64 { h() }"),
        ("fn f() -> i64 { A } const A: i64 = 3;", "const C: i64 = 1 + 2; fn f() -> i64 { C }"),
        ("fn f() -> i64 { let x = 1; x }", "fn f() -> i64 { let x: i64 = 1; x }"),
        ("fn f() -> i64 { let mut x = 1; x = 2; x }", "fn f() -> i64 { let mut y = 1; (y) = 2; y }"),
        ("fn f() {}", "fn f() -> () { }"),
        (
            "fn f(b: bool) { 'a: loop { if b { break 'a; } } }",
            "fn f(b: bool) { 'z: loop { if (b) { break; } } }",
        ),
        (
            "fn f() -> i64 { g() + h() } fn g() -> i64 { 1 } fn h() -> i64 { 1 }",
            "fn f() -> i64 { g() + g() } fn g() -> i64 { 1 }",
        ),
        ("fn f() -> f64 { 1.5e1 }", "fn f() -> f64 { 15.0 }"),
        ("fn f() -> str { \"a\\n\" }", "fn f() -> str { \"\\u{61}\\u{a}\" }"),
        // A pattern for a parameter is a `let` at the start of the body.
        (
            "fn f((a, _): (i64, bool), b: i64) -> i64 { a + b }",
            "fn f(p: (i64, bool), b: i64) -> i64 { let (a, _) = p; a + b }",
        ),
        (
            "struct P { x: [i64], y: (str, str) } fn f(n: i64, P { x, y: (a, b) }: P) -> str { if n > x.len() { a } else { b } }",
            "struct P { x: [i64], y: (str, str) } fn f(n: i64, p: P) -> str { let P { x, y: (a, b) } = p; if n > x.len() { a } else { b } }",
        ),
        (
            "fn f((mut xs, y): ([i64], i64), (a, b): (str, str), _: i64) -> ([i64], str) { xs.push(y); (xs, a + b) }",
            "fn f(p: ([i64], i64), q: (str, str), _: i64) -> ([i64], str) { let (mut xs, y) = p; let (a, b) = q; xs.push(y); (xs, a + b) }",
        ),
        (
            "fn f(xs: &mut [i64], (a,): (i64,)) { xs.push(a); }",
            "fn f(xs: &mut [i64], p: (i64,)) { let (a,) = p; xs.push(a); }",
        ),
        // A list pattern makes no copy of all elements.
        (
            "fn f(xs: [i64]) -> i64 { match xs { [a, .., b] => a + b, [all @ ..] => all.len() } }",
            "fn f(xs: [i64]) -> i64 { match (xs[..]) { [a, .., b] => a + b, [all @ ..] => all.len() } }",
        ),
        // The name of a place is that place, and one that is only looked at is a value.
        (
            "fn f(xs: &mut [[i64]]) { let row = &mut xs[1]; let x = &mut row[2]; x += 1; }",
            "fn f(ys: &mut [[i64]]) { let second = &mut ys[1]; let third = &mut second[2]; third += 1; }",
        ),
        (
            "fn f(mut m: Map<i64, i64>) -> i64 { let e = m.entry(1).or_insert(2); e + m.len() }",
            "fn f(mut m: Map<i64, i64>) -> i64 { let mut e = m.entry(1).or_insert(2); e + m.len() }",
        ),
        ("fn f((): (), (_, _): (i64, str)) {}", "fn f(p: (), q: (i64, str)) { let () = p; let (_, _) = q; }"),
        ("fn f() -> f64 { f64::PI }", "fn f() -> f64 { std::f64::consts::PI }"),
        (
            "use geo::area; fn f() -> f64 { area(1.0, 2.0) }",
            "use geo::area as a; fn f() -> f64 { a(1.0, 2.0) }",
        ),
        ("fn f(n: i64) -> i64 { n.abs() }", "fn f(n: i64) -> i64 { (n as i64).abs() }"),
        (
            "#[uses(clock, net)] fn f() { clock::now(); net::get(\"a\"); }",
            "#[uses(net)] #[uses(clock)] fn f() { clock::now(); net::get(\"a\"); }",
        ),
        ("fn f() { return; f(); }", "fn f() { return; }"),
    ] {
        assert_eq!(hash(a), hash(b), "{a}\n{b}");
    }
}

#[test]
fn meaning_changes_the_hash() {
    let variants = [
        "fn f(a: i64, b: i64) -> i64 { a + b }",
        "fn f(a: i64, b: i64) -> i64 { b + a }",
        "fn f(a: i64, b: i64) -> i64 { a - b }",
        "fn f(a: i64, b: i64) -> i64 { a.wrapping_add(b) }",
        "fn f(a: i64, _b: i64) -> i64 { a + 1 }",
        "fn f(a: i64, _b: i64) -> i64 { a + 2 }",
        "fn f(a: i64, _b: i64) -> i64 { a + g() } fn g() -> i64 { 1 }",
        "fn f(a: i64, _b: i64) -> i64 { a + g() } fn g() -> i64 { 2 }",
        "fn f(a: i64, _b: i64) -> i64 { a + C } const C: i64 = 1;",
        "fn f(a: i64, _b: i64) -> i64 { a + C } const C: i64 = 2;",
        "fn f(a: i64, _b: i64) -> i64 { f(a, a) }",
        "fn f(a: i64, b: i64) -> i64 { f(a, b) }",
        "fn f(a: i64) -> i64 { a }",
        "fn f(a: f64) -> f64 { a }",
        "fn f(a: str) -> str { a }",
        "fn f(a: [str]) -> [str] { a }",
        "fn f() -> str { \"a\" }",
        "fn f() -> str { \"b\" }",
        "fn f() -> f64 { 0.0 }",
        "fn f() -> f64 { -0.0 }",
        "fn f() { for i in 0..3 { print(i); } }",
        "fn f() { for i in 0..=3 { print(i); } }",
        "fn f() { for i in (0..3).rev() { print(i); } }",
        "fn f() { for i in (0..3).step_by(1) { print(i); } }",
        "fn f(a: bool, b: bool) -> bool { a && b }",
        "fn f(a: bool, b: bool) -> bool { a & b }",
        "fn f(a: bool, b: bool) -> bool { a || b }",
        "fn f() { 'a: loop { loop { break 'a; } } }",
        "fn f() { 'a: loop { loop { break; } break 'a; } }",
        "#[uses(clock)] fn f() {}",
        "fn f() {}",
    ];
    let mut seen = BTreeMap::new();
    for source in variants {
        if let Some(other) = seen.insert(hash(source), source) {
            panic!("one hash for two meanings:\n{other}\n{source}");
        }
    }
}

#[test]
fn recursive_groups_have_no_names_and_no_order() {
    let cycle = |names: [&str; 3], order: [usize; 3]| {
        let [a, b, c] = names;
        let items = [
            format!("fn {a}(n: i64) -> i64 {{ if n < 1 {{ 1 }} else {{ {b}(n - 1) }} }}"),
            format!("fn {b}(n: i64) -> i64 {{ if n < 1 {{ 2 }} else {{ {c}(n - 1) }} }}"),
            format!("fn {c}(n: i64) -> i64 {{ if n < 1 {{ 3 }} else {{ {a}(n - 1) }} }}"),
        ];
        let found = hashes(&order.map(|at| items[at].as_str()).join("\n"));
        names.map(|name| found[name].clone())
    };
    let first = cycle(["a", "b", "c"], [0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(cycle(["a", "b", "c"], order), first);
        assert_eq!(cycle(["zeta", "alpha", "m"], order), first);
    }
    assert!(first[0] != first[1] && first[1] != first[2]);

    let found = hashes(
        "fn f(n: i64) -> i64 { f(n + 1) } fn a(n: i64) -> i64 { b(n + 1) } fn b(n: i64) -> i64 { a(n + 1) }",
    );
    assert_eq!(found["f"], found["a"]);
    assert_eq!(found["a"], found["b"]);

    // Who is called from a group's dead code does not belong to it.
    let found = hashes("fn f(n: i64) -> i64 { return n; g(n) } fn g(n: i64) -> i64 { f(n) }");
    let alone = hashes("fn f(n: i64) -> i64 { return n; } fn g(n: i64) -> i64 { f(n) }");
    assert_eq!(found, alone);
}

/// Every hash can be recomputed from the stored bytes alone.
#[test]
fn stored_bytes_prove_their_hash() {
    let source = "fn f(n: i64) -> i64 { f(n + 1) } fn a(n: i64) -> i64 { b(n) } fn b(n: i64) -> i64 { a(n + f(n)) } \
        fn main() { return; main(); } const C: [i64] = [1, D]; const D: i64 = 2; fn g() -> i64 { loop { g(); } }";
    let (_, items) = check(source);
    assert_eq!(items.len(), 7);
    for item in &items {
        let load =
            |hash| items.iter().find(|item| item.hash == hash).map(|item| item.definition.bytes().to_vec());
        nda_graph::group::verify_hash(item.hash, item.definition.bytes(), &load).unwrap();
    }
}

/// A published hash never changes without a new version of the format.
#[test]
fn golden() {
    let source = "fn add(a: i64, b: i64) -> i64 { a + b }
        const XS: [str] = [\"a\", \"é\"];
        fn even(n: i64) -> bool { n == 0 || odd(n - 1) }
        fn odd(n: i64) -> bool { n != 0 && even(n - 1) }
        fn sum(xs: [f64]) -> f64 { let mut s = 0.0; for x in xs { s += x; } s }
        fn fact(n: i64) -> i64 { if n < 2 { 1 } else { n * fact(n - 1) } }
        #[uses(clock)] fn late(xs: [str]) -> bool { clock::now() > 10 && xs.contains(XS[0]) }";
    let lines: Vec<String> = hashes(source).iter().map(|(name, hash)| format!("{name} {hash}\n")).collect();
    expect![[r#"
        XS d65e9763ece232d774ee6d9f5b7dc1596247fd93ea06aa54cc137696a9912c50
        add 7aa5634a3091fd5e1053d26d06393c321ec051dea1e47219546622789395e1ab
        even a5b20f3e34620e3716fc9b1d7a2da50b7979e1ce4d19ded5f7c44bec33fa1033
        fact d054c5cab504797f204eb9cf45c213abc9e278eb645f89ab1d6322a66d345f3f
        late dcd099f13fc3a0b089a298893900fbda5a818d4f0e75521644d203223d72cb78
        odd 031ce65e8469ff352120fa7e1c2ce95563eb4251377772623e484a09327c5110
        sum 48f13abbc30df22160b432999572dc536ad6403557421bea59b1be454c50d542
    "#]]
    .assert_eq(&lines.concat());
}

/// Every definition's path and hash.
fn by_path(source: &str) -> BTreeMap<String, String> {
    let (tree, mut diagnostics) = nda_syntax::parse(source);
    let items = nda_check::Checker::default().check(&tree, source, &crate::World, &mut diagnostics);
    assert!(!diagnostics.iter().any(nda_diagnostics::Diagnostic::is_error), "{diagnostics:#?}\n{source}");
    items.into_iter().map(|item| (item.path, item.hash.to_string())).collect()
}

#[test]
fn an_instance_is_the_function_one_would_have_written() {
    let source = "\
        fn f<T: Ord>(xs: [T], x: T) -> bool { for y in xs { if y > x { return g(x, y); } } false }
        fn g<A>(a: A, b: A) -> bool { a == b }
        fn f_str(xs: [str], x: str) -> bool { for y in xs { if y > x { return g_str(x, y); } } false }
        fn g_str(a: str, b: str) -> bool { a == b }
        fn even<T>(n: i64, x: T) -> T { if n == 0 { x } else { odd(n - 1, x) } }
        fn odd<T>(n: i64, x: T) -> T { if n == 1 { x } else { even(n - 1, x) } }
        fn even_f(n: i64, x: f64) -> f64 { if n == 0 { x } else { odd_f(n - 1, x) } }
        fn odd_f(n: i64, x: f64) -> f64 { if n == 1 { x } else { even_f(n - 1, x) } }
        fn main() { print(f([\"a\"], \"b\")); print(even(2, 1.5)); }";
    let all = by_path(source);
    for (instance, written) in
        [("f<str>", "f_str"), ("g<str>", "g_str"), ("even<f64>", "even_f"), ("odd<f64>", "odd_f")]
    {
        assert_eq!(all[instance], all[written], "{instance}");
    }
    assert_eq!(all.keys().filter(|path| path.starts_with("g<")).collect::<Vec<_>>(), ["g<'T>", "g<str>"]);
}

#[test]
fn what_is_generic_has_a_hash_of_its_own() {
    let hash = |source: &str| by_path(source)["f"].clone();
    let plain = hash("fn f<T>(xs: [T]) -> i64 { xs.len() }");
    assert_eq!(plain, hash("fn f<Item: Clone>(of: [Item]) -> i64 { of.len() }"), "names are no meaning");
    for other in [
        "fn f<T: Ord>(xs: [T]) -> i64 { xs.len() }",
        "fn f<T: PartialOrd>(xs: [T]) -> i64 { xs.len() }",
        "fn f<A, B>(xs: [B], a: A) -> i64 { xs.len() }",
        "fn f<T>(xs: [T]) -> i64 { xs.len() + 1 }",
        "fn f(xs: [i64]) -> i64 { xs.len() }",
    ] {
        assert_ne!(plain, hash(other), "{other}");
    }
    let list = "fn f<T>(list: List<T>) -> i64 { list.items.len() } struct List<E> { items: [E] }";
    let all = by_path(list);
    assert_eq!(all.len(), 2);
    assert_ne!(all["List"], by_path(&list.replace("items", "all"))["List"]);
    let used = by_path(&format!("{list} fn main() -> i64 {{ f(List {{ items: [true] }}) }}"));
    assert_ne!(used["List"], used["List<bool>"]);
}
