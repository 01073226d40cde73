//! Calls that tier 1 replaces by what they call: cut at every unit of fuel, at every depth, at every byte of memory.
//!
//! That these calls are in fact replaced is tested where it is decided, in `nda-jit`.

use nda_engine::{Engine, Library, NdaJitSandbox, RunOptions, Tier};
use nda_graph::{Limits, Outcome, TrapKind, Value};
use nda_testkit::oracle::{LIMITS, compare_under};
use nda_testkit::program::Compiled;

/// Both tiers agree on `main` under every limit below what it uses; what the evaluator says of it.
fn agrees_everywhere(source: &str) -> Outcome {
    let same = |limits: Limits| match compare_under(source, 7, &limits) {
        Ok(agreement) => agreement.main.expect("the program has a `main`"),
        Err(difference) => panic!("{difference}\n{source}"),
    };
    let whole = same(LIMITS);
    (0..=whole.fuel).for_each(|fuel| drop(same(Limits { fuel, ..LIMITS })));
    (0..=whole.depth + 1).for_each(|depth| drop(same(Limits { depth, ..LIMITS })));
    let step = (whole.peak_bytes / 64).max(1) as usize;
    (0..=whole.peak_bytes)
        .step_by(step)
        .for_each(|memory_bytes| drop(same(Limits { memory_bytes, ..LIMITS })));
    whole
}

#[test]
fn a_unit_and_a_depth_for_each() {
    let whole = agrees_everywhere(
        "fn twice(n: i64) -> i64 { n * 2 }
         fn more(n: i64) -> i64 { twice(n) + twice(n + 1) }
         fn main() -> i64 {
             let mut sum = 0;
             for i in 0..5 { sum += more(i); }
             sum
         }",
    );
    // The entry, five rounds, and three calls in each.
    assert_eq!((whole.fuel, whole.depth), (1 + 5 + 15, 3));
}

#[test]
fn the_depth_of_what_is_not_called_any_more() {
    // The deepest call is an inlined one, at the end of a recursion.
    let whole = agrees_everywhere(
        "fn half(n: i64) -> i64 { n / 2 }
         fn quarter(n: i64) -> i64 { half(half(n)) }
         fn down(n: i64) -> i64 { if n < 1 { quarter(100) } else { down(n - 1) + half(n) } }
         fn main() -> i64 { down(6) + quarter(8) }",
    );
    assert_eq!(whole.depth, 1 + 7 + 2);
    // The 1,025th call that nests is one too many, inlined or not.
    let deep = |rounds: u32| {
        format!(
            "fn id(n: i64) -> i64 {{ n }}
             fn down(n: i64) -> i64 {{ if n == 0 {{ id(7) }} else {{ down(n - 1) }} }}
             fn main() -> i64 {{ down({rounds}) }}"
        )
    };
    let limits = Limits { fuel: 10_000, ..Limits::default() };
    for (rounds, frames) in [(1_020, None), (1_021, None), (1_022, Some(1_024)), (1_023, Some(1_024))] {
        let source = deep(rounds);
        let whole = compare_under(&source, 3, &limits).unwrap().main.unwrap();
        assert_eq!(whole.depth, (rounds + 3).min(1_024));
        let trap = whole.result.err().map(|trap| (trap.kind, trap.frames.len()));
        assert_eq!(trap, frames.map(|frames| (TrapKind::CallTooDeep, frames)), "{rounds}");
    }
}

/// What calls reached lies behind what the caller knows of it, in steps that are larger and smaller than that.
#[test]
fn depths_that_earlier_calls_reached() {
    let whole = agrees_everywhere(
        "fn half(n: i64) -> i64 { n / 2 }
         fn down(n: i64) -> i64 { if n < 1 { half(9) } else { down(n - 1) + 1 } }
         fn turns(n: i64) -> i64 { down(n % 3) + half(n) + down(n) + half(half(n)) + down(n / 2) }
         fn main() -> i64 {
             let mut sum = 0;
             for i in 0..4 { sum += turns(i) + half(i); }
             sum
         }",
    );
    assert_eq!(whole.depth, 1 + 1 + 4 + 1);
}

/// Calls that end before they do anything: one way, the other, by a `return`, with nothing, in turns, and with a trap where that is
/// decided or where the result is computed.
#[test]
fn ways_out_of_recursions() {
    let whole = agrees_everywhere(
        "fn fib(n: i64) -> i64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }
         fn other(n: i64) -> i64 { if n > 1 && n != 4 { other(n - 1) * 2 } else { n ^ 5 } }
         fn early(n: i64, scale: f64) -> f64 {
             if n % 3 == 0 || n < 0 { return scale * 0.5; }
             let rest = early(n - 1, scale + 1.0);
             rest + 2.0
         }
         fn silent(n: i64) { if n == 0 { } else { silent(n - 1); silent(n - 1) } }
         fn even(n: i64) -> bool { if n == 0 { true } else { odd(n - 1) } }
         fn odd(n: i64) -> bool { if n == 0 { false } else { even(n - 1) } }
         fn main() -> i64 {
             let mut sum = fib(4) + other(6);
             for i in 0..3 { if early(i + 2, 1.5) > 3.0 { sum += i; } }
             silent(2);
             if even(5) || odd(4) { 0 } else { sum }
         }",
    );
    assert_eq!(whole.result, Ok(Value::Int(3 + 4 + 2)));
    for (body, kind) in [
        ("if 12 / (n - 3) > 1_000 { 1 } else { f(n - 1) + 1 }", TrapKind::DivisionByZero),
        (
            "if n < 4 { 9_223_372_036_854_775_806 + n } else { f(n - 1) + f(n - 2) }",
            TrapKind::IntegerOverflow,
        ),
        (
            "if n - 9_223_372_036_854_775_807 > -9_223_372_036_854_775_803 { f(n - 3) } else { f(n - 1) }",
            TrapKind::IntegerOverflow,
        ),
    ] {
        let whole =
            agrees_everywhere(&format!("fn f(n: i64) -> i64 {{ {body} }} fn main() -> i64 {{ f(7) }}"));
        let trap = whole.result.unwrap_err();
        assert_eq!(trap.kind, kind, "{body}");
        assert!(trap.frames.len() > 2, "{body}: {:?}", trap.frames);
    }
}

#[test]
fn a_trap_names_every_function_on_its_way() {
    let source = "
        fn divide(a: i64, b: i64) -> i64 { a / b }
        fn ratio(a: i64) -> i64 { 1 + divide(100, a - 3) }
        fn main() -> i64 {
            let mut sum = 0;
            for i in 0..9 { sum += ratio(i) * 2; }
            sum
        }";
    let whole = agrees_everywhere(source);
    let program = Compiled::new(source).unwrap();
    let trap = whole.result.unwrap_err();
    assert_eq!(trap.kind, TrapKind::DivisionByZero);
    let definitions: Vec<_> = trap.frames.iter().map(|frame| frame.definition).collect();
    assert_eq!(definitions, ["divide", "ratio", "main"].map(|name| program.hash(name).unwrap()));
}

#[test]
fn arguments_come_before_the_unit() {
    for main in [
        "let mut n = 5; for i in 0..4 { n = add(n, { n = n - 2; 10 / n }); print(n); } n",
        "let mut n = 5; for i in 0..4 { n = add({ n = n - 2; 10 / n }, n); print(n); } n",
        "let mut n = 5; for i in 0..4 { n = add(n, n) - add(n, { n = i; n }) + n; print(n); } n",
        "let mut n = 9; for i in 0..4 { n = n - add(i, 1) % { n = n + 2; n }; print(n); } n",
        "let mut n = 1; while add(n, n) < 40 { n = add(n, 1 / (n - 12) + 3); } n",
        "let mut n = 1; loop { n = add(n, if n > 20 { break; } else { n }); } n",
    ] {
        agrees_everywhere(&format!(
            "fn add(a: i64, b: i64) -> i64 {{ a + b }} fn main() -> i64 {{ {main} }}"
        ));
    }
}

#[test]
fn parameters_that_change_and_constants() {
    agrees_everywhere(
        "const LAST: i64 = 3;
         const NAMES: [str] = [\"a\", \"b\", \"c\", \"d\"];
         fn clipped(mut n: i64, most: i64) -> i64 { if n > most { n = most; } n += 1; n - 1 }
         fn name(n: i64) -> str { NAMES[clipped(n, LAST)] }
         fn main() -> str {
             let mut all = \"\";
             for i in 0..6 { all += name(i) + \"-\"; let i = clipped(9, 4); print(i); }
             all
         }",
    );
}

#[test]
fn conditions() {
    agrees_everywhere(
        "fn inside(n: i64, most: i64) -> bool { n >= 0 && n < most }
         fn odd(n: i64) -> bool { let low = n % 2; low == 1 }
         fn main() -> i64 {
             let mut count = 0;
             let mut n = 10;
             while inside(n, 20) && !odd(count) {
                 if odd(n) || inside(n, 3) { n -= 3; } else { n += 1; }
                 if inside(n, 8) { count += 1; }
                 count += 2;
             }
             if inside(count, 100) { n } else { 0 - n }
         }",
    );
}

#[test]
fn early_returns_and_loops() {
    agrees_everywhere(
        "fn sign(n: i64) -> i64 { if n < 0 { return -1; } if n == 0 { return 0; } 1 }
         fn first(xs: [i64], wanted: i64) -> i64 {
             for i in 0..xs.len() { if xs[i] == wanted { return i; } }
             -1
         }
         fn shown(n: i64) { if n < 1 { return; } print(n); }
         fn never(n: i64) -> i64 { return n + 1; }
         fn main() -> i64 {
             let xs = [4, 0, -4, 9];
             let mut sum = 0;
             for x in xs {
                 sum = sum * 10 + sign(x) + first(xs, 0 - x);
                 shown(x);
                 sum += never(sum) - { sum += 1; sign(sum) };
             }
             sum
         }",
    );
}

#[test]
fn objects_are_given_and_taken() {
    agrees_everywhere(
        "fn joined(a: str, b: str) -> str { if a.len() > 6 { return b; } a + b }
         fn longer(mut xs: [str], x: str) -> [str] { xs.push(x); xs }
         fn size(xs: [str]) -> i64 { xs.len() }
         fn drop_all(xs: [str], s: str) {}
         fn main() -> [str] {
             let mut xs = [\"x\"];
             let mut s = \"-\";
             for i in 0..6 {
                 let old = xs;
                 xs = longer(xs, joined(s, \"ab\" + \"c\"));
                 s = joined(joined(s, \"d\"), if i > 4 { break; } else { s });
                 drop_all(old, s + \"!\");
                 print(size(old) + size(longer(xs, s)));
             }
             xs
         }",
    );
}

#[test]
fn a_return_gives_up_what_waits_in_its_body_only() {
    // The loop in `find` owns its list when it is left; the text to the left of `short`'s call waits in `main`.
    agrees_everywhere(
        "fn find(xs: [str], wanted: str) -> i64 {
             let mut at = 0;
             for x in xs { if x == wanted { return at; } at += 1; }
             -1
         }
         fn short(s: str) -> str { if s.len() > 3 { return s + \"long\"; } s }
         fn both(a: str, b: str) -> str { a + b }
         fn main() -> i64 {
             let mut sum = 0;
             for i in 0..6 {
                 let text = both(i.to_string() + \"ab\", short(i.to_string() + \"cd\" + sum.to_string()));
                 print(text);
                 sum = sum * 3 + find([text + \"!\", text, \"b\" + text], if i % 2 == 0 { text } else { \"\" });
             }
             sum
         }",
    );
}

#[test]
fn a_trap_in_the_middle_of_an_inlined_body() {
    let whole = agrees_everywhere(
        "fn checked(xs: [i64], at: i64) -> i64 { assert(at != 4, \"four\"); print(at); xs[at] }
         fn main() -> i64 {
             let xs = [1, 2, 3, 4, 5];
             let mut sum = 0;
             for i in 0..9 { sum += checked(xs, i) * 2; }
             sum
         }",
    );
    assert_eq!(whole.result.unwrap_err().message, "four");
}

const CALLER_AND_CALLEE: &str = "
    const LIMIT: i64 = 40;
    fn third(n: i64) -> i64 { LIMIT / (n - 3) }
    fn unreached(n: i64) -> i64 { n }
    fn main() -> i64 { let mut sum = 0; for i in 0..9 { sum += third(i); } sum }";

#[test]
fn a_callee_that_was_compiled_before_is_inlined_too() {
    let program = Compiled::new(CALLER_AND_CALLEE).unwrap();
    let engine = Engine::new();
    let mut sandbox = NdaJitSandbox::new(&engine, &program);
    let mut run = |name: &str, args: &[Value], tier| {
        let options = RunOptions { tier, ..RunOptions::default() };
        sandbox.run(program.hash(name).unwrap(), args, &options).unwrap().outcome
    };
    let alone = run("third", &[Value::Int(5)], Tier::Closure);
    assert_eq!((alone.result, engine.cached_functions()), (Ok(Value::Int(20)), 1));
    let (eval, closure) = (run("main", &[], Tier::Eval), run("main", &[], Tier::Closure));
    assert_eq!(eval, closure);
    assert_eq!(closure.result.unwrap_err().frames.len(), 2);
    // Its unit now holds the body of `third`: it is larger than what only calls it.
    let (size, _) = engine.code_size(&program, program.hash("main").unwrap()).unwrap();
    let calls = CALLER_AND_CALLEE
        .replace("third(i)", "far(i)")
        .replace("fn third", "fn far")
        .replace("LIMIT / (n - 3)", "if n > 99 { far(n - 1) } else { LIMIT / (n - 3) }");
    let program = Compiled::new(&calls).unwrap();
    let engine = Engine::new();
    engine.code_size(&program, program.hash("far").unwrap()).unwrap();
    let (called, _) = engine.code_size(&program, program.hash("main").unwrap()).unwrap();
    assert!(size > called, "{size} bytes with the body, {called} with a call");
}

#[test]
fn what_the_entry_cannot_reach_is_not_compiled() {
    let program = Compiled::new(CALLER_AND_CALLEE).unwrap();
    let engine = Engine::new();
    let (_, nodes) = engine.code_size(&program, program.hash("main").unwrap()).unwrap();
    assert_eq!(engine.cached_functions(), 2);
    let records =
        |name| Library::definition(&program, program.hash(name).unwrap()).unwrap().view().node_count();
    assert_eq!(nodes, records("main") + records("third"));
}
