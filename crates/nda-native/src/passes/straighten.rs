//! A block that only one jump leads to becomes part of the block that jumps.

use super::flow::targets;
use cranelift_codegen::Context;
use cranelift_codegen::ir::{Block, Opcode, Value};

/// Joins blocks; flow graph and dominators are made anew. Whether there was anything to join.
pub(super) fn join(context: &mut Context) -> bool {
    let blocks: Vec<Block> = context.domtree.cfg_rpo().copied().collect();
    let mut joined = false;
    for block in blocks {
        // It may have become part of another.
        while context.func.layout.is_block_inserted(block) && join_next(context, block) {
            joined = true;
        }
    }
    if joined {
        context.flowgraph();
    }
    joined
}

fn join_next(context: &mut Context, block: Block) -> bool {
    let func = &mut context.func;
    let Some(end) = func.layout.last_inst(block) else { return false };
    if func.dfg.insts[end].opcode() != Opcode::Jump {
        return false;
    }
    let call = targets(func, end)[0];
    let next = call.block(&func.dfg.value_lists);
    let cold = func.layout.is_cold(next) != func.layout.is_cold(block);
    if next == block || cold || context.cfg.pred_iter(next).count() != 1 {
        return false;
    }
    let given: Option<Vec<Value>> = call.args(&func.dfg.value_lists).map(|arg| arg.as_value()).collect();
    let Some(given) = given else { return false };
    func.layout.remove_inst(end);
    let parameters = func.dfg.detach_block_params(next);
    let parameters = parameters.as_slice(&func.dfg.value_lists).to_vec();
    for (parameter, value) in parameters.into_iter().zip(given) {
        func.dfg.change_to_alias(parameter, value);
    }
    let insts: Vec<_> = func.layout.block_insts(next).collect();
    for inst in insts {
        func.layout.remove_inst(inst);
        func.layout.append_inst(inst, block);
    }
    func.layout.remove_block(next);
    context.cfg.recompute_block(func, block);
    true
}
