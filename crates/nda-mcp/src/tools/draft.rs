//! `draft`: a definition written piece by piece, each piece answered at once.

use super::verdict::{self, Submitted};
use super::{Answer, Call, Tool, ToolError};
use crate::drafts::{Draft, Misfit, Piece, RecordDraft, TextDraft, begin};
use crate::schema::{anything, arguments, count, flag, list, may, must, result, text, text_or_null};
use nda_engine::{Grants, Library, NdaJitSandbox, RunOptions};
use nda_gate::{Gate, StoreLibrary};
use nda_graph::{Definition, DefinitionRef, Hash, Kind, Target, Verifier, group, listing};
use nda_report::target;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::PoisonError;
use std::time::Duration;

pub(super) const TOOL: Tool = Tool {
    name: "draft",
    title: "Write piece by piece",
    description: "Write a definition piece by piece; each piece is `accepted` or `refused` at once, and a refused one changes nothing. `open` gives \
the draft's name. Source: `add` `source` statement by statement (a piece ends behind `;`, `{`, `}`); the answer says which variables are in \
scope, with their types, and what the open function still has to give. Records: `open` with `signature` (`fn f(n: i64) -> i64`) and the `names` it \
may call, then `add` `records`, one a line, as `nda show --nodes` prints them (`load copy $0`, `int 2`, `math mul`, `text \"a\"`); `expected` is exactly \
what may come next, by opcode, so whatever follows it is well-typed. `undo` takes the last piece back, `show` says where it stands. `finish`: source goes to \
the gate as with `submit` (then `commit` with `draft`); records are verified, and run if `args` are given. `abort` leaves nothing.",
    arguments: || {
        let actions = ["open", "add", "undo", "show", "finish", "abort"];
        arguments([
            must("action", json!({ "type": "string", "enum": actions })),
            may("draft", text("Its name, for all but `open`")),
            may("source", text("A piece of source")),
            may("records", text("Records, one a line")),
            may("module", text("open: the module the source lies in")),
            may("signature", text("open: what the records are a body of")),
            may("names", list(text("open: what the records may call: a full name, or a host function"))),
            may("args", list(text("finish: an NDA literal for each parameter"))),
        ])
    },
    result: || {
        let fields = [
            may("draft", text("")),
            may("pieces", count()),
            may("reason", text("Why the piece does not fit")),
            may("diagnostics", list(anything("As of `submit`"))),
            may("line", count()),
            may("expected", anything("What may come next: opcode to operands")),
            may("definitions", list(anything("`name signature`, and `hash` if it is whole"))),
            may("variables", list(text("In scope where the text ends"))),
            may(
                "hole",
                json!({ "type": ["object", "null"], "description": "The open function: `in`, and what it `gives`" }),
            ),
            may("waiting", list(text("Types on the stack, the last on top"))),
            may("scope", list(text("How a record names what it may call"))),
            may("holes", list(anything("Open parts, the innermost last"))),
            may("may_finish", flag()),
            may("base", text_or_null("")),
            may("listing", text("")),
            may("value", text_or_null("")),
            may("trap", text_or_null("")),
        ];
        result(&["open", "accepted", "refused", "admitted", "verified", "aborted"], fields)
    },
    writes: false,
    call,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    action: Action,
    draft: Option<String>,
    source: Option<String>,
    records: Option<String>,
    module: Option<String>,
    signature: Option<String>,
    #[serde(default)]
    names: Vec<String>,
    args: Option<Vec<String>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Action {
    Open,
    Add,
    Undo,
    Show,
    Finish,
    Abort,
}

fn usage(message: &str) -> ToolError {
    ToolError::new("bad_arguments", message, "`open` first, then `add` with `draft` and a piece.")
}

fn call(call: &Call<'_>) -> Answer {
    let asked: Arguments = call.read()?;
    if asked.action == Action::Open {
        return open(call, asked);
    }
    let name = asked.draft.as_deref().ok_or_else(|| usage("`draft` says which"))?;
    if asked.action == Action::Abort {
        call.house.drafts.close(name)?;
        return Ok(json!({ "outcome": "aborted", "next": "Nothing is left of it." }));
    }
    let kept = call.house.drafts.get(name)?;
    let mut draft = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let mut answer = match &mut *draft {
        Draft::Text(draft) => {
            call.house.with_gate(&call.cancel, |gate| write_text(gate, draft, name, &asked))?
        }
        Draft::Records(draft) => write_records(call, draft, name, &asked)?,
    };
    if call.cancel.is_cancelled() {
        return Err(ToolError::cancelled());
    }
    answer["draft"] = json!(name);
    answer["pieces"] = json!(match &*draft {
        Draft::Text(draft) => draft.count(),
        Draft::Records(draft) => draft.count(),
    });
    Ok(answer)
}

fn open(call: &Call<'_>, asked: Arguments) -> Answer {
    let Some(signature) = &asked.signature else {
        if !asked.names.is_empty() {
            return Err(usage("`names` belong to a `signature`; source calls what it likes"));
        }
        let mut draft = TextDraft::new(asked.module);
        let first = asked.source.as_deref().filter(|source| !source.trim().is_empty());
        let mut answer = json!({ "outcome": "open" });
        if let Some(piece) = first {
            match call.house.with_gate(&call.cancel, |gate| draft.add(gate, piece))? {
                Piece::Accepted(state) => answer = with(state, "open"),
                Piece::Refused { reason, diagnostics } => return Ok(refused(reason, diagnostics)),
            }
        }
        answer["pieces"] = json!(draft.count());
        answer["draft"] = json!(call.house.drafts.open(Draft::Text(draft))?);
        answer["next"] = json!("`add` `source`, a statement or a definition at a time.");
        return Ok(answer);
    };
    // The checker knows what a signature means: a body that never gives its value makes a definition of it.
    let source = format!("{} {{ todo!() }}", signature.trim().trim_end_matches([';', '{']));
    let submitted = Submitted::new(source, asked.module);
    let judged = call.house.with_gate(&call.cancel, |gate| {
        gate.probes = false;
        gate.submit_parts(&submitted.texts())
    })?;
    let begun = match judged.definitions.as_slice() {
        [one] if judged.is_admitted() && one.definition.view().kind() == Kind::Function => {
            begin(one.definition.view())
        }
        _ if !judged.is_admitted() => {
            let shown = json!(submitted.sources.json(&judged.diagnostics));
            return Ok(refused(verdict::repair(&judged), shown));
        }
        _ => Err("one function has one signature".to_owned()),
    };
    let mut begun = begun.map_err(|message| usage(&message))?;
    let scope = in_scope(call, &mut begun, &asked.names)?;
    let draft = RecordDraft::new(begun, scope);
    let mut answer = with(draft.state(), "open");
    answer["pieces"] = json!(0);
    answer["draft"] = json!(call.house.drafts.open(Draft::Records(Box::new(draft)))?);
    answer["next"] = json!("`add` `records`; `expected` says which may come.");
    Ok(answer)
}

/// Puts names into a draft's scope; how records name them.
fn in_scope(
    call: &Call<'_>,
    draft: &mut nda_graph::Draft,
    names: &[String],
) -> Result<Vec<String>, ToolError> {
    let snapshot = call.house.snapshot()?;
    let mut scope = Vec::new();
    for name in names {
        if let Some(host) = call.house.options.engine.host(name) {
            let index = draft.host(name, &host.capability, &host.signature);
            scope.push(format!("host {index} {}: {name}{}", host.signature.params.len(), host.signature));
            continue;
        }
        let hash = target::stored(name, &snapshot, call.house.branch())?;
        let view = DefinitionRef::verify(snapshot.definition(&hash)?, &mut Verifier::default())?;
        let signature = view.signature().to_owned();
        let is_constant = view.kind() == Kind::Constant;
        if !is_constant && view.kind() != Kind::Function || view.types().parameters().next().is_some() {
            return Err(usage(&format!("`{name}` is nothing that a record can call")));
        }
        let index = draft.reference(Target::Hash(hash), is_constant, &signature);
        scope.push(match is_constant {
            true => format!("const {index}: {name}{signature}"),
            false => format!("call {index} {}: {name}{signature}", signature.params.len()),
        });
    }
    Ok(scope)
}

fn with(mut state: Value, outcome: &str) -> Value {
    state["outcome"] = json!(outcome);
    state
}

fn refused(reason: String, diagnostics: Value) -> Value {
    let next = "The piece was not taken and the draft is as it was: give another one.";
    json!({ "outcome": "refused", "reason": reason, "diagnostics": diagnostics, "next": next })
}

fn write_text(gate: &mut Gate, draft: &mut TextDraft, name: &str, asked: &Arguments) -> Answer {
    match asked.action {
        Action::Add => {
            let piece = asked.source.as_deref().ok_or_else(|| usage("this draft takes `source`"))?;
            Ok(match draft.add(gate, piece)? {
                Piece::Accepted(state) => with(state, "accepted"),
                Piece::Refused { reason, diagnostics } => {
                    let mut answer = refused(reason, diagnostics);
                    let before = draft.state(gate)?;
                    for known in ["variables", "hole"] {
                        answer[known] = before[known].clone();
                    }
                    if answer["variables"].is_null() {
                        answer["variables"] = json!([]);
                    }
                    answer
                }
            })
        }
        Action::Finish => {
            let submitted = Submitted::new(draft.source(), draft.module());
            let judged = gate.submit_parts(&submitted.texts())?;
            let mut report = submitted.json(&judged);
            report["next"] = json!(match judged.is_admitted() {
                true => format!("`commit` with `draft` `{name}` and this `base`."),
                false => format!("{} Or `undo`, and write on.", verdict::repair(&judged)),
            });
            Ok(report)
        }
        _ => {
            let undone = (asked.action == Action::Undo).then(|| draft.undo());
            let mut answer = with(draft.state(gate)?, "accepted");
            if let Some(undone) = undone {
                answer["undone"] = json!(undone);
            }
            Ok(answer)
        }
    }
}

fn write_records(call: &Call<'_>, draft: &mut RecordDraft, name: &str, asked: &Arguments) -> Answer {
    match asked.action {
        Action::Add => {
            let piece = asked.records.as_deref().ok_or_else(|| usage("this draft takes `records`"))?;
            match draft.add(piece) {
                Ok(()) => Ok(with(draft.state(), "accepted")),
                Err(Misfit { line, reason, expected }) => {
                    let mut answer = refused(reason, json!([]));
                    answer["line"] = json!(line);
                    answer["expected"] = expected;
                    Ok(answer)
                }
            }
        }
        Action::Finish => match draft.finish() {
            Err(reason) => {
                let mut answer = draft.state();
                answer["outcome"] = json!("refused");
                answer["reason"] = json!(reason);
                answer["next"] = json!("`holes` says what is missing, `expected` what may come.");
                Ok(answer)
            }
            Ok(definition) => {
                let mut answer = verified(call, definition, asked.args.as_deref())?;
                call.house.drafts.close(name)?;
                answer["next"] = json!("It was verified and is gone: what is kept has a text.");
                Ok(answer)
            }
        },
        _ => {
            let undone = (asked.action == Action::Undo).then(|| draft.undo());
            let mut answer = with(draft.state(), "accepted");
            if let Some(undone) = undone {
                answer["undone"] = json!(undone);
            }
            Ok(answer)
        }
    }
}

/// A definition of records beside those of the store.
struct Beside<'s> {
    hash: Hash,
    definition: Definition,
    store: StoreLibrary<'s>,
}

impl Library for Beside<'_> {
    fn resolve(&self, name: &str) -> Option<Hash> {
        self.store.resolve(name)
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        if hash == self.hash { Some(self.definition.clone()) } else { self.store.definition(hash) }
    }
}

/// What a definition of records is, and what it gives for these arguments.
fn verified(call: &Call<'_>, definition: Definition, args: Option<&[String]>) -> Answer {
    let hash = group::hash_definition(definition.bytes());
    let mut answer = json!({
        "outcome": "verified",
        "hash": hash.to_string(),
        "listing": listing::list(definition.view()),
    });
    let Some(args) = args else { return Ok(answer) };
    let given: Vec<&str> = args.iter().map(String::as_str).collect();
    let args = nda_report::run::arguments("the draft", definition.view(), &given)
        .map_err(|error| usage(&error.to_string()))?;
    let snapshot = call.house.snapshot()?;
    let store = StoreLibrary { snapshot: Some(&snapshot), branch: call.house.branch() };
    let library = Beside { hash, definition, store };
    let options = RunOptions {
        grants: Grants::only(call.house.options.grants.iter().cloned()),
        deadline: Some(Duration::from_secs(10)),
        cancel: Some(call.cancel.clone()),
        ..RunOptions::default()
    };
    let run = NdaJitSandbox::new(&call.house.options.engine, &library).run(hash, &args, &options).map_err(
        |refused| ToolError::new("not_run", refused, "What a run is granted, the server's owner decides."),
    )?;
    match &run.outcome.result {
        Ok(value) => answer["value"] = json!(value.to_string()),
        Err(trap) => answer["trap"] = json!(trap.to_string()),
    }
    Ok(answer)
}
