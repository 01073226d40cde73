//! What `nda run` runs: a file, a function of a file, a committed name, or a hash.

use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::input::{self, Input, Loaded};
use nda_diagnostics::{Diagnostic, Span};
use nda_engine::Library;
use nda_gate::{Gate, StoreLibrary, Submission};
use nda_graph::{Definition, Hash};
use nda_sitemap::Snapshot;
use nda_sitemap::object::Kind;

/// A definition ready to run, with everything to talk about it.
pub enum Target {
    /// From a file that passed the gate.
    File {
        /// The text.
        input: Input,
        /// What the gate made of it.
        submission: Box<Submission>,
        /// What to run.
        hash: Hash,
    },
    /// From the store.
    Stored {
        /// The store's state.
        snapshot: Snapshot,
        /// What to run.
        hash: Hash,
    },
    /// A file that the gate refuses.
    Refused {
        /// The text.
        input: Input,
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

/// Finds what `text` names.
pub fn find(text: &str, context: &Context) -> Result<(Target, Gate), Failure> {
    let (path, function) = match text.rsplit_once("::") {
        Some((path, function)) if path.ends_with(".nda") => (Some(path), function),
        _ if text.ends_with(".nda") || text == "-" || std::path::Path::new(text).is_file() => {
            (Some(text), "main")
        }
        _ => (None, text),
    };
    let mut gate = context.gate(Access::Read)?;
    let Some(path) = path else {
        let snapshot = context.snapshot()?;
        let hash = stored(text, &snapshot, &context.branch)?;
        return Ok((Target::Stored { snapshot, hash }, gate));
    };
    let input = match input::load(path)? {
        Loaded::Text(input) => input,
        Loaded::Faulty(input, problem) => {
            return Ok((Target::Refused { input, diagnostics: vec![*problem] }, gate));
        }
    };
    let submission = gate.examine(&input.text)?;
    if !submission.verdict.is_admitted() {
        let diagnostics = submission.verdict.diagnostics;
        return Ok((Target::Refused { input, diagnostics }, gate));
    }
    let Some(judged) = submission.verdict.definition(function) else {
        let names: Vec<&str> =
            submission.verdict.definitions.iter().map(|judged| judged.name.as_str()).collect();
        let near = nda_diagnostics::nearest(function, names.iter().copied());
        let hint = match near {
            Some(near) => format!("; there is `{near}`"),
            None if names.is_empty() => "; it defines nothing".to_owned(),
            None => format!("; it defines {}", names.join(", ")),
        };
        return Err(Failure::usage(format!("{path} has no `{function}`{hint}")));
    };
    let hash = judged.hash;
    Ok((Target::File { input, submission: Box::new(submission), hash }, gate))
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
            Target::Refused { .. } => None,
        }
    }

    /// The definitions it can reach, handed to whoever runs it.
    pub fn with_library<R>(&self, branch: &str, run: impl FnOnce(&dyn Library) -> R) -> Option<R> {
        match self {
            Target::File { submission, .. } => Some(run(&**submission)),
            Target::Stored { snapshot, .. } => Some(run(&StoreLibrary { snapshot: Some(snapshot), branch })),
            Target::Refused { .. } => None,
        }
    }

    /// The definition to run.
    pub fn definition(&self, branch: &str) -> Option<Definition> {
        let hash = self.hash()?;
        self.with_library(branch, |library| library.definition(hash))?
    }

    /// Where a record of a definition comes from, if anybody knows.
    pub fn place(&self, definition: Hash, node: u32, branch: &str) -> Option<Place> {
        if let Target::File { input, submission, .. } = self
            && let Some(judged) =
                submission.verdict.definitions.iter().find(|judged| judged.hash == definition)
        {
            return Some(Place {
                function: judged.name.clone(),
                text: input.text.clone(),
                origin: input.origin.clone(),
                span: judged.spans.get(node as usize).copied().unwrap_or(judged.span),
            });
        }
        let snapshot = match self {
            Target::File { submission, .. } => submission.snapshot()?,
            Target::Stored { snapshot, .. } => snapshot,
            Target::Refused { .. } => return None,
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
