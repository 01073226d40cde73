//! Chains over the parts of a text: its words, lines, characters, or what stands between separators. No list is made of them: a
//! counter says at which byte the next one begins.

use super::{Item, Typed};
use crate::facts::Meaning;
use crate::lower::Lower;
use crate::methods::Method;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind};

/// The call that gives the parts, and what it is called on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    pub(super) call: ExprId,
    pub(super) text: ExprId,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Words,
    Lines,
    Chars,
    /// Between separators, which are this text.
    Pieces(ExprId),
}

impl Lower<'_> {
    /// The parts of a text that an expression gives, if they can be found one by one.
    pub(in crate::lower) fn is_text_parts(&self, expr: ExprId) -> bool {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => self.is_text_parts(inner),
            ExprKind::MethodCall { receiver, .. }
                if self.facts.meaning(expr) == Meaning::Method(Method::Itself) =>
            {
                self.is_text_parts(receiver)
            }
            _ => self.text_parts(expr).is_some(),
        }
    }

    pub(super) fn text_parts(&self, expr: ExprId) -> Option<Parts> {
        let ExprKind::MethodCall { receiver, args, .. } = self.tree.kind(expr) else { return None };
        let Meaning::Method(Method::Builtin(op)) = self.facts.meaning(expr) else { return None };
        let kind = match op {
            Builtin::SplitWhitespace => Kind::Words,
            Builtin::Lines => Kind::Lines,
            Builtin::Chars => Kind::Chars,
            // Around an empty separator there are parts at both ends, and another one has to be computed first.
            Builtin::Split => {
                let separator = self.tree.unparen(self.tree.list(args).next()?);
                let ExprKind::Str(text) = self.tree.kind(separator) else { return None };
                if self.tree.text(text, self.source).is_empty() {
                    return None;
                }
                Kind::Pieces(separator)
            }
            _ => return None,
        };
        (!self.diverges(receiver)).then_some(Parts { call: expr, text: receiver, kind })
    }

    /// What stands in front of the loop: the text, and the byte at which its first part begins.
    pub(super) fn parts_head(&mut self, parts: Parts, count: &mut u32) -> (Slot, Slot) {
        let span = self.tree.span(parts.call);
        self.owned(parts.text);
        let text = self.declare(Ty::STR, span);
        if let Kind::Words = parts.kind {
            self.load_slot(text, span, Mode::Borrow);
            self.emit(NdaNode::Int(0), span);
            self.builtin(Builtin::NextWord, Mode::Copy, span);
        } else {
            self.emit(NdaNode::Int(0), span);
        }
        *count += 2;
        (text, self.declare(Ty::I64, span))
    }

    /// The head of the loop, and what its round begins with: the record that closes it, the part, and the number of statements.
    pub(super) fn parts_loop(
        &mut self,
        parts: Parts,
        (text, at): (Slot, Slot),
        span: Span,
    ) -> (NdaNode, Typed, u32) {
        self.emit(NdaNode::WhileBegin, span);
        self.load_slot(at, span, Mode::Copy);
        self.length(text, span);
        // Behind a separator at the end stands an empty part.
        let op = if let Kind::Pieces(_) = parts.kind { CompareOp::Le } else { CompareOp::Lt };
        self.emit(NdaNode::Compare { op, ty: Ty::I64 }, span);
        self.emit(NdaNode::Do, span);
        self.load_slot(text, span, Mode::Borrow);
        self.load_slot(at, span, Mode::Copy);
        let (op, next) = match parts.kind {
            Kind::Words => (Builtin::WordAt, Some(Builtin::NextWord)),
            Kind::Lines => (Builtin::LineAt, Some(Builtin::NextLine)),
            Kind::Chars => (Builtin::CharAt, None),
            Kind::Pieces(separator) => {
                self.read(separator, false);
                (Builtin::PieceAt, None)
            }
        };
        self.builtin(op, Mode::Copy, span);
        let part = self.declare(Ty::STR, span);
        // The next part is found before anybody can end this round.
        if next.is_some() {
            self.load_slot(text, span, Mode::Borrow);
        }
        self.load_slot(at, span, Mode::Copy);
        self.length(part, span);
        self.emit(NdaNode::Math(MathOp::Add), span);
        if let Kind::Pieces(separator) = parts.kind {
            self.read(separator, false);
            self.builtin(Builtin::Len, Mode::Copy, span);
            self.emit(NdaNode::Math(MathOp::Add), span);
        }
        if let Some(next) = next {
            self.builtin(next, Mode::Copy, span);
        }
        self.emit(NdaNode::Store { slot: at }, span);
        (NdaNode::While, (Item::Slot(part), Ty::STR), 2)
    }
}
