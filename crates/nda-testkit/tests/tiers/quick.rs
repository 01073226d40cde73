//! What machine code has done by plain calls, or by itself: maps, parts of text, texts that are compared, and objects that are given up.

use super::text::agrees_under_every_limit;
use nda_testkit::oracle;

fn agrees(source: &str) {
    let whole = agrees_under_every_limit(source);
    assert!(whole.result.is_ok(), "{:?}: {source}", whole.result);
}

fn traps(source: &str, words: &str) {
    let trap = agrees_under_every_limit(source).result.unwrap_err();
    assert_eq!(trap.message, words, "{source}");
}

#[test]
fn words_are_counted() {
    agrees(
        "fn main() -> (Map<str, i64>, Map<str, i64>, i64) {
         let mut counts: Map<str, i64> = Map::new(); let mut before = counts;
         for word in \"b a é b  longer than a head longer_than_another a\".split_whitespace() {
             if counts.len() == 3 { before = counts; }
             counts.entry(word).or_insert(0) += 1; }
         counts.entry(\"\").or_insert(5) += 1;
         let mut sum = 0;
         for (word, n) in counts { sum += word.len() * n; }
         (counts, before, sum) }",
    );
}

#[test]
fn entries_of_every_kind_of_value() {
    agrees(
        "struct Point { x: f64, all: [i64], on: bool }
         enum Side { Left, Right }
         fn main() -> (Map<i64, f64>, Map<bool, bool>, Map<Side, i64>, Map<str, Point>, [Map<i64, i64>]) {
         let mut floats: Map<i64, f64> = Map::new();
         for k in [-9223372036854775807 - 1, 9223372036854775807, 0, -1, 0] { floats.entry(k).or_insert(0.5) *= 1.5; floats[k] += 1.0; }
         let mut flags: Map<bool, bool> = Map::new();
         flags[true] = false; flags[false] = flags[true] || !flags.contains_key(false); flags[true] = true;
         for k in 250..259 { flags[k % 3 == 0] = flags[k % 5 != 1]; }
         let mut sides: Map<Side, i64> = Map::new();
         for k in 0..5 { sides.entry(if k % 3 == 0 { Side::Right } else { Side::Left }).or_insert(k) *= 3; }
         let mut points: Map<str, Point> = Map::new();
         for k in [\"p\", \"q\"] { points[k] = Point { x: 1.0, all: [1], on: k == \"p\" }; }
         let shared = points[\"q\"];
         points[\"q\"].x += 2.0; points[\"q\"].all[0] = 7; points[\"q\"].all.push(8); points[\"p\"].on = shared.on; points[\"p\"].x = shared.x + points[\"q\"].x;
         let mut maps: [Map<i64, i64>] = [Map::new(), Map::new()];
         maps[1][3] = 4; maps[0] = maps[1]; maps[1][3] += 1; maps[0][3] *= 10;
         (floats, flags, sides, points, maps) }",
    );
}

#[test]
fn entries_of_maps_that_others_own() {
    agrees(
        "struct Holder { counts: Map<str, i64>, other: i64 }
         fn main() -> (Holder, Map<str, i64>, [Map<str, i64>]) {
         let mut held = Holder { counts: Map::new(), other: 1 };
         held.counts[\"a\"] = 1; held.counts[\"b\"] = 2;
         let mut kept: [Map<str, i64>] = [];
         for i in 0..3 { kept.push(held.counts); held.counts[\"a\"] += i; held.other += held.counts[\"a\"]; held.counts.entry(\"b\").or_insert(9) -= 1; }
         let mut m = held.counts; let twin = m; m[\"b\"] = 40;
         (held, twin, kept) }",
    );
}

#[test]
fn keys_that_are_not_there() {
    traps(
        "fn main() -> i64 { let mut m: Map<str, i64> = Map::new(); m[\"a\"] = 1; let k = \"b\"; m[k] }",
        "nothing stands under \"b\" in a map of 1",
    );
    traps(
        "fn main() -> i64 { let mut m: Map<i64, i64> = Map::new(); for i in 0..3 { m[i] = i; } m.remove(1); m[0] + m[1] }",
        "nothing stands under 1 in a map of 2",
    );
    traps(
        "fn main() -> i64 { let mut m: Map<i64, i64> = Map::new(); for i in 0..3 { m[i] = 9223372036854775805 + i; } m[2] += 1; m[0] }",
        "the result does not fit in i64",
    );
    agrees(
        "fn main() -> (bool, i64, Option<i64>, Option<str>) { let mut m: Map<i64, i64> = Map::new(); let mut n: Map<str, str> = Map::new();
         let no = m.contains_key(4); n[\"k\"] = \"v\"; (no || n.contains_key(\"\"), m.len(), m.get(-1), n.get(\"k\")) }",
    );
}

#[test]
fn parts_of_texts() {
    agrees(
        "fn main() -> ([str], str) { let text = \"aéb∀ a long enough part so that it has a buffer of its own, and more of it\"; let mut all = [];
         for (from, to) in [(0, 0), (0, 1), (0, 3), (1, 3), (4, 7), (3, 16), (0, text.len())] { all.push(text[from..to]); all.push(text[to..]); }
         let mut own = \"x\"; own += text[0..4]; own += text[0..4][1..3]; (all, own) }",
    );
    for (from, to) in [(2, 3), (0, 2), (1, 5), (3, 1), (-1, 2), (0, 9), (i64::MAX, 1)] {
        let source = format!(
            "fn main() -> str {{ let text = \"aéb∀\"; let mut part = \"\"; for i in 0..2 {{ part += text[{from} * i..{to}]; }} part }}"
        );
        assert!(agrees_under_every_limit(&source).result.is_err(), "{source}");
    }
}

#[test]
fn texts_that_are_the_same_or_not() {
    agrees(
        "fn main() -> [bool] { let long = \"a text of more bytes than one unit of fuel pays for, so that comparing it costs two of them\"; let mut all = [];
         let texts = [\"\", \"a\", \"b\", \"é\", long, long[0..90], long[1..]];
         for a in texts { all.push(a == \"\"); all.push(a != \"a\"); all.push(a == \"é\"); all.push(a + \"\" == long);
             for b in texts { all.push(a == b); all.push(a != b); all.push(a[0..0] == b[0..0]); } }
         all }",
    );
}

#[test]
fn objects_that_are_given_up() {
    agrees(
        "enum Tree { Leaf, Node(str, [Tree]) }
         fn deep(tree: Tree) -> i64 { match tree { Tree::Leaf => 1, Tree::Node(name, inner) => { let mut n = name.len(); for t in inner { n += deep(t); } n } } }
         fn main() -> i64 { let mut n = 0; let mut kept = Tree::Leaf; let mut name = \"\";
         for i in 0..4 { let text = \"name \" + i.to_string(); let tree = Tree::Node(text, [Tree::Leaf, kept, Tree::Leaf, kept]);
             if i % 2 == 0 { kept = tree; name = text; } n += deep(tree) + deep(Tree::Leaf) + name.len(); }
         kept = Tree::Leaf; n + deep(kept) }",
    );
}

#[test]
fn bytes_of_texts() {
    agrees(
        "fn main() -> ([[i64]], i64) { let mut all = []; for t in [\"\", \"aé\", \"ten bytes.\"] { all.push(t.bytes()); } (all, all.len()) }",
    );
}

#[test]
fn slices_of_fuel_end_anywhere() {
    let source = "fn main() -> (i64, i64, i64) {
        let mut text = \"\"; for i in 0..2_000 { text += (i * 7919 % 1_000).to_string(); text += if i % 7 == 0 { \"é \" } else { \" \" }; }
        let mut words: Map<str, i64> = Map::new(); let mut numbers: Map<i64, i64> = Map::new(); let mut same = 0;
        for word in text.split_whitespace() {
            words.entry(word).or_insert(0) += 1; numbers.entry(word.len()).or_insert(0) += 1; numbers[word.len()] += words[word];
            if word == \"77\" || word[0..1] != \"1\" { same += 1; } }
        let mut sum = 0; for (word, n) in words { sum += word.len() * n; } for (k, n) in numbers { sum += k * n; }
        (words.len(), same, sum) }";
    if let Err(difference) = oracle::compare(source, 0) {
        panic!("{difference}");
    }
}
