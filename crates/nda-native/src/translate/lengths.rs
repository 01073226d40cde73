//! Lists whose length never changes, and those that nobody else owns, as the body says it.
//!
//! Code that is entered in the middle loads what the frame has, and would know nothing of it. Where a list is made once and
//! nothing changes how many elements it has, its length is still what it was made with, and so is a variable that got it.

use nda_graph::{Builtin, Mode, NdaNode, NodeId, Slot};
use nda_jit::runtime::Body;

/// How long a list is for as long as its variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Length {
    /// So many elements.
    Known(i64),
    /// Always as many.
    Same,
}

/// The length of the list of a variable, if it is one and that never changes. `fields` is how many variables a record declares that takes a
/// value apart.
pub(super) fn length_of(body: &Body, slot: Slot, fields: &dyn Fn(NodeId) -> u32) -> Option<Length> {
    if !body.slots[slot as usize].is_list() {
        return None;
    }
    let made = only_value(body, slot, fields)?;
    let longer = |node| matches!(node, NdaNode::Place { slot: changed, depth: 0, .. } if changed == slot);
    if body.nodes.iter().any(|&node| longer(node)) {
        return None;
    }
    Some(match body.node(made) {
        NdaNode::List { count, .. } => Length::Known(count.into()),
        NdaNode::Builtin { op: Builtin::Repeat, .. } => match body.node(body.operand(made, 1)) {
            NdaNode::Int(count) => Length::Known(count),
            _ => Length::Same,
        },
        _ => Length::Same,
    })
}

/// Whether the list of a variable has no other owner for as long as it is there: it was made for it, and all that is done with it is to look
/// at its elements and to change them, until it is moved away.
pub(super) fn is_alone(body: &Body, slot: Slot, fields: &dyn Fn(NodeId) -> u32) -> bool {
    if !body.slots[slot as usize].is_list() {
        return false;
    }
    let Some(made) = only_value(body, slot, fields) else { return false };
    if !matches!(body.node(made), NdaNode::Builtin { op: Builtin::Repeat, .. }) {
        return false;
    }
    let hands_on = |node: NodeId| {
        let looks = matches!(body.node(node), NdaNode::Builtin { op: Builtin::Index | Builtin::Len, .. });
        let is_it = |&operand: &NodeId| match body.node(operand) {
            NdaNode::Load { slot: loaded, mode } => loaded == slot && mode != Mode::Move,
            _ => false,
        };
        !looks && body.operands(node).iter().any(is_it)
    };
    !(0..body.nodes.len() as NodeId).any(hands_on)
}

/// The list that a variable has the length of, if both never change, and the list is not moved away before a record.
pub(super) fn list_of_length(
    body: &Body,
    slot: Slot,
    before: NodeId,
    fields: &dyn Fn(NodeId) -> u32,
) -> Option<Slot> {
    let value = only_value(body, slot, fields)?;
    if !matches!(body.node(value), NdaNode::Builtin { op: Builtin::Len, .. }) {
        return None;
    }
    let NdaNode::Load { slot: list, .. } = body.node(body.operand(value, 0)) else { return None };
    if is_moved(body, list, before) {
        return None;
    }
    length_of(body, list, fields).map(|_| list)
}

/// Whether what a variable holds is moved away before a record.
pub(super) fn is_moved(body: &Body, slot: Slot, before: NodeId) -> bool {
    body.nodes[..before as usize].contains(&NdaNode::Load { slot, mode: Mode::Move })
}

/// The only value that a variable ever gets.
fn only_value(body: &Body, slot: Slot, fields: &dyn Fn(NodeId) -> u32) -> Option<NodeId> {
    let mut value = None;
    for (node, record) in (0..).zip(body.nodes.iter().copied()) {
        let other = match record {
            NdaNode::Let { slot: declared, .. } if declared == slot => {
                if value.is_some() {
                    return None;
                }
                value = Some(body.operand(node, 0));
                false
            }
            NdaNode::Store { slot: changed } | NdaNode::Update { slot: changed, depth: 0, .. } => {
                changed == slot
            }
            NdaNode::ForBegin { slot: declared, .. } | NdaNode::EachBegin { slot: declared, .. } => {
                declared == slot
            }
            NdaNode::Unpack { slot: first, .. } => (first..first + fields(node)).contains(&slot),
            // A number changes in no other way; a list is asked about apart.
            _ => false,
        };
        if other {
            return None;
        }
    }
    value
}
