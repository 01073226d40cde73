//! What a round of a chain's loop does with its element.

use super::plan::{Chain, List, Source, Stage};
use super::walk::{Running, State};
use super::{After, Item, Sink};
use crate::facts::Meaning;
use crate::lower::{Loop, Lower};
use crate::methods::{Intrinsic, Method};
use crate::steps::Step;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, PlaceOp, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ForId, ForVariable};

/// Where an element is.
#[derive(Clone, Copy)]
pub(super) struct Point<'c> {
    /// The innermost loop around it.
    inner: &'c Running<'c>,
    /// The chain whose stage comes next, and that stage.
    run: &'c Running<'c>,
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
    pub(super) fn round(
        &mut self,
        mut point: Point<'_>,
        (mut item, mut ty): (Item, Ty),
        mark: usize,
        mut count: u32,
    ) {
        let afters = self.memory.afters.len();
        while let Some((stage, state)) = point.next() {
            let span = self.tree.span(stage.call);
            match stage.step {
                Step::Map => {
                    item = self.applied(stage, (item, ty), true, &mut count);
                    ty = self.ty(stage.call).element().unwrap_or(Ty::UNIT);
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
                    let slot = self.kept(&item, ty, span, &mut count);
                    item = Item::Slot(slot);
                    let effect = self.applied(stage, (item.clone(), ty), false, &mut count);
                    self.put(&effect, span);
                    count += 1;
                    continue;
                }
                Step::FlatMap => {
                    let list = self.applied(stage, (item, ty), true, &mut count);
                    let chain = match (list, stage.arg) {
                        (Item::Value(body), _) => self.plan(body),
                        (list, arg) => of_item(list, arg.map_or(Ty::UNIT, |arg| self.ty(arg)), span),
                    };
                    count += self.walk_inside(&chain, point.run, point.at);
                }
                Step::Flatten => {
                    count += self.walk_inside(&of_item(item, ty, span), point.run, point.at);
                }
                _ => {
                    // Some elements do not come through, but what made them has happened.
                    let slot = self.kept(&item, ty, span, &mut count);
                    self.pass_or_not(point, (stage, state), (slot, ty), &mut count);
                }
            }
            return self.end_round(afters, mark, count, point.run.span);
        }
        count += self.arrive(point, item, ty);
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
        (slot, ty): (Slot, Ty),
        count: &mut u32,
    ) {
        let span = self.tree.span(stage.call);
        let item = Item::Slot(slot);
        match stage.step {
            Step::Filter | Step::TakeWhile => {
                let passes = self.applied(stage, (item.clone(), ty), false, count);
                self.put(&passes, span);
                self.emit(NdaNode::Then, span);
                self.round(point, (item, ty), self.memory.owned.len(), 0);
                self.emit(NdaNode::Else, span);
                if stage.step == Step::Filter {
                    self.emit(NdaNode::Unit, span);
                } else {
                    self.leave(point.run.index, point.run.mark, span);
                }
            }
            Step::SkipWhile => {
                let skipped = self.applied(stage, (item.clone(), ty), false, count);
                let skips = state.one();
                self.load_slot(skips, span, Mode::Copy);
                self.emit(NdaNode::Rhs, span);
                self.put(&skipped, span);
                self.emit(NdaNode::And, span);
                self.emit(NdaNode::Then, span);
                self.emit(NdaNode::Unit, span);
                self.emit(NdaNode::Else, span);
                self.emit(NdaNode::Bool(false), span);
                self.emit(NdaNode::Store { slot: skips }, span);
                self.round(point, (item, ty), self.memory.owned.len(), 1);
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
                self.round(point, (item, ty), self.memory.owned.len(), u32::from(step.is_some()));
                self.emit(NdaNode::Else, span);
                self.count_by(left, MathOp::Sub, span);
            }
        }
        self.emit(NdaNode::If, span);
        *count += 1;
    }

    /// What becomes of an element that came through every stage: the number of operands.
    fn arrive(&mut self, point: Point<'_>, item: Item, ty: Ty) -> u32 {
        let run = point.run;
        let span = run.span;
        let mut count = 1;
        match run.sink {
            Sink::List(slot) => {
                self.put(&item, span);
                self.emit(NdaNode::Place { op: PlaceOp::Push, slot, depth: 0 }, span);
            }
            Sink::Text(slot) => {
                self.put(&item, span);
                self.emit(NdaNode::Place { op: PlaceOp::Append, slot, depth: 0 }, span);
            }
            Sink::Math(op, slot) => {
                self.load_slot(slot, span, Mode::Copy);
                self.put(&item, span);
                self.emit(NdaNode::Math(op), span);
                self.emit(NdaNode::Store { slot }, span);
            }
            Sink::Count(slot) => {
                if !matches!(item, Item::Slot(_)) {
                    self.put(&item, span);
                    self.emit(NdaNode::Discard, span);
                    count += 1;
                }
                self.count_by(slot, MathOp::Add, span);
            }
            Sink::Fold(slot, lambda) => self.folded(slot, lambda, (item, ty), &mut count, span),
            Sink::Test(slot, lambda, stops) => {
                let test = self.applied_arg(lambda, (item, ty), true, &mut count);
                self.put(&test, span);
                self.emit(NdaNode::Then, span);
                if !stops {
                    self.emit(NdaNode::Unit, span);
                    self.emit(NdaNode::Else, span);
                }
                self.emit(NdaNode::Bool(stops), span);
                self.emit(NdaNode::Store { slot }, span);
                self.leave(run.index, run.mark, span);
                self.scope(2, 0, span);
                if stops {
                    self.emit(NdaNode::Else, span);
                    self.emit(NdaNode::Unit, span);
                }
                self.emit(NdaNode::If, span);
            }
            Sink::Effect(lambda) => {
                let effect = self.applied_arg(lambda, (item, ty), true, &mut count);
                self.put(&effect, span);
            }
            Sink::Body(id) => self.for_body(point, id, (item, ty), &mut count),
        }
        count
    }

    fn folded(&mut self, slot: Slot, lambda: ExprId, (item, ty): (Item, Ty), count: &mut u32, span: Span) {
        let lambda = self.tree.unparen(lambda);
        if let ExprKind::Lambda(id) = self.tree.kind(lambda) {
            let value = self.memory.slots[slot as usize];
            self.name_item(self.lambda_param(id, 0), (Item::Slot(slot), value), true, count, span);
            self.name_item(self.lambda_param(id, 1), (item, ty), true, count, span);
            self.owned(self.tree.lambda(id).body);
        } else {
            self.load_slot(slot, span, Mode::Share);
            self.put(&item, span);
            self.call_function(lambda, 2);
        }
        self.emit(NdaNode::Store { slot }, span);
    }

    /// The body of a `for` loop over a chain.
    fn for_body(&mut self, point: Point<'_>, id: ForId, (item, ty): (Item, Ty), count: &mut u32) {
        let written = self.tree.for_loop(id);
        let span = self.tree.span(written.written);
        self.name_item((written.variable, self.facts.fors[id.index()]), (item, ty), true, count, span);
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

    // ----- items -----

    /// A variable that holds an item.
    fn kept(&mut self, item: &Item, ty: Ty, span: Span, count: &mut u32) -> Slot {
        if let Item::Slot(slot) = *item {
            return slot;
        }
        self.put(item, span);
        *count += 1;
        self.declare(ty, span)
    }

    /// The value of an item, owned by whoever takes it.
    pub(super) fn put(&mut self, item: &Item, span: Span) {
        match item {
            Item::Slot(slot) => self.load_slot(*slot, span, Mode::Share),
            Item::Value(body) => self.owned(*body),
            Item::Call(function, arg) => {
                self.put(arg, span);
                self.call_function(*function, 1);
            }
        }
    }

    /// What the lambda of a stage gives for an item. Nobody else uses the item afterwards if it is `last`.
    fn applied(&mut self, stage: Stage, item: (Item, Ty), last: bool, count: &mut u32) -> Item {
        let arg = stage.arg.expect("inference counted the arguments");
        self.applied_arg(arg, item, last, count)
    }

    fn applied_arg(&mut self, arg: ExprId, (item, ty): (Item, Ty), last: bool, count: &mut u32) -> Item {
        let arg = self.tree.unparen(arg);
        let ExprKind::Lambda(id) = self.tree.kind(arg) else { return Item::Call(arg, Box::new(item)) };
        self.name_item(self.lambda_param(id, 0), (item, ty), last, count, self.tree.span(arg));
        Item::Value(self.tree.lambda(id).body)
    }

    fn lambda_param(&self, id: nda_syntax::tree::LambdaId, index: usize) -> (ForVariable, u32) {
        let params = self.tree.lambda(id).params.range();
        let at = params.start + index;
        (self.tree.lambda_params[at].variable, self.facts.lambda_params[at])
    }

    /// Makes an item the value of a variable. A slot that nobody else uses becomes that variable.
    fn name_item(
        &mut self,
        (variable, local): (ForVariable, u32),
        (item, ty): (Item, Ty),
        last: bool,
        count: &mut u32,
        span: Span,
    ) {
        let (name, mutable) = match variable {
            ForVariable::Name { name, mutable } => (name, mutable),
            ForVariable::Pattern(pattern) => {
                let slot = self.kept(&item, ty, span, count);
                *count += self.bind_each(slot, pattern);
                return;
            }
        };
        let slot = match item {
            Item::Slot(slot) if last || !mutable => slot,
            item => {
                self.put(&item, span);
                *count += 1;
                self.declare(ty, span)
            }
        };
        let known = &mut self.memory.names[slot as usize];
        if known.start == known.end {
            *known = name.span;
        }
        self.memory.slot_of[local as usize] = slot;
    }

    /// Calls the function or method that an expression names on operands that stand before.
    fn call_function(&mut self, expr: ExprId, args: u32) {
        let span = self.tree.span(expr);
        match self.facts.meaning(expr) {
            Meaning::Target(target) => {
                let callee = self.reference(target);
                self.emit(NdaNode::Call { callee, args }, span);
            }
            Meaning::Method(Method::Math(op)) => self.emit(NdaNode::Math(op), span),
            Meaning::Method(Method::Unary(op)) => self.emit(NdaNode::Unary(op), span),
            Meaning::Method(Method::Builtin(op)) => {
                self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
            }
            Meaning::Method(Method::IsEmpty) => {
                self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                self.emit(NdaNode::Int(0), span);
                self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
            }
            Meaning::Intrinsic(Intrinsic::TextFrom) | Meaning::Method(Method::Itself) => {}
            _ => unreachable!("inference knows what is called"),
        }
    }

    // ----- small things -----

    /// `slot += 1` or `slot -= 1`.
    fn count_by(&mut self, slot: Slot, op: MathOp, span: Span) {
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
        let After::LeaveAtZero { left, index, mark, span } = after;
        self.is_zero(left, span);
        self.emit(NdaNode::Then, span);
        self.leave(index, mark, span);
        self.emit(NdaNode::Else, span);
        self.emit(NdaNode::Unit, span);
        self.emit(NdaNode::If, span);
    }

    /// Leaves a loop whose rounds begin at `mark`.
    fn leave(&mut self, index: u32, mark: usize, span: Span) {
        self.emit(NdaNode::Unit, span);
        let drops = self.drops(mark, None, span);
        self.scope(1, drops, span);
        self.emit(NdaNode::Break { up: self.up(index) }, span);
    }
}

/// A chain that walks over the list that an item is.
fn of_item(item: Item, ty: Ty, span: Span) -> Chain {
    Chain { source: Source::Each(List::Item(item, ty, span)), stages: Vec::new() }
}
