//! The way back: a weights file as safetensors, numbers as `f32`.

use nda_tensor::weights::{Entry, Weights};
use safetensors::{Dtype, SafeTensorError, View};
use std::borrow::Cow;
use std::path::Path;

/// Writes all tensors to `path`, matrices as `weight · scale`; one tensor is in memory at a time.
pub fn export(weights: &Weights<'_>, path: &Path) -> Result<(), SafeTensorError> {
    let tensors = weights.entries().map(|entry| (entry.name, Numbers::new(entry)));
    safetensors::serialize_to_file(tensors, None, path)
}

/// A tensor that becomes numbers when they are asked for.
struct Numbers<'a> {
    entry: Entry<'a>,
    shape: Vec<usize>,
}

impl<'a> Numbers<'a> {
    fn new(entry: Entry<'a>) -> Self {
        let info = entry.tensor().info();
        let (rows, columns) = (info.shape.rows(), info.shape.columns());
        // Vectors are kept with one row.
        let is_vector = info.kind == nda_tensor::weights::Kind::Floats && rows == 1;
        Self { entry, shape: if is_vector { vec![columns] } else { vec![rows, columns] } }
    }
}

impl View for Numbers<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let tensor = self.entry.tensor();
        let rows = tensor.info().shape.rows();
        let numbers = (0..rows).flat_map(|row| tensor.row(row));
        Cow::Owned(numbers.flat_map(f32::to_le_bytes).collect())
    }

    fn data_len(&self) -> usize {
        4 * self.shape.iter().product::<usize>()
    }
}
