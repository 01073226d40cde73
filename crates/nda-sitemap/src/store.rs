//! Typed rows: objects, refs and bindings over any [`Read`] or [`Write`]. No policy; that is in `commit.rs`.

use std::cell::RefCell;
use std::collections::HashMap;

use nda_graph::Hash;

use crate::names::{Binding, NamesError, NodeSource};
use crate::object::{Commit, DecodeError, Kind, OBJECT_HEADER, Object, Record};
use crate::rows;
use crate::storage::{Read, StorageError, Table, Write};

/// The format of the tables and objects. A store of another format is refused.
pub const FORMAT_VERSION: u32 = 1;
/// The longest branch name, in bytes.
pub const MAX_BRANCH_BYTES: usize = 100;
/// The branch that exists by convention.
pub const DEFAULT_BRANCH: &str = "main";
pub(crate) const FORMAT_KEY: &[u8] = b"format";

/// Why something cannot be read from the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An object that something refers to, or that was asked for, is not there.
    #[error("there is no {} {hash}", .wanted.name())]
    Missing {
        /// Its hash.
        hash: Hash,
        /// What it should be.
        wanted: Kind,
    },
    /// The hash names an object of another kind.
    #[error("{hash} is a {}, not a {}", .found.name(), .wanted.name())]
    WrongKind {
        /// Its hash.
        hash: Hash,
        /// What it is.
        found: Kind,
        /// What it should be.
        wanted: Kind,
    },
    /// An object of a kind that this program does not know.
    #[error("{hash} is of a kind this program does not know ({kind})")]
    UnknownKind {
        /// Its hash.
        hash: Hash,
        /// The kind's number.
        kind: u8,
    },
    /// An object's payload cannot be read.
    #[error("the {} {hash} cannot be read: {source}", .kind.name())]
    Decode {
        /// Its hash.
        hash: Hash,
        /// What it is.
        kind: Kind,
        /// Why.
        source: DecodeError,
    },
    /// The name map cannot be read.
    #[error(transparent)]
    Names(NamesError),
    /// No such branch.
    #[error("there is no branch `{branch}`")]
    UnknownBranch {
        /// Its name.
        branch: String,
    },
}

impl From<NamesError> for ReadError {
    fn from(error: NamesError) -> Self {
        match error {
            NamesError::Storage(error) => Self::Storage(error),
            NamesError::Missing(hash) => Self::Missing { hash, wanted: Kind::NameNode },
            other => Self::Names(other),
        }
    }
}

pub(crate) fn parse_object<'b>(hash: &Hash, body: &'b [u8]) -> Result<Object<'b>, ReadError> {
    let Some((head, bytes)) = body.split_first_chunk::<OBJECT_HEADER>() else {
        return Err(StorageError::damaged(format!("object {hash} has no header")).into());
    };
    let kind = Kind::from_byte(head[0]).ok_or(ReadError::UnknownKind { hash: *hash, kind: head[0] })?;
    Ok(Object { kind, bytes })
}

/// The object under `hash`, in place.
pub(crate) fn object<'r>(
    read: &'r (impl Read + ?Sized),
    hash: &Hash,
) -> Result<Option<Object<'r>>, ReadError> {
    rows::get(read, Table::Objects, &hash.0)?.map(|body| parse_object(hash, body)).transpose()
}

/// The payload of the object under `hash`, which must be of `kind`.
pub(crate) fn payload<'r>(
    read: &'r (impl Read + ?Sized),
    hash: &Hash,
    kind: Kind,
) -> Result<&'r [u8], ReadError> {
    match object(read, hash)? {
        None => Err(ReadError::Missing { hash: *hash, wanted: kind }),
        Some(object) if object.kind == kind => Ok(object.bytes),
        Some(object) => Err(ReadError::WrongKind { hash: *hash, found: object.kind, wanted: kind }),
    }
}

/// The record under `hash`.
pub(crate) fn record<T: Record>(read: &(impl Read + ?Sized), hash: &Hash) -> Result<T, ReadError> {
    T::decode(payload(read, hash, T::KIND)?).map_err(|source| ReadError::Decode {
        hash: *hash,
        kind: T::KIND,
        source,
    })
}

/// Puts an object; whether it was new. Putting it again changes nothing.
pub(crate) fn put_object(
    write: &mut (impl Write + ?Sized),
    scratch: &mut Vec<u8>,
    kind: Kind,
    hash: &Hash,
    payload: &[u8],
) -> Result<bool, ReadError> {
    let mut body = Vec::with_capacity(OBJECT_HEADER + payload.len());
    body.extend_from_slice(&[kind as u8, 0, 0, 0, 0, 0, 0, 0]);
    body.extend_from_slice(payload);
    match rows::put_new(write, scratch, Table::Objects, &hash.0, &body)? {
        None => Ok(true),
        Some(there) if there == body => Ok(false),
        Some(_) => {
            let what = format!("object {hash} differs from what its hash stands for");
            Err(StorageError::damaged(what).into())
        }
    }
}

fn hash_in(body: &[u8], table: Table) -> Result<Hash, StorageError> {
    match body.try_into() {
        Ok(bytes) => Ok(Hash(bytes)),
        Err(_) => Err(StorageError::damaged(format!("a row of table `{}` has a wrong length", table.name()))),
    }
}

/// Whether a text can name a branch.
pub(crate) fn is_branch_name(branch: &str) -> bool {
    (1..=MAX_BRANCH_BYTES).contains(&branch.len()) && !branch.chars().any(char::is_control)
}

/// The commit a branch points to.
pub(crate) fn head(read: &(impl Read + ?Sized), branch: &str) -> Result<Option<Hash>, StorageError> {
    if !is_branch_name(branch) {
        return Ok(None);
    }
    rows::get(read, Table::Refs, branch.as_bytes())?.map(|body| hash_in(body, Table::Refs)).transpose()
}

/// The policy that holds: the one at the head of the default branch.
pub(crate) fn policy(read: &(impl Read + ?Sized)) -> Result<Option<Hash>, ReadError> {
    let Some(head) = head(read, DEFAULT_BRANCH)? else { return Ok(None) };
    Ok(record::<Commit>(read, &head)?.policy)
}

pub(crate) fn parse_head(body: &[u8]) -> Result<Hash, StorageError> {
    hash_in(body, Table::Refs)
}

/// `branch NUL name`.
pub(crate) fn binding_key(branch: &str, name: &str) -> Vec<u8> {
    [branch.as_bytes(), &[0], name.as_bytes()].concat()
}

/// `branch NUL definition name`.
pub(crate) fn named_key(branch: &str, definition: &Hash, name: &str) -> Vec<u8> {
    [branch.as_bytes(), &[0], &definition.0, name.as_bytes()].concat()
}

pub(crate) fn binding_body(binding: &Binding) -> [u8; 64] {
    let mut body = [0; 64];
    body[..32].copy_from_slice(&binding.definition.0);
    body[32..].copy_from_slice(&binding.metadata.0);
    body
}

pub(crate) fn parse_binding(body: &[u8]) -> Result<Binding, StorageError> {
    let (definition, metadata) = body.split_at(body.len().min(32));
    Ok(Binding {
        definition: hash_in(definition, Table::Bindings)?,
        metadata: hash_in(metadata, Table::Bindings)?,
    })
}

/// Brings the derived rows of one name up to date.
pub(crate) fn rebind(
    write: &mut (impl Write + ?Sized),
    scratch: &mut Vec<u8>,
    branch: &str,
    name: &str,
    before: Option<Binding>,
    after: Option<Binding>,
) -> Result<(), StorageError> {
    if let Some(before) = before
        && after.is_none_or(|after| after.definition != before.definition)
    {
        write.delete(Table::Named, &named_key(branch, &before.definition, name))?;
    }
    match after {
        None => {
            write.delete(Table::Bindings, &binding_key(branch, name))?;
        }
        Some(after) => {
            let key = binding_key(branch, name);
            rows::put(write, scratch, Table::Bindings, &key, &binding_body(&after))?;
            if before.is_none_or(|before| before.definition != after.definition) {
                let key = named_key(branch, &after.definition, name);
                rows::put(write, scratch, Table::Named, &key, &[])?;
            }
        }
    }
    Ok(())
}

/// The name map's nodes in a store.
pub(crate) struct Nodes<'r, R: ?Sized>(pub &'r R);

/// [`Nodes`] read twice or more: looked up once.
pub(crate) struct CachedNodes<'r, R: ?Sized> {
    nodes: Nodes<'r, R>,
    seen: RefCell<HashMap<Hash, Vec<u8>>>,
}

impl<'r, R: ?Sized> CachedNodes<'r, R> {
    pub fn new(read: &'r R) -> Self {
        Self { nodes: Nodes(read), seen: RefCell::default() }
    }
}

impl<R: Read + ?Sized> NodeSource for CachedNodes<'_, R> {
    fn node(&self, hash: &Hash) -> Result<Vec<u8>, NamesError> {
        if let Some(bytes) = self.seen.borrow().get(hash) {
            return Ok(bytes.clone());
        }
        let bytes = self.nodes.node(hash)?;
        self.seen.borrow_mut().insert(*hash, bytes.clone());
        Ok(bytes)
    }
}

impl<R: Read + ?Sized> NodeSource for Nodes<'_, R> {
    fn node(&self, hash: &Hash) -> Result<Vec<u8>, NamesError> {
        match payload(self.0, hash, Kind::NameNode) {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(ReadError::Storage(error)) => Err(NamesError::Storage(error)),
            Err(ReadError::Missing { hash, .. }) => Err(NamesError::Missing(hash)),
            Err(_) => Err(NamesError::Malformed { hash: *hash, reason: "it is another kind of object" }),
        }
    }
}
