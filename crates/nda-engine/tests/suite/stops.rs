//! Runs that are stopped from outside, and runs beside each other.

use crate::{TIERS, load, on};
use nda_engine::{CancelHandle, Engine, Grants, Limits, RunOptions, TrapKind, Value};
use std::time::{Duration, Instant};

const SOURCE: &str = "
fn forever() -> i64 { let mut n = 0; loop { n = n.wrapping_add(1); if n == -1 { break; } } n }
fn grow(n: i64) -> i64 { let mut xs = [true]; while xs.len() < n { xs.push(true); } xs.len() }
fn count(n: i64) -> i64 { let mut s = 0; for i in 0..n { s += i; } s }
";

/// Nothing but what the test does stops these.
fn unlimited(tier: nda_engine::Tier) -> RunOptions {
    RunOptions { limits: Limits { fuel: u64::MAX, ..Limits::default() }, ..on(tier) }
}

#[test]
fn another_thread_cancels_a_run() {
    let program = load(&Engine::new(), SOURCE);
    let forever = program.get::<(), i64>("forever").unwrap();
    for tier in TIERS {
        let handle = CancelHandle::new();
        let options = RunOptions { cancel: Some(handle.clone()), ..unlimited(tier) };
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(20));
                handle.cancel();
            });
            forever.run((), &options).unwrap().outcome
        });
        assert_eq!(outcome.result.unwrap_err().kind, TrapKind::Cancelled);
        assert!(outcome.fuel > 0, "it ran before it was stopped");
        // The handle stays pulled, other runs do not care.
        let again = forever.run((), &options).unwrap().outcome;
        assert_eq!(again.result.unwrap_err().kind, TrapKind::Cancelled);
        let count = program.get::<(i64,), i64>("count").unwrap();
        assert_eq!(count.run((3,), &on(tier)).unwrap().outcome.result, Ok(Value::Int(3)));
    }
}

#[test]
fn one_handle_cancels_several_runs() {
    let engine = Engine::new();
    let program = load(&engine, SOURCE);
    let hash = program.get::<(), i64>("forever").unwrap().hash();
    let handle = CancelHandle::new();
    let kinds: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = TIERS
            .map(|tier| {
                let options = RunOptions { cancel: Some(handle.clone()), ..unlimited(tier) };
                let program = &program;
                scope.spawn(move || {
                    let outcome = program.sandbox().run(hash, &[], &options).unwrap().outcome;
                    outcome.result.unwrap_err().kind
                })
            })
            .into_iter()
            .collect();
        std::thread::sleep(Duration::from_millis(5));
        handle.cancel();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(kinds, [TrapKind::Cancelled; 2]);
}

#[test]
fn a_deadline_stops_a_run_and_host_calls_count() {
    let mut engine = Engine::new();
    engine.register("clock::sleep", "clock", |ms: i64| std::thread::sleep(Duration::from_millis(ms as u64)));
    let sleeper = "#[uses(clock)]\nfn sleeper() { loop { clock::sleep(15); } }\n";
    let program = load(&engine, &format!("{SOURCE}{sleeper}"));
    for tier in TIERS {
        let deadline = Some(Duration::from_millis(30));
        let options = RunOptions { deadline, grants: Grants::only(["clock"]), ..unlimited(tier) };
        for name in ["forever", "sleeper"] {
            let started = Instant::now();
            let trap = match name {
                "forever" => program.get::<(), i64>(name).unwrap().run((), &options),
                _ => program.get::<(), ()>(name).unwrap().run((), &options),
            };
            let kind = trap.unwrap().outcome.result.unwrap_err().kind;
            assert_eq!(kind, TrapKind::DeadlineExceeded, "{name}");
            let took = started.elapsed();
            assert!(took >= Duration::from_millis(30) && took < Duration::from_secs(10), "{took:?}");
        }
    }
    // One that has passed already.
    let options = RunOptions { deadline: Some(Duration::ZERO), ..unlimited(nda_engine::Tier::Closure) };
    let outcome = program.get::<(), i64>("forever").unwrap().run((), &options).unwrap().outcome;
    assert_eq!(outcome.result.unwrap_err().kind, TrapKind::DeadlineExceeded);
}

#[test]
fn runs_beside_each_other_have_limits_of_their_own() {
    let engine = Engine::new();
    let program = load(&engine, SOURCE);
    let grow = program.get::<(i64,), i64>("grow").unwrap().hash();
    std::thread::scope(|scope| {
        for index in 0..8_u64 {
            let program = &program;
            scope.spawn(move || {
                let fits = index % 2 == 0;
                let mut options = on(TIERS[index as usize % 4 / 2]);
                // The list doubles to 4,096 booleans of a byte each.
                options.limits.memory_bytes = if fits { 4_128 } else { 4_127 };
                for _ in 0..20 {
                    let outcome =
                        program.sandbox().run(grow, &[Value::Int(4_096)], &options).unwrap().outcome;
                    match outcome.result {
                        Ok(value) => assert!(fits && value == Value::Int(4_096)),
                        Err(trap) => assert!(!fits && trap.kind == TrapKind::OutOfMemory, "{trap}"),
                    }
                }
            });
        }
    });
    assert!(engine.cached_functions() >= 1);
}
