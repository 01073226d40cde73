//! Modules: which names lie where, what a path means, and who may use what.

use super::{World, check, codes, said};
use expect_test::{Expect, expect};
use nda_check::{CheckedItem, Checker};
use nda_syntax::parts::Parts;

/// Every definition's full path, with the module it is private to.
fn paths(source: &str) -> Vec<(String, String)> {
    let (found, items) = check(source);
    assert!(found.is_empty(), "{found:#?}");
    items.into_iter().map(|item| (item.path, item.within)).collect()
}

/// Texts in modules: their codes, and what passed.
fn parts(texts: &[(&str, &str)]) -> (Vec<&'static str>, Vec<CheckedItem>) {
    let source = texts.iter().map(|text| text.1).collect::<Vec<_>>().join("\n");
    let (tree, mut found) = nda_syntax::parse(&source);
    let parts = Parts::of(texts.iter().copied());
    let items = Checker::default().check_parts(&tree, &source, &parts, &World, &mut found);
    (found.iter().map(|found| found.code.as_str()).collect(), items)
}

#[test]
fn items_lie_where_they_stand() {
    let source = "
        fn top() {}
        mod a {
            pub fn open() {}
            fn own() {}
            pub mod b { pub const N: i64 = 1; const M: i64 = 2; }
            mod c { pub fn deep() {} }
        }
    ";
    let expected = [
        ("top", ""),
        ("a::open", ""),
        ("a::own", "a"),
        ("a::b::N", ""),
        ("a::b::M", "a::b"),
        ("a::c::deep", "a"),
    ];
    assert_eq!(paths(source), expected.map(|(path, within)| (path.to_owned(), within.to_owned())));
}

#[test]
fn paths_mean_the_nearest() {
    for source in [
        // The own module, then the root.
        "fn f() -> i64 { 1 } mod m { pub fn g() -> i64 { f() } }",
        "fn f() -> i64 { 1 } mod m { fn f() -> bool { true } pub fn g() -> bool { f() } }",
        "mod m { pub mod n { pub fn f() {} } pub fn g() { n::f(); m::n::f(); } }",
        // Where the path says to start.
        "fn f() -> i64 { 1 } mod m { fn f() -> bool { true } pub fn g() -> i64 { super::f() + crate::f() } }",
        "mod m { fn f() {} mod n { pub fn g() { super::f(); super::super::m::f(); self::h() } fn h() {} } }",
        "fn main() { self::f() } fn f() {}",
        // `use`, in its own module and text only, in any order.
        "mod m { pub fn f() {} pub fn h() {} } use m::{self, f as g}; fn main() { g(); m::h() }",
        "use s::f; use m::n as s; mod m { pub mod n { pub fn f() {} } } fn main() { f(); s::f() }",
        "mod m { use crate::x::f; pub fn g() { f() } } mod x { pub fn f() {} }",
        "mod m { pub fn f() {} } fn f() -> i64 { 1 } mod k { use super::m::f; pub fn g() { f() } }",
        // All names of a module; what is private is not offered, and what is nearer hides it.
        "mod m { pub fn f() {} fn g() -> bool { true } } use m::*; fn g() {} fn main() { f(); g() }",
        "fn f() {} mod tests { use super::*; fn g() { f() } }",
        // Functions of modules call each other in circles.
        "mod a { pub fn even(n: i64) -> bool { n == 0 || super::b::odd(n - 1) } } mod b { pub fn odd(n: i64) -> bool { n != 0 && super::a::even(n - 1) } }",
        // A module and a function may share a name.
        "fn geo() -> i64 { geo::one() } mod geo { pub fn one() -> i64 { 1 } }",
        // Types.
        "mod m { pub struct P { pub x: i64 } pub enum E { A, B(i64) } } fn f(p: m::P) -> m::E { if p.x > 0 { m::E::B(p.x) } else { m::E::A } }",
        "use m::{E, P as Q}; mod m { pub struct P { pub x: i64 } pub enum E { A, B(i64) } } fn f(p: Q) -> E { if p.x > 0 { E::B(p.x) } else { E::A } }",
        "struct P { x: i64 } mod m { pub fn f(p: P) -> super::P { crate::P { x: p.x + 1 } } }",
        "struct P { x: i64 } mod m { pub struct P { pub y: i64 } pub fn f(p: P) -> i64 { p.y } } fn f(p: P) -> i64 { p.x }",
        "enum E { A } mod m { use super::*; pub fn f() -> E { E::A } }",
        // What was committed.
        "use geo::*; fn f() -> f64 { area(1.0, 2.0) } mod m { use geo as g; pub fn h() -> i64 { g::SIDES + crate::geo::SIDES } }",
    ] {
        assert_eq!(codes(source), <[&str; 0]>::default(), "{source}");
    }
}

#[test]
fn paths_that_lead_nowhere() {
    for (source, expected) in [
        ("mod m { pub fn f() {} } fn main() { f() }", "E0101"),
        ("mod m { pub fn g() { super::super::f() } } fn f() {}", "E0101"),
        ("fn main() { crate::m::f() } mod m { pub fn g() {} }", "E0101"),
        ("mod a { use super::f as g; pub fn h() {} } fn f() {} fn main() { g() }", "E0101"),
        ("use m::nothing; mod m { pub fn f() {} }", "E0101"),
        ("use nowhere::*; fn main() {}", "E0101"),
        ("use a as b; use b as a; fn main() { a() }", "E0101 E0101"),
        ("mod a { pub fn f() {} } mod b { pub fn f() {} } use a::*; use b::*; fn main() { f() }", "E0101"),
        ("mod m { pub fn f() {} } mod m { pub fn g() {} }", "E0102"),
        ("mod m { pub fn f() {} pub const f: i64 = 1; }", "E0102"),
        ("mod m { pub fn f() {} } use m::f; fn f() {}", "E0102"),
        ("mod m { pub fn f() {} pub fn g() {} } use m::f; use m::g as f; fn main() {}", "E0102"),
        ("mod str { pub fn f() {} }", "E0109"),
        ("mod m;", "E0111"),
        ("pub use m::n; mod m { pub mod n { pub fn f() {} } }", "E0011"),
        ("pub use m::*; mod m { pub fn f() {} }", "E0011"),
        ("pub use E::A; enum E { A }", "E0011"),
        ("mod a { pub use crate::b::f; } mod b { pub use crate::a::f; }", "E0101 E0101"),
        ("mod a { pub use crate::a::f; }", "E0101"),
        ("mod a { mod b { fn f() {} } pub use b::f; }", "E0110 E0110"),
        ("mod a { mod b { pub use c::f; mod c { pub fn f() {} } } } fn main() { a::b::f() }", "E0110"),
        ("mod a { pub use b::f; pub fn f() {} mod b { pub fn f() {} } }", "E0102"),
        ("mod a { pub use b::f; pub use c::f; mod b { pub fn f() {} } mod c { pub fn f() {} } }", "E0102"),
        (
            "mod a { pub use b::P; mod b { pub struct P(i64); impl P { fn f(&self) {} } } } fn main(p: a::P) { p.f() }",
            "E0110",
        ),
    ] {
        assert_eq!(codes(source).join(" "), expected, "{source}");
    }
}

#[test]
fn private_items_stay_in_their_module() {
    for source in [
        "mod m { fn f() {} } fn main() { m::f() }",
        "mod m { fn f() {} } use m::f; fn main() {}",
        "mod m { const N: i64 = 1; } fn main() { print(m::N); }",
        "mod m { const N: i64 = 1; } use m::N; mod k { pub fn f() {} }",
        "mod a { mod b { pub fn f() {} } } fn main() { a::b::f() }",
        "mod a { mod b { pub fn f() {} } } use a::b; fn main() {}",
        "mod a { mod b { pub fn f() {} } } use a::b::*; fn main() {}",
        "mod a { fn f() {} } mod b { pub fn g() { crate::a::f() } }",
        "fn main() -> i64 { geo::inner::secret() }",
        "use geo::inner::secret; fn main() {}",
        "mod m { struct P { x: i64 } } fn f(p: m::P) {}",
        "mod m { enum E { A } } use m::E; fn main() {}",
        "mod m { enum E { A } } fn main() { m::E::A; }",
        "mod m { enum E { A(i64) } } fn main() { m::E::A(1); }",
        "mod m { pub enum E { A } enum F { A } } fn f(e: m::E) -> bool { match e { m::F::A => true, _ => false } }",
        "mod m { struct P { x: i64 } } fn main() { m::P { x: 1 }; }",
    ] {
        assert_eq!(codes(source), ["E0110"], "{source}");
    }
    let inside =
        "mod a { fn f() {} pub mod b { pub fn g() { super::f() } mod c { fn h() { crate::a::f() } } } }";
    assert_eq!(codes(inside), <[&str; 0]>::default());
    let (found, _) = parts(&[("geo::inner", "fn f() -> i64 { secret() }")]);
    assert_eq!(found, <[&str; 0]>::default(), "what is committed is known in its own module");
}

#[test]
fn texts_are_modules_too() {
    let main = ("", "mod geo; use geo::f; fn main() { f() }");
    let geo = ("geo", "pub mod deep; pub fn f() { deep::g() } fn h() {}");
    let deep = ("geo::deep", "pub fn g() { super::h() }");
    let (found, items) = parts(&[main, geo, deep]);
    assert_eq!(found, <[&str; 0]>::default());
    let paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
    assert_eq!(paths, ["main", "geo::f", "geo::h", "geo::deep::g"]);
    // A file that nobody declares is as public as its folder.
    assert_eq!(
        parts(&[("a::b", "pub fn f() {}"), ("", "fn main() { a::b::f() }")]).0,
        <[&str; 0]>::default()
    );
    assert_eq!(
        parts(&[("a", "mod b;"), ("a::b", "pub fn f() {}"), ("", "fn g() { a::b::f() }")]).0,
        ["E0110"]
    );
    assert_eq!(parts(&[("a", "fn f() {}"), ("a", "fn f() {}")]).0, ["E0102"]);
    assert_eq!(parts(&[("", "mod a { }"), ("a", "fn f() {}")]).0, ["E0102"]);
    assert_eq!(parts(&[("a::str", "fn f() {}")]).0, ["E0109"]);
}

#[test]
fn modules_are_no_part_of_a_hash() {
    let (_, plain) =
        check("fn f(n: i64) -> i64 { if n == 0 { 0 } else { g(n - 1) } } fn g(n: i64) -> i64 { f(n) + 1 }");
    let (_, nested) = check(
        "mod a { pub fn f(n: i64) -> i64 { if n == 0 { 0 } else { super::b::g(n - 1) } } } mod b { pub fn g(n: i64) -> i64 { crate::a::f(n) + 1 } }",
    );
    assert_eq!(plain.len(), 2);
    let hashes = |items: &[CheckedItem]| items.iter().map(|item| item.hash).collect::<Vec<_>>();
    assert_eq!(hashes(&plain), hashes(&nested));
}

#[test]
fn large_sources_take_time_in_proportion() {
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let name = "n".repeat(130);
    let started = std::time::Instant::now();
    for (source, expected) in [
        (many(5_000, &|at| format!("use a as b{at};\n")) + "fn a() {}", ""),
        (many(5_000, &|at| format!("mod m{at} {{ fn f() {{}} }}\nfn g{at}() {{ m{at}::f() }}\n")), "E0110"),
        (
            many(5_000, &|at| {
                format!("mod m{at} {{ mod k {{ pub fn f() {{}} }} }}\nfn g{at}() {{ m{at}::k::f() }}\n")
            }),
            "E0110",
        ),
        (many(5_000, &|at| format!("use b{at} as b{};\n", at + 1)) + "fn a() {}", "E0101"),
        (
            many(300, &|at| format!("mod m{at} {{}} use m{at}::*;\nfn g{at}() {{ nowhere{at}() }}\n")),
            "E0602 E0101",
        ),
        (format!("mod {name} {{ {} }}", many(10_000, &|at| format!("fn {name}{at}() {{}}\n"))), "E0112"),
        (many(250, &|_| "mod m {".into()) + "fn f() {}" + &"}".repeat(250), "E0112"),
        (format!("use {}::{{a, b}};", name.repeat(9)), "E0112"),
        (
            format!(
                "fn a() {{}}\nuse {name}::{{{}}};",
                many(300_000, &|at| format!("{at:x}x,").replace(|c: char| c.is_ascii_digit(), "q"))
            ),
            "E0001",
        ),
    ] {
        let mut found = codes(&source);
        found.sort_unstable();
        found.dedup();
        let start: String = source.chars().take(60).collect();
        for code in expected.split_whitespace() {
            assert!(found.contains(&code), "{found:?}: {start}");
        }
        assert!(!expected.is_empty() || found.is_empty(), "{found:?}: {start}");
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn as_people_read_them() {
    let case = |source: &str, expected: Expect| expected.assert_eq(&said(source));
    case(
        "mod geo {\n    fn side() -> i64 { 1 }\n}\nfn main() { print(geo::side()); }",
        expect![[r#"
        error[E0110]: `geo::side` is private to `geo`
         --> a.nda:4:19
          |
        2 |     fn side() -> i64 { 1 }
          |        ---- declared here without `pub`
        3 | }
        4 | fn main() { print(geo::side()); }
          |                   ^^^^^^^^^
          |
        help: make it public
          |
        2 |     pub fn side() -> i64 { 1 }
          |     +++
    "#]],
    );
    case(
        "mod a {\n    mod b { pub fn f() {} }\n}\nfn main() { a::b::f() }",
        expect![[r#"
        error[E0110]: `a::b` is private to `a`
         --> a.nda:4:13
          |
        2 |     mod b { pub fn f() {} }
          |         - declared here without `pub`
        3 | }
        4 | fn main() { a::b::f() }
          |             ^^^^^^^
          |
        help: make it public
          |
        2 |     pub mod b { pub fn f() {} }
          |     +++
    "#]],
    );
    case(
        "use geo::inner::secret;",
        expect![[r#"
        error[E0110]: `geo::inner::secret` is private to `geo::inner`
         --> a.nda:1:5
          |
        1 | use geo::inner::secret;
          |     ^^^^^^^^^^^^^^^^^^
          |
          = note: it was committed without `pub`; commit it with `pub` to use it here
    "#]],
    );
    case(
        "mod m { pub fn total() -> i64 { 1 } }\nfn main() { print(total()); }",
        expect![[r#"
        error[E0101]: there is nothing called `total` here; there is `m::total`
         --> a.nda:2:19
          |
        2 | fn main() { print(total()); }
          |                   ^^^^^
          |
        help: write its path
          |
        2 | fn main() { print(m::total()); }
          |                   +++
    "#]],
    );
    case(
        "mod a { pub fn f() {} } mod b { pub fn f() {} }\nuse a::*; use b::*;\nfn main() { f() }",
        expect![[r#"
        error[E0101]: `f` may be `a::f` or `b::f`
         --> a.nda:3:13
          |
        3 | fn main() { f() }
          |             ^
          |
          = note: two `use …::*` bring it in; name the one that is meant
        help: write `a::f`
          |
        3 | fn main() { a::f() }
          |             +++
    "#]],
    );
    case(
        "mod geo;",
        expect![[r#"
        error[E0111]: there is no file for the module `geo`
         --> a.nda:1:5
          |
        1 | mod geo;
          |     ^^^
          |
          = note: it is `geo.nda` or `geo/mod.nda`, seen from the root of the sources; or write the items here: `mod geo { … }`
    "#]],
    );
}

#[test]
fn variants_are_brought_in_by_use() {
    let shape = "enum Shape { Dot, Circle(f64), Rect { w: f64, h: f64 } }";
    for source in [
        "use Shape::*; fn area(s: Shape) -> f64 { match s { Dot => 0.0, Circle(r) => r, Rect { w, h } => w * h } }",
        "use Shape::*; fn all() -> [Shape] { [Dot, Circle(1.0), Rect { w: 1.0, h: 2.0 }] }",
        "use Shape::{Circle, Dot as Point}; fn f(c: bool) -> Shape { if c { Circle(1.0) } else { Point } }",
        "mod m { use super::Shape; use Shape::Circle; pub fn f() -> Shape { Circle(2.0) } }",
        "mod m { use crate::Shape::*; pub fn f() -> Shape { Dot } }",
        "mod m { pub enum E { A, B } } use m::E::{A, B}; fn f(e: m::E) -> i64 { match e { A => 1, B => 2 } }",
        // A struct of the module comes before what a star offers.
        "struct Circle(i64); use Shape::*; fn f() -> Circle { Circle(1) } fn g() -> Shape { Dot }",
    ] {
        assert_eq!(codes(&format!("{source} {shape}")), [""; 0], "{source}");
    }
    for (source, expected) in [
        ("fn f() -> Shape { Circle(1.0) }", "E0101"),
        ("use Shape::Square;", "E0101"),
        ("use Shape::Circle; struct Circle(i64);", "E0102"),
        ("use Shape::*; fn new() -> Shape { with(1) }", "E0101"),
        ("use Shape::*; use Other::*; enum Other { Dot } fn f() -> Shape { Dot }", "E0101"),
        ("mod m { enum E { A } } use m::E::*; fn f() {}", "E0110"),
        ("mod m { enum E { A } } use m::E::A; fn f() {}", "E0110"),
    ] {
        assert_eq!(codes(&format!("{source} {shape}")), [expected], "{source}");
    }
}

#[test]
fn modules_hand_on_what_they_use() {
    for source in [
        "mod a { mod b { pub fn f() {} } pub use b::f; pub use b::f as g; } fn main() { a::f(); a::g() }",
        "mod a { mod b { pub fn f() {} pub const C: i64 = 1; } pub use b::{f, C}; } use a::*; fn main() -> i64 { f(); C }",
        "mod a { pub use super::b::f; } mod b { pub use super::c::f; } mod c { pub fn f() {} } use a::f; fn main() { f() }",
        "pub use a::f; mod a { pub fn f() {} } mod m { pub fn g() { f(); crate::f() } }",
        "mod a { mod b { pub fn first<T>(xs: [T]) -> T { xs[0] } } pub use b::first; } fn main() -> i64 { a::first([1]) }",
        // What belongs to a type goes along.
        "mod a { mod b { pub struct P { pub x: i64 } impl P { pub fn new() -> P { P { x: 1 } } pub fn twice(&self) -> i64 { self.x * 2 } } }
            pub use b::P; }
         fn main(p: a::P) -> i64 { a::P::new().twice() + a::P { x: 2 }.x + p.twice() }",
        "mod a { mod b { pub enum E { A(i64), B } } pub use b::E; }
         use a::E::*;
         fn f(e: a::E) -> i64 { match e { a::E::A(n) => n, B => 0 } }
         fn main() -> i64 { f(A(1)) + f(a::E::B) }",
        "mod a { mod b { pub enum E { A(i64), B } } pub use b::E; } use a::E::{A, B as C}; fn main() -> [a::E] { [A(1), C] }",
    ] {
        assert_eq!(codes(source), [""; 0], "{source}");
    }
    let (found, items) = check("mod a { mod b { pub fn f() -> i64 { 1 } } pub use b::f as g; }");
    assert!(found.is_empty(), "{found:#?}");
    let [f, g] = &items[..] else { panic!("{items:#?}") };
    assert_eq!((g.path.as_str(), g.within.as_str(), g.hands_on.as_deref()), ("a::g", "", Some("a::b::f")));
    assert_eq!((f.hash, f.within.as_str()), (g.hash, "a"));
}
