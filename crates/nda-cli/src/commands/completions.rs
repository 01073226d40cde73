//! `nda completions`.

use crate::args::Cli;
use crate::context::{Context, Exit};
use crate::failure::Failure;
use clap::CommandFactory as _;
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// For which shell
    shell: clap_complete::Shell,
}

/// Prints a completion script.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "nda", &mut script);
    context.out.write_all(&script)?;
    Ok(Exit::Ok)
}
