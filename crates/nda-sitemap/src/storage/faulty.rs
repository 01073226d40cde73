//! A storage that fails at a chosen operation: the oracle of the all-or-nothing tests. It knows no engine.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Body, Finish, Read, Snapshot, Storage, StorageError, Table, Visit, Write};

/// Wraps an engine; every operation inside write transactions, and the commit itself, is counted.
pub struct Faulty<S> {
    inner: S,
    /// Operations still to succeed; `u64::MAX` means all.
    fail_at: AtomicU64,
    done: AtomicU64,
}

impl<S: Storage> Faulty<S> {
    /// Wraps `inner` without failures.
    pub fn new(inner: S) -> Self {
        Self { inner, fail_at: AtomicU64::new(u64::MAX), done: AtomicU64::new(0) }
    }

    /// Restarts the count; the operation number `operation` (from 0) and all after it fail. `None`: none fails.
    pub fn fail_at(&self, operation: Option<u64>) {
        self.done.store(0, Ordering::SeqCst);
        self.fail_at.store(operation.unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Operations counted since [`Faulty::fail_at`].
    pub fn operations(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    fn step(&self) -> Result<(), StorageError> {
        let operation = self.done.fetch_add(1, Ordering::SeqCst);
        if operation >= self.fail_at.load(Ordering::SeqCst) {
            return Err(StorageError::Injected { operation });
        }
        Ok(())
    }
}

impl<S: Storage> Storage for Faulty<S> {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        self.inner.snapshot()
    }

    fn write(&self, body: &mut Body<'_>) -> Result<Finish, StorageError> {
        self.inner.write(&mut |transaction| {
            let finish = body(&mut FaultyWrite { faulty: self, inner: transaction })?;
            if finish == Finish::Commit {
                self.step()?;
            }
            Ok(finish)
        })
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.step()?;
        self.inner.sync()
    }

    fn file_bytes(&self) -> u64 {
        self.inner.file_bytes()
    }
}

struct FaultyWrite<'t, S> {
    faulty: &'t Faulty<S>,
    inner: &'t mut dyn Write,
}

impl<S: Storage> Read for FaultyWrite<'_, S> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError> {
        self.faulty.step()?;
        self.inner.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        self.faulty.step()?;
        self.inner.scan(table, prefix, from, visit)
    }
}

impl<S: Storage> Write for FaultyWrite<'_, S> {
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.faulty.step()?;
        self.inner.put(table, key, value)
    }

    fn put_new(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.faulty.step()?;
        self.inner.put_new(table, key, value)
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, StorageError> {
        self.faulty.step()?;
        self.inner.delete(table, key)
    }
}
