//! LMDB with nothing on top: the floor under every store that is built on it.

// The crate denies unsafe code; opening a memory-mapped file is unsafe in heed's interface, with the reasons below.
#![allow(unsafe_code)]

use std::path::Path;

use anyhow::Result;
use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions};

use super::{Commits, Store, Sync, noise};

/// Address space for the map; the file grows only as far as it is used.
const MAP_BYTES: usize = 1 << 30;

/// Length of a key: a content hash.
const KEY_BYTES: usize = 32;

/// The records of one transaction: what a commit of one small definition writes, about two kilobytes in five.
const RECORD_BYTES: [usize; 5] = [700, 500, 350, 250, 200];

/// Raw LMDB.
pub struct Lmdb;

struct Filled {
    env: Env,
    records: Database<'static, Bytes, Bytes>,
}

impl Store for Lmdb {
    fn name(&self) -> &'static str {
        "lmdb"
    }

    fn fill(
        &self,
        folder: &Path,
        entries: usize,
        entry_bytes: usize,
        sync: Sync,
    ) -> Result<Box<dyn Commits>> {
        let mut options = EnvOpenOptions::new();
        options.map_size(MAP_BYTES);
        if sync == Sync::NoSync {
            // SAFETY: without a sync a power failure may lose the file; it is temporary and made anew by every run.
            unsafe { options.flags(EnvFlags::NO_SYNC) };
        }
        // SAFETY: the folder is this run's own temporary folder, opened once: nobody else changes the mapped file.
        let env = unsafe { options.open(folder)? };
        let records = env
            .create_databases_and_commit(env.write_txn()?, |opener, transaction| {
                opener.create_database::<Bytes, Bytes>(transaction, None).map(CommitOrAbort::<_, ()>::Commit)
            })?
            .unwrap_commit();
        let mut transaction = env.write_txn()?;
        for entry in 0..entries as u64 {
            let record = noise(entry, KEY_BYTES + entry_bytes);
            records.put(&mut transaction, &record[..KEY_BYTES], &record[KEY_BYTES..])?;
        }
        transaction.commit()?;
        env.force_sync()?;
        Ok(Box::new(Filled { env, records }))
    }
}

impl Commits for Filled {
    fn commit(&mut self, serial: u64) -> Result<()> {
        let mut transaction = self.env.write_txn()?;
        for (index, bytes) in RECORD_BYTES.into_iter().enumerate() {
            // Seeds above those of the entries.
            let record = noise((serial << 32) + index as u64, KEY_BYTES + bytes);
            self.records.put(&mut transaction, &record[..KEY_BYTES], &record[KEY_BYTES..])?;
        }
        transaction.commit()?;
        Ok(())
    }
}
