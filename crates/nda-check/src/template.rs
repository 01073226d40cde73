//! Format strings: text with places for values, `"{name:>8} {:.2}"`, taken apart as Rust takes them apart.
//!
//! This module knows no types and no scopes: whether a place has a value, and one that suits, is found out by whoever asks.

use std::ops::Range;

/// A piece of a format string.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part<'t> {
    /// Text as it is; `{{` and `}}` are one brace each.
    Text(&'t str),
    /// `{…}`.
    Place(Place<'t>),
}

/// `{argument:spec}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place<'t> {
    /// From `{` to `}`, in bytes of the format string.
    pub(crate) range: Range<usize>,
    pub(crate) value: Argument<'t>,
    pub(crate) spec: Spec<Argument<'t>>,
}

/// Which value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Argument<'t> {
    /// The next one: `{}`.
    Next,
    /// `{0}`.
    Position(usize),
    /// `{name}`.
    Name(&'t str),
}

/// What stands behind the colon; `A` says where widths that are not written down come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Spec<A> {
    pub(crate) fill: char,
    pub(crate) align: Option<Align>,
    /// `+`.
    pub(crate) plus: bool,
    /// `#`.
    pub(crate) alternate: bool,
    /// `0`.
    pub(crate) zero: bool,
    pub(crate) width: Option<Count<A>>,
    pub(crate) precision: Option<Count<A>>,
    pub(crate) style: Style,
}

impl<A> Spec<A> {
    /// Nothing but a style.
    pub(crate) const fn bare(style: Style) -> Self {
        Self {
            fill: ' ',
            align: None,
            plus: false,
            alternate: false,
            zero: false,
            width: None,
            precision: None,
            style,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
}

/// A width or a precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Count<A> {
    Written(u32),
    /// `name$`, `0$`.
    Given(A),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    /// `{}`.
    Plain,
    /// `{:?}`.
    Debug,
    /// `{:x}`.
    Hex,
    /// `{:X}`.
    UpperHex,
    /// `{:o}`.
    Octal,
    /// `{:b}`.
    Binary,
}

/// What is wrong with a format string, and where in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    /// What should stand there instead, if that is plain.
    pub(crate) instead: Option<String>,
    pub(crate) note: Option<&'static str>,
}

impl Problem {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), instead: None, note: None }
    }
}

/// What can stand behind the colon, for notes.
const SPECS: &str = "behind the colon may stand, in this order: a character to fill with and `<`, `^` or `>`; `+`; `#`; `0`; \
                     a width; `.` and a precision; one of `?`, `x`, `X`, `o`, `b`";

/// Takes a format string apart.
pub(crate) fn parse(text: &str) -> Result<Vec<Part<'_>>, Problem> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['{', '}']) {
        let brace = at + found;
        let doubled = text[brace + 1..].starts_with(&text[brace..=brace]);
        if doubled {
            parts.push(Part::Text(&text[at..=brace]));
            at = brace + 2;
            continue;
        }
        if text[brace..].starts_with('}') {
            let problem = Problem::new(
                brace..brace + 1,
                "a `}` stands alone in this format; a brace as text is written `}}`",
            );
            return Err(Problem { instead: Some("}}".into()), ..problem });
        }
        let Some(len) = text[brace..].find('}') else {
            let problem = Problem::new(
                brace..brace + 1,
                "a `{` without its `}` stands in this format; a brace as text is written `{{`",
            );
            return Err(Problem { instead: Some("{{".into()), ..problem });
        };
        if brace > at {
            parts.push(Part::Text(&text[at..brace]));
        }
        let end = brace + len + 1;
        parts.push(Part::Place(place(text, brace..end)?));
        at = end;
    }
    if at < text.len() {
        parts.push(Part::Text(&text[at..]));
    }
    Ok(parts)
}

fn place(text: &str, range: Range<usize>) -> Result<Place<'_>, Problem> {
    let inner = &text[range.start + 1..range.end - 1];
    let (name, spec) = match inner.split_once(':') {
        Some((name, spec)) => (name.trim(), spec.trim_end()),
        None => (inner.trim(), ""),
    };
    let value = match argument(name) {
        Some(value) => value,
        None if name.is_empty() => Argument::Next,
        None => {
            let message = format!("`{{{inner}}}` names no value: only a name or a number can stand there");
            return Err(Problem {
                note: Some("put the expression behind the format: `format(\"{}\", a + b)`"),
                ..Problem::new(range, message)
            });
        }
    };
    let spec = read_spec(spec, &range, inner)?;
    Ok(Place { range, value, spec })
}

/// A name or a number; none for anything else.
fn argument(text: &str) -> Option<Argument<'_>> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Argument::Position);
    }
    let name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    name.then_some(Argument::Name(text))
}

fn read_spec<'t>(text: &'t str, range: &Range<usize>, inner: &str) -> Result<Spec<Argument<'t>>, Problem> {
    let refuse = |message: String| Problem { note: Some(SPECS), ..Problem::new(range.clone(), message) };
    let mut rest = text;
    let mut spec = Spec::bare(Style::Plain);
    let mut chars = rest.chars();
    match (chars.next(), chars.next()) {
        (Some(fill), Some(second)) if align(second).is_some() => {
            (spec.fill, spec.align) = (fill, align(second));
            rest = &rest[fill.len_utf8() + 1..];
        }
        (Some(first), _) if align(first).is_some() => {
            spec.align = align(first);
            rest = &rest[1..];
        }
        _ => {}
    }
    let mut flag = |sign: char| {
        let after = rest.strip_prefix(sign);
        rest = after.unwrap_or(rest);
        after.is_some()
    };
    spec.plus = flag('+');
    spec.alternate = flag('#');
    // `0$` is a width that the first value gives.
    spec.zero = rest.starts_with('0') && !rest.starts_with("0$");
    if spec.zero {
        rest = &rest[1..];
    }
    let too_large = || refuse(format!("a width or precision in `{{{inner}}}` is larger than 65535"));
    (spec.width, rest) = count(rest).ok_or_else(too_large)?;
    if let Some(after) = rest.strip_prefix('.') {
        (spec.precision, rest) = count(after).ok_or_else(too_large)?;
        if spec.precision.is_none() {
            return Err(refuse(format!("`{{{inner}}}` has no number of digits behind the point")));
        }
    }
    spec.style = match rest {
        "" => Style::Plain,
        "?" => Style::Debug,
        "x" => Style::Hex,
        "X" => Style::UpperHex,
        "o" => Style::Octal,
        "b" => Style::Binary,
        _ => return Err(refuse(format!("`{{{inner}}}` is not a format: `{rest}` has no meaning in it"))),
    };
    if spec.alternate && matches!(spec.style, Style::Plain | Style::Debug) {
        return Err(refuse(format!(
            "`#` in `{{{inner}}}` has no meaning: it puts `0x`, `0o` or `0b` before a number"
        )));
    }
    Ok(spec)
}

fn align(sign: char) -> Option<Align> {
    match sign {
        '<' => Some(Align::Left),
        '^' => Some(Align::Centre),
        '>' => Some(Align::Right),
        _ => None,
    }
}

/// A width or a precision, if one stands here, and what follows; none if it is too large.
fn count(text: &str) -> Option<(Option<Count<Argument<'_>>>, &str)> {
    let len =
        text.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(text.len());
    let (word, rest) = text.split_at(len);
    if let Some(rest) = rest.strip_prefix('$')
        && let Some(given) = argument(word).filter(|_| !word.is_empty())
    {
        return Some((Some(Count::Given(given)), rest));
    }
    let digits = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    if digits == 0 {
        return Some((None, text));
    }
    let (digits, rest) = text.split_at(digits);
    let count = digits.parse().ok().filter(|&count| count <= nda_graph::run::MAX_FORMAT_COUNT)?;
    Some((Some(Count::Written(count)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Ok(parts) => {
                let parts = parts.iter().map(|part| match part {
                    Part::Text(text) => format!("{text:?}"),
                    Part::Place(place) => {
                        let spec = &place.spec;
                        let mut flags = String::new();
                        flags.push_str(if spec.plus { "+" } else { "" });
                        flags.push_str(if spec.alternate { "#" } else { "" });
                        flags.push_str(if spec.zero { "0" } else { "" });
                        format!(
                            "{:?} {:?} {:?} {flags} {:?} {:?} {:?}",
                            place.value, spec.fill, spec.align, spec.width, spec.precision, spec.style
                        )
                    }
                });
                parts.collect::<Vec<_>>().join("; ")
            }
            Err(problem) => format!("{:?} {}", problem.range, problem.message),
        }
    }

    #[test]
    fn text_and_places() {
        assert_eq!(shown(""), "");
        assert_eq!(shown("a{{b}}c"), "\"a{\"; \"b}\"; \"c\"");
        assert_eq!(shown("{}"), "Next ' ' None  None None Plain");
        assert_eq!(shown("{1:?}"), "Position(1) ' ' None  None None Debug");
        assert_eq!(shown("é{n}"), "\"é\"; Name(\"n\") ' ' None  None None Plain");
        assert_eq!(shown("}"), "0..1 a `}` stands alone in this format; a brace as text is written `}}`");
        assert_eq!(
            shown("a{"),
            "1..2 a `{` without its `}` stands in this format; a brace as text is written `{{`"
        );
        assert_eq!(shown("{a+b}"), "0..5 `{a+b}` names no value: only a name or a number can stand there");
    }

    #[test]
    fn specs() {
        assert_eq!(
            shown("{:*^+#010.3x}"),
            "Next '*' Some(Centre) +#0 Some(Written(10)) Some(Written(3)) Hex"
        );
        assert_eq!(shown("{:>8}"), "Next ' ' Some(Right)  Some(Written(8)) None Plain");
        assert_eq!(shown("{:08b}"), "Next ' ' None 0 Some(Written(8)) None Binary");
        assert_eq!(
            shown("{:w$.p$}"),
            "Next ' ' None  Some(Given(Name(\"w\"))) Some(Given(Name(\"p\"))) Plain"
        );
        assert_eq!(shown("{:0$}"), "Next ' ' None  Some(Given(Position(0))) None Plain");
        assert_eq!(shown("{:>>1}"), "Next '>' Some(Right)  Some(Written(1)) None Plain");
        assert_eq!(shown("{:é<3}"), "Next 'é' Some(Left)  Some(Written(3)) None Plain");
        assert_eq!(shown("{:x}"), "Next ' ' None  None None Hex");
        assert_eq!(shown("{:q}"), "0..4 `{:q}` is not a format: `q` has no meaning in it");
        assert_eq!(shown("{:.}"), "0..4 `{:.}` has no number of digits behind the point");
        assert_eq!(shown("{:70000}"), "0..8 a width or precision in `{:70000}` is larger than 65535");
        assert_eq!(
            shown("{:#?}"),
            "0..5 `#` in `{:#?}` has no meaning: it puts `0x`, `0o` or `0b` before a number"
        );
    }
}
