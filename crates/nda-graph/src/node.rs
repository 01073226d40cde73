//! [`NdaNode`]: one record of a definition's body, and its 16 canonical bytes.
//!
//! A body is a table in post order: operands stand before the node that uses them. Where a part runs conditionally or
//! repeatedly, a *marker* record (`Then`, `Do`, `ForBegin`, …) stands in front of it, so that a reader knows at every
//! record what is in scope, and a writer can be checked one record at a time. The verifier in [`crate::verify`] holds
//! the rules; this file knows only shapes and bytes.

use crate::Ty;
use crate::op::{Builtin, CompareOp, MathOp, PlaceOp, UnaryOp};

/// Bytes of one record.
pub const RECORD: usize = 16;

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
}

/// The one NaN that is hashed and printed.
pub const CANONICAL_NAN: u64 = 0x7ff8_0000_0000_0000;

impl NdaNode {
    /// A float constant; NaNs are made canonical.
    #[must_use]
    pub fn float(value: f64) -> Self {
        NdaNode::Float(if value.is_nan() { CANONICAL_NAN } else { value.to_bits() })
    }

    /// The record's canonical bytes: `op u8, m u8, c u16, a u32, b u64`, little-endian.
    #[must_use]
    pub fn encode(self) -> [u8; RECORD] {
        let (op, m, a, b): (u8, u8, u32, u64) = match self {
            NdaNode::Unit => (0, 0, 0, 0),
            NdaNode::Bool(value) => (1, u8::from(value), 0, 0),
            NdaNode::Int(value) => (2, 0, 0, value as u64),
            NdaNode::Float(bits) => (3, 0, 0, bits),
            NdaNode::Text { start, len } => (4, 0, start, u64::from(len)),
            NdaNode::Const(reference) => (5, 0, reference, 0),
            NdaNode::Load { slot, mode } => (6, mode as u8, slot, 0),
            NdaNode::Let { slot, ty } => (7, 0, slot, u64::from(ty.code())),
            NdaNode::Store { slot } => (8, 0, slot, 0),
            NdaNode::Drop { slot } => (9, 0, slot, 0),
            NdaNode::Math(op) => (10, op as u8, 0, 0),
            NdaNode::Unary(op) => (11, op as u8, 0, 0),
            NdaNode::Compare { op, ty } => (12, op as u8, 0, u64::from(ty.code())),
            NdaNode::Call { callee, args } => (13, 0, callee, u64::from(args)),
            NdaNode::Host { host, args } => (14, 0, host, u64::from(args)),
            NdaNode::Builtin { op, mode } => (15, op as u8, mode as u32, 0),
            NdaNode::List { count, ty } => (16, 0, count, u64::from(ty.code())),
            NdaNode::Place { op, slot, depth } => (17, op as u8, slot, u64::from(depth)),
            NdaNode::Update { op, slot, depth } => (18, op as u8, slot, u64::from(depth)),
            NdaNode::Scope { count, drops } => (19, 0, count, u64::from(drops)),
            NdaNode::Discard => (20, 0, 0, 0),
            NdaNode::Then => (21, 0, 0, 0),
            NdaNode::Else => (22, 0, 0, 0),
            NdaNode::If => (23, 0, 0, 0),
            NdaNode::Rhs => (24, 0, 0, 0),
            NdaNode::And => (25, 0, 0, 0),
            NdaNode::Or => (26, 0, 0, 0),
            NdaNode::LoopBegin { ty } => (27, 0, 0, u64::from(ty.code())),
            NdaNode::Loop => (28, 0, 0, 0),
            NdaNode::WhileBegin => (29, 0, 0, 0),
            NdaNode::Do => (30, 0, 0, 0),
            NdaNode::While => (31, 0, 0, 0),
            NdaNode::ForBegin { slot, range } => {
                let flags =
                    u8::from(range.inclusive) | u8::from(range.reversed) << 1 | u8::from(range.stepped) << 2;
                (32, flags, slot, 0)
            }
            NdaNode::For => (33, 0, 0, 0),
            NdaNode::EachBegin { slot, ty } => (34, 0, slot, u64::from(ty.code())),
            NdaNode::Each => (35, 0, 0, 0),
            NdaNode::Break { up } => (36, 0, up, 0),
            NdaNode::Continue { up } => (37, 0, up, 0),
            NdaNode::Return => (38, 0, 0, 0),
            NdaNode::Joined { count } => (39, 0, count, 0),
        };
        let mut record = [0; RECORD];
        record[0] = op;
        record[1] = m;
        record[4..8].copy_from_slice(&a.to_le_bytes());
        record[8..16].copy_from_slice(&b.to_le_bytes());
        record
    }

    /// Reads a record; `None` if it is not canonical.
    #[must_use]
    pub fn decode(record: &[u8; RECORD]) -> Option<Self> {
        let node = Self::decode_loose(record)?;
        // One node, one spelling: whatever a field does not use must be zero.
        (node.encode() == *record).then_some(node)
    }

    /// Reads a record that is known to be canonical, or one that [`NdaNode::decode`] then compares.
    fn decode_loose(record: &[u8; RECORD]) -> Option<Self> {
        let m = record[1];
        let a = u32::from_le_bytes([record[4], record[5], record[6], record[7]]);
        let b = u64::from_le_bytes([
            record[8], record[9], record[10], record[11], record[12], record[13], record[14], record[15],
        ]);
        let low = b as u32;
        let ty = || Ty::from_code(low);
        let mode = |code: u32| Mode::ALL.get(code as usize).copied();
        Some(match record[0] {
            0 => NdaNode::Unit,
            1 => NdaNode::Bool(m == 1),
            2 => NdaNode::Int(b as i64),
            3 => NdaNode::float(f64::from_bits(b)),
            4 => NdaNode::Text { start: a, len: low },
            5 => NdaNode::Const(a),
            6 => NdaNode::Load { slot: a, mode: mode(u32::from(m))? },
            7 => NdaNode::Let { slot: a, ty: ty()? },
            8 => NdaNode::Store { slot: a },
            9 => NdaNode::Drop { slot: a },
            10 => NdaNode::Math(MathOp::from_code(m)?),
            11 => NdaNode::Unary(UnaryOp::from_code(m)?),
            12 => NdaNode::Compare { op: CompareOp::from_code(m)?, ty: ty()? },
            13 => NdaNode::Call { callee: a, args: low },
            14 => NdaNode::Host { host: a, args: low },
            15 => NdaNode::Builtin { op: Builtin::from_code(m)?, mode: mode(a)? },
            16 => NdaNode::List { count: a, ty: ty()? },
            17 => NdaNode::Place { op: PlaceOp::from_code(m)?, slot: a, depth: low as u8 },
            18 => NdaNode::Update { op: MathOp::from_code(m)?, slot: a, depth: low as u8 },
            19 => NdaNode::Scope { count: a, drops: low },
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
            34 => NdaNode::EachBegin { slot: a, ty: ty()? },
            35 => NdaNode::Each,
            36 => NdaNode::Break { up: a },
            37 => NdaNode::Continue { up: a },
            38 => NdaNode::Return,
            39 => NdaNode::Joined { count: a },
            _ => return None,
        })
    }

    /// Reads a record of a body that was verified: nothing is compared again.
    ///
    /// # Panics
    /// If the body was not verified and the record is not one.
    #[must_use]
    pub fn decode_verified(record: &[u8; RECORD]) -> Self {
        Self::decode_loose(record).expect("records of a verified body decode")
    }
}
