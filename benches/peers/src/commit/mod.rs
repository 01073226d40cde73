//! Section `commit`: one small change made permanent in a store that already holds many entries.
//!
//! A [`Store`] is one way of keeping things; the others know nothing of it. To add one: a file here and a line in
//! [`stores`].

mod git;
mod lmdb;
mod nda;

use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::Options;
use crate::stats::Summary;
use crate::table::{self, Cell, Grid, Line};

/// Entries of about this size fill a store before the first commit.
const ENTRY_BYTES: usize = 700;

/// How many entries: a small store and a large one, to see how the cost grows.
const SIZES: [(usize, &str); 2] = [(1_000, "1e3"), (100_000, "1e5")];

/// What `--only` may name here.
pub const ROWS: [&str; 4] = ["1e3", "1e5", "durable", "no-sync"];

/// Commits of one store in one round.
const COMMITS: usize = 5;

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// When it would survive a power failure.
    Durable,
    /// When every other process can read it.
    NoSync,
}

impl Sync {
    fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::NoSync => "no-sync",
        }
    }
}

/// A way of keeping many small entries.
pub trait Store {
    /// As in `--peers` and in the table's head.
    fn name(&self) -> &'static str;

    /// Makes a store of `entries` entries of about `entry_bytes` bytes each in the empty folder `folder`. Not timed.
    /// `serial` in [`Commits`] goes on counting from one store to the next and never repeats.
    ///
    /// # Errors
    /// If the store cannot be made.
    fn fill(&self, folder: &Path, entries: usize, entry_bytes: usize, sync: Sync)
    -> Result<Box<dyn Commits>>;
}

/// A filled store, ready for commits.
pub trait Commits {
    /// What a commit needs and a user would have at hand (the file that was edited). Not timed.
    ///
    /// # Errors
    /// If it cannot be made.
    fn stage(&mut self, serial: u64) -> Result<()> {
        let _ = serial;
        Ok(())
    }

    /// Commits one small change, different for every `serial`; returns when it is done in the sense of [`Sync`]. Timed.
    ///
    /// # Errors
    /// If the commit fails.
    fn commit(&mut self, serial: u64) -> Result<()>;
}

/// Every store, in the table's order.
fn stores() -> Vec<Box<dyn Store>> {
    let repositories = Rc::new(git::Repositories::default());
    let git = |commands| Box::new(git::Git { commands, repositories: Rc::clone(&repositories) });
    vec![Box::new(nda::Nda), Box::new(lmdb::Lmdb), git(git::Commands::Plumbing), git(git::Commands::Porcelain)]
}

/// Names of the stores.
pub fn names() -> Vec<&'static str> {
    stores().iter().map(|store| store.name()).collect()
}

/// Fills the selected stores in a temporary folder under `options.dir` and commits into them, round after round.
pub fn measure(options: &Options) -> Result<Grid> {
    let stores: Vec<_> = stores().into_iter().filter(|store| options.wants(store.name())).collect();
    let rows: Vec<_> = SIZES
        .into_iter()
        .flat_map(|(entries, size)| [Sync::Durable, Sync::NoSync].map(|sync| (entries, size, sync)))
        .filter(|(_, size, sync)| options.selects(size) || options.selects(sync.name()))
        .collect();
    let root = match &options.dir {
        Some(dir) => tempfile::tempdir_in(dir),
        None => tempfile::tempdir(),
    }
    .context("a temporary folder for the stores")?;
    let mut lines = Vec::new();
    let mut serial = 0;
    for (entries, size, sync) in rows {
        let name = format!("{size} {}", sync.name());
        options.progress(format_args!("commit: filling {name}"));
        let mut filled = Vec::new();
        for store in &stores {
            let folder = root.path().join(format!("{}-{size}-{}", store.name(), sync.name()));
            std::fs::create_dir(&folder)?;
            filled.push(
                store
                    .fill(&folder, entries, ENTRY_BYTES, sync)
                    .with_context(|| format!("filling {} with {entries} entries", store.name()))?,
            );
        }
        let samples = rounds(&mut filled, options, &name, &mut serial)?;
        let cell = |samples: &Vec<f64>| Summary::of(samples).map(|summary| Cell { summary, differs: false });
        lines.push(Line {
            name,
            about: format!(
                "{entries} entries of {ENTRY_BYTES} bytes; {}",
                match sync {
                    Sync::Durable => "on disk when it returns",
                    Sync::NoSync => "visible to others, the disk follows later",
                }
            ),
            cells: samples.iter().map(cell).collect(),
        });
    }
    Ok(Grid {
        section: "commit",
        unit: "ms",
        about: format!(
            "Commit of one small change: wall time, median of {COMMITS} commits in each of {} interleaved rounds.",
            options.rounds
        ),
        columns: stores.iter().map(|store| store.name().to_owned()).collect(),
        references: table::REFERENCES,
        rows: lines,
    })
}

fn rounds(
    filled: &mut [Box<dyn Commits>],
    options: &Options,
    name: &str,
    serial: &mut u64,
) -> Result<Vec<Vec<f64>>> {
    let mut samples = vec![Vec::new(); filled.len()];
    for round in 0..options.rounds {
        options.progress(format_args!("commit: round {}, {name}", round + 1));
        for turn in 0..filled.len() {
            let index = (turn + round) % filled.len();
            for _ in 0..COMMITS {
                *serial += 1;
                filled[index].stage(*serial)?;
                let begin = Instant::now();
                filled[index].commit(*serial)?;
                samples[index].push(begin.elapsed().as_secs_f64() * 1e3);
            }
        }
    }
    Ok(samples)
}

/// Bytes that do not compress, from a seed (SplitMix64, Steele and others 2014): the same in every run.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let words = std::iter::repeat_with(|| next().to_le_bytes()).take(bytes.div_ceil(8));
    let mut noise: Vec<u8> = words.flatten().collect();
    noise.truncate(bytes);
    noise
}

/// Text of about `bytes` bytes, different for every seed: what git is given to keep.
fn text(seed: u64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1);
    text.extend(noise(seed, bytes / 2).iter().map(|byte| format!("{byte:02x}")));
    text.push('\n');
    text
}
