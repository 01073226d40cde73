//! Maps: all that is done with them is the runtime's work.

use super::records::Step;
use super::{Done, Home, Translator};
use cranelift_codegen::ir::Value;
use nda_graph::{Builtin, MathOp, Mode, NdaNode, NodeId, Ty};
use nda_jit::runtime::{Change, Operands, What, maps};
use std::rc::Rc;

impl Translator<'_, '_> {
    /// The types of a map's keys and values; none of any other type.
    pub(super) fn map_parts(&self, ty: Ty) -> Option<(Ty, Ty)> {
        maps::parts(self.scope.layouts.as_ref(), ty)
    }

    /// Whether a record has to do with a map, so that it is left to work that may cost fuel.
    pub(super) fn meets_map(&self, node: NodeId) -> bool {
        let body = &self.scope.body;
        let operands = body.operands(node);
        match body.node(node) {
            NdaNode::Construct { ty, .. } => operands.is_empty() && self.map_parts(ty).is_some(),
            NdaNode::Builtin { .. } => {
                operands.first().is_some_and(|&of| self.map_parts(body.ty(of)).is_some())
            }
            NdaNode::Place { op, slot, depth } => {
                let from = if op.value_first() { op.extra() } else { 0 };
                let (ty, steps) = self.steps(slot, &operands[from..from + usize::from(depth)]);
                self.map_parts(ty).is_some() || leads_through_map(&steps)
            }
            NdaNode::Update { slot, .. } => leads_through_map(&self.steps(slot, &operands[1..]).1),
            _ => false,
        }
    }

    /// An empty map.
    pub(super) fn new_map(&mut self, node: NodeId, ty: Ty) -> Done<Value> {
        let taken = self.taken;
        let dst = self.take(1)?;
        let job = maps::new(Operands { dst, ty, ..Operands::NONE }, self.layouts());
        let map = self.work_on(job, dst, node, ty);
        self.taken = taken;
        Ok(map)
    }

    /// The key or the value at a position.
    pub(super) fn entry(&mut self, node: NodeId, op: Builtin, mode: Mode) -> Done<Value> {
        let ty = self.scope.body.ty(node);
        let taken = self.taken;
        let mut operands = self.operands(node)?;
        operands.dst = self.take(1)?;
        let job = maps::at(operands, op == Builtin::KeyAt, mode == Mode::Share);
        let part = self.work_on(job, operands.dst, node, ty);
        self.taken = taken;
        Ok(part)
    }

    /// `place op= value` where the way to the place leads through a map.
    pub(super) fn update_entry(
        &mut self,
        node: NodeId,
        op: MathOp,
        slot: u32,
        steps: &[Step],
    ) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let taken = self.taken;
        let words = self.consecutive(body.operands(node))?;
        self.fields_where_they_lie(words + 1, steps);
        let Home::Object(word, _) = self.scope.slots[slot as usize] else {
            unreachable!("places are in objects");
        };
        let change = Change {
            what: What::Update(op),
            slot: word,
            indices: words + 1,
            depth: steps.len() as u8,
            values: words,
            dst: words,
            ty: op.result(),
            layouts: self.layouts(),
        };
        self.change(change, node);
        self.look_again(slot);
        self.taken = taken;
        Ok(self.int(0))
    }
}

/// Whether a way to a place leads through a map.
pub(super) fn leads_through_map(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Entry))
}
