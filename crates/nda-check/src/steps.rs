//! The methods that walk over a list or a range, element by element: what they are called, take and give.
//!
//! A chain of them is one loop. By its type each step gives a list; there is one in memory only where a chain ends in
//! a list. What the steps of a chain do to each other is told in `lower::chain`.

use crate::types::Type;

/// What a method does with the elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    // These give a list.
    Map,
    Filter,
    FlatMap,
    Flatten,
    Inspect,
    Take,
    Skip,
    TakeWhile,
    SkipWhile,
    EveryNth,
    Rev,
    Windows,
    Chunks,

    // These end a chain.
    Fold,
    Any,
    All,
    Count,
    ForEach,
    /// `collect` where text is wanted.
    Text,
}

/// What a step takes, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Takes {
    Nothing,
    /// How many elements.
    Number,
    /// A lambda of an element that gives the next element.
    Element,
    /// A lambda of an element that gives a list.
    List,
    /// A lambda of an element that gives a `bool`.
    Predicate,
    /// A lambda of an element that gives nothing.
    Effect,
    /// The first value, and a lambda of the value so far and an element that gives the next value.
    Fold,
}

impl Step {
    /// The step of this name.
    pub(crate) fn find(name: &str) -> Option<Step> {
        Some(match name {
            "map" => Step::Map,
            "filter" => Step::Filter,
            "flat_map" => Step::FlatMap,
            "flatten" => Step::Flatten,
            "inspect" => Step::Inspect,
            "take" => Step::Take,
            "skip" => Step::Skip,
            "take_while" => Step::TakeWhile,
            "skip_while" => Step::SkipWhile,
            "step_by" => Step::EveryNth,
            "rev" => Step::Rev,
            "windows" => Step::Windows,
            "chunks" => Step::Chunks,
            "fold" => Step::Fold,
            "any" => Step::Any,
            "all" => Step::All,
            "count" => Step::Count,
            "for_each" => Step::ForEach,
            _ => return None,
        })
    }

    pub(crate) const fn takes(self) -> Takes {
        match self {
            Step::Flatten | Step::Rev | Step::Count | Step::Text => Takes::Nothing,
            Step::Take | Step::Skip | Step::EveryNth | Step::Windows | Step::Chunks => Takes::Number,
            Step::Map => Takes::Element,
            Step::FlatMap => Takes::List,
            Step::Filter | Step::TakeWhile | Step::SkipWhile | Step::Any | Step::All => Takes::Predicate,
            Step::Inspect | Step::ForEach => Takes::Effect,
            Step::Fold => Takes::Fold,
        }
    }

    /// Whether it gives a list, so that another step may follow.
    pub(crate) const fn goes_on(self) -> bool {
        !matches!(self, Step::Fold | Step::Any | Step::All | Step::Count | Step::ForEach | Step::Text)
    }

    /// Whether it gives a list of what it takes a list of.
    pub(crate) const fn keeps_type(self) -> bool {
        matches!(
            self,
            Step::Filter
                | Step::Inspect
                | Step::Take
                | Step::Skip
                | Step::TakeWhile
                | Step::SkipWhile
                | Step::EveryNth
                | Step::Rev
        )
    }

    /// Its type on a receiver of type `ty`, where no lambda decides.
    pub(crate) fn result(self, ty: Type) -> Type {
        match self {
            Step::Any | Step::All => Type::BOOL,
            Step::Count => Type::I64,
            Step::ForEach => Type::UNIT,
            Step::Text => Type::STR,
            Step::Windows | Step::Chunks => ty.list_of(),
            _ => ty,
        }
    }
}
