//! The hashes of definitions, alone or in recursive groups.
//!
//! A definition that does not lead back to itself hashes as its bytes do. In a group (a strongly connected component
//! of the call graph) no member can be hashed before the others, so they are told apart step by step, as states of an
//! automaton are: at first by their bodies, with the references inside the group left blank; then by their bodies and
//! what is known of the members they refer to; until the number of different members grows no more. The result
//! depends on meaning only, never on names or order: members that cannot be told apart are the same definition.
//!
//! The final hash covers the member's own class and, sorted, every class of the group with its successor, which pins
//! the whole quotient automaton down: equal hashes mean equal behaviour, not merely equal so far as one looked.

use crate::definition::Definition;
use crate::{DefinitionRef, FormatError, Hash, Hasher, Verifier};

/// Hashes a definition without references into its own group.
#[must_use]
pub fn hash_definition(bytes: &[u8]) -> Hash {
    Hash::of("def", bytes)
}

/// Hashes a recursive group and writes the final hashes into the members' references.
///
/// `partners[m]` lists, for member `m`, which member each of its in-group references points to, as pairs of reference
/// index and member index, in the order of the references.
///
/// # Panics
/// If `partners` does not have one entry per member.
pub fn hash_group(members: &mut [Definition], partners: &[Vec<(u32, usize)>]) -> Vec<Hash> {
    assert_eq!(members.len(), partners.len(), "one list of partners for each member");
    let bodies: Vec<Hash> = members.iter().map(|member| hash_body(member.view())).collect();
    let links: Vec<Vec<usize>> =
        partners.iter().map(|list| list.iter().map(|&(_, member)| member).collect()).collect();
    let hashes = refine(&bodies, &links);
    for (member, list) in members.iter_mut().zip(partners) {
        member.patch_references(|index| {
            list.iter().find(|&&(reference, _)| reference == index).map(|&(_, partner)| hashes[partner])
        });
    }
    hashes
}

/// Checks that stored bytes are a definition and have the hash they are stored under. Members of a recursive group are
/// fetched with `load`, and checked as well.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn verify_hash<B: AsRef<[u8]>>(
    hash: Hash,
    bytes: &[u8],
    load: &dyn Fn(Hash) -> Option<B>,
) -> Result<(), HashError> {
    let mut verifier = Verifier::default();
    let view = verified(hash, bytes, &mut verifier)?;
    if view.references().all(|reference| !reference.in_group) {
        let found = hash_definition(bytes);
        return if found == hash { Ok(()) } else { Err(HashError::Differs { hash, found }) };
    }
    // Members that cannot be told apart share one hash, so the group found by following hashes is the quotient
    // already; refining it gives the same classes and the same final hashes.
    let mut order = vec![hash];
    let mut bodies = Vec::new();
    let mut links = Vec::new();
    let mut next = 0;
    while next < order.len() {
        let member = order[next];
        let loaded = if member == hash { None } else { load(member) };
        let member_bytes = match &loaded {
            Some(loaded) => loaded.as_ref(),
            None if member == hash => bytes,
            None => return Err(HashError::MissingMember { hash, member }),
        };
        let view = verified(member, member_bytes, &mut verifier)?;
        bodies.push(hash_body(view));
        let mut link = Vec::new();
        for reference in view.references().filter(|reference| reference.in_group) {
            let known = order.iter().position(|&seen| seen == reference.hash);
            link.push(known.unwrap_or_else(|| {
                order.push(reference.hash);
                order.len() - 1
            }));
        }
        links.push(link);
        next += 1;
    }
    let found = refine(&bodies, &links)[0];
    if found == hash { Ok(()) } else { Err(HashError::Differs { hash, found }) }
}

fn verified<'b>(
    hash: Hash,
    bytes: &'b [u8],
    verifier: &mut Verifier,
) -> Result<DefinitionRef<'b>, HashError> {
    DefinitionRef::verify(bytes, verifier).map_err(|source| HashError::NotADefinition { hash, source })
}

/// Why bytes do not have the hash they are stored under.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The bytes hash to something else.
    #[error("the content stored as #{} hashes to #{}", hash.short(), found.short())]
    Differs {
        /// The name.
        hash: Hash,
        /// What the content hashes to.
        found: Hash,
    },
    /// A member of its recursive group is missing.
    #[error("#{} belongs to a recursive group, whose member #{} is missing", hash.short(), member.short())]
    MissingMember {
        /// The definition asked for.
        hash: Hash,
        /// The member that is not there.
        member: Hash,
    },
    /// The bytes are no definition at all.
    #[error("the content stored as #{} is not a definition: {source}", hash.short())]
    NotADefinition {
        /// The name.
        hash: Hash,
        /// What is wrong with them.
        source: FormatError,
    },
}

/// The hash of a definition's bytes with the references inside its group left blank.
fn hash_body(view: DefinitionRef<'_>) -> Hash {
    let mut bytes = view.bytes().to_vec();
    let base = view.references_at();
    for (index, reference) in view.references().enumerate() {
        if reference.in_group {
            let at = base + index * crate::definition::REFERENCE;
            bytes[at..at + 32].fill(0);
        }
    }
    Hash::of("def-body", &bytes)
}

fn refine(bodies: &[Hash], links: &[Vec<usize>]) -> Vec<Hash> {
    let mut colors = bodies.to_vec();
    let mut classes = count_classes(&colors);
    loop {
        let next: Vec<Hash> = (0..colors.len())
            .map(|member| {
                let mut hasher = Hasher::new("def-color");
                hasher.update(&bodies[member].0);
                links[member].iter().for_each(|&partner| hasher.update(&colors[partner].0));
                hasher.finish()
            })
            .collect();
        let found = count_classes(&next);
        if found == classes {
            return seal(&colors, &next);
        }
        (colors, classes) = (next, found);
    }
}

/// The final hashes, from the stable classes and the step that showed them stable.
fn seal(colors: &[Hash], next: &[Hash]) -> Vec<Hash> {
    let mut quotient: Vec<(Hash, Hash)> = colors.iter().copied().zip(next.iter().copied()).collect();
    quotient.sort_unstable();
    quotient.dedup();
    colors
        .iter()
        .map(|color| {
            let mut hasher = Hasher::new("def-member");
            hasher.update(&color.0);
            for (class, successor) in &quotient {
                hasher.update(&class.0);
                hasher.update(&successor.0);
            }
            hasher.finish()
        })
        .collect()
}

fn count_classes(colors: &[Hash]) -> usize {
    let mut sorted = colors.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}
