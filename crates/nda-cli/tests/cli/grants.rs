//! `--grant` with how far it reaches, and `--seed`.

use crate::{folder, json, nda, text};
use std::fs;

const SOURCE: &str = "\
#[uses(fs)]
fn read(path: str) -> str {
    match fs::read(path) {
        Ok(text) => text,
        Err(why) => why,
    }
}

#[uses(env)]
fn author() -> Option<str> {
    env::get(\"NDA_AUTHOR\")
}

#[uses(random)]
fn die() -> i64 {
    random::below(1_000_000)
}
";

#[test]
fn a_run_reaches_as_far_as_it_was_granted() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("data")).expect("the folder is writable");
    fs::write(path.join("data/x.txt"), "inside").expect("the folder is writable");
    fs::write(path.join("g.nda"), SOURCE).expect("the folder is writable");
    let run = |args: &[&str]| text(&nda(path, &[&["run"], args].concat()));
    let (code, _, err) = run(&["g.nda::read", "data/x.txt"]);
    assert!(code == 1 && err.contains("needs the capability `fs`"), "{code}: {err}");
    assert_eq!(run(&["g.nda::read", "data/x.txt", "--grant", "fs=./data"]).1, "\"inside\"\n");
    let (code, _, err) = run(&["g.nda::read", "data/../g.nda", "--grant", "fs=./data"]);
    assert!(code == 3 && err.contains("leads out of the folder"), "{code}: {err}");
    assert_eq!(run(&["g.nda::author", "--grant", "env=NDA_AUTHOR"]).1, "Some(\"tester\")\n");
    assert_eq!(run(&["g.nda::author", "--grant", "env=HOME"]).0, 3);
    for grant in ["fs", "env", "http", "fs=nowhere", "clock=1", "a b"] {
        let (code, _, err) = run(&["g.nda::die", "--grant", grant]);
        assert!(code == 2 && err.contains("--grant"), "{grant}: {code}: {err}");
    }
    let die = |seed: &str| run(&["g.nda::die", "--grant", "random", "--seed", seed]).1;
    assert_eq!(die("1"), die("1"));
    assert_ne!(die("1"), die("2"));
    assert_eq!(run(&["g.nda::die", "--grant", "random"]).1, die("0"));
    let (_, out, _) = run(&["g.nda::die", "--grant", "random", "--seed", "5", "--json"]);
    assert!(out.contains("\"seed\": 5"), "{out}");
    let (_, _, err) = run(&["g.nda::die", "--grant", "random", "--seed", "5", "--stats"]);
    assert!(err.contains("random numbers from --seed 5"), "{err}");
}

/// An embedding program may have capabilities of its own, so a policy may name any; a slip of the pen is pointed at.
#[test]
fn a_policy_is_told_which_capabilities_nothing_here_has() {
    let folder = folder();
    let path = folder.path();
    let policy = |allow: &str| {
        let rules = format!("version = 1\n[[capabilities]]\nnames = [\"**\"]\nallow = [{allow}]\n");
        fs::write(path.join("gate.toml"), rules).expect("the folder is writable");
        text(&nda(path, &["policy", "check", "gate.toml"]))
    };
    let (code, out, _) = policy("\"clock\", \"random\", \"env\", \"fs\", \"http\"");
    assert_eq!((code, out.as_str()), (0, "gate.toml: a policy that can be enforced\n"));
    let (code, out, _) = policy("\"clok\", \"mailer\"");
    let notes: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(code, 0);
    assert_eq!(
        notes,
        [
            "note: no run of this `nda` can be granted `clok`; `clock` is one that can",
            "note: no run of this `nda` can be granted `mailer`; it has clock, env, fs, http, random",
        ]
    );
    assert_eq!(text(&nda(path, &["init"])).0, 0);
    let report = json(&nda(path, &["policy", "set", "gate.toml", "--json"]));
    assert_eq!(report["notes"].as_array().map(Vec::len), Some(2), "{report}");
}
