//! The values of a run. Text, lists and records are objects with owners; the last owner to go gives the memory back.

use crate::builtin::deep;
use crate::meter::{Fault, Memory};
use nda_graph::run::{cost, size};
use nda_graph::types::{Composite, Form, Style};
use nda_graph::{Fields, Hash, MAX_VALUE_DEPTH, Ty, TypesRef, Value, WeightsValue};
use nda_tensor::Loaded;
use std::rc::Rc;
use std::sync::Arc;

/// A value of a run. Cloning one adds an owner to its object.
#[derive(Clone)]
pub(crate) enum Val {
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<Text>),
    List(Rc<List>),
    Data(Rc<Data>),
    Map(Rc<Map>),
    Vector(Rc<Vector>),
    Weights(Weights),
}

/// A matrix of the store.
#[derive(Clone)]
pub(crate) struct Weights {
    pub(crate) loaded: Arc<Loaded>,
    /// Its type as it is written.
    pub(crate) ty: Arc<str>,
}

impl Weights {
    pub(crate) fn hash(&self) -> Hash {
        Hash(self.loaded.hash().0)
    }
}

/// A vector.
pub(crate) struct Vector {
    pub(crate) elements: Vec<f32>,
    hold: Hold,
}

/// A map: its keys, ascending, and the value under each.
pub(crate) struct Map {
    pub(crate) keys: Vec<Val>,
    pub(crate) values: Vec<Val>,
    hold: Hold,
}

/// A tuple, a struct or a value of an enum.
pub(crate) struct Data {
    pub(crate) shape: Rc<Shape>,
    /// 0 unless it is an enum's.
    pub(crate) variant: u32,
    pub(crate) fields: Vec<Val>,
    hold: Hold,
}

/// How a record is shown.
pub(crate) struct Shape {
    /// The struct's or variant's; empty for a tuple.
    pub(crate) name: String,
    /// Empty unless the fields have names.
    pub(crate) field_names: Vec<String>,
}

impl Shape {
    pub(crate) fn of(composite: Composite<'_>, variant: u32) -> Rc<Self> {
        let shape = composite.variant(variant as usize);
        let name = if composite.form() == Form::Enum { shape.name() } else { composite.plain_name() };
        let named = shape.style() == Style::Named;
        let count = if named { shape.field_count() } else { 0 };
        let field_names = (0..count).map(|index| shape.field_name(index).to_owned()).collect();
        Rc::new(Shape { name: name.to_owned(), field_names })
    }
}

pub(crate) struct Text {
    pub(crate) text: String,
    capacity: u64,
    hold: Hold,
}

pub(crate) struct List {
    pub(crate) items: Vec<Val>,
    /// What one of them takes, by the price list.
    pub(crate) element_bytes: u64,
    capacity: u64,
    hold: Hold,
}

/// An object's share of the run's memory. Literals and constants belong to the program and have none.
struct Hold(Option<(Rc<Memory>, u64)>);

impl Hold {
    /// Charges the bytes that are missing for `bytes`.
    fn grow(&mut self, bytes: u64) -> Result<(), Fault> {
        let (memory, held) =
            self.0.as_mut().expect("what belongs to the program is copied before it changes");
        memory.charge(bytes - *held)?;
        *held = bytes;
        Ok(())
    }

    /// Gives back what is held beyond `bytes`.
    fn shrink(&mut self, bytes: u64) {
        let (memory, held) =
            self.0.as_mut().expect("what belongs to the program is copied before it changes");
        memory.release(*held - bytes);
        *held = bytes;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some((memory, bytes)) = &self.0 {
            memory.release(*bytes);
        }
    }
}

/// An object that can change in place if it has one owner.
pub(crate) trait Object {
    fn is_of_program(&self) -> bool;
}

impl Object for Text {
    fn is_of_program(&self) -> bool {
        self.hold.0.is_none()
    }
}

impl Object for Vector {
    fn is_of_program(&self) -> bool {
        self.hold.0.is_none()
    }
}

impl Vector {
    /// A new vector of `len` elements; memory is charged before they are made.
    pub(crate) fn new(
        memory: &Rc<Memory>,
        len: usize,
        make: impl FnOnce() -> Vec<f32>,
    ) -> Result<Self, Fault> {
        let bytes = size::vector(len as u64);
        memory.charge(bytes)?;
        Ok(Self { elements: make(), hold: Hold(Some((Rc::clone(memory), bytes))) })
    }

    pub(crate) fn of_program(elements: &[f32]) -> Self {
        Self { elements: elements.to_vec(), hold: Hold(None) }
    }
}

impl Object for Data {
    fn is_of_program(&self) -> bool {
        self.hold.0.is_none()
    }
}

impl Object for Map {
    fn is_of_program(&self) -> bool {
        self.hold.0.is_none()
    }
}

impl Object for List {
    fn is_of_program(&self) -> bool {
        self.hold.0.is_none()
    }
}

/// The object itself, if its one owner is this one and it does not belong to the program.
pub(crate) fn unique<T: Object>(object: &mut Rc<T>) -> Option<&mut T> {
    if object.is_of_program() { None } else { Rc::get_mut(object) }
}

impl Text {
    /// A new text of exact capacity: memory is charged before the work is done.
    pub(crate) fn join(memory: &Rc<Memory>, left: &str, right: &str) -> Result<Self, Fault> {
        let capacity = left.len() as u64 + right.len() as u64;
        memory.charge(size::text(capacity))?;
        let hold = Hold(Some((Rc::clone(memory), size::text(capacity))));
        Ok(Self { text: [left, right].concat(), capacity, hold })
    }

    /// A text of `len` bytes that stays as it is: memory is charged before the work is done. One of no or one byte is
    /// the program's.
    pub(crate) fn new(memory: &Rc<Memory>, len: u64, make: impl FnOnce() -> String) -> Result<Self, Fault> {
        if len < 2 {
            return Ok(Self::of_program(&make()));
        }
        memory.charge(size::text(len))?;
        let hold = Hold(Some((Rc::clone(memory), size::text(len))));
        Ok(Self { text: make(), capacity: len, hold })
    }

    pub(crate) fn of_program(text: &str) -> Self {
        Self { text: text.to_owned(), capacity: text.len() as u64, hold: Hold(None) }
    }

    /// Makes room for a text of `len` bytes.
    pub(crate) fn reserve(&mut self, len: u64) -> Result<(), Fault> {
        if self.capacity < len {
            let capacity = size::grown_text(self.capacity, len);
            self.hold.grow(size::text(capacity))?;
            self.capacity = capacity;
        }
        Ok(())
    }
}

impl List {
    /// A new list of `capacity`, still empty: memory is charged before the work is done.
    pub(crate) fn new(memory: &Rc<Memory>, element_bytes: u64, capacity: u64) -> Result<Self, Fault> {
        let bytes = size::list(element_bytes, capacity);
        memory.charge(bytes)?;
        let hold = Hold(Some((Rc::clone(memory), bytes)));
        Ok(Self { items: Vec::with_capacity(capacity as usize), element_bytes, capacity, hold })
    }

    /// Makes room for one more element.
    pub(crate) fn reserve_one(&mut self) -> Result<(), Fault> {
        if self.items.len() as u64 == self.capacity {
            self.grow(size::grown_list(self.capacity))?;
        }
        Ok(())
    }

    /// Makes room for a list of `len` elements.
    pub(crate) fn reserve(&mut self, len: u64) -> Result<(), Fault> {
        if self.capacity < len {
            self.grow(size::extended_list(self.capacity, len))?;
        }
        Ok(())
    }

    fn grow(&mut self, capacity: u64) -> Result<(), Fault> {
        self.hold.grow(size::list(self.element_bytes, capacity))?;
        self.capacity = capacity;
        Ok(())
    }
}

impl Data {
    /// A new record; memory is charged first.
    pub(crate) fn new(
        memory: &Rc<Memory>,
        shape: Rc<Shape>,
        variant: u32,
        fields: Vec<Val>,
    ) -> Result<Self, Fault> {
        let bytes = size::record(fields.len() as u64);
        memory.charge(bytes)?;
        Ok(Self { shape, variant, fields, hold: Hold(Some((Rc::clone(memory), bytes))) })
    }

    /// Another one with the same fields.
    pub(crate) fn copy(&self, memory: &Rc<Memory>) -> Result<Self, Fault> {
        Self::new(memory, Rc::clone(&self.shape), self.variant, self.fields.clone())
    }
}

impl Map {
    /// A map of these entries; memory is charged first.
    pub(crate) fn new(memory: &Rc<Memory>, keys: Vec<Val>, values: Vec<Val>) -> Result<Self, Fault> {
        let bytes = size::map(keys.len() as u64);
        memory.charge(bytes)?;
        Ok(Self { keys, values, hold: Hold(Some((Rc::clone(memory), bytes))) })
    }

    /// Adds an entry; memory is charged first.
    pub(crate) fn add(&mut self, at: usize, key: Val, value: Val) -> Result<(), Fault> {
        self.hold.grow(size::map(self.keys.len() as u64 + 1))?;
        self.keys.insert(at, key);
        self.values.insert(at, value);
        Ok(())
    }

    /// Takes an entry out, and gives its value.
    pub(crate) fn take_out(&mut self, at: usize) -> Val {
        self.keys.remove(at);
        self.hold.shrink(size::map(self.keys.len() as u64));
        self.values.remove(at)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        release_all(std::mem::take(&mut self.keys));
        release_all(std::mem::take(&mut self.values));
    }
}

/// Records can be nested as deeply as memory allows, so they are taken apart without recursion.
impl Drop for Data {
    fn drop(&mut self) {
        release_all(std::mem::take(&mut self.fields));
    }
}

impl Drop for List {
    fn drop(&mut self) {
        release_all(std::mem::take(&mut self.items));
    }
}

fn release_all(mut waiting: Vec<Val>) {
    while let Some(value) = waiting.pop() {
        match value {
            Val::Data(data) => {
                if let Some(mut data) = Rc::into_inner(data) {
                    waiting.append(&mut data.fields);
                }
            }
            Val::List(list) => {
                if let Some(mut list) = Rc::into_inner(list) {
                    waiting.append(&mut list.items);
                }
            }
            Val::Map(map) => {
                if let Some(mut map) = Rc::into_inner(map) {
                    waiting.append(&mut map.keys);
                    waiting.append(&mut map.values);
                }
            }
            _ => {}
        }
    }
}

// The verifier has proved the type of every operand, so a value of another type is a bug of ours.
impl Val {
    pub(crate) fn bool(&self) -> bool {
        let Val::Bool(value) = self else { panic!("a verified operand is a bool") };
        *value
    }

    pub(crate) fn int(&self) -> i64 {
        let Val::Int(value) = self else { panic!("a verified operand is an i64") };
        *value
    }

    pub(crate) fn float(&self) -> f64 {
        let Val::Float(value) = self else { panic!("a verified operand is an f64") };
        *value
    }

    pub(crate) fn text(&self) -> &str {
        let Val::Text(text) = self else { panic!("a verified operand is a text") };
        &text.text
    }

    pub(crate) fn list(&self) -> &List {
        let Val::List(list) = self else { panic!("a verified operand is a list") };
        list
    }

    pub(crate) fn items(&self) -> &[Val] {
        &self.list().items
    }

    pub(crate) fn data(&self) -> &Data {
        let Val::Data(data) = self else { panic!("a verified operand is a record") };
        data
    }

    pub(crate) fn vector(&self) -> &[f32] {
        let Val::Vector(vector) = self else { panic!("a verified operand is a vector") };
        &vector.elements
    }

    pub(crate) fn weights(&self) -> &Weights {
        let Val::Weights(weights) = self else { panic!("a verified operand is a matrix") };
        weights
    }

    pub(crate) fn map(&self) -> &Map {
        let Val::Map(map) = self else { panic!("a verified operand is a map") };
        map
    }

    pub(crate) fn map_mut(&mut self) -> &mut Rc<Map> {
        let Val::Map(map) = self else { panic!("a verified place holds a map") };
        map
    }

    pub(crate) fn list_mut(&mut self) -> &mut Rc<List> {
        let Val::List(list) = self else { panic!("a verified place holds a list") };
        list
    }
}

/// What one element of a list of type `list` takes.
pub(crate) fn element_bytes(list: Ty) -> u64 {
    size::element(list.element().expect("a list has a list type"))
}

/// A value that comes from outside, as objects of the run. The caller has charged [`footprint`] for it.
pub(crate) fn import(memory: &Rc<Memory>, value: &Value) -> Val {
    let hold = |bytes| Hold(Some((Rc::clone(memory), bytes)));
    let none = |weights: &WeightsValue| panic!("{:?} comes from outside of a run", weights.hash);
    bring_in(value, &hold, &none).expect("what has no weights is brought in")
}

/// A constant: its objects belong to the program.
pub(crate) fn constant(
    value: &Value,
    weights: &dyn Fn(&WeightsValue) -> Result<Val, Fault>,
) -> Result<Val, Fault> {
    bring_in(value, &|_| Hold(None), weights)
}

fn bring_in(
    value: &Value,
    hold: &dyn Fn(u64) -> Hold,
    weights: &dyn Fn(&WeightsValue) -> Result<Val, Fault>,
) -> Result<Val, Fault> {
    let record = |name: &str, variant: u32, fields: &Fields| {
        let field_names = match fields {
            Fields::Named(named) => named.iter().map(|(name, _)| name.to_string()).collect(),
            _ => Vec::new(),
        };
        let shape = Rc::new(Shape { name: name.to_owned(), field_names });
        let fields = fields.values().map(|value| bring_in(value, hold, weights));
        let fields: Vec<Val> = fields.collect::<Result<_, Fault>>()?;
        let hold = hold(size::record(fields.len() as u64));
        Ok(Val::Data(Rc::new(Data { shape, variant, fields, hold })))
    };
    Ok(match value {
        Value::Unit => Val::Unit,
        Value::Bool(value) => Val::Bool(*value),
        Value::Int(value) => Val::Int(*value),
        Value::Float(value) => Val::Float(*value),
        Value::Str(text) => {
            let capacity = text.len() as u64;
            Val::Text(Rc::new(Text { text: text.clone(), capacity, hold: hold(size::text(capacity)) }))
        }
        Value::List { ty, items } => {
            let items: Vec<Val> =
                items.iter().map(|item| bring_in(item, hold, weights)).collect::<Result<_, Fault>>()?;
            let (element_bytes, capacity) = (element_bytes(*ty), items.len() as u64);
            let hold = hold(size::list(element_bytes, capacity));
            Val::List(Rc::new(List { items, element_bytes, capacity, hold }))
        }
        Value::Tuple(items) => return record("", 0, &Fields::Positional(items.clone())),
        Value::Map(lists) => {
            let part = |part: usize| {
                let items = lists[part].items().iter();
                items.map(|item| bring_in(item, hold, weights)).collect::<Result<Vec<Val>, Fault>>()
            };
            let (keys, values) = (part(0)?, part(1)?);
            let hold = hold(size::map(lists[0].items().len() as u64));
            Val::Map(Rc::new(Map { keys, values, hold }))
        }
        Value::Struct(data) => return record(&data.name, 0, &data.fields),
        Value::Enum(data) => return record(&data.name, data.variant, &data.fields),
        Value::Vector(elements) => {
            let hold = hold(size::vector(elements.len() as u64));
            Val::Vector(Rc::new(Vector { elements: elements.to_vec(), hold }))
        }
        Value::Weights(named) => weights(named)?,
    })
}

/// The parts of a value.
fn parts(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::List { items, .. } | Value::Tuple(items) => Box::new(items.iter()),
        Value::Map(lists) => Box::new(lists.iter().flat_map(Value::items)),
        Value::Struct(data) => Box::new(data.fields.values()),
        Value::Enum(data) => Box::new(data.fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The bytes that a value from outside will hold.
pub(crate) fn footprint(value: &Value) -> u64 {
    let own = match value {
        Value::Str(text) => size::text(text.len() as u64),
        Value::List { ty, items } => size::list(element_bytes(*ty), items.len() as u64),
        Value::Vector(elements) => size::vector(elements.len() as u64),
        Value::Map(lists) => size::map(lists[0].items().len() as u64),
        _ => size::record(parts(value).count() as u64),
    };
    own + parts(value).map(footprint).sum::<u64>()
}

/// The fuel for carrying a value over the border, in either direction.
pub(crate) fn copy_cost(value: &Value) -> u64 {
    let own = match value {
        Value::Str(text) => cost::bytes(text.len() as u64),
        Value::Vector(elements) => cost::elements(elements.len() as u64),
        _ => cost::elements(parts(value).count() as u64),
    };
    own + parts(value).map(copy_cost).sum::<u64>()
}

/// Takes the bytes of `value` outside the run, shared parts counted each time they occur, from `left`; `None` if that
/// is not enough, or if it is nested too deeply. It stops there, so that a small object with an enormous expansion is no
/// work.
pub(crate) fn take_expansion(value: &Val, left: u64) -> Option<u64> {
    expand(value, left, 0)
}

fn expand(value: &Val, left: u64, depth: u32) -> Option<u64> {
    if depth > MAX_VALUE_DEPTH {
        return None;
    }
    if let Val::Map(map) = value {
        let left = left.checked_sub(size::map(map.keys.len() as u64))?;
        // Outside, a map is two lists.
        let mut parts = map.keys.iter().chain(&map.values);
        return parts.try_fold(left, |left, part| deep(|| expand(part, left, depth + 2)));
    }
    let (bytes, parts) = match value {
        Val::Text(text) => (size::text(text.text.len() as u64), &[][..]),
        Val::List(list) => (size::list(list.element_bytes, list.items.len() as u64), &list.items[..]),
        Val::Data(data) => (size::record(data.fields.len() as u64), &data.fields[..]),
        Val::Vector(vector) => (size::vector(vector.elements.len() as u64), &[][..]),
        _ => (0, &[][..]),
    };
    let left = left.checked_sub(bytes)?;
    parts.iter().try_fold(left, |left, part| deep(|| expand(part, left, depth + 1)))
}

/// A value of type `ty` of a table, as the outside sees it.
pub(crate) fn export(value: &Val, types: TypesRef<'_>, ty: Ty) -> Value {
    match value {
        Val::Unit => Value::Unit,
        Val::Bool(value) => Value::Bool(*value),
        Val::Int(value) => Value::Int(*value),
        Val::Float(value) => Value::Float(*value),
        Val::Text(text) => Value::Str(text.text.clone()),
        Val::List(list) => {
            let element = ty.element().expect("a list has a list type");
            Value::List {
                ty,
                items: list.items.iter().map(|item| deep(|| export(item, types, element))).collect(),
            }
        }
        Val::Vector(vector) => Value::Vector(vector.elements.as_slice().into()),
        Val::Weights(weights) => {
            Value::Weights(WeightsValue { hash: weights.hash(), ty: Arc::clone(&weights.ty) })
        }
        Val::Map(map) => {
            let composite = types.composite(ty).expect("a map has a composite type");
            let lists = composite.variant(0).fields().zip([&map.keys, &map.values]).map(|(ty, items)| {
                let element = ty.element().expect("a map has two lists");
                let items = items.iter().map(|item| deep(|| export(item, types, element))).collect();
                Value::List { ty, items }
            });
            Value::composite(composite, 0, lists.collect())
        }
        Val::Data(data) => {
            let composite = types.composite(ty).expect("a record has a composite type");
            let types_of = composite.variant(data.variant as usize).fields();
            let fields =
                data.fields.iter().zip(types_of).map(|(field, ty)| deep(|| export(field, types, ty)));
            Value::composite(composite, data.variant, fields.collect())
        }
    }
}
