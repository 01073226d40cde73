//! Steps on vectors and matrices: the kernels of `nda-tensor`, on the buffers of the heap.

use super::lists::{Operands, Work, object, slot};
use crate::fault::Cause;
use crate::object::{Heap, Holds, ObjectRef, word};
use crate::state::JitState;
use crate::step::Fp;
use nda_graph::TensorOp;
use nda_graph::run::{cost, message};
use nda_tensor::{Loaded, Path, Scratch, TensorError};

/// A number that a kernel refuses.
#[cold]
#[inline(never)]
fn refused(state: &mut JitState<'_>, error: &TensorError) -> Cause {
    state.explain(Cause::Panic, error.to_string())
}

/// The elements of the vector in a slot.
///
/// # Safety
/// The slot holds a vector that stays alive while they are looked at.
#[inline(always)]
unsafe fn floats<'v>(fp: Fp, slot: u16) -> &'v [f32] {
    // SAFETY: the caller's promise.
    unsafe { &*object(fp, slot).as_ptr() }.floats()
}

/// The elements of a vector to write.
///
/// # Safety
/// Nobody else looks at it meanwhile.
#[inline(always)]
unsafe fn floats_of<'v>(vector: ObjectRef) -> &'v mut [f32] {
    // SAFETY: the caller's promise.
    unsafe { &mut *vector.as_ptr() }.floats_mut()
}

/// A float in a slot, rounded to the nearest `f32`.
#[inline(always)]
unsafe fn float(fp: Fp, slot: usize) -> f32 {
    // SAFETY: the caller's promise.
    unsafe { f64::from_bits(*fp.add(slot)) as f32 }
}

/// `dst` = the vector of the `count` floats from `a` on.
#[derive(Clone, Copy)]
pub(crate) struct Vector;

impl Work for Vector {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise covers every slot named here.
        unsafe {
            let count = o.count as usize;
            state.charge(cost::elements(count as u64))?;
            let vector = state.heap.vector(count)?;
            for (index, to) in floats_of(vector).iter_mut().enumerate() {
                *to = float(fp, o.a as usize + index);
            }
            slot!(fp, o.dst) = word(vector);
            Ok(())
        }
    }
}

/// `dst = a[b]` of a vector.
#[derive(Clone, Copy)]
pub(crate) struct At;

impl Work for At {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise covers every slot named here.
        unsafe {
            let (vector, index) = (floats(fp, o.a), slot!(fp, o.b) as i64);
            let Some(&element) = usize::try_from(index).ok().and_then(|index| vector.get(index)) else {
                let text = message::vector_index(index, vector.len() as u64);
                return Err(state.explain(Cause::Index, text));
            };
            o.release(fp, state);
            slot!(fp, o.dst) = f64::from(element).to_bits();
            Ok(())
        }
    }
}

type Kernel = fn(&Loaded, Path, &mut Scratch, &[f32], &mut [f32]) -> Result<(), TensorError>;

/// `dst` = the product of the matrix in `a` and the vector in `b`.
///
/// # Safety
/// As [`Work::apply`].
#[inline(always)]
unsafe fn product(kernel: Kernel, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
    // SAFETY: the caller's promise covers every slot named here.
    unsafe {
        let (matrix, x) = (&*object(fp, o.a).as_ptr(), floats(fp, o.b));
        let rows = matrix.weights().shape().rows();
        state.charge(cost::gemv(rows as u64, x.len() as u64))?;
        let to = state.heap.vector(rows)?;
        let done = kernel(matrix.weights(), Path::best(), &mut state.heap.scratch, x, floats_of(to));
        if let Err(error) = done {
            return Err(refused(state, &error));
        }
        o.release(fp, state);
        slot!(fp, o.dst) = word(to);
        Ok(())
    }
}

/// `gemv(a, b)`
#[derive(Clone, Copy)]
pub(crate) struct Gemv;

impl Work for Gemv {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe { product(Loaded::gemv, o, fp, state) }
    }
}

/// `gemv_q2(a, b)`
#[derive(Clone, Copy)]
pub(crate) struct GemvQ2;

impl Work for GemvQ2 {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe { product(Loaded::gemv_q2, o, fp, state) }
    }
}

/// An operator whose result takes the place of the vector in `a`; that vector itself, if nobody else holds it.
#[derive(Clone, Copy)]
pub(crate) struct InPlace {
    pub(crate) op: TensorOp,
}

impl Work for InPlace {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise covers every slot named here; what is written to has one owner, so no operand is it.
        unsafe {
            let mut vector = object(fp, o.a);
            let len = vector.as_ref().len;
            let is_shared = !vector.as_ref().is_unique();
            if self.op == TensorOp::With {
                let index = slot!(fp, o.b) as i64;
                if !usize::try_from(index).is_ok_and(|index| index < len) {
                    return Err(state.explain(Cause::Index, message::vector_index(index, len as u64)));
                }
            }
            // One element is free, unless all others have to be copied for it.
            if is_shared || self.op != TensorOp::With {
                state.charge(cost::elements(len as u64))?;
            }
            if is_shared {
                let copy = state.heap.vector_of(vector.as_ref().floats())?;
                state.heap.release(vector);
                vector = copy;
            }
            let (path, to) = (Path::best(), floats_of(vector));
            let done = match self.op {
                TensorOp::Add => nda_tensor::add(path, to, floats(fp, o.b)),
                TensorOp::Subtract => nda_tensor::subtract(path, to, floats(fp, o.b)),
                TensorOp::Multiply => nda_tensor::multiply(path, to, floats(fp, o.b)),
                TensorOp::RmsNorm => nda_tensor::rms_norm(path, to, floats(fp, o.b), float(fp, o.c.into())),
                TensorOp::LayerNorm => {
                    let (gain, bias) = (floats(fp, o.b), floats(fp, o.c));
                    nda_tensor::layer_norm(path, to, gain, bias, float(fp, o.count as usize))
                }
                TensorOp::Softmax => nda_tensor::softmax(path, to),
                op => {
                    match op {
                        TensorOp::With => to[slot!(fp, o.b) as usize] = float(fp, o.c.into()),
                        TensorOp::Scale => nda_tensor::scale(path, to, float(fp, o.b.into())),
                        TensorOp::Relu => nda_tensor::relu(path, to),
                        TensorOp::Silu => nda_tensor::silu(to),
                        _ => nda_tensor::gelu(to),
                    }
                    Ok(())
                }
            };
            if let Err(error) = done {
                return Err(refused(state, &error));
            }
            o.release(fp, state);
            slot!(fp, o.dst) = word(vector);
            Ok(())
        }
    }
}

/// Any other operator; `len` is how long its result is, if it is a vector.
#[derive(Clone, Copy)]
pub(crate) struct Other {
    pub(crate) op: TensorOp,
    pub(crate) len: u32,
}

impl Work for Other {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise covers every slot named here; results are fresh.
        unsafe {
            let (path, len) = (Path::best(), self.len as usize);
            let result = match self.op {
                TensorOp::Dot => {
                    let (left, right) = (floats(fp, o.a), floats(fp, o.b));
                    state.charge(cost::elements(left.len() as u64))?;
                    match nda_tensor::dot(path, left, right) {
                        Ok(sum) => f64::from(sum).to_bits(),
                        Err(error) => return Err(refused(state, &error)),
                    }
                }
                TensorOp::Argmax => {
                    let vector = floats(fp, o.a);
                    state.charge(cost::elements(vector.len() as u64))?;
                    match nda_tensor::argmax(path, vector) {
                        Ok(found) => found.map_or(-1, |index| index as i64) as u64,
                        Err(error) => return Err(refused(state, &error)),
                    }
                }
                TensorOp::ToList => {
                    let vector = floats(fp, o.a);
                    state.charge(cost::elements(vector.len() as u64))?;
                    let list = state.heap.allocate(Holds::Words, vector.len())?;
                    vector.iter().for_each(|&element| Heap::push_word(list, f64::from(element).to_bits()));
                    word(list)
                }
                TensorOp::FromList => {
                    let list = &*object(fp, o.a).as_ptr();
                    if list.len != len {
                        let text = message::vector_from(list.len as u64, len as u64);
                        return Err(state.explain(Cause::Panic, text));
                    }
                    state.charge(cost::elements(len as u64))?;
                    let vector = state.heap.vector(len)?;
                    for (to, &bits) in floats_of(vector).iter_mut().zip(list.words()) {
                        *to = f64::from_bits(bits) as f32;
                    }
                    word(vector)
                }
                TensorOp::Fill => {
                    state.charge(cost::elements(len as u64))?;
                    let vector = state.heap.vector(len)?;
                    floats_of(vector).fill(float(fp, o.a.into()));
                    word(vector)
                }
                TensorOp::Part => {
                    let (vector, from) = (floats(fp, o.a), slot!(fp, o.b) as i64);
                    let part = usize::try_from(from).ok().and_then(|from| vector.get(from..)?.get(..len));
                    let Some(part) = part else {
                        let text = message::vector_part(from, len as u64, vector.len() as u64);
                        return Err(state.explain(Cause::Index, text));
                    };
                    state.charge(cost::elements(len as u64))?;
                    word(state.heap.vector_of(part)?)
                }
                _ => {
                    debug_assert!(self.op == TensorOp::Concat);
                    let (left, right) = (floats(fp, o.a), floats(fp, o.b));
                    state.charge(cost::elements(len as u64))?;
                    let vector = state.heap.vector(len)?;
                    let (first, second) = floats_of(vector).split_at_mut(left.len());
                    first.copy_from_slice(left);
                    second.copy_from_slice(right);
                    word(vector)
                }
            };
            o.release(fp, state);
            slot!(fp, o.dst) = result;
            Ok(())
        }
    }
}
