//! What each pass does to a body, as text.

use super::inline::{Callees, Choice};
use super::recurrence::{Recurrence, stride};
use super::{Graph, Rules};
use crate::compile::body::Body;
use nda_graph::{DefinitionRef, NdaNode, Value, listing};
use std::fmt::Write as _;

/// By pass, in their order: the records as it leaves them, or, of those that only decide, a line for each decision.
#[must_use]
pub fn explain<'v>(
    view: DefinitionRef<'v>,
    constant: impl Fn(u32) -> Option<Value>,
    callees: impl Callees<'v>,
) -> Vec<(&'static str, String)> {
    let propagate = Rules { propagate: true, fold: false, branches: false };
    let fold = Rules { fold: true, ..propagate };
    let mut graph = Graph::default();
    let mut after = |rules| {
        graph.rules = rules;
        graph.read(view, &constant, &[]);
        listing::list_some(graph.records(), view)
    };
    let mut all =
        vec![("propagate", after(propagate)), ("fold", after(fold)), ("branches", after(Rules::default()))];
    let mut body = Body::default();
    body.read(&graph, view);
    all.push(("inline", inlined(view, &body, callees)));
    all.push(("recurrence", recurrences(&body)));
    all
}

/// The calls that bodies stand for.
pub(super) fn inlined<'v>(view: DefinitionRef<'v>, body: &Body, callees: impl Callees<'v>) -> String {
    let mut out = String::new();
    let mut choice = Choice::new(view, callees);
    for &call in &body.calls {
        if let Some(callee) = choice.choose(call) {
            let hash = view.reference(call.callee).hash;
            let node = body.origins[call.node as usize];
            let _ = writeln!(out, "%{node:<4} #{}: {} records", hash.short(), callee.node_count());
        }
    }
    out
}

/// The loops that need not be gone round, and what a round of each does.
pub(super) fn recurrences(body: &Body) -> String {
    let mut out = String::new();
    for node in (0..=body.root()).filter(|&node| body.node(node) == NdaNode::For) {
        let operands = body.operands(node);
        let (marker, inner) = (operands[operands.len() - 2], operands[operands.len() - 1]);
        let NdaNode::ForBegin { slot, .. } = body.node(marker) else { continue };
        let recurrence =
            stride(body, node).and_then(|stride| Recurrence::of(body, slot, stride, marker + 1, inner));
        if let Some(recurrence) = recurrence {
            for line in recurrence.to_string().lines() {
                let _ = writeln!(out, "%{:<4} {line}", body.origins[marker as usize]);
            }
        }
    }
    out
}
