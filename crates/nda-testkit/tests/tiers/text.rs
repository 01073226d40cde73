//! Text that machine code deals with by itself where it is short and there is room: under every limit of fuel and of memory the run ends
//! as the evaluator's does, in the middle of the short way, of the long one, and where one gives way to the other.

use nda_engine::{Engine, NdaJitSandbox, RunOptions, Tier};
use nda_graph::{Limits, Outcome};
use nda_testkit::oracle::LIMITS;
use nda_testkit::program::Compiled;

pub(super) fn agrees_under_every_limit(source: &str) -> Outcome {
    let program = Compiled::new(source).unwrap_or_else(|found| panic!("{found:?}"));
    let main = program.hash("main").unwrap();
    let engine = Engine::new();
    let same = |limits: Limits| {
        let expected = program.run("main", &[], &limits);
        let options = RunOptions { limits, tier: Tier::Native, ..RunOptions::default() };
        let ran = NdaJitSandbox::new(&engine, &program).run(main, &[], &options).unwrap();
        assert_eq!((ran.outcome, ran.stayed), (expected.clone(), None), "{limits:?}: {source}");
        expected
    };
    let whole = same(LIMITS);
    (0..whole.fuel).for_each(|fuel| drop(same(Limits { fuel, ..LIMITS })));
    (0..whole.peak_bytes).for_each(|memory_bytes| drop(same(Limits { memory_bytes, ..LIMITS })));
    whole
}

#[test]
fn numbers_behind_a_text() {
    for numbers in [
        "[0, 7, 10, -3, -44, 99, 123456789, 0]",
        "[9223372036854775807, -9223372036854775807 - 1, -1, 1000000000]",
    ] {
        let source = format!(
            "fn main() -> (str, i64) {{ let mut s = \"\"; for n in {numbers} {{ s += n.to_string(); s += \",\"; }} (s, s.len()) }}"
        );
        assert!(agrees_under_every_limit(&source).result.is_ok());
    }
}

#[test]
fn texts_behind_a_text() {
    let source = "fn main() -> (str, str) {
        let mut s = \"ab\"; let mut twin = s;
        for i in 0..6 { twin = s; s += \"long enough not to fit where the others were before\"; s += twin; s += s[i..i + 2]; twin += \"é\"; s += \"\"; }
        (s, twin) }";
    assert!(agrees_under_every_limit(source).result.is_ok());
}

#[test]
fn numbers_as_texts() {
    let source = "fn main() -> ([str], i64) {
        let mut all = []; let mut sum = 0;
        for n in [5, -5, 55, 1234567, -9223372036854775807] { let t = n.to_string(); sum += t.len(); all.push(t); all.push((n / 2).to_string()); }
        (all, sum) }";
    assert!(agrees_under_every_limit(source).result.is_ok());
}

#[test]
fn words_one_by_one() {
    let long = "w".repeat(70);
    for text in [
        "one  two\\tthree\\n four ".to_owned(),
        "a b".to_owned(),
        "  ".to_owned(),
        "été à la\\u{a0}plage x\\u{2003}y".to_owned(),
        format!("{long} {}b {long}", " ".repeat(70)),
    ] {
        let source = format!(
            "fn main() -> ([str], i64) {{ let mut all = []; let mut n = 0; let text = \"{text}\"; for word in text.split_whitespace() {{ n += word.len(); all.push(word); }} (all, n) }}"
        );
        assert!(agrees_under_every_limit(&source).result.is_ok(), "{source}");
    }
}
