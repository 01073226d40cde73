//! [`NdaJitSandbox`]: one run under limits, from the outside.

use crate::engine::{CompileCost, Compiled, Engine};
use crate::library::Library;
use crate::tier2::{NativeFn, Upgrade};
use nda_graph::{Definition, Hash, Limits, Outcome, Signature, Slot, Trap, TrapKind, Ty, Value};
use nda_jit::{Control, FrameStack, FramesTooLarge, Heap, JitState};
use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How a run executes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum Tier {
    /// Tier 1, and tier 2 for functions whose runs have used so much fuel that it is worth it.
    #[default]
    Auto,
    /// The reference evaluator.
    Eval,
    /// Tier 1, threaded closures.
    Closure,
    /// Tier 2, machine code; what it does not know runs on tier 1, and [`Run::stayed`] says why.
    Native,
}

impl Tier {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Tier::Auto => "auto",
            Tier::Eval => "eval",
            Tier::Closure => "closure",
            Tier::Native => "native",
        }
    }
}

/// The capabilities a run may use.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Grants(BTreeSet<String>);

impl Grants {
    /// These and no others.
    pub fn only<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// Whether a capability is among them.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// Everything one run is given besides its arguments.
#[derive(Clone, Default, Debug)]
pub struct RunOptions {
    /// Fuel, memory, depth, output.
    pub limits: Limits,
    /// Capabilities; none by default.
    pub grants: Grants,
    /// How to execute.
    pub tier: Tier,
    /// The longest it may take on the wall clock, host calls included.
    pub deadline: Option<Duration>,
    /// Stops the run from another thread.
    pub cancel: Option<CancelHandle>,
    /// What random numbers come from: the same seed gives the same ones.
    pub seed: u64,
}

/// Stops a run from another thread. One handle may be given to several runs.
#[derive(Clone, Default, Debug)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// A handle that has stopped nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every run that was given this handle, now or when it starts.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a run went.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// The value or trap, the output, and what it used.
    pub outcome: Outcome,
    /// Which tier executed it.
    pub tier: Tier,
    /// Why it ran on tier 1 though tier 2 was asked for.
    pub stayed: Option<String>,
    /// How often a run that began on tier 1 went on in machine code: for the rest of a function, or in a call.
    pub moves: u32,
    /// Where such a run first had machine code asked for, which is made on another thread.
    pub asked: Option<Mark>,
    /// Where it first went on in some.
    pub moved: Option<Mark>,
    /// Time spent compiling, in µs; 0 if all code was there.
    pub compile_us: f64,
    /// Time spent running, in µs.
    pub run_us: f64,
    /// Records compiled for it.
    pub nodes_compiled: u64,
    /// What its random numbers came from, if it used any: with it the run can be repeated.
    pub seed: u64,
    /// The variables that were asked for; see [`NdaJitSandbox::run_showing`].
    pub shown: Vec<Value>,
}

/// A place in a run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mark {
    /// Fuel used by then.
    pub fuel: u64,
    /// Time since it began, in µs, without that spent compiling before.
    pub us: f64,
}

/// Why a run did not start.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A definition that is needed is not in the library.
    #[error("there is no definition #{}", .0.short())]
    Missing(Hash),
    /// Only functions are called; an example is where a run begins, or nowhere.
    #[error("#{} is not a function that can be called", .0.short())]
    NotAFunction(Hash),
    /// A capability that the run was not granted.
    #[error("it needs the capability `{0}`, which this run does not grant")]
    NotGranted(String),
    /// The arguments do not fit the signature.
    #[error("it takes {}, not ({})", .signature.to_string().split(" ->").next().unwrap_or_default(), given.join(", "))]
    Arguments {
        /// What it takes.
        signature: Signature,
        /// What it was given.
        given: Vec<String>,
    },
    /// The frames that the depth limit allows would not fit into memory: a limit that cannot be enforced.
    #[error(
        "a depth limit of {depth} cannot be enforced for this program: its frames would need {words} words"
    )]
    DepthTooLarge {
        /// The limit asked for.
        depth: u32,
        /// What it would need.
        words: u64,
    },
    /// Only functions that take vectors and give one can be lent vectors.
    #[error("it is `fn{0}`: only a function that takes vectors and gives one can be lent vectors")]
    NotOfVectors(Signature),
    /// A vector that was lent is not as long as the function takes it.
    #[error("it takes a vector of {takes} elements as argument {}, not one of {given}", .index + 1)]
    Length {
        /// Which argument, from 0.
        index: usize,
        /// What it takes.
        takes: usize,
        /// What it was given.
        given: usize,
    },
    /// Another number of vectors was lent than the function takes.
    #[error("it takes {takes} vectors, not {given}")]
    Vectors {
        /// What it takes.
        takes: usize,
        /// What it was given.
        given: usize,
    },
    /// The reference evaluator takes values.
    #[error("the evaluator cannot be lent vectors: it takes values")]
    Evaluator,
    /// A bug in NDA, met while compiling.
    #[error("a bug in NDA while compiling it; please report it")]
    Internal,
    /// It cannot be compiled.
    #[error("{0}")]
    NotCompiled(#[from] nda_jit::CompileError),
}

/// Memory that one run after the other uses.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    frames: FrameStack,
    pub(crate) heap: Heap,
}

/// Runs definitions of one library, one at a time.
///
/// Several sandboxes run at once in one process, each with its own limits; they share compiled code through their
/// engine and nothing else.
pub struct NdaJitSandbox<'l> {
    pub(crate) engine: Engine,
    pub(crate) library: &'l dyn Library,
    pub(crate) scratch: Scratch,
}

impl<'l> NdaJitSandbox<'l> {
    /// A sandbox over a library.
    #[must_use]
    pub fn new(engine: &Engine, library: &'l dyn Library) -> Self {
        Self { engine: engine.clone(), library, scratch: engine.take_scratch() }
    }

    /// Runs a function.
    ///
    /// # Errors
    /// If it cannot start. A trap is no error: it is an outcome.
    pub fn run(&mut self, hash: Hash, args: &[Value], options: &RunOptions) -> Result<Run, Refused> {
        self.run_showing(hash, args, options, &[])
    }

    /// Runs a function and shows some of its variables as they were at the end.
    ///
    /// # Errors
    /// As [`NdaJitSandbox::run`].
    pub fn run_showing(
        &mut self,
        hash: Hash,
        args: &[Value],
        options: &RunOptions,
        show: &[(Slot, Ty)],
    ) -> Result<Run, Refused> {
        let started = Instant::now();
        let (compiled, cost) = self.ready(hash)?;
        let mut stayed = None;
        let mut native = None;
        match options.tier {
            Tier::Native => match self.native(hash, &options.limits, show) {
                Ok(function) => native = Some(function),
                Err(why) => stayed = Some(why),
            },
            Tier::Auto if show.is_empty() => {
                let ready = self.engine.tier2().ready(self.library, hash);
                native = ready.filter(|function| function.allows(&options.limits));
            }
            _ => {}
        }
        // Looking at the clock takes as long as compiling a record does: it is looked at where there is something to see.
        let (compile_us, ready) = match cost.nodes {
            0 if options.tier != Tier::Native => (0.0, started),
            _ => {
                let ready = Instant::now();
                (micros(started, ready), ready)
            }
        };
        if let Some(missing) = compiled.needs.iter().find(|need| !options.grants.holds(need)) {
            return Err(Refused::NotGranted(missing.clone()));
        }
        let signature = compiled.function.signature();
        if !signature.accepts(args) {
            let given = args.iter().map(Value::type_text).collect();
            return Err(Refused::Arguments { signature: signature.clone(), given });
        }
        let deadline = options.deadline.map(|limit| started + limit);
        let (mut moves, mut marks) = (0, [None; 2]);
        let moving = options.tier == Tier::Auto && show.is_empty();
        let (outcome, shown, tier) = match options.tier {
            Tier::Eval => (self.evaluate(hash, args, options, deadline)?, Vec::new(), Tier::Eval),
            _ => match native {
                Some(function) => {
                    let outcome = self.execute(options, deadline, false, |state, frames| {
                        function.call(state, frames, args)
                    })?;
                    (outcome.unwrap_or_else(internal_error), Vec::new(), Tier::Native)
                }
                None => {
                    let ran = self.execute(options, deadline, moving, |state, frames| {
                        let ran = compiled.function.call_showing(state, frames, args, show);
                        (moves, marks) = (state.moves(), state.first_marks());
                        ran
                    })?;
                    let (outcome, shown) = ran.unwrap_or_else(|| (internal_error(), Vec::new()));
                    if moving {
                        self.engine.tier2().ran(hash, outcome.fuel);
                    }
                    (outcome, shown, Tier::Closure)
                }
            },
        };
        let run_us = micros(ready, Instant::now());
        let (nodes_compiled, seed) = (cost.nodes, options.seed);
        let [asked, moved] =
            marks.map(|mark| mark.map(|mark| Mark { fuel: mark.fuel, us: micros(ready, mark.at) }));
        Ok(Run {
            outcome,
            tier,
            stayed,
            moves,
            asked,
            moved,
            compile_us,
            run_us,
            nodes_compiled,
            seed,
            shown,
        })
    }

    /// A function, compiled now if need be.
    pub(crate) fn ready(&self, hash: Hash) -> Result<(Compiled, CompileCost), Refused> {
        catch_unwind(AssertUnwindSafe(|| self.engine.compiled(self.library, hash)))
            .map_err(|_| Refused::Internal)?
    }

    /// The machine code of a function, if this run is one for it.
    pub(crate) fn native(
        &self,
        hash: Hash,
        limits: &Limits,
        show: &[(Slot, Ty)],
    ) -> Result<NativeFn, String> {
        if !show.is_empty() {
            return Err("its variables are to be shown".to_owned());
        }
        let function = self.engine.tier2().compiled(self.library, hash)?;
        if limits.fuel > NativeFn::MAX_FUEL {
            return Err("with so much fuel a counter could overflow".to_owned());
        }
        if !function.allows(limits) {
            return Err("so deep a nesting of calls could need more native stack than there is".to_owned());
        }
        Ok(function)
    }

    /// Runs code under the limits of a run, which may go on in machine code if it is `moving`. None if a bug of ours ended it.
    pub(crate) fn execute<T>(
        &mut self,
        options: &RunOptions,
        deadline: Option<Instant>,
        moving: bool,
        call: impl FnOnce(&mut JitState<'_>, &mut FrameStack) -> Result<T, FramesTooLarge>,
    ) -> Result<Option<T>, Refused> {
        let mut hosts = self.engine.hosts(options, deadline);
        let control = Control { cancel: options.cancel.as_ref().map(|handle| &*handle.0), deadline };
        let upgrade = Upgrade::new(self.engine.tier2(), self.library);
        let Scratch { mut frames, heap } = std::mem::take(&mut self.scratch);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let mut state = JitState::new(options.limits, control, &mut hosts, heap, String::new());
            if moving {
                upgrade.attach(&mut state);
            }
            let ran = call(&mut state, &mut frames);
            (ran, state.heap, frames)
        }));
        match ran {
            Ok((ran, heap, frames)) => {
                self.scratch = Scratch { frames, heap };
                ran.map(Some).map_err(|refused| Refused::DepthTooLarge {
                    depth: options.limits.depth,
                    words: refused.words,
                })
            }
            // The run's memory is given up with it, the host goes on.
            Err(_) => Ok(None),
        }
    }

    fn evaluate(
        &mut self,
        hash: Hash,
        args: &[Value],
        options: &RunOptions,
        deadline: Option<Instant>,
    ) -> Result<Outcome, Refused> {
        let program = Reachable::collect(&self.engine, self.library, hash)?;
        let mut hosts = self.engine.hosts(options, deadline);
        let poll = || {
            if options.cancel.as_ref().is_some_and(|handle| handle.0.load(Ordering::Relaxed)) {
                return Some(TrapKind::Cancelled);
            }
            deadline.filter(|&deadline| Instant::now() >= deadline).map(|_| TrapKind::DeadlineExceeded)
        };
        let ran = catch_unwind(AssertUnwindSafe(|| {
            nda_eval::run(&program, hash, args, &options.limits, &mut hosts, &poll)
        }));
        Ok(ran.unwrap_or_else(|_| internal_error()))
    }
}

impl Drop for NdaJitSandbox<'_> {
    fn drop(&mut self) {
        self.engine.give_scratch(std::mem::take(&mut self.scratch));
    }
}

fn micros(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_nanos() as f64 / 1000.0
}

pub(crate) fn internal_trap() -> Trap {
    let kind = TrapKind::InternalError;
    Trap { kind, message: kind.message().to_owned(), frames: Vec::new() }
}

fn internal_error() -> Outcome {
    Outcome { result: Err(internal_trap()), output: String::new(), fuel: 0, peak_bytes: 0, depth: 0 }
}

/// Everything a function reaches, for the evaluator.
struct Reachable {
    definitions: HashMap<Hash, Definition>,
    engine: Engine,
}

impl Reachable {
    fn collect(engine: &Engine, library: &dyn Library, hash: Hash) -> Result<Self, Refused> {
        let mut found = HashMap::new();
        let mut todo = vec![hash];
        while let Some(next) = todo.pop() {
            if found.contains_key(&next) {
                continue;
            }
            let definition = library.definition(next).ok_or(Refused::Missing(next))?;
            todo.extend(definition.view().references().map(|reference| reference.hash));
            found.insert(next, definition);
        }
        Ok(Self { definitions: found, engine: engine.clone() })
    }
}

impl nda_eval::Program for Reachable {
    fn definition(&self, hash: Hash) -> Option<&Definition> {
        self.definitions.get(&hash)
    }

    fn weights(&self, hash: Hash) -> Option<Arc<nda_tensor::Loaded>> {
        self.engine.weights(hash)
    }
}
