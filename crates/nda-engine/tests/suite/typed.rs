//! `get` and `call` with Rust types.

use crate::load;
use nda_engine::{
    CallError, Engine, GetError, Library as _, Limits, MemoryLibrary, Refused, RunOptions, TrapKind, Value,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const SOURCE: &str = "
const LIMIT: i64 = 3;
fn sum(a: i64, b: i64) -> i64 { a + b }
fn halves(xs: [f64], keep: bool) -> [[f64]] { if keep { [xs, [xs[0] / 2.0]] } else { [] } }
fn shout(text: str) -> str { text.to_uppercase() + \"!\" }
fn nothing() { }
fn below(n: i64) -> bool { n < LIMIT }
";

#[test]
fn values_cross_the_border_both_ways() {
    let program = load(&Engine::new(), SOURCE);
    assert_eq!(program.get::<(i64, i64), i64>("sum").unwrap().call((i64::MIN, 5)).unwrap(), i64::MIN + 5);
    let halves = program.get::<(Vec<f64>, bool), Vec<Vec<f64>>>("halves").unwrap();
    assert_eq!(halves.call((vec![3.0, 4.0], true)).unwrap(), [vec![3.0, 4.0], vec![1.5]]);
    assert_eq!(halves.call((Vec::new(), false)).unwrap(), Vec::<Vec<f64>>::new());
    let shout = program.get::<(String,), String>("shout").unwrap();
    assert_eq!(shout.call(("größe".to_owned(),)).unwrap(), "GRÖSSE!");
    program.get::<(), ()>("nothing").unwrap().call(()).unwrap();
    assert!(program.get::<(i64,), bool>("below").unwrap().call((2,)).unwrap());
    let hash = program.get::<(i64,), bool>("below").unwrap().hash();
    assert!(program.sandbox().run(hash, &[Value::Int(2)], &program.options).is_ok());
}

fn wrong(found: Result<(), GetError>) -> String {
    match found {
        Err(error @ GetError::Type { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_types_and_another_arity_are_told_apart_before_a_call() {
    let program = load(&Engine::new(), SOURCE);
    let sum = "`sum` is `fn(i64, i64) -> i64`, not `fn";
    assert_eq!(wrong(program.get::<(i64,), i64>("sum").map(drop)), format!("{sum}(i64) -> i64`"));
    assert_eq!(wrong(program.get::<(), i64>("sum").map(drop)), format!("{sum}() -> i64`"));
    assert_eq!(wrong(program.get::<(i64, f64), i64>("sum").map(drop)), format!("{sum}(i64, f64) -> i64`"));
    assert_eq!(wrong(program.get::<(i64, i64), bool>("sum").map(drop)), format!("{sum}(i64, i64) -> bool`"));
    assert_eq!(
        wrong(program.get::<(Vec<i64>, bool), Vec<Vec<f64>>>("halves").map(drop)),
        "`halves` is `fn([f64], bool) -> [[f64]]`, not `fn([i64], bool) -> [[f64]]`"
    );
}

#[test]
fn what_is_no_function_is_not_had() {
    let program = load(&Engine::new(), SOURCE);
    assert_eq!(program.get::<(), ()>("sun").map(drop), Err(GetError::Unknown("sun".to_owned())));
    let constant = program.get::<(), i64>("LIMIT").map(drop);
    assert!(
        matches!(constant, Err(GetError::Refused { reason: Refused::NotAFunction(_), .. })),
        "{constant:?}"
    );
    // A library that has a function but not what it needs.
    let whole = load(&Engine::new(), SOURCE);
    let submission = nda_gate::Gate::new(Engine::new()).examine(SOURCE).unwrap();
    let below = submission.resolve("below").unwrap();
    let mut part = MemoryLibrary::default();
    part.add(below, submission.definition(below).unwrap());
    part.name("below", below);
    let part = Engine::new().load(Arc::new(part));
    let missing = part.get::<(i64,), bool>("below").map(drop);
    assert!(matches!(missing, Err(GetError::Refused { reason: Refused::Missing(_), .. })), "{missing:?}");
    assert!(whole.get::<(i64,), bool>("below").is_ok());
}

#[test]
fn arguments_without_types_are_compared_with_the_signature() {
    let program = load(&Engine::new(), SOURCE);
    let hash = program.get::<(i64, i64), i64>("sum").unwrap().hash();
    for args in [vec![], vec![Value::Int(1)], vec![Value::Int(1), Value::Float(1.0)], vec![Value::Unit; 3]] {
        let refused = program.sandbox().run(hash, &args, &program.options);
        assert!(matches!(refused, Err(Refused::Arguments { .. })), "{refused:?}");
    }
    let refused = program.sandbox().run(hash, &[Value::Bool(true)], &program.options).unwrap_err();
    assert_eq!(refused.to_string(), "it takes (i64, i64), not (bool)");
}

#[test]
fn a_trap_is_an_error_of_the_call_and_the_next_call_is_well() {
    let program = load(&Engine::new(), SOURCE);
    let sum = program.get::<(i64, i64), i64>("sum").unwrap();
    match sum.call((i64::MAX, 1)) {
        Err(CallError::Trap(trap)) => {
            assert_eq!(trap.kind, TrapKind::IntegerOverflow);
            assert_eq!(trap.frames[0].definition, sum.hash());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(sum.call((40, 2)).unwrap(), 42);
}

#[test]
fn a_limit_that_cannot_be_enforced_refuses_the_run() {
    let mut program = load(&Engine::new(), SOURCE);
    program.options.limits = Limits { depth: u32::MAX, ..Limits::default() };
    let refused = program.get::<(i64, i64), i64>("sum").unwrap().call((1, 2));
    assert!(matches!(refused, Err(CallError::Refused(Refused::DepthTooLarge { .. }))), "{refused:?}");
}

const COMPOSED: &str = "
fn swap(pair: (i64, str)) -> (str, i64) { (pair.1, pair.0) }
fn half(n: Option<i64>) -> Option<f64> { match n { Some(n) => Some(n as f64 / 2.0), None => None } }
fn parse(lines: [Option<str>]) -> Result<[(str, i64)], (i64, str)> {
    let mut all = [];
    for (at, line) in lines.enumerate() {
        match line {
            Some(line) => all.push((line, line.len())),
            None => { return Err((at, \"nothing\")); }
        }
    }
    Ok(all)
}
fn counts(words: [str]) -> Map<str, i64> {
    let mut found: Map<str, i64> = Map::new();
    for word in words { found.entry(word).or_insert(0) += 1; }
    found
}
fn inverted(all: Map<(bool, i64), [Option<Result<i64, ()>>]>) -> [((bool, i64), i64)] {
    let mut found = [];
    for (key, list) in all { found.push((key, list.len())); }
    found
}
";

#[test]
fn values_made_of_others_cross_the_border_both_ways() {
    let program = load(&Engine::new(), COMPOSED);
    let swap = program.get::<((i64, String),), (String, i64)>("swap").unwrap();
    assert_eq!(swap.call(((1, "a".to_owned()),)).unwrap(), ("a".to_owned(), 1));
    let half = program.get::<(Option<i64>,), Option<f64>>("half").unwrap();
    assert_eq!((half.call((Some(3),)).unwrap(), half.call((None,)).unwrap()), (Some(1.5), None));
    type Parsed = Result<Vec<(String, i64)>, (i64, String)>;
    let parse = program.get::<(Vec<Option<String>>,), Parsed>("parse").unwrap();
    let line = |text: &str| Some(text.to_owned());
    assert_eq!(
        parse.call((vec![line("ab"), line("")],)).unwrap(),
        Ok(vec![("ab".to_owned(), 2), (String::new(), 0)])
    );
    assert_eq!(parse.call((vec![line("ab"), None],)).unwrap(), Err((1, "nothing".to_owned())));
    assert_eq!(parse.call((Vec::new(),)).unwrap(), Ok(Vec::new()));
    let counts = program.get::<(Vec<String>,), BTreeMap<String, i64>>("counts").unwrap();
    let found = counts.call((["b", "a", "b"].map(str::to_owned).to_vec(),)).unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert!(counts.call((Vec::new(),)).unwrap().is_empty());
    type Lists = BTreeMap<(bool, i64), Vec<Option<Result<i64, ()>>>>;
    let inverted = program.get::<(Lists,), Vec<((bool, i64), i64)>>("inverted").unwrap();
    let lists = Lists::from([((true, 1), vec![]), ((false, 9), vec![None, Some(Ok(1)), Some(Err(()))])]);
    assert_eq!(inverted.call((lists,)).unwrap(), [((false, 9), 3), ((true, 1), 0)]);
}

#[test]
fn other_types_inside_of_types_are_told_apart_before_a_call() {
    let program = load(&Engine::new(), COMPOSED);
    assert_eq!(
        wrong(program.get::<((i64, i64),), (String, i64)>("swap").map(drop)),
        "`swap` is `fn((i64, str)) -> (str, i64)`, not `fn((i64, i64)) -> (str, i64)`"
    );
    assert_eq!(
        wrong(program.get::<(Option<i64>,), Option<i64>>("half").map(drop)),
        "`half` is `fn(Option<i64>) -> Option<f64>`, not `fn(Option<i64>) -> Option<i64>`"
    );
    assert_eq!(
        wrong(program.get::<(Vec<String>,), BTreeMap<i64, i64>>("counts").map(drop)),
        "`counts` is `fn([str]) -> Map<str, i64>`, not `fn([str]) -> Map<i64, i64>`"
    );
    let parse = program.get::<(Vec<Option<String>>,), Result<Vec<(String, i64)>, String>>("parse");
    assert!(wrong(parse.map(drop)).ends_with("-> Result<[(str, i64)], str>`"));
}

#[test]
fn host_functions_take_and_give_values_made_of_others() {
    let mut engine = Engine::new();
    engine.register("host::flip", "host", |pair: (i64, Option<String>)| (pair.1, pair.0));
    engine.register(
        "host::known",
        "host",
        |of: BTreeMap<String, i64>, or: Result<i64, String>| -> Result<i64, String> {
            or.map(|value| value + of.values().sum::<i64>())
        },
    );
    let program = load(
        &engine,
        "#[uses(host)]
        fn flipped() -> (Option<str>, i64) { host::flip((1, Some(\"a\"))) }
        #[uses(host)]
        fn known(ok: bool) -> i64 {
            host::known(Map::from([(\"a\", 2), (\"b\", 3)]), if ok { Ok(10) } else { Err(\"no\") })
        }",
    );
    let options = RunOptions { grants: nda_engine::Grants::only(["host"]), ..RunOptions::default() };
    let flipped = program.get::<(), (Option<String>, i64)>("flipped").unwrap();
    let run = flipped.run((), &options).unwrap();
    assert_eq!(run.outcome.result.unwrap().to_string(), "(Some(\"a\"), 1)");
    let known = program.get::<(bool,), i64>("known").unwrap();
    assert_eq!(known.run((true,), &options).unwrap().outcome.result.unwrap(), Value::Int(15));
    let trap = known.run((false,), &options).unwrap().outcome.result.unwrap_err();
    assert_eq!(trap.kind, TrapKind::HostError);
}
