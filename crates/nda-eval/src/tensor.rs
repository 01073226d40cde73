//! Operators on vectors and matrices. The order is as everywhere: checks, fuel, memory, work. A number that a kernel refuses is
//! found while it works.

use crate::machine::{Machine, internal};
use crate::meter::Fault;
use crate::object::{Val, Vector, Weights, unique};
use nda_graph::run::{cost, message};
use nda_graph::{Hash, TensorOp, TensorShape, TrapKind, Ty, TypesRef, WeightsValue};
use nda_tensor::{Path, TensorError};
use std::rc::Rc;
use std::sync::Arc;

/// What every other path must agree with.
const PATH: Path = Path::SCALAR;

fn refused(error: TensorError) -> Fault {
    Fault::new(TrapKind::Panic, error.to_string())
}

impl Machine<'_> {
    /// A vector of `len` elements: its fuel, then its memory.
    pub(crate) fn new_vector(&mut self, len: usize, make: impl FnOnce() -> Vec<f32>) -> Result<Val, Fault> {
        self.fuel.charge(cost::elements(len as u64))?;
        Ok(Val::Vector(Rc::new(Vector::new(&self.memory, len, make)?)))
    }

    /// `weights("b3:…")`: it belongs to the program.
    pub(crate) fn weights(&mut self, types: TypesRef<'_>, name: &str, ty: Ty) -> Result<Val, Fault> {
        let hash = Hash::parse_weights(name).expect("a verified literal names weights");
        if let Some(known) = self.loaded.get(&hash) {
            return Ok(known.clone());
        }
        let composite = types.composite(ty).expect("a verified type is there");
        let value = self.loaded(&WeightsValue { hash, ty: composite.name().into() })?;
        self.loaded.insert(hash, value.clone());
        Ok(value)
    }

    /// The weights that a constant names.
    pub(crate) fn loaded(&self, named: &WeightsValue) -> Result<Val, Fault> {
        let hash = named.hash.weights_text();
        let Some(loaded) = self.program.weights(named.hash) else {
            return Err(internal(format!("the weights {hash} are missing")));
        };
        let found = shape_of(&loaded).map(|shape| shape.to_string());
        if found.as_deref() != Some(&*named.ty) {
            let found = found.unwrap_or_else(|| "no tensor of the language".to_owned());
            return Err(internal(format!("the weights {hash} are {found}, where {} is expected", named.ty)));
        }
        Ok(match loaded.floats() {
            Some(floats) => Val::Vector(Rc::new(Vector::of_program(floats))),
            None => Val::Weights(Weights { loaded, ty: Arc::clone(&named.ty) }),
        })
    }

    pub(crate) fn tensor(
        &mut self,
        op: TensorOp,
        types: TypesRef<'_>,
        ty: Ty,
        operands: &mut [Val],
    ) -> Result<Val, Fault> {
        if op.is_in_place() {
            return self.in_place(op, operands);
        }
        let elements = |count: usize| cost::elements(count as u64);
        match op {
            TensorOp::Dot => {
                self.fuel.charge(elements(operands[0].vector().len()))?;
                let sum = nda_tensor::dot(PATH, operands[0].vector(), operands[1].vector());
                sum.map(|sum| Val::Float(sum.into())).map_err(refused)
            }
            TensorOp::Argmax => {
                self.fuel.charge(elements(operands[0].vector().len()))?;
                let found = nda_tensor::argmax(PATH, operands[0].vector()).map_err(refused)?;
                Ok(Val::Int(found.map_or(-1, |index| index as i64)))
            }
            TensorOp::Gemv | TensorOp::GemvQ2 => {
                let (loaded, x) = (Arc::clone(&operands[0].weights().loaded), operands[1].vector());
                let rows = loaded.shape().rows();
                self.fuel.charge(cost::gemv(rows as u64, x.len() as u64))?;
                let mut vector = Vector::new(&self.memory, rows, || vec![0.0; rows])?;
                let (scratch, to) = (&mut self.scratch, &mut vector.elements);
                let done = match op {
                    TensorOp::Gemv => loaded.gemv(PATH, scratch, x, to),
                    _ => loaded.gemv_q2(PATH, scratch, x, to),
                };
                done.map_err(refused)?;
                Ok(Val::Vector(Rc::new(vector)))
            }
            TensorOp::At => {
                let (vector, index) = (operands[0].vector(), operands[1].int());
                let found = usize::try_from(index).ok().and_then(|index| vector.get(index));
                found.map(|&element| Val::Float(element.into())).ok_or_else(|| {
                    let text = message::vector_index(index, vector.len() as u64);
                    Fault::new(TrapKind::IndexOutOfBounds, text)
                })
            }
            TensorOp::ToList => {
                let vector = operands[0].vector();
                let mut list = self.new_list(8, vector.len() as u64)?;
                list.items.extend(vector.iter().map(|&element| Val::Float(element.into())));
                Ok(Val::List(Rc::new(list)))
            }
            TensorOp::FromList => {
                let (items, wanted) = (operands[0].items(), types.vector_len(ty));
                if items.len() != wanted {
                    let text = message::vector_from(items.len() as u64, wanted as u64);
                    return Err(Fault::new(TrapKind::Panic, text));
                }
                self.new_vector(wanted, || items.iter().map(|item| item.float() as f32).collect())
            }
            TensorOp::Fill => {
                let (element, len) = (operands[0].float() as f32, types.vector_len(ty));
                self.new_vector(len, || vec![element; len])
            }
            TensorOp::Part => {
                let (vector, from, count) = (operands[0].vector(), operands[1].int(), types.vector_len(ty));
                let part = usize::try_from(from).ok().and_then(|from| vector.get(from..)?.get(..count));
                let Some(part) = part else {
                    let text = message::vector_part(from, count as u64, vector.len() as u64);
                    return Err(Fault::new(TrapKind::IndexOutOfBounds, text));
                };
                self.new_vector(count, || part.to_vec())
            }
            TensorOp::Concat => {
                let (left, right) = (operands[0].vector(), operands[1].vector());
                self.new_vector(left.len() + right.len(), || [left, right].concat())
            }
            _ => panic!("{op:?} works in place"),
        }
    }

    /// What gives a vector like its first operand: in it, if nobody else holds it.
    fn in_place(&mut self, op: TensorOp, operands: &mut [Val]) -> Result<Val, Fault> {
        let (first, rest) = operands.split_first_mut().expect("it has operands");
        let Val::Vector(mut vector) = std::mem::replace(first, Val::Unit) else {
            panic!("a verified operand is a vector")
        };
        let len = vector.elements.len();
        let is_shared = unique(&mut vector).is_none();
        if op == TensorOp::With {
            let index = rest[0].int();
            if !usize::try_from(index).is_ok_and(|index| index < len) {
                let text = message::vector_index(index, len as u64);
                return Err(Fault::new(TrapKind::IndexOutOfBounds, text));
            }
        }
        // One element is free, unless all others have to be copied for it.
        if is_shared || op != TensorOp::With {
            self.fuel.charge(cost::elements(len as u64))?;
        }
        if is_shared {
            vector = Rc::new(Vector::new(&self.memory, len, || vector.elements.clone())?);
        }
        let to = &mut unique(&mut vector).expect("just made").elements;
        match op {
            TensorOp::Add => nda_tensor::add(PATH, to, rest[0].vector()),
            TensorOp::Subtract => nda_tensor::subtract(PATH, to, rest[0].vector()),
            TensorOp::Multiply => nda_tensor::multiply(PATH, to, rest[0].vector()),
            TensorOp::RmsNorm => nda_tensor::rms_norm(PATH, to, rest[0].vector(), rest[1].float() as f32),
            TensorOp::LayerNorm => {
                let (gain, bias) = (rest[0].vector(), rest[1].vector());
                nda_tensor::layer_norm(PATH, to, gain, bias, rest[2].float() as f32)
            }
            TensorOp::Softmax => nda_tensor::softmax(PATH, to),
            TensorOp::With => {
                to[rest[0].int() as usize] = rest[1].float() as f32;
                Ok(())
            }
            TensorOp::Scale => {
                nda_tensor::scale(PATH, to, rest[0].float() as f32);
                Ok(())
            }
            TensorOp::Relu => {
                nda_tensor::relu(PATH, to);
                Ok(())
            }
            TensorOp::Silu => {
                nda_tensor::silu(to);
                Ok(())
            }
            TensorOp::Gelu => {
                nda_tensor::gelu(to);
                Ok(())
            }
            _ => panic!("{op:?} does not work in place"),
        }
        .map_err(refused)?;
        Ok(Val::Vector(vector))
    }
}

/// The shape of a tensor of the store, if the language has such tensors.
fn shape_of(loaded: &nda_tensor::Loaded) -> Option<TensorShape> {
    TensorShape::of_weights(loaded.shape().rows(), loaded.shape().columns(), loaded.floats().is_some())
}
