//! Traps with their way through the source.

use crate::target::Place;
use nda_diagnostics::render;
use nda_graph::{Hash, Trap};
use serde_json::{Value, json};

/// A trap for people: what happened, where, and how the run got there.
#[must_use]
pub fn text(trap: &Trap, place: &dyn Fn(Hash, u32) -> Option<Place>, color: bool) -> String {
    let (on, off) = if color { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    let mut text = format!("{on}trap{off}: {trap}\n");
    for (index, frame) in trap.frames.iter().enumerate() {
        let Some(place) = place(frame.definition, frame.node) else {
            text.push_str(&format!("  in #{} record {}\n", frame.definition.short(), frame.node));
            continue;
        };
        let (line, column) = place.span.line_column(&place.text);
        let word = if index == 0 { "in" } else { "called from" };
        text.push_str(&format!("  {word} {} at {}:{line}:{column}\n", place.function, place.origin));
        if index == 0 {
            text.push_str(&render::excerpt(place.span, &place.text));
        }
        if index == 15 && trap.frames.len() > 17 {
            text.push_str(&format!("  … and {} more calls\n", trap.frames.len() - 16));
            break;
        }
    }
    text
}

/// A trap for machines.
#[must_use]
pub fn json(trap: &Trap, place: &dyn Fn(Hash, u32) -> Option<Place>) -> Value {
    let backtrace: Vec<Value> = trap
        .frames
        .iter()
        .map(|frame| {
            let place = place(frame.definition, frame.node);
            let at = place.as_ref().map(|place| place.span.line_column(&place.text));
            json!({
                "function": place.as_ref().map(|place| place.function.as_str()),
                "hash": frame.definition.to_string(),
                "line": at.map(|at| at.0),
                "column": at.map(|at| at.1),
            })
        })
        .collect();
    let first = trap.frames.first().and_then(|frame| place(frame.definition, frame.node));
    json!({
        "kind": trap.kind.to_string(),
        "message": trap.message,
        "span": first.map(|place| crate::diagnostics::span(place.span, &place.text)),
        "backtrace": backtrace,
    })
}
