//! The grammar of the language, for samplers that mask what a model may write next.
//!
//! One source, `productions.ebnf`, read by `read` into a [`model::Grammar`], and three forms: Lark for llguidance, GBNF for llama.cpp, a
//! JSON Schema for hosts that know nothing else. This crate knows neither the parser, which the tests hold it against, nor the store: names
//! in scope are given to it.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

pub mod gbnf;
pub mod lark;
pub mod model;
mod read;
pub mod regex;

use model::Grammar;

/// The one source.
const PRODUCTIONS: &str = include_str!("productions.ebnf");

/// The grammar of whole programs.
#[must_use]
pub fn program() -> Grammar {
    read::read(PRODUCTIONS).and_then(|productions| productions.expand("program")).expect("the tests read it")
}
