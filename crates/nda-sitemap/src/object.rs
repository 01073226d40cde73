//! Objects: what the store keeps under a hash. Metadata, commits and gate records are defined here, as versioned postcard;
//! name-map nodes in `names.rs`; definitions come as bytes that only [`crate::Content`] can read, policies as text that only
//! the gate can.
//!
//! A payload never changes its meaning: a new shape gets a new version byte and the old one stays readable.

use nda_graph::Hash;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::wire;

/// What an object is. The number is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Kind {
    /// A definition's canonical bytes.
    Definition = 1,
    /// [`Metadata`].
    Metadata = 2,
    /// A node of the name map.
    NameNode = 3,
    /// [`Commit`].
    Commit = 4,
    /// [`GateRecord`].
    GateRecord = 5,
    /// A policy's text; what it says is the gate's business.
    Policy = 6,
    /// [`crate::Signature`] of a commit.
    Signature = 7,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 7] = [
        Kind::Definition,
        Kind::Metadata,
        Kind::NameNode,
        Kind::Commit,
        Kind::GateRecord,
        Kind::Policy,
        Kind::Signature,
    ];

    /// The kind with this number.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }

    /// The kind's name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Definition => "definition",
            Kind::Metadata => "metadata",
            Kind::NameNode => "name node",
            Kind::Commit => "commit",
            Kind::GateRecord => "gate record",
            Kind::Policy => "policy",
            Kind::Signature => "signature",
        }
    }

    /// The hash domain of the kinds whose hash is simply that of their bytes; `None` for definitions, whose hash may
    /// depend on the group they belong to.
    #[must_use]
    pub fn domain(self) -> Option<&'static str> {
        match self {
            Kind::Definition => None,
            Kind::Metadata => Some("metadata"),
            Kind::NameNode => Some("name-node"),
            Kind::Commit => Some("commit"),
            Kind::GateRecord => Some("gate-record"),
            Kind::Policy => Some("policy"),
            Kind::Signature => Some("signature"),
        }
    }
}

/// Bytes of an object row's body before the payload: kind, then zeros, so that the payload starts at a multiple of 16.
pub(crate) const OBJECT_HEADER: usize = 8;

/// An object, in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its payload.
    pub bytes: &'a [u8],
}

/// Why a payload cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The version byte is not one this program knows.
    #[error("version {found} is unknown here, {expected} is the newest")]
    Version {
        /// What stands there.
        found: u8,
        /// The newest known.
        expected: u8,
    },
    /// The bytes are not such a record.
    #[error("the bytes are not a record of this kind")]
    Malformed,
}

/// A payload that is a version byte and a postcard record.
pub trait Record: Serialize + DeserializeOwned {
    /// What it is.
    const KIND: Kind;
    /// Version written.
    const VERSION: u8 = 1;

    /// Its payload.
    #[must_use]
    fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![Self::VERSION])
            .expect("records hold strings, numbers and lists, all of which postcard writes")
    }

    /// The record in a payload.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (&found, rest) = bytes.split_first().ok_or(DecodeError::Malformed)?;
        if found != Self::VERSION {
            return Err(DecodeError::Version { found, expected: Self::VERSION });
        }
        match postcard::take_from_bytes(rest) {
            Ok((record, [])) => Ok(record),
            _ => Err(DecodeError::Malformed),
        }
    }

    /// The hash of its payload.
    #[must_use]
    fn hash(&self) -> Hash {
        hash_of(Self::KIND, &self.encode())
    }
}

/// The hash of a payload whose kind has a domain.
pub(crate) fn hash_of(kind: Kind, bytes: &[u8]) -> Hash {
    Hash::of(kind.domain().unwrap_or("definition"), bytes)
}

/// All that an author wrote about one definition under one name and that is no part of its meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The definition it describes.
    #[serde(with = "wire::hash")]
    pub definition: Hash,
    /// The name it was committed under.
    pub name: String,
    /// The whole item as written: comments, docs, attributes, layout.
    pub source: String,
    /// For each graph node its `start..end` in bytes of `source`.
    pub spans: Vec<(u32, u32)>,
    /// Parameter names, in order.
    pub parameters: Vec<String>,
    /// Local names, by slot.
    pub locals: Vec<String>,
    /// The doc comment's text.
    pub docs: String,
    /// Its examples.
    pub examples: Vec<Example>,
    /// Capabilities it declares.
    pub uses: Vec<String>,
    /// The path of the module outside of which it cannot be used; empty if there is none. Written behind the record.
    #[serde(skip)]
    pub within: String,
}

impl Record for Metadata {
    const KIND: Kind = Kind::Metadata;
    /// Ends with the module it is private to; what is private to none is written as version 1.
    const VERSION: u8 = 2;

    fn encode(&self) -> Vec<u8> {
        encode_with(self, (!self.within.is_empty()).then_some(self.within.as_bytes()))
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut record, behind): (Self, _) = decode_with(bytes)?;
        if let Some(within) = behind {
            record.within = String::from_utf8(within).map_err(|_| DecodeError::Malformed)?;
        }
        Ok(record)
    }
}

/// A record of version 1, or of version 2 with bytes behind it, which are never empty.
fn encode_with<T: Serialize>(record: &T, behind: Option<&[u8]>) -> Vec<u8> {
    let holds = "records hold strings, numbers and lists, all of which postcard writes";
    let version = if behind.is_some() { 2 } else { 1 };
    let payload = postcard::to_extend(record, vec![version]).expect(holds);
    match behind {
        Some(behind) => postcard::to_extend(behind, payload).expect(holds),
        None => payload,
    }
}

/// Reads what [`encode_with`] wrote.
fn decode_with<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Option<Vec<u8>>), DecodeError> {
    let (&found, rest) = bytes.split_first().ok_or(DecodeError::Malformed)?;
    if found != 1 && found != 2 {
        return Err(DecodeError::Version { found, expected: 2 });
    }
    let malformed = |_| DecodeError::Malformed;
    let (record, rest) = postcard::take_from_bytes::<T>(rest).map_err(malformed)?;
    if found == 1 {
        return if rest.is_empty() { Ok((record, None)) } else { Err(DecodeError::Malformed) };
    }
    match postcard::take_from_bytes::<Vec<u8>>(rest).map_err(malformed)? {
        (behind, []) if !behind.is_empty() => Ok((record, Some(behind))),
        _ => Err(DecodeError::Malformed),
    }
}

/// An example of a definition: as written, and compiled as a definition of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The text in the attribute.
    pub text: String,
    /// The example's own definition.
    #[serde(with = "wire::hash")]
    pub definition: Hash,
}

/// A point of history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The name map's root; [`Hash::ZERO`] when no name is bound.
    #[serde(with = "wire::hash")]
    pub root: Hash,
    /// The commits before it.
    #[serde(with = "wire::hashes")]
    pub parents: Vec<Hash>,
    /// Who made it.
    pub author: String,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Why.
    pub message: String,
    /// What it admitted: definition and its gate record, in the order of the definitions' hashes.
    #[serde(with = "wire::hash_pairs")]
    pub admitted: Vec<(Hash, Hash)>,
    /// The policy that holds from here on, if any. Written behind the record.
    #[serde(skip)]
    pub policy: Option<Hash>,
}

impl Record for Commit {
    const KIND: Kind = Kind::Commit;
    /// Ends with the policy; without one it is written as version 1.
    const VERSION: u8 = 2;

    fn encode(&self) -> Vec<u8> {
        encode_with(self, self.policy.as_ref().map(|policy| policy.0.as_slice()))
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (mut record, behind): (Self, _) = decode_with(bytes)?;
        if let Some(policy) = behind {
            record.policy = Some(Hash(policy.try_into().map_err(|_| DecodeError::Malformed)?));
        }
        Ok(record)
    }
}

/// What the gate did with one definition before it let it in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRecord {
    /// The definition.
    #[serde(with = "wire::hash")]
    pub definition: Hash,
    /// The checks run.
    pub checks: Vec<GateCheck>,
    /// The engine that ran the examples, by name and version. Outcomes are believed by the same one only.
    pub engine: String,
    /// The version of the price list it ran them by.
    pub prices: u32,
    /// The limits it was tried under, by name (`fuel`, `memory_bytes`, `depth`, `time_ms`).
    pub limits: Vec<(String, u64)>,
    /// Fuel used by all examples together.
    pub fuel: u64,
    /// The largest memory any example held, in bytes.
    pub peak_bytes: u64,
    /// Its examples' results.
    pub examples: Vec<ExampleResult>,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// Who submitted it.
    pub author: String,
    /// Anything a later gate wants to say, by name.
    pub notes: Vec<(String, String)>,
}

impl Record for GateRecord {
    const KIND: Kind = Kind::GateRecord;
    const VERSION: u8 = 2;
}

/// One check that ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateCheck {
    /// Its name.
    pub name: String,
    /// The version of its rules.
    pub version: String,
    /// Whether the definition passed. A policy may admit what failed.
    pub passed: bool,
}

/// One example's result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleResult {
    /// The example's own definition.
    #[serde(with = "wire::hash")]
    pub definition: Hash,
    /// Whether both sides agreed.
    pub passed: bool,
    /// Both sides' values as NDA text, if it is a comparison.
    pub sides: Option<(String, String)>,
    /// Fuel used.
    pub fuel: u64,
    /// The most bytes its values held at once.
    pub peak_bytes: u64,
    /// The deepest nesting of calls it reached.
    pub depth: u32,
    /// What it printed.
    pub output: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_and_refuse_what_they_are_not() {
        let commit = Commit {
            root: Hash::of("test", b"root"),
            parents: vec![Hash::of("test", b"parent")],
            author: "a".into(),
            time_ms: 7,
            message: "m".into(),
            admitted: vec![(Hash::ZERO, Hash::of("test", b"gate"))],
            policy: None,
        };
        let governed = Commit { policy: Some(Hash::of("policy", b"version = 1")), ..commit.clone() };
        let bytes = commit.encode();
        assert_eq!((bytes[0], governed.encode()[0]), (1, 2));
        assert_eq!(Commit::decode(&governed.encode()).as_ref(), Ok(&governed));
        assert_eq!(Commit::decode(&governed.encode()[..bytes.len() + 20]), Err(DecodeError::Malformed));
        assert_eq!(Commit::decode(&bytes), Ok(commit));
        for end in 0..bytes.len() {
            assert!(Commit::decode(&bytes[..end]).is_err(), "{end} bytes");
        }
        assert_eq!(Commit::decode(&[bytes.clone(), vec![0]].concat()), Err(DecodeError::Malformed));
        assert_eq!(Commit::decode(&[9]), Err(DecodeError::Version { found: 9, expected: 2 }));
        let metadata =
            Metadata { spans: vec![(1, 2)], examples: vec![Example::default()], ..Metadata::default() };
        assert_eq!(Metadata::decode(&metadata.encode()).as_ref(), Ok(&metadata));
        let private = Metadata { within: "geo::shapes".into(), ..metadata.clone() };
        assert_eq!((metadata.encode()[0], private.encode()[0]), (1, 2));
        assert_eq!(Metadata::decode(&private.encode()), Ok(private));
        let open = [&[2], &metadata.encode()[1..], &[0]].concat();
        assert_eq!(
            Metadata::decode(&open),
            Err(DecodeError::Malformed),
            "only version 1 is private to nothing"
        );
    }
}
