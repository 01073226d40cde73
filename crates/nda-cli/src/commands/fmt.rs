//! `nda fmt`.

use crate::context::{Context, Exit};
use crate::failure::Failure;
use crate::files;
use crate::input::{self, Loaded};
use crate::sources::complain_of;
use nda_report::diagnostics;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Sources; a folder stands for every .nda file in it and below, `-` formats standard input to standard output
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Change nothing; say which files would change, and end with 1 if any
    #[arg(long)]
    check: bool,
}

/// Formats files in place.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut exit = Exit::Ok;
    let mut all: Vec<Value> = Vec::new();
    let mut paths = Vec::new();
    for named in &options.files {
        if named != "-" && Path::new(named).is_dir() {
            let found = files::sources_in(Path::new(named))?;
            paths.extend(found.iter().map(|path| path.to_string_lossy().into_owned()));
        } else {
            paths.push(named.clone());
        }
    }
    for path in &paths {
        let input = match input::load(path)? {
            Loaded::Text(input) => input,
            Loaded::Faulty(input, problem) => {
                complain_of(&[*problem], &input, context)?;
                exit = Exit::Refused;
                continue;
            }
        };
        let formatted = match nda_syntax::format(&input.text) {
            Ok(formatted) => formatted,
            Err(problems) => {
                exit = Exit::Refused;
                let input = input.masked();
                if context.json {
                    let found = diagnostics::all(&problems, &input);
                    all.push(json!({ "file": path, "diagnostics": found }));
                } else {
                    complain_of(&problems, &input, context)?;
                }
                continue;
            }
        };
        let changes = formatted != input.text;
        if path == "-" && !context.json {
            write!(context.out, "{formatted}")?;
            continue;
        }
        if changes && options.check {
            exit = Exit::Refused;
        } else if changes {
            replace(path, &formatted)?;
        }
        if context.json {
            all.push(json!({ "file": path, "changed": changes }));
        } else if changes {
            writeln!(context.out, "{path}: {}", if options.check { "would change" } else { "formatted" })?;
        }
    }
    if context.json {
        context.print_json(&json!({ "files": all }))?;
    }
    Ok(exit)
}

/// Writes beside the file, then renames: a file is old or new, never half.
pub fn replace(path: &str, text: &str) -> Result<(), Failure> {
    let target = Path::new(path);
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(Failure::file(path))?;
    file.write_all(text.as_bytes()).map_err(Failure::file(path))?;
    if let Ok(metadata) = std::fs::metadata(target) {
        std::fs::set_permissions(file.path(), metadata.permissions()).map_err(Failure::file(path))?;
    }
    file.persist(target).map_err(|error| Failure::file(path)(error.error))?;
    Ok(())
}
