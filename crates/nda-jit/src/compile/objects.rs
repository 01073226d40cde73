//! Text and lists: who owns what while they are read, built and changed.

use super::shapes::{self, Tree, Visit};
use super::{CompileError, Compiled, FunctionCompiler, Sink};
use crate::number as n;
use crate::operand::{Expr, K, S};
use crate::step::Captures;
use crate::steps::flow::Panic;
use crate::steps::lists::{self as work, Do, Operands, Work};
use crate::steps::places::{Change, Push, SetAt, UpdateAt, What};
use crate::steps::text;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, NodeId, PlaceOp, Slot, Ty};
use std::marker::PhantomData;

impl FunctionCompiler<'_, '_> {
    pub(super) fn work<W: Work>(&mut self, node: NodeId, mut operands: Operands) {
        if operands.ty.has_composite_base() {
            operands.layouts = self.layouts();
        }
        self.code.site(1, self.blame(node));
        self.code.step(Do::<W> { operands, work: PhantomData });
    }

    /// An object in some word, and whether whoever reads it has to release it.
    pub(super) fn object(&mut self, node: NodeId) -> Result<(u16, bool), CompileError> {
        match self.body.node(node) {
            NdaNode::Load { slot, mode: Mode::Borrow } => Ok((self.registry.slot(slot), false)),
            NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow } => {
                let dst = self.take(1)?;
                self.borrow_element(node, dst)?;
                Ok((dst, false))
            }
            NdaNode::Field { mode: Mode::Borrow, .. } => {
                let dst = self.take(1)?;
                self.record(node, dst)?;
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

    /// An operand of a built-in: an object, or a plain value in a word.
    fn operand(&mut self, node: NodeId, rest: &[NodeId]) -> Result<(u16, bool), CompileError> {
        if self.body.ty(node).is_object() {
            return self.object(node);
        }
        let rest_is_pure = rest.iter().all(|&operand| self.fits(operand));
        Ok((self.plain(node, rest_is_pure)?, false))
    }

    /// The operands of a built-in in words, with what has to be released.
    fn operands(&mut self, node: NodeId) -> Result<Operands, CompileError> {
        let list = self.body.operands(node).to_vec();
        let mut operands = Operands::NONE;
        let pending = self.pending.len();
        for (index, &operand) in list.iter().enumerate() {
            let (word, owned) = self.operand(operand, &list[index + 1..])?;
            match index {
                0 => operands.a = word,
                1 => operands.b = word,
                _ => operands.c = word,
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
                self.work::<work::List>(node, Operands { a: first, dst, ty, count, ..Operands::NONE });
            }
            NdaNode::Joined { count } => {
                let first = self.elements(node, count, true)?;
                self.work::<text::Joined>(node, Operands { a: first, dst, count, ..Operands::NONE });
            }
            NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow } => self.borrow_element(node, dst)?,
            NdaNode::Builtin { op, .. } => {
                let mut operands = self.operands(node)?;
                operands.dst = dst;
                let first = self.body.ty(self.body.operand(node, 0));
                operands.ty = match op {
                    Builtin::Index | Builtin::Contains | Builtin::IndexOf | Builtin::Search => {
                        first.element().unwrap_or(Ty::UNIT)
                    }
                    _ => self.body.ty(node),
                };
                match op {
                    Builtin::Len => self.work::<work::Len>(node, operands),
                    Builtin::Index => self.work::<work::Index>(node, operands),
                    Builtin::Slice if first == Ty::STR => self.work::<text::Slice>(node, operands),
                    Builtin::SliceFrom if first == Ty::STR => self.work::<text::SliceFrom>(node, operands),
                    Builtin::Contains if first == Ty::STR => self.work::<text::Contains>(node, operands),
                    Builtin::Slice => self.work::<work::Slice>(node, operands),
                    Builtin::SliceFrom => self.work::<work::SliceFrom>(node, operands),
                    Builtin::Contains => self.work::<work::Contains>(node, operands),
                    Builtin::IndexOf => self.work::<work::IndexOf>(node, operands),
                    Builtin::Search => self.work::<work::Search>(node, operands),
                    Builtin::Concat => self.work::<work::Concat>(node, operands),
                    Builtin::Clamp => self.work::<work::Clamp>(node, operands),
                    Builtin::FClamp => self.work::<work::FClamp>(node, operands),
                    Builtin::Sum => self.work::<work::Sum>(node, operands),
                    Builtin::Product => self.work::<work::Product>(node, operands),
                    Builtin::FSum => self.work::<work::FSum>(node, operands),
                    Builtin::FProduct => self.work::<work::FProduct>(node, operands),
                    Builtin::Minimum => self.work::<work::Minimum>(node, operands),
                    Builtin::Maximum => self.work::<work::Maximum>(node, operands),
                    Builtin::FMinimum => self.work::<work::FMinimum>(node, operands),
                    Builtin::FMaximum => self.work::<work::FMaximum>(node, operands),
                    // What these take first becomes part of the result.
                    Builtin::Join | Builtin::Repeat => {
                        operands.owned &= !1;
                        if op == Builtin::Join {
                            self.work::<work::Join>(node, operands);
                        } else {
                            self.work::<work::Repeat>(node, operands);
                        }
                    }
                    Builtin::Print | Builtin::Panic | Builtin::Assert => {
                        unreachable!("these give no value");
                    }
                    _ => {
                        operands.count = op as u32;
                        operands.ty = first;
                        self.work::<text::Text>(node, operands);
                    }
                }
            }
            _ => unreachable!("`word` passes text, lists and built-ins"),
        }
        Ok(())
    }

    /// The operands of a record in words one behind the other, `objects` or not.
    fn elements(&mut self, node: NodeId, count: u32, objects: bool) -> Result<u16, CompileError> {
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
            NdaNode::Load { mode: Mode::Move, .. } => self.work::<work::Move>(node, operands),
            NdaNode::Load { mode: Mode::Share, .. } => self.work::<work::Share>(node, operands),
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
        self.code.step(Do::<work::Store> { operands, work: PhantomData });
    }

    pub(super) fn compare_objects(&mut self, node: NodeId, op: CompareOp, ty: Ty, dst: u16) -> Compiled {
        let mut operands = self.operands(node)?;
        operands.dst = dst;
        operands.ty = ty;
        operands.count = op as u32;
        self.work::<work::Compare>(node, operands);
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
                    self.work::<work::Print>(node, Operands { a, ty, ..Operands::NONE });
                    return Ok(());
                }
                let mut operands = self.operands(node)?;
                operands.ty = ty;
                self.work::<work::Print>(node, operands);
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
        let steps = if op.value_first() { &operands[op.extra()..] } else { &operands[..usize::from(depth)] };
        let ty = self.body.place_type(self.view, slot, steps);
        let in_list = self.body.slots[slot as usize].is_list();
        if op == PlaceOp::Set
            && in_list
            && depth == 1
            && !ty.is_object()
            && operands.iter().all(|&o| self.fits(o))
        {
            return self.set_element(node, slot, &operands);
        }
        let element = ty.element().unwrap_or(Ty::UNIT);
        if op == PlaceOp::Push && depth == 0 && !element.is_object() && self.fits(operands[0]) {
            return self.push(node, slot, operands[0]);
        }
        let indices = usize::from(depth);
        let (first_value, first_index) = if op.value_first() { (0, op.extra()) } else { (indices, 0) };
        let words = self.consecutive(&operands)?;
        let ty = match op {
            PlaceOp::SortByKeys | PlaceOp::SortByKeysDesc => self.body.ty(operands[first_value]),
            _ => ty,
        };
        self.code.site(1, self.blame(node));
        self.code.step(Change {
            what: What::Place(op),
            slot: self.registry.slot(slot),
            indices: words + first_index as u16,
            depth,
            values: words + first_value as u16,
            dst,
            ty,
        });
        Ok(())
    }

    /// Operands in words one behind the other.
    pub(super) fn consecutive(&mut self, operands: &[NodeId]) -> Result<u16, CompileError> {
        let words = self.take(operands.len().max(1) as u32)?;
        let pending = self.pending.len();
        for (index, &operand) in operands.iter().enumerate() {
            let word = words + index as u16;
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
        let in_list = self.body.slots[slot as usize].is_list();
        if in_list && depth == 1 && operands.iter().all(|&operand| self.fits(operand)) {
            let (value, index) = self.leaves(operands[0], operands[1])?;
            let list = self.registry.slot(slot);
            self.code.site(1, self.blame(node));
            if update_at(op, list, value, index, self.code) {
                return Ok(());
            }
            self.code.forget_sites();
        }
        let words = self.consecutive(&operands)?;
        self.code.site(1, self.blame(node));
        self.code.step(Change {
            what: What::Update(op),
            slot: self.registry.slot(slot),
            indices: words + 1,
            depth,
            values: words,
            dst: words,
            ty: op.result(),
        });
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
    match op {
        MathOp::Add => emit::<n::Add, i64>(list, value, index, code),
        MathOp::Sub => emit::<n::Sub, i64>(list, value, index, code),
        MathOp::Mul => emit::<n::Mul, i64>(list, value, index, code),
        MathOp::Xor => emit::<n::Xor, i64>(list, value, index, code),
        MathOp::FAdd => emit::<n::FAdd, f64>(list, value, index, code),
        MathOp::FSub => emit::<n::FSub, f64>(list, value, index, code),
        MathOp::FMul => emit::<n::FMul, f64>(list, value, index, code),
        _ => false,
    }
}
