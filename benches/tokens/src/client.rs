//! A client of the agents' server, in this process: it reads what an agent would read.

use nda_mcp::Options;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
};
use tokio::runtime::Runtime;

pub struct Client {
    runtime: Runtime,
    write: WriteHalf<DuplexStream>,
    read: Lines<BufReader<ReadHalf<DuplexStream>>>,
    next: u64,
}

impl Client {
    pub fn new(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let (read, write) = tokio::io::split(theirs);
        runtime.spawn(nda_mcp::serve(options, read, write));
        let (read, write) = tokio::io::split(ours);
        let mut client = Self { runtime, write, read: BufReader::new(read).lines(), next: 0 };
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "tokens", "version": "1" },
        });
        client.request("initialize", &hello);
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    fn send(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.runtime.block_on(self.write.write_all(line.as_bytes())).expect("the server reads");
    }

    pub fn request(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        let line =
            self.runtime.block_on(self.read.next_line()).expect("the server answers").expect("and is there");
        let answer: Value = serde_json::from_str(&line).expect("JSON");
        answer["result"].clone()
    }

    /// A tool's answer.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.request("tools/call", &json!({ "name": tool, "arguments": arguments }));
        answer["structuredContent"].clone()
    }
}
