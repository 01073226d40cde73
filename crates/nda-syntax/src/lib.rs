//! Lexer, parser with recovery, and formatter.
