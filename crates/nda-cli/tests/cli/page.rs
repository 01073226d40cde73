//! `docs/cli.md` says what the program does: commands, flags, and the fields of `--json`.

use super::{folder, nda, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    std::fs::read_to_string(path).expect("the page is there")
}

/// The sections about commands: their heading and their text.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let sections = page.split("\n## nda ").skip(1);
    sections.map(|section| section.split_once('\n').expect("a section has a body")).collect()
}

#[test]
fn every_command_and_flag_has_its_place() {
    let folder = folder();
    let page = page();
    let (_, help, _) = text(&nda(folder.path(), &["--help"]));
    let listed = help.split("Commands:").nth(1).expect("help lists commands");
    let commands: Vec<&str> = listed
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|&name| name != "help")
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    let mut missing = Vec::new();
    for command in &commands {
        let section = sections(&page)
            .into_iter()
            .find(|(heading, _)| heading.split(", nda ").any(|one| one.split(' ').next() == Some(command)));
        let Some((_, body)) = section else {
            missing.push((*command).to_owned());
            continue;
        };
        let (_, help, _) = text(&nda(folder.path(), &[command, "--help"]));
        let own = help.split("Global options:").next().unwrap_or_default();
        let flags = own.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 2);
        for flag in flags.map(|flag| flag.trim_end_matches([',', '.', ']', ')'])) {
            if !matches!(flag, "--help" | "--version") && !body.contains(flag) {
                missing.push(format!("{command} {flag}"));
            }
        }
    }
    assert!(missing.is_empty(), "docs/cli.md does not mention {missing:?}");
    for (heading, _) in sections(&page) {
        for name in heading.split(", nda ").filter_map(|one| one.split(' ').next()) {
            assert!(commands.contains(&name), "docs/cli.md describes `{name}`, and there is no such command");
        }
    }
}

/// The fields that the tables of a section name.
fn documented(body: &str) -> BTreeSet<String> {
    let rows = body.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter(|row| !row.starts_with("--"))
        .flat_map(|row| row.split(" | ").next().unwrap_or_default().split("` `"))
        .map(|field| field.trim_end_matches(['`', ' ', '|']).trim_end_matches("[]").to_owned())
        .collect()
}

/// The fields of an object that have no fields of their own, as the page writes them.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                fields(member, &format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(members) if members.iter().any(Value::is_object) => {
            members.iter().for_each(|member| fields(member, &format!("{path}[]"), found));
        }
        _ => drop(found.insert(path.to_owned())),
    }
}

#[test]
fn every_field_is_described_and_occurs() {
    let folder = folder();
    let at = folder.path();
    let write = |name: &str, text: &str| std::fs::write(at.join(name), text).expect("the folder is writable");
    write("bad.nda", "fn f() -> i64 { x }\n");
    write(
        "old.nda",
        "fn changes(n: i64) -> i64 { n % 7 }\n#[uses(clock)]\nfn timed() -> i64 { clock::now() }\n",
    );
    // Long enough to go on in machine code.
    write(
        "long.nda",
        "fn main() -> i64 { let mut x = 1; for i in 0..400_000_000 { x = (x ^ i) * 7 % 100_003; } x }\n",
    );
    write("new.nda", "fn changes(n: i64) -> i64 { n % 8 }\n");
    // However slow this machine is, the probe comes to what there is to find.
    write("slow.toml", "version = 1\n[probe]\ntime_us = 60_000_000\n");
    write("gate.toml", "version = 1\n[[capabilities]]\nnames = [\"*\"]\nallow = [\"clock\"]\n");
    for setup in [&["init"][..], &["commit", "old.nda"], &["policy", "set", "slow.toml"]] {
        assert_eq!(text(&nda(at, setup)).0, 0, "{setup:?}");
    }
    write("bad.toml", "version = 1\nwarning = 1\n");
    std::fs::write(at.join("m.safetensors"), super::weights::model()).expect("the folder is writable");
    let runs: &[(&str, &[&str])] = &[
        ("init", &["init"]),
        ("check", &["check", "a.nda"]),
        ("check", &["check", "bad.nda"]),
        ("check", &["check", "new.nda"]),
        ("commit", &["commit", "a.nda"]),
        ("run", &["run", "long.nda", "--fuel", "1000000000000"]),
        ("run", &["run", "a.nda"]),
        ("run", &["run", "a.nda::sum_sq", "3", "0"]),
        ("run", &["run", "bad.nda"]),
        ("eval", &["eval", "twice(3)"]),
        ("show", &["show", "twice"]),
        ("ls", &["ls"]),
        ("log", &["log"]),
        ("diff", &["diff"]),
        ("query", &["query", "?f calls ?g . ?name is ?f"]),
        ("deps", &["deps", "twice"]),
        ("dependents", &["dependents", "sum_sq"]),
        ("effects", &["effects", "timed"]),
        ("policy", &["policy", "check", "bad.toml"]),
        ("policy", &["policy", "set", "gate.toml"]),
        ("policy", &["policy", "show"]),
        ("policy", &["policy", "explain", "twice"]),
        ("regate", &["regate"]),
        ("rename", &["rename", "twice", "double"]),
        ("key", &["key", "new", "--key", "k"]),
        ("key", &["key", "ls", "--key", "k"]),
        ("key", &["key", "sign", "--key", "k"]),
        ("verify", &["verify", "--signatures"]),
        ("fmt", &["fmt", "a.nda"]),
        ("grammar", &["grammar", "--define", "f"]),
        ("explain", &["explain", "E0101"]),
        ("stats", &["stats"]),
        ("bench", &["bench", "block", "--rounds", "1"]),
        ("weights", &["weights", "import", "m.safetensors"]),
        ("weights", &["weights", "ls", "m.ndaw"]),
        ("weights", &["weights", "show", "m.ndaw", "w"]),
        ("weights", &["weights", "add", "m.ndaw"]),
        ("weights", &["weights", "verify", "m.ndaw"]),
        ("weights", &["weights", "export", "m.ndaw", "back.safetensors"]),
    ];
    let page = page();
    let mut problems = Vec::new();
    for (heading, body) in sections(&page) {
        let names: Vec<&str> = heading.split(", nda ").filter_map(|one| one.split(' ').next()).collect();
        let mut found = BTreeSet::new();
        for (_, args) in runs.iter().filter(|(command, _)| names.contains(command)) {
            let (_, out, err) = text(&nda(at, &[args, &["--json"][..]].concat()));
            let value: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{args:?}: {out}{err}"));
            assert!(err.is_empty(), "{args:?} also says {err}");
            fields(&value, "", &mut found);
        }
        // Those that one table describes for all commands, and commands that refer to another's table.
        let mut said = documented(body);
        if names == ["commit"] || names == ["eval"] {
            let other = if names == ["commit"] { "check" } else { "run" };
            let section = sections(&page).into_iter().find(|(heading, _)| heading.starts_with(other));
            said.extend(documented(section.expect("the other section").1));
        }
        // An empty list and an absent object show none of their fields.
        let described = |field: &String| {
            let (list, object) = (format!("{field}[]"), format!("{field}."));
            said.iter().any(|one| one == field || one.starts_with(&list) || one.starts_with(&object))
        };
        let undescribed = found.iter().filter(|field| {
            let general = field.starts_with("diagnostics[]") || field.starts_with("rows[]");
            !general && !described(field)
        });
        problems.extend(undescribed.map(|field| format!("{heading}: `{field}` is not described")));
        let borrowed = ["commit", "eval", "completions"].contains(&names[0]);
        let absent = said.iter().filter(|&field| {
            let inside = format!("{field}[]");
            !borrowed && !found.iter().any(|one| one == field || one.starts_with(&inside))
        });
        problems.extend(absent.map(|field| format!("{heading}: `{field}` never occurs")));
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn a_usage_error_is_an_object_too() {
    let folder = folder();
    let (code, out, err) = text(&nda(folder.path(), &["frobnicate", "--json"]));
    let value: Value = serde_json::from_str(&out).expect("one object");
    assert_eq!((code, err.as_str(), &value["outcome"]), (2, "", &"error".into()));
    assert!(value["message"].as_str().is_some_and(|message| message.contains("frobnicate")), "{value}");
}
