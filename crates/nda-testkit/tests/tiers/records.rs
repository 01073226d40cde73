//! Tuples, structs and enums on both tiers: made, matched, changed in place, compared, shown, and nested deeply.

use nda_graph::{Limits, Outcome};
use nda_testkit::oracle;

/// Both tiers agree on `main` under every cut; how it ended.
fn agree(source: &str) -> Outcome {
    agree_under(source, &oracle::LIMITS)
}

fn agree_under(source: &str, limits: &Limits) -> Outcome {
    match oracle::compare_under(source, 7, limits) {
        Ok(agreement) => agreement.main.expect("the program has a `main`"),
        Err(difference) => panic!("{difference}\n{source}"),
    }
}

/// What a program that ends well prints, and its value.
fn shown(source: &str) -> (String, String) {
    let outcome = agree(source);
    (outcome.output, outcome.result.expect("it ends well").to_string())
}

#[test]
fn a_tree_is_built_folded_and_shared() {
    let source = "
enum Tree { Leaf, Node(Tree, i64, Tree) }
fn build(n: i64) -> Tree {
    if n == 0 { Tree::Leaf } else { Tree::Node(build(n - 1), n, build(n - 1)) }
}
fn sum(t: Tree) -> i64 {
    match t { Tree::Leaf => 0, Tree::Node(a, v, b) => sum(a) + v + sum(b) }
}
fn main() -> i64 {
    let t = build(4);
    let twice = Tree::Node(t, 1, t);
    print(build(1));
    print(t == build(4));
    sum(twice) + sum(t)
}";
    let (output, value) = shown(source);
    assert_eq!((&*output, &*value), ("Node(Leaf, 1, Leaf)\ntrue\n", "79"));
}

#[test]
fn fields_change_in_place_and_on_copies() {
    let source = "
struct Inner { items: [i64], name: str, flag: bool }
struct Outer { count: i64, inner: Inner, scale: f64, pair: (i64, str) }
fn main() -> Outer {
    let mut a = Outer {
        count: 1, inner: Inner { items: [1, 2], name: \"n\", flag: true }, scale: 0.5, pair: (3, \"p\")
    };
    let b = a;
    a.count += 4;
    a.scale *= 3.0;
    a.inner.items.push(3);
    a.inner.items[0] = 9;
    a.inner.name += \"ame\";
    a.inner.flag &= false;
    a.pair.0 -= 1;
    a.pair.1 = \"q\";
    let mut all = [a, b, a];
    all[1].inner.items.extend([7, 8]);
    all[2].pair.1 += \"!\";
    all[2].inner.flag = true;
    print(a);
    print(b);
    print(all);
    print(a == b);
    print(a.count * 2 + a.pair.0 * a.count);
    print(a.scale * b.scale + a.scale * a.scale);
    all[2]
}";
    let outcome = agree(source);
    assert!(
        outcome.output.contains("Inner { items: [9, 2, 3], name: \"name\", flag: false }"),
        "{}",
        outcome.output
    );
    assert!(outcome.result.is_ok());
}

#[test]
fn lists_of_records_sort_and_compare() {
    let source = "
enum Color { Red, Green, Blue }
enum Shape { Dot, Circle(f64), Box { w: i64, h: i64 }, Word(str), Many([i64]) }
struct P { c: Color, n: i64, s: str }
fn main() -> [P] {
    let mut ps = [
        P { c: Color::Blue, n: 2, s: \"b\" }, P { c: Color::Red, n: 9, s: \"zz\" },
        P { c: Color::Blue, n: 2, s: \"a\" }, P { c: Color::Blue, n: 2, s: \"a\" }
    ];
    ps.sort();
    print(ps);
    ps.dedup();
    print(ps.len());
    print(ps.contains(P { c: Color::Red, n: 9, s: \"zz\" }));
    print(Color::Green != Color::Blue);
    let mut colors = [Color::Blue, Color::Red];
    colors.sort();
    print(colors);
    let shapes = [Shape::Dot, Shape::Circle(1.5), Shape::Box { w: 1, h: 2 }, Shape::Word(\"x\"), Shape::Many([1])];
    let mut total = 0;
    for shape in shapes {
        total += match shape {
            Shape::Dot => 1,
            Shape::Circle(r) if r > 1.0 => 10,
            Shape::Circle(_) => 20,
            Shape::Box { w, h } => w * h * 100,
            Shape::Word(s) => s.len() * 1000,
            Shape::Many(xs) => xs[0] * 10000,
        };
    }
    print(total);
    print(shapes);
    let dots = [Shape::Dot; 3];
    print(dots.contains(Shape::Dot));
    let mut sorted = [(2, \"b\"), (1, \"c\"), (1, \"a\")];
    sorted.sort();
    print(sorted);
    print((1,));
    ps
}";
    let outcome = agree(source);
    assert!(outcome.output.contains("11211\n"), "{}", outcome.output);
    assert!(outcome.output.contains("[(1, \"a\"), (1, \"c\"), (2, \"b\")]\n(1,)\n"), "{}", outcome.output);
}

#[test]
fn options_and_small_functions() {
    let source = "
struct V { x: f64, y: f64 }
const ORIGIN: V = V { x: 0.0, y: 1.0 };
fn dot(a: V, b: V) -> f64 { a.x * b.x + a.y * b.y }
fn half(n: i64) -> Option<i64> { if n % 2 == 0 { Some(n / 2) } else { None } }
fn main() -> (f64, i64) {
    let mut sum = 0.0;
    let mut at = ORIGIN;
    let mut halves = 0;
    for i in 0..20 {
        at.x += 1.5;
        sum += dot(at, ORIGIN);
        if let Some(h) = half(i) { halves += h; }
    }
    print(at);
    print(half(3));
    print([half(4), half(5)]);
    (sum, halves)
}";
    let (output, value) = shown(source);
    assert_eq!(output, "V { x: 30.0, y: 1.0 }\nNone\n[Some(2), None]\n");
    assert_eq!(value, "(20.0, 45)");
}

/// A linked list that is built, walked and dropped in a loop, `length` long.
fn linked(length: i64, end: &str) -> String {
    format!(
        "
enum L {{ End, Cons(i64, L) }}
fn main() -> i64 {{
    let mut l = L::End;
    for i in 0..{length} {{ l = L::Cons(i, l); }}
    {end}
}}"
    )
}

#[test]
fn a_long_linked_list_needs_no_native_stack() {
    let limits = Limits { fuel: 100_000_000, memory_bytes: 1 << 28, depth: 8, output_bytes: 1 << 10 };
    let dropped = agree_under(&linked(30_000, "1"), &limits);
    assert_eq!(dropped.peak_bytes, 30_000 * 48);
    let other = "let mut m = L::End; for i in 0..10000 { m = L::Cons(i, m); }";
    let compared = linked(10_000, &format!("{other} if l == m {{ 1 }} else {{ 0 }}"));
    assert_eq!(agree_under(&compared, &limits).result.unwrap().to_string(), "1");
    let printed = agree_under(&linked(10_000, "print(l); 0"), &limits);
    assert_eq!(printed.result.unwrap_err().kind.to_string(), "OutputTooLarge");
}

#[test]
fn what_leaves_a_run_is_nested_no_deeper_than_values_may_be() {
    for (length, leaves) in [(999, true), (1_000, true), (1_001, false), (2_000, false)] {
        let source = linked(length, "l").replace("fn main() -> i64", "fn main() -> L");
        let outcome = agree(&source);
        assert_eq!(outcome.result.is_ok(), leaves, "{length}: {:?}", outcome.result.err());
    }
}

#[test]
fn fields_of_elements_are_read_and_changed_inside_of_steps() {
    let source = "
struct Body { name: str, x: f64, v: f64, hits: i64, live: bool }
fn body(name: str, x: f64) -> Body { Body { name: name, x: x, v: 0.5, hits: 3, live: true } }
fn main() -> [Body] {
    let mut all = [body(\"a\", 1.0), body(\"b\", 2.5), body(\"c\", -4.0)];
    let kept = all;
    let mut same = [all[1]; 2];
    let n = all.len();
    let dt = 0.25;
    let mut near = 0;
    for i in 0..n {
        for j in i + 1..n {
            let d = all[i].x - all[j].x;
            let mi = all[i].x * dt;
            all[i].v -= d * dt;
            all[j].v += d * mi;
            all[j].x += dt * all[i].v;
            all[i].hits += all[j].hits;
            all[j].hits -= 1;
            all[i].hits *= 2;
            all[j].x *= 1.5;
            if all[i].x < all[j].x && all[i].live {
                near += all[j].hits * 2 + 1;
            }
            all[j].live = all[i].hits > 20;
            all[i].v = all[i].v + 1.0;
            all[i].name += \"!\";
        }
    }
    let k = 1;
    same[k].hits = 7;
    same[k].x += 1.0 / dt;
    print(near);
    print(same);
    print(kept);
    all
}";
    assert!(agree(source).result.is_ok());
}

#[test]
fn fields_of_elements_trap_where_the_element_is_missing() {
    let start = "
struct P { x: f64, n: i64 }
fn main() -> f64 {
    let mut ps = [P { x: 1.0, n: 1 }, P { x: 2.0, n: i64::MAX }];
    let i = 2;
    let j = 1;
    let a = 3.0;
";
    let places = [
        ("ps[i].x", "IndexOutOfBounds"),
        ("ps[j].x + ps[i].x", "IndexOutOfBounds"),
        ("ps[i].x + ps[j].x", "IndexOutOfBounds"),
        ("ps[i].x += a; a", "IndexOutOfBounds"),
        ("ps[j].x += a * ps[i].x; a", "IndexOutOfBounds"),
        ("ps[i].x = a; a", "IndexOutOfBounds"),
        ("ps[j].n += 1; a", "IntegerOverflow"),
        ("ps[i].n += ps[j].n + 1; a", "IntegerOverflow"),
    ];
    for (rest, trap) in places {
        let outcome = agree(&format!("{start}    {rest}\n}}"));
        assert_eq!(format!("{:?}", outcome.result.unwrap_err().kind), trap, "{rest}");
    }
}

/// What one change finds out of a record holds for the next only as long as nobody else gets a share of it.
#[test]
fn changes_in_a_row_and_shares_between_them() {
    let between = [
        "",
        "kept.push(all);",
        "ones.push(all[i]);",
        "all[j] = all[i];",
        "let one = all[i]; ones.push(one); all[i] = one;",
        "all.push(all[j]);",
        "kept.push(all[0..2]);",
        "if all[i].x > 3 { all[j].x += 1; kept.push(all); } else { all[i].x += 5; }",
        "while all[i].x < 9 { all[i].x += 4; ones.push(all[i]); all[i].x += 1; }",
        "for other in all { all[j].x += other.x; }",
        "all = changed(all);",
        "let mut single = all[i]; single.x += 1; single.n.y += 2; ones.push(single); single.x -= 7; single.n.y *= 3; all[j] = single;",
        "all[i].n.y += 1; ns.push(all[i].n); all[i].n.y += 1; all[j].n = all[i].n; all[i].n.y += 1;",
        "for mut i in 0..2 { all[i].x += 1; i = 1 - i; all[i].x *= 2; }",
        "if all[j].x > 0 && all[i].x > 0 || all[i].n.y > 0 { all[i].n.y += all[j].x; }",
    ];
    for (turn, first) in between.into_iter().enumerate() {
        let seconds = || between.iter().skip(turn % 2).step_by(2);
        let runs: String = (seconds().enumerate())
            .map(|(number, second)| {
                format!(
                    "fn run{number}(start: [P], i: i64, j: i64) -> ([P], [[P]], [P], [N]) {{
    let mut all = start; let mut kept = []; let mut ones = []; let mut ns = [];
    kept.push([start[2]]); ones.push(start[2]); ns.push(start[2].n);
    all[i].x += 1; {first} all[i].x += 2; all[j].n.y += all[i].x; {second} all[j].x += all[i].x; all[i].n.y -= 3; all[i].x *= 2;
    (all, kept, ones, ns)
}}
"
                )
            })
            .collect();
        let calls: String = (0..seconds().count())
            .map(|number| format!("print(run{number}(start, 0, 1)); print(run{number}(start, 1, 1));\n"))
            .collect();
        let source = format!(
            "struct N {{ y: i64 }}
struct P {{ x: i64, n: N }}
fn changed(all: [P]) -> [P] {{ let mut own = all; own[0].x += 1; own[0].x += 1; own }}
{runs}
fn main() -> [P] {{
    let start = [P {{ x: 1, n: N {{ y: 2 }} }}, P {{ x: 3, n: N {{ y: 4 }} }}, P {{ x: 5, n: N {{ y: 6 }} }}];
    {calls} start
}}"
        );
        let (_, value) = shown(&source);
        assert_eq!(
            value,
            "[P { x: 1, n: N { y: 2 } }, P { x: 3, n: N { y: 4 } }, P { x: 5, n: N { y: 6 } }]"
        );
    }
}

#[test]
fn parameters_are_taken_apart_and_modules_hand_on() {
    let source = "
mod shapes {
    pub use inner::{Part, joined, joined as all};
    mod inner {
        pub struct Part { pub name: str, pub at: (i64, [i64]) }
        impl Part {
            pub fn sum(&self, (from, to): (i64, i64)) -> i64 { self.at.1[from..to].sum() + self.at.0 }
        }
        pub fn joined(Part { name, at: (n, mut xs) }: Part, (before, _): (str, bool)) -> Part {
            xs.push(n);
            Part { name: before + name, at: (n + 1, xs) }
        }
    }
}
fn main() -> i64 {
    let part = shapes::Part { name: \"b\", at: (3, [1, 2]) };
    let more = shapes::all(shapes::joined(part, (\"a\", true)), (\"c\", false));
    print(part.at);
    print(more);
    let mut kept = [];
    first((more.sum((0, 2)), (2, \"x\")), (), &mut kept);
    kept[0] + part.sum((1, 2))
}
fn first((a, (b, _)): (i64, (i64, str)), (): (), keep: &mut [i64]) { keep.push(a * b); }
";
    let (output, value) = shown(source);
    let part = "Part { name: \"cab\", at: (5, [1, 2, 3, 4]) }";
    assert_eq!((&*output, &*value), (&*format!("(3, [1, 2])\n{part}\n"), "21"));
}
