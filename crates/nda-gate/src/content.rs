//! What the SiteMap asks about definitions, answered by the graph.

use nda_graph::group::{HashError, verify_hash};
use nda_graph::triples::{self, Object};
use nda_graph::{DefinitionRef, Hash, Verifier};
use nda_sitemap::{Content, ContentError, Triple};

/// Reads definitions for the SiteMap.
#[derive(Clone, Copy, Default, Debug)]
pub struct Definitions;

fn malformed(reason: impl std::fmt::Display) -> ContentError {
    ContentError::Malformed { reason: reason.to_string() }
}

impl Content for Definitions {
    fn references(&self, bytes: &[u8]) -> Result<Vec<Hash>, ContentError> {
        let view = DefinitionRef::verify(bytes, &mut Verifier::default()).map_err(malformed)?;
        let mut hashes: Vec<Hash> = view.references().map(|reference| reference.hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Ok(hashes)
    }

    fn verify(
        &self,
        hash: &Hash,
        bytes: &[u8],
        load: &dyn Fn(&Hash) -> Option<Vec<u8>>,
    ) -> Result<(), ContentError> {
        verify_hash(*hash, bytes, &|member| load(&member)).map_err(|error| match error {
            HashError::Differs { found, .. } => ContentError::Hash { found },
            HashError::MissingMember { member, .. } => ContentError::Partner { partner: member },
            HashError::NotADefinition { hash: member, source } if member == *hash => malformed(source),
            other => malformed(other),
        })
    }

    fn triples(&self, hash: &Hash, bytes: &[u8]) -> Result<Vec<Triple>, ContentError> {
        let view = DefinitionRef::verify(bytes, &mut Verifier::default()).map_err(malformed)?;
        Ok(definition_triples(*hash, view))
    }
}

/// The triples of a definition, as the store keeps them.
pub(crate) fn definition_triples(hash: Hash, view: DefinitionRef<'_>) -> Vec<Triple> {
    let all = triples::definition(view).into_iter();
    all.map(|(predicate, object)| match object {
        Object::Hash(to) => Triple::new(hash, predicate, to),
        Object::Text(text) => Triple::new(hash, predicate, text),
    })
    .collect()
}
