//! What a run has used: fuel, memory, output. A charge that would pass a limit is refused and changes nothing.

use nda_graph::{Limits, TrapKind};
use std::cell::Cell;

/// A trap that does not know yet where it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: TrapKind,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: TrapKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl From<TrapKind> for Fault {
    fn from(kind: TrapKind) -> Self {
        Self::new(kind, kind.message())
    }
}

/// Fuel used so far.
pub(crate) struct Fuel {
    used: u64,
    limit: u64,
}

impl Fuel {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { used: 0, limit: limits.fuel }
    }

    pub(crate) fn charge(&mut self, units: u64) -> Result<(), Fault> {
        if units > self.left() {
            return Err(TrapKind::OutOfFuel.into());
        }
        self.used += units;
        Ok(())
    }

    pub(crate) fn left(&self) -> u64 {
        self.limit - self.used
    }

    pub(crate) fn used(&self) -> u64 {
        self.used
    }
}

/// Memory held by objects: shared with every object of the run, which gives its bytes back when it is dropped.
pub(crate) struct Memory {
    held: Cell<u64>,
    peak: Cell<u64>,
    limit: u64,
}

impl Memory {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { held: Cell::new(0), peak: Cell::new(0), limit: limits.memory_bytes }
    }

    pub(crate) fn left(&self) -> u64 {
        self.limit - self.held.get()
    }

    /// Refuses what could not be charged at once.
    pub(crate) fn can_charge(&self, bytes: u64) -> Result<(), Fault> {
        if bytes > self.left() { Err(TrapKind::OutOfMemory.into()) } else { Ok(()) }
    }

    pub(crate) fn charge(&self, bytes: u64) -> Result<(), Fault> {
        self.can_charge(bytes)?;
        let held = self.held.get();
        self.held.set(held + bytes);
        self.peak.set(self.peak.get().max(held + bytes));
        Ok(())
    }

    pub(crate) fn release(&self, bytes: u64) {
        self.held.set(self.held.get() - bytes);
    }

    pub(crate) fn peak(&self) -> u64 {
        self.peak.get()
    }
}

/// The printed lines.
pub(crate) struct Output {
    text: String,
    limit: u64,
}

impl Output {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { text: String::new(), limit: limits.output_bytes }
    }

    pub(crate) fn left(&self) -> u64 {
        self.limit - self.text.len() as u64
    }

    /// Appends text that is known to fit.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
