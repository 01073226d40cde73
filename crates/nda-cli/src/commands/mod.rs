//! The commands, one file each: its options, its work, what it shows.

pub mod bench;
pub mod check;
pub mod commit;
pub mod completions;
pub mod deps;
pub mod diff;
pub mod effects;
pub mod eval;
pub mod explain;
pub mod fmt;
pub mod grammar;
pub mod init;
pub mod key;
pub mod log;
pub mod ls;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod policy;
pub mod query;
pub mod regate;
pub mod rename;
pub mod run;
pub mod show;
pub mod stats;
pub mod verify;
pub mod weights;

use crate::args::Command;
use crate::context::{Context, Exit};
use crate::failure::Failure;
use crate::sources::complain;
use nda_gate::Verdict;
use nda_report::sources::Sources;
use nda_report::style::Style;
use nda_report::verdict;
use std::io::Write as _;

/// Does what the command line asks for.
pub fn dispatch(command: Command, context: &mut Context) -> Result<Exit, Failure> {
    match command {
        Command::Init(options) => init::run(&options, context),
        Command::Check(options) => check::run(&options, context),
        Command::Run(options) => run::run(&options, context),
        Command::Eval(options) => eval::run(&options, context),
        Command::Commit(options) => commit::run(&options, context),
        Command::Show(options) => show::run(&options, context),
        Command::Ls(options) => ls::run(&options, context),
        Command::Log(options) => log::run(&options, context),
        Command::Diff(options) => diff::run(&options, context),
        Command::Effects(options) => effects::run(&options, context),
        #[cfg(feature = "mcp")]
        Command::Mcp(options) => mcp::run(options, context),
        Command::Policy(options) => policy::run(&options, context),
        Command::Query(options) => query::run(&options, context),
        Command::Deps(options) => deps::run(&options, deps::Direction::Down, context),
        Command::Dependents(options) => deps::run(&options, deps::Direction::Up, context),
        Command::Regate(options) => regate::run(&options, context),
        Command::Key(options) => key::run(&options, context),
        Command::Rename(options) => rename::run(&options, context),
        Command::Verify(options) => verify::run(&options, context),
        Command::Fmt(options) => fmt::run(&options, context),
        Command::Grammar(options) => grammar::run(&options, context),
        Command::Explain(options) => explain::run(&options, context),
        Command::Completions(options) => completions::run(&options, context),
        Command::Stats => stats::run(context),
        Command::Weights(options) => weights::run(&options, context),
        Command::Bench(options) => bench::run(&options, context),
    }
}

/// Shows a verdict to people: itself on standard output, what was found on standard error.
fn show(judged: &Verdict, sources: &Sources, context: &mut Context) -> Result<(), Failure> {
    let text = verdict::text(judged, sources, Style(context.color_out()));
    write!(context.out, "{text}")?;
    complain(&judged.diagnostics, &sources.judged(judged), context)
}
