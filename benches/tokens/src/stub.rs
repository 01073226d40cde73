//! Whether a slice is enough: the function's text and the declarations of its slice, with bodies that only panic, must pass the
//! checker without anything else.

use std::collections::BTreeMap;

/// A program of the slice and the source. Its examples are left out: they may call what the function does not.
pub fn program(name: &str, source: &str, slice: &[&str]) -> String {
    let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for declaration in slice {
        let line = declaration.lines().last().unwrap_or_default();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let end = rest
            .find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | ':')))
            .unwrap_or(rest.len());
        // `const NAME: T` ends its name with a colon.
        let (path, rest) =
            (rest[..end].trim_end_matches(':'), &rest[rest[..end].trim_end_matches(':').len()..]);
        let (module, last) = path.rsplit_once("::").unwrap_or(("", path));
        let item = match word {
            "fn" => format!("pub fn {last}{rest} {{ panic(\"\") }}"),
            "const" => format!("pub const {last}{rest};"),
            _ => format!("pub {word} {last}{rest}"),
        };
        modules.entry(module.to_owned()).or_default().push(item);
    }
    let own: String = source
        .lines()
        .filter(|line| !line.starts_with("#[example"))
        .map(|line| format!("{line}\n"))
        .collect();
    let module = name.rsplit_once("::").map_or("", |(module, _)| module);
    modules.entry(module.to_owned()).or_default().push(own);
    let mut program = String::new();
    for (module, items) in modules {
        let text = items.join("\n\n");
        program.push_str(&if module.is_empty() {
            text
        } else {
            format!("pub mod {module} {{\n{text}\n}}\n")
        });
    }
    program
}
