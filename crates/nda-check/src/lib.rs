//! From the syntax tree to the graph: names, types, effects, ownership.
//!
//! [`Checker::check`] takes a parsed source and gives its definitions, hashed, with everything the author wrote that
//! the hash leaves out beside them; or diagnostics, all of them. The stages: `items` collects names and orders items,
//! `infer` finds what names mean and which types expressions have, `lower` writes the records.
//!
//! This crate knows no store and no way to run anything but constants (which the reference evaluator computes). What
//! lies outside the source comes in through [`Scope`].
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod args;
mod collect;
mod declare;
mod decls;
mod env;
mod facts;
mod handed;
mod in_place;
mod infer;
mod instances;
mod items;
mod lower;
mod maps;
mod meanings;
mod methods;
mod modules;
mod options;
mod order;
mod steps;
mod template;
mod tensors;
mod types;
mod variants;

pub use env::{Empty, External, HostFunction, Scope};
pub use in_place::InPlace;
pub use meanings::{Meaning, meanings};

use nda_diagnostics::{Diagnostic, Span};
use nda_graph::{Definition, Hash, Slot, Ty, Value};
use nda_syntax::parts::Parts;
use nda_syntax::tree::{ExprId, MAX_HEIGHT, Tree};

/// What one level of an expression may need of the native stack: twice what the deepest trees took when measured
/// (under 2 KiB in a debug build). A test checks them on a stack that is too small for them.
const STACK_PER_LEVEL: usize = if cfg!(debug_assertions) { 4 << 10 } else { 2 << 10 };
/// The stack that is taken where the caller's is short: enough for the deepest tree.
const STACK: usize = (MAX_HEIGHT as usize + 64) * STACK_PER_LEVEL;

/// What checking `tree` may need at most: no tree is deeper than it has nodes.
fn stack_needed(tree: &Tree) -> usize {
    let levels = tree.exprs.len().min(MAX_HEIGHT.into()) + 16;
    levels * STACK_PER_LEVEL
}

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
    /// Its full path, `geo::area`; with the types behind it for an instance of something generic, `geo::first<i64>`; empty for an
    /// expression.
    pub path: String,
    /// Whether it is an instance of its item, which is generic, and not the item itself.
    pub is_instance: bool,
    /// The path of the module outside of which it cannot be used; empty if there is none.
    pub within: String,
    /// Its name for ever.
    pub hash: Hash,
    /// What it means.
    pub definition: Definition,
    /// By record: where it comes from.
    pub spans: Vec<Span>,
    /// By slot: where the author's name of it stands; empty if it has none.
    pub slots: Vec<Span>,
    /// Its examples, in order.
    pub examples: Vec<CheckedExample>,
    /// The value, if it is a constant.
    pub value: Option<Value>,
    /// If its item is a `pub use`: the full path that this hands on. It has the hash and definition of what that leads to.
    pub hands_on: Option<String>,
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
        self.run(tree, source, &Parts::default(), scope, diagnostics, None)
    }

    /// Checks a source made of several texts. They know each other's definitions, but what `use` brings into a module it
    /// brings into its own text only.
    pub fn check_parts(
        &mut self,
        tree: &Tree,
        source: &str,
        parts: &Parts,
        scope: &dyn Scope,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<CheckedItem> {
        self.run(tree, source, parts, scope, diagnostics, None)
    }

    /// Checks a source and an expression of its tree that belongs to no item; the expression comes last.
    pub fn check_expression(
        &mut self,
        tree: &Tree,
        source: &str,
        parts: &Parts,
        scope: &dyn Scope,
        diagnostics: &mut Vec<Diagnostic>,
        expr: ExprId,
    ) -> Vec<CheckedItem> {
        self.run(tree, source, parts, scope, diagnostics, Some(expr))
    }

    fn run(
        &mut self,
        tree: &Tree,
        source: &str,
        parts: &Parts,
        scope: &dyn Scope,
        diagnostics: &mut Vec<Diagnostic>,
        extra: Option<ExprId>,
    ) -> Vec<CheckedItem> {
        let items = stacker::maybe_grow(stack_needed(tree), STACK, || {
            items::Source::new(tree, source, parts, scope, &mut self.work, diagnostics).check(parts, extra)
        });
        if diagnostics.iter().any(Diagnostic::is_error) { Vec::new() } else { items }
    }
}
