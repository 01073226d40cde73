//! The methods of maps that are no offers of an `Option`.

/// A method of a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnMap {
    Insert,
    GetOr,
    ContainsKey,
    Len,
    IsEmpty,
    Keys,
    Values,
    Clear,
    /// `entry(k)`, the head of `OrInsert`.
    Entry,
    /// `m.entry(k).or_insert(v)`, a place.
    OrInsert,
}

impl OnMap {
    /// All names of methods of maps, for suggestions.
    pub(crate) const NAMES: &[&str] = &[
        "insert",
        "get",
        "get_or",
        "remove",
        "contains_key",
        "len",
        "is_empty",
        "keys",
        "values",
        "clear",
        "clone",
        "entry",
    ];

    /// Whether it changes the place it is called on.
    pub(crate) const fn changes(self) -> bool {
        matches!(self, OnMap::Insert | OnMap::Clear | OnMap::OrInsert)
    }
}
