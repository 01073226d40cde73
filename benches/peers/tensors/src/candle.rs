//! The crate `candle-core`: its product in `f32`, and its kernels for weights of 8 and 4 bits with activations of 8.

use anyhow::Result;
use candle_core::quantized::GgmlType;
use candle_core::quantized::k_quants::{BlockQ8_0, matmul};
use candle_core::{Device, Tensor};

/// Elements of a block, which has a scale of its own.
const BLOCK: usize = 32;

/// A matrix or a vector of floats, which is a column.
pub fn dense(rows: usize, columns: usize, elements: &[f32]) -> Result<Tensor> {
    Ok(Tensor::from_slice(elements, (rows, columns), &Device::Cpu)?)
}

/// Layers one after the other, a ReLU between them.
pub fn run_dense(layers: &[Tensor], input: &Tensor) -> Result<Tensor> {
    let mut x = input.clone();
    for (index, layer) in layers.iter().enumerate() {
        x = layer.matmul(&x)?;
        if index + 1 < layers.len() {
            x = x.relu()?;
        }
    }
    Ok(x)
}

/// A matrix in blocks of 8 bits (`BlockQ8_0`) or 4 bits (`BlockQ4_0`), and the vector that it is to be multiplied with.
pub struct Quantised<T> {
    rows: usize,
    columns: usize,
    blocks: Vec<T>,
    x: Vec<BlockQ8_0>,
}

impl<T: GgmlType<VecDotType = BlockQ8_0>> Quantised<T> {
    /// From rows of floats; the sides are multiples of 4 and 32.
    pub fn new(rows: usize, columns: usize, weights: &[f32]) -> Self {
        assert!(rows.is_multiple_of(4) && columns.is_multiple_of(BLOCK), "a row is whole blocks");
        let mut blocks = vec![T::zeros(); rows * columns / BLOCK];
        T::from_float(weights, &mut blocks);
        Self { rows, columns, blocks, x: vec![BlockQ8_0::zeros(); columns / BLOCK] }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of weights, with their scales.
    pub fn bytes(&self) -> usize {
        size_of_val(self.blocks.as_slice())
    }

    /// Quantises the vector.
    pub fn set(&mut self, x: &[f32]) {
        BlockQ8_0::from_float(x, &mut self.x);
    }

    /// The product with it on this thread: four rows at once, as the crate's own product takes them.
    pub fn multiply(&self, y: &mut [f32]) {
        let row = self.columns / BLOCK;
        for (rows, y) in self.blocks.chunks_exact(4 * row).zip(y.as_chunks_mut::<4>().0) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|index| &rows[index * row..][..row]);
            let (a, b, c, d) = T::vec_dot_4(self.columns, a, b, c, d, &self.x);
            *y = [a, b, c, d];
        }
    }

    /// The crate's own product, which quantises `x` and uses as many threads as there are processors.
    pub fn multiply_with_threads(&self, x: &[f32], y: &mut [f32]) -> Result<()> {
        Ok(matmul((1, self.columns, self.rows), x, &self.blocks, y)?)
    }
}

/// Layers one after the other, a ReLU between them; the result lies in `from`.
pub fn run_quantised<T: GgmlType<VecDotType = BlockQ8_0>>(
    layers: &mut [Quantised<T>],
    input: &[f32],
    from: &mut Vec<f32>,
) {
    let count = layers.len();
    for (index, layer) in layers.iter_mut().enumerate() {
        layer.set(if index == 0 { input } else { from });
        from.resize(layer.rows(), 0.0);
        layer.multiply(from);
        if index + 1 < count {
            from.iter_mut().for_each(|y| *y = y.max(0.0));
        }
    }
}
