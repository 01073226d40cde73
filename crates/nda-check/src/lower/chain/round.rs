//! What a round of a chain's loop does with its element.

use super::plan::{Chain, List, Source, Stage};
use super::walk::{Running, State};
use super::{After, Item, SOME, Typed};
use crate::lower::Lower;
use crate::steps::Step;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::ExprKind;

/// Where an element is.
#[derive(Clone, Copy)]
pub(super) struct Point<'c> {
    /// The innermost loop around it.
    pub(super) inner: &'c Running<'c>,
    /// The chain whose stage comes next, and that stage.
    pub(super) run: &'c Running<'c>,
    at: usize,
}

impl<'c> Point<'c> {
    /// Where a round begins.
    pub(super) fn start(running: &'c Running<'c>) -> Self {
        Self { inner: running, run: running, at: 0 }
    }

    /// The next stage and what it remembers; none if the element has arrived.
    fn next(&mut self) -> Option<(Stage, State)> {
        loop {
            if let Some(&stage) = self.run.chain.stages.get(self.at) {
                self.at += 1;
                return Some((stage, self.run.states[self.at - 1]));
            }
            (self.run, self.at) = self.run.outer?;
        }
    }
}

impl Lower<'_> {
    /// What the stages from a point on do with an item: one operand of type `()`. The scope that it closes began at
    /// `mark` and has `count` statements so far.
    pub(super) fn round(&mut self, mut point: Point<'_>, mut item: Typed, mark: usize, mut count: u32) {
        let afters = self.memory.afters.len();
        while let Some((stage, state)) = point.next() {
            let span = self.tree.span(stage.call);
            match stage.step {
                Step::Map => {
                    let ty = self.ty(stage.call).element().unwrap_or(Ty::UNIT);
                    item = (self.applied(stage, item, true, &mut count), ty);
                    continue;
                }
                Step::Take => {
                    let left = state.one();
                    self.count_by(left, MathOp::Sub, span);
                    count += 1;
                    let (index, mark) = (point.run.index, point.run.mark);
                    self.memory.afters.push(After::LeaveAtZero { left, index, mark, span });
                    continue;
                }
                Step::Inspect => {
                    item = self.settled(item, span, &mut count);
                    let effect = self.applied(stage, item.clone(), false, &mut count);
                    self.put(&(effect, Ty::UNIT), span);
                    count += 1;
                    continue;
                }
                Step::Enumerate => {
                    let slot = state.one();
                    let op = if stage.down { MathOp::Sub } else { MathOp::Add };
                    self.memory.afters.push(After::Count { slot, op, span });
                    item = self.pair(stage, (Item::Number(slot), Ty::I64), item);
                    continue;
                }
                Step::Zip if matches!(state, State::Range(_, None)) => {
                    let State::Range(at, _) = state else { unreachable!("just seen") };
                    let second = self.next_number(at, span, &mut count);
                    item = self.pair(stage, item, second);
                    continue;
                }
                Step::FlatMap => {
                    let list = self.applied(stage, item, true, &mut count);
                    let chain = match (list, stage.arg) {
                        (Item::Value(body), _) => self.plan(body),
                        (list, arg) => {
                            let ty = arg.map_or(Ty::UNIT, |arg| self.ty(arg));
                            of_item((list, ty), span)
                        }
                    };
                    count += self.walk_inside(&chain, point.run, point.at);
                }
                Step::Flatten if item.1.is_list() => {
                    count += self.walk_inside(&of_item(item, span), point.run, point.at)
                }
                _ => {
                    // Some elements do not come through, but what made them has happened.
                    let item = self.settled(item, span, &mut count);
                    self.pass_or_not(point, (stage, state), item, &mut count);
                }
            }
            return self.end_round(afters, mark, count, point.run.span);
        }
        count += self.arrive(point, item);
        self.end_round(afters, mark, count, point.run.span);
    }

    fn end_round(&mut self, afters: usize, mark: usize, mut count: u32, span: Span) {
        for index in (afters..self.memory.afters.len()).rev() {
            self.after(self.memory.afters[index]);
            count += 1;
        }
        self.memory.afters.truncate(afters);
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count, drops, span);
    }

    /// A stage that lets some elements through: an `if`.
    fn pass_or_not(
        &mut self,
        point: Point<'_>,
        (stage, state): (Stage, State),
        item: Typed,
        count: &mut u32,
    ) {
        let span = self.tree.span(stage.call);
        match stage.step {
            Step::Filter | Step::TakeWhile => {
                let passes = self.applied(stage, item.clone(), false, count);
                self.put(&(passes, Ty::BOOL), span);
                self.emit(NdaNode::Then, span);
                self.round(point, item, self.memory.owned.len(), 0);
                self.emit(NdaNode::Else, span);
                if stage.step == Step::Filter {
                    self.emit(NdaNode::Unit, span);
                } else {
                    self.leave(point.run.index, point.run.mark, span);
                }
            }
            Step::FilterMap | Step::MapWhile | Step::Scan | Step::Flatten => {
                let found = match stage.arg {
                    Some(_) if stage.step == Step::Scan => self.scanned(stage, state.one(), item, count),
                    Some(lambda) => {
                        let ty = self.ty(lambda);
                        (self.applied(stage, item, true, count), ty)
                    }
                    None => item,
                };
                let found = self.kept(&found, span, count);
                self.is_variant(found, SOME, span);
                self.emit(NdaNode::Then, span);
                let inner = self.memory.owned.len();
                let ty = self.ty(stage.call).element().unwrap_or(Ty::UNIT);
                self.payload(found, SOME, ty, span);
                let value = self.declare(ty, span);
                self.round(point, (Item::Slot(value), ty), inner, 1);
                self.emit(NdaNode::Else, span);
                if matches!(stage.step, Step::MapWhile | Step::Scan) {
                    self.leave(point.run.index, point.run.mark, span);
                } else {
                    self.emit(NdaNode::Unit, span);
                }
            }
            Step::SkipWhile => {
                let skipped = self.applied(stage, item.clone(), false, count);
                let skips = state.one();
                self.load_slot(skips, span, Mode::Copy);
                self.emit(NdaNode::Rhs, span);
                self.put(&(skipped, Ty::BOOL), span);
                self.emit(NdaNode::And, span);
                self.emit(NdaNode::Then, span);
                self.emit(NdaNode::Unit, span);
                self.emit(NdaNode::Else, span);
                self.emit(NdaNode::Bool(false), span);
                self.emit(NdaNode::Store { slot: skips }, span);
                self.round(point, item, self.memory.owned.len(), 1);
            }
            Step::Zip => {
                let end = match state {
                    State::Range(at, Some(end)) => {
                        self.load_slot(at, span, Mode::Copy);
                        self.load_slot(end, span, Mode::Copy);
                        (at, None)
                    }
                    State::Two(list, at) => {
                        self.load_slot(at, span, Mode::Copy);
                        self.length(list, span);
                        (at, Some(list))
                    }
                    _ => unreachable!("`states` gave it one of these"),
                };
                self.emit(NdaNode::Compare { op: CompareOp::Lt, ty: Ty::I64 }, span);
                self.emit(NdaNode::Then, span);
                let inner = self.memory.owned.len();
                let mut more = 0;
                let second = match end {
                    (at, None) => self.next_number(at, span, &mut more),
                    (at, Some(list)) => self.next_element(list, at, span, &mut more),
                };
                let pair = self.pair(stage, item, second);
                self.round(point, pair, inner, more);
                self.emit(NdaNode::Else, span);
                self.leave(point.run.index, point.run.mark, span);
            }
            _ => {
                // `skip` and `step_by` go over an element while something is left.
                let (step, left) = match state {
                    State::Two(step, left) => (Some(step), left),
                    state => (None, state.one()),
                };
                self.is_zero(left, span);
                self.emit(NdaNode::Then, span);
                if let Some(step) = step {
                    self.load_slot(step, span, Mode::Copy);
                    self.emit(NdaNode::Int(1), span);
                    self.emit(NdaNode::Math(MathOp::Sub), span);
                    self.emit(NdaNode::Store { slot: left }, span);
                }
                self.round(point, item, self.memory.owned.len(), u32::from(step.is_some()));
                self.emit(NdaNode::Else, span);
                self.count_by(left, MathOp::Sub, span);
            }
        }
        self.emit(NdaNode::If, span);
        *count += 1;
    }

    /// What the lambda of `scan` gives for an item; its first parameter is a slot.
    fn scanned(&mut self, stage: Stage, place: Slot, item: Typed, count: &mut u32) -> Typed {
        let ExprKind::MethodCall { args, .. } = self.tree.kind(stage.call) else {
            unreachable!("steps are method calls")
        };
        let lambda = self.tree.list(args).nth(1).expect("inference counted the arguments");
        let ty = self.ty(lambda);
        let inner = self.tree.unparen(lambda);
        let ExprKind::Lambda(id) = self.tree.kind(inner) else {
            unreachable!("inference takes nothing else")
        };
        let local = self.facts.lambda_params[self.tree.lambda(id).params.range().start];
        self.memory.slot_of[local as usize] = place;
        self.name_item((id, 1), item, true, count);
        (Item::Value(self.tree.lambda(id).body), ty)
    }

    // ----- pairs -----

    fn pair(&mut self, stage: Stage, first: Typed, second: Typed) -> Typed {
        let ty = self.ty(stage.call).element().unwrap_or(Ty::UNIT);
        (Item::Pair(Box::new((first, second))), ty)
    }

    /// What a counter says, before it counts on.
    fn next_number(&mut self, at: Slot, span: Span, count: &mut u32) -> Typed {
        self.load_slot(at, span, Mode::Copy);
        let slot = self.declare(Ty::I64, span);
        self.count_by(at, MathOp::Add, span);
        *count += 2;
        (Item::Slot(slot), Ty::I64)
    }

    /// The element that a counter points to, before it counts on.
    fn next_element(&mut self, list: Slot, at: Slot, span: Span, count: &mut u32) -> Typed {
        let ty = self.memory.slots[list as usize].element().unwrap_or(Ty::UNIT);
        self.element_at(list, at, ty, span);
        let slot = self.declare(ty, span);
        self.count_by(at, MathOp::Add, span);
        *count += 2;
        (Item::Slot(slot), ty)
    }

    pub(super) fn element_at(&mut self, list: Slot, at: Slot, ty: Ty, span: Span) {
        self.load_slot(list, span, Mode::Borrow);
        self.load_slot(at, span, Mode::Copy);
        let mode = self.share_or_copy(ty);
        self.emit(NdaNode::Builtin { op: Builtin::Index, mode }, span);
    }

    // ----- counters, and ways out -----

    /// `slot += 1` or `slot -= 1`.
    pub(super) fn count_by(&mut self, slot: Slot, op: MathOp, span: Span) {
        self.load_slot(slot, span, Mode::Copy);
        self.emit(NdaNode::Int(1), span);
        self.emit(NdaNode::Math(op), span);
        self.emit(NdaNode::Store { slot }, span);
    }

    fn is_zero(&mut self, slot: Slot, span: Span) {
        self.load_slot(slot, span, Mode::Copy);
        self.emit(NdaNode::Int(0), span);
        self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
    }

    /// What is left to do at the end of a round: one operand.
    pub(in crate::lower) fn after(&mut self, after: After) {
        let (left, index, mark, span) = match after {
            After::LeaveAtZero { left, index, mark, span } => (left, index, mark, span),
            After::Count { slot, op, span } => return self.count_by(slot, op, span),
        };
        self.is_zero(left, span);
        self.emit(NdaNode::Then, span);
        self.leave(index, mark, span);
        self.emit(NdaNode::Else, span);
        self.emit(NdaNode::Unit, span);
        self.emit(NdaNode::If, span);
    }

    /// Leaves a loop whose rounds begin at `mark`.
    pub(super) fn leave(&mut self, index: u32, mark: usize, span: Span) {
        self.emit(NdaNode::Unit, span);
        let drops = self.drops(mark, None, span);
        self.scope(1, drops, span);
        self.emit(NdaNode::Break { up: self.up(index) }, span);
    }
}

/// A chain that walks over the list that an item is.
fn of_item(item: Typed, span: Span) -> Chain {
    Chain { source: Source::Each(List::Item(item, span)), stages: Vec::new() }
}
