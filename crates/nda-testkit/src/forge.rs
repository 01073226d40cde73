//! Definitions that no checker wrote, but that the verifier accepts: what a hostile store may hold.
//!
//! Tier 1 reads slots unchecked on the strength of the verifier, so whatever it accepts must be safe to compile and
//! run, and both tiers must agree on it. [`forge`] takes a checked program and replaces one of its definitions by a
//! forgery of the same signature:
//!
//! - its bytes tampered with until the verifier accepts them,
//! - its records shuffled, changed, repeated and mixed with others, and pushed into a [`Draft`], which refuses those
//!   that do not fit,
//! - or a body that is nothing but records that happened to fit.

use crate::choices::Choices;
use crate::hostile::{definition_holds, mutate_bytes};
use crate::oracle::{self, Agreement, Difference};
use crate::program::Compiled;
use nda_engine::Library;
use nda_graph::types::Import;
use nda_graph::{
    Builtin, CompareOp, Definition, DefinitionRef, Draft, Hash, Kind, Limits, MathOp, Mode, NdaNode, Outcome,
    PlaceOp, Range, Signature, Slot, Target, TrapKind, Ty, TypesRef, UnaryOp, Verifier, listing,
};

/// Limits for forgeries: they loop for ever more often than programs do.
pub const LIMITS: Limits = Limits { fuel: 5_000, memory_bytes: 1 << 16, depth: 24, output_bytes: 1 << 12 };

/// A program whose functions hold objects of every kind in every way, so that a forgery of any of them has something to
/// get wrong. Generated programs are the other half: they have more shapes, but less to hold.
pub const WARDROBE: &str = include_str!("wardrobe.nda");

/// How many bytes a forgery is well made from.
pub const BYTES: usize = 3_000;

/// The most records of a body made here.
const MAX_RECORDS: usize = 400;

/// A program with one definition replaced under its old hash.
#[derive(Debug)]
pub struct Forged<'p> {
    program: &'p Compiled,
    /// The hash under which the forgery answers.
    pub hash: Hash,
    /// The forgery.
    pub definition: Definition,
}

impl<'p> Forged<'p> {
    /// This definition in the place of the one with this hash.
    #[must_use]
    pub fn replacing(program: &'p Compiled, hash: Hash, definition: Definition) -> Self {
        Self { program, hash, definition }
    }
}

impl Library for Forged<'_> {
    fn resolve(&self, name: &str) -> Option<Hash> {
        self.program.hash(name)
    }

    fn definition(&self, hash: Hash) -> Option<Definition> {
        if hash == self.hash { Some(self.definition.clone()) } else { self.program.definition(hash) }
    }
}

/// A forgery of one of the program's functions; none if the verifier accepted nothing.
#[must_use]
pub fn forge<'p>(program: &'p Compiled, choices: &mut Choices<'_>) -> Option<Forged<'p>> {
    let functions: Vec<_> =
        program.items.iter().filter(|item| item.definition.view().kind() == Kind::Function).collect();
    if functions.is_empty() {
        return None;
    }
    let item = functions[choices.below(functions.len())];
    let view = item.definition.view();
    let definition = match choices.weighted(&[5, 5, 1]) {
        0 => shuffled(view, choices),
        1 => anything(view, program, choices),
        _ => tampered(view, choices),
    }?;
    Some(Forged { program, hash: item.hash, definition })
}

/// Holds both tiers together on a forgery made from these bytes: the last half of them makes the forgery, the first a
/// program to put it into. None if there was no forgery to run.
///
/// # Errors
/// How the tiers differ, then the program, then the forgery's listing.
pub fn compare(bytes: &[u8], seed: u64) -> Result<Option<Agreement>, String> {
    let (for_program, for_forgery) = bytes.split_at(bytes.len() / 2);
    let source = match for_program.first() {
        Some(0..64) => crate::generate::program(&for_program[1..]),
        _ => WARDROBE.to_owned(),
    };
    let Ok(program) = Compiled::new(&source) else { return Ok(None) };
    let mut choices = Choices::new(for_forgery);
    let Some(forged) = forge(&program, &mut choices) else { return Ok(None) };
    let entry = match program.hash("main") {
        Some(main) if choices.chance(70) || forged.definition.view().signature().arity() > 0 => main,
        _ => forged.hash,
    };
    match oracle::compare_definition(&forged, entry, seed, &LIMITS) {
        // That both fail in the same way is no agreement if the failure is ours.
        Ok(agreement) if agreement.main.as_ref().is_some_and(is_internal) => {
            Err(report("an internal error on every tier", &source, &forged))
        }
        Ok(agreement) => Ok(Some(agreement)),
        // A refusal to start is an answer, unless it is our own bug.
        Err(Difference::NotRun { refused, .. }) if refused != nda_engine::Refused::Internal => Ok(None),
        Err(difference) => Err(report(&difference.to_string(), &source, &forged)),
    }
}

fn is_internal(outcome: &Outcome) -> bool {
    outcome.result.as_ref().is_err_and(|trap| trap.kind == TrapKind::InternalError)
}

fn report(problem: &str, source: &str, forged: &Forged<'_>) -> String {
    let listing = listing::list(forged.definition.view());
    format!("{problem}\n{source}\n#{} is replaced by\n{listing}", forged.hash.short())
}

// ----- tampering with bytes -----

fn tampered(view: DefinitionRef<'_>, choices: &mut Choices<'_>) -> Option<Definition> {
    let mut verifier = Verifier::default();
    (0..64).find_map(|_| {
        let bytes = mutate_bytes(view.bytes(), choices);
        definition_holds(&bytes);
        let definition = Definition::from_bytes(bytes, &mut verifier).ok()?;
        let same =
            definition.view().signature() == view.signature() && definition.view().kind() == view.kind();
        same.then_some(definition)
    })
}

// ----- records through a draft -----

/// The records of a definition, changed, with whatever the draft does not refuse.
fn shuffled(view: DefinitionRef<'_>, choices: &mut Choices<'_>) -> Option<Definition> {
    let mut body = Body::begin(view)?;
    let nodes: Vec<NdaNode> = view.nodes().take(MAX_RECORDS).collect();
    let percent = choices.pick(&[3, 8, 20, 50]);
    let mut index = 0;
    while index < nodes.len() {
        let node = nodes[index];
        index += 1;
        if !choices.chance(percent) {
            body.push_theirs(node);
            continue;
        }
        match choices.below(6) {
            0 => {}
            1 => {
                body.push_theirs(node);
                body.push_theirs(node);
            }
            2 => {
                body.push_theirs(changed(node, choices));
            }
            3 => {
                body.push_theirs(nodes[choices.below(nodes.len())]);
                body.push_theirs(node);
            }
            4 => {
                body.random(choices);
                body.push_theirs(node);
            }
            _ => {
                body.push_theirs(node);
                body.random(choices);
                index = choices.below(nodes.len()).max(index.saturating_sub(8)).min(index + 8);
            }
        }
        if body.nodes.len() > MAX_RECORDS {
            break;
        }
    }
    body.finish()
}

/// A body of records that fit, whatever they mean.
fn anything(view: DefinitionRef<'_>, program: &Compiled, choices: &mut Choices<'_>) -> Option<Definition> {
    let mut body = Body::begin(view)?;
    for item in program.items.iter().take(4) {
        let callee = item.definition.view();
        body.refer(item.hash, callee.kind() == Kind::Constant, callee.signature().to_owned());
    }
    for _ in 0..choices.between(4, 120) {
        let plain = |ty: &Ty| *ty == Ty::UNIT || *ty == Ty::NEVER;
        // What nothing takes would be in the way of everything behind it.
        if body.draft.waiting().iter().filter(|ty| !plain(ty)).count() > choices.below(4) {
            body.consume(choices);
        } else {
            body.random(choices);
        }
    }
    body.finish()
}

/// A record with one of its fields changed.
fn changed(node: NdaNode, choices: &mut Choices<'_>) -> NdaNode {
    if let NdaNode::Load { slot, .. } = node
        && choices.chance(50)
    {
        let mode = choices.pick(&[Mode::Share, Mode::Move, Mode::Borrow, Mode::Copy]);
        return NdaNode::Load { slot, mode };
    }
    let mut wide = Vec::new();
    let mut record = node.encode(&mut wide);
    let at = choices.pick(&[0, 1, 2, 4, 4, 5, 7]);
    record[at] = match choices.below(3) {
        0 => record[at] ^ 1 << choices.below(8),
        1 => record[at].wrapping_add(choices.pick(&[1, 255])),
        _ => choices.byte() % 44,
    };
    NdaNode::decode(&record, &wide).unwrap_or(node)
}

/// A draft that remembers what it took, so that it can be brought to an end from anywhere.
struct Body<'v> {
    draft: Draft,
    /// Of the definition that it starts from.
    types: TypesRef<'v>,
    /// What the draft calls them.
    imported: Import,
    kind: Kind,
    signature: Signature,
    references: Vec<(Hash, bool, Signature)>,
    hosts: Vec<(String, String, Signature)>,
    texts: Vec<String>,
    nodes: Vec<NdaNode>,
    parts: Vec<Part>,
}

/// An open part.
struct Part {
    /// Its last marker.
    begin: NdaNode,
    /// How many records stood before its first marker.
    first: usize,
    /// How many records stood before its value began.
    start: usize,
    /// Its first variable.
    slots: Slot,
    /// The type its value must have to be closed.
    wanted: Ty,
}

impl<'v> Body<'v> {
    fn begin(view: DefinitionRef<'v>) -> Option<Self> {
        let mut texts = vec!["".to_owned(), "a".to_owned(), "0123456789".to_owned()];
        texts.extend(view.nodes().filter_map(|node| match node {
            NdaNode::Text { start, len } => Some(view.text(start, len).to_owned()),
            _ => None,
        }));
        let mut body = Self {
            draft: Draft::default(),
            types: view.types(),
            imported: Import::default(),
            kind: view.kind(),
            signature: view.signature().to_owned(),
            references: Vec::new(),
            hosts: Vec::new(),
            texts,
            nodes: Vec::new(),
            parts: Vec::new(),
        };
        body.begin_draft()?;
        for index in 0..view.host_count() {
            let host = view.host(index);
            let signature = host.signature.to_owned();
            body.draft.host(host.name, host.capability, &signature);
            body.hosts.push((host.name.to_owned(), host.capability.to_owned(), signature));
        }
        for reference in view.references() {
            body.refer(reference.hash, reference.is_constant, reference.signature.to_owned());
        }
        Some(body)
    }

    fn begin_draft(&mut self) -> Option<()> {
        self.draft.begin(self.kind, &self.signature).ok()?;
        self.imported = Import::default();
        for ty in self.types.all() {
            self.draft.import(self.types, ty, &mut self.imported);
        }
        Some(())
    }

    fn refer(&mut self, hash: Hash, is_constant: bool, signature: Signature) {
        self.draft.reference(Target::Hash(hash), is_constant, &signature);
        self.references.push((hash, is_constant, signature));
    }

    fn slots(&self) -> Slot {
        self.draft.slot_types().len() as Slot
    }

    /// A record of the definition that it starts from, with what this draft numbers itself: types, and the slots of
    /// declarations.
    fn theirs(&mut self, node: NdaNode) -> NdaNode {
        let mut ours = |ty: Ty| {
            if self.types.knows(ty) { self.draft.import(self.types, ty, &mut self.imported) } else { ty }
        };
        let node = match node {
            NdaNode::Let { slot, ty } => NdaNode::Let { slot, ty: ours(ty) },
            NdaNode::Compare { op, ty } => NdaNode::Compare { op, ty: ours(ty) },
            NdaNode::List { count, ty } => NdaNode::List { count, ty: ours(ty) },
            NdaNode::LoopBegin { ty } => NdaNode::LoopBegin { ty: ours(ty) },
            NdaNode::EachBegin { slot, ty } => NdaNode::EachBegin { slot, ty: ours(ty) },
            NdaNode::Construct { variant, ty } => NdaNode::Construct { variant, ty: ours(ty) },
            other => other,
        };
        self.own(node)
    }

    /// The record with the slots that come next, if it declares some.
    fn own(&self, node: NdaNode) -> NdaNode {
        let slot = self.slots();
        match node {
            NdaNode::Let { ty, .. } => NdaNode::Let { slot, ty },
            NdaNode::ForBegin { range, .. } => NdaNode::ForBegin { slot, range },
            NdaNode::EachBegin { ty, .. } => NdaNode::EachBegin { slot, ty },
            NdaNode::Unpack { variant, .. } => NdaNode::Unpack { variant, slot },
            other => other,
        }
    }

    fn push_theirs(&mut self, node: NdaNode) -> bool {
        let node = self.theirs(node);
        self.push(node)
    }

    fn push(&mut self, node: NdaNode) -> bool {
        let slots = self.slots();
        let then = self.draft.waiting().last().copied();
        // Texts lie in the draft's data section, so a text from elsewhere is written anew.
        let node = match node {
            NdaNode::Text { start, .. } => {
                let text = &self.texts[start as usize % self.texts.len()];
                self.draft.text(text)
            }
            other => other,
        };
        if self.draft.push(node).is_err() {
            return false;
        }
        self.nodes.push(node);
        let start = self.nodes.len();
        match node {
            NdaNode::Then => self.open(node, slots, Ty::UNIT),
            NdaNode::Rhs | NdaNode::WhileBegin => self.open(node, slots, Ty::BOOL),
            NdaNode::LoopBegin { .. } | NdaNode::ForBegin { .. } | NdaNode::EachBegin { .. } => {
                self.open(node, slots, Ty::UNIT);
            }
            NdaNode::Else | NdaNode::Do => {
                if let Some(part) = self.parts.last_mut() {
                    part.begin = node;
                    part.start = start;
                    part.wanted = if node == NdaNode::Do { Ty::UNIT } else { then.unwrap_or(Ty::UNIT) };
                }
            }
            NdaNode::If
            | NdaNode::And
            | NdaNode::Or
            | NdaNode::Loop
            | NdaNode::While
            | NdaNode::For
            | NdaNode::Each => drop(self.parts.pop()),
            _ => {}
        }
        true
    }

    fn open(&mut self, begin: NdaNode, slots: Slot, wanted: Ty) {
        let start = self.nodes.len();
        self.parts.push(Part { begin, first: start - 1, start, slots, wanted });
    }

    /// Pushes records that belong together and must not all be accepted: each is what one rule of the verifier is for.
    fn provoke(&mut self, choices: &mut Choices<'_>) {
        if self.slots() == 0 {
            return;
        }
        let slot = choices.below(self.slots() as usize) as Slot;
        let ty = self.draft.slot_type(slot).unwrap_or(Ty::UNIT);
        match (choices.below(3), ty.is_object()) {
            // An object that changes or goes while somebody looks at it.
            (0 | 1, true) => {
                self.push(NdaNode::Load { slot, mode: Mode::Borrow });
                if choices.chance(30) && ty.element().is_some_and(Ty::is_object) {
                    self.push(NdaNode::Int(0));
                    self.push(NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow });
                }
                match choices.below(4) {
                    0 => {
                        self.value(ty);
                        self.push(NdaNode::Store { slot });
                    }
                    1 => _ = self.push(NdaNode::Drop { slot }),
                    2 => _ = self.push(NdaNode::Load { slot, mode: Mode::Move }),
                    _ => _ = self.push(NdaNode::Place { op: PlaceOp::Reverse, slot, depth: 0 }),
                }
                // If that left something, it must not stand between the object and whoever looks at it.
                let compared = NdaNode::Compare { op: CompareOp::Eq, ty };
                if !self.push(compared) {
                    let count = self.draft.waiting().len() as u32;
                    self.push(NdaNode::Scope { count: count.min(2), drops: 1 });
                    self.push(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy });
                }
            }
            // A loop that fills what is empty when it begins.
            (_, true) => {
                self.push(NdaNode::Drop { slot });
                self.push(NdaNode::WhileBegin);
                self.push(NdaNode::Bool(true));
                self.push(NdaNode::Do);
                if choices.chance(50) {
                    self.push(NdaNode::Load { slot: 1, mode: Mode::Copy });
                    self.push(NdaNode::Then);
                    for slot in 0..self.slots() {
                        self.push(NdaNode::Drop { slot });
                    }
                    let ret = self.signature.ret;
                    self.value(ret);
                    self.push(NdaNode::Return);
                    self.push(NdaNode::Else);
                    self.push(NdaNode::Unit);
                    self.push(NdaNode::If);
                }
                self.value(ty);
                self.push(NdaNode::Store { slot });
            }
            // Work behind a scope's value, while the value waits.
            (_, false) => {
                self.value(ty);
                self.push(NdaNode::Load { slot, mode: Mode::Copy });
                self.push(NdaNode::Builtin { op: Builtin::Print, mode: Mode::Copy });
                self.push(NdaNode::Scope { count: 2, drops: 1 });
                self.push(NdaNode::Store { slot });
            }
        }
    }

    /// Pushes records that make a value of a composite type, look into one, take one apart or change a part of one.
    fn composite(&mut self, choices: &mut Choices<'_>) {
        let composite = |body: &Self, slot: Slot| {
            body.draft.slot_type(slot).is_some_and(|ty| body.draft.types().composite(ty).is_some())
        };
        let slots: Vec<Slot> = (0..self.slots()).filter(|&slot| composite(self, slot)).collect();
        if slots.is_empty() || choices.chance(35) {
            let all: Vec<Ty> = self.draft.types().all().collect();
            let ty = choices.pick(&all);
            return self.construct(ty, choices);
        }
        let slot = choices.pick(&slots);
        let ty = self.draft.slot_type(slot).unwrap_or(Ty::UNIT);
        let variants = self.variants(ty);
        let variant = choices.below(variants.len());
        let index = choices.below(variants[variant].len().max(1));
        let (variant, field) = (variant as u16, variants[variant].get(index).copied().unwrap_or(Ty::UNIT));
        let modes = [Mode::Borrow, Mode::Borrow, Mode::Share, Mode::Move];
        let mode = if ty.is_object() { choices.pick(&modes) } else { Mode::Copy };
        let part = if field.is_object() { choices.pick(&modes[1..3]) } else { Mode::Copy };
        match choices.below(5) {
            0 => {
                self.push(NdaNode::Load { slot, mode });
                self.push(NdaNode::Tag);
            }
            1 | 2 => {
                self.push(NdaNode::Load { slot, mode });
                self.push(NdaNode::Field { variant, index: index as u32, mode: part });
            }
            3 => {
                let mode = if ty.is_object() { choices.pick(&modes[2..]) } else { Mode::Copy };
                self.push(NdaNode::Load { slot, mode });
                let unpack = self.own(NdaNode::Unpack { variant, slot: 0 });
                self.push(unpack);
            }
            _ => {
                let step = NdaNode::Int(index as i64);
                self.value(field);
                self.push(step);
                if field.is_object() || choices.chance(50) {
                    self.push(NdaNode::Place { op: PlaceOp::Set, slot, depth: 1 });
                } else {
                    self.push(NdaNode::Update { op: choices.pick(MathOp::ALL), slot, depth: 1 });
                }
            }
        }
    }

    /// The types of the fields of each variant.
    fn variants(&self, ty: Ty) -> Vec<Vec<Ty>> {
        let composite = self.draft.types().composite(ty);
        composite
            .into_iter()
            .flat_map(|found| found.variants())
            .map(|found| found.fields().collect())
            .collect()
    }

    fn construct(&mut self, ty: Ty, choices: &mut Choices<'_>) {
        let variants = self.variants(ty);
        let variant = choices.below(variants.len());
        for &field in &variants[variant] {
            let same: Vec<Slot> =
                (0..self.slots()).filter(|&slot| self.draft.slot_type(slot) == Some(field)).collect();
            let mode = if field.is_object() { Mode::Share } else { Mode::Copy };
            let loaded = !same.is_empty()
                && choices.chance(60)
                && self.push(NdaNode::Load { slot: choices.pick(&same), mode });
            if !loaded {
                self.value(field);
            }
        }
        self.push(NdaNode::Construct { variant: variant as u16, ty });
    }

    /// Pushes some record that fits, if one is found.
    fn random(&mut self, choices: &mut Choices<'_>) {
        if choices.chance(6) {
            return self.provoke(choices);
        }
        if !self.types.is_empty() && choices.chance(18) {
            return self.composite(choices);
        }
        for _ in 0..12 {
            let node = self.propose(choices);
            if self.push(node) {
                return;
            }
        }
        // Asking is dear, so it is the last resort.
        if self.slots() < 8 {
            let expected = self.draft.expected();
            if !expected.is_empty() {
                let node = expected[choices.below(expected.len())].record;
                assert!(self.push(node), "{node:?} was expected");
            }
        }
    }

    /// Pushes a record that takes what waits on top.
    fn consume(&mut self, choices: &mut Choices<'_>) {
        let waiting = self.draft.waiting();
        let top = waiting.last().copied().unwrap_or(Ty::UNIT);
        let same: Vec<Slot> =
            (0..self.slots()).filter(|&slot| self.draft.slot_type(slot) == Some(top)).collect();
        let lists: Vec<Slot> = (0..self.slots())
            .filter(|&slot| self.draft.slot_type(slot).and_then(Ty::element) == Some(top))
            .collect();
        for _ in 0..6 {
            let node = match choices.below(12) {
                0 | 1 => self.own(NdaNode::Let { slot: 0, ty: top }),
                2 | 3 if !same.is_empty() => NdaNode::Store { slot: choices.pick(&same) },
                4 if !same.is_empty() => {
                    NdaNode::Place { op: PlaceOp::Append, slot: choices.pick(&same), depth: 0 }
                }
                5 | 6 if !lists.is_empty() => {
                    NdaNode::Place { op: PlaceOp::Push, slot: choices.pick(&lists), depth: 0 }
                }
                7 => NdaNode::Builtin { op: choices.pick(Builtin::ALL), mode: Mode::Copy },
                8 => NdaNode::Compare { op: choices.pick(CompareOp::ALL), ty: top },
                9 => NdaNode::Builtin { op: Builtin::Print, mode: Mode::Copy },
                10 => choices.pick(&[NdaNode::Return, NdaNode::Break { up: 0 }, NdaNode::Then, NdaNode::Do]),
                _ => self.own(NdaNode::EachBegin { slot: 0, ty: top.element().unwrap_or(top) }),
            };
            if self.push(node) {
                return;
            }
        }
        self.push(NdaNode::Discard);
    }

    fn propose(&self, choices: &mut Choices<'_>) -> NdaNode {
        let waiting = self.draft.waiting();
        let top = waiting.last().copied().unwrap_or(Ty::UNIT);
        let slots = self.slots();
        let slot = if slots == 0 { 0 } else { choices.below(slots as usize) as Slot };
        let ty = self.draft.slot_type(slot).unwrap_or(Ty::UNIT);
        let modes = [Mode::Copy, Mode::Share, Mode::Move, Mode::Borrow];
        match choices.weighted(&[6, 8, 6, 4, 3, 8, 4, 4, 5, 5, 6, 3, 3, 4, 5, 5, 4]) {
            0 => NdaNode::Int(choices.pick(&[0, 1, 2, 3, -1, 7, 64, i64::MAX, i64::MIN])),
            1 if !ty.is_object() => NdaNode::Load { slot, mode: Mode::Copy },
            1 => NdaNode::Load { slot, mode: choices.pick(&modes[1..]) },
            2 => self.own(NdaNode::Let { slot: 0, ty: top }),
            3 => NdaNode::Store { slot },
            4 => NdaNode::Drop { slot },
            5 => NdaNode::Math(choices.pick(MathOp::ALL)),
            6 => NdaNode::Unary(choices.pick(UnaryOp::ALL)),
            7 => NdaNode::Compare { op: choices.pick(CompareOp::ALL), ty: top },
            8 => NdaNode::Builtin { op: choices.pick(Builtin::ALL), mode: choices.pick(&modes) },
            9 => NdaNode::Place { op: choices.pick(PlaceOp::ALL), slot, depth: choices.below(3) as u8 },
            10 => choices.pick(&[
                NdaNode::Then,
                NdaNode::Rhs,
                NdaNode::WhileBegin,
                NdaNode::LoopBegin { ty: Ty::UNIT },
                NdaNode::LoopBegin { ty: Ty::NEVER },
                NdaNode::LoopBegin { ty: top },
            ]),
            11 => NdaNode::Update { op: choices.pick(MathOp::ALL), slot, depth: choices.between(1, 2) as u8 },
            12 => {
                let up = choices.below(3) as u32;
                choices.pick(&[NdaNode::Break { up }, NdaNode::Continue { up }, NdaNode::Return])
            }
            13 => choices.pick(&[
                NdaNode::Unit,
                NdaNode::Bool(true),
                NdaNode::Bool(false),
                NdaNode::float(1.5),
                NdaNode::float(f64::NAN),
                NdaNode::Text { start: 1, len: 0 },
                NdaNode::Text { start: 2, len: 0 },
            ]),
            14 => choices.pick(&[
                NdaNode::Else,
                NdaNode::If,
                NdaNode::And,
                NdaNode::Or,
                NdaNode::Loop,
                NdaNode::Do,
                NdaNode::While,
                NdaNode::For,
                NdaNode::Each,
                NdaNode::Discard,
            ]),
            15 => match choices.below(4) {
                0 if !self.references.is_empty() => {
                    let callee = choices.below(self.references.len()) as u32;
                    let args = self.references[callee as usize].2.params.len() as u32;
                    if self.references[callee as usize].1 {
                        NdaNode::Const(callee)
                    } else {
                        NdaNode::Call { callee, args }
                    }
                }
                1 => {
                    let range = Range {
                        inclusive: choices.chance(40),
                        reversed: choices.chance(40),
                        stepped: choices.chance(40),
                    };
                    self.own(NdaNode::ForBegin { slot: 0, range })
                }
                2 => self.own(NdaNode::EachBegin { slot: 0, ty: top.element().unwrap_or(top) }),
                _ => NdaNode::Scope {
                    count: choices.between(1, waiting.len().max(1)) as u32,
                    drops: choices.below(3) as u32,
                },
            },
            _ => {
                let same = waiting.iter().rev().take_while(|&&ty| ty == top).count();
                let count = choices.between(0, same.min(3)) as u32;
                if top == Ty::STR && choices.chance(50) {
                    return NdaNode::Joined { count };
                }
                NdaNode::List { count, ty: top.list_of().unwrap_or(Ty::UNIT) }
            }
        }
    }

    /// Goes back to the first `count` records.
    fn back_to(&mut self, count: usize) -> Option<()> {
        let nodes = std::mem::take(&mut self.nodes);
        self.parts.clear();
        self.begin_draft()?;
        for (name, capability, signature) in &self.hosts {
            self.draft.host(name, capability, signature);
        }
        for (hash, is_constant, signature) in &self.references {
            self.draft.reference(Target::Hash(*hash), *is_constant, signature);
        }
        for &node in &nodes[..count] {
            // A text's place in the data section depends on what was written before; all of them are written again.
            let node = match node {
                NdaNode::Text { len, .. } => {
                    let text = self.texts.iter().position(|text| text.len() == len as usize).unwrap_or(0);
                    NdaNode::Text { start: text as u32, len }
                }
                other => other,
            };
            assert!(self.push(node), "{node:?} was accepted before");
        }
        Some(())
    }

    /// Closes whatever is open and ends the definition.
    fn finish(mut self) -> Option<Definition> {
        loop {
            let (start, slots, wanted) = match self.parts.last() {
                Some(part) => (part.start, part.slots, part.wanted),
                None => (0, 0, self.signature.ret),
            };
            let plain = |ty: &Ty| *ty == Ty::UNIT || *ty == Ty::NEVER;
            if !self.draft.waiting().iter().all(plain) && !self.back_to_statement(start, plain)? {
                self.back_to(start)?;
            }
            for slot in slots..self.slots() {
                self.push(NdaNode::Drop { slot });
            }
            if !self.value(wanted) {
                return None;
            }
            let count = self.draft.waiting().len() as u32;
            if count > 1 && !self.push(NdaNode::Scope { count, drops: 0 }) {
                return None;
            }
            let Some(part) = self.parts.last() else { return self.draft.finish().ok() };
            let first = part.first;
            let closer = match part.begin {
                NdaNode::Then => NdaNode::Else,
                NdaNode::Else => NdaNode::If,
                NdaNode::Rhs => NdaNode::And,
                NdaNode::WhileBegin => NdaNode::Do,
                NdaNode::Do => NdaNode::While,
                NdaNode::LoopBegin { .. } => NdaNode::Loop,
                NdaNode::ForBegin { .. } => NdaNode::For,
                _ => NdaNode::Each,
            };
            // A part that cannot be closed (a loop that would lose a variable, say) was not to be.
            if !self.push(closer) {
                self.back_to(first)?;
                let floor = self.parts.last().map_or(0, |part| part.start);
                if !self.draft.waiting().iter().all(plain) && !self.back_to_statement(floor, plain)? {
                    self.back_to(floor)?;
                }
            }
        }
    }

    /// Goes back to the last point behind `start` where nothing waits but statements; whether there is one.
    fn back_to_statement(&mut self, start: usize, plain: impl Fn(&Ty) -> bool) -> Option<bool> {
        let depth = self.parts.len();
        for count in (start + 1..self.nodes.len()).rev().take(24) {
            self.back_to(count)?;
            if self.parts.len() == depth && self.draft.waiting().iter().all(&plain) {
                return Some(true);
            }
        }
        Some(false)
    }

    fn value(&mut self, ty: Ty) -> bool {
        match ty {
            Ty::UNIT => self.push(NdaNode::Unit),
            Ty::BOOL => self.push(NdaNode::Bool(false)),
            Ty::I64 => self.push(NdaNode::Int(5)),
            Ty::F64 => self.push(NdaNode::float(0.5)),
            Ty::STR => self.push(NdaNode::Text { start: 1, len: 0 }),
            Ty::NEVER => {
                self.push(NdaNode::LoopBegin { ty: Ty::NEVER })
                    && self.push(NdaNode::Unit)
                    && self.push(NdaNode::Loop)
            }
            list if list.is_list() => self.push(NdaNode::List { count: 0, ty: list }),
            composite => {
                let variants = self.variants(composite);
                let fewest = (0..variants.len()).min_by_key(|&variant| variants[variant].len());
                fewest.is_some_and(|variant| {
                    variants[variant].iter().all(|&field| self.value(field))
                        && self.push(NdaNode::Construct { variant: variant as u16, ty: composite })
                })
            }
        }
    }
}
