//! safetensors, in and out.

use crate::{import, normal, refused};
use half::{bf16, f16};
use nda_import::{Plan, export, map, read};
use nda_tensor::Scheme;
use nda_tensor::weights::{Kind, Tensor, Weights};
use safetensors::tensor::{Dtype, TensorView, serialize};

fn bytes<const N: usize>(numbers: &[f32], write: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| write(number)).collect()
}

fn view(dtype: Dtype, shape: &[usize], data: &[u8]) -> TensorView<'static> {
    TensorView::new(dtype, shape.to_vec(), data.to_vec().leak()).unwrap()
}

/// A header as it is, and data.
fn raw(header: &str, data: usize) -> Vec<u8> {
    let mut model = (header.len() as u64).to_le_bytes().to_vec();
    model.extend_from_slice(header.as_bytes());
    model.resize(model.len() + data, 0);
    model
}

#[test]
fn every_float_type_gives_the_same_weights() {
    // Exact in every type, down to a bfloat's 8 bits.
    let numbers: Vec<f32> = (0..48).map(|index| ((index * 37) % 33 - 16) as f32 / 8.0).collect();
    let model = serialize(
        [
            ("f64", view(Dtype::F64, &[6, 8], &bytes(&numbers, |number| f64::from(number).to_le_bytes()))),
            ("f32", view(Dtype::F32, &[6, 8], &bytes(&numbers, f32::to_le_bytes))),
            (
                "f16",
                view(Dtype::F16, &[6, 8], &bytes(&numbers, |number| f16::from_f32(number).to_le_bytes())),
            ),
            (
                "bf16",
                view(Dtype::BF16, &[6, 8], &bytes(&numbers, |number| bf16::from_f32(number).to_le_bytes())),
            ),
        ],
        None,
    )
    .unwrap();
    let (_, reports) = import(&model, Scheme::Quad).unwrap();
    let names: Vec<_> = reports.iter().map(|report| (report.name.as_str(), report.source)).collect();
    assert_eq!(names, [("bf16", "BF16"), ("f16", "F16"), ("f32", "F32"), ("f64", "F64")]);
    for report in &reports {
        assert_eq!((report.hash, report.quality), (reports[0].hash, reports[0].quality));
    }
}

/// Of normal numbers with a scale for each row, 2 bits keep this much.
#[test]
fn the_report_says_what_it_cost() {
    let numbers = normal(64 * 512);
    let model =
        serialize([("w", view(Dtype::F32, &[64, 512], &bytes(&numbers, f32::to_le_bytes)))], None).unwrap();
    for (scheme, least, most) in [(Scheme::Quad, 0.92, 0.93), (Scheme::Ternary, 0.89, 0.91)] {
        let (file, reports) = import(&model, scheme).unwrap();
        let quality = reports[0].quality;
        assert!((least..most).contains(&quality.cosine), "{quality:?}");
        let weights = Weights::open(&file).unwrap();
        let tensor = weights.find("w").unwrap().tensor();
        let errors = (0..64).flat_map(|row| tensor.row(row)).zip(&numbers);
        let errors: Vec<f64> = errors.map(|(left, right)| f64::from(left) - f64::from(*right)).collect();
        let largest = errors.iter().fold(0.0, |most: f64, error| most.max(error.abs()));
        let rms = (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt();
        assert_eq!(largest, quality.max_error);
        assert!((rms - quality.rms_error).abs() < 1e-12);
    }
}

#[test]
fn vectors_stay_and_the_rest_is_left_out() {
    let model = serialize(
        [
            ("bias", view(Dtype::F32, &[3], &bytes(&[1.5, -2.0, 0.1], f32::to_le_bytes))),
            ("cube", view(Dtype::F32, &[1, 1, 2], &[0; 8])),
            ("ids", view(Dtype::I64, &[1, 2], &[0; 16])),
            ("none", view(Dtype::F32, &[0, 4], &[])),
            ("one", view(Dtype::F32, &[1, 1], &bytes(&[3.0], f32::to_le_bytes))),
        ],
        None,
    )
    .unwrap();
    let plan = Plan::new(read(&model).unwrap(), None, Scheme::Quad).unwrap();
    let skipped: Vec<_> = plan.skipped().iter().map(|one| (one.name.as_str(), one.why.as_str())).collect();
    assert_eq!(
        skipped,
        [
            ("cube", "it has 3 dimensions; vectors and matrices have 1 and 2"),
            ("ids", "its elements are I64; F64, F32, F16, BF16 and Q8_0 can be read"),
            ("none", "a matrix of 0 × 4 has no weights; both must be at least 1"),
        ]
    );
    let (file, _) = import(&model, Scheme::Quad).unwrap();
    let weights = Weights::open(&file).unwrap();
    let bias = weights.find("bias").unwrap().tensor();
    assert_eq!((bias.info().kind, bias.row(0)), (Kind::Floats, vec![1.5, -2.0, 0.1]));
    let Tensor::Weights(one) = weights.find("one").unwrap().tensor() else { panic!("a matrix") };
    assert_eq!(one.row(0).collect::<Vec<_>>(), [3.0]);
}

/// What was exported is imported to the same hashes: quantising what has four levels loses nothing.
#[test]
fn out_and_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = normal(5 * 70);
    let model = serialize(
        [
            ("w", view(Dtype::F32, &[5, 70], &bytes(&numbers, f32::to_le_bytes))),
            ("b", view(Dtype::F32, &[5], &bytes(&numbers[..5], f32::to_le_bytes))),
        ],
        None,
    )
    .unwrap();
    let (file, _) = import(&model, Scheme::Quad).unwrap();
    let path = folder.path().join("back.safetensors");
    export(&Weights::open(&file).unwrap(), &path).unwrap();
    let back = map(&path).unwrap();
    let (again, reports) = import(&back, Scheme::Quad).unwrap();
    assert!(reports.iter().all(|report| report.quality.max_error < 1e-6));
    let signs = |file: &[u8]| match Weights::open(file).unwrap().find("w").unwrap().tensor() {
        Tensor::Weights(matrix) => (matrix.sign_plane().to_vec(), matrix.magnitude_plane().to_vec()),
        _ => panic!("a matrix"),
    };
    assert_eq!(signs(&file), signs(&again));
}

#[test]
fn what_lies_is_refused_with_both_numbers() {
    refused(
        b"abc",
        "this is no sound safetensors file of 3 bytes: header too small: a file has at least 8 bytes",
    );
    let mut model = raw("{}", 0);
    model[0] = 99;
    refused(
        &model,
        "this is no sound safetensors file of 10 bytes: invalid header length: the header claims 99 bytes, behind its length there are 2",
    );
    model[..8].fill(255);
    refused(
        &model,
        "this is no sound safetensors file of 10 bytes: header too large: the header claims 18446744073709551615 bytes, behind its \
         length there are 2",
    );
    let overlapping = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    refused(
        &raw(overlapping, 12),
        "this is no sound safetensors file of 128 bytes: invalid offset for tensor `b`: it claims [4,12] of 12 bytes of data",
    );
    let huge = r#"{"a":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4000000]}}"#;
    refused(
        &raw(huge, 8),
        "this is no sound safetensors file of 82 bytes: incomplete metadata, file not fully covered: the tensors claim 4000000 bytes of \
         data, there are 8",
    );
    let wrong = r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#;
    refused(
        &raw(wrong, 8),
        "this is no sound safetensors file of 70 bytes: invalid shape, data type, or offset for tensor: the tensors claim 8 bytes of data, \
         there are 8",
    );
    let overflow = r#"{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,8]}}"#;
    refused(
        &raw(overflow, 8),
        "this is no sound safetensors file of 90 bytes: overflow computing buffer size from shape and/or element type",
    );
    refused(&raw("{}", 0), "the model: it has no tensors");
}

#[test]
fn a_weight_that_is_no_number_is_named() {
    let mut numbers = normal(12);
    numbers[7] = f32::NAN;
    let model =
        serialize([("w", view(Dtype::F32, &[3, 4], &bytes(&numbers, f32::to_le_bytes)))], None).unwrap();
    refused(&model, "w, row 1: weight 3 is NaN; only finite numbers can be used");
    numbers[7] = f32::INFINITY;
    let model =
        serialize([("b", view(Dtype::F32, &[12], &bytes(&numbers, f32::to_le_bytes)))], None).unwrap();
    refused(&model, "b, row 0: element 7 is inf; only finite numbers can be used");
}
