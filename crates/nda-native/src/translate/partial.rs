//! Partial inlining: the way out that a function takes before it does anything stands where the function is called.
//!
//! A recursion ends in calls that only look at a number and give one back, which are more than half of all if it calls itself twice.
//! What decides that is computed where the call is, from the arguments; the call itself is made only if that was not all. It then
//! computes the same once more, which nobody can tell: nothing of it takes fuel or changes anything, and if it traps, it does so
//! the first time, with the places that the call would have given.

use super::{Done, Translator, clif};
use crate::passes::Level;
use cranelift_codegen::ir::{Block, Value};
use nda_graph::{Mode, NdaNode, NodeId};
use nda_jit::runtime::Body;

/// Larger functions are not looked at.
const MAX_RECORDS: u32 = 120;
/// So many records may be computed where a call is.
const MAX_COMPUTED: usize = 16;

/// How a body ends before it does anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct WayOut {
    condition: NodeId,
    /// What the condition has to be.
    if_it_is: bool,
    result: NodeId,
}

impl WayOut {
    fn of(body: &Body, parameters: u32) -> Option<Self> {
        let root = body.root();
        let first = match body.node(root) {
            NdaNode::Scope { .. } => body.operand(root, 0),
            _ => root,
        };
        let NdaNode::If = body.node(first) else { return None };
        let &[condition, yes, no] = body.operands(first) else { return None };
        // Behind an `if` that is not all, it has to return.
        let result = |part: NodeId| match body.node(part) {
            NdaNode::Return => Some(body.operand(part, 0)),
            _ => (first == root).then_some(part),
        };
        let computed = |node: NodeId, left: usize| computed(body, node, parameters, left);
        let left = computed(condition, MAX_COMPUTED)?;
        [(yes, true), (no, false)].into_iter().find_map(|(part, if_it_is)| {
            let result = result(part)?;
            computed(result, left)?;
            Some(Self { condition, if_it_is, result })
        })
    }
}

/// Of so many records, how many are left if this one is computed from parameters and numbers alone.
fn computed(body: &Body, node: NodeId, parameters: u32, left: usize) -> Option<usize> {
    let is_plain = match body.node(node) {
        NdaNode::Unit | NdaNode::Bool(_) | NdaNode::Int(_) | NdaNode::Float(_) => true,
        NdaNode::And | NdaNode::Or | NdaNode::Rhs => true,
        NdaNode::Load { slot, mode: Mode::Copy } => {
            slot < parameters && !body.slots[slot as usize].is_object()
        }
        NdaNode::Math(op) => !Translator::needs_help(op),
        NdaNode::Unary(op) => !Translator::unary_needs_help(op),
        NdaNode::Compare { ty, .. } => !ty.is_object(),
        _ => false,
    };
    if !is_plain {
        return None;
    }
    let mut operands = body.operands(node).iter();
    operands.try_fold(left.checked_sub(1)?, |left, &operand| computed(body, operand, parameters, left))
}

impl<'v> Translator<'_, 'v> {
    /// Computes whether a call of this member is more than its way out, and goes on where it is; the block behind both, and what it is
    /// given. None if there is no such way.
    pub(super) fn way_out(
        &mut self,
        node: NodeId,
        callee: u32,
        member: usize,
        args: &[Value],
    ) -> Done<Option<(Block, Value)>> {
        let view = self.members[member].1;
        let signature = view.signature();
        if self.level < Level::All
            || view.node_count() > MAX_RECORDS
            || signature.params().any(|ty| ty.is_object())
        {
            return Ok(None);
        }
        let body = self.body_of(self.members[member].0, view, &[]);
        let Some(way) = WayOut::of(&body, signature.arity() as u32) else { return Ok(None) };
        let exit = self.b.create_block();
        let given = self.b.append_block_param(exit, clif(signature.ret()));
        let (out, on) = (self.b.create_block(), self.b.create_block());
        let widest = self.widest;
        self.within(node, callee, view, body, exit, args, |this| {
            let (yes, no) = if way.if_it_is { (out, on) } else { (on, out) };
            this.condition(way.condition, yes, no)?;
            this.go_on(out);
            let value = this.value(way.result)?;
            this.leave(value);
            Ok(())
        })?;
        // Nothing of that is in the frame.
        self.widest = widest;
        self.go_on(on);
        Ok(Some((exit, given)))
    }
}
