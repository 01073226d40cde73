//! Machine code by hash: which functions have it, which never will, and how it is made.

use crate::library::Library;
use crate::weights::WeightsCache;
use nda_graph::{Definition, DefinitionRef, Hash, Kind, NodeId, Value};
use nda_jit::{JitState, OpenLoop, Rest, TierUp, When};
pub(crate) use nda_native::NativeFn;
use nda_native::{Compiler, Level, Linker, Listing, NativeRest};
use nda_tensor::Loaded;
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Records that are compiled in one go; programs of more stay on tier 1.
const MAX_BATCH_NODES: u64 = 100_000;
/// Fuel that runs of a function use on tier 1, all together, before it is worth machine code.
const HOT: u64 = 1 << 20;
/// When a run on tier 1 looks for machine code. What compiling takes, on another core, is a millisecond or some; by then
/// a run that goes on for long has lost little, and one that does not has paid nothing.
const WHEN: When = When {
    from: 1 << 14,
    ask_from: 1 << 18,
    ask_after: Duration::from_micros(500),
    lasts: Duration::from_millis(1),
    singles: 1 << 13,
    // No power of two, so as not to miss a head in step.
    every: 251,
};
/// Functions whose machine code is known; beyond that all is forgotten and found out again.
const MAX_KNOWN: usize = 1 << 15;

const UNKNOWN_MACHINE: &str = "this machine is not one that tier 2 knows";

/// Tier 2 of an engine. Dropping it waits for the threads that compile.
#[derive(Default)]
pub(crate) struct Tier2 {
    level: Level,
    weights: Arc<WeightsCache>,
    shared: Arc<Mutex<Shared>>,
    /// How often code has become ready, to be looked at without the lock.
    changes: Arc<AtomicU64>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Tier2 {
    fn drop(&mut self) {
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        // One that died has said so, and left its function on tier 1.
        threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

#[derive(Default)]
struct Shared {
    /// Made when it is first needed; none if this machine is not one that Cranelift knows.
    compiler: Option<Option<Compiler>>,
    known: FxHashMap<Hash, Known>,
    /// Fuel that runs of functions without machine code have used.
    heat: FxHashMap<Hash, u64>,
    /// Code for the rest of functions, by the loop whose head it is entered at.
    rests: FxHashMap<(Hash, NodeId), Rested>,
}

/// What is known of the rest of a function.
enum Rested {
    Ready(Arc<NativeRest>),
    Not,
    /// Another thread is making it.
    Asked,
}

/// What is known of a function's machine code.
#[derive(Clone)]
enum Known {
    Ready(NativeFn),
    /// It has none, and why.
    Not(String),
    /// Another thread is making it.
    Asked,
}

impl Tier2 {
    pub(crate) fn new(level: Level, weights: Arc<WeightsCache>) -> Self {
        Self { level, weights, shared: Arc::default(), changes: Arc::default(), threads: Mutex::default() }
    }

    /// With as much care as there is.
    pub(crate) fn over(weights: Arc<WeightsCache>) -> Self {
        Self::new(Level::default(), weights)
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// The machine code of a function, compiled now with everything it reaches if need be.
    ///
    /// # Errors
    /// Why it stays on tier 1, in words.
    pub(crate) fn compiled(&self, library: &dyn Library, hash: Hash) -> Result<NativeFn, String> {
        let mut shared = self.shared();
        match shared.known.get(&hash) {
            Some(Known::Ready(function)) => return Ok(function.clone()),
            Some(Known::Not(why)) => return Err(why.clone()),
            Some(Known::Asked) | None => {}
        }
        let batch = self.collect(library, hash, &shared.known)?;
        shared.compile(&batch, self.level);
        self.changes.fetch_add(1, Ordering::Release);
        match shared.known.get(&hash) {
            Some(Known::Ready(function)) => Ok(function.clone()),
            Some(Known::Not(why)) => Err(why.clone()),
            Some(Known::Asked) | None => Err("it was not compiled".to_owned()),
        }
    }

    /// The machine code of a function that is about to run, if it is there; nobody waits for it.
    pub(crate) fn ready(&self, library: &dyn Library, hash: Hash) -> Option<NativeFn> {
        let mut shared = self.unless_locked()?;
        if let Some(Known::Ready(function)) = shared.known.get(&hash) {
            return Some(function.clone());
        }
        if shared.heat.get(&hash).is_some_and(|&heat| heat >= HOT) {
            self.ask(&mut shared, library, hash);
        }
        None
    }

    /// A function ran on tier 1. Once its runs have used enough, the next has machine code made.
    pub(crate) fn ran(&self, hash: Hash, fuel: u64) {
        let mut shared = self.shared();
        if shared.known.contains_key(&hash) {
            return;
        }
        // Most of what runs never gets hot, and is to take no memory for ever.
        if shared.heat.len() > MAX_KNOWN {
            shared.heat.clear();
        }
        let heat = shared.heat.entry(hash).or_default();
        *heat = heat.saturating_add(fuel);
    }

    /// Has machine code made for a function and everything it reaches, on a thread of its own; if that fails in any way the
    /// function stays where it is. Whether somebody is at it.
    fn ask(&self, shared: &mut Shared, library: &dyn Library, hash: Hash) -> bool {
        match shared.known.get(&hash) {
            Some(Known::Asked) => return true,
            Some(Known::Ready(_) | Known::Not(_)) => return false,
            None => {}
        }
        shared.heat.remove(&hash);
        let asked = match self.collect(library, hash, &shared.known) {
            Ok(batch) => match self.aside(move |level, shared| compile_aside(&batch, level, shared)) {
                Ok(()) => Known::Asked,
                Err(error) => Known::Not(error.to_string()),
            },
            Err(why) => Known::Not(why),
        };
        let begun = matches!(asked, Known::Asked);
        shared.known.insert(hash, asked);
        begun
    }

    /// The same for the rest of a function that runs.
    fn ask_rest(
        &self,
        shared: &mut Shared,
        library: &dyn Library,
        head: (Hash, NodeId),
        loops: Vec<OpenLoop>,
    ) -> bool {
        match shared.rests.get(&head) {
            Some(Rested::Asked) => return true,
            Some(Rested::Ready(_) | Rested::Not) => return false,
            None => {}
        }
        if shared.rests.len() >= MAX_KNOWN {
            shared.rests.clear();
        }
        // The rest is what runs: all of it only if it is called.
        let batch = self.collect(library, head.0, &FxHashMap::default()).map(Batch::with_entry_apart);
        let begun = batch.is_ok_and(|(batch, function)| {
            let compile = move |level, shared: &Mutex<Shared>| {
                compile_rest(&batch, &function, head, loops, level, shared);
            };
            self.aside(compile).is_ok()
        });
        shared.rests.insert(head, if begun { Rested::Asked } else { Rested::Not });
        begun
    }

    /// Does work on a thread of its own.
    fn aside(&self, work: impl FnOnce(Level, &Mutex<Shared>) + Send + 'static) -> std::io::Result<()> {
        let (level, shared, changes) = (self.level, Arc::clone(&self.shared), Arc::clone(&self.changes));
        let thread = std::thread::Builder::new().name("nda-tier2".to_owned());
        let thread = thread.spawn(move || {
            let _said = Said(&changes);
            work(level, &shared);
        })?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(())
    }

    /// What a function is translated to, for people. Compiles it anew, with everything it reaches.
    ///
    /// # Errors
    /// Why it stays on tier 1, in words.
    pub(crate) fn listing(&self, library: &dyn Library, hash: Hash) -> Result<Listing, String> {
        let batch = self.collect(library, hash, &FxHashMap::default())?;
        let mut compiler = Compiler::new(self.level).ok_or(UNKNOWN_MACHINE)?;
        let listings =
            compiler.list(&batch.views(), &batch).map_err(|unsupported| unsupported.to_string())?;
        let listing = listings.into_iter().find(|listing| listing.hash == hash);
        listing.ok_or_else(|| "it was not compiled".to_owned())
    }

    fn collect(
        &self,
        library: &dyn Library,
        entry: Hash,
        known: &FxHashMap<Hash, Known>,
    ) -> Result<Batch, String> {
        Batch::collect(library, entry, known, Arc::clone(&self.weights))
    }

    fn unless_locked(&self) -> Option<MutexGuard<'_, Shared>> {
        match self.shared.try_lock() {
            Ok(shared) => Some(shared),
            Err(TryLockError::Poisoned(shared)) => Some(shared.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // It only ever gains whole entries, and a compiler that panicked is thrown away.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that there is something new when it is dropped, also by a thread that dies.
struct Said<'c>(&'c AtomicU64);

impl Drop for Said<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// Compiles while others go on.
fn compile_aside(batch: &Batch, level: Level, shared: &Mutex<Shared>) {
    let mut own = Shared { compiler: locked(shared).compiler.take(), ..Shared::default() };
    own.compile(batch, level);
    locked(shared).take_over(own);
}

/// Compiles what a function reaches and the rest of it, while it runs.
fn compile_rest(
    batch: &Batch,
    function: &Definition,
    head: (Hash, NodeId),
    loops: Vec<OpenLoop>,
    level: Level,
    shared: &Mutex<Shared>,
) {
    let mut own = Shared { compiler: locked(shared).compiler.take(), ..Shared::default() };
    let members = batch.views();
    let function = (head.0, function.view());
    let compiler = own.compiler.get_or_insert_with(|| Compiler::new(level)).as_mut();
    let compiled = compiler.and_then(|compiler| {
        let compile = AssertUnwindSafe(|| compiler.compile_rest(&members, function, loops, batch));
        catch_unwind(compile).ok()?.ok()
    });
    let rest = match compiled {
        Some((functions, rest)) => {
            let ready = members.iter().zip(functions);
            own.known.extend(ready.map(|(&(hash, _), function)| (hash, Known::Ready(function))));
            Rested::Ready(Arc::new(rest))
        }
        None => {
            own.compiler = None;
            Rested::Not
        }
    };
    own.rests.insert(head, rest);
    locked(shared).take_over(own);
}

/// Where a run finds code for the rest of its functions.
pub(crate) struct Upgrade<'l> {
    tier2: &'l Tier2,
    library: &'l dyn Library,
}

impl<'l> Upgrade<'l> {
    pub(crate) fn new(tier2: &'l Tier2, library: &'l dyn Library) -> Self {
        Self { tier2, library }
    }

    /// The run may go on in machine code.
    pub(crate) fn attach<'a>(&'a self, state: &mut JitState<'a>) {
        state.tier_up(self, WHEN);
    }
}

impl TierUp for Upgrade<'_> {
    fn changes(&self) -> u64 {
        self.tier2.changes.load(Ordering::Acquire)
    }

    fn rest(&self, function: Hash, marker: NodeId, _: &dyn Fn() -> Vec<OpenLoop>) -> Option<Arc<dyn Rest>> {
        match self.tier2.unless_locked()?.rests.get(&(function, marker)) {
            Some(Rested::Ready(rest)) => Some(Arc::<NativeRest>::clone(rest)),
            _ => None,
        }
    }

    fn function(&self, function: Hash) -> Option<Arc<dyn Rest>> {
        match self.tier2.unless_locked()?.known.get(&function) {
            Some(Known::Ready(function)) => Some(Arc::new(function.whole())),
            _ => None,
        }
    }

    fn ask(&self, function: Hash, head: Option<(NodeId, Vec<OpenLoop>)>) -> bool {
        let Some(mut shared) = self.tier2.unless_locked() else { return false };
        match head {
            Some((marker, loops)) => {
                self.tier2.ask_rest(&mut shared, self.library, (function, marker), loops)
            }
            None => self.tier2.ask(&mut shared, self.library, function),
        }
    }
}

impl Shared {
    /// Keeps what was compiled aside.
    fn take_over(&mut self, own: Shared) {
        self.compiler = own.compiler;
        for (hash, known) in own.known {
            // What two threads compiled at once is kept once.
            if !matches!(self.known.get(&hash), Some(Known::Ready(_))) {
                self.known.insert(hash, known);
            }
        }
        self.rests.extend(own.rests);
    }

    fn compile(&mut self, batch: &Batch, level: Level) {
        if self.known.len() > MAX_KNOWN {
            self.known.clear();
            self.heat.clear();
        }
        let members = batch.views();
        let compiler = self.compiler.get_or_insert_with(|| Compiler::new(level));
        let compiled = match compiler {
            None => Err(UNKNOWN_MACHINE.to_owned()),
            Some(compiler) => catch_unwind(AssertUnwindSafe(|| compiler.compile(&members, batch)))
                .map_err(|_| "a bug in NDA while compiling it to machine code".to_owned())
                .and_then(|compiled| compiled.map_err(|unsupported| unsupported.to_string())),
        };
        match compiled {
            Ok(functions) => {
                for (&(hash, _), function) in members.iter().zip(functions) {
                    self.known.insert(hash, Known::Ready(function));
                }
            }
            Err(why) => {
                self.compiler = None;
                // Others of the batch may be compiled without it one day.
                self.known.insert(batch.entry, Known::Not(why));
            }
        }
    }
}

/// Definitions on their way to being compiled, and what they refer to.
struct Batch {
    entry: Hash,
    members: Vec<(Hash, Definition)>,
    member_of: FxHashMap<Hash, usize>,
    /// Compiled before.
    functions: FxHashMap<Hash, NativeFn>,
    constants: FxHashMap<Hash, Value>,
    weights: Arc<WeightsCache>,
}

impl Batch {
    fn views(&self) -> Vec<(Hash, DefinitionRef<'_>)> {
        self.members.iter().map(|(hash, definition)| (*hash, definition.view())).collect()
    }

    /// Everything reachable that has no machine code yet. No recursion: a program may be a chain of a hundred thousand
    /// functions.
    fn collect(
        library: &dyn Library,
        entry: Hash,
        known: &FxHashMap<Hash, Known>,
        weights: Arc<WeightsCache>,
    ) -> Result<Self, String> {
        let mut batch = Self {
            entry,
            weights,
            members: Vec::new(),
            member_of: FxHashMap::default(),
            functions: FxHashMap::default(),
            constants: FxHashMap::default(),
        };
        let mut nodes = 0;
        let mut todo = vec![entry];
        while let Some(next) = todo.pop() {
            if batch.member_of.contains_key(&next) {
                continue;
            }
            match known.get(&next) {
                Some(Known::Not(why)) => return Err(why.clone()),
                Some(Known::Ready(function)) => {
                    batch.functions.insert(next, function.clone());
                    continue;
                }
                Some(Known::Asked) | None => {}
            }
            let missing = || format!("there is no definition #{}", next.short());
            let definition = library.definition(next).ok_or_else(missing)?;
            let view = definition.view();
            if view.kind() == Kind::Constant {
                batch.constants.insert(next, Value::of_constant(view).ok_or_else(missing)?);
                continue;
            }
            nodes += u64::from(view.node_count());
            if nodes > MAX_BATCH_NODES {
                return Err("what it reaches is too much to be compiled in bounded time".to_owned());
            }
            todo.extend(
                view.references()
                    .map(|reference| reference.hash)
                    .filter(|hash| !batch.constants.contains_key(hash)),
            );
            batch.member_of.insert(next, batch.members.len());
            batch.members.push((next, definition));
        }
        Ok(batch)
    }
}

impl Batch {
    /// The definition of the entry, which is among the members afterwards only if one of them calls it.
    fn with_entry_apart(mut self) -> (Self, Definition) {
        let function = self.members[0].1.clone();
        let calls = |(_, member): &(Hash, Definition)| {
            member.view().references().any(|reference| reference.hash == self.entry)
        };
        if !self.members.iter().any(calls) {
            self.members.remove(0);
            self.member_of.clear();
            self.member_of.extend(self.members.iter().enumerate().map(|(index, &(hash, _))| (hash, index)));
        }
        (self, function)
    }
}

impl Linker for Batch {
    fn member(&self, hash: Hash) -> Option<usize> {
        self.member_of.get(&hash).copied()
    }

    fn function(&self, hash: Hash) -> Option<NativeFn> {
        self.functions.get(&hash).cloned()
    }

    fn constant(&self, hash: Hash) -> Option<Value> {
        self.constants.get(&hash).cloned()
    }

    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        self.weights.get(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::MemoryLibrary;
    use nda_graph::{Draft, NdaNode, Signature, Ty};

    /// It takes the compiler along and leaves the lock poisoned, and the next one compiles all the same.
    #[test]
    fn a_compile_thread_that_dies_costs_nothing_but_speed() {
        let mut draft = Draft::default();
        draft.begin(Kind::Function, &Signature::plain(Vec::new(), Ty::I64)).expect("a signature");
        draft.push(NdaNode::Int(7)).expect("a number");
        let definition = draft.finish().expect("a definition");
        let hash = Hash::of("test", definition.bytes());
        let mut library = MemoryLibrary::default();
        library.add(hash, definition);
        let tier2 = Tier2::default();
        tier2.shared().compiler = Some(Compiler::new(Level::All));
        let dies = |_: Level, shared: &Mutex<Shared>| {
            let mut held = locked(shared);
            held.compiler.take();
            panic!("it dies, and holds the lock");
        };
        tier2.aside(dies).expect("a thread");
        let thread = tier2.threads.lock().expect("nobody died holding this").pop().expect("it was kept");
        assert!(thread.join().is_err());
        assert!(tier2.shared.is_poisoned());
        assert!(tier2.ready(&library, hash).is_none());
        for _ in 0..3 {
            tier2.ran(hash, HOT);
        }
        assert!(tier2.compiled(&library, hash).is_ok());
        assert!(tier2.ready(&library, hash).is_some());
    }
}
