//! `search`: finding definitions by words, types, and facts.

use super::page::{self, Page};
use super::{Answer, Call, Tool, ToolError};
use crate::schema::{arguments, flag, list, may, must, object, result, text, text_or_null};
use crate::search::Wanted;
use nda_sitemap::Term;
use nda_sitemap::query::{Query, QueryLimits};
use serde::Deserialize;
use serde_json::{Value, json};

/// Definitions on a page.
const USUAL: usize = 20;

pub(super) const TOOL: Tool = Tool {
    name: "search",
    title: "Search definitions",
    description: "Find committed definitions before writing new ones. `words` are looked for in names, docs and signatures; `type` is part \
of a signature, such as `-> [f64]` or `(str, i64)`; `prefix` narrows to a module, such as `geo::`. Without any of them all names are \
listed. `facts` asks across definitions instead: triple patterns joined by ` . `, such as \
`?name is ?f . ?f calls ?g . \"tax\" is ?g` (comparisons: `?x < 3`; predicates: is, kind, type, takes, gives, calls, refers, of_type, uses, host, prints, panics, \
example). Long lists come in pages: pass `next_cursor` back as `cursor`. Then use `describe`.",
    arguments: || {
        let [limit, cursor] = page::asked(USUAL);
        arguments([
            may("words", text("Words, all of which must be found")),
            may("type", text("Part of the signature")),
            may("prefix", text("What the full name starts with")),
            may("facts", text("Triple patterns; the other filters do not apply")),
            limit,
            cursor,
        ])
    },
    result: || {
        let hit = object([
            must("name", text("Full path")),
            must("hash", text("The beginning of its name for ever")),
            must("kind", text("function, constant or type")),
            must("headline", text("Declaration")),
            must("docs", text("First line")),
        ]);
        result(
            &["found"],
            [
                may("base", text_or_null("The head that was searched")),
                may("hits", list(hit)),
                may("total", crate::schema::count()),
                may("variables", list(text("Of `facts`"))),
                may("rows", list(list(text("Texts, and #hashes")))),
                may("complete", flag()),
                page::next_cursor(),
            ],
        )
    },
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    #[serde(default)]
    words: String,
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    prefix: String,
    facts: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let snapshot = call.house.snapshot()?;
    let base = snapshot.head(call.house.branch())?.map(|head| head.short());
    let root = snapshot.root(call.house.branch())?;
    let page = Page::read(asked.cursor.as_deref(), asked.limit, USUAL, &root)?;
    if let Some(facts) = &asked.facts {
        let wrong = |error: &dyn std::fmt::Display| {
            let next = "Write triple patterns such as `?name is ?f . ?f calls ?g`, joined by ` . `.";
            ToolError::new("bad_facts", error, next)
        };
        let query = Query::parse(facts).map_err(|error| wrong(&error))?;
        let limits =
            QueryLimits { rows: page.start.saturating_add(page.limit) as u64 + 1, ..QueryLimits::default() };
        let mut answer =
            snapshot.query(call.house.branch(), &query, limits).map_err(|error| wrong(&error))?;
        answer.rows.sort();
        let total = answer.rows.len();
        let rows: Vec<Vec<String>> =
            page.of(&answer.rows).map(|row| row.iter().map(shown).collect()).collect();
        return Ok(json!({
            "outcome": "found",
            "base": base,
            "variables": answer.variables,
            "next_cursor": page.next(rows.len(), total),
            "complete": answer.stopped.is_none(),
            "rows": rows,
        }));
    }
    let names = call.house.names(&snapshot)?;
    let found = names.find(&Wanted { words: &asked.words, signature: &asked.r#type, prefix: &asked.prefix });
    let hits: Vec<Value> = page
        .of(&found)
        .map(|(name, entry)| {
            json!({
                "name": name,
                "hash": entry.hash.short(),
                "kind": entry.kind,
                "headline": entry.headline,
                "docs": entry.docs,
            })
        })
        .collect();
    let next = match (found.is_empty(), hits.is_empty()) {
        (true, _) => "Nothing matches: try fewer or other words, or write it anew.",
        (false, true) => "There are no more.",
        _ => "`describe` what you want to use or change.",
    };
    Ok(json!({
        "outcome": "found",
        "base": base,
        "total": found.len(),
        "next_cursor": page.next(hits.len(), found.len()),
        "hits": hits,
        "next": next,
    }))
}

fn shown(term: &Term) -> String {
    match term {
        Term::Hash(hash) => format!("#{hash}"),
        Term::Text(text) => text.clone(),
    }
}
