//! The methods of `Option` and `Result`, and the methods of other types that give one: names and types.

use crate::types::Type;
use nda_graph::MathOp;

/// What gives an `Option`, or (`parse`) a `Result`: a value, and a test that says whether there is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Offer {
    First,
    Last,
    Get,
    Pop,
    /// `xs.pop_front()`
    PopFront,
    IndexOf,
    Minimum,
    Maximum,
    Find,
    RFind,
    StripPrefix,
    StripSuffix,
    SplitOnce,
    ParseInt,
    ParseFloat,
    Parse,
    /// An operator on two integers that may have no result.
    Checked(MathOp),
    CheckedNeg,
    CheckedAbs,
    /// `m.get(k)`
    MapGet,
    /// `m.remove(k)`
    MapRemove,
    /// `m.get_mut(k)`, `xs.get_mut(i)`, …: not the value but the place where it stands.
    Place(Spot),
}

/// Which place a call gives that is held against a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Spot {
    /// Under a key of a map.
    Key,
    /// At an index of a list.
    Index,
    First,
    Last,
}

impl Offer {
    /// The one of this name on values of type `ty`.
    pub(crate) fn find(ty: Type, name: &str) -> Option<Offer> {
        let number = matches!(ty.element(), Some(Type::I64 | Type::F64));
        Some(match (ty, name) {
            (Type::I64, "checked_add") => Offer::Checked(MathOp::Add),
            (Type::I64, "checked_sub") => Offer::Checked(MathOp::Sub),
            (Type::I64, "checked_mul") => Offer::Checked(MathOp::Mul),
            (Type::I64, "checked_div") => Offer::Checked(MathOp::Div),
            (Type::I64, "checked_rem") => Offer::Checked(MathOp::Rem),
            (Type::I64, "checked_pow") => Offer::Checked(MathOp::Pow),
            (Type::I64, "checked_neg") => Offer::CheckedNeg,
            (Type::I64, "checked_abs") => Offer::CheckedAbs,
            (Type::STR, "find") => Offer::Find,
            (Type::STR, "rfind") => Offer::RFind,
            (Type::STR, "strip_prefix") => Offer::StripPrefix,
            (Type::STR, "strip_suffix") => Offer::StripSuffix,
            (Type::STR, "split_once") => Offer::SplitOnce,
            (Type::STR, "parse_i64") => Offer::ParseInt,
            (Type::STR, "parse_f64") => Offer::ParseFloat,
            (Type::STR, "parse") => Offer::Parse,
            (ty, "first" | "next" | "front") if ty.is_list() => Offer::First,
            (ty, "last" | "back") if ty.is_list() => Offer::Last,
            (ty, "get" | "nth") if ty.is_list() => Offer::Get,
            (ty, "pop" | "pop_back") if ty.is_list() => Offer::Pop,
            (ty, "pop_front") if ty.is_list() => Offer::PopFront,
            (ty, "index_of") if ty.is_list() => Offer::IndexOf,
            (_, "min") if number => Offer::Minimum,
            (_, "max") if number => Offer::Maximum,
            _ => return None,
        })
    }

    /// Whether taking the value changes the place it is called on.
    pub(crate) const fn changes(self) -> bool {
        matches!(self, Offer::Pop | Offer::PopFront | Offer::MapRemove)
    }

    /// The argument types on a receiver of type `ty`.
    pub(crate) fn arguments(self, ty: Type) -> Vec<Type> {
        match self {
            Offer::Get => vec![Type::I64],
            Offer::IndexOf => vec![ty.element().unwrap_or(Type::ERROR)],
            Offer::Checked(_) => vec![Type::I64],
            Offer::Find | Offer::RFind | Offer::StripPrefix | Offer::StripSuffix | Offer::SplitOnce => {
                vec![Type::STR]
            }
            _ => Vec::new(),
        }
    }
}

/// A method of `Option` or `Result`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnOption {
    /// `is_some`, `is_ok`; or, turned round, `is_none`, `is_err`.
    Is {
        good: bool,
    },
    Unwrap,
    Expect,
    UnwrapErr,
    ExpectErr,
    UnwrapOr,
    UnwrapOrDefault,
    OkOr,
    Ok,
    Err,
    And,
    Or,
    Flatten,
    Zip,
    Take,
    Replace,
}

impl OnOption {
    /// The method of this name, of an `Option` or of a `Result`.
    pub(crate) fn find(is_option: bool, name: &str) -> Option<OnOption> {
        Some(match (name, is_option) {
            ("is_some", true) | ("is_ok", false) => OnOption::Is { good: true },
            ("is_none", true) | ("is_err", false) => OnOption::Is { good: false },
            ("unwrap", _) => OnOption::Unwrap,
            ("expect", _) => OnOption::Expect,
            ("unwrap_err", false) => OnOption::UnwrapErr,
            ("expect_err", false) => OnOption::ExpectErr,
            ("unwrap_or", _) => OnOption::UnwrapOr,
            ("unwrap_or_default", _) => OnOption::UnwrapOrDefault,
            ("ok_or", true) => OnOption::OkOr,
            ("ok", false) => OnOption::Ok,
            ("err", false) => OnOption::Err,
            ("and", _) => OnOption::And,
            ("or", _) => OnOption::Or,
            ("flatten", true) => OnOption::Flatten,
            ("zip", true) => OnOption::Zip,
            ("take", true) => OnOption::Take,
            ("replace", true) => OnOption::Replace,
            _ => return None,
        })
    }

    /// Whether it changes the place it is called on.
    pub(crate) const fn changes(self) -> bool {
        matches!(self, OnOption::Take | OnOption::Replace)
    }

    /// Whether the value itself is taken whenever there is one, and not only looked for.
    pub(crate) const fn takes_value(self) -> bool {
        !matches!(self, OnOption::Is { .. } | OnOption::And | OnOption::Zip)
    }

    /// Whether it may end the run.
    pub(crate) const fn may_panic(self) -> bool {
        matches!(self, OnOption::Unwrap | OnOption::Expect | OnOption::UnwrapErr | OnOption::ExpectErr)
    }

    /// All names, for suggestions.
    pub(crate) fn names(is_option: bool) -> Vec<&'static str> {
        let has = |name: &&str| {
            OnOption::find(is_option, name).is_some() || WithLambda::find(is_option, name).is_some()
        };
        NAMES.iter().copied().filter(has).collect()
    }
}

const NAMES: &[&str] = &[
    "is_some",
    "is_none",
    "is_ok",
    "is_err",
    "unwrap",
    "expect",
    "unwrap_err",
    "expect_err",
    "unwrap_or",
    "unwrap_or_default",
    "ok_or",
    "ok",
    "err",
    "and",
    "or",
    "flatten",
    "zip",
    "take",
    "replace",
    "map",
    "map_err",
    "map_or",
    "map_or_else",
    "and_then",
    "or_else",
    "ok_or_else",
    "unwrap_or_else",
    "filter",
    "inspect",
    "inspect_err",
    "is_some_and",
    "is_none_or",
    "is_ok_and",
    "is_err_and",
];

/// A method of `Option` or `Result` that takes a lambda.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WithLambda {
    Map,
    MapErr,
    MapOr,
    MapOrElse,
    AndThen,
    OrElse,
    OkOrElse,
    UnwrapOrElse,
    Filter,
    Inspect,
    InspectErr,
    /// `is_some_and`, `is_ok_and`.
    IsAnd,
    IsNoneOr,
    IsErrAnd,
}

impl WithLambda {
    /// The method of this name, of an `Option` or of a `Result`.
    pub(crate) fn find(is_option: bool, name: &str) -> Option<WithLambda> {
        Some(match (name, is_option) {
            ("map", _) => WithLambda::Map,
            ("map_err", false) => WithLambda::MapErr,
            ("map_or", _) => WithLambda::MapOr,
            ("map_or_else", _) => WithLambda::MapOrElse,
            ("and_then", _) => WithLambda::AndThen,
            ("or_else", _) => WithLambda::OrElse,
            ("ok_or_else", true) => WithLambda::OkOrElse,
            ("unwrap_or_else", _) => WithLambda::UnwrapOrElse,
            ("filter", true) => WithLambda::Filter,
            ("inspect", _) => WithLambda::Inspect,
            ("inspect_err", false) => WithLambda::InspectErr,
            ("is_some_and", true) | ("is_ok_and", false) => WithLambda::IsAnd,
            ("is_none_or", true) => WithLambda::IsNoneOr,
            ("is_err_and", false) => WithLambda::IsErrAnd,
            _ => return None,
        })
    }

    /// How many lambdas it takes.
    pub(crate) const fn lambdas(self) -> usize {
        if matches!(self, WithLambda::MapOrElse) { 2 } else { 1 }
    }

    /// Whether it takes a value before its lambda.
    pub(crate) const fn takes_value(self) -> bool {
        matches!(self, WithLambda::MapOr)
    }
}

/// Names that give the `Option` or `Result` itself.
pub(crate) fn is_itself(name: &str) -> bool {
    matches!(name, "clone" | "copied" | "cloned" | "as_ref" | "as_deref")
}

/// What a failed `parse` gives in its `Err`.
pub(crate) const fn parse_error(ty: Type) -> &'static str {
    if matches!(ty, Type::F64) { "invalid float literal" } else { "invalid digit found in string" }
}
