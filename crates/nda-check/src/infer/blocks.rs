//! Blocks and statements.

use super::Infer;
use crate::facts::{Does, Meaning};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{BlockId, ExprId, ExprKind, Stmt, StmtKind};

impl Infer<'_> {
    /// A block whose value must have type `wanted`.
    pub(super) fn block_against(&mut self, id: BlockId, wanted: Type) -> Type {
        let mark = self.undo.len();
        let block = self.tree.block(id);
        let before = self.dead;
        let (diverges, said) = self.statements(id);
        let ty = match block.tail {
            Some(tail) => {
                if diverges && !said && !before {
                    self.unreachable(self.tree.span(tail));
                }
                self.dead |= diverges;
                self.check(tail, wanted);
                self.dead = before;
                if diverges { Type::NEVER } else { self.facts.types[tail.index()] }
            }
            None if diverges => Type::NEVER,
            None => {
                if !self.facts.table.unify(wanted, Type::UNIT) {
                    self.missing_value(id, wanted);
                }
                Type::UNIT
            }
        };
        self.close_scope(mark);
        ty
    }

    #[cold]
    pub(super) fn missing_value(&mut self, id: BlockId, wanted: Type) {
        let block = self.tree.block(id);
        let end = Span::new(block.span.end.saturating_sub(1), block.span.end);
        let wanted = self.resolve(wanted);
        let message = format!(
            "expected a value of type `{wanted}` at the end of this block",
            wanted = self.show(wanted)
        );
        let mut diagnostic = Diagnostic::new(Code::MissingValue, end, message)
            .label(format!("`{wanted}` is missing here", wanted = self.show(wanted)));
        if let Some(Stmt { kind: StmtKind::Expr { expr, semicolon: true }, span }) =
            self.tree.stmts_of(id).last()
            && !self.facts.ty(*expr).is_error()
            && self.facts.table.unify(wanted, self.facts.types[expr.index()])
        {
            let semicolon = Span::new(span.end.saturating_sub(1), span.end);
            diagnostic = diagnostic.fix("remove this `;` to give the value", semicolon, "");
        }
        self.report(diagnostic);
    }

    pub(super) fn block(&mut self, id: BlockId, wanted: Option<Type>) -> Type {
        let mark = self.undo.len();
        let before = self.dead;
        let (diverges, said) = self.statements(id);
        let tail = self.tree.block(id).tail;
        let ty = match tail {
            Some(tail) => {
                if diverges && !said && !before {
                    self.unreachable(self.tree.span(tail));
                }
                self.dead |= diverges;
                let ty = self.infer(tail, wanted);
                self.dead = before;
                ty
            }
            None => Type::UNIT,
        };
        self.close_scope(mark);
        if diverges { Type::NEVER } else { ty }
    }

    /// The statements of a block: whether control cannot reach its end, and whether that was said of a statement.
    pub(super) fn statements(&mut self, id: BlockId) -> (bool, bool) {
        let run = self.tree.block(id).stmts;
        let mut diverges = false;
        for index in run.range() {
            let stmt = self.tree.stmts[index];
            if diverges {
                let before = std::mem::replace(&mut self.dead, true);
                if !before {
                    self.unreachable(stmt.span);
                }
                for rest in index..run.range().end {
                    self.statement(rest);
                }
                self.dead = before;
                return (true, true);
            }
            diverges = self.statement(index);
        }
        (diverges, false)
    }

    #[cold]
    pub(super) fn unreachable(&mut self, span: Span) {
        let diagnostic = Diagnostic::new(Code::Unreachable, span, "this code can never run")
            .label("control has left before it gets here");
        self.report(diagnostic);
    }

    pub(super) fn statement(&mut self, index: usize) -> bool {
        let stmt = self.tree.stmts[index];
        match stmt.kind {
            StmtKind::Let { name, mutable, ty, init } => {
                let (ty, diverges) = self.initial(ty, init);
                let is_place = self.let_of_place(init, mutable);
                let local = self.declare(name, ty, mutable);
                if let Some(local) = self.facts.locals.get_mut(local as usize) {
                    local.names_place = is_place;
                }
                self.facts.lets[index] = local;
                diverges
            }
            StmtKind::LetPattern { pattern, ty, init, otherwise } => {
                self.let_pattern(pattern, ty, init, otherwise)
            }
            StmtKind::Expr { expr, semicolon } => {
                let ty = self.infer(expr, if semicolon { None } else { Some(Type::UNIT) });
                if !semicolon {
                    self.fits(self.tree.span(expr), Type::UNIT, ty);
                } else if self.is_idle(expr) {
                    let span = self.tree.span(expr);
                    self.report(Diagnostic::new(
                        Code::UnusedValue,
                        span,
                        "this value is computed and thrown away",
                    ));
                }
                ty == Type::NEVER
            }
        }
    }

    /// Whether an expression statement can have no effect: the author surely meant something else.
    pub(super) fn is_idle(&self, expr: ExprId) -> bool {
        let expr = self.tree.unparen(expr);
        let idle = match self.tree.kind(expr) {
            ExprKind::MethodCall { .. } => {
                matches!(self.facts.meaning(expr), Meaning::Method(method) if method.is_idle())
            }
            ExprKind::Call { .. } | ExprKind::Macro { .. } => match self.facts.meaning(expr) {
                Meaning::Format(index) => self.facts.formats[index as usize].does == Does::Text,
                _ => false,
            },
            kind => matches!(
                kind,
                ExprKind::Binary { .. }
                    | ExprKind::Unary { .. }
                    | ExprKind::Int(_)
                    | ExprKind::Float(_)
                    | ExprKind::Str(_)
                    | ExprKind::Bool(_)
                    | ExprKind::Name(_)
                    | ExprKind::Path(_)
                    | ExprKind::List(_)
                    | ExprKind::Repeat { .. }
                    | ExprKind::Vector { .. }
                    | ExprKind::Cast { .. }
            ),
        };
        let ty = self.facts.ty(expr);
        idle && !ty.is_error() && ty != Type::NEVER && !self.facts.changes(expr)
    }
}
