//! What an agent does all day.

use super::client::{Client, store};
use serde_json::{Value, json};

const TAX: &str = "/// The tax on an amount.\n#[example(tax(1000, 19) == 190)]\nfn tax(cents: i64, percent: i64) -> i64 {\n    cents * percent / 100\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn search_submit_repair_run_commit_history() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let found = client.call("search", json!({ "words": "tax" })).await;
    assert_eq!(found["total"], 0);
    assert_eq!(found["base"], json!(null));

    let wrong = TAX.replace("percent / 100", "percnt / 100");
    let refused = client.call("submit", json!({ "source": wrong })).await;
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["diagnostics"][0]["code"], "E0101");
    assert_eq!(refused["diagnostics"][0]["span"]["line"], 4);
    assert_eq!(refused["diagnostics"][0]["fix"]["edits"][0]["text"], "percent");
    assert!(refused["next"].as_str().unwrap().contains("nda://errors/E0101"), "{refused}");
    let page = client.request("resources/read", json!({ "uri": "nda://errors/E0101" })).await;
    assert!(page["result"]["contents"][0]["text"].as_str().unwrap().starts_with("# "), "{page}");

    let failing = TAX.replace("== 190", "== 191");
    let refused = client.call("submit", json!({ "source": failing })).await;
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["definitions"][0]["examples"][0]["left"], "190");
    assert_eq!(store.head(), None, "a refused text wrote something");

    let untidy = TAX.replace("    cents", "  cents");
    let admitted = client.call("submit", json!({ "source": untidy })).await;
    assert_eq!(admitted["outcome"], "admitted");
    assert_eq!(admitted["canonical"], TAX);
    assert_eq!(store.head(), None, "`submit` wrote something");

    let tried = client.call("run", json!({ "source": TAX, "name": "tax", "args": ["500", "7"] })).await;
    assert_eq!((&tried["outcome"], &tried["value"]), (&json!("value"), &json!("35")));

    let committed = client.call("commit", json!({ "source": untidy, "message": "Taxes" })).await;
    assert_eq!(committed["commit"], json!(store.head()));
    let ran = client.call("run", json!({ "expression": "tax(500, 7) + 1" })).await;
    assert_eq!(ran["value"], "36");
    let trapped = client.call("run", json!({ "name": "tax", "args": ["9223372036854775807", "2"] })).await;
    assert_eq!(trapped["outcome"], "trap");
    assert_eq!(trapped["trap"]["kind"], "IntegerOverflow");
    assert_eq!(trapped["trap"]["backtrace"][0]["line"], 4);

    let history = client.call("history", json!({ "name": "tax" })).await;
    assert_eq!(history["commits"][0]["author"], "tester via test");
    assert_eq!(history["commits"][0]["message"], "Taxes");
    assert_eq!(history["commits"][0]["after"], committed["definitions"][0]["hash"]);
    let described = client.call("describe", json!({ "name": "tax" })).await;
    assert_eq!(described["source"], TAX.trim_end(), "what is kept is canonical");
    assert_eq!(described["base"], committed["commit"]);
    let diff = client.call("diff", json!({})).await;
    assert_eq!(diff["changes"][0]["after_headline"], "fn tax(cents: i64, percent: i64) -> i64");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_is_no_longer_true_is_a_conflict() {
    let store = store();
    let (mut one, mut other) =
        (Client::connect(store.options()).await, Client::connect(store.options()).await);
    one.call("commit", json!({ "source": TAX, "message": "Taxes" })).await;
    let old = one.call("describe", json!({ "name": "tax" })).await;
    let rounded = TAX.replace("cents * percent / 100", "(cents * percent + 50) / 100");
    let unread = other.call("commit", json!({ "source": rounded, "message": "Round" })).await;
    assert_eq!(unread["outcome"], "conflict", "what nobody has read was overwritten");
    assert_eq!(unread["names"][0]["current"], old["hash"]);

    let base = old["base"].clone();
    let done = other.call("commit", json!({ "source": rounded, "message": "Round", "base": base })).await;
    assert_eq!(done["outcome"], "committed");
    let trunc = TAX.replace("cents * percent / 100", "cents / 100 * percent");
    let head = store.head();
    let late = one.call("commit", json!({ "source": trunc, "message": "Truncate", "base": base })).await;
    assert_eq!(late["outcome"], "conflict");
    assert_eq!(late["names"][0]["base"], old["hash"]);
    assert_eq!(late["names"][0]["current"], done["definitions"][0]["hash"]);
    assert_eq!(late["head"], done["commit"]);
    assert_eq!(store.head(), head, "a conflict wrote something");

    // Another name is nobody's business, and the same change twice is one.
    let fee = "fn fee() -> i64 {\n    3\n}\n";
    let fine = one.call("commit", json!({ "source": fee, "message": "Fee", "base": base })).await;
    assert_eq!(fine["outcome"], "committed");
    let same = one.call("commit", json!({ "source": rounded, "message": "Round", "base": base })).await;
    assert_eq!((&same["outcome"], &same["changed"]), (&json!("committed"), &json!(false)));
    let nowhere = one.call("commit", json!({ "source": TAX, "message": "x", "base": "00ff" })).await;
    assert_eq!(nowhere["error"]["code"], "unknown_base");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slice_is_what_a_change_needs() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let shop = "/// One line of an order.\nstruct Item { name: str, cents: i64 }\n\nenum Order { Empty, Items([Item]) }\n\n\
                const LIMIT: i64 = 100;\n\n/// Caps.\nfn cap(cents: i64) -> i64 {\n    if cents > LIMIT { LIMIT } else { cents }\n}\n\n\
                fn unrelated() -> i64 {\n    7\n}\n\n\
                fn total(order: Order) -> i64 {\n    match order {\n        Order::Empty => 0,\n        Order::Items(items) => cap(items[0].cents),\n    }\n}\n";
    let done = client.call("commit", json!({ "source": shop, "message": "Shop", "module": "shop" })).await;
    assert_eq!(done["outcome"], "committed", "{done:#}");
    let total = client.call("describe", json!({ "name": "shop::total" })).await;
    let texts: Vec<&str> =
        total["slice"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        [
            "/// One line of an order.\nstruct shop::Item { name: str, cents: i64 }",
            "enum shop::Order { Empty, Items([Item]) }",
            "/// Caps.\nfn shop::cap(cents: i64) -> i64",
        ]
    );
    let cap = client.call("describe", json!({ "name": "shop::cap" })).await;
    assert_eq!(cap["users"]["names"], json!(["shop::total"]));
    assert_eq!(cap["slice"][0]["text"], "const shop::LIMIT: i64 = 100");
    let tight = client.call("describe", json!({ "name": "shop::total", "budget": 50 })).await;
    assert_eq!(tight["truncated"], true);
    let found = client.call("search", json!({ "type": "(Order)->i64" })).await;
    assert_eq!(found["hits"][0]["name"], "shop::total", "{found:#}");
    let found = client.call("search", json!({ "words": "caps", "prefix": "shop::" })).await;
    assert_eq!(found["hits"][0]["name"], "shop::cap");
    let found =
        client.call("search", json!({ "facts": "?name is ?f . ?f calls ?g . \"shop::cap\" is ?g" })).await;
    assert!(
        found["rows"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row.as_array().unwrap().contains(&json!("shop::total"))),
        "{found:#}"
    );
    // The hash of a version is good for ever.
    let uri = total["resource"].as_str().unwrap();
    let object = client.request("resources/read", json!({ "uri": uri })).await;
    assert!(object["result"]["contents"][0]["text"].as_str().unwrap().contains("call"), "{object:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_come_in_pages() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let many: String = (0..7).map(|at| format!("fn f{at}() -> i64 {{\n    {at}\n}}\n\n")).collect();
    client.call("commit", json!({ "source": many, "message": "Many" })).await;
    let mut names = Vec::new();
    let mut cursor: Option<Value> = None;
    for _ in 0..3 {
        let mut asked = json!({ "limit": 3 });
        if let Some(cursor) = &cursor {
            asked["cursor"] = cursor.clone();
        }
        let page = client.call("search", asked).await;
        names.extend(page["hits"].as_array().unwrap().iter().map(|hit| hit["name"].clone()));
        cursor = Some(page["next_cursor"].clone());
    }
    assert_eq!(names, ["f0", "f1", "f2", "f3", "f4", "f5", "f6"]);
    assert_eq!(cursor, Some(json!(null)));
    let page = client.call("search", json!({ "limit": 3 })).await;
    client.call("commit", json!({ "source": "fn g() -> i64 {\n    1\n}\n", "message": "More" })).await;
    let late = client.call("search", json!({ "limit": 3, "cursor": page["next_cursor"] })).await;
    assert_eq!(late["error"]["code"], "stale_cursor");
}
