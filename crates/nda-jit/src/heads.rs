//! Heads of loops: where a frame can go on in machine code.
//!
//! A step that is about to pay for a round has changed nothing yet. So when the slice of fuel at hand is used up there, all
//! there is to know of the function is in its frame, and whoever has code for the rest of it may take the frame over: it
//! gives the function's value, and the steps of the caller go on. [`TierUp`] is where such code comes from. What has no loop, or calls
//! itself, has its calls go to machine code instead (`entrance.rs`).
#![allow(unsafe_code)]

mod progress;

use crate::code::{Blame, Unit};
use crate::fault::Fault;
use crate::state::{Exit, JitState};
use crate::step::{Fp, Ip, JitControlFlow, Step, go};
use crate::steps::flow::{Call, leave};
use nda_graph::{Hash, Limits, NodeId};
use progress::{InLoop, Progress};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a loop keeps in the words of its frame while it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoopWords {
    /// Nothing: `loop` and `while`.
    Nothing,
    /// `for i in a..b`: the number of the round, and the end.
    Count {
        /// The word of the number.
        counter: u16,
        /// The end.
        end: Leaf,
    },
    /// Any other counted loop: rounds left, number, distance, in three words from here.
    Stepped {
        /// The first of them.
        state: u16,
    },
    /// `for x in xs`.
    Each {
        /// The word of the list, which the loop owns.
        list: u16,
        /// The word of the next element's index.
        position: u16,
    },
}

/// A word of the frame, or a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leaf {
    /// A word.
    Word(u16),
    /// A number.
    Const(i64),
}

/// A loop that runs: the record that begins it, and its words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenLoop {
    /// The record, as it was numbered before the passes.
    pub marker: NodeId,
    /// What it keeps.
    pub words: LoopWords,
}

/// A loop of a function's own body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// Which function of the unit.
    pub(crate) function: u32,
    pub(crate) open: OpenLoop,
    /// The first record of it: the condition of a `while` loop is in the loop.
    pub(crate) first: NodeId,
    /// The record that closes it.
    pub(crate) last: NodeId,
    /// The loop around it.
    pub(crate) outer: Option<u32>,
}

/// What a step would change with the round that it pays for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bump {
    /// It adds to a word.
    Add(u16, Leaf),
    /// It counts a [`LoopWords::Stepped`] loop on.
    Next(u16),
    /// More than can be done for it.
    Other,
}

/// Where machine code comes from while a run is on tier 1.
pub trait TierUp {
    /// A number that changes when code has become ready.
    fn changes(&self) -> u64;

    /// The code that goes on at the head of a loop of a function, with `loops` open, the outermost first and this one last;
    /// if it is there.
    fn rest(
        &self,
        function: Hash,
        marker: NodeId,
        loops: &dyn Fn() -> Vec<OpenLoop>,
    ) -> Option<Arc<dyn Rest>>;

    /// The code of a whole function, entered with its arguments in its frame; if it is there.
    fn function(&self, function: Hash) -> Option<Arc<dyn Rest>>;

    /// Has code made for the rest of a function from the head of a loop on, or for the whole function. Whether somebody is at it.
    fn ask(&self, function: Hash, head: Option<(NodeId, Vec<OpenLoop>)>) -> bool;
}

/// Code for the rest of a function, from the head of a loop on, or for all of it.
pub trait Rest: Send + Sync + UnwindSafe + RefUnwindSafe {
    /// The loops that have to be open.
    fn loops(&self) -> &[OpenLoop];

    /// Whether it may run under these limits, inside of so many calls, with this many words from the frame on.
    fn fits(&self, limits: &Limits, depth: u32, words: u64) -> bool;

    /// Whether the native stack at hand is enough for it, so that it takes no more than a call to get there.
    fn is_near(&self, limits: &Limits) -> bool;

    /// Runs the rest of the function on its frame and leaves its value in the state, or why the run has ended.
    ///
    /// # Safety
    /// The frame is of the function, at that head, with those loops open.
    unsafe fn run(&self, state: &mut JitState<'_>, fp: Fp);
}

/// When a run looks for machine code.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct When {
    /// Fuel used before code is looked for; what is there is used from then on. A run whose next units after 4,096 take half of
    /// `ask_after` looks then.
    pub from: u64,
    /// Fuel used before code is asked for,
    pub ask_from: u64,
    /// or time since it used 4,096 units, whichever comes first.
    pub ask_after: Duration,
    /// Code is not made for a loop if all loops around are known to be over within this.
    pub lasts: Duration,
    /// While a head with code must come by soon: so many slices of one unit,
    pub singles: u32,
    /// and then slices of this.
    pub every: u64,
}

/// The search for heads with code, in one run.
#[derive(Default, Debug)]
pub(crate) struct Search {
    pub(crate) when: When,
    /// Fuel used from which on it is worth a look.
    from: u64,
    /// When the run had used so much that it may go on for long, until code may be asked for.
    since: Option<Instant>,
    asks: bool,
    /// What [`TierUp::changes`] said at the last look.
    changes: Option<u64>,
    /// Whether somebody makes code for this run.
    waits: bool,
    /// The head that it is for, if it is for one.
    asked: Option<(Hash, NodeId)>,
    /// How far loops were at the looks before.
    progress: Progress,
    /// Whether the next look will know more.
    undecided: bool,
    /// The units that can run, by where their code starts.
    units: Vec<*const Unit>,
    /// Short slices left, while a head that has code must come by soon.
    short: u32,
    /// How often code was entered that needed more native stack than there was.
    far: u32,
    /// How often the run went on in machine code.
    pub(crate) moves: u32,
    /// When code was asked for first.
    pub(crate) first_asked: Option<Mark>,
    /// When the run first went on in some.
    pub(crate) first_moved: Option<Mark>,
}

/// A place in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Fuel used by then.
    pub fuel: u64,
    /// When that was.
    pub at: Instant,
}

impl Search {
    pub(crate) fn new(when: When) -> Self {
        Self { when, from: when.from, ..Self::default() }
    }

    /// There is code for a head.
    fn comes_by(&mut self) {
        self.short = self.when.singles + TRIES;
    }

    /// Whether a call may go to this code: getting more native stack for each would take longer than the steps.
    pub(crate) fn may_enter(&mut self, code: &dyn Rest, limits: &Limits) -> bool {
        if code.is_near(limits) {
            return true;
        }
        self.far += 1;
        self.far <= MAX_FAR
    }
}

/// How many short slices a search takes, behind those of one unit.
const TRIES: u32 = 4_096;
/// After so many of them another head may be asked for.
const PATIENCE: u32 = 64;
/// Fuel until the search begins again.
const PAUSE: u64 = 1 << 20;
/// A slice of fuel until code is looked for, and while it is made.
pub(crate) const WAIT: u64 = 4_096;
/// So many calls are looked through, from the innermost.
const MAX_DEPTH: u32 = 200;
/// Calls that may get a native stack of their own.
const MAX_FAR: u32 = 200;

/// What became of a frame. No more than a number, so that `go_on` keeps nothing that a jump could not leave behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// Its steps go on.
    Not,
    /// It has returned the value that stands in the state.
    Returned,
    /// The run has ended.
    Ended,
}

/// Goes on at a step that has changed nothing yet, in machine code if there is some for the rest of its function.
///
/// # Safety
/// As [`crate::step::Captures::run`].
#[cold]
#[inline(never)]
pub(crate) unsafe fn go_on(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> JitControlFlow {
    // SAFETY: the caller's promise.
    unsafe {
        match look(ip, fp, state) {
            Moved::Not => go(ip, fp, state),
            Moved::Returned => leave(fp, state.result, state),
            Moved::Ended => JitControlFlow::OVER,
        }
    }
}

/// Apart, so that nothing has to be kept or dropped behind the jump in `go_on`.
#[inline(never)]
unsafe fn look(ip: Ip, fp: Fp, state: &mut JitState<'_>) -> Moved {
    let (Some(tier_up), Some(unit)) = (state.tier_up, state.unit) else { return Moved::Not };
    if state.fuel_used() < state.search.from && !state.is_slow() {
        return Moved::Not;
    }
    let changes = tier_up.changes();
    let changed = state.search.changes != Some(changes);
    if state.search.waits && !changed {
        state.shorten(WAIT);
        return Moved::Not;
    }
    state.search.waits = false;
    state.search.changes = Some(changes);
    if let Some((function, marker)) = state.search.asked.take()
        && tier_up.rest(function, marker, &Vec::new).is_some()
    {
        state.search.comes_by();
    }
    if state.search.units.is_empty() {
        // SAFETY: the unit of the run outlives it, and keeps the units that it calls.
        state.search.units = unsafe { &*unit }.reachable();
    }
    let units = std::mem::take(&mut state.search.units);
    if changed {
        // SAFETY: as above.
        units.iter().for_each(|&unit| unsafe { &*unit }.enter_native(tier_up));
    }
    // SAFETY: as above.
    let moved = unsafe { try_here(tier_up, &units, ip, fp, state) };
    if let Moved::Not = moved {
        // SAFETY: as above.
        unsafe { seek(tier_up, &units, ip, fp, state) };
    } else {
        state.search.short = 0;
    }
    state.search.units = units;
    if state.search.waits {
        state.shorten(WAIT);
    } else if state.search.short > TRIES {
        state.shorten(1);
    } else if state.search.short > 0 {
        state.shorten(state.search.when.every);
    } else if !state.search.asks || state.search.undecided {
        // How far loops get in between says which of them come by often.
        state.shorten(WAIT);
    }
    moved
}

/// Finds what the run could go on in, and asks for code if there is none.
unsafe fn seek(tier_up: &dyn TierUp, units: &[*const Unit], ip: Ip, fp: Fp, state: &mut JitState<'_>) {
    if state.search.short > 0 {
        state.search.short -= 1;
        if state.search.short == 0 {
            state.search.from = state.fuel_used() + PAUSE;
        }
        if state.search.short > TRIES - PATIENCE {
            return;
        }
    }
    // SAFETY: the caller's promise.
    let Some(wanted) = (unsafe { wanted(units, ip, fp, state.depth) }) else { return };
    let (asks, fuel) = (state.asks(), state.fuel_used());
    let search = &mut state.search;
    search.undecided = false;
    let (unit, function, head) = match wanted {
        Wanted::Function(unit, function) if unit.entrances[function as usize].is_native() => return,
        Wanted::Function(unit, function) => (unit, function, None),
        Wanted::Head(frames) => {
            // SAFETY: the units outlive the run.
            let here = unsafe { unit_of(units, ip) };
            let pays = frames[0].1 == fp && here.is_some_and(|(unit, at)| unit.head_at(at).is_some());
            // SAFETY: the frames were just found.
            let chosen = unsafe { search.progress.choose(&frames, pays, fuel, search.when.lasts) };
            let Some((unit, head, worth)) = chosen else { return };
            let hash = unit.functions[head.function as usize].hash;
            let loops = || unit.open_loops(head);
            if tier_up.rest(hash, head.open.marker, &loops).is_some() {
                if search.short == 0 {
                    search.comes_by();
                }
                return;
            }
            if !worth {
                search.undecided = true;
                return;
            }
            (unit, head.function, Some((head.open.marker, loops())))
        }
    };
    let function = unit.functions[function as usize].hash;
    let asked = head.as_ref().map(|&(marker, _)| (function, marker));
    search.waits = asks && tier_up.ask(function, head);
    if search.waits {
        search.first_asked.get_or_insert_with(|| Mark { fuel, at: Instant::now() });
        search.asked = asked;
        search.short = 0;
        search.from = 0;
    }
}

impl JitState<'_> {
    /// Whether the search should begin before so much fuel was used as it else would, because that takes long.
    fn is_slow(&mut self) -> bool {
        // Nothing was looked for yet.
        if self.search.changes.is_some() {
            return false;
        }
        let when = self.search.when;
        let since = *self.search.since.get_or_insert_with(Instant::now);
        let slow = since.elapsed() >= when.ask_after / 2;
        if !slow {
            self.shorten(WAIT);
        }
        slow
    }

    /// Whether the run has gone on for long enough to have code made.
    fn asks(&mut self) -> bool {
        if self.search.asks {
            return true;
        }
        let when = self.search.when;
        let since = *self.search.since.get_or_insert_with(Instant::now);
        self.search.asks = self.fuel_used() >= when.ask_from || since.elapsed() >= when.ask_after;
        self.search.asks
    }
}

/// The unit that a step is of, and where.
unsafe fn unit_of<'u>(units: &[*const Unit], ip: Ip) -> Option<(&'u Unit, u32)> {
    // SAFETY: the units outlive the run.
    let behind = units.partition_point(|&unit| unsafe { &*unit }.address(0) <= ip);
    let unit = *units.get(behind.checked_sub(1)?)?;
    // SAFETY: as above.
    let unit = unsafe { &*unit };
    Some((unit, unit.offset_of(ip)?))
}

/// Moves the frame if its step is at a head that has code.
unsafe fn try_here(
    tier_up: &dyn TierUp,
    units: &[*const Unit],
    ip: Ip,
    fp: Fp,
    state: &mut JitState<'_>,
) -> Moved {
    // SAFETY: the caller's promise.
    unsafe {
        let Some((unit, at)) = unit_of(units, ip) else { return Moved::Not };
        let Some(head) = unit.head_at(at) else { return Moved::Not };
        let bump = unit.bump_at(at);
        if let Some(Bump::Other) = bump {
            return Moved::Not;
        }
        let loops = || unit.open_loops(head);
        let function = unit.functions[head.function as usize].hash;
        let Some(rest) = tier_up.rest(function, head.open.marker, &loops) else { return Moved::Not };
        if !fits(&*rest, fp, state) || rest.loops() != loops() {
            return Moved::Not;
        }
        match bump {
            Some(Bump::Add(word, by)) => {
                let by = match by {
                    Leaf::Word(word) => *fp.add(word as usize),
                    Leaf::Const(number) => number as u64,
                };
                let word = fp.add(word as usize);
                *word = (*word).wrapping_add(by);
            }
            Some(Bump::Next(words)) => {
                let [rounds, value, distance] = [0, 1, 2].map(|index| fp.add(words as usize + index));
                *rounds -= 1;
                *value = (*value).wrapping_add(*distance);
            }
            Some(Bump::Other) | None => {}
        }
        run_rest(&*rest, fp, state)
    }
}

/// Goes on in machine code, in the place of the frame's steps.
///
/// # Safety
/// The code is for the frame as it is; see [`Rest::run`].
pub(crate) unsafe fn run_rest(rest: &dyn Rest, fp: Fp, state: &mut JitState<'_>) -> Moved {
    if !fits(rest, fp, state) {
        return Moved::Not;
    }
    state.search.moves = state.search.moves.saturating_add(1);
    if state.search.first_moved.is_none() {
        state.search.first_moved = Some(Mark { fuel: state.fuel_used(), at: Instant::now() });
    }
    // SAFETY: the caller's promise, and a frame starts with the address of its call step.
    unsafe {
        rest.run(state, fp);
        if let Some(panic) = state.panic.take() {
            std::panic::resume_unwind(panic);
        }
        let Some(cause) = state.stopped.take() else { return Moved::Returned };
        // The way from here on is that of a trap in the call.
        let call = *fp as usize as Ip;
        let caller = fp.sub(Step::<Call>::at(call).frame as usize);
        state.depth -= 1;
        state.exit = Some(Exit { fault: Fault::of_step(cause), ip: call, fp: caller });
        Moved::Ended
    }
}

/// Whether code may run on a frame.
fn fits(rest: &dyn Rest, fp: Fp, state: &JitState<'_>) -> bool {
    let words = (state.frames_end as usize).saturating_sub(fp as usize) / 8;
    rest.fits(state.limits(), state.depth, words as u64)
}

/// What would take over most of what a run has to do.
enum Wanted<'u> {
    /// The rest of a function, from the head of a loop of one of these frames on, the innermost frame first.
    Head(Vec<InLoop<'u>>),
    /// Calls of a function of the unit.
    Function(&'u Unit, u32),
}

/// The frames that are in a loop and not inside of a function that was called again inside of itself; if such a function is further out, or
/// there is no loop at all, that function or the innermost one.
unsafe fn wanted<'u>(units: &[*const Unit], ip: Ip, fp: Fp, depth: u32) -> Option<Wanted<'u>> {
    let (mut ip, mut fp) = (ip, fp);
    let mut function = None;
    let mut in_loops = Vec::new();
    let mut inner: Vec<(*const Unit, u32)> = Vec::new();
    for _ in 0..depth.min(MAX_DEPTH) {
        // SAFETY: the caller's promise: so many calls are open, and a frame starts with the address of its call step.
        unsafe {
            if let Some((unit, at)) = unit_of(units, ip)
                && let Some(blame) = unit.own_blame(at)
            {
                let this = (std::ptr::from_ref(unit), blame.scope);
                let again = inner.contains(&this);
                if again {
                    in_loops.clear();
                }
                if let Some(head) = unit.head_around(blame) {
                    in_loops.push((unit, fp, head));
                } else if inner.is_empty() || again {
                    function = Some(Wanted::Function(unit, blame.scope));
                }
                if inner.last() != Some(&this) {
                    inner.push(this);
                }
            }
            ip = *fp as usize as Ip;
            fp = fp.sub(Step::<Call>::at(ip).frame as usize);
        }
    }
    if in_loops.is_empty() { function } else { Some(Wanted::Head(in_loops)) }
}

impl Unit {
    /// It and every unit that it can reach, by where their code starts.
    fn reachable(&self) -> Vec<*const Unit> {
        let mut units = std::collections::HashMap::new();
        self.index(&mut units);
        let mut units: Vec<&Unit> = units.into_values().collect();
        units.sort_unstable_by_key(|unit| unit.address(0) as usize);
        units.into_iter().map(std::ptr::from_ref).collect()
    }

    /// Heads stand in the order of their functions.
    fn heads_of(&self, function: u32) -> &[Head] {
        let from = self.heads.partition_point(|head| head.function < function);
        let to = self.heads.partition_point(|head| head.function <= function);
        &self.heads[from..to]
    }

    /// The head that the step here pays for.
    fn head_at(&self, at: u32) -> Option<&Head> {
        let blame = self.site(at, 0)?.blame;
        self.heads_of(blame.scope).iter().find(|head| head.open.marker == blame.node)
    }

    /// The record of a function's own body that the step here is of, or of a body that stands in its place.
    fn own_blame(&self, at: u32) -> Option<Blame> {
        let mut blame = self.site(at, 0)?.blame;
        while let Some(body) = (blame.scope as usize).checked_sub(self.functions.len()) {
            blame = self.inlined[body].call;
        }
        Some(blame)
    }

    /// The innermost loop that a record of a function's own body is in.
    fn head_around(&self, blame: Blame) -> Option<&Head> {
        let inside = |head: &&Head| (head.first..=head.last).contains(&blame.node);
        self.heads_of(blame.scope).iter().filter(inside).max_by_key(|head| head.first)
    }

    /// Has calls go to machine code where it is there.
    fn enter_native(&self, tier_up: &dyn TierUp) {
        for (function, entrance) in self.functions.iter().zip(&self.entrances) {
            if !entrance.is_native()
                && let Some(code) = tier_up.function(function.hash)
            {
                entrance.lead_to(code);
            }
        }
    }

    fn bump_at(&self, at: u32) -> Option<Bump> {
        let index = self.bumps.binary_search_by_key(&at, |&(at, _)| at).ok()?;
        Some(self.bumps[index].1)
    }

    fn open_loops(&self, head: &Head) -> Vec<OpenLoop> {
        let mut loops = vec![head.open];
        let mut outer = head.outer;
        while let Some(head) = outer.map(|index| &self.heads[index as usize]) {
            loops.push(head.open);
            outer = head.outer;
        }
        loops.reverse();
        loops
    }
}
