//! Commits, and what changed between two of them.

use crate::time;
use nda_graph::Hash;
use nda_sitemap::names::NameChange;
use nda_sitemap::object::{Commit, Kind};
use nda_sitemap::{ReadError, ResolveError, Snapshot};
use serde_json::{Value, json};

/// Why a text names no commit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevisionError {
    /// It is not written like one.
    #[error("`{0}` names no commit")]
    Malformed(String),
    /// There is no such branch.
    #[error("there is no branch `{0}`")]
    Branch(String),
    /// A hash prefix.
    #[error(transparent)]
    Prefix(#[from] ResolveError),
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The commit that a branch, `#prefix`, `HEAD` or `HEAD~N` names; `None` before the first.
///
/// # Errors
/// If it names none, or the store cannot be read.
pub fn commit(text: &str, snapshot: &Snapshot, branch: &str) -> Result<Option<Hash>, RevisionError> {
    if let Some(prefix) = text.strip_prefix('#') {
        return Ok(Some(snapshot.resolve(prefix, Some(Kind::Commit))?.0));
    }
    let Some(rest) = text.strip_prefix("HEAD") else {
        let head = snapshot.head(text)?;
        return head.map(Some).ok_or_else(|| RevisionError::Branch(text.to_owned()));
    };
    let back: usize = match rest.strip_prefix('~') {
        None if rest.is_empty() => 0,
        Some(count) => count.parse().map_err(|_| RevisionError::Malformed(text.to_owned()))?,
        None => return Err(RevisionError::Malformed(text.to_owned())),
    };
    let mut at = snapshot.head(branch)?;
    for _ in 0..back {
        at = match at {
            Some(commit) => snapshot.commit(&commit)?.parents.first().copied(),
            None => break,
        };
    }
    Ok(at)
}

/// The name map of what `text` names; see [`commit()`].
///
/// # Errors
/// As [`commit()`].
pub fn root(text: &str, snapshot: &Snapshot, branch: &str) -> Result<Hash, RevisionError> {
    Ok(match commit(text, snapshot, branch)? {
        Some(commit) => snapshot.commit(&commit)?.root,
        None => Hash::ZERO,
    })
}

/// The names that stand for something else in one name map than in another.
///
/// # Errors
/// If the store cannot be read.
pub fn changes(snapshot: &Snapshot, before: &Hash, after: &Hash) -> Result<Vec<NameChange>, ReadError> {
    let mut changes = snapshot.diff(before, after)?;
    changes.retain(|change| {
        change.before.map(|binding| binding.definition) != change.after.map(|binding| binding.definition)
    });
    Ok(changes)
}

/// One changed name, for machines.
#[must_use]
pub fn change_json(change: &NameChange) -> Value {
    json!({
        "name": change.name,
        "before": change.before.map(|binding| binding.definition.to_string()),
        "after": change.after.map(|binding| binding.definition.to_string()),
    })
}

/// One commit, for machines.
#[must_use]
pub fn commit_json(hash: &Hash, commit: &Commit) -> Value {
    let parents: Vec<String> = commit.parents.iter().map(ToString::to_string).collect();
    json!({
        "commit": hash.to_string(),
        "parents": parents,
        "time": time::iso(commit.time_ms),
        "author": commit.author,
        "message": commit.message,
        "admitted": commit.admitted.len(),
    })
}
