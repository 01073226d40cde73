//! Several texts as one submission, and every place of a diagnostic brought back to its own.

use crate::diagnostics;
use nda_diagnostics::{Diagnostic, Fix, Span};
use nda_gate::{Text, Verdict};
use nda_syntax::parts::Parts;
use serde_json::Value;

/// A source text and what to call it.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file as it was named, or `<stdin>`.
    pub origin: String,
    /// Its text.
    pub text: String,
}

impl Input {
    /// The same with its secrets masked, to be shown where no gate looked.
    #[must_use]
    pub fn masked(self) -> Self {
        let found = nda_secrets::Scanner::default().scan(&self.text);
        Self { text: nda_secrets::masked(&self.text, &found), ..self }
    }
}

/// The files of a submission, and where each begins in the text they make together.
pub struct Sources {
    /// At least one, in the order they were named; the files of a folder in the order of their paths.
    pub inputs: Vec<Input>,
    /// By file: the path of the module its items lie in.
    modules: Vec<String>,
    parts: Parts,
}

/// What a diagnostic says of other files than its own.
#[derive(Default)]
struct Elsewhere {
    labels: Vec<Value>,
    fix: Option<Value>,
}

impl Sources {
    /// Texts and, for each, the path of the module that its items lie in.
    #[must_use]
    pub fn new(inputs: Vec<Input>, modules: Vec<String>) -> Self {
        let texts = inputs.iter().zip(&modules);
        let parts = Parts::of(texts.map(|(input, module)| (module.as_str(), input.text.as_str())));
        Self { inputs, modules, parts }
    }

    /// One text at the root.
    #[must_use]
    pub fn one(input: Input) -> Self {
        Self::new(vec![input], vec![String::new()])
    }

    /// The same files with other texts.
    #[must_use]
    pub fn with_texts(&self, texts: Vec<String>) -> Self {
        let renewed = self.inputs.iter().zip(texts);
        let inputs = renewed.map(|(input, text)| Input { origin: input.origin.clone(), text }).collect();
        Self::new(inputs, self.modules.clone())
    }

    /// The same files with their texts as the verdict has them: without secrets.
    #[must_use]
    pub fn judged(&self, verdict: &Verdict) -> Self {
        let texts = self.inputs.iter().zip(self.parts.all()).map(|(input, part)| {
            let start = part.start as usize;
            verdict.source[start..start + input.text.len()].to_owned()
        });
        self.with_texts(texts.collect())
    }

    /// The texts and their modules, as the gate takes them.
    #[must_use]
    pub fn texts(&self) -> Vec<Text<'_>> {
        let texts = self.inputs.iter().zip(&self.modules);
        texts.map(|(input, module)| Text { module, text: &input.text }).collect()
    }

    /// The file's name, or how many there are.
    #[must_use]
    pub fn title(&self) -> String {
        match self.inputs.as_slice() {
            [input] => input.origin.clone(),
            inputs => format!("{} files", inputs.len()),
        }
    }

    /// The file that a place of the whole stands in.
    #[must_use]
    pub fn file_at(&self, at: u32) -> &Input {
        &self.inputs[self.parts.index_of(at)]
    }

    /// A place of the whole as one of its file.
    #[must_use]
    pub fn relative(&self, span: Span) -> (usize, Span) {
        self.parts.relative(span)
    }

    /// A diagnostic with the places it has in its own file, and apart from it what is said of other files.
    fn locate(&self, found: &Diagnostic) -> (usize, Diagnostic, Elsewhere) {
        let index = self.parts.index_of(found.span.start);
        let is_here = |span: Span| self.parts.index_of(span.start) == index;
        let mut own = found.clone();
        let (here, other): (Vec<_>, Vec<_>) = own.labels.into_iter().partition(|label| is_here(label.span));
        own.labels = here;
        let fix = own.fix.take_if(|fix| !fix.edits.iter().all(|edit| is_here(edit.span)));
        own.shift_back(self.parts.all()[index].start);
        let mut elsewhere = Elsewhere::default();
        for label in other {
            own.notes.push(format!("{}: {}", label.message, self.place(label.span)));
            let (other, span) = self.relative(label.span);
            elsewhere.labels.push(diagnostics::label(&label.message, span, &self.inputs[other]));
        }
        if let Some(fix) = fix {
            let edits: Vec<String> = fix
                .edits
                .iter()
                .map(|edit| format!("`{}` at {}", edit.text.trim(), self.place(edit.span)))
                .collect();
            own.notes.push(format!("{}: {}", fix.message, edits.join(", ")));
            elsewhere.fix = Some(self.fix(&fix));
        }
        (index, own, elsewhere)
    }

    /// `file:line:column`.
    fn place(&self, span: Span) -> String {
        let (index, span) = self.relative(span);
        let (line, column) = span.line_column(&self.inputs[index].text);
        format!("{}:{line}:{column}", self.inputs[index].origin)
    }

    fn fix(&self, fix: &Fix) -> Value {
        diagnostics::fix(fix, |span| {
            let (index, span) = self.relative(span);
            (&self.inputs[index], span)
        })
    }

    /// All diagnostics, for machines.
    #[must_use]
    pub fn json(&self, found: &[Diagnostic]) -> Value {
        let one = |found: &Diagnostic| {
            let (index, own, elsewhere) = self.locate(found);
            let mut value = diagnostics::one(&own, &self.inputs[index]);
            if let Some(labels) = value["labels"].as_array_mut() {
                labels.extend(elsewhere.labels);
            }
            if let Some(fix) = elsewhere.fix {
                value["fix"] = fix;
            }
            value
        };
        found.iter().map(one).collect()
    }

    /// All diagnostics, for people, with excerpts.
    #[must_use]
    pub fn text(&self, found: &[Diagnostic], color: bool) -> String {
        let mut text = String::new();
        for found in found {
            let (index, own, _) = self.locate(found);
            text.push_str(&diagnostics::text(&[own], &self.inputs[index], color));
        }
        text
    }
}
