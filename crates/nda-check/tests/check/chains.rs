//! Lambdas and chains. What a chain means is what Rust says: the chains here are run by both, and the lines that their
//! lambdas print must come in the same order.
#![allow(
    clippy::map_identity,
    clippy::iter_out_of_bounds,
    clippy::map_flatten,
    clippy::map_with_unused_argument_over_ranges,
    clippy::reversed_empty_ranges,
    clippy::manual_contains,
    clippy::suspicious_map,
    clippy::double_ended_iterator_last,
    clippy::unnecessary_fold,
    clippy::manual_range_contains,
    reason = "these chains are what is tested"
)]

use crate::{codes, listing, run, said};
use expect_test::expect;
use std::cell::RefCell;
use std::fmt::{Debug, Write as _};

thread_local! {
    static PRINTED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What NDA's `print` does with all but text.
fn print<T: Debug>(value: T) {
    PRINTED.with_borrow_mut(|printed| {
        let _ = writeln!(printed, "{value:?}");
    });
}

#[allow(non_upper_case_globals, reason = "it is a variable in NDA")]
const xs: [i64; 8] = [3, 1, 4, 1, 5, 9, 2, 6];

fn nda(expr: &str) -> String {
    let functions = "fn double(x: i64) -> i64 { x * 2 } fn list_of(n: i64) -> [i64] { [n; n] }";
    run(&format!("{functions} fn main() {{ let xs = {xs:?}; print({expr}); }}"))
}

fn double(x: i64) -> i64 {
    x * 2
}

fn list_of(n: i64) -> Vec<i64> {
    vec![n; n as usize]
}

/// Expressions that give a value of this type in both languages.
macro_rules! same {
    ($ty:ty: $($chain:expr;)*) => {$({
        let value: $ty = $chain;
        print(value);
        assert_eq!(nda(stringify!($chain)), PRINTED.take(), "{}", stringify!($chain));
    })*};
}

/// Chains that give numbers in both languages.
macro_rules! lists {
    ($($chain:expr;)*) => {$({
        let list: Vec<i64> = ($chain).collect();
        print(list);
        let expr = stringify!($chain);
        let rust = PRINTED.take();
        assert_eq!(nda(&format!("{expr}.collect()")), rust, "{expr}");
        // Where a list is wanted nobody has to say `collect`.
        assert_eq!(nda(expr), rust, "{expr}");
    })*};
}

/// A chain over the parts of a text finds them as the list of them does, and as Rust does.
#[test]
fn parts_of_a_text_are_found_one_by_one() {
    let texts = [
        "",
        " ",
        "a",
        " a b  cd",
        "a\u{2003}b\u{85}c\u{a0}",
        "é ü\tß",
        "x\r\n\r\ny\r",
        "\n\n",
        "\r\r\n\n\r",
        "a\u{2028}b\n",
        ",",
        "a,,b,",
        ",é, ",
        "a, b,",
        ", ",
        "x, , y",
    ];
    for text in texts {
        let rust = [
            text.split_whitespace().collect::<Vec<_>>(),
            text.lines().collect(),
            text.split("").filter(|character| !character.is_empty()).collect(),
            text.split(',').collect(),
            text.split(", ").collect(),
        ];
        for (call, rust) in
            ["split_whitespace()", "lines()", "chars()", "split(\",\")", "split(\", \")"].iter().zip(rust)
        {
            let one_by_one =
                format!("print(t.{call}.map(|p| p)); for p in t.{call} {{ list.push(p); }} print(list);");
            let whole = format!("let all = t.{call}; print(all);");
            let shown =
                run(&format!("fn main() {{ let t = {text:?}; let mut list = []; {one_by_one} {whole} }}"));
            assert_eq!(shown, format!("{rust:?}\n").repeat(3), "{call} of {text:?}");
        }
    }
    let first = listing("fn f(s: str) -> i64 { s.lines().map(|line| line.len()).sum() }");
    assert!(first.contains("line_at") && !first.contains("builtin lines"), "{first}");
}

#[test]
fn chains_mean_what_they_mean_in_rust() {
    lists! {
        xs.iter().map(|x| x * 2);
        xs.iter().copied().map(double);
        xs.iter().map(|&x| -x).map(i64::abs);
        xs.iter().copied().filter(|&x| x > 2).map(|x| x * 10);
        xs.iter().copied().filter(|x| x % 2 == 0);
        xs.iter().copied().rev();
        xs.iter().map(|x| x + 1).rev();
        xs.iter().copied().rev().rev();
        xs.iter().copied().skip(2).take(3);
        xs.iter().copied().take(3).skip(2);
        xs.iter().copied().take(0);
        xs.iter().copied().take(100).skip(100);
        xs.iter().copied().take(3).rev();
        xs.iter().copied().skip(6).rev();
        xs.iter().copied().take_while(|&x| x < 5);
        xs.iter().copied().skip_while(|&x| x < 5);
        xs.iter().copied().skip_while(|&x| x < 5).take_while(|&x| x > 2);
        xs.iter().copied().step_by(3);
        xs.iter().copied().step_by(1).step_by(2);
        xs.iter().copied().rev().step_by(3);
        xs.windows(3).map(|w| w[0] * w[2]);
        xs.windows(9).map(|w| w[0]);
        xs.windows(8).map(|w| w[7]);
        xs.windows(2).rev().map(|w| w[0] - w[1]);
        xs.chunks(3).map(|c| c[0]);
        xs.chunks(3).rev().map(|c| c[0]);
        xs.chunks(100).map(|c| c[1]);
        xs.chunks(3).flat_map(|c| c.iter().copied().rev());
        (0..4).map(|i| i * i);
        (0..=4).rev().filter(|i| i % 2 == 0);
        (0..10).step_by(3);
        (0..10).rev().step_by(4);
        xs.iter().copied().step_by(4).rev();
        (0..10).step_by(4).step_by(2);
        (5..0).map(|i| i);
        (1..).take_while(|&i| i < 4);
        (1..).take(3).map(|i| i * 2);
        (i64::MAX - 1..=i64::MAX).rev();
        (1..4).flat_map(|i| 0..i);
        (1..4).flat_map(|i| (0..i).map(move |j| i * 10 + j)).filter(|&k| k != 21);
        (1..4).flat_map(|i| (0..i).flat_map(move |j| (j..3).filter(move |&k| k != i)));
        (1..5).flat_map(|i| (0..i).take(2)).take(5);
        (1..5).flat_map(|i| (0..i).skip(1).take_while(|&j| j < 3)).step_by(2);
        (0..3).map(list_of).flatten();
        (0..3).flat_map(list_of).map(|x| x + 1);
        xs.iter().enumerate().map(|(i, x)| i as i64 * x);
        xs.iter().enumerate().rev().map(|(i, x)| i as i64 * x);
        xs.iter().enumerate().filter(|(i, _)| i % 3 == 0).map(|(_, x)| x * 2);
        xs.iter().enumerate().skip_while(|(i, _)| i % 4 < 3).map(|(i, x)| i as i64 + x);
        xs.iter().zip(xs.iter().skip(1)).map(|(a, b)| a - b);
        xs.iter().zip(5..).enumerate().map(|(i, (a, b))| i as i64 * 100 + a * 10 + b);
        xs.iter().zip(xs.iter().rev()).flat_map(|(a, b)| (0..(a - b)).map(move |c| c * a));
        xs.iter().map(|x| (x, x * x)).filter(|(_, b)| b % 2 == 0).map(|(a, b)| a + b);
        xs.iter().copied().filter(|x| (0..5).contains(x));
        xs.iter().copied().filter(|x| (2..=4).contains(x));
        xs.iter().copied().filter(|x| (4..).contains(x));
    }
    same! { i64:
        xs.iter().map(|x| x * x).sum();
        xs.iter().copied().filter(|&x| x > 100).sum();
        xs.iter().take(4).product();
        (1..=5).product();
        (1..101).filter(|i| i % 7 == 0).sum();
        xs.iter().fold(0, |acc, x| acc * 2 + x);
        xs.iter().copied().fold(i64::MIN, i64::max);
        xs.iter().fold((1, 0), |(a, b), x| (b + x, a)).0;
        xs.iter().enumerate().map(|(i, _)| i as i64).sum();
        xs.iter().rev().fold(0, |acc, x| acc * 2 + x);
        xs.iter().copied().fold(1, |mut acc, x| { if x > 3 { acc *= x; } acc });
    }
    same! { bool:
        xs.iter().any(|&x| x == 9);
        xs.iter().any(|&x| x == 7);
        xs.iter().all(|&x| x > 0);
        xs.iter().map(|x| x % 2).all(|x| x == 0);
        (0..0).all(|_| false);
        (0..0).any(|_| true);
    }
    same! { usize:
        xs.iter().filter(|&&x| x > 2).count();
        (0..7).map(|x| x * 2).count();
        xs.windows(3).count();
    }
}

/// Expressions that give the same text in both languages.
macro_rules! shown {
    ($($chain:expr;)*) => {$({
        print($chain);
        assert_eq!(nda(stringify!($chain)), PRINTED.take(), "{}", stringify!($chain));
    })*};
}

/// Chains whose lists have the same text in both languages.
macro_rules! shown_lists {
    ($($chain:expr;)*) => {$({
        print(($chain).collect::<Vec<_>>());
        assert_eq!(nda(&format!("{}.collect()", stringify!($chain))), PRINTED.take(), "{}", stringify!($chain));
    })*};
}

#[test]
fn options_and_pairs_are_those_of_rust() {
    shown! {
        xs.iter().copied().find(|&x| x > 3);
        xs.iter().find(|&&x| x > 30);
        (1..).find(|x| x * x > 50);
        xs.iter().map(|x| x * 2).find(|x| x % 3 == 0);
        xs.iter().position(|&x| x == 5);
        xs.iter().filter(|&&x| x > 1).position(|&x| x == 5);
        xs.iter().position(|&x| x == 7);
        xs.first();
        xs.last();
        xs.iter().map(|x| x * 2).last();
        xs.iter().filter(|&&x| x > 10).last();
        xs.iter().min();
        xs.iter().max();
        xs.iter().skip(8).max();
        (3..8).map(|x| x % 4).min();
        xs.iter().map(|x| x.to_string()).max();
        xs.iter().map(|x| x.to_string()).filter(|s| s.len() > 1).min();
        xs.iter().min_by_key(|&&x| (x - 4).abs());
        xs.iter().max_by_key(|&&x| x % 3);
        xs.iter().min_by_key(|&&x| x % 3);
        xs.iter().map(|x| x * 10).max_by_key(|x| x.to_string());
        xs.iter().take(0).max_by_key(|&&x| x);
    }
    shown_lists! {
        xs.iter().enumerate();
        xs.iter().enumerate().rev();
        xs.iter().rev().enumerate();
        xs.iter().rev().enumerate().rev();
        xs.iter().map(|x| x + 1).enumerate().rev().map(|p| p);
        xs.iter().enumerate().skip(2).step_by(2);
        xs.iter().filter(|&&x| x > 2).enumerate();
        xs.iter().enumerate().take(2).enumerate();
        xs.iter().zip(xs.iter().skip(1));
        xs.iter().zip(xs.iter().skip(7));
        xs.iter().zip(xs.iter().skip(9));
        xs.iter().zip(xs.iter().rev());
        xs.iter().zip(0..3);
        xs.iter().zip(5..);
        xs.iter().zip(5..=6);
        (1..).zip(xs.iter());
        (1..).zip(xs.iter()).zip(xs.iter().map(|x| x * x)).take(3);
        xs.iter().chain([7, 8].iter());
        xs.iter().chain(xs.iter()).rev().take(9);
        (0..3).chain(7..9).map(|x| x * 2);
    }
    same! { (Vec<i64>, Vec<i64>):
        xs.iter().partition(|&&x| x % 2 == 0);
        (0..9).map(|x| x * x).partition(|x| x % 3 == 0);
        xs.iter().copied().zip(5..).unzip();
        xs.iter().copied().zip(xs.iter().copied().rev()).unzip();
    }
}

#[test]
fn effects_come_in_the_order_of_rust() {
    fn seen(x: i64) -> i64 {
        print(x);
        x
    }
    let nda = |expr: &str| {
        run(&format!(
            "fn seen(x: i64) -> i64 {{ print(x); x }} fn main() {{ let xs = {xs:?}; print({expr}.collect()); }}"
        ))
    };
    macro_rules! effects {
        ($($chain:expr;)*) => {$({
                let list: Vec<i64> = ($chain).collect();
            print(list);
                assert_eq!(nda(stringify!($chain)), PRINTED.take(), "{}", stringify!($chain));
        })*};
    }
    effects! {
        (0..4).map(seen).map(|x| seen(x + 100));
        (0..4).map(seen).filter(|&x| seen(x + 100) % 2 == 0).map(|x| seen(x + 200));
        (0..9).map(seen).take(2).map(|x| seen(x + 100));
        (0..9).map(seen).take(0);
        (0..9).map(seen).take_while(|&x| seen(x + 100) < 102);
        (0..4).map(seen).skip(2).map(|x| seen(x + 100));
        (0..4).map(seen).skip_while(|&x| seen(x + 100) < 102);
        (0..7).map(seen).step_by(3).map(|x| seen(x + 100));
        (0..3).map(seen).rev().map(|x| seen(x + 100));
        (0..3).flat_map(|x| (0..seen(x)).map(move |y| seen(x * 10 + y)));
        (0..9).flat_map(|x| (0..seen(x)).map(move |y| seen(x * 10 + y))).take(3);
        (0..9).map(seen).filter(|&x| x > 1).take(2).map(|x| seen(x + 100)).skip(1);
        xs.iter().copied().inspect(|&x| print(x)).filter(|&x| x > 3).inspect(|&x| print(x));
        xs.iter().copied().scan(0, |sum, x| { *sum += x; Some(*sum) });
        xs.iter().copied().scan(1, |product, x| { *product *= x; if *product > 100 { None } else { Some(-*product) } });
        (0..9).scan((0, 1), |state, _| { *state = (state.1, state.0 + state.1); Some(state.0) });
        (0..9).map(seen).scan(seen(7), |last, x| { let before = *last; *last = x; Some(before) }).skip(1).take(3);
        xs.iter().copied().enumerate().scan(5, |left, (i, x)| { *left -= 1; if *left > 0 { Some(i as i64 * x) } else { None } });
    }
}

#[test]
fn captured_variables_are_those_of_the_function() {
    for (body, lines) in [
        ("let mut n = 0; [1, 2].for_each(|x| n += x); print(n);", "3"),
        (
            "let kept = [0]; print([1, 2, 3].scan(kept, |all, x| { all.push(x); Some(all.clone()) })); print(kept);",
            "[[0, 1], [0, 1, 2], [0, 1, 2, 3]] | [0]",
        ),
        (
            "for t in \"a b\".split_whitespace().scan(\"\", |s, w| { s += w; Some(s) }) { print(t); }",
            "a | ab",
        ),
        ("let mut s = \"\"; [\"a\", \"b\"].for_each(|x| s += x); print(s);", "ab"),
        ("let mut xs = [1, 2]; xs.for_each(|x| xs.push(x)); print(xs);", "[1, 2, 1, 2]"),
        (
            "let ys = [[1], [2]]; let zs = ys.map(|y| y.concat([0])); print(ys); print(zs);",
            "[[1], [2]] | [[1, 0], [2, 0]]",
        ),
        (
            "let ys = [[1], [2]]; print(ys.map(|mut y| { y.push(0); y })); print(ys);",
            "[[1, 0], [2, 0]] | [[1], [2]]",
        ),
        ("let ys = [[1], [2]]; print(ys.filter(|mut y| { y.push(0); y.len() > 1 }));", "[[1], [2]]"),
        ("let x = 1; print([2].map(|x| x + 1)); print(x);", "[3] | 1"),
        ("let mut n = 3; print([1, 2].take({ n = 1; n }).map(|x| x + n));", "[2]"),
        ("let mut xs = [1, 2]; print(xs.take({ xs.clear(); 1 }));", "[1]"),
        ("let mut n = 0; let t = n + [1, 2].map(|x| { n = 10; x }).sum(); print(t + n);", "13"),
        ("for x in (1..9).filter(|x| x % 2 == 0).take(2) { if x == 2 { continue; } print(x); }", "4"),
        (
            "for (i, s) in [\"a\", \"b\", \"c\"].iter().enumerate() { if i == 1 { continue; } print(s + i.to_string()); }",
            "a0 | c2",
        ),
        ("for (i, (a, b)) in [1, 2].iter().zip([3, 4]).enumerate() { print(i + a * b); }", "3 | 9"),
        (
            "let ys = [(1, [2]), (3, [4])]; print(ys.map(|(a, mut b)| { b.push(a); b })); print(ys);",
            "[[2, 1], [4, 3]] | [(1, [2]), (3, [4])]",
        ),
        (
            "print([[1], [2]].iter().enumerate().map(|(mut i, x)| { i += 1; (i, x) }).last());",
            "Some((2, [2]))",
        ),
        (
            "print([[1], [2]].iter().fold(([], 0), |(mut all, n), x| { all.push(x); (all, n + x.len()) }));",
            "([[1], [2]], 2)",
        ),
        ("for x in [1, 2, 3].rev() { if x == 1 { break; } print(x); }", "3 | 2"),
        ("for x in (0..3).flat_map(|i| 0..i).take(3) { if x == 0 { continue; } print(x); }", "1"),
        (
            "'a: for i in 0..3 { for x in (0..9).map(|j| i * j) { if x > 1 { continue 'a; } print(x); } }",
            "0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 0",
        ),
        ("let s = [\"a\", \"b\"].map(String::from).fold(String::new(), |a, b| b + a); print(s);", "ba"),
        ("print([1, 2].map(|x| { let mut k = x; loop { k += 1; if k > 4 { break; } } k }));", "[5, 5]"),
        ("let xs: [f64] = [1, 2].map(|x| if x > 1 { 1.0 } else { 2.0 }); print(xs);", "[2.0, 1.0]"),
        ("print(\"abc\".chars().rev().collect::<str>());", "cba"),
        (
            "print([1, 2].iter().map(|x| x * 2).collect::<[_]>()); print([1.5].iter().sum::<f64>());",
            "[2, 4] | 1.5",
        ),
        ("let t: str = [\"a\", \"b\"].iter().rev().collect(); print(t);", "ba"),
        ("print([[\"a\"], []].flatten().len());", "1"),
        ("print([1, 2].map(|x| panic(\"no\")).len());", "Panic: no"),
        ("print([1, 2].windows(0));", "Panic: the parts of a list must have at least one element"),
        ("let n = 0; print([1, 2].step_by(n));", "Panic: the step of a range must be at least 1"),
        ("print([i64::MAX].map(|x| x + 1));", "IntegerOverflow: the result does not fit in i64"),
        ("print([i64::MAX, 1].map(|x| x).sum());", "IntegerOverflow: the result does not fit in i64"),
    ] {
        assert_eq!(run(&format!("fn main() {{ {body} }}")).trim_end().replace('\n', " | "), lines, "{body}");
    }
}

#[test]
fn lambdas_elsewhere_and_wrong_ones() {
    let texts: Vec<String> = [
        "fn f() { let g = |x| x + 1; g(1); }",
        "fn f(xs: [i64]) -> i64 { xs.for_each(|x| { return; }); for x in xs { xs.for_each(|y| { break; }); } 0 }",
        "fn f(xs: [i64]) -> [i64] { xs.map(3) }",
        "fn f(xs: [i64]) -> [i64] { xs.map(|a, b| a) }",
        "fn f(xs: [i64]) -> [i64] { xs.filter(|x| x) }",
        "fn f(xs: [i64]) -> [i64] { xs.map(|x: str| x.len()) }",
        "fn f(xs: [i64]) -> [i64] { xs.map(g) } fn g(x: str) -> i64 { x.len() }",
        "fn f(xs: [i64]) -> [i64] { xs.map(nothing).filter(i64::MAX) }",
        "fn f(xs: [i64]) -> [f64] { xs.iter().map(|x| x).collect::<[f64]>() }",
        "fn f(xs: [i64]) -> i64 { xs.fold(0) }",
        "fn f(xs: [i64]) -> i64 { xs.fold(0, |acc, x| acc + x as f64) }",
        "fn f(xs: [i64]) -> [i64] { xs.map(|x| x + \"a\") }",
        "fn f(xs: [i64]) -> [i64] { xs.flatten() }",
        "fn f() -> [i64] { 0..3 }",
        "fn f() -> [i64] { (..3).collect() }",
        "fn f(xs: [i64]) { xs.map(|x| x * 2); xs.for_each(|x| x * 2); }",
        "const XS: [i64] = (0..3).map(|x| x * 2);",
        "const XS: [i64] = (0..3).map(g); fn g(x: i64) -> i64 { x }",
        "fn f(xs: [i64]) -> [i64] { xs.map(|x| stamp() + x) }",
        "fn f(xs: [i64]) -> [i64] { xs.map(|x| 1) }",
    ]
    .iter()
    .map(|source| said(source))
    .collect();
    expect![[r#"
        error[E0106]: a lambda is not a value
         --> a.nda:1:18
          |
        1 | fn f() { let g = |x| x + 1; g(1); }
          |                  ^^^^^^^^^
          |
          = note: it stands where a method takes one, as in `xs.map(|x| x + 1)`; to call it by a name, write an `fn`

        error[E0310]: `return` cannot leave a lambda
         --> a.nda:1:44
          |
        1 | fn f(xs: [i64]) -> i64 { xs.for_each(|x| { return; }); for x in xs { xs.for_each(|y| { break; }); } 0 }
          |                                            ^^^^^^
          |
          = note: its value is that of its body; to stop early use `any`, `all` or `take_while`, or write a `for` loop

        error[E0310]: a jump cannot leave a lambda
         --> a.nda:1:88
          |
        1 | fn f(xs: [i64]) -> i64 { xs.for_each(|x| { return; }); for x in xs { xs.for_each(|y| { break; }); } 0 }
          |                                                                                        ^^^^^
          |
          = note: its value is that of its body; to stop early use `any`, `all` or `take_while`, or write a `for` loop

        error[E0201]: `map` takes a lambda, `|x| …`, found `i64`
         --> a.nda:1:35
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(3) }
          |                                   ^

        error[E0202]: `map` gives its lambda one argument, and this one has 2 parameters
         --> a.nda:1:35
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|a, b| a) }
          |                                   ^^^^^^^^

        error[E0201]: expected `bool`, found `i64`
         --> a.nda:1:42
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.filter(|x| x) }
          |                                          ^ this is `i64`
          |
          = note: compare it: `x != 0`

        error[E0201]: this parameter takes `str`, and is given `i64`
         --> a.nda:1:39
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|x: str| x.len()) }
          |                                       ^^^

        error[E0201]: `g` takes `str`, and is given `i64`
         --> a.nda:1:35
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(g) } fn g(x: str) -> i64 { x.len() }
          |                                   ^

        error[E0101]: there is nothing called `nothing` here
         --> a.nda:1:35
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(nothing).filter(i64::MAX) }
          |                                   ^^^^^^^

        error[E0201]: expected `[f64]`, found `[i64]`
         --> a.nda:1:28
          |
        1 | fn f(xs: [i64]) -> [f64] { xs.iter().map(|x| x).collect::<[f64]>() }
          |                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this is `[i64]`

        error[E0202]: `fold` takes 2 arguments, found 1
         --> a.nda:1:26
          |
        1 | fn f(xs: [i64]) -> i64 { xs.fold(0) }
          |                          ^^^^^^^^^^

        error[E0203]: `+` takes two values of one type, found `i64` and `f64`
         --> a.nda:1:50
          |
        1 | fn f(xs: [i64]) -> i64 { xs.fold(0, |acc, x| acc + x as f64) }
          |                                              --- ^ -------- this is `f64`
          |                                              |
          |                                              this is `i64`
          |
        help: nothing is converted unasked; convert it
          |
        1 | fn f(xs: [i64]) -> i64 { xs.fold(0, |acc, x| acc as f64 + x as f64) }
          |                                                  ++++++

        error[E0203]: `+` takes two values of one type, found `i64` and `str`
         --> a.nda:1:41
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|x| x + "a") }
          |                                       - ^ --- this is `str`
          |                                       |
          |                                       this is `i64`
          |
          = note: `+` joins two `str`; `format("{} {}", a, b)` makes one of many values
        help: turn it into text
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|x| x.to_string() + "a") }
          |                                        ++++++++++++

        error[E0201]: `flatten` takes a list of lists or options, and this is `[i64]`
         --> a.nda:1:31
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.flatten() }
          |                               ^^^^^^^

        error[E0106]: a range is not a value
         --> a.nda:1:19
          |
        1 | fn f() -> [i64] { 0..3 }
          |                   ^^^^
          |
          = note: it stands in `for i in a..b`, in `xs[a..b]`, and before a method: `(a..b).map(|i| …)`, `(a..b).collect()`
        help: make it a list
          |
        1 - fn f() -> [i64] { 0..3 }
        1 + fn f() -> [i64] { (0..3).collect() }
          |

        error[E0210]: a range that is walked over needs a start
         --> a.nda:1:20
          |
        1 | fn f() -> [i64] { (..3).collect() }
          |                    ^^^

        warning[W0005]: this value is computed and thrown away
         --> a.nda:1:19
          |
        1 | fn f(xs: [i64]) { xs.map(|x| x * 2); xs.for_each(|x| x * 2); }
          |                   ^^^^^^^^^^^^^^^^^

        error[E0201]: expected `()`, found `i64`
         --> a.nda:1:54
          |
        1 | fn f(xs: [i64]) { xs.map(|x| x * 2); xs.for_each(|x| x * 2); }
          |                                                      ^^^^^ this is `i64`

        error[E0402]: a lambda cannot stand in a constant
         --> a.nda:1:30
          |
        1 | const XS: [i64] = (0..3).map(|x| x * 2);
          |                              ^^^^^^^^^
          |
          = note: a constant is made of literals, operators, methods and other constants; make it a function

        error[E0402]: a call cannot stand in a constant
         --> a.nda:1:30
          |
        1 | const XS: [i64] = (0..3).map(g); fn g(x: i64) -> i64 { x }
          |                              ^
          |
          = note: a constant is made of literals, operators, methods and other constants; make it a function

        error[E0401]: this needs the capability `clock`, which the function does not declare
         --> a.nda:1:39
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|x| stamp() + x) }
          |                                       ^^^^^ needs `clock`
          |
        help: declare it; callers of this function must then declare it too
          |
        1 + #[uses(clock)]
          |

        warning[W0001]: `x` is never read
         --> a.nda:1:36
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|x| 1) }
          |                                    ^
          |
        help: say so with an underscore
          |
        1 | fn f(xs: [i64]) -> [i64] { xs.map(|_x| 1) }
          |                                    +
    "#]].assert_eq(&texts.join("\n"));
}

#[test]
fn a_chain_is_the_loop_one_would_write() {
    let chain = "fn f(xs: [i64]) -> i64 { xs.iter().map(|x| x * 2).filter(|y| y % 3 == 0).sum() }";
    expect![[r#"
        f
        %0    int 0
        %1    let $1 i64
        %2    load move $0
        %3    each_begin $2 i64
        %4      load copy $2
        %5      int 2
        %6      math mul
        %7      let $3 i64
        %8      load copy $3
        %9      int 3
        %10     math rem
        %11     int 0
        %12     compare eq i64
        %13     then
        %14       load copy $1
        %15       load copy $3
        %16       math add
        %17       store $1
        %18     else
        %19       unit
        %20     if
        %21     scope 2 0
        %22   each
        %23   load copy $1
        %24   scope 3 0
        %25   drop $0
        %26   scope 2 1
    "#]]
    .assert_eq(&listing(chain));
    let chain =
        "fn f(xs: [str]) -> [str] { xs.iter().filter(|s| s != \"\").take(9).map(|s| s + \"!\").collect() }";
    expect![[r#"
        f
        %0    int 9
        %1    let $1 i64
        %2    list 0 [str]
        %3    let $2 [str]
        %4    load move $0
        %5    each_begin $3 str
        %6      load borrow $3
        %7      text 0 0  ; ""
        %8      compare ne str
        %9      then
        %10       load copy $1
        %11       int 1
        %12       math sub
        %13       store $1
        %14       load move $3
        %15       text 0 1  ; "!"
        %16       builtin join copy
        %17       place push $2 0
        %18       load copy $1
        %19       int 0
        %20       compare eq i64
        %21       then
        %22         unit
        %23         drop $3
        %24         scope 2 1
        %25         break 0
        %26       else
        %27         unit
        %28       if
        %29       scope 3 0
        %30     else
        %31       unit
        %32     if
        %33     drop $3
        %34     scope 2 1
        %35   each
        %36   load move $2
        %37   scope 4 0
        %38   drop $0
        %39   scope 2 1
    "#]]
    .assert_eq(&listing(chain));
}

#[test]
fn lists_are_sorted_by_keys() {
    for (body, lines) in [
        (
            "let mut xs = [\"bb\", \"a\", \"cc\", \"\"]; xs.sort_by_key(|s| s.len()); print(xs);",
            r#"["", "a", "bb", "cc"]"#,
        ),
        (
            "let mut xs = [\"bb\", \"a\", \"cc\"]; xs.sort_by_key(str::len); print(xs);",
            r#"["a", "bb", "cc"]"#,
        ),
        (
            "let mut xs = [\"bb\", \"a\", \"cc\", \"\"]; xs.sort_by(|a, b| b.len().cmp(a.len())); print(xs);",
            r#"["bb", "cc", "a", ""]"#,
        ),
        (
            "let mut xs = [\"bb\", \"a\", \"cc\", \"\"]; xs.sort_by(|a, b| a.len().cmp(b.len()).reverse().then(b.cmp(a))); print(xs);",
            r#"["cc", "bb", "a", ""]"#,
        ),
        (
            "let mut xs = [(1, \"b\"), (0, \"b\"), (2, \"a\")]; xs.sort_by(|x, y| x /* a */ .1.cmp(y.1).then_with(|| y.0.cmp(x.0))); print(xs);",
            r#"[(2, "a"), (1, "b"), (0, "b")]"#,
        ),
        (
            "let mut xs = [(1, \"b\"), (0, \"b\"), (2, \"a\")]; xs.sort_by(|(_, a), (_, b)| a.cmp(b)); print(xs);",
            r#"[(2, "a"), (1, "b"), (0, "b")]"#,
        ),
        (
            "let mut xs = [(1, \"b\"), (0, \"b\"), (2, \"a\")]; xs.sort_by_key(|(n, s)| (s, n)); print(xs);",
            r#"[(2, "a"), (0, "b"), (1, "b")]"#,
        ),
        (
            "let mut xs = [2.5, -1.0, f64::NAN, 0.0]; xs.sort_by(|a, b| a.partial_cmp(b).unwrap()); print(xs);",
            "[-1.0, 0.0, 2.5, NaN]",
        ),
        ("let mut xs = [true, false, true]; xs.sort_by_key(|x| !x); print(xs);", "[true, true, false]"),
        ("let mut xs = [3, 1, 2]; xs.sort_by_key(|x| x % 2 == 0); print(xs);", "[3, 1, 2]"),
        ("let mut g = [[3, 1, 2], [1]]; g[0].sort_by_key(|x| -x); print(g);", "[[3, 2, 1], [1]]"),
        ("let mut g = (1, [3, 1, 2]); g.1.sort_by_key(|x| x); print(g);", "(1, [1, 2, 3])"),
        ("let mut xs = [2, 1]; let ys = xs; xs.sort_by_key(|x| x); print(xs); print(ys);", "[1, 2] | [2, 1]"),
        (
            "let mut xs = [3, 1, 2]; let mut n = 0; xs.sort_by_key(|x| { n += 1; print(x); -x }); print(xs); print(n);",
            "3 | 1 | 2 | [3, 2, 1] | 3",
        ),
        ("let mut xs = [0; 0]; xs.sort_by_key(|x| x); print(xs);", "[]"),
        ("let mut xs = [1]; xs.sort_by_key(|x| x / 0);", "DivisionByZero: division by zero"),
    ] {
        assert_eq!(run(&format!("fn main() {{ {body} }}")).trim_end().replace('\n', " | "), lines, "{body}");
    }
    for (source, found) in [
        ("fn f(mut xs: [i64]) -> [i64] { xs.sort_by(|a, b| a - b); xs }", "E0011"),
        ("fn f(mut xs: [i64]) -> [i64] { xs.sort_by(|a, b| a.cmp(a)); xs }", "E0011"),
        ("fn f(mut xs: [i64]) -> [i64] { xs.sort_by(|a, b| a.cmp(b + 1)); xs }", "E0011"),
        ("fn f(mut xs: [i64]) -> [i64] { xs.sort_by(3); xs }", "E0011"),
        ("fn f(mut xs: [i64]) -> [i64] { xs.sort_by_key(|x| [x]); xs }", "E0203"),
        ("fn f(xs: [i64]) -> [i64] { xs.sort_by_key(|x| x); xs }", "E0301"),
        ("fn f() { [2, 1].sort_by_key(|x| x); }", "E0302"),
        ("fn f(mut xs: [i64]) { xs.sort_by(|a, b| { return; }); }", "E0011"),
    ] {
        let errors: Vec<_> = codes(source).into_iter().filter(|code| code.starts_with('E')).collect();
        assert_eq!(errors, [found], "{source}");
    }
}
