//! What the printed grammars take and make, held against the parser.

mod guidance;
mod texts;
