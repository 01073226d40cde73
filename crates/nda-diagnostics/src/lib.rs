//! What NDA says about a program that is wrong: places ([`Span`]), findings ([`Diagnostic`]) with permanent codes
//! ([`Code`]) and fixes that state how safe they are ([`Fix`]).
//!
//! This crate knows no other crate of NDA: not the syntax, not the types, not the store. A diagnostic is plain data;
//! how it looks to a person or a machine is the business of [`render`]. To add a code, add one line to the table in
//! [`codes`] and one page to `docs/errors/`; a test keeps the two together.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

pub mod codes;
pub mod render;
mod span;

pub use codes::Code;
pub use span::Span;

use serde::Serialize;

/// How bad a finding is. Only an [`Severity::Error`] refuses a submission.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The program is accepted; the author should look.
    Warning,
    /// The program is refused.
    Error,
}

/// One finding. The message makes sense alone, on one line; everything else helps to act on it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diagnostic {
    /// The permanent code, `E0203`.
    pub code: Code,
    /// Error or warning; fixed by the code.
    pub severity: Severity,
    /// One line that makes sense without the source.
    pub message: String,
    /// The most specific place that is wrong.
    pub span: Span,
    /// What stands under the primary place; empty if the message says it all.
    pub label: String,
    /// Other places that matter, each with its words.
    pub labels: Vec<Label>,
    /// Facts that help: rules, near names, both types.
    pub notes: Vec<String>,
    /// What to write instead, where that is known.
    pub fix: Option<Fix>,
}

/// A secondary place of a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// Why it matters.
    pub message: String,
}

/// A change to the source that answers the diagnostic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Fix {
    /// What the change does, as an instruction.
    pub message: String,
    /// The replacements, not overlapping, in source order.
    pub edits: Vec<Edit>,
    /// Whether a tool may apply it unasked.
    pub safety: Safety,
}

/// Replace the text at `span` by `text`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// Whether a fix keeps what the author meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// The fixed program means what the author evidently meant.
    Safe,
    /// A good guess; a person or model should look.
    Unsafe,
}

impl Diagnostic {
    /// A diagnostic with nothing but its headline; the builder methods below add the rest.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            span,
            label: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            fix: None,
        }
    }

    /// Says something under the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Moves every place `by` bytes on: the source now stands in a longer one.
    pub fn shift(&mut self, by: u32) {
        self.move_places(|span| Span::new(span.start.saturating_add(by), span.end.saturating_add(by)));
    }

    /// Makes every place one of the text that is the source from byte `origin` on; undoes [`Diagnostic::shift`].
    pub fn shift_back(&mut self, origin: u32) {
        self.move_places(|span| span.relative_to(origin));
    }

    fn move_places(&mut self, moved: impl Fn(Span) -> Span) {
        self.span = moved(self.span);
        self.labels.iter_mut().for_each(|label| label.span = moved(label.span));
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.edits);
        edits.for_each(|edit| edit.span = moved(edit.span));
    }

    /// Points at a second place.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Offers one replacement that a tool may apply unasked.
    #[must_use]
    pub fn fix(self, message: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.with_fix(message, span, text, Safety::Safe)
    }

    /// Offers one replacement that somebody should look at.
    #[must_use]
    pub fn guess(self, message: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.with_fix(message, span, text, Safety::Unsafe)
    }

    fn with_fix(
        mut self,
        message: impl Into<String>,
        span: Span,
        text: impl Into<String>,
        safety: Safety,
    ) -> Self {
        self.fix =
            Some(Fix { message: message.into(), edits: vec![Edit { span, text: text.into() }], safety });
        self
    }

    /// Whether it refuses the submission.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The candidate nearest to `name`, if it is near enough to be what the author meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= limit + 1)
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance in characters, a swap of neighbours counting one (optimal string alignment).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substitute = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substitute.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("lenght", ["length", "width"]), Some("length"));
        assert_eq!(nearest("pirnt", ["print", "panic"]), Some("print"));
        assert_eq!(nearest("x", ["y", "total"]), Some("y"));
        assert_eq!(nearest("total", ["mean", "width"]), None);
    }
}
