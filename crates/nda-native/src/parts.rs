//! What machine code points to besides other code. Addresses stand in the code as they are, so everything here is boxed, and
//! lives as long as the unit.

use crate::Linker;
use crate::door::Door;
use crate::unit::NativeFn;
use cranelift_codegen::ir;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};
use nda_graph::{Hash, Ty, Value, WeightsValue};
use nda_jit::runtime::records::Wanted;
use nda_jit::runtime::tensors::{Loaded, fitting};
use nda_jit::runtime::{Change, HostCall, Job, Layouts, Literals, Place, Skip, UnitLayouts};
use std::collections::HashMap;
use std::sync::Arc;

/// The parts of a unit on its way to being compiled.
pub(crate) struct Parts {
    pub(crate) module: JITModule,
    pub(crate) door: Arc<Door>,
    pub(crate) owned: Owned,
    pub(crate) literals: Literals,
    pub(crate) layouts: UnitLayouts,
    /// By member.
    pub(crate) functions: Vec<FuncId>,
    /// Whether the processor rounds floats in one instruction; otherwise Cranelift would call a library.
    pub(crate) can_round: bool,
    constants: HashMap<Hash, u64>,
}

/// What the unit keeps alive.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "machine code points to them, so they must stay where they are")]
pub(crate) struct Owned {
    places: Vec<Box<Place>>,
    jobs: Vec<Job>,
    changes: Vec<Box<Change>>,
    hosts: Vec<Box<HostCall>>,
    skips: Vec<Box<Skip>>,
    wanted: Vec<Box<Wanted>>,
    pub(crate) layouts: Vec<Arc<Layouts>>,
    pub(crate) keeps: Vec<NativeFn>,
}

impl Parts {
    pub(crate) fn new(module: JITModule, door: Arc<Door>, can_round: bool) -> Self {
        Self {
            module,
            door,
            owned: Owned::default(),
            literals: Literals::default(),
            layouts: UnitLayouts::default(),
            functions: Vec::new(),
            can_round,
            constants: HashMap::new(),
        }
    }

    pub(crate) fn place(&mut self, place: Place) -> *const Place {
        self.owned.places.push(Box::new(place));
        &**self.owned.places.last().expect("it was just pushed")
    }

    pub(crate) fn job(&mut self, job: Job) -> *const () {
        let pointer = job.pointer();
        self.owned.jobs.push(job);
        pointer
    }

    pub(crate) fn wanted(&mut self, wanted: Wanted) -> *const Wanted {
        self.owned.wanted.push(Box::new(wanted));
        &**self.owned.wanted.last().expect("it was just pushed")
    }

    pub(crate) fn change(&mut self, change: Change) -> *const Change {
        self.owned.changes.push(Box::new(change));
        &**self.owned.changes.last().expect("it was just pushed")
    }

    pub(crate) fn host(&mut self, call: HostCall) -> *const HostCall {
        self.owned.hosts.push(Box::new(call));
        &**self.owned.hosts.last().expect("it was just pushed")
    }

    pub(crate) fn skip(&mut self, skip: Skip) -> *const Skip {
        self.owned.skips.push(Box::new(skip));
        &**self.owned.skips.last().expect("it was just pushed")
    }

    pub(crate) fn keep(&mut self, function: NativeFn) {
        if !self.owned.keeps.iter().any(|kept| kept.same_unit(&function)) {
            self.owned.keeps.push(function);
        }
    }

    /// The word of a constant: its value, or a literal object of the unit. None if it names weights that are not there.
    pub(crate) fn constant(
        &mut self,
        hash: Hash,
        layouts: Option<&Arc<Layouts>>,
        ty: Ty,
        value: &Value,
        linker: &dyn Linker,
    ) -> Option<u64> {
        if let Some(&known) = self.constants.get(&hash) {
            return Some(known);
        }
        let weights = |named: &WeightsValue| fitting(linker.weights(named.hash)?, named);
        let word = self.literals.add_of(value, layouts, ty, &weights)?;
        self.constants.insert(hash, word);
        Some(word)
    }

    /// The word of weights of the store. Their hash is never that of a constant: each kind of content is hashed apart.
    pub(crate) fn weights(&mut self, hash: Hash, loaded: Arc<Loaded>) -> u64 {
        let literals = &mut self.literals;
        *self.constants.entry(hash).or_insert_with(|| literals.tensor(loaded))
    }

    /// A member of the unit, for a call from `func`.
    pub(crate) fn member(&mut self, member: usize, func: &mut ir::Function) -> ir::FuncRef {
        self.module.declare_func_in_func(self.functions[member], func)
    }
}
