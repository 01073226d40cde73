//! What an author has to read to change one definition: not files, but the declarations that its text relies on.
//!
//! A slice holds the types that the definition's own types are made of, all the way down, and the declaration of each function and
//! constant that it refers to directly. That is all the checker asks of the outside; bodies are not in it.

use crate::definition::{metadata_of, stored};
use nda_gate::StoreLibrary;
use nda_graph::{Definition, DefinitionRef, FormatError, Hash, Kind, Value, Verifier};
use nda_sitemap::{ReadError, Snapshot};
use std::collections::BTreeSet;

/// The declarations around a definition.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// Types first, then what it calls and refers to, each in the order of the names.
    pub declarations: Vec<Declaration>,
    /// Names of those for which there was no room.
    pub omitted: Vec<String>,
}

/// One definition as its users see it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Declaration {
    /// What it is called on the branch; `#hash` if it has no name there.
    pub name: String,
    /// Its hash.
    pub hash: Hash,
    /// `struct P { x: i64 }`, `const LIMIT: i64 = 3`, `fn area(p: P) -> f64`, the first line of its docs before it.
    pub text: String,
}

/// Why there is no slice.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SliceError {
    /// The store cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Stored bytes that are no definition.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// About how many tokens of a language model a text costs. Code has three to four bytes for each; this is the careful side.
#[must_use]
pub fn tokens(text: &str) -> usize {
    text.len().div_ceil(3)
}

/// The declarations that a definition relies on, as many as `budget` tokens hold; types go before functions.
///
/// # Errors
/// If the store cannot be read.
pub fn around(snapshot: &Snapshot, branch: &str, hash: Hash, budget: usize) -> Result<Slice, SliceError> {
    let library = StoreLibrary { snapshot: Some(snapshot), branch };
    let own = read(snapshot, &hash)?;
    let mut types = BTreeSet::new();
    let mut waiting = named_types(own.view());
    while let Some(next) = waiting.pop() {
        if next != hash && types.insert(next) {
            waiting.extend(named_types(read(snapshot, &next)?.view()));
        }
    }
    let mut others: BTreeSet<Hash> = own.view().references().map(|reference| reference.hash).collect();
    others.remove(&hash);
    let mut slice = Slice::default();
    let mut room = budget;
    for group in [types, others] {
        let declared = group.iter().map(|one| declaration(&library, one)).collect::<Result<Vec<_>, _>>()?;
        let mut declared: Vec<Declaration> = declared.into_iter().flatten().collect();
        declared.sort();
        for one in declared {
            match room.checked_sub(tokens(&one.text)) {
                Some(left) => {
                    room = left;
                    slice.declarations.push(one);
                }
                None => slice.omitted.push(one.name),
            }
        }
    }
    Ok(slice)
}

fn read(snapshot: &Snapshot, hash: &Hash) -> Result<Definition, SliceError> {
    Ok(Definition::from_bytes(snapshot.definition(hash)?.to_vec(), &mut Verifier::default())?)
}

fn named_types(view: DefinitionRef<'_>) -> Vec<Hash> {
    let types = view.signature().types();
    types.named().map(|ty| types.hash_of(ty)).collect()
}

/// How its users see a definition; `None` for a type that the language has by itself.
fn declaration(library: &StoreLibrary<'_>, hash: &Hash) -> Result<Option<Declaration>, SliceError> {
    let Some(snapshot) = library.snapshot else { return Ok(None) };
    if !snapshot.contains(hash)? {
        return Ok(None);
    }
    let definition = read(snapshot, hash)?;
    let known = metadata_of(snapshot, library.branch, hash)?;
    let name = known.as_ref().map_or_else(|| format!("#{}", hash.short()), |(name, _)| name.clone());
    let metadata = known.map(|(_, metadata)| metadata);
    let mut text = stored(definition.view(), metadata.as_ref(), &name);
    if definition.view().kind() == Kind::Constant
        && let Some(value) = Value::of_constant(definition.view())
    {
        text.push_str(&format!(" = {value}"));
    }
    if let Some(first) = metadata.as_ref().and_then(|metadata| metadata.docs.lines().next()) {
        text = format!("/// {first}\n{text}");
    }
    Ok(Some(Declaration { name, hash: *hash, text }))
}
