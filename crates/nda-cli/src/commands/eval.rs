//! `nda eval`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::input::Input;
use crate::report::diagnostics;
use crate::sources::Sources;
use crate::target::Target;
use nda_engine::Library as _;
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
            diagnostics::complain(found, &input, context)?;
        }
        return Ok(Exit::Refused);
    };
    let hash = expression.hash;
    let ret = submission.definition(hash).map_or(nda_graph::Ty::UNIT, |it| it.view().signature().ret());
    let (sources, submission) = (Sources::one(input), Box::new(submission));
    let target = Target::File { sources, submission, hash, spans: expression.spans };
    super::run::execute(&target, gate.engine(), hash, &[], ret, &options.how, context)
}
