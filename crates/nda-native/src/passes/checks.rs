//! What range analysis proves is not computed: overflow that cannot happen, comparisons that always say the same, signed
//! division of what has no sign.

use super::Facts;
use super::flow::{Flow, constant};
use super::interval::{Arithmetic, Interval};
use super::ranges::Ranges;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, Function, Inst, InstBuilder, InstructionData, Opcode, Value, types};

/// What becomes of an instruction.
enum Change {
    /// Arithmetic that does not overflow.
    Exact(Arithmetic),
    /// A product with a constant; it overflows if the other factor is outside of this.
    Bounded { factor: Value, by: i64, within: Interval },
    /// A comparison that always says this.
    Decided(bool),
    /// A test of the low bits for zero, in place of one of a signed remainder.
    LowBits { of: Value, mask: i64, condition: IntCC },
    /// The low bits.
    Masked { of: Value, mask: i64 },
    /// A shift by that many bits.
    Shifted { of: Value, by: i64 },
    /// Division or remainder without a sign.
    Unsigned,
    /// A branch with only one way.
    Taken(usize),
}

/// Applies range analysis to a function. Whether that changed anything.
pub(super) fn simplify(func: &mut Function, domtree: &DominatorTree, facts: &Facts) -> bool {
    let Some(ranges) = Ranges::new(Flow::new(func, domtree), facts) else { return false };
    let mut changes: Vec<(Inst, Change)> = Vec::new();
    for &block in &ranges.flow.blocks {
        if !ranges.reaches(block) {
            continue;
        }
        for inst in ranges.flow.func.layout.block_insts(block) {
            changes.extend(change(&ranges, inst, block).map(|change| (inst, change)));
        }
    }
    let changed = !changes.is_empty();
    for (inst, change) in changes {
        apply(func, inst, change);
    }
    changed
}

fn change(ranges: &Ranges<'_>, inst: Inst, block: Block) -> Option<Change> {
    let func = ranges.flow.func;
    let dfg = &func.dfg;
    let args = dfg.inst_args(inst);
    let at = |index: usize| ranges.at(dfg.resolve_aliases(args[index]), block);
    let opcode = dfg.insts[inst].opcode();
    match opcode {
        Opcode::SaddOverflow | Opcode::SsubOverflow | Opcode::SmulOverflow => {
            let op = match opcode {
                Opcode::SaddOverflow => Arithmetic::Add,
                Opcode::SsubOverflow => Arithmetic::Sub,
                _ => Arithmetic::Mul,
            };
            match at(0)?.overflows(at(1)?, op) {
                Some(false) => Some(Change::Exact(op)),
                _ if op == Arithmetic::Mul => bounded_product(ranges, args[0], args[1], block),
                _ => None,
            }
        }
        Opcode::Icmp => match ranges.of(dfg.first_result(inst))?.constant() {
            Some(says) => Some(Change::Decided(says != 0)),
            None => low_bits(func, inst),
        },
        Opcode::Srem | Opcode::Sdiv => {
            let by = constant(func, args[1])?;
            if by <= 0 || !at(0)?.is_natural() {
                return None;
            }
            let of = args[0];
            Some(match (by.count_ones(), opcode) {
                (1, Opcode::Srem) => Change::Masked { of, mask: by - 1 },
                (1, _) => Change::Shifted { of, by: i64::from(by.trailing_zeros()) },
                _ => Change::Unsigned,
            })
        }
        Opcode::Brif if ranges.pretends(dfg.resolve_aliases(args[0])) => Some(Change::Taken(1)),
        Opcode::Brif => {
            let condition = ranges.of(dfg.resolve_aliases(args[0]))?;
            if condition == Interval::one(0) {
                Some(Change::Taken(1))
            } else {
                (condition.lo > 0).then_some(Change::Taken(0))
            }
        }
        _ => None,
    }
}

/// A product overflows exactly if its factor is too large, and a comparison is cheaper than the product of two words.
fn bounded_product(ranges: &Ranges<'_>, a: Value, b: Value, block: Block) -> Option<Change> {
    let func = ranges.flow.func;
    let (factor, by) = match (constant(func, a), constant(func, b)) {
        (None, Some(by)) => (a, by),
        (Some(by), None) => (b, by),
        _ => return None,
    };
    if by <= 0 {
        return None;
    }
    let natural = ranges.at(func.dfg.resolve_aliases(factor), block)?.is_natural();
    let least = if natural { 0 } else { i64::MIN / by };
    Some(Change::Bounded { factor, by, within: Interval::new(least, i64::MAX / by) })
}

/// `x % 2ⁿ == 0` asks for the low bits whatever the sign.
fn low_bits(func: &Function, inst: Inst) -> Option<Change> {
    let dfg = &func.dfg;
    let condition = dfg.insts[inst].cond_code()?;
    let &[left, right] = dfg.inst_args(inst) else { return None };
    if !matches!(condition, IntCC::Equal | IntCC::NotEqual) || constant(func, right)? != 0 {
        return None;
    }
    let remainder = dfg.value_def(dfg.resolve_aliases(left)).inst()?;
    if dfg.insts[remainder].opcode() != Opcode::Srem {
        return None;
    }
    let &[of, by] = dfg.inst_args(remainder) else { return None };
    let by = constant(func, by)?;
    (by > 0 && by.count_ones() == 1).then_some(Change::LowBits { of, mask: by - 1, condition })
}

fn apply(func: &mut Function, inst: Inst, change: Change) {
    let args = func.dfg.inst_args(inst).to_vec();
    match change {
        Change::Exact(op) => {
            let mut at = FuncCursor::new(func).at_inst(inst);
            let value = match op {
                Arithmetic::Add => at.ins().iadd(args[0], args[1]),
                Arithmetic::Sub => at.ins().isub(args[0], args[1]),
                Arithmetic::Mul => at.ins().imul(args[0], args[1]),
            };
            let over = at.ins().iconst(types::I8, 0);
            instead(func, inst, [value, over]);
        }
        Change::Bounded { factor, by, within } => {
            let mut at = FuncCursor::new(func).at_inst(inst);
            let value = at.ins().imul_imm_s(factor, by);
            let from_least = at.ins().iadd_imm_s(factor, within.lo.wrapping_neg());
            let width = at.ins().iconst(types::I64, within.hi.wrapping_sub(within.lo));
            let over = at.ins().icmp(IntCC::UnsignedGreaterThan, from_least, width);
            instead(func, inst, [value, over]);
        }
        Change::Decided(says) => {
            func.replace(inst).iconst(types::I8, i64::from(says));
        }
        Change::LowBits { of, mask, condition } => {
            let bits = FuncCursor::new(func).at_inst(inst).ins().band_imm_s(of, mask);
            func.replace(inst).icmp(condition, bits, args[1]);
        }
        Change::Masked { of, mask } => {
            let mask = FuncCursor::new(func).at_inst(inst).ins().iconst(types::I64, mask);
            func.replace(inst).band(of, mask);
        }
        Change::Shifted { of, by } => {
            let by = FuncCursor::new(func).at_inst(inst).ins().iconst(types::I64, by);
            func.replace(inst).ushr(of, by);
        }
        Change::Unsigned => {
            if func.dfg.insts[inst].opcode() == Opcode::Sdiv {
                func.replace(inst).udiv(args[0], args[1]);
            } else {
                func.replace(inst).urem(args[0], args[1]);
            }
        }
        Change::Taken(target) => {
            if let InstructionData::Brif { blocks, .. } = func.dfg.insts[inst] {
                let destination = blocks[target];
                func.dfg.insts[inst] = InstructionData::Jump { opcode: Opcode::Jump, destination };
            }
        }
    }
}

/// Two values stand for the two results of an instruction, which goes.
fn instead(func: &mut Function, inst: Inst, values: [Value; 2]) {
    let results = func.dfg.inst_results(inst).to_vec();
    func.dfg.clear_results(inst);
    for (result, value) in results.into_iter().zip(values) {
        func.dfg.change_to_alias(result, value);
    }
    func.layout.remove_inst(inst);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::tests::{around, block};
    use cranelift_codegen::Context;
    use cranelift_codegen::ir::{MemFlagsData, TrapCode};
    use expect_test::expect;
    use std::cell::Cell;

    fn pass(context: &mut Context, facts: &Facts) {
        simplify(&mut context.func, &context.domtree, facts);
    }

    /// A counter below a bound does not overflow, and the branch that asks goes one way; the sum that grows with it may.
    #[test]
    fn overflow() {
        let text = around(
            1,
            |b, args| {
                let [head, body, more, next] = [block(b, 2), block(b, 0), block(b, 0), block(b, 0)];
                let [end, stop] = [block(b, 0), block(b, 0)];
                let zero = b.ins().iconst(types::I64, 0);
                b.ins().jump(head, &[zero.into(), zero.into()]);
                b.switch_to_block(head);
                let [count, sum] = [b.block_params(head)[0], b.block_params(head)[1]];
                let below = b.ins().icmp(IntCC::SignedLessThan, count, args[0]);
                b.ins().brif(below, body, &[], end, &[]);
                b.switch_to_block(body);
                let (then, over) = b.ins().sadd_overflow(sum, count);
                b.ins().brif(over, stop, &[], more, &[]);
                b.switch_to_block(more);
                let one = b.ins().iconst(types::I64, 1);
                let (counted, over) = b.ins().sadd_overflow(count, one);
                b.ins().brif(over, stop, &[], next, &[]);
                b.switch_to_block(next);
                b.ins().jump(head, &[counted.into(), then.into()]);
                b.switch_to_block(end);
                b.ins().return_(&[sum]);
                b.switch_to_block(stop);
                b.ins().trap(TrapCode::unwrap_user(1));
                vec![then, counted]
            },
            pass,
        );
        expect![[r#"
            function u0:0(i64) -> i64 fast {
            block0(v0: i64):
                v3 = iconst.i64 0
                jump block1(v3, v3)  ; v3 = 0, v3 = 0

            block1(v1: i64, v2: i64):
                v4 = icmp slt v1, v0
                brif v4, block2, block5

            block2:
                v5, v6 = sadd_overflow.i64 v2, v1
                brif v6, block6, block3

            block3:
                v7 = iconst.i64 1
                v8, v9 = sadd_overflow.i64 v1, v7  ; v7 = 1
                brif v9, block6, block4

            block4:
                jump block1(v8, v5)

            block5:
                return v2

            block6:
                trap user1
            }

            function u0:0(i64) -> i64 fast {
            block0(v0: i64):
                v3 = iconst.i64 0
                jump block1(v3, v3)  ; v3 = 0, v3 = 0

            block1(v1: i64, v2: i64):
                v4 = icmp slt v1, v0
                brif v4, block2, block5

            block2:
                v5, v6 = sadd_overflow.i64 v2, v1
                brif v6, block6, block3

            block3:
                v7 = iconst.i64 1
                v10 = iadd.i64 v1, v7  ; v7 = 1
                v8 -> v10
                v11 = iconst.i8 0
                v9 -> v11
                jump block4

            block4:
                jump block1(v8, v5)

            block5:
                return v2

            block6:
                trap user1
            }
        "#]]
        .assert_eq(&text);
    }

    /// A loop that is entered in its middle, with a counter as it ever is there: what holds of it from the beginning on, which nothing leads to,
    /// holds.
    #[test]
    fn entered_in_the_middle() {
        let (as_ever, pretended) = (Cell::new(None), Cell::new(None));
        let text = around(
            2,
            |b, args| {
                let [beginning, entry, head, more] = [block(b, 0), block(b, 0), block(b, 1), block(b, 0)];
                let [end, stop] = [block(b, 0), block(b, 0)];
                let never = b.ins().iconst(types::I8, 0);
                pretended.set(Some(never));
                b.ins().brif(never, beginning, &[], entry, &[]);
                b.switch_to_block(entry);
                let now = b.ins().load(types::I64, MemFlagsData::new(), args[0], 0);
                as_ever.set(Some(now));
                b.ins().jump(head, &[now.into()]);
                b.switch_to_block(beginning);
                let zero = b.ins().iconst(types::I64, 0);
                b.ins().jump(head, &[zero.into()]);
                b.switch_to_block(head);
                let count = b.block_params(head)[0];
                let one = b.ins().iconst(types::I64, 1);
                let (counted, over) = b.ins().sadd_overflow(count, one);
                b.ins().brif(over, stop, &[], more, &[]);
                b.switch_to_block(more);
                let hundred = b.ins().iconst(types::I64, 100);
                let below = b.ins().icmp(IntCC::SignedLessThan, counted, hundred);
                b.ins().brif(below, head, &[counted.into()], end, &[]);
                b.switch_to_block(end);
                b.ins().return_(&[counted]);
                b.switch_to_block(stop);
                b.ins().trap(TrapCode::unwrap_user(1));
                vec![counted]
            },
            |context, _| {
                let mut facts = Facts::default();
                as_ever.get().into_iter().for_each(|value| facts.as_ever(value));
                pretended.get().into_iter().for_each(|value| facts.pretend(value));
                pass(context, &facts);
            },
        );
        expect![[r#"
            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = iconst.i8 0
                brif v3, block1, block2  ; v3 = 0

            block2:
                v4 = load.i64 v0
                jump block3(v4)

            block1:
                v5 = iconst.i64 0
                jump block3(v5)  ; v5 = 0

            block3(v2: i64):
                v6 = iconst.i64 1
                v7, v8 = sadd_overflow v2, v6  ; v6 = 1
                brif v8, block6, block4

            block4:
                v9 = iconst.i64 100
                v10 = icmp.i64 slt v7, v9  ; v9 = 100
                brif v10, block3(v7), block5

            block5:
                return v7

            block6:
                trap user1
            }

            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v3 = iconst.i8 0
                jump block2

            block2:
                v4 = load.i64 v0
                jump block3(v4)

            block1:
                v5 = iconst.i64 0
                jump block3(v5)  ; v5 = 0

            block3(v2: i64):
                v6 = iconst.i64 1
                v11 = iadd v2, v6  ; v6 = 1
                v7 -> v11
                v12 = iconst.i8 0
                v8 -> v12
                jump block4

            block4:
                v9 = iconst.i64 100
                v10 = icmp.i64 slt v7, v9  ; v9 = 100
                brif v10, block3(v7), block5

            block5:
                return v7

            block6:
                trap user1
            }
        "#]]
        .assert_eq(&text);
    }

    /// The same before a loop: what is handed to it is what a round of it begins with, so a number that only counts up stays one.
    #[test]
    fn entered_before_a_loop() {
        let (as_ever, pretended) = (Cell::new(None), Cell::new(None));
        let text = around(
            2,
            |b, args| {
                let [beginning, entry, head, round, more] =
                    [block(b, 0), block(b, 0), block(b, 1), block(b, 1), block(b, 0)];
                let [end, stop] = [block(b, 0), block(b, 0)];
                let never = b.ins().iconst(types::I8, 0);
                b.ins().brif(never, beginning, &[], entry, &[]);
                b.switch_to_block(entry);
                let now = b.ins().load(types::I64, MemFlagsData::new(), args[0], 0);
                let count = b.block_params(round)[0];
                pretended.set(Some(never));
                as_ever.set(Some(now));
                b.ins().jump(head, &[now.into()]);
                b.switch_to_block(beginning);
                let zero = b.ins().iconst(types::I64, 0);
                b.ins().jump(head, &[zero.into()]);
                b.switch_to_block(head);
                let first = b.block_params(head)[0];
                b.ins().jump(round, &[first.into()]);
                b.switch_to_block(round);
                let one = b.ins().iconst(types::I64, 1);
                let (counted, over) = b.ins().sadd_overflow(count, one);
                b.ins().brif(over, stop, &[], more, &[]);
                b.switch_to_block(more);
                let goes_on = b.ins().load(types::I64, MemFlagsData::new(), args[1], 0);
                b.ins().brif(goes_on, round, &[counted.into()], end, &[]);
                b.switch_to_block(end);
                b.ins().return_(&[counted]);
                b.switch_to_block(stop);
                b.ins().trap(TrapCode::unwrap_user(1));
                vec![counted]
            },
            |context, _| {
                let mut facts = Facts::default();
                as_ever.get().into_iter().for_each(|value| facts.as_ever(value));
                pretended.get().into_iter().for_each(|value| facts.pretend(value));
                pass(context, &facts);
            },
        );
        expect![[r#"
            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v4 = iconst.i8 0
                brif v4, block1, block2  ; v4 = 0

            block2:
                v5 = load.i64 v0
                jump block3(v5)

            block1:
                v6 = iconst.i64 0
                jump block3(v6)  ; v6 = 0

            block3(v2: i64):
                jump block4(v2)

            block4(v3: i64):
                v7 = iconst.i64 1
                v8, v9 = sadd_overflow v3, v7  ; v7 = 1
                brif v9, block7, block5

            block5:
                v10 = load.i64 v1
                brif v10, block4(v8), block6

            block6:
                return v8

            block7:
                trap user1
            }

            function u0:0(i64, i64) -> i64 fast {
            block0(v0: i64, v1: i64):
                v4 = iconst.i8 0
                jump block2

            block2:
                v5 = load.i64 v0
                jump block3(v5)

            block1:
                v6 = iconst.i64 0
                jump block3(v6)  ; v6 = 0

            block3(v2: i64):
                jump block4(v2)

            block4(v3: i64):
                v7 = iconst.i64 1
                v11 = iadd v3, v7  ; v7 = 1
                v8 -> v11
                v12 = iconst.i8 0
                v9 -> v12
                jump block5

            block5:
                v10 = load.i64 v1
                brif v10, block4(v8), block6

            block6:
                return v8

            block7:
                trap user1
            }
        "#]]
        .assert_eq(&text);
    }

    /// What has no sign is masked, shifted, and divided as such; a remainder that is only compared with zero needs no sign.
    #[test]
    fn division() {
        let text = around(
            1,
            |b, args| {
                let [negative, natural] = [block(b, 0), block(b, 0)];
                let x = args[0];
                let [eight, ten, zero] = [8, 10, 0].map(|value| b.ins().iconst(types::I64, value));
                let rest = b.ins().srem(x, eight);
                let even = b.ins().icmp(IntCC::Equal, rest, zero);
                let below = b.ins().icmp(IntCC::SignedLessThan, x, zero);
                b.ins().brif(below, negative, &[], natural, &[]);
                b.switch_to_block(natural);
                let parts = [eight, ten].map(|by| (b.ins().srem(x, by), b.ins().sdiv(x, by)));
                let sums = parts.map(|(rest, quotient)| b.ins().iadd(rest, quotient));
                let sum = b.ins().iadd(sums[0], sums[1]);
                b.ins().return_(&[sum]);
                b.switch_to_block(negative);
                let quotient = b.ins().sdiv(x, ten);
                let even = b.ins().uextend(types::I64, even);
                let sum = b.ins().iadd(quotient, even);
                b.ins().return_(&[sum]);
                Vec::new()
            },
            pass,
        );
        expect![[r#"
            function u0:0(i64) -> i64 fast {
            block0(v0: i64):
                v1 = iconst.i64 8
                v2 = iconst.i64 10
                v3 = iconst.i64 0
                v4 = srem v0, v1  ; v1 = 8
                v5 = icmp eq v4, v3  ; v3 = 0
                v6 = icmp slt v0, v3  ; v3 = 0
                brif v6, block1, block2

            block2:
                v7 = srem.i64 v0, v1  ; v1 = 8
                v8 = sdiv.i64 v0, v1  ; v1 = 8
                v9 = srem.i64 v0, v2  ; v2 = 10
                v10 = sdiv.i64 v0, v2  ; v2 = 10
                v11 = iadd v7, v8
                v12 = iadd v9, v10
                v13 = iadd v11, v12
                return v13

            block1:
                v14 = sdiv.i64 v0, v2  ; v2 = 10
                v15 = uextend.i64 v5
                v16 = iadd v14, v15
                return v16
            }

            function u0:0(i64) -> i64 fast {
            block0(v0: i64):
                v1 = iconst.i64 8
                v2 = iconst.i64 10
                v3 = iconst.i64 0
                v4 = srem v0, v1  ; v1 = 8
                v17 = iconst.i64 7
                v18 = band v0, v17  ; v17 = 7
                v5 = icmp eq v18, v3  ; v3 = 0
                v6 = icmp slt v0, v3  ; v3 = 0
                brif v6, block1, block2

            block2:
                v19 = iconst.i64 7
                v7 = band.i64 v0, v19  ; v19 = 7
                v20 = iconst.i64 3
                v8 = ushr.i64 v0, v20  ; v20 = 3
                v9 = urem.i64 v0, v2  ; v2 = 10
                v10 = udiv.i64 v0, v2  ; v2 = 10
                v11 = iadd v7, v8
                v12 = iadd v9, v10
                v13 = iadd v11, v12
                return v13

            block1:
                v14 = sdiv.i64 v0, v2  ; v2 = 10
                v15 = uextend.i64 v5
                v16 = iadd v14, v15
                return v16
            }
        "#]]
        .assert_eq(&text);
    }

    /// A product with a constant is compared instead of computed twice as wide.
    #[test]
    fn products() {
        let text = around(
            1,
            |b, args| {
                let [fine, stop] = [block(b, 0), block(b, 0)];
                let by = b.ins().iconst(types::I64, 31);
                let (product, over) = b.ins().smul_overflow(args[0], by);
                b.ins().brif(over, stop, &[], fine, &[]);
                b.switch_to_block(fine);
                b.ins().return_(&[product]);
                b.switch_to_block(stop);
                b.ins().trap(TrapCode::unwrap_user(1));
                vec![product]
            },
            pass,
        );
        expect![[r#"
            function u0:0(i64) -> i64 fast {
            block0(v0: i64):
                v1 = iconst.i64 31
                v2, v3 = smul_overflow v0, v1  ; v1 = 31
                brif v3, block2, block1

            block1:
                return v2

            block2:
                trap user1
            }

            function u0:0(i64) -> i64 fast {
            block0(v0: i64):
                v1 = iconst.i64 31
                v4 = iconst.i64 31
                v5 = imul v0, v4  ; v4 = 31
                v2 -> v5
                v6 = iconst.i64 0x0421_0842_1084_2108
                v7 = iadd v0, v6  ; v6 = 0x0421_0842_1084_2108
                v8 = iconst.i64 0x0842_1084_2108_4210
                v9 = icmp ugt v7, v8  ; v8 = 0x0842_1084_2108_4210
                v3 -> v9
                brif v3, block2, block1

            block1:
                return v2

            block2:
                trap user1
            }
        "#]]
        .assert_eq(&text);
    }
}
