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
    if next == block || cold || context.cfg.pred_iter(next).nth(1).is_some() {
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

#[cfg(test)]
mod tests {
    use crate::passes::tests::{around, block};
    use cranelift_codegen::ir::InstBuilder;
    use expect_test::expect;

    /// What follows a jump that nothing else leads to is joined; where two ways meet, and what is cold, stays.
    #[test]
    fn one_jump_to_a_block() {
        let text = around(
            2,
            |b, args| {
                let [next, split, meet] = [block(b, 1), block(b, 1), block(b, 1)];
                let [one, other, last] = [block(b, 1), block(b, 0), block(b, 0)];
                let sum = b.ins().iadd(args[0], args[1]);
                b.ins().jump(next, &[sum.into()]);
                b.switch_to_block(next);
                let sum = b.block_params(next)[0];
                let square = b.ins().imul(sum, sum);
                b.ins().jump(split, &[square.into()]);
                b.switch_to_block(split);
                let square = b.block_params(split)[0];
                b.ins().brif(square, one, &[square.into()], other, &[]);
                b.switch_to_block(one);
                let given = b.block_params(one)[0];
                b.ins().jump(meet, &[given.into()]);
                b.switch_to_block(other);
                b.ins().jump(meet, &[args[0].into()]);
                b.switch_to_block(meet);
                b.ins().jump(last, &[]);
                b.set_cold_block(last);
                b.switch_to_block(last);
                let given = b.block_params(meet)[0];
                b.ins().return_(&[given]);
                Vec::new()
            },
            |context, _| {
                super::join(context);
            },
        );
        expect![[r#"
            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v6 = iadd v0, v1
                jump block1(v6)

            block1(v2: i64):
                v7 = imul v2, v2
                jump block2(v7)

            block2(v3: i64):
                brif v3, block4(v3), block5

            block4(v5: i64):
                jump block3(v5)

            block5:
                jump block3(v0)

            block3(v4: i64):
                jump block6

            block6 cold:
                return v4
            }

            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v6 = iadd v0, v1
                v2 -> v6
                v7 = imul v2, v2
                v3 -> v7
                brif v3, block4(v3), block5

            block4(v5: i64):
                jump block3(v5)

            block5:
                jump block3(v0)

            block3(v4: i64):
                jump block6

            block6 cold:
                return v4
            }
        "#]]
        .assert_eq(&text);
    }
}
