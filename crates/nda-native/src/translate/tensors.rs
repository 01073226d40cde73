//! Vectors and matrices: elements are read where they lie, and everything else is the kernels', called as steps call them.

use super::{Done, Translator};
use crate::Unsupported;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use nda_graph::{Hash, NdaNode, NodeId, TensorOp, TensorShape, Ty, WeightsValue};
use nda_jit::runtime::{Operands, tensors};
use std::rc::Rc;

impl Translator<'_, '_> {
    /// `weights("b3:…")`: an object of the unit, one however often it is named.
    pub(super) fn weights(&mut self, node: NodeId, ty: Ty) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let NdaNode::Text { start, len } = body.node(body.operand(node, 0)) else {
            unreachable!("verified weights are named by a literal");
        };
        let view = self.scope.view;
        let hash = Hash::parse_weights(view.text(start, len)).expect("a verified literal names weights");
        let name = view.types().composite(ty).expect("a verified type is there").name();
        let named = WeightsValue { hash, ty: name.into() };
        let loaded = self.linker.weights(hash).and_then(|loaded| tensors::fitting(loaded, &named));
        let loaded = loaded.ok_or_else(|| Unsupported::new(self.scope.hash, "weights that are missing"))?;
        let word = self.parts.weights(hash, loaded) as i64;
        Ok(self.int(word))
    }

    /// A vector of its elements.
    pub(super) fn vector(&mut self, node: NodeId, ty: Ty) -> Done<Value> {
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        let body = Rc::clone(&self.scope.body);
        let taken = self.taken;
        let elements = body.operands(node);
        let a = self.consecutive(elements)?;
        let dst = self.take(1)?;
        let job = tensors::vector(Operands::many(a, elements.len() as u32, dst, ty));
        let result = self.work_on(job, dst, node, ty);
        self.taken = taken;
        Ok(result)
    }

    /// An operator.
    pub(super) fn tensor(&mut self, node: NodeId, op: TensorOp, ty: Ty) -> Done<Value> {
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        if op == TensorOp::At {
            return self.vector_element(node);
        }
        let len = match self.scope.view.types().tensor(ty) {
            Some(TensorShape::Vector(len)) => len,
            _ => 0,
        };
        let taken = self.taken;
        let mut operands = self.operands(node)?;
        operands.dst = self.take(1)?;
        let result = self.work_on(tensors::tensor(op, len, operands), operands.dst, node, ty);
        self.taken = taken;
        Ok(result)
    }

    /// `v[i]`
    fn vector_element(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let vector = self.seen(body.operand(node, 0))?;
        let pending = self.pending.len();
        if vector.owned {
            self.pending.push(vector.pointer.into());
        }
        let index = self.value(body.operand(node, 1))?;
        self.pending.truncate(pending);
        let (data, len) = self.header(vector.pointer);
        self.check_index(index, len, node, tensors::outside as *const ());
        let offset = self.b.ins().imul_imm_s(index, 4);
        let address = self.b.ins().iadd(data, offset);
        let element = self.b.ins().load(types::F32, self.regions.cells, address, 0);
        let element = self.b.ins().fpromote(types::F64, element);
        if vector.owned {
            self.release(vector.pointer);
        }
        Ok(element)
    }
}
