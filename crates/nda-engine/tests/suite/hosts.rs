//! Functions of the host: granted or not, failing, panicking, and of every type.

use crate::{TIERS, load, on};
use nda_engine::{Engine, Grants, Limits, Refused, Run, RunOptions, Tier, TrapKind, Value};
use nda_gate::Gate;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const SOURCE: &str = "
#[uses(clock)]
fn now() -> i64 { clock::now() }
#[uses(clock, disk)]
fn both(name: str) -> [str] { let n = now(); disk::lines(name, n) }
#[uses(disk)]
fn fails(name: str) -> [str] { print(\"before\"); disk::lines(name, 0) }
#[uses(disk)]
fn panics() -> i64 { print(\"before\"); disk::panics(1, 2.0, true) }
fn pure() -> i64 { 7 }
";

/// An engine with host functions, and how often the clock was asked.
fn engine() -> (Engine, Arc<AtomicU32>) {
    let mut engine = Engine::new();
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    engine.register("clock::now", "clock", move || i64::from(count.fetch_add(1, Ordering::Relaxed)) + 40);
    engine.register("disk::lines", "disk", |name: String, n: i64| match name.as_str() {
        "none" => Err(format!("there is no file `{name}`")),
        _ => Ok(vec![name; n as usize % 40]),
    });
    engine
        .register("disk::panics", "disk", |_: i64, _: f64, _: bool| -> i64 { panic!("the host's own bug") });
    (engine, asked)
}

fn run(engine: &Engine, name: &str, args: &[Value], options: &RunOptions) -> Result<Run, Refused> {
    let program = load(engine, SOURCE);
    let hash =
        nda_engine::Library::resolve(&Gate::new(engine.clone()).examine(SOURCE).unwrap(), name).unwrap();
    program.sandbox().run(hash, args, options)
}

#[test]
fn a_capability_that_is_not_granted_refuses_the_run_before_it_starts() {
    let (engine, asked) = engine();
    let text = [Value::Str("a".into())];
    for tier in TIERS {
        let granted = |names: &[&str]| RunOptions { grants: Grants::only(names.to_vec()), ..on(tier) };
        let refused = |names: &[&str], name: &str| match run(
            &engine,
            name,
            &text[..usize::from(name == "both")],
            &granted(names),
        ) {
            Err(Refused::NotGranted(missing)) => missing,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&[], "now"), "clock");
        assert_eq!(refused(&["disk", "clocks", ""], "now"), "clock");
        // What it calls needs the clock; it names both.
        assert_eq!(refused(&["disk"], "both"), "clock");
        assert_eq!(refused(&["clock"], "both"), "disk");
        assert_eq!(asked.load(Ordering::Relaxed), 0, "nothing ran");
        assert_eq!(run(&engine, "pure", &[], &granted(&[])).unwrap().outcome.result, Ok(Value::Int(7)));
        let both = run(&engine, "both", &text, &granted(&["clock", "disk"])).unwrap();
        assert!(matches!(both.outcome.result, Ok(Value::List { .. })), "{both:?}");
        assert_eq!(asked.swap(0, Ordering::Relaxed), 1);
    }
}

#[test]
fn an_error_of_the_host_is_a_trap_with_its_words() {
    let (engine, _) = engine();
    for tier in TIERS {
        let options = RunOptions { grants: Grants::only(["disk"]), ..on(tier) };
        let outcome = run(&engine, "fails", &[Value::Str("none".into())], &options).unwrap().outcome;
        let trap = outcome.result.unwrap_err();
        assert_eq!(trap.kind, TrapKind::HostError);
        assert!(trap.message.contains("there is no file `none`"), "{}", trap.message);
        assert_eq!((trap.frames.len(), outcome.output.as_str()), (1, "before\n"));
    }
}

#[test]
fn a_host_function_that_panics_takes_nothing_down() {
    let (engine, _) = engine();
    for tier in TIERS {
        let options = RunOptions { grants: Grants::only(["disk"]), ..on(tier) };
        let outcome = run(&engine, "panics", &[], &options).unwrap().outcome;
        let trap = outcome.result.unwrap_err();
        assert_eq!(trap.kind, TrapKind::HostError);
        assert!(trap.message.contains("panicked"), "{}", trap.message);
        assert_eq!(outcome.output, "before\n");
        assert_eq!(run(&engine, "pure", &[], &options).unwrap().outcome.result, Ok(Value::Int(7)));
    }
}

#[test]
fn what_the_host_gives_counts_against_the_memory_limit() {
    let mut engine = Engine::new();
    engine.register("big::list", "big", || vec![false; 10_000]);
    let program = load(&engine, "#[uses(big)]\nfn main() -> i64 { big::list().len() }\n");
    let main = program.get::<(), i64>("main").unwrap();
    for tier in TIERS {
        let mut options = RunOptions { grants: Grants::only(["big"]), ..on(tier) };
        options.limits = Limits { memory_bytes: 10_031, ..Limits::default() };
        let trap = main.run((), &options).unwrap().outcome.result.unwrap_err();
        assert_eq!(trap.kind, TrapKind::OutOfMemory);
        options.limits.memory_bytes = 10_032;
        let outcome = main.run((), &options).unwrap().outcome;
        assert_eq!((outcome.result, outcome.peak_bytes), (Ok(Value::Int(10_000)), 10_032));
    }
}

/// A function that runs a program of its own gives the one that calls it everything back, registers included.
#[test]
fn runs_nest() {
    let inner = "fn main(n: i64) -> i64 { let mut s = 7; for i in 0..n { s = s ^ i * i; } s }";
    let program = load(&Engine::new(), inner);
    let mut engine = Engine::new();
    engine.register("inner::mixed", "inner", move |n: i64| {
        let main = program.get::<(i64,), i64>("main").unwrap();
        main.run((n,), &on(Tier::Native)).unwrap().outcome.result.unwrap() == Value::Int(2)
    });
    let source = "#[uses(inner)]
        fn once(n: i64) -> i64 { if inner::mixed(n) { 1 } else { 0 } }
        #[uses(inner)]
        fn main() -> i64 { let mut s = 0; for i in 0..200 { s += once(i % 6) * i; } s }";
    let program = load(&engine, source);
    let main = program.get::<(), i64>("main").unwrap();
    let [evaluated, machine] = [Tier::Eval, Tier::Native].map(|tier| {
        let options = RunOptions { grants: Grants::only(["inner"]), ..on(tier) };
        let run = main.run((), &options).unwrap();
        assert_eq!(run.tier, tier);
        run.outcome
    });
    // 7 ^ 0 ^ 1 ^ 4 = 2.
    assert_eq!(evaluated.result, Ok(Value::Int((0..200).filter(|i| i % 6 == 3).sum())));
    assert_eq!(evaluated, machine);
}

#[test]
fn an_engine_that_does_not_offer_it_any_more_fails_the_call() {
    let (with, _) = engine();
    let submission = Gate::new(with).examine(SOURCE).unwrap();
    let program = Engine::new().load(submission);
    let now = program.get::<(), i64>("now").unwrap();
    for tier in TIERS {
        let options = RunOptions { grants: Grants::only(["clock"]), ..on(tier) };
        let trap = now.run((), &options).unwrap().outcome.result.unwrap_err();
        assert_eq!(trap.kind, TrapKind::HostError);
        assert!(trap.message.contains("does not offer"), "{}", trap.message);
    }
}

#[test]
fn an_engine_says_what_it_offers() {
    let (mut engine, _) = engine();
    let before = engine.clone();
    engine.register("net::get", "net", |_: String| Ok::<_, String>(String::new()));
    assert_eq!(
        engine.host_names().collect::<Vec<_>>(),
        ["clock::now", "disk::lines", "disk::panics", "net::get"]
    );
    assert_eq!(engine.capabilities(), ["clock", "disk", "net"]);
    assert_eq!(engine.host("disk::lines").unwrap().signature.to_string(), "(str, i64) -> [str]");
    assert!(engine.host("disk::line").is_none() && before.host("net::get").is_none());
}
