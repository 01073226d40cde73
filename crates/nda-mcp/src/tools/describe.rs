//! `describe`: what an agent has to read to use or change one definition.

use super::{Answer, Call, Tool};
use crate::house::base_text;
use crate::resources::object_uri;
use crate::schema::{arguments, count, flag, integer, list, may, must, object, result, text, text_or_null};
use crate::search::kind_name;
use nda_graph::{DefinitionRef, Verifier};
use nda_report::{definition, slice, target};
use serde::Deserialize;
use serde_json::{Value, json};

/// Tokens, if nobody says.
const BUDGET: usize = 1_200;

/// Users that are named.
const USERS: usize = 20;

pub(super) const TOOL: Tool = Tool {
    name: "describe",
    title: "Describe a definition",
    description: "Everything needed to use or change one committed definition, within a budget of tokens: its declaration, docs, source \
(examples are in it as `#[example(…)]`), and the slice it relies on: the types it is made of and the declarations of what it calls, \
never their bodies. Also who uses it. Change the source, `submit` it, and `commit` it with the `base` that stands here. What did not fit \
into the budget is named under `omitted`; describe it by itself.",
    arguments: || {
        arguments([
            must("name", text("A full name, `geo::area`, or `#` and the beginning of a hash")),
            may("budget", integer("About how many tokens the answer may have, 1200 by default", 50, 100_000)),
            may(
                "source",
                json!({ "type": "boolean", "description": "false: only the declaration and docs" }),
            ),
        ])
    },
    result: || {
        let declaration = object([
            must("name", text("Full path")),
            must("hash", text("Its hash")),
            must("text", text("Declaration")),
        ]);
        result(
            &["found"],
            [
                may("base", text_or_null("The head it was read at; pass it to `commit`")),
                may("name", text_or_null("Full path")),
                may("hash", text("Its name for ever")),
                may("kind", text("function, constant or type")),
                may("headline", text("Declaration")),
                may("docs", text("Documentation")),
                may("source", text_or_null("As its author wrote it")),
                may("slice", list(declaration)),
                may("omitted", list(text("Names that did not fit"))),
                may("users", object([must("count", count()), must("names", list(text("Full path")))])),
                may("resource", text("URI of the object, which never changes")),
                may("truncated", flag()),
            ],
        )
    },
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    name: String,
    budget: Option<usize>,
    source: Option<bool>,
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let branch = call.house.branch();
    let snapshot = call.house.snapshot()?;
    let hash = target::stored(&asked.name, &snapshot, branch)?;
    let view = DefinitionRef::verify(snapshot.definition(&hash)?, &mut Verifier::default())?;
    let known = match snapshot.name(branch, &asked.name)? {
        Some(binding) => Some((asked.name.clone(), snapshot.metadata(&binding.metadata)?)),
        None => definition::metadata_of(&snapshot, branch, &hash)?,
    };
    let (name, metadata) = known.unzip();
    let headline = definition::stored(view, metadata.as_ref(), name.as_deref().unwrap_or("_"));
    let docs = metadata.as_ref().map_or("", |metadata| &metadata.docs);
    let mut room = asked.budget.unwrap_or(BUDGET).saturating_sub(slice::tokens(&headline));
    let mut source = None;
    let mut truncated = false;
    if asked.source != Some(false)
        && let Some(metadata) = &metadata
    {
        let own = metadata.source.trim_end();
        // Without all of its text a definition cannot be changed: it is all there, or none of it.
        match room.checked_sub(slice::tokens(own)) {
            Some(left) => {
                room = left;
                source = Some(own);
            }
            None => truncated = true,
        }
    }
    let around = slice::around(&snapshot, branch, hash, room)?;
    let users = snapshot.dependents(&hash)?;
    let mut named = Vec::new();
    for user in users.iter().take(USERS) {
        named.extend(snapshot.names_of(branch, user)?);
    }
    let declarations: Vec<Value> = around
        .declarations
        .iter()
        .map(|one| json!({ "name": one.name, "hash": one.hash.short().to_string(), "text": one.text }))
        .collect();
    let next = match (truncated, &source) {
        (true, _) => {
            let needed = metadata.as_ref().map_or(0, |metadata| slice::tokens(&metadata.source));
            format!("The source did not fit: ask again with `budget` {}.", needed + BUDGET)
        }
        (false, Some(_)) => {
            "To change it, `submit` the whole changed source, then `commit` it with this `base`.".to_owned()
        }
        (false, None) => "Call it as its declaration says.".to_owned(),
    };
    Ok(json!({
        "outcome": "found",
        "base": base_text(snapshot.head(branch)?),
        "name": name,
        "hash": hash.to_string(),
        "kind": kind_name(view.kind()),
        "headline": headline,
        // The source has them, too.
        "docs": if source.is_some() { "" } else { docs },
        "source": source,
        "slice": declarations,
        "omitted": around.omitted,
        "users": { "count": users.len(), "names": named },
        "resource": object_uri(&hash),
        "truncated": truncated,
        "next": next,
    }))
}
