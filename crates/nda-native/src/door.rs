//! The way from machine code to work that is seldom done: a call that keeps every register.
//!
//! What is live across a slow path would otherwise have to stand in one of the few registers that a call keeps, or in
//! memory, also where the slow path is not taken. The door saves all of them, and leaves how the work went, and where, in the
//! state, since such a call can give nothing.
#![allow(unsafe_code)]

use cranelift_codegen::Context;
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::JITModule;
use cranelift_module::{Linkage, Module};
use nda_jit::runtime::layout;

/// Machine code that every unit of a compiler uses, and that lives as long as the last of them.
pub(crate) struct Door {
    /// Taken when it is dropped.
    module: Option<JITModule>,
    address: *const u8,
}

// SAFETY: nothing of it changes once it is made.
unsafe impl Send for Door {}
// SAFETY: as above.
unsafe impl Sync for Door {}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: every unit that calls it is gone.
            unsafe { module.free_memory() };
        }
    }
}

/// So many words go through the door: whose work, the place where the run ends if it does, and two for the work.
pub(crate) const WORDS: usize = 4;

pub(crate) fn signature() -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend([AbiParam::new(types::I64); WORDS]);
    signature
}

impl Door {
    /// None if Cranelift cannot make it.
    pub(crate) fn new(mut module: JITModule, conv: CallConv) -> Option<Self> {
        let mut context = Context::new();
        let mut builder = FunctionBuilderContext::new();
        context.func.signature = signature();
        let id = module.declare_function("door", Linkage::Local, &context.func.signature).ok()?;
        let mut b = FunctionBuilder::new(&mut context.func, &mut builder);
        let block = b.create_block();
        b.append_block_params_for_function_params(block);
        b.switch_to_block(block);
        b.seal_block(block);
        let &[helper, place, first, second] = b.block_params(block) else {
            unreachable!("four were appended")
        };
        let state = b.ins().get_pinned_reg(types::I64);
        let mut work = Signature::new(conv);
        work.params.extend([AbiParam::new(types::I64); 3]);
        work.returns.push(AbiParam::new(types::I8));
        let work = b.import_signature(work);
        let call = b.ins().call_indirect(work, helper, &[state, first, second]);
        let status = b.inst_results(call)[0];
        b.ins().store(MemFlagsData::trusted(), status, state, layout::STATUS as i32);
        b.ins().store(MemFlagsData::trusted(), place, state, layout::PLACE as i32);
        b.ins().return_(&[]);
        b.finalize(module.isa().frontend_config());
        let made = module.define_function(id, &mut context).is_ok() && module.finalize_definitions().is_ok();
        if !made {
            // SAFETY: no address of its code was given to anybody.
            unsafe { module.free_memory() };
            return None;
        }
        Some(Self { address: module.get_finalized_function(id), module: Some(module) })
    }

    pub(crate) fn address(&self) -> *const u8 {
        self.address
    }
}
