//! Every program in `docs/spec`, on every tier.

use nda_testkit::spec;
use std::path::Path;

#[test]
fn the_specification_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/spec");
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let mut problems = Vec::new();
    let mut count = 0;
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        let name = page.file_name().unwrap().to_string_lossy();
        for block in spec::blocks(&text).unwrap_or_else(|problem| panic!("{name}: {problem}")) {
            count += 1;
            problems
                .extend(block.problems().into_iter().map(|text| format!("{name}:{}: {text}", block.line)));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert!(count > 30, "{count} programs found");
}
