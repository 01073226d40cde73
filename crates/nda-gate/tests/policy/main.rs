//! What a policy lets in and what it refuses, before a store.

use nda_diagnostics::{Code, Diagnostic};
use nda_engine::{Engine, Library as _};
use nda_gate::{
    CommitError, Definitions, Gate, GateError, RenameError, SetPolicyError, Standing, StoreLibrary, Verdict,
    signed_commits,
};
use nda_sitemap::storage::memory::MemoryStorage;
use nda_sitemap::{CommitRequest, Key, SiteMap, merge_never};
use std::sync::Arc;

fn store() -> SiteMap {
    SiteMap::over(Arc::new(MemoryStorage::new()), Arc::new(Definitions)).expect("an empty store")
}

fn gate(store: &SiteMap, author: &str) -> Gate {
    let mut engine = Engine::new();
    engine.register("clock::now", "clock", || 42_i64);
    Gate::over(engine, store.clone()).by(author)
}

fn governed(policy: &str) -> SiteMap {
    let store = store();
    let text = format!("version = 1\n{policy}");
    gate(&store, "lead").set_policy(&text, "lead", "m").expect("the policy can be enforced");
    store
}

fn errors(verdict: &Verdict) -> Vec<Code> {
    verdict.diagnostics.iter().filter(|found| Diagnostic::is_error(found)).map(|found| found.code).collect()
}

fn submit(gate: &mut Gate, source: &str) -> Verdict {
    gate.submit(source).expect("the store can be read")
}

fn commit(store: &SiteMap, source: &str) {
    let mut gate = gate(store, "lead");
    let verdict = submit(&mut gate, source);
    gate.commit(&verdict, "lead", "m").unwrap_or_else(|error| panic!("{error}: {:#?}", verdict.diagnostics));
}

#[test]
fn capabilities_are_those_of_the_namespace_however_they_are_reached() {
    let store = governed("[[capabilities]]\nnames = [\"net::**\"]\nallow = [\"clock\"]\n");
    let mut gate = gate(&store, "a");
    let verdict = submit(&mut gate, "#[uses(clock)]\nfn f() -> i64 { clock::now() }");
    assert_eq!(errors(&verdict), [Code::PolicyCapability]);
    let net = "mod net {\n#[uses(clock)]\npub fn now() -> i64 { clock::now() }\n}\n";
    let verdict = submit(&mut gate, net);
    assert_eq!(errors(&verdict), []);
    gate.commit(&verdict, "a", "m").expect("it is admitted");
    // Through a callee: what is not declared does not check, what is declared is not allowed.
    assert_eq!(errors(&submit(&mut gate, "fn f() -> i64 { net::now() }")), [Code::UndeclaredEffect]);
    let declared = submit(&mut gate, "#[uses(clock)]\nfn f() -> i64 { net::now() }");
    assert_eq!(errors(&declared), [Code::PolicyCapability]);
    // And under another name.
    let error = gate.rename("net::now", "now").expect_err("it is refused");
    assert!(matches!(&error, RenameError::NotAllowed(why) if why.contains("clock")), "{error}");
}

#[test]
fn who_may_write_where() {
    let store = governed(
        "[[write]]\nwho = [\"agent\"]\nbranches = [\"main\"]\nnames = [\"sandbox::**\"]\n[[write]]\nwho = [\"lead\"]\nnames = [\"**\"]\n",
    );
    commit(&store, "fn tax(n: i64) -> i64 { n }\nmod sandbox { pub fn rate() -> i64 { 7 } }");
    commit(&store, "fn total(n: i64) -> i64 { n + sandbox::rate() }");
    let mut agent = gate(&store, "agent");
    assert_eq!(errors(&submit(&mut agent, "fn tax(n: i64) -> i64 { n + 1 }")), [Code::NotTheirs]);
    assert_eq!(errors(&submit(&mut agent, "mod sandbox { fn f() -> i64 { 1 } }")), []);
    // A dependent outside of the sandbox would get another meaning.
    let change = "mod sandbox { pub fn rate() -> i64 { 8 } }";
    assert_eq!(errors(&submit(&mut agent, change)), [Code::DependentBroken]);
    agent.keep_old = true;
    let verdict = submit(&mut agent, change);
    assert_eq!((errors(&verdict), verdict.left.clone()), (vec![], vec!["total".to_owned()]));
    // Another author at the commit than at the verdict.
    let error = agent.commit(&verdict, "stranger", "m").expect_err("it is refused");
    assert!(matches!(error, CommitError::NotAllowed(_)), "{error}");
    agent.commit(&verdict, "agent", "m").expect("it is theirs");
    let mut elsewhere = gate(&store, "agent").on_branch("mine");
    assert_eq!(errors(&submit(&mut elsewhere, "mod sandbox { fn f() -> i64 { 1 } }")), [Code::NotTheirs]);
    let error = agent.rename("sandbox::rate", "rate").expect_err("it is refused");
    assert!(matches!(error, RenameError::NotAllowed(_)), "{error}");
}

#[test]
fn examples_limits_and_warnings() {
    let store = governed("warnings = \"refuse\"\n[examples]\nminimum = 1\nfuel = 50\n");
    let mut gate = gate(&store, "a");
    assert_eq!(errors(&submit(&mut gate, "pub fn f() -> i64 { 1 }")), [Code::TooFewExamples]);
    assert_eq!(errors(&submit(&mut gate, "fn f() -> i64 { 1 }")), []);
    assert_eq!(errors(&submit(&mut gate, "#[uses(clock)]\npub fn f() -> i64 { clock::now() }")), []);
    assert_eq!(errors(&submit(&mut gate, "fn f() -> i64 { let x = 1; 2 }")), [Code::UnusedVariable]);
    let looping =
        "#[example(f(100) == 100)]\nfn f(n: i64) -> i64 { let mut s = 0; while s < n { s = s + 1 } s }";
    assert_eq!(errors(&submit(&mut gate, looping)), [Code::ExampleTraps]);
}

#[test]
fn a_dependent_may_break_only_where_the_policy_says_so() {
    let source = "fn f(n: i64) -> i64 { n }\nmod legacy { pub fn g() -> i64 { f(1) } pub fn h() -> i64 { g() } }\nfn k() -> i64 { f(2) }";
    let breaking = "fn f(n: str) -> i64 { n.len() }";
    let store = governed("[dependents]\nmay_break = [\"legacy::**\"]\n");
    commit(&store, source);
    let mut all = gate(&store, "a");
    assert_eq!(errors(&submit(&mut all, breaking)), [Code::DependentBroken]);
    let verdict = submit(&mut all, &format!("{breaking}\nfn k() -> i64 {{ f(\"ab\") }}"));
    assert_eq!(errors(&verdict), [], "{:#?}", verdict.diagnostics);
    assert_eq!(verdict.left, ["legacy::g"]);
    assert!(verdict.diagnostics.iter().any(|found| found.code == Code::DependentLeft));
    let snapshot = store.snapshot().expect("it opens");
    let old = StoreLibrary { snapshot: Some(&snapshot), branch: "main" }.resolve("legacy::g");
    all.commit(&verdict, "a", "m").expect("it is admitted");
    let snapshot = store.snapshot().expect("it opens");
    let library = StoreLibrary { snapshot: Some(&snapshot), branch: "main" };
    assert_eq!(library.resolve("legacy::g"), old);
    let mut sandbox = nda_engine::NdaJitSandbox::new(all.engine(), &library);
    let run = |sandbox: &mut nda_engine::NdaJitSandbox<'_>, name: &str| {
        let hash = library.resolve(name).expect("it is there");
        sandbox.run(hash, &[], &nda_engine::RunOptions::default()).expect("it runs").outcome.result
    };
    assert_eq!(run(&mut sandbox, "legacy::h"), Ok(nda_graph::Value::Int(1)));
    assert_eq!(run(&mut sandbox, "k"), Ok(nda_graph::Value::Int(2)));
    let strict = governed("");
    commit(&strict, source);
    let refused = submit(&mut gate(&strict, "a"), &format!("{breaking}\nfn k() -> i64 {{ f(\"ab\") }}"));
    assert_eq!(errors(&refused), [Code::DependentBroken]);
}

#[test]
fn a_policy_is_changed_by_its_editors_and_by_nothing_else() {
    let store = governed("[policy]\neditors = [\"lead\"]\n");
    let mut agent = gate(&store, "agent");
    let error = agent.set_policy("version = 1", "agent", "m").expect_err("it is refused");
    assert!(matches!(error, SetPolicyError::NotAnEditor(_)), "{error}");
    let error = agent.set_policy("version = 1\nx = 1", "lead", "m").expect_err("it is refused");
    assert!(matches!(error, SetPolicyError::Policy(_)), "{error}");
    // A definition may be called like a policy and say what one says; it is a definition.
    let held = agent.policy_now().expect("it can be read").hash;
    commit(&store, "const GATE: str = \"version = 1\";\nmod policy { fn editors() -> str { \"agent\" } }");
    assert_eq!(agent.policy_now().expect("it can be read").hash, held);
    // Judged under one policy, committed under another: judged again.
    let verdict = submit(&mut agent, "fn f() -> i64 { 1 }");
    gate(&store, "lead").set_policy("version = 1\n[examples]\nminimum = 1\n", "lead", "m").expect("it may");
    let error = agent.commit(&verdict, "agent", "m").expect_err("it is refused");
    assert!(error.to_string().contains("policy was changed"), "{error}");
    let again = submit(&mut agent, "fn f() -> i64 { 1 }");
    agent.commit(&again, "agent", "m").expect("it is admitted");
    // On another branch the same one holds.
    let mut branch = gate(&store, "agent").on_branch("mine");
    assert_eq!(errors(&submit(&mut branch, "pub fn f() -> i64 { 1 }")), [Code::TooFewExamples]);
    let request = CommitRequest {
        branch: "mine".into(),
        set_policy: Some("version = 1".into()),
        ..CommitRequest::default()
    };
    assert!(store.commit(&request, &merge_never).is_err());
    assert!(store.verify(&mut |_| ()).expect("it can be read").is_sound());
}

#[test]
fn a_policy_that_this_program_cannot_enforce_stops_the_gate() {
    let store = store();
    let request = CommitRequest {
        branch: "main".into(),
        set_policy: Some("version = 9".into()),
        ..CommitRequest::default()
    };
    store.commit(&request, &merge_never).expect("the store does not read policies");
    let error = gate(&store, "a").submit("fn f() -> i64 { 1 }").expect_err("nothing is judged");
    assert!(matches!(error, GateError::Policy(_)), "{error}");
}

#[test]
fn secret_rules_are_the_policys() {
    let store = governed(
        "[secrets]\ndisable = [\"github-pat\"]\n[[secrets.rules]]\nid = \"ours\"\nregex = 'ours_[a-z]{8}'\nkeywords = [\"ours_\"]\n",
    );
    let mut gate = gate(&store, "a");
    assert_eq!(errors(&submit(&mut gate, "const A: str = \"ours_abcdefgh\";")), [Code::Secret]);
    let token = format!("ghp_{}", "Zz01yY23xX45wW67vV89uU01tT23sS45rR67");
    assert_eq!(errors(&submit(&mut gate, &format!("const A: str = \"{token}\";"))), []);
}

#[test]
fn an_effect_is_traced_to_the_host_function_by_the_shortest_way() {
    let store = store();
    commit(
        &store,
        "#[uses(clock)]\nfn now() -> i64 { clock::now() }\n#[uses(clock)]\nfn long(n: i64) -> i64 { if n == 0 { 0 } else { long(n - 1) + short() } }\n#[uses(clock)]\nfn short() -> i64 { now() }\nfn pure() -> i64 { 1 }",
    );
    let snapshot = store.snapshot().expect("it opens");
    let library = StoreLibrary { snapshot: Some(&snapshot), branch: "main" };
    let hash = |name: &str| library.resolve(name).expect("it is there");
    let found = nda_gate::effects(&snapshot, hash("long")).expect("it reads");
    assert_eq!(
        (found.len(), found[0].capability.as_str(), found[0].host.as_str()),
        (1, "clock", "clock::now")
    );
    assert_eq!(found[0].path, [hash("long"), hash("short"), hash("now")]);
    assert_eq!(nda_gate::effects(&snapshot, hash("pure")).expect("it reads"), []);
}

fn key(byte: u8) -> Key {
    Key::from_secret(&[byte; 32])
}

#[test]
fn where_signatures_are_required_a_trusted_key_signs() {
    let policy = format!(
        "[signatures]\nrequired = [\"main\"]\n[[signatures.trusted]]\nkey = \"{}\"\nwho = [\"agent-*\"]\n[[signatures.trusted]]\nkey = \"{}\"\nwho = [\"lead\"]\n",
        key(1).public(),
        key(2).public()
    );
    let store = governed(&policy);
    let attempt = |branch: &str, author: &str, signer: Option<Key>, message: &str| {
        let mut gate = gate(&store, author).on_branch(branch);
        gate.signer = signer;
        let verdict = submit(&mut gate, &format!("fn {message}() -> i64 {{ 1 }}"));
        gate.commit(&verdict, &format!("{author} via editor"), message)
    };
    for (author, signer) in
        [("agent-1", None), ("agent-1", Some(key(2))), ("agent-1", Some(key(3))), ("lead", Some(key(1)))]
    {
        let error = attempt("main", author, signer, "refused").expect_err("it is refused");
        assert!(matches!(&error, CommitError::NotAllowed(why) if why.contains("sign")), "{error}");
    }
    let signed = attempt("main", "agent-1", Some(key(1)), "a").expect("it is signed");
    attempt("other", "agent-1", None, "b").expect("only main asks for signatures");
    attempt("other", "agent-1", Some(key(3)), "c").expect("a signature is no harm");
    let error = gate(&store, "lead").set_policy("version = 1", "lead", "m").expect_err("it is refused");
    assert!(error.to_string().contains("signed"), "{error}");
    let error = gate(&store, "agent-1").rename("a", "z").expect_err("it is refused");
    assert!(matches!(error, RenameError::NotAllowed(_)), "{error}");
    let mut lead = gate(&store, "lead");
    lead.signer = Some(key(2));
    lead.rename("a", "z").expect("it may");
    let snapshot = store.snapshot().expect("it can be read");
    let standings = |policy: &nda_gate::Policy| {
        let commits = signed_commits(&snapshot, policy).expect("it can be read");
        let mut all: Vec<(String, Standing)> =
            commits.into_iter().map(|one| (one.commit.message, one.standing)).collect();
        all.sort();
        all
    };
    let expected = |a, c| {
        [("a", a), ("b", Standing::Unsigned), ("c", c), ("m", Standing::Unsigned)]
            .map(|(message, standing)| (message.to_owned(), standing))
    };
    let policy = lead.policy_now().expect("it can be read").clone();
    assert_eq!(standings(&policy), expected(Standing::Trusted, Standing::Untrusted));
    // What nobody is trusted to do, the same signatures do not do.
    assert_eq!(standings(&nda_gate::Policy::default()), expected(Standing::Untrusted, Standing::Untrusted));
    let keys = snapshot.signatures(&signed.head).expect("it can be read");
    assert_eq!(keys.iter().map(|one| one.key).collect::<Vec<_>>(), [key(1).public()]);
    assert!(store.verify(&mut |_| ()).expect("it can be read").is_sound());
    // With the key of its editor it is changed, signed.
    let committed = lead.set_policy("version = 1", "lead", "m").expect("it may");
    let now = store.snapshot().expect("it can be read");
    assert_eq!(now.signatures(&committed.head).expect("it can be read").len(), 1);
}

#[test]
fn whom_the_gate_knows_is_who_writes_whatever_the_commit_says() {
    let store = governed(
        "[[write]]\nwho = [\"agent\"]\nnames = [\"sandbox::**\"]\n[[write]]\nwho = [\"*lead\"]\nnames = [\"**\"]\n",
    );
    let mut gate = gate(&store, "agent");
    let verdict = submit(&mut gate, "mod sandbox { pub fn f() -> i64 { 1 } }");
    gate.commit(&verdict, "agent via editor", "m").expect("it may write there");
    // Judged for somebody who may, and committed by who may not, under a name that would fit.
    let mut lead = self::gate(&store, "lead");
    let verdict = submit(&mut lead, "fn f() -> i64 { 1 }");
    let error = gate.commit(&verdict, "agent via lead", "m").expect_err("it is refused");
    assert!(matches!(error, CommitError::NotAllowed(_)), "{error}");
}
