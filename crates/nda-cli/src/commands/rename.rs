//! `nda rename`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::keys::Signing;
use nda_gate::{Gate, RenameError};
use nda_sitemap::names::check_name;
use nda_sitemap::{CommitRequest, merge_never};
use serde_json::json;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// The name there is, a full path: of a definition, or of a module
    old: String,
    /// The name there will be
    new: String,
    #[command(flatten)]
    signing: Signing,
}

/// Gives a definition, or all of a module, another name.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let (old, new) = (options.old.as_str(), options.new.as_str());
    if !new.split("::").all(is_identifier) || check_name(new).is_err() {
        return Err(Failure::usage(format!("`{new}` cannot be a name")));
    }
    let store = context.store(Access::Write { sync: true })?;
    let branch = context.branch.clone();
    let mut gate = Gate::over(context.engine(), store.clone()).on_branch(&branch);
    let author = super::commit::author(None);
    gate = gate.by(&author);
    gate.signer = options.signing.key()?;
    let renamed = gate.rename(old, new).map_err(|error| match error {
        RenameError::Gate(error) => error.into(),
        error => Failure::usage(error.to_string()),
    })?;
    let moved = renamed.remove.len();
    let rewritten = renamed.bind.len() - moved;
    let definition = renamed.bind.iter().find(|bound| bound.name == new).map(|bound| bound.definition);
    let time_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let request = CommitRequest {
        branch,
        expected_head: renamed.head,
        bind: renamed.bind,
        remove: renamed.remove,
        author,
        judged_under: Some(renamed.policy),
        time_ms,
        sign: gate.signer.clone(),
        message: format!("Rename {old} to {new}"),
        ..CommitRequest::default()
    };
    let committed = store.commit(&request, &merge_never).map_err(nda_gate::CommitError::from)?;
    if context.json {
        context.print_json(&json!({
            "commit": committed.head.to_string(),
            "definition": definition.map(|hash| hash.to_string()),
            "renamed": moved,
            "rewritten": rewritten,
        }))?;
        return Ok(Exit::Ok);
    }
    let what = match definition {
        Some(hash) if moved == 1 => format!("`{new}` is #{} now", hash.short()),
        _ => format!("{moved} name(s) of `{old}` are `{new}`'s now"),
    };
    writeln!(context.out, "{what}; {rewritten} dependent text(s) rewritten, no hash changed")?;
    Ok(Exit::Ok)
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
