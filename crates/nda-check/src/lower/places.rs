//! Assignments, and methods that change their receiver in place.

use super::Lower;
use super::values::math;
use crate::facts::Meaning;
use nda_diagnostics::Span;
use nda_graph::{Mode, NdaNode, PlaceOp, Slot, Ty};
use nda_syntax::tree::{BinaryOp, ExprId, ExprKind, ExprList};

/// One step from a variable to a place inside of its value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// To an element.
    Index(ExprId),
    /// To an element whose index was computed before, from what stands at this place.
    Kept(Slot, Span),
    /// To a field, named at this place.
    Field(u32, Span),
    /// To the value under a key of a map.
    Key(ExprId),
    /// The same of `m.entry(k).or_insert(v)`.
    Entry(ExprId),
}

impl Lower<'_> {
    pub(super) fn assign(&mut self, expr: ExprId, op: Option<BinaryOp>, place: ExprId, value: ExprId) {
        if op.is_none() && self.assign_key(expr, place, value) {
            return;
        }
        let Some((slot, mut indices)) = self.place(place) else {
            // `_ = value;`
            return self.effect(value);
        };
        if !Self::has_keys(&indices) {
            return self.assign_to(expr, op, (place, slot, &indices), value);
        }
        // The right side comes before the place.
        let span = self.tree.span(expr);
        if self.diverges(value) {
            return self.owned(value);
        }
        let mark = self.memory.owned.len();
        let ty = self.ty(value);
        let kept = self.keep(value, ty);
        let count = 1 + self.settle(slot, &mut indices, false, span);
        let ty = self.ty(place);
        let depth = indices.len() as u8;
        self.load_slot(kept, span, Mode::Share);
        self.indices(&indices);
        self.emit(
            match op {
                None => NdaNode::Place { op: PlaceOp::Set, slot, depth },
                Some(op) => match math(op, ty) {
                    Some(op) => NdaNode::Update { op, slot, depth },
                    None => NdaNode::Place { op: PlaceOp::Append, slot, depth },
                },
            },
            span,
        );
        self.close_hidden(mark, count, span);
    }

    fn assign_to(
        &mut self,
        expr: ExprId,
        op: Option<BinaryOp>,
        (place, slot, indices): (ExprId, Slot, &[Step]),
        value: ExprId,
    ) {
        let span = self.tree.span(expr);
        let ty = self.ty(place);
        let depth = indices.len() as u8;
        match op {
            None => {
                self.owned(value);
                self.store_into(slot, indices, span);
            }
            Some(_) if ty == Ty::STR => {
                self.owned(value);
                self.indices(indices);
                self.emit(NdaNode::Place { op: PlaceOp::Append, slot, depth }, span);
            }
            Some(op) => {
                let Some(op) = math(op, ty) else { return self.emit(NdaNode::Unit, span) };
                if !indices.is_empty() {
                    self.owned(value);
                    self.indices(indices);
                    self.emit(NdaNode::Update { op, slot, depth }, span);
                } else if self.facts.changes(value) {
                    // The right side comes first, and it may change the very variable.
                    self.owned(value);
                    let kept = self.new_slot(ty, Span::default());
                    self.emit(NdaNode::Let { slot: kept, ty }, span);
                    self.emit(NdaNode::Load { slot, mode: Mode::Copy }, self.tree.span(place));
                    self.emit(NdaNode::Load { slot: kept, mode: Mode::Copy }, self.tree.span(value));
                    self.emit(NdaNode::Math(op), span);
                    self.emit(NdaNode::Store { slot }, span);
                    self.scope(2, 0, span);
                } else {
                    self.emit(NdaNode::Load { slot, mode: Mode::Copy }, self.tree.span(place));
                    self.owned(value);
                    self.emit(NdaNode::Math(op), span);
                    self.emit(NdaNode::Store { slot }, span);
                }
            }
        }
    }

    pub(super) fn place_method(&mut self, expr: ExprId, op: PlaceOp, receiver: ExprId, args: ExprList) {
        let span = self.tree.span(expr);
        let Some((slot, mut indices)) = self.place(receiver) else {
            return self.emit(NdaNode::Unit, span);
        };
        let mark = self.memory.owned.len();
        let mut count = 0;
        if Self::has_keys(&indices) {
            let changes = self.tree.list(args).any(|arg| self.facts.changes(arg));
            count = self.settle(slot, &mut indices, changes, span);
        }
        let tree = self.tree;
        let values = tree.list(args);
        if op.value_first() {
            values.clone().for_each(|arg| self.owned(arg));
        }
        self.indices(&indices);
        if !op.value_first() {
            values.for_each(|arg| self.owned(arg));
        }
        self.emit(NdaNode::Place { op, slot, depth: indices.len() as u8 }, span);
        if count > 0 {
            self.close_hidden(mark, count, span);
        }
    }

    /// `clear()` on a text or a list.
    pub(super) fn clear(&mut self, expr: ExprId, receiver: ExprId) {
        let span = self.tree.span(expr);
        let Some((slot, mut indices)) = self.place(receiver) else {
            return self.emit(NdaNode::Unit, span);
        };
        let mark = self.memory.owned.len();
        let count = if Self::has_keys(&indices) { self.settle(slot, &mut indices, false, span) } else { 0 };
        let depth = indices.len() as u8;
        if self.ty(receiver) != Ty::STR {
            self.indices(&indices);
            self.emit(NdaNode::Int(0), span);
            self.emit(NdaNode::Place { op: PlaceOp::Truncate, slot, depth }, span);
            return self.close_hidden(mark, count, span);
        }
        let empty = self.draft.text("");
        self.emit(empty, span);
        self.store_into(slot, &indices, span);
        self.close_hidden(mark, count, span);
    }

    /// Puts the value that waits into a variable, or where steps lead into it.
    pub(super) fn store_into(&mut self, slot: Slot, steps: &[Step], span: Span) {
        self.indices(steps);
        self.emit(
            match steps.len() {
                0 => NdaNode::Store { slot },
                depth => NdaNode::Place { op: PlaceOp::Set, slot, depth: depth as u8 },
            },
            span,
        );
    }

    pub(super) fn indices(&mut self, steps: &[Step]) {
        for step in steps {
            match *step {
                Step::Index(index) => self.owned(index),
                Step::Kept(slot, span) => self.load_slot(slot, span, Mode::Copy),
                Step::Field(index, span) => self.emit(NdaNode::Int(index.into()), span),
                Step::Key(_) | Step::Entry(_) => unreachable!("keys are searched for before"),
            }
        }
    }

    /// The variable and the steps of a place.
    pub(super) fn place(&self, place: ExprId) -> Option<(Slot, Vec<Step>)> {
        match self.tree.kind(place) {
            ExprKind::Paren(inner) => self.place(inner),
            ExprKind::Index { base, .. } if self.is_map(base) => {
                let (slot, mut steps) = self.place(base)?;
                steps.push(self.step_into_map(place));
                Some((slot, steps))
            }
            ExprKind::MethodCall { .. } => {
                let (slot, mut steps) = self.place(self.map_of_entry(place)?)?;
                steps.push(self.step_into_map(place));
                Some((slot, steps))
            }
            ExprKind::Index { base, index } => {
                let (slot, mut steps) = self.place(base)?;
                steps.push(Step::Index(index));
                Some((slot, steps))
            }
            ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => {
                let Meaning::Field(index) = self.facts.meaning(place) else { return None };
                let (slot, mut steps) = self.place(base)?;
                steps.push(Step::Field(index, self.tree.field_span(place)));
                Some((slot, steps))
            }
            _ => {
                let local = self.local(place)?;
                match self.alias_of(local) {
                    Some((slot, steps)) => Some((slot, steps.to_vec())),
                    None => Some((self.slot_of(local), Vec::new())),
                }
            }
        }
    }

    /// An example's body. A comparison keeps both sides in variables, so that they can be shown.
    pub(crate) fn example(&mut self, expr: ExprId) -> Option<(Slot, Slot)> {
        let inner = self.tree.unparen(expr);
        let span = self.tree.span(inner);
        let sides = match self.tree.kind(inner) {
            ExprKind::Binary { op, left, right, .. } if op.is_comparison() => Some((left, right)),
            _ => None,
        };
        let Some((left, right)) =
            sides.filter(|&(left, right)| !self.diverges(left) && !self.diverges(right))
        else {
            self.owned(expr);
            return None;
        };
        let ty = self.ty(left);
        let a = self.keep(left, ty);
        let b = self.keep(right, ty);
        let mode = if ty.is_object() { Mode::Borrow } else { Mode::Copy };
        self.emit(NdaNode::Load { slot: a, mode }, self.tree.span(left));
        self.emit(NdaNode::Load { slot: b, mode }, self.tree.span(right));
        let ExprKind::Binary { op, .. } = self.tree.kind(inner) else { return None };
        if let Some(op) = super::values::compare(op) {
            self.emit(NdaNode::Compare { op, ty }, span);
        }
        self.scope(3, 0, span);
        Some((a, b))
    }
}
