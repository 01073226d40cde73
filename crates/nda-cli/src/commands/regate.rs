//! `nda regate`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use nda_report::style::{Style, counted};
use nda_sitemap::query::{Query, QueryLimits};
use nda_sitemap::{Snapshot, Term};
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Without patterns all names of the branch are judged again; with them those of the definitions that the first variable stands for:

  nda regate '?f admitted ?r . ?r secrets ?rules . ?rules < 2'
  nda regate '?f admitted ?r . ?r author \"agent-1\"'")]
pub struct Options {
    /// Triple patterns, as for `nda query`
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,
}

/// Judges what is committed again and says what comes out otherwise.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut gate = context.gate(Access::Read)?;
    let snapshot = context.snapshot()?;
    let mut names: Vec<String> = match options.patterns.is_empty() {
        true => {
            let all = snapshot.names(&context.branch, "", None, usize::MAX)?;
            all.into_iter().map(|(name, _)| name).collect()
        }
        false => asked_for(&options.patterns.join(" . "), &snapshot, &context.branch)?,
    };
    drop(snapshot);
    names.sort_unstable();
    names.dedup();
    let all = gate.regate(&names)?;
    let refused = all.iter().filter(|one| !one.problems.is_empty()).count();
    let differ = all.iter().filter(|one| !one.differences.is_empty()).count();
    if context.json {
        let names: Vec<Value> = all
            .iter()
            .map(|one| {
                json!({
                    "name": one.name, "hash": one.hash.to_string(),
                    "problems": one.problems, "differences": one.differences,
                })
            })
            .collect();
        context.print_json(&json!({ "names": names, "refused": refused, "differ": differ }))?;
    } else {
        let style = Style(context.color_out());
        for one in all.iter().filter(|one| !one.problems.is_empty() || !one.differences.is_empty()) {
            writeln!(context.out, "{} {}", style.dim(&format!("#{}", one.hash.short())), one.name)?;
            for problem in &one.problems {
                writeln!(context.out, "  {} {problem}", style.bad("refused:"))?;
            }
            for difference in &one.differences {
                writeln!(context.out, "  {} {difference}", style.change("differs:"))?;
            }
        }
        let what = counted(all.len(), "definition");
        writeln!(
            context.out,
            "{what} judged again: {refused} would be refused, {differ} differ from their records"
        )?;
    }
    Ok(if refused == 0 { Exit::Ok } else { Exit::Refused })
}

/// The names of the definitions that the first variable of a query stands for.
fn asked_for(text: &str, snapshot: &Snapshot, branch: &str) -> Result<Vec<String>, Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::usage(format!("{error}\n  {text}"));
    let query = Query::parse(text).map_err(|error| usage(&error))?;
    let answer = snapshot.query(branch, &query, QueryLimits::default()).map_err(|error| usage(&error))?;
    if answer.variables.is_empty() {
        return Err(usage(&"the first variable says what to judge again, and there is none"));
    }
    let mut names = Vec::new();
    for row in &answer.rows {
        match row.first() {
            Some(Term::Hash(hash)) => names.extend(snapshot.names_of(branch, hash)?),
            Some(Term::Text(name)) => names.push(name.clone()),
            None => {}
        }
    }
    Ok(names)
}
