//! `match`, `if let` and patterns in `let` and `for`: tests of tags and values, then the names that a pattern binds.
//!
//! No record knows a pattern. What is looked at stands in a slot (the parts of a tuple that is written out in one each,
//! so that no tuple is made); a test reads along a path of fields and compares; an arm that was chosen takes the value
//! apart with `unpack`, so that the last use of a value gives its parts away.

use super::Lower;
use super::offers::{Held, Seen};
use super::paths::{Path, Way};
use crate::facts::PatternMeaning;
use crate::infer::placed;
use nda_diagnostics::Span;
use nda_graph::{Builtin, CompareOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{BlockId, ExprId, ExprKind, MatchId, Pattern, PatternId, PatternKind};

/// What is matched.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    Slot(Slot),
    /// The parts of a tuple that was never made.
    Parts(Vec<Slot>),
    /// An `Option` or a `Result` that was never made.
    Held(Held),
}

/// Which alternative is meant of each pattern with several that bind names.
pub(super) type Choice = Vec<(PatternId, usize)>;

impl Lower<'_> {
    pub(super) fn match_expr(&mut self, expr: ExprId, id: MatchId) {
        let tree = self.tree;
        let found = tree.match_of(id);
        let span = tree.span(expr);
        if self.diverges(found.value) {
            return self.owned(found.value);
        }
        let mark = self.memory.owned.len();
        let arms = tree.arms_of(found.arms);
        let patterns: Vec<PatternId> = arms.iter().map(|arm| arm.pattern).collect();
        let guarded = arms.iter().any(|arm| arm.guard.is_some_and(|guard| self.facts.changes(guard)));
        let seen = if arms.iter().any(|arm| arm.guard.is_some()) { Seen::Whole } else { Seen::Arms };
        let (subject, count) = self.subject(found.value, &patterns, !guarded, seen);
        let mut open = 0;
        'arms: for (index, arm) in arms.iter().enumerate() {
            let choices = self.choices(arm.pattern);
            let last_choice = choices.len() - 1;
            for (at, choice) in choices.iter().enumerate() {
                let guards: &[ExprId] = arm.guard.as_slice();
                // Whatever comes to the last arm matches it: inference has found the arms complete.
                let is_last = index + 1 == arms.len() && at == last_choice && guards.is_empty();
                if is_last || !self.condition(&subject, arm.pattern, choice, guards, arm.span) {
                    self.arm(&subject, arm.pattern, choice, arm.body);
                    break 'arms;
                }
                self.emit(NdaNode::Then, tree.pattern(arm.pattern).span);
                self.arm(&subject, arm.pattern, choice, arm.body);
                self.emit(NdaNode::Else, span);
                open += 1;
            }
        }
        (0..open).for_each(|_| self.emit(NdaNode::If, span));
        let end = Span::new(span.end.saturating_sub(1), span.end);
        let drops = if self.diverges(expr) { 0 } else { self.drops(mark, None, end) };
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    /// Puts what is matched where it can be looked at; how many operands of type `()` that left behind. A variable may
    /// be looked at where it is (`in_place`) unless a guard could change it.
    pub(super) fn subject(
        &mut self,
        value: ExprId,
        patterns: &[PatternId],
        in_place: bool,
        seen: Seen,
    ) -> (Subject, u32) {
        let tree = self.tree;
        let value = self.without_slice(tree.unparen(value), patterns);
        if let ExprKind::Tuple(items) = tree.kind(value)
            && patterns.iter().all(|&pattern| self.takes_apart(pattern))
        {
            let mut count = 0;
            let items: Vec<ExprId> = tree.list(items).collect();
            let mut slots = Vec::with_capacity(items.len());
            for (index, &item) in items.iter().enumerate() {
                let later = items[index + 1..].iter().any(|&later| self.facts.changes(later));
                match self.moved_by(item).filter(|_| in_place && !later) {
                    Some(slot) => slots.push(slot),
                    None => {
                        let ty = self.ty(item);
                        slots.push(self.keep(item, ty));
                        count += 1;
                    }
                }
            }
            return (Subject::Parts(slots), count);
        }
        if let Some(slot) = self.moved_by(value).filter(|_| in_place) {
            return (Subject::Slot(slot), 0);
        }
        if self.sees_offer(value, patterns, seen) {
            let (held, count) = self.hold(value, true);
            return (Subject::Held(held), count);
        }
        let ty = self.ty(value);
        (Subject::Slot(self.keep(value, ty)), 1)
    }

    /// `xs` for `xs[..]` where list patterns take it apart: they make no copy of it.
    fn without_slice(&self, value: ExprId, patterns: &[PatternId]) -> ExprId {
        match self.tree.kind(value) {
            ExprKind::Slice { base, from: None, to: None, .. }
                if patterns.iter().any(|&pattern| {
                    self.facts.patterns[self.unparen_pattern(pattern).index()] == PatternMeaning::List
                }) =>
            {
                self.tree.unparen(base)
            }
            _ => value,
        }
    }

    /// Whether a pattern looks at the parts of a tuple only, and never takes the whole.
    fn takes_apart(&self, id: PatternId) -> bool {
        match self.tree.pattern(id).kind {
            PatternKind::Wildcard | PatternKind::Tuple(_) => true,
            PatternKind::Paren(inner) => self.takes_apart(inner),
            PatternKind::Or(list) => self.tree.pattern_list(list).all(|part| self.takes_apart(part)),
            _ => false,
        }
    }

    /// Every way to choose among alternatives that bind names.
    pub(super) fn choices(&self, pattern: PatternId) -> Vec<Choice> {
        let mut choices = vec![Choice::new()];
        self.add_choices(pattern, &mut choices);
        choices
    }

    fn add_choices(&self, id: PatternId, choices: &mut Vec<Choice>) {
        let tree = self.tree;
        if let PatternKind::Or(list) = tree.pattern(id).kind {
            if !self.binds(id) {
                return;
            }
            let before = std::mem::take(choices);
            for (index, part) in tree.pattern_list(list).enumerate() {
                let mut with = before.clone();
                with.iter_mut().for_each(|choice| choice.push((id, index)));
                self.add_choices(part, &mut with);
                choices.extend(with);
            }
            return;
        }
        for part in parts(tree, id) {
            self.add_choices(part, choices);
        }
    }

    /// Whether a pattern binds a name.
    fn binds(&self, id: PatternId) -> bool {
        let own = matches!(self.facts.patterns[id.index()], PatternMeaning::Bind(_));
        own || parts(self.tree, id).into_iter().any(|part| self.binds(part))
    }

    /// The parts of a variant with their numbers.
    fn fields(&mut self, id: PatternId, variant: u32) -> Vec<(u32, PatternId)> {
        let tree = self.tree;
        let types = self.table.fields_of(self.facts.pattern_types[id.index()], variant as usize);
        let types = types.unwrap_or_default();
        match tree.pattern(id).kind {
            PatternKind::Tuple(list) | PatternKind::Constructor { args: list, .. } => {
                placed(tree, list, types.len()).into_iter().map(|(at, part)| (at as u32, part)).collect()
            }
            PatternKind::Struct { fields, .. } => tree
                .pattern_fields_of(fields)
                .iter()
                .filter_map(|field| {
                    let text = tree.name(field.name.symbol, self.source);
                    let at = types.iter().position(|(name, _)| name == text)?;
                    Some((at as u32, field.pattern))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The type of what a pattern is held against.
    pub(super) fn pattern_type(&mut self, id: PatternId) -> Ty {
        self.graph_type(self.facts.pattern_types[id.index()])
    }

    // ----- tests -----

    /// Whether a pattern matches and its guards hold: a `bool` is left behind, unless that is always so.
    pub(super) fn condition(
        &mut self,
        subject: &Subject,
        pattern: PatternId,
        choice: &Choice,
        guards: &[ExprId],
        span: Span,
    ) -> bool {
        let mut any = false;
        self.tests(subject, &mut Path::new(), pattern, choice, &mut any);
        if guards.is_empty() {
            return any;
        }
        if any {
            self.emit(NdaNode::Rhs, span);
        }
        let mark = self.memory.owned.len();
        let mut count = self.bind_pattern(subject, &mut Path::new(), pattern, choice, false);
        for (index, &guard) in guards.iter().enumerate() {
            if index > 0 {
                self.emit(NdaNode::Rhs, span);
            }
            self.owned(guard);
            if index > 0 {
                self.emit(NdaNode::And, span);
            }
        }
        count += 1;
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count, drops, span);
        if any {
            self.emit(NdaNode::And, span);
        }
        true
    }

    /// Emits the tests of a pattern, joined with `&&` to what is there (`any`).
    fn tests(&mut self, subject: &Subject, path: &mut Path, id: PatternId, choice: &Choice, any: &mut bool) {
        let tree = self.tree;
        let Pattern { kind, span } = tree.pattern(id);
        match (kind, self.facts.patterns[id.index()]) {
            (PatternKind::Paren(inner), _) | (PatternKind::Binding { inner: Some(inner), .. }, _) => {
                self.tests(subject, path, inner, choice, any);
            }
            (PatternKind::Literal(expr), _) => {
                self.atom(span, any, |this| this.equals(subject, path, id, expr))
            }
            (PatternKind::Range { from, to, inclusive }, _) => {
                if let Some(from) = from {
                    self.atom(span, any, |this| this.compares(subject, path, id, CompareOp::Ge, from));
                }
                if let Some(to) = to {
                    let op = if inclusive { CompareOp::Le } else { CompareOp::Lt };
                    self.atom(span, any, |this| this.compares(subject, path, id, op, to));
                }
            }
            (PatternKind::Or(list), _) => match choice.iter().find(|(or, _)| *or == id) {
                Some(&(_, index)) => {
                    if let Some(part) = tree.pattern_list(list).nth(index) {
                        self.tests(subject, path, part, choice, any);
                    }
                }
                None => self.atom(span, any, |this| {
                    for (index, part) in tree.pattern_list(list).enumerate() {
                        if index > 0 {
                            this.emit(NdaNode::Rhs, span);
                        }
                        let mut inner = false;
                        this.tests(subject, path, part, choice, &mut inner);
                        if !inner {
                            this.emit(NdaNode::Bool(true), span);
                        }
                        if index > 0 {
                            this.emit(NdaNode::Or, span);
                        }
                    }
                }),
            },
            (_, PatternMeaning::Constant(target)) => self.atom(span, any, |this| {
                let ty = this.pattern_type(id);
                this.look(subject, path, ty, span);
                let index = this.reference(target);
                this.emit(NdaNode::Const(index), span);
                this.emit(NdaNode::Compare { op: CompareOp::Eq, ty }, span);
            }),
            (_, PatternMeaning::Variant(variant))
                if path.is_empty() && matches!(subject, Subject::Held(_)) =>
            {
                let Subject::Held(held) = subject else { return };
                self.atom(span, any, |this| {
                    this.held_test(held, span);
                    if u32::from(held.good()) != variant {
                        this.emit(NdaNode::Unary(nda_graph::UnaryOp::BNot), span);
                    }
                });
            }
            (_, PatternMeaning::Variant(variant)) => {
                let ty = self.facts.pattern_types[id.index()];
                if self.table.is_enum(ty) {
                    let ty = self.graph_type(ty);
                    self.atom(span, any, |this| {
                        this.look(subject, path, ty, span);
                        this.emit(NdaNode::Tag, span);
                        this.emit(NdaNode::Int(variant.into()), span);
                        this.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
                    });
                }
                for (index, part) in self.fields(id, variant) {
                    let ty = self.pattern_type(part);
                    path.push(Way::Field { variant: variant as u16, index, ty });
                    self.tests(subject, path, part, choice, any);
                    path.pop();
                }
            }
            (PatternKind::List(members), PatternMeaning::List) => {
                let (before, rest, behind) = tree.list_members(members);
                let least = before.len() + behind.len();
                if least > 0 || rest.is_none() {
                    let op = if rest.is_some() { CompareOp::Ge } else { CompareOp::Eq };
                    self.atom(span, any, |this| {
                        let ty = this.pattern_type(id);
                        this.look(subject, path, ty, span);
                        this.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                        this.emit(NdaNode::Int(least as i64), span);
                        this.emit(NdaNode::Compare { op, ty: Ty::I64 }, span);
                    });
                }
                for (way, part) in self.ways(members) {
                    path.push(way);
                    self.tests(subject, path, part, choice, any);
                    path.pop();
                }
            }
            _ => {}
        }
    }

    fn atom(&mut self, span: Span, any: &mut bool, test: impl FnOnce(&mut Self)) {
        let joined = std::mem::replace(any, true);
        if joined {
            self.emit(NdaNode::Rhs, span);
        }
        test(self);
        if joined {
            self.emit(NdaNode::And, span);
        }
    }

    fn equals(&mut self, subject: &Subject, path: &Path, id: PatternId, literal: ExprId) {
        let span = self.tree.pattern(id).span;
        match self.tree.kind(self.tree.unparen(literal)) {
            ExprKind::Bool(wanted) => {
                self.look(subject, path, Ty::BOOL, span);
                if !wanted {
                    self.emit(NdaNode::Unary(nda_graph::UnaryOp::BNot), span);
                }
            }
            _ => self.compares(subject, path, id, CompareOp::Eq, literal),
        }
    }

    fn compares(&mut self, subject: &Subject, path: &Path, id: PatternId, op: CompareOp, with: ExprId) {
        let span = self.tree.pattern(id).span;
        let ty = self.pattern_type(id);
        self.look(subject, path, ty, span);
        self.owned(with);
        self.emit(NdaNode::Compare { op, ty }, span);
    }

    // ----- names -----

    /// Declares what a pattern binds; how many operands of type `()` that left behind. `takes` says that the value
    /// may be taken apart.
    pub(super) fn bind_pattern(
        &mut self,
        subject: &Subject,
        path: &mut Path,
        id: PatternId,
        choice: &Choice,
        takes: bool,
    ) -> u32 {
        let tree = self.tree;
        let Pattern { kind, span } = tree.pattern(id);
        match (kind, self.facts.patterns[id.index()]) {
            (PatternKind::Paren(inner), _) => self.bind_pattern(subject, path, inner, choice, takes),
            (PatternKind::Or(list), _) => match choice.iter().find(|(or, _)| *or == id) {
                Some(&(_, index)) => match tree.pattern_list(list).nth(index) {
                    Some(part) => self.bind_pattern(subject, path, part, choice, takes),
                    None => 0,
                },
                None => 0,
            },
            (PatternKind::Binding { name, inner, .. }, PatternMeaning::Bind(local)) => {
                let ty = self.pattern_type(id);
                self.reach(subject, path, ty, span, Mode::Share);
                let slot = self.new_slot(ty, name.span);
                self.emit(NdaNode::Let { slot, ty }, span);
                self.memory.slot_of[local as usize] = slot;
                1 + inner.map_or(0, |inner| self.bind_pattern(subject, path, inner, choice, false))
            }
            (_, PatternMeaning::Variant(variant))
                if path.is_empty() && matches!(subject, Subject::Held(_)) =>
            {
                let Subject::Held(held) = subject else { return 0 };
                let part = self.fields(id, variant).first().map(|&(_, part)| part);
                part.map_or(0, |part| self.bind_offered(held, variant, part, choice, span))
            }
            (_, PatternMeaning::Variant(variant)) => {
                if !self.binds(id) {
                    return 0;
                }
                // A tuple that was never made is apart already.
                let apart = path.is_empty() && matches!(subject, Subject::Parts(_));
                if takes && !apart && self.binds_object(id) {
                    let ty = self.pattern_type(id);
                    self.reach(subject, path, ty, span, Mode::Share);
                    return 1 + self.unpack(id, variant, choice);
                }
                let mut count = 0;
                for (index, part) in self.fields(id, variant) {
                    let ty = self.pattern_type(part);
                    path.push(Way::Field { variant: variant as u16, index, ty });
                    count += self.bind_pattern(subject, path, part, choice, takes);
                    path.pop();
                }
                count
            }
            (PatternKind::List(members), PatternMeaning::List) => {
                let mut count = 0;
                for (way, part) in self.ways(members) {
                    path.push(way);
                    count += self.bind_pattern(subject, path, part, choice, takes);
                    path.pop();
                }
                count
            }
            _ => 0,
        }
    }

    /// Binds what stands in a `Some`, an `Ok` or an `Err` that was never made.
    fn bind_offered(
        &mut self,
        held: &Held,
        variant: u32,
        part: PatternId,
        choice: &Choice,
        span: Span,
    ) -> u32 {
        let part = self.unparen_pattern(part);
        if let Some((slot, steps)) = self.held_place(held, span) {
            self.alias_parts(part, (slot, &steps));
            return 0;
        }
        let binds = self.binds(part);
        if !binds && !held.changes() {
            return 0;
        }
        let ty = self.pattern_type(part);
        if u32::from(held.good()) == variant {
            self.held_value(held, ty, span);
        } else {
            self.held_error(held, ty, span);
        }
        if !binds {
            self.emit(NdaNode::Discard, span);
            return 1;
        }
        let bound = (self.tree.pattern(part).kind, self.facts.patterns[part.index()]);
        if let (PatternKind::Binding { name, inner: None, .. }, PatternMeaning::Bind(local)) = bound {
            let slot = self.new_slot(ty, name.span);
            self.emit(NdaNode::Let { slot, ty }, span);
            self.memory.slot_of[local as usize] = slot;
            return 1;
        }
        let slot = self.new_slot(ty, Span::default());
        self.emit(NdaNode::Let { slot, ty }, span);
        1 + self.bind_pattern(&Subject::Slot(slot), &mut Path::new(), part, choice, true)
    }

    /// Takes the value that was just emitted apart, and binds what its fields are called; how many more operands that
    /// left behind.
    fn unpack(&mut self, id: PatternId, variant: u32, choice: &Choice) -> u32 {
        let span = self.tree.pattern(id).span;
        let types = self.table.fields_of(self.facts.pattern_types[id.index()], variant as usize);
        let types: Vec<Ty> =
            types.unwrap_or_default().into_iter().map(|(_, ty)| self.graph_type(ty)).collect();
        let first = self.memory.slots.len() as Slot;
        for &ty in &types {
            self.new_slot(ty, Span::default());
        }
        self.memory.unpacked.push(types.len() as u32);
        self.emit(NdaNode::Unpack { variant: variant as u16, slot: first }, span);
        let mut count = 0;
        for (index, part) in self.fields(id, variant) {
            let slot = first + index;
            let mut part = part;
            while let PatternKind::Paren(inner) = self.tree.pattern(part).kind {
                part = inner;
            }
            let bound = (self.tree.pattern(part).kind, self.facts.patterns[part.index()]);
            if let (PatternKind::Binding { name, inner: None, .. }, PatternMeaning::Bind(local)) = bound {
                self.memory.slot_of[local as usize] = slot;
                self.memory.names[slot as usize] = name.span;
            } else {
                count += self.bind_pattern(&Subject::Slot(slot), &mut Path::new(), part, choice, true);
            }
        }
        count
    }

    /// Whether a pattern binds a name to an object.
    fn binds_object(&mut self, id: PatternId) -> bool {
        if let PatternMeaning::Bind(_) = self.facts.patterns[id.index()]
            && self.pattern_type(id).is_object()
        {
            return true;
        }
        parts(self.tree, id).into_iter().any(|part| self.binds_object(part))
    }

    /// The chosen arm: its names, then its body.
    fn arm(&mut self, subject: &Subject, pattern: PatternId, choice: &Choice, body: ExprId) {
        let mark = self.memory.owned.len();
        let count = self.bind_pattern(subject, &mut Path::new(), pattern, choice, true);
        self.owned(body);
        let moved = self.moved_by(body);
        let span = self.tree.span(body);
        let end = Span::new(span.end.saturating_sub(1), span.end);
        let drops = if self.diverges(body) { 0 } else { self.drops(mark, moved, end) };
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    // ----- `let` and `for` -----

    /// `let pattern = init else { otherwise };`: one operand of type `()` or `!`.
    pub(super) fn let_pattern(
        &mut self,
        pattern: PatternId,
        init: ExprId,
        otherwise: Option<BlockId>,
        span: Span,
    ) {
        if self.diverges(init) {
            return self.owned(init);
        }
        let direct = self.facts.patterns[pattern.index()];
        if let (PatternMeaning::Variant(variant), None) = (direct, otherwise)
            && !matches!(self.tree.kind(self.tree.unparen(init)), ExprKind::Tuple(_))
            && self.binds_object(pattern)
        {
            self.owned(init);
            return self.let_unpacked(pattern, variant, span);
        }
        let seen = if otherwise.is_some() { Seen::Arms } else { Seen::Whole };
        let (subject, mut count) = self.subject(init, &[pattern], true, seen);
        let choices = self.choices(pattern);
        let choice = choices.first().cloned().unwrap_or_default();
        if let Some(otherwise) = otherwise {
            if !self.condition(&subject, pattern, &choice, &[], span) {
                self.emit(NdaNode::Bool(true), span);
            }
            self.emit(NdaNode::Then, span);
            self.emit(NdaNode::Unit, span);
            self.emit(NdaNode::Else, span);
            self.block(otherwise);
            self.emit(NdaNode::If, span);
            count += 1;
        }
        self.let_bound(&subject, pattern, &choice, count, span);
    }

    /// Takes the owned value before it apart by a pattern of one variant.
    fn let_unpacked(&mut self, pattern: PatternId, variant: u32, span: Span) {
        let more = self.unpack(pattern, variant, &Choice::new());
        self.scope(1 + more, 0, span);
    }

    /// Binds the names of a pattern that fits, behind `count` operands.
    fn let_bound(&mut self, subject: &Subject, pattern: PatternId, choice: &Choice, count: u32, span: Span) {
        let count = count + self.bind_pattern(subject, &mut Path::new(), pattern, choice, true);
        if count == 0 {
            self.emit(NdaNode::Unit, span);
        }
        self.scope(count, 0, span);
    }

    /// The patterns among the parameters: each a `let` of what was given; how many operands they leave behind.
    pub(super) fn take_parameters_apart(&mut self) -> u32 {
        let taken = std::mem::take(&mut self.memory.taken_apart);
        for &(local, pattern) in &taken {
            let span = self.tree.pattern(pattern).span;
            if let PatternMeaning::Variant(variant) = self.facts.patterns[pattern.index()]
                && self.binds_object(pattern)
            {
                self.load(local, span, Mode::Share);
                self.let_unpacked(pattern, variant, span);
                continue;
            }
            let subject = Subject::Slot(self.slot_of(local));
            let choice = self.choices(pattern).first().cloned().unwrap_or_default();
            self.let_bound(&subject, pattern, &choice, 0, span);
        }
        taken.len() as u32
    }

    /// Binds the names of a pattern to the parts of a tuple that was never made; how many operands that left behind.
    pub(super) fn bind_parts(&mut self, parts: Vec<Slot>, pattern: PatternId) -> u32 {
        self.bind_pattern(&Subject::Parts(parts), &mut Path::new(), pattern, &Choice::new(), true)
    }

    /// Binds the names of a pattern to the parts of a loop's variable; how many operands that left behind.
    pub(super) fn bind_each(&mut self, slot: Slot, pattern: PatternId) -> u32 {
        self.bind_pattern(&Subject::Slot(slot), &mut Path::new(), pattern, &Choice::new(), true)
    }
}

/// The patterns inside of a pattern.
fn parts(tree: &nda_syntax::Tree, id: PatternId) -> Vec<PatternId> {
    match tree.pattern(id).kind {
        PatternKind::Paren(inner) | PatternKind::Binding { inner: Some(inner), .. } => vec![inner],
        PatternKind::Tuple(list)
        | PatternKind::List(list)
        | PatternKind::Constructor { args: list, .. }
        | PatternKind::Or(list) => tree.pattern_list(list).collect(),
        PatternKind::Struct { fields, .. } => {
            tree.pattern_fields_of(fields).iter().map(|field| field.pattern).collect()
        }
        _ => Vec::new(),
    }
}
