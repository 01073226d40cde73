//! Vectors and matrices: what machine code leaves to the kernels.

use super::{Address, Job, Place, Status, guarded, status};
use crate::fault::Cause;
use crate::state::JitState;
use crate::step::Fp;
use crate::steps::fused::Unpaid;
use crate::steps::lists::Operands;
use crate::steps::tensors::{At, Gemv, GemvQ2, InPlace, Other, Vector};
use nda_graph::TensorOp;
use nda_graph::run::message;

pub use crate::compile::fusion::{self, emptied};
pub use crate::compile::tensors::fitting;
pub use crate::steps::fused::{Fused, Part, Read, With};
pub use nda_tensor::Loaded;

/// A vector of its elements, which stand in words one behind the other.
#[must_use]
pub fn vector(operands: Operands) -> Job {
    Job::new(operands, Vector)
}

/// An operator; `len` is how long its result is, if it is a vector.
#[must_use]
pub fn tensor(op: TensorOp, len: u32, mut operands: Operands) -> Job {
    if op.is_in_place() {
        // What these take first becomes the result.
        operands.owned &= !1;
    }
    match op {
        TensorOp::At => Job::new(operands, At),
        TensorOp::Gemv => Job::new(operands, Gemv),
        TensorOp::GemvQ2 => Job::new(operands, GemvQ2),
        op if op.is_in_place() => Job::new(operands, InPlace { op }),
        op => Job::new(operands, Other { op, len }),
    }
}

/// Operators that are done in one pass, and where each of them is.
struct FusedAt {
    fused: Fused,
    places: Box<[*const Place]>,
}

/// Operators that are done in one pass. If one of them ends the run, its place of `places` is in the state.
#[must_use]
pub fn fused(fused: Fused, places: Box<[*const Place]>) -> Job {
    Job { address: run_fused as *const () as Address, captures: Box::new(FusedAt { fused, places }) }
}

unsafe extern "C" fn run_fused(job: &FusedAt, fp: Fp, state: &mut JitState<'_>) -> Status {
    // Also where a panic is told from.
    state.place = job.places[0];
    guarded(state, |state| {
        // SAFETY: the translator put the operands where it says, as the compiler of steps does.
        unsafe { job.fused.apply(fp, state) }.map_err(|Unpaid { cause, operator }| {
            state.place = job.places[operator];
            cause
        })
    })
}

/// An index outside a vector.
pub unsafe extern "C" fn outside(index: i64, len: u64, state: &mut JitState<'_>) -> Status {
    status(state.explain(Cause::Index, message::vector_index(index, len)))
}
