//! Tuples, structs and enums: made, looked into, taken apart.

use super::shapes::{self, Tree};
use super::{CompileError, Compiled, FunctionCompiler, Sink};
use crate::layout::{LayoutsOf, VariantOf};
use crate::object::fieldless;
use crate::steps::lists::Operands;
use crate::steps::maps;
use crate::steps::records as work;
use nda_graph::{Mode, NdaNode, NodeId, Slot, Ty};

impl FunctionCompiler<'_, '_> {
    /// The layouts of the body at hand, as its steps hold them.
    pub(super) fn layouts(&self) -> LayoutsOf {
        LayoutsOf::new(self.layouts.as_ref())
    }

    fn of(&self, ty: Ty, variant: u16) -> VariantOf {
        let layouts = self.layouts.as_ref().expect("a body with composite types has their layouts");
        VariantOf::new(layouts, ty, variant)
    }

    /// The types of a map's keys and values; none of any other type.
    pub(super) fn map_parts(&self, ty: Ty) -> Option<(Ty, Ty)> {
        crate::runtime::maps::parts(self.layouts.as_ref(), ty)
    }

    /// A value of a variant; `None` stands for one that needs a record.
    pub(super) fn constant_variant(&self, node: NodeId) -> Option<u64> {
        let NdaNode::Construct { variant, ty } = self.body.node(node) else { return None };
        let is_fieldless = self.body.operands(node).is_empty() && self.map_parts(ty).is_none();
        is_fieldless.then(|| fieldless(ty, variant.into()))
    }

    /// A tuple, struct or variant.
    pub(super) fn construct(&mut self, node: NodeId, variant: u16, ty: Ty, dst: u16) -> Compiled {
        if let Some(bits) = self.constant_variant(node) {
            self.set_const(dst, bits);
            return Ok(());
        }
        if self.map_parts(ty).is_some() {
            let operands = Operands { dst, ty, ..Operands::NONE };
            self.work(node, maps::New { layouts: self.layouts() }, operands);
            return Ok(());
        }
        let of = self.of(ty, variant);
        let operands = self.body.operands(node).to_vec();
        let count = operands.len() as u16;
        let first = self.take(count.into())?;
        let pending = self.pending.len();
        for (&operand, &place) in operands.iter().zip(of.places()) {
            self.value(operand, Sink::Word(first + place))?;
            if self.body.ty(operand).is_object() {
                self.pending.push(first + place);
            }
        }
        self.pending.truncate(pending);
        self.code.site(1, self.blame(node));
        let objects = of.objects();
        match count {
            1 => self.code.step(work::Construct::<1> { first, count, dst, objects, variant }),
            2 => self.code.step(work::Construct::<2> { first, count, dst, objects, variant }),
            3 => self.code.step(work::Construct::<3> { first, count, dst, objects, variant }),
            4 => self.code.step(work::Construct::<4> { first, count, dst, objects, variant }),
            _ => self.code.step(work::Construct::<0> { first, count, dst, objects, variant }),
        };
        Ok(())
    }

    /// The number of a variant, as something inside of a step. A value that is owned is released first.
    pub(super) fn tag(&mut self, node: NodeId) -> Result<Tree, CompileError> {
        let whole = self.body.operand(node, 0);
        if !self.body.ty(whole).is_object() {
            return self.tree(whole);
        }
        let (word, owned) = self.object(whole)?;
        if !owned {
            return Ok(Tree::Tag(word));
        }
        let tag = self.take(1)?;
        self.fit_set(tag, Tree::Tag(word), shapes::Class::Int)?;
        self.release(word);
        Ok(Tree::Slot(tag))
    }

    /// A plain field of a variable, or of an element of a variable's list, that has no other variants.
    pub(super) fn field_tree(&self, node: NodeId) -> Option<Tree> {
        let NdaNode::Field { variant, index, .. } = self.body.node(node) else { return None };
        let whole = self.body.operand(node, 0);
        let place = self.of(self.body.ty(whole), variant).place(index);
        let class = shapes::class(self.body.ty(node));
        let variable = |node: NodeId| match self.body.node(node) {
            NdaNode::Load { slot, .. } => Some(self.registry.slot(slot)),
            _ => None,
        };
        if let Some(slot) = variable(whole) {
            return Some(Tree::Field { slot, place, class });
        }
        let (list, index) = (self.body.operand(whole, 0), self.body.operand(whole, 1));
        let (list, index) = (variable(list)?, variable(index)?);
        Some(Tree::FieldAt { list, index, place, class, node: self.blame(whole) })
    }

    /// A field into a word. A borrowed one counts no owner.
    pub(super) fn field(&mut self, node: NodeId, dst: u16) -> Compiled {
        let NdaNode::Field { variant, index, mode } = self.body.node(node) else {
            unreachable!("only fields come here");
        };
        let whole = self.body.operand(node, 0);
        let ty = self.body.ty(whole);
        let of = self.of(ty, variant);
        if mode == Mode::Borrow
            && !of.is_enum()
            && let NdaNode::Load { slot, mode: Mode::Borrow } = self.body.node(whole)
        {
            // A word is a word: nobody counts owners of an `i64`.
            let (slot, place, class) = (self.registry.slot(slot), of.place(index), shapes::Class::Int);
            return self.fit_set(dst, Tree::Field { slot, place, class }, class);
        }
        let (a, owned) = self.object(whole)?;
        let operands = Operands { a, dst, ty, owned: u8::from(owned), ..Operands::NONE };
        let field = work::Field { place: of.place(index), share: mode == Mode::Share };
        if of.is_enum() {
            self.work(node, work::FieldOf { field, variant, layouts: self.layouts() }, operands);
        } else {
            self.work(node, field, operands);
        }
        Ok(())
    }

    /// Declares a variable for each field of a value.
    pub(super) fn unpack(&mut self, node: NodeId, variant: u16, slot: Slot) -> Compiled {
        let whole = self.body.operand(node, 0);
        let ty = self.body.ty(whole);
        let (of, layouts) = (self.of(ty, variant), self.layouts());
        if !ty.is_object() {
            let a = self.plain(whole, true)?;
            self.work(node, work::CheckPlain { variant, layouts }, Operands { a, ty, ..Operands::NONE });
            return Ok(());
        }
        let a = match self.body.node(whole) {
            // The step empties the variable itself.
            NdaNode::Load { slot, mode: Mode::Move } => self.registry.slot(slot),
            _ => self.object(whole)?.0,
        };
        let places = of.places();
        let count = places.len() as u32;
        let dst = if count == 0 { 0 } else { self.registry.slot(slot) };
        let unpack = work::Unpack { variant, places: places.as_ptr(), layouts };
        self.work(node, unpack, Operands { a, dst, ty, count, ..Operands::NONE });
        Ok(())
    }

    /// The type of each place that steps into a variable lead to, the variable's own first; and for those that are
    /// fields, where they lie.
    pub(super) fn places(&self, slot: Slot, steps: &[NodeId]) -> (Ty, Vec<Option<u16>>) {
        let mut ty = self.body.slots[slot as usize];
        let mut fields = Vec::with_capacity(steps.len());
        for &step in steps {
            let value = self.map_parts(ty).map(|(_, value)| value);
            let (next, place) = match (ty.element().or(value), self.body.node(step)) {
                (None, NdaNode::Int(index)) => {
                    let of = self.of(ty, 0);
                    (of.field(index as u32), Some(of.place(index as u32)))
                }
                (element, _) => (element.unwrap_or(ty), None),
            };
            ty = next;
            fields.push(place);
        }
        (ty, fields)
    }
}
