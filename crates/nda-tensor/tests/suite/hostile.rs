//! What is refused, and with which words.

use nda_tensor::{
    ByteVector, GemvMatrix, GemvQ2Matrix, Granularity, Path, QuadMatrix, QuadVector, Scheme, Shape,
    TensorError, argmax, dot, quantise, rms_norm, softmax,
};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, TensorError>, message: &str) {
    assert_eq!(result.unwrap_err().to_string(), message);
}

#[test]
fn shapes() {
    refused(Shape::new(0, 5), "a matrix of 0 × 5 has no weights; both must be at least 1");
    refused(Shape::new(5, 0), "a matrix of 5 × 0 has no weights; both must be at least 1");
    refused(
        Shape::new(usize::MAX, 2),
        "a matrix of 18446744073709551615 × 2 is too large; the limits are 16777216 rows and 262144 columns",
    );
    refused(
        Shape::new(1, 262_145),
        "a matrix of 1 × 262145 is too large; the limits are 16777216 rows and 262144 columns",
    );
}

#[test]
fn numbers_that_are_not_finite() {
    for path in Path::available() {
        for (value, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
            let mut x = vec![1.0; 40];
            x[37] = value;
            let message = |what: &str| format!("{what} 37 is {name}; only finite numbers can be used");
            refused(ByteVector::quantise(path, &x), &message("activation"));
            refused(QuadVector::quantise(path, &x), &message("activation"));
            refused(softmax(path, &mut x.clone()), &message("element"));
            refused(argmax(path, &x), &message("element"));
            refused(rms_norm(path, &mut x.clone(), &[1.0; 40], 1e-5), &message("element"));
            let shape = Shape::new(5, 8).unwrap();
            refused(quantise(shape, &x, Scheme::Quad, Granularity::Row), &message("weight"));
        }
        refused(
            QuadVector::quantise(path, &[f32::MAX; 3]),
            "the sum of activations 0 to 2 is inf; only finite numbers can be used",
        );
    }
    refused(rms_norm(Path::best(), &mut [0.0], &[1.0], 0.0), "epsilon is 0; it must be finite and above 0");
}

/// A vector that refused is what it was.
#[test]
fn a_refusal_changes_nothing() {
    let path = Path::best();
    let mut bytes = ByteVector::quantise(path, &[1.0, 2.0]).unwrap();
    let before = bytes.clone();
    bytes.assign(path, &[f32::NAN; 100]).unwrap_err();
    assert_eq!(bytes, before);
}

#[test]
fn lengths() {
    let shape = Shape::new(3, 9).unwrap();
    let matrix = quantise(shape, &[1.0; 27], Scheme::Quad, Granularity::Row).unwrap();
    let path = Path::best();
    let (fast, tables) = (GemvMatrix::new(&matrix), GemvQ2Matrix::new(&matrix));
    let (bytes, quads) =
        (ByteVector::quantise(path, &[1.0; 8]).unwrap(), QuadVector::quantise(path, &[1.0; 8]).unwrap());
    let message = "elements of the vector: 8 where 9 are needed";
    refused(fast.gemv(path, &bytes, &mut [0.0; 3]), message);
    refused(tables.gemv(path, &quads, &mut [0.0; 3]), message);
    refused(fast.gemv(path, &bytes, &mut [0.0; 4]), "elements of the result: 4 where 3 are needed");
    refused(
        fast.gemm(path, &[bytes.clone(), bytes.clone()], &mut [0.0; 5]),
        "elements of the results: 5 where 6 are needed",
    );
    refused(
        fast.gemv_rows(path, 8..9, &bytes, &mut [0.0; 1]),
        "a part of the rows begins at 8; parts begin at multiples of 16",
    );
    refused(tables.gemv_rows(path, 0..4, &quads, &mut [0.0; 4]), "rows: 4 where 3 are needed");
    refused(dot(path, &[1.0], &[1.0, 2.0]), "elements of the right vector: 2 where 1 are needed");
    refused(quantise(shape, &[1.0; 26], Scheme::Quad, Granularity::Row), "weights: 26 where 27 are needed");
}

#[test]
fn planes_and_scales() {
    let shape = Shape::new(2, 9).unwrap();
    let new = |scheme, sign: [u8; 16], magnitude: [u8; 16], scales: &[f32]| {
        let scales: Vec<u8> = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        QuadMatrix::new(shape, scheme, sign.to_vec(), magnitude.to_vec(), scales)
    };
    let zero = [0; 16];
    new(Scheme::Quad, zero, zero, &[1.0, 0.0]).unwrap();
    refused(new(Scheme::Quad, zero, zero, &[1.0; 3]), "bytes of scales: 12 where 8 are needed");
    refused(
        new(Scheme::Quad, zero, zero, &[1.0, f32::NAN]),
        "scale 1 is NaN; only finite numbers can be used",
    );
    refused(new(Scheme::Quad, zero, zero, &[-1.0]), "scale 0 is -1; a scale is at least 0");
    let mut stray = zero;
    stray[8 + 1] = 2;
    let message = |plane| format!("row 1 has bit 9 set in its plane of {plane}, where it must be 0");
    refused(new(Scheme::Quad, stray, zero, &[1.0]), &message("signs"));
    refused(new(Scheme::Quad, zero, stray, &[1.0]), &message("magnitudes"));
    let mut negative_zero = zero;
    negative_zero[0] = 4;
    refused(
        new(Scheme::Ternary, negative_zero, zero, &[1.0]),
        "row 0 has bit 2 set in its plane of signs, where it must be 0",
    );
    let short = QuadMatrix::new(shape, Scheme::Quad, vec![0; 15], zero.to_vec(), vec![0; 4]);
    refused(short, "bytes of the plane of signs: 15 where 16 are needed");
}
