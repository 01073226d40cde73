//! Everyday Rust, as a model writes it: accepted, mended by safe fixes, or refused with words that help.

use super::{check, fixed};
use expect_test::expect_file;
use nda_diagnostics::{Diagnostic, Safety};
use std::fmt::Write;

/// Fixes that one piece may need.
const MAX_FIXES: usize = 60;

/// The errors of a source, once every safe fix has been applied, and how many fixes that took.
fn mended(source: &str) -> (Vec<Diagnostic>, usize) {
    let mut source = source.to_owned();
    for fixes in 0..MAX_FIXES {
        let (found, _) = check(&source);
        let safe = |found: &Diagnostic| found.fix.clone().filter(|fix| fix.safety == Safety::Safe);
        match found.iter().filter(|found| found.is_error()).find_map(safe) {
            Some(fix) => source = fixed(&source, &fix),
            None => return (found.into_iter().filter(Diagnostic::is_error).collect(), fixes),
        }
    }
    panic!("the fixes go on and on:\n{source}");
}

#[test]
fn everyday_rust_is_accepted_mended_or_helped() {
    let mut answers = String::new();
    let mut without_help = Vec::new();
    for piece in include_str!("everyday.rs.txt").split("\n//# ").skip(1) {
        let (name, source) = piece.split_once('\n').expect("a source stands below its name");
        let (errors, fixes) = mended(source);
        if errors.is_empty() {
            let answer = if fixes == 0 { "accepted" } else { "mended" };
            writeln!(answers, "{name}: {answer}").expect("a string takes everything");
            continue;
        }
        writeln!(answers, "{name}: refused").expect("a string takes everything");
        for error in &errors {
            let fix = error.fix.as_ref().map(|fix| fix.message.as_str());
            let help: Vec<&str> = error.notes.iter().map(String::as_str).chain(fix).collect();
            writeln!(answers, "    {} {}: {}", error.code, error.message, help.join("; "))
                .expect("a string takes everything");
        }
        if errors.iter().all(|error| error.notes.is_empty() && error.fix.is_none()) {
            without_help.push(name);
        }
    }
    expect_file!["everyday.expected"].assert_eq(&answers);
    assert_eq!(without_help, [""; 0], "these are refused, and nothing says what to write instead");
}

/// What `main` prints once the safe fixes are applied.
fn mended_output(body: &str) -> String {
    let mut source = format!("fn main() {{ {body} }}");
    for _ in 0..MAX_FIXES {
        let (found, _) = check(&source);
        let fix = found
            .iter()
            .filter(|found| found.is_error())
            .find_map(|found| found.fix.clone().filter(|fix| fix.safety == Safety::Safe));
        match fix {
            Some(fix) => source = fixed(&source, &fix),
            None => break,
        }
    }
    crate::run(&source).trim_end().replace('\n', " | ")
}

#[test]
fn what_is_written_out_means_what_it_means_in_rust() {
    for (body, printed) in [
        (
            "let n = 3 - 5; print(n.is_negative()); print((n + 2).is_positive()); print(n.is_negative() != false);",
            "true | false | true",
        ),
        ("print(3.abs_diff(8)); print((1 - 4).abs_diff(2 - 1) * 2);", "5 | 8"),
        ("print(8.is_power_of_two()); let n = 2 + 4; print(n.is_power_of_two());", "true | false"),
        (
            "let mut xs = [1, 2, 3, 4]; xs.rotate_left(1); print(xs); xs.rotate_right(2); print(xs); xs.fill(7); print(xs);",
            "[2, 3, 4, 1] | [4, 1, 2, 3] | [7, 7, 7, 7]",
        ),
        ("let mut xs = [1, 2, 3, 4]; print(xs.swap_remove(1) * 10); print(xs);", "20 | [1, 4, 3]"),
        (
            "let xs = [1, 2, 2]; let n = 1; print(xs.is_sorted()); print(xs.split_at(n)); print(xs.chunks_exact(2).collect());",
            "true | ([1], [2, 2]) | [[1, 2]]",
        ),
        (
            "let mut s = \"ad\"; s.insert_str(1, \"bc\"); print(s); print(\"7\".to_digit(10)); print(\"x\".to_digit(10));",
            "abcd | Some(7) | None",
        ),
        (
            "let c = \"é\"; print(c.is_ascii_alphanumeric()); let d = \"d\"; print(d.is_ascii_alphanumeric());",
            "false | true",
        ),
        (
            "let n = 3; print((n > 2).then(|| n * 2)); print((n > 5).then_some(n)); print((n > 5).then(|| 1 / 0));",
            "Some(6) | None | None",
        ),
        (
            "let (a, b) = (2, 3); print(match a.cmp(&b) { Ordering::Less => -1, Ordering::Equal => 0, Ordering::Greater => 1 } + 10);",
            "9",
        ),
        (
            "let xs = [5]; let f = match (xs[0] + 1).cmp(&xs.len()) { std::cmp::Ordering::Equal | std::cmp::Ordering::Less => { \"no\" } _ => \"more\" }; print(f);",
            "more",
        ),
        (
            "let mut m = Map::new(); for w in [1, 2, 1] { let e = m.entry(w).or_insert(0); *e += 1; } print(m); let a = m.get_mut(&1).unwrap(); *a = 7; *m.get_mut(&2).unwrap() += 1; print(m);",
            "{1: 2, 2: 1} | {1: 7, 2: 2}",
        ),
        (
            "let mut xs = vec![(1, 5), (2, 6)]; if let Some(x) = xs.iter_mut().find(|x| x.0 == 2) { x.1 = 0; } xs.iter_mut().for_each(|x| x.0 += 1); *xs.last_mut().unwrap() = (9, 9); print(xs);",
            "[(2, 5), (9, 9)]",
        ),
        (
            "let xs = [[1, 2]]; let mut s = 0; for [a, b] in xs { s += a * b; } print(s); print(xs.map(|[a, b]| a - b).collect());",
            "2 | [-1]",
        ),
        ("fn twice(n: i64) -> i64 { n * 2 }\n    const TEN: i64 = 10; print(twice(TEN));", "20"),
    ] {
        assert_eq!(mended_output(body), printed, "{body}");
    }
}
