//! Models that the tests make: imported, exported, and refused where they lie.
#![allow(clippy::unwrap_used)] // a panic here is the test failing

mod gguf;
mod safetensors;

use nda_import::{ImportError, Plan, TensorReport, read};
use nda_tensor::Scheme;
use nda_tensor::weights::{ContentHash, Weights};
use std::io::Cursor;

/// Imports everything.
fn import(model: &[u8], scheme: Scheme) -> Result<(Vec<u8>, Vec<TensorReport>), ImportError> {
    let plan = Plan::new(read(model)?, None, scheme)?;
    let mut out = Cursor::new(Vec::new());
    let mut seen = 0;
    let (hash, reports): (ContentHash, _) = plan.run(&mut out, &mut |bytes| seen += bytes)?;
    assert_eq!(seen, plan.source_bytes());
    let file = out.into_inner();
    let weights = Weights::open(&file).unwrap();
    assert_eq!(weights.hash(), hash);
    for report in &reports {
        let entry = weights.find(&report.name).unwrap();
        assert_eq!((entry.hash, entry.tensor().info()), (report.hash, report.info));
    }
    Ok((file, reports))
}

#[track_caller]
fn refused(model: &[u8], message: &str) {
    let error = import(model, Scheme::Quad).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), message);
}

/// Numbers that are about normally distributed, the same in every run.
fn normal(len: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    (0..len).map(|_| (0..4).map(|_| next()).sum::<f32>() - 2.0).collect()
}
