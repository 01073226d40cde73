//! Fuel of loops that count: rounds are paid for as many at once as the slice of fuel at hand allows.
//!
//! In a loop whose rounds cost one unit each and nothing else, what is left follows from the counter, `base - now`. So a
//! round takes nothing and asks only whether it is the last that is paid for; the fuel is computed where the loop is left, by
//! whatever way.

use super::{Done, Translator};
use crate::passes::Counter;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::Variable;
use nda_graph::{Builtin, Mode, NdaNode, NodeId, PlaceOp, Range};
use nda_jit::runtime::Body;

/// How the fuel of a loop follows from its counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    /// The fuel that is left, plus the counter.
    base: Variable,
    /// The counter of the last round that is paid for.
    last: Variable,
    now: Value,
    /// The counter of the last round.
    end: Value,
}

/// Whether a record costs nothing but in its slow paths, so that rounds made of such cost one unit each.
fn is_free(body: &Body, node: NodeId) -> bool {
    match body.node(node) {
        NdaNode::Unit
        | NdaNode::Bool(_)
        | NdaNode::Int(_)
        | NdaNode::Float(_)
        | NdaNode::Load { mode: Mode::Copy | Mode::Borrow, .. }
        | NdaNode::Then
        | NdaNode::Else
        | NdaNode::If
        | NdaNode::Rhs
        | NdaNode::And
        | NdaNode::Or
        | NdaNode::Break { .. }
        | NdaNode::Continue { .. }
        | NdaNode::Return
        | NdaNode::Scope { .. } => true,
        NdaNode::Let { ty, .. } => !ty.is_object() || ty.composite_index().is_some(),
        NdaNode::Store { slot } => {
            let ty = body.slots[slot as usize];
            !ty.is_object() || ty.composite_index().is_some()
        }
        NdaNode::Load { slot, .. } | NdaNode::Drop { slot } => {
            body.slots[slot as usize].composite_index().is_some()
        }
        NdaNode::Construct { .. } | NdaNode::Tag | NdaNode::Field { .. } | NdaNode::Unpack { .. } => true,
        NdaNode::Math(op) => !Translator::needs_help(op),
        NdaNode::Unary(op) => !Translator::unary_needs_help(op),
        NdaNode::Compare { ty, .. } => !ty.is_object(),
        NdaNode::Builtin { op: Builtin::Index, mode } => mode != Mode::Share,
        NdaNode::Builtin { op, .. } => op == Builtin::Len,
        NdaNode::Update { op, .. } => !Translator::needs_help(op),
        NdaNode::Place { op: PlaceOp::Set, depth, .. } => {
            depth > 0 && !body.ty(body.operand(node, 0)).is_object()
        }
        _ => false,
    }
}

impl Translator<'_, '_> {
    /// Whether each round of the loop that this body is of costs one unit.
    pub(super) fn is_free_loop(&self, marker: NodeId, inner: NodeId) -> bool {
        let body = &self.scope.body;
        (marker + 1..=inner).all(|node| is_free(body, node) && !self.meets_map(node))
    }

    /// `for i in a..b`, paid for ahead.
    pub(super) fn counted_ahead(
        &mut self,
        [marker, inner]: [NodeId; 2],
        slot: u32,
        range: Range,
        from: Value,
        to: Value,
    ) -> Done<Value> {
        let body = std::rc::Rc::clone(&self.scope.body);
        let open = self.open_unless_empty(range, from, to);
        let (from, to) = (self.keep(marker, 0, from), self.keep(marker, 1, to));
        self.at_head(marker);
        let (from, to) = (self.kept(from), self.kept(to));
        let end = if range.inclusive { to } else { self.b.ins().iadd_imm_s(to, -1) };
        let numbers = Counter { from, to, inclusive: range.inclusive };
        let rounds = self.b.ins().isub(end, from);
        let from = match self.skip_rounds([marker, inner], slot, 1, [from, rounds], open.exit)? {
            Some(left_out) => self.b.ins().iadd(from, left_out),
            None => from,
        };
        let counter = self.counter(slot, &body);
        self.b.def_var(counter, from);
        let (base, last) = (self.b.declare_var(types::I64), self.b.declare_var(types::I64));
        // Here come the first round and each that is not paid for yet.
        let paying = self.b.create_block();
        self.b.ins().jump(paying, &[]);
        self.b.switch_to_block(paying);
        self.charge(marker);
        let now = self.b.use_var(counter);
        self.pay(Ahead { base, last, now, end });
        let round = self.b.create_block();
        self.b.ins().jump(round, &[]);
        self.b.switch_to_block(round);
        let now = self.b.use_var(counter);
        self.facts.count(now, numbers);
        self.set_slot(slot, now);
        self.ahead = Some(Ahead { base, last, now, end });
        self.value(inner)?;
        self.b.ins().jump(open.next, &[]);
        self.go_on(open.next);
        self.ahead = None;
        let then = self.b.ins().iadd_imm_s(now, 1);
        self.b.def_var(counter, then);
        // If the number of the next round cannot overflow, it is what is looked at: with nobody using this round's, both have one register.
        let (tested, goes_on) = match range.inclusive {
            true => (now, IntCC::SignedLessThan),
            false => (then, IntCC::SignedLessThanOrEqual),
        };
        let last = self.b.use_var(last);
        let paid = self.b.ins().icmp(goes_on, tested, last);
        let unpaid = self.b.create_block();
        self.b.ins().brif(paid, round, &[], unpaid, &[]);
        self.go_on(unpaid);
        let base = self.b.use_var(base);
        let fuel = self.b.ins().isub(base, tested);
        let fuel = if range.inclusive { fuel } else { self.b.ins().iadd_imm_s(fuel, 1) };
        self.b.def_var(self.fuel, fuel);
        let more = self.b.ins().icmp(goes_on, tested, end);
        self.b.ins().brif(more, paying, &[], open.exit, &[]);
        self.b.seal_block(round);
        self.b.seal_block(paying);
        self.close_loop(open);
        Ok(self.int(0))
    }

    /// Finds out how far the fuel at hand goes; the round of `now` is paid for.
    pub(super) fn pay(&mut self, ahead: Ahead) {
        let Ahead { base, last, now, end } = ahead;
        let fuel = self.b.use_var(self.fuel);
        let sum = self.b.ins().iadd(fuel, now);
        self.b.def_var(base, sum);
        // The distance of two i64 fits u64.
        let left = self.b.ins().isub(end, now);
        let rounds = self.b.ins().umin(left, fuel);
        let reach = self.b.ins().iadd(now, rounds);
        self.b.def_var(last, reach);
    }

    /// Computes the fuel where it follows from the counter.
    pub(super) fn fuel_again(&mut self) {
        if let Some(Ahead { base, now, .. }) = self.ahead {
            let base = self.b.use_var(base);
            let fuel = self.b.ins().isub(base, now);
            self.b.def_var(self.fuel, fuel);
        }
    }
}
