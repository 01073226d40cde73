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
        (
            "let mut xs = [5, 6, 7, 8]; print(xs.drain(1..3).collect()); print(xs); print(xs.drain(..1)); print(xs); let e = xs.split_off(0); print((xs, e)); xs = [1, 2, 3]; print(xs.drain(2..)); print(xs.drain(..)); print(xs);",
            "[6, 7] | [5, 8] | [5] | [8] | ([], [8]) | [3] | [1, 2] | []",
        ),
        (
            "let mut xs = [1]; let mut ys = [2, 3]; xs.append(&mut ys); print((xs, ys)); xs.resize(5, 9); print(xs); xs.resize(1, 0); print(xs);",
            "([1, 2, 3], []) | [1, 2, 3, 9, 9] | [1]",
        ),
        (
            "let mut xs = [10, 11, 25, 27, 12]; xs.dedup_by_key(|x| x / 10); print(xs); let ys = [1, 3, 5]; print(ys.binary_search(&3)); print(ys.binary_search(&4)); print(ys.partition_point(|&y| y < 4)); print(ys.iter().rposition(|&y| y == 1)); print(ys.get(1..3)); print(ys.get(2..9)); print(ys.split_first());",
            "[10, 25, 12] | Ok(1) | Err(2) | 2 | Some(0) | Some([3, 5]) | None | Some((1, [3, 5]))",
        ),
        (
            "let words = [\"a\", \"bb\", \"a\"]; print(words.into_iter().counts()); print([1, 2, 3].into_iter().into_group_map_by(|n| n % 2)); print([[1], [2, 3]].concat()); print([\"a\", \"b\"].concat());",
            "{\"a\": 2, \"bb\": 1} | {0: [2], 1: [1, 3]} | [1, 2, 3] | ab",
        ),
        (
            "let mut m = Map::from([(1, \"a\"), (3, \"c\"), (5, \"e\")]); print(m.range(2..5).map(|(k, _)| k).collect()); print(m.first_key_value()); print(m.pop_last()); m.retain(|_, v| v != \"a\"); print(m); print(m.pop_first()); print(m.pop_first()); m.extend([(7, \"g\")]); print(m);",
            "[3] | Some((1, \"a\")) | Some((5, \"e\")) | {3: \"c\"} | Some((3, \"c\")) | None | {7: \"g\"}",
        ),
        (
            "let s = \"Hä-Lo, x\"; print(s.to_ascii_uppercase()); print(s.eq_ignore_ascii_case(\"hä-lO, X\")); print(s.char_indices().nth(2)); print(s.split(|c: char| !c.is_alphanumeric()).collect()); print(s.find(|c| c == \"L\")); print(s.contains(char::is_whitespace)); print(s.matches(\"o\").count());",
            "Hä-LO, X | true | Some((3, \"-\")) | [\"Hä\", \"Lo\", \"\", \"x\"] | Some(4) | true | 1",
        ),
        (
            "let s = \"\\\"--quoted--\\\"\"; let t = s.trim_matches('\"'); print(t); print(t.trim_start_matches(\"-\")); print(t.trim_matches(|c: char| c.is_ascii_punctuation())); print(\"a=b=c\".splitn(2, '=').collect()); print(\"a.b.c\".rsplit_once('.')); print(\"1 2\".rsplit(' ').collect());",
            "--quoted-- | quoted-- | quoted | [\"a\", \"b=c\"] | Some((\"a.b\", \"c\")) | [\"2\", \"1\"]",
        ),
        (
            "let mut s = \"häl\"; print(s.pop()); print(s.remove(1)); print(s); s = \"abcd\"; s.truncate(2); s.truncate(9); print(s); s.retain(|c| c != \"a\"); print(s);",
            "Some(\"l\") | ä | h | ab | b",
        ),
        (
            "print(99.isqrt()); print(9223372036854775807.isqrt()); print(0.isqrt()); print(1000.ilog10()); print(1023.ilog2()); print(Some(1).xor(None)); print(Some(1).xor(Some(2)));",
            "9 | 3037000499 | 0 | 3 | 9 | Some(1) | None",
        ),
        (
            "let s: String = std::iter::repeat(\"ab\").take(2).collect(); print(s); print(HashMap::from_iter([(1, 2)])); print(char::from_u32(98)); print(char::from_u32(55300)); print(char::from(97)); print(std::char::from_digit(7, 10).unwrap()); print(char::from_digit(11, 10));",
            "abab | {1: 2} | Some(\"b\") | None | a | 7 | None",
        ),
        (
            "print(i64::from(3) + i64::from(true)); print(f64::from(3) / 2.0); print(i64::pow(2, 5)); print(f64::max(1.0, 2.5)); print(str::len(\"abc\")); let n: i64 = Default::default(); print(n + i64::default()); let xs: Vec<i64> = Vec::default(); print(xs);",
            "4 | 1.5 | 32 | 2.5 | 3 | 0 | []",
        ),
        (
            "let c = \"q\"; print(('a'..='z').contains(&c)); let x = 0.5; print((0.0..0.5).contains(&x)); print(((3 - 1 + 1) % 26 + b'a') as char);",
            "true | false | d",
        ),
        (
            "let mut v = vec![(\"a\", 1), (\"b\", 2), (\"c\", 1)]; v.sort_by_key(|p| std::cmp::Reverse(p.1)); print(v); v.sort_by_key(|p| (p.1, Reverse(p.0))); print(v); let mut f = [2.0, 1.0]; f.sort_by(f64::total_cmp); print(f);",
            "[(\"b\", 2), (\"a\", 1), (\"c\", 1)] | [(\"c\", 1), (\"a\", 1), (\"b\", 2)] | [1.0, 2.0]",
        ),
        (
            "let mut s = 0; for x in Some(3) { s += x; } for (a, b) in Some((1, 2)) { s += a * b; } print(s);",
            "5",
        ),
        (
            "let mut o = Some(1); if let Some(x) = &mut o { *x += 1; } if let Some(x) = o.as_mut() { *x += 1 } match &mut o { Some(x) => *x *= 10, None => {} } print(o);",
            "Some(30)",
        ),
        (
            "let mut p = (1, [2]); match &mut p { (n, xs) => { *n += 1; xs.push(*n); xs.len() } }; print(p); let n = if let (a, _) = p { a } else { 0 }; print(n);",
            "(2, [2, 2]) | 2",
        ),
        (
            "let o = 2.cmp(&3); print(o); print(o.reverse()); print(\"b\".cmp(\"a\").is_lt()); print(1.cmp(&1).then(o) == std::cmp::Ordering::Less); print(1.cmp(&1).then_with(|| 3.cmp(&2))); print(1.5.partial_cmp(&0.5)); print(f64::NAN.partial_cmp(&0.5));",
            "Less | Greater | false | true | Greater | Some(Greater) | None",
        ),
        (
            "let mut s = String::new(); write!(s, \"{}-\", 1).unwrap(); writeln!(&mut s, \"{:?}\", Some(2)).unwrap(); writeln!(s).unwrap(); print(s.lines().collect()); print(unsafe { s.len() });",
            "[\"1-Some(2)\", \"\"] | 11",
        ),
        ("fn twice(n: i64) -> i64 { n * 2 }\n    const TEN: i64 = 10; print(twice(TEN));", "20"),
    ] {
        assert_eq!(mended_output(body), printed, "{body}");
    }
}

#[test]
fn what_a_pattern_binds_is_made_mut_only_where_that_means_the_same() {
    for body in [
        "let mut o = Some(1); if let Some(x) = &mut o { *x += 1; if *x > 1 { return; } }",
        "let mut o = Some((1, 2)); if let Some((x, _)) = &mut o { *x += 1; }",
        "let mut o = Some(1); while let Some(x) = &mut o { *x += 1; }",
        "let mut p = (1, 2); let (a, b) = p; a += b;",
    ] {
        let source = format!("fn main() {{ {body} }}");
        let (errors, _) = mended(&source);
        let codes: Vec<_> = errors.iter().map(|error| error.code.as_str()).collect();
        assert_eq!(codes, ["E0301"], "{body}");
    }
}

#[test]
fn a_lambda_that_changes_what_it_is_given_is_not_written_out() {
    let body = "let mut m = Map::from([(1, 2)]); m.retain(|_, v| { *v -= 1; *v > 0 });";
    let (errors, _) = mended(&format!("fn main() {{ {body} }}"));
    assert!(errors.iter().any(|error| error.message.contains("has no method `retain`")), "{errors:?}");
}
