//! Credentials in text: found by rules in gitleaks' format, named, masked and never repeated.
//!
//! One pass over the text looks for the keywords of all rules at once; only a rule whose keyword occurs has its regex
//! compiled, once, and tried. What the regex finds must carry enough entropy and stand on no allowlist. Text is also
//! looked at as the language reads it: escapes resolved, literals joined by `+`, types of bindings left out.
//!
//! ```
//! let scanner = nda_secrets::Scanner::default();
//! // Put together here, so that no scanner takes this page for a leak.
//! let text = format!("let t = \"ghp_{}\";", "0123456789abcdefABCDEF0123456789abcd");
//! let found = scanner.scan(&text);
//! assert_eq!(found[0].rule, "github-pat");
//! assert!(!nda_secrets::masked(&text, &found).contains("0123"));
//! ```
//!
//! This crate knows no syntax tree, no store and no hash: what is no text is never shown to it. Read `rule.rs` for what a
//! rule is, `scanner.rs` for how it is tried, `keywords.rs` for where, `reading.rs` for the second look, `mask.rs` for what is left of a text.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod builtin;
mod keywords;
mod mask;
mod reading;
mod rule;
mod scanner;

pub use builtin::VERSION;
pub use mask::masked;
pub use rule::{Allowlist, Rule, RuleFile, Target, Text};
pub use scanner::{Finding, RuleError, Scanner};
