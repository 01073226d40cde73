//! [`Engine`]: compiled code by hash, host functions, and memory that runs share.

use crate::host::{HostSignature, Hosts};
use crate::library::Library;
use crate::native::{HostFunction, HostResult};
use crate::sandbox::{Refused, Scratch};
use crate::typed::Program;
use nda_graph::{Definition, Hash, Kind, Value};
use nda_jit::{Compiler, JitFn, Linker};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Compiled functions kept per generation: the cache holds at most twice as many.
const GENERATION: usize = 1 << 15;

/// The engine. Cheap to clone; clones share code and host functions.
#[derive(Clone, Default)]
pub struct Engine {
    shared: Arc<Shared>,
    hosts: Arc<Hosts>,
}

#[derive(Default)]
struct Shared {
    code: Mutex<CodeCache>,
    /// Memory of runs that have ended, for runs to come.
    scratch: Mutex<Vec<Scratch>>,
}

/// Code by hash, in two generations: what was not used while the younger one filled up is dropped.
#[derive(Default)]
struct CodeCache {
    compiler: Compiler,
    young: FxHashMap<Hash, Compiled>,
    old: FxHashMap<Hash, Compiled>,
}

/// What is known of a definition that was linked.
#[derive(Clone)]
pub(crate) struct Compiled {
    pub(crate) function: JitFn,
    /// Every capability that it or anything it calls needs.
    pub(crate) needs: Arc<[String]>,
}

/// What it took to have a function ready.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct CompileCost {
    /// Records compiled now; what was in the cache does not count.
    pub(crate) nodes: u64,
}

impl CodeCache {
    fn get(&mut self, hash: Hash) -> Option<&Compiled> {
        if !self.young.contains_key(&hash) {
            let kept = self.old.remove(&hash)?;
            self.insert(hash, kept);
        }
        self.young.get(&hash)
    }

    fn insert(&mut self, hash: Hash, compiled: Compiled) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, compiled);
    }
}

impl Engine {
    /// An engine without host functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a Rust function to programs under a capability: `engine.register("clock::now", "clock", || 42_i64)`.
    /// Its parameters and result are [`crate::Native`] types; it may also return `Result<T, String>`.
    ///
    /// Engines cloned before do not see it.
    pub fn register<A, Out, F>(&mut self, name: &str, capability: &str, function: F)
    where
        Out: HostResult,
        F: HostFunction<A, Out>,
    {
        Arc::make_mut(&mut self.hosts).register(name, capability, function);
    }

    /// What a program may know of a host function.
    #[must_use]
    pub fn host(&self, name: &str) -> Option<&HostSignature> {
        self.hosts.signature(name)
    }

    /// The names of all host functions, in order.
    pub fn host_names(&self) -> impl Iterator<Item = &str> {
        self.hosts.names()
    }

    /// The capabilities that host functions are granted under.
    #[must_use]
    pub fn capabilities(&self) -> Vec<String> {
        self.hosts.capabilities()
    }

    pub(crate) fn hosts(&self) -> Hosts {
        (*self.hosts).clone()
    }

    /// A program: a library whose definitions this engine runs.
    #[must_use]
    pub fn load<L: Library>(&self, library: L) -> Program<L> {
        Program::new(self.clone(), library)
    }

    /// How many compiled functions are kept.
    #[must_use]
    pub fn cached_functions(&self) -> usize {
        let cache = self.code();
        cache.young.len() + cache.old.len()
    }

    /// Bytes of compiled code for a function and its group, and the records it was compiled from.
    ///
    /// # Errors
    /// As a run of it.
    pub fn code_size(&self, library: &dyn Library, hash: Hash) -> Result<(usize, u32), Refused> {
        let (compiled, _) = self.compiled(library, hash)?;
        Ok((compiled.function.unit_bytes(), compiled.function.unit_nodes()))
    }

    fn code(&self) -> MutexGuard<'_, CodeCache> {
        // The cache only ever gains whole entries, so a panic while it was held left it sound.
        self.shared.code.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take_scratch(&self) -> Scratch {
        let mut scratch = self.shared.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        scratch.pop().unwrap_or_default()
    }

    pub(crate) fn give_scratch(&self, used: Scratch) {
        let mut scratch = self.shared.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        if scratch.len() < 16 {
            scratch.push(used);
        }
    }

    /// The function with this hash, compiled with everything it reaches if it is not in the cache.
    pub(crate) fn compiled(&self, library: &dyn Library, hash: Hash) -> Result<(Compiled, CompileCost), Refused> {
        let mut cost = CompileCost::default();
        let mut cache = self.code();
        if let Some(known) = cache.get(hash) {
            return Ok((known.clone(), cost));
        }
        // Callees before callers, without recursion: a program may be a chain of a hundred thousand functions.
        let mut path = vec![Open::new(library, hash)?];
        let mut waiting: FxHashSet<Hash> = path[0].group.iter().map(|member| member.0).collect();
        while let Some(open) = path.last_mut() {
            if let Some(callee) = open.callees.pop() {
                if cache.get(callee).is_none() && waiting.insert(callee) {
                    let next = Open::new(library, callee)?;
                    waiting.extend(next.group.iter().map(|member| member.0));
                    path.push(next);
                }
                continue;
            }
            if let Some(open) = path.pop() {
                cost.nodes += open.compile(&mut cache)?;
            }
        }
        match cache.get(hash) {
            Some(compiled) => Ok((compiled.clone(), cost)),
            None => Err(Refused::Missing(hash)),
        }
    }
}

/// A recursive group (or one definition) on its way to being compiled.
struct Open {
    group: Vec<(Hash, Definition)>,
    /// Functions outside of the group that have to be there first.
    callees: Vec<Hash>,
    constants: Vec<(Hash, Value)>,
    capabilities: Vec<String>,
}

impl Open {
    fn new(library: &dyn Library, hash: Hash) -> Result<Self, Refused> {
        let mut open =
            Self { group: Vec::new(), callees: Vec::new(), constants: Vec::new(), capabilities: Vec::new() };
        let mut todo = vec![hash];
        while let Some(member) = todo.pop() {
            if open.group.iter().any(|(known, _)| *known == member) {
                continue;
            }
            let definition = library.definition(member).ok_or(Refused::Missing(member))?;
            let view = definition.view();
            if view.kind() == Kind::Constant {
                return Err(Refused::NotAFunction(member));
            }
            for reference in view.references() {
                if reference.is_constant {
                    let constant = library.definition(reference.hash).ok_or(Refused::Missing(reference.hash))?;
                    let value = Value::of_constant(constant.view()).ok_or(Refused::Missing(reference.hash))?;
                    open.constants.push((reference.hash, value));
                } else if reference.in_group {
                    todo.push(reference.hash);
                } else {
                    open.callees.push(reference.hash);
                }
            }
            let hosts = (0..view.host_count()).map(|index| view.host(index).capability.to_owned());
            open.capabilities.extend(hosts);
            open.group.push((member, definition));
        }
        open.callees.sort_unstable();
        open.callees.dedup();
        Ok(open)
    }

    fn compile(self, cache: &mut CodeCache) -> Result<u64, Refused> {
        let mut needs = self.capabilities;
        let views: Vec<_> = self.group.iter().map(|(hash, definition)| (*hash, definition.view())).collect();
        let mut functions: Vec<(Hash, Compiled)> = Vec::new();
        for (_, view) in &views {
            for reference in view.references().filter(|reference| !reference.is_constant && !reference.in_group) {
                if let Some(known) = cache.get(reference.hash) {
                    needs.extend(known.needs.iter().cloned());
                    functions.push((reference.hash, known.clone()));
                }
            }
        }
        needs.sort_unstable();
        needs.dedup();
        let needs: Arc<[String]> = needs.into();
        let linked = Linked { functions: &functions, constants: &self.constants };
        let compiled = cache.compiler.compile(&views, &linked)?;
        let nodes = views.iter().map(|(_, view)| u64::from(view.node_count())).sum();
        for (&(hash, _), function) in views.iter().zip(compiled) {
            cache.insert(hash, Compiled { function, needs: Arc::clone(&needs) });
        }
        Ok(nodes)
    }
}

struct Linked<'l> {
    functions: &'l [(Hash, Compiled)],
    constants: &'l [(Hash, Value)],
}

impl Linker for Linked<'_> {
    fn function(&self, hash: Hash) -> Option<JitFn> {
        self.functions.iter().find(|(known, _)| *known == hash).map(|(_, compiled)| compiled.function.clone())
    }

    fn constant(&self, hash: Hash) -> Option<Value> {
        self.constants.iter().find(|(known, _)| *known == hash).map(|(_, value)| value.clone())
    }
}
