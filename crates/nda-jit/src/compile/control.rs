//! Conditions, branches and loops.

use super::emit::Label;
use super::shapes::Tree;
use super::{Compiled, FunctionCompiler, Sink};
use crate::code::Blame;
use crate::heads::{Bump, Head, Leaf, LoopWords};
use crate::number as n;
use crate::operand::{Expr, K, S};
use crate::steps::flow::{Advance, Again, CountInto, CountNext, CountStart, CountUp, EachNext, Tick};
use crate::steps::lists::{Do, Drop, Operands};
use nda_graph::{CompareOp, NdaNode, NodeId, Ty};
use std::marker::PhantomData;

/// A loop around the record being compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenLoop {
    /// Where breaks go.
    exit: Label,
    /// Where `continue` goes.
    next: Label,
    /// Where the loop's value goes.
    sink: Sink,
    /// How many owned objects waited when the body began.
    pending: usize,
    /// Whether the condition is being compiled: going round from there costs what entering the body would have.
    in_condition: bool,
    /// Among the heads of the unit, if it is a loop of the function's own body.
    head: Option<u32>,
}

/// Conditions longer than this are not repeated at the end of a loop.
const REPEATED: u32 = 24;

impl FunctionCompiler<'_, '_> {
    /// Jumps to `to` if the condition is `when`, else goes on. A jump pays for the loop body it enters, if asked.
    fn condition(&mut self, node: NodeId, to: Label, when: bool, charge: Option<Blame>) -> Compiled {
        match self.body.node(node) {
            NdaNode::Bool(value) => {
                if value == when {
                    self.jump_charged(to, charge);
                }
                Ok(())
            }
            NdaNode::Unary(nda_graph::UnaryOp::BNot) => {
                self.condition(self.body.operand(node, 0), to, !when, charge)
            }
            NdaNode::And | NdaNode::Or => {
                let (a, b) = (self.body.operand(node, 0), self.body.operand(node, 1));
                // `a && b` is false, and `a || b` true, as soon as one of them is.
                let decides = self.body.node(node) == NdaNode::Or;
                if when == decides {
                    self.condition(a, to, when, charge)?;
                    self.condition(b, to, when, charge)
                } else {
                    let skip = self.code.label();
                    self.condition(a, skip, decides, None)?;
                    self.condition(b, to, when, charge)?;
                    self.code.bind(skip);
                    Ok(())
                }
            }
            NdaNode::Scope { count, drops: 0 } => {
                let value = self.statements(node, count)?;
                self.condition(value, to, when, charge)
            }
            _ if self.body.ty(node) == Ty::NEVER => self.effect(node),
            NdaNode::Call { .. } if self.is_expression(node) => {
                let mark = self.registry.mark();
                let outer = self.begin_inlined(node, None)?;
                self.condition(self.body.root(), to, when, charge)?;
                self.end_inlined(outer);
                self.registry.give_back(mark);
                Ok(())
            }
            _ => {
                let mark = self.registry.mark();
                let trees = self.code.mark_trees();
                let tree = self.tree(node)?;
                self.fit_branch(tree, to, when, charge)?;
                self.code.drop_trees(trees);
                self.registry.give_back(mark);
                Ok(())
            }
        }
    }

    fn jump_charged(&mut self, to: Label, charge: Option<Blame>) {
        match charge {
            Some(blame) => {
                self.code.site(0, blame);
                self.code.jumping(Again { target: 0 }, to);
            }
            None => self.code.jump(to),
        }
    }

    pub(super) fn if_else(&mut self, node: NodeId, sink: Sink) -> Compiled {
        let (cond, then, otherwise) =
            (self.body.operand(node, 0), self.body.operand(node, 1), self.body.operand(node, 2));
        let (other, end) = (self.code.label(), self.code.label());
        let empty =
            self.body.node(otherwise) == NdaNode::Unit && !matches!(sink, Sink::Word(_) | Sink::Return);
        if self.choice(cond, then, sink, (!empty).then_some(end))? {
            if !empty {
                self.value(otherwise, sink)?;
            }
            self.code.bind(end);
            return Ok(());
        }
        self.condition(cond, other, false, None)?;
        self.value(then, sink)?;
        if !empty && sink != Sink::Return && self.body.ty(then) != Ty::NEVER {
            self.code.jump(end);
        }
        self.code.bind(other);
        if !empty {
            self.value(otherwise, sink)?;
        }
        self.code.bind(end);
        Ok(())
    }

    /// `a && b` or `a || b` as a value.
    pub(super) fn logical(&mut self, node: NodeId, dst: u16) -> Compiled {
        let (no, end) = (self.code.label(), self.code.label());
        self.condition(node, no, false, None)?;
        self.set_const(dst, 1);
        self.code.jump(end);
        self.code.bind(no);
        self.set_const(dst, 0);
        self.code.bind(end);
        Ok(())
    }

    fn open_loop(&mut self, next: Label, sink: Sink) -> Label {
        let exit = self.code.label();
        self.loops.push(OpenLoop {
            exit,
            next,
            sink,
            pending: self.pending.len(),
            in_condition: false,
            head: None,
        });
        exit
    }

    pub(super) fn endless(&mut self, node: NodeId, sink: Sink) -> Compiled {
        let (begin, body) = (self.body.operand(node, 0), self.body.operand(node, 1));
        // A value that is returned is put into a word first, because breaks need a place to go to.
        let mark = self.registry.mark();
        let ty = self.body.ty(node);
        let inner = match sink {
            Sink::Return if ty != Ty::NEVER && ty != Ty::UNIT => Sink::Word(self.take(1)?),
            Sink::Return => Sink::Nowhere,
            other => other,
        };
        let again = self.code.label();
        let exit = self.open_loop(again, inner);
        self.head([begin, begin, node], LoopWords::Nothing);
        self.code.bind(again);
        self.tick(begin);
        self.effect(body)?;
        self.code.jump(again);
        self.code.bind(exit);
        self.loops.pop();
        if sink == Sink::Return {
            self.release_pending(0);
            self.code.return_leaf(match inner {
                Sink::Word(word) => Tree::Slot(word),
                _ => Tree::Const(0),
            });
        }
        self.registry.give_back(mark);
        Ok(())
    }

    /// The innermost loop, which the records from `first` to `last` make up, is one whose frame may go on elsewhere.
    fn head(&mut self, [first, marker, last]: [NodeId; 3], words: LoopWords) {
        if self.around.is_some() {
            return;
        }
        let outer = self.loops.iter().rev().find_map(|open| open.head);
        let [first, marker, last] = [first, marker, last].map(|node| self.body.origins[node as usize]);
        let open = crate::heads::OpenLoop { marker, words };
        self.parts.heads.push(Head { function: self.scope, open, first, last, outer });
        let this = self.loops.last_mut().expect("it was just opened");
        this.head = Some(self.parts.heads.len() as u32 - 1);
    }

    /// The next step changes something with the round that it pays for.
    fn bump(&mut self, bump: Bump) {
        if self.around.is_none() {
            self.parts.bumps.push((self.code.position(), bump));
        }
    }

    fn tick(&mut self, node: NodeId) {
        self.code.site(0, self.blame(node));
        self.code.step(Tick);
    }

    pub(super) fn while_loop(&mut self, node: NodeId) -> Compiled {
        let operands = self.body.operands(node);
        let (begin, cond, marker, body) = (operands[0], operands[1], operands[2], operands[3]);
        let (next, top) = (self.code.label(), self.code.label());
        let exit = self.open_loop(next, Sink::Nowhere);
        self.head([begin, marker, node], LoopWords::Nothing);
        if marker - begin > REPEATED {
            self.code.bind(next);
            self.loop_condition(cond, exit, false, None)?;
            self.tick(marker);
            self.effect(body)?;
            self.code.jump(next);
        } else {
            // The condition stands twice, so that a round needs one jump.
            self.loop_condition(cond, exit, false, None)?;
            self.tick(marker);
            self.code.bind(top);
            if !self.advancing_body(body, cond, marker, top, next)? {
                self.code.bind(next);
                self.loop_condition(cond, top, true, Some(self.blame(marker)))?;
            }
        }
        self.code.bind(exit);
        self.loops.pop();
        Ok(())
    }

    /// The condition of the innermost loop.
    fn loop_condition(&mut self, node: NodeId, to: Label, when: bool, charge: Option<Blame>) -> Compiled {
        let this = self.loops.len() - 1;
        self.loops[this].in_condition = true;
        self.condition(node, to, when, charge)?;
        self.loops[this].in_condition = false;
        Ok(())
    }

    /// Compiles the body of a `while` loop. If it ends by counting the variable on that the condition looks at, and
    /// nothing jumps between the two, both are one step, which is emitted too; whether it was so.
    fn advancing_body(
        &mut self,
        body: NodeId,
        cond: NodeId,
        marker: NodeId,
        top: Label,
        next: Label,
    ) -> Result<bool, super::CompileError> {
        let Some(advance) = self.advance(body, cond) else {
            self.effect(body)?;
            return Ok(false);
        };
        let statements = match self.body.node(body) {
            NdaNode::Scope { .. } => self.body.operands(body).to_vec(),
            _ => vec![body],
        };
        let (last, before) = statements.split_last().expect("a body has a statement");
        for &statement in before {
            self.effect(statement)?;
        }
        if self.code.is_used(next) {
            self.effect(*last)?;
            return Ok(false);
        }
        self.code.bind(next);
        self.code.site(0, self.blame(marker));
        self.code.site(1, self.blame(advance.add));
        self.bump(Bump::Add(advance.counter, leaf_word(advance.by)));
        advance.emit(self.code, top);
        Ok(true)
    }

    /// `…; i += by` at the end of `body`, and `i op end` as the condition, on slots and constants.
    fn advance(&self, body: NodeId, cond: NodeId) -> Option<Advancing> {
        let last = match self.body.node(body) {
            NdaNode::Scope { drops: 0, .. } => *self.body.operands(body).last()?,
            _ => body,
        };
        let NdaNode::Store { slot } = self.body.node(last) else { return None };
        let add = self.body.operand(last, 0);
        if self.body.node(add) != NdaNode::Math(nda_graph::MathOp::Add) {
            return None;
        }
        let reads = NdaNode::Load { slot, mode: nda_graph::Mode::Copy };
        let by = self.leaf_of(self.body.operand(add, 1))?;
        let NdaNode::Compare { op, ty: Ty::I64 } = self.body.node(cond) else { return None };
        let end = self.leaf_of(self.body.operand(cond, 1))?;
        let matches = self.body.node(self.body.operand(add, 0)) == reads
            && self.body.node(self.body.operand(cond, 0)) == reads;
        let counter = self.registry.slot(slot);
        // A step that ends at itself, or counts by itself, would read its own result.
        let own = [by, end].iter().any(|leaf| matches!(leaf, Tree::Slot(word) if *word == counter));
        (matches && !own).then_some(Advancing { op, counter, by, end, add })
    }

    fn leaf_of(&self, node: NodeId) -> Option<Tree> {
        match self.body.node(node) {
            NdaNode::Int(value) => Some(Tree::Const(value as u64)),
            NdaNode::Load { slot, .. } => Some(Tree::Slot(self.registry.slot(slot))),
            _ => None,
        }
    }

    /// `for i in a..b` in all its forms.
    pub(super) fn counted(&mut self, node: NodeId) -> Compiled {
        let operands = self.body.operands(node).to_vec();
        let ends = operands.len() - 2;
        let (marker, body) = (operands[ends], operands[ends + 1]);
        let NdaNode::ForBegin { slot, range } = self.body.node(marker) else {
            unreachable!("`for` closes `for_begin`");
        };
        let variable = self.registry.slot(slot);
        let next = self.code.label();
        let simple = !range.reversed && !range.stepped && !self.body.changes[slot as usize];
        let rest_is_pure =
            |from: usize| operands[from..ends].iter().all(|&end| self.body.height(end) != u8::MAX);
        let pure_after_first = rest_is_pure(1);
        if simple {
            self.value(operands[0], Sink::Word(variable))?;
            let end = self.loop_end(operands[1])?;
            if self.body.ty(operands[0]) == Ty::NEVER || self.body.ty(operands[1]) == Ty::NEVER {
                return Ok(());
            }
            let exit = self.open_loop(next, Sink::Nowhere);
            self.head([marker, marker, node], LoopWords::Count { counter: variable, end: leaf_word(end) });
            let trees = self.code.mark_trees();
            let op = if range.inclusive { CompareOp::Le } else { CompareOp::Lt };
            let (a, b) = (self.code.tree(Tree::Slot(variable)), self.code.tree(end));
            self.fit_branch(Tree::Compare { op, float: false, a, b }, exit, false, None)?;
            self.code.drop_trees(trees);
            self.tick(marker);
            let top = self.code.label();
            self.code.bind(top);
            self.effect(body)?;
            self.code.bind(next);
            self.code.site(0, self.blame(marker));
            self.bump(Bump::Add(variable, Leaf::Const(1)));
            self.count_up(end, variable, range.inclusive, top);
            self.code.bind(exit);
            self.loops.pop();
            return Ok(());
        }
        let from = self.plain(operands[0], pure_after_first)?;
        let to = self.plain(operands[1], rest_is_pure(2))?;
        let step = if range.stepped { self.plain(operands[2], true)? } else { 0 };
        let state = self.take(3)?;
        let exit = self.open_loop(next, Sink::Nowhere);
        self.head([marker, marker, node], LoopWords::Stepped { state });
        self.code.site(0, self.blame(marker));
        self.bump(Bump::Other);
        let start = CountStart {
            target: 0,
            from,
            to,
            step,
            state,
            variable,
            inclusive: range.inclusive,
            reversed: range.reversed,
        };
        self.code.jumping(start, exit);
        let top = self.code.label();
        self.code.bind(top);
        self.effect(body)?;
        self.code.bind(next);
        self.code.site(0, self.blame(marker));
        self.bump(Bump::Next(state));
        self.code.jumping(CountNext { target: 0, state, variable }, top);
        self.code.bind(exit);
        self.loops.pop();
        Ok(())
    }

    /// The end of a counted loop, as something that the body does not change.
    fn loop_end(&mut self, node: NodeId) -> Result<Tree, super::CompileError> {
        match self.body.node(node) {
            NdaNode::Int(value) => Ok(Tree::Const(value as u64)),
            NdaNode::Load { slot, .. } if !self.body.changes[slot as usize] => {
                Ok(Tree::Slot(self.registry.slot(slot)))
            }
            _ => {
                let end = self.take(1)?;
                self.value(node, Sink::Word(end))?;
                Ok(Tree::Slot(end))
            }
        }
    }

    fn count_up(&mut self, end: Tree, counter: u16, inclusive: bool, top: Label) {
        match end {
            Tree::Const(bits) => self.count_up_to(K(bits as i64), counter, inclusive, top),
            Tree::Slot(end) => self.count_up_to(S::<i64>(end, PhantomData), counter, inclusive, top),
            _ => unreachable!("`loop_end` gives leaves"),
        }
    }

    fn count_up_to<E: Expr<Out = i64>>(&mut self, end: E, counter: u16, inclusive: bool, top: Label) {
        let target = 0;
        match (self.code.entered_at(top), inclusive) {
            (None, false) => self.code.jumping(CountUp::<E, false> { target, counter, end }, top),
            (None, true) => self.code.jumping(CountUp::<E, true> { target, counter, end }, top),
            (Some(levels), false) => {
                self.code.jumping(CountInto::<E, false> { target, counter, levels, end }, top);
            }
            (Some(levels), true) => {
                self.code.jumping(CountInto::<E, true> { target, counter, levels, end }, top);
            }
        }
    }

    /// `for x in xs`.
    pub(super) fn each(&mut self, node: NodeId) -> Compiled {
        let operands = self.body.operands(node);
        let (source, marker, body) = (operands[0], operands[1], operands[2]);
        let NdaNode::EachBegin { slot, ty } = self.body.node(marker) else {
            unreachable!("`each` closes `each_begin`");
        };
        let variable = self.registry.slot(slot);
        let words = self.take(2)?;
        let (list, position) = (words, words + 1);
        self.value(source, Sink::Word(list))?;
        if self.body.ty(source) == Ty::NEVER {
            return Ok(());
        }
        self.set_const(position, 0);
        // The loop owns its list; whoever jumps over the loop's end releases it.
        self.pending.push(list);
        let next = self.code.label();
        let exit = self.open_loop(next, Sink::Nowhere);
        self.head([marker, marker, node], LoopWords::Each { list, position });
        self.code.bind(next);
        self.code.site(0, self.blame(marker));
        let target = 0;
        match ty {
            _ if ty.is_object() => {
                let next = EachNext::<i64, true> { target, list, position, variable, element: PhantomData };
                self.code.jumping(next, exit);
            }
            Ty::BOOL => {
                let next = EachNext::<bool, false> { target, list, position, variable, element: PhantomData };
                self.code.jumping(next, exit);
            }
            _ => {
                let next = EachNext::<i64, false> { target, list, position, variable, element: PhantomData };
                self.code.jumping(next, exit);
            }
        }
        self.effect(body)?;
        self.code.jump(next);
        self.code.bind(exit);
        self.loops.pop();
        self.pending.pop();
        self.release(list);
        Ok(())
    }

    fn target(&self, up: u32) -> OpenLoop {
        self.loops[self.loops.len() - 1 - up as usize]
    }

    pub(super) fn leave_loop(&mut self, node: NodeId, up: u32) -> Compiled {
        let target = self.target(up);
        let value = self.body.operand(node, 0);
        self.value(value, target.sink)?;
        if self.body.ty(value) != Ty::NEVER {
            self.release_pending(target.pending);
            self.code.jump(target.exit);
        }
        Ok(())
    }

    pub(super) fn next_round(&mut self, node: NodeId, up: u32) -> Compiled {
        let target = self.target(up);
        if target.in_condition {
            self.tick(node);
        }
        self.release_pending(target.pending);
        self.code.jump(target.next);
        Ok(())
    }

    /// Releases the owned objects that wait above `from`; they go on waiting in the code behind the jump.
    pub(super) fn release_pending(&mut self, from: usize) {
        for index in (from..self.pending.len()).rev() {
            let word = self.pending[index];
            self.release(word);
        }
    }

    /// Gives up the object in a word.
    pub(super) fn release(&mut self, word: u16) {
        let operands = Operands { a: word, ..Operands::NONE };
        self.code.step(Do { operands, work: Drop });
    }
}

/// A leaf as the frame has it.
fn leaf_word(tree: Tree) -> Leaf {
    match tree {
        Tree::Slot(word) => Leaf::Word(word),
        Tree::Const(bits) => Leaf::Const(bits as i64),
        _ => unreachable!("ends and steps of loops are leaves"),
    }
}

/// What an [`Advance`] step is made of.
struct Advancing {
    op: CompareOp,
    counter: u16,
    by: Tree,
    end: Tree,
    /// The addition, which may overflow.
    add: NodeId,
}

impl Advancing {
    fn emit(&self, code: &mut super::emit::Emitter, top: Label) {
        match self.op {
            CompareOp::Eq => self.emit_op::<n::Eq>(code, top),
            CompareOp::Ne => self.emit_op::<n::Ne>(code, top),
            CompareOp::Lt => self.emit_op::<n::Lt>(code, top),
            CompareOp::Le => self.emit_op::<n::Le>(code, top),
            CompareOp::Gt => self.emit_op::<n::Gt>(code, top),
            CompareOp::Ge => self.emit_op::<n::Ge>(code, top),
        }
    }

    fn emit_op<O: n::Binary<A = i64, B = i64, Out = bool>>(
        &self,
        code: &mut super::emit::Emitter,
        top: Label,
    ) {
        let slot = |word| S::<i64>(word, PhantomData);
        let (target, counter, op) = (0, self.counter, PhantomData::<O>);
        match (self.by, self.end) {
            (Tree::Slot(by), Tree::Slot(end)) => {
                code.jumping(Advance { target, counter, by: slot(by), end: slot(end), op }, top);
            }
            (Tree::Slot(by), Tree::Const(end)) => {
                code.jumping(Advance { target, counter, by: slot(by), end: K(end as i64), op }, top);
            }
            (Tree::Const(by), Tree::Slot(end)) => {
                code.jumping(Advance { target, counter, by: K(by as i64), end: slot(end), op }, top);
            }
            (Tree::Const(by), Tree::Const(end)) => {
                code.jumping(Advance { target, counter, by: K(by as i64), end: K(end as i64), op }, top);
            }
            _ => unreachable!("`leaf_of` gives leaves"),
        }
    }
}
