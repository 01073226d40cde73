//! Ways into a value that patterns take: through fields, to elements and to parts of lists.

use super::Lower;
use super::matches::Subject;
use nda_diagnostics::Span;
use nda_graph::{Builtin, MathOp, Mode, NdaNode, Slot, Ty};
use nda_syntax::tree::{PatternId, PatternList};

/// A way into a value.
pub(super) type Path = Vec<Way>;

/// A step of it, and the type found there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// A field of a variant.
    Field { variant: u16, index: u32, ty: Ty },
    /// An element of a list: counted from 0, or the first from the end being 1.
    Element { at: usize, from_end: bool, ty: Ty },
    /// All elements of a list but so many at its beginning and its end.
    Between { before: usize, behind: usize },
}

impl Lower<'_> {
    /// Where the members of a list pattern are found.
    pub(super) fn ways(&mut self, members: PatternList) -> Vec<(Way, PatternId)> {
        let (before, rest, behind) = self.tree.list_members(members);
        let between = Way::Between { before: before.len(), behind: behind.len() };
        let last = behind.len();
        let mut ways = Vec::with_capacity(before.len() + 1 + last);
        for (at, part) in before.into_iter().enumerate() {
            ways.push((Way::Element { at, from_end: false, ty: self.pattern_type(part) }, part));
        }
        ways.extend(rest.map(|part| (between, part)));
        for (index, part) in behind.into_iter().enumerate() {
            let at = last - index;
            ways.push((Way::Element { at, from_end: true, ty: self.pattern_type(part) }, part));
        }
        ways
    }

    /// The part of a subject that a path leads to, only looked at.
    pub(super) fn look(&mut self, subject: &Subject, path: &Path, ty: Ty, span: Span) {
        self.reach(subject, path, ty, span, Mode::Borrow);
    }

    /// The part of a subject that a path leads to; `mode` is for an object.
    pub(super) fn reach(&mut self, subject: &Subject, path: &Path, ty: Ty, span: Span, mode: Mode) {
        let (slot, steps) = match subject {
            Subject::Slot(slot) => (*slot, path.as_slice()),
            Subject::Held(_) => unreachable!("what was never made is not looked at"),
            Subject::Parts(slots) => match path.split_first() {
                Some((&Way::Field { index, .. }, rest)) => (slots[index as usize], rest),
                _ => return self.emit(NdaNode::Unit, span),
            },
        };
        if ty == Ty::UNIT {
            return self.emit(NdaNode::Unit, span);
        }
        self.along(slot, steps, span, mode);
    }

    fn along(&mut self, slot: Slot, steps: &[Way], span: Span, mode: Mode) {
        let Some((&last, before)) = steps.split_last() else { return self.load_slot(slot, span, mode) };
        let of = |ty: Ty| if ty.is_object() { mode } else { Mode::Copy };
        if let Way::Between { before: 0, behind: 0 } = last {
            return self.along(slot, before, span, mode);
        }
        self.along(slot, before, span, Mode::Borrow);
        match last {
            Way::Field { variant, index, ty } => {
                self.emit(NdaNode::Field { variant, index, mode: of(ty) }, span);
            }
            Way::Element { at, from_end, ty } => {
                if from_end {
                    self.before_the_end(slot, before, at, span);
                } else {
                    self.int(at as i64, span);
                }
                self.emit(NdaNode::Builtin { op: Builtin::Index, mode: of(ty) }, span);
            }
            Way::Between { before: from, behind } => {
                self.int(from as i64, span);
                let mut op = Builtin::SliceFrom;
                if behind > 0 {
                    self.before_the_end(slot, before, behind, span);
                    op = Builtin::Slice;
                }
                self.emit(NdaNode::Builtin { op, mode: Mode::Copy }, span);
            }
        }
    }

    /// The length of the list that a path leads to, less `count`.
    fn before_the_end(&mut self, slot: Slot, steps: &[Way], count: usize, span: Span) {
        self.along(slot, steps, span, Mode::Borrow);
        self.emit(NdaNode::Builtin { op: Builtin::Len, mode: Mode::Copy }, span);
        self.int(count as i64, span);
        self.emit(NdaNode::Math(MathOp::Sub), span);
    }
}
