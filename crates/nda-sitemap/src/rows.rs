//! The check word of every row. A row's value is 8 bytes of XXH3 over table, key and body, then the body; so bytes
//! that changed on the medium are an error when they are read and never an answer.
//!
//! It guards against damage, not against a forger: forgers are answered by the hashes that `verify` recomputes.

use std::ops::ControlFlow;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::storage::{Read, StorageError, Table, Write};

const CHECK_BYTES: usize = 8;

fn check(table: Table, key: &[u8], body: &[u8]) -> [u8; CHECK_BYTES] {
    let seed = xxh3_64_with_seed(key, table as u64);
    xxh3_64_with_seed(body, seed).to_le_bytes()
}

/// The body of a row's value, if it is what was written.
pub(crate) fn open<'v>(table: Table, key: &[u8], value: &'v [u8]) -> Result<&'v [u8], StorageError> {
    match value.split_first_chunk::<CHECK_BYTES>() {
        Some((word, body)) if *word == check(table, key, body) => Ok(body),
        _ => Err(StorageError::damaged(format!(
            "a row of table `{}` does not match its check word (key {})",
            table.name(),
            show_key(key)
        ))),
    }
}

fn show_key(key: &[u8]) -> String {
    key.iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// The body under `key`.
pub(crate) fn get<'r>(
    read: &'r (impl Read + ?Sized),
    table: Table,
    key: &[u8],
) -> Result<Option<&'r [u8]>, StorageError> {
    read.get(table, key)?.map(|value| open(table, key, value)).transpose()
}

/// Writes a row. `scratch` spares an allocation per row.
pub(crate) fn put(
    write: &mut (impl Write + ?Sized),
    scratch: &mut Vec<u8>,
    table: Table,
    key: &[u8],
    body: &[u8],
) -> Result<(), StorageError> {
    scratch.clear();
    scratch.extend_from_slice(&check(table, key, body));
    scratch.extend_from_slice(body);
    write.put(table, key, scratch)
}

/// Writes a row if there is none; otherwise returns the body that is there.
pub(crate) fn put_new(
    write: &mut (impl Write + ?Sized),
    scratch: &mut Vec<u8>,
    table: Table,
    key: &[u8],
    body: &[u8],
) -> Result<Option<Vec<u8>>, StorageError> {
    scratch.clear();
    scratch.extend_from_slice(&check(table, key, body));
    scratch.extend_from_slice(body);
    let Some(mut there) = write.put_new(table, key, scratch)? else { return Ok(None) };
    open(table, key, &there)?;
    there.drain(..CHECK_BYTES);
    Ok(Some(there))
}

/// Scans rows with their check words verified; the visitor may end the scan with an error of its own.
pub(crate) fn scan<E: From<StorageError>>(
    read: &(impl Read + ?Sized),
    table: Table,
    prefix: &[u8],
    from: &[u8],
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let mut failed = None;
    read.scan(table, prefix, from, &mut |key, value| match open(table, key, value)
        .map_err(E::from)
        .and_then(|body| visit(key, body))
    {
        Ok(flow) => flow,
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    failed.map_or(Ok(()), Err)
}
