//! Tuples, structs and enums: made, looked into, taken apart.

use super::known::Record;
use super::{Done, Home, Translator, clif};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use nda_graph::{Mode, NdaNode, NodeId, Slot, Ty};
use nda_jit::runtime::records::{self, Shape, Wanted};
use nda_jit::runtime::{LayoutsOf, VariantOf, layout};
use std::rc::Rc;

impl Translator<'_, '_> {
    /// The layouts of the body at hand, as work holds them.
    pub(super) fn layouts(&self) -> LayoutsOf {
        LayoutsOf::new(self.scope.layouts.as_ref())
    }

    pub(super) fn variant_of(&self, ty: Ty, variant: u16) -> VariantOf {
        let layouts = self.scope.layouts.as_ref().expect("a body with composite types has their layouts");
        VariantOf::new(layouts, ty, variant)
    }

    /// A tuple, struct or variant.
    pub(super) fn construct(&mut self, node: NodeId, variant: u16, ty: Ty) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        if self.map_parts(ty).is_some() {
            return self.new_map(node, ty);
        }
        if operands.is_empty() {
            let number = i64::from(variant);
            return Ok(self.int(if ty.is_object() { number << 1 | 1 } else { number }));
        }
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        let values = self.values(operands)?;
        let of = self.variant_of(ty, variant);
        let places = of.places().iter().copied();
        let words: Vec<(u16, Value)> =
            places.zip(values).map(|(place, value)| (place, self.as_stored(value))).collect();
        let shape = Shape { count: operands.len() as u16, objects: of.objects(), variant };
        self.make_record(&words, shape, node)
    }

    /// Which variant a value of an object type is.
    fn variant(&mut self, whole: Value) -> Value {
        let (fieldless, record, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let found = self.b.append_block_param(done, types::I64);
        let tagged = self.b.ins().band_imm_s(whole, 1);
        self.b.ins().brif(tagged, fieldless, &[], record, &[]);
        self.go_on(fieldless);
        let number = self.b.ins().ushr_imm_u(whole, 1);
        self.b.ins().jump(done, &[number.into()]);
        self.go_on(record);
        let number = self.field(whole, layout::VARIANT);
        self.b.ins().jump(done, &[number.into()]);
        self.go_on(done);
        found
    }

    /// Ends the run unless a value is of this variant.
    fn check_variant(&mut self, found: Value, ty: Ty, variant: u16, node: NodeId) {
        let other = self.b.ins().icmp_imm_s(IntCC::NotEqual, found, i64::from(variant));
        let fine = self.cold_if(other);
        let wanted = self.parts.wanted(Wanted { ty, layouts: self.layouts() });
        let wanted = self.pointer(wanted);
        let why = self.call(records::other as *const (), &[found, wanted], Some(types::I8));
        self.stop_with(why.expect("it gives a status"), node);
        self.go_on(fine);
    }

    /// The number of a variant.
    pub(super) fn tag(&mut self, node: NodeId) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let whole = body.operand(node, 0);
        let ty = body.ty(whole);
        if !ty.is_object() {
            return self.value(whole);
        }
        let seen = self.seen(whole)?;
        let found = self.variant(seen.pointer);
        if seen.owned {
            self.release_of(seen.pointer, ty);
        }
        Ok(found)
    }

    /// The value at a place of a record.
    fn part(&mut self, data: Value, place: u16, ty: Ty) -> Value {
        self.b.ins().load(clif(ty), self.regions.fields, data, i32::from(place) * 8)
    }

    /// A field of a value. A borrowed one counts no owner.
    pub(super) fn field_of(&mut self, node: NodeId, variant: u16, index: u32, mode: Mode) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let whole = body.operand(node, 0);
        let (ty, field) = (body.ty(whole), body.ty(node));
        let of = self.variant_of(ty, variant);
        let seen = match self.record(whole)? {
            Record::Known(fields) => {
                let value = self.part(fields, of.place(index), field);
                if mode == Mode::Share {
                    self.share(value, field);
                }
                return Ok(value);
            }
            Record::Seen(seen) => seen,
        };
        if of.is_enum() {
            let found = self.variant(seen.pointer);
            self.check_variant(found, ty, variant, node);
        }
        let data = self.field(seen.pointer, layout::DATA);
        let value = self.part(data, of.place(index), field);
        if mode == Mode::Share {
            self.share(value, field);
        }
        if seen.owned {
            self.release_of(seen.pointer, ty);
        }
        Ok(value)
    }

    /// Declares a variable for each field of a value.
    pub(super) fn unpack(&mut self, node: NodeId, variant: u16, slot: Slot) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operand = body.operand(node, 0);
        let ty = body.ty(operand);
        let of = self.variant_of(ty, variant);
        let whole = self.value(operand)?;
        let is_object = ty.is_object();
        if of.is_enum() {
            let found = if is_object { self.variant(whole) } else { whole };
            self.check_variant(found, ty, variant, node);
        }
        if !is_object || of.places().is_empty() {
            return Ok(self.int(0));
        }
        let data = self.field(whole, layout::DATA);
        let fields: Vec<Value> = (of.places().iter().enumerate())
            .map(|(index, &place)| self.part(data, place, of.field(index as u32)))
            .collect();
        self.give_up(whole, data, fields.len(), |this| {
            this.call(records::unpacked as *const (), &[whole], None);
        });
        for (index, value) in fields.into_iter().enumerate() {
            self.set_slot(slot + index as u32, value);
        }
        Ok(self.int(0))
    }

    // ----- places -----

    /// The type of the place that steps into a variable lead to, and for those that are fields where they lie.
    pub(super) fn steps(&self, slot: Slot, steps: &[NodeId]) -> (Ty, Vec<Step>) {
        let mut ty = self.scope.body.slots[slot as usize];
        let mut all = Vec::with_capacity(steps.len());
        for &step in steps {
            if let Some((_, value)) = self.map_parts(ty) {
                ty = value;
                all.push(Step::Entry);
                continue;
            }
            let (next, step) = match (ty.element(), self.scope.body.node(step)) {
                (None, NdaNode::Int(index)) => {
                    let of = self.variant_of(ty, 0);
                    let index = index as u32;
                    (of.field(index), Step::Field(of.place(index)))
                }
                (element, _) => (element.unwrap_or(ty), Step::Element(ty)),
            };
            ty = next;
            all.push(step);
        }
        (ty, all)
    }

    /// Where the fields are of the record that is held at `holder`, which becomes its holder's alone.
    pub(super) fn own_fields(&mut self, holder: Holder, node: NodeId) -> Value {
        let record = self.held(holder);
        let owners = self.owners(record);
        let shared = self.b.ins().icmp_imm_s(IntCC::NotEqual, owners, 1);
        let alone = self.b.create_block();
        let own = self.b.append_block_param(alone, types::I64);
        let slow = self.b.create_block();
        self.b.ins().brif(shared, slow, &[], alone, &[record.into()]);
        self.b.set_cold_block(slow);
        self.go_on(slow);
        let address = self.address_of(holder);
        let address = self.another(address);
        self.seldom(records::own as *const (), &[address], node);
        let record = self.held(holder);
        self.b.ins().jump(alone, &[record.into()]);
        self.go_on(alone);
        self.field(own, layout::DATA)
    }

    /// The object that stands in a word.
    pub(super) fn held(&mut self, holder: Holder) -> Value {
        match holder {
            Holder::Frame(word) => self.word(word),
            Holder::Element(address) => self.b.ins().load(types::I64, self.regions.cells, address, 0),
            Holder::Field(address) => self.b.ins().load(types::I64, self.regions.fields, address, 0),
        }
    }

    pub(super) fn address_of(&mut self, holder: Holder) -> Value {
        match holder {
            Holder::Frame(word) => self.b.ins().iadd_imm_s(self.fp, i64::from(word) * 8),
            Holder::Element(address) | Holder::Field(address) => address,
        }
    }

    /// Where a variable's object stands.
    pub(super) fn holder(&self, slot: Slot) -> Holder {
        match self.scope.slots[slot as usize] {
            Home::Object(word, _) => Holder::Frame(word),
            Home::Plain(_) => unreachable!("places are in objects"),
        }
    }
}

/// A step into an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// To an element of a list of this type.
    Element(Ty),
    /// To the value at a position of a map.
    Entry,
    /// To a field of a record, which lies here.
    Field(u16),
}

/// A word that holds a value: which memory it is in, so that what cannot overlap is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Frame(u16),
    Element(Value),
    Field(Value),
}
