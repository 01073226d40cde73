//! The operators of expressions: spelling and strength.
//!
//! What they do to values is the checker's business; tokens are in `token`.

use crate::token::prec;
use nda_diagnostics::Span;

/// A prefix operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// `-`.
    Neg,
    /// `!`: logical on `bool`, bitwise on `i64`.
    Not,
}

impl UnaryOp {
    /// As written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
        }
    }
}

/// An infix operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)] // each is its own explanation
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}

impl BinaryOp {
    /// As written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitOr => "|",
            BinaryOp::BitXor => "^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
        }
    }

    /// How strongly it binds; greater is tighter. The levels are Rust's.
    #[must_use]
    pub const fn precedence(self) -> u8 {
        match self {
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => prec::PRODUCT,
            BinaryOp::Add | BinaryOp::Sub => prec::SUM,
            BinaryOp::Shl | BinaryOp::Shr => prec::SHIFT,
            BinaryOp::BitAnd => prec::BIT_AND,
            BinaryOp::BitXor => prec::BIT_XOR,
            BinaryOp::BitOr => prec::BIT_OR,
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                prec::COMPARE
            }
            BinaryOp::And => prec::AND,
            BinaryOp::Or => prec::OR,
        }
    }

    /// Whether it is `<` or one of its kin.
    #[must_use]
    pub const fn is_order(self) -> bool {
        matches!(self, Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// Whether it is `==`, `<` or one of their kin.
    #[must_use]
    pub const fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// Its span when it starts at `op_at`.
    #[must_use]
    pub const fn span_at(self, op_at: u32) -> Span {
        Span::new(op_at, op_at + self.as_str().len() as u32)
    }
}
