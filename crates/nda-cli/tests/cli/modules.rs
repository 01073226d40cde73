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

#[test]
fn definitions_and_modules_get_other_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(
        path,
        &[
            (
                "src/geo.nda",
                "#[example(area(2) == 12)]\npub fn area(n: i64) -> i64 {\n    half(n) * super::TWO * 3\n}\n\nfn half(n: i64) -> i64 {\n    n\n}\n",
            ),
            (
                "src/deep/user.nda",
                "use crate::geo::area;\nuse geo as g;\n\npub fn use_it() -> i64 {\n    area(1) + g::area(2) + crate::geo::area(3) + geo::area(4)\n}\n",
            ),
            (
                "src/main.nda",
                "const TWO: i64 = 2;\n\n#[example(geo::area(1) == 6)]\nfn main() -> i64 {\n    deep::user::use_it()\n}\n",
            ),
        ],
    );
    let source = |name: &str| text(&nda(path, &["show", name, "--source"])).1;
    let hashes = || {
        let (_, names, _) = text(&nda(path, &["ls"]));
        let mut hashes: Vec<String> = names.lines().map(|line| line[..13].to_owned()).collect();
        hashes.sort();
        hashes
    };
    assert_eq!(text(&nda(path, &["init"])).0, 0);
    assert_eq!(text(&nda(path, &["commit", "src"])).0, 0);
    let before = hashes();
    // A name in its module.
    let (code, out, err) = text(&nda(path, &["rename", "geo::area", "geo::size"]));
    assert!(code == 0 && out.contains("2 dependent text(s) rewritten"), "{out}{err}");
    assert!(
        source("geo::size").starts_with("#[example(size(2) == 12)]\npub fn size("),
        "{}",
        source("geo::size")
    );
    assert!(source("main").starts_with("#[example(geo::size(1) == 6)]"), "{}", source("main"));
    let user = "area(1) + g::size(2) + crate::geo::size(3) + geo::size(4)";
    assert!(source("deep::user::use_it").contains(user), "{}", source("deep::user::use_it"));
    // A module; what lies in it keeps its relative paths.
    let (code, out, err) = text(&nda(path, &["rename", "geo", "math::shapes"]));
    assert!(code == 0 && out.contains("2 name(s) of `geo` are `math::shapes`'s now"), "{out}{err}");
    assert!(
        source("math::shapes::size").contains("half(n) * crate::TWO * 3"),
        "{}",
        source("math::shapes::size")
    );
    // A name into another module.
    let (code, _, err) = text(&nda(path, &["rename", "TWO", "other::BASE"]));
    assert!(code == 2 && err.contains("private"), "{err}");
    assert_eq!(text(&nda(path, &["rename", "TWO", "THREE"])).0, 0);
    assert_eq!(
        text(&nda(path, &["rename", "math::shapes::size", "measure"])).0,
        2,
        "it uses what is private there"
    );
    assert_eq!(hashes(), before);
    assert_eq!(text(&nda(path, &["run", "main"])).1, "60\n");
    assert_eq!(text(&nda(path, &["verify"])).0, 0);
    // The texts are still right: what they use can change.
    write(path, &[("three.nda", "const THREE: i64 = 1 + 1;\n")]);
    let (code, out, err) = text(&nda(path, &["commit", "three.nda"]));
    assert!(code == 0, "{out}{err}");
    for (old, new) in [("nothing", "x"), ("main", "THREE"), ("main", "no::1"), ("main", "")] {
        assert_eq!(text(&nda(path, &["rename", old, new])).0, 2, "{old} to {new}");
    }
}

#[test]
fn rust_with_tests_is_repaired() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    let rust = "#![allow(dead_code)]\nuse std::collections::HashMap;\nuse std::f64::consts::{self, PI};\n\npub(crate) fn area(r: f64) -> f64 {\n    PI * r * r + consts::PI * 0.0\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn areas() {\n        assert!(area(1.0) > 3.0);\n    }\n}\n";
    write(path, &[("src/one.nda", rust), ("src/two.nda", rust)]);
    let (code, out, err) = text(&nda(path, &["check", "--fix", "src"]));
    assert!(code == 0 && out.contains("ok { areas(); true }"), "{out}{err}");
    let fixed = std::fs::read_to_string(path.join("src/two.nda")).expect("the file is there");
    let expected = "\npub fn area(r: f64) -> f64 {\n    f64::PI * r * r + f64::PI * 0.0\n}\n\nmod tests {\n    use super::*;\n\n    #[example({ areas(); true })]\n    fn areas() {\n        assert!(area(1.0) > 3.0);\n    }\n}\n";
    assert_eq!(fixed, expected);
    // A test that fails refuses the submission, as it would have failed.
    write(path, &[("src/two.nda", &fixed.replace("> 3.0", "> 4.0"))]);
    let (code, _, err) = text(&nda(path, &["check", "src"]));
    assert!(code == 1 && err.contains("E0502") && err.contains("src/two.nda:9:15"), "{err}");
}

#[test]
fn the_grammar_is_narrowed_to_what_a_module_may_call() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(path, &PROJECT);
    assert_eq!(text(&nda(path, &["init"])).0, 0);
    assert_eq!(text(&nda(path, &["commit", "src/", "-m", "all"])).0, 0);
    let called = |args: &[&str]| {
        let (code, out, err) = text(&nda(path, &[&["grammar", "--json"], args].concat()));
        assert!(code == 0 && err.is_empty(), "{err}");
        let value: serde_json::Value = serde_json::from_str(&out).expect("one object");
        value["functions"].clone()
    };
    let inside = called(&["--module", "geo::shapes", "--define", "circle", "--capability", "clock"]);
    let all = [
        "circle",
        "clock::now",
        "geo::area",
        "geo::check",
        "geo::shapes::square",
        "main",
        "square",
        "two_words::one",
    ];
    assert_eq!(inside, serde_json::json!(all));
    let outside = called(&["--module", "crate"]);
    assert_eq!(outside, serde_json::json!(["geo::area", "geo::shapes::square", "main", "two_words::one"]));
    assert_eq!(called(&[]), serde_json::Value::Null);
    let (_, schema, _) = text(&nda(path, &["grammar", "--format", "json-schema", "--module", "geo"]));
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("one object");
    let names = &schema["anyOf"][0]["properties"]["names"]["items"]["enum"];
    assert_eq!(names[0], "geo::area", "records call by full names: {names}");
    let (code, _, err) = text(&nda(path, &["grammar", "--capability", "disk"]));
    assert!(code == 2 && err.contains("there is no capability `disk`; there are: clock"), "{err}");
}
