//! A body as a tree: for each record, which records give its operands.

use crate::object::{Text, Val};
use nda_graph::{DefinitionRef, Hash, NdaNode, NodeId};
use std::rc::Rc;

/// A definition's records with their operands.
pub(crate) struct Body<'p> {
    pub(crate) hash: Hash,
    pub(crate) view: DefinitionRef<'p>,
    records: Vec<Record>,
    /// The value of each `Text` record: one object, however often it is evaluated.
    texts: Vec<Option<Val>>,
}

/// A record and what it works on.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) node: NdaNode,
    /// The records of its operands. A closing record (`If`, `While`, …) has the values of all its parts.
    pub(crate) operands: Rc<[NodeId]>,
    /// For a closing record, the last marker of its part; for any other, itself.
    pub(crate) marker: NodeId,
}

/// A part whose closing record has not come yet.
struct Open {
    operands: Vec<NodeId>,
    marker: NodeId,
}

impl<'p> Body<'p> {
    pub(crate) fn new(hash: Hash, view: DefinitionRef<'p>) -> Self {
        let mut records = Vec::with_capacity(view.node_count() as usize);
        let mut waiting: Vec<NodeId> = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        for (id, node) in view.nodes().enumerate() {
            let id = id as NodeId;
            let taken = waiting.split_off(waiting.len() - operand_count(node, view));
            let (operands, marker) = match node {
                NdaNode::Then
                | NdaNode::Rhs
                | NdaNode::LoopBegin { .. }
                | NdaNode::WhileBegin
                | NdaNode::ForBegin { .. }
                | NdaNode::EachBegin { .. } => {
                    open.push(Open { operands: taken, marker: id });
                    (Vec::new(), id)
                }
                NdaNode::Else | NdaNode::Do => {
                    let part = open.last_mut().expect("verified markers have partners");
                    part.operands.extend(taken);
                    part.marker = id;
                    (Vec::new(), id)
                }
                NdaNode::If
                | NdaNode::And
                | NdaNode::Or
                | NdaNode::Loop
                | NdaNode::While
                | NdaNode::For
                | NdaNode::Each => {
                    let mut part = open.pop().expect("verified markers have partners");
                    part.operands.extend(taken);
                    (part.operands, part.marker)
                }
                _ => (taken, id),
            };
            if !is_marker(node) {
                waiting.push(id);
            }
            records.push(Record { node, operands: operands.into(), marker });
        }
        let texts = view
            .nodes()
            .map(|node| match node {
                NdaNode::Text { start, len } => {
                    Some(Val::Text(Rc::new(Text::of_program(view.text(start, len)))))
                }
                _ => None,
            })
            .collect();
        Self { hash, view, records, texts }
    }

    /// The record whose value is the body's.
    pub(crate) fn root(&self) -> NodeId {
        self.view.node_count() - 1
    }

    pub(crate) fn record(&self, id: NodeId) -> Record {
        self.records[id as usize].clone()
    }

    pub(crate) fn text(&self, id: NodeId) -> Val {
        self.texts[id as usize].clone().expect("a text record has a text")
    }
}

/// Markers have no value: what they took belongs to the record that closes their part.
fn is_marker(node: NdaNode) -> bool {
    matches!(
        node,
        NdaNode::Then
            | NdaNode::Else
            | NdaNode::Rhs
            | NdaNode::LoopBegin { .. }
            | NdaNode::WhileBegin
            | NdaNode::Do
            | NdaNode::ForBegin { .. }
            | NdaNode::EachBegin { .. }
    )
}

/// How many of the values that wait a record takes.
fn operand_count(node: NdaNode, view: DefinitionRef<'_>) -> usize {
    match node {
        NdaNode::Unit
        | NdaNode::Bool(_)
        | NdaNode::Int(_)
        | NdaNode::Float(_)
        | NdaNode::Text { .. }
        | NdaNode::Const(_)
        | NdaNode::Load { .. }
        | NdaNode::Drop { .. }
        | NdaNode::LoopBegin { .. }
        | NdaNode::WhileBegin
        | NdaNode::Continue { .. } => 0,
        NdaNode::Let { .. }
        | NdaNode::Store { .. }
        | NdaNode::Unary(_)
        | NdaNode::Discard
        | NdaNode::Then
        | NdaNode::Else
        | NdaNode::If
        | NdaNode::Rhs
        | NdaNode::And
        | NdaNode::Or
        | NdaNode::Loop
        | NdaNode::Do
        | NdaNode::While
        | NdaNode::For
        | NdaNode::EachBegin { .. }
        | NdaNode::Each
        | NdaNode::Break { .. }
        | NdaNode::Tag
        | NdaNode::Field { .. }
        | NdaNode::Unpack { .. }
        | NdaNode::Weights { .. }
        | NdaNode::Return => 1,
        NdaNode::Math(_) | NdaNode::Compare { .. } => 2,
        NdaNode::ForBegin { range, .. } => 2 + usize::from(range.stepped),
        NdaNode::Builtin { op, .. } => op.arity(),
        NdaNode::Tensor { op, .. } => op.arity(),
        NdaNode::Vector { ty } => view.types().vector_len(ty),
        NdaNode::Call { args, .. } | NdaNode::Host { args, .. } => args as usize,
        NdaNode::List { count, .. } | NdaNode::Scope { count, .. } | NdaNode::Joined { count } => {
            count as usize
        }
        NdaNode::Construct { variant, ty } => {
            let composite = view.types().composite(ty).expect("a verified type is there");
            composite.made_of(variant.into()).len()
        }
        NdaNode::Place { op, depth, .. } => op.extra() + usize::from(depth),
        NdaNode::Update { depth, .. } => 1 + usize::from(depth),
    }
}
