//! Reading sources.

use crate::failure::Failure;
use nda_diagnostics::Diagnostic;
use nda_report::sources::Input;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// What reading a file gives.
pub enum Loaded {
    /// A source.
    Text(Input),
    /// Bytes that are no source: too many, or not UTF-8. The text is shown as well as it can be.
    Faulty(Input, Box<Diagnostic>),
}

/// Reads a file, or standard input for `-`. No more is read than a source may have.
pub fn load(path: &str) -> Result<Loaded, Failure> {
    let mut bytes = Vec::new();
    let most = nda_syntax::MAX_SOURCE as u64 + 1;
    let origin = if path == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes).map_err(Failure::file("<stdin>"))?;
        "<stdin>"
    } else {
        if Path::new(path).is_dir() {
            return Err(Failure::file(path)(io::ErrorKind::IsADirectory.into()));
        }
        let file = File::open(path).map_err(Failure::file(path))?;
        file.take(most).read_to_end(&mut bytes).map_err(Failure::file(path))?;
        path
    };
    let origin = origin.to_owned();
    Ok(match nda_syntax::source_text(&bytes) {
        Ok(text) => Loaded::Text(Input { origin, text: text.to_owned() }),
        Err(problem) => {
            // The excerpt ends where the text does.
            let end = problem.span.start as usize;
            let start =
                bytes[..end.min(bytes.len())].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            let text =
                String::from_utf8_lossy(bytes.get(..end).filter(|_| end - start < 4096).unwrap_or_default());
            Loaded::Faulty(Input { origin, text: text.into_owned() }.masked(), problem)
        }
    })
}
