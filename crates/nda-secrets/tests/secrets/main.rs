//! What is found, what is not, and what is left of a text.

mod corpus;

use nda_secrets::{Allowlist, Rule, RuleFile, Scanner, masked};
use std::borrow::Cow;
use std::collections::BTreeMap;

#[test]
fn secrets_are_found_in_every_position_and_look_alikes_are_not() {
    let scanner = Scanner::default();
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut flagged = Vec::new();
    let (mut positives, mut found) = (0, 0);
    for case in corpus::all() {
        let findings = scanner.scan(&case.text);
        match case.secret {
            Some(_) => {
                positives += 1;
                found += usize::from(!findings.is_empty());
                if findings.is_empty() {
                    missed.entry(case.class).or_default().push(case.text);
                }
            }
            None => flagged.extend(findings.into_iter().map(|finding| (finding.rule, case.text.clone()))),
        }
    }
    assert!(found * 100 >= positives * 98, "{found} of {positives}; missed {missed:#?}");
    assert!(flagged.is_empty(), "{flagged:#?}");
}

#[test]
fn nothing_of_a_secret_is_left_in_the_masked_text_and_places_stay() {
    let scanner = Scanner::default();
    for case in corpus::all() {
        let findings = scanner.scan(&case.text);
        let Some(secret) = case.secret.filter(|_| !findings.is_empty()) else { continue };
        let left = masked(&case.text, &findings);
        assert_eq!(left.len(), case.text.len());
        assert_eq!(left.matches('\n').count(), case.text.matches('\n').count());
        // Of a URL the password is the secret, of a private key what stands between its lines.
        let inner = match case.class {
            "URL" => secret[15..29].to_owned(),
            "private key" => secret.lines().nth(2).unwrap_or_default().to_owned(),
            _ => secret,
        };
        let inner = inner.as_bytes();
        for window in inner.windows(inner.len().min(12)) {
            let window = String::from_utf8_lossy(window);
            assert!(!left.contains(&*window), "{}: {left}", case.class);
        }
    }
}

#[test]
fn a_secret_is_masked_wherever_it_stands_again() {
    let secret = format!("ghp_{}", "0123456789abcdefABCDEF0123456789abcd");
    let text = format!("let a = \"{secret}\";\nlet b = \"x{secret}y\"; // é {secret}");
    let left = masked(&text, &Scanner::default().scan(&text));
    assert!(!left.contains("0123") && left.contains('é') && left.len() == text.len(), "{left}");
}

#[test]
fn rules_of_ones_own_are_gitleaks_rules() {
    let file: RuleFile = toml::from_str(
        r#"
        [[rules]]
        id = "our-badge"
        description = "A badge number"
        regex = '''badge-([a-z0-9]{10})'''
        entropy = 2
        keywords = ["badge-"]
        [[rules.allowlists]]
        regexes = ['''^0''']
        stopwords = ["demo"]
        "#,
    )
    .expect("it is gitleaks' format");
    let scanner = Scanner::with(file.rules, &["github-pat".to_owned()], &[]).expect("the rules are sound");
    let found = scanner
        .scan("say badge-a1b2c3d4e5 and badge-0a1b2c3d4e, BADGE-x, badge-demo123456, badge-aaaaaaaaaa");
    assert_eq!((found.len(), &*found[0].rule, found[0].start, found[0].end), (1, "our-badge", 10, 20));
    let github = format!("ghp_{}", "0123456789abcdefABCDEF0123456789abcd");
    assert!(scanner.scan(&github).is_empty());
    assert!(!Scanner::default().scan(&github).is_empty());
    let allowed = Allowlist { regexes: Cow::Owned(vec!["^a1".into()]), ..Allowlist::default() };
    let rule = Rule { id: "r".into(), regex: "q([a-z0-9]+)".into(), ..Rule::default() };
    let scanner = Scanner::with(vec![rule], &[], &[allowed]).expect("the rules are sound");
    assert_eq!(scanner.scan("qa1b2 qb2c3").len(), 1);
}

#[test]
fn rules_that_cannot_be_tried_are_refused() {
    let rule = |id: &str, regex: &str, group| Rule {
        id: id.to_owned().into(),
        regex: regex.to_owned().into(),
        secret_group: group,
        ..Rule::default()
    };
    for rules in [
        vec![rule("a", "(", 0)],
        vec![rule("a", "x", 1)],
        vec![rule("", "x", 0)],
        vec![rule("a", "", 0)],
        vec![rule("a", "x", 0), rule("a", "y", 0)],
        vec![rule("github-pat", "x", 0)],
    ] {
        assert!(Scanner::with(rules.clone(), &[], &[]).is_err(), "{rules:?}");
    }
    assert!(Scanner::with(vec![], &["no-such-rule".to_owned()], &[]).is_err());
    assert!(toml::from_str::<RuleFile>("[[rules]]\nid = \"a\"\nrgex = \"b\"").is_err());
}

#[test]
fn any_bytes_are_scanned_and_masked() {
    let scanner = Scanner::default();
    for text in
        ["", "\\", "\"+\"", "key=é\"\\u{", "-----BEGIN RSA PRIVATE KEY-----", "AKIA\\u{0}", "://é:é@é"]
    {
        let found = scanner.scan(text);
        assert_eq!(masked(text, &found).len(), text.len());
    }
}
