//! [`Engine`]: compiled code by hash, host functions, and memory that runs share.

use crate::host::{Caller, HostSignature, Hosts, RunHosts};
use crate::library::Library;
use crate::native::{Arguments, HostFunction, HostResult};
use crate::sandbox::{Refused, RunOptions, Scratch};
use crate::tier2::Tier2;
use crate::typed::Program;
use crate::weights::{WeightsCache, WeightsSource};
use nda_graph::{Definition, DefinitionRef, Hash, Kind, Value};
use nda_jit::{Compiler, JitFn, Linker};
#[cfg(feature = "native")]
use nda_native::{Level, Listing};
use nda_tensor::Loaded;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Compiled functions kept per generation: the cache holds at most twice as many.
const GENERATION: usize = 1 << 15;

/// The engine. Cheap to clone; clones share code and host functions.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    hosts: Arc<Hosts>,
    weights: Arc<WeightsCache>,
}

#[derive(Default)]
struct Shared {
    tier2: Tier2,
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
    /// Whether it is an example: run by itself, and called by nobody.
    is_example: bool,
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

impl Default for Engine {
    fn default() -> Self {
        let weights = Arc::<WeightsCache>::default();
        let shared = Shared { tier2: Tier2::over(Arc::clone(&weights)), ..Shared::default() };
        Self { shared: Arc::new(shared), hosts: Arc::default(), weights }
    }
}

impl Engine {
    /// An engine without host functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An engine with the same host functions whose machine code is made with as much care as this says; this one, if that
    /// is how it does it.
    #[cfg(feature = "native")]
    #[must_use]
    pub fn at_level(&self, level: Level) -> Self {
        if self.tier2().level() == level {
            return self.clone();
        }
        let tier2 = Tier2::new(level, Arc::clone(&self.weights));
        let shared = Shared { tier2, ..Shared::default() };
        Self { shared: Arc::new(shared), hosts: Arc::clone(&self.hosts), weights: Arc::clone(&self.weights) }
    }

    /// Adds a place that weights come from, for this engine and its clones. The first that has some gives them.
    pub fn offer_weights(&self, source: impl WeightsSource + 'static) {
        self.weights.offer(Box::new(source));
    }

    /// The weights with this hash.
    #[must_use]
    pub fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        self.weights.get(hash)
    }

    /// Offers a Rust function to programs under a capability: `engine.register("clock::now", "clock", || 42_i64)`.
    /// Its parameters are [`crate::Native`] types, its result is one or what else [`HostResult`] says.
    ///
    /// Engines cloned before do not see it.
    pub fn register<A, Out, F>(&mut self, name: &str, capability: &str, function: F)
    where
        Out: HostResult,
        F: HostFunction<A, Out>,
    {
        Arc::make_mut(&mut self.hosts).register(name, capability, function);
    }

    /// As [`Engine::register`], for a function that is told about the run that calls it: one that waits, or that keeps something
    /// from one call of a run to the next. It takes its arguments as a tuple.
    pub fn register_with<A, Out, F>(&mut self, name: &str, capability: &str, function: F)
    where
        A: Arguments,
        Out: HostResult,
        F: Fn(&mut Caller<'_>, A) -> Out + Send + Sync + 'static,
    {
        Arc::make_mut(&mut self.hosts).register_with(name, capability, function);
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

    pub(crate) fn hosts<'r>(&self, options: &'r RunOptions, deadline: Option<Instant>) -> RunHosts<'r> {
        RunHosts::new(Arc::clone(&self.hosts), options, deadline)
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

    pub(crate) fn tier2(&self) -> &Tier2 {
        &self.shared.tier2
    }

    /// What tier 2 translates a function to.
    ///
    /// # Errors
    /// Why it stays on tier 1, in words.
    #[cfg(feature = "native")]
    pub fn listing(&self, library: &dyn Library, hash: Hash) -> Result<Listing, String> {
        self.tier2().listing(library, hash)
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

    /// The function with this hash, compiled together with whatever it reaches that is not in the cache.
    pub(crate) fn compiled(
        &self,
        library: &dyn Library,
        hash: Hash,
    ) -> Result<(Compiled, CompileCost), Refused> {
        let mut cache = self.code();
        if let Some(known) = cache.get(hash) {
            return Ok((known.clone(), CompileCost::default()));
        }
        let weights = Some(Arc::clone(&self.weights));
        let batch = Batch { weights, ..Batch::collect(library, hash, &mut cache)? };
        let nodes = batch.compile(&mut cache)?;
        match cache.get(hash) {
            Some(compiled) => Ok((compiled.clone(), CompileCost { nodes })),
            None => Err(Refused::Missing(hash)),
        }
    }
}

/// Definitions on their way to being compiled, and what they refer to.
#[derive(Default)]
struct Batch {
    members: Vec<(Hash, Definition)>,
    member_of: FxHashMap<Hash, usize>,
    /// Compiled before.
    functions: FxHashMap<Hash, Compiled>,
    /// Those of them that are small enough to be inlined.
    small: FxHashMap<Hash, Definition>,
    constants: FxHashMap<Hash, Value>,
    /// By member, the capabilities of the host functions it calls itself.
    capabilities: Vec<Vec<String>>,
    weights: Option<Arc<WeightsCache>>,
}

impl Batch {
    /// Everything reachable that is not in the cache. No recursion: a program may be a chain of a hundred thousand
    /// functions.
    fn collect(library: &dyn Library, hash: Hash, cache: &mut CodeCache) -> Result<Self, Refused> {
        let mut batch = Self::default();
        let mut todo = vec![hash];
        while let Some(next) = todo.pop() {
            if batch.member_of.contains_key(&next) || batch.functions.contains_key(&next) {
                continue;
            }
            // A cached member of a group has its whole group in the cache's unit, so it can be called as it is.
            if let Some(known) = cache.get(next) {
                if known.is_example {
                    return Err(Refused::NotAFunction(next));
                }
                batch.functions.insert(next, known.clone());
                batch.keep_small(library, next, cache);
                continue;
            }
            let definition = library.definition(next).ok_or(Refused::Missing(next))?;
            let view = definition.view();
            // An example is where a run begins, or nowhere.
            let is_function = match view.kind() {
                Kind::Function => true,
                Kind::Example => next == hash && batch.members.is_empty(),
                _ => false,
            };
            if !is_function {
                return Err(Refused::NotAFunction(next));
            }
            for reference in view.references() {
                if reference.is_constant {
                    batch.read_constant(library, reference.hash)?;
                } else {
                    todo.push(reference.hash);
                }
            }
            let hosts = 0..view.host_count();
            batch.capabilities.push(hosts.map(|index| view.host(index).capability.to_owned()).collect());
            batch.member_of.insert(next, batch.members.len());
            batch.members.push((next, definition));
        }
        Ok(batch)
    }

    fn read_constant(&mut self, library: &dyn Library, hash: Hash) -> Result<(), Refused> {
        if let Entry::Vacant(place) = self.constants.entry(hash) {
            let constant = library.definition(hash).ok_or(Refused::Missing(hash))?;
            place.insert(Value::of_constant(constant.view()).ok_or(Refused::Missing(hash))?);
        }
        Ok(())
    }

    /// Has the definition of a compiled function at hand if it may be inlined, and of those that it calls. What the
    /// library does not give is called as it was compiled.
    fn keep_small(&mut self, library: &dyn Library, hash: Hash, cache: &mut CodeCache) {
        let mut todo = vec![hash];
        while let Some(next) = todo.pop() {
            let is_small = cache.get(next).is_some_and(|known| known.function.is_small());
            if !is_small || self.small.contains_key(&next) {
                continue;
            }
            let Some(definition) = library.definition(next) else { continue };
            let whole = definition.view().references().all(|reference| {
                if !reference.is_constant {
                    todo.push(reference.hash);
                }
                !reference.is_constant || self.read_constant(library, reference.hash).is_ok()
            });
            if whole {
                self.small.insert(next, definition);
            }
        }
    }

    fn compile(self, cache: &mut CodeCache) -> Result<u64, Refused> {
        let views: Vec<_> =
            self.members.iter().map(|(hash, definition)| (*hash, definition.view())).collect();
        let compiled = cache.compiler.compile(&views, &self)?;
        let needs = self.needs(&views);
        let nodes = views.iter().map(|(_, view)| u64::from(view.node_count())).sum();
        for ((&(hash, view), function), needs) in views.iter().zip(compiled).zip(needs) {
            cache.insert(hash, Compiled { function, needs, is_example: view.kind() == Kind::Example });
        }
        Ok(nodes)
    }

    /// By member: every capability that it or anything it reaches needs.
    fn needs(&self, views: &[(Hash, DefinitionRef<'_>)]) -> Vec<Arc<[String]>> {
        let none: Arc<[String]> = Arc::new([]);
        let known = |hash: Hash| self.functions.get(&hash).map_or(&none, |compiled| &compiled.needs);
        let pure = self.capabilities.iter().all(Vec::is_empty)
            && self.functions.values().all(|compiled| compiled.needs.is_empty());
        if pure {
            return vec![none; views.len()];
        }
        let mut needs: Vec<BTreeSet<String>> =
            self.capabilities.iter().map(|own| own.iter().cloned().collect()).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for (index, (_, view)) in views.iter().enumerate() {
                for reference in view.references().filter(|reference| !reference.is_constant) {
                    let more: Vec<String> = match self.member_of.get(&reference.hash) {
                        Some(&member) => needs[member].iter().cloned().collect(),
                        None => known(reference.hash).to_vec(),
                    };
                    let before = needs[index].len();
                    needs[index].extend(more);
                    changed |= needs[index].len() != before;
                }
            }
        }
        needs.into_iter().map(|names| names.into_iter().collect()).collect()
    }
}

impl Linker for Batch {
    fn member(&self, hash: Hash) -> Option<usize> {
        self.member_of.get(&hash).copied()
    }

    fn function(&self, hash: Hash) -> Option<JitFn> {
        self.functions.get(&hash).map(|compiled| compiled.function.clone())
    }

    fn definition(&self, hash: Hash) -> Option<DefinitionRef<'_>> {
        self.small.get(&hash).map(Definition::view)
    }

    fn constant(&self, hash: Hash) -> Option<Value> {
        self.constants.get(&hash).cloned()
    }

    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        self.weights.as_ref()?.get(hash)
    }
}
