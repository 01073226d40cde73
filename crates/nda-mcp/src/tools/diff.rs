//! `diff`: the names that stand for something else in one commit than in another.

use super::page::{self, Page};
use super::{Answer, Call, Tool};
use crate::schema::{arguments, count, list, may, must, object, result, text, text_or_null};
use nda_graph::{DefinitionRef, Verifier};
use nda_report::{definition, history};
use nda_sitemap::Snapshot;
use nda_sitemap::names::Binding;
use serde::Deserialize;
use serde_json::{Value, json};

/// Changes on a page.
const USUAL: usize = 50;

pub(super) const TOOL: Tool = Tool {
    name: "diff",
    title: "Compare commits",
    description: "The names whose meaning differs between two commits, with hash and declaration before and after; `null` where there was \
none. A commit is a branch, `HEAD`, `HEAD~3` or `#HASH`. By default what the last commit changed. Layout, comments and renamed variables are \
no difference.",
    arguments: || {
        let [limit, cursor] = page::asked(USUAL);
        let (from, to) = (text("HEAD~1 by default"), text("HEAD by default"));
        arguments([may("from", from), may("to", to), limit, cursor])
    },
    result: || {
        let change = object([
            must("name", text("Full path")),
            must("before", text_or_null("Hash")),
            must("after", text_or_null("Hash")),
            must("before_headline", text_or_null("Declaration")),
            must("after_headline", text_or_null("Declaration")),
        ]);
        result(&["found"], [may("changes", list(change)), may("total", count()), page::next_cursor()])
    },
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    from: Option<String>,
    to: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let branch = call.house.branch();
    let snapshot = call.house.snapshot()?;
    let before = history::root(asked.from.as_deref().unwrap_or("HEAD~1"), &snapshot, branch)?;
    let after = history::root(asked.to.as_deref().unwrap_or("HEAD"), &snapshot, branch)?;
    let changes = history::changes(&snapshot, &before, &after)?;
    let page = Page::read(asked.cursor.as_deref(), asked.limit, USUAL, &after)?;
    let mut shown: Vec<Value> = Vec::new();
    for change in page.of(&changes) {
        let mut one = history::change_json(change);
        one["before_headline"] = headline(&snapshot, &change.name, change.before);
        one["after_headline"] = headline(&snapshot, &change.name, change.after);
        shown.push(one);
    }
    Ok(json!({
        "outcome": "found",
        "total": changes.len(),
        "next_cursor": page.next(shown.len(), changes.len()),
        "changes": shown,
    }))
}

/// A declaration; `null` for what is not there or cannot be read.
fn headline(snapshot: &Snapshot, name: &str, binding: Option<Binding>) -> Value {
    let Some(binding) = binding else { return Value::Null };
    let Ok(bytes) = snapshot.definition(&binding.definition) else { return Value::Null };
    let Ok(view) = DefinitionRef::verify(bytes, &mut Verifier::default()) else { return Value::Null };
    let metadata = snapshot.metadata(&binding.metadata).ok();
    json!(definition::stored(view, metadata.as_ref(), name))
}
