//! The storage seam: ordered byte tables with read snapshots and one write transaction at a time.
//!
//! It knows no object, no name and no commit: only bytes under keys in a handful of tables. Two engines carry it,
//! [`lmdb`] on disk and [`memory`] for tests; [`faulty`] wraps either and fails where it is told to. Read `rows.rs`
//! next for the check word that every row carries, then `docs/store-format.md` for what the tables hold.

pub mod faulty;
pub mod lmdb;
pub mod memory;
pub(crate) mod pages;

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// The tables of a store. The number is the first byte of every key on disk, so it never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Table {
    /// What the store is: its format version.
    Info = 1,
    /// `branch` → commit hash. Truth.
    Refs = 2,
    /// Hash → object. Truth.
    Objects = 3,
    /// `branch NUL name` → binding, for ordered listing. Derived.
    Bindings = 4,
    /// `branch NUL definition name` → nothing. Derived.
    Named = 5,
    /// Triples by subject. Derived.
    Spo = 6,
    /// Triples by predicate. Derived.
    Pos = 7,
    /// Triples by object. Derived.
    Osp = 8,
    /// Texts too long to stand in a triple's key, by hash. Derived.
    Texts = 9,
}

impl Table {
    /// Every table, in key order.
    pub const ALL: [Table; 9] = [
        Table::Info,
        Table::Refs,
        Table::Objects,
        Table::Bindings,
        Table::Named,
        Table::Spo,
        Table::Pos,
        Table::Osp,
        Table::Texts,
    ];

    /// The table's name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Info => "info",
            Table::Refs => "refs",
            Table::Objects => "objects",
            Table::Bindings => "bindings",
            Table::Named => "named",
            Table::Spo => "spo",
            Table::Pos => "pos",
            Table::Osp => "osp",
            Table::Texts => "texts",
        }
    }

    /// Whether the table can be rebuilt from the others.
    #[must_use]
    pub fn is_derived(self) -> bool {
        self >= Table::Bindings
    }
}

/// The longest key a table takes, in bytes.
pub const MAX_KEY_BYTES: usize = 500;

/// What a scan hands each row to: key, then value. `Break` ends the scan.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// Reading one consistent state.
pub trait Read {
    /// The value under `key`, in place.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<&[u8]>, StorageError>;

    /// Visits, in key order, the rows whose key starts with `prefix` and is not below `from`.
    fn scan(
        &self,
        table: Table,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError>;

    /// Problems of the engine's own structures (pages out of place, damaged free list), found by a full walk.
    fn check(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Changing a state that nobody else sees until it is committed.
pub trait Write: Read {
    /// Sets `key` to `value`.
    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StorageError>;

    /// Sets `key` to `value` if it has none; returns the value that is there otherwise.
    fn put_new(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        if let Some(there) = self.get(table, key)? {
            return Ok(Some(there.to_vec()));
        }
        self.put(table, key, value)?;
        Ok(None)
    }

    /// Removes `key`; whether it was there.
    fn delete(&mut self, table: Table, key: &[u8]) -> Result<bool, StorageError>;
}

/// A read snapshot: unchanged for as long as it is held, whatever others commit.
pub trait Snapshot: Read + Send + Sync {}

/// What a write body wants done with its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Make all of them durable at once.
    Commit,
    /// Forget all of them.
    Abort,
}

/// The body of a write transaction. It may run more than once (the map grew and everything starts over), so it must
/// leave nothing behind but what it writes through its argument.
pub type Body<'b> = dyn FnMut(&mut dyn Write) -> Result<Finish, StorageError> + 'b;

/// A store of tables.
pub trait Storage: Send + Sync {
    /// Opens a snapshot of the last committed state.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError>;

    /// Runs `body` alone among all writers of all processes, then commits, all or nothing.
    fn write(&self, body: &mut Body<'_>) -> Result<Finish, StorageError>;

    /// Makes everything committed so far durable, for stores opened without sync on commit.
    fn sync(&self) -> Result<(), StorageError>;

    /// Bytes the store takes on its medium.
    fn file_bytes(&self) -> u64;
}

/// What a storage engine can answer instead of data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// No store at this path.
    #[error("there is no store at {}", .path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else, or its head is damaged beyond recognition.
    #[error("{} is not an NDA store: {reason}", .path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        reason: String,
    },
    /// Written by another version of the format.
    #[error("the store has format {found}, this program reads format {expected}")]
    Version {
        /// What the store says.
        found: u32,
        /// What this program knows.
        expected: u32,
    },
    /// Bytes on the medium are not what was written.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// Where, and how it was noticed.
        what: String,
    },
    /// Opened for reading, or the folder cannot be written.
    #[error("the store is open for reading only")]
    ReadOnly,
    /// This process holds the store open under other options.
    #[error("{} is already open in this process with other options", .path.display())]
    OpenedDifferently {
        /// The store's folder.
        path: PathBuf,
    },
    /// No space left on the medium; nothing of the transaction was kept.
    #[error("no space left for the store: nothing was written")]
    DiskFull,
    /// More snapshots than the reader table holds, in all processes together.
    #[error("too many snapshots of the store are open, in all processes together")]
    TooManySnapshots,
    /// The folder cannot be written, so this snapshot has no reader slot, and a writer has moved on: open another.
    #[error("a writer overtook this snapshot of a store that this process cannot lock")]
    Overtaken,
    /// A key over [`MAX_KEY_BYTES`] or empty.
    #[error("a key of {bytes} bytes does not fit the store (1 to {MAX_KEY_BYTES})")]
    KeyLength {
        /// Its length.
        bytes: usize,
    },
    /// The operating system refused.
    #[error("the store cannot be used: {0}")]
    Io(#[from] io::Error),
    /// The engine refused for a reason of its own.
    #[error("the storage engine answered: {0}")]
    Engine(String),
    /// A failure made by [`faulty::Faulty`].
    #[error("injected failure at operation {operation}")]
    Injected {
        /// Which operation, counted from 0.
        operation: u64,
    },
}

impl StorageError {
    /// A [`StorageError::Damaged`].
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

/// Checks a key's length.
pub(crate) fn check_key(key: &[u8]) -> Result<(), StorageError> {
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        return Err(StorageError::KeyLength { bytes: key.len() });
    }
    Ok(())
}
