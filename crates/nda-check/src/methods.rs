//! The built-in methods, functions and constants of the language: names to operators.

use crate::maps::OnMap;
use crate::options::{Offer, OnOption, WithLambda};
use crate::steps::Step;
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
    /// `clear`.
    Clear,
    /// `clone`, `iter`, … : the value itself.
    Itself,
    /// Walks over the elements.
    Step(Step),
    /// `sort_by_key`.
    SortByKey,
    /// `sort_by`.
    SortBy,
    /// Gives an `Option` or a `Result`.
    Offer(Offer),
    /// Of an `Option` or a `Result`.
    Option(OnOption),
    /// The same with a lambda.
    OptionLambda(WithLambda),
    /// Of a map.
    Map(OnMap),
    /// `iter_mut`, `values_mut`, at the head of a loop.
    Places(Places),
    /// `retain`.
    Retain,
}

/// What a loop along places may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Places {
    /// The elements of a list.
    Elements,
    /// The values of a map, which come with their keys.
    Entries,
    /// The values of a map.
    Values,
}

impl Method {
    /// Whether it changes the place it is called on.
    pub(crate) const fn changes(self) -> bool {
        match self {
            Method::Place(_)
            | Method::Clear
            | Method::SortByKey
            | Method::SortBy
            | Method::Retain
            | Method::Places(_) => true,
            Method::Offer(offer) => offer.changes(),
            Method::Option(method) => method.changes(),
            Method::Map(method) => method.changes(),
            _ => false,
        }
    }

    /// Whether nothing can come of it but its value.
    pub(crate) const fn is_idle(self) -> bool {
        match self {
            Method::Step(step) => !matches!(step, Step::ForEach),
            Method::Option(method) => !method.changes() && !method.may_panic(),
            Method::OptionLambda(_) => false,
            _ => !self.changes(),
        }
    }
}

/// The method `name` of values of type `ty`.
pub(crate) fn find(ty: Type, name: &str) -> Option<Method> {
    use Method::{Builtin as B, Math as M, Place as P, Unary as U};
    if name == "to_string" && ty != Type::STR && ty != Type::NEVER {
        return Some(B(Builtin::Show));
    }
    if name == "clone" && ty != Type::UNIT && ty != Type::NEVER {
        return Some(Method::Itself);
    }
    if let Some(offer) = Offer::find(ty, name) {
        return Some(Method::Offer(offer));
    }
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
            _ => return None,
        },
        Type::STR => match name {
            "len" => B(Builtin::Len),
            "is_empty" => Method::IsEmpty,
            "to_string" | "to_owned" | "as_str" => Method::Itself,
            "contains" => B(Builtin::Contains),
            "chars" => B(Builtin::Chars),
            "split" => B(Builtin::Split),
            "split_whitespace" => B(Builtin::SplitWhitespace),
            "lines" => B(Builtin::Lines),
            "trim" => B(Builtin::Trim),
            "trim_start" => B(Builtin::TrimStart),
            "trim_end" => B(Builtin::TrimEnd),
            "starts_with" => B(Builtin::StartsWith),
            "ends_with" => B(Builtin::EndsWith),
            "replace" => B(Builtin::Replace),
            "to_uppercase" => B(Builtin::ToUppercase),
            "to_lowercase" => B(Builtin::ToLowercase),
            "repeat" => B(Builtin::RepeatText),
            "bytes" | "as_bytes" | "into_bytes" => B(Builtin::Bytes),
            "char_code" => B(Builtin::CharCode),
            "is_alphabetic" => B(Builtin::IsAlphabetic),
            "is_numeric" => B(Builtin::IsNumeric),
            "is_alphanumeric" => B(Builtin::IsAlphanumeric),
            "is_whitespace" => B(Builtin::IsWhitespace),
            "is_uppercase" => B(Builtin::IsUppercase),
            "is_lowercase" => B(Builtin::IsLowercase),
            "is_ascii_digit" => B(Builtin::IsAsciiDigit),
            "is_ascii_punctuation" => B(Builtin::IsAsciiPunctuation),
            "push" | "push_str" => P(PlaceOp::Append),
            "clear" => Method::Clear,
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
            "sort" | "sort_unstable" => P(PlaceOp::Sort),
            "sort_by_key" | "sort_by_cached_key" | "sort_unstable_by_key" => Method::SortByKey,
            "sort_by" | "sort_unstable_by" => Method::SortBy,
            "retain" => Method::Retain,
            "push_back" => P(PlaceOp::Push),
            "sort_desc" => P(PlaceOp::SortDesc),
            "truncate" => P(PlaceOp::Truncate),
            "extend" => P(PlaceOp::Extend),
            "dedup" => P(PlaceOp::Dedup),
            "clear" => Method::Clear,
            "sum" if ty.element() == Some(Type::I64) => B(Builtin::Sum),
            "sum" if ty.element() == Some(Type::F64) => B(Builtin::FSum),
            "product" if ty.element() == Some(Type::I64) => B(Builtin::Product),
            "product" if ty.element() == Some(Type::F64) => B(Builtin::FProduct),
            "join" if ty.element().is_some_and(|element| element == Type::STR || element.is_open()) => {
                B(Builtin::JoinList)
            }
            "iter" | "into_iter" | "copied" | "cloned" | "to_vec" | "collect" => Method::Itself,
            _ => Method::Step(Step::find(name)?),
        },
        _ => return None,
    };
    Some(found)
}

/// Whether the method gives what it is called on, or a part of it: what is wanted of it is wanted of that.
pub(crate) fn keeps_type(name: &str) -> bool {
    matches!(name, "clone" | "iter" | "into_iter" | "copied" | "cloned" | "to_vec" | "collect")
        || Step::find(name).is_some_and(Step::keeps_type)
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
    "sort_desc",
    "sort_by_key",
    "sort_by",
    "retain",
    "truncate",
    "extend",
    "dedup",
    "clear",
    "sum",
    "product",
    "join",
    "iter",
    "collect",
    "map",
    "filter",
    "filter_map",
    "map_while",
    "scan",
    "flat_map",
    "flatten",
    "inspect",
    "take",
    "skip",
    "take_while",
    "skip_while",
    "step_by",
    "rev",
    "windows",
    "chunks",
    "fold",
    "any",
    "all",
    "count",
    "for_each",
    "enumerate",
    "zip",
    "chain",
    "find",
    "position",
    "first",
    "last",
    "min_by_key",
    "max_by_key",
    "min_by",
    "max_by",
    "reduce",
    "find_map",
    "partition",
    "unzip",
    "chars",
    "split",
    "split_whitespace",
    "lines",
    "trim",
    "trim_start",
    "trim_end",
    "starts_with",
    "ends_with",
    "replace",
    "to_uppercase",
    "to_lowercase",
    "repeat",
    "bytes",
    "char_code",
    "is_alphabetic",
    "is_numeric",
    "is_alphanumeric",
    "is_whitespace",
    "is_uppercase",
    "is_lowercase",
    "is_ascii_digit",
    "is_ascii_punctuation",
    "push_str",
    "get",
    "pop",
    "pop_front",
    "index_of",
    "rfind",
    "strip_prefix",
    "strip_suffix",
    "split_once",
    "parse_i64",
    "parse_f64",
    "parse",
    "checked_add",
    "checked_sub",
    "checked_mul",
    "checked_div",
    "checked_rem",
    "checked_pow",
    "checked_neg",
    "checked_abs",
];

/// Methods that the language has from level 2 on, so that "not yet" can be told from "never".
pub(crate) fn comes_later(ty: Type, name: &str) -> bool {
    ty.is_list() && name == "group_by_key"
}

/// The argument types of a method on a receiver of type `ty`.
pub(crate) fn arguments(method: Method, ty: Type) -> Vec<Type> {
    let element = ty.element().unwrap_or(Type::ERROR);
    match method {
        Method::Math(op) => vec![Type::plain(op.operands()[1])],
        Method::Unary(_) | Method::IsEmpty | Method::Itself => Vec::new(),
        Method::Builtin(Builtin::Len) => Vec::new(),
        Method::Builtin(Builtin::Contains) if ty == Type::STR => vec![ty],
        Method::Builtin(Builtin::Contains) => vec![element],
        Method::Builtin(Builtin::Concat) => vec![ty],
        Method::Builtin(op) => {
            let operands = op.types().map_or(&[][..], |(operands, _)| operands);
            operands.iter().skip(1).map(|&ty| Type::plain(ty)).collect()
        }
        Method::Place(PlaceOp::Push) => vec![element],
        Method::Place(PlaceOp::Insert) => vec![Type::I64, element],
        Method::Place(PlaceOp::Remove) => vec![Type::I64],
        Method::Place(PlaceOp::Swap) => vec![Type::I64, Type::I64],
        Method::Place(PlaceOp::Truncate) => vec![Type::I64],
        Method::Place(PlaceOp::Extend | PlaceOp::Append) => vec![ty],
        Method::Offer(offer) => offer.arguments(ty),
        Method::Place(_)
        | Method::Clear
        | Method::Step(_)
        | Method::Places(_)
        | Method::Retain
        | Method::SortByKey
        | Method::SortBy
        | Method::Option(_)
        | Method::OptionLambda(_)
        | Method::Map(_) => Vec::new(),
    }
}

/// The result type of a method on a receiver of type `ty`.
pub(crate) fn result(method: Method, ty: Type) -> Type {
    match method {
        Method::Math(op) => Type::plain(op.result()),
        Method::Unary(op) => Type::plain(op.result()),
        Method::IsEmpty | Method::Builtin(Builtin::Contains) => Type::BOOL,
        Method::Builtin(Builtin::Len) => Type::I64,
        Method::Builtin(Builtin::Show) => Type::STR,
        Method::Builtin(op) => op.types().map_or(ty, |(_, result)| Type::plain(result)),
        Method::Itself => ty,
        // These are inferred where their lambdas are.
        Method::Step(_) => Type::ERROR,
        Method::Place(PlaceOp::Remove) => ty.element().unwrap_or(Type::ERROR),
        Method::Place(_)
        | Method::Clear
        | Method::SortByKey
        | Method::SortBy
        | Method::Retain
        | Method::Places(_) => Type::UNIT,
        // Inference makes the type.
        Method::Offer(_) | Method::Option(_) | Method::OptionLambda(_) | Method::Map(_) => Type::ERROR,
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
    /// `format`, whose values may be of any type.
    Format,
    /// `str::from_code(n)`.
    FromCode,
    /// `String::new()`.
    NewText,
    /// `String::from(s)`.
    TextFrom,
    /// `Map::new()`.
    NewMap,
    /// `Map::from([(k, v), …])`.
    MapFrom,
}

/// The language's function of this name.
pub(crate) fn intrinsic(name: &str) -> Option<Intrinsic> {
    Some(match name {
        "print" => Intrinsic::Print,
        "panic" => Intrinsic::Panic,
        "assert" => Intrinsic::Assert,
        "format" => Intrinsic::Format,
        "str::from_code" => Intrinsic::FromCode,
        "String::new" => Intrinsic::NewText,
        "String::from" => Intrinsic::TextFrom,
        _ => return None,
    })
}
