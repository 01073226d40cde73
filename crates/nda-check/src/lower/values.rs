//! Values: literals, operators, calls, and what is only looked at.

use super::Lower;
use crate::facts::Meaning;
use crate::methods::{self, Intrinsic, Method, Named};
use crate::steps::Step;
use nda_graph::{Builtin, CompareOp, MathOp, Mode, NdaNode, Ty, UnaryOp};
use nda_syntax::tree::{self, BinaryOp, ExprId, ExprKind, ExprList};

impl Lower<'_> {
    /// The value of an expression that is no control flow.
    pub(super) fn value(&mut self, expr: ExprId) {
        let span = self.tree.span(expr);
        match self.tree.kind(expr) {
            ExprKind::Unit | ExprKind::Error => self.emit(NdaNode::Unit, span),
            ExprKind::Bool(value) => self.emit(NdaNode::Bool(value), span),
            ExprKind::Int(_) => unreachable!("`owned` takes integers"),
            ExprKind::Float(value) => self.emit(NdaNode::float(value), span),
            ExprKind::Str(text) => {
                let node = self.draft.text(self.tree.text(text, self.source));
                self.emit(node, span);
            }
            ExprKind::Name(symbol) | ExprKind::Path(symbol) => match self.facts.meaning(expr) {
                Meaning::Local(local) => self.load(local, span, Mode::Share),
                Meaning::Target(target) => {
                    let index = self.reference(target);
                    self.emit(NdaNode::Const(index), span);
                }
                Meaning::Construct(variant) => self.construct(expr, variant, None),
                _ => {
                    let named = methods::named(self.tree.name(symbol, self.source));
                    self.emit(named.map_or(NdaNode::Unit, named_value), span);
                }
            },
            ExprKind::Tuple(items) => self.tuple(expr, items),
            ExprKind::Struct(id) => {
                if let Meaning::Construct(variant) = self.facts.meaning(expr) {
                    self.struct_literal(expr, id, variant);
                }
            }
            ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => self.owned_field(expr, base),
            ExprKind::Matches { value, pattern, guard } => self.matches(expr, value, pattern, guard),
            ExprKind::List(items) => {
                let ty = self.ty(expr);
                let tree = self.tree;
                let list = tree.list(items);
                let count = list.len() as u32;
                list.for_each(|item| self.owned(item));
                self.emit(NdaNode::List { count, ty }, span);
            }
            ExprKind::Repeat { value, count } => {
                self.owned(value);
                if self.diverges(value) {
                    return;
                }
                self.owned(count);
                self.emit(NdaNode::Builtin { op: Builtin::Repeat, mode: Mode::Copy }, span);
            }
            ExprKind::Vector { items, .. } => self.vector_literal(expr, items),
            ExprKind::Unary { op, operand } => self.unary(expr, op, operand),
            ExprKind::Binary { op, left, right, .. } => self.binary(expr, op, left, right),
            ExprKind::Cast { operand, .. } => {
                self.owned(operand);
                let op = match (self.ty(operand), self.ty(expr)) {
                    (Ty::I64, Ty::F64) => UnaryOp::IntToFloat,
                    (Ty::F64, Ty::I64) => UnaryOp::FloatToInt,
                    (Ty::BOOL, Ty::I64) => UnaryOp::BoolToInt,
                    _ => return,
                };
                if !self.diverges(operand) {
                    self.emit(NdaNode::Unary(op), span);
                }
            }
            ExprKind::Call { args, .. } => self.call(expr, args),
            ExprKind::Macro { args, .. } => self.call(expr, args),
            ExprKind::MethodCall { receiver, args, .. } => self.method(expr, receiver, args),
            ExprKind::Range { .. } => self.chain(expr),
            // An element that is used as a value of its own is shared.
            ExprKind::Index { base, index } => self.element(expr, base, index),
            ExprKind::Slice { base, from, to, inclusive } => self.slice(expr, base, from, to, inclusive),
            _ => self.emit(NdaNode::Unit, span),
        }
    }

    /// The value of an expression for an operator that only looks at it: a variable's object is borrowed unless
    /// something evaluated before the operator runs (`later_changes`) may change a variable or end a scope. Whether
    /// it was borrowed.
    pub(super) fn read(&mut self, expr: ExprId, later_changes: bool) -> bool {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => return self.read(inner, later_changes),
            ExprKind::Name(_) if !later_changes => {
                if let Meaning::Local(local) = self.facts.meaning(expr) {
                    self.load(local, self.tree.span(expr), Mode::Borrow);
                    return self.ty(expr).is_object();
                }
            }
            ExprKind::Index { base, index } => return self.index(expr, base, index, later_changes),
            ExprKind::Field { base, .. } | ExprKind::TupleField { base, .. } => {
                return self.field(expr, base, later_changes);
            }
            ExprKind::MethodCall { receiver, .. }
                if self.facts.meaning(expr) == Meaning::Method(Method::Itself) =>
            {
                return self.read(receiver, later_changes);
            }
            _ => {}
        }
        self.owned(expr);
        false
    }

    /// Lowers operands that come after a borrowed one: uses of its variable among them must not move it away.
    pub(super) fn while_borrowed(&mut self, borrowed: Option<ExprId>, rest: impl FnOnce(&mut Self)) {
        let slot = borrowed.and_then(|expr| self.root_slot(expr));
        if let Some(slot) = slot {
            self.memory.borrowed.push(slot);
        }
        rest(self);
        if slot.is_some() {
            self.memory.borrowed.pop();
        }
    }

    /// Operands that are only looked at, one after the other.
    pub(super) fn reads(&mut self, operands: &[ExprId]) {
        if let Some((&first, rest)) = operands.split_first() {
            let changes = rest.iter().any(|&later| self.facts.changes(later));
            let borrowed = self.read(first, changes);
            self.while_borrowed(borrowed.then_some(first), |this| this.reads(rest));
        }
    }

    fn root_slot(&self, expr: ExprId) -> Option<nda_graph::Slot> {
        match self.tree.kind(expr) {
            ExprKind::Paren(inner) => self.root_slot(inner),
            ExprKind::Index { base, .. }
            | ExprKind::Field { base, .. }
            | ExprKind::TupleField { base, .. } => self.root_slot(base),
            ExprKind::MethodCall { receiver, .. } => self.root_slot(receiver),
            ExprKind::Name(_) => self.local(expr).map(|local| self.slot_of(local)),
            _ => None,
        }
    }

    fn index(&mut self, expr: ExprId, base: ExprId, index: ExprId, later_changes: bool) -> bool {
        if self.is_map(base) {
            return self.map_index(expr, base, index, later_changes);
        }
        if self.vector_index(expr, base, index) {
            return false;
        }
        let changes = self.facts.changes(index);
        let borrowed = self.read(base, later_changes || changes);
        self.while_borrowed(borrowed.then_some(base), |this| this.owned(index));
        let mode = match (self.ty(expr).is_object(), borrowed) {
            (false, _) => Mode::Copy,
            (true, true) => Mode::Borrow,
            (true, false) => Mode::Share,
        };
        self.emit(NdaNode::Builtin { op: Builtin::Index, mode }, self.tree.span(expr));
        mode == Mode::Borrow
    }

    fn element(&mut self, expr: ExprId, base: ExprId, index: ExprId) {
        self.index(expr, base, index, false);
        if let Some(NdaNode::Builtin { mode: mode @ Mode::Borrow, .. }) = self.memory.nodes.last_mut() {
            *mode = Mode::Share;
        }
    }

    fn slice(
        &mut self,
        expr: ExprId,
        base: ExprId,
        from: Option<ExprId>,
        to: Option<ExprId>,
        inclusive: bool,
    ) {
        let span = self.tree.span(expr);
        let changes = from.iter().chain(&to).any(|&end| self.facts.changes(end));
        let borrowed = self.read(base, changes);
        self.while_borrowed(borrowed.then_some(base), |this| {
            match from {
                Some(from) => this.owned(from),
                None => this.emit(NdaNode::Int(0), span),
            }
            if let Some(to) = to {
                this.owned(to);
                if inclusive {
                    // `a..=b` is `a..b + 1`; an overflow of that is out of bounds anyway, and traps as an overflow.
                    this.emit(NdaNode::Int(1), span);
                    this.emit(NdaNode::Math(MathOp::Add), span);
                }
            }
        });
        let op = if to.is_some() { Builtin::Slice } else { Builtin::SliceFrom };
        self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
    }

    fn unary(&mut self, expr: ExprId, op: tree::UnaryOp, operand: ExprId) {
        let span = self.tree.span(expr);
        if op == tree::UnaryOp::Neg {
            match self.tree.kind(operand) {
                ExprKind::Int(magnitude) => {
                    return self.emit(NdaNode::Int((magnitude as i64).wrapping_neg()), span);
                }
                ExprKind::Float(value) => return self.emit(NdaNode::float(-value), span),
                _ => {}
            }
        }
        self.owned(operand);
        let op = match (op, self.ty(operand)) {
            (tree::UnaryOp::Neg, Ty::F64) => UnaryOp::FNeg,
            (tree::UnaryOp::Neg, _) => UnaryOp::Neg,
            (tree::UnaryOp::Not, Ty::BOOL) => UnaryOp::BNot,
            (tree::UnaryOp::Not, _) => UnaryOp::Not,
        };
        self.emit(NdaNode::Unary(op), span);
    }

    fn binary(&mut self, expr: ExprId, op: BinaryOp, left: ExprId, right: ExprId) {
        let span = self.tree.span(expr);
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            self.owned(left);
            self.emit(NdaNode::Rhs, span);
            self.owned(right);
            return self.emit(if op == BinaryOp::And { NdaNode::And } else { NdaNode::Or }, span);
        }
        let ty = self.ty(left);
        if let Some(op) = compare(op) {
            let changes = self.facts.changes(right);
            let borrowed = self.read(left, changes);
            self.while_borrowed(borrowed.then_some(left), |this| {
                this.read(right, false);
            });
            return self.emit(NdaNode::Compare { op, ty }, span);
        }
        if self.vector_operator(expr, op, left, right) {
            return;
        }
        self.owned(left);
        if ty == Ty::STR {
            self.read(right, false);
            return self.emit(NdaNode::Builtin { op: Builtin::Join, mode: Mode::Copy }, span);
        }
        self.owned(right);
        if let Some(op) = math(op, ty) {
            self.emit(NdaNode::Math(op), span);
        }
    }

    fn call(&mut self, expr: ExprId, args: ExprList) {
        let span = self.tree.span(expr);
        let tree = self.tree;
        let mut list = tree.list(args);
        match self.facts.meaning(expr) {
            Meaning::Target(target) if !self.facts.targets[target as usize].in_place.is_empty() => {
                let in_place = self.facts.targets[target as usize].in_place;
                self.changing_call(expr, &list.collect::<Vec<_>>(), in_place);
            }
            Meaning::Target(_) => {
                let count = list.len() as u32;
                list.for_each(|arg| self.owned(arg));
                self.call_function(expr, count);
            }
            Meaning::Host(host) => {
                let count = list.len() as u32;
                list.for_each(|arg| self.owned(arg));
                let index = self.host(host);
                self.emit(NdaNode::Host { host: index, args: count }, span);
            }
            Meaning::Intrinsic(intrinsic) => {
                let op = match intrinsic {
                    Intrinsic::NewText => {
                        let empty = self.draft.text("");
                        return self.emit(empty, span);
                    }
                    Intrinsic::NewMap => return self.new_map(expr),
                    Intrinsic::MapFrom => return list.for_each(|pairs| self.map_from(expr, pairs)),
                    Intrinsic::TextFrom | Intrinsic::Format => return list.for_each(|arg| self.owned(arg)),
                    Intrinsic::FromCode => Builtin::FromCode,
                    Intrinsic::Print => Builtin::Print,
                    Intrinsic::Panic => Builtin::Panic,
                    Intrinsic::Assert => {
                        if let Some(cond) = list.next() {
                            self.owned(cond);
                        }
                        Builtin::Assert
                    }
                };
                if let Some(arg) = list.next() {
                    self.read(arg, false);
                    if op == Builtin::Print && self.diverges(arg) {
                        // There is never anything to print.
                        return self.emit(NdaNode::Discard, span);
                    }
                }
                self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
            }
            Meaning::Tensor(what) => self.on_tensor(expr, what, &list.collect::<Vec<_>>()),
            Meaning::Format(index) => self.format(expr, index, args),
            Meaning::Construct(variant) => self.construct(expr, variant, Some(args)),
            _ => self.emit(NdaNode::Unit, span),
        }
    }

    fn host(&mut self, host: u32) -> u32 {
        if let Some(index) = self.memory.hosts.iter().position(|&known| known == host) {
            return index as u32;
        }
        self.memory.hosts.push(host);
        let host = &self.facts.hosts[host as usize];
        self.draft.host(&host.name, &host.capability, &host.signature)
    }

    fn method(&mut self, expr: ExprId, receiver: ExprId, args: ExprList) {
        let span = self.tree.span(expr);
        let tree = self.tree;
        let list = tree.list(args);
        let method = match self.facts.meaning(expr) {
            Meaning::Method(method) => method,
            Meaning::Tensor(what) => {
                let operands: Vec<ExprId> = [receiver].into_iter().chain(list).collect();
                return self.on_tensor(expr, what, &operands);
            }
            Meaning::Target(target) if !self.facts.targets[target as usize].in_place.is_empty() => {
                let in_place = self.facts.targets[target as usize].in_place;
                let operands: Vec<ExprId> = [receiver].into_iter().chain(list).collect();
                return self.changing_call(expr, &operands, in_place);
            }
            Meaning::Target(_) => {
                let count = list.len() as u32 + 1;
                self.owned(receiver);
                list.for_each(|arg| self.owned(arg));
                return self.call_function(expr, count);
            }
            _ => return self.emit(NdaNode::Unit, span),
        };
        match method {
            Method::Itself => self.owned(receiver),
            Method::Step(step) if step.goes_on() => self.chain(expr),
            Method::Step(step) => self.ending(expr, receiver, step, &list.collect::<Vec<_>>()),
            Method::Builtin(Builtin::Len) if self.is_chain(receiver) => {
                self.ending(expr, receiver, Step::Count, &[]);
            }
            Method::Builtin(op @ (Builtin::Sum | Builtin::FSum | Builtin::Product | Builtin::FProduct))
                if self.is_chain(receiver) =>
            {
                self.summed(expr, receiver, op);
            }
            Method::Builtin(Builtin::Contains)
                if matches!(tree.kind(tree.unparen(receiver)), ExprKind::Range { .. }) =>
            {
                list.for_each(|value| self.in_range(expr, receiver, value));
            }
            Method::Math(op) => {
                self.owned(receiver);
                list.for_each(|arg| self.owned(arg));
                self.emit(NdaNode::Math(op), span);
            }
            Method::Unary(op) => {
                self.owned(receiver);
                self.emit(NdaNode::Unary(op), span);
            }
            Method::IsEmpty => {
                self.read(receiver, false);
                self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
                self.emit(NdaNode::Int(0), span);
                self.emit(NdaNode::Compare { op: CompareOp::Eq, ty: Ty::I64 }, span);
            }
            Method::Builtin(op) => {
                let operands: Vec<ExprId> = [receiver].into_iter().chain(list).collect();
                self.reads(&operands);
                self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
            }
            Method::Offer(_) => self.offer(expr),
            Method::Map(method) => self.on_map(expr, method, receiver, args),
            Method::Option(method) => self.on_option(expr, method, receiver, args),
            Method::OptionLambda(method) => {
                self.on_option_lambda(expr, method, receiver, &list.collect::<Vec<_>>());
            }
            Method::Place(op) => self.place_method(expr, op, receiver, args),
            Method::SortByKey | Method::SortBy => {
                list.for_each(|lambda| self.sort_by_keys(expr, receiver, lambda));
            }
            Method::Clear => self.clear(expr, receiver),
            Method::Retain => list.for_each(|lambda| self.retain(expr, receiver, lambda)),
            Method::Places(_) => unreachable!("inference takes it at the head of a loop only"),
        }
    }
}

pub(super) fn compare(op: BinaryOp) -> Option<CompareOp> {
    Some(match op {
        BinaryOp::Eq => CompareOp::Eq,
        BinaryOp::Ne => CompareOp::Ne,
        BinaryOp::Lt => CompareOp::Lt,
        BinaryOp::Le => CompareOp::Le,
        BinaryOp::Gt => CompareOp::Gt,
        BinaryOp::Ge => CompareOp::Ge,
        _ => return None,
    })
}

/// The operator on two values of type `ty`; none for `+` on text, which is a built-in.
pub(super) fn math(op: BinaryOp, ty: Ty) -> Option<MathOp> {
    Some(match (op, ty) {
        (BinaryOp::Add, Ty::F64) => MathOp::FAdd,
        (BinaryOp::Sub, Ty::F64) => MathOp::FSub,
        (BinaryOp::Mul, Ty::F64) => MathOp::FMul,
        (BinaryOp::Div, Ty::F64) => MathOp::FDiv,
        (BinaryOp::Rem, Ty::F64) => MathOp::FRem,
        (BinaryOp::BitAnd, Ty::BOOL) => MathOp::BAnd,
        (BinaryOp::BitOr, Ty::BOOL) => MathOp::BOr,
        (BinaryOp::BitXor, Ty::BOOL) => MathOp::BXor,
        (BinaryOp::Add, Ty::I64) => MathOp::Add,
        (BinaryOp::Sub, _) => MathOp::Sub,
        (BinaryOp::Mul, _) => MathOp::Mul,
        (BinaryOp::Div, _) => MathOp::Div,
        (BinaryOp::Rem, _) => MathOp::Rem,
        (BinaryOp::BitAnd, _) => MathOp::And,
        (BinaryOp::BitOr, _) => MathOp::Or,
        (BinaryOp::BitXor, _) => MathOp::Xor,
        (BinaryOp::Shl, _) => MathOp::Shl,
        (BinaryOp::Shr, _) => MathOp::Shr,
        _ => return None,
    })
}

fn named_value(named: Named) -> NdaNode {
    match named {
        Named::Int(value) => NdaNode::Int(value),
        Named::Float(value) => NdaNode::float(value),
    }
}
