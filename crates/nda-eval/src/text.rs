//! The built-ins that read and make text. The order is always: checks, fuel, memory, work.
//!
//! Whitespace, letters and their cases are those of the Unicode tables of Rust's standard library.

use crate::builtin::{Bounded, write_value};
use crate::machine::Machine;
use crate::meter::Fault;
use crate::object::{List, Text, Val};
use nda_graph::run::{MAX_FORMAT_COUNT, cost, message, size};
use nda_graph::{Builtin, TrapKind, Ty};
use std::rc::Rc;

impl Machine<'_> {
    /// A built-in that has only texts and plain words as operands, or makes a text.
    pub(crate) fn text_builtin(&mut self, op: Builtin, operands: &[Val]) -> Result<Val, Fault> {
        let text = |index: usize| operands[index].text();
        let int = |index: usize| operands[index].int();
        match op {
            Builtin::Show => self.show(&operands[0]),
            Builtin::Fixed => {
                let (value, digits) = (operands[0].float(), format_count(int(1))?);
                self.new_text(&format!("{value:.digits$}"))
            }
            Builtin::Prefix => {
                let count = format_count(int(1))?;
                let end = text(0).char_indices().nth(count).map_or(text(0).len(), |(at, _)| at);
                self.new_text(&text(0)[..end])
            }
            Builtin::PadStart | Builtin::PadEnd | Builtin::PadBoth => self.pad(op, text(0), int(1), text(2)),
            Builtin::PadZero => self.pad_zero(text(0), int(1)),
            Builtin::Signed if text(0).starts_with(['-', '+', 'N']) => self.new_text(text(0)),
            Builtin::Signed => self.joined(&["+", text(0)]),
            Builtin::Hex => self.new_text(&format!("{:x}", int(0))),
            Builtin::UpperHex => self.new_text(&format!("{:X}", int(0))),
            Builtin::Octal => self.new_text(&format!("{:o}", int(0))),
            Builtin::Binary => self.new_text(&format!("{:b}", int(0))),
            Builtin::Chars => {
                let chars = text(0).char_indices();
                self.pieces(text(0).len(), chars.map(|(at, c)| &text(0)[at..at + c.len_utf8()]))
            }
            Builtin::Split => self.pieces(text(0).len() + text(1).len(), text(0).split(text(1))),
            Builtin::SplitWhitespace => self.pieces(text(0).len(), text(0).split_whitespace()),
            Builtin::Lines => self.pieces(text(0).len(), text(0).lines()),
            Builtin::Trim | Builtin::TrimStart | Builtin::TrimEnd => {
                self.fuel.charge(cost::bytes(text(0).len() as u64))?;
                self.new_text(match op {
                    Builtin::Trim => text(0).trim(),
                    Builtin::TrimStart => text(0).trim_start(),
                    _ => text(0).trim_end(),
                })
            }
            Builtin::StartsWith | Builtin::EndsWith => {
                if text(1).len() > text(0).len() {
                    return Ok(Val::Bool(false));
                }
                self.fuel.charge(cost::bytes(text(1).len() as u64))?;
                let found = if op == Builtin::StartsWith {
                    text(0).starts_with(text(1))
                } else {
                    text(0).ends_with(text(1))
                };
                Ok(Val::Bool(found))
            }
            Builtin::WordAt => {
                let rest = rest(text(0), int(1))?;
                self.new_text(rest.split(char::is_whitespace).next().unwrap_or(rest))
            }
            Builtin::NextWord => {
                let rest = rest(text(0), int(1))?;
                let gap = rest.len() - rest.trim_start().len();
                self.fuel.charge(cost::new_text(gap as u64))?;
                Ok(Val::Int(int(1) + gap as i64))
            }
            Builtin::LineAt => self.new_text(rest(text(0), int(1))?.lines().next().unwrap_or("")),
            Builtin::NextLine => {
                let rest = rest(text(0), int(1))?;
                let behind = rest.strip_prefix("\r\n").or(rest.strip_prefix('\n')).unwrap_or(rest);
                Ok(Val::Int((text(0).len() - behind.len()) as i64))
            }
            Builtin::CharAt => {
                let character = rest(text(0), int(1))?.chars().next();
                self.new_text(&character.map_or(String::new(), String::from))
            }
            Builtin::PieceAt => {
                let rest = rest(text(0), int(1))?;
                self.fuel.charge(cost::new_text(text(2).len() as u64))?;
                self.new_text(rest.split(text(2)).next().unwrap_or(rest))
            }
            Builtin::Find | Builtin::RFind => {
                self.fuel.charge(cost::bytes((text(0).len() + text(1).len()) as u64))?;
                let found = if op == Builtin::Find { text(0).find(text(1)) } else { text(0).rfind(text(1)) };
                Ok(Val::Int(found.map_or(-1, |at| at as i64)))
            }
            Builtin::IsInt | Builtin::ParseInt => {
                self.fuel.charge(cost::bytes(text(0).len() as u64))?;
                number(op == Builtin::IsInt, text(0).parse().ok().map(Val::Int))
            }
            Builtin::IsFloat | Builtin::ParseFloat => {
                self.fuel.charge(cost::bytes(text(0).len() as u64))?;
                number(op == Builtin::IsFloat, text(0).parse().ok().map(Val::Float))
            }
            Builtin::Replace => self.replace(text(0), text(1), text(2)),
            Builtin::ToUppercase | Builtin::ToLowercase => self.change_case(text(0), op),
            Builtin::RepeatText => {
                let Ok(count) = u64::try_from(int(1)) else {
                    return Err(Fault::new(TrapKind::Panic, message::repeat_text(int(1))));
                };
                let len = (text(0).len() as u64).saturating_mul(count);
                self.made(len, || text(0).repeat(count as usize))
            }
            Builtin::Bytes => {
                let mut list = self.new_list(size::element(Ty::I64), text(0).len() as u64)?;
                list.items.extend(text(0).bytes().map(|byte| Val::Int(i64::from(byte))));
                Ok(Val::List(Rc::new(list)))
            }
            Builtin::CharCode => Ok(Val::Int(i64::from(u32::from(one_character(op, text(0))?)))),
            Builtin::IsAlphabetic => Ok(Val::Bool(one_character(op, text(0))?.is_alphabetic())),
            Builtin::IsNumeric => Ok(Val::Bool(one_character(op, text(0))?.is_numeric())),
            Builtin::IsAlphanumeric => Ok(Val::Bool(one_character(op, text(0))?.is_alphanumeric())),
            Builtin::IsWhitespace => Ok(Val::Bool(one_character(op, text(0))?.is_whitespace())),
            Builtin::IsUppercase => Ok(Val::Bool(one_character(op, text(0))?.is_uppercase())),
            Builtin::IsLowercase => Ok(Val::Bool(one_character(op, text(0))?.is_lowercase())),
            Builtin::IsAsciiDigit => Ok(Val::Bool(one_character(op, text(0))?.is_ascii_digit())),
            Builtin::IsAsciiPunctuation => Ok(Val::Bool(one_character(op, text(0))?.is_ascii_punctuation())),
            Builtin::FromCode => match u32::try_from(int(0)).ok().and_then(char::from_u32) {
                Some(character) => self.new_text(character.encode_utf8(&mut [0; 4])),
                None => Err(Fault::new(TrapKind::Panic, message::from_code(int(0)))),
            },
            Builtin::JoinList => {
                let items = operands[0].items();
                self.fuel.charge(cost::elements(items.len() as u64))?;
                let gaps = (items.len() as u64).saturating_sub(1).saturating_mul(text(1).len() as u64);
                let len = items.iter().fold(gaps, |len, item| len.saturating_add(item.text().len() as u64));
                self.made(len, || items.iter().map(Val::text).collect::<Vec<_>>().join(text(1)))
            }
            _ => panic!("{} is no operator on text", op.name()),
        }
    }

    /// `s[from..to]`, counted in bytes.
    pub(crate) fn text_slice(&mut self, text: &str, from: i64, to: i64) -> Result<Val, Fault> {
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        match range.and_then(|(from, to)| text.get(from..to)) {
            Some(part) => self.new_text(part),
            None => Err(Fault::new(TrapKind::IndexOutOfBounds, message::text_slice(from, to, text))),
        }
    }

    /// `s.contains(t)`.
    pub(crate) fn text_contains(&mut self, text: &str, part: &str) -> Result<Val, Fault> {
        self.fuel.charge(cost::bytes((text.len() + part.len()) as u64))?;
        Ok(Val::Bool(text.contains(part)))
    }

    /// One text of several.
    pub(crate) fn joined(&mut self, parts: &[&str]) -> Result<Val, Fault> {
        let len = parts.iter().map(|part| part.len() as u64).sum();
        self.made(len, || parts.concat())
    }

    /// A text that stays as it is.
    fn new_text(&mut self, text: &str) -> Result<Val, Fault> {
        self.made(text.len() as u64, || text.to_owned())
    }

    /// A text of `len` bytes that stays as it is, made when it is paid for.
    fn made(&mut self, len: u64, make: impl FnOnce() -> String) -> Result<Val, Fault> {
        self.fuel.charge(cost::new_text(len))?;
        Ok(Val::Text(Rc::new(Text::new(&self.memory, len, make)?)))
    }

    /// A list of parts of a text; `bytes_read` to find them.
    fn pieces<'t>(
        &mut self,
        bytes_read: usize,
        pieces: impl Iterator<Item = &'t str> + Clone,
    ) -> Result<Val, Fault> {
        self.fuel.charge(cost::bytes(bytes_read as u64))?;
        let (mut count, mut fuel, mut bytes) = (0, 0, 0);
        for piece in pieces.clone() {
            count += 1;
            fuel += cost::new_text(piece.len() as u64);
            bytes += size::new_text(piece.len() as u64);
        }
        self.fuel.charge(fuel + cost::elements(count))?;
        // All or nothing: the pieces are charged with the list that holds them.
        let element_bytes = size::element(Ty::STR);
        self.memory.can_charge(bytes + size::list(element_bytes, count))?;
        let mut list = List::new(&self.memory, element_bytes, count)?;
        for piece in pieces {
            let len = piece.len() as u64;
            let text = Text::new(&self.memory, len, || piece.to_owned())?;
            list.items.push(Val::Text(Rc::new(text)));
        }
        Ok(Val::List(Rc::new(list)))
    }

    /// The text of a small object can be enormous, so it is measured only as far as the limits reach.
    fn show(&mut self, value: &Val) -> Result<Val, Fault> {
        // A text of one byte costs and holds nothing.
        let fuel_bytes = self.fuel.left().saturating_mul(64).max(1);
        let memory_bytes = self.memory.left().saturating_sub(size::HEADER).max(1);
        let mut text = Bounded { text: String::new(), left: fuel_bytes.min(memory_bytes) };
        if write_value(&mut text, value).is_err() {
            let fuel_first = fuel_bytes <= memory_bytes;
            return Err(if fuel_first { TrapKind::OutOfFuel } else { TrapKind::OutOfMemory }.into());
        }
        self.new_text(&text.text)
    }

    fn pad(&mut self, op: Builtin, text: &str, width: i64, fill: &str) -> Result<Val, Fault> {
        let width = format_count(width)?;
        if fill.chars().count() != 1 {
            return Err(Fault::new(TrapKind::Panic, message::FILL));
        }
        let missing = width.saturating_sub(text.chars().count());
        let before = match op {
            Builtin::PadStart => missing,
            Builtin::PadEnd => 0,
            _ => missing / 2,
        };
        self.joined(&[&fill.repeat(before), text, &fill.repeat(missing - before)])
    }

    /// Zeros between the sign and base of a number and its digits.
    fn pad_zero(&mut self, text: &str, width: i64) -> Result<Val, Fault> {
        let missing = format_count(width)?.saturating_sub(text.chars().count());
        let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
        let digits = ["0x", "0o", "0b"].iter().find_map(|base| rest.strip_prefix(base)).unwrap_or(rest);
        let head = &text[..text.len() - digits.len()];
        self.joined(&[head, &"0".repeat(missing), digits])
    }

    fn replace(&mut self, text: &str, from: &str, to: &str) -> Result<Val, Fault> {
        self.fuel.charge(cost::bytes((text.len() + from.len()) as u64))?;
        let count = text.matches(from).count();
        let kept = (text.len() - count * from.len()) as u64;
        let len = (count as u64).saturating_mul(to.len() as u64).saturating_add(kept);
        self.made(len, || text.replace(from, to))
    }

    fn change_case(&mut self, text: &str, op: Builtin) -> Result<Val, Fault> {
        self.fuel.charge(cost::bytes(text.len() as u64))?;
        let upper = op == Builtin::ToUppercase;
        let len_of = |c: char| -> usize {
            if upper {
                c.to_uppercase().map(char::len_utf8).sum()
            } else {
                c.to_lowercase().map(char::len_utf8).sum()
            }
        };
        let len = text.chars().map(len_of).sum::<usize>() as u64;
        self.made(len, || if upper { text.to_uppercase() } else { text.to_lowercase() })
    }
}

/// What of a text stands from a byte on.
fn rest(text: &str, at: i64) -> Result<&str, Fault> {
    usize::try_from(at).ok().and_then(|at| text.get(at..)).ok_or_else(|| {
        let words = message::text_slice(at, text.len() as i64, text);
        Fault::new(TrapKind::IndexOutOfBounds, words)
    })
}

/// Whether a text was a number, or the number.
fn number(asks: bool, number: Option<Val>) -> Result<Val, Fault> {
    if asks {
        return Ok(Val::Bool(number.is_some()));
    }
    number.ok_or_else(|| Fault::new(TrapKind::Panic, message::NO_NUMBER))
}

/// The character that a text is.
fn one_character(op: Builtin, text: &str) -> Result<char, Fault> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Fault::new(TrapKind::Panic, message::one_character(op, text))),
    }
}

/// A width or a number of digits.
fn format_count(count: i64) -> Result<usize, Fault> {
    match usize::try_from(count) {
        Ok(fits) if fits <= MAX_FORMAT_COUNT as usize => Ok(fits),
        _ => Err(Fault::new(TrapKind::Panic, message::format_count(count))),
    }
}
