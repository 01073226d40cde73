//! Long lists come in pages. A cursor names the state that the list was made of: a list that changed begins anew.

use super::ToolError;
use crate::schema::{Field, integer, may, text, text_or_null};
use nda_graph::Hash;

/// The longest page.
const MOST: usize = 200;

/// The arguments that ask for a page of at most `usual` members, if nothing else is said.
pub(super) fn asked(usual: usize) -> [Field; 2] {
    let limit = integer(&format!("The most to list, {usual} by default"), 1, MOST as u64);
    [may("limit", limit), may("cursor", text("`next_cursor` of the page before"))]
}

/// Where a result says how to go on.
pub(super) fn next_cursor() -> Field {
    may("next_cursor", text_or_null("More"))
}

/// A part of a list.
pub(super) struct Page {
    pub(super) start: usize,
    pub(super) limit: usize,
    state: String,
}

impl Page {
    /// Reads a cursor; `limit` is what was asked for, else `usual`, and `state` is what the list is made of now.
    pub(super) fn read(
        cursor: Option<&str>,
        limit: Option<usize>,
        usual: usize,
        state: &Hash,
    ) -> Result<Self, ToolError> {
        let state = state.short().to_string();
        let limit = limit.unwrap_or(usual).clamp(1, MOST);
        let Some(cursor) = cursor else { return Ok(Self { start: 0, limit, state }) };
        let stale = || {
            let next = "Call again without `cursor` to begin anew.";
            ToolError::new(
                "stale_cursor",
                "the list changed since this cursor was given, or it is none",
                next,
            )
        };
        let (of, start) = cursor.split_once(':').ok_or_else(stale)?;
        if of != state {
            return Err(stale());
        }
        Ok(Self { start: start.parse().map_err(|_| stale())?, limit, state })
    }

    /// The members of the list that stand on this page.
    pub(super) fn of<T>(&self, list: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        list.into_iter().skip(self.start).take(self.limit)
    }

    /// The cursor of the next page, if there is more behind `count` members of this one.
    pub(super) fn next(&self, count: usize, total: usize) -> Option<String> {
        let end = self.start.saturating_add(count);
        (end < total).then(|| format!("{}:{end}", self.state))
    }
}
