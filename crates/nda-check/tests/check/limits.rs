//! Deep and large sources: what is legal is checked on a small stack and in time that grows with its size.

use crate::{check, codes};
use std::time::{Duration, Instant};

/// Sources of the greatest height that the parser accepts, in each way a tree can be deep.
fn deep() -> Vec<(&'static str, String)> {
    let nest = |open: &str, inner: &str, close: &str, times: usize| {
        format!(
            "fn f(x: i64, xs: [i64], b: bool) -> i64 {{ {}{inner}{} }} fn main() {{ print(f(1, [1], true)); }}",
            open.repeat(times),
            close.repeat(times)
        )
    };
    vec![
        ("sums", nest("", &format!("x{}", " + x".repeat(490)), "", 0)),
        ("minuses", nest("-", "x", "", 490)),
        ("parentheses", nest("(", "x", ")", 240)),
        ("calls", nest("f(", "x", ", xs, b)", 240)),
        ("indices", nest("xs[", "0", "]", 240)),
        ("blocks", nest("{ let y = ", "x", "; y }", 240)),
        ("ifs", nest("if b { ", "x", " } else { x }", 240)),
        ("else ifs", nest("", &format!("{}{{ x }}", "if b { x } else ".repeat(490)), "", 0)),
        ("whiles", nest("", &format!("{}{} x", "while b { ".repeat(200), "return x; }".repeat(200)), "", 0)),
        ("loops", nest("", &format!("{}{}", "loop { ".repeat(200), " }".repeat(200)), "", 0)),
        (
            "fors",
            nest(
                "",
                &format!("{}{} x", "for _ in xs { let t = [x]; ".repeat(200), "print(t); }".repeat(200)),
                "",
                0,
            ),
        ),
        ("ands", nest("", &format!("if {} {{ x }} else {{ 1 }}", "b && ".repeat(480) + "b"), "", 0)),
        (
            "comparisons",
            nest(
                "",
                &format!("if {} {{ x }} else {{ 1 }}", "b == (".repeat(230) + "b" + &")".repeat(230)),
                "",
                0,
            ),
        ),
        ("closed ifs", nest("if b { print(", "x", "); x } else { x }", 120)),
        ("methods", nest("", &format!("x{}", ".abs()".repeat(490)), "", 0)),
        ("filters", nest("", &format!("xs{}.count()", ".filter(|y| y > 0)".repeat(490)), "", 0)),
        ("maps", nest("", &format!("xs{}.sum()", ".map(|y| y + 1).take(5)".repeat(240)), "", 0)),
        ("lambdas", nest("xs.fold(0, |_, y| ", "x", ")", 160)),
        ("flat maps", nest("xs.flat_map(|_| ", "xs", ")", 100).replace(") } fn", ").sum() } fn")),
        (
            "assignments",
            nest(
                "",
                &format!("let mut g = xs; {}g[0] = 1;{} x", "{ g[0] = 1; ".repeat(230), " }".repeat(230)),
                "",
                0,
            ),
        ),
        (
            "matrix",
            format!(
                "fn main() {{ let x = {}1{}; print(x{}); }}",
                "[".repeat(64),
                "]".repeat(64),
                "[0]".repeat(64)
            ),
        ),
    ]
}

#[test]
fn deep_trees_do_not_overflow_a_small_stack() {
    for (name, source) in deep() {
        eprintln!("{name}");
        // The parser looks after its own stack.
        let (tree, mut diagnostics) = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn({
                let source = source.clone();
                move || nda_syntax::parse(&source)
            })
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(diagnostics, [], "{name}");
        let small = std::thread::Builder::new().stack_size(256 << 10);
        let checked = small.spawn(move || {
            nda_check::Checker::default().check(&tree, &source, &crate::World, &mut diagnostics);
            diagnostics
        });
        let diagnostics = checked.unwrap().join().unwrap();
        let codes: Vec<_> = diagnostics.iter().map(|found| found.code.as_str()).collect();
        assert!(codes.iter().all(|code| code.starts_with('W')), "{name}: {codes:?}");
    }
}

#[test]
fn lists_nested_too_deeply_are_refused() {
    let literal = format!("fn main() {{ let x = {}1{}; print(x); }}", "[".repeat(65), "]".repeat(65));
    assert_eq!(codes(&literal), ["E0103"]);
    let written = format!("fn f(x: {}i64{}) {{ print(x); }}", "[".repeat(65), "]".repeat(65));
    assert_eq!(codes(&written), ["E0103"]);
    let repeated = format!("fn main() {{ let x = {}1{}; print(x); }}", "[".repeat(65), "; 1]".repeat(65));
    assert_eq!(codes(&repeated), ["E0103"]);
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let joined = format!(
        "fn main() {{ let mut x = {}; x{}.push({}); print(x); }}",
        deep(40),
        "[0]".repeat(39),
        deep(40)
    );
    let found = codes(&joined);
    assert!(
        !found.is_empty() && found.iter().all(|code| ["E0103", "E0205", "E0201"].contains(code)),
        "{found:?}"
    );
}

/// The time of the second of two checks, the first of which warms up.
fn time(source: &str) -> (Duration, Vec<&'static str>) {
    let (tree, problems) = nda_syntax::parse(source);
    let mut checker = nda_check::Checker::default();
    let mut diagnostics = problems.clone();
    let start = Instant::now();
    checker.check(&tree, source, &crate::World, &mut diagnostics);
    let mut codes: Vec<_> = diagnostics.iter().map(|found| found.code.as_str()).collect();
    codes.dedup();
    (start.elapsed(), codes)
}

fn items(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| item(index) + "\n").collect()
}

/// Anything quadratic in 50,000 items takes minutes; the debug build of what is linear takes a few seconds.
#[test]
fn large_sources_take_time_in_proportion() {
    const COUNT: usize = 25_000;
    let chain = |index: usize| {
        format!(
            "fn f{index}(n: i64) -> i64 {{ if n > 0 {{ f{}(n - 1) }} else {{ n }} }}",
            (index + 1).min(COUNT - 1)
        )
    };
    let cases: Vec<(&str, String, &[&str])> = vec![
        (
            "functions",
            items(COUNT, |index| format!("fn f{index}(xs: [i64]) -> i64 {{ let y = xs; y[0] + {index} }}")),
            &[],
        ),
        ("chain", items(COUNT, chain), &[]),
        (
            "cycle",
            items(COUNT, |index| format!("fn f{index}() {{ f{}(); }}", (index + 1) % COUNT)),
            &["E0602"],
        ),
        (
            "small cycle",
            items(1_000, |index| format!("fn f{index}() {{ f{}(); }}", (index + 1) % 1_000)),
            &[],
        ),
        (
            "constants",
            items(COUNT, |index| {
                if index == 0 {
                    "const C0: i64 = 1;".into()
                } else {
                    format!("const C{index}: i64 = -C{} + 1;", index - 1)
                }
            }),
            &[],
        ),
        ("unknown names", items(COUNT, |index| format!("fn f{index}() {{ g{index}(); }}")), &["E0101"]),
        ("duplicates", items(COUNT, |index| format!("fn f{}() {{}}", index / 2)), &["E0102"]),
        (
            "one caller",
            items(COUNT / 2, |index| format!("fn f{index}() {{}}"))
                + "fn main() {"
                + &items(COUNT / 2, |index| format!("f{index}();"))
                + "}",
            &[],
        ),
        (
            "parameters",
            "fn f(".to_owned() + &items(COUNT, |index| format!("a{index}: i64,")) + ") {}",
            &["W0001", "E0602"],
        ),
        (
            "statements",
            "fn main() { let mut s = 0; ".to_owned() + &items(30_000, |_| "s += 1;".into()) + "print(s); }",
            &[],
        ),
        (
            "variables",
            "fn main() { ".to_owned()
                + &items(8_000, |index| {
                    format!("let x{index} = [{index}]; if x{index} == [] {{ print(x{index}); }}")
                })
                + " }",
            &[],
        ),
        ("elements", "fn main() { print([".to_owned() + &"1, ".repeat(30_000) + "]); }", &[]),
        ("many elements", "fn main() { print([".to_owned() + &"1, ".repeat(200_000) + "]); }", &["E0602"]),
        (
            "examples",
            items(20_000, |index| {
                format!("#[example(f{index}() == {index})] fn f{index}() -> i64 {{ {index} }}")
            }),
            &[],
        ),
    ];
    for (name, source, expected) in cases {
        let (took, codes) = time(&source);
        assert_eq!(codes, expected, "{name}");
        assert!(took < Duration::from_secs(60), "{name} took {took:?}");
        eprintln!("{name}: {took:?}");
    }
}

#[test]
fn what_is_too_large_says_so() {
    let source = "fn main() { print([".to_owned() + &"1, ".repeat(40_000) + "]); }";
    let (diagnostics, items) = check(&source);
    assert!(items.is_empty());
    let large = "1, ".repeat(40_000);
    for (arms, code) in [("[{large}] => 1, _ => 2", "E0214"), ("_ => 2, [{large}] => 1", "W0007")] {
        let arms = arms.replace("{large}", &large);
        let found = codes(&format!("fn f(xs: [i64]) -> i64 {{ match xs {{ {arms} }} }}"));
        assert!(found.contains(&code), "{found:?}");
    }
    expect_test::expect!["`main` is too large for one function: record 32768: too large: records, or operands waiting for one operator"].assert_eq(&diagnostics[0].message);
}
