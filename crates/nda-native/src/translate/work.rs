//! Work that is left to the runtime, what it has to know of the state, and how runs end.

use super::{STOPPED, Translator};
use crate::door;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AbiParam, Block, InstBuilder, Signature, Type, Value, types};
use nda_graph::{Frame, NodeId};
use nda_jit::runtime::{self, Cause, Place, Status, layout, status};

impl Translator<'_, '_> {
    // ----- the state -----

    /// The address of the state. It is asked for anew in each block and behind each call, so that it is not in the way of anything.
    fn state(&mut self) -> Value {
        let block = self.b.current_block().expect("code is written in a block");
        match self.state {
            Some((asked, state)) if asked == block => state,
            _ => {
                let state = self.b.ins().get_pinned_reg(types::I64);
                self.state = Some((block, state));
                state
            }
        }
    }

    pub(super) fn forget_state(&mut self) {
        self.state = None;
    }

    pub(super) fn in_state(&mut self, ty: Type, offset: usize) -> Value {
        let state = self.state();
        self.b.ins().load(ty, self.regions.state, state, offset as i32)
    }

    pub(super) fn put_in_state(&mut self, value: Value, offset: usize) {
        let state = self.state();
        self.b.ins().store(self.regions.state, value, state, offset as i32);
    }

    // ----- ends -----

    /// Fills in the blocks that end a run.
    pub(super) fn ends(&mut self) {
        for (block, helper) in
            [(self.stop_block, runtime::stop as *const ()), (self.unwind_block, runtime::unwind as *const ())]
        {
            self.b.set_cold_block(block);
            self.b.switch_to_block(block);
            self.call(helper, &[], None);
            let zero = self.zero(self.ret);
            let stopped = self.int(STOPPED);
            self.b.ins().return_(&[zero, stopped]);
        }
    }

    /// Goes to a block that ends the run, with a record of the body at hand, and the calls that led there. It is left in the
    /// state: a function has many of these ways, and what each of them hands on in registers takes time to compile.
    pub(super) fn end(&mut self, block: Block, why: Status, node: NodeId) {
        let place = self.place(why, node);
        let place = self.pointer(place);
        self.put_in_state(place, layout::PLACE);
        self.b.ins().jump(block, &[]);
    }

    /// A record of the body at hand, and the calls that led there.
    pub(super) fn place(&mut self, why: Status, node: NodeId) -> *const Place {
        let node = self.scope.body.origins[node as usize];
        let here = Frame { definition: self.scope.hash, node };
        let frames = std::iter::once(here).chain(self.scope.outer.iter().copied()).collect();
        self.parts.place(Place { frames, why })
    }

    /// Ends the run with a status.
    pub(super) fn stop_with(&mut self, why: Value, node: NodeId) {
        self.save_fuel();
        self.put_in_state(why, layout::STATUS);
        self.end(self.stop_block, 0, node);
    }

    pub(super) fn stop(&mut self, cause: Cause, node: NodeId) {
        self.save_fuel();
        self.end(self.stop_block, status(cause), node);
    }

    pub(super) fn stop_if(&mut self, bad: Value, cause: Cause, node: NodeId) {
        let fine = self.cold_if(bad);
        self.stop(cause, node);
        self.go_on(fine);
    }

    // ----- fuel and work of the runtime -----

    /// What is left of the slice at hand.
    pub(super) fn fuel_left(&mut self) -> Value {
        self.fuel_again();
        self.b.use_var(self.fuel)
    }

    pub(super) fn save_fuel(&mut self) {
        let fuel = self.fuel_left();
        self.put_in_state(fuel, layout::FUEL);
    }

    /// Takes one unit.
    pub(super) fn charge(&mut self, node: NodeId) {
        let fuel = self.b.use_var(self.fuel);
        // Fuel is never negative; what is equal to 0 behind a subtraction would be seen through, and keep two registers.
        let empty = self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, fuel, 0);
        let fine = self.cold_if(empty);
        let stopped = self.through_door(runtime::refuel as *const (), &[], node);
        self.b.ins().brif(stopped, self.stop_block, &[], fine, &[]);
        self.go_on(fine);
        let fuel = self.b.use_var(self.fuel);
        let less = self.b.ins().iadd_imm_s(fuel, -1);
        self.b.def_var(self.fuel, less);
    }

    /// Calls a helper, which takes the state behind its arguments and gives a status, a word or nothing.
    pub(super) fn call(&mut self, helper: *const (), args: &[Value], gives: Option<Type>) -> Option<Value> {
        let mut args = args.to_vec();
        args.push(self.state());
        let mut signature = Signature::new(self.b.func.signature.call_conv);
        signature.params.extend(args.iter().map(|&arg| AbiParam::new(self.b.func.dfg.value_type(arg))));
        signature.returns.extend(gives.map(AbiParam::new));
        let signature = self.b.import_signature(signature);
        let callee = self.pointer(helper);
        let call = self.b.ins().call_indirect(signature, callee, &args);
        self.forget_state();
        self.b.inst_results(call).first().copied()
    }

    /// Work of a slow path that may charge fuel and may stop the run: it takes the state and at most two words, and keeps all
    /// registers. The words are to be of no use elsewhere: the register that they have to stand in would be theirs in the
    /// loop around, too.
    pub(super) fn seldom(&mut self, helper: *const (), args: &[Value], node: NodeId) {
        let stopped = self.through_door(helper, args, node);
        let fine = self.b.create_block();
        self.b.ins().brif(stopped, self.stop_block, &[], fine, &[]);
        self.b.set_cold_block(fine);
        self.go_on(fine);
    }

    /// The work of [`Translator::seldom`], and whether the run is to stop; whoever asks has to see to it.
    fn through_door(&mut self, helper: *const (), args: &[Value], node: NodeId) -> Value {
        self.save_fuel();
        let signature = self.b.import_signature(door::signature(args.len()));
        let (door, place) = (self.parts.door.address(args.len()), self.place(0, node));
        let [door, helper, place] = [door.cast(), helper, place.cast()].map(|to: *const ()| self.pointer(to));
        let given = [&[helper, place], args].concat();
        self.b.ins().call_indirect(signature, door, &given);
        let why = self.in_state(types::I8, layout::STATUS);
        self.load_fuel();
        why
    }

    /// The same address as another value, which nobody sees through: a pointer to words has no bits below.
    pub(super) fn another(&mut self, pointer: Value) -> Value {
        self.b.ins().band_imm_s(pointer, -8)
    }

    /// Work that may charge fuel and may stop the run.
    pub(super) fn work(&mut self, helper: *const (), args: &[Value], node: NodeId) {
        self.save_fuel();
        let why = self.call(helper, args, Some(types::I8)).expect("it gives a status");
        self.worked(why, node);
    }

    /// Somebody else may have charged.
    pub(super) fn load_fuel(&mut self) {
        let fuel = self.in_state(types::I64, layout::FUEL);
        self.b.def_var(self.fuel, fuel);
        if let Some(ahead) = self.ahead {
            self.pay(ahead);
        }
    }

    /// Work went so.
    fn worked(&mut self, why: Value, node: NodeId) {
        let fine = self.unless_fine(why);
        self.end(self.stop_block, 0, node);
        self.go_on(fine);
    }

    /// Work went so, and if it did not go well its place is in the state.
    pub(super) fn worked_there(&mut self, why: Value) {
        let fine = self.unless_fine(why);
        self.b.ins().jump(self.stop_block, &[]);
        self.go_on(fine);
    }

    /// Goes on where work did not go well, and gives where to go on if it did.
    fn unless_fine(&mut self, why: Value) -> Block {
        self.load_fuel();
        let fine = self.cold_if(why);
        // The fuel is in the state.
        self.put_in_state(why, layout::STATUS);
        fine
    }
}
