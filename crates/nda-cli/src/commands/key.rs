//! `nda key`.

use crate::context::{Access, Context, Exit};
use crate::failure::Failure;
use crate::keys;
use nda_gate::Gate;
use nda_sitemap::PublicKey;
use serde_json::json;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Options.
#[derive(clap::Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(clap::Subcommand, Debug)]
enum What {
    /// Make a key
    New(File),
    /// Print the public half of the key
    Show(File),
    /// List the keys that the store's policy trusts, and one's own
    Ls(File),
    /// Sign a commit that is there
    Sign {
        #[command(flatten)]
        file: File,
        /// A branch, #COMMIT, HEAD or HEAD~N
        #[arg(value_name = "COMMIT", default_value = "HEAD")]
        commit: String,
    },
}

/// Where the key is.
#[derive(clap::Args, Debug)]
struct File {
    /// The key's file [default: $NDA_KEY, or nda/key in the folder of the user's configuration]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

impl File {
    fn path(&self) -> Result<PathBuf, Failure> {
        keys::file(self.key.as_deref())
    }
}

/// Makes a key, shows keys, signs.
pub fn run(options: &Options, context: &mut Context) -> Result<Exit, Failure> {
    match &options.what {
        What::New(file) => {
            let path = file.path()?;
            let key = keys::make(&path, context.store_folder().as_deref())?;
            show(&path, key.public(), context)
        }
        What::Show(file) => {
            let path = file.path()?;
            show(&path, keys::read(&path)?.public(), context)
        }
        What::Ls(file) => list(&file.path()?, context),
        What::Sign { file, commit } => sign(&file.path()?, commit, context),
    }
}

fn show(path: &Path, key: PublicKey, context: &mut Context) -> Result<Exit, Failure> {
    match context.json {
        true => context.print_json(&json!({ "file": path.display().to_string(), "key": key.to_string() }))?,
        false => writeln!(context.out, "{key}")?,
    }
    Ok(Exit::Ok)
}

fn list(path: &Path, context: &mut Context) -> Result<Exit, Failure> {
    let own = if path.exists() { Some(keys::read(path)?.public()) } else { None };
    let mut gate = Gate::over(context.engine(), context.store(Access::Read)?);
    let trusted = gate.policy_now()?.trusted_keys();
    let mut all: Vec<(PublicKey, Vec<String>)> =
        trusted.map(|(key, who)| (key, who.into_iter().map(str::to_owned).collect())).collect();
    if let Some(own) = own.filter(|own| all.iter().all(|(key, _)| key != own)) {
        all.push((own, Vec::new()));
    }
    if context.json {
        let keys: Vec<_> = all
            .iter()
            .map(|(key, who)| json!({ "key": key.to_string(), "who": who, "own": own == Some(*key) }))
            .collect();
        context.print_json(&json!({ "keys": keys }))?;
        return Ok(Exit::Ok);
    }
    for (key, who) in &all {
        let who = if who.is_empty() { "nobody".to_owned() } else { who.join(", ") };
        let yours = if own == Some(*key) { " (yours)" } else { "" };
        writeln!(context.out, "{key} trusted for {who}{yours}")?;
    }
    Ok(Exit::Ok)
}

fn sign(path: &Path, commit: &str, context: &mut Context) -> Result<Exit, Failure> {
    let key = keys::read(path)?;
    let store = context.store(Access::Write { sync: true })?;
    let commit = nda_report::history::commit(commit, &store.snapshot()?, &context.branch)?
        .ok_or_else(|| Failure::usage("there is no commit yet"))?;
    store.sign(&commit, &key).map_err(nda_gate::CommitError::from)?;
    match context.json {
        true => {
            context.print_json(&json!({ "commit": commit.to_string(), "key": key.public().to_string() }))?;
        }
        false => writeln!(context.out, "#{} is signed by {}", commit.short(), key.public())?,
    }
    Ok(Exit::Ok)
}
