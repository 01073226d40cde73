//! Which neighbouring operators on vectors are done in one pass: a tree of them, each result of which the next one takes.
//!
//! All that the tree reads is evaluated first, then all its operators are charged for, one by one, and then they run together
//! (`steps/fused.rs`). So nothing may come between two operators that anybody could tell from it: whatever charges,
//! traps, calls or changes variables has to be evaluated before the first of them, or the tree ends there.

use super::body::Body;
use super::shapes::{math_traps, unary_traps};
use nda_graph::types::Form;
use nda_graph::{DefinitionRef, Mode, NdaNode, NodeId, Slot, TensorOp, Ty};

/// Most operators of a tree: each has a number in an octet.
pub const MOST: usize = 16;

/// A part of a tree, in the order of evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// A vector that the tree reads.
    Vector(NodeId),
    /// An operator.
    Op {
        /// Its record.
        node: NodeId,
        /// Which.
        op: TensorOp,
        /// What it takes besides the value that its first operand has left.
        with: With,
    },
}

/// A second operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum With {
    /// There is none.
    Nothing,
    /// What was computed last.
    Last,
    /// A vector that the tree reads.
    Vector(NodeId),
    /// A number.
    Number(NodeId),
}

/// The tree below an operator on vectors; none if it is alone.
#[must_use]
pub fn tree(body: &Body, view: DefinitionRef<'_>, root: NodeId) -> Option<Vec<Part>> {
    // Most have no neighbour, which is quickly seen.
    let alone = |&operand: &NodeId| operator(body, operand).is_none();
    if operator(body, root).is_none() || body.operands(root).iter().all(alone) {
        return None;
    }
    let mut tree = Tree { body, view, parts: Vec::new(), operators: 0, is_loud: false };
    tree.value(root, 0);
    tree.parts.reverse();
    (tree.operators > 1).then_some(tree.parts)
}

/// The operator of a record that works on each element alone, if it ever comes to work.
fn operator(body: &Body, node: NodeId) -> Option<TensorOp> {
    let NdaNode::Tensor { op, .. } = body.node(node) else { return None };
    let comes = || body.operands(node).iter().all(|&operand| body.ty(operand) != Ty::NEVER);
    (op.is_on_each() && comes()).then_some(op)
}

/// A tree as it is found: from its root, what is evaluated last comes first.
struct Tree<'b, 'v> {
    body: &'b Body,
    view: DefinitionRef<'v>,
    parts: Vec<Part>,
    operators: usize,
    /// Whether something was found that no operator may come before.
    is_loud: bool,
}

impl Tree<'_, '_> {
    /// Adds a vector, while so many values wait.
    fn value(&mut self, node: NodeId, waiting: usize) {
        let Some(op) = self.joins(node, waiting) else {
            self.is_loud |= !self.is_quiet(node);
            return self.parts.push(Part::Vector(node));
        };
        self.operators += 1;
        let &[first, ref rest @ ..] = self.body.operands(node) else { unreachable!("it has operands") };
        let with = match rest {
            [] => With::Nothing,
            &[second] if op == TensorOp::Scale => With::Number(second),
            &[second, ..] if self.joins(second, waiting + 1).is_some() => With::Last,
            &[second, ..] => With::Vector(second),
        };
        self.parts.push(Part::Op { node, op, with });
        match with {
            With::Nothing => {}
            With::Last => self.value(rest[0], waiting + 1),
            With::Vector(node) | With::Number(node) => self.is_loud |= !self.is_quiet(node),
        }
        self.value(first, waiting);
    }

    fn joins(&self, node: NodeId, waiting: usize) -> Option<TensorOp> {
        let has_room = self.operators < MOST && waiting <= nda_tensor::fused::MOST_WAITING;
        operator(self.body, node).filter(|_| has_room && !self.is_loud)
    }

    /// Whether nobody can tell when a value is computed: it charges nothing, never traps, and looks at what operators on vectors
    /// do not change.
    fn is_quiet(&self, node: NodeId) -> bool {
        let body = self.body;
        let all = || body.operands(node).iter().all(|&operand| self.is_quiet(operand));
        match body.node(node) {
            NdaNode::Load { .. }
            | NdaNode::Const(_)
            | NdaNode::Int(_)
            | NdaNode::Float(_)
            | NdaNode::Weights { .. } => true,
            NdaNode::Math(op) => !math_traps(op) && all(),
            NdaNode::Unary(op) => !unary_traps(op) && all(),
            // What may be of another variant is checked.
            NdaNode::Field { .. } => {
                let whole = body.operand(node, 0);
                let form = self.view.types().composite(body.ty(whole)).map(|composite| composite.form());
                form != Some(Form::Enum)
                    && matches!(body.node(whole), NdaNode::Load { mode: Mode::Borrow, .. })
            }
            _ => false,
        }
    }
}

/// The variables that a tree empties. What it reads of them before has to be kept elsewhere.
pub fn emptied<'t>(body: &'t Body, parts: &'t [Part]) -> impl Iterator<Item = Slot> + 't {
    parts.iter().filter_map(|&part| match part {
        Part::Vector(node) | Part::Op { with: With::Vector(node), .. } => match body.node(node) {
            NdaNode::Load { slot, mode: Mode::Move } => Some(slot),
            _ => None,
        },
        Part::Op { .. } => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Part, With, tree};
    use crate::compile::body::Body;
    use crate::passes::Graph;
    use expect_test::{Expect, expect};
    use nda_graph::{Definition, Draft, Kind, Mode, NdaNode, Signature, TensorOp, TensorShape, Ty, Types};

    /// A function of three vectors and a number.
    fn definition(records: impl FnOnce(Ty) -> Vec<NdaNode>) -> Definition {
        let mut types = Types::default();
        let vector = types.tensor(TensorShape::Vector(300));
        let mut draft = Draft::default();
        draft
            .begin(
                Kind::Function,
                &Signature { params: vec![vector, vector, vector, Ty::F64], ret: vector, types },
            )
            .unwrap();
        for record in records(vector) {
            draft.push(record).unwrap();
        }
        draft.finish().unwrap()
    }

    /// The trees of a body, one a line.
    fn check(records: impl FnOnce(Ty) -> Vec<NdaNode>, expected: Expect) {
        let definition = definition(records);
        let (mut graph, mut body) = (Graph::default(), Body::default());
        graph.read(definition.view(), |_| None, &[]);
        body.read(&graph, definition.view());
        let show = |part: &Part| match part {
            Part::Vector(node) => format!("%{node}"),
            Part::Op { op, with: With::Nothing, .. } => op.name().to_owned(),
            Part::Op { op, with: With::Last, .. } => format!("{} both", op.name()),
            Part::Op { op, with: With::Vector(node) | With::Number(node), .. } => {
                format!("{} %{node}", op.name())
            }
        };
        let trees = (0..=body.root()).filter_map(|node| Some((node, tree(&body, definition.view(), node)?)));
        let lines = trees.map(|(node, parts)| {
            format!("%{node} = {}\n", parts.iter().map(show).collect::<Vec<_>>().join(", "))
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    const fn load(slot: u32, mode: Mode) -> NdaNode {
        NdaNode::Load { slot, mode }
    }

    /// `relu(a + b) * s - c * relu(c)`: one pass.
    #[test]
    fn a_tree_is_one_pass() {
        check(
            |ty| {
                let op = |op| NdaNode::Tensor { op, ty };
                vec![
                    load(0, Mode::Move),
                    load(1, Mode::Borrow),
                    op(TensorOp::Add),
                    op(TensorOp::Relu),
                    load(3, Mode::Copy),
                    op(TensorOp::Scale),
                    load(2, Mode::Share),
                    load(2, Mode::Move),
                    op(TensorOp::Relu),
                    op(TensorOp::Multiply),
                    op(TensorOp::Subtract),
                    NdaNode::Drop { slot: 1 },
                    NdaNode::Scope { count: 2, drops: 1 },
                ]
            },
            expect![[r#"
                %3 = %0, tensor_add %1, relu
                %5 = %0, tensor_add %1, relu, tensor_scale %4
                %9 = %6, %7, relu, tensor_multiply both
                %10 = %0, tensor_add %1, relu, tensor_scale %4, %6, %7, relu, tensor_multiply both, tensor_subtract both
            "#]],
        );
    }

    /// `let d = a + b; let e = relu(d); e * s`: variables that only the next operator takes part nothing.
    #[test]
    fn a_tree_goes_on_through_variables() {
        check(
            |ty| {
                let op = |op| NdaNode::Tensor { op, ty };
                vec![
                    load(0, Mode::Move),
                    load(1, Mode::Borrow),
                    op(TensorOp::Add),
                    NdaNode::Let { slot: 4, ty },
                    load(4, Mode::Move),
                    op(TensorOp::Relu),
                    NdaNode::Let { slot: 5, ty },
                    load(5, Mode::Move),
                    load(3, Mode::Copy),
                    op(TensorOp::Scale),
                    NdaNode::Drop { slot: 1 },
                    NdaNode::Drop { slot: 2 },
                    NdaNode::Drop { slot: 4 },
                    NdaNode::Scope { count: 6, drops: 3 },
                ]
            },
            expect![[r#"
                %5 = %2, tensor_add %3, relu
                %7 = %2, tensor_add %3, relu, tensor_scale %6
            "#]],
        );
    }

    /// `relu(a) + softmax(b)`: what charges between two operators parts them. `relu(softmax(b) - a)`: before both it does not.
    #[test]
    fn what_charges_ends_a_tree() {
        let rest = [NdaNode::Drop { slot: 2 }, NdaNode::Scope { count: 2, drops: 1 }];
        check(
            |ty| {
                let op = |op| NdaNode::Tensor { op, ty };
                let mut records = vec![
                    load(0, Mode::Move),
                    op(TensorOp::Relu),
                    load(1, Mode::Move),
                    op(TensorOp::Softmax),
                    op(TensorOp::Add),
                ];
                records.extend(rest);
                records
            },
            expect![""],
        );
        check(
            |ty| {
                let op = |op| NdaNode::Tensor { op, ty };
                let mut records = vec![
                    load(1, Mode::Move),
                    op(TensorOp::Softmax),
                    load(0, Mode::Move),
                    op(TensorOp::Subtract),
                    op(TensorOp::Relu),
                ];
                records.extend(rest);
                records
            },
            expect![[r#"
                %4 = %1, tensor_subtract %2, relu
            "#]],
        );
    }
}
