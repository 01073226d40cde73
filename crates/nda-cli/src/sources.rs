//! The files of a submission read, and what is wrong with them said on standard error.

use crate::context::Context;
use crate::failure::Failure;
use crate::files::{self, Files};
use crate::input::Loaded;
use nda_diagnostics::Diagnostic;
use nda_report::diagnostics;
use nda_report::sources::{Input, Sources};
use serde_json::{Value, json};

/// What reading the files gives.
pub enum Read {
    /// All are sources.
    Whole(Sources),
    /// Some are not.
    Faulty(Vec<(Input, Diagnostic)>),
}

/// Reads files and, for a folder, every `*.nda` file in it and below. A file named twice counts once.
pub fn read(named: &[String]) -> Result<Read, Failure> {
    let Files { loaded, modules } = files::load(named)?;
    let (mut inputs, mut faulty) = (Vec::new(), Vec::new());
    for one in loaded {
        match one {
            Loaded::Text(input) => inputs.push(input),
            Loaded::Faulty(input, problem) => faulty.push((input, *problem)),
        }
    }
    Ok(if faulty.is_empty() { Read::Whole(Sources::new(inputs, modules)) } else { Read::Faulty(faulty) })
}

/// Says why files are no sources.
pub fn complain_faulty(faulty: &[(Input, Diagnostic)], context: &mut Context) -> Result<(), Failure> {
    if context.json {
        let files: Vec<&str> = faulty.iter().map(|(input, _)| input.origin.as_str()).collect();
        let found: Vec<Value> = faulty.iter().map(|(input, found)| diagnostics::one(found, input)).collect();
        return context.print_json(&json!({ "files": files, "outcome": "refused", "diagnostics": found }));
    }
    for (input, found) in faulty {
        complain_of(std::slice::from_ref(found), input, context)?;
    }
    Ok(())
}

/// Shows diagnostics of one source on standard error.
pub fn complain_of(found: &[Diagnostic], input: &Input, context: &mut Context) -> Result<(), Failure> {
    let rendered = diagnostics::text(found, input, context.color_err());
    complain_text(rendered, found, context)
}

/// Shows diagnostics of several sources on standard error.
pub fn complain(found: &[Diagnostic], sources: &Sources, context: &mut Context) -> Result<(), Failure> {
    let rendered = sources.text(found, context.color_err());
    complain_text(rendered, found, context)
}

/// Shows what was rendered, and where to read more.
fn complain_text(mut rendered: String, found: &[Diagnostic], context: &mut Context) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    if let Some(code) = found.iter().find(|found| found.is_error()).map(|found| found.code) {
        rendered.push_str(&format!("`nda explain {code}` says more about {code}.\n"));
    }
    context.print_err(&rendered)
}
