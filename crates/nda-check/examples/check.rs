//! Prints what the checker says about a file, and the records of what passed: `cargo run -p nda-check --example check FILE`.

use nda_check::{Checker, Empty};
use nda_diagnostics::render::render;

fn main() -> std::io::Result<()> {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: check FILE");
        std::process::exit(2);
    };
    let source = std::fs::read_to_string(&path)?;
    let (tree, mut diagnostics) = nda_syntax::parse(&source);
    let items = Checker::default().check(&tree, &source, &Empty, &mut diagnostics);
    for diagnostic in &diagnostics {
        println!("{}\n", render(diagnostic, &source, &path, false));
    }
    for item in items {
        let name = tree.items[item.item].name.map_or("", |name| tree.name(name.symbol, &source));
        println!("{name} #{}\n{}", item.hash, nda_graph::listing::list(item.definition.view()));
    }
    Ok(())
}
