//! The rules of a body, as a machine that is fed one record at a time.
//!
//! `Verifier::push` either accepts a record, given everything before it, or refuses it with a [`Rejection`](crate::Rejection) and
//! changes nothing. [`crate::Draft`] writes through it, and [`crate::DefinitionRef::verify`] reads through it, so a
//! definition that exists has passed it, and tier 1 may rest on what it proves:
//!
//! - every operand has the type its operator takes, and every record's operands stand directly before it;
//! - a slot is read only where it has surely been given a value, and an emptied (moved) one not before it is refilled;
//! - a borrowed object is looked at before anything can change or release it;
//! - an object is moved or released on every way out of its variable's scope, so that memory is given back at the same
//!   record on every tier;
//! - loops, breaks and markers nest, and no part is nested deeper than [`MAX_HEIGHT`].
//!
//! It works on types, not on values: it knows no syntax, no names, and it never looks at another definition (a
//! reference carries the signature it expects; whoever links compares).

mod parts;
mod places;
mod tensors;

use crate::node::{Mode, NdaNode, NodeId};
use crate::op::Builtin;
use crate::rejection::Reason;
use crate::types::{Composite, Form, TypesRef, Variant};
use crate::{Hash, Kind, SignatureRef, Ty};

/// The deepest nesting of records; whoever walks a body by recursion may rely on it.
pub const MAX_HEIGHT: u32 = 2_048;
/// The most variables of one definition.
pub const MAX_SLOTS: u32 = 16_384;
/// The most values that wait for their operator at one point: bounds the size of a frame.
pub const MAX_OPERANDS: usize = 32_768;
/// The most records of one definition.
pub const MAX_NODES: u32 = 1 << 22;

/// What a body may refer to: the sections of its definition.
pub(crate) trait Tables {
    /// The signature of a referenced function or constant.
    fn reference(&self, index: u32) -> Option<(bool, SignatureRef<'_>)>;
    /// The signature of a host function.
    fn host(&self, index: u32) -> Option<SignatureRef<'_>>;
    /// These bytes of the data section, if they are a text.
    fn text(&self, start: u32, len: u32) -> Option<&str>;
    /// The composite types.
    fn types(&self) -> TypesRef<'_>;
}

/// A value that waits for its operator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand {
    pub(crate) ty: Ty,
    /// The first record of its subtree; its last is the record before the next operand's first.
    pub(crate) first: NodeId,
    height: u32,
    /// `NOT_BORROWED`, or the slot whose object it looks into.
    borrow: u32,
    /// The value of a small literal, which may name a field; else `NO_LITERAL`.
    literal: u32,
}

const NOT_BORROWED: u32 = u32::MAX;
const NO_LITERAL: u32 = u32::MAX;

/// What is known of each slot is three bits, and those of 64 slots are three words: whether it surely has a value,
/// whether it was surely declared, and whether it may hold an object. A slot that is assigned to or released must have
/// been declared, or whatever happens to lie in its word would be taken for an object.
const VALUE: usize = 0;
const DECLARED: usize = 1;
const HELD: usize = 2;
const WORDS: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RegionKind {
    Then,
    Else(Ty),
    Rhs,
    Loop(Ty),
    WhileCondition,
    WhileBody,
    For,
    Each,
}

#[derive(Clone, Copy, Debug)]
struct Region {
    kind: RegionKind,
    /// Operands below this belong to whoever is outside.
    floor: u32,
    first: NodeId,
    height: u32,
    /// The slots declared before it; later ones are its own, and hold nothing when control leaves it.
    slots: u32,
    /// The variables' state when the region began.
    entry: State,
    /// The state in which control leaves it by another way (the `then` part, the breaks); dead if none does. It knows
    /// the slots that `entry` knows: those declared inside are out of scope behind the region.
    exit: State,
}

/// Which slots have a value: `words` bit words from `start` in `Verifier::saved`. Dead if control cannot be here.
#[derive(Clone, Copy, Debug)]
struct State {
    start: u32,
    words: u32,
    dead: bool,
}

/// The machine. It keeps its memory between bodies: make one and reuse it.
#[derive(Clone, Default, Debug)]
pub struct Verifier {
    ret: Option<Ty>,
    /// Whether the variables are looked at when the body has run, and keep their objects for that.
    shows_variables: bool,
    nodes: u32,
    /// How many `Drop` records were pushed last, without another between them.
    drops: u32,
    /// The last text that names weights.
    names_weights: Option<NodeId>,
    pub(crate) operands: Vec<Operand>,
    /// Operands below this belong to whoever is outside of the innermost part.
    floor: usize,
    regions: Vec<Region>,
    slots: Vec<Ty>,
    /// Borrows of each slot that wait on the operand stack.
    borrows: Vec<u32>,
    /// Three words for 64 slots; see [`VALUE`], [`DECLARED`] and [`HELD`].
    set: Vec<u64>,
    dead: bool,
    /// Saved states of the open regions.
    saved: Vec<u64>,
}

impl Verifier {
    /// Starts a body with these parameters.
    pub(crate) fn begin(
        &mut self,
        kind: Kind,
        params: impl Iterator<Item = Ty>,
        ret: Ty,
    ) -> Result<(), Reason> {
        self.ret = Some(ret);
        self.shows_variables = kind == Kind::Example;
        self.nodes = 0;
        self.drops = 0;
        self.names_weights = None;
        self.operands.clear();
        self.floor = 0;
        self.regions.clear();
        self.slots.clear();
        self.borrows.clear();
        self.set.clear();
        self.saved.clear();
        self.dead = false;
        for ty in params {
            self.can_declare(self.slots.len() as u32, ty)?;
            self.declare(ty);
        }
        Ok(())
    }

    /// The number of slots declared so far.
    pub(crate) fn slot_count(&self) -> u32 {
        self.slots.len() as u32
    }

    /// The types of the slots declared so far.
    #[must_use]
    pub fn slot_types(&self) -> &[Ty] {
        &self.slots
    }

    /// The number of records accepted so far.
    pub(crate) fn node_count(&self) -> u32 {
        self.nodes
    }

    /// The types of the operands that wait in the innermost open part, last on top.
    pub(crate) fn waiting(&self) -> impl DoubleEndedIterator<Item = Ty> + '_ {
        self.operands[self.floor..].iter().map(|operand| operand.ty)
    }

    pub(crate) fn loops(&self) -> u32 {
        self.regions.iter().filter(|region| is_loop(region.kind)).count() as u32
    }

    /// Accepts or refuses one record.
    #[inline]
    pub(crate) fn push(&mut self, node: NdaNode, tables: &impl Tables) -> Result<(), Reason> {
        if self.nodes >= MAX_NODES || self.operands.len() >= MAX_OPERANDS {
            return Err(Reason::TooLarge("records, or operands waiting for one operator"));
        }
        // Two records of three are one of these, so they are worth a way without a call.
        match node {
            NdaNode::Int(value) => self.literal(value)?,
            NdaNode::Load { slot, mode: Mode::Copy } => self.load_word(slot)?,
            NdaNode::Math(op) => {
                let wanted = op.operands();
                self.words(wanted[0], wanted[1], op.result())?;
            }
            _ => self.apply(node, tables)?,
        }
        self.nodes += 1;
        self.drops = if matches!(node, NdaNode::Drop { .. }) { self.drops + 1 } else { 0 };
        Ok(())
    }

    /// Becomes a copy to try a record on, in the memory that it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let Self {
            ret,
            shows_variables,
            nodes,
            drops,
            names_weights,
            operands,
            floor,
            regions,
            slots,
            borrows,
            set,
            dead,
            saved,
        } = other;
        self.names_weights = *names_weights;
        (self.ret, self.shows_variables, self.nodes, self.drops) = (*ret, *shows_variables, *nodes, *drops);
        (self.floor, self.dead) = (*floor, *dead);
        self.operands.clone_from(operands);
        self.regions.clone_from(regions);
        self.slots.clone_from(slots);
        self.borrows.clone_from(borrows);
        self.set.clone_from(set);
        self.saved.clone_from(saved);
    }

    /// How many `Drop` records were accepted last.
    pub(crate) fn last_drops(&self) -> u32 {
        self.drops
    }

    /// How many operands of the innermost part, counted down from below the `skip` on top, are owned and of this type.
    pub(crate) fn owned_run(&self, skip: usize, wanted: Ty) -> u32 {
        let own = self.operands[self.floor..].iter().rev().skip(skip);
        own.take_while(|operand| self.check(0, **operand, wanted).is_ok()).count() as u32
    }

    /// Whether the body may end here.
    pub(crate) fn finish(&self) -> Result<(), Reason> {
        match (self.operands.as_slice(), self.ret) {
            ([value], Some(ret)) if self.regions.is_empty() => {
                self.check(0, *value, ret)?;
                if self.shows_variables { Ok(()) } else { self.holds_nothing_from(0) }
            }
            _ => Err(Reason::Unfinished),
        }
    }

    #[inline(never)]
    fn apply(&mut self, node: NdaNode, tables: &impl Tables) -> Result<(), Reason> {
        match node {
            NdaNode::Int(_) | NdaNode::Math(_) | NdaNode::Load { mode: Mode::Copy, .. } => {
                unreachable!("`push` takes these")
            }
            NdaNode::Unit => self.leaf(Ty::UNIT),
            NdaNode::Bool(_) => self.leaf(Ty::BOOL),
            NdaNode::Float(_) => self.leaf(Ty::F64),
            NdaNode::Text { start, len } => {
                let Some(text) = tables.text(start, len) else {
                    return Err(Reason::NoSuch("text", start));
                };
                self.produce(0, Ty::STR)?;
                if Hash::parse_weights(text).is_some() {
                    self.names_weights = Some(self.nodes);
                }
                Ok(())
            }
            NdaNode::Const(index) => match tables.reference(index) {
                Some((true, signature)) => self.produce(0, signature.ret()),
                _ => Err(Reason::NoSuch("constant", index)),
            },
            NdaNode::Load { slot, mode } => self.load(slot, mode),
            NdaNode::Let { slot, ty } => {
                known(ty, tables)?;
                self.owned(1, 0, ty)?;
                self.can_declare(slot, ty)?;
                self.produce(1, Ty::UNIT)?;
                self.declare(ty);
                Ok(())
            }
            NdaNode::Store { slot } => {
                let ty = self.declared(slot)?;
                self.owned(1, 0, ty)?;
                self.unborrowed(slot)?;
                self.produce(1, Ty::UNIT)?;
                self.set_bit(slot, true);
                Ok(())
            }
            NdaNode::Drop { slot } => {
                let ty = self.declared(slot)?;
                if !ty.is_object() {
                    return Err(Reason::OperandKind { wanted: "an object", found: ty });
                }
                self.unborrowed(slot)?;
                self.produce(0, Ty::UNIT)?;
                self.set_bit(slot, false);
                Ok(())
            }
            NdaNode::Unary(op) => {
                self.owned(1, 0, op.operands()[0])?;
                self.produce(1, op.result())
            }
            NdaNode::Weights { ty } => self.weights(ty, tables),
            NdaNode::Vector { ty } => self.vector(ty, tables),
            NdaNode::Tensor { op, ty } => self.tensor(op, ty, tables),
            NdaNode::Compare { op, ty } => {
                known(ty, tables)?;
                not_a_matrix(ty, tables)?;
                if !op.is_equality() && !tables.types().is_ordered(ty) || ty == Ty::NEVER {
                    return Err(Reason::OperandKind { wanted: "of an ordered type", found: ty });
                }
                if !ty.is_object() {
                    return self.words(ty, ty, Ty::BOOL);
                }
                self.typed(2, 0, ty)?;
                self.typed(2, 1, ty)?;
                self.produce(2, Ty::BOOL)
            }
            NdaNode::Call { callee, args } => match tables.reference(callee) {
                Some((false, signature)) => self.call(signature, args),
                _ => Err(Reason::NoSuch("function", callee)),
            },
            NdaNode::Host { host, args } => match tables.host(host) {
                Some(signature) => self.call(signature, args),
                None => Err(Reason::NoSuch("host function", host)),
            },
            NdaNode::Builtin { op, mode } => self.builtin(op, mode, tables),
            NdaNode::List { count, ty } => {
                known(ty, tables)?;
                let element = ty.element().ok_or(Reason::OperandKind { wanted: "a list type", found: ty })?;
                for index in 0..count as usize {
                    self.owned(count as usize, index, element)?;
                }
                self.produce(count as usize, ty)
            }
            NdaNode::Joined { count } => {
                for index in 0..count as usize {
                    self.owned(count as usize, index, Ty::STR)?;
                }
                self.produce(count as usize, Ty::STR)
            }
            NdaNode::Construct { variant, ty } => {
                known(ty, tables)?;
                let composite = composite(ty, tables)?;
                if usize::from(variant) >= composite.variant_count() {
                    return Err(Reason::Type(ty));
                }
                let fields = composite.made_of(variant.into());
                let count = fields.len();
                for (index, field) in fields.enumerate() {
                    self.owned(count, index, field)?;
                }
                self.produce(count, ty)
            }
            NdaNode::Tag => {
                let found = self.operand(1, 0)?.ty;
                if composite(found, tables)?.form() != Form::Enum {
                    return Err(Reason::OperandKind { wanted: "an enum", found });
                }
                self.produce(1, Ty::I64)
            }
            NdaNode::Field { variant, index, mode } => {
                let operand = self.operand(1, 0)?;
                let fields = variant_of(operand.ty, variant, tables)?;
                if index as usize >= fields.field_count() {
                    return Err(Reason::Type(operand.ty));
                }
                self.part(1, operand, fields.field(index as usize), mode)
            }
            NdaNode::Unpack { variant, slot } => {
                let operand = self.operand(1, 0)?;
                let fields = variant_of(operand.ty, variant, tables)?;
                self.owned(1, 0, operand.ty)?;
                for (index, field) in fields.fields().enumerate() {
                    let slot = slot.checked_add(index as u32).ok_or(Reason::Slot(slot))?;
                    if slot != self.slot_count() + index as u32 {
                        return Err(Reason::Slot(slot));
                    }
                    if slot >= MAX_SLOTS || field == Ty::NEVER {
                        return Err(Reason::TooLarge("variables"));
                    }
                }
                if slot != self.slot_count() {
                    return Err(Reason::Slot(slot));
                }
                self.produce(1, Ty::UNIT)?;
                fields.fields().for_each(|field| self.declare(field));
                Ok(())
            }
            NdaNode::Place { op, slot, depth } => self.place(op, slot, depth, tables),
            NdaNode::Update { op, slot, depth } => self.update(op, slot, depth, tables),
            NdaNode::Scope { count, drops } => {
                let (count, drops) = (count as usize, drops as usize);
                if drops >= count {
                    return Err(Reason::TooFewOperands);
                }
                // The value waits unseen while they run, so they must be what they are called and no more.
                if drops > self.drops as usize {
                    return Err(Reason::Misplaced);
                }
                let at = count - 1 - drops;
                for index in (0..count).filter(|&index| index != at) {
                    self.owned(count, index, Ty::UNIT)?;
                }
                let value = self.operand(count, at)?;
                if value.borrow != NOT_BORROWED {
                    return Err(Reason::Borrowed);
                }
                self.produce(count, value.ty)
            }
            NdaNode::Discard => {
                self.operand(1, 0)?;
                self.produce(1, Ty::UNIT)
            }
            NdaNode::Then => {
                self.owned(1, 0, Ty::BOOL)?;
                self.open(RegionKind::Then, 1)
            }
            NdaNode::Else => self.else_part(),
            NdaNode::If => self.close_if(),
            NdaNode::Rhs => {
                self.owned(1, 0, Ty::BOOL)?;
                self.open(RegionKind::Rhs, 1)
            }
            NdaNode::And | NdaNode::Or => {
                self.closes(|kind| kind == RegionKind::Rhs, Ty::BOOL)?;
                let region = self.regions[self.regions.len() - 1];
                self.holds_nothing_from(region.slots)?;
                // Either the right side ran or it did not.
                self.merge_into_current(region.entry);
                self.close(Ty::BOOL)
            }
            NdaNode::LoopBegin { ty } => {
                known(ty, tables)?;
                self.open(RegionKind::Loop(ty), 0)
            }
            NdaNode::Loop => {
                self.closes(|kind| matches!(kind, RegionKind::Loop(_)), Ty::UNIT)?;
                let region = self.regions[self.regions.len() - 1];
                self.goes_round(region)?;
                let RegionKind::Loop(ty) = region.kind else { return Err(Reason::Misplaced) };
                self.restore(region.exit);
                self.close(ty)
            }
            NdaNode::WhileBegin => self.open(RegionKind::WhileCondition, 0),
            NdaNode::Do => {
                self.closes(|kind| kind == RegionKind::WhileCondition, Ty::BOOL)?;
                // Leaving by the false condition is the first way out; the breaks join it.
                self.exit_through(self.regions.len() - 1)?;
                let height = self.operands[self.operands.len() - 1].height;
                self.operands.pop();
                let region = self.regions.last_mut().expect("`closes` found it");
                region.kind = RegionKind::WhileBody;
                region.height = region.height.max(height);
                Ok(())
            }
            NdaNode::While => {
                self.closes(|kind| kind == RegionKind::WhileBody, Ty::UNIT)?;
                let region = self.regions[self.regions.len() - 1];
                self.goes_round(region)?;
                self.restore(region.exit);
                self.close(Ty::UNIT)
            }
            NdaNode::ForBegin { slot, range } => {
                let operands = 2 + usize::from(range.stepped);
                for index in 0..operands {
                    self.owned(operands, index, Ty::I64)?;
                }
                self.can_declare(slot, Ty::I64)?;
                self.open(RegionKind::For, operands)?;
                self.begin_counted(Ty::I64)
            }
            NdaNode::EachBegin { slot, ty } => {
                known(ty, tables)?;
                let list = ty.list_of().ok_or(Reason::TooLarge("a list type"))?;
                self.owned(1, 0, list)?;
                self.can_declare(slot, ty)?;
                self.open(RegionKind::Each, 1)?;
                self.begin_counted(ty)
            }
            NdaNode::For | NdaNode::Each => {
                let wanted = if node == NdaNode::For { RegionKind::For } else { RegionKind::Each };
                self.closes(|kind| kind == wanted, Ty::UNIT)?;
                let region = self.regions[self.regions.len() - 1];
                self.goes_round(region)?;
                self.restore(region.exit);
                self.close(Ty::UNIT)
            }
            NdaNode::Break { up } => {
                let target = self.loop_region(up)?;
                let wanted = match self.regions[target].kind {
                    RegionKind::Loop(ty) => ty,
                    _ => Ty::UNIT,
                };
                self.owned(1, 0, wanted)?;
                self.exit_through(target)?;
                self.diverge(1)
            }
            NdaNode::Continue { up } => {
                let target = self.loop_region(up)?;
                self.goes_round(self.regions[target])?;
                self.diverge(0)
            }
            NdaNode::Return => {
                let ret = self.ret.ok_or(Reason::Unfinished)?;
                self.owned(1, 0, ret)?;
                self.holds_nothing_from(0)?;
                self.diverge(1)
            }
        }
    }

    // ----- operands -----

    /// Operand `index` of the last `count`.
    #[inline]
    fn operand(&self, count: usize, index: usize) -> Result<Operand, Reason> {
        if self.operands.len() < self.floor + count {
            return Err(Reason::TooFewOperands);
        }
        Ok(self.operands[self.operands.len() - count + index])
    }

    #[inline]
    fn typed(&self, count: usize, index: usize, wanted: Ty) -> Result<(), Reason> {
        let found = self.operand(count, index)?.ty;
        if found == wanted || found == Ty::NEVER {
            Ok(())
        } else {
            Err(Reason::Operand { index, wanted, found })
        }
    }

    #[inline]
    fn owned(&self, count: usize, index: usize, wanted: Ty) -> Result<(), Reason> {
        self.check(index, self.operand(count, index)?, wanted)
    }

    #[inline]
    fn check(&self, index: usize, operand: Operand, wanted: Ty) -> Result<(), Reason> {
        if operand.ty != wanted && operand.ty != Ty::NEVER {
            return Err(Reason::Operand { index, wanted, found: operand.ty });
        }
        if operand.borrow != NOT_BORROWED {
            return Err(Reason::Borrowed);
        }
        Ok(())
    }

    /// Replaces the last two operands, plain words of types `a` and `b`, by one of type `ty`. Most records of most
    /// bodies do just this.
    #[inline]
    fn words(&mut self, a: Ty, b: Ty, ty: Ty) -> Result<(), Reason> {
        let (left, right) = (self.operand(2, 0)?, self.operand(2, 1)?);
        self.check(0, left, a)?;
        self.check(1, right, b)?;
        let height = left.height.max(right.height);
        self.fits(height)?;
        self.operands.pop();
        let at = self.operands.len() - 1;
        self.operands[at] = Operand { ty, height: height + 1, literal: NO_LITERAL, ..left };
        Ok(())
    }

    /// A value without operands.
    #[inline]
    fn leaf(&mut self, ty: Ty) -> Result<(), Reason> {
        self.fits(0)?;
        let first = self.nodes;
        self.operands.push(Operand { ty, first, height: 1, borrow: NOT_BORROWED, literal: NO_LITERAL });
        Ok(())
    }

    #[inline]
    fn literal(&mut self, value: i64) -> Result<(), Reason> {
        self.fits(0)?;
        let literal = u32::try_from(value).unwrap_or(NO_LITERAL);
        let first = self.nodes;
        self.operands.push(Operand { ty: Ty::I64, first, height: 1, borrow: NOT_BORROWED, literal });
        Ok(())
    }

    /// Whether a record may stand on operands of this height.
    #[inline]
    fn fits(&self, height: u32) -> Result<(), Reason> {
        if height as usize + self.regions.len() >= MAX_HEIGHT as usize {
            return Err(Reason::TooLarge("nesting"));
        }
        Ok(())
    }

    /// Replaces the last `count` operands by one of type `ty`.
    #[inline]
    fn produce(&mut self, count: usize, ty: Ty) -> Result<(), Reason> {
        self.produce_borrow(count, ty, NOT_BORROWED)
    }

    #[inline]
    fn produce_borrow(&mut self, count: usize, ty: Ty, borrow: u32) -> Result<(), Reason> {
        let base = self.operands.len() - count;
        let mut height = 0;
        let first = if count > 0 { self.operands[base].first } else { self.nodes };
        for operand in &self.operands[base..] {
            height = height.max(operand.height);
        }
        self.fits(height)?;
        for operand in &self.operands[base..] {
            if operand.borrow != NOT_BORROWED {
                self.borrows[operand.borrow as usize] -= 1;
            }
        }
        if borrow != NOT_BORROWED {
            self.borrows[borrow as usize] += 1;
        }
        self.operands.truncate(base);
        self.operands.push(Operand { ty, first, height: height + 1, borrow, literal: NO_LITERAL });
        Ok(())
    }

    fn call(&mut self, signature: SignatureRef<'_>, args: u32) -> Result<(), Reason> {
        let args = args as usize;
        if args != signature.arity() {
            return Err(Reason::TooFewOperands);
        }
        for index in 0..args {
            self.owned(args, index, signature.param(index))?;
        }
        self.produce(args, signature.ret())
    }

    /// Replaces the last `count` operands by a part of the first of them, `whole`.
    fn part(&mut self, count: usize, whole: Operand, ty: Ty, mode: Mode) -> Result<(), Reason> {
        match mode {
            Mode::Copy if !ty.is_object() => self.produce(count, ty),
            Mode::Share if ty.is_object() => self.produce(count, ty),
            Mode::Borrow if ty.is_object() && whole.borrow != NOT_BORROWED => {
                self.produce_borrow(count, ty, whole.borrow)
            }
            _ => Err(Reason::Mode(mode)),
        }
    }

    fn builtin(&mut self, op: Builtin, mode: Mode, tables: &impl Tables) -> Result<(), Reason> {
        let count = op.arity();
        for index in 0..count {
            if self.operand(count, index)?.borrow != NOT_BORROWED && !op.reads(index) {
                return Err(Reason::Borrowed);
            }
        }
        if mode != Mode::Copy && !matches!(op, Builtin::Index | Builtin::KeyAt) {
            return Err(Reason::Mode(mode));
        }
        let first = self.operand(count, 0)?;
        let list = |found: Ty| {
            if found.is_list() { Ok(found) } else { Err(Reason::OperandKind { wanted: "a list", found }) }
        };
        if let Some((operands, result)) = op.types() {
            for (index, &ty) in operands.iter().enumerate() {
                self.typed(count, index, ty)?;
            }
            return self.produce(count, result);
        }
        let result = match op {
            Builtin::Len => {
                let counted = first.ty == Ty::STR || first.ty.is_list();
                if !counted && tables.types().map_parts(first.ty).is_none() {
                    return Err(Reason::OperandKind { wanted: "text, a list or a map", found: first.ty });
                }
                Ty::I64
            }
            Builtin::Index => {
                let element = match tables.types().map_parts(first.ty) {
                    Some((_, value)) => value,
                    None => list(first.ty)?.element().ok_or(Reason::Malformed)?,
                };
                self.typed(count, 1, Ty::I64)?;
                return self.part(count, first, element, mode);
            }
            Builtin::Slice | Builtin::SliceFrom => {
                for index in 1..count {
                    self.typed(count, index, Ty::I64)?;
                }
                if first.ty == Ty::STR { Ty::STR } else { list(first.ty)? }
            }
            Builtin::Contains => {
                let part = if first.ty == Ty::STR { Some(Ty::STR) } else { list(first.ty)?.element() };
                self.typed(count, 1, part.ok_or(Reason::Malformed)?)?;
                Ty::BOOL
            }
            Builtin::IndexOf => {
                let element = list(first.ty)?.element().ok_or(Reason::Malformed)?;
                self.typed(count, 1, element)?;
                Ty::I64
            }
            Builtin::Search | Builtin::Locate | Builtin::KeyAt | Builtin::Keys | Builtin::Values => {
                let parts = tables.types().map_parts(first.ty);
                let (key, value) = parts.ok_or(Reason::OperandKind { wanted: "a map", found: first.ty })?;
                match op {
                    Builtin::Search | Builtin::Locate => {
                        self.typed(count, 1, key)?;
                        Ty::I64
                    }
                    Builtin::KeyAt => {
                        self.typed(count, 1, Ty::I64)?;
                        return self.part(count, first, key, mode);
                    }
                    _ => {
                        let element = if op == Builtin::Keys { key } else { value };
                        element.list_of().ok_or(Reason::TooLarge("a list type"))?
                    }
                }
            }
            Builtin::Concat => {
                self.typed(count, 1, list(first.ty)?)?;
                first.ty
            }
            Builtin::Repeat => {
                self.typed(count, 1, Ty::I64)?;
                first.ty.list_of().ok_or(Reason::TooLarge("a list type"))?
            }
            Builtin::Print | Builtin::Show => {
                if first.ty == Ty::NEVER {
                    return Err(Reason::OperandKind { wanted: "a value", found: first.ty });
                }
                if op == Builtin::Show { Ty::STR } else { Ty::UNIT }
            }
            Builtin::Panic => {
                self.typed(count, 0, Ty::STR)?;
                self.produce(count, Ty::NEVER)?;
                self.dead = true;
                return Ok(());
            }
            Builtin::Assert => {
                self.typed(count, 0, Ty::BOOL)?;
                self.typed(count, 1, Ty::STR)?;
                Ty::UNIT
            }
            _ => unreachable!("all others have types of their own"),
        };
        self.produce(count, result)
    }
}

/// Whether a type that a record names is there.
#[inline]
fn known(ty: Ty, tables: &impl Tables) -> Result<(), Reason> {
    if !ty.has_composite_base() || tables.types().knows(ty) { Ok(()) } else { Err(Reason::Type(ty)) }
}

/// Matrices are computed with, and not looked into.
fn not_a_matrix(ty: Ty, tables: &impl Tables) -> Result<(), Reason> {
    if tables.types().has_matrix(ty) {
        return Err(Reason::OperandKind { wanted: "without matrices", found: ty });
    }
    Ok(())
}

fn composite<'t>(ty: Ty, tables: &'t impl Tables) -> Result<Composite<'t>, Reason> {
    tables.types().composite(ty).ok_or(Reason::OperandKind { wanted: "a tuple, struct or enum", found: ty })
}

/// A variant that values can be made of and taken apart.
fn variant_of<'t>(ty: Ty, variant: u16, tables: &'t impl Tables) -> Result<Variant<'t>, Reason> {
    let composite = composite(ty, tables)?;
    if composite.form().is_tensor() {
        return Err(Reason::OperandKind { wanted: "a tuple, struct or enum", found: ty });
    }
    let exists = usize::from(variant) < composite.variant_count() && composite.form() != Form::Map;
    if exists { Ok(composite.variant(variant.into())) } else { Err(Reason::Type(ty)) }
}

fn is_loop(kind: RegionKind) -> bool {
    matches!(
        kind,
        RegionKind::Loop(_)
            | RegionKind::WhileCondition
            | RegionKind::WhileBody
            | RegionKind::For
            | RegionKind::Each
    )
}
