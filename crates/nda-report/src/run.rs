//! Runs: arguments in, how it went out.

use crate::definition;
use crate::literal::{self, LiteralError};
use crate::target::Target;
use crate::trap;
use nda_engine::{Mark, Run};
use nda_graph::{Definition, DefinitionRef, Hash, Kind, Signature, Value};
use serde_json::json;

/// Why arguments do not fit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// It is generic: what runs is one of its instances.
    #[error("`{0}` is generic: a call in an expression says for which types it is meant")]
    Generic(String),
    /// Too many, or too few.
    #[error("`{target}` takes {} argument(s), {signature}, and {given} stand here", .signature.params.len())]
    Count {
        /// What was to run.
        target: String,
        /// What it takes.
        signature: Box<Signature>,
        /// How many there are.
        given: usize,
    },
    /// One is no literal of its type.
    #[error(transparent)]
    Literal(#[from] LiteralError),
}

/// Reads NDA literals, one for each parameter.
///
/// # Errors
/// If there are too many or too few, or one does not fit.
pub fn arguments(target: &str, view: DefinitionRef<'_>, given: &[&str]) -> Result<Vec<Value>, ArgumentError> {
    let signature = view.signature().to_owned();
    if definition::is_generic(signature.types.view()) {
        return Err(ArgumentError::Generic(target.to_owned()));
    }
    if signature.params.len() != given.len() {
        let (target, signature) = (target.to_owned(), Box::new(signature));
        return Err(ArgumentError::Count { target, signature, given: given.len() });
    }
    let pairs = given.iter().zip(&signature.params);
    Ok(pairs.map(|(text, &ty)| literal::read(text, signature.types.view(), ty)).collect::<Result<_, _>>()?)
}

/// The value of a constant; `None` for what runs.
#[must_use]
pub fn constant(definition: &Definition) -> Option<Value> {
    Value::of_constant(definition.view()).filter(|_| definition.view().kind() == Kind::Constant)
}

/// A constant's value, for machines.
#[must_use]
pub fn constant_json(value: &Value, definition: &Definition) -> serde_json::Value {
    let signature = definition.view().signature();
    let ty = signature.types().show(signature.ret()).to_string();
    json!({ "outcome": "value", "type": ty, "value": value.to_string() })
}

/// How a run went, for machines.
#[must_use]
pub fn json(run: &Run, target: &Target, branch: &str) -> serde_json::Value {
    let outcome = &run.outcome;
    let place = |definition: Hash, node: u32| target.place(definition, node, branch);
    let (parse_us, check_us) = match target {
        Target::Submitted { submission, .. } => {
            (submission.verdict.cost.parse_us, submission.verdict.cost.check_us)
        }
        Target::Stored { .. } => (0.0, 0.0),
    };
    let ret = target.definition(branch).map(|definition| {
        let signature = definition.view().signature();
        signature.types().show(signature.ret()).to_string()
    });
    let lines: Vec<&str> = outcome.output.lines().collect();
    json!({
        "outcome": if outcome.result.is_ok() { "value" } else { "trap" },
        "type": ret,
        "value": outcome.result.as_ref().ok().map(ToString::to_string),
        "trap": outcome.result.as_ref().err().map(|trap| trap::json(trap, &place)),
        "output": lines,
        "fuel": outcome.fuel,
        "peak_bytes": outcome.peak_bytes,
        "depth": outcome.depth,
        "tier": run.tier.name(),
        "stayed": run.stayed,
        "moves": run.moves,
        "asked": run.asked.map(mark),
        "moved": run.moved.map(mark),
        "seed": run.seed,
        "times_us": {
            "parse": parse_us, "check": check_us, "compile": run.compile_us, "run": run.run_us,
        },
    })
}

fn mark(mark: Mark) -> serde_json::Value {
    json!({ "fuel": mark.fuel, "us": mark.us })
}
