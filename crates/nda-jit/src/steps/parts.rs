//! The parts of a text one by one, as a chain walks over them: a part at a byte, and where the next one begins.

use super::lists::{Operands, Work};
use super::text::{end, int, text};
use crate::fault::Cause;
use crate::state::JitState;
use crate::step::Fp;
use nda_graph::Builtin;
use nda_graph::run::{cost, message};

/// Whether a byte of ASCII is whitespace.
#[inline(always)]
pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// How many bytes from the start on are whitespace, or not.
fn run_length(text: &str, whitespace: bool) -> usize {
    text.find(|character: char| character.is_whitespace() != whitespace).unwrap_or(text.len())
}

/// `dst` = the word of text `a` at byte `b`.
#[derive(Clone, Copy, Default)]
pub(crate) struct WordAt;

impl Work for WordAt {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (whole, at) = (text(fp, o.a), int(fp, o.b));
            if let Some(word) = state.quick_word(whole, at) {
                return end(o, fp, state, word);
            }
            let rest = state.rest(whole, at)?;
            let word = state.text_of(&rest[..run_length(rest, false)])?;
            end(o, fp, state, word)
        }
    }
}

/// `dst` = where whitespace from byte `b` of text `a` on ends.
#[derive(Clone, Copy, Default)]
pub(crate) struct NextWord;

impl Work for NextWord {
    unsafe fn apply(self, o: &Operands, fp: Fp, state: &mut JitState<'_>) -> Result<(), Cause> {
        // SAFETY: the caller's promise.
        unsafe {
            let (whole, at) = (text(fp, o.a), int(fp, o.b));
            if let Some(next) = state.quick_next_word(whole, at) {
                return end(o, fp, state, next as u64);
            }
            let gap = run_length(state.rest(whole, at)?, true) as u64;
            state.charge(cost::new_text(gap))?;
            end(o, fp, state, at as u64 + gap)
        }
    }
}

fn line(rest: &str) -> &str {
    match rest.split_once('\n') {
        Some((line, _)) => line.strip_suffix('\r').unwrap_or(line),
        None => rest,
    }
}

impl JitState<'_> {
    /// What of a text stands from a byte on.
    #[inline(always)]
    fn rest<'t>(&mut self, text: &'t str, at: i64) -> Result<&'t str, Cause> {
        match usize::try_from(at).ok().and_then(|at| text.get(at..)) {
            Some(rest) => Ok(rest),
            None => Err(self.explain(Cause::Index, message::text_slice(at, text.len() as i64, text))),
        }
    }

    /// The built-ins that look at a text from a byte on and have no step of their own.
    pub(super) fn part(&mut self, op: Builtin, text: &str, at: i64) -> Result<u64, Cause> {
        let rest = self.rest(text, at)?;
        match op {
            Builtin::LineAt => self.text_of(line(rest)),
            Builtin::NextLine => {
                let end = ["\r\n", "\n"].into_iter().find(|end| rest.starts_with(end)).map_or(0, str::len);
                Ok(at as u64 + end as u64)
            }
            _ => self.text_of(&rest[..rest.chars().next().map_or(0, char::len_utf8)]),
        }
    }

    /// The part of a text from a byte on, up to a separator.
    pub(super) fn piece(&mut self, text: &str, at: i64, separator: &str) -> Result<u64, Cause> {
        let rest = self.rest(text, at)?;
        let piece = rest.split(separator).next().unwrap_or(rest);
        self.charge(cost::new_text(separator.len() as u64))?;
        self.text_of(piece)
    }
}
