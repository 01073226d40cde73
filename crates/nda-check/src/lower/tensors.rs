//! Vectors and matrices as records.

use super::Lower;
use super::offers::Part;
use super::places::Step;
use super::values::math;
use crate::facts::Meaning;
use crate::tensors::{OnTensor, operator};
use crate::types::Type;
use nda_diagnostics::Span;
use nda_graph::{Builtin, Mode, NdaNode, Slot, TensorOp, Ty};
use nda_syntax::tree::{BinaryOp, ExprId, ExprKind};

impl Lower<'_> {
    /// The type of an expression, with the type arguments of the body at hand.
    fn own_type(&mut self, expr: ExprId) -> Type {
        let ty = self.table.resolve(self.facts.types[expr.index()]);
        match self.args {
            [] => ty,
            args => self.table.substitute(ty, self.first_parameter, args),
        }
    }

    pub(super) fn is_vector(&self, expr: ExprId) -> bool {
        self.table.len_of(self.facts.types[expr.index()]).is_some()
    }

    /// `vec[a, b]` or `vec[x; N]`.
    pub(super) fn vector_literal(&mut self, expr: ExprId, items: ExprId) {
        let tree = self.tree;
        let (ty, span) = (self.ty(expr), tree.span(expr));
        match tree.kind(items) {
            ExprKind::List(list) => {
                let items: Vec<ExprId> = tree.list(list).collect();
                if self.never_all(&items, span) {
                    return;
                }
                items.iter().for_each(|&item| self.owned(item));
                self.emit(NdaNode::Vector { ty }, span);
            }
            ExprKind::Repeat { value, .. } => {
                self.owned(value);
                if !self.diverges(value) {
                    self.emit(NdaNode::Tensor { op: TensorOp::Fill, ty }, span);
                }
            }
            _ => self.emit(NdaNode::Unit, span),
        }
    }

    /// `v[i]`, or `vec[x]`; whether the base is one of these.
    pub(super) fn vector_index(&mut self, expr: ExprId, base: ExprId, index: ExprId) -> bool {
        let span = self.tree.span(expr);
        if self.facts.meaning(base) == Meaning::Tensor(OnTensor::One) {
            let ty = self.ty(expr);
            self.owned(index);
            if !self.diverges(index) {
                self.emit(NdaNode::Vector { ty }, span);
            }
            return true;
        }
        if !self.is_vector(base) {
            return false;
        }
        self.tensor_op(expr, TensorOp::At, &[base, index]);
        true
    }

    /// `a + b` and its kin on vectors; whether they are.
    pub(super) fn vector_operator(
        &mut self,
        expr: ExprId,
        op: BinaryOp,
        left: ExprId,
        right: ExprId,
    ) -> bool {
        if !self.is_vector(left) {
            return self.scaled_by_left(expr, left, right);
        }
        let Some(op) = operator(op, !self.is_vector(right) && !self.diverges(right)) else { return false };
        self.tensor_op(expr, op, &[left, right]);
        true
    }

    /// `x * v`: the number is evaluated first, and then the vector, which the record wants first; whether `right` is a vector.
    fn scaled_by_left(&mut self, expr: ExprId, left: ExprId, right: ExprId) -> bool {
        if !self.is_vector(right) {
            return false;
        }
        let span = self.tree.span(expr);
        if self.never_all(&[left, right], span) {
            return true;
        }
        let mark = self.memory.owned.len();
        let (factor, count) = self.part(left, self.facts.changes(right));
        self.owned(right);
        self.part_read(factor, span);
        let ty = self.ty(expr);
        self.emit(NdaNode::Tensor { op: TensorOp::Scale, ty }, span);
        self.close_hidden(mark, count, span);
        true
    }

    /// `v op= value`; whether `place` is a vector. The value comes first.
    pub(super) fn assign_vector(&mut self, expr: ExprId, op: BinaryOp, place: ExprId, value: ExprId) -> bool {
        if !self.is_vector(place) {
            return false;
        }
        let span = self.tree.span(expr);
        let Some((slot, mut steps)) = self.place(place) else { return false };
        let Some(op) = operator(op, !self.is_vector(value)) else { return false };
        if self.diverges(value) {
            self.owned(value);
            return true;
        }
        let mark = self.memory.owned.len();
        let (value, mut count) = self.part(value, self.facts.changes(place));
        count += self.settle(slot, &mut steps, false, span);
        self.vector_at(slot, &steps, span);
        self.part_read(value, span);
        let ty = self.ty(place);
        self.emit(NdaNode::Tensor { op, ty }, span);
        self.store_into(slot, &steps, span);
        self.close_hidden(mark, count, span);
        true
    }

    /// `v[i] = value` and `v[i] op= value`; whether `place` is an element of a vector. The value comes first.
    pub(super) fn assign_element(
        &mut self,
        expr: ExprId,
        op: Option<BinaryOp>,
        place: ExprId,
        value: ExprId,
    ) -> bool {
        let ExprKind::Index { base, index } = self.tree.kind(self.tree.unparen(place)) else { return false };
        if !self.is_vector(base) {
            return false;
        }
        let span = self.tree.span(expr);
        if self.never_all(&[value, index], span) {
            return true;
        }
        let Some((slot, mut steps)) = self.place(base) else { return false };
        let mark = self.memory.owned.len();
        let (mut value, mut count) = self.part(value, self.facts.changes(place));
        count += self.settle(slot, &mut steps, self.facts.changes(index), span);
        let (index, more) = self.part(index, false);
        count += more;
        if let Some(op) = op.and_then(|op| math(op, Ty::F64)) {
            self.look_along(slot, &steps, span);
            self.part_read(index, span);
            self.emit(NdaNode::Tensor { op: TensorOp::At, ty: Ty::F64 }, span);
            self.part_read(value, span);
            self.emit(NdaNode::Math(op), span);
            let kept = self.new_slot(Ty::F64, Span::default());
            self.emit(NdaNode::Let { slot: kept, ty: Ty::F64 }, span);
            value = Part::Slot(kept);
            count += 1;
        }
        self.vector_at(slot, &steps, span);
        self.part_read(index, span);
        self.part_read(value, span);
        let ty = self.ty(base);
        self.emit(NdaNode::Tensor { op: TensorOp::With, ty }, span);
        self.store_into(slot, &steps, span);
        self.close_hidden(mark, count, span);
        true
    }

    /// The vector of a variable, which gives it away for the new one that comes; inside of a value it is shared.
    fn vector_at(&mut self, slot: Slot, steps: &[Step], span: Span) {
        let Some((last, before)) = steps.split_last() else {
            return self.load_slot(slot, span, Mode::Share);
        };
        self.look_along(slot, before, span);
        match *last {
            Step::Field(index, _) => {
                self.emit(NdaNode::Field { variant: 0, index, mode: Mode::Share }, span);
            }
            last => {
                self.indices(&[last]);
                self.emit(NdaNode::Builtin { op: Builtin::Index, mode: Mode::Share }, span);
            }
        }
    }

    /// A call of a function or method on tensors; its operands are the receiver, if there is one, and the arguments.
    pub(super) fn on_tensor(&mut self, expr: ExprId, what: OnTensor, operands: &[ExprId]) {
        let span = self.tree.span(expr);
        match what {
            OnTensor::Op(op) => self.tensor_op(expr, op, operands),
            OnTensor::Weights => {
                let ty = self.ty(expr);
                operands.iter().for_each(|&operand| self.owned(operand));
                self.emit(NdaNode::Weights { ty }, span);
            }
            OnTensor::Zeros => {
                let ty = self.ty(expr);
                self.emit(NdaNode::float(0.0), span);
                self.emit(NdaNode::Tensor { op: TensorOp::Fill, ty }, span);
            }
            OnTensor::Len => {
                let Some(&receiver) = operands.first() else { return };
                if self.never_all(operands, span) {
                    return;
                }
                let ty = self.own_type(receiver);
                let len = self.table.len_of(ty).and_then(|len| self.table.number_of(len)).unwrap_or(0);
                let named = matches!(self.tree.kind(self.tree.unparen(receiver)), ExprKind::Name(_));
                if !named {
                    self.read(receiver, false);
                    self.emit(NdaNode::Discard, span);
                }
                self.emit(NdaNode::Int(len.into()), span);
                if !named {
                    self.emit(NdaNode::Scope { count: 2, drops: 0 }, span);
                }
            }
            OnTensor::One => {}
        }
    }

    fn tensor_op(&mut self, expr: ExprId, op: TensorOp, operands: &[ExprId]) {
        let span = self.tree.span(expr);
        if self.never_all(operands, span) {
            return;
        }
        let ty = match op {
            TensorOp::At => Ty::F64,
            _ => self.ty(expr),
        };
        match operands.split_first() {
            Some((&first, rest)) if op.is_in_place() => {
                self.owned(first);
                self.reads(rest);
            }
            _ => self.reads(operands),
        }
        self.emit(NdaNode::Tensor { op, ty }, span);
    }
}
