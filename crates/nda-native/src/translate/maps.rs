//! Maps: all that is done with them is the runtime's work, most of it by plain calls.

use super::records::{Holder, Step};
use super::{Done, Home, Translator};
use cranelift_codegen::ir::{Value, types};
use nda_graph::{Builtin, Mode, NdaNode, NodeId, Slot, Ty};
use nda_jit::runtime::{Operands, layout, maps};
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
        let seen = self.seen_operands(node)?;
        let (is_key, share) = (op == Builtin::KeyAt, mode == Mode::Share);
        let done = (!seen[0].owned).then(|| self.quickly_on(maps::look(is_key, share), &seen));
        let mut operands = self.operands_of(seen)?;
        operands.dst = self.take(1)?;
        let job = maps::at(operands, is_key, share);
        let part = self.work_on(job, operands.dst, node, ty);
        self.taken = taken;
        let Some(done) = done else { return Ok(part) };
        let slow = self.as_stored(part);
        let part = self.done(done, slow);
        Ok(self.loaded(part, ty))
    }

    /// The address of the value at a position of the map that is held at `holder`, which becomes its holder's alone.
    pub(super) fn own_entry(&mut self, holder: Holder, position: Value, node: NodeId) -> Value {
        let place = self.address_of(holder);
        let done = self.quickly(maps::ENTRY, &[place, position]);
        let place = self.another(place);
        self.put_in_state(position, layout::RESULT);
        self.seldom(maps::own_entry as *const (), &[place], node);
        let entry = self.in_state(types::I64, layout::RESULT);
        self.done(done, entry)
    }

    /// `map[key] = value`, where the map is a variable's.
    pub(super) fn put(&mut self, node: NodeId, slot: Slot, ty: Ty) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let taken = self.taken;
        let words = self.consecutive(body.operands(node))?;
        let Home::Object(word, _) = self.scope.slots[slot as usize] else {
            unreachable!("places are in objects");
        };
        let operands = Operands { a: word, b: words, dst: words, ty, ..Operands::NONE };
        self.work_on(maps::put(operands, self.layouts()), words, node, Ty::UNIT);
        self.taken = taken;
        Ok(self.int(0))
    }
}

/// Whether a way to a place leads through a map.
pub(super) fn leads_through_map(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Entry))
}
