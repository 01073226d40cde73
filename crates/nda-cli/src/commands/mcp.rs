//! `nda mcp`.

use crate::context::{Access, Context, Exit, engine};
use crate::failure::Failure;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Who commits, whatever clients say [default: $NDA_AUTHOR, or the user's name]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Grant runs a capability; may stand several times
    #[arg(long, value_name = "CAP")]
    grant: Vec<String>,
    /// Offer no tool that writes
    #[arg(long)]
    read_only: bool,
}

/// Serves until the client goes away.
pub fn run(options: Options, context: &mut Context) -> Result<Exit, Failure> {
    let access = if options.read_only { Access::Read } else { Access::Write { sync: true } };
    let store = context.store(access)?;
    context.check_branch(&store.snapshot()?)?;
    nda_mcp::serve_stdio(nda_mcp::Options {
        store,
        engine: engine(),
        branch: context.branch.clone(),
        author: super::commit::author(options.author.as_deref()),
        grants: options.grant,
        read_only: options.read_only,
    })?;
    Ok(Exit::Ok)
}
