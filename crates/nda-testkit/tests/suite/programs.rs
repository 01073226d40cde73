//! Generated programs.

use nda_graph::{Builtin, CompareOp, Limits, MathOp, Outcome, PlaceOp, TrapKind, UnaryOp, listing};
use nda_testkit::choices::{Choices, bytes_of_seed};
use nda_testkit::disguise::disguise;
use nda_testkit::generate;
use nda_testkit::program::Compiled;
use std::collections::{BTreeMap, BTreeSet};

const LIMITS: Limits = Limits { fuel: 100_000, memory_bytes: 1 << 20, depth: 64, output_bytes: 1 << 16 };

fn count(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn they_parse_and_pass_the_checker_and_mostly_finish() {
    let total = count("NDA_PROGRAMS", 400);
    let from = count("NDA_SEED", 0);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut refused = Vec::new();
    for seed in from..from + total {
        let source = generate::program_of_seed(seed);
        match Compiled::new(&source) {
            Ok(program) => {
                let outcome = program.run("main", &[], &LIMITS);
                let name = match outcome.result {
                    Ok(_) => "value".to_owned(),
                    Err(trap) => {
                        assert_ne!(trap.kind, TrapKind::InternalError, "seed {seed}: {trap}");
                        trap.kind.to_string()
                    }
                };
                *outcomes.entry(name).or_default() += 1;
            }
            Err(diagnostics) => {
                let first = diagnostics.iter().find(|diagnostic| diagnostic.is_error()).unwrap();
                refused.push(format!(
                    "seed {seed}: {:?} {} at {:?}: {}",
                    first.code,
                    first.message,
                    first.span.line_column(&source),
                    first.span.text(&source).chars().take(100).collect::<String>()
                ));
            }
        }
    }
    println!("{outcomes:?}");
    assert!(refused.is_empty(), "{} refused\n{}", refused.len(), refused[..refused.len().min(30)].join("\n"));
    assert!(outcomes["value"] * 2 > total, "{outcomes:?}");
    assert!(outcomes.len() > 4, "{outcomes:?}");
}

#[test]
fn every_operator_is_generated() {
    let mut seen = BTreeSet::new();
    for seed in 0..count("NDA_PROGRAMS", 400) {
        let program = Compiled::new(&generate::program_of_seed(seed)).unwrap();
        for item in &program.items {
            // The parts of a record that are no numbers: `builtin index share`, `for_begin inclusive`.
            seen.extend(item.definition.view().nodes().map(|node| {
                let text = listing::record(node);
                let words = text.split(' ').filter(|word| {
                    !word.starts_with(['$', '-', '[', '('])
                        && !word.starts_with(|first: char| first.is_ascii_digit())
                });
                words.collect::<Vec<_>>().join(" ")
            }));
        }
    }
    let mut missing = Vec::new();
    let mut want = |name: String| {
        if !seen.contains(&name) {
            missing.push(name);
        }
    };
    MathOp::ALL.iter().for_each(|op| want(format!("math {}", op.name())));
    UnaryOp::ALL.iter().for_each(|op| want(format!("unary {}", op.name())));
    PlaceOp::ALL.iter().for_each(|op| want(format!("place {}", op.name())));
    Builtin::ALL
        .iter()
        .filter(|&&op| op != Builtin::Index)
        .for_each(|op| want(format!("builtin {} copy", op.name())));
    for mode in ["copy", "share", "borrow"] {
        want(format!("builtin index {mode}"));
    }
    for mode in ["copy", "share", "borrow", "move"] {
        want(format!("load {mode}"));
    }
    for (op, ty) in CompareOp::ALL.iter().flat_map(|op| ["i64", "f64", "bool", "str"].map(|ty| (op, ty))) {
        want(format!("compare {} {ty}", op.name()));
    }
    for range in
        ["", " inclusive", " reversed", " inclusive reversed", " stepped", " inclusive reversed stepped"]
    {
        want(format!("for_begin{range}"));
    }
    for op in
        ["add", "sub", "mul", "div", "rem", "shl", "shr", "and", "or", "xor", "fadd", "fmul", "band", "bxor"]
    {
        want(format!("update {op}"));
    }
    for name in [
        "const", "drop", "store", "call", "discard", "and", "or", "while", "loop", "each", "break",
        "continue", "return",
    ] {
        want(name.to_owned());
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn disguises_keep_every_hash() {
    for seed in 0..count("NDA_PROGRAMS", 400) {
        let source = generate::program_of_seed(seed);
        let original = Compiled::new(&source).unwrap();
        let disguised = disguise(&source, &mut Choices::new(&bytes_of_seed(seed ^ 1 << 40, 8_000)));
        let other = match Compiled::new(&disguised.source) {
            Ok(other) => other,
            Err(diagnostics) => panic!("seed {seed}: {diagnostics:?}\n{}", disguised.source),
        };
        for (name, hash) in original.names() {
            let new = disguised.path(name);
            assert_eq!(
                other.hash(&new),
                Some(hash),
                "seed {seed}: {name} and {new}\n{source}\n{}",
                disguised.source
            );
        }
        assert_eq!(original.names().len(), other.names().len());
    }
}

#[test]
fn formatting_keeps_every_hash() {
    for seed in 0..count("NDA_PROGRAMS", 200) {
        let source = generate::program_of_seed(seed);
        let formatted = nda_syntax::format(&source).unwrap();
        assert_eq!(nda_syntax::format(&formatted).as_deref(), Ok(formatted.as_str()), "seed {seed}");
        assert_eq!(
            Compiled::new(&source).unwrap().names(),
            Compiled::new(&formatted).unwrap().names(),
            "seed {seed}"
        );
    }
}

#[test]
fn shorter_bytes_give_smaller_programs() {
    assert!(generate::program(&[]).lines().count() < 8, "{}", generate::program(&[]));
    let len = |bytes: usize| {
        (0..10).map(|seed| generate::program(&bytes_of_seed(seed, bytes)).len()).sum::<usize>()
    };
    assert!(len(1_000) > 5 * len(50), "{} {}", len(1_000), len(50));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, ..Default::default() })]

    #[test]
    fn any_bytes_give_a_sound_program(source in generate::programs()) {
        let program = Compiled::new(&source).expect("it passes the checker");
        let first = program.run("main", &[], &LIMITS);
        // The same run with exactly the fuel it used ends alike; with one unit less it runs out.
        let exact = program.run("main", &[], &Limits { fuel: first.fuel, ..LIMITS });
        let met = |outcome: &Outcome, kind| matches!(&outcome.result, Err(trap) if trap.kind == kind);
        let out = |outcome: &Outcome| met(outcome, TrapKind::OutOfFuel);
        // A line that is too long for the output is not charged, but it needs fuel to be found too long.
        if !out(&first) && !met(&first, TrapKind::OutputTooLarge) {
            proptest::prop_assert_eq!(&exact, &first);
            let less = program.run("main", &[], &Limits { fuel: first.fuel - 1, ..LIMITS });
            proptest::prop_assert!(out(&less));
        }
    }

    #[test]
    fn the_peak_is_the_least_limit_that_suffices(source in generate::programs()) {
        let program = Compiled::new(&source).expect("it passes the checker");
        let first = program.run("main", &[], &LIMITS);
        if first.result.is_ok() && first.peak_bytes > 0 {
            let less = program.run("main", &[], &Limits { memory_bytes: first.peak_bytes - 1, ..LIMITS });
            let kind = less.result.expect_err("a byte is missing").kind;
            proptest::prop_assert_eq!(kind, TrapKind::OutOfMemory);
        }
    }
}
