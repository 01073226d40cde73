//! Intervals of integers: everything that the value of a register can be, from the least to the greatest.

/// `lo..=hi`, never empty. A value narrower than 64 bits is one of its unsigned numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Interval {
    pub(super) lo: i64,
    pub(super) hi: i64,
}

impl Interval {
    pub(super) const ALL: Self = Self { lo: i64::MIN, hi: i64::MAX };
    pub(super) const BIT: Self = Self { lo: 0, hi: 1 };

    pub(super) const fn new(lo: i64, hi: i64) -> Self {
        Self { lo, hi }
    }

    pub(super) const fn one(value: i64) -> Self {
        Self { lo: value, hi: value }
    }

    pub(super) fn bit(value: bool) -> Self {
        Self::one(i64::from(value))
    }

    pub(super) fn constant(self) -> Option<i64> {
        (self.lo == self.hi).then_some(self.lo)
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What is in both; none if nothing is.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        (lo <= hi).then_some(Self { lo, hi })
    }

    pub(super) fn is_natural(self) -> bool {
        self.lo >= 0
    }

    /// The results of an operator without overflow, in a type where there is none.
    pub(super) fn exact(self, other: Self, op: Arithmetic) -> (i128, i128) {
        let ends = |of: fn(i128, i128) -> i128| {
            let (a, b) = ([self.lo, self.hi], [other.lo, other.hi]);
            let all = a.into_iter().flat_map(|a| b.into_iter().map(move |b| of(a.into(), b.into())));
            all.fold((i128::MAX, i128::MIN), |(lo, hi), value| (lo.min(value), hi.max(value)))
        };
        match op {
            Arithmetic::Add => ends(|a, b| a + b),
            Arithmetic::Sub => ends(|a, b| a - b),
            Arithmetic::Mul => ends(|a, b| a * b),
        }
    }

    /// The results of an operator that wraps around.
    pub(super) fn wrapping(self, other: Self, op: Arithmetic) -> Self {
        let (lo, hi) = self.exact(other, op);
        match (i64::try_from(lo), i64::try_from(hi)) {
            (Ok(lo), Ok(hi)) => Self { lo, hi },
            _ => Self::ALL,
        }
    }

    /// The results of an operator whose overflow ends the run, where it did not.
    pub(super) fn checked(self, other: Self, op: Arithmetic) -> Self {
        let (lo, hi) = self.exact(other, op);
        let (mut least, mut most) = (i64::MIN, i64::MAX);
        // Products of a constant are its multiples.
        if let (Arithmetic::Mul, Some(factor @ 1..)) = (op, other.constant().or(self.constant())) {
            (least, most) = (least / factor * factor, most / factor * factor);
        }
        let bound = |value: i128| value.clamp(least.into(), most.into()) as i64;
        Self { lo: bound(lo), hi: bound(hi) }
    }

    /// Whether an operator overflows; none if that depends.
    pub(super) fn overflows(self, other: Self, op: Arithmetic) -> Option<bool> {
        let (lo, hi) = self.exact(other, op);
        let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
        if lo >= least && hi <= most {
            Some(false)
        } else if hi < least || lo > most {
            Some(true)
        } else {
            None
        }
    }

    /// Results of a division that rounds towards zero, by something above zero.
    pub(super) fn divided(self, by: Self) -> Self {
        let ends = [self.lo / by.lo, self.lo / by.hi, self.hi / by.lo, self.hi / by.hi];
        Self { lo: ends.into_iter().fold(i64::MAX, i64::min), hi: ends.into_iter().fold(i64::MIN, i64::max) }
    }

    /// Results of a remainder with the sign of the dividend, by something above zero.
    pub(super) fn remainder(self, by: Self) -> Self {
        let most = by.hi - 1;
        let lo = if self.lo >= 0 { 0 } else { self.lo.max(-most) };
        let hi = if self.hi <= 0 { 0 } else { self.hi.min(most) };
        Self { lo, hi }
    }
}

/// Operators of two integers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every result of numbers from two intervals is in the interval that is said to hold them.
    #[test]
    fn an_interval_holds_every_result() {
        let numbers = [i64::MIN, i64::MIN + 1, -7, -2, -1, 0, 1, 2, 3, 9, i64::MAX - 1, i64::MAX];
        let intervals: Vec<Interval> = (0..numbers.len())
            .flat_map(|lo| (lo..numbers.len()).map(move |hi| Interval::new(numbers[lo], numbers[hi])))
            .collect();
        for &a in &intervals {
            for &b in &intervals {
                for x in numbers.into_iter().filter(|&x| a.lo <= x && x <= a.hi) {
                    for y in numbers.into_iter().filter(|&y| b.lo <= y && y <= b.hi) {
                        check(a, b, x, y);
                    }
                }
            }
        }
    }

    fn check(a: Interval, b: Interval, x: i64, y: i64) {
        let holds = |interval: Interval, value: i64| interval.lo <= value && value <= interval.hi;
        let all = [
            (Arithmetic::Add, x.overflowing_add(y)),
            (Arithmetic::Sub, x.overflowing_sub(y)),
            (Arithmetic::Mul, x.overflowing_mul(y)),
        ];
        for (op, (value, over)) in all {
            assert!(holds(a.wrapping(b, op), value), "{a:?} {op:?} {b:?} {x} {y}");
            assert!(over || holds(a.checked(b, op), value), "{a:?} {op:?} {b:?} {x} {y}");
            assert!(a.overflows(b, op).is_none_or(|said| said == over), "{a:?} {op:?} {b:?} {x} {y}");
        }
        if b.lo > 0 {
            assert!(holds(a.divided(b), x / y), "{a:?} / {b:?} {x} {y}");
            assert!(holds(a.remainder(b), x % y), "{a:?} % {b:?} {x} {y}");
        }
        assert!(holds(a.join(b), x) && holds(a.join(b), y));
        assert!(!holds(b, x) || a.meet(b).is_some_and(|both| holds(both, x)));
    }
}
