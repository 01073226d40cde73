//! The gate for agents: a server of the Model Context Protocol.
//!
//! An agent searches names and types, reads the slice that it needs to change one definition, submits a text and is told at
//! once what is wrong with it, runs it, and commits it. Everything is decided by the gate; here it gets a form: tools with
//! schemas for what goes in and comes out (`tools`), resources under their hashes (`resources`), prompts (`prompts`).
//! `docs/mcp.md` is the page for users.
//!
//! `house.rs` holds what all sessions share, `server.rs` answers the protocol, `stdio.rs` carries it over pipes,
//! `http.rs` over HTTP. This crate
//! knows nothing of the command line and opens no store: it is given one.

mod drafts;
mod house;
mod http;
mod prompts;
mod resources;
mod schema;
mod search;
mod server;
mod stdio;
mod tools;

pub use house::Options;
pub use http::{HttpOptions, random_token, serve_at, serve_http};
pub use stdio::{MAX_MESSAGE_BYTES, ServeError, serve, serve_stdio};
