//! Passes: the graph made smaller before it is compiled. Every one keeps value, trap, output, fuel, memory and depth.
//!
//! One walk over the records does them all, each rule in a file of its own: [`propagate`] replaces variables that are
//! only another name of a constant or of another variable, [`fold`] computes operators on constants (never one that
//! would trap), [`branches`] drops the part of an `if` that cannot run. [`inline`] decides which calls are replaced by what
//! they call; a body that replaces a call goes through the same walk again, with what the call says of its arguments, so
//! that constants and conditions are computed across calls. [`recurrence`] reads loops that tier 2 computes without going
//! round. Strength reduction happens where steps are
//! chosen ([`crate::compile::shapes`]): a division by a power of two is a shift there. Functions that an entry cannot reach
//! are never compiled at all; the engine sees to that.
//!
//! Records keep the number they had ([`Graph::origins`]), so that a trap finds its place in the source.

mod branches;
mod fold;
pub(crate) mod inline;
mod propagate;
pub(crate) mod recurrence;

use branches::OpenIf;
pub use fold::is_literal;
use nda_graph::{DefinitionRef, Kind, Mode, NdaNode, NodeId, Value};
use propagate::Known;

/// A body on its way to being compiled. Keeps its memory between bodies.
#[derive(Default, Debug)]
pub struct Graph {
    /// The records.
    pub nodes: Vec<NdaNode>,
    /// By record: which record of the definition it was.
    pub origins: Vec<NodeId>,
    /// By slot: whether anything but its declaration changes it.
    pub changes: Vec<bool>,
    known: Vec<Known>,
    ifs: Vec<OpenIf>,
}

impl Graph {
    /// Reads a definition and makes it smaller. `constant` gives the values of constants by their index; `args` are
    /// the plain constants that its parameters are known to be.
    pub fn read(
        &mut self,
        view: DefinitionRef<'_>,
        constant: impl Fn(u32) -> Option<Value>,
        args: &[Option<NdaNode>],
    ) {
        self.nodes.clear();
        self.origins.clear();
        self.ifs.clear();
        let slots = view.slot_count() as usize;
        self.changes.clear();
        self.changes.resize(slots, false);
        self.known.clear();
        self.known.resize(slots, Known::Nothing);
        view.changed_slots().for_each(|slot| self.changes[slot as usize] = true);
        for (slot, arg) in args.iter().enumerate() {
            if let Some(value) = arg.filter(|_| !self.changes[slot]) {
                self.known[slot] = Known::Constant(value);
            }
        }
        // The variables of an example are looked at when it has run, so all of them have to be there.
        let keep_all = view.kind() == Kind::Example;
        for (node, origin) in view.nodes().zip(0..) {
            self.add(node, origin, keep_all, &constant);
        }
    }

    fn add(
        &mut self,
        node: NdaNode,
        origin: NodeId,
        keep_all: bool,
        constant: &impl Fn(u32) -> Option<Value>,
    ) {
        match node {
            NdaNode::Const(index) => {
                let literal = constant(index).and_then(|value| fold::literal(&value));
                self.push(literal.unwrap_or(node), origin);
            }
            NdaNode::Load { slot, mode: Mode::Copy } => {
                self.push(self.known[slot as usize].instead_of(node), origin);
            }
            NdaNode::Let { slot, .. } if !keep_all && !self.changes[slot as usize] => {
                match self.nodes.last().and_then(|&value| Known::from_value(value, &self.changes)) {
                    Some(known) => {
                        self.known[slot as usize] = known;
                        // Nothing is left to do, and nothing to evaluate.
                        self.pop();
                        self.push(NdaNode::Unit, origin);
                    }
                    None => self.push(node, origin),
                }
            }
            NdaNode::Math(op) => {
                let [.., a, b] = self.nodes[..] else { return self.push(node, origin) };
                match fold::math(op, a, b) {
                    fold::Folded::Value(value) => self.replace(2, value, origin),
                    fold::Folded::First => self.pop(),
                    fold::Folded::Nothing => self.push(node, origin),
                }
            }
            NdaNode::Unary(op) => match self.nodes.last().and_then(|&a| fold::unary(op, a)) {
                Some(value) => self.replace(1, value, origin),
                None => self.push(node, origin),
            },
            NdaNode::Compare { op, .. } => {
                let [.., a, b] = self.nodes[..] else { return self.push(node, origin) };
                match fold::compare(op, a, b) {
                    Some(value) => self.replace(2, value, origin),
                    None => self.push(node, origin),
                }
            }
            NdaNode::Then => {
                self.ifs.push(OpenIf::new(&self.nodes));
                self.push(node, origin);
            }
            NdaNode::Else => {
                if let Some(open) = self.ifs.last_mut() {
                    open.otherwise(self.nodes.len());
                }
                self.push(node, origin);
            }
            NdaNode::If => match self.ifs.pop().and_then(OpenIf::decided) {
                Some(kept) => {
                    kept.keep(&mut self.nodes);
                    kept.keep(&mut self.origins);
                }
                None => self.push(node, origin),
            },
            _ => self.push(node, origin),
        }
    }

    fn push(&mut self, node: NdaNode, origin: NodeId) {
        self.nodes.push(node);
        self.origins.push(origin);
    }

    fn pop(&mut self) {
        self.nodes.pop();
        self.origins.pop();
    }

    /// The last `count` records, which are operands, become one value.
    fn replace(&mut self, count: usize, value: NdaNode, origin: NodeId) {
        (0..count).for_each(|_| self.pop());
        self.push(value, origin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nda_graph::{CompareOp, Draft, MathOp, Signature, Ty, listing};

    /// What a body looks like after the passes.
    fn after(params: &[Ty], nodes: &[NdaNode]) -> String {
        let mut draft = Draft::default();
        let signature = Signature::plain(params.to_vec(), Ty::I64);
        draft.begin(Kind::Function, &signature).unwrap();
        for &node in nodes {
            draft.push(node).unwrap();
        }
        let definition = draft.finish().unwrap();
        let mut graph = Graph::default();
        graph.read(definition.view(), |_| None, &[]);
        graph.nodes.iter().map(|&node| listing::record(node)).collect::<Vec<_>>().join("; ")
    }

    const LOAD: fn(u32) -> NdaNode = |slot| NdaNode::Load { slot, mode: Mode::Copy };

    #[test]
    fn operators_on_constants_are_computed_unless_they_trap() {
        let add = NdaNode::Math(MathOp::Add);
        assert_eq!(after(&[], &[NdaNode::Int(2), NdaNode::Int(3), add]), "int 5");
        assert_eq!(
            after(&[], &[NdaNode::Int(i64::MAX), NdaNode::Int(1), add]),
            "int 9223372036854775807; int 1; math add"
        );
        let div = NdaNode::Math(MathOp::Div);
        assert_eq!(after(&[], &[NdaNode::Int(1), NdaNode::Int(0), div]), "int 1; int 0; math div");
        assert_eq!(after(&[Ty::I64], &[LOAD(0), NdaNode::Int(0), add]), "load copy $0");
    }

    #[test]
    fn names_of_constants_and_variables_go() {
        let let_one = NdaNode::Let { slot: 1, ty: Ty::I64 };
        let scope = NdaNode::Scope { count: 2, drops: 0 };
        assert_eq!(
            after(
                &[Ty::I64],
                &[NdaNode::Int(7), let_one, LOAD(0), LOAD(1), NdaNode::Math(MathOp::Mul), scope]
            ),
            "unit; load copy $0; int 7; math mul; scope 2 0"
        );
        assert_eq!(after(&[Ty::I64], &[LOAD(0), let_one, LOAD(1), scope]), "unit; load copy $0; scope 2 0");
        // A variable that changes keeps its name, and so does one that a changing variable's value was given to.
        let scope = NdaNode::Scope { count: 3, drops: 0 };
        assert_eq!(
            after(
                &[Ty::I64],
                &[LOAD(0), let_one, NdaNode::Int(1), NdaNode::Store { slot: 0 }, LOAD(1), scope]
            ),
            "load copy $0; let $1 i64; int 1; store $0; load copy $1; scope 3 0"
        );
    }

    #[test]
    fn the_part_of_an_if_that_cannot_run_goes() {
        let less = NdaNode::Compare { op: CompareOp::Lt, ty: Ty::I64 };
        let nodes = [
            NdaNode::Int(1),
            NdaNode::Int(2),
            less,
            NdaNode::Then,
            LOAD(0),
            NdaNode::Else,
            NdaNode::Int(9),
            NdaNode::If,
        ];
        assert_eq!(after(&[Ty::I64], &nodes), "load copy $0");
    }
}
