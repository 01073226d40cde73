//! Steps that read and make text.
//!
//! All but slices are too much work for the choice of the operator to matter, so one step does them all and finds out at
//! run time which it is. What a text holds and costs is settled in [`JitState::text`] before it is made.

use super::lists::{Operands, Work, object};
use super::parts::is_white;
use crate::fault::Cause;
use crate::layout::{LayoutsOf, Typed};
use crate::object::{Heap, Holds, small_text, word};
use crate::state::JitState;
use crate::step::Fp;
use crate::values::write_value;
use nda_graph::Builtin;
use nda_graph::run::{MAX_FORMAT_COUNT, cost, message, size};
use std::fmt::Write;

/// The text in a slot.
///
/// # Safety
/// The slot holds a text that stays alive while the step works.
pub(super) unsafe fn text<'t>(fp: Fp, slot: u16) -> &'t str {
    // SAFETY: the caller's promise.
    unsafe { object(fp, slot).as_ref().text() }
}

/// The word in a slot.
///
/// # Safety
/// The slot is one of the frame's.
pub(super) unsafe fn int(fp: Fp, slot: u16) -> i64 {
    // SAFETY: the caller's promise.
    unsafe { *fp.add(slot as usize) as i64 }
}

/// Ends a step: its operands go, its result comes.
///
/// # Safety
/// The slots hold what the compiler put there.
#[inline(always)]
pub(super) unsafe fn end(o: &Operands, fp: Fp, state: &mut JitState<'_>, result: u64) -> Result<(), Cause> {
    // SAFETY: the caller's promise.
    unsafe {
        o.release(fp, state);
        *fp.add(o.dst as usize) = result;
    }
    Ok(())
}

/// `dst = a[b..c]`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Slice;

impl Work for Slice {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let part = state.text_slice(text(fp, o.a), int(fp, o.b), int(fp, o.c))?;
            end(o, fp, state, part)
        }
    }
}

/// `dst = a[b..]`.
#[derive(Clone, Copy, Default)]
pub(crate) struct SliceFrom;

impl Work for SliceFrom {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let whole = text(fp, o.a);
            let part = state.text_slice(whole, int(fp, o.b), whole.len() as i64)?;
            end(o, fp, state, part)
        }
    }
}

/// `dst = a.contains(b)`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Contains;

impl Work for Contains {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (whole, part) = (text(fp, o.a), text(fp, o.b));
            state.charge(cost::bytes((whole.len() + part.len()) as u64))?;
            end(o, fp, state, u64::from(whole.contains(part)))
        }
    }
}

/// `dst` = one text of the `count` texts from `a` on, which are given up.
#[derive(Clone, Copy, Default)]
pub(crate) struct Joined;

impl Work for Joined {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let slots = o.a..o.a + o.count as u16;
            let len = slots.clone().map(|slot| text(fp, slot).len() as u64).sum();
            let joined = state.text(len, |put| slots.clone().for_each(|slot| put(text(fp, slot))))?;
            slots.for_each(|slot| state.heap.release(object(fp, slot)));
            *fp.add(o.dst as usize) = joined;
            Ok(())
        }
    }
}

/// Any other built-in on text: `count` is its number, `ty` the type of `a`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Text {
    pub(crate) layouts: LayoutsOf,
}

impl Work for Text {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        let op = Builtin::from_code(o.count as u8).expect("the compiler wrote its number");
        // SAFETY: the caller's promise: the operands have the types that the operator takes.
        unsafe {
            let result = match op {
                Builtin::Show => state.show(self.layouts.of(o.ty), int(fp, o.a) as u64)?,
                Builtin::Hex => state.text_of(&format!("{:x}", int(fp, o.a)))?,
                Builtin::UpperHex => state.text_of(&format!("{:X}", int(fp, o.a)))?,
                Builtin::Octal => state.text_of(&format!("{:o}", int(fp, o.a)))?,
                Builtin::Binary => state.text_of(&format!("{:b}", int(fp, o.a)))?,
                Builtin::FromCode => state.char_of(int(fp, o.a))?,
                Builtin::Fixed => {
                    let digits = state.format_count(int(fp, o.b))?;
                    state.text_of(&format!("{:.digits$}", f64::from_bits(int(fp, o.a) as u64)))?
                }
                Builtin::JoinList => {
                    let items = object(fp, o.a).as_ref().words();
                    let texts = items
                        .iter()
                        .map(|&word| crate::object::reference(word).unwrap_unchecked().as_ref().text());
                    state.join_list(texts, text(fp, o.b))?
                }
                Builtin::Prefix => state.prefix(text(fp, o.a), int(fp, o.b))?,
                Builtin::PadZero => state.pad_zero(text(fp, o.a), int(fp, o.b))?,
                Builtin::RepeatText => state.repeat_text(text(fp, o.a), int(fp, o.b))?,
                Builtin::PadStart | Builtin::PadEnd | Builtin::PadBoth => {
                    state.pad(op, text(fp, o.a), int(fp, o.b), text(fp, o.c))?
                }
                Builtin::Replace => state.replace(text(fp, o.a), text(fp, o.b), text(fp, o.c))?,
                Builtin::Split => {
                    let (whole, separator) = (text(fp, o.a), text(fp, o.b));
                    state.pieces(whole.len() + separator.len(), whole.split(separator))?
                }
                Builtin::LineAt | Builtin::NextLine | Builtin::CharAt => {
                    state.part(op, text(fp, o.a), int(fp, o.b))?
                }
                Builtin::PieceAt => state.piece(text(fp, o.a), int(fp, o.b), text(fp, o.c))?,
                Builtin::Find | Builtin::RFind => state.find(op, text(fp, o.a), text(fp, o.b))?,
                Builtin::StartsWith | Builtin::EndsWith => state.has_end(op, text(fp, o.a), text(fp, o.b))?,
                _ => state.of_text(op, text(fp, o.a))?,
            };
            end(o, fp, state, result)
        }
    }
}

/// Everything below gives words: of an object with one owner, or of a plain value.
impl JitState<'_> {
    /// A text of `len` bytes that stays as it is; `fill` puts them there when they are paid for.
    fn text(&mut self, len: u64, fill: impl FnOnce(&mut dyn FnMut(&str))) -> Result<u64, Cause> {
        if len < 2 {
            let mut small = String::new();
            fill(&mut |part| small.push_str(part));
            return Ok(small_text(&small));
        }
        self.charge(cost::new_text(len))?;
        let object = self.heap.allocate(Holds::Bytes, usize::try_from(len).unwrap_or(usize::MAX))?;
        fill(&mut |part| Heap::push_text(object, part));
        Ok(word(object))
    }

    pub(super) fn text_of(&mut self, text: &str) -> Result<u64, Cause> {
        if let Some(made) = self.quick_text(text) {
            return Ok(made);
        }
        self.charge(cost::new_text(text.len() as u64))?;
        let object = self.heap.allocate(Holds::Bytes, text.len())?;
        Heap::push_text(object, text);
        Ok(word(object))
    }

    fn text_slice(&mut self, whole: &str, from: i64, to: i64) -> Result<u64, Cause> {
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        match range.and_then(|(from, to)| whole.get(from..to)) {
            Some(part) => self.text_of(part),
            None => Err(self.explain(Cause::Index, message::text_slice(from, to, whole))),
        }
    }

    /// The built-ins that take one text.
    fn of_text(&mut self, op: Builtin, text: &str) -> Result<u64, Cause> {
        match op {
            Builtin::Signed if text.starts_with(['-', '+', 'N']) => self.text_of(text),
            Builtin::Signed => self.text(text.len() as u64 + 1, |put| {
                put("+");
                put(text);
            }),
            Builtin::Chars => self.chars(text),
            Builtin::SplitWhitespace if text.is_ascii() => {
                let words = text.as_bytes().split(|&byte| is_white(byte)).filter(|word| !word.is_empty());
                // SAFETY: parts of ASCII are text.
                self.pieces(text.len(), words.map(|word| unsafe { std::str::from_utf8_unchecked(word) }))
            }
            Builtin::SplitWhitespace => self.pieces(text.len(), text.split_whitespace()),
            Builtin::Lines => self.pieces(text.len(), text.lines()),
            Builtin::Trim | Builtin::TrimStart | Builtin::TrimEnd => {
                self.charge(cost::bytes(text.len() as u64))?;
                self.text_of(match op {
                    Builtin::Trim => text.trim(),
                    Builtin::TrimStart => text.trim_start(),
                    _ => text.trim_end(),
                })
            }
            Builtin::ToUppercase => {
                self.change_case(text, char::to_uppercase, str::make_ascii_uppercase, str::to_uppercase)
            }
            Builtin::ToLowercase => {
                self.change_case(text, char::to_lowercase, str::make_ascii_lowercase, str::to_lowercase)
            }
            Builtin::Bytes => {
                self.charge(cost::elements(text.len() as u64))?;
                let list = self.heap.allocate(Holds::Words, text.len())?;
                Heap::push_words(list, text.bytes().map(u64::from));
                Ok(word(list))
            }
            Builtin::IsInt | Builtin::ParseInt => {
                self.charge(cost::bytes(text.len() as u64))?;
                let number = text.parse().ok().map(|number: i64| number as u64);
                self.number(op == Builtin::IsInt, number)
            }
            Builtin::IsFloat | Builtin::ParseFloat => {
                self.charge(cost::bytes(text.len() as u64))?;
                let number = text.parse().ok().map(f64::to_bits);
                self.number(op == Builtin::IsFloat, number)
            }
            _ => self.of_character(op, text),
        }
    }

    /// Whether a text was a number, or the number.
    fn number(&mut self, asks: bool, number: Option<u64>) -> Result<u64, Cause> {
        match number {
            number if asks => Ok(u64::from(number.is_some())),
            Some(number) => Ok(number),
            None => Err(self.explain(Cause::Panic, message::NO_NUMBER.to_owned())),
        }
    }

    fn find(&mut self, op: Builtin, text: &str, part: &str) -> Result<u64, Cause> {
        self.charge(cost::bytes((text.len() + part.len()) as u64))?;
        let found = if op == Builtin::Find { text.find(part) } else { text.rfind(part) };
        Ok(found.map_or(-1, |at| at as i64) as u64)
    }

    /// The built-ins that take one character.
    fn of_character(&mut self, op: Builtin, text: &str) -> Result<u64, Cause> {
        let mut chars = text.chars();
        let (Some(only), None) = (chars.next(), chars.next()) else {
            return Err(self.explain(Cause::Panic, message::one_character(op, text)));
        };
        Ok(match op {
            Builtin::CharCode => u64::from(u32::from(only)),
            Builtin::IsAlphabetic => only.is_alphabetic().into(),
            Builtin::IsNumeric => only.is_numeric().into(),
            Builtin::IsAlphanumeric => only.is_alphanumeric().into(),
            Builtin::IsWhitespace => only.is_whitespace().into(),
            Builtin::IsUppercase => only.is_uppercase().into(),
            Builtin::IsLowercase => only.is_lowercase().into(),
            Builtin::IsAsciiDigit => only.is_ascii_digit().into(),
            Builtin::IsAsciiPunctuation => only.is_ascii_punctuation().into(),
            _ => unreachable!("the compiler passes built-ins on text only"),
        })
    }

    fn chars(&mut self, text: &str) -> Result<u64, Cause> {
        if !text.is_ascii() {
            let starts = text.char_indices();
            return self.pieces(text.len(), starts.map(|(at, c)| &text[at..at + c.len_utf8()]));
        }
        self.charge(cost::bytes(text.len() as u64))?;
        self.charge(cost::elements(text.len() as u64))?;
        let list = self.heap.allocate(Holds::Objects, text.len())?;
        (0..text.len()).for_each(|at| Heap::push_word(list, small_text(&text[at..=at])));
        Ok(word(list))
    }

    /// A list of parts of a text; `bytes_read` to find them.
    fn pieces<'t>(
        &mut self,
        bytes_read: usize,
        pieces: impl Iterator<Item = &'t str> + Clone,
    ) -> Result<u64, Cause> {
        self.charge(cost::bytes(bytes_read as u64))?;
        let (mut count, mut fuel, mut bytes) = (0, 0, 0);
        for piece in pieces.clone() {
            count += 1;
            fuel += cost::new_text(piece.len() as u64);
            bytes += size::new_text(piece.len() as u64);
        }
        self.charge(fuel + cost::elements(count))?;
        // All or nothing: the pieces are charged with the list that holds them.
        self.heap.can_charge(bytes + Holds::Objects.charged(count as usize))?;
        let list = self.heap.allocate(Holds::Objects, count as usize)?;
        for piece in pieces {
            let piece = match piece.len() {
                0 | 1 => small_text(piece),
                _ => word(self.heap.text_of(&[piece])?),
            };
            Heap::push_word(list, piece);
        }
        Ok(word(list))
    }

    /// The text of a small object can be enormous, so it is measured only as far as the limits reach.
    fn show(&mut self, typed: Typed<'_>, value: u64) -> Result<u64, Cause> {
        // A text of one byte costs and holds nothing.
        let fuel_bytes = self.fuel_left().saturating_mul(64).max(1);
        let memory_bytes = self.heap.bytes_left().saturating_sub(size::HEADER).max(1);
        let mut short = Short { bytes: [0; 64], len: 0, left: fuel_bytes.min(memory_bytes) };
        if write_value(&mut short, typed, value).is_err() {
            return Err(if fuel_bytes <= memory_bytes { Cause::Fuel } else { Cause::Memory });
        }
        match short.text() {
            Some(text) => self.text_of(text),
            None => self.text(short.len as u64, |put| {
                write_value(&mut Put(put), typed, value).expect("`Put` takes everything");
            }),
        }
    }

    fn format_count(&mut self, count: i64) -> Result<usize, Cause> {
        match usize::try_from(count) {
            Ok(fits) if fits <= MAX_FORMAT_COUNT as usize => Ok(fits),
            _ => Err(self.explain(Cause::Panic, message::format_count(count))),
        }
    }

    fn prefix(&mut self, text: &str, count: i64) -> Result<u64, Cause> {
        let count = self.format_count(count)?;
        let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
        self.text_of(&text[..end])
    }

    fn pad(&mut self, op: Builtin, text: &str, width: i64, fill: &str) -> Result<u64, Cause> {
        let width = self.format_count(width)?;
        if fill.chars().count() != 1 {
            return Err(self.explain(Cause::Panic, message::FILL.to_owned()));
        }
        let missing = width.saturating_sub(text.chars().count());
        let before = match op {
            Builtin::PadStart => missing,
            Builtin::PadEnd => 0,
            _ => missing / 2,
        };
        self.text((text.len() + missing * fill.len()) as u64, |put| {
            (0..before).for_each(|_| put(fill));
            put(text);
            (before..missing).for_each(|_| put(fill));
        })
    }

    /// Zeros between the sign and base of a number and its digits.
    fn pad_zero(&mut self, text: &str, width: i64) -> Result<u64, Cause> {
        let missing = self.format_count(width)?.saturating_sub(text.chars().count());
        let sign = usize::from(text.starts_with(['-', '+']));
        let based = ["0x", "0o", "0b"].iter().any(|base| text[sign..].starts_with(base));
        let head = sign + if based { 2 } else { 0 };
        self.text((text.len() + missing) as u64, |put| {
            put(&text[..head]);
            (0..missing).for_each(|_| put("0"));
            put(&text[head..]);
        })
    }

    fn repeat_text(&mut self, text: &str, count: i64) -> Result<u64, Cause> {
        if count < 0 {
            return Err(self.explain(Cause::Panic, message::repeat_text(count)));
        }
        // No text is repeated more often than it has bytes in all, which is bounded by the memory that is charged.
        let rounds = if text.is_empty() { 0 } else { count };
        self.text((text.len() as u64).saturating_mul(count as u64), |put| (0..rounds).for_each(|_| put(text)))
    }

    fn replace(&mut self, text: &str, from: &str, to: &str) -> Result<u64, Cause> {
        self.charge(cost::bytes((text.len() + from.len()) as u64))?;
        let count = text.matches(from).count();
        let kept = (text.len() - count * from.len()) as u64;
        let len = (count as u64).saturating_mul(to.len() as u64).saturating_add(kept);
        self.text(len, |put| {
            let mut rest = 0;
            for (at, found) in text.match_indices(from) {
                put(&text[rest..at]);
                put(to);
                rest = at + found.len();
            }
            put(&text[rest..]);
        })
    }

    fn change_case<I: Iterator<Item = char>>(
        &mut self,
        text: &str,
        of_char: fn(char) -> I,
        ascii: fn(&mut str),
        whole: fn(&str) -> String,
    ) -> Result<u64, Cause> {
        self.charge(cost::bytes(text.len() as u64))?;
        if text.is_ascii() {
            return self.text(text.len() as u64, |put| {
                let mut changed = text.to_owned();
                ascii(&mut changed);
                put(&changed);
            });
        }
        let len = text.chars().flat_map(of_char).map(char::len_utf8).sum::<usize>() as u64;
        self.text(len, |put| put(&whole(text)))
    }

    fn char_of(&mut self, code: i64) -> Result<u64, Cause> {
        match u32::try_from(code).ok().and_then(char::from_u32) {
            Some(character) => self.text_of(character.encode_utf8(&mut [0; 4])),
            None => Err(self.explain(Cause::Panic, message::from_code(code))),
        }
    }

    fn join_list<'t>(
        &mut self,
        texts: impl ExactSizeIterator<Item = &'t str> + Clone,
        separator: &str,
    ) -> Result<u64, Cause> {
        self.charge(cost::elements(texts.len() as u64))?;
        let gaps = (texts.len() as u64).saturating_sub(1).saturating_mul(separator.len() as u64);
        let len = texts.clone().fold(gaps, |len, text| len.saturating_add(text.len() as u64));
        self.text(len, |put| {
            for (index, text) in texts.enumerate() {
                if index > 0 {
                    put(separator);
                }
                put(text);
            }
        })
    }

    /// `starts_with` and `ends_with`.
    fn has_end(&mut self, op: Builtin, whole: &str, part: &str) -> Result<u64, Cause> {
        if part.len() > whole.len() {
            return Ok(0);
        }
        self.charge(cost::bytes(part.len() as u64))?;
        let found = if op == Builtin::StartsWith { whole.starts_with(part) } else { whole.ends_with(part) };
        Ok(u64::from(found))
    }
}

/// Keeps what is written while it is short, and counts it up to a bound however long it is.
struct Short {
    bytes: [u8; 64],
    len: usize,
    left: u64,
}

impl Short {
    fn text(&self) -> Option<&str> {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

impl Write for Short {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        self.left = self.left.checked_sub(part.len() as u64).ok_or(std::fmt::Error)?;
        if let Some(room) = self.bytes.get_mut(self.len..self.len + part.len()) {
            room.copy_from_slice(part.as_bytes());
        }
        self.len += part.len();
        Ok(())
    }
}

/// Writes into a text that is being made.
struct Put<'p>(&'p mut dyn FnMut(&str));

impl Write for Put<'_> {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        (self.0)(part);
        Ok(())
    }
}
