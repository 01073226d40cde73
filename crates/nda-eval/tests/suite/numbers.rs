//! Arithmetic.

use crate::library::main;
use nda_graph::{TrapKind, run::message};

/// The value of records that give a `ty`, or its trap's message.
fn eval(ty: &str, records: &str) -> String {
    let outcome = main(&format!("() -> {ty}"), records).run(&[]);
    assert_eq!(outcome.fuel, 1, "arithmetic is free: {records}");
    match outcome.result {
        Ok(value) => value.to_string(),
        Err(trap) => format!("{:?}: {}", trap.kind, trap.message),
    }
}

fn int(op: &str, a: i64, b: i64) -> String {
    eval("i64", &format!("int {a}; int {b}; math {op}"))
}

fn float(op: &str, a: f64, b: f64) -> String {
    eval("f64", &format!("float {a:?}; float {b:?}; math {op}"))
}

fn unary(op: &str, a: f64) -> String {
    eval("f64", &format!("float {a:?}; unary {op}"))
}

const OVERFLOW: &str = "IntegerOverflow: the result does not fit in i64";
const ZERO: &str = "DivisionByZero: division by zero";
const SHIFT: &str = "ShiftOutOfRange: a shift amount outside 0..=63";
const MAX: i64 = i64::MAX;
const MIN: i64 = i64::MIN;

#[test]
fn integers_trap_on_overflow() {
    assert_eq!(int("add", 2, 3), "5");
    assert_eq!(int("add", MAX, 1), OVERFLOW);
    assert_eq!(int("sub", MIN, 1), OVERFLOW);
    assert_eq!(int("mul", MAX, 2), OVERFLOW);
    assert_eq!(int("wrapping_add", MAX, 1), MIN.to_string());
    assert_eq!(int("wrapping_sub", MIN, 1), MAX.to_string());
    assert_eq!(int("wrapping_mul", MAX, 2), "-2");
    assert_eq!(int("saturating_add", MAX, 1), MAX.to_string());
    assert_eq!(int("saturating_sub", MIN, 1), MIN.to_string());
    assert_eq!(int("saturating_mul", MIN, 2), MIN.to_string());
    assert_eq!(eval("i64", &format!("int {MIN}; unary neg")), OVERFLOW);
    assert_eq!(eval("i64", &format!("int {MIN}; unary abs")), OVERFLOW);
    assert_eq!(eval("i64", "int -7; unary abs"), "7");
}

#[test]
fn division() {
    assert_eq!((int("div", -7, 2), int("rem", -7, 2)), ("-3".into(), "-1".into()));
    assert_eq!((int("div_euclid", -7, 2), int("rem_euclid", -7, 2)), ("-4".into(), "1".into()));
    assert_eq!((int("div_euclid", 7, -2), int("rem_euclid", 7, -2)), ("-3".into(), "1".into()));
    for op in ["div", "rem", "div_euclid", "rem_euclid"] {
        assert_eq!(int(op, 1, 0), ZERO);
        assert_eq!(int(op, MIN, 0), ZERO);
        assert_eq!(int(op, MIN, -1), OVERFLOW);
    }
}

#[test]
fn bits() {
    assert_eq!(int("and", 12, 10), "8");
    assert_eq!(int("or", 12, 10), "14");
    assert_eq!(int("xor", 12, 10), "6");
    assert_eq!(int("shl", 3, 62), (3_i64 << 62).to_string());
    assert_eq!(int("shl", 1, 63), MIN.to_string());
    assert_eq!(int("shr", -8, 1), "-4");
    assert_eq!(int("shr", -1, 63), "-1");
    for op in ["shl", "shr"] {
        assert_eq!(int(op, 1, 64), SHIFT);
        assert_eq!(int(op, 1, -1), SHIFT);
    }
    assert_eq!(eval("i64", "int 0; unary not"), "-1");
    assert_eq!(eval("i64", "int -1; unary count_ones"), "64");
    assert_eq!(eval("i64", "int 0; unary leading_zeros"), "64");
    assert_eq!(eval("i64", "int 8; unary trailing_zeros"), "3");
    assert_eq!(eval("i64", "int -8; unary signum"), "-1");
    assert_eq!(eval("bool", "bool true; bool true; math bxor"), "false");
    assert_eq!(eval("bool", "bool true; bool false; math bor"), "true");
    assert_eq!(eval("bool", "bool true; bool false; math band"), "false");
    assert_eq!(eval("bool", "bool true; unary bnot"), "false");
}

#[test]
fn powers() {
    assert_eq!(int("pow", 3, 4), "81");
    assert_eq!(int("pow", -2, 63), MIN.to_string());
    assert_eq!(int("pow", 2, 63), OVERFLOW);
    assert_eq!(int("pow", 0, 0), "1");
    assert_eq!(int("pow", 0, MAX), "0");
    assert_eq!(int("pow", 1, MAX), "1");
    assert_eq!(int("pow", -1, MAX), "-1");
    assert_eq!(int("pow", -1, MAX - 1), "1");
    assert_eq!(int("pow", 2, MAX), OVERFLOW);
    assert_eq!(int("pow", 2, -1), format!("Panic: {}", message::POW));
    assert_eq!(float("fpow", 2.0, 0.5), libm::pow(2.0, 0.5).to_string());
    let powi = |a: f64, n: i64| eval("f64", &format!("float {a:?}; int {n}; math fpowi"));
    assert_eq!(powi(3.0, 0), "1.0");
    assert_eq!(powi(f64::NAN, 0), "1.0");
    assert_eq!(powi(2.0, 10), "1024.0");
    assert_eq!(powi(2.0, -2), "0.25");
    // Bits 0 and 2: the power is x · x⁴, in that order.
    assert_eq!(powi(1.1, 5), format!("{:?}", 1.1 * ((1.1 * 1.1) * (1.1 * 1.1))));
    assert_eq!(powi(1.0, i64::MIN), "1.0");
    assert_eq!(powi(2.0, i64::MIN), "0.0");
}

#[test]
fn floats() {
    assert_eq!(float("fadd", 0.1, 0.2), "0.30000000000000004");
    assert_eq!(float("fdiv", 1.0, 0.0), "inf");
    assert_eq!(float("fdiv", 0.0, 0.0), "NaN");
    assert_eq!(float("frem", -7.5, 2.0), "-1.5");
    assert_eq!(float("fsub", 1.0, 3.0), "-2.0");
    assert_eq!(float("fmul", 1e300, 1e300), "inf");
    for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
        assert_eq!(float("fmin", a, b), "-0.0");
        assert_eq!(float("fmax", a, b), "0.0");
    }
    for op in ["fmin", "fmax"] {
        assert_eq!(float(op, f64::NAN, 1.0), "1.0");
        assert_eq!(float(op, 1.0, f64::NAN), "1.0");
        assert_eq!(float(op, f64::NAN, f64::NAN), "NaN");
    }
    assert_eq!((float("fmin", 1.0, 2.0), float("fmax", 1.0, 2.0)), ("1.0".into(), "2.0".into()));
    assert_eq!((float("fmin", 2.0, 1.0), float("fmax", 2.0, 1.0)), ("1.0".into(), "2.0".into()));
    assert_eq!(float("fatan2", 1.0, 1.0), format!("{:?}", libm::atan2(1.0, 1.0)));
    assert_eq!(float("fhypot", 3.0, 4.0), "5.0");
    assert_eq!(unary("fround", -2.5), "-3.0");
    assert_eq!(unary("fround", 0.49999999999999994), "0.0");
    assert_eq!(unary("ffloor", -0.5), "-1.0");
    assert_eq!(unary("fceil", -0.5), "-0.0");
    assert_eq!(unary("ftrunc", -1.5), "-1.0");
    assert_eq!(unary("fsqrt", 2.0), "1.4142135623730951");
    assert_eq!(unary("fneg", 0.0), "-0.0");
    assert_eq!(unary("fabs", -0.0), "0.0");
    type Function = fn(f64) -> f64;
    let functions: [(&str, Function); 10] = [
        ("fexp", libm::exp),
        ("fln", libm::log),
        ("flog2", libm::log2),
        ("flog10", libm::log10),
        ("fsin", libm::sin),
        ("fcos", libm::cos),
        ("ftan", libm::tan),
        ("fasin", libm::asin),
        ("facos", libm::acos),
        ("fatan", libm::atan),
    ];
    for (name, function) in functions {
        assert_eq!(unary(name, 0.7), format!("{:?}", function(0.7)), "{name}");
    }
    assert_eq!(eval("bool", "float NaN; unary fis_nan"), "true");
}

#[test]
fn conversions_saturate() {
    let to_int = |text: &str| eval("i64", &format!("float {text}; unary float_to_int"));
    assert_eq!(to_int("-2.9"), "-2");
    assert_eq!(to_int("1e300"), MAX.to_string());
    assert_eq!(to_int("-inf"), MIN.to_string());
    assert_eq!(to_int("NaN"), "0");
    assert_eq!(eval("f64", "int 9007199254740993; unary int_to_float"), "9007199254740992.0");
    assert_eq!(eval("i64", "bool true; unary bool_to_int"), "1");
}

#[test]
fn clamps() {
    let clamp = |x: i64, low: i64, high: i64| {
        eval("i64", &format!("int {x}; int {low}; int {high}; builtin clamp copy"))
    };
    assert_eq!((clamp(5, 1, 3), clamp(-5, 1, 3), clamp(2, 1, 3)), ("3".into(), "1".into(), "2".into()));
    assert_eq!(clamp(2, 3, 1), format!("Panic: {}", message::CLAMP));
    let fclamp =
        |x: &str, low: &str| eval("f64", &format!("float {x}; float {low}; float 2.0; builtin fclamp copy"));
    assert_eq!(fclamp("NaN", "1.0"), "NaN");
    assert_eq!(fclamp("-0.0", "0.0"), "-0.0");
    assert_eq!(fclamp("9.0", "0.0"), "2.0");
    assert_eq!(fclamp("1.0", "NaN"), format!("Panic: {}", message::CLAMP));
    assert_eq!(fclamp("1.0", "3.0"), format!("Panic: {}", message::CLAMP));
}

#[test]
fn comparisons() {
    let compare =
        |op: &str, a: &str, b: &str, ty: &str| eval("bool", &format!("{a}; {b}; compare {op} {ty}"));
    let truths = |a: &str, b: &str, ty: &str| {
        ["eq", "ne", "lt", "le", "gt", "ge"].map(|op| compare(op, a, b, ty) == "true")
    };
    assert_eq!(truths("int 1", "int 2", "i64"), [false, true, true, true, false, false]);
    assert_eq!(truths("int 2", "int 2", "i64"), [true, false, false, true, false, true]);
    assert_eq!(truths("float NaN", "float NaN", "f64"), [false, true, false, false, false, false]);
    assert_eq!(truths("float 0.0", "float -0.0", "f64"), [true, false, false, true, false, true]);
    assert_eq!(truths("bool false", "bool true", "bool"), [false, true, true, true, false, false]);
    assert_eq!(compare("eq", "unit", "unit", "()"), "true");
}

#[test]
fn a_trap_says_where() {
    let library = main("() -> i64", "int 1; int 0; math div");
    let trap = library.trap();
    assert_eq!(trap.kind, TrapKind::DivisionByZero);
    assert_eq!(trap.frames, [nda_graph::Frame { definition: library.hash("main"), node: 2 }]);
}
