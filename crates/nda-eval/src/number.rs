//! Arithmetic on plain words: `docs/spec/numbers.md` as code.

use crate::meter::Fault;
use crate::object::Val;
use nda_graph::run::message;
use nda_graph::{MathOp, TrapKind, UnaryOp};

fn fits(value: Option<i64>) -> Result<Val, Fault> {
    value.map(Val::Int).ok_or(TrapKind::IntegerOverflow.into())
}

/// Division in all its forms: zero is refused first, and `checked_*` then refuses only `i64::MIN / -1`.
fn divide(a: i64, b: i64, checked: fn(i64, i64) -> Option<i64>) -> Result<Val, Fault> {
    if b == 0 { Err(TrapKind::DivisionByZero.into()) } else { fits(checked(a, b)) }
}

fn shift_amount(amount: i64) -> Result<u32, Fault> {
    if (0..64).contains(&amount) { Ok(amount as u32) } else { Err(TrapKind::ShiftOutOfRange.into()) }
}

fn pow(base: i64, exponent: i64) -> Result<Val, Fault> {
    if exponent < 0 {
        return Err(Fault::new(TrapKind::Panic, message::POW));
    }
    match (base, u32::try_from(exponent)) {
        (_, Ok(exponent)) => fits(base.checked_pow(exponent)),
        // Only these have powers of any size.
        (0 | 1, Err(_)) => Ok(Val::Int(base)),
        (-1, Err(_)) => Ok(Val::Int(if exponent % 2 == 0 { 1 } else { -1 })),
        (_, Err(_)) => Err(TrapKind::IntegerOverflow.into()),
    }
}

/// Square-and-multiply from the low bit; a negative exponent gives the reciprocal of the positive power.
fn powi(base: f64, exponent: i64) -> f64 {
    let mut square = base;
    let mut bits = exponent.unsigned_abs();
    let mut product = 1.0;
    while bits > 0 {
        if bits & 1 == 1 {
            product *= square;
        }
        square *= square;
        bits >>= 1;
    }
    if exponent < 0 { 1.0 / product } else { product }
}

/// The smaller one; a NaN loses against any number, and -0.0 is smaller than 0.0.
fn fmin(a: f64, b: f64) -> f64 {
    if a.is_nan() || !b.is_nan() && b.total_cmp(&a).is_lt() { b } else { a }
}

/// The greater one; a NaN loses against any number, and 0.0 is greater than -0.0.
fn fmax(a: f64, b: f64) -> f64 {
    if a.is_nan() || !b.is_nan() && b.total_cmp(&a).is_gt() { b } else { a }
}

/// `a op b`.
pub(crate) fn math(op: MathOp, a: &Val, b: &Val) -> Result<Val, Fault> {
    match a {
        Val::Int(a) => integers(op, *a, b.int()),
        Val::Float(a) => Ok(Val::Float(floats(op, *a, b))),
        Val::Bool(a) => Ok(Val::Bool(bools(op, *a, b.bool()))),
        _ => panic!("{} is defined on plain words only", op.name()),
    }
}

fn integers(op: MathOp, a: i64, b: i64) -> Result<Val, Fault> {
    let value = match op {
        MathOp::Add => return fits(a.checked_add(b)),
        MathOp::Sub => return fits(a.checked_sub(b)),
        MathOp::Mul => return fits(a.checked_mul(b)),
        MathOp::Div => return divide(a, b, i64::checked_div),
        MathOp::Rem => return divide(a, b, i64::checked_rem),
        MathOp::DivEuclid => return divide(a, b, i64::checked_div_euclid),
        MathOp::RemEuclid => return divide(a, b, i64::checked_rem_euclid),
        MathOp::Pow => return pow(a, b),
        MathOp::AddOverflows => return Ok(Val::Bool(a.checked_add(b).is_none())),
        MathOp::SubOverflows => return Ok(Val::Bool(a.checked_sub(b).is_none())),
        MathOp::MulOverflows => return Ok(Val::Bool(a.checked_mul(b).is_none())),
        MathOp::DivOverflows => return Ok(Val::Bool(a.checked_div(b).is_none())),
        MathOp::PowOverflows => return Ok(Val::Bool(pow(a, b).is_err())),
        MathOp::Shl => a << shift_amount(b)?,
        MathOp::Shr => a >> shift_amount(b)?,
        MathOp::And => a & b,
        MathOp::Or => a | b,
        MathOp::Xor => a ^ b,
        MathOp::WrappingAdd => a.wrapping_add(b),
        MathOp::WrappingSub => a.wrapping_sub(b),
        MathOp::WrappingMul => a.wrapping_mul(b),
        MathOp::SaturatingAdd => a.saturating_add(b),
        MathOp::SaturatingSub => a.saturating_sub(b),
        MathOp::SaturatingMul => a.saturating_mul(b),
        MathOp::Min => a.min(b),
        MathOp::Max => a.max(b),
        _ => panic!("{} is not defined on i64", op.name()),
    };
    Ok(Val::Int(value))
}

fn floats(op: MathOp, a: f64, b: &Val) -> f64 {
    if op == MathOp::FPowi {
        return powi(a, b.int());
    }
    let b = b.float();
    match op {
        MathOp::FAdd => a + b,
        MathOp::FSub => a - b,
        MathOp::FMul => a * b,
        MathOp::FDiv => a / b,
        MathOp::FRem => a % b,
        MathOp::FMin => fmin(a, b),
        MathOp::FMax => fmax(a, b),
        MathOp::FPow => libm::pow(a, b),
        MathOp::FAtan2 => libm::atan2(a, b),
        MathOp::FHypot => libm::hypot(a, b),
        _ => panic!("{} is not defined on f64", op.name()),
    }
}

fn bools(op: MathOp, a: bool, b: bool) -> bool {
    match op {
        MathOp::BAnd => a & b,
        MathOp::BOr => a | b,
        MathOp::BXor => a ^ b,
        _ => panic!("{} is not defined on bool", op.name()),
    }
}

/// `op a`.
pub(crate) fn unary(op: UnaryOp, value: &Val) -> Result<Val, Fault> {
    let count = |count: u32| Val::Int(i64::from(count));
    Ok(match op {
        UnaryOp::Neg => return fits(value.int().checked_neg()),
        UnaryOp::Abs => return fits(value.int().checked_abs()),
        UnaryOp::Not => Val::Int(!value.int()),
        UnaryOp::Signum => Val::Int(value.int().signum()),
        UnaryOp::CountOnes => count(value.int().count_ones()),
        UnaryOp::LeadingZeros => count(value.int().leading_zeros()),
        UnaryOp::TrailingZeros => count(value.int().trailing_zeros()),
        UnaryOp::BNot => Val::Bool(!value.bool()),
        UnaryOp::FIsNan => Val::Bool(value.float().is_nan()),
        UnaryOp::IntToFloat => Val::Float(value.int() as f64),
        UnaryOp::FloatToInt => Val::Int(value.float() as i64),
        UnaryOp::BoolToInt => Val::Int(i64::from(value.bool())),
        UnaryOp::FNeg
        | UnaryOp::FAbs
        | UnaryOp::FSqrt
        | UnaryOp::FFloor
        | UnaryOp::FCeil
        | UnaryOp::FRound
        | UnaryOp::FTrunc
        | UnaryOp::FExp
        | UnaryOp::FLn
        | UnaryOp::FLog2
        | UnaryOp::FLog10
        | UnaryOp::FSin
        | UnaryOp::FCos
        | UnaryOp::FTan
        | UnaryOp::FAsin
        | UnaryOp::FAcos
        | UnaryOp::FAtan => Val::Float(float(op, value.float())),
    })
}

fn float(op: UnaryOp, x: f64) -> f64 {
    match op {
        UnaryOp::FNeg => -x,
        UnaryOp::FAbs => x.abs(),
        UnaryOp::FSqrt => x.sqrt(),
        UnaryOp::FFloor => x.floor(),
        UnaryOp::FCeil => x.ceil(),
        UnaryOp::FRound => x.round(),
        UnaryOp::FTrunc => x.trunc(),
        UnaryOp::FExp => libm::exp(x),
        UnaryOp::FLn => libm::log(x),
        UnaryOp::FLog2 => libm::log2(x),
        UnaryOp::FLog10 => libm::log10(x),
        UnaryOp::FSin => libm::sin(x),
        UnaryOp::FCos => libm::cos(x),
        UnaryOp::FTan => libm::tan(x),
        UnaryOp::FAsin => libm::asin(x),
        UnaryOp::FAcos => libm::acos(x),
        UnaryOp::FAtan => libm::atan(x),
        _ => panic!("{} is not a function of f64 to f64", op.name()),
    }
}

/// `x.clamp(low, high)` on integers.
pub(crate) fn clamp(x: i64, low: i64, high: i64) -> Result<Val, Fault> {
    if low > high {
        return Err(Fault::new(TrapKind::Panic, message::CLAMP));
    }
    Ok(Val::Int(if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }))
}

/// `x.clamp(low, high)` on floats: a NaN stays one, a NaN bound is refused, and zeros of either sign are equal.
pub(crate) fn fclamp(x: f64, low: f64, high: f64) -> Result<Val, Fault> {
    if low.is_nan() || high.is_nan() || low > high {
        return Err(Fault::new(TrapKind::Panic, message::CLAMP));
    }
    Ok(Val::Float(if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }))
}
