//! [`Draft::open_parts`]: what is still missing before a draft can end.

use super::Draft;
use crate::Ty;
use crate::node::Slot;
use crate::verify::RegionKind;

/// A part that waits for its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Open {
    /// Which.
    pub part: Part,
    /// The type of the one value it ends with; any, if none is said.
    pub wanted: Option<Ty>,
    /// Variables that must be released before it ends.
    pub holds: Vec<Slot>,
    /// Variables that a loop began with and that must have a value again before it goes round.
    pub lost: Vec<Slot>,
}

/// The kinds of parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The whole body.
    Body,
    /// Between `then` and `else`.
    Then,
    /// Between `else` and `if`.
    Else,
    /// Between `rhs` and `and` or `or`.
    Rhs,
    /// Between `loop_begin` and `loop`.
    Loop,
    /// Between `while_begin` and `do`.
    Condition,
    /// Between `do` and `while`.
    While,
    /// Between `for_begin` and `for`.
    For,
    /// Between `each_begin` and `each`.
    Each,
}

impl Part {
    /// The records that end it; none ends the body but the end itself.
    #[must_use]
    pub const fn ends_with(self) -> &'static str {
        match self {
            Part::Body => "the end",
            Part::Then => "else",
            Part::Else => "if",
            Part::Rhs => "and, or",
            Part::Loop => "loop",
            Part::Condition => "do",
            Part::While => "while",
            Part::For => "for",
            Part::Each => "each",
        }
    }
}

impl Draft {
    /// The body and the parts open in it, the innermost last. What the outer ones hold is as it stands now.
    ///
    /// # Panics
    /// If [`Draft::begin`] was not called before.
    #[must_use]
    pub fn open_parts(&self) -> Vec<Open> {
        let ret = self.signature().ret();
        let holds = if self.verifier.keeps_variables() { Vec::new() } else { self.verifier.held_from(0) };
        let mut open = vec![Open { part: Part::Body, wanted: Some(ret), holds, lost: Vec::new() }];
        open.extend(self.verifier.open_regions().map(|(kind, (holds, lost))| {
            let (part, wanted) = match kind {
                RegionKind::Then => (Part::Then, None),
                RegionKind::Else(ty) => (Part::Else, Some(ty).filter(|&ty| ty != Ty::NEVER)),
                RegionKind::Rhs => (Part::Rhs, Some(Ty::BOOL)),
                RegionKind::Loop(_) => (Part::Loop, Some(Ty::UNIT)),
                RegionKind::WhileCondition => (Part::Condition, Some(Ty::BOOL)),
                RegionKind::WhileBody => (Part::While, Some(Ty::UNIT)),
                RegionKind::For => (Part::For, Some(Ty::UNIT)),
                RegionKind::Each => (Part::Each, Some(Ty::UNIT)),
            };
            Open { part, wanted, holds, lost }
        }));
        open
    }
}
