//! A weights file: named tensors.

use super::hash::Hasher;
use super::{
    ContentHash, MAX_NAME_BYTES, Tensor, TensorInfo, VERSION, WeightsError, align, read_tensor, u32_at,
    u64_at,
};

const MAGIC: [u8; 4] = *b"NDAW";
pub(super) const HEADER: usize = 64;
pub(super) const ENTRY: usize = 64;
/// The header's bytes that the hash covers; the hash stands behind them.
const HASHED_HEADER: usize = 32;

/// A weights file that was checked, over bytes that the caller holds: mapped, embedded, read.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    bytes: &'a [u8],
    tensors: usize,
}

/// A tensor of a file.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// The hash of its blob.
    pub hash: ContentHash,
    /// Its blob.
    pub blob: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The tensor, in place.
    #[must_use]
    pub fn tensor(&self) -> Tensor<'a> {
        read_checked(self.blob)
    }
}

fn read_checked(blob: &[u8]) -> Tensor<'_> {
    Tensor::over(blob).expect("the blob was checked when the file was opened")
}

impl<'a> Weights<'a> {
    /// Checks every byte, hashes included. Afterwards nothing is checked or copied again.
    pub fn open(bytes: &'a [u8]) -> Result<Self, WeightsError> {
        WeightsError::check_head("a weights file", bytes, MAGIC, HEADER)?;
        WeightsError::check_zero("the file's header", bytes, 6, 8)?;
        WeightsError::check_zero("the file's header", bytes, 24, 32)?;
        WeightsError::check_equal("bytes of the file", bytes.len() as u64, u64_at(bytes, 16))?;
        let (tensors, names) = (u32_at(bytes, 8) as usize, u32_at(bytes, 12) as usize);
        let directory = directory_bytes(tensors, names);
        if (bytes.len() as u64) < directory {
            let found = bytes.len() as u64;
            return Err(WeightsError::Short { what: "the directory", found, expected: directory });
        }
        let weights = Self { bytes, tensors };
        weights.check_directory(names, directory as usize)?;
        for entry in weights.entries() {
            let found = ContentHash::of_tensor(entry.blob);
            if found != entry.hash {
                let what = format!("the tensor {}", entry.name);
                return Err(WeightsError::Hash { what, found, expected: entry.hash });
            }
            read_tensor(entry.blob).map_err(|error| error.within(entry.name))?;
        }
        Ok(weights)
    }

    /// The directory's own hash, then names in order and blobs without gaps up to the end.
    fn check_directory(&self, names: usize, directory: usize) -> Result<(), WeightsError> {
        let (found, expected) = (directory_hash(&self.bytes[..directory]), self.hash());
        if found != expected {
            return Err(WeightsError::Hash { what: "the directory".to_owned(), found, expected });
        }
        let names_end = self.names_start() + names;
        WeightsError::check_zero("the file", self.bytes, names_end, directory)?;
        let (mut name_start, mut offset) = (0u64, directory as u64);
        let mut before = "";
        for index in 0..self.tensors {
            let at = HEADER + index * ENTRY;
            WeightsError::check_equal("beginning of a name", u64::from(u32_at(self.bytes, at)), name_start)?;
            let length = u32_at(self.bytes, at + 4) as usize;
            name_start += length as u64;
            if name_start > names as u64 {
                return Err(WeightsError::Short {
                    what: "the names up to this one",
                    found: names as u64,
                    expected: name_start,
                });
            }
            let name = self.check_name(index, names_end - names + name_start as usize - length, length)?;
            if index > 0 && name <= before {
                let (name, before) = (name.to_owned(), before.to_owned());
                return Err(WeightsError::Order { index, name, before });
            }
            before = name;
            WeightsError::check_equal("offset of a tensor", u64_at(self.bytes, at + 8), offset)?;
            WeightsError::check_zero("the file", self.bytes, at + 24, at + 32)?;
            let length = u64_at(self.bytes, at + 16);
            let left = self.bytes.len() as u64 - offset;
            if length > left {
                return Err(WeightsError::Short { what: "a tensor", found: left, expected: length });
            }
            offset += length;
        }
        WeightsError::check_equal("bytes of names", names as u64, name_start)?;
        WeightsError::check_equal("bytes of the file", self.bytes.len() as u64, offset)
    }

    fn check_name(&self, index: usize, start: usize, bytes: usize) -> Result<&'a str, WeightsError> {
        let refuse = |why| Err(WeightsError::Name { index, bytes, why });
        let Ok(name) = std::str::from_utf8(&self.bytes[start..start + bytes]) else {
            return refuse("is not UTF-8");
        };
        match name_problem(name) {
            Some(why) => refuse(why),
            None => Ok(name),
        }
    }

    fn names_start(&self) -> usize {
        HEADER + self.tensors * ENTRY
    }

    /// The file's hash: of its header and directory, which names every tensor by its hash.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        let mut hash = [0; 32];
        hash.copy_from_slice(&self.bytes[HASHED_HEADER..HEADER]);
        ContentHash(hash)
    }

    /// How many tensors.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tensors
    }

    /// True if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tensors == 0
    }

    /// A tensor by its place in the order of names.
    #[must_use]
    pub fn entry(&self, index: usize) -> Option<Entry<'a>> {
        if index >= self.tensors {
            return None;
        }
        let at = HEADER + index * ENTRY;
        let name =
            std::str::from_utf8(self.name(index)).expect("names were checked when the file was opened");
        let mut hash = [0; 32];
        hash.copy_from_slice(&self.bytes[at + 32..at + ENTRY]);
        Some(Entry { name, hash: ContentHash(hash), blob: self.blob(index) })
    }

    /// A tensor by its place in the order of names, read in place.
    #[must_use]
    pub fn tensor(&self, index: usize) -> Option<Tensor<'a>> {
        (index < self.tensors).then(|| read_checked(self.blob(index)))
    }

    fn blob(&self, index: usize) -> &'a [u8] {
        let at = HEADER + index * ENTRY;
        let start = u64_at(self.bytes, at + 8) as usize;
        &self.bytes[start..start + u64_at(self.bytes, at + 16) as usize]
    }

    fn name(&self, index: usize) -> &'a [u8] {
        let at = HEADER + index * ENTRY;
        let start = self.names_start() + u32_at(self.bytes, at) as usize;
        &self.bytes[start..start + u32_at(self.bytes, at + 4) as usize]
    }

    /// All tensors, in the order of their names.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'a>> {
        let weights = *self;
        (0..self.tensors).filter_map(move |index| weights.entry(index))
    }

    /// A tensor by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Entry<'a>> {
        self.entry(self.position(name)?)
    }

    /// A name's place in the order of names.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.tensors);
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

impl std::fmt::Debug for Weights<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Weights").field("hash", &self.hash()).field("tensors", &self.tensors).finish()
    }
}

/// What makes a name unfit.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("says nothing")
    } else if name.len() > MAX_NAME_BYTES {
        Some("is longer than 255 bytes")
    } else if name.chars().any(char::is_control) {
        Some("holds control characters")
    } else {
        None
    }
}

/// Bytes in front of the first blob.
pub(super) fn directory_bytes(tensors: usize, names: usize) -> u64 {
    (HEADER as u64 + tensors as u64 * ENTRY as u64 + names as u64).next_multiple_of(super::ALIGN as u64)
}

fn directory_hash(directory: &[u8]) -> ContentHash {
    let mut hasher = Hasher::new("weights");
    hasher.update(&directory[..HASHED_HEADER]);
    hasher.update(&directory[HEADER..]);
    hasher.finish()
}

/// The bytes in front of the first blob, and the file's hash.
pub(super) fn directory(entries: &[(&str, TensorInfo, ContentHash)]) -> (Vec<u8>, ContentHash) {
    let names: usize = entries.iter().map(|(name, ..)| name.len()).sum();
    let size = directory_bytes(entries.len(), names);
    let mut bytes = Vec::with_capacity(size as usize);
    let (mut name_start, mut offset) = (0u32, size);
    let file_bytes = size + entries.iter().map(|(_, info, _)| info.blob_bytes()).sum::<u64>();
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(names as u32).to_le_bytes());
    bytes.extend_from_slice(&file_bytes.to_le_bytes());
    bytes.resize(HEADER, 0);
    for (name, info, hash) in entries {
        bytes.extend_from_slice(&name_start.to_le_bytes());
        bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&info.blob_bytes().to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&hash.0);
        name_start += name.len() as u32;
        offset += info.blob_bytes();
    }
    for (name, ..) in entries {
        bytes.extend_from_slice(name.as_bytes());
    }
    bytes.resize(align(bytes.len()), 0);
    let hash = directory_hash(&bytes);
    bytes[HASHED_HEADER..HEADER].copy_from_slice(&hash.0);
    (bytes, hash)
}
