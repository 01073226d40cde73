//! Matrices whose weights have 2 bits, vectors quantised to 8 or 2 bits, and the kernels over them.
//!
//! ```text
//! f32 weights ─ quantise ─▶ QuadMatrix ─ made once, at load ─▶ GemvMatrix   × ByteVector ─▶ f32
//!                           bit planes                        GemvQ2Matrix × QuadVector ─▶ f32
//! ```
//!
//! [`QuadMatrix`] is what is stored and exchanged: a plane of signs, a plane of magnitudes, scales. [`GemvMatrix`] and
//! [`GemvQ2Matrix`] hold the same weights in the order in which a kernel reads them. [`ByteVector`] and [`QuadVector`]
//! are activations; they, and everything else a warm run needs, keep their memory from run to run.
//!
//! **The same bits everywhere.** A product is a sum of whole numbers, which no order of summing changes, times two
//! scales in a stated order. Steps on floats are stated too: sums run in sixteen lanes ([`reduce`]), nothing is fused or
//! reordered, and `exp` and `erf` are `libm`'s. So scalar code, AVX2, AVX-512 and NEON agree to the last bit, and which of them
//! runs ([`Path`]) is chosen when the program runs.
//!
//! [`weights`] is how tensors are written down: bytes that are checked once and then read in place.
//!
//! This crate knows nothing of the language, of files, or of threads. Where to start: `scheme.rs` (what 2 bits mean),
//! `matrix.rs`, then `gemv.rs` and `kernel/`.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod blocks;
mod bytes;
mod elementwise;
mod error;
pub mod fused;
mod gemv;
mod gemv_q2;
mod kernel;
mod line;
mod loaded;
mod matrix;
mod norm;
mod path;
mod quad_vector;
mod quantise;
pub mod reduce;
mod scheme;
pub mod weights;

pub use bytes::ByteVector;
pub use elementwise::{add, gelu, multiply, relu, scale, silu, subtract};
pub use error::TensorError;
pub use gemv::GemvMatrix;
pub use gemv_q2::GemvQ2Matrix;
pub use loaded::{Loaded, Scratch};
pub use matrix::{MAX_COLUMNS, MAX_ROWS, QuadMatrix, Shape};
pub use norm::{argmax, layer_norm, rms_norm, softmax};
pub use path::Path;
pub use quad_vector::QuadVector;
pub use quantise::{Granularity, quantise};
pub use reduce::dot;
pub use scheme::Scheme;
