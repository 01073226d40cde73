//! Input that nobody wrote in good faith, through the program: an answer with its exit code, never an apology.

use crate::{folder, nda, text};
use std::path::Path;

/// What `nda check` says of these bytes: the exit code and the first line on standard error.
fn check(folder: &Path, bytes: &[u8]) -> (i32, String) {
    std::fs::write(folder.join("hostile.nda"), bytes).expect("the folder is writable");
    let (code, out, err) = text(&nda(folder, &["check", "hostile.nda"]));
    assert!(!err.contains("please report") && !out.contains("please report"), "{err}");
    assert!(err.len() < 100_000, "{} bytes of complaints", err.len());
    (code, err.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn bytes_that_are_no_source_are_refused() {
    let folder = folder();
    let refused = |bytes: &[u8], wanted: &str| {
        let (code, first) = check(folder.path(), bytes);
        assert!(code == 1 && first.starts_with(wanted), "{code}: {first}, not {wanted}");
    };
    // Not UTF-8: alone, inside of a text, in the middle of a character.
    refused(b"\xff\xfe", "error[E0003]");
    refused(b"fn main() -> str { \"\xc3\x28\" }", "error[E0003]");
    refused("fn main() -> str { \"ä\" }".as_bytes().get(..21).expect("it is that long"), "error[E0003]");
    refused(b"fn main() -> i64 { 1 \0 }", "error[E00");
    refused(b"\0\0\0\0", "error[E00");
    refused("fn main() -> i64 { \u{202e}1 }".as_bytes(), "error[E00");
}

#[test]
fn nul_in_text_is_text() {
    let folder = folder();
    let source = b"fn main() -> i64 { print(\"a\0b\"); \"a\0b\".len() }";
    assert_eq!(check(folder.path(), source).0, 0);
    assert_eq!(text(&nda(folder.path(), &["run", "hostile.nda"])), (0, "a\0b\n3\n".into(), String::new()));
}

#[test]
fn sources_that_are_too_much_are_refused() {
    let folder = folder();
    let most = nda_syntax::MAX_SOURCE;
    for (source, wanted) in [
        ("(".repeat(100_000), "error[E"),
        (format!("fn main() -> i64 {{ {}1{} }}", "(".repeat(100_000), ")".repeat(100_000)), "error[E"),
        (format!("fn main() -> i64 {{ {}1 }}", "-".repeat(100_000)), "error[E"),
        (
            format!(
                "fn main() -> i64 {{ {}1{} }}",
                "if true { ".repeat(50_000),
                " } else { 2 }".repeat(50_000)
            ),
            "error[E",
        ),
        // One line as long as a source may be, and one byte longer.
        (format!("fn main() -> i64 {{ 1{} }}", " + 1".repeat(most / 4 - 16)), "error[E"),
        (format!("fn main() -> str {{ \"{}\"", "x".repeat(most - 32)), "error[E"),
        (" ".repeat(most + 1), "error[E0001]"),
    ] {
        let (code, first) = check(folder.path(), source.as_bytes());
        let start: String = source.chars().take(40).collect();
        assert!(code == 1 && first.starts_with(wanted), "{start}…: {code}: {first}");
    }
}

#[test]
fn files_that_are_no_files_are_errors() {
    let folder = folder();
    for args in [
        &["check", "missing.nda"][..],
        &["run", "."],
        &["run", "a.nda::no_such"],
        &["run", "a.nda::sum_sq", "[[[["],
    ] {
        let (code, _, err) = text(&nda(folder.path(), args));
        assert!(
            (1..=2).contains(&code) && !err.is_empty() && !err.contains("please report"),
            "{args:?}: {code}: {err}"
        );
    }
}

#[test]
fn a_secret_is_in_no_output_and_in_no_file_of_the_store() {
    let folder = folder();
    let at = folder.path();
    let secret = format!("ghp_{}", "Zz01yY23xX45wW67vV89uU01tT23sS45rR67");
    let source = format!("/// Ends in {secret}.\nfn f() -> str {{\n    \"{secret}\" + 1\n}}\n");
    std::fs::write(at.join("s.nda"), &source).expect("the folder is writable");
    std::fs::write(at.join("open.nda"), format!("fn f() {{ (\"{secret}\" \n"))
        .expect("the folder is writable");
    std::fs::write(at.join("bytes.nda"), [source.as_bytes(), secret.as_bytes(), &[0xFF]].concat())
        .expect("the folder is writable");
    assert_eq!(text(&nda(at, &["init"])).0, 0);
    let expression = format!("len(\"{secret}\") +");
    let runs: &[&[&str]] = &[
        &["check", "s.nda"],
        &["check", "--fix", "s.nda"],
        &["check", "s.nda", "a.nda"],
        &["commit", "s.nda", "-m", "m"],
        &["commit", "a.nda", "-m", &secret],
        &["commit", "a.nda", "--author", &secret],
        &["run", "s.nda::f"],
        &["eval", &expression],
        &["fmt", "--check", "open.nda"],
        &["check", "bytes.nda"],
    ];
    for run in runs {
        for json in [&[][..], &["--json"]] {
            let (code, out, err) = text(&nda(at, &[run, json].concat()));
            assert!(code == 1 || code == 2, "{run:?}: {code} {out}{err}");
            assert!(!(out + &err).contains(&secret[8..20]), "{run:?} repeats it");
        }
    }
    assert_eq!(text(&nda(at, &["log"])).1, "nothing is committed yet\n");
    for file in std::fs::read_dir(at.join(".nda")).expect("there is a store").flatten() {
        let bytes = std::fs::read(file.path()).expect("it can be read");
        let has = bytes.windows(12).any(|window| window == &secret.as_bytes()[8..20]);
        assert!(!has, "{:?} holds it", file.path());
    }
}
