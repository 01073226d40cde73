//! Methods of `Option` and `Result` that take lambdas: a test, and the lambda's body where it holds, or where it does not.

use super::Lower;
use super::chain::Item;
use super::offers::{ERR, Held, OK, SOME};
use crate::options::WithLambda as W;
use nda_diagnostics::Span;
use nda_graph::{Mode, NdaNode, Ty};
use nda_syntax::tree::{ExprId, ExprKind};

/// What stands behind a test that held, or failed.
#[derive(Clone, Copy)]
enum Side {
    Good,
    Bad,
}

impl Lower<'_> {
    pub(super) fn on_option_lambda(&mut self, expr: ExprId, method: W, receiver: ExprId, args: &[ExprId]) {
        let span = self.tree.span(expr);
        let eager = args.first().copied().filter(|_| method.takes_value());
        let operands: Vec<ExprId> = [receiver].into_iter().chain(eager).collect();
        if self.never_all(&operands, span) {
            return;
        }
        let mark = self.memory.owned.len();
        let defer = eager.is_none_or(|eager| self.is_steady(eager));
        let (held, mut count) = self.hold(receiver, defer);
        let eager = eager.map(|eager| {
            let (part, more) = self.part(eager, false);
            count += more;
            part
        });
        let ty = self.ty(expr);
        let (good, bad) = self.sides(receiver);
        let of = |side: Side| match side {
            Side::Good => (side, good),
            Side::Bad => (side, bad),
        };
        let is_option = held.is_option();
        let none = NdaNode::Construct { variant: 0, ty };
        let whole = |side: Side| match side {
            Side::Good => NdaNode::Construct { variant: if is_option { SOME } else { OK }, ty },
            Side::Bad if is_option => none,
            Side::Bad => NdaNode::Construct { variant: ERR, ty },
        };
        self.held_test(&held, span);
        self.emit(NdaNode::Then, span);
        match method {
            W::Map | W::AndThen | W::MapOr | W::MapOrElse | W::IsAnd | W::IsNoneOr => {
                let lambda = args[args.len() - 1];
                let made = (method == W::Map).then(|| whole(Side::Good));
                self.with_lambda(&held, of(Side::Good), lambda, made, span);
            }
            W::Filter => self.filtered((&held, good), args[0], (whole(Side::Good), none), span),
            W::Inspect => self.inspected((&held, of(Side::Good)), args[0], whole(Side::Good), span),
            W::UnwrapOrElse => self.held_value(&held, good, span),
            W::IsErrAnd => self.emit(NdaNode::Bool(false), span),
            W::MapErr | W::OrElse | W::InspectErr => {
                self.held_value(&held, good, span);
                self.emit(whole(Side::Good), span);
            }
            W::OkOrElse => {
                self.held_value(&held, good, span);
                self.emit(NdaNode::Construct { variant: OK, ty }, span);
            }
        }
        self.emit(NdaNode::Else, span);
        match method {
            W::MapOr => eager.into_iter().for_each(|part| self.part_owned(part, span)),
            W::Map | W::AndThen | W::Filter | W::Inspect => {
                if !is_option {
                    self.held_error(&held, bad, span);
                }
                self.emit(whole(Side::Bad), span);
            }
            W::IsAnd => self.emit(NdaNode::Bool(false), span),
            W::IsNoneOr => self.emit(NdaNode::Bool(true), span),
            W::OrElse | W::UnwrapOrElse | W::MapOrElse | W::IsErrAnd => {
                self.with_lambda(&held, of(Side::Bad), args[0], None, span);
            }
            W::MapErr | W::OkOrElse => {
                let made = NdaNode::Construct { variant: ERR, ty };
                self.with_lambda(&held, of(Side::Bad), args[0], Some(made), span);
            }
            W::InspectErr => self.inspected((&held, of(Side::Bad)), args[0], whole(Side::Bad), span),
        }
        self.emit(NdaNode::If, span);
        self.close_hidden(mark, count, span);
    }

    /// The types of what an `Option` or `Result` may hold; an `Option` without a value holds nothing.
    fn sides(&mut self, expr: ExprId) -> (Ty, Ty) {
        let ty = self.facts.types[expr.index()];
        match self.table.ok_and_err_of(ty) {
            Some((ok, err)) => (self.graph_type(ok), self.graph_type(err)),
            None => (self.some_type(expr), Ty::UNIT),
        }
    }

    /// What stands on a side, in a slot: none on the side of an `Option` that has nothing.
    fn side_value(&mut self, held: &Held, (side, ty): (Side, Ty), span: Span) -> Option<(Item, Ty)> {
        match side {
            Side::Bad if held.is_option() => return None,
            Side::Bad => self.held_error(held, ty, span),
            Side::Good => self.held_value(held, ty, span),
        }
        Some((Item::Slot(self.hidden(ty, span)), ty))
    }

    /// What a lambda gives for what stands on a side, and what is made of that.
    fn with_lambda(
        &mut self,
        held: &Held,
        side: (Side, Ty),
        lambda: ExprId,
        made: Option<NdaNode>,
        span: Span,
    ) {
        let mark = self.memory.owned.len();
        let mut count = 0;
        let item = self.side_value(held, side, span);
        let given = self.given(lambda, item, true, &mut count);
        self.owned_item(given, span);
        if self.diverges(self.tree.unparen(lambda)) {
            self.memory.owned.truncate(mark);
            return self.scope(count + 1, 0, span);
        }
        self.close_hidden(mark, count, span);
        made.into_iter().for_each(|node| self.emit(node, span));
    }

    /// What a lambda gives, as an item; its argument, if there is one, was put into a slot by one more operand.
    fn given(
        &mut self,
        lambda: ExprId,
        arg: Option<(Item, Ty)>,
        last: bool,
        count: &mut u32,
    ) -> Result<Item, ExprId> {
        match arg {
            Some(item) => {
                *count += 1;
                Ok(self.applied_arg(lambda, item, last, count))
            }
            None => match self.tree.kind(self.tree.unparen(lambda)) {
                ExprKind::Lambda(id) => Ok(Item::Value(self.tree.lambda(id).body)),
                _ => Err(self.tree.unparen(lambda)),
            },
        }
    }

    fn owned_item(&mut self, item: Result<Item, ExprId>, span: Span) {
        match item {
            Ok(item) => self.put(&(item, Ty::UNIT), span),
            Err(function) => self.call_function(function, 0),
        }
    }

    /// `filter`: the value stays if the lambda says so.
    fn filtered(
        &mut self,
        (held, ty): (&Held, Ty),
        lambda: ExprId,
        (some, none): (NdaNode, NdaNode),
        span: Span,
    ) {
        let mark = self.memory.owned.len();
        let mut count = 0;
        let item = self.side_value(held, (Side::Good, ty), span);
        let Some((Item::Slot(slot), _)) = item else { return };
        let given = self.given(lambda, item, false, &mut count);
        self.owned_item(given, span);
        if self.diverges(self.tree.unparen(lambda)) {
            self.memory.owned.truncate(mark);
            return self.scope(count + 1, 0, span);
        }
        self.emit(NdaNode::Then, span);
        self.load_slot(slot, span, Mode::Share);
        self.emit(some, span);
        self.emit(NdaNode::Else, span);
        self.emit(none, span);
        self.emit(NdaNode::If, span);
        self.close_hidden(mark, count, span);
    }

    /// `inspect`: the lambda sees the value, which stays.
    fn inspected(&mut self, (held, side): (&Held, (Side, Ty)), lambda: ExprId, whole: NdaNode, span: Span) {
        let mark = self.memory.owned.len();
        let mut count = 0;
        let item = self.side_value(held, side, span);
        let Some((Item::Slot(slot), _)) = item else { return self.emit(whole, span) };
        let given = self.given(lambda, item, false, &mut count);
        self.owned_item(given, span);
        if self.diverges(self.tree.unparen(lambda)) {
            self.memory.owned.truncate(mark);
            return self.scope(count + 1, 0, span);
        }
        if self.ty(self.tree.unparen(lambda)) != Ty::UNIT {
            self.emit(NdaNode::Discard, span);
        }
        count += 1;
        self.load_slot(slot, span, Mode::Share);
        self.emit(whole, span);
        self.close_hidden(mark, count, span);
    }
}
