//! Steps that move, share, release, build and read objects.

use crate::fault::{Cause, Fault};
use crate::layout::LayoutsOf;
use crate::number::{self, Binary, Word};
use crate::object::{Heap, Holds, ObjectRef, reference, word};
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, trap};
use nda_graph::run::{cost, message, size};
use nda_graph::{CompareOp, Ty};

/// The object in a slot.
///
/// # Safety
/// The slot holds an object that is alive: the verifier proves that every use of an object slot finds one.
#[inline(always)]
pub(crate) unsafe fn object(fp: Fp, slot: u16) -> ObjectRef {
    // SAFETY: the caller's promise.
    unsafe { reference(*fp.add(slot as usize)).unwrap_unchecked() }
}

/// The operands of a step on objects. Not every step uses all of them.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    /// The first operand's word.
    pub a: u16,
    /// The second's.
    pub b: u16,
    /// The third's.
    pub c: u16,
    /// Where the result goes.
    pub dst: u16,
    /// A type the step needs: of its operands or its result.
    pub ty: Ty,
    /// How many operands stand from `a` on, for steps that take any number.
    pub count: u32,
    /// Bit n: operand n is an owned object, to be released when the work is done.
    pub owned: u8,
}

impl Operands {
    /// No operands.
    pub const NONE: Self = Self { a: 0, b: 0, c: 0, dst: 0, ty: Ty::UNIT, count: 0, owned: 0 };

    /// Any number of operands one behind the other.
    pub const fn many(a: u16, count: u32, dst: u16, ty: Ty) -> Self {
        Self { a, count, dst, ty, ..Self::NONE }
    }

    /// Releases the owned operands among `a`, `b` and `c`.
    ///
    /// # Safety
    /// The slots hold what the compiler put there.
    #[inline(always)]
    pub(super) unsafe fn release(&self, fp: Fp, state: &mut JitState<'_>) {
        if self.owned == 0 {
            return;
        }
        for (bit, slot) in [self.a, self.b, self.c].into_iter().enumerate() {
            if self.owned >> bit & 1 == 1 {
                // SAFETY: the caller's promise.
                unsafe { reference(*fp.add(slot as usize)) }
                    .into_iter()
                    .for_each(|held| state.heap.release(held));
            }
        }
    }
}

/// The work of a step on objects.
pub(crate) trait Work: Copy + 'static {
    /// Does it.
    ///
    /// # Safety
    /// The slots hold what the compiler put there.
    unsafe fn apply(self, operands: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause>;
}

/// A step on objects.
#[derive(Clone, Copy)]
pub(crate) struct Do<W> {
    pub(crate) operands: Operands,
    pub(crate) work: W,
}

// SAFETY: touches the slots of its operands only.
unsafe impl<W: Work> Captures for Do<W> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            match captures.work.apply(&captures.operands, fp, state) {
                Ok(()) => go(Step::<Self>::behind(ip), fp, state),
                Err(cause) => trap(ip, fp, state, Fault::at_root(cause)),
            }
        }
    }
}

macro_rules! works {
    ($($(#[doc = $doc:literal])* $name:ident($o:ident, $fp:ident, $state:ident) $body:block)*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Default)]
        pub(crate) struct $name;

        impl Work for $name {
            unsafe fn apply(self, $o: &Operands, $fp: Fp, $state: &mut JitState<'_>) -> Result<(), Cause> {
                // SAFETY: the caller's promise covers every slot named here.
                unsafe { $body }
            }
        }
    )*};
}

/// A slot of the frame, to read or write.
macro_rules! slot {
    ($fp:ident, $slot:expr) => {
        *$fp.add($slot as usize)
    };
}
pub(super) use slot;

works! {
    /// `dst = a`, and `a` is empty.
    Move(o, fp, _state) {
        slot!(fp, o.dst) = slot!(fp, o.a);
        slot!(fp, o.a) = 0;
        Ok(())
    }

    /// `dst = a`, one more owner.
    Share(o, fp, _state) {
        let shared = slot!(fp, o.a);
        if let Some(shared) = reference(shared) {
            Heap::share(shared);
        }
        slot!(fp, o.dst) = shared;
        Ok(())
    }

    /// Gives up what `a` still holds.
    Drop(o, fp, state) {
        if let Some(held) = reference(slot!(fp, o.a)) {
            slot!(fp, o.a) = 0;
            state.heap.release(held);
        }
        Ok(())
    }

    /// `dst = a`, giving up what `dst` held.
    Store(o, fp, state) {
        let before = slot!(fp, o.dst);
        slot!(fp, o.dst) = slot!(fp, o.a);
        if let Some(before) = reference(before) {
            state.heap.release(before);
        }
        Ok(())
    }

    /// `dst = a.len()`.
    Len(o, fp, state) {
        let len = object(fp, o.a).as_ref().len;
        o.release(fp, state);
        slot!(fp, o.dst) = len as u64;
        Ok(())
    }

    /// `dst = a[b]`; `ty` is the element's type, and an object gets one more owner.
    Index(o, fp, state) {
        let list = object(fp, o.a).as_ref();
        let index = slot!(fp, o.b) as i64;
        let Some(element) = usize::try_from(index).ok().and_then(|index| list.element(index)) else {
            let len = list.len as u64;
            return Err(state.explain(Cause::Index, message::index(index, len)));
        };
        if o.ty.is_object() && let Some(shared) = reference(element) {
            Heap::share(shared);
        }
        o.release(fp, state);
        slot!(fp, o.dst) = element;
        Ok(())
    }

    /// `dst = [a, …]`: takes `count` slots from `a` on; `ty` is the list's type.
    List(o, fp, state) {
        let count = o.count as usize;
        state.charge(cost::elements(count as u64))?;
        let list = state.heap.allocate(crate::object::holds(o.ty), count)?;
        for index in 0..count {
            Heap::push_word(list, slot!(fp, o.a as usize + index));
        }
        slot!(fp, o.dst) = word(list);
        Ok(())
    }

    /// `dst = [a; b]`; `ty` is the list's type.
    Repeat(o, fp, state) {
        let count = slot!(fp, o.b) as i64;
        if count < 0 {
            return Err(state.explain(Cause::Panic, message::repeat(count)));
        }
        state.charge(cost::elements(count as u64))?;
        let holds = crate::object::holds(o.ty);
        let value = slot!(fp, o.a);
        let list = state.heap.list_filled(holds, value, count as usize)?;
        if holds == Holds::Objects && let Some(shared) = reference(value) {
            (0..count).for_each(|_| Heap::share(shared));
            state.heap.release(shared);
        }
        slot!(fp, o.dst) = word(list);
        Ok(())
    }

    /// `dst = a[b..c]` on lists.
    Slice(o, fp, state) {
        let to = slot!(fp, o.c) as i64;
        slice(o, slot!(fp, o.b) as i64, to, fp, state)
    }

    /// `dst = a[b..]` on lists.
    SliceFrom(o, fp, state) {
        let to = object(fp, o.a).as_ref().len as i64;
        slice(o, slot!(fp, o.b) as i64, to, fp, state)
    }

    /// `dst = a.concat(b)`.
    Concat(o, fp, state) {
        let (a, b) = (object(fp, o.a).as_ref(), object(fp, o.b).as_ref());
        let len = a.len + b.len;
        state.charge(cost::elements(len as u64))?;
        let list = state.heap.allocate(a.holds(), len)?;
        Heap::push_part(list, a, 0..a.len);
        Heap::push_part(list, b, 0..b.len);
        o.release(fp, state);
        slot!(fp, o.dst) = word(list);
        Ok(())
    }

    /// `dst = a.sum()` on integers.
    Sum(o, fp, state) {
        fold::<number::Add, i64>(o, 0, fp, state)
    }

    /// `dst = a.product()` on integers.
    Product(o, fp, state) {
        fold::<number::Mul, i64>(o, 1, fp, state)
    }

    /// `dst = a.sum()` on floats.
    FSum(o, fp, state) {
        fold::<number::FAdd, f64>(o, 0.0, fp, state)
    }

    /// `dst = a.product()` on floats.
    FProduct(o, fp, state) {
        fold::<number::FMul, f64>(o, 1.0, fp, state)
    }

    /// `dst = a.min()` on integers.
    Minimum(o, fp, state) {
        extreme::<number::Min, i64>(o, fp, state)
    }

    /// `dst = a.max()` on integers.
    Maximum(o, fp, state) {
        extreme::<number::Max, i64>(o, fp, state)
    }

    /// `dst = a.min()` on floats.
    FMinimum(o, fp, state) {
        extreme::<number::FMin, f64>(o, fp, state)
    }

    /// `dst = a.max()` on floats.
    FMaximum(o, fp, state) {
        extreme::<number::FMax, f64>(o, fp, state)
    }

    /// `dst = a + b` on text; `a` is always owned, and extended in place if nobody else owns it.
    Join(o, fp, state) {
        let mut place = slot!(fp, o.a);
        append(&mut place, object(fp, o.b), state)?;
        o.release(fp, state);
        slot!(fp, o.dst) = place;
        Ok(())
    }

    /// `dst = a.clamp(b, c)` on integers.
    Clamp(o, fp, _state) {
        let (value, low, high) = (slot!(fp, o.a) as i64, slot!(fp, o.b) as i64, slot!(fp, o.c) as i64);
        if low > high {
            return Err(Cause::Clamp);
        }
        slot!(fp, o.dst) = value.clamp(low, high) as u64;
        Ok(())
    }

    /// `dst = a.clamp(b, c)` on floats.
    FClamp(o, fp, _state) {
        let at = |slot: u16| f64::from_bits(slot!(fp, slot));
        let (value, low, high) = (at(o.a), at(o.b), at(o.c));
        // A NaN bound is not `<=` anything.
        if !matches!(low.partial_cmp(&high), Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal)) {
            return Err(Cause::Clamp);
        }
        slot!(fp, o.dst) = value.clamp(low, high).to_bits();
        Ok(())
    }
}

/// `dst = a.contains(b)` on lists; `ty` is the element's type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Contains {
    pub(crate) layouts: LayoutsOf,
}

impl Work for Contains {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let found = position(o, self.layouts, fp, state)?;
            o.release(fp, state);
            slot!(fp, o.dst) = u64::from(found.is_some());
            Ok(())
        }
    }
}

/// `dst = a.index_of(b)` on lists; `ty` is the element's type.
#[derive(Clone, Copy, Default)]
pub(crate) struct IndexOf {
    pub(crate) layouts: LayoutsOf,
}

impl Work for IndexOf {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let found = position(o, self.layouts, fp, state)?;
            o.release(fp, state);
            slot!(fp, o.dst) = found.map_or(-1, |at| at as i64) as u64;
            Ok(())
        }
    }
}

/// `print(a)`; `ty` is its type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Print {
    pub(crate) layouts: LayoutsOf,
}

impl Work for Print {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            state.print(self.layouts.of(o.ty), slot!(fp, o.a))?;
            o.release(fp, state);
            Ok(())
        }
    }
}

/// `a op b` on objects; `count` is the operator's number and `ty` the operands' type.
#[derive(Clone, Copy, Default)]
pub(crate) struct Compare {
    pub(crate) layouts: LayoutsOf,
}

impl Work for Compare {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (a, b, typed) = (slot!(fp, o.a), slot!(fp, o.b), self.layouts.of(o.ty));
            let op = CompareOp::from_code(o.count as u8).unwrap_or(CompareOp::Eq);
            let result = match op {
                CompareOp::Eq => state.equal(typed, a, b)?,
                CompareOp::Ne => !state.equal(typed, a, b)?,
                _ => state.order(typed, a, b)?.is_some_and(|order| match op {
                    CompareOp::Lt => order.is_lt(),
                    CompareOp::Le => order.is_le(),
                    CompareOp::Gt => order.is_gt(),
                    _ => order.is_ge(),
                }),
            };
            o.release(fp, state);
            slot!(fp, o.dst) = u64::from(result);
            Ok(())
        }
    }
}

/// `dst = start op a[0] op a[1] …`.
unsafe fn fold<O, T>(o: &Operands, start: T, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause>
where
    O: Binary<A = T, B = T, Out = T>,
    T: Word,
{
    // SAFETY: the caller's promise.
    unsafe {
        let list = object(fp, o.a).as_ref();
        state.charge(cost::elements(list.len as u64))?;
        let result = list.words().iter().try_fold(start, |sum, &word| O::apply(sum, T::from_bits(word)))?;
        o.release(fp, state);
        slot!(fp, o.dst) = result.to_bits();
        Ok(())
    }
}

/// The smallest or greatest of the elements, which operator `O` finds.
unsafe fn extreme<O, T>(o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause>
where
    O: Binary<A = T, B = T, Out = T>,
    T: Word,
{
    // SAFETY: the caller's promise.
    unsafe {
        match object(fp, o.a).as_ref().words().first() {
            Some(&first) => fold::<O, T>(o, T::from_bits(first), fp, state),
            None => Err(state.explain(Cause::Panic, message::NO_ELEMENT.to_owned())),
        }
    }
}

/// Where the first element of list `a` is that equals `b`.
unsafe fn position(
    o: &Operands,
    layouts: LayoutsOf,
    fp: Fp,
    state: &mut JitState<'_>,
) -> Result<Option<usize>, Cause> {
    // SAFETY: the caller's promise.
    unsafe {
        let list = object(fp, o.a).as_ref();
        state.charge(cost::elements(list.len as u64))?;
        let (wanted, typed) = (slot!(fp, o.b), layouts.of(o.ty));
        for (at, element) in list.elements().enumerate() {
            if state.equal(typed, element, wanted)? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}

unsafe fn slice(o: &Operands, from: i64, to: i64, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
    // SAFETY: the caller's promise.
    unsafe {
        let list = object(fp, o.a).as_ref();
        if from < 0 || from > to || to as u64 > list.len as u64 {
            return Err(state.explain(Cause::Index, message::slice(from, to, list.len as u64)));
        }
        let part = from as usize..to as usize;
        state.charge(cost::elements(part.len() as u64))?;
        let part = state.heap.list_of(list, part)?;
        o.release(fp, state);
        slot!(fp, o.dst) = word(part);
        Ok(())
    }
}

/// Appends the text `more` to the text in `place`: in place if its holder owns it alone.
pub(crate) fn append(place: &mut u64, more: ObjectRef, state: &mut JitState<'_>) -> Result<(), Cause> {
    let text = reference(*place).expect("a text that grows is there");
    // SAFETY: both are alive: the place and the operand hold them.
    let (header, more) = unsafe { (text.as_ref(), more.as_ref()) };
    if header.is_unique() {
        state.charge(cost::bytes(more.len as u64))?;
        let len = header.len + more.len;
        let capacity = Heap::capacity(text);
        if capacity < len {
            state.heap.grow(text, size::grown_text(capacity as u64, len as u64) as usize)?;
        }
        Heap::push_text(text, more.text());
    } else {
        state.charge(cost::bytes((header.len + more.len) as u64))?;
        let joined = state.heap.text_of(&[header.text(), more.text()])?;
        state.heap.release(text);
        *place = word(joined);
    }
    Ok(())
}

/// An operator on words, chosen at run time: for steps too rare to be compiled for each operator.
pub(crate) fn apply<O: Binary>(a: u64, b: u64) -> Result<u64, Cause> {
    O::apply(O::A::from_bits(a), O::B::from_bits(b)).map(Word::to_bits)
}
