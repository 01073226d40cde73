//! The gate: every definition goes through it, and only what passes is committed.
//!
//! Before anything else everything written is searched for credentials; where one is found nothing else happens, and
//! nothing that leaves the gate repeats it.
//!
//! [`Gate::submit`] takes a source and gives a [`Verdict`]: each definition with its hash and whether it is new, all
//! diagnostics, each example with both sides' values, and what every stage cost. It never writes. [`Gate::commit`] puts
//! what a verdict let in into the SiteMap, in one transaction, with a record of what was checked.
//!
//! A definition that a commit changes is a definition others may call: its dependents at the head are checked and tried
//! again with it ([`Verdict::rebuilt`]), and a dependent that breaks refuses the submission.
//!
//! Results are remembered by hash: code that is there is not compiled again, an example that ran is not run again, and
//! one that passed before its definition was committed does not run in any process under the same engine and limits.
//!
//! This crate knows no protocol and no terminal.
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod commit;
mod content;
mod effects;
mod examples;
mod gate;
mod imports;
mod judge;
mod outcomes;
mod policy;
mod probe;
mod regate;
mod rename;
mod scope;
mod secrets;
mod signatures;
mod verdict;

pub use commit::{CommitError, Committed};
pub use content::Definitions;
pub use effects::{Effect, effects};
pub use gate::{Expression, Gate, GateError, Submission, Text};
pub use nda_check::InPlace;
pub use policy::{Policy, PolicyError, ProbePolicy, Reaction, SetPolicyError};
pub use probe::{Probe, ProbeChange, ProbeTrap};
pub use regate::Regated;
pub use rename::{RenameError, Renamed};
pub use scope::{StoreLibrary, hands_on, in_place};
pub use signatures::{SignedCommit, Standing, signed_commits};
pub use verdict::{Cost, Judged, JudgedExample, Rebuilt, Side, Status, Verdict};
