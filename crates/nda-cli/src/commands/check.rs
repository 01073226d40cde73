//! `nda check`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::sources::{self, Read};
use crate::stored_weights;
use nda_diagnostics::{Diagnostic, Edit, Safety};
use nda_gate::Gate;
use nda_report::sources::Sources;
use nda_report::verdict;
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Sources, judged together; a folder stands for every .nda file in it and below, `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Apply the fixes that keep what the author meant, and write the files
    #[arg(long)]
    fix: bool,
    /// Leave dependents at the head with what they use now, instead of rebuilding them
    #[arg(long)]
    keep_old: bool,
}

/// Judges the files as one submission.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut gate = context.gate(Access::Read)?.by(&super::commit::author(None));
    gate.keep_old = options.keep_old;
    gate.probes = true;
    stored_weights::offer_beside(gate.engine(), &options.files);
    let mut sources = match sources::read(&options.files)? {
        Read::Whole(sources) => sources,
        Read::Faulty(faulty) => {
            sources::complain_faulty(&faulty, context)?;
            return Ok(Exit::Refused);
        }
    };
    if options.fix {
        let fixed = fix(&mut gate, &sources)?;
        for (input, fixed) in sources.inputs.iter_mut().zip(&fixed.inputs) {
            if input.text != fixed.text && input.origin != "<stdin>" {
                super::fmt::replace(&input.origin, &fixed.text)?;
                input.text.clone_from(&fixed.text);
                if !context.json {
                    writeln!(context.out, "{}: fixed", input.origin)?;
                }
            }
        }
        let texts = sources.inputs.iter().map(|input| input.text.clone()).collect();
        sources = sources.with_texts(texts);
    }
    let verdict = gate.submit_parts(&sources.texts())?;
    if context.json {
        context.print_json(&verdict::json(&verdict, &sources))?;
    } else {
        super::show(&verdict, &sources, context)?;
    }
    Ok(if verdict.is_admitted() { Exit::Ok } else { Exit::Refused })
}

/// Applies safe fixes until there is none left, or they no longer help.
fn fix(gate: &mut Gate, sources: &Sources) -> Result<Sources, Failure> {
    let mut sources =
        sources.with_texts(sources.texts().into_iter().map(|text| text.text.to_owned()).collect());
    for _ in 0..100 {
        let found = gate.submit_parts(&sources.texts())?.diagnostics;
        let mut edits: Vec<Vec<Edit>> = vec![Vec::new(); sources.inputs.len()];
        let safe = found.iter().filter_map(|one| one.fix.as_ref()).filter(|fix| fix.safety == Safety::Safe);
        for fix in safe {
            let own: Vec<(usize, Edit)> = fix
                .edits
                .iter()
                .map(|edit| {
                    let (index, span) = sources.relative(edit.span);
                    (index, Edit { span, text: edit.text.clone() })
                })
                .collect();
            // Half of a fix is none: one that meets an earlier one waits for the next round.
            if !own.iter().any(|(index, edit)| edits[*index].iter().any(|other| meet(edit, other))) {
                own.into_iter().for_each(|(index, edit)| edits[index].push(edit));
            }
        }
        let texts =
            sources.inputs.iter().zip(&edits).map(|(input, edits)| apply(&input.text, edits)).collect();
        let fixed = sources.with_texts(texts);
        if fixed.texts() == sources.texts() {
            break;
        }
        // A fix that makes things worse is none; where there was an error of grammar, others may have been hidden.
        let errors = |found: &[Diagnostic]| {
            let grammar = found.iter().filter(|one| one.is_error() && one.code.as_str().starts_with("E00"));
            (grammar.count(), found.iter().filter(|one| one.is_error()).count())
        };
        if errors(&gate.submit_parts(&fixed.texts())?.diagnostics) > errors(&found) {
            break;
        }
        sources = fixed;
    }
    Ok(sources)
}

/// Whether two edits cannot both be made.
fn meet(one: &Edit, other: &Edit) -> bool {
    one.span.start < other.span.end && other.span.start < one.span.end || one.span.start == other.span.start
}

/// The text after edits that do not meet.
fn apply(text: &str, all: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = all.iter().collect();
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
