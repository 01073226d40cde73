//! What a shell names, shows and runs: a definition of a submission, or a committed one.

use crate::definition::metadata_of;
use crate::sources::{Input, Sources};
use nda_diagnostics::Span;
use nda_engine::Library;
use nda_gate::{StoreLibrary, Submission};
use nda_graph::{Definition, Hash};
use nda_sitemap::object::Kind;
use nda_sitemap::{ReadError, ResolveError, Snapshot};

/// A definition ready to run, with everything to talk about it.
pub enum Target {
    /// From texts that passed the gate.
    Submitted {
        /// The texts.
        sources: Sources,
        /// What the gate made of it.
        submission: Box<Submission>,
        /// What to run.
        hash: Hash,
        /// If that is an expression and no definition of the texts: by record, where it comes from.
        spans: Vec<Span>,
    },
    /// From the store.
    Stored {
        /// The store's state.
        snapshot: Snapshot,
        /// What to run.
        hash: Hash,
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

/// Why a name or a hash prefix stands for nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotFound {
    /// Nothing is called so.
    #[error("nothing called `{name}` is committed on branch `{branch}`{}", hint(near))]
    Name {
        /// What was asked for.
        name: String,
        /// Where.
        branch: String,
        /// What is called almost so.
        near: Option<String>,
    },
    /// A hash prefix.
    #[error("{}", candidates(.0))]
    Prefix(#[from] ResolveError),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!("; there is `{near}`"))
}

fn candidates(error: &ResolveError) -> String {
    let ResolveError::Ambiguous { candidates, .. } = error else { return error.to_string() };
    let list: Vec<String> =
        candidates.iter().map(|(hash, kind)| format!("#{} ({})", hash.short(), kind.name())).collect();
    format!("{error}: {}", list.join(", "))
}

/// Names looked through for a near one.
const NEAR: usize = 10_000;

/// The definition that a committed name or `#prefix` stands for.
///
/// # Errors
/// If it stands for none, or the store cannot be read.
pub fn stored(text: &str, snapshot: &Snapshot, branch: &str) -> Result<Hash, NotFound> {
    if let Some(prefix) = text.strip_prefix('#') {
        return Ok(snapshot.resolve(prefix, Some(Kind::Definition))?.0);
    }
    if let Some(binding) = snapshot.name(branch, text)? {
        return Ok(binding.definition);
    }
    let start: String = text.chars().take(1).collect();
    let names = snapshot.names(branch, &start, None, NEAR)?;
    let near = nda_diagnostics::nearest(text, names.iter().map(|(name, _)| name.as_str()));
    Err(NotFound::Name { name: text.to_owned(), branch: branch.to_owned(), near: near.map(str::to_owned) })
}

impl Target {
    /// What to run.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self {
            Target::Submitted { hash, .. } | Target::Stored { hash, .. } => *hash,
        }
    }

    /// The definitions it can reach, handed to whoever runs it.
    pub fn with_library<R>(&self, branch: &str, run: impl FnOnce(&dyn Library) -> R) -> R {
        match self {
            Target::Submitted { submission, .. } => run(&**submission),
            Target::Stored { snapshot, .. } => run(&StoreLibrary { snapshot: Some(snapshot), branch }),
        }
    }

    /// The definition to run.
    #[must_use]
    pub fn definition(&self, branch: &str) -> Option<Definition> {
        self.with_library(branch, |library| library.definition(self.hash()))
    }

    /// Where a record of a definition comes from, if anybody knows.
    #[must_use]
    pub fn place(&self, definition: Hash, node: u32, branch: &str) -> Option<Place> {
        if let Target::Submitted { sources, hash, spans, .. } = self
            && *hash == definition
            && let (Some(&span), [input]) = (spans.get(node as usize), sources.inputs.as_slice())
        {
            let (text, origin) = (input.text.clone(), input.origin.clone());
            return Some(Place { function: "the expression".to_owned(), text, origin, span });
        }
        if let Target::Submitted { sources, submission, .. } = self
            && let Some(judged) =
                submission.verdict.definitions.iter().find(|one| one.hash == definition && !one.hands_on)
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
        if let Target::Submitted { sources, submission, .. } = self
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
            Target::Submitted { submission, .. } => submission.snapshot()?,
            Target::Stored { snapshot, .. } => snapshot,
        };
        let (name, metadata) = metadata_of(snapshot, branch, &definition).ok()??;
        let &(start, end) = metadata.spans.get(node as usize)?;
        Some(Place {
            origin: format!("{name} (#{})", definition.short()),
            function: name,
            text: metadata.source,
            span: Span::new(start, end),
        })
    }
}
