//! The programs of the repository, and mutants of them.

use std::fs;
use std::path::PathBuf;

/// A text that the parser takes without a word, and where it is from.
pub(crate) struct Text {
    pub(crate) from: String,
    pub(crate) source: String,
}

/// Whether the parser takes it without a word.
pub(crate) fn parses(source: &str) -> bool {
    nda_syntax::parse(source).1.is_empty()
}

/// Every program of the repository that parses: examples, blocks of pages, everyday Rust.
pub(crate) fn all() -> Vec<Text> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut texts = Vec::new();
    let mut take = |from: String, source: &str| {
        if parses(source) {
            texts.push(Text { from, source: source.to_owned() });
        }
    };
    for folder in ["examples", "models", "crates/nda-testkit/regressions", "docs", "docs/spec", "docs/errors"]
    {
        let mut files: Vec<PathBuf> =
            fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = format!("{folder}/{}", file.file_name().unwrap().display());
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("nda") => take(name, &fs::read_to_string(&file).unwrap()),
                Some("md") => {
                    let page = fs::read_to_string(&file).unwrap();
                    for (index, block) in page.split("\n```nda").skip(1).enumerate() {
                        let block = block.split_once('\n').unwrap().1.split("\n```").next().unwrap();
                        take(format!("{name}, block {}", index + 1), block);
                    }
                }
                _ => {}
            }
        }
    }
    let everyday = fs::read_to_string(root.join("crates/nda-check/tests/check/everyday.rs.txt")).unwrap();
    for piece in everyday.split("\n//# ").skip(1) {
        let (name, source) = piece.split_once('\n').unwrap();
        take(format!("everyday Rust: {name}"), source);
    }
    texts
}
