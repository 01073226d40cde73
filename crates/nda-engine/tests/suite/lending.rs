//! Vectors that are lent to runs, and results that are read where they lie.

use crate::on;
use nda_engine::{CallError, Engine, Library as _, NdaJitSandbox, Refused, Tier, TrapKind, Value};
use nda_gate::{Gate, Submission};

fn submit(source: &str) -> (Engine, Submission) {
    let engine = Engine::new();
    let submission = Gate::new(engine.clone()).examine(source).unwrap();
    assert!(submission.verdict.is_admitted(), "{:?}", submission.verdict.diagnostics);
    (engine, submission)
}

const TIERS: [Tier; 3] = [Tier::Closure, Tier::Native, Tier::Auto];

#[test]
fn results_are_those_of_values() {
    let (engine, submission) = submit(
        "fn mixed(a: vec[4], b: vec[4], c: vec[2]) -> vec[4] {
             let mut sum = relu(a - b) * 0.5 + b;
             sum[1] += c[0];
             sum + c.concat(c)
         }",
    );
    let hash = submission.resolve("mixed").unwrap();
    let vectors: [&[f32]; 3] = [&[1.0, -2.0, 3.0, 0.5], &[0.5, 0.25, -1.0, 8.0], &[10.0, 20.0]];
    let args = vectors.map(|vector| Value::Vector(vector.into()));
    for tier in TIERS {
        let run = NdaJitSandbox::new(&engine, &submission).run(hash, &args, &on(tier)).unwrap();
        let mut mixed = NdaJitSandbox::new(&engine, &submission).lend_to(hash, on(tier)).unwrap();
        for _ in 0..3 {
            let given = mixed.call(&vectors).unwrap();
            assert_eq!(run.outcome.result, Ok(Value::Vector(given.into())), "{}", tier.name());
        }
        assert_eq!(mixed.used().fuel, run.outcome.fuel);
    }
}

/// What is lent is charged for as a constant is: the same run on constants, inside of one more call, says how.
#[test]
fn what_is_lent_is_like_a_constant() {
    for body in ["a", "relu(a)", "{ let mut b = a; b[0] = 1.0; b + a }", "relu(a + b) - a * 2.0", "B"] {
        let source = format!(
            "const A: vec[9] = vec[-2.0; 9];
             const B: vec[9] = vec[5.0; 9];
             fn of(a: vec[9], b: vec[9]) -> vec[9] {{ {body} }}
             fn main() -> vec[9] {{ of(A, B) }}"
        );
        let (engine, submission) = submit(&source);
        let main = submission.resolve("main").unwrap();
        let outcome =
            NdaJitSandbox::new(&engine, &submission).run(main, &[], &on(Tier::Eval)).unwrap().outcome;
        for tier in TIERS {
            let hash = submission.resolve("of").unwrap();
            let mut of = NdaJitSandbox::new(&engine, &submission).lend_to(hash, on(tier)).unwrap();
            let vectors: [&[f32]; 2] = [&[-2.0; 9], &[5.0; 9]];
            let given = Value::Vector(of.call(&vectors).unwrap().into());
            assert_eq!(outcome.result, Ok(given), "{body}");
            assert_eq!(vectors, [&[-2.0; 9], &[5.0; 9]]);
            let used = of.used();
            let expected = (outcome.fuel - 1, outcome.peak_bytes, outcome.depth - 1);
            assert_eq!((used.fuel, used.peak_bytes, used.depth), expected, "{body}");
        }
    }
}

/// Nothing is copied: what was lent comes back as itself.
#[test]
fn a_vector_that_is_given_back_is_the_one_that_was_lent() {
    let (engine, submission) = submit("fn second(a: vec[3], b: vec[3]) -> vec[3] { b }");
    let hash = submission.resolve("second").unwrap();
    for tier in TIERS {
        let mut second = NdaJitSandbox::new(&engine, &submission).lend_to(hash, on(tier)).unwrap();
        let (a, b) = (vec![1.0; 3], vec![2.0; 3]);
        assert_eq!(second.call(&[&a, &b]).unwrap().as_ptr(), b.as_ptr());
    }
}

#[test]
fn what_does_not_fit_is_refused_with_both_numbers() {
    let (engine, submission) = submit(
        "fn of(a: vec[9], b: vec[3]) -> vec[9] { a + b.concat(b).concat(b) }
         fn norm(a: vec[2]) -> vec[2] { softmax(a) }
         fn number(a: vec[9]) -> f64 { a[0] }",
    );
    let lend = |name: &str, tier| {
        NdaJitSandbox::new(&engine, &submission).lend_to(submission.resolve(name).unwrap(), on(tier))
    };
    for tier in TIERS {
        let mut of = lend("of", tier).unwrap();
        let says = |refused: Result<&[f32], CallError>| refused.unwrap_err().to_string();
        let length = says(of.call(&[&[0.0; 9], &[0.0; 4]]));
        assert_eq!(length, "it takes a vector of 3 elements as argument 2, not one of 4");
        assert_eq!(says(of.call(&[&[0.0; 9]])), "it takes 2 vectors, not 1");
        assert_eq!(of.call(&[&[1.0; 9], &[2.0; 3]]).unwrap(), [3.0; 9]);
        let mut norm = lend("norm", tier).unwrap();
        match norm.call(&[&[1.0, f32::NAN]]) {
            Err(CallError::Trap(trap)) => assert_eq!(trap.kind, TrapKind::Panic),
            other => panic!("{other:?}"),
        }
        assert_eq!(norm.call(&[&[1.0, 1.0]]).unwrap(), [0.5, 0.5]);
    }
    assert!(matches!(lend("number", Tier::Auto), Err(Refused::NotOfVectors(_))));
    assert!(matches!(lend("norm", Tier::Eval), Err(Refused::Evaluator)));
}
