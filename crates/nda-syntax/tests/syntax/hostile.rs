//! Sources that want to break the parser. It answers with a diagnostic, on an ordinary stack, in bounded time.

use nda_diagnostics::Code;

fn codes(source: &str) -> Vec<Code> {
    let (_, problems) = nda_syntax::parse(source);
    assert!(problems.len() <= 101, "{}", problems.len());
    problems.iter().map(|problem| problem.code).collect()
}

fn in_main(body: &str) -> String {
    format!("fn main() {{ {body} }}")
}

#[test]
fn brackets_nest_to_a_bound() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("x[", "]"), ("if a {", "}"), ("-(", ")")]
    {
        let nested = |depth: usize| in_main(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
        assert_eq!(codes(&nested(255)), [], "{open}");
        let formatted = nda_syntax::format(&nested(255)).unwrap();
        assert_eq!(nda_syntax::format(&formatted).unwrap(), formatted);
        for depth in [256, 10_000, 1_000_000] {
            assert_eq!(codes(&nested(depth)), [Code::NestedTooDeep], "{open} {depth}");
        }
        assert_eq!(codes(&in_main(&open.repeat(100_000))), [Code::NestedTooDeep], "{open}");
    }
}

#[test]
fn chains_grow_to_a_bound() {
    for (start, link) in [
        ("1", " + 1"),
        ("x", ".f()"),
        ("x", "[0]"),
        ("x", " as i64"),
        ("x", "()"),
        ("if a {}", " else if a {}"),
        ("a", " = a"),
        ("a", "?"),
    ] {
        let chain = |length: usize| in_main(&format!("{start}{}", link.repeat(length)));
        let few = codes(&chain(500));
        assert!(!few.contains(&Code::NestedTooDeep), "{link}");
        for length in [520, 200_000] {
            let many = codes(&chain(length));
            assert_eq!(many.last(), Some(&Code::NestedTooDeep), "{link}");
        }
    }
    for prefix in ["-", "!", "&", "*", "- ", "return ", "break ", "..", "|x| ", "|| ", "not ", "a = ", "a < "]
    {
        let chain = in_main(&format!("{}x", prefix.repeat(100_000)));
        assert!(!codes(&chain).is_empty(), "{prefix}");
    }
    let types = |depth: usize| format!("fn f(x: {}i64{}) {{}}", "&".repeat(depth), "");
    assert!(!codes(&types(100_000)).is_empty());
    assert!(!codes(&format!("fn f(x: {}", "Vec<".repeat(100_000))).is_empty());
    assert!(!codes(&format!("fn f(x: {}", "(".repeat(100_000))).is_empty());
}

/// A source with `depth` patterns, types or values one inside the other, as deep as `open` and `close` make it.
fn nested(before: &str, open: &str, inner: &str, close: &str, after: &str, depth: usize) -> String {
    format!("{before}{}{inner}{}{after}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn patterns_and_types_nest_to_a_bound() {
    for (before, open, inner, close, after) in [
        ("fn f() { match x { ", "Some(", "1", ")", " => 1 } }"),
        ("fn f() { match x { ", "(", "1", ",)", " => 1 } }"),
        ("fn f() { let ", "P { x: ", "1", " }", " = x; }"),
        ("fn f() { if let ", "(1 | ", "2", ")", " = x {} }"),
        ("fn f() { for ", "(", "a", ", b)", " in x {} }"),
        ("fn f() { if let ", "[", "1", ", rest @ ..]", " = x {} }"),
        ("fn f(x: ", "(", "i64", ",)", ") {}"),
        ("fn f(x: ", "Option<", "i64", ">", ") {}"),
        ("fn f() { x.g::<", "Map<i64, ", "i64", ">", ">() }"),
        ("fn f() { ", "(1, ", "2", ")", " }"),
        ("fn f() { x = ", "P { x: ", "2", " }", "; }"),
        ("fn f() { ", "match x { _ => ", "2", " }", " }"),
        ("fn f() { ", "if let A = x { ", "2", " }", " }"),
        ("fn f() { ", "matches!(", "x", ", 1)", " }"),
    ] {
        let deep = |depth: usize| nested(before, open, inner, close, after, depth);
        assert_eq!(codes(&deep(120)), [], "{open}");
        let formatted = nda_syntax::format(&deep(120)).unwrap();
        assert_eq!(nda_syntax::format(&formatted).unwrap(), formatted);
        for depth in [520, 100_000] {
            assert_eq!(codes(&deep(depth)), [Code::NestedTooDeep], "{open}");
            assert!(!codes(&format!("{before}{}", open.repeat(depth))).is_empty());
        }
    }
    for open in ["a @ ", "&", "ref ", "box ", "mut ", "-", "Some<", "x: ", "| "] {
        codes(&format!("fn f() {{ match x {{ {}", open.repeat(100_000)));
        codes(&format!("struct P {{ {}", open.repeat(100_000)));
        codes(&format!("impl P<{}", open.repeat(100_000)));
    }
}

#[test]
fn many_parts() {
    let many = |unit: &str| unit.repeat(100_000);
    assert_eq!(codes(&in_main(&format!("match x {{ {} }}", many("A(1, _) if b => 1, ")))), []);
    assert_eq!(codes(&in_main(&format!("match x {{ {}_ => 1 }}", many("1 | ")))), []);
    assert_eq!(codes(&in_main(&format!("let p = P {{ {} }};", many("x: 1, y, ")))), []);
    assert_eq!(codes(&in_main(&format!("let ({}) = x;", many("a, ")))), []);
    assert_eq!(codes(&format!("enum E {{ {} }}", many("A(i64), B { x: i64 }, C, "))), []);
    assert_eq!(codes(&format!("impl P {{ {} }}", many("fn f(&self) {} "))), []);
    assert_eq!(codes(&format!("fn f<{}>() where {} {{}}", many("T, "), many("T: A + B, "))), []);
    let source = in_main(&format!("match x {{ {} }}", many("A(1, _) if b => P { x: 1, y }, ")));
    let formatted = nda_syntax::format(&source).unwrap();
    assert_eq!(nda_syntax::format(&formatted).unwrap(), formatted);
}

#[test]
fn stray_closers_do_not_hide_depth() {
    codes(&in_main(&"{ ) ".repeat(100_000)));
    codes(&in_main(&"( ] ".repeat(100_000)));
    codes(&in_main(&"if a { ) } else if b { ] ".repeat(10_000)));
    codes(&"} ) ] ".repeat(100_000));
}

#[test]
fn everything_unterminated() {
    for (source, code) in [
        ("\"", Code::UnterminatedString),
        ("\"\\", Code::UnterminatedString),
        ("'", Code::UnterminatedString),
        ("'\\", Code::UnterminatedString),
        ("r#\"", Code::UnterminatedString),
        ("b\"", Code::UnterminatedString),
        ("/*", Code::UnterminatedComment),
        ("/* /* */", Code::UnterminatedComment),
        ("(", Code::UnexpectedToken),
        ("(1", Code::UnclosedBracket),
        ("{", Code::UnclosedBracket),
        ("[", Code::UnexpectedToken),
        ("f(", Code::UnexpectedToken),
        ("let", Code::UnexpectedToken),
        ("if", Code::UnexpectedToken),
        ("for", Code::UnexpectedToken),
        ("for i in", Code::UnexpectedToken),
        ("match", Code::UnexpectedToken),
        ("|x", Code::NotSupportedYet),
        ("x::<", Code::UnexpectedToken),
        ("let x: Vec<", Code::UnexpectedToken),
        ("'a:", Code::UnexpectedToken),
        ("println!(", Code::UnexpectedToken),
        ("match x {", Code::UnclosedBracket),
        ("match x { A", Code::UnexpectedToken),
        ("match x { A =>", Code::UnexpectedToken),
        ("match x { A if", Code::UnexpectedToken),
        ("match x { Some(", Code::UnexpectedToken),
        ("match x { P {", Code::UnexpectedToken),
        ("match x { 1 |", Code::UnexpectedToken),
        ("match x { 1..=", Code::UnexpectedToken),
        ("match x { -", Code::UnexpectedToken),
        ("match x { a @", Code::UnexpectedToken),
        ("if let", Code::UnexpectedToken),
        ("if let A =", Code::UnexpectedToken),
        ("let (a", Code::UnclosedBracket),
        ("let A(a) = x else", Code::UnexpectedToken),
        ("P {", Code::UnexpectedToken),
        ("P { x:", Code::UnexpectedToken),
        ("P { ..", Code::UnexpectedToken),
        ("(1,", Code::UnexpectedToken),
        ("t.", Code::UnexpectedToken),
        ("matches!(", Code::UnexpectedToken),
        ("matches!(x,", Code::UnexpectedToken),
    ] {
        let found = codes(&format!("fn main() {{ {source}"));
        assert!(found.contains(&code) || found.contains(&Code::UnclosedBracket), "{source}: {found:?}");
        assert!(found.len() <= 4, "{source}: {found:?}");
    }
    for source in [
        "fn",
        "fn f",
        "fn f(",
        "fn f(x",
        "fn f(x:",
        "fn f()",
        "fn f() ->",
        "const",
        "const A",
        "use",
        "use a::",
        "pub",
        "#",
        "#[",
        "#[example",
        "#[example(",
        "struct",
        "struct P",
        "struct P<",
        "struct P<T:",
        "struct P {",
        "struct P { x",
        "struct P { x:",
        "struct P(",
        "struct P(i64)",
        "enum",
        "enum E",
        "enum E {",
        "enum E { A(",
        "enum E { A {",
        "impl",
        "impl P",
        "impl P {",
        "impl P { fn f(&",
        "impl P { pub",
        "impl<T",
        "fn f<",
        "fn f() where T",
        "#[derive",
        "#[derive(",
        "pub(",
    ] {
        assert!(!codes(source).is_empty(), "{source}");
    }
}

#[test]
fn every_prefix_of_a_program_is_survived() {
    let source = include_str!("program.nda");
    assert_eq!(codes(source), []);
    for (at, _) in source.char_indices() {
        codes(&source[..at]);
        codes(&source[at..]);
    }
}

#[test]
fn sixteen_mebibytes_on_a_line() {
    let limit = nda_syntax::MAX_SOURCE;
    let fill = |start: &str, unit: &str, end: &str| {
        let mut text = String::from(start);
        text.push_str(&unit.repeat((limit - start.len() - end.len()) / unit.len()));
        text.push_str(end);
        text
    };
    assert_eq!(codes(&fill("fn main() { f(\"", "x", "\"); }")), []);
    assert_eq!(codes(&fill("// ", "x", "")), []);
    assert_eq!(codes(&fill("fn ", "x", "() {}")), []);
    assert_eq!(codes(&fill("fn main() { [", "1, ", "]; }")), []);
    assert_eq!(codes(&fill("fn main() {", ";", "}")), []);
    assert_eq!(codes(&fill("fn main() { ", "9", "; }")), [Code::IntegerOutOfRange]);
    assert_eq!(codes(&fill("", "$ ", "")).len(), 100);
    assert_eq!(codes(&fill("", "1 ", "")), [Code::UnexpectedToken]);
    assert_eq!(codes(&fill("fn main() { (", "| ", "")), [Code::NestedTooDeep]);
    assert!(!codes(&fill("fn main() { let ", "(", "")).is_empty());
    assert!(!codes(&fill("", "é", "")).is_empty());
    assert!(!codes(&fill("", "'", "")).is_empty());
    let bytes = vec![b' '; limit + 1];
    let (text, _, problems) = nda_syntax::parse_bytes(&bytes);
    assert_eq!((text, problems[0].code, problems.len()), (None, Code::SourceTooLarge, 1));
    assert_eq!(codes(&" ".repeat(limit + 1)), [Code::SourceTooLarge]);
    assert_eq!(codes(&" ".repeat(limit)), []);
}

#[test]
fn bytes_that_are_not_text() {
    let (text, tree, problems) = nda_syntax::parse_bytes(b"fn f() {}\xff\xfe");
    assert_eq!(text, None);
    assert!(tree.items.is_empty());
    assert_eq!((problems[0].code, problems[0].span.start, problems[0].span.end), (Code::NotUtf8, 9, 10));
    assert_eq!(codes("fn f() {}\0\0"), [Code::UnexpectedCharacter]);
    assert_eq!(codes("\0"), [Code::UnexpectedCharacter]);
}

#[test]
fn problems_are_bounded() {
    assert_eq!(codes(&in_main(&"let x = 1i64; ".repeat(10_000))).len(), 100);
    assert!(codes(&in_main(&"1 < 2 < 3; ".repeat(10_000))).len() <= 100);
}
