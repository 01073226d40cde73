//! `nda weights`: a model goes in, is looked at, and comes out.

use super::{folder, nda, text};

/// A safetensors file: a matrix `w` of 2 × 3, a vector `b`, and integers that are left out.
pub fn model() -> Vec<u8> {
    let header = concat!(
        r#"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#,
        r#""b":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},"#,
        r#""i":{"dtype":"I64","shape":[1],"data_offsets":[32,40]}}"#
    );
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    for number in [0.5f32, -1.0, 1.0, 4.0, 2.0, -2.0, 0.25, -0.25] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&7u64.to_le_bytes());
    bytes
}

#[test]
fn a_model_goes_in_and_comes_out() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("m.safetensors"), model()).expect("the folder is writable");
    let (code, out, err) = text(&nda(at, &["weights", "import", "m.safetensors"]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    // Both rows are a scale times levels, so nothing is lost.
    assert!(out.contains("quad 2×3  max 0.000e0  RMS 0.000e0  cosine 1.0000"), "{out}");
    assert!(out.contains("left out: its elements are I64"), "{out}");
    assert!(out.contains("m.ndaw: 2 tensors, 32 B became"), "{out}");
    let (code, out, _) = text(&nda(at, &["weights", "ls", "m.ndaw"]));
    assert!(code == 0 && out.contains("floats 1×2") && out.contains("quad 2×3"), "{out}");
    let (code, out, _) = text(&nda(at, &["weights", "show", "m.ndaw", "w"]));
    assert!(code == 0 && out.contains("scales from 0.5 to 2"), "{out}");
    assert!(out.ends_with("-2  1\n-1  1\n 1  2\n 2  2\n"), "{out}");
    let (code, out, _) = text(&nda(at, &["weights", "verify", "m.ndaw"]));
    assert!(code == 0 && out.starts_with("2 tensors") && out.ends_with("all is sound\n"), "{out}");
    assert_eq!(text(&nda(at, &["weights", "export", "m.ndaw", "back.safetensors"])).0, 0);
    let (_, before, _) = text(&nda(at, &["weights", "ls", "m.ndaw"]));
    assert_eq!(text(&nda(at, &["weights", "import", "back.safetensors", "--output", "again.ndaw"])).0, 0);
    assert_eq!(text(&nda(at, &["weights", "ls", "again.ndaw"])).1, before);
    let (code, out, _) =
        text(&nda(at, &["weights", "import", "m.safetensors", "--tensor", "w", "--scheme", "ternary"]));
    assert!(code == 0 && out.contains("ternary 2×3") && out.contains("m.ndaw: 1 tensor,"), "{out}");
}

#[test]
fn what_is_no_model_is_refused() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("m.safetensors"), model()).expect("the folder is writable");
    assert_eq!(text(&nda(at, &["weights", "import", "m.safetensors"])).0, 0);
    let mut damaged = std::fs::read(at.join("m.ndaw")).expect("it was written");
    let last = damaged.len() - 1;
    damaged[last] = 1;
    std::fs::write(at.join("bad.ndaw"), &damaged).expect("the folder is writable");
    let says = |args: &[&str], exit: i32, words: &str| {
        let (code, out, err) = text(&nda(at, args));
        assert!(code == exit && format!("{out}{err}").contains(words), "{args:?}: {code} {out}{err}");
    };
    says(&["weights", "verify", "bad.ndaw"], 1, "the tensor w has the hash");
    says(&["weights", "ls", "bad.ndaw"], 2, "bad.ndaw: the tensor w has the hash");
    says(&["weights", "ls", "a.nda"], 2, "a weights file begins with");
    says(&["weights", "ls", "absent"], 2, "there is no such file");
    says(&["weights", "ls", "."], 2, "this is a folder");
    says(
        &["weights", "show", "m.ndaw", "v"],
        2,
        "there is no tensor `v`; the file has 2 tensors, such as b, w",
    );
    says(
        &["weights", "import", "m.safetensors", "--tensor", "v"],
        2,
        "there is no tensor `v`; there are 3, such as b, i, w",
    );
    says(&["weights", "import", "m.safetensors", "--tensor", "i"], 2, "i: its elements are I64");
    says(&["weights", "import", "a.nda"], 2, "a.nda: this is no sound safetensors file of");
    says(&["weights", "import", "m.safetensors", "--scheme", "octal"], 2, "octal");
    assert!(!at.join("a.ndaw").exists());
}

/// The hash of a tensor of `m.ndaw`.
fn hash_of(at: &std::path::Path, name: &str) -> String {
    let (code, out, err) = text(&nda(at, &["weights", "show", "m.ndaw", name]));
    assert_eq!(code, 0, "{err}");
    out.lines().nth(1).expect("the hash stands in the second line").to_owned()
}

#[test]
fn programs_name_weights_by_hash_and_the_store_keeps_them() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("m.safetensors"), model()).expect("the folder is writable");
    assert_eq!(text(&nda(at, &["weights", "import", "m.safetensors"])).0, 0);
    let (w, b) = (hash_of(at, "w"), hash_of(at, "b"));
    let source = format!(
        "const W: mat[2, 3] = weights(\"b3:{w}\");\nconst B: vec[2] = weights(\"b3:{b}\");\n
fn layer(x: vec[3]) -> vec[2] {{ gemv(W, x) + B }}\n
fn again(x: vec[3]) -> vec[2] {{ gemv_q2(weights(\"b3:{w}\"), x) }}\n"
    );
    std::fs::write(at.join("m.nda"), &source).expect("the folder is writable");
    std::fs::write(at.join("alone.nda"), &source).expect("the folder is writable");
    // The activations are the bytes 32, 64 and 127 times 4 / 127; the rows are 1, -2, 2 times 0.5 and 2, 1, -1 times 2:
    // 158 · 2 / 127 + 0.25, and 1 · 8 / 127 - 0.25.
    for tier in ["eval", "closure", "auto"] {
        let (code, out, err) = text(&nda(at, &["run", "m.nda::layer", "vec[1.0, 2.0, 4.0]", "--tier", tier]));
        assert_eq!((code, out.as_str()), (0, "vec[2.738189, -0.18700787]\n"), "{err}");
        let (code, out, err) = text(&nda(at, &["run", "m.nda::again", "vec[1.0, 2.0, 4.0]", "--tier", tier]));
        assert_eq!(code, 0, "{err}");
        assert!(out.starts_with("vec["), "{out}");
    }
    let (code, _, err) = text(&nda(at, &["check", "alone.nda"]));
    assert!(code == 1 && err.contains("E0120") && err.contains(&w), "{err}");
    assert_eq!(text(&nda(at, &["init"])).0, 0);
    assert_eq!(
        text(&nda(at, &["commit", "m.nda"])).0,
        1,
        "what is committed must find its weights in the store"
    );
    let (code, out, _) = text(&nda(at, &["weights", "add", "m.ndaw"]));
    assert!(code == 0 && out.contains(&format!("b3:{w}")), "{out}");
    let (code, out, err) = text(&nda(at, &["commit", "alone.nda"]));
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, err) = text(&nda(at, &["run", "layer", "vec[1.0, 2.0, 4.0]"]));
    assert_eq!((code, out.as_str()), (0, "vec[2.738189, -0.18700787]\n"), "{err}");
    let (code, out, _) = text(&nda(at, &["verify"]));
    assert!(code == 0 && out.contains("2 weights"), "{out}");
    let blob = at.join(".nda/weights").join(format!("{w}.ndat"));
    std::fs::write(&blob, b"damaged").expect("the folder is writable");
    let (code, out, _) = text(&nda(at, &["verify"]));
    assert!(code == 1 && out.contains("has the hash"), "{out}");
    std::fs::remove_file(&blob).expect("it was there");
    let (code, _, err) = text(&nda(at, &["run", "layer", "vec[1.0, 2.0, 4.0]"]));
    assert!(code == 1 && err.contains(&format!("b3:{w}")), "{code} {err}");
    let (code, _, err) = text(&nda(at, &["run", "m.nda::layer", "vec[1.0, 2.0]"]));
    assert!(code == 2 && err.contains("vec[3]"), "{code} {err}");
}
