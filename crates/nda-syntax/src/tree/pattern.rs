//! Patterns: what a value is held against, and what its parts are called.

use super::{ExprId, Name, PatternId, PatternList, Run, Symbol};
use nda_diagnostics::Span;

/// A pattern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pattern {
    /// Which.
    pub kind: PatternKind,
    /// Where.
    pub span: Span,
}

/// What a pattern says. Not `non_exhaustive`, as [`ExprKind`](super::ExprKind).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PatternKind {
    /// Reported; matches anything.
    Error,
    /// `_`.
    Wildcard,
    /// `..`, only in a tuple, constructor or list, at most once: any number of members. In a list it may be the pattern
    /// of a binding, `name @ ..`.
    Rest,
    /// `name`, `mut name`, `name @ inner`. A bare name may also be that of a constant, a unit struct or (without its path)
    /// a variant, which the checker finds out.
    Binding {
        /// What the value is called.
        name: Name,
        /// Whether it says `mut`.
        mutable: bool,
        /// What the value must be as well.
        inner: Option<PatternId>,
    },
    /// A literal, possibly under `-`.
    Literal(ExprId),
    /// `from..to`, `from..=to`, either end optional; the ends are literals, possibly under `-`, names or paths of constants.
    Range {
        /// The lowest.
        from: Option<ExprId>,
        /// The end.
        to: Option<ExprId>,
        /// Whether the end belongs to it; without an end it does not.
        inclusive: bool,
    },
    /// A path of at least two segments: a variant or constant.
    Path(Symbol),
    /// `(a, b)`, `(a,)`; `()` is an empty one.
    Tuple(PatternList),
    /// `[a, b]`, `[first, ..]`, `[first, rest @ ..]`: a list.
    List(PatternList),
    /// `path(a, b)`: a variant or struct with numbered fields.
    Constructor {
        /// Which.
        path: Name,
        /// Its fields.
        args: PatternList,
    },
    /// `path { a: p, b, .. }`: a variant or struct with named fields.
    Struct {
        /// Which.
        path: Name,
        /// In [`Tree::pattern_fields`](super::Tree::pattern_fields); read with [`Tree::pattern_fields_of`](super::Tree::pattern_fields_of).
        fields: Run,
        /// Whether `..` follows: the other fields may be anything.
        rest: bool,
    },
    /// `a | b`, at least two.
    Or(PatternList),
    /// `(inner)`.
    Paren(PatternId),
}

/// A field in a struct pattern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PatternField {
    /// Which.
    pub name: Name,
    /// What it must be; without `: pattern`, a [`PatternKind::Binding`] of that name.
    pub pattern: PatternId,
    /// Whether there is no `: pattern`.
    pub shorthand: bool,
}
