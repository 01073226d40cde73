//! Text and lists: fast paths for elements, and the runtime for the rest.

use super::{Done, Home, ListView, Translator, clif};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use nda_graph::{Builtin, CompareOp, Mode, NdaNode, NodeId, Ty};
use nda_jit::runtime::quick::Quick;
use nda_jit::runtime::{self, Job, Operands, layout, maps};
use std::rc::Rc;

/// An object that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) pointer: Value,
    /// The word that holds it, if one does.
    pub(super) word: Option<u16>,
    /// Whether whoever looks has to release it.
    pub(super) owned: bool,
}

impl Translator<'_, '_> {
    // ----- headers -----

    pub(super) fn field(&mut self, object: Value, offset: usize) -> Value {
        self.b.ins().load(types::I64, self.regions.header, object, offset as i32)
    }

    pub(super) fn owners(&mut self, object: Value) -> Value {
        self.b.ins().load(types::I32, self.regions.header, object, layout::OWNERS as i32)
    }

    /// Where the elements of a list are, and how many.
    pub(super) fn header(&mut self, list: Value) -> (Value, Value) {
        (self.field(list, layout::DATA), self.length(list))
    }

    pub(super) fn length(&mut self, object: Value) -> Value {
        let len = self.field(object, layout::LEN);
        self.facts.length(len);
        len
    }

    /// Learns the header of the list that a variable got.
    pub(super) fn look_at(&mut self, view: ListView, list: Value) {
        if let Some((fresh, len)) = self.fresh.take()
            && fresh == list
        {
            let data = self.field(list, layout::DATA);
            self.know(view, data, len, len);
            return;
        }
        let (data, len) = self.header(list);
        let owners = self.owners(list);
        let alone = self.b.ins().icmp_imm_s(IntCC::Equal, owners, 1);
        let none = self.int(0);
        let own = self.b.ins().select(alone, len, none);
        self.know(view, data, len, own);
    }

    pub(super) fn know(&mut self, view: ListView, data: Value, len: Value, own: Value) {
        self.b.def_var(view.data, data);
        self.b.def_var(view.len, len);
        self.b.def_var(view.own, own);
    }

    /// One more owner.
    pub(super) fn share(&mut self, object: Value, ty: Ty) {
        let done = self.b.create_block();
        if ty.composite_index().is_some() {
            // A variant without fields is no object.
            let object_at = self.b.create_block();
            let tagged = self.b.ins().band_imm_s(object, 1);
            self.b.ins().brif(tagged, done, &[], object_at, &[]);
            self.go_on(object_at);
        }
        let owners = self.owners(object);
        let counted = self.b.ins().icmp_imm_s(IntCC::NotEqual, owners, i64::from(layout::IMMORTAL as i32));
        let count = self.b.create_block();
        self.b.ins().brif(counted, count, &[], done, &[]);
        self.go_on(count);
        let more = self.b.ins().iadd_imm_s(owners, 1);
        self.b.ins().store(self.regions.header, more, object, layout::OWNERS as i32);
        self.b.ins().jump(done, &[]);
        self.go_on(done);
    }

    /// One owner less. The object may be one that was moved away. Fuel is not kept in a register meanwhile: it would have to be one that
    /// calls keep, and would be moved there in the loops before.
    pub(super) fn release(&mut self, object: Value) {
        let keeps = self.ahead.is_some();
        if !keeps {
            self.save_fuel();
        }
        self.call(runtime::release as *const (), &[object], None);
        if !keeps {
            self.load_fuel();
        }
    }

    /// [`Self::release`] of an object whose type is known: of text and records only the last owner needs a call. Lists are given up seldom,
    /// often behind loops that are better off with their registers.
    pub(super) fn release_of(&mut self, object: Value, ty: Ty) {
        let is_composite = ty.composite_index().is_some();
        if !is_composite && ty != Ty::STR {
            return self.release(object);
        }
        if is_composite && self.release_plain(object, ty) {
            return;
        }
        let (there, done) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(object, there, &[], done, &[]);
        self.go_on(there);
        if is_composite && self.map_parts(ty).is_none() {
            // A variant without fields is no object.
            let record = self.b.create_block();
            let tagged = self.b.ins().band_imm_s(object, 1);
            self.b.ins().brif(tagged, done, &[], record, &[]);
            self.go_on(record);
        }
        let [last, shared, counted] = std::array::from_fn(|_| self.b.create_block());
        let owners = self.owners(object);
        let alone = self.b.ins().icmp_imm_s(IntCC::Equal, owners, 1);
        self.b.ins().brif(alone, last, &[], shared, &[]);
        self.go_on(last);
        let free = if ty == Ty::STR { runtime::free_text as *const () } else { runtime::free as *const () };
        self.call(free, &[object], None);
        self.b.ins().jump(done, &[]);
        self.go_on(shared);
        let is_counted = self.b.ins().icmp_imm_s(IntCC::NotEqual, owners, i64::from(layout::IMMORTAL as i32));
        self.b.ins().brif(is_counted, counted, &[], done, &[]);
        self.go_on(counted);
        let fewer = self.b.ins().iadd_imm_s(owners, -1);
        self.b.ins().store(self.regions.header, fewer, object, layout::OWNERS as i32);
        self.b.ins().jump(done, &[]);
        self.go_on(done);
    }

    // ----- elements -----

    pub(super) fn address(&mut self, data: Value, index: Value, element: Ty) -> Value {
        let offset = match self.element_bytes(element) {
            1 => index,
            bytes => self.b.ins().imul_imm_s(index, bytes as i64),
        };
        self.b.ins().iadd(data, offset)
    }

    fn element_bytes(&self, element: Ty) -> usize {
        element.list_of().map_or(8, |list| runtime::holds(list).element_bytes())
    }

    pub(super) fn element(&mut self, data: Value, index: Value, ty: Ty) -> Value {
        let address = self.address(data, index, ty);
        self.b.ins().load(clif(ty), self.regions.cells, address, 0)
    }

    /// Ends the run unless the index is inside; `says` has the words for it.
    pub(super) fn check_index(&mut self, index: Value, len: Value, node: NodeId, says: *const ()) {
        // A negative index is a huge unsigned one.
        let outside = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
        let fine = self.cold_if(outside);
        let why = self.call(says, &[index, len], Some(types::I8));
        self.stop_with(why.expect("it gives a status"), node);
        self.go_on(fine);
    }

    // ----- objects that are looked at -----

    pub(super) fn seen(&mut self, node: NodeId) -> Done<Seen> {
        let body = Rc::clone(&self.scope.body);
        match body.node(node) {
            NdaNode::Load { slot, mode: Mode::Borrow } => {
                let Home::Object(word, _) = self.scope.slots[slot as usize] else {
                    unreachable!("only objects are borrowed");
                };
                Ok(Seen { pointer: self.word(word), word: Some(word), owned: false })
            }
            NdaNode::Builtin { op: op @ (Builtin::Index | Builtin::KeyAt), mode: Mode::Borrow } => {
                let pointer = self.builtin(node, op, Mode::Borrow)?;
                Ok(Seen { pointer, word: None, owned: false })
            }
            NdaNode::Field { variant, index, mode: Mode::Borrow } => {
                let pointer = self.field_of(node, variant, index, Mode::Borrow)?;
                Ok(Seen { pointer, word: None, owned: false })
            }
            // Nobody counts the owners of what belongs to the code.
            NdaNode::Text { .. } => Ok(Seen { pointer: self.value(node)?, word: None, owned: false }),
            _ => Ok(Seen { pointer: self.value(node)?, word: None, owned: true }),
        }
    }

    /// What is known of the header of the list that a record looks at, if its variable says it.
    fn view_of(&self, node: NodeId) -> Option<ListView> {
        match self.scope.body.node(node) {
            NdaNode::Load { slot, mode: Mode::Borrow } => match self.scope.slots[slot as usize] {
                Home::Object(_, view) => view,
                Home::Plain(_) => None,
            },
            _ => None,
        }
    }

    fn index(&mut self, node: NodeId, mode: Mode) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let first = body.operand(node, 0);
        if let Some(view) = self.view_of(first) {
            let index = self.value(body.operand(node, 1))?;
            let value = self.element_of(view, index, node);
            if mode == Mode::Share {
                self.share(value, body.ty(node));
            }
            return Ok(value);
        }
        let list = self.seen(first)?;
        let pending = self.pending.len();
        if list.owned {
            self.pending.push(list.pointer.into());
        }
        let index = self.value(body.operand(node, 1))?;
        self.pending.truncate(pending);
        let element = body.ty(first).element().unwrap_or(Ty::I64);
        let (data, len) = self.header(list.pointer);
        self.check_index(index, len, node, runtime::outside as *const ());
        let value = self.element(data, index, element);
        if mode == Mode::Share {
            self.share(value, element);
        }
        if list.owned {
            self.release(list.pointer);
        }
        Ok(value)
    }

    /// An element of the list of a variable; `node` indexes it.
    pub(super) fn element_of(&mut self, view: ListView, index: Value, node: NodeId) -> Value {
        let (data, len) = (self.b.use_var(view.data), self.b.use_var(view.len));
        self.check_index(index, len, node, runtime::outside as *const ());
        let list = self.scope.body.ty(self.scope.body.operand(node, 0));
        self.element(data, index, list.element().unwrap_or(Ty::I64))
    }

    // ----- the runtime's work -----

    /// The operands of a record, from left to right: objects are looked at or owned, other values are neither.
    pub(super) fn seen_operands(&mut self, node: NodeId) -> Done<Vec<Seen>> {
        let body = Rc::clone(&self.scope.body);
        let pending = self.pending.len();
        let mut all = Vec::with_capacity(body.operands(node).len());
        for &operand in body.operands(node) {
            let seen = if body.ty(operand).is_object() {
                self.seen(operand)?
            } else {
                Seen { pointer: self.value(operand)?, word: None, owned: false }
            };
            if seen.owned {
                self.pending.push(seen.pointer.into());
            }
            all.push(seen);
        }
        self.pending.truncate(pending);
        Ok(all)
    }

    /// [`Self::quickly`] of operands that are looked at: each is a word.
    pub(super) fn quickly_on(&mut self, quick: Quick, seen: &[Seen]) -> Block {
        let words: Vec<Value> = seen.iter().map(|seen| self.as_stored(seen.pointer)).collect();
        self.quickly(quick, &words)
    }

    /// The value of a record that is never reached because one of its operands does not give one; what stands before
    /// that happens, in order. None if all give one.
    pub(super) fn cut_short(&mut self, node: NodeId) -> Done<Option<Value>> {
        let body = Rc::clone(&self.scope.body);
        if body.operands(node).iter().all(|&operand| body.ty(operand) != Ty::NEVER) {
            return Ok(None);
        }
        self.seen_operands(node)?;
        Ok(Some(self.zero(clif(body.ty(node)))))
    }

    /// The operands of a record in words, with what has to be released.
    pub(super) fn operands(&mut self, node: NodeId) -> Done<Operands> {
        let seen = self.seen_operands(node)?;
        self.operands_of(seen)
    }

    pub(super) fn operands_of(&mut self, seen: Vec<Seen>) -> Done<Operands> {
        let mut operands = Operands::NONE;
        for (index, seen) in seen.into_iter().enumerate() {
            if seen.owned {
                operands.owned |= 1 << index;
            }
            let word = match seen.word {
                Some(word) => word,
                None => {
                    let word = self.take(1)?;
                    let value = self.as_stored(seen.pointer);
                    self.set_word(word, value);
                    word
                }
            };
            match index {
                0 => operands.a = word,
                1 => operands.b = word,
                2 => operands.c = word,
                // A fourth is a number, and stands where others count.
                _ => operands.count = word.into(),
            }
        }
        Ok(operands)
    }

    /// Has work done and gives its result.
    pub(super) fn work_on(&mut self, job: Job, dst: u16, node: NodeId, ty: Ty) -> Value {
        let helper = job.address;
        let job = self.parts.job(job);
        let pointer = self.pointer(job);
        self.work(helper.cast(), &[pointer, self.fp], node);
        if ty == Ty::UNIT || ty == Ty::NEVER {
            return self.int(0);
        }
        let word = self.word(dst);
        self.loaded(word, ty)
    }

    pub(super) fn builtin(&mut self, node: NodeId, op: Builtin, mode: Mode) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let first = body.operand(node, 0);
        let first_ty = body.ty(first);
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        match op {
            Builtin::Index if first_ty.is_list() => return self.index(node, mode),
            Builtin::Index | Builtin::KeyAt => return self.entry(node, op, mode),
            Builtin::Len => {
                if let Some(view) = self.view_of(first) {
                    return Ok(self.b.use_var(view.len));
                }
                let seen = self.seen(first)?;
                let len = self.length(seen.pointer);
                if seen.owned {
                    self.release(seen.pointer);
                }
                return Ok(len);
            }
            Builtin::Panic => {
                let text = self.seen(first)?;
                self.panic(text.pointer, node);
                return Ok(self.never());
            }
            Builtin::Assert => {
                let holds = self.value(first)?;
                let text = self.seen(body.operand(node, 1))?;
                let (fine, bad) = (self.b.create_block(), self.b.create_block());
                self.b.ins().brif(holds, fine, &[], bad, &[]);
                self.b.set_cold_block(bad);
                self.go_on(bad);
                self.panic(text.pointer, node);
                self.go_on(fine);
                if text.owned {
                    self.release(text.pointer);
                }
                return Ok(self.int(0));
            }
            _ => {}
        }
        let taken = self.taken;
        let seen = self.seen_operands(node)?;
        let length = (op == Builtin::Repeat).then(|| seen[1].pointer);
        let quick = match self.map_parts(first_ty) {
            Some((keys, _)) => maps::search(op, keys),
            None => runtime::quick::of(op, first_ty),
        };
        let quick = quick.filter(|_| seen.iter().all(|seen| !seen.owned));
        let done = quick.map(|quick| self.quickly_on(quick, &seen));
        let mut operands = self.operands_of(seen)?;
        let ty = body.ty(node);
        operands.ty = match op {
            Builtin::IndexOf => first_ty.element().unwrap_or(Ty::UNIT),
            Builtin::Contains if first_ty != Ty::STR => first_ty.element().unwrap_or(Ty::UNIT),
            Builtin::Print => first_ty,
            Builtin::Slice
            | Builtin::SliceFrom
            | Builtin::Concat
            | Builtin::Repeat
            | Builtin::Join
            | Builtin::Clamp
            | Builtin::FClamp
            | Builtin::Sum
            | Builtin::Product
            | Builtin::FSum
            | Builtin::FProduct
            | Builtin::Keys
            | Builtin::Values => ty,
            _ => first_ty,
        };
        // What these take first becomes part of the result.
        if matches!(op, Builtin::Join | Builtin::Repeat) {
            operands.owned &= !1;
        }
        operands.count = op as u32;
        operands.dst = self.take(1)?;
        let result = self.work_on(
            runtime::built(op, first_ty == Ty::STR, operands, self.layouts()),
            operands.dst,
            node,
            ty,
        );
        self.fresh = length.map(|length| (result, length));
        self.taken = taken;
        Ok(done.map_or(result, |done| self.done(done, result)))
    }

    fn panic(&mut self, text: Value, node: NodeId) {
        let why = self.call(runtime::panic as *const (), &[text], Some(types::I8));
        self.stop_with(why.expect("it gives a status"), node);
    }

    pub(super) fn compare_objects(&mut self, node: NodeId, op: CompareOp, ty: Ty) -> Done<Value> {
        let taken = self.taken;
        let seen = self.seen_operands(node)?;
        let is_quick = ty == Ty::STR && matches!(op, CompareOp::Eq | CompareOp::Ne);
        let done = (is_quick && seen.iter().all(|seen| !seen.owned))
            .then(|| self.same_text(seen[0].pointer, seen[1].pointer, op));
        let mut operands = self.operands_of(seen)?;
        operands.ty = ty;
        operands.count = op as u32;
        operands.dst = self.take(1)?;
        let result = self.work_on(runtime::compare(operands, self.layouts()), operands.dst, node, Ty::BOOL);
        self.taken = taken;
        let Some(done) = done else { return Ok(result) };
        let slow = self.as_stored(result);
        let answer = self.done(done, slow);
        Ok(self.b.ins().ireduce(types::I8, answer))
    }

    /// Whether two texts are the same, or are not: known at once if they have not the same length.
    fn same_text(&mut self, a: Value, b: Value, op: CompareOp) -> Block {
        let answered = self.b.create_block();
        self.b.append_block_param(answered, types::I64);
        let [a_len, b_len] = [a, b].map(|text| self.length(text));
        let differ = self.b.ins().icmp(IntCC::NotEqual, a_len, b_len);
        let same_length = self.b.create_block();
        let answer = self.int((op == CompareOp::Ne).into());
        self.b.ins().brif(differ, answered, &[answer.into()], same_length, &[]);
        self.go_on(same_length);
        let slow = self.b.create_block();
        let done = self.quickly(Quick::SAME, &[a, b]);
        self.b.ins().jump(slow, &[]);
        self.go_on(done);
        let mut answer = self.b.block_params(done)[0];
        if op == CompareOp::Ne {
            answer = self.b.ins().bxor_imm_s(answer, 1);
        }
        self.b.ins().jump(answered, &[answer.into()]);
        self.b.set_cold_block(slow);
        self.go_on(slow);
        answered
    }

    /// Operands in words one behind the other.
    pub(super) fn consecutive(&mut self, nodes: &[NodeId]) -> Done<u16> {
        let words = self.take(nodes.len().max(1) as u32)?;
        let values = self.values(nodes)?;
        for (index, value) in values.into_iter().enumerate() {
            let value = self.as_stored(value);
            self.set_word(words + index as u16, value);
        }
        Ok(words)
    }

    /// Operands from left to right; objects among them are owned.
    pub(super) fn values(&mut self, nodes: &[NodeId]) -> Done<Vec<Value>> {
        let body = Rc::clone(&self.scope.body);
        let pending = self.pending.len();
        let mut values = Vec::with_capacity(nodes.len());
        for &node in nodes {
            let value = self.value(node)?;
            if body.ty(node).is_object() {
                self.pending.push(value.into());
            }
            values.push(value);
        }
        self.pending.truncate(pending);
        Ok(values)
    }

    pub(super) fn list(&mut self, node: NodeId, count: u32, ty: Ty) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let taken = self.taken;
        let a = self.consecutive(body.operands(node))?;
        let dst = self.take(1)?;
        let operands = Operands::many(a, count, dst, ty);
        let result = self.work_on(runtime::list(operands), dst, node, ty);
        let length = self.int(i64::from(count));
        self.fresh = Some((result, length));
        self.taken = taken;
        Ok(result)
    }

    pub(super) fn joined(&mut self, node: NodeId, count: u32) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let taken = self.taken;
        let a = self.consecutive(body.operands(node))?;
        let dst = self.take(1)?;
        let operands = Operands::many(a, count, dst, Ty::STR);
        let result = self.work_on(runtime::joined(operands), dst, node, Ty::STR);
        self.taken = taken;
        Ok(result)
    }
}
