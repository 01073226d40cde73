//! Lowering: a body that inference found sound becomes graph records.
//!
//! Records come out in the order of evaluation. Uses of objects come out as `share` (or `borrow` where an operator
//! only looks); [`ownership`] then turns last uses into moves. Where a scope ends, the objects its variables may still
//! hold are released by explicit `drop` records; jumps release those of every scope they leave. Code behind a jump is
//! left out: it has no meaning.

mod aliases;
mod chain;
mod conditions;
mod format;
mod maps;
mod matches;
mod offers;
mod option_lambdas;
mod options;
pub(crate) mod ownership;
mod paths;
mod places;
pub(crate) mod receivers;
mod records;
mod sort;
mod tensors;
mod values;

use crate::facts::{Facts, Meaning, TargetPlace};
use crate::instances::Units;
use crate::types::{Type, TypeTable};
use nda_diagnostics::Span;
use nda_graph::types::Import;
use nda_graph::{Draft, Hash, Mode, NdaNode, Range, Signature, Slot, Target, Ty};
use nda_syntax::tree::{
    Adapter, BlockId, ExprId, ExprKind, ForHead, ForId, ForVariable, PatternId, StmtKind, Symbol, Tree,
};
use rustc_hash::FxHashMap;

/// What lowering keeps from one body to the next: memory only.
#[derive(Default, Debug)]
pub(crate) struct Memory {
    pub(crate) nodes: Vec<NdaNode>,
    pub(crate) spans: Vec<Span>,
    pub(crate) slots: Vec<Ty>,
    /// Where the source's name of each slot stands; empty where it has none.
    pub(crate) names: Vec<Span>,
    /// How many slots each `unpack` declares, in order.
    pub(crate) unpacked: Vec<u32>,
    /// Records that must stay `share`: their slot is borrowed by an operand that waits.
    pub(crate) pinned: Vec<u32>,
    /// By local: its slot.
    slot_of: Vec<Slot>,
    references: Vec<Reference>,
    /// By target: its index in `references`, plus one; of generic ones it stays 0.
    reference_of: Vec<u32>,
    /// By unit of a generic function: its index in `references`.
    instance_of: FxHashMap<usize, u32>,
    /// The same by hash: two targets may be one definition.
    reference_by_hash: FxHashMap<Hash, u32>,
    hosts: Vec<u32>,
    /// Object slots of the scopes that are open, innermost last.
    owned: Vec<Slot>,
    borrowed: Vec<Slot>,
    /// Variables that stand for places.
    aliases: Vec<aliases::Alias>,
    loops: Vec<Loop>,
    /// How many loops are open: those of `loops`, and those of chains that nothing jumps out of by name.
    open: u32,
    /// What is left to do at the end of the rounds that are open.
    afters: Vec<chain::After>,
    /// The parameters that are patterns: their locals, and those.
    pub(crate) taken_apart: Vec<(u32, PatternId)>,
    /// What the definition calls the types of the source's table.
    types: Import,
}

impl Memory {
    /// What the body that was lowered last refers to: targets and their hashes, where known.
    pub(crate) fn references(&self) -> impl Iterator<Item = (u32, Option<Hash>)> + '_ {
        self.references.iter().map(|reference| (reference.target, reference.hash))
    }
}

/// What a body refers to.
#[derive(Clone, Copy, Debug)]
struct Reference {
    target: u32,
    /// If it is of this source.
    unit: Option<usize>,
    hash: Option<Hash>,
}

#[derive(Clone, Copy, Debug)]
struct Loop {
    label: Option<Symbol>,
    /// What `break` leaves: which loop, and the slots in `owned` from where on end then.
    leaves: (u32, usize),
    /// The same for what `continue` goes on with.
    goes_on: (u32, usize),
    /// What `continue` must do first, in `afters`.
    afters: (usize, usize),
    /// Whether it runs once and only a label leaves it.
    is_block: bool,
}

/// The lowering of one body.
pub(crate) struct Lower<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) source: &'a str,
    pub(crate) facts: &'a Facts,
    /// That of the facts, which have none meanwhile.
    pub(crate) table: &'a mut TypeTable,
    pub(crate) draft: &'a mut Draft,
    pub(crate) memory: &'a mut Memory,
    /// By unit: its hash, if it has one already; members of the group being lowered have none.
    pub(crate) hashes: &'a [Option<Hash>],
    pub(crate) units: &'a Units,
    /// The first type parameter of the body's item, and what stands for it and those behind it.
    pub(crate) first_parameter: u32,
    pub(crate) args: &'a [Type],
    /// If the body is that of a function with `&mut self`.
    pub(crate) gives_back: Option<receivers::GivesBack>,
}

impl Lower<'_> {
    /// Starts a body; its parameters follow.
    pub(crate) fn begin(&mut self) {
        let memory = &mut *self.memory;
        memory.nodes.clear();
        memory.spans.clear();
        memory.slots.clear();
        memory.names.clear();
        memory.pinned.clear();
        memory.unpacked.clear();
        for reference in &memory.references {
            memory.reference_of[reference.target as usize] = 0;
        }
        memory.instance_of.clear();
        memory.reference_of.resize(self.facts.targets.len(), 0);
        memory.reference_by_hash.clear();
        memory.references.clear();
        memory.hosts.clear();
        memory.owned.clear();
        memory.borrowed.clear();
        memory.loops.clear();
        memory.open = 0;
        memory.afters.clear();
        memory.taken_apart.clear();
        memory.types = Import::default();
        memory.slot_of.resize(self.facts.locals.len(), Slot::MAX);
    }

    /// A parameter: where its name stands, and which local it is.
    pub(crate) fn parameter(&mut self, name: Span, local: u32, ty: Ty) {
        let slot = self.new_slot(ty, name);
        self.memory.slot_of[local as usize] = slot;
    }

    #[inline]
    pub(crate) fn emit(&mut self, node: NdaNode, span: Span) {
        self.memory.nodes.push(node);
        self.memory.spans.push(span);
    }

    fn new_slot(&mut self, ty: Ty, name: Span) -> Slot {
        let slot = self.memory.slots.len() as Slot;
        self.memory.slots.push(ty);
        self.memory.names.push(name);
        if ty.is_object() {
            self.memory.owned.push(slot);
        }
        slot
    }

    fn slot_of(&self, local: u32) -> Slot {
        self.memory.slot_of[local as usize]
    }

    /// The type of an expression, as the definition's records call it.
    fn ty(&mut self, expr: ExprId) -> Ty {
        self.graph_type(self.facts.types[expr.index()])
    }

    /// The same of any type.
    pub(crate) fn graph_type(&mut self, ty: Type) -> Ty {
        let ty = self.table.resolve(ty);
        if let Some(plain) = ty.to_plain() {
            return plain;
        }
        let ty = match self.args {
            [] => ty,
            args => self.table.substitute(ty, self.first_parameter, args),
        };
        let ty = self.table.graph_form(ty);
        self.draft.import(self.table.decls.graph().view(), ty, &mut self.memory.types)
    }

    fn diverges(&self, expr: ExprId) -> bool {
        self.table.resolve(self.facts.types[expr.index()]) == Type::NEVER
    }

    fn local(&self, expr: ExprId) -> Option<u32> {
        match self.facts.meaning(self.tree.unparen(expr)) {
            Meaning::Local(local) => Some(local),
            _ => None,
        }
    }

    /// The index by which records name the function that is called at `expr`.
    fn reference_at(&mut self, expr: ExprId, target: u32) -> u32 {
        let found = &self.facts.targets[target as usize];
        let (TargetPlace::Item(item), Some(args)) = (found.place, self.facts.instances.get(&expr)) else {
            return self.reference(target);
        };
        let args = self.table.instantiate(args, self.first_parameter, self.args);
        let unit = self.units.find(item, &args).expect("every call was looked at for its instance");
        if let Some(&index) = self.memory.instance_of.get(&unit) {
            return index;
        }
        let signature = found.signature(self.table, &args);
        let index =
            self.new_reference(Reference { target, unit: Some(unit), hash: self.hashes[unit] }, &signature);
        self.memory.instance_of.insert(unit, index);
        index
    }

    /// The index by which records name a function or constant that is not generic.
    fn reference(&mut self, target: u32) -> u32 {
        if let Some(index) = self.memory.reference_of[target as usize].checked_sub(1) {
            return index;
        }
        let found = &self.facts.targets[target as usize];
        let (unit, hash) = match found.place {
            TargetPlace::Committed(hash) => (None, Some(hash)),
            TargetPlace::Item(item) => (Some(item), self.hashes[item]),
        };
        let reference = Reference { target, unit, hash };
        let index = match &found.plain {
            Some(plain) => self.new_reference(reference, plain),
            None => {
                let signature = found.signature(self.table, &[]);
                self.new_reference(reference, &signature)
            }
        };
        if self.memory.references[index as usize].target == target {
            self.memory.reference_of[target as usize] = index + 1;
        }
        index
    }

    fn new_reference(&mut self, reference: Reference, signature: &Signature) -> u32 {
        let Reference { target, hash, .. } = reference;
        let memory = &mut *self.memory;
        if let Some(&index) = hash.and_then(|hash| memory.reference_by_hash.get(&hash)) {
            return index;
        }
        memory.references.push(reference);
        if let Some(hash) = hash {
            memory.reference_by_hash.insert(hash, memory.references.len() as u32 - 1);
        }
        let place = hash.map_or(Target::Member, Target::Hash);
        self.draft.reference(place, self.facts.targets[target as usize].is_constant, signature)
    }

    /// Which units the in-group references of the body point to.
    pub(crate) fn partners(&self) -> Vec<(u32, usize)> {
        let members = self.memory.references.iter().enumerate();
        members
            .filter(|(_, reference)| reference.hash.is_none())
            .filter_map(|(index, reference)| Some((index as u32, reference.unit?)))
            .collect()
    }

    // ----- blocks -----

    /// A block's value, owned; exactly one operand is left behind.
    pub(crate) fn block(&mut self, id: BlockId) {
        let mark = self.memory.owned.len();
        self.block_from(id, mark, false);
    }

    /// A function's body: its scope holds the parameters too.
    pub(crate) fn body(&mut self, id: BlockId) {
        self.block_from(id, 0, true);
    }

    fn block_from(&mut self, id: BlockId, mark: usize, is_body: bool) {
        let block = self.tree.block(id);
        let mut count = if is_body { self.take_parameters_apart() } else { 0 };
        let mut diverged = false;
        let mut moved = None;
        for index in block.stmts.range() {
            count += 1;
            if self.statement(index) {
                diverged = true;
                break;
            }
        }
        if !diverged {
            if let Some(tail) = block.tail {
                count += 1;
                self.owned(tail);
                diverged = self.diverges(tail);
                moved = self.moved_by(tail);
            } else if count == 0 {
                count += 1;
                self.emit(NdaNode::Unit, block.span);
            }
        }
        let end = Span::new(block.span.end.saturating_sub(1), block.span.end);
        if is_body && !diverged {
            count += self.give_back(end) - 1;
        }
        let drops = if diverged { 0 } else { self.drops(mark, moved, end) };
        self.memory.owned.truncate(mark);
        self.scope(count, drops, block.span);
    }

    /// Closes a sequence of `count` operands with `drops` behind them; one operand alone needs no record.
    fn scope(&mut self, count: u32, drops: u32, span: Span) {
        if count + drops > 1 {
            self.emit(NdaNode::Scope { count: count + drops, drops }, span);
        }
    }

    /// Releases the objects of the scopes from `mark` on, last declared first, but not of `moved`, which was just
    /// given away. The scopes stay open: a jump leaves them, but the code behind it does not.
    fn drops(&mut self, mark: usize, moved: Option<Slot>, span: Span) -> u32 {
        let mut count = 0;
        for index in (mark..self.memory.owned.len()).rev() {
            let slot = self.memory.owned[index];
            if moved != Some(slot) {
                self.emit(NdaNode::Drop { slot }, span);
                count += 1;
            }
        }
        count
    }

    /// One statement: one operand of type `()` or `!`. Whether control cannot go on behind it.
    fn statement(&mut self, index: usize) -> bool {
        let stmt = self.tree.stmts[index];
        match stmt.kind {
            StmtKind::Let { name, init, .. } => {
                let local = self.facts.lets[index];
                if self.diverges(init) {
                    // There is never a value to keep.
                    self.owned(init);
                } else if self.tree.name(name.symbol, self.source) == "_" {
                    self.effect(init);
                } else if self.names_place(local) {
                    self.let_place(local, init, stmt.span);
                } else {
                    let ty = self.graph_type(self.facts.locals[local as usize].ty);
                    self.owned(init);
                    let slot = self.new_slot(ty, name.span);
                    self.memory.slot_of[local as usize] = slot;
                    self.emit(NdaNode::Let { slot, ty }, stmt.span);
                }
                self.diverges(init)
            }
            StmtKind::LetPattern { pattern, init, otherwise, .. } => {
                self.let_pattern(pattern, init, otherwise, stmt.span);
                self.diverges(init)
            }
            StmtKind::Expr { expr, .. } => {
                self.effect(expr);
                self.diverges(expr)
            }
        }
    }

    /// Evaluates for the effect: one operand of type `()` or `!` is left behind.
    fn effect(&mut self, expr: ExprId) {
        let ty = self.ty(expr);
        if ty == Ty::UNIT || self.diverges(expr) {
            self.owned(expr);
        } else if !self.offer_thrown_away(expr) {
            self.read(expr, false);
            self.emit(NdaNode::Discard, self.tree.span(expr));
        }
    }

    // ----- control flow -----

    fn if_else(&mut self, expr: ExprId, cond: ExprId, then: BlockId, otherwise: Option<ExprId>) {
        let span = self.tree.span(expr);
        if self.has_let(cond) {
            return self.if_let(expr, cond, then, otherwise);
        }
        self.owned(cond);
        self.emit(NdaNode::Then, self.tree.span(cond));
        self.block(then);
        self.emit(NdaNode::Else, span);
        match otherwise {
            Some(otherwise) => self.owned(otherwise),
            None => self.emit(NdaNode::Unit, span),
        }
        self.emit(NdaNode::If, span);
    }

    fn while_loop(&mut self, expr: ExprId, label: Option<Symbol>, cond: ExprId, body: BlockId) {
        let span = self.tree.span(expr);
        if self.has_let(cond) {
            return self.while_let(expr, label, cond, body);
        }
        self.open_loop(label, self.memory.owned.len());
        self.emit(NdaNode::WhileBegin, span);
        self.owned(cond);
        self.emit(NdaNode::Do, self.tree.span(cond));
        self.block(body);
        self.close_loop();
        self.emit(NdaNode::While, span);
    }

    fn endless_loop(&mut self, expr: ExprId, label: Option<Symbol>, body: BlockId) {
        let span = self.tree.span(expr);
        let ty = if self.diverges(expr) { Ty::NEVER } else { self.ty(expr) };
        self.open_loop(label, self.memory.owned.len());
        self.emit(NdaNode::LoopBegin { ty }, span);
        self.block(body);
        self.close_loop();
        self.emit(NdaNode::Loop, span);
    }

    fn for_loop(&mut self, expr: ExprId, id: ForId) {
        let span = self.tree.span(expr);
        let written = self.tree.for_loop(id);
        let head = self.tree.span(written.written);
        if let ForHead::Each(list) = written.head
            && let Some(call) = self.places_call(list)
        {
            return self.for_places(expr, call, id);
        }
        if let ForHead::Each(list) = written.head
            && self.is_map(list)
        {
            return self.for_map(expr, list, id);
        }
        if let ForHead::Each(list) = written.head
            && (self.is_chain(list) || self.is_text_parts(list))
        {
            return self.for_chain(expr, list, id);
        }
        let name = match written.variable {
            ForVariable::Name { name, .. } => name.span,
            ForVariable::Pattern(_) => Span::default(),
        };
        let local = self.facts.fors[id.index()];
        let mark = self.memory.owned.len();
        let slot;
        let closer = match written.head {
            ForHead::Each(list) => {
                self.owned(list);
                let ty = self.ty(list).element().unwrap_or(Ty::UNIT);
                slot = self.new_slot(ty, name);
                self.emit(NdaNode::EachBegin { slot, ty }, head);
                NdaNode::Each
            }
            ForHead::Range { from, to, inclusive, adapters } => {
                self.owned(from);
                self.owned(to);
                let mut range = Range { inclusive, ..Range::default() };
                for &adapter in self.tree.adapters_of(adapters) {
                    match adapter {
                        Adapter::Rev => range.reversed = true,
                        Adapter::StepBy(step) => {
                            range.stepped = true;
                            self.owned(step);
                        }
                    }
                }
                slot = self.new_slot(Ty::I64, name);
                self.emit(NdaNode::ForBegin { slot, range }, head);
                NdaNode::For
            }
        };
        self.open_loop(written.label, mark);
        let bound = match written.variable {
            ForVariable::Name { .. } => {
                self.memory.slot_of[local as usize] = slot;
                0
            }
            ForVariable::Pattern(pattern) => self.bind_each(slot, pattern),
        };
        self.block(written.body);
        let block = self.tree.block(written.body);
        let end = Span::new(block.span.end.saturating_sub(1), block.span.end);
        let drops = self.drops(mark, None, end);
        self.memory.owned.truncate(mark);
        self.scope(bound + 1, drops, block.span);
        self.close_loop();
        self.emit(closer, span);
    }

    fn open_loop(&mut self, label: Option<Symbol>, mark: usize) {
        let target = (self.memory.open, mark);
        let afters = (self.memory.afters.len(), self.memory.afters.len());
        self.memory.loops.push(Loop { label, leaves: target, goes_on: target, afters, is_block: false });
        self.memory.open += 1;
    }

    /// A loop that runs once, which `break` and `continue` without a label do not see.
    fn open_block(&mut self, label: Option<Symbol>) {
        self.open_loop(label, self.memory.owned.len());
        if let Some(open) = self.memory.loops.last_mut() {
            open.is_block = true;
        }
    }

    fn close_loop(&mut self) {
        self.memory.loops.pop();
        self.memory.open -= 1;
    }

    /// `'label: { … }`: a loop that runs once.
    fn labelled(&mut self, expr: ExprId, label: Symbol, body: BlockId) {
        let span = self.tree.span(expr);
        let ty = if self.diverges(expr) { Ty::NEVER } else { self.ty(expr) };
        self.open_block(Some(label));
        self.emit(NdaNode::LoopBegin { ty }, span);
        self.block(body);
        if !self.block_diverges(body) {
            self.emit(NdaNode::Break { up: 0 }, span);
        }
        self.close_loop();
        self.emit(NdaNode::Loop, span);
    }

    /// Whether control cannot reach the end of a block.
    fn block_diverges(&self, id: BlockId) -> bool {
        let block = self.tree.block(id);
        let leaves = |stmt: &nda_syntax::tree::Stmt| match stmt.kind {
            StmtKind::Let { init, .. } | StmtKind::LetPattern { init, .. } => self.diverges(init),
            StmtKind::Expr { expr, .. } => self.diverges(expr),
        };
        self.tree.stmts_of(id).iter().any(leaves) || block.tail.is_some_and(|tail| self.diverges(tail))
    }

    fn target_loop(&self, label: Option<Symbol>) -> Loop {
        let loops = &self.memory.loops;
        let found = match label {
            None => loops.iter().rposition(|open| !open.is_block).unwrap_or(0),
            Some(_) => loops.iter().rposition(|open| open.label == label).unwrap_or(0),
        };
        loops[found]
    }

    /// How many loops further out than the innermost the loop of this index is.
    fn up(&self, index: u32) -> u32 {
        self.memory.open - 1 - index
    }

    fn jump(&mut self, expr: ExprId, value: Option<ExprId>, mark: usize, node: NdaNode) {
        let span = self.tree.span(expr);
        let mut moved = None;
        match value {
            Some(value) => {
                self.owned(value);
                moved = self.moved_by(value);
                if self.diverges(value) {
                    self.emit(node, span);
                    return;
                }
            }
            None => self.emit(NdaNode::Unit, span),
        }
        let count = if node == NdaNode::Return { self.give_back(span) } else { 1 };
        let drops = self.drops(mark, moved, span);
        self.scope(count, drops, span);
        self.emit(node, span);
    }

    fn continue_loop(&mut self, expr: ExprId, label: Option<Symbol>) {
        let span = self.tree.span(expr);
        let Loop { goes_on: (index, mark), afters: (first, end), .. } = self.target_loop(label);
        for after in (first..end).rev() {
            self.after(self.memory.afters[after]);
        }
        let drops = self.drops(mark, None, span);
        self.emit(NdaNode::Continue { up: self.up(index) }, span);
        self.scope((end - first) as u32 + drops + 1, 0, span);
    }

    /// The value of an expression, owned by whoever takes it.
    pub(crate) fn owned(&mut self, expr: ExprId) {
        // Two expressions of three are these, which need none of what the others need.
        match self.tree[expr].kind {
            // The magnitude of i64::MIN stands only under its minus, which is folded where that is.
            ExprKind::Int(magnitude) => {
                return self.emit(NdaNode::Int(magnitude as i64), self.tree.span(expr));
            }
            ExprKind::Name(_) => {
                if let Meaning::Local(local) = self.facts.meaning(expr) {
                    return self.load(local, self.tree.span(expr), Mode::Share);
                }
            }
            _ => {}
        }
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => self.owned(inner),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { cond, then, otherwise } => self.if_else(expr, cond, then, otherwise),
            ExprKind::While { label, cond, body } => self.while_loop(expr, label, cond, body),
            ExprKind::Loop { label, body } => self.endless_loop(expr, label, body),
            ExprKind::For(id) => self.for_loop(expr, id),
            ExprKind::Break { label, value, .. } => {
                let (index, mark) = self.target_loop(label).leaves;
                self.jump(expr, value, mark, NdaNode::Break { up: self.up(index) });
            }
            ExprKind::Continue { label, .. } => self.continue_loop(expr, label),
            ExprKind::Return(value) => self.jump(expr, value, 0, NdaNode::Return),
            ExprKind::Assign { op, place, value, .. } => self.assign(expr, op, place, value),
            ExprKind::Match(id) => self.match_expr(expr, id),
            ExprKind::Try(operand) => self.question(expr, operand),
            ExprKind::Labelled { label, body } => self.labelled(expr, label, body),
            _ => self.value(expr),
        }
    }

    #[inline]
    fn load(&mut self, local: u32, span: Span, mode: Mode) {
        if let Some((slot, steps)) = self.alias_of(local) {
            let steps = steps.to_vec();
            return self.load_along(slot, &steps, span, mode);
        }
        self.load_slot(self.slot_of(local), span, mode);
    }

    #[inline]
    fn load_slot(&mut self, slot: Slot, span: Span, mode: Mode) {
        let object = self.memory.slots[slot as usize].is_object();
        let mode = if object { mode } else { Mode::Copy };
        if mode == Mode::Share && self.memory.borrowed.contains(&slot) {
            self.memory.pinned.push(self.memory.nodes.len() as u32);
        }
        self.emit(NdaNode::Load { slot, mode }, span);
    }
}
