//! Methods of `Option` and `Result`, and those that give one, as expressions: see [`super::offers`].

use super::Lower;
use super::offers::{ERR, Held, OK, Part, SOME};
use crate::facts::Meaning;
use crate::maps::OnMap;
use crate::methods::Method;
use crate::options::OnOption;
use nda_diagnostics::Span;
use nda_graph::{Builtin, Mode, NdaNode, Ty, UnaryOp};
use nda_syntax::tree::{ExprId, ExprKind, ExprList};

impl Lower<'_> {
    /// An offer as a value: the `Option` is made.
    pub(super) fn offer(&mut self, expr: ExprId) {
        let span = self.tree.span(expr);
        if self.never_operand(expr) {
            return;
        }
        let mark = self.memory.owned.len();
        let (held, count) = self.hold(expr, true);
        let whole = self.facts.types[expr.index()];
        let ty = self.ty(expr);
        self.held_test(&held, span);
        self.emit(NdaNode::Then, span);
        if let Some((ok, err)) = self.table.ok_and_err_of(whole) {
            let (ok, err) = (self.graph_type(ok), self.graph_type(err));
            self.held_value(&held, ok, span);
            self.emit(NdaNode::Construct { variant: OK, ty }, span);
            self.emit(NdaNode::Else, span);
            self.held_error(&held, err, span);
            self.emit(NdaNode::Construct { variant: ERR, ty }, span);
        } else {
            let some = self.some_type(expr);
            self.held_value(&held, some, span);
            self.emit(NdaNode::Construct { variant: SOME, ty }, span);
            self.emit(NdaNode::Else, span);
            self.emit(NdaNode::Construct { variant: 0, ty }, span);
        }
        self.emit(NdaNode::If, span);
        self.close_hidden(mark, count, span);
    }

    /// `xs.pop();`, `m.insert(k, v);`: what they give is thrown away.
    pub(super) fn offer_thrown_away(&mut self, expr: ExprId) -> bool {
        if let ExprKind::MethodCall { receiver, args, .. } = self.tree.kind(expr)
            && self.facts.meaning(expr) == Meaning::Method(Method::Map(OnMap::Insert))
            && !self.diverges(expr)
        {
            let mut args = self.tree.list(args);
            if let (Some(key), Some(value)) = (args.next(), args.next()) {
                self.inserted(expr, receiver, key, value, false);
                return true;
            }
        }
        let Some((call, offer)) = self.offer_of(expr).filter(|(_, offer)| offer.changes()) else {
            return false;
        };
        let span = self.tree.span(expr);
        let mark = self.memory.owned.len();
        let (offered, count) = self.offered(call, offer);
        let held = Held::Offered(offered);
        let some = self.some_type(call);
        self.held_test(&held, span);
        self.emit(NdaNode::Then, span);
        self.held_value(&held, some, span);
        self.emit(NdaNode::Discard, span);
        self.emit(NdaNode::Else, span);
        self.emit(NdaNode::Unit, span);
        self.emit(NdaNode::If, span);
        self.close_hidden(mark, count, span);
        true
    }

    /// The type of what stands in the `Option`, or in the `Ok`, that an expression gives.
    pub(super) fn some_type(&mut self, expr: ExprId) -> Ty {
        let ty = self.facts.types[expr.index()];
        let found = self.table.some_of(ty).or_else(|| self.table.ok_and_err_of(ty).map(|(ok, _)| ok));
        found.map_or(Ty::UNIT, |ty| self.graph_type(ty))
    }

    pub(super) fn close_hidden(&mut self, mark: usize, count: u32, span: Span) {
        let drops = self.drops(mark, None, span);
        self.memory.owned.truncate(mark);
        self.scope(count + 1, drops, span);
    }

    /// Whether an operand of a method call never has a value; then it is evaluated up to that.
    fn never_operand(&mut self, expr: ExprId) -> bool {
        let tree = self.tree;
        let ExprKind::MethodCall { receiver, args, .. } = tree.kind(expr) else { return false };
        let operands: Vec<ExprId> = [receiver].into_iter().chain(tree.list(args)).collect();
        self.never_all(&operands, tree.span(expr))
    }

    /// A method of an `Option` or a `Result`.
    pub(super) fn on_option(&mut self, expr: ExprId, method: OnOption, receiver: ExprId, args: ExprList) {
        if self.never_operand(expr) {
            return;
        }
        let span = self.tree.span(expr);
        let arg = self.tree.list(args).next();
        if method.changes() {
            return self.replaced(expr, receiver, arg);
        }
        let mark = self.memory.owned.len();
        let arg_changes = arg.is_some_and(|arg| self.facts.changes(arg));
        let waits = self.offer_of(receiver).is_some_and(|(_, offer)| offer.changes());
        let steady = arg.is_none_or(|arg| self.is_steady(arg));
        let defer = if waits { steady && method.takes_value() } else { !arg_changes };
        let (held, mut count) = self.hold(receiver, defer);
        let arg = arg.map(|arg| {
            let (part, more) = self.part(arg, false);
            count += more;
            part
        });
        let ty = self.ty(expr);
        let good = self.some_type(receiver);
        let receiver_type = self.facts.types[receiver.index()];
        let bad = self.table.ok_and_err_of(receiver_type).map(|(_, err)| self.graph_type(err));
        self.held_test(&held, span);
        if let OnOption::Is { good } = method {
            if !good {
                self.emit(NdaNode::Unary(UnaryOp::BNot), span);
            }
            return self.close_hidden(mark, count, span);
        }
        self.emit(NdaNode::Then, span);
        match method {
            OnOption::UnwrapErr | OnOption::ExpectErr => {
                self.panic_with(method, &held, arg, good, true, span)
            }
            OnOption::And => self.argument(arg, span),
            OnOption::Err => self.emit(NdaNode::Construct { variant: 0, ty }, span),
            OnOption::Zip => self.zipped(&held, arg, (good, ty, expr), span),
            _ => self.held_value(&held, good, span),
        }
        match method {
            OnOption::OkOr => self.emit(NdaNode::Construct { variant: OK, ty }, span),
            OnOption::Or | OnOption::Ok => {
                self.emit(NdaNode::Construct { variant: held.good_of(method), ty }, span)
            }
            _ => {}
        }
        self.emit(NdaNode::Else, span);
        match method {
            OnOption::Unwrap | OnOption::Expect => {
                self.panic_with(method, &held, arg, bad.unwrap_or(Ty::UNIT), false, span);
            }
            OnOption::UnwrapOr | OnOption::Or => self.argument(arg, span),
            OnOption::UnwrapOrDefault => self.default_value(ty, span),
            OnOption::OkOr => {
                self.argument(arg, span);
                self.emit(NdaNode::Construct { variant: ERR, ty }, span);
            }
            OnOption::UnwrapErr | OnOption::ExpectErr => self.held_error(&held, ty, span),
            OnOption::Err | OnOption::And => {
                if let Some(bad) = bad {
                    self.held_error(&held, bad, span);
                    self.emit(NdaNode::Construct { variant: ERR, ty }, span);
                } else {
                    self.emit(NdaNode::Construct { variant: 0, ty }, span);
                }
            }
            _ => self.emit(NdaNode::Construct { variant: 0, ty }, span),
        }
        self.emit(NdaNode::If, span);
        self.close_hidden(mark, count, span);
    }

    fn argument(&mut self, arg: Option<Part>, span: Span) {
        match arg {
            Some(part) => self.part_owned(part, span),
            None => self.emit(NdaNode::Unit, span),
        }
    }

    /// `a.zip(b)` where there is a value in `a`.
    fn zipped(&mut self, held: &Held, arg: Option<Part>, (good, ty, expr): (Ty, Ty, ExprId), span: Span) {
        let Some(part) = arg else { return self.emit(NdaNode::Unit, span) };
        let both = self.table.some_of(self.facts.types[expr.index()]);
        let parts = both.and_then(|both| self.table.parts(both).map(<[_]>::to_vec)).unwrap_or_default();
        let second = parts.get(1).map_or(Ty::UNIT, |&second| self.graph_type(second));
        let both = both.map_or(Ty::UNIT, |both| self.graph_type(both));
        let other = Held::Made { part, is_option: true };
        self.held_test(&other, span);
        self.emit(NdaNode::Then, span);
        self.held_value(held, good, span);
        self.held_value(&other, second, span);
        self.emit(NdaNode::Construct { variant: 0, ty: both }, span);
        self.emit(NdaNode::Construct { variant: SOME, ty }, span);
        self.emit(NdaNode::Else, span);
        self.emit(NdaNode::Construct { variant: 0, ty }, span);
        self.emit(NdaNode::If, span);
    }

    /// The panic of `unwrap` and its kin. What there is instead is shown, where there is anything; it is the value if
    /// `shows_good`.
    fn panic_with(
        &mut self,
        method: OnOption,
        held: &Held,
        arg: Option<Part>,
        shown: Ty,
        shows_good: bool,
        span: Span,
    ) {
        let start = match (method, held.is_option()) {
            (OnOption::Unwrap, true) => "called `Option::unwrap()` on a `None` value",
            (OnOption::Unwrap, false) => "called `Result::unwrap()` on an `Err` value: ",
            (OnOption::UnwrapErr, _) => "called `Result::unwrap_err()` on an `Ok` value: ",
            _ => ": ",
        };
        let mut texts = 0;
        if let Some(part) = arg {
            self.part_owned(part, span);
            texts += 1;
        }
        if arg.is_none() || !held.is_option() {
            let text = self.draft.text(start);
            self.emit(text, span);
            texts += 1;
        }
        if !held.is_option() {
            if shows_good {
                self.held_value(held, shown, span);
            } else {
                self.held_error(held, shown, span);
            }
            self.emit(NdaNode::Builtin { op: Builtin::Show, mode: Mode::Copy }, span);
            texts += 1;
        }
        if texts > 1 {
            self.emit(NdaNode::Joined { count: texts }, span);
        }
        self.emit(NdaNode::Builtin { op: Builtin::Panic, mode: Mode::Copy }, span);
    }

    pub(super) fn default_value(&mut self, ty: Ty, span: Span) {
        let node = match ty {
            Ty::I64 => NdaNode::Int(0),
            Ty::F64 => NdaNode::float(0.0),
            Ty::BOOL => NdaNode::Bool(false),
            Ty::STR => self.draft.text(""),
            Ty::UNIT => NdaNode::Unit,
            ty if ty.is_list() => NdaNode::List { count: 0, ty },
            ty => NdaNode::Construct { variant: 0, ty },
        };
        self.emit(node, span);
    }

    /// `take` and `replace`: the place gets another value and its own is given.
    fn replaced(&mut self, expr: ExprId, receiver: ExprId, arg: Option<ExprId>) {
        let span = self.tree.span(expr);
        let Some((slot, mut indices)) = self.place(receiver) else {
            return self.emit(NdaNode::Unit, span);
        };
        let ty = self.ty(expr);
        let mark = self.memory.owned.len();
        let mut count = 0;
        count += {
            let changes = arg.is_some_and(|arg| self.facts.changes(arg));
            self.settle(slot, &mut indices, changes, span)
        };
        let arg = arg.map(|arg| {
            count += 1;
            let ty = self.ty(arg);
            self.keep(arg, ty)
        });
        if indices.is_empty() {
            self.load_slot(slot, span, Mode::Share);
        } else {
            self.look_along(slot, &indices, span);
            if let Some(NdaNode::Field { mode, .. } | NdaNode::Builtin { mode, .. }) =
                self.memory.nodes.last_mut()
            {
                *mode = Mode::Share;
            }
        }
        let old = self.new_slot(ty, Span::default());
        self.emit(NdaNode::Let { slot: old, ty }, span);
        match arg {
            Some(arg) => {
                self.load_slot(arg, span, Mode::Share);
                self.emit(NdaNode::Construct { variant: SOME, ty }, span);
            }
            None => self.emit(NdaNode::Construct { variant: 0, ty }, span),
        }
        self.store_into(slot, &indices, span);
        self.load_slot(old, span, Mode::Share);
        let drops = self.drops(mark, Some(old), span);
        self.memory.owned.truncate(mark);
        self.scope(count + 3, drops, span);
    }
}

impl Held {
    /// The variant that a method puts the value into.
    fn good_of(&self, method: OnOption) -> u16 {
        if method == OnOption::Ok { SOME } else { self.good() }
    }
}
