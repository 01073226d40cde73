//! Loops that tier 2 makes something else of: rounds left out, checks proved to be idle, both sides of an `if` computed, fuel
//! paid for ahead, recursion unrolled. Each at its edges: the last number that fits, the unit of fuel in the middle.

use nda_graph::{Limits, Outcome, TrapKind};
use nda_testkit::oracle::{LIMITS, compare_under};

/// The tiers agree on `main`, with enough fuel and cut at some points.
fn agrees(source: &str, cuts: &[u64]) -> Outcome {
    let same = |limits: Limits| match compare_under(source, 11, &limits) {
        Ok(agreement) => agreement.main.expect("the program has a `main`"),
        Err(difference) => panic!("{difference}\n{source}"),
    };
    let whole = same(LIMITS);
    cuts.iter().filter(|&&fuel| fuel < whole.fuel).for_each(|&fuel| drop(same(Limits { fuel, ..LIMITS })));
    whole
}

#[test]
fn rounds_that_are_left_out() {
    let rounds = [
        "s = s + i;",
        "s -= i;",
        "s = s + i * i;",
        "s = s + i * i * i - 7 * i;",
        "s = s * 3 + i;",
        "s = 5 - s;",
        "s = s.wrapping_mul(31).wrapping_add(i);",
        "s = s.wrapping_mul(6364136223846793005).wrapping_add(k);",
        "s = (s * 31 + i) % 1000003;",
        "s = (s + k) % 7;",
        "s = (s * 2) % 9223372036854775807;",
        "let t = s + k; s = t - i; k2 = t;",
        "let t = s.wrapping_add(k2); s = k2; k2 = t;",
        "k2 = k2 + 1; s = s + k2;",
    ];
    let starts = ["0", "-12345", "9223372036854000000", "i64::MIN"];
    let ranges = [
        "0..3000",
        "-1500..=1500",
        "9223372036854773000..=9223372036854775807",
        "0..k",
        "(-1500..=1500).rev()",
        "(-3000..3000).step_by(3)",
        "(9223372036854770000..=9223372036854775807).step_by(2)",
        "(0..=k * 5).rev().step_by(5)",
    ];
    for (number, round) in rounds.into_iter().enumerate() {
        for (turn, range) in ranges.into_iter().enumerate() {
            // Every round with every range, each with another start.
            let start = starts[(number + turn) % 4];
            let source = format!(
                "fn run(s0: i64, k: i64) -> i64 {{
                        let mut s = s0;
                        let mut k2 = 1;
                        for i in {range} {{ {round} }}
                        s.wrapping_mul(3).wrapping_add(k2)
                    }}
                    fn main() -> i64 {{ run({start}, 2000) }}"
            );
            agrees(&source, &[2, 1_001, 1_700]);
        }
    }
}

#[test]
fn rounds_in_constant_time() {
    // Going round would take the fuel of days.
    let source = "fn main() -> i64 {
        let mut s: i64 = 1;
        for i in 0..1000000000000 { s = s.wrapping_mul(31).wrapping_add(i); }
        s
    }";
    let program = nda_testkit::program::Compiled::new(source).unwrap();
    let engine = nda_engine::Engine::new();
    let limits = Limits { fuel: 1 << 50, ..Limits::default() };
    let options = nda_engine::RunOptions {
        limits,
        tier: nda_engine::Tier::Native,
        ..nda_engine::RunOptions::default()
    };
    let main = program.hash("main").unwrap();
    let run = nda_engine::NdaJitSandbox::new(&engine, &program).run(main, &[], &options).unwrap();
    assert_eq!(run.outcome.fuel, 1_000_000_000_001);
    // The first million rounds one by one, and again as a program of so many.
    let short = source.replace("1000000000000", "1000000");
    let program = nda_testkit::program::Compiled::new(&short).unwrap();
    let main = program.hash("main").unwrap();
    let run = nda_engine::NdaJitSandbox::new(&engine, &program).run(main, &[], &options).unwrap();
    let expected = (0..1_000_000_i64).fold(1_i64, |s, i| s.wrapping_mul(31).wrapping_add(i));
    assert_eq!(run.outcome.result, Ok(nda_graph::Value::Int(expected)));
}

#[test]
fn checks_that_stay() {
    let bodies = [
        "let mut t = 0; for i in 0..xs.len() { t += xs[i]; } t",
        "let mut t = 0; for i in 0..=xs.len() { t += xs[i]; } t",
        "let mut t = 0; for i in 1..xs.len() { t += xs[i - 1] * xs[i]; } t",
        "let mut t = 0; for i in 0..xs.len() { t += xs[i + 1]; } t",
        "let mut t = 0; for i in 0..xs.len() - 1 { t += xs[i + 1]; } t",
        "let mut t = 0; for i in -1..xs.len() { t += xs[i]; } t",
        "let mut t = 0; let mut i = 0; while i < xs.len() { t += xs[i]; i += 1; } t",
        "let mut t = 0; let mut i = xs.len(); while i >= 0 { i -= 1; t += xs[i]; } t",
        "let mut t = 0; for i in (0..xs.len()).rev() { t += xs[i] - i; } t",
        "let mut t = 0; for i in (0..=xs.len()).rev().step_by(3) { t += xs[i]; } t",
        "let mut ys = [0; n]; for i in 0..n { ys[i] = i * i; } ys[n - 1] + ys[0]",
        "let mut ys = [0; n]; for i in 0..=n { ys[i] = i; } ys[0]",
        "let mut ys = [0; n]; let mut zs = ys; for i in 0..n { ys[i] += i; zs[i] -= ys[i]; } zs[n - 1] + ys[n - 1]",
        "let mut ys = [1]; for i in 0..n { if ys[i] % 3 == 0 { ys.push(i); } ys.push(ys[i] + i); } ys[n]",
        "let mut ys = [[0; 3]; n]; for i in 0..n { for j in 0..4 { ys[i][j] = i; } } ys[0][0]",
        "let mut t = 0; for i in 0..n { for j in 0..n { t += xs[(i * n + j) % xs.len()]; } } t",
        "let mut t = 9223372036854775800; let mut i = 0; while i < n { t += 1; i += 1; } t",
        "let mut t = -9223372036854775800; for i in 0..n { t -= 1; } t",
        "let mut t = 0; for i in 9223372036854775800..9223372036854775807 { t += i % 2; } t",
        "let mut t = 4611686018427387904; for i in 0..n { if xs[i] % 2 == 0 { t = t / 2; } else { t = 3 * t + 1; } } t",
        "let mut t = 3074457345618258602; for i in 0..n { t = if t % 2 == 0 { t / 2 } else { 3 * t + 1 }; } t",
        "let mut t = 3074457345618258603; for i in 0..n { t = if t % 2 == 0 { t / 2 } else { 3 * t + 1 }; } t",
        "let mut t = 1; for i in 0..n { t = if t > i { t - i } else { t + i }; } t",
        "let mut t = n; for i in 0..n { if t % 8 == 0 { t = t - 3; } else { t += xs[i] % 4; } } t % 16 - t / 4",
        "let mut t = -7; for i in 0..n { t = t % 4 + t / 4 - i; } t",
        "let mut t = 0; for i in 0..n { t += if i == 3 { break; } else { i }; } t",
        "let mut t = 0; for i in 0..n { if i % 2 == 1 { continue; } t += xs[i]; } t",
        "for i in 0..n { if xs[i] == 5 { return i; } } 0 - 1",
        "let mut t = 1; for i in 0..70 { t = t << (i % 64); t = (t >> 3) + 1; } t",
        "let mut t = 0; for i in 0..n { t += n / (3 - i); } t",
    ];
    for body in bodies {
        for (list, n) in
            [("[5, 0, -3, 5, 2, 9, 8]", 7), ("[1, 2]", 2), ("[4]", 1), ("[7, 7, 6, 1, 2, 3, 4, 5]", 40)]
        {
            let source = format!(
                "fn run(xs: [i64], n: i64) -> i64 {{ {body} }}
                 fn main() -> i64 {{ run({list}, {n}) }}"
            );
            agrees(&source, &[3, 9]);
        }
    }
}

#[test]
fn fuel_paid_ahead_over_slices() {
    // More rounds than a slice of fuel has units; the loop is left in all ways.
    let bodies = [
        "for i in 0..n { t = (t ^ i) + 1; } t",
        "for i in 0..n { t = (t ^ i) + 1; if i == 20000 { break; } } t",
        "for i in 0..n { t = (t ^ i) + 1; if i == 30000 { return t; } } t",
        "for i in 0..n { t = (t ^ i) + 1; if i % 2 == 0 { continue; } t += xs[i % 3]; } t",
        "for i in 0..n { xs[i % 4] = t; t += 1; } t",
        "for i in 0..n { let ys = xs; xs[i % 3] = t; t += ys[0] % 3; } t",
        "for i in 0..=n { xs[i % 3] += i; } xs[1]",
        "for j in 0..3 { for i in 0..n / 3 { t = (t ^ i) + j; } } t",
    ];
    for body in bodies {
        let source = format!(
            "fn run(start: [i64], n: i64) -> i64 {{ let mut xs = start; let mut t = 0; {body} }}
             fn main() -> i64 {{ run([1, 2, 3], 40000) }}"
        );
        agrees(&source, &[16_383, 16_384, 16_385, 32_769]);
    }
}

#[test]
fn recursion_that_is_unrolled() {
    let source = "fn fib(n: i64) -> i64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
                  fn main() -> i64 { fib(9) }";
    let every: Vec<u64> = (0..110).collect();
    let whole = agrees(source, &every);
    for depth in 0..=whole.depth + 1 {
        let limits = Limits { depth, ..LIMITS };
        if let Err(difference) = compare_under(source, 3, &limits) {
            panic!("depth {depth}: {difference}");
        }
    }
    let trap = "fn even(n: i64) -> bool { if n == 0 { 1 / n == 0 } else { odd(n - 1) } }
                fn odd(n: i64) -> bool { if n == 0 { false } else { even(n - 1) } }
                fn main() -> bool { even(10) }";
    let whole = agrees(trap, &every);
    assert_eq!(whole.result.unwrap_err().kind, TrapKind::DivisionByZero);
}
