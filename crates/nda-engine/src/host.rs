//! The functions a host offers, by name, each under a capability.

use crate::native::{HostFunction, HostResult, Native};
use nda_graph::{Signature, Value};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Body = dyn Fn(Vec<Value>) -> Result<Value, String> + Send + Sync;

/// What a program may know of a host function.
#[derive(Clone, PartialEq, Debug)]
pub struct HostSignature {
    /// The capability it is granted under.
    pub capability: String,
    /// What it takes and gives.
    pub signature: Signature,
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
        let signature = Signature::plain(function.params(), Out::Value::ty());
        let signature = HostSignature { capability: capability.to_owned(), signature };
        let body: Arc<Body> = Arc::new(move |args| function.call(args));
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

    fn call_checked(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let entry = self.entries.get(name).ok_or("the host does not offer it")?;
        // A panic of the host's own code must not pass through the steps of a run.
        catch_unwind(AssertUnwindSafe(|| (entry.body)(args.to_vec())))
            .unwrap_or_else(|_| Err("the host function panicked".to_owned()))
    }
}

impl nda_jit::Hosts for &Hosts {
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.call_checked(name, args)
    }
}

impl nda_eval::Hosts for &Hosts {
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Value, String> {
        self.call_checked(name, args)
    }
}
