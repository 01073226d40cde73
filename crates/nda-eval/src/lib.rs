//! The reference evaluator: what a checked program means, written down as plainly as it can be.
//!
//! It walks the records of a body by recursion, holds objects in `Rc`, and charges fuel and memory where `docs/spec/`
//! says so. Every tier must give the same [`Outcome`]: value, trap, output, fuel, peak and depth. Speed is no goal;
//! what makes a rule harder to read does not belong here.
//!
//! - `machine` walks a body: variables, control flow, calls.
//! - `builtin`, `text` and `place` are the operators on objects, `number` the arithmetic.
//! - `tensor` is the operators on vectors and matrices, by the plain kernels of `nda-tensor`.
//! - `meter` counts fuel, memory and output; `object` holds the values of a run and gives memory back as Rust drops
//!   them.
//! - `body` finds each record's operands.
//!
//! This crate knows no other tier, no syntax, no store and no clock: whoever runs it resolves references
//! ([`Program`]), answers host calls ([`Hosts`]) and says when to stop (`poll`).
// The crate's wall: see its clippy.toml.
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::disallowed_macros)]

mod body;
mod builtin;
mod machine;
mod meter;
mod number;
mod object;
mod place;
mod tensor;
mod text;

use machine::Machine;
use nda_graph::{Definition, Hash, Limits, Outcome, TrapKind, Value};
use nda_tensor::Loaded;
use std::sync::Arc;

/// Where definitions come from.
pub trait Program {
    /// The definition with this hash.
    fn definition(&self, hash: Hash) -> Option<&Definition>;

    /// The weights with this hash.
    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        let _ = hash;
        None
    }
}

/// Where host functions are.
pub trait Hosts {
    /// Calls a host function.
    ///
    /// # Errors
    /// What went wrong, in words for the author of the program: it becomes a `HostError` trap.
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String>;
}

/// No host functions at all.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoHosts;

impl Hosts for NoHosts {
    fn call(&mut self, _: &str, _: &[Value]) -> Result<Value, String> {
        Err("there is no such host function".into())
    }
}

/// Runs `entry` with `args`, which the caller has checked against its signature.
///
/// `poll` is asked at every call, after every host call and at every entry into a loop body; the kind it gives ends the
/// run. It never sees a half-done operator.
pub fn run(
    program: &dyn Program,
    entry: Hash,
    args: &[Value],
    limits: &Limits,
    hosts: &mut dyn Hosts,
    poll: &dyn Fn() -> Option<TrapKind>,
) -> Outcome {
    let mut machine = Machine::new(program, limits, hosts, poll);
    let result = machine.enter(entry, args);
    machine.outcome(result)
}
