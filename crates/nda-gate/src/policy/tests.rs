//! What a policy says, and what is no policy.

use super::{Policy, Reaction};
use nda_graph::Limits;

const FULL: &str = r#"
version = 1
warnings = "refuse"

[policy]
editors = ["lead"]

[examples]
minimum = 1
fuel = 5_000
depth = 64

[secrets]
disable = ["generic-password"]
[[secrets.allow]]
description = "the badge numbers of our fixtures"
regexes = ['^badge-']
[[secrets.rules]]
id = "our-token"
regex = 'ours_[a-z]{8}'
keywords = ["ours_"]

[dependents]
may_break = ["legacy::**"]

[probe]
traps = "refuse"
changes = "allow"
inputs = 8

[[capabilities]]
names = ["net::**"]
allow = ["clock"]

[[write]]
who = ["agent-*"]
branches = ["main", "agent/*"]
names = ["sandbox::**"]

[[write]]
who = ["lead"]
names = ["**"]
"#;

#[test]
fn a_full_policy_says_what_it_says() {
    let policy = Policy::parse(FULL).expect("it is a policy");
    assert_eq!(policy.warnings, Reaction::Refuse);
    let limits = policy.limits(&Limits::default());
    assert_eq!((limits.fuel, limits.depth), (5_000, 64));
    assert_eq!(limits.memory_bytes, Limits::default().memory_bytes);
    assert_eq!(policy.capabilities_of("net::get"), Some(vec!["clock"]));
    assert_eq!(policy.capabilities_of("main"), Some(vec![]));
    assert!(policy.may_write("agent-1", "main", "sandbox::f"));
    assert!(!policy.may_write("agent-1", "release", "sandbox::f"));
    assert!(!policy.may_write("agent-1", "main", "core::f"));
    assert!(!policy.may_write("somebody", "main", "sandbox::f"));
    assert!(policy.may_write("lead", "release", "core::f"));
    assert_eq!(policy.writers_of("main", "sandbox::f"), Some(vec!["agent-*", "lead"]));
    assert!(policy.may_break("legacy::old") && !policy.may_break("main"));
    assert!(policy.may_edit("lead") && !policy.may_edit("agent-1"));
    assert_eq!(policy.scanner.scan("ours_abcdefgh").len(), 1);
    assert_eq!((policy.probe.traps, policy.probe.changes), (Reaction::Refuse, Reaction::Allow));
    assert_eq!(policy.probe.inputs, 8);
}

#[test]
fn without_a_policy_nothing_may_break_and_everybody_may_write() {
    for policy in [Policy::default(), Policy::parse("version = 1").expect("it is a policy")] {
        assert!(!policy.may_break("f") && policy.may_write("a", "b", "c") && policy.may_edit("a"));
        assert_eq!((policy.capabilities_of("f"), policy.minimum_examples), (None, 0));
        assert_eq!(policy.limits(&Limits::default()), Limits::default());
    }
}

#[test]
fn what_cannot_be_enforced_is_refused_with_its_place() {
    let secret = format!("version = 1\n# ghp_{}\n", "Zz01yY23xX45wW67vV89uU01tT23sS45rR67");
    let faulty = [
        ("", 1, "missing field `version`"),
        ("version = 2\n", 1, "this program enforces version 1"),
        ("version = 1\nwarning = \"refuse\"\n", 2, "unknown field `warning`"),
        ("version = 1\nwarnings = \"maybe\"\n", 2, "unknown variant `maybe`"),
        ("version = 1\n[examples]\nfuel = 0\n", 3, "at least 1"),
        ("version = 1\n[examples]\nfuel = -1\n", 3, "invalid value"),
        ("version = 1\n[[write]]\nwho = [\"a\"]\nnames = [\"x***\"]\n", 4, "`***`"),
        ("version = 1\n[[write]]\nwho = [\"a\"]\n", 2, "missing field `names`"),
        ("version = 1\n[[capabilities]]\nnames = [\"**\"]\nallow = [\"a b\"]\n", 4, "one word"),
        ("version = 1\n[secrets]\ndisable = [\"no-such-rule\"]\n", 3, "no such rule"),
        ("version = 1\n[[secrets.rules]]\nid = \"a\"\nregex = \"(\"\n", 2, "no pattern"),
        ("version = 1\n[[secrets.allow]]\nregexes = [\"(\"]\n", 2, "no pattern"),
        ("version = 1\n[probe]\ninputs = 0\n", 3, "at least 1"),
        ("version = 1\nversion = 1\n", 2, "duplicate key"),
        ("not toml", 1, ""),
        (&secret, 2, "looks like a secret"),
    ];
    for (text, line, message) in faulty {
        let error = Policy::parse(text).err().unwrap_or_else(|| panic!("{text} is refused"));
        assert!(error.line == line && error.message.contains(message), "{text}: {error}");
        assert!(!error.to_string().contains("Zz01"), "{error}");
    }
}

#[test]
fn keys_are_keys_and_somebody_can_sign() {
    let key = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let text = |key: &str| {
        format!(
            "version = 1\n[signatures]\nrequired = [\"main\"]\n[[signatures.trusted]]\nkey = \"{key}\"\nwho = [\"a\"]\n"
        )
    };
    let policy = Policy::parse(&text(key)).expect("it is a policy");
    assert!(policy.requires_signature("main") && !policy.requires_signature("other"));
    let (trusted, who) = policy.trusted_keys().next().expect("one");
    assert_eq!((trusted.to_string().as_str(), who.as_slice()), (key, &["a"][..]));
    assert!(
        policy.trusts(&trusted, "a")
            && policy.trusts(&trusted, "a via b")
            && !policy.trusts(&trusted, "b via a")
    );
    for wrong in ["", "ed25519:00", &key[8..], &key.replace("d7", "zz")] {
        let error = Policy::parse(&text(wrong)).map(drop).expect_err("it is no key");
        assert!(error.message.contains("ed25519:") && error.line == 5, "{error}");
    }
    let error = Policy::parse("version = 1\n[signatures]\nrequired = [\"main\"]\n")
        .map(drop)
        .expect_err("nobody can");
    assert!(error.message.contains("no key is trusted") && error.line == 3, "{error}");
}
