//! Why a record does not fit: what the rules of [`crate::verify`] say to whoever breaks one.

use crate::Ty;
use crate::node::{Mode, NodeId, Slot};

/// Why a record (or the end) was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// The record that was refused; the number of records if it was the end.
    pub node: NodeId,
    /// Why, in a sentence.
    pub reason: Reason,
}

/// Why a record does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// Fewer operands stand before it than it takes.
    TooFewOperands,
    /// An operand has another type.
    Operand {
        /// Which, from 0.
        index: usize,
        /// What it would take.
        wanted: Ty,
        /// What stands there.
        found: Ty,
    },
    /// An operand's type is not one the operator is defined on.
    OperandKind {
        /// What it takes, in words.
        wanted: &'static str,
        /// What stands there.
        found: Ty,
    },
    /// An owned value is needed and a borrowed one stands there.
    Borrowed,
    /// The slot does not exist, or is not the next one.
    Slot(Slot),
    /// The slot has surely or possibly no value here.
    Unset(Slot),
    /// The slot's object is borrowed by an operand that waits.
    BorrowedSlot(Slot),
    /// The mode does not suit the type.
    Mode(Mode),
    /// A reference, host function, text or loop that does not exist.
    NoSuch(&'static str, u32),
    /// A type that is not in the definition's table, or has no such variant or field.
    Type(Ty),
    /// A field of a place must be named by a literal number.
    FieldOfPlace,
    /// A marker without its partner.
    Misplaced,
    /// A value that a loop entered with would be missing in its next round.
    LoopLoses(Slot),
    /// The slot may hold an object that nothing would release: control leaves its scope here, or goes round to where
    /// the loop began with the slot empty.
    Kept(Slot),
    /// A bound of the format.
    TooLarge(&'static str),
    /// The record's bytes are not canonical.
    Malformed,
    /// The body ended too early or holds more than one value.
    Unfinished,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::TooFewOperands => f.write_str("fewer operands stand before it than it takes"),
            Reason::Operand { index, wanted, found } => {
                write!(f, "operand {index} must be `{wanted}`, but `{found}` stands there")
            }
            Reason::OperandKind { wanted, found } => {
                write!(f, "an operand must be {wanted}, but `{found}` stands there")
            }
            Reason::Borrowed => f.write_str("it needs an owned value, but a borrowed one stands there"),
            Reason::Slot(slot) => write!(f, "slot {slot} does not exist here"),
            Reason::Unset(slot) => write!(f, "slot {slot} may be without a value here"),
            Reason::BorrowedSlot(slot) => {
                write!(f, "slot {slot} is borrowed by an operand that is still waiting")
            }
            Reason::Mode(mode) => write!(f, "mode `{}` does not suit the type", mode.name()),
            Reason::NoSuch(what, index) => write!(f, "there is no {what} {index}"),
            Reason::Type(ty) => write!(f, "there is no type `{ty}` with such a part"),
            Reason::FieldOfPlace => f.write_str("the field of a place is a literal number in range"),
            Reason::Misplaced => f.write_str("a marker stands without its partner"),
            Reason::LoopLoses(slot) => {
                write!(f, "slot {slot} has a value when the loop begins, but not when it goes round")
            }
            Reason::Kept(slot) => write!(f, "slot {slot} may still hold an object that nothing releases"),
            Reason::TooLarge(what) => write!(f, "too large: {what}"),
            Reason::Malformed => f.write_str("its bytes are not a canonical record"),
            Reason::Unfinished => {
                f.write_str("the body must end with exactly one value of the result type and no open part")
            }
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "record {}: {}", self.node, self.reason)
    }
}

impl std::error::Error for Rejection {}
