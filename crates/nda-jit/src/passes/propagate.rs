//! Variables that are only another name: of a constant, or of a variable that never changes.

use nda_graph::{Mode, NdaNode, Slot};

/// What is known of a variable that never changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// It is this constant.
    Constant(NdaNode),
    /// It is this variable, which never changes either.
    Variable(Slot),
}

impl Known {
    /// What a declaration with this value makes known; none if the variable is needed.
    pub(super) fn from_value(value: NdaNode, changes: &[bool]) -> Option<Known> {
        match value {
            NdaNode::Bool(_) | NdaNode::Int(_) | NdaNode::Float(_) => Some(Known::Constant(value)),
            NdaNode::Load { slot, mode: Mode::Copy } if !changes[slot as usize] => {
                Some(Known::Variable(slot))
            }
            _ => None,
        }
    }

    /// What stands for a use of the variable.
    pub(super) fn instead_of(self, load: NdaNode) -> NdaNode {
        match self {
            Known::Nothing => load,
            Known::Constant(value) => value,
            Known::Variable(slot) => NdaNode::Load { slot, mode: Mode::Copy },
        }
    }
}
