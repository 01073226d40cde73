//! Maps: what they hold and show, and how they change.

use crate::{codes, run};

/// What the body of `main` prints or traps with, lines joined.
fn body(body: &str) -> String {
    let items = "struct S { counts: Map<str, i64>, n: i64 } enum Color { Red, Green }
        fn say(k: str) -> str { print(k); k }";
    run(&format!("{items} fn main() {{ {body} }}")).trim_end().replace('\n', " | ")
}

const TEXTS: &str = "let mut m = Map::new(); m[3] = \"c\"; m[1] = \"a\";";

#[test]
fn what_maps_hold() {
    for (source, output) in [
        ("print(m); print(m.len()); print(m.is_empty());", "{1: \"a\", 3: \"c\"} | 2 | false"),
        ("print(m.keys()); print(m.values());", "[1, 3] | [\"a\", \"c\"]"),
        ("print(m.get(3)); print(m.get(2)); print(m[1]);", "Some(\"c\") | None | a"),
        ("print(m.get_or(3, \"-\") + m.get_or(2, \"-\")); print(m.contains_key(1));", "c- | true"),
        (
            "print(m.insert(2, \"b\")); print(m.insert(3, \"d\")); print(m);",
            "None | Some(\"c\") | {1: \"a\", 2: \"b\", 3: \"d\"}",
        ),
        ("print(m.remove(1)); print(m.remove(1)); print(m);", "Some(\"a\") | None | {3: \"c\"}"),
        ("m.remove(1); m.remove(9); m.insert(0, \"z\"); print(m);", "{0: \"z\", 3: \"c\"}"),
        ("let n = m; m[1] += \"!\"; print(n[1]); print(m[1]);", "a | a!"),
        ("m.clear(); print(m); print(m == Map::new());", "{} | true"),
        (
            "print(m == Map::from([(3, \"c\"), (1, \"a\")])); print(m == Map::from([(3, \"c\")]));",
            "true | false",
        ),
        ("for (k, v) in m { print(v); m.remove(k); } print(m);", "a | c | {}"),
        ("for (k, _) in m { if k == 1 { continue; } print(k); break; }", "3"),
        ("for pair in m { print(pair); }", "(1, \"a\") | (3, \"c\")"),
        (
            "print(m.to_string() + format(\"{:?}\", Some(m)));",
            "{1: \"a\", 3: \"c\"}Some({1: \"a\", 3: \"c\"})",
        ),
        ("while let Some(x) = m.remove(3) { print(x); } print(m);", "c | {1: \"a\"}"),
        ("if let Some(x) = m.get(1) && x == \"a\" { print(x); }", "a"),
        (
            "print(m.get(9).unwrap_or(\"none\")); let Some(x) = m.remove(1) else { return; }; print(x);",
            "none | a",
        ),
    ] {
        assert_eq!(body(&format!("{TEXTS} {source}")), output, "{source}");
    }
}

#[test]
fn places_in_maps() {
    for (source, output) in [
        (
            "let mut m = Map::new(); for w in [\"b\", \"a\", \"b\"] { m.entry(w).or_insert(0) += 1; } print(m);",
            "{\"a\": 1, \"b\": 2}",
        ),
        (
            "let mut m: Map<bool, [i64]> = Map::new(); m.entry(true).or_insert([]).push(1); m.entry(true).or_default().push(2); print(m);",
            "{true: [1, 2]}",
        ),
        (
            "let mut m = Map::from([((1, 2), [\"a\"])]); m[(1, 2)][0] = \"q\"; m[(1, 2)].push(\"r\"); print(m[(1, 2)].len()); print(m);",
            "2 | {(1, 2): [\"q\", \"r\"]}",
        ),
        (
            "let mut s = S { counts: Map::from([(\"x\", 2)]), n: 1 }; s.counts[\"x\"] += 40; s.counts[\"z\"] = s.n; print(s);",
            "S { counts: {\"x\": 42, \"z\": 1}, n: 1 }",
        ),
        ("let mut m: Map<str, Map<str, i64>> = Map::new(); m.entry(\"a\").or_default2();", "E0106"),
        (
            "let mut m: Map<str, Map<str, i64>> = Map::new(); m.entry(\"a\").or_insert(Map::new()).insert(\"b\", 1); m[\"a\"][\"c\"] = 2; m[\"a\"].entry(\"c\").or_insert(0) += 5; print(m); print(m[\"a\"][\"c\"]);",
            "{\"a\": {\"b\": 1, \"c\": 7}} | 7",
        ),
        (
            "let mut m = Map::new(); m[say(\"k\")] = say(\"v\"); m[say(\"k\")] += say(\"w\"); print(m);",
            "v | k | w | k | {\"k\": \"vw\"}",
        ),
        (
            "let mut m = Map::from([(\"k\", [3, 1])]); m[\"k\"].sort(); print(m[\"k\"].pop()); print(m);",
            "Some(3) | {\"k\": [1]}",
        ),
        (
            "let mut xs = [Map::from([(1, Some(2))])]; print(xs[0][1].take()); print(xs);",
            "Some(2) | [{1: None}]",
        ),
        (
            "let mut m = Map::new(); m.insert(say(\"k\"), m.len()); print(m.insert(\"k\", m.len())); print(m);",
            "k | Some(0) | {\"k\": 1}",
        ),
        ("print(Map::from([(Color::Green, 1), (Color::Red, 2)]));", "{Red: 2, Green: 1}"),
    ] {
        if output.starts_with('E') {
            let items = "fn main() {";
            assert_eq!(codes(&format!("{items} {source} }}")), ["E0106"], "{source}");
        } else {
            assert_eq!(body(source), output, "{source}");
        }
    }
    assert!(body("let m = Map::from([(1, 2)]); print(m[3]);").contains("IndexOutOfBounds"));
}

#[test]
fn what_is_wrong_with_maps() {
    for (source, code) in [
        ("fn f() { let m = Map::new(); print(m.len()); }", "E0205"),
        ("fn f(m: Map<f64, i64>) -> i64 { m.len() }", "E0221"),
        ("fn f(m: Map<[i64], i64>) -> i64 { m.len() }", "E0221"),
        ("fn f() { let mut m = Map::new(); m[1.5] = 1; print(m); }", "E0221"),
        ("fn f(m: Map<i64, i64>) -> i64 { m[\"a\"] }", "E0201"),
        ("fn f(m: Map<i64, i64>) { m.insert(1, 2); }", "E0301"),
        ("fn f(m: Map<i64, i64>) { m[1] = 2; }", "E0301"),
        ("fn f(m: Map<i64, i64>) -> [i64] { m.0 }", "E0113"),
        ("fn f(m: Map<i64, i64>) { for x in m.map(|x| x) { print(x); } }", "E0104"),
        ("fn f(m: Map<i64, i64>) -> bool { m < m }", "E0203"),
        ("fn f() -> i64 { HashMap::from([(1, 2)]).len() }", "E0015"),
        ("fn f(m: Map<i64, i64>) { print(m.entry(1)); }", "E0106"),
    ] {
        assert!(codes(source).contains(&code), "{source}: {:?}", codes(source));
    }
}
