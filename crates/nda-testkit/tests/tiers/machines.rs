//! Floats give the same bits on every machine: the hashes here were made on x86-64, and `.ci/aarch64` runs this under qemu-user.
//!
//! Tiers that agree with each other on one machine say nothing about the next one, where all of them might say something else.

use nda_graph::Hash;
use nda_testkit::oracle;

const OF_NUMBERS: &[(&str, &str)] = &[
    ("x", "b43ac9261136"),
    ("x * y + z", "df7f411d6819"),
    ("x / y - z", "15f914ae482e"),
    ("x % y", "dcfd4514990c"),
    ("x.abs().sqrt()", "7803b5311529"),
    ("x.floor() + y.ceil() * z.round() - x.trunc()", "ce1377c41aec"),
    ("x.min(y).max(z)", "f70620428483"),
    ("x.powi(7) + y.powi(-3)", "21b43a80e76e"),
    ("x.abs().powf(y / 50.0)", "9e6914e1b078"),
    ("x.exp()", "2748f3288f38"),
    ("x.ln()", "927442d56e49"),
    ("x.log2()", "e3d6ebb5a3dd"),
    ("x.log10()", "51c3fc3e0701"),
    ("x.sin()", "c5371c90332d"),
    ("(x * 1e18).sin() + (y * 1e18).cos()", "1646b6169b59"),
    ("x.cos()", "93620955350e"),
    ("x.tan()", "0940bc9ae1f2"),
    ("x.asin()", "3d51e997bb19"),
    ("x.acos()", "0036247f39aa"),
    ("x.atan()", "9b662f434b83"),
    ("x.atan2(y)", "054cdecaf920"),
    ("x.hypot(y)", "9072bd480dd1"),
    ("(x * 1e17) as i64 as f64", "43bc8050f366"),
    ("format(\"{:.7}\", x).parse_f64().unwrap_or(0.0)", "97edd775ffca"),
];

const OF_VECTORS: &[(&str, &str)] = &[
    ("x * y + z", "da8a77460a48"),
    ("silu(x) * z[7]", "e4a6acbb2310"),
    ("gelu(x * 0.1)", "d00b6e33b24c"),
    ("softmax(x)", "5f41fe90a66e"),
    ("rms_norm(x, y, 1e-5)", "ef1f02eda483"),
    ("layer_norm(x, y, z, 1e-5)", "b0f38470a432"),
    ("{ x[3] = dot(y, z); x }", "db3493e5269d"),
];

/// 100 numbers of both signs, between a ten thousandth and a hundred.
const POINTS: &str = "
fn points(start: i64) -> [f64] {
    let mut seed = start;
    let mut xs = [];
    for at in 0..100 {
        seed = seed * 48271 % 2147483647;
        xs.push((seed as f64 / 1073741824.0 - 1.0) * (10.0).powi(at % 7 - 4));
    }
    xs
}
";

fn hash_of(main: &str) -> String {
    let source = format!("{POINTS}{main}");
    match oracle::compare(&source, 1) {
        // The text of a float has all its bits, but for a NaN's.
        Ok(agreement) => {
            let value = agreement.main.unwrap().result.unwrap();
            Hash::of("machines", value.to_string().as_bytes()).short().to_string()
        }
        Err(difference) => panic!("{difference}\n{source}"),
    }
}

fn hold(table: &[(&str, &str)], main: impl Fn(&str) -> String) {
    let found: Vec<_> = table.iter().map(|(row, _)| (*row, hash_of(&main(row)))).collect();
    let expected: Vec<_> = table.iter().map(|(row, hash)| (*row, (*hash).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn numbers() {
    hold(OF_NUMBERS, |row| {
        format!(
            "fn main() -> [f64] {{
                let xs = points(1); let ys = points(2); let zs = points(3); let mut found = [];
                for at in 0..xs.len() {{ let x = xs[at]; let y = ys[at]; let z = zs[at]; found.push({row}); }}
                found
            }}"
        )
    });
}

/// 100 elements are six times sixteen lanes and some more.
#[test]
fn vectors() {
    hold(OF_VECTORS, |row| {
        format!(
            "fn main() -> vec[100] {{
                let mut x: vec[100] = vec::from(points(1)); let y: vec[100] = vec::from(points(2));
                let z: vec[100] = vec::from(points(3));
                x[0] = 0.5;
                {row}
            }}"
        )
    });
}
