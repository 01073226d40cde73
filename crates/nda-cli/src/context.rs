//! Where the store is, where output goes, and how it looks.

use crate::args::{ColorChoice, Global};
use crate::failure::Failure;
use crate::stored_weights::StoredWeights;
use nda_engine::Engine;
use nda_gate::{Definitions, Gate};
use nda_host::Granted;
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};
use nda_sitemap::{SiteMap, Snapshot};
use serde_json::{Value, json};
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};
use std::path::PathBuf;
use std::sync::Arc;

/// The folder that `nda init` makes.
pub const STORE_FOLDER: &str = ".nda";

/// How the program ended; the number is the exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// All is well.
    Ok = 0,
    /// Refused: diagnostics, problems, differences.
    Refused = 1,
    /// Wrong arguments, no store, no such file.
    Usage = 2,
    /// The program trapped.
    Trap = 3,
}

/// What every command is given.
pub struct Context {
    /// Standard output, buffered; [`Context::finish`] flushes it.
    pub out: BufWriter<Stdout>,
    /// One JSON object instead of text.
    pub json: bool,
    /// The branch to read and commit to.
    pub branch: String,
    store: Option<PathBuf>,
    color: ColorChoice,
}

/// What a command wants of the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only reading: works on a medium that cannot be written.
    Read,
    /// Committing, durably or not.
    Write {
        /// Whether a commit waits for the medium.
        sync: bool,
    },
}

impl Context {
    /// From the options that all commands have.
    pub fn new(global: &Global) -> Self {
        let named = global.store.clone();
        let from_environment =
            || std::env::var_os("NDA_STORE").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        Self {
            out: BufWriter::new(io::stdout()),
            json: global.json,
            branch: global.branch.clone(),
            store: named.or_else(from_environment),
            color: global.color,
        }
    }

    /// The store's folder: the one named, or `.nda` here or in the nearest folder above that has one.
    pub fn store_folder(&self) -> Option<PathBuf> {
        if self.store.is_some() {
            return self.store.clone();
        }
        let here = std::env::current_dir().ok()?;
        here.ancestors()
            .map(|folder| folder.join(STORE_FOLDER))
            .find(|folder| folder.join("data.mdb").exists())
    }

    /// The folder that was named by option or environment.
    pub fn named_store(&self) -> Option<PathBuf> {
        self.store.clone()
    }

    /// The store, if there is one. A store that was named must be there.
    pub fn find_store(&self, access: Access) -> Result<Option<SiteMap>, Failure> {
        let Some(folder) = self.store_folder() else { return Ok(None) };
        let durability = match access {
            Access::Write { sync: false } => Durability::NoSync,
            _ => Durability::Full,
        };
        let options = LmdbOptions { read_only: access == Access::Read, durability, ..LmdbOptions::default() };
        Ok(Some(SiteMap::open(folder, &options, Arc::new(Definitions))?))
    }

    /// The store; its absence is a failure.
    pub fn store(&self, access: Access) -> Result<SiteMap, Failure> {
        self.find_store(access)?.ok_or(Failure::NoStore)
    }

    /// The store's last state. A branch that was named must exist, unless the store is empty.
    pub fn snapshot(&self) -> Result<Snapshot, Failure> {
        let snapshot = self.store(Access::Read)?.snapshot()?;
        self.check_branch(&snapshot)?;
        Ok(snapshot)
    }

    /// Refuses a branch that does not exist.
    pub fn check_branch(&self, snapshot: &Snapshot) -> Result<(), Failure> {
        let is_default = self.branch == nda_sitemap::DEFAULT_BRANCH;
        if !is_default && snapshot.head(&self.branch)?.is_none() {
            let known: Vec<String> = snapshot.branches()?.into_iter().map(|(name, _)| name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Failure::usage(format!("there is no branch `{}`; there are: {known}", self.branch)));
        }
        Ok(())
    }

    /// A gate before the store, or before none.
    pub fn gate(&self, access: Access) -> Result<Gate, Failure> {
        let engine = self.engine();
        let gate = match self.find_store(access)? {
            Some(store) => Gate::over(engine, store),
            None => Gate::new(engine),
        };
        Ok(gate.on_branch(&self.branch))
    }

    /// An engine with the weights of the store, and host functions that reach nothing outside: what a run is granted is installed
    /// for it.
    pub fn engine(&self) -> Engine {
        let mut engine = Engine::new();
        Granted::default().install(&mut engine);
        if let Some(folder) = self.store_folder() {
            engine.offer_weights(StoredWeights::of(&folder));
        }
        engine
    }

    /// Whether standard output shows colours.
    pub fn color_out(&self) -> bool {
        self.color(io::stdout().is_terminal())
    }

    /// Whether standard error shows colours.
    pub fn color_err(&self) -> bool {
        self.color(io::stderr().is_terminal())
    }

    fn color(&self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                terminal && set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }

    /// Writes the one JSON object.
    pub fn print_json(&mut self, value: &Value) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    /// Writes to standard error, after what went to standard output before it.
    pub fn print_err(&mut self, text: &str) -> Result<(), Failure> {
        self.out.flush()?;
        // Nobody listening to complaints is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", text.trim_end_matches('\n'));
        Ok(())
    }

    /// Flushes.
    pub fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    /// Shows a failure.
    pub fn fail(&mut self, failure: &Failure) -> Exit {
        let message = failure.to_string();
        if self.json {
            let value = json!({ "outcome": "error", "message": message });
            let _ = self.print_json(&value).and_then(|()| self.finish());
        } else {
            let _ = self.out.flush();
            let (on, off) = if self.color_err() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
            let _ = writeln!(io::stderr(), "{on}error{off}: {message}");
        }
        Exit::Usage
    }
}
