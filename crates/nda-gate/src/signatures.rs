//! Who signed which commit, and whether the policy trusts them to.

use crate::policy::Policy;
use nda_graph::Hash;
use nda_sitemap::object::Commit;
use nda_sitemap::{PublicKey, ReadError, Snapshot};
use std::collections::BTreeSet;

/// What a commit's signatures are worth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Standing {
    /// A key signed it that the policy trusts to sign for its author.
    Trusted,
    /// It is signed, by no key that is trusted for its author.
    Untrusted,
    /// Nobody signed it.
    Unsigned,
    /// One of its signatures is none.
    Wrong,
}

/// A commit and who signed it.
#[derive(Clone, Debug)]
pub struct SignedCommit {
    /// Its hash.
    pub hash: Hash,
    /// Itself.
    pub commit: Commit,
    /// The keys whose signatures are valid.
    pub keys: Vec<PublicKey>,
    /// What that is worth.
    pub standing: Standing,
}

/// All commits that branches lead to, by branch and the newest first, each once.
///
/// # Errors
/// If the store cannot be read.
pub fn signed_commits(snapshot: &Snapshot, policy: &Policy) -> Result<Vec<SignedCommit>, ReadError> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (_, head) in snapshot.branches()? {
        let mut waiting = vec![head];
        while let Some(hash) = waiting.pop() {
            if !seen.insert(hash) {
                continue;
            }
            let commit = snapshot.commit(&hash)?;
            waiting.extend(commit.parents.iter().rev());
            let signatures = snapshot.signatures(&hash)?;
            let (valid, wrong): (Vec<_>, Vec<_>) = signatures.iter().partition(|one| one.is_valid());
            let keys: Vec<PublicKey> = valid.iter().map(|one| one.key).collect();
            let is_trusted = keys.iter().any(|key| policy.trusts(key, &commit.author));
            let standing = if !wrong.is_empty() {
                Standing::Wrong
            } else if is_trusted {
                Standing::Trusted
            } else if keys.is_empty() {
                Standing::Unsigned
            } else {
                Standing::Untrusted
            };
            found.push(SignedCommit { hash, commit, keys, standing });
        }
    }
    Ok(found)
}
