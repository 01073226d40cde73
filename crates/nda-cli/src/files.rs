//! Which files make a submission, and which module each of them is.
//!
//! A file that is named lies at the root; the files that it declares with `mod name;` are read along. The files of a folder
//! lie where their paths say: `geo/shapes.nda` is the module `geo::shapes`, and `main.nda`, `lib.nda` and `mod.nda` are their
//! folder itself.

use crate::failure::Failure;
use crate::input::{self, Loaded};
use nda_report::sources::Input;
use nda_syntax::tree::ItemKind;
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

/// The files of a submission, read.
pub struct Files {
    /// In the order they were named; the files of a folder in the order of their paths.
    pub loaded: Vec<Loaded>,
    /// By file: the path of its module.
    pub modules: Vec<String>,
}

/// Files read before a terminal is told how many there are.
const MANY: usize = 1_000;

/// A file to be read.
struct Named {
    path: PathBuf,
    module: String,
    /// The folder of the files that it may declare; `None` where the whole folder is read anyway.
    folder: Option<PathBuf>,
}

/// Reads the files that are named, those of folders, and those that are declared.
pub fn load(named: &[String]) -> Result<Files, Failure> {
    let mut waiting = VecDeque::new();
    for name in named {
        let path = PathBuf::from(name);
        if name != "-" && path.is_dir() {
            for file in sources_in(&path)? {
                let module = module_of(&path, &file)?;
                waiting.push_back(Named { path: file, module, folder: None });
            }
        } else {
            let folder = (name != "-").then(|| path.parent().unwrap_or(Path::new("")).to_owned());
            waiting.push_back(Named { path, module: String::new(), folder });
        }
    }
    if waiting.len() >= MANY && std::io::stderr().is_terminal() {
        // Nobody listening is no reason to stop.
        let _ = writeln!(std::io::stderr(), "{} files …", waiting.len());
    }
    let mut places: HashMap<PathBuf, usize> = HashMap::new();
    let mut files = Files { loaded: Vec::new(), modules: Vec::new() };
    while let Some(Named { path, module, folder }) = waiting.pop_front() {
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if let Some(&known) = places.get(&real) {
            // Named and declared: it is what it is declared to be.
            if files.modules[known].is_empty() {
                files.modules[known] = module;
            }
            continue;
        }
        places.insert(real, files.loaded.len());
        let loaded = input::load(&path.to_string_lossy())?;
        if let (Some(folder), Loaded::Text(input)) = (folder, &loaded) {
            waiting.extend(declared(input, &module, &folder));
        }
        files.loaded.push(loaded);
        files.modules.push(module);
    }
    Ok(files)
}

/// The sources of a folder and below it, sorted. Hidden folders and links to folders are not entered.
pub fn sources_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    walk(folder, &mut found)?;
    if found.is_empty() {
        let folder = folder.display();
        return Err(Failure::usage(format!("{folder}: no file in this folder or below ends in .nda")));
    }
    Ok(found)
}

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

/// The module that a file of a folder is.
fn module_of(folder: &Path, file: &Path) -> Result<String, Failure> {
    let relative = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let mut names = Vec::new();
    for name in relative.iter() {
        let module = name.to_str().map(|name| name.replace('-', "_")).filter(|name| is_name(name));
        let Some(module) = module else {
            return Err(Failure::usage(format!(
                "{}: `{}` cannot be the name of a module; a name has letters, digits and `_`, and is no word of the language",
                file.display(),
                name.display()
            )));
        };
        names.push(module);
    }
    if names.last().is_some_and(|last| matches!(last.as_str(), "main" | "lib" | "mod")) {
        names.pop();
    }
    Ok(names.join("::"))
}

/// Whether a module may have this name. The files `mod.nda` stand for their folders.
fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    letters && (name == "mod" || nda_syntax::parse(&format!("mod {name};")).1.is_empty())
}

/// The files that a source declares with `mod name;` and that there are.
fn declared(input: &Input, module: &str, folder: &Path) -> Vec<Named> {
    if !input.text.contains("mod") {
        return Vec::new();
    }
    let (tree, _) = nda_syntax::parse(&input.text);
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for item in &tree.items {
        let (ItemKind::Mod { items: None }, Some(name)) = (item.kind, item.name) else { continue };
        let mut names = vec![tree.name(name.symbol, &input.text)];
        let mut around = item.inside;
        while let Some(outer) = around.map(|outer| &tree.items[outer as usize]) {
            names.extend(outer.name.map(|name| tree.name(name.symbol, &input.text)));
            around = outer.inside;
        }
        names.reverse();
        let below: PathBuf = names.iter().collect();
        let module = [&[module][usize::from(module.is_empty())..], &names].concat().join("::");
        if !seen.insert(module.clone()) {
            continue;
        }
        let folder = folder.join(below);
        let beside = folder.with_extension("nda");
        let inside = folder.join("mod.nda");
        if let Some(path) = [beside, inside].into_iter().find(|path| path.is_file()) {
            found.push(Named { path, module, folder: Some(folder) });
        }
    }
    found
}
