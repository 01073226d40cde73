//! `commit`: a text that the gate admits becomes definitions with names. A base that is no longer true is a conflict.

use super::verdict::{self, Submitted};
use super::{Answer, Call, Tool, ToolError};
use crate::drafts::Draft;
use crate::house::base_text;
use crate::schema::{arguments, flag, list, may, must, object, result, text, text_or_null};
use nda_gate::{CommitError, Status, Verdict};
use nda_graph::Hash;
use nda_report::history;
use nda_sitemap::Snapshot;
use nda_sitemap::object::Kind;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::PoisonError;

/// Times a commit is judged anew because another came first. Each time somebody else has made progress.
const ATTEMPTS: usize = 20;

pub(super) const TOOL: Tool = Tool {
    name: "commit",
    title: "Commit a text",
    description: "Judge a text as `submit` does and, if it is admitted, commit its definitions under their names in one transaction: all or \
nothing. `base` is the one that `describe` or `submit` gave; it is needed when a name that exists changes. If somebody else changed one of \
these names since, the answer is `conflict` with what each name stands for now, and nothing is written. The text is kept in its canonical \
form.",
    arguments: || {
        arguments([
            may("source", text("Whole items of NDA")),
            may("draft", text("Instead of `source`: a draft that was finished; it ends")),
            must("message", text("Why, in one line")),
            may("module", text("The module they lie in; the root by default")),
            may("base", text_or_null("The head that the text was written against")),
        ])
    },
    result: || {
        let name = object([
            must("name", text("Full path")),
            must("base", text_or_null("What it stood for at `base`")),
            must("current", text_or_null("What it stands for now")),
        ]);
        let mut fields = vec![
            may("commit", text("The head now")),
            may("changed", flag()),
            may("names", list(name)),
            may("head", text_or_null("The head now")),
        ];
        fields.extend(verdict::fields());
        result(&["committed", "refused", "conflict"], fields)
    },
    writes: true,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    source: Option<String>,
    draft: Option<String>,
    message: String,
    module: Option<String>,
    base: Option<String>,
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let (source, module) = text_of(call, &asked)?;
    let submitted = Submitted::canonical(source, module);
    call.house.with_gate(&call.cancel, |gate| {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let submission = gate.examine_parts(&submitted.texts())?;
            let judged = &submission.verdict;
            if call.cancel.is_cancelled() {
                return Err(ToolError::cancelled());
            }
            if !judged.is_admitted() {
                let mut report = submitted.json(judged);
                report["next"] = json!(verdict::repair(judged));
                return Ok(report);
            }
            if judged.definitions.is_empty() {
                let next = "Give whole items, `fn name(…) { … }`.";
                return Err(ToolError::new("nothing", "there is nothing in this text to commit", next));
            }
            let snapshot = submission.snapshot().ok_or_else(no_store)?;
            if let Some(conflict) = stale(judged, snapshot, asked.base.as_deref(), call)? {
                return Ok(conflict);
            }
            match gate.commit(judged, &author(call), &asked.message) {
                Ok(committed) => {
                    if let Some(draft) = &asked.draft {
                        // It may have ended by itself.
                        let _ = call.house.drafts.close(draft);
                    }
                    let mut report = submitted.json(judged);
                    report["outcome"] = json!("committed");
                    report["commit"] = json!(committed.head.to_string());
                    report["changed"] = json!(committed.changed);
                    report["base"] = json!(committed.head.to_string());
                    report["next"] = json!("Done.");
                    return Ok(report);
                }
                Err(error) if !moved(&error) || attempts == ATTEMPTS => return Err(failed(&error)),
                // Another commit came between: what was judged is judged anew, against what is there now.
                Err(_) => {}
            }
        }
    })
}

/// What is to be committed, and the module it lies in.
fn text_of(call: &Call<'_>, asked: &Arguments) -> Result<(String, Option<String>), ToolError> {
    let next = "Give `source`, or the `draft` of a source.";
    match (&asked.source, &asked.draft) {
        (Some(source), None) => Ok((source.clone(), asked.module.clone())),
        (None, Some(name)) => {
            let kept = call.house.drafts.get(name)?;
            match &*kept.lock().unwrap_or_else(PoisonError::into_inner) {
                Draft::Text(draft) => Ok((draft.source(), draft.module())),
                Draft::Records(_) => {
                    Err(ToolError::new("bad_arguments", "records have no text to keep", next))
                }
            }
        }
        _ => Err(ToolError::new("bad_arguments", "either `source` or `draft`", next)),
    }
}

/// Names that the text changes and somebody else changed since `base`, as a conflict.
fn stale(
    judged: &Verdict,
    snapshot: &Snapshot,
    base: Option<&str>,
    call: &Call<'_>,
) -> Result<Option<Value>, ToolError> {
    let Some(head) = judged.head else { return Ok(None) };
    let changing = judged.definitions.iter().filter_map(|one| match one.status {
        Status::Changed { before } => Some((one, before)),
        _ => None,
    });
    let Some(base) = base else {
        let names: Vec<Value> = changing
            .map(|(one, before)| json!({ "name": one.name, "base": null, "current": before.to_string() }))
            .collect();
        if names.is_empty() {
            return Ok(None);
        }
        let next = "These names exist: `describe` them, make sure that your text is a change of theirs, and commit with that `base`.";
        return Ok(Some(conflict(names, head, next)));
    };
    let base = base.trim_start_matches('#');
    let (base, _) = snapshot.resolve(base, Some(Kind::Commit)).map_err(|error| {
        ToolError::new("unknown_base", error, "Pass the `base` that `describe` or `submit` gave.")
    })?;
    if base == head {
        return Ok(None);
    }
    let before = snapshot.commit(&base)?.root;
    let now = snapshot.root(call.house.branch())?;
    let theirs = history::changes(snapshot, &before, &now)?;
    let names: Vec<Value> = theirs
        .iter()
        .filter(|change| {
            let mine = judged.definition(&change.name);
            mine.is_some_and(|mine| change.after.map(|after| after.definition) != Some(mine.hash))
        })
        .map(|change| {
            let hash = |of: Option<nda_sitemap::names::Binding>| of.map(|of| of.definition.to_string());
            json!({ "name": change.name, "base": hash(change.before), "current": hash(change.after) })
        })
        .collect();
    let next = "Somebody changed these since: `describe` them again, bring your change into what stands there now, and commit with that `base`.";
    Ok((!names.is_empty()).then(|| conflict(names, head, next)))
}

fn conflict(names: Vec<Value>, head: Hash, next: &str) -> Value {
    json!({ "outcome": "conflict", "names": names, "head": base_text(Some(head)), "next": next })
}

/// Whether a commit failed only because the branch moved since the verdict.
fn moved(error: &CommitError) -> bool {
    use nda_sitemap::CommitError::{Conflict, Moved};
    matches!(error, CommitError::Store(Conflict(_) | Moved { .. }))
}

fn failed(error: &CommitError) -> ToolError {
    match error {
        CommitError::NoStore => no_store(),
        error => ToolError::new(
            "not_committed",
            error,
            "Nothing was written. Submit again; if it stays so, tell the user.",
        ),
    }
}

fn no_store() -> ToolError {
    ToolError::new("no_store", "there is no store to commit to", "Tell the user to make one with `nda init`.")
}

/// The server's owner says who commits; whoever calls is only noted.
fn author(call: &Call<'_>) -> String {
    let author = &call.house.options.author;
    match &call.client {
        Some(client) => format!("{author} via {client}"),
        None => author.clone(),
    }
}
