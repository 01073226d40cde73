//! `nda mcp` as clients start it: a process, its pipes, several of them at once.

use crate::{folder, nda, text};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

struct Client {
    process: Child,
    write: ChildStdin,
    read: BufReader<ChildStdout>,
    next: u64,
}

impl Client {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_nda"))
            .arg("mcp")
            .args(args)
            .current_dir(folder)
            .env_remove("NDA_STORE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let write = process.stdin.take().expect("it was asked for");
        let read = BufReader::new(process.stdout.take().expect("it was asked for"));
        let mut client = Self { process, write, read, next: 0 };
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
        });
        let answer = client.request("initialize", &hello);
        assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.write, "{message}").expect("the server reads");
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.next += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params }));
        let mut line = String::new();
        self.read.read_line(&mut line).expect("the server answers");
        serde_json::from_str(&line).expect("JSON")
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.request("tools/call", &json!({ "name": tool, "arguments": arguments }));
        answer["result"]["structuredContent"].clone()
    }

    /// Goes away; the server's exit code.
    fn leave(mut self) -> Option<i32> {
        drop(self.write);
        self.process.wait().expect("it ends").code()
    }
}

#[test]
fn several_servers_commit_to_one_store_and_nothing_is_lost() {
    const CLIENTS: usize = 4;
    const COMMITS: usize = 5;
    let folder = folder();
    assert_eq!(text(&nda(folder.path(), &["init"])).0, 0);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let path = folder.path();
            scope.spawn(move || {
                let author = format!("agent{client}");
                let mut agent = Client::start(path, &["--author", &author]);
                for round in 0..COMMITS {
                    let source = format!("fn f{client}_{round}() -> i64 {{ {round} }}");
                    let done = agent.call("commit", &json!({ "source": source, "message": "one more" }));
                    assert_eq!(done["outcome"], "committed", "{done:#}");
                    assert_eq!(agent.call("search", &json!({ "words": "f0" }))["outcome"], "found");
                }
                assert_eq!(agent.leave(), Some(0));
            });
        }
    });
    let (_, names, _) = text(&nda(folder.path(), &["ls"]));
    assert_eq!(names.lines().count(), CLIENTS * COMMITS, "{names}");
    let (_, log, _) = text(&nda(folder.path(), &["log"]));
    assert_eq!(log.lines().count(), CLIENTS * COMMITS, "{log}");
    for client in 0..CLIENTS {
        let author = format!("agent{client} via test: one more");
        assert_eq!(log.lines().filter(|line| line.contains(&author)).count(), COMMITS, "{log}");
    }
    assert_eq!(text(&nda(folder.path(), &["verify"])).0, 0);
}

#[test]
fn a_server_needs_a_store_and_a_branch() {
    let folder = folder();
    assert_eq!(text(&nda(folder.path(), &["mcp"])).0, 2);
    text(&nda(folder.path(), &["init"]));
    let (code, _, err) = text(&nda(folder.path(), &["mcp", "--branch", "nowhere"]));
    assert!(code == 2 && err.contains("no branch `nowhere`"), "{code}: {err}");
    let mut reader = Client::start(folder.path(), &["--read-only"]);
    let ran = reader.call("run", &json!({ "expression": "6 * 7" }));
    assert_eq!(ran["value"], "42");
    assert_eq!(reader.leave(), Some(0));
}
