//! Outcomes of examples that need not run again: remembered in this process, and recorded in the store with the commit
//! that admitted them.
//!
//! What an example gives follows from its definition's hash, which covers everything it calls, from the limits, and from
//! what the engine makes of definitions. So an outcome is believed under the same limits, by the same engine and price
//! list. A record that is missing, damaged, or somebody else's is no error: the example runs.

use crate::verdict::Side;
use nda_graph::run::VERSION as PRICES;
use nda_graph::{Hash, Limits, Outcome, TrapKind, Value};
use nda_sitemap::Snapshot;
use nda_sitemap::object::{GateRecord, Record};
use rustc_hash::FxHashMap;

/// How an example went.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    pub(crate) outcome: Outcome,
    pub(crate) sides: Option<(Side, Side)>,
}

impl Tried {
    /// Whether it would go so again.
    fn is_lasting(&self) -> bool {
        use TrapKind::{Cancelled, DeadlineExceeded, HostError, InternalError};
        let trap = self.outcome.result.as_ref().err().map(|trap| trap.kind);
        !matches!(trap, Some(DeadlineExceeded | Cancelled | HostError | InternalError))
    }
}

/// Outcomes remembered at once; then they are forgotten together.
const REMEMBERED: usize = 1 << 16;

/// Outcomes by the example's hash, all under the same limits.
#[derive(Default, Debug)]
pub(crate) struct Outcomes {
    limits: Limits,
    known: FxHashMap<Hash, Tried>,
    /// Whether nothing is believed and everything tried.
    is_forgetful: bool,
}

impl Outcomes {
    /// Outcomes of which none is ever known.
    pub(crate) fn forgetful() -> Self {
        Self { is_forgetful: true, ..Self::default() }
    }

    /// How an example went under these limits, if that is known.
    pub(crate) fn recall(
        &mut self,
        example: Hash,
        limits: &Limits,
        store: Option<&Snapshot>,
    ) -> Option<Tried> {
        if self.is_forgetful {
            return None;
        }
        if self.limits != *limits {
            self.known.clear();
            self.limits = *limits;
        }
        if let Some(tried) = self.known.get(&example) {
            return Some(tried.clone());
        }
        let tried = recorded(store?, example, limits)?;
        self.remember(example, &tried);
        Some(tried)
    }

    /// Remembers how an example went under the limits that were asked about last.
    pub(crate) fn remember(&mut self, example: Hash, tried: &Tried) {
        if !tried.is_lasting() {
            return;
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(example, tried.clone());
    }
}

/// The limits, as gate records name them.
pub(crate) fn recorded_limits(limits: &Limits) -> Vec<(String, u64)> {
    let Limits { fuel, memory_bytes, depth, output_bytes } = *limits;
    [("fuel", fuel), ("memory_bytes", memory_bytes), ("depth", depth.into()), ("output_bytes", output_bytes)]
        .map(|(name, limit)| (name.to_owned(), limit))
        .to_vec()
}

/// What the store's gate records say of an example.
fn recorded(store: &Snapshot, example: Hash, limits: &Limits) -> Option<Tried> {
    let records = store.tried(&example).ok()?;
    records.into_iter().find_map(|hash| {
        let record = store.gate_record(&hash).ok().filter(|record| record.hash() == hash)?;
        read(&record, example, limits)
    })
}

fn read(record: &GateRecord, example: Hash, limits: &Limits) -> Option<Tried> {
    let believed = record.engine == nda_engine::VERSION
        && record.prices == PRICES
        && record.limits == recorded_limits(limits);
    let found = record.examples.iter().find(|result| result.definition == example && result.passed)?;
    believed.then(|| Tried {
        outcome: Outcome {
            result: Ok(Value::Bool(true)),
            output: found.output.clone(),
            fuel: found.fuel,
            peak_bytes: found.peak_bytes,
            depth: found.depth,
        },
        sides: found.sides.clone().map(|(left, right)| (Side::Text(left), Side::Text(right))),
    })
}
