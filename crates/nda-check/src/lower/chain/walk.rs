//! The loop of a chain: what stands in front of it, its head, and its end.

use super::plan::{Chain, Ends, List, Source, Stage};
use super::round::Point;
use super::{Item, Sink, Typed};
use crate::facts::Meaning;
use crate::lower::{Lower, Memory};
use crate::methods::Method;
use crate::steps::Step;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, Range, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, UnaryOp};

/// A chain whose loop is being written.
pub(super) struct Running<'c> {
    pub(super) chain: &'c Chain,
    /// What each stage remembers.
    pub(super) states: Vec<State>,
    /// Where in `Memory::owned` a round begins.
    pub(super) mark: usize,
    /// Where in `Memory::afters` it begins.
    pub(super) afters: usize,
    /// Which loop it is, counted from the outermost of the function.
    pub(super) index: u32,
    /// The chain in which the elements go on, and the stage.
    pub(super) outer: Option<(&'c Running<'c>, usize)>,
    /// What becomes of them at the end, if there is no such chain.
    pub(super) sink: Sink,
    pub(super) span: Span,
}

/// What a step remembers from one element to the next.
#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    Nothing,
    /// How many are left to take or to skip, or whether skipping goes on.
    One(Slot),
    /// A step, and how many elements are left to go over; or a list, and the index of its next element.
    Two(Slot, Slot),
    /// The next number, and the end of the numbers.
    Range(Slot, Option<Slot>),
}

impl State {
    pub(super) fn one(self) -> Slot {
        let State::One(slot) = self else { unreachable!("`states` gives these stages one slot") };
        slot
    }
}

/// What was computed of a source before the loop begins.
#[derive(Clone, Copy, Debug)]
enum Head {
    /// Nothing: its operands are computed where the loop takes them.
    Unseen,
    List(Slot),
    /// The ends and the step of a range.
    Range(Slot, Option<Slot>, Option<Slot>),
    /// Two lists.
    Both([Slot; 2]),
    /// A list, and the length of its parts.
    Parts(Slot, Slot),
    /// A text, and the byte at which its next part begins.
    Text(Slot, Slot),
}

impl Lower<'_> {
    /// Writes a chain as a loop: gives the number of operands, all of type `()`. The slots it declares belong to the
    /// scope that is open. `prepare` declares what the sink needs; it may evaluate `first`.
    pub(super) fn walk(
        &mut self,
        chain: &Chain,
        first: Option<ExprId>,
        span: Span,
        prepare: impl FnOnce(&mut Self) -> (Sink, u32),
    ) -> u32 {
        let mut count = 0;
        let head = self.head(chain, first, &mut count);
        let states = self.states(chain, head, &mut count);
        let (sink, more) = prepare(self);
        let running = self.running(chain, states, None, sink, span);
        count + more + self.run(running, head)
    }

    /// The chain that an element of another one has become: its elements go on there, from stage `at` on.
    pub(super) fn walk_inside(&mut self, chain: &Chain, outer: &Running<'_>, at: usize) -> u32 {
        let mut count = 0;
        let head = self.head(chain, None, &mut count);
        let states = self.states(chain, head, &mut count);
        let running = self.running(chain, states, Some((outer, at)), outer.sink, outer.span);
        count + self.run(running, head)
    }

    /// A loop that begins here.
    fn running<'c>(
        &self,
        chain: &'c Chain,
        states: Vec<State>,
        outer: Option<(&'c Running<'c>, usize)>,
        sink: Sink,
        span: Span,
    ) -> Running<'c> {
        let Memory { owned, afters, open, .. } = &*self.memory;
        Running { chain, states, mark: owned.len(), afters: afters.len(), index: *open, outer, sink, span }
    }

    /// Evaluates the source first, unless nobody could tell.
    fn head(&mut self, chain: &Chain, first: Option<ExprId>, count: &mut u32) -> Head {
        let given = || chain.stages.iter().filter(|stage| is_given_once(stage.step));
        let args = || given().filter_map(|stage| stage.arg).chain(first);
        let guarded = given().any(|stage| self.guards(stage));
        let simple = self.source_is_simple(&chain.source) && !args().any(|arg| self.facts.changes(arg));
        let simple_args = args().all(|arg| self.is_simple(arg)) && !self.source_changes(&chain.source);
        // What counts down from the length of a list needs it in a slot.
        let down = chain.stages.iter().any(|stage| stage.down);
        let whole = !down && matches!(chain.source, Source::Each(_) | Source::Range(_));
        if whole && (simple || simple_args && !guarded) {
            return Head::Unseen;
        }
        if let Source::Text(parts) = chain.source {
            let (text, at) = self.parts_head(parts, count);
            return Head::Text(text, at);
        }
        let mut keep = |this: &mut Self, ty: Ty, span: Span| {
            *count += 1;
            this.declare(ty, span)
        };
        match &chain.source {
            Source::Each(list) | Source::Backwards(list) => {
                let (ty, span) = self.list(list);
                Head::List(keep(self, ty, span))
            }
            Source::Pairs { map, .. } => {
                self.owned(*map);
                let (ty, span) = (self.ty(*map), self.tree.span(*map));
                Head::List(keep(self, ty, span))
            }
            Source::Both { lists, .. } => Head::Both(lists.map(|list| {
                self.owned(list);
                let (ty, span) = (self.ty(list), self.tree.span(list));
                keep(self, ty, span)
            })),
            Source::Range(ends) => {
                let mut end = |this: &mut Self, expr: ExprId| {
                    this.owned(expr);
                    keep(this, Ty::I64, this.tree.span(expr))
                };
                let from = end(self, ends.from);
                let to = ends.to.map(|to| end(self, to));
                let step = ends.step.map(|step| end(self, step));
                Head::Range(from, to, step)
            }
            Source::Text(_) => unreachable!("returned above"),
            Source::Parts { list, of, .. } => {
                let (ty, span) = self.list(list);
                let list = keep(self, ty, span);
                let size = of.arg.map_or(0, |size| {
                    self.owned(size);
                    keep(self, Ty::I64, self.tree.span(size))
                });
                if !of.arg.is_some_and(|size| self.is_positive(size)) {
                    self.at_least(size, 1, "the parts of a list must have at least one element", of.call);
                    *count += 1;
                }
                Head::Parts(list, size)
            }
        }
    }

    /// The list of a source, as an operand: its type and its place.
    fn list(&mut self, list: &List) -> (Ty, Span) {
        match list {
            List::Value(expr) => {
                self.owned(*expr);
                (self.ty(*expr), self.tree.span(*expr))
            }
            List::Chain(chain, expr) => {
                self.chain_list(chain, *expr);
                (self.ty(*expr), self.tree.span(*expr))
            }
            List::Item(item, span) => {
                self.put(item, *span);
                (item.1, *span)
            }
            List::Joined(first, second, call) => {
                let span = self.tree.span(*call);
                let (ty, _) = self.list(first);
                self.owned(*second);
                self.emit(NdaNode::Builtin { op: Builtin::Concat, mode: Mode::Copy }, span);
                (ty, span)
            }
        }
    }

    /// Declares what the stages remember.
    fn states(&mut self, chain: &Chain, head: Head, count: &mut u32) -> Vec<State> {
        let mut states = Vec::with_capacity(chain.stages.len());
        for &Stage { step, call, arg, down, .. } in &chain.stages {
            let span = self.tree.span(call);
            let mut number = |this: &mut Self, least: i64, message: &str| {
                let arg = arg.expect("inference counted the arguments");
                this.owned(arg);
                let slot = this.declare(Ty::I64, this.tree.span(arg));
                *count += 1;
                if !this.is_positive(arg) {
                    this.at_least(slot, least, message, call);
                    *count += 1;
                }
                slot
            };
            states.push(match step {
                Step::Take => State::One(number(self, 0, "a negative number of elements cannot be taken")),
                Step::Skip => State::One(number(self, 0, NEGATIVE_SKIP)),
                Step::EveryNth => {
                    let step = number(self, 1, nda_graph::run::message::STEP);
                    self.emit(NdaNode::Int(0), span);
                    *count += 1;
                    State::Two(step, self.declare(Ty::I64, span))
                }
                Step::SkipWhile => {
                    self.emit(NdaNode::Bool(true), span);
                    *count += 1;
                    State::One(self.declare(Ty::BOOL, span))
                }
                Step::Enumerate => {
                    match head {
                        Head::List(list) if down => {
                            self.length(list, span);
                            self.emit(NdaNode::Int(1), span);
                            self.emit(NdaNode::Math(MathOp::Sub), span);
                        }
                        _ => self.emit(NdaNode::Int(0), span),
                    }
                    *count += 1;
                    State::One(self.declare(Ty::I64, span))
                }
                Step::Scan => {
                    let first = arg.expect("inference counted the arguments");
                    self.owned(first);
                    *count += 1;
                    let ty = if self.diverges(first) { Ty::UNIT } else { self.ty(first) };
                    State::One(self.declare(ty, span))
                }
                Step::Zip => self.second(arg.expect("inference counted the arguments"), call, count),
                _ => State::Nothing,
            });
        }
        states
    }

    /// The list or range that `zip` walks over beside the chain.
    fn second(&mut self, arg: ExprId, call: ExprId, count: &mut u32) -> State {
        let chain = self.plan(arg);
        let span = self.tree.span(arg);
        let skipped = match (&chain.source, chain.stages.as_slice()) {
            (Source::Range(ends), []) if !ends.reversed && ends.step.is_none() && !ends.inclusive => {
                self.owned(ends.from);
                let at = self.declare(Ty::I64, span);
                *count += 1;
                let end = ends.to.map(|to| {
                    *count += 1;
                    self.keep(to, Ty::I64)
                });
                return State::Range(at, end);
            }
            (Source::Each(List::Value(_)), [Stage { step: Step::Skip, arg: Some(skipped), .. }]) => {
                Some(*skipped)
            }
            _ => None,
        };
        let (ty, _) = match chain {
            Chain { source: Source::Each(list), .. } if skipped.is_some() => self.list(&list),
            chain => self.list(&chain.into_list(arg)),
        };
        let list = self.declare(ty, span);
        *count += 2;
        let at = match skipped {
            Some(skipped) => {
                let at = self.keep(skipped, Ty::I64);
                if !self.is_positive(skipped) {
                    self.at_least(at, 0, NEGATIVE_SKIP, call);
                    *count += 1;
                }
                at
            }
            None => {
                self.emit(NdaNode::Int(0), span);
                self.declare(Ty::I64, span)
            }
        };
        State::Two(list, at)
    }

    /// A statement: a trap if `slot` holds less than `least`.
    fn at_least(&mut self, slot: Slot, least: i64, message: &str, call: ExprId) {
        let span = self.tree.span(call);
        self.load_slot(slot, span, Mode::Copy);
        self.emit(NdaNode::Int(least), span);
        self.emit(NdaNode::Compare { op: CompareOp::Ge, ty: Ty::I64 }, span);
        let text = self.draft.text(message);
        self.emit(text, span);
        self.emit(NdaNode::Builtin { op: Builtin::Assert, mode: Mode::Copy }, span);
    }

    /// The loop itself, inside of an `if` for each number of elements to take that may be zero: one operand.
    fn run(&mut self, running: Running<'_>, head: Head) -> u32 {
        let span = running.span;
        let mut guards = 0;
        for (stage, state) in running.chain.stages.iter().zip(&running.states) {
            if self.guards(stage) {
                self.load_slot(state.one(), span, Mode::Copy);
                self.emit(NdaNode::Int(0), span);
                self.emit(NdaNode::Compare { op: CompareOp::Gt, ty: Ty::I64 }, span);
                self.emit(NdaNode::Then, span);
                guards += 1;
            }
        }
        self.memory.open += 1;
        let (closer, item, count) = self.loop_head(&running.chain.source, head);
        self.round(Point::start(&running), item, running.mark, count);
        self.memory.open -= 1;
        self.emit(closer, span);
        for _ in 0..guards {
            self.emit(NdaNode::Else, span);
            self.emit(NdaNode::Unit, span);
            self.emit(NdaNode::If, span);
        }
        1
    }

    /// The head of the loop, and what its round begins with: the record that closes it, the first item, and the
    /// number of statements.
    fn loop_head(&mut self, source: &Source, head: Head) -> (NdaNode, Typed, u32) {
        match (source, head) {
            (Source::Each(list), head) => {
                let (ty, span) = match head {
                    Head::List(slot) => {
                        let span = self.list_span(list);
                        self.load_slot(slot, span, Mode::Share);
                        (self.memory.slots[slot as usize], span)
                    }
                    _ => self.list(list),
                };
                let ty = ty.element().unwrap_or(Ty::UNIT);
                let slot = self.new_slot(ty, Span::default());
                self.emit(NdaNode::EachBegin { slot, ty }, span);
                (NdaNode::Each, (Item::Slot(slot), ty), 0)
            }
            (Source::Backwards(list), Head::List(slot)) => {
                let span = self.list_span(list);
                self.emit(NdaNode::Int(0), span);
                self.length(slot, span);
                let range = Range { reversed: true, ..Range::default() };
                let index = self.counted(range, span);
                let ty = self.memory.slots[slot as usize].element().unwrap_or(Ty::UNIT);
                self.element_at(slot, index, ty, span);
                (NdaNode::For, (Item::Slot(self.declare(ty, span)), ty), 1)
            }
            (Source::Pairs { call, reversed, .. }, Head::List(map)) => self.pairs(*call, map, *reversed),
            (Source::Both { call, .. }, Head::Both(lists)) => self.both_elements(*call, lists),
            (Source::Text(parts), Head::Text(text, at)) => {
                self.parts_loop(*parts, (text, at), self.tree.span(parts.call))
            }
            (Source::Range(ends), head) => {
                let index = self.range(ends, head);
                (NdaNode::For, (Item::Slot(index), Ty::I64), 0)
            }
            (Source::Parts { of, reversed, .. }, Head::Parts(list, size)) => {
                let span = self.tree.span(of.call);
                let ty = self.memory.slots[list as usize];
                let index = self.part_starts(of.step, (list, size), *reversed, span);
                self.load_slot(list, span, Mode::Borrow);
                self.load_slot(index, span, Mode::Copy);
                self.load_slot(index, span, Mode::Copy);
                self.load_slot(size, span, Mode::Copy);
                if of.step == Step::Chunks {
                    // The last may be shorter.
                    self.emit(NdaNode::Math(MathOp::SaturatingAdd), span);
                    self.length(list, span);
                    self.emit(NdaNode::Math(MathOp::Min), span);
                } else {
                    self.emit(NdaNode::Math(MathOp::Add), span);
                }
                self.emit(NdaNode::Builtin { op: Builtin::Slice, mode: Mode::Copy }, span);
                (NdaNode::For, (Item::Slot(self.declare(ty, span)), ty), 1)
            }
            _ => unreachable!("`head` keeps these lists"),
        }
    }

    /// The head of a loop over a map: each key with its value.
    fn pairs(&mut self, call: ExprId, map: Slot, reversed: bool) -> (NdaNode, Typed, u32) {
        let span = self.tree.span(call);
        self.emit(NdaNode::Int(0), span);
        self.load_slot(map, span, Mode::Borrow);
        self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
        let index = self.counted(Range { reversed, ..Range::default() }, span);
        let pair = self.facts.types[call.index()].element().expect("`iter` gives a list");
        let types = self.table.parts(pair).map(<[_]>::to_vec).unwrap_or_default();
        let parts = [(0, Builtin::KeyAt), (1, Builtin::Index)].map(|(part, op)| {
            let ty = self.graph_type(types[part]);
            self.load_slot(map, span, Mode::Borrow);
            self.load_slot(index, span, Mode::Copy);
            self.entry_part(op, ty, span);
            (Item::Slot(self.declare(ty, span)), ty)
        });
        let ty = self.graph_type(pair);
        (NdaNode::For, (Item::Pair(Box::new(parts.into())), ty), 2)
    }

    /// The head of a loop over two lists, up to the end of the shorter one.
    fn both_elements(&mut self, call: ExprId, lists: [Slot; 2]) -> (NdaNode, Typed, u32) {
        let span = self.tree.span(call);
        self.emit(NdaNode::Int(0), span);
        lists.into_iter().for_each(|list| self.length(list, span));
        self.emit(NdaNode::Math(MathOp::Min), span);
        let index = self.counted(Range::default(), span);
        let pair = lists.map(|list| {
            let ty = self.memory.slots[list as usize].element().unwrap_or(Ty::UNIT);
            self.element_at(list, index, ty, span);
            (Item::Slot(self.declare(ty, span)), ty)
        });
        let ty = self.ty(call).element().unwrap_or(Ty::UNIT);
        (NdaNode::For, (Item::Pair(Box::new(pair.into())), ty), 2)
    }

    /// The head of a loop over the integers of a range; its operands stand before.
    fn counted(&mut self, range: Range, span: Span) -> Slot {
        let slot = self.new_slot(Ty::I64, Span::default());
        self.emit(NdaNode::ForBegin { slot, range }, span);
        slot
    }

    fn range(&mut self, ends: &Ends, head: Head) -> Slot {
        let span = self.tree.span(ends.expr);
        let (from, to, step) = match head {
            Head::Range(from, to, step) => (Some(from), to, step),
            _ => (None, None, None),
        };
        let end = |this: &mut Self, slot: Option<Slot>, expr: ExprId| match slot {
            Some(slot) => this.load_slot(slot, this.tree.span(expr), Mode::Copy),
            None => this.owned(expr),
        };
        end(self, from, ends.from);
        match ends.to {
            Some(expr) => end(self, to, expr),
            None => self.emit(NdaNode::Int(i64::MAX), span),
        }
        if let Some(expr) = ends.step {
            end(self, step, expr);
        }
        let range = Range {
            inclusive: ends.inclusive || ends.to.is_none(),
            reversed: ends.reversed,
            stepped: ends.step.is_some(),
        };
        self.counted(range, span)
    }

    /// The head of a loop over where the parts of a list start.
    fn part_starts(&mut self, step: Step, (list, size): (Slot, Slot), reversed: bool, span: Span) -> Slot {
        self.emit(NdaNode::Int(0), span);
        self.length(list, span);
        self.load_slot(size, span, Mode::Copy);
        let chunks = step == Step::Chunks;
        if !chunks {
            // The last window starts where `size` elements are left; there may be none.
            self.emit(NdaNode::Math(MathOp::Sub), span);
        }
        self.counted(Range { inclusive: !chunks, reversed, stepped: chunks }, span)
    }

    fn list_span(&self, list: &List) -> Span {
        match list {
            List::Value(expr) | List::Chain(_, expr) | List::Joined(_, _, expr) => self.tree.span(*expr),
            List::Item(_, span) => *span,
        }
    }

    // ----- what can be computed later without anybody seeing it -----

    fn source_is_simple(&self, source: &Source) -> bool {
        match source {
            Source::Each(List::Value(list)) => self.is_simple(*list),
            Source::Range(ends) => {
                self.is_simple(ends.from)
                    && ends.to.is_none_or(|to| self.is_simple(to))
                    && ends.step.is_none_or(|step| self.is_simple(step))
            }
            _ => false,
        }
    }

    fn source_changes(&self, source: &Source) -> bool {
        match source {
            Source::Each(List::Value(list)) => self.facts.changes(*list),
            Source::Range(ends) => {
                [Some(ends.from), ends.to, ends.step].into_iter().flatten().any(|end| self.facts.changes(end))
            }
            _ => true,
        }
    }

    /// Whether evaluating it neither does anything nor can trap.
    fn is_simple(&self, expr: ExprId) -> bool {
        match self.tree.kind(expr) {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => true,
            ExprKind::Name(_) | ExprKind::Path(_) => true,
            ExprKind::Paren(inner) => self.is_simple(inner),
            ExprKind::List(items) => self.tree.list(items).len() == 0,
            ExprKind::Unary { op: UnaryOp::Neg, operand } => {
                matches!(self.tree.kind(operand), ExprKind::Int(_) | ExprKind::Float(_))
            }
            ExprKind::MethodCall { receiver, .. } => match self.facts.meaning(expr) {
                Meaning::Method(Method::Itself | Method::Builtin(Builtin::Len)) => {
                    !self.is_chain(receiver) && self.is_simple(receiver)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a stage may let no element through, so that the loop must not begin.
    fn guards(&self, stage: &Stage) -> bool {
        stage.step == Step::Take && !stage.arg.is_some_and(|number| self.is_positive(number))
    }

    /// Whether it is written as a number above zero.
    fn is_positive(&self, expr: ExprId) -> bool {
        matches!(self.tree.kind(self.tree.unparen(expr)), ExprKind::Int(1..))
    }
}

const NEGATIVE_SKIP: &str = "a negative number of elements cannot be skipped";

/// Whether it has an argument that is evaluated once, before the loop.
const fn is_given_once(step: Step) -> bool {
    matches!(step, Step::Take | Step::Skip | Step::EveryNth | Step::Scan | Step::Zip)
}
