//! Verdicts as text and as JSON.

use crate::definition::{headline, type_headline};
use crate::sources::Sources;
use crate::style::{Style, counted, micros};
use nda_gate::{Judged, JudgedExample, Probe, Rebuilt, Status, Verdict};
use nda_graph::Kind;
use serde_json::{Value, json};

/// A verdict for people: every definition and example, and what the stages cost.
#[must_use]
pub fn text(verdict: &Verdict, sources: &Sources, style: Style) -> String {
    let mut text = String::new();
    for judged in &verdict.definitions {
        one(&mut text, judged, &verdict.source, style, judged.status.name());
    }
    for rebuilt in &verdict.rebuilt {
        let way = if rebuilt.distance == 1 { "rebuilt" } else { "rebuilt, through others" };
        one(&mut text, &rebuilt.judged, &rebuilt.source, style, way);
    }
    let cost = &verdict.cost;
    let state = if verdict.is_admitted() { style.good("admitted") } else { style.bad("refused") };
    text.push_str(&format!(
        "{}: {state}, {} in {} (secrets {}, parse {}, check {}, compile {}, examples {}, probe {}; {} fuel, {} bytes at most)\n",
        sources.title(),
        counted(verdict.definitions.len(), "definition"),
        micros(cost.secrets_us + cost.parse_us + cost.check_us + cost.compile_us + cost.run_us + cost.probe_us),
        micros(cost.secrets_us),
        micros(cost.parse_us),
        micros(cost.check_us),
        micros(cost.compile_us),
        micros(cost.run_us),
        micros(cost.probe_us),
        cost.fuel,
        cost.peak_bytes,
    ));
    text
}

fn one(text: &mut String, judged: &Judged, source: &str, style: Style, status: &str) {
    let status = match judged.status {
        Status::Unchanged => style.dim(status),
        Status::New => style.good(status),
        Status::Changed { .. } => style.change(status),
    };
    let (parameters, _) = judged.variables(source);
    let line = match judged.definition.view().kind() {
        Kind::Type => type_headline(&judged.name, judged.definition.view()),
        kind => headline(
            &judged.name,
            &parameters,
            &judged.signature(),
            nda_gate::in_place(judged.span.text(source)),
            kind == Kind::Constant,
        ),
    };
    text.push_str(&format!("{status} {} {line}\n", style.dim(&format!("#{}", judged.hash.short()))));
    for example in &judged.examples {
        let mark = if example.passed { style.good("ok") } else { style.bad("no") };
        let sides = match &example.sides {
            Some((left, right)) if left.to_string() == right.to_string() => {
                format!("  {}", style.dim(&format!("both {left}")))
            }
            Some((left, right)) => format!("  {left} and {right}"),
            None => String::new(),
        };
        text.push_str(&format!("  {mark} {}{sides}\n", example.span.text(source)));
    }
    if let Some(change) = judged.probe.as_ref().and_then(|probe| probe.change.as_ref()) {
        let what = match change.differ {
            0 => style.dim(&format!("as before on {}", counted(change.compared as usize, "input"))),
            differ => {
                style.change(&format!("otherwise than before on {differ} of {} inputs", change.compared))
            }
        };
        text.push_str(&format!("  {what}\n"));
    }
}

/// A verdict for machines.
#[must_use]
pub fn json(verdict: &Verdict, sources: &Sources) -> Value {
    let sources = &sources.judged(verdict);
    let definitions: Vec<Value> = verdict
        .definitions
        .iter()
        .map(|judged| {
            let mut value = definition(judged, &verdict.source);
            value["file"] = json!(sources.file_at(judged.span.start).origin);
            value
        })
        .collect();
    let dependent = |rebuilt: &Rebuilt| {
        let mut value = definition(&rebuilt.judged, &rebuilt.source);
        value["distance"] = json!(rebuilt.distance);
        value
    };
    let rebuilt: Vec<Value> = verdict.rebuilt.iter().map(dependent).collect();
    let cost = &verdict.cost;
    json!({
        "files": sources.inputs.iter().map(|input| input.origin.as_str()).collect::<Vec<_>>(),
        "outcome": if verdict.is_admitted() { "admitted" } else { "refused" },
        "definitions": definitions,
        "rebuilt": rebuilt,
        "left": verdict.left,
        "policy": verdict.policy.map(|hash| hash.to_string()),
        "diagnostics": sources.json(&verdict.diagnostics),
        "cost": {
            "times_us": {
                "secrets": cost.secrets_us, "parse": cost.parse_us, "check": cost.check_us, "compile": cost.compile_us, "run": cost.run_us,
                "probe": cost.probe_us,
            },
            "probe_inputs": cost.probe_inputs,
            "probe_fuel": cost.probe_fuel,
            "fuel": cost.fuel,
            "peak_bytes": cost.peak_bytes,
            "source_bytes": cost.source_bytes,
            "definition_bytes": cost.definition_bytes,
            "nodes_compiled": cost.nodes_compiled,
            "examples_remembered": cost.examples_remembered,
        },
    })
}

/// One definition, for machines; `source` is the text that its spans refer to.
#[must_use]
pub fn definition(judged: &Judged, source: &str) -> Value {
    let examples: Vec<Value> = judged.examples.iter().map(|one| example(one, source)).collect();
    json!({
        "name": judged.name,
        "hash": judged.hash.to_string(),
        "status": judged.status.name(),
        "kind": match judged.definition.view().kind() {
            Kind::Constant => "constant",
            Kind::Type => "type",
            _ => "function",
        },
        "signature": judged.signature().to_string(),
        "examples": examples,
        "probe": judged.probe.as_ref().map(probe),
    })
}

fn probe(probe: &Probe) -> Value {
    let traps: Vec<Value> = probe
        .traps
        .iter()
        .map(|trap| {
            json!({
                "message": trap.message, "input": trap.input, "count": trap.count, "telling": trap.is_telling,
            })
        })
        .collect();
    json!({
        "inputs": probe.inputs,
        "planned": probe.planned,
        "unfinished": probe.unfinished,
        "fuel": probe.fuel,
        "traps": traps,
        "change": probe.change.as_ref().map(|change| {
            let example = change.example.as_ref().map(|(input, before, after)| {
                json!({ "input": input, "before": before, "after": after })
            });
            json!({ "compared": change.compared, "differ": change.differ, "example": example })
        }),
    })
}

fn example(example: &JudgedExample, source: &str) -> Value {
    json!({
        "text": example.span.text(source),
        "passed": example.passed,
        "left": example.sides.as_ref().map(|sides| sides.0.to_string()),
        "right": example.sides.as_ref().map(|sides| sides.1.to_string()),
        "fuel": example.outcome.fuel,
        "peak_bytes": example.outcome.peak_bytes,
        "remembered": example.remembered,
    })
}
