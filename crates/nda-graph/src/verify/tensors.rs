//! Records of tensors.

use super::{MAX_OPERANDS, Tables, Verifier, known};
use crate::Ty;
use crate::rejection::Reason;
use crate::tensor::{TensorOp, TensorShape};

/// The most operands of an operator on tensors.
const MAX_ARITY: usize = 4;

impl Verifier {
    /// The operand is the text literal that stands directly before, and names weights.
    pub(super) fn weights(&mut self, ty: Ty, tables: &impl Tables) -> Result<(), Reason> {
        known(ty, tables)?;
        let operand = self.operand(1, 0)?;
        let named = self.names_weights == Some(operand.first) && operand.first + 1 == self.nodes;
        if !named {
            return Err(Reason::OperandKind { wanted: "a literal that names weights", found: operand.ty });
        }
        if tables.types().tensor(ty).is_none() {
            return Err(Reason::OperandKind { wanted: "a vector or matrix", found: ty });
        }
        self.produce(1, ty)
    }

    pub(super) fn vector(&mut self, ty: Ty, tables: &impl Tables) -> Result<(), Reason> {
        known(ty, tables)?;
        let Some(TensorShape::Vector(len)) = tables.types().tensor(ty) else {
            return Err(Reason::OperandKind { wanted: "a vector", found: ty });
        };
        let len = len as usize;
        if len > MAX_OPERANDS {
            return Err(Reason::TooLarge("elements of a vector literal"));
        }
        for index in 0..len {
            self.owned(len, index, Ty::F64)?;
        }
        self.produce(len, ty)
    }

    pub(super) fn tensor(&mut self, op: TensorOp, ty: Ty, tables: &impl Tables) -> Result<(), Reason> {
        known(ty, tables)?;
        let count = op.arity();
        let mut operands = [Ty::NEVER; MAX_ARITY];
        for (index, place) in operands[..count].iter_mut().enumerate() {
            let operand = self.operand(count, index)?;
            if operand.borrow != super::NOT_BORROWED && !op.reads(index) {
                return Err(Reason::Borrowed);
            }
            *place = operand.ty;
        }
        op.check(&operands[..count], ty, tables.types())?;
        self.produce(count, ty)
    }
}
