//! Arithmetic. What traps is checked before the instruction that would: machine code raises no signal.

use super::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use nda_graph::{CompareOp, MathOp, NodeId, Ty, UnaryOp};
use nda_jit::runtime::{self, Cause, layout};

impl Translator<'_, '_> {
    /// Whether an operator is more than a few instructions.
    pub(super) fn needs_help(op: MathOp) -> bool {
        matches!(
            op,
            MathOp::Pow
                | MathOp::DivOverflows
                | MathOp::PowOverflows
                | MathOp::DivEuclid
                | MathOp::RemEuclid
                | MathOp::FRem
                | MathOp::FMin
                | MathOp::FMax
                | MathOp::FPow
                | MathOp::FAtan2
                | MathOp::FHypot
                | MathOp::FPowi
        )
    }

    pub(super) fn math(&mut self, op: MathOp, a: Value, b: Value, node: NodeId) -> Value {
        match op {
            MathOp::Add => {
                let (sum, over) = self.b.ins().sadd_overflow(a, b);
                self.stop_if(over, Cause::Overflow, node);
                self.facts.check(sum);
                sum
            }
            MathOp::Sub => {
                let (difference, over) = self.b.ins().ssub_overflow(a, b);
                self.stop_if(over, Cause::Overflow, node);
                self.facts.check(difference);
                difference
            }
            MathOp::Mul => {
                let (product, over) = self.b.ins().smul_overflow(a, b);
                self.stop_if(over, Cause::Overflow, node);
                self.facts.check(product);
                product
            }
            MathOp::Div | MathOp::Rem => {
                self.check_division(a, b, node);
                if op == MathOp::Div { self.b.ins().sdiv(a, b) } else { self.b.ins().srem(a, b) }
            }
            MathOp::And | MathOp::BAnd => self.b.ins().band(a, b),
            MathOp::Or | MathOp::BOr => self.b.ins().bor(a, b),
            MathOp::Xor | MathOp::BXor => self.b.ins().bxor(a, b),
            MathOp::Shl | MathOp::Shr => {
                if self.constant_of(b).is_none_or(|amount| !(0..64).contains(&amount)) {
                    let far = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, b, 63);
                    self.stop_if(far, Cause::Shift, node);
                }
                if op == MathOp::Shl { self.b.ins().ishl(a, b) } else { self.b.ins().sshr(a, b) }
            }
            MathOp::WrappingAdd => self.b.ins().iadd(a, b),
            MathOp::WrappingSub => self.b.ins().isub(a, b),
            MathOp::WrappingMul => self.b.ins().imul(a, b),
            MathOp::SaturatingAdd => {
                let (sum, over) = self.b.ins().sadd_overflow(a, b);
                self.saturated(sum, over, a)
            }
            MathOp::SaturatingSub => {
                let (difference, over) = self.b.ins().ssub_overflow(a, b);
                self.saturated(difference, over, a)
            }
            MathOp::SaturatingMul => {
                let (product, over) = self.b.ins().smul_overflow(a, b);
                let sign = self.b.ins().bxor(a, b);
                self.saturated(product, over, sign)
            }
            MathOp::Min => self.b.ins().smin(a, b),
            MathOp::Max => self.b.ins().smax(a, b),
            MathOp::FAdd => self.b.ins().fadd(a, b),
            MathOp::FSub => self.b.ins().fsub(a, b),
            MathOp::FMul => self.b.ins().fmul(a, b),
            MathOp::FDiv => self.b.ins().fdiv(a, b),
            MathOp::AddOverflows => self.b.ins().sadd_overflow(a, b).1,
            MathOp::SubOverflows => self.b.ins().ssub_overflow(a, b).1,
            MathOp::MulOverflows => self.b.ins().smul_overflow(a, b).1,
            _ => self.math_helper(op, a, b, node),
        }
    }

    /// One comparison sends both special divisors, 0 and -1, to the slow side.
    fn check_division(&mut self, a: Value, b: Value, node: NodeId) {
        if self.constant_of(b).is_some_and(|divisor| divisor != 0 && divisor != -1) {
            return;
        }
        let above = self.b.ins().iadd_imm_s(b, 1);
        let special = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThanOrEqual, above, 1);
        let fine = self.cold_if(special);
        let zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
        self.stop_if(zero, Cause::Zero, node);
        let least = self.b.ins().icmp_imm_s(IntCC::Equal, a, i64::MIN);
        self.stop_if(least, Cause::Overflow, node);
        self.b.ins().jump(fine, &[]);
        self.go_on(fine);
    }

    /// The number that a value is, if it is a constant.
    pub(super) fn constant_of(&self, value: Value) -> Option<i64> {
        let inst = self.b.func.dfg.value_def(value).inst()?;
        match self.b.func.dfg.insts[inst] {
            cranelift_codegen::ir::InstructionData::UnaryImm { imm, .. } => Some(imm.bits()),
            _ => None,
        }
    }

    fn saturated(&mut self, result: Value, over: Value, sign: Value) -> Value {
        let sign = self.b.ins().sshr_imm_u(sign, 63);
        let bound = self.b.ins().bxor_imm_s(sign, i64::MAX);
        self.b.ins().select(over, bound, result)
    }

    fn result(&mut self, ty: Ty) -> Value {
        let word = self.in_state(types::I64, layout::RESULT);
        self.loaded(word, ty)
    }

    fn math_helper(&mut self, op: MathOp, a: Value, b: Value, node: NodeId) -> Value {
        let number = self.int(op as i64);
        let (a, b) = (self.as_stored(a), self.as_stored(b));
        self.work(runtime::math as *const (), &[number, a, b], node);
        self.result(op.result())
    }

    fn unary_helper(&mut self, op: UnaryOp, a: Value, node: NodeId) -> Value {
        let number = self.int(op as i64);
        let a = self.as_stored(a);
        self.work(runtime::unary as *const (), &[number, a], node);
        self.result(op.result())
    }

    /// Whether an operator is more than a few instructions, on some processor.
    pub(super) fn unary_needs_help(op: UnaryOp) -> bool {
        !matches!(
            op,
            UnaryOp::Neg
                | UnaryOp::Abs
                | UnaryOp::Not
                | UnaryOp::Signum
                | UnaryOp::CountOnes
                | UnaryOp::LeadingZeros
                | UnaryOp::TrailingZeros
                | UnaryOp::BNot
                | UnaryOp::FNeg
                | UnaryOp::FAbs
                | UnaryOp::FSqrt
                | UnaryOp::FIsNan
                | UnaryOp::IntToFloat
                | UnaryOp::FloatToInt
                | UnaryOp::BoolToInt
        )
    }

    pub(super) fn unary(&mut self, op: UnaryOp, a: Value, node: NodeId) -> Value {
        match op {
            UnaryOp::Neg | UnaryOp::Abs => {
                let least = self.b.ins().icmp_imm_s(IntCC::Equal, a, i64::MIN);
                self.stop_if(least, Cause::Overflow, node);
                if op == UnaryOp::Neg { self.b.ins().ineg(a) } else { self.b.ins().iabs(a) }
            }
            UnaryOp::Not => self.b.ins().bnot(a),
            UnaryOp::Signum => {
                let (above, below) = (
                    self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, a, 0),
                    self.b.ins().icmp_imm_s(IntCC::SignedLessThan, a, 0),
                );
                let sign = self.b.ins().isub(above, below);
                self.b.ins().sextend(types::I64, sign)
            }
            UnaryOp::CountOnes => self.b.ins().popcnt(a),
            UnaryOp::LeadingZeros => self.b.ins().clz(a),
            UnaryOp::TrailingZeros => self.b.ins().ctz(a),
            UnaryOp::BNot => self.b.ins().bxor_imm_s(a, 1),
            UnaryOp::FNeg => self.b.ins().fneg(a),
            UnaryOp::FAbs => self.b.ins().fabs(a),
            UnaryOp::FSqrt => self.b.ins().sqrt(a),
            UnaryOp::FFloor if self.parts.can_round => self.b.ins().floor(a),
            UnaryOp::FCeil if self.parts.can_round => self.b.ins().ceil(a),
            UnaryOp::FTrunc if self.parts.can_round => self.b.ins().trunc(a),
            UnaryOp::FIsNan => self.b.ins().fcmp(FloatCC::Unordered, a, a),
            UnaryOp::IntToFloat => self.b.ins().fcvt_from_sint(types::F64, a),
            UnaryOp::FloatToInt => self.b.ins().fcvt_to_sint_sat(types::I64, a),
            UnaryOp::BoolToInt => self.b.ins().uextend(types::I64, a),
            _ => self.unary_helper(op, a, node),
        }
    }

    pub(super) fn compare(&mut self, op: CompareOp, ty: Ty, a: Value, b: Value) -> Value {
        if ty == Ty::F64 {
            let code = match op {
                CompareOp::Eq => FloatCC::Equal,
                CompareOp::Ne => FloatCC::NotEqual,
                CompareOp::Lt => FloatCC::LessThan,
                CompareOp::Le => FloatCC::LessThanOrEqual,
                CompareOp::Gt => FloatCC::GreaterThan,
                CompareOp::Ge => FloatCC::GreaterThanOrEqual,
            };
            return self.b.ins().fcmp(code, a, b);
        }
        let code = match op {
            CompareOp::Eq => IntCC::Equal,
            CompareOp::Ne => IntCC::NotEqual,
            CompareOp::Lt => IntCC::SignedLessThan,
            CompareOp::Le => IntCC::SignedLessThanOrEqual,
            CompareOp::Gt => IntCC::SignedGreaterThan,
            CompareOp::Ge => IntCC::SignedGreaterThanOrEqual,
        };
        self.b.ins().icmp(code, a, b)
    }

    /// Memory flags say nothing for a change of type.
    pub(super) const NO_MEMORY: MemFlagsData = MemFlagsData::new();
}
