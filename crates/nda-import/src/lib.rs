//! Models in other formats, to weights files and back.
//!
//! ```text
//! bytes ─ safetensors, gguf ─▶ Vec<Source> ─ plan ─▶ Plan ─ run ─▶ weights file + what quantising cost
//! ```
//!
//! [`read`] lists the tensors of a model, whose bytes stay where they are: mapped ([`map`]), so a model larger than memory is read
//! row by row. [`Plan`] decides what becomes of each tensor, [`Plan::run`] writes the file, one tensor in memory at a time.
//! [`export`] is the way back.
//!
//! This crate knows nothing of the language or of terminals. The format is `nda_tensor::weights`.

mod error;
mod export;
mod gguf;
mod map;
mod plan;
mod report;
mod safetensors;
mod source;

pub use error::ImportError;
pub use export::export;
pub use map::map;
pub use plan::{Plan, Skipped};
pub use report::{Quality, TensorReport};
pub use source::{Element, Source};

/// Lists the tensors of a model; the first bytes tell its format.
pub fn read(model: &[u8]) -> Result<Vec<Source<'_>>, ImportError> {
    if model.starts_with(gguf::MAGIC) { gguf::read(model) } else { safetensors::read(model) }
}
