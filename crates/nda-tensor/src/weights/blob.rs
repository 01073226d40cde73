//! One tensor as bytes.

use super::hash::Hasher;
use super::{ContentHash, VERSION, WeightsError, align, u32_at, u64_at};
use crate::{QuadMatrix, Scheme, Shape, TensorError};
use std::borrow::Cow;
use std::io::{self, Write};

const MAGIC: [u8; 4] = *b"NDAt";
const HEADER: usize = 64;

/// What a blob holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// Two bits for each weight.
    Weights(Scheme),
    /// Numbers as they are, such as biases and gains.
    Floats,
}

impl Kind {
    /// `quad`, `ternary` or `floats`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weights(scheme) => scheme.name(),
            Self::Floats => "floats",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Weights(Scheme::Quad) => 0,
            Self::Weights(Scheme::Ternary) => 1,
            Self::Floats => 2,
        }
    }

    fn from_number(found: u8) -> Result<Self, WeightsError> {
        match found {
            0 => Ok(Self::Weights(Scheme::Quad)),
            1 => Ok(Self::Weights(Scheme::Ternary)),
            2 => Ok(Self::Floats),
            _ => Err(WeightsError::Kind { found }),
        }
    }
}

/// What a blob's header says, and with it where every part lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TensorInfo {
    /// What it holds.
    pub kind: Kind,
    /// Rows and columns; a vector has one row.
    pub shape: Shape,
    /// Scales: 1 or one for each row, 0 for floats.
    pub scales: u32,
}

impl TensorInfo {
    /// Bytes of the blob, a multiple of 64.
    #[must_use]
    pub fn blob_bytes(&self) -> u64 {
        let parts = self.parts();
        (HEADER + parts.map(align).iter().sum::<usize>()) as u64
    }

    /// Bytes of the parts: two planes and the scales, or the floats.
    fn parts(&self) -> [usize; 3] {
        match self.kind {
            Kind::Weights(_) => {
                let plane = self.shape.plane_bytes();
                [plane, plane, 4 * self.scales as usize]
            }
            Kind::Floats => [4 * self.shape.rows() * self.shape.columns(), 0, 0],
        }
    }

    fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&MAGIC);
        header[4..6].copy_from_slice(&VERSION.to_le_bytes());
        header[6] = self.kind.number();
        // A shape's limits are far below 2³².
        header[8..12].copy_from_slice(&(self.shape.rows() as u32).to_le_bytes());
        header[12..16].copy_from_slice(&(self.shape.columns() as u32).to_le_bytes());
        header[16..20].copy_from_slice(&self.scales.to_le_bytes());
        header[24..32].copy_from_slice(&self.blob_bytes().to_le_bytes());
        header
    }

    /// Reads a header that is there.
    fn read(header: &[u8]) -> Result<Self, WeightsError> {
        let kind = Kind::from_number(header[6])?;
        let shape = Shape::new(u32_at(header, 8) as usize, u32_at(header, 12) as usize)?;
        Ok(Self { kind, shape, scales: u32_at(header, 16) })
    }

    /// Reads and checks a header; the blob must be as long as it says.
    fn check(blob: &[u8]) -> Result<Self, WeightsError> {
        WeightsError::check_head("a tensor", blob, MAGIC, HEADER)?;
        let info = Self::read(blob)?;
        WeightsError::check_zero("a tensor's header", blob, 7, 8)?;
        WeightsError::check_zero("a tensor's header", blob, 20, 24)?;
        WeightsError::check_zero("a tensor's header", blob, 32, HEADER)?;
        let expected = match info.kind {
            Kind::Floats => 0,
            Kind::Weights(_) if info.scales == 1 => 1,
            Kind::Weights(_) => info.shape.rows() as u64,
        };
        WeightsError::check_equal("scales of a tensor", u64::from(info.scales), expected)?;
        WeightsError::check_equal(
            "bytes of a tensor, as its header says",
            u64_at(blob, 24),
            info.blob_bytes(),
        )?;
        WeightsError::check_equal("bytes of a tensor", blob.len() as u64, info.blob_bytes())?;
        Ok(info)
    }
}

/// A tensor that is read in place.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Tensor<'a> {
    /// Two bits for each weight.
    Weights(QuadMatrix<'a>),
    /// Numbers as they are.
    Floats(Floats<'a>),
}

impl<'a> Tensor<'a> {
    /// What its header says.
    #[must_use]
    pub fn info(&self) -> TensorInfo {
        match self {
            Self::Weights(matrix) => TensorInfo {
                kind: Kind::Weights(matrix.scheme()),
                shape: matrix.shape(),
                scales: matrix.scales_len() as u32,
            },
            Self::Floats(floats) => TensorInfo { kind: Kind::Floats, shape: floats.shape, scales: 0 },
        }
    }

    /// A row as numbers.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> Vec<f32> {
        match self {
            Self::Weights(matrix) => matrix.row(row).collect(),
            Self::Floats(floats) => floats.row(row).collect(),
        }
    }

    /// The tensor of a blob whose header was checked.
    pub(super) fn over(blob: &'a [u8]) -> Result<Self, WeightsError> {
        let info = TensorInfo::read(blob)?;
        let mut rest = &blob[HEADER..];
        let [first, second, third] = info.parts().map(|bytes| {
            let (part, behind) = rest.split_at(align(bytes));
            rest = behind;
            Cow::Borrowed(&part[..bytes])
        });
        match info.kind {
            Kind::Weights(scheme) => {
                Ok(Self::Weights(QuadMatrix::over(info.shape, scheme, first, second, third)?))
            }
            Kind::Floats => Ok(Self::Floats(Floats { shape: info.shape, bytes: first })),
        }
    }
}

/// Numbers as they are, little-endian `f32`, row after row.
#[derive(Clone, PartialEq, Debug)]
pub struct Floats<'a> {
    shape: Shape,
    bytes: Cow<'a, [u8]>,
}

impl<'a> Floats<'a> {
    /// Over bytes, four for each number; all must be finite.
    pub fn new(shape: Shape, bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, TensorError> {
        let bytes = bytes.into();
        TensorError::check_length("bytes of floats", 4 * shape.rows() * shape.columns(), bytes.len())?;
        let floats = Self { shape, bytes };
        floats.check()?;
        Ok(floats)
    }

    fn check(&self) -> Result<(), TensorError> {
        match self.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            Some((index, value)) => Err(TensorError::NotFinite { what: "element", index, value }),
            None => Ok(()),
        }
    }

    /// Rows and columns.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// A row's numbers.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = f32> + '_ {
        let bytes = 4 * self.shape.columns();
        floats(&self.bytes[row * bytes..(row + 1) * bytes])
    }

    /// All numbers.
    pub fn iter(&self) -> impl Iterator<Item = f32> + '_ {
        floats(&self.bytes)
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes))
}

/// Reads a tensor in place and checks all of it.
pub fn read_tensor(blob: &[u8]) -> Result<Tensor<'_>, WeightsError> {
    TensorInfo::check(blob)?;
    let tensor = Tensor::over(blob)?;
    match &tensor {
        Tensor::Weights(matrix) => matrix.check()?,
        Tensor::Floats(floats) => floats.check()?,
    }
    let mut end = HEADER;
    for bytes in tensor.info().parts() {
        WeightsError::check_zero("a tensor", blob, end + bytes, end + align(bytes))?;
        end += align(bytes);
    }
    Ok(tensor)
}

/// Writes a tensor and gives its hash.
pub fn write_tensor(tensor: &Tensor<'_>, out: &mut impl Write) -> io::Result<ContentHash> {
    let mut hasher = Hasher::new("tensor");
    let mut put = |bytes: &[u8]| {
        hasher.update(bytes);
        out.write_all(bytes)
    };
    put(&tensor.info().header())?;
    let parts: [&[u8]; 3] = match tensor {
        Tensor::Weights(matrix) => [matrix.sign_plane(), matrix.magnitude_plane(), matrix.scale_bytes()],
        Tensor::Floats(floats) => [&floats.bytes, &[], &[]],
    };
    for part in parts {
        put(part)?;
        put(&[0; super::ALIGN][..align(part.len()) - part.len()])?;
    }
    Ok(hasher.finish())
}
