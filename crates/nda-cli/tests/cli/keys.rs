//! `nda key`, signed commits, and what becomes of them.

use crate::{folder, json, nda, text};
use std::fs;

#[test]
fn a_signed_commit_is_known_by_its_key() {
    let folder = folder();
    let path = folder.path();
    nda(path, &["init"]);
    let made = json(&nda(path, &["key", "new", "--key", "k", "--json"]));
    let key = made["key"].as_str().expect("a key").to_owned();
    assert!(key.starts_with("ed25519:") && key.len() == 72, "{key}");
    assert_eq!(text(&nda(path, &["key", "show", "--key", "k"])).1, format!("{key}\n"));
    // What is there stays as it is.
    let secret = fs::read(path.join("k")).expect("it was made");
    let (code, _, err) = text(&nda(path, &["key", "new", "--key", "k"]));
    assert!(code == 2 && err.contains("already"), "{code}: {err}");
    assert_eq!(fs::read(path.join("k")).expect("it is there"), secret);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = path.join("k");
        assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("it is ours");
        let (code, _, err) = text(&nda(path, &["key", "show", "--key", "k"]));
        assert!(code == 2 && err.contains("others may read"), "{code}: {err}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
    }
    assert_eq!(text(&nda(path, &["commit", "a.nda", "--sign", "--key", "k"])).0, 0);
    assert_eq!(text(&nda(path, &["rename", "twice", "double"])).0, 0);
    let standings = |args: &[&str]| {
        let output = nda(path, &[&["verify", "--signatures", "--json"], args].concat());
        let report = json(&output);
        let commits = report["commits"].as_array().expect("a list").clone();
        let words: Vec<String> =
            commits.iter().map(|one| one["signatures"].as_str().expect("a word").to_owned()).collect();
        (output.status.code(), words, report)
    };
    let (code, words, report) = standings(&[]);
    assert_eq!((code, words), (Some(0), vec!["unsigned".to_owned(), "untrusted".to_owned()]));
    assert_eq!(report["commits"][1]["keys"][0], key.as_str());
    assert_eq!(standings(&["--all-signed"]).0, Some(1));
    // Signed afterwards, and trusted by the policy.
    assert_eq!(text(&nda(path, &["key", "sign", "--key", "k", "HEAD"])).0, 0);
    let policy = format!(
        "version = 1\n[signatures]\nrequired = [\"main\"]\n[[signatures.trusted]]\nkey = \"{key}\"\nwho = [\"tester\"]\n"
    );
    fs::write(path.join("gate.toml"), policy).expect("the folder is writable");
    assert_eq!(text(&nda(path, &["policy", "set", "gate.toml", "--sign", "--key", "k"])).0, 0);
    let (code, words, _) = standings(&["--all-signed"]);
    assert_eq!((code, words), (Some(0), vec!["trusted".to_owned(); 3]));
    let listed = json(&nda(path, &["key", "ls", "--key", "k", "--json"]));
    assert_eq!((&listed["keys"][0]["who"][0], &listed["keys"][0]["own"]), (&"tester".into(), &true.into()));
    // From here on nothing comes in without it.
    fs::write(path.join("b.nda"), "fn b() -> i64 { 1 }\n").expect("the folder is writable");
    let (code, _, err) = text(&nda(path, &["commit", "b.nda"]));
    assert!(code != 0 && err.contains("signed by a key"), "{code}: {err}");
    nda(path, &["key", "new", "--key", "other"]);
    assert_ne!(text(&nda(path, &["commit", "b.nda", "--sign", "--key", "other"])).0, 0);
    assert_eq!(text(&nda(path, &["commit", "b.nda", "--sign", "--key", "k"])).0, 0);
}

#[test]
fn a_key_is_a_key_and_no_part_of_a_store() {
    let folder = folder();
    let path = folder.path();
    nda(path, &["init"]);
    let (code, _, err) = text(&nda(path, &["key", "new", "--key", ".nda/key"]));
    assert!(code == 2 && err.contains("belongs elsewhere"), "{code}: {err}");
    assert!(!path.join(".nda/key").exists());
    let (code, _, err) = text(&nda(path, &["commit", "a.nda", "--sign", "--key", "none"]));
    assert!(code == 2 && err.contains("nda key new"), "{code}: {err}");
    nda(path, &["key", "new", "--key", "k"]);
    for broken in ["", "nonsense", "nda secret key, ed25519: 00"] {
        fs::write(path.join("k"), broken).expect("the folder is writable");
        let (code, _, err) = text(&nda(path, &["commit", "a.nda", "--sign", "--key", "k"]));
        assert!(code == 2 && err.contains("it is no key"), "{code}: {err}");
    }
    assert_eq!(text(&nda(path, &["ls"])).1, "", "nothing was committed");
}
