//! Credentials in a submission: what holds one goes no further, and nothing of it is repeated.

use nda_diagnostics::{Code, Diagnostic, Span};
use nda_secrets::{Finding, Scanner};

/// Looks through everything written in `source`. If there is a secret, it is masked where it stands and wherever else, so that
/// whoever shows the source later cannot show it.
pub(crate) fn take_out(source: &mut String, scanner: &Scanner) -> Vec<Diagnostic> {
    // What is too long the parser refuses unread.
    if source.len() > nda_syntax::MAX_SOURCE {
        return Vec::new();
    }
    let found = scanner.scan(source);
    if found.is_empty() {
        return Vec::new();
    }
    *source = nda_secrets::masked(source, &found);
    found.iter().map(diagnostic).collect()
}

fn diagnostic(found: &Finding) -> Diagnostic {
    let message = format!("this looks like a secret (rule `{}`)", found.rule);
    Diagnostic::new(Code::Secret, Span::new(found.start, found.end), message)
        .label("masked here; nothing of the submission was kept")
        .note(found.description.clone())
        .note("whoever saw it may use it: replace it where it was issued, and pass it in when the code runs")
        .note("if it is none, the store's policy can say so: docs/policy.md, `[secrets]`")
}
