//! Loops whose rounds are linear: `s += i`, `s = s * 31 + i`, `(a, b) = (b, a + b)`, with or without wrapping, or modulo a
//! constant. A loop of this kind is a power of a matrix, so as many rounds as one likes take the time of their number's bits.
//!
//! Sums and products of the counter up to its cube are linear in its powers. [`Recurrence::of`] reads the loop, [`Recurrence::advance`] computes. Rounds are only left out if none of them could
//! have trapped; whoever asks runs the others one by one, so a trap is where it was.

use crate::compile::body::Body;
use nda_graph::{MathOp, Mode, NdaNode, NodeId, Slot, Ty};
use std::collections::BTreeMap;
use std::fmt;

/// Variables that may change, or be read.
const MAX_VARIABLES: usize = 4;
/// Records of a body that is looked at.
const MAX_RECORDS: u32 = 64;
/// The highest power of the counter.
const MAX_POWER: u8 = 3;

/// What the values of a round are sums of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Term {
    /// A variable that changes, as it was when the round began.
    Variable(Slot),
    /// A power of the counter.
    Power(u8),
    /// A variable that does not change.
    Fixed(Slot),
    /// One.
    One,
}

/// A sum of terms.
#[derive(Clone, Default, Debug)]
struct Sum {
    /// Factors, modulo 2⁶⁴.
    factors: BTreeMap<Term, i64>,
    /// How large the parts can be that it is computed from, whatever their signs.
    sizes: BTreeMap<Term, u128>,
    /// Whether an operator that wraps around is part of it.
    wraps: bool,
}

impl Sum {
    fn of(term: Term, factor: i64) -> Self {
        Self {
            factors: BTreeMap::from([(term, factor)]),
            sizes: BTreeMap::from([(term, factor.unsigned_abs().into())]),
            wraps: false,
        }
    }

    fn plus(&self, other: &Self, sign: i64) -> Self {
        let mut sum = self.clone();
        for (&term, &factor) in &other.factors {
            let here = sum.factors.entry(term).or_default();
            *here = here.wrapping_add(factor.wrapping_mul(sign));
        }
        for (&term, &size) in &other.sizes {
            let here = sum.sizes.entry(term).or_default();
            *here = here.saturating_add(size);
        }
        sum.wraps |= other.wraps;
        sum
    }

    /// None if the product is not linear.
    fn times(&self, other: &Self) -> Option<Self> {
        let mut product = Self { wraps: self.wraps || other.wraps, ..Self::default() };
        for (&a, &x) in &self.factors {
            for (&b, &y) in &other.factors {
                let here = product.factors.entry(term_times(a, b)?).or_default();
                *here = here.wrapping_add(x.wrapping_mul(y));
            }
        }
        for (&a, &x) in &self.sizes {
            for (&b, &y) in &other.sizes {
                let here = product.sizes.entry(term_times(a, b)?).or_default();
                *here = here.saturating_add(x.saturating_mul(y));
            }
        }
        Some(product)
    }
}

fn term_times(a: Term, b: Term) -> Option<Term> {
    match (a, b) {
        (Term::One, other) | (other, Term::One) => Some(other),
        (Term::Power(a), Term::Power(b)) if a + b <= MAX_POWER => Some(Term::Power(a + b)),
        _ => None,
    }
}

/// A loop that can be computed for many rounds at once.
#[derive(Debug)]
pub struct Recurrence {
    /// The variables that change.
    pub variables: Vec<Slot>,
    /// Variables that it reads besides.
    pub fixed: Vec<Slot>,
    terms: Vec<Term>,
    /// By term: what it is after a round.
    step: Vec<Vec<i64>>,
    /// The same for sizes, which never shrink; none for what wraps around.
    growth: Vec<Option<Vec<u128>>>,
    /// Results that must not overflow.
    checks: Vec<Vec<u128>>,
    /// The only variable is taken modulo this.
    modulus: Option<i64>,
}

/// How far the numbers of a counted loop, the record `node`, are apart, if that is known.
#[must_use]
pub fn stride(body: &Body, node: NodeId) -> Option<i64> {
    let operands = body.operands(node);
    let NdaNode::ForBegin { range, .. } = body.node(operands[operands.len() - 2]) else { return None };
    let step = if range.stepped {
        let NdaNode::Int(step @ 1..) = body.node(operands[2]) else { return None };
        step
    } else {
        1
    };
    Some(if range.reversed { -step } else { step })
}

/// What a round does, a line for each variable; `n` is the counter.
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (variable, row) in self.terms.iter().zip(&self.step).take(self.variables.len()) {
            write!(f, "{variable} =")?;
            let mut sign = "";
            for (term, &factor) in self.terms.iter().zip(row).filter(|(_, factor)| **factor != 0) {
                match (factor, term) {
                    (1, _) => write!(f, "{sign} {term}")?,
                    (_, Term::One) => write!(f, "{sign} {factor}")?,
                    _ => write!(f, "{sign} {factor} {term}")?,
                }
                sign = " +";
            }
            if sign.is_empty() {
                f.write_str(" 0")?;
            }
            if let Some(modulus) = self.modulus {
                write!(f, ", modulo {modulus}")?;
            }
            f.write_str(if self.checks.is_empty() { ", wrapping\n" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(slot) | Self::Fixed(slot) => write!(f, "${slot}"),
            Self::Power(1) => f.write_str("n"),
            Self::Power(power) => write!(f, "n^{power}"),
            Self::One => f.write_str("1"),
        }
    }
}

/// Reading a loop.
struct Reader<'b> {
    body: &'b Body,
    counter: Slot,
    changing: Vec<Slot>,
    /// Variables that an operator that wraps around has part in.
    wild: Vec<Slot>,
    values: BTreeMap<Slot, Sum>,
    checked: Vec<Sum>,
    modulus: Option<i64>,
}

impl Recurrence {
    /// The loop over `counter`, whose numbers are `stride` apart and whose body is the records from `first` to `last`, if it is one
    /// of this kind.
    #[must_use]
    pub fn of(body: &Body, counter: Slot, stride: i64, first: NodeId, last: NodeId) -> Option<Self> {
        if last - first > MAX_RECORDS || body.changes[counter as usize] {
            return None;
        }
        let mut changing = Vec::new();
        for node in first..=last {
            if let NdaNode::Store { slot } = body.node(node)
                && !changing.contains(&slot)
            {
                changing.push(slot);
            }
        }
        let plain = changing.iter().all(|&slot| body.slots[slot as usize] == Ty::I64);
        if changing.is_empty() || changing.len() > MAX_VARIABLES || !plain {
            return None;
        }
        let mut wild = Vec::new();
        loop {
            let values = BTreeMap::new();
            let mut reader = Reader {
                body,
                counter,
                changing: changing.clone(),
                wild: wild.clone(),
                values,
                checked: Vec::new(),
                modulus: None,
            };
            reader.statement(last)?;
            let found = changing.iter().filter(|slot| !wild.contains(*slot));
            let found: Vec<Slot> = found.copied().filter(|slot| reader.values[slot].wraps).collect();
            if found.is_empty() {
                // Counting down, the counter may end below zero.
                return if reader.modulus.is_some() && stride < 0 { None } else { reader.finish(stride) };
            }
            wild.extend(found);
        }
    }
}

impl Reader<'_> {
    /// A record whose value nobody uses.
    fn statement(&mut self, node: NodeId) -> Option<()> {
        match self.body.node(node) {
            NdaNode::Unit => Some(()),
            // A remainder stands last.
            NdaNode::Let { .. } | NdaNode::Store { .. } if self.modulus.is_some() => None,
            NdaNode::Let { slot, ty: Ty::I64 } | NdaNode::Store { slot } => {
                let value = self.body.operand(node, 0);
                let sum = match self.body.node(value) {
                    NdaNode::Math(MathOp::Rem) => self.remainder(value)?,
                    _ => self.value(value)?,
                };
                self.values.insert(slot, sum);
                Some(())
            }
            NdaNode::Scope { drops: 0, .. } => {
                self.body.operands(node).to_vec().into_iter().try_for_each(|part| self.statement(part))
            }
            NdaNode::Discard => self.statement(self.body.operand(node, 0)),
            _ => None,
        }
    }

    /// `sum % constant`, the only thing that the loop computes.
    fn remainder(&mut self, node: NodeId) -> Option<Sum> {
        let NdaNode::Int(modulus @ 1..) = self.body.node(self.body.operand(node, 1)) else { return None };
        if self.changing.len() != 1 || !self.values.is_empty() || self.modulus.replace(modulus).is_some() {
            return None;
        }
        let sum = self.value(self.body.operand(node, 0))?;
        // What is above zero stays there, so the remainder is that of mathematics.
        (!sum.wraps && sum.factors.values().all(|&factor| factor >= 0)).then_some(sum)
    }

    fn value(&mut self, node: NodeId) -> Option<Sum> {
        match self.body.node(node) {
            NdaNode::Int(value) => Some(Sum::of(Term::One, value)),
            NdaNode::Load { slot, mode: Mode::Copy } if self.body.slots[slot as usize] == Ty::I64 => {
                if slot == self.counter {
                    return Some(Sum::of(Term::Power(1), 1));
                }
                if let Some(value) = self.values.get(&slot) {
                    return Some(value.clone());
                }
                let changes = self.changing.contains(&slot);
                let mut sum = Sum::of(if changes { Term::Variable(slot) } else { Term::Fixed(slot) }, 1);
                sum.wraps = self.wild.contains(&slot);
                Some(sum)
            }
            NdaNode::Math(op) => {
                let a = self.value(self.body.operand(node, 0))?;
                let b = self.value(self.body.operand(node, 1))?;
                let mut sum = match op {
                    MathOp::Add | MathOp::WrappingAdd => a.plus(&b, 1),
                    MathOp::Sub | MathOp::WrappingSub => a.plus(&b, -1),
                    MathOp::Mul | MathOp::WrappingMul => a.times(&b)?,
                    _ => return None,
                };
                if matches!(op, MathOp::Add | MathOp::Sub | MathOp::Mul) {
                    // What wrapped around has no size that one could tell beforehand.
                    if sum.wraps {
                        return None;
                    }
                    self.checked.push(sum.clone());
                } else {
                    sum.wraps = true;
                }
                Some(sum)
            }
            _ => None,
        }
    }

    fn finish(self, stride: i64) -> Option<Recurrence> {
        let sums = self.changing.iter().map(|slot| &self.values[slot]);
        let used = sums.chain(&self.checked).flat_map(|sum| sum.factors.keys().copied());
        let mut fixed: Vec<Slot> = used
            .clone()
            .filter_map(|term| match term {
                Term::Fixed(slot) => Some(slot),
                _ => None,
            })
            .collect();
        fixed.sort_unstable();
        fixed.dedup();
        if fixed.len() > MAX_VARIABLES {
            return None;
        }
        let powers =
            used.map(|term| if let Term::Power(power) = term { power } else { 0 }).max().unwrap_or(0);
        let variables = self.changing.iter().map(|&slot| Term::Variable(slot));
        let terms: Vec<Term> = variables
            .chain((1..=powers).map(Term::Power))
            .chain(fixed.iter().map(|&slot| Term::Fixed(slot)))
            .chain([Term::One])
            .collect();
        let after = |term: Term| match term {
            Term::Variable(slot) => self.values[&slot].clone(),
            Term::Power(power) => {
                let next = Sum::of(Term::Power(1), 1).plus(&Sum::of(Term::One, stride), 1);
                let more = (1..power).try_fold(next.clone(), |product, _| product.times(&next));
                more.expect("the power is one that was used")
            }
            Term::Fixed(_) | Term::One => Sum::of(term, 1),
        };
        let row = |sum: &Sum| terms.iter().map(|term| sum.factors.get(term).copied().unwrap_or(0)).collect();
        let sizes = |sum: &Sum| -> Vec<u128> {
            terms.iter().map(|term| sum.sizes.get(term).copied().unwrap_or(0)).collect()
        };
        let growth = terms.iter().enumerate().map(|(index, &term)| {
            let after = after(term);
            let mut row = sizes(&after);
            row[index] = row[index].max(1);
            (!after.wraps).then_some(row)
        });
        Some(Recurrence {
            step: terms.iter().map(|&term| row(&after(term))).collect(),
            growth: growth.collect(),
            checks: self.checked.iter().map(sizes).collect(),
            modulus: self.modulus,
            variables: self.changing,
            fixed,
            terms,
        })
    }
}

type Matrix<T> = Vec<Vec<T>>;

fn product<T: Copy>(
    a: &Matrix<T>,
    b: &Matrix<T>,
    dot: impl Fn(&mut dyn Iterator<Item = (T, T)>) -> T,
) -> Matrix<T> {
    let cell = |row: &Vec<T>, column: usize| dot(&mut row.iter().zip(b).map(|(&x, row)| (x, row[column])));
    a.iter().map(|row| (0..b.len()).map(|column| cell(row, column)).collect()).collect()
}

fn applied<T: Copy>(a: &Matrix<T>, x: &[T], dot: impl Fn(&mut dyn Iterator<Item = (T, T)>) -> T) -> Vec<T> {
    a.iter().map(|row| dot(&mut row.iter().copied().zip(x.iter().copied()))).collect()
}

fn wrapping(pairs: &mut dyn Iterator<Item = (i64, i64)>) -> i64 {
    pairs.fold(0, |sum: i64, (x, y)| sum.wrapping_add(x.wrapping_mul(y)))
}

fn saturating(pairs: &mut dyn Iterator<Item = (u128, u128)>) -> u128 {
    pairs.fold(0, |sum: u128, (x, y)| sum.saturating_add(x.saturating_mul(y)))
}

/// The most that a value of a size may be.
const MOST: u128 = i64::MAX as u128;

impl Recurrence {
    /// Computes as many rounds as cannot trap, at most `rounds`, from the one of the counter `now` on; tells how many.
    /// `values` are those of the variables, then of the fixed ones.
    pub fn advance(&self, values: &mut [i64], now: i64, rounds: u64) -> u64 {
        let start: Vec<i64> = self.terms.iter().map(|&term| self.start(term, values, now)).collect();
        if self.modulus.is_some() && (now < 0 || values.iter().any(|&value| value < 0)) {
            return 0;
        }
        let rounds = self.safe(values, now, rounds);
        if rounds == 0 {
            return 0;
        }
        let end: Vec<i64> = match self.modulus {
            None => power(&self.step, start, rounds, wrapping),
            Some(modulus) => {
                let modulus = modulus as u64;
                let reduced = |value: i64| value as u64 % modulus;
                let step: Matrix<u64> =
                    self.step.iter().map(|row| row.iter().map(|&factor| reduced(factor)).collect()).collect();
                let powers = self.terms.iter().map(|&term| match term {
                    Term::Power(power) => (0..power)
                        .fold(1 % modulus, |product, _| multiplied(product, now as u64 % modulus, modulus)),
                    _ => reduced(self.start(term, values, now)),
                });
                let dot = |pairs: &mut dyn Iterator<Item = (u64, u64)>| {
                    pairs.fold(0, |sum: u64, (x, y)| added(sum, multiplied(x, y, modulus), modulus))
                };
                power(&step, powers.collect(), rounds, dot).into_iter().map(|value| value as i64).collect()
            }
        };
        let changed = self.variables.len();
        values[..changed].copy_from_slice(&end[..changed]);
        rounds
    }

    fn start(&self, term: Term, values: &[i64], now: i64) -> i64 {
        let at = |slots: &[Slot], slot| slots.iter().position(|&it| it == slot).expect("it is one of them");
        match term {
            Term::Variable(slot) => values[at(&self.variables, slot)],
            Term::Fixed(slot) => values[self.variables.len() + at(&self.fixed, slot)],
            Term::Power(power) => (0..power).fold(1, |product: i64, _| product.wrapping_mul(now)),
            Term::One => 1,
        }
    }

    /// How many rounds certainly do not overflow, at most `rounds`. Sizes only grow, so the end says it for all.
    fn safe(&self, values: &[i64], now: i64, rounds: u64) -> u64 {
        if self.checks.is_empty() {
            return rounds;
        }
        let mut growth = Vec::with_capacity(self.growth.len());
        for (index, row) in self.growth.iter().enumerate() {
            let unknown = || {
                let mut row = vec![0; self.growth.len()];
                row[index] = 1;
                row
            };
            growth.push(row.clone().unwrap_or_else(unknown));
        }
        let mut sizes: Vec<u128> = self
            .terms
            .iter()
            .map(|&term| match term {
                Term::Power(power) => {
                    (0..power).fold(1u128, |product, _| product.saturating_mul(now.unsigned_abs().into()))
                }
                _ => self.start(term, values, now).unsigned_abs().into(),
            })
            .collect();
        if let Some(modulus) = self.modulus {
            // A remainder is below the modulus, however often it is taken.
            let least = u128::from(modulus.unsigned_abs());
            sizes[0] = sizes[0].max(least);
            growth[0] = vec![0; self.growth.len()];
            growth[0][0] = 1;
        }
        let fits = |sizes: &[u128]| {
            let checks = self.checks.iter();
            let mut results =
                checks.map(|check| saturating(&mut check.iter().copied().zip(sizes.iter().copied())));
            results.all(|size| size <= MOST)
        };
        if !fits(&sizes) {
            return 0;
        }
        let mut powers = vec![growth];
        while powers.len() < 64 && rounds >> powers.len() > 0 {
            let last = &powers[powers.len() - 1];
            powers.push(product(last, last, saturating));
        }
        let mut safe = 0;
        for (bit, power) in powers.iter().enumerate().rev() {
            if (rounds - safe) >> bit > 0 {
                let then = applied(power, &sizes, saturating);
                if fits(&then) {
                    sizes = then;
                    safe += 1 << bit;
                }
            }
        }
        safe
    }
}

fn power<T: Copy>(
    step: &Matrix<T>,
    start: Vec<T>,
    rounds: u64,
    dot: impl Fn(&mut dyn Iterator<Item = (T, T)>) -> T,
) -> Vec<T> {
    let (mut square, mut state, mut left) = (step.clone(), start, rounds);
    loop {
        if left & 1 == 1 {
            state = applied(&square, &state, &dot);
        }
        left >>= 1;
        if left == 0 {
            return state;
        }
        square = product(&square, &square, &dot);
    }
}

fn multiplied(a: u64, b: u64, modulus: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64
}

fn added(a: u64, b: u64, modulus: u64) -> u64 {
    ((u128::from(a) + u128::from(b)) % u128::from(modulus)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::Graph;
    use crate::passes::explain;
    use crate::passes::tests::definition;
    use expect_test::expect;
    use nda_graph::{Draft, Kind, Range, Signature};

    const LOAD: fn(u32) -> NdaNode = |slot| NdaNode::Load { slot, mode: Mode::Copy };
    const ADD: NdaNode = NdaNode::Math(MathOp::Add);
    const MUL: NdaNode = NdaNode::Math(MathOp::Mul);

    /// `for $2 in 0..1 { … }` over two parameters.
    fn read(inner: &[NdaNode]) -> Option<Recurrence> {
        read_with(inner, 1)
    }

    fn read_with(inner: &[NdaNode], stride: i64) -> Option<Recurrence> {
        let mut draft = Draft::default();
        draft.begin(Kind::Function, &Signature::plain(vec![Ty::I64, Ty::I64], Ty::I64)).unwrap();
        let begin = NdaNode::ForBegin { slot: 2, range: Range::default() };
        let head = [NdaNode::Int(0), NdaNode::Int(1), begin];
        let tail = [NdaNode::For, LOAD(0), NdaNode::Scope { count: 2, drops: 0 }];
        for &node in head.iter().chain(inner).chain(&tail) {
            draft.push(node).unwrap();
        }
        let definition = draft.finish().unwrap();
        let mut graph = Graph::default();
        graph.read(definition.view(), |_| None, &[]);
        let mut body = Body::default();
        body.read(&graph, definition.view());
        Recurrence::of(&body, 2, stride, 3, 2 + inner.len() as NodeId)
    }

    /// Compares with the rounds one by one, and asks that no more are done than do not overflow.
    fn check(inner: &[NdaNode], round: impl Fn(&mut [i64], i64) -> Option<()>) {
        for stride in [1, 3, -1, -1_000] {
            match read_with(inner, stride) {
                Some(recurrence) => check_with(&recurrence, stride, &round),
                None => assert!(stride < 0, "it is linear"),
            }
        }
    }

    fn check_with(recurrence: &Recurrence, stride: i64, round: impl Fn(&mut [i64], i64) -> Option<()>) {
        let numbers = [0, 1, 2, -1, -7, 1_000_003, i64::MAX, i64::MIN, i64::MAX / 3];
        for start in numbers {
            for other in [0, 3, -2, i64::MAX] {
                for now in [0, 1, -5, 1 << 40, i64::MAX - 1_000, i64::MIN + 400_000] {
                    let mut values = vec![start];
                    values.extend(recurrence.fixed.iter().map(|_| other));
                    let mut expected = values.clone();
                    let done = recurrence.advance(&mut values, now, 300);
                    for index in 0..done {
                        round(&mut expected, now + index as i64 * stride)
                            .expect("a round that traps is not left out");
                    }
                    assert_eq!(values, expected, "from {start} {other} at {now}, {done} rounds");
                }
            }
        }
        let mut small: Vec<i64> = vec![1; 1 + recurrence.fixed.len()];
        assert!(recurrence.advance(&mut small, 1, 10) == 10, "small numbers do not overflow");
    }

    #[test]
    fn sums() {
        let store = NdaNode::Store { slot: 0 };
        check(&[LOAD(0), LOAD(2), ADD, store], |v, i| {
            v[0] = v[0].checked_add(i)?;
            Some(())
        });
        check(&[LOAD(0), LOAD(2), LOAD(2), MUL, LOAD(2), MUL, ADD, store], |v, i| {
            v[0] = v[0].checked_add(i.checked_mul(i)?.checked_mul(i)?)?;
            Some(())
        });
        check(&[LOAD(0), LOAD(1), NdaNode::Math(MathOp::Sub), store], |v, _| {
            v[0] = v[0].checked_sub(v[1])?;
            Some(())
        });
    }

    #[test]
    fn recurrences() {
        let store = NdaNode::Store { slot: 0 };
        check(&[LOAD(0), NdaNode::Int(31), MUL, LOAD(2), ADD, store], |v, i| {
            v[0] = v[0].checked_mul(31)?.checked_add(i)?;
            Some(())
        });
        let (mul, add) = (NdaNode::Math(MathOp::WrappingMul), NdaNode::Math(MathOp::WrappingAdd));
        check(&[LOAD(0), NdaNode::Int(31), mul, LOAD(1), add, store], |v, _| {
            v[0] = v[0].wrapping_mul(31).wrapping_add(v[1]);
            Some(())
        });
        let rem = NdaNode::Math(MathOp::Rem);
        let modulus = NdaNode::Int(1_000_003);
        check(&[LOAD(0), NdaNode::Int(31), MUL, LOAD(2), ADD, modulus, rem, store], |v, i| {
            v[0] = v[0].checked_mul(31)?.checked_add(i)? % 1_000_003;
            Some(())
        });
    }

    /// What a loop is read as.
    #[test]
    fn read_as() {
        let shown = |records: &str| {
            let definition = definition(&[Ty::I64, Ty::I64], records);
            let mut graph = Graph::default();
            graph.read(definition.view(), |_| None, &[]);
            let mut body = Body::default();
            body.read(&graph, definition.view());
            explain::recurrences(&body)
        };
        let powers = "int 0
             int 10
             for_begin $2
             load copy $0
             int 31
             math mul
             load copy $2
             load copy $2
             math mul
             math add
             load copy $1
             math sub
             store $0
             for
             load copy $0
             scope 2 0";
        expect![[r#"
            %2    $0 = 31 $0 + n^2 + -1 $1
        "#]]
        .assert_eq(&shown(powers));
        let modulo = "int 0
             int 10
             for_begin $2
             load copy $0
             int 2
             math mul
             int 7
             math rem
             store $0
             for
             load copy $0
             scope 2 0";
        expect![[r#"
            %2    $0 = 2 $0, modulo 7
        "#]]
        .assert_eq(&shown(modulo));
        let two = "int 0
             int 10
             for_begin $2
             load copy $0
             load copy $1
             math wrapping_add
             let $3 i64
             load copy $1
             store $0
             load copy $3
             store $1
             unit
             scope 4 0
             for
             load copy $0
             scope 2 0";
        expect![[r#"
            %2    $0 = $1, wrapping
            %2    $1 = $0 + $1, wrapping
        "#]]
        .assert_eq(&shown(two));
    }

    #[test]
    fn what_is_not_linear_is_left_alone() {
        let store = NdaNode::Store { slot: 0 };
        assert!(read(&[LOAD(0), LOAD(0), MUL, store]).is_none());
        assert!(read(&[LOAD(0), LOAD(1), MUL, store]).is_none());
        assert!(read(&[LOAD(0), LOAD(2), NdaNode::Math(MathOp::Xor), store]).is_none());
        // What wrapped around is not known to be small.
        let add = NdaNode::Math(MathOp::WrappingAdd);
        assert!(read(&[LOAD(0), LOAD(2), add, NdaNode::Int(1), ADD, store]).is_none());
        // A remainder is only the last thing.
        let rem = [LOAD(0), LOAD(2), ADD, NdaNode::Int(7), NdaNode::Math(MathOp::Rem), store];
        let more = [LOAD(0), NdaNode::Int(1), ADD, store, NdaNode::Scope { count: 2, drops: 0 }];
        assert!(read(&[&rem[..], &more[..]].concat()).is_none());
    }
}
