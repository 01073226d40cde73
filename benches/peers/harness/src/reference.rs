//! The programs in Rust: the answers all peers must give, and what the peer `native` runs.
//!
//! Sizes pass through `black_box`, or LLVM would fold whole programs; the functions under measurement are never inlined
//! into the caller. Everything else is left to the optimiser: `native` is what the machine can do, overflow unchecked.

use std::hint::black_box;

use crate::{Answer, Row};

/// Runs `row` once.
#[must_use]
pub fn run(row: Row) -> Answer {
    match row {
        Row::Fib => Answer::Int(fib(black_box(30))),
        Row::Wrap => Answer::Int(wrap(black_box(10_000_000))),
        Row::Mod => Answer::Int(modulo(black_box(10_000_000))),
        Row::Sieve => Answer::Int(sieve(black_box(1_000_000))),
        Row::Mandel => Answer::Int(mandel(black_box(256))),
        Row::Collatz => Answer::Int(collatz(black_box(300_000))),
        Row::Matmul => Answer::Float(matmul(black_box(128))),
        Row::Calls => Answer::Int(calls(black_box(3_000_000))),
        _ => crate::objects::run(row).expect("the rows that are left are about objects"),
    }
}

#[inline(never)]
fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

#[inline(never)]
fn wrap(n: i64) -> i64 {
    let mut s: i64 = 0;
    for i in 0..n {
        s = s.wrapping_mul(31).wrapping_add(i);
    }
    s
}

#[inline(never)]
fn modulo(n: i64) -> i64 {
    let mut s = 0;
    for i in 0..n {
        s = (s * 31 + i) % 1_000_003;
    }
    s
}

#[inline(never)]
fn sieve(n: usize) -> i64 {
    let mut composite = vec![false; n + 1];
    let mut count = 0;
    for i in 2..=n {
        if !composite[i] {
            count += 1;
            let mut j = i * i;
            while j <= n {
                composite[j] = true;
                j += i;
            }
        }
    }
    count
}

#[inline(never)]
fn mandel(size: i64) -> i64 {
    let mut total = 0;
    for py in 0..size {
        let ci = py as f64 * 0.011_718_75 - 1.5;
        for px in 0..size {
            let cr = px as f64 * 0.011_718_75 - 2.0;
            let (mut zr, mut zi) = (0.0, 0.0);
            let mut n = 0;
            while n < 100 {
                let r2 = zr * zr;
                let i2 = zi * zi;
                if r2 + i2 > 4.0 {
                    break;
                }
                zi = 2.0 * zr * zi + ci;
                zr = r2 - i2 + cr;
                n += 1;
            }
            total += n;
        }
    }
    total
}

#[inline(never)]
fn collatz(limit: i64) -> i64 {
    let (mut best, mut best_len) = (0, 0);
    for n in 1..limit {
        let mut x = n;
        let mut len = 1;
        while x != 1 {
            x = if x % 2 == 0 { x / 2 } else { 3 * x + 1 };
            len += 1;
        }
        if len > best_len {
            (best, best_len) = (n, len);
        }
    }
    best * 1000 + best_len
}

#[inline(never)]
fn matmul(n: usize) -> f64 {
    let a: Vec<f64> = (0..n * n).map(|k| (k % 17) as f64 * 0.1).collect();
    let b: Vec<f64> = (0..n * n).map(|k| (k % 23) as f64 * 0.3).collect();
    let mut c = vec![0.0; n * n];
    for i in 0..n {
        let row = i * n;
        for j in 0..n {
            let mut s = 0.0;
            for k in 0..n {
                s += a[row + k] * b[k * n + j];
            }
            c[row + j] = s;
        }
    }
    let mut total = 0.0;
    for x in c {
        total += x;
    }
    total
}

#[inline(never)]
fn step(s: i64, i: i64) -> i64 {
    if s > i { s - i } else { s + i }
}

#[inline(never)]
fn calls(n: i64) -> i64 {
    let mut s = 0;
    for i in 0..n {
        s = step(s, i);
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(run(Row::Fib), Answer::Int(832_040));
        assert_eq!(run(Row::Sieve), Answer::Int(78_498));
        // The chain from 230,631 has 443 members.
        assert_eq!(run(Row::Collatz), Answer::Int(230_631_443));
    }
}
