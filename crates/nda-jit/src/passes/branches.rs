//! Conditions that are known before the run.

use nda_graph::NdaNode;
use std::ops::Range;

/// An `if` whose end has not come.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenIf {
    /// The condition's value, if it is a constant; it is the record before the `then` marker.
    condition: Option<bool>,
    then: usize,
    otherwise: usize,
}

/// What is left of an `if` whose condition is known.
pub(super) struct Kept {
    /// Where its condition stood.
    start: usize,
    part: Range<usize>,
    /// Whether the part reaches to the end.
    is_last: bool,
}

impl OpenIf {
    /// An `if` whose condition stands at the end of `nodes`.
    pub(super) fn new(nodes: &[NdaNode]) -> Self {
        let condition = match nodes.last() {
            Some(NdaNode::Bool(value)) => Some(*value),
            _ => None,
        };
        Self { condition, then: nodes.len(), otherwise: 0 }
    }

    /// The `else` marker will stand at `at`.
    pub(super) fn otherwise(&mut self, at: usize) {
        self.otherwise = at;
    }

    /// What stays of it, if that is known.
    pub(super) fn decided(self) -> Option<Kept> {
        let start = self.then - usize::from(self.condition.is_some());
        Some(match self.condition? {
            true => Kept { start, part: self.then + 1..self.otherwise, is_last: false },
            false => Kept { start, part: self.otherwise + 1..usize::MAX, is_last: true },
        })
    }
}

impl Kept {
    /// Removes everything of the `if` but the part that runs.
    pub(super) fn keep<T: Copy>(&self, records: &mut Vec<T>) {
        let end = if self.is_last { records.len() } else { self.part.end };
        records.copy_within(self.part.start..end, self.start);
        records.truncate(self.start + end - self.part.start);
    }
}

#[cfg(test)]
mod tests {
    use crate::passes::Rules;
    use crate::passes::tests::{NONE, after};
    use expect_test::{Expect, expect};
    use nda_graph::Ty;

    fn check(params: &[Ty], records: &str, expected: Expect) {
        expected.assert_eq(&after(Rules { branches: true, ..NONE }, params, records));
    }

    #[test]
    fn the_part_that_cannot_run_goes() {
        check(
            &[Ty::I64],
            "bool false
             then
             int 9
             else
             load copy $0
             if",
            expect![[r#"
                %4    load copy $0
            "#]],
        );
    }

    #[test]
    fn an_if_within_an_if() {
        check(
            &[Ty::BOOL],
            "load copy $0
             then
             bool true
             then
             int 1
             else
             int 2
             if
             else
             int 3
             if",
            expect![[r#"
                %0    load copy $0
                %1    then
                %4      int 1
                %8    else
                %9      int 3
                %10   if
            "#]],
        );
    }
}
