//! Values that only ever grow or shrink by constants: counters of all kinds.
//!
//! Each round of each loop costs at least one unit of fuel, and a run that may use more than [`super::MAX_FUEL`] stays on
//! tier 1. So a value that is carried around loops and changed by constants on the way stays near where it began, and
//! cannot overflow however often its loops go round.

use super::Facts;
use super::flow::{Flow, constant};
use super::interval::Interval;
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::{Block, Function, Inst, Opcode, Value, ValueDef, types};

/// The most that a group's constants may be, all together: the product with the fuel of a run stays below 2⁶².
const MAX_STEP: u64 = 1_000;

/// Values in groups: those that are handed on to each other, unchanged or changed by a constant.
#[derive(Default)]
pub(super) struct Sums {
    /// One more than the number of its group; 0: in none.
    group: SecondaryMap<Value, u32>,
    groups: Vec<Group>,
}

#[derive(Default)]
struct Group {
    /// The group that it became part of; itself if none.
    part_of: usize,
    /// What came in from outside.
    from: Vec<Value>,
    /// The sum of its constants, without signs.
    steps: u64,
}

/// What a value is to its group.
enum Link {
    /// This parameter of a block, at some time.
    Member(Value),
    /// Another way into the block gives it, too.
    Nothing,
    /// Another value plus a constant of this size.
    Step(Value, u64),
    /// It comes from outside.
    Input,
}

impl Sums {
    pub(super) fn new(flow: &Flow<'_>, facts: &Facts) -> Self {
        let mut sums = Self::default();
        let func = flow.func;
        let Some((&entry, rest)) = flow.blocks.split_first() else { return sums };
        for &block in rest {
            for (index, &parameter) in func.dfg.block_params(block).iter().enumerate() {
                if func.dfg.value_type(parameter) != types::I64 {
                    continue;
                }
                let group = sums.group_of(parameter);
                for &edge in flow.incoming(block) {
                    if let Some(given) = flow.given(edge, index) {
                        sums.add((func, facts), entry, group, given);
                    }
                }
            }
        }
        sums
    }

    /// What a value is at least and at most, given what came in from outside.
    pub(super) fn bound(&self, value: Value, known: impl Fn(Value) -> Option<Interval>) -> Option<Interval> {
        let group = self.group[value].checked_sub(1)?;
        let group = &self.groups[self.root(group as usize)];
        if group.steps > MAX_STEP {
            return None;
        }
        let start = group.from.iter().filter_map(|&value| known(value)).reduce(Interval::join)?;
        let reach = (group.steps * (super::MAX_FUEL + 1)) as i64;
        Some(Interval { lo: start.lo.checked_sub(reach)?, hi: start.hi.checked_add(reach)? })
    }

    /// A value is handed on to a group.
    fn add(&mut self, (func, facts): (&Function, &Facts), entry: Block, group: usize, value: Value) {
        let mut value = value;
        loop {
            let group = self.root(group);
            match link(func, facts, entry, value) {
                Link::Input => {
                    self.groups[group].from.push(value);
                    return;
                }
                Link::Nothing => return,
                Link::Member(value) => {
                    let other = self.group_of(value);
                    self.unite(group, other);
                    return;
                }
                Link::Step(from, step) => {
                    if self.group[value] != 0 {
                        let other = self.group_of(value);
                        self.unite(group, other);
                        return;
                    }
                    self.group[value] = group as u32 + 1;
                    self.groups[group].steps = self.groups[group].steps.saturating_add(step);
                    value = from;
                }
            }
        }
    }

    fn group_of(&mut self, value: Value) -> usize {
        if self.group[value] == 0 {
            let group = Group { part_of: self.groups.len(), ..Group::default() };
            self.groups.push(group);
            self.group[value] = self.groups.len() as u32;
        }
        self.root(self.group[value] as usize - 1)
    }

    fn root(&self, group: usize) -> usize {
        let mut group = group;
        while self.groups[group].part_of != group {
            group = self.groups[group].part_of;
        }
        group
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        // The smaller one becomes part of the larger, so that roots are near.
        let (root, part) =
            if self.groups[a].from.len() < self.groups[b].from.len() { (b, a) } else { (a, b) };
        let from = std::mem::take(&mut self.groups[part].from);
        let steps = self.groups[part].steps;
        self.groups[part].part_of = root;
        let root = &mut self.groups[root];
        root.from.extend(from);
        root.steps = root.steps.saturating_add(steps);
    }
}

fn link(func: &Function, facts: &Facts, entry: Block, value: Value) -> Link {
    if facts.is_as_ever(value) {
        return Link::Nothing;
    }
    match func.dfg.value_def(value) {
        ValueDef::Param(block, _) if block != entry => Link::Member(value),
        ValueDef::Result(inst, 0) => stepped(func, inst).unwrap_or(Link::Input),
        _ => Link::Input,
    }
}

/// An addition or a subtraction of a constant.
fn stepped(func: &Function, inst: Inst) -> Option<Link> {
    let &[a, b] = func.dfg.inst_args(inst) else { return None };
    let (from, step) = match func.dfg.insts[inst].opcode() {
        Opcode::Iadd | Opcode::SaddOverflow => match (constant(func, a), constant(func, b)) {
            (_, Some(step)) => (a, step),
            (Some(step), None) => (b, step),
            _ => return None,
        },
        Opcode::Isub | Opcode::SsubOverflow => (a, constant(func, b)?),
        _ => return None,
    };
    Some(Link::Step(func.dfg.resolve_aliases(from), step.unsigned_abs()))
}
