//! Methods that take `&mut self`: the graph's function gives the changed value back, and the call puts it where it was.
//!
//! So that what has one owner is changed in place, the value is taken out of its place for the time of the call: a variable
//! is emptied, a record is taken apart, an element changes places with the last one and is removed. Nothing of that costs more
//! than the records on the way, and nothing sees it: all arguments were evaluated before.

use super::Lower;
use super::offers::Part;
use super::places::Step;
use crate::facts::Meaning;
use nda_diagnostics::Span;
use nda_graph::{Builtin, MathOp, Mode, NdaNode, PlaceOp, Slot, Ty};
use nda_syntax::tree::{ExprId, ExprKind};

/// What a function with `&mut self` gives beside the changed value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct GivesBack {
    /// The type of what its author says it gives.
    pub(crate) result: Ty,
    /// That with the changed value behind it; that value alone where the author's is `()`.
    pub(crate) both: Ty,
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
    /// In a function with `&mut self`: the changed `self` goes with the value that was just computed; how many operands there
    /// are then.
    pub(super) fn give_back(&mut self, span: Span) -> u32 {
        let Some(GivesBack { result, both }) = self.gives_back else { return 1 };
        self.load_slot(0, span, Mode::Share);
        if result == Ty::UNIT {
            return 2;
        }
        self.emit(NdaNode::Construct { variant: 0, ty: both }, span);
        1
    }

    /// A call of a function with `&mut self`.
    pub(super) fn changing_call(&mut self, expr: ExprId, receiver: ExprId, args: &[ExprId]) {
        let tree = self.tree;
        let span = tree.span(expr);
        let operands: Vec<ExprId> = [receiver].into_iter().chain(args.iter().copied()).collect();
        if self.never_all(&operands, span) {
            return;
        }
        let mark = self.memory.owned.len();
        let (place, mut count) = match self.place(receiver) {
            Some((slot, mut steps)) => {
                let count = self.settle(slot, &mut steps, true, span);
                (Some((slot, steps)), count)
            }
            None => (None, 0),
        };
        let root = place.as_ref().map(|place| place.0);
        // What is evaluated may look at the place, or change it.
        let parts: Vec<Part> = args
            .iter()
            .map(|&arg| {
                let (part, more) = self.part(arg, !self.is_apart(arg, root));
                count += more;
                part
            })
            .collect();
        let taken = match place {
            Some((slot, steps)) => {
                let (value, taken) = self.take_out(slot, &steps, &mut count, span);
                self.load_slot(value, span, Mode::Share);
                Some(taken)
            }
            None => {
                self.owned(receiver);
                None
            }
        };
        parts.iter().for_each(|&part| self.part_owned(part, span));
        self.call_function(expr, parts.len() as u32 + 1);
        let (own, result) = (self.ty(receiver), self.ty(expr));
        let (given, changed) = match result {
            Ty::UNIT => (None, self.hidden(own, span)),
            _ => {
                let given = self.unpacked(&[result, own], span);
                (Some(given), given + 1)
            }
        };
        count += 1;
        if let Some(taken) = taken {
            self.put_back(taken, changed, &mut count, span);
        }
        match given {
            Some(given) => self.load_slot(given, span, Mode::Share),
            None => self.emit(NdaNode::Unit, span),
        }
        self.close_hidden(mark, count, span);
    }

    /// Whether an argument is a constant or another variable than the one that is changed.
    fn is_apart(&self, arg: ExprId, root: Option<Slot>) -> bool {
        match self.tree.kind(self.tree.unparen(arg)) {
            ExprKind::Name(_) => match self.facts.meaning(self.tree.unparen(arg)) {
                Meaning::Local(local) => Some(self.slot_of(local)) != root,
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
