//! [`Types`]: a table that grows, by new types and by those of other tables.

use super::{Composite, ENTRY, FIELD, Form, Style, TypesRef, VARIANT, word};
use crate::Ty;
use std::fmt;
use std::sync::Arc;

/// A table with its own memory. Copies share it until one of them grows.
#[derive(Clone, Default)]
pub struct Types(Option<Arc<Table>>);

#[derive(Clone, Default)]
struct Table {
    entries: Vec<[u8; ENTRY]>,
    variants: Vec<[u8; VARIANT]>,
    fields: Vec<[u8; FIELD]>,
    names: String,
}

/// A variant to be added to a table.
#[derive(Clone, Debug)]
pub struct NewVariant<'n> {
    /// Empty unless it belongs to an enum.
    pub name: &'n str,
    /// How its fields are written.
    pub style: Style,
    /// Names (empty unless the style is [`Style::Named`]) and types.
    pub fields: Vec<(&'n str, Ty)>,
}

/// Which types of another table were brought in already, and as what: by their number there.
#[derive(Default, Debug)]
pub struct Import(Vec<Option<Ty>>);

impl Types {
    /// The table, to be read.
    #[must_use]
    pub fn view(&self) -> TypesRef<'_> {
        match &self.0 {
            None => TypesRef::EMPTY,
            Some(table) => TypesRef {
                entries: &table.entries,
                variants: &table.variants,
                fields: &table.fields,
                names: &table.names,
            },
        }
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(|table| table.entries.is_empty())
    }

    /// Takes all entries out; their memory is kept, if nobody else has it.
    pub(crate) fn clear(&mut self) {
        match self.0.as_mut().and_then(Arc::get_mut) {
            Some(Table { entries, variants, fields, names }) => {
                entries.clear();
                variants.clear();
                fields.clear();
                names.clear();
            }
            None => self.0 = None,
        }
    }

    fn table(&mut self) -> &mut Table {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Adds a composite type whose fields are types of this table. `define` is given the new type, so that it may stand
    /// in its own fields.
    ///
    /// The caller sees to it that no two entries are the same type; [`Types::import`] does that itself.
    pub fn add<'n>(
        &mut self,
        form: Form,
        name: &str,
        is_object: bool,
        define: impl FnOnce(Ty) -> Vec<NewVariant<'n>>,
    ) -> Ty {
        let ty = self.reserve(form, name, is_object);
        let variants = define(ty);
        self.define(ty, variants);
        ty
    }

    /// The next entry's type; its variants follow with [`Types::define`] before those of any entry reserved later.
    pub fn reserve(&mut self, form: Form, name: &str, is_object: bool) -> Ty {
        let table = self.table();
        let index = table.entries.len() as u32;
        let (start, len) = table.name(name);
        let mut entry = [0; ENTRY];
        entry[0] = form as u8;
        put(&mut entry, 4, start);
        put(&mut entry, 8, len);
        table.entries.push(entry);
        Ty::composite(index, is_object)
    }

    /// Gives a reserved entry its variants.
    ///
    /// # Panics
    /// If `ty` is not of this table.
    pub fn define(&mut self, ty: Ty, variants: Vec<NewVariant<'_>>) {
        let index = ty.composite_index().expect("a composite type") as usize;
        let table = self.table();
        let first = table.variants.len() as u32;
        table.entries[index][2..4].copy_from_slice(&(variants.len() as u16).to_le_bytes());
        put(&mut table.entries[index], 12, first);
        for variant in variants {
            let (start, len) = table.name(variant.name);
            let mut raw = [0; VARIANT];
            raw[0] = variant.style as u8;
            raw[2..4].copy_from_slice(&(variant.fields.len() as u16).to_le_bytes());
            put(&mut raw, 4, start);
            put(&mut raw, 8, len);
            put(&mut raw, 12, table.fields.len() as u32);
            table.variants.push(raw);
            for (name, ty) in variant.fields {
                let (start, len) = table.name(name);
                let mut raw = [0; FIELD];
                put(&mut raw, 0, start);
                put(&mut raw, 4, len);
                put(&mut raw, 8, ty.code());
                table.fields.push(raw);
            }
        }
    }

    /// The type of this table that is the same as `ty` of another one; it is added, with all it leads to, if there is
    /// none yet. `known` remembers what came from that table before.
    pub fn import(&mut self, from: TypesRef<'_>, ty: Ty, known: &mut Import) -> Ty {
        if !ty.has_composite_base() {
            return ty;
        }
        if let Some(tensor) = from.composite(ty.innermost()).filter(|found| found.form().is_tensor()) {
            return ty.with_innermost(self.without_fields(tensor.form(), tensor.name()));
        }
        let first = self.view().len();
        // Entries are numbered in the order they are met, and defined in that order too.
        let mut met = Vec::new();
        let base = self.import_base(from, ty.innermost(), known, first, &mut met);
        let mut next = 0;
        while let Some(&(local, source)) = met.get(next) {
            next += 1;
            let composite = from.composite(source).expect("a type of that table");
            let mut variants = Vec::with_capacity(composite.variant_count());
            for variant in composite.variants() {
                let mut fields = Vec::with_capacity(variant.field_count());
                for (index, ty) in variant.fields().enumerate() {
                    let base = self.import_base(from, ty.innermost(), known, first, &mut met);
                    fields.push((variant.field_name(index), ty.with_innermost(base)));
                }
                variants.push(NewVariant { name: variant.name(), style: variant.style(), fields });
            }
            self.define(local, variants);
        }
        ty.with_innermost(base)
    }

    /// The type of tensors of this name, which is added if it is not there.
    pub(crate) fn without_fields(&mut self, form: Form, name: &str) -> Ty {
        let view = self.view();
        let is_it = |found: Composite<'_>| found.form() == form && found.name() == name;
        if let Some(known) = view.all().find(|&known| view.composite(known).is_some_and(is_it)) {
            return known;
        }
        let ty = self.reserve(form, name, true);
        let table = self.table();
        let (first, fields) = (table.variants.len() as u32, table.fields.len() as u32);
        let mut raw = [0; VARIANT];
        raw[0] = Style::Unit as u8;
        put(&mut raw, 4, table.names.len() as u32);
        put(&mut raw, 12, fields);
        table.variants.push(raw);
        if let Some(entry) = table.entries.last_mut() {
            entry[2..4].copy_from_slice(&1_u16.to_le_bytes());
            put(entry, 12, first);
        }
        ty
    }

    /// `complete` entries have their variants, and can be compared; those reserved here go to `met`.
    fn import_base(
        &mut self,
        from: TypesRef<'_>,
        base: Ty,
        known: &mut Import,
        complete: usize,
        met: &mut Vec<(Ty, Ty)>,
    ) -> Ty {
        let Some(source) = base.composite_index() else { return base };
        if let Some(&Some(local)) = known.0.get(source as usize) {
            return local;
        }
        let found = self.view().all().take(complete).find(|&local| self.view().same(local, from, base));
        let local = found.unwrap_or_else(|| {
            let composite = from.composite(base).expect("a type of that table");
            let local = self.reserve(composite.form(), composite.name(), composite.is_object());
            met.push((local, base));
            local
        });
        if known.0.len() <= source as usize {
            known.0.resize(from.len(), None);
        }
        known.0[source as usize] = Some(local);
        local
    }

    /// The three arrays as bytes, with the places of names moved by `names_at`, and the names.
    pub(crate) fn encode(&self, names_at: u32, out: &mut Vec<u8>) {
        let Some(table) = &self.0 else { return };
        let moved = |raw: &mut [u8], at: usize| {
            let start = word(raw, at) + names_at;
            raw[at..at + 4].copy_from_slice(&start.to_le_bytes());
        };
        for mut entry in table.entries.iter().copied() {
            moved(&mut entry, 4);
            out.extend_from_slice(&entry);
        }
        for mut variant in table.variants.iter().copied() {
            moved(&mut variant, 4);
            out.extend_from_slice(&variant);
        }
        for mut field in table.fields.iter().copied() {
            moved(&mut field, 0);
            out.extend_from_slice(&field);
        }
    }

    /// How many entries, variants and fields it has.
    pub(crate) fn counts(&self) -> [u32; 3] {
        let view = self.view();
        [view.entries.len() as u32, view.variants.len() as u32, view.fields.len() as u32]
    }

    /// The bytes of [`Types::encode`].
    pub(crate) fn size(&self) -> usize {
        let [entries, variants, fields] = self.counts();
        entries as usize * ENTRY + variants as usize * VARIANT + fields as usize * FIELD
    }

    /// All names, one after the other.
    pub(crate) fn names(&self) -> &str {
        self.0.as_ref().map_or("", |table| &table.names)
    }
}

impl fmt::Debug for Types {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

impl Table {
    fn name(&mut self, name: &str) -> (u32, u32) {
        let start = self.names.len() as u32;
        self.names.push_str(name);
        (start, name.len() as u32)
    }
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
