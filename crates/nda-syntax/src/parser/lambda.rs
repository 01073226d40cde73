//! Lambdas. Where one may stand is for the checker to say.

use super::rewrite::goes_on_as_pattern;
use super::{Node, Parser, above};
use crate::token::T;
use crate::tree::{ExprKind, ForVariable, Lambda, LambdaId, LambdaParam, Run};
use nda_diagnostics::Span;

impl Parser<'_, '_> {
    /// `|a, b| e`, the cursor being on the first `|`.
    pub(super) fn lambda(&mut self) -> Node {
        let start = self.token.start;
        let base = self.tree.lambda_params.len();
        let mut height = 0;
        if !self.eat(T::PipePipe) {
            let open = self.bump().span();
            height = self.lambda_params(open);
        }
        // What the body holds comes later, so these stand together.
        let params = Run { start: base as u32, len: (self.tree.lambda_params.len() - base) as u32 };
        let result = self.eat(T::Arrow).then(|| self.type_expr(true));
        let in_head = result.is_none() && self.in_head;
        let in_head = std::mem::replace(&mut self.in_head, in_head);
        let in_lambda = std::mem::replace(&mut self.in_lambda, true);
        let body = if self.token.kind.starts_expr() || matches!(self.token.kind, T::Star | T::AmpAmp) {
            self.expr()
        } else {
            self.no_expression()
        };
        (self.in_head, self.in_lambda) = (in_head, in_lambda);
        let id = LambdaId::new(self.tree.lambdas.len());
        self.tree.lambdas.push(Lambda { params, result, body: body.id });
        self.push(ExprKind::Lambda(id), self.span_from(start), above(body.height, height))
    }

    /// Up to and with the second `|`. Gives the greatest height of a pattern.
    fn lambda_params(&mut self, open: Span) -> u16 {
        let mut height = 0;
        while !self.at(T::Pipe) {
            let start = self.token.start;
            // In Rust an argument may be a reference; here it is the value, whatever it is called.
            while self.eat(T::Amp) || self.eat(T::AmpAmp) {}
            let mutable = self.eat(T::Mut);
            if self.at(T::Ident) {
                let name = self.take_name();
                let variable = if !mutable && goes_on_as_pattern(self.token.kind) {
                    let pattern = self.named_pattern(name);
                    height = height.max(pattern.height);
                    ForVariable::Pattern(pattern.id)
                } else {
                    ForVariable::Name { name, mutable }
                };
                let ty = self.eat(T::Colon).then(|| self.type_expr(true));
                let span = self.span_from(start);
                self.tree.lambda_params.push(LambdaParam { variable, ty, span });
            } else {
                if !matches!(self.token.kind, T::LParen | T::LBracket) {
                    self.unexpected("the name of a parameter");
                    break;
                }
                // `|` ends the parameters, so alternatives would need brackets.
                let pattern = self.one_pattern();
                height = height.max(pattern.height);
                let variable = ForVariable::Pattern(pattern.id);
                let ty = self.eat(T::Colon).then(|| self.type_expr(true));
                let span = self.span_from(start);
                self.tree.lambda_params.push(LambdaParam { variable, ty, span });
            }
            if !self.eat(T::Comma) {
                break;
            }
        }
        if !self.eat(T::Pipe) {
            self.close_missing(T::Pipe, open, "`,` or `|` after this parameter");
        }
        height
    }
}
