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
//! No path from an expression to a leaf is longer than [`MAX_HEIGHT`], patterns and nested statements counted, and none
//! from a type, so a reader may recurse.
//!
//! Definitions and types as written are in `item`, blocks, statements and expressions in `expr`, patterns in `pattern`,
//! and how to look things up in `read`. This module knows no types, no scopes, and not how text becomes a tree. For that
//! read `parser`; for the way back, `format`.

mod expr;
mod item;
mod lambda;
mod pattern;
mod read;

use crate::names::Names;
pub use crate::operator::{BinaryOp, UnaryOp};
use crate::parser::Scratch;
pub use expr::*;
pub use item::*;
pub use lambda::*;
use nda_diagnostics::Span;
pub use pattern::*;
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
    /// A pattern in [`Tree::patterns`].
    PatternId;
    /// A `match` in [`Tree::matches`].
    MatchId;
    /// A struct literal in [`Tree::literals`].
    LiteralId;
    /// A lambda in [`Tree::lambdas`].
    LambdaId;
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

/// A list of types, read with [`Tree::type_list`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeList(pub(crate) u32);

/// A list of patterns, read with [`Tree::pattern_list`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PatternList(pub(crate) u32);

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
    /// The definitions, in the order written; what stands in a `mod` follows it.
    pub items: Vec<Item>,
    /// Operands before users. Entry 0 is a filler.
    pub exprs: Vec<Expr>,
    /// Parts before wholes. Entry 0 is a filler.
    pub types: Vec<TypeExpr>,
    /// Blocks, inner ones first. Entry 0 is a filler.
    pub blocks: Vec<Block>,
    /// Entry 0 is a filler.
    pub fors: Vec<For>,
    /// Parts before wholes. Entry 0 is a filler.
    pub patterns: Vec<Pattern>,
    /// Inner ones first. Entry 0 is a filler.
    pub matches: Vec<Match>,
    /// The arms of each `match` stand together.
    pub arms: Vec<Arm>,
    /// Struct literals, inner ones first. Entry 0 is a filler.
    pub literals: Vec<Literal>,
    /// The type arguments in names and paths, by their expressions.
    pub turbofishes: Vec<Turbofish>,
    /// Expressions that stand behind `&mut`, in ascending order; read with [`Tree::is_in_place`].
    pub in_place_args: Vec<InPlaceArg>,
    /// The fields of each struct literal stand together.
    pub inits: Vec<Init>,
    /// The fields of each struct pattern stand together.
    pub pattern_fields: Vec<PatternField>,
    /// The fields of each struct and variant stand together.
    pub fields: Vec<Field>,
    /// The variants of each enum stand together.
    pub variants: Vec<Variant>,
    /// The type parameters of each item stand together.
    pub generics: Vec<Name>,
    /// The bounds of each item stand together.
    pub bounds: Vec<Bound>,
    /// The statements of each block stand together.
    pub stmts: Vec<Stmt>,
    /// The parameters of each function stand together.
    pub params: Vec<Param>,
    /// The attributes of each item stand together.
    pub attributes: Vec<Attribute>,
    /// The names in `#[uses(…)]` and `#[derive(…)]`.
    pub words: Vec<Name>,
    /// The adapters of each `for` range stand together.
    pub adapters: Vec<Adapter>,
    /// Inner ones first. Entry 0 is a filler.
    pub lambdas: Vec<Lambda>,
    /// The parameters of each lambda stand together.
    pub lambda_params: Vec<LambdaParam>,
    /// All comments, in source order.
    pub comments: Vec<Comment>,
    /// What stands after the last item's [`Item::source`]: comments that belong to nothing, if any.
    pub rest: Span,
    /// Length-prefixed lists of ids; before the prefix of a method's arguments stands the method's offset, and before
    /// that, if the offset says so with its highest bit, the list of its type arguments.
    pub(crate) lists: Vec<u32>,
    /// Characters of strings that differ from their spelling.
    pub(crate) buffer: String,
    pub(crate) names: Names,
    /// The parser's working memory, kept here so that a tree that is used again allocates nothing.
    pub(crate) scratch: Scratch,
}

/// In front of a method's arguments: marks an offset before which type arguments stand.
pub(crate) const TYPED: u32 = 1 << 31;

const FILLER: Span = Span::new(0, 0);

impl Default for Tree {
    fn default() -> Self {
        let mut tree = Tree {
            items: Vec::new(),
            exprs: Vec::new(),
            types: Vec::new(),
            blocks: Vec::new(),
            fors: Vec::new(),
            patterns: Vec::new(),
            matches: Vec::new(),
            arms: Vec::new(),
            literals: Vec::new(),
            turbofishes: Vec::new(),
            in_place_args: Vec::new(),
            inits: Vec::new(),
            pattern_fields: Vec::new(),
            fields: Vec::new(),
            variants: Vec::new(),
            generics: Vec::new(),
            bounds: Vec::new(),
            stmts: Vec::new(),
            params: Vec::new(),
            attributes: Vec::new(),
            words: Vec::new(),
            adapters: Vec::new(),
            lambdas: Vec::new(),
            lambda_params: Vec::new(),
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
            variable: ForVariable::Name { name: filler, mutable: false },
            head: ForHead::Each(nothing),
            written: nothing,
            body: BlockId(NonZeroU32::MIN),
        });
        self.patterns.clear();
        self.patterns.push(Pattern { kind: PatternKind::Error, span: FILLER });
        self.matches.clear();
        self.matches.push(Match { value: nothing, arms: Run::default() });
        self.arms.clear();
        self.literals.clear();
        self.literals.push(Literal { path: filler, inits: Run::default(), base: None });
        self.turbofishes.clear();
        self.in_place_args.clear();
        self.inits.clear();
        self.pattern_fields.clear();
        self.fields.clear();
        self.variants.clear();
        self.generics.clear();
        self.bounds.clear();
        self.stmts.clear();
        self.params.clear();
        self.attributes.clear();
        self.words.clear();
        self.adapters.clear();
        self.lambdas.clear();
        self.lambdas.push(Lambda { params: Run::default(), result: None, body: nothing });
        self.lambda_params.clear();
        self.comments.clear();
        self.rest = FILLER;
        self.lists.clear();
        self.buffer.clear();
        self.names.clear();
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
