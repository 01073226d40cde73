//! Passes over Cranelift's intermediate language, after translation and before Cranelift's own (value numbering, constant
//! folding, code motion out of loops). Each keeps value, trap, place, output, fuel, memory and depth.
//!
//! [`checks`] takes out what [`ranges`] proves never to happen, [`select`] computes both sides of a short `if` instead
//! of jumping.

mod checks;
mod flow;
mod interval;
mod ranges;
mod select;
mod straighten;
mod sums;

use cranelift_codegen::Context;
use cranelift_codegen::entity::{EntitySet, SecondaryMap};
use cranelift_codegen::ir::{Function, Value};
use cranelift_codegen::isa::TargetIsa;

/// Runs that may use more fuel stay on tier 1, so that counters cannot overflow ([`sums`]); at one unit a nanosecond they
/// would take seven weeks.
pub(crate) const MAX_FUEL: u64 = 1 << 52;
/// No list or text is longer: addresses have 47 bits.
const MAX_LENGTH: i64 = 1 << 47;
/// Functions of more instructions go to Cranelift as they are.
const MAX_INSTRUCTIONS: usize = 50_000;

/// How much is done about speed, beside what tier 1 does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Level {
    /// `-O0`: translated, and that is all.
    None,
    /// `-O1`: Cranelift's own passes, and those that take time in proportion to the code.
    Some,
    /// `-O2`: range analysis, and loops that are computed without going round.
    #[default]
    All,
}

/// What the translation knows of values.
#[derive(Default)]
pub(crate) struct Facts {
    /// Results of arithmetic that are used only where it did not overflow.
    checked: EntitySet<Value>,
    /// Lengths of lists and texts.
    lengths: EntitySet<Value>,
    counters: SecondaryMap<Value, Option<Counter>>,
    /// Values that what they are handed to could have without them.
    as_ever: EntitySet<Value>,
    /// A condition that never holds, which only this module's analyses are not to know.
    pretended: Option<Value>,
}

/// The numbers that a loop counts through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter {
    pub(crate) from: Value,
    pub(crate) to: Value,
    pub(crate) inclusive: bool,
}

impl Facts {
    pub(crate) fn check(&mut self, value: Value) {
        self.checked.insert(value);
    }

    pub(crate) fn length(&mut self, value: Value) {
        self.lengths.insert(value);
    }

    pub(crate) fn count(&mut self, now: Value, counter: Counter) {
        self.counters[now] = Some(counter);
    }

    /// A value that an earlier run of the same code computed, and that stands for nothing new: each block parameter that has it, but
    /// for such as are only handed on, could have it by other ways.
    pub(crate) fn as_ever(&mut self, value: Value) {
        self.as_ever.insert(value);
    }

    /// A value of which that does not hold after all.
    pub(crate) fn anything(&mut self, value: Value) {
        self.as_ever.remove(value);
    }

    /// A constant condition that holds for all that the analyses know.
    pub(crate) fn pretend(&mut self, value: Value) {
        self.pretended = Some(value);
    }

    fn is_as_ever(&self, value: Value) -> bool {
        self.as_ever.contains(value)
    }

    fn is_pretended(&self, value: Value) -> bool {
        self.pretended == Some(value)
    }

    fn is_checked(&self, value: Value) -> bool {
        self.checked.contains(value)
    }

    fn is_length(&self, value: Value) -> bool {
        self.lengths.contains(value)
    }

    fn counter(&self, value: Value) -> Option<Counter> {
        self.counters[value]
    }

    /// Values that became others are known by those; afterwards the others may be forgotten.
    fn resolve(&mut self, context: &Context) {
        let resolved = |value| context.func.dfg.resolve_aliases(value);
        for set in [&mut self.lengths, &mut self.as_ever] {
            for value in std::mem::take(set).iter() {
                set.insert(resolved(value));
            }
        }
        self.pretended = self.pretended.map(resolved);
        // A counter that became another value says nothing: that value stands elsewhere, too.
        for (now, counter) in self.counters.iter_mut() {
            *counter = counter.filter(|_| resolved(now) == now).map(|Counter { from, to, inclusive }| {
                Counter { from: resolved(from), to: resolved(to), inclusive }
            });
        }
    }
}

/// Runs the passes on a translated function; `seen` is told of each what it left.
pub(crate) fn run(
    context: &mut Context,
    isa: &dyn TargetIsa,
    mut facts: Facts,
    level: Level,
    seen: &mut dyn FnMut(&'static str, &Function),
) {
    if level == Level::None || context.func.dfg.num_insts() > MAX_INSTRUCTIONS {
        return;
    }
    clean(context, isa, &mut facts);
    seen("straighten", &context.func);
    if level == Level::All {
        if checks::simplify(&mut context.func, &context.domtree, &facts) {
            clean(context, isa, &mut facts);
        }
        seen("checks", &context.func);
    }
    select::convert(context);
    // Cranelift makes them anew, and its verifier would hold the code against the old ones.
    context.cfg.clear();
    context.domtree.clear();
    seen("select", &context.func);
}

/// Drops what cannot be reached, and parameters that always get the same value.
fn clean(context: &mut Context, isa: &dyn TargetIsa, facts: &mut Facts) {
    context.flowgraph();
    let done = context.eliminate_unreachable_code(isa).and_then(|()| context.remove_constant_phis(isa));
    done.expect("only the verifier complains, and what we make is valid");
    facts.resolve(context);
    context.func.dfg.resolve_all_aliases();
    if straighten::join(context) {
        facts.resolve(context);
        context.func.dfg.resolve_all_aliases();
    }
}

/// What the snapshots of the passes are made with.
#[cfg(test)]
mod tests {
    use super::Facts;
    use cranelift_codegen::Context;
    use cranelift_codegen::ir::{AbiParam, Block, Function, Value, types};
    use cranelift_codegen::settings::{Flags, builder};
    use cranelift_codegen::verifier::verify_function;
    use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

    /// A function of that many words that gives one, before a pass and after it. `build` fills it in, gets its parameters, and
    /// tells which results of checked arithmetic are used only where it did not overflow.
    pub(super) fn around(
        params: usize,
        build: impl FnOnce(&mut FunctionBuilder<'_>, &[Value]) -> Vec<Value>,
        pass: impl FnOnce(&mut Context, &Facts),
    ) -> String {
        let (mut func, mut memory) = (Function::new(), FunctionBuilderContext::new());
        func.signature.params.resize(params, AbiParam::new(types::I64));
        func.signature.returns.push(AbiParam::new(types::I64));
        let mut b = FunctionBuilder::new(&mut func, &mut memory);
        let entry = block(&mut b, 0);
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let given = b.block_params(entry).to_vec();
        let mut facts = Facts::default();
        build(&mut b, &given).into_iter().for_each(|value| facts.check(value));
        b.seal_all_blocks();
        let isa = cranelift_native::builder().expect("tests run on a machine that Cranelift knows");
        let isa = isa.finish(Flags::new(builder())).expect("the flags are the usual ones");
        b.finalize(isa.frontend_config());
        let before = valid(&func);
        let mut context = Context::for_function(func);
        context.flowgraph();
        pass(&mut context, &facts);
        format!("{before}\n{}", valid(&context.func))
    }

    /// A block with that many words as parameters.
    pub(super) fn block(b: &mut FunctionBuilder<'_>, params: usize) -> Block {
        let block = b.create_block();
        (0..params).for_each(|_| {
            b.append_block_param(block, types::I64);
        });
        block
    }

    fn valid(func: &Function) -> String {
        let text = func.display().to_string();
        if let Err(errors) = verify_function(func, &Flags::new(builder())) {
            panic!("{errors}\n{text}");
        }
        text
    }
}
