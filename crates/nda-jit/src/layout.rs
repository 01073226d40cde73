//! How values of composite types lie in memory.
//!
//! A value of a tuple, struct or enum is one word: the variant's number if its type has no payloads anywhere, else a
//! pointer to a record, or an odd number where the variant has no fields ([`crate::object::unit_variant`]). A record's
//! fields are words in its buffer, those of object types first, so that releasing and copying one needs no type.
//!
//! Steps that work on a value whatever its type (showing, comparing, carrying it over the border) find the rest in the
//! [`Layouts`] of their definition.
#![allow(unsafe_code)]

use nda_graph::types::{Composite, Form, Style};
use nda_graph::{DefinitionRef, Hash, Ty, TypesRef, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The layouts of a table of types, by index.
#[derive(Debug)]
pub struct Layouts {
    composites: Vec<Layout>,
}

/// The layout of a composite type.
#[derive(Debug)]
struct Layout {
    form: Form,
    variants: Vec<VariantLayout>,
}

/// The layout of one variant.
#[derive(Debug)]
pub(crate) struct VariantLayout {
    /// As values show it; empty for a tuple.
    pub(crate) name: Arc<str>,
    pub(crate) style: Style,
    /// In the order of the type.
    pub(crate) fields: Vec<FieldLayout>,
    /// By field: where it lies.
    pub(crate) places: Vec<u16>,
    /// How many of them are of object types; those lie first.
    pub(crate) objects: u16,
}

/// The layout of one field.
#[derive(Debug)]
pub(crate) struct FieldLayout {
    /// Empty where it has only a position.
    pub(crate) name: Arc<str>,
    pub(crate) ty: Ty,
}

static NONE: Layouts = Layouts { composites: Vec::new() };

impl Layouts {
    /// The layouts of a table; none if it is empty.
    #[must_use]
    pub fn of(types: TypesRef<'_>) -> Option<Arc<Self>> {
        if types.is_empty() {
            return None;
        }
        let composites = types.all().filter_map(|ty| types.composite(ty)).map(Layout::of).collect();
        Some(Arc::new(Self { composites }))
    }

    fn composite(&self, ty: Ty) -> Option<&Layout> {
        self.composites.get(ty.composite_index()? as usize)
    }
}

impl Layout {
    fn of(composite: Composite<'_>) -> Self {
        let form = composite.form();
        let variants = composite.variants().map(|variant| {
            let types: Vec<Ty> = variant.fields().collect();
            let objects = types.iter().filter(|ty| ty.is_object()).count() as u16;
            let (mut object, mut plain) = (0, objects);
            let places = types.iter().map(|ty| {
                let next = if ty.is_object() { &mut object } else { &mut plain };
                *next += 1;
                *next - 1
            });
            let places = places.collect();
            let name = if form == Form::Enum { variant.name() } else { composite.plain_name() };
            let names = (0..types.len()).map(|index| variant.field_name(index));
            let fields = types.iter().zip(names).map(|(&ty, name)| FieldLayout { name: name.into(), ty });
            VariantLayout {
                name: name.into(),
                style: variant.style(),
                fields: fields.collect(),
                places,
                objects,
            }
        });
        Self { form, variants: variants.collect() }
    }
}

/// Layouts as steps hold them: they belong to the code.
#[derive(Clone, Copy, Debug)]
pub struct LayoutsOf(*const Layouts);

impl Default for LayoutsOf {
    fn default() -> Self {
        Self::NONE
    }
}

impl LayoutsOf {
    /// None: for code without composite types.
    pub const NONE: Self = Self(&raw const NONE);

    /// Those of a definition.
    #[must_use]
    pub fn new(layouts: Option<&Arc<Layouts>>) -> Self {
        Self(layouts.map_or(&raw const NONE, Arc::as_ptr))
    }

    /// # Safety
    /// The code that the step belongs to is alive, and so is what this gives for as long as it is used.
    pub(crate) unsafe fn of<'l>(self, ty: Ty) -> Typed<'l> {
        // SAFETY: the caller's promise: the unit keeps the layouts of its steps.
        Typed { layouts: unsafe { &*self.0 }, ty }
    }
}

/// A type, and where to find what it is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed<'l> {
    layouts: &'l Layouts,
    pub(crate) ty: Ty,
}

impl<'l> Typed<'l> {
    pub(crate) fn new(layouts: Option<&'l Arc<Layouts>>, ty: Ty) -> Self {
        Self { layouts: layouts.map_or(&NONE, |layouts| layouts), ty }
    }

    pub(crate) fn with(self, ty: Ty) -> Self {
        Self { ty, ..self }
    }

    /// The type of a list's elements.
    pub(crate) fn element(self) -> Option<Self> {
        self.ty.element().map(|ty| self.with(ty))
    }

    /// Whether it is a tuple, struct or enum.
    pub(crate) fn is_composite(self) -> bool {
        self.layouts
            .composite(self.ty)
            .is_some_and(|layout| layout.form != Form::Map && !layout.form.is_tensor())
    }

    /// Whether it is a vector.
    pub(crate) fn is_vector(self) -> bool {
        self.is_of(Form::Vector)
    }

    /// The name of a vector or matrix type.
    pub(crate) fn tensor_name(self) -> Option<&'l Arc<str>> {
        let layout = self.layouts.composite(self.ty).filter(|layout| layout.form.is_tensor())?;
        layout.variants.first().map(|variant| &variant.name)
    }

    pub(crate) fn is_enum(self) -> bool {
        self.is_of(Form::Enum)
    }

    /// The types of a map's keys and values; none of any other.
    #[inline]
    pub(crate) fn map_parts(self) -> Option<(Self, Self)> {
        let layout = self.layouts.composite(self.ty).filter(|layout| layout.form == Form::Map)?;
        let fields = &layout.variants[0].fields;
        Some((self.with(fields[0].ty).element()?, self.with(fields[1].ty).element()?))
    }

    fn is_of(self, form: Form) -> bool {
        self.layouts.composite(self.ty).is_some_and(|layout| layout.form == form)
    }

    /// A map of these keys and values, in order.
    pub(crate) fn map_value(self, keys: Vec<Value>, values: Vec<Value>) -> Value {
        let Some(layout) = self.variant(0) else { return Value::Unit };
        let list = |field: usize, items| Value::List { ty: layout.fields[field].ty, items };
        Value::Map(Box::new([list(0, keys), list(1, values)]))
    }

    /// One variant of a composite type.
    pub(crate) fn variant(self, index: u32) -> Option<&'l VariantLayout> {
        self.layouts.composite(self.ty)?.variants.get(index as usize)
    }

    /// The words of a composite value; `put` makes those of its fields.
    pub(crate) fn place<E>(
        self,
        value: &Value,
        mut put: impl FnMut(&Value, Self) -> Result<u64, E>,
    ) -> Result<Option<Placed>, E> {
        let (variant, values): (u32, Vec<&Value>) = match value {
            Value::Tuple(items) => (0, items.iter().collect()),
            Value::Struct(record) => (0, record.fields.values().collect()),
            Value::Enum(record) => (record.variant, record.fields.values().collect()),
            _ => return Ok(None),
        };
        let Some(layout) = self.variant(variant) else { return Ok(None) };
        let mut words = vec![0; layout.fields.len()];
        for ((field, &place), value) in layout.fields.iter().zip(&layout.places).zip(values) {
            words[usize::from(place)] = put(value, self.with(field.ty))?;
        }
        Ok(Some(Placed { variant, objects: layout.objects, words }))
    }

    /// A composite value from those of its fields, in order.
    pub(crate) fn value(self, variant: u32, values: Vec<Value>) -> Value {
        use nda_graph::{EnumValue, Fields, StructValue};
        let (Some(layout), Some(composite)) = (self.variant(variant), self.layouts.composite(self.ty)) else {
            return Value::Unit;
        };
        let fields = match layout.style {
            _ if composite.form == Form::Tuple => return Value::Tuple(values),
            Style::Unit => Fields::Unit,
            Style::Positional => Fields::Positional(values),
            Style::Named => {
                let names = layout.fields.iter().map(|field| Arc::clone(&field.name));
                Fields::Named(names.zip(values).collect())
            }
        };
        let name = Arc::clone(&layout.name);
        match composite.form {
            Form::Enum => Value::Enum(Box::new(EnumValue { name, variant, fields })),
            _ => Value::Struct(Box::new(StructValue { name, fields })),
        }
    }
}

/// The layouts that code of a unit needs, by definition.
#[derive(Default, Debug)]
pub struct UnitLayouts(HashMap<Hash, Arc<Layouts>>);

impl UnitLayouts {
    /// Those of a definition; none if it has no composite types.
    pub fn of(&mut self, hash: Hash, view: DefinitionRef<'_>) -> Option<Arc<Layouts>> {
        if view.types().is_empty() {
            return None;
        }
        if let Some(known) = self.0.get(&hash) {
            return Some(Arc::clone(known));
        }
        let layouts = Layouts::of(view.types())?;
        self.0.insert(hash, Arc::clone(&layouts));
        Some(layouts)
    }

    /// All of them, for whoever keeps them alive.
    #[must_use]
    pub fn into_all(self) -> Vec<Arc<Layouts>> {
        self.0.into_values().collect()
    }
}

/// One variant of a type of a body.
#[derive(Clone, Debug)]
pub struct VariantOf {
    layouts: Arc<Layouts>,
    ty: Ty,
    variant: u16,
}

impl VariantOf {
    /// Variant `variant` of `ty`, whose layout is among `layouts`.
    #[must_use]
    pub fn new(layouts: &Arc<Layouts>, ty: Ty, variant: u16) -> Self {
        Self { layouts: Arc::clone(layouts), ty, variant }
    }

    fn typed(&self) -> Typed<'_> {
        Typed::new(Some(&self.layouts), self.ty)
    }

    fn layout(&self) -> &VariantLayout {
        self.typed().variant(self.variant.into()).expect("a verified variant is there")
    }

    /// Whether the type has other variants.
    #[must_use]
    pub fn is_enum(&self) -> bool {
        self.typed().is_enum()
    }

    /// By field: where it lies. Belongs to the layouts.
    #[must_use]
    pub fn places(&self) -> &[u16] {
        &self.layout().places
    }

    /// Where a field lies.
    #[must_use]
    pub fn place(&self, index: u32) -> u16 {
        self.places()[index as usize]
    }

    /// The type of a field.
    #[must_use]
    pub fn field(&self, index: u32) -> Ty {
        self.layout().fields[index as usize].ty
    }

    /// How many of the fields are objects; those lie first.
    #[must_use]
    pub fn objects(&self) -> u16 {
        self.layout().objects
    }
}

/// A composite value as words, where they lie.
pub(crate) struct Placed {
    pub(crate) variant: u32,
    pub(crate) objects: u16,
    pub(crate) words: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use nda_graph::Types;
    use nda_graph::types::NewVariant;

    #[test]
    fn objects_lie_first_and_fields_keep_their_order_among_their_kind() {
        let mut types = Types::default();
        let fields = vec![("a", Ty::I64), ("b", Ty::STR), ("c", Ty::BOOL), ("d", Ty::STR)];
        let ty = types.add(Form::Struct, "P<i64>", true, |_| {
            vec![NewVariant { name: "", style: Style::Named, fields }]
        });
        let layouts = Layouts::of(types.view());
        let layout = Typed::new(layouts.as_ref(), ty).variant(0).unwrap();
        assert_eq!((&layout.places[..], layout.objects, &*layout.name), (&[2, 0, 3, 1][..], 2, "P"));
    }
}
