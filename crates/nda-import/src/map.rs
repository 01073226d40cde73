//! Files as bytes.
#![allow(unsafe_code)]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::path::Path;

/// Maps a file, so that a model larger than memory can be read.
///
/// The file must not be made shorter while it is mapped: the system then ends the process, as it does for every program that
/// maps files. Bytes that change meanwhile give other numbers, nothing worse: what is read is checked against the lengths that were
/// found, and every pattern of bits is some number.
pub fn map(path: &Path) -> io::Result<Mmap> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // SAFETY: the map is read only, and private to this process; see above for a file that changes.
    unsafe { Mmap::map(&file) }
}
