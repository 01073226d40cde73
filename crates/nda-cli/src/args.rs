//! The grammar of the command line.

#[cfg(feature = "mcp")]
use crate::commands::mcp;
use crate::commands::{
    bench, check, commit, completions, deps, diff, effects, eval, explain, fmt, grammar, init, key, log, ls,
    policy, query, regate, rename, run, show, verify, weights,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Small functions with proofs of life: checked, hashed, tried and kept.
#[derive(Debug, Parser)]
#[command(
    name = "nda",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Examples:
  nda run prices.nda                     run the file's `main`
  nda run prices.nda::discount 120 0.5   call one function
  nda init && nda commit prices.nda -m \"First prices\"
  nda run discount 120 0.5               call what was committed
  nda query '?f calls ?g'                ask across definitions

Exit codes: 0 fine, 1 refused, 2 usage or environment, 3 the program trapped.")]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct Global {
    /// The store's folder [default: $NDA_STORE, or `.nda` here or in a folder above]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub store: Option<PathBuf>,
    /// The branch to read and commit to
    #[arg(long, global = true, value_name = "NAME", default_value = nda_sitemap::DEFAULT_BRANCH, help_heading = "Global options")]
    pub branch: String,
    /// Print one JSON object
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Colours in text output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a store
    Init(init::Options),
    /// Judge files without changing anything
    Check(check::Options),
    /// Run a file, a function of a file, or a committed definition
    Run(run::Options),
    /// Evaluate an expression that may call committed definitions
    Eval(eval::Options),
    /// Judge files and commit what they define
    Commit(commit::Options),
    /// Show a definition or a commit
    Show(show::Options),
    /// List names
    Ls(ls::Options),
    /// List commits
    Log(log::Options),
    /// Compare the names of two commits
    Diff(diff::Options),
    /// Serve agents: the Model Context Protocol over standard input and output
    #[cfg(feature = "mcp")]
    Mcp(mcp::Options),
    /// Ask across all definitions
    Query(query::Options),
    /// List what a definition refers to
    Deps(deps::Options),
    /// List what refers to a definition
    Dependents(deps::Options),
    /// Say which host functions a definition reaches, and by which calls
    Effects(effects::Options),
    /// Look at the policy of the store, or set it
    Policy(policy::Options),
    /// Make a key, show keys, sign a commit
    Key(key::Options),
    /// Judge again what is committed
    Regate(regate::Options),
    /// Give a definition another name
    Rename(rename::Options),
    /// Check the whole store
    Verify(verify::Options),
    /// Format files
    Fmt(fmt::Options),
    /// Print the grammar, for samplers that hold a model to it
    Grammar(grammar::Options),
    /// Explain a diagnostic's code
    Explain(explain::Options),
    /// Print a completion script for a shell
    Completions(completions::Options),
    /// Count what the store holds
    Stats,
    /// Import models, look into weights files
    Weights(weights::Options),
    /// Measure NDA on this machine
    Bench(bench::Options),
}

/// Makes the numbers among the arguments of `run` no options: `nda run f -0x1F`. They get a space in front, which
/// literals ignore and [`unshield`] removes.
pub fn shield_numbers(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = arguments.collect();
    let Some(run) = all.iter().position(|argument| argument == "run") else { return all };
    for argument in all.iter_mut().skip(run + 1) {
        if argument == "--" {
            break;
        }
        let is_number = argument.to_str().is_some_and(|text| {
            text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
        });
        if is_number {
            let mut shielded = OsString::from(" ");
            shielded.push(&argument);
            *argument = shielded;
        }
    }
    all
}

/// The argument as it was typed.
pub fn unshield(argument: &str) -> &str {
    argument.strip_prefix(' ').filter(|rest| rest.starts_with('-')).unwrap_or(argument)
}

/// Reads a number of bytes: `65536`, `64KiB`, `64MiB`, `1GB`.
pub fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err("expected a number of bytes, such as 65536, 512KiB, 64MiB or 1GB".to_owned()),
    };
    let number = number.replace('_', "");
    let number: u64 = number.parse().map_err(|_| "expected a number of bytes, such as 64MiB".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "that is more bytes than can be counted".to_owned())
}

/// Reads a count; `_` separates digits as in NDA.
pub fn count(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("expected a whole number of at most {}", u64::MAX))
}
