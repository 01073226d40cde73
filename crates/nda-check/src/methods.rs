//! The built-in methods, functions and constants of the language: names to operators.

use crate::types::Type;
use nda_graph::{Builtin, MathOp, PlaceOp, UnaryOp};

/// What a method call does. Its operands are the receiver and the arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Method {
    /// Two plain words.
    Math(MathOp),
    /// One plain word.
    Unary(UnaryOp),
    /// Reads objects, or takes three words.
    Builtin(Builtin),
    /// `len() == 0`.
    IsEmpty,
    /// Changes the place it is called on.
    Place(PlaceOp),
    /// `clone`, `iter`, … : the value itself.
    Itself,
}

/// The method `name` of values of type `ty`.
pub(crate) fn find(ty: Type, name: &str) -> Option<Method> {
    use Method::{Builtin as B, Math as M, Place as P, Unary as U};
    let found = match ty {
        Type::I64 => match name {
            "wrapping_add" => M(MathOp::WrappingAdd),
            "wrapping_sub" => M(MathOp::WrappingSub),
            "wrapping_mul" => M(MathOp::WrappingMul),
            "saturating_add" => M(MathOp::SaturatingAdd),
            "saturating_sub" => M(MathOp::SaturatingSub),
            "saturating_mul" => M(MathOp::SaturatingMul),
            "min" => M(MathOp::Min),
            "max" => M(MathOp::Max),
            "pow" => M(MathOp::Pow),
            "div_euclid" => M(MathOp::DivEuclid),
            "rem_euclid" => M(MathOp::RemEuclid),
            "abs" => U(UnaryOp::Abs),
            "signum" => U(UnaryOp::Signum),
            "count_ones" => U(UnaryOp::CountOnes),
            "leading_zeros" => U(UnaryOp::LeadingZeros),
            "trailing_zeros" => U(UnaryOp::TrailingZeros),
            "clamp" => B(Builtin::Clamp),
            "clone" => Method::Itself,
            _ => return None,
        },
        Type::F64 => match name {
            "sqrt" => U(UnaryOp::FSqrt),
            "floor" => U(UnaryOp::FFloor),
            "ceil" => U(UnaryOp::FCeil),
            "round" => U(UnaryOp::FRound),
            "trunc" => U(UnaryOp::FTrunc),
            "abs" => U(UnaryOp::FAbs),
            "exp" => U(UnaryOp::FExp),
            "ln" => U(UnaryOp::FLn),
            "log2" => U(UnaryOp::FLog2),
            "log10" => U(UnaryOp::FLog10),
            "sin" => U(UnaryOp::FSin),
            "cos" => U(UnaryOp::FCos),
            "tan" => U(UnaryOp::FTan),
            "asin" => U(UnaryOp::FAsin),
            "acos" => U(UnaryOp::FAcos),
            "atan" => U(UnaryOp::FAtan),
            "is_nan" => U(UnaryOp::FIsNan),
            "min" => M(MathOp::FMin),
            "max" => M(MathOp::FMax),
            "powi" => M(MathOp::FPowi),
            "powf" => M(MathOp::FPow),
            "atan2" => M(MathOp::FAtan2),
            "hypot" => M(MathOp::FHypot),
            "clamp" => B(Builtin::FClamp),
            "clone" => Method::Itself,
            _ => return None,
        },
        Type::STR => match name {
            "len" => B(Builtin::Len),
            "is_empty" => Method::IsEmpty,
            "clone" | "to_string" | "to_owned" => Method::Itself,
            _ => return None,
        },
        ty if ty.is_list() => match name {
            "len" => B(Builtin::Len),
            "is_empty" => Method::IsEmpty,
            "contains" => B(Builtin::Contains),
            "concat" => B(Builtin::Concat),
            "push" => P(PlaceOp::Push),
            "insert" => P(PlaceOp::Insert),
            "remove" => P(PlaceOp::Remove),
            "swap" => P(PlaceOp::Swap),
            "reverse" => P(PlaceOp::Reverse),
            "sort" => P(PlaceOp::Sort),
            "clone" | "iter" | "to_vec" => Method::Itself,
            _ => return None,
        },
        Type::BOOL if name == "clone" => Method::Itself,
        _ => return None,
    };
    Some(found)
}

/// Every method name of a type, for suggestions.
pub(crate) fn names(ty: Type) -> Vec<&'static str> {
    ALL.iter().copied().filter(|name| find(ty, name).is_some()).collect()
}

const ALL: &[&str] = &[
    "wrapping_add",
    "wrapping_sub",
    "wrapping_mul",
    "saturating_add",
    "saturating_sub",
    "saturating_mul",
    "min",
    "max",
    "pow",
    "div_euclid",
    "rem_euclid",
    "abs",
    "signum",
    "count_ones",
    "leading_zeros",
    "trailing_zeros",
    "clamp",
    "clone",
    "sqrt",
    "floor",
    "ceil",
    "round",
    "trunc",
    "exp",
    "ln",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "is_nan",
    "powi",
    "powf",
    "atan2",
    "hypot",
    "len",
    "is_empty",
    "to_string",
    "contains",
    "concat",
    "push",
    "insert",
    "remove",
    "swap",
    "reverse",
    "sort",
    "iter",
];

/// Methods that the language has from level 2 on, so that "not yet" can be told from "never".
pub(crate) fn comes_later(ty: Type, name: &str) -> bool {
    let list = [
        "pop",
        "truncate",
        "clear",
        "index_of",
        "extend",
        "first",
        "last",
        "sort_desc",
        "dedup",
        "sum",
        "product",
        "min",
        "max",
        "collect",
        "map",
        "filter",
        "fold",
        "any",
        "all",
        "find",
        "position",
        "for_each",
        "sort_by_key",
        "sort_by",
        "min_by_key",
        "max_by_key",
        "zip",
        "enumerate",
        "take",
        "skip",
        "take_while",
        "skip_while",
        "windows",
        "chunks",
        "flat_map",
        "group_by_key",
        "join",
    ];
    let text = [
        "chars",
        "split",
        "split_whitespace",
        "lines",
        "trim",
        "trim_start",
        "trim_end",
        "starts_with",
        "ends_with",
        "contains",
        "find",
        "replace",
        "to_uppercase",
        "to_lowercase",
        "repeat",
        "parse_i64",
        "parse_f64",
        "bytes",
        "char_code",
    ];
    let int = ["checked_add", "checked_sub", "checked_mul", "checked_div", "checked_rem"];
    match ty {
        Type::STR => text.contains(&name),
        Type::I64 => int.contains(&name) || name == "to_string",
        ty if ty.is_list() => list.contains(&name) || name == "to_string",
        _ => name == "to_string",
    }
}

/// The argument types of a method on a receiver of type `ty`.
pub(crate) fn arguments(method: Method, ty: Type) -> Vec<Type> {
    let element = ty.element().unwrap_or(Type::ERROR);
    match method {
        Method::Math(op) => vec![Type::from_ty(op.operands()[1])],
        Method::Unary(_) | Method::IsEmpty | Method::Itself => Vec::new(),
        Method::Builtin(Builtin::Len) => Vec::new(),
        Method::Builtin(Builtin::Contains) => vec![element],
        Method::Builtin(Builtin::Concat) => vec![ty],
        Method::Builtin(Builtin::Clamp | Builtin::FClamp) => vec![ty, ty],
        Method::Builtin(_) => Vec::new(),
        Method::Place(PlaceOp::Push) => vec![element],
        Method::Place(PlaceOp::Insert) => vec![Type::I64, element],
        Method::Place(PlaceOp::Remove) => vec![Type::I64],
        Method::Place(PlaceOp::Swap) => vec![Type::I64, Type::I64],
        Method::Place(_) => Vec::new(),
    }
}

/// The result type of a method on a receiver of type `ty`.
pub(crate) fn result(method: Method, ty: Type) -> Type {
    match method {
        Method::Math(op) => Type::from_ty(op.result()),
        Method::Unary(op) => Type::from_ty(op.result()),
        Method::IsEmpty | Method::Builtin(Builtin::Contains) => Type::BOOL,
        Method::Builtin(Builtin::Len) => Type::I64,
        Method::Builtin(_) | Method::Itself => ty,
        Method::Place(PlaceOp::Remove) => ty.element().unwrap_or(Type::ERROR),
        Method::Place(_) => Type::UNIT,
    }
}

/// A constant that the language names, `i64::MAX`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Named {
    Int(i64),
    Float(f64),
}

/// The language's constant of this path.
pub(crate) fn named(path: &str) -> Option<Named> {
    let path = path.strip_prefix("std::").unwrap_or(path);
    Some(match path {
        "i64::MAX" => Named::Int(i64::MAX),
        "i64::MIN" => Named::Int(i64::MIN),
        "f64::MAX" => Named::Float(f64::MAX),
        "f64::MIN" => Named::Float(f64::MIN),
        "f64::EPSILON" => Named::Float(f64::EPSILON),
        "f64::INFINITY" => Named::Float(f64::INFINITY),
        "f64::NEG_INFINITY" => Named::Float(f64::NEG_INFINITY),
        "f64::NAN" => Named::Float(f64::NAN),
        "f64::PI" | "f64::consts::PI" => Named::Float(std::f64::consts::PI),
        "f64::E" | "f64::consts::E" => Named::Float(std::f64::consts::E),
        _ => return None,
    })
}

/// A function that the language itself names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Intrinsic {
    Print,
    Panic,
    Assert,
}

/// The language's function of this name.
pub(crate) fn intrinsic(name: &str) -> Option<Intrinsic> {
    Some(match name {
        "print" => Intrinsic::Print,
        "panic" => Intrinsic::Panic,
        "assert" => Intrinsic::Assert,
        _ => return None,
    })
}
