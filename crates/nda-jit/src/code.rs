//! Compiled code: [`JitFn`], the unit that owns its steps, and the way back from a step to the graph.
#![allow(unsafe_code)]

use crate::entrance::Entrance;
use crate::fault::Cause;
use crate::heads::{Bump, Head};
use crate::layout::{Layouts, Typed};
use crate::literals::Literals;
use crate::object::{Given, takes_vectors};
use crate::runtime::can_import;
use crate::state::{Exit, JitState};
use crate::step::Step;
use crate::step::{Fp, Ip, drive};
use crate::steps::flow::{Call, HostEntry};
use crate::steps::fused::Fused;
use nda_graph::{Frame, Hash, NodeId, Outcome, Signature, Trap, TrapKind, Value};
use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::sync::Arc;

/// Functions that were compiled together, with everything their steps point to.
///
/// Steps hold plain addresses: of literals, of host entries, of functions in this unit and in the units it keeps. All of
/// them live as long as this unit, because it owns them; the fields are dropped together and run nothing.
#[derive(Debug)]
pub struct Unit {
    pub(crate) code: Code,
    pub(crate) functions: Vec<Function>,
    /// By function, what calls of it go through.
    pub(crate) entrances: Box<[Entrance]>,
    pub(crate) sites: Vec<Site>,
    /// Bodies inside of its functions that calls were replaced by.
    pub(crate) inlined: Vec<InlinedBody>,
    pub(crate) literals: Literals,
    /// What host call steps point to.
    #[expect(clippy::vec_box, reason = "steps point to the entries, which must stay where they are")]
    pub(crate) _hosts: Vec<Box<HostEntry>>,
    /// What steps on vectors point to that do several operators at once.
    #[expect(clippy::vec_box, reason = "as above")]
    pub(crate) _fused: Vec<Box<Fused>>,
    /// What steps on values of composite types point to.
    pub(crate) _layouts: Vec<Arc<Layouts>>,
    /// Loops of its functions, and steps that would change something with the round that they pay for.
    pub(crate) heads: Vec<Head>,
    pub(crate) bumps: Vec<(u32, Bump)>,
    pub(crate) keeps: Vec<Arc<Unit>>,
    /// The widest frame of anything it can reach, in words.
    pub(crate) widest_frame: u32,
    /// Records compiled.
    pub(crate) nodes: u32,
}

// SAFETY: steps are plain data that nothing changes after compilation; what their addresses point to is owned by the
// unit or kept by it, and is itself immutable, or an entrance, which changes as a whole.
unsafe impl Send for Unit {}
// SAFETY: as above.
unsafe impl Sync for Unit {}

/// Steps, one behind the other. Their padding is never read, so it need not be written.
pub(crate) type Code = Box<[MaybeUninit<u64>]>;

#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) hash: Hash,
    pub(crate) signature: Signature,
    /// Of the signature's types.
    pub(crate) border: Option<Arc<Layouts>>,
    /// Of the definition's types, which number them in their own way.
    pub(crate) variables: Option<Arc<Layouts>>,
    /// Where its steps start, in words.
    pub(crate) start: u32,
    /// Where the two steps start that call it and stop, for runs that begin here.
    pub(crate) entry: u32,
    pub(crate) is_small: bool,
}

/// A step that can trap, and the record that is to blame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// Where the step starts, in words.
    pub(crate) at: u32,
    /// Which operator of the step; see [`crate::fault::Fault`].
    pub(crate) path: u8,
    pub(crate) blame: Blame,
}

/// A record, and where its body stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Blame {
    /// A function of the unit; behind those, an entry of [`Unit::inlined`].
    pub(crate) scope: u32,
    /// The record, as it was numbered before the passes.
    pub(crate) node: NodeId,
}

/// A body that stands where it was called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InlinedBody {
    pub(crate) hash: Hash,
    /// The call that it stands for.
    pub(crate) call: Blame,
}

/// A compiled function. It owns (shares) its code, borrows nothing, and can be called from any thread with any state.
#[derive(Clone, Debug)]
pub struct JitFn {
    pub(crate) unit: Arc<Unit>,
    pub(crate) function: usize,
}

/// Room for the frames of runs, kept between them.
#[derive(Default, Debug)]
pub struct FrameStack {
    words: Vec<u64>,
}

/// Room for frames is made larger than steps need it up to this many words.
const MAX_ROOM: u64 = 1 << 26;

/// The frames of a run would take more memory than a frame stack can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FramesTooLarge {
    /// Words the frames would need.
    pub words: u64,
}

impl FrameStack {
    /// Frame stacks above this are refused: half a gibiword of virtual memory.
    pub const MAX_WORDS: u64 = 1 << 29;

    /// Room for this many words of frames.
    ///
    /// # Errors
    /// If that is more than a frame stack can have.
    pub fn reserve(&mut self, words: u64) -> Result<Fp, FramesTooLarge> {
        if words > Self::MAX_WORDS {
            return Err(FramesTooLarge { words });
        }
        self.words.clear();
        // Fresh pages of a large stack are not touched before a frame is.
        self.words.try_reserve(words as usize).map_err(|_| FramesTooLarge { words })?;
        Ok(self.words.as_mut_ptr())
    }
}

impl Drop for Unit {
    /// Long chains of callees are taken apart one by one: dropping them by recursion would need a native stack as
    /// deep as the chain.
    fn drop(&mut self) {
        let mut last = std::mem::take(&mut self.keeps);
        while let Some(unit) = last.pop() {
            if let Some(mut unit) = Arc::into_inner(unit) {
                last.append(&mut unit.keeps);
            }
        }
    }
}

impl JitFn {
    /// What it takes and gives.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.unit.functions[self.function].signature
    }

    /// The definition it was compiled from.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.unit.functions[self.function].hash
    }

    /// Whether callers may be compiled with its body in the place of a call, given its definition.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.unit.functions[self.function].is_small
    }

    /// The bytes its unit takes: steps, literals and tables.
    #[must_use]
    pub fn unit_bytes(&self) -> usize {
        let unit = &self.unit;
        unit.code.len() * 8
            + unit.sites.len() * size_of::<Site>()
            + unit.inlined.len() * size_of::<InlinedBody>()
            + unit.entrances.len() * size_of::<Entrance>()
            + unit.literals.bytes()
    }

    /// The records its unit was compiled from.
    #[must_use]
    pub fn unit_nodes(&self) -> u32 {
        self.unit.nodes
    }

    /// Runs it. `args` have been checked against its signature.
    ///
    /// # Errors
    /// If the frames that the depth limit allows would not fit; nothing has run then.
    ///
    /// # Panics
    /// If an argument is not of its parameter's type.
    pub fn call(
        &self,
        state: &mut JitState<'_>,
        frames: &mut FrameStack,
        args: &[Value],
    ) -> Result<Outcome, FramesTooLarge> {
        self.call_showing(state, frames, args, &[]).map(|(outcome, _)| outcome)
    }

    /// [`JitFn::call`], and afterwards the values of some of the entry function's variables that no scope has ended; their
    /// types are those of the definition.
    ///
    /// # Errors
    /// As [`JitFn::call`].
    ///
    /// # Panics
    /// As [`JitFn::call`].
    pub fn call_showing(
        &self,
        state: &mut JitState<'_>,
        frames: &mut FrameStack,
        args: &[Value],
        show: &[(nda_graph::Slot, nda_graph::Ty)],
    ) -> Result<(Outcome, Vec<Value>), FramesTooLarge> {
        let function = &self.unit.functions[self.function];
        assert!(function.signature.accepts(args), "arguments are checked before a call");
        let base = self.begin(state, frames)?;
        let result = self.run(state, base, args);
        state.unit = None;
        let shown = match &result {
            Ok(_) => show
                .iter()
                .filter_map(|&(slot, ty)| {
                    // SAFETY: the entry function's frame starts where its call put it, and has this slot.
                    let word = unsafe { *base.add(ENTRY_FRAME + 1 + slot as usize) };
                    state.export(Typed::new(function.variables.as_ref(), ty), word).ok()
                })
                .collect(),
            Err(_) => Vec::new(),
        };
        let outcome = Outcome {
            result,
            output: std::mem::take(&mut state.output),
            fuel: state.fuel_used(),
            peak_bytes: state.heap.peak_bytes(),
            depth: state.depth_reached(),
        };
        Ok((outcome, shown))
    }

    /// Runs it on vectors of the caller, which stay where they are and are changed by nobody; the run holds nothing of them. What it
    /// gives is one of them or stays in the heap.
    ///
    /// # Errors
    /// As [`JitFn::call`].
    ///
    /// # Panics
    /// If these are not the vectors that it takes, or it gives none: see [`takes_vectors`].
    pub fn call_lent(
        &self,
        state: &mut JitState<'_>,
        frames: &mut FrameStack,
        args: &[&[f32]],
    ) -> Result<Result<Given, Trap>, FramesTooLarge> {
        let function = &self.unit.functions[self.function];
        assert!(takes_vectors(&function.signature, args), "arguments are checked before a call");
        let base = self.begin(state, frames)?;
        for (index, word) in state.heap.lend(args).enumerate() {
            // SAFETY: the stack has room for the entry's frame and the function's.
            unsafe { *base.add(ENTRY_FRAME + 1 + index) = word };
        }
        let result = self.drive(state, base);
        state.unit = None;
        let given = state.heap.take_back(result.as_ref().ok().copied());
        Ok(result.map(|_| given))
    }

    /// Room for the frames of a run that begins here.
    fn begin(&self, state: &mut JitState<'_>, frames: &mut FrameStack) -> Result<Fp, FramesTooLarge> {
        let words =
            (u64::from(state.limits().depth) + 1) * u64::from(self.unit.widest_frame) + ENTRY_FRAME as u64;
        // What goes on in machine code may have wider frames.
        let room = if state.tier_up.is_some() { words.max((3 * words).min(MAX_ROOM)) } else { words };
        let base = frames.reserve(room)?;
        state.frames_end = base.wrapping_add(room as usize);
        state.unit = Some(Arc::as_ptr(&self.unit));
        Ok(base)
    }

    /// Runs the steps, over a frame that has the arguments, and gives the word of the result.
    fn drive(&self, state: &mut JitState<'_>, base: Fp) -> Result<u64, Trap> {
        let function = &self.unit.functions[self.function];
        // SAFETY: `entry` is where the function's entry steps start, and the stack has room for every frame that the
        // depth limit allows.
        unsafe { drive(self.unit.address(function.entry), base, state) };
        match state.exit.take() {
            // SAFETY: the entry's call put the result there.
            None => Ok(unsafe { *base.add(ENTRY_RESULT as usize) }),
            Some(exit) => Err(self.unit.trap(&exit, state)),
        }
    }

    fn run(&self, state: &mut JitState<'_>, base: Fp, args: &[Value]) -> Result<Value, Trap> {
        let function = &self.unit.functions[self.function];
        let typed = |ty| Typed::new(function.border.as_ref(), ty);
        let nowhere = |cause: Cause| {
            let (kind, message) = cause.describe();
            Trap { kind, message: message.unwrap_or(kind.message()).to_owned(), frames: Vec::new() }
        };
        // All or nothing.
        can_import(&state.heap, args).map_err(nowhere)?;
        for (index, (arg, &ty)) in args.iter().zip(&function.signature.params).enumerate() {
            let word = state.heap.import(arg, typed(ty)).map_err(nowhere)?;
            // SAFETY: the stack has room for the entry's frame and the function's.
            unsafe { *base.add(ENTRY_FRAME + 1 + index) = word };
        }
        let word = self.drive(state, base)?;
        state.export(typed(function.signature.ret), word).map_err(|cause| {
            let (kind, _) = cause.describe();
            let node = self.last_node();
            let frame = Frame { definition: function.hash, node };
            Trap { kind, message: kind.message().to_owned(), frames: vec![frame] }
        })
    }

    fn last_node(&self) -> NodeId {
        // The root of a body is its last record; the unit remembers it as the site of the function's entry steps.
        let entry = self.unit.functions[self.function].entry;
        self.unit.site(entry, 0).map_or(0, |site| site.blame.node)
    }
}

/// The words that the entry's own frame takes: a return address nobody uses, and the result.
pub(crate) const ENTRY_FRAME: usize = 2;
/// Where the entry's call puts the result.
pub(crate) const ENTRY_RESULT: u16 = 1;

impl Unit {
    /// The step that starts this many words into the code.
    pub(crate) fn address(&self, at: u32) -> Ip {
        self.code[at as usize..].as_ptr().cast()
    }

    pub(crate) fn offset_of(&self, ip: Ip) -> Option<u32> {
        let start = self.code.as_ptr() as usize;
        let at = (ip as usize).checked_sub(start)? / 8;
        (at < self.code.len()).then_some(at as u32)
    }

    pub(crate) fn site(&self, at: u32, path: u8) -> Option<Site> {
        let first = self.sites.partition_point(|site| site.at < at);
        let mut here = self.sites[first..].iter().take_while(|site| site.at == at);
        here.clone().find(|site| site.path == path).or_else(|| here.next()).copied()
    }

    /// A record as the innermost frame, and what it was inlined into.
    fn way_to(&self, blame: Blame) -> impl Iterator<Item = Frame> {
        let mut at = Some(blame);
        std::iter::from_fn(move || {
            let Blame { scope, node } = at?;
            let scope = scope as usize;
            let definition = match self.functions.get(scope) {
                Some(function) => {
                    at = None;
                    function.hash
                }
                None => {
                    let body = self.inlined[scope - self.functions.len()];
                    at = Some(body.call);
                    body.hash
                }
            };
            Some(Frame { definition, node })
        })
    }

    /// The trap, with the way that led there.
    #[cold]
    fn trap(&self, exit: &Exit, state: &mut JitState<'_>) -> Trap {
        let (kind, message) = exit.fault.cause.describe();
        let message = state.message.take().unwrap_or_else(|| message.unwrap_or(kind.message()).to_owned());
        let mut units = HashMap::new();
        self.index(&mut units);
        let find = |ip: Ip, path: u8| {
            let unit = units.values().find(|unit| unit.offset_of(ip).is_some())?;
            let site = unit.site(unit.offset_of(ip)?, path)?;
            Some(unit.way_to(site.blame))
        };
        // What went on in machine code comes first.
        let mut frames = std::mem::take(&mut state.frames);
        // A call that could not enter has not counted; every other trap happened inside `depth` calls.
        let mut open = state.depth;
        let (mut ip, mut path, mut fp) = (exit.ip, exit.fault.path, exit.fp);
        while open > 0 {
            frames.extend(find(ip, path).into_iter().flatten());
            // SAFETY: while a call is open, its frame starts with the address of its call step.
            unsafe {
                ip = *fp as usize as Ip;
                path = 0;
                fp = fp.sub(Step::<Call>::at(ip).frame as usize);
            }
            open -= 1;
        }
        if kind == TrapKind::InternalError {
            frames.clear();
        }
        Trap { kind, message, frames }
    }

    pub(crate) fn index<'u>(&'u self, units: &mut HashMap<usize, &'u Unit>) {
        let mut todo = vec![self];
        while let Some(unit) = todo.pop() {
            if units.insert(unit.code.as_ptr() as usize, unit).is_none() {
                todo.extend(unit.keeps.iter().map(|unit| &**unit));
            }
        }
    }
}
