//! The functions a host offers, by name, each under a capability.

use crate::native::{Arguments, HostFunction, HostResult, OTHER_ARGUMENTS};
use crate::sandbox::{CancelHandle, RunOptions};
use nda_graph::{Signature, Ty, Types, Value};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

type Body = dyn Fn(&mut Caller<'_>, Vec<Value>) -> Result<Value, String> + Send + Sync;

/// What a program may know of a host function.
#[derive(Clone, PartialEq, Debug)]
pub struct HostSignature {
    /// The capability it is granted under.
    pub capability: String,
    /// What it takes and gives.
    pub signature: Signature,
}

/// The run that calls a host function: how long it may still wait, and what the function keeps from one call of a run to
/// the next.
pub struct Caller<'r> {
    options: &'r RunOptions,
    deadline: Option<Instant>,
    state: HashMap<TypeId, Box<dyn Any>>,
}

impl Caller<'_> {
    /// How long the run may still take; `None` without a deadline. A function that waits longer is waited for no longer
    /// than it has to be, and whatever it then says, the run ends with `DeadlineExceeded`.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether the run ends as soon as the function returns, because it was cancelled or its time is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.options.cancel.as_ref().is_some_and(CancelHandle::is_cancelled)
            || self.time_left() == Some(Duration::ZERO)
    }

    /// The run's memory limit: what does not fit into it, the function need not fetch.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.options.limits.memory_bytes
    }

    /// What random numbers of the run come from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.options.seed
    }

    /// What was kept under this type by an earlier call of the same run; what `new` makes, at the first.
    pub fn state<T: Any>(&mut self, new: impl FnOnce(&Self) -> T) -> &mut T {
        if !self.state.contains_key(&TypeId::of::<T>()) {
            let made = Box::new(new(self));
            self.state.insert(TypeId::of::<T>(), made);
        }
        let kept = self.state.get_mut(&TypeId::of::<T>()).and_then(|kept| kept.downcast_mut());
        kept.expect("what is kept under a type is of that type")
    }
}

/// The host functions as one run calls them.
pub(crate) struct RunHosts<'r> {
    hosts: Arc<Hosts>,
    caller: Caller<'r>,
}

impl<'r> RunHosts<'r> {
    pub(crate) fn new(hosts: Arc<Hosts>, options: &'r RunOptions, deadline: Option<Instant>) -> Self {
        Self { hosts, caller: Caller { options, deadline, state: HashMap::new() } }
    }

    fn call_checked(&mut self, name: &str, args: &[Value]) -> Result<Value, String> {
        let entry = self.hosts.entries.get(name).ok_or("the host does not offer it")?;
        // A panic of the host's own code must not pass through the steps of a run.
        catch_unwind(AssertUnwindSafe(|| (entry.body)(&mut self.caller, args.to_vec())))
            .unwrap_or_else(|_| Err("the host function panicked".to_owned()))
    }
}

#[derive(Clone)]
struct Entry {
    signature: HostSignature,
    body: Arc<Body>,
}

/// All host functions of an engine.
#[derive(Clone, Default)]
pub(crate) struct Hosts {
    entries: BTreeMap<String, Entry>,
}

impl Hosts {
    pub(crate) fn register<A, Out, F>(&mut self, name: &str, capability: &str, function: F)
    where
        Out: HostResult,
        F: HostFunction<A, Out>,
    {
        let mut types = Types::default();
        let params = function.params_in(&mut types);
        let body = Arc::new(move |_: &mut Caller<'_>, args| function.call(args));
        self.insert::<Out>(name, capability, (params, types), body);
    }

    pub(crate) fn register_with<A, Out, F>(&mut self, name: &str, capability: &str, function: F)
    where
        A: Arguments,
        Out: HostResult,
        F: Fn(&mut Caller<'_>, A) -> Out + Send + Sync + 'static,
    {
        let body = move |caller: &mut Caller<'_>, args| {
            function(caller, A::from_values(args).ok_or(OTHER_ARGUMENTS)?).into_result()
        };
        let mut types = Types::default();
        let params = A::types_in(&mut types);
        self.insert::<Out>(name, capability, (params, types), Arc::new(body));
    }

    fn insert<Out: HostResult>(
        &mut self,
        name: &str,
        capability: &str,
        (params, mut types): (Vec<Ty>, Types),
        body: Arc<Body>,
    ) {
        let ret = Out::ty_in(&mut types);
        let signature = Signature { params, ret, types };
        let signature = HostSignature { capability: capability.to_owned(), signature };
        self.entries.insert(name.to_owned(), Entry { signature, body });
    }

    pub(crate) fn signature(&self, name: &str) -> Option<&HostSignature> {
        self.entries.get(name).map(|entry| &entry.signature)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(crate) fn capabilities(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.entries.values().map(|entry| entry.signature.capability.clone()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl nda_jit::Hosts for RunHosts<'_> {
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.call_checked(name, args)
    }
}

impl nda_eval::Hosts for RunHosts<'_> {
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.call_checked(name, args)
    }
}
