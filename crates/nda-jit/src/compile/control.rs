//! Conditions, branches and loops.

use super::emit::Label;
use super::shapes::Tree;
use super::{Compiled, FunctionCompiler, Sink};
use crate::operand::{K, S};
use crate::steps::flow::{Again, CountNext, CountStart, CountUp, EachNext, Tick};
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
}

/// Conditions longer than this are not repeated at the end of a loop.
const REPEATED: u32 = 24;

impl FunctionCompiler<'_, '_> {
    /// Jumps to `to` if the condition is `when`, else goes on. A jump pays for the loop body it enters, if asked.
    fn condition(&mut self, node: NodeId, to: Label, when: bool, charge: Option<NodeId>) -> Compiled {
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
            _ if self.body.ty(node) == Ty::NEVER => self.effect(node),
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

    fn jump_charged(&mut self, to: Label, charge: Option<NodeId>) {
        match charge {
            Some(node) => {
                self.code.site(0, self.index, node);
                self.code.jumping(Again { target: 0 }, to);
            }
            None => self.code.jump(to),
        }
    }

    pub(super) fn if_else(&mut self, node: NodeId, sink: Sink) -> Compiled {
        let (cond, then, otherwise) =
            (self.body.operand(node, 0), self.body.operand(node, 1), self.body.operand(node, 2));
        let (other, end) = (self.code.label(), self.code.label());
        self.condition(cond, other, false, None)?;
        self.value(then, sink)?;
        let empty = self.body.node(otherwise) == NdaNode::Unit && !matches!(sink, Sink::Word(_) | Sink::Return);
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
        self.loops.push(OpenLoop { exit, next, sink, pending: self.pending.len() });
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

    fn tick(&mut self, node: NodeId) {
        self.code.site(0, self.index, node);
        self.code.step(Tick);
    }

    pub(super) fn while_loop(&mut self, node: NodeId) -> Compiled {
        let operands = self.body.operands(node);
        let (begin, cond, marker, body) = (operands[0], operands[1], operands[2], operands[3]);
        let (next, top) = (self.code.label(), self.code.label());
        let exit = self.open_loop(next, Sink::Nowhere);
        if marker - begin > REPEATED {
            self.code.bind(next);
            self.condition(cond, exit, false, None)?;
            self.tick(marker);
            self.effect(body)?;
            self.code.jump(next);
        } else {
            // The condition stands twice, so that a round needs one jump.
            self.condition(cond, exit, false, None)?;
            self.tick(marker);
            self.code.bind(top);
            self.effect(body)?;
            self.code.bind(next);
            self.condition(cond, top, true, Some(marker))?;
        }
        self.code.bind(exit);
        self.loops.pop();
        Ok(())
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
        let rest_is_pure = |from: usize| operands[from..ends].iter().all(|&end| self.body.height(end) != u8::MAX);
        let pure_after_first = rest_is_pure(1);
        if simple {
            self.value(operands[0], Sink::Word(variable))?;
            let end = self.loop_end(operands[1])?;
            if self.body.ty(operands[0]) == Ty::NEVER || self.body.ty(operands[1]) == Ty::NEVER {
                return Ok(());
            }
            let exit = self.open_loop(next, Sink::Nowhere);
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
            self.code.site(0, self.index, marker);
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
        self.code.site(0, self.index, marker);
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
        self.code.site(0, self.index, marker);
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
        let target = 0;
        match (end, inclusive) {
            (Tree::Const(bits), false) => {
                self.code.jumping(CountUp::<_, false> { target, counter, end: K(bits as i64) }, top);
            }
            (Tree::Const(bits), true) => {
                self.code.jumping(CountUp::<_, true> { target, counter, end: K(bits as i64) }, top);
            }
            (Tree::Slot(end), false) => {
                let end = S::<i64>(end, PhantomData);
                self.code.jumping(CountUp::<_, false> { target, counter, end }, top);
            }
            (Tree::Slot(end), true) => {
                let end = S::<i64>(end, PhantomData);
                self.code.jumping(CountUp::<_, true> { target, counter, end }, top);
            }
            _ => unreachable!("`loop_end` gives leaves"),
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
        self.code.bind(next);
        self.code.site(0, self.index, marker);
        if ty.is_object() {
            self.code.jumping(EachNext::<true> { target: 0, list, position, variable }, exit);
        } else {
            self.code.jumping(EachNext::<false> { target: 0, list, position, variable }, exit);
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

    pub(super) fn next_round(&mut self, up: u32) -> Compiled {
        let target = self.target(up);
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
        self.code.step(Do::<Drop> { operands, work: PhantomData });
    }
}
