//! Neighbouring operators on vectors, done in one pass ([`crate::compile::fusion`] says which).
//!
//! They are charged for one by one, as if each had made its result: fuel, and memory where nobody would have left a vector to work
//! in. Then all of them run over the elements together, and only the last result is written, where the first operand of the tree
//! was if that had no other owner.

use super::lists::object;
use crate::fault::{Cause, Fault};
use crate::object::{ObjectRef, word};
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};
use nda_graph::TensorOp;
use nda_graph::run::cost;
use nda_tensor::fused::{MOST_WAITING, Source};
use nda_tensor::{Path, fused};

/// The most operators.
const MOST: usize = crate::compile::fusion::MOST;

/// A vector in a word of the frame, and whether whoever reads it has to release it.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// The word.
    pub word: u16,
    /// Whether it is to be released.
    pub owned: bool,
}

/// A part of what is done, in the order of evaluation.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// Begins a value.
    Begin(Read),
    /// An operator, and what it takes besides the value at hand.
    Op(TensorOp, With),
}

/// A second operand.
#[derive(Clone, Copy, Debug)]
pub enum With {
    /// There is none.
    Nothing,
    /// The value that was computed last.
    Last,
    /// A vector.
    Vector(Read),
    /// A number.
    Number(f32),
    /// A number in a word of the frame.
    NumberIn(u16),
}

/// What is done, and where the result goes.
#[derive(Debug)]
pub struct Fused {
    /// The parts.
    pub parts: Box<[Part]>,
    /// The word of the result.
    pub dst: u16,
}

/// An operator that could not be charged for, by its number.
pub(crate) struct Unpaid {
    pub(crate) cause: Cause,
    pub(crate) operator: usize,
}

/// A value that an operator takes.
#[derive(Clone, Copy)]
enum Taken {
    /// A vector that is only looked at.
    Borrowed,
    /// A vector that was given up for it, or a result in the place of one.
    Owned(ObjectRef),
    /// A result that took the place of none: it is charged for, and not there.
    Charged,
}

/// The vectors that lost their last owner and are still read.
struct Late {
    vectors: [Option<ObjectRef>; MOST + 1],
    count: usize,
}

impl Late {
    /// One owner less.
    ///
    /// # Safety
    /// The vector is alive, and whoever held it uses it only until [`Late::end`].
    unsafe fn release(&mut self, vector: ObjectRef, state: &mut JitState<'_>) {
        // SAFETY: the caller's promise.
        if unsafe { state.heap.release_early(vector) } {
            self.vectors[self.count] = Some(vector);
            self.count += 1;
        }
    }

    /// Frees them.
    ///
    /// # Safety
    /// Nobody looks at them any more.
    unsafe fn end(&self, state: &mut JitState<'_>) {
        for vector in self.vectors[..self.count].iter().copied().flatten() {
            // SAFETY: the caller's promise.
            unsafe { state.heap.free_released(vector) };
        }
    }
}

impl Fused {
    /// Does it.
    ///
    /// # Safety
    /// The slots hold what the compiler put there.
    pub(crate) unsafe fn apply(&self, fp: Fp, state: &mut JitState<'_>) -> Result<(), Unpaid> {
        let [Part::Begin(first), ..] = *self.parts else { unreachable!("a value begins a tree") };
        // SAFETY: the caller's promise covers every slot named here. The result is written to has one owner or is fresh, and what
        // is read of it is read through itself; vectors that lost their last owner are freed when nothing reads them any more.
        unsafe {
            let len = object(fp, first.word).as_ref().len;
            let mut late = Late { vectors: [None; _], count: 0 };
            let result = self.pay(len, &mut late, fp, state);
            if let Ok(result) = &result {
                let to = &mut *result.as_ptr();
                self.compute(to.floats_mut(), *result, fp);
                *fp.add(self.dst as usize) = word(*result);
            }
            late.end(state);
            result.map(|_| ())
        }
    }

    /// Charges for the operators, and gives the vector that the result goes to.
    unsafe fn pay(
        &self,
        len: usize,
        late: &mut Late,
        fp: Fp,
        state: &mut JitState<'_>,
    ) -> Result<ObjectRef, Unpaid> {
        let taken = |read: Read| match read.owned {
            // SAFETY: the caller's promise.
            true => Taken::Owned(unsafe { object(fp, read.word) }),
            false => Taken::Borrowed,
        };
        let mut values = [Taken::Borrowed; MOST_WAITING + 1];
        let (mut count, mut operator) = (0, 0);
        for part in &self.parts {
            match *part {
                Part::Begin(read) => {
                    values[count] = taken(read);
                    count += 1;
                }
                Part::Op(_, with) => {
                    let second = match with {
                        With::Last => {
                            count -= 1;
                            values[count]
                        }
                        With::Vector(read) => taken(read),
                        _ => Taken::Borrowed,
                    };
                    let unpaid = |cause| Unpaid { cause, operator };
                    state.charge(cost::elements(len as u64)).map_err(unpaid)?;
                    let value = &mut values[count - 1];
                    // SAFETY: what is owned is alive, and is looked at no longer than the elements are computed.
                    unsafe {
                        if let Taken::Owned(vector) = *value
                            && !vector.as_ref().is_unique()
                        {
                            state.heap.charge_vector(len).map_err(unpaid)?;
                            late.release(vector, state);
                            *value = Taken::Charged;
                        }
                        match second {
                            Taken::Borrowed => {}
                            Taken::Owned(vector) => late.release(vector, state),
                            Taken::Charged => state.heap.uncharge_vector(len),
                        }
                    }
                    operator += 1;
                }
            }
        }
        match values[0] {
            Taken::Owned(vector) => Ok(vector),
            _ => {
                // What was charged is what the vector costs.
                state.heap.uncharge_vector(len);
                state.heap.vector(len).map_err(|cause| Unpaid { cause, operator: operator - 1 })
            }
        }
    }

    /// The elements of the result, which is the vector `result`.
    unsafe fn compute(&self, to: &mut [f32], result: ObjectRef, fp: Fp) {
        // SAFETY: what is read is alive, and is not the result, which is read as such.
        let source = |read: Read| unsafe {
            let vector = object(fp, read.word);
            if vector == result { Source::Result } else { Source::Of((*vector.as_ptr()).floats()) }
        };
        let mut steps = [fused::Step::Relu; 2 * MOST + 1];
        for (part, step) in self.parts.iter().zip(&mut steps) {
            *step = match *part {
                Part::Begin(read) => fused::Step::Begin(source(read)),
                Part::Op(op, with) => {
                    let second = match with {
                        With::Vector(read) => source(read),
                        _ => Source::Last,
                    };
                    match (op, with) {
                        (TensorOp::Add, _) => fused::Step::Add(second),
                        (TensorOp::Subtract, _) => fused::Step::Subtract(second),
                        (TensorOp::Multiply, _) => fused::Step::Multiply(second),
                        (_, With::Number(factor)) => fused::Step::Scale(factor),
                        (_, With::NumberIn(word)) => {
                            // SAFETY: the compiler put a number there.
                            fused::Step::Scale(f64::from_bits(unsafe { *fp.add(word as usize) }) as f32)
                        }
                        (TensorOp::Relu, _) => fused::Step::Relu,
                        (TensorOp::Silu, _) => fused::Step::Silu,
                        _ => fused::Step::Gelu,
                    }
                }
            };
        }
        let done = fused::fused(Path::best(), to, &steps[..self.parts.len()]);
        debug_assert_eq!(done, Ok(()), "verified vectors are of one length");
    }
}

/// The step of tier 1; its unit keeps what it points to.
#[derive(Clone, Copy)]
pub(crate) struct DoFused {
    pub(crate) fused: *const Fused,
}

// SAFETY: touches the slots of its operands only.
unsafe impl Captures for DoFused {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise, and the unit's.
        unsafe {
            match (*Step::<Self>::at(ip).fused).apply(fp, state) {
                Ok(()) => go(Step::<Self>::behind(ip), fp, state),
                Err(Unpaid { cause, operator }) => {
                    trap(ip, fp, state, Fault { cause, path: operator as u8 + 1 })
                }
            }
        }
    }
}
