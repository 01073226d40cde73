//! Calls replaced by what they call.
//!
//! [`Plans`] reads the bodies that [`crate::passes::inline`] chooses, each as the passes leave it with what its call says of
//! its arguments. The compiler then puts such a body where the call was: its variables are temporaries of the caller,
//! arguments go straight into them (or are no more than another name of one of the caller's), and an [`Enter`](crate::steps::flow::Enter) step pays
//! and counts as the call would have. Traps see the frames that the calls would have had: see [`crate::code::Blame`].

use super::body::Body;
use super::emit::Label;
use super::{CompileError, Compiled, FunctionCompiler, Linker, Sink};
use crate::code::InlinedBody;
use crate::layout::Layouts;
use crate::passes::inline;
use crate::passes::{Graph, is_literal};
use crate::registry::Window;
use nda_graph::{DefinitionRef, Hash, Mode, NdaNode, NodeId, Ty};
use std::sync::Arc;

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
        if !body.calls.is_empty() {
            let mut choice = inline::Choice::new(view, callees);
            self.replace(graph, body, view, callees, &mut plan, &mut |call| choice.choose(call));
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
        choose: &mut dyn FnMut(inline::Call) -> Option<DefinitionRef<'v>>,
    ) {
        for index in 0..body.calls.len() {
            let call = body.calls[index];
            let Some(inlined) = choose(call) else { continue };
            let args = body.operands(call.node).iter().map(|&arg| body.node(arg));
            let args: Vec<_> = args.map(|arg| is_literal(arg).then_some(arg)).collect();
            let constant = |index| callees.linker.constant(inlined.reference(index).hash);
            graph.read(inlined, constant, &args);
            let mut inner = self.spare.pop().unwrap_or_default();
            inner.read(graph, inlined);
            // Whatever a small function calls is small.
            let all = &mut |call: inline::Call| inline::callee(inlined, call.callee, &callees);
            self.replace(graph, &mut inner, inlined, callees, plan, all);
            body.inlined.push((call.node, plan.len() as u32));
            let hash = view.reference(call.callee).hash;
            plan.push(Inlined { hash, view: inlined, body: self.bodies.len() as u32 });
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
    layouts: Option<Arc<Layouts>>,
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
        self.code.enter(levels);
        let scope = (self.members.len() + self.parts.inlined.len()) as u32;
        self.parts.inlined.push(InlinedBody { hash, call: blame });
        let layouts = self.parts.layouts.of(hash, view);
        Ok(Outer {
            layouts: std::mem::replace(&mut self.layouts, layouts),
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
        let Outer { view, hash, body, layouts, scope, window, around } = outer;
        self.layouts = layouts;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Compiler, JitFn};
    use expect_test::expect;
    use nda_graph::{Definition, Draft, Kind, Signature, Target, Value, group, listing};

    /// Definitions by name; later ones call earlier ones, or themselves.
    #[derive(Default)]
    struct Library(Vec<(&'static str, Hash, Definition)>);

    impl Library {
        /// `records` as listings show them, calls by name. Every function takes `params` numbers and gives one.
        fn with(mut self, name: &'static str, params: usize, records: &str) -> Self {
            let signature = |params| Signature::plain(vec![Ty::I64; params], Ty::I64);
            let mut draft = Draft::default();
            draft.begin(Kind::Function, &signature(params)).unwrap();
            let mut partners = Vec::new();
            for record in records.split(';').map(str::trim) {
                let node = match record.strip_prefix("call ") {
                    Some(callee) if callee == name => {
                        let callee = draft.reference(Target::Member, false, &signature(params));
                        partners.push((callee, 0));
                        NdaNode::Call { callee, args: params as u32 }
                    }
                    Some(callee) => {
                        let (_, hash, definition) = self.0.iter().find(|(name, ..)| *name == callee).unwrap();
                        let args = definition.view().signature().arity();
                        let callee = draft.reference(Target::Hash(*hash), false, &signature(args));
                        NdaNode::Call { callee, args: args as u32 }
                    }
                    None => listing::parse(record).unwrap_or_else(|| panic!("no record: {record}")),
                };
                draft.push(node).unwrap_or_else(|reason| panic!("{record}: {reason:?}"));
            }
            let mut members = [draft.finish().unwrap()];
            let hash = match partners.is_empty() {
                true => group::hash_definition(members[0].bytes()),
                false => group::hash_group(&mut members, &[partners])[0],
            };
            let [definition] = members;
            self.0.push((name, hash, definition));
            self
        }

        fn members(&self) -> Vec<(Hash, DefinitionRef<'_>)> {
            self.0.iter().map(|(_, hash, definition)| (*hash, definition.view())).collect()
        }

        /// The last function as it is compiled: bodies in the place of calls.
        fn shown(&self) -> String {
            let members = self.members();
            let &(_, view) = members.last().unwrap();
            let (mut graph, mut body, mut plans) = <(Graph, Body, Plans)>::default();
            graph.read(view, |_| None, &[]);
            body.read(&graph, view);
            let callees = Callees { members: &members, linker: self };
            let plan = plans.plan(&mut graph, &mut body, view, callees);
            self.body(&body, &plan, plans.bodies())
        }

        fn body(&self, body: &Body, plan: &[Inlined<'_>], bodies: &[Body]) -> String {
            let show = |(id, &node): (usize, &NdaNode)| {
                let at = body.inlined.iter().find(|(call, _)| *call == id as NodeId);
                let Some(inlined) = at.map(|&(_, index)| &plan[index as usize]) else {
                    return listing::record(node);
                };
                let (name, ..) = self.0.iter().find(|(_, hash, _)| *hash == inlined.hash).unwrap();
                format!("{name} {{ {} }}", self.body(&bodies[inlined.body as usize], plan, bodies))
            };
            body.nodes.iter().enumerate().map(show).collect::<Vec<_>>().join("; ")
        }
    }

    impl Linker for Library {
        fn member(&self, hash: Hash) -> Option<usize> {
            self.0.iter().position(|(_, known, _)| *known == hash)
        }

        fn function(&self, _: Hash) -> Option<JitFn> {
            None
        }

        fn definition(&self, _: Hash) -> Option<DefinitionRef<'_>> {
            None
        }

        fn constant(&self, _: Hash) -> Option<Value> {
            None
        }
    }

    const SQUARE: &str = "load copy $0; load copy $0; math mul";
    /// 18 records: no longer tiny.
    const POLYNOMIAL: &str = "load copy $0; int 3; math mul; load copy $0; int 5; math add; math mul; \
         load copy $0; int 7; math sub; math mul; load copy $0; int 9; math add; math mul; int 11; math rem; \
         unary neg";

    #[test]
    fn tiny_functions_are_inlined_anywhere() {
        let library = Library::default().with("square", 1, SQUARE);
        let library = library.with("main", 1, "load copy $0; call square; int 1; math add; call square");
        expect!["load copy $0; square { load copy $0; load copy $0; math mul }; int 1; math add; square { load copy $0; load copy $0; math mul }"].assert_eq(&library.shown());
    }

    #[test]
    fn small_functions_are_inlined_in_loops() {
        let library = Library::default().with("polynomial", 1, POLYNOMIAL);
        let library = library.with("once", 1, "load copy $0; call polynomial");
        expect!["load copy $0; call 0 1"].assert_eq(&library.shown());
        let library = library.with(
            "main",
            1,
            "int 0; load copy $0; for_begin $1; load copy $1; call polynomial; discard; for; load copy $0; scope 2 0",
        );
        expect!["int 0; load copy $0; for_begin $1; load copy $1; polynomial { load copy $0; int 3; math mul; load copy $0; int 5; math add; math mul; load copy $0; int 7; math sub; math mul; load copy $0; int 9; math add; math mul; int 11; math rem; unary neg }; discard; for; load copy $0; scope 2 0"].assert_eq(&library.shown());
    }

    #[test]
    fn constants_are_computed_across_the_call() {
        let choose = "load copy $0; int 1; compare lt i64; then; load copy $1; else; int 9; if";
        let library = Library::default().with("choose", 2, choose);
        let library = library.with("main", 1, "int 0; load copy $0; call choose");
        expect!["int 0; load copy $0; choose { load copy $1 }"].assert_eq(&library.shown());
        let library = library.with("other", 0, "int 5; int 6; call choose");
        expect!["int 5; int 6; choose { int 9 }"].assert_eq(&library.shown());
    }

    #[test]
    fn recursion_and_what_calls_it_stays() {
        let library = Library::default().with("down", 1, "load copy $0; call down");
        expect!["load copy $0; call 0 1"].assert_eq(&library.shown());
        let library =
            library.with("over", 1, "load copy $0; call down").with("main", 1, "load copy $0; call over");
        expect!["load copy $0; call 0 1"].assert_eq(&library.shown());
    }

    #[test]
    fn chains_and_growth_are_bounded() {
        let mut library = Library::default().with("f0", 1, "load copy $0");
        for (name, before) in [("f1", "f0"), ("f2", "f1"), ("f3", "f2"), ("f4", "f3")] {
            library = library.with(name, 1, &format!("load copy $0; call {before}"));
        }
        let library =
            library.with("main", 1, "load copy $0; call f3").with("more", 1, "load copy $0; call f4");
        expect!["load copy $0; call 0 1"].assert_eq(&library.shown());
        let calls = "; call f1".repeat(500);
        let library = library.with("long", 1, &format!("load copy $0{calls}"));
        let shown = library.shown();
        // Each body of `f1` weighs three records.
        assert_eq!(shown.matches("f1 {").count(), 333);
        assert_eq!(shown.matches("call").count(), 500 - 333);
    }

    #[test]
    fn the_plan_is_what_is_compiled() {
        let library = Library::default().with("square", 1, SQUARE);
        let library = library.with("main", 1, "load copy $0; call square; call square");
        let compiled = Compiler::default().compile(&library.members(), &library).unwrap();
        let unit = &compiled[0].unit;
        let main = library.0[1].1;
        assert_eq!(unit.inlined.len(), 2);
        assert!(unit.inlined.iter().all(|body| body.hash == library.0[0].1 && body.call.scope == 1));
        assert_eq!(unit.functions[1].hash, main);
        assert_eq!(unit.inlined.iter().map(|body| body.call.node).collect::<Vec<_>>(), [1, 2]);
    }
}
