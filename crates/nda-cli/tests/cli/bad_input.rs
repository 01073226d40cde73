//! Every command with input that is not what it takes: a clear line and the exit code that docs/cli.md promises.

use super::{committed, folder, nda, text};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a command that is a usage error and gives the line it prints.
#[track_caller]
fn mistake(folder: &Path, args: &[&str]) -> String {
    let (code, out, err) = text(&nda(folder, args));
    assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
    assert_eq!(err.lines().count(), 1, "{args:?}: {err}");
    assert!(!err.contains("bug") && !err.contains("panicked"), "{args:?}: {err}");
    err
}

fn with_store() -> tempfile::TempDir {
    let folder = folder();
    committed(folder.path(), &["init"]);
    committed(folder.path(), &["commit", "a.nda", "-m", "first"]);
    folder
}

#[test]
fn files_that_are_no_sources() {
    let folder = with_store();
    let path = folder.path();
    std::fs::write(path.join("empty.nda"), "").expect("the folder is writable");
    std::fs::create_dir(path.join("dir")).expect("the folder is writable");
    for command in ["run", "check", "commit", "fmt"] {
        assert!(mistake(path, &[command, "missing.nda"]).contains("missing.nda: there is no such file"));
    }
    for command in ["check", "commit", "fmt"] {
        assert!(mistake(path, &[command, "dir"]).contains("no file in this folder or below ends in .nda"));
        assert_eq!(
            text(&nda(path, &[command, "empty.nda"])).0,
            0,
            "{command}: nothing is wrong with no text"
        );
        // One that is missing refuses all.
        assert!(mistake(path, &[command, "a.nda", "missing.nda"]).contains("missing.nda"));
    }
    assert!(mistake(path, &["run", "empty.nda"]).contains("has no `main`; it defines nothing"));
    assert!(mistake(path, &["run", "dir"]).contains("the folder is written `dir/`"));
    assert!(mistake(path, &["run", "a.nda::"]).contains("a.nda has no ``"));
}

#[test]
fn names_and_hashes_that_nothing_has() {
    let folder = with_store();
    let path = folder.path();
    for command in ["run", "show", "deps", "dependents"] {
        assert!(mistake(path, &[command, "sum_sw"]).contains("there is `sum_sq`"), "{command}");
        assert!(mistake(path, &[command, "#zz"]).contains("is not the beginning of a hash"), "{command}");
        let long = format!("#{}", "0".repeat(65));
        assert!(mistake(path, &[command, &long]).contains("is not the beginning of a hash"), "{command}");
        assert!(
            mistake(path, &[command, "#00000000000000"]).contains("no object's hash begins"),
            "{command}"
        );
    }
    assert!(mistake(path, &["log", "nothing"]).contains("nothing was ever called `nothing`"));
    assert_eq!(text(&nda(path, &["log", "sum_sq"])).0, 0);
    assert!(
        mistake(path, &["log", "--branch", "other"]).contains("there is no branch `other`; there are: main")
    );
    assert!(mistake(path, &["diff", "other"]).contains("there is no branch `other`"));
    assert!(mistake(path, &["explain", "E9999"]).contains("there is no code `E9999`"));
    let (_, _, err) = text(&nda(path, &["eval", "1 / 0"]));
    assert!(err.contains("in the expression at <expression>:1:1"), "{err}");
}

#[test]
fn a_name_that_the_checker_would_not_read_is_not_given() {
    let folder = with_store();
    let path = folder.path();
    let before = text(&nda(path, &["log"])).1;
    for name in ["fn", "let", "struct", "true", "print", "assert"] {
        let line = mistake(path, &["rename", "sum_sq", name]);
        assert!(line.contains("cannot be rewritten safely"), "{name}: {line}");
    }
    for name in ["", "1a", "a b", "größe", "a-b"] {
        assert!(mistake(path, &["rename", "sum_sq", name]).contains("cannot be a name"), "{name}");
    }
    assert!(mistake(path, &["rename", "sum_sq", "main"]).contains("is taken"));
    assert!(mistake(path, &["rename", "nothing", "other"]).contains("nothing called `nothing`"));
    assert_eq!(text(&nda(path, &["log"])).1, before);
}

#[test]
fn a_variable_of_the_old_name_stays_what_it_is() {
    let folder = folder();
    let path = folder.path();
    let source = "\
fn size(n: i64) -> i64 { n + 1 }
#[example(both(2) == 3 + size(0))]
fn both(n: i64) -> i64 { let less = size(n); let size = less * 1; size + 1 }
";
    std::fs::write(path.join("b.nda"), source).expect("the folder is writable");
    committed(path, &["init"]);
    committed(path, &["commit", "b.nda"]);
    committed(path, &["rename", "size", "more"]);
    let (_, shown, _) = text(&nda(path, &["show", "both", "--source"]));
    assert!(shown.contains("#[example(both(2) == 3 + more(0))]"), "{shown}");
    assert!(shown.contains("{ let less = more(n); let size = less * 1; size + 1 }"), "{shown}");
    // Its text can be read again.
    std::fs::write(path.join("c.nda"), "fn more(n: i64) -> i64 { 1 + n }\n").expect("the folder is writable");
    committed(path, &["commit", "c.nda"]);
    assert_eq!(text(&nda(path, &["run", "both", "2"])).1, "4\n");
    // A variable that has the new name would hide it.
    assert!(mistake(path, &["rename", "more", "n"]).contains("cannot be rewritten safely"));
}

#[test]
fn stores_that_are_none() {
    let folder = folder();
    let path = folder.path();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::create_dir_all(path.join(name)).expect("the folder is writable");
        std::fs::write(path.join(name).join("data.mdb"), bytes).expect("the folder is writable");
    };
    write("junk", &[0xA5; 20_000]);
    write("short", b"NDA");
    write("zero", b"");
    let commands: [&[&str]; 10] = [
        &["ls"],
        &["log"],
        &["verify"],
        &["stats"],
        &["diff"],
        &["show", "a"],
        &["deps", "a"],
        &["query", "?a ?b ?c"],
        &["rename", "a", "b"],
        &["commit", "a.nda"],
    ];
    for store in ["junk", "short", "missing", "a.nda"] {
        for command in commands {
            let line = mistake(path, &[&["--store", store][..], command].concat());
            assert!(line.contains("is not an NDA store") || line.contains("no store"), "{store}: {line}");
        }
    }
    // What a process left that died before it made the store is no store, and does not keep `init` from making one.
    let (code, out, _) = text(&nda(path, &["init", "zero"]));
    assert_eq!((code, out.as_str()), (0, "made a store in zero\n"));
    committed(path, &["--store", "zero", "commit", "a.nda"]);
    assert_eq!(text(&nda(path, &["init", "zero"])).1, "there is a store already in zero\n");
}

#[cfg(unix)]
#[test]
fn output_that_nobody_takes() {
    let folder = with_store();
    for args in [&["ls"][..], &["explain"], &["check", "a.nda"], &["completions", "bash"], &["log"]] {
        // Whoever reads no further is not told so.
        let mut child = Command::new(env!("CARGO_BIN_EXE_nda"))
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!err.contains("panicked") && !err.contains("bug"), "{args:?}: {err}");
        // A disk that is full is an error.
        if let Ok(full) = std::fs::File::create("/dev/full") {
            let mut command = Command::new(env!("CARGO_BIN_EXE_nda"));
            let output = command.args(args).current_dir(folder.path()).stdout(full).output();
            let (code, _, err) = text(&output.expect("the program starts"));
            assert!(code == 2 && err.contains("the output cannot be written"), "{args:?}: {code} {err}");
        }
    }
}

#[test]
fn other_names_reach_methods_and_variants() {
    let folder = folder();
    let path = folder.path();
    committed(path, &["init"]);
    let source = "use Shape::*;\n\npub enum Shape {\n    Circle(i64),\n    Dot,\n}\n\nimpl Shape {\n    pub fn area(self) -> i64 {\n        match self {\n            Circle(r) => r * r * 3,\n            Dot => 0,\n        }\n    }\n}\n\nstruct Other {\n    n: i64,\n}\n\nimpl Other {\n    fn area(self) -> i64 {\n        self.n\n    }\n}\n\n#[example(both(Circle(1), Other { n: 2 }) == Circle(1).area() + 2)]\npub fn both(s: Shape, o: Other) -> i64 {\n    s.area() + o.area()\n}\n";
    std::fs::write(path.join("shapes.nda"), source).expect("written");
    committed(path, &["commit", "shapes.nda", "-m", "Shapes"]);
    committed(path, &["rename", "Shape::area", "Shape::size"]);
    committed(path, &["rename", "Shape", "geo::Shape"]);
    let (_, shown, _) = text(&nda(path, &["show", "both", "--source"]));
    assert!(shown.contains("use geo::Shape::*;") && shown.contains("s.size() + o.area()"), "{shown}");
    // Every text still gives what it gave.
    committed(path, &["regate"]);
    assert!(mistake(path, &["rename", "Other", "Another"]).contains("part of its hash"));
}
