//! `nda eval`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::sources::complain_of;
use nda_report::diagnostics;
use nda_report::sources::{Input, Sources};
use nda_report::target::Target;
use serde_json::json;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// How to execute
    #[command(flatten)]
    how: super::run::How,
    /// An expression; it may call committed definitions
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
}

/// Checks an expression as the body of a function without parameters, and runs it.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut gate = context.gate(Access::Read)?;
    let (submission, expression) = gate.expression(&options.expression)?;
    let input = Input { origin: "<expression>".to_owned(), text: submission.verdict.source.clone() };
    let found = &submission.verdict.diagnostics;
    let Some(expression) = expression.filter(|_| submission.verdict.is_admitted()) else {
        if context.json {
            let found = diagnostics::all(found, &input);
            context.print_json(&json!({ "outcome": "refused", "diagnostics": found }))?;
        } else {
            complain_of(found, &input, context)?;
        }
        return Ok(Exit::Refused);
    };
    let hash = expression.hash;
    let (sources, submission) = (Sources::one(input), Box::new(submission));
    let target = Target::Submitted { sources, submission, hash, spans: expression.spans };
    super::run::execute(&target, gate.engine(), &[], &options.how, context)
}
