//! `nda verify`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::stored_weights::StoredWeights;
use nda_gate::{Gate, SignedCommit, Standing, signed_commits};
use nda_report::style::counted;
use nda_sitemap::SiteMap;
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Write as _};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    /// Say who signed which commit; a signature that is none is a problem
    #[arg(long)]
    signatures: bool,
    /// Take a commit for a problem that is not signed by a key that the policy trusts for its author
    #[arg(long, requires = "signatures")]
    all_signed: bool,
}

/// Checks that every object hashes to its name, every reference resolves, and the index is what it should be.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    let store = context.store(Access::Read)?;
    let shows_progress = std::io::stderr().is_terminal() && !context.json;
    let report = store.verify(&mut |progress| {
        if shows_progress {
            let _ = write!(std::io::stderr(), "\r\x1b[K{} {}", progress.stage, progress.done);
        }
    })?;
    if shows_progress {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    let folder = context.store_folder().ok_or(Failure::NoStore)?;
    let stored = StoredWeights::of(&folder);
    let weights = stored.verify().map_err(Failure::file(&folder))?;
    let mut problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    problems.extend(weights.problems);
    // Of a store that is not what it should be, names are not to be read.
    if problems.is_empty() {
        let snapshot = store.snapshot()?;
        for (branch, _) in snapshot.branches()? {
            problems.extend(stored.missing(&snapshot, &branch)?);
        }
    }
    let commits = match options.signatures {
        true => Some(signatures(&store, options.all_signed, &mut problems, context)?),
        false => None,
    };
    if context.json {
        context.print_json(&json!({
            "sound": problems.is_empty(),
            "problems": problems,
            "objects": report.objects,
            "index_rows": report.index_rows,
            "weights": weights.blobs,
            "commits": commits.map(|commits| commits.iter().map(signed_json).collect::<Vec<_>>()),
        }))?;
    } else {
        for signed in commits.iter().flatten() {
            let keys: Vec<String> = signed.keys.iter().map(ToString::to_string).collect();
            let (hash, author) = (signed.hash.short(), &signed.commit.author);
            writeln!(context.out, "#{hash} {} {author} {}", word(signed.standing), keys.join(" "))?;
        }
        for problem in &problems {
            writeln!(context.out, "{problem}")?;
        }
        let mut what = format!("{} objects and {} index rows checked", report.objects, report.index_rows);
        if weights.blobs > 0 {
            what = format!("{} weights, {what}", weights.blobs);
        }
        let verdict = match problems.len() {
            0 => "all is sound".to_owned(),
            count => counted(count, "problem"),
        };
        writeln!(context.out, "{what}: {verdict}")?;
    }
    Ok(if problems.is_empty() { Exit::Ok } else { Exit::Refused })
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Trusted => "trusted",
        Standing::Untrusted => "untrusted",
        Standing::Unsigned => "unsigned",
        _ => "wrong",
    }
}

fn signed_json(signed: &SignedCommit) -> Value {
    let keys: Vec<String> = signed.keys.iter().map(ToString::to_string).collect();
    json!({
        "commit": signed.hash.to_string(),
        "author": signed.commit.author,
        "signatures": word(signed.standing),
        "keys": keys,
    })
}

/// All commits with who signed them; what is wrong with them goes to `problems`.
fn signatures(
    store: &SiteMap,
    all_signed: bool,
    problems: &mut Vec<String>,
    context: &Context,
) -> Result<Vec<SignedCommit>, Failure> {
    let mut gate = Gate::over(context.engine(), store.clone());
    let policy = gate.policy_now()?;
    let commits = signed_commits(&store.snapshot()?, policy)?;
    for signed in &commits {
        let hash = signed.hash.short();
        match signed.standing {
            Standing::Trusted => {}
            Standing::Untrusted if all_signed => {
                let author = &signed.commit.author;
                problems.push(format!("commit #{hash} is signed by no key that is trusted for `{author}`"));
            }
            Standing::Unsigned if all_signed => problems.push(format!("commit #{hash} is not signed")),
            Standing::Untrusted | Standing::Unsigned => {}
            _ => problems.push(format!("commit #{hash} has a signature that is none")),
        }
    }
    Ok(commits)
}
