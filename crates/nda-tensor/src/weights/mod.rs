//! Tensors as bytes: `docs/weights-format.md` draws them.
//!
//! A *blob* is one tensor; its name for ever is the hash of its bytes ([`ContentHash`]). A *weights file* is a directory
//! of named blobs. [`read_tensor`] and [`Weights::open`] check every byte once and copy none; afterwards a tensor is read where it
//! lies. [`write_tensor`] and [`write_weights`] are the other direction; a file is written one tensor at a time, so only one is in
//! memory.
//!
//! There is one spelling: what is not used is zero, tensors stand in the order of their names without gaps, and anything
//! else is refused.

mod blob;
mod error;
mod file;
mod hash;
mod write;

pub use blob::{Floats, Kind, Tensor, TensorInfo, read_tensor, write_tensor};
pub use error::WeightsError;
pub use file::{Entry, Weights};
pub use hash::ContentHash;
pub use write::{WriteError, Written, write_weights};

// Sizes of tensors within the limits of a shape fit 64 bits, and not always 32.
const _: () = assert!(usize::BITS >= 64);

/// Version of both formats.
pub const VERSION: u16 = 1;
/// What every part begins at a multiple of: a cache line, and the widest vector.
const ALIGN: usize = 64;
/// The most bytes of a tensor's name.
pub const MAX_NAME_BYTES: usize = 255;

fn align(bytes: usize) -> usize {
    bytes.next_multiple_of(ALIGN)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
