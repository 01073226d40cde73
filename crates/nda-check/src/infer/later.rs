//! What the parser reads and inference does not know yet: answered once with `E0011`.

use super::Infer;
use crate::types::Type;
use nda_diagnostics::{Code, Span};
use nda_syntax::tree::{ExprKind, ItemKind, PatternId, TypeKind};

/// What a kind of item is called, with its verb, if it is not supported yet.
pub(crate) fn unsupported_item(kind: ItemKind, generic: bool) -> Option<&'static str> {
    match kind {
        ItemKind::Struct { .. } => Some("`struct` is"),
        ItemKind::Enum { .. } => Some("`enum` is"),
        ItemKind::Impl { .. } => Some("`impl` is"),
        ItemKind::Fn { .. } if generic => Some("generic functions are"),
        ItemKind::Fn { .. }
        | ItemKind::Const { .. }
        | ItemKind::Use { .. }
        | ItemKind::UseAll { .. }
        | ItemKind::Mod { .. }
        | ItemKind::Error => None,
    }
}

impl Infer<'_> {
    #[cold]
    fn not_supported(&mut self, span: Span, what: &str) -> Type {
        self.error(Code::NotSupportedYet, span, format!("{what} not supported yet"))
    }

    #[cold]
    pub(super) fn later_expr(&mut self, kind: ExprKind, span: Span) -> Type {
        let what = match kind {
            ExprKind::Turbofish { .. } => "type arguments are",
            ExprKind::Tuple(_) => "tuples are",
            ExprKind::Struct(_) => "struct literals are",
            ExprKind::Matches { .. } => "`matches!` is",
            ExprKind::Field { .. } | ExprKind::TupleField { .. } => "fields are",
            ExprKind::Try(_) => "the operator `?` is",
            ExprKind::Labelled { .. } => "a label on a block is",
            ExprKind::Let { .. } => "a pattern in a condition is",
            _ => "`match` is",
        };
        self.not_supported(span, what)
    }

    #[cold]
    pub(super) fn later_type(&mut self, kind: TypeKind, span: Span) -> Type {
        let what = match kind {
            TypeKind::Tuple(_) => "tuple types are",
            TypeKind::Apply { .. } => "types with arguments are",
            TypeKind::SelfType => "`Self` is",
            _ => "the type `_` is",
        };
        self.not_supported(span, what)
    }

    /// A pattern whose names become variables of unknown type, so that their uses are not reported as well.
    #[cold]
    pub(super) fn later_pattern(&mut self, pattern: PatternId, place: &str) {
        let tree = self.tree;
        self.not_supported(tree.pattern(pattern).span, &format!("a pattern in {place} is"));
        tree.bindings(pattern, &mut |name, mutable| {
            self.declare(name, Type::ERROR, mutable);
        });
    }
}
