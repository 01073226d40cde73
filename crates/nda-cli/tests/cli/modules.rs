//! Folders as modules.

use super::{nda, text, write};

const PROJECT: [(&str, &str); 4] = [
    (
        "src/main.nda",
        "mod geo;\nuse geo::shapes::square;\n\nfn main() -> i64 {\n    square(3) + geo::area(1, 2)\n}\n",
    ),
    (
        "src/geo/mod.nda",
        "pub mod shapes;\n\npub fn area(w: i64, h: i64) -> i64 {\n    check(w * h)\n}\n\nfn check(n: i64) -> i64 {\n    assert(n > 0, \"no area\");\n    n\n}\n",
    ),
    (
        "src/geo/shapes.nda",
        "#[example(square(2) == 4)]\npub fn square(a: i64) -> i64 {\n    super::area(a, a)\n}\n",
    ),
    ("src/two-words.nda", "pub fn one() -> i64 {\n    1\n}\n"),
];

#[test]
fn a_folder_is_checked_run_committed_listed_and_changed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(path, &PROJECT);
    assert_eq!(text(&nda(path, &["run", "src/"])), (0, "11\n".into(), String::new()));
    assert_eq!(text(&nda(path, &["run", "src/", "geo::area", "2", "5"])).1, "10\n");
    assert_eq!(text(&nda(path, &["run", "./src::two_words::one"])).1, "1\n");
    // A file by itself brings along what it declares.
    assert_eq!(text(&nda(path, &["run", "src/main.nda"])).1, "11\n");
    assert_eq!(text(&nda(path, &["run", "src/main.nda::geo::check", "5"])).1, "5\n");
    let (code, _, err) = text(&nda(path, &["run", "src/", "geo::area", "0", "5"]));
    assert!(code == 3 && err.contains("in geo::check at src/geo/mod.nda:8:5"), "{err}");
    assert_eq!(text(&nda(path, &["init"])).0, 0);
    let (code, out, err) = text(&nda(path, &["commit", "src/", "-m", "all"]));
    assert!(code == 0 && out.contains("fn geo::shapes::square(a: i64)"), "{out}{err}");
    let (_, names, _) = text(&nda(path, &["ls", "geo::"]));
    let names: Vec<&str> =
        names.lines().filter_map(|line| line.split_once(' ')).map(|(_, name)| name).collect();
    let expected = [
        "fn geo::area(w: i64, h: i64) -> i64",
        "fn geo::check(n: i64) -> i64",
        "fn geo::shapes::square(a: i64) -> i64",
    ];
    assert_eq!(names, expected);
    assert_eq!(text(&nda(path, &["run", "geo::shapes::square", "6"])).1, "36\n");
    assert_eq!(text(&nda(path, &["run", "geo::check", "6"])).1, "6\n", "the outside may call anything");
    let (code, _, err) = text(&nda(path, &["eval", "geo::check(1)"]));
    assert!(code == 1 && err.contains("E0110"), "{err}");
    assert!(text(&nda(path, &["commit", "src/"])).1.contains("nothing to commit"));
    assert_eq!(text(&nda(path, &["verify"])).0, 0);
}

#[test]
fn what_is_said_of_another_file_names_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(path, &[("src/a.nda", "\nfn f() {}\n"), ("src/main.nda", "fn main() { a::f() }\n")]);
    let (code, _, err) = text(&nda(path, &["check", "src"]));
    assert_eq!(code, 1);
    assert!(
        err.contains("src/main.nda:1:13") && err.contains("declared here without `pub`: src/a.nda:2:4"),
        "{err}"
    );
    assert!(err.contains("make it public: `pub` at src/a.nda:2:1"), "{err}");
    let (_, out, _) = text(&nda(path, &["check", "src", "--json"]));
    let value: serde_json::Value = serde_json::from_str(&out).expect("one object");
    let edit = &value["diagnostics"][0]["fix"]["edits"][0];
    assert_eq!((&edit["file"], &edit["text"]), (&"src/a.nda".into(), &"pub ".into()));
    assert_eq!((&edit["span"]["start"], &edit["span"]["line"]), (&1.into(), &2.into()));
}

#[test]
fn a_folder_is_formatted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(path, &[("src/a.nda", "mod m { pub fn f(){} }"), ("src/b/c.nda", "use a::{m,\nm as n};\n")]);
    let (code, out, _) = text(&nda(path, &["fmt", "src", "--check"]));
    assert_eq!((code, out.as_str()), (1, "src/a.nda: would change\nsrc/b/c.nda: would change\n"));
    assert_eq!(text(&nda(path, &["fmt", "src"])).0, 0);
    let read = |name| std::fs::read_to_string(path.join(name)).expect("the file is there");
    assert_eq!(read("src/a.nda"), "mod m {\n    pub fn f() {}\n}\n");
    assert_eq!(read("src/b/c.nda"), "use a::{m, m as n};\n");
    assert_eq!(text(&nda(path, &["fmt", "src", "--check"])).0, 0);
}

#[test]
fn folders_and_files_that_cannot_be_modules() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(
        path,
        &[
            ("a/b c.nda", ""),
            ("d/fn.nda", ""),
            ("e/x.txt", ""),
            ("f/str.nda", "fn f() {}\n"),
            ("g.nda", "mod h;\n"),
        ],
    );
    let fails = |args: &[&str], expected: &str| {
        let (code, _, err) = text(&nda(path, args));
        assert!(code != 0 && err.contains(expected), "{args:?}: {err}");
    };
    fails(&["check", "a"], "a/b c.nda: `b c` cannot be the name of a module");
    fails(&["check", "d"], "`fn` cannot be the name of a module");
    fails(&["check", "e"], "e: no file in this folder or below ends in .nda");
    fails(&["fmt", "e"], "e: no file in this folder or below ends in .nda");
    fails(&["check", "f"], "E0109");
    fails(&["check", "g.nda"], "there is no file for the module `h`");
    fails(&["check", "nowhere/"], "no such file");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"i/\xFF.nda");
        std::fs::create_dir(path.join("i")).expect("the folder is writable");
        if std::fs::write(path.join(name), "").is_ok() {
            fails(&["check", "i"], "cannot be the name of a module");
        }
        // A link to a folder above is not followed.
        write(path, &[("j/a.nda", "fn f() {}\n")]);
        std::os::unix::fs::symlink("..", path.join("j/up")).expect("the folder is writable");
        assert!(text(&nda(path, &["check", "j"])).1.contains("fn a::f()"));
    }
}
