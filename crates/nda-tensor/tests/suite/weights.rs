//! Weights files: what was written is read, what was not is refused.

use crate::reference::matrix;
use nda_tensor::weights::{
    Floats, Tensor, TensorInfo, Weights, WeightsError, WriteError, read_tensor, write_tensor, write_weights,
};
use nda_tensor::{Scheme, Shape};
use proptest::prelude::*;
use std::io::Cursor;

fn tensors() -> Vec<(&'static str, Tensor<'static>)> {
    let floats: Vec<u8> = (0..21).flat_map(|index| (index as f32 / 4.0).to_le_bytes()).collect();
    let floats = Floats::new(Shape::new(3, 7).unwrap(), floats).unwrap();
    vec![
        ("bias", Tensor::Floats(floats)),
        ("layer.0", Tensor::Weights(matrix(5, 70, Scheme::Quad, true, 1))),
        ("layer.1", Tensor::Weights(matrix(130, 9, Scheme::Ternary, false, 2))),
    ]
}

/// A file of three tensors.
pub fn file() -> Vec<u8> {
    write(&tensors()).unwrap()
}

fn write(tensors: &[(&str, Tensor<'static>)]) -> Result<Vec<u8>, WriteError> {
    let announced: Vec<(&str, TensorInfo)> =
        tensors.iter().map(|(name, tensor)| (*name, tensor.info())).collect();
    let mut out = Cursor::new(Vec::new());
    write_weights(&mut out, &announced, |index| Ok::<_, WriteError>(tensors[index].1.clone()))?;
    Ok(out.into_inner())
}

fn blob(tensor: &Tensor<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_tensor(tensor, &mut bytes).unwrap();
    bytes
}

#[test]
fn what_was_written_is_read() {
    let bytes = file();
    let weights = Weights::open(&bytes).unwrap();
    assert_eq!(weights.len(), 3);
    for (index, (name, tensor)) in tensors().into_iter().enumerate() {
        let entry = weights.entry(index).unwrap();
        assert_eq!((entry.name, entry.tensor()), (name, tensor.clone()));
        assert_eq!(entry.blob, blob(&tensor));
        assert_eq!((entry.blob.as_ptr() as usize - bytes.as_ptr() as usize) % 64, 0);
        assert_eq!(weights.find(name).unwrap().hash, entry.hash);
        assert_eq!((weights.position(name), weights.tensor(index)), (Some(index), Some(tensor.clone())));
        assert_eq!(read_tensor(entry.blob).unwrap(), tensor);
    }
    assert!(
        weights.find("layer").is_none() && weights.find("layer.2").is_none() && weights.find("").is_none()
    );
    assert!(weights.entry(3).is_none() && weights.tensor(3).is_none());
    assert!(Weights::open(&write(&[]).unwrap()).unwrap().is_empty());
}

/// The hash of a tensor is the same in every file and for ever; docs/weights-format.md says how it comes about.
#[test]
fn a_hash_is_of_the_bytes() {
    let bytes = file();
    let entry = Weights::open(&bytes).unwrap().find("layer.1").unwrap();
    let mut hashed = b"nda:tensor\0".to_vec();
    hashed.extend_from_slice(entry.blob);
    assert_eq!(entry.hash.to_string(), blake3::hash(&hashed).to_hex().to_string());
}

#[test]
fn every_flipped_bit_and_every_length_is_refused() {
    let bytes = file();
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 1 << (at % 8);
        Weights::open(&broken).unwrap_err();
        Weights::open(&bytes[..at]).unwrap_err();
    }
    let mut longer = bytes.clone();
    longer.push(0);
    let message = format!("bytes of the file: {} where {} is right", bytes.len() + 1, bytes.len());
    assert_eq!(Weights::open(&longer).unwrap_err().to_string(), message);
}

/// Writes the hashes that someone who means harm would write, as far as the offsets make sense.
fn rehash(bytes: &mut [u8]) {
    let u64_at = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let hash = |domain: &[u8], parts: [&[u8]; 2]| -> [u8; 32] {
        *blake3::Hasher::new().update(domain).update(parts[0]).update(parts[1]).finalize().as_bytes()
    };
    let tensors = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let names = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let directory = (64 + 64 * tensors.min(1000) + names.min(10_000)).next_multiple_of(64).min(bytes.len());
    for index in 0..tensors.min(directory / 64 - 1) {
        let at = 64 + 64 * index;
        let (start, length) = (u64_at(bytes, at + 8), u64_at(bytes, at + 16));
        if let Some(blob) = start.checked_add(length).and_then(|end| bytes.get(start..end)) {
            let hash = hash(b"nda:tensor\0", [blob, &[]]);
            bytes[at + 32..at + 64].copy_from_slice(&hash);
        }
    }
    let hash = hash(b"nda:weights\0", [&bytes[..32], &bytes[64..directory]]);
    bytes[32..64].copy_from_slice(&hash);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Damage with right hashes: refused, or a file in which everything can be read.
    #[test]
    fn hostile_bytes_with_right_hashes(
        places in prop::collection::vec((0usize..900, prop::sample::select(vec![0u8, 1, 2, 7, 63, 64, 128, 255])), 1..4),
    ) {
        let mut bytes = file();
        for (place, byte) in places {
            bytes[place] = byte;
        }
        rehash(&mut bytes);
        if let Ok(weights) = Weights::open(&bytes) {
            for entry in weights.entries() {
                let tensor = entry.tensor();
                let shape = tensor.info().shape;
                prop_assert!((0..shape.rows()).all(|row| tensor.row(row).iter().all(|value| value.is_finite())));
            }
        }
    }
}

/// What a file is refused for once its hashes are right.
#[track_caller]
fn refused(change: impl FnOnce(&mut Vec<u8>), message: &str) {
    let mut bytes = file();
    change(&mut bytes);
    rehash(&mut bytes);
    assert_eq!(Weights::open(&bytes).unwrap_err().to_string(), message);
}

#[test]
fn lies_are_refused_with_both_numbers() {
    let put = |at: usize, with: &'static [u8]| {
        move |bytes: &mut Vec<u8>| bytes[at..at + with.len()].copy_from_slice(with)
    };
    // Three entries and 18 bytes of names: the first blob begins at 320.
    refused(put(0, b"GGUF"), r#"a weights file begins with GGUF, not with "NDAW""#);
    refused(put(4, &[2, 0]), "a weights file has version 2; this program reads version 1");
    refused(put(8, &[255, 255, 255, 255]), "the directory: 274877907008 bytes are needed, there are 3200");
    refused(put(12, &[17]), "byte 273 of the file is 49, where it must be 0");
    refused(put(24, &[1]), "byte 24 of the file's header is 1, where it must be 0");
    refused(put(64 + 4, &[200]), "the names up to this one: 200 bytes are needed, there are 18");
    refused(put(64 + 8, &[0]), "offset of a tensor: 256 where 320 is right");
    refused(put(128 + 8, &[64]), "offset of a tensor: 576 where 512 is right");
    refused(
        put(64 + 16, &[255, 255, 255, 255, 255, 255, 255, 255]),
        "a tensor: 18446744073709551615 bytes are needed, there are 2880",
    );
    refused(put(256, b"z"), r#"tensor 1 is "layer.0", which does not come after "zias""#);
    refused(put(256, b"\n"), "tensor 0 has a name of 4 bytes that holds control characters");
    refused(put(256, &[255]), "tensor 0 has a name of 4 bytes that is not UTF-8");
    refused(
        put(320 + 6, &[3]),
        "bias: a tensor of kind 3; the kinds are 0 (quad), 1 (ternary) and 2 (floats)",
    );
    refused(put(320 + 8, &[0]), "bias: a matrix of 0 × 7 has no weights; both must be at least 1");
    refused(put(320 + 8, &[9]), "bias: bytes of a tensor, as its header says: 192 where 320 is right");
    refused(put(320 + 16, &[1]), "bias: scales of a tensor: 1 where 0 is right");
    refused(put(320 + 64 + 4, &[0, 0, 192, 127]), "bias: element 1 is NaN; only finite numbers can be used");
    refused(put(320 + 64 + 84, &[1]), "bias: byte 148 of a tensor is 1, where it must be 0");
    refused(put(512 + 16, &[4]), "layer.0: scales of a tensor: 4 where 5 is right");
}

#[test]
fn a_writer_is_held_to_its_word() {
    let mut twice = tensors();
    twice[1].0 = "bias";
    let message = r#"tensor 1 is "bias", which does not come after "bias""#;
    assert_eq!(write(&twice).unwrap_err().to_string(), message);
    let long = "n".repeat(256);
    let error = write(&[(&long, tensors().remove(0).1)]).unwrap_err();
    assert_eq!(error.to_string(), "tensor 0 has a name of 256 bytes that is longer than 255 bytes");
    let all = tensors();
    let announced = [("bias", all[1].1.info())];
    let made =
        write_weights(&mut Cursor::new(Vec::new()), &announced, |_| Ok::<_, WriteError>(all[0].1.clone()));
    assert!(matches!(made.unwrap_err(), WriteError::Weights(WeightsError::In { .. })));
}
