//! JSON Schemas, written in place: no `$ref`, because clients refuse them.

use serde_json::{Map, Value, json};

/// A schema under a name, and whether the field must be there.
pub(crate) struct Field {
    name: &'static str,
    schema: Value,
    required: bool,
}

/// A field that must be there.
pub(crate) fn must(name: &'static str, schema: Value) -> Field {
    Field { name, schema, required: true }
}

/// A field that may be missing.
pub(crate) fn may(name: &'static str, schema: Value) -> Field {
    Field { name, schema, required: false }
}

/// An object of these fields. Results may have more; arguments may not.
pub(crate) fn object(fields: impl IntoIterator<Item = Field>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in fields {
        if field.required {
            required.push(field.name);
        }
        properties.insert(field.name.to_owned(), field.schema);
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

/// The arguments of a tool.
pub(crate) fn arguments(fields: impl IntoIterator<Item = Field>) -> Value {
    let mut schema = object(fields);
    schema["additionalProperties"] = json!(false);
    schema
}

/// The result of a tool, whether it worked or not: `outcome` says which; `error` and `next` say what to do.
pub(crate) fn result(outcomes: &[&str], fields: impl IntoIterator<Item = Field>) -> Value {
    let mut all: Vec<&str> = outcomes.to_vec();
    all.push("error");
    let error = object([must("code", text("")), must("message", text(""))]);
    let mut own = vec![
        must("outcome", json!({ "type": "string", "enum": all })),
        may("error", error),
        may("next", text("What to do next")),
    ];
    own.extend(fields);
    object(own)
}

/// A description is left out where the name says it all.
fn described(mut schema: Value, description: &str) -> Value {
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    schema
}

pub(crate) fn text(description: &str) -> Value {
    described(json!({ "type": "string" }), description)
}

pub(crate) fn text_or_null(description: &str) -> Value {
    described(json!({ "type": ["string", "null"] }), description)
}

/// An object whose fields stand elsewhere.
pub(crate) fn anything(description: &str) -> Value {
    described(json!({ "type": "object" }), description)
}

pub(crate) fn integer(description: &str, least: u64, most: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "description": description })
}

/// An integer that a result holds.
pub(crate) fn count() -> Value {
    json!({ "type": "integer" })
}

pub(crate) fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

pub(crate) fn flag() -> Value {
    json!({ "type": "boolean" })
}
