//! Blocks, statements and expressions.

use super::{
    BinaryOp, BlockId, ExprId, ExprList, ForId, LambdaId, LiteralId, MatchId, Name, PatternId, Run, Symbol,
    Text, TypeId, TypeList, UnaryOp,
};
use nda_diagnostics::Span;

/// `{ statements; value }`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Block {
    /// In [`Tree::stmts`](super::Tree::stmts); read with [`Tree::stmts_of`](super::Tree::stmts_of).
    pub stmts: Run,
    /// The value, if the block ends in one. A block-like expression (`if`, `while`, …) at the end is the tail even if it has no value.
    pub tail: Option<ExprId>,
    /// From `{` to `}`.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stmt {
    /// Which.
    pub kind: StmtKind,
    /// To its `;`, if it has one.
    pub span: Span,
}

/// What a statement does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum StmtKind {
    /// `let mut name: ty = init;`.
    Let {
        /// Possibly `_`, which names nothing.
        name: Name,
        /// Whether it says `mut`.
        mutable: bool,
        /// Its type, if written.
        ty: Option<TypeId>,
        /// Its first value.
        init: ExprId,
    },
    /// `let pattern: ty = init else { otherwise };`. A plain name without `else` is a [`StmtKind::Let`].
    LetPattern {
        /// What `init` is taken apart by.
        pattern: PatternId,
        /// The type of the whole, if written.
        ty: Option<TypeId>,
        /// What is taken apart.
        init: ExprId,
        /// Where control goes, never to come back, if the pattern does not match.
        otherwise: Option<BlockId>,
    },
    /// An expression for its effect.
    Expr {
        /// What is evaluated.
        expr: ExprId,
        /// Whether `;` follows, which throws a value away; without it the expression is block-like and must be `()`.
        semicolon: bool,
    },
}

/// An expression.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

// A node is three words; a wider one costs every program.
const _: () = assert!(size_of::<ExprKind>() <= 16 && size_of::<Expr>() <= 24);

/// What an expression says. Not `non_exhaustive`: every reader in this workspace must notice a new kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ExprKind {
    /// Reported; of unknown type.
    Error,
    /// `()`.
    Unit,
    /// `true`, `false`.
    Bool(bool),
    /// An integer literal's magnitude, at most 2⁶³ (which is legal only under a `-`).
    Int(u64),
    /// A float literal.
    Float(f64),
    /// A string literal, or a character literal, which is a one-character `str`.
    Str(Text),
    /// A single identifier. It may have type arguments: [`Tree::turbofish`](super::Tree::turbofish)(super::Tree::turbofish).
    Name(Symbol),
    /// A path of at least two segments, `f64::consts::PI`, without spaces. The first may be `Self`. It may
    /// have type arguments: [`Tree::turbofish`](super::Tree::turbofish)(super::Tree::turbofish).
    Path(Symbol),
    /// `(inner)`.
    Paren(ExprId),
    /// `(a, b)`, `(a,)`.
    Tuple(ExprList),
    /// `[a, b]`.
    List(ExprList),
    /// `P { x: 1, ..base }`, in [`Tree::literals`](super::Tree::literals).
    Struct(LiteralId),
    /// `[value; count]`.
    Repeat {
        /// The value of every element.
        value: ExprId,
        /// How many.
        count: ExprId,
    },
    /// `vec[a, b]` or `vec[value; count]`.
    Vector {
        /// The name `vec`.
        head: ExprId,
        /// A [`ExprKind::List`] or [`ExprKind::Repeat`], from its `[` on.
        items: ExprId,
    },
    /// `-x`, `!x`.
    Unary {
        /// Which.
        op: UnaryOp,
        /// Of what.
        operand: ExprId,
    },
    /// `a + b`, `a && b`, `a < b`, ….
    Binary {
        /// Which.
        op: BinaryOp,
        /// Where the operator starts; see [`BinaryOp::span_at`].
        op_at: u32,
        /// Evaluated first.
        left: ExprId,
        /// Evaluated second; for `&&` and `||` only if needed.
        right: ExprId,
    },
    /// `place = value` or `place += value`; its value is `()`.
    Assign {
        /// The operator of a compound assignment.
        op: Option<BinaryOp>,
        /// Where the operator starts.
        op_at: u32,
        /// What changes; any expression, the checker says which are places.
        place: ExprId,
        /// Evaluated before the place.
        value: ExprId,
    },
    /// `operand as ty`.
    Cast {
        /// What.
        operand: ExprId,
        /// To what.
        ty: TypeId,
    },
    /// `callee(args)`; the callee is any expression, the checker takes names and paths.
    Call {
        /// What is called.
        callee: ExprId,
        /// With what.
        args: ExprList,
    },
    /// `name!(args)`, one of [`MACROS`]; the name stands at the start of the expression.
    Macro {
        /// Without its `!`.
        name: Symbol,
        /// With what.
        args: ExprList,
    },
    /// `matches!(value, pattern if guard)`.
    Matches {
        /// What is looked at.
        value: ExprId,
        /// What it is held against.
        pattern: PatternId,
        /// A `bool` that sees the pattern's names.
        guard: Option<ExprId>,
    },
    /// `base.name`; the name's place is [`Tree::field_span`](super::Tree::field_span).
    Field {
        /// Of what.
        base: ExprId,
        /// Which.
        name: Symbol,
    },
    /// `base.0`; the number's place is [`Tree::field_span`](super::Tree::field_span).
    TupleField {
        /// Of what.
        base: ExprId,
        /// Which, from 0.
        index: u32,
    },
    /// `operand?`.
    Try(ExprId),
    /// `receiver.method::<types>(args)`; the method's place is [`Tree::method_span`](super::Tree::method_span), its type arguments, if there
    /// are any, [`Tree::method_types`](super::Tree::method_types).
    MethodCall {
        /// On what.
        receiver: ExprId,
        /// The method.
        method: Symbol,
        /// With what, the receiver not counted.
        args: ExprList,
    },
    /// `base[index]`.
    Index {
        /// The list.
        base: ExprId,
        /// Which element.
        index: ExprId,
    },
    /// `base[from..to]`, either end optional.
    Slice {
        /// The list.
        base: ExprId,
        /// From the start if absent.
        from: Option<ExprId>,
        /// To the end if absent.
        to: Option<ExprId>,
        /// Whether it says `..=`.
        inclusive: bool,
    },
    /// `from..to`. Below the head of a `for` a reader meets it through [`For::head`] instead; the checker says where else
    /// it may stand.
    Range {
        /// The start.
        from: Option<ExprId>,
        /// The end.
        to: Option<ExprId>,
        /// Whether it says `..=`.
        inclusive: bool,
    },
    /// `|x| e`, in [`Tree::lambdas`](super::Tree::lambdas).
    Lambda(LambdaId),
    /// `{ … }`.
    Block(BlockId),
    /// `'label: { … }`.
    Labelled {
        /// Without its quote. It stands at the start of the expression.
        label: Symbol,
        /// What a `break 'label value` leaves.
        body: BlockId,
    },
    /// `let pattern = value` in the condition of an `if` or `while`, or in an operand of its `&&`; a `bool`, whose names
    /// hold in what follows. Anywhere else it has been reported.
    Let {
        /// What it is held against.
        pattern: PatternId,
        /// What is looked at.
        value: ExprId,
    },
    /// `match value { arms }`, in [`Tree::matches`](super::Tree::matches).
    Match(MatchId),
    /// `if cond { … } else …`.
    If {
        /// A `bool`.
        cond: ExprId,
        /// When true.
        then: BlockId,
        /// When false: a `Block`, an `If`, or an `Error`.
        otherwise: Option<ExprId>,
    },
    /// `'label: while cond { … }`.
    While {
        /// Without its quote. It stands at the start of the expression.
        label: Option<Symbol>,
        /// A `bool`.
        cond: ExprId,
        /// What is repeated.
        body: BlockId,
    },
    /// `'label: loop { … }`.
    Loop {
        /// Without its quote. It stands at the start of the expression.
        label: Option<Symbol>,
        /// What is repeated.
        body: BlockId,
    },
    /// `'label: for variable in head { … }`, in [`Tree::fors`](super::Tree::fors).
    For(ForId),
    /// `break 'label value`.
    Break {
        /// Without its quote.
        label: Option<Symbol>,
        /// Where the label's quote stands, if there is a label; see [`Tree::label_span`](super::Tree::label_span).
        label_at: u32,
        /// The value of the loop.
        value: Option<ExprId>,
    },
    /// `continue 'label`.
    Continue {
        /// Without its quote.
        label: Option<Symbol>,
        /// Where the label's quote stands, if there is a label.
        label_at: u32,
    },
    /// `return value`.
    Return(Option<ExprId>),
}

/// The macros of Rust that NDA has under the same names.
pub const MACROS: [&str; 12] = [
    "println",
    "format",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "unreachable",
    "todo",
    "unimplemented",
];

/// A `for` loop.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct For {
    /// Without its quote. It stands at the start of the expression.
    pub label: Option<Symbol>,
    /// What holds the element.
    pub variable: ForVariable,
    /// What it walks over, understood.
    pub head: ForHead,
    /// What it walks over, as written.
    pub written: ExprId,
    /// What is repeated.
    pub body: BlockId,
}

/// What holds the element in a `for` loop, or the argument of a lambda.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ForVariable {
    /// A plain variable.
    Name {
        /// Possibly `_`.
        name: Name,
        /// Whether it says `mut`.
        mutable: bool,
    },
    /// The element is taken apart.
    Pattern(PatternId),
}

/// A `match`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Match {
    /// What is looked at.
    pub value: ExprId,
    /// In [`Tree::arms`](super::Tree::arms); read with [`Tree::arms_of`](super::Tree::arms_of).
    pub arms: Run,
}

/// `::<A, B>` in a name or path.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Turbofish {
    /// The `Name` or `Path`.
    pub expr: ExprId,
    /// Never empty.
    pub types: TypeList,
    /// How many bytes of the path stand before them.
    pub split: u32,
}

/// `&mut` before an expression.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct InPlaceArg {
    /// What stands behind it.
    pub expr: ExprId,
    /// From the `&` to that.
    pub mark: Span,
}

/// `pattern if guard => body`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Arm {
    /// What the value is held against.
    pub pattern: PatternId,
    /// A `bool` that sees the pattern's names.
    pub guard: Option<ExprId>,
    /// The value of the whole `match`.
    pub body: ExprId,
    /// From the pattern to the end of the body.
    pub span: Span,
}

/// `path { a: 1, b, ..base }`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Literal {
    /// The struct or variant; a name or a path, the first segment possibly `Self`.
    pub path: Name,
    /// In [`Tree::inits`](super::Tree::inits); read with [`Tree::inits_of`](super::Tree::inits_of).
    pub inits: Run,
    /// Where the fields come from that are not named.
    pub base: Option<ExprId>,
}

/// A field in a struct literal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Init {
    /// Which.
    pub name: Name,
    /// What it is set to; without `: value`, the variable of that name.
    pub value: ExprId,
    /// Whether there is no `: value`.
    pub shorthand: bool,
}

/// What a `for` loop walks over.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ForHead {
    /// The elements of a list (or, for the checker to refuse, anything else).
    Each(ExprId),
    /// The integers of a range.
    Range {
        /// The first.
        from: ExprId,
        /// The end.
        to: ExprId,
        /// Whether the end belongs to it.
        inclusive: bool,
        /// `.rev()` and `.step_by(n)`, in the order written, in [`Tree::adapters`](super::Tree::adapters).
        adapters: Run,
    },
}

/// What changes the order of a `for` range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Adapter {
    /// `.rev()`.
    Rev,
    /// `.step_by(n)`.
    StepBy(ExprId),
}
