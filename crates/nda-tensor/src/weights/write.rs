//! Writing a file, one tensor at a time.

use super::file::{directory, name_problem};
use super::{ContentHash, Tensor, TensorInfo, WeightsError, write_tensor};
use std::io::{self, Seek, SeekFrom, Write};

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The medium.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A name, an order, or a tensor that is not what was announced.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The file's hash.
    pub file: ContentHash,
    /// The tensors' hashes, in the order of names.
    pub tensors: Vec<ContentHash>,
}

/// Writes a file: `announced` says what will come, in the order of names; `make` is then asked for each tensor in turn, and
/// only that one is in memory.
pub fn write_weights<'t, E: From<WriteError>>(
    out: &mut (impl Write + Seek),
    announced: &[(&str, TensorInfo)],
    mut make: impl FnMut(usize) -> Result<Tensor<'t>, E>,
) -> Result<Written, E> {
    check_names(announced).map_err(WriteError::from)?;
    let mut entries: Vec<_> =
        announced.iter().map(|&(name, info)| (name, info, ContentHash([0; 32]))).collect();
    let io = |error: io::Error| E::from(WriteError::from(error));
    out.write_all(&directory(&entries).0).map_err(io)?;
    for (index, entry) in entries.iter_mut().enumerate() {
        let tensor = make(index)?;
        if tensor.info() != entry.1 {
            let (found, expected) = (tensor.info().blob_bytes(), entry.1.blob_bytes());
            let what = "bytes of a tensor that was announced otherwise";
            let error = WeightsError::Mismatch { what, found, expected }.within(entry.0);
            return Err(WriteError::from(error).into());
        }
        entry.2 = write_tensor(&tensor, out).map_err(io)?;
    }
    let (bytes, file) = directory(&entries);
    out.seek(SeekFrom::Start(0)).map_err(io)?;
    out.write_all(&bytes).map_err(io)?;
    out.flush().map_err(io)?;
    Ok(Written { file, tensors: entries.into_iter().map(|(_, _, hash)| hash).collect() })
}

fn check_names(announced: &[(&str, TensorInfo)]) -> Result<(), WeightsError> {
    let mut before = "";
    for (index, &(name, _)) in announced.iter().enumerate() {
        if let Some(why) = name_problem(name) {
            return Err(WeightsError::Name { index, bytes: name.len(), why });
        }
        if index > 0 && name <= before {
            let (name, before) = (name.to_owned(), before.to_owned());
            return Err(WeightsError::Order { index, name, before });
        }
        before = name;
    }
    Ok(())
}
