//! Verdicts, as `submit` and `commit` give them.

use crate::house::base_text;
use crate::schema::{Field, anything, count, flag, list, may, must, object, text, text_or_null};
use nda_gate::{Text, Verdict};
use nda_report::sources::{Input, Sources};
use nda_report::verdict;
use serde_json::{Value, json};

/// What a text is called in diagnostics.
const ORIGIN: &str = "submission";

/// A submitted text.
pub(super) struct Submitted {
    pub(super) sources: Sources,
    module: String,
}

impl Submitted {
    /// As it was written: places of diagnostics are the author's.
    pub(super) fn new(source: String, module: Option<String>) -> Self {
        let module = module.unwrap_or_default();
        let input = Input { origin: ORIGIN.to_owned(), text: source };
        Self { sources: Sources::new(vec![input], vec![module.clone()]), module }
    }

    /// As it will be kept.
    pub(super) fn canonical(source: String, module: Option<String>) -> Self {
        let kept = nda_syntax::format(&source).unwrap_or(source);
        Self::new(kept, module)
    }

    pub(super) fn texts(&self) -> Vec<Text<'_>> {
        self.sources.texts()
    }

    /// A definition's full path by the name it has in the text.
    pub(super) fn full_name(&self, name: &str) -> String {
        match self.module.as_str() {
            "" => name.to_owned(),
            module => format!("{module}::{name}"),
        }
    }

    /// The verdict for machines; `canonical` stands there if it is not what was submitted. Nothing of it has a secret in it.
    pub(super) fn json(&self, judged: &Verdict) -> Value {
        let mut report = verdict::json(judged, &self.sources);
        let shown = self.sources.judged(judged);
        let written = shown.inputs.first().map(|input| input.text.as_str());
        let canonical = written.and_then(|text| nda_syntax::format(text).ok());
        let canonical = canonical.filter(|canonical| Some(canonical.as_str()) != written);
        report["base"] = json!(base_text(judged.head));
        report["canonical"] = json!(canonical);
        report
    }
}

/// What a model should do about a refusal.
pub(super) fn repair(judged: &Verdict) -> String {
    let mut errors = judged.diagnostics.iter().filter(|found| found.is_error());
    let Some(first) = errors.next() else { return String::new() };
    let rest = match errors.count() {
        0 => String::new(),
        more => format!(" ({more} more may follow from it)"),
    };
    let fix = if first.fix.is_some() { "Apply its `fix`" } else { "Repair it" };
    format!(
        "{fix}{rest} and submit the whole text again; nda://errors/{} explains {}.",
        first.code, first.code
    )
}

/// The fields of a verdict. What stands in it twice is described once: every session pays for each byte of a schema.
pub(super) fn fields() -> Vec<Field> {
    let example = object([
        must("text", text("")),
        must("passed", flag()),
        must("left", text_or_null("Value of the left side")),
        must("right", text_or_null("Value of the right side")),
    ]);
    let definition = object([
        must("name", text("Full path")),
        must("hash", text("Its name for ever")),
        must("status", text("new, changed or unchanged")),
        must("signature", text("")),
        must("examples", list(example)),
    ]);
    vec![
        may("base", text_or_null("The head it was judged against; pass it to `commit`")),
        may("definitions", list(definition)),
        may(
            "rebuilt",
            list(anything("A dependent that was checked and tried again; fields as in `definitions`")),
        ),
        diagnostics(),
        may("canonical", text_or_null("The text as it will be kept, if it is not what was submitted")),
        may("cost", anything("Times in microseconds, fuel, bytes")),
    ]
}

/// Diagnostics, in every tool that checks a text.
pub(super) fn diagnostics() -> Field {
    let span = object([
        must("start", count()),
        must("end", count()),
        must("line", count()),
        must("column", count()),
    ]);
    let fix = json!({
        "type": ["object", "null"],
        "description": "`safety`: safe keeps the meaning, unsafe is a guess; `edits`: `span` and `text`",
    });
    may(
        "diagnostics",
        list(object([
            must("code", text("Permanent; page nda://errors/CODE")),
            must("severity", text("error or warning")),
            must("message", text("")),
            must("span", span),
            must("label", text_or_null("")),
            must("labels", list(anything("`span`, `message`"))),
            must("notes", list(text(""))),
            must("fix", fix),
        ])),
    )
}
