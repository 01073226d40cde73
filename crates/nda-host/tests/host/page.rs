//! The program on the page runs.

use crate::load;
use std::path::Path;

#[test]
fn the_example_of_the_page_does_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hosts.md");
    let page = std::fs::read_to_string(page).unwrap();
    let source = page.split("```nda\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let output = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/names.txt"), "Ada\nGrace\nHedy\n").unwrap();
    let grant = format!("fs={}", folder.path().join("data").display());
    let mut program = load(source, &[&grant, "random"]);
    program.options.seed = 7;
    let ran = crate::run(&program, "main", &[], &program.options).unwrap();
    assert!(ran.outcome.result.is_ok(), "{:?}", ran.outcome.result);
    assert_eq!(ran.outcome.output, output);
}
