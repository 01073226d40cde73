//! Text as the language reads it, where that differs from how it is written: `"AK\u{49}A"`, `"AKIA" + "QYLP"`, and
//! `const KEY: str = "…"`, which rules written for other languages know as `KEY = "…"`.

/// A text, and where each part of it was written.
pub(crate) struct Reading {
    pub(crate) text: String,
    /// From here on in `text`, from there on in the source; in order.
    parts: Vec<(u32, u32)>,
}

/// What a binding of text may have between its name and `=`.
const ANNOTATION: &str = ": str =";

impl Reading {
    /// How `source` reads, if not just as it is written.
    pub(crate) fn of(source: &str) -> Option<Self> {
        let bytes = source.as_bytes();
        let joins =
            || bytes.contains(&b'"') && source.match_indices('+').any(|(at, _)| joint(bytes, at).is_some());
        if !source.contains(ANNOTATION) && !bytes.contains(&b'\\') && !joins() {
            return None;
        }
        let mut reading = Self { text: String::with_capacity(source.len()), parts: vec![(0, 0)] };
        let mut at = 0;
        while at < bytes.len() {
            let rest = &source[at..];
            let (read, written) = match bytes[at] {
                b'\\' => escape(rest),
                b'"' => match joint_after_quote(bytes, at) {
                    Some(end) => (None, end - at),
                    None => (Some('"'), 1),
                },
                // As long as before: places need no note.
                b':' if rest.starts_with(ANNOTATION) => {
                    reading.text.push_str("      =");
                    at += ANNOTATION.len();
                    continue;
                }
                _ => {
                    let letter = rest.chars().next().unwrap_or_default();
                    reading.text.push(letter);
                    at += letter.len_utf8();
                    continue;
                }
            };
            let start = reading.text.len() as u32;
            reading.note(start, at as u32);
            reading.text.extend(read);
            at += written;
            reading.note(reading.text.len() as u32, at as u32);
        }
        Some(reading)
    }

    fn note(&mut self, read: u32, written: u32) {
        match self.parts.last_mut() {
            Some(last) if last.0 == read => last.1 = written,
            _ => self.parts.push((read, written)),
        }
    }

    /// Where in the source a place of the text was written.
    pub(crate) fn written_at(&self, at: usize) -> usize {
        let after = self.parts.partition_point(|part| part.0 as usize <= at);
        let (read, written) = self.parts[after.saturating_sub(1)];
        written as usize + (at - read as usize)
    }
}

/// What an escape stands for, and how many bytes it takes.
fn escape(rest: &str) -> (Option<char>, usize) {
    let mut letters = rest[1..].chars();
    match letters.next() {
        Some('n') => (Some('\n'), 2),
        Some('t') => (Some('\t'), 2),
        Some('r') => (Some('\r'), 2),
        Some('0') => (Some('\0'), 2),
        // A line that goes on.
        Some('\n') => (None, rest.len() - rest[1..].trim_start().len()),
        Some('x') => match rest.get(2..4).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(code) => (Some(code.into()), 4),
            None => (Some('\\'), 1),
        },
        Some('u') => {
            let inside = rest
                .get(3..)
                .and_then(|inside| inside.split_once('}'))
                .filter(|_| rest[2..].starts_with('{'));
            let code = inside.and_then(|(hex, _)| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
            match (inside, code) {
                (Some((hex, _)), Some(letter)) => (Some(letter), hex.len() + 4),
                _ => (Some('\\'), 1),
            }
        }
        Some(letter @ ('"' | '\'' | '\\' | '{' | '}')) => (Some(letter), 2),
        _ => (Some('\\'), 1),
    }
}

/// For a `+` between two quotes: the places of the quotes.
fn joint(bytes: &[u8], plus: usize) -> Option<(usize, usize)> {
    let before = bytes[..plus].iter().rposition(|byte| !byte.is_ascii_whitespace())?;
    let after = plus + 1 + bytes[plus + 1..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    (bytes[before] == b'"' && bytes[after] == b'"').then_some((before, after))
}

/// For a quote that ends a literal which another one is joined to: where the other one's text begins.
fn joint_after_quote(bytes: &[u8], quote: usize) -> Option<usize> {
    let plus = quote + 1 + bytes[quote + 1..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    let (before, after) = (bytes[plus] == b'+').then(|| joint(bytes, plus)).flatten()?;
    (before == quote).then_some(after + 1)
}

#[cfg(test)]
mod tests {
    use super::Reading;

    #[test]
    fn escapes_joints_and_annotations_are_read_and_places_found_again() {
        assert!(Reading::of("let a = \"plain\" + b; // 1 + 1").is_none());
        for (source, text) in [
            (r#"let a = "A\u{4b}I\x41";"#, r#"let a = "AKIA";"#),
            ("f(\"AK\" +\n    \"IA\")", "f(\"AKIA\")"),
            ("const K: str = \"é\";", "const K      = \"é\";"),
            ("\"a\\\n   b\"", "\"ab\""),
        ] {
            let reading = Reading::of(source).expect("it reads otherwise");
            assert_eq!(reading.text, text);
            for word in ["I", "b", "é", "K"] {
                if let (Some(read), Some(written)) = (text.find(word), source.find(word)) {
                    assert_eq!(reading.written_at(read), written, "{word} of {source}");
                }
            }
            assert_eq!(reading.written_at(reading.text.len()), source.len());
        }
    }

    #[test]
    fn what_is_no_escape_stays() {
        for source in ["\\", "\\u", "\\u{", "\\u{zz}", "\\x", "\\xé", "\\u{110000}", "a\\q", "\"+\"", "\"\\"]
        {
            let _ = Reading::of(source);
        }
        assert_eq!(Reading::of("\\q\\u{").expect("it has a backslash").text, "\\q\\u{");
    }
}
