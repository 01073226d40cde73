//! The server from the outside: a client that writes JSON-RPC and reads what comes back.
// Helpers may unwrap as tests do: a panic is the test failing.
#![allow(clippy::unwrap_used)]

mod client;
mod draft;
mod hostile;
mod http;
mod session;
mod surface;
