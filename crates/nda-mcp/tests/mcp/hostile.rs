//! Clients that send nonsense, too much, or go away: refused, named, nothing left behind.

use super::client::{Client, store};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Runs until it is stopped.
const FOR_EVER: &str = "fn spin() -> i64 {\n    let mut n = 0;\n    loop {\n        n = n.wrapping_add(1);\n        if n < 0 {\n            break;\n        }\n    }\n    n\n}\n";

fn spinning() -> Value {
    json!({
        "name": "run",
        "arguments": { "source": FOR_EVER, "name": "spin", "fuel": 100_000_000_000_u64, "deadline_ms": 600_000 },
        "_meta": { "progressToken": "spin" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_message_is_answered_and_forgotten() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let cases: [(&[u8], i64, Value); 7] = [
        (b"{", -32700, Value::Null),
        (b"not json", -32700, Value::Null),
        (b"\xff\xfe", -32700, Value::Null),
        (b"[]", -32600, Value::Null),
        (b"17", -32600, Value::Null),
        (br#"{"jsonrpc":"1.0","id":9,"method":"ping"}"#, -32600, json!(9)),
        (br#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600, Value::Null),
    ];
    for (line, code, id) in cases {
        client.line(line).await;
        let answer = client.message().await;
        let shown = String::from_utf8_lossy(line);
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{shown}: {answer}");
    }
    client.line(b"").await;
    client.line(br#"{"jsonrpc":"2.0","method":"notifications/unheard-of"}"#).await;
    let long = vec![b'['; nda_mcp::MAX_MESSAGE_BYTES + 1];
    client.line(&long).await;
    let answer = client.message().await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("longer than"), "{answer}");
    let deep =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{}", "[".repeat(100_000));
    client.line(deep.as_bytes()).await;
    assert_eq!(client.message().await["error"]["code"], -32700);
    assert_eq!(client.call("search", json!({})).await["total"], 0, "the session goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_calls_say_what_to_do() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let cases = [
        ("submit", json!({}), "bad_arguments"),
        ("submit", json!({ "source": 3 }), "bad_arguments"),
        ("submit", json!({ "source": "fn f() {}", "branch": "other" }), "bad_arguments"),
        ("describe", json!({ "name": "nothing" }), "unknown_name"),
        ("describe", json!({ "name": "#xyz" }), "unknown_name"),
        ("run", json!({}), "bad_arguments"),
        ("run", json!({ "expression": "1", "name": "f" }), "bad_arguments"),
        (
            "run",
            json!({ "source": "fn f(n: i64) -> i64 { n }", "name": "f", "args": ["\"a\""] }),
            "bad_arguments",
        ),
        ("run", json!({ "source": "fn f(n: i64) -> i64 { n }", "name": "f" }), "bad_arguments"),
        ("run", json!({ "source": "fn f() {}", "name": "g" }), "bad_arguments"),
        ("run", json!({ "source": "fn f<T>(x: T) -> T { x }", "name": "f", "args": ["1"] }), "bad_arguments"),
        ("search", json!({ "facts": "?a" }), "bad_facts"),
        ("search", json!({ "cursor": "x" }), "stale_cursor"),
        ("diff", json!({ "from": "nowhere" }), "unknown_commit"),
        ("history", json!({ "name": "f", "limit": -1 }), "bad_arguments"),
    ];
    for (tool, arguments, code) in cases {
        let answer = client.call(tool, arguments.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{tool} {arguments}: {answer}");
        assert!(answer["next"].as_str().is_some_and(|next| next.len() > 10), "{answer}");
    }
    let huge = format!("fn f() -> i64 {{ {}1{} }}", "(".repeat(300), ")".repeat(300));
    for source in ["", "fn", "\u{0}", "}{", "fn f() -> i64 { f(", huge.as_str()] {
        let answer = client.call("submit", json!({ "source": source })).await;
        assert!(answer["outcome"] == "refused" || source.is_empty(), "{source}: {answer}");
        let answer = client.call("commit", json!({ "source": source, "message": "x" })).await;
        assert!(answer["outcome"] == "refused" || answer["error"]["code"] == "nothing", "{source}: {answer}");
    }
    let answer = client.request("tools/call", json!({ "name": "rm", "arguments": {} })).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("search, describe"), "{answer}");
    assert_eq!(store.head(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_ends_and_was_heard_of_until_then() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let id = client.send("tools/call", spinning()).await;
    // It says that it is at work; others are served meanwhile.
    let heard = client.message().await;
    assert_eq!(heard["method"], "notifications/progress", "{heard}");
    assert_eq!(heard["params"]["progressToken"], "spin");
    assert_eq!(client.call("search", json!({})).await["outcome"], "found");
    client.notify("notifications/cancelled", json!({ "requestId": id, "reason": "enough" })).await;
    let cancelled = Instant::now();
    // As many runs as there are workers can follow only if the cancelled ones are gone.
    for _ in 0..40 {
        let id = client.send("tools/call", spinning()).await;
        client.notify("notifications/cancelled", json!({ "requestId": id })).await;
    }
    let ran = client.call("run", json!({ "expression": "1 + 1" })).await;
    assert_eq!(ran["value"], "2");
    assert!(cancelled.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_client_that_goes_away_leaves_nothing_at_work() {
    let store = store();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut client = Client::connect(store.options()).await;
        let looping = "#[example(spin() == 1)]\n".to_owned() + FOR_EVER;
        client.send("tools/call", spinning()).await;
        client
            .send(
                "tools/call",
                json!({ "name": "commit", "arguments": { "source": looping, "message": "x" } }),
            )
            .await;
        // The first word of progress: it is at work.
        client.message().await;
        let Client { server, .. } = { client };
        tokio::time::timeout(Duration::from_secs(20), server).await.expect("the server ends").unwrap();
    });
    // Waits for threads that are still at work; without limits it would wait for ever.
    let ended = Instant::now();
    drop(runtime);
    assert!(ended.elapsed() < Duration::from_secs(20));
    assert_eq!(store.head(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_repeats_a_secret() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    // Not one literal, so that nobody takes this file for a leak.
    let secret = format!("ghp_{}", "Zz01yY23xX45wW67vV89uU01tT23sS45rR67");
    let untidy = format!("fn token()->str{{\n\"{secret}\"}}\n");
    let expression = format!("\"{secret}\".len()");
    let calls = [
        ("submit", json!({ "source": untidy })),
        ("commit", json!({ "source": untidy, "message": "no" })),
        ("run", json!({ "source": untidy, "name": "token" })),
        ("run", json!({ "expression": expression })),
    ];
    for (tool, arguments) in calls {
        let answer = client.call(tool, arguments).await;
        assert_eq!(answer["outcome"], "refused", "{tool}: {answer}");
        assert_eq!(answer["diagnostics"][0]["code"], "E0506", "{tool}: {answer}");
        assert!(!answer.to_string().contains(&secret), "{tool}: {answer}");
    }
    assert_eq!(store.head(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_writes_where_the_servers_author_may_whatever_it_calls_itself() {
    let store = store();
    let policy = "version = 1\n[[write]]\nwho = [\"tester\"]\nnames = [\"sandbox::**\"]\n[[write]]\nwho = [\"lead\", \"*lead\", \"* via lead\"]\nnames = [\"**\"]\n";
    let mut owner = nda_gate::Gate::over(nda_engine::Engine::new(), store.map.clone());
    owner.set_policy(policy, "lead", "m").unwrap();
    let governed = store.head();
    let mut client = Client::silent(store.options());
    let hello = json!({
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "lead", "version": "1" },
    });
    client.request("initialize", hello).await;
    client.notify("notifications/initialized", json!({})).await;
    let mut call = async |tool: &str, arguments: Value| {
        let answer = client.request("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        answer["result"]["structuredContent"].clone()
    };
    let outside = "fn f() -> i64 { 1 }";
    for tool in ["submit", "commit"] {
        let mut arguments = json!({ "source": outside });
        if tool == "commit" {
            arguments["message"] = json!("x");
        }
        let answer = call(tool, arguments).await;
        assert_eq!(answer["diagnostics"][0]["code"], "E0509", "{tool}: {answer}");
    }
    // Nor by asking to be somebody else, nor on another branch, nor by a policy of its own.
    for (name, value) in [("author", "lead"), ("as", "lead"), ("branch", "mine")] {
        let mut arguments = json!({ "source": outside, "message": "x" });
        arguments[name] = json!(value);
        assert_eq!(call("commit", arguments).await["error"]["code"], "bad_arguments", "{name}");
    }
    assert_eq!(store.head(), governed);
    let arguments = json!({ "source": outside, "module": "sandbox", "message": "x" });
    let answer = call("commit", arguments).await;
    assert_eq!(answer["outcome"], "committed", "{answer}");
    let held = store.map.snapshot().unwrap().policy().unwrap();
    assert_eq!(held, owner.policy_now().unwrap().hash);
}

/// What makes much out of little, mostly by a built-in that is meant to, and what its example is refused with.
const BOMBS: [(&str, &str); 14] = [
    ("let mut s = \"ab\"; loop { s = s + s; } 1", "OutOfMemory"),
    ("\"ab\".repeat(1 << 60).len()", "OutOfFuel"),
    ("\"ab\".repeat(1 << 20).replace(\"a\", \"b\".repeat(1 << 20)).len()", "OutOfFuel"),
    ("[\"x\"; 1 << 20].join(\"y\".repeat(1 << 20)).len()", "OutOfFuel"),
    ("let parts = \"a \".repeat(1 << 24).split(\" \"); parts.len()", "OutOfMemory"),
    ("let bytes = \"ab\".repeat(1 << 25).bytes(); bytes.len()", "OutOfMemory"),
    ("\"ß\".repeat(1 << 25).to_uppercase().len()", "OutOfMemory"),
    ("[0; 1 << 60].len()", "OutOfFuel"),
    ("let mut xs = [1]; loop { xs = xs.concat(xs); } 1", "OutOfMemory"),
    ("let mut all = [[0]]; let mut xs = [0; 1000]; loop { xs[0] += 1; all.push(xs); } 1", "OutOfMemory"),
    ("let mut m = Map::new(); let mut i = 0; loop { m[i] = [i; 1000]; i += 1; } 1", "OutOfMemory"),
    ("let a = [0; 1000]; print([[a; 1000]; 1000]); 1", "OutputTooLarge"),
    ("format!(\"{:>1000000000}\", 1).len()", "larger than 65535"),
    ("let x: vec[1000000000000] = zeros(); 1", "1000000000000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_example_that_blows_up_is_refused_by_name_and_leaves_nothing() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    for (body, word) in BOMBS {
        let source = format!("#[example(f() == 1)]\nfn f() -> i64 {{ {body} }}\n");
        let answer = client.call("commit", json!({ "source": source, "message": "x" })).await;
        let said = answer["diagnostics"][0]["message"].as_str().unwrap_or_default();
        assert!(answer["outcome"] == "refused" && said.contains(word), "{body}: {answer}");
    }
    assert_eq!(store.head(), None);
    assert_eq!(
        client.call("run", json!({ "expression": "1 + 1" })).await["value"],
        "2",
        "the session goes on"
    );
}
