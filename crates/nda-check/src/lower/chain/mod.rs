//! Chains of steps become loops: one for a chain, and one inside it for each `flat_map`.
//!
//! An element goes through the steps as an [`Item`], a value that is not computed before something needs it. What a step
//! has to remember (how many are left, whether it still skips) stands in slots without a name, declared in front of the
//! loop, and so does what the chain gives. Where a step lets only some elements through, what follows it stands inside
//! of an `if`. Lambdas are lowered where they run: their parameters are slots like any other, and what they see of the
//! function around them are that function's own slots.
//!
//! What a chain consists of is found out in [`plan`], its loop is written in [`walk`], and what a round does in [`round`].

mod plan;
mod round;
mod walk;

use super::Lower;
use crate::steps::Step;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ForId};
use plan::Chain;

/// An element on its way.
#[derive(Clone, Debug)]
enum Item {
    /// In a variable.
    Slot(Slot),
    /// The value of a lambda's body.
    Value(ExprId),
    /// What a function gives for another item.
    Call(ExprId, Box<Item>),
}

/// What happens to the elements that come through.
#[derive(Clone, Copy, Debug)]
enum Sink {
    /// They are put into a list.
    List(Slot),
    /// They are appended to a text.
    Text(Slot),
    /// They are added or multiplied.
    Math(MathOp, Slot),
    /// They are counted.
    Count(Slot),
    /// A lambda gives the next value.
    Fold(Slot, ExprId),
    /// A lambda stops at the first for which it gives this, and the slot says whether there was one.
    Test(Slot, ExprId, bool),
    /// A lambda runs for each.
    Effect(ExprId),
    /// The body of a `for` loop runs for each.
    Body(ForId),
}

/// What is left to do at the end of a round, however it ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum After {
    /// Leave a loop if nothing is left to take.
    LeaveAtZero { left: Slot, index: u32, mark: usize, span: Span },
}

impl Lower<'_> {
    /// A chain for its value.
    pub(super) fn chain(&mut self, expr: ExprId) {
        let chain = self.plan(expr);
        self.chain_list(&chain, expr);
    }

    /// The list that a chain gives; it is what `expr` gives.
    fn chain_list(&mut self, chain: &Chain, expr: ExprId) {
        let ty = self.ty(expr);
        self.reduced(chain, expr, ty, NdaNode::List { count: 0, ty }, Sink::List);
    }

    /// A step that ends a chain.
    pub(super) fn ending(&mut self, expr: ExprId, receiver: ExprId, step: Step, args: &[ExprId]) {
        let chain = self.plan(receiver);
        match step {
            Step::Count => self.reduced(&chain, expr, Ty::I64, NdaNode::Int(0), Sink::Count),
            Step::Any | Step::All => {
                let stops = step == Step::Any;
                let sink = |slot| Sink::Test(slot, args[0], stops);
                self.reduced(&chain, expr, Ty::BOOL, NdaNode::Bool(!stops), sink);
            }
            Step::Text => {
                let empty = self.draft.text("");
                self.reduced(&chain, expr, Ty::STR, empty, Sink::Text);
            }
            Step::Fold => self.fold(&chain, expr, args[0], args[1]),
            _ => self.for_effect(&chain, expr, Sink::Effect(args[0])),
        }
    }

    /// `sum` and `product` of a chain.
    pub(super) fn summed(&mut self, expr: ExprId, receiver: ExprId, op: Builtin) {
        let chain = self.plan(receiver);
        let (ty, first, op) = match op {
            Builtin::Sum => (Ty::I64, NdaNode::Int(0), MathOp::Add),
            Builtin::Product => (Ty::I64, NdaNode::Int(1), MathOp::Mul),
            Builtin::FSum => (Ty::F64, NdaNode::float(0.0), MathOp::FAdd),
            _ => (Ty::F64, NdaNode::float(1.0), MathOp::FMul),
        };
        self.reduced(&chain, expr, ty, first, |slot| Sink::Math(op, slot));
    }

    /// `(a..b).contains(x)`.
    pub(super) fn in_range(&mut self, expr: ExprId, range: ExprId, value: ExprId) {
        let span = self.tree.span(expr);
        let ExprKind::Range { from: Some(from), to, inclusive } = self.tree.kind(self.tree.unparen(range))
        else {
            return self.emit(NdaNode::Bool(false), span);
        };
        let mark = self.memory.owned.len();
        let mut count = 1;
        let mut kept = |this: &mut Self, expr: ExprId| {
            this.owned(expr);
            count += 1;
            this.declare(Ty::I64, this.tree.span(expr))
        };
        let low = kept(self, from);
        let high = to.map(|to| kept(self, to));
        let value = kept(self, value);
        self.compare(value, low, CompareOp::Ge, span);
        if let Some(high) = high {
            self.emit(NdaNode::Rhs, span);
            self.compare(value, high, if inclusive { CompareOp::Le } else { CompareOp::Lt }, span);
            self.emit(NdaNode::And, span);
        }
        self.memory.owned.truncate(mark);
        self.scope(count, 0, span);
    }

    fn compare(&mut self, left: Slot, right: Slot, op: CompareOp, span: Span) {
        self.load_slot(left, span, Mode::Copy);
        self.load_slot(right, span, Mode::Copy);
        self.emit(NdaNode::Compare { op, ty: Ty::I64 }, span);
    }

    /// A `for` loop over a chain.
    pub(super) fn for_chain(&mut self, expr: ExprId, list: ExprId, id: ForId) {
        let chain = self.plan(list);
        self.for_effect(&chain, expr, Sink::Body(id));
    }

    fn for_effect(&mut self, chain: &Chain, expr: ExprId, sink: Sink) {
        let span = self.tree.span(expr);
        let mark = self.memory.owned.len();
        let count = self.walk(chain, None, span, |_| (sink, 0));
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count, drops, span);
    }

    fn fold(&mut self, chain: &Chain, expr: ExprId, first: ExprId, lambda: ExprId) {
        let span = self.tree.span(expr);
        let ty = self.ty(expr);
        let mark = self.memory.owned.len();
        let mut slot = 0;
        let count = self.walk(chain, Some(first), span, |this| {
            this.owned(first);
            slot = this.declare(ty, this.tree.span(first));
            (Sink::Fold(slot, lambda), 1)
        });
        self.give(slot, mark, count, span);
    }

    /// A chain that gives what is in a slot at the end, which holds `first` at the start.
    fn reduced(&mut self, chain: &Chain, expr: ExprId, ty: Ty, first: NdaNode, sink: impl Fn(Slot) -> Sink) {
        let span = self.tree.span(expr);
        let mark = self.memory.owned.len();
        let mut slot = 0;
        let count = self.walk(chain, None, span, |this| {
            this.emit(first, span);
            slot = this.declare(ty, span);
            (sink(slot), 1)
        });
        self.give(slot, mark, count, span);
    }

    /// Closes the scope that began at `mark` and has `count` operands: its value is what `slot` holds.
    fn give(&mut self, slot: Slot, mark: usize, count: u32, span: Span) {
        self.load_slot(slot, span, Mode::Share);
        let drops = self.drops(mark, Some(slot), span);
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    /// Declares a slot without a name for the value that was just computed.
    fn declare(&mut self, ty: Ty, span: Span) -> Slot {
        let slot = self.new_slot(ty, Span::default());
        self.emit(NdaNode::Let { slot, ty }, span);
        slot
    }
}
