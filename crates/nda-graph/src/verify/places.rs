//! Variables: their declaration, their use, and the places inside of what they hold.

use super::{DECLARED, Form, MAX_SLOTS, Tables, Verifier};
use crate::Ty;
use crate::node::{Mode, Slot};
use crate::op::{MathOp, PlaceOp};
use crate::rejection::Reason;

impl Verifier {
    #[inline]
    pub(super) fn slot(&self, slot: Slot) -> Result<Ty, Reason> {
        self.slots.get(slot as usize).copied().ok_or(Reason::Slot(slot))
    }

    /// The type of a slot that was surely declared: it may have been emptied, but what it holds is no accident.
    pub(super) fn declared(&self, slot: Slot) -> Result<Ty, Reason> {
        let ty = self.slot(slot)?;
        if self.bit(slot, DECLARED) { Ok(ty) } else { Err(Reason::Unset(slot)) }
    }

    pub(super) fn can_declare(&self, slot: Slot, ty: Ty) -> Result<(), Reason> {
        if slot != self.slots.len() as u32 || ty == Ty::NEVER {
            return Err(Reason::Slot(slot));
        }
        if slot >= MAX_SLOTS {
            return Err(Reason::TooLarge("variables"));
        }
        Ok(())
    }

    pub(super) fn declare(&mut self, ty: Ty) {
        let slot = self.slots.len() as u32;
        self.slots.push(ty);
        self.borrows.push(0);
        self.set_bit(slot, true);
    }

    /// The type of a slot that surely has a value.
    #[inline]
    pub(super) fn readable(&self, slot: Slot) -> Result<Ty, Reason> {
        let ty = self.slot(slot)?;
        if self.is_set(slot) { Ok(ty) } else { Err(Reason::Unset(slot)) }
    }

    #[inline]
    pub(super) fn load_word(&mut self, slot: Slot) -> Result<(), Reason> {
        let ty = self.readable(slot)?;
        if ty.is_object() { Err(Reason::Mode(Mode::Copy)) } else { self.leaf(ty) }
    }

    pub(super) fn load(&mut self, slot: Slot, mode: Mode) -> Result<(), Reason> {
        let ty = self.readable(slot)?;
        if !ty.is_object() {
            return Err(Reason::Mode(mode));
        }
        match mode {
            Mode::Copy | Mode::Share => self.leaf(ty),
            Mode::Borrow => self.produce_borrow(0, ty, slot),
            Mode::Move => {
                self.unborrowed(slot)?;
                self.produce(0, ty)?;
                self.set_bit(slot, false);
                Ok(())
            }
        }
    }

    pub(super) fn unborrowed(&self, slot: Slot) -> Result<(), Reason> {
        if self.borrows[slot as usize] > 0 { Err(Reason::BorrowedSlot(slot)) } else { Ok(()) }
    }

    /// The type of the place that `depth` steps into `slot` lead to: an index into a list, the position of an entry of a
    /// map, or a literal number that names a field. They are the `depth` operands from `from` on, of the last `count`.
    pub(super) fn place_type(
        &self,
        slot: Slot,
        depth: u8,
        count: usize,
        from: usize,
        tables: &impl Tables,
    ) -> Result<Ty, Reason> {
        let mut ty = self.slot(slot)?;
        if !self.is_set(slot) {
            return Err(Reason::Unset(slot));
        }
        self.unborrowed(slot)?;
        for index in 0..usize::from(depth) {
            self.owned(count, from + index, Ty::I64)?;
            let value = tables.types().map_parts(ty).map(|(_, value)| value);
            ty = match ty.element().or(value) {
                Some(part) => part,
                None => self.field_of_place(ty, self.operand(count, from + index)?.literal, tables)?,
            };
        }
        Ok(ty)
    }

    pub(super) fn field_of_place(&self, ty: Ty, literal: u32, tables: &impl Tables) -> Result<Ty, Reason> {
        let composite = tables.types().composite(ty);
        let composite = composite.filter(|found| matches!(found.form(), Form::Struct | Form::Tuple));
        let fields =
            composite.ok_or(Reason::OperandKind { wanted: "a list, struct or tuple", found: ty })?.variant(0);
        let index = literal as usize;
        if index < fields.field_count() { Ok(fields.field(index)) } else { Err(Reason::FieldOfPlace) }
    }

    pub(super) fn place(
        &mut self,
        op: PlaceOp,
        slot: Slot,
        depth: u8,
        tables: &impl Tables,
    ) -> Result<(), Reason> {
        let count = op.extra() + usize::from(depth);
        let (from, extra) = if op.value_first() { (op.extra(), 0) } else { (0, usize::from(depth)) };
        let ty = self.place_type(slot, depth, count, from, tables)?;
        let element = ty.element();
        let list = || element.ok_or(Reason::OperandKind { wanted: "a list", found: ty });
        let result = match op {
            PlaceOp::Set => {
                if depth == 0 {
                    return Err(Reason::Slot(slot));
                }
                self.owned(count, 0, ty)?;
                Ty::UNIT
            }
            PlaceOp::Append => {
                if ty != Ty::STR {
                    return Err(Reason::OperandKind { wanted: "text", found: ty });
                }
                self.owned(count, 0, Ty::STR)?;
                Ty::UNIT
            }
            PlaceOp::Push => {
                self.owned(count, extra, list()?)?;
                Ty::UNIT
            }
            PlaceOp::Insert => {
                self.owned(count, extra, Ty::I64)?;
                self.owned(count, extra + 1, list()?)?;
                Ty::UNIT
            }
            PlaceOp::Remove => {
                self.owned(count, extra, Ty::I64)?;
                match tables.types().map_parts(ty) {
                    Some((_, value)) => value,
                    None => list()?,
                }
            }
            PlaceOp::Put => {
                let parts = tables.types().map_parts(ty);
                let (key, value) = parts.ok_or(Reason::OperandKind { wanted: "a map", found: ty })?;
                self.owned(count, extra, key)?;
                self.owned(count, extra + 1, value)?;
                Ty::UNIT
            }
            PlaceOp::Swap => {
                list()?;
                self.owned(count, extra, Ty::I64)?;
                self.owned(count, extra + 1, Ty::I64)?;
                Ty::UNIT
            }
            PlaceOp::Truncate => {
                list()?;
                self.owned(count, extra, Ty::I64)?;
                Ty::UNIT
            }
            PlaceOp::Extend => {
                list()?;
                self.owned(count, extra, ty)?;
                Ty::UNIT
            }
            PlaceOp::Reverse | PlaceOp::Dedup => {
                list()?;
                Ty::UNIT
            }
            PlaceOp::SortByKeys | PlaceOp::SortByKeysDesc => {
                list()?;
                let keys = self.operand(count, extra)?.ty;
                // Of an operand that never comes nothing is known.
                let key = if keys == Ty::NEVER { Some(Ty::I64) } else { keys.element() };
                if !key.is_some_and(|key| tables.types().is_ordered(key)) {
                    return Err(Reason::OperandKind { wanted: "a list of an ordered type", found: keys });
                }
                self.owned(count, extra, keys)?;
                Ty::UNIT
            }
            PlaceOp::Sort | PlaceOp::SortDesc => {
                let element = list()?;
                if !tables.types().is_ordered(element) {
                    return Err(Reason::OperandKind { wanted: "of an ordered type", found: element });
                }
                Ty::UNIT
            }
        };
        self.produce(count, result)
    }

    pub(super) fn update(
        &mut self,
        op: MathOp,
        slot: Slot,
        depth: u8,
        tables: &impl Tables,
    ) -> Result<(), Reason> {
        let count = 1 + usize::from(depth);
        let ty = self.place_type(slot, depth, count, 1, tables)?;
        let wanted = op.operands();
        if depth == 0 || wanted[0] != op.result() || wanted[0] != ty {
            return Err(Reason::OperandKind { wanted: "what the operator takes and gives", found: ty });
        }
        self.owned(count, 0, wanted[1])?;
        self.produce(count, Ty::UNIT)
    }
}
