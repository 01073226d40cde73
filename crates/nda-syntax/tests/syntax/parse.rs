//! What sources mean: precedence, statements, items, literals.

use crate::{expr, tree};
use expect_test::{Expect, expect};

fn check(sources: &[&str], expected: &Expect) {
    let lines: Vec<String> = sources
        .iter()
        .map(|source| format!("{}  =>  {}", source.replace('\n', "⏎").replace('\r', "␍"), expr(source)))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn operators_bind_as_in_rust() {
    check(
        &[
            "1 + 2 * 3",
            "1 - 2 - 3",
            "a * b / c % d",
            "-x.abs()",
            "-x as f64",
            "!a && b",
            "a < b as i64",
            "x as i64 < y",
            "a as f64 * b",
            "a + b << c - d",
            "a & b == c",
            "a | b ^ c & d",
            "a || b && c || d",
            "a == b && c != d",
            "a = b = c",
            "a += b || c",
            "x = y as f64 + 1.0",
            "- -x",
            "!!x",
            "--x",
            "-xs[0]",
            "return a = b",
            "a || return",
            "a && break 'l x + 1",
            "return -1",
            "f(a)(b)[c].d(e)",
        ],
        &expect![[r#"
            1 + 2 * 3  =>  (+ 1 (* 2 3))
            1 - 2 - 3  =>  (- (- 1 2) 3)
            a * b / c % d  =>  (% (/ (* a b) c) d)
            -x.abs()  =>  (- (.abs x))
            -x as f64  =>  (as (- x) f64)
            !a && b  =>  (&& (! a) b)
            a < b as i64  =>  (< a (as b i64))
            x as i64 < y  =>  (< (as x i64) y)
            a as f64 * b  =>  (* (as a f64) b)
            a + b << c - d  =>  (<< (+ a b) (- c d))
            a & b == c  =>  (== (& a b) c)
            a | b ^ c & d  =>  (| a (^ b (& c d)))
            a || b && c || d  =>  (|| (|| a (&& b c)) d)
            a == b && c != d  =>  (&& (== a b) (!= c d))
            a = b = c  =>  (= a (= b c))
            a += b || c  =>  (+= a (|| b c))
            x = y as f64 + 1.0  =>  (= x (+ (as y f64) 1.0))
            - -x  =>  (- (- x))
            !!x  =>  (! (! x))
            --x  =>  (- (- x))
            -xs[0]  =>  (- (index xs 0))
            return a = b  =>  (return (= a b))
            a || return  =>  (|| a (return))
            a && break 'l x + 1  =>  (&& a (break 'l (+ x 1)))
            return -1  =>  (return (- 1))
            f(a)(b)[c].d(e)  =>  (.d (index (call (call f a) b) c) e)"#]],
    );
}

#[test]
fn literals_have_their_values() {
    check(
        &[
            "1_000",
            "0xff",
            "0xFF_FF",
            "0b1010",
            "0o17",
            "007",
            "9223372036854775808",
            "1.5",
            "1e9",
            "2.5e-3",
            "1_0.2_5e1_0",
            "1E+3",
            "1.max(2)",
            "\"a\\n\\t\\r\\0\\\"\\\\\\'\\u{1F600}\\u{4_1}\"",
            "'c'",
            "'\\''",
            "'\\u{e9}'",
            "'ß'",
            "'\"'",
            "\"a\\\n    b\"",
            "\"two\r\nlines\"",
            "true",
            "()",
            "\"\"",
            "\"ß → 😀\"",
        ],
        &expect![[r#"
            1_000  =>  1000
            0xff  =>  255
            0xFF_FF  =>  65535
            0b1010  =>  10
            0o17  =>  15
            007  =>  7
            9223372036854775808  =>  9223372036854775808
            1.5  =>  1.5
            1e9  =>  1000000000.0
            2.5e-3  =>  0.0025
            1_0.2_5e1_0  =>  102500000000.0
            1E+3  =>  1000.0
            1.max(2)  =>  (.max 1 2)
            "a\n\t\r\0\"\\\'\u{1F600}\u{4_1}"  =>  "a\n\t\r\0\"\\'😀A"
            'c'  =>  "c"
            '\''  =>  "'"
            '\u{e9}'  =>  "é"
            'ß'  =>  "ß"
            '"'  =>  "\""
            "a\⏎    b"  =>  "ab"
            "two␍⏎lines"  =>  "two\nlines"
            true  =>  true
            ()  =>  ()
            ""  =>  ""
            "ß → 😀"  =>  "ß → 😀""#]],
    );
}

#[test]
fn postfix_and_blocks() {
    check(
        &[
            "xs[1..2]",
            "xs[1..]",
            "xs[..2]",
            "xs[..=2]",
            "xs[..]",
            "xs[a + 1..b * 2]",
            "xs[i][j]",
            "[1, 2, 3,]",
            "[0; n]",
            "[]",
            "[[1], []]",
            "geo::area(x)",
            "geo :: area(x)",
            "std::f64::consts::PI",
            "if a { 1 } else if b { 2 } else { 3 }",
            "if a { 1 } else { 2 } + 3",
            "{ 1 } + 2",
            "{ let x = 1; x }",
            "if { a } { b }",
            "loop { break 1; }",
            "'a: while x < 3 { continue 'a; }",
            "match_ + fn_",
        ],
        &expect![[r#"
            xs[1..2]  =>  (slice xs 1..2)
            xs[1..]  =>  (slice xs 1.._)
            xs[..2]  =>  (slice xs _..2)
            xs[..=2]  =>  (slice xs _..=2)
            xs[..]  =>  (slice xs _.._)
            xs[a + 1..b * 2]  =>  (slice xs (+ a 1)..(* b 2))
            xs[i][j]  =>  (index (index xs i) j)
            [1, 2, 3,]  =>  (list 1 2 3)
            [0; n]  =>  (repeat 0 n)
            []  =>  (list)
            [[1], []]  =>  (list (list 1) (list))
            geo::area(x)  =>  (call geo::area x)
            geo :: area(x)  =>  (call geo::area x)
            std::f64::consts::PI  =>  std::f64::consts::PI
            if a { 1 } else if b { 2 } else { 3 }  =>  (if a {
              1} (if b {
              2} {
              3}))
            if a { 1 } else { 2 } + 3  =>  (+ (if a {
              1} {
              2}) 3)
            { 1 } + 2  =>  (+ {
              1} 2)
            { let x = 1; x }  =>  {
              let x = 1
              x}
            if { a } { b }  =>  (if {
              a} {
              b})
            loop { break 1; }  =>  (loop {
              (break 1);})
            'a: while x < 3 { continue 'a; }  =>  (while 'a (< x 3) {
              (continue 'a);})
            match_ + fn_  =>  (+ match_ fn_)"#]],
    );
}

#[test]
fn for_heads_are_understood() {
    check(
        &[
            "for i in 0..n {}",
            "for i in 0..=n {}",
            "for _ in (0..n).rev() {}",
            "for i in ((a + 1)..b).step_by(2).rev() {}",
            "for i in (0..n).rev().step_by(k + 1) {}",
            "for mut x in xs {}",
            "for x in xs.clone().rev() {}",
            "for x in [1, 2] {}",
            "'o: for x in f(y) { break 'o }",
            "for i in 0..xs.len() {}",
        ],
        &expect![[r#"
            for i in 0..n {}  =>  (for i 0..n {})
            for i in 0..=n {}  =>  (for i 0..=n {})
            for _ in (0..n).rev() {}  =>  (for _ 0..n.rev {})
            for i in ((a + 1)..b).step_by(2).rev() {}  =>  (for i (.rev (.step_by (paren (paren (+ a 1))..b) 2)) {})
            for i in (0..n).rev().step_by(k + 1) {}  =>  (for i 0..n.rev.step_by (+ k 1) {})
            for mut x in xs {}  =>  (for mut x xs {})
            for x in xs.clone().rev() {}  =>  (for x (.rev (.clone xs)) {})
            for x in [1, 2] {}  =>  (for x (list 1 2) {})
            'o: for x in f(y) { break 'o }  =>  (for 'o x (call f y) {
              (break 'o)})
            for i in 0..xs.len() {}  =>  (for i 0..(.len xs) {})"#]],
    );
}

#[test]
fn statements_end_as_in_rust() {
    let source = "fn f() {
    if a { 1 } else { 2 }
    -3;
    while a {}
    [1][0];
    {}
    (x);
    if a { x } else { y }.g() + 1;
    loop {} ;
    ;;
    let a: [i64] = [];
    let mut _b = -1;
    x[0] += 1;
    if a { return }
    if a { b } else { c }
}";
    expect![[r#"
        fn f() -> nothing {
          (if a {
            1} {
            2})
          (- 3);
          (while a {})
          (index (list 1) 0);
          {}
          (paren x);
          (+ (.g (if a {
            x} {
            y})) 1);
          (loop {});
          let a: [i64] = (list)
          let mut _b = (- 1)
          (+= (index x 0) 1);
          (if a {
            (return)})
          (if a {
            b} {
            c})}
    "#]]
    .assert_eq(&tree(source));
}

#[test]
fn items_keep_everything() {
    let source = "\u{feff}// header

/// One.
/// Two.
#[example(f(1, [2]) == 3)]
// why
#[example(true)]
#[uses(clock, fs::read)]
pub fn f(a: i64, mut b: [[f64]]) -> () {} // after
fn g() {} fn h(_: str,) -> bool { true }
/* before */ const N: i64 = 1 << 4;
use geo::area;
use geo::f64::consts::PI as pi;
// rest
";
    expect![[r#"
        /// One.
        /// Two.
        #example (== (call f 1 (list 2)) 3)
        #example true
        #uses clock
        #uses fs::read
        pub fn f(a: i64, mut b: [[f64]]) -> () {}
        fn g() -> nothing {}
        fn h(_: str) -> bool {
          true}
        const N: i64 = (<< 1 4)
        use geo::area as area
        use geo::f64::consts::PI as pi
    "#]]
    .assert_eq(&tree(source));
    let (tree, _) = nda_syntax::parse(source);
    let sources: Vec<&str> = tree.items.iter().map(|item| item.source.text(source)).collect();
    expect![[r#"
        [
            "// header\n\n/// One.\n/// Two.\n#[example(f(1, [2]) == 3)]\n// why\n#[example(true)]\n#[uses(clock, fs::read)]\npub fn f(a: i64, mut b: [[f64]]) -> () {} // after",
            "fn g() {}",
            "fn h(_: str,) -> bool { true }",
            "/* before */ const N: i64 = 1 << 4;",
            "use geo::area;",
            "use geo::f64::consts::PI as pi;",
        ]
    "#]].assert_debug_eq(&sources);
    assert_eq!(tree.rest.text(source).trim(), "// rest");
    let spans: Vec<&str> =
        tree.items.iter().map(|item| item.span.text(source).lines().next().unwrap()).collect();
    expect![[r#"
        [
            "/// One.",
            "fn g() {}",
            "fn h(_: str,) -> bool { true }",
            "const N: i64 = 1 << 4;",
            "use geo::area;",
            "use geo::f64::consts::PI as pi;",
        ]
    "#]]
    .assert_debug_eq(&spans);
}

#[test]
fn names_are_interned_once() {
    let source = "fn abcdefgh(abcdefghi: i64) { abcdefgh(abcdefghi) + a::b + a :: b }";
    let (tree, _) = nda_syntax::parse(source);
    let names: Vec<&str> = ["abcdefgh", "abcdefghi", "i64", "a::b", "missing"]
        .into_iter()
        .filter_map(|name| tree.find_symbol(name, source))
        .map(|symbol| tree.name(symbol, source))
        .collect();
    assert_eq!(names, ["abcdefgh", "abcdefghi", "i64", "a::b"]);
    assert_eq!(tree.symbol_count(), 6, "the four, and the segments `a` and `b`");
}

#[test]
fn a_tree_can_be_used_again() {
    let (first, second) = ("fn f(x: i64) -> i64 { x + 1 }", "const LONG_CONSTANT_NAME: str = \"a\\n\";");
    let mut reused = nda_syntax::Tree::default();
    for source in [first, second, first, second] {
        let mut problems = Vec::new();
        nda_syntax::parse_into(&mut reused, source, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(nda_syntax::dump::dump(&reused, source), tree(source));
        assert!(reused.find_symbol("nonsense", source).is_none());
    }
    assert!(reused.find_symbol("f", second).is_none());
}

#[test]
fn places_are_exact() {
    use nda_syntax::tree::{ExprKind, ItemKind};
    let source = "fn f() { xs.push(a << 2); 'out: loop { break 'out 1; } }";
    let (tree, problems) = nda_syntax::parse(source);
    assert_eq!(problems, []);
    let mut seen = Vec::new();
    for expr in &tree.exprs[1..] {
        match expr.kind {
            ExprKind::MethodCall { method, args, .. } => {
                seen.push(tree.method_span(method, args).text(source))
            }
            ExprKind::Binary { op, op_at, .. } => seen.push(op.span_at(op_at).text(source)),
            ExprKind::Break { label: Some(label), label_at, .. } => {
                seen.push(tree.label_span(label, label_at).text(source));
            }
            ExprKind::Loop { label: Some(label), .. } => {
                seen.push(tree.label_span(label, expr.span.start).text(source));
            }
            _ => {}
        }
    }
    assert_eq!(seen, ["<<", "push", "'out", "'out"]);
    let ItemKind::Fn { body, .. } = tree.items[0].kind else { panic!("a function") };
    let stmts: Vec<&str> = tree.stmts_of(body).iter().map(|stmt| stmt.span.text(source)).collect();
    assert_eq!(stmts, ["xs.push(a << 2);"]);
    assert_eq!(tree.span(tree.block(body).tail.unwrap()).text(source), "'out: loop { break 'out 1; }");
}

#[test]
fn a_semicolon_in_a_list_makes_no_head_of_c() {
    for source in ["fn f() { for (a, b)in[[1; 2]; 3] {} }", "fn f() { for (a, b)\nin [x; 3] {} }"] {
        assert_eq!(nda_syntax::parse(source).1, [], "{source}");
    }
    assert_eq!(nda_syntax::parse("fn f() { for (i = 0; i < 3; i += 1) {} }").1.len(), 1);
}

#[test]
fn patterns_mean_what_they_mean_in_rust() {
    check(
        &[
            "match x { _ => 1, a => 2, mut b => 3, c @ 1..=9 => 4, mut d @ Some(_) => 5 }",
            "match x { 1 => (), -1 => (), 2.5 => (), \"s\" => (), 'c' => (), true => () }",
            "match x { 1..5 => (), 1..=5 => (), 1.. => (), ..5 => (), ..=-5 => (), MIN..=a::MAX => () }",
            "match x { E::A => (), geo :: E :: A => (), Self::A => (), Some(x) => (), E::B(a, (b, _), ..) => () }",
            "match x { P { x, y: 1, mut z, .. } => (), P {} => (), P { .. } => (), E::C { a: Some(b) } => () }",
            "match x { () => 1, (a) => 2, (a,) => 3, (a, ..) => 4, (..) => 5, (.., 1 | 2) => 6 }",
            "match x { [] => 1, [a] => 2, [_, .., b,] => 3, [| 1 | 2, mut c @ .., [x @ ..] | [5..]] => 4 }",
            "match x { | A | B => 1, Some(1 | 2) | None => 2, a @ (1 | 2) => 3 }",
            "match x { A if y > 1 => { 1 } B => if y { 1 } else { 2 } C => 3, }",
            "match x { A => { 1 }.f(), B => y = 2, C => return, D => loop {} E => match y {}, }",
            "match (P { x: 1 }) {}",
        ],
        &expect![[r#"
            match x { _ => 1, a => 2, mut b => 3, c @ 1..=9 => 4, mut d @ Some(_) => 5 }  =>  (match x
              _ => 1
              a => 2
              mut b => 3
              c@1..=9 => 4
              mut d@(Some _) => 5)
            match x { 1 => (), -1 => (), 2.5 => (), "s" => (), 'c' => (), true => () }  =>  (match x
              1 => ()
              (- 1) => ()
              2.5 => ()
              "s" => ()
              "c" => ()
              true => ())
            match x { 1..5 => (), 1..=5 => (), 1.. => (), ..5 => (), ..=-5 => (), MIN..=a::MAX => () }  =>  (match x
              1..5 => ()
              1..=5 => ()
              1.._ => ()
              _..5 => ()
              _..=(- 5) => ()
              MIN..=a::MAX => ())
            match x { E::A => (), geo :: E :: A => (), Self::A => (), Some(x) => (), E::B(a, (b, _), ..) => () }  =>  (match x
              E::A => ()
              geo::E::A => ()
              Self::A => ()
              (Some x) => ()
              (E::B a (tuple b _) ..) => ())
            match x { P { x, y: 1, mut z, .. } => (), P {} => (), P { .. } => (), E::C { a: Some(b) } => () }  =>  (match x
              {P x=x y: 1 z=mut z ..} => ()
              {P} => ()
              {P ..} => ()
              {E::C a: (Some b)} => ())
            match x { () => 1, (a) => 2, (a,) => 3, (a, ..) => 4, (..) => 5, (.., 1 | 2) => 6 }  =>  (match x
              (tuple) => 1
              (paren a) => 2
              (tuple a) => 3
              (tuple a ..) => 4
              (tuple ..) => 5
              (tuple .. (| 1 2)) => 6)
            match x { [] => 1, [a] => 2, [_, .., b,] => 3, [| 1 | 2, mut c @ .., [x @ ..] | [5..]] => 4 }  =>  (match x
              (list) => 1
              (list a) => 2
              (list _ .. b) => 3
              (list (| 1 2) mut c@.. (| (list x@..) (list 5.._))) => 4)
            match x { | A | B => 1, Some(1 | 2) | None => 2, a @ (1 | 2) => 3 }  =>  (match x
              (| A B) => 1
              (| (Some (| 1 2)) None) => 2
              a@(paren (| 1 2)) => 3)
            match x { A if y > 1 => { 1 } B => if y { 1 } else { 2 } C => 3, }  =>  (match x
              A if (> y 1) => {
                1}
              B => (if y {
                1} {
                2})
              C => 3)
            match x { A => { 1 }.f(), B => y = 2, C => return, D => loop {} E => match y {}, }  =>  (match x
              A => (.f {
                1})
              B => (= y 2)
              C => (return)
              D => (loop {})
              E => (match y))
            match (P { x: 1 }) {}  =>  (match (paren (struct P x: 1)))"#]],
    );
}

#[test]
fn conditions_take_values_apart() {
    check(
        &[
            "if let Some(x) = f() && x > 1 && let 1..=2 | 5 = x {}",
            "if a || b && c {}",
            "while let None = x {}",
            "if let P { x, .. } = p == q {}",
            "if x == (P { y: 1 }) {}",
            "matches!(x, Some(1..) | None if y)",
            "matches! ( f(a, b) , _ , )",
            "for (i, (a, _)) in xs {}",
            "for P { x, y } in xs {}",
            "'a: { break 'a 1 }",
        ],
        &expect![[r#"
            if let Some(x) = f() && x > 1 && let 1..=2 | 5 = x {}  =>  (if (&& (&& (let (Some x) (call f)) (> x 1)) (let (| 1..=2 5) x)) {})
            if a || b && c {}  =>  (if (|| a (&& b c)) {})
            while let None = x {}  =>  (while (let None x) {})
            if let P { x, .. } = p == q {}  =>  (if (let {P x=x ..} (== p q)) {})
            if x == (P { y: 1 }) {}  =>  (if (== x (paren (struct P y: 1))) {})
            matches!(x, Some(1..) | None if y)  =>  (matches x (| (Some 1.._) None) y)
            matches! ( f(a, b) , _ , )  =>  (matches (call f a b) _)
            for (i, (a, _)) in xs {}  =>  (for (tuple i (tuple a _)) xs {})
            for P { x, y } in xs {}  =>  (for {P x=x y=y} xs {})
            'a: { break 'a 1 }  =>  (block 'a {
              (break 'a 1)})"#]],
    );
}

#[test]
fn values_with_parts() {
    check(
        &[
            "(a,)",
            "(a, b, c,)",
            "((1, 2), ())",
            "t.0",
            "t.0.1",
            "t.0.1.2.x.3",
            "t.0.f().1",
            "-t.0 + 1",
            "p.x.y[0].z",
            "p.x = 1",
            "P { x: 1, y, ..f() }",
            "P {}",
            "a::E::C { x: P { y: 1 } }",
            "Self { x: self.x }",
            "f()?.x?",
            "-f()?",
            "a? + b?",
            "f::<i64>(1)",
            "Map::<str, [i64]>::new()",
            "a :: b :: < _ > :: c",
            "xs.collect::<Map<str, (i64,)>>().len()",
            "x as i64 < y",
        ],
        &expect![[r#"
            (a,)  =>  (tuple a)
            (a, b, c,)  =>  (tuple a b c)
            ((1, 2), ())  =>  (tuple (tuple 1 2) ())
            t.0  =>  (field 0 t)
            t.0.1  =>  (field 1 (field 0 t))
            t.0.1.2.x.3  =>  (field 3 (field x (field 2 (field 1 (field 0 t)))))
            t.0.f().1  =>  (field 1 (.f (field 0 t)))
            -t.0 + 1  =>  (+ (- (field 0 t)) 1)
            p.x.y[0].z  =>  (field z (index (field y (field x p)) 0))
            p.x = 1  =>  (= (field x p) 1)
            P { x: 1, y, ..f() }  =>  (struct P x: 1 y=y ..(call f))
            P {}  =>  (struct P)
            a::E::C { x: P { y: 1 } }  =>  (struct a::E::C x: (struct P y: 1))
            Self { x: self.x }  =>  (struct Self x: (field x self))
            f()?.x?  =>  (? (field x (? (call f))))
            -f()?  =>  (- (? (call f)))
            a? + b?  =>  (+ (? a) (? b))
            f::<i64>(1)  =>  (call f::<i64> 1)
            Map::<str, [i64]>::new()  =>  (call Map::<str, [i64]>::new)
            a :: b :: < _ > :: c  =>  a::b::<_>::c
            xs.collect::<Map<str, (i64,)>>().len()  =>  (.len (.collect::<Map<str, (i64,)>> xs))
            x as i64 < y  =>  (< (as x i64) y)"#]],
    );
}

#[test]
fn types_and_items_with_parts() {
    let source = "
/// Doc.
#[derive(Debug, Clone)]
pub struct P<T, U: Ord + a::B> where T: Display, T: Ord + X, { x: T, pub y: Option<Map<str, (U, [Self])>> }
struct Q(pub i64, (f64,), (bool));
struct R;
enum E<T> { A, B(i64, T), C { x: () }, D {}, }
impl<T: Ord> P<T, _> {
    /// One.
    #[example(true)]
    pub fn new(x: T) -> Self { x }
    // why
    fn a(self, y: i64) {} fn b(&self) {} // after
    fn c(&mut self) {}
    fn d(mut self: Self,) {}
}
fn first<T: Ord>(xs: [T]) -> Option<T> where T: Display { let (a, b): (i64, _) = x; let Some(c) = y else { return None }; let d = y else { loop {} }; }
";
    expect![[r#"
        /// Doc.
        #derive Debug
        #derive Clone
        pub struct P<T U, U: Ord, U: a::B, T where Display, T where Ord, T where X> {x: T, pub y: Option<Map<str, (U, [Self],)>>}
        struct Q(pub i64, (f64,), bool)
        struct R
        enum E<T> {
          A
          B(i64, T)
          C {x: ()}
          D {}}
        impl<T, T: Ord> P<T, _> {
        /// One.
        #example true
        pub fn new(x: T) -> Self {
          x}
        fn a(self: Self, y: i64) -> nothing {}
        fn b(&self: Self) -> nothing {}
        fn c(mut &mut self: Self) -> nothing {}
        fn d(mut self: Self) -> nothing {}
        }
        fn first<T, T: Ord, T where Display>(xs: [T]) -> Option<T> {
          let (tuple a b): (i64, _,) = x
          let (Some c) = y else {
            (return None)}
          let d = y else {
            (loop {})}}
    "#]].assert_eq(&tree(source));
    let (tree, _) = nda_syntax::parse(source);
    let members = tree.items.iter().filter(|item| item.owner.is_some());
    let members: Vec<&str> = members.map(|item| item.source.text(source)).collect();
    expect![[r#"
        [
            "/// One.\n    #[example(true)]\n    pub fn new(x: T) -> Self { x }",
            "// why\n    fn a(self, y: i64) {}",
            "fn b(&self) {} // after",
            "fn c(&mut self) {}",
            "fn d(mut self: Self,) {}",
        ]
    "#]]
    .assert_debug_eq(&members);
    let fields: Vec<&str> = tree.fields.iter().map(|field| field.span.text(source)).collect();
    expect![[r#"
        [
            "x: T",
            "pub y: Option<Map<str, (U, [Self])>>",
            "pub i64",
            "(f64,)",
            "(bool)",
            "i64",
            "T",
            "x: ()",
        ]
    "#]]
    .assert_debug_eq(&fields);
    let bounds: Vec<&str> = tree.bounds.iter().map(|bound| bound.name.span.text(source)).collect();
    assert_eq!(bounds, ["Ord", "a::B", "Display", "Ord", "X", "Ord", "Ord", "Display"]);
}

#[test]
fn places_of_parts_are_exact() {
    use nda_syntax::tree::ExprKind;
    let source = "fn f() { a.bc.0.12 + x.collect::<[i64]>().d }";
    let (tree, problems) = nda_syntax::parse(source);
    assert_eq!(problems, []);
    let is_field = |kind| matches!(kind, ExprKind::Field { .. } | ExprKind::TupleField { .. });
    let fields = tree.exprs.iter().filter(|expr| is_field(expr.kind));
    let seen: Vec<&str> = fields.map(|expr| expr.span.text(source)).collect();
    assert_eq!(seen, ["a.bc", "a.bc.0", "a.bc.0.12", "x.collect::<[i64]>().d"]);
}
