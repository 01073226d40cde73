//! Why bytes are no tensors.

use super::ContentHash;
use crate::TensorError;

/// Every variant carries what was found and what was expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// Other bytes altogether.
    #[error("{what} begins with {}, not with {:?}", found.escape_ascii(), expected.escape_ascii().to_string())]
    Magic {
        /// What it should be.
        what: &'static str,
        /// Its first bytes.
        found: [u8; 4],
        /// What they would be.
        expected: [u8; 4],
    },
    /// A version that is not known here.
    #[error("{what} has version {found}; this program reads version {expected}")]
    Version {
        /// What has it.
        what: &'static str,
        /// Its version.
        found: u16,
        /// The version known here.
        expected: u16,
    },
    /// A number that must be another one.
    #[error("{what}: {found} where {expected} is right")]
    Mismatch {
        /// What is counted.
        what: &'static str,
        /// The number.
        found: u64,
        /// The right one.
        expected: u64,
    },
    /// Fewer bytes than something takes.
    #[error("{what}: {expected} bytes are needed, there are {found}")]
    Short {
        /// What takes them.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many it takes.
        expected: u64,
    },
    /// A kind of tensor that is not known here.
    #[error("a tensor of kind {found}; the kinds are 0 (quad), 1 (ternary) and 2 (floats)")]
    Kind {
        /// The number.
        found: u8,
    },
    /// A byte that must be zero.
    #[error("byte {at} of {what} is {found}, where it must be 0")]
    NotZero {
        /// What it belongs to.
        what: &'static str,
        /// Where in it.
        at: usize,
        /// The byte.
        found: u8,
    },
    /// Bytes that are not those that were hashed.
    #[error("{what} has the hash {found}, where {expected} was written down")]
    Hash {
        /// What was hashed.
        what: String,
        /// Its hash.
        found: ContentHash,
        /// The one written down.
        expected: ContentHash,
    },
    /// A name that is no text, empty, too long, or holds control characters.
    #[error("tensor {index} has a name of {bytes} bytes that {why}")]
    Name {
        /// Which tensor, from 0.
        index: usize,
        /// How long the name is.
        bytes: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Names out of order, or twice.
    #[error("tensor {index} is {name:?}, which does not come after {before:?}")]
    Order {
        /// Which tensor, from 0.
        index: usize,
        /// Its name.
        name: String,
        /// The name before it.
        before: String,
    },
    /// A shape, a scale, or a bit.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// The same, with the tensor's name.
    #[error("{name}: {error}")]
    In {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        error: Box<WeightsError>,
    },
}

impl WeightsError {
    pub(super) fn within(self, name: &str) -> Self {
        Self::In { name: name.to_owned(), error: Box::new(self) }
    }

    pub(super) fn check_zero(what: &'static str, bytes: &[u8], from: usize, to: usize) -> Result<(), Self> {
        match (from..to).find(|&at| bytes[at] != 0) {
            Some(at) => Err(Self::NotZero { what, at, found: bytes[at] }),
            None => Ok(()),
        }
    }

    pub(super) fn check_equal(what: &'static str, found: u64, expected: u64) -> Result<(), Self> {
        if found == expected { Ok(()) } else { Err(Self::Mismatch { what, found, expected }) }
    }

    pub(super) fn check_head(
        what: &'static str,
        bytes: &[u8],
        magic: [u8; 4],
        size: usize,
    ) -> Result<(), Self> {
        if bytes.len() < size {
            return Err(Self::Short { what, found: bytes.len() as u64, expected: size as u64 });
        }
        let found = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if found != magic {
            return Err(Self::Magic { what, found, expected: magic });
        }
        let version = super::u16_at(bytes, 4);
        if version != super::VERSION {
            return Err(Self::Version { what, found: version, expected: super::VERSION });
        }
        Ok(())
    }
}
