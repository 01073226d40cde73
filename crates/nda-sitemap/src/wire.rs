//! Hashes in postcard records: 32 raw bytes each. `Hash` belongs to `nda-graph`, which knows no serde.

use nda_graph::Hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One hash.
pub(crate) mod hash {
    use super::*;

    pub fn serialize<S: Serializer>(hash: &Hash, to: S) -> Result<S::Ok, S::Error> {
        hash.0.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Hash, D::Error> {
        <[u8; 32]>::deserialize(from).map(Hash)
    }
}

/// A list of hashes.
pub(crate) mod hashes {
    use super::*;

    pub fn serialize<S: Serializer>(hashes: &[Hash], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(hashes.iter().map(|hash| hash.0))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
        Ok(Vec::<[u8; 32]>::deserialize(from)?.into_iter().map(Hash).collect())
    }
}

/// A list of pairs of hashes.
pub(crate) mod hash_pairs {
    use super::*;

    pub fn serialize<S: Serializer>(pairs: &[(Hash, Hash)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(pairs.iter().map(|(one, two)| (one.0, two.0)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(Hash, Hash)>, D::Error> {
        let pairs = Vec::<([u8; 32], [u8; 32])>::deserialize(from)?;
        Ok(pairs.into_iter().map(|(one, two)| (Hash(one), Hash(two))).collect())
    }
}
