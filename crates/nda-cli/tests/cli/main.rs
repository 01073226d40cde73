//! The command line as people use it: the built program on folders of its own.

mod arguments;
mod bad_input;
mod grants;
mod hostile;
mod keys;
mod mcp;
mod models;
mod modules;
mod page;
mod show;
mod weights;

use std::path::Path;
use std::process::{Command, Output};

const SOURCE: &str = "\
/// Sum of i*i below n, modulo m.
#[example(sum_sq(3, 7) == 5)]
fn sum_sq(n: i64, m: i64) -> i64 {
    let mut s = 0;
    for i in 0..n {
        s = (s + i * i) % m;
    }
    s
}

fn twice(n: i64) -> i64 {
    sum_sq(n, 1000) * 2
}

fn main() -> i64 {
    print(\"hello\");
    twice(4)
}
";

fn nda(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nda"));
    command.args(args).current_dir(folder).env_remove("NDA_STORE").env("NDA_AUTHOR", "tester");
    command.output().expect("the program starts")
}

fn text(output: &Output) -> (i32, String, String) {
    let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), read(&output.stdout), read(&output.stderr))
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("one object")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.nda"), SOURCE).expect("the folder is writable");
    folder
}

#[test]
fn a_file_runs_and_so_does_a_function_of_it() {
    let folder = folder();
    assert_eq!(text(&nda(folder.path(), &["run", "a.nda"])), (0, "hello\n28\n".into(), String::new()));
    let (code, out, _) = text(&nda(folder.path(), &["run", "a.nda::sum_sq", "3", "-7", "--tier", "eval"]));
    assert_eq!((code, out.as_str()), (0, "5\n"));
    let (code, out, _) =
        text(&nda(folder.path(), &["run", "--json", "a.nda::sum_sq", "3", "7", "--fuel", "100"]));
    let value: serde_json::Value = serde_json::from_str(&out).expect("one object");
    assert_eq!(
        (code, &value["outcome"], &value["value"], &value["fuel"]),
        (0, &"value".into(), &"5".into(), &4.into())
    );
}

#[test]
fn a_trap_says_where_and_ends_with_3() {
    let folder = folder();
    let (code, _, err) = text(&nda(folder.path(), &["run", "a.nda::sum_sq", "3", "0"]));
    assert_eq!(code, 3);
    assert!(err.contains("DivisionByZero") && err.contains("in sum_sq at a.nda:6:13"), "{err}");
    let (code, _, err) = text(&nda(folder.path(), &["run", "a.nda::sum_sq", "100", "7", "--fuel", "10"]));
    assert!(code == 3 && err.contains("OutOfFuel"), "{err}");
}

#[test]
fn what_is_committed_is_found_called_and_verified() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(text(&nda(path, &["init"])).0, 0);
    assert_eq!(text(&nda(path, &["commit", "a.nda", "-m", "first"])).0, 0);
    assert_eq!(text(&nda(path, &["run", "twice", "4"])).1, "28\n");
    assert_eq!(text(&nda(path, &["eval", "sum_sq(3, 7) + 1"])).1, "6\n");
    let (_, names, _) = text(&nda(path, &["ls", "s"]));
    assert!(names.contains("fn sum_sq(n: i64, m: i64) -> i64"), "{names}");
    let hash = names.split_whitespace().next().expect("a hash").to_owned();
    assert_eq!(text(&nda(path, &["run", &hash, "3", "7"])).1, "5\n");
    let (_, rows, _) = text(&nda(path, &["query", "?who is ?f . ?f calls ?g . \"sum_sq\" is ?g"]));
    assert!(rows.contains("twice"), "{rows}");
    let (_, log, _) = text(&nda(path, &["log"]));
    assert!(log.contains("tester: first (3 definitions)"), "{log}");
    let (_, shown, _) = text(&nda(path, &["show", "sum_sq", "--source"]));
    assert!(shown.starts_with("/// Sum of i*i below n, modulo m."), "{shown}");
    assert_eq!(text(&nda(path, &["rename", "sum_sq", "squares"])).0, 0);
    let (_, renamed, _) = text(&nda(path, &["show", "twice", "--source"]));
    assert!(renamed.contains("squares(n, 1000)"), "{renamed}");
    assert_eq!(text(&nda(path, &["run", "twice", "4"])).1, "28\n");
    let (code, verified, _) = text(&nda(path, &["verify"]));
    assert!(code == 0 && verified.contains("all is sound"), "{verified}");
}

#[test]
fn a_refused_submission_leaves_the_store_byte_for_byte_as_it_was() {
    let folder = folder();
    let path = folder.path();
    nda(path, &["init"]);
    nda(path, &["commit", "a.nda"]);
    let before = std::fs::read(path.join(".nda/data.mdb")).expect("the store is there");
    std::fs::write(path.join("b.nda"), SOURCE.replace("== 5", "== 6")).expect("the folder is writable");
    let (code, _, err) = text(&nda(path, &["commit", "b.nda"]));
    assert!(code == 1 && err.contains("E0501") && err.contains("the left side is 5"), "{err}");
    assert_eq!(std::fs::read(path.join(".nda/data.mdb")).expect("the store is there"), before);
}

#[test]
fn a_change_that_would_break_a_dependent_is_refused() {
    let folder = folder();
    let path = folder.path();
    nda(path, &["init"]);
    nda(path, &["commit", "a.nda"]);
    let changed = "fn sum_sq(n: i64) -> i64 {\n    n\n}\n";
    std::fs::write(path.join("b.nda"), changed).expect("the folder is writable");
    let (code, _, err) = text(&nda(path, &["commit", "b.nda"]));
    assert!(code == 1 && err.contains("E0504") && err.contains("`twice`"), "{err}");
    let better = SOURCE[..SOURCE.find("fn twice").expect("it is there")]
        .replace("let mut s = 0;", "let mut s = 0 + 0;");
    std::fs::write(path.join("c.nda"), better).expect("the folder is writable");
    let (code, out, err) = text(&nda(path, &["commit", "c.nda"]));
    assert!(code == 0 && out.contains("rebuilt"), "{out}{err}");
    assert_eq!(text(&nda(path, &["run", "twice", "4"])).1, "28\n");
}

#[test]
fn mistakes_of_usage_end_with_2_and_one_line() {
    let folder = folder();
    let path = folder.path();
    for args in [&["run", "nothing.nda"][..], &["ls"], &["run", "a.nda::twise", "1"], &["explain", "E9999"]] {
        let (code, _, err) = text(&nda(path, args));
        assert!(code == 2 && err.lines().count() == 1, "{args:?}: {err}");
    }
    std::fs::write(path.join("bad.nda"), b"fn main() { \xff }").expect("the folder is writable");
    let (code, _, err) = text(&nda(path, &["run", "bad.nda"]));
    assert!(code == 1 && err.contains("E0003"), "{err}");
}

#[test]
fn formatting_is_checked_and_done() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(text(&nda(path, &["fmt", "--check", "a.nda"])).0, 0);
    std::fs::write(path.join("ugly.nda"), "fn main()->i64{1+2}\n").expect("the folder is writable");
    assert_eq!(text(&nda(path, &["fmt", "--check", "ugly.nda"])).0, 1);
    assert_eq!(text(&nda(path, &["fmt", "ugly.nda"])).0, 0);
    assert_eq!(text(&nda(path, &["run", "ugly.nda"])).1, "3\n");
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is writable");
        std::fs::write(path, text).expect("the folder is writable");
    }
}

fn committed(folder: &Path, args: &[&str]) {
    let (code, out, err) = text(&nda(folder, args));
    assert_eq!(code, 0, "{args:?}: {out}{err}");
}

#[test]
fn another_name_from_use_outlives_the_file_it_stood_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(
        path,
        &[
            ("base.nda", "fn x(n: i64) -> i64 { n + 1 }\nfn z(n: i64) -> i64 { n * 10 }\n"),
            ("one.nda", "use x as y;\n#[example(one(1) == 4)]\nfn one(z: i64) -> i64 { y(z) * 2 }\n"),
            ("two.nda", "use z as y;\nfn two(n: i64) -> i64 { y(n) + x(n) }\n"),
            ("next.nda", "fn x(n: i64) -> i64 { 1 + n }\n"),
            ("later.nda", "fn w(n: i64) -> i64 { n + 2 - 1 }\nfn z(n: i64) -> i64 { 10 * n }\n"),
        ],
    );
    committed(path, &["init"]);
    for file in ["base.nda", "one.nda", "two.nda"] {
        committed(path, &["commit", file]);
    }
    // Two dependents call different things `y`, and one has a variable called `z`.
    committed(path, &["commit", "next.nda"]);
    committed(path, &["rename", "x", "w"]);
    let (_, shown, _) = text(&nda(path, &["show", "one", "--source"]));
    assert_eq!(shown, "use w as y;\n#[example(one(1) == 4)]\nfn one(z: i64) -> i64 { y(z) * 2 }\n");
    committed(path, &["commit", "later.nda"]);
    assert_eq!(text(&nda(path, &["run", "one", "1"])).1, "4\n");
    assert_eq!(text(&nda(path, &["run", "two", "1"])).1, "12\n");
    assert_eq!(text(&nda(path, &["verify"])).0, 0);
    // Where another name hides the new one, its path is written out; where a variable does, nothing is renamed.
    committed(path, &["rename", "w", "y"]);
    let (_, shown, _) = text(&nda(path, &["show", "two", "--source"]));
    assert_eq!(shown, "use z as y;\nfn two(n: i64) -> i64 { y(n) + crate::y(n) }\n");
    assert_eq!(text(&nda(path, &["run", "two", "1"])).1, "12\n");
    write(path, &[("user.nda", "fn user(k: i64) -> i64 { two(k) }\n")]);
    committed(path, &["commit", "user.nda"]);
    let (code, _, err) = text(&nda(path, &["rename", "two", "k"]));
    assert!(code == 2 && err.contains("the text of `user` cannot be rewritten safely"), "{err}");
}

#[test]
fn files_that_need_each_other_are_one_commit_or_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    write(
        path,
        &[
            ("tree/main.nda", "fn even(n: i64) -> bool { if n == 0 { true } else { odd(n - 1) } }\n"),
            (
                "tree/lib.nda",
                "use even as other;\nfn odd(n: i64) -> bool { if n == 0 { false } else { other(n - 1) } }\n",
            ),
            ("tree/readme.txt", "no source"),
            ("c.nda", "\n\nfn odd() {}\n"),
            ("open.nda", "fn open() {\n"),
            ("type.nda", "fn wrong() -> i64 {\n    even(1)\n}\n"),
            ("bin.nda", "\u{0}"),
        ],
    );
    std::fs::create_dir(path.join("empty")).expect("the folder is writable");
    committed(path, &["init"]);
    let store = || std::fs::read(path.join(".nda/data.mdb")).expect("the store is there");
    let before = store();
    let (code, _, err) = text(&nda(path, &["commit", "tree", "c.nda"]));
    assert!(code == 1 && err.contains("c.nda:3:4") && err.contains("tree/lib.nda:2:4"), "{err}");
    let (code, _, err) = text(&nda(path, &["commit", "open.nda", "tree"]));
    assert!(code == 1 && err.contains("open.nda:") && !err.contains("tree/"), "{err}");
    let (code, out, _) = text(&nda(path, &["check", "--json", "tree", "type.nda"]));
    let value: serde_json::Value = serde_json::from_str(&out).expect("one object");
    let found = &value["diagnostics"][0];
    assert_eq!((code, &found["file"], &found["span"]["line"]), (1, &"type.nda".into(), &2.into()), "{out}");
    assert_eq!(text(&nda(path, &["commit", "tree", "bin.nda"])).0, 1);
    assert_eq!(text(&nda(path, &["commit", "empty"])).0, 2);
    assert_eq!(store(), before);
    committed(path, &["commit", "tree", "tree/main.nda", "-m", "both"]);
    assert_eq!(text(&nda(path, &["run", "odd", "7"])).1, "true\n");
    let (_, log, _) = text(&nda(path, &["log"]));
    assert!(log.contains("both (2 definitions)") && log.lines().count() <= 2, "{log}");
}
