//! The git command, as a person or a script uses it: one file of the store's size is added and committed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use anyhow::{Context as _, Result, ensure};

use super::{Commits, Store, Sync, text};

/// Files in one folder of the repository.
const FILES_IN_FOLDER: usize = 250;

/// Which of git's commands make the commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commands {
    /// `git add` and `git commit`: two processes, which look at every file of the work tree.
    Porcelain,
    /// `update-index`, `write-tree`, `commit-tree`, `update-ref`: four, which do not.
    Plumbing,
}

/// Git with one set of commands.
pub struct Git {
    /// Which.
    pub commands: Commands,
    /// The repositories made so far.
    pub repositories: Rc<Repositories>,
}

/// A repository for each number of entries, shared by both sets of commands and both kinds of sync, which are choices
/// of the single command: writing 10⁵ files takes longer than all the commits.
#[derive(Default)]
pub struct Repositories {
    folders: RefCell<HashMap<usize, PathBuf>>,
}

struct Filled {
    folder: PathBuf,
    commands: Commands,
    sync: Sync,
    bytes: usize,
}

impl Store for Git {
    fn name(&self) -> &'static str {
        match self.commands {
            Commands::Porcelain => "git-commit",
            Commands::Plumbing => "git-plumbing",
        }
    }

    fn fill(
        &self,
        folder: &Path,
        entries: usize,
        entry_bytes: usize,
        sync: Sync,
    ) -> Result<Box<dyn Commits>> {
        let mut folders = self.repositories.folders.borrow_mut();
        let exists = folders.get(&entries).cloned();
        let folder = exists.clone().unwrap_or_else(|| folder.to_owned());
        let filled = Filled { folder, commands: self.commands, sync, bytes: entry_bytes };
        if exists.is_none() {
            filled.git(&["init", "--quiet", "--initial-branch=main"])?;
            import(&filled, entries)?;
            filled.git(&["reset", "--quiet", "--hard", "main"])?;
            fs::create_dir(filled.folder.join("new"))?;
            folders.insert(entries, filled.folder.clone());
        }
        Ok(Box::new(filled))
    }
}

/// One first commit with all entries, through `git fast-import`.
fn import(filled: &Filled, entries: usize) -> Result<()> {
    let mut child =
        filled.command(&["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().context("starting git")?;
    let mut input = BufWriter::new(child.stdin.take().context("git's input is piped")?);
    writeln!(
        input,
        "commit refs/heads/main\ncommitter bench <bench@example.invalid> 0 +0000\ndata 5\nfirst"
    )?;
    for entry in 0..entries {
        let content = text(entry as u64, filled.bytes);
        let folder = entry / FILES_IN_FOLDER;
        write!(input, "M 100644 inline d{folder}/f{entry}\ndata {}\n{content}\n", content.len())?;
    }
    input.flush()?;
    drop(input);
    ensure!(child.wait()?.success(), "git fast-import failed");
    Ok(())
}

impl Filled {
    /// Git in this repository, with no configuration but what stands here.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.args(["-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "gc.auto=0"]);
        if self.sync == Sync::NoSync {
            command.args(["-c", "core.fsync=none"]);
        }
        command.args(args).current_dir(&self.folder);
        command
    }

    /// Runs git and gives the first line that it prints.
    fn git(&self, args: &[&str]) -> Result<String> {
        let output = self.command(args).stderr(Stdio::inherit()).output().context("starting git")?;
        ensure!(output.status.success(), "git {} failed", args.join(" "));
        Ok(String::from_utf8(output.stdout)?.lines().next().unwrap_or_default().to_owned())
    }
}

fn path(serial: u64) -> String {
    format!("new/f{serial}")
}

impl Commits for Filled {
    fn stage(&mut self, serial: u64) -> Result<()> {
        fs::write(self.folder.join(path(serial)), text(serial << 32, self.bytes))?;
        Ok(())
    }

    fn commit(&mut self, serial: u64) -> Result<()> {
        let path = path(serial);
        match self.commands {
            Commands::Porcelain => {
                self.git(&["add", "--", &path])?;
                self.git(&["commit", "--quiet", "--no-verify", "--no-status", "--message", "one file"])?;
            }
            Commands::Plumbing => {
                self.git(&["update-index", "--add", "--", &path])?;
                let tree = self.git(&["write-tree"])?;
                let commit = self.git(&["commit-tree", &tree, "-p", "main", "-m", "one file"])?;
                self.git(&["update-ref", "refs/heads/main", &commit])?;
            }
        }
        Ok(())
    }
}
