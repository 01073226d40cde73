//! Long lists come in pages. A cursor names the state that the list was made of: a list that changed begins anew.

use super::ToolError;
use nda_graph::Hash;

/// Where a page begins.
pub(super) struct Page {
    pub(super) start: usize,
    state: String,
}

impl Page {
    /// Reads a cursor; `state` is what the list is made of now.
    pub(super) fn read(cursor: Option<&str>, state: &Hash) -> Result<Self, ToolError> {
        let state = state.short().to_string();
        let Some(cursor) = cursor else { return Ok(Self { start: 0, state }) };
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
        Ok(Self { start: start.parse().map_err(|_| stale())?, state })
    }

    /// The cursor of the next page, if there is more behind `count` members of this one.
    pub(super) fn next(&self, count: usize, total: usize) -> Option<String> {
        let end = self.start.saturating_add(count);
        (end < total).then(|| format!("{}:{end}", self.state))
    }
}
