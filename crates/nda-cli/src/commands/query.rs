//! `nda query`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_report::style::counted;
use nda_sitemap::Term;
use nda_sitemap::query::{Query, QueryLimits};
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Patterns are `subject predicate object`, joined with `.`; `?x` is a variable, `name` in quotes a text, #12ab a hash.
Comparisons are `?x < 3`, with <= > >= = != alike: whole numbers as numbers, other texts letter by letter.
Predicates: is, kind, type, takes, gives, calls, refers, uses, host, prints, panics, example, tried, admitted, author, secrets, policy, probe.

  nda query '?name is ?f . ?f calls ?g . \"helper\" is ?g'
  nda query '?name is ?f . ?f uses \"clock\"'
  nda query '?name is ?f . ?f admitted ?r . ?r secrets ?rules . ?rules < 2'")]
pub struct Options {
    /// Triple patterns
    #[arg(required = true, value_name = "PATTERN")]
    patterns: Vec<String>,
    /// The most rows
    #[arg(long, default_value_t = 10_000)]
    limit: u64,
}

/// Asks across all definitions.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let text = options.patterns.join(" . ");
    let query = Query::parse(&text).map_err(|error| Failure::usage(format!("{error}\n  {text}")))?;
    let snapshot = context.snapshot()?;
    let limits = QueryLimits { rows: options.limit, ..QueryLimits::default() };
    let mut answer =
        snapshot.query(&context.branch, &query, limits).map_err(|error| Failure::usage(error.to_string()))?;
    answer.rows.sort();
    if context.json {
        let rows: Vec<Vec<Value>> =
            answer.rows.iter().map(|row| row.iter().map(term_json).collect()).collect();
        let complete = answer.stopped.is_none();
        let value = json!({ "variables": answer.variables, "rows": rows, "complete": complete });
        context.print_json(&value)?;
        return Ok(Exit::Ok);
    }
    let mut table: Vec<Vec<String>> =
        vec![answer.variables.iter().map(|name| format!("?{}", name.trim_start_matches('?'))).collect()];
    table.extend(answer.rows.iter().map(|row| row.iter().map(term_text).collect::<Vec<String>>()));
    let columns = answer.variables.len();
    let widths: Vec<usize> = (0..columns)
        .map(|column| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in &table {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        writeln!(context.out, "{}", cells.join("  ").trim_end())?;
    }
    let more = if answer.stopped.is_some() { "; there may be more" } else { "" };
    context.print_err(&format!("{}{more}", counted(answer.rows.len(), "row")))?;
    Ok(Exit::Ok)
}

fn term_text(term: &Term) -> String {
    match term {
        Term::Hash(hash) => format!("#{}", hash.short()),
        Term::Text(text) => text.clone(),
    }
}

fn term_json(term: &Term) -> Value {
    match term {
        Term::Hash(hash) => json!({ "hash": hash.to_string() }),
        Term::Text(text) => json!({ "text": text }),
    }
}
