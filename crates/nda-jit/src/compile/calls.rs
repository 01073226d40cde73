//! Calls: arguments go straight into the callee's frame.

use super::shapes::{self, Class, Tree, Visit};
use super::{CompileError, Compiled, FunctionCompiler, Sink};
use crate::entrance::Entrance;
use crate::number::Word;
use crate::operand::Expr;
use crate::step::Step;
use crate::steps::flow::{Call, CallWith, HostCall, HostEntry};
use nda_graph::{NodeId, Reference, Ty};
use std::sync::Arc;

impl FunctionCompiler<'_, '_> {
    pub(super) fn call(&mut self, node: NodeId, callee: u32, args: u32, dst: u16) -> Compiled {
        if self.is_inlined(node) {
            let sink = if self.body.ty(node) == Ty::UNIT { Sink::Nowhere } else { Sink::Word(dst) };
            return self.inlined_call(node, sink);
        }
        let reference = self.view.reference(callee);
        let target = self.target_of(reference)?;
        let frame = self.take(1 + args)?;
        let call = Call { target: target.entrance, frame, dst, words: Step::<Call>::WORDS as u32 };
        if args == 1 && self.call_with(node, call, &target)? {
            return Ok(());
        }
        let pending = self.pending.len();
        for index in 0..args {
            let arg = self.body.operand(node, index as usize);
            let word = frame + 1 + index as u16;
            self.value(arg, Sink::Word(word))?;
            if self.body.ty(arg).is_object() {
                self.pending.push(word);
            }
        }
        self.pending.truncate(pending);
        self.code.site(0, self.blame(node));
        self.code.call(call, target.member);
        Ok(())
    }

    /// A call with one plain argument that fits inside of the call step.
    fn call_with(&mut self, node: NodeId, call: Call, target: &CallTarget) -> Result<bool, CompileError> {
        let arg = self.body.operand(node, 0);
        let ty = self.body.ty(arg);
        if !self.fits(arg) || ty == Ty::UNIT || self.body.height(arg) > 1 {
            return Ok(false);
        }
        let trees = self.code.mark_trees();
        let tree = self.tree(arg)?;
        let at = self.code.position();
        let emitted = self.code.call_tree(call, target.member, tree, shapes::class(ty));
        if emitted {
            self.code.site_at(at, 0, self.blame(node));
            self.code.tree_sites(at, tree, 1);
        }
        self.code.drop_trees(trees);
        Ok(emitted)
    }

    /// Where a call goes. The caller's unit keeps the callee's alive.
    fn target_of(&mut self, reference: Reference<'_>) -> Result<CallTarget, CompileError> {
        let hash = reference.hash;
        let unlinked = || CompileError::Unlinked { by: self.hash, to: hash };
        if let Some(member) = self.linker.member(hash) {
            let (_, view) = self.members.get(member).ok_or_else(unlinked)?;
            if view.signature() != reference.signature {
                return Err(unlinked());
            }
            return Ok(CallTarget { entrance: std::ptr::null(), member: Some(member) });
        }
        let function = self.linker.function(hash).ok_or_else(unlinked)?;
        if *function.signature() != reference.signature.to_owned() {
            return Err(unlinked());
        }
        let entrance: *const Entrance = &function.unit.entrances[function.function];
        if self.parts.kept.insert(Arc::as_ptr(&function.unit)) {
            self.parts.keeps.push(function.unit);
        }
        Ok(CallTarget { entrance, member: None })
    }

    pub(super) fn host_call(&mut self, node: NodeId, host: u32, args: u32, dst: u16) -> Compiled {
        let reference = self.view.host(host);
        let signature = reference.signature.to_owned();
        let entry = Box::new(HostEntry::new(reference.name, signature));
        let words = self.take(args.max(1))?;
        let pending = self.pending.len();
        for index in 0..args {
            let arg = self.body.operand(node, index as usize);
            let word = words + index as u16;
            self.value(arg, Sink::Word(word))?;
            if self.body.ty(arg).is_object() {
                self.pending.push(word);
            }
        }
        self.pending.truncate(pending);
        self.code.site(0, self.blame(node));
        self.code.step(HostCall { host: &*entry, args: words, dst });
        self.parts.hosts.push(entry);
        Ok(())
    }
}

struct CallTarget {
    /// Of a function of another unit.
    entrance: *const Entrance,
    member: Option<usize>,
}

/// Emits a call step around its argument.
struct CallSink<'e> {
    buffer: &'e mut super::emit::Buffer,
    call: Call,
    member: Option<usize>,
}

impl<T: Word> Visit<T> for CallSink<'_> {
    fn visit<E: Expr<Out = T>>(self, argument: E) {
        let words = Step::<CallWith<E>>::WORDS as u32;
        let call = Call { words, ..self.call };
        self.buffer.call(CallWith { call, argument }, self.member);
    }
}

impl super::emit::Emitter {
    /// A call with an argument inside; whether there is such a step.
    fn call_tree(&mut self, call: Call, member: Option<usize>, tree: Tree, class: Class) -> bool {
        let (buffer, trees) = self.split();
        let sink = CallSink { buffer, call, member };
        match class {
            Class::Int => shapes::small_int(trees, tree, sink),
            _ => shapes::leaf::<i64>(tree, sink),
        }
    }
}
