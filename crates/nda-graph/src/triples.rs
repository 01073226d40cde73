//! What a definition says about the world, as `(subject, predicate, object)`.

use crate::definition::{DefinitionRef, Kind};
use crate::node::{NdaNode, NodeId};
use crate::{Hash, listing};

/// The last part of a triple.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Object {
    /// Another piece of content.
    Hash(Hash),
    /// A word: a type, a capability, a kind.
    Text(String),
}

/// The triples of a definition: `(hash, predicate, object)` for each pair.
///
/// Predicates: `kind`, `type`, `takes` (one a parameter type), `gives`, `calls`, `refers` (a constant), `uses` (a
/// capability), `host` (a host function), `of_type` (a struct or enum it works on), `prints`, `panics`.
#[must_use]
pub fn definition(view: DefinitionRef<'_>) -> Vec<(&'static str, Object)> {
    let text = |value: &dyn std::fmt::Display| Object::Text(value.to_string());
    let signature = view.signature();
    let kind = match view.kind() {
        Kind::Function => "function",
        Kind::Constant => "constant",
        Kind::Example => "example",
        Kind::Type => "type",
    };
    let types = signature.types();
    let mut triples = vec![
        ("kind", Object::Text(kind.into())),
        ("type", text(&signature)),
        ("gives", text(&types.show(signature.ret()))),
    ];
    triples.extend(signature.params().map(|ty| ("takes", text(&types.show(ty)))));
    for reference in view.references() {
        let predicate = if reference.is_constant { "refers" } else { "calls" };
        triples.push((predicate, Object::Hash(reference.hash)));
    }
    if view.kind() != Kind::Type {
        triples.extend(types.named().map(|ty| ("of_type", Object::Hash(types.hash_of(ty)))));
    }
    triples.extend(view.uses().map(|name| ("uses", Object::Text(name.into()))));
    triples.extend((0..view.host_count()).map(|index| ("host", text(&view.host(index).name))));
    for node in view.nodes() {
        if let NdaNode::Builtin { op, .. } = node {
            let predicate = match op {
                crate::Builtin::Print => "prints",
                crate::Builtin::Panic | crate::Builtin::Assert => "panics",
                _ => continue,
            };
            triples.push((predicate, Object::Text("yes".into())));
        }
    }
    triples.sort();
    triples.dedup();
    triples
}

/// A triple about one record of a body: `#7 lhs #5`, `#7 op "math add"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeTriple {
    /// The record.
    pub node: NodeId,
    /// `op`, `operand`, `lhs`, `rhs`.
    pub predicate: &'static str,
    /// What it has.
    pub object: NodeObject,
}

/// What a record has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NodeObject {
    /// Another record of the same body.
    Node(NodeId),
    /// A word.
    Text(String),
}

/// The triples of every record of a body.
#[must_use]
pub fn nodes(view: DefinitionRef<'_>) -> Vec<NodeTriple> {
    let mut triples = Vec::new();
    for (node, record) in view.nodes().enumerate() {
        let object = NodeObject::Text(listing::record(record));
        triples.push(NodeTriple { node: node as NodeId, predicate: "op", object });
    }
    for (node, operands) in operands(view).into_iter().enumerate() {
        let binary = operands.len() == 2;
        for (index, operand) in operands.into_iter().enumerate() {
            let predicate = match (binary, index) {
                (true, 0) => "lhs",
                (true, _) => "rhs",
                (false, _) => "operand",
            };
            let object = NodeObject::Node(operand);
            triples.push(NodeTriple { node: node as NodeId, predicate, object });
        }
    }
    triples.sort_by_key(|triple| triple.node);
    triples
}

/// For each record, the records that give its operands. A closing record (`If`, `While`, …) has the markers and
/// values of its parts as operands, in order.
#[must_use]
pub fn operands(view: DefinitionRef<'_>) -> Vec<Vec<NodeId>> {
    let mut all: Vec<Vec<NodeId>> = Vec::with_capacity(view.node_count() as usize);
    let mut waiting: Vec<NodeId> = Vec::new();
    let mut parts: Vec<Vec<NodeId>> = Vec::new();
    for (id, node) in view.nodes().enumerate() {
        let id = id as NodeId;
        let mut take = |count: usize| waiting.split_off(waiting.len().saturating_sub(count));
        let mine = match node {
            NdaNode::Unit
            | NdaNode::Bool(_)
            | NdaNode::Int(_)
            | NdaNode::Float(_)
            | NdaNode::Text { .. }
            | NdaNode::Const(_)
            | NdaNode::Load { .. }
            | NdaNode::Drop { .. }
            | NdaNode::Continue { .. } => Vec::new(),
            NdaNode::Let { .. }
            | NdaNode::Store { .. }
            | NdaNode::Unary(_)
            | NdaNode::Discard
            | NdaNode::Break { .. }
            | NdaNode::Tag
            | NdaNode::Field { .. }
            | NdaNode::Unpack { .. }
            | NdaNode::Weights { .. }
            | NdaNode::Return => take(1),
            NdaNode::Math(_) | NdaNode::Compare { .. } => take(2),
            NdaNode::Call { args, .. } | NdaNode::Host { args, .. } => take(args as usize),
            NdaNode::Builtin { op, .. } => take(op.arity()),
            NdaNode::Tensor { op, .. } => take(op.arity()),
            NdaNode::Vector { ty } => take(view.types().vector_len(ty)),
            NdaNode::List { count, .. } | NdaNode::Scope { count, .. } | NdaNode::Joined { count } => {
                take(count as usize)
            }
            NdaNode::Construct { variant, ty } => {
                let composite = view.types().composite(ty).expect("a verified type is in the table");
                take(composite.made_of(variant.into()).len())
            }
            NdaNode::Place { op, depth, .. } => take(op.extra() + usize::from(depth)),
            NdaNode::Update { depth, .. } => take(1 + usize::from(depth)),
            NdaNode::Then | NdaNode::Rhs | NdaNode::EachBegin { .. } => {
                parts.push(take(1));
                all.push(Vec::new());
                continue;
            }
            NdaNode::ForBegin { range, .. } => {
                parts.push(take(2 + usize::from(range.stepped)));
                all.push(Vec::new());
                continue;
            }
            NdaNode::LoopBegin { .. } | NdaNode::WhileBegin => {
                parts.push(Vec::new());
                all.push(Vec::new());
                continue;
            }
            NdaNode::Else | NdaNode::Do => {
                let value = take(1);
                if let Some(part) = parts.last_mut() {
                    part.extend(value);
                }
                all.push(Vec::new());
                continue;
            }
            NdaNode::If
            | NdaNode::And
            | NdaNode::Or
            | NdaNode::Loop
            | NdaNode::While
            | NdaNode::For
            | NdaNode::Each => {
                let value = take(1);
                let mut part = parts.pop().unwrap_or_default();
                part.extend(value);
                part
            }
        };
        all.push(mine);
        waiting.push(id);
    }
    all
}
