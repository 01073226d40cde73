//! A JSON Schema of what the tool `draft` takes in records: for hosts that can hold a model to a schema and to nothing else. A schema cannot say
//! what a program is, since text that nests is beyond expressions; records do not nest, so here it can say all of their form.

use crate::Scope;
use serde_json::{Value, json};

/// The schema of one call of `draft`: `open` with a signature, `add` with records, and what needs no more than a draft's name.
#[must_use]
pub fn draft(scope: Option<&Scope>) -> Value {
    let productions = crate::productions();
    let pattern = |name: &str| {
        let terminal = productions.terminal(name).expect("the tests print it");
        json!({ "type": "string", "pattern": format!("^(?:{})$", terminal.regex.pattern()) })
    };
    let names = match scope {
        Some(scope) if scope.records.is_empty() => json!({ "type": "array", "maxItems": 0 }),
        Some(scope) => {
            json!({ "type": "array", "items": { "type": "string", "enum": scope.records }, "maxItems": 64 })
        }
        None => json!({ "type": "array", "items": pattern("NAMED"), "maxItems": 64 }),
    };
    let draft = json!({ "type": "string", "pattern": "^[0-9a-f]{16}$" });
    let call = |fields: Value, required: &[&str]| json!({ "type": "object", "properties": fields, "required": required, "additionalProperties": false });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Arguments of the tool `draft`, written in records",
        "anyOf": [
            call(
                json!({ "action": { "const": "open" }, "signature": pattern("SIGNATURE"), "names": names }),
                &["action", "signature", "names"],
            ),
            call(json!({ "action": { "const": "add" }, "draft": draft, "records": pattern("RECORDS") }), &["action", "draft", "records"]),
            call(json!({ "action": { "enum": ["undo", "show", "finish", "abort"] }, "draft": draft }), &["action", "draft"]),
        ],
    })
}
