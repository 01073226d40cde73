//! Where the grammar and the parser could part: each piece is taken by both or by neither.

use super::guidance::{lark, taken};
use super::texts::parses;
use nda_check::{Checker, Empty};
use nda_diagnostics::Code;

#[test]
fn both_take_it_or_neither_does() {
    let matcher = lark(None);
    let mut parted = Vec::new();
    let mut both = [0; 2];
    let mut hold = |text: String| {
        let taken = taken(&matcher, &text) == text.len();
        both[usize::from(taken)] += 1;
        if taken != parses(&text) {
            parted.push(format!("{} {text}", if taken { "only the grammar:" } else { "only the parser:" }));
        }
    };
    for statement in [
        // Ranges.
        "for i in 0..5 {}",
        "for i in 0..=n {}",
        "for i in ..5 {}",
        "for i in 5.. {}",
        "for i in (..5) {}",
        "for i in (0..5).rev() {}",
        "for i in (0..5).rev().step_by(2) {}",
        "for i in (0..5).rev(1) {}",
        "for i in (0..5).step_by() {}",
        "for i in (5..).map(|x| x) {}",
        "for i in (5..).rev() {}",
        "let x = xs[..];",
        "let x = xs[1..];",
        "let x = xs[..=2];",
        "let x = xs[..=];",
        // Heads.
        "if x == (S { a: 1 }) {}",
        "if x == S { a: 1 } {}",
        "if x == S {}",
        "if f(S { a: 1 }) {}",
        "match x { S { a } => a, }",
        "if let Some(x) = y && x > 1 && let Some(z) = x {}",
        "if let Some(x) = y || z {}",
        "if a || let Some(x) = y {}",
        "while { a } { b(); }",
        "while {}",
        "if x = 1 {}",
        // Signs that stick together.
        "let x: Map<str, Map<str, i64>> = y;",
        "let x: Option<i64>= y;",
        "let x = a as i64 < b;",
        "let x = a as Option<i64>;",
        "let x = a < b < c;",
        "let x = a == b == c;",
        "let x = a < b && b < c;",
        "let x = a - -b;",
        "let x = a--;",
        "let x = a ** b;",
        "xs.map(|a| *a + *a);",
        "let x = *a;",
        "let x = &a;",
        "xs.fold(0, |&a, mut b| a + b);",
        "xs.map(move || 1);",
        "xs.map(|(a, b)| -> i64 { a });",
        // Numbers.
        "let x = 1.max(2);",
        "let x = 1.;",
        "let x = .5;",
        "let x = 1..2;",
        "let x = 1.5.max(2.0);",
        "let x = t.0.1;",
        "let x = t.0.1.2 + t.0.max(1);",
        "let x = t.0_1;",
        "let x = 0xFFFF_FFFF_FFFF_FFFF;",
        "let x = 0x7fff_ffff_ffff_ffff;",
        "let x = -9223372036854775808;",
        "let x = 9223372036854775809;",
        "let x = 6364136223846793005;",
        "let x = 1e308 + 1.7976931348623157e308;",
        "let x = 1e309;",
        "let x = 1u8;",
        "let x = 1e;",
        "let x = 2.5e-3;",
        // Texts.
        r#"let x = "a\n\u{1F600}\\";"#,
        r#"let x = "\u{D800}";"#,
        r#"let x = "\x41";"#,
        "let x = 'c';",
        "let x = '\\'';",
        "let x = 'cc';",
        "let x = \"a\nb\";",
        // Labels and jumps.
        "'a: loop { break 'a; }",
        "'a: for x in xs { continue 'a; }",
        "let x = 'a: { break 'a 1 };",
        "'a 1;",
        "loop { break if a { 1 } else { 2 }; }",
        // Blocks.
        "if a {} else {} -1;",
        "{ 1 } + 2;",
        "match x { _ => {} }.len();",
        "match x { _ => {} - 1 }",
        "match x { A => {} B => 1 }",
        "match x { A => 1 B => 2 }",
        "match x { A if y => 1, 1..=2 | 5 => 2, (a, .., b) => 3, x @ Some(_) => 4, }",
        "match x { (.., a, ..) => 3 }",
        "match x { 1.. => 1, _ => 2 }",
        "match x { 1..=> 1 }",
        "match x { case A => 1 }",
        "match { A => 1 }",
        "let P { a, b: (c, _), .. } = p;",
        "let P { .., a } = p;",
        "let Some(x) = y else { return };",
        "let x;",
        "let mut (a, b) = c;",
        "(a, b) = c;",
        "a.b[1].c += 1;",
        "m.entry(k).or_insert(0) += 1;",
        "fn g() {}",
        "let x = vec[1.0, 2.0];",
        "let x = vec[0.0; 4];",
        "let x = vec![1];",
        r#"println!("{} {:>8.2} {name}", a, b);"#,
        "assert!(a == b);",
        "let x = matches!(a, Some(1..=3) if b);",
        "print!(1);",
        "let x = a ? b : c;",
        "let x = Box::new(1);",
        "let x = f::<i64>(1) + Map::<str, i64>::new().len();",
        "let x = self;",
        "return",
        ";;",
        "let _ = |x| x;",
    ] {
        hold(format!("fn f() {{ {statement} }}"));
    }
    for item in [
        "#!/usr/bin/env nda\nfn f() {}",
        "#[example(f() == 1)]\n/// Doc.\npub fn f() -> i64 { 1 } // end",
        "#[derive(Debug)]\nfn f() {}",
        "#[uses(clock)]\nconst A: i64 = 1;",
        "#[test]\nfn f() {}",
        "fn f<T: Ord + Display, U>(x: T, mut y: U) -> T where T: Eq, U: Ord { x }",
        "fn f<>() {}",
        "fn f(x) {}",
        "fn f(self) {}",
        "fn f(x: &i64) {}",
        "impl P { pub fn f(&self, x: i64) -> Self { self } fn g(&mut self) {} }",
        "impl P { fn f(x: i64, self) {} }",
        "impl P for Q {}",
        "struct P { pub a: i64, b: [P], }",
        "struct P(i64, pub str);",
        "struct P;",
        "struct P(i64)",
        "enum E { A, B(i64), C { x: i64 }, }",
        "enum E { A = 1 }",
        "const A: [i64] = [1, 2];",
        "const A = 1;",
        "use a::b as c; use a::{b, c::*, self}; use crate::x;",
        "use std::fmt;",
        "pub use a::b;",
        "pub use a::{b, c as d, e::f}; pub use a::*;",
        "mod a { fn f() {} mod b; }",
        "trait A {}",
        "fn f() -> Vec<i64> { [] }",
        "fn f(a: vec[3], b: mat[2, N]) {}",
        "/* a /* b */ c */ fn f() {}",
        "/* a",
        "// é\nfn f() {}",
        "# comment\nfn f() {}",
        "fn é() {}",
        "pub(crate) fn f() {}",
        "",
    ] {
        hold(item.to_owned());
    }
    assert!(parted.is_empty(), "{}", parted.join("\n"));
    assert!(both[0] > 50 && both[1] > 70, "{both:?}");
}

#[test]
fn it_is_stricter_where_the_page_says_so() {
    let matcher = lark(None);
    for statement in [
        "if(a) {}",
        "let x = a - - b;",
        "let x = - 1;",
        "f (1);",
        "let x = a :: b;",
        "xs.map(|a| |b| a);",
        "return(1);",
        "f(1) = 2;",
        "let x = 0_000_000_000_000_000_000_001;",
        "/* a /* b /* c */ */ */",
        "println!(\"{:q}\", x);",
    ] {
        let text = format!("fn f() {{ {statement} }}");
        assert!(parses(&text) && taken(&matcher, &text) < text.len(), "{text}");
    }
}

/// Words that Rust keeps for itself, those that NDA keeps, and some that neither does.
#[test]
fn both_keep_the_same_words() {
    let matcher = lark(None);
    let mut parted = Vec::new();
    let words = "abstract as async await become box break case class const continue crate default do dyn else enum extern false final fn for gen \
                 if impl in let loop macro match mod move mut override priv pub raw ref return self Self static std struct super trait true try type \
                 typeof union unsafe unsized use virtual where while yield print vec mat rev example Vec";
    for word in words.split_whitespace() {
        for text in [
            format!("fn {word}() {{}}"),
            format!("fn f({word}: i64) {{}}"),
            format!("fn f() {{ let {word} = 1; }}"),
            format!("fn f() {{ let x = {word}; }}"),
            format!("fn f() {{ let x = y.{word}; }}"),
            format!("fn f(x: {word}) {{}}"),
            format!("enum {word} {{}}"),
            format!("fn f() {{ match x {{ {word} => 1 }} }}"),
        ] {
            if (taken(&matcher, &text) == text.len()) != parses(&text) {
                parted.push(text);
            }
        }
    }
    // `enum class` is a slip of other languages unless `{` stands on its line, and the beginning of a path is no type or pattern.
    let meaningless = [
        "enum class {}",
        "fn f(x: crate) {}",
        "fn f(x: self) {}",
        "fn f() { let Self = 1; }",
        "fn f() { match x { Self => 1 } }",
        "fn f(x: super) {}",
    ];
    assert_eq!(parted, meaningless);
}

#[test]
fn the_functions_of_the_language_are_those_that_the_checker_knows() {
    let unknown = |name: &str| {
        let source = format!("fn f() {{ {name}(); }}");
        let (tree, mut problems) = nda_syntax::parse(&source);
        Checker::default().check(&tree, &source, &Empty, &mut problems);
        problems.iter().any(|problem| problem.code == Code::UnknownName)
    };
    assert!(unknown("nobody"));
    let functions = nda_grammar::language_functions();
    let wrong: Vec<&String> = functions.iter().filter(|name| unknown(name)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
