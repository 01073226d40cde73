//! Last uses: which `share` records of a body can be moves.
//!
//! One walk from the end to the start with the set of slots whose object is still needed. A use of a slot that is not
//! needed afterwards gives its object away. Inside a loop everything from outside that the loop uses is needed when it
//! goes round; that is coarser than it could be, and the same on every tier, because the result stands in the graph.
//! Assigning counts as a use there: a slot that a round may fill is not empty when the loop begins, so that whether it
//! holds something is the same in every round.

use super::Memory;
use nda_graph::{Builtin, Mode, NdaNode, Slot, Ty};

/// Turns last uses into moves. Bodies without objects are left alone.
pub(crate) fn settle(memory: &mut Memory, params: usize) {
    if !memory.slots.iter().any(|ty| ty.is_object()) {
        return;
    }
    let mut uses = loop_uses(memory, params as Slot);
    let mut walk = Walk { needed: Set::new(memory.slots.len()), open: Vec::new() };
    let mut pinned = memory.pinned.iter().rev().copied().peekable();
    for index in (0..memory.nodes.len()).rev() {
        let is_pinned = pinned.next_if_eq(&(index as u32)).is_some();
        let node = &mut memory.nodes[index];
        if let NdaNode::Load { slot, mode: mode @ Mode::Share } = node
            && !is_pinned
            && !walk.needed.has(*slot)
        {
            *mode = Mode::Move;
        }
        walk.back(*node, &memory.slots, &mut uses);
    }
}

/// A set of slots.
#[derive(Clone, Debug)]
struct Set(Vec<u64>);

impl Set {
    fn new(slots: usize) -> Self {
        Set(vec![0; slots.div_ceil(64)])
    }

    fn has(&self, slot: Slot) -> bool {
        self.0[slot as usize / 64] >> (slot % 64) & 1 == 1
    }

    fn insert(&mut self, slot: Slot) {
        self.0[slot as usize / 64] |= 1 << (slot % 64);
    }

    fn remove(&mut self, slot: Slot) {
        self.0[slot as usize / 64] &= !(1 << (slot % 64));
    }

    fn add(&mut self, other: &Set) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
    }
}

/// For each loop, in the order of their ends: the slots from outside that it uses or assigns to.
fn loop_uses(memory: &Memory, params: Slot) -> Vec<Set> {
    let slots = memory.slots.len();
    let mut unpacked = memory.unpacked.iter();
    let mut done = Vec::new();
    let mut open: Vec<(Set, Slot)> = Vec::new();
    let mut next = params;
    for node in &memory.nodes {
        match *node {
            NdaNode::Let { slot, .. } => next = slot + 1,
            NdaNode::Unpack { slot, .. } => next = slot + unpacked.next().copied().unwrap_or(0),
            NdaNode::LoopBegin { .. } | NdaNode::WhileBegin => open.push((Set::new(slots), next)),
            NdaNode::ForBegin { slot, .. } | NdaNode::EachBegin { slot, .. } => {
                open.push((Set::new(slots), slot));
                next = slot + 1;
            }
            NdaNode::Load { slot, .. }
            | NdaNode::Store { slot }
            | NdaNode::Place { slot, .. }
            | NdaNode::Update { slot, .. } => {
                if let Some((uses, first_inside)) = open.last_mut()
                    && slot < *first_inside
                {
                    uses.insert(slot);
                }
            }
            NdaNode::Loop | NdaNode::While | NdaNode::For | NdaNode::Each => {
                if let Some((uses, _)) = open.pop() {
                    if let Some((outer, first_inside)) = open.last_mut() {
                        // What the outer loop declares itself is not from outside of it.
                        let mut seen = uses.clone();
                        (*first_inside..slots as Slot).for_each(|slot| seen.remove(slot));
                        outer.add(&seen);
                    }
                    done.push(uses);
                }
            }
            _ => {}
        }
    }
    done
}

struct Walk {
    needed: Set,
    open: Vec<Part>,
}

/// An open part, met from its end.
enum Part {
    /// What is needed behind the `if`, and by its `else` part once that is known.
    If { after: Set, otherwise: Option<Set> },
    /// What is needed behind `&&` or `||`.
    Rhs { after: Set },
    /// What is needed behind the loop, and when it goes round.
    Loop { after: Set, round: Set },
}

impl Walk {
    fn back(&mut self, node: NdaNode, slots: &[Ty], uses: &mut Vec<Set>) {
        match node {
            NdaNode::Load { slot, .. } | NdaNode::Place { slot, .. } | NdaNode::Update { slot, .. }
                if slots[slot as usize].is_object() =>
            {
                self.needed.insert(slot);
            }
            NdaNode::Store { slot } | NdaNode::Let { slot, .. } => self.needed.remove(slot),
            NdaNode::If => self.open.push(Part::If { after: self.needed.clone(), otherwise: None }),
            NdaNode::Else => {
                if let Some(Part::If { after, otherwise }) = self.open.last_mut() {
                    *otherwise = Some(std::mem::replace(&mut self.needed, after.clone()));
                }
            }
            NdaNode::Then => {
                if let Some(Part::If { otherwise: Some(otherwise), .. }) = self.open.pop() {
                    self.needed.add(&otherwise);
                }
            }
            NdaNode::And | NdaNode::Or => self.open.push(Part::Rhs { after: self.needed.clone() }),
            NdaNode::Rhs => {
                if let Some(Part::Rhs { after }) = self.open.pop() {
                    self.needed.add(&after);
                }
            }
            NdaNode::Loop | NdaNode::While | NdaNode::For | NdaNode::Each => {
                let after = self.needed.clone();
                let mut round = uses.pop().unwrap_or_else(|| Set::new(slots.len()));
                round.add(&after);
                self.needed = round.clone();
                self.open.push(Part::Loop { after, round });
            }
            NdaNode::Do => {
                if let Some(Part::Loop { after, .. }) = self.open.last() {
                    self.needed.add(after);
                }
            }
            NdaNode::LoopBegin { .. }
            | NdaNode::WhileBegin
            | NdaNode::ForBegin { .. }
            | NdaNode::EachBegin { .. } => {
                if let Some(Part::Loop { after, round }) = self.open.pop() {
                    // A counted loop may run no round.
                    if !matches!(node, NdaNode::LoopBegin { .. } | NdaNode::WhileBegin) {
                        self.needed.add(&after);
                    }
                    self.needed.add(&round);
                }
                if let NdaNode::EachBegin { slot, .. } = node {
                    self.needed.remove(slot);
                }
            }
            NdaNode::Break { up } => self.jump(up, false),
            NdaNode::Continue { up } => self.jump(up, true),
            NdaNode::Return | NdaNode::Builtin { op: Builtin::Panic, .. } => self.needed.0.fill(0),
            _ => {}
        }
    }

    fn jump(&mut self, up: u32, round: bool) {
        let mut loops = self.open.iter().rev().filter_map(|part| match part {
            Part::Loop { after, round } => Some((after, round)),
            _ => None,
        });
        if let Some((after, again)) = loops.nth(up as usize) {
            self.needed.0.copy_from_slice(if round { &again.0 } else { &after.0 });
        }
    }
}
