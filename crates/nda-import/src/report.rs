//! What quantising cost.

use nda_tensor::weights::{ContentHash, TensorInfo};

/// How near the quantised numbers are to the model's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quality {
    /// The largest error of a weight.
    pub max_error: f64,
    /// The root of the mean squared error.
    pub rms_error: f64,
    /// The cosine between both, as vectors; 1 if both are all zeros.
    pub cosine: f64,
}

/// A tensor that was imported.
#[derive(Clone, PartialEq, Debug)]
pub struct TensorReport {
    /// Its name.
    pub name: String,
    /// How the model wrote its numbers.
    pub source: &'static str,
    /// What it became.
    pub info: TensorInfo,
    /// The hash of its blob.
    pub hash: ContentHash,
    /// What that cost.
    pub quality: Quality,
}

/// Sums up row after row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Comparison {
    count: u64,
    largest: f64,
    squares: f64,
    products: f64,
    left: f64,
    right: f64,
}

impl Comparison {
    pub(crate) fn add(&mut self, left: f32, right: f32) {
        let (left, right) = (f64::from(left), f64::from(right));
        let error = (left - right).abs();
        self.count += 1;
        self.largest = self.largest.max(error);
        self.squares += error * error;
        self.products += left * right;
        self.left += left * left;
        self.right += right * right;
    }

    pub(crate) fn quality(&self) -> Quality {
        let lengths = (self.left * self.right).sqrt();
        let both_zero = self.left == 0.0 && self.right == 0.0;
        Quality {
            max_error: self.largest,
            rms_error: (self.squares / self.count.max(1) as f64).sqrt(),
            cosine: if both_zero {
                1.0
            } else if lengths == 0.0 {
                0.0
            } else {
                self.products / lengths
            },
        }
    }
}
