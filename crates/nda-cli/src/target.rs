//! What `nda run` runs: a file, a function of a file, a committed name, or a hash.

use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::input::Input;
use crate::sources::{self, Read, Sources};
use nda_diagnostics::{Diagnostic, Span};
use nda_engine::Library;
use nda_gate::{Gate, StoreLibrary, Submission};
use nda_graph::{Definition, Hash};
use nda_sitemap::Snapshot;
use nda_sitemap::object::Kind;

/// A definition ready to run, with everything to talk about it.
pub enum Target {
    /// From files that passed the gate.
    File {
        /// The texts.
        sources: Sources,
        /// What the gate made of it.
        submission: Box<Submission>,
        /// What to run.
        hash: Hash,
        /// If that is an expression and no definition of the files: by record, where it comes from.
        spans: Vec<Span>,
    },
    /// From the store.
    Stored {
        /// The store's state.
        snapshot: Snapshot,
        /// What to run.
        hash: Hash,
    },
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

/// A place in some source.
pub struct Place {
    /// The function's name.
    pub function: String,
    /// The text it stands in.
    pub text: String,
    /// What to call that text.
    pub origin: String,
    /// Where.
    pub span: Span,
}

/// Finds what `text` names; for a folder the first of `args` names the function and is taken out.
pub fn find(text: &str, args: &mut Vec<String>, context: &Context) -> Result<(Target, Gate), Failure> {
    let mut gate = context.gate(Access::Read)?;
    let Some((path, function)) = file_target(text, args) else {
        let snapshot = context.snapshot()?;
        let hash =
            stored(text, &snapshot, &context.branch).map_err(|failure| {
                match std::path::Path::new(text).is_dir() {
                    true => Failure::usage(format!("{failure}; the folder is written `{text}/`")),
                    false => failure,
                }
            })?;
        return Ok((Target::Stored { snapshot, hash }, gate));
    };
    let sources = match sources::read(std::slice::from_ref(&path))? {
        Read::Whole(sources) => sources,
        Read::Faulty(faulty) => return Ok((Target::Faulty(faulty), gate)),
    };
    let submission = gate.examine_parts(&sources.texts())?;
    if !submission.verdict.is_admitted() {
        let diagnostics = submission.verdict.diagnostics;
        return Ok((Target::Refused { sources, diagnostics }, gate));
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
    Ok((Target::File { sources, submission: Box::new(submission), hash, spans: Vec::new() }, gate))
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

/// The definition that a committed name or `#prefix` stands for.
pub fn stored(text: &str, snapshot: &Snapshot, branch: &str) -> Result<Hash, Failure> {
    if let Some(prefix) = text.strip_prefix('#') {
        return Ok(snapshot.resolve(prefix, Some(Kind::Definition))?.0);
    }
    if let Some(binding) = snapshot.name(branch, text)? {
        return Ok(binding.definition);
    }
    let start: String = text.chars().take(1).collect();
    let near = snapshot.names(branch, &start, None, 10_000)?;
    let near = nda_diagnostics::nearest(text, near.iter().map(|(name, _)| name.as_str()));
    let hint = near.map_or_else(String::new, |near| format!("; there is `{near}`"));
    Err(Failure::usage(format!("nothing called `{text}` is committed on branch `{branch}`{hint}")))
}

impl Target {
    /// What to run.
    pub fn hash(&self) -> Option<Hash> {
        match self {
            Target::File { hash, .. } | Target::Stored { hash, .. } => Some(*hash),
            Target::Faulty(_) | Target::Refused { .. } => None,
        }
    }

    /// The definitions it can reach, handed to whoever runs it.
    pub fn with_library<R>(&self, branch: &str, run: impl FnOnce(&dyn Library) -> R) -> Option<R> {
        match self {
            Target::File { submission, .. } => Some(run(&**submission)),
            Target::Stored { snapshot, .. } => Some(run(&StoreLibrary { snapshot: Some(snapshot), branch })),
            Target::Faulty(_) | Target::Refused { .. } => None,
        }
    }

    /// The definition to run.
    pub fn definition(&self, branch: &str) -> Option<Definition> {
        let hash = self.hash()?;
        self.with_library(branch, |library| library.definition(hash))?
    }

    /// Where a record of a definition comes from, if anybody knows.
    pub fn place(&self, definition: Hash, node: u32, branch: &str) -> Option<Place> {
        if let Target::File { sources, hash, spans, .. } = self
            && *hash == definition
            && let (Some(&span), [input]) = (spans.get(node as usize), sources.inputs.as_slice())
        {
            let (text, origin) = (input.text.clone(), input.origin.clone());
            return Some(Place { function: "the expression".to_owned(), text, origin, span });
        }
        if let Target::File { sources, submission, .. } = self
            && let Some(judged) =
                submission.verdict.definitions.iter().find(|judged| judged.hash == definition)
        {
            let whole = judged.spans.get(node as usize).copied().unwrap_or(judged.span);
            let (file, span) = sources.relative(whole);
            let input = &sources.inputs[file];
            return Some(Place {
                function: judged.name.clone(),
                text: input.text.clone(),
                origin: input.origin.clone(),
                span,
            });
        }
        if let Target::File { sources, submission, .. } = self
            && let Some(one) = submission.verdict.instances.iter().find(|one| one.judged.hash == definition)
        {
            let span = one.judged.spans.get(node as usize).copied().unwrap_or(one.judged.span);
            return Some(match one.origin {
                Some(origin) => {
                    let (file, span) = sources.relative(Span::new(origin + span.start, origin + span.end));
                    let Input { text, origin, .. } = sources.inputs[file].clone();
                    Place { function: one.judged.name.clone(), text, origin, span }
                }
                None => Place {
                    function: one.judged.name.clone(),
                    text: one.source.clone(),
                    origin: format!("{} (#{})", one.judged.name, definition.short()),
                    span,
                },
            });
        }
        let snapshot = match self {
            Target::File { submission, .. } => submission.snapshot()?,
            Target::Stored { snapshot, .. } => snapshot,
            Target::Faulty(_) | Target::Refused { .. } => return None,
        };
        let (name, metadata) =
            crate::report::definition::metadata_of(snapshot, branch, &definition).ok()??;
        let &(start, end) = metadata.spans.get(node as usize)?;
        Some(Place {
            origin: format!("{name} (#{})", definition.short()),
            function: name,
            text: metadata.source,
            span: Span::new(start, end),
        })
    }
}
