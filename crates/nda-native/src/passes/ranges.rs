//! Range analysis: what each 64-bit register can hold.
//!
//! Loop by loop, for nothing that is known of one depends on what comes behind it.
//! Sparse, conditional and optimistic: nothing is reached and nothing has a value until it is shown, so a slow path that is
//! never taken says nothing. Where a loop makes a value grow for ever, the bound is given up (and found again, where a
//! comparison gives one). A branch narrows what it compares for all that it dominates.

use super::Facts;
use super::flow::{Comparison, Edge, Flow};
use super::interval::{Arithmetic, Interval};
use super::sums::Sums;
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{Block, Inst, InstructionData, Opcode, Value, ValueDef, types};

/// Rounds over a loop until the answer has to stand.
const ROUNDS: u32 = 40;
/// Changes of a loop's value until its bound is given up.
const PATIENCE: u8 = 3;
/// Changes until what it is a sum of says nothing either: that may grow with it, a little each round.
const SUM_PATIENCE: u8 = 8;
/// Rounds that find again what was given up too early.
const NARROWING: u32 = 2;
/// How far a comparison is followed to others.
const CHAIN: u32 = 4;

pub(super) struct Ranges<'a> {
    pub(super) flow: Flow<'a>,
    facts: &'a Facts,
    sums: Sums,
    /// None: no value yet.
    known: SecondaryMap<Value, Option<Interval>>,
    reached: SecondaryMap<Block, bool>,
    /// By block, in order, what gives a value that depends on others.
    work: Vec<Vec<Inst>>,
    changes: SecondaryMap<Value, u8>,
}

impl<'a> Ranges<'a> {
    /// None if it would take too long.
    pub(super) fn new(flow: Flow<'a>, facts: &'a Facts) -> Option<Self> {
        let sums = Sums::new(&flow, facts);
        let mut ranges = Self {
            flow,
            facts,
            sums,
            known: SecondaryMap::new(),
            reached: SecondaryMap::new(),
            work: Vec::new(),
            changes: SecondaryMap::new(),
        };
        ranges.prepare();
        for part in ranges.flow.parts() {
            if let &[at] = &*part
                && !ranges.flow.is_head(ranges.flow.blocks[at])
            {
                ranges.round(&part, true);
                continue;
            }
            let mut rounds = 0;
            while ranges.round(&part, true) {
                rounds += 1;
                if rounds == ROUNDS {
                    return None;
                }
            }
            for _ in 0..NARROWING {
                ranges.round(&part, false);
            }
        }
        Some(ranges)
    }

    /// Whether control can get to a block.
    pub(super) fn reaches(&self, block: Block) -> bool {
        self.reached[block]
    }

    /// What a value can be in a block.
    pub(super) fn at(&self, value: Value, block: Block) -> Option<Interval> {
        let mut interval = self.known[value]?;
        if self.flow.func.dfg.value_type(value) == types::I64 {
            for constraint in self.flow.constraints(value, block) {
                if let Some(other) = self.known[constraint.other] {
                    interval = narrowed(interval, constraint.condition, other)?;
                }
            }
        }
        Some(interval)
    }

    /// What a value can be anywhere.
    pub(super) fn of(&self, value: Value) -> Option<Interval> {
        self.known[value]
    }

    /// Whether a condition only stood for what may have happened before.
    pub(super) fn pretends(&self, condition: Value) -> bool {
        self.facts.is_pretended(condition)
    }

    /// Finds out once what does not depend on anything else.
    fn prepare(&mut self) {
        let func = self.flow.func;
        self.work = vec![Vec::new(); self.flow.blocks.len()];
        for at in 0..self.flow.blocks.len() {
            let block = self.flow.blocks[at];
            for inst in func.layout.block_insts(block) {
                let results = func.dfg.inst_results(inst);
                if follows(func.dfg.insts[inst].opcode()) {
                    self.work[at].push(inst);
                    continue;
                }
                for (index, &result) in results.iter().enumerate() {
                    self.known[result] = self.result(inst, index, result, block);
                }
            }
        }
    }

    /// Whether anything has changed in a part of the function.
    fn round(&mut self, part: &[usize], widen: bool) -> bool {
        let mut changed = false;
        for &at in part {
            let block = self.flow.blocks[at];
            if !self.reached[block] {
                let enters = at == 0 || self.flow.incoming(block).iter().any(|&edge| self.goes(edge));
                if !enters {
                    continue;
                }
                self.reached[block] = true;
                changed = true;
            }
            changed |= self.parameters(block, at == 0, widen);
            let func = self.flow.func;
            for next in 0..self.work[at].len() {
                let inst = self.work[at][next];
                for (index, &result) in func.dfg.inst_results(inst).iter().enumerate() {
                    let now = self.result(inst, index, result, block);
                    if now != self.known[result] {
                        self.known[result] = now;
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    /// Whether control can go along an edge, as far as is known.
    fn goes(&self, edge: Edge) -> bool {
        if !self.reached[edge.from] {
            return false;
        }
        let InstructionData::Brif { arg, .. } = self.flow.func.dfg.insts[edge.branch] else { return true };
        match self.known[self.flow.func.dfg.resolve_aliases(arg)] {
            None => false,
            Some(Interval { lo: 0, hi: 0 }) => edge.target == 1,
            Some(interval) if interval.lo > 0 => edge.target == 0,
            Some(_) => true,
        }
    }

    fn parameters(&mut self, block: Block, entry: bool, widen: bool) -> bool {
        let mut changed = false;
        let func = self.flow.func;
        for (index, &parameter) in func.dfg.block_params(block).iter().enumerate() {
            let before = self.known[parameter];
            let mut now = None;
            if entry {
                now = Some(self.whole(parameter));
            } else if widen && let Some(counted) = self.counted(parameter) {
                // What it grows to is known.
                now = Some(counted);
            } else {
                for at in 0..self.flow.incoming(block).len() {
                    let edge = self.flow.incoming(block)[at];
                    if self.goes(edge)
                        && let Some(given) = self.flow.given(edge, index)
                        && let Some(on_edge) = self.on(given, edge)
                    {
                        now = Some(now.map_or(on_edge, |now: Interval| now.join(on_edge)));
                    }
                }
            }
            let grows = widen && before.is_some() && self.flow.is_head(block);
            let changes = if grows { self.changes[parameter] } else { 0 };
            if let (Some(new), Some(old)) = (now, before)
                && new != old
                && changes >= PATIENCE
            {
                now = Some(widened(old, new));
            }
            now = now.and_then(|now| self.bounded(parameter, now, changes < SUM_PATIENCE));
            if now != before {
                self.known[parameter] = now;
                self.changes[parameter] += u8::from(grows);
                changed = true;
            }
        }
        changed
    }

    /// What facts and sums say of a parameter besides.
    fn bounded(&self, parameter: Value, interval: Interval, by_sums: bool) -> Option<Interval> {
        let mut interval = interval;
        if let Some(counted) = self.counted(parameter) {
            interval = interval.meet(counted)?;
        }
        match self.sums.bound(parameter, |value| self.known[value]) {
            Some(bound) if by_sums => interval.meet(bound),
            _ => Some(interval),
        }
    }

    /// Between what a loop's counter is, if it is one and that is known.
    fn counted(&self, parameter: Value) -> Option<Interval> {
        let counter = self.facts.counter(parameter)?;
        let (from, to) = (self.known[counter.from]?, self.known[counter.to]?);
        let most = if counter.inclusive { to.hi } else { to.hi.saturating_sub(1) };
        (from.lo <= most).then(|| Interval::new(from.lo, most))
    }

    /// What a value can be where an edge begins, and control goes along it.
    fn on(&self, value: Value, edge: Edge) -> Option<Interval> {
        let interval = self.at(value, edge.from)?;
        let Some(Comparison { left, condition, right }) = self.flow.condition(edge) else {
            return Some(interval);
        };
        if left == value {
            narrowed(interval, condition, self.known[right]?)
        } else if right == value {
            narrowed(interval, condition.swap_args(), self.known[left]?)
        } else {
            Some(interval)
        }
    }

    /// Everything that a value of this type can be.
    fn whole(&self, value: Value) -> Interval {
        match self.flow.func.dfg.value_type(value) {
            types::I8 => Interval::new(0, i64::from(u8::MAX)),
            types::I32 => Interval::new(0, i64::from(u32::MAX)),
            _ => Interval::ALL,
        }
    }

    fn result(&self, inst: Inst, index: usize, result: Value, block: Block) -> Option<Interval> {
        let dfg = &self.flow.func.dfg;
        let data = &dfg.insts[inst];
        let opcode = data.opcode();
        let args = dfg.inst_args(inst);
        let at = |index: usize| self.at(dfg.resolve_aliases(args[index]), block);
        let whole = self.whole(result);
        if self.facts.is_as_ever(result) {
            return None;
        }
        if self.facts.is_pretended(result) {
            return Some(Interval::BIT);
        }
        if let InstructionData::UnaryImm { opcode: Opcode::Iconst, imm } = data {
            return Some(match dfg.value_type(result) {
                types::I8 => Interval::one(imm.bits() & 0xff),
                types::I32 => Interval::one(imm.bits() & 0xffff_ffff),
                _ => Interval::one(imm.bits()),
            });
        }
        if opcode == Opcode::Icmp {
            let (left, right) = (at(0)?, at(1)?);
            let (x, y) = (dfg.resolve_aliases(args[0]), dfg.resolve_aliases(args[1]));
            if dfg.value_type(x) != types::I64 {
                return Some(Interval::BIT);
            }
            let condition = data.cond_code()?;
            let decided = decided(left, condition, right).or_else(|| self.related(x, condition, y, block));
            return Some(decided.map_or(Interval::BIT, Interval::bit));
        }
        if opcode == Opcode::Fcmp {
            return Some(Interval::BIT);
        }
        if self.facts.is_length(result) {
            return Some(Interval::new(0, super::MAX_LENGTH));
        }
        match opcode {
            Opcode::Uextend => return at(0),
            Opcode::Popcnt | Opcode::Clz | Opcode::Ctz => return Some(Interval::new(0, 64)),
            Opcode::Select => {
                let (yes, no) = (at(1)?, at(2)?);
                return Some(yes.join(no));
            }
            _ => {}
        }
        if dfg.value_type(dfg.resolve_aliases(*args.first().unwrap_or(&result))) != types::I64 {
            return Some(whole);
        }
        let arithmetic = match opcode {
            Opcode::Iadd | Opcode::SaddOverflow => Some(Arithmetic::Add),
            Opcode::Isub | Opcode::SsubOverflow => Some(Arithmetic::Sub),
            Opcode::Imul | Opcode::SmulOverflow => Some(Arithmetic::Mul),
            _ => None,
        };
        if let Some(op) = arithmetic {
            let (a, b) = (at(0)?, at(1)?);
            let (x, y) = (dfg.resolve_aliases(args[0]), dfg.resolve_aliases(args[1]));
            if op == Arithmetic::Sub && a.is_natural() && b.is_natural() && self.below(y, x, block, CHAIN) {
                let hi = a.hi.saturating_sub(b.lo);
                return Some(if index == 0 { Interval::new(1.min(hi), hi) } else { Interval::one(0) });
            }
            return Some(match index {
                0 if self.facts.is_checked(result) => a.checked(b, op),
                0 => a.wrapping(b, op),
                _ => a.overflows(b, op).map_or(Interval::BIT, Interval::bit),
            });
        }
        if dfg.value_type(result) != types::I64 {
            return Some(whole);
        }
        Some(match opcode {
            Opcode::Sdiv | Opcode::Udiv => {
                let (a, b) = (at(0)?, at(1)?);
                if b.lo > 0 && (opcode == Opcode::Sdiv || a.is_natural()) { a.divided(b) } else { whole }
            }
            Opcode::Srem | Opcode::Urem => {
                let (a, b) = (at(0)?, at(1)?);
                if b.lo > 0 && (opcode == Opcode::Srem || a.is_natural()) { a.remainder(b) } else { whole }
            }
            Opcode::Band => {
                let (a, b) = (at(0)?, at(1)?);
                match (a.is_natural(), b.is_natural()) {
                    (true, true) => Interval::new(0, a.hi.min(b.hi)),
                    (true, false) => Interval::new(0, a.hi),
                    (false, true) => Interval::new(0, b.hi),
                    (false, false) => whole,
                }
            }
            Opcode::Bor | Opcode::Bxor => {
                let (a, b) = (at(0)?, at(1)?);
                if a.is_natural() && b.is_natural() {
                    // No bit above the highest of both.
                    let bits = 64 - (a.hi | b.hi).leading_zeros();
                    Interval::new(0, if bits >= 63 { i64::MAX } else { (1 << bits) - 1 })
                } else {
                    whole
                }
            }
            Opcode::Sshr | Opcode::Ushr => {
                let (a, by) = (at(0)?, at(1)?);
                match by.constant() {
                    Some(by @ 0..64) if opcode == Opcode::Sshr || a.is_natural() => {
                        Interval::new(a.lo >> by, a.hi >> by)
                    }
                    _ if a.is_natural() => Interval::new(0, a.hi),
                    _ => whole,
                }
            }
            Opcode::Smin => {
                let (a, b) = (at(0)?, at(1)?);
                Interval::new(a.lo.min(b.lo), a.hi.min(b.hi))
            }
            Opcode::Smax => {
                let (a, b) = (at(0)?, at(1)?);
                Interval::new(a.lo.max(b.lo), a.hi.max(b.hi))
            }
            Opcode::Umin => {
                let (a, b) = (at(0)?, at(1)?);
                match (a.is_natural(), b.is_natural()) {
                    (true, true) => Interval::new(a.lo.min(b.lo), a.hi.min(b.hi)),
                    (true, false) => Interval::new(0, a.hi),
                    (false, true) => Interval::new(0, b.hi),
                    (false, false) => whole,
                }
            }
            _ => whole,
        })
    }

    /// What a comparison says if one value is known to be below the other.
    fn related(&self, x: Value, condition: IntCC, y: Value, block: Block) -> Option<bool> {
        let natural = |value| self.at(value, block).is_some_and(Interval::is_natural);
        match condition {
            IntCC::SignedLessThan | IntCC::SignedGreaterThanOrEqual => {
                self.below(x, y, block, CHAIN).then_some(condition == IntCC::SignedLessThan)
            }
            IntCC::UnsignedLessThan | IntCC::UnsignedGreaterThanOrEqual => {
                (natural(x) && self.below(x, y, block, CHAIN)).then_some(condition == IntCC::UnsignedLessThan)
            }
            _ => None,
        }
    }

    /// Whether `x < y` holds in a block, both signed.
    fn below(&self, x: Value, y: Value, block: Block, chain: u32) -> bool {
        if x == y || chain == 0 {
            return false;
        }
        if let (Some(x), Some(y)) = (self.at(x, block), self.at(y, block))
            && x.hi < y.lo
        {
            return true;
        }
        let by_branch = self
            .flow
            .constraints(x, block)
            .any(|constraint| self.implies_below(constraint.condition, constraint.other, y, block, chain));
        if by_branch {
            return true;
        }
        if let Some(counter) = self.facts.counter(x) {
            let to = counter.to;
            return if counter.inclusive {
                self.below(to, y, block, chain - 1)
            } else {
                self.at_most(to, y, block, chain)
            };
        }
        if let Some(from) = self.less_a_positive(x) {
            return self.at_most(from, y, block, chain);
        }
        let ValueDef::Param(home, index) = self.flow.func.dfg.value_def(x) else { return false };
        // A value that every way into a block gives: `y` has to be the same on all of them.
        let stands =
            self.flow.block_of(y).is_some_and(|of| of != home && self.flow.domtree.block_dominates(of, home));
        let edges = self.flow.incoming(home);
        stands
            && !edges.is_empty()
            && edges.iter().all(|&edge| {
                self.flow
                    .given(edge, index)
                    .is_some_and(|given| given != x && self.below_on(given, y, edge, chain - 1))
            })
    }

    fn below_on(&self, x: Value, y: Value, edge: Edge, chain: u32) -> bool {
        if chain == 0 {
            return false;
        }
        if let Some(Comparison { left, condition, right }) = self.flow.condition(edge) {
            let by_edge = (left == x && self.implies_below(condition, right, y, edge.from, chain))
                || (right == x && self.implies_below(condition.swap_args(), left, y, edge.from, chain));
            if by_edge {
                return true;
            }
        }
        self.below(x, y, edge.from, chain)
    }

    /// Whether `x condition other` makes `x < y`.
    fn implies_below(&self, condition: IntCC, other: Value, y: Value, block: Block, chain: u32) -> bool {
        match condition {
            IntCC::SignedLessThan => self.at_most(other, y, block, chain),
            IntCC::UnsignedLessThan => {
                self.known[other].is_some_and(Interval::is_natural) && self.at_most(other, y, block, chain)
            }
            IntCC::SignedLessThanOrEqual | IntCC::Equal => self.below(other, y, block, chain - 1),
            _ => false,
        }
    }

    fn at_most(&self, x: Value, y: Value, block: Block, chain: u32) -> bool {
        x == y || self.below(x, y, block, chain - 1)
    }

    /// What a value is, less a positive constant: `from - 1` and the like, where that does not overflow.
    fn less_a_positive(&self, value: Value) -> Option<Value> {
        let dfg = &self.flow.func.dfg;
        let inst = dfg.value_def(value).inst()?;
        let &[from, by] = dfg.inst_args(inst) else { return None };
        let (from, by) = (dfg.resolve_aliases(from), self.known[dfg.resolve_aliases(by)]?);
        let whole = |op| self.known[from].is_some_and(|it| it.overflows(by, op) == Some(false));
        let down = match dfg.insts[inst].opcode() {
            Opcode::SsubOverflow => by.lo > 0 && self.facts.is_checked(value),
            Opcode::Isub => by.lo > 0 && whole(Arithmetic::Sub),
            Opcode::SaddOverflow => by.hi < 0 && self.facts.is_checked(value),
            Opcode::Iadd => by.hi < 0 && whole(Arithmetic::Add),
            _ => false,
        };
        down.then_some(from)
    }
}

/// Whether what an instruction gives follows from its operands.
fn follows(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::Icmp
            | Opcode::Uextend
            | Opcode::Select
            | Opcode::Iadd
            | Opcode::Isub
            | Opcode::Imul
            | Opcode::SaddOverflow
            | Opcode::SsubOverflow
            | Opcode::SmulOverflow
            | Opcode::Sdiv
            | Opcode::Udiv
            | Opcode::Srem
            | Opcode::Urem
            | Opcode::Band
            | Opcode::Bor
            | Opcode::Bxor
            | Opcode::Sshr
            | Opcode::Ushr
            | Opcode::Smin
            | Opcode::Smax
            | Opcode::Umin
    )
}

fn widened(old: Interval, new: Interval) -> Interval {
    let lo = if new.lo >= old.lo {
        old.lo
    } else if new.lo >= 0 {
        0
    } else {
        i64::MIN
    };
    let hi = if new.hi <= old.hi { old.hi } else { i64::MAX };
    Interval { lo, hi }
}

/// What is left of an interval when a comparison with another holds; none if it cannot.
fn narrowed(interval: Interval, condition: IntCC, other: Interval) -> Option<Interval> {
    let Interval { lo, hi } = interval;
    let natural = other.is_natural();
    match condition {
        IntCC::Equal => interval.meet(other),
        IntCC::NotEqual => match other.constant() {
            Some(value) if lo == value && hi == value => None,
            Some(value) if lo == value => Some(Interval::new(lo + 1, hi)),
            Some(value) if hi == value => Some(Interval::new(lo, hi - 1)),
            _ => Some(interval),
        },
        IntCC::SignedLessThan => interval.meet(Interval::new(i64::MIN, other.hi.checked_sub(1)?)),
        IntCC::SignedLessThanOrEqual => interval.meet(Interval::new(i64::MIN, other.hi)),
        IntCC::SignedGreaterThan => interval.meet(Interval::new(other.lo.checked_add(1)?, i64::MAX)),
        IntCC::SignedGreaterThanOrEqual => interval.meet(Interval::new(other.lo, i64::MAX)),
        IntCC::UnsignedLessThan if natural => {
            if other.hi == 0 {
                None
            } else {
                interval.meet(Interval::new(0, other.hi - 1))
            }
        }
        IntCC::UnsignedLessThanOrEqual if natural => interval.meet(Interval::new(0, other.hi)),
        IntCC::UnsignedGreaterThan if natural && lo >= 0 => {
            interval.meet(Interval::new(other.lo.checked_add(1)?, i64::MAX))
        }
        IntCC::UnsignedGreaterThanOrEqual if natural && lo >= 0 => {
            interval.meet(Interval::new(other.lo, i64::MAX))
        }
        _ => Some(interval),
    }
}

/// What a comparison of two intervals gives, if always the same.
fn decided(left: Interval, condition: IntCC, right: Interval) -> Option<bool> {
    if narrowed(left, condition, right).is_none() || narrowed(right, condition.swap_args(), left).is_none() {
        return Some(false);
    }
    let not = condition.complement();
    if narrowed(left, not, right).is_none() || narrowed(right, not.swap_args(), left).is_none() {
        return Some(true);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONDITIONS: [IntCC; 10] = [
        IntCC::Equal,
        IntCC::NotEqual,
        IntCC::SignedLessThan,
        IntCC::SignedLessThanOrEqual,
        IntCC::SignedGreaterThan,
        IntCC::SignedGreaterThanOrEqual,
        IntCC::UnsignedLessThan,
        IntCC::UnsignedLessThanOrEqual,
        IntCC::UnsignedGreaterThan,
        IntCC::UnsignedGreaterThanOrEqual,
    ];

    fn holds(x: i64, condition: IntCC, y: i64) -> bool {
        let (ux, uy) = (x as u64, y as u64);
        match condition {
            IntCC::Equal => x == y,
            IntCC::NotEqual => x != y,
            IntCC::SignedLessThan => x < y,
            IntCC::SignedLessThanOrEqual => x <= y,
            IntCC::SignedGreaterThan => x > y,
            IntCC::SignedGreaterThanOrEqual => x >= y,
            IntCC::UnsignedLessThan => ux < uy,
            IntCC::UnsignedLessThanOrEqual => ux <= uy,
            IntCC::UnsignedGreaterThan => ux > uy,
            IntCC::UnsignedGreaterThanOrEqual => ux >= uy,
        }
    }

    /// No pair of numbers that a comparison lets through is cut off, and none decides otherwise than was said.
    #[test]
    fn comparisons_narrow_and_decide_as_they_hold() {
        let numbers = [i64::MIN, i64::MIN + 1, -2, -1, 0, 1, 2, i64::MAX - 1, i64::MAX];
        let intervals: Vec<Interval> = (0..numbers.len())
            .flat_map(|lo| (lo..numbers.len()).map(move |hi| Interval::new(numbers[lo], numbers[hi])))
            .collect();
        let within = |interval: Interval| {
            numbers.into_iter().filter(move |&number| interval.lo <= number && number <= interval.hi)
        };
        for &a in &intervals {
            for &b in &intervals {
                for condition in CONDITIONS {
                    let left = narrowed(a, condition, b);
                    let said = decided(a, condition, b);
                    for x in within(a) {
                        for y in within(b) {
                            let is = holds(x, condition, y);
                            assert!(!is || left.is_some_and(|left| left.lo <= x && x <= left.hi));
                            assert!(said.is_none_or(|said| said == is), "{x} {condition} {y} in {a:?} {b:?}");
                        }
                    }
                }
            }
        }
    }
}
