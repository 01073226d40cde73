//! Comparison and the built-ins that read their operands. The order is always: checks, fuel, memory, work.

use crate::machine::{Machine, STACK_RESERVE, STACK_SEGMENT};
use crate::meter::Fault;
use crate::number;
use crate::object::{List, Map, Shape, Text, Val, unique};
use crate::place::total_order;
use nda_graph::run::{cost, message, size};
use nda_graph::{Builtin, CompareOp, MathOp, TrapKind, Ty};
use std::fmt::Write;
use std::rc::Rc;

impl Machine<'_> {
    /// `a op b`.
    pub(crate) fn compare(&mut self, op: CompareOp, a: &Val, b: &Val) -> Result<bool, Fault> {
        let order = match op {
            CompareOp::Eq => return self.equal(a, b),
            CompareOp::Ne => return self.equal(a, b).map(|equal| !equal),
            _ => self.order(a, b)?,
        };
        // Floats that are not numbers have no order, and every comparison with one is false.
        Ok(order.is_some_and(|order| match op {
            CompareOp::Lt => order.is_lt(),
            CompareOp::Le => order.is_le(),
            CompareOp::Gt => order.is_gt(),
            _ => order.is_ge(),
        }))
    }

    fn order(&mut self, a: &Val, b: &Val) -> Result<Option<std::cmp::Ordering>, Fault> {
        Ok(match (a, b) {
            (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
            (Val::Int(a), Val::Int(b)) => Some(a.cmp(b)),
            (Val::Float(a), Val::Float(b)) => a.partial_cmp(b),
            (Val::Text(_), Val::Text(_)) => {
                let (a, b) = (a.text(), b.text());
                self.fuel.charge(cost::bytes(a.len().min(b.len()) as u64))?;
                Some(a.as_bytes().cmp(b.as_bytes()))
            }
            (Val::Data(a), Val::Data(b)) => {
                let variants = a.variant.cmp(&b.variant);
                if variants.is_ne() {
                    return Ok(Some(variants));
                }
                self.fuel.charge(cost::elements(a.fields.len() as u64))?;
                for (a, b) in a.fields.iter().zip(&b.fields) {
                    let order = deep(|| self.order(a, b))?;
                    if order.is_none_or(std::cmp::Ordering::is_ne) {
                        return Ok(order);
                    }
                }
                Some(std::cmp::Ordering::Equal)
            }
            _ => panic!("verified comparisons of order are between ordered values"),
        })
    }

    /// Structural equality. It costs what it looks at: up to the first difference.
    pub(crate) fn equal(&mut self, a: &Val, b: &Val) -> Result<bool, Fault> {
        match (a, b) {
            (Val::Unit, Val::Unit) => Ok(true),
            (Val::Bool(a), Val::Bool(b)) => Ok(a == b),
            (Val::Int(a), Val::Int(b)) => Ok(a == b),
            (Val::Float(a), Val::Float(b)) => Ok(a == b),
            (Val::Text(_), Val::Text(_)) => {
                let (a, b) = (a.text(), b.text());
                if a.len() != b.len() {
                    return Ok(false);
                }
                self.fuel.charge(cost::bytes(a.len() as u64))?;
                Ok(a == b)
            }
            (Val::List(_), Val::List(_)) => {
                let (a, b) = (a.items(), b.items());
                if a.len() != b.len() {
                    return Ok(false);
                }
                self.all_equal(a, b)
            }
            (Val::Vector(a), Val::Vector(b)) => {
                self.fuel.charge(cost::elements(a.elements.len() as u64))?;
                Ok(a.elements == b.elements)
            }
            (Val::Map(a), Val::Map(b)) => {
                if a.keys.len() != b.keys.len() {
                    return Ok(false);
                }
                self.fuel.charge(cost::elements(2 * a.keys.len() as u64))?;
                let entries = a.keys.iter().zip(&b.keys).zip(a.values.iter().zip(&b.values));
                for (keys, values) in entries {
                    for (a, b) in [keys, values] {
                        if !deep(|| self.equal(a, b))? {
                            return Ok(false);
                        }
                    }
                }
                Ok(true)
            }
            (Val::Data(a), Val::Data(b)) => {
                if a.variant == b.variant {
                    self.all_equal(&a.fields, &b.fields)
                } else {
                    Ok(false)
                }
            }
            _ => panic!("verified comparisons are between values of one type"),
        }
    }

    fn all_equal(&mut self, a: &[Val], b: &[Val]) -> Result<bool, Fault> {
        self.fuel.charge(cost::elements(a.len() as u64))?;
        for (a, b) in a.iter().zip(b) {
            if !deep(|| self.equal(a, b))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A built-in on its operands. It takes the one it gives away or changes; the others are released by the caller.
    pub(crate) fn builtin(&mut self, op: Builtin, operands: &mut [Val]) -> Result<Val, Fault> {
        match op {
            Builtin::Len => Ok(Val::Int(match &operands[0] {
                Val::Text(text) => text.text.len() as i64,
                Val::Map(map) => map.keys.len() as i64,
                list => list.items().len() as i64,
            })),
            Builtin::Index => {
                let at = operands[1].int();
                Ok(match &operands[0] {
                    Val::Map(map) => map.values[entry(at, map.values.len())?].clone(),
                    list => list.items()[index(at, list.items().len())?].clone(),
                })
            }
            Builtin::Slice => self.slice(&operands[0], operands[1].int(), Some(operands[2].int())),
            Builtin::SliceFrom => self.slice(&operands[0], operands[1].int(), None),
            Builtin::Contains if matches!(operands[0], Val::Text(_)) => {
                self.text_contains(operands[0].text(), operands[1].text())
            }
            Builtin::Contains => Ok(Val::Bool(self.position(operands[0].items(), &operands[1])?.is_some())),
            Builtin::IndexOf => {
                let found = self.position(operands[0].items(), &operands[1])?;
                Ok(Val::Int(found.map_or(-1, |at| at as i64)))
            }
            Builtin::Search => Ok(Val::Int(match self.search(operands[0].map(), &operands[1])? {
                Ok(at) => at as i64,
                Err(at) => -1 - at as i64,
            })),
            Builtin::Locate => {
                let map = operands[0].map();
                match self.search(map, &operands[1])? {
                    Ok(at) => Ok(Val::Int(at as i64)),
                    Err(_) => {
                        let len = map.keys.len() as u64;
                        let words = message::absent(len, |out| write_value(out, &operands[1]));
                        Err(Fault::new(TrapKind::IndexOutOfBounds, words))
                    }
                }
            }
            Builtin::KeyAt => {
                let keys = &operands[0].map().keys;
                Ok(keys[entry(operands[1].int(), keys.len())?].clone())
            }
            Builtin::Keys => {
                let keys = &operands[0].map().keys;
                self.copied(bytes_of_one(keys), &[keys])
            }
            Builtin::Values => {
                let values = &operands[0].map().values;
                self.copied(bytes_of_one(values), &[values])
            }
            Builtin::Concat => {
                let (a, b) = (operands[0].list(), operands[1].list());
                self.copied(a.element_bytes, &[&a.items, &b.items])
            }
            Builtin::Join => {
                let (left, right) = operands.split_at_mut(1);
                let mut text = std::mem::replace(&mut left[0], Val::Unit);
                self.join(&mut text, right[0].text())?;
                Ok(text)
            }
            Builtin::Repeat => {
                let count = operands[1].int();
                self.repeat(std::mem::replace(&mut operands[0], Val::Unit), count)
            }
            Builtin::Print => self.print(&operands[0]).map(|()| Val::Unit),
            Builtin::Panic => Err(Fault::new(TrapKind::Panic, operands[0].text())),
            Builtin::Assert if operands[0].bool() => Ok(Val::Unit),
            Builtin::Assert => Err(Fault::new(TrapKind::Panic, operands[1].text())),
            Builtin::Clamp => number::clamp(operands[0].int(), operands[1].int(), operands[2].int()),
            Builtin::FClamp => number::fclamp(operands[0].float(), operands[1].float(), operands[2].float()),
            Builtin::Sum => self.fold(MathOp::Add, Val::Int(0), operands[0].items()),
            Builtin::Product => self.fold(MathOp::Mul, Val::Int(1), operands[0].items()),
            Builtin::FSum => self.fold(MathOp::FAdd, Val::Float(0.0), operands[0].items()),
            Builtin::FProduct => self.fold(MathOp::FMul, Val::Float(1.0), operands[0].items()),
            Builtin::Minimum => self.extreme(MathOp::Min, operands[0].items()),
            Builtin::Maximum => self.extreme(MathOp::Max, operands[0].items()),
            Builtin::FMinimum => self.extreme(MathOp::FMin, operands[0].items()),
            Builtin::FMaximum => self.extreme(MathOp::FMax, operands[0].items()),
            _ => self.text_builtin(op, operands),
        }
    }

    /// A new list of the elements of `parts`, one part after the other.
    fn copied(&mut self, element_bytes: u64, parts: &[&[Val]]) -> Result<Val, Fault> {
        let mut list = self.new_list(element_bytes, parts.iter().map(|part| part.len() as u64).sum())?;
        parts.iter().for_each(|part| list.items.extend_from_slice(part));
        Ok(Val::List(Rc::new(list)))
    }

    /// `xs[from..to]`, up to the end if there is no `to`.
    fn slice(&mut self, whole: &Val, from: i64, to: Option<i64>) -> Result<Val, Fault> {
        if let Val::Text(text) = whole {
            return self.text_slice(&text.text, from, to.unwrap_or(text.text.len() as i64));
        }
        let List { items, element_bytes, .. } = whole.list();
        let to = to.unwrap_or(items.len() as i64);
        if 0 <= from && from <= to && to <= items.len() as i64 {
            self.copied(*element_bytes, &[&items[from as usize..to as usize]])
        } else {
            let text = message::slice(from, to, items.len() as u64);
            Err(Fault::new(TrapKind::IndexOutOfBounds, text))
        }
    }

    /// Where the first element is that equals `wanted`.
    fn position(&mut self, items: &[Val], wanted: &Val) -> Result<Option<usize>, Fault> {
        self.fuel.charge(cost::elements(items.len() as u64))?;
        for (at, item) in items.iter().enumerate() {
            if self.equal(item, wanted)? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// At which position a key stands, or would stand.
    pub(crate) fn search(&mut self, map: &Map, key: &Val) -> Result<Result<usize, usize>, Fault> {
        if !map.keys.is_empty() {
            let weight = self.weight(key)?;
            self.fuel.charge(cost::search(weight, map.keys.len() as u64))?;
        }
        Ok(map.keys.binary_search_by(|other| total_order(other, key)))
    }

    /// What reading a key costs, as far as this run could pay for it.
    fn weight(&self, key: &Val) -> Result<u64, Fault> {
        let mut weight = 0;
        let mut waiting = vec![key];
        while let Some(part) = waiting.pop() {
            match part {
                Val::Text(text) => weight += cost::bytes(text.text.len() as u64),
                Val::Data(data) => {
                    weight += cost::elements(data.fields.len() as u64);
                    waiting.extend(&data.fields);
                }
                _ => {}
            }
            if weight > self.fuel.left() {
                return Err(TrapKind::OutOfFuel.into());
            }
        }
        Ok(weight)
    }

    /// `sum` and `product`: from `start` on, left to right.
    fn fold(&mut self, op: MathOp, start: Val, items: &[Val]) -> Result<Val, Fault> {
        self.fuel.charge(cost::elements(items.len() as u64))?;
        items.iter().try_fold(start, |sum, item| number::math(op, &sum, item))
    }

    /// The smallest or greatest of the elements.
    fn extreme(&mut self, op: MathOp, items: &[Val]) -> Result<Val, Fault> {
        match items.split_first() {
            Some((first, _)) => self.fold(op, first.clone(), items),
            None => Err(Fault::new(TrapKind::Panic, message::NO_ELEMENT)),
        }
    }

    fn repeat(&mut self, value: Val, count: i64) -> Result<Val, Fault> {
        let Ok(count) = u64::try_from(count) else {
            return Err(Fault::new(TrapKind::Panic, message::repeat(count)));
        };
        let mut list = self.new_list(bytes_of_one(std::slice::from_ref(&value)), count)?;
        // The value itself is the last element, so that `[x; 1]` is its only owner.
        list.items.resize(count as usize, value);
        Ok(Val::List(Rc::new(list)))
    }

    /// `text += more`: in place if nobody else holds the text.
    pub(crate) fn join(&mut self, text: &mut Val, more: &str) -> Result<(), Fault> {
        let Val::Text(object) = text else { panic!("a verified operand is a text") };
        let len = object.text.len() as u64 + more.len() as u64;
        if let Some(own) = unique(object) {
            self.fuel.charge(cost::bytes(more.len() as u64))?;
            own.reserve(len)?;
            own.text.push_str(more);
        } else {
            self.fuel.charge(cost::bytes(len))?;
            *object = Rc::new(Text::join(&self.memory, &object.text, more)?);
        }
        Ok(())
    }

    /// Prints a line. The text of a small object can be enormous, so it is written only as far as the limits reach.
    fn print(&mut self, value: &Val) -> Result<(), Fault> {
        let fuel_bytes = self.fuel.left().saturating_mul(64);
        let output_bytes = self.output.left();
        let mut line = Bounded { text: String::new(), left: fuel_bytes.min(output_bytes) };
        let written = match value {
            Val::Text(text) => line.write_str(&text.text),
            _ => write_value(&mut line, value),
        };
        // The line's end is part of it.
        if written.and_then(|()| line.write_char('\n')).is_err() {
            let fuel_first = fuel_bytes <= output_bytes;
            return Err(if fuel_first { TrapKind::OutOfFuel } else { TrapKind::OutputTooLarge }.into());
        }
        self.fuel.charge(cost::bytes(line.text.len() as u64))?;
        self.output.push(&line.text);
        Ok(())
    }
}

/// What an element takes in a list of such. Nobody can tell of a list of none.
fn bytes_of_one(items: &[Val]) -> u64 {
    size::element(if matches!(items, [Val::Bool(_), ..]) { Ty::BOOL } else { Ty::I64 })
}

/// The place of element `index` in a list of `len`.
pub(crate) fn index(index: i64, len: usize) -> Result<usize, Fault> {
    usize::try_from(index)
        .ok()
        .filter(|&index| index < len)
        .ok_or_else(|| Fault::new(TrapKind::IndexOutOfBounds, message::index(index, len as u64)))
}

/// The entry at a position of a map of `len`.
pub(crate) fn entry(position: i64, len: usize) -> Result<usize, Fault> {
    usize::try_from(position)
        .ok()
        .filter(|&at| at < len)
        .ok_or_else(|| Fault::new(TrapKind::IndexOutOfBounds, message::entry(position, len as u64)))
}

/// A text that refuses to grow past its bound.
pub(crate) struct Bounded {
    pub(crate) text: String,
    pub(crate) left: u64,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.left = self.left.checked_sub(part.len() as u64).ok_or(std::fmt::Error)?;
        self.text.push_str(part);
        Ok(())
    }
}

/// Records can be nested as deeply as memory allows: whoever works on one by recursion goes on through here.
pub(crate) fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_RESERVE, STACK_SEGMENT, work)
}

/// The language's text of a value: Rust's `{:?}`.
pub(crate) fn write_value(out: &mut dyn Write, value: &Val) -> std::fmt::Result {
    match value {
        Val::Unit => out.write_str("()"),
        Val::Bool(value) => write!(out, "{value}"),
        Val::Int(value) => write!(out, "{value}"),
        Val::Float(value) => write!(out, "{value:?}"),
        Val::Text(text) => write!(out, "{:?}", text.text),
        Val::List(list) => {
            out.write_str("[")?;
            write_all(out, &list.items, &[])?;
            out.write_str("]")
        }
        Val::Vector(vector) => write!(out, "vec{:?}", vector.elements),
        Val::Weights(weights) => write!(out, "weights({:?})", weights.hash().weights_text()),
        Val::Map(map) => write_map(out, &map.keys, &map.values),
        Val::Data(data) => {
            let Shape { name, field_names } = &*data.shape;
            out.write_str(name)?;
            if data.fields.is_empty() {
                return Ok(());
            }
            out.write_str(if field_names.is_empty() { "(" } else { " { " })?;
            write_all(out, &data.fields, field_names)?;
            out.write_str(match (name.is_empty(), data.fields.len()) {
                (true, 1) => ",)",
                _ if field_names.is_empty() => ")",
                _ => " }",
            })
        }
    }
}

fn write_map(out: &mut dyn Write, keys: &[Val], values: &[Val]) -> std::fmt::Result {
    out.write_str("{")?;
    for (index, (key, value)) in keys.iter().zip(values).enumerate() {
        out.write_str(if index == 0 { "" } else { ", " })?;
        deep(|| write_value(out, key))?;
        out.write_str(": ")?;
        deep(|| write_value(out, value))?;
    }
    out.write_str("}")
}

fn write_all(out: &mut dyn Write, values: &[Val], names: &[String]) -> std::fmt::Result {
    for (index, value) in values.iter().enumerate() {
        out.write_str(if index == 0 { "" } else { ", " })?;
        if let Some(name) = names.get(index) {
            write!(out, "{name}: ")?;
        }
        deep(|| write_value(out, value))?;
    }
    Ok(())
}
