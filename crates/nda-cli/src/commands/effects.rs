//! `nda effects`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use nda_report::target;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// A committed name or #HASH-PREFIX
    name: String,
}

/// Says which host functions a definition reaches, and by which calls.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let hash = target::stored(&options.name, &snapshot, &context.branch)?;
    let mut all: Vec<Value> = Vec::new();
    for effect in nda_gate::effects(&snapshot, hash)? {
        let mut path = Vec::new();
        for step in &effect.path {
            let name = snapshot.names_of(&context.branch, step)?.into_iter().next();
            path.push(name.unwrap_or_else(|| format!("#{}", step.short())));
        }
        path.push(effect.host.clone());
        if context.json {
            all.push(json!({ "capability": effect.capability, "host": effect.host, "path": path }));
        } else {
            writeln!(context.out, "{}: {}", effect.capability, path.join(" → "))?;
            all.push(Value::Null);
        }
    }
    if context.json {
        context.print_json(&json!({ "effects": all }))?;
    } else if all.is_empty() {
        writeln!(context.out, "`{}` needs no capability", options.name)?;
    }
    Ok(Exit::Ok)
}
