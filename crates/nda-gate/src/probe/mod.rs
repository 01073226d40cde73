//! The behaviour probe: what a new or changed function does on inputs that nobody wrote down.
//!
//! Edges of its types first, then random inputs whose seed is its hash, run through the compiled code under small
//! limits. It says which inputs trap, made small; of a changed function also where it gives something else than the
//! version it replaces. Only functions that need no capability are probed. What was found is remembered by hash.

mod inputs;

use crate::gate::{Gate, Submission};
use crate::policy::{ProbePolicy, Reaction};
use crate::verdict::{Judged, Status};
use inputs::{inputs, smaller};
use nda_diagnostics::{Code, Diagnostic, Severity};
use nda_engine::{Library, NdaJitSandbox, RunOptions, Tier};
use nda_graph::{Builtin, Hash, Kind, Limits, NdaNode, NodeId, Outcome, Signature, Trap, TrapKind, Value};
use rustc_hash::FxHashMap;
use std::time::{Duration, Instant};

/// What a probe found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Probe {
    /// Inputs tried.
    pub inputs: u32,
    /// Inputs there were to try; more than were tried if the time was up.
    pub planned: u32,
    /// Inputs whose run did not end within the probe's limits.
    pub unfinished: u32,
    /// Units of fuel used by all of them.
    pub fuel: u64,
    /// Ways to trap, each with its smallest input.
    pub traps: Vec<ProbeTrap>,
    /// What it does otherwise than the version it replaces; `None` if there is none, or it takes or gives something else.
    pub change: Option<ProbeChange>,
}

/// One way to trap.
#[derive(Clone, PartialEq, Debug)]
pub struct ProbeTrap {
    /// In words.
    pub message: String,
    /// The smallest input that was found, `(0, [])`.
    pub input: String,
    /// Inputs that trapped so.
    pub count: u32,
    /// Whether it says something: the author did not write the trap (`panic`, `assert`), and it does not take numbers of
    /// a size that only overflow needs.
    pub is_telling: bool,
}

/// A function against the version it replaces.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ProbeChange {
    /// Inputs on which both came to an end.
    pub compared: u32,
    /// Those of them on which the value, the trap or the output differs.
    pub differ: u32,
    /// The smallest such input that was found: the input, what it gave, what it gives.
    pub example: Option<(String, String, String)>,
}

impl Probe {
    /// In one line, for a record.
    pub(crate) fn summary(&self) -> String {
        let Probe { inputs, planned, unfinished, .. } = self;
        let traps = self.traps.len();
        let change = self.change.as_ref();
        let change = change.map_or(String::new(), |change| {
            format!(", {} of {} otherwise than before", change.differ, change.compared)
        });
        format!("{inputs} of {planned} inputs, {unfinished} unfinished, {traps} ways to trap{change}")
    }
}

/// Probes remembered at once; then they are forgotten together.
const REMEMBERED: usize = 1 << 14;
/// Ways to trap that are kept.
const MOST_TRAPS: usize = 4;
/// Runs that may be spent on making one input small.
const SHRINKING: usize = 48;
/// Longer than anybody waits; fuel ends each run.
const FOREVER: Duration = Duration::from_secs(3600);
/// Numbers up to here are ordinary.
const ORDINARY: u64 = 1_000_000;

/// Probes by the function, and the version it replaces, all made in the same way.
#[derive(Default)]
pub(crate) struct Probes {
    how: ProbePolicy,
    known: FxHashMap<(Hash, Option<Hash>), Probe>,
}

impl Gate {
    /// Probes what is new or changed of a submission, if it is to be probed and nothing refuses it so far.
    pub(crate) fn probe_all<'j>(
        &mut self,
        judged: impl Iterator<Item = &'j mut Judged>,
        submission: &mut Submission,
    ) {
        let how = self.policy.probe;
        let is_binding = how.traps == Reaction::Refuse || how.changes == Reaction::Refuse;
        let is_idle = how.traps == Reaction::Allow && how.changes == Reaction::Allow;
        if is_idle || !(self.probes || is_binding) || !submission.verdict.is_admitted() {
            return;
        }
        if self.probed.how != how {
            self.probed = Probes { how, known: FxHashMap::default() };
        }
        let started = Instant::now();
        // What is refused for a finding must not pass because others took the time.
        let until = started + if is_binding { FOREVER } else { Duration::from_micros(how.time_us) };
        let mut cost = submission.verdict.cost;
        let library: &Submission = submission;
        let mut runner = Runner {
            sandbox: NdaJitSandbox::new(&self.engine, library),
            options: RunOptions { limits: limits(how.fuel), tier: Tier::Closure, ..RunOptions::default() },
        };
        let mut found: Vec<Diagnostic> = Vec::new();
        for one in judged.filter(|one| !one.hands_on) {
            let before = match one.status {
                Status::Unchanged => continue,
                Status::Changed { before } => Some(before),
                Status::New => None,
            };
            let view = one.definition.view();
            if view.kind() != Kind::Function || view.uses().next().is_some() || view.host_count() > 0 {
                continue;
            }
            let signature = view.signature().to_owned();
            // Nothing outside of a program can make a matrix.
            if signature.params.iter().any(|&ty| signature.types.view().has_matrix(ty)) {
                continue;
            }
            let before = before.filter(|before| {
                let old = library.definition(*before);
                old.is_some_and(|old| {
                    old.view().kind() == Kind::Function && old.view().signature().to_owned() == signature
                })
            });
            let key = (one.hash, before);
            let probe = match self.probed.known.get(&key) {
                Some(probe) => probe.clone(),
                None if Instant::now() >= until => continue,
                None => {
                    let probe = runner.probe(one.hash, before, &signature, how.inputs, until, library);
                    let Some(probe) = probe else { continue };
                    cost.probe_fuel += probe.fuel;
                    cost.probe_inputs += u64::from(probe.inputs);
                    if probe.inputs == probe.planned {
                        if self.probed.known.len() >= REMEMBERED {
                            self.probed.known.clear();
                        }
                        self.probed.known.insert(key, probe.clone());
                    }
                    probe
                }
            };
            // Instances of one function mostly have the same to tell, of the same place.
            let told =
                |new: &Diagnostic| found.iter().any(|old| (old.code, old.span) == (new.code, new.span));
            let new: Vec<_> = findings(one, &probe, how).into_iter().filter(|new| !told(new)).collect();
            found.extend(new);
            one.probe = Some(probe);
        }
        drop(runner);
        cost.probe_us = started.elapsed().as_nanos() as f64 / 1000.0;
        submission.verdict.cost = cost;
        submission.verdict.diagnostics.extend(found);
    }
}

/// What one input may use.
fn limits(fuel: u64) -> Limits {
    Limits { fuel, memory_bytes: 1 << 20, depth: 256, output_bytes: 1 << 12 }
}

/// What a probe says to the author.
fn findings(judged: &Judged, probe: &Probe, how: ProbePolicy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut add = |code, reaction, message: String, notes: Vec<String>| {
        let mut diagnostic = Diagnostic::new(code, judged.named_at, message);
        diagnostic.notes = notes;
        match reaction {
            Reaction::Allow => return,
            Reaction::Warn => {}
            Reaction::Refuse => {
                diagnostic.severity = Severity::Error;
                diagnostic.notes.push("the policy refuses this".to_owned());
            }
        }
        found.push(diagnostic);
    };
    let name = &judged.name;
    let tried = format!("{} of {} inputs were tried", probe.inputs, probe.planned);
    let mut telling = probe.traps.iter().filter(|trap| trap.is_telling);
    if let Some(first) = telling.next() {
        let more = telling.map(|trap| format!("also: {} at {}", trap.message, trap.input));
        let notes = more.chain([tried.clone()]).collect();
        add(
            Code::InputTraps,
            how.traps,
            format!("`{name}` traps: {} at {}", first.message, first.input),
            notes,
        );
    }
    if let Some(ProbeChange { compared, differ, example: Some((input, before, after)) }) = &probe.change {
        let message = format!(
            "`{name}` does something else than before: {name}{input}: {before} → {after}; {differ} of {compared} inputs differ"
        );
        add(Code::BehaviourDiffers, how.changes, message, vec![tried]);
    }
    found
}

struct Runner<'l> {
    sandbox: NdaJitSandbox<'l>,
    options: RunOptions,
}

/// A way to trap: what and where.
type Way = (TrapKind, Option<(Hash, NodeId)>);

fn way(trap: &Trap) -> Way {
    (trap.kind, trap.frames.first().map(|frame| (frame.definition, frame.node)))
}

/// Whether a run came to an end that is its own, and not the probe's.
fn is_final(outcome: &Outcome) -> bool {
    use TrapKind::{DivisionByZero, IndexOutOfBounds, IntegerOverflow, Panic, ShiftOutOfRange};
    match &outcome.result {
        Ok(_) => true,
        Err(trap) => {
            matches!(trap.kind, IntegerOverflow | DivisionByZero | ShiftOutOfRange | IndexOutOfBounds | Panic)
        }
    }
}

impl Runner<'_> {
    fn run(&mut self, hash: Hash, args: &[Value]) -> Option<Outcome> {
        self.sandbox.run(hash, args, &self.options).ok().map(|run| run.outcome)
    }

    /// `None` if it cannot be run, as what needs a capability somewhere inside.
    fn probe(
        &mut self,
        hash: Hash,
        before: Option<Hash>,
        signature: &Signature,
        count: u32,
        until: Instant,
        library: &dyn Library,
    ) -> Option<Probe> {
        let all = inputs(signature, count, hash);
        let mut probe = Probe { planned: all.len() as u32, ..Probe::default() };
        let mut ways: Vec<(Way, &[Value], String, u32)> = Vec::new();
        let mut differs: Option<&[Value]> = None;
        let mut change = ProbeChange::default();
        for (turn, args) in all.iter().enumerate() {
            if turn % 8 == 7 && Instant::now() >= until {
                break;
            }
            let outcome = self.run(hash, args)?;
            probe.inputs += 1;
            probe.fuel += outcome.fuel;
            if !is_final(&outcome) {
                probe.unfinished += 1;
                continue;
            }
            if let Err(trap) = &outcome.result {
                let this = way(trap);
                match ways.iter().position(|known| known.0 == this) {
                    Some(known) => ways[known].3 += 1,
                    None if ways.len() < MOST_TRAPS => ways.push((this, args, trap.message.clone(), 1)),
                    None => {}
                }
            }
            if let Some(before) = before {
                let old = self.run(before, args)?;
                probe.fuel += old.fuel;
                if is_final(&old) {
                    change.compared += 1;
                    if differ(&old, &outcome) {
                        change.differ += 1;
                        differs = differs.or(Some(args));
                    }
                }
            }
        }
        for (this, args, message, count) in ways {
            let traps = |runner: &mut Self, args: &[Value]| {
                let outcome = runner.run(hash, args);
                outcome.is_some_and(|outcome| outcome.result.err().is_some_and(|trap| way(&trap) == this))
            };
            let least = self.shrink(args, until, traps);
            let is_telling = !is_deliberate(this, library) && least.iter().all(is_ordinary);
            probe.traps.push(ProbeTrap { message, input: shown(&least), count, is_telling });
        }
        if let Some(before) = before {
            if let Some(args) = differs {
                let both = |runner: &mut Self, args: &[Value]| {
                    let (old, new) = (runner.run(before, args)?, runner.run(hash, args)?);
                    (is_final(&old) && is_final(&new) && differ(&old, &new)).then_some((old, new))
                };
                let least = self.shrink(args, until, |runner, args| both(runner, args).is_some());
                change.example = both(self, &least).map(|(old, new)| {
                    let (before, after) = (gives(&old), gives(&new));
                    match before == after {
                        true => (
                            shown(&least),
                            cut(&format!("{before}, printing {:?}", old.output)),
                            cut(&format!("printing {:?}", new.output)),
                        ),
                        false => (shown(&least), before, after),
                    }
                });
            }
            probe.change = Some(change);
        }
        Some(probe)
    }

    /// The smallest input that is still so, as far as a few tries go.
    fn shrink(
        &mut self,
        args: &[Value],
        until: Instant,
        mut is_so: impl FnMut(&mut Self, &[Value]) -> bool,
    ) -> Vec<Value> {
        let mut least = args.to_vec();
        let mut tries = 0;
        'again: loop {
            for index in 0..least.len() {
                for less in smaller(&least[index]) {
                    tries += 1;
                    if tries > SHRINKING || Instant::now() >= until {
                        return least;
                    }
                    let mut candidate = least.clone();
                    candidate[index] = less;
                    if is_so(self, &candidate) {
                        least = candidate;
                        continue 'again;
                    }
                }
            }
            return least;
        }
    }
}

fn differ(old: &Outcome, new: &Outcome) -> bool {
    let same = match (&old.result, &new.result) {
        (Ok(old), Ok(new)) => old == new,
        (Err(old), Err(new)) => old.kind == new.kind,
        _ => false,
    };
    !same || old.output != new.output
}

fn gives(outcome: &Outcome) -> String {
    match &outcome.result {
        Ok(value) => cut(&value.to_string()),
        Err(trap) => cut(&format!("trap: {}", trap.message)),
    }
}

/// Whether the author wrote the trap: `panic` or `assert`.
fn is_deliberate((kind, place): Way, library: &dyn Library) -> bool {
    let node = place.and_then(|(definition, node)| {
        let definition = library.definition(definition)?;
        let view = definition.view();
        (node < view.node_count()).then(|| view.node(node))
    });
    kind == TrapKind::Panic
        && matches!(node, Some(NdaNode::Builtin { op: Builtin::Panic | Builtin::Assert, .. }))
}

fn is_ordinary(value: &Value) -> bool {
    match value {
        Value::Int(number) => number.unsigned_abs() <= ORDINARY,
        Value::List { items, .. } | Value::Tuple(items) => items.iter().all(is_ordinary),
        Value::Struct(record) => record.fields.values().all(is_ordinary),
        Value::Enum(record) => record.fields.values().all(is_ordinary),
        _ => true,
    }
}

fn shown(args: &[Value]) -> String {
    let all: Vec<String> = args.iter().map(ToString::to_string).collect();
    format!("({})", cut(&all.join(", ")))
}

/// As much of a text as a message can take.
fn cut(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
