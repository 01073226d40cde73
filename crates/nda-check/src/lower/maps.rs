//! Maps.
//!
//! `search` says at which position the entry of a key stands, or, below zero, where it would, and `locate` where one stands that
//! has to be there; `index` and `key_at` look at an entry, and `put` changes or adds one. A position is a step on the way to a
//! place, as an index is.

use super::Lower;
use super::offers::{Part, SOME};
use super::places::Step;
use crate::facts::Meaning;
use crate::maps::OnMap;
use crate::methods::Method;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, PlaceOp, Range, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, ForId, ForVariable, PatternKind};

/// A place that holds a map.
#[derive(Clone, Copy, Debug)]
struct MapPlace<'s> {
    slot: Slot,
    steps: &'s [Step],
}

impl Lower<'_> {
    pub(super) fn is_map(&self, expr: ExprId) -> bool {
        self.table.map_of(self.facts.types[expr.index()]).is_some()
    }

    /// The types of a map's keys and values.
    pub(super) fn map_types(&mut self, expr: ExprId) -> (Ty, Ty) {
        let (key, value) = self.table.map_of(self.facts.types[expr.index()]).expect("it is a map");
        (self.graph_type(key), self.graph_type(value))
    }

    pub(super) fn builtin(&mut self, op: Builtin, mode: Mode, span: Span) {
        self.emit(NdaNode::Builtin { op, mode }, span);
    }

    /// A part of an entry, owned; the map and the position stand before.
    pub(super) fn entry_part(&mut self, op: Builtin, ty: Ty, span: Span) {
        self.builtin(op, if ty.is_object() { Mode::Share } else { Mode::Copy }, span);
    }

    // ----- made -----

    /// `Map::new()`.
    pub(super) fn new_map(&mut self, expr: ExprId) {
        let span = self.tree.span(expr);
        let ty = self.ty(expr);
        self.emit(NdaNode::Construct { variant: 0, ty }, span);
    }

    /// `Map::from([(k, v), …])`.
    pub(super) fn map_from(&mut self, expr: ExprId, pairs: ExprId) {
        let span = self.tree.span(expr);
        if self.diverges(pairs) {
            return self.owned(pairs);
        }
        let mark = self.memory.owned.len();
        let (key, value) = self.map_types(expr);
        self.new_map(expr);
        let ty = self.ty(expr);
        let map = self.hidden(ty, span);
        self.owned(pairs);
        let pair = self.ty(pairs).element().unwrap_or(Ty::NEVER);
        let inside = self.memory.owned.len();
        let slot = self.new_slot(pair, Span::default());
        self.emit(NdaNode::EachBegin { slot, ty: pair }, span);
        self.memory.open += 1;
        self.load_slot(slot, span, Mode::Share);
        let first = self.new_slot(key, Span::default());
        self.new_slot(value, Span::default());
        self.memory.unpacked.push(2);
        self.emit(NdaNode::Unpack { variant: 0, slot: first }, span);
        let place = MapPlace { slot: map, steps: &[] };
        self.put_under(place, (Part::Slot(first), Part::Slot(first + 1)), span);
        let drops = self.drops(inside, None, span);
        self.memory.owned.truncate(inside);
        self.scope(2, drops, span);
        self.memory.open -= 1;
        self.emit(NdaNode::Each, span);
        self.load_slot(map, span, Mode::Share);
        let drops = self.drops(mark, Some(map), span);
        self.memory.owned.truncate(mark);
        self.scope(3, drops, span);
    }

    /// The value that was just computed, in a slot without a name.
    pub(super) fn hidden(&mut self, ty: Ty, span: Span) -> Slot {
        let slot = self.new_slot(ty, Span::default());
        self.emit(NdaNode::Let { slot, ty }, span);
        slot
    }

    // ----- read -----

    /// `m[k]`, only looked at; whether it was borrowed.
    pub(super) fn map_index(&mut self, expr: ExprId, map: ExprId, key: ExprId, later_changes: bool) -> bool {
        let span = self.tree.span(expr);
        let is_object = self.ty(expr).is_object();
        if self.is_steady(map) && !later_changes && !self.facts.changes(key) {
            self.read(map, false);
            self.while_borrowed(Some(map), |this| {
                this.read(map, false);
                this.read(key, false);
            });
            self.builtin(Builtin::Locate, Mode::Copy, span);
            let mode = if is_object { Mode::Borrow } else { Mode::Copy };
            self.builtin(Builtin::Index, mode, span);
            return mode == Mode::Borrow;
        }
        let mark = self.memory.owned.len();
        let ty = self.ty(map);
        let slot = self.keep(map, ty);
        let (key, more) = self.part(key, false);
        self.load_slot(slot, span, Mode::Borrow);
        self.load_slot(slot, span, Mode::Borrow);
        self.part_read(key, span);
        self.builtin(Builtin::Locate, Mode::Copy, span);
        let ty = self.ty(expr);
        self.entry_part(Builtin::Index, ty, span);
        self.close_hidden(mark, 1 + more, span);
        false
    }

    /// What an offer of a map looks at: where its key stands.
    pub(super) fn search_part(&mut self, map: Part, key: ExprId, span: Span) {
        self.part_read(map, span);
        let slot = match map {
            Part::Slot(_) => None,
            Part::Again(expr) => Some(expr),
        };
        self.while_borrowed(slot, |this| {
            this.read(key, false);
        });
        self.builtin(Builtin::Search, Mode::Copy, span);
    }

    /// The value at a place among those of a map, owned.
    pub(super) fn value_at(&mut self, map: Part, found: Slot, ty: Ty, span: Span) {
        self.part_read(map, span);
        self.load_slot(found, span, Mode::Copy);
        self.entry_part(Builtin::Index, ty, span);
    }

    /// Whether a key was found.
    fn was_found(&mut self, found: Slot, span: Span) {
        self.load_slot(found, span, Mode::Copy);
        self.emit(NdaNode::Int(0), span);
        self.emit(NdaNode::Compare { op: CompareOp::Ge, ty: Ty::I64 }, span);
    }

    /// A method of a map.
    pub(super) fn on_map(&mut self, expr: ExprId, method: OnMap, receiver: ExprId, args: ExprList) {
        let span = self.tree.span(expr);
        let args: Vec<ExprId> = self.tree.list(args).collect();
        let operands: Vec<ExprId> = [receiver].into_iter().chain(args.iter().copied()).collect();
        if self.never_all(&operands, span) {
            return;
        }
        match method {
            OnMap::Len | OnMap::IsEmpty => {
                self.read(receiver, false);
                self.builtin(Builtin::Len, Mode::Copy, span);
                if method == OnMap::IsEmpty {
                    self.emit(NdaNode::Int(0), span);
                    self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
                }
            }
            OnMap::Keys | OnMap::Values => {
                self.read(receiver, false);
                let op = if method == OnMap::Keys { Builtin::Keys } else { Builtin::Values };
                self.builtin(op, Mode::Copy, span);
            }
            OnMap::ContainsKey => {
                let changes = self.facts.changes(args[0]);
                let borrowed = self.read(receiver, changes);
                self.while_borrowed(borrowed.then_some(receiver), |this| {
                    this.read(args[0], false);
                });
                self.builtin(Builtin::Search, Mode::Copy, span);
                self.emit(NdaNode::Int(0), span);
                self.emit(NdaNode::Compare { op: CompareOp::Ge, ty: Ty::I64 }, span);
            }
            OnMap::GetOr => {
                let mark = self.memory.owned.len();
                let changes = args.iter().any(|&arg| self.facts.changes(arg));
                let (map, mut count) = self.part(receiver, changes);
                self.search_part(map, args[0], span);
                let found = self.hidden(Ty::I64, span);
                let (other, more) = self.part(args[1], false);
                count += more + 1;
                let ty = self.ty(expr);
                self.was_found(found, span);
                self.emit(NdaNode::Then, span);
                self.value_at(map, found, ty, span);
                self.emit(NdaNode::Else, span);
                self.part_owned(other, span);
                self.emit(NdaNode::If, span);
                self.close_hidden(mark, count, span);
            }
            OnMap::Insert => self.inserted(expr, receiver, args[0], args[1], true),
            OnMap::Clear => {
                let Some((slot, mut steps)) = self.place(receiver) else { return };
                let mark = self.memory.owned.len();
                let count = self.settle(slot, &mut steps, false, span);
                self.new_map(receiver);
                self.store_into(slot, &steps, span);
                self.close_hidden(mark, count, span);
            }
            OnMap::Pairs => self.chain(expr),
            OnMap::Collect => self.map_from(expr, receiver),
            OnMap::Entry => self.emit(NdaNode::Unit, span),
            OnMap::OrInsert => self.settled_value(expr),
        }
    }

    // ----- changed -----

    /// Where a key stands among those of a map in a place: in a slot. One record of type `()` is left behind. `op` says
    /// what becomes of a key that is not there.
    fn search_place(&mut self, place: MapPlace<'_>, key: Part, op: Builtin, span: Span) -> Slot {
        self.look_along(place.slot, place.steps, span);
        self.part_read(key, span);
        self.builtin(op, Mode::Copy, span);
        self.hidden(Ty::I64, span)
    }

    /// Puts a value under a key: one record of type `()`.
    fn put_under(&mut self, place: MapPlace<'_>, (key, value): (Part, Part), span: Span) {
        self.indices(place.steps);
        self.part_owned(key, span);
        self.part_owned(value, span);
        self.emit(
            NdaNode::Place { op: PlaceOp::Put, slot: place.slot, depth: place.steps.len() as u8 },
            span,
        );
    }

    fn set_value(&mut self, place: MapPlace<'_>, found: Slot, value: Part, span: Span) {
        self.part_owned(value, span);
        self.indices(place.steps);
        self.load_slot(found, span, Mode::Copy);
        let depth = place.steps.len() as u8 + 1;
        self.emit(NdaNode::Place { op: PlaceOp::Set, slot: place.slot, depth }, span);
    }

    /// `m.insert(k, v)`: gives what was there before, if anybody wants it (`gives`).
    pub(super) fn inserted(&mut self, expr: ExprId, map: ExprId, key: ExprId, value: ExprId, gives: bool) {
        let span = self.tree.span(expr);
        let Some((slot, mut steps)) = self.place(map) else { return self.emit(NdaNode::Unit, span) };
        let mark = self.memory.owned.len();
        let changes = self.facts.changes(value);
        let mut count = self.settle(slot, &mut steps, changes || self.facts.changes(key), span);
        let (key, more) = self.part(key, changes);
        count += more;
        let (value_part, more) = self.part(value, false);
        count += more;
        let place = MapPlace { slot, steps: &steps };
        if !gives {
            self.put_under(place, (key, value_part), span);
            return self.close_hidden(mark, count, span);
        }
        let found = self.search_place(place, key, Builtin::Search, span);
        count += 1;
        let ty = self.ty(expr);
        let old_type = self.ty(value);
        self.was_found(found, span);
        self.emit(NdaNode::Then, span);
        let inside = self.memory.owned.len();
        self.look_along(slot, &steps, span);
        self.load_slot(found, span, Mode::Copy);
        self.entry_part(Builtin::Index, old_type, span);
        let old = self.hidden(old_type, span);
        self.set_value(place, found, value_part, span);
        self.load_slot(old, span, Mode::Share);
        self.emit(NdaNode::Construct { variant: SOME, ty }, span);
        let drops = self.drops(inside, None, span);
        self.memory.owned.truncate(inside);
        self.scope(3, drops, span);
        self.emit(NdaNode::Else, span);
        self.put_under(place, (key, value_part), span);
        self.emit(NdaNode::Construct { variant: 0, ty }, span);
        self.scope(2, 0, span);
        self.emit(NdaNode::If, span);
        self.close_hidden(mark, count, span);
    }

    /// Takes what stands at a place out of a map, owned.
    pub(super) fn taken_out(&mut self, slot: Slot, steps: &[Step], found: Slot, span: Span) {
        self.indices(steps);
        self.load_slot(found, span, Mode::Copy);
        self.emit(NdaNode::Place { op: PlaceOp::Remove, slot, depth: steps.len() as u8 }, span);
    }

    /// Evaluates the indices and keys on the way to a place once; how many records of type `()` that left behind.
    /// `later_changes` says that something evaluated before they are used may change a variable.
    pub(super) fn settle(&mut self, slot: Slot, steps: &mut [Step], later_changes: bool, span: Span) -> u32 {
        let mut count = 0;
        for at in 0..steps.len() {
            match steps[at] {
                Step::Index(index) if later_changes || !self.is_steady(index) => {
                    let kept = self.keep(index, Ty::I64);
                    steps[at] = Step::Kept(kept, self.tree.span(index));
                    count += 1;
                }
                Step::Key(key) => {
                    let (key, more) = self.part(key, false);
                    let map = MapPlace { slot, steps: &steps[..at] };
                    let found = self.search_place(map, key, Builtin::Locate, span);
                    steps[at] = Step::Kept(found, span);
                    count += more + 1;
                }
                Step::Entry(call) => {
                    let (found, more) = self.entered(call, slot, &steps[..at]);
                    steps[at] = Step::Kept(found, span);
                    count += more;
                }
                _ => {}
            }
        }
        count
    }

    /// `m.entry(k).or_insert(v)`: where the key stands afterwards.
    fn entered(&mut self, call: ExprId, slot: Slot, steps: &[Step]) -> (Slot, u32) {
        let tree = self.tree;
        let span = tree.span(call);
        let ExprKind::MethodCall { args, .. } = tree.kind(call) else { return (slot, 0) };
        let Some((_, keys, modify)) = self.entry_of(call) else { return (slot, 0) };
        let key = tree.list(keys).next().expect("an entry has a key");
        let new = tree.list(args).next();
        let changes = [new, modify].into_iter().flatten().any(|later| self.facts.changes(later));
        let (key, mut count) = self.part(key, changes);
        let new = match new {
            // It is made where it is needed.
            Some(new) if self.is_lambda(new) => Part::Again(new),
            Some(new) => {
                let (part, more) = self.part(new, false);
                count += more;
                part
            }
            None => {
                let ty = self.ty(call);
                self.default_value(ty, span);
                count += 1;
                Part::Slot(self.hidden(ty, span))
            }
        };
        let place = MapPlace { slot, steps };
        let found = self.search_place(place, key, Builtin::Search, span);
        self.was_found(found, span);
        self.emit(NdaNode::Then, span);
        match modify {
            Some(lambda) => self.modified(place, found, lambda),
            None => self.emit(NdaNode::Unit, span),
        }
        self.emit(NdaNode::Else, span);
        let inside = self.memory.owned.len();
        let mut statements = 2;
        let new = match new {
            Part::Again(lambda) if self.is_lambda(lambda) => {
                statements += 1;
                let ty = self.ty(call);
                match tree.kind(tree.unparen(lambda)) {
                    ExprKind::Lambda(id) => self.owned(tree.lambda(id).body),
                    _ => self.call_function(tree.unparen(lambda), 0),
                }
                Part::Slot(self.hidden(ty, span))
            }
            new => new,
        };
        self.put_under(place, (key, new), span);
        self.emit(NdaNode::Int(-1), span);
        self.load_slot(found, span, Mode::Copy);
        self.emit(NdaNode::Math(MathOp::Sub), span);
        self.emit(NdaNode::Store { slot: found }, span);
        let drops = self.drops(inside, None, span);
        self.memory.owned.truncate(inside);
        self.scope(statements, drops, span);
        self.emit(NdaNode::If, span);
        (found, count + 2)
    }

    /// Whether an argument is code that gives a value, and not the value.
    fn is_lambda(&self, expr: ExprId) -> bool {
        let expr = self.tree.unparen(expr);
        match self.tree.kind(expr) {
            ExprKind::Lambda(_) => true,
            ExprKind::Name(_) | ExprKind::Path(_) => match self.facts.meaning(expr) {
                Meaning::Target(target) => !self.facts.targets[target as usize].is_constant,
                _ => false,
            },
            _ => false,
        }
    }

    /// The map, the key and the lambda of `and_modify` in front of `or_insert`.
    fn entry_of(&self, call: ExprId) -> Option<(ExprId, ExprList, Option<ExprId>)> {
        let tree = self.tree;
        let ExprKind::MethodCall { receiver, .. } = tree.kind(call) else { return None };
        let entry = tree.unparen(receiver);
        let ExprKind::MethodCall { receiver, args, .. } = tree.kind(entry) else { return None };
        if self.facts.meaning(entry) == Meaning::Method(Method::Map(OnMap::Entry)) {
            return Some((receiver, args, None));
        }
        let ExprKind::MethodCall { receiver: map, args: keys, .. } = tree.kind(tree.unparen(receiver)) else {
            return None;
        };
        Some((map, keys, tree.list(args).next()))
    }

    /// Runs the lambda of `and_modify` on the value at a position: one record of type `()`.
    fn modified(&mut self, place: MapPlace<'_>, found: Slot, lambda: ExprId) {
        let ExprKind::Lambda(id) = self.tree.kind(self.tree.unparen(lambda)) else { return };
        let lambda = self.tree.lambda(id);
        let local = self.facts.lambda_params[lambda.params.range().start];
        let mut steps = place.steps.to_vec();
        steps.push(Step::Kept(found, self.tree.span(lambda.body)));
        let aliases = self.memory.aliases.len();
        self.add_alias(local, (place.slot, &steps));
        self.owned(lambda.body);
        self.memory.aliases.truncate(aliases);
    }

    /// `m.entry(k).or_insert(v)` for its value.
    fn settled_value(&mut self, expr: ExprId) {
        let span = self.tree.span(expr);
        let Some((slot, mut steps)) = self.place(expr) else { return self.emit(NdaNode::Unit, span) };
        let mark = self.memory.owned.len();
        let count = self.settle(slot, &mut steps, false, span);
        let Some((last, before)) = steps.split_last() else { return };
        self.look_along(slot, before, span);
        self.indices(&[*last]);
        let ty = self.ty(expr);
        self.entry_part(Builtin::Index, ty, span);
        self.close_hidden(mark, count, span);
    }

    /// Whether a way leads through a map.
    pub(super) fn has_keys(steps: &[Step]) -> bool {
        steps.iter().any(|step| matches!(step, Step::Key(_) | Step::Entry(_)))
    }

    /// `m[k] = v`: the value comes first.
    pub(super) fn assign_key(&mut self, expr: ExprId, place: ExprId, value: ExprId) -> bool {
        let place = self.tree.unparen(place);
        let ExprKind::Index { base, index } = self.tree.kind(place) else { return false };
        if !self.is_map(base) {
            return false;
        }
        let span = self.tree.span(expr);
        if self.diverges(value) {
            self.owned(value);
            return true;
        }
        let Some((slot, mut steps)) = self.place(base) else { return false };
        let mark = self.memory.owned.len();
        let ty = self.ty(value);
        let value = Part::Slot(self.keep(value, ty));
        let count = 1 + self.settle(slot, &mut steps, self.facts.changes(index), span);
        let (key, more) = self.part(index, false);
        let place = MapPlace { slot, steps: &steps };
        self.put_under(place, (key, value), span);
        self.close_hidden(mark, count + more, span);
        true
    }

    // ----- `for` -----

    /// `for (k, v) in m`: the map as it was when the loop began.
    pub(super) fn for_map(&mut self, expr: ExprId, map: ExprId, id: ForId) {
        let tree = self.tree;
        let span = tree.span(expr);
        if self.diverges(map) {
            return self.owned(map);
        }
        let written = tree.for_loop(id);
        let head = tree.span(written.written);
        let outside = self.memory.owned.len();
        let (key, value) = self.map_types(map);
        let ty = self.ty(map);
        let kept = self.keep(map, ty);
        self.emit(NdaNode::Int(0), head);
        self.load_slot(kept, head, Mode::Borrow);
        self.builtin(Builtin::Len, Mode::Copy, head);
        let mark = self.memory.owned.len();
        let at = self.new_slot(Ty::I64, Span::default());
        self.emit(NdaNode::ForBegin { slot: at, range: Range::default() }, head);
        self.open_loop(written.label, mark);
        let mut slots = [0; 2];
        for (slot, (part, ty)) in slots.iter_mut().zip([(Builtin::KeyAt, key), (Builtin::Index, value)]) {
            self.load_slot(kept, head, Mode::Borrow);
            self.load_slot(at, head, Mode::Copy);
            self.entry_part(part, ty, head);
            *slot = self.hidden(ty, head);
        }
        let bound = match written.variable {
            ForVariable::Pattern(pattern)
                if matches!(tree.pattern(self.unparen_pattern(pattern)).kind, PatternKind::Tuple(_)) =>
            {
                self.bind_parts(slots.to_vec(), pattern)
            }
            variable => {
                slots.iter().for_each(|&slot| self.load_slot(slot, head, Mode::Share));
                let parts = self.table.map_of(self.facts.types[map.index()]).map(|(key, value)| [key, value]);
                let pair = self.table.tuple(&parts.unwrap_or([crate::types::Type::UNIT; 2]));
                let ty = self.graph_type(pair);
                self.emit(NdaNode::Construct { variant: 0, ty }, head);
                let whole = self.hidden(ty, head);
                match variable {
                    ForVariable::Name { .. } => {
                        self.memory.slot_of[self.facts.fors[id.index()] as usize] = whole;
                        1
                    }
                    ForVariable::Pattern(pattern) => 1 + self.bind_each(whole, pattern),
                }
            }
        };
        self.block(written.body);
        let block = tree.block(written.body);
        let end = Span::new(block.span.end.saturating_sub(1), block.span.end);
        let drops = self.drops(mark, None, end);
        self.memory.owned.truncate(mark);
        self.scope(bound + 3, drops, block.span);
        self.close_loop();
        self.emit(NdaNode::For, span);
        self.close_hidden(outside, 1, span);
    }

    /// The step from a map to one of its values.
    pub(super) fn step_into_map(&self, place: ExprId) -> Step {
        match self.tree.kind(place) {
            ExprKind::Index { index, .. } => Step::Key(index),
            _ => Step::Entry(place),
        }
    }

    /// The map that `m.entry(k).or_insert(v)` changes.
    pub(super) fn map_of_entry(&self, call: ExprId) -> Option<ExprId> {
        if self.facts.meaning(call) != Meaning::Method(Method::Map(OnMap::OrInsert)) {
            return None;
        }
        self.entry_of(call).map(|(map, _, _)| map)
    }
}
