//! `W0004`: operations that trap whenever control reaches them, because their operands are written down.
//!
//! Only literals, their negations and small sums of them are looked at; nothing is guessed about variables. In a
//! constant nothing is said here: evaluating it gives the error `E0403`.

use super::Infer;
use crate::methods::{self, Method, Named};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::{Builtin, MathOp, PlaceOp, UnaryOp as GraphUnary};
use nda_syntax::tree::{BinaryOp, ExprId, ExprKind, ExprList, UnaryOp};

/// How far down operands are looked at: more than people write, and a bound on the work.
const DEPTH: u32 = 4;

impl Infer<'_> {
    /// `left op right` on integers.
    pub(super) fn binary_traps(&mut self, expr: ExprId, op: BinaryOp, left: ExprId, right: ExprId) {
        if let Some(b) = self.written(right, DEPTH) {
            if let Some(why) = refuses(op, b) {
                self.will_trap(self.tree.span(expr), why);
            } else if !op.is_comparison()
                && let Some(a) = self.written(left, DEPTH)
                && compute(op, a, b).is_none()
            {
                self.will_trap(self.tree.span(expr), "the result does not fit in `i64`");
            }
        }
    }

    /// `place op= right` on integers.
    pub(super) fn amount_traps(&mut self, expr: ExprId, op: BinaryOp, right: ExprId) {
        if let Some(why) = self.written(right, DEPTH).and_then(|b| refuses(op, b)) {
            self.will_trap(self.tree.span(expr), why);
        }
    }

    pub(super) fn unary_traps(&mut self, expr: ExprId, op: UnaryOp, operand: ExprId, ty: Type) {
        if op == UnaryOp::Neg && ty == Type::I64 && self.written(operand, DEPTH) == Some(i64::MIN) {
            self.will_trap(self.tree.span(expr), "the result does not fit in `i64`");
        }
    }

    /// `base[index]`.
    pub(super) fn index_traps(&mut self, base: ExprId, index: ExprId) {
        let Some(at) = self.written(index, DEPTH) else { return };
        let span = self.tree.span(index);
        if at < 0 {
            let text = format!("index {at} is outside every list");
            return self.will_trap(span, &text);
        }
        if let ExprKind::List(items) = self.tree.kind(self.tree.unparen(base)) {
            let len = self.tree.list(items).len();
            if at >= len as i64 {
                self.will_trap(span, &nda_graph::run::message::index(at, len as u64));
            }
        }
    }

    pub(super) fn method_traps(&mut self, expr: ExprId, method: Method, receiver: ExprId, args: ExprList) {
        let mut given = [None; 3];
        for (slot, arg) in given.iter_mut().zip(self.tree.list(args)) {
            *slot = Some(arg);
        }
        let written = |this: &Self, at: usize| given[at].and_then(|arg| this.written(arg, DEPTH));
        let why = match method {
            Method::Math(MathOp::Pow) if written(self, 0).is_some_and(|exponent| exponent < 0) => {
                nda_graph::run::message::POW
            }
            Method::Math(MathOp::DivEuclid | MathOp::RemEuclid) if written(self, 0) == Some(0) => {
                "division by zero"
            }
            Method::Unary(GraphUnary::Abs) if self.written(receiver, DEPTH) == Some(i64::MIN) => {
                "the result does not fit in `i64`"
            }
            Method::Builtin(Builtin::Clamp) if matches!((written(self, 0), written(self, 1)), (Some(low), Some(high)) if low > high) => {
                nda_graph::run::message::CLAMP
            }
            Method::Place(PlaceOp::Insert | PlaceOp::Remove | PlaceOp::Swap)
                if written(self, 0).is_some_and(|at| at < 0) =>
            {
                "a negative index is outside every list"
            }
            _ => return,
        };
        self.will_trap(self.tree.span(expr), why);
    }

    /// The `n` of `[x; n]`.
    pub(super) fn negative(&mut self, count: ExprId, why: &str) {
        if self.written(count, DEPTH).is_some_and(|count| count < 0) {
            self.will_trap(self.tree.span(count), why);
        }
    }

    /// The `n` of `.step_by(n)`.
    pub(super) fn step(&mut self, step: ExprId) {
        if self.written(step, DEPTH).is_some_and(|step| step < 1) {
            self.will_trap(self.tree.span(step), nda_graph::run::message::STEP);
        }
    }

    #[cold]
    fn will_trap(&mut self, span: Span, why: &str) {
        if !self.in_constant && !self.dead {
            let diagnostic = Diagnostic::new(Code::WillTrap, span, format!("this always traps: {why}"))
                .label("traps here");
            self.report(diagnostic);
        }
    }

    /// The integer that an expression is, if that stands there.
    fn written(&self, expr: ExprId, depth: u32) -> Option<i64> {
        let depth = depth.checked_sub(1)?;
        match self.tree.kind(expr) {
            ExprKind::Int(magnitude) => i64::try_from(magnitude).ok(),
            ExprKind::Paren(inner) => self.written(inner, depth),
            ExprKind::Path(symbol) => match methods::named(self.text(symbol)) {
                Some(Named::Int(value)) => Some(value),
                _ => None,
            },
            ExprKind::Unary { op: UnaryOp::Neg, operand } => match self.tree.kind(operand) {
                ExprKind::Int(magnitude) => 0i64.checked_sub_unsigned(magnitude),
                _ => self.written(operand, depth)?.checked_neg(),
            },
            ExprKind::Binary { op, left, right, .. } => {
                compute(op, self.written(left, depth)?, self.written(right, depth)?)
            }
            _ => None,
        }
    }
}

/// Why `op` traps with this right operand, whatever the left one is.
fn refuses(op: BinaryOp, right: i64) -> Option<&'static str> {
    match op {
        BinaryOp::Div | BinaryOp::Rem if right == 0 => Some("division by zero"),
        BinaryOp::Shl | BinaryOp::Shr if !(0..64).contains(&right) => {
            Some("the amount of a shift must be in 0..=63")
        }
        _ => None,
    }
}

/// The value, if there is one and the operator gives an integer.
fn compute(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        BinaryOp::Rem => a.checked_rem(b),
        BinaryOp::BitAnd => Some(a & b),
        BinaryOp::BitOr => Some(a | b),
        BinaryOp::BitXor => Some(a ^ b),
        // A shift loses bits and never overflows.
        BinaryOp::Shl => u32::try_from(b).ok().filter(|&b| b < 64).map(|b| a << b),
        BinaryOp::Shr => u32::try_from(b).ok().filter(|&b| b < 64).map(|b| a >> b),
        _ => None,
    }
}
