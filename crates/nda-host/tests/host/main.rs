//! Host functions as programs meet them: granted or not, within their scope and beyond it.
#![allow(clippy::unwrap_used, reason = "a panic here is the test failing")]

mod files;
#[cfg(feature = "http")]
mod http;
mod page;

use nda_engine::{Engine, Library as _, NdaJitSandbox, Refused, Run, RunOptions, Tier, TrapKind, Value};
use nda_gate::{Gate, Submission};
use nda_host::{GrantError, Granted};

/// Tiers that a run can be asked to use.
const TIERS: [Tier; 3] = [Tier::Eval, Tier::Closure, Tier::Native];

const SOURCE: &str = "
#[uses(random)]
fn bits() -> [i64] { let mut xs = [0; 0]; for _ in 0..8 { xs.push(random::bits()); } xs }
#[uses(random)]
fn below(n: i64) -> [i64] { let mut xs = [0; 0]; for _ in 0..1_000 { xs.push(random::below(n)); } xs }
#[uses(random)]
fn floats() -> [f64] { let mut xs = [0.0; 0]; for _ in 0..1_000 { xs.push(random::float()); } xs }
#[uses(env)]
fn variable(name: str) -> str { match env::get(name) { Some(value) => value, None => \"none\" } }
#[uses(clock)]
fn now() -> i64 { clock::now() }
#[uses(fs)]
fn read(path: str) -> str { match fs::read(path) { Ok(text) => text, Err(why) => \"error: \" + why } }
#[uses(fs)]
fn list(path: str) -> [str] { match fs::list(path) { Ok(names) => names, Err(why) => [\"error: \" + why] } }
#[uses(http)]
fn fetch(url: str) -> str { match http::get(url) { Ok(text) => text, Err(why) => \"error: \" + why } }
";

/// A program, the engine that runs it, and what its runs are given.
struct Program {
    engine: Engine,
    submission: Submission,
    options: RunOptions,
}

/// A program whose runs are granted this, by default and by its host functions.
fn program(grants: &[&str]) -> Program {
    load(SOURCE, grants)
}

fn load(source: &str, grants: &[&str]) -> Program {
    let granted = Granted::read(grants).unwrap();
    let mut engine = Engine::new();
    granted.install(&mut engine);
    let options = RunOptions { grants: granted.grants(), ..RunOptions::default() };
    with(engine, source, options)
}

fn with(engine: Engine, source: &str, options: RunOptions) -> Program {
    let submission = Gate::new(engine.clone()).examine(source).unwrap();
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);
    Program { engine, submission, options }
}

fn run(program: &Program, name: &str, args: &[Value], options: &RunOptions) -> Result<Run, Refused> {
    let hash = program.submission.resolve(name).unwrap();
    NdaJitSandbox::new(&program.engine, &program.submission).run(hash, args, options)
}

/// What a function of one text gives: the text, or the kind and the words of the trap.
fn ask(program: &Program, name: &str, text: &str, tier: Tier) -> Result<Value, (TrapKind, String)> {
    let options = RunOptions { tier, ..program.options.clone() };
    let ran = run(program, name, &[Value::Str(text.to_owned())], &options).unwrap();
    ran.outcome.result.map_err(|trap| (trap.kind, trap.message))
}

fn said(text: &str) -> Result<Value, (TrapKind, String)> {
    Ok(Value::Str(text.to_owned()))
}

/// Asserts that a call ends the run with a `HostError` of these words.
#[track_caller]
fn refused(program: &Program, name: &str, text: &str, words: &str) {
    for tier in TIERS {
        match ask(program, name, text, tier) {
            Err((TrapKind::HostError, message)) if message.contains(words) => {}
            other => panic!("{text} on {}: {other:?}", tier.name()),
        }
    }
}

#[test]
fn nothing_is_reached_that_was_not_granted() {
    let program = program(&[]);
    let text = [Value::Str("HOME".to_owned())];
    for (name, args) in [
        ("bits", &[][..]),
        ("variable", &text),
        ("now", &[]),
        ("read", &text),
        ("list", &text),
        ("fetch", &text),
    ] {
        let refused = run(&program, name, args, &program.options);
        assert!(matches!(refused, Err(Refused::NotGranted(_))), "{name}: {refused:?}");
    }
}

#[test]
fn a_seed_gives_the_same_numbers_again_on_every_tier() {
    let program = program(&["random"]);
    let with = |seed, tier| {
        let options = RunOptions { seed, tier, ..program.options.clone() };
        let ran = run(&program, "bits", &[], &options).unwrap();
        assert_eq!(ran.seed, seed);
        ran.outcome.result.unwrap()
    };
    let first = with(7, Tier::Eval);
    for tier in TIERS {
        assert_eq!(with(7, tier), first);
        assert_ne!(with(8, tier), first);
        assert_ne!(with(7 << 32, tier), first);
    }
    // The state of one run is not the state of the next.
    assert_eq!(with(7, Tier::Closure), first);
    // ChaCha8 under a key of zeros, as published: 3e 00 ef 2f 89 5f 40 d6 …
    let zero = with(0, Tier::Closure);
    assert_eq!(zero.items()[0], Value::Int(0xd640_5f89_2fef_003e_u64 as i64));
}

#[test]
fn numbers_lie_where_they_should() {
    let program = program(&["random"]);
    let numbers = |name: &str, args: &[Value]| {
        let ran = run(&program, name, args, &program.options).unwrap();
        ran.outcome.result
    };
    for bound in [1, 2, 10, i64::MAX] {
        let drawn = numbers("below", &[Value::Int(bound)]).unwrap();
        let drawn: Vec<i64> =
            drawn.items().iter().map(|item| if let Value::Int(n) = item { *n } else { panic!() }).collect();
        assert!(drawn.iter().all(|n| (0..bound).contains(n)), "{bound}");
        let low = drawn.iter().filter(|&&n| n < bound / 2).count();
        assert!(bound == 1 || (350..650).contains(&low), "{bound}: {low} of 1,000 in the lower half");
    }
    for bound in [0, -1, i64::MIN] {
        let trap = numbers("below", &[Value::Int(bound)]).unwrap_err();
        assert!(trap.kind == TrapKind::HostError && trap.message.contains("positive"), "{}", trap.message);
    }
    let drawn = numbers("floats", &[]).unwrap();
    let drawn: Vec<f64> =
        drawn.items().iter().map(|item| if let Value::Float(x) = item { *x } else { panic!() }).collect();
    assert!(drawn.iter().all(|x| (0.0..1.0).contains(x)));
    let low = drawn.iter().filter(|&&x| x < 0.5).count();
    assert!((350..650).contains(&low), "{low} of 1,000 in the lower half");
}

#[test]
fn variables_are_those_on_the_list() {
    // What cargo gives every test.
    let program = program(&["env=CARGO_PKG_NAME,NDA_NO_SUCH_VARIABLE"]);
    for tier in TIERS {
        assert_eq!(ask(&program, "variable", "CARGO_PKG_NAME", tier), said("nda-host"));
        assert_eq!(ask(&program, "variable", "NDA_NO_SUCH_VARIABLE", tier), said("none"));
    }
    refused(&program, "variable", "PATH", "`PATH` is not granted; granted: `CARGO_PKG_NAME`");
    refused(&program, "variable", "", "`` is not granted");
}

#[test]
fn the_clock_goes() {
    let program = program(&["clock"]);
    let Ok(Value::Int(now)) = run(&program, "now", &[], &program.options).unwrap().outcome.result else {
        panic!()
    };
    // After this was written, in milliseconds.
    assert!(now > 1_700_000_000_000, "{now}");
}

#[test]
fn a_grant_says_how_far_it_reaches() {
    let error = |grant: &str| Granted::read([grant]).unwrap_err();
    for bare in ["env", "fs", "http", "env=", "fs=", "http="] {
        assert!(matches!(error(bare), GrantError::NoScope(_)), "{bare}");
    }
    for needless in ["clock=1", "random=7", "net=example.org"] {
        assert!(matches!(error(needless), GrantError::NeedlessScope(_)), "{needless}");
    }
    for word in ["", "=", "a b", "-x", "fs:data"] {
        assert!(matches!(error(word), GrantError::NoCapability(_)), "{word}");
    }
    for scope in ["env=A,,B", "env=A=B", "fs=no/such/folder", "fs=.", "fs=/"] {
        assert!(matches!(error(scope), GrantError::Scope { .. }), "{scope}");
    }
    // What another host offers is granted by its name alone.
    let granted = Granted::read(["clock", "net", "env=B,A", "env=C"]).unwrap();
    assert_eq!(granted.names().collect::<Vec<_>>(), ["clock", "env", "net"]);
    assert!(granted.grants().holds("net") && !granted.grants().holds("fs"));
}

#[test]
fn what_is_installed_again_reaches_as_far_as_it_says_then() {
    let mut engine = Engine::new();
    Granted::read(["env=CARGO_PKG_NAME"]).unwrap().install(&mut engine);
    let before = engine.clone();
    let less = Granted::read(["env=PATH"]).unwrap();
    less.install(&mut engine);
    for (engine, is_allowed) in [(before, true), (engine, false)] {
        let options = RunOptions { grants: less.grants(), ..RunOptions::default() };
        let program = with(engine, SOURCE, options);
        assert_eq!(ask(&program, "variable", "CARGO_PKG_NAME", Tier::Closure).is_ok(), is_allowed);
    }
}
