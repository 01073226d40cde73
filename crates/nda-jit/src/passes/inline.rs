//! Which calls a body replaces.
//!
//! A function is small if it and everything it calls, call by call, is a handful of records and calls nothing that is
//! not small itself. So a small function never calls itself, and inside of an inlined body no call is left: the depth
//! that it would have had is known where it stands, and nothing has to count it while it runs.
//!
//! A tiny function is smaller than the call and is replaced anywhere; any other small one only where a loop of the
//! caller makes it worth its code. What is replaced once is known by number of records, so code cannot grow beyond a
//! bound however functions call each other.

use nda_graph::{DefinitionRef, Hash, Kind, NdaNode, NodeId};

/// Records of a function that is worth less than its call.
const TINY: u32 = 10;
/// Records of a small function, everything that it calls included.
const SMALL: u32 = 64;
/// How far small functions nest.
const NEST: u32 = 4;
/// Records that all bodies in one function may have together.
const BUDGET: u32 = 1_000;
/// Functions of more records are left as they are: their frames have no room for what would come.
const LARGE: u32 = 8_000;

/// Where the callee of a reference is found; none if it is not at hand.
pub(crate) trait Callees<'v> {
    /// The definition with this hash.
    fn definition(&self, hash: Hash) -> Option<DefinitionRef<'v>>;
}

/// The functions that the calls of a body may be replaced by.
#[derive(Debug)]
pub(crate) struct Candidates<'v> {
    /// By reference: the callee with its weight, if it is small.
    by_reference: Vec<Option<(DefinitionRef<'v>, u32)>>,
    budget: u32,
}

impl<'v> Candidates<'v> {
    /// The candidates of a function; none if it has not any.
    pub(crate) fn of(view: DefinitionRef<'v>, callees: &impl Callees<'v>) -> Option<Self> {
        if view.reference_count() == 0 || view.node_count() > LARGE {
            return None;
        }
        let mut any = false;
        let mut weighed = |index| {
            let small = small(view, index, NEST, callees);
            any |= small.is_some();
            small
        };
        let by_reference = (0..view.reference_count()).map(&mut weighed).collect();
        any.then_some(Self { by_reference, budget: BUDGET })
    }

    /// Whether a call in the function itself is replaced; if so, its weight is spent.
    pub(crate) fn choose(&mut self, callee: u32, in_loop: bool) -> Option<DefinitionRef<'v>> {
        let (view, weight) = self.by_reference[callee as usize]?;
        if weight > TINY && !in_loop {
            return None;
        }
        self.budget = self.budget.checked_sub(weight)?;
        Some(view)
    }
}

/// Whether a function is small as far as its own records go.
pub(crate) fn is_small(view: DefinitionRef<'_>) -> bool {
    view.node_count() <= SMALL && view.kind() == Kind::Function
}

/// The callee of a reference and its weight, if it is small and nests at most `nest` deep.
fn small<'v>(
    caller: DefinitionRef<'v>,
    reference: u32,
    nest: u32,
    callees: &impl Callees<'v>,
) -> Option<(DefinitionRef<'v>, u32)> {
    let reference = caller.reference(reference);
    if reference.is_constant || reference.in_group || nest == 0 {
        return None;
    }
    let view = callees.definition(reference.hash)?;
    if !is_small(view) || view.signature() != reference.signature {
        return None;
    }
    let mut weight = view.node_count();
    if view.reference_count() > 0 {
        for node in view.nodes() {
            if let NdaNode::Call { callee, .. } = node {
                weight += small(view, callee, nest - 1, callees)?.1;
                if weight > SMALL {
                    return None;
                }
            }
        }
    }
    Some((view, weight))
}

/// The calls among records: where, which reference, and whether a loop of theirs repeats it.
pub(crate) fn calls(nodes: &[NdaNode]) -> impl Iterator<Item = (NodeId, u32, bool)> {
    let mut loops = 0u32;
    nodes.iter().enumerate().filter_map(move |(id, node)| {
        match node {
            NdaNode::LoopBegin { .. }
            | NdaNode::WhileBegin
            | NdaNode::ForBegin { .. }
            | NdaNode::EachBegin { .. } => loops += 1,
            NdaNode::Loop | NdaNode::While | NdaNode::For | NdaNode::Each => loops -= 1,
            NdaNode::Call { callee, .. } => return Some((id as NodeId, *callee, loops > 0)),
            _ => {}
        }
        None
    })
}
