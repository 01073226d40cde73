//! Variables that stand for places: those of `for x in xs.iter_mut()`, of `if let Some(x) = m.get_mut(k)`, and the parameter of
//! `and_modify`.
//!
//! Such a variable has no slot of its own: what is read from it is read from the place, and what is assigned to it changes
//! the place.

use super::Lower;
use super::places::Step;
use crate::facts::{Meaning, PatternMeaning};
use crate::methods::{Method, Places};
use nda_diagnostics::Span;
use nda_graph::{Builtin, Mode, NdaNode, Range, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind, ForId, ForVariable, PatternId, PatternKind};

/// A variable, and the place that it stands for; all steps to it are settled, and there is one at least.
#[derive(Debug)]
pub(super) struct Alias {
    local: u32,
    slot: Slot,
    steps: Vec<Step>,
}

impl Lower<'_> {
    /// The place that a variable stands for; none if it is one of its own.
    pub(super) fn alias_of(&self, local: u32) -> Option<(Slot, &[Step])> {
        let found = self.memory.aliases.iter().find(|alias| alias.local == local)?;
        Some((found.slot, &found.steps))
    }

    /// Whether a variable of a `let` is the name of a place that is changed by it.
    pub(super) fn names_place(&self, local: u32) -> bool {
        let local = self.facts.locals[local as usize];
        local.names_place && local.changed
    }

    /// `let x = &mut xs[i];`: from here on `x` is that place.
    pub(super) fn let_place(&mut self, local: u32, init: ExprId, span: Span) {
        let Some((slot, mut steps)) = self.place(init) else { return self.emit(NdaNode::Unit, span) };
        let count = self.settle(slot, &mut steps, true, span);
        if steps.is_empty() {
            self.memory.slot_of[local as usize] = slot;
        } else {
            self.add_alias(local, (slot, &steps));
        }
        if count == 0 {
            self.emit(NdaNode::Unit, span);
        } else {
            self.scope(count, 0, span);
        }
    }

    pub(super) fn add_alias(&mut self, local: u32, (slot, steps): (Slot, &[Step])) {
        // Whoever asks what else a use may touch gets the variable that the place is in.
        self.memory.slot_of[local as usize] = slot;
        self.memory.aliases.push(Alias { local, slot, steps: steps.to_vec() });
    }

    /// What stands at the place of an alias.
    pub(super) fn load_along(&mut self, slot: Slot, steps: &[Step], span: Span, mode: Mode) {
        let ty = self.type_along(slot, steps);
        let mode = if ty.is_object() { mode } else { Mode::Copy };
        let Some((last, before)) = steps.split_last() else { return };
        self.look_along(slot, before, span);
        if let Step::Field(index, _) = *last {
            return self.emit(NdaNode::Field { variant: 0, index, mode }, span);
        }
        self.indices(&[*last]);
        self.emit(NdaNode::Builtin { op: Builtin::Index, mode }, span);
    }

    /// The variable whose value an expression takes away, if it has a slot of its own.
    pub(super) fn moved_by(&self, expr: ExprId) -> Option<Slot> {
        let local = self.local(expr)?;
        self.alias_of(local).is_none().then(|| self.slot_of(local))
    }

    /// The call of `iter_mut` or `values_mut` that a loop walks along, and whether it counts.
    pub(super) fn places_call(&self, head: ExprId) -> Option<(ExprId, Places, bool)> {
        let of = |expr: ExprId| match self.facts.meaning(expr) {
            Meaning::Method(Method::Places(places)) => Some((expr, places)),
            _ => None,
        };
        let head = self.tree.unparen(head);
        if let Some((call, places)) = of(head) {
            return Some((call, places, false));
        }
        let ExprKind::MethodCall { receiver, .. } = self.tree.kind(head) else { return None };
        of(self.tree.unparen(receiver)).map(|(call, places)| (call, places, true))
    }

    /// `for x in xs.iter_mut()`: the list has as many rounds as it had elements when the loop began.
    pub(super) fn for_places(
        &mut self,
        expr: ExprId,
        (call, places, counts): (ExprId, Places, bool),
        id: ForId,
    ) {
        let tree = self.tree;
        let span = tree.span(expr);
        let ExprKind::MethodCall { receiver, .. } = tree.kind(call) else { return };
        let Some((slot, mut steps)) = self.place(receiver) else { return self.emit(NdaNode::Unit, span) };
        let written = tree.for_loop(id);
        let head = tree.span(written.written);
        let outside = self.memory.owned.len();
        let count = self.settle(slot, &mut steps, true, span);
        self.emit(NdaNode::Int(0), head);
        self.look_along(slot, &steps, head);
        self.builtin(Builtin::Len, Mode::Copy, head);
        let mark = self.memory.owned.len();
        let at = self.new_slot(Ty::I64, Span::default());
        self.emit(NdaNode::ForBegin { slot: at, range: Range::default() }, head);
        self.open_loop(written.label, mark);
        let map = steps.clone();
        steps.push(Step::Kept(at, head));
        let aliases = self.memory.aliases.len();
        let mut bound = 0;
        let first = match written.variable {
            ForVariable::Name { .. } => {
                self.add_alias(self.facts.fors[id.index()], (slot, &steps));
                None
            }
            ForVariable::Pattern(pattern) if counts || places == Places::Entries => {
                let mut parts = match tree.pattern(self.unparen_pattern(pattern)).kind {
                    PatternKind::Tuple(list) => tree.pattern_list(list),
                    _ => unreachable!("inference saw two patterns"),
                };
                let first = parts.next();
                if let Some(second) = parts.next() {
                    self.alias_parts(second, (slot, &steps));
                }
                first
            }
            ForVariable::Pattern(pattern) => {
                self.alias_parts(pattern, (slot, &steps));
                None
            }
        };
        if let Some(first) = first {
            let first_slot = if counts {
                self.load_slot(at, head, Mode::Copy);
                self.hidden(Ty::I64, head)
            } else {
                let (key, _) = self.map_types(receiver);
                self.look_along(slot, &map, head);
                self.load_slot(at, head, Mode::Copy);
                self.entry_part(Builtin::KeyAt, key, head);
                self.hidden(key, head)
            };
            bound += 1 + self.bind_each(first_slot, first);
        }
        self.block(written.body);
        self.memory.aliases.truncate(aliases);
        let block = tree.block(written.body);
        let end = Span::new(block.span.end.saturating_sub(1), block.span.end);
        let drops = self.drops(mark, None, end);
        self.memory.owned.truncate(mark);
        self.scope(bound + 1, drops, block.span);
        self.close_loop();
        self.emit(NdaNode::For, span);
        if count > 0 {
            self.close_hidden(outside, count, span);
        }
    }

    /// Lets the names of a pattern stand for parts of a place.
    pub(super) fn alias_parts(&mut self, pattern: PatternId, (slot, steps): (Slot, &[Step])) {
        let tree = self.tree;
        match (tree.pattern(pattern).kind, self.facts.patterns[pattern.index()]) {
            (PatternKind::Paren(inner), _) => self.alias_parts(inner, (slot, steps)),
            (PatternKind::Binding { .. }, PatternMeaning::Bind(local)) => {
                self.add_alias(local, (slot, steps));
            }
            (PatternKind::Tuple(parts), _) => {
                for (index, part) in tree.pattern_list(parts).enumerate() {
                    let mut steps = steps.to_vec();
                    steps.push(Step::Field(index as u32, tree.pattern(part).span));
                    self.alias_parts(part, (slot, &steps));
                }
            }
            _ => {}
        }
    }
}
