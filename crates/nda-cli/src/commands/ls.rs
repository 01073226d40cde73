//! `nda ls`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_graph::{DefinitionRef, Verifier};
use nda_report::definition;
use nda_report::style::Style;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Only names that start like this; instances of generic functions if it has a `<`, as in `first<`
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
}

/// Names are read from the store in pieces of this size, so that `nda ls | head` need not wait.
const PIECE: usize = 500;

/// Lists names with hashes and signatures.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let style = Style(context.color_out());
    let mut all: Vec<Value> = Vec::new();
    let mut after: Option<String> = None;
    let mut verifier = Verifier::default();
    loop {
        let names = snapshot.names(&context.branch, &options.prefix, after.as_deref(), PIECE)?;
        for (name, binding) in &names {
            // What is generic is listed, and not what it becomes for some types, unless that is asked for.
            if name.contains('<') && !options.prefix.contains('<') {
                continue;
            }
            let view = DefinitionRef::verify(snapshot.definition(&binding.definition)?, &mut verifier)?;
            let metadata = snapshot.metadata(&binding.metadata).ok();
            if context.json {
                all.push(json!({
                    "name": name,
                    "hash": binding.definition.to_string(),
                    "signature": view.signature().to_string(),
                }));
            } else {
                let line = definition::stored(view, metadata.as_ref(), name);
                let hash = style.dim(&format!("#{}", binding.definition.short()));
                writeln!(context.out, "{hash} {line}")?;
            }
        }
        match names.into_iter().next_back() {
            Some((last, _)) => after = Some(last),
            None => break,
        }
    }
    if context.json {
        context.print_json(&json!({ "names": all }))?;
    }
    Ok(Exit::Ok)
}
