//! [`VectorFunction`]: calls that copy no vector.

use crate::engine::Compiled;
use crate::sandbox::{NdaJitSandbox, Refused, RunOptions, Tier, internal_trap};
use crate::tier2::NativeFn;
use crate::typed::CallError;
use nda_graph::{Hash, TensorShape};
use nda_jit::Given;
use std::time::Instant;

/// A function from vectors to a vector that is called on slices, one call after the other: warm ones ask for no memory, and copy
/// neither what they are given nor what they give.
///
/// A vector that is lent is to the program what a constant is: the run holds nothing of it, and what changes it copies it first
/// (`docs/spec/tensors.md`). Everything else is as in [`NdaJitSandbox::run`], but that lines which the program prints are not kept.
///
/// ```
/// # use nda_engine::{Engine, MemoryLibrary, NdaJitSandbox, Refused, RunOptions};
/// # fn call(sandbox: NdaJitSandbox<'_>, hash: nda_engine::Hash) -> Result<(), Box<dyn std::error::Error>> {
/// let mut block = sandbox.lend_to(hash, RunOptions::default())?;
/// let (x, bias) = ([1.0_f32; 896], [0.5_f32; 896]);
/// for _ in 0..1000 {
///     let y: &[f32] = block.call(&[&x, &bias])?;
///     println!("{}", y[0]);
/// }
/// # Ok(())
/// # }
/// ```
pub struct VectorFunction<'l> {
    sandbox: NdaJitSandbox<'l>,
    hash: Hash,
    options: RunOptions,
    compiled: Compiled,
    native: Option<NativeFn>,
    /// How long each argument is.
    takes: Box<[usize]>,
    used: Used,
}

/// What a call used.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Used {
    /// Units of fuel.
    pub fuel: u64,
    /// The most memory that the run held at once, in bytes.
    pub peak_bytes: u64,
    /// The deepest nesting of calls.
    pub depth: u32,
}

impl<'l> NdaJitSandbox<'l> {
    /// A function that is lent vectors, to be called many times under the same options.
    ///
    /// # Errors
    /// As [`NdaJitSandbox::run`], and if it takes or gives anything but vectors, or is to run on the evaluator.
    pub fn lend_to(self, hash: Hash, options: RunOptions) -> Result<VectorFunction<'l>, Refused> {
        let (compiled, _) = self.ready(hash)?;
        let native = match options.tier {
            Tier::Eval => return Err(Refused::Evaluator),
            Tier::Native => self.native(hash, &options.limits, &[]).ok(),
            _ => None,
        };
        if let Some(missing) = compiled.needs.iter().find(|need| !options.grants.holds(need)) {
            return Err(Refused::NotGranted(missing.clone()));
        }
        let signature = compiled.function.signature();
        let types = signature.types.view();
        let len = |ty| match types.tensor(ty) {
            Some(TensorShape::Vector(len)) => Some(len as usize),
            _ => None,
        };
        let takes: Option<Box<[usize]>> = signature.params.iter().map(|&ty| len(ty)).collect();
        let (Some(takes), Some(_)) = (takes, len(signature.ret)) else {
            return Err(Refused::NotOfVectors(signature.clone()));
        };
        Ok(VectorFunction { sandbox: self, hash, options, compiled, native, takes, used: Used::default() })
    }
}

impl VectorFunction<'_> {
    /// Calls it. The result is one of the vectors that were lent, or lies where the run left it, until the next call.
    ///
    /// # Errors
    /// The trap, or why the run did not start: another number of vectors than it takes, or one of another length.
    pub fn call<'v>(&'v mut self, vectors: &[&'v [f32]]) -> Result<&'v [f32], CallError> {
        let (takes, given) = (self.takes.len(), vectors.len());
        if takes != given {
            return Err(Refused::Vectors { takes, given }.into());
        }
        for (index, (&takes, vector)) in self.takes.iter().zip(vectors).enumerate() {
            let given = vector.len();
            if takes != given {
                return Err(Refused::Length { index, takes, given }.into());
            }
        }
        let moving = self.options.tier == Tier::Auto;
        if moving && self.native.is_none() {
            let ready = self.sandbox.engine.tier2().ready(self.sandbox.library, self.hash);
            self.native = ready.filter(|function| function.allows(&self.options.limits));
        }
        let deadline = self.options.deadline.map(|limit| Instant::now() + limit);
        let moving = moving && self.native.is_none();
        let (native, function) = (&self.native, &self.compiled.function);
        let ran = self.sandbox.execute(&self.options, deadline, moving, |state, frames| {
            let result = match native {
                Some(native) => native.call_lent(state, frames, vectors)?,
                None => function.call_lent(state, frames, vectors)?,
            };
            let (fuel, peak_bytes) = (state.fuel_used(), state.heap.peak_bytes());
            Ok((result, Used { fuel, peak_bytes, depth: state.depth_reached() }))
        })?;
        let (result, used) = ran.unwrap_or_else(|| (Err(internal_trap()), Used::default()));
        self.used = used;
        if moving {
            self.sandbox.engine.tier2().ran(self.hash, used.fuel);
        }
        match result.map_err(CallError::Trap)? {
            Given::Lent(index) => Ok(vectors[index]),
            Given::Kept => Ok(self.sandbox.scratch.heap.given()),
        }
    }

    /// What the last call used.
    #[must_use]
    pub fn used(&self) -> Used {
        self.used
    }
}
