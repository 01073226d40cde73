//! Methods of `Option` and `Result` that take lambdas.

use super::Infer;
use super::chain::Gives;
use crate::facts::Meaning;
use crate::methods::Method;
use crate::options::WithLambda as W;
use crate::types::Type;
use nda_syntax::tree::{ExprId, ExprList, Symbol};

impl Infer<'_> {
    /// A call of such a method on a value of type `ty`, with `good` in it, or else `bad` if it is a `Result`.
    pub(super) fn option_lambda_call(
        &mut self,
        expr: ExprId,
        (method, name): (W, Symbol),
        (ty, good, bad): (Type, Type, Option<Type>),
        args: ExprList,
    ) -> Type {
        let tree = self.tree;
        self.facts.meanings[expr.index()] = Meaning::Method(Method::OptionLambda(method));
        let args: Vec<ExprId> = tree.list(args).collect();
        let wanted = method.lambdas() + usize::from(method.takes_value());
        if args.len() != wanted {
            self.wrong_count(self.text(name), tree.span(expr), wanted, args.len(), None);
            return Type::ERROR;
        }
        let nothing: Vec<Type> = bad.into_iter().collect();
        match method {
            W::Map => {
                let value = self.given_by_lambda(args[0], &[good], name);
                self.same_kind(bad, value)
            }
            W::MapErr => {
                let error = self.given_by_lambda(args[0], &nothing, name);
                self.result_of(good, error)
            }
            W::MapOr => {
                let value = self.infer(args[0], None);
                if value == Type::NEVER {
                    self.lambda(args[1], &[good], Gives::Anything(None), name);
                    return Type::NEVER;
                }
                self.lambda(args[1], &[good], Gives::Exactly(value), name);
                value
            }
            W::MapOrElse => {
                let value = self.given_by_lambda(args[0], &nothing, name);
                self.lambda(args[1], &[good], Gives::Exactly(value), name);
                value
            }
            W::AndThen => {
                let fresh = self.facts.table.fresh();
                let other = self.same_kind(bad, fresh);
                self.lambda(args[0], &[good], Gives::Exactly(other), name);
                other
            }
            W::OrElse => {
                let other = match bad {
                    None => ty,
                    Some(_) => {
                        let fresh = self.facts.table.fresh();
                        self.result_of(good, fresh)
                    }
                };
                self.lambda(args[0], &nothing, Gives::Exactly(other), name);
                other
            }
            W::OkOrElse => {
                let error = self.given_by_lambda(args[0], &[], name);
                self.result_of(good, error)
            }
            W::UnwrapOrElse => {
                self.lambda(args[0], &nothing, Gives::Exactly(good), name);
                good
            }
            W::Filter => {
                self.lambda(args[0], &[good], Gives::Exactly(Type::BOOL), name);
                ty
            }
            W::Inspect => {
                self.lambda(args[0], &[good], Gives::Anything(None), name);
                ty
            }
            W::InspectErr => {
                self.lambda(args[0], &nothing, Gives::Anything(None), name);
                ty
            }
            W::IsAnd | W::IsNoneOr => {
                self.lambda(args[0], &[good], Gives::Exactly(Type::BOOL), name);
                Type::BOOL
            }
            W::IsErrAnd => {
                self.lambda(args[0], &nothing, Gives::Exactly(Type::BOOL), name);
                Type::BOOL
            }
        }
    }

    /// The type of what a lambda gives; any if it never does.
    fn given_by_lambda(&mut self, arg: ExprId, params: &[Type], name: Symbol) -> Type {
        match self.lambda(arg, params, Gives::Anything(None), name) {
            Type::NEVER => self.facts.table.fresh(),
            given => given,
        }
    }

    /// An `Option` of the value, or a `Result` with the same error.
    fn same_kind(&mut self, bad: Option<Type>, value: Type) -> Type {
        match bad {
            None => self.facts.table.option(value),
            Some(bad) => self.result_of(value, bad),
        }
    }
}
