//! Functions that take `&mut`: the graph's function gives the changed values back, and the call puts them where they were.
//!
//! So that what has one owner is changed in place, the value is taken out of its place for the time of the call: a variable
//! is emptied, a record is taken apart, an element changes places with the last one and is removed. Nothing of that costs more
//! than the records on the way, and nothing sees it: all arguments were evaluated before.

use super::Lower;
use super::offers::Part;
use super::places::Step;
use crate::facts::Meaning;
use crate::in_place::InPlace;
use nda_diagnostics::Span;
use nda_graph::{Builtin, MathOp, Mode, NdaNode, PlaceOp, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind};

/// What a function with `&mut` parameters gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GivesBack {
    /// The type of what its author says it gives.
    pub(crate) result: Ty,
    /// That with the changed values behind it; those alone where the author's is `()`.
    pub(crate) all: Ty,
    /// The parameters that it changes.
    pub(crate) in_place: InPlace,
}

/// An operand of a call, once all that has to be evaluated for it was.
enum Operand {
    /// It is no place.
    Part(Part),
    /// The value that a method is called on, which stands in no place and is evaluated last.
    Receiver(ExprId),
    /// The place that is changed.
    Place(Slot, Vec<Step>),
}

/// A value that was taken out of its place: what it takes to put one back.
enum Taken {
    /// The place is a variable.
    Variable(Slot),
    /// The place keeps its value, which is no object.
    Kept(Slot, Vec<Step>),
    /// A field of what was taken: the slots of all fields, which one it is, and the type of the whole.
    Field { whole: Box<Taken>, first: Slot, count: u32, index: u32, ty: Ty },
    /// An element of the list at a place.
    Element { slot: Slot, list: Vec<Step>, index: Step },
    /// An entry of the map at a place, which is added again: its key.
    Entry { slot: Slot, map: Vec<Step>, key: Slot },
}

impl Lower<'_> {
    /// In a function with `&mut` parameters: their values go with the value that was just computed; how many operands there
    /// are then.
    pub(super) fn give_back(&mut self, span: Span) -> u32 {
        let Some(GivesBack { result, all, in_place }) = self.gives_back else { return 1 };
        in_place.indices().for_each(|param| self.load_slot(param as Slot, span, Mode::Share));
        let (own, changed) = (result != Ty::UNIT, in_place.indices().count());
        if own || changed > 1 {
            self.emit(NdaNode::Construct { variant: 0, ty: all }, span);
        }
        if own { 1 } else { 2 }
    }

    /// A call of a function with `&mut` parameters.
    pub(super) fn changing_call(&mut self, expr: ExprId, operands: &[ExprId], in_place: InPlace) {
        let span = self.tree.span(expr);
        if self.never_all(operands, span) {
            return;
        }
        let mark = self.memory.owned.len();
        let mut count = 0;
        let places: Vec<_> = operands
            .iter()
            .enumerate()
            .map(|(index, &operand)| in_place.has(index).then(|| self.place(operand)).flatten())
            .collect();
        let roots: Vec<Slot> = places.iter().flatten().map(|place| place.0).collect();
        // What is evaluated may look at a place, or change it.
        let settled: Vec<Operand> = operands
            .iter()
            .zip(places)
            .enumerate()
            .map(|(index, (&operand, place))| match place {
                Some((slot, mut steps)) => {
                    count += self.settle(slot, &mut steps, true, span);
                    Operand::Place(slot, steps)
                }
                None if in_place.has(index) && roots.is_empty() => Operand::Receiver(operand),
                None => {
                    let (part, more) = self.part(operand, !self.is_apart(operand, &roots));
                    count += more;
                    Operand::Part(part)
                }
            })
            .collect();
        // All are taken out before the first is an operand.
        let taken: Vec<Option<(Slot, Taken)>> = settled
            .iter()
            .map(|operand| match operand {
                Operand::Place(slot, steps) => Some(self.take_out(*slot, steps, &mut count, span)),
                _ => None,
            })
            .collect();
        for (operand, taken) in settled.iter().zip(&taken) {
            match (operand, taken) {
                (Operand::Part(part), _) => self.part_owned(*part, span),
                (Operand::Receiver(value), _) => self.owned(*value),
                (Operand::Place(..), Some((value, _))) => self.load_slot(*value, span, Mode::Share),
                (Operand::Place(..), None) => unreachable!("each place was taken out"),
            }
        }
        self.call_function(expr, operands.len() as u32);
        let result = self.ty(expr);
        let own = (result != Ty::UNIT).then_some(result);
        let changed =
            in_place.indices().filter_map(|index| operands.get(index)).map(|&operand| self.ty(operand));
        let types: Vec<Ty> = own.into_iter().chain(changed).collect();
        let first = match types[..] {
            [alone] => self.hidden(alone, span),
            _ => self.unpacked(&types, span),
        };
        count += 1;
        let changed = in_place.indices().zip(first + Slot::from(own.is_some())..);
        let mut taken = taken;
        for (index, value) in changed {
            if let Some((_, taken)) = taken.get_mut(index).and_then(Option::take) {
                self.put_back(taken, value, &mut count, span);
            }
        }
        match own {
            Some(_) => self.load_slot(first, span, Mode::Share),
            None => self.emit(NdaNode::Unit, span),
        }
        self.close_hidden(mark, count, span);
    }

    /// Whether an argument is a constant or another variable than those that are changed.
    fn is_apart(&self, arg: ExprId, roots: &[Slot]) -> bool {
        match self.tree.kind(self.tree.unparen(arg)) {
            ExprKind::Name(_) => match self.facts.meaning(self.tree.unparen(arg)) {
                Meaning::Local(local) => !roots.contains(&self.slot_of(local)),
                _ => true,
            },
            ExprKind::Field { .. } | ExprKind::TupleField { .. } | ExprKind::MethodCall { .. } => false,
            _ => self.is_steady(arg),
        }
    }

    /// Takes the operand apart into hidden slots for parts of these types: the first.
    fn unpacked(&mut self, types: &[Ty], span: Span) -> Slot {
        let first = self.memory.slots.len() as Slot;
        for &ty in types {
            self.new_slot(ty, Span::default());
        }
        self.memory.unpacked.push(types.len() as u32);
        self.emit(NdaNode::Unpack { variant: 0, slot: first }, span);
        first
    }

    /// The type of what stands at a place.
    pub(super) fn type_along(&self, slot: Slot, steps: &[Step]) -> Ty {
        let types = self.draft.types();
        steps.iter().fold(self.memory.slots[slot as usize], |ty, step| match *step {
            Step::Field(index, _) => {
                let whole = types.composite(ty).expect("only records have fields");
                whole.variant(0).field(index as usize)
            }
            _ => match types.map_parts(ty) {
                Some((_, value)) => value,
                None => ty.element().expect("only lists and maps are indexed"),
            },
        })
    }

    /// Takes the value at a place out of it: the slot that holds it now.
    fn take_out(&mut self, slot: Slot, steps: &[Step], count: &mut u32, span: Span) -> (Slot, Taken) {
        let ty = self.type_along(slot, steps);
        match steps.split_last() {
            None => (slot, Taken::Variable(slot)),
            Some((last, before)) if !ty.is_object() => {
                self.look_along(slot, before, span);
                match *last {
                    Step::Field(index, _) => {
                        self.emit(NdaNode::Field { variant: 0, index, mode: Mode::Copy }, span)
                    }
                    _ => {
                        self.indices(&[*last]);
                        self.emit(NdaNode::Builtin { op: Builtin::Index, mode: Mode::Copy }, span);
                    }
                }
                *count += 1;
                (self.hidden(ty, span), Taken::Kept(slot, steps.to_vec()))
            }
            Some((&Step::Field(index, _), before)) => {
                let whole_type = self.type_along(slot, before);
                let (whole, taken) = self.take_out(slot, before, count, span);
                let types = self.draft.types();
                let fields =
                    types.composite(whole_type).map(|found| found.variant(0).fields().collect::<Vec<_>>());
                let fields = fields.unwrap_or_default();
                self.load_slot(whole, span, Mode::Share);
                let first = self.unpacked(&fields, span);
                *count += 1;
                let whole = Box::new(taken);
                let taken = Taken::Field { whole, first, count: fields.len() as u32, index, ty: whole_type };
                (first + index, taken)
            }
            Some((&position, before)) if types_of_map(self, slot, before).is_some() => {
                let key_type = types_of_map(self, slot, before).unwrap_or(Ty::NEVER);
                self.look_along(slot, before, span);
                self.indices(&[position]);
                self.entry_part(Builtin::KeyAt, key_type, span);
                let key = self.hidden(key_type, span);
                self.indices(before);
                self.indices(&[position]);
                self.emit(NdaNode::Place { op: PlaceOp::Remove, slot, depth: before.len() as u8 }, span);
                *count += 2;
                (self.hidden(ty, span), Taken::Entry { slot, map: before.to_vec(), key })
            }
            Some((&index, before)) => {
                // The trap of an index outside is that of reading it.
                self.look_along(slot, before, span);
                self.indices(&[index]);
                self.emit(NdaNode::Builtin { op: Builtin::Index, mode: Mode::Borrow }, span);
                self.emit(NdaNode::Discard, span);
                self.swap_with_last(slot, before, index, span);
                self.indices(before);
                self.last_index(slot, before, span);
                self.emit(NdaNode::Place { op: PlaceOp::Remove, slot, depth: before.len() as u8 }, span);
                *count += 3;
                (self.hidden(ty, span), Taken::Element { slot, list: before.to_vec(), index })
            }
        }
    }

    /// Puts the value of a slot where another one was taken out.
    fn put_back(&mut self, taken: Taken, value: Slot, count: &mut u32, span: Span) {
        *count += 1;
        match taken {
            Taken::Variable(slot) => {
                self.load_slot(value, span, Mode::Share);
                self.emit(NdaNode::Store { slot }, span);
            }
            Taken::Kept(slot, steps) => {
                self.load_slot(value, span, Mode::Share);
                self.store_into(slot, &steps, span);
            }
            Taken::Field { whole, first, count: fields, index, ty } => {
                for field in 0..fields {
                    let slot = if field == index { value } else { first + field };
                    self.load_slot(slot, span, Mode::Share);
                }
                self.emit(NdaNode::Construct { variant: 0, ty }, span);
                let made = self.hidden(ty, span);
                self.put_back(*whole, made, count, span);
            }
            Taken::Entry { slot, map, key } => {
                self.indices(&map);
                self.load_slot(key, span, Mode::Share);
                self.load_slot(value, span, Mode::Share);
                self.emit(NdaNode::Place { op: PlaceOp::Put, slot, depth: map.len() as u8 }, span);
            }
            Taken::Element { slot, list, index } => {
                self.indices(&list);
                self.load_slot(value, span, Mode::Share);
                self.emit(NdaNode::Place { op: PlaceOp::Push, slot, depth: list.len() as u8 }, span);
                self.swap_with_last(slot, &list, index, span);
                *count += 1;
            }
        }
    }

    fn swap_with_last(&mut self, slot: Slot, list: &[Step], index: Step, span: Span) {
        self.indices(list);
        self.indices(&[index]);
        self.last_index(slot, list, span);
        self.emit(NdaNode::Place { op: PlaceOp::Swap, slot, depth: list.len() as u8 }, span);
    }

    fn last_index(&mut self, slot: Slot, list: &[Step], span: Span) {
        self.look_along(slot, list, span);
        self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
        self.emit(NdaNode::Int(1), span);
        self.emit(NdaNode::Math(MathOp::Sub), span);
    }
}

/// The type of the keys, if a map stands at this place.
fn types_of_map(lower: &Lower<'_>, slot: Slot, steps: &[Step]) -> Option<Ty> {
    let map = lower.type_along(slot, steps);
    lower.draft.types().map_parts(map).map(|(key, _)| key)
}
