//! Lambdas: `|x| e`.

use super::{ExprId, ForVariable, Run, TypeId};
use nda_diagnostics::Span;

/// `|params| body`. A `move` before it has no meaning and is not kept.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lambda {
    /// In [`Tree::lambda_params`](super::Tree::lambda_params)(super::Tree::lambda_params); read with
    /// [`Tree::lambda_params_of`](super::Tree::lambda_params_of)(super::Tree::lambda_params_of).
    pub params: Run,
    /// The type of its value, if written; then the body is a block.
    pub result: Option<TypeId>,
    /// Its value.
    pub body: ExprId,
}

/// A parameter of a lambda. A `&` before it has no meaning and is not kept.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LambdaParam {
    /// What holds the argument.
    pub variable: ForVariable,
    /// Its type, if written.
    pub ty: Option<TypeId>,
    /// From its first character to the end of its type.
    pub span: Span,
}
