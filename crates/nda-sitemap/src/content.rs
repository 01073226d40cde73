//! What the store asks about definitions it cannot read itself. `nda-gate` answers with `nda-graph`; tests with a toy.

use nda_graph::Hash;

use crate::triple::Triple;

/// Knows how to read a definition's bytes.
pub trait Content: Send + Sync {
    /// The definitions that this one needs in order to mean anything (calls, references), each once.
    fn references(&self, bytes: &[u8]) -> Result<Vec<Hash>, ContentError>;

    /// Whether `bytes` are what `hash` names. `load` gives the bytes of other definitions, for hashes that depend on a
    /// mutually recursive group.
    fn verify(
        &self,
        hash: &Hash,
        bytes: &[u8],
        load: &dyn Fn(&Hash) -> Option<Vec<u8>>,
    ) -> Result<(), ContentError>;

    /// The triples that follow from the bytes alone: the same list, in any order, that a commit hands over.
    fn triples(&self, hash: &Hash, bytes: &[u8]) -> Result<Vec<Triple>, ContentError>;
}

/// Why a definition's bytes are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// The bytes do not form a definition.
    #[error("malformed: {reason}")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// They form another definition than the one named.
    #[error("its bytes hash to {found}")]
    Hash {
        /// What they hash to.
        found: Hash,
    },
    /// A partner of its group is not in the store.
    #[error("its partner {partner} is missing")]
    Partner {
        /// The partner.
        partner: Hash,
    },
}
