//! Patterns of names, branches and authors.

/// A pattern: `*` stands for any run without `:`, `**` for any run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Piece {
    Text(String),
    /// `*`.
    Run,
    /// `**`.
    Path,
}

/// The longest pattern, in bytes; matching takes time in proportion to pattern and name.
const LONGEST: usize = 200;

impl Pattern {
    /// Reads a pattern; an error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("a pattern has 1 to {LONGEST} bytes"));
        }
        if text.contains("***") {
            return Err("`*` is any run without `:`, `**` any run; there is no `***`".to_owned());
        }
        if let Some(strange) = text.chars().find(|letter| letter.is_control() || "?[]{}\\".contains(*letter))
        {
            return Err(format!("`{}` means nothing in a pattern", strange.escape_debug()));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, length) = match rest.find('*') {
                Some(0) if rest.starts_with("**") => (Piece::Path, 2),
                Some(0) => (Piece::Run, 1),
                star => {
                    let end = star.unwrap_or(rest.len());
                    (Piece::Text(rest[..end].to_owned()), end)
                }
            };
            pieces.push(piece);
            rest = &rest[length..];
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// Whether all of `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        // The places of the name that the pieces so far can end at.
        let mut ends = vec![false; name.len() + 1];
        ends[0] = true;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => {
                    for at in (0..=name.len()).rev() {
                        ends[at] = at >= text.len()
                            && ends[at - text.len()]
                            && name.as_bytes()[at - text.len()..at] == *text.as_bytes();
                    }
                }
                run => {
                    for at in 1..=name.len() {
                        let goes_on = *run == Piece::Path || name.as_bytes()[at - 1] != b':';
                        ends[at] |= ends[at - 1] && goes_on;
                    }
                }
            }
        }
        ends[name.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_match_runs() {
        for (pattern, yes, no) in [
            ("geo::area", vec!["geo::area"], vec!["geo::areas", "geo", "x::geo::area"]),
            ("geo::*", vec!["geo::area", "geo::"], vec!["geo::shapes::area", "geo"]),
            ("geo::**", vec!["geo::area", "geo::shapes::area"], vec!["geo", "geometry::area"]),
            ("**", vec!["", "a", "a::b"], vec![]),
            ("*", vec!["a", "main"], vec!["a::b"]),
            ("agent-*/*", vec!["agent-1/x", "agent-/"], vec!["agent-1", "lead/x"]),
            ("**::test_*", vec!["a::test_b", "a::b::test_"], vec!["test_a", "a::test_b::c"]),
            ("*é*", vec!["aéb"], vec!["aeb"]),
        ] {
            let parsed = Pattern::parse(pattern).expect("it is a pattern");
            yes.iter().for_each(|name| assert!(parsed.matches(name), "{pattern} and {name}"));
            no.iter().for_each(|name| assert!(!parsed.matches(name), "{pattern} and {name}"));
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "a***", "a?", "[a]", "a\n", &"a".repeat(201)] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
        let hard = Pattern::parse(&"a**".repeat(60)).expect("it is a pattern");
        assert!(
            !hard.matches(&"a".repeat(10_000).replace("aaaaaaaaaa", "aaaaaaaaab")[..9_999].replace('a', "b"))
        );
    }
}
