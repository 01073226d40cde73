//! Which open loop of a run machine code is worth having for.
//!
//! Code that is entered further out knows more of what is inside; but a head that seldom comes by is no place to go on at, and code for
//! loops that are over when it is there is of no use. So it is looked at how far loops were at the looks before, and what they have left.
#![allow(unsafe_code)]

use super::{Head, LoopWords, OpenLoop};
use crate::code::Unit;
use crate::object::reference;
use crate::step::Fp;
use nda_graph::{Hash, NodeId};
use std::time::{Duration, Instant};

/// A frame that is in a loop: of the unit, where, and the innermost of its loops.
pub(super) type InLoop<'u> = (&'u Unit, Fp, &'u Head);

/// A loop comes by if it has begun a round within so many looks. One that did so once may have slowed down since.
const RECENT: u32 = 4;
/// Looks that found no loop that goes on, after which the innermost is taken for one.
const STRANGE: u32 = 4;

/// How far the loops of a run were when it was looked at.
#[derive(Default, Debug)]
pub(super) struct Progress {
    loops: Vec<Seen>,
    /// When that was, and the fuel used.
    last: Option<(Instant, u64)>,
    /// How many there were.
    looks: u32,
    /// Looks one after the other that found no loop that goes on.
    strange: u32,
}

/// A loop, as it was found first in a row of looks.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The frame, the function and the record that begins it.
    key: (usize, Hash, NodeId),
    /// What counts its rounds, and the fuel used.
    first: (u64, u64),
    /// What counts its rounds, at the last look.
    now: u64,
    /// Whether a round of it was about to be paid for.
    paid: bool,
    /// The look that found that it had begun another round.
    went_on: Option<u32>,
}

/// What is known of a loop that counts.
struct Count {
    now: u64,
    /// Rounds that it has left.
    left: u64,
}

impl Head {
    /// # Safety
    /// The frame is in the loop.
    unsafe fn count(&self, fp: Fp) -> Option<Count> {
        // SAFETY: the caller's promise; what a loop keeps is in the frame.
        let word = |word: u16| unsafe { *fp.add(word as usize) };
        let (now, left) = match self.open.words {
            LoopWords::Nothing => return None,
            LoopWords::Count { counter, end } => {
                let now = word(counter);
                let end = match end {
                    super::Leaf::Word(end) => word(end) as i64,
                    super::Leaf::Const(end) => end,
                };
                (now, end.abs_diff(now as i64))
            }
            LoopWords::Stepped { state } => (word(state), word(state)),
            LoopWords::Each { list, position } => {
                let now = word(position);
                // SAFETY: the loop owns its list.
                let len = reference(word(list)).map_or(0, |list| unsafe { list.as_ref() }.len as u64);
                (now, len.saturating_sub(now))
            }
        };
        Some(Count { now, left })
    }
}

impl Progress {
    /// The loop to go on at, of those that frames are in, from the innermost outwards: the outermost that has begun a round lately,
    /// else the innermost of the outermost frame. If `pays`, the first frame is about to pay for a round of its innermost loop. Whether it is known that code is worth making for it: that some loop around
    /// it, or itself, goes on for `lasts`.
    ///
    /// # Safety
    /// The frames are alive and in those loops.
    pub(super) unsafe fn choose<'u>(
        &mut self,
        frames: &[InLoop<'u>],
        pays: bool,
        fuel: u64,
        lasts: Duration,
    ) -> Option<(&'u Unit, &'u Head, bool)> {
        let &(unit, _, innermost) = frames.last()?;
        let now = Instant::now();
        // Units that take `lasts`, by what the last took.
        let soon = self.last.replace((now, fuel)).map_or(0, |(then, used)| {
            let taken = now.duration_since(then).as_nanos().max(1);
            let units = lasts.as_nanos().saturating_mul(u128::from(fuel - used)) / taken;
            u64::try_from(units).unwrap_or(u64::MAX)
        });
        self.looks = self.looks.wrapping_add(1);
        let before = std::mem::take(&mut self.loops);
        let mut chosen = (unit, innermost);
        let (mut any, mut lasting) = (false, false);
        let mut pays = pays;
        for &(unit, fp, innermost) in frames {
            let mut next = Some(innermost);
            while let Some(head) = next {
                next = head.outer.map(|index| &unit.heads[index as usize]);
                let OpenLoop { marker, .. } = head.open;
                let key = (fp as usize, unit.functions[head.function as usize].hash, marker);
                // SAFETY: the caller's promise.
                let count = unsafe { head.count(fp) };
                let at = count.as_ref().map_or(0, |count| count.now);
                let found = before.iter().find(|seen| seen.key == key).copied();
                let mut seen =
                    found.unwrap_or(Seen { key, first: (at, fuel), now: at, paid: false, went_on: None });
                let rounds = seen.first.0.abs_diff(at);
                let pays = std::mem::take(&mut pays);
                if seen.now != at || (pays && seen.paid) {
                    (seen.now, seen.went_on) = (at, Some(self.looks));
                }
                seen.paid |= pays;
                self.loops.push(seen);
                if seen.went_on.is_some_and(|look| self.looks.wrapping_sub(look) < RECENT) {
                    (chosen, any) = ((unit, head), true);
                }
                // What has not gone on says nothing of how long its rounds are.
                let round = (fuel - seen.first.1).checked_div(rounds);
                lasting |= match (count, round) {
                    (Some(count), Some(round)) => count.left.saturating_mul(round.max(1)) >= soon,
                    _ => true,
                };
            }
        }
        self.strange = if any { 0 } else { self.strange + 1 };
        let (unit, head) = chosen;
        Some((unit, head, if any { lasting } else { self.strange > STRANGE }))
    }
}
