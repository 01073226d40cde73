//! Graph to steps.
//!
//! One recursive walk over a body, each record told where its value goes: into a word of the frame, nowhere, into a
//! branch, or out of the function. Expressions that fit inside of a step are gathered as [`shapes::Tree`]s first;
//! [`emit`] turns them into steps. Operands are evaluated left to right, so a pending tree is put into a temporary
//! before anything to its right gets steps of its own.
//!
//! Recursion is bounded by the verifier's [`nda_graph::verify::MAX_HEIGHT`]; [`Compiler::compile`] makes sure that
//! the native stack suffices.

pub(crate) mod body;
mod calls;
mod choice;
mod control;
mod element_fields;
mod emit;
mod fields;
pub mod fusion;
mod inline;
mod objects;
mod records;
pub(crate) mod shapes;
pub(crate) mod tensors;

use crate::code::{Blame, ENTRY_RESULT, Function, InlinedBody, JitFn, Unit};
use crate::heads::{Bump, Head};
use crate::layout::{Layouts, Typed, UnitLayouts};
use crate::literals::Literals;
use crate::operand::S;
use crate::passes::Graph;
use crate::passes::inline::is_small;
use crate::registry::{FrameTooLarge, VarRegistry};
use crate::steps::Return;
use crate::steps::flow::{Call, Halt, HostEntry};
use crate::steps::fused::Fused;
use body::{Body, IMPURE};
use emit::Emitter;
use inline::{Callees, Inlined, Plans};
use nda_graph::{Builtin, DefinitionRef, Hash, Mode, NdaNode, NodeId, Ty, Value, WeightsValue};
use nda_tensor::Loaded;
use shapes::Tree;
use std::cell::Cell;
use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

/// What the definitions that are compiled together refer to.
pub trait Linker {
    /// Which of them has this hash.
    fn member(&self, hash: Hash) -> Option<usize>;
    /// A function that was compiled before.
    fn function(&self, hash: Hash) -> Option<JitFn>;
    /// The definition of a function that was compiled before, if it is at hand: a small one may be inlined.
    fn definition(&self, hash: Hash) -> Option<DefinitionRef<'_>>;
    /// The value of a constant.
    fn constant(&self, hash: Hash) -> Option<Value>;
    /// The weights with this hash.
    fn weights(&self, hash: Hash) -> Option<Arc<Loaded>> {
        let _ = hash;
        None
    }
}

/// Why a definition cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CompileError {
    /// A function needs a frame larger than steps can address.
    FrameTooLarge(Hash),
    /// Something it refers to is not there, or is not what it should be.
    Unlinked {
        /// Who refers.
        by: Hash,
        /// What is missing or differs.
        to: Hash,
    },
    /// Weights that it names are not there, or are of another shape.
    Weights {
        /// Who names them.
        by: Hash,
        /// What names them.
        weights: Hash,
    },
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompileError::FrameTooLarge(hash) => {
                write!(f, "#{} needs too large a frame: too many variables or operands", hash.short())
            }
            CompileError::Unlinked { by, to } => write!(
                f,
                "#{} refers to #{}, which is missing or has another signature",
                by.short(),
                to.short()
            ),
            CompileError::Weights { by, weights } => write!(
                f,
                "#{} names the weights {}, which are missing or have another shape",
                by.short(),
                weights.weights_text()
            ),
        }
    }
}

impl std::error::Error for CompileError {}

/// The compiler. It keeps its memory between units: make one and reuse it.
#[derive(Default, Debug)]
pub struct Compiler {
    graph: Graph,
    body: Body,
    plans: Plans,
    emitter: Emitter,
}

impl Compiler {
    /// Compiles definitions into one unit. Recursive groups have to be whole.
    ///
    /// # Errors
    /// If it needs too large a frame, or refers to what the linker does not have.
    ///
    /// # Panics
    /// If a definition was not verified.
    pub fn compile(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        linker: &dyn Linker,
    ) -> Result<Vec<JitFn>, CompileError> {
        // Enough for the deepest body in an unoptimised build.
        stacker::maybe_grow(2 << 20, 16 << 20, || self.compile_here(members, linker))
    }

    fn compile_here(
        &mut self,
        members: &[(Hash, DefinitionRef<'_>)],
        linker: &dyn Linker,
    ) -> Result<Vec<JitFn>, CompileError> {
        self.emitter.clear();
        let mut parts = Parts::default();
        let mut functions = Vec::with_capacity(members.len());
        let mut widest = 0;
        let mut loops = Vec::new();
        for (index, &(hash, view)) in members.iter().enumerate() {
            self.graph.read(view, |index| linker.constant(view.reference(index).hash), &[]);
            self.body.read(&self.graph, view);
            let callees = Callees { members, linker };
            let plan = self.plans.plan(&mut self.graph, &mut self.body, view, callees);
            parts.nodes += view.node_count();
            let start = self.emitter.position();
            let layouts = parts.layouts.of(hash, view);
            let mut function = FunctionCompiler {
                view,
                hash,
                members,
                linker,
                body: &self.body,
                code: &mut self.emitter,
                parts: &mut parts,
                registry: VarRegistry::new(view.slot_count()),
                layouts: layouts.clone(),
                scope: index as u32,
                plan: &plan,
                bodies: self.plans.bodies(),
                around: None,
                loops: std::mem::take(&mut loops),
                pending: Vec::new(),
            };
            function.function()?;
            widest = widest.max(function.registry.frame_words());
            loops = function.loops;
            let entry = self.emitter.position();
            let call =
                Call { target: std::ptr::null(), frame: ENTRY_RESULT + 1, dst: ENTRY_RESULT, words: 3 };
            // The result as a whole is blamed on the body as it was written, whatever the passes made of its root.
            self.emitter.site(0, Blame { scope: index as u32, node: view.node_count() - 1 });
            self.emitter.call(call, Some(index));
            self.emitter.step(Halt);
            let signature = view.signature().to_owned();
            let border = Layouts::of(signature.types.view());
            let is_small = is_small(view);
            functions.push(Function { hash, signature, border, variables: layouts, start, entry, is_small });
        }
        let Parts { literals, hosts, keeps, layouts, fused, inlined, heads, bumps, nodes, .. } = parts;
        let widest_frame = keeps.iter().map(|unit: &Arc<Unit>| unit.widest_frame).fold(widest, u32::max);
        let (code, sites, entrances) = self.emitter.finish(&functions);
        let unit = Arc::new(Unit {
            code,
            functions,
            entrances,
            sites,
            inlined,
            literals,
            _hosts: hosts,
            _fused: fused,
            _layouts: layouts.into_all(),
            heads,
            bumps,
            keeps,
            widest_frame,
            nodes,
        });
        Ok((0..members.len()).map(|function| JitFn { unit: Arc::clone(&unit), function }).collect())
    }
}

/// What a unit owns besides its steps.
#[derive(Default)]
struct Parts {
    literals: Literals,
    #[expect(clippy::vec_box, reason = "steps point to the entries, which must stay where they are")]
    hosts: Vec<Box<HostEntry>>,
    layouts: UnitLayouts,
    #[expect(clippy::vec_box, reason = "as above")]
    fused: Vec<Box<Fused>>,
    keeps: Vec<Arc<Unit>>,
    /// The units in `keeps`.
    kept: HashSet<*const Unit>,
    /// Constants already made literals.
    constants: Vec<(Hash, u64)>,
    inlined: Vec<InlinedBody>,
    heads: Vec<Head>,
    bumps: Vec<(u32, Bump)>,
    nodes: u32,
}

/// The compilation of one function.
struct FunctionCompiler<'c, 'v> {
    view: DefinitionRef<'v>,
    hash: Hash,
    members: &'c [(Hash, DefinitionRef<'v>)],
    linker: &'c dyn Linker,
    body: &'c Body,
    code: &'c mut Emitter,
    parts: &'c mut Parts,
    registry: VarRegistry,
    /// Of the types of the body at hand.
    layouts: Option<Arc<Layouts>>,
    /// Where the body at hand stands; see [`Blame::scope`].
    scope: u32,
    /// The calls that are replaced by bodies, and those.
    plan: &'c [Inlined<'v>],
    bodies: &'c [Body],
    /// Where the body at hand is inlined, if it is.
    around: Option<inline::Around>,
    loops: Vec<control::OpenLoop>,
    /// Words that hold owned objects while operands to their right are evaluated: a jump releases them.
    pending: Vec<u16>,
}

/// Where a value goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sink {
    /// Into a word of the frame, which holds nothing yet.
    Word(u16),
    /// Out of the function.
    Return,
    /// Nowhere; the expression has type `()` or `!`.
    Nowhere,
}

type Compiled = Result<(), CompileError>;

impl FunctionCompiler<'_, '_> {
    fn function(&mut self) -> Compiled {
        self.value(self.body.root(), Sink::Return)
    }

    /// A record of the body at hand as traps name it.
    fn blame(&self, node: NodeId) -> Blame {
        Blame { scope: self.scope, node: self.body.origins[node as usize] }
    }

    fn take(&mut self, count: u32) -> Result<u16, CompileError> {
        self.registry.take(count).map_err(|FrameTooLarge| CompileError::FrameTooLarge(self.hash))
    }

    /// Compiles a record's value into a sink.
    fn value(&mut self, node: NodeId, sink: Sink) -> Compiled {
        match self.body.node(node) {
            NdaNode::If => return self.if_else(node, sink),
            NdaNode::Scope { count, drops } => return self.scope(node, count, drops, sink),
            NdaNode::Break { up } => return self.leave_loop(node, up),
            NdaNode::Continue { up } => return self.next_round(node, up),
            NdaNode::Return => {
                return self.leave_body(self.body.operand(node, 0));
            }
            NdaNode::Loop => return self.endless(node, sink),
            _ => {}
        }
        let ty = self.body.ty(node);
        if ty == Ty::NEVER {
            return self.effect(node);
        }
        match sink {
            Sink::Nowhere => self.effect(node),
            Sink::Word(dst) if ty == Ty::UNIT => {
                self.effect(node)?;
                self.set_const(dst, 0);
                Ok(())
            }
            Sink::Word(dst) => self.word(node, dst),
            Sink::Return if ty == Ty::UNIT => {
                self.effect(node)?;
                self.release_pending(0);
                self.code.return_leaf(Tree::Const(0));
                Ok(())
            }
            Sink::Return => self.give_back(node),
        }
    }

    /// `return` of a value that is neither unit nor control flow.
    fn give_back(&mut self, node: NodeId) -> Compiled {
        let mark = self.registry.mark();
        if self.body.ty(node).is_object() {
            let dst = self.take(1)?;
            self.word(node, dst)?;
            self.release_pending(0);
            self.code.step(Return { value: S::<i64>(dst, PhantomData) });
        } else {
            let trees = self.code.mark_trees();
            let tree = self.tree(node)?;
            if self.pending.is_empty() {
                self.fit_return(tree, node)?;
            } else {
                let tree = self.leaf(tree, node)?;
                self.release_pending(0);
                self.code.return_leaf(tree);
            }
            self.code.drop_trees(trees);
        }
        self.registry.give_back(mark);
        Ok(())
    }

    /// Compiles a value that is neither unit nor control flow into a word.
    fn word(&mut self, node: NodeId, dst: u16) -> Compiled {
        let mark = self.registry.mark();
        match self.body.node(node) {
            NdaNode::Text { .. }
            | NdaNode::List { .. }
            | NdaNode::Joined { .. }
            | NdaNode::Builtin { .. }
                if !self.fits(node) =>
            {
                self.built(node, dst)?;
            }
            NdaNode::Const(index) => {
                let bits = self.constant(index)?;
                self.set_const(dst, bits);
            }
            NdaNode::Construct { variant, ty } => self.construct(node, variant, ty, dst)?,
            NdaNode::Weights { ty } => {
                let bits = self.weights(node, ty)?;
                self.set_const(dst, bits);
            }
            NdaNode::Vector { ty } => self.vector(node, ty, dst)?,
            NdaNode::Tensor { op, ty } => self.tensor(node, op, ty, dst)?,
            NdaNode::Field { .. } if !self.fits(node) => self.field(node, dst)?,
            NdaNode::Load { slot, mode: Mode::Move | Mode::Share | Mode::Borrow } => {
                self.load_object(slot, dst, node);
            }
            NdaNode::Call { callee, args } => self.call(node, callee, args, dst)?,
            NdaNode::Host { host, args } => self.host_call(node, host, args, dst)?,
            NdaNode::Place { .. } => self.place(node, dst)?,
            NdaNode::And | NdaNode::Or => self.logical(node, dst)?,
            NdaNode::Compare { op, ty } if ty.is_object() => self.compare_objects(node, op, ty, dst)?,
            _ => {
                let trees = self.code.mark_trees();
                let tree = self.tree(node)?;
                self.fit_set(dst, tree, shapes::class(self.body.ty(node)))?;
                self.code.drop_trees(trees);
            }
        }
        self.registry.give_back(mark);
        Ok(())
    }

    /// Whether the record can be evaluated inside of a step, or has only operators on top of what cannot.
    fn fits(&self, node: NodeId) -> bool {
        self.body.height(node) != IMPURE
    }

    /// Evaluates for the effect.
    fn effect(&mut self, node: NodeId) -> Compiled {
        let mark = self.registry.mark();
        match self.body.node(node) {
            NdaNode::Unit => {}
            NdaNode::Let { slot, .. } => {
                let dst = self.registry.slot(slot);
                self.value(self.body.operand(node, 0), Sink::Word(dst))?;
            }
            NdaNode::Store { slot } => self.store(node, slot)?,
            NdaNode::Drop { slot } => self.drop_object(slot),
            NdaNode::Discard => self.discard(self.body.operand(node, 0))?,
            NdaNode::Unpack { variant, slot } => self.unpack(node, variant, slot)?,
            NdaNode::While => self.while_loop(node)?,
            NdaNode::For => self.counted(node)?,
            NdaNode::Each => self.each(node)?,
            NdaNode::Place { .. } => {
                let dst = self.take(1)?;
                self.place(node, dst)?;
            }
            NdaNode::Update { op, slot, depth } => self.update(node, op, slot, depth)?,
            NdaNode::Builtin { op, .. }
                if self.body.ty(node) == Ty::UNIT || self.body.ty(node) == Ty::NEVER =>
            {
                self.effect_builtin(node, op)?;
            }
            NdaNode::If
            | NdaNode::Scope { .. }
            | NdaNode::Break { .. }
            | NdaNode::Continue { .. }
            | NdaNode::Return
            | NdaNode::Loop => self.value(node, Sink::Nowhere)?,
            // Typed unit or never, so nothing of a value is left; only its operands' effects count.
            _ => {
                let dst = self.take(1)?;
                self.word(node, dst)?;
            }
        }
        self.registry.give_back(mark);
        Ok(())
    }

    /// Evaluates a value and throws it away.
    fn discard(&mut self, node: NodeId) -> Compiled {
        let ty = self.body.ty(node);
        if ty == Ty::UNIT || ty == Ty::NEVER {
            return self.effect(node);
        }
        if let NdaNode::Load { .. } = self.body.node(node)
            && !matches!(self.body.node(node), NdaNode::Load { mode: Mode::Move, .. })
        {
            return Ok(());
        }
        let dst = self.take(1)?;
        let (word, owned) = if ty.is_object() { self.object(node)? } else { (dst, false) };
        if owned {
            self.release(word);
        } else if !ty.is_object() {
            self.value(node, Sink::Word(dst))?;
        }
        Ok(())
    }

    fn store(&mut self, node: NodeId, slot: u32) -> Compiled {
        let dst = self.registry.slot(slot);
        let value = self.body.operand(node, 0);
        if self.body.slots[slot as usize].is_object() {
            let kept = self.take(1)?;
            self.value(value, Sink::Word(kept))?;
            if self.body.ty(value) != Ty::NEVER {
                self.store_object(kept, dst);
            }
            return Ok(());
        }
        self.value(value, Sink::Word(dst))
    }

    /// Evaluates all but the last of a scope's first `count` operands; gives the last, which is its value.
    fn statements(&mut self, node: NodeId, count: u32) -> Result<NodeId, CompileError> {
        let last = count as usize - 1;
        for index in 0..last {
            self.effect(self.body.operand(node, index))?;
        }
        Ok(self.body.operand(node, last))
    }

    fn scope(&mut self, node: NodeId, count: u32, drops: u32, sink: Sink) -> Compiled {
        let at = (count - 1 - drops) as usize;
        let value = self.statements(node, count - drops)?;
        if drops == 0 || self.body.ty(value) == Ty::NEVER {
            return self.value(value, sink);
        }
        let mark = self.registry.mark();
        let ty = self.body.ty(value);
        // The value stands before the drops: it waits in a word of its own unless it goes into one anyway.
        let (kept, waits) = match sink {
            Sink::Word(dst) => (Sink::Word(dst), None),
            Sink::Nowhere => (Sink::Nowhere, None),
            Sink::Return if ty == Ty::UNIT => (Sink::Nowhere, None),
            Sink::Return => {
                let word = self.take(1)?;
                (Sink::Word(word), Some(word))
            }
        };
        self.value(value, kept)?;
        for index in at + 1..count as usize {
            self.effect(self.body.operand(node, index))?;
        }
        if sink == Sink::Return {
            self.release_pending(0);
            self.code.return_leaf(waits.map_or(Tree::Const(0), Tree::Slot));
        }
        self.registry.give_back(mark);
        Ok(())
    }

    fn set_const(&mut self, dst: u16, bits: u64) {
        self.code.set_leaf(dst, Tree::Const(bits));
    }

    /// The word of a constant: its value, or a literal object of the unit.
    fn constant(&mut self, index: u32) -> Result<u64, CompileError> {
        let reference = self.view.reference(index);
        if let Some(&(_, bits)) = self.parts.constants.iter().find(|(known, _)| *known == reference.hash) {
            return Ok(bits);
        }
        let value = self.linker.constant(reference.hash);
        let value = value.filter(|value| value.is_of(reference.signature.types(), reference.signature.ret()));
        let Some(value) = value else {
            return Err(CompileError::Unlinked { by: self.hash, to: reference.hash });
        };
        // The layout of a type is the same whichever table it stands in.
        let typed = Typed::new(self.layouts.as_ref(), reference.signature.ret());
        let linker = self.linker;
        let missing = Cell::new(None);
        let weights = |named: &WeightsValue| {
            missing.set(Some(named.hash));
            tensors::loaded(linker, named)
        };
        let Some(bits) = self.parts.literals.add(&value, typed, &weights) else {
            let weights = missing.get().unwrap_or(reference.hash);
            return Err(CompileError::Weights { by: self.hash, weights });
        };
        self.parts.constants.push((reference.hash, bits));
        Ok(bits)
    }

    // ----- expressions inside of steps -----

    /// A tree for a plain value. What does not fit inside of a step is compiled into temporaries first; those belong
    /// to whoever gives back the registry's mark.
    fn tree(&mut self, node: NodeId) -> Result<Tree, CompileError> {
        Ok(match self.body.node(node) {
            NdaNode::Unit => Tree::Const(0),
            NdaNode::Bool(value) => Tree::Const(u64::from(value)),
            NdaNode::Int(value) => Tree::Const(value as u64),
            NdaNode::Float(bits) => Tree::Const(bits),
            NdaNode::Const(index) => Tree::Const(self.constant(index)?),
            NdaNode::Construct { .. } if let Some(bits) = self.constant_variant(node) => Tree::Const(bits),
            NdaNode::Tag => self.tag(node)?,
            NdaNode::Field { .. } if self.fits(node) => {
                self.field_tree(node).expect("only the field of a variable or of an element fits")
            }
            NdaNode::Load { slot, mode: Mode::Copy } => Tree::Slot(self.registry.slot(slot)),
            NdaNode::Math(op) => {
                let (a, b) = self.tree_pair(self.body.operand(node, 0), self.body.operand(node, 1))?;
                Tree::Math { op, a, b, node: self.blame(node) }
            }
            NdaNode::Unary(op) => {
                let a = self.tree(self.body.operand(node, 0))?;
                Tree::Unary { op, a: self.code.tree(a), node: self.blame(node) }
            }
            NdaNode::Compare { op, ty } if !ty.is_object() => {
                let (a, b) = self.tree_pair(self.body.operand(node, 0), self.body.operand(node, 1))?;
                Tree::Compare { op, float: ty == Ty::F64, a, b }
            }
            NdaNode::Builtin { op: Builtin::Len, .. } if self.fits(node) => {
                let NdaNode::Load { slot, .. } = self.body.node(self.body.operand(node, 0)) else {
                    unreachable!("only the length of a variable fits");
                };
                Tree::Len(self.registry.slot(slot))
            }
            NdaNode::Builtin { .. } if self.fits(node) => {
                let list = self.body.operand(node, 0);
                let NdaNode::Load { slot, .. } = self.body.node(list) else {
                    unreachable!("only the element of a variable's list fits");
                };
                let index = self.tree(self.body.operand(node, 1))?;
                let index = self.code.tree(index);
                let (class, node) = (shapes::class(self.body.ty(node)), self.blame(node));
                Tree::At { list: self.registry.slot(slot), index, class, node }
            }
            NdaNode::Scope { count, drops: 0 } => {
                let value = self.statements(node, count)?;
                self.tree(value)?
            }
            NdaNode::Call { .. } if self.body.ty(node) != Ty::UNIT && self.is_expression(node) => {
                // Its variables stay taken for as long as the tree may look at them.
                let outer = self.begin_inlined(node, None)?;
                let tree = self.tree(self.body.root())?;
                self.end_inlined(outer);
                tree
            }
            _ => {
                let temporary = self.take(1)?;
                self.value(node, Sink::Word(temporary))?;
                Tree::Slot(temporary)
            }
        })
    }

    /// Trees for two operands, the first evaluated first.
    fn tree_pair(&mut self, a: NodeId, b: NodeId) -> Result<(u32, u32), CompileError> {
        let mut left = self.tree(a)?;
        if self.body.height(b) == IMPURE {
            left = self.settle(left, a)?;
        }
        // The left tree may refer to entries of the table; the right one's come behind them.
        let left = self.code.tree(left);
        let right = self.tree(b)?;
        Ok((left, self.code.tree(right)))
    }

    /// Makes sure that steps emitted from here on do not change what the tree gives, or what it traps on.
    fn settle(&mut self, tree: Tree, node: NodeId) -> Result<Tree, CompileError> {
        let safe = match tree {
            Tree::Const(_) => true,
            Tree::Slot(word) => !self.may_change(word),
            _ => false,
        };
        if safe {
            return Ok(tree);
        }
        let temporary = self.take(1)?;
        self.fit_set(temporary, tree, shapes::class(self.body.ty(node)))?;
        Ok(Tree::Slot(temporary))
    }

    /// Whether steps of the body at hand change this word after it got its value.
    fn may_change(&self, word: u16) -> bool {
        self.registry.variable(word).is_some_and(|slot| self.body.changes[slot as usize])
    }

    /// A tree that is a slot or a constant.
    fn leaf(&mut self, tree: Tree, node: NodeId) -> Result<Tree, CompileError> {
        if tree.is_leaf() {
            return Ok(tree);
        }
        let temporary = self.take(1)?;
        self.fit_set(temporary, tree, shapes::class(self.body.ty(node)))?;
        Ok(Tree::Slot(temporary))
    }

    /// A plain value in some word: a variable's own, if it is one that the operands to its right do not change.
    fn plain(&mut self, node: NodeId, rest_is_pure: bool) -> Result<u16, CompileError> {
        if let Tree::Slot(word) = self.tree_if_slot(node)
            && (rest_is_pure || !self.may_change(word))
        {
            return Ok(word);
        }
        let temporary = self.take(1)?;
        self.value(node, Sink::Word(temporary))?;
        Ok(temporary)
    }

    fn tree_if_slot(&self, node: NodeId) -> Tree {
        match self.body.node(node) {
            NdaNode::Load { slot, mode: Mode::Copy } => Tree::Slot(self.registry.slot(slot)),
            _ => Tree::Const(0),
        }
    }
}
