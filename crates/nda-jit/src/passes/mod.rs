//! Passes: the graph made smaller before it is compiled. Every one keeps value, trap, output, fuel, memory and depth.
//!
//! One walk over the records does them all, each rule in a file of its own: [`propagate`] replaces variables that are
//! only another name of a constant, of another variable or of what the next operator takes, [`fold`] computes operators on constants (never one that
//! would trap), [`branches`] drops the part of an `if` that cannot run. [`inline`] decides which calls are replaced by what
//! they call; a body that replaces a call goes through the same walk again, with what the call says of its arguments, so
//! that constants and conditions are computed across calls. [`recurrence`] reads loops that tier 2 computes without going
//! round. Strength reduction happens where steps are
//! chosen ([`crate::compile::shapes`]): a division by a power of two is a shift there. Functions that an entry cannot reach
//! are never compiled at all; the engine sees to that.
//!
//! Records keep the number they had ([`Graph::origins`]), so that a trap finds its place in the source.
//!
//! [`explain`] shows people what each of them does to a body.

mod branches;
mod explain;
mod fold;
pub(crate) mod inline;
mod propagate;
pub(crate) mod recurrence;

use branches::OpenIf;
pub use explain::explain;
pub use fold::is_literal;
use nda_graph::{DefinitionRef, Kind, Mode, NdaNode, NodeId, Value};
use propagate::{Known, Loads};

/// Which rules the walk applies: all of them, unless somebody wants to see what one does.
#[derive(Clone, Copy, Debug)]
struct Rules {
    propagate: bool,
    fold: bool,
    branches: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { propagate: true, fold: true, branches: true }
    }
}

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
    loads: Loads,
    ifs: Vec<OpenIf>,
    rules: Rules,
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
        self.loads.clear();
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
            self.add(node, origin, view, keep_all, &constant);
        }
    }

    fn add(
        &mut self,
        node: NdaNode,
        origin: NodeId,
        view: DefinitionRef<'_>,
        keep_all: bool,
        constant: &impl Fn(u32) -> Option<Value>,
    ) {
        match node {
            NdaNode::Const(index) if self.rules.fold => {
                let literal = constant(index).and_then(|value| fold::literal(&value));
                self.push(literal.unwrap_or(node), origin);
            }
            NdaNode::Load { slot, mode: Mode::Copy } => {
                self.push(self.known[slot as usize].instead_of(node), origin);
            }
            NdaNode::Let { slot, .. }
                if self.rules.propagate && !keep_all && !self.changes[slot as usize] =>
            {
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
            NdaNode::Load { slot, mode: Mode::Move }
                if self.rules.propagate && !keep_all && !self.changes[slot as usize] =>
            {
                match propagate::row_for(slot, &self.nodes, &mut self.loads, view) {
                    // The value stands where it is taken, and nothing where it was declared.
                    Some(start) => {
                        let declared = self.origins[self.nodes.len() - 1];
                        self.pop();
                        self.nodes.insert(start, NdaNode::Unit);
                        self.origins.insert(start, declared);
                        self.known[slot as usize] = Known::Gone;
                    }
                    None => self.push(node, origin),
                }
            }
            NdaNode::Drop { slot } if matches!(self.known[slot as usize], Known::Gone) => {
                self.push(NdaNode::Unit, origin);
            }
            NdaNode::Math(op) if self.rules.fold => {
                let [.., a, b] = self.nodes[..] else { return self.push(node, origin) };
                match fold::math(op, a, b) {
                    fold::Folded::Value(value) => self.replace(2, value, origin),
                    fold::Folded::First => self.pop(),
                    fold::Folded::Nothing => self.push(node, origin),
                }
            }
            NdaNode::Unary(op) if self.rules.fold => {
                match self.nodes.last().and_then(|&a| fold::unary(op, a)) {
                    Some(value) => self.replace(1, value, origin),
                    None => self.push(node, origin),
                }
            }
            NdaNode::Compare { op, .. } if self.rules.fold => {
                let [.., a, b] = self.nodes[..] else { return self.push(node, origin) };
                match fold::compare(op, a, b) {
                    Some(value) => self.replace(2, value, origin),
                    None => self.push(node, origin),
                }
            }
            NdaNode::Then if self.rules.branches => {
                self.ifs.push(OpenIf::new(&self.nodes));
                self.push(node, origin);
            }
            NdaNode::Else if self.rules.branches => {
                if let Some(open) = self.ifs.last_mut() {
                    open.otherwise(self.nodes.len());
                }
                self.push(node, origin);
            }
            NdaNode::If if self.rules.branches => match self.ifs.pop().and_then(OpenIf::decided) {
                Some(kept) => {
                    kept.keep(&mut self.nodes);
                    kept.keep(&mut self.origins);
                }
                None => self.push(node, origin),
            },
            _ => self.push(node, origin),
        }
    }

    /// The records, by the number they had.
    fn records(&self) -> impl Iterator<Item = (NodeId, NdaNode)> {
        self.origins.iter().copied().zip(self.nodes.iter().copied())
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

/// What the snapshots of the passes are made with.
#[cfg(test)]
mod tests {
    use super::{Graph, Rules};
    use nda_graph::{Definition, Draft, Kind, Signature, Ty, listing};

    /// A function that gives an `i64`, from its records as `nda show --nodes` prints them, one a line.
    pub(super) fn definition(params: &[Ty], records: &str) -> Definition {
        let mut draft = Draft::default();
        draft.begin(Kind::Function, &Signature::plain(params.to_vec(), Ty::I64)).unwrap();
        for line in records.lines().map(str::trim).filter(|line| !line.is_empty()) {
            draft.push(listing::parse(line).expect(line)).unwrap();
        }
        draft.finish().unwrap()
    }

    pub(super) const NONE: Rules = Rules { propagate: false, fold: false, branches: false };

    /// The listing of that body after some rules.
    pub(super) fn after(rules: Rules, params: &[Ty], records: &str) -> String {
        let definition = definition(params, records);
        let mut graph = Graph { rules, ..Graph::default() };
        graph.read(definition.view(), |_| None, &[]);
        listing::list_some(graph.records(), definition.view())
    }
}
