//! `Option` and `Result`: what gives one, their methods, and what is left of them in the graph.

use crate::{listing, run, said};

/// What the body of `main` prints or traps with, lines joined.
fn body(body: &str) -> String {
    let functions = "fn half(n: i64) -> Option<i64> { if n % 2 == 0 { Some(n / 2) } else { None } }
        fn num(s: str) -> Result<i64, str> { if s == \"\" { Err(\"empty\") } else { Ok(s.len()) } }
        fn say(s: str) -> i64 { print(s); s.len() }
        struct P { items: [i64], name: Option<str> }";
    run(&format!("{functions} fn main() {{ {body} }}")).trim_end().replace('\n', " | ")
}

/// The text of an expression's value.
fn eval(expr: &str) -> String {
    body(&format!("print({expr});"))
}

#[test]
fn what_gives_an_option() {
    for (expr, value) in [
        ("[3, 1, 2].first()", "Some(3)"),
        ("[3, 1, 2].last()", "Some(2)"),
        ("[\"a\"; 0].first()", "None"),
        ("[0; 0].last()", "None"),
        ("[3, 1, 2].get(1)", "Some(1)"),
        ("[3, 1, 2].get(3)", "None"),
        ("[3, 1, 2].get(-1)", "None"),
        ("[3, 1, 2].get(i64::MIN)", "None"),
        ("[[1], [2]].get(say(\"i\"))", "i | Some([2])"),
        ("\"abc\".chars().next()", "Some(\"a\")"),
        ("\"abc\".chars().nth(2)", "Some(\"c\")"),
        ("[1, 2, 2].index_of(2)", "Some(1)"),
        ("[\"a\"].index_of(\"b\")", "None"),
        ("[f64::NAN].index_of(f64::NAN)", "None"),
        ("[3, 1].min()", "Some(1)"),
        ("[3, 1].iter().max()", "Some(3)"),
        ("[1.5, f64::NAN, -0.0, 0.0].min()", "Some(-0.0)"),
        ("[f64::NAN].max()", "Some(NaN)"),
        ("[0; 0].min()", "None"),
        ("\"hello\".find(\"l\")", "Some(2)"),
        ("\"hello\".rfind(\"l\")", "Some(3)"),
        ("\"hello\".find(\"\")", "Some(0)"),
        ("\"hello\".rfind(\"\")", "Some(5)"),
        ("\"héé\".rfind('é')", "Some(3)"),
        ("\"hello\".find(\"z\")", "None"),
        ("\"hello\".strip_prefix(\"he\")", "Some(\"llo\")"),
        ("\"hello\".strip_suffix(\"lo\")", "Some(\"hel\")"),
        ("\"hello\".strip_suffix(\"ol\")", "None"),
        ("\"a=b=c\".split_once(\"=\")", "Some((\"a\", \"b=c\"))"),
        ("\"abc\".split_once(\"=\")", "None"),
        ("\"-12\".parse_i64()", "Some(-12)"),
        ("\"+7\".parse_i64()", "Some(7)"),
        ("\" 7\".parse_i64()", "None"),
        ("\"\".parse_i64()", "None"),
        ("\"9223372036854775808\".parse_i64()", "None"),
        ("\"1e3\".parse_f64()", "Some(1000.0)"),
        ("\".5\".parse_f64()", "Some(0.5)"),
        ("\"nan\".parse_f64()", "Some(NaN)"),
        ("\"1,5\".parse_f64()", "None"),
        ("\"12\".parse::<i64>()", "Ok(12)"),
        ("\"12x\".parse::<i64>()", "Err(\"invalid digit found in string\")"),
        ("\"x\".parse::<f64>()", "Err(\"invalid float literal\")"),
        ("i64::MAX.checked_add(1)", "None"),
        ("i64::MAX.checked_add(0)", "Some(9223372036854775807)"),
        ("i64::MIN.checked_sub(1)", "None"),
        ("i64::MAX.checked_mul(-1)", "Some(-9223372036854775807)"),
        ("i64::MIN.checked_mul(-1)", "None"),
        ("7.checked_div(-2)", "Some(-3)"),
        ("7.checked_div(0)", "None"),
        ("i64::MIN.checked_div(-1)", "None"),
        ("i64::MIN.checked_rem(-1)", "None"),
        ("7.checked_rem(4)", "Some(3)"),
        ("2.checked_pow(62)", "Some(4611686018427387904)"),
        ("2.checked_pow(63)", "None"),
        ("2.checked_pow(-1)", "None"),
        ("i64::MIN.checked_neg()", "None"),
        ("5.checked_neg()", "Some(-5)"),
        ("i64::MIN.checked_abs()", "None"),
    ] {
        assert_eq!(eval(expr), value, "{expr}");
    }
}

#[test]
fn methods_of_options_and_results() {
    for (expr, value) in [
        ("half(4).is_some() && half(3).is_none() && num(\"a\").is_ok() && num(\"\").is_err()", "true"),
        ("half(4).unwrap() + num(\"abc\").unwrap()", "5"),
        ("half(4).expect(\"even\")", "2"),
        ("half(3).unwrap_or(say(\"now\"))", "now | 3"),
        ("half(4).unwrap_or(say(\"now\"))", "now | 2"),
        ("num(\"\").unwrap_or(7)", "7"),
        ("half(3).unwrap_or_default()", "0"),
        ("[\"a\"; 0].first().unwrap_or_default()", ""),
        ("num(\"\").unwrap_err()", "empty"),
        ("half(3).ok_or(\"odd\")", "Err(\"odd\")"),
        ("half(4).ok_or(\"odd\")", "Ok(2)"),
        ("num(\"ab\").ok()", "Some(2)"),
        ("num(\"\").ok()", "None"),
        ("num(\"ab\").err()", "None"),
        ("num(\"\").err()", "Some(\"empty\")"),
        ("half(3).or(Some(1))", "Some(1)"),
        ("half(4).or(Some(1))", "Some(2)"),
        ("half(4).and(Some(\"x\"))", "Some(\"x\")"),
        ("half(3).and(Some(\"x\"))", "None"),
        ("num(\"\").and(num(\"a\"))", "Err(\"empty\")"),
        ("num(\"\").or(num(\"a\"))", "Ok(1)"),
        ("Some(Some(3)).flatten()", "Some(3)"),
        ("half(4).zip(Some(\"a\"))", "Some((2, \"a\"))"),
        ("half(4).zip(\"a\".find(\"b\"))", "None"),
        ("Some([1]).as_ref().cloned()", "Some([1])"),
        ("half(3).unwrap()", "Panic: called `Option::unwrap()` on a `None` value"),
        ("half(3).expect(\"an even one\")", "Panic: an even one"),
        ("num(\"\").unwrap()", "Panic: called `Result::unwrap()` on an `Err` value: \"empty\""),
        ("num(\"\").expect(\"text\")", "Panic: text: \"empty\""),
        ("num(\"a\").unwrap_err()", "Panic: called `Result::unwrap_err()` on an `Ok` value: 1"),
        ("num(\"a\").expect_err(\"x\")", "Panic: x: 1"),
    ] {
        let found = eval(expr);
        if value.starts_with("Panic") || value.starts_with('E') {
            assert!(found.contains(value.trim_start_matches("Panic: ")), "{expr}: {found}");
        } else {
            assert_eq!(found, value, "{expr}");
        }
    }
}

#[test]
fn what_takes_something_away() {
    for (source, output) in [
        (
            "let mut xs = [1, 2]; print(xs.pop()); print(xs.pop()); print(xs.pop());",
            "Some(2) | Some(1) | None",
        ),
        ("let mut xs = [[1], [2]]; xs.pop(); xs.pop(); xs.pop(); print(xs);", "[]"),
        (
            "let mut g = [[1, 2], []]; print(g[say(\"\")].pop()); print(g[1].pop()); print(g);",
            "| Some(2) | None | [[1], []]",
        ),
        (
            "let mut xs = [1, 2]; print(xs.pop().unwrap_or(xs.len()));  print(xs.pop().unwrap_or(say(\"x\")));",
            "2 | x | 1",
        ),
        ("let mut xs = [1, 2]; print(xs.pop().is_some()); print(xs);", "true | [1]"),
        ("let mut xs = [1]; print(xs.pop().zip(half(3))); print(xs);", "None | []"),
        (
            "let mut s = [1]; let mut n = 0; while let Some(x) = s.pop() { n += x; if x < 4 { s.push(x + 1); s.push(x + 2); } } print(n);",
            "31",
        ),
        (
            "let mut s = [(1, \"a\")]; while let Some((n, t)) = s.pop() { print(t); if n < 3 { s.push((n + 1, t + \"b\")); } }",
            "a | ab | abb",
        ),
        ("let mut xs = [1]; if let Some(_) = xs.pop() { print(xs); }", "[]"),
        ("let mut xs = [1]; if let None = xs.pop() { print(\"none\"); } print(xs);", "[]"),
        ("let mut xs = [1]; print(match xs.pop() { None => 0, _ => 1 }); print(xs);", "1 | []"),
        (
            "let mut xs = [1]; print(match xs.pop() { Some(x) if x > 1 => x, Some(_) => 9, None => 0 }); print(xs);",
            "9 | []",
        ),
        ("let mut xs = [5]; print(match xs.pop() { Some(5) => true, _ => false }); print(xs);", "true | []"),
        ("let mut xs = [5]; print(matches!(xs.pop(), Some(_))); print(xs);", "true | []"),
        (
            "let mut xs = [5]; let Some(x) = xs.pop() else { return; }; print(x); let Some(_) = xs.pop() else { print(\"out\"); return; }; print(x);",
            "5 | out",
        ),
        ("let mut xs = [5]; if let Some(x) = xs.pop() && x > 3 { print(x); } print(xs);", "5 | []"),
        (
            "let mut o = Some(5); print(o.take()); print(o.take()); print(o.replace(6)); print(o.replace(7)); print(o);",
            "Some(5) | None | None | Some(6) | Some(7)",
        ),
        (
            "let mut p = P { items: [1, 2], name: Some(\"n\") }; print(p.name.take()); print(p.items.pop()); print(p);",
            "Some(\"n\") | Some(2) | P { items: [1], name: None }",
        ),
        (
            "let mut ps = [P { items: [], name: Some(\"n\") }]; print(ps[0].name.replace(\"m\")); print(ps[0].items.pop()); print(ps);",
            "Some(\"n\") | None | [P { items: [], name: Some(\"m\") }]",
        ),
        ("let mut xs = [3]; let t = (xs.pop(), xs.pop(), xs.len()); print(t);", "(Some(3), None, 0)"),
    ] {
        assert_eq!(body(source).trim_start(), output, "{source}");
    }
}

#[test]
fn questions_of_what_was_never_made() {
    for (source, output) in [
        (
            "fn f(a: i64) -> Option<i64> { let b = a.checked_add(1)?; Some(b * 2) } fn main() { print(f(3)); print(f(i64::MAX)); }",
            "Some(8)\nNone\n",
        ),
        (
            "fn f(s: str) -> Result<i64, str> { Ok(s.trim().parse::<i64>()? + 1) } fn main() { print(f(\" 4\")); print(f(\"q\")); }",
            "Ok(5)\nErr(\"invalid digit found in string\")\n",
        ),
        (
            "fn f(s: str) -> Result<f64, str> { let x: f64 = s.parse()?; Ok(x) } fn main() { print(f(\"4\")); print(f(\"q\")); }",
            "Ok(4.0)\nErr(\"invalid float literal\")\n",
        ),
        (
            "fn f(mut xs: [str]) -> Option<str> { let x = xs.pop()?; Some(x + xs.first()?) } fn main() { print(f([\"a\", \"b\"])); print(f([\"a\"])); }",
            "Some(\"ba\")\nNone\n",
        ),
        (
            "fn f(s: str) -> Option<(str, str)> { let (k, v) = s.split_once(\":\")?; Some((v, k)) } fn main() { print(f(\"a:b\")); print(f(\"a\")); }",
            "Some((\"b\", \"a\"))\nNone\n",
        ),
    ] {
        assert_eq!(run(source), output, "{source}");
    }
}

#[test]
fn an_option_that_nobody_sees_is_not_made() {
    for source in [
        "fn f(mut xs: [i64]) -> i64 { let mut n = 0; while let Some(x) = xs.pop() { n += x; } n }",
        "fn f(xs: [i64]) -> i64 { xs.first().unwrap() }",
        "fn f(xs: [i64], i: i64) -> i64 { xs.get(i).copied().unwrap_or(0) }",
        "fn f(s: str) -> i64 { if let Some(i) = s.find(\"x\") { i } else { -1 } }",
        "fn f(s: str) -> i64 { match s.parse::<i64>() { Ok(n) => n, Err(_) => 0 } }",
        "fn f(s: str) -> i64 { let Some(n) = s.parse_i64() else { return 0; }; n }",
        "fn f(xs: [str]) -> str { match xs.last() { None => \"\", Some(x) => x } }",
        "fn f(mut xs: [(i64, str)]) -> str { if let Some((_, t)) = xs.pop() { t } else { \"\" } }",
        "fn f(mut xs: [i64]) { xs.pop(); }",
        "fn f(a: i64) -> bool { a.checked_mul(3).is_none() }",
    ] {
        let listing = listing(source);
        assert!(!listing.contains("construct"), "{source}\n{listing}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (source, code) in [
        ("fn f(xs: [i64]) -> i64 { xs.first() }", "E0201"),
        ("fn f(xs: [i64]) -> Option<i64> { xs.pop() }", "E0301"),
        ("fn f(o: Option<i64>) -> Option<i64> { o.take() }", "E0301"),
        ("fn f() -> Option<i64> { [1].pop() }", "E0302"),
        ("fn f(o: Option<i64>) -> i64 { o.unwrap_or(\"a\") }", "E0201"),
        ("fn f(o: Option<i64>) -> bool { o.is_ok() }", "E0104"),
        ("fn f(o: Option<(i64, i64)>) -> (i64, i64) { o.unwrap_or_default() }", "E0203"),
        ("fn f(s: str) { print(s.parse()); }", "E0205"),
        ("fn f(s: str) { print(s.parse::<bool>()); }", "E0201"),
        ("fn f(s: str) { let it = s.chars(); print(it.next()); }", "E0104"),
        ("fn f(xs: [i64]) { print(xs.get()); }", "E0202"),
    ] {
        let found = said(source);
        assert!(found.contains(code), "{source}: {found}");
    }
}
