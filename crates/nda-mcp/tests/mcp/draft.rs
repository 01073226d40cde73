//! Definitions written piece by piece.

use super::client::{Client, store};
use serde_json::{Value, json};

async fn draft(client: &mut Client, action: &str, mut more: Value) -> Value {
    more["action"] = json!(action);
    client.call("draft", more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn source_is_answered_statement_by_statement() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let opened = draft(&mut client, "open", json!({})).await;
    let name = opened["draft"].clone();
    let pieces = [
        ("#[example(sum_sq(3, 7) == 5)]\nfn sum_sq(n: i64, m: i64) -> i64 {", vec!["n: i64", "m: i64"]),
        ("let mut s = 0;", vec!["n: i64", "m: i64", "s: i64"]),
        ("for i in 0..n {", vec!["n: i64", "m: i64", "s: i64", "i: i64"]),
        ("s = (s + i * i) % m;\n}", vec!["n: i64", "m: i64", "s: i64"]),
    ];
    for (piece, variables) in pieces {
        let answer = draft(&mut client, "add", json!({ "draft": name, "source": piece })).await;
        assert_eq!(answer["outcome"], "accepted", "{piece}: {answer:#}");
        assert_eq!(answer["variables"], json!(variables));
        assert_eq!(answer["hole"], json!({ "in": "sum_sq", "gives": "i64" }));
    }
    let wrong = draft(&mut client, "add", json!({ "draft": name, "source": "let t: str = s;" })).await;
    assert_eq!((&wrong["outcome"], &wrong["pieces"]), (&json!("refused"), &json!(4)));
    assert_eq!(wrong["diagnostics"][0]["code"], "E0201", "{wrong:#}");
    assert_eq!(wrong["variables"][2], "s: i64");
    let torn = draft(&mut client, "add", json!({ "draft": name, "source": "let t = max(s," })).await;
    assert_eq!(torn["outcome"], "refused");
    assert!(torn["reason"].as_str().unwrap().contains("a piece ends behind"), "{torn}");

    // What is open is no definition yet.
    let early = draft(&mut client, "finish", json!({ "draft": name })).await;
    assert_eq!(early["outcome"], "refused");
    let last = draft(&mut client, "add", json!({ "draft": name, "source": "s + 1\n}" })).await;
    assert_eq!(last["diagnostics"][0]["code"], "E0501", "a whole text has its examples run: {last:#}");
    let last = draft(&mut client, "add", json!({ "draft": name, "source": "s" })).await;
    assert_eq!(last["outcome"], "accepted", "{last:#}");
    let undone = draft(&mut client, "undo", json!({ "draft": name })).await;
    assert_eq!((&undone["undone"], &undone["pieces"]), (&json!("s\n"), &json!(4)));
    let last = draft(&mut client, "add", json!({ "draft": name, "source": "s }" })).await;
    assert_eq!((&last["open"], &last["hole"]), (&json!(0), &Value::Null), "{last:#}");

    let judged = draft(&mut client, "finish", json!({ "draft": name })).await;
    assert_eq!(judged["outcome"], "admitted", "{judged:#}");
    assert_eq!(store.head(), None, "a draft wrote something");
    let done = client.call("commit", json!({ "draft": name, "message": "Sums" })).await;
    assert_eq!(done["commit"], json!(store.head()));
    let gone = draft(&mut client, "show", json!({ "draft": name })).await;
    assert_eq!(gone["error"]["code"], "unknown_draft");
    let ran = client.call("run", json!({ "expression": "sum_sq(3, 7)" })).await;
    assert_eq!(ran["value"], "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_is_not_known_yet_may_come() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let opened =
        draft(&mut client, "open", json!({ "source": "fn f(n: i64) -> [i64] {", "module": "a::b" })).await;
    let name = opened["draft"].clone();
    for piece in [
        "let mut xs = [];",
        "if n > 0 {",
        "xs.push(n);",
        "} else {",
        "return [0];",
        "}",
        "let y = match n {",
        "0 => 1,",
        "_ => { 2 } };",
        "let (p, q) = (y, [y]);",
        "xs.extend(q);",
        "while xs.len() < p { xs.push(1); }",
        "xs }",
    ] {
        let answer = draft(&mut client, "add", json!({ "draft": name, "source": piece })).await;
        assert_eq!(answer["outcome"], "accepted", "{piece}: {answer:#}");
    }
    let judged = draft(&mut client, "finish", json!({ "draft": name })).await;
    assert_eq!(judged["definitions"][0]["name"], "a::b::f", "{judged:#}");
    let aborted = draft(&mut client, "abort", json!({ "draft": name })).await;
    assert_eq!(aborted["outcome"], "aborted");
    assert_eq!(store.head(), None);
    let key = "let key = \"AKIA\";\nfn f() -> str { \"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\" }";
    let opened = draft(&mut client, "open", json!({ "source": key })).await;
    assert!(!opened.to_string().contains("ghp_wWPw5k4"), "a refused piece repeats a secret: {opened}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_follow_what_is_expected_are_verified_and_run() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let source = "struct P { x: i64 }\nfn twice(n: i64) -> i64 { n * 2 }\nfn x(p: P) -> i64 { p.x }\n";
    client.call("commit", json!({ "source": source, "message": "Tools" })).await;
    let opened = draft(
        &mut client,
        "open",
        json!({ "signature": "fn f(n: i64, p: P) -> i64", "names": ["twice", "x"] }),
    )
    .await;
    assert_eq!(
        opened["scope"],
        json!(["call 0 1: twice(i64) -> i64", "call 1 1: x(P) -> i64"]),
        "{opened:#}"
    );
    assert_eq!(opened["types"], json!(["type#0 P"]));
    assert_eq!(opened["expected"]["load"], "copy $0 | share $1 | move $1 | borrow $1");
    let name = opened["draft"].clone();
    let add = |records: &str| json!({ "draft": name, "records": records });
    let answer =
        draft(&mut client, "add", add("load copy $0\ncall 0 1\nload borrow $1\nfield 0 0 copy")).await;
    assert_eq!(answer["waiting"], json!(["i64", "i64"]), "{answer:#}");
    assert!(answer["expected"]["math"].as_str().unwrap().starts_with("add | sub | mul"));
    let wrong = draft(&mut client, "add", add("math add\nmath fadd")).await;
    assert_eq!((&wrong["outcome"], &wrong["line"]), (&json!("refused"), &json!(2)), "{wrong:#}");
    assert!(wrong["expected"].get("math").is_none(), "one operand waits: {wrong:#}");
    assert_eq!(wrong["pieces"], 1);
    let unknown = draft(&mut client, "add", add("frobnicate")).await;
    assert_eq!(unknown["reason"], "`frobnicate` is no record");
    draft(&mut client, "add", add("math mul")).await;
    let undone = draft(&mut client, "undo", json!({ "draft": name })).await;
    assert_eq!(undone["waiting"], json!(["i64", "i64"]));
    draft(&mut client, "add", add("math add")).await;
    let early = draft(&mut client, "finish", json!({ "draft": name })).await;
    assert_eq!(
        (&early["outcome"], &early["holes"][0]["drop_first"]),
        (&json!("refused"), &json!(["$1"])),
        "{early:#}"
    );
    let last = draft(&mut client, "add", add("drop $1\nscope 2 1")).await;
    assert_eq!(last["may_finish"], true, "{last:#}");
    let done = draft(&mut client, "finish", json!({ "draft": name })).await;
    assert_eq!(done["outcome"], "verified", "{done:#}");
    let gone = draft(&mut client, "show", json!({ "draft": name })).await;
    assert_eq!(gone["error"]["code"], "unknown_draft");

    let opened =
        draft(&mut client, "open", json!({ "signature": "fn g(n: i64) -> i64", "names": ["twice"] })).await;
    let name = opened["draft"].clone();
    let records = json!({ "draft": name, "records": "load copy $0\ncall 0 1\nint 7\nmath add" });
    draft(&mut client, "add", records).await;
    let done = draft(&mut client, "finish", json!({ "draft": name, "args": ["5"] })).await;
    assert_eq!((&done["outcome"], &done["value"]), (&json!("verified"), &json!("17")), "{done:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_that_nda_grammar_prints_is_one_of_its_arguments() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let listed = client.request("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let tool = tools.iter().find(|tool| tool["name"] == "draft").unwrap();
    let known = &tool["inputSchema"]["properties"];
    let actions = known["action"]["enum"].as_array().unwrap();
    let printed = nda_grammar::schema::draft(None);
    let mut said = Vec::new();
    for call in printed["anyOf"].as_array().unwrap() {
        for (name, schema) in call["properties"].as_object().unwrap() {
            assert_eq!(schema.get("type").unwrap_or(&json!("string")), &known[name]["type"], "{name}");
        }
        let action = &call["properties"]["action"];
        said.extend(action["enum"].as_array().cloned().unwrap_or_else(|| vec![action["const"].clone()]));
    }
    assert_eq!(&said, actions);
    let records = printed["anyOf"][1]["properties"]["records"]["pattern"].as_str().unwrap();
    for opcode in ["load", "call", "builtin", "for_begin", "tensor"] {
        assert!(records.contains(opcode), "{opcode}");
    }
}
