//! Prints the tree and the problems of the source on standard input.

use std::io::Read;

fn main() -> std::io::Result<()> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let (source, tree, problems) = nda_syntax::parse_bytes(&bytes);
    let source = source.unwrap_or_default();
    print!("{}", nda_syntax::dump::dump(&tree, source));
    for problem in &problems {
        println!("{}", nda_diagnostics::render::render(problem, source, "stdin", false));
    }
    Ok(())
}
