//! Formats and macros: what is said of those that lie, and what the others become.

use crate::{codes, listing, run, said};
use expect_test::{Expect, expect};

fn case(source: &str, expected: Expect) {
    expected.assert_eq(&said(source));
}

#[test]
fn formats_that_lie() {
    case(
        "fn main() { print(format(\"{} {}\", 1)); }",
        expect![[r#"
        error[E0220]: this format has 2 places for values, and one value is given
         --> a.nda:1:26
          |
        1 | fn main() { print(format("{} {}", 1)); }
          |                          ^^^^^^^
    "#]],
    );
    case(
        "fn main() { print(format(\"{}\", 1, 2 + 3)); }",
        expect![[r#"
        error[E0220]: this value has no place in the format
         --> a.nda:1:35
          |
        1 | fn main() { print(format("{}", 1, 2 + 3)); }
          |                          ----     ^^^^^
          |                          |
          |                          a place is written `{}`
    "#]],
    );
    case(
        "fn main() { println!(\"{0} {3}\", 1); }",
        expect![[r#"
        error[E0220]: this place asks for value 3, counted from 0, and there is none
         --> a.nda:1:27
          |
        1 | fn main() { println!("{0} {3}", 1); }
          |                           ^^^
    "#]],
    );
    case(
        "fn main() { println!(\"a}b\"); }",
        expect![[r#"
        error[E0220]: a `}` stands alone in this format; a brace as text is written `}}`
         --> a.nda:1:24
          |
        1 | fn main() { println!("a}b"); }
          |                        ^
          |
        help: write `}}`
          |
        1 | fn main() { println!("a}}b"); }
          |                         +
    "#]],
    );
    case(
        "fn main() { println!(\"a{b\"); }",
        expect![[r#"
        error[E0220]: a `{` without its `}` stands in this format; a brace as text is written `{{`
         --> a.nda:1:24
          |
        1 | fn main() { println!("a{b"); }
          |                        ^
          |
        help: write `{{`
          |
        1 | fn main() { println!("a{{b"); }
          |                         +
    "#]],
    );
    case(
        "fn main() { let total = 1; println!(\"{totl} {total}\"); }",
        expect![[r#"
        error[E0101]: there is nothing called `totl` here
         --> a.nda:1:38
          |
        1 | fn main() { let total = 1; println!("{totl} {total}"); }
          |                                      ^^^^^^
          |
          = note: there is `total`
    "#]],
    );
    case(
        "fn main() { println!(\"{1 + 1}\"); }",
        expect![[r#"
        error[E0220]: `{1 + 1}` names no value: only a name or a number can stand there
         --> a.nda:1:23
          |
        1 | fn main() { println!("{1 + 1}"); }
          |                       ^^^^^^^
          |
          = note: put the expression behind the format: `format("{}", a + b)`
    "#]],
    );
    case(
        "fn main() { println!(\"\\n{:q}\", 1); }",
        expect![[r#"
        error[E0220]: `{:q}` is not a format: `q` has no meaning in it
         --> a.nda:1:22
          |
        1 | fn main() { println!("\n{:q}", 1); }
          |                      ^^^^^^^^
          |
          = note: behind the colon may stand, in this order: a character to fill with and `<`, `^` or `>`; `+`; `#`; `0`; a width; `.` and a precision; one of `?`, `x`, `X`, `o`, `b`
    "#]],
    );
    case(
        "fn main() { println!(\"{:.2}\", 7); }",
        expect![[r#"
        error[E0220]: `{:.2}` does not suit `i64`: a precision is for `f64`, and for the first characters of a `str`
         --> a.nda:1:23
          |
        1 | fn main() { println!("{:.2}", 7); }
          |                       ^^^^^   - this is `i64`
          |
          = note: `x as f64` has decimals
    "#]],
    );
    case(
        "fn main() { println!(\"{:>8}\", [1]); }",
        expect![[r#"
        error[E0220]: `{:>8}` does not suit `[i64]`: a width is for one value, not for a list
         --> a.nda:1:23
          |
        1 | fn main() { println!("{:>8}", [1]); }
          |                       ^^^^^   --- this is `[i64]`
          |
          = note: format its text instead: `xs.to_string()`
    "#]],
    );
    case(
        "fn main() { println!(\"{:x}\", 1.5); }",
        expect![[r#"
        error[E0220]: `{:x}` does not suit `f64`: only an `i64` has digits in another base
         --> a.nda:1:23
          |
        1 | fn main() { println!("{:x}", 1.5); }
          |                       ^^^^   --- this is `f64`
    "#]],
    );
    case(
        "fn main() { println!(\"{:>1$}\", 1, \"a\"); }",
        expect![[r#"
            error[E0201]: expected `i64`, found `str`
             --> a.nda:1:23
              |
            1 | fn main() { println!("{:>1$}", 1, "a"); }
              |                       ^^^^^^ this is `str`
              |
              = note: `s.parse_i64()` reads a number, `c.char_code()` is a character's; texts are compared with `<`, and have no ranges outside of patterns
        "#]],
    );
    case(
        "fn main() { let s = \"{}\"; println!(s); }",
        expect![[r#"
        error[E0220]: a format is a text literal, so that it can be checked
         --> a.nda:1:36
          |
        1 | fn main() { let s = "{}"; println!(s); }
          |                                    ^ this is known only when the program runs
          |
        help: put it into a format
          |
        1 | fn main() { let s = "{}"; println!("{}", s); }
          |                                    +++++
    "#]],
    );
    case(
        "fn main() { print(\"{}\", 1); }",
        expect![[r#"
        error[E0202]: `print` takes one text as it is; `println!` takes a format and its values
         --> a.nda:1:13
          |
        1 | fn main() { print("{}", 1); }
          |             ^^^^^^^^^^^^^^
          |
        help: call `println!`
          |
        1 | fn main() { println!("{}", 1); }
          |                  +++
    "#]],
    );
    case(
        "fn main() { panic(\"no {}\", 1); }",
        expect![[r#"
        error[E0202]: `panic` takes one text as it is; `panic!` takes a format and its values
         --> a.nda:1:13
          |
        1 | fn main() { panic("no {}", 1); }
          |             ^^^^^^^^^^^^^^^^^
          |
        help: call `panic!`
          |
        1 | fn main() { panic!("no {}", 1); }
          |                  +
    "#]],
    );
    case(
        "fn main() { format!(); assert!(); assert_eq!(1); }",
        expect![[r#"
        error[E0202]: `format!` takes a format, found 0
         --> a.nda:1:13
          |
        1 | fn main() { format!(); assert!(); assert_eq!(1); }
          |             ^^^^^^^^^

        error[E0202]: `assert!` takes a condition, found 0
         --> a.nda:1:24
          |
        1 | fn main() { format!(); assert!(); assert_eq!(1); }
          |                        ^^^^^^^^^

        error[E0202]: `assert_eq!` takes two values, found 1
         --> a.nda:1:35
          |
        1 | fn main() { format!(); assert!(); assert_eq!(1); }
          |                                   ^^^^^^^^^^^^^
    "#]],
    );
    case(
        "fn main() { assert_eq!(1, 1.5); }",
        expect![[r#"
        error[E0201]: expected `i64`, found `f64`
         --> a.nda:1:27
          |
        1 | fn main() { assert_eq!(1, 1.5); }
          |                           ^^^ this is `f64`
          |
        help: convert it with `as i64`
          |
        1 | fn main() { assert_eq!(1, 1.5 as i64); }
          |                               ++++++
    "#]],
    );
}

#[test]
fn every_misfit_is_refused() {
    for (value, specs) in [
        ("1", vec!["#", "#?", ".1", "e", "z", "5.", "+x", "-5", "99999"]),
        ("1.5", vec!["x", "#b", "o", "X", "e"]),
        ("true", vec!["05", "+", ".1", "x"]),
        ("\"a\"", vec!["05", "+", ".1?", "5?", "x"]),
        ("[1]", vec!["5", ".1?", "+", "x", "<4"]),
        ("()", vec!["05", "+", ".1", "x"]),
    ] {
        for spec in specs {
            let source = format!("fn main() {{ println!(\"{{:{spec}}}\", {value}); }}");
            assert_eq!(codes(&source), ["E0220"], "{source}");
        }
    }
    assert_eq!(codes("const N: str = format!(\"{}\", 1);"), ["E0402"]);
    assert_eq!(codes("fn f() { format!(\"a\"); }"), ["W0005"]);
    assert_eq!(codes("fn f() { println!(\"{f}\"); }"), ["E0106"]);
    assert_eq!(codes("fn main() { let xs = []; println!(\"{:>5}\", xs[0]); }"), ["E0220"]);
    // An error inside of a value is said once.
    assert_eq!(codes("fn main() { println!(\"{} {:x}\", y, z.len()); }"), ["E0101", "E0101"]);
}

#[test]
fn what_formats_become() {
    let records =
        listing("fn f(name: str, n: i64) -> str { format(\"{name}: {:>5.1}|{n:05}|{:?}\", 1.5, [n]) }");
    expect![[r#"
        f
        %0    load move $0
        %1    text 0 2  ; ": "
        %2    float 1.5
        %3    int 1
        %4    builtin fixed copy
        %5    int 5
        %6    text 2 1  ; " "
        %7    builtin pad_start copy
        %8    text 3 1  ; "|"
        %9    load copy $1
        %10   builtin show copy
        %11   int 5
        %12   builtin pad_zero copy
        %13   text 4 1  ; "|"
        %14   load copy $1
        %15   list 1 [i64]
        %16   builtin show copy
        %17   joined 7
        %18   drop $0
        %19   scope 2 1
    "#]]
    .assert_eq(&records);
    let records = listing("fn f(a: str, b: str) { println!(\"{1}{0}\", a, b); }");
    expect![[r#"
        f
        %0    load move $0
        %1    let $2 str
        %2    load move $1
        %3    let $3 str
        %4    load move $3
        %5    load move $2
        %6    joined 2
        %7    drop $3
        %8    drop $2
        %9    scope 5 2
        %10   builtin print copy
        %11   drop $1
        %12   drop $0
        %13   scope 3 2
    "#]]
    .assert_eq(&records);
    let records = listing("fn f(a: str, b: str) { assert_eq!(a, b); }");
    expect![[r#"
        f
        %0    load move $0
        %1    let $2 str
        %2    load move $1
        %3    let $3 str
        %4    load borrow $2
        %5    load borrow $3
        %6    compare eq str
        %7    then
        %8      unit
        %9    else
        %10     text 0 26  ; "assertion failed: left is "
        %11     load borrow $2
        %12     builtin show copy
        %13     text 26 11  ; ", right is "
        %14     load borrow $3
        %15     builtin show copy
        %16     joined 4
        %17     builtin panic copy
        %18   if
        %19   drop $3
        %20   drop $2
        %21   scope 5 2
        %22   drop $1
        %23   drop $0
        %24   scope 3 2
    "#]]
    .assert_eq(&records);
}

#[test]
fn names_in_formats_are_uses() {
    assert!(codes("fn main() { let x = 1; println!(\"{x}\"); }").is_empty());
    assert!(codes("const C: i64 = 1; fn main() { let w = 9; println!(\"{C:>w$}\"); }").is_empty());
    // A name that the format reads after a value that changes it.
    assert_eq!(run("fn main() { let mut x = 1; println!(\"{x} {}\", { x = 2; x }); }"), "2 2\n");
    assert_eq!(run("fn main() { let mut x = 1; println!(\"{} {}\", x, { x = 2; x }); }"), "1 2\n");
    assert_eq!(
        run("fn main() { let s = \"a\"; println!(\"{0}{0}{s:>3}\", s + \"b\"); print(s); }"),
        "abab  a\na\n"
    );
}

#[test]
fn values_that_never_come() {
    let source = "fn f(n: i64) -> str { format(\"{} {}\", n, return \"early\") } fn main() { print(f(1)); }";
    assert_eq!(run(source), "early\n");
    let source = "fn f() -> str { println!(\"{}\", return \"early\"); \"late\" } fn main() { print(f()); }";
    assert_eq!(run(source), "early\n");
    let source =
        "fn f() -> str { println!(\"{1} {0}\", return \"early\", 2); \"late\" } fn main() { print(f()); }";
    assert_eq!(run(source), "early\n");
    let source = "fn f(s: str) -> str { assert_eq!(s, return s + \"!\"); s } fn main() { print(f(\"x\")); }";
    assert_eq!(run(source), "x!\n");
}

#[test]
fn traps_say_what_was_compared() {
    assert_eq!(
        run("fn main() { assert_eq!(\"a\", \"b\", \"in {}\", 7); }"),
        "Panic: assertion failed: left is \"a\", right is \"b\": in 7"
    );
    assert_eq!(run("fn main() { assert_ne!([1], [1]); }"), "Panic: assertion failed: both are [1]");
    assert_eq!(run("fn main() { assert!(1 > 2); }"), "Panic: assertion failed");
    assert_eq!(run("fn main() { assert!(1 > 2, \"{} > {}\", 1, 2); }"), "Panic: 1 > 2");
    assert_eq!(run("fn main() { panic!(); }"), "Panic: explicit panic");
    assert_eq!(
        run("fn main() { unreachable!(\"at {}\", 3); }"),
        "Panic: internal error: entered unreachable code: at 3"
    );
    assert_eq!(run("fn main() { todo!(); }"), "Panic: not yet implemented");
}

#[test]
fn slips_about_text() {
    case(
        "fn f(s: str) -> str { s[0] }",
        expect![[r#"
        error[E0209]: text has no elements to index; it has parts, `s[a..b]`, and characters, `s.chars()`
         --> a.nda:1:23
          |
        1 | fn f(s: str) -> str { s[0] }
          |                       ^
          |
        help: index its characters
          |
        1 | fn f(s: str) -> str { s.chars()[0] }
          |                        ++++++++
    "#]],
    );
    case(
        "fn f(n: i64) -> str { n + 1 }",
        expect![[r#"
        error[E0201]: expected `str`, found `i64`
         --> a.nda:1:23
          |
        1 | fn f(n: i64) -> str { n + 1 }
          |                       ^^^^^ this is `i64`
          |
        help: turn it into text
          |
        1 - fn f(n: i64) -> str { n + 1 }
        1 + fn f(n: i64) -> str { (n + 1).to_string() }
          |
    "#]],
    );
    case(
        "fn f(s: String) -> str { let mut t = String::new(); t.push_str(s.as_str()); t }",
        expect![[r#"
        error[E0103]: there is no type `String`
         --> a.nda:1:9
          |
        1 | fn f(s: String) -> str { let mut t = String::new(); t.push_str(s.as_str()); t }
          |         ^^^^^^
          |
        help: NDA writes `str`
          |
        1 - fn f(s: String) -> str { let mut t = String::new(); t.push_str(s.as_str()); t }
        1 + fn f(s: str) -> str { let mut t = String::new(); t.push_str(s.as_str()); t }
          |
    "#]],
    );
    case(
        "fn f() -> i64 { [].sum() }",
        expect![[r#"
        error[E0205]: the type of this is not known here
         --> a.nda:1:17
          |
        1 | fn f() -> i64 { [].sum() }
          |                 ^^
          |
          = note: write the type where the list it comes from is declared: `let xs: [i64] = [];`
    "#]],
    );
    case(
        "fn f() -> i64 { [\"a\"].sum() }",
        expect![[r#"
            error[E0104]: `[str]` has no method `sum`
             --> a.nda:1:23
              |
            1 | fn f() -> i64 { ["a"].sum() }
              |                       ^^^
        "#]],
    );
    case(
        "fn f() -> str { [1].join(\",\") }",
        expect![[r#"
            error[E0104]: `[i64]` has no method `join`
             --> a.nda:1:21
              |
            1 | fn f() -> str { [1].join(",") }
              |                     ^^^^
        "#]],
    );
    case(
        "fn f(s: str) -> bool { s.trim_left().startswith(\"a\") }",
        expect![[r#"
        error[E0104]: `str` has no method `trim_left`
         --> a.nda:1:26
          |
        1 | fn f(s: str) -> bool { s.trim_left().startswith("a") }
          |                          ^^^^^^^^^
          |
        help: there is `trim_start`
          |
        1 - fn f(s: str) -> bool { s.trim_left().startswith("a") }
        1 + fn f(s: str) -> bool { s.trim_start().startswith("a") }
          |
    "#]],
    );
    case(
        "fn f() -> str { let mut s = String::with_capacity(8); s += \"a\"; s }",
        expect![[r#"
        error[E0015]: found `String::with_capacity`; expected `String::new()`, because room is made as it is needed
         --> a.nda:1:29
          |
        1 | fn f() -> str { let mut s = String::with_capacity(8); s += "a"; s }
          |                             ^^^^^^^^^^^^^^^^^^^^^
          |
        help: write `String::new()`
          |
        1 - fn f() -> str { let mut s = String::with_capacity(8); s += "a"; s }
        1 + fn f() -> str { let mut s = String::new(); s += "a"; s }
          |
    "#]],
    );
    case(
        "fn f(s: str) { s.push('c'); }",
        expect![[r#"
        error[E0301]: `s` is not `mut`, so it cannot change
         --> a.nda:1:16
          |
        1 | fn f(s: str) { s.push('c'); }
          |      -         ^
          |      |
          |      declared here without `mut`
          |
        help: declare it `mut`
          |
        1 | fn f(mut s: str) { s.push('c'); }
          |      +++
    "#]],
    );
}

/// Checks lines of `specification, value` against Rust's own `format!`.
macro_rules! as_in_rust {
    ($($spec:literal: $($value:expr),*;)*) => {$($(
        let source = format!("fn main() {{ println!({:?}, {}); }}", concat!("{:", $spec, "}"), stringify!($value));
        assert_eq!(run(&source), format!(concat!("{:", $spec, "}\n"), $value), "{source}");
    )*)*};
}

#[test]
fn formats_are_those_of_rust() {
    as_in_rust! {
        "": 0, -7, 1 << 30, true, "é\n";
        "?": 0, 1.0, -0.5, 1e20, false, "a\"\n\u{7f}é", [1, 2], ["x"], ();
        "5": 42, -1, 123456, "ab", "éé", true;
        "<6": 42, -1, "ab", false, 2.5;
        "^7": 42, -1, "ab", "abc", true, 2.5;
        ">6": 42, "ab", "éé", false, 2.5;
        "*^9": -12, "é", 1.5;
        "é>5": 7, "x";
        "05": 42, -42, 2.5, -2.5;
        "+": 0, 7, -7, 1.5, -1.5;
        "+06": 7, -7, 1.5;
        "08": 7, -1.5;
        "x": 255, 0, 4096;
        "X": 255, 0xabc;
        "o": 8;
        "b": 5, 0;
        "#x": 255;
        "#X": 255;
        "#b": 5;
        "#o": 64;
        "#010x": 255;
        "010b": 5;
        "<08x": 255;
        ".0": 0.5, 1.5, 2.5, -0.4, 1e15;
        ".2": 2.0 / 3.0, 1.005, -0.001, 1e300, 0.1 + 0.2;
        "8.3": 2.71939, -3.15159;
        "<8.1": 2.25;
        "^9.1": 2.25, -2.25;
        "09.2": 2.5, -2.5;
        "+.1": 0.25, -0.25;
        ".2?": 1.5, 2.0;
        "8.2?": 1.5;
        ".1": "xyz", "é", "";
        ".3": "xy", "éabc";
        ">5.2": "xyz";
        "-<6": "ab";
        "<<4": 1;
    }
    for value in ["f64::NAN", "f64::INFINITY", "f64::NEG_INFINITY"] {
        let number = match value {
            "f64::NAN" => f64::NAN,
            "f64::INFINITY" => f64::INFINITY,
            _ => f64::NEG_INFINITY,
        };
        let source =
            format!("fn main() {{ println!(\"{{0:?}} {{0:08}} {{0:+}} {{0:.2}} {{0:<6.1}}|\", {value}); }}");
        assert_eq!(run(&source), format!("{number:?} {number:08} {number:+} {number:.2} {number:<6.1}|\n"));
    }
}
