//! Trying examples.

use crate::outcomes::{Outcomes, Tried};
use crate::verdict::{Cost, JudgedExample, Side};
use nda_check::CheckedExample;
use nda_diagnostics::{Code, Diagnostic};
use nda_engine::{NdaJitSandbox, RunOptions};
use nda_graph::{Outcome, Value};
use nda_sitemap::Snapshot;

/// Tries one example. What is wrong with it goes to `diagnostics`.
pub(crate) fn try_one(
    example: CheckedExample,
    sandbox: &mut NdaJitSandbox<'_>,
    outcomes: &mut Outcomes,
    store: Option<&Snapshot>,
    options: &RunOptions,
    cost: &mut Cost,
    diagnostics: &mut Vec<Diagnostic>,
) -> JudgedExample {
    let known = outcomes.recall(example.hash, &options.limits, store);
    let remembered = known.is_some();
    let tried = match known {
        Some(tried) => {
            cost.examples_remembered += 1;
            tried
        }
        None => {
            let show = example.sides.map(|(a, b, ty)| [(a, ty), (b, ty)]);
            let show = show.as_ref().map_or(&[][..], |show| show);
            match sandbox.run_showing(example.hash, &[], options, show) {
                Ok(mut run) => {
                    cost.compile_us += run.compile_us;
                    cost.run_us += run.run_us;
                    cost.nodes_compiled += run.nodes_compiled;
                    cost.fuel += run.outcome.fuel;
                    cost.peak_bytes = cost.peak_bytes.max(run.outcome.peak_bytes);
                    let mut shown = run.shown.drain(..).map(Side::Value);
                    let sides = shown.next().zip(shown.next());
                    drop(shown);
                    let tried = Tried { outcome: run.outcome, sides };
                    outcomes.remember(example.hash, &tried);
                    tried
                }
                Err(refused) => {
                    let message = format!("this example cannot be tried: {refused}");
                    diagnostics.push(Diagnostic::new(Code::ExampleEffect, example.span, message));
                    let outcome = Outcome {
                        result: Ok(Value::Bool(false)),
                        output: String::new(),
                        fuel: 0,
                        peak_bytes: 0,
                        depth: 0,
                    };
                    return judged(example, Tried { outcome, sides: None }, false);
                }
            }
        }
    };
    report(&example, &tried, diagnostics);
    judged(example, tried, remembered)
}

fn judged(example: CheckedExample, tried: Tried, remembered: bool) -> JudgedExample {
    JudgedExample {
        span: example.span,
        hash: example.hash,
        definition: example.definition,
        passed: tried.outcome.result == Ok(Value::Bool(true)),
        remembered,
        sides: tried.sides,
        outcome: tried.outcome,
    }
}

fn report(example: &CheckedExample, tried: &Tried, diagnostics: &mut Vec<Diagnostic>) {
    match &tried.outcome.result {
        Ok(Value::Bool(true)) => {}
        Ok(_) => {
            let mut diagnostic =
                Diagnostic::new(Code::ExampleFalse, example.span, "this example does not hold");
            if let Some((left, right)) = &tried.sides {
                diagnostic = diagnostic
                    .label(format!("the left side is {left}, the right side is {right}"))
                    .note(format!("left: {left}"))
                    .note(format!("right: {right}"));
            }
            diagnostics.push(diagnostic);
        }
        Err(trap) => {
            let message = format!("this example traps: {trap}");
            let at = trap
                .frames
                .iter()
                .find(|frame| frame.definition == example.hash)
                .and_then(|frame| example.spans.get(frame.node as usize));
            let mut diagnostic = Diagnostic::new(Code::ExampleTraps, example.span, message);
            if let Some(&at) = at {
                diagnostic = diagnostic.also(at, "while this was evaluated");
            }
            diagnostics.push(diagnostic.label(format!("{}", trap.kind)));
        }
    }
}
