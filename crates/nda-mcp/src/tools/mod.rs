//! The tools, one file each: its schemas, its work, what it gives.

mod commit;
mod describe;
mod diff;
mod draft;
mod history;
mod page;
mod run;
mod search;
mod submit;
mod verdict;

use crate::house::House;
use nda_engine::CancelHandle;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// For the model: what it does and when to use it. Clients cut it at 2 KB.
    pub(crate) description: &'static str,
    pub(crate) arguments: fn() -> Value,
    pub(crate) result: fn() -> Value,
    /// Whether it changes the store.
    pub(crate) writes: bool,
    pub(crate) call: fn(&Call<'_>) -> Answer,
}

/// All of them, in the order in which an agent meets them.
pub(crate) const ALL: [&Tool; 8] = [
    &search::TOOL,
    &describe::TOOL,
    &submit::TOOL,
    &draft::TOOL,
    &run::TOOL,
    &commit::TOOL,
    &history::TOOL,
    &diff::TOOL,
];

/// One call of a tool.
pub(crate) struct Call<'c> {
    pub(crate) house: &'c House,
    pub(crate) arguments: Map<String, Value>,
    /// Whoever calls, as they say.
    pub(crate) client: Option<String>,
    pub(crate) cancel: CancelHandle,
}

/// A result that fits the tool's schema, or why there is none.
pub(crate) type Answer = Result<Value, ToolError>;

/// Why a tool could not do its work, in a form that fits every tool's schema.
#[derive(Debug)]
pub(crate) struct ToolError {
    /// One word for programs.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// What the model should do about it.
    pub(crate) next: String,
}

impl ToolError {
    pub(crate) fn new(code: &'static str, message: impl ToString, next: impl Into<String>) -> Self {
        Self { code, message: message.to_string(), next: next.into() }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "outcome": "error",
            "error": { "code": self.code, "message": self.message },
            "next": self.next,
        })
    }

    /// Stopped by whoever asked for it.
    pub(crate) fn cancelled() -> Self {
        Self::new(
            "cancelled",
            "the call was cancelled; nothing was written",
            "Call again if you still want it.",
        )
    }
}

/// The outside world failed: nothing that the model said was wrong.
macro_rules! outside {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for ToolError {
            fn from(error: $error) -> Self {
                Self::new("store", error, "The store could not be read. Tell the user; trying again may help.")
            }
        }
    )*};
}

outside!(
    nda_sitemap::ReadError,
    nda_sitemap::storage::StorageError,
    nda_sitemap::DependencyError,
    nda_gate::GateError,
    nda_graph::FormatError,
    nda_report::slice::SliceError,
);

impl From<nda_report::target::NotFound> for ToolError {
    fn from(error: nda_report::target::NotFound) -> Self {
        use nda_report::target::NotFound;
        match error {
            NotFound::Read(error) => error.into(),
            error => Self::new("unknown_name", error, "Use `search` to find the name."),
        }
    }
}

impl From<nda_report::history::RevisionError> for ToolError {
    fn from(error: nda_report::history::RevisionError) -> Self {
        use nda_report::history::RevisionError;
        match error {
            RevisionError::Read(error) => error.into(),
            error => {
                let next = "Name a commit as HEAD, HEAD~1, #HASH or a branch; `history` lists commits.";
                Self::new("unknown_commit", error, next)
            }
        }
    }
}

impl Call<'_> {
    /// The arguments as the tool's own type.
    pub(crate) fn read<A: DeserializeOwned>(&self) -> Result<A, ToolError> {
        serde_json::from_value(Value::Object(self.arguments.clone())).map_err(|error| {
            ToolError::new("bad_arguments", error, "Call again with arguments that fit the tool's schema.")
        })
    }
}
