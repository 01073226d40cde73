//! Every error that the checker can report, as people read it.

use crate::{check, codes, said};
use expect_test::{Expect, expect};

fn case(source: &str, expected: Expect) {
    expected.assert_eq(&said(source));
}

#[test]
fn names() {
    case(
        "fn main() { let total = 1; print(totl); }",
        expect![[r#"
        error[E0101]: there is nothing called `totl` here
         --> a.nda:1:34
          |
        1 | fn main() { let total = 1; print(totl); }
          |                                  ^^^^
          |
        help: there is `total`
          |
        1 | fn main() { let total = 1; print(total); }
          |                                     +
    "#]],
    );
    case(
        "fn main() { prnt(1); }",
        expect![[r#"
        error[E0101]: there is nothing called `prnt` here
         --> a.nda:1:13
          |
        1 | fn main() { prnt(1); }
          |             ^^^^
          |
        help: there is `print`
          |
        1 | fn main() { print(1); }
          |               +
    "#]],
    );
    case(
        "use geo::aera; fn main() {}",
        expect![[r#"
            error[E0101]: there is nothing called `geo::aera`, here or committed
             --> a.nda:1:5
              |
            1 | use geo::aera; fn main() {}
              |     ^^^^^^^^^
              |
            help: there is `geo::area`
              |
            1 - use geo::aera; fn main() {}
            1 + use geo::area; fn main() {}
              |
        "#]],
    );
    case(
        "fn f() {}\nfn f() {}",
        expect![[r#"
        error[E0102]: `f` is defined twice
         --> a.nda:2:4
          |
        1 | fn f() {}
          |    - defined here first
        2 | fn f() {}
          |    ^
    "#]],
    );
    case(
        "fn f(n: int) -> String { \"a\" }",
        expect![[r#"
        error[E0103]: there is no type `int`
         --> a.nda:1:9
          |
        1 | fn f(n: int) -> String { "a" }
          |         ^^^
          |
        help: NDA writes `i64`
          |
        1 - fn f(n: int) -> String { "a" }
        1 + fn f(n: i64) -> String { "a" }
          |

        error[E0103]: there is no type `String`
         --> a.nda:1:17
          |
        1 | fn f(n: int) -> String { "a" }
          |                 ^^^^^^
          |
        help: NDA writes `str`
          |
        1 - fn f(n: int) -> String { "a" }
        1 + fn f(n: int) -> str { "a" }
          |

        warning[W0001]: `n` is never read
         --> a.nda:1:6
          |
        1 | fn f(n: int) -> String { "a" }
          |      ^
          |
        help: say so with an underscore
          |
        1 | fn f(_n: int) -> String { "a" }
          |      +
    "#]],
    );
    case(
        "fn f(n: Point) {}",
        expect![[r#"
            error[E0103]: there is no type `Point`
             --> a.nda:1:9
              |
            1 | fn f(n: Point) {}
              |         ^^^^^
              |
              = note: the types are `i64`, `f64`, `bool`, `()`, `str`, lists `[T]`, tuples `(A, B)`, `Map<K, V>`, `Option<T>`, `Result<T, E>`, structs and enums
        "#]],
    );
    case(
        "fn main() { let mut xs = [1]; xs.append(2); }",
        expect![[r#"
        error[E0104]: `[i64]` has no method `append`
         --> a.nda:1:34
          |
        1 | fn main() { let mut xs = [1]; xs.append(2); }
          |                                  ^^^^^^
          |
        help: there is `push`
          |
        1 - fn main() { let mut xs = [1]; xs.append(2); }
        1 + fn main() { let mut xs = [1]; xs.push(2); }
          |
    "#]],
    );
    case(
        "fn main() { print(1.lenght()); print(\"a\".lenght()); }",
        expect![[r#"
            error[E0104]: `i64` has no method `lenght`
             --> a.nda:1:21
              |
            1 | fn main() { print(1.lenght()); print("a".lenght()); }
              |                     ^^^^^^

            error[E0104]: `str` has no method `lenght`
             --> a.nda:1:42
              |
            1 | fn main() { print(1.lenght()); print("a".lenght()); }
              |                                          ^^^^^^
              |
              = note: `str` has len
        "#]],
    );
    case(
        "fn main() { let f = 1; f(2); }",
        expect![[r#"
        error[E0105]: `f` is a variable of type `i64` here, not a function
         --> a.nda:1:24
          |
        1 | fn main() { let f = 1; f(2); }
          |                        ^
    "#]],
    );
    case(
        "const A: i64 = 1; fn main() { A(); [1](2); }",
        expect![[r#"
        error[E0105]: `A` is a constant, not a function
         --> a.nda:1:31
          |
        1 | const A: i64 = 1; fn main() { A(); [1](2); }
          |                               ^

        error[E0105]: only a function's name can be called
         --> a.nda:1:36
          |
        1 | const A: i64 = 1; fn main() { A(); [1](2); }
          |                                    ^^^
    "#]],
    );
    case(
        "fn f() {} fn main() { let x = f; print(i64); }",
        expect![[r#"
        error[E0106]: `f` is a function, not a value; call it: `f(…)`
         --> a.nda:1:31
          |
        1 | fn f() {} fn main() { let x = f; print(i64); }
          |                               ^

        error[E0106]: `i64` is a type, not a value
         --> a.nda:1:40
          |
        1 | fn f() {} fn main() { let x = f; print(i64); }
          |                                        ^^^
    "#]],
    );
    case(
        "fn f(a: i64, a: i64) -> i64 { a }",
        expect![[r#"
        error[E0107]: two parameters are called `a`
         --> a.nda:1:14
          |
        1 | fn f(a: i64, a: i64) -> i64 { a }
          |              ^

        warning[W0001]: `a` is never read
         --> a.nda:1:6
          |
        1 | fn f(a: i64, a: i64) -> i64 { a }
          |      ^
          |
        help: say so with an underscore
          |
        1 | fn f(_a: i64, a: i64) -> i64 { a }
          |      +
    "#]],
    );
    case(
        "fn print() {}\nfn main() { print(1); }",
        expect![[r#"
        error[E0109]: `print` belongs to the language and cannot be defined
         --> a.nda:1:4
          |
        1 | fn print() {}
          |    ^^^^^
    "#]],
    );
}

#[test]
fn an_item_needs_a_name() {
    assert_eq!(codes("const _: i64 = 1; fn _() {} fn _() {}"), ["E0109", "E0109", "E0109"]);
}

#[test]
fn types() {
    case(
        "fn main() { let x: i64 = \"a\"; print(x); }",
        expect![[r#"
            error[E0201]: expected `i64`, found `str`
             --> a.nda:1:26
              |
            1 | fn main() { let x: i64 = "a"; print(x); }
              |                          ^^^ this is `str`
              |
              = note: `s.parse_i64()` reads a number, `c.char_code()` is a character's; texts are compared with `<`, and have no ranges outside of patterns
        "#]],
    );
    case(
        "fn f(x: f64) -> f64 { x } fn main() { let n = 1; print(f(n + 2)); }",
        expect![[r#"
        error[E0201]: expected `f64`, found `i64`
         --> a.nda:1:58
          |
        1 | fn f(x: f64) -> f64 { x } fn main() { let n = 1; print(f(n + 2)); }
          |                                                          ^^^^^ this is `i64`
          |
        help: convert it with `as f64`
          |
        1 - fn f(x: f64) -> f64 { x } fn main() { let n = 1; print(f(n + 2)); }
        1 + fn f(x: f64) -> f64 { x } fn main() { let n = 1; print(f((n + 2) as f64)); }
          |
    "#]],
    );
    case(
        "fn f(n: i64) -> bool { n }",
        expect![[r#"
        error[E0201]: expected `bool`, found `i64`
         --> a.nda:1:24
          |
        1 | fn f(n: i64) -> bool { n }
          |                        ^ this is `i64`
          |
          = note: compare it: `x != 0`
    "#]],
    );
    case(
        "fn f(a: i64, b: i64) -> i64 { a + b }\nfn main() { print(f(1)); }",
        expect![[r#"
        error[E0202]: `f` takes 2 arguments, found 1
         --> a.nda:2:19
          |
        1 | fn f(a: i64, b: i64) -> i64 { a + b }
          |    - defined here
        2 | fn main() { print(f(1)); }
          |                   ^^^^
          |
          = note: its signature is `fn f(i64, i64) -> i64`
    "#]],
    );
    case(
        "fn main() { print(); assert(1 < 2); }",
        expect![[r#"
        error[E0202]: `print` takes 1 argument, found 0
         --> a.nda:1:13
          |
        1 | fn main() { print(); assert(1 < 2); }
          |             ^^^^^^^

        error[E0202]: `assert` takes a condition and the text of the trap
         --> a.nda:1:22
          |
        1 | fn main() { print(); assert(1 < 2); }
          |                      ^^^^^^^^^^^^^
          |
        help: say what is wrong if it fails
          |
        1 | fn main() { print(); assert(1 < 2, "assertion failed: 1 < 2"); }
          |                                  +++++++++++++++++++++++++++
    "#]],
    );
    case(
        "fn main() { let b = true; print(b + b); print(1 + \"a\"); }",
        expect![[r#"
            error[E0203]: `+` does not take `bool`
             --> a.nda:1:35
              |
            1 | fn main() { let b = true; print(b + b); print(1 + "a"); }
              |                                 - ^ it takes numbers or `str`
              |                                 |
              |                                 this is `bool`

            error[E0203]: `+` takes two values of one type, found `i64` and `str`
             --> a.nda:1:49
              |
            1 | fn main() { let b = true; print(b + b); print(1 + "a"); }
              |                                               - ^ --- this is `str`
              |                                               |
              |                                               this is `i64`
              |
              = note: `+` joins two `str`; `format("{} {}", a, b)` makes one of many values
            help: turn it into text
              |
            1 | fn main() { let b = true; print(b + b); print(1.to_string() + "a"); }
              |                                                ++++++++++++
        "#]],
    );
    case(
        "fn main() { let n = 2; print(n * 1.5); print([1] < [2]); print([1] + [2]); }",
        expect![[r#"
            error[E0203]: `*` takes two values of one type, found `i64` and `f64`
             --> a.nda:1:32
              |
            1 | fn main() { let n = 2; print(n * 1.5); print([1] < [2]); print([1] + [2]); }
              |                              - ^ --- this is `f64`
              |                              |
              |                              this is `i64`
              |
            help: nothing is converted unasked; convert it
              |
            1 | fn main() { let n = 2; print(n as f64 * 1.5); print([1] < [2]); print([1] + [2]); }
              |                                ++++++

            error[E0203]: `<` does not take `[i64]`
             --> a.nda:1:50
              |
            1 | fn main() { let n = 2; print(n * 1.5); print([1] < [2]); print([1] + [2]); }
              |                                              --- ^ it takes what has an order: numbers, `bool`, `str`, and tuples, structs and enums of such
              |                                              |
              |                                              this is `[i64]`
              |
              = note: compare their elements in a loop, or `zip` them

            error[E0203]: `+` does not take `[i64]`
             --> a.nda:1:68
              |
            1 | fn main() { let n = 2; print(n * 1.5); print([1] < [2]); print([1] + [2]); }
              |                                                                --- ^ it takes numbers or `str`
              |                                                                |
              |                                                                this is `[i64]`
              |
              = note: lists are joined with `xs.concat(ys)`
        "#]],
    );
    case(
        "fn main() { let mut n = 1; n += 1.5; let mut b = true; b -= false; print(-b); }",
        expect![[r#"
        error[E0203]: `+=` does not take `i64` and `f64`
         --> a.nda:1:30
          |
        1 | fn main() { let mut n = 1; n += 1.5; let mut b = true; b -= false; print(-b); }
          |                            - ^^ --- this is `f64`
          |                            |
          |                            this is `i64`
          |
        help: nothing is converted unasked; convert it
          |
        1 - fn main() { let mut n = 1; n += 1.5; let mut b = true; b -= false; print(-b); }
        1 + fn main() { let mut n = 1; n += (1.5) as i64; let mut b = true; b -= false; print(-b); }
          |

        error[E0203]: `-=` does not take `bool` and `bool`
         --> a.nda:1:58
          |
        1 | fn main() { let mut n = 1; n += 1.5; let mut b = true; b -= false; print(-b); }
          |                                                        - ^^ ----- this is `bool`
          |                                                        |
          |                                                        this is `bool`

        error[E0203]: `-` takes `i64` or `f64`, found `bool`
         --> a.nda:1:74
          |
        1 | fn main() { let mut n = 1; n += 1.5; let mut b = true; b -= false; print(-b); }
          |                                                                          ^^
    "#]],
    );
    case(
        "fn main() { print(1 as bool); print(\"1\" as i64); }",
        expect![[r#"
            error[E0204]: `i64` cannot be converted to `bool` with `as`
             --> a.nda:1:19
              |
            1 | fn main() { print(1 as bool); print("1" as i64); }
              |                   ^^^^^^^^^
              |
              = note: `as` converts between `i64` and `f64`, and `bool` to `i64`
            help: compare it
              |
            1 - fn main() { print(1 as bool); print("1" as i64); }
            1 + fn main() { print((1 != 0)); print("1" as i64); }
              |

            error[E0204]: `str` cannot be converted to `i64` with `as`
             --> a.nda:1:37
              |
            1 | fn main() { print(1 as bool); print("1" as i64); }
              |                                     ^^^^^^^^^^
              |
              = note: `as` converts between `i64` and `f64`, and `bool` to `i64`
        "#]],
    );
    case(
        "fn main() { let xs = []; print(xs.len()); }",
        expect![[r#"
        error[E0205]: the type of this list's elements is not known
         --> a.nda:1:22
          |
        1 | fn main() { let xs = []; print(xs.len()); }
          |                      ^^ nothing is ever put into it
          |
          = note: write the type where it is declared: `let xs: [i64] = [];`
    "#]],
    );
    case(
        "fn main() { let mut xs = []; print(xs[0].len()); xs.push(\"a\"); }",
        expect![[r#"
        error[E0205]: the type of this is not known here
         --> a.nda:1:36
          |
        1 | fn main() { let mut xs = []; print(xs[0].len()); xs.push("a"); }
          |                                    ^^^^^
          |
          = note: write the type where the list it comes from is declared: `let xs: [i64] = [];`
    "#]],
    );
    case(
        "fn main() { print(9223372036854775808); print(-9223372036854775809); }",
        expect![[r#"
        error[E0206]: `9223372036854775809` does not fit `i64`; expected at most 9223372036854775807
         --> a.nda:1:48
          |
        1 | fn main() { print(9223372036854775808); print(-9223372036854775809); }
          |                                                ^^^^^^^^^^^^^^^^^^^
          |
          = note: there are no larger integers; `f64` holds larger magnitudes, not exactly

        error[E0206]: 9223372036854775808 does not fit in `i64`
         --> a.nda:1:19
          |
        1 | fn main() { print(9223372036854775808); print(-9223372036854775809); }
          |                   ^^^^^^^^^^^^^^^^^^^
          |
          = note: `i64` holds -9223372036854775808 to 9223372036854775807
    "#]],
    );
    case(
        "fn main() { let x: f64 = 1; print(x * 2 - (-3)); }",
        expect![[r#"
        error[E0207]: expected `f64`, found the integer `1`
         --> a.nda:1:26
          |
        1 | fn main() { let x: f64 = 1; print(x * 2 - (-3)); }
          |                          ^ an integer literal is never `f64`
          |
        help: write it as a float
          |
        1 | fn main() { let x: f64 = 1.0; print(x * 2 - (-3)); }
          |                           ++

        error[E0207]: expected `f64`, found the integer `2`
         --> a.nda:1:39
          |
        1 | fn main() { let x: f64 = 1; print(x * 2 - (-3)); }
          |                                       ^ an integer literal is never `f64`
          |
        help: write it as a float
          |
        1 | fn main() { let x: f64 = 1; print(x * 2.0 - (-3)); }
          |                                        ++

        error[E0207]: expected `f64`, found the integer `3`
         --> a.nda:1:45
          |
        1 | fn main() { let x: f64 = 1; print(x * 2 - (-3)); }
          |                                             ^ an integer literal is never `f64`
          |
        help: write it as a float
          |
        1 | fn main() { let x: f64 = 1; print(x * 2 - (-3.0)); }
          |                                              ++
    "#]],
    );
    case(
        "fn f(b: bool) { let x = if b { 1 } else { \"a\" }; print(x); }",
        expect![[r#"
        error[E0208]: the branches of this `if` have different types, `i64` and `str`
         --> a.nda:1:43
          |
        1 | fn f(b: bool) { let x = if b { 1 } else { "a" }; print(x); }
          |                                -          ^^^ this is `str`
          |                                |
          |                                this is `i64`
    "#]],
    );
    case(
        "fn main() { let x = 1; print(x[0]); print(panic(\"a\")[0]); }",
        expect![[r#"
        error[E0209]: only lists are indexed, and this is `i64`
         --> a.nda:1:30
          |
        1 | fn main() { let x = 1; print(x[0]); print(panic("a")[0]); }
          |                              ^

        error[E0209]: only lists are indexed, and this is `!`
         --> a.nda:1:43
          |
        1 | fn main() { let x = 1; print(x[0]); print(panic("a")[0]); }
          |                                           ^^^^^^^^^^
    "#]],
    );
    case(
        "fn main() { for i in 10 { print(i); } for c in \"abc\" { print(c); } }",
        expect![[r#"
            error[E0210]: `for` walks over a range or a list, not over `i64`
             --> a.nda:1:22
              |
            1 | fn main() { for i in 10 { print(i); } for c in "abc" { print(c); } }
              |                      ^^ this is `i64`
              |
            help: count up to it
              |
            1 | fn main() { for i in 0..10 { print(i); } for c in "abc" { print(c); } }
              |                      +++

            error[E0210]: `for` walks over a range or a list, not over `str`
             --> a.nda:1:48
              |
            1 | fn main() { for i in 10 { print(i); } for c in "abc" { print(c); } }
              |                                                ^^^^^ this is `str`
              |
            help: walk over its characters
              |
            1 | fn main() { for i in 10 { print(i); } for c in "abc".chars() { print(c); } }
              |                                                     ++++++++
        "#]],
    );
    case(
        "fn f(b: bool) -> i64 { if b { 1 } }",
        expect![[r#"
        error[E0211]: expected `i64`, but an `if` without `else` has no value
         --> a.nda:1:24
          |
        1 | fn f(b: bool) -> i64 { if b { 1 } }
          |                        ^^^^^^^^^^
    "#]],
    );
    case(
        "fn f(n: i64) -> i64 { n + 1; }",
        expect![[r#"
        warning[W0005]: this value is computed and thrown away
         --> a.nda:1:23
          |
        1 | fn f(n: i64) -> i64 { n + 1; }
          |                       ^^^^^

        error[E0212]: expected a value of type `i64` at the end of this block
         --> a.nda:1:30
          |
        1 | fn f(n: i64) -> i64 { n + 1; }
          |                              ^ `i64` is missing here
          |
        help: remove this `;` to give the value
          |
        1 - fn f(n: i64) -> i64 { n + 1; }
        1 + fn f(n: i64) -> i64 { n + 1 }
          |
    "#]],
    );
    case(
        "fn f(n: i64) -> i64 { }",
        expect![[r#"
        error[E0212]: expected a value of type `i64` at the end of this block
         --> a.nda:1:23
          |
        1 | fn f(n: i64) -> i64 { }
          |                       ^ `i64` is missing here
    "#]],
    );
    case(
        "fn main() { let mut g = [[1]]; g.sort(); let mut h = []; h.sort(); h.push([1]); }",
        expect![[r#"
            error[E0203]: only elements with an order can be sorted or compared; `[i64]` has none
             --> a.nda:1:32
              |
            1 | fn main() { let mut g = [[1]]; g.sort(); let mut h = []; h.sort(); h.push([1]); }
              |                                ^^^^^^^^

            error[E0203]: only elements with an order can be sorted or compared; `[i64]` has none
             --> a.nda:1:58
              |
            1 | fn main() { let mut g = [[1]]; g.sort(); let mut h = []; h.sort(); h.push([1]); }
              |                                                          ^^^^^^^^
        "#]],
    );
}

#[test]
fn flow_and_places() {
    case(
        "fn main() { let x = 1; x = 2; print(x); x = 3; }",
        expect![[r#"
        error[E0301]: `x` is not `mut`, so it cannot change
         --> a.nda:1:24
          |
        1 | fn main() { let x = 1; x = 2; print(x); x = 3; }
          |                 -      ^
          |                 |
          |                 declared here without `mut`
          |
        help: declare it `mut`
          |
        1 | fn main() { let mut x = 1; x = 2; print(x); x = 3; }
          |                 +++
    "#]],
    );
    case(
        "fn f(xs: [i64]) -> [i64] { xs.push(1); xs }",
        expect![[r#"
        error[E0301]: `xs` is not `mut`, so it cannot change
         --> a.nda:1:28
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.push(1); xs }
          |      --                    ^^
          |      |
          |      declared here without `mut`
          |
        help: declare it `mut`
          |
        1 | fn f(mut xs: [i64]) -> [i64] { xs.push(1); xs }
          |      +++
    "#]],
    );
    case(
        "fn f() -> [i64] { [1] } const A: [i64] = [1]; fn main() { f()[0] = 1; [1].push(2); A[0] = 3; 1 = 2; }",
        expect![[r#"
        error[E0302]: only a variable or an element of one can be assigned to
         --> a.nda:1:59
          |
        1 | fn f() -> [i64] { [1] } const A: [i64] = [1]; fn main() { f()[0] = 1; [1].push(2); A[0] = 3; 1 = 2; }
          |                                                           ^^^^^^

        error[E0302]: `push` changes a variable in place, and this is a value that would be thrown away
         --> a.nda:1:71
          |
        1 | fn f() -> [i64] { [1] } const A: [i64] = [1]; fn main() { f()[0] = 1; [1].push(2); A[0] = 3; 1 = 2; }
          |                                                                       ^^^

        error[E0302]: `A` is not a variable, so it cannot change
         --> a.nda:1:84
          |
        1 | fn f() -> [i64] { [1] } const A: [i64] = [1]; fn main() { f()[0] = 1; [1].push(2); A[0] = 3; 1 = 2; }
          |                                                                                    ^^^^

        error[E0302]: only a variable or an element of one can be assigned to
         --> a.nda:1:94
          |
        1 | fn f() -> [i64] { [1] } const A: [i64] = [1]; fn main() { f()[0] = 1; [1].push(2); A[0] = 3; 1 = 2; }
          |                                                                                              ^
    "#]],
    );
    case(
        "fn main() { break; continue; }",
        expect![[r#"
        error[E0303]: there is no loop around this to leave or go on with
         --> a.nda:1:13
          |
        1 | fn main() { break; continue; }
          |             ^^^^^

        warning[W0002]: this code can never run
         --> a.nda:1:20
          |
        1 | fn main() { break; continue; }
          |                    ^^^^^^^^^ control has left before it gets here

        error[E0303]: there is no loop around this to leave or go on with
         --> a.nda:1:20
          |
        1 | fn main() { break; continue; }
          |                    ^^^^^^^^
    "#]],
    );
    case(
        "fn main() { 'outer: loop { break 'outr; } }",
        expect![[r#"
        error[E0304]: no loop around this is called `'outr`
         --> a.nda:1:34
          |
        1 | fn main() { 'outer: loop { break 'outr; } }
          |                                  ^^^^^
          |
        help: there is `'outer`
          |
        1 | fn main() { 'outer: loop { break 'outer; } }
          |                                      +
    "#]],
    );
    case(
        "fn main() { while true { break 1; } }",
        expect![[r#"
        error[E0305]: only `loop` gives a value; `while` and `for` end without one
         --> a.nda:1:32
          |
        1 | fn main() { while true { break 1; } }
          |                                ^
    "#]],
    );
    case(
        "fn main() { let x = loop { if true { break 1; } break \"a\"; }; print(x); }",
        expect![[r#"
            error[E0201]: expected `i64`, found `str`
             --> a.nda:1:55
              |
            1 | fn main() { let x = loop { if true { break 1; } break "a"; }; print(x); }
              |                                                       ^^^ this is `str`
              |
              = note: `s.parse_i64()` reads a number, `c.char_code()` is a character's; texts are compared with `<`, and have no ranges outside of patterns
        "#]],
    );
}

#[test]
fn constants() {
    case(
        "fn f() -> i64 { 1 } const A: i64 = f(); const B: i64 = if true { 1 } else { 2 }; const C: i64 = { 1 };",
        expect![[r#"
        error[E0402]: a call cannot stand in a constant
         --> a.nda:1:36
          |
        1 | fn f() -> i64 { 1 } const A: i64 = f(); const B: i64 = if true { 1 } else { 2 }; const C: i64 = { 1 };
          |                                    ^^^
          |
          = note: a constant is made of literals, operators, methods and other constants; make it a function

        error[E0402]: `if` cannot stand in a constant
         --> a.nda:1:56
          |
        1 | fn f() -> i64 { 1 } const A: i64 = f(); const B: i64 = if true { 1 } else { 2 }; const C: i64 = { 1 };
          |                                                        ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = note: a constant is made of literals, operators, methods and other constants; make it a function

        error[E0402]: control flow cannot stand in a constant
         --> a.nda:1:97
          |
        1 | fn f() -> i64 { 1 } const A: i64 = f(); const B: i64 = if true { 1 } else { 2 }; const C: i64 = { 1 };
          |                                                                                                 ^^^^^
          |
          = note: a constant is made of literals, operators, methods and other constants; make it a function
    "#]],
    );
    case(
        "const A: i64 = 1 / 0; const B: i64 = A + 1; const C: i64 = [1, 2][2];",
        expect![[r#"
        error[E0403]: this constant has no value: division by zero
         --> a.nda:1:16
          |
        1 | const A: i64 = 1 / 0; const B: i64 = A + 1; const C: i64 = [1, 2][2];
          |                ^^^^^

        error[E0403]: this constant has no value: index 2 is outside a list of 2
         --> a.nda:1:60
          |
        1 | const A: i64 = 1 / 0; const B: i64 = A + 1; const C: i64 = [1, 2][2];
          |                                                            ^^^^^^^^^
    "#]],
    );
    case(
        "const A: i64 = B;\nconst B: i64 = A + 1;\nfn main() { print(A); }",
        expect![[r#"
        error[E0404]: the value of `A` needs itself
         --> a.nda:1:7
          |
        1 | const A: i64 = B;
          |       ^
    "#]],
    );
    case(
        "const A: i64 = A;",
        expect![[r#"
        error[E0404]: the value of `A` needs itself
         --> a.nda:1:7
          |
        1 | const A: i64 = A;
          |       ^
    "#]],
    );
    case(
        "const A: [i64] = [0; 10000000];",
        expect![[r#"
        error[E0403]: this constant has no value: the fuel is used up
         --> a.nda:1:18
          |
        1 | const A: [i64] = [0; 10000000];
          |                  ^^^^^^^^^^^^^
    "#]],
    );
    case(
        "const A: f64 = 1; const B: i64 = 2.0;",
        expect![[r#"
        error[E0207]: expected `f64`, found the integer `1`
         --> a.nda:1:16
          |
        1 | const A: f64 = 1; const B: i64 = 2.0;
          |                ^ an integer literal is never `f64`
          |
        help: write it as a float
          |
        1 | const A: f64 = 1.0; const B: i64 = 2.0;
          |                 ++

        error[E0201]: expected `i64`, found `f64`
         --> a.nda:1:34
          |
        1 | const A: f64 = 1; const B: i64 = 2.0;
          |                                  ^^^ this is `f64`
          |
        help: convert it with `as i64`
          |
        1 | const A: f64 = 1; const B: i64 = 2.0 as i64;
          |                                      ++++++
    "#]],
    );
}

#[test]
fn examples() {
    case(
        "#[example(f())] fn f() -> i64 { 1 }",
        expect![[r#"
        error[E0503]: an example says something true or false, and this is `i64`
         --> a.nda:1:11
          |
        1 | #[example(f())] fn f() -> i64 { 1 }
          |           ^^^
          |
          = note: write what you expect: `#[example(f(1) == 2)]`
    "#]],
    );
    case(
        "#[example(now() > 0)] #[uses(clock)] fn now() -> i64 { clock::now() }",
        expect![[r#"
        error[E0505]: this needs the capability `clock`, and constants and examples run without any
         --> a.nda:1:11
          |
        1 | #[example(now() > 0)] #[uses(clock)] fn now() -> i64 { clock::now() }
          |           ^^^
    "#]],
    );
}

/// One mistake, one diagnostic: what follows from it is not reported again.
#[test]
fn mistakes_do_not_cascade() {
    for (source, expected) in [
        (
            "fn main() { let x = y; let z = x + 1; print(z.foo()); x(); for i in x { print(i * 2); } }",
            "E0101",
        ),
        ("fn main() { let mut xs = []; xs.push(y); }", "E0101"),
        ("fn main() { let mut n = 0; n += y; }", "E0101"),
        ("fn main() { let n = 0; if y { print(n); } }", "E0101"),
        ("fn f(x: Foo) -> Bar { x + 1 } fn main() { let y = f(1); print(y + 2); }", "E0103 E0103"),
        ("fn f( { } fn main() { f(); }", "E0009"),
        ("struct P { x: i64 } fn main() { let p = P; print(p); }", "E0213"),
        ("fn main() { let x: Foo = 1; print(x + 2); }", "E0103"),
        ("fn print() {} fn main() { print(1); }", "E0109"),
        ("fn main() { let x = [1, y, \"a\"]; print(x[0] + 1); }", "E0101 E0201"),
        ("fn main() { let x = if true { y } else { 1 }; print(x); }", "E0101"),
        ("use nothing; fn main() { nothing(); nothing(1); }", "E0101"),
        ("const A: i64 = 1 / 0; const B: i64 = A; const C: [i64] = [B]; fn main() { print(C); }", "E0403"),
        (
            "fn f(a: i64) -> i64 { a } fn main() { let x = f(); let y = f(1, 2); print(x + y); }",
            "E0202 E0202",
        ),
        ("fn main() { let mut x = 1; x = y; x += z; }", "E0101 E0101"),
        ("fn f() -> i64 { y }", "E0101"),
        ("fn f() -> i64 { y; }", "E0101 E0212"),
        ("fn main() { let x = y?; print(x); }", "E0101"),
        ("fn main() { match 1 { _ => 2 } }", "E0201"),
        ("fn f() { g(y) } fn g(x: i64) {}", "E0101 W0001"),
    ] {
        assert_eq!(codes(source).join(" "), expected, "{source}");
    }
}

#[test]
fn list_patterns_name_the_lengths_that_are_missing() {
    let missing = |arms: &str, ty: &str| {
        let source = format!("fn f(xs: {ty}) -> i64 {{ match xs {{ {arms} }} }}");
        let (found, _) = check(&source);
        found.iter().map(|found| format!("{} {}", found.code, found.message)).collect::<Vec<_>>().join("; ")
    };
    let not_said = "E0214 this `match` does not say what happens for ";
    for (arms, ty, expected) in [
        ("[] => 0, [x] => x, [x, ..] => x", "[i64]", ""),
        ("[] => 0, [.., x] => x", "[i64]", ""),
        ("[true, ..] | [] => 0, [false, .., _] => 1, [false] => 2", "[bool]", ""),
        ("[a @ ..] => a.len()", "[i64]", ""),
        ("[Some(_), ..] => 0, [] => 1, [None, rest @ ..] => rest.len()", "[Option<i64>]", ""),
        ("[] => 0", "[i64]", "`[_, ..]`"),
        ("[_, ..] => 0", "[i64]", "`[]`"),
        ("[x] => x, [x, y] => x + y", "[i64]", "`[]`, `[_, _, _, ..]`"),
        (
            "[] => 0, [1, ..] => 0, [.., 1] => 0",
            "[i64]",
            "`[..=0]`, `[2..]`, `[..=0, .., ..=0]`, `[..=0, .., 2..]`",
        ),
        ("[[], ..] | [] => 0", "[[bool]]", "`[[_, ..], ..]`"),
        ("[true, ..] => 0, [.., true] => 1", "[bool]", "`[]`, `[false]`, `[false, .., false]`"),
        ("[_, _, ..] => 0, [a, b] => a, _ => 1", "[i64]", "W0007"),
        ("[_, ..] | [.., 3] => 0, [] => 1, [..] => 2", "[i64]", "W0007"),
        ("[a, ..] => a, _ => 0", "str", "E0201 expected a list, found `str`"),
    ] {
        let found = missing(arms, ty);
        let fits = match expected {
            "" => found.is_empty(),
            "W0007" => found.contains("W0007"),
            _ if expected.starts_with('E') => found == expected,
            _ => found == format!("{not_said}{expected}"),
        };
        assert!(fits, "{arms}: {found}");
    }
}
