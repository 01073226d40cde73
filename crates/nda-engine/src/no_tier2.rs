//! In the place of `tier2.rs` where the engine is built without the feature `native`: every function stays on tier 1.

use crate::library::Library;
use crate::weights::WeightsCache;
use nda_graph::{Hash, Limits, Outcome, Trap, Value};
use nda_jit::{FrameStack, FramesTooLarge, Given, JitState};
use std::sync::Arc;

#[derive(Default)]
pub(crate) struct Tier2;

/// There is no machine code.
pub(crate) enum NativeFn {}

impl Tier2 {
    pub(crate) fn over(_: Arc<WeightsCache>) -> Self {
        Self
    }

    pub(crate) fn compiled(&self, _: &dyn Library, _: Hash) -> Result<NativeFn, String> {
        Err("this engine was built without tier 2".to_owned())
    }

    pub(crate) fn ready(&self, _: &dyn Library, _: Hash) -> Option<NativeFn> {
        None
    }

    pub(crate) fn ran(&self, _: Hash, _: u64) {}
}

impl NativeFn {
    pub(crate) const MAX_FUEL: u64 = 0;

    pub(crate) fn allows(&self, _: &Limits) -> bool {
        match *self {}
    }

    pub(crate) fn call(
        &self,
        _: &mut JitState<'_>,
        _: &mut FrameStack,
        _: &[Value],
    ) -> Result<Outcome, FramesTooLarge> {
        match *self {}
    }

    pub(crate) fn call_lent(
        &self,
        _: &mut JitState<'_>,
        _: &mut FrameStack,
        _: &[&[f32]],
    ) -> Result<Result<Given, Trap>, FramesTooLarge> {
        match *self {}
    }
}

/// No run goes on in machine code.
pub(crate) struct Upgrade;

impl Upgrade {
    pub(crate) fn new(_: &Tier2, _: &dyn Library) -> Self {
        Self
    }

    pub(crate) fn attach(&self, _: &mut JitState<'_>) {}
}
