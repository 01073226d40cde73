//! The models of the repository, as people run them.

use super::{folder, nda, text};
use std::path::Path;

fn run(folder: &Path, model: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(model);
    let (code, out, err) = text(&nda(folder, &["run", path.to_str().expect("a path of text")]));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    out
}

/// The weights are fixed, and so is all arithmetic: the numbers are those of the page on every machine.
#[test]
fn digits_are_read_as_the_page_says() {
    let folder = folder();
    let out = run(folder.path(), "digits.nda");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tensors.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    assert_eq!(out.lines().count(), 3, "{out}");
    assert!(page.contains(&out), "docs/tensors.md does not say:\n{out}");
}

/// Its example compares it with numpy, and `nda run` tries examples first.
#[test]
fn the_transformer_gives_what_numpy_gives() {
    let folder = folder();
    let out = run(folder.path(), "transformer.nda");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tensors.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    assert!(page.contains(&out), "docs/tensors.md does not say:\n{out}");
}

#[test]
fn the_block_runs() {
    let folder = folder();
    assert_eq!(run(folder.path(), "block.nda").lines().count(), 3);
}

#[test]
fn weights_that_are_missing_are_found_by_verify() {
    let folder = folder();
    let at = folder.path();
    for name in ["block.nda", "block.ndaw"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
        std::fs::copy(from, at.join(name)).expect("the folder is writable");
    }
    for args in [&["init"][..], &["weights", "add", "block.ndaw"], &["commit", "block.nda"], &["verify"]] {
        let (code, out, err) = text(&nda(at, args));
        assert_eq!(code, 0, "{args:?}: {out}{err}");
    }
    let blobs = std::fs::read_dir(at.join(".nda/weights")).expect("it has weights");
    let mut blobs: Vec<_> = blobs.map(|entry| entry.expect("it can be read").path()).collect();
    blobs.sort();
    std::fs::remove_file(&blobs[0]).expect("it is ours");
    let (code, out, err) = text(&nda(at, &["verify"]));
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    assert!(out.contains(" names the weights b3:") && out.contains("1 problem"), "{out}");
}
