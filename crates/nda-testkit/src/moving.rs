//! Runs that begin on tier 1 and go on in machine code, at a point that the test chooses.

use nda_engine::{Library, Loaded};
use nda_graph::{Definition, DefinitionRef, Hash, Kind, Limits, NdaNode, NodeId, Outcome, Value};
use nda_jit::When as Search;
use nda_jit::{Control, FrameStack, Heap, JitFn, JitState, OpenLoop, Rest, TierUp};
use nda_native::{Level, NativeFn, NativeRest};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A function, and the record that begins one of its loops.
type Head = (Hash, NodeId);

/// A program whose runs move.
pub struct Moving {
    members: Vec<(Hash, Definition)>,
    constants: HashMap<Hash, Value>,
    functions: Vec<JitFn>,
    rests: RefCell<HashMap<Head, Option<Arc<NativeRest>>>>,
    /// By member, if they are needed.
    natives: OnceCell<Vec<NativeFn>>,
    calls: Cell<bool>,
    frames: RefCell<FrameStack>,
}

/// Where a run may move: from so much fuel on, looking as often as this.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct When {
    /// Fuel used before the first look.
    pub from: u64,
    /// Fuel between looks.
    pub every: u64,
    /// Whether calls go to machine code from the first look on, and not only loops.
    pub calls: bool,
}

thread_local! {
    /// Making one takes longer than compiling a small program.
    static COMPILER: RefCell<Option<nda_native::Compiler>> = RefCell::new(nda_native::Compiler::new(Level::All));
}

struct NoHosts;

impl nda_jit::Hosts for NoHosts {
    fn call(&mut self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("there is no {name}"))
    }
}

impl Moving {
    /// Compiles what a function reaches, for tier 1; none if it calls hosts or does not compile.
    #[must_use]
    pub fn new(library: &dyn Library, hash: Hash) -> Option<Self> {
        let mut moving = Self {
            members: Vec::new(),
            constants: HashMap::new(),
            functions: Vec::new(),
            rests: RefCell::default(),
            natives: OnceCell::new(),
            calls: Cell::new(false),
            frames: RefCell::default(),
        };
        let mut todo = vec![hash];
        while let Some(next) = todo.pop() {
            if moving.member(next).is_some() || moving.constants.contains_key(&next) {
                continue;
            }
            let definition = library.definition(next)?;
            let view = definition.view();
            if view.kind() == Kind::Constant {
                moving.constants.insert(next, Value::of_constant(view)?);
                continue;
            }
            if view.host_count() > 0 {
                return None;
            }
            todo.extend(view.references().map(|reference| reference.hash));
            moving.members.push((next, definition));
        }
        moving.functions = nda_jit::Compiler::default().compile(&moving.views(), &moving).ok()?;
        Some(moving)
    }

    fn member(&self, hash: Hash) -> Option<usize> {
        self.members.iter().position(|&(member, _)| member == hash)
    }

    fn views(&self) -> Vec<(Hash, DefinitionRef<'_>)> {
        self.members.iter().map(|(hash, definition)| (*hash, definition.view())).collect()
    }

    /// Runs the function and says how often a frame moved; none if the frames do not fit.
    #[must_use]
    pub fn run(&self, limits: &Limits, when: When) -> Option<(Outcome, u32)> {
        let mut hosts = NoHosts;
        let mut state =
            JitState::new(*limits, Control::default(), &mut hosts, Heap::default(), String::new());
        self.calls.set(when.calls);
        state.tier_up(self, Search { from: when.from, every: when.every, ..Search::default() });
        let outcome = self.functions[0].call(&mut state, &mut self.frames.borrow_mut(), &[]).ok()?;
        Some((outcome, state.moves()))
    }
}

/// What code was asked for, in turn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Asked {
    /// The rest of a function, from the head of a loop on: the record that begins a round of it, and how many loops are open.
    Rest(NdaNode, usize),
    /// A whole function.
    Function,
}

/// When code is asked for; see [`Search`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asks {
    /// Fuel used before the first look,
    pub from: u64,
    /// and before the first question.
    pub ask_from: u64,
    /// How long loops must go on.
    pub lasts: Duration,
}

impl Moving {
    /// Runs the function as the engine would, but for code being there as soon as it is asked for: says how often a frame moved, and what
    /// was asked for; none if the frames do not fit.
    #[must_use]
    pub fn run_asking(&self, limits: &Limits, when: Asks) -> Option<(Outcome, u32, Vec<Asked>)> {
        let asking = Asking { moving: self, asked: RefCell::default(), heads: RefCell::default() };
        let mut hosts = NoHosts;
        let mut state =
            JitState::new(*limits, Control::default(), &mut hosts, Heap::default(), String::new());
        let search = Search {
            from: when.from,
            ask_from: when.ask_from,
            ask_after: Duration::MAX,
            lasts: when.lasts,
            singles: 1 << 13,
            every: 251,
        };
        self.calls.set(true);
        state.tier_up(&asking, search);
        let outcome = self.functions[0].call(&mut state, &mut self.frames.borrow_mut(), &[]).ok()?;
        let moves = state.moves();
        Some((outcome, moves, asking.asked.into_inner()))
    }
}

/// Makes code when it is asked for.
struct Asking<'m> {
    moving: &'m Moving,
    asked: RefCell<Vec<Asked>>,
    heads: RefCell<Vec<Head>>,
}

impl TierUp for Asking<'_> {
    fn changes(&self) -> u64 {
        self.asked.borrow().len() as u64
    }

    fn rest(
        &self,
        function: Hash,
        marker: NodeId,
        loops: &dyn Fn() -> Vec<OpenLoop>,
    ) -> Option<Arc<dyn Rest>> {
        let there = self.heads.borrow().contains(&(function, marker));
        if there { self.moving.rest(function, marker, loops) } else { None }
    }

    fn function(&self, function: Hash) -> Option<Arc<dyn Rest>> {
        if self.asked.borrow().is_empty() { None } else { self.moving.function(function) }
    }

    fn ask(&self, function: Hash, head: Option<(NodeId, Vec<OpenLoop>)>) -> bool {
        let asked = match head {
            None => Asked::Function,
            Some((marker, loops)) => {
                // The search asks for it without its loops afterwards.
                if self.moving.rest(function, marker, &|| loops.clone()).is_none() {
                    return false;
                }
                self.heads.borrow_mut().push((function, marker));
                let node =
                    self.moving.member(function).map(|at| self.moving.members[at].1.view().node(marker));
                Asked::Rest(node.expect("it is a member's"), loops.len())
            }
        };
        self.asked.borrow_mut().push(asked);
        true
    }
}

impl nda_jit::Linker for Moving {
    fn member(&self, hash: Hash) -> Option<usize> {
        Moving::member(self, hash)
    }

    fn function(&self, _: Hash) -> Option<JitFn> {
        None
    }

    fn definition(&self, _: Hash) -> Option<DefinitionRef<'_>> {
        None
    }

    fn constant(&self, hash: Hash) -> Option<Value> {
        self.constants.get(&hash).cloned()
    }
}

/// Examples are no functions, and not among those that machine code calls.
impl nda_native::Linker for Moving {
    fn member(&self, hash: Hash) -> Option<usize> {
        Moving::member(self, hash)
    }

    fn function(&self, _: Hash) -> Option<NativeFn> {
        None
    }

    fn constant(&self, hash: Hash) -> Option<Value> {
        self.constants.get(&hash).cloned()
    }

    fn weights(&self, _: Hash) -> Option<Arc<Loaded>> {
        None
    }
}

impl TierUp for Moving {
    /// Everything is there at the first look.
    fn changes(&self) -> u64 {
        0
    }

    fn rest(
        &self,
        function: Hash,
        marker: NodeId,
        loops: &dyn Fn() -> Vec<OpenLoop>,
    ) -> Option<Arc<dyn Rest>> {
        let mut rests = self.rests.borrow_mut();
        let rest = rests.entry((function, marker)).or_insert_with(|| {
            let member = Moving::member(self, function)?;
            COMPILER.with_borrow_mut(|compiler| {
                let members = self.views();
                let compiled = compiler.as_mut()?.compile_rest(&members, members[member], loops(), self);
                Some(Arc::new(compiled.ok()?.1))
            })
        });
        rest.clone().map(|rest| rest as Arc<dyn Rest>)
    }

    fn function(&self, function: Hash) -> Option<Arc<dyn Rest>> {
        let member = Moving::member(self, function).filter(|_| self.calls.get())?;
        let natives = self.natives.get_or_init(|| {
            let compile = |compiler: &mut Option<nda_native::Compiler>| {
                compiler.as_mut()?.compile(&self.views(), self).ok()
            };
            COMPILER.with_borrow_mut(compile).unwrap_or_default()
        });
        Some(Arc::new(natives.get(member)?.whole()))
    }

    fn ask(&self, _: Hash, _: Option<(NodeId, Vec<OpenLoop>)>) -> bool {
        false
    }
}
