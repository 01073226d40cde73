//! `retain`; and `sort_by_key` and `sort_by`: a loop computes the key of each element, then one record sorts by them.
//!
//! Of several keys the least important is sorted by first: sorting is stable.

use super::Lower;
use super::chain::Item;
use super::places::Step;
use crate::facts::SortKey;
use nda_diagnostics::Span;
use nda_graph::{Builtin, Mode, NdaNode, PlaceOp, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind};

/// A step to the list, its index computed.
#[derive(Clone, Copy)]
enum Done {
    Index(Slot),
    Field(u32),
}

impl Lower<'_> {
    pub(super) fn sort_by_keys(&mut self, expr: ExprId, receiver: ExprId, lambda: ExprId) {
        let span = self.tree.span(expr);
        let Some((slot, mut steps)) = self.place(receiver) else { return self.emit(NdaNode::Unit, span) };
        let mark = self.memory.owned.len();
        let mut count = self.settle(slot, &mut steps, true, span);
        let done = steps.iter().filter_map(|step| match *step {
            Step::Kept(slot, _) => Some(Done::Index(slot)),
            Step::Field(index, _) => Some(Done::Field(index)),
            _ => None,
        });
        let done: Vec<Done> = done.collect();
        let sorts = self.facts.sorts.iter().find(|(call, _)| *call == expr);
        let keys = sorts.map(|(_, keys)| keys.clone()).unwrap_or_default();
        for key in keys.iter().rev() {
            let kept = self.keys(key, (slot, &done, receiver), lambda, span);
            for step in &done {
                match *step {
                    Done::Index(index) => self.load_slot(index, span, Mode::Copy),
                    Done::Field(index) => self.emit(NdaNode::Int(index.into()), span),
                }
            }
            self.load_slot(kept, span, Mode::Share);
            let op = if key.descending { PlaceOp::SortByKeysDesc } else { PlaceOp::SortByKeys };
            self.emit(NdaNode::Place { op, slot, depth: done.len() as u8 }, span);
            count += 3;
        }
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count, drops, span);
    }

    /// `xs.retain(|x| …)`: the list becomes that of the elements that pass.
    pub(super) fn retain(&mut self, expr: ExprId, receiver: ExprId, lambda: ExprId) {
        let span = self.tree.span(expr);
        let Some((slot, mut steps)) = self.place(receiver) else { return self.emit(NdaNode::Unit, span) };
        let mark = self.memory.owned.len();
        let count = self.settle(slot, &mut steps, true, span);
        let ty = self.ty(receiver);
        match steps.is_empty() {
            true => self.load_slot(slot, span, Mode::Share),
            false => self.load_along(slot, &steps, span, Mode::Share),
        }
        let kept = self.declare(ty, span);
        self.passing(expr, (kept, ty), lambda);
        self.store_into(slot, &steps, span);
        self.close_hidden(mark, count + 1, span);
    }

    /// The keys of the list at a place, in a slot; two operands.
    fn keys(
        &mut self,
        key: &SortKey,
        (slot, steps, receiver): (Slot, &[Done], ExprId),
        lambda: ExprId,
        span: Span,
    ) -> Slot {
        let ty = self.ty(key.value);
        let ty = ty.list_of().unwrap_or(ty);
        self.emit(NdaNode::List { count: 0, ty }, span);
        let keys = self.declare(ty, span);
        let mark = self.memory.owned.len();
        let element = self.ty(receiver).element().unwrap_or(Ty::UNIT);
        self.list_at(slot, steps, span);
        let each = self.new_slot(element, Span::default());
        self.emit(NdaNode::EachBegin { slot: each, ty: element }, span);
        self.memory.open += 1;
        let item = (Item::Slot(each), element);
        let mut count = 1;
        match (key.of, self.tree.kind(self.tree.unparen(lambda))) {
            (Some(of), ExprKind::Lambda(id)) => {
                self.name_item((id, of), item, true, &mut count);
                self.owned(key.value);
            }
            _ => {
                let value = self.applied_arg(key.value, item, true, &mut count);
                self.put(&(value, Ty::UNIT), span);
            }
        }
        self.emit(NdaNode::Place { op: PlaceOp::Push, slot: keys, depth: 0 }, span);
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count, drops, span);
        self.memory.open -= 1;
        self.emit(NdaNode::Each, span);
        keys
    }

    /// The list that steps from a slot lead to, shared.
    fn list_at(&mut self, slot: Slot, steps: &[Done], span: Span) {
        let Some((last, before)) = steps.split_last() else {
            return self.load_slot(slot, span, Mode::Share);
        };
        self.load_slot(slot, span, Mode::Borrow);
        for step in before {
            self.step_to(*step, Mode::Borrow, span);
        }
        self.step_to(*last, Mode::Share, span);
    }

    fn step_to(&mut self, step: Done, mode: Mode, span: Span) {
        match step {
            Done::Index(index) => {
                self.load_slot(index, span, Mode::Copy);
                self.emit(NdaNode::Builtin { op: Builtin::Index, mode }, span);
            }
            Done::Field(index) => self.emit(NdaNode::Field { variant: 0, index, mode }, span),
        }
    }
}
