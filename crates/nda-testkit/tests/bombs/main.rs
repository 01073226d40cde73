//! Hostile programs: each grows something as fast as the language lets it, and must meet the right limit on every tier,
//! while the process stays small.
//!
//! They are a process of their own, and its tests run one at a time, because the memory of a process is one number.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

use nda_engine::{Engine, NdaJitSandbox, Refused, RunOptions, Tier};
use nda_graph::{Limits, TrapKind};
use nda_testkit::oracle;
use nda_testkit::program::Compiled;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const LIMITS: Limits = Limits { fuel: 200_000, memory_bytes: 4 << 20, depth: 256, output_bytes: 64 << 10 };

/// What a run may take of the process for its own 4 MiB, in KiB: values of the evaluator are two words and more where
/// the price list counts one, vectors grow by doubling, and a frame stack has room for the deepest call.
const MAX_GROWTH: u64 = 16 << 10;

/// What compiling one program to machine code may take of the process, in KiB, in an unoptimised build.
const MAX_COMPILE_GROWTH: u64 = 256 << 10;

/// The longest a run may take here, in an unoptimised build on a busy machine.
const MAX_TIME: Duration = Duration::from_secs(20);

/// Functions that the bombs may call.
const HELPERS: &str = r#"
fn fib(n: i64) -> i64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
fn wide(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64) -> i64 {
    let xs = [a, b, c, d, e, f, g, h];
    wide(b, c, d, e, f, g, h, a + xs[0]) + xs[1]
}
fn long() -> str {
    let mut s = "0123456789abcdef";
    for i in 0..13 { s = s + s; }
    s
}
"#;

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
    (
        "a map that grows for ever",
        "let mut m = Map::new(); let mut i = 0; loop { m[i * 7919 % 1000003] = i; i += 1; }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "keys that differ in their last byte",
        "let mut head = \"0123456789abcdef\"; for i in 0..9 { head = head + head; } let mut m = Map::new(); let mut i = 0; loop { m[head + i.to_string()] = i; i += 1; }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "one long key, searched for ever",
        "let mut head = \"0123456789abcdef\"; for i in 0..9 { head = head + head; } let mut m = Map::new(); m[head] = 1; loop { m[head] += 1; }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "keys that share their head",
        "let mut m = Map::new(); let mut i = 0; loop { m[(\"same head\", i)] = i; i += 1; }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "keys nested deeply",
        "let mut key = Deep::End; let mut m = Map::new(); loop { key = Deep::More(key); m[key] = 1; }",
        "enum Deep { End, More(Deep) }",
        TrapKind::OutOfFuel,
    ),
    (
        "a map of maps that differ",
        "let mut all = []; let mut m = Map::new(); let mut i = 0; loop { m[i] = i; all.push(m); i += 1; }",
        "",
        TrapKind::OutOfMemory,
    ),
    (
        "entries put in and taken out",
        "let mut m = Map::new(); let mut i = 0; loop { m[i % 1000] = i; m.remove((i * 7) % 1000); i += 1; }",
        "",
        TrapKind::OutOfFuel,
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
    (
        "the longest range, backwards",
        "for i in (-9223372036854775807..=9223372036854775807).rev().step_by(1) {}",
        "",
        TrapKind::OutOfFuel,
    ),
    ("going round an outer loop", "'out: loop { loop { continue 'out; } }", "", TrapKind::OutOfFuel),
    ("a condition that leaves its loop", "loop { while { break; true } {} }", "", TrapKind::OutOfFuel),
    ("calls that branch", "fib(90);", HELPERS, TrapKind::OutOfFuel),
    (
        "the largest power of one",
        "loop { let one = 1; one.pow(9223372036854775807); }",
        "",
        TrapKind::OutOfFuel,
    ),
    ("wide frames", "wide(1, 2, 3, 4, 5, 6, 7, 8);", HELPERS, TrapKind::CallTooDeep),
    (
        "text that is kept",
        "let s = long(); let mut all = [s]; loop { all.push(s + \"x\"); }",
        HELPERS,
        TrapKind::OutOfMemory,
    ),
    (
        "text that is made and dropped",
        "let s = long(); loop { let t = s + s; }",
        HELPERS,
        TrapKind::OutOfFuel,
    ),
    (
        "text that is compared",
        "let s = long(); let t = s + \"x\"; loop { if s < t {} }",
        HELPERS,
        TrapKind::OutOfFuel,
    ),
    ("a message that is long", "panic(long());", HELPERS, TrapKind::Panic),
    ("sorting text", "let mut xs = [long(); 1000]; loop { xs.sort(); }", HELPERS, TrapKind::OutOfFuel),
    (
        "a copy for every round",
        "let xs = [0; 100000]; loop { let mut ys = xs; ys[0] = 1; }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "a copy inside of a list",
        "let mut xs = [[0; 100000]; 3]; loop { let keep = xs; xs[0][0] += 1; }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "lists in loops",
        "let xs = [0; 100000]; for x in xs { for y in xs { for z in xs {} } }",
        "",
        TrapKind::OutOfFuel,
    ),
    (
        "comparing what is shared",
        "let a = [7; 1000]; let b = [a; 1000]; let c = [b; 1000]; if c == [b; 1000] {}",
        "",
        TrapKind::OutOfFuel,
    ),
    ("one line that is too long", "print(long());", HELPERS, TrapKind::OutputTooLarge),
    ("lines of nothing", "loop { print(\"\"); }", "", TrapKind::OutputTooLarge),
];

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value that the host would have to expand is refused as it is handed out.
const SHARED: &str = "fn main() -> [[[i64]]] { let a = [7; 1000]; let b = [a; 1000]; [b; 1000] }";

/// By source, what each does and how it must end.
fn bombs() -> Vec<(&'static str, String, TrapKind)> {
    let main = |body: &str, items: &str| format!("fn main() {{ {body} }}\n{items}\n");
    let bombs = BOMBS.iter().map(|&(what, body, items, kind)| (what, main(body, items), kind));
    bombs.chain([("a value that is shared", SHARED.to_owned(), TrapKind::OutOfMemory)]).collect()
}

#[test]
fn bombs_meet_their_limits_on_every_tier() {
    let _alone = alone();
    let (bombs, next, wrong) = (bombs(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((what, source, kind)) = bombs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let problem = disagreement(source, *kind).map(|problem| format!("{what}: {problem}"));
                    wrong.lock().unwrap().extend(problem);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn disagreement(source: &str, kind: TrapKind) -> Option<String> {
    match oracle::compare_under(source, 0, &LIMITS) {
        Err(difference) => Some(difference.to_string()),
        Ok(agreement) => {
            let ended = agreement.main.map(|outcome| outcome.result);
            let met = matches!(&ended, Some(Err(trap)) if trap.kind == kind);
            (!met).then(|| format!("{ended:?} instead of {kind}"))
        }
    }
}

#[test]
fn bombs_leave_the_process_small() {
    let _alone = alone();
    let mut wrong = Vec::new();
    for (what, source, _) in bombs() {
        wrong.extend(growth(&source).into_iter().map(|problem| format!("{what}: {problem}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn growth(source: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let program = Compiled::new(source).unwrap();
    let engine = Engine::new();
    for tier in [Tier::Eval, Tier::Closure, Tier::Native] {
        let options = RunOptions { limits: LIMITS, tier, ..RunOptions::default() };
        let (before, started) = (memory::reset(), Instant::now());
        let run = NdaJitSandbox::new(&engine, &program).run(program.hash("main").unwrap(), &[], &options);
        let (took, grown) = (started.elapsed(), memory::peak().saturating_sub(before));
        let outcome = run.unwrap().outcome;
        if grown > MAX_GROWTH || took > MAX_TIME {
            problems.push(format!("{}: {took:?}, and the process grew by {grown} KiB", tier.name()));
        }
        let within = outcome.fuel <= LIMITS.fuel
            && outcome.peak_bytes <= LIMITS.memory_bytes
            && outcome.depth <= LIMITS.depth
            && outcome.output.len() as u64 <= LIMITS.output_bytes;
        if !within {
            problems.push(format!("{} passed a limit: {outcome:?}", tier.name()));
        }
    }
    problems
}

/// Without a limit on fuel the clock is left, and it ends an empty loop too.
#[test]
fn the_deadline_ends_what_fuel_does_not() {
    let _alone = alone();
    let slices = "let xs = [0; 100000]; loop { let ys = xs[1..]; }";
    for body in ["loop {}", "while { continue; true } {}", slices, "fib(90);"] {
        let program = Compiled::new(&format!("{HELPERS}fn main() {{ {body} }}\n")).unwrap();
        let engine = Engine::new();
        for tier in [Tier::Eval, Tier::Closure] {
            let limits = Limits { fuel: u64::MAX, ..LIMITS };
            let deadline = Some(Duration::from_millis(30));
            let options = RunOptions { limits, tier, deadline, ..RunOptions::default() };
            let started = Instant::now();
            let run = NdaJitSandbox::new(&engine, &program).run(program.hash("main").unwrap(), &[], &options);
            let kind = run.unwrap().outcome.result.unwrap_err().kind;
            assert_eq!(kind, TrapKind::DeadlineExceeded, "{body} on {}", tier.name());
            assert!(started.elapsed() < MAX_TIME, "{body} on {}", tier.name());
        }
    }
}

/// What makes a compiler slow or big is compiled in bounded time and memory, or stays on tier 1 and says why.
#[test]
fn hostile_programs_are_compiled_within_bounds() {
    let _alone = alone();
    let repeated = |part: &str, count: usize| part.repeat(count);
    let numbered = |part: &dyn Fn(usize) -> String, count: usize| (0..count).map(part).collect::<String>();
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let programs: Vec<(&str, String, Option<&str>)> = vec![
        (
            "a hundred thousand records",
            format!("fn main() -> i64 {{ let mut x = 1; {} x }}", repeated("x = x ^ 3;", 25_000)),
            Some("bounded time"),
        ),
        (
            "ten thousand variables",
            format!(
                "fn main() -> i64 {{ {} v9999 }}",
                numbered(
                    &|at| format!(
                        "let v{at} = {};",
                        if at == 0 { "1".into() } else { format!("v{} + 1", at - 1) }
                    ),
                    10_000
                )
            ),
            Some("bounded time"),
        ),
        (
            "more functions than go together",
            format!(
                "{} fn main() -> i64 {{ f0(1) }}",
                numbered(
                    &|at| {
                        let next = if at == 1_199 { "x".into() } else { format!("f{}(x)", at + 1) };
                        format!(
                            "fn f{at}(x: i64) -> i64 {{ let mut y = x; {} {next} + y }}\n",
                            repeated("y = y ^ 3;", 25)
                        )
                    },
                    1_200
                )
            ),
            Some("bounded time"),
        ),
        (
            "variables that are all alive",
            format!(
                "fn main() -> i64 {{ {} let mut s = 0; for i in 0..3 {{ {} }} s }}",
                numbered(&|at| format!("let mut v{at} = {at};"), 600),
                numbered(&|at| format!("v{at} ^= s + i; s ^= v{at};"), 600)
            ),
            None,
        ),
        (
            "loops in loops",
            format!(
                "fn main() -> i64 {{ let mut s = 0; {} s }}",
                nested("for i in 0..1 { ", "s += 1;", " }", 200)
            ),
            None,
        ),
        (
            "branches in branches",
            format!(
                "fn main() -> i64 {{ let mut s = 0; {} s }}",
                nested("if s < 9 { s += 1; ", "s += 1;", " } else { s -= 1; }", 200)
            ),
            None,
        ),
        (
            "recursion that could be unrolled for ever",
            format!(
                "fn f(n: i64) -> i64 {{ if n < 1 {{ 1 }} else {{ {} }} }} fn main() -> i64 {{ f(2) }}",
                vec!["f(n - 1)"; 40].join(" + ")
            ),
            None,
        ),
        (
            "small functions in small functions",
            format!(
                "{} fn main() -> i64 {{ let mut s = 0; for i in 0..3 {{ {} }} s }}",
                numbered(
                    &|at| if at == 0 {
                        "fn f0(x: i64) -> i64 { x ^ 1 }\n".into()
                    } else {
                        format!("fn f{at}(x: i64) -> i64 {{ f{}(x) ^ f{}(x) }}\n", at - 1, at - 1)
                    },
                    12
                ),
                repeated("s ^= f11(i);", 60)
            ),
            None,
        ),
        (
            "recurrences of four variables",
            format!(
                "fn main() -> i64 {{ let mut a = 1; let mut b = 1; let mut c = 1; let mut d = 1; {} a ^ b ^ c ^ d }}",
                repeated(
                    "for i in 0..5000 { a = a.wrapping_add(b); b = b.wrapping_add(c); c = c.wrapping_add(d); d = d.wrapping_add(a); }",
                    40
                )
            ),
            None,
        ),
    ];
    for (what, source, stays) in programs {
        let program = Compiled::new(&source).unwrap_or_else(|found| panic!("{what}: {found:?}"));
        let limits = Limits { fuel: 10_000_000, ..LIMITS };
        let options = RunOptions { limits, tier: Tier::Native, ..RunOptions::default() };
        let engine = Engine::new();
        let (before, started) = (memory::reset(), Instant::now());
        let ran = NdaJitSandbox::new(&engine, &program).run(program.hash("main").unwrap(), &[], &options);
        let (took, grown) = (started.elapsed(), memory::peak().saturating_sub(before));
        let ran = ran.unwrap();
        println!("{what}: {took:?}, {grown} KiB, stayed: {:?}", ran.stayed);
        match stays {
            None => assert_eq!(ran.stayed, None, "{what}"),
            Some(why) => assert!(
                ran.stayed.as_ref().is_some_and(|stayed| stayed.contains(why)),
                "{what}: {:?}",
                ran.stayed
            ),
        }
        let expected = program.run("main", &[], &limits);
        assert_eq!(ran.outcome, expected, "{what}");
        assert!(
            took < MAX_TIME && grown < MAX_COMPILE_GROWTH,
            "{what}: {took:?}, and the process grew by {grown} KiB"
        );
    }
}

/// A depth limit whose frames would not fit is refused before anything runs.
#[test]
fn frames_that_would_not_fit_are_refused() {
    let _alone = alone();
    let program = Compiled::new(&format!("{HELPERS}fn main() {{ fib(1); }}")).unwrap();
    let engine = Engine::new();
    let limits = Limits { depth: u32::MAX, ..LIMITS };
    let options = RunOptions { limits, tier: Tier::Closure, ..RunOptions::default() };
    let refused = NdaJitSandbox::new(&engine, &program).run(program.hash("main").unwrap(), &[], &options);
    assert!(matches!(refused, Err(Refused::DepthTooLarge { .. })), "{refused:?}");
}

/// Constants are evaluated while a source is checked, under limits of their own.
#[test]
fn constants_are_bounded() {
    let _alone = alone();
    for value in ["[0; 1099511627776]", "[0; 1000000]", "[2.pow(64)]"] {
        let refused = Compiled::new(&format!("const A: [i64] = {value};")).unwrap_err();
        let codes: Vec<String> = refused.iter().map(|found| found.code.to_string()).collect();
        assert_eq!(codes, ["E0403"], "{value}");
    }
}

/// The most memory the process had at once.
mod memory {
    /// Forgets what the process had before, where the system can; what it has now, in KiB.
    pub fn reset() -> u64 {
        // Unlike the size, the high-water mark cannot be missed by looking too late.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        status("VmRSS:")
    }

    pub fn peak() -> u64 {
        status("VmHWM:")
    }

    /// 0 where the system does not say.
    fn status(line: &str) -> u64 {
        let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let found = text.lines().find_map(|found| found.strip_prefix(line));
        found.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }
}
