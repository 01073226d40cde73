//! NDA's side.

use anyhow::Result;
use nda_tensor::{
    ByteVector, GemvMatrix, GemvQ2Matrix, Granularity, Path, QuadVector, Scheme, Shape, quantise, relu,
};

/// Layers with both layouts.
pub struct Network {
    layers: Vec<(GemvMatrix, GemvQ2Matrix)>,
    path: Path,
    bytes: ByteVector,
    quads: QuadVector,
    buffer: Vec<f32>,
}

impl Network {
    /// Quantises the layers' weights.
    pub fn new(path: Path, shapes: &[(usize, usize)], weights: &[Vec<f32>]) -> Result<Self> {
        let mut layers = Vec::new();
        for (&(rows, columns), weights) in shapes.iter().zip(weights) {
            let matrix = quantise(Shape::new(rows, columns)?, weights, Scheme::Quad, Granularity::Row)?;
            layers.push((GemvMatrix::new(&matrix), GemvQ2Matrix::new(&matrix)));
        }
        let rows = shapes.iter().map(|shape| shape.0).max().unwrap_or_default();
        let buffer = vec![0.0; rows];
        Ok(Self { layers, path, bytes: ByteVector::default(), quads: QuadVector::default(), buffer })
    }

    /// Bytes of weights that a run reads.
    pub fn weight_bytes(&self) -> usize {
        self.layers.iter().map(|(layer, _)| layer.weight_bytes()).sum()
    }

    /// All layers with 8-bit activations, a ReLU between them; quantising is part of it.
    pub fn run(&mut self, input: &[f32]) -> Result<&[f32]> {
        let mut len = 0;
        for (index, (layer, _)) in self.layers.iter().enumerate() {
            self.bytes.assign(self.path, if index == 0 { input } else { &self.buffer[..len] })?;
            len = layer.shape().rows();
            layer.gemv(self.path, &self.bytes, &mut self.buffer[..len])?;
            if index + 1 < self.layers.len() {
                relu(self.path, &mut self.buffer[..len]);
            }
        }
        Ok(&self.buffer[..len])
    }

    /// The same with 2-bit activations.
    pub fn run_q2(&mut self, input: &[f32]) -> Result<&[f32]> {
        let mut len = 0;
        for (index, (_, layer)) in self.layers.iter().enumerate() {
            self.quads.assign(self.path, if index == 0 { input } else { &self.buffer[..len] })?;
            len = layer.shape().rows();
            layer.gemv(self.path, &self.quads, &mut self.buffer[..len])?;
            if index + 1 < self.layers.len() {
                relu(self.path, &mut self.buffer[..len]);
            }
        }
        Ok(&self.buffer[..len])
    }
}
