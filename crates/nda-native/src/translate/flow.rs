//! Branches and loops.

use super::rejoin::Kept;
use super::{Done, Home, Translator, clif};
use crate::passes::Counter;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Type, Value, types};
use cranelift_frontend::Variable;
use nda_graph::{NdaNode, NodeId, Range, Ty, UnaryOp};
use nda_jit::runtime::{self, Cause};
use std::rc::Rc;

/// A loop around the record being translated.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenLoop {
    /// Where breaks go.
    pub(super) exit: Block,
    /// Where `continue` goes.
    pub(super) next: Block,
    /// How the value is held that breaks carry; none if it is `()` or never comes.
    carries: Option<Type>,
    /// Owned objects that waited when the body began.
    pending: usize,
    /// Whether the condition is being translated: going round from there costs what entering the body would have.
    in_condition: bool,
}

/// Conditions longer than this are not repeated at the end of a loop, whose rounds then pass its head.
const REPEATED: u32 = 24;

impl Translator<'_, '_> {
    /// Branches on a condition.
    pub(super) fn condition(&mut self, node: NodeId, yes: Block, no: Block) -> Done<()> {
        let body = Rc::clone(&self.scope.body);
        match body.node(node) {
            NdaNode::Bool(value) => {
                self.b.ins().jump(if value { yes } else { no }, &[]);
            }
            NdaNode::Unary(UnaryOp::BNot) => self.condition(body.operand(node, 0), no, yes)?,
            NdaNode::And | NdaNode::Or => {
                let rest = self.b.create_block();
                if body.node(node) == NdaNode::And {
                    self.condition(body.operand(node, 0), rest, no)?;
                } else {
                    self.condition(body.operand(node, 0), yes, rest)?;
                }
                self.go_on(rest);
                self.forget_fields();
                self.condition(body.operand(node, 1), yes, no)?;
            }
            _ => {
                let value = self.value_as(node, types::I8)?;
                self.b.ins().brif(value, yes, &[], no, &[]);
            }
        }
        Ok(())
    }

    pub(super) fn if_else(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let ty = body.ty(node);
        let carries = (ty != Ty::UNIT && ty != Ty::NEVER).then(|| clif(ty));
        let (yes, no, end) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let given = carries.map(|ty| self.b.append_block_param(end, ty));
        self.condition(body.operand(node, 0), yes, no)?;
        for (block, part) in [(yes, body.operand(node, 1)), (no, body.operand(node, 2))] {
            self.go_on(block);
            self.forget_fields();
            let value = self.value(part)?;
            match carries {
                Some(ty) => {
                    let value = self.cast_never(value, ty);
                    self.b.ins().jump(end, &[value.into()]);
                }
                None => {
                    self.b.ins().jump(end, &[]);
                }
            }
        }
        self.go_on(end);
        Ok(given.unwrap_or_else(|| self.int(0)))
    }

    /// `a && b` or `a || b` as a value.
    pub(super) fn logical(&mut self, node: NodeId) -> Done<Value> {
        let (yes, no, end) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let given = self.b.append_block_param(end, types::I8);
        self.condition(node, yes, no)?;
        for (block, value) in [(yes, 1), (no, 0)] {
            self.go_on(block);
            let value = self.b.ins().iconst(types::I8, value);
            self.b.ins().jump(end, &[value.into()]);
        }
        self.go_on(end);
        Ok(given)
    }

    fn open_loop(&mut self, carries: Option<Type>) -> OpenLoop {
        let (exit, next) = (self.b.create_block(), self.b.create_block());
        let pending = self.pending.len();
        let open = OpenLoop { exit, next, carries, pending, in_condition: false };
        self.scope.loops.push(open);
        self.forget_fields();
        open
    }

    pub(super) fn close_loop(&mut self, open: OpenLoop) {
        self.scope.loops.pop();
        self.go_on(open.exit);
        self.forget_fields();
    }

    pub(super) fn endless(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let (begin, inner) = (body.operand(node, 0), body.operand(node, 1));
        let ty = body.ty(node);
        let carries = (ty != Ty::UNIT && ty != Ty::NEVER).then(|| clif(ty));
        let open = self.open_loop(carries);
        let given = carries.map(|ty| self.b.append_block_param(open.exit, ty));
        self.at_head(begin);
        self.b.ins().jump(open.next, &[]);
        self.b.switch_to_block(open.next);
        self.charge(begin);
        self.value(inner)?;
        self.b.ins().jump(open.next, &[]);
        self.b.seal_block(open.next);
        self.close_loop(open);
        Ok(given.unwrap_or_else(|| self.int(0)))
    }

    pub(super) fn while_loop(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        let (begin, cond, marker, inner) = (operands[0], operands[1], operands[2], operands[3]);
        let open = self.open_loop(None);
        let round = self.b.create_block();
        if marker - begin > REPEATED {
            self.b.ins().jump(open.next, &[]);
            self.b.switch_to_block(open.next);
            self.loop_condition(cond, round, open.exit)?;
            self.go_on(round);
            self.at_head(marker);
            self.charge(marker);
            self.value(inner)?;
            self.b.ins().jump(open.next, &[]);
            self.b.seal_block(open.next);
        } else {
            // The condition stands twice, so that a round needs one jump.
            let first = self.b.create_block();
            self.loop_condition(cond, first, open.exit)?;
            self.go_on(first);
            self.at_head(marker);
            self.b.ins().jump(round, &[]);
            self.b.switch_to_block(round);
            self.charge(marker);
            self.value(inner)?;
            self.b.ins().jump(open.next, &[]);
            self.b.switch_to_block(open.next);
            self.loop_condition(cond, round, open.exit)?;
            self.b.seal_block(open.next);
            self.b.seal_block(round);
        }
        self.close_loop(open);
        Ok(self.int(0))
    }

    fn loop_condition(&mut self, cond: NodeId, round: Block, exit: Block) -> Done<()> {
        let this = self.scope.loops.len() - 1;
        self.scope.loops[this].in_condition = true;
        self.condition(cond, round, exit)?;
        self.forget_fields();
        self.scope.loops[this].in_condition = false;
        Ok(())
    }

    /// `for i in a..b` in all its forms.
    pub(super) fn counted(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        let (marker, inner) = (operands[operands.len() - 2], operands[operands.len() - 1]);
        let NdaNode::ForBegin { slot, range } = body.node(marker) else {
            unreachable!("`for` closes `for_begin`");
        };
        let from = self.value(operands[0])?;
        let to = self.value(operands[1])?;
        if range.reversed || range.stepped {
            let step = if range.stepped { Some(self.value(operands[2])?) } else { None };
            let stride = runtime::stride(&body, node);
            return self.stepped([marker, inner], slot, range, [from, to], step, stride);
        }
        if self.is_free_loop(marker, inner) {
            return self.counted_ahead([marker, inner], slot, range, from, to);
        }
        let open = self.open_unless_empty(range, from, to);
        let kept = [self.keep(marker, 0, from), self.keep(marker, 1, to)];
        self.at_head(marker);
        let from = self.kept(kept[0]);
        let counter = self.counter(slot, &body);
        self.b.def_var(counter, from);
        let round = self.round(open, [marker, inner], slot, counter, Some((kept, range.inclusive)))?;
        let to = self.kept(kept[1]);
        // Below the end nothing overflows: in an inclusive loop `now < to` says that one more round is due.
        let now = self.b.use_var(counter);
        let then = self.b.ins().iadd_imm_s(now, 1);
        let tested = if range.inclusive { now } else { then };
        let more = self.b.ins().icmp(IntCC::SignedLessThan, tested, to);
        self.b.def_var(counter, then);
        self.b.ins().brif(more, round, &[], open.exit, &[]);
        self.b.seal_block(round);
        self.close_loop(open);
        Ok(self.int(0))
    }

    /// Opens the loop over a range that has an element; without one, control goes behind the loop.
    pub(super) fn open_unless_empty(&mut self, range: Range, from: Value, to: Value) -> OpenLoop {
        let open = self.open_loop(None);
        let first = self.b.create_block();
        let goes_on = if range.inclusive { IntCC::SignedLessThanOrEqual } else { IntCC::SignedLessThan };
        let any = self.b.ins().icmp(goes_on, from, to);
        self.b.ins().brif(any, first, &[], open.exit, &[]);
        self.go_on(first);
        open
    }

    /// One round, which is paid for, with the number that `counter` holds, up to where the next is decided upon; the block to go back to,
    /// which is not sealed.
    fn round(
        &mut self,
        open: OpenLoop,
        [marker, inner]: [NodeId; 2],
        slot: u32,
        counter: Variable,
        numbers: Option<([Kept; 2], bool)>,
    ) -> Done<Block> {
        let round = self.b.create_block();
        self.b.ins().jump(round, &[]);
        self.b.switch_to_block(round);
        let now = self.b.use_var(counter);
        if let Some(([from, to], inclusive)) = numbers {
            let (from, to) = (self.kept(from), self.kept(to));
            self.facts.count(now, Counter { from, to, inclusive });
        }
        self.charge(marker);
        self.set_slot(slot, now);
        self.value(inner)?;
        self.b.ins().jump(open.next, &[]);
        self.go_on(open.next);
        Ok(round)
    }

    /// The variable that counts: the loop's own, unless the body changes it.
    pub(super) fn counter(&mut self, slot: u32, body: &nda_jit::runtime::Body) -> Variable {
        match self.scope.slots[slot as usize] {
            Home::Plain(variable) if !body.changes[slot as usize] => variable,
            _ => self.b.declare_var(types::I64),
        }
    }

    /// `stride` is how far its numbers are apart, if that is known.
    fn stepped(
        &mut self,
        [marker, inner]: [NodeId; 2],
        slot: u32,
        range: Range,
        [from, to]: [Value; 2],
        step: Option<Value>,
        stride: Option<i64>,
    ) -> Done<Value> {
        let step = step.unwrap_or_else(|| self.int(1));
        let low = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, step, 1);
        self.stop_if(low, Cause::Step, marker);
        let open = self.open_unless_empty(range, from, to);
        let last = if range.inclusive { to } else { self.b.ins().iadd_imm_s(to, -1) };
        // The distance between two i64 fits u64; the rounds after the first are counted.
        let span = self.b.ins().isub(last, from);
        let rounds = self.b.ins().udiv(span, step);
        let (start, distance) = if range.reversed { (last, self.b.ins().ineg(step)) } else { (from, step) };
        let numbers = (!self.is_rejoined(marker)).then(|| ([from.into(), to.into()], range.inclusive));
        let (left, value) = (self.carry(marker, 0, rounds), self.carry(marker, 1, start));
        let distance = self.keep(marker, 2, distance);
        self.at_head(marker);
        if let Some(stride) = stride.filter(|_| self.is_free_loop(marker, inner)) {
            let (now, more) = (self.b.use_var(value), self.b.use_var(left));
            let left_out = self.skip_rounds([marker, inner], slot, stride, [now, more], open.exit)?;
            if let Some(left_out) = left_out {
                let way = self.b.ins().imul_imm_s(left_out, stride);
                let then = self.b.ins().iadd(now, way);
                self.b.def_var(value, then);
                let fewer = self.b.ins().isub(more, left_out);
                self.b.def_var(left, fewer);
            }
        }
        let round = self.round(open, [marker, inner], slot, value, numbers)?;
        let distance = self.kept(distance);
        let rounds = self.b.use_var(left);
        let fewer = self.b.ins().iadd_imm_s(rounds, -1);
        self.b.def_var(left, fewer);
        let now = self.b.use_var(value);
        let then = self.b.ins().iadd(now, distance);
        self.b.def_var(value, then);
        self.b.ins().brif(rounds, round, &[], open.exit, &[]);
        self.b.seal_block(round);
        self.close_loop(open);
        Ok(self.int(0))
    }

    /// `for x in xs`.
    pub(super) fn each(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        let (source, marker, inner) = (operands[0], operands[1], operands[2]);
        let NdaNode::EachBegin { slot, ty } = body.node(marker) else {
            unreachable!("`each` closes `each_begin`");
        };
        let list = self.value(source)?;
        let known = self.header(list);
        let start = self.int(0);
        let position = self.carry(marker, 1, start);
        // The loop owns its list; whoever jumps over the loop's end releases it.
        let list = self.keep(marker, 0, list);
        self.pending.push(list);
        let open = self.open_loop(None);
        self.at_head(marker);
        self.b.ins().jump(open.next, &[]);
        self.b.switch_to_block(open.next);
        let at = self.b.use_var(position);
        let (data, len) = self.header_again(list, known);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, at, len);
        let round = self.b.create_block();
        self.b.ins().brif(more, round, &[], open.exit, &[]);
        self.go_on(round);
        self.charge(marker);
        let at = self.b.use_var(position);
        let element = self.element(data, at, ty);
        if ty.is_object() {
            self.share(element, ty);
        }
        let then = self.b.ins().iadd_imm_s(at, 1);
        self.b.def_var(position, then);
        self.set_slot(slot, element);
        self.value(inner)?;
        self.b.ins().jump(open.next, &[]);
        self.b.seal_block(open.next);
        self.close_loop(open);
        self.pending.pop();
        let list = self.kept(list);
        self.release(list);
        Ok(self.int(0))
    }

    pub(super) fn release_pending(&mut self, from: usize) {
        for index in (from..self.pending.len()).rev() {
            let object = self.kept(self.pending[index]);
            self.release(object);
        }
    }

    fn target(&self, up: u32) -> OpenLoop {
        self.scope.loops[self.scope.loops.len() - 1 - up as usize]
    }

    pub(super) fn leave_loop(&mut self, node: NodeId, up: u32) -> Done<Value> {
        let target = self.target(up);
        let value = self.value(self.scope.body.operand(node, 0))?;
        self.release_pending(target.pending);
        self.fuel_again();
        match target.carries {
            Some(ty) => {
                let value = self.cast_never(value, ty);
                self.b.ins().jump(target.exit, &[value.into()]);
            }
            None => {
                self.b.ins().jump(target.exit, &[]);
            }
        }
        Ok(self.never())
    }

    pub(super) fn next_round(&mut self, node: NodeId, up: u32) -> Value {
        let target = self.target(up);
        if target.in_condition {
            self.charge(node);
        }
        self.release_pending(target.pending);
        self.fuel_again();
        self.b.ins().jump(target.next, &[]);
        self.never()
    }
}
