//! `cargo xtask tidy` as a test.

use std::path::Path;

#[test]
fn the_repository_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let problems = xtask::tidy::problems(root);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
