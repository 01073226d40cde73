//! Format strings become pieces of text that one record joins, so that a running program reads no format string.

use super::Lower;
use crate::facts::{Does, Format, Piece, Source};
use crate::template::{Align, Count, Spec, Style};
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprList};

/// The values of a format, and where they are when a piece needs them.
struct Values<'v> {
    exprs: &'v [ExprId],
    /// Where each was put; empty if every one is evaluated at its place.
    slots: Vec<Slot>,
}

impl Lower<'_> {
    /// A macro, or a call of `format`, in whose arguments the format string stands first or behind what is asserted.
    pub(super) fn format(&mut self, expr: ExprId, index: u32, args: ExprList) {
        let span = self.tree.span(expr);
        let format: &Format = &self.facts.formats[index as usize];
        let args: Vec<ExprId> = self.tree.list(args).collect();
        let lead = format.does.lead();
        let values = args.get(lead + 1..).unwrap_or_default();
        match format.does {
            Does::Text => self.message(format, values, span),
            Does::Print | Does::Panic => {
                self.message(format, values, span);
                let op = if format.does == Does::Print { Builtin::Print } else { Builtin::Panic };
                self.emit_builtin(op, span);
            }
            Does::Assert => {
                self.owned(args[0]);
                if let [Piece::Text(text)] = format.pieces.as_slice() {
                    self.text(text, span);
                    return self.emit_builtin(Builtin::Assert, span);
                }
                // The message is made only where it is needed.
                self.emit(NdaNode::Then, self.tree.span(args[0]));
                self.emit(NdaNode::Unit, span);
                self.emit(NdaNode::Else, span);
                self.message(format, values, span);
                self.emit_builtin(Builtin::Panic, span);
                self.emit(NdaNode::If, span);
            }
            Does::Equal | Does::Differ => self.compared(format, (args[0], args[1]), values, span),
        }
    }

    /// `assert_eq!` and `assert_ne!`.
    fn compared(&mut self, format: &Format, (left, right): (ExprId, ExprId), values: &[ExprId], span: Span) {
        let mark = self.memory.owned.len();
        if self.diverges(left) {
            return self.owned(left);
        }
        let ty = self.ty(left);
        let a = self.keep(left, ty);
        if self.diverges(right) {
            self.owned(right);
            self.memory.owned.truncate(mark);
            return self.scope(2, 0, span);
        }
        let b = self.keep(right, ty);
        let mode = if ty.is_object() { Mode::Borrow } else { Mode::Copy };
        self.emit(NdaNode::Load { slot: a, mode }, self.tree.span(left));
        self.emit(NdaNode::Load { slot: b, mode }, self.tree.span(right));
        let equal = format.does == Does::Equal;
        let op = if equal { CompareOp::Eq } else { CompareOp::Ne };
        self.emit(NdaNode::Compare { op, ty }, span);
        self.emit(NdaNode::Then, span);
        self.emit(NdaNode::Unit, span);
        self.emit(NdaNode::Else, span);
        let show = |this: &mut Self, slot: Slot| {
            this.emit(NdaNode::Load { slot, mode }, span);
            this.emit_builtin(Builtin::Show, span);
        };
        self.text(if equal { "assertion failed: left is " } else { "assertion failed: both are " }, span);
        show(self, a);
        let mut count = 2;
        if equal {
            self.text(", right is ", span);
            show(self, b);
            count += 2;
        }
        if format.has_message {
            self.text(": ", span);
            self.message(format, values, span);
            count += 2;
        }
        self.emit(NdaNode::Joined { count }, span);
        self.emit_builtin(Builtin::Panic, span);
        self.emit(NdaNode::If, span);
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(3, drops, span);
    }

    /// The text that a format makes of its values.
    fn message(&mut self, format: &Format, exprs: &[ExprId], span: Span) {
        if self.in_place(format, exprs) {
            return self.pieces(format, &Values { exprs, slots: Vec::new() }, span);
        }
        // The values are evaluated first, from left to right.
        let mark = self.memory.owned.len();
        let mut slots = Vec::new();
        for &expr in exprs {
            if self.diverges(expr) {
                self.owned(expr);
                self.memory.owned.truncate(mark);
                self.scope(slots.len() as u32 + 1, 0, span);
                // A text by its type, though it never comes.
                return self.emit(NdaNode::Joined { count: 1 }, span);
            }
            let ty = self.ty(expr);
            slots.push(self.keep(expr, ty));
        }
        let count = slots.len() as u32 + 1;
        self.pieces(format, &Values { exprs, slots }, span);
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count, drops, span);
    }

    /// Whether every value can be evaluated where its piece stands: each is used once and in order, and variables that
    /// the format names do not change in between.
    fn in_place(&self, format: &Format, exprs: &[ExprId]) -> bool {
        let mut next = 0;
        let mut names = false;
        for piece in &format.pieces {
            let Piece::Value { value, spec } = piece else { continue };
            for count in [spec.width, spec.precision] {
                match count {
                    Some(Count::Given(Source::Argument(_))) => return false,
                    Some(Count::Given(_)) => names = true,
                    _ => {}
                }
            }
            match value {
                Source::Argument(index) if *index == next => next += 1,
                Source::Argument(_) => return false,
                Source::Local(_) | Source::Constant(_) => names = true,
            }
        }
        !names || !exprs.iter().any(|&expr| self.facts.changes(expr))
    }

    fn pieces(&mut self, format: &Format, values: &Values<'_>, span: Span) {
        if format.pieces.is_empty() {
            return self.text("", span);
        }
        for piece in &format.pieces {
            match piece {
                Piece::Text(text) => self.text(text, span),
                Piece::Value { value, spec } => self.formatted(*value, spec, values, span),
            }
        }
        let count = format.pieces.len() as u32;
        // One that never comes is a text by its type all the same.
        if count > 1 || values.exprs.iter().any(|&expr| self.diverges(expr)) {
            self.emit(NdaNode::Joined { count }, span);
        }
    }

    /// One value as text.
    fn formatted(&mut self, value: Source, spec: &Spec<Source>, values: &Values<'_>, whole: Span) {
        if let Source::Argument(index) = value
            && values.slots.is_empty()
            && self.diverges(values.exprs[index])
        {
            return self.owned(values.exprs[index]);
        }
        let span = match value {
            Source::Argument(index) => self.tree.span(values.exprs[index]),
            _ => whole,
        };
        let ty = self.type_of(value, values);
        let base = match spec.style {
            Style::Hex => Some((Builtin::Hex, "0x")),
            Style::UpperHex => Some((Builtin::UpperHex, "0x")),
            Style::Octal => Some((Builtin::Octal, "0o")),
            Style::Binary => Some((Builtin::Binary, "0b")),
            Style::Plain | Style::Debug => None,
        };
        match (base, spec.precision) {
            (Some((op, prefix)), _) => {
                if spec.alternate {
                    self.text(prefix, span);
                }
                self.look_at(value, values, span);
                self.emit_builtin(op, span);
                if spec.alternate {
                    self.emit(NdaNode::Joined { count: 2 }, span);
                }
            }
            (None, Some(precision)) => {
                self.look_at(value, values, span);
                self.count(precision, values, span);
                self.emit_builtin(if ty == Ty::F64 { Builtin::Fixed } else { Builtin::Prefix }, span);
            }
            (None, None) if ty == Ty::STR && spec.style == Style::Plain => {
                if spec.width.is_some() {
                    self.look_at(value, values, span);
                } else {
                    self.take(value, values, span);
                }
            }
            (None, None) => {
                self.look_at(value, values, span);
                self.emit_builtin(Builtin::Show, span);
            }
        }
        if spec.plus {
            self.emit_builtin(Builtin::Signed, span);
        }
        let Some(width) = spec.width else { return };
        self.count(width, values, span);
        if spec.zero {
            return self.emit_builtin(Builtin::PadZero, span);
        }
        self.text(spec.fill.encode_utf8(&mut [0; 4]), span);
        let number = matches!(ty, Ty::I64 | Ty::F64);
        self.emit_builtin(
            match spec.align {
                Some(Align::Right) => Builtin::PadStart,
                Some(Align::Centre) => Builtin::PadBoth,
                None if number => Builtin::PadStart,
                Some(Align::Left) | None => Builtin::PadEnd,
            },
            span,
        );
    }

    fn count(&mut self, count: Count<Source>, values: &Values<'_>, span: Span) {
        match count {
            Count::Written(count) => self.emit(NdaNode::Int(count.into()), span),
            Count::Given(source) => self.look_at(source, values, span),
        }
    }

    fn type_of(&mut self, value: Source, values: &Values<'_>) -> Ty {
        match value {
            Source::Argument(index) => self.ty(values.exprs[index]),
            Source::Local(local) => self.graph_type(self.facts.locals[local as usize].ty),
            Source::Constant(target) => self.graph_type(self.facts.targets[target as usize].ret()),
        }
    }

    /// A value for an operator that only reads it.
    fn look_at(&mut self, value: Source, values: &Values<'_>, span: Span) {
        match value {
            Source::Argument(index) if values.slots.is_empty() => {
                self.read(values.exprs[index], false);
            }
            _ => self.use_of(value, values, span, Mode::Borrow),
        }
    }

    /// A value for an operator that owns it.
    fn take(&mut self, value: Source, values: &Values<'_>, span: Span) {
        match value {
            Source::Argument(index) if values.slots.is_empty() => self.owned(values.exprs[index]),
            _ => self.use_of(value, values, span, Mode::Share),
        }
    }

    fn use_of(&mut self, value: Source, values: &Values<'_>, span: Span, mode: Mode) {
        match value {
            Source::Argument(index) => self.load_slot(values.slots[index], span, mode),
            Source::Local(local) => self.load(local, span, mode),
            Source::Constant(target) => {
                let index = self.reference(target);
                self.emit(NdaNode::Const(index), span);
            }
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        let node = self.draft.text(text);
        self.emit(node, span);
    }

    fn emit_builtin(&mut self, op: Builtin, span: Span) {
        self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
    }
}
