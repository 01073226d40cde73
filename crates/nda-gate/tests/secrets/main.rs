//! Secrets in every position of a submission: refused, named, and nowhere repeated.

use nda_diagnostics::{Code, render};
use nda_engine::Engine;
use nda_gate::{CommitError, Definitions, Gate, Text};
use nda_sitemap::SiteMap;
use nda_sitemap::storage::memory::MemoryStorage;
use std::sync::Arc;

/// A token that nobody was ever given, put together here so that it stands in no source.
fn token() -> String {
    format!("ghp_{}", "Zz01yY23xX45wW67vV89uU01tT23sS45rR67")
}

fn gate() -> (Gate, SiteMap) {
    let store = SiteMap::over(Arc::new(MemoryStorage::new()), Arc::new(Definitions)).expect("an empty store");
    (Gate::over(Engine::new(), store.clone()), store)
}

/// Everything a verdict says, to people and to machines.
fn said(gate: &mut Gate, source: &str) -> String {
    let verdict = gate.submit(source).expect("the store can be read");
    assert!(!verdict.is_admitted(), "{source}");
    assert!(verdict.diagnostics.iter().all(|found| found.code == Code::Secret), "{source}");
    assert!(verdict.definitions.is_empty() && verdict.rebuilt.is_empty());
    let mut said = format!("{verdict:?}");
    for found in &verdict.diagnostics {
        said += &render::render(found, &verdict.source, "a.nda", false);
        said += &render::excerpt(found.span, &verdict.source);
    }
    said
}

#[test]
fn a_secret_anywhere_is_refused_named_and_not_repeated() {
    let token = token();
    let (one, two) = token.split_at(20);
    let sources = [
        format!("const T: str = \"{token}\";"),
        format!("fn {token}() -> i64 {{ 1 }}"),
        format!("fn f({token}: i64) -> i64 {{ {token} }}"),
        format!("fn f() -> i64 {{ let {token} = 1; {token} }}"),
        format!("struct S {{ {token}: i64 }}"),
        format!("enum E {{ {token} }}"),
        format!("mod {token} {{ fn f() -> i64 {{ 1 }} }}"),
        format!("// {token}\nfn f() -> i64 {{ 1 }}"),
        format!("/* {token} */ fn f() -> i64 {{ 1 }}"),
        format!("/// {token}\nfn f() -> i64 {{ 1 }}"),
        format!("#[example(\"{token}\" == \"\")]\nfn f() -> i64 {{ 1 }}"),
        format!("fn f() -> i64 {{ panic(\"{token}\") }}"),
        format!("fn f() -> str {{ \"a {token} b\" }}"),
        format!("fn f() -> str {{ \"{one}\" + \"{two}\" }}"),
        format!("fn f() -> str {{ \"\\u{{67}}{}\" }}", &token[1..]),
        format!("fn f() -> i64 {{ match \"{token}\" {{ \"{token}\" => 1, _ => 2 }} }}"),
        format!("fn f( {{{{ not a program \"{token}\""),
        format!("fn f() -> i64 {{ unknown(\"{token}\") }} // {token} {token}"),
    ];
    let (mut gate, store) = gate();
    for source in &sources {
        let said = said(&mut gate, source);
        assert!(said.contains("github-pat"), "{said}");
        for part in [&token[4..16], &token[20..32]] {
            assert!(!said.contains(part), "{source}\n{said}");
        }
    }
    let parts: Vec<Text<'_>> = ["fn a() -> i64 { 1 }", &sources[0]].into_iter().map(Text::from).collect();
    let verdict = gate.submit_parts(&parts).expect("the store can be read");
    assert!(!verdict.is_admitted() && !format!("{verdict:?}").contains(two));
    let (submission, expression) =
        gate.expression(&format!("len(\"{token}\")")).expect("the store can be read");
    assert!(expression.is_none() && !format!("{:?}", submission.verdict).contains(two));
    let refused = gate.commit(&verdict, "a", "m");
    assert!(matches!(refused, Err(CommitError::Refused(_))));
    assert_eq!(store.snapshot().expect("it opens").branches().expect("it reads"), []);
}

#[test]
fn what_a_commit_says_is_searched_too() {
    let token = token();
    let (mut gate, store) = gate();
    let verdict = gate.submit("fn f() -> i64 { 1 }").expect("the store can be read");
    for (author, message) in [("a", token.as_str()), (token.as_str(), "m")] {
        let error = gate.commit(&verdict, author, message).expect_err("it is refused");
        assert!(
            matches!(error, CommitError::Secret { .. })
                && !format!("{error} {error:?}").contains(&token[8..])
        );
    }
    assert_eq!(store.snapshot().expect("it opens").branches().expect("it reads"), []);
    assert!(gate.commit(&verdict, "a", "m").is_ok());
}
