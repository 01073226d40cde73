//! Vectors and matrices: `vec[N]` and `mat[R, C]` as types, `vec[1.0, 2.0]` and `vec[x; N]` as values.
//!
//! `vec[e]` alone is read as the element of a variable called `vec`; the checker, who knows whether there is one, takes it as a
//! vector of one element otherwise.

use super::{Node, Parser};
use crate::literal;
use crate::token::T;
use crate::tree::{ExprKind, Symbol, TypeId, TypeKind, TypeList};
use nda_diagnostics::{Code, Diagnostic, Span};

impl Parser<'_, '_> {
    /// `[N]` or `[R, C]` behind `vec` or `mat`; the cursor is on `[`.
    pub(super) fn tensor_type(&mut self, name: Symbol, start: u32) -> TypeId {
        let wanted = if self.text(self.span_from(start)) == "vec" { 1 } else { 2 };
        let open = self.bump().span();
        let base = self.scratch.ids.len();
        while !matches!(self.token.kind, T::RBracket | T::Eof) {
            let side = self.side();
            self.scratch.ids.push(side.index() as u32);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.close(T::RBracket, open, "`]` after the sides of this shape");
        let found = self.scratch.ids.len() - base;
        let sides = TypeList(self.close_ids(base));
        let span = self.span_from(start);
        if found == wanted {
            return self.push_type(TypeKind::Shape { name, sides }, span);
        }
        if !self.recovering {
            let expected = if wanted == 1 { "`vec[N]` has one side" } else { "`mat[R, C]` has two sides" };
            let message = format!("{expected}, found {found}");
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message));
        }
        self.push_type(TypeKind::Error, span)
    }

    /// A side: a number, or the name of one.
    fn side(&mut self) -> TypeId {
        let token = self.token;
        if token.kind != T::Int {
            return self.inner_type();
        }
        let span = token.span();
        let value = literal::integer(self.text(span), token.start, &mut self.lexer.problems);
        self.bump();
        self.push_type(value.map_or(TypeKind::Error, TypeKind::Number), span)
    }

    /// Whether what stands in brackets behind this is a vector literal, after its first element: a list follows.
    pub(super) fn begins_vector(&self, base: Node) -> bool {
        matches!(self.token.kind, T::Comma | T::Semi)
            && matches!(self.tree.kind(base.id), ExprKind::Name(_))
            && self.text(self.tree.span(base.id)) == "vec"
    }

    /// The rest of `vec[a, b]` or `vec[x; N]` behind its first element.
    pub(super) fn vector(&mut self, head: Node, open: Span, first: Node, start: u32) -> Node {
        let items = self.list_behind(open, first);
        let kind = ExprKind::Vector { head: head.id, items: items.id };
        self.push(kind, self.span_from(start), items.height + 1)
    }
}
