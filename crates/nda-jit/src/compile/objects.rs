//! Text and lists: who owns what while they are read, built and changed.

use super::shapes::{self, Tree, Visit};
use super::{CompileError, Compiled, FunctionCompiler, Sink};
use crate::keys::with_kind;
use crate::layout::Typed;
use crate::number as n;
use crate::operand::{Expr, K, S};
use crate::step::Captures;
use crate::steps::flow::Panic;
use crate::steps::lists::{self as work, Do, Operands, Work};
use crate::steps::maps::{self, UpdateEntry};
use crate::steps::parts;
use crate::steps::places::{Change, Push, SetAt, UpdateAt, What};
use crate::steps::records::{SetField, UpdateField};
use crate::steps::text;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, NodeId, PlaceOp, Slot, Ty};
use std::marker::PhantomData;

impl FunctionCompiler<'_, '_> {
    pub(super) fn work<W: Work>(&mut self, node: NodeId, work: W, operands: Operands) {
        self.code.site(1, self.blame(node));
        self.code.step(Do { operands, work });
    }

    /// An object in some word, and whether whoever reads it has to release it.
    pub(super) fn object(&mut self, node: NodeId) -> Result<(u16, bool), CompileError> {
        match self.body.node(node) {
            NdaNode::Load { slot, mode: Mode::Borrow } => Ok((self.registry.slot(slot), false)),
            NdaNode::Builtin { op: Builtin::Index | Builtin::KeyAt, mode: Mode::Borrow } => {
                let dst = self.take(1)?;
                self.borrow_element(node, dst)?;
                Ok((dst, false))
            }
            NdaNode::Field { mode: Mode::Borrow, .. } => {
                let dst = self.take(1)?;
                self.field(node, dst)?;
                Ok((dst, false))
            }
            _ => {
                let dst = self.take(1)?;
                self.value(node, Sink::Word(dst))?;
                Ok((dst, true))
            }
        }
    }

    /// Puts an element that is only looked at into a word, counting no owner.
    fn borrow_element(&mut self, node: NodeId, dst: u16) -> Compiled {
        if self.map_parts(self.body.ty(self.body.operand(node, 0))).is_some() {
            return self.entry(node, dst);
        }
        let (list, _) = self.object(self.body.operand(node, 0))?;
        let trees = self.code.mark_trees();
        let index = self.tree(self.body.operand(node, 1))?;
        let index = self.code.tree(index);
        // A word is a word: nobody counts owners of an `i64`.
        let (class, node) = (shapes::class(self.body.ty(node)), self.blame(node));
        self.fit_set(dst, Tree::At { list, index, class, node }, class)?;
        self.code.drop_trees(trees);
        Ok(())
    }

    /// The key or the value at a position of a map, into a word.
    fn entry(&mut self, node: NodeId, dst: u16) -> Compiled {
        let NdaNode::Builtin { op, mode } = self.body.node(node) else {
            unreachable!("only built-ins come here");
        };
        let operands = self.operands(node)?;
        let part = if op == Builtin::KeyAt { maps::Part::Key } else { maps::Part::Value };
        let at = maps::At { part, share: mode == Mode::Share };
        self.work(node, at, Operands { dst, ..operands });
        Ok(())
    }

    /// An operand of a built-in: an object, or a plain value in a word.
    pub(super) fn operand(&mut self, node: NodeId, rest: &[NodeId]) -> Result<(u16, bool), CompileError> {
        if self.body.ty(node).is_object() {
            return self.object(node);
        }
        let rest_is_pure = rest.iter().all(|&operand| self.fits(operand));
        Ok((self.plain(node, rest_is_pure)?, false))
    }

    /// The operands of a built-in in words, with what has to be released; a fourth, which is no object, is in the word `count`.
    pub(super) fn operands(&mut self, node: NodeId) -> Result<Operands, CompileError> {
        let list = self.body.operands(node).to_vec();
        let mut operands = Operands::NONE;
        let pending = self.pending.len();
        for (index, &operand) in list.iter().enumerate() {
            let (word, owned) = self.operand(operand, &list[index + 1..])?;
            match index {
                0 => operands.a = word,
                1 => operands.b = word,
                2 => operands.c = word,
                _ => operands.count = word.into(),
            }
            if owned {
                operands.owned |= 1 << index;
                self.pending.push(word);
            }
        }
        self.pending.truncate(pending);
        Ok(operands)
    }

    /// Text, lists and built-ins that give a value.
    pub(super) fn built(&mut self, node: NodeId, dst: u16) -> Compiled {
        match self.body.node(node) {
            NdaNode::Text { start, len } => {
                let bits = self.parts.literals.text(self.view.text(start, len));
                self.set_const(dst, bits);
            }
            NdaNode::List { count, ty } => {
                let first = self.elements(node, count, ty.element().is_some_and(Ty::is_object))?;
                self.work(node, work::List, Operands { a: first, dst, ty, count, ..Operands::NONE });
            }
            NdaNode::Joined { count } => {
                let first = self.elements(node, count, true)?;
                self.work(node, text::Joined, Operands { a: first, dst, count, ..Operands::NONE });
            }
            NdaNode::Builtin { op: Builtin::Index | Builtin::KeyAt, mode: Mode::Borrow } => {
                self.borrow_element(node, dst)?;
            }
            NdaNode::Builtin { op: Builtin::KeyAt, .. } => self.entry(node, dst)?,
            NdaNode::Builtin { op: Builtin::Index, .. }
                if self.map_parts(self.body.ty(self.body.operand(node, 0))).is_some() =>
            {
                self.entry(node, dst)?;
            }
            NdaNode::Builtin { op: Builtin::Index, mode: Mode::Copy }
                if matches!(
                    self.body.node(self.body.operand(node, 0)),
                    NdaNode::Field { mode: Mode::Borrow, .. }
                ) =>
            {
                self.borrow_element(node, dst)?;
            }
            NdaNode::Builtin { op, .. } => {
                let mut operands = self.operands(node)?;
                operands.dst = dst;
                let first = self.body.ty(self.body.operand(node, 0));
                operands.ty = match op {
                    Builtin::Index | Builtin::Contains | Builtin::IndexOf => {
                        first.element().unwrap_or(Ty::UNIT)
                    }
                    Builtin::Search | Builtin::Locate => first,
                    _ => self.body.ty(node),
                };
                match op {
                    Builtin::Len => self.work(node, work::Len, operands),
                    Builtin::Index => self.work(node, work::Index, operands),
                    Builtin::Slice if first == Ty::STR => self.work(node, text::Slice, operands),
                    Builtin::SliceFrom if first == Ty::STR => self.work(node, text::SliceFrom, operands),
                    Builtin::WordAt => self.work(node, parts::WordAt, operands),
                    Builtin::NextWord => self.work(node, parts::NextWord, operands),
                    Builtin::Contains if first == Ty::STR => self.work(node, text::Contains, operands),
                    Builtin::Slice => self.work(node, work::Slice, operands),
                    Builtin::SliceFrom => self.work(node, work::SliceFrom, operands),
                    Builtin::Contains => {
                        self.work(node, work::Contains { layouts: self.layouts() }, operands)
                    }
                    Builtin::IndexOf => self.work(node, work::IndexOf { layouts: self.layouts() }, operands),
                    Builtin::Search | Builtin::Locate => {
                        let (layouts, must_find) = (self.layouts(), op == Builtin::Locate);
                        with_kind!(Typed::new(self.layouts.as_ref(), first), K, {
                            let kind = PhantomData::<K>;
                            self.work(node, maps::Search { layouts, must_find, kind }, operands);
                        });
                    }
                    Builtin::Keys => self.work(node, maps::All { part: maps::Part::Key }, operands),
                    Builtin::Values => self.work(node, maps::All { part: maps::Part::Value }, operands),
                    Builtin::Concat => self.work(node, work::Concat, operands),
                    Builtin::Clamp => self.work(node, work::Clamp, operands),
                    Builtin::FClamp => self.work(node, work::FClamp, operands),
                    Builtin::Sum => self.work(node, work::Sum, operands),
                    Builtin::Product => self.work(node, work::Product, operands),
                    Builtin::FSum => self.work(node, work::FSum, operands),
                    Builtin::FProduct => self.work(node, work::FProduct, operands),
                    Builtin::Minimum => self.work(node, work::Minimum, operands),
                    Builtin::Maximum => self.work(node, work::Maximum, operands),
                    Builtin::FMinimum => self.work(node, work::FMinimum, operands),
                    Builtin::FMaximum => self.work(node, work::FMaximum, operands),
                    // What these take first becomes part of the result.
                    Builtin::Join | Builtin::Repeat => {
                        operands.owned &= !1;
                        if op == Builtin::Join {
                            self.work(node, work::Join, operands);
                        } else {
                            self.work(node, work::Repeat, operands);
                        }
                    }
                    Builtin::Print | Builtin::Panic | Builtin::Assert => {
                        unreachable!("these give no value");
                    }
                    _ => {
                        operands.count = op as u32;
                        operands.ty = first;
                        self.work(node, text::Text { layouts: self.layouts() }, operands);
                    }
                }
            }
            _ => unreachable!("`word` passes text, lists and built-ins"),
        }
        Ok(())
    }

    /// The operands of a record in words one behind the other, `objects` or not.
    pub(super) fn elements(&mut self, node: NodeId, count: u32, objects: bool) -> Result<u16, CompileError> {
        let first = self.take(count.max(1))?;
        let pending = self.pending.len();
        for index in 0..count {
            let word = first + index as u16;
            self.value(self.body.operand(node, index as usize), Sink::Word(word))?;
            if objects {
                self.pending.push(word);
            }
        }
        self.pending.truncate(pending);
        Ok(first)
    }

    pub(super) fn load_object(&mut self, slot: Slot, dst: u16, node: NodeId) {
        let a = self.registry.slot(slot);
        let operands = Operands { a, dst, ..Operands::NONE };
        match self.body.node(node) {
            NdaNode::Load { mode: Mode::Move, .. } => self.work(node, work::Move, operands),
            NdaNode::Load { mode: Mode::Share, .. } => self.work(node, work::Share, operands),
            // A borrowed word is copied as it is.
            _ => self.code.set_leaf(dst, Tree::Slot(a)),
        }
    }

    pub(super) fn drop_object(&mut self, slot: Slot) {
        let word = self.registry.slot(slot);
        self.release(word);
    }

    pub(super) fn store_object(&mut self, from: u16, to: u16) {
        let operands = Operands { a: from, dst: to, ..Operands::NONE };
        self.code.step(Do { operands, work: work::Store });
    }

    pub(super) fn compare_objects(&mut self, node: NodeId, op: CompareOp, ty: Ty, dst: u16) -> Compiled {
        let mut operands = self.operands(node)?;
        operands.dst = dst;
        operands.ty = ty;
        operands.count = op as u32;
        self.work(node, work::Compare { layouts: self.layouts() }, operands);
        Ok(())
    }

    /// `print`, `panic`, `assert`, and whatever else has an operand that never comes.
    pub(super) fn effect_builtin(&mut self, node: NodeId, op: Builtin) -> Compiled {
        let first = self.body.operand(node, 0);
        match op {
            Builtin::Print => {
                let ty = self.body.ty(first);
                if ty == Ty::UNIT {
                    // There is a value to print after all.
                    self.effect(first)?;
                    let a = self.take(1)?;
                    self.set_const(a, 0);
                    self.work(
                        node,
                        work::Print { layouts: self.layouts() },
                        Operands { a, ty, ..Operands::NONE },
                    );
                    return Ok(());
                }
                let mut operands = self.operands(node)?;
                operands.ty = ty;
                self.work(node, work::Print { layouts: self.layouts() }, operands);
            }
            Builtin::Panic => {
                let (text, _) = self.object(first)?;
                self.code.site(0, self.blame(node));
                self.code.step(Panic { text });
            }
            Builtin::Assert => {
                let words = self.operands(node)?;
                let fine = self.code.label();
                self.fit_branch(Tree::Slot(words.a), fine, true, None)?;
                self.code.site(0, self.blame(node));
                self.code.step(Panic { text: words.b });
                self.code.bind(fine);
                if words.owned & 2 != 0 {
                    self.release(words.b);
                }
            }
            _ => {
                let dst = self.take(1)?;
                self.built(node, dst)?;
            }
        }
        Ok(())
    }

    // ----- places -----

    /// A change of a place that is no assignment of a whole variable.
    pub(super) fn place(&mut self, node: NodeId, dst: u16) -> Compiled {
        let NdaNode::Place { op, slot, depth } = self.body.node(node) else {
            unreachable!("only places come here");
        };
        let operands = self.body.operands(node).to_vec();
        let (value_at, steps_at) = if op.value_first() { (0, op.extra()) } else { (depth.into(), 0) };
        let (ty, fields) = self.places(slot, &operands[steps_at..steps_at + usize::from(depth)]);
        let element = ty.element().unwrap_or(Ty::UNIT);
        let in_list = self.body.slots[slot as usize].is_list();
        match (op, &fields[..]) {
            (PlaceOp::Set, [None])
                if in_list && !ty.is_object() && operands.iter().all(|&o| self.fits(o)) =>
            {
                return self.set_element(node, slot, &operands);
            }
            (PlaceOp::Set, &[Some(place)]) if !ty.is_object() && self.fits(operands[0]) => {
                return self.set_field(node, slot, operands[0], place);
            }
            (PlaceOp::Set, &[None, Some(place)])
                if in_list
                    && !ty.is_object()
                    && self.fits(operands[0])
                    && let Some(field) = self.element_field(slot, operands[1], place) =>
            {
                return self.set_element_field(node, operands[0], field);
            }
            (PlaceOp::Push, []) if !element.is_object() && self.fits(operands[0]) => {
                return self.push(node, slot, operands[0]);
            }
            (PlaceOp::Put, []) => return self.put(node, slot, &operands),
            _ => {}
        }
        let ty = match op {
            PlaceOp::SortByKeys | PlaceOp::SortByKeysDesc => self.body.ty(operands[value_at]),
            _ => ty,
        };
        let words = self.consecutive(&operands, steps_at, &fields)?;
        self.code.site(1, self.blame(node));
        self.code.step(Change {
            what: What::Place(op),
            slot: self.registry.slot(slot),
            indices: words + steps_at as u16,
            depth,
            values: words + value_at as u16,
            dst,
            ty,
            layouts: self.layouts(),
        });
        Ok(())
    }

    /// Operands in words one behind the other. Those from `steps_at` on lead to a place: of a field's only where it lies
    /// matters.
    fn consecutive(
        &mut self,
        operands: &[NodeId],
        steps_at: usize,
        fields: &[Option<u16>],
    ) -> Result<u16, CompileError> {
        let words = self.take(operands.len().max(1) as u32)?;
        let pending = self.pending.len();
        for (index, &operand) in operands.iter().enumerate() {
            let word = words + index as u16;
            let step = index.checked_sub(steps_at).and_then(|step| fields.get(step));
            if let Some(&Some(place)) = step {
                self.set_const(word, place.into());
                continue;
            }
            self.value(operand, Sink::Word(word))?;
            if self.body.ty(operand).is_object() {
                self.pending.push(word);
            }
        }
        self.pending.truncate(pending);
        Ok(words)
    }

    pub(super) fn update(&mut self, node: NodeId, op: MathOp, slot: Slot, depth: u8) -> Compiled {
        let operands = self.body.operands(node).to_vec();
        let (_, fields) = self.places(slot, &operands[1..]);
        if let &[field] = &fields[..]
            && operands.iter().all(|&operand| self.fits(operand))
        {
            let holder = self.registry.slot(slot);
            let is_map = self.map_parts(self.body.slots[slot as usize]).is_some();
            let emitted = match field {
                None if is_map => {
                    let (value, position) = self.leaves(operands[0], operands[1])?;
                    self.code.site(1, self.blame(node));
                    update_entry(op, holder, value, position, self.code)
                }
                None => {
                    let (value, index) = self.leaves(operands[0], operands[1])?;
                    self.code.site(1, self.blame(node));
                    update_at(op, holder, value, index, self.code)
                }
                Some(place) => {
                    let trees = self.code.mark_trees();
                    let value = self.tree(operands[0])?;
                    let value = self.leaf(value, operands[0])?;
                    self.code.drop_trees(trees);
                    self.code.site(1, self.blame(node));
                    update_field(op, holder, place, value, self.code)
                }
            };
            if emitted {
                return Ok(());
            }
            self.code.forget_sites();
        }
        if let &[None, Some(place)] = &fields[..]
            && self.body.slots[slot as usize].is_list()
            && self.fits(operands[0])
            && let Some(field) = self.element_field(slot, operands[1], place)
            && self.update_element_field(node, op, operands[0], field)?
        {
            return Ok(());
        }
        let words = self.consecutive(&operands, 1, &fields)?;
        self.code.site(1, self.blame(node));
        self.code.step(Change {
            what: What::Update(op),
            slot: self.registry.slot(slot),
            indices: words + 1,
            depth,
            values: words,
            dst: words,
            ty: op.result(),
            layouts: self.layouts(),
        });
        Ok(())
    }

    fn set_field(&mut self, node: NodeId, slot: Slot, value: NodeId, place: u16) -> Compiled {
        let record = self.registry.slot(slot);
        let trees = self.code.mark_trees();
        let tree = self.tree(value)?;
        let tree = self.leaf(tree, value)?;
        self.code.site(1, self.blame(node));
        match tree {
            Tree::Slot(from) => {
                self.code.step(SetField { record, place, value: S::<i64>(from, PhantomData) })
            }
            Tree::Const(bits) => self.code.step(SetField { record, place, value: K(bits as i64) }),
            _ => unreachable!("`leaf` gives leaves"),
        };
        self.code.drop_trees(trees);
        Ok(())
    }

    /// Two pure operands as slots or constants, the first evaluated first.
    fn leaves(&mut self, a: NodeId, b: NodeId) -> Result<(Tree, Tree), CompileError> {
        let trees = self.code.mark_trees();
        let (left, right) = (self.tree(a)?, self.tree(b)?);
        let left = self.leaf(left, a)?;
        let right = self.leaf(right, b)?;
        self.code.drop_trees(trees);
        Ok((left, right))
    }

    fn set_element(&mut self, node: NodeId, slot: Slot, operands: &[NodeId]) -> Compiled {
        let list = self.registry.slot(slot);
        let trees = self.code.mark_trees();
        let (value, index) = (self.tree(operands[0])?, self.tree(operands[1])?);
        // The value is evaluated first: unless it is a leaf it goes into a temporary. So does an index that does not fit.
        let value = self.leaf(value, operands[0])?;
        self.code.site(1, self.blame(node));
        let at = self.code.position();
        let bools = self.body.ty(operands[0]) == Ty::BOOL;
        if set_at(list, bools, value, index, self.code) {
            self.code.tree_sites(at, index, 3);
        } else {
            self.code.forget_sites();
            let index = self.leaf(index, operands[1])?;
            self.code.site(1, self.blame(node));
            set_at(list, bools, value, index, self.code);
        }
        self.code.drop_trees(trees);
        Ok(())
    }

    fn put(&mut self, node: NodeId, slot: Slot, operands: &[NodeId]) -> Compiled {
        let key = self.consecutive(operands, operands.len(), &[])?;
        let (map, ty, layouts) = (self.registry.slot(slot), self.body.slots[slot as usize], self.layouts());
        let operands = Operands { a: map, b: key, ty, ..Operands::NONE };
        with_kind!(Typed::new(self.layouts.as_ref(), ty), K, {
            self.work(node, maps::Put { layouts, kind: PhantomData::<K> }, operands);
        });
        Ok(())
    }

    fn push(&mut self, node: NodeId, slot: Slot, value: NodeId) -> Compiled {
        let list = self.registry.slot(slot);
        let trees = self.code.mark_trees();
        let tree = self.tree(value)?;
        let tree = self.leaf(tree, value)?;
        self.code.site(1, self.blame(node));
        match tree {
            Tree::Slot(from) => self.code.step(Push { list, value: S::<i64>(from, PhantomData) }),
            Tree::Const(bits) => self.code.step(Push { list, value: K(bits as i64) }),
            _ => unreachable!("`leaf` gives leaves"),
        };
        self.code.drop_trees(trees);
        Ok(())
    }
}

struct SetAtSink<'b, V> {
    buffer: &'b mut super::emit::Buffer,
    list: u16,
    value: V,
}

impl<V: Expr> Visit<i64> for SetAtSink<'_, V> {
    fn visit<E: Expr<Out = i64>>(self, index: E) {
        self.buffer.step(SetAt { list: self.list, value: self.value, index });
    }
}

/// Emits `list[index] = value` for a value that is a leaf; whether there is such a step.
fn set_at(list: u16, bools: bool, value: Tree, index: Tree, code: &mut super::emit::Emitter) -> bool {
    fn emit<T: n::Word>(list: u16, value: Tree, index: Tree, code: &mut super::emit::Emitter) -> bool {
        let (buffer, trees) = code.split();
        match value {
            Tree::Slot(from) => {
                let value = S::<T>(from, PhantomData);
                shapes::index(trees, index, SetAtSink { buffer, list, value })
            }
            Tree::Const(bits) => {
                let value = K(T::from_bits(bits));
                shapes::index(trees, index, SetAtSink { buffer, list, value })
            }
            _ => false,
        }
    }
    match bools {
        true => emit::<bool>(list, value, index, code),
        false => emit::<i64>(list, value, index, code),
    }
}

/// Calls `$emit` for the operators that programs update with.
macro_rules! common {
    ($op:expr, $emit:ident($($arg:expr),*)) => {
        match $op {
            MathOp::Add => $emit::<n::Add, i64>($($arg),*),
            MathOp::Sub => $emit::<n::Sub, i64>($($arg),*),
            MathOp::Mul => $emit::<n::Mul, i64>($($arg),*),
            MathOp::Xor => $emit::<n::Xor, i64>($($arg),*),
            MathOp::FAdd => $emit::<n::FAdd, f64>($($arg),*),
            MathOp::FSub => $emit::<n::FSub, f64>($($arg),*),
            MathOp::FMul => $emit::<n::FMul, f64>($($arg),*),
            _ => false,
        }
    };
}

/// Emits `list[index] op= value` on leaves for the operators that programs update with; whether there is such a step.
fn update_at(op: MathOp, list: u16, value: Tree, index: Tree, code: &mut super::emit::Emitter) -> bool {
    fn emit<O, T>(list: u16, value: Tree, index: Tree, code: &mut super::emit::Emitter) -> bool
    where
        O: n::Binary<A = T, B = T, Out = T>,
        T: n::Word,
    {
        fn step<C: Captures>(captures: C, code: &mut super::emit::Emitter) -> bool {
            code.step(captures);
            true
        }
        let op = PhantomData::<O>;
        let slot = |at| S::<i64>(at, PhantomData);
        match (value, index) {
            (Tree::Slot(value), Tree::Slot(index)) => {
                step(UpdateAt { list, value: S::<T>(value, PhantomData), index: slot(index), op }, code)
            }
            (Tree::Const(value), Tree::Slot(index)) => {
                step(UpdateAt { list, value: K(T::from_bits(value)), index: slot(index), op }, code)
            }
            _ => false,
        }
    }
    common!(op, emit(list, value, index, code))
}

/// Emits `map[position] op= value` on leaves for the operators that programs update with; whether there is such a step.
fn update_entry(op: MathOp, map: u16, value: Tree, position: Tree, code: &mut super::emit::Emitter) -> bool {
    fn emit<O, T>(map: u16, value: Tree, position: Tree, code: &mut super::emit::Emitter) -> bool
    where
        O: n::Binary<A = T, B = T, Out = T>,
        T: n::Word,
    {
        let op = PhantomData::<O>;
        match (value, position) {
            (Tree::Slot(value), Tree::Slot(position)) => {
                code.step(UpdateEntry { map, value: S::<T>(value, PhantomData), position, op });
            }
            (Tree::Const(value), Tree::Slot(position)) => {
                code.step(UpdateEntry { map, value: K(T::from_bits(value)), position, op });
            }
            _ => return false,
        }
        true
    }
    common!(op, emit(map, value, position, code))
}

/// Emits `record.field op= value` on a leaf for the operators that programs update with; whether there is such a step.
fn update_field(op: MathOp, record: u16, place: u16, value: Tree, code: &mut super::emit::Emitter) -> bool {
    fn emit<O, T>(record: u16, place: u16, value: Tree, code: &mut super::emit::Emitter) -> bool
    where
        O: n::Binary<A = T, B = T, Out = T>,
        T: n::Word,
    {
        let op = PhantomData::<O>;
        match value {
            Tree::Slot(value) => {
                code.step(UpdateField { record, place, value: S::<T>(value, PhantomData), op });
            }
            Tree::Const(bits) => {
                code.step(UpdateField { record, place, value: K(T::from_bits(bits)), op });
            }
            _ => return false,
        }
        true
    }
    common!(op, emit(record, place, value, code))
}
