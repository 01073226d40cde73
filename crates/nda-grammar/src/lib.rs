//! The grammar of the language, for samplers that mask what a model may write next.
//!
//! One source, `productions.ebnf`, read by `read` into a [`model::Grammar`], and three forms: [`lark`] for llguidance, [`gbnf`] for
//! llama.cpp, and a JSON [`schema`] for hosts that know nothing else. This crate knows neither the parser, which the tests hold it against, nor
//! the store: what is in [`Scope`] is given to it.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

pub mod gbnf;
pub mod lark;
pub mod model;
mod read;
pub mod regex;
pub mod schema;
mod scope;

pub use scope::Scope;

use model::Grammar;
use nda_graph::{Builtin, CompareOp, MathOp, PlaceOp, TensorOp, UnaryOp};
use read::Productions;

/// The one source.
const PRODUCTIONS: &str = include_str!("productions.ebnf");

/// A form that the grammar is printed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Lark, as llguidance reads it.
    Lark,
    /// llama.cpp's.
    Gbnf,
    /// Of the arguments of the tool `draft`, in records.
    JsonSchema,
}

/// The grammar in some form, for whole texts or for what may be written in a scope.
#[must_use]
pub fn print(format: Format, scope: Option<&Scope>) -> String {
    let head = format!(
        "The grammar of NDA {}: what it derives, the parser takes; docs/grammar.md says more.{}",
        env!("CARGO_PKG_VERSION"),
        if scope.is_some() { "\nNarrowed: only functions in scope are called." } else { "" }
    );
    match format {
        Format::Lark => lark::print(&program(scope), &head),
        Format::Gbnf => gbnf::print(&program(scope), &head),
        Format::JsonSchema => format!("{:#}\n", schema::draft(scope)),
    }
}

/// The grammar of whole texts, or of those that may be written in a scope.
#[must_use]
pub fn program(scope: Option<&Scope>) -> Grammar {
    let mut productions = productions();
    if scope.is_some() {
        productions.replace("callee", "narrowed_callee");
    }
    let grammar = productions.expand("program").expect("the tests print it");
    match scope {
        Some(scope) => scope.narrow(grammar, productions.words("LANGUAGE")),
        None => grammar,
    }
}

fn productions() -> Productions {
    let words = [
        ("MATH", MathOp::ALL.iter().map(|op| op.name()).collect()),
        ("UNARY", UnaryOp::ALL.iter().map(|op| op.name()).collect()),
        ("COMPARE", CompareOp::ALL.iter().map(|op| op.name()).collect()),
        ("BUILTIN", Builtin::ALL.iter().map(|op| op.name()).collect()),
        ("PLACES", PlaceOp::ALL.iter().map(|op| op.name()).collect()),
        ("TENSOR", TensorOp::ALL.iter().map(|op| op.name()).collect()),
    ];
    read::read(PRODUCTIONS, &words).expect("the tests read it")
}

/// The functions of the language, as they are called.
#[must_use]
pub fn language_functions() -> Vec<String> {
    productions().words("LANGUAGE").to_vec()
}
