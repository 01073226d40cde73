//! [`Loaded`]: a tensor of a store, ready to be computed with.

use crate::bytes::ByteVector;
use crate::error::TensorError;
use crate::gemv::GemvMatrix;
use crate::gemv_q2::GemvQ2Matrix;
use crate::matrix::{QuadMatrix, Shape};
use crate::path::Path;
use crate::quad_vector::QuadVector;
use crate::weights::{ContentHash, Kind, Tensor, TensorInfo, WeightsError, read_tensor};
use std::sync::OnceLock;

/// A tensor with its hash. What a kernel reads is laid out when the first product wants it, once.
#[derive(Debug)]
pub struct Loaded {
    hash: ContentHash,
    info: TensorInfo,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Weights(Box<Laid>),
    Floats(Box<[f32]>),
}

/// A matrix in the exchange form, and as each kernel reads it.
#[derive(Debug)]
struct Laid {
    matrix: QuadMatrix<'static>,
    gemv: OnceLock<GemvMatrix>,
    gemv_q2: OnceLock<GemvQ2Matrix>,
}

/// What products work in. It keeps its memory from one to the next.
#[derive(Default, Debug)]
pub struct Scratch {
    bytes: ByteVector,
    levels: QuadVector,
}

impl Loaded {
    /// Reads a blob whose hash is known, and checks all of it.
    pub fn read(blob: &[u8], hash: ContentHash) -> Result<Self, WeightsError> {
        let found = ContentHash::of_tensor(blob);
        if found != hash {
            return Err(WeightsError::Hash { what: "a tensor".to_owned(), found, expected: hash });
        }
        Ok(Self::new(&read_tensor(blob)?, hash))
    }

    /// Over a tensor that was checked; its parts are copied.
    #[must_use]
    pub fn new(tensor: &Tensor<'_>, hash: ContentHash) -> Self {
        let content = match tensor {
            Tensor::Weights(matrix) => Content::Weights(Box::new(Laid {
                matrix: matrix.clone().into_owned(),
                gemv: OnceLock::new(),
                gemv_q2: OnceLock::new(),
            })),
            Tensor::Floats(floats) => Content::Floats(floats.iter().collect()),
        };
        Self { hash, info: tensor.info(), content }
    }

    /// What names it.
    #[must_use]
    pub const fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Rows and columns; a vector has one row.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.info.shape
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.info.kind
    }

    /// The numbers, if it holds them as they are.
    #[must_use]
    pub fn floats(&self) -> Option<&[f32]> {
        match &self.content {
            Content::Floats(floats) => Some(floats),
            Content::Weights(_) => None,
        }
    }

    fn laid(&self) -> &Laid {
        match &self.content {
            Content::Weights(laid) => laid,
            Content::Floats(_) => panic!("a product is of a matrix of weights"),
        }
    }

    /// The product with activations of 8 bits: [`GemvMatrix::gemv`].
    ///
    /// # Panics
    /// If it is no matrix of weights.
    pub fn gemv(
        &self,
        path: Path,
        scratch: &mut Scratch,
        x: &[f32],
        to: &mut [f32],
    ) -> Result<(), TensorError> {
        let Laid { matrix, gemv, .. } = self.laid();
        scratch.bytes.assign(path, x)?;
        gemv.get_or_init(|| GemvMatrix::new(matrix)).gemv(path, &scratch.bytes, to)
    }

    /// The product with activations of 2 bits: [`GemvQ2Matrix::gemv`].
    ///
    /// # Panics
    /// If it is no matrix of weights.
    pub fn gemv_q2(
        &self,
        path: Path,
        scratch: &mut Scratch,
        x: &[f32],
        to: &mut [f32],
    ) -> Result<(), TensorError> {
        let Laid { matrix, gemv_q2, .. } = self.laid();
        scratch.levels.assign(path, x)?;
        gemv_q2.get_or_init(|| GemvQ2Matrix::new(matrix)).gemv(path, &scratch.levels, to)
    }
}
