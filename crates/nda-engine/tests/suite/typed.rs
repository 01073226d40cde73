//! `get` and `call` with Rust types.

use crate::load;
use nda_engine::{
    CallError, Engine, GetError, Library as _, Limits, MemoryLibrary, Refused, TrapKind, Value,
};
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

#[test]
fn other_types_and_another_arity_are_told_apart_before_a_call() {
    let program = load(&Engine::new(), SOURCE);
    let wrong = |found: Result<(), GetError>| match found {
        Err(error @ GetError::Type { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
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
