//! What can be done with a value whatever its type: show it, compare it, carry it over the border of a run.
//!
//! Records nest as deeply as memory allows, so whoever goes into one by recursion does it through [`deep`].
#![allow(unsafe_code)]

use crate::fault::Cause;
use crate::layout::{Typed, VariantLayout};
use crate::number;
use crate::object::{Holds, Object, reference, variant_of};
use crate::state::JitState;
use crate::tree::plain_head;
use nda_graph::run::{cost, size};
use nda_graph::types::Style;
use nda_graph::{Hash, MAX_VALUE_DEPTH, Ty, Value, WeightsValue};
use std::cmp::Ordering;
use std::fmt::Write;
use std::sync::Arc;

/// Goes on into a part of this type, with more of the native stack if it is short.
fn deep<T>(part: Typed<'_>, work: impl FnOnce() -> T) -> T {
    if part.ty.is_object() { stacker::maybe_grow(128 << 10, 4 << 20, work) } else { work() }
}

#[inline(always)]
pub(crate) fn object<'o>(word: u64) -> &'o Object {
    let object = reference(word).expect("an object that is read is alive");
    // SAFETY: the caller's operand holds it while the step runs.
    unsafe { object.as_ref() }
}

/// A value of a composite type.
#[derive(Clone, Copy)]
struct Parts<'v> {
    variant: u32,
    layout: &'v VariantLayout,
    words: &'v [u64],
    typed: Typed<'v>,
}

impl<'v> Parts<'v> {
    /// None if the type is not composite.
    fn of(typed: Typed<'v>, word: u64) -> Option<Self> {
        if !typed.is_composite() {
            return None;
        }
        let (variant, words) = if typed.ty.is_object() {
            // SAFETY: the caller's operand holds it while the step runs.
            let variant = unsafe { variant_of(word) };
            (variant, reference(word).map_or(&[][..], |_| object(word).fields()))
        } else {
            (word as u32, &[][..])
        };
        Some(Self { variant, layout: typed.variant(variant)?, words, typed })
    }

    fn len(self) -> usize {
        self.layout.fields.len()
    }

    /// The fields, in the order of the type.
    fn fields(self) -> impl Iterator<Item = (Typed<'v>, u64)> {
        let Parts { layout, words, typed, .. } = self;
        let places = layout.places.iter().map(move |&place| words[usize::from(place)]);
        layout.fields.iter().map(move |field| typed.with(field.ty)).zip(places)
    }
}

impl JitState<'_> {
    /// Prints a value as a line.
    pub(crate) fn print(&mut self, typed: Typed<'_>, word: u64) -> Result<(), Cause> {
        let fuel_bound = self.fuel_left().saturating_mul(64);
        let output_bound = self.limits().output_bytes - self.output.len() as u64;
        let bound = fuel_bound.min(output_bound);
        let start = self.output.len();
        let end = start.saturating_add(usize::try_from(bound).unwrap_or(usize::MAX));
        let mut writer = Bounded { out: &mut self.output, end };
        let written = match typed.ty {
            Ty::STR => writer.write_str(object(word).text()),
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
    pub(crate) fn equal(&mut self, typed: Typed<'_>, a: u64, b: u64) -> Result<bool, Cause> {
        let ty = typed.ty;
        if ty == Ty::F64 {
            return Ok(f64::from_bits(a) == f64::from_bits(b));
        }
        if !ty.is_object() {
            return Ok(a == b);
        }
        if let Some((keys, values)) = typed.map_parts() {
            return self.equal_maps((keys, values), object(a), object(b));
        }
        if let (Some(a), Some(b)) = (Parts::of(typed, a), Parts::of(typed, b)) {
            if a.variant != b.variant {
                return Ok(false);
            }
            self.charge(cost::elements(a.len() as u64))?;
            for ((typed, a), (_, b)) in a.fields().zip(b.fields()) {
                if !deep(typed, || self.equal(typed, a, b))? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let (a, b) = (object(a), object(b));
        if typed.is_vector() {
            self.charge(cost::elements(a.len as u64))?;
            return Ok(a.floats() == b.floats());
        }
        if a.len != b.len {
            return Ok(false);
        }
        let Some(element) = typed.element() else {
            self.charge(cost::bytes(a.len as u64))?;
            return Ok(same(a.text(), b.text()));
        };
        self.charge(cost::elements(a.len as u64))?;
        if element.ty == Ty::BOOL {
            return Ok(a.cells::<bool>() == b.cells::<bool>());
        }
        for (&a, &b) in a.words().iter().zip(b.words()) {
            if !self.equal(element, a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_maps(&mut self, parts: (Typed<'_>, Typed<'_>), a: &Object, b: &Object) -> Result<bool, Cause> {
        if a.len != b.len {
            return Ok(false);
        }
        self.charge(cost::elements(2 * a.len as u64))?;
        let (Some(left), Some(right)) = (a.tree(), b.tree()) else { return Ok(true) };
        for at in 0..a.len {
            if !deep(parts.0, || self.equal(parts.0, left.key(at), right.key(at)))?
                || !deep(parts.1, || self.equal(parts.1, left.value(at), right.value(at)))?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What reading a key of a map costs, as far as this run could pay for it.
    pub(crate) fn weight(&self, key: Typed<'_>, word: u64) -> Result<u64, Cause> {
        let mut weight = 0;
        let (mut next, mut waiting) = (Some((key, word)), Vec::new());
        while let Some((typed, word)) = next.take().or_else(|| waiting.pop()) {
            if typed.ty == Ty::STR {
                weight += cost::bytes(object(word).len as u64);
            } else if let Some(parts) = Parts::of(typed, word) {
                weight += cost::elements(parts.len() as u64);
                waiting.extend(parts.fields().filter(|(typed, _)| typed.ty.is_object()));
            }
            if weight > self.fuel_left() {
                return Err(Cause::Fuel);
            }
        }
        Ok(weight)
    }

    /// How two values of an ordered type compare; none if one of them is no number. Reading them costs fuel.
    pub(crate) fn order(&mut self, typed: Typed<'_>, a: u64, b: u64) -> Result<Option<Ordering>, Cause> {
        if typed.ty == Ty::STR {
            let (a, b) = (object(a), object(b));
            self.charge(cost::bytes(a.len.min(b.len) as u64))?;
            return Ok(Some(a.text().cmp(b.text())));
        }
        let (Some(left), Some(right)) = (Parts::of(typed, a), Parts::of(typed, b)) else {
            return Ok(match typed.ty {
                Ty::F64 => f64::from_bits(a).partial_cmp(&f64::from_bits(b)),
                _ => Some((a as i64).cmp(&(b as i64))),
            });
        };
        if left.variant != right.variant {
            return Ok(Some(left.variant.cmp(&right.variant)));
        }
        self.charge(cost::elements(left.len() as u64))?;
        for ((typed, a), (_, b)) in left.fields().zip(right.fields()) {
            let order = deep(typed, || self.order(typed, a, b))?;
            if order.is_none_or(Ordering::is_ne) {
                return Ok(order);
            }
        }
        Ok(Some(Ordering::Equal))
    }

    /// The bytes that comparing elements of a list may have to look at, beside their own words; no further than this
    /// run could pay for.
    pub(crate) fn held_by(&self, element: Typed<'_>, words: &[u64]) -> Result<u64, Cause> {
        let most = self.fuel_left().saturating_add(1).saturating_mul(64);
        let mut bytes = 0u64;
        let mut waiting: Vec<(Typed<'_>, u64)> = Vec::new();
        for &word in words {
            waiting.push((element, word));
            while let Some((typed, word)) = waiting.pop() {
                if typed.ty == Ty::STR {
                    bytes += object(word).len as u64;
                } else if let Some(parts) = Parts::of(typed, word) {
                    bytes += 8 * parts.len() as u64;
                    waiting.extend(parts.fields().filter(|(typed, _)| typed.ty.is_object()));
                }
                if bytes > most {
                    return Err(Cause::Fuel);
                }
            }
        }
        Ok(bytes)
    }

    /// Hands a value out, unless a copy of it would not fit the memory limit (shared parts count as often as they
    /// occur), or it is nested too deeply.
    pub(crate) fn export(&self, typed: Typed<'_>, word: u64) -> Result<Value, Cause> {
        self.take_expansion(typed, word, self.limits().memory_bytes)?;
        Ok(export(typed, word))
    }

    /// Takes the bytes of a value outside the run from `left`.
    pub(crate) fn take_expansion(&self, typed: Typed<'_>, word: u64, left: u64) -> Result<u64, Cause> {
        expand(typed, word, left, 0).ok_or(Cause::Memory)
    }
}

/// The order of `sort`: total on floats too, and every NaN stands last.
pub(crate) fn total_order(typed: Typed<'_>, a: u64, b: u64) -> Ordering {
    match typed.ty {
        // The sign of a NaN depends on the machine that computed it, so all are sorted as the positive one.
        Ty::F64 => number::float_order(a).cmp(&number::float_order(b)),
        Ty::STR => object(a).text().cmp(object(b).text()),
        _ => match (Parts::of(typed, a), Parts::of(typed, b)) {
            (Some(a), Some(b)) => a.variant.cmp(&b.variant).then_with(|| {
                let mut parts = a.fields().zip(b.fields());
                let unequal = parts.find_map(|((typed, a), (_, b))| {
                    let order = deep(typed, || total_order(typed, a, b));
                    order.is_ne().then_some(order)
                });
                unequal.unwrap_or(Ordering::Equal)
            }),
            _ => (a as i64).cmp(&(b as i64)),
        },
    }
}

/// A word that orders as a key of a map does, as far as it goes: a key that is less has a head that is not greater. Of a plain
/// word it is all there is to know.
#[inline]
pub(crate) fn head(key: Typed<'_>, word: u64) -> u64 {
    if !key.ty.is_object() {
        return plain_head(word);
    }
    if key.ty == Ty::STR {
        return text_head(object(word).text());
    }
    match Parts::of(key, word) {
        Some(parts) if key.is_enum() => u64::from(parts.variant),
        Some(parts) => parts.fields().next().map_or(0, |(typed, word)| head(typed, word)),
        None => 0,
    }
}

/// The head of a text: its first bytes.
#[inline(always)]
pub(crate) fn text_head(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk::<8>() {
        Some(first) => u64::from_be_bytes(*first),
        // A first and a last part, which may overlap.
        None => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>(), bytes) {
            (Some(first), Some(last), _) => {
                let [first, last] = [first, last].map(|part| u64::from(u32::from_be_bytes(*part)));
                first << 32 | last << (64 - 8 * bytes.len())
            }
            (.., bytes) => bytes.iter().rev().fold(0, |head, &byte| head >> 8 | u64::from(byte) << 56),
        },
    }
}

/// Whether two texts are the same. Empty ones are not compared: their bytes would lie where there may be no memory, and `memcmp` by masked vectors
/// takes some hundred cycles to find that out.
#[inline(always)]
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}

/// What importing or exporting a value costs.
pub(crate) fn copy_cost(value: &Value) -> u64 {
    match value {
        Value::Str(text) => cost::bytes(text.len() as u64),
        Value::Vector(elements) => cost::elements(elements.len() as u64),
        _ => {
            let own = cost::elements(parts(value).count() as u64);
            parts(value).map(copy_cost).fold(own, u64::saturating_add)
        }
    }
}

/// The bytes that a value from outside will hold.
pub(crate) fn footprint(value: &Value) -> u64 {
    let own = match value {
        Value::Str(text) => size::text(text.len() as u64),
        Value::List { ty, items } => size::list(ty.element().map_or(8, size::element), items.len() as u64),
        Value::Vector(elements) => size::vector(elements.len() as u64),
        Value::Map(lists) => size::map(lists[0].items().len() as u64),
        _ => size::record(parts(value).count() as u64),
    };
    parts(value).map(footprint).fold(own, u64::saturating_add)
}

fn parts(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::List { items, .. } | Value::Tuple(items) => Box::new(items.iter()),
        Value::Map(lists) => Box::new(lists.iter().flat_map(Value::items)),
        Value::Struct(record) => Box::new(record.fields.values()),
        Value::Enum(record) => Box::new(record.fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// `left` without the bytes of a value outside the run, shared parts counted each time they occur; none if that is not
/// enough, or if it is nested too deeply. It stops there, so that a small object with an enormous expansion is no work.
fn expand(typed: Typed<'_>, word: u64, left: u64, depth: u32) -> Option<u64> {
    if depth > MAX_VALUE_DEPTH {
        return None;
    }
    if !typed.ty.is_object() {
        return Some(left);
    }
    if let Some((keys, values)) = typed.map_parts() {
        let map = object(word);
        let left = left.checked_sub(size::map(map.len as u64))?;
        // Outside, a map is two lists.
        if map.len > 0 && depth + 2 > MAX_VALUE_DEPTH {
            return None;
        }
        let Some(tree) = map.tree() else { return Some(left) };
        return (0..map.len).try_fold(left, |left, at| {
            let left = deep(keys, || expand(keys, tree.key(at), left, depth + 2))?;
            deep(values, || expand(values, tree.value(at), left, depth + 2))
        });
    }
    if let Some(parts) = Parts::of(typed, word) {
        let left = left.checked_sub(size::record(parts.len() as u64))?;
        return parts
            .fields()
            .try_fold(left, |left, (typed, word)| deep(typed, || expand(typed, word, left, depth + 1)));
    }
    let object = object(word);
    if object.holds() == Holds::Weights {
        return Some(left);
    }
    let left = left.checked_sub(object.holds().charged(object.len))?;
    match typed.element() {
        Some(element) if element.ty.is_object() => object
            .words()
            .iter()
            .try_fold(left, |left, &word| deep(element, || expand(element, word, left, depth + 1))),
        Some(_) if object.len > 0 && depth == MAX_VALUE_DEPTH => None,
        _ => Some(left),
    }
}

/// A value as the outside sees it. It was measured before.
pub(crate) fn export(typed: Typed<'_>, word: u64) -> Value {
    match typed.ty {
        Ty::BOOL => Value::Bool(word != 0),
        Ty::I64 => Value::Int(word as i64),
        Ty::F64 => Value::Float(f64::from_bits(word)),
        Ty::STR => Value::Str(object(word).text().to_owned()),
        ty => match (typed.element(), Parts::of(typed, word)) {
            (Some(element), _) => {
                let items =
                    object(word).elements().map(|word| deep(element, || export(element, word))).collect();
                Value::List { ty, items }
            }
            (None, Some(parts)) => {
                let fields = parts.fields().map(|(typed, word)| deep(typed, || export(typed, word)));
                typed.value(parts.variant, fields.collect())
            }
            (None, None) => match typed.map_parts() {
                Some(parts) => export_map(typed, parts, object(word)),
                None => tensor(typed, word).unwrap_or(Value::Unit),
            },
        },
    }
}

/// A vector or matrix as the outside sees it.
fn tensor(typed: Typed<'_>, word: u64) -> Option<Value> {
    let name = typed.tensor_name()?;
    let object = object(word);
    Some(match object.holds() {
        Holds::Weights => {
            let hash = Hash(object.weights().hash().0);
            Value::Weights(WeightsValue { hash, ty: Arc::clone(name) })
        }
        _ => Value::Vector(object.floats().into()),
    })
}

fn export_map(typed: Typed<'_>, (key, value): (Typed<'_>, Typed<'_>), map: &Object) -> Value {
    let (mut keys, mut values) = (Vec::with_capacity(map.len), Vec::with_capacity(map.len));
    if let Some(tree) = map.tree() {
        tree.each(|a, b| {
            keys.push(deep(key, || export(key, a)));
            values.push(deep(value, || export(value, b)));
        });
    }
    typed.map_value(keys, values)
}

/// Text that stops growing at a bound.
struct Bounded<'a> {
    out: &'a mut String,
    end: usize,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if text.len() > self.end.saturating_sub(self.out.len()) {
            return Err(std::fmt::Error);
        }
        self.out.push_str(text);
        Ok(())
    }
}

/// The language's text of a value.
pub(crate) fn write_value(out: &mut dyn Write, typed: Typed<'_>, word: u64) -> std::fmt::Result {
    match typed.ty {
        Ty::BOOL => write!(out, "{}", word != 0),
        Ty::I64 => write!(out, "{}", word as i64),
        Ty::F64 => write!(out, "{:?}", f64::from_bits(word)),
        Ty::STR => write!(out, "{:?}", object(word).text()),
        _ => match (typed.element(), Parts::of(typed, word)) {
            (Some(element), _) => {
                out.write_char('[')?;
                for (index, word) in object(word).elements().enumerate() {
                    out.write_str(if index > 0 { ", " } else { "" })?;
                    deep(element, || write_value(out, element, word))?;
                }
                out.write_char(']')
            }
            (None, Some(parts)) => write_record(out, parts),
            (None, None) if typed.is_vector() => write!(out, "vec{:?}", object(word).floats()),
            (None, None) if typed.tensor_name().is_some() => {
                let hash = Hash(object(word).weights().hash().0);
                write!(out, "weights({:?})", hash.weights_text())
            }
            (None, None) => match typed.map_parts() {
                Some(parts) => write_map(out, parts, object(word)),
                None => out.write_str("()"),
            },
        },
    }
}

fn write_record(out: &mut dyn Write, parts: Parts<'_>) -> std::fmt::Result {
    let VariantLayout { name, style, fields, .. } = parts.layout;
    out.write_str(name)?;
    if fields.is_empty() {
        return Ok(());
    }
    let named = *style == Style::Named;
    out.write_str(if named { " { " } else { "(" })?;
    for ((index, field), (typed, word)) in fields.iter().enumerate().zip(parts.fields()) {
        out.write_str(if index > 0 { ", " } else { "" })?;
        if named {
            write!(out, "{}: ", field.name)?;
        }
        deep(typed, || write_value(out, typed, word))?;
    }
    out.write_str(match (named, name.is_empty(), fields.len()) {
        (true, ..) => " }",
        (false, true, 1) => ",)",
        _ => ")",
    })
}

fn write_map(out: &mut dyn Write, (key, value): (Typed<'_>, Typed<'_>), map: &Object) -> std::fmt::Result {
    out.write_char('{')?;
    if let Some(tree) = map.tree() {
        for at in 0..map.len {
            out.write_str(if at > 0 { ", " } else { "" })?;
            deep(key, || write_value(out, key, tree.key(at)))?;
            out.write_str(": ")?;
            deep(value, || write_value(out, value, tree.value(at)))?;
        }
    }
    out.write_char('}')
}
