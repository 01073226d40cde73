//! Tuples, structs and enums: how a record object is laid out, and what its fields are called.
//!
//! [`Layouts`] is a definition's table of types in the form that steps work with; the unit owns it, and steps and record
//! objects point into it. A record object holds its fields as words, in the order of its variant, and a pointer to the
//! variant's [`Shape`], so whoever releases, copies, compares or shows one needs no type. A variant without fields is one
//! immortal object, there once for all runs. The values of an enum without payloads are plain words: the variant's number.
#![allow(unsafe_code)]

use crate::object::{Object, ObjectRef, word};
use nda_graph::types::{Form, Style};
use nda_graph::{Ty, TypesRef};
use std::ptr::NonNull;

/// The composite types of one definition.
#[derive(Debug)]
pub struct Layouts {
    composites: Vec<Composite>,
}

#[derive(Debug)]
struct Composite {
    form: Form,
    shapes: Vec<Shape>,
}

/// One variant: what its objects hold.
#[derive(Debug)]
pub struct Shape {
    /// The number of the variant; 0 unless it is an enum's.
    pub(crate) variant: u32,
    /// The struct's or variant's; empty for a tuple.
    pub(crate) name: String,
    /// Empty unless the fields have names.
    pub(crate) field_names: Vec<String>,
    /// Whether it is a map: a list of keys and one of values.
    pub(crate) is_map: bool,
    /// The types of the fields, in the table that this shape belongs to.
    pub(crate) fields: Vec<Typed>,
    /// Which fields are objects.
    pub(crate) objects: Vec<u32>,
    /// The object that every value of this variant is, if it has no fields.
    unit: Object,
}

/// A type with the table that it belongs to; null for one that needs none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed {
    pub(crate) ty: Ty,
    layouts: *const Layouts,
}

impl Typed {
    /// A type that needs no table.
    pub(crate) const fn plain(ty: Ty) -> Self {
        Self { ty, layouts: std::ptr::null() }
    }

    /// A type of a table that outlives whoever uses it.
    pub(crate) const fn of(ty: Ty, layouts: *const Layouts) -> Self {
        Self { ty, layouts }
    }

    /// The element's type of a list.
    pub(crate) fn element(self) -> Option<Typed> {
        self.ty.element().map(|ty| Typed { ty, ..self })
    }

    fn composite(self) -> Option<&'static Composite> {
        let index = self.ty.composite_index()?;
        // SAFETY: a composite type comes with its table, which the code that names it keeps alive.
        let layouts: Option<&'static Layouts> = unsafe { self.layouts.as_ref() };
        layouts.and_then(|layouts| layouts.composites.get(index as usize))
    }

    /// The shape of a variant of this type.
    ///
    /// # Panics
    /// If it has none such.
    pub(crate) fn shape(self, variant: u32) -> &'static Shape {
        let composite = self.composite().expect("verified records have composite types");
        &composite.shapes[variant as usize]
    }

    /// Which kind of composite type it is.
    pub(crate) fn form(self) -> Option<Form> {
        self.composite().map(|composite| composite.form)
    }
}

impl Layouts {
    /// The table of a definition or signature; none if it is empty.
    pub(crate) fn new(types: TypesRef<'_>) -> Option<Box<Self>> {
        if types.is_empty() {
            return None;
        }
        let mut layouts = Box::new(Self { composites: Vec::with_capacity(types.len()) });
        let own: *const Layouts = &raw const *layouts;
        for ty in types.all() {
            let composite = types.composite(ty).expect("its own types are there");
            let mut shapes = Vec::with_capacity(composite.variant_count());
            for (number, variant) in (0..).zip(composite.variants()) {
                let is_enum = composite.form() == Form::Enum;
                let name = if is_enum { variant.name() } else { composite.plain_name() };
                let named = variant.style() == Style::Named;
                let names = (0..variant.field_count()).filter(|_| named);
                let fields: Vec<Typed> = variant.fields().map(|ty| Typed::of(ty, own)).collect();
                let is_object = |at: &u32| fields[*at as usize].ty.is_object();
                shapes.push(Shape {
                    variant: number,
                    name: name.to_owned(),
                    is_map: composite.form() == Form::Map,
                    field_names: names.map(|index| variant.field_name(index).to_owned()).collect(),
                    objects: (0..fields.len() as u32).filter(is_object).collect(),
                    fields,
                    unit: Object::of_nothing(),
                });
            }
            // Objects point to the shapes, which stay where they are from here on.
            for shape in &mut shapes {
                let own: *const Shape = &raw const *shape;
                shape.unit.become_unit(own);
            }
            layouts.composites.push(Composite { form: composite.form(), shapes });
        }
        Some(layouts)
    }
}

impl Shape {
    /// The word of a value without fields.
    pub(crate) fn unit_word(&self) -> u64 {
        word(NonNull::from(&self.unit))
    }
}

/// The number of the variant that a record is of.
///
/// # Safety
/// The object is a record that is alive.
#[inline(always)]
pub(crate) unsafe fn variant_of(object: ObjectRef) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { object.as_ref().shape().variant }
}
