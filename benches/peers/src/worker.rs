//! Workers: the peers that cannot be linked into this binary. Lua 5.4 and LuaJIT export the same C symbols, so each is
//! a binary of its own, built here by cargo with the one feature that it needs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use harness::worker::{Reply, Request};

/// A worker binary and its peers.
pub struct Kind {
    /// The binary of the package `peers-lua`.
    pub binary: &'static str,
    /// The feature that links its Lua.
    feature: &'static str,
    /// The names of its peers.
    pub peers: &'static [&'static str],
}

/// Every worker.
pub const WORKERS: [Kind; 2] = [
    Kind { binary: "peers-lua54", feature: "lua54", peers: &["lua54"] },
    Kind { binary: "peers-luajit", feature: "luajit", peers: &["luajit", "luajit-int"] },
];

/// A running worker; killed when dropped.
pub struct Worker {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Builds the worker if it is not up to date, and starts it.
    pub fn start(kind: &Kind) -> Result<Self> {
        let path = build(kind).with_context(|| format!("building {}", kind.binary))?;
        Self::run(kind.binary, Command::new(&path))
    }

    /// A fresh process in which a peer sits alone.
    pub fn alone(peer: &str) -> Result<Self> {
        if let Some(kind) = WORKERS.iter().find(|kind| kind.peers.contains(&peer)) {
            return Self::start(kind);
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve", peer]);
        Self::run("peers --serve", command)
    }

    fn run(name: &'static str, mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        let input = child.stdin.take().context("the worker's input is piped")?;
        let output = BufReader::new(child.stdout.take().context("the worker's output is piped")?);
        Ok(Self { name, child, input, output })
    }

    /// Sends a request and waits for its reply; a reply that says it failed is an error.
    pub fn ask(&mut self, request: Request) -> Result<Reply> {
        let mut line = serde_json::to_vec(&request)?;
        line.push(b'\n');
        self.input.write_all(&line)?;
        self.input.flush()?;
        let mut reply = String::new();
        self.output.read_line(&mut reply)?;
        ensure!(!reply.is_empty(), "{} ended without an answer", self.name);
        match serde_json::from_str(&reply)? {
            Reply::Failed(why) => bail!("{why}"),
            other => Ok(other),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already; there is nothing more to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks cargo for the worker, in this binary's own profile and target folder, and returns its path.
fn build(kind: &Kind) -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let folder = here.parent().context("an executable lies in a folder")?;
    let target = folder.parent().context("the profile's folder lies in the target folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--quiet", "--locked", "--package", "peers-lua", "--bin", kind.binary])
        .args(["--features", kind.feature])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .arg("--target-dir")
        .arg(target);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    ensure!(command.status()?.success(), "cargo build failed");
    Ok(folder.join(kind.binary))
}
