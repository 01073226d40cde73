//! Why a step cannot go on, in two bytes; words and places are looked up when the run has already stopped.

use nda_graph::TrapKind;
use nda_graph::run::message;

/// What went wrong in an operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Cause {
    /// A result outside `i64`.
    Overflow,
    /// Division by zero.
    Zero,
    /// A shift amount outside `0..=63`.
    Shift,
    /// A negative exponent.
    Exponent,
    /// `clamp` with `min > max`.
    Clamp,
    /// A range step below 1.
    Step,
    /// No fuel for what comes.
    Fuel,
    /// No memory for what comes.
    Memory,
    /// One call too many.
    Depth,
    /// The line does not fit the output.
    Output,
    /// The clock ran out.
    Deadline,
    /// Somebody cancelled.
    Cancelled,
    /// The words are in [`crate::JitState::message`].
    Index,
    /// The words are in [`crate::JitState::message`].
    Panic,
    /// The words are in [`crate::JitState::message`].
    Host,
}

impl Cause {
    const ALL: [Cause; 15] = [
        Cause::Overflow,
        Cause::Zero,
        Cause::Shift,
        Cause::Exponent,
        Cause::Clamp,
        Cause::Step,
        Cause::Fuel,
        Cause::Memory,
        Cause::Depth,
        Cause::Output,
        Cause::Deadline,
        Cause::Cancelled,
        Cause::Index,
        Cause::Panic,
        Cause::Host,
    ];

    /// The cause that a status of tier 2 stands for.
    pub(crate) fn from_status(status: u8) -> Option<Self> {
        Self::ALL.get(usize::from(status).checked_sub(1)?).copied()
    }

    /// The trap and, where the kind's own words do not do, the message.
    #[must_use]
    pub fn describe(self) -> (TrapKind, Option<&'static str>) {
        match self {
            Cause::Overflow => (TrapKind::IntegerOverflow, None),
            Cause::Zero => (TrapKind::DivisionByZero, None),
            Cause::Shift => (TrapKind::ShiftOutOfRange, None),
            Cause::Exponent => (TrapKind::Panic, Some(message::POW)),
            Cause::Clamp => (TrapKind::Panic, Some(message::CLAMP)),
            Cause::Step => (TrapKind::Panic, Some(message::STEP)),
            Cause::Fuel => (TrapKind::OutOfFuel, None),
            Cause::Memory => (TrapKind::OutOfMemory, None),
            Cause::Depth => (TrapKind::CallTooDeep, None),
            Cause::Output => (TrapKind::OutputTooLarge, None),
            Cause::Deadline => (TrapKind::DeadlineExceeded, None),
            Cause::Cancelled => (TrapKind::Cancelled, None),
            Cause::Index => (TrapKind::IndexOutOfBounds, None),
            Cause::Panic => (TrapKind::Panic, None),
            Cause::Host => (TrapKind::HostError, None),
        }
    }
}

/// A cause, and which operator of a fused step met it: the root is 1, the operands of operator `p` are `2p` and
/// `2p + 1`. Path 0 is the step's own doing: fuel for a loop body, say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What went wrong.
    pub cause: Cause,
    /// Where in the step.
    pub path: u8,
}

impl Fault {
    /// A fault of the operator at hand.
    #[inline(always)]
    pub const fn at_root(cause: Cause) -> Self {
        Self { cause, path: 1 }
    }

    /// A fault of the step itself.
    #[inline(always)]
    pub const fn of_step(cause: Cause) -> Self {
        Self { cause, path: 0 }
    }

    /// The same fault, seen from the operator whose first operand met it.
    #[inline(always)]
    pub const fn left(self) -> Self {
        self.under(0)
    }

    /// The same fault, seen from the operator whose second operand met it.
    #[inline(always)]
    pub const fn right(self) -> Self {
        self.under(1)
    }

    #[inline(always)]
    const fn under(self, side: u8) -> Self {
        let depth = self.path.ilog2();
        let below = self.path - (1 << depth);
        Self { cause: self.cause, path: (2 + side) << depth | below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_number_operators_like_a_heap() {
        let fault = Fault::at_root(Cause::Zero);
        assert_eq!(fault.left().path, 2);
        assert_eq!(fault.right().path, 3);
        assert_eq!(fault.right().left().path, 5);
        assert_eq!(fault.left().right().right().path, 14);
    }
}
