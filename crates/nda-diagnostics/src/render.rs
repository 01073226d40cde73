//! Diagnostics as people read them. Machines get the `Serialize` form of [`Diagnostic`].

use crate::{Diagnostic, Severity, Span};
use annotate_snippets::{AnnotationKind, Level, Patch, Renderer, Snippet};

/// Renders one diagnostic with excerpts of `source`, as rustc does. `origin` is the file name to show.
#[must_use]
pub fn render(diagnostic: &Diagnostic, source: &str, origin: &str, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut snippet = Snippet::source(source).path(origin).annotation(
        AnnotationKind::Primary.span(range(diagnostic.span, source)).label(some(&diagnostic.label)),
    );
    for label in &diagnostic.labels {
        snippet = snippet
            .annotation(AnnotationKind::Context.span(range(label.span, source)).label(some(&label.message)));
    }
    let mut group =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str()).element(snippet);
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let mut report = vec![group];
    if let Some(fix) = &diagnostic.fix {
        let mut patched = Snippet::source(source).path(origin);
        for edit in &fix.edits {
            patched = patched.patch(Patch::new(range(edit.span, source), edit.text.as_str()));
        }
        report.push(Level::HELP.secondary_title(fix.message.as_str()).element(patched));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report)
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The span as a range inside the source, on character boundaries: a renderer must not panic on any span.
fn range(span: Span, source: &str) -> std::ops::Range<usize> {
    let floor = |at: u32| {
        let mut at = (at as usize).min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// The line that holds the start of `span`, with carets under the part of it that the span covers.
#[must_use]
pub fn excerpt(span: Span, source: &str) -> String {
    let place = range(span, source);
    let start = source[..place.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = source[start..].lines().next().unwrap_or_default();
    let (number, _) = span.line_column(source);
    let before = source[start..place.start].chars().count();
    let covered = source[place.start..place.end.min(start + line.len()).max(place.start)].chars().count();
    let gutter = " ".repeat(number.to_string().len());
    let carets = "^".repeat(covered.max(1));
    format!("    {number} | {line}\n    {gutter} | {}{carets}\n", " ".repeat(before))
}
