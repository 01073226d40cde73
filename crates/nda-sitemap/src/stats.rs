//! Counting what a store holds.

use std::ops::ControlFlow;

use crate::object::Kind;
use crate::sitemap::{SiteMap, Snapshot};
use crate::storage::{StorageError, Table};

/// What a store holds. Bytes are those of keys and values; pages and free space come on top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Per table.
    pub tables: Vec<TableStats>,
    /// Per kind of object.
    pub objects: Vec<KindStats>,
    /// Bytes of the file as a whole, free space included.
    pub file_bytes: u64,
}

/// One table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableStats {
    /// Which.
    pub table: Table,
    /// Its rows.
    pub rows: u64,
    /// Bytes of its keys and values.
    pub bytes: u64,
}

/// One kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindStats {
    /// Which.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// Bytes of their rows.
    pub bytes: u64,
}

impl SiteMap {
    /// Counts everything: one pass over the store.
    pub fn stats(&self) -> Result<Stats, StorageError> {
        let mut stats = self.snapshot()?.stats()?;
        stats.file_bytes = self.storage.file_bytes();
        Ok(stats)
    }
}

impl Snapshot {
    fn stats(&self) -> Result<Stats, StorageError> {
        let mut stats = Stats::default();
        stats.objects.extend(Kind::ALL.map(|kind| KindStats { kind, count: 0, bytes: 0 }));
        for table in Table::ALL {
            let mut line = TableStats { table, rows: 0, bytes: 0 };
            self.read.scan(table, &[], &[], &mut |key, value| {
                let bytes = (key.len() + value.len()) as u64;
                line.rows += 1;
                line.bytes += bytes;
                // The kind stands after the check word.
                if table == Table::Objects
                    && let Some(kind) = value.get(8).and_then(|byte| Kind::from_byte(*byte))
                    && let Some(line) = stats.objects.iter_mut().find(|line| line.kind == kind)
                {
                    line.count += 1;
                    line.bytes += bytes;
                }
                ControlFlow::Continue(())
            })?;
            stats.tables.push(line);
        }
        Ok(stats)
    }
}
