//! Steps that change the object a variable holds, or an element of it.

use super::lists::{append, apply, object};
use super::maps;
use crate::fault::{Cause, Fault};
use crate::keys::with_kind;
use crate::layout::{LayoutsOf, Typed};
use crate::number::{self, Binary, Word};
use crate::object::{Cells, Heap, Holds, Object, ObjectRef, reference, with_cells};
use crate::operand::Expr;
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};
use crate::values::total_order;
use nda_graph::run::{cost, message, size};
use nda_graph::{MathOp, PlaceOp, Ty};
use std::cmp::Ordering;
use std::marker::PhantomData;

/// `list[index] = value` on plain elements.
#[derive(Clone, Copy)]
pub(crate) struct SetAt<V, I> {
    pub(crate) list: u16,
    pub(crate) value: V,
    pub(crate) index: I,
}

// SAFETY: reads and writes its list's slot and what the expressions read.
unsafe impl<V: Expr, I: Expr<Out = i64>> Captures for SetAt<V, I> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            // The right side of an assignment comes first.
            let value = match captures.value.get(fp, state) {
                Ok(value) => value.to_cell(),
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let index = match captures.index.get(fp, state) {
                Ok(index) => index,
                Err(fault) => return trap(ip, fp, state, fault.right()),
            };
            let place = fp.add(captures.list as usize);
            let list = &mut *reference(*place).unwrap_unchecked().as_ptr();
            if list.is_unique() && (index as u64) < list.len as u64 {
                *list.cells_mut::<V::Out>().get_unchecked_mut(index as usize) = value;
                return go(Step::<Self>::behind(ip), fp, state);
            }
            own_element(ip, fp, state, place, index)
        }
    }
}

/// Checks the index and makes the list its holder's alone, then runs the step again.
///
/// # Safety
/// As [`Captures::run`]; `place` holds a list, and the step has changed nothing yet.
#[cold]
#[inline(never)]
pub(super) unsafe fn own_element(
    ip: Ip,
    fp: Fp,
    state: &mut JitState<'_>,
    place: *mut u64,
    index: i64,
) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe {
        match own(place, index, state) {
            Ok(_) => go(ip, fp, state),
            Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
        }
    }
}

/// `list[index] op= value` on plain elements.
#[derive(Clone, Copy)]
pub(crate) struct UpdateAt<O, V, I> {
    pub(crate) list: u16,
    pub(crate) value: V,
    pub(crate) index: I,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads and writes its list's slot and what the expressions read.
unsafe impl<O, V, I> Captures for UpdateAt<O, V, I>
where
    O: Binary<Out = <O as Binary>::A>,
    V: Expr<Out = O::B>,
    I: Expr<Out = i64>,
{
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value,
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let index = match captures.index.get(fp, state) {
                Ok(index) => index,
                Err(fault) => return trap(ip, fp, state, fault.right()),
            };
            let place = fp.add(captures.list as usize);
            let list = &mut *reference(*place).unwrap_unchecked().as_ptr();
            if !list.is_unique() || index as u64 >= list.len as u64 {
                return own_element(ip, fp, state, place, index);
            }
            let element = list.cells_mut::<O::A>().get_unchecked_mut(index as usize);
            match O::apply(O::A::from_cell(*element), value) {
                Ok(result) => {
                    *element = result.to_cell();
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

/// The list that `place` holds, which has an element `index` and becomes its holder's alone.
#[inline(never)]
pub(crate) unsafe fn own(place: *mut u64, index: i64, state: &mut JitState<'_>) -> Result<ObjectRef, Cause> {
    // SAFETY: the caller's place holds a list.
    unsafe {
        let list = reference(*place).unwrap_unchecked().as_ref();
        if index as u64 >= list.len as u64 {
            return Err(outside(index, list.holds(), list.len, state));
        }
        state.make_unique(&mut *place)
    }
}

/// An index outside a list, or a position outside a map.
#[cold]
fn outside(index: i64, holds: Holds, len: usize, state: &mut JitState<'_>) -> Cause {
    let text = match holds {
        Holds::Map => message::entry(index, len as u64),
        _ => message::index(index, len as u64),
    };
    state.explain(Cause::Index, text)
}

/// Any other change of a place.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// What to do, or the operator of an update.
    pub what: What,
    /// The variable's word.
    pub slot: u16,
    /// The first of the slots that hold the indices of the place, of a map's entries their positions; where it goes into a
    /// record, the place of the field.
    pub indices: u16,
    /// How many.
    pub depth: u8,
    /// The operation's own operands stand from here on.
    pub values: u16,
    /// Where the result of `remove` goes.
    pub dst: u16,
    /// The type of the place, or of the keys that it is sorted by.
    pub ty: Ty,
    /// Of the types of the code.
    pub layouts: LayoutsOf,
}

/// What a [`Change`] does.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// An operation on the place.
    Place(PlaceOp),
    /// An operator on the element that it is.
    Update(MathOp),
}

// SAFETY: touches the slots it was given only.
unsafe impl Captures for Change {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            match change(Step::<Self>::at(ip), fp, state) {
                Ok(()) => go(Step::<Self>::behind(ip), fp, state),
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

/// `list.push(value)` of a plain value, where there is room and nobody else owns the list.
#[derive(Clone, Copy)]
pub(crate) struct Push<V> {
    pub(crate) list: u16,
    pub(crate) value: V,
}

// SAFETY: reads and writes its list's slot and what the expression reads.
unsafe impl<V: Expr> Captures for Push<V> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value.to_bits(),
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            match push(fp.add(captures.list as usize), value, state) {
                Ok(()) => go(Step::<Self>::behind(ip), fp, state),
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

unsafe fn push(place: *mut u64, value: u64, state: &mut JitState<'_>) -> Result<(), Cause> {
    // SAFETY: the caller's place holds a list.
    let list = unsafe { state.make_unique(&mut *place)? };
    make_room(list, state)?;
    Heap::push_word(list, value);
    Ok(())
}

fn make_room(list: ObjectRef, state: &mut JitState<'_>) -> Result<(), Cause> {
    let capacity = Heap::capacity(list);
    // SAFETY: the caller holds it.
    if unsafe { list.as_ref() }.len == capacity {
        state.heap.grow(list, size::grown_list(capacity as u64) as usize)?;
    }
    Ok(())
}

#[inline(never)]
pub(crate) unsafe fn change(captures: &Change, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
    // SAFETY: the caller's promise; a place walks through lists and records, as its type says.
    unsafe {
        let value = |index: usize| *fp.add(captures.values as usize + index);
        let mut place = fp.add(captures.slot as usize);
        for level in 0..captures.depth as usize {
            let index = *fp.add(captures.indices as usize + level) as i64;
            if reference(*place).unwrap_unchecked().as_ref().holds() == Holds::Record {
                let record = state.make_unique(&mut *place)?;
                // The field's place comes from the type, so there is one.
                place = (*record.as_ptr()).fields_mut().as_mut_ptr().add(index as usize);
                continue;
            }
            let list = own(place, index, state)?;
            if list.as_ref().holds() == Holds::Map {
                place = (*list.as_ptr()).value_mut(index as usize);
                continue;
            }
            match (*list.as_ptr()).any_cells() {
                Cells::Words(words) => place = &raw mut words[index as usize],
                // No place is inside of a boolean, so this is the last one.
                Cells::Bools(bools) => {
                    return change_bool(captures.what, &mut bools[index as usize], value(0));
                }
            }
        }
        let op = match captures.what {
            What::Update(op) => {
                *place = math(op, *place, value(0))?;
                return Ok(());
            }
            What::Place(PlaceOp::Set) => {
                let before = std::mem::replace(&mut *place, value(0));
                if captures.ty.is_object()
                    && let Some(before) = reference(before)
                {
                    state.heap.release(before);
                }
                return Ok(());
            }
            What::Place(op) => op,
        };
        // Everything else changes an object: only now is the place known to hold one.
        let list = reference(*place);
        let len = list.map_or(0, |list| list.as_ref().len);
        let element = captures.ty.element().unwrap_or(Ty::I64);
        let check = |index: i64, state: &mut JitState<'_>| {
            if (index as u64) < len as u64 {
                Ok(index as usize)
            } else {
                Err(outside(index, list.map_or(Holds::Words, |list| list.as_ref().holds()), len, state))
            }
        };
        match op {
            PlaceOp::Set => unreachable!("assignments were done above"),
            PlaceOp::Append => {
                let more = object(fp, captures.values);
                append(&mut *place, more, state)?;
                state.heap.release(more);
            }
            PlaceOp::Push => push(place, value(0), state)?,
            PlaceOp::Insert => {
                let index = value(0) as i64;
                if index as u64 > len as u64 {
                    return Err(state.explain(Cause::Index, message::insert(index, len as u64)));
                }
                state.charge(cost::elements(len as u64 - index as u64))?;
                let list = state.make_unique(&mut *place)?;
                make_room(list, state)?;
                Heap::push_word(list, value(1));
                with_cells!((*list.as_ptr()), cells, cells[index as usize..].rotate_right(1));
            }
            PlaceOp::Put => {
                let typed = captures.layouts.of(captures.ty);
                with_kind!(typed, K, maps::put::<K>(&mut *place, typed, (value(0), value(1)), state))?;
            }
            PlaceOp::Remove if list.is_some_and(|list| list.as_ref().holds() == Holds::Map) => {
                let position = check(value(0) as i64, state)?;
                *fp.add(captures.dst as usize) = maps::remove(&mut *place, position, state)?;
            }
            PlaceOp::Remove => {
                let index = check(value(0) as i64, state)?;
                state.charge(cost::elements((len - 1 - index) as u64))?;
                let list = state.make_unique(&mut *place)?;
                let header = &mut *list.as_ptr();
                let removed = header.element(index);
                with_cells!(header, cells, cells[index..].rotate_left(1));
                header.len -= 1;
                *fp.add(captures.dst as usize) = removed.expect("the index was checked");
            }
            PlaceOp::Swap => {
                let a = check(value(0) as i64, state)?;
                let b = check(value(1) as i64, state)?;
                let list = state.make_unique(&mut *place)?;
                with_cells!((*list.as_ptr()), cells, cells.swap(a, b));
            }
            PlaceOp::Reverse => {
                state.charge(cost::elements(len as u64))?;
                let list = state.make_unique(&mut *place)?;
                with_cells!((*list.as_ptr()), cells, cells.reverse());
            }
            PlaceOp::Sort | PlaceOp::SortDesc => {
                let element = captures.layouts.of(element);
                let held = held_by(list, element, state)?;
                state.charge(cost::sort(len as u64, held))?;
                let list = state.make_unique(&mut *place)?;
                let header = &mut *list.as_ptr();
                match header.any_cells() {
                    Cells::Bools(bools) => bools.sort_unstable(),
                    Cells::Words(words) => sort(words, element),
                }
                if op == PlaceOp::SortDesc {
                    with_cells!(header, cells, cells.reverse());
                }
            }
            PlaceOp::SortByKeys | PlaceOp::SortByKeysDesc => {
                let keys = object(fp, captures.values);
                let count = keys.as_ref().len;
                if count != len {
                    return Err(state.explain(Cause::Panic, message::keys(len as u64, count as u64)));
                }
                let element = captures.layouts.of(element);
                let held = held_by(Some(keys), element, state)?;
                state.charge(cost::sort(len as u64, held))?;
                let list = state.make_unique(&mut *place)?;
                let order = order_of(&mut *keys.as_ptr(), element, op == PlaceOp::SortByKeysDesc);
                with_cells!((*list.as_ptr()), cells, permute(cells, &order));
                state.heap.release(keys);
            }
            PlaceOp::Truncate => truncate(&mut *place, value(0) as i64, state)?,
            PlaceOp::Extend => {
                let more = object(fp, captures.values);
                extend(&mut *place, more, state)?;
                state.heap.release(more);
            }
            PlaceOp::Dedup => dedup(&mut *place, captures.layouts.of(element), state)?,
        }
        Ok(())
    }
}

/// Assigns to an element of a list of booleans, or updates it.
fn change_bool(what: What, place: &mut bool, value: u64) -> Result<(), Cause> {
    *place = match what {
        What::Update(op) => math(op, u64::from(*place), value)? != 0,
        What::Place(_) => value != 0,
    };
    Ok(())
}

/// Keeps the first `count` elements of the list in `place`. If somebody else holds it too, only those are copied.
unsafe fn truncate(place: &mut u64, count: i64, state: &mut JitState<'_>) -> Result<(), Cause> {
    if count < 0 {
        return Err(state.explain(Cause::Panic, message::truncate(count)));
    }
    // SAFETY: the caller's place holds a list.
    unsafe {
        let list = reference(*place).unwrap_unchecked();
        let header = list.as_ref();
        let (len, holds) = (header.len, header.holds());
        if count as u64 >= len as u64 {
            return Ok(());
        }
        let count = count as usize;
        if header.is_unique() {
            if holds == Holds::Objects {
                for index in count..len {
                    let word = list.as_ref().words()[index];
                    reference(word).into_iter().for_each(|gone| state.heap.release(gone));
                }
            }
            (*list.as_ptr()).len = count;
        } else {
            state.charge(cost::elements(count as u64))?;
            let copy = state.heap.list_of(header, 0..count)?;
            state.heap.release(list);
            *place = crate::object::word(copy);
        }
        Ok(())
    }
}

/// Puts the elements of `more` behind those of the list in `place`.
unsafe fn extend(place: &mut u64, more: ObjectRef, state: &mut JitState<'_>) -> Result<(), Cause> {
    // SAFETY: the caller's place and operand hold lists.
    unsafe {
        let more = more.as_ref();
        state.charge(cost::elements(more.len as u64))?;
        let list = state.make_unique(place)?;
        let (capacity, len) = (Heap::capacity(list), list.as_ref().len + more.len);
        if capacity < len {
            state.heap.grow(list, size::extended_list(capacity as u64, len as u64) as usize)?;
        }
        Heap::push_part(list, more, 0..more.len);
        Ok(())
    }
}

/// Of equal neighbours in the list in `place` only the first stays.
unsafe fn dedup(place: &mut u64, element: Typed<'_>, state: &mut JitState<'_>) -> Result<(), Cause> {
    // SAFETY: the caller's place holds a list.
    unsafe {
        let len = reference(*place).unwrap_unchecked().as_ref().len;
        state.charge(cost::elements(len as u64))?;
        let list = state.make_unique(place)?;
        if element.ty == Ty::BOOL {
            dedup_bools(&mut *list.as_ptr());
            return Ok(());
        }
        let mut kept = 0;
        for index in 0..len {
            let word = list.as_ref().words()[index];
            // What a trap in here leaves behind goes with the heap as a whole.
            if kept > 0 && state.equal(element, list.as_ref().words()[kept - 1], word)? {
                if element.ty.is_object() {
                    reference(word).into_iter().for_each(|gone| state.heap.release(gone));
                }
            } else {
                (*list.as_ptr()).words_mut()[kept] = word;
                kept += 1;
            }
        }
        (*list.as_ptr()).len = kept;
        Ok(())
    }
}

fn dedup_bools(list: &mut Object) {
    let bools = list.cells_mut::<bool>();
    let mut kept = 0;
    for index in 0..bools.len() {
        if kept == 0 || bools[kept - 1] != bools[index] {
            bools[kept] = bools[index];
            kept += 1;
        }
    }
    list.len = kept;
}

/// What sorting a list has to look at beside the words of its elements; sorting one element is free.
fn held_by(list: Option<ObjectRef>, element: Typed<'_>, state: &JitState<'_>) -> Result<u64, Cause> {
    // SAFETY: the caller holds the list.
    match list.map(|list| unsafe { list.as_ref() }) {
        Some(list) if list.len > 1 => state.held_by(element, list.parts()),
        _ => Ok(0),
    }
}

/// Ascending. Equal elements cannot be told apart, so the order among them does not matter.
fn sort(words: &mut [u64], element: Typed<'_>) {
    match element.ty {
        Ty::I64 => words.sort_unstable_by_key(|&word| word as i64),
        Ty::F64 => words.sort_unstable_by_key(|&word| number::float_order(word)),
        _ => words.sort_unstable_by(|&a, &b| total_order(element, a, b)),
    }
}

/// In which order the elements of `keys` stand when they are sorted; equal ones keep theirs.
fn order_of(keys: &mut Object, element: Typed<'_>, descending: bool) -> Vec<u32> {
    let mut order: Vec<u32> = (0..keys.len as u32).collect();
    let mut sort = |compare: &dyn Fn(usize, usize) -> Ordering| {
        order.sort_by(|&a, &b| {
            let (a, b) = if descending { (b, a) } else { (a, b) };
            compare(a as usize, b as usize)
        });
    };
    match keys.any_cells() {
        Cells::Bools(keys) => sort(&|a, b| keys[a].cmp(&keys[b])),
        Cells::Words(keys) => match element.ty {
            Ty::I64 => sort(&|a, b| (keys[a] as i64).cmp(&(keys[b] as i64))),
            Ty::F64 => sort(&|a, b| number::float_order(keys[a]).cmp(&number::float_order(keys[b]))),
            _ => sort(&|a, b| total_order(element, keys[a], keys[b])),
        },
    }
    order
}

fn permute<T: Copy>(cells: &mut [T], order: &[u32]) {
    let sorted: Vec<T> = order.iter().map(|&at| cells[at as usize]).collect();
    cells.copy_from_slice(&sorted);
}

/// An operator on words, chosen at run time.
pub(crate) fn math(op: MathOp, a: u64, b: u64) -> Result<u64, Cause> {
    use number as n;
    match op {
        MathOp::Add => apply::<n::Add>(a, b),
        MathOp::Sub => apply::<n::Sub>(a, b),
        MathOp::Mul => apply::<n::Mul>(a, b),
        MathOp::Div => apply::<n::Div>(a, b),
        MathOp::Rem => apply::<n::Rem>(a, b),
        MathOp::And => apply::<n::And>(a, b),
        MathOp::Or => apply::<n::Or>(a, b),
        MathOp::Xor => apply::<n::Xor>(a, b),
        MathOp::Shl => apply::<n::Shl>(a, b),
        MathOp::Shr => apply::<n::Shr>(a, b),
        MathOp::WrappingAdd => apply::<n::WrappingAdd>(a, b),
        MathOp::WrappingSub => apply::<n::WrappingSub>(a, b),
        MathOp::WrappingMul => apply::<n::WrappingMul>(a, b),
        MathOp::SaturatingAdd => apply::<n::SaturatingAdd>(a, b),
        MathOp::SaturatingSub => apply::<n::SaturatingSub>(a, b),
        MathOp::SaturatingMul => apply::<n::SaturatingMul>(a, b),
        MathOp::Min => apply::<n::Min>(a, b),
        MathOp::Max => apply::<n::Max>(a, b),
        MathOp::Pow => apply::<n::Pow>(a, b),
        MathOp::DivEuclid => apply::<n::DivEuclid>(a, b),
        MathOp::RemEuclid => apply::<n::RemEuclid>(a, b),
        MathOp::FAdd => apply::<n::FAdd>(a, b),
        MathOp::FSub => apply::<n::FSub>(a, b),
        MathOp::FMul => apply::<n::FMul>(a, b),
        MathOp::FDiv => apply::<n::FDiv>(a, b),
        MathOp::FRem => apply::<n::FRem>(a, b),
        MathOp::FMin => apply::<n::FMin>(a, b),
        MathOp::FMax => apply::<n::FMax>(a, b),
        MathOp::FPow => apply::<n::FPow>(a, b),
        MathOp::FAtan2 => apply::<n::FAtan2>(a, b),
        MathOp::FHypot => apply::<n::FHypot>(a, b),
        MathOp::FPowi => apply::<n::FPowi>(a, b),
        MathOp::BAnd => apply::<n::BAnd>(a, b),
        MathOp::BOr => apply::<n::BOr>(a, b),
        MathOp::BXor => apply::<n::BXor>(a, b),
        MathOp::AddOverflows => apply::<n::AddOverflows>(a, b),
        MathOp::SubOverflows => apply::<n::SubOverflows>(a, b),
        MathOp::MulOverflows => apply::<n::MulOverflows>(a, b),
        MathOp::DivOverflows => apply::<n::DivOverflows>(a, b),
        MathOp::PowOverflows => apply::<n::PowOverflows>(a, b),
    }
}
