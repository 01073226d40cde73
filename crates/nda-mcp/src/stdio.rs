//! The protocol over a pair of pipes: one JSON-RPC message a line. What is no message, or too long, is answered with an
//! error and forgotten; the session goes on.

use crate::house::{House, Options};
use crate::server::Server;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::service::{RoleServer, serve_server};
use rmcp::transport::Transport;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Mutex, Semaphore};

/// The most bytes of one message.
pub const MAX_MESSAGE_BYTES: usize = 4 << 20;

/// Programs may be deep: threads that check and run them have this much address space for their stacks.
const STACK_BYTES: usize = 64 << 20;
/// Calls at work at once; the others wait.
const WORKERS: usize = 32;
/// Complaints about bad messages that wait to be written at once.
const COMPLAINTS: usize = 64;
/// How long calls that were told to stop may take to do so when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Why a server could not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Threads, pipes, sockets.
    #[error("the server cannot work: {0}")]
    Io(#[from] io::Error),
}

/// The threads of a server.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(WORKERS)
        .thread_stack_size(STACK_BYTES)
        .thread_name("nda-mcp")
        .enable_all()
        .build()
}

/// Serves standard input and output until the input ends.
///
/// # Errors
/// If there are no threads to be had.
pub fn serve_stdio(options: Options) -> Result<(), ServeError> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let (read, write) = rmcp::transport::stdio_pipes();
        serve(options, read, write).await;
    });
    // Whoever is at work was told to stop when its session ended.
    runtime.shutdown_timeout(LAST_WORDS);
    Ok(())
}

/// Serves one client over any pair of streams, until its end closes.
pub async fn serve<R, W>(options: Options, read: R, write: W)
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let server = Server { house: Arc::new(House::new(options)) };
    let lines = Lines {
        read: BufReader::new(read),
        line: Vec::new(),
        skipping: false,
        write: Arc::new(Mutex::new(write)),
        complaints: Arc::new(Semaphore::new(COMPLAINTS)),
    };
    // A client that goes away before it has said hello is none.
    if let Ok(running) = serve_server(server, lines).await {
        let _ = running.waiting().await;
    }
}

/// Messages as lines.
struct Lines<R, W> {
    read: BufReader<R>,
    /// What came of the line so far: reading may be interrupted at any place.
    line: Vec<u8>,
    /// Whether the rest of a line that is too long is still to come.
    skipping: bool,
    write: Arc<Mutex<W>>,
    /// Complaints that may wait to be written.
    complaints: Arc<Semaphore>,
}

/// What one look at the input gives.
enum Step {
    Message(Box<ClientJsonRpcMessage>),
    /// No message; to be answered if it was no notification.
    Bad(Option<Value>),
    More,
    End,
}

impl<R: AsyncRead + Send + Unpin, W> Lines<R, W> {
    async fn step(&mut self) -> Step {
        let Ok(bytes) = self.read.fill_buf().await else { return Step::End };
        if bytes.is_empty() {
            return Step::End;
        }
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let piece = &bytes[..end.unwrap_or(bytes.len())];
        let fits = !self.skipping && self.line.len() + piece.len() <= MAX_MESSAGE_BYTES;
        if fits {
            self.line.extend_from_slice(piece);
        }
        self.read.consume(taken);
        match (end, fits) {
            (None, true) => Step::More,
            (None, false) => {
                self.skipping = true;
                self.line = Vec::new();
                Step::More
            }
            (Some(_), true) => {
                let step = parse(&self.line);
                self.line.clear();
                step
            }
            (Some(_), false) => {
                self.skipping = false;
                self.line = Vec::new();
                let message = format!("the message is longer than {MAX_MESSAGE_BYTES} bytes");
                Step::Bad(Some(problem(-32600, &message, &Value::Null)))
            }
        }
    }
}

/// Reads one line.
fn parse(line: &[u8]) -> Step {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Step::More;
    }
    if let Ok(message) = serde_json::from_slice(line) {
        return Step::Message(Box::new(message));
    }
    match serde_json::from_slice::<Value>(line) {
        Err(error) => Step::Bad(Some(problem(-32700, &format!("this is not JSON: {error}"), &Value::Null))),
        // A notification that nobody knows is none of our business.
        Ok(value) if value.get("id").is_none() && value.get("method").is_some() => Step::Bad(None),
        Ok(value) => {
            let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
            let message = "this is not a JSON-RPC 2.0 message of the Model Context Protocol";
            Step::Bad(Some(problem(-32600, message, &id.unwrap_or(Value::Null))))
        }
    }
}

fn problem(code: i32, message: &str, id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

async fn write_line<W: AsyncWrite + Unpin>(write: &Mutex<W>, mut line: Vec<u8>) -> io::Result<()> {
    line.push(b'\n');
    let mut write = write.lock().await;
    write.write_all(&line).await?;
    write.flush().await
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let write = Arc::clone(&self.write);
        async move {
            let line = serde_json::to_vec(&message).map_err(io::Error::other)?;
            write_line(&write, line).await
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            match self.step().await {
                Step::Message(message) => return Some(*message),
                Step::End => return None,
                Step::More | Step::Bad(None) => {}
                Step::Bad(Some(answer)) => {
                    let line = answer.to_string().into_bytes();
                    let write = Arc::clone(&self.write);
                    // Answered beside the reading, which may be interrupted at any place. Whoever sends a flood of these and
                    // reads nothing is not answered for each.
                    if let Ok(permit) = Arc::clone(&self.complaints).try_acquire_owned() {
                        tokio::spawn(async move {
                            let _permit = permit;
                            // A client that is gone is noticed by the reading.
                            let _ = write_line(&write, line).await;
                        });
                    }
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.write.lock().await.shutdown().await
    }
}
