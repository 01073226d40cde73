//! Turns the rules of `rules/*.toml` into a table of the program: reading them costs milliseconds, and `nda check` takes few.

#[path = "src/rule.rs"]
#[allow(dead_code)]
mod rule;

use rule::{Allowlist, RuleFile, Text};
use std::fmt::Write as _;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule.rs");
    let mut code = String::new();
    for name in ["betterleaks", "nda"] {
        let text = std::fs::read_to_string(format!("rules/{name}.toml")).expect("the rules are there");
        let file: RuleFile =
            toml::from_str(&text).unwrap_or_else(|error| panic!("rules/{name}.toml: {error}"));
        write(&mut code, name, &file).expect("strings take everything");
    }
    let folder = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&folder).join("rules.rs"), code).expect("cargo's folder is writable");
}

fn write(code: &mut String, name: &str, file: &RuleFile) -> std::fmt::Result {
    let name = name.to_uppercase();
    writeln!(code, "static {name}_ALLOWED: Allowlist = {};", allowlist(&file.allowlist))?;
    writeln!(code, "static {name}: &[Rule] = &[")?;
    for rule in &file.rules {
        let allowlists: Vec<String> = rule.allowlists.iter().map(allowlist).collect();
        writeln!(
            code,
            "Rule {{ id: Cow::Borrowed({:?}), description: Cow::Borrowed({:?}), regex: Cow::Borrowed({:?}), \
             secret_group: {}, entropy: {:?}, keywords: {}, allowlists: Cow::Borrowed(&[{}]), tags: {} }},",
            rule.id,
            rule.description,
            rule.regex,
            rule.secret_group,
            rule.entropy,
            list(&rule.keywords),
            allowlists.join(", "),
            list(&rule.tags),
        )?;
    }
    writeln!(code, "];")
}

fn allowlist(list_of: &Allowlist) -> String {
    format!(
        "Allowlist {{ description: Cow::Borrowed({:?}), regex_target: Target::{:?}, regexes: {}, stopwords: {} }}",
        list_of.description,
        list_of.regex_target,
        list(&list_of.regexes),
        list(&list_of.stopwords),
    )
}

fn list(texts: &[Text]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("Cow::Borrowed({text:?})")).collect();
    format!("Cow::Borrowed(&[{}])", texts.join(", "))
}
