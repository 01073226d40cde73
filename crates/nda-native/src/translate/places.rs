//! What changes a part of a variable: an element of its list, a field of its record, and whatever stands inside of those.

use super::maps::leads_through_map;
use super::records::{Holder, Step};
use super::{Done, Home, Translator, clif};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use nda_graph::{MathOp, NodeId, PlaceOp, Ty};
use nda_jit::runtime::{self, Change, What, layout};
use std::rc::Rc;

impl Translator<'_, '_> {
    /// A place that can be written: where steps into a variable lead. Every object on the way becomes its holder's alone;
    /// `indices` has a value for each step.
    fn own_place(&mut self, slot: u32, steps: &[Step], indices: &[Value], node: NodeId) -> Holder {
        let mut holder = self.holder(slot);
        let Holder::Frame(word) = holder else { unreachable!("variables of objects are in the frame") };
        // Behind the last record on the way that is known there is nothing to ask.
        let known = (0..steps.len()).rev().find_map(|at| {
            let Step::Field(place) = steps[at] else { return None };
            let fields = self.known_fields(word, &steps[..at], &indices[..at])?;
            Some((at + 1, fields, place))
        });
        let mut begin = 0;
        if let Some((at, fields, place)) = known {
            begin = at;
            holder = Holder::Field(self.b.ins().iadd_imm_s(fields, i64::from(place) * 8));
        }
        for at in begin..steps.len() {
            let (step, index) = (steps[at], indices[at]);
            holder = match (step, holder) {
                (Step::Entry, _) => Holder::Field(self.own_entry(holder, index, node)),
                (Step::Field(place), _) => {
                    let fields = self.own_fields(holder, node);
                    if !leads_through_map(&steps[..at]) {
                        self.know_fields(word, &steps[..at], &indices[..at], fields);
                    }
                    Holder::Field(self.b.ins().iadd_imm_s(fields, i64::from(place) * 8))
                }
                (Step::Element(list), Holder::Frame(_)) => {
                    Holder::Element(self.own_element(slot, list, index, node))
                }
                (Step::Element(list), _) => Holder::Element(self.own_inner(holder, list, index, node)),
            };
        }
        holder
    }

    /// The address of an element that can be written, of the list of a variable.
    fn own_element(&mut self, slot: u32, list_ty: Ty, index: Value, node: NodeId) -> Value {
        let Home::Object(word, Some(view)) = self.scope.slots[slot as usize] else {
            unreachable!("elements are in lists");
        };
        let own = self.b.use_var(view.own);
        let outside = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, own);
        let fine = self.cold_if(outside);
        let place = self.b.ins().iadd_imm_s(self.fp, i64::from(word) * 8);
        self.put_in_state(index, layout::RESULT);
        self.seldom(runtime::own as *const (), &[place], node);
        // It is as long as before, and its variable's alone now.
        let list = self.word(word);
        let data = self.field(list, layout::DATA);
        let len = self.b.use_var(view.len);
        self.know(view, data, len, len);
        self.b.ins().jump(fine, &[]);
        self.go_on(fine);
        let data = self.b.use_var(view.data);
        self.address(data, index, list_ty.element().unwrap_or(Ty::I64))
    }

    /// The same of a list that stands in an object.
    fn own_inner(&mut self, holder: Holder, list_ty: Ty, index: Value, node: NodeId) -> Value {
        let list = self.held(holder);
        let (check, slow, fine) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let own = self.b.append_block_param(fine, types::I64);
        let owners = self.owners(list);
        let alone = self.b.ins().icmp_imm_s(IntCC::Equal, owners, 1);
        self.b.ins().brif(alone, check, &[], slow, &[]);
        self.go_on(check);
        let len = self.length(list);
        let inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.b.ins().brif(inside, fine, &[list.into()], slow, &[]);
        self.b.set_cold_block(slow);
        self.go_on(slow);
        let address = self.address_of(holder);
        let address = self.another(address);
        self.put_in_state(index, layout::RESULT);
        self.seldom(runtime::own as *const (), &[address], node);
        let list = self.held(holder);
        self.b.ins().jump(fine, &[list.into()]);
        self.go_on(fine);
        let data = self.field(own, layout::DATA);
        self.address(data, index, list_ty.element().unwrap_or(Ty::I64))
    }

    /// What stands at a place.
    fn load_place(&mut self, place: Holder, ty: Ty) -> Value {
        match place {
            Holder::Frame(word) => self.word(word),
            Holder::Element(address) => self.b.ins().load(clif(ty), self.regions.cells, address, 0),
            Holder::Field(address) => self.b.ins().load(clif(ty), self.regions.fields, address, 0),
        }
    }

    fn store_place(&mut self, place: Holder, value: Value) {
        match place {
            Holder::Frame(word) => self.set_word(word, value),
            Holder::Element(address) => {
                self.b.ins().store(self.regions.cells, value, address, 0);
            }
            Holder::Field(address) => {
                // A field is a word; a float fills it as it is.
                let is_float = self.b.func.dfg.value_type(value) == types::F64;
                let value = if is_float { value } else { self.as_stored(value) };
                self.b.ins().store(self.regions.fields, value, address, 0);
            }
        }
    }

    /// What was known of a variable's list is found out again.
    pub(super) fn look_again(&mut self, slot: u32) {
        if let Home::Object(word, Some(view)) = self.scope.slots[slot as usize] {
            let list = self.word(word);
            self.look_at(view, list);
        }
    }

    pub(super) fn change_place(&mut self, node: NodeId, op: PlaceOp, slot: u32, depth: u8) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        let result = body.ty(node);
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        let (value_at, steps_at) = if op.value_first() { (0, op.extra()) } else { (depth.into(), 0) };
        let (ty, steps) = self.steps(slot, &operands[steps_at..steps_at + usize::from(depth)]);
        if op == PlaceOp::Set && depth > 0 {
            let values = self.values(operands)?;
            let place = self.own_place(slot, &steps, &values[1..], node);
            let before = ty.is_object().then(|| self.load_place(place, ty));
            self.store_place(place, values[0]);
            before.into_iter().for_each(|before| self.release_of(before, ty));
            return Ok(self.int(0));
        }
        let element = ty.element().unwrap_or(Ty::I64);
        if op == PlaceOp::Push && depth == 0 && clif(element) == types::I64 {
            let value = self.values(operands)?[0];
            return self.push(node, slot, ty, value);
        }
        if op == PlaceOp::Append && depth == 0 && ty == Ty::STR {
            return self.append(node, slot);
        }
        if op == PlaceOp::Put && depth == 0 {
            return self.put(node, slot, ty);
        }
        let taken = self.taken;
        let words = self.consecutive(operands)?;
        self.fields_where_they_lie(words + steps_at as u16, &steps);
        let ty = match op {
            PlaceOp::SortByKeys | PlaceOp::SortByKeysDesc => body.ty(operands[value_at]),
            _ => ty,
        };
        let dst = self.take(1)?;
        let Home::Object(word, _) = self.scope.slots[slot as usize] else {
            unreachable!("places are in objects");
        };
        self.change(
            Change {
                what: What::Place(op),
                slot: word,
                indices: words + steps_at as u16,
                depth,
                values: words + value_at as u16,
                dst,
                ty,
                layouts: self.layouts(),
            },
            node,
        );
        self.look_again(slot);
        let value = if result == Ty::UNIT {
            self.int(0)
        } else {
            let word = self.word(dst);
            self.loaded(word, result)
        };
        self.taken = taken;
        Ok(value)
    }

    /// The words that lead to a place, of which a field's says where it lies.
    pub(super) fn fields_where_they_lie(&mut self, words: u16, steps: &[Step]) {
        for (index, step) in steps.iter().enumerate() {
            if let Step::Field(place) = *step {
                let place = self.int(place.into());
                self.set_word(words + index as u16, place);
            }
        }
    }

    pub(super) fn change(&mut self, change: Change, node: NodeId) {
        let pointer = self.parts.change(change);
        let pointer = self.pointer(pointer);
        self.work(runtime::change as *const (), &[pointer, self.fp], node);
    }

    /// `list.push(value)` of a word, where there is room and nobody else owns the list.
    fn push(&mut self, node: NodeId, slot: u32, ty: Ty, value: Value) -> Done<Value> {
        let Home::Object(word, Some(view)) = self.scope.slots[slot as usize] else {
            unreachable!("only lists grow so");
        };
        let (room, fast, slow, end) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block(), self.b.create_block());
        let list = self.word(word);
        let owners = self.owners(list);
        let alone = self.b.ins().icmp_imm_s(IntCC::Equal, owners, 1);
        self.b.ins().brif(alone, room, &[], slow, &[]);
        self.go_on(room);
        let len = self.b.use_var(view.len);
        let capacity = self.field(list, layout::CAPACITY);
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThan, len, capacity);
        self.b.ins().brif(fits, fast, &[], slow, &[]);
        self.go_on(fast);
        let data = self.b.use_var(view.data);
        let address = self.address(data, len, ty.element().unwrap_or(Ty::I64));
        self.b.ins().store(self.regions.cells, value, address, 0);
        let longer = self.b.ins().iadd_imm_s(len, 1);
        self.b.ins().store(self.regions.header, longer, list, layout::LEN as i32);
        self.b.def_var(view.len, longer);
        self.b.def_var(view.own, longer);
        self.b.ins().jump(end, &[]);
        self.b.set_cold_block(slow);
        self.go_on(slow);
        let taken = self.taken;
        let values = self.take(1)?;
        let kept = self.as_stored(value);
        self.set_word(values, kept);
        let change = Change {
            what: What::Place(PlaceOp::Push),
            slot: word,
            indices: values,
            depth: 0,
            values,
            dst: values,
            ty,
            layouts: self.layouts(),
        };
        let change = self.parts.change(change);
        let change = self.pointer(change);
        let frame = self.another(self.fp);
        self.seldom(runtime::grow as *const (), &[change, frame], node);
        self.look_again(slot);
        self.taken = taken;
        self.b.ins().jump(end, &[]);
        self.go_on(end);
        Ok(self.int(0))
    }

    pub(super) fn update(&mut self, node: NodeId, op: MathOp, slot: u32) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        let (ty, steps) = self.steps(slot, &operands[1..]);
        let values = self.values(operands)?;
        let place = self.own_place(slot, &steps, &values[1..], node);
        let before = self.load_place(place, ty);
        let result = self.math(op, before, values[0], node);
        self.store_place(place, result);
        Ok(self.int(0))
    }
}
