//! What the gate says about a submission.

use crate::probe::Probe;
use nda_diagnostics::{Diagnostic, Span};
use nda_graph::{Definition, Hash, Kind, Outcome, Signature, Value};
use nda_syntax::parts::Parts;
use std::fmt;

/// The gate's answer. It holds everything a commit needs and has changed nothing.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The text that was submitted; secrets that were found in it are masked, and every place is what it was.
    pub source: String,
    /// The texts it is made of.
    pub parts: Parts,
    /// Everything that was found, in source order. An error refuses the submission.
    pub diagnostics: Vec<Diagnostic>,
    /// The definitions, in the order of the source; none if there were errors before they could be made.
    pub definitions: Vec<Judged>,
    /// Dependents at the head that were checked and tried again, because something they use changes.
    pub rebuilt: Vec<Rebuilt>,
    /// Names of dependents that stay with the old definition of what they use.
    pub left: Vec<String>,
    /// Definitions that generic functions and types of the submission, of the dependents, or at the head become for the types they
    /// are used with; each is called as `geo::first<i64>` is.
    pub instances: Vec<Rebuilt>,
    /// Names at the head of instances that belong to what changes, and that nothing needs any more.
    pub stale: Vec<String>,
    /// Generic definitions at the head whose texts were read along.
    pub relies_on: Vec<Hash>,
    /// The head the verdict was made against.
    pub head: Option<Hash>,
    /// The policy it was made under, if the store has one.
    pub policy: Option<Hash>,
    /// What each stage cost.
    pub cost: Cost,
}

/// One definition of a submission. What only a commit or a report asks for is not looked up for every verdict: methods
/// find it in the source.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The author's name for it, as a full path.
    pub name: String,
    /// The module outside of which it cannot be used; empty if there is none.
    pub within: String,
    /// Its name for ever.
    pub hash: Hash,
    /// Compared with the head.
    pub status: Status,
    /// Where its item stands in the source, comments and attributes included.
    pub span: Span,
    /// Where its name stands in it.
    pub named_at: Span,
    /// Its examples.
    pub examples: Vec<JudgedExample>,
    /// What it does on other inputs, if it was tried.
    pub probe: Option<Probe>,
    /// What it means.
    pub definition: Definition,
    /// By record: where it comes from, in the source.
    pub spans: Vec<Span>,
    /// By slot, parameters first: where the author's name of it stands in the source; empty where there is none.
    pub slots: Vec<Span>,
    /// Whether it is what a `pub use` hands on: a second name, with a text of its own.
    pub hands_on: bool,
    /// Its documentation.
    pub docs: String,
    /// What its text needs before and after it to be read again by itself: `use` lines, and the `impl` it stands in.
    pub around: (String, &'static str),
}

impl Judged {
    /// Whether it is a constant.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.definition.view().kind() == Kind::Constant
    }

    /// What it takes and gives.
    #[must_use]
    pub fn signature(&self) -> Signature {
        self.definition.view().signature().to_owned()
    }

    /// The author's names of its parameters and of its other variables, empty where there is none; `source` is the text
    /// that its spans refer to.
    #[must_use]
    pub fn variables(&self, source: &str) -> (Vec<String>, Vec<String>) {
        let params = self.definition.view().signature().arity();
        let text = |span: &Span| span.text(source).to_owned();
        let (params, locals) = self.slots.split_at(params.min(self.slots.len()));
        (params.iter().map(text).collect(), locals.iter().map(text).collect())
    }

    /// The capabilities it declares.
    #[must_use]
    pub fn uses(&self) -> Vec<String> {
        self.definition.view().uses().map(str::to_owned).collect()
    }
}

/// A definition compared with what its name stands for at the head.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The name is free.
    New,
    /// The name stands for something else.
    Changed {
        /// For what.
        before: Hash,
    },
    /// The name stands for just this.
    Unchanged,
}

impl Status {
    /// In one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Changed { .. } => "changed",
            Status::Unchanged => "unchanged",
        }
    }
}

/// The value of one side of a comparison.
#[derive(Clone, Debug)]
pub enum Side {
    /// As this process computed it.
    Value(Value),
    /// Its text, as the store recorded it.
    Text(String),
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Value(value) => value.fmt(f),
            Side::Text(text) => f.write_str(text),
        }
    }
}

/// One example, tried.
#[derive(Clone, Debug)]
pub struct JudgedExample {
    /// Where it stands in the source.
    pub span: Span,
    /// The hash that its outcome is remembered under.
    pub hash: Hash,
    /// Its definition.
    pub definition: Definition,
    /// Whether it was true.
    pub passed: bool,
    /// Whether the outcome was remembered: nothing ran.
    pub remembered: bool,
    /// Both sides' values, if it is a comparison that ran to its end.
    pub sides: Option<(Side, Side)>,
    /// How its run went.
    pub outcome: Outcome,
}

/// A definition with a text of its own: a dependent that was rebuilt, or an instance of something generic.
#[derive(Clone, Debug)]
pub struct Rebuilt {
    /// For a dependent: the references between it and the nearest change, 1 if it uses that itself.
    pub distance: u32,
    /// The definition as it is now, with its source in `source`.
    pub judged: Judged,
    /// Its own item's text, which `judged`'s spans refer to.
    pub source: String,
    /// Where that text starts in the submission, if it stands there.
    pub origin: Option<u32>,
}

/// What each stage cost.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Cost {
    /// Looking for secrets.
    pub secrets_us: f64,
    /// Source text to tree.
    pub parse_us: f64,
    /// Tree to hashed definitions.
    pub check_us: f64,
    /// Definitions to code.
    pub compile_us: f64,
    /// Examples run.
    pub run_us: f64,
    /// Trying inputs that nobody wrote down.
    pub probe_us: f64,
    /// How many there were.
    pub probe_inputs: u64,
    /// Units of fuel they used.
    pub probe_fuel: u64,
    /// Units of fuel the examples used.
    pub fuel: u64,
    /// The most bytes one example held.
    pub peak_bytes: u64,
    /// Bytes of source read.
    pub source_bytes: u64,
    /// Canonical bytes of the definitions.
    pub definition_bytes: u64,
    /// Records compiled.
    pub nodes_compiled: u64,
    /// Examples whose outcome was remembered.
    pub examples_remembered: u64,
}

impl Verdict {
    /// Whether a commit may follow.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The instance of this name.
    #[must_use]
    pub fn instance(&self, name: &str) -> Option<&Judged> {
        self.instances.iter().map(|instance| &instance.judged).find(|judged| judged.name == name)
    }

    /// The definition of this name.
    #[must_use]
    pub fn definition(&self, name: &str) -> Option<&Judged> {
        self.definitions.iter().find(|judged| judged.name == name)
    }
}
