//! `nda log`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_report::style::{Style, counted};
use nda_report::{history, time};
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Only commits that changed this name
    name: Option<String>,
    /// The most commits to list
    #[arg(short = 'n', long, default_value_t = 1000)]
    limit: usize,
}

/// Lists commits, the newest first.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let Some(head) = snapshot.head(&context.branch)? else {
        if context.json {
            context.print_json(&json!({ "commits": [] }))?;
        } else {
            writeln!(context.out, "nothing is committed yet")?;
        }
        return Ok(Exit::Ok);
    };
    let style = Style(context.color_out());
    let mut all: Vec<Value> = Vec::new();
    let commits = match &options.name {
        None => snapshot.log(&head, options.limit)?,
        Some(name) => {
            let mut found = Vec::new();
            for entry in snapshot.history(&head, name, options.limit)? {
                found.push((entry.commit, snapshot.commit(&entry.commit)?));
            }
            if found.is_empty() && options.limit > 0 {
                return Err(Failure::usage(format!(
                    "nothing was ever called `{name}` on branch `{}`",
                    context.branch
                )));
            }
            found
        }
    };
    for (hash, commit) in commits {
        if context.json {
            all.push(history::commit_json(&hash, &commit));
        } else {
            let admitted = counted(commit.admitted.len(), "definition");
            let short = style.change(&format!("#{}", hash.short()));
            let when = time::iso(commit.time_ms);
            writeln!(context.out, "{short} {when} {}: {} ({admitted})", commit.author, commit.message)?;
        }
    }
    if context.json {
        context.print_json(&json!({ "commits": all }))?;
    }
    Ok(Exit::Ok)
}
