//! `nda commit`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::input::{self, Loaded};
use crate::report::style::Style;
use crate::report::{diagnostics, verdict};
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Sources, committed one after the other in this order; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Why
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Who [default: $NDA_AUTHOR, or the user's name]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Do not wait for the disk: a power failure may lose the commit
    #[arg(long)]
    no_sync: bool,
}

/// Who commits, if nobody says.
pub fn author(named: Option<&str>) -> String {
    let from = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let found = named.map(str::to_owned).or_else(|| from("NDA_AUTHOR")).or_else(|| from("USER"));
    found.unwrap_or_else(|| "unknown".to_owned())
}

/// Gates and commits each file. The first that is refused ends it; what was committed before stays.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let store = context.store(Access::Write { sync: !options.no_sync })?;
    let mut gate = nda_gate::Gate::over(crate::context::engine(), store).on_branch(&context.branch);
    let author = author(options.author.as_deref());
    let mut all: Vec<Value> = Vec::new();
    let mut exit = Exit::Ok;
    for path in &options.files {
        let input = match input::load(path)? {
            Loaded::Text(input) => input,
            Loaded::Faulty(input, problem) => {
                if context.json {
                    let found = diagnostics::all(&[*problem], &input);
                    all.push(json!({ "file": input.origin, "outcome": "refused", "diagnostics": found }));
                } else {
                    diagnostics::complain(&[*problem], &input, context)?;
                }
                exit = Exit::Refused;
                break;
            }
        };
        let verdict = gate.submit(&input.text)?;
        let mut report = verdict::json(&verdict, &input);
        if !context.json {
            let text = verdict::text(&verdict, &input, Style(context.color_out()));
            write!(context.out, "{text}")?;
            diagnostics::complain(&verdict.diagnostics, &input, context)?;
        }
        if !verdict.is_admitted() {
            all.push(report);
            exit = Exit::Refused;
            break;
        }
        let default = format!("Commit {path}");
        let committed = gate.commit(&verdict, &author, options.message.as_deref().unwrap_or(&default))?;
        if context.json {
            report["commit"] = json!(committed.head.to_string());
            report["changed"] = json!(committed.changed);
            all.push(report);
        } else if committed.changed {
            writeln!(context.out, "committed #{}", committed.head.short())?;
        } else {
            writeln!(context.out, "nothing to commit: all of it is there")?;
        }
    }
    if context.json {
        context.print_json(&json!({ "files": all }))?;
    }
    Ok(exit)
}
