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
pub trait Callees<'v> {
    /// The definition with this hash.
    fn definition(&self, hash: Hash) -> Option<DefinitionRef<'v>>;
}

/// A call of a body: where, which reference, and whether a loop of the body repeats it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call {
    /// Where.
    pub node: NodeId,
    /// Which reference.
    pub callee: u32,
    /// Whether a loop of the body repeats it.
    pub in_loop: bool,
}

/// Decides which calls of one function are replaced.
#[derive(Debug)]
pub struct Choice<'v, C> {
    view: DefinitionRef<'v>,
    callees: C,
    /// By reference: what is known of the callee.
    weighed: Vec<Weighed<'v>>,
    budget: u32,
}

/// What is known of a callee.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are as many as a body has references, and they do not live long"
)]
enum Weighed<'v> {
    /// Nothing yet.
    Not,
    /// It is not small.
    Large,
    /// It is small, and its weight.
    Small(DefinitionRef<'v>, u32),
}

impl<'v, C: Callees<'v>> Choice<'v, C> {
    /// For one function.
    pub fn new(view: DefinitionRef<'v>, callees: C) -> Self {
        let budget = if view.node_count() > LARGE { 0 } else { BUDGET };
        Self { view, callees, weighed: Vec::new(), budget }
    }

    /// The body that a call is replaced by, if it is; its weight is spent then.
    pub fn choose(&mut self, call: Call) -> Option<DefinitionRef<'v>> {
        // Most calls are decided without a look at the callee's records.
        let most = if call.in_loop { SMALL } else { TINY }.min(self.budget);
        if most == 0 {
            return None;
        }
        let index = call.callee as usize;
        if self.weighed.len() <= index {
            self.weighed.resize(index + 1, Weighed::Not);
        }
        if let Weighed::Not = self.weighed[index] {
            let callee = callee(self.view, call.callee, &self.callees)?;
            if callee.node_count() > most {
                return None;
            }
            self.weighed[index] = match weigh(callee, NEST, &self.callees) {
                Some(weight) => Weighed::Small(callee, weight),
                None => Weighed::Large,
            };
        }
        let Weighed::Small(callee, weight) = self.weighed[index] else { return None };
        if weight > most {
            return None;
        }
        self.budget -= weight;
        Some(callee)
    }
}

/// Whether a function is small as far as its own records go.
pub fn is_small(view: DefinitionRef<'_>) -> bool {
    view.node_count() <= SMALL && view.kind() == Kind::Function
}

/// The callee of a reference, if it is at hand and small as far as its own records go.
pub fn callee<'v>(
    caller: DefinitionRef<'v>,
    reference: u32,
    callees: &impl Callees<'v>,
) -> Option<DefinitionRef<'v>> {
    let reference = caller.reference(reference);
    if reference.in_group {
        return None;
    }
    let view = callees.definition(reference.hash)?;
    (is_small(view) && view.signature() == reference.signature).then_some(view)
}

/// The records of a function and of everything it calls, if it is small and calls nest at most `nest` deep from it on.
fn weigh<'v>(view: DefinitionRef<'v>, nest: u32, callees: &impl Callees<'v>) -> Option<u32> {
    let nest = nest.checked_sub(1)?;
    let mut weight = view.node_count();
    if view.reference_count() > 0 {
        for node in view.nodes() {
            if let NdaNode::Call { callee: reference, .. } = node {
                weight += weigh(callee(view, reference, callees)?, nest, callees)?;
            }
            if weight > SMALL {
                return None;
            }
        }
    }
    Some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::body::Body;
    use crate::passes::Graph;
    use crate::passes::explain::inlined;
    use crate::passes::tests::definition;
    use expect_test::expect;
    use nda_graph::{Definition, Draft, Mode, Signature, Target, Ty};

    struct Known<'v>(&'v [(Hash, Definition)]);

    impl<'v> Callees<'v> for Known<'v> {
        fn definition(&self, hash: Hash) -> Option<DefinitionRef<'v>> {
            self.0.iter().find(|(known, _)| *known == hash).map(|(_, definition)| definition.view())
        }
    }

    /// `x + 1` and one that is longer, each called once in a loop and once behind it.
    #[test]
    fn tiny_ones_everywhere_small_ones_in_loops() {
        let tiny = definition(&[Ty::I64], "load copy $0\n int 1\n math add");
        let longer = "load copy $0\n".to_owned() + &"int 3\n math mul\n".repeat(10);
        let small = definition(&[Ty::I64], &longer);
        let known = [("tiny", tiny), ("small", small)];
        let known = known.map(|(name, callee)| (Hash::of("test", name.as_bytes()), callee));
        let mut draft = Draft::default();
        draft.begin(Kind::Function, &Signature::plain(vec![Ty::I64], Ty::I64)).unwrap();
        let callees = known.each_ref().map(|(hash, _)| {
            draft.reference(Target::Hash(*hash), false, &Signature::plain(vec![Ty::I64], Ty::I64))
        });
        let load = NdaNode::Load { slot: 0, mode: Mode::Copy };
        let calls = |draft: &mut Draft| {
            for node in [
                load,
                NdaNode::Call { callee: callees[0], args: 1 },
                NdaNode::Call { callee: callees[1], args: 1 },
            ] {
                draft.push(node).unwrap();
            }
        };
        let range = nda_graph::Range::default();
        for node in [NdaNode::Int(0), NdaNode::Int(9), NdaNode::ForBegin { slot: 1, range }] {
            draft.push(node).unwrap();
        }
        calls(&mut draft);
        draft.push(NdaNode::Discard).unwrap();
        draft.push(NdaNode::For).unwrap();
        calls(&mut draft);
        draft.push(NdaNode::Scope { count: 2, drops: 0 }).unwrap();
        let caller = draft.finish().unwrap();
        let mut graph = Graph::default();
        graph.read(caller.view(), |_| None, &[]);
        let mut body = Body::default();
        body.read(&graph, caller.view());
        expect![[r#"
            %4    #63d8cf20cbf5: 3 records
            %5    #4434d577fada: 21 records
            %9    #63d8cf20cbf5: 3 records
        "#]]
        .assert_eq(&inlined(caller.view(), &body, Known(&known)));
    }
}
