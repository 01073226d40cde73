//! The JSON Schema under llguidance: what is decoded under it is a call that the tool reads.

use super::guidance::{decoded, matcher};
use super::random::{Habits, Random};
use super::texts::parses;
use llguidance::api::TopLevelGrammar;
use nda_grammar::{Scope, schema};
use nda_graph::listing;
use serde_json::Value;

/// What one may write for its own sake.
const CALLS: &[&str] = &[
    r#"{"action": "open", "signature": "fn area(w: f64, mut h: [i64]) -> Option<f64>", "names": ["geo::area", "clock::now"]}"#,
    r#"{"action": "add", "draft": "0123456789abcdef", "records": "load copy $0\nint 2\nmath mul\ntext \"a\\n\"\nscope 1 0\n"}"#,
    r#"{"action": "add", "draft": "0123456789abcdef", "records": "while_begin\nload copy $1\ncompare lt i64\ndo\nlist 3 [i64]\nfor_begin $0 inclusive\nfield 0 1 share\n"}"#,
    r#"{"action": "finish", "draft": "00112233445566ff"}"#,
];

/// Whether the tool's reader takes each line.
fn are_records(lines: &str) -> bool {
    lines.lines().all(|line| match line.strip_prefix("text ") {
        Some(literal) => serde_json::from_str::<String>(literal).is_ok(),
        None => listing::parse(line).is_some(),
    })
}

#[test]
fn what_is_decoded_is_a_call_of_the_tool() {
    let scope = Scope { records: vec!["geo::area".into(), "clock::now".into()], ..Scope::default() };
    let habits = Habits::new(CALLS.iter().copied());
    let mut random = Random::new(3);
    let mut seen = [0; 3];
    for scope in [None, Some(&scope)] {
        let matcher = matcher(TopLevelGrammar::from_json_schema(schema::draft(scope)));
        for index in 0..50 {
            let Some(text) = decoded(&matcher, &habits, b"\"}],:)", 150, &mut random) else { continue };
            let call: Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("text {index}: {error}\n{text}"));
            match call["action"].as_str() {
                Some("open") => {
                    let whole = format!("{} {{ todo!() }}", call["signature"].as_str().unwrap());
                    assert!(parses(&whole), "text {index}: {whole}");
                    let names: Vec<&str> =
                        call["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                    assert!(scope.is_none_or(|scope| {
                        names.iter().all(|name| scope.records.iter().any(|one| one == name))
                    }));
                    seen[0] += 1;
                }
                Some("add") => {
                    assert!(are_records(call["records"].as_str().unwrap()), "text {index}: {text}");
                    seen[1] += 1;
                }
                _ => seen[2] += 1,
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

#[test]
fn it_takes_what_the_tool_takes() {
    let matcher = matcher(TopLevelGrammar::from_json_schema(schema::draft(None)));
    for call in CALLS {
        assert_eq!(super::guidance::taken(&matcher, call), call.len(), "{call}");
    }
    for wrong in [
        CALLS[0].replace("fn area", "fn fn"),
        CALLS[1].replace("math mul", "math mull"),
        CALLS[1].replace("$0", "0"),
        CALLS[3].replace("finish", "end"),
    ] {
        assert!(super::guidance::taken(&matcher, &wrong) < wrong.len(), "{wrong}");
    }
}
