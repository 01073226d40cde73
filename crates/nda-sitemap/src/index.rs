//! Derived tables: what they must hold, rebuilt from objects and refs, and compared with that.

use std::ops::ControlFlow;

use nda_graph::Hash;

use crate::commit::{gate_triples, metadata_triples};
use crate::content::ContentError;
use crate::names;
use crate::object::{Commit, GateRecord, Kind, Metadata, Record};
use crate::rows;
use crate::signature::Signature;
use crate::sitemap::SiteMap;
use crate::storage::{Finish, Read, StorageError, Table, Write};
use crate::store::{self, Nodes, ReadError};
use crate::triple;

/// Why the index cannot be rebuilt. The store is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The engine's own structures are damaged; nothing may be written over them.
    #[error("the store's pages are damaged ({} problems, first: {})", .problems.len(), .problems[0])]
    Pages {
        /// What is wrong.
        problems: Vec<String>,
    },
    /// A definition cannot be read.
    #[error("definition {hash}: {source}")]
    Content {
        /// Which.
        hash: Hash,
        /// Why.
        source: ContentError,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Read(ReadError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ReadError> for RebuildError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => Self::Storage(error),
            other => Self::Read(other),
        }
    }
}

impl SiteMap {
    /// Throws away every derived table and makes it again from objects and refs, in one transaction. Takes memory for all
    /// keys of the store. Returns how many triples there are.
    pub fn rebuild_index(&self) -> Result<u64, RebuildError> {
        let problems = self.storage.snapshot()?.check();
        if !problems.is_empty() {
            return Err(RebuildError::Pages { problems });
        }
        let mut outcome = Ok(0);
        let result = self.storage.write(&mut |write| match self.rebuild_in(write) {
            Ok(triples) => {
                outcome = Ok(triples);
                Ok(Finish::Commit)
            }
            Err(RebuildError::Storage(error)) => Err(error),
            Err(error) => {
                outcome = Err(error);
                Ok(Finish::Abort)
            }
        });
        result?;
        outcome
    }

    fn rebuild_in(&self, write: &mut dyn Write) -> Result<u64, RebuildError> {
        for table in Table::ALL.into_iter().filter(|table| table.is_derived()) {
            // Damaged rows go too: their check words are not asked for.
            for key in keys(write, table)? {
                write.delete(table, &key)?;
            }
        }
        let scratch = &mut Vec::new();
        for hash in objects(write)? {
            let Some(object) = store::object(write, &hash)? else { continue };
            let found: Vec<_> =
                match object.kind {
                    Kind::Definition => self
                        .content
                        .triples(&hash, object.bytes)
                        .map_err(|source| RebuildError::Content { hash, source })?,
                    Kind::Metadata => {
                        let metadata = Metadata::decode(object.bytes)
                            .map_err(|source| ReadError::Decode { hash, kind: Kind::Metadata, source })?;
                        metadata_triples(&metadata).collect()
                    }
                    Kind::GateRecord => {
                        let gate = GateRecord::decode(object.bytes).map_err(|source| ReadError::Decode {
                            hash,
                            kind: Kind::GateRecord,
                            source,
                        })?;
                        gate_triples(hash, &gate).collect()
                    }
                    Kind::Signature => {
                        let signature = Signature::decode(object.bytes)
                            .map_err(|source| ReadError::Decode { hash, kind: Kind::Signature, source })?;
                        signature.triples().collect()
                    }
                    _ => continue,
                };
            for triple in found {
                triple::add(write, scratch, &triple)?;
            }
        }
        for (branch, head) in refs(write)? {
            let root = store::record::<Commit>(write, &head)?.root;
            let mut bindings = Vec::new();
            names::walk(&Nodes(write), &root, &mut |name, binding| bindings.push((name.to_owned(), binding)))
                .map_err(ReadError::from)?;
            for (name, binding) in bindings {
                store::rebind(write, scratch, &branch, &name, None, Some(binding))?;
            }
        }
        let mut triples = 0;
        write.scan(Table::Spo, &[], &[], &mut |_, _| {
            triples += 1;
            ControlFlow::Continue(())
        })?;
        Ok(triples)
    }
}

fn keys(read: &dyn Write, table: Table) -> Result<Vec<Vec<u8>>, StorageError> {
    let mut keys = Vec::new();
    read.scan(table, &[], &[], &mut |key, _| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(keys)
}

/// The hashes of all objects.
pub(crate) fn objects(read: &(impl Read + ?Sized)) -> Result<Vec<Hash>, StorageError> {
    let mut hashes = Vec::new();
    read.scan(Table::Objects, &[], &[], &mut |key, _| {
        hashes.extend(key.try_into().ok().map(Hash));
        ControlFlow::Continue(())
    })?;
    Ok(hashes)
}

/// All branches and their heads.
pub(crate) fn refs(read: &(impl Read + ?Sized)) -> Result<Vec<(String, Hash)>, ReadError> {
    let mut refs = Vec::new();
    rows::scan(read, Table::Refs, &[], &[], |key, body| {
        refs.push((String::from_utf8_lossy(key).into_owned(), store::parse_head(body)?));
        Ok::<_, ReadError>(ControlFlow::Continue(()))
    })?;
    Ok(refs)
}
