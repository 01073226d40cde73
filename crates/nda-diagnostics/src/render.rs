//! Diagnostics as people read them. Machines get the `Serialize` form of [`Diagnostic`].

use crate::{Diagnostic, Severity, Span};
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

/// The longest line that is shown whole, and the longest part of one that is underlined, in bytes: a source may be one
/// line of megabytes.
const LONGEST: usize = 1_000;

/// Renders one diagnostic with excerpts of `source`, as rustc does. `origin` is the file name to show.
#[must_use]
pub fn render(diagnostic: &Diagnostic, source: &str, origin: &str, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut snippet = Snippet::source(source).path(origin).annotation(
        AnnotationKind::Primary.span(shown(diagnostic.span, source)).label(some(&diagnostic.label)),
    );
    let column = |at: usize| at - line(at, source).start;
    let primary = column(range(diagnostic.span, source).start);
    // All that is underlined shares one window of columns, which a label far off would stretch over all between.
    let (near, far): (Vec<_>, Vec<_>) = diagnostic
        .labels
        .iter()
        .partition(|label| column(range(label.span, source).start).abs_diff(primary) <= LONGEST);
    for label in near {
        snippet = snippet
            .annotation(AnnotationKind::Context.span(shown(label.span, source)).label(some(&label.message)));
    }
    let far: Vec<String> = far
        .into_iter()
        .map(|label| {
            let (line, column) = label.span.line_column(source);
            format!("{} at {line}:{column}", label.message)
        })
        .collect();
    let mut group =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str()).element(snippet);
    for note in &far {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    let mut report = vec![group];
    if let Some(fix) = &diagnostic.fix {
        let title = Level::HELP.secondary_title(fix.message.as_str());
        let places: Vec<_> = fix.edits.iter().map(|edit| range(edit.span, source)).collect();
        // What changes is shown with its whole lines, so not where these are beyond reading.
        report.push(if places.iter().all(|place| line(place.start, source).len() <= LONGEST) {
            let edits = places.into_iter().zip(&fix.edits);
            let patches = edits.map(|(place, edit)| Patch::new(place, edit.text.as_str()));
            title.element(Snippet::source(source).path(origin).patches(patches))
        } else {
            Group::with_title(title)
        });
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report)
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The span as a range inside the source, on character boundaries: a renderer must not panic on any span.
fn range(span: Span, source: &str) -> std::ops::Range<usize> {
    let start = floor(span.start as usize, source);
    start..floor(span.end as usize, source).max(start)
}

/// The last character boundary up to here.
fn floor(at: usize, source: &str) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The part of the span that is underlined.
fn shown(span: Span, source: &str) -> std::ops::Range<usize> {
    let place = range(span, source);
    if place.len() <= LONGEST || source[place.clone()].contains('\n') {
        return place;
    }
    let end = floor(place.start + LONGEST, source);
    place.start..end
}

/// The line around a place.
fn line(at: usize, source: &str) -> std::ops::Range<usize> {
    let start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
    start..source[at..].find('\n').map_or(source.len(), |newline| at + newline)
}

/// The line that holds the start of `span`, with carets under the part of it that the span covers; of a line beyond
/// reading, what stands around that.
#[must_use]
pub fn excerpt(span: Span, source: &str) -> String {
    let place = shown(span, source);
    let mut around = line(place.start, source);
    if around.len() > LONGEST {
        around.start = floor(place.start.saturating_sub(LONGEST / 10).max(around.start), source);
        around.end = floor((around.start + LONGEST).min(around.end), source);
    }
    let start = around.start;
    let line = source[around].trim_end_matches('\r');
    let (number, _) = span.line_column(source);
    let before = source[start..place.start].chars().count();
    let covered = source[place.start..place.end.min(start + line.len()).max(place.start)].chars().count();
    let gutter = " ".repeat(number.to_string().len());
    let carets = "^".repeat(covered.max(1));
    format!("    {number} | {line}\n    {gutter} | {}{carets}\n", " ".repeat(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Edit, Fix, Label, Safety};

    #[test]
    fn a_line_of_megabytes_is_not_repeated() {
        let source = format!("fn main() {{ {}é{} }}\nlast\n", "x".repeat(1 << 20), "y".repeat(1 << 20));
        let middle = Span::new(12 + (1 << 20), 14 + (1 << 20));
        for span in [Span::new(0, source.len() as u32), Span::new(0, 2 << 20), middle] {
            let mut diagnostic = Diagnostic::new(Code::TypeMismatch, span, "wrong".to_owned());
            let end = source.find('\n').expect("it has lines") as u32;
            diagnostic.labels.push(Label { span: Span::new(end - 1, end), message: "it ends".to_owned() });
            diagnostic.fix = Some(Fix {
                message: "write it otherwise".to_owned(),
                safety: Safety::Safe,
                edits: vec![Edit { span, text: "z".to_owned() }],
            });
            let rendered = render(&diagnostic, &source, "a.nda", false);
            assert!(rendered.len() < 20_000, "{} bytes", rendered.len());
            assert!(
                rendered.contains("write it otherwise") && rendered.contains("it ends at 1:"),
                "{rendered}"
            );
            let excerpt = excerpt(span, &source);
            assert!(excerpt.len() < 4 * LONGEST && excerpt.contains('^'), "{} bytes", excerpt.len());
        }
    }
}
