//! Work on text that is nearly always small: done at once, without a guard, since none of it can panic. Where there is no fuel in the slice,
//! no memory at hand, no room, or other text than ASCII, it has changed nothing and says so, and the work is done as any other.

use crate::object::{Object, ObjectRef, reference, small_text};
use crate::state::JitState;
use crate::steps::parts::is_white;
use crate::values::same;
use nda_graph::run::{cost, size};
use nda_graph::{Builtin, Ty};

/// What says that a text was not made, or nothing done.
pub const NOT_MADE: i64 = 0;
/// What says that a number was not found, or an answer.
pub const NOT_FOUND: i64 = -1;

/// Quick work: whom to call with the operands and the state, and what it says if it is not done.
#[derive(Clone, Copy, Debug)]
pub struct Quick {
    /// Whom.
    pub address: *const (),
    /// What it says if it is not done.
    pub not_done: i64,
    /// Whether it may take fuel.
    pub charges: bool,
}

impl Quick {
    /// Text put behind the text in a place.
    pub const APPEND: Self = Self { address: append as *const (), not_done: NOT_MADE, charges: true };
    /// The digits of a number.
    pub const APPEND_NUMBER: Self =
        Self { address: append_number as *const (), not_done: NOT_MADE, charges: true };
    /// Whether two texts of the same length are the same.
    pub const SAME: Self = Self { address: same_bytes as *const (), not_done: NOT_FOUND, charges: true };
}

/// The quick way of a built-in whose operands are only looked at, if it has one.
#[must_use]
pub fn of(op: Builtin, first: Ty) -> Option<Quick> {
    let (address, not_done) = match op {
        Builtin::Show if first == Ty::I64 => (show as *const (), NOT_MADE),
        Builtin::WordAt => (word_at as *const (), NOT_MADE),
        Builtin::NextWord => (next_word as *const (), NOT_FOUND),
        Builtin::Slice if first == Ty::STR => (slice as *const (), NOT_MADE),
        Builtin::SliceFrom if first == Ty::STR => (slice_from as *const (), NOT_MADE),
        _ => return None,
    };
    Some(Quick { address, not_done, charges: true })
}

impl JitState<'_> {
    /// Takes so many units if the slice at hand has them.
    #[inline(always)]
    fn takes(&mut self, units: u64) -> bool {
        let left = self.fuel.checked_sub(units);
        self.fuel = left.unwrap_or(self.fuel);
        left.is_some()
    }

    /// A copy of a text.
    #[inline(always)]
    pub(crate) fn quick_text(&mut self, text: &str) -> Option<u64> {
        if text.len() < 2 {
            return Some(small_text(text));
        }
        let left = self.fuel.checked_sub(cost::new_text(text.len() as u64))?;
        let made = self.heap.text_at_hand(text)?;
        self.fuel = left;
        Some(made)
    }

    /// The text of the first bytes of eight, two at least.
    #[inline(always)]
    fn quick_part(&mut self, eight: Eight, len: usize) -> Option<u64> {
        let left = self.fuel.checked_sub(cost::new_text(len as u64))?;
        let made = self.heap.word_at_hand(eight.0, len)?;
        self.fuel = left;
        Some(made)
    }
}

/// Eight bytes of a text, looked at together.
#[derive(Clone, Copy)]
struct Eight(u64);

impl Eight {
    /// The top bit of each byte.
    const TOP: u64 = Self::each(0x80);

    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }

    #[inline(always)]
    fn first(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(|first| Self(u64::from_le_bytes(*first)))
    }

    /// The top bits of those that are no ASCII.
    #[inline(always)]
    const fn foreign(self) -> u64 {
        self.0 & Self::TOP
    }

    /// The top bits of those that are whitespace of ASCII ([`is_white`]). No sum goes over a byte's end.
    #[inline(always)]
    const fn white(self) -> u64 {
        let low = self.0 & !Self::TOP;
        let from_tab = low + Self::each(0x80 - b'\t');
        let behind_return = low + Self::each(0x7f - b'\r');
        let no_space = (low ^ Self::each(b' ')) + Self::each(0x7f);
        (from_tab & !behind_return | !no_space) & !self.0 & Self::TOP
    }

    /// How many stand before the first that is marked by a top bit.
    #[inline(always)]
    const fn before(marked: u64) -> usize {
        (marked.trailing_zeros() / 8) as usize
    }
}

/// The digits of a number.
struct Digits {
    bytes: [u8; 20],
    from: usize,
}

impl Digits {
    #[inline(always)]
    fn of(number: i64) -> Self {
        let mut digits = Self { bytes: [0; 20], from: 20 };
        let mut left = number.unsigned_abs();
        loop {
            digits.put(b'0' + (left % 10) as u8);
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if number < 0 {
            digits.put(b'-');
        }
        digits
    }

    /// Twenty are enough for every number.
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        self.from = self.from.saturating_sub(1);
        if let Some(place) = self.bytes.get_mut(self.from) {
            *place = byte;
        }
    }

    #[inline(always)]
    fn text(&self) -> &str {
        // SAFETY: digits are ASCII.
        unsafe { std::str::from_utf8_unchecked(self.bytes.get(self.from..).unwrap_or_default()) }
    }
}

/// `number.to_string()`.
unsafe extern "C" fn show(number: i64, state: &mut JitState<'_>) -> u64 {
    state.quick_text(Digits::of(number).text()).unwrap_or(NOT_MADE as u64)
}

impl JitState<'_> {
    /// The word of a text at a byte.
    #[inline(always)]
    pub(crate) fn quick_word(&mut self, text: &str, at: i64) -> Option<u64> {
        let rest = rest(text, at)?;
        if let Some(eight) = Eight::first(rest) {
            let (white, foreign) = (eight.white(), eight.foreign());
            let len = Eight::before(white);
            if len > 1 && len < 8 && len < Eight::before(foreign) {
                return self.quick_part(eight, len);
            }
        }
        let len = rest.iter().position(|&byte| is_white(byte) || !byte.is_ascii()).unwrap_or(rest.len());
        let (word, 0..128) = (rest.get(..len)?, rest.get(len).copied().unwrap_or_default()) else {
            return None;
        };
        // SAFETY: it is ASCII.
        self.quick_text(unsafe { std::str::from_utf8_unchecked(word) })
    }

    /// Where whitespace from a byte on ends.
    #[inline(always)]
    pub(crate) fn quick_next_word(&mut self, text: &str, at: i64) -> Option<i64> {
        let rest = rest(text, at)?;
        let gap = rest.iter().position(|&byte| !is_white(byte)).unwrap_or(rest.len());
        let is_ascii = rest.get(gap).is_none_or(u8::is_ascii);
        (is_ascii && self.takes(cost::new_text(gap as u64))).then(|| at.wrapping_add(gap as i64))
    }
}

/// A text from a byte on, if it has that byte; the end counts as one.
#[inline(always)]
fn rest(text: &str, at: i64) -> Option<&[u8]> {
    text.as_bytes().get(usize::try_from(at).ok()?..)
}

/// The text in a word.
#[inline(always)]
unsafe fn text<'t>(word: u64) -> Option<&'t str> {
    // SAFETY: the caller's word is a text that is alive.
    Some(unsafe { reference(word)?.as_ref() }.text())
}

unsafe extern "C" fn word_at(word: u64, at: i64, state: &mut JitState<'_>) -> u64 {
    // SAFETY: the translator's word is a text.
    let text = unsafe { text(word) };
    text.and_then(|text| state.quick_word(text, at)).unwrap_or(NOT_MADE as u64)
}

/// What of a text stands between two bytes, if each begins a character or is the end.
#[inline(always)]
fn part(text: &str, from: i64, to: i64) -> Option<&str> {
    text.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
}

unsafe extern "C" fn slice(word: u64, from: i64, to: i64, state: &mut JitState<'_>) -> u64 {
    // SAFETY: as above.
    let text = unsafe { text(word) };
    let part = text.and_then(|text| part(text, from, to));
    part.and_then(|part| state.quick_text(part)).unwrap_or(NOT_MADE as u64)
}

unsafe extern "C" fn slice_from(word: u64, from: i64, state: &mut JitState<'_>) -> u64 {
    // SAFETY: as above.
    let text = unsafe { text(word) };
    let part = text.and_then(|text| part(text, from, text.len() as i64));
    part.and_then(|part| state.quick_text(part)).unwrap_or(NOT_MADE as u64)
}

unsafe extern "C" fn same_bytes(a: u64, b: u64, state: &mut JitState<'_>) -> i64 {
    // SAFETY: as above.
    let (Some(a), Some(b)) = (unsafe { (text(a), text(b)) }) else { return NOT_FOUND };
    if state.takes(cost::bytes(a.len() as u64)) { same(a, b).into() } else { NOT_FOUND }
}

unsafe extern "C" fn next_word(word: u64, at: i64, state: &mut JitState<'_>) -> i64 {
    // SAFETY: as above.
    let text = unsafe { text(word) };
    text.and_then(|text| state.quick_next_word(text, at)).unwrap_or(NOT_FOUND)
}

/// Puts a text that is given up behind the text in a place; whether it is done.
unsafe extern "C" fn append(place: &u64, more: u64, state: &mut JitState<'_>) -> i64 {
    let (Some(text), Some(more)) = (reference(*place), reference(more)) else { return NOT_MADE };
    // SAFETY: both are texts that are alive, and if the first has one owner they are two.
    unsafe {
        let part = more.as_ref().text();
        if !text.as_ref().has_room(part.len()) || !state.takes(cost::bytes(part.len() as u64)) {
            return NOT_MADE;
        }
        Object::put(text, part);
    }
    state.heap.release(more);
    1
}

/// Puts the digits of a number behind the text in a place, as if they had been a text before; whether it is done.
unsafe extern "C" fn append_number(place: &u64, number: i64, state: &mut JitState<'_>) -> i64 {
    let digits = Digits::of(number);
    let digits = digits.text();
    let len = digits.len() as u64;
    let Some(text): Option<ObjectRef> = reference(*place) else { return NOT_MADE };
    let units = cost::new_text(len) + cost::bytes(len);
    // SAFETY: it is a text that is alive.
    unsafe {
        if !text.as_ref().has_room(digits.len())
            || state.fuel < units
            || !state.heap.hold_for_a_moment(size::new_text(len))
        {
            return NOT_MADE;
        }
        state.fuel -= units;
        Object::put(text, digits);
    }
    1
}
