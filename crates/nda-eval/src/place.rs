//! Changes of what a variable holds: in place where it is held uniquely, else on a copy.

use crate::builtin::{deep, entry, index};
use crate::machine::Machine;
use crate::meter::Fault;
use crate::number;
use crate::object::{Data, List, Map, Val, unique};
use nda_graph::run::{cost, message};
use nda_graph::{MathOp, PlaceOp, TrapKind};
use std::cmp::Ordering;
use std::rc::Rc;

impl Machine<'_> {
    /// Applies `op` to the element of `root` that `depth` indices lead to. Assignments have their value before the
    /// indices, methods their arguments after them.
    pub(crate) fn place(
        &mut self,
        op: PlaceOp,
        root: &mut Val,
        depth: usize,
        operands: &mut [Val],
    ) -> Result<Val, Fault> {
        let (indices, extra) = if op.value_first() {
            let (extra, indices) = operands.split_at_mut(op.extra());
            (indices, extra)
        } else {
            operands.split_at_mut(depth)
        };
        let place = self.walk(root, indices)?;
        match op {
            PlaceOp::Set => {
                // The old element takes the operand's place and is released with it.
                std::mem::swap(place, &mut extra[0]);
                Ok(Val::Unit)
            }
            PlaceOp::Append => self.join(place, extra[0].text()).map(|()| Val::Unit),
            PlaceOp::Push => {
                let list = self.unique_list(place)?;
                list.reserve_one()?;
                list.items.push(take(&mut extra[0]));
                Ok(Val::Unit)
            }
            PlaceOp::Insert => {
                let (at, len) = (extra[0].int(), place.items().len() as u64);
                let Some(at) = u64::try_from(at).ok().filter(|&at| at <= len) else {
                    return Err(Fault::new(TrapKind::IndexOutOfBounds, message::insert(at, len)));
                };
                self.fuel.charge(cost::elements(len - at))?;
                let list = self.unique_list(place)?;
                list.reserve_one()?;
                list.items.insert(at as usize, take(&mut extra[1]));
                Ok(Val::Unit)
            }
            PlaceOp::Put => {
                let found = self.search(place.map(), &extra[0])?;
                if found.is_err() {
                    self.fuel.charge(cost::entry(place.map().keys.len() as u64))?;
                }
                let map = self.unique_map(place)?;
                match found {
                    Ok(at) => std::mem::swap(&mut map.values[at], &mut extra[1]),
                    Err(at) => map.add(at, take(&mut extra[0]), take(&mut extra[1]))?,
                }
                Ok(Val::Unit)
            }
            PlaceOp::Remove if matches!(place, Val::Map(_)) => {
                let len = place.map().keys.len();
                let at = entry(extra[0].int(), len)?;
                self.fuel.charge(cost::entry(len as u64))?;
                Ok(self.unique_map(place)?.take_out(at))
            }
            PlaceOp::Remove => {
                let len = place.items().len();
                let at = index(extra[0].int(), len)?;
                self.fuel.charge(cost::elements((len - 1 - at) as u64))?;
                Ok(self.unique_list(place)?.items.remove(at))
            }
            PlaceOp::Swap => {
                let len = place.items().len();
                let (a, b) = (index(extra[0].int(), len)?, index(extra[1].int(), len)?);
                self.unique_list(place)?.items.swap(a, b);
                Ok(Val::Unit)
            }
            PlaceOp::Reverse => {
                self.fuel.charge(cost::elements(place.items().len() as u64))?;
                self.unique_list(place)?.items.reverse();
                Ok(Val::Unit)
            }
            PlaceOp::Sort | PlaceOp::SortDesc => {
                let items = place.items();
                self.fuel.charge(cost::sort(items.len() as u64, items.iter().map(text_bytes).sum()))?;
                let items = &mut self.unique_list(place)?.items;
                items.sort_by(total_order);
                if op == PlaceOp::SortDesc {
                    items.reverse();
                }
                Ok(Val::Unit)
            }
            PlaceOp::SortByKeys | PlaceOp::SortByKeysDesc => {
                let (keys, len) = (extra[0].items(), place.items().len() as u64);
                if keys.len() as u64 != len {
                    return Err(Fault::new(TrapKind::Panic, message::keys(len, keys.len() as u64)));
                }
                self.fuel.charge(cost::sort(len, keys.iter().map(text_bytes).sum()))?;
                let items = &mut self.unique_list(place)?.items;
                let mut order: Vec<usize> = (0..keys.len()).collect();
                if op == PlaceOp::SortByKeys {
                    order.sort_by(|&a, &b| total_order(&keys[a], &keys[b]));
                } else {
                    order.sort_by(|&a, &b| total_order(&keys[b], &keys[a]));
                }
                *items = order.into_iter().map(|at| take(&mut items[at])).collect();
                Ok(Val::Unit)
            }
            PlaceOp::Truncate => self.truncate(place, extra[0].int()).map(|()| Val::Unit),
            PlaceOp::Extend => {
                let more = extra[0].items();
                self.fuel.charge(cost::elements(more.len() as u64))?;
                let list = self.unique_list(place)?;
                list.reserve((list.items.len() + more.len()) as u64)?;
                list.items.extend_from_slice(more);
                Ok(Val::Unit)
            }
            PlaceOp::Dedup => {
                self.fuel.charge(cost::elements(place.items().len() as u64))?;
                let items = std::mem::take(&mut self.unique_list(place)?.items);
                let kept = self.dedup(items)?;
                self.unique_list(place)?.items = kept;
                Ok(Val::Unit)
            }
        }
    }

    /// Keeps the first `count` elements. If somebody else holds the list too, only those are copied.
    fn truncate(&mut self, place: &mut Val, count: i64) -> Result<(), Fault> {
        let Ok(count) = usize::try_from(count) else {
            return Err(Fault::new(TrapKind::Panic, message::truncate(count)));
        };
        let list = place.list_mut();
        if count >= list.items.len() {
            return Ok(());
        }
        match unique(list) {
            Some(own) => own.items.truncate(count),
            None => {
                let mut copy = self.new_list(list.element_bytes, count as u64)?;
                copy.items.extend_from_slice(&list.items[..count]);
                *list = Rc::new(copy);
            }
        }
        Ok(())
    }

    /// Of equal neighbours only the first.
    fn dedup(&mut self, items: Vec<Val>) -> Result<Vec<Val>, Fault> {
        let mut kept: Vec<Val> = Vec::new();
        for item in items {
            match kept.last() {
                Some(last) if self.equal(last, &item)? => {}
                _ => kept.push(item),
            }
        }
        Ok(kept)
    }

    /// `place op= value`; the value is the first operand, the indices follow.
    pub(crate) fn update(&mut self, op: MathOp, root: &mut Val, operands: &[Val]) -> Result<Val, Fault> {
        let (value, indices) = operands.split_first().expect("an update has a right side");
        let place = self.walk(root, indices)?;
        *place = number::math(op, place, value)?;
        Ok(Val::Unit)
    }

    /// Goes down to the part that `steps` lead to. Each list on the way is checked, then it or the record made unique.
    fn walk<'v>(&mut self, root: &'v mut Val, steps: &[Val]) -> Result<&'v mut Val, Fault> {
        let mut place = root;
        for at in steps {
            if let Val::Data(_) = place {
                place = &mut self.unique_data(place)?.fields[at.int() as usize];
            } else if let Val::Map(map) = place {
                let at = entry(at.int(), map.keys.len())?;
                place = &mut self.unique_map(place)?.values[at];
            } else {
                let at = index(at.int(), place.items().len())?;
                place = &mut self.unique_list(place)?.items[at];
            }
        }
        Ok(place)
    }

    /// The record at `place`, copied first if somebody else holds it too, or the program does.
    fn unique_data<'v>(&mut self, place: &'v mut Val) -> Result<&'v mut Data, Fault> {
        let Val::Data(data) = place else { panic!("a verified place holds a record") };
        if unique(data).is_none() {
            self.fuel.charge(cost::elements(data.fields.len() as u64))?;
            *data = Rc::new(data.copy(&self.memory)?);
        }
        Ok(unique(data).expect("a fresh copy has one owner"))
    }

    /// The map at `place`, copied first if somebody else holds it too, or the program does.
    fn unique_map<'v>(&mut self, place: &'v mut Val) -> Result<&'v mut Map, Fault> {
        let map = place.map_mut();
        if unique(map).is_none() {
            self.fuel.charge(cost::elements(2 * map.keys.len() as u64))?;
            *map = Rc::new(Map::new(&self.memory, map.keys.clone(), map.values.clone())?);
        }
        Ok(unique(map).expect("a fresh copy has one owner"))
    }

    /// The list at `place`, copied first if somebody else holds it too, or the program does.
    fn unique_list<'v>(&mut self, place: &'v mut Val) -> Result<&'v mut List, Fault> {
        let list = place.list_mut();
        if unique(list).is_none() {
            let mut copy = self.new_list(list.element_bytes, list.items.len() as u64)?;
            copy.items.extend_from_slice(&list.items);
            *list = Rc::new(copy);
        }
        Ok(unique(list).expect("a fresh copy has one owner"))
    }
}

fn take(operand: &mut Val) -> Val {
    std::mem::replace(operand, Val::Unit)
}

/// The bytes that comparing an element may have to look at, beside its own word.
fn text_bytes(value: &Val) -> u64 {
    let mut bytes = 0u64;
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Val::Text(text) => bytes += text.text.len() as u64,
            Val::Data(data) => {
                bytes += 8 * data.fields.len() as u64;
                waiting.extend(&data.fields);
            }
            _ => {}
        }
    }
    bytes
}

/// The order of `sort`: total on floats too, by `f64::total_cmp` but for NaNs, which stand last and are all alike: their
/// bits depend on the machine that computed them.
pub(crate) fn total_order(a: &Val, b: &Val) -> Ordering {
    match (a, b) {
        (Val::Bool(a), Val::Bool(b)) => a.cmp(b),
        (Val::Int(a), Val::Int(b)) => a.cmp(b),
        (Val::Float(a), Val::Float(b)) if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
        (Val::Float(a), Val::Float(b)) => a.total_cmp(b),
        (Val::Text(a), Val::Text(b)) => a.text.as_bytes().cmp(b.text.as_bytes()),
        (Val::Data(a), Val::Data(b)) => deep(|| {
            let parts = a.fields.iter().zip(&b.fields).map(|(a, b)| total_order(a, b));
            a.variant.cmp(&b.variant).then_with(|| parts.fold(Ordering::Equal, Ordering::then))
        }),
        _ => panic!("verified sorts are of ordered elements"),
    }
}
