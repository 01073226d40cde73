//! Vectors and matrices: elements are read where they lie, and everything else is the kernels', called as steps call them.

use super::{Done, Translator};
use crate::Unsupported;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use nda_graph::{Hash, NdaNode, NodeId, TensorOp, TensorShape, Ty, WeightsValue};
use nda_jit::runtime::tensors::fusion::{self, Part, With};
use nda_jit::runtime::tensors::{Fused, Read, emptied};
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

    /// An operator, with those neighbours that it is done together with.
    pub(super) fn tensor(&mut self, node: NodeId, op: TensorOp, ty: Ty) -> Done<Value> {
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        if op == TensorOp::At {
            return self.vector_element(node);
        }
        if let Some(parts) = fusion::tree(&self.scope.body, self.scope.view, node) {
            return self.fused(&parts, ty);
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

    /// Operators that are done in one pass.
    fn fused(&mut self, parts: &[Part], ty: Ty) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let (taken, pending) = (self.taken, self.pending.len());
        let mut done = Vec::with_capacity(parts.len());
        let mut places = Vec::new();
        for &part in parts {
            done.push(match part {
                Part::Vector(vector) => tensors::Part::Begin(self.read(vector, parts)?),
                Part::Op { node, op, with } => {
                    places.push(self.place(0, node));
                    let with = match with {
                        With::Nothing => tensors::With::Nothing,
                        With::Last => tensors::With::Last,
                        With::Vector(vector) => tensors::With::Vector(self.read(vector, parts)?),
                        With::Number(number) => match body.node(number) {
                            NdaNode::Float(bits) => tensors::With::Number(f64::from_bits(bits) as f32),
                            _ => {
                                let value = self.value(number)?;
                                let word = self.take(1)?;
                                let value = self.as_stored(value);
                                self.set_word(word, value);
                                tensors::With::NumberIn(word)
                            }
                        },
                    };
                    tensors::Part::Op(op, with)
                }
            });
        }
        self.pending.truncate(pending);
        let dst = self.take(1)?;
        let job = tensors::fused(Fused { parts: done.into(), dst }, places.into());
        let helper = job.address;
        let job = self.parts.job(job);
        let job = self.pointer(job);
        self.save_fuel();
        let why = self.call(helper.cast(), &[job, self.fp], Some(types::I8));
        self.worked_there(why.expect("it gives a status"));
        let word = self.word(dst);
        let result = self.loaded(word, ty);
        self.taken = taken;
        Ok(result)
    }

    /// A vector that such operators read. A variable that they empty as well has to be read before.
    fn read(&mut self, vector: NodeId, parts: &[Part]) -> Done<Read> {
        let body = Rc::clone(&self.scope.body);
        let seen = self.seen(vector)?;
        let is_emptied = match body.node(vector) {
            NdaNode::Load { slot, .. } => emptied(&body, parts).any(|emptied| emptied == slot),
            _ => false,
        };
        let word = match seen.word.filter(|_| !is_emptied) {
            Some(word) => word,
            None => {
                let word = self.take(1)?;
                self.set_word(word, seen.pointer);
                word
            }
        };
        if seen.owned {
            self.pending.push(seen.pointer.into());
        }
        Ok(Read { word, owned: seen.owned })
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
