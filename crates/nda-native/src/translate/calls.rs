//! Calls, and bodies in the place of calls.

use super::{Done, Scope, Translator, clif, read, signature};
use crate::Unsupported;
use crate::passes::Level;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, StackSlotData, StackSlotKind, Value, types};
use nda_graph::{DefinitionRef, Frame, Hash, NdaNode, NodeId};
use nda_jit::runtime::{self, Body, Call, HostCall, HostEntry, is_literal, layout};
use std::rc::Rc;

/// Records of recursive functions that may stand where they are called, in one function.
const MAX_UNROLLED: u32 = 120;

impl<'c, 'v> Translator<'c, 'v> {
    pub(super) fn call_node(&mut self, node: NodeId, callee: u32) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        if let Some(view) = self.chosen(node, callee) {
            return self.inlined(node, callee, view);
        }
        let reference = self.scope.view.reference(callee);
        let args = self.values(body.operands(node))?;
        self.enter(node);
        let hash = self.scope.hash;
        let unlinked = || Unsupported::new(hash, "a function that is missing or has another signature");
        let member = self.linker.member(reference.hash);
        if member.is_some_and(|member| self.members[member].1.signature() != reference.signature) {
            return Err(unlinked());
        }
        let around = match member {
            Some(member) => self.way_out(node, callee, member, &args)?,
            None => None,
        };
        let deep = self.b.ins().iadd_imm_s(self.depth, i64::from(self.scope.levels) + 1);
        let frame = self.b.ins().iadd_imm_s(self.fp, i64::from(self.taken) * 8);
        let fuel = self.b.use_var(self.fuel);
        let mut given = vec![frame, deep, fuel];
        given.extend(args);
        let call = if let Some(member) = member {
            let callee = self.parts.member(member, self.b.func);
            self.b.ins().call(callee, &given)
        } else {
            let function = self.linker.function(reference.hash).ok_or_else(unlinked)?;
            if *function.signature() != reference.signature.to_owned() {
                return Err(unlinked());
            }
            let conv = self.b.func.signature.call_conv;
            let signature = signature(reference.signature.params(), reference.signature.ret(), conv);
            let signature = self.b.import_signature(signature);
            let address = self.int(function.address() as usize as i64);
            self.parts.keep(function);
            self.b.ins().call_indirect(signature, address, &given)
        };
        self.forget_state();
        let &[value, fuel] = self.b.inst_results(call) else { unreachable!("functions give two values") };
        self.b.def_var(self.fuel, fuel);
        let ended = self.b.ins().icmp_imm_s(IntCC::Equal, fuel, super::STOPPED);
        let fine = self.cold_if(ended);
        self.end(self.unwind_block, 0, node);
        self.go_on(fine);
        let Some((exit, given)) = around else { return Ok(value) };
        self.b.ins().jump(exit, &[value.into()]);
        self.go_on(exit);
        Ok(given)
    }

    /// Pays for a call and counts it.
    fn enter(&mut self, node: NodeId) {
        self.charge(node);
        let levels = i64::from(self.scope.levels) + 1;
        let room = self.b.use_var(self.room);
        let deeper = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, room, levels);
        let fine = self.cold_if(deeper);
        let slot = *self.depth_slot.get_or_insert_with(|| {
            let word = StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
            self.b.create_sized_stack_slot(word)
        });
        let depth = self.b.ins().stack_load(types::I64, types::I64, slot, 0);
        let deep = self.b.ins().iadd_imm_s(depth, levels);
        self.seldom(runtime::deeper as *const (), &[deep], node);
        self.find_room(depth);
        self.b.ins().jump(fine, &[]);
        self.go_on(fine);
    }

    /// What calls need to be known of this one, which is done in its first block.
    pub(super) fn begins(&mut self) {
        if let Some(slot) = self.depth_slot {
            self.b.ins().stack_store(types::I64, self.depth, slot, 0);
            self.find_room(self.depth);
        }
    }

    /// Asks how many levels below this depth calls have nested.
    fn find_room(&mut self, depth: Value) {
        let reached = self.in_state(types::I32, layout::DEPTH_REACHED);
        let reached = self.b.ins().uextend(types::I64, reached);
        let room = self.b.ins().isub(reached, depth);
        self.b.def_var(self.room, room);
    }

    /// The body that a call is replaced by, if it is.
    fn chosen(&mut self, node: NodeId, callee: u32) -> Option<DefinitionRef<'v>> {
        if self.scope.levels > 0 {
            // Whatever a small function calls is small.
            let callees = super::Callees { members: self.members, linker: self.linker };
            return runtime::callee(self.scope.view, callee, &callees);
        }
        if let Some(view) = self.unrolled(callee) {
            return Some(view);
        }
        let in_loop = self.scope.body.calls.iter().any(|call| call.node == node && call.in_loop);
        self.choice.choose(Call { node, callee, in_loop })
    }

    /// The body of a recursive function, to stand where it is called by its group: once, so that a call of machine code is
    /// several of the language. It has to be small, and to call nothing else.
    fn unrolled(&mut self, callee: u32) -> Option<DefinitionRef<'v>> {
        let reference = self.scope.view.reference(callee);
        if !reference.in_group || self.level < Level::All {
            return None;
        }
        let view = self.members[self.linker.member(reference.hash)?].1;
        let within = |node| match node {
            NdaNode::Call { callee, .. } => view.reference(callee).in_group,
            _ => true,
        };
        let records = self.unrolled + view.node_count();
        let fits = view.signature() == reference.signature && records <= MAX_UNROLLED;
        if !fits || !view.nodes().all(within) {
            return None;
        }
        self.unrolled = records;
        Some(view)
    }

    fn inlined(&mut self, node: NodeId, callee: u32, view: DefinitionRef<'v>) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let operands = body.operands(node);
        let known: Vec<_> =
            operands.iter().map(|&arg| body.node(arg)).map(|arg| is_literal(arg).then_some(arg)).collect();
        let args = self.values(operands)?;
        self.enter(node);
        let inner = self.body_of(self.scope.view.reference(callee).hash, view, &known);
        let exit = self.b.create_block();
        let given = self.b.append_block_param(exit, clif(view.signature().ret()));
        self.within(node, callee, view, Rc::clone(&inner), exit, &args, |this| {
            let value = this.value(inner.root())?;
            this.leave(value);
            Ok(())
        })?;
        self.go_on(exit);
        Ok(given)
    }

    /// The body of a definition as the passes leave it. It is read once, unless the call says something of its arguments.
    pub(super) fn body_of(
        &mut self,
        hash: Hash,
        view: DefinitionRef<'_>,
        known: &[Option<NdaNode>],
    ) -> Rc<Body> {
        let member = self.linker.member(hash).filter(|_| known.iter().all(Option::is_none));
        if let Some(body) = member.and_then(|member| self.bodies[member].as_ref()) {
            return Rc::clone(body);
        }
        let body = Rc::new(read(self.graph, view, self.linker, known));
        if let Some(member) = member {
            self.bodies[member] = Some(Rc::clone(&body));
        }
        body
    }

    /// Translates something of a body that stands where it would be called, and gives its value to `exit`.
    #[expect(clippy::too_many_arguments, reason = "they are what a call has")]
    pub(super) fn within(
        &mut self,
        node: NodeId,
        callee: u32,
        view: DefinitionRef<'v>,
        body: Rc<Body>,
        exit: Block,
        args: &[Value],
        translate: impl FnOnce(&mut Self) -> Done<()>,
    ) -> Done<()> {
        let here = Frame { definition: self.scope.hash, node: self.scope.body.origins[node as usize] };
        let hash = self.scope.view.reference(callee).hash;
        let scope = Scope {
            view,
            hash,
            layouts: self.parts.layouts.of(hash, view),
            body,
            slots: Vec::new(),
            levels: self.scope.levels + 1,
            outer: std::iter::once(here).chain(self.scope.outer.iter().copied()).collect(),
            exit: Some(exit),
            pending: self.pending.len(),
            loops: Vec::new(),
        };
        let outer = std::mem::replace(&mut self.scope, scope);
        let taken = self.taken;
        self.declare_slots()?;
        for (index, &arg) in args.iter().enumerate() {
            self.set_slot(index as u32, arg);
        }
        translate(self)?;
        self.taken = taken;
        self.scope = outer;
        Ok(())
    }

    pub(super) fn host(&mut self, node: NodeId, host: u32) -> Done<Value> {
        let body = Rc::clone(&self.scope.body);
        let reference = self.scope.view.host(host);
        let taken = self.taken;
        if let Some(never) = self.cut_short(node)? {
            return Ok(never);
        }
        let args = self.consecutive(body.operands(node))?;
        let dst = self.take(1)?;
        let ret = reference.signature.ret();
        let entry = HostEntry::new(reference.name, reference.signature.to_owned());
        let call = self.parts.host(HostCall { entry, args, dst });
        let call = self.pointer(call);
        self.work(runtime::host as *const (), &[call, self.fp], node);
        let word = self.word(dst);
        self.taken = taken;
        Ok(self.loaded(word, ret))
    }
}
