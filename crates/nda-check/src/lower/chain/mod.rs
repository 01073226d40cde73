//! Chains of steps become loops: one for a chain, and one inside it for each `flat_map`.
//!
//! An element goes through the steps as an [`Item`], a value that is not computed before something needs it. What a step
//! has to remember (how many are left, whether it still skips) stands in slots without a name, declared in front of the
//! loop, and so does what the chain gives. Where a step lets only some elements through, what follows it stands inside
//! of an `if`. Lambdas are lowered where they run: their parameters are slots like any other, and what they see of the
//! function around them are that function's own slots.
//!
//! What a chain consists of is found out in [`plan`], what it gives in [`ending`]; its loop is written in [`walk`], what
//! a round does in [`round`] and at its end in [`arrive`], how a text gives its parts in [`text`], and how lambdas meet items in [`item`].

mod arrive;
mod ending;
mod item;
mod plan;
mod round;
mod text;
mod walk;

use nda_diagnostics::Span;
use nda_graph::{CompareOp, MathOp, Slot, Ty};
use nda_syntax::tree::{ExprId, ForId};

/// An element on its way, and its type.
pub(super) type Typed = (Item, Ty);

/// An element on its way.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// In a variable of its own.
    Slot(Slot),
    /// What a counter says in this round.
    Number(Slot),
    /// The value of a lambda's body.
    Value(ExprId),
    /// What a function gives for another item.
    Call(ExprId, Box<Typed>),
    /// A pair that is not made before something needs it whole.
    Pair(Box<(Typed, Typed)>),
}

/// What happens to the elements that come through.
#[derive(Clone, Copy, Debug)]
enum Sink {
    /// They are put into a list.
    List(Slot),
    /// They are appended to a text.
    Text(Slot),
    /// They are added or multiplied, or the least or greatest is kept.
    Math(MathOp, Slot),
    /// The same, and the second slot says that there was one.
    Extreme(MathOp, Slot, Slot),
    /// They are counted.
    Count(Slot),
    /// A lambda gives the next value.
    Fold(Slot, ExprId),
    /// A lambda stops at the first for which it gives this, and the slot says whether there was one.
    Test(Slot, ExprId, bool),
    /// The first, or the last, is kept as a `Some`.
    End(Slot, End),
    /// The first for which a lambda gives `true` is kept as a `Some`.
    Find(Slot, ExprId),
    /// So is the number of elements before it, which the second slot counts.
    Position(Slot, Slot, ExprId),
    /// The least or greatest is kept as a `Some`.
    Best { kept: Slot, greatest: bool },
    /// So is that whose key is the best, and the key beside it.
    BestByKey { kept: Slot, key: Slot, by: By },
    /// The first `Some` that a lambda gives is kept.
    FindMap(Slot, ExprId),
    /// A lambda makes one of what was kept as a `Some` and the next.
    Reduce(Slot, ExprId),
    /// What is in their `Some` is put into a list, up to the first `None`, of which the second slot says that it came.
    WholeOption(Slot, Slot),
    /// What is in their `Ok` is put into a list, up to the first `Err`, whose error is kept as a `Some`.
    WholeResult(Slot, Slot, Ty),
    /// A lambda says into which of two lists they are put.
    Partition(Slot, Slot, ExprId),
    /// Their parts are put into two lists.
    Unzip(Slot, Slot),
    /// A lambda runs for each.
    Effect(ExprId),
    /// The body of a `for` loop runs for each.
    Body(ForId),
}

/// How elements are compared by a key.
#[derive(Clone, Copy, Debug)]
struct By {
    /// What gives the key, or what compares two elements.
    lambda: ExprId,
    /// In a comparison: which of the two elements the key is a part of, and the key.
    compared: Option<(usize, ExprId)>,
    /// How the key of a better element compares to that of the best so far.
    better: CompareOp,
}

/// Which end of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    First,
    Last,
}

/// What is left to do at the end of a round, however it ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum After {
    /// Leave a loop if nothing is left to take.
    LeaveAtZero { left: Slot, index: u32, mark: usize, span: Span },
    /// Count on.
    Count { slot: Slot, op: MathOp, span: Span },
}

/// The number of `None` and of `Some` in `Option`.
const NONE: u16 = 0;
const SOME: u16 = 1;
/// The number of `Ok` and of `Err` in `Result`.
const OK: u16 = 0;
const ERR: u16 = 1;
