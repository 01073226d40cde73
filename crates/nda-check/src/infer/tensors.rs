//! Vectors and matrices: what their functions, methods and operators take and give.

use super::Infer;
use crate::facts::Meaning;
use crate::tensors::{METHODS, OnTensor, operator};
use crate::types::Type;
use nda_diagnostics::{Code, Diagnostic, Span};
use nda_graph::tensor::MAX_SIDE;
use nda_graph::{Hash, TensorOp, TensorShape};
use nda_syntax::tree::{BinaryOp, ExprId, ExprKind, ExprList, Symbol, TypeId, TypeKind, TypeList};

impl Infer<'_> {
    /// `vec[N]` or `mat[R, C]` as a type.
    pub(super) fn written_shape(&mut self, sides: TypeList) -> Type {
        let tree = self.tree;
        let sides: Vec<Type> = tree.type_list(sides).map(|side| self.written_side(side)).collect();
        match sides[..] {
            _ if sides.iter().any(|side| side.is_error()) => Type::ERROR,
            [len] => self.facts.table.vector(len),
            [rows, columns] => self.facts.table.matrix(rows, columns),
            _ => Type::ERROR,
        }
    }

    fn written_side(&mut self, id: TypeId) -> Type {
        let ty = self.tree.ty(id);
        match ty.kind {
            TypeKind::Number(side) => self.numbered_side(side, ty.span),
            TypeKind::Infer if self.in_body => self.facts.table.fresh(),
            TypeKind::Error => Type::ERROR,
            _ => self.error(Code::BadShape, ty.span, "a side of a shape is written as a number"),
        }
    }

    fn numbered_side(&mut self, side: u64, span: Span) -> Type {
        match u32::try_from(side).ok().filter(|side| (1..=MAX_SIDE).contains(side)) {
            Some(side) => self.facts.table.side(side),
            None => {
                let message = format!("a side of a shape is 1 to {MAX_SIDE}, and this is {side}");
                self.error(Code::BadShape, span, message)
            }
        }
    }

    /// `vec[a, b]` or `vec[x; N]`.
    pub(super) fn vector_literal(&mut self, expr: ExprId, items: ExprId) -> Type {
        let tree = self.tree;
        let found = match tree.kind(items) {
            ExprKind::List(list) => {
                let count = tree.list(list).len() as u64;
                tree.list(list).for_each(|item| self.check(item, Type::F64));
                self.numbered_side(count, tree.span(expr))
            }
            ExprKind::Repeat { value, count } => {
                self.check(value, Type::F64);
                match tree.kind(tree.unparen(count)) {
                    ExprKind::Int(side) => self.numbered_side(side, tree.span(count)),
                    _ => {
                        self.check(count, Type::I64);
                        let message = "the length of a vector is part of its type: it is written as a number";
                        self.error(Code::BadShape, tree.span(count), message)
                    }
                }
            }
            _ => Type::ERROR,
        };
        if found.is_error() { found } else { self.facts.table.vector(found) }
    }

    /// `vec[x]`, which is read like an element, where there is no variable `vec`.
    pub(super) fn vector_of_one(&mut self, base: ExprId, index: ExprId) -> Option<Type> {
        let ExprKind::Name(symbol) = self.tree.kind(base) else { return None };
        if self.text(symbol) != "vec" || self.bindings[symbol.index()] != 0 || self.global(symbol).is_some() {
            return None;
        }
        self.check(index, Type::F64);
        self.facts.meanings[base.index()] = Meaning::Tensor(OnTensor::One);
        let one = self.facts.table.side(1);
        Some(self.facts.table.vector(one))
    }

    /// A call of one of the language's functions on tensors.
    pub(super) fn tensor_call(
        &mut self,
        expr: ExprId,
        name: &str,
        what: OnTensor,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Type {
        let tree = self.tree;
        let args: Vec<ExprId> = tree.list(args).collect();
        self.facts.meanings[expr.index()] = Meaning::Tensor(what);
        let op = match what {
            OnTensor::Weights => return self.weights(expr, name, &args),
            OnTensor::Op(op) => op,
            _ => TensorOp::Fill,
        };
        let len = self.facts.table.fresh();
        let vector = self.facts.table.vector(len);
        // Four are the most that any takes.
        let mut params = [vector; 4];
        let mut result = vector;
        match op {
            TensorOp::Gemv | TensorOp::GemvQ2 => {
                let rows = self.facts.table.fresh();
                params[0] = self.facts.table.matrix(rows, len);
                result = self.facts.table.vector(rows);
            }
            TensorOp::Dot => result = Type::F64,
            TensorOp::Argmax => result = Type::I64,
            TensorOp::RmsNorm | TensorOp::LayerNorm => params[op.arity() - 1] = Type::F64,
            TensorOp::FromList => params[0] = Type::F64.list_of(),
            _ => {}
        }
        let params = &params[..if what == OnTensor::Zeros { 0 } else { op.arity() }];
        if args.len() != params.len() {
            args.iter().for_each(|&arg| {
                self.infer(arg, None);
            });
            self.wrong_count(name, tree.span(expr), params.len(), args.len(), None);
            return result;
        }
        if let (TensorOp::Fill | TensorOp::FromList, Some(wanted)) = (op, wanted)
            && self.facts.table.len_of(wanted).is_some()
        {
            self.facts.table.unify(wanted, result);
        }
        if let TensorOp::Gemv | TensorOp::GemvQ2 = op {
            self.check(args[0], params[0]);
            self.product(name, &args, (params[0], params[1]));
        } else {
            args.iter().zip(params).for_each(|(&arg, &ty)| self.check(arg, ty));
        }
        if !wanted.is_some_and(|wanted| self.resolve(wanted).is_error()) {
            self.shaped.push(expr);
        }
        result
    }

    /// The second argument of a product, whose matrix is known by now.
    fn product(&mut self, name: &str, args: &[ExprId], (matrix, vector): (Type, Type)) {
        let found = self.infer(args[1], Some(vector));
        let table = &mut self.facts.table;
        let fits = found == Type::NEVER || table.unify(vector, found);
        if fits {
            return;
        }
        let (wanted, given) = (table.shape_of(vector), table.shape_of(found));
        if let (Some(wanted), Some(given)) = (wanted, given) {
            let matrix = self.show(matrix);
            let message = format!("`{name}` of a `{matrix}` takes a `{wanted}`, found `{given}`");
            let diagnostic = Diagnostic::new(Code::ShapesDiffer, self.tree.span(args[1]), message)
                .also(self.tree.span(args[0]), format!("this is `{matrix}`"))
                .label(format!("this is `{given}`"));
            self.report(diagnostic);
        } else {
            self.fits(self.tree.span(args[1]), vector, found);
        }
    }

    /// `weights("b3:…")`: what the store has decides its type.
    fn weights(&mut self, expr: ExprId, name: &str, args: &[ExprId]) -> Type {
        let tree = self.tree;
        let &[arg] = args else {
            args.iter().for_each(|&arg| {
                self.infer(arg, None);
            });
            self.wrong_count(name, tree.span(expr), 1, args.len(), None);
            return Type::ERROR;
        };
        self.check(arg, Type::STR);
        let span = tree.span(arg);
        let ExprKind::Str(text) = tree.kind(tree.unparen(arg)) else {
            let message = "weights are named by a text literal: `weights(\"b3:…\")`";
            return self.error(Code::MissingWeights, span, message);
        };
        let text = tree.text(text, self.source);
        let Some(hash) = Hash::parse_weights(text) else {
            let found = text.chars().take(80).collect::<String>();
            let message = format!(
                "weights are named by `b3:` and 64 hex digits in lower case, not by {found:?} ({} bytes)",
                text.len()
            );
            return self.error(Code::MissingWeights, span, message);
        };
        let Some(loaded) = self.scope.weights(hash) else {
            let diagnostic =
                Diagnostic::new(Code::MissingWeights, span, format!("there are no weights {text} here"))
                    .note("`nda weights add FILE.ndaw` brings those of a file into the store; a file `NAME.ndaw` beside `NAME.nda` is read along");
            self.report(diagnostic);
            return Type::ERROR;
        };
        let (shape, floats) = (loaded.shape(), loaded.floats().is_some());
        match TensorShape::of_weights(shape.rows(), shape.columns(), floats) {
            Some(shape) => self.facts.table.shaped(shape),
            None => {
                let what = if floats { "numbers as they are" } else { "weights of two bits" };
                let message = format!(
                    "these weights are {what}, {} × {}; the language has vectors of numbers and matrices of weights, of at most {MAX_SIDE} a side",
                    shape.rows(),
                    shape.columns()
                );
                self.error(Code::BadShape, span, message)
            }
        }
    }

    /// An operator on tensors; none if it is another one.
    pub(super) fn tensor_operator(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        (left, a): (ExprId, Type),
        (right, b): (ExprId, Type),
    ) -> Option<Type> {
        if op.is_comparison() {
            let refused = matches!(op, BinaryOp::Eq | BinaryOp::Ne) && self.facts.table.has_matrix(a);
            return refused.then(|| {
                let message = format!(
                    "`{}` does not take `{a}`: matrices are not compared",
                    op.as_str(),
                    a = self.show(a)
                );
                self.error(Code::BadOperand, op_span, message);
                Type::BOOL
            });
        }
        if self.facts.table.len_of(a).is_none() {
            let scaled = op == BinaryOp::Mul && self.facts.table.len_of(b).is_some();
            if !scaled || !matches!(a, Type::F64 | Type::I64) {
                return None;
            }
            self.factor(left, a);
            return Some(b);
        }
        let by_number = matches!(b, Type::F64 | Type::I64);
        operator(op, by_number)?;
        if by_number {
            self.factor(right, b);
            return Some(a);
        }
        if b == Type::NEVER || self.facts.table.unify(a, b) {
            return Some(a);
        }
        let (Some(left_shape), Some(right_shape)) =
            (self.facts.table.shape_of(a), self.facts.table.shape_of(b))
        else {
            return None;
        };
        let message = format!(
            "`{}` takes two vectors of one length, found `{left_shape}` and `{right_shape}`",
            op.as_str()
        );
        let diagnostic = Diagnostic::new(Code::ShapesDiffer, op_span, message)
            .also(self.tree.span(left), format!("this is `{left_shape}`"))
            .also(self.tree.span(right), format!("this is `{right_shape}`"));
        self.report(diagnostic);
        Some(Type::ERROR)
    }

    /// The number that a vector is multiplied by: a float, or written like one.
    fn factor(&mut self, expr: ExprId, ty: Type) {
        match self.tree.kind(self.tree.unparen(expr)) {
            ExprKind::Int(_) if ty == Type::I64 => self.check(expr, Type::F64),
            _ => {
                self.fits(self.tree.span(expr), Type::F64, ty);
            }
        }
    }

    /// A method of a vector; none if it has no such method, or is none.
    pub(super) fn vector_call(
        &mut self,
        expr: ExprId,
        ty: Type,
        method: Symbol,
        args: ExprList,
        wanted: Option<Type>,
    ) -> Option<Type> {
        let len = self.facts.table.len_of(ty)?;
        let tree = self.tree;
        let name = self.text(method);
        let &(_, what) = METHODS.iter().find(|(known, _)| *known == name)?;
        self.facts.meanings[expr.index()] = Meaning::Tensor(what);
        let args: Vec<ExprId> = tree.list(args).collect();
        let count = usize::from(matches!(what, OnTensor::Op(TensorOp::Part | TensorOp::Concat)));
        if args.len() != count {
            args.iter().for_each(|&arg| {
                self.infer(arg, None);
            });
            self.wrong_count(name, tree.span(expr), count, args.len(), None);
            return Some(Type::ERROR);
        }
        Some(match what {
            OnTensor::Op(TensorOp::ToList) => Type::F64.list_of(),
            OnTensor::Op(TensorOp::Part) => {
                self.check(args[0], Type::I64);
                let len = self.facts.table.fresh();
                let part = self.facts.table.vector(len);
                if let Some(wanted) = wanted {
                    self.facts.table.unify(wanted, part);
                }
                if !wanted.is_some_and(|wanted| self.resolve(wanted).is_error()) {
                    self.shaped.push(expr);
                }
                part
            }
            OnTensor::Op(_) => {
                let more = self.infer(args[0], None);
                if more == Type::NEVER {
                    return Some(Type::NEVER);
                }
                let Some(other) = self.facts.table.len_of(more) else {
                    self.fits(tree.span(args[0]), ty, more);
                    return Some(Type::ERROR);
                };
                let sides = (self.facts.table.number_of(len), self.facts.table.number_of(other));
                let (Some(a), Some(b)) = sides else { return Some(self.not_known(expr)) };
                let whole = self.numbered_side(u64::from(a) + u64::from(b), tree.span(expr));
                if whole.is_error() { whole } else { self.facts.table.vector(whole) }
            }
            _ => Type::I64,
        })
    }

    /// `v op= value` of a vector.
    pub(super) fn changed_vector(
        &mut self,
        op: BinaryOp,
        span: Span,
        (place, ty): (ExprId, Type),
        value: ExprId,
    ) {
        // As in `v op value`.
        let right = self.infer(value, (op != BinaryOp::Mul).then_some(ty));
        let right = self.resolve(right);
        if right.is_error() || self.tensor_operator(op, span, (place, ty), (value, right)).is_some() {
            return;
        }
        let (ty, right) = (self.show(ty), self.show(right));
        let diagnostic = Diagnostic::new(
            Code::BadOperand,
            span,
            format!("`{}=` does not take `{ty}` and `{right}`", op.as_str()),
        )
        .also(self.tree.span(place), format!("this is `{ty}`"))
        .also(self.tree.span(value), format!("this is `{right}`"));
        self.report(diagnostic);
    }

    /// Whether the lengths of what was made are known in the end.
    pub(super) fn check_shapes(&mut self) {
        for index in 0..self.shaped.len() {
            let expr = self.shaped[index];
            let ty = self.facts.ty(expr);
            if self.facts.table.is_known(ty) || ty.is_error() || self.facts.table.has_parameter(ty) {
                continue;
            }
            let diagnostic = Diagnostic::new(
                Code::CannotInfer,
                self.tree.span(expr),
                "the length of this vector is not known",
            )
            .note("write the type where it is declared: `let v: vec[4] = zeros();`");
            self.report(diagnostic);
            return;
        }
    }
}
