//! A sampler that writes definitions by choosing among what [`Draft::expected`] says, and nothing else: whatever it
//! ends up with is well-typed, and so is every step of the way.
//!
//! It stands for a model whose vocabulary is masked. First it grows a body at random, then it closes what is open; a
//! refused record is a bug of `expected`, and a body that does not end is one of [`Draft::open_parts`].

use crate::choices::Choices;
use crate::forge::{self, Forged};
use crate::oracle::{self, Agreement};
use crate::program::Compiled;
use nda_graph::types::Import;
use nda_graph::{
    Builtin, Choice, CompareOp, Definition, DefinitionRef, Draft, Free, Kind, Mode, NdaNode, Open, Part,
    Range, Target, TensorOp, TensorShape, Ty, Verifier, listing,
};

/// How many bytes a body is well made from.
pub const BYTES: usize = 1_200;
/// No body needs more records to come to its end.
const MAX_RECORDS: usize = 1_000;

/// Draws a definition that takes the place of one of `program`'s functions.
///
/// # Errors
/// What `expected` promised and the draft refused, or the body that would not end, as a listing.
pub fn sample<'p>(program: &'p Compiled, choices: &mut Choices<'_>) -> Result<Forged<'p>, String> {
    let functions: Vec<_> =
        program.items.iter().filter(|item| item.definition.view().kind() == Kind::Function).collect();
    let item = functions[choices.below(functions.len())];
    let mut sampler = Sampler::begin(item.definition.view(), program);
    let mut left = choices.between(2, 90);
    while left > 0 {
        let choice = sampler.grow(choices)?;
        sampler.take(choice)?;
        left -= 1;
    }
    let definition = sampler.close(choices)?;
    Ok(Forged::replacing(program, item.hash, definition))
}

/// Draws a definition, has its bytes verified anew and holds all tiers together on it.
///
/// # Errors
/// As [`sample`]; if the bytes are refused; how the tiers differ.
pub fn compare(program: &Compiled, seed: u64) -> Result<Agreement, String> {
    let bytes = crate::choices::bytes_of_seed(seed, BYTES);
    let mut choices = Choices::new(&bytes);
    let forged = sample(program, &mut choices)?;
    let bytes = forged.definition.view().bytes().to_vec();
    let listed = || listing::list(forged.definition.view());
    Definition::from_bytes(bytes, &mut Verifier::default())
        .map_err(|refused| format!("{refused}\n{}", listed()))?;
    let entry = match program.hash("main") {
        Some(main) if forged.definition.view().signature().arity() > 0 => main,
        _ => forged.hash,
    };
    oracle::compare_definition(&forged, entry, seed, &forge::LIMITS)
        .map_err(|difference| format!("{difference}\n{}", listed()))
}

struct Sampler {
    draft: Draft,
    nodes: Vec<NdaNode>,
    texts: u32,
}

impl Sampler {
    fn begin(view: DefinitionRef<'_>, program: &Compiled) -> Self {
        let mut draft = Draft::default();
        draft.begin(view.kind(), &view.signature().to_owned()).expect("it was begun with this before");
        let mut known = Import::default();
        for ty in view.types().all() {
            draft.import(view.types(), ty, &mut known);
        }
        for index in 0..view.host_count() {
            let host = view.host(index);
            draft.host(host.name, host.capability, &host.signature.to_owned());
        }
        for reference in view.references() {
            draft.reference(
                Target::Hash(reference.hash),
                reference.is_constant,
                &reference.signature.to_owned(),
            );
        }
        for item in program.items.iter().take(4) {
            let callee = item.definition.view();
            let is_constant = callee.kind() == Kind::Constant;
            if matches!(callee.kind(), Kind::Function | Kind::Constant) {
                draft.reference(Target::Hash(item.hash), is_constant, &callee.signature().to_owned());
            }
        }
        draft.text("a");
        draft.text("bc");
        Self { draft, nodes: Vec::new(), texts: 3 }
    }

    /// Pushes a record that was expected.
    fn take(&mut self, node: NdaNode) -> Result<(), String> {
        self.nodes.push(node);
        let records =
            || self.nodes.iter().take(120).map(|&node| listing::record(node)).collect::<Vec<_>>().join("; ");
        if self.nodes.len() > MAX_RECORDS {
            return Err(format!("it does not come to an end: {}", records()));
        }
        self.draft.push(node).map(drop).map_err(|refused| format!("{}: {}", refused.message, records()))
    }

    /// Pushes this record if it is expected; whether it was.
    fn offer(&mut self, node: NdaNode) -> Result<bool, String> {
        let expected = self.draft.expected().iter().any(|choice| choice.admits(node));
        if expected {
            self.take(node)?;
        }
        Ok(expected)
    }

    /// A record to go on with: less likely one that leaves more waiting, the more already waits.
    fn grow(&self, choices: &mut Choices<'_>) -> Result<NdaNode, String> {
        let waiting = self.draft.waiting();
        let values = waiting.iter().filter(|ty| !plain(**ty)).count();
        let below = waiting.len().saturating_sub(1);
        let values_below = waiting[..below].iter().any(|ty| !plain(*ty));
        let parts = self.draft.open_parts().len();
        let top = waiting.last().copied().filter(|ty| !plain(*ty));
        // A second value is of use if an operator takes it together with the first.
        let leaf = |ty: Ty| match (values, top == Some(ty)) {
            (0, _) | (1, true) => 12,
            (2, true) => 3,
            _ => 1,
        };
        let expected = self.draft.expected();
        let weights: Vec<u32> = expected
            .iter()
            .map(|choice| match choice.record {
                NdaNode::Unit | NdaNode::Discard | NdaNode::Drop { .. } => u32::from(!values_below),
                NdaNode::Return | NdaNode::Break { .. } | NdaNode::Continue { .. } => {
                    u32::from(!values_below)
                }
                NdaNode::Bool(_) => leaf(Ty::BOOL) / 4,
                NdaNode::Int(_) => leaf(Ty::I64),
                NdaNode::Float(_) => leaf(Ty::F64),
                NdaNode::Text { .. } => leaf(Ty::STR),
                NdaNode::Load { slot, .. } => leaf(self.draft.slot_type(slot).unwrap_or(Ty::UNIT)) / 2,
                NdaNode::Const(_) => 1,
                // What gives `()` would lie on a value that nothing could take any more.
                NdaNode::Let { .. } | NdaNode::Store { .. } => {
                    if values_below {
                        0
                    } else {
                        12
                    }
                }
                NdaNode::Place { .. } | NdaNode::Update { .. } if values_below => 1,
                NdaNode::Place { .. } | NdaNode::Update { .. } => 6,
                NdaNode::Builtin { op: Builtin::Panic, .. } => 0,
                NdaNode::Builtin { op: Builtin::Print | Builtin::Assert, .. } if values_below => 0,
                NdaNode::Then | NdaNode::Rhs => {
                    if parts > 4 {
                        1
                    } else {
                        20
                    }
                }
                NdaNode::WhileBegin | NdaNode::LoopBegin { .. } => {
                    if parts > 4 || values > 0 {
                        0
                    } else {
                        2
                    }
                }
                NdaNode::ForBegin { .. } | NdaNode::EachBegin { .. } if parts > 4 || values_below => 0,
                NdaNode::ForBegin { .. } => 8,
                NdaNode::EachBegin { .. } => 12,
                NdaNode::Math(_) => 4,
                NdaNode::Unary(_) => 1,
                NdaNode::Compare { .. } => 4,
                NdaNode::List { .. } | NdaNode::Joined { .. } | NdaNode::Construct { .. } => 1,
                _ => 6,
            })
            .collect();
        if weights.iter().all(|&weight| weight == 0) {
            return Err("nothing is expected, and yet the draft has no end".to_owned());
        }
        Ok(self.one_of(expected[choices.weighted(&weights)], choices))
    }

    /// Any of the records that a choice stands for.
    fn one_of(&self, choice: Choice, choices: &mut Choices<'_>) -> NdaNode {
        let wrapped = |ty: Ty, choices: &mut Choices<'_>| {
            if choices.chance(20) { ty.list_of().unwrap_or(ty) } else { ty }
        };
        match (choice.free, choice.record) {
            (Free::Value, NdaNode::Bool(_)) => NdaNode::Bool(choices.chance(50)),
            (Free::Value, NdaNode::Int(_)) => {
                NdaNode::Int(choices.pick(&[0, 1, 2, 3, -1, 7, 64, i64::MAX, i64::MIN]))
            }
            (Free::Value, NdaNode::Float(_)) => {
                NdaNode::float(choices.pick(&[0.0, 1.5, -0.0, 1e300, f64::NAN]))
            }
            (Free::Value, NdaNode::Text { .. }) => {
                let start = choices.below(self.texts as usize) as u32;
                NdaNode::Text { start, len: choices.below((self.texts - start) as usize + 1) as u32 }
            }
            (Free::Direction, NdaNode::ForBegin { slot, range }) => {
                let range = Range { inclusive: choices.chance(50), reversed: choices.chance(50), ..range };
                NdaNode::ForBegin { slot, range }
            }
            (Free::Lists { most: 1.. }, NdaNode::Let { slot, ty }) => {
                NdaNode::Let { slot, ty: wrapped(ty, choices) }
            }
            (Free::Lists { most: 1.. }, NdaNode::LoopBegin { ty }) => {
                NdaNode::LoopBegin { ty: wrapped(ty, choices) }
            }
            (Free::Count { most }, NdaNode::List { count, ty }) => {
                NdaNode::List { count: choices.between(count as usize, most as usize) as u32, ty }
            }
            (Free::CountAndLists { most }, NdaNode::List { ty, .. }) => {
                NdaNode::List { count: choices.between(0, most as usize) as u32, ty: wrapped(ty, choices) }
            }
            (Free::Count { most }, NdaNode::Joined { count }) => {
                NdaNode::Joined { count: choices.between(count as usize, most as usize) as u32 }
            }
            (Free::Count { most }, NdaNode::Scope { count, drops }) => {
                NdaNode::Scope { count: choices.between(count as usize, most as usize) as u32, drops }
            }
            (_, record) => record,
        }
    }

    /// Brings the draft to its end from wherever it is.
    fn close(mut self, choices: &mut Choices<'_>) -> Result<Definition, String> {
        loop {
            if self.draft.may_finish() {
                return self.draft.finish().map_err(|refused| refused.message.clone());
            }
            let open = self.draft.open_parts().pop().expect("the body is open");
            self.step(&open, choices)?;
        }
    }

    /// One step towards the end of the innermost part.
    fn step(&mut self, open: &Open, choices: &mut Choices<'_>) -> Result<(), String> {
        if let Some(&slot) = open.holds.first() {
            return if self.offer(NdaNode::Drop { slot })? { Ok(()) } else { self.unborrow() };
        }
        if let Some(&slot) = open.lost.first() {
            let ty = self.draft.slot_type(slot).expect("an open part knows its slots");
            self.value(ty)?;
            return if self.offer(NdaNode::Store { slot })? { Ok(()) } else { self.unborrow() };
        }
        let waiting = self.draft.waiting();
        let Some(&top) = waiting.last() else {
            return self.value(open.wanted.unwrap_or(Ty::UNIT));
        };
        if waiting.len() > 1 {
            return self.join(waiting.len() as u32, choices);
        }
        if open.wanted.is_none_or(|wanted| wanted == top || top == Ty::NEVER) {
            let closers: &[NdaNode] = match open.part {
                Part::Body => &[],
                Part::Then => &[NdaNode::Else],
                Part::Else => &[NdaNode::If],
                Part::Rhs => &[NdaNode::And, NdaNode::Or],
                Part::Loop => &[NdaNode::Loop],
                Part::Condition => &[NdaNode::Do],
                Part::While => &[NdaNode::While],
                Part::For => &[NdaNode::For],
                Part::Each => &[NdaNode::Each],
            };
            if !closers.is_empty() && self.offer(choices.pick(closers))? {
                return Ok(());
            }
        }
        if top == Ty::UNIT {
            return self.value(open.wanted.unwrap_or(Ty::UNIT));
        }
        self.take(NdaNode::Discard)
    }

    /// Makes fewer of several operands that wait.
    fn join(&mut self, waiting: u32, choices: &mut Choices<'_>) -> Result<(), String> {
        let expected = self.draft.expected();
        let whole = expected.iter().find_map(|choice| match (choice.record, choice.free) {
            (NdaNode::Scope { drops, .. }, Free::Count { most }) if most == waiting => {
                Some(NdaNode::Scope { count: waiting, drops })
            }
            (record @ NdaNode::Scope { count, .. }, _) if count == waiting => Some(record),
            _ => None,
        });
        if let Some(scope) = whole {
            return self.take(scope);
        }
        let sequence = expected.iter().find_map(|choice| match (choice.record, choice.free) {
            (NdaNode::Scope { drops, .. }, Free::Count { most }) => {
                Some(NdaNode::Scope { count: most, drops })
            }
            (record @ NdaNode::Scope { count: 2.., .. }, _) => Some(record),
            _ => None,
        });
        if let Some(scope) = sequence {
            return self.take(scope);
        }
        let fewer: Vec<NdaNode> = expected
            .iter()
            .filter_map(|choice| match (choice.record, choice.free) {
                (record @ (NdaNode::Math(_) | NdaNode::Compare { .. }), _) => Some(record),
                (NdaNode::Builtin { op, mode: Mode::Copy }, _) if op.arity() > 1 && op != Builtin::Assert => {
                    Some(choice.record)
                }
                (NdaNode::List { ty, .. }, Free::Count { most }) if most > 1 => {
                    Some(NdaNode::List { count: most, ty })
                }
                (NdaNode::Joined { .. }, Free::Count { most }) if most > 1 => {
                    Some(NdaNode::Joined { count: most })
                }
                _ => None,
            })
            .collect();
        if !fewer.is_empty() {
            return self.take(choices.pick(&fewer));
        }
        // Nothing takes this together with what lies below. Of its text a number can be made, and of that a `bool`.
        let waiting = self.draft.waiting();
        let builtin = |op| NdaNode::Builtin { op, mode: Mode::Copy };
        match (waiting[waiting.len() - 2], waiting[waiting.len() - 1]) {
            (Ty::BOOL, Ty::I64) => self.take(NdaNode::Int(3)),
            (below, top) if below.composite_index().is_none() && top != Ty::I64 && top != Ty::NEVER => {
                self.take(builtin(if top == Ty::STR { Builtin::Len } else { Builtin::Show }))
            }
            (_, top) if !plain(top) => self.take(NdaNode::Discard),
            // What never comes is taken together with anything.
            _ => self.panic(),
        }
    }

    fn panic(&mut self) -> Result<(), String> {
        self.take(NdaNode::Text { start: 0, len: 1 })?;
        self.take(NdaNode::Builtin { op: Builtin::Panic, mode: Mode::Copy })
    }

    /// Something that waits looks into what should change: it goes.
    fn unborrow(&mut self) -> Result<(), String> {
        let waiting = self.draft.waiting();
        match waiting.last() {
            Some(&top) if !plain(top) => self.take(NdaNode::Discard),
            _ => self.panic(),
        }
    }

    fn value(&mut self, ty: Ty) -> Result<(), String> {
        match ty {
            Ty::UNIT => self.take(NdaNode::Unit),
            Ty::BOOL => self.take(NdaNode::Bool(false)),
            Ty::I64 => self.take(NdaNode::Int(5)),
            Ty::F64 => self.take(NdaNode::float(0.5)),
            Ty::STR => self.take(NdaNode::Text { start: 1, len: 1 }),
            Ty::NEVER => self.panic(),
            list if list.is_list() => self.take(NdaNode::List { count: 0, ty: list }),
            vector if matches!(self.draft.types().tensor(vector), Some(TensorShape::Vector(_))) => {
                self.take(NdaNode::float(0.5))?;
                self.take(NdaNode::Tensor { op: TensorOp::Fill, ty: vector })
            }
            // Only a store has one.
            matrix if self.draft.types().tensor(matrix).is_some() => self.panic(),
            composite => {
                let fields = self.draft.types().composite(composite).and_then(|found| {
                    let variants = found.variants().map(|variant| variant.fields().collect::<Vec<_>>());
                    variants.enumerate().min_by_key(|(_, fields)| fields.len())
                });
                let Some((variant, fields)) = fields else { return self.panic() };
                fields.into_iter().try_for_each(|field| self.value(field))?;
                self.take(NdaNode::Construct { variant: variant as u16, ty: composite })
            }
        }
    }
}

fn plain(ty: Ty) -> bool {
    ty == Ty::UNIT || ty == Ty::NEVER
}

/// Holds `expected` against the draft on records nobody expects: one is admitted if and only if it is accepted.
///
/// # Errors
/// The record that shows a difference, behind those that lead to it.
pub fn exact(program: &Compiled, seed: u64) -> Result<u32, String> {
    let bytes = crate::choices::bytes_of_seed(seed, BYTES);
    let mut choices = Choices::new(&bytes);
    let item = &program.items[choices.below(program.items.len())];
    let view = item.definition.view();
    if view.kind() != Kind::Function {
        return Ok(0);
    }
    let mut sampler = Sampler::begin(view, program);
    let mut tried = 0;
    for _ in 0..choices.between(1, 40) {
        let node = sampler.grow(&mut choices)?;
        sampler.take(node)?;
        let expected = sampler.draft.expected();
        for _ in 0..6 {
            let node = sampler.stranger(&expected, &mut choices);
            let is_text = match node {
                NdaNode::Text { start, len } => {
                    start.checked_add(len).is_some_and(|end| end <= sampler.texts)
                }
                _ => true,
            };
            let admitted = is_text && expected.iter().any(|choice| choice.admits(node));
            tried += 1;
            match (sampler.draft.push(node), admitted) {
                (Ok(_), true) => {
                    // The draft went on, and so does the search from there.
                    sampler.nodes.push(node);
                    break;
                }
                (Err(_), false) => {}
                (outcome, _) => {
                    let why = outcome.err().map_or("it was accepted".to_owned(), |refused| refused.message);
                    let records: Vec<_> = sampler.nodes.iter().map(|&node| listing::record(node)).collect();
                    return Err(format!("{}; {}: {why}", records.join("; "), listing::record(node)));
                }
            }
        }
    }
    Ok(tried)
}

impl Sampler {
    /// A record that may fit or not, most often one that nearly does.
    fn stranger(&self, expected: &[Choice], choices: &mut Choices<'_>) -> NdaNode {
        let waiting = self.draft.waiting();
        let top = waiting.last().copied().unwrap_or(Ty::I64);
        let slot = self.draft.slot_types().len() as u32;
        let any = choices.pick(&[Ty::NEVER, Ty::UNIT, Ty::I64, Ty::F64, Ty::STR, Ty::BOOL, top]);
        let any = if choices.chance(30) { any.list_of().unwrap_or(any) } else { any };
        let count = choices.between(0, waiting.len() + 1) as u32;
        match choices.below(8) {
            0 => NdaNode::List { count, ty: any },
            1 => NdaNode::Scope { count, drops: choices.below(3) as u32 },
            2 => NdaNode::Compare { op: choices.pick(CompareOp::ALL), ty: any },
            3 => choices.pick(&[NdaNode::Let { slot, ty: any }, NdaNode::EachBegin { slot, ty: any }]),
            4 => choices.pick(&[NdaNode::Joined { count }, NdaNode::LoopBegin { ty: any }]),
            5 => NdaNode::Place {
                op: choices.pick(nda_graph::PlaceOp::ALL),
                slot: choices.below(slot as usize + 1) as u32,
                depth: choices.below(4) as u8,
            },
            _ => {
                let near = self.one_of(expected[choices.below(expected.len())], choices);
                let mut wide = Vec::new();
                let mut record = near.encode(&mut wide);
                let at = choices.pick(&[0, 1, 2, 4, 4, 7]);
                record[at] = match choices.below(3) {
                    0 => record[at] ^ 1 << choices.below(8),
                    1 => record[at].wrapping_add(choices.pick(&[1, 255])),
                    _ => choices.byte() % 44,
                };
                NdaNode::decode(&record, &wide).unwrap_or(near)
            }
        }
    }
}
