//! Types as the graph sees them: one word each.

use crate::Value;
use crate::types::{Import, Types, TypesRef};
use std::fmt;

/// A type: a base in the low 24 bits, how many lists stand around it in the high 8.
///
/// The base of a struct, enum, tuple or map is the index of its entry in a table, [`Types`] or [`TypesRef`]: that of
/// the definition at hand. So such a `Ty` means nothing without its table, and two of different tables are compared
/// with [`TypesRef::same`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ty(u32);

/// The deepest list type: `[[…[i64]…]]` with this many brackets.
pub const MAX_LIST_DEPTH: u32 = 64;

/// Marks the base of a composite type.
const COMPOSITE: u32 = 1 << 21;
/// Marks a composite type whose values live on the heap: all but enums without payloads.
const OBJECT: u32 = 1 << 22;

impl Ty {
    /// The type of an expression that never yields a value: `return`, `break`, `panic(…)`.
    pub const NEVER: Ty = Ty(0);
    /// `()`.
    pub const UNIT: Ty = Ty(1);
    /// `bool`.
    pub const BOOL: Ty = Ty(2);
    /// `i64`.
    pub const I64: Ty = Ty(3);
    /// `f64`.
    pub const F64: Ty = Ty(4);
    /// `str`.
    pub const STR: Ty = Ty(5);

    /// `[self]`, unless that is nested deeper than [`MAX_LIST_DEPTH`] or the element has no value.
    #[must_use]
    pub const fn list_of(self) -> Option<Ty> {
        if self.list_depth() < MAX_LIST_DEPTH && self.base() != 0 {
            Some(Ty(self.0 + (1 << 24)))
        } else {
            None
        }
    }

    /// `T` of `[T]`.
    #[must_use]
    pub const fn element(self) -> Option<Ty> {
        if self.list_depth() > 0 { Some(Ty(self.0 - (1 << 24))) } else { None }
    }

    /// How many lists stand around the base.
    #[must_use]
    pub const fn list_depth(self) -> u32 {
        self.0 >> 24
    }

    const fn base(self) -> u32 {
        self.0 & 0x00ff_ffff
    }

    /// Whether it is a list.
    #[must_use]
    pub const fn is_list(self) -> bool {
        self.list_depth() > 0
    }

    /// Whether its values live on the heap and are owned: text, lists, and composites but for enums without payloads.
    /// All others are one plain word.
    #[must_use]
    pub const fn is_object(self) -> bool {
        self.is_list() || self.0 == Ty::STR.0 || self.0 & OBJECT != 0
    }

    /// The composite type with this index in its table.
    pub(crate) const fn composite(index: u32, is_object: bool) -> Ty {
        Ty(COMPOSITE | if is_object { OBJECT } else { 0 } | index)
    }

    /// Its index in its table, if it is a struct, enum, tuple or map.
    #[must_use]
    pub const fn composite_index(self) -> Option<u32> {
        if self.has_composite_base() && !self.is_list() { Some(self.base() & (COMPOSITE - 1)) } else { None }
    }

    /// Whether it is a composite type, or a list of one.
    #[must_use]
    pub const fn has_composite_base(self) -> bool {
        self.0 & COMPOSITE != 0
    }

    /// The type inside of all lists.
    #[must_use]
    pub const fn innermost(self) -> Ty {
        Ty(self.base())
    }

    /// The same lists around another type.
    pub(crate) fn with_innermost(self, base: Ty) -> Ty {
        Ty(self.list_depth() << 24 | base.0)
    }

    /// The word that stands for this type in canonical bytes.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The type a word of canonical bytes stands for.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Ty> {
        let ty = Ty(code);
        let base = ty.base();
        let known = base <= Ty::STR.0 || base & COMPOSITE != 0 && base < OBJECT << 1;
        let fits = ty.list_depth() <= MAX_LIST_DEPTH;
        if known && fits && !(base == 0 && ty.is_list()) { Some(ty) } else { None }
    }
}

/// As it is written, but for a composite type, whose name stands in its table ([`TypesRef::show`]): `type#0`, or
/// `enum#0` if its values are plain words.
impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let depth = self.list_depth() as usize;
        f.write_str(&"[".repeat(depth))?;
        match self.base() {
            0 => f.write_str("!"),
            1 => f.write_str("()"),
            2 => f.write_str("bool"),
            3 => f.write_str("i64"),
            4 => f.write_str("f64"),
            5 => f.write_str("str"),
            base if base & OBJECT == 0 => write!(f, "enum#{}", base & (COMPOSITE - 1)),
            base => write!(f, "type#{}", base & (COMPOSITE - 1)),
        }?;
        f.write_str(&"]".repeat(depth))
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Parameter types, in order.
    pub params: Vec<Ty>,
    /// Result type.
    pub ret: Ty,
    /// The table of their composite types.
    pub types: Types,
}

impl Signature {
    /// A signature without composite types.
    #[must_use]
    pub fn plain(params: Vec<Ty>, ret: Ty) -> Self {
        Self { params, ret, types: Types::default() }
    }

    /// Whether it takes these arguments: as many as there are parameters, each of its type.
    #[must_use]
    pub fn accepts(&self, args: &[Value]) -> bool {
        let types = self.types.view();
        args.len() == self.params.len()
            && args.iter().zip(&self.params).all(|(arg, &ty)| arg.is_of(types, ty) && !arg.has_weights())
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        let (here, there) = (self.types.view(), other.types.view());
        self.params.len() == other.params.len()
            && self.params.iter().zip(&other.params).all(|(&a, &b)| here.same(a, there, b))
            && here.same(self.ret, there, other.ret)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_signature(f, self.types.view(), self.params.iter().copied(), self.ret)
    }
}

/// A signature inside canonical bytes: one little-endian word per parameter, then the result's.
#[derive(Clone, Copy)]
pub struct SignatureRef<'a> {
    words: &'a [u8],
    types: TypesRef<'a>,
}

impl<'a> SignatureRef<'a> {
    /// Reads the words of a signature; `None` unless they are whole, known types with a result at the end.
    #[must_use]
    pub fn read(words: &'a [u8], types: TypesRef<'a>) -> Option<Self> {
        let known = |word: &[u8]| Ty::from_code(word_at(word, 0)).is_some_and(|ty| types.knows(ty));
        let valid = !words.is_empty() && words.len().is_multiple_of(4) && words.chunks_exact(4).all(known);
        valid.then_some(Self { words, types })
    }

    /// The words of a signature that [`SignatureRef::read`] read before.
    pub(crate) fn verified(words: &'a [u8], types: TypesRef<'a>) -> Self {
        Self { words, types }
    }

    /// The table of its composite types.
    #[must_use]
    pub fn types(self) -> TypesRef<'a> {
        self.types
    }

    /// The number of parameters.
    #[must_use]
    pub fn arity(self) -> usize {
        self.words.len() / 4 - 1
    }

    /// The type of parameter `index`.
    ///
    /// # Panics
    /// If there is no such parameter.
    #[must_use]
    pub fn param(self, index: usize) -> Ty {
        assert!(index < self.arity(), "parameter {index} of {}", self.arity());
        self.at(index)
    }

    /// The parameters' types in order.
    pub fn params(self) -> impl ExactSizeIterator<Item = Ty> + 'a {
        (0..self.arity()).map(move |index| self.at(index))
    }

    /// The result's type.
    #[must_use]
    pub fn ret(self) -> Ty {
        self.at(self.arity())
    }

    fn at(self, index: usize) -> Ty {
        // Known to be a type: `read` saw it, or the verifier.
        Ty(word_at(self.words, index * 4))
    }

    /// A copy with its own memory, and with the composite types that it names and no others.
    #[must_use]
    pub fn to_owned(self) -> Signature {
        let mut import = Import::default();
        let mut types = Types::default();
        let params = self.params().map(|ty| types.import(self.types, ty, &mut import)).collect();
        let ret = types.import(self.types, self.ret(), &mut import);
        Signature { params, ret, types }
    }
}

impl PartialEq for SignatureRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.types.is_empty() && other.types.is_empty() {
            return self.words == other.words;
        }
        self.arity() == other.arity()
            && (0..=self.arity()).all(|index| self.types.same(self.at(index), other.types, other.at(index)))
    }
}

impl fmt::Display for SignatureRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_signature(f, self.types, self.params(), self.ret())
    }
}

impl fmt::Debug for SignatureRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn word_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn write_signature(
    f: &mut fmt::Formatter<'_>,
    types: TypesRef<'_>,
    params: impl Iterator<Item = Ty>,
    ret: Ty,
) -> fmt::Result {
    f.write_str("(")?;
    for (index, ty) in params.enumerate() {
        write!(f, "{}{}", if index == 0 { "" } else { ", " }, types.show(ty))?;
    }
    if ret == Ty::UNIT { f.write_str(")") } else { write!(f, ") -> {}", types.show(ret)) }
}
