//! What `nda run` runs: a file, a function of a file, a committed name, or a hash.

use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::sources::{self, Read};
use crate::stored_weights;
use nda_diagnostics::Diagnostic;
use nda_gate::Gate;
use nda_report::sources::{Input, Sources};
use nda_report::target::{Target, stored};

/// What was found under a name.
pub enum Found {
    /// A definition ready to run.
    Ready(Target),
    /// Files that are no sources.
    Faulty(Vec<(Input, Diagnostic)>),
    /// Files that the gate refuses.
    Refused {
        /// The texts.
        sources: Sources,
        /// Why.
        diagnostics: Vec<Diagnostic>,
    },
}

/// Finds what `text` names; for a folder the first of `args` names the function and is taken out.
pub fn find(text: &str, args: &mut Vec<String>, context: &Context) -> Result<(Found, Gate), Failure> {
    let mut gate = context.gate(Access::Read)?;
    let Some((path, function)) = file_target(text, args) else {
        let snapshot = context.snapshot()?;
        let hash =
            stored(text, &snapshot, &context.branch).map_err(|failure| {
                match std::path::Path::new(text).is_dir() {
                    true => Failure::usage(format!("{failure}; the folder is written `{text}/`")),
                    false => failure.into(),
                }
            })?;
        return Ok((Found::Ready(Target::Stored { snapshot, hash }), gate));
    };
    stored_weights::offer_beside(gate.engine(), std::slice::from_ref(&path));
    let sources = match sources::read(std::slice::from_ref(&path))? {
        Read::Whole(sources) => sources,
        Read::Faulty(faulty) => return Ok((Found::Faulty(faulty), gate)),
    };
    let submission = gate.examine_parts(&sources.texts())?;
    if !submission.verdict.is_admitted() {
        let sources = sources.judged(&submission.verdict);
        let diagnostics = submission.verdict.diagnostics;
        return Ok((Found::Refused { sources, diagnostics }, gate));
    }
    let Some(judged) = submission.verdict.definition(&function) else {
        let names: Vec<&str> =
            submission.verdict.definitions.iter().map(|judged| judged.name.as_str()).collect();
        let near = nda_diagnostics::nearest(&function, names.iter().copied());
        let hint = match near {
            Some(near) => format!("; there is `{near}`"),
            None if names.is_empty() => "; it defines nothing".to_owned(),
            None => format!("; it defines {}", names.join(", ")),
        };
        return Err(Failure::usage(format!("{path} has no `{function}`{hint}")));
    };
    let hash = judged.hash;
    let target = Target::Submitted { sources, submission: Box::new(submission), hash, spans: Vec::new() };
    Ok((Found::Ready(target), gate))
}

/// The file or folder, and the function of it, that `text` names, if it names no committed definition. A folder is
/// written with a `/`, so that it is not taken for a name.
fn file_target(text: &str, args: &mut Vec<String>) -> Option<(String, String)> {
    let is_folder = |path: &str| {
        (path.contains('/') || matches!(path, "." | "..")) && std::path::Path::new(path).is_dir()
    };
    if is_folder(text) {
        let function = if args.is_empty() { "main".to_owned() } else { args.remove(0) };
        return Some((text.to_owned(), function));
    }
    let split = |(at, _): (usize, &str)| {
        let (path, function) = (&text[..at], &text[at + 2..]);
        (path.ends_with(".nda") || is_folder(path)).then(|| (path.to_owned(), function.to_owned()))
    };
    let named = text.match_indices("::").find_map(split);
    let is_file = || text.ends_with(".nda") || text == "-" || std::path::Path::new(text).is_file();
    named.or_else(|| is_file().then(|| (text.to_owned(), "main".to_owned())))
}
