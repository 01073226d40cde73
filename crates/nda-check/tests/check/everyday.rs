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
