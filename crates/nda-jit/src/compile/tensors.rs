//! Vectors and matrices: which step does what, on which words.

use super::{CompileError, Compiled, FunctionCompiler, Linker};
use crate::steps::lists::Operands;
use crate::steps::tensors as work;
use nda_graph::{Hash, NdaNode, NodeId, TensorOp, TensorShape, Ty, WeightsValue};
use nda_tensor::Loaded;
use std::sync::Arc;

/// The weights that a constant names, if they are of the type that it says.
pub(super) fn loaded(linker: &dyn Linker, named: &WeightsValue) -> Option<Arc<Loaded>> {
    fitting(linker.weights(named.hash)?, named)
}

/// Weights, if they are of the type that whoever names them says.
#[must_use]
pub fn fitting(loaded: Arc<Loaded>, named: &WeightsValue) -> Option<Arc<Loaded>> {
    let (shape, floats) = (loaded.shape(), loaded.floats().is_some());
    let found = TensorShape::of_weights(shape.rows(), shape.columns(), floats)?;
    found.is_written(&named.ty).then_some(loaded)
}

impl FunctionCompiler<'_, '_> {
    /// The word of `weights("b3:…")`: an object of the unit, one however often it is named.
    pub(super) fn weights(&mut self, node: NodeId, ty: Ty) -> Result<u64, CompileError> {
        let NdaNode::Text { start, len } = self.body.node(self.body.operand(node, 0)) else {
            unreachable!("verified weights are named by a literal");
        };
        let hash = Hash::parse_weights(self.view.text(start, len)).expect("a verified literal names weights");
        // A definition's hash and that of weights are never equal: each kind of content is hashed apart.
        if let Some(&(_, bits)) = self.parts.constants.iter().find(|(known, _)| *known == hash) {
            return Ok(bits);
        }
        let name = self.view.types().composite(ty).expect("a verified type is there").name();
        let named = WeightsValue { hash, ty: name.into() };
        let loaded =
            loaded(self.linker, &named).ok_or(CompileError::Weights { by: self.hash, weights: hash })?;
        let bits = self.parts.literals.tensor(loaded);
        self.parts.constants.push((hash, bits));
        Ok(bits)
    }

    /// A vector of its elements.
    pub(super) fn vector(&mut self, node: NodeId, ty: Ty, dst: u16) -> Compiled {
        let count = self.view.types().vector_len(ty) as u32;
        let first = self.elements(node, count, false)?;
        self.work(node, work::Vector, Operands { a: first, dst, count, ..Operands::NONE });
        Ok(())
    }

    /// An operator.
    pub(super) fn tensor(&mut self, node: NodeId, op: TensorOp, ty: Ty, dst: u16) -> Compiled {
        let len = match self.view.types().tensor(ty) {
            Some(TensorShape::Vector(len)) => len,
            _ => 0,
        };
        let mut operands = Operands { dst, ..self.operands(node)? };
        if op.is_in_place() {
            // What these take first becomes the result.
            operands.owned &= !1;
        }
        match op {
            TensorOp::At => self.work(node, work::At, operands),
            TensorOp::Gemv => self.work(node, work::Gemv, operands),
            TensorOp::GemvQ2 => self.work(node, work::GemvQ2, operands),
            op if op.is_in_place() => self.work(node, work::InPlace { op }, operands),
            op => self.work(node, work::Other { op, len }, operands),
        }
        Ok(())
    }
}
