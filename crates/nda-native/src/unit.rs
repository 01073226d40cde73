//! Machine code that runs: [`NativeFn`], and the unit that owns it.
#![allow(unsafe_code)]

use crate::door::Door;
use crate::parts::Owned;
use cranelift_jit::JITModule;
use nda_graph::{Frame, Hash, Limits, NodeId, Outcome, Signature, Trap, Value};
use nda_jit::runtime::{self, Cause, Fp, Layouts, Literals};
use nda_jit::{FrameStack, FramesTooLarge, Given, JitState, OpenLoop, Rest, takes_vectors};
use std::sync::Arc;

/// How a run enters machine code: state, frame, depth, function. The arguments stand in the frame as tier 1 has them; the
/// result and the fuel are left in the state, unless the run has ended.
type Enter = unsafe extern "C" fn(&mut JitState<'_>, Fp, u64, *const u8);

/// Native stack that is left for whatever machine code calls: the runtime's work, and hosts.
const HEADROOM: usize = 512 << 10;
/// Runs that could need more native stack than this stay on tier 1.
const MAX_STACK: u64 = 256 << 20;

/// Functions that were compiled together, with everything their code points to.
///
/// Dropping: no function of the unit runs any more, since each handle keeps the unit; first the pages of the code go
/// ([`Unit::drop`]), then, as fields, what the code pointed to, then (by `keeps` in `_owned`) the units that it called.
pub(crate) struct Unit {
    /// Taken when it is dropped: Cranelift's module leaks its pages unless it is told to free them.
    pub(crate) module: Option<JITModule>,
    pub(crate) functions: Vec<Function>,
    pub(crate) _door: Arc<Door>,
    pub(crate) _owned: Owned,
    pub(crate) _literals: Literals,
    /// The widest frame of anything it can reach, in words.
    pub(crate) widest_frame: u32,
    /// The most native stack that one call of anything it can reach takes, in bytes.
    pub(crate) stack_bytes: u32,
    pub(crate) code_bytes: usize,
}

// SAFETY: after compilation nothing of a unit changes; what its code points to it owns. The module is not looked at any
// more until it is freed by whoever holds the last handle.
unsafe impl Send for Unit {}
// SAFETY: as above.
unsafe impl Sync for Unit {}
impl std::panic::UnwindSafe for Unit {}
impl std::panic::RefUnwindSafe for Unit {}

pub(crate) struct Function {
    pub(crate) hash: Hash,
    pub(crate) signature: Signature,
    /// Of the signature's types.
    pub(crate) border: Option<Arc<Layouts>>,
    pub(crate) address: *const u8,
    pub(crate) enter: *const u8,
    /// The root of its body, which a result that cannot be handed out is blamed on.
    pub(crate) last_node: NodeId,
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: every handle is gone, so none of its code runs or will be called.
            unsafe { module.free_memory() };
        }
    }
}

impl Unit {
    /// The native stack that a run under these limits may need. A call takes at most `stack_bytes` of it, and the depth
    /// limit says how many calls are open at once, so nothing that machine code does can pass this.
    fn stack_for(&self, limits: &Limits) -> u64 {
        (u64::from(limits.depth) + 2) * u64::from(self.stack_bytes) + HEADROOM as u64
    }

    /// The words that the frames of so many calls may need.
    fn words_for(&self, calls: u32) -> u64 {
        (u64::from(calls) + 1) * u64::from(self.widest_frame)
    }

    fn allows(&self, limits: &Limits) -> bool {
        limits.fuel <= crate::passes::MAX_FUEL && self.stack_for(limits) <= MAX_STACK
    }

    /// Runs machine code.
    ///
    /// # Safety
    /// Both addresses are of this unit and fit each other; the frame is one for the function, inside of `depth` calls, and
    /// behind it is room for every frame that the depth limit allows.
    unsafe fn enter(
        &self,
        enter: *const u8,
        function: *const u8,
        state: &mut JitState<'_>,
        fp: Fp,
        depth: u32,
    ) {
        // SAFETY: it is code that this crate made, and lives as long as the unit.
        let enter = unsafe { std::mem::transmute::<*const u8, Enter>(enter) };
        let stack = self.stack_for(state.limits()) as usize;
        // SAFETY: the caller's promise; the native stack has room for every call that the depth limit allows.
        stacker::maybe_grow(stack, stack, || unsafe { enter(state, fp, depth.into(), function) });
    }
}

/// The rest of a function, from the head of a loop on, or all of it. It owns (shares) its code.
#[derive(Clone)]
pub struct NativeRest {
    pub(crate) unit: Arc<Unit>,
    pub(crate) address: *const u8,
    pub(crate) enter: *const u8,
    pub(crate) loops: Vec<OpenLoop>,
}

// SAFETY: as its unit, which the addresses are of.
unsafe impl Send for NativeRest {}
// SAFETY: as above.
unsafe impl Sync for NativeRest {}

impl std::fmt::Debug for NativeRest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NativeRest({:?})", self.loops)
    }
}

impl Rest for NativeRest {
    fn loops(&self) -> &[OpenLoop] {
        &self.loops
    }

    fn fits(&self, limits: &Limits, depth: u32, words: u64) -> bool {
        self.unit.allows(limits) && self.unit.words_for(limits.depth.saturating_sub(depth)) <= words
    }

    fn is_near(&self, limits: &Limits) -> bool {
        stacker::remaining_stack().is_some_and(|left| left as u64 >= self.unit.stack_for(limits))
    }

    unsafe fn run(&self, state: &mut JitState<'_>, fp: Fp) {
        let depth = state.depth();
        // SAFETY: the caller's promise; it was asked whether the rest of the frames fits.
        unsafe { self.unit.enter(self.enter, self.address, state, fp, depth) };
    }
}

/// A function in machine code. It owns (shares) its code, and can be called from any thread with any state.
#[derive(Clone)]
pub struct NativeFn {
    pub(crate) unit: Arc<Unit>,
    pub(crate) function: usize,
}

impl std::fmt::Debug for NativeFn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NativeFn(#{})", self.hash().short())
    }
}

impl NativeFn {
    /// Runs that may use more fuel stay on tier 1.
    pub const MAX_FUEL: u64 = crate::passes::MAX_FUEL;

    fn function(&self) -> &Function {
        &self.unit.functions[self.function]
    }

    /// What it takes and gives.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.function().signature
    }

    /// The definition it was compiled from.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.function().hash
    }

    /// Bytes of machine code of its unit.
    #[must_use]
    pub fn unit_bytes(&self) -> usize {
        self.unit.code_bytes
    }

    pub(crate) fn address(&self) -> *const u8 {
        self.function().address
    }

    pub(crate) fn same_unit(&self, other: &NativeFn) -> bool {
        Arc::ptr_eq(&self.unit, &other.unit)
    }

    /// The same for runs on tier 1: what calls of the function may go to.
    #[must_use]
    pub fn whole(&self) -> NativeRest {
        let Function { address, enter, .. } = *self.function();
        NativeRest { unit: Arc::clone(&self.unit), address, enter, loops: Vec::new() }
    }

    /// Whether a run under these limits is one for machine code: its native stack is bounded by something we can have, and
    /// its fuel by what keeps counters from overflowing.
    #[must_use]
    pub fn allows(&self, limits: &Limits) -> bool {
        self.unit.allows(limits) && self.unit.words_for(limits.depth) <= FrameStack::MAX_WORDS
    }

    /// Runs it. `args` have been checked against its signature, and [`NativeFn::allows`] its limits.
    ///
    /// # Errors
    /// If the frames that the depth limit allows would not fit; nothing has run then.
    ///
    /// # Panics
    /// If an argument is not of its parameter's type, or with a panic of a host function.
    pub fn call(
        &self,
        state: &mut JitState<'_>,
        frames: &mut FrameStack,
        args: &[Value],
    ) -> Result<Outcome, FramesTooLarge> {
        let function = self.function();
        assert!(
            function.signature.accepts(args) && self.allows(state.limits()),
            "arguments and limits are checked before a call"
        );
        let base = frames.reserve(self.unit.words_for(state.limits().depth))?;
        let result = self.run(state, base, args);
        Ok(state.outcome(result))
    }

    /// Runs it on vectors of the caller, as [`nda_jit::JitFn::call_lent`].
    ///
    /// # Errors
    /// As [`NativeFn::call`].
    ///
    /// # Panics
    /// As [`NativeFn::call`], and as that.
    pub fn call_lent(
        &self,
        state: &mut JitState<'_>,
        frames: &mut FrameStack,
        args: &[&[f32]],
    ) -> Result<Result<Given, Trap>, FramesTooLarge> {
        assert!(
            takes_vectors(&self.function().signature, args) && self.allows(state.limits()),
            "arguments and limits are checked before a call"
        );
        let base = frames.reserve(self.unit.words_for(state.limits().depth))?;
        for (index, word) in runtime::lend(&mut state.heap, args).enumerate() {
            // SAFETY: the stack has room for the function's frame.
            unsafe { *base.add(1 + index) = word };
        }
        let result = self.drive(state, base);
        let given = runtime::take_back(&mut state.heap, result.as_ref().ok().copied());
        Ok(result.map(|_| given))
    }

    /// Runs the code over a frame that has the arguments, and gives the word of the result.
    fn drive(&self, state: &mut JitState<'_>, base: Fp) -> Result<u64, Trap> {
        let function = self.function();
        state.enter().map_err(|cause| trap_of(cause, Vec::new()))?;
        // SAFETY: `enter` was made for functions of this signature, and the frame stack has room for every frame that the
        // depth limit allows.
        unsafe { self.unit.enter(function.enter, function.address, state, base, 1) };
        match state.take_trap() {
            Some(trap) => Err(trap),
            None => Ok(state.result()),
        }
    }

    fn run(&self, state: &mut JitState<'_>, base: Fp, args: &[Value]) -> Result<Value, Trap> {
        let function = self.function();
        let border = function.border.as_ref();
        runtime::can_import(&state.heap, args).map_err(|cause| trap_of(cause, Vec::new()))?;
        for (index, (arg, &ty)) in args.iter().zip(&function.signature.params).enumerate() {
            let word = runtime::import(&mut state.heap, border, ty, arg);
            let word = word.map_err(|cause| trap_of(cause, Vec::new()))?;
            // SAFETY: the stack has room for the function's frame.
            unsafe { *base.add(1 + index) = word };
        }
        let word = self.drive(state, base)?;
        runtime::export(state, border, function.signature.ret, word).map_err(|cause| {
            let frame = Frame { definition: function.hash, node: function.last_node };
            trap_of(cause, vec![frame])
        })
    }
}

fn trap_of(cause: Cause, frames: Vec<Frame>) -> Trap {
    let (kind, message) = cause.describe();
    Trap { kind, message: message.unwrap_or(kind.message()).to_owned(), frames }
}
