//! The methods that walk over a list or a range, element by element: what they are called, take and give.
//!
//! A chain of them is one loop. By its type each step gives a list; there is one in memory only where a chain ends in
//! a list. What the steps of a chain do to each other is told in `lower::chain`.

use crate::types::{Type, TypeTable};

/// What a method does with the elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    // These give a list.
    Map,
    Filter,
    /// Of a lambda that gives an `Option`: what it gives where there is something.
    FilterMap,
    /// The same up to the first `None`.
    MapWhile,
    /// `MapWhile` with a lambda that also has a place, which holds the first argument at first.
    Scan,
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
    Enumerate,
    Zip,
    Chain,

    // These end a chain.
    Fold,
    Any,
    All,
    Count,
    ForEach,
    Find,
    FindMap,
    Position,
    First,
    Last,
    Min,
    Max,
    MinByKey,
    MaxByKey,
    MinBy,
    MaxBy,
    Reduce,
    Partition,
    Unzip,
    /// `collect` of options or results into one of a list.
    Whole,
    /// `collect` where text is wanted.
    Text,
}

/// What a step takes, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Takes {
    Nothing,
    /// How many elements.
    Number,
    /// Another list to walk over.
    Other,
    /// A lambda of an element that gives the next element.
    Element,
    /// A lambda of an element that gives something with an order.
    Key,
    /// A lambda of an element that gives a list.
    List,
    /// A lambda of an element that gives an `Option`.
    Optional,
    /// The first value of a place, and a lambda of that place and an element that gives an `Option`.
    Scan,
    /// A lambda of two elements that compares the same of both.
    Comparison,
    /// A lambda of the element so far and the next one that gives the next element so far.
    Reduction,
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
            "filter_map" => Step::FilterMap,
            "map_while" => Step::MapWhile,
            "scan" => Step::Scan,
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
            "enumerate" => Step::Enumerate,
            "zip" => Step::Zip,
            "chain" => Step::Chain,
            "fold" => Step::Fold,
            "any" => Step::Any,
            "all" => Step::All,
            "count" => Step::Count,
            "for_each" => Step::ForEach,
            "find" => Step::Find,
            "find_map" => Step::FindMap,
            "position" => Step::Position,
            "first" => Step::First,
            "last" => Step::Last,
            "min" => Step::Min,
            "max" => Step::Max,
            "min_by_key" => Step::MinByKey,
            "max_by_key" => Step::MaxByKey,
            "min_by" => Step::MinBy,
            "max_by" => Step::MaxBy,
            "reduce" => Step::Reduce,
            "partition" => Step::Partition,
            "unzip" => Step::Unzip,
            _ => return None,
        })
    }

    pub(crate) const fn takes(self) -> Takes {
        match self {
            Step::Flatten
            | Step::Rev
            | Step::Enumerate
            | Step::Count
            | Step::First
            | Step::Last
            | Step::Min
            | Step::Max
            | Step::Unzip
            | Step::Whole
            | Step::Text => Takes::Nothing,
            Step::Zip | Step::Chain => Takes::Other,
            Step::MinByKey | Step::MaxByKey => Takes::Key,
            Step::Take | Step::Skip | Step::EveryNth | Step::Windows | Step::Chunks => Takes::Number,
            Step::Map => Takes::Element,
            Step::FlatMap => Takes::List,
            Step::FilterMap | Step::MapWhile | Step::FindMap => Takes::Optional,
            Step::MinBy | Step::MaxBy => Takes::Comparison,
            Step::Reduce => Takes::Reduction,
            Step::Filter
            | Step::TakeWhile
            | Step::SkipWhile
            | Step::Any
            | Step::All
            | Step::Find
            | Step::Position
            | Step::Partition => Takes::Predicate,
            Step::Inspect | Step::ForEach => Takes::Effect,
            Step::Scan => Takes::Scan,
            Step::Fold => Takes::Fold,
        }
    }

    /// Whether it gives a list, so that another step may follow.
    pub(crate) const fn goes_on(self) -> bool {
        !matches!(
            self,
            Step::Fold
                | Step::Any
                | Step::All
                | Step::Count
                | Step::ForEach
                | Step::Find
                | Step::FindMap
                | Step::Position
                | Step::First
                | Step::Last
                | Step::Min
                | Step::Max
                | Step::MinByKey
                | Step::MaxByKey
                | Step::MinBy
                | Step::MaxBy
                | Step::Reduce
                | Step::Partition
                | Step::Unzip
                | Step::Whole
                | Step::Text
        )
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
                | Step::Chain
        )
    }

    /// Its type on a receiver of type `ty`, where nothing else decides.
    pub(crate) fn result(self, ty: Type, table: &mut TypeTable) -> Type {
        let element = ty.element().unwrap_or(Type::ERROR);
        match self {
            Step::Any | Step::All => Type::BOOL,
            Step::Count => Type::I64,
            Step::ForEach => Type::UNIT,
            Step::Text => Type::STR,
            Step::Windows | Step::Chunks => ty.list_of(),
            Step::Enumerate => table.tuple(&[Type::I64, element]).list_of(),
            Step::Position => table.option(Type::I64),
            Step::Find
            | Step::First
            | Step::Last
            | Step::Min
            | Step::Max
            | Step::MinByKey
            | Step::MaxByKey
            | Step::MinBy
            | Step::MaxBy
            | Step::Reduce => table.option(element),
            Step::Partition => table.tuple(&[ty, ty]),
            _ => ty,
        }
    }
}
