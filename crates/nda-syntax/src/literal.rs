//! What literals mean: numbers, and strings with their escapes.
//!
//! The lexer has found where a literal ends; here its characters become a value. Nothing here knows where literals
//! may stand.

use crate::lexer::{Problems, clip};
use crate::tree::Text;
use nda_diagnostics::{Code, Diagnostic, Span};

/// The value of an integer literal; `None` if it was reported.
#[inline]
pub(crate) fn integer(text: &str, at: u32, problems: &mut Problems<'_>) -> Option<u64> {
    // Nineteen digits cannot overflow 64 bits.
    if text.len() <= 19 {
        let mut value = 0u64;
        let plain = text.bytes().all(|byte| {
            value = value.wrapping_mul(10).wrapping_add(u64::from(byte.wrapping_sub(b'0')));
            byte.is_ascii_digit()
        });
        if plain && value <= 1 << 63 {
            return Some(value);
        }
    }
    unusual_integer(text, at, problems)
}

/// Separators, other bases, suffixes, and everything that is wrong.
#[cold]
fn unusual_integer(text: &str, at: u32, problems: &mut Problems<'_>) -> Option<u64> {
    let span = Span::new(at, at + text.len() as u32);
    let (base, name, skip) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, "hexadecimal", 2),
        [b'0', b'b' | b'B', ..] => (2, "binary", 2),
        [b'0', b'o' | b'O', ..] => (8, "octal", 2),
        _ => (10, "decimal", 0),
    };
    let bad = |message: String| Diagnostic::new(Code::BadNumber, span, message);
    if let Some(upper @ ('X' | 'B' | 'O')) = text.chars().nth(1)
        && skip == 2
    {
        let lower = format!("0{}{}", upper.to_ascii_lowercase(), &text[2..]);
        problems.push(bad(format!("the base is written in capitals; expected `{lower}`")).fix(
            "write it small",
            span,
            lower,
        ));
        return None;
    }
    let digits = &text[skip..];
    let suffix_at = digits
        .bytes()
        .position(|byte| !(byte == b'_' || (byte as char).is_digit(base)))
        .unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at(suffix_at);
    if digits.bytes().all(|byte| byte == b'_') {
        problems.push(bad(format!(
            "found `{}`; expected {name} digits after `{}`",
            clip(text),
            &text[..skip]
        )));
        return None;
    }
    if !suffix.is_empty() {
        let number = &text[..text.len() - suffix.len()];
        if suffix.starts_with(|c: char| c.is_ascii_digit()) {
            let digit = &suffix[..1];
            problems.push(bad(format!("found the digit `{digit}`; expected {name} digits")));
            return None;
        }
        suffix_problem(span, number, suffix, base != 10, problems)?;
    }
    let mut value = Some(0u64);
    for digit in digits.bytes().filter_map(|byte| (byte as char).to_digit(base)) {
        value = value.and_then(|value| value.checked_mul(u64::from(base))?.checked_add(u64::from(digit)));
    }
    let value = value.filter(|&value| value <= 1 << 63);
    if value.is_none() {
        problems.push(
            Diagnostic::new(
                Code::IntegerOutOfRange,
                span,
                format!("`{}` does not fit `i64`; expected at most 9223372036854775807", clip(text)),
            )
            .note("there are no larger integers; `f64` holds larger magnitudes, not exactly"),
        );
    }
    value
}

/// Reports `suffix` after `number`; `Some` if it names a type, so that the number before it counts.
fn suffix_problem(
    span: Span,
    number: &str,
    suffix: &str,
    other_base: bool,
    problems: &mut Problems<'_>,
) -> Option<()> {
    let is_float = number.contains('.') || (!other_base && number.contains(['e', 'E']));
    let number = number.trim_end_matches('_');
    let integers = ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];
    let spelling = Diagnostic::new(
        Code::RustSpelling,
        span,
        format!("the suffix `{suffix}` is Rust's; expected a literal without a type"),
    )
    .note("integer literals are `i64`, literals with a point or exponent are `f64`");
    match suffix {
        "f32" | "f64" if !other_base => {
            let float = if is_float { number.to_owned() } else { format!("{number}.0") };
            problems.push(spelling.fix(format!("write `{float}`"), span, float));
            // `1f64` is not the integer 1; as a float it still has a value.
            is_float.then_some(())
        }
        _ if integers.contains(&suffix) && !is_float => {
            problems.push(spelling.fix(format!("write `{number}`"), span, number));
            Some(())
        }
        _ => {
            problems.push(Diagnostic::new(
                Code::BadNumber,
                span,
                format!(
                    "found `{}` directly after the number `{}`; expected it to end",
                    clip(suffix),
                    clip(number)
                ),
            ));
            None
        }
    }
}

/// The value of a float literal; `None` if it was reported.
pub(crate) fn float(text: &str, at: u32, problems: &mut Problems<'_>) -> Option<f64> {
    let span = Span::new(at, at + text.len() as u32);
    let bad = |message: String| Diagnostic::new(Code::BadNumber, span, message);
    if text.ends_with('.') {
        let fixed = format!("{text}0");
        problems.push(bad(format!("found `{}`; expected a digit after the point", clip(text))).fix(
            format!("write `{}`", clip(&fixed)),
            span,
            fixed,
        ));
        return None;
    }
    let mantissa =
        text.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'_' | b'.')).unwrap_or(text.len());
    let (mut number, mut suffix) = text.split_at(mantissa);
    if suffix.starts_with(['e', 'E']) {
        let sign = usize::from(suffix[1..].starts_with(['+', '-']));
        let exponent = &suffix[1 + sign..];
        let len =
            exponent.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'_')).unwrap_or(exponent.len());
        if exponent[..len].bytes().all(|byte| byte == b'_') {
            problems.push(bad(format!("found `{}`; expected digits in the exponent", clip(text))));
            return None;
        }
        (number, suffix) = text.split_at(mantissa + 1 + sign + len);
    }
    if !suffix.is_empty() {
        suffix_problem(span, number, suffix, false, problems)?;
    }
    let value = if number.contains('_') { number.replace('_', "").parse() } else { number.parse::<f64>() };
    match value {
        Ok(value) if value.is_finite() => Some(value),
        _ => {
            problems.push(
                bad(format!("`{}` does not fit `f64`; expected at most 1.7976931348623157e308", clip(text)))
                    .note("infinity is written `f64::INFINITY`"),
            );
            None
        }
    }
}

/// The characters of a string literal. `text` is its spelling with quotes, `buffer` receives characters that differ
/// from their spelling.
#[inline]
pub(crate) fn string(text: &str, at: u32, buffer: &mut String, problems: &mut Problems<'_>) -> Text {
    let inner = &text[1..text.len() - 1];
    if inner.bytes().any(|byte| matches!(byte, b'\\' | b'\r')) {
        return unescape(inner, at + 1, buffer, problems);
    }
    Text { start: at + 1, len: inner.len() as u32 }
}

/// The one character of a character literal; `None` if it was reported.
pub(crate) fn character(
    text: &str,
    at: u32,
    buffer: &mut String,
    problems: &mut Problems<'_>,
) -> Option<Text> {
    let before = problems.count();
    let value = string(text, at, buffer, problems);
    if problems.count() > before {
        return None;
    }
    let span = Span::new(at, at + text.len() as u32);
    let chars = if value.len & Text::OWN == 0 {
        text[1..text.len() - 1].chars().count()
    } else {
        buffer[value.start as usize..].chars().count()
    };
    if chars == 1 {
        return Some(value);
    }
    let problem = if chars == 0 {
        Diagnostic::new(
            Code::CharacterLength,
            span,
            "a character literal is empty; expected exactly one character",
        )
        .guess("write the empty string", span, "\"\"")
    } else {
        let string = format!("\"{}\"", text[1..text.len() - 1].replace('"', "\\\""));
        Diagnostic::new(
            Code::CharacterLength,
            span,
            format!("found {chars} characters between `'`; expected exactly one"),
        )
        .fix("write a string", span, string)
    };
    problems.push(problem);
    None
}

#[cold]
fn unescape(inner: &str, at: u32, buffer: &mut String, problems: &mut Problems<'_>) -> Text {
    let start = buffer.len();
    let mut rest = inner;
    while let Some(stop) = rest.find(['\\', '\r']) {
        buffer.push_str(&rest[..stop]);
        rest = &rest[stop..];
        if let Some(after) = rest.strip_prefix('\r') {
            // As in Rust, a line of a string ends in `\n`, however the file's lines end.
            if !after.starts_with('\n') {
                let here = at + (inner.len() - rest.len()) as u32;
                let span = Span::new(here, here + 1);
                let message = "found a carriage return inside a string; expected `\\r`, which can be seen";
                problems.push(Diagnostic::new(Code::UnexpectedCharacter, span, message).fix(
                    "write `\\r`",
                    span,
                    "\\r",
                ));
            }
            rest = after;
            continue;
        }
        let here = at + (inner.len() - rest.len()) as u32;
        let escape = &rest[1..];
        let mut chars = escape.chars();
        let simple = match chars.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('0') => '\0',
            Some(c @ ('"' | '\\' | '\'')) => c,
            Some('\n' | '\r') => {
                rest = escape.trim_start_matches([' ', '\t', '\n', '\r']);
                continue;
            }
            Some('u') => {
                let (c, len) = unicode_escape(escape, here, problems);
                buffer.extend(c);
                rest = &escape[len..];
                continue;
            }
            other => {
                let c = other.unwrap_or('\\');
                unknown_escape(c, escape, here, problems);
                rest = &escape[c.len_utf8().min(escape.len())..];
                continue;
            }
        };
        buffer.push(simple);
        rest = chars.as_str();
    }
    buffer.push_str(rest);
    Text { start: start as u32, len: (buffer.len() - start) as u32 | Text::OWN }
}

fn unknown_escape(c: char, escape: &str, here: u32, problems: &mut Problems<'_>) {
    let span = Span::new(here, here + 1 + c.len_utf8() as u32);
    let hex = escape.get(1..3).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let problem = Diagnostic::new(
        Code::BadEscape,
        span,
        format!(
            "`\\{}` is not an escape; expected one of \\n \\t \\r \\0 \\\" \\\\ \\u{{…}}",
            c.escape_debug()
        ),
    );
    problems.push(match (c, hex) {
        ('x', Some(hex)) => {
            let span = Span::new(here, here + 4);
            problem.fix("write it as a Unicode escape", span, format!("\\u{{{hex}}}"))
        }
        _ => problem.guess("for a backslash write two", Span::new(here, here + 1), "\\\\"),
    });
}

/// Reads `u{…}`; gives the character, if there is one, and the length of the escape.
fn unicode_escape(escape: &str, here: u32, problems: &mut Problems<'_>) -> (Option<char>, usize) {
    let (digits, len) = match escape.strip_prefix("u{").and_then(|body| Some((body, body.find('}')?))) {
        Some((body, close)) => (&body[..close], close + 3),
        None => ("", 1),
    };
    let hex: String = digits.chars().filter(|&c| c != '_').take(7).collect();
    let value = (hex.len() <= 6).then(|| u32::from_str_radix(&hex, 16).ok()).flatten();
    let value = value.filter(|_| !hex.starts_with('+')).and_then(char::from_u32);
    if value.is_none() {
        let span = Span::new(here, here + 1 + len as u32);
        problems.push(
            Diagnostic::new(
                Code::BadEscape,
                span,
                "this Unicode escape names no character; expected `\\u{…}` with 1 to 6 hexadecimal digits",
            )
            .note("the largest is \\u{10FFFF}, and \\u{D800} to \\u{DFFF} are no characters"),
        );
    }
    (value, len)
}
