//! What gives an `Option`, before one is made.
//!
//! A method that gives an `Option` is a test and a value. They become `if test { Some(value) } else { None }` only
//! where somebody can see the `Option`: what asks it a question, takes the value out or matches it takes the test and
//! the value as they are. What both need is evaluated once, in front of them, into slots without a name.

use super::Lower;
use super::places::Step;
use crate::facts::{Meaning, PatternMeaning};
use crate::methods::Method;
use crate::options::{Offer, Spot, parse_error};
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, PlaceOp, Slot, Ty, UnaryOp};
use nda_syntax::tree::{ExprId, ExprKind, PatternId, PatternKind};

/// An operand that is needed more than once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Slot(Slot),
    /// It has no effect, costs next to nothing, and is the same each time.
    Again(ExprId),
}

/// An `Option` or a `Result` that is looked at.
#[derive(Clone, Debug)]
pub(super) enum Held {
    Made { part: Part, is_option: bool },
    Offered(Offered),
}

/// An `Option` or a `Result` that was not made.
#[derive(Clone, Debug)]
pub(super) struct Offered {
    expr: ExprId,
    offer: Offer,
    parts: Vec<Part>,
    /// The number that was looked for.
    found: Slot,
    /// The variable that changes.
    place: Slot,
    /// The indices that lead to the place that changes.
    indices: Vec<Step>,
}

/// Who sees the value that patterns are held against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seen {
    /// Somebody may see all of it.
    Whole,
    /// Only the parts that the chosen one of some patterns binds.
    Arms,
    /// Nobody: it is only tested.
    Test,
}

/// The numbers of `Some`, `Ok` and `Err` in their enums.
pub(super) const SOME: u16 = 1;
pub(super) const OK: u16 = 0;
pub(super) const ERR: u16 = 1;

impl Held {
    pub(super) fn is_option(&self) -> bool {
        match self {
            Held::Made { is_option, .. } => *is_option,
            Held::Offered(offered) => offered.offer != Offer::Parse,
        }
    }

    /// Whether taking the value changes something.
    pub(super) fn changes(&self) -> bool {
        matches!(self, Held::Offered(offered) if offered.offer.changes())
    }

    /// The variant that has the value.
    pub(super) fn good(&self) -> u16 {
        if self.is_option() { SOME } else { OK }
    }
}

impl Lower<'_> {
    /// What gives an `Option` without one being made.
    pub(super) fn offer_of(&self, expr: ExprId) -> Option<(ExprId, Offer)> {
        let expr = self.itself(expr);
        match self.facts.meaning(expr) {
            Meaning::Method(Method::Offer(offer)) => Some((expr, offer)),
            _ => None,
        }
    }

    /// What an expression is, its `(…)`, `.clone()` and the like left out.
    fn itself(&self, expr: ExprId) -> ExprId {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => self.itself(inner),
            ExprKind::MethodCall { receiver, .. }
                if self.facts.meaning(expr) == Meaning::Method(Method::Itself) =>
            {
                self.itself(receiver)
            }
            _ => expr,
        }
    }

    /// Whether an expression may be evaluated twice, or later: a literal, a variable or a field of one.
    pub(super) fn is_steady(&self, expr: ExprId) -> bool {
        match self.tree.kind(expr) {
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Bool(_) | ExprKind::Str(_) => true,
            ExprKind::Name(_) | ExprKind::Path(_) => {
                matches!(self.facts.meaning(expr), Meaning::Local(_) | Meaning::Target(_) | Meaning::Named)
            }
            ExprKind::Paren(inner) => self.is_steady(inner),
            ExprKind::Unary { op: nda_syntax::tree::UnaryOp::Neg, operand } => {
                matches!(self.tree.kind(operand), ExprKind::Int(_) | ExprKind::Float(_))
            }
            ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => self.is_steady(base),
            ExprKind::MethodCall { receiver, .. } => {
                self.facts.meaning(expr) == Meaning::Method(Method::Itself) && self.is_steady(receiver)
            }
            _ => false,
        }
    }

    /// An operand for later; how many records of type `()` that left behind.
    pub(super) fn part(&mut self, expr: ExprId, later_changes: bool) -> (Part, u32) {
        if self.is_steady(expr) && !later_changes {
            return (Part::Again(expr), 0);
        }
        let ty = self.ty(expr);
        (Part::Slot(self.keep(expr, ty)), 1)
    }

    pub(super) fn part_owned(&mut self, part: Part, span: Span) {
        match part {
            Part::Slot(slot) => self.load_slot(slot, span, Mode::Share),
            Part::Again(expr) => self.owned(expr),
        }
    }

    pub(super) fn part_read(&mut self, part: Part, span: Span) {
        match part {
            Part::Slot(slot) => self.load_slot(slot, span, Mode::Borrow),
            Part::Again(expr) => {
                self.read(expr, false);
            }
        }
    }

    fn on_parts(&mut self, op: Builtin, parts: &[Part], span: Span) {
        parts.iter().for_each(|&part| self.part_read(part, span));
        self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
    }

    pub(super) fn int(&mut self, value: i64, span: Span) {
        self.emit(NdaNode::Int(value), span);
    }

    fn compare_ints(&mut self, op: CompareOp, span: Span) {
        self.emit(NdaNode::Compare { op, ty: Ty::I64 }, span);
    }

    // ----- what is looked at -----

    /// Puts an `Option` or a `Result` where it can be looked at; how many records of type `()` that left behind.
    /// `defer` says that nothing happens before the test and the value that could change what they give.
    pub(super) fn hold(&mut self, expr: ExprId, defer: bool) -> (Held, u32) {
        if defer && let Some((call, offer)) = self.offer_of(expr) {
            let (offered, count) = self.offered(call, offer);
            return (Held::Offered(offered), count);
        }
        let expr = self.itself(expr);
        let is_option = self.table.some_of(self.facts.types[expr.index()]).is_some();
        let (part, count) = self.part(expr, !defer);
        (Held::Made { part, is_option }, count)
    }

    /// Evaluates what an offer needs.
    pub(super) fn offered(&mut self, expr: ExprId, offer: Offer) -> (Offered, u32) {
        let tree = self.tree;
        let ExprKind::MethodCall { receiver, args, .. } = tree.kind(expr) else {
            unreachable!("offers are method calls")
        };
        let args: Vec<ExprId> = tree.list(args).collect();
        let mut offered = Offered { expr, offer, parts: Vec::new(), found: 0, place: 0, indices: Vec::new() };
        let mut count = 0;
        let span = tree.span(expr);
        match offer {
            Offer::Pop | Offer::PopFront => {
                let (slot, mut indices) = self.place(receiver).unwrap_or_default();
                count += self.settle(slot, &mut indices, false, span);
                offered.place = slot;
                offered.indices = indices;
            }
            Offer::MapGet => {
                let (map, more) = self.part(receiver, self.facts.changes(args[0]));
                self.search_part(map, args[0], span);
                offered.parts.push(map);
                offered.found = self.found(span);
                count += more + 1;
            }
            Offer::Place(Spot::First | Spot::Last) => {
                let (slot, mut indices) = self.place(receiver).unwrap_or_default();
                count += self.settle(slot, &mut indices, false, span) + 1;
                if offer == Offer::Place(Spot::First) {
                    self.int(0, span);
                } else {
                    self.look_along(slot, &indices, span);
                    self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                    self.int(1, span);
                    self.emit(NdaNode::Math(MathOp::Sub), span);
                }
                offered.found = self.found(span);
                offered.place = slot;
                offered.indices = indices;
            }
            Offer::Place(Spot::Index) => {
                let (slot, mut indices) = self.place(receiver).unwrap_or_default();
                count += self.settle(slot, &mut indices, self.facts.changes(args[0]), span) + 1;
                offered.found = self.keep(args[0], Ty::I64);
                offered.place = slot;
                offered.indices = indices;
            }
            Offer::MapRemove | Offer::Place(Spot::Key) => {
                let (slot, mut indices) = self.place(receiver).unwrap_or_default();
                count += self.settle(slot, &mut indices, self.facts.changes(args[0]), span);
                let (key, more) = self.part(args[0], false);
                self.look_along(slot, &indices, span);
                self.part_read(key, span);
                self.emit(NdaNode::Builtin { op: Builtin::Search, mode: Mode::Copy }, span);
                offered.found = self.found(span);
                offered.place = slot;
                offered.indices = indices;
                count += more + 1;
            }
            Offer::IndexOf | Offer::Find | Offer::RFind => {
                let op = match offer {
                    Offer::IndexOf => Builtin::IndexOf,
                    Offer::Find => Builtin::Find,
                    _ => Builtin::RFind,
                };
                let operands: Vec<ExprId> = [receiver].into_iter().chain(args).collect();
                self.reads(&operands);
                self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
                offered.found = self.found(span);
                count += 1;
            }
            _ => {
                let operands: Vec<ExprId> = [receiver].into_iter().chain(args).collect();
                for (index, &operand) in operands.iter().enumerate() {
                    let changes = operands[index + 1..].iter().any(|&later| self.facts.changes(later));
                    let (part, more) = self.part(operand, changes);
                    offered.parts.push(part);
                    count += more;
                }
                if offer == Offer::SplitOnce {
                    self.on_parts(Builtin::Find, &offered.parts, span);
                    offered.found = self.found(span);
                    count += 1;
                }
            }
        }
        (offered, count)
    }

    /// The number that was just computed, in a slot.
    fn found(&mut self, span: Span) -> Slot {
        let slot = self.new_slot(Ty::I64, Span::default());
        self.emit(NdaNode::Let { slot, ty: Ty::I64 }, span);
        slot
    }

    /// Whether there is a value (or, for a `Result`, whether it is `Ok`): a `bool`.
    pub(super) fn held_test(&mut self, held: &Held, span: Span) {
        let offered = match held {
            Held::Made { part, .. } => {
                self.part_read(*part, span);
                self.emit(NdaNode::Tag, span);
                self.int(held.good().into(), span);
                return self.compare_ints(CompareOp::Eq, span);
            }
            Held::Offered(offered) => offered,
        };
        let parts = &offered.parts;
        match offered.offer {
            Offer::First | Offer::Last | Offer::Minimum | Offer::Maximum => {
                self.on_parts(Builtin::Len, parts, span);
                self.int(0, span);
                self.compare_ints(CompareOp::Gt, span);
            }
            Offer::Pop | Offer::PopFront => {
                self.look_along(offered.place, &offered.indices, span);
                self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                self.int(0, span);
                self.compare_ints(CompareOp::Gt, span);
            }
            Offer::Place(Spot::First) => {
                self.look_along(offered.place, &offered.indices, span);
                self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                self.int(0, span);
                self.compare_ints(CompareOp::Gt, span);
            }
            Offer::Place(Spot::Index) => {
                self.load_slot(offered.found, span, Mode::Copy);
                self.int(0, span);
                self.compare_ints(CompareOp::Ge, span);
                self.emit(NdaNode::Rhs, span);
                self.load_slot(offered.found, span, Mode::Copy);
                self.look_along(offered.place, &offered.indices, span);
                self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                self.compare_ints(CompareOp::Lt, span);
                self.emit(NdaNode::And, span);
            }
            Offer::Get => {
                self.part_read(parts[1], span);
                self.int(0, span);
                self.compare_ints(CompareOp::Ge, span);
                self.emit(NdaNode::Rhs, span);
                self.part_read(parts[1], span);
                self.on_parts(Builtin::Len, &parts[..1], span);
                self.compare_ints(CompareOp::Lt, span);
                self.emit(NdaNode::And, span);
            }
            Offer::IndexOf
            | Offer::Find
            | Offer::RFind
            | Offer::SplitOnce
            | Offer::MapGet
            | Offer::Place(_)
            | Offer::MapRemove => {
                self.load_slot(offered.found, span, Mode::Copy);
                self.int(0, span);
                self.compare_ints(CompareOp::Ge, span);
            }
            Offer::StripPrefix => self.on_parts(Builtin::StartsWith, parts, span),
            Offer::StripSuffix => self.on_parts(Builtin::EndsWith, parts, span),
            Offer::ParseInt => self.on_parts(Builtin::IsInt, parts, span),
            Offer::ParseFloat => self.on_parts(Builtin::IsFloat, parts, span),
            Offer::Parse => {
                let op = if self.parsed(offered) == Ty::F64 { Builtin::IsFloat } else { Builtin::IsInt };
                self.on_parts(op, parts, span);
            }
            Offer::Checked(op) => {
                let test = match op {
                    MathOp::Add => MathOp::AddOverflows,
                    MathOp::Sub => MathOp::SubOverflows,
                    MathOp::Mul => MathOp::MulOverflows,
                    MathOp::Pow => MathOp::PowOverflows,
                    _ => MathOp::DivOverflows,
                };
                self.on_numbers(test, parts, span);
                self.emit(NdaNode::Unary(UnaryOp::BNot), span);
            }
            Offer::CheckedNeg | Offer::CheckedAbs => {
                self.part_owned(parts[0], span);
                self.int(i64::MIN, span);
                self.compare_ints(CompareOp::Ne, span);
            }
        }
    }

    fn on_numbers(&mut self, op: MathOp, parts: &[Part], span: Span) {
        parts.iter().for_each(|&part| self.part_owned(part, span));
        self.emit(NdaNode::Math(op), span);
    }

    /// What a `parse` gives.
    fn parsed(&mut self, offered: &Offered) -> Ty {
        let found = self.table.ok_and_err_of(self.facts.types[offered.expr.index()]);
        found.map_or(Ty::I64, |(ok, _)| self.graph_type(ok))
    }

    /// The value behind a test that held, owned; `ty` is its type.
    pub(super) fn held_value(&mut self, held: &Held, ty: Ty, span: Span) {
        let offered = match held {
            Held::Made { .. } => return self.held_payload(held, held.good(), ty, span),
            Held::Offered(offered) => offered,
        };
        let parts = &offered.parts;
        match offered.offer {
            Offer::First | Offer::Get | Offer::Last => {
                self.part_read(parts[0], span);
                match offered.offer {
                    Offer::First => self.int(0, span),
                    Offer::Get => self.part_read(parts[1], span),
                    _ => {
                        self.on_parts(Builtin::Len, parts, span);
                        self.int(1, span);
                        self.emit(NdaNode::Math(MathOp::Sub), span);
                    }
                }
                let mode = if ty.is_object() { Mode::Share } else { Mode::Copy };
                self.emit(NdaNode::Builtin { op: Builtin::Index, mode }, span);
            }
            Offer::Pop | Offer::PopFront => {
                self.indices(&offered.indices);
                if offered.offer == Offer::PopFront {
                    self.int(0, span);
                } else {
                    self.look_along(offered.place, &offered.indices, span);
                    self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                    self.int(1, span);
                    self.emit(NdaNode::Math(MathOp::Sub), span);
                }
                let depth = offered.indices.len() as u8;
                self.emit(NdaNode::Place { op: PlaceOp::Remove, slot: offered.place, depth }, span);
            }
            Offer::IndexOf | Offer::Find | Offer::RFind => self.load_slot(offered.found, span, Mode::Copy),
            Offer::Place(_) => unreachable!("a place is never a value"),
            Offer::MapGet => self.value_at(parts[0], offered.found, ty, span),
            Offer::MapRemove => self.taken_out(offered.place, &offered.indices, offered.found, span),
            Offer::StripPrefix => {
                self.part_read(parts[0], span);
                self.on_parts(Builtin::Len, &parts[1..], span);
                self.emit(NdaNode::Builtin { op: Builtin::SliceFrom, mode: Mode::Copy }, span);
            }
            Offer::StripSuffix => {
                self.part_read(parts[0], span);
                self.int(0, span);
                self.on_parts(Builtin::Len, &parts[..1], span);
                self.on_parts(Builtin::Len, &parts[1..], span);
                self.emit(NdaNode::Math(MathOp::Sub), span);
                self.emit(NdaNode::Builtin { op: Builtin::Slice, mode: Mode::Copy }, span);
            }
            Offer::SplitOnce => {
                self.part_read(parts[0], span);
                self.int(0, span);
                self.load_slot(offered.found, span, Mode::Copy);
                self.emit(NdaNode::Builtin { op: Builtin::Slice, mode: Mode::Copy }, span);
                self.part_read(parts[0], span);
                self.load_slot(offered.found, span, Mode::Copy);
                self.on_parts(Builtin::Len, &parts[1..], span);
                self.emit(NdaNode::Math(MathOp::Add), span);
                self.emit(NdaNode::Builtin { op: Builtin::SliceFrom, mode: Mode::Copy }, span);
                self.emit(NdaNode::Construct { variant: 0, ty }, span);
            }
            Offer::ParseInt | Offer::ParseFloat | Offer::Parse => {
                let op = if ty == Ty::F64 { Builtin::ParseFloat } else { Builtin::ParseInt };
                self.on_parts(op, parts, span);
            }
            Offer::Minimum | Offer::Maximum => {
                let op = match (offered.offer, ty) {
                    (Offer::Minimum, Ty::F64) => Builtin::FMinimum,
                    (Offer::Minimum, _) => Builtin::Minimum,
                    (_, Ty::F64) => Builtin::FMaximum,
                    _ => Builtin::Maximum,
                };
                self.on_parts(op, parts, span);
            }
            Offer::Checked(op) => self.on_numbers(op, parts, span),
            Offer::CheckedNeg | Offer::CheckedAbs => {
                self.part_owned(parts[0], span);
                let negates = offered.offer == Offer::CheckedNeg;
                self.emit(NdaNode::Unary(if negates { UnaryOp::Neg } else { UnaryOp::Abs }), span);
            }
        }
    }

    /// What stands in the `Err` of a `Result`, owned; nothing for an `Option`.
    pub(super) fn held_error(&mut self, held: &Held, ty: Ty, span: Span) {
        match held {
            Held::Made { .. } => self.held_payload(held, ERR, ty, span),
            Held::Offered(offered) => {
                let ok = self.table.ok_and_err_of(self.facts.types[offered.expr.index()]);
                let ok = ok.map_or(crate::types::Type::I64, |(ok, _)| self.table.resolve(ok));
                let text = self.draft.text(parse_error(ok));
                self.emit(text, span);
            }
        }
    }

    /// The field of a variant of what was made, owned. An object is taken out, so that it has one owner where it can.
    fn held_payload(&mut self, held: &Held, variant: u16, ty: Ty, span: Span) {
        let Held::Made { part, .. } = held else { return };
        if ty == Ty::UNIT {
            return self.emit(NdaNode::Unit, span);
        }
        if !ty.is_object() {
            self.part_read(*part, span);
            return self.emit(NdaNode::Field { variant, index: 0, mode: Mode::Copy }, span);
        }
        let mark = self.memory.owned.len();
        self.part_owned(*part, span);
        let slot = self.new_slot(ty, Span::default());
        self.memory.unpacked.push(1);
        self.emit(NdaNode::Unpack { variant, slot }, span);
        self.load_slot(slot, span, Mode::Share);
        self.memory.owned.truncate(mark);
        self.scope(2, 0, span);
    }

    /// The object at a place whose steps are settled, borrowed.
    pub(super) fn look_along(&mut self, slot: Slot, steps: &[Step], span: Span) {
        self.load_slot(slot, span, Mode::Borrow);
        for step in steps {
            if let Step::Field(index, _) = *step {
                self.emit(NdaNode::Field { variant: 0, index, mode: Mode::Borrow }, span);
            } else {
                self.indices(&[*step]);
                self.emit(NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow }, span);
            }
        }
    }

    // ----- patterns -----

    /// The place that is offered, if it is one.
    pub(super) fn held_place(&self, held: &Held, span: Span) -> Option<(Slot, Vec<Step>)> {
        match held {
            Held::Offered(offered) if matches!(offered.offer, Offer::Place(_)) => {
                let mut steps = offered.indices.clone();
                steps.push(Step::Kept(offered.found, span));
                Some((offered.place, steps))
            }
            _ => None,
        }
    }

    /// Whether what is matched is an offer that need not be made: the patterns ask whether there is a value, and then
    /// take it as it is.
    pub(super) fn sees_offer(&self, value: ExprId, patterns: &[PatternId], seen: Seen) -> bool {
        let offer = self.offer_of(value).map(|(_, offer)| offer);
        if matches!(offer, Some(Offer::Place(_))) {
            return true;
        }
        let Some(offer) = offer.filter(|_| seen != Seen::Whole) else { return false };
        if offer.changes() && seen == Seen::Test {
            return false;
        }
        // A value is taken where its pattern is chosen: so if that changes something, there must be such a pattern
        // for every value.
        let mut takes = !offer.changes();
        patterns.iter().all(|&pattern| {
            let pattern = self.unparen_pattern(pattern);
            match (self.tree.pattern(pattern).kind, self.facts.patterns[pattern.index()]) {
                (PatternKind::Wildcard, _) => takes,
                (PatternKind::Constructor { args, .. }, PatternMeaning::Variant(_)) => {
                    takes = true;
                    self.tree.pattern_list(args).all(|part| self.takes_anything(part))
                }
                (_, PatternMeaning::Variant(_)) => patterns.len() > 1 || !offer.changes(),
                _ => false,
            }
        })
    }

    /// A pattern, its `(…)` left out.
    pub(super) fn unparen_pattern(&self, mut pattern: PatternId) -> PatternId {
        while let PatternKind::Paren(inner) = self.tree.pattern(pattern).kind {
            pattern = inner;
        }
        pattern
    }

    /// Whether a pattern matches anything, and is no `..`.
    fn takes_anything(&self, pattern: PatternId) -> bool {
        match self.tree.pattern(pattern).kind {
            PatternKind::Wildcard => true,
            PatternKind::Binding { inner, .. } => {
                matches!(self.facts.patterns[pattern.index()], PatternMeaning::Bind(_)) && inner.is_none()
            }
            PatternKind::Paren(inner) => self.takes_anything(inner),
            PatternKind::Tuple(parts) => self.tree.pattern_list(parts).all(|part| self.takes_anything(part)),
            _ => false,
        }
    }
}
