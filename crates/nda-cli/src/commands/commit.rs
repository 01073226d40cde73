//! `nda commit`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::keys::Signing;
use crate::sources::{self, Read};
use nda_report::verdict;
use serde_json::json;
use std::io::Write as _;

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Sources, judged together and committed as one; a folder stands for every .nda file in it and below, `-` for
    /// standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Why
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Who [default: $NDA_AUTHOR, or the user's name]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Do not wait for the disk: a power failure may lose the commit
    #[arg(long)]
    no_sync: bool,
    /// Leave dependents at the head with what they use now, instead of rebuilding them
    #[arg(long)]
    keep_old: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Who commits, if nobody says.
pub fn author(named: Option<&str>) -> String {
    let from = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let found = named.map(str::to_owned).or_else(|| from("NDA_AUTHOR")).or_else(|| from("USER"));
    found.unwrap_or_else(|| "unknown".to_owned())
}

/// Gates the files as one submission and commits it whole, or nothing of it.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let store = context.store(Access::Write { sync: !options.no_sync })?;
    let mut gate = nda_gate::Gate::over(context.engine(), store).on_branch(&context.branch);
    let author = author(options.author.as_deref());
    gate = gate.by(&author);
    gate.keep_old = options.keep_old;
    gate.probes = true;
    gate.signer = options.signing.key()?;
    let sources = match sources::read(&options.files)? {
        Read::Whole(sources) => sources,
        Read::Faulty(faulty) => {
            sources::complain_faulty(&faulty, context)?;
            return Ok(Exit::Refused);
        }
    };
    let verdict = gate.submit_parts(&sources.texts())?;
    if !context.json {
        super::show(&verdict, &sources, context)?;
    }
    let mut committed = None;
    if verdict.is_admitted() {
        let default = format!("Commit {}", options.files.join(" "));
        committed = Some(gate.commit(&verdict, &author, options.message.as_deref().unwrap_or(&default))?);
    }
    match &committed {
        _ if context.json => {
            let mut report = verdict::json(&verdict, &sources);
            if let Some(committed) = &committed {
                report["commit"] = json!(committed.head.to_string());
                report["changed"] = json!(committed.changed);
            }
            context.print_json(&report)?;
        }
        Some(committed) if committed.changed => {
            writeln!(context.out, "committed #{}", committed.head.short())?;
        }
        Some(_) => writeln!(context.out, "nothing to commit: all of it is there")?,
        None => {}
    }
    Ok(if committed.is_some() { Exit::Ok } else { Exit::Refused })
}
