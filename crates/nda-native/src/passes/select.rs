//! Both sides of a short `if` are computed and one is chosen: a jump that is guessed wrong costs more than either.
//!
//! A side may hold one check that ends the run; it then ends the run only if the side was meant. If it checks arithmetic, it is asked which
//! side that was where it fails.

use super::flow::{constant, targets};
use cranelift_codegen::Context;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{
    Block, BlockArg, BlockCall, Function, Inst, InstBuilder, InstructionData, Opcode, TrapCode, Value, types,
};

/// Instructions that both sides may have together.
const MAX_INSTRUCTIONS: usize = 8;
/// Values that may be chosen.
const MAX_CHOICES: usize = 2;

/// One side of a branch.
struct Side {
    /// What it computes, before the check if there is one.
    before: Vec<Inst>,
    check: Option<Check>,
    /// What it computes behind the check.
    behind: Vec<Inst>,
    /// What it gives to the block where the sides meet.
    gives: Vec<Value>,
    meets: Block,
    /// The block that nothing leads to once the branch is gone.
    left: Option<Block>,
}

struct Check {
    fails: Value,
    cold: BlockCall,
    /// The block behind it.
    rest: Block,
}

/// Converts what pays, from inner branches outwards.
pub(super) fn convert(context: &mut Context) {
    let blocks: Vec<Block> = context.domtree.cfg_postorder().to_vec();
    for block in blocks {
        let Some(others) = convert_branch(&mut context.func, &context.cfg, block) else { continue };
        for changed in others.into_iter().flatten().chain([block]) {
            context.cfg.recompute_block(&context.func, changed);
        }
    }
}

/// The other blocks that control leaves by other ways afterwards; none if the branch stays.
fn convert_branch(func: &mut Function, cfg: &ControlFlowGraph, block: Block) -> Option<[Option<Block>; 3]> {
    let branch = func.layout.last_inst(block)?;
    let InstructionData::Brif { arg: condition, blocks: [yes, no], .. } = func.dfg.insts[branch] else {
        return None;
    };
    if !is_bit(func, condition) {
        return None;
    }
    let (yes, no) = (side(func, cfg, yes)?, side(func, cfg, no)?);
    if yes.meets != no.meets || yes.meets == block || (yes.check.is_some() && no.check.is_some()) {
        return None;
    }
    let insts = [&yes, &no].into_iter().flat_map(|side| side.before.iter().chain(&side.behind));
    let count = insts.filter(|&&inst| func.dfg.insts[inst].opcode() != Opcode::Iconst).count();
    let choices = yes.gives.iter().zip(&no.gives).filter(|(yes, no)| yes != no);
    let chosen: Vec<Value> = choices.map(|(&yes, _)| yes).collect();
    let can_choose = chosen.iter().all(|&value| matches!(func.dfg.value_type(value), types::I64 | types::I8));
    if count > MAX_INSTRUCTIONS || chosen.len() > MAX_CHOICES || chosen.is_empty() || !can_choose {
        return None;
    }
    for side in [&yes, &no] {
        for &inst in &side.before {
            move_before(func, inst, branch);
        }
    }
    // Where the rest is computed: behind the check, if there is one.
    let checked = [(&yes, true), (&no, false)]
        .into_iter()
        .find_map(|(side, meant)| side.check.as_ref().map(|check| (check, meant)));
    let mut end = branch;
    let mut asks = None;
    if let Some((check, meant)) = checked {
        let rest = BlockCall::new(check.rest, [], &mut func.dfg.value_lists);
        let (fails, cold) = if is_rare(func, check.fails) {
            // Where it fails it is looked at which side was meant.
            let ask = func.dfg.make_block();
            func.layout.append_block(ask);
            func.layout.set_cold(ask);
            let ways = if meant { [check.cold, rest] } else { [rest, check.cold] };
            let asking = func.dfg.make_inst(InstructionData::Brif {
                opcode: Opcode::Brif,
                arg: condition,
                blocks: ways,
            });
            func.layout.append_inst(asking, ask);
            asks = Some(ask);
            (check.fails, BlockCall::new(ask, [], &mut func.dfg.value_lists))
        } else {
            let mut at = FuncCursor::new(func).at_inst(branch);
            let meant = if meant { condition } else { at.ins().bxor_imm_u(condition, 1) };
            (at.ins().band(check.fails, meant), check.cold)
        };
        let InstructionData::Brif { arg, blocks, .. } = &mut func.dfg.insts[branch] else {
            unreachable!("it was one before")
        };
        *arg = fails;
        *blocks = [cold, rest];
        end = func.layout.last_inst(check.rest).expect("it ends in a jump");
    }
    for side in [&yes, &no] {
        for &inst in &side.behind {
            move_before(func, inst, end);
        }
    }
    let mut at = FuncCursor::new(func).at_inst(end);
    let given: Vec<BlockArg> = yes
        .gives
        .iter()
        .zip(&no.gives)
        .map(|(&yes, &no)| if yes == no { yes } else { at.ins().select(condition, yes, no) })
        .map(BlockArg::Value)
        .collect();
    let destination = BlockCall::new(yes.meets, given, &mut func.dfg.value_lists);
    func.dfg.insts[end] = InstructionData::Jump { opcode: Opcode::Jump, destination };
    for block in [yes.left, no.left].into_iter().flatten() {
        if let Some(end) = func.layout.last_inst(block) {
            func.replace(end).trap(TrapCode::unwrap_user(1));
        }
    }
    Some([yes.left, no.left, asks])
}

/// Whether a check hardly ever fails, also where its side is not meant: of arithmetic that overflows, by itself or held against a limit that is
/// far out.
fn is_rare(func: &Function, fails: Value) -> bool {
    let Some(inst) = func.dfg.value_def(func.dfg.resolve_aliases(fails)).inst() else { return false };
    let large = |value| constant(func, value).is_some_and(|number| number.unsigned_abs() > 1 << 32);
    match func.dfg.insts[inst].opcode() {
        Opcode::SaddOverflow | Opcode::SsubOverflow | Opcode::SmulOverflow => true,
        Opcode::Icmp => func.dfg.inst_args(inst).iter().copied().any(large),
        _ => false,
    }
}

/// What a branch does along one of its ways, if that is short and has no effect.
fn side(func: &Function, cfg: &ControlFlowGraph, call: BlockCall) -> Option<Side> {
    let block = call.block(&func.dfg.value_lists);
    let own = |block: Block| cfg.pred_iter(block).count() == 1 && func.dfg.num_block_params(block) == 0;
    if !own(block) || func.layout.is_cold(block) {
        // The branch leads to where the sides meet.
        let gives = values(func, call)?;
        let side =
            Side { before: Vec::new(), check: None, behind: Vec::new(), gives, meets: block, left: None };
        return (!func.layout.is_cold(block)).then_some(side);
    }
    let (before, end) = pure(func, block)?;
    if let Some((gives, meets)) = jump(func, end) {
        return Some(Side {
            before: Vec::new(),
            check: None,
            behind: before,
            gives,
            meets,
            left: Some(block),
        });
    }
    let InstructionData::Brif { arg: fails, blocks: [cold, rest], .. } = func.dfg.insts[end] else {
        return None;
    };
    let lists = &func.dfg.value_lists;
    let rest = rest.block(lists);
    if !func.layout.is_cold(cold.block(lists)) || !own(rest) || !is_bit(func, fails) {
        return None;
    }
    let (behind, end) = pure(func, rest)?;
    let (gives, meets) = jump(func, end)?;
    Some(Side { before, check: Some(Check { fails, cold, rest }), behind, gives, meets, left: Some(block) })
}

fn jump(func: &Function, inst: Inst) -> Option<(Vec<Value>, Block)> {
    if func.dfg.insts[inst].opcode() != Opcode::Jump {
        return None;
    }
    let call = targets(func, inst)[0];
    Some((values(func, call)?, call.block(&func.dfg.value_lists)))
}

fn values(func: &Function, call: BlockCall) -> Option<Vec<Value>> {
    let args = call.args(&func.dfg.value_lists);
    args.map(|arg| arg.as_value().map(|value| func.dfg.resolve_aliases(value))).collect()
}

/// The instructions of a block, if all are cheap and without effect, and how it ends.
fn pure(func: &Function, block: Block) -> Option<(Vec<Inst>, Inst)> {
    let mut insts: Vec<Inst> = func.layout.block_insts(block).collect();
    let end = insts.pop()?;
    let cheap = |&inst: &Inst| {
        matches!(
            func.dfg.insts[inst].opcode(),
            Opcode::Iconst
                | Opcode::Iadd
                | Opcode::Isub
                | Opcode::Imul
                | Opcode::Ineg
                | Opcode::Band
                | Opcode::Bor
                | Opcode::Bxor
                | Opcode::Ishl
                | Opcode::Sshr
                | Opcode::Ushr
                | Opcode::Icmp
                | Opcode::Select
                | Opcode::SaddOverflow
                | Opcode::SsubOverflow
                | Opcode::SmulOverflow
                | Opcode::Smin
                | Opcode::Smax
        )
    };
    insts.iter().all(cheap).then_some((insts, end))
}

/// Whether a value is 0 or 1.
fn is_bit(func: &Function, value: Value) -> bool {
    let Some(inst) = func.dfg.value_def(func.dfg.resolve_aliases(value)).inst() else { return false };
    match func.dfg.insts[inst].opcode() {
        Opcode::Icmp | Opcode::Fcmp => true,
        Opcode::SaddOverflow | Opcode::SsubOverflow | Opcode::SmulOverflow => {
            func.dfg.inst_results(inst)[1] == func.dfg.resolve_aliases(value)
        }
        _ => false,
    }
}

fn move_before(func: &mut Function, inst: Inst, before: Inst) {
    if func.layout.inst_block(inst) != func.layout.inst_block(before) {
        func.layout.remove_inst(inst);
        func.layout.insert_inst(inst, before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::tests::{around, block};
    use cranelift_codegen::ir::condcodes::IntCC;
    use cranelift_frontend::FunctionBuilder;
    use expect_test::{Expect, expect};

    /// `if x < y { yes } else { no }`, where each part goes on from its block to the one that is given.
    fn check(
        yes: impl FnOnce(&mut FunctionBuilder<'_>, &[Value], Block),
        no: impl FnOnce(&mut FunctionBuilder<'_>, &[Value], Block),
        expected: Expect,
    ) {
        let text = around(
            2,
            |b, args| {
                let [one, other, meet] = [block(b, 0), block(b, 0), block(b, 1)];
                let less = b.ins().icmp(IntCC::SignedLessThan, args[0], args[1]);
                b.ins().brif(less, one, &[], other, &[]);
                b.switch_to_block(one);
                yes(b, args, meet);
                b.switch_to_block(other);
                no(b, args, meet);
                b.switch_to_block(meet);
                let result = b.block_params(meet)[0];
                b.ins().return_(&[result]);
                Vec::new()
            },
            |context, _| convert(context),
        );
        expected.assert_eq(&text);
    }

    fn difference(b: &mut FunctionBuilder<'_>, args: &[Value], meet: Block) {
        let value = b.ins().isub(args[0], args[1]);
        b.ins().jump(meet, &[value.into()]);
    }

    /// Ends the run in a cold block if a check fails, and goes on in another.
    fn trap_if(b: &mut FunctionBuilder<'_>, fails: Value) {
        let [fine, stop] = [block(b, 0), block(b, 0)];
        b.ins().brif(fails, stop, &[], fine, &[]);
        b.set_cold_block(stop);
        b.switch_to_block(stop);
        b.ins().trap(TrapCode::unwrap_user(1));
        b.switch_to_block(fine);
    }

    #[test]
    fn both_sides_are_computed() {
        let sum = |b: &mut FunctionBuilder<'_>, args: &[Value], meet| {
            let value = b.ins().iadd(args[0], args[1]);
            b.ins().jump(meet, &[value.into()]);
        };
        check(
            sum,
            difference,
            expect![[r#"
            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = icmp slt v0, v1
                brif v3, block1, block2

            block1:
                v4 = iadd.i64 v0, v1
                jump block3(v4)

            block2:
                v5 = isub.i64 v0, v1
                jump block3(v5)

            block3(v2: i64):
                return v2
            }

            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = icmp slt v0, v1
                v4 = iadd v0, v1
                v5 = isub v0, v1
                v6 = select v3, v4, v5
                jump block3(v6)

            block1:
                trap user1

            block2:
                trap user1

            block3(v2: i64):
                return v2
            }
        "#]],
        );
    }

    /// A check that may often fail where its side is not meant costs no jump.
    #[test]
    fn a_check_that_may_often_fail() {
        let checked = |b: &mut FunctionBuilder<'_>, args: &[Value], meet| {
            let most = b.ins().iconst(types::I64, 63);
            let outside = b.ins().icmp(IntCC::UnsignedGreaterThan, args[0], most);
            trap_if(b, outside);
            let value = b.ins().ishl(args[1], args[0]);
            b.ins().jump(meet, &[value.into()]);
        };
        check(
            difference,
            checked,
            expect![[r#"
            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = icmp slt v0, v1
                brif v3, block1, block2

            block1:
                v4 = isub.i64 v0, v1
                jump block3(v4)

            block2:
                v5 = iconst.i64 63
                v6 = icmp.i64 ugt v0, v5  ; v5 = 63
                brif v6, block5, block4

            block5 cold:
                trap user1

            block4:
                v7 = ishl.i64 v1, v0
                jump block3(v7)

            block3(v2: i64):
                return v2
            }

            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = icmp slt v0, v1
                v5 = iconst.i64 63
                v6 = icmp ugt v0, v5  ; v5 = 63
                v8 = iconst.i8 1
                v9 = bxor v3, v8  ; v8 = 1
                v10 = band v6, v9
                brif v10, block5, block4

            block1:
                trap user1

            block2:
                trap user1

            block5 cold:
                trap user1

            block4:
                v7 = ishl.i64 v1, v0
                v4 = isub.i64 v0, v1
                v11 = select v3, v4, v7
                jump block3(v11)

            block3(v2: i64):
                return v2
            }
        "#]],
        );
    }

    /// The check of one side ends the run only if that side was meant.
    #[test]
    fn a_check_in_one_side() {
        let checked = |b: &mut FunctionBuilder<'_>, args: &[Value], meet| {
            let (value, over) = b.ins().sadd_overflow(args[0], args[1]);
            trap_if(b, over);
            b.ins().jump(meet, &[value.into()]);
        };
        check(
            checked,
            difference,
            expect![[r#"
                function u0:0(i64, i64) -> i64 fast {
                block0(v0: i64, v1: i64):
                    v3 = icmp slt v0, v1
                    brif v3, block1, block2

                block1:
                    v4, v5 = sadd_overflow.i64 v0, v1
                    brif v5, block5, block4

                block5 cold:
                    trap user1

                block4:
                    jump block3(v4)

                block2:
                    v6 = isub.i64 v0, v1
                    jump block3(v6)

                block3(v2: i64):
                    return v2
                }

                function u0:0(i64, i64) -> i64 fast {
                block0(v0: i64, v1: i64):
                    v3 = icmp slt v0, v1
                    v4, v5 = sadd_overflow v0, v1
                    brif v5, block6, block4

                block1:
                    trap user1

                block5 cold:
                    trap user1

                block4:
                    v6 = isub.i64 v0, v1
                    v7 = select.i64 v3, v4, v6
                    jump block3(v7)

                block2:
                    trap user1

                block3(v2: i64):
                    return v2

                block6 cold:
                    brif.i8 v3, block5, block4
                }
            "#]],
        );
    }

    /// A division could raise a signal, so it stays behind its branch.
    #[test]
    fn what_has_an_effect_stays() {
        let divided = |b: &mut FunctionBuilder<'_>, args: &[Value], meet| {
            let value = b.ins().sdiv(args[0], args[1]);
            b.ins().jump(meet, &[value.into()]);
        };
        check(
            divided,
            difference,
            expect![[r#"
            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = icmp slt v0, v1
                brif v3, block1, block2

            block1:
                v4 = sdiv.i64 v0, v1
                jump block3(v4)

            block2:
                v5 = isub.i64 v0, v1
                jump block3(v5)

            block3(v2: i64):
                return v2
            }

            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = icmp slt v0, v1
                brif v3, block1, block2

            block1:
                v4 = sdiv.i64 v0, v1
                jump block3(v4)

            block2:
                v5 = isub.i64 v0, v1
                jump block3(v5)

            block3(v2: i64):
                return v2
            }
        "#]],
        );
    }
}
