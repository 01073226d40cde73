//! Rust's `Ordering`: an enum that a source brings along, as a safe fix.

use super::Infer;
use nda_diagnostics::{Diagnostic, Span};

impl Infer<'_> {
    /// Adds to the problem that there is no `Ordering`, `Ordering::Less`, … the fix that defines it, if that is what is missing.
    pub(super) fn define_order(&self, diagnostic: Diagnostic, path: &str, span: Span) -> Diagnostic {
        let own = path.strip_prefix("std::").unwrap_or(path);
        let own = own.strip_prefix("cmp::").unwrap_or(own);
        if !matches!(own, "Ordering" | "Ordering::Less" | "Ordering::Equal" | "Ordering::Greater") {
            return diagnostic;
        }
        if own != path {
            return diagnostic.fix(format!("write `{own}`"), span, own);
        }
        if self.source.contains("enum Ordering") || self.source.contains("mod ") {
            return diagnostic;
        }
        let end = self.source.len() as u32;
        let text = "\n\nenum Ordering { Less, Equal, Greater }\n";
        diagnostic.fix("define it", Span::new(end, end), text)
    }
}
