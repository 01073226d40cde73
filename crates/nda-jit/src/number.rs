//! The language's arithmetic on words. Each operator is a type of its own, so that the steps that hold it are compiled
//! for it alone.

use crate::fault::Cause;

/// A value that fits a slot.
pub trait Word: Copy + 'static {
    /// How a list holds it.
    type Cell: Copy;
    /// Reads it from a list.
    fn from_cell(cell: Self::Cell) -> Self;
    /// Writes it to a list.
    fn to_cell(self) -> Self::Cell;
    /// Reads it from a slot.
    fn from_bits(bits: u64) -> Self;
    /// Writes it to a slot.
    fn to_bits(self) -> u64;
}

impl Word for i64 {
    type Cell = u64;

    #[inline(always)]
    fn from_cell(cell: u64) -> Self {
        cell as i64
    }

    #[inline(always)]
    fn to_cell(self) -> u64 {
        self as u64
    }

    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        bits as i64
    }

    #[inline(always)]
    fn to_bits(self) -> u64 {
        self as u64
    }
}

impl Word for f64 {
    type Cell = u64;

    #[inline(always)]
    fn from_cell(cell: u64) -> Self {
        f64::from_bits(cell)
    }

    #[inline(always)]
    fn to_cell(self) -> u64 {
        f64::to_bits(self)
    }

    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }

    #[inline(always)]
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }
}

impl Word for bool {
    type Cell = bool;

    #[inline(always)]
    fn from_cell(cell: bool) -> Self {
        cell
    }

    #[inline(always)]
    fn to_cell(self) -> bool {
        self
    }

    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        bits != 0
    }

    #[inline(always)]
    fn to_bits(self) -> u64 {
        u64::from(self)
    }
}

/// An operator on two words.
pub trait Binary: Copy + 'static {
    /// First operand.
    type A: Word;
    /// Second operand.
    type B: Word;
    /// Result.
    type Out: Word;

    /// Applies it.
    fn apply(a: Self::A, b: Self::B) -> Result<Self::Out, Cause>;
}

/// An operator on one word.
pub trait Unary: Copy + 'static {
    /// Operand.
    type A: Word;
    /// Result.
    type Out: Word;

    /// Applies it.
    fn apply(a: Self::A) -> Result<Self::Out, Cause>;
}

macro_rules! binary {
    ($($name:ident: ($a:ident: $at:ty, $b:ident: $bt:ty) -> $out:ty = $body:expr;)*) => {$(
        /// The operator of this name.
        #[derive(Clone, Copy)]
        pub struct $name;

        impl Binary for $name {
            type A = $at;
            type B = $bt;
            type Out = $out;

            #[inline(always)]
            fn apply($a: $at, $b: $bt) -> Result<$out, Cause> {
                $body
            }
        }
    )*};
}

macro_rules! unary {
    ($($name:ident: ($a:ident: $at:ty) -> $out:ty = $body:expr;)*) => {$(
        /// The operator of this name.
        #[derive(Clone, Copy)]
        pub struct $name;

        impl Unary for $name {
            type A = $at;
            type Out = $out;

            #[inline(always)]
            fn apply($a: $at) -> Result<$out, Cause> {
                $body
            }
        }
    )*};
}

binary! {
    Add: (a: i64, b: i64) -> i64 = a.checked_add(b).ok_or(Cause::Overflow);
    Sub: (a: i64, b: i64) -> i64 = a.checked_sub(b).ok_or(Cause::Overflow);
    Mul: (a: i64, b: i64) -> i64 = a.checked_mul(b).ok_or(Cause::Overflow);
    Div: (a: i64, b: i64) -> i64 = divide(a, b, i64::wrapping_div);
    Rem: (a: i64, b: i64) -> i64 = divide(a, b, i64::wrapping_rem);
    DivPower: (a: i64, b: i64) -> i64 = Ok((a + ((a >> 63) & ((1 << b) - 1))) >> b);
    RemPower: (a: i64, b: i64) -> i64 = Ok(a - ((a + ((a >> 63) & ((1 << b) - 1))) & (-1 << b)));
    And: (a: i64, b: i64) -> i64 = Ok(a & b);
    Or: (a: i64, b: i64) -> i64 = Ok(a | b);
    Xor: (a: i64, b: i64) -> i64 = Ok(a ^ b);
    Shl: (a: i64, b: i64) -> i64 = if (0..64).contains(&b) { Ok(a << b) } else { Err(Cause::Shift) };
    Shr: (a: i64, b: i64) -> i64 = if (0..64).contains(&b) { Ok(a >> b) } else { Err(Cause::Shift) };
    WrappingAdd: (a: i64, b: i64) -> i64 = Ok(a.wrapping_add(b));
    WrappingSub: (a: i64, b: i64) -> i64 = Ok(a.wrapping_sub(b));
    WrappingMul: (a: i64, b: i64) -> i64 = Ok(a.wrapping_mul(b));
    SaturatingAdd: (a: i64, b: i64) -> i64 = Ok(a.saturating_add(b));
    SaturatingSub: (a: i64, b: i64) -> i64 = Ok(a.saturating_sub(b));
    SaturatingMul: (a: i64, b: i64) -> i64 = Ok(a.saturating_mul(b));
    Min: (a: i64, b: i64) -> i64 = Ok(a.min(b));
    Max: (a: i64, b: i64) -> i64 = Ok(a.max(b));
    Pow: (a: i64, b: i64) -> i64 = power(a, b);
    DivEuclid: (a: i64, b: i64) -> i64 = divide(a, b, i64::wrapping_div_euclid);
    RemEuclid: (a: i64, b: i64) -> i64 = divide(a, b, i64::wrapping_rem_euclid);
    FAdd: (a: f64, b: f64) -> f64 = Ok(a + b);
    FSub: (a: f64, b: f64) -> f64 = Ok(a - b);
    FMul: (a: f64, b: f64) -> f64 = Ok(a * b);
    FDiv: (a: f64, b: f64) -> f64 = Ok(a / b);
    FRem: (a: f64, b: f64) -> f64 = Ok(a % b);
    FMin: (a: f64, b: f64) -> f64 = Ok(float_min(a, b));
    FMax: (a: f64, b: f64) -> f64 = Ok(-float_min(-a, -b));
    FPow: (a: f64, b: f64) -> f64 = Ok(libm::pow(a, b));
    FAtan2: (a: f64, b: f64) -> f64 = Ok(libm::atan2(a, b));
    FHypot: (a: f64, b: f64) -> f64 = Ok(libm::hypot(a, b));
    FPowi: (a: f64, b: i64) -> f64 = Ok(float_power(a, b));
    BAnd: (a: bool, b: bool) -> bool = Ok(a & b);
    BOr: (a: bool, b: bool) -> bool = Ok(a | b);
    BXor: (a: bool, b: bool) -> bool = Ok(a ^ b);
    AddOverflows: (a: i64, b: i64) -> bool = Ok(a.checked_add(b).is_none());
    SubOverflows: (a: i64, b: i64) -> bool = Ok(a.checked_sub(b).is_none());
    MulOverflows: (a: i64, b: i64) -> bool = Ok(a.checked_mul(b).is_none());
    DivOverflows: (a: i64, b: i64) -> bool = Ok(a.checked_div(b).is_none());
    PowOverflows: (a: i64, b: i64) -> bool = Ok(power(a, b).is_err());
    Eq: (a: i64, b: i64) -> bool = Ok(a == b);
    Ne: (a: i64, b: i64) -> bool = Ok(a != b);
    Lt: (a: i64, b: i64) -> bool = Ok(a < b);
    Le: (a: i64, b: i64) -> bool = Ok(a <= b);
    Gt: (a: i64, b: i64) -> bool = Ok(a > b);
    Ge: (a: i64, b: i64) -> bool = Ok(a >= b);
    FEq: (a: f64, b: f64) -> bool = Ok(a == b);
    FNe: (a: f64, b: f64) -> bool = Ok(a != b);
    FLt: (a: f64, b: f64) -> bool = Ok(a < b);
    FLe: (a: f64, b: f64) -> bool = Ok(a <= b);
    FGt: (a: f64, b: f64) -> bool = Ok(a > b);
    FGe: (a: f64, b: f64) -> bool = Ok(a >= b);
}

unary! {
    Neg: (a: i64) -> i64 = a.checked_neg().ok_or(Cause::Overflow);
    Not: (a: i64) -> i64 = Ok(!a);
    Abs: (a: i64) -> i64 = a.checked_abs().ok_or(Cause::Overflow);
    Signum: (a: i64) -> i64 = Ok(a.signum());
    CountOnes: (a: i64) -> i64 = Ok(i64::from(a.count_ones()));
    LeadingZeros: (a: i64) -> i64 = Ok(i64::from(a.leading_zeros()));
    TrailingZeros: (a: i64) -> i64 = Ok(i64::from(a.trailing_zeros()));
    BNot: (a: bool) -> bool = Ok(!a);
    FNeg: (a: f64) -> f64 = Ok(-a);
    FAbs: (a: f64) -> f64 = Ok(a.abs());
    FSqrt: (a: f64) -> f64 = Ok(a.sqrt());
    FFloor: (a: f64) -> f64 = Ok(a.floor());
    FCeil: (a: f64) -> f64 = Ok(a.ceil());
    FRound: (a: f64) -> f64 = Ok(a.round());
    FTrunc: (a: f64) -> f64 = Ok(a.trunc());
    FExp: (a: f64) -> f64 = Ok(libm::exp(a));
    FLn: (a: f64) -> f64 = Ok(libm::log(a));
    FLog2: (a: f64) -> f64 = Ok(libm::log2(a));
    FLog10: (a: f64) -> f64 = Ok(libm::log10(a));
    FSin: (a: f64) -> f64 = Ok(libm::sin(a));
    FCos: (a: f64) -> f64 = Ok(libm::cos(a));
    FTan: (a: f64) -> f64 = Ok(libm::tan(a));
    FAsin: (a: f64) -> f64 = Ok(libm::asin(a));
    FAcos: (a: f64) -> f64 = Ok(libm::acos(a));
    FAtan: (a: f64) -> f64 = Ok(libm::atan(a));
    FIsNan: (a: f64) -> bool = Ok(a.is_nan());
    IntToFloat: (a: i64) -> f64 = Ok(a as f64);
    FloatToInt: (a: f64) -> i64 = Ok(a as i64);
    BoolToInt: (a: bool) -> i64 = Ok(i64::from(a));
}

#[inline(always)]
fn divide(a: i64, b: i64, with: impl Fn(i64, i64) -> i64) -> Result<i64, Cause> {
    // One comparison sends both special divisors, 0 and -1, to the slow side.
    if (b as u64).wrapping_add(1) > 1 {
        Ok(with(a, b))
    } else if b == 0 {
        Err(Cause::Zero)
    } else if a == i64::MIN {
        Err(Cause::Overflow)
    } else {
        Ok(with(a, b))
    }
}

/// Square-and-multiply; bases that never overflow take any exponent.
fn power(base: i64, exponent: i64) -> Result<i64, Cause> {
    if exponent < 0 {
        return Err(Cause::Exponent);
    }
    match (base, u32::try_from(exponent)) {
        (_, Ok(exponent)) => base.checked_pow(exponent).ok_or(Cause::Overflow),
        (0 | 1, Err(_)) => Ok(base),
        (-1, Err(_)) => Ok(if exponent % 2 == 0 { 1 } else { -1 }),
        (_, Err(_)) => Err(Cause::Overflow),
    }
}

/// A float's place in the order of `sort`, as an integer: -∞, …, -0.0, 0.0, …, ∞, then every NaN.
pub(crate) fn float_order(word: u64) -> i64 {
    if f64::from_bits(word).is_nan() {
        return i64::MAX;
    }
    let bits = word as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// Ignores a NaN operand and orders -0.0 below 0.0.
fn float_min(a: f64, b: f64) -> f64 {
    let smaller = a < b || a == b && a.is_sign_negative();
    if b.is_nan() || !a.is_nan() && smaller { a } else { b }
}

/// Square-and-multiply from the low bit; a negative exponent gives the reciprocal of the positive one's power.
fn float_power(base: f64, exponent: i64) -> f64 {
    let mut left = exponent.unsigned_abs();
    let mut square = base;
    let mut result = 1.0;
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        left >>= 1;
        if left > 0 {
            square *= square;
        }
    }
    if exponent < 0 { 1.0 / result } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_divide_as_division_does() {
        let values = [0, 1, -1, 2, -2, 3, -3, 7, -7, 8, -8, 1 << 40, -(1 << 40) - 1, i64::MAX, i64::MIN];
        for exponent in 1..63 {
            for value in values {
                let divisor = 1_i64 << exponent;
                assert_eq!(DivPower::apply(value, exponent), Ok(value / divisor), "{value} / {divisor}");
                assert_eq!(RemPower::apply(value, exponent), Ok(value % divisor), "{value} % {divisor}");
            }
        }
    }
}
