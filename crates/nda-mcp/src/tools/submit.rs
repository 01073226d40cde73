//! `submit`: what the gate says about a text. It never writes.

use super::verdict::{self, Submitted};
use super::{Answer, Call, Tool, ToolError};
use crate::schema::{arguments, may, must, result, text};
use nda_gate::Verdict;
use serde::Deserialize;
use serde_json::json;

pub(super) const TOOL: Tool = Tool {
    name: "submit",
    title: "Check a text",
    description: "Check NDA source against the store: types, ownership, examples (they run), and everything at the head that depends on what \
changes. Writes nothing. Give whole items (`fn`, `struct`, `enum`, `const`, with their `///` docs and `#[example(…)]`); what is committed \
can be used by name without repeating it. `refused` comes with diagnostics: code, place, message, often a `fix`. `canonical` is the \
text as it will be kept. When it is `admitted`, `commit` the same text with the `base` given here.",
    arguments: || {
        arguments([
            must("source", text("Whole items of NDA")),
            may("module", text("The module they lie in, `geo::shapes`; the root by default")),
        ])
    },
    result: || result(&["admitted", "refused"], verdict::fields()),
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    source: String,
    module: Option<String>,
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let submitted = Submitted::new(asked.source, asked.module);
    let judged: Verdict = call.house.with_gate(&call.cancel, |gate| gate.submit_parts(&submitted.texts()))?;
    if call.cancel.is_cancelled() {
        return Err(ToolError::cancelled());
    }
    let mut report = submitted.json(&judged);
    report["next"] = json!(match (judged.is_admitted(), judged.definitions.is_empty()) {
        (true, true) => "There is nothing in it: give whole items, `fn name(…) { … }`.".to_owned(),
        (true, false) => "`commit` this text with this `base`; `run` tries it first.".to_owned(),
        (false, _) => verdict::repair(&judged),
    });
    Ok(report)
}
