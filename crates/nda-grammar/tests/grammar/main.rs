//! What the printed grammars take and make, held against the parser.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

mod edges;
mod gbnf;
mod guidance;
mod random;
mod reader;
mod schema;
mod scope;
mod texts;
