//! What becomes of an element that came through every stage.

use super::round::Point;
use super::{ERR, End, Item, NONE, OK, SOME, Sink, Typed};
use crate::lower::{Loop, Lower};
use nda_diagnostics::Span;
use nda_graph::{CompareOp, MathOp, Mode, NdaNode, PlaceOp, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ForId};

impl Lower<'_> {
    /// Gives the number of operands.
    pub(super) fn arrive(&mut self, point: Point<'_>, item: Typed) -> u32 {
        let run = point.run;
        let span = run.span;
        let mut count = 0;
        match run.sink {
            Sink::List(slot) => self.push_to(slot, &item, span),
            Sink::Text(slot) => {
                self.put(&item, span);
                self.emit(NdaNode::Place { op: PlaceOp::Append, slot, depth: 0 }, span);
            }
            Sink::Math(op, slot) => self.merge(op, slot, &item, span),
            Sink::Extreme(op, slot, any) => {
                self.merge(op, slot, &item, span);
                self.set(any, true, span);
                count += 1;
            }
            Sink::Count(slot) => {
                self.spent(&item, span, &mut count);
                self.count_by(slot, MathOp::Add, span);
            }
            Sink::Fold(slot, lambda) => self.folded(slot, lambda, item, &mut count, span),
            Sink::Test(slot, lambda, stops) => {
                let test = self.applied_arg(lambda, item, true, &mut count);
                self.put(&(test, Ty::BOOL), span);
                self.emit(NdaNode::Then, span);
                if !stops {
                    self.emit(NdaNode::Unit, span);
                    self.emit(NdaNode::Else, span);
                }
                self.set(slot, stops, span);
                self.leave(run.index, run.mark, span);
                self.scope(2, 0, span);
                if stops {
                    self.emit(NdaNode::Else, span);
                    self.emit(NdaNode::Unit, span);
                }
                self.emit(NdaNode::If, span);
            }
            Sink::End(slot, end) => {
                self.put(&item, span);
                self.some(slot, span);
                if end == End::First {
                    self.leave(run.index, run.mark, span);
                    count += 1;
                }
            }
            Sink::Find(slot, lambda) => {
                let item = self.settled(item, span, &mut count);
                let test = self.applied_arg(lambda, item.clone(), false, &mut count);
                self.put(&(test, Ty::BOOL), span);
                self.emit(NdaNode::Then, span);
                self.put(&item, span);
                self.some_and_leave(slot, point, span);
            }
            Sink::FindMap(slot, lambda) => {
                let found = self.applied_arg(lambda, item, true, &mut count);
                let ty = self.memory.slots[slot as usize];
                self.put(&(found, ty), span);
                self.emit(NdaNode::Store { slot }, span);
                count += 1;
                self.is_variant(slot, SOME, span);
                self.emit(NdaNode::Then, span);
                self.leave(run.index, run.mark, span);
                self.or_nothing(span);
            }
            Sink::Reduce(slot, lambda) => self.reduced_by(slot, lambda, item, &mut count, span),
            Sink::WholeOption(list, missing) => {
                let ty = self.memory.slots[list as usize].element().unwrap_or(Ty::UNIT);
                let found = self.kept(&item, span, &mut count);
                self.is_variant(found, SOME, span);
                self.emit(NdaNode::Then, span);
                self.payload(found, SOME, ty, span);
                self.emit(NdaNode::Place { op: PlaceOp::Push, slot: list, depth: 0 }, span);
                self.emit(NdaNode::Else, span);
                self.set(missing, true, span);
                self.leave(run.index, run.mark, span);
                self.scope(2, 0, span);
                self.emit(NdaNode::If, span);
            }
            Sink::WholeResult(list, error, kind) => {
                let ty = self.memory.slots[list as usize].element().unwrap_or(Ty::UNIT);
                let found = self.kept(&item, span, &mut count);
                self.is_variant(found, OK, span);
                self.emit(NdaNode::Then, span);
                self.payload(found, OK, ty, span);
                self.emit(NdaNode::Place { op: PlaceOp::Push, slot: list, depth: 0 }, span);
                self.emit(NdaNode::Else, span);
                self.payload(found, ERR, kind, span);
                self.some(error, span);
                self.leave(run.index, run.mark, span);
                self.scope(2, 0, span);
                self.emit(NdaNode::If, span);
            }
            Sink::Position(slot, at, lambda) => {
                let test = self.applied_arg(lambda, item, true, &mut count);
                self.put(&(test, Ty::BOOL), span);
                self.emit(NdaNode::Then, span);
                self.load_slot(at, span, Mode::Copy);
                self.some_and_leave(slot, point, span);
                self.count_by(at, MathOp::Add, span);
                count += 1;
            }
            Sink::Best { kept, greatest } => {
                let value = self.kept(&item, span, &mut count);
                let better = if greatest { CompareOp::Ge } else { CompareOp::Lt };
                self.is_better(value, kept, item.1, better, span);
                self.emit(NdaNode::Then, span);
                self.load_slot(value, span, Mode::Share);
                self.some(kept, span);
                self.or_nothing(span);
            }
            Sink::BestByKey { kept, key, by } => {
                let item = self.settled(item, span, &mut count);
                let lambda = self.tree.unparen(by.lambda);
                let (found, ty) = match (by.compared, self.tree.kind(lambda)) {
                    (Some((of, value)), ExprKind::Lambda(id)) => {
                        self.name_item((id, of), item.clone(), false, &mut count);
                        (Item::Value(value), self.ty(value))
                    }
                    _ => (self.applied_arg(lambda, item.clone(), false, &mut count), self.ty(by.lambda)),
                };
                let new = self.kept(&(found, ty), span, &mut count);
                self.is_better(new, key, ty, by.better, span);
                self.emit(NdaNode::Then, span);
                self.load_slot(new, span, Mode::Share);
                self.some(key, span);
                self.put(&item, span);
                self.some(kept, span);
                self.scope(2, 0, span);
                self.or_nothing(span);
            }
            Sink::Partition(yes, no, lambda) => {
                let item = self.settled(item, span, &mut count);
                let test = self.applied_arg(lambda, item.clone(), false, &mut count);
                self.put(&(test, Ty::BOOL), span);
                self.emit(NdaNode::Then, span);
                self.push_to(yes, &item, span);
                self.emit(NdaNode::Else, span);
                self.push_to(no, &item, span);
                self.emit(NdaNode::If, span);
            }
            Sink::Unzip(first, second) => {
                count += 1;
                match item.0 {
                    Item::Pair(parts) => {
                        self.push_to(first, &parts.0, span);
                        self.push_to(second, &parts.1, span);
                    }
                    _ => self.push_parts(&item, [first, second], &mut count, span),
                }
            }
            Sink::Effect(lambda) => {
                let effect = self.applied_arg(lambda, item, true, &mut count);
                self.put(&(effect, Ty::UNIT), span);
            }
            Sink::Body(id) => self.for_body(point, id, item, &mut count),
        }
        count + 1
    }

    /// `slot = slot op item`.
    fn merge(&mut self, op: MathOp, slot: Slot, item: &Typed, span: Span) {
        self.load_slot(slot, span, Mode::Copy);
        self.put(item, span);
        self.emit(NdaNode::Math(op), span);
        self.emit(NdaNode::Store { slot }, span);
    }

    fn set(&mut self, slot: Slot, value: bool, span: Span) {
        self.emit(NdaNode::Bool(value), span);
        self.emit(NdaNode::Store { slot }, span);
    }

    fn push_to(&mut self, slot: Slot, item: &Typed, span: Span) {
        self.put(item, span);
        self.emit(NdaNode::Place { op: PlaceOp::Push, slot, depth: 0 }, span);
    }

    /// Pushes the parts of a pair to two lists.
    fn push_parts(&mut self, item: &Typed, lists: [Slot; 2], count: &mut u32, span: Span) {
        let pair = self.kept(item, span, count);
        for (index, slot) in lists.into_iter().enumerate() {
            self.load_slot(pair, span, Mode::Borrow);
            let part = self.memory.slots[slot as usize].element().unwrap_or(Ty::UNIT);
            let mode = self.share_or_copy(part);
            self.emit(NdaNode::Field { variant: 0, index: index as u32, mode }, span);
            self.emit(NdaNode::Place { op: PlaceOp::Push, slot, depth: 0 }, span);
        }
    }

    /// Makes the operand a `Some` in a slot.
    fn some(&mut self, slot: Slot, span: Span) {
        let ty = self.memory.slots[slot as usize];
        self.emit(NdaNode::Construct { variant: SOME, ty }, span);
        self.emit(NdaNode::Store { slot }, span);
    }

    /// Makes the operand a `Some` in a slot and leaves the loop; closes the `if` in which this stands.
    fn some_and_leave(&mut self, slot: Slot, point: Point<'_>, span: Span) {
        self.some(slot, span);
        self.leave(point.run.index, point.run.mark, span);
        self.scope(2, 0, span);
        self.or_nothing(span);
    }

    fn or_nothing(&mut self, span: Span) {
        self.emit(NdaNode::Else, span);
        self.emit(NdaNode::Unit, span);
        self.emit(NdaNode::If, span);
    }

    /// Whether nothing is kept yet, or a value is better than what is. Of equal values the first is the least and the
    /// last the greatest, as in Rust.
    fn is_better(&mut self, value: Slot, kept: Slot, ty: Ty, better: CompareOp, span: Span) {
        self.is_variant(kept, NONE, span);
        self.emit(NdaNode::Rhs, span);
        self.load_slot(value, span, Mode::Borrow);
        self.load_slot(kept, span, Mode::Borrow);
        let mode = if ty.is_object() { Mode::Borrow } else { Mode::Copy };
        self.emit(NdaNode::Field { variant: SOME, index: 0, mode }, span);
        self.emit(NdaNode::Compare { op: better, ty }, span);
        self.emit(NdaNode::Or, span);
    }

    fn folded(&mut self, slot: Slot, lambda: ExprId, item: Typed, count: &mut u32, span: Span) {
        let lambda = self.tree.unparen(lambda);
        if let ExprKind::Lambda(id) = self.tree.kind(lambda) {
            let value = (Item::Slot(slot), self.memory.slots[slot as usize]);
            self.name_item((id, 0), value, true, count);
            self.name_item((id, 1), item, true, count);
            self.owned(self.tree.lambda(id).body);
        } else {
            self.load_slot(slot, span, Mode::Share);
            self.put(&item, span);
            self.call_function(lambda, 2);
        }
        self.emit(NdaNode::Store { slot }, span);
    }

    /// What a variant in a slot holds, owned.
    pub(super) fn payload(&mut self, slot: Slot, variant: u16, ty: Ty, span: Span) {
        if ty == Ty::UNIT {
            return self.emit(NdaNode::Unit, span);
        }
        self.load_slot(slot, span, Mode::Borrow);
        let mode = self.share_or_copy(ty);
        self.emit(NdaNode::Field { variant, index: 0, mode }, span);
    }

    /// The first element as it is, then what a lambda makes of what there is and each of the others.
    fn reduced_by(&mut self, slot: Slot, lambda: ExprId, item: Typed, count: &mut u32, span: Span) {
        let item = self.settled(item, span, count);
        self.is_variant(slot, NONE, span);
        self.emit(NdaNode::Then, span);
        self.put(&item, span);
        self.some(slot, span);
        self.emit(NdaNode::Else, span);
        let inside = self.memory.owned.len();
        self.payload(slot, SOME, item.1, span);
        let so_far = (Item::Slot(self.declare(item.1, span)), item.1);
        let mut more = 1;
        let lambda = self.tree.unparen(lambda);
        if let ExprKind::Lambda(id) = self.tree.kind(lambda) {
            self.name_item((id, 0), so_far, true, &mut more);
            self.name_item((id, 1), item, false, &mut more);
            self.owned(self.tree.lambda(id).body);
        } else {
            self.put(&so_far, span);
            self.put(&item, span);
            self.call_function(lambda, 2);
        }
        self.some(slot, span);
        let drops = self.drops(inside, None, span);
        self.memory.owned.truncate(inside);
        self.scope(more + 1, drops, span);
        self.emit(NdaNode::If, span);
    }

    /// The body of a `for` loop over a chain.
    fn for_body(&mut self, point: Point<'_>, id: ForId, item: Typed, count: &mut u32) {
        let written = self.tree.for_loop(id);
        let span = self.tree.span(written.written);
        self.name((written.variable, self.facts.fors[id.index()]), item, true, count, span);
        let (run, inner) = (point.run, point.inner);
        self.memory.loops.push(Loop {
            label: written.label,
            leaves: (run.index, run.mark),
            goes_on: (inner.index, inner.mark),
            afters: (inner.afters, self.memory.afters.len()),
            is_block: false,
        });
        self.block(written.body);
        self.memory.loops.pop();
    }
}
