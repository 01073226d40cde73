//! Tier 2: that it runs at all, and what is left to tier 1.

use nda_engine::{Engine, Limits, NdaJitSandbox, Refused, Run, RunOptions, Tier, TrapKind, Value};
use nda_testkit::generate;
use nda_testkit::oracle::LIMITS;
use nda_testkit::program::Compiled;
use std::time::{Duration, Instant};

fn run_on(engine: &Engine, source: &str, tier: Tier, limits: Limits) -> Result<Run, Refused> {
    let program = Compiled::new(source).unwrap();
    let options = RunOptions { limits, tier, ..RunOptions::default() };
    NdaJitSandbox::new(engine, &program).run(program.hash("main").unwrap(), &[], &options)
}

fn run(source: &str, limits: Limits) -> Run {
    run_on(&Engine::new(), source, Tier::Native, limits).unwrap()
}

#[test]
fn generated_programs_run_in_machine_code() {
    for seed in 0..60 {
        let program = generate::program_of_seed(seed);
        let ran = run(&program, LIMITS);
        assert_eq!((ran.tier, ran.stayed), (Tier::Native, None), "seed {seed}");
    }
}

const DOWN: &str = "fn down(n: i64) -> i64 { if n == 0 { 0 } else { 1 + down(n - 1) } }\n";

/// Calls nest as deep as the limit says, on a native stack that was made for that many.
#[test]
fn depth_is_counted_and_never_the_native_stack() {
    let limits = Limits { depth: 1_000_000, ..Limits::default() };
    for (calls, kind) in [(999_998, None), (999_999, Some(TrapKind::CallTooDeep))] {
        let ran = run(&format!("{DOWN}fn main() -> i64 {{ down({calls}) }}"), limits);
        assert_eq!((ran.tier, ran.stayed), (Tier::Native, None));
        match kind {
            None => assert_eq!(ran.outcome.result, Ok(Value::Int(calls))),
            Some(kind) => {
                let trap = ran.outcome.result.unwrap_err();
                assert_eq!((trap.kind, trap.frames.len()), (kind, 1_000_000));
            }
        }
        assert_eq!(ran.outcome.depth, 1_000_000);
    }
}

#[test]
fn a_nesting_that_no_stack_holds_stays_on_tier_1() {
    let limits = Limits { depth: 20_000_000, ..Limits::default() };
    let ran = run(&format!("{DOWN}fn main() -> i64 {{ down(9) }}"), limits);
    assert_eq!((ran.tier, ran.outcome.result), (Tier::Closure, Ok(Value::Int(9))));
    assert!(ran.stayed.unwrap().contains("native stack"));
}

#[test]
fn what_is_too_large_stays_on_tier_1() {
    let source = format!("fn main() -> i64 {{ let mut x = 1; {} x }}", "x = x / 1; ".repeat(6_000));
    let ran = run(&source, LIMITS);
    assert_eq!((ran.tier, ran.outcome.result), (Tier::Closure, Ok(Value::Int(1))));
    assert!(ran.stayed.unwrap().contains("too large"));
}

/// Arguments come in together or not at all, on every tier.
#[test]
fn arguments_that_do_not_fit() {
    let source = "fn f(a: [i64], b: (i64, str), c: [i64]) -> i64 { a.len() + b.0 + c.len() }";
    let program = Compiled::new(source).unwrap();
    let list = |items: i64| Value::List {
        ty: nda_engine::Ty::I64.list_of().unwrap(),
        items: (0..items).map(Value::Int).collect(),
    };
    let args = [list(5), Value::Tuple(vec![Value::Int(1), Value::Str("two".to_owned())]), list(90)];
    for memory_bytes in [0, 100, 200, 700, 2_000] {
        let limits = Limits { memory_bytes, ..LIMITS };
        let outcome = |tier| {
            let options = RunOptions { limits, tier, ..RunOptions::default() };
            let engine = Engine::new();
            let mut sandbox = NdaJitSandbox::new(&engine, &program);
            sandbox.run(program.hash("f").unwrap(), &args, &options).unwrap().outcome
        };
        let expected = outcome(Tier::Eval);
        assert_eq!(expected, outcome(Tier::Closure), "{memory_bytes}");
        assert_eq!(expected, outcome(Tier::Native), "{memory_bytes}");
    }
}

/// What runs often is compiled beside the runs, which go on as they did until it is there.
#[test]
fn hot_functions_get_machine_code_while_they_run() {
    let source = "fn main() -> i64 { let mut sum = 0; for i in 0..300000 { sum += i % 7; } sum }";
    let program = Compiled::new(source).unwrap();
    let engine = Engine::new();
    let mut sandbox = NdaJitSandbox::new(&engine, &program);
    let end = Instant::now() + Duration::from_secs(120);
    let mut tiers = Vec::new();
    while tiers.last() != Some(&Tier::Native) && Instant::now() < end {
        let ran = sandbox.run(program.hash("main").unwrap(), &[], &RunOptions::default()).unwrap();
        assert_eq!(ran.outcome.result, Ok(Value::Int(899_997)));
        assert_eq!(ran.outcome.fuel, 300_001);
        tiers.push(ran.tier);
    }
    assert_eq!((tiers.first(), tiers.last()), (Some(&Tier::Closure), Some(&Tier::Native)));
}

/// Functions that were compiled for one entry are called by the next as they are.
#[test]
fn an_entry_calls_what_another_one_compiled() {
    let source = "fn fib(n: i64) -> i64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
                  fn main() -> i64 { fib(15) }";
    let program = Compiled::new(source).unwrap();
    let engine = Engine::new();
    let mut sandbox = NdaJitSandbox::new(&engine, &program);
    let options = RunOptions { tier: Tier::Native, ..RunOptions::default() };
    for (name, args) in [("fib", vec![Value::Int(15)]), ("main", vec![])] {
        let ran = sandbox.run(program.hash(name).unwrap(), &args, &options).unwrap();
        assert_eq!((ran.tier, ran.outcome.result), (Tier::Native, Ok(Value::Int(610))), "{name}");
    }
}
