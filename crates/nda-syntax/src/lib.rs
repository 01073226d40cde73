//! Lexer, parser with recovery, syntax tree and formatter.
//!
//! Text becomes a [`Tree`](tree::Tree) and a list of problems; parsing never fails. This crate knows no types,
//! no scopes and no store: whether a name exists is the business of `nda-check`. Read [`tree`] first.

mod names;
pub mod tree;
