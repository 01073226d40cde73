//! Steps on floats: every path gives the same bits, and the numbers are those of the formulas.

use crate::reference::{Numbers, assert_same_bits};
use nda_tensor::fused::{self, Source, fused};
use nda_tensor::{
    Path, QuadVector, add, argmax, dot, gelu, layer_norm, multiply, relu, rms_norm, scale, silu, softmax,
    subtract,
};
use proptest::prelude::*;

type Step = fn(Path, &mut [f32], &[f32]);

const STEPS: [(&str, Step); 9] = [
    ("add", |path, to, other| add(path, to, other).unwrap()),
    ("subtract", |path, to, other| subtract(path, to, other).unwrap()),
    ("multiply", |path, to, other| multiply(path, to, other).unwrap()),
    ("scale", |path, to, other| scale(path, to, other[0])),
    ("relu", |path, to, _| relu(path, to)),
    ("rms_norm", |path, to, other| rms_norm(path, to, other, 1e-6).unwrap()),
    ("layer_norm", |path, to, other| layer_norm(path, to, other, other, 1e-6).unwrap()),
    ("softmax", |path, to, _| softmax(path, to).unwrap()),
    ("dot", |path, to, other| to[0] = dot(path, to, other).unwrap()),
];

proptest! {
    #[test]
    fn every_path_gives_the_same_bits(len in 1usize..120, seed: u64, exponent in -30i32..30) {
        let mut numbers = Numbers::new(seed);
        let factor = 2f32.powi(exponent);
        let x: Vec<f32> = numbers.vector(len).iter().map(|value| value * factor).collect();
        let other = numbers.vector(len);
        for (name, step) in STEPS {
            let mut expected = x.clone();
            step(Path::SCALAR, &mut expected, &other);
            for path in Path::available() {
                let mut result = x.clone();
                step(path, &mut result, &other);
                assert_same_bits(name, &result, &expected);
            }
        }
        for path in Path::available() {
            let quads = QuadVector::quantise(path, &x).unwrap();
            prop_assert_eq!(&quads, &QuadVector::quantise(Path::SCALAR, &x).unwrap());
        }
    }
}

proptest! {
    /// In one pass as one after the other, whatever the length has to do with the blocks.
    #[test]
    fn steps_in_one_pass_give_the_same_bits(len in 1usize..600, seed: u64) {
        let mut numbers = Numbers::new(seed);
        let [x, y, z] = [(); 3].map(|()| numbers.vector(len));
        // relu((x - y) * 0.75 + x · silu(z · y)) · y
        let steps = [
            fused::Step::Begin(Source::Result),
            fused::Step::Subtract(Source::Of(&y)),
            fused::Step::Scale(0.75),
            fused::Step::Begin(Source::Of(&z)),
            fused::Step::Begin(Source::Of(&x)),
            fused::Step::Begin(Source::Of(&z)),
            fused::Step::Multiply(Source::Of(&y)),
            fused::Step::Silu,
            fused::Step::Multiply(Source::Last),
            fused::Step::Gelu,
            fused::Step::Add(Source::Last),
            fused::Step::Add(Source::Last),
            fused::Step::Relu,
            fused::Step::Multiply(Source::Of(&y)),
        ];
        let path = Path::SCALAR;
        let mut inner = z.clone();
        multiply(path, &mut inner, &y).unwrap();
        silu(&mut inner);
        let mut product = x.clone();
        multiply(path, &mut product, &inner).unwrap();
        gelu(&mut product);
        let mut sum = z.clone();
        add(path, &mut sum, &product).unwrap();
        let mut expected = x.clone();
        subtract(path, &mut expected, &y).unwrap();
        scale(path, &mut expected, 0.75);
        add(path, &mut expected, &sum).unwrap();
        relu(path, &mut expected);
        multiply(path, &mut expected, &y).unwrap();
        for path in Path::available() {
            let mut result = x.clone();
            fused(path, &mut result, &steps).unwrap();
            assert_same_bits("fused", &result, &expected);
        }
    }
}

/// Every two neighbours, over more than one long block.
#[test]
fn pairs_of_steps_in_one_pass() {
    let mut numbers = Numbers::new(7);
    let len = 5_000;
    let [x, y, z] = [(); 3].map(|()| numbers.vector(len));
    let each = |vector| {
        let of = Source::Of(vector);
        use fused::Step::{Add, Gelu, Multiply, Relu, Scale, Silu, Subtract};
        [Add(of), Subtract(of), Multiply(of), Scale(-1.5), Relu, Silu, Gelu]
    };
    let alone = |step: fused::Step<'_>, to: &mut [f32], with: &[f32]| match step {
        fused::Step::Add(_) => add(Path::SCALAR, to, with).unwrap(),
        fused::Step::Subtract(_) => subtract(Path::SCALAR, to, with).unwrap(),
        fused::Step::Multiply(_) => multiply(Path::SCALAR, to, with).unwrap(),
        fused::Step::Scale(factor) => scale(Path::SCALAR, to, factor),
        fused::Step::Relu => relu(Path::SCALAR, to),
        fused::Step::Silu => silu(to),
        _ => gelu(to),
    };
    for first in each(&y) {
        for second in each(&z) {
            let mut expected = x.clone();
            alone(first, &mut expected, &y);
            alone(second, &mut expected, &z);
            for path in Path::available() {
                let mut result = x.clone();
                fused(path, &mut result, &[fused::Step::Begin(Source::Result), first, second]).unwrap();
                assert_same_bits("in place", &result, &expected);
                result.fill(f32::NAN);
                fused(path, &mut result, &[fused::Step::Begin(Source::Of(&x)), first, second]).unwrap();
                assert_same_bits("from elsewhere", &result, &expected);
            }
        }
    }
}

#[test]
fn a_pass_reads_its_result_as_it_was_found() {
    for path in Path::available() {
        let mut to = [1.0, 2.0, 3.0];
        let steps = [
            fused::Step::Begin(Source::Result),
            fused::Step::Begin(Source::Of(&[10.0; 3])),
            fused::Step::Multiply(Source::Result),
            fused::Step::Add(Source::Last),
        ];
        fused(path, &mut to, &steps).unwrap();
        assert_eq!(to, [11.0, 22.0, 33.0]);
        let lengths = fused(path, &mut to, &[fused::Step::Begin(Source::Of(&[0.0; 4]))]);
        assert_eq!(lengths.unwrap_err().to_string(), "elements of the right vector: 4 where 3 are needed");
    }
}

#[track_caller]
fn assert_near(left: f32, right: f64) {
    let error = (f64::from(left) - right).abs();
    assert!(error <= 1e-6 * right.abs().max(1.0), "{left} is not {right}");
}

#[test]
fn the_formulas() {
    let x = [1.0, -2.0, 0.5, 3.0, -0.25];
    let gain = [1.0, 0.5, 2.0, 1.0, -1.0];
    let path = Path::best();
    let squares: f64 = x.iter().map(|&x| f64::from(x).powi(2)).sum();
    let mut y = x;
    rms_norm(path, &mut y, &gain, 0.125).unwrap();
    for ((&y, &x), &gain) in y.iter().zip(&x).zip(&gain) {
        assert_near(y, f64::from(x) / (squares / 5.0 + 0.125).sqrt() * f64::from(gain));
    }
    let mean: f64 = x.iter().map(|&x| f64::from(x)).sum::<f64>() / 5.0;
    let variance = squares / 5.0 - mean * mean;
    let mut y = x;
    layer_norm(path, &mut y, &gain, &x, 0.125).unwrap();
    for ((&y, &x), &gain) in y.iter().zip(&x).zip(&gain) {
        assert_near(y, (f64::from(x) - mean) / (variance + 0.125).sqrt() * f64::from(gain) + f64::from(x));
    }
    let exponentials: f64 = x.iter().map(|&x| f64::from(x).exp()).sum();
    let mut y = x;
    softmax(path, &mut y).unwrap();
    for (&y, &x) in y.iter().zip(&x) {
        assert_near(y, f64::from(x).exp() / exponentials);
    }
    let mut y = x;
    silu(&mut y);
    for (&y, &x) in y.iter().zip(&x) {
        assert_near(y, f64::from(x) / (1.0 + f64::from(-x).exp()));
    }
    // Values of x · Φ(x) from tables of the normal distribution.
    let mut y = [1.0, -2.0, 0.0, 3.0];
    gelu(&mut y);
    for (y, expected) in y.into_iter().zip([0.841_344_746, -0.045_500_264, 0.0, 2.995_950_306]) {
        assert_near(y, expected);
    }
    let mut y = [-1.0, -0.0, 0.0, 2.0];
    relu(path, &mut y);
    assert_same_bits("relu", &y, &[0.0, 0.0, 0.0, 2.0]);
    assert_eq!(argmax(path, &[1.0, 3.0, 3.0, -5.0]), Ok(Some(1)));
    assert_eq!(argmax(path, &[]), Ok(None));
    assert_eq!(dot(path, &x, &gain), Ok(1.0 - 1.0 + 1.0 + 3.0 + 0.25));
}

#[test]
fn softmax_of_large_numbers_is_finite() {
    let mut y = [1000.0, 1000.0, -1000.0];
    softmax(Path::best(), &mut y).unwrap();
    assert_eq!(y, [0.5, 0.5, 0.0]);
}
