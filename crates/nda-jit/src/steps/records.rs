//! Steps that make records, read their fields and take them apart.

use super::lists::{Operands, Work, slot};
use super::places::own;
use crate::fault::{Cause, Fault};
use crate::layout::LayoutsOf;
use crate::number::{Binary, Word};
use crate::object::{Heap, reference, variant_of, word};
use crate::operand::Expr;
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};
use nda_graph::Ty;
use nda_graph::run::message;
use std::marker::PhantomData;

/// A record of the `count` words from `first` on, where they lie; `COUNT` says how many where it is not 0.
#[derive(Clone, Copy)]
pub(crate) struct Construct<const COUNT: usize> {
    pub(crate) first: u16,
    pub(crate) count: u16,
    pub(crate) dst: u16,
    /// How many of them are objects.
    pub(crate) objects: u16,
    pub(crate) variant: u16,
}

// SAFETY: reads the slots it was given and writes `dst`.
unsafe impl<const COUNT: usize> Captures for Construct<COUNT> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let Construct { first, count, dst, objects, variant } = *Step::<Self>::at(ip);
            // Known here, it makes copying the fields a few instructions.
            let count = if COUNT > 0 { COUNT } else { count as usize };
            let fields = std::slice::from_raw_parts(fp.add(first as usize), count);
            match state.heap.record(u32::from(variant), objects, fields) {
                Ok(record) => {
                    *fp.add(dst as usize) = word(record);
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

/// A value of another variant than a step wants.
#[cold]
#[inline(never)]
pub(crate) unsafe fn other_variant(
    found: u32,
    layouts: LayoutsOf,
    ty: Ty,
    state: &mut JitState<'_>,
) -> Cause {
    // SAFETY: the caller's step is alive.
    let layout = unsafe { layouts.of(ty) }.variant(found);
    let name = layout.map_or("", |layout| &*layout.name);
    state.explain(Cause::Panic, message::variant(name))
}

/// `dst` = the field at `place` of the tuple or struct in `a`, which cannot be of another variant.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    pub(crate) place: u16,
    /// Whether it is an object and gets one more owner.
    pub(crate) share: bool,
}

impl Work for Field {
    #[inline(always)]
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise; the verifier proved that the record has this field.
        unsafe {
            let record = reference(slot!(fp, o.a)).unwrap_unchecked().as_ref();
            let field = *record.fields().get_unchecked(self.place as usize);
            if self.share
                && let Some(shared) = reference(field)
            {
                Heap::share(shared);
            }
            o.release(fp, state);
            slot!(fp, o.dst) = field;
            Ok(())
        }
    }
}

/// `dst` = the field at `place` of the enum in `a`, if it is of `variant`; `ty` is the enum.
#[derive(Clone, Copy)]
pub(crate) struct FieldOf {
    pub(crate) field: Field,
    pub(crate) variant: u16,
    pub(crate) layouts: LayoutsOf,
}

impl Work for FieldOf {
    #[inline(always)]
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise; a value of the variant has its fields.
        unsafe {
            let found = variant_of(slot!(fp, o.a));
            if found != u32::from(self.variant) {
                return Err(other_variant(found, self.layouts, o.ty, state));
            }
            self.field.apply(o, fp, state)
        }
    }
}

/// Checks that the value in `a`, of an enum whose values are plain words, is `variant`.
#[derive(Clone, Copy)]
pub(crate) struct CheckPlain {
    pub(crate) variant: u16,
    pub(crate) layouts: LayoutsOf,
}

impl Work for CheckPlain {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let found = slot!(fp, o.a) as u32;
            if found == u32::from(self.variant) {
                return Ok(());
            }
            Err(other_variant(found, self.layouts, o.ty, state))
        }
    }
}

/// Takes the value in `a` apart: its `count` fields go to the slots from `dst` on, in the order of the type `ty`.
#[derive(Clone, Copy)]
pub(crate) struct Unpack {
    pub(crate) variant: u16,
    /// By field: where it lies. Belongs to the layouts.
    pub(crate) places: *const u16,
    pub(crate) layouts: LayoutsOf,
}

impl Work for Unpack {
    #[inline(always)]
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise; a value of the variant has `count` fields, and is a record if that is not 0.
        unsafe {
            let whole = slot!(fp, o.a);
            let found = variant_of(whole);
            if found != u32::from(self.variant) {
                return Err(other_variant(found, self.layouts, o.ty, state));
            }
            slot!(fp, o.a) = 0;
            let Some(record) = reference(whole) else { return Ok(()) };
            let fields = record.as_ref().fields();
            for index in 0..o.count as usize {
                slot!(fp, o.dst as usize + index) = *fields.get_unchecked(*self.places.add(index) as usize);
            }
            // The only owner gives its fields away; else they get one more owner each.
            if record.as_ref().is_unique() {
                state.heap.free_shell(record);
            } else {
                record.as_ref().parts().iter().filter_map(|&word| reference(word)).for_each(Heap::share);
                state.heap.release(record);
            }
            Ok(())
        }
    }
}

/// `record.field = value` of a plain field.
#[derive(Clone, Copy)]
pub(crate) struct SetField<V> {
    pub(crate) record: u16,
    pub(crate) place: u16,
    pub(crate) value: V,
}

// SAFETY: reads and writes its record's slot and what the expression reads.
unsafe impl<V: Expr> Captures for SetField<V> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise; the verifier proved that the record has this field.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value.to_bits(),
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let place = fp.add(captures.record as usize);
            let record = &mut *reference(*place).unwrap_unchecked().as_ptr();
            if !record.is_unique() {
                return own_record(ip, fp, state, place);
            }
            *record.fields_mut().get_unchecked_mut(captures.place as usize) = value;
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// `record.field op= value` of a plain field.
#[derive(Clone, Copy)]
pub(crate) struct UpdateField<O, V> {
    pub(crate) record: u16,
    pub(crate) place: u16,
    pub(crate) value: V,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads and writes its record's slot and what the expression reads.
unsafe impl<O, V> Captures for UpdateField<O, V>
where
    O: Binary<Out = <O as Binary>::A>,
    V: Expr<Out = O::B>,
{
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise; the verifier proved that the record has this field.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value,
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let place = fp.add(captures.record as usize);
            let record = &mut *reference(*place).unwrap_unchecked().as_ptr();
            if !record.is_unique() {
                return own_record(ip, fp, state, place);
            }
            let field = record.fields_mut().get_unchecked_mut(captures.place as usize);
            match O::apply(O::A::from_bits(*field), value) {
                Ok(result) => {
                    *field = result.to_bits();
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

/// Makes the record in `place` its holder's alone, then runs the step again.
///
/// # Safety
/// As [`Captures::run`]; `place` holds a record, and the step has changed nothing yet.
#[cold]
#[inline(never)]
unsafe fn own_record(ip: Ip, fp: Fp, state: &mut JitState<'_>, place: *mut u64) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe {
        match state.make_unique(&mut *place) {
            Ok(_) => go(ip, fp, state),
            Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
        }
    }
}

/// Where a plain field of an element of a list is: the slots of the list and of the index, and where the field lies.
#[derive(Clone, Copy)]
pub(crate) struct ElementField {
    pub(crate) list: u16,
    pub(crate) index: u16,
    pub(crate) place: u16,
}

impl ElementField {
    /// The field, if the element is there and its holder's alone.
    ///
    /// # Safety
    /// The slots hold a list of records with that field, as the verifier proved, and an index.
    #[inline(always)]
    unsafe fn owned<'f>(self, fp: Fp) -> Option<&'f mut u64> {
        // SAFETY: the caller's promise.
        unsafe {
            let list = &mut *reference(*fp.add(self.list as usize)).unwrap_unchecked().as_ptr();
            let index = *fp.add(self.index as usize);
            if !list.is_unique() || index >= list.len as u64 {
                return None;
            }
            let element = *list.words_mut().get_unchecked(index as usize);
            let record = &mut *reference(element).unwrap_unchecked().as_ptr();
            record.is_unique().then(|| record.fields_mut().get_unchecked_mut(self.place as usize))
        }
    }
}

/// Checks the index and makes the list and the element its holder's alone, then runs the step again.
///
/// # Safety
/// As [`ElementField::owned`] and [`Captures::run`]; the step has changed nothing yet.
#[cold]
#[inline(never)]
unsafe fn own_element_field(ip: Ip, fp: Fp, state: &mut JitState<'_>, field: ElementField) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe {
        let index = *fp.add(field.index as usize) as i64;
        let owned = own(fp.add(field.list as usize), index, state).and_then(|list| {
            let element = &mut (*list.as_ptr()).words_mut()[index as usize];
            state.make_unique(element)
        });
        match owned {
            Ok(_) => go(ip, fp, state),
            Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
        }
    }
}

/// `list[index].field = value` of a plain field.
#[derive(Clone, Copy)]
pub(crate) struct SetElementField<V> {
    pub(crate) field: ElementField,
    pub(crate) value: V,
}

// SAFETY: reads and writes its list's slot and what the expression and the index read.
unsafe impl<V: Expr> Captures for SetElementField<V> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value.to_bits(),
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let Some(field) = captures.field.owned(fp) else {
                return own_element_field(ip, fp, state, captures.field);
            };
            *field = value;
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// `list[index].field op= value` of a plain field.
#[derive(Clone, Copy)]
pub(crate) struct UpdateElementField<O, V> {
    pub(crate) field: ElementField,
    pub(crate) value: V,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads and writes its list's slot and what the expression and the index read.
unsafe impl<O, V> Captures for UpdateElementField<O, V>
where
    O: Binary<Out = <O as Binary>::A>,
    V: Expr<Out = O::B>,
{
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let value = match captures.value.get(fp, state) {
                Ok(value) => value,
                Err(fault) => return trap(ip, fp, state, fault.left()),
            };
            let Some(field) = captures.field.owned(fp) else {
                return own_element_field(ip, fp, state, captures.field);
            };
            match O::apply(O::A::from_bits(*field), value) {
                Ok(result) => {
                    *field = result.to_bits();
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}
