//! Entrances: what calls of a function go through.
//!
//! A call finds the first step of what it calls in the function's entrance. Once there is machine code for the function, a run
//! that may use it makes the entrance lead there, and from then on every call goes to machine code, also from frames that
//! were there before. Nobody else notices: a run that stays on tier 1 goes on to the steps.
#![allow(unsafe_code)]

use crate::heads::{Moved, Rest, run_rest};
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Run, Step, go};
use crate::steps::flow::leave;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

/// The entrance of a function. It stays where it is as long as its unit lives.
pub(crate) struct Entrance {
    first: AtomicPtr<u64>,
    native: OnceLock<Native>,
}

/// Machine code for a function, and the step that enters it.
struct Native {
    _code: Arc<dyn Rest>,
    step: Box<Step<EnterNative>>,
}

impl std::fmt::Debug for Entrance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entrance({})", if self.is_native() { "native" } else { "steps" })
    }
}

impl Entrance {
    /// It leads to the function's steps.
    pub(crate) fn new(first: *mut u64) -> Self {
        Self { first: AtomicPtr::new(first), native: OnceLock::new() }
    }

    /// The step that a call goes to.
    #[inline(always)]
    pub(crate) fn first(&self) -> Ip {
        self.first.load(Ordering::Acquire)
    }

    pub(crate) fn is_native(&self) -> bool {
        self.native.get().is_some()
    }

    /// It leads to machine code from now on, which is that of the whole function.
    pub(crate) fn lead_to(&self, code: Arc<dyn Rest>) {
        let native = self.native.get_or_init(|| {
            let captures = EnterNative { code: Arc::as_ptr(&code), steps: self.first() };
            Native { _code: code, step: Box::new(Step { run: EnterNative::run as Run, captures }) }
        });
        let step = std::ptr::from_ref::<Step<EnterNative>>(&native.step).cast::<u64>().cast_mut();
        self.first.store(step, Ordering::Release);
    }
}

/// Runs a function that was just called in machine code, if this run may.
#[derive(Clone, Copy)]
pub(crate) struct EnterNative {
    code: *const dyn Rest,
    /// The function's steps.
    steps: Ip,
}

// SAFETY: the code is that of the function whose steps these are, and the entrance owns it.
unsafe impl Captures for EnterNative {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            match enter(ip, fp, state) {
                Moved::Not => go(Step::<Self>::at(ip).steps, fp, state),
                Moved::Returned => leave(fp, state.result, state),
                Moved::Ended => JitControlFlow::OVER,
            }
        }
    }
}

/// Apart, so that nothing has to be kept or dropped behind the jump.
///
/// # Safety
/// As [`Captures::run`]; the function's arguments are in its frame, and nothing of it has run.
#[inline(never)]
unsafe fn enter(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> Moved {
    // SAFETY: the caller's promise.
    unsafe {
        let code = &*Step::<EnterNative>::at(ip).code;
        let limits = *state.limits();
        if state.tier_up.is_none() || !state.search.may_enter(code, &limits) {
            return Moved::Not;
        }
        run_rest(code, fp, state)
    }
}
