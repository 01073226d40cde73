//! Steps that decide what runs next: branches, loops, calls, and the end of a run.

use crate::entrance::Entrance;
use crate::fault::{Cause, Fault};
use crate::heads;
use crate::layout::{Layouts, Typed};
use crate::number::{Binary, Word};
use crate::object::{Heap, reference};
use crate::operand::Expr;
use crate::state::JitState;
use crate::step::{Captures, Fp, Ip, JitControlFlow, Step, go, jump, trap};
use crate::values::{copy_cost, export, footprint};
use nda_graph::run::message;
use nda_graph::{Signature, Value};
use std::marker::PhantomData;
use std::sync::Arc;

/// Takes one unit of fuel for a loop body. It stands before anything the step changes: where the slice at hand is used
/// up, the step runs again with the next.
macro_rules! charge {
    ($ip:ident, $fp:ident, $state:ident) => {
        if $state.fuel == 0 {
            return refuel($ip, $fp, $state);
        }
        $state.fuel -= 1;
    };
}

/// Takes the fuel and the depth of a call; like `charge!`, before anything the step changes.
macro_rules! enter {
    ($ip:ident, $fp:ident, $state:ident) => {
        if $state.fuel == 0 {
            return refuel($ip, $fp, $state);
        }
        if $state.depth == $state.depth_reached {
            return deeper($ip, $fp, $state);
        }
        $state.fuel -= 1;
        $state.depth += 1;
    };
}

/// Gets the next slice of fuel and runs the step again. Slow paths end in a jump, as steps do, so that nothing has to
/// be kept for them.
///
/// # Safety
/// As [`Captures::run`]; the step has changed nothing yet.
#[cold]
#[inline(never)]
unsafe fn refuel(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    match state.next_slice() {
        // SAFETY: the caller's promise.
        Ok(()) if state.tier_up.is_none() => unsafe { go(ip, fp, state) },
        // SAFETY: the caller's promise.
        Ok(()) => unsafe { heads::go_on(ip, fp, state) },
        Err(cause) => trap(ip, fp, state, Fault::of_step(cause)),
    }
}

/// A call nests deeper than any before: looks at the limit and runs the step again.
///
/// # Safety
/// As [`Captures::run`]; the step has changed nothing yet, and there is fuel.
#[inline(never)]
unsafe fn deeper(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe { deeper_by(1, ip, fp, state) }
}

/// [`deeper`] for an [`Enter`] step.
///
/// # Safety
/// As [`deeper`], and the step is an [`Enter`].
#[inline(never)]
unsafe fn deeper_inline(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe { deeper_by(Step::<Enter>::at(ip).levels, ip, fp, state) }
}

/// # Safety
/// As [`deeper`].
#[inline(always)]
unsafe fn deeper_by(levels: u32, ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    if state.depth + levels <= state.limits().depth {
        state.depth_reached = state.depth + levels;
        // SAFETY: the caller's promise.
        unsafe { go(ip, fp, state) }
    } else {
        // The fuel for the call comes first.
        state.fuel -= 1;
        trap(ip, fp, state, Fault::of_step(Cause::Depth))
    }
}

/// Goes to a step elsewhere.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Jump {
    pub(crate) target: i32,
}

// SAFETY: the compiler wrote a target where a step starts.
unsafe impl Captures for Jump {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe { jump(ip, Step::<Self>::at(ip).target, fp, state) }
    }
}

/// Goes elsewhere if the condition is `WHEN`; a jump back into a loop body `CHARGE`s for it.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Branch<C, const WHEN: bool, const CHARGE: bool> {
    pub(crate) target: i32,
    pub(crate) condition: C,
}

// SAFETY: reads what the condition reads; the compiler wrote a target where a step starts.
unsafe impl<C: Expr<Out = bool>, const WHEN: bool, const CHARGE: bool> Captures for Branch<C, WHEN, CHARGE> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            match captures.condition.get(fp, state) {
                Ok(value) if value == WHEN => {
                    if CHARGE {
                        charge!(ip, fp, state);
                    }
                    jump(ip, captures.target, fp, state)
                }
                Ok(_) => go(Step::<Self>::behind(ip), fp, state),
                Err(fault) => trap(ip, fp, state, fault),
            }
        }
    }
}

/// `if condition { slot = value }`, and past the other part if there is one: `ELSE`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct SetIf<C, E, const ELSE: bool> {
    /// Behind the other part.
    pub(crate) target: i32,
    pub(crate) dst: u16,
    pub(crate) condition: C,
    pub(crate) value: E,
}

// SAFETY: writes `dst`, reads what the expressions read; the compiler wrote a target where a step starts.
unsafe impl<C: Expr<Out = bool>, E: Expr, const ELSE: bool> Captures for SetIf<C, E, ELSE> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            match captures.condition.get(fp, state) {
                Ok(true) => {}
                Ok(false) => return go(Step::<Self>::behind(ip), fp, state),
                Err(fault) => return trap(ip, fp, state, fault.left()),
            }
            match captures.value.get(fp, state) {
                Ok(value) => {
                    *fp.add(captures.dst as usize) = Word::to_bits(value);
                    if ELSE {
                        jump(ip, captures.target, fp, state)
                    } else {
                        go(Step::<Self>::behind(ip), fp, state)
                    }
                }
                Err(fault) => trap(ip, fp, state, fault.right()),
            }
        }
    }
}

/// One unit of fuel: a loop body is entered.
#[derive(Clone, Copy)]
pub(crate) struct Tick;

// SAFETY: touches no slot.
unsafe impl Captures for Tick {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            charge!(ip, fp, state);
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// A loop goes round: a jump back that costs one unit of fuel.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Again {
    pub(crate) target: i32,
}

// SAFETY: the compiler wrote a target where a step starts.
unsafe impl Captures for Again {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            charge!(ip, fp, state);
            jump(ip, Step::<Self>::at(ip).target, fp, state)
        }
    }
}

/// The counter in the round after this one of `for i in a..end` (or `a..=end`), if there is another.
#[inline(always)]
fn next_round<const INCLUSIVE: bool>(now: i64, end: i64) -> Option<i64> {
    // Below the end nothing overflows: in an inclusive loop `now < end` says that one more round is due.
    let next = now.wrapping_add(1);
    (if INCLUSIVE { now < end } else { next < end }).then_some(next)
}

/// The end of a round of `for i in a..b` (or `a..=b`): counts up and goes round while there is another.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CountUp<E, const INCLUSIVE: bool> {
    pub(crate) target: i32,
    pub(crate) counter: u16,
    pub(crate) end: E,
}

// SAFETY: the counter's slot is the loop's own; the compiler wrote a target where a step starts.
unsafe impl<E: Expr<Out = i64>, const INCLUSIVE: bool> Captures for CountUp<E, INCLUSIVE> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let Ok(end) = captures.end.get(fp, state) else { return go(Step::<Self>::behind(ip), fp, state) };
            let counter = fp.add(captures.counter as usize);
            let Some(next) = next_round::<INCLUSIVE>(*counter as i64, end) else {
                return go(Step::<Self>::behind(ip), fp, state);
            };
            charge!(ip, fp, state);
            *counter = next as u64;
            jump(ip, captures.target, fp, state)
        }
    }
}

/// [`CountUp`] for a body that begins with an [`Enter`]: pays for both at once and goes behind it, unless fuel or depth
/// need a closer look, which both take by themselves.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CountInto<E, const INCLUSIVE: bool> {
    /// Where the [`Enter`] is.
    pub(crate) target: i32,
    pub(crate) counter: u16,
    /// As the [`Enter`] has it.
    pub(crate) levels: u32,
    pub(crate) end: E,
}

// SAFETY: as `CountUp`; there is a step behind an `Enter`.
unsafe impl<E: Expr<Out = i64>, const INCLUSIVE: bool> Captures for CountInto<E, INCLUSIVE> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let Ok(end) = captures.end.get(fp, state) else { return go(Step::<Self>::behind(ip), fp, state) };
            let counter = fp.add(captures.counter as usize);
            let Some(next) = next_round::<INCLUSIVE>(*counter as i64, end) else {
                return go(Step::<Self>::behind(ip), fp, state);
            };
            if state.fuel >= 2 && state.depth + captures.levels <= state.depth_reached {
                state.fuel -= 2;
                *counter = next as u64;
                return go(Step::<Enter>::behind(ip.offset(captures.target as isize)), fp, state);
            }
            charge!(ip, fp, state);
            *counter = next as u64;
            jump(ip, captures.target, fp, state)
        }
    }
}

/// The end of a round of `while i < end { …; i += by; }`: counts on, and goes round while the condition holds.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Advance<O, B, E> {
    pub(crate) target: i32,
    pub(crate) counter: u16,
    pub(crate) by: B,
    pub(crate) end: E,
    pub(crate) op: PhantomData<O>,
}

// SAFETY: reads and writes the counter, reads what the expressions read; the compiler wrote a target where a step
// starts.
unsafe impl<O, B, E> Captures for Advance<O, B, E>
where
    O: Binary<A = i64, B = i64, Out = bool>,
    B: Expr<Out = i64>,
    E: Expr<Out = i64>,
{
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let counter = fp.add(captures.counter as usize);
            let (Ok(by), Ok(end)) = (captures.by.get(fp, state), captures.end.get(fp, state)) else {
                return go(Step::<Self>::behind(ip), fp, state);
            };
            let Some(next) = (*counter as i64).checked_add(by) else {
                return trap(ip, fp, state, Fault::at_root(Cause::Overflow));
            };
            if !matches!(O::apply(next, end), Ok(true)) {
                *counter = next as u64;
                return go(Step::<Self>::behind(ip), fp, state);
            }
            charge!(ip, fp, state);
            *counter = next as u64;
            jump(ip, captures.target, fp, state)
        }
    }
}

/// The head of any other counted loop: from both ends and the step it finds the first value, the number of rounds and
/// the distance, and puts them into three slots.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CountStart {
    /// Where to go if there is no round.
    pub(crate) target: i32,
    pub(crate) from: u16,
    pub(crate) to: u16,
    /// The step's slot, or 0.
    pub(crate) step: u16,
    /// Rounds left (as u64), next value, distance: three slots from here.
    pub(crate) state: u16,
    pub(crate) variable: u16,
    pub(crate) inclusive: bool,
    pub(crate) reversed: bool,
}

// SAFETY: reads and writes the loop's own slots.
unsafe impl Captures for CountStart {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let slot = |slot: u16| *fp.add(slot as usize) as i64;
            let (from, to) = (slot(captures.from), slot(captures.to));
            let step = if captures.step == 0 { 1 } else { slot(captures.step) };
            if step < 1 {
                return trap(ip, fp, state, Fault::of_step(Cause::Step));
            }
            if if captures.inclusive { from > to } else { from >= to } {
                return jump(ip, captures.target, fp, state);
            }
            let last = if captures.inclusive { to } else { to - 1 };
            // The distance between two i64 fits u64; the rounds after the first are counted.
            let rounds = (last.wrapping_sub(from) as u64) / step as u64;
            let (first, distance) = if captures.reversed { (last, -step) } else { (from, step) };
            charge!(ip, fp, state);
            let base = captures.state as usize;
            *fp.add(base) = rounds;
            *fp.add(base + 1) = first as u64;
            *fp.add(base + 2) = distance as u64;
            *fp.add(captures.variable as usize) = first as u64;
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// The end of a round of a loop that [`CountStart`] began.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CountNext {
    pub(crate) target: i32,
    pub(crate) state: u16,
    pub(crate) variable: u16,
}

// SAFETY: reads and writes the loop's own slots.
unsafe impl Captures for CountNext {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let base = captures.state as usize;
            let rounds = *fp.add(base);
            if rounds == 0 {
                return go(Step::<Self>::behind(ip), fp, state);
            }
            charge!(ip, fp, state);
            *fp.add(base) = rounds - 1;
            let value = (*fp.add(base + 1)).wrapping_add(*fp.add(base + 2));
            *fp.add(base + 1) = value;
            *fp.add(captures.variable as usize) = value;
            jump(ip, captures.target, fp, state)
        }
    }
}

/// The head of a round of `for x in xs`: shares the next element into the variable, or leaves.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct EachNext<T, const OBJECTS: bool> {
    /// Where to go when the list is walked.
    pub(crate) target: i32,
    pub(crate) list: u16,
    /// The slot that counts.
    pub(crate) position: u16,
    pub(crate) variable: u16,
    pub(crate) element: PhantomData<T>,
}

// SAFETY: the list's slot holds a list for the whole loop; the others are the loop's own.
unsafe impl<T: Word, const OBJECTS: bool> Captures for EachNext<T, OBJECTS> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let list = super::lists::object(fp, captures.list);
            let position = *fp.add(captures.position as usize) as usize;
            let Some(&cell) = list.as_ref().cells::<T>().get(position) else {
                return jump(ip, captures.target, fp, state);
            };
            let word = T::from_cell(cell).to_bits();
            charge!(ip, fp, state);
            if OBJECTS && let Some(element) = reference(word) {
                Heap::share(element);
            }
            *fp.add(captures.position as usize) = position as u64 + 1;
            *fp.add(captures.variable as usize) = word;
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// Where an inlined body begins: pays and counts as its call would, and makes no frame.
#[derive(Clone, Copy)]
pub(crate) struct Enter {
    /// How many calls deeper than this frame's own the body would be.
    pub(crate) levels: u32,
}

// SAFETY: touches no slot.
unsafe impl Captures for Enter {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let levels = Step::<Self>::at(ip).levels;
            if state.fuel == 0 {
                return refuel(ip, fp, state);
            }
            if state.depth + levels > state.depth_reached {
                return deeper_inline(ip, fp, state);
            }
            state.fuel -= 1;
            go(Step::<Self>::behind(ip), fp, state)
        }
    }
}

/// Calls a function. Its arguments already stand in the slots of its frame.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Call {
    /// The function's entrance.
    pub(crate) target: *const Entrance,
    /// How many words above the caller's frame its frame starts.
    pub(crate) frame: u16,
    /// Where the caller wants the result.
    pub(crate) dst: u16,
    /// The size of the call step: the caller goes on behind it. Calls of every kind start with these captures.
    pub(crate) words: u32,
}

// SAFETY: the target is a function's entrance, kept alive by the caller's code; the frame stack has room for it at
// every depth the state allows.
unsafe impl Captures for Call {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            enter!(ip, fp, state);
            let frame = fp.add(captures.frame as usize);
            *frame = ip as usize as u64;
            go((*captures.target).first(), frame, state)
        }
    }
}

/// A call with one plain argument, evaluated here.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CallWith<E> {
    pub(crate) call: Call,
    pub(crate) argument: E,
}

// SAFETY: as `Call`; reads what the argument reads.
unsafe impl<E: Expr> Captures for CallWith<E> {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let argument = match captures.argument.get(fp, state) {
                Ok(argument) => argument,
                Err(fault) => return trap(ip, fp, state, fault),
            };
            enter!(ip, fp, state);
            let frame = fp.add(captures.call.frame as usize);
            *frame = ip as usize as u64;
            *frame.add(1) = Word::to_bits(argument);
            go((*captures.call.target).first(), frame, state)
        }
    }
}

/// Returns to the caller: its `Call` step says where the result goes, where its own frame is, and what runs next.
///
/// # Safety
/// `fp` is a frame that a call step made.
#[inline(always)]
pub(crate) unsafe fn leave(fp: Fp, value: u64, state: &mut JitState<'_>) -> JitControlFlow {
    // SAFETY: the first word of the frame is the address of the call step.
    unsafe {
        let call = *fp as usize as Ip;
        let captures = Step::<Call>::at(call);
        let caller = fp.sub(captures.frame as usize);
        *caller.add(captures.dst as usize) = value;
        state.depth -= 1;
        go(call.add(captures.words as usize), caller, state)
    }
}

/// Ends a run: the result stands in the slot the entry call was given.
#[derive(Clone, Copy)]
pub(crate) struct Halt;

// SAFETY: touches nothing.
unsafe impl Captures for Halt {
    unsafe fn run(_: Ip, _: Fp, _: &mut JitState<'_>) -> JitControlFlow {
        JitControlFlow::OVER
    }
}

/// `panic(text)`, or `assert(condition, text)` after its condition was false.
#[derive(Clone, Copy)]
pub(crate) struct Panic {
    pub(crate) text: u16,
}

// SAFETY: the slot holds a text.
unsafe impl Captures for Panic {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        let text = unsafe { super::lists::object(fp, Step::<Self>::at(ip).text).as_ref() };
        let cause = state.explain(Cause::Panic, text.text().to_owned());
        trap(ip, fp, state, Fault::of_step(cause))
    }
}

/// Calls a host function; its arguments stand in consecutive slots.
#[derive(Clone, Copy)]
pub(crate) struct HostCall {
    /// The function's name and types, owned by the code.
    pub(crate) host: *const HostEntry,
    pub(crate) args: u16,
    pub(crate) dst: u16,
}

/// What a host call step needs to know.
#[derive(Debug)]
pub struct HostEntry {
    /// Its name.
    pub name: String,
    /// What it takes and gives.
    pub signature: Signature,
    /// Of the signature's types.
    pub(crate) layouts: Option<Arc<Layouts>>,
}

impl HostEntry {
    /// What a call of this function needs.
    #[must_use]
    pub fn new(name: &str, signature: Signature) -> Self {
        let layouts = Layouts::of(signature.types.view());
        Self { name: name.to_owned(), signature, layouts }
    }
}

// SAFETY: the entry lives as long as the code; the slots hold values of the parameters' types.
unsafe impl Captures for HostCall {
    unsafe fn run(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
        // SAFETY: the caller's promise.
        unsafe {
            let captures = Step::<Self>::at(ip);
            let args = fp.add(captures.args as usize);
            match call_host(&*captures.host, args, state) {
                Ok(word) => {
                    *fp.add(captures.dst as usize) = word;
                    go(Step::<Self>::behind(ip), fp, state)
                }
                Err(cause) => trap(ip, fp, state, Fault::of_step(cause)),
            }
        }
    }
}

/// Values go out, a value comes in; both cost fuel, and the time the host took counts.
#[inline(never)]
pub(crate) unsafe fn call_host(entry: &HostEntry, args: Fp, state: &mut JitState<'_>) -> Result<u64, Cause> {
    let HostEntry { name, signature, layouts } = entry;
    let typed = |ty| Typed::new(layouts.as_ref(), ty);
    // SAFETY: the caller's promise.
    let words = unsafe { std::slice::from_raw_parts(args, signature.params.len()) };
    let args = signature.params.iter().map(|&ty| typed(ty)).zip(words.iter().copied());
    // Outside, shared parts are written out as often as they occur.
    let mut left = state.limits().memory_bytes;
    for (typed, word) in args.clone() {
        left = state.take_expansion(typed, word, left)?;
    }
    let values: Vec<Value> = args.clone().map(|(typed, word)| export(typed, word)).collect();
    state.charge(values.iter().map(copy_cost).fold(1, u64::saturating_add))?;
    let answer = state.hosts.call(name, &values);
    state.poll()?;
    let types = signature.types.view();
    let value = match answer {
        Ok(value) if value.is_of(types, signature.ret) => value,
        Ok(value) => {
            let message = message::host_result(&value, types.show(signature.ret));
            return Err(state.explain(Cause::Host, format!("{name}: {message}")));
        }
        Err(text) => return Err(state.explain(Cause::Host, format!("{name}: {text}"))),
    };
    state.charge(copy_cost(&value))?;
    // All or nothing.
    state.heap.can_charge(footprint(&value))?;
    let result = state.heap.import(&value, typed(signature.ret))?;
    for object in args.filter(|(typed, _)| typed.ty.is_object()).filter_map(|(_, word)| reference(word)) {
        // The call owned its arguments.
        state.heap.release(object);
    }
    Ok(result)
}
