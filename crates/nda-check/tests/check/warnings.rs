//! Warnings: each one once as people read it, and the cases that must be silent.

use crate::{codes, said};
use expect_test::expect;

#[test]
fn as_people_read_them() {
    let source = "\
fn f(a: i64) {}
fn g() -> i64 {
    let mut n = 1;
    n = 2;
    let mut m = 3;
    let list = [1];
    m + 4;
    list.concat([2]);
    return m;
    print(1);
}
";
    expect![[r#"
        warning[W0001]: `a` is never read
         --> a.nda:1:6
          |
        1 | fn f(a: i64) {}
          |      ^
          |
        help: say so with an underscore
          |
        1 | fn f(_a: i64) {}
          |      +

        warning[W0005]: this value is computed and thrown away
         --> a.nda:7:5
          |
        7 |     m + 4;
          |     ^^^^^

        warning[W0005]: this value is computed and thrown away
         --> a.nda:8:5
          |
        8 |     list.concat([2]);
          |     ^^^^^^^^^^^^^^^^

        warning[W0002]: this code can never run
          --> a.nda:10:5
           |
        10 |     print(1);
           |     ^^^^^^^^^ control has left before it gets here

        warning[W0001]: `n` is assigned, but never read
         --> a.nda:3:13
          |
        3 |     let mut n = 1;
          |             ^

        warning[W0003]: `m` is `mut`, but never changes
         --> a.nda:5:13
          |
        5 |     let mut m = 3;
          |             ^
          |
        help: leave the `mut` out
          |
        5 -     let mut m = 3;
        5 +     let m = 3;
          |
    "#]]
    .assert_eq(&said(source));
}

#[test]
fn what_always_traps() {
    for (expr, expected) in [
        ("1 / 0", "W0004"),
        ("x % 0", "W0004"),
        ("x / (1 - 1)", "W0004"),
        ("x << 64", "W0004"),
        ("x >> -1", "W0004"),
        ("i64::MAX + 1", "W0004"),
        ("-9223372036854775808 - 1", "W0004"),
        ("-i64::MIN", "W0004"),
        ("i64::MIN.abs()", "W0004"),
        ("i64::MIN / -1", "W0004"),
        ("[1, 2, 3][3]", "W0004"),
        ("xs[-1]", "W0004"),
        ("2.pow(-1)", "W0004"),
        ("x.rem_euclid(0)", "W0004"),
        ("x.clamp(2, 1)", "W0004"),
        ("[0; -1]", "W0004"),
        ("1 / 1", ""),
        ("x / 2", ""),
        ("x << 63", ""),
        ("1.0 / 0.0", ""),
        ("x - x / x", ""),
        ("[1, 2, 3][2]", ""),
        ("xs[0]", ""),
        ("i64::MAX - 1", ""),
        ("0 / x", ""),
        ("i64::MIN.wrapping_add(-1)", ""),
        ("1 << 62 << 5", ""),
        ("x < 0", ""),
    ] {
        let source = format!("fn f(x: i64, xs: [i64]) {{ print({expr}); print(x); print(xs); }}");
        assert_eq!(codes(&source).join(" "), expected, "{expr}");
    }
    assert_eq!(codes("fn f(mut x: i64) -> i64 { x /= 0; x }"), ["W0004"]);
    assert_eq!(codes("fn f(mut x: [i64]) -> i64 { x.remove(-1) }"), ["W0004"]);
    assert_eq!(codes("fn f() { for i in (0..5).step_by(0) { print(i); } }"), ["W0004"]);
    assert_eq!(codes("fn f() { return; print(1 / 0); }"), ["W0002"]);
}

#[test]
fn silence() {
    for source in [
        "fn f(_: i64, _x: i64) { let _ = 1; let _y = 2; for _ in 0..3 {} for _i in [1] {} }",
        "fn f(mut x: i64) -> i64 { x = g(x); 3 } fn g(x: i64) -> i64 { print(x); x }",
        "fn f(mut n: i64) { while n > 0 { n -= 1; } }",
        "fn f(mut xs: [i64]) -> i64 { let mut n = 0; n += xs.remove(0); n }",
        "fn f() -> i64 { let mut i = 0; loop { i += 1; if i > 3 { return i; } } }",
        "fn f() -> i64 { let mut x = 1; let y = { x = 2; x }; y }",
        "fn f(a: i64) { { { print(a); } } }",
        "fn f(a: bool) -> i64 { if a { return 1; } 2 }",
        "fn f(a: bool) -> i64 { while a { return 1; } 2 }",
        "fn f(mut xs: [[i64]]) { xs[0][0] = 1; print(xs); }",
        "fn f(mut xs: [i64]) { let n = xs.remove(0); print(n); }",
        "fn f(mut xs: [i64]) { xs.remove(0); }",
        "fn f(xs: [i64]) { for x in xs { print(x); } }",
        "fn f() { let x = 1; let x = x + 1; print(x); }",
        "fn f() -> i64 { panic(\"todo\") }",
        "fn f(n: i64) -> i64 { if n > 1 { panic(\"big\"); } n }",
        "fn f() -> i64 { 'a: loop { loop { break 'a 1; } } }",
        "fn f() { assert(true, \"x\"); g(); } fn g() -> i64 { 1 }",
        "fn f() { let mut xs = []; xs.push(1); print(xs); }",
        "fn f(b: bool) { let x; if b { x = 1; } else { x = 2; } print(x); }",
    ] {
        let found = codes(source);
        assert!(found.is_empty() || found[0].starts_with("E00"), "{found:?}\n{source}");
    }
}

#[test]
fn idle_statements() {
    for (statement, expected) in [
        ("x;", "W0005"),
        ("x + 1;", "W0005"),
        ("(x + 1);", "W0005"),
        ("x == 1;", "W0005"),
        ("-x;", "W0005"),
        ("x.abs();", "W0005"),
        ("[x];", "W0005"),
        ("i64::MAX;", "W0005"),
        ("x as f64;", "W0005"),
        ("g();", ""),
        ("x > 0 && { print(1); true };", "W0005"),
        ("x > 0 && return;", ""),
        ("();", ""),
        ("{ x };", ""),
        ("if true { 1 } else { 2 };", ""),
    ] {
        let source = format!("fn f(x: i64) {{ {statement} print(x); }} fn g() -> i64 {{ 1 }}");
        assert_eq!(codes(&source).join(" "), expected, "{statement}");
    }
}

#[test]
fn unreachable_code_is_named_once() {
    assert_eq!(codes("fn f() { return; print(1); print(2); { print(3); return; print(4); } }"), ["W0002"]);
    assert_eq!(codes("fn f() -> i64 { loop {} 1 }"), ["W0002"]);
    assert_eq!(codes("fn f() -> i64 { return 1; 2 }"), ["W0002"]);
    assert_eq!(
        codes("fn f() { if true { return; print(1); } else { return; } print(2); }"),
        ["W0002", "W0002"]
    );
}
