//! Functions that go on in machine code while they run.

use nda_engine::{Engine, NdaJitSandbox, RunOptions, Tier, Value};
use nda_graph::NdaNode;
use nda_testkit::moving::{Asked, Asks, Moving, When};
use nda_testkit::oracle::LIMITS;
use nda_testkit::program::Compiled;
use nda_testkit::{generate, oracle};
use std::time::{Duration, Instant};

/// Wherever a run may move, it ends as the evaluator's does; and it moves from every kind of loop.
fn moves(source: &str) -> u32 {
    goes_on(source, false)
}

fn goes_on(source: &str, calls: bool) -> u32 {
    let program = Compiled::new(source).unwrap_or_else(|found| panic!("{found:?}"));
    let hash = program.hash("main").unwrap();
    let expected = program.run("main", &[], &LIMITS);
    let moving = Moving::new(&program, hash).unwrap();
    let mut all = 0;
    for every in [1, 2, 7] {
        for part in 0..40 {
            let from = expected.fuel * part / 40;
            let (outcome, moves) = moving.run(&LIMITS, When { from, every, calls }).unwrap();
            assert_eq!(outcome, expected, "from {from}, every {every}: {source}");
            all += moves;
        }
    }
    all
}

#[test]
fn from_every_kind_of_loop() {
    let loops = [
        "for i in 0..900 { sum += i * i % 7; }",
        "for i in 3..=700 { sum = sum * 31 % 1009 + i; xs[i as i64 % 5] += sum; }",
        "for i in (0..900).rev() { sum += i; xs[i % 5] = sum; }",
        "for i in (7..9000).step_by(11) { sum ^= i; }",
        "for i in (7..=9000).step_by(11).rev() { sum ^= i; text += \"a\"; }",
        "let mut i = 0; while i < 500 { sum += i; i += 3; }",
        "let mut i = 0; while i < 500 && sum < 90000 { sum += i; if i % 2 == 0 { i += 1; continue; } i += 2; }",
        "let mut i = 1; loop { sum += i; i += 1; if sum > 90000 { break; } }",
        "let mut i = 1; let got = loop { i += 1; if i * i > 90000 { break i; } }; sum += got;",
        "for x in [3, 1, 4, 1, 5, 9, 2, 6] { for i in 0..50 { sum += x * i; } }",
        "for name in [\"a\", \"bc\", \"def\"] { for i in 0..90 { sum += name.len() * i; text += name; } }",
        "for i in 0..40 { for j in (0..i).rev() { let mut k = j; while k > 0 { sum += k; k /= 2; } } }",
        "for i in 0..60 { let ys = [i, i + 1]; for y in ys { for z in ys { sum += y * z; } } }",
        "for mut i in 0..300 { i = i * 2; for j in 0..2 { sum += i - j; } }",
        "for p in [(1, \"x\"), (2, \"yy\")] { for i in 0..80 { sum += p.0 * i + p.1.len(); } }",
        "for i in 0..300 { let o = if i % 3 == 0 { None } else { Some(i) }; if let Some(v) = o { sum += v; } }",
        "'a: for i in 0..30 { for j in 0..30 { if j > i { continue 'a; } sum += j; if sum > 3000 { break 'a; } } }",
    ];
    for body in loops {
        let source = format!(
            "fn main() -> (i64, [i64], str) {{ let mut sum = 0; let mut xs = [1, 2, 3, 4, 5]; let mut text = \"\"; {body} print(sum); (sum, xs, text) }}"
        );
        // A loop whose body changes the number has other words on tier 1.
        assert_eq!(moves(&source) > 20, !body.contains("mut i in"), "{body}");
    }
}

/// What the body says of the lengths of lists holds wherever it is entered, and only where nothing changes them.
#[test]
fn among_lists_of_known_length() {
    for body in [
        "let xs = [sum; 12]; for i in 0..40 { for j in 0..12 { sum += xs[j] + i; } } sum += xs[sum % 12];",
        "let n = 5; let mut xs = [false; n * 4]; for i in 0..60 { let mut j = i % 7; while j < n * 4 { xs[j] = !xs[j]; j += 3; } } if xs[19] { sum += 1; }",
        "let xs = [4, 5, 6]; let n = xs.len(); for i in 0..90 { for j in 0..n { sum += xs[j] * i; } } sum += xs[n - 1];",
        "let mut xs = [1, 2]; let n = xs.len(); for i in 0..50 { xs.push(i); for j in 0..n { sum += xs[j + i]; } } sum += xs.len();",
        "let mut xs = [1; 30]; for i in 0..25 { sum += xs[i]; xs.pop(); if sum > 12 { sum += xs[xs.len() - 1]; } }",
        "for i in 1..30 { let xs = [i; i]; let n = xs.len(); for j in 0..n { sum += xs[j]; } sum += xs[n - 1]; }",
        "for i in 1..30 { let mut xs = [i; 3]; let n = xs.len(); for j in 0..n { sum += xs[j]; } xs = [i; i]; for j in 0..i { sum += xs[j] * n; } }",
        "let xs = [1, 2, 3]; let n = xs.len(); let mut ys = xs; for i in 0..40 { ys.push(i); for j in 0..n { sum += ys[j]; } }",
        "let mut all = [(1, 2.0), (3, 4.0)]; let n = all.len(); for i in 0..60 { for j in 0..n { all[j].0 += i; } sum += all[i % n].0; } for p in all { sum += p.0; }",
        "let mut n = 3; let xs = [7; 9]; for i in 0..60 { n = xs.len() - i % 3; for j in 0..n { sum += xs[j]; } }",
        "let xs = [7; 9]; for i in 0..60 { sum += xs[i]; }",
    ] {
        let source = format!("fn main() -> i64 {{ let mut sum = 0; {body} sum }}");
        assert!(moves(&source) > 20, "{body}");
    }
}

/// What a variable is when a loop begins is not all that its rounds make of it: each of these ends with a trap in a later round.
#[test]
fn in_loops_that_fail_in_a_later_round() {
    for body in [
        "let mut j = 0; loop { sum += xs[j]; j += 1; }",
        "let mut j = 0; while j < 40 { sum += xs[j]; j += 1; }",
        "let mut j = 0; while { j += 1; j < 40 } { sum += xs[j]; }",
        "let mut j = 1; while sum >= 0 { sum += xs[j % 9]; j *= 3; }",
        "let mut j = 0; for i in 1..6 { while j < 4 * i { sum += xs[j]; j += 1; } }",
        "let mut j = 0; loop { for k in 0..2 { j += k; } sum += xs[j]; }",
        "let mut j = 3; let mut k = 0; loop { sum += xs[j]; k += 1; if k > 30 { j = 9; } }",
        "let mut j = 8; loop { sum += xs[j]; let was = j; while j > was - 1 { j -= 1; } }",
        "let mut j = 0; while j * j + 3 * j * j - 4 * j * j + sum * 0 + j * 7 - j * 6 < 50 { sum += xs[j]; j += 1; }",
        "let mut j = 0; for x in [5; 30] { sum += xs[j] * x; j += 1; }",
        "let mut j = 0; for i in (0..60).step_by(3) { sum += xs[j] * i; j += 1; }",
    ] {
        let source = format!("fn main() -> i64 {{ let mut sum = 0; let xs = [7; 9]; {body} sum }}");
        assert!(moves(&source) > 20, "{body}");
    }
}

#[test]
fn from_loops_of_what_is_called() {
    let source = "
fn inner(n: i64) -> i64 { let mut s = 0; for i in 0..n { for j in 0..3 { s += i * j; } } s }
fn outer(n: i64) -> i64 { let mut s = 0; let mut k = 0; while k < n { s += inner(k); k += 1; } s }
fn deep(n: i64) -> i64 { if n == 0 { outer(9) } else { deep(n - 1) + 1 } }
fn main() -> i64 { let mut s = 0; for i in 0..9 { s += deep(i) + outer(i); } s }";
    assert!(moves(source) > 100);
}

/// What has no loop moves by its calls, from frames that were there before.
#[test]
fn from_calls() {
    for source in [
        "fn fib(n: i64) -> i64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } } fn main() -> i64 { fib(14) }",
        "fn even(n: i64) -> bool { if n == 0 { true } else { odd(n - 1) } }
         fn odd(n: i64) -> bool { if n == 0 { false } else { even(n - 1) } }
         fn main() -> (bool, bool) { (even(90) && odd(71), odd(60)) }",
        "fn walk(xs: [i64], text: str, up: f64, on: bool) -> ([i64], str, f64) {
             let mut ys = xs;
             if ys.len() > 40 { return (ys, text, up); }
             ys.push(ys.len());
             let next = walk(ys, text + \"a\", up * 1.5, !on);
             let mut zs = next.0;
             if on { zs[ys.len()] += 1; }
             (zs, next.1 + \"b\", next.2 - up)
         }
         fn main() -> ([i64], str, f64) { walk([1, 2], \"\", 0.25, true) }",
        "fn quick(xs: [i64]) -> [i64] {
             if xs.len() < 2 { return xs; }
             let (mut low, mut high) = ([], []);
             for i in 1..xs.len() { if xs[i] < xs[0] { low.push(xs[i]); } else { high.push(xs[i]); } }
             quick(low).concat([xs[0]]).concat(quick(high))
         }
         fn main() -> [i64] { let mut xs = []; for i in 0..90 { xs.push(i * 7919 % 101); } quick(xs) }",
    ] {
        assert!(goes_on(source, true) > 100, "{source}");
    }
}

#[test]
fn traps_of_calls_and_their_places() {
    for fails in ["9 / (n - 3)", "[1, 2][n]", "9223372036854775800 + n * n", "f(n)", "f(n + 1) + text.len()"]
    {
        let source = format!(
            "fn f(n: i64) -> i64 {{ let text = \"some\"; if n == 3 {{ {fails} }} else {{ f(n - 1) + text.len() + g(n) }} }}
             fn g(n: i64) -> i64 {{ let mut s = n; if n > 4 {{ s += g(n - 2) * 2; }} s }}
             fn main() -> i64 {{ let s = g(30); s + f(25) }}"
        );
        assert!(goes_on(&source, true) > 10, "{fails}");
    }
}

#[test]
fn traps_and_their_places() {
    for body in [
        "for i in 0..900 { sum += 9000000000000000 * i * i; }",
        "for i in 0..900 { sum += xs[i]; }",
        "let mut i = 300; while true { i -= 1; sum += 9 / i; }",
        "for x in [5, 4, 3] { for i in 0..100 { sum += x / (50 - i); } }",
        "loop { sum += f(sum); }",
        "loop { text += \"much\"; }",
    ] {
        let source = format!(
            "fn f(x: i64) -> i64 {{ let mut k = x; for i in 0..20 {{ k += i * 4611686018427387; }} k }}
             fn g(xs: [i64]) -> i64 {{ let mut sum = 0; let mut text = \"\"; if xs.len() > 3 {{ return g(xs); }} {body} sum + text.len() }}
             fn main() -> i64 {{ let mut s = 0; for i in 0..3 {{ s += g([1, 2, i]); }} s }}"
        );
        assert!(moves(&source) > 10, "{body}");
    }
}

/// What a run asks for that looks for code from so much fuel on, and how often it moves then; it ends as the evaluator's.
fn asks(source: &str, from: u64, lasts: Duration) -> (Vec<Asked>, u32) {
    asks_when(source, Asks { from, ask_from: from, lasts })
}

fn asks_when(source: &str, when: Asks) -> (Vec<Asked>, u32) {
    let program = Compiled::new(source).unwrap_or_else(|found| panic!("{found:?}"));
    let expected = program.run("main", &[], &LIMITS);
    let moving = Moving::new(&program, program.hash("main").unwrap()).unwrap();
    let (outcome, moves, asked) = moving.run_asking(&LIMITS, when).unwrap();
    assert_eq!(outcome, expected, "{source}");
    (asked, moves)
}

fn is_for(asked: &Asked, open: usize) -> bool {
    matches!(asked, Asked::Rest(NdaNode::ForBegin { .. }, loops) if *loops == open)
}

fn is_while(asked: &Asked, open: usize) -> bool {
    matches!(asked, Asked::Rest(NdaNode::Do, loops) if *loops == open)
}

/// Code is asked for once, and for a loop whose head comes by: the outermost of those.
#[test]
fn one_question_for_the_right_loop() {
    // The loop around seldom comes by, and the first look is at its head, because making the list took all fuel until then.
    let sieve = "fn main() -> i64 { let n = 120000; let mut composite = [false; n + 1]; let mut count = 0;
        for i in 2..n + 1 { if !composite[i] { count += 1; let mut j = i * i; while j <= n { composite[j] = true; j += i; } } } count }";
    let (asked, moves) = asks(sieve, 10_000, Duration::ZERO);
    assert!(asked.len() == 1 && is_while(&asked[0], 2), "{asked:?}");
    assert_eq!(moves, 1);
    // The outermost of three that all come by.
    let nest = "fn main() -> i64 { let mut s = 0; for i in 0..90 { for j in 0..20 { for k in 0..30 { s ^= i * j + k; } } } s }";
    let (asked, moves) = asks(nest, 10, Duration::ZERO);
    assert!(asked.len() == 1 && is_for(&asked[0], 1), "{asked:?}");
    assert_eq!(moves, 1);
    // The outermost came by at first, and has slowed down since.
    let slower = "fn main() -> i64 { let mut s = 0; for i in 0..40 { let rounds = if i < 30 { 5 } else { 2000 }; for j in 0..rounds { for k in 0..20 { s ^= i * j + k; } } } s }";
    let (asked, moves) = asks_when(slower, Asks { from: 100, ask_from: 25_000, lasts: Duration::ZERO });
    assert!(asked.len() == 1 && is_for(&asked[0], 2), "{asked:?}");
    assert_eq!(moves, 1);
    // The one around has three rounds, each of which calls what takes long: the callee's loop comes by.
    let calls = "fn heavy(n: i64) -> i64 { let mut s = 0; let mut k = 0; while k < n { for j in 0..9 { s += j ^ k; } k += 1; }
            if s % 3 == 0 { s += n * 7 - 4; } else if s % 3 == 1 { s -= n * 9 + 8; } s ^= s >> 7; s ^= s << 9; s &= 1023; s | 4096 }
        fn main() -> i64 { let mut s = 0; for i in 0..3 { s ^= heavy(2000 + i); } s }";
    let (asked, moves) = asks(calls, 10, Duration::ZERO);
    assert!(asked.len() == 1 && is_for(&asked[0], 2) && moves >= 1, "{asked:?} {moves}");
}

/// The condition of a `while` loop is in the loop.
#[test]
fn a_loop_whose_condition_takes_long() {
    let source = "fn fib(n: i64) -> i64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
        fn main() -> i64 { let mut k = 0; while fib(12 + k % 3) < 99999 && k < 60 { k += 1; } k }";
    let (asked, moves) = asks(source, 10, Duration::ZERO);
    assert!(asked.len() == 1 && is_while(&asked[0], 1) && moves >= 1, "{asked:?} {moves}");
}

/// No code is made for loops that are over before it could be there.
#[test]
fn no_question_for_what_is_nearly_over() {
    let hour = Duration::from_secs(3600);
    let rounds = |count: &str| {
        format!("fn main() -> i64 {{ let mut s = 0; for i in 0..{count} {{ s = (s ^ i) * 7 % 1009; }} s }}")
    };
    assert_eq!(asks(&rounds("40000"), 10, hour), (Vec::new(), 0));
    let (asked, moves) = asks(&rounds("4000000000000000000"), 10, hour);
    assert!(asked.len() == 1 && is_for(&asked[0], 1), "{asked:?}");
    assert_eq!(moves, 1);
    // A loop inside of one that goes on comes by again.
    let inside = "fn main() -> i64 { let mut s = 0; let mut k = 0; while k < 9 { for i in 0..9000 { s ^= i * k; } k += 1; } s }";
    let (asked, moves) = asks(inside, 10, hour);
    assert!(asked.len() == 1 && is_for(&asked[0], 2), "{asked:?}");
    assert_eq!(moves, 1);
}

#[test]
fn generated_programs_move() {
    let mut moves = 0;
    for seed in (0..320).step_by(8) {
        let source = generate::program_of_seed(seed);
        moves += oracle::compare(&source, seed).unwrap_or_else(|found| panic!("{seed}: {found}")).moves;
    }
    assert!(moves > 5, "{moves}");
}

/// A program that is run once and loops long ends in machine code.
#[test]
fn a_long_run_moves_by_itself() {
    let source = "fn main() -> i64 { let mut x = 1; for i in 0..400000000 { x = (x ^ i) * 7 % 100003; } x }";
    let program = Compiled::new(source).unwrap();
    let limits = nda_engine::Limits { fuel: 1 << 40, ..nda_engine::Limits::default() };
    let cancel = nda_engine::CancelHandle::new();
    let options = RunOptions {
        limits,
        tier: Tier::Auto,
        deadline: Some(Duration::from_secs(100)),
        cancel: Some(cancel),
        ..RunOptions::default()
    };
    let begun = Instant::now();
    let engine = Engine::new();
    let ran =
        NdaJitSandbox::new(&engine, &program).run(program.hash("main").unwrap(), &[], &options).unwrap();
    assert_eq!((ran.moves, ran.outcome.fuel), (1, 400_000_001), "{:?}", begun.elapsed());
    assert!(matches!(ran.outcome.result, Ok(Value::Int(_))));
}
