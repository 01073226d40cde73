//! Variables that are only another name: of a constant, or of a variable that never changes.

use nda_graph::{Mode, NdaNode, Slot};

/// What is known of a variable that never changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// It is this constant.
    Constant(NdaNode),
    /// It is this variable, which never changes either.
    Variable(Slot),
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
            Known::Nothing => load,
            Known::Constant(value) => value,
            Known::Variable(slot) => NdaNode::Load { slot, mode: Mode::Copy },
        }
    }
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
