//! What the printed grammars take and make, held against the parser.

mod edges;
mod gbnf;
mod guidance;
mod random;
mod reader;
mod schema;
mod scope;
mod texts;
