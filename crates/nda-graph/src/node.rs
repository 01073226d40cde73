//! [`NdaNode`]: one record of a definition's body, and its 8 canonical bytes.
//!
//! A body is a table in post order: operands stand before the node that uses them. Where a part runs conditionally or
//! repeatedly, a *marker* record (`Then`, `Do`, `ForBegin`, …) stands in front of it, so that a reader knows at every
//! record what is in scope, and a writer can be checked one record at a time. The verifier in [`crate::verify`] holds
//! the rules; this file knows only shapes and bytes.

use crate::Ty;
use crate::op::{Builtin, CompareOp, MathOp, PlaceOp, UnaryOp};
use crate::tensor::TensorOp;

/// Bytes of one record. They are hashed, copied and decoded for each definition, so they are few: what does not fit
/// (a large integer, most floats) stands in the section of wide numbers.
pub const RECORD: usize = 8;
/// Bytes of one wide number.
pub const WIDE: usize = 8;

/// Index of a record in its body.
pub type NodeId = u32;
/// A variable of a definition: parameters first, then each `Let` in the order of the records.
pub type Slot = u32;

/// How a use of a variable treats its value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Mode {
    /// A plain word is copied. The only mode for types that are not objects.
    Copy,
    /// One more owner of the same object.
    Share,
    /// The last use: the variable gives its object away and is empty after.
    Move,
    /// Only looked at by the operator that takes it, and nothing changes the variable in between.
    Borrow,
}

impl Mode {
    const ALL: [Mode; 4] = [Mode::Copy, Mode::Share, Mode::Move, Mode::Borrow];

    /// Its name in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Copy => "copy",
            Mode::Share => "share",
            Mode::Move => "move",
            Mode::Borrow => "borrow",
        }
    }
}

/// A counted loop's direction and end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Range {
    /// `a..=b`.
    pub inclusive: bool,
    /// `(a..b).rev()`.
    pub reversed: bool,
    /// `.step_by(n)`: a third operand stands after both ends.
    pub stepped: bool,
}

/// One record.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum NdaNode {
    /// `()`.
    Unit,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float, as bits; every NaN is [`CANONICAL_NAN`].
    Float(u64),
    /// A text literal: `len` bytes of the data section from `start`.
    Text {
        /// Offset in the data section.
        start: u32,
        /// Length in bytes.
        len: u32,
    },
    /// The value of the constant definition at this index of the reference section.
    Const(u32),

    /// The value of a variable.
    Load {
        /// Which.
        slot: Slot,
        /// How.
        mode: Mode,
    },
    /// Declares the next slot with the operand's value.
    Let {
        /// Always the number of slots declared before.
        slot: Slot,
        /// Its type.
        ty: Ty,
    },
    /// Assigns to a slot; the object it held before is released after the operand was evaluated.
    Store {
        /// Which.
        slot: Slot,
    },
    /// Releases the object a slot still holds; its scope ends here.
    Drop {
        /// Which.
        slot: Slot,
    },

    /// Binary arithmetic.
    Math(MathOp),
    /// Unary arithmetic.
    Unary(UnaryOp),
    /// Comparison of two operands of type `ty`.
    Compare {
        /// Which.
        op: CompareOp,
        /// The type of both operands.
        ty: Ty,
    },

    /// Calls the function at `callee` in the reference section with `args` operands.
    Call {
        /// Index in the reference section.
        callee: u32,
        /// Number of operands.
        args: u32,
    },
    /// Calls a host function.
    Host {
        /// Index in the host section.
        host: u32,
        /// Number of operands.
        args: u32,
    },
    /// Applies a built-in. `mode` says whether an object result of `Index` is shared or borrowed; `Copy` for all else.
    Builtin {
        /// Which.
        op: Builtin,
        /// See above.
        mode: Mode,
    },
    /// A list of the last `count` operands.
    List {
        /// How many.
        count: u32,
        /// The type of the list, not of its elements.
        ty: Ty,
    },
    /// Changes the object in `slot`, or the element of it that `depth` index operands lead to.
    Place {
        /// The change.
        op: PlaceOp,
        /// The variable.
        slot: Slot,
        /// Number of index operands.
        depth: u8,
    },
    /// `p op= v` on the element of `slot` that `depth` index operands lead to; the right side is the first operand.
    Update {
        /// The operator; its first operand and its result have the element's type.
        op: MathOp,
        /// The variable.
        slot: Slot,
        /// Number of index operands.
        depth: u8,
    },

    /// A sequence of `count` operands. All are `()` but one, whose value it gives: the one that stands before the
    /// last `drops`, which release what the scope's variables still hold.
    Scope {
        /// How many operands.
        count: u32,
        /// How many of them stand behind the value.
        drops: u32,
    },
    /// Evaluates its operand and throws the value away.
    Discard,

    /// Marker: the condition stands before; the part run if it is true follows.
    Then,
    /// Marker: the part run if it is false follows.
    Else,
    /// Closes `cond Then a Else b`.
    If,
    /// Marker: the left side stands before; the right side of `&&` or `||` follows.
    Rhs,
    /// Closes `a Rhs b` as `a && b`.
    And,
    /// Closes `a Rhs b` as `a || b`.
    Or,
    /// Marker: a `loop` body follows whose breaks carry `ty`.
    LoopBegin {
        /// The type of the loop; `!` if nothing breaks out of it.
        ty: Ty,
    },
    /// Closes a `loop`.
    Loop,
    /// Marker: a `while` condition follows.
    WhileBegin,
    /// Marker: the condition stands before; the `while` body follows.
    Do,
    /// Closes a `while`.
    While,
    /// Marker: both ends (and the step) stand before; declares `slot`; the body follows.
    ForBegin {
        /// The loop variable.
        slot: Slot,
        /// Direction and end.
        range: Range,
    },
    /// Closes a counted loop.
    For,
    /// Marker: the list stands before and is owned by the loop; declares `slot`; the body follows.
    EachBegin {
        /// The loop variable.
        slot: Slot,
        /// Its type: the list's element type.
        ty: Ty,
    },
    /// Closes a loop over a list.
    Each,

    /// Leaves the `up`-th enclosing loop (0 is the innermost) with its operand as value.
    Break {
        /// How many loops further out.
        up: u32,
    },
    /// Goes to the next round of the `up`-th enclosing loop.
    Continue {
        /// How many loops further out.
        up: u32,
    },
    /// Leaves the function with its operand as value.
    Return,

    /// One text of the last `count` operands, which are texts.
    Joined {
        /// How many.
        count: u32,
    },

    /// A value of a tuple, struct or enum; its operands are the fields of the variant.
    Construct {
        /// Which variant; 0 unless the type is an enum.
        variant: u16,
        /// The type.
        ty: Ty,
    },
    /// The number of the variant that an enum's value has.
    Tag,
    /// A field of its operand. A value of another variant is a panic.
    Field {
        /// Of which variant; 0 unless the type is an enum.
        variant: u16,
        /// Which.
        index: u32,
        /// Whether an object is shared or borrowed.
        mode: Mode,
    },
    /// Takes its operand apart: declares a slot for each field of the variant, the first being `slot`. A value of
    /// another variant is a panic.
    Unpack {
        /// Which variant; 0 unless the type is an enum.
        variant: u16,
        /// The slot of the first field.
        slot: Slot,
    },

    /// A tensor of the store; its operand is a text literal that names it by hash: [`Hash::parse_weights`](crate::Hash::parse_weights).
    Weights {
        /// Its type.
        ty: Ty,
    },
    /// A vector of as many operands, floats, as it is long.
    Vector {
        /// Its type.
        ty: Ty,
    },
    /// An operator on tensors.
    Tensor {
        /// Which.
        op: TensorOp,
        /// The type of its result.
        ty: Ty,
    },
}

/// The one NaN that is hashed and printed.
pub const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

impl NdaNode {
    /// A float constant; NaNs are made canonical.
    #[must_use]
    pub fn float(value: f64) -> Self {
        NdaNode::Float(if value.is_nan() { CANONICAL_NAN } else { value.to_bits() })
    }

    /// The record's canonical bytes: `op u8, m u8, c u16, a u32`, little-endian. A number that does not fit goes to
    /// the end of `wide`.
    ///
    /// Fields that the verifier bounds are cut to their width: bytes of a record that it refuses mean nothing.
    #[must_use]
    #[inline]
    pub fn encode(self, wide: &mut Vec<[u8; WIDE]>) -> [u8; RECORD] {
        self.encode_with(|number| {
            wide.push(number.to_le_bytes());
            wide.len() as u32 - 1
        })
    }

    /// `put` gives the index of a wide number.
    #[inline]
    fn encode_with(self, put: impl FnOnce(u64) -> u32) -> [u8; RECORD] {
        let (op, m, c, a): (u8, u8, u16, u32) = match self {
            NdaNode::Unit => (0, 0, 0, 0),
            NdaNode::Bool(value) => (1, u8::from(value), 0, 0),
            NdaNode::Int(value) => match i32::try_from(value) {
                Ok(small) => (2, 0, 0, small as u32),
                Err(_) => (2, 1, 0, put(value as u64)),
            },
            NdaNode::Float(bits) if bits as u32 == 0 => (3, 0, 0, (bits >> 32) as u32),
            NdaNode::Float(bits) => (3, 1, 0, put(bits)),
            NdaNode::Text { start, len } => match u16::try_from(len) {
                Ok(len) => (4, 0, len, start),
                Err(_) => (4, 1, 0, put(u64::from(start) | u64::from(len) << 32)),
            },
            NdaNode::Const(reference) => (5, 0, 0, reference),
            NdaNode::Load { slot, mode } => (6, mode as u8, 0, slot),
            NdaNode::Let { slot, ty } => (7, 0, slot as u16, ty.code()),
            NdaNode::Store { slot } => (8, 0, 0, slot),
            NdaNode::Drop { slot } => (9, 0, 0, slot),
            NdaNode::Math(op) => (10, op as u8, 0, 0),
            NdaNode::Unary(op) => (11, op as u8, 0, 0),
            NdaNode::Compare { op, ty } => (12, op as u8, 0, ty.code()),
            NdaNode::Call { callee, args } => (13, 0, args as u16, callee),
            NdaNode::Host { host, args } => (14, 0, args as u16, host),
            NdaNode::Builtin { op, mode } => (15, op as u8, mode as u16, 0),
            NdaNode::List { count, ty } => (16, 0, count as u16, ty.code()),
            NdaNode::Place { op, slot, depth } => (17, op as u8, depth.into(), slot),
            NdaNode::Update { op, slot, depth } => (18, op as u8, depth.into(), slot),
            NdaNode::Scope { count, drops } => (19, 0, drops as u16, count),
            NdaNode::Discard => (20, 0, 0, 0),
            NdaNode::Then => (21, 0, 0, 0),
            NdaNode::Else => (22, 0, 0, 0),
            NdaNode::If => (23, 0, 0, 0),
            NdaNode::Rhs => (24, 0, 0, 0),
            NdaNode::And => (25, 0, 0, 0),
            NdaNode::Or => (26, 0, 0, 0),
            NdaNode::LoopBegin { ty } => (27, 0, 0, ty.code()),
            NdaNode::Loop => (28, 0, 0, 0),
            NdaNode::WhileBegin => (29, 0, 0, 0),
            NdaNode::Do => (30, 0, 0, 0),
            NdaNode::While => (31, 0, 0, 0),
            NdaNode::ForBegin { slot, range } => {
                let flags =
                    u8::from(range.inclusive) | u8::from(range.reversed) << 1 | u8::from(range.stepped) << 2;
                (32, flags, 0, slot)
            }
            NdaNode::For => (33, 0, 0, 0),
            NdaNode::EachBegin { slot, ty } => (34, 0, slot as u16, ty.code()),
            NdaNode::Each => (35, 0, 0, 0),
            NdaNode::Break { up } => (36, 0, 0, up),
            NdaNode::Continue { up } => (37, 0, 0, up),
            NdaNode::Return => (38, 0, 0, 0),
            NdaNode::Joined { count } => (39, 0, 0, count),
            NdaNode::Construct { variant, ty } => (40, 0, variant, ty.code()),
            NdaNode::Tag => (41, 0, 0, 0),
            NdaNode::Field { variant, index, mode } => (42, mode as u8, variant, index),
            NdaNode::Unpack { variant, slot } => (43, 0, variant, slot),
            NdaNode::Weights { ty } => (44, 0, 0, ty.code()),
            NdaNode::Vector { ty } => (45, 0, 0, ty.code()),
            NdaNode::Tensor { op, ty } => (46, op as u8, 0, ty.code()),
        };
        (u64::from(op) | u64::from(m) << 8 | u64::from(c) << 16 | u64::from(a) << 32).to_le_bytes()
    }

    /// Reads a record; `None` if it is not canonical. That the records name each number of `wide` once, in order, is
    /// for the reader of the whole body to see: [`wide_index`].
    #[must_use]
    pub fn decode(record: &[u8; RECORD], wide: &[[u8; WIDE]]) -> Option<Self> {
        let node = Self::decode_loose(record, wide)?;
        let index = field_a(record);
        // One node, one spelling: whatever a field does not use must be zero.
        (node.encode_with(|_| index) == *record).then_some(node)
    }

    /// Reads a record that is known to be canonical, or one that [`NdaNode::decode`] then compares.
    #[inline]
    fn decode_loose(record: &[u8; RECORD], wide: &[[u8; WIDE]]) -> Option<Self> {
        let m = record[1];
        let c = u16::from_le_bytes([record[2], record[3]]);
        let a = field_a(record);
        let ty = || Ty::from_code(a);
        let mode = |code: u16| Mode::ALL.get(code as usize).copied();
        let wide = || wide.get(a as usize).map(|&number| u64::from_le_bytes(number));
        Some(match record[0] {
            0 => NdaNode::Unit,
            1 => NdaNode::Bool(m == 1),
            2 if m == 0 => NdaNode::Int(i64::from(a as i32)),
            2 => NdaNode::Int(wide()? as i64),
            3 if m == 0 => NdaNode::float(f64::from_bits(u64::from(a) << 32)),
            3 => NdaNode::float(f64::from_bits(wide()?)),
            4 if m == 0 => NdaNode::Text { start: a, len: c.into() },
            4 => {
                let both = wide()?;
                NdaNode::Text { start: both as u32, len: (both >> 32) as u32 }
            }
            5 => NdaNode::Const(a),
            6 => NdaNode::Load { slot: a, mode: mode(u16::from(m))? },
            7 => NdaNode::Let { slot: c.into(), ty: ty()? },
            8 => NdaNode::Store { slot: a },
            9 => NdaNode::Drop { slot: a },
            10 => NdaNode::Math(MathOp::from_code(m)?),
            11 => NdaNode::Unary(UnaryOp::from_code(m)?),
            12 => NdaNode::Compare { op: CompareOp::from_code(m)?, ty: ty()? },
            13 => NdaNode::Call { callee: a, args: c.into() },
            14 => NdaNode::Host { host: a, args: c.into() },
            15 => NdaNode::Builtin { op: Builtin::from_code(m)?, mode: mode(c)? },
            16 => NdaNode::List { count: c.into(), ty: ty()? },
            17 => NdaNode::Place { op: PlaceOp::from_code(m)?, slot: a, depth: c as u8 },
            18 => NdaNode::Update { op: MathOp::from_code(m)?, slot: a, depth: c as u8 },
            19 => NdaNode::Scope { count: a, drops: c.into() },
            20 => NdaNode::Discard,
            21 => NdaNode::Then,
            22 => NdaNode::Else,
            23 => NdaNode::If,
            24 => NdaNode::Rhs,
            25 => NdaNode::And,
            26 => NdaNode::Or,
            27 => NdaNode::LoopBegin { ty: ty()? },
            28 => NdaNode::Loop,
            29 => NdaNode::WhileBegin,
            30 => NdaNode::Do,
            31 => NdaNode::While,
            32 => NdaNode::ForBegin {
                slot: a,
                range: Range { inclusive: m & 1 != 0, reversed: m & 2 != 0, stepped: m & 4 != 0 },
            },
            33 => NdaNode::For,
            34 => NdaNode::EachBegin { slot: c.into(), ty: ty()? },
            35 => NdaNode::Each,
            36 => NdaNode::Break { up: a },
            37 => NdaNode::Continue { up: a },
            38 => NdaNode::Return,
            39 => NdaNode::Joined { count: a },
            40 => NdaNode::Construct { variant: c, ty: ty()? },
            41 => NdaNode::Tag,
            42 => NdaNode::Field { variant: c, index: a, mode: mode(u16::from(m))? },
            43 => NdaNode::Unpack { variant: c, slot: a },
            44 => NdaNode::Weights { ty: ty()? },
            45 => NdaNode::Vector { ty: ty()? },
            46 => NdaNode::Tensor { op: TensorOp::from_code(m)?, ty: ty()? },
            _ => return None,
        })
    }

    /// Reads a record of a body that was verified: nothing is compared again.
    ///
    /// # Panics
    /// If the body was not verified and the record is not one.
    #[must_use]
    #[inline]
    pub fn decode_verified(record: &[u8; RECORD], wide: &[[u8; WIDE]]) -> Self {
        Self::decode_loose(record, wide).expect("records of a verified body decode")
    }
}

/// The type that a record names, if it names one.
#[must_use]
pub(crate) fn type_of_record(record: &[u8; RECORD]) -> Option<Ty> {
    if matches!(record[0], 7 | 12 | 16 | 27 | 34 | 40 | 44..=46) {
        Ty::from_code(field_a(record))
    } else {
        None
    }
}

/// The slot that a record changes: that of a `Store`, a `Place` or an `Update`.
pub(crate) fn changed_slot(record: &[u8; RECORD]) -> Option<Slot> {
    matches!(record[0], 8 | 17 | 18).then(|| field_a(record))
}

/// Writes another type into a record that names one.
pub(crate) fn set_type_of_record(record: &mut [u8; RECORD], ty: Ty) {
    record[4..].copy_from_slice(&ty.code().to_le_bytes());
}

fn field_a(record: &[u8; RECORD]) -> u32 {
    u32::from_le_bytes([record[4], record[5], record[6], record[7]])
}

/// Which wide number a record names, if it names one.
#[must_use]
pub fn wide_index(record: &[u8; RECORD]) -> Option<u32> {
    (matches!(record[0], 2..=4) && record[1] == 1).then(|| field_a(record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_fit_stand_in_the_record_and_others_among_the_wide_ones() {
        let narrow = [NdaNode::Int(-1), NdaNode::Int(i32::MAX.into()), NdaNode::float(-0.5)];
        let texts = [NdaNode::Text { start: 9, len: 65_535 }, NdaNode::Text { start: 9, len: 65_536 }];
        let wide = [NdaNode::Int(1 << 31), NdaNode::Int(i64::MIN), NdaNode::float(0.1)];
        let mut numbers = Vec::new();
        for (node, count) in narrow.into_iter().zip([0; 3]).chain(wide.into_iter().zip(1..)) {
            let record = node.encode(&mut numbers);
            assert_eq!((NdaNode::decode(&record, &numbers), numbers.len()), (Some(node), count), "{node:?}");
            assert_eq!(wide_index(&record), count.checked_sub(1).map(|index| index as u32));
        }
        for (node, count) in texts.into_iter().zip([3, 4]) {
            let record = node.encode(&mut numbers);
            assert_eq!((NdaNode::decode(&record, &numbers), numbers.len()), (Some(node), count), "{node:?}");
        }
    }

    #[test]
    fn a_number_that_would_fit_is_not_spelled_wide() {
        for number in [1u64, u64::MAX] {
            assert_eq!(NdaNode::decode(&[2, 1, 0, 0, 0, 0, 0, 0], &[number.to_le_bytes()]), None);
        }
        assert_eq!(NdaNode::decode(&[2, 1, 0, 0, 1, 0, 0, 0], &[[9; 8]]), None, "no such number");
    }
}
