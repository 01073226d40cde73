//! A draft of records: each is accepted or refused as it comes, and what may come next is known exactly.

use super::{MOST_BYTES, MOST_PIECES};
use nda_graph::{Choice, Definition, Draft, Kind, Ty, listing};
use serde_json::{Map, Value, json};

/// The records so far, in the pieces they came in.
pub(crate) struct RecordDraft {
    /// Begun, with the names in scope and no record.
    begun: Draft,
    draft: Draft,
    pieces: Vec<String>,
    /// The names in scope, by how a record names them.
    scope: Vec<String>,
}

/// A line that does not fit.
pub(crate) struct Misfit {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) reason: String,
    /// What would have fitted there.
    pub(crate) expected: Value,
}

impl RecordDraft {
    /// A draft that was begun, with its names in scope.
    pub(crate) fn new(begun: Draft, scope: Vec<String>) -> Self {
        Self { draft: begun.clone(), begun, pieces: Vec::new(), scope }
    }

    pub(crate) fn count(&self) -> usize {
        self.pieces.len()
    }

    /// Takes lines, all or none.
    pub(crate) fn add(&mut self, piece: &str) -> Result<(), Misfit> {
        let held: usize = self.pieces.iter().map(String::len).sum();
        if held + piece.len() > MOST_BYTES || self.pieces.len() >= MOST_PIECES {
            let reason = "the draft is full: finish it".to_owned();
            return Err(Misfit { line: 1, reason, expected: json!({}) });
        }
        let before = self.draft.clone();
        if let Err((line, reason)) = push(&mut self.draft, piece) {
            let expected = expected(&self.draft);
            self.draft = before;
            return Err(Misfit { line, reason, expected });
        }
        self.pieces.push(piece.to_owned());
        Ok(())
    }

    /// Takes the last piece back; what it was.
    pub(crate) fn undo(&mut self) -> Option<String> {
        let last = self.pieces.pop()?;
        self.draft = self.begun.clone();
        for piece in &self.pieces {
            push(&mut self.draft, piece).expect("it was accepted before");
        }
        Some(last)
    }

    /// Ends it.
    pub(crate) fn finish(&self) -> Result<Definition, String> {
        self.draft.clone().finish().map_err(|refused| refused.message.clone())
    }

    /// All that is known.
    pub(crate) fn state(&self) -> Value {
        let draft = &self.draft;
        let ty = |ty: &Ty| ty.to_string();
        let slots = draft.slot_types().iter().enumerate().map(|(slot, ty)| format!("${slot} {ty}"));
        let types = draft.types().all().map(|ty| format!("{ty} {}", draft.types().show(ty)));
        let slot = |slot: &u32| format!("${slot}");
        let holes = draft.open_parts().into_iter().map(|open| {
            json!({
                "ends_with": open.part.ends_with(),
                "value": open.wanted.as_ref().map(ty),
                "drop_first": open.holds.iter().map(slot).collect::<Vec<_>>(),
                "store_first": open.lost.iter().map(slot).collect::<Vec<_>>(),
            })
        });
        json!({
            "waiting": draft.waiting().iter().map(ty).collect::<Vec<_>>(),
            "slots": slots.collect::<Vec<_>>(),
            "types": types.collect::<Vec<_>>(),
            "scope": self.scope,
            "holes": holes.collect::<Vec<_>>(),
            "may_finish": draft.may_finish(),
            "expected": expected(draft),
        })
    }
}

/// Pushes each line; of one that does not fit its number and why.
fn push(draft: &mut Draft, piece: &str) -> Result<(), (usize, String)> {
    for (index, written) in piece.lines().map(str::trim).enumerate() {
        if written.is_empty() {
            continue;
        }
        let record = match written.strip_prefix("text ") {
            Some(literal) if literal.trim_start().starts_with('"') => {
                let text: String = serde_json::from_str(literal.trim())
                    .map_err(|error| (index + 1, format!("no text in JSON's form: {error}")))?;
                draft.text(&text)
            }
            _ => listing::parse(written).ok_or_else(|| (index + 1, format!("`{written}` is no record")))?,
        };
        draft.push(record).map_err(|refused| (index + 1, refused.message.clone()))?;
    }
    Ok(())
}

/// What may come next, by opcode.
fn expected(draft: &Draft) -> Value {
    let mut all = Map::new();
    for choice in draft.expected() {
        let text = Choice::to_string(&choice);
        let (opcode, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match all.get_mut(opcode) {
            Some(Value::String(known)) => {
                known.push_str(" | ");
                known.push_str(rest);
            }
            _ => _ = all.insert(opcode.to_owned(), json!(rest)),
        }
    }
    Value::Object(all)
}

/// A function's draft with its parameters, its capabilities and nothing else.
pub(crate) fn begin(like: nda_graph::DefinitionRef<'_>) -> Result<Draft, String> {
    let mut draft = Draft::default();
    draft.begin(Kind::Function, &like.signature().to_owned()).map_err(|refused| refused.message.clone())?;
    draft.uses(like.uses());
    Ok(draft)
}
