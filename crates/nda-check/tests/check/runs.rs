//! Programs through the reference evaluator: what each construct means.

use crate::run;

/// The text of an expression's value.
fn eval(expr: &str) -> String {
    run(&format!("fn main() {{ print({expr}); }}")).trim_end().to_owned()
}

/// What the body of `main` prints or traps with, lines joined.
fn body(body: &str) -> String {
    run(&format!("fn main() {{ {body} }}")).trim_end().replace('\n', " | ")
}

#[test]
fn operators() {
    for (expr, value) in [
        ("1 + 2 * 3 - 4 / 2 % 3", "5"),
        ("-7 / 2", "-3"),
        ("-7 % 2", "-1"),
        ("(-7).rem_euclid(2)", "1"),
        ("1 << 3 | 1", "9"),
        ("6 & 3 ^ 1", "3"),
        ("!0", "-1"),
        ("-8 >> 1", "-4"),
        ("!true | false", "false"),
        ("true ^ true", "false"),
        ("1.0 / 0.0", "inf"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("-0.0", "-0.0"),
        ("7.5 % 2.0", "1.5"),
        ("\"a\" + \"b\" + \"c\"", "abc"),
        ("\"a\" < \"b\"", "true"),
        ("[\"a\\n\"]", "[\"a\\n\"]"),
        ("[1, 2] == [1, 2]", "true"),
        ("[f64::NAN] == [f64::NAN]", "false"),
        ("[[1], []] != [[1]]", "true"),
        ("() == ()", "true"),
        ("true > false", "true"),
        ("3 as f64", "3.0"),
        ("2.9 as i64", "2"),
        ("f64::NAN as i64", "0"),
        ("1e300 as i64", "9223372036854775807"),
        ("true as i64", "1"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("i64::MIN == -9223372036854775808", "true"),
        ("std::f64::consts::PI", "3.141592653589793"),
        ("2.pow(10)", "1024"),
        ("(-5).abs().max(3).clamp(0, 4)", "4"),
        ("2.0.powi(-2)", "0.25"),
        ("(0.0).min(-0.0)", "-0.0"),
        ("f64::NAN.max(1.0)", "1.0"),
        ("'c' + \"d\"", "cd"),
        ("\"é\".len()", "2"),
        ("\"\".is_empty() && [1].len() == 1", "true"),
        ("[0; 3]", "[0, 0, 0]"),
        ("[1, 2, 3][1..]", "[2, 3]"),
        ("[1, 2, 3][..=1]", "[1, 2]"),
        ("[1, 2, 3][1..2]", "[2]"),
        ("[1, 2, 3][..]", "[1, 2, 3]"),
        ("[[1, 2], [3]][1][0]", "3"),
        ("[1, 2].contains(2)", "true"),
        ("[1].concat([2]).len()", "2"),
        ("if 1 < 2 { \"a\" } else { \"b\" }", "a"),
        ("{ let x = 2; x * x }", "4"),
        ("loop { break 7 }", "7"),
        ("false && 1 / [0][0] == 1", "false"),
        ("true || panic(\"no\")", "true"),
    ] {
        assert_eq!(eval(expr), value, "{expr}");
    }
}

#[test]
fn traps() {
    for (expr, trap) in [
        ("[i64::MAX][0] + 1", "IntegerOverflow: the result does not fit in i64"),
        ("1 / [0][0]", "DivisionByZero: division by zero"),
        ("[i64::MIN][0] / -1", "IntegerOverflow: the result does not fit in i64"),
        ("[i64::MIN][0] % -1", "IntegerOverflow: the result does not fit in i64"),
        ("1 << [64][0]", "ShiftOutOfRange: a shift amount outside 0..=63"),
        ("[1, 2][[2][0]]", "IndexOutOfBounds: index 2 is outside a list of 2"),
        ("Map::from([(1, 2), (3, 4)])[[2][0]]", "IndexOutOfBounds: nothing stands under 2 in a map of 2"),
        (
            "{ let mut m = Map::from([(\"a\", 2)]); m[\"x\\n\"] += 1; m[\"a\"] }",
            "IndexOutOfBounds: nothing stands under \"x\\n\" in a map of 1",
        ),
        ("[1, 2][[3][0]..]", "IndexOutOfBounds: 3..2 is not a part of a list of 2"),
        ("[1, 2][2..1]", "IndexOutOfBounds: 2..1 is not a part of a list of 2"),
        ("panic(\"oh\")", "Panic: oh"),
        ("assert(1 > 2, \"a\" + \"b\")", "Panic: ab"),
        ("2.pow([-1][0])", "Panic: the exponent of `pow` is negative"),
        ("[1; [-1][0]]", "Panic: a list cannot have -1 elements"),
    ] {
        assert_eq!(eval(expr), trap, "{expr}");
    }
}

#[test]
fn statements() {
    for (source, output) in [
        ("let mut s = 0; for i in 0..5 { s += i; } print(s);", "10"),
        ("for i in (0..=6).rev().step_by(2) { print(i); }", "6 | 4 | 2 | 0"),
        ("for i in (0..5).step_by(2) { print(i); }", "0 | 2 | 4"),
        ("for i in 3..1 { print(i); } print(\"end\");", "end"),
        ("for s in [\"a\", \"b\"] { print(s); }", "a | b"),
        ("let mut n = 3; while n > 0 { print(n); n -= 1; }", "3 | 2 | 1"),
        ("let mut n = 0; loop { n += 1; if n == 2 { continue; } if n > 3 { break; } print(n); }", "1 | 3"),
        (
            "'a: for i in 0..3 { for j in 0..3 { if j == 1 { continue 'a; } if i == 2 { break 'a; } print(i * 10 + j); } }",
            "0 | 10",
        ),
        ("let x = 'a: loop { loop { break 'a 5; } }; print(x);", "5"),
        ("let x = 1; { let x = 2; print(x); } print(x); let x = x + 5; print(x);", "2 | 1 | 6"),
        ("let _ = 1; let _ = [2]; let _a = 3; print(_a);", "3"),
        ("let mut x = 1; x += { x = 10; 5 }; print(x);", "15"),
        ("let mut x = 1; x = x + { x = 10; 5 }; print(x);", "6"),
        (
            "let mut xs = [1, 2]; xs[{ print(\"place\"); 0 }] = { print(\"value\"); 9 }; print(xs);",
            "value | place | [9, 2]",
        ),
        (
            "let mut xs = [1, 2]; xs[{ print(\"place\"); 0 }] += { print(\"value\"); 9 }; print(xs);",
            "value | place | [10, 2]",
        ),
        (
            "let mut xs = [1]; xs.insert({ print(\"i\"); 0 }, { print(\"v\"); 7 }); print(xs);",
            "i | v | [7, 1]",
        ),
        ("let mut s = \"a\"; s += \"b\"; let t = s; s += \"c\"; print(s); print(t);", "abc | ab"),
        ("let mut xs = [\"a\", \"b\"]; xs[1] += \"!\"; print(xs);", "[\"a\", \"b!\"]"),
        ("let mut b = true; b &= false; b |= true; b ^= true; print(b);", "false"),
        ("let mut n = 1; n <<= 4; n |= 1; n %= 10; n >>= 1; n *= 7; n /= 2; n &= 7; n ^= 1; print(n);", "3"),
        ("let mut f = 1.5; f *= 2.0; f -= 1.0; f %= 1.5; print(f);", "0.5"),
        (
            "let mut xs = [3, 1, 2]; xs.sort(); xs.reverse(); xs.swap(0, 2); print(xs); print(xs.remove(1)); print(xs);",
            "[1, 2, 3] | 2 | [1, 3]",
        ),
        ("let x = if true { return } else { 1 }; print(x);", ""),
        ("print({ print(1); 2 }, );", "1 | 2"),
        ("if false { print(1) } else if true { print(2) } else { print(3) }", "2"),
        ("print(\"x\") ; ; ;", "x"),
        ("let u = print(1); print(u);", "1 | ()"),
        ("let mut n = 0; while { n += 1; n < 4 } { print(n); }", "1 | 2 | 3"),
        ("let mut n = 0; while true { n += 1; if n == 3 { break } } print(n);", "3"),
        ("{ let a = [1]; print(a); }", "[1]"),
        ("let f = 5; print((((f))));", "5"),
    ] {
        assert_eq!(body(source), output, "{source}");
    }
}

#[test]
fn diverging_expressions_give_no_value_and_need_none() {
    for (source, output) in [
        ("fn f() -> i64 { let x = return 1; } fn main() -> i64 { f() }", "1"),
        ("fn f() -> i64 { let _x: [i64] = return 2; } fn main() -> i64 { f() }", "2"),
        ("fn f() -> i64 { let _ = return 3; } fn main() -> i64 { f() }", "3"),
        ("fn f() -> i64 { return 4; } fn main() -> i64 { f() }", "4"),
        ("fn f() -> i64 { { return 5; } } fn main() -> i64 { f() }", "5"),
        ("fn f() -> i64 { loop { return 6; } } fn main() -> i64 { f() }", "6"),
        ("fn f() -> i64 { panic(\"x\") } fn main() -> i64 { f() }", "Panic: x"),
        ("fn f() -> i64 { panic(\"x\"); } fn main() -> i64 { f() }", "Panic: x"),
        ("fn f() -> i64 { if true { return 7; } else { return 8; } } fn main() -> i64 { f() }", "7"),
        ("fn f() -> i64 { if true { return 7; } else { return 8; }; } fn main() -> i64 { f() }", "7"),
        ("fn f() -> i64 { return 9; \"text\"; 1 } fn main() -> i64 { f() }", "9"),
        ("fn f(x: i64) -> i64 { x } fn main() -> i64 { f(return 10) }", "10"),
        ("fn main() -> i64 { 1 + return 11 }", "11"),
        ("fn main() -> bool { 1 == return true }", "true"),
        ("fn main() -> i64 { [1, return 12][0] }", "12"),
        ("fn main() -> [i64] { [return [1]; 3] }", "[1]"),
        ("fn main() -> [i64] { [1; return [2]] }", "[2]"),
        ("fn main() -> i64 { (return 13) as i64 }", "13"),
        ("fn main() -> i64 { print(return 14); 0 }", "14"),
        ("fn main() -> i64 { print({ return 15; }); 0 }", "15"),
        ("fn main() -> i64 { let mut x = 1; x = return 16; x }", "16"),
        ("fn main() -> i64 { let mut x = 1; x += return 17; x }", "17"),
        ("fn main() -> i64 { let xs = [1]; xs[return 18] }", "18"),
        ("fn main() -> i64 { let mut xs = [1]; xs[return 19] = 2; 0 }", "19"),
        ("fn main() -> i64 { let mut xs = [1]; xs[0] = return 20; 0 }", "20"),
        ("fn main() -> i64 { let mut xs = [1]; xs.push(return 21); xs[0] }", "21"),
        ("fn main() -> i64 { if return 22 { 1 } else { 2 } }", "22"),
        ("fn main() -> i64 { while return 23 {} 1 }", "23"),
        ("fn main() -> i64 { for _ in 0..return 24 {} 1 }", "24"),
        ("fn main() -> i64 { let x = loop { break return 25 }; x }", "25"),
        ("fn main() -> i64 { return return 26 }", "26"),
        ("fn main() -> i64 { true && return 27; 1 }", "27"),
        ("fn main() -> i64 { assert(return 28, \"x\"); 1 }", "28"),
        ("fn main() -> i64 { panic(return 29) }", "29"),
        ("fn main() -> i64 { let x = loop { break panic(\"y\") }; print(x); 1 }", "Panic: y"),
        ("fn main() -> i64 { let b = if true { 1 } else { return 2 }; b }", "1"),
        ("fn main() -> str { \"a\" + return \"b\" }", "\"b\""),
    ] {
        assert_eq!(run(source), output, "{source}");
    }
}

#[test]
fn functions_and_constants() {
    for (source, output) in [
        (
            "fn even(n: i64) -> bool { n == 0 || odd(n - 1) } fn odd(n: i64) -> bool { n != 0 && even(n - 1) } fn main() -> bool { even(10) }",
            "true",
        ),
        (
            "fn f(mut xs: [i64]) -> [i64] { xs.push(9); xs } fn main() { let a = [1]; print(f(a)); print(a); }",
            "[1, 9]\n[1]\n",
        ),
        ("fn f(_: i64, _: i64) -> i64 { 3 } fn main() -> i64 { f(1, 2) }", "3"),
        ("const A: i64 = B * 2; const B: i64 = 21; fn main() -> i64 { A }", "42"),
        (
            "const XS: [i64] = [1, 2, N]; const N: i64 = XS2[0]; const XS2: [i64] = [7; 2]; fn main() { print(XS); print(XS[2]); for x in XS { print(x); } }",
            "[1, 2, 7]\n7\n1\n2\n7\n",
        ),
        (
            "const XS: [i64] = [1]; fn main() { let mut ys = XS; ys.push(2); print(ys); print(XS); }",
            "[1, 2]\n[1]\n",
        ),
        (
            "const T: str = \"a\" + \"b\"; const L: i64 = T.len(); fn main() { print(T + T); print(L); }",
            "abab\n2\n",
        ),
        (
            "const F: f64 = -f64::MAX.sqrt(); const B: bool = F < 0.0 && !false; fn main() -> bool { B }",
            "true",
        ),
        ("const E: [[str]] = []; fn main() { print(E.len()); print(E); }", "0\n[]\n"),
        ("const U: () = (); fn main() { print(U); }", "()\n"),
        ("use f as g; fn f() -> i64 { 5 } fn main() -> i64 { g() }", "5"),
        ("fn main() -> i64 { let main = 3; main }", "3"),
        ("fn x(x: i64) -> i64 { x } fn main() -> i64 { x(4) }", "4"),
    ] {
        assert_eq!(run(source), output, "{source}");
    }
}

#[test]
fn types_are_found_from_later_uses() {
    for (source, output) in [
        ("let mut xs = []; xs.push(1); print(xs);", "[1]"),
        ("let mut xs = []; xs.sort(); xs.push(2.5); print(xs[0] + 1.0);", "3.5"),
        ("let mut g = []; g.push([]); g[0].push(\"a\"); print(g);", "[[\"a\"]]"),
        ("let mut xs = if true { [] } else { [] }; xs.push(1.5); print(xs);", "[1.5]"),
        ("let mut xs = []; for x in xs { let y: str = x; print(y); } xs = [\"b\"]; print(xs);", "[\"b\"]"),
        ("print([] == [1]);", "false"),
        ("let x = loop { if true { break [] } break [1] }; print(x);", "[]"),
        ("let xs: [[f64]] = [[], [1.0]]; print(xs);", "[[], [1.0]]"),
        ("let xs = [[]; 2]; let ys: [[i64]] = xs; print(ys);", "[[], []]"),
        ("let mut m = [[0.0; 2]; 2]; m[1][0] = 1.0; print(m);", "[[0.0, 0.0], [1.0, 0.0]]"),
    ] {
        assert_eq!(body(source), output, "{source}");
    }
}

#[test]
fn an_expression_can_be_checked_alone() {
    let mut tree = nda_syntax::Tree::default();
    let mut value = |source: &str| {
        let mut diagnostics = Vec::new();
        let expr = nda_syntax::parse_expr_into(&mut tree, source, &mut diagnostics);
        let mut checker = nda_check::Checker::default();
        let items = checker.check_expression(
            &tree,
            source,
            &Default::default(),
            &crate::World,
            &mut diagnostics,
            expr,
        );
        match items.last() {
            Some(item) => item.definition.view().signature().to_string(),
            None => diagnostics.iter().map(|found| found.code.as_str()).collect::<Vec<_>>().join(" "),
        }
    };
    assert_eq!(value("1 + 2"), "() -> i64");
    assert_eq!(value("{ let x = [1]; x }"), "() -> [i64]");
    assert_eq!(value("return 2.5"), "() -> f64");
    assert_eq!(value("if true { return 1 } else { 2 }"), "() -> i64");
    assert_eq!(value("if true { return 1 } else { 2.0 }"), "E0201");
    assert_eq!(value("panic(\"x\")"), "()");
    assert_eq!(value("geo::area(1.0, 2.0)"), "() -> f64");
    assert_eq!(value("[]"), "E0205");
    assert_eq!(value("x"), "E0101");
}
