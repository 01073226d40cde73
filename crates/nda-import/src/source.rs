//! A tensor of a model, and its rows as numbers.

use half::{bf16, f16};

/// How a model writes numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Element {
    /// IEEE 754, 64 bits; rounded to `f32`.
    F64,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 16 bits.
    F16,
    /// The high half of an `f32`.
    Bf16,
    /// GGUF's blocks of 32: a scale in 16 bits, then 32 signed bytes.
    Q8_0,
    /// Something that is not imported, by its name.
    Other(&'static str),
}

impl Element {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::Q8_0 => "Q8_0",
            Self::Other(name) => name,
        }
    }

    /// Elements of a block, and its bytes.
    pub(crate) const fn block(self) -> Option<(u64, u64)> {
        match self {
            Self::F64 => Some((1, 8)),
            Self::F32 => Some((1, 4)),
            Self::F16 | Self::Bf16 => Some((1, 2)),
            Self::Q8_0 => Some((32, 34)),
            Self::Other(_) => None,
        }
    }
}

/// A tensor whose bytes lie in the model.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Its name.
    pub name: String,
    /// How its numbers are written.
    pub element: Element,
    /// Sizes, the last one that of a row.
    pub shape: Vec<u64>,
    /// Its bytes; as many as the shape takes, unless the elements are of another kind.
    pub data: &'a [u8],
}

impl Source<'_> {
    /// Writes a row's numbers to `to`, which has as many elements as a row.
    pub(crate) fn row(&self, row: usize, to: &mut [f32]) {
        let Some((elements, bytes)) = self.element.block() else { return };
        let row_bytes = to.len() / elements as usize * bytes as usize;
        let row = &self.data[row * row_bytes..(row + 1) * row_bytes];
        match self.element {
            Element::F64 => fill(to, row, |bytes: [u8; 8]| f64::from_le_bytes(bytes) as f32),
            Element::F32 => fill(to, row, f32::from_le_bytes),
            Element::F16 => fill(to, row, |bytes| f16::from_le_bytes(bytes).to_f32()),
            Element::Bf16 => fill(to, row, |bytes| bf16::from_le_bytes(bytes).to_f32()),
            Element::Q8_0 => {
                for (to, block) in to.chunks_exact_mut(32).zip(row.as_chunks::<34>().0) {
                    let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
                    fill(to, &block[2..], |[byte]: [u8; 1]| f32::from(byte as i8) * scale);
                }
            }
            Element::Other(_) => {}
        }
    }
}

fn fill<const N: usize>(to: &mut [f32], bytes: &[u8], number: impl Fn([u8; N]) -> f32) {
    for (to, bytes) in to.iter_mut().zip(bytes.as_chunks::<N>().0) {
        *to = number(*bytes);
    }
}
