//! What the parser reads and inference does not know yet: answered once with `E0011`.

use super::Infer;
use crate::types::Type;
use nda_diagnostics::{Code, Span};
use nda_syntax::tree::ExprKind;

impl Infer<'_> {
    #[cold]
    pub(super) fn later_expr(&mut self, kind: ExprKind, span: Span) -> Type {
        let what = match kind {
            ExprKind::Turbofish { .. } => "type arguments are",
            _ => "this is",
        };
        self.error(Code::NotSupportedYet, span, format!("{what} not supported yet"))
    }
}
