//! Loops that are computed without going round.

use super::{Done, Home, Translator};
use crate::passes::Level;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use cranelift_frontend::Variable;
use nda_graph::{NodeId, Slot};
use nda_jit::runtime::{self, Recurrence, Skip};

/// Loops of fewer rounds go round.
const FEW: i64 = 1_000;

impl Translator<'_, '_> {
    /// Leaves out as many rounds as it can, of those from the one of the number `from` on whose numbers are `stride` apart; there
    /// are one more than `rounds`. Gives how many, and goes to `exit` if no other is due. None if the loop is not one that can be
    /// computed.
    pub(super) fn skip_rounds(
        &mut self,
        [marker, inner]: [NodeId; 2],
        counter: Slot,
        stride: i64,
        [from, rounds]: [Value; 2],
        exit: Block,
    ) -> Done<Option<Value>> {
        if self.level < Level::All {
            return Ok(None);
        }
        let recurrence = Recurrence::of(&self.scope.body, counter, stride, marker + 1, inner);
        let Some(recurrence) = recurrence else { return Ok(None) };
        let changed: Vec<Variable> = recurrence.variables.iter().map(|&slot| self.plain(slot)).collect();
        self.leaves_rounds_out(marker, &changed);
        let fixed: Vec<Variable> = recurrence.fixed.iter().map(|&slot| self.plain(slot)).collect();
        let taken = self.taken;
        let words = self.take(2 + changed.len() as u32 + fixed.len() as u32)?;
        let (many, rest) = (self.b.create_block(), self.b.create_block());
        let left_out = self.b.append_block_param(rest, types::I64);
        let none = self.int(0);
        let pays = self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, rounds, FEW);
        self.b.ins().brif(pays, many, &[], rest, &[none.into()]);
        self.go_on(many);
        self.set_word(words, from);
        let all = self.b.ins().iadd_imm_s(rounds, 1);
        self.set_word(words + 1, all);
        for (index, &variable) in changed.iter().chain(&fixed).enumerate() {
            let value = self.b.use_var(variable);
            self.set_word(words + 2 + index as u16, value);
        }
        let skip = self.parts.skip(Skip { recurrence, words });
        let skip = self.pointer(skip);
        self.work(runtime::skip as *const (), &[skip, self.fp], marker);
        for (index, &variable) in changed.iter().enumerate() {
            let value = self.word(words + 2 + index as u16);
            self.b.def_var(variable, value);
        }
        let done = self.word(words + 1);
        let over = self.b.ins().icmp(IntCC::UnsignedGreaterThan, done, rounds);
        self.b.ins().brif(over, exit, &[], rest, &[done.into()]);
        self.go_on(rest);
        self.taken = taken;
        Ok(Some(left_out))
    }

    fn plain(&self, slot: Slot) -> Variable {
        match self.scope.slots[slot as usize] {
            Home::Plain(variable) => variable,
            Home::Object(..) => unreachable!("numbers are not objects"),
        }
    }
}
