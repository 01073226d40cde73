//! `nda diff`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use crate::report::definition;
use crate::report::style::Style;
use nda_graph::{DefinitionRef, Hash, Verifier};
use nda_sitemap::Snapshot;
use nda_sitemap::names::Binding;
use nda_sitemap::object::Kind;
use serde_json::{Value, json};
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// A branch, #COMMIT, HEAD or HEAD~N [default: HEAD~1]
    #[arg(default_value = "HEAD~1", hide_default_value = true)]
    from: String,
    /// The same [default: HEAD]
    #[arg(default_value = "HEAD", hide_default_value = true)]
    to: String,
}

/// Lists the names whose meaning differs between two commits.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let snapshot = context.snapshot()?;
    let before = root(&options.from, &snapshot, &context.branch)?;
    let after = root(&options.to, &snapshot, &context.branch)?;
    let style = Style(context.color_out());
    let mut all: Vec<Value> = Vec::new();
    for change in snapshot.diff(&before, &after)? {
        let (old, new) = (change.before, change.after);
        if old.map(|it| it.definition) == new.map(|it| it.definition) {
            continue;
        }
        if context.json {
            all.push(json!({
                "name": change.name,
                "before": old.map(|it| it.definition.to_string()),
                "after": new.map(|it| it.definition.to_string()),
            }));
            continue;
        }
        if let Some(old) = old {
            writeln!(context.out, "{}", style.bad(&format!("- {}", line(&snapshot, &change.name, old)?)))?;
        }
        if let Some(new) = new {
            writeln!(context.out, "{}", style.good(&format!("+ {}", line(&snapshot, &change.name, new)?)))?;
        }
    }
    if context.json {
        context.print_json(&json!({ "changes": all }))?;
    }
    Ok(Exit::Ok)
}

fn line(snapshot: &Snapshot, name: &str, binding: Binding) -> Result<String, Failure> {
    let view = DefinitionRef::verify(snapshot.definition(&binding.definition)?, &mut Verifier::default())?;
    let metadata = snapshot.metadata(&binding.metadata).ok();
    Ok(format!("#{} {}", binding.definition.short(), definition::stored(view, metadata.as_ref(), name)))
}

/// The name map of a commit.
fn root(text: &str, snapshot: &Snapshot, branch: &str) -> Result<Hash, Failure> {
    let commit = if let Some(prefix) = text.strip_prefix('#') {
        Some(snapshot.resolve(prefix, Some(Kind::Commit))?.0)
    } else if let Some(rest) = text.strip_prefix("HEAD") {
        let back: usize = match rest.strip_prefix('~') {
            Some(count) => count.parse().map_err(|_| Failure::usage(format!("`{text}` names no commit")))?,
            None if rest.is_empty() => 0,
            None => return Err(Failure::usage(format!("`{text}` names no commit"))),
        };
        let mut at = snapshot.head(branch)?;
        for _ in 0..back {
            at = match at {
                Some(commit) => snapshot.commit(&commit)?.parents.first().copied(),
                None => None,
            };
        }
        at
    } else {
        let head = snapshot.head(text)?;
        Some(head.ok_or_else(|| Failure::usage(format!("there is no branch `{text}`")))?)
    };
    Ok(match commit {
        Some(commit) => snapshot.commit(&commit)?.root,
        None => Hash::ZERO,
    })
}
