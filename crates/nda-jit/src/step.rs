//! Threaded closures: what compiled code is made of.
//!
//! A *step* is a closure in the literal sense, a function pointer with its captures behind it, except that it also
//! knows what comes next: it does its work on the frame and goes on to the step behind it (or, for a jump, elsewhere)
//! by a call in tail position. The steps of a function stand one behind the other in a single buffer:
//!
//! ```text
//! | run | dst | a | b || run | target | a | b || run | … |
//!   ^ ip                ^ ip + size of the first
//! ```
//!
//! Optimised builds make that call a jump (LLVM's sibling-call optimisation), so a run uses no native stack however
//! deep the language's calls nest, and a trap simply returns. Where the optimisation cannot be relied on (debug builds,
//! other targets, Miri) a step returns the next one to a loop instead; [`go`] is the only difference. `cargo xtask jumps`
//! looks at the optimised program and proves that no step calls the next one.
//!
//! Expressions inside of a step are not closures but types (see [`crate::operand`]): `a * b + c` on slots is one step.
#![allow(unsafe_code)]

use crate::fault::Fault;
use crate::state::{Exit, JitState};

/// A pointer into compiled code, at the start of a step.
pub type Ip = *const u64;
/// A pointer to the frame of the running function: its return address, then its slots.
pub type Fp = *mut u64;

/// Which step runs next; null says that the run is over. The frame it runs on, where it is not handed on in a register,
/// stands in the state.
///
/// One word on purpose: LLVM turns calls in tail position into jumps where their results are one word, and leaves some
/// of them calls where it is a pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct JitControlFlow(pub(crate) Ip);

impl JitControlFlow {
    /// The run is over.
    pub(crate) const OVER: Self = Self(std::ptr::null());
}

/// What a step does, as compiled code holds it.
pub type Run = for<'s, 'a> unsafe fn(Ip, Fp, &'s mut JitState<'a>) -> JitControlFlow;

/// The captures of a step, and its work.
///
/// # Safety
/// `run` reads only slots that the compiler gave it, of the type it was given them for, and goes on only to addresses
/// where steps start.
pub(crate) unsafe trait Captures: Copy + 'static {
    /// Does the work and goes on.
    ///
    /// # Safety
    /// `ip` points to a `Step<Self>` in live code, `fp` to a frame of its function.
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow;
}

/// A step in memory.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct Step<C> {
    pub(crate) run: Run,
    pub(crate) captures: C,
}

impl<C: Captures> Step<C> {
    /// Words it takes.
    pub(crate) const WORDS: usize = size_of::<Self>() / 8;

    /// The captures of the step at `ip`.
    ///
    /// # Safety
    /// As [`Captures::run`].
    #[inline(always)]
    pub(crate) unsafe fn at<'c>(ip: Ip) -> &'c C {
        // SAFETY: the caller's promise.
        unsafe { &(*ip.cast::<Self>()).captures }
    }

    /// The step behind the one at `ip`.
    ///
    /// # Safety
    /// As [`Captures::run`].
    #[inline(always)]
    pub(crate) unsafe fn behind(ip: Ip) -> Ip {
        // SAFETY: every function's code ends with a step that does not go on behind itself.
        unsafe { ip.add(Self::WORDS) }
    }
}

/// Goes on to the step at `ip`.
///
/// # Safety
/// `ip` points to a step in live code and `fp` to a frame of its function.
#[inline(always)]
pub(crate) unsafe fn go(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    #[cfg(nda_threaded)]
    {
        // SAFETY: the caller's promise: the first word of a step is its `run`.
        unsafe { (*ip.cast::<Run>())(ip, fp, state) }
    }
    #[cfg(not(nda_threaded))]
    {
        state.frame = fp;
        JitControlFlow(ip)
    }
}

/// Goes on to the step `offset` words from `ip`.
///
/// # Safety
/// As [`go`].
#[inline(always)]
pub(crate) unsafe fn jump(ip: Ip, offset: i32, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe { go(ip.offset(offset as isize), fp, state) }
}

/// Ends the run with a trap at the step `ip`.
#[cold]
#[inline(never)]
pub(crate) fn trap(ip: Ip, fp: Fp, state: &mut JitState<'_>, fault: Fault) -> JitControlFlow {
    state.exit = Some(Exit { fault, ip, fp });
    JitControlFlow::OVER
}

/// Runs steps until one ends the run.
///
/// # Safety
/// As [`go`].
pub(crate) unsafe fn drive(ip: Ip, fp: Fp, state: &mut JitState<'_>) {
    let mut next = JitControlFlow(ip);
    state.frame = fp;
    while next != JitControlFlow::OVER {
        let fp = state.frame;
        // SAFETY: the caller's promise for the first step; the steps themselves for all others.
        next = unsafe { (*next.0.cast::<Run>())(next.0, fp, state) };
    }
}
