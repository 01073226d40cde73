//! Lexer, parser with recovery, syntax tree and formatter.
//!
//! Text becomes a [`Tree`] and a list of problems; parsing never fails, never panics and never loops, whatever the
//! bytes. This crate knows no types, no scopes and no store: whether a name exists is the business of `nda-check`.
//! Read [`tree`] first, then `parser`.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

pub mod dump;
mod format;
mod keywords;
mod lexer;
mod literal;
mod names;
mod operator;
mod parser;
pub mod parts;
mod token;

pub mod tree;
mod unfinished;

pub use format::format;
pub use parser::{
    MAX_SOURCE, parse, parse_bytes, parse_expr_into, parse_expr_with_items_into, parse_into, source_text,
};
pub use tree::Tree;
pub use unfinished::{Unfinished, unfinished};
