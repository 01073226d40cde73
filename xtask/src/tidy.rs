//! What neither the compiler nor clippy sees. Each problem is one line that says where.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of one source file: what passes this has a second idea in it.
const MAX_LINES: usize = 800;

/// Beginnings of paths that exist on one machine only; in pieces, so that this file holds none.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/")];

/// Everything that is not tidy below the repository's root.
#[must_use]
pub fn problems(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for top in ["crates", "docs", "examples", "xtask", "fuzz", ".ci", "benches"] {
        walk(&root.join(top), &mut files);
    }
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "Cargo.toml"] {
        files.push(root.join(page));
    }
    files.sort();
    let mut problems = Vec::new();
    for file in files {
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        // What is not text is not ours to judge.
        let Ok(bytes) = fs::read(&file) else {
            problems.push(format!("{shown}: missing"));
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if extension == "rs" && shown.contains("/src/") {
            source_file(&shown, &text, &mut problems);
        }
        if extension == "md" {
            links(&file, &shown, &text, &mut problems);
        }
        for (line, content) in text.lines().enumerate() {
            if MACHINE_PATHS.iter().any(|path| content.contains(path)) {
                problems.push(format!("{shown}:{}: a path of one machine", line + 1));
            }
        }
    }
    pages(root, &mut problems);
    problems
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            let generated = ["target", "corpus", "artifacts"].iter().any(|skipped| name == *skipped);
            if !generated {
                walk(&path, files);
            }
        } else if name != "Cargo.lock" {
            files.push(path);
        }
    }
}

fn source_file(shown: &str, text: &str, problems: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!("{shown}: {lines} lines, more than {MAX_LINES}"));
    }
    for (line, content) in text.lines().enumerate() {
        let code = content.split("//").next().unwrap_or_default();
        // What stands in a text is said of programs.
        let says = |word| code.find(word).is_some_and(|at| code[..at].matches('"').count() % 2 == 0);
        if says(concat!("todo", "!(")) || says(concat!("unimplemented", "!(")) {
            problems.push(format!("{shown}:{}: not written yet", line + 1));
        }
    }
}

/// Links to files in Markdown; code blocks do not count.
fn links(file: &Path, shown: &str, text: &str, problems: &mut Vec<String>) {
    let mut fenced = false;
    for (line, content) in text.lines().enumerate() {
        if content.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        for part in content.split("](").skip(1) {
            let Some(target) = part.split(')').next() else { continue };
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let there = file.parent().is_some_and(|folder| folder.join(target).exists());
            if !there {
                problems.push(format!("{shown}:{}: the link to {target} leads nowhere", line + 1));
            }
        }
    }
}

/// Every diagnostic code has a page, and every page a code.
fn pages(root: &Path, problems: &mut Vec<String>) {
    let registry = fs::read_to_string(root.join("crates/nda-diagnostics/src/codes.rs")).unwrap_or_default();
    let codes: Vec<&str> = registry
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| {
            word.len() == 5
                && word.starts_with(['E', 'W'])
                && word[1..].bytes().all(|byte| byte.is_ascii_digit())
        })
        .collect();
    if codes.is_empty() {
        problems.push("the registry of codes is not where it was".to_owned());
    }
    for code in &codes {
        if !root.join(format!("docs/errors/{code}.md")).exists() {
            problems.push(format!("{code} has no page under docs/errors"));
        }
    }
    for entry in fs::read_dir(root.join("docs/errors")).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let stem = name.to_string_lossy().trim_end_matches(".md").to_owned();
        if !codes.contains(&stem.as_str()) && stem != "README" {
            problems.push(format!("docs/errors/{stem}.md explains no code"));
        }
    }
}
