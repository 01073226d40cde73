//! Definitions, and the types that they are written with.

use super::{BlockId, ExprId, Name, PatternId, Run, Symbol, TypeId, TypeList};
use nda_diagnostics::Span;

/// A definition of a source or of a `mod`, or a function of an `impl`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Item {
    /// What it defines.
    pub kind: ItemKind,
    /// Its name; for `use`, the name it brings into scope; `None` for an `impl`, and if recovery found none.
    pub name: Option<Name>,
    /// Whether it says `pub`.
    pub public: bool,
    /// The `mod` around it: its index in [`Tree::items`](super::Tree::items).
    pub inside: Option<u32>,
    /// The `impl` that this function stands in, an index into [`Tree::items`](super::Tree::items).
    pub owner: Option<u32>,
    /// Its type parameters.
    pub generics: Generics,
    /// From its first attribute, doc comment or keyword to its last character.
    pub span: Span,
    /// `span` with the comments that lead up to it and the one that ends its last line: the author's text to store.
    /// These spans do not overlap, except that a `mod` holds those of its items; what stands after the last of them is [`Tree::rest`](super::Tree::rest).
    pub source: Span,
    /// Its attributes, in [`Tree::attributes`](super::Tree::attributes); read with [`Tree::examples`](super::Tree::examples), [`Tree::uses`](super::Tree::uses).
    pub attributes: Run,
    /// The comments between the item before and its first word (`pub` or its keyword), in [`Tree::comments`](super::Tree::comments); read with [`Tree::docs`](super::Tree::docs).
    pub comments: Run,
}

/// What an item defines.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ItemKind {
    /// `fn name(params) -> result { body }`.
    Fn {
        /// In [`Tree::params`](super::Tree::params), a `self` first; read with [`Tree::params_of`](super::Tree::params_of).
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
    /// `use path;` or `use path as name;`. A group, `use a::{b, c};`, gives one item for each name, all with the same
    /// span, one behind the other.
    Use {
        /// The whole path, `geo::area`.
        path: Name,
    },
    /// `use path::*;`, possibly of a group.
    UseAll {
        /// The path before the star.
        path: Name,
    },
    /// `mod name { items }` or `mod name;`.
    Mod {
        /// What follows it in [`Tree::items`](super::Tree::items) and stands in it, read with [`Tree::items_in`](super::Tree::items_in); `None` where a file holds it.
        items: Option<Run>,
    },
    /// `struct Name { fields }`, `struct Name(types);`, `struct Name;`.
    Struct {
        /// How the fields are written.
        shape: Shape,
        /// In [`Tree::fields`](super::Tree::fields); read with [`Tree::fields_of`](super::Tree::fields_of).
        fields: Run,
    },
    /// `enum Name { variants }`.
    Enum {
        /// In [`Tree::variants`](super::Tree::variants); read with [`Tree::variants_of`](super::Tree::variants_of).
        variants: Run,
    },
    /// `impl ty { functions }`.
    Impl {
        /// Whose functions these are.
        ty: TypeId,
        /// In [`Tree::items`](super::Tree::items), behind this one; read with [`Tree::members_of`](super::Tree::members_of).
        members: Run,
    },
    /// An item that could not be read or is not supported yet. If it has a name, the name is taken.
    Error,
}

/// The type parameters of an item.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Generics {
    /// In [`Tree::generics`](super::Tree::generics); read with [`Tree::generics_of`](super::Tree::generics_of).
    pub params: Run,
    /// What is asked of them, between `<` and `>` or behind `where`: in [`Tree::bounds`](super::Tree::bounds); read with [`Tree::bounds_of`](super::Tree::bounds_of).
    pub bounds: Run,
}

/// `param: name`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// The type parameter.
    pub param: Name,
    /// What is asked of it: `Ord`, or another name or path.
    pub name: Name,
    /// Whether it stands behind `where`.
    pub in_where: bool,
}

/// How the fields of a struct or variant are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// There are none, and no brackets.
    Unit,
    /// `(A, B)`.
    Tuple,
    /// `{ a: A, b: B }`.
    Named,
}

/// A field of a struct or variant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Field {
    /// `None` if it has only a number, its place among the fields.
    pub name: Option<Name>,
    /// Whether it says `pub`.
    pub public: bool,
    /// Its type.
    pub ty: TypeId,
    /// From `pub` or the name to the end of the type.
    pub span: Span,
}

/// A variant of an enum.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Variant {
    /// Its name.
    pub name: Name,
    /// How its fields are written.
    pub shape: Shape,
    /// In [`Tree::fields`](super::Tree::fields); read with [`Tree::fields_of`](super::Tree::fields_of).
    pub fields: Run,
    /// From the name to the last bracket.
    pub span: Span,
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
    /// `#[uses(a, b)]`; the names are in [`Tree::words`](super::Tree::words).
    Uses(Run),
    /// `#[derive(A, B)]` before a struct or enum, where it changes nothing; the names are in [`Tree::words`](super::Tree::words).
    Derive(Run),
    /// Reported.
    Error,
}

/// A parameter of a function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Param {
    /// Its name, possibly `_`; that of a method's first is `self`. Of a pattern it is `_`, where the pattern stands.
    pub name: Name,
    /// What takes its argument apart.
    pub pattern: Option<PatternId>,
    /// Whether it says `mut` before the name.
    pub mutable: bool,
    /// Its type; of a `self`, [`TypeKind::SelfType`].
    pub ty: TypeId,
    /// How a method takes its `self`, if this is one.
    pub receiver: Option<Receiver>,
    /// Whether it says `&mut`, before `self` or the type: what the function changes, its caller sees.
    pub in_place: bool,
    /// From `mut`, `&` or the name to the end of the type.
    pub span: Span,
}

/// How a method takes the value it is called on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Receiver {
    /// `self`, `mut self`.
    Value,
    /// `&self`.
    Shared,
    /// `&mut self`: what the method changes, its caller sees.
    Mutable,
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
    /// `(A, B)`, `(A,)`.
    Tuple(TypeList),
    /// `Option<T>`, `Map<K, V>`; the name or path stands at the start of the type.
    Apply {
        /// What is applied.
        name: Symbol,
        /// To what; never empty.
        args: TypeList,
    },
    /// `vec[N]`, `mat[R, C]`; the name stands at the start of the type.
    Shape {
        /// `vec` or `mat`.
        name: Symbol,
        /// Its sides: numbers, or names of them.
        sides: TypeList,
    },
    /// A side of a shape.
    Number(u64),
    /// `Self`, inside an `impl`.
    SelfType,
    /// `_`, to be found out.
    Infer,
    /// Reported.
    Error,
}
