//! NDA: one small function through the gate into the SiteMap. The time is a whole verdict and the commit: object,
//! metadata, gate record, name map, commit, triples in three orders.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use nda_engine::Engine;
use nda_gate::{Definitions, Gate};
use nda_sitemap::SiteMap;
use nda_sitemap::storage::lmdb::{Durability, LmdbOptions};

use super::{Commits, Store, Sync};

/// Definitions in one commit while a store is filled.
const BATCH: usize = 1_000;

/// The gate before a SiteMap.
pub struct Nda;

struct Filled {
    gate: Gate,
    source: String,
}

impl Store for Nda {
    fn name(&self) -> &'static str {
        "nda"
    }

    /// The entries are functions; their size is what a small function's is.
    fn fill(&self, folder: &Path, entries: usize, _: usize, sync: Sync) -> Result<Box<dyn Commits>> {
        // Filling is not timed, and need not survive a power failure.
        let fast = LmdbOptions { create: true, durability: Durability::NoSync, ..LmdbOptions::default() };
        let filling = SiteMap::open(folder, &fast, Arc::new(Definitions))?;
        let mut gate = Gate::over(Engine::new(), filling.clone());
        for first in (0..entries).step_by(BATCH) {
            let mut source = String::new();
            for entry in first..entries.min(first + BATCH) {
                function(&mut source, &format!("entry_{entry}"), entry as u64);
            }
            admit(&mut gate, &source)?;
        }
        filling.sync()?;
        drop((gate, filling));
        let durability = if sync == Sync::Durable { Durability::Full } else { Durability::NoSync };
        let options = LmdbOptions { durability, ..LmdbOptions::default() };
        let store = SiteMap::open(folder, &options, Arc::new(Definitions))?;
        Ok(Box::new(Filled { gate: Gate::over(Engine::new(), store), source: String::new() }))
    }
}

impl Commits for Filled {
    fn stage(&mut self, serial: u64) -> Result<()> {
        self.source.clear();
        function(&mut self.source, &format!("change_{serial}"), serial + (1 << 40));
        Ok(())
    }

    fn commit(&mut self, _: u64) -> Result<()> {
        let source = std::mem::take(&mut self.source);
        admit(&mut self.gate, &source)
    }
}

/// A small function with an example.
fn function(out: &mut String, name: &str, salt: u64) {
    let text = format!(
        "/// Adds a share of `rate` to `amount`.\n\
         #[example({name}(200, 5) == {expected})]\n\
         fn {name}(amount: i64, rate: i64) -> i64 {{\n    amount + amount * rate / 100 + {salt}\n}}\n",
        expected = 210 + salt,
    );
    out.write_str(&text).expect("a String takes everything");
}

fn admit(gate: &mut Gate, source: &str) -> Result<()> {
    let verdict = gate.submit(source)?;
    if !verdict.is_admitted() {
        return Err(anyhow!("refused: {:?}", verdict.diagnostics));
    }
    gate.commit(&verdict, "bench", "one small function")?;
    Ok(())
}
