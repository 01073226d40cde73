//! What one run works on: fuel, depth, heap, output, and how it ended.

use crate::fault::Cause;
use crate::number::float_order;
use crate::object::{Heap, Holds, Object, ObjectRef, record_parts, reference};
use crate::record::{Shape, Typed};
use nda_graph::run::cost;
use nda_graph::types::Form;
use nda_graph::{EnumValue, Fields, Limits, MAX_VALUE_DEPTH, StructValue, Ty, Value};
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::atomic::{self, AtomicBool};
use std::time::Instant;

/// Fuel is handed to the steps in slices of this size; between slices the clock and the cancel flag are looked at.
const SLICE: u64 = 16_384;

/// The functions the host offers, as a run calls them.
pub trait Hosts {
    /// Calls the host function of this name.
    ///
    /// # Errors
    /// What the host says went wrong.
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String>;
}

/// What stops a run from outside.
#[derive(Clone, Copy, Default, Debug)]
pub struct Control<'a> {
    /// Set by another thread to stop the run.
    pub cancel: Option<&'a AtomicBool>,
    /// When the run is over time.
    pub deadline: Option<Instant>,
}

/// The state of a run. It borrows whatever outlives the run: the host, the controls.
///
/// The frames are apart from it, because steps carry a pointer to theirs in a register.
pub struct JitState<'a> {
    /// What is left of the slice at hand.
    pub(crate) fuel: u64,
    /// Calls that have not returned.
    pub(crate) depth: u32,
    /// The deepest so far; passing it is the slow path, which looks at the limit.
    pub(crate) depth_reached: u32,
    /// Fuel beyond the slice at hand.
    reserve: u64,
    limits: Limits,
    /// The objects.
    pub heap: Heap,
    /// The lines printed.
    pub output: String,
    /// Words for a trap whose kind alone does not say enough.
    pub message: Option<String>,
    pub(crate) exit: Option<Exit>,
    /// What work gives that machine code called.
    pub(crate) result: u64,
    /// How work went that machine code left to a slow path.
    pub(crate) status: u8,
    /// Why machine code stopped, and the way there, the innermost frame first.
    pub(crate) stopped: Option<Cause>,
    pub(crate) frames: Vec<nda_graph::Frame>,
    /// A panic that waits for machine code to end.
    pub(crate) panic: Option<Box<dyn std::any::Any + Send>>,
    /// The frame of the next step, where steps go on by way of a loop.
    pub(crate) frame: crate::step::Fp,
    control: Control<'a>,
    pub(crate) hosts: &'a mut dyn Hosts,
}

/// Where and why the steps stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exit {
    pub(crate) fault: crate::fault::Fault,
    pub(crate) ip: *const u64,
    pub(crate) fp: *mut u64,
}

impl<'a> JitState<'a> {
    /// The state at the start of a run; `heap` and `output` may bring memory of earlier runs along.
    pub fn new(
        limits: Limits,
        control: Control<'a>,
        hosts: &'a mut dyn Hosts,
        mut heap: Heap,
        mut output: String,
    ) -> Self {
        heap.reset(limits.memory_bytes);
        output.clear();
        let fuel = limits.fuel.min(SLICE);
        Self {
            fuel,
            depth: 0,
            depth_reached: 0,
            reserve: limits.fuel - fuel,
            limits,
            heap,
            output,
            message: None,
            exit: None,
            result: 0,
            status: 0,
            stopped: None,
            frames: Vec::new(),
            panic: None,
            frame: std::ptr::null_mut(),
            control,
            hosts,
        }
    }

    /// Units used so far.
    #[must_use]
    pub fn fuel_used(&self) -> u64 {
        self.limits.fuel - self.reserve - self.fuel
    }

    /// The deepest nesting of calls so far.
    #[must_use]
    pub fn depth_reached(&self) -> u32 {
        self.depth_reached
    }

    /// The limits of this run.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The slice at hand is used up.
    pub(crate) fn next_slice(&mut self) -> Result<(), Cause> {
        if self.reserve == 0 {
            return Err(Cause::Fuel);
        }
        self.poll()?;
        let slice = self.reserve.min(SLICE);
        self.reserve -= slice;
        self.fuel += slice;
        Ok(())
    }

    /// Looks at the cancel flag and the clock.
    pub(crate) fn poll(&self) -> Result<(), Cause> {
        if self.control.cancel.is_some_and(|flag| flag.load(atomic::Ordering::Relaxed)) {
            return Err(Cause::Cancelled);
        }
        if self.control.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(Cause::Deadline);
        }
        Ok(())
    }

    /// Units for work that grows with its data.
    pub(crate) fn charge(&mut self, units: u64) -> Result<(), Cause> {
        if units > self.fuel {
            if units - self.fuel > self.reserve {
                return Err(Cause::Fuel);
            }
            self.poll()?;
            self.reserve -= units - self.fuel;
            self.fuel = units;
        }
        self.fuel -= units;
        Ok(())
    }

    pub(crate) fn fuel_left(&self) -> u64 {
        self.fuel + self.reserve
    }

    /// A trap with words of its own.
    #[cold]
    #[inline(never)]
    pub(crate) fn explain(&mut self, cause: Cause, message: String) -> Cause {
        self.message = Some(message);
        cause
    }

    /// Prints a value as a line.
    pub(crate) fn print(&mut self, typed: Typed, word: u64) -> Result<(), Cause> {
        let fuel_bound = self.fuel_left().saturating_mul(64);
        let output_bound = self.limits.output_bytes - self.output.len() as u64;
        let bound = fuel_bound.min(output_bound);
        let start = self.output.len();
        let end = start.saturating_add(usize::try_from(bound).unwrap_or(usize::MAX));
        let mut writer = Bounded { out: &mut self.output, end };
        let written = match reference(word) {
            Some(text) if typed.ty == Ty::STR => {
                // SAFETY: a `str` slot holds a text that is alive.
                #[allow(unsafe_code)]
                writer.write_str(unsafe { text.as_ref() }.text())
            }
            _ => write_value(&mut writer, typed, word),
        };
        if written.is_err() || writer.write_char('\n').is_err() {
            self.output.truncate(start);
            return Err(if fuel_bound <= output_bound { Cause::Fuel } else { Cause::Output });
        }
        let charged = self.charge(cost::bytes((self.output.len() - start) as u64));
        if charged.is_err() {
            self.output.truncate(start);
        }
        charged
    }

    /// Whether two values are equal; reading them costs fuel.
    pub(crate) fn equal(&mut self, ty: Ty, a: u64, b: u64) -> Result<bool, Cause> {
        if ty == Ty::F64 {
            return Ok(f64::from_bits(a) == f64::from_bits(b));
        }
        if !ty.is_object() {
            return Ok(a == b);
        }
        let (a, b) = (object(a), object(b));
        if a.holds() == Holds::Record {
            return deep(|| self.equal_records(a, b));
        }
        if a.len != b.len {
            return Ok(false);
        }
        let Some(element) = ty.element() else {
            self.charge(cost::bytes(a.len as u64))?;
            return Ok(a.text() == b.text());
        };
        self.charge(cost::elements(a.len as u64))?;
        if element == Ty::BOOL {
            return Ok(a.cells::<bool>() == b.cells::<bool>());
        }
        for (&a, &b) in a.words().iter().zip(b.words()) {
            if !self.equal(element, a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_records(&mut self, a: &Object, b: &Object) -> Result<bool, Cause> {
        let shape = a.shape();
        if shape.variant != b.shape().variant {
            return Ok(false);
        }
        self.charge(cost::elements(a.len as u64))?;
        for (typed, (&a, &b)) in shape.fields.iter().zip(a.fields().iter().zip(b.fields())) {
            if !self.equal(typed.ty, a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How two values of an ordered type compare, if they do; reading them costs fuel.
    pub(crate) fn order(&mut self, ty: Ty, a: u64, b: u64) -> Result<Option<Ordering>, Cause> {
        match ty {
            Ty::STR => return self.compare_text(a, b).map(Some),
            Ty::F64 => return Ok(f64::from_bits(a).partial_cmp(&f64::from_bits(b))),
            _ if !ty.is_object() => return Ok(Some((a as i64).cmp(&(b as i64)))),
            _ => {}
        }
        let (a, b) = (object(a), object(b));
        let shape = a.shape();
        let variants = shape.variant.cmp(&b.shape().variant);
        if variants.is_ne() {
            return Ok(Some(variants));
        }
        self.charge(cost::elements(a.len as u64))?;
        for (typed, (&a, &b)) in shape.fields.iter().zip(a.fields().iter().zip(b.fields())) {
            let order = deep(|| self.order(typed.ty, a, b))?;
            if order.is_none_or(Ordering::is_ne) {
                return Ok(order);
            }
        }
        Ok(Some(Ordering::Equal))
    }

    /// How two texts compare; reading them costs fuel.
    pub(crate) fn compare_text(&mut self, a: u64, b: u64) -> Result<std::cmp::Ordering, Cause> {
        let (a, b) = (object(a), object(b));
        self.charge(cost::bytes(a.len.min(b.len) as u64))?;
        Ok(a.text().cmp(b.text()))
    }

    /// Makes the object in `place` one that its holder owns alone, copying it if need be.
    pub(crate) fn make_unique(&mut self, place: &mut u64) -> Result<ObjectRef, Cause> {
        let shared = reference(*place).expect("a place that changes holds an object");
        // SAFETY: the place holds it, so it is alive.
        #[allow(unsafe_code)]
        let header = unsafe { shared.as_ref() };
        if header.is_unique() {
            return Ok(shared);
        }
        self.charge(cost::elements(header.len as u64))?;
        let copy = match header.holds() {
            Holds::Record => self.heap.copy_record(header)?,
            _ => self.heap.list_of(header, 0..header.len)?,
        };
        self.heap.release(shared);
        *place = crate::object::word(copy);
        Ok(copy)
    }

    /// Hands a value out, unless a copy of it would not fit the memory limit (shared parts count as often as they
    /// occur), or it is nested too deeply.
    pub(crate) fn export(&self, typed: Typed, word: u64) -> Result<Value, Cause> {
        let mut left = self.limits.memory_bytes;
        measure(typed.ty, word, &mut left, 0)?;
        Ok(export(typed, word))
    }
}

/// The order of `sort`: total on floats too, where NaNs stand last and are all alike.
pub(crate) fn total_order(ty: Ty, a: u64, b: u64) -> Ordering {
    match ty {
        Ty::STR => object(a).text().cmp(object(b).text()),
        Ty::F64 => float_order(a).cmp(&float_order(b)),
        _ if !ty.is_object() => (a as i64).cmp(&(b as i64)),
        _ => deep(|| {
            let (a, b) = (object(a), object(b));
            let shape = a.shape();
            let parts = shape.fields.iter().zip(a.fields().iter().zip(b.fields()));
            let mut parts = parts.map(|(typed, (&a, &b))| total_order(typed.ty, a, b));
            let variants = shape.variant.cmp(&b.shape().variant);
            variants.then_with(|| parts.find(|order| order.is_ne()).unwrap_or(Ordering::Equal))
        }),
    }
}

/// The bytes that comparing an object may have to look at, beside its own word.
pub(crate) fn held_bytes(word: u64) -> u64 {
    let mut bytes = 0;
    let mut waiting = vec![word];
    while let Some(word) = waiting.pop() {
        let object = object(word);
        match object.holds() {
            Holds::Bytes => bytes += object.len as u64,
            Holds::Record => {
                bytes += 8 * object.len as u64;
                let objects = object.shape().objects.iter();
                waiting.extend(objects.map(|&at| object.fields()[at as usize]));
            }
            _ => {}
        }
    }
    bytes
}

/// What importing or exporting a value costs.
pub(crate) fn copy_cost(value: &Value) -> u64 {
    match value {
        Value::Str(text) => cost::bytes(text.len() as u64),
        Value::List { items, .. } => {
            items.iter().map(copy_cost).fold(cost::elements(items.len() as u64), u64::saturating_add)
        }
        _ => {
            let (_, parts) = record_parts(value);
            let own = cost::elements(parts.len() as u64);
            parts.into_iter().map(copy_cost).fold(own, u64::saturating_add)
        }
    }
}

/// What exporting a value costs, found without expanding shared parts further than `left` allows.
pub(crate) fn export_cost(ty: Ty, word: u64, left: u64) -> Result<u64, Cause> {
    if !ty.is_object() {
        return Ok(0);
    }
    let object = object(word);
    if object.holds() == Holds::Bytes {
        return Ok(cost::bytes(object.len as u64));
    }
    let mut total = cost::elements(object.len as u64);
    for (ty, word) in object_parts(ty, object) {
        if total > left {
            return Err(Cause::Fuel);
        }
        total = total.saturating_add(deep(|| export_cost(ty, word, left - total))?);
    }
    if total > left { Err(Cause::Fuel) } else { Ok(total) }
}

/// The objects that an object of a type holds, with their types.
fn object_parts(ty: Ty, object: &Object) -> Box<dyn Iterator<Item = (Ty, u64)> + '_> {
    match object.holds() {
        Holds::Record => {
            let shape = object.shape();
            let at = |&at: &u32| (shape.fields[at as usize].ty, object.fields()[at as usize]);
            Box::new(shape.objects.iter().map(at))
        }
        Holds::Objects => {
            let element = ty.element().expect("a list has a list type");
            Box::new(object.words().iter().map(move |&word| (element, word)))
        }
        _ => Box::new(std::iter::empty()),
    }
}

/// Records can be nested as deeply as memory allows: whoever works on one by recursion goes on through here.
fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 << 10, 1 << 20, work)
}

fn object<'o>(word: u64) -> &'o crate::object::Object {
    let object = reference(word).expect("an object that is read is alive");
    // SAFETY: the caller's operand holds it while the built-in runs.
    #[allow(unsafe_code)]
    unsafe {
        object.as_ref()
    }
}

fn measure(ty: Ty, word: u64, left: &mut u64, depth: u32) -> Result<(), Cause> {
    // Plain parts count as levels too, as the evaluator has it.
    if depth > MAX_VALUE_DEPTH {
        return Err(Cause::Memory);
    }
    if !ty.is_object() {
        return Ok(());
    }
    let object = object(word);
    let own = object.holds().charged(object.len);
    *left = left.checked_sub(own).ok_or(Cause::Memory)?;
    if depth == MAX_VALUE_DEPTH && object.len > 0 && object.holds() != Holds::Bytes {
        return Err(Cause::Memory);
    }
    for (ty, word) in object_parts(ty, object) {
        measure(ty, word, left, depth + 1)?;
    }
    Ok(())
}

fn export(typed: Typed, word: u64) -> Value {
    match typed.ty {
        Ty::BOOL => Value::Bool(word != 0),
        Ty::I64 => Value::Int(word as i64),
        Ty::F64 => Value::Float(f64::from_bits(word)),
        Ty::STR => Value::Str(object(word).text().to_owned()),
        Ty::UNIT => Value::Unit,
        ty => match typed.element() {
            Some(element) => {
                let items = object(word).elements().map(|word| export(element, word)).collect();
                Value::List { ty, items }
            }
            None => export_record(typed, word),
        },
    }
}

fn export_record(typed: Typed, word: u64) -> Value {
    let (shape, words): (&Shape, &[u64]) = if typed.ty.is_object() {
        let object = object(word);
        (object.shape(), object.fields())
    } else {
        (typed.shape(word as u32), &[])
    };
    let values: Vec<Value> =
        shape.fields.iter().zip(words).map(|(&typed, &word)| export(typed, word)).collect();
    let fields = if values.is_empty() && shape.field_names.is_empty() {
        Fields::Unit
    } else if shape.field_names.is_empty() {
        Fields::Positional(values)
    } else {
        let names = shape.field_names.iter().map(|name| name.as_str().into());
        Fields::Named(names.zip(values).collect())
    };
    let name = shape.name.as_str().into();
    match (typed.form(), fields) {
        (Some(Form::Struct), fields) => Value::Struct(Box::new(StructValue { name, fields })),
        (Some(Form::Enum), fields) => {
            Value::Enum(Box::new(EnumValue { name, variant: shape.variant, fields }))
        }
        (Some(Form::Map), Fields::Positional(items)) if items.len() == 2 => {
            let mut items = items.into_iter();
            let mut next = || items.next().unwrap_or(Value::Unit);
            Value::Map(Box::new([next(), next()]))
        }
        (_, Fields::Positional(items)) => Value::Tuple(items),
        _ => Value::Unit,
    }
}

/// Text that stops growing at a bound.
struct Bounded<'a> {
    out: &'a mut String,
    end: usize,
}

impl std::fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if text.len() > self.end.saturating_sub(self.out.len()) {
            return Err(std::fmt::Error);
        }
        self.out.push_str(text);
        Ok(())
    }
}

/// The language's text of a value.
pub(crate) fn write_value(out: &mut dyn std::fmt::Write, typed: Typed, word: u64) -> std::fmt::Result {
    match typed.ty {
        Ty::BOOL => write!(out, "{}", word != 0),
        Ty::I64 => write!(out, "{}", word as i64),
        Ty::F64 => write!(out, "{:?}", f64::from_bits(word)),
        Ty::STR => write!(out, "{:?}", object(word).text()),
        Ty::UNIT => out.write_str("()"),
        ty => match typed.element() {
            None if ty.is_object() => write_record(out, object(word)),
            None => out.write_str(&typed.shape(word as u32).name),
            Some(element) => {
                out.write_char('[')?;
                for (index, word) in object(word).elements().enumerate() {
                    out.write_str(if index == 0 { "" } else { ", " })?;
                    deep(|| write_value(&mut *out, element, word))?;
                }
                out.write_char(']')
            }
        },
    }
}

fn write_map(out: &mut dyn std::fmt::Write, record: &Object) -> std::fmt::Result {
    let types = &record.shape().fields;
    let (keys, values) = (object(record.fields()[0]), object(record.fields()[1]));
    let (Some(key), Some(value)) = (types[0].element(), types[1].element()) else { return Ok(()) };
    out.write_char('{')?;
    for (index, (a, b)) in keys.elements().zip(values.elements()).enumerate() {
        out.write_str(if index == 0 { "" } else { ", " })?;
        deep(|| write_value(&mut *out, key, a))?;
        out.write_str(": ")?;
        deep(|| write_value(&mut *out, value, b))?;
    }
    out.write_char('}')
}

fn write_record(out: &mut dyn std::fmt::Write, record: &Object) -> std::fmt::Result {
    let Shape { name, field_names, fields, is_map, .. } = record.shape();
    if *is_map {
        return write_map(out, record);
    }
    out.write_str(name)?;
    if fields.is_empty() {
        return Ok(());
    }
    out.write_str(if field_names.is_empty() { "(" } else { " { " })?;
    for (index, (&typed, &word)) in fields.iter().zip(record.fields()).enumerate() {
        out.write_str(if index == 0 { "" } else { ", " })?;
        if let Some(name) = field_names.get(index) {
            write!(out, "{name}: ")?;
        }
        deep(|| write_value(&mut *out, typed, word))?;
    }
    out.write_str(match (name.is_empty(), fields.len()) {
        (true, 1) => ",)",
        _ if field_names.is_empty() => ")",
        _ => " }",
    })
}
