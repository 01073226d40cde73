//! Several files as one submission: found, read, and every place of a diagnostic brought back to its file.

use crate::context::Context;
use crate::failure::Failure;
use crate::input::{self, Input, Loaded};
use crate::report::diagnostics;
use nda_diagnostics::Diagnostic;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The files of a submission, and where each begins in the text they make together.
pub struct Sources {
    /// At least one, in the order they were named; the files of a folder in the order of their paths.
    pub inputs: Vec<Input>,
    parts: Vec<u32>,
}

/// What reading the files gives.
pub enum Read {
    /// All are sources.
    Whole(Sources),
    /// Some are not.
    Faulty(Vec<(Input, Diagnostic)>),
}

/// Reads files and, for a folder, every `*.nda` file in it and below. A file named twice counts once.
pub fn read(named: &[String]) -> Result<Read, Failure> {
    let mut paths = Vec::new();
    for name in named {
        if name != "-" && Path::new(name).is_dir() {
            let before = paths.len();
            walk(Path::new(name), &mut paths)?;
            if paths.len() == before {
                return Err(Failure::usage(format!("{name}: no file in this folder or below ends in .nda")));
            }
        } else {
            paths.push(PathBuf::from(name));
        }
    }
    let mut seen = Vec::new();
    let (mut inputs, mut faulty) = (Vec::new(), Vec::new());
    for path in paths {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        match input::load(&path.to_string_lossy())? {
            Loaded::Text(input) => inputs.push(input),
            Loaded::Faulty(input, problem) => faulty.push((input, *problem)),
        }
    }
    Ok(if faulty.is_empty() { Read::Whole(Sources::new(inputs)) } else { Read::Faulty(faulty) })
}

/// The sources of a folder, sorted. Hidden folders and links to folders are not entered.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(Failure::file(folder))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type().map_err(Failure::file(&path))?.is_dir() {
            if !entry.file_name().to_string_lossy().starts_with('.') {
                walk(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "nda") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// Says why files are no sources.
pub fn complain_faulty(faulty: &[(Input, Diagnostic)], context: &mut Context) -> Result<(), Failure> {
    if context.json {
        let files: Vec<&str> = faulty.iter().map(|(input, _)| input.origin.as_str()).collect();
        let found: Vec<Value> = faulty.iter().map(|(input, found)| diagnostics::one(found, input)).collect();
        return context.print_json(&json!({ "files": files, "outcome": "refused", "diagnostics": found }));
    }
    for (input, found) in faulty {
        diagnostics::complain(std::slice::from_ref(found), input, context)?;
    }
    Ok(())
}

impl Sources {
    fn new(inputs: Vec<Input>) -> Self {
        let parts = nda_gate::part_starts(inputs.iter().map(|input| input.text.as_str()));
        Self { inputs, parts }
    }

    /// The same files with other texts.
    pub fn with_texts(&self, texts: Vec<String>) -> Self {
        let renewed = self.inputs.iter().zip(texts);
        Self::new(renewed.map(|(input, text)| Input { origin: input.origin.clone(), text }).collect())
    }

    /// The texts, as the gate takes them.
    pub fn texts(&self) -> Vec<&str> {
        self.inputs.iter().map(|input| input.text.as_str()).collect()
    }

    /// The file's name, or how many there are.
    pub fn title(&self) -> String {
        match self.inputs.as_slice() {
            [input] => input.origin.clone(),
            inputs => format!("{} files", inputs.len()),
        }
    }

    /// Which file a place of the whole stands in.
    pub fn index_of(&self, at: u32) -> usize {
        self.parts.partition_point(|&start| start <= at).saturating_sub(1)
    }

    /// The file at this place.
    pub fn file_of(&self, at: u32) -> &str {
        self.inputs.get(self.index_of(at)).map_or("", |input| &input.origin)
    }

    /// A diagnostic with the places it has in its own file, and apart from it those in other files.
    pub fn locate(&self, found: &Diagnostic) -> (usize, Diagnostic, Vec<Value>) {
        let index = self.index_of(found.span.start);
        let mut own = found.clone();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            own.labels.into_iter().partition(|label| self.index_of(label.span.start) == index);
        own.labels = here;
        own.shift_back(self.parts[index]);
        let mut labels = Vec::new();
        for label in elsewhere {
            let other = self.index_of(label.span.start);
            let (input, span) = (&self.inputs[other], label.span.relative_to(self.parts[other]));
            let (line, column) = span.line_column(&input.text);
            own.notes.push(format!("{}: {}:{line}:{column}", label.message, input.origin));
            labels.push(diagnostics::label(&label.message, span, input));
        }
        (index, own, labels)
    }

    /// All diagnostics, for machines.
    pub fn json(&self, found: &[Diagnostic]) -> Value {
        let one = |found: &Diagnostic| {
            let (index, own, elsewhere) = self.locate(found);
            let mut value = diagnostics::one(&own, &self.inputs[index]);
            if let Some(labels) = value["labels"].as_array_mut() {
                labels.extend(elsewhere);
            }
            value
        };
        found.iter().map(one).collect()
    }

    /// All diagnostics, on standard error.
    pub fn complain(&self, found: &[Diagnostic], context: &mut Context) -> Result<(), Failure> {
        let color = context.color_err();
        let mut text = String::new();
        for found in found {
            let (index, own, _) = self.locate(found);
            text.push_str(&diagnostics::text(&[own], &self.inputs[index], color));
        }
        diagnostics::complain_text(text, found, context)
    }
}
