//! Reading one stored record: a named matrix of 8 × 64 with its scales.
//!
//! NDA's file is checked once, when it is opened; then a read finds the record by its name and takes a scale and a weight where they
//! lie. serde has to make the record first, from bytes of the same data: owned, or borrowing what postcard can lend.

use crate::numbers::Numbers;
use crate::table::{self, Contender};
use anyhow::{Context as _, Result};
use nda_tensor::weights::{Tensor, Weights, WriteError, read_tensor, write_weights};
use nda_tensor::{Granularity, QuadMatrix, Scheme, Shape, quantise};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::io::Cursor;

const NAME: &str = "model.layers.3.mlp.up_proj.weight";

#[derive(Serialize, Deserialize)]
struct Record {
    name: String,
    rows: u32,
    columns: u32,
    sign: Vec<u8>,
    magnitude: Vec<u8>,
    scales: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Borrowed<'a> {
    name: &'a str,
    rows: u32,
    columns: u32,
    sign: &'a [u8],
    magnitude: &'a [u8],
    scales: Vec<f32>,
}

/// Measures and prints.
pub fn measure(rounds: usize) -> Result<()> {
    let matrix = quantise(Shape::new(8, 64)?, &Numbers::new(3).vector(512), Scheme::Quad, Granularity::Row)?;
    let file = file(&matrix)?;
    let weights = Weights::open(&file)?;
    let blob = weights.find(NAME).context("the file has the record")?.blob;
    let record = Record {
        name: NAME.to_owned(),
        rows: 8,
        columns: 64,
        sign: matrix.sign_plane().to_vec(),
        magnitude: matrix.magnitude_plane().to_vec(),
        scales: (0..8).map(|row| matrix.scale(row)).collect(),
    };
    let json = serde_json::to_vec(&record)?;
    let compact = postcard::to_allocvec(&record)?;
    let lines = {
        let mut contenders = Vec::new();
        let mut add = |name: &str, ours, run| {
            contenders.push(Contender { name: name.to_owned(), bytes: 0, ours, run });
        };
        add(
            "serde_json",
            false,
            run(|| {
                let record: Record =
                    serde_json::from_slice(black_box(&json)).expect("it is what was written");
                record.scales[5] * f32::from(record.sign[40])
            }),
        );
        add(
            "postcard",
            false,
            run(|| {
                let record: Record =
                    postcard::from_bytes(black_box(&compact)).expect("it is what was written");
                record.scales[5] * f32::from(record.sign[40])
            }),
        );
        add(
            "postcard, borrowed",
            false,
            run(|| {
                let record: Borrowed<'_> =
                    postcard::from_bytes(black_box(&compact)).expect("it is what was written");
                record.scales[5] * f32::from(record.sign[40])
            }),
        );
        add(
            "nda, by name",
            true,
            run(|| {
                let place = weights.position(black_box(NAME)).expect("the file has the record");
                element(&weights.tensor(place).expect("it has a place"))
            }),
        );
        add("nda, by number", true, run(|| element(&weights.tensor(black_box(1)).expect("it has a place"))));
        add(
            "nda, every bit checked",
            true,
            run(|| element(&read_tensor(black_box(blob)).expect("it is what was written"))),
        );
        table::measure(&mut contenders, rounds)
    };
    table::print("reading a record, 8 × 64 weights (published: 61 ns, JSON 846 ns)", &lines);
    Ok(())
}

fn run<'a>(mut read: impl FnMut() -> f32 + 'a) -> Box<dyn FnMut() + 'a> {
    Box::new(move || {
        black_box(read());
    })
}

fn element(tensor: &Tensor<'_>) -> f32 {
    match tensor {
        Tensor::Weights(matrix) => matrix.scale(5) * f32::from(matrix.weight(5, 3)),
        _ => f32::NAN,
    }
}

/// A file with the record among others.
fn file(matrix: &QuadMatrix<'static>) -> Result<Vec<u8>> {
    let tensor = Tensor::Weights(matrix.clone());
    let names = ["lm_head", NAME, "norm"];
    let announced = names.map(|name| (name, tensor.info()));
    let mut out = Cursor::new(Vec::new());
    write_weights(&mut out, &announced, |_| Ok::<_, WriteError>(tensor.clone()))?;
    Ok(out.into_inner())
}
