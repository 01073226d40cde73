//! A draft of source: each piece is checked with all that stands before it, what is open being closed with `todo!()`.

use super::{MOST_BYTES, MOST_PIECES};
use nda_diagnostics::{Code, Diagnostic};
use nda_gate::{Gate, GateError, Text, Verdict};
use nda_graph::{DefinitionRef, Verifier};
use nda_report::sources::{Input, Sources};
use nda_syntax::{Unfinished, unfinished};
use serde_json::{Value, json};

/// What a text that is not at its end yet may still lack, and will be held against when it is whole.
const LATER: [Code; 4] = [Code::CannotInfer, Code::ExampleFalse, Code::ExampleTraps, Code::TooFewExamples];

/// The text so far, in the pieces it came in.
pub(crate) struct TextDraft {
    module: Option<String>,
    pieces: Vec<String>,
}

/// What became of a piece.
pub(crate) enum Piece {
    /// It stands now. What is known of the text so far.
    Accepted(Value),
    /// It does not fit, and nothing changed: why, for the model and as diagnostics, and what the text was before.
    Refused {
        /// In a sentence.
        reason: String,
        /// Their places are those of the text with the piece.
        diagnostics: Value,
    },
}

impl TextDraft {
    pub(crate) fn new(module: Option<String>) -> Self {
        Self { module, pieces: Vec::new() }
    }

    pub(crate) fn module(&self) -> Option<String> {
        self.module.clone()
    }

    /// All of it.
    pub(crate) fn source(&self) -> String {
        self.pieces.concat()
    }

    pub(crate) fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Takes the last piece back; what it was.
    pub(crate) fn undo(&mut self) -> Option<String> {
        self.pieces.pop()
    }

    /// Takes a piece, if it fits.
    pub(crate) fn add(&mut self, gate: &mut Gate, piece: &str) -> Result<Piece, GateError> {
        let refused = |reason: &str| Piece::Refused { reason: reason.to_owned(), diagnostics: json!([]) };
        let mut source = self.source();
        if source.len() + piece.len() > MOST_BYTES || self.pieces.len() >= MOST_PIECES {
            return Ok(refused("the draft is full: finish it, and begin another"));
        }
        let mut piece = piece.to_owned();
        if !piece.ends_with('\n') {
            piece.push('\n');
        }
        source += &piece;
        let answer = self.check(gate, &source)?;
        if matches!(answer, Piece::Accepted(_)) {
            self.pieces.push(piece);
        }
        Ok(answer)
    }

    /// What is known of the text so far.
    pub(crate) fn state(&self, gate: &mut Gate) -> Result<Value, GateError> {
        match self.check(gate, &self.source())? {
            Piece::Accepted(state) => Ok(state),
            // What it refers to has changed since.
            Piece::Refused { diagnostics, .. } => Ok(json!({ "diagnostics": diagnostics })),
        }
    }

    fn check(&self, gate: &mut Gate, source: &str) -> Result<Piece, GateError> {
        let Some(open) = unfinished(source) else {
            return Ok(Piece::Refused {
                reason: "a piece ends behind `;`, `{`, `}` or an arm's `,`: give the whole statement, and the last expression of an inner \
block together with its `}`"
                    .to_owned(),
                diagnostics: json!([]),
            });
        };
        // Holes are not to be tried.
        gate.probes = open.is_whole();
        let mut first = None;
        for completion in open.completions() {
            let whole = format!("{source}{completion}");
            let module = self.module.as_deref().unwrap_or_default();
            let verdict = gate.submit_parts(&[Text { module, text: &whole }])?;
            let errors: Vec<&Diagnostic> = verdict
                .diagnostics
                .iter()
                .filter(|found| found.is_error() && (open.is_whole() || !LATER.contains(&found.code)))
                .collect();
            if errors.is_empty() {
                return Ok(Piece::Accepted(known(&verdict, source, &open)));
            }
            // Of several endings the one that says most about what was written.
            let own = errors.iter().filter(|found| (found.span.start as usize) < source.len()).count();
            if first.as_ref().is_none_or(|&(before, _, _): &(usize, _, _)| own > before) {
                let input = Input { origin: "draft".to_owned(), text: verdict.source.clone() };
                let shown: Vec<Diagnostic> = errors.into_iter().cloned().collect();
                let reason = shown.first().map(|found| found.message.clone()).unwrap_or_default();
                first = Some((own, reason, json!(Sources::one(input).json(&shown))));
            }
        }
        let (_, reason, diagnostics) = first.unwrap_or_default();
        Ok(Piece::Refused { reason, diagnostics })
    }
}

/// What is known of the definitions so far, and of the place where the text ends.
fn known(verdict: &Verdict, source: &str, open: &Unfinished) -> Value {
    let mut definitions = Vec::new();
    let mut variables = Vec::new();
    let mut hole = Value::Null;
    for judged in &verdict.definitions {
        let view = judged.definition.view();
        let is_open = judged.span.end as usize > source.trim_end().len() && !open.is_whole();
        let mut one = json!({ "name": judged.name, "signature": view.signature().to_string() });
        if is_open {
            hole =
                json!({ "in": judged.name, "gives": view.types().show(view.signature().ret()).to_string() });
            let mut verifier = Verifier::default();
            if let Ok(view) = DefinitionRef::verify(judged.definition.bytes(), &mut verifier) {
                for (name, &ty) in judged.slots.iter().zip(verifier.slot_types()) {
                    if name.start < name.end && open.sees(name.start) {
                        let ty = view.types().show(ty);
                        variables.push(json!(format!("{}: {ty}", name.text(&verdict.source))));
                    }
                }
            }
        } else {
            one["hash"] = json!(judged.hash.to_string());
        }
        definitions.push(one);
    }
    json!({ "definitions": definitions, "variables": variables, "hole": hole, "open": open.depth() })
}
