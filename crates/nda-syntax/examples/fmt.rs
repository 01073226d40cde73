//! Formats standard input.

use std::io::Read;

fn main() -> std::io::Result<()> {
    let mut source = String::new();
    std::io::stdin().read_to_string(&mut source)?;
    match nda_syntax::format(&source) {
        Ok(text) => print!("{text}"),
        Err(problems) => {
            for problem in &problems {
                eprintln!("{}", nda_diagnostics::render::render(problem, &source, "stdin", false));
            }
        }
    }
    Ok(())
}
