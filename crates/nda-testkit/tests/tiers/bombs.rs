//! Hostile programs: each grows something as fast as the language lets it, and must meet the right limit on every tier,
//! while the process stays small.

use nda_graph::{Limits, TrapKind};
use nda_testkit::oracle;

const LIMITS: Limits = Limits { fuel: 200_000, memory_bytes: 4 << 20, depth: 256, output_bytes: 64 << 10 };

/// What each does, its body of `main`, other items, and the trap it must end with.
const BOMBS: &[(&str, &str, &str, TrapKind)] = &[
    ("text that doubles", "let mut s = \"ab\"; loop { s = s + s; }", "", TrapKind::OutOfMemory),
    (
        "text that doubles in place",
        "let mut s = \"ab\"; loop { let t = s; s += t; }",
        "",
        TrapKind::OutOfMemory,
    ),
    ("a huge repeat", "let xs = [0; 1 << 62]; print(xs.len());", "", TrapKind::OutOfFuel),
    ("a repeat of the largest count", "let xs = [1.5; i64::MAX]; print(xs.len());", "", TrapKind::OutOfFuel),
    ("a repeat of lists", "let xs = [[0; 1000]; 1 << 40]; print(xs.len());", "", TrapKind::OutOfFuel),
    (
        "a repeat that fuel would pay for",
        "let xs = [0; 1000000]; print(xs.len());",
        "",
        TrapKind::OutOfMemory,
    ),
    ("a negative repeat", "let n = 0 - 5; let xs = [0; n]; print(xs.len());", "", TrapKind::Panic),
    ("a list that doubles", "let mut xs = [1]; loop { xs = xs.concat(xs); }", "", TrapKind::OutOfMemory),
    ("pushing for ever", "let mut xs = []; loop { xs.push(1); }", "", TrapKind::OutOfFuel),
    ("inserting in front", "let mut xs = [0; 100000]; loop { xs.insert(0, 1); }", "", TrapKind::OutOfFuel),
    ("removing from the front", "let mut xs = [0; 100000]; loop { xs.remove(0); }", "", TrapKind::OutOfFuel),
    ("sorting for ever", "let mut xs = [0; 100000]; loop { xs.sort(); }", "", TrapKind::OutOfFuel),
    ("reversing for ever", "let mut xs = [0; 100000]; loop { xs.reverse(); }", "", TrapKind::OutOfFuel),
    ("searching for ever", "let xs = [0; 100000]; while !xs.contains(1) {}", "", TrapKind::OutOfFuel),
    (
        "copies that differ",
        "let mut all = [[0]]; let mut xs = [0; 1000]; loop { xs[0] += 1; all.push(xs); }",
        "",
        TrapKind::OutOfMemory,
    ),
    (
        "slices of slices",
        "let xs = [0; 100000]; let mut all = [xs]; loop { all.push(xs[1..]); }",
        "",
        TrapKind::OutOfMemory,
    ),
    (
        "a list that holds itself",
        "let mut xs = [[0]]; let mut d = [xs]; loop { d.push(xs); xs.push(xs[0]); xs = xs.concat(xs); }",
        "",
        TrapKind::OutOfMemory,
    ),
    (
        "printing for ever",
        "loop { print(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"); }",
        "",
        TrapKind::OutputTooLarge,
    ),
    (
        "printing what is shared",
        "let a = [0; 1000]; let b = [a; 1000]; let c = [b; 4000]; print(c);",
        "",
        TrapKind::OutputTooLarge,
    ),
    ("an empty loop", "loop {}", "", TrapKind::OutOfFuel),
    ("an empty while", "while true {}", "", TrapKind::OutOfFuel),
    ("a condition that goes round", "while { continue; } {}", "", TrapKind::OutOfFuel),
    ("the longest range", "for i in i64::MIN..i64::MAX { let _ = i; }", "", TrapKind::OutOfFuel),
    (
        "ranges in ranges",
        "for i in 0..1000000000 { for j in 0..1000000000 { let _ = i * j % 7; } }",
        "",
        TrapKind::OutOfFuel,
    ),
    ("endless recursion", "f(0);", "fn f(n: i64) -> i64 { f(n) + 1 }", TrapKind::CallTooDeep),
    (
        "recursion by two",
        "print(even(1000000));",
        "fn even(n: i64) -> bool { n == 0 || odd(n - 1) }\nfn odd(n: i64) -> bool { n != 0 && even(n - 1) }",
        TrapKind::CallTooDeep,
    ),
    (
        "calls that multiply",
        "print(f(100));",
        "fn f(n: i64) -> i64 { if n < 2 { 1 } else { f(n - 1) + f(n - 2) } }",
        TrapKind::OutOfFuel,
    ),
    (
        "recursion that keeps lists",
        "f([0]);",
        "fn f(xs: [i64]) -> i64 { let mut ys = xs.concat(xs); ys[0] = 1; f(ys) + ys.len() }",
        TrapKind::OutOfMemory,
    ),
    ("a power too large", "let n = 62; print(3.pow(n));", "", TrapKind::IntegerOverflow),
    (
        "the quotient that overflows",
        "let a = i64::MIN; let b = 0 - 1; print(a / b);",
        "",
        TrapKind::IntegerOverflow,
    ),
    (
        "the remainder that overflows",
        "let a = i64::MIN; let b = 0 - 1; print(a % b);",
        "",
        TrapKind::IntegerOverflow,
    ),
    ("a shift out of range", "let n = 64; print(1 << n);", "", TrapKind::ShiftOutOfRange),
    ("an index far out", "let xs = [1]; let i = i64::MAX; print(xs[i]);", "", TrapKind::IndexOutOfBounds),
    (
        "a slice turned round",
        "let xs = [1, 2, 3]; let a = 2; print(xs[a..1]);",
        "",
        TrapKind::IndexOutOfBounds,
    ),
];

/// The most memory that this process ever had, in bytes; none where the system does not say.
fn peak_rss() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
}

#[test]
fn bombs_meet_their_limits_on_every_tier_and_the_process_stays_small() {
    let before = peak_rss();
    let mut wrong = Vec::new();
    for &(what, body, items, kind) in BOMBS {
        let source = format!("fn main() {{ {body} }}\n{items}\n");
        match oracle::compare_under(&source, 0, &LIMITS) {
            Err(difference) => wrong.push(format!("{what}: {difference}")),
            Ok(agreement) => {
                let ended = agreement.main.map(|outcome| outcome.result);
                if ended.as_ref().is_none_or(|ended| ended.as_ref().err().map(|trap| trap.kind) != Some(kind))
                {
                    wrong.push(format!("{what}: {ended:?} instead of {kind}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if let (Some(before), Some(after)) = (before, peak_rss()) {
        let grown = after.saturating_sub(before) >> 20;
        assert!(grown < 512, "the process grew by {grown} MiB under a limit of 4 MiB");
    }
}
