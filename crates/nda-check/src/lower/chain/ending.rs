//! What a chain gives: the slots that hold it while the loop runs, and its value when it has run.

use super::plan::{Chain, List, Source, Stage};
use super::{By, ERR, End, Item, NONE, OK, SOME, Sink};
use crate::lower::Lower;
use crate::steps::Step;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ForId};

/// What a slot holds at first.
type First = (Ty, NdaNode);

impl Lower<'_> {
    /// A chain for its value.
    pub(in crate::lower) fn chain(&mut self, expr: ExprId) {
        let chain = self.plan(expr);
        self.chain_list(&chain, expr);
    }

    /// The elements of the list in a slot for which a lambda gives `true`, as a list.
    pub(in crate::lower) fn passing(&mut self, expr: ExprId, (kept, ty): (Slot, Ty), lambda: ExprId) {
        let source = Source::Each(List::Item((Item::Slot(kept), ty), self.tree.span(expr)));
        let filter = Stage { step: Step::Filter, call: expr, receiver: expr, arg: Some(lambda), down: false };
        let chain = Chain { source, stages: vec![filter] };
        self.reduced(&chain, expr, (ty, NdaNode::List { count: 0, ty }), Sink::List);
    }

    /// The list that a chain gives; it is what `expr` gives.
    pub(super) fn chain_list(&mut self, chain: &Chain, expr: ExprId) {
        let ty = self.ty(expr);
        self.reduced(chain, expr, (ty, NdaNode::List { count: 0, ty }), Sink::List);
    }

    /// A step that ends a chain.
    pub(in crate::lower) fn ending(&mut self, expr: ExprId, receiver: ExprId, step: Step, args: &[ExprId]) {
        if matches!(step, Step::First | Step::Last) && !self.is_chain(receiver) {
            let end = if step == Step::First { End::First } else { End::Last };
            return self.end_of_list(expr, receiver, end);
        }
        let chain = self.plan(receiver);
        let ty = self.ty(expr);
        let none = NdaNode::Construct { variant: NONE, ty };
        match step {
            Step::Count => self.reduced(&chain, expr, (ty, NdaNode::Int(0)), Sink::Count),
            Step::Any | Step::All => {
                let stops = step == Step::Any;
                let sink = |slot| Sink::Test(slot, args[0], stops);
                self.reduced(&chain, expr, (ty, NdaNode::Bool(!stops)), sink);
            }
            Step::Text => {
                let empty = self.draft.text("");
                self.reduced(&chain, expr, (ty, empty), Sink::Text);
            }
            Step::Fold => self.fold(&chain, expr, args[0], args[1]),
            Step::First => self.reduced(&chain, expr, (ty, none), |slot| Sink::End(slot, End::First)),
            Step::Last => self.reduced(&chain, expr, (ty, none), |slot| Sink::End(slot, End::Last)),
            Step::Find => self.reduced(&chain, expr, (ty, none), |slot| Sink::Find(slot, args[0])),
            Step::Position => {
                let firsts = [(ty, none), (Ty::I64, NdaNode::Int(0))];
                let sink = |[kept, at]: [Slot; 2]| Sink::Position(kept, at, args[0]);
                self.gathered(&chain, expr, firsts, sink, Self::first_of);
            }
            Step::Min | Step::Max => self.best(&chain, expr, receiver, step == Step::Max),
            Step::FindMap => self.reduced(&chain, expr, (ty, none), |slot| Sink::FindMap(slot, args[0])),
            Step::Reduce => self.reduced(&chain, expr, (ty, none), |slot| Sink::Reduce(slot, args[0])),
            Step::Whole => self.whole(&chain, expr),
            Step::MinByKey | Step::MaxByKey | Step::MinBy | Step::MaxBy => {
                let by = self.compared_by(expr, step, args[0]);
                let key = by.compared.map_or(args[0], |(_, key)| key);
                let key = self.table.option(self.facts.types[key.index()]);
                let key = self.graph_type(key);
                let firsts = [(ty, none), (key, NdaNode::Construct { variant: NONE, ty: key })];
                let sink = |[kept, key]: [Slot; 2]| Sink::BestByKey { kept, key, by };
                self.gathered(&chain, expr, firsts, sink, Self::first_of);
            }
            Step::Partition => {
                let list = self.ty(receiver);
                let first = (list, NdaNode::List { count: 0, ty: list });
                let sink = |[yes, no]: [Slot; 2]| Sink::Partition(yes, no, args[0]);
                self.gathered(&chain, expr, [first, first], sink, |this, slots| this.pair_of(slots, expr));
            }
            Step::Unzip => {
                let parts = self.table.parts(self.facts.types[expr.index()]).unwrap_or_default().to_vec();
                let firsts = [0, 1].map(|at| {
                    let ty = parts.get(at).map_or(Ty::UNIT, |&part| self.graph_type(part));
                    (ty, NdaNode::List { count: 0, ty })
                });
                let sink = |[a, b]: [Slot; 2]| Sink::Unzip(a, b);
                self.gathered(&chain, expr, firsts, sink, |this, slots| this.pair_of(slots, expr));
            }
            _ => self.for_effect(&chain, expr, Sink::Effect(args[0])),
        }
    }

    /// How `min_by_key` and its kin compare.
    fn compared_by(&self, expr: ExprId, step: Step, lambda: ExprId) -> By {
        let sorts = self.facts.sorts.iter().find(|(call, _)| *call == expr);
        let key = sorts.and_then(|(_, keys)| keys.first());
        let descending = key.is_some_and(|key| key.descending);
        let better = match (matches!(step, Step::MaxByKey | Step::MaxBy), descending) {
            (true, false) => CompareOp::Ge,
            (true, true) => CompareOp::Le,
            (false, false) => CompareOp::Lt,
            (false, true) => CompareOp::Gt,
        };
        By { lambda, compared: key.and_then(|key| Some((key.of?, key.value))), better }
    }

    /// `collect` of options or results into one of a list.
    fn whole(&mut self, chain: &Chain, expr: ExprId) {
        let ty = self.ty(expr);
        let whole = self.facts.types[expr.index()];
        let (list, error) = match (self.table.some_of(whole), self.table.ok_and_err_of(whole)) {
            (_, Some((list, error))) => (list, Some(error)),
            (list, None) => (list.unwrap_or(crate::types::Type::ERROR), None),
        };
        let list = self.graph_type(list);
        let empty = (list, NdaNode::List { count: 0, ty: list });
        let Some(error) = error else {
            let sink = |[list, missing]: [Slot; 2]| Sink::WholeOption(list, missing);
            let firsts = [empty, (Ty::BOOL, NdaNode::Bool(false))];
            return self.gathered(chain, expr, firsts, sink, |this, [list, missing]| {
                let span = this.tree.span(expr);
                this.load_slot(missing, span, Mode::Copy);
                this.emit(NdaNode::Then, span);
                this.emit(NdaNode::Construct { variant: NONE, ty }, span);
                this.emit(NdaNode::Else, span);
                this.load_slot(list, span, Mode::Share);
                this.emit(NdaNode::Construct { variant: SOME, ty }, span);
                this.emit(NdaNode::If, span);
                None
            });
        };
        let kept = self.table.option(error);
        let (kept, error) = (self.graph_type(kept), self.graph_type(error));
        let sink = |[list, kept]: [Slot; 2]| Sink::WholeResult(list, kept, error);
        let firsts = [empty, (kept, NdaNode::Construct { variant: NONE, ty: kept })];
        self.gathered(chain, expr, firsts, sink, |this, [list, kept]| {
            let span = this.tree.span(expr);
            this.is_variant(kept, SOME, span);
            this.emit(NdaNode::Then, span);
            this.payload(kept, SOME, error, span);
            this.emit(NdaNode::Construct { variant: ERR, ty }, span);
            this.emit(NdaNode::Else, span);
            this.load_slot(list, span, Mode::Share);
            this.emit(NdaNode::Construct { variant: OK, ty }, span);
            this.emit(NdaNode::If, span);
            None
        });
    }

    /// `sum` and `product` of a chain.
    pub(in crate::lower) fn summed(&mut self, expr: ExprId, receiver: ExprId, op: Builtin) {
        let chain = self.plan(receiver);
        let (ty, first, op) = match op {
            Builtin::Sum => (Ty::I64, NdaNode::Int(0), MathOp::Add),
            Builtin::Product => (Ty::I64, NdaNode::Int(1), MathOp::Mul),
            Builtin::FSum => (Ty::F64, NdaNode::float(0.0), MathOp::FAdd),
            _ => (Ty::F64, NdaNode::float(1.0), MathOp::FMul),
        };
        self.reduced(&chain, expr, (ty, first), |slot| Sink::Math(op, slot));
    }

    /// `(a..b).contains(x)`.
    pub(in crate::lower) fn in_range(&mut self, expr: ExprId, range: ExprId, value: ExprId) {
        let span = self.tree.span(expr);
        let ExprKind::Range { from: Some(from), to, inclusive } = self.tree.kind(self.tree.unparen(range))
        else {
            return self.emit(NdaNode::Bool(false), span);
        };
        let mark = self.memory.owned.len();
        let low = self.keep(from, Ty::I64);
        let high = to.map(|to| self.keep(to, Ty::I64));
        let value = self.keep(value, Ty::I64);
        self.compare(value, low, CompareOp::Ge, span);
        if let Some(high) = high {
            self.emit(NdaNode::Rhs, span);
            self.compare(value, high, if inclusive { CompareOp::Le } else { CompareOp::Lt }, span);
            self.emit(NdaNode::And, span);
        }
        self.memory.owned.truncate(mark);
        self.scope(3 + u32::from(high.is_some()), 0, span);
    }

    fn compare(&mut self, left: Slot, right: Slot, op: CompareOp, span: Span) {
        self.load_slot(left, span, Mode::Copy);
        self.load_slot(right, span, Mode::Copy);
        self.emit(NdaNode::Compare { op, ty: Ty::I64 }, span);
    }

    /// A `for` loop over a chain.
    pub(in crate::lower) fn for_chain(&mut self, expr: ExprId, list: ExprId, id: ForId) {
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
            slot = this.keep(first, ty);
            (Sink::Fold(slot, lambda), 1)
        });
        self.load_slot(slot, span, Mode::Share);
        self.give(mark, Some(slot), count, span);
    }

    /// `min` and `max`.
    fn best(&mut self, chain: &Chain, expr: ExprId, receiver: ExprId, greatest: bool) {
        let ty = self.ty(expr);
        let element = self.ty(receiver).element().unwrap_or(Ty::UNIT);
        let (first, op) = match (element, greatest) {
            (Ty::I64, false) => (NdaNode::Int(i64::MAX), MathOp::Min),
            (Ty::I64, true) => (NdaNode::Int(i64::MIN), MathOp::Max),
            // Both ignore a NaN operand.
            (Ty::F64, false) => (NdaNode::float(f64::NAN), MathOp::FMin),
            (Ty::F64, true) => (NdaNode::float(f64::NAN), MathOp::FMax),
            _ => {
                let none = NdaNode::Construct { variant: NONE, ty };
                return self.reduced(chain, expr, (ty, none), |kept| Sink::Best { kept, greatest });
            }
        };
        let firsts = [(element, first), (Ty::BOOL, NdaNode::Bool(false))];
        let sink = |[best, any]: [Slot; 2]| Sink::Extreme(op, best, any);
        self.gathered(chain, expr, firsts, sink, |this, [best, any]| {
            let span = this.tree.span(expr);
            this.load_slot(any, span, Mode::Copy);
            this.emit(NdaNode::Then, span);
            this.load_slot(best, span, Mode::Copy);
            this.emit(NdaNode::Construct { variant: SOME, ty }, span);
            this.emit(NdaNode::Else, span);
            this.emit(NdaNode::Construct { variant: NONE, ty }, span);
            this.emit(NdaNode::If, span);
            None
        });
    }

    /// `first` and `last` of a list that is there.
    fn end_of_list(&mut self, expr: ExprId, receiver: ExprId, end: End) {
        let span = self.tree.span(expr);
        let ty = self.ty(expr);
        let list = self.ty(receiver);
        let mark = self.memory.owned.len();
        let slot = self.keep(receiver, list);
        self.length(slot, span);
        self.emit(NdaNode::Int(0), span);
        self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
        self.emit(NdaNode::Then, span);
        self.emit(NdaNode::Construct { variant: NONE, ty }, span);
        self.emit(NdaNode::Else, span);
        self.load_slot(slot, span, Mode::Borrow);
        if end == End::First {
            self.emit(NdaNode::Int(0), span);
        } else {
            self.length(slot, span);
            self.emit(NdaNode::Int(1), span);
            self.emit(NdaNode::Math(MathOp::Sub), span);
        }
        let mode = self.share_or_copy(list.element().unwrap_or(Ty::UNIT));
        self.emit(NdaNode::Builtin { op: Builtin::Index, mode }, span);
        self.emit(NdaNode::Construct { variant: SOME, ty }, span);
        self.emit(NdaNode::If, span);
        self.give(mark, None, 1, span);
    }

    /// A chain that gives what is in a slot at the end.
    fn reduced(&mut self, chain: &Chain, expr: ExprId, first: First, sink: impl Fn(Slot) -> Sink) {
        self.gathered(chain, expr, [first], |[slot]| sink(slot), Self::first_of);
    }

    /// A chain with some slots; `finish` makes its value of them, and says which it has just given away.
    fn gathered<const N: usize>(
        &mut self,
        chain: &Chain,
        expr: ExprId,
        firsts: [First; N],
        sink: impl Fn([Slot; N]) -> Sink,
        finish: impl Fn(&mut Self, [Slot; N]) -> Option<Slot>,
    ) {
        let span = self.tree.span(expr);
        let mark = self.memory.owned.len();
        let mut slots = [0; N];
        let count = self.walk(chain, None, span, |this| {
            slots = firsts.map(|(ty, first)| {
                this.emit(first, span);
                this.declare(ty, span)
            });
            (sink(slots), N as u32)
        });
        let before = self.memory.spans.len();
        let moved = finish(self, slots);
        self.memory.spans[before..].fill(span);
        self.give(mark, moved, count, span);
    }

    /// The value is what the first slot holds.
    fn first_of<const N: usize>(&mut self, slots: [Slot; N]) -> Option<Slot> {
        self.load_slot(slots[0], Span::default(), Mode::Share);
        Some(slots[0])
    }

    /// The value is a pair of what two slots hold.
    fn pair_of(&mut self, slots: [Slot; 2], expr: ExprId) -> Option<Slot> {
        let span = self.tree.span(expr);
        slots.into_iter().for_each(|slot| self.load_slot(slot, span, Mode::Share));
        let ty = self.ty(expr);
        self.emit(NdaNode::Construct { variant: 0, ty }, span);
        None
    }

    /// Closes the scope that began at `mark` and has `count` statements and a value, for which `moved` was given away.
    fn give(&mut self, mark: usize, moved: Option<Slot>, count: u32, span: Span) {
        let drops = self.drops(mark, moved, span);
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    /// Declares a slot without a name for the value that was just computed.
    pub(in crate::lower) fn declare(&mut self, ty: Ty, span: Span) -> Slot {
        let slot = self.new_slot(ty, Span::default());
        self.emit(NdaNode::Let { slot, ty }, span);
        slot
    }

    /// How something is taken out of what is only looked at.
    pub(super) fn share_or_copy(&self, ty: Ty) -> Mode {
        if ty.is_object() { Mode::Share } else { Mode::Copy }
    }

    pub(super) fn length(&mut self, list: Slot, span: Span) {
        self.load_slot(list, span, Mode::Borrow);
        self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
    }
}
