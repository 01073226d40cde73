//! What a run is given and what it gives, the same for every tier: limits, traps, outcomes, and the price list.
//!
//! The numbers here are the language's, not a tier's. `docs/spec/fuel.md` and `docs/spec/memory.md` state them for
//! people and run as tests.

use crate::node::NodeId;
use crate::{Hash, Value};
use std::fmt;

/// The limits of one run. None can be switched off by the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Units of fuel; see [`cost`].
    pub fuel: u64,
    /// Bytes held by values at once; see [`size`].
    pub memory_bytes: u64,
    /// Nested calls, the entry call included.
    pub depth: u32,
    /// Bytes of printed lines, line ends included.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fuel: 100_000_000, memory_bytes: 64 << 20, depth: 1_024, output_bytes: 1 << 20 }
    }
}

/// Why a run stopped without a value. The numbers are part of the machine interface.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum TrapKind {
    /// A result outside `i64`.
    IntegerOverflow = 1,
    /// `/` or `%` by zero.
    DivisionByZero = 2,
    /// A shift amount outside `0..=63`.
    ShiftOutOfRange = 3,
    /// An index outside the list.
    IndexOutOfBounds = 4,
    /// `panic`, `assert`, or a built-in asked for what it cannot do.
    Panic = 5,
    /// The fuel limit would be passed.
    OutOfFuel = 6,
    /// The memory limit would be passed.
    OutOfMemory = 7,
    /// The call depth limit would be passed.
    CallTooDeep = 8,
    /// The output limit would be passed.
    OutputTooLarge = 9,
    /// The wall-clock deadline passed.
    DeadlineExceeded = 10,
    /// Somebody cancelled the run.
    Cancelled = 11,
    /// A host function failed.
    HostError = 12,
    /// A bug in NDA.
    InternalError = 13,
}

impl TrapKind {
    /// Every kind.
    pub const ALL: [TrapKind; 13] = [
        TrapKind::IntegerOverflow,
        TrapKind::DivisionByZero,
        TrapKind::ShiftOutOfRange,
        TrapKind::IndexOutOfBounds,
        TrapKind::Panic,
        TrapKind::OutOfFuel,
        TrapKind::OutOfMemory,
        TrapKind::CallTooDeep,
        TrapKind::OutputTooLarge,
        TrapKind::DeadlineExceeded,
        TrapKind::Cancelled,
        TrapKind::HostError,
        TrapKind::InternalError,
    ];

    /// The kind with this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<TrapKind> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// The message of a trap that has no more to say.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            TrapKind::IntegerOverflow => "the result does not fit in i64",
            TrapKind::DivisionByZero => "division by zero",
            TrapKind::ShiftOutOfRange => "a shift amount outside 0..=63",
            TrapKind::IndexOutOfBounds => "an index outside the list",
            TrapKind::Panic => "panic",
            TrapKind::OutOfFuel => "the fuel is used up",
            TrapKind::OutOfMemory => "the memory limit is reached",
            TrapKind::CallTooDeep => "calls are nested too deeply",
            TrapKind::OutputTooLarge => "the output limit is reached",
            TrapKind::DeadlineExceeded => "the deadline has passed",
            TrapKind::Cancelled => "the run was cancelled",
            TrapKind::HostError => "a host function failed",
            TrapKind::InternalError => "a bug in NDA; please report it",
        }
    }
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How a run ended without a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trap {
    /// What happened.
    pub kind: TrapKind,
    /// In words, with the numbers that matter.
    pub message: String,
    /// Where: the trapping record first, then the call that led there, and so on out to the entry function. Empty if
    /// the run did not get as far as its entry function's body.
    pub frames: Vec<Frame>,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

/// A place in a running program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The function.
    pub definition: Hash,
    /// The record: what trapped, or the call that has not returned.
    pub node: NodeId,
}

/// Everything a run says about itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// The value, or why there is none.
    pub result: Result<Value, Trap>,
    /// What it printed: lines, each ended by `\n`.
    pub output: String,
    /// Units used.
    pub fuel: u64,
    /// The most bytes its values held at once.
    pub peak_bytes: u64,
    /// The deepest nesting of calls it reached.
    pub depth: u32,
}

/// The version of the price list and of what programs mean. Whoever changes an outcome that a tier gives (a value, a
/// trap, fuel, a peak) makes it one more: outcomes that were recorded under another version are not believed.
pub const VERSION: u32 = 4;

/// What work costs, in units of fuel, beyond the 1 for each call and each entry into a loop body.
pub mod cost {
    /// Reading or writing `count` elements of a list.
    #[must_use]
    pub const fn elements(count: u64) -> u64 {
        count.div_ceil(8)
    }

    /// Reading or writing `count` bytes of text.
    #[must_use]
    pub const fn bytes(count: u64) -> u64 {
        count.div_ceil(64)
    }

    /// Reading the weights of a matrix, four to a byte, and its vectors.
    #[must_use]
    pub const fn gemv(rows: u64, columns: u64) -> u64 {
        bytes(rows * columns.div_ceil(4)) + elements(columns) + elements(rows)
    }

    /// Making a text of `len` bytes that stays as it is; see [`super::size::new_text`].
    #[must_use]
    pub const fn new_text(len: u64) -> u64 {
        if len > 1 { bytes(len) } else { 0 }
    }

    /// How often a map of `len` entries can be halved until nothing is left.
    const fn halves(len: u64) -> u64 {
        (u64::BITS - len.leading_zeros()) as u64
    }

    /// Searching a map of `len` entries for a key. `weight` is what reading the key costs: nothing for a word, its bytes for a
    /// text, its fields and what they weigh for anything else.
    #[must_use]
    pub const fn search(weight: u64, len: u64) -> u64 {
        weight.saturating_mul(halves(len))
    }

    /// Adding a key to a map of `len` entries, or taking one out.
    #[must_use]
    pub const fn entry(len: u64) -> u64 {
        halves(len)
    }

    /// Sorting `count` elements that hold `bytes` of text between them: n·⌈log₂ n⌉ elements, and the text as often.
    #[must_use]
    pub const fn sort(count: u64, bytes_held: u64) -> u64 {
        if count < 2 {
            return 0;
        }
        let rounds = (64 - (count - 1).leading_zeros()) as u64;
        elements(count.saturating_mul(rounds)) + bytes(bytes_held.saturating_mul(rounds))
    }
}

/// The greatest width and the greatest number of digits that a format specification can ask for, as in Rust.
pub const MAX_FORMAT_COUNT: u32 = 65_535;

/// What values hold, in bytes.
pub mod size {
    use crate::Ty;

    /// The fixed part of every object.
    pub const HEADER: u64 = 32;

    /// An entry of a map.
    pub const ENTRY: u64 = 32;

    /// One element of a list of this type.
    #[must_use]
    pub fn element(ty: Ty) -> u64 {
        if ty == Ty::BOOL { 1 } else { 8 }
    }

    /// A list with room for `capacity` elements of `element_bytes` each; see [`element`].
    #[must_use]
    pub const fn list(element_bytes: u64, capacity: u64) -> u64 {
        HEADER.saturating_add(capacity.saturating_mul(element_bytes))
    }

    /// A tuple, a struct, or a variant of an enum. One without fields is a word, and holds nothing.
    #[must_use]
    pub const fn record(fields: u64) -> u64 {
        if fields == 0 { 0 } else { HEADER + fields * 8 }
    }

    /// A map of `len` entries; what they hold is not in it.
    #[must_use]
    pub const fn map(len: u64) -> u64 {
        HEADER.saturating_add(len.saturating_mul(ENTRY))
    }

    /// A text with room for `capacity` bytes.
    #[must_use]
    pub const fn text(capacity: u64) -> u64 {
        HEADER.saturating_add(capacity)
    }

    /// A vector of `len` elements.
    #[must_use]
    pub const fn vector(len: u64) -> u64 {
        HEADER + 4 * len
    }

    /// The capacity of a full list that gets one more element.
    #[must_use]
    pub const fn grown_list(capacity: u64) -> u64 {
        if capacity < 2 { 4 } else { capacity * 2 }
    }

    /// The capacity of a list that is extended in place to `len` elements and has no room.
    #[must_use]
    pub const fn extended_list(capacity: u64, len: u64) -> u64 {
        if capacity * 2 > len { capacity * 2 } else { len }
    }

    /// What a text of `len` bytes holds that is made to stay as it is. Texts of no or one byte are made once and for all and held by nobody.
    #[must_use]
    pub const fn new_text(len: u64) -> u64 {
        if len > 1 { text(len) } else { 0 }
    }

    /// The capacity of a text that is extended in place to `len` bytes and has no room.
    #[must_use]
    pub const fn grown_text(capacity: u64, len: u64) -> u64 {
        if capacity * 2 > len { capacity * 2 } else { len }
    }
}

/// The messages that carry numbers or explain a built-in, in one place for every tier.
pub mod message {
    use crate::types::ShownType;
    use crate::{Builtin, Value};
    use std::fmt;

    /// A host function gave a value of another type than it should; a `HostError`.
    #[must_use]
    pub fn host_result(value: &Value, wanted: ShownType<'_>) -> String {
        let mut found = value.to_string();
        if let Some((end, _)) = found.char_indices().nth(100) {
            found.truncate(end);
            found.push('…');
        }
        format!("it gave {found}, which is no `{wanted}`")
    }

    /// `xs[i]`, `xs.remove(i)`, `xs.swap(i, j)`.
    #[must_use]
    pub fn index(index: i64, len: u64) -> String {
        format!("index {index} is outside a list of {len}")
    }

    /// An entry of a map at a position.
    #[must_use]
    pub fn entry(position: i64, len: u64) -> String {
        format!("entry {position} is outside a map of {len}")
    }

    /// `m[k]` where nothing stands under `k`, of a map of `len`; `write` writes the key.
    pub fn absent(len: u64, write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) -> String {
        let mut key = Short { text: String::new(), left: 100 };
        if write(&mut key).is_err() {
            key.text.push('…');
        }
        format!("nothing stands under {} in a map of {len}", key.text)
    }

    /// The first characters of a text.
    struct Short {
        text: String,
        left: usize,
    }

    impl fmt::Write for Short {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            for character in part.chars() {
                self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
                self.text.push(character);
            }
            Ok(())
        }
    }

    /// `xs.insert(i, v)`.
    #[must_use]
    pub fn insert(index: i64, len: u64) -> String {
        format!("index {index} is outside 0..={len}, where a list of {len} can take an element")
    }

    /// `xs.sort_by_key(f)`, where `f` changed how many elements there are.
    #[must_use]
    pub fn keys(len: u64, keys: u64) -> String {
        format!("{keys} keys for a list of {len}")
    }

    /// `xs[a..b]`.
    #[must_use]
    pub fn slice(from: i64, to: i64, len: u64) -> String {
        format!("{from}..{to} is not a part of a list of {len}")
    }

    /// `[x; n]` with a negative `n`; a `Panic`.
    #[must_use]
    pub fn repeat(count: i64) -> String {
        format!("a list cannot have {count} elements")
    }

    /// `s[a..b]` that is no part of the text, or cuts a character in two.
    #[must_use]
    pub fn text_slice(from: i64, to: i64, text: &str) -> String {
        let len = text.len();
        if from < 0 || from > to || to > len as i64 {
            return format!("{from}..{to} is not a part of a text of {len} bytes");
        }
        let inside = |at: i64| !text.is_char_boundary(at as usize);
        let cut = if inside(from) { from } else { to } as usize;
        let start = (0..cut).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let character = text[start..].chars().next().unwrap_or_default();
        let end = start + character.len_utf8();
        format!("byte {cut} is inside of the character {character:?}, which is bytes {start}..{end}")
    }

    /// The smallest or greatest element of an empty list; a `Panic`.
    pub const NO_ELEMENT: &str = "an empty list has no smallest or greatest element";

    /// A text that is read as a number and is none; a `Panic`.
    pub const NO_NUMBER: &str = "the text is not a number";

    /// `s.repeat(n)` with a negative `n`; a `Panic`.
    #[must_use]
    pub fn repeat_text(count: i64) -> String {
        format!("a text cannot be repeated {count} times")
    }

    /// `xs.truncate(n)` with a negative `n`; a `Panic`.
    #[must_use]
    pub fn truncate(count: i64) -> String {
        format!("a list cannot be cut down to {count} elements")
    }

    /// A built-in on one character, asked about a text that is none; a `Panic`.
    #[must_use]
    pub fn one_character(op: Builtin, text: &str) -> String {
        let found = match text.len() {
            0 => "is empty".to_owned(),
            len => format!("has more ({len} bytes)"),
        };
        format!("`{}` takes a text of one character, and this one {found}", op.name())
    }

    /// `str::from_code(n)` where `n` is no character; a `Panic`.
    #[must_use]
    pub fn from_code(code: i64) -> String {
        format!("{code} is not the code of a character")
    }

    /// A width or a number of digits that a format specification cannot have; a `Panic`.
    #[must_use]
    pub fn format_count(count: i64) -> String {
        format!("a width or precision must be in 0..={}, and this is {count}", super::MAX_FORMAT_COUNT)
    }

    /// A text to fill with that is not one character; a `Panic`.
    pub const FILL: &str = "a text is filled up with one character";
    /// A field, or all of them, of another variant than the value has; a `Panic`.
    #[must_use]
    pub fn variant(found: &str) -> String {
        format!("the value is `{found}`, and has no such fields")
    }

    /// `v[i]` of a vector.
    #[must_use]
    pub fn vector_index(index: i64, len: u64) -> String {
        format!("index {index} is outside a vector of {len}")
    }

    /// A part of `count` elements from `from` on that is none.
    #[must_use]
    pub fn vector_part(from: i64, count: u64, len: u64) -> String {
        format!("{count} elements from {from} on are not a part of a vector of {len}")
    }

    /// `vec::from(xs)` of a list of another length; a `Panic`.
    #[must_use]
    pub fn vector_from(len: u64, wanted: u64) -> String {
        format!("a list of {len} where a vector takes {wanted} elements")
    }

    /// `pow` with a negative exponent; a `Panic`.
    pub const POW: &str = "the exponent of `pow` is negative";
    /// `clamp` with `min > max` or a NaN bound; a `Panic`.
    pub const CLAMP: &str = "`clamp` needs min <= max";
    /// `step_by(n)` with `n < 1`; a `Panic`.
    pub const STEP: &str = "the step of a range must be at least 1";
}
