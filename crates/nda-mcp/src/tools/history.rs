//! `history`: commits, or what happened to one name.

use super::page::{self, Page};
use super::{Answer, Call, Tool, ToolError};
use crate::schema::{arguments, count, list, may, must, object, result, text, text_or_null};
use nda_report::history;
use serde::Deserialize;
use serde_json::{Value, json};

/// Commits on a page.
const USUAL: usize = 20;

pub(super) const TOOL: Tool = Tool {
    name: "history",
    title: "List commits",
    description: "Commits, the newest first: who, when, why. With `name` only those that changed what it stands for, with its hash before and \
after; `describe` takes such a hash as `#HASH`, so earlier versions can be read and committed again.",
    arguments: || {
        let [limit, cursor] = page::asked(USUAL);
        arguments([may("name", text("A full name")), limit, cursor])
    },
    result: || {
        let commit = object([
            must("commit", text("Hash")),
            must("parents", list(text("Hash"))),
            must("time", text("ISO 8601, UTC")),
            must("author", text("")),
            must("message", text("")),
            must("admitted", count()),
            may("before", text_or_null("The name's hash before it")),
            may("after", text_or_null("And after it")),
        ]);
        result(&["found"], [may("commits", list(commit)), page::next_cursor()])
    },
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    name: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let branch = call.house.branch();
    let snapshot = call.house.snapshot()?;
    let Some(head) = snapshot.head(branch)? else {
        return Ok(
            json!({ "outcome": "found", "commits": [], "next_cursor": null, "next": "Nothing is committed yet." }),
        );
    };
    let page = Page::read(asked.cursor.as_deref(), asked.limit, USUAL, &head)?;
    let most = page.start.saturating_add(page.limit + 1);
    let mut commits: Vec<Value> = Vec::new();
    match &asked.name {
        None => {
            let log = snapshot.log(&head, most)?;
            commits.extend(log.iter().map(|(hash, commit)| history::commit_json(hash, commit)));
        }
        Some(name) => {
            for entry in snapshot.history(&head, name, most)? {
                let mut commit = history::commit_json(&entry.commit, &snapshot.commit(&entry.commit)?);
                commit["before"] = json!(entry.before.map(|binding| binding.definition.to_string()));
                commit["after"] = json!(entry.after.map(|binding| binding.definition.to_string()));
                commits.push(commit);
            }
            if commits.is_empty() {
                let message = format!("nothing was ever called `{name}` on branch `{branch}`");
                return Err(ToolError::new("unknown_name", message, "Use `search` to find the name."));
            }
        }
    }
    let total = commits.len();
    let shown: Vec<Value> = page.of(commits).collect();
    Ok(json!({ "outcome": "found", "next_cursor": page.next(shown.len(), total), "commits": shown }))
}
