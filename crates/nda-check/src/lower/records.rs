//! Tuples, structs and enums: made, and read field by field.

use super::Lower;
use crate::facts::Meaning;
use nda_diagnostics::Span;
use nda_graph::{CompareOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprList, LiteralId};

impl Lower<'_> {
    pub(super) fn tuple(&mut self, expr: ExprId, items: ExprList) {
        self.construct(expr, 0, Some(items));
    }

    /// A constructor with the values of its fields.
    pub(super) fn construct(&mut self, expr: ExprId, variant: u32, args: Option<ExprList>) {
        let tree = self.tree;
        let args: Vec<ExprId> = args.map(|args| tree.list(args).collect()).unwrap_or_default();
        let span = tree.span(expr);
        if self.never_all(&args, span) {
            return;
        }
        args.iter().for_each(|&arg| self.owned(arg));
        let ty = self.ty(expr);
        self.emit(NdaNode::Construct { variant: variant as u16, ty }, span);
    }

    /// If one of some values never comes, evaluates them up to that one, for their effects.
    pub(super) fn never_all(&mut self, values: &[ExprId], span: Span) -> bool {
        let Some(at) = values.iter().position(|&value| self.diverges(value)) else { return false };
        values[..at].iter().for_each(|&value| self.effect(value));
        self.owned(values[at]);
        self.scope(at as u32 + 1, 0, span);
        true
    }

    /// `P { x: 1, ..base }`: values are evaluated as they are written, and stand as they are declared.
    pub(super) fn struct_literal(&mut self, expr: ExprId, id: LiteralId, variant: u32) {
        let tree = self.tree;
        let span = tree.span(expr);
        let literal = tree.literal(id);
        let inits = tree.inits_of(literal.inits);
        let values: Vec<ExprId> = inits.iter().map(|init| init.value).chain(literal.base).collect();
        if self.never_all(&values, span) {
            return;
        }
        let own = self.facts.types[expr.index()];
        let fields = self.table.fields_of(own, variant as usize).unwrap_or_default();
        let place = |text: &str| {
            let named = fields.iter().position(|(name, _)| name == text);
            named.or_else(|| text.parse().ok()).unwrap_or(0)
        };
        let places: Vec<usize> =
            inits.iter().map(|init| place(tree.name(init.name.symbol, self.source))).collect();
        let ty = self.graph_type(own);
        let node = NdaNode::Construct { variant: variant as u16, ty };
        let in_order = places.iter().copied().eq(0..fields.len());
        if in_order && literal.base.is_none() {
            inits.iter().for_each(|init| self.owned(init.value));
            return self.emit(node, span);
        }
        let mark = self.memory.owned.len();
        let mut count = 0;
        let mut kept: Vec<Option<Slot>> = vec![None; fields.len()];
        for (init, &at) in inits.iter().zip(&places) {
            let ty = self.graph_type(fields[at].1);
            kept[at] = Some(self.keep(init.value, ty));
            count += 1;
        }
        let base = literal.base.map(|base| {
            count += 1;
            self.keep(base, ty)
        });
        for (at, &(_, field)) in fields.iter().enumerate() {
            match (kept[at], base) {
                (Some(slot), _) => self.load_slot(slot, span, Mode::Share),
                (None, Some(base)) => {
                    self.load_slot(base, span, Mode::Borrow);
                    let mode = if self.graph_type(field).is_object() { Mode::Share } else { Mode::Copy };
                    self.emit(NdaNode::Field { variant: 0, index: at as u32, mode }, span);
                }
                (None, None) => self.emit(NdaNode::Unit, span),
            }
        }
        self.emit(node, span);
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    /// A field that is only looked at; whether it was borrowed.
    pub(super) fn field(&mut self, expr: ExprId, base: ExprId, later_changes: bool) -> bool {
        let Meaning::Field(index) = self.facts.meaning(expr) else {
            self.owned(base);
            return false;
        };
        let borrowed = self.read(base, later_changes);
        if self.diverges(base) {
            return false;
        }
        let mode = match (self.ty(expr).is_object(), borrowed) {
            (false, _) => Mode::Copy,
            (true, true) => Mode::Borrow,
            (true, false) => Mode::Share,
        };
        self.emit(NdaNode::Field { variant: 0, index, mode }, self.tree.span(expr));
        mode == Mode::Borrow
    }

    /// A field that is used as a value of its own is shared.
    pub(super) fn owned_field(&mut self, expr: ExprId, base: ExprId) {
        self.field(expr, base, false);
        if let Some(NdaNode::Field { mode: mode @ Mode::Borrow, .. }) = self.memory.nodes.last_mut() {
            *mode = Mode::Share;
        }
    }

    /// A value in a slot of its own.
    pub(super) fn keep(&mut self, expr: ExprId, ty: Ty) -> Slot {
        self.owned(expr);
        let slot = self.new_slot(ty, Span::default());
        self.emit(NdaNode::Let { slot, ty }, self.tree.span(expr));
        slot
    }

    /// Whether the enum in a slot is of a variant.
    pub(super) fn is_variant(&mut self, slot: Slot, variant: u16, span: Span) {
        self.load_slot(slot, span, Mode::Borrow);
        self.emit(NdaNode::Tag, span);
        self.emit(NdaNode::Int(variant.into()), span);
        self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
    }

    /// `operand?`.
    pub(super) fn question(&mut self, expr: ExprId, operand: ExprId) {
        let span = self.tree.span(expr);
        if self.diverges(operand) {
            return self.owned(operand);
        }
        let mark = self.memory.owned.len();
        let (held, count) = self.hold(operand, true);
        self.held_test(&held, span);
        self.emit(NdaNode::Then, span);
        let value = self.ty(expr);
        self.held_value(&held, value, span);
        self.emit(NdaNode::Else, span);
        let ret = self.gives_back.map_or(self.draft.signature().ret(), |gives| gives.result);
        match self.table.ok_and_err_of(self.facts.types[operand.index()]) {
            Some((_, err)) => {
                let err = self.graph_type(err);
                self.held_error(&held, err, span);
                self.emit(NdaNode::Construct { variant: 1, ty: ret }, span);
            }
            None => self.emit(NdaNode::Construct { variant: 0, ty: ret }, span),
        }
        let given = self.give_back(span);
        let drops = self.drops(0, None, span);
        self.scope(given, drops, span);
        self.emit(NdaNode::Return, span);
        self.emit(NdaNode::If, span);
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }
}
