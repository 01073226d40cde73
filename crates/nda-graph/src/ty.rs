//! Types as the graph sees them: one word each.

use std::fmt;

/// A type: a base in the low 24 bits, how many lists stand around it in the high 8. Bases from 16 on are left for
/// the structs, enums and tuples of language level 2, which will index a type section of the definition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ty(u32);

/// The deepest list type: `[[…[i64]…]]` with this many brackets.
pub const MAX_LIST_DEPTH: u32 = 64;

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

    /// Whether its values live on the heap and are owned: text and lists. All others are one plain word.
    #[must_use]
    pub const fn is_object(self) -> bool {
        self.is_list() || self.0 == Ty::STR.0
    }

    /// Whether values of this type can be ordered with `<`.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        matches!(self, Ty::BOOL | Ty::I64 | Ty::F64 | Ty::STR)
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
        let known = ty.base() <= Ty::STR.0 && ty.list_depth() <= MAX_LIST_DEPTH;
        if known && !(ty.base() == 0 && ty.is_list()) { Some(ty) } else { None }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = match self.base() {
            0 => "!",
            1 => "()",
            2 => "bool",
            3 => "i64",
            4 => "f64",
            5 => "str",
            _ => "?",
        };
        let depth = self.list_depth() as usize;
        write!(f, "{}{base}{}", "[".repeat(depth), "]".repeat(depth))
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a function takes and gives.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Signature {
    /// Parameter types, in order.
    pub params: Vec<Ty>,
    /// Result type.
    pub ret: Ty,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_signature(f, self.params.iter().copied(), self.ret)
    }
}

/// A signature inside canonical bytes: one little-endian word per parameter, then the result's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignatureRef<'a> {
    words: &'a [u8],
}

impl<'a> SignatureRef<'a> {
    /// Reads the words of a signature; `None` unless they are whole, known types with a result at the end.
    #[must_use]
    pub fn read(words: &'a [u8]) -> Option<Self> {
        let valid = !words.is_empty()
            && words.len().is_multiple_of(4)
            && words.chunks_exact(4).all(|word| Ty::from_code(word_at(word, 0)).is_some());
        valid.then_some(Self { words })
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
        Ty::from_code(word_at(self.words, index * 4)).expect("checked by `read`")
    }

    /// A copy with its own memory.
    #[must_use]
    pub fn to_owned(self) -> Signature {
        Signature { params: self.params().collect(), ret: self.ret() }
    }
}

impl fmt::Display for SignatureRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_signature(f, self.params(), self.ret())
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

fn write_signature(f: &mut fmt::Formatter<'_>, params: impl Iterator<Item = Ty>, ret: Ty) -> fmt::Result {
    f.write_str("(")?;
    for (index, ty) in params.enumerate() {
        write!(f, "{}{ty}", if index == 0 { "" } else { ", " })?;
    }
    if ret == Ty::UNIT { f.write_str(")") } else { write!(f, ") -> {ret}") }
}
