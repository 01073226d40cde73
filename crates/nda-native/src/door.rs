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
use cranelift_module::{FuncId, Linkage, Module};
use nda_jit::runtime::layout;

/// Machine code that every unit of a compiler uses, and that lives as long as the last of them.
pub(crate) struct Door {
    /// Taken when it is dropped.
    module: Option<JITModule>,
    /// By how many words the work takes.
    addresses: [*const u8; MAX_WORDS + 1],
}

// SAFETY: nothing of it changes once it is made.
unsafe impl Send for Door {}
// SAFETY: as above.
unsafe impl Sync for Door {}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: every unit that calls it is gone, if there ever was one.
            unsafe { module.free_memory() };
        }
    }
}

/// Work takes at most so many words besides the state.
const MAX_WORDS: usize = 2;

/// What goes through the door: whose work, the place where the run ends if it does, and words for the work.
pub(crate) fn signature(words: usize) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    signature.params.extend(vec![AbiParam::new(types::I64); 2 + words]);
    signature
}

impl Door {
    /// None if Cranelift cannot make it.
    pub(crate) fn new(module: JITModule, conv: CallConv) -> Option<Self> {
        let mut door = Self { module: Some(module), addresses: [std::ptr::null(); MAX_WORDS + 1] };
        let module = door.module.as_mut()?;
        let mut ids = [FuncId::from_u32(0); MAX_WORDS + 1];
        for (words, id) in ids.iter_mut().enumerate() {
            *id = define(module, words, conv)?;
        }
        module.finalize_definitions().ok()?;
        door.addresses = ids.map(|id| module.get_finalized_function(id));
        Some(door)
    }

    pub(crate) fn address(&self, words: usize) -> *const u8 {
        self.addresses[words]
    }
}

fn define(module: &mut JITModule, words: usize, conv: CallConv) -> Option<FuncId> {
    let mut context = Context::new();
    let mut builder = FunctionBuilderContext::new();
    context.func.signature = signature(words);
    let name = format!("door:{words}");
    let id = module.declare_function(&name, Linkage::Local, &context.func.signature).ok()?;
    let mut b = FunctionBuilder::new(&mut context.func, &mut builder);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    b.seal_block(block);
    let params = b.block_params(block).to_vec();
    let state = b.ins().get_pinned_reg(types::I64);
    let mut work = Signature::new(conv);
    work.params.extend(vec![AbiParam::new(types::I64); 1 + words]);
    work.returns.push(AbiParam::new(types::I8));
    let work = b.import_signature(work);
    let given = [&[state], &params[2..]].concat();
    let call = b.ins().call_indirect(work, params[0], &given);
    let status = b.inst_results(call)[0];
    b.ins().store(MemFlagsData::trusted(), status, state, layout::STATUS as i32);
    b.ins().store(MemFlagsData::trusted(), params[1], state, layout::PLACE as i32);
    b.ins().return_(&[]);
    b.finalize(module.isa().frontend_config());
    module.define_function(id, &mut context).ok()?;
    Some(id)
}
