//! Variables that are only another name: of a constant, of a variable that never changes, or of a vector that an operator leaves
//! for the next one to take, so that [both can be one](crate::compile::fusion).

use nda_graph::{DefinitionRef, Mode, NdaNode, Slot};

/// What is known of a variable that never changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// It is this constant.
    Constant(NdaNode),
    /// It is this variable, which never changes either.
    Variable(Slot),
    /// It is gone: its value is computed where it was taken.
    Gone,
}

impl Known {
    /// What a declaration with this value makes known; none if the variable is needed.
    pub(super) fn from_value(value: NdaNode, changes: &[bool]) -> Option<Known> {
        match value {
            NdaNode::Bool(_) | NdaNode::Int(_) | NdaNode::Float(_) => Some(Known::Constant(value)),
            NdaNode::Load { slot, mode: Mode::Copy } if !changes[slot as usize] => {
                Some(Known::Variable(slot))
            }
            _ => None,
        }
    }

    /// What stands for a use of the variable.
    pub(super) fn instead_of(self, load: NdaNode) -> NdaNode {
        match self {
            Known::Nothing | Known::Gone => load,
            Known::Constant(value) => value,
            Known::Variable(slot) => NdaNode::Load { slot, mode: Mode::Copy },
        }
    }
}

/// Records of a value that is moved to where it is taken: what takes it is higher by no more than this.
const LONGEST: usize = 32;

/// By slot: how many records load it, up to 2. Counted when somebody wants to know.
#[derive(Default, Debug)]
pub(super) struct Loads(Vec<u8>);

impl Loads {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn of(&mut self, view: DefinitionRef<'_>) -> &[u8] {
        if self.0.is_empty() {
            self.0.resize(view.slot_count() as usize, 0);
            for node in view.nodes() {
                if let NdaNode::Load { slot, .. } = node {
                    let loads = &mut self.0[slot as usize];
                    *loads = 2.min(*loads + 1);
                }
            }
        }
        &self.0
    }
}

/// If the last record declares a variable, which never changes, with what an operator on vectors gives, and nobody but the load that
/// comes next wants it: where the records of that value start.
pub(super) fn row_for(
    slot: Slot,
    nodes: &[NdaNode],
    loads: &mut Loads,
    view: DefinitionRef<'_>,
) -> Option<usize> {
    let [before @ .., NdaNode::Let { slot: declared, .. }] = nodes else { return None };
    let [.., NdaNode::Tensor { op, .. }] = before else { return None };
    if *declared != slot || !op.is_in_place() {
        return None;
    }
    if loads.of(view)[slot as usize] > 1 {
        return None;
    }
    // Backwards, until every operand has been passed.
    let mut wanted = 1;
    for (start, &node) in before.iter().enumerate().rev().take(LONGEST) {
        wanted += operands(node)?;
        wanted -= 1;
        if wanted == 0 {
            return Some(start);
        }
    }
    None
}

/// How many operands a record has; none for those that have parts.
fn operands(node: NdaNode) -> Option<usize> {
    Some(match node {
        NdaNode::Unit
        | NdaNode::Bool(_)
        | NdaNode::Int(_)
        | NdaNode::Float(_)
        | NdaNode::Text { .. }
        | NdaNode::Const(_)
        | NdaNode::Load { .. } => 0,
        NdaNode::Unary(_) | NdaNode::Field { .. } | NdaNode::Weights { .. } => 1,
        NdaNode::Math(_) | NdaNode::Compare { .. } => 2,
        NdaNode::Call { args, .. } | NdaNode::Host { args, .. } => args as usize,
        NdaNode::Builtin { op, .. } => op.arity(),
        NdaNode::Tensor { op, .. } => op.arity(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::passes::Rules;
    use crate::passes::tests::{NONE, after};
    use expect_test::{Expect, expect};
    use nda_graph::Ty;

    fn check(params: &[Ty], records: &str, expected: Expect) {
        expected.assert_eq(&after(Rules { propagate: true, ..NONE }, params, records));
    }

    #[test]
    fn names_of_constants_and_variables_go() {
        check(
            &[Ty::I64],
            "int 7
             let $1 i64
             load copy $0
             let $2 i64
             load copy $2
             load copy $1
             math mul
             scope 3 0",
            expect![[r#"
                %1    unit
                %3    unit
                %4    load copy $0
                %5    int 7
                %6    math mul
                %7    scope 3 0
            "#]],
        );
    }

    /// A variable that changes keeps its name, and so does one that a changing variable's value was given to.
    #[test]
    fn what_changes_stays() {
        check(
            &[Ty::I64],
            "load copy $0
             let $1 i64
             int 1
             store $0
             load copy $1
             scope 3 0",
            expect![[r#"
                %0    load copy $0
                %1    let $1 i64
                %2    int 1
                %3    store $0
                %4    load copy $1
                %5    scope 3 0
            "#]],
        );
    }
}
