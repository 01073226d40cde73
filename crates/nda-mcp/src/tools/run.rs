//! `run`: a committed definition, a function of a text that is not committed, or an expression.

use super::verdict::{self, Submitted};
use super::{Answer, Call, Tool, ToolError};
use crate::schema::{anything, arguments, count, integer, list, may, result, text, text_or_null};
use nda_diagnostics::nearest;
use nda_engine::{Grants, Limits, NdaJitSandbox, RunOptions};
use nda_gate::Gate;
use nda_report::run::ArgumentError;
use nda_report::sources::{Input, Sources};
use nda_report::target::{self, Target};
use nda_report::{self as report};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// The longest a run may ask for, and what it gets if it does not ask, in milliseconds.
const MOST_MS: u64 = 600_000;
const STANDARD_MS: u64 = 10_000;
/// The most fuel a run may ask for.
const MOST_FUEL: u64 = 100_000_000_000;

pub(super) const TOOL: Tool = Tool {
    name: "run",
    title: "Run a function",
    description: "Run in the sandbox, under limits; changes nothing. One of: `name` of a committed function with `args`; `source` with `name` of \
a function in it, to try a text before it is committed; or `expression`, which may call committed definitions: `discount(120.0, 0.5)`. \
`args` are NDA literals as texts, one for each parameter: `3`, `-2.5`, `true`, `\"text\"`, `[1, 2]`. The answer is `value`, or `trap` with its \
kind, place and backtrace, with what was printed and used. Long runs report progress and can be cancelled.",
    arguments: || {
        arguments([
            may("name", text("A function: a full name, `#` and a hash, or one that `source` defines")),
            may("source", text("Items of NDA that need not be committed")),
            may("module", text("The module of `source`")),
            may("expression", text("Instead of a name")),
            may("args", list(text("An NDA literal"))),
            may("fuel", integer("The most fuel, 100 million by default", 1, MOST_FUEL)),
            may("deadline_ms", integer("The longest, 10 seconds by default", 1, MOST_MS)),
            may("seed", integer("What random numbers come from, 0 by default", 0, u64::MAX)),
        ])
    },
    result: || {
        let trap = json!({
            "type": ["object", "null"],
            "description": "`kind`, `message`, `span`, `backtrace[]` of `function`, `hash`, `line`, `column`",
        });
        let fields = [
            may("type", text_or_null("Of the value")),
            may("value", text_or_null("As NDA writes it")),
            may("trap", trap),
            may("output", list(text("A printed line"))),
            may("fuel", count()),
            may("peak_bytes", count()),
            may("depth", count()),
            may("tier", text("")),
            may("seed", count()),
            may("times_us", anything("")),
            verdict::diagnostics(),
        ];
        result(&["value", "trap", "refused"], fields)
    },
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    name: Option<String>,
    source: Option<String>,
    module: Option<String>,
    expression: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    fuel: Option<u64>,
    deadline_ms: Option<u64>,
    #[serde(default)]
    seed: u64,
}

/// What to run, or the answer if it cannot.
enum Found {
    Ready(Target),
    Refused(serde_json::Value),
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    let branch = call.house.branch();
    let found = call.house.with_gate(&call.cancel, |gate| find(call, gate, &asked))?;
    let target = match found {
        Found::Ready(target) => target,
        Found::Refused(report) => return Ok(report),
    };
    let shown = asked.name.as_deref().unwrap_or("the expression");
    let definition = target.definition(branch).ok_or_else(|| {
        ToolError::new("unknown_name", format!("`{shown}` cannot be read"), "Use `search` to find another.")
    })?;
    if let Some(value) = report::run::constant(&definition) {
        return Ok(report::run::constant_json(&value, &definition));
    }
    let given: Vec<&str> = asked.args.iter().map(String::as_str).collect();
    let args = report::run::arguments(shown, definition.view(), &given).map_err(|error| {
        let next = match error {
            ArgumentError::Generic(_) => format!("Give `expression`: `{shown}(…)`."),
            _ => format!("Give `args` for {}, each an NDA literal as a text.", definition.view().signature()),
        };
        ToolError::new("bad_arguments", error, next)
    })?;
    let standard = Limits::default();
    let options = RunOptions {
        limits: Limits { fuel: asked.fuel.unwrap_or(standard.fuel).min(MOST_FUEL), ..standard },
        grants: Grants::only(call.house.options.grants.iter().cloned()),
        deadline: Some(Duration::from_millis(asked.deadline_ms.unwrap_or(STANDARD_MS).min(MOST_MS))),
        cancel: Some(call.cancel.clone()),
        seed: asked.seed,
        ..RunOptions::default()
    };
    let ran = target.with_library(branch, |library| {
        NdaJitSandbox::new(&call.house.options.engine, library).run(target.hash(), &args, &options)
    });
    if call.cancel.is_cancelled() {
        return Err(ToolError::cancelled());
    }
    let run = ran.map_err(|refused| {
        let next = "Run something else; what a run is granted, the server's owner decides.";
        ToolError::new("not_run", refused, next)
    })?;
    let mut answer = report::run::json(&run, &target, branch);
    if let Err(trap) = &run.outcome.result {
        answer["next"] = json!(format!(
            "{} is what the program does with these arguments: repair its source, or call it otherwise.",
            trap.kind
        ));
    }
    Ok(answer)
}

fn find(call: &Call<'_>, gate: &mut Gate, asked: &Arguments) -> Result<Found, ToolError> {
    let usage = |message: &str| {
        let next = "Give `name` and `args`, `source` with `name` and `args`, or `expression` alone.";
        ToolError::new("bad_arguments", message, next)
    };
    match (&asked.name, &asked.source, &asked.expression) {
        (Some(name), None, None) => {
            let snapshot = call.house.snapshot()?;
            let hash = target::stored(name, &snapshot, call.house.branch())?;
            Ok(Found::Ready(Target::Stored { snapshot, hash }))
        }
        (Some(name), Some(source), None) => {
            let submitted = Submitted::new(source.clone(), asked.module.clone());
            let submission = gate.examine_parts(&submitted.texts())?;
            let judged = &submission.verdict;
            if !judged.is_admitted() {
                let mut report = submitted.json(judged);
                report["next"] = json!(verdict::repair(judged));
                return Ok(Found::Refused(report));
            }
            let full = submitted.full_name(name);
            let Some(found) = judged.definition(name).or_else(|| judged.definition(&full)) else {
                let names = judged.definitions.iter().map(|judged| judged.name.as_str());
                let near =
                    nearest(name, names).map_or_else(String::new, |near| format!("; there is `{near}`"));
                return Err(usage(&format!("`source` does not define `{name}`{near}")));
            };
            let hash = found.hash;
            let sources = submitted.sources;
            let submission = Box::new(submission);
            Ok(Found::Ready(Target::Submitted { sources, submission, hash, spans: Vec::new() }))
        }
        (None, None, Some(expression)) => {
            let (submission, checked) = gate.expression(expression)?;
            let input = Input { origin: "expression".to_owned(), text: expression.clone() };
            let sources = Sources::one(input);
            let Some(checked) = checked.filter(|_| submission.verdict.is_admitted()) else {
                let judged = &submission.verdict;
                let found = sources.json(&judged.diagnostics);
                let next = verdict::repair(judged);
                return Ok(Found::Refused(
                    json!({ "outcome": "refused", "diagnostics": found, "next": next }),
                ));
            };
            let (hash, spans) = (checked.hash, checked.spans);
            Ok(Found::Ready(Target::Submitted { sources, submission: Box::new(submission), hash, spans }))
        }
        (None, Some(_), None) => Err(usage("`source` needs the `name` of a function in it")),
        (None, None, None) => Err(usage("nothing to run")),
        (_, _, Some(_)) => Err(usage("`expression` stands alone")),
    }
}
