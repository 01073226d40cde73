//! The in-memory engine: tests and throw-away stores. Snapshots share the tables until a writer changes them.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{Body, Finish, Read, Snapshot, Storage, StorageError, Table, Visit, Write, check_key};

type Key = (Table, Vec<u8>);
type Rows = BTreeMap<Key, Arc<[u8]>>;

/// A store that lives as long as its value.
#[derive(Default)]
pub struct MemoryStorage {
    rows: RwLock<Arc<Rows>>,
    writer: Mutex<()>,
}

impl MemoryStorage {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn rows(&self) -> Arc<Rows> {
        Arc::clone(&self.rows.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        // A writer that panicked left nothing behind: its overlay died with it.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        Ok(Box::new(MemorySnapshot(self.rows())))
    }

    fn write(&self, body: &mut Body<'_>) -> Result<Finish, StorageError> {
        let _alone = self.lock();
        let mut transaction = Transaction { base: self.rows(), changes: BTreeMap::new() };
        let finish = body(&mut transaction)?;
        if finish == Finish::Commit {
            let Transaction { base, changes } = transaction;
            drop(base);
            let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
            let rows = Arc::make_mut(&mut rows);
            for (key, value) in changes {
                match value {
                    Some(value) => rows.insert(key, value),
                    None => rows.remove(&key),
                };
            }
        }
        Ok(finish)
    }

    fn sync(&self) -> Result<(), StorageError> {
        Ok(())
    }

    fn file_bytes(&self) -> u64 {
        self.rows().iter().map(|(key, value)| (1 + key.1.len() + value.len()) as u64).sum()
    }
}

struct MemorySnapshot(Arc<Rows>);

impl Snapshot for MemorySnapshot {}

impl Read for MemorySnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError> {
        Ok(self.0.get(&(table, key.to_vec())).map(AsRef::as_ref))
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        for ((_, key), value) in self.0.range(start(table, prefix, from)) {
            if !key.starts_with(prefix) || visit(key, value) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

/// From the later of `prefix` and `from` to the end of the table.
fn start(table: Table, prefix: &[u8], from: &[u8]) -> (Bound<Key>, Bound<Key>) {
    let end = match Table::ALL.iter().find(|other| **other > table) {
        Some(next) => Bound::Excluded((*next, Vec::new())),
        None => Bound::Unbounded,
    };
    (Bound::Included((table, prefix.max(from).to_vec())), end)
}

struct Transaction {
    base: Arc<Rows>,
    changes: BTreeMap<Key, Option<Arc<[u8]>>>,
}

impl Read for Transaction {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError> {
        let key = (table, key.to_vec());
        Ok(match self.changes.get(&key) {
            Some(changed) => changed.as_deref(),
            None => self.base.get(&key).map(AsRef::as_ref),
        })
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        let range = start(table, prefix, from);
        let mut base = self.base.range(range.clone()).peekable();
        let mut changes = self.changes.range(range).peekable();
        loop {
            let take_change = match (base.peek(), changes.peek()) {
                (None, None) => break,
                (Some(_), None) => false,
                (None, Some(_)) => true,
                (Some((old, _)), Some((new, _))) => new <= old,
            };
            let (key, value) = if take_change {
                let Some((key, value)) = changes.next() else { break };
                if base.peek().is_some_and(|(old, _)| *old == key) {
                    base.next();
                }
                let Some(value) = value else { continue };
                (key, value)
            } else {
                let Some(row) = base.next() else { break };
                row
            };
            if !key.1.starts_with(prefix) || visit(&key.1, value) == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }
}

impl Write for Transaction {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        check_key(key)?;
        self.changes.insert((table, key.to_vec()), Some(value.into()));
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, StorageError> {
        let was_there = self.get(table, key)?.is_some();
        self.changes.insert((table, key.to_vec()), None);
        Ok(was_there)
    }
}
