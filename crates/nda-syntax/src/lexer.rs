//! Bytes to tokens, one at a time and only when the parser asks.
//!
//! The lexer knows where a token ends and what kind it is, and it collects comments; it knows neither the
//! value of a literal (that is `literal`) nor any grammar (`parser`). Bytes that start no token are reported and
//! skipped, so the parser never sees them. It counts open brackets, because depth must be bounded before
//! anything recurses.

use crate::keywords::keyword;
use crate::names;
use crate::token::{T, Token};
use crate::tree::{Comment, CommentKind};
use nda_diagnostics::{Code, Diagnostic, Span};

/// How many brackets may be open at once.
pub(crate) const MAX_BRACKETS: u32 = 256;
/// How many problems of one source are worth reading.
const MAX_PROBLEMS: usize = 100;

/// The problems found so far.
pub(crate) struct Problems<'t> {
    out: &'t mut Vec<Diagnostic>,
    /// Where this source's problems begin.
    first: usize,
    /// Nothing more is reported: one problem was fatal or there were too many.
    pub(crate) stopped: bool,
}

impl<'t> Problems<'t> {
    pub(crate) fn new(out: &'t mut Vec<Diagnostic>) -> Self {
        let first = out.len();
        Self { out, first, stopped: false }
    }

    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Diagnostic> {
        self.out.get_mut(index)
    }

    /// Reports one problem.
    #[cold]
    pub(crate) fn push(&mut self, problem: Diagnostic) {
        if !self.stopped {
            self.out.push(problem);
            self.stopped = self.out.len() - self.first >= MAX_PROBLEMS;
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.out.len()
    }

    /// Puts them in source order: the lexer runs a token ahead of the parser.
    pub(crate) fn finish(self) {
        if self.out.len() - self.first > 1 {
            self.out[self.first..].sort_by_key(|problem| problem.span.start);
        }
    }
}

/// The lexer and its place in the source.
pub(crate) struct Lexer<'s, 't> {
    pub(crate) source: &'s str,
    bytes: &'s [u8],
    at: usize,
    /// Open brackets before `at`.
    brackets: u32,
    /// Of a word, its [`names::key`]; of an integer, its value, or [`NO_VALUE`]. It belongs to the last token.
    pub(crate) key: u64,
    /// All comments before `at`.
    pub(crate) comments: Vec<Comment>,
    pub(crate) problems: Problems<'t>,
}

const fn byte_table(extra_digits: bool) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphabetic() || b == b'_' || (extra_digits && b.is_ascii_digit());
        byte += 1;
    }
    table
}

static WORD: [bool; 256] = byte_table(true);
static WORD_START: [bool; 256] = byte_table(false);

/// What a token that starts with a byte can be.
#[derive(Clone, Copy)]
enum Class {
    Space,
    Word,
    Digit,
    /// This token, whatever follows.
    Mark(T),
    Open(T),
    Close(T),
    /// More than the byte has to be looked at.
    Other,
}

static CLASSES: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\n' | b'\t' | b'\r' | 0x0B | 0x0C => Class::Space,
            b'0'..=b'9' => Class::Digit,
            b'(' => Class::Open(T::LParen),
            b'[' => Class::Open(T::LBracket),
            b'{' => Class::Open(T::LBrace),
            b')' => Class::Close(T::RParen),
            b']' => Class::Close(T::RBracket),
            b'}' => Class::Close(T::RBrace),
            b',' => Class::Mark(T::Comma),
            b';' => Class::Mark(T::Semi),
            b'?' => Class::Mark(T::Question),
            _ if WORD_START[byte] => Class::Word,
            _ => Class::Other,
        };
        byte += 1;
    }
    table
};

/// In [`Lexer::key`]: the value of the number is not known.
pub(crate) const NO_VALUE: u64 = u64::MAX;
/// Any number of so many digits fits.
const PLAIN_DIGITS: usize = 18;

impl<'s, 't> Lexer<'s, 't> {
    pub(crate) fn new(source: &'s str, comments: Vec<Comment>, problems: Problems<'t>) -> Self {
        let mut lexer =
            Self { source, bytes: source.as_bytes(), at: 0, brackets: 0, key: 0, comments, problems };
        if source.starts_with('\u{feff}') {
            lexer.at = 3;
        }
        if source[lexer.at..].starts_with("#!") && !source[lexer.at + 2..].trim_start().starts_with('[') {
            lexer.line_comment(CommentKind::Line);
        }
        lexer
    }

    /// Gives up: from now on there is only the end.
    #[cold]
    pub(crate) fn stop(&mut self) {
        self.at = self.bytes.len();
        self.problems.stopped = true;
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The byte after the token that was read last.
    pub(crate) fn following(&self) -> u8 {
        self.peek(0)
    }

    /// The first byte after the token that was read last that is no space.
    pub(crate) fn following_mark(&self) -> u8 {
        self.bytes[self.at..].iter().copied().find(|&byte| byte != b' ').unwrap_or(0)
    }

    /// Whether `word` follows the token that was read last, spaces aside.
    pub(crate) fn following_word(&self, word: &str) -> bool {
        let rest = self.bytes[self.at..].trim_ascii_start();
        let end = rest.get(word.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        rest.starts_with(word.as_bytes()) && end
    }

    /// Where the spaces end that may stand at a place.
    pub(crate) fn after_spaces(&self, at: u32) -> u32 {
        after_spaces(self.bytes, at as usize) as u32
    }

    /// The next token.
    ///
    /// The usual ones are read here without a call in between, so that nothing has to be saved on the way.
    #[inline]
    pub(crate) fn next(&mut self) -> Token {
        let mut at = self.at;
        loop {
            let Some(&byte) = self.bytes.get(at) else {
                self.at = at;
                return token(T::Eof, at, at);
            };
            let kind = match CLASSES[byte as usize] {
                Class::Space => {
                    at = after_spaces(self.bytes, at + 1);
                    continue;
                }
                Class::Word => return self.word(at),
                Class::Digit => return self.number(at),
                Class::Mark(kind) => kind,
                Class::Open(kind) => {
                    self.brackets += 1;
                    if self.brackets > MAX_BRACKETS {
                        return self.too_many_brackets(at);
                    }
                    kind
                }
                Class::Close(kind) => {
                    self.brackets = self.brackets.saturating_sub(1);
                    kind
                }
                Class::Other => {
                    self.at = at;
                    if let Some(token) = self.other(byte) {
                        return token;
                    }
                    at = self.at;
                    continue;
                }
            };
            self.at = at + 1;
            return token(kind, at, at + 1);
        }
    }

    /// A token that takes a look at more than its first byte; none if a comment or a stray character was skipped.
    fn other(&mut self, byte: u8) -> Option<Token> {
        let start = self.at;
        let kind = match byte {
            b'#' if self.peek(1) != b'[' && self.hash_comment() => return None,
            b'#' => self.take(1, T::Hash),
            b'@' => self.take(1, T::At),
            b':' => self.one_or(T::Colon, b':', T::PathSep),
            b'"' => self.string(start),
            b'\'' => self.quote(),
            b'+' => self.one_or(T::Plus, b'=', T::PlusEq),
            b'*' => self.one_or(T::Star, b'=', T::StarEq),
            b'%' => self.one_or(T::Percent, b'=', T::PercentEq),
            b'^' => self.one_or(T::Caret, b'=', T::CaretEq),
            b'!' => self.one_or(T::Not, b'=', T::NotEq),
            b'-' => match self.peek(1) {
                b'=' => self.take(2, T::MinusEq),
                b'>' => self.take(2, T::Arrow),
                _ => self.take(1, T::Minus),
            },
            b'=' => match self.peek(1) {
                b'=' => self.take(2, T::EqEq),
                b'>' => self.take(2, T::FatArrow),
                _ => self.take(1, T::Eq),
            },
            b'&' => match self.peek(1) {
                b'&' => self.take(2, T::AmpAmp),
                b'=' => self.take(2, T::AmpEq),
                _ => self.take(1, T::Amp),
            },
            b'|' => match self.peek(1) {
                b'|' => self.take(2, T::PipePipe),
                b'=' => self.take(2, T::PipeEq),
                _ => self.take(1, T::Pipe),
            },
            b'<' => match (self.peek(1), self.peek(2)) {
                (b'<', b'=') => self.take(3, T::ShlEq),
                (b'<', _) => self.take(2, T::Shl),
                (b'=', _) => self.take(2, T::LtEq),
                _ => self.take(1, T::Lt),
            },
            b'>' => match (self.peek(1), self.peek(2)) {
                (b'>', b'=') => self.take(3, T::ShrEq),
                (b'>', _) => self.take(2, T::Shr),
                (b'=', _) => self.take(2, T::GtEq),
                _ => self.take(1, T::Gt),
            },
            b'.' => match (self.peek(1), self.peek(2)) {
                (b'.', b'=') => self.take(3, T::DotDotEq),
                (b'.', b'.') => self.ellipsis(),
                (b'.', _) => self.take(2, T::DotDot),
                _ => self.take(1, T::Dot),
            },
            b'/' => match self.peek(1) {
                b'/' => {
                    let doc = self.peek(2) == b'/' && self.peek(3) != b'/';
                    self.line_comment(if doc { CommentKind::Doc } else { CommentKind::Line });
                    return None;
                }
                b'*' => {
                    self.block_comment();
                    return None;
                }
                b'=' => self.take(2, T::SlashEq),
                _ => self.take(1, T::Slash),
            },
            _ => match self.stray_character() {
                T::Ident => return Some(self.unusual_word(start, start)),
                T::Bad => T::Bad,
                _ => return None,
            },
        };
        Some(token(kind, start, self.at))
    }

    #[inline]
    fn take(&mut self, len: usize, kind: T) -> T {
        self.at += len;
        kind
    }

    #[inline]
    fn one_or(&mut self, one: T, second: u8, two: T) -> T {
        if self.peek(1) == second { self.take(2, two) } else { self.take(1, one) }
    }

    #[cold]
    fn too_many_brackets(&mut self, at: usize) -> Token {
        let span = Span::new(at as u32, at as u32 + 1);
        let message =
            format!("more than {MAX_BRACKETS} brackets are open here; expected a program that nests less");
        self.problems.push(
            Diagnostic::new(Code::NestedTooDeep, span, message)
                .note("give inner parts names: move them into functions or `let` statements"),
        );
        self.stop();
        token(T::Eof, at, self.at)
    }

    /// A word that starts at `start`.
    #[inline]
    fn word(&mut self, start: usize) -> Token {
        let mut at = start + 1;
        while at < self.bytes.len() && WORD[self.bytes[at] as usize] {
            at += 1;
        }
        let len = at - start;
        let next = self.bytes.get(at).copied().unwrap_or(0);
        if !next.is_ascii() || (len <= 2 && matches!(next, b'"' | b'#' | b'\'')) {
            return self.unusual_word(start, at);
        }
        self.at = at;
        if len > 8 {
            self.key = names::key(&self.bytes[start..at]);
            return token(T::Ident, start, at);
        }
        // Reading eight bytes and dropping what does not belong is several times faster than copying `len` bytes.
        self.key = match self.bytes.get(start..start + 8) {
            Some(eight) => {
                let eight: [u8; 8] = eight.try_into().unwrap_or_default();
                u64::from_le_bytes(eight) & (u64::MAX >> (64 - 8 * len))
            }
            None => names::key(&self.bytes[start..at]),
        };
        token(keyword(self.key), start, at)
    }

    /// A word with letters beyond ASCII, or one that may be the prefix of a literal; the bytes before `at` belong to it.
    #[cold]
    fn unusual_word(&mut self, start: usize, mut at: usize) -> Token {
        if self.bytes.get(at).is_some_and(|byte| !byte.is_ascii()) {
            self.at = at;
            at = self.foreign_word(start);
        }
        self.at = at;
        let len = at - start;
        self.key = names::key(&self.bytes[start..at]);
        let mut kind = if len <= 8 { keyword(self.key) } else { T::Ident };
        if len <= 2 && matches!(self.bytes.get(at), Some(b'"' | b'#' | b'\'')) {
            kind = self.prefixed_literal(start, at, kind);
        }
        token(kind, start, self.at)
    }

    /// Letters beyond ASCII inside a word: reported once, and the whole is taken as one name.
    #[cold]
    fn foreign_word(&mut self, start: usize) -> usize {
        let mut end = self.at;
        for c in self.source[self.at..].chars() {
            if !(c.is_alphanumeric() || c == '_') {
                break;
            }
            end += c.len_utf8();
        }
        if end > self.at {
            let span = Span::new(start as u32, end as u32);
            let word = &self.source[start..end];
            let message =
                format!("the name `{}` has letters beyond ASCII; expected only `A-Z a-z 0-9 _`", clip(word));
            self.problems.push(Diagnostic::new(Code::UnexpectedCharacter, span, message));
        }
        end
    }

    /// `# …`, a comment of other languages. Says whether it was one, and not the start of an attribute after all.
    #[cold]
    fn hash_comment(&mut self) -> bool {
        let start = self.at;
        let next = self.bytes[start + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
        if matches!(next, Some(b'[' | b'!' | b'/')) {
            return false;
        }
        self.line_comment(CommentKind::Line);
        let span = Span::new(start as u32, start as u32 + 1);
        self.problems.push(
            Diagnostic::new(
                Code::UnexpectedCharacter,
                span,
                "found `#`; expected `//` before a comment, or `[` for an attribute",
            )
            .guess("write a comment", span, "//"),
        );
        if self.problems.stopped {
            self.stop();
        }
        true
    }

    /// A character that starts no token, and is skipped (`T::Eof`), unless it starts a word with letters beyond ASCII
    /// (`T::Ident`, nothing taken) or a text between typographic quotes (`T::Bad`).
    #[cold]
    fn stray_character(&mut self) -> T {
        let start = self.at;
        let c = self.source[start..].chars().next().unwrap_or('\0');
        if c.is_alphabetic() {
            return T::Ident;
        }
        self.at += c.len_utf8();
        if matches!(c, '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}') {
            return T::Eof; // white space, to Rust
        }
        if matches!(c, '“' | '„') && self.typographic_string(start) {
            return T::Bad;
        }
        while self.source[self.at..].starts_with(c) {
            self.at += c.len_utf8();
        }
        let span = Span::new(start as u32, self.at as u32);
        let problem = |message: String| Diagnostic::new(Code::UnexpectedCharacter, span, message);
        let problem =
            match c {
                '~' => problem("`~` is not an operator; expected `!`, which is also the bitwise not".into())
                    .fix("write `!`", span, "!"),
                '“' | '”' | '„' => problem(format!("found the typographic quote `{c}`; expected `\"`"))
                    .fix("use a plain quote", span, "\""),
                '‘' | '’' => problem(format!("found the typographic quote `{c}`; expected `'`")).fix(
                    "use a plain quote",
                    span,
                    "'",
                ),
                '−' | '–' => problem(format!("found the dash `{c}`; expected the minus sign `-`")).fix(
                    "use a plain minus",
                    span,
                    "-",
                ),
                '\u{a0}' | '\u{3000}' | '\u{feff}' | '\u{200b}' => problem(format!(
                    "found the invisible character U+{:04X}; expected a plain space",
                    u32::from(c)
                ))
                .fix("use a plain space", span, " "),
                '\0' => problem("found a NUL byte; expected text".into()),
                c if c.is_control() => {
                    problem(format!("found the control character U+{:04X}; expected text", u32::from(c)))
                }
                '@' | '$' | '`' | '\\' => {
                    problem(format!("found `{c}`, which is no part of NDA; expected a token"))
                }
                c => problem(format!("found the character `{c}`; expected a token")),
            };
        self.problems.push(problem);
        if self.problems.stopped {
            self.stop();
        }
        T::Eof
    }

    /// `“text”` on one line, the opening quote having been taken.
    fn typographic_string(&mut self, start: usize) -> bool {
        let rest = &self.source[self.at..];
        let Some(len) = rest.find(['”', '“', '"', '\n']) else { return false };
        let Some(close @ ('”' | '“')) = rest[len..].chars().next() else { return false };
        let text = rest[..len].to_owned();
        self.at += len + close.len_utf8();
        let span = Span::new(start as u32, self.at as u32);
        self.problems.push(
            Diagnostic::new(
                Code::UnexpectedCharacter,
                span,
                "found a text between typographic quotes; expected it between `\"`",
            )
            .fix("use plain quotes", span, format!("\"{text}\"")),
        );
        true
    }

    #[cold]
    fn ellipsis(&mut self) -> T {
        let span = Span::new(self.at as u32, self.at as u32 + 3);
        self.problems.push(
            Diagnostic::new(
                Code::RustSpelling,
                span,
                "found `...`; expected `..=`, the range that holds its end",
            )
            .fix("write `..=`", span, "..="),
        );
        self.take(3, T::DotDotEq)
    }

    fn line_comment(&mut self, kind: CommentKind) {
        let start = self.at;
        let rest = &self.bytes[start..];
        let mut len = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        self.at += len;
        if rest[..len].ends_with(b"\r") {
            len -= 1;
        }
        self.comments.push(Comment { span: Span::new(start as u32, (start + len) as u32), kind });
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let mut depth = 1u32;
        self.at += 2;
        while depth > 0 {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                }
                _ if self.at >= self.bytes.len() => {
                    let span = Span::new(start as u32, start as u32 + 2);
                    self.problems.push(
                        Diagnostic::new(
                            Code::UnterminatedComment,
                            span,
                            "this block comment does not end; expected `*/`",
                        )
                        .note("block comments nest: each `/*` needs its own `*/`"),
                    );
                    self.stop();
                    break;
                }
                _ => self.at += 1,
            }
        }
        let span = Span::new(start as u32, self.at as u32);
        self.comments.push(Comment { span, kind: CommentKind::Block });
    }

    /// A number that starts at `start`.
    #[inline]
    fn number(&mut self, start: usize) -> Token {
        let mut at = start;
        let mut value = 0u64;
        while let Some(&byte @ b'0'..=b'9') = self.bytes.get(at) {
            value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            at += 1;
        }
        let next = self.bytes.get(at).copied().unwrap_or(0);
        let range = next == b'.' && self.bytes.get(at + 1) == Some(&b'.');
        if WORD[next as usize] || next == b'.' && !range {
            return self.unusual_number(start);
        }
        self.at = at;
        self.key = if at - start <= PLAIN_DIGITS { value } else { NO_VALUE };
        token(T::Int, start, at)
    }

    fn unusual_number(&mut self, start: usize) -> Token {
        self.at = start;
        self.key = NO_VALUE;
        let kind = self.number_with_all();
        token(kind, start, self.at)
    }

    /// Digits, and everything that clings to them: the suffix, and letters that make it wrong.
    fn number_with_all(&mut self) -> T {
        let mut kind = T::Int;
        let radix = self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'b' | b'o' | b'X' | b'B' | b'O');
        self.digits();
        if !radix && self.peek(0) == b'.' {
            match self.peek(1) {
                b'0'..=b'9' => {
                    self.at += 1;
                    self.digits();
                    kind = T::Float;
                }
                b'.' => {}
                next if WORD_START[next as usize] || !next.is_ascii() => {}
                // `1.`: Rust reads a float, NDA asks for the digit.
                _ => {
                    self.at += 1;
                    kind = T::Float;
                }
            }
        }
        if !radix && matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            let mut ahead = 1 + sign;
            while self.peek(ahead) == b'_' {
                ahead += 1;
            }
            if self.peek(ahead).is_ascii_digit() || sign == 1 {
                self.at += 1 + sign;
                kind = T::Float;
            }
        }
        while WORD[self.peek(0) as usize] {
            self.at += 1;
        }
        kind
    }

    #[inline]
    fn digits(&mut self) {
        while matches!(self.peek(0), b'0'..=b'9' | b'_') {
            self.at += 1;
        }
    }

    /// A string whose opening quote is at `self.at`; `start` is where its prefix, if any, starts.
    fn string(&mut self, start: usize) -> T {
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return T::Str;
                }
                Some(b'\\') => self.at = (self.at + 2).min(self.bytes.len()),
                Some(_) => self.at += 1,
                None => return self.unterminated(start, "string", '"'),
            }
        }
    }

    /// Reports a literal without end, and ends it with its first line so that the rest can be read.
    #[cold]
    fn unterminated(&mut self, start: usize, what: &str, quote: char) -> T {
        let line = self.source[start..].lines().next().unwrap_or_default();
        self.at = start + line.len().max(1);
        let span = Span::new(start as u32, self.at as u32);
        let message = format!("this {what} does not end; expected a closing `{quote}`");
        self.problems.push(Diagnostic::new(Code::UnterminatedString, span, message));
        T::Bad
    }

    /// `'c'` or `'label`.
    fn quote(&mut self) -> T {
        let start = self.at;
        let rest = &self.source[start + 1..];
        let mut chars = rest.chars();
        let first = chars.next().unwrap_or('\n');
        if first == '\\' {
            let mut at = start + 3;
            while at < self.bytes.len() && !matches!(self.bytes[at], b'\'' | b'\n') {
                at += 1;
            }
            if self.bytes.get(at) == Some(&b'\'') {
                self.at = at + 1;
                return T::Char;
            }
            return self.unterminated(start, "character", '\'');
        }
        if first != '\'' && first != '\n' && chars.next() == Some('\'') {
            self.at = start + 2 + first.len_utf8();
            return T::Char;
        }
        if WORD_START[self.peek(1) as usize] {
            self.at += 1;
            while WORD[self.peek(0) as usize] {
                self.at += 1;
            }
            if self.peek(0) != b'\'' {
                return T::Label;
            }
            self.at = start;
        }
        // Neither: several characters, none, or no closing quote on the line.
        match rest.find(['\'', '\n']) {
            Some(len) if rest.as_bytes()[len] == b'\'' => {
                self.at = start + 1 + len + 1;
                T::Char
            }
            _ => self.unterminated(start, "character", '\''),
        }
    }

    /// `r"…"`, `r#"…"#`, `b"…"`, `b'…'`, or the word alone, which is of kind `word`.
    #[cold]
    fn prefixed_literal(&mut self, start: usize, end: usize, word: T) -> T {
        let prefix = &self.bytes[start..end];
        let raw = prefix.ends_with(b"r");
        let fits = match self.bytes[end] {
            b'#' => matches!(prefix, b"r" | b"br"),
            b'\'' => prefix == b"b",
            _ => matches!(prefix, b"r" | b"b" | b"br" | b"c"),
        };
        if !fits {
            return word;
        }
        let kind = if self.bytes[end] == b'\'' {
            self.quote()
        } else if raw {
            let hashes = self.bytes[end..].iter().take_while(|&&byte| byte == b'#').count();
            if self.peek(hashes) != b'"' {
                return word; // `r#name`, which the parser refuses at `#`
            }
            let closing = format!("\"{}", "#".repeat(hashes));
            let content = end + hashes + 1;
            match self.source[content..].find(&closing) {
                Some(len) => self.at = content + len + closing.len(),
                None => return self.unterminated(start, "string", '"'),
            }
            T::Str
        } else {
            self.string(start)
        };
        match kind {
            T::Label => {
                self.at = end;
                return word;
            }
            T::Bad => return T::Bad,
            _ => {}
        }
        let span = Span::new(start as u32, self.at as u32);
        let what = if raw { "raw strings" } else { "byte strings" };
        if let Some(code) = byte_code(span.text(self.source)) {
            let found = format!("found `{}`; expected the byte's number", span.text(self.source));
            let problem = Diagnostic::new(Code::RustSpelling, span, found);
            self.problems.push(problem.fix("write the number", span, code.to_string()));
            return T::Bad;
        }
        self.problems.push(
            Diagnostic::new(Code::NotSupportedYet, span, format!("{what} are not supported yet"))
                .note("write a plain string, with `\\\\` for a backslash and `\\\"` for a quote"),
        );
        T::Bad
    }
}

/// The number of Rust's byte literal `b'x'`.
fn byte_code(literal: &str) -> Option<u8> {
    match literal.strip_prefix("b'")?.strip_suffix('\'')?.as_bytes() {
        [b'\\', escaped] => Some(match escaped {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'0' => 0,
            b'\\' | b'\'' | b'"' => *escaped,
            _ => return None,
        }),
        [byte] if byte.is_ascii() => Some(*byte),
        _ => None,
    }
}

#[inline]
const fn token(kind: T, start: usize, end: usize) -> Token {
    Token { kind, start: start as u32, end: end as u32 }
}

/// Where the run of spaces ends that `at` may be in: most of them are indentation, which comes in fours and eights.
#[inline]
fn after_spaces(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at..at + 4) == Some(b"    ") {
        at += 4;
    }
    while bytes.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

/// A piece of source, short enough for a message, on one line.
pub(crate) fn clip(text: &str) -> String {
    let start = text[..text.floor_char_boundary(200)].lines().next().unwrap_or_default();
    let whole = start.len() == text.len() && start.chars().count() <= 30;
    let mut short: String = start.chars().take(if whole { 30 } else { 27 }).collect();
    if short.contains(char::is_control) {
        short = short.escape_debug().collect();
    }
    if !whole {
        short.push('…');
    }
    short
}
