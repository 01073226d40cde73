//! Records made and given up without a call, where the heap has what it takes at hand: a free header, a free buffer of the
//! size, and bytes left. What is charged and where it ends is as `nda_jit::Heap::record` has it, which the slow path calls.

use super::{Done, Translator};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use nda_graph::run::size;
use nda_graph::{NodeId, Ty};
use nda_jit::runtime::records::{self, Shape};
use nda_jit::runtime::{Cause, layout};

impl Translator<'_, '_> {
    /// A record of these words, by where they lie.
    pub(super) fn make_record(&mut self, words: &[(u16, Value)], shape: Shape, node: NodeId) -> Done<Value> {
        let (slow, done) = (self.b.create_block(), self.b.create_block());
        let made = self.b.append_block_param(done, types::I64);
        self.b.set_cold_block(slow);
        let count = words.len();
        if count <= layout::SMALL_RECORD {
            let held = self.in_state(types::I64, layout::HELD_BYTES);
            let then = self.b.ins().iadd_imm_s(held, size::record(count as u64) as i64);
            let limit = self.in_state(types::I64, layout::LIMIT_BYTES);
            let header = self.in_state(types::I64, layout::FREE_HEADER);
            let buffer = self.in_state(types::I64, layout::free_buffer(count));
            let over = self.b.ins().icmp(IntCC::UnsignedGreaterThan, then, limit);
            let no_header = self.b.ins().icmp_imm_s(IntCC::Equal, header, 0);
            let no_buffer = self.b.ins().icmp_imm_s(IntCC::Equal, buffer, 0);
            let missing = self.b.ins().bor(no_header, no_buffer);
            let missing = self.b.ins().bor(missing, over);
            let fast = self.b.create_block();
            self.b.ins().brif(missing, slow, &[], fast, &[]);
            self.go_on(fast);
            let next_header = self.field(header, layout::DATA);
            let next_buffer = self.b.ins().load(types::I64, self.regions.fields, buffer, 0);
            self.put_in_state(next_header, layout::FREE_HEADER);
            self.put_in_state(next_buffer, layout::free_buffer(count));
            self.put_in_state(then, layout::HELD_BYTES);
            let peak = self.in_state(types::I64, layout::PEAK_BYTES);
            let peak = self.b.ins().umax(peak, then);
            self.put_in_state(peak, layout::PEAK_BYTES);
            let head = self.int(layout::record_head(shape.objects) as i64);
            let (len, variant) = (self.int(count as i64), self.int(i64::from(shape.variant)));
            for (value, offset) in
                [(head, layout::HEAD), (len, layout::LEN), (variant, layout::VARIANT), (buffer, layout::DATA)]
            {
                self.b.ins().store(self.regions.header, value, header, offset as i32);
            }
            for &(place, word) in words {
                self.b.ins().store(self.regions.fields, word, buffer, i32::from(place) * 8);
            }
            self.b.ins().jump(done, &[header.into()]);
        } else {
            self.b.ins().jump(slow, &[]);
        }
        self.go_on(slow);
        let taken = self.taken;
        let first = self.take(count as u32)?;
        for &(place, word) in words {
            self.set_word(first + place, word);
        }
        let fields = self.b.ins().iadd_imm_s(self.fp, i64::from(first) * 8);
        let shape = self.int(shape.to_bits() as i64);
        let record = self.call(records::make as *const (), &[fields, shape], Some(types::I64));
        let record = record.expect("it gives a word");
        self.taken = taken;
        let none = self.b.ins().icmp_imm_s(IntCC::Equal, record, 0);
        self.stop_if(none, Cause::Memory, node);
        self.b.ins().jump(done, &[record.into()]);
        self.go_on(done);
        Ok(made)
    }

    /// Gives up a record of `count` fields at `data` that were all loaded: its only owner frees it, `slow` does the rest.
    pub(super) fn give_up(&mut self, record: Value, data: Value, count: usize, slow: impl FnOnce(&mut Self)) {
        let (shared, done) = (self.b.create_block(), self.b.create_block());
        if count <= layout::SMALL_RECORD {
            let owners = self.owners(record);
            let alone = self.b.ins().icmp_imm_s(IntCC::Equal, owners, 1);
            let last = self.b.create_block();
            self.b.ins().brif(alone, last, &[], shared, &[]);
            self.go_on(last);
            let held = self.in_state(types::I64, layout::HELD_BYTES);
            let held = self.b.ins().iadd_imm_s(held, -(size::record(count as u64) as i64));
            self.put_in_state(held, layout::HELD_BYTES);
            let next = self.in_state(types::I64, layout::free_buffer(count));
            self.b.ins().store(self.regions.fields, next, data, 0);
            self.put_in_state(data, layout::free_buffer(count));
            let next = self.in_state(types::I64, layout::FREE_HEADER);
            let head = self.int(layout::FREE_HEAD as i64);
            self.b.ins().store(self.regions.header, head, record, layout::HEAD as i32);
            self.b.ins().store(self.regions.header, next, record, layout::DATA as i32);
            self.put_in_state(record, layout::FREE_HEADER);
            self.b.ins().jump(done, &[]);
        } else {
            self.b.ins().jump(shared, &[]);
        }
        self.go_on(shared);
        slow(self);
        self.b.ins().jump(done, &[]);
        self.go_on(done);
    }

    /// Gives up a tuple or struct of plain fields, if the type is one: nothing in it has to be given up. It may have been moved
    /// away.
    pub(super) fn release_plain(&mut self, record: Value, ty: Ty) -> bool {
        if self.map_parts(ty).is_some() {
            return false;
        }
        let of = self.variant_of(ty, 0);
        let count = of.places().len();
        if of.is_enum() || of.objects() > 0 || count == 0 || count > layout::SMALL_RECORD {
            return false;
        }
        let (there, done) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(record, there, &[], done, &[]);
        self.go_on(there);
        let data = self.field(record, layout::DATA);
        self.give_up(record, data, count, |this| this.release(record));
        self.b.ins().jump(done, &[]);
        self.go_on(done);
        true
    }
}
