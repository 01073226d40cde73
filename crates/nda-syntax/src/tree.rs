//! The syntax tree: what an author wrote, in flat arenas.
//!
//! A [`Tree`] owns one table per kind of thing (items, expressions, statements, types …); everything else refers to them
//! by small ids. Operands stand before the expression that uses them, so a reader may walk [`Tree::exprs`] once,
//! front to back. No node owns memory: a tree that is [cleared](Tree::clear) and filled again allocates nothing.
//!
//! The tree keeps no text. Identifiers are interned [`Symbol`]s and strings are [`Text`]s; both give their characters
//! back when shown the source they came from. Where the parser recovered from a mistake, or met something that NDA
//! does not support yet, stands an `Error` node; the problem has been reported, so a reader treats it silently as
//! a thing of unknown type.
//!
//! No path from an expression to a leaf is longer than [`MAX_HEIGHT`], so a reader may recurse.
//!
//! This module knows no types, no scopes, and not how text becomes a tree. For that read `parser`; for
//! the way back, `format`.

use crate::names::Names;
pub use crate::operator::{BinaryOp, UnaryOp};
use crate::parser::Scratch;
use nda_diagnostics::Span;
use std::num::NonZeroU32;

/// The greatest height of an expression, operands and nested statements counted.
pub const MAX_HEIGHT: u16 = 512;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The id of entry `index`; entry 0 of every arena is a filler, so that `Option` of an id is as
            /// small as the id.
            pub(crate) fn new(index: usize) -> Self {
                let index = u32::try_from(index).ok().and_then(NonZeroU32::new);
                Self(index.expect("arenas have a filler at 0 and are bounded by the source's 16 MiB"))
            }

            /// Its place in the arena, from 1; usable as an index into side tables of `arena.len()` entries.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0.get() as usize
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

ids! {
    /// An expression in [`Tree::exprs`].
    ExprId;
    /// A type as written, in [`Tree::types`].
    TypeId;
    /// An interned identifier or path: equal symbols are equal text. Dense, from 1 to [`Tree::symbol_count`].
    Symbol;
    /// A block in [`Tree::blocks`].
    BlockId;
    /// A `for` loop in [`Tree::fors`].
    ForId;
}

/// A run of consecutive entries of an arena.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Run {
    /// Index of the first.
    pub start: u32,
    /// How many.
    pub len: u32,
}

impl Run {
    /// As a range of indices.
    #[must_use]
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// A list of expressions, read with [`Tree::list`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExprList(pub(crate) u32);

/// The unescaped characters of a string literal, read with [`Tree::text`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text {
    pub(crate) start: u32,
    /// The highest bit says that the text stands in the tree's own buffer, because it differs from its spelling.
    pub(crate) len: u32,
}

/// An identifier where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    /// What it says.
    pub symbol: Symbol,
    /// Where.
    pub span: Span,
}

/// A top-level definition.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Item {
    /// What it defines.
    pub kind: ItemKind,
    /// Its name; for `use`, the name it brings into scope; `None` if recovery found none.
    pub name: Option<Name>,
    /// Whether it says `pub`, which has no meaning yet.
    pub public: bool,
    /// From its first attribute, doc comment or keyword to its last character.
    pub span: Span,
    /// `span` with the comments that lead up to it and the one that ends its last line: the author's text to store.
    /// These spans do not overlap; what stands after the last of them is [`Tree::rest`].
    pub source: Span,
    /// Its attributes, in [`Tree::attributes`]; read with [`Tree::examples`], [`Tree::uses`].
    pub attributes: Run,
    /// The comments between the item before and its first word (`pub` or its keyword), in [`Tree::comments`]; read with [`Tree::docs`].
    pub comments: Run,
}

/// What an item defines.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ItemKind {
    /// `fn name(params) -> result { body }`.
    Fn {
        /// In [`Tree::params`]; read with [`Tree::params_of`].
        params: Run,
        /// `None` where nothing is written: `()`.
        result: Option<TypeId>,
        /// Its statements and value.
        body: BlockId,
    },
    /// `const NAME: ty = value;`.
    Const {
        /// Its type.
        ty: TypeId,
        /// Its value.
        value: ExprId,
    },
    /// `use path;` or `use path as name;`.
    Use {
        /// The whole path, `geo::area`.
        path: Name,
    },
    /// An item that could not be read or is not supported yet. If it has a name, the name is taken.
    Error,
}

/// `#[…]` before an item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Attribute {
    /// Which.
    pub kind: AttributeKind,
    /// From `#` to `]`.
    pub span: Span,
}

/// What an attribute says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum AttributeKind {
    /// `#[example(expr)]`.
    Example(ExprId),
    /// `#[uses(a, b)]`; the names are in [`Tree::capabilities`].
    Uses(Run),
    /// Reported.
    Error,
}

/// A parameter of a function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Param {
    /// Its name, possibly `_`.
    pub name: Name,
    /// Whether it says `mut`.
    pub mutable: bool,
    /// Its type.
    pub ty: TypeId,
    /// From `mut` or the name to the end of the type.
    pub span: Span,
}

/// A type as written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TypeExpr {
    /// Which.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// What a type says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeKind {
    /// `i64`, or any other name or path.
    Name(Symbol),
    /// `[T]`.
    List(TypeId),
    /// `()`.
    Unit,
    /// Reported.
    Error,
}

/// `{ statements; value }`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Block {
    /// In [`Tree::stmts`]; read with [`Tree::stmts_of`].
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
    /// A single identifier.
    Name(Symbol),
    /// A path of at least two segments, `f64::consts::PI`, without spaces.
    Path(Symbol),
    /// `(inner)`.
    Paren(ExprId),
    /// `[a, b]`.
    List(ExprList),
    /// `[value; count]`.
    Repeat {
        /// The value of every element.
        value: ExprId,
        /// How many.
        count: ExprId,
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
    /// `receiver.method(args)`; the method's place is [`Tree::method_span`].
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
    /// `from..to`. Only below the head of a `for`, where a reader meets it through [`For::head`] instead; anywhere
    /// else it has been reported, because a range is not a value.
    Range {
        /// The start.
        from: Option<ExprId>,
        /// The end.
        to: Option<ExprId>,
        /// Whether it says `..=`.
        inclusive: bool,
    },
    /// `{ … }`.
    Block(BlockId),
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
    /// `'label: for name in head { … }`, in [`Tree::fors`].
    For(ForId),
    /// `break 'label value`.
    Break {
        /// Without its quote.
        label: Option<Symbol>,
        /// Where the label's quote stands, if there is a label; see [`Tree::label_span`].
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
    /// The loop variable, possibly `_`.
    pub name: Name,
    /// Whether the variable is `mut`.
    pub mutable: bool,
    /// What it walks over, understood.
    pub head: ForHead,
    /// What it walks over, as written.
    pub written: ExprId,
    /// What is repeated.
    pub body: BlockId,
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
        /// `.rev()` and `.step_by(n)`, in the order written, in [`Tree::adapters`].
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

/// A comment, or a line of documentation, which is a comment that belongs to the item after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// From `//` to the end of the line (newline not included), or from `/*` to `*/`.
    pub span: Span,
    /// Which.
    pub kind: CommentKind,
}

/// The three forms of comments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommentKind {
    /// `// …`.
    Line,
    /// `/// …`.
    Doc,
    /// `/* … */`.
    Block,
}

/// What one source text says.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The definitions, in the order written.
    pub items: Vec<Item>,
    /// Operands before users. Entry 0 is a filler.
    pub exprs: Vec<Expr>,
    /// Parts before wholes. Entry 0 is a filler.
    pub types: Vec<TypeExpr>,
    /// Blocks, inner ones first. Entry 0 is a filler.
    pub blocks: Vec<Block>,
    /// Entry 0 is a filler.
    pub fors: Vec<For>,
    /// The statements of each block stand together.
    pub stmts: Vec<Stmt>,
    /// The parameters of each function stand together.
    pub params: Vec<Param>,
    /// The attributes of each item stand together.
    pub attributes: Vec<Attribute>,
    /// The names in `#[uses(…)]`.
    pub capabilities: Vec<Name>,
    /// The adapters of each `for` range stand together.
    pub adapters: Vec<Adapter>,
    /// All comments, in source order.
    pub comments: Vec<Comment>,
    /// What stands after the last item's [`Item::source`]: comments that belong to nothing, if any.
    pub rest: Span,
    /// Length-prefixed lists of expression ids; before the prefix of a method's arguments stands the method's offset.
    pub(crate) lists: Vec<u32>,
    /// Characters of strings that differ from their spelling.
    pub(crate) buffer: String,
    pub(crate) names: Names,
    /// The parser's working memory, kept here so that a tree that is used again allocates nothing.
    pub(crate) scratch: Scratch,
}

const FILLER: Span = Span::new(0, 0);

impl Default for Tree {
    fn default() -> Self {
        let mut tree = Tree {
            items: Vec::new(),
            exprs: Vec::new(),
            types: Vec::new(),
            blocks: Vec::new(),
            fors: Vec::new(),
            stmts: Vec::new(),
            params: Vec::new(),
            attributes: Vec::new(),
            capabilities: Vec::new(),
            adapters: Vec::new(),
            comments: Vec::new(),
            rest: FILLER,
            lists: Vec::new(),
            buffer: String::new(),
            names: Names::default(),
            scratch: Scratch::default(),
        };
        tree.clear();
        tree
    }
}

impl Tree {
    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        let filler = Name { symbol: Symbol(NonZeroU32::MIN), span: FILLER };
        let nothing = ExprId(NonZeroU32::MIN);
        self.items.clear();
        self.exprs.clear();
        self.exprs.push(Expr { kind: ExprKind::Error, span: FILLER });
        self.types.clear();
        self.types.push(TypeExpr { kind: TypeKind::Error, span: FILLER });
        self.blocks.clear();
        self.blocks.push(Block { stmts: Run::default(), tail: None, span: FILLER });
        self.fors.clear();
        self.fors.push(For {
            label: None,
            name: filler,
            mutable: false,
            head: ForHead::Each(nothing),
            written: nothing,
            body: BlockId(NonZeroU32::MIN),
        });
        self.stmts.clear();
        self.params.clear();
        self.attributes.clear();
        self.capabilities.clear();
        self.adapters.clear();
        self.comments.clear();
        self.rest = FILLER;
        self.lists.clear();
        self.buffer.clear();
        self.names.clear();
    }

    /// The characters of an identifier or path; `source` is the text that was parsed.
    #[must_use]
    pub fn name<'a>(&'a self, symbol: Symbol, source: &'a str) -> &'a str {
        self.text(self.names.text(symbol), source)
    }

    /// How many symbols there are: a side table by [`Symbol::index`] has one entry more.
    #[must_use]
    pub fn symbol_count(&self) -> usize {
        self.names.len()
    }

    /// The symbol of `text`, if the source holds it.
    #[must_use]
    pub fn find_symbol(&self, text: &str, source: &str) -> Option<Symbol> {
        self.names.find(text, source, &self.buffer)
    }

    /// The characters of a string literal; `source` is the text that was parsed.
    #[must_use]
    pub fn text<'a>(&'a self, text: Text, source: &'a str) -> &'a str {
        text.of(source, &self.buffer)
    }

    /// The kind of an expression.
    #[must_use]
    pub fn kind(&self, expr: ExprId) -> ExprKind {
        self.exprs[expr.index()].kind
    }

    /// The place of an expression.
    #[must_use]
    pub fn span(&self, expr: ExprId) -> Span {
        self.exprs[expr.index()].span
    }

    /// The expression inside any parentheses.
    #[must_use]
    pub fn unparen(&self, mut expr: ExprId) -> ExprId {
        while let ExprKind::Paren(inner) = self.kind(expr) {
            expr = inner;
        }
        expr
    }

    /// The members of a list.
    pub fn list(
        &self,
        list: ExprList,
    ) -> impl ExactSizeIterator<Item = ExprId> + DoubleEndedIterator + Clone {
        let at = list.0 as usize;
        let len = self.lists[at] as usize;
        self.lists[at + 1..at + 1 + len].iter().map(|&id| ExprId::new(id as usize))
    }

    /// Where the method's name stands in a `MethodCall` with these `method` and `args`.
    #[must_use]
    pub fn method_span(&self, method: Symbol, args: ExprList) -> Span {
        let at = self.lists[args.0 as usize - 1];
        Span::new(at, at + (self.names.text(method).len & !Text::OWN))
    }

    /// Where the label of a `break`, `continue` or loop stands, quote included.
    #[must_use]
    pub fn label_span(&self, label: Symbol, label_at: u32) -> Span {
        Span::new(label_at, label_at + 1 + (self.names.text(label).len & !Text::OWN))
    }

    /// A type as written.
    #[must_use]
    pub fn ty(&self, ty: TypeId) -> TypeExpr {
        self.types[ty.index()]
    }

    /// A block.
    #[must_use]
    pub fn block(&self, block: BlockId) -> Block {
        self.blocks[block.index()]
    }

    /// The statements of a block, its value not included.
    #[must_use]
    pub fn stmts_of(&self, block: BlockId) -> &[Stmt] {
        &self.stmts[self.blocks[block.index()].stmts.range()]
    }

    /// A `for` loop.
    #[must_use]
    pub fn for_loop(&self, id: ForId) -> For {
        self.fors[id.index()]
    }

    /// The adapters of a `for` range, in the order written.
    #[must_use]
    pub fn adapters_of(&self, run: Run) -> &[Adapter] {
        &self.adapters[run.range()]
    }

    /// The parameters of a function.
    #[must_use]
    pub fn params_of(&self, params: Run) -> &[Param] {
        &self.params[params.range()]
    }

    /// The attributes of an item.
    #[must_use]
    pub fn attributes_of(&self, item: &Item) -> &[Attribute] {
        &self.attributes[item.attributes.range()]
    }

    /// The examples of an item, in order.
    pub fn examples(&self, item: &Item) -> impl Iterator<Item = ExprId> {
        self.attributes_of(item).iter().filter_map(|attribute| match attribute.kind {
            AttributeKind::Example(expr) => Some(expr),
            _ => None,
        })
    }

    /// The capabilities that an item declares, in order.
    pub fn uses(&self, item: &Item) -> impl Iterator<Item = Name> {
        self.attributes_of(item)
            .iter()
            .filter_map(|attribute| match attribute.kind {
                AttributeKind::Uses(run) => Some(run),
                _ => None,
            })
            .flat_map(|run| self.capabilities[run.range()].iter().copied())
    }

    /// The `///` lines of an item, each from its first slash to the end of its line.
    pub fn docs(&self, item: &Item) -> impl Iterator<Item = Span> {
        self.comments[item.comments.range()]
            .iter()
            .filter(|comment| comment.kind == CommentKind::Doc)
            .map(|comment| comment.span)
    }
}

impl std::ops::Index<ExprId> for Tree {
    type Output = Expr;

    fn index(&self, id: ExprId) -> &Expr {
        &self.exprs[id.index()]
    }
}

impl Text {
    /// Marks a text that stands in the tree's own buffer.
    pub(crate) const OWN: u32 = 1 << 31;

    /// The characters themselves.
    #[inline]
    pub(crate) fn of<'a>(self, source: &'a str, buffer: &'a str) -> &'a str {
        let from = if self.len & Self::OWN == 0 { source } else { buffer };
        let start = self.start as usize;
        from.get(start..start + (self.len & !Self::OWN) as usize).unwrap_or_default()
    }
}
