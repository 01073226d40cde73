//! The pages of the codes in `docs/errors/`, and the language reference in `docs/spec/`: both are programs.

use crate::check;
use nda_diagnostics::{Code, Diagnostic, Severity};
use std::fmt::Write;

/// The fenced blocks of a page whose info string is `info`.
fn blocks<'a>(page: &'a str, info: &str) -> Vec<&'a str> {
    let fence = format!("```{info}\n");
    page.match_indices(&fence)
        .map(|(at, _)| {
            let body = &page[at + fence.len()..];
            &body[..body.find("```").expect("blocks are closed")]
        })
        .collect()
}

/// Pages about what the checker alone, without a host, a gate or a writer of records, never says.
const PROSE: &[Code] = &[
    Code::NoMain,
    Code::UndeclaredEffect,
    Code::ExampleFalse,
    Code::ExampleTraps,
    Code::DependentBroken,
    Code::ExampleEffect,
    Code::Secret,
    Code::PolicyCapability,
    Code::TooFewExamples,
    Code::NotTheirs,
    Code::InputTraps,
    Code::BehaviourDiffers,
    Code::DependentLeft,
    Code::BadRecord,
    Code::FunctionTooLarge,
    Code::CapabilityUnused,
];

#[test]
fn pages_show_what_they_say() {
    for &code in Code::ALL.iter().filter(|code| !code.as_str().starts_with("E00")) {
        let page = code.page();
        assert!(page.starts_with(&format!("# {code}: {}\n", code.title())), "{code}");
        let (good, bad) = (blocks(page, "nda"), blocks(page, "nda,fails"));
        if PROSE.contains(&code) {
            assert!(
                good.is_empty() && bad.is_empty() && page.contains("```text\n") || code == Code::NoMain,
                "{code}"
            );
            continue;
        }
        assert!(!good.is_empty() && !bad.is_empty(), "{code} has no examples");
        for source in good {
            assert_eq!(check(source).0, [], "{code}: the right example");
            assert_eq!(nda_syntax::format(source).as_deref(), Ok(source), "{code}: the right example");
        }
        for source in bad {
            let (found, _) = check(source);
            let told = |found: &&Diagnostic| found.is_error() || code.severity() == Severity::Warning;
            let mut told: Vec<Code> = found.iter().filter(told).map(|found| found.code).collect();
            told.dedup();
            assert_eq!(told, [code], "the wrong example");
        }
    }
}

#[test]
fn the_reference_is_true() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec");
    let mut report = String::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let page = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for block in nda_testkit::spec::blocks(&page).unwrap_or_else(|error| panic!("{name}: {error}")) {
            count += 1;
            for problem in block.problems() {
                let _ = writeln!(report, "docs/spec/{name}:{}: {problem}", block.line);
            }
        }
    }
    assert!(report.is_empty() && count > 30, "{count} blocks\n{report}");
}
