//! Expressions inside of a step, as types: slots, constants, and operators on them. `Bin<Add, S, K>` is an addition of a
//! slot and a constant, compiled to a few instructions where it is used; how deep such shapes go is decided in
//! [`crate::compile::shapes`].
#![allow(unsafe_code)]

use crate::fault::{Cause, Fault};
use crate::number::{Binary, Unary, Word};
use crate::object::{reference, variant_of};
use crate::state::JitState;
use crate::step::Fp;
use nda_graph::run::message;
use std::marker::PhantomData;

/// Something that can be evaluated inside of a step.
///
/// # Safety
/// `get` reads only the slots it was built with.
pub(crate) unsafe trait Expr: Copy + 'static {
    /// The type of the value.
    type Out: Word;

    /// The value.
    ///
    /// # Safety
    /// `fp` points to a frame whose slots the expression was compiled for.
    unsafe fn get(&self, fp: Fp, state: &mut JitState<'_>) -> Result<Self::Out, Fault>;
}

/// The value of a slot.
#[derive(Clone, Copy)]
pub(crate) struct S<T>(pub(crate) u16, pub(crate) PhantomData<T>);

// SAFETY: reads slot `self.0`.
unsafe impl<T: Word> Expr for S<T> {
    type Out = T;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, _: &mut JitState<'_>) -> Result<T, Fault> {
        // SAFETY: the caller's promise.
        Ok(T::from_bits(unsafe { *fp.add(self.0 as usize) }))
    }
}

/// A constant.
#[derive(Clone, Copy)]
pub(crate) struct K<T>(pub(crate) T);

// SAFETY: reads nothing.
unsafe impl<T: Word> Expr for K<T> {
    type Out = T;

    #[inline(always)]
    unsafe fn get(&self, _: Fp, _: &mut JitState<'_>) -> Result<T, Fault> {
        Ok(self.0)
    }
}

/// An operator on two expressions, the first evaluated first.
#[derive(Clone, Copy)]
pub(crate) struct Bin<O, A, B> {
    pub(crate) a: A,
    pub(crate) b: B,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads what its operands read.
unsafe impl<O: Binary, A: Expr<Out = O::A>, B: Expr<Out = O::B>> Expr for Bin<O, A, B> {
    type Out = O::Out;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, state: &mut JitState<'_>) -> Result<O::Out, Fault> {
        // SAFETY: the caller's promise.
        unsafe {
            let a = self.a.get(fp, state).map_err(Fault::left)?;
            let b = self.b.get(fp, state).map_err(Fault::right)?;
            O::apply(a, b).map_err(Fault::at_root)
        }
    }
}

/// An operator on one expression.
#[derive(Clone, Copy)]
pub(crate) struct Un<O, A> {
    pub(crate) a: A,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads what its operand reads.
unsafe impl<O: Unary, A: Expr<Out = O::A>> Expr for Un<O, A> {
    type Out = O::Out;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, state: &mut JitState<'_>) -> Result<O::Out, Fault> {
        // SAFETY: the caller's promise.
        unsafe {
            let a = self.a.get(fp, state).map_err(Fault::left)?;
            O::apply(a).map_err(Fault::at_root)
        }
    }
}

/// A plain element of the list in a slot.
#[derive(Clone, Copy)]
pub(crate) struct At<T, I> {
    pub(crate) list: u16,
    pub(crate) index: I,
    pub(crate) element: PhantomData<T>,
}

// SAFETY: reads its list's slot and what the index reads.
unsafe impl<T: Word, I: Expr<Out = i64>> Expr for At<T, I> {
    type Out = T;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, state: &mut JitState<'_>) -> Result<T, Fault> {
        // SAFETY: the caller's promise; the slot holds a list that is alive, as the verifier proved.
        unsafe {
            let index = self.index.get(fp, state).map_err(Fault::right)?;
            let list = reference(*fp.add(self.list as usize)).unwrap_unchecked().as_ref();
            let cells = list.cells::<T>();
            // A negative index is a huge unsigned one.
            if (index as u64) < cells.len() as u64 {
                Ok(T::from_cell(*cells.get_unchecked(index as usize)))
            } else {
                Err(outside(state, index, cells.len()))
            }
        }
    }
}

/// A plain field of the struct or tuple in a slot.
#[derive(Clone, Copy)]
pub(crate) struct Part<T> {
    pub(crate) slot: u16,
    /// Where the field lies.
    pub(crate) place: u16,
    pub(crate) field: PhantomData<T>,
}

// SAFETY: reads its slot.
unsafe impl<T: Word> Expr for Part<T> {
    type Out = T;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, _: &mut JitState<'_>) -> Result<T, Fault> {
        // SAFETY: the verifier proved that the slot holds a value of a type with one variant, which has this field: so it
        // is a record, and the field a word of it.
        unsafe {
            let record = reference(*fp.add(self.slot as usize)).unwrap_unchecked().as_ref();
            Ok(T::from_bits(*record.fields().get_unchecked(self.place as usize)))
        }
    }
}

/// A plain field of an element of the list of structs or tuples in a slot.
#[derive(Clone, Copy)]
pub(crate) struct PartAt<T> {
    pub(crate) list: u16,
    /// The slot of the index.
    pub(crate) index: u16,
    /// Where the field lies.
    pub(crate) place: u16,
    pub(crate) field: PhantomData<T>,
}

// SAFETY: reads its list's slot and the index's.
unsafe impl<T: Word> Expr for PartAt<T> {
    type Out = T;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, state: &mut JitState<'_>) -> Result<T, Fault> {
        // SAFETY: the caller's promise; the verifier proved that the slot holds a list of values of a type with one variant,
        // which has this field: so each is a record, and the field a word of it.
        unsafe {
            let index = *fp.add(self.index as usize);
            let list = reference(*fp.add(self.list as usize)).unwrap_unchecked().as_ref().words();
            if index < list.len() as u64 {
                let record = reference(*list.get_unchecked(index as usize)).unwrap_unchecked().as_ref();
                Ok(T::from_bits(*record.fields().get_unchecked(self.place as usize)))
            } else {
                Err(outside(state, index as i64, list.len()))
            }
        }
    }
}

/// The number of the variant in a slot whose type has values on the heap.
#[derive(Clone, Copy)]
pub(crate) struct TagOf(pub(crate) u16);

// SAFETY: reads its slot.
unsafe impl Expr for TagOf {
    type Out = i64;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, _: &mut JitState<'_>) -> Result<i64, Fault> {
        // SAFETY: the slot holds a value of an enum that is alive, as the verifier proved.
        Ok(i64::from(unsafe { variant_of(*fp.add(self.0 as usize)) }))
    }
}

/// How many elements, bytes or entries the object in a slot has.
#[derive(Clone, Copy)]
pub(crate) struct LenOf(pub(crate) u16);

// SAFETY: reads its slot.
unsafe impl Expr for LenOf {
    type Out = i64;

    #[inline(always)]
    unsafe fn get(&self, fp: Fp, _: &mut JitState<'_>) -> Result<i64, Fault> {
        // SAFETY: the slot holds an object that is alive, as the verifier proved.
        Ok(unsafe { reference(*fp.add(self.0 as usize)).unwrap_unchecked().as_ref() }.len as i64)
    }
}

/// An index outside a list.
#[cold]
#[inline(never)]
pub(crate) fn outside(state: &mut JitState<'_>, index: i64, len: usize) -> Fault {
    Fault::at_root(state.explain(Cause::Index, message::index(index, len as u64)))
}
