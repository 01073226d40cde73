//! Records inside of variables that are known to be their variable's alone, and where their fields are.
//!
//! Before a field of `all[i]` is changed the list is made the variable's own, and then the record. What follows in the same stretch of
//! code has not to look again: as long as nothing shares what is in a variable, or puts another object there, the fields stay
//! where they are. All is forgotten where ways meet or part, and at whatever is not known to leave owners alone.

use super::objects::Seen;
use super::records::Step;
use super::{Done, Home, Translator};
use cranelift_codegen::ir::Value;
use nda_graph::{Builtin, Mode, NdaNode, NodeId, PlaceOp, Ty};
use std::rc::Rc;

/// Such a record.
#[derive(Debug)]
pub(super) struct KnownRecord {
    /// The word of its variable, and the way from there.
    word: u16,
    way: Vec<(Step, Value)>,
    /// Where its fields are.
    fields: Value,
}

/// A record whose fields are read.
pub(super) enum Record {
    /// Its fields are here.
    Known(Value),
    /// It has to be looked at.
    Seen(Seen),
}

/// More are not looked through.
const MAX_KNOWN: usize = 16;

impl Translator<'_, '_> {
    /// Where the fields are of the record that a way leads to, if it is known.
    pub(super) fn known_fields(&self, word: u16, steps: &[Step], indices: &[Value]) -> Option<Value> {
        let same = |&(step, index): &(Step, Value), (&other_step, &other): (&Step, &Value)| {
            step == other_step
                && match step {
                    Step::Element(_) => self.same_index(index, other),
                    // A field is where its step says. What is in a map is never known.
                    Step::Field(_) | Step::Entry => true,
                }
        };
        let known = self.known.iter().find(|known| {
            known.word == word
                && known.way.len() == steps.len()
                && known.way.iter().zip(steps.iter().zip(indices)).all(|(one, other)| same(one, other))
        });
        known.map(|known| known.fields)
    }

    /// A record to be read from. Only what is no enum is ever known.
    pub(super) fn record(&mut self, node: NodeId) -> Done<Record> {
        let body = Rc::clone(&self.scope.body);
        let variable = |node| match body.node(node) {
            NdaNode::Load { slot, mode: Mode::Borrow } => Some(slot),
            _ => None,
        };
        if let Some(slot) = variable(node)
            && let Home::Object(word, _) = self.scope.slots[slot as usize]
            && let Some(fields) = self.known_fields(word, &[], &[])
        {
            return Ok(Record::Known(fields));
        }
        if let NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow } = body.node(node)
            && let Some(slot) = variable(body.operand(node, 0))
            && let Home::Object(word, Some(view)) = self.scope.slots[slot as usize]
            && body.ty(body.operand(node, 1)) != Ty::NEVER
        {
            let index = self.value(body.operand(node, 1))?;
            let step = Step::Element(body.slots[slot as usize]);
            if let Some(fields) = self.known_fields(word, &[step], &[index]) {
                return Ok(Record::Known(fields));
            }
            let pointer = self.element_of(view, index, node);
            return Ok(Record::Seen(Seen { pointer, word: None, owned: false }));
        }
        Ok(Record::Seen(self.seen(node)?))
    }

    fn same_index(&self, one: Value, other: Value) -> bool {
        // What a variable holds may go by several names.
        let [one, other] = [one, other].map(|value| self.b.func.dfg.resolve_aliases(value));
        one == other || self.constant_of(one).is_some_and(|one| self.constant_of(other) == Some(one))
    }

    /// A record is its variable's alone from here on, and its fields are there.
    pub(super) fn know_fields(&mut self, word: u16, steps: &[Step], indices: &[Value], fields: Value) {
        if self.known.len() < MAX_KNOWN {
            let way = steps.iter().copied().zip(indices.iter().copied()).collect();
            self.known.push(KnownRecord { word, way, fields });
        }
    }

    pub(super) fn forget_fields(&mut self) {
        self.known.clear();
    }

    /// Whether a record, apart from its operands, gives no object another owner or another place.
    pub(super) fn leaves_owners(&self, node: NodeId) -> bool {
        let body = &self.scope.body;
        let plain = |slot: u32| matches!(self.scope.slots[slot as usize], Home::Plain(_));
        match body.node(node) {
            NdaNode::Unit
            | NdaNode::Bool(_)
            | NdaNode::Int(_)
            | NdaNode::Float(_)
            | NdaNode::Load { mode: Mode::Copy | Mode::Borrow, .. }
            | NdaNode::Math(_)
            | NdaNode::Unary(_)
            | NdaNode::Scope { .. } => true,
            NdaNode::Compare { ty, .. } => !ty.is_object(),
            NdaNode::Let { slot, .. } | NdaNode::Store { slot } => plain(slot),
            NdaNode::Discard => !body.ty(body.operand(node, 0)).is_object(),
            NdaNode::Builtin { op: Builtin::Index, mode } => {
                mode != Mode::Share && body.ty(body.operand(node, 0)).is_list()
            }
            NdaNode::Builtin { op, .. } => op == Builtin::Len,
            NdaNode::Field { mode, .. } => mode != Mode::Share,
            NdaNode::Update { .. } => true,
            NdaNode::Place { op: PlaceOp::Set, depth, .. } => {
                depth > 0 && !body.ty(body.operand(node, 0)).is_object()
            }
            _ => false,
        }
    }
}
