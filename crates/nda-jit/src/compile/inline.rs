//! Calls replaced by what they call.
//!
//! [`Plans`] reads the bodies that [`crate::passes::inline`] chooses, each as the passes leave it with what its call says of
//! its arguments. The compiler then puts such a body where the call was: its variables are temporaries of the caller,
//! arguments go straight into them (or are no more than another name of one of the caller's), and an [`Enter`] step pays
//! and counts as the call would have. Traps see the frames that the calls would have had: see [`crate::code::Blame`].

use super::body::Body;
use super::emit::Label;
use super::{CompileError, Compiled, FunctionCompiler, Linker, Sink};
use crate::code::InlinedBody;
use crate::passes::inline::{self, Candidates};
use crate::passes::{Graph, is_literal};
use crate::registry::Window;
use crate::steps::flow::Enter;
use nda_graph::{DefinitionRef, Hash, Mode, NdaNode, NodeId, Ty};

/// A body that a call is replaced by.
#[derive(Debug)]
pub(super) struct Inlined<'v> {
    hash: Hash,
    view: DefinitionRef<'v>,
    /// Which of the plan's bodies.
    body: u32,
}

/// The bodies inlined into the function at hand. Keeps its memory between functions.
#[derive(Default, Debug)]
pub(super) struct Plans {
    bodies: Vec<Body>,
    /// Memory for more of them.
    spare: Vec<Body>,
}

/// Where callees are looked for.
#[derive(Clone, Copy)]
pub(super) struct Callees<'v> {
    pub(super) members: &'v [(Hash, DefinitionRef<'v>)],
    pub(super) linker: &'v dyn Linker,
}

impl<'v> inline::Callees<'v> for Callees<'v> {
    fn definition(&self, hash: Hash) -> Option<DefinitionRef<'v>> {
        match self.linker.member(hash) {
            Some(member) => self.members.get(member).map(|&(_, view)| view),
            None => self.linker.definition(hash),
        }
    }
}

impl Plans {
    /// Decides what is inlined into a function whose body has been read.
    pub(super) fn plan<'v>(
        &mut self,
        graph: &mut Graph,
        body: &mut Body,
        view: DefinitionRef<'v>,
        callees: Callees<'v>,
    ) -> Vec<Inlined<'v>> {
        self.spare.append(&mut self.bodies);
        let mut plan = Vec::new();
        if let Some(mut candidates) = Candidates::of(view, &callees) {
            self.replace(graph, body, view, callees, &mut plan, &mut |callee, in_loop| {
                candidates.choose(callee, in_loop)
            });
        }
        plan
    }

    /// The bodies that entries of the plan name.
    pub(super) fn bodies(&self) -> &[Body] {
        &self.bodies
    }

    fn replace<'v>(
        &mut self,
        graph: &mut Graph,
        body: &mut Body,
        view: DefinitionRef<'v>,
        callees: Callees<'v>,
        plan: &mut Vec<Inlined<'v>>,
        choose: &mut dyn FnMut(u32, bool) -> Option<DefinitionRef<'v>>,
    ) {
        for (call, callee, in_loop) in inline::calls(&body.nodes) {
            let Some(inlined) = choose(callee, in_loop) else { continue };
            let args: Vec<_> = body.operands(call).iter().map(|&arg| body.node(arg)).collect();
            let args: Vec<_> = args.into_iter().map(|arg| is_literal(arg).then_some(arg)).collect();
            let constant = |index| callees.linker.constant(inlined.reference(index).hash);
            graph.read(inlined, constant, &args);
            let mut inner = self.spare.pop().unwrap_or_default();
            inner.read(graph, inlined);
            // Whatever a small function calls is small.
            let all = &mut |callee, _| inline::Callees::definition(&callees, inlined.reference(callee).hash);
            self.replace(graph, &mut inner, inlined, callees, plan, all);
            body.inlined.push((call, plan.len() as u32));
            plan.push(Inlined {
                hash: view.reference(callee).hash,
                view: inlined,
                body: self.bodies.len() as u32,
            });
            self.bodies.push(inner);
        }
    }
}

/// Where the body at hand is inlined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// Where `return` goes, and its value; none if there is no `return`.
    exit: Option<(Label, Sink)>,
    /// How many owned objects of the callers wait.
    pending: usize,
    /// How many calls deeper than the function's own it would be.
    levels: u32,
}

/// What the compiler was at before it began an inlined body.
pub(super) struct Outer<'c, 'v> {
    view: DefinitionRef<'v>,
    hash: Hash,
    body: &'c Body,
    scope: u32,
    window: Window,
    around: Option<Around>,
}

impl<'c, 'v> FunctionCompiler<'c, 'v> {
    fn inlined(&self, call: NodeId) -> Option<&'c Inlined<'v>> {
        let inlined = &self.body.inlined;
        let at = inlined.binary_search_by_key(&call, |&(node, _)| node).ok()?;
        Some(&self.plan[inlined[at].1 as usize])
    }

    /// Whether a call is replaced.
    pub(super) fn is_inlined(&self, call: NodeId) -> bool {
        self.inlined(call).is_some()
    }

    /// Whether a call is replaced by a body that gives its value at its end only, so that it is like any expression.
    pub(super) fn is_expression(&self, call: NodeId) -> bool {
        self.inlined(call).is_some_and(|inlined| !self.bodies[inlined.body as usize].returns)
    }

    /// A call that is replaced, its value into a sink.
    pub(super) fn inlined_call(&mut self, call: NodeId, sink: Sink) -> Compiled {
        let exit = (!self.is_expression(call)).then(|| (self.code.label(), sink));
        let outer = self.begin_inlined(call, exit)?;
        self.value(self.body.root(), sink)?;
        if let Some((end, _)) = exit {
            self.code.bind(end);
        }
        self.end_inlined(outer);
        Ok(())
    }

    /// Arguments and entry of a call that is replaced; the body at hand is the callee's from here on. Its words belong
    /// to whoever gives back the registry's mark.
    pub(super) fn begin_inlined(
        &mut self,
        call: NodeId,
        exit: Option<(Label, Sink)>,
    ) -> Result<Outer<'c, 'v>, CompileError> {
        let inlined = self.inlined(call).expect("only calls in the plan are replaced");
        let (view, hash, body) = (inlined.view, inlined.hash, &self.bodies[inlined.body as usize]);
        let args = self.body.operands(call);
        let first = self.take(view.slot_count())?;
        let mut window = Window { first, slots: view.slot_count(), aliases: Vec::new() };
        let pending = self.pending.len();
        for (slot, &arg) in args.iter().enumerate() {
            let word = first + slot as u16;
            if !body.changes[slot] {
                if is_literal(self.body.node(arg)) {
                    // The passes put the constant where the parameter was used.
                    continue;
                }
                if let Some(variable) = self.lasting(arg, &args[slot + 1..]) {
                    window.aliases.resize(slot + 1, 0);
                    window.aliases[slot] = variable;
                    continue;
                }
            }
            self.value(arg, Sink::Word(word))?;
            if self.body.ty(arg).is_object() {
                self.pending.push(word);
            }
        }
        self.pending.truncate(pending);
        let levels = 1 + self.around.map_or(0, |around| around.levels);
        let blame = self.blame(call);
        self.code.site(0, blame);
        self.code.step(Enter { levels });
        let scope = (self.members.len() + self.parts.inlined.len()) as u32;
        self.parts.inlined.push(InlinedBody { hash, call: blame });
        Ok(Outer {
            view: std::mem::replace(&mut self.view, view),
            hash: std::mem::replace(&mut self.hash, hash),
            body: std::mem::replace(&mut self.body, body),
            scope: std::mem::replace(&mut self.scope, scope),
            window: self.registry.enter(window),
            around: self.around.replace(Around { exit, pending, levels }),
        })
    }

    /// The body at hand ends.
    pub(super) fn end_inlined(&mut self, outer: Outer<'c, 'v>) {
        let Outer { view, hash, body, scope, window, around } = outer;
        (self.view, self.hash, self.body, self.scope, self.around) = (view, hash, body, scope, around);
        self.registry.enter(window);
    }

    /// The word of a plain variable, if the arguments to its right do not change it.
    fn lasting(&self, arg: NodeId, rest: &[NodeId]) -> Option<u16> {
        let NdaNode::Load { slot, mode: Mode::Copy } = self.body.node(arg) else { return None };
        let word = self.registry.slot(slot);
        let lasts = rest.iter().all(|&arg| self.fits(arg)) || !self.may_change(word);
        lasts.then_some(word)
    }

    /// `return`: out of the function, or to the end of the inlined body.
    pub(super) fn leave_body(&mut self, value: NodeId) -> Compiled {
        let Some(around) = self.around else { return self.value(value, Sink::Return) };
        let (end, sink) = around.exit.expect("a body that returns has an exit");
        self.value(value, sink)?;
        if self.body.ty(value) != Ty::NEVER {
            self.release_pending(around.pending);
            self.code.jump(end);
        }
        Ok(())
    }
}
