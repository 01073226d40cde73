//! Operators on constants. An operator that would trap is left for the run.

use crate::number as n;
use crate::number::Word;
use crate::steps::lists::apply;
use crate::steps::places::math as apply_math;
use nda_graph::{CompareOp, MathOp, NdaNode, Ty, UnaryOp, Value};

/// What became of an operator.
pub(super) enum Folded {
    /// Its value.
    Value(NdaNode),
    /// It is its first operand.
    First,
    /// It stays.
    Nothing,
}

/// The record of a plain value.
pub(super) fn literal(value: &Value) -> Option<NdaNode> {
    match value {
        Value::Bool(value) => Some(NdaNode::Bool(*value)),
        Value::Int(value) => Some(NdaNode::Int(*value)),
        Value::Float(value) => Some(NdaNode::float(*value)),
        _ => None,
    }
}

/// Whether a record is a plain constant.
pub fn is_literal(node: NdaNode) -> bool {
    bits(node).is_some()
}

fn bits(node: NdaNode) -> Option<u64> {
    match node {
        NdaNode::Bool(value) => Some(u64::from(value)),
        NdaNode::Int(value) => Some(value as u64),
        NdaNode::Float(bits) => Some(bits),
        _ => None,
    }
}

fn node(ty: Ty, bits: u64) -> NdaNode {
    match ty {
        Ty::BOOL => NdaNode::Bool(bool::from_bits(bits)),
        Ty::F64 => NdaNode::float(f64::from_bits(bits)),
        _ => NdaNode::Int(bits as i64),
    }
}

/// `a op b`. The last two records are its operands only where they are leaves, and then they are all of them.
pub(super) fn math(op: MathOp, a: NdaNode, b: NdaNode) -> Folded {
    if let (Some(a), Some(b)) = (bits(a), bits(b)) {
        return match apply_math(op, a, b) {
            Ok(value) => Folded::Value(node(op.result(), value)),
            Err(_) => Folded::Nothing,
        };
    }
    match (op, b) {
        (
            MathOp::Add
            | MathOp::Sub
            | MathOp::WrappingAdd
            | MathOp::WrappingSub
            | MathOp::Or
            | MathOp::Xor
            | MathOp::Shl
            | MathOp::Shr,
            NdaNode::Int(0),
        )
        | (MathOp::Mul | MathOp::WrappingMul | MathOp::Div, NdaNode::Int(1))
        | (MathOp::And, NdaNode::Int(-1)) => Folded::First,
        _ => Folded::Nothing,
    }
}

/// `op a`.
pub(super) fn unary(op: UnaryOp, a: NdaNode) -> Option<NdaNode> {
    let bits = bits(a)?;
    let value = match op {
        UnaryOp::Neg => (bits as i64).checked_neg()? as u64,
        UnaryOp::Not => !bits,
        UnaryOp::BNot => 1 - bits,
        UnaryOp::FNeg => (-f64::from_bits(bits)).to_bits(),
        UnaryOp::IntToFloat => (bits as i64 as f64).to_bits(),
        UnaryOp::FloatToInt => f64::from_bits(bits) as i64 as u64,
        UnaryOp::BoolToInt => bits,
        _ => return None,
    };
    Some(node(op.result(), value))
}

/// `a op b` on plain values.
pub(super) fn compare(op: CompareOp, a: NdaNode, b: NdaNode) -> Option<NdaNode> {
    let float = matches!(a, NdaNode::Float(_));
    let (a, b) = (bits(a)?, bits(b)?);
    let result = match (op, float) {
        (CompareOp::Eq, false) => apply::<n::Eq>(a, b),
        (CompareOp::Ne, false) => apply::<n::Ne>(a, b),
        (CompareOp::Lt, false) => apply::<n::Lt>(a, b),
        (CompareOp::Le, false) => apply::<n::Le>(a, b),
        (CompareOp::Gt, false) => apply::<n::Gt>(a, b),
        (CompareOp::Ge, false) => apply::<n::Ge>(a, b),
        (CompareOp::Eq, true) => apply::<n::FEq>(a, b),
        (CompareOp::Ne, true) => apply::<n::FNe>(a, b),
        (CompareOp::Lt, true) => apply::<n::FLt>(a, b),
        (CompareOp::Le, true) => apply::<n::FLe>(a, b),
        (CompareOp::Gt, true) => apply::<n::FGt>(a, b),
        (CompareOp::Ge, true) => apply::<n::FGe>(a, b),
    };
    result.ok().map(|bits| NdaNode::Bool(bits != 0))
}

#[cfg(test)]
mod tests {
    use crate::passes::Rules;
    use crate::passes::tests::{NONE, after};
    use expect_test::{Expect, expect};
    use nda_graph::Ty;

    fn check(params: &[Ty], records: &str, expected: Expect) {
        expected.assert_eq(&after(Rules { fold: true, ..NONE }, params, records));
    }

    #[test]
    fn operators_on_constants_are_computed() {
        check(
            &[],
            "int 2
             int 3
             math add
             int 4
             math mul
             unary neg",
            expect![[r#"
                %5    int -20
            "#]],
        );
    }

    #[test]
    fn what_would_trap_is_left_for_the_run() {
        check(
            &[],
            "int 9223372036854775807
             int 1
             math add
             int 1
             int 0
             math div
             math sub",
            expect![[r#"
                %0    int 9223372036854775807
                %1    int 1
                %2    math add
                %3    int 1
                %4    int 0
                %5    math div
                %6    math sub
            "#]],
        );
    }

    #[test]
    fn what_changes_nothing_goes() {
        check(
            &[Ty::I64],
            "load copy $0
             int 0
             math add
             int 1
             math mul",
            expect![[r#"
                %0    load copy $0
            "#]],
        );
    }
}
