//! Vectors and matrices: which step does what, on which words.

use super::fusion::{self, Part, With, emptied};
use super::{CompileError, Compiled, FunctionCompiler, Linker};
use crate::steps::fused as fused_work;
use crate::steps::lists::Operands;
use crate::steps::tensors as work;
use nda_graph::{Hash, Mode, NdaNode, NodeId, TensorOp, TensorShape, Ty, WeightsValue};
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

    /// An operator, with those neighbours that it is done together with.
    pub(super) fn tensor(&mut self, node: NodeId, op: TensorOp, ty: Ty, dst: u16) -> Compiled {
        if let Some(parts) = fusion::tree(self.body, self.view, node) {
            return self.fused(&parts, dst);
        }
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

    /// Operators that are done in one pass.
    fn fused(&mut self, parts: &[Part], dst: u16) -> Compiled {
        let pending = self.pending.len();
        let mut done = Vec::with_capacity(parts.len());
        let mut operators = Vec::new();
        for &part in parts {
            done.push(match part {
                Part::Vector(vector) => fused_work::Part::Begin(self.read(vector, parts)?),
                Part::Op { node, op, with } => {
                    operators.push(node);
                    let with = match with {
                        With::Nothing => fused_work::With::Nothing,
                        With::Last => fused_work::With::Last,
                        With::Vector(vector) => fused_work::With::Vector(self.read(vector, parts)?),
                        With::Number(number) => match self.body.node(number) {
                            NdaNode::Float(bits) => fused_work::With::Number(f64::from_bits(bits) as f32),
                            _ => fused_work::With::NumberIn(self.plain(number, true)?),
                        },
                    };
                    fused_work::Part::Op(op, with)
                }
            });
        }
        self.pending.truncate(pending);
        for (path, node) in (1..).zip(operators) {
            self.code.site(path, self.blame(node));
        }
        let fused = Box::new(fused_work::Fused { parts: done.into(), dst });
        self.code.step(fused_work::DoFused { fused: &raw const *fused });
        self.parts.fused.push(fused);
        Ok(())
    }

    /// A vector that such operators read. A variable that they empty as well has to be read before.
    fn read(&mut self, vector: NodeId, parts: &[Part]) -> Result<fused_work::Read, CompileError> {
        let (word, owned) = match self.body.node(vector) {
            NdaNode::Load { slot, mode: Mode::Borrow } if emptied(self.body, parts).any(|it| it == slot) => {
                let word = self.take(1)?;
                self.load_object(slot, word, vector);
                (word, false)
            }
            _ => self.object(vector)?,
        };
        if owned {
            self.pending.push(word);
        }
        Ok(fused_work::Read { word, owned })
    }
}
