//! [`Draft::expected`]: which records a draft would accept, as few patterns that say exactly that.
//!
//! The verifier alone decides: a pattern stands here because one of its records was tried on a copy, and what its
//! other records differ in is nothing that the verifier's rules look at. Whoever chooses among the patterns writes what is well-typed, record
//! by record.

use super::{Draft, HOST, REFERENCE};
use crate::node::{Mode, NdaNode, Range};
use crate::op::{Builtin, CompareOp, MathOp, PlaceOp, UnaryOp};
use crate::tensor::TensorOp;
use crate::ty::MAX_LIST_DEPTH;
use crate::verify::{Tables, Verifier};
use crate::{Ty, listing};
use std::fmt;

/// Records that a draft accepts: `record`, and those that differ from it in what is left `free`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Choice {
    /// One of them, with the least that is free.
    pub record: NdaNode,
    /// What the others may have instead.
    pub free: Free,
}

/// What the records of a [`Choice`] differ in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Free {
    /// Nothing.
    Nothing,
    /// The value of a literal. Texts are those of the draft, and whatever [`Draft::text`] adds to them.
    Value,
    /// Whether a counted loop includes its end and whether it runs backwards.
    Direction,
    /// How many lists stand around the type, up to `most`.
    Lists {
        /// The most.
        most: u32,
    },
    /// The count, up to `most`.
    Count {
        /// The most.
        most: u32,
    },
    /// The count of a list, up to `most`, and how many lists stand around its type, up to [`MAX_LIST_DEPTH`].
    CountAndLists {
        /// The greatest count.
        most: u32,
    },
}

impl Choice {
    /// Whether it stands for this record. Which bytes are a text is the draft's to say.
    #[must_use]
    pub fn admits(&self, node: NdaNode) -> bool {
        let lists = |least: Ty, ty: Ty, most: u32| {
            ty.innermost() == least.innermost() && (least.list_depth()..=most).contains(&ty.list_depth())
        };
        match (self.free, self.record, node) {
            (Free::Value, NdaNode::Int(_), NdaNode::Int(_))
            | (Free::Value, NdaNode::Float(_), NdaNode::Float(_))
            | (Free::Value, NdaNode::Bool(_), NdaNode::Bool(_))
            | (Free::Value, NdaNode::Text { .. }, NdaNode::Text { .. }) => true,
            (
                Free::Direction,
                NdaNode::ForBegin { slot, range },
                NdaNode::ForBegin { slot: other, range: like },
            ) => slot == other && range.stepped == like.stepped,
            (Free::Lists { most }, NdaNode::Let { slot, ty }, NdaNode::Let { slot: other, ty: like })
            | (
                Free::Lists { most },
                NdaNode::EachBegin { slot, ty },
                NdaNode::EachBegin { slot: other, ty: like },
            ) => slot == other && lists(ty, like, most),
            (Free::Lists { most }, NdaNode::LoopBegin { ty }, NdaNode::LoopBegin { ty: like }) => {
                lists(ty, like, most)
            }
            (Free::Lists { most }, NdaNode::Compare { op, ty }, NdaNode::Compare { op: other, ty: like }) => {
                op == other && lists(ty, like, most)
            }
            (Free::Count { most }, NdaNode::List { count, ty }, NdaNode::List { count: other, ty: like }) => {
                ty == like && (count..=most).contains(&other)
            }
            (
                Free::CountAndLists { most },
                NdaNode::List { count, ty },
                NdaNode::List { count: other, ty: like },
            ) => (count..=most).contains(&other) && lists(ty, like, MAX_LIST_DEPTH),
            (Free::Count { most }, NdaNode::Joined { count }, NdaNode::Joined { count: other }) => {
                (count..=most).contains(&other)
            }
            (
                Free::Count { most },
                NdaNode::Scope { count, drops },
                NdaNode::Scope { count: other, drops: like },
            ) => drops == like && (count..=most).contains(&other),
            (_, record, node) => record == node,
        }
    }
}

/// As in a listing, with what is free behind it: `scope 2 0 (count to 5)`.
impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.free == Free::Value {
            return f.write_str(match self.record {
                NdaNode::Bool(_) => "bool BOOL",
                NdaNode::Int(_) => "int NUMBER",
                NdaNode::Float(_) => "float NUMBER",
                _ => "text \"TEXT\"",
            });
        }
        f.write_str(&listing::record(self.record))?;
        match self.free {
            Free::Nothing | Free::Value => Ok(()),
            Free::Direction => f.write_str(" [inclusive] [reversed]"),
            Free::Lists { most } => write!(f, " (up to {most} lists around the type)"),
            Free::Count { most } => write!(f, " (count to {most})"),
            Free::CountAndLists { most } => {
                write!(f, " (count to {most}, up to {MAX_LIST_DEPTH} lists around the type)")
            }
        }
    }
}

impl Draft {
    /// Exactly the records that would be accepted now: a record fits if and only if one of these admits it.
    #[must_use]
    pub fn expected(&self) -> Vec<Choice> {
        let mut trial = Trial { draft: self, copy: Verifier::default(), found: Vec::new() };
        trial.copy.copy_from(&self.verifier);
        trial.leaves();
        trial.variables();
        trial.operators();
        trial.counted();
        trial.parts();
        trial.found
    }

    /// Whether the definition may end here.
    #[must_use]
    pub fn may_finish(&self) -> bool {
        self.verifier.finish().is_ok()
    }
}

/// Records tried one after the other on a copy of the draft's verifier, which only an accepted one changes.
struct Trial<'d> {
    draft: &'d Draft,
    copy: Verifier,
    found: Vec<Choice>,
}

impl Trial<'_> {
    fn accepts(&mut self, record: NdaNode) -> bool {
        let accepted = self.copy.push(record, &self.draft.sections).is_ok();
        if accepted {
            self.copy.copy_from(&self.draft.verifier);
        }
        accepted
    }

    fn offer(&mut self, record: NdaNode, free: Free) {
        if self.accepts(record) {
            self.found.push(Choice { record, free });
        }
    }

    fn all(&mut self, records: impl IntoIterator<Item = NdaNode>) {
        for record in records {
            self.offer(record, Free::Nothing);
        }
    }

    /// The type of the operand so far below the top.
    fn operand(&self, below: usize) -> Option<Ty> {
        self.draft.verifier.waiting().rev().nth(below)
    }

    /// The types that lists can be made around, composite ones included.
    fn bases(&self) -> impl Iterator<Item = Ty> + use<> {
        let composites: Vec<Ty> = self.draft.types().all().collect();
        [Ty::UNIT, Ty::BOOL, Ty::I64, Ty::F64, Ty::STR].into_iter().chain(composites)
    }

    fn leaves(&mut self) {
        self.offer(NdaNode::Unit, Free::Nothing);
        self.offer(NdaNode::Bool(false), Free::Value);
        self.offer(NdaNode::Int(0), Free::Value);
        self.offer(NdaNode::float(0.0), Free::Value);
        self.offer(NdaNode::Text { start: 0, len: 0 }, Free::Value);
        let sections = &self.draft.sections;
        for index in 0..(sections.refs.len() / REFERENCE) as u32 {
            if let Some((_, signature)) = sections.reference(index) {
                let args = signature.arity() as u32;
                self.all([NdaNode::Const(index), NdaNode::Call { callee: index, args }]);
            }
        }
        for index in 0..(sections.hosts.len() / HOST) as u32 {
            if let Some(signature) = Tables::host(sections, index) {
                self.all([NdaNode::Host { host: index, args: signature.arity() as u32 }]);
            }
        }
    }

    fn variables(&mut self) {
        let next = self.draft.verifier.slot_count();
        for slot in 0..next {
            let modes = [Mode::Copy, Mode::Share, Mode::Move, Mode::Borrow];
            self.all(modes.map(|mode| NdaNode::Load { slot, mode }));
            self.all([NdaNode::Store { slot }, NdaNode::Drop { slot }]);
            for &op in PlaceOp::ALL {
                let below = if op.value_first() { 0 } else { op.extra() };
                let steps = self.draft.verifier.owned_run(below, Ty::I64).min(u8::MAX.into()) as u8;
                self.all((0..=steps).map(|depth| NdaNode::Place { op, slot, depth }));
            }
            let steps = self.draft.verifier.owned_run(0, Ty::I64).min(u8::MAX.into()) as u8;
            for depth in 1..=steps {
                self.all(MathOp::ALL.iter().map(|&op| NdaNode::Update { op, slot, depth }));
            }
        }
        match self.operand(0) {
            // What never comes may be taken for a value of any type.
            Some(Ty::NEVER) => {
                for ty in self.bases() {
                    self.offer(NdaNode::Let { slot: next, ty }, Free::Lists { most: MAX_LIST_DEPTH });
                    let most = MAX_LIST_DEPTH - 1;
                    self.offer(NdaNode::EachBegin { slot: next, ty }, Free::Lists { most });
                }
            }
            Some(ty) => {
                self.all([NdaNode::Let { slot: next, ty }]);
                self.all(ty.element().map(|ty| NdaNode::EachBegin { slot: next, ty }));
            }
            None => {}
        }
        for stepped in [false, true] {
            let range = Range { stepped, ..Range::default() };
            self.offer(NdaNode::ForBegin { slot: next, range }, Free::Direction);
        }
    }

    fn operators(&mut self) {
        self.all(MathOp::ALL.iter().map(|&op| NdaNode::Math(op)));
        self.all(UnaryOp::ALL.iter().map(|&op| NdaNode::Unary(op)));
        self.all(Builtin::ALL.iter().map(|&op| NdaNode::Builtin { op, mode: Mode::Copy }));
        let modes = [Mode::Share, Mode::Borrow];
        self.all(modes.map(|mode| NdaNode::Builtin { op: Builtin::Index, mode }));
        if let (Some(right), Some(left)) = (self.operand(0), self.operand(1)) {
            for &op in CompareOp::ALL {
                match if left == Ty::NEVER { right } else { left } {
                    Ty::NEVER => {
                        for ty in self.bases() {
                            let most = if op.is_equality() { MAX_LIST_DEPTH } else { 0 };
                            self.offer(NdaNode::Compare { op, ty }, Free::Lists { most });
                        }
                    }
                    ty => self.all([NdaNode::Compare { op, ty }]),
                }
            }
        }
        if let Some(composite) = self.operand(0).and_then(|ty| self.draft.types().composite(ty)) {
            let next = self.draft.verifier.slot_count();
            self.all([NdaNode::Tag]);
            for (variant, fields) in (0..).zip(composite.variants()) {
                self.all([NdaNode::Unpack { variant, slot: next }]);
                for index in 0..fields.field_count() as u32 {
                    let modes = [Mode::Copy, Mode::Share, Mode::Borrow];
                    self.all(modes.map(|mode| NdaNode::Field { variant, index, mode }));
                }
            }
        }
        for ty in self.draft.types().all() {
            let variants = self.draft.types().composite(ty).map_or(0, |composite| composite.variant_count());
            self.all((0..variants as u16).map(|variant| NdaNode::Construct { variant, ty }));
        }
        let types = self.draft.types();
        let tensors: Vec<Ty> = types.all().filter(|&ty| types.tensor(ty).is_some()).collect();
        for &ty in &tensors {
            self.all([NdaNode::Weights { ty }, NdaNode::Vector { ty }]);
        }
        for ty in tensors.into_iter().chain([Ty::I64, Ty::F64]).chain(Ty::F64.list_of()) {
            self.all(TensorOp::ALL.iter().map(|&op| NdaNode::Tensor { op, ty }));
        }
        self.all([NdaNode::Discard]);
    }

    /// Records that take as many operands as they say.
    fn counted(&mut self) {
        let verifier = &self.draft.verifier;
        let (lost, texts) = (verifier.owned_run(0, Ty::NEVER), verifier.owned_run(0, Ty::STR));
        for base in self.bases() {
            let Some(ty) = base.list_of() else { continue };
            let list = |count| NdaNode::List { count, ty };
            if let Some(most) = self.greatest(0, lost, list) {
                self.found.push(Choice { record: list(0), free: Free::CountAndLists { most } });
            }
        }
        let element = self.operand(lost as usize).filter(|&ty| ty != Ty::NEVER);
        if let Some((element, ty)) = element.and_then(|ty| Some((ty, ty.list_of()?))) {
            let most = self.draft.verifier.owned_run(0, element);
            self.counts(lost + 1, most, |count| NdaNode::List { count, ty });
        }
        self.counts(0, texts, |count| NdaNode::Joined { count });
        for drops in 0..=self.draft.verifier.last_drops() {
            let most = drops + 1 + self.draft.verifier.owned_run(drops as usize + 1, Ty::UNIT);
            self.counts(drops + 1, most, |count| NdaNode::Scope { count, drops });
        }
    }

    /// The greatest count that is accepted. What limits it otherwise (nesting) limits greater counts too.
    fn greatest(&mut self, least: u32, most: u32, record: impl Fn(u32) -> NdaNode) -> Option<u32> {
        (least..=most).rev().find(|&count| self.accepts(record(count)))
    }

    fn counts(&mut self, least: u32, most: u32, record: impl Fn(u32) -> NdaNode) {
        if let Some(most) = self.greatest(least, most, &record) {
            let free = if most == least { Free::Nothing } else { Free::Count { most } };
            self.found.push(Choice { record: record(least), free });
        }
    }

    fn parts(&mut self) {
        self.all([NdaNode::Then, NdaNode::Rhs, NdaNode::WhileBegin, NdaNode::LoopBegin { ty: Ty::NEVER }]);
        for ty in self.bases() {
            self.offer(NdaNode::LoopBegin { ty }, Free::Lists { most: MAX_LIST_DEPTH });
        }
        self.all([NdaNode::Else, NdaNode::If, NdaNode::And, NdaNode::Or, NdaNode::Loop]);
        self.all([NdaNode::Do, NdaNode::While, NdaNode::For, NdaNode::Each, NdaNode::Return]);
        for up in 0..self.draft.verifier.loops() {
            self.all([NdaNode::Break { up }, NdaNode::Continue { up }]);
        }
    }
}
