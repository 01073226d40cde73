//! GGUF.

use crate::{import, normal, refused};
use half::f16;
use nda_import::{Element, read};
use nda_tensor::Scheme;

/// A tensor of a file: name, sizes as GGUF orders them, type, data.
type Given<'a> = (&'a str, &'a [u64], u32, &'a [u8]);

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend_from_slice(&(text.len() as u64).to_le_bytes());
    to.extend_from_slice(text.as_bytes());
}

/// A file of version 3 with some keys, aligned to 64 bytes.
fn file(tensors: &[Given<'_>]) -> Vec<u8> {
    let mut file = b"GGUF".to_vec();
    file.extend_from_slice(&3u32.to_le_bytes());
    file.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
    file.extend_from_slice(&4u64.to_le_bytes());
    text(&mut file, "general.alignment");
    file.extend_from_slice(&4u32.to_le_bytes());
    file.extend_from_slice(&64u32.to_le_bytes());
    text(&mut file, "general.name");
    file.extend_from_slice(&8u32.to_le_bytes());
    text(&mut file, "a model");
    text(&mut file, "tokens");
    file.extend_from_slice(&9u32.to_le_bytes());
    file.extend_from_slice(&8u32.to_le_bytes());
    file.extend_from_slice(&2u64.to_le_bytes());
    text(&mut file, "one");
    text(&mut file, "two");
    text(&mut file, "flag");
    file.extend_from_slice(&7u32.to_le_bytes());
    file.push(1);
    let mut data = Vec::new();
    for (name, sizes, kind, bytes) in tensors {
        text(&mut file, name);
        file.extend_from_slice(&(sizes.len() as u32).to_le_bytes());
        sizes.iter().for_each(|size| file.extend_from_slice(&size.to_le_bytes()));
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&(data.len() as u64).to_le_bytes());
        data.extend_from_slice(bytes);
        data.resize(data.len().next_multiple_of(64), 0);
    }
    file.resize(file.len().next_multiple_of(64), 0);
    file.extend_from_slice(&data);
    file
}

/// Blocks of 32: scale, then bytes.
fn q8(numbers: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in numbers.chunks(32) {
        let largest = block.iter().fold(0f32, |most, number| most.max(number.abs()));
        let scale = f16::from_f32(largest / 127.0);
        bytes.extend_from_slice(&scale.to_le_bytes());
        bytes.extend(block.iter().map(|number| (number / scale.to_f32()).round() as i8 as u8));
    }
    bytes
}

#[test]
fn floats_halves_and_blocks_are_read() {
    let numbers = normal(3 * 64);
    let floats: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let halves: Vec<u8> = numbers.iter().flat_map(|&number| f16::from_f32(number).to_le_bytes()).collect();
    let model = file(&[
        ("floats", &[64, 3], 0, &floats),
        ("halves", &[64, 3], 1, &halves),
        ("blocks", &[64, 3], 8, &q8(&numbers)),
        ("few", &[256], 12, &[0; 144]),
        ("bias", &[64], 0, &floats[..256]),
    ]);
    let sources = read(&model).unwrap();
    assert_eq!(
        sources.iter().find(|source| source.name == "few").unwrap().element,
        Element::Other("blocks of few bits")
    );
    let (_, reports) = import(&model, Scheme::Quad).unwrap();
    let found: Vec<_> = reports
        .iter()
        .map(|report| {
            (report.name.as_str(), report.source, report.info.shape.rows(), report.info.shape.columns())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("bias", "F32", 1, 64),
            ("blocks", "Q8_0", 3, 64),
            ("floats", "F32", 3, 64),
            ("halves", "F16", 3, 64)
        ]
    );
    let rms: Vec<f64> = reports[1..].iter().map(|report| report.quality.rms_error).collect();
    assert!(rms.iter().all(|error| (error / rms[1] - 1.0).abs() < 0.02), "{rms:?}");
}

#[test]
fn every_shorter_file_is_refused() {
    let model = file(&[("w", &[32, 2], 8, &q8(&normal(64)))]);
    import(&model, Scheme::Quad).unwrap();
    // The last bytes only fill up the alignment.
    let end = model.len() - 60;
    for length in 0..end {
        import(&model[..length], Scheme::Quad).unwrap_err();
    }
}

/// No byte that is another one leads to a panic.
#[test]
fn every_changed_byte_is_read_or_refused() {
    let model = file(&[("w", &[32, 2], 8, &q8(&normal(64))), ("b", &[4], 0, &[0; 16])]);
    for at in 0..model.len() {
        for byte in [0, 1, 127, 255] {
            let mut changed = model.clone();
            changed[at] = byte;
            let _ = import(&changed, Scheme::Quad);
        }
    }
}

#[test]
fn what_lies_is_refused_with_both_numbers() {
    let model = file(&[("w", &[32, 2], 0, &[0; 256])]);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = model.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    refused(&with(4, &[1]), "the GGUF file says 1 for the version; 2 or 3 can be read");
    let all = [255; 8];
    let begins = "the GGUF file ends early: ";
    refused(
        &with(8, &all),
        &format!(
            "{begins}the directory of tensors takes 18446744073709551615 bytes at 24, the file has {}",
            model.len()
        ),
    );
    refused(
        &with(24, &all),
        &format!("{begins}a key takes 18446744073709551615 bytes at 32, the file has {}", model.len()),
    );
    refused(
        &with(53, &[3]),
        "the GGUF file says 3 for the alignment; powers of two up to 1048576 can be read",
    );
    refused(
        &file(&[("w", &[31, 2], 8, &[0; 68])]),
        "the GGUF file says 31 for the size of a row of Q8_0; multiples of 32 can be read",
    );
    refused(
        &file(&[("w", &[1; 9], 0, &[0; 4])]),
        "the GGUF file says 9 for a tensor's dimensions; up to 8 can be read",
    );
    refused(
        &file(&[("w", &[1 << 40, 1 << 40], 0, &[0; 4])]),
        "w has the shape [1099511627776, 1099511627776], more elements than can be counted",
    );
    let short = file(&[("w", &[32, 3], 0, &[0; 256])]);
    let begin = short.len() - 256;
    refused(
        &short,
        &format!("{begins}a tensor's data takes 384 bytes at {begin}, the file has {}", short.len()),
    );
    refused(
        &file(&[("w", &[1], 0, &[0; 4]), ("w", &[1], 0, &[0; 4])]),
        "w is there twice, as tensors 0 and 1",
    );
}
