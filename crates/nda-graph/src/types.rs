//! The composite types of a definition: tuples, structs, enums and maps, as a table that types index.
//!
//! A table is three arrays of fixed-size entries, so that it is read where it stands: [`TypesRef`] borrows the bytes of a
//! stored definition, [`Types`] owns one that is being built. An entry names its variants (a tuple, struct or map has
//! one), a variant its fields, a field its type, which may be an entry again: recursive types are cycles.
//!
//! A type is its name, its shape and its names of variants and fields, because programs print them: two entries that
//! agree in all that are one type, whichever tables they stand in. A table is in canonical order when
//! [`Types::import`] made it: an entry's number is its turn in a breadth-first walk from the types that are used.

mod table;

pub use table::{Import, NewVariant, Types};

use crate::group::hash_definition;
use crate::{Draft, Hash, Kind, Signature, Ty};
use std::fmt;

pub(crate) const ENTRY: usize = 16;
pub(crate) const VARIANT: usize = 16;
pub(crate) const FIELD: usize = 12;

/// The most composite types of one definition.
pub const MAX_TYPES: usize = 1 << 12;
/// The most variants of one type and fields of one variant.
pub const MAX_PARTS: usize = 1 << 12;

/// What the name of a type begins with that stands for a type parameter; no source can write such a name.
pub const STAND_IN: char = '\'';

/// What kind of composite type an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Form {
    /// `(A, B)`.
    Tuple,
    /// `struct P { x: A }`.
    Struct,
    /// `enum E { A, B(T) }`.
    Enum,
    /// `Map<K, V>`: its one variant has the fields `[K]`, sorted, and `[V]`.
    Map,
    /// `vec[N]`; its name says its shape, and its one variant has no fields.
    Vector,
    /// `mat[R, C]`, the same.
    Matrix,
}

impl Form {
    fn from_code(code: u8) -> Option<Form> {
        const ALL: [Form; 6] = [Form::Tuple, Form::Struct, Form::Enum, Form::Map, Form::Vector, Form::Matrix];
        ALL.get(code as usize).copied()
    }
}

impl Form {
    /// Whether its values are tensors, which have a shape instead of fields.
    #[must_use]
    pub const fn is_tensor(self) -> bool {
        matches!(self, Form::Vector | Form::Matrix)
    }

    /// Whether its values are their fields and nothing else.
    const fn is_record(self) -> bool {
        matches!(self, Form::Tuple | Form::Struct | Form::Enum)
    }
}

/// How the fields of a variant are written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Style {
    /// `A`: there are none.
    Unit,
    /// `A(1, 2)`.
    Positional,
    /// `A { x: 1 }`.
    Named,
}

impl Style {
    fn from_code(code: u8) -> Option<Style> {
        [Style::Unit, Style::Positional, Style::Named].get(code as usize).copied()
    }
}

/// A table in somebody's bytes.
#[derive(Clone, Copy)]
pub struct TypesRef<'a> {
    entries: &'a [[u8; ENTRY]],
    variants: &'a [[u8; VARIANT]],
    fields: &'a [[u8; FIELD]],
    names: &'a str,
}

/// One composite type of a table.
#[derive(Clone, Copy)]
pub struct Composite<'a> {
    types: TypesRef<'a>,
    entry: &'a [u8; ENTRY],
}

/// One variant of a composite type.
#[derive(Clone, Copy)]
pub struct Variant<'a> {
    types: TypesRef<'a>,
    variant: &'a [u8; VARIANT],
}

impl<'a> TypesRef<'a> {
    /// The table without entries.
    pub const EMPTY: TypesRef<'static> = TypesRef { entries: &[], variants: &[], fields: &[], names: "" };

    /// Reads a table; its names are parts of `names`. Nothing is looked at.
    pub(crate) fn read(entries: &'a [u8], variants: &'a [u8], fields: &'a [u8], names: &'a str) -> Self {
        Self {
            entries: entries.as_chunks().0,
            variants: variants.as_chunks().0,
            fields: fields.as_chunks().0,
            names,
        }
    }

    /// Whether hostile bytes are a table that can be read: every part of it exists and is what it must be.
    pub(crate) fn is_sound(self) -> bool {
        let (mut variants, mut fields) = (0, 0);
        let entries = self.entries.len() <= MAX_TYPES
            && (0..self.entries.len() as u32).all(|index| {
                let composite = self.at(index);
                let first = word(composite.entry, 12) as usize;
                let count = composite.variant_count();
                let run = variants..variants + count;
                variants = run.end;
                composite.entry[1] == 0
                    && first == run.start
                    && run.end <= self.variants.len()
                    && self.try_name(composite.entry).is_some()
                    && self.is_sound_entry(composite, count, &mut fields)
            });
        entries && variants == self.variants.len() && fields == self.fields.len()
    }

    fn is_sound_entry(self, composite: Composite<'a>, count: usize, fields: &mut usize) -> bool {
        let Some(form) = Form::from_code(composite.entry[0]) else { return false };
        let shape = match form {
            Form::Enum => (1..=MAX_PARTS).contains(&count),
            _ => count == 1,
        };
        shape
            && (0..count).all(|index| {
                let first = word(composite.entry, 12) as usize + index;
                let Some(raw) = self.variants.get(first) else { return false };
                let count = half(raw, 2) as usize;
                let run = *fields..*fields + count;
                *fields = run.end;
                let style = Style::from_code(raw[0]);
                let fits = match (form, style) {
                    (_, None) => false,
                    (_, Some(Style::Unit)) => count == 0 && !matches!(form, Form::Tuple | Form::Map),
                    (Form::Tuple, Some(style)) => style == Style::Positional && count > 0,
                    (Form::Map, Some(style)) => style == Style::Positional && count == 2,
                    (_, Some(_)) => true,
                };
                fits && raw[1] == 0
                    && count <= MAX_PARTS
                    && word(raw, 12) as usize == run.start
                    && run.end <= self.fields.len()
                    && self.try_name(raw).is_some()
                    && self.fields[run].iter().all(|field| {
                        let ty = Ty::from_code(word(field, 8));
                        text(self.names, word(field, 0), word(field, 4)).is_some()
                            && ty.is_some_and(|ty| ty != Ty::NEVER && self.knows(ty))
                    })
            })
            && (form != Form::Map || self.is_sound_map(composite.variant(0)))
            && (!form.is_tensor() || self.is_sound_tensor(composite))
    }

    fn is_sound_map(self, variant: Variant<'a>) -> bool {
        let key = variant.field(0).element();
        key.is_some_and(|key| self.is_key(key)) && variant.field(1).is_list()
    }

    fn is_sound_tensor(self, composite: Composite<'a>) -> bool {
        let variant = composite.variant(0);
        variant.style() == Style::Unit && variant.name().is_empty() && composite.tensor().is_some()
    }

    fn try_name(self, raw: &[u8]) -> Option<&'a str> {
        text(self.names, word(raw, 4), word(raw, 8))
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.entries.is_empty()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(self) -> usize {
        self.entries.len()
    }

    fn at(self, index: u32) -> Composite<'a> {
        Composite { types: self, entry: &self.entries[index as usize] }
    }

    /// What a composite type is made of; `None` for any other type.
    #[must_use]
    pub fn composite(self, ty: Ty) -> Option<Composite<'a>> {
        let index = ty.composite_index()?;
        ((index as usize) < self.entries.len()).then(|| self.at(index))
    }

    /// The types of all entries, in order.
    pub fn all(self) -> impl ExactSizeIterator<Item = Ty> + use<'a> {
        (0..self.entries.len() as u32).map(move |index| Ty::composite(index, self.at(index).is_object()))
    }

    /// Whether a type is one of this table, or needs none.
    #[must_use]
    pub fn knows(self, ty: Ty) -> bool {
        let base = ty.innermost();
        match base.composite_index() {
            None => true,
            Some(index) => {
                (index as usize) < self.entries.len()
                    && self.entry_is_readable(index)
                    && self.at(index).is_object() == base.is_object()
            }
        }
    }

    /// Whether the variants of an entry are there; asked of hostile bytes before they are found sound.
    fn entry_is_readable(self, index: u32) -> bool {
        let entry = &self.entries[index as usize];
        let end = word(entry, 12) as usize + half(entry, 2) as usize;
        Form::from_code(entry[0]).is_some() && end <= self.variants.len()
    }

    /// The types of a map's keys and values; `None` for any other type.
    #[must_use]
    pub fn map_parts(self, ty: Ty) -> Option<(Ty, Ty)> {
        let map = self.composite(ty).filter(|found| found.form() == Form::Map)?.variant(0);
        Some((map.field(0).element()?, map.field(1).element()?))
    }

    /// Whether values of a type can be ordered with `<`: words, text, and tuples, structs and enums of such.
    #[must_use]
    pub fn is_ordered(self, ty: Ty) -> bool {
        self.all_parts(ty, &|part| {
            matches!(part, Ty::UNIT | Ty::BOOL | Ty::I64 | Ty::F64 | Ty::STR) && part != Ty::UNIT
                || self.composite(part).is_some_and(|composite| composite.form().is_record())
        })
    }

    /// Whether values of a type can be keys of a map: ordered, and no float in them.
    #[must_use]
    pub fn is_key(self, ty: Ty) -> bool {
        self.all_parts(ty, &|part| {
            matches!(part, Ty::BOOL | Ty::I64 | Ty::STR)
                || self.composite(part).is_some_and(|composite| composite.form().is_record())
        })
    }

    /// Whether a matrix is somewhere in a value of a type.
    #[must_use]
    pub fn has_matrix(self, ty: Ty) -> bool {
        self.entries.iter().any(|entry| entry[0] == Form::Matrix as u8)
            && !self.all_parts(ty, &|part| {
                self.composite(part.innermost()).is_none_or(|composite| composite.form() != Form::Matrix)
            })
    }

    /// Whether `holds` is true of a type and of those of all fields below it.
    fn all_parts(self, ty: Ty, holds: &dyn Fn(Ty) -> bool) -> bool {
        if !ty.has_composite_base() {
            return holds(ty);
        }
        let mut seen = vec![ty];
        let mut next = 0;
        while let Some(&part) = seen.get(next) {
            next += 1;
            if !holds(part) {
                return false;
            }
            for field in self.composite(part.innermost()).into_iter().flat_map(Composite::fields) {
                if !seen.contains(&field) {
                    seen.push(field);
                }
            }
        }
        true
    }

    /// Whether `a` of this table and `b` of another are one type.
    #[must_use]
    pub fn same(self, a: Ty, other: TypesRef<'_>, b: Ty) -> bool {
        if !a.has_composite_base() || !b.has_composite_base() {
            return a == b;
        }
        // What has no fields leads to nothing: most of these are told apart by their names.
        if let (Some(here), Some(there)) = (self.composite(a), other.composite(b))
            && (!here.is_headed_like(there) || here.form().is_tensor())
        {
            return here.is_headed_like(there);
        }
        // Pairs that are the same unless something below them differs.
        let mut pairs = vec![(a, b)];
        let mut next = 0;
        while let Some(&(a, b)) = pairs.get(next) {
            next += 1;
            if a.list_depth() != b.list_depth() {
                return false;
            }
            let (here, there) = match (self.composite(a.innermost()), other.composite(b.innermost())) {
                (Some(here), Some(there)) => (here, there),
                (None, None) if a == b => continue,
                _ => return false,
            };
            if !here.is_headed_like(there) {
                return false;
            }
            for (ours, theirs) in here.variants().zip(there.variants()) {
                if ours.name() != theirs.name()
                    || ours.style() != theirs.style()
                    || ours.field_count() != theirs.field_count()
                {
                    return false;
                }
                for index in 0..ours.field_count() {
                    let pair = (ours.field(index), theirs.field(index));
                    if ours.field_name(index) != theirs.field_name(index) {
                        return false;
                    }
                    if !pairs.contains(&pair) {
                        pairs.push(pair);
                    }
                }
            }
        }
        true
    }

    /// The structs and enums of the table that a source can define, with arguments or without.
    pub fn named(self) -> impl Iterator<Item = Ty> + use<'a> {
        self.all().filter(move |&ty| {
            self.composite(ty).is_some_and(|composite| {
                let builtin = matches!(composite.plain_name(), "Option" | "Result");
                matches!(composite.form(), Form::Struct | Form::Enum) && !builtin
            })
        })
    }

    /// The names of the type parameters that types of the table stand for; what has some is generic.
    pub fn parameters(self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.all().filter_map(move |ty| self.composite(ty)?.name().strip_prefix(STAND_IN))
    }

    /// The hash of the definition that a struct or enum is by itself.
    #[must_use]
    pub fn hash_of(self, ty: Ty) -> Hash {
        let mut types = Types::default();
        let ret = types.import(self, ty, &mut Import::default());
        let mut draft = Draft::default();
        let written = draft.begin(Kind::Type, &Signature { params: Vec::new(), ret, types });
        let definition =
            written.and_then(|()| draft.finish()).expect("a type without a body fits every rule");
        hash_definition(definition.bytes())
    }

    /// A type as it is written.
    #[must_use]
    pub fn show(self, ty: Ty) -> ShownType<'a> {
        ShownType { types: self, ty }
    }
}

impl fmt::Debug for TypesRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|ty| self.show(ty).to_string())).finish()
    }
}

impl<'a> Composite<'a> {
    /// The types of what a value of a variant is made of: its fields. A map is made empty, of nothing.
    pub fn made_of(self, variant: usize) -> impl ExactSizeIterator<Item = Ty> + use<'a> {
        let most = if self.form() == Form::Map { 0 } else { usize::MAX };
        self.variant(variant).fields().take(most)
    }

    /// Whether it is of the kind of another one, has its name, and as many variants. Tensors are the same then: they have no fields.
    fn is_headed_like(self, other: Composite<'_>) -> bool {
        self.form() == other.form()
            && self.name() == other.name()
            && self.variant_count() == other.variant_count()
    }

    /// Which kind.
    #[must_use]
    pub fn form(self) -> Form {
        Form::from_code(self.entry[0]).expect("a sound table has known forms")
    }

    /// Its name with its arguments, `Pair<i64>`; empty for tuples and maps.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.types.try_name(self.entry).expect("a sound table has its names")
    }

    /// The name without arguments, as values show it: `Pair`.
    #[must_use]
    pub fn plain_name(self) -> &'a str {
        self.name().split('<').next().unwrap_or_default()
    }

    /// How many variants it has; one unless it is an enum.
    #[must_use]
    pub fn variant_count(self) -> usize {
        half(self.entry, 2) as usize
    }

    /// One variant.
    ///
    /// # Panics
    /// If there is none such.
    #[must_use]
    pub fn variant(self, index: usize) -> Variant<'a> {
        assert!(index < self.variant_count(), "variant {index} of {}", self.variant_count());
        let first = word(self.entry, 12) as usize;
        Variant { types: self.types, variant: &self.types.variants[first + index] }
    }

    /// All variants in order.
    pub fn variants(self) -> impl ExactSizeIterator<Item = Variant<'a>> {
        (0..self.variant_count()).map(move |index| self.variant(index))
    }

    /// The types of all fields of all variants.
    pub fn fields(self) -> impl Iterator<Item = Ty> + use<'a> {
        self.variants().flat_map(|variant| (0..variant.field_count()).map(move |index| variant.field(index)))
    }

    /// Whether its values live on the heap: all but those of enums without payloads.
    #[must_use]
    pub fn is_object(self) -> bool {
        let first = word(self.entry, 12) as usize;
        let variants = self.types.variants.get(first..first + self.variant_count()).unwrap_or_default();
        self.entry[0] != Form::Enum as u8 || variants.iter().any(|variant| half(variant, 2) > 0)
    }
}

impl<'a> Variant<'a> {
    /// Its name; empty unless its type is an enum.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.types.try_name(self.variant).expect("a sound table has its names")
    }

    /// How its fields are written.
    #[must_use]
    pub fn style(self) -> Style {
        Style::from_code(self.variant[0]).expect("a sound table has known styles")
    }

    /// How many fields it has.
    #[must_use]
    pub fn field_count(self) -> usize {
        half(self.variant, 2) as usize
    }

    fn raw(self, index: usize) -> &'a [u8; FIELD] {
        assert!(index < self.field_count(), "field {index} of {}", self.field_count());
        &self.types.fields[word(self.variant, 12) as usize + index]
    }

    /// The type of a field.
    ///
    /// # Panics
    /// If there is none such.
    #[must_use]
    pub fn field(self, index: usize) -> Ty {
        Ty::from_code(word(self.raw(index), 8)).expect("a sound table has known types")
    }

    /// The types of its fields.
    pub fn fields(self) -> impl ExactSizeIterator<Item = Ty> + use<'a> {
        (0..self.field_count()).map(move |index| self.field(index))
    }

    /// The name of a field; empty where it has only a position.
    ///
    /// # Panics
    /// If there is no such field.
    #[must_use]
    pub fn field_name(self, index: usize) -> &'a str {
        let raw = self.raw(index);
        text(self.types.names, word(raw, 0), word(raw, 4)).expect("a sound table has its names")
    }
}

/// A type with its table, to be written.
#[derive(Clone, Copy)]
pub struct ShownType<'a> {
    types: TypesRef<'a>,
    ty: Ty,
}

/// The most names that a type is written with; types of types can be enormous, or never end in a hostile table.
const MAX_SHOWN: usize = 100;

impl fmt::Display for ShownType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.types.write(f, self.ty, &mut { MAX_SHOWN })
    }
}

impl TypesRef<'_> {
    fn write(self, f: &mut fmt::Formatter<'_>, ty: Ty, left: &mut usize) -> fmt::Result {
        if *left == 0 {
            return f.write_str("…");
        }
        *left -= 1;
        let Some(composite) = self.composite(ty.innermost()) else { return write!(f, "{ty}") };
        let depth = ty.list_depth() as usize;
        f.write_str(&"[".repeat(depth))?;
        match composite.form() {
            Form::Struct | Form::Enum | Form::Vector | Form::Matrix => f.write_str(composite.name())?,
            form => {
                let fields = composite.variant(0).fields();
                let single = fields.len() == 1;
                f.write_str(if form == Form::Map { "Map<" } else { "(" })?;
                for (index, field) in fields.enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    let part = if form == Form::Map { field.element().unwrap_or(field) } else { field };
                    self.write(f, part, left)?;
                }
                f.write_str(match form {
                    Form::Map => ">",
                    _ if single => ",)",
                    _ => ")",
                })?;
            }
        }
        f.write_str(&"]".repeat(depth))
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn text(names: &str, start: u32, len: u32) -> Option<&str> {
    names.get(start as usize..(start as usize).checked_add(len as usize)?)
}
