//! From the syntax tree to the graph: names, types, effects, ownership.
//!
//! [`Checker::check`] takes a parsed source and gives its definitions, hashed, with everything the author wrote that
//! the hash leaves out beside them; or diagnostics, all of them. The stages: [`items`] collects names and orders items,
//! `infer` finds what names mean and which types expressions have, `lower` writes the records.
//!
//! This crate knows no store and no way to run anything but constants (which the reference evaluator computes). What
//! lies outside the source comes in through [`Scope`].

mod env;
mod facts;
mod infer;
mod items;
mod lower;
mod methods;
mod order;
mod types;

pub use env::{Empty, External, HostFunction, Scope};

use facts::{Facts, TargetPlace};
use nda_diagnostics::{Diagnostic, Span};
use nda_graph::{Definition, Hash, Slot, Ty, Value};
use nda_syntax::tree::{ExprId, Symbol, Tree};

/// The checker. It keeps its memory from one source to the next: make one and reuse it.
#[derive(Default)]
pub struct Checker {
    work: items::Workspace,
}

/// One definition that passed.
#[derive(Clone, Debug)]
pub struct CheckedItem {
    /// Index into the tree's items; one past the end for an expression.
    pub item: usize,
    /// Its name for ever.
    pub hash: Hash,
    /// What it means.
    pub definition: Definition,
    /// By record: where it comes from.
    pub spans: Vec<Span>,
    /// By slot: the author's name of it, if it has one.
    pub slots: Vec<Option<Symbol>>,
    /// Its examples, in order.
    pub examples: Vec<CheckedExample>,
    /// The value, if it is a constant.
    pub value: Option<Value>,
}

/// One `#[example(…)]` that passed the checker.
#[derive(Clone, Debug)]
pub struct CheckedExample {
    /// Covers the example and, through its references, everything it runs: an outcome remembered under this hash
    /// stays right.
    pub hash: Hash,
    /// A function without parameters that gives a `bool`.
    pub definition: Definition,
    /// By record: where it comes from.
    pub spans: Vec<Span>,
    /// The expression.
    pub span: Span,
    /// For a comparison: the slots that hold both sides when it has run, and their type.
    pub sides: Option<(Slot, Slot, Ty)>,
}

impl Checker {
    /// Checks a source; its definitions come in the order of its items. If any diagnostic is an error there are none.
    pub fn check(
        &mut self,
        tree: &Tree,
        source: &str,
        scope: &dyn Scope,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<CheckedItem> {
        self.run(tree, source, scope, diagnostics, None)
    }

    /// Checks a source and an expression of its tree that belongs to no item; the expression comes last.
    pub fn check_expression(
        &mut self,
        tree: &Tree,
        source: &str,
        scope: &dyn Scope,
        diagnostics: &mut Vec<Diagnostic>,
        expr: ExprId,
    ) -> Vec<CheckedItem> {
        self.run(tree, source, scope, diagnostics, Some(expr))
    }

    fn run(
        &mut self,
        tree: &Tree,
        source: &str,
        scope: &dyn Scope,
        diagnostics: &mut Vec<Diagnostic>,
        extra: Option<ExprId>,
    ) -> Vec<CheckedItem> {
        let items = items::Source::new(tree, source, scope, &mut self.work, diagnostics).check(extra);
        if diagnostics.iter().any(Diagnostic::is_error) { Vec::new() } else { items }
    }
}

/// What evaluating a constant may refer to: itself and the constants before it.
struct CheckedConstantValue {
    definitions: Vec<(Hash, Definition)>,
}

impl CheckedConstantValue {
    fn new(facts: &Facts, hashes: &[Option<Hash>], hash: Hash, definition: &Definition) -> Self {
        let mut definitions = vec![(hash, definition.clone())];
        for target in facts.targets.iter() {
            let hash = match target.place {
                TargetPlace::Committed(hash) => Some(hash),
                TargetPlace::Item(item) => hashes[item],
            };
            if let (Some(hash), Some(value)) = (hash, &target.constant) {
                definitions.push((hash, Definition::constant(value)));
            }
        }
        Self { definitions }
    }
}

impl nda_eval::Program for CheckedConstantValue {
    fn definition(&self, hash: Hash) -> Option<&Definition> {
        self.definitions.iter().find(|(known, _)| *known == hash).map(|(_, definition)| definition)
    }
}
