//! Tests of the syntax crate: text in, text out. `UPDATE_EXPECT=1 cargo test -p nda-syntax` blesses the snapshots.

// A panic in a helper is the test failing, as in the tests themselves.
#![allow(clippy::unwrap_used)]

mod docs;
mod format;
mod generate;
mod hostile;
mod parse;
mod property;
mod recovery;
mod slips;

use nda_syntax::{Tree, dump};

/// The tree of a source without problems.
fn tree(source: &str) -> String {
    let (tree, problems) = nda_syntax::parse(source);
    assert_eq!(problems, [], "{source}");
    dump::dump(&tree, source)
}

/// One expression without problems.
fn expr(source: &str) -> String {
    let (mut tree, mut problems) = (Tree::default(), Vec::new());
    let root = nda_syntax::parse_expr_into(&mut tree, source, &mut problems);
    assert_eq!(problems, [], "{source}");
    dump::dump_expr(&tree, source, root)
}

/// The problems of a source, a line each: code, the text of the place, message, fix.
fn problems(source: &str) -> String {
    use std::fmt::Write;
    let (_, problems) = nda_syntax::parse(source);
    let mut out = String::new();
    for problem in &problems {
        let place = problem.span.text(source).lines().next().unwrap_or_default();
        let (line, _) = problem.span.line_column(source);
        writeln!(out, "{} {line} `{place}`: {}", problem.code, problem.message).unwrap();
        if let Some(fix) = &problem.fix {
            let fixed = fixed(source, fix);
            let changed: Vec<&str> = fixed
                .lines()
                .zip(source.lines())
                .filter(|(new, old)| new != old)
                .map(|(new, _)| new.trim())
                .collect();
            writeln!(out, "    {:?}: {}", fix.safety, changed.join(" / ")).unwrap();
        }
    }
    out
}

/// The source with a fix applied.
fn fixed(source: &str, fix: &nda_diagnostics::Fix) -> String {
    let mut text = source.to_owned();
    for edit in fix.edits.iter().rev() {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    text
}

/// The problems of statements, as if they stood in a function.
fn stmt_problems(source: &str) -> String {
    problems(&format!("fn main() {{\n    {source}\n}}\n"))
}
