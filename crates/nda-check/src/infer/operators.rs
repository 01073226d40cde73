//! Literals, operators and conversions.

use super::Infer;
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_syntax::tree::{BinaryOp, ExprId, ExprKind, ExprList, TypeId, UnaryOp};

impl Infer<'_> {
    pub(super) fn integer(&mut self, expr: ExprId, magnitude: u64, negated: bool) -> Type {
        let limit = i64::MAX as u64 + u64::from(negated);
        if magnitude > limit {
            let span = self.tree.span(expr);
            let message = format!("{} does not fit in `i64`", span.text(self.source));
            let diagnostic = Diagnostic::new(Code::IntegerOutOfRange, span, message)
                .note("`i64` holds -9223372036854775808 to 9223372036854775807");
            self.report(diagnostic);
        }
        Type::I64
    }

    pub(super) fn list(&mut self, expr: ExprId, items: ExprList, wanted: Option<Type>) -> Type {
        let hint = wanted.and_then(|wanted| self.facts.table.resolve(wanted).element());
        let element = match hint {
            Some(element) => element,
            None => self.facts.table.fresh(),
        };
        let tree = self.tree;
        let mut first = true;
        for item in tree.list(items) {
            if first && hint.is_none() {
                // The first element decides, and the message about another one says so.
                let found = self.infer(item, None);
                if found != Type::NEVER {
                    self.facts.table.unify(element, found);
                }
                first = found == Type::NEVER;
            } else {
                self.check(item, element);
            }
        }
        if first && hint.is_none() {
            self.open_lists.push(expr);
        }
        self.list_of(element, self.tree.span(expr))
    }

    pub(super) fn unary(&mut self, expr: ExprId, op: UnaryOp, operand: ExprId, wanted: Option<Type>) -> Type {
        if let (UnaryOp::Neg, ExprKind::Int(magnitude)) = (op, self.tree.kind(operand)) {
            if wanted.is_some_and(|wanted| self.facts.table.resolve(wanted) == Type::F64) {
                self.check(operand, Type::F64);
                return Type::F64;
            }
            self.integer(operand, magnitude, true);
            self.facts.types[operand.index()] = Type::I64;
            return Type::I64;
        }
        let ty = self.infer(operand, wanted);
        let ty = self.facts.table.resolve(ty);
        let fits = match op {
            UnaryOp::Neg => matches!(ty, Type::I64 | Type::F64),
            UnaryOp::Not => matches!(ty, Type::I64 | Type::BOOL),
        };
        if fits {
            self.unary_traps(expr, op, operand, ty);
            return ty;
        }
        if ty.is_error() {
            return ty;
        }
        if ty.is_open() {
            return self.not_known(operand);
        }
        let takes = if op == UnaryOp::Neg { "`i64` or `f64`" } else { "`bool` or `i64`" };
        let message = format!("`{}` takes {takes}, found `{ty}`", op.as_str(), ty = self.show(ty));
        self.error(Code::BadOperand, self.tree.span(expr), message)
    }

    pub(super) fn binary(
        &mut self,
        expr: ExprId,
        op: BinaryOp,
        op_span: Span,
        left: ExprId,
        right: ExprId,
    ) -> Type {
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            self.check(left, Type::BOOL);
            self.check(right, Type::BOOL);
            return Type::BOOL;
        }
        let a = self.infer(left, None);
        let a = self.facts.table.resolve(a);
        let b = match (a, self.tree.kind(self.tree.unparen(right))) {
            // The message about a literal is better than the one about the operator.
            (Type::F64, ExprKind::Int(_)) => {
                self.check(right, Type::F64);
                Type::F64
            }
            // A vector is multiplied by a vector or by a number.
            _ if op == BinaryOp::Mul && self.facts.table.len_of(a).is_some() => self.infer(right, None),
            _ => self.infer(right, Some(a)),
        };
        let b = self.facts.table.resolve(b);
        if a.is_error() || b.is_error() {
            return if op.is_comparison() { Type::BOOL } else { Type::ERROR };
        }
        if let Some(found) = self.tensor_operator(op, op_span, (left, a), (right, b)) {
            return found;
        }
        if (a, b) == (Type::I64, Type::F64)
            && let ExprKind::Int(_) = self.tree.kind(self.tree.unparen(left))
        {
            self.check(left, Type::F64);
            return if op.is_comparison() { Type::BOOL } else { Type::F64 };
        }
        if b != Type::NEVER && !self.facts.table.unify(a, b) {
            return self.operands_differ(op, op_span, (left, a), (right, b));
        }
        let a = self.facts.table.resolve(a);
        if a.is_open() && !matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            return self.not_known(left);
        }
        if takes(op, a) || op.is_order() && self.facts.table.is_ordered(a) {
            if a == Type::I64 {
                self.binary_traps(expr, op, left, right);
            }
            if op.is_comparison() { Type::BOOL } else { a }
        } else {
            let mut diagnostic = Diagnostic::new(
                Code::BadOperand,
                op_span,
                format!("`{}` does not take `{a}`", op.as_str(), a = self.show(a)),
            )
            .label(what(op))
            .also(self.tree.span(left), format!("this is `{a}`", a = self.show(a)));
            if op == BinaryOp::Add && a.is_list() {
                diagnostic = diagnostic.note("lists are joined with `xs.concat(ys)`");
            }
            if op.is_order() && a.is_list() {
                diagnostic = diagnostic.note("compare their elements in a loop, or `zip` them");
            }
            if op.is_order() && a.as_parameter().is_some() {
                let name = self.show(a);
                diagnostic = diagnostic.note(format!("`{name}: Ord` asks for types with an order"));
            }
            self.report(diagnostic);
            if op.is_comparison() { Type::BOOL } else { Type::ERROR }
        }
    }

    #[cold]
    fn operands_differ(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        (left, a): (ExprId, Type),
        (right, b): (ExprId, Type),
    ) -> Type {
        let message = format!(
            "`{}` takes two values of one type, found `{a}` and `{b}`",
            op.as_str(),
            a = self.show(a),
            b = self.show(b)
        );
        let mut diagnostic = Diagnostic::new(Code::BadOperand, op_span, message)
            .also(self.tree.span(left), format!("this is `{a}`", a = self.show(a)))
            .also(self.tree.span(right), format!("this is `{b}`", b = self.show(b)));
        if let (Type::I64, Type::F64) | (Type::F64, Type::I64) = (a, b) {
            let integer = if a == Type::I64 { left } else { right };
            let span = self.tree.span(integer);
            let text = span.text(self.source);
            let simple = matches!(
                self.tree.kind(integer),
                ExprKind::Name(_)
                    | ExprKind::Paren(_)
                    | ExprKind::Call { .. }
                    | ExprKind::MethodCall { .. }
                    | ExprKind::Index { .. }
            );
            // In front of `<` a cast would read as the start of a type argument.
            let text = if simple && !(integer == left && matches!(op, BinaryOp::Lt | BinaryOp::Shl)) {
                format!("{text} as f64")
            } else {
                format!("({text} as f64)")
            };
            diagnostic = diagnostic.guess("nothing is converted unasked; convert it", span, text);
        } else if op == BinaryOp::Add && (a == Type::STR || b == Type::STR) {
            let (other, ty) = if a == Type::STR { (right, b) } else { (left, a) };
            if self.facts.table.is_known(ty) {
                diagnostic = self.as_text(diagnostic, self.tree.span(other));
            }
            diagnostic =
                diagnostic.note("`+` joins two `str`; `format(\"{} {}\", a, b)` makes one of many values");
        }
        self.report(diagnostic);
        if op.is_comparison() { Type::BOOL } else { Type::ERROR }
    }

    pub(super) fn cast(&mut self, expr: ExprId, operand: ExprId, ty: TypeId) -> Type {
        let to = self.written_type(ty);
        let from = self.infer(operand, None);
        let from = self.facts.table.resolve(from);
        if from.is_open() {
            self.not_known(operand);
            return to;
        }
        let known = matches!(
            (from, to),
            (Type::I64, Type::F64)
                | (Type::F64, Type::I64)
                | (Type::BOOL, Type::I64)
                | (Type::I64, Type::I64)
                | (Type::F64, Type::F64)
        );
        if !known && !from.is_error() && !to.is_error() && from != Type::NEVER {
            let message = format!(
                "`{from}` cannot be converted to `{to}` with `as`",
                from = self.show(from),
                to = self.show(to)
            );
            let mut diagnostic = Diagnostic::new(Code::BadCast, self.tree.span(expr), message)
                .note("`as` converts between `i64` and `f64`, and `bool` to `i64`");
            if to == Type::BOOL && from == Type::I64 {
                let text = format!("({} != 0)", self.tree.span(operand).text(self.source));
                diagnostic = diagnostic.guess("compare it", self.tree.span(expr), text);
            }
            let simple = matches!(
                self.tree.kind(operand),
                ExprKind::Name(_)
                    | ExprKind::Paren(_)
                    | ExprKind::MethodCall { .. }
                    | ExprKind::Index { .. }
                    | ExprKind::Field { .. }
                    | ExprKind::TupleField { .. }
            ) || self.tree.span(operand).text(self.source).starts_with('\'');
            if (from, to) == (Type::I64, Type::STR) {
                let text = format!("str::from_code({})", self.tree.span(operand).text(self.source));
                diagnostic = diagnostic.fix("make a character of its code", self.tree.span(expr), text);
            }
            if (from, to) == (Type::STR, Type::I64) && simple {
                let span = Span::new(self.tree.span(operand).end, self.tree.span(expr).end);
                diagnostic = diagnostic.fix("ask for the character's code", span, ".char_code()");
            }
            self.report(diagnostic);
        }
        to
    }
}

/// Whether the operator is defined on two values of this type.
pub(crate) fn takes(op: BinaryOp, ty: Type) -> bool {
    match op {
        BinaryOp::Add => matches!(ty, Type::I64 | Type::F64 | Type::STR),
        BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => matches!(ty, Type::I64 | Type::F64),
        BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => matches!(ty, Type::I64 | Type::BOOL),
        BinaryOp::Shl | BinaryOp::Shr => ty == Type::I64,
        BinaryOp::Eq | BinaryOp::Ne => ty != Type::NEVER,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            matches!(ty, Type::I64 | Type::F64 | Type::BOOL | Type::STR)
        }
        BinaryOp::And | BinaryOp::Or => ty == Type::BOOL,
    }
}

fn what(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "it takes numbers or `str`",
        BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => "it takes numbers",
        BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => "it takes `i64` or `bool`",
        BinaryOp::Shl | BinaryOp::Shr => "it takes `i64`",
        _ => "it takes what has an order: numbers, `bool`, `str`, and tuples, structs and enums of such",
    }
}
