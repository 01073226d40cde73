//! `nda check`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::input::{self, Input, Loaded};
use crate::report::style::Style;
use crate::report::{diagnostics, verdict};
use nda_diagnostics::{Diagnostic, Edit, Safety};
use nda_gate::Gate;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Sources; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Apply the fixes that keep what the author meant, and write the files
    #[arg(long)]
    fix: bool,
}

/// Judges each file on its own.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut gate = context.gate(Access::Read)?;
    let mut exit = Exit::Ok;
    let mut all: Vec<Value> = Vec::new();
    for path in &options.files {
        let mut input = match input::load(path)? {
            Loaded::Text(input) => input,
            Loaded::Faulty(input, problem) => {
                exit = Exit::Refused;
                if context.json {
                    let found = diagnostics::all(&[*problem], &input);
                    all.push(json!({ "file": input.origin, "outcome": "refused", "diagnostics": found }));
                } else {
                    diagnostics::complain(&[*problem], &input, context)?;
                }
                continue;
            }
        };
        if options.fix && path != "-" {
            let fixed = fix(&mut gate, &input)?;
            if fixed != input.text {
                super::fmt::replace(path, &fixed)?;
                input.text = fixed;
                if !context.json {
                    writeln!(context.out, "{path}: fixed")?;
                }
            }
        }
        let verdict = gate.submit(&input.text)?;
        if !verdict.is_admitted() {
            exit = Exit::Refused;
        }
        if context.json {
            all.push(verdict::json(&verdict, &input));
        } else {
            let text = verdict::text(&verdict, &input, Style(context.color_out()));
            write!(context.out, "{text}")?;
            diagnostics::complain(&verdict.diagnostics, &input, context)?;
        }
    }
    if context.json {
        context.print_json(&json!({ "files": all }))?;
    }
    Ok(exit)
}

/// Applies safe fixes until there is none left, or they no longer help.
fn fix(gate: &mut Gate, input: &Input) -> Result<String, Failure> {
    let mut text = input.text.clone();
    for _ in 0..100 {
        let found = gate.submit(&text)?.diagnostics;
        let fixed = apply(&text, &found);
        if fixed == text {
            break;
        }
        // A fix that makes things worse is none.
        let errors = |found: &[Diagnostic]| found.iter().filter(|one| one.is_error()).count();
        if errors(&gate.submit(&fixed)?.diagnostics) > errors(&found) {
            break;
        }
        text = fixed;
    }
    Ok(text)
}

fn apply(text: &str, found: &[Diagnostic]) -> String {
    let safe = found.iter().filter_map(|one| one.fix.as_ref()).filter(|fix| fix.safety == Safety::Safe);
    let mut edits: Vec<&Edit> = Vec::new();
    for edit in safe.flat_map(|fix| &fix.edits) {
        let meets = |other: &Edit| edit.span.start < other.span.end && other.span.start < edit.span.end;
        if !edits.iter().any(|other| meets(other) || edit.span.start == other.span.start) {
            edits.push(edit);
        }
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut fixed = text.to_owned();
    for edit in edits {
        let range = edit.span.start as usize..edit.span.end as usize;
        if fixed.get(range.clone()).is_some() {
            fixed.replace_range(range, &edit.text);
        }
    }
    fixed
}
