//! What clients are shown: tools, resources, prompts.

use super::client::{Client, store};
use serde_json::{Value, json};

/// Clients cut descriptions here.
const MOST: usize = 2_048;

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_few_and_say_all_in_little() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let listed = client.request("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search", "describe", "submit", "draft", "run", "commit", "history", "diff"]);
    for tool in tools {
        assert!(tool["description"].as_str().unwrap().len() < MOST);
        assert_eq!(tool["annotations"]["readOnlyHint"], json!(tool["name"] != "commit"));
        assert_eq!(tool["annotations"]["destructiveHint"], false);
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        assert_eq!(tool["outputSchema"]["required"], json!(["outcome"]));
        assert!(!tool.to_string().contains("$ref"), "{tool:#}");
    }
    let size = listed["result"]["tools"].to_string().len();
    assert!(size < 21_500, "the tools take {size} bytes of every session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_reads_offers_nothing_that_writes() {
    let store = store();
    let options = nda_mcp::Options { read_only: true, ..store.options() };
    let mut client = Client::connect(options).await;
    let listed = client.request("tools/list", json!({})).await;
    assert!(!listed.to_string().contains("\"commit\",\"title\""));
    let asked = json!({ "name": "commit", "arguments": { "source": "fn f() {}", "message": "x" } });
    let answer = client.request("tools/call", asked).await;
    assert!(answer["error"]["message"].as_str().unwrap().contains("there is no tool `commit`"), "{answer}");
    assert_eq!(store.head(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_a_resource_and_objects_are_for_ever() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let listed = client.request("resources/list", json!({})).await;
    let resources = listed["result"]["resources"].as_array().unwrap();
    for resource in resources {
        let uri = resource["uri"].as_str().unwrap();
        let read = client.request("resources/read", json!({ "uri": uri })).await;
        let text = read["result"]["contents"][0]["text"].as_str().unwrap();
        assert_eq!(resource["size"], text.len());
    }
    assert!(resources.iter().any(|resource| resource["uri"] == "nda://language/types"));
    let templates = client.request("resources/templates/list", json!({})).await;
    assert_eq!(templates["result"]["resourceTemplates"][0]["uriTemplate"], "nda://object/{hash}");

    let source = "/// One.\n#[example(f() == 1)]\nfn f() -> i64 {\n    1\n}\n";
    let done = client.call("commit", json!({ "source": source, "message": "One" })).await;
    let commit = done["commit"].as_str().unwrap_or_else(|| panic!("{done:#}"));
    let commit = read(&mut client, commit).await;
    let commit: Value = serde_json::from_str(&commit).unwrap();
    assert_eq!(commit["message"], "One");
    let record = read(&mut client, commit["admitted"][0]["record"].as_str().unwrap()).await;
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!((&record["examples"], &record["definition"]), (&json!(1), &done["definitions"][0]["hash"]));
    // Hashes hold the time of the commit: a short prefix would be some object's now and then.
    let nobody = format!("nda://object/{}", "0".repeat(64));
    for wrong in [
        nobody.as_str(),
        "nda://object/zz",
        "nda://language/none",
        "nda://errors/E9999",
        "file:///etc/passwd",
        "nda://",
    ] {
        let answer = client.request("resources/read", json!({ "uri": wrong })).await;
        let message = answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{wrong}: {answer}"));
        assert!(message.contains(wrong), "{answer}");
    }
}

async fn read(client: &mut Client, hash: &str) -> String {
    let answer = client.request("resources/read", json!({ "uri": format!("nda://object/{hash}") })).await;
    answer["result"]["contents"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_name_the_tools_that_there_are() {
    let store = store();
    let mut client = Client::connect(store.options()).await;
    let listed = client.request("prompts/list", json!({})).await;
    assert_eq!(listed["result"]["prompts"].as_array().unwrap().len(), 2);
    let asked =
        json!({ "name": "repair_definition", "arguments": { "name": "geo::area", "problem": "too large" } });
    let got = client.request("prompts/get", asked).await;
    let text = got["result"]["messages"][0]["content"]["text"].as_str().unwrap();
    for word in ["geo::area", "too large", "`describe`", "`submit`", "`commit`"] {
        assert!(text.contains(word), "{text}");
    }
    let missing = client.request("prompts/get", json!({ "name": "write_definition" })).await;
    assert_eq!(missing["error"]["code"], -32602);
    let unknown = client.request("prompts/get", json!({ "name": "sing" })).await;
    assert!(unknown["error"]["message"].as_str().unwrap().contains("`sing`"));
}
