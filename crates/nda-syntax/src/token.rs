//! The kinds of tokens, and what the parser must know of each: its precedence, and how messages call it.

use crate::tree::BinaryOp;
use nda_diagnostics::Span;

/// A token's kind. Values of literals are read when the parser takes them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum T {
    Eof,
    /// A literal that has been reported.
    Bad,
    Ident,
    Int,
    Float,
    Str,
    Char,
    /// `'outer`.
    Label,
    /// A word of Rust that no name may be, and that NDA gives no meaning.
    Reserved,

    As,
    Break,
    Const,
    Continue,
    Else,
    Enum,
    False,
    Fn,
    For,
    If,
    Impl,
    In,
    Let,
    Loop,
    Match,
    Mod,
    Mut,
    Pub,
    Return,
    Struct,
    True,
    Use,
    While,

    LParen,
    RParen,
    LBracket,
    RBracket,
    LBrace,
    RBrace,
    Comma,
    Semi,
    Colon,
    PathSep,
    Dot,
    DotDot,
    DotDotEq,
    Arrow,
    FatArrow,
    At,
    Hash,
    Question,
    Not,

    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Amp,
    Pipe,
    Caret,
    Shl,
    Shr,
    AmpAmp,
    PipePipe,
    EqEq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,

    Eq,
    PlusEq,
    MinusEq,
    StarEq,
    SlashEq,
    PercentEq,
    AmpEq,
    PipeEq,
    CaretEq,
    ShlEq,
    ShrEq,
}

/// A token and its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: T,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Token {
    pub(crate) const fn span(self) -> Span {
        Span::new(self.start, self.end)
    }
}

/// Binding strengths, from loosest to tightest; the levels are Rust's.
pub(crate) mod prec {
    pub(crate) const ASSIGN: u8 = 1;
    pub(crate) const RANGE: u8 = 2;
    pub(crate) const OR: u8 = 3;
    pub(crate) const AND: u8 = 4;
    pub(crate) const COMPARE: u8 = 5;
    pub(crate) const BIT_OR: u8 = 6;
    pub(crate) const BIT_XOR: u8 = 7;
    pub(crate) const BIT_AND: u8 = 8;
    pub(crate) const SHIFT: u8 = 9;
    pub(crate) const SUM: u8 = 10;
    pub(crate) const PRODUCT: u8 = 11;
    pub(crate) const CAST: u8 = 12;
}

impl T {
    /// How strongly it binds as an infix operator; 0 if it is none.
    #[inline]
    pub(crate) const fn infix(self) -> u8 {
        match self {
            T::As => prec::CAST,
            T::Star | T::Slash | T::Percent => prec::PRODUCT,
            T::Plus | T::Minus => prec::SUM,
            T::Shl | T::Shr => prec::SHIFT,
            T::Amp => prec::BIT_AND,
            T::Caret => prec::BIT_XOR,
            T::Pipe => prec::BIT_OR,
            T::EqEq | T::NotEq | T::Lt | T::LtEq | T::Gt | T::GtEq => prec::COMPARE,
            T::AmpAmp => prec::AND,
            T::PipePipe => prec::OR,
            T::DotDot | T::DotDotEq => prec::RANGE,
            T::Eq
            | T::PlusEq
            | T::MinusEq
            | T::StarEq
            | T::SlashEq
            | T::PercentEq
            | T::AmpEq
            | T::PipeEq
            | T::CaretEq
            | T::ShlEq
            | T::ShrEq => prec::ASSIGN,
            _ => 0,
        }
    }

    /// The operator of an infix or compound-assignment token.
    #[inline]
    pub(crate) const fn operator(self) -> Option<BinaryOp> {
        Some(match self {
            T::Plus | T::PlusEq => BinaryOp::Add,
            T::Minus | T::MinusEq => BinaryOp::Sub,
            T::Star | T::StarEq => BinaryOp::Mul,
            T::Slash | T::SlashEq => BinaryOp::Div,
            T::Percent | T::PercentEq => BinaryOp::Rem,
            T::Amp | T::AmpEq => BinaryOp::BitAnd,
            T::Pipe | T::PipeEq => BinaryOp::BitOr,
            T::Caret | T::CaretEq => BinaryOp::BitXor,
            T::Shl | T::ShlEq => BinaryOp::Shl,
            T::Shr | T::ShrEq => BinaryOp::Shr,
            T::EqEq => BinaryOp::Eq,
            T::NotEq => BinaryOp::Ne,
            T::Lt => BinaryOp::Lt,
            T::LtEq => BinaryOp::Le,
            T::Gt => BinaryOp::Gt,
            T::GtEq => BinaryOp::Ge,
            T::AmpAmp => BinaryOp::And,
            T::PipePipe => BinaryOp::Or,
            _ => return None,
        })
    }

    /// Whether an expression may begin with it.
    pub(crate) const fn starts_expr(self) -> bool {
        matches!(
            self,
            T::Bad
                | T::Ident
                | T::Int
                | T::Float
                | T::Str
                | T::Char
                | T::Label
                | T::Reserved
                | T::Break
                | T::Continue
                | T::False
                | T::For
                | T::If
                | T::Loop
                | T::Match
                | T::Return
                | T::True
                | T::While
                | T::LParen
                | T::LBracket
                | T::LBrace
                | T::DotDot
                | T::DotDotEq
                | T::Not
                | T::Minus
                | T::Star
                | T::Amp
                | T::AmpAmp
                | T::Pipe
                | T::PipePipe
        )
    }

    /// Whether a definition may begin with it.
    pub(crate) const fn starts_item(self) -> bool {
        matches!(self, T::Fn | T::Const | T::Use | T::Pub | T::Struct | T::Enum | T::Impl | T::Mod | T::Hash)
    }

    /// Whether a statement may begin with it and nothing else does; on a fresh line, a place to pick up the thread.
    pub(crate) const fn starts_stmt(self) -> bool {
        self.starts_item()
            || matches!(
                self,
                T::Let | T::If | T::While | T::Loop | T::For | T::Match | T::Return | T::Break | T::Continue
            )
    }

    /// Whether it closes a bracket.
    pub(crate) const fn is_closer(self) -> bool {
        matches!(self, T::RParen | T::RBracket | T::RBrace)
    }

    /// The spelling of punctuation, for messages.
    pub(crate) const fn spelling(self) -> &'static str {
        match self {
            T::LParen => "(",
            T::RParen => ")",
            T::LBracket => "[",
            T::RBracket => "]",
            T::LBrace => "{",
            T::RBrace => "}",
            T::Comma => ",",
            T::Semi => ";",
            T::Colon => ":",
            T::Eq => "=",
            T::In => "in",
            _ => "?",
        }
    }
}
