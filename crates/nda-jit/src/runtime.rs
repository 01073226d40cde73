//! What tier 2 is made of: the body after the passes, the layout of what machine code touches directly, and the work
//! that it leaves to us.
//!
//! Machine code and steps share frames (a word each, objects as pointers), the heap, and [`JitState`]. What is too much
//! for a few instructions is the very same function that a step calls, behind an `extern "C"` door: it takes its operands
//! in words of the frame and answers with a [`Status`]. A panic in there is caught, kept, and raised again where the run
//! began ([`JitState::take_trap`]), because none may cross machine code.
#![allow(unsafe_code)]
#![expect(clippy::missing_safety_doc, reason = "all have one caller, machine code, and one rule: see above")]

pub mod maps;
pub mod quick;
pub mod records;
pub mod tensors;

pub use crate::compile::body::Body;
pub use crate::fault::Cause;
pub use crate::layout::{Layouts, LayoutsOf, UnitLayouts, VariantOf};
pub use crate::literals::Literals;
pub use crate::object::{Holds, holds, small_text};
pub use crate::passes::inline::{Call, Callees, Choice, callee, is_small};
pub use crate::passes::is_literal;
pub use crate::passes::recurrence::{Recurrence, stride};
pub use crate::passes::{Graph, explain};
pub use crate::step::Fp;
pub use crate::steps::flow::HostEntry;
pub use crate::steps::lists::Operands;
pub use crate::steps::places::{Change, What};

use crate::buffers::Buffers;
use crate::keys::with_kind;
use crate::layout::Typed;
use crate::number as n;
use crate::object::{Given, Heap, Object, reference};
use crate::state::JitState;
use crate::steps::lists::{self, Do, Work};
use crate::steps::maps as steps_on_maps;
use crate::steps::{flow, parts, places, text};
use crate::values::footprint;
use nda_graph::run::message;
use nda_graph::{Builtin, Frame, MathOp, TrapKind, Ty, UnaryOp};
use std::any::Any;
use std::marker::PhantomData;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How work went: 0, or the number of a [`Cause`] plus one, or [`PANICKED`].
pub type Status = u8;
/// Our own bug: the panic waits in the state.
pub const PANICKED: Status = u8::MAX;

/// The status that says this.
#[must_use]
pub const fn status(cause: Cause) -> Status {
    cause as u8 + 1
}

/// Where fields stand that machine code reads and writes, in bytes.
pub mod layout {
    use super::{Buffers, Heap, JitState, Object, offset_of};

    const HEAP: usize = offset_of!(JitState<'static>, heap);

    /// Fuel left of the slice at hand, in the state.
    pub const FUEL: usize = offset_of!(JitState<'static>, fuel);
    /// The deepest nesting so far, in the state; 32 bits.
    pub const DEPTH_REACHED: usize = offset_of!(JitState<'static>, depth_reached);
    /// How the work of a slow path went, in the state; 8 bits.
    pub const STATUS: usize = offset_of!(JitState<'static>, status);
    /// The place where the run ends, in the state.
    pub const PLACE: usize = offset_of!(JitState<'static>, place);
    /// Where helpers put a result, in the state.
    pub const RESULT: usize = offset_of!(JitState<'static>, result);
    /// Owners, in an object; 32 bits.
    pub const OWNERS: usize = Object::OWNERS;
    /// Elements or bytes, in an object.
    pub const LEN: usize = offset_of!(Object, len);
    /// Owners, what it holds and how many fields are objects, in an object: the first word.
    pub const HEAD: usize = 0;
    /// Which variant a record is, in an object.
    pub const VARIANT: usize = Object::CAPACITY;
    /// Room, in an object.
    pub const CAPACITY: usize = Object::CAPACITY;
    /// The elements or bytes, in an object.
    pub const DATA: usize = Object::DATA;
    /// What a record that was just made has in its first word.
    #[must_use]
    pub const fn record_head(objects: u16) -> u64 {
        Object::record_head(objects)
    }
    /// What a free header has in its first word.
    pub const FREE_HEAD: u64 = Object::FREE_HEAD;
    /// The first free header, whose data is the next, in the state.
    pub const FREE_HEADER: usize = HEAP + Heap::FREE;
    /// Bytes that the run holds, in the state.
    pub const HELD_BYTES: usize = HEAP + Heap::HELD;
    /// The most that it held, in the state.
    pub const PEAK_BYTES: usize = HEAP + Heap::PEAK;
    /// The most that it may hold, in the state.
    pub const LIMIT_BYTES: usize = HEAP + Heap::LIMIT;
    /// The most fields of a record whose buffer is one of [`free_buffer`].
    pub const SMALL_RECORD: usize = Buffers::SMALL;
    /// The first free buffer of this many words, whose first word is the next, in the state.
    #[must_use]
    pub const fn free_buffer(words: usize) -> usize {
        HEAP + Heap::BUFFERS + Buffers::FREE + 8 * words
    }
    /// The number of owners that says: nobody counts.
    pub const IMMORTAL: u32 = crate::object::IMMORTAL;
}

/// A record that can trap, and the calls that its body stands for.
#[derive(Debug)]
pub struct Place {
    /// From the innermost body outwards.
    pub frames: Box<[Frame]>,
    /// Why the run ends there; 0: the state says.
    pub why: Status,
}

impl JitState<'_> {
    /// How machine code ended: the trap's kind, words and frames, innermost first; none if it gave a value.
    ///
    /// # Panics
    /// If work that machine code called panicked: with that panic.
    pub fn take_trap(&mut self) -> Option<nda_graph::Trap> {
        if let Some(panic) = self.panic.take() {
            std::panic::resume_unwind(panic);
        }
        let cause = self.stopped.take()?;
        let (kind, message) = cause.describe();
        let message = self.message.take().unwrap_or_else(|| message.unwrap_or(kind.message()).to_owned());
        let mut frames = std::mem::take(&mut self.frames);
        if kind == TrapKind::InternalError {
            frames.clear();
        }
        Some(nda_graph::Trap { kind, message, frames })
    }

    /// Takes what the entry call of a run costs.
    ///
    /// # Errors
    /// If a limit does not allow it.
    pub fn enter(&mut self) -> Result<(), Cause> {
        self.charge(1)?;
        if self.limits().depth == 0 {
            return Err(Cause::Depth);
        }
        self.depth_reached = self.depth_reached.max(1);
        Ok(())
    }

    /// What machine code gave.
    #[must_use]
    pub fn result(&self) -> u64 {
        self.result
    }

    /// Ends the account of a run: what it used, and its output.
    pub fn outcome(&mut self, result: Result<nda_graph::Value, nda_graph::Trap>) -> nda_graph::Outcome {
        nda_graph::Outcome {
            result,
            output: std::mem::take(&mut self.output),
            fuel: self.fuel_used(),
            peak_bytes: self.heap.peak_bytes(),
            depth: self.depth_reached(),
        }
    }
}

/// Keeps a panic from crossing machine code.
fn guarded(state: &mut JitState<'_>, work: impl FnOnce(&mut JitState<'_>) -> Result<(), Cause>) -> Status {
    match catch_unwind(AssertUnwindSafe(|| work(state))) {
        Ok(Ok(())) => 0,
        Ok(Err(cause)) => status(cause),
        Err(panic) => {
            state.panic = Some(panic);
            PANICKED
        }
    }
}

/// A helper's address, as machine code holds it.
pub type Address = *const u8;

// ----- objects -----

/// Work with its operands: what machine code calls, and what it hands over.
pub struct Job {
    /// Whom it calls.
    pub address: Address,
    captures: Box<dyn Any>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({:?})", self.address)
    }
}

impl Job {
    fn new<W: Work>(operands: Operands, work: W) -> Self {
        Self { address: run::<W> as *const () as Address, captures: Box::new(Do { operands, work }) }
    }

    /// The first argument of the call; frame and state follow.
    #[must_use]
    pub fn pointer(&self) -> *const () {
        (&raw const *self.captures).cast()
    }
}

unsafe extern "C" fn run<W: Work>(job: &Do<W>, fp: Fp, state: &mut JitState<'_>) -> Status {
    // SAFETY: the translator put the operands where it says, as the compiler of steps does.
    guarded(state, |state| unsafe { job.work.apply(&job.operands, fp, state) })
}

/// The work of a built-in that gives a value.
#[must_use]
pub fn built(op: Builtin, on_text: bool, operands: Operands, layouts: LayoutsOf) -> Job {
    match op {
        Builtin::Len => Job::new(operands, lists::Len),
        Builtin::Index => Job::new(operands, lists::Index),
        Builtin::Slice if on_text => Job::new(operands, text::Slice),
        Builtin::SliceFrom if on_text => Job::new(operands, text::SliceFrom),
        Builtin::WordAt => Job::new(operands, parts::WordAt),
        Builtin::NextWord => Job::new(operands, parts::NextWord),
        Builtin::Contains if on_text => Job::new(operands, text::Contains),
        Builtin::Slice => Job::new(operands, lists::Slice),
        Builtin::SliceFrom => Job::new(operands, lists::SliceFrom),
        Builtin::Contains => Job::new(operands, lists::Contains { layouts }),
        Builtin::IndexOf => Job::new(operands, lists::IndexOf { layouts }),
        Builtin::Search | Builtin::Locate => {
            // SAFETY: whoever translates has the layouts of what it translates.
            let typed = unsafe { layouts.of(operands.ty) };
            let must_find = op == Builtin::Locate;
            with_kind!(typed, K, {
                Job::new(operands, steps_on_maps::Search::<K> { layouts, must_find, kind: PhantomData })
            })
        }
        Builtin::Keys => Job::new(operands, steps_on_maps::All { part: steps_on_maps::Part::Key }),
        Builtin::Values => Job::new(operands, steps_on_maps::All { part: steps_on_maps::Part::Value }),
        Builtin::Minimum => Job::new(operands, lists::Minimum),
        Builtin::Maximum => Job::new(operands, lists::Maximum),
        Builtin::FMinimum => Job::new(operands, lists::FMinimum),
        Builtin::FMaximum => Job::new(operands, lists::FMaximum),
        Builtin::Concat => Job::new(operands, lists::Concat),
        Builtin::Clamp => Job::new(operands, lists::Clamp),
        Builtin::FClamp => Job::new(operands, lists::FClamp),
        Builtin::Sum => Job::new(operands, lists::Sum),
        Builtin::Product => Job::new(operands, lists::Product),
        Builtin::FSum => Job::new(operands, lists::FSum),
        Builtin::FProduct => Job::new(operands, lists::FProduct),
        Builtin::Join => Job::new(operands, lists::Join),
        Builtin::Repeat => Job::new(operands, lists::Repeat),
        Builtin::Print => Job::new(operands, lists::Print { layouts }),
        _ => Job::new(operands, text::Text { layouts }),
    }
}

/// Makes a list of operands.
#[must_use]
pub fn list(operands: Operands) -> Job {
    Job::new(operands, lists::List)
}

/// Makes one text of operands.
#[must_use]
pub fn joined(operands: Operands) -> Job {
    Job::new(operands, text::Joined)
}

/// Compares objects.
#[must_use]
pub fn compare(operands: Operands, layouts: LayoutsOf) -> Job {
    Job::new(operands, lists::Compare { layouts })
}

/// Changes a place: takes a [`Change`] as other work takes [`Operands`].
pub unsafe extern "C" fn change(change: &Change, fp: Fp, state: &mut JitState<'_>) -> Status {
    // SAFETY: as in `work`.
    guarded(state, |state| unsafe { places::change(change, fp, state) })
}

/// As [`change`], seldom done.
pub unsafe extern "C" fn grow(state: &mut JitState<'_>, change: &Change, fp: Fp) -> Status {
    // SAFETY: as in `change`.
    guarded(state, |state| unsafe { places::change(change, fp, state) })
}

/// Makes the list that `place` holds, which must have an element at the index that the state has as result, its holder's alone.
pub unsafe extern "C" fn own(state: &mut JitState<'_>, place: *mut u64) -> Status {
    let index = state.result as i64;
    // SAFETY: the translator gives the address of a word that holds a list.
    guarded(state, |state| unsafe { places::own(place, index, state).map(|_| ()) })
}

/// Gives up an object; 0 stands for one that was moved away.
pub unsafe extern "C" fn release(word: u64, state: &mut JitState<'_>) {
    if let Some(object) = reference(word) {
        state.heap.release(object);
    }
}

/// Takes an object apart whose only owner gives it up.
pub unsafe extern "C" fn free(word: u64, state: &mut JitState<'_>) {
    // SAFETY: machine code looked at it.
    state.heap.free(unsafe { reference(word).unwrap_unchecked() });
}

/// The same of a text.
pub unsafe extern "C" fn free_text(word: u64, state: &mut JitState<'_>) {
    // SAFETY: as above.
    unsafe { state.heap.free_text(reference(word).unwrap_unchecked()) };
}

/// `panic(text)`.
pub unsafe extern "C" fn panic(word: u64, state: &mut JitState<'_>) -> Status {
    // SAFETY: the word is a text that is alive.
    let text = unsafe { reference(word).unwrap_unchecked().as_ref() }.text().to_owned();
    status(state.explain(Cause::Panic, text))
}

/// An index outside a list.
pub unsafe extern "C" fn outside(index: i64, len: u64, state: &mut JitState<'_>) -> Status {
    status(state.explain(Cause::Index, message::index(index, len)))
}

/// A call of a host function.
#[derive(Debug)]
pub struct HostCall {
    /// Whom.
    pub entry: HostEntry,
    /// The word of its first argument.
    pub args: u16,
    /// Where the result goes.
    pub dst: u16,
}

/// Calls a host function.
pub unsafe extern "C" fn host(call: &HostCall, fp: Fp, state: &mut JitState<'_>) -> Status {
    // SAFETY: the translator put the arguments there.
    guarded(state, |state| unsafe {
        let word = flow::call_host(&call.entry, fp.add(call.args as usize), state)?;
        *fp.add(call.dst as usize) = word;
        Ok(())
    })
}

// ----- limits and ends -----

/// The slice of fuel at hand is used up.
pub unsafe extern "C" fn refuel(state: &mut JitState<'_>) -> Status {
    guarded(state, |state| state.next_slice())
}

/// A call may nest deeper than any before.
pub unsafe extern "C" fn deeper(state: &mut JitState<'_>, depth: u64) -> Status {
    match u32::try_from(depth) {
        Ok(depth) if depth <= state.limits().depth => {
            state.depth_reached = state.depth_reached.max(depth);
            0
        }
        _ => status(Cause::Depth),
    }
}

/// The run stops at the place in the state.
pub unsafe extern "C" fn stop(state: &mut JitState<'_>) {
    // SAFETY: machine code has put a place there that its unit owns.
    let place = unsafe { &*state.place };
    let why = if place.why == 0 { state.status } else { place.why };
    if why != PANICKED {
        state.stopped = Cause::from_status(why);
    }
    state.frames.extend_from_slice(&place.frames);
}

/// A call ends, at the place in the state, because what it called has stopped.
pub unsafe extern "C" fn unwind(state: &mut JitState<'_>) {
    // SAFETY: as above.
    let place = unsafe { &*state.place };
    state.frames.extend_from_slice(&place.frames);
}

/// Rounds of a loop that are computed all at once. In words of the frame stand the counter, how many rounds there are, and
/// the values of the variables.
#[derive(Debug)]
pub struct Skip {
    /// The loop.
    pub recurrence: Recurrence,
    /// The first of the words.
    pub words: u16,
}

/// Computes as many rounds as fuel allows and none traps in; their number stands for that of the rounds afterwards.
pub unsafe extern "C" fn skip(skip: &Skip, fp: Fp, state: &mut JitState<'_>) -> Status {
    guarded(state, |state| {
        let count = skip.recurrence.variables.len() + skip.recurrence.fixed.len();
        // SAFETY: the translator took these words for it and filled them.
        let words = unsafe { std::slice::from_raw_parts_mut(fp.add(skip.words as usize), 2 + count) };
        let mut values: Vec<i64> = words[2..].iter().map(|&word| word as i64).collect();
        let rounds = words[1].min(state.fuel_left());
        let done = skip.recurrence.advance(&mut values, words[0] as i64, rounds);
        state.charge(done)?;
        words[1] = done;
        for (word, value) in words[2..].iter_mut().zip(values) {
            *word = value as u64;
        }
        Ok(())
    })
}

// ----- arithmetic -----

/// Arithmetic that takes more than a few instructions; the result stands in the state.
pub unsafe extern "C" fn math(op: u64, a: u64, b: u64, state: &mut JitState<'_>) -> Status {
    guarded(state, |state| {
        let op = MathOp::from_code(op as u8).expect("the translator wrote its number");
        state.result = places::math(op, a, b)?;
        Ok(())
    })
}

/// As [`math`], with one operand.
pub unsafe extern "C" fn unary(op: u64, a: u64, state: &mut JitState<'_>) -> Status {
    guarded(state, |state| {
        let op = UnaryOp::from_code(op as u8).expect("the translator wrote its number");
        state.result = apply_unary(op, a)?;
        Ok(())
    })
}

fn apply_unary(op: UnaryOp, a: u64) -> Result<u64, Cause> {
    fn apply<O: n::Unary>(a: u64) -> Result<u64, Cause> {
        use n::Word;
        O::apply(O::A::from_bits(a)).map(Word::to_bits)
    }
    match op {
        UnaryOp::Neg => apply::<n::Neg>(a),
        UnaryOp::Not => apply::<n::Not>(a),
        UnaryOp::Abs => apply::<n::Abs>(a),
        UnaryOp::Signum => apply::<n::Signum>(a),
        UnaryOp::CountOnes => apply::<n::CountOnes>(a),
        UnaryOp::LeadingZeros => apply::<n::LeadingZeros>(a),
        UnaryOp::TrailingZeros => apply::<n::TrailingZeros>(a),
        UnaryOp::BNot => apply::<n::BNot>(a),
        UnaryOp::FNeg => apply::<n::FNeg>(a),
        UnaryOp::FAbs => apply::<n::FAbs>(a),
        UnaryOp::FSqrt => apply::<n::FSqrt>(a),
        UnaryOp::FFloor => apply::<n::FFloor>(a),
        UnaryOp::FCeil => apply::<n::FCeil>(a),
        UnaryOp::FRound => apply::<n::FRound>(a),
        UnaryOp::FTrunc => apply::<n::FTrunc>(a),
        UnaryOp::FExp => apply::<n::FExp>(a),
        UnaryOp::FLn => apply::<n::FLn>(a),
        UnaryOp::FLog2 => apply::<n::FLog2>(a),
        UnaryOp::FLog10 => apply::<n::FLog10>(a),
        UnaryOp::FSin => apply::<n::FSin>(a),
        UnaryOp::FCos => apply::<n::FCos>(a),
        UnaryOp::FTan => apply::<n::FTan>(a),
        UnaryOp::FAsin => apply::<n::FAsin>(a),
        UnaryOp::FAcos => apply::<n::FAcos>(a),
        UnaryOp::FAtan => apply::<n::FAtan>(a),
        UnaryOp::FIsNan => apply::<n::FIsNan>(a),
        UnaryOp::IntToFloat => apply::<n::IntToFloat>(a),
        UnaryOp::FloatToInt => apply::<n::FloatToInt>(a),
        UnaryOp::BoolToInt => apply::<n::BoolToInt>(a),
    }
}

/// Whether the heap has room for all arguments: they come in together or not at all.
pub fn can_import(heap: &Heap, args: &[nda_graph::Value]) -> Result<(), Cause> {
    heap.can_charge(args.iter().map(footprint).fold(0, u64::saturating_add))
}

/// The heap brings in an argument.
pub fn import(
    heap: &mut Heap,
    layouts: Option<&Arc<Layouts>>,
    ty: Ty,
    value: &nda_graph::Value,
) -> Result<u64, Cause> {
    heap.import(value, Typed::new(layouts, ty))
}

/// The words of vectors that are lent to a run.
pub fn lend(heap: &mut Heap, vectors: &[&[f32]]) -> impl Iterator<Item = u64> {
    heap.lend(vectors)
}

/// The run on lent vectors is over, and gave the vector in this word; nothing if it has trapped.
pub fn take_back(heap: &mut Heap, result: Option<u64>) -> Given {
    heap.take_back(result)
}

/// The value of a word.
pub fn export(
    state: &JitState<'_>,
    layouts: Option<&Arc<Layouts>>,
    ty: Ty,
    word: u64,
) -> Result<nda_graph::Value, Cause> {
    state.export(Typed::new(layouts, ty), word)
}
