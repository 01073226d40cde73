//! Heads of loops: where a frame can go on in machine code.
//!
//! A step that is about to pay for a round has changed nothing yet. So when the slice of fuel at hand is used up there, all
//! there is to know of the function is in its frame, and whoever has code for the rest of it may take the frame over: it
//! gives the function's value, and the steps of the caller go on. [`TierUp`] is where such code comes from.
#![allow(unsafe_code)]

use crate::code::Unit;
use crate::fault::Fault;
use crate::state::{Exit, JitState};
use crate::step::{Fp, Ip, JitControlFlow, Step, go};
use crate::steps::flow::{Call, leave};
use nda_graph::{Hash, Limits, NodeId};
use std::sync::Arc;

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

/// Where code for the rest of functions comes from.
pub trait TierUp {
    /// The code that goes on at the head of a loop of a function, with `loops` open, the outermost first and this one last.
    /// If there is none it may be made, for another time.
    fn rest(
        &self,
        function: Hash,
        marker: NodeId,
        loops: &dyn Fn() -> Vec<OpenLoop>,
    ) -> Option<Arc<dyn Rest>>;
}

/// Code for the rest of a function, from the head of a loop on.
pub trait Rest {
    /// The loops that have to be open.
    fn loops(&self) -> &[OpenLoop];

    /// Whether it may run under these limits, inside of so many calls, with this many words from the frame on.
    fn fits(&self, limits: &Limits, depth: u32, words: u64) -> bool;

    /// Runs the rest of the function on its frame and leaves its value in the state, or why the run has ended.
    ///
    /// # Safety
    /// The frame is of the function, at that head, with those loops open.
    unsafe fn run(&self, state: &mut JitState<'_>, fp: Fp);
}

/// The search for heads with code, in one run.
#[derive(Default, Debug)]
pub(crate) struct Search {
    /// Fuel used from which on it is worth a look.
    pub(crate) from: u64,
    /// A slice of fuel while a head with code must come by soon.
    pub(crate) every: u64,
    /// The units that can run, by where their code starts.
    units: Vec<*const Unit>,
    /// Short slices left, while a head that has code must come by soon.
    short: u32,
    /// How often a frame went on in machine code.
    pub(crate) moves: u32,
}

/// How many short slices a search takes.
const TRIES: u32 = 4_096;
/// Fuel until the search begins again.
const PAUSE: u64 = 1 << 20;
/// Calls deeper than this are not looked through.
const MAX_DEPTH: u32 = 200;

/// What became of a frame. No more than a number, so that `go_on` keeps nothing that a jump could not leave behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moved {
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
    if state.fuel_used() < state.search.from {
        return Moved::Not;
    }
    if state.search.units.is_empty() {
        // SAFETY: the unit of the run outlives it, and keeps the units that it calls.
        state.search.units = unsafe { &*unit }.reachable();
    }
    let units = std::mem::take(&mut state.search.units);
    // SAFETY: as above.
    let moved = unsafe { try_here(tier_up, &units, ip, fp, state) };
    if let Moved::Not = moved {
        if state.search.short > 0 {
            state.search.short -= 1;
            if state.search.short == 0 {
                state.search.from = state.fuel_used() + PAUSE;
            }
        } else if state.depth <= MAX_DEPTH
            // SAFETY: as above.
            && unsafe { outermost(tier_up, &units, ip, fp, state.depth) }
        {
            state.search.short = TRIES;
        }
    } else {
        state.search.moves += 1;
        state.search.short = 0;
    }
    state.search.units = units;
    if state.search.short > 0 {
        state.shorten(state.search.every);
    }
    moved
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
        let words = (state.frames_end as usize).saturating_sub(fp as usize) / 8;
        if !rest.fits(state.limits(), state.depth, words as u64) || rest.loops() != loops() {
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

/// Whether the outermost frame that is inside of a loop has code for it; if not, it is asked for.
unsafe fn outermost(tier_up: &dyn TierUp, units: &[*const Unit], ip: Ip, fp: Fp, depth: u32) -> bool {
    let (mut ip, mut fp) = (ip, fp);
    let mut found = None;
    for _ in 0..depth {
        // SAFETY: the caller's promise: so many calls are open, and a frame starts with the address of its call step.
        unsafe {
            if let Some((unit, at)) = unit_of(units, ip)
                && let Some(head) = unit.head_around(at)
            {
                found = Some((unit, head));
            }
            ip = *fp as usize as Ip;
            fp = fp.sub(Step::<Call>::at(ip).frame as usize);
        }
    }
    found.is_some_and(|(unit, head)| {
        let function = unit.functions[head.function as usize].hash;
        tier_up.rest(function, head.open.marker, &|| unit.open_loops(head)).is_some()
    })
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

    /// The innermost loop of the function's own body that the step here is in.
    fn head_around(&self, at: u32) -> Option<&Head> {
        let mut blame = self.site(at, 0)?.blame;
        while let Some(body) = (blame.scope as usize).checked_sub(self.functions.len()) {
            blame = self.inlined[body].call;
        }
        let inside = |head: &&Head| (head.open.marker..=head.last).contains(&blame.node);
        self.heads_of(blame.scope).iter().filter(inside).max_by_key(|head| head.open.marker)
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
