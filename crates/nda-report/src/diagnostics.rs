//! Diagnostics as text and as JSON.

use crate::sources::Input;
use nda_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, Span, render};
use serde_json::{Value, json};

/// All diagnostics of one source, rendered with excerpts.
#[must_use]
pub fn text(diagnostics: &[Diagnostic], input: &Input, color: bool) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&render::render(diagnostic, &input.text, &input.origin, color));
        text.push_str("\n\n");
    }
    text
}

/// A span with the line and column of its start.
#[must_use]
pub fn span(span: Span, source: &str) -> Value {
    let (line, column) = span.line_column(source);
    json!({ "start": span.start, "end": span.end, "line": line, "column": column })
}

/// A secondary place.
#[must_use]
pub fn label(message: &str, place: Span, input: &Input) -> Value {
    json!({ "file": input.origin, "span": span(place, &input.text), "message": message })
}

/// A fix; `locate` gives the file of an edit and its place there.
#[must_use]
pub fn fix<'i>(fix: &Fix, locate: impl Fn(Span) -> (&'i Input, Span)) -> Value {
    let edit = |edit: &Edit| {
        let (input, place) = locate(edit.span);
        json!({ "file": input.origin, "span": span(place, &input.text), "text": edit.text })
    };
    let safety = if fix.safety == Safety::Safe { "safe" } else { "unsafe" };
    let edits: Vec<Value> = fix.edits.iter().map(edit).collect();
    json!({ "message": fix.message, "safety": safety, "edits": edits })
}

/// One diagnostic.
#[must_use]
pub fn one(diagnostic: &Diagnostic, input: &Input) -> Value {
    let source = &input.text;
    let labels: Vec<Value> =
        diagnostic.labels.iter().map(|found| label(&found.message, found.span, input)).collect();
    let fix = diagnostic.fix.as_ref().map(|found| fix(found, |span| (input, span)));
    json!({
        "code": diagnostic.code.as_str(),
        "severity": if diagnostic.severity == Severity::Error { "error" } else { "warning" },
        "message": diagnostic.message,
        "file": input.origin,
        "span": span(diagnostic.span, source),
        "label": diagnostic.label,
        "labels": labels,
        "notes": diagnostic.notes,
        "fix": fix,
    })
}

/// All diagnostics of one source.
#[must_use]
pub fn all(diagnostics: &[Diagnostic], input: &Input) -> Value {
    diagnostics.iter().map(|diagnostic| one(diagnostic, input)).collect()
}
