//! A body as Cranelift's intermediate language.
//!
//! Plain variables are SSA values; objects stand in words of the same frame that tier 1 has, because the work that is left to
//! `nda-jit` finds its operands there. Fuel lives in a register and goes into the state only where somebody else charges.
//! Functions take `(frame, depth, fuel, arguments…)`, with the state in the pinned register, and give `(value, fuel)`, where a fuel of [`STOPPED`] says that
//! the run has ended: each caller on the way out adds its place to the backtrace.
//!
//! `number.rs` has arithmetic, `flow.rs` branches and loops, `ahead.rs` the fuel of loops that count,
//! `skip.rs` those that are computed without going round, `objects.rs` text and lists, `quick.rs` text that is short, `maps.rs` maps, `records.rs` tuples,
//! structs and enums, `heap.rs` how they are made and given up, `places.rs` what changes a part of a variable, `known.rs` what is known of such parts, `calls.rs` calls and
//! bodies in the place of calls, `partial.rs` what of a body stands there although it is called,
//! `work.rs` work that is left to the runtime, and ends, `rejoin.rs` functions that are entered at the head of a loop, `lengths.rs` what the body says of lists there.

mod ahead;
mod calls;
mod flow;
mod heap;
mod known;
mod lengths;
mod maps;
mod number;
mod objects;
mod partial;
mod places;
mod quick;
mod records;
mod rejoin;
mod skip;
mod tensors;
mod work;

use crate::parts::Parts;
use crate::passes::{Facts, Level};
use crate::{Linker, Unsupported};
use cranelift_codegen::ir::{
    self, AbiParam, Block, InstBuilder, MemFlagsData, Signature, StackSlot, Type, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use nda_graph::{Builtin, DefinitionRef, Frame, Hash, Mode, NdaNode, NodeId, Ty};
use nda_jit::OpenLoop;
use nda_jit::runtime::{self, Body, Choice, Graph, Layouts};
use std::rc::Rc;
use std::sync::Arc;

/// The fuel that says: the run has ended.
pub(crate) const STOPPED: i64 = -1;
/// Words that a frame may have, as in tier 1.
const MAX_FRAME: u32 = 65_000;

/// How a value of a type is held in a register.
pub(crate) fn clif(ty: Ty) -> Type {
    match ty {
        Ty::BOOL => types::I8,
        Ty::F64 => types::F64,
        _ => types::I64,
    }
}

/// What machine code of a function takes and gives.
pub(crate) fn signature(params: impl Iterator<Item = Ty>, ret: Ty, conv: CallConv) -> Signature {
    let mut signature = Signature::new(conv);
    signature.params.extend([AbiParam::new(types::I64); 3]);
    signature.params.extend(params.map(|ty| AbiParam::new(clif(ty))));
    signature.returns.extend([AbiParam::new(clif(ret)), AbiParam::new(types::I64)]);
    signature
}

/// Where a variable lives.
#[derive(Clone, Copy, Debug)]
enum Home {
    Plain(Variable),
    /// In this word of the frame; for a list what is known of its header besides.
    Object(u16, Option<ListView>),
}

/// The header of the list that a variable holds, in registers. Only this function changes the list, so nobody makes it
/// untrue behind our back but by giving up a share.
#[derive(Clone, Copy, Debug)]
struct ListView {
    data: Variable,
    len: Variable,
    /// The length if the variable owns the list alone, else 0: below it elements can be written.
    own: Variable,
}

/// A body being translated: the function's own, or one in the place of a call.
struct Scope<'v> {
    view: DefinitionRef<'v>,
    hash: Hash,
    /// Of its types.
    layouts: Option<Arc<Layouts>>,
    body: Rc<Body>,
    slots: Vec<Home>,
    /// How many calls deeper than the function's own it would be.
    levels: u32,
    /// The calls that it stands for, innermost first.
    outer: Vec<Frame>,
    /// Where `return` goes, unless that is out of the function.
    exit: Option<Block>,
    /// Owned objects that waited when it began.
    pending: usize,
    loops: Vec<flow::OpenLoop>,
}

/// The translation of one function.
pub(crate) struct Translator<'c, 'v> {
    b: FunctionBuilder<'c>,
    parts: &'c mut Parts,
    members: &'c [(Hash, DefinitionRef<'v>)],
    linker: &'c dyn Linker,
    level: Level,
    graph: &'c mut Graph,
    choice: Choice<'v, Callees<'c, 'v>>,
    scope: Scope<'v>,
    fp: Value,
    depth: Value,
    fuel: Variable,
    /// How many levels of calls below this function were reached, at least: what calls reach is asked for only when it matters.
    room: Variable,
    /// Where the depth is for slow paths, in a function that has calls of the language: were it in a register there, it would be in one in
    /// the loops around.
    depth_slot: Option<StackSlot>,
    /// The address of the state, and the block where it was asked for.
    state: Option<(Block, Value)>,
    ret: Type,
    taken: u32,
    widest: u32,
    /// The list that was just made, and its length.
    fresh: Option<(Value, Value)>,
    known: Vec<known::KnownRecord>,
    /// Records of recursive functions that stand where they call each other.
    unrolled: u32,
    /// By member, its body, once it was read.
    bodies: Vec<Option<Rc<Body>>>,
    /// Objects owned by values that wait for operands to their right: a jump releases them.
    pending: Vec<rejoin::Kept>,
    /// Ends the run; takes the status and the place.
    stop_block: Block,
    /// Goes on ending it; takes the place.
    unwind_block: Block,
    regions: Regions,
    facts: Facts,
    /// How the fuel of the loop at hand follows from its counter; none if each round takes its own.
    ahead: Option<ahead::Ahead>,
    /// Where the function is entered, if not at its beginning.
    rejoin: Option<rejoin::Rejoin>,
}

/// Memory that is known not to overlap.
#[derive(Clone, Copy)]
struct Regions {
    frame: MemFlagsData,
    header: MemFlagsData,
    cells: MemFlagsData,
    fields: MemFlagsData,
    state: MemFlagsData,
}

impl Regions {
    fn new(func: &mut ir::Function) -> Self {
        let mut region = |user_id: u32, name: &'static str| {
            let data = ir::AliasRegionData { user_id, description: name.into() };
            let region = func.dfg.alias_regions.insert(data);
            MemFlagsData::trusted().with_alias_region(Some(region))
        };
        Self {
            frame: region(0, "frame"),
            header: region(1, "object header"),
            cells: region(2, "elements"),
            fields: region(4, "fields"),
            state: region(3, "state"),
        }
    }
}

/// Where callees are looked for that may be inlined.
#[derive(Clone, Copy)]
pub(crate) struct Callees<'c, 'v> {
    pub(crate) members: &'c [(Hash, DefinitionRef<'v>)],
    pub(crate) linker: &'c dyn Linker,
}

impl<'v> runtime::Callees<'v> for Callees<'_, 'v> {
    fn definition(&self, hash: Hash) -> Option<DefinitionRef<'v>> {
        self.linker.member(hash).map(|member| self.members[member].1)
    }
}

/// What a translated function needs to run.
pub(crate) struct Translated {
    /// Words of its frame.
    pub(crate) frame_words: u32,
    /// What passes may take for granted.
    pub(crate) facts: Facts,
}

/// What can be said of a definition before its records are looked at.
///
/// # Errors
/// If it stays on tier 1.
pub(crate) fn supported(hash: Hash, view: DefinitionRef<'_>) -> Result<(), Unsupported> {
    if view.kind() != nda_graph::Kind::Function {
        return Err(Unsupported::new(hash, "an example, whose variables are looked at afterwards"));
    }
    if view.node_count() > crate::MAX_NODES || view.slot_count() > crate::MAX_SLOTS {
        return Err(Unsupported::new(hash, "too large to be compiled in bounded time"));
    }
    Ok(())
}

/// Translates a function into `func`, whose signature is set; one that is entered where `loops` are open takes no arguments.
#[expect(
    clippy::too_many_arguments,
    reason = "called once; they are what the compiler keeps in fields of its own"
)]
pub(crate) fn translate<'c, 'v>(
    func: &'c mut ir::Function,
    context: &'c mut FunctionBuilderContext,
    parts: &'c mut Parts,
    graph: &'c mut Graph,
    members: &'c [(Hash, DefinitionRef<'v>)],
    (hash, view): (Hash, DefinitionRef<'v>),
    loops: Option<&[OpenLoop]>,
    linker: &'c dyn Linker,
    level: Level,
    config: TargetFrontendConfig,
) -> Result<Translated, Unsupported> {
    let regions = Regions::new(func);
    let mut b = FunctionBuilder::new(func, context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.func.layout.append_block(entry);
    b.seal_block(entry);
    let given = b.block_params(entry).to_vec();
    let begin = b.create_block();
    b.switch_to_block(begin);
    let fuel = b.declare_var(types::I64);
    b.def_var(fuel, given[2]);
    let room = b.declare_var(types::I64);
    let stop_block = b.create_block();
    let unwind_block = b.create_block();
    let body = Rc::new(read(graph, view, linker, &[]));
    let mut bodies = vec![None; members.len()];
    if let Some(member) = linker.member(hash) {
        bodies[member] = Some(Rc::clone(&body));
    }
    let scope = Scope {
        view,
        hash,
        layouts: parts.layouts.of(hash, view),
        body,
        slots: Vec::new(),
        levels: 0,
        outer: Vec::new(),
        exit: None,
        pending: 0,
        loops: Vec::new(),
    };
    let mut translator = Translator {
        b,
        parts,
        members,
        linker,
        level,
        graph,
        choice: Choice::new(view, Callees { members, linker }),
        scope,
        fp: given[0],
        depth: given[1],
        fuel,
        room,
        depth_slot: None,
        state: None,
        ret: clif(view.signature().ret()),
        taken: 1,
        widest: 1,
        fresh: None,
        known: Vec::new(),
        unrolled: 0,
        bodies,
        pending: Vec::new(),
        stop_block,
        unwind_block,
        regions,
        facts: Facts::default(),
        ahead: None,
        rejoin: None,
    };
    translator.declare_slots()?;
    if let Some(loops) = loops {
        translator.rejoin(loops)?;
    }
    for (index, &argument) in given[3..].iter().enumerate() {
        translator.set_slot(index as u32, argument);
    }
    let root = translator.scope.body.root();
    let value = translator.value(root)?;
    translator.leave(value);
    translator.ends();
    translator.b.switch_to_block(entry);
    translator.begins();
    translator.b.ins().jump(begin, &[]);
    let frame_words = translator.widest;
    translator.b.seal_all_blocks();
    translator.b.finalize(config);
    Ok(Translated { frame_words, facts: translator.facts })
}

/// The body of a definition as the passes leave it.
fn read(graph: &mut Graph, view: DefinitionRef<'_>, linker: &dyn Linker, args: &[Option<NdaNode>]) -> Body {
    graph.read(view, |index| linker.constant(view.reference(index).hash), args);
    let mut body = Body::default();
    body.read(graph, view);
    body
}

type Done<T> = Result<T, Unsupported>;

impl Translator<'_, '_> {
    // ----- frames and variables -----

    fn take(&mut self, count: u32) -> Done<u16> {
        let first = self.taken;
        self.taken += count;
        self.widest = self.widest.max(self.taken);
        if self.taken > MAX_FRAME {
            return Err(Unsupported::new(self.scope.hash, "too large a frame"));
        }
        Ok(first as u16)
    }

    /// Makes homes for the variables of the body at hand.
    fn declare_slots(&mut self) -> Done<()> {
        let types = self.scope.body.slots.clone();
        let first = self.take(types.len() as u32)?;
        self.scope.slots.clear();
        for (index, ty) in types.into_iter().enumerate() {
            let home = if ty.is_object() {
                let view = ty.is_list().then(|| ListView {
                    data: self.b.declare_var(types::I64),
                    len: self.b.declare_var(types::I64),
                    own: self.b.declare_var(types::I64),
                });
                Home::Object(first + index as u16, view)
            } else {
                Home::Plain(self.b.declare_var(clif(ty)))
            };
            self.scope.slots.push(home);
        }
        Ok(())
    }

    fn set_slot(&mut self, slot: u32, value: Value) {
        match self.scope.slots[slot as usize] {
            Home::Plain(variable) => self.b.def_var(variable, value),
            Home::Object(word, view) => {
                self.set_word(word, value);
                if let Some(view) = view {
                    self.look_at(view, value);
                }
            }
        }
    }

    fn word(&mut self, word: u16) -> Value {
        self.b.ins().load(types::I64, self.regions.frame, self.fp, i32::from(word) * 8)
    }

    fn set_word(&mut self, word: u16, value: Value) {
        self.b.ins().store(self.regions.frame, value, self.fp, i32::from(word) * 8);
    }

    /// A value as a word of the frame holds it.
    fn as_stored(&mut self, value: Value) -> Value {
        match self.b.func.dfg.value_type(value) {
            types::I8 => self.b.ins().uextend(types::I64, value),
            types::F64 => self.b.ins().bitcast(types::I64, Self::NO_MEMORY, value),
            _ => value,
        }
    }

    fn loaded(&mut self, word: Value, ty: Ty) -> Value {
        match clif(ty) {
            types::I8 => self.b.ins().ireduce(types::I8, word),
            types::F64 => self.b.ins().bitcast(types::F64, Self::NO_MEMORY, word),
            _ => word,
        }
    }

    fn zero(&mut self, ty: Type) -> Value {
        if ty == types::F64 { self.b.ins().f64const(0.0) } else { self.b.ins().iconst(ty, 0) }
    }

    fn int(&mut self, value: i64) -> Value {
        self.b.ins().iconst(types::I64, value)
    }

    fn pointer<T>(&mut self, to: *const T) -> Value {
        self.int(to as usize as i64)
    }

    // ----- blocks -----

    /// Continues in a block that nothing jumps to: what follows an expression that never comes.
    fn unreachable(&mut self) {
        let block = self.b.create_block();
        self.go_on(block);
    }

    /// Goes on in a new block if `bad` is false; the caller fills the cold block it is in afterwards, and then goes on
    /// with the block that is given.
    fn cold_if(&mut self, bad: Value) -> Block {
        let (cold, fine) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(bad, cold, &[], fine, &[]);
        self.b.set_cold_block(cold);
        self.go_on(cold);
        fine
    }

    fn go_on(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.b.seal_block(block);
    }

    // ----- values -----

    /// Evaluates a record. Objects come owned, unless the record says that it borrows.
    fn value(&mut self, node: NodeId) -> Done<Value> {
        if self.leaves_owners(node) {
            return self.value_of(node);
        }
        self.forget_fields();
        let value = self.value_of(node);
        self.forget_fields();
        value
    }

    fn value_of(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        Ok(match body.node(node) {
            NdaNode::Unit => self.int(0),
            NdaNode::Bool(value) => self.b.ins().iconst(types::I8, i64::from(value)),
            NdaNode::Int(value) => self.int(value),
            NdaNode::Float(bits) => self.b.ins().f64const(f64::from_bits(bits)),
            NdaNode::Text { start, len } => {
                let word = self.parts.literals.text(self.scope.view.text(start, len));
                self.int(word as i64)
            }
            NdaNode::Const(index) => self.constant(index)?,
            NdaNode::Load { slot, mode } => self.load(slot, mode),
            NdaNode::Let { slot, .. } => {
                let value = self.value(body.operand(node, 0))?;
                if body.ty(body.operand(node, 0)) != Ty::NEVER {
                    self.set_slot(slot, value);
                }
                self.int(0)
            }
            NdaNode::Store { slot } => {
                let value = self.value(body.operand(node, 0))?;
                if body.ty(body.operand(node, 0)) != Ty::NEVER {
                    let before = match self.scope.slots[slot as usize] {
                        Home::Object(word, _) => Some(self.word(word)),
                        Home::Plain(_) => None,
                    };
                    self.set_slot(slot, value);
                    let ty = self.scope.body.slots[slot as usize];
                    before.into_iter().for_each(|before| self.release_of(before, ty));
                }
                self.int(0)
            }
            NdaNode::Drop { slot } => {
                if let Home::Object(word, _) = self.scope.slots[slot as usize] {
                    let held = self.word(word);
                    let empty = self.int(0);
                    self.set_word(word, empty);
                    self.release_of(held, self.scope.body.slots[slot as usize]);
                }
                self.int(0)
            }
            NdaNode::Discard => {
                self.discard(body.operand(node, 0))?;
                self.int(0)
            }
            NdaNode::Math(op) => {
                let types = op.operands();
                let a = self.value_as(body.operand(node, 0), clif(types[0]))?;
                let b = self.value_as(body.operand(node, 1), clif(types[1]))?;
                self.math(op, a, b, node)
            }
            NdaNode::Unary(op) => {
                let a = self.value_as(body.operand(node, 0), clif(op.operands()[0]))?;
                self.unary(op, a, node)
            }
            NdaNode::Compare { op, ty } if !ty.is_object() => {
                let a = self.value_as(body.operand(node, 0), clif(ty))?;
                let b = self.value_as(body.operand(node, 1), clif(ty))?;
                self.compare(op, ty, a, b)
            }
            NdaNode::Compare { op, ty } => self.compare_objects(node, op, ty)?,
            NdaNode::Call { callee, .. } => self.call_node(node, callee)?,
            NdaNode::Host { host, .. } => self.host(node, host)?,
            NdaNode::Builtin { op, mode } => self.builtin(node, op, mode)?,
            NdaNode::List { count, ty } => self.list(node, count, ty)?,
            NdaNode::Joined { count } => self.joined(node, count)?,
            NdaNode::Place { op, slot, depth } => self.change_place(node, op, slot, depth)?,
            NdaNode::Update { op, slot, .. } => self.update(node, op, slot)?,
            NdaNode::Scope { count, drops } => {
                let at = (count - 1 - drops) as usize;
                for index in 0..at {
                    self.value(body.operand(node, index))?;
                }
                let value = self.value(body.operand(node, at))?;
                for index in at + 1..count as usize {
                    self.value(body.operand(node, index))?;
                }
                value
            }
            NdaNode::If => self.if_else(node)?,
            NdaNode::And | NdaNode::Or => self.logical(node)?,
            NdaNode::Loop => self.endless(node)?,
            NdaNode::While => self.while_loop(node)?,
            NdaNode::For => self.counted(node)?,
            NdaNode::Each => self.each(node)?,
            NdaNode::Break { up } => self.leave_loop(node, up)?,
            NdaNode::Continue { up } => self.next_round(node, up),
            NdaNode::Return => {
                let value = self.value(body.operand(node, 0))?;
                self.leave(value);
                self.never()
            }
            NdaNode::Construct { variant, ty } => self.construct(node, variant, ty)?,
            NdaNode::Tag => self.tag(node)?,
            NdaNode::Field { variant, index, mode } => self.field_of(node, variant, index, mode)?,
            NdaNode::Unpack { variant, slot } => self.unpack(node, variant, slot)?,
            NdaNode::Weights { ty } => self.weights(node, ty)?,
            NdaNode::Vector { ty } => self.vector(node, ty)?,
            NdaNode::Tensor { op, ty } => self.tensor(node, op, ty)?,
            NdaNode::Then
            | NdaNode::Else
            | NdaNode::Rhs
            | NdaNode::LoopBegin { .. }
            | NdaNode::WhileBegin
            | NdaNode::Do
            | NdaNode::ForBegin { .. }
            | NdaNode::EachBegin { .. } => unreachable!("markers have no value"),
        })
    }

    /// [`Self::value`], held as `ty` even if it never comes.
    fn value_as(&mut self, node: NodeId, ty: Type) -> Done<Value> {
        let value = self.value(node)?;
        Ok(self.cast_never(value, ty))
    }

    /// The value of an expression that never comes.
    fn never(&mut self) -> Value {
        self.unreachable();
        self.int(0)
    }

    /// Leaves the body at hand with its value, and goes on in code that is never reached.
    fn leave(&mut self, value: Value) {
        self.release_pending(self.scope.pending);
        let wanted = self.ret_of_scope();
        let value = self.cast_never(value, wanted);
        match self.scope.exit {
            Some(exit) => {
                self.fuel_again();
                self.b.ins().jump(exit, &[value.into()]);
            }
            None => {
                let fuel = self.fuel_left();
                self.b.ins().return_(&[value, fuel]);
            }
        }
    }

    fn ret_of_scope(&self) -> Type {
        clif(self.scope.view.signature().ret())
    }

    /// An operand of type `!` stands where any other may: its value is never looked at.
    fn cast_never(&mut self, value: Value, wanted: Type) -> Value {
        if self.b.func.dfg.value_type(value) == wanted { value } else { self.zero(wanted) }
    }

    fn load(&mut self, slot: u32, mode: Mode) -> Value {
        match self.scope.slots[slot as usize] {
            Home::Plain(variable) => self.b.use_var(variable),
            Home::Object(word, view) => {
                let held = self.word(word);
                match mode {
                    Mode::Move => {
                        let empty = self.int(0);
                        self.set_word(word, empty);
                    }
                    Mode::Share => {
                        self.share(held, self.scope.body.slots[slot as usize]);
                        if let Some(view) = view {
                            let none = self.int(0);
                            self.b.def_var(view.own, none);
                        }
                    }
                    Mode::Copy | Mode::Borrow => {}
                }
                held
            }
        }
    }

    fn constant(&mut self, index: u32) -> Done<Value> {
        let reference = self.scope.view.reference(index);
        let ty = reference.signature.ret();
        let value = self.linker.constant(reference.hash);
        let value = value.filter(|value| value.is_of(reference.signature.types(), ty));
        let value = value.ok_or_else(|| Unsupported::new(self.scope.hash, "a constant that is missing"))?;
        let layouts = self.scope.layouts.as_ref();
        let word = self.parts.constant(reference.hash, layouts, ty, &value, self.linker);
        let missing = || Unsupported::new(self.scope.hash, "a constant whose weights are missing");
        let word = word.ok_or_else(missing)? as i64;
        Ok(match clif(ty) {
            types::F64 => self.b.ins().f64const(f64::from_bits(word as u64)),
            ty => self.b.ins().iconst(ty, word),
        })
    }

    fn discard(&mut self, node: NodeId) -> Done<()> {
        let body = Rc::clone(&self.scope.body);
        if let NdaNode::Load { mode: Mode::Copy | Mode::Share | Mode::Borrow, .. } = body.node(node) {
            return Ok(());
        }
        let value = self.value(node)?;
        let borrows = matches!(
            body.node(node),
            NdaNode::Builtin { op: Builtin::Index | Builtin::KeyAt, mode: Mode::Borrow }
                | NdaNode::Field { mode: Mode::Borrow, .. }
        );
        if body.ty(node).is_object() && !borrows {
            self.release_of(value, body.ty(node));
        }
        Ok(())
    }
}
