//! `nda verify`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::stored_weights::StoredWeights;
use nda_report::style::counted;
use serde_json::json;
use std::io::{IsTerminal as _, Write as _};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {}

/// Checks that every object hashes to its name, every reference resolves, and the index is what it should be.
pub fn run(_: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let store = context.store(Access::Read)?;
    let shows_progress = std::io::stderr().is_terminal() && !context.json;
    let report = store.verify(&mut |progress| {
        if shows_progress {
            let _ = write!(std::io::stderr(), "\r\x1b[K{} {}", progress.stage, progress.done);
        }
    })?;
    if shows_progress {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    let folder = context.store_folder().ok_or(Failure::NoStore)?;
    let stored = StoredWeights::of(&folder);
    let weights = stored.verify().map_err(Failure::file(&folder))?;
    let mut problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    problems.extend(weights.problems);
    // Of a store that is not what it should be, names are not to be read.
    if problems.is_empty() {
        let snapshot = store.snapshot()?;
        for (branch, _) in snapshot.branches()? {
            problems.extend(stored.missing(&snapshot, &branch)?);
        }
    }
    if context.json {
        context.print_json(&json!({
            "sound": problems.is_empty(),
            "problems": problems,
            "objects": report.objects,
            "index_rows": report.index_rows,
            "weights": weights.blobs,
        }))?;
    } else {
        for problem in &problems {
            writeln!(context.out, "{problem}")?;
        }
        let mut what = format!("{} objects and {} index rows checked", report.objects, report.index_rows);
        if weights.blobs > 0 {
            what = format!("{} weights, {what}", weights.blobs);
        }
        let verdict = match problems.len() {
            0 => "all is sound".to_owned(),
            count => counted(count, "problem"),
        };
        writeln!(context.out, "{what}: {verdict}")?;
    }
    Ok(if problems.is_empty() { Exit::Ok } else { Exit::Refused })
}
