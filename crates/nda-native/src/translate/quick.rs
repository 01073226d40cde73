//! Work on text that is nearly always small: a plain call does it, and only where that says that it is not done, the runtime's work
//! follows, out of the way.

use super::{Done, Home, Translator};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use nda_graph::{Builtin, NdaNode, NodeId, PlaceOp, Slot, Ty};
use nda_jit::runtime::quick::Quick;
use nda_jit::runtime::{self, Change, Operands, What};
use std::rc::Rc;

impl Translator<'_, '_> {
    /// Does it the quick way, and goes on where it is not done; the block behind both, which takes what they give.
    pub(super) fn quickly(&mut self, quick: Quick, operands: &[Value]) -> Block {
        let (done, slow) = (self.b.create_block(), self.b.create_block());
        self.b.append_block_param(done, types::I64);
        if quick.charges {
            self.save_fuel();
        }
        let made = self.call(quick.address, operands, Some(types::I64)).expect("it gives a word");
        if quick.charges {
            self.load_fuel();
        }
        let not_done = self.b.ins().icmp_imm_s(IntCC::Equal, made, quick.not_done);
        self.b.ins().brif(not_done, slow, &[], done, &[made.into()]);
        self.b.set_cold_block(slow);
        self.go_on(slow);
        done
    }

    /// Goes on behind both ways, where the slow one gave this.
    pub(super) fn done(&mut self, done: Block, slow: Value) -> Value {
        self.b.ins().jump(done, &[slow.into()]);
        self.go_on(done);
        self.b.block_params(done)[0]
    }

    /// `text += more`, where the text is a variable's.
    pub(super) fn append(&mut self, node: NodeId, slot: Slot) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let more = body.operand(node, 0);
        let Home::Object(word, _) = self.scope.slots[slot as usize] else {
            unreachable!("places are in objects");
        };
        let shown = match body.node(more) {
            NdaNode::Builtin { op: Builtin::Show, .. } => Some(body.operand(more, 0)),
            _ => None,
        };
        // The digits of a number need no text of their own.
        let number = shown.filter(|&shown| body.ty(shown) == Ty::I64);
        let value = self.value(number.unwrap_or(more))?;
        let place = self.b.ins().iadd_imm_s(self.fp, i64::from(word) * 8);
        let quick = if number.is_some() { Quick::APPEND_NUMBER } else { Quick::APPEND };
        let done = self.quickly(quick, &[place, value]);
        let taken = self.taken;
        let values = self.take(2)?;
        self.set_word(values, value);
        if number.is_some() {
            let operands = Operands {
                a: values,
                dst: values + 1,
                ty: Ty::I64,
                count: Builtin::Show as u32,
                ..Operands::NONE
            };
            let job = runtime::built(Builtin::Show, false, operands, self.layouts());
            let text = self.work_on(job, operands.dst, more, Ty::STR);
            self.set_word(values, text);
        }
        let change = Change {
            what: What::Place(PlaceOp::Append),
            slot: word,
            indices: values,
            depth: 0,
            values,
            dst: values,
            ty: Ty::STR,
            layouts: self.layouts(),
        };
        self.change(change, node);
        self.taken = taken;
        let nothing = self.int(0);
        self.done(done, nothing);
        Ok(self.int(0))
    }
}
