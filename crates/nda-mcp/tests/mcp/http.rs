//! The server over HTTP: who may speak to it, and how much.

use super::client::{Store, store};
use nda_mcp::{HttpOptions, MAX_MESSAGE_BYTES, serve_at};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const TOKEN: &str = "0123456789abcdef";

/// A server on a port of its own; it ends with the test's runtime.
async fn serve(store: &Store, rate: u32) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let origins = vec!["https://app.example:443".to_owned()];
    let http = HttpOptions { address, token: TOKEN.to_owned(), hosts: Vec::new(), origins, rate };
    tokio::spawn(serve_at(store.options(), http, listener));
    address
}

struct Request<'r> {
    head: Vec<(&'r str, String)>,
    body: Vec<u8>,
}

impl<'r> Request<'r> {
    fn new(address: SocketAddr, body: &Value) -> Self {
        let head = vec![
            ("host", address.to_string()),
            ("authorization", format!("Bearer {TOKEN}")),
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json, text/event-stream".to_owned()),
        ];
        Self { head, body: body.to_string().into_bytes() }
    }

    fn with(mut self, name: &'r str, value: &str) -> Self {
        self.head.retain(|(known, _)| *known != name);
        self.head.push((name, value.to_owned()));
        self
    }

    /// The answer's status, head, and first message.
    async fn send(self, address: SocketAddr) -> (u16, String, Value) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut text = "POST /mcp HTTP/1.1\r\nconnection: close\r\n".to_owned();
        for (name, value) in self.head {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        stream.write_all(text.as_bytes()).await.unwrap();
        // A server that refuses need not read it all.
        let _ = stream.write_all(&self.body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let message = body.lines().find_map(|line| {
            let line = line.strip_prefix("data:").unwrap_or(line).trim();
            serde_json::from_str::<Value>(line).ok().filter(Value::is_object)
        });
        (status, head.to_lowercase(), message.unwrap_or_default())
    }
}

fn hello() -> Value {
    let params = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_over_http() {
    let store = store();
    let address = serve(&store, 100).await;
    let (status, head, answer) = Request::new(address, &hello()).send(address).await;
    assert_eq!((status, &answer["result"]["serverInfo"]["name"]), (200, &json!("nda")), "{head}\n{answer}");
    let session = head.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().to_owned();
    let in_session = |message: Value| {
        Request::new(address, &message)
            .with("mcp-session-id", &session)
            .with("mcp-protocol-version", "2025-11-25")
    };
    let started = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(in_session(started).send(address).await.0, 202);
    let source = "#[example(f() == 1)]\nfn f() -> i64 {\n    1\n}\n";
    let call = json!({ "name": "commit", "arguments": { "source": source, "message": "One" } });
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call });
    let (status, head, answer) = in_session(call).send(address).await;
    let done = &answer["result"]["structuredContent"];
    assert_eq!((status, &done["commit"]), (200, &json!(store.head())), "{head}\n{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_the_newest_revision_needs_no_session() {
    let store = store();
    let address = serve(&store, 100).await;
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let call = json!({ "name": "run", "arguments": { "expression": "6 * 7" }, "_meta": meta });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    let request = Request::new(address, &call)
        .with("mcp-protocol-version", "2026-07-28")
        .with("mcp-method", "tools/call")
        .with("mcp-name", "run");
    let (status, head, answer) = request.send(address).await;
    assert_eq!(
        (status, &answer["result"]["structuredContent"]["value"]),
        (200, &json!("42")),
        "{head}\n{answer}"
    );
    assert_eq!(answer["result"]["resultType"], "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_refused() {
    let store = store();
    let address = serve(&store, 100).await;
    let status = |request: Request<'static>| async move { request.send(address).await.0 };
    let new = || Request::new(address, &hello());
    for wrong in
        ["", "Bearer", "Bearer 0123456789abcdeX", "Basic 0123456789abcdef", "Bearer 0123456789abcdef "]
    {
        let (status, head, _) = new().with("authorization", wrong).send(address).await;
        let trimmed = wrong.trim_end() == format!("Bearer {TOKEN}");
        assert_eq!(status, if trimmed { 200 } else { 401 }, "{wrong}");
        assert_eq!(head.contains("www-authenticate: bearer"), !trimmed);
    }
    // A page that resolved its own name to this machine, and one that just tries.
    assert_eq!(status(new().with("host", "evil.example")).await, 403);
    assert_eq!(status(new().with("origin", "https://evil.example")).await, 403);
    assert_eq!(status(new().with("origin", "null")).await, 403);
    assert_eq!(status(new().with("origin", "http://localhost.evil.example:7420")).await, 403);
    for page in ["https://app.example", "http://localhost:3000", "http://127.0.0.1:7420", "http://[::1]:7420"]
    {
        assert_eq!(status(new().with("origin", page)).await, 200, "{page}");
    }
    assert_eq!(status(new()).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_and_too_often_is_refused() {
    let store = store();
    let address = serve(&store, 5).await;
    let mut long = Request::new(address, &hello());
    long.body = vec![b' '; MAX_MESSAGE_BYTES + 1];
    assert_eq!(long.send(address).await.0, 413);
    let mut broken = Request::new(address, &hello());
    broken.body = b"{\"jsonrpc\":".to_vec();
    let (status, _, _) = broken.send(address).await;
    assert!((400..500).contains(&status), "{status}");
    let huge = "x".repeat(100_000);
    let status = Request::new(address, &hello()).with("x-huge", &huge).send(address).await.0;
    assert_eq!(status, 431);
    let mut refused = 0;
    for _ in 0..30 {
        let (status, head, _) =
            Request::new(address, &hello()).with("authorization", "Bearer guess").send(address).await;
        assert!(status == 401 || status == 429, "{status}");
        refused += usize::from(status == 429 && head.contains("retry-after: 1"));
    }
    assert!(refused >= 5, "{refused} of 30 were too many");
    assert_eq!(store.head(), None);
}
