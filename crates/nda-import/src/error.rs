//! Why a model is not imported.

use nda_tensor::TensorError;
use nda_tensor::weights::WriteError;

/// Every variant says what was found and what would fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Not a sound safetensors file.
    #[error("this is no sound safetensors file of {bytes} bytes: {why}")]
    Safetensors {
        /// Bytes of the file.
        bytes: usize,
        /// What its reader says, with the numbers in question.
        why: String,
    },
    /// A GGUF file that ends too early.
    #[error("the GGUF file ends early: {what} takes {needed} bytes at {at}, the file has {bytes}")]
    Truncated {
        /// What was to be read.
        what: &'static str,
        /// How many bytes it takes.
        needed: u64,
        /// Where.
        at: u64,
        /// Bytes of the file.
        bytes: u64,
    },
    /// A number in a GGUF file that cannot be.
    #[error("the GGUF file says {found} for {what}; {expected} can be read")]
    Gguf {
        /// What the number says.
        what: &'static str,
        /// The number.
        found: u64,
        /// What would fit.
        expected: &'static str,
    },
    /// Text in a GGUF file that is not UTF-8.
    #[error("{what} at {at} is not UTF-8")]
    Text {
        /// What it is.
        what: &'static str,
        /// Where.
        at: u64,
    },
    /// Numbers of elements whose product is no number.
    #[error("{name} has the shape {shape:?}, more elements than can be counted")]
    Overflow {
        /// The tensor.
        name: String,
        /// Its shape.
        shape: Vec<u64>,
    },
    /// A tensor that was asked for and is not there.
    #[error("there is no tensor `{name}`; there are {count}, such as {known}")]
    NoTensor {
        /// The name.
        name: String,
        /// How many there are.
        count: usize,
        /// Some of them.
        known: String,
    },
    /// A tensor that was asked for and cannot be imported, or nothing that can.
    #[error("{name}: {why}")]
    Unfit {
        /// The tensor, or the model.
        name: String,
        /// Why not.
        why: String,
    },
    /// Two tensors of one name.
    #[error("{name} is there twice, as tensors {first} and {second}")]
    Twice {
        /// The name.
        name: String,
        /// Where, from 0.
        first: usize,
        /// Where again.
        second: usize,
    },
    /// A weight.
    #[error("{name}, row {row}: {error}")]
    Row {
        /// The tensor.
        name: String,
        /// The row, from 0.
        row: usize,
        /// What is wrong with it.
        error: TensorError,
    },
    /// The weights file.
    #[error(transparent)]
    Write(#[from] WriteError),
}
