//! A client over in-memory pipes: plain JSON-RPC, every structured result held against the schema that the tool gave.

use nda_engine::Engine;
use nda_gate::Definitions;
use nda_mcp::Options;
use nda_sitemap::SiteMap;
use nda_sitemap::storage::lmdb::LmdbOptions;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};
use tokio::task::JoinHandle;

/// The longest that a test waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with an empty store.
pub struct Store {
    _folder: TempDir,
    pub map: SiteMap,
}

pub fn store() -> Store {
    let folder = tempfile::tempdir().unwrap();
    let map = SiteMap::open(
        folder.path(),
        &LmdbOptions { create: true, ..LmdbOptions::default() },
        Arc::new(Definitions),
    )
    .unwrap();
    Store { _folder: folder, map }
}

impl Store {
    pub fn options(&self) -> Options {
        Options {
            store: self.map.clone(),
            engine: Engine::new(),
            branch: nda_sitemap::DEFAULT_BRANCH.to_owned(),
            author: "tester".to_owned(),
            grants: Vec::new(),
            read_only: false,
            signer: None,
        }
    }

    /// The head's hash, or nothing.
    pub fn head(&self) -> Option<String> {
        let snapshot = self.map.snapshot().unwrap();
        snapshot.head(nda_sitemap::DEFAULT_BRANCH).unwrap().map(|head| head.to_string())
    }
}

/// One connected client.
pub struct Client {
    write: WriteHalf<DuplexStream>,
    read: Lines<BufReader<ReadHalf<DuplexStream>>>,
    next: u64,
    schemas: Map<String, Value>,
    /// Notifications that came while an answer was waited for.
    pub notified: Vec<Value>,
    pub server: JoinHandle<()>,
}

impl Client {
    /// A client that has said hello.
    pub async fn connect(options: Options) -> Self {
        let mut client = Self::silent(options);
        let hello = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
        });
        let answer = client.request("initialize", hello).await;
        assert_eq!(answer["result"]["serverInfo"]["name"], "nda", "{answer}");
        client.notify("notifications/initialized", json!({})).await;
        let tools = client.request("tools/list", json!({})).await;
        for tool in tools["result"]["tools"].as_array().unwrap() {
            let name = tool["name"].as_str().unwrap().to_owned();
            client.schemas.insert(name, tool["outputSchema"].clone());
        }
        client
    }

    /// A client that has said nothing.
    pub fn silent(options: Options) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (read, write) = tokio::io::split(theirs);
        let server = tokio::spawn(nda_mcp::serve(options, read, write));
        let (read, write) = tokio::io::split(ours);
        let read = BufReader::new(read).lines();
        Self { write, read, next: 0, schemas: Map::new(), notified: Vec::new(), server }
    }

    pub async fn line(&mut self, line: &[u8]) {
        self.write.write_all(line).await.unwrap();
        self.write.write_all(b"\n").await.unwrap();
    }

    pub async fn notify(&mut self, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.line(message.to_string().as_bytes()).await;
    }

    /// Sends a request; its number.
    pub async fn send(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        self.line(message.to_string().as_bytes()).await;
        self.next
    }

    /// The next message.
    pub async fn message(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.read.next_line()).await;
        let line = line.expect("an answer in time").unwrap().expect("a server that is there");
        serde_json::from_str(&line).unwrap()
    }

    /// The answer to a request.
    pub async fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.message().await;
            if message["id"] == json!(id) {
                return message;
            }
            self.notified.push(message);
        }
    }

    pub async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        self.answer(id).await
    }

    /// Calls a tool; its structured result, which fits the tool's schema.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        let result = &answer["result"];
        let value = result["structuredContent"].clone();
        assert!(value.is_object(), "{tool}: {answer}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
        if let Err(problem) = fits(&value, &self.schemas[tool]) {
            panic!("{tool}: {problem}\n{value:#}");
        }
        let failed = value["outcome"] == "error" || (tool == "commit" && value["outcome"] != "committed");
        assert_eq!(result["isError"], json!(failed), "{value:#}");
        value
    }
}

/// Whether a value is what a schema of ours says.
fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the type `{other}`"),
    };
    let allowed = match &schema["type"] {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        other => panic!("the type {other}"),
    };
    if !allowed {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    if let Some(all) = schema["enum"].as_array()
        && !all.contains(value)
    {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
            return Err(format!("{name} is missing"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(field) = value.get(name) {
            fits(field, inner).map_err(|problem| format!("{name}: {problem}"))?;
        }
    }
    for member in value.as_array().into_iter().flatten() {
        fits(member, &schema["items"])?;
    }
    Ok(())
}
