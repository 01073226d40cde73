//! `nda diff`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_graph::{DefinitionRef, Verifier};
use nda_report::style::Style;
use nda_report::{definition, history};
use nda_sitemap::Snapshot;
use nda_sitemap::names::Binding;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// A branch, #COMMIT, HEAD or HEAD~N [default: HEAD~1]
    #[arg(default_value = "HEAD~1", hide_default_value = true)]
    from: String,
    /// The same [default: HEAD]
    #[arg(default_value = "HEAD", hide_default_value = true)]
    to: String,
}

/// Lists the names whose meaning differs between two commits.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let before = history::root(&options.from, &snapshot, &context.branch)?;
    let after = history::root(&options.to, &snapshot, &context.branch)?;
    let style = Style(context.color_out());
    let mut all: Vec<Value> = Vec::new();
    for change in history::changes(&snapshot, &before, &after)? {
        let (old, new) = (change.before, change.after);
        if context.json {
            all.push(history::change_json(&change));
            continue;
        }
        if let Some(old) = old {
            writeln!(context.out, "{}", style.bad(&format!("- {}", line(&snapshot, &change.name, old)?)))?;
        }
        if let Some(new) = new {
            writeln!(context.out, "{}", style.good(&format!("+ {}", line(&snapshot, &change.name, new)?)))?;
        }
    }
    if context.json {
        context.print_json(&json!({ "changes": all }))?;
    }
    Ok(Exit::Ok)
}

fn line(snapshot: &Snapshot, name: &str, binding: Binding) -> Result<String, Failure> {
    let view = DefinitionRef::verify(snapshot.definition(&binding.definition)?, &mut Verifier::default())?;
    let metadata = snapshot.metadata(&binding.metadata).ok();
    Ok(format!("#{} {}", binding.definition.short(), definition::stored(view, metadata.as_ref(), name)))
}
