//! Texts that are not at their end yet: what is open in one, and how it could be closed.
//!
//! Whoever writes piece by piece wants to know of each piece whether it fits. [`Unfinished::completions`] gives endings that
//! close what is open with `todo!()`, which is of every type, so the text with one of them can be checked as a whole.

use crate::lexer::{Lexer, Problems};
use crate::token::{T, Token};

/// A text that ends between two statements, arms or items.
#[derive(Debug)]
pub struct Unfinished {
    tokens: Vec<Token>,
    /// The open braces, the innermost last.
    open: Vec<(u32, Block)>,
    /// Whether it ends with an expression that nothing ends.
    has_tail: bool,
}

/// What a brace begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Block {
    Function,
    If,
    Arms,
    /// The body of a loop, of an arm, of an `else`, or a block alone.
    Body,
    Items,
    /// A struct's value.
    Literal,
}

/// Looks at a text; `None` if it does not end where a piece may: behind `;`, `{`, `}`, `,`, or the last expression of a function.
#[must_use]
pub fn unfinished(source: &str) -> Option<Unfinished> {
    let mut ignored = Vec::new();
    let mut lexer = Lexer::new(source, Vec::new(), Problems::new(&mut ignored));
    let mut tokens: Vec<Token> = Vec::new();
    loop {
        let token = lexer.next();
        if token.kind == T::Eof {
            break;
        }
        tokens.push(token);
    }
    let mut open: Vec<(u32, T, Block)> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            T::LBrace => open.push((token.start, T::LBrace, block(&tokens[..index]))),
            T::LParen | T::LBracket => open.push((token.start, token.kind, Block::Literal)),
            T::RBrace | T::RParen | T::RBracket => drop(open.pop()?),
            _ => {}
        }
    }
    if open.iter().any(|&(_, kind, block)| kind != T::LBrace || block == Block::Literal) {
        return None;
    }
    let open: Vec<(u32, Block)> = open.into_iter().map(|(at, _, block)| (at, block)).collect();
    let ends = tokens.last().is_none_or(|token| {
        matches!(token.kind, T::Semi | T::LBrace | T::RBrace)
            || token.kind == T::Comma && matches!(open.last(), Some((_, Block::Arms | Block::Items)))
    });
    let in_function = matches!(open.last(), None | Some((_, Block::Function)));
    (ends || in_function).then_some(Unfinished { tokens, open, has_tail: !ends })
}

/// What a brace behind these tokens begins.
fn block(before: &[Token]) -> Block {
    let mut nested = 0u32;
    for (behind, token) in before.iter().rev().enumerate() {
        match token.kind {
            T::RParen | T::RBracket => nested += 1,
            T::LParen | T::LBracket if nested > 0 => nested -= 1,
            T::Semi | T::LBrace | T::RBrace | T::LParen | T::LBracket if nested == 0 => {
                return if behind == 0 { Block::Body } else { Block::Literal };
            }
            T::FatArrow | T::Eq if behind == 0 => return Block::Body,
            _ if nested > 0 => {}
            T::Fn => return Block::Function,
            T::If => return Block::If,
            T::Match => return Block::Arms,
            T::For if is_impl_for(before, behind) => return Block::Items,
            T::For | T::While | T::Loop | T::Else => return Block::Body,
            T::Struct | T::Enum | T::Impl | T::Mod | T::Use => return Block::Items,
            _ => {}
        }
    }
    if before.is_empty() { Block::Body } else { Block::Literal }
}

/// Whether the `for` so far behind belongs to an `impl`.
fn is_impl_for(before: &[Token], behind: usize) -> bool {
    let until = before.len() - 1 - behind;
    let start =
        before[..until].iter().rposition(|token| matches!(token.kind, T::Semi | T::LBrace | T::RBrace));
    before[start.map_or(0, |at| at + 1)..until].iter().any(|token| token.kind == T::Impl)
}

impl Unfinished {
    /// Whether nothing is open.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.open.is_empty()
    }

    /// How many braces are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Endings that make a whole text of it. In the second the last expression is the value of its function.
    #[must_use]
    pub fn completions(&self) -> Vec<String> {
        let mut all = Vec::new();
        if !self.has_tail || self.open.is_empty() {
            all.push(self.completion(true));
        }
        if matches!(self.open.last(), Some((_, Block::Function))) {
            all.push(self.completion(false));
        }
        all
    }

    fn completion(&self, innermost_goes_on: bool) -> String {
        let mut text = "\n".to_owned();
        for (index, (_, block)) in self.open.iter().rev().enumerate() {
            text += match block {
                Block::Function if index > 0 || innermost_goes_on => "todo!() }",
                Block::Function | Block::Items | Block::Literal => "}",
                Block::If => "todo!() } else { todo!() };",
                Block::Arms => "_ => todo!() };",
                Block::Body => "todo!() };",
            };
        }
        text
    }

    /// Whether a variable whose name stands at `at` can be used where the text ends.
    #[must_use]
    pub fn sees(&self, at: u32) -> bool {
        let Some(index) = self.tokens.iter().position(|token| token.start == at) else { return false };
        let is_open = |brace: u32| self.open.iter().any(|&(open, _)| open == brace);
        let boundary = |token: &Token| matches!(token.kind, T::Semi | T::LBrace | T::RBrace);
        let start = self.tokens[..index].iter().rposition(boundary).map_or(0, |found| found + 1);
        if self.tokens[start].kind != T::Let {
            // A parameter, a loop's variable, a pattern: of the brace that follows.
            let brace = self.tokens[index..].iter().find(|token| boundary(token));
            return brace.is_some_and(|token| token.kind == T::LBrace && is_open(token.start));
        }
        let mut nested = 0u32;
        for token in self.tokens[..index].iter().rev() {
            match token.kind {
                T::RBrace => nested += 1,
                T::LBrace if nested == 0 => return is_open(token.start),
                T::LBrace => nested -= 1,
                _ => {}
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::unfinished;

    fn ends(source: &str) -> Vec<String> {
        let found = unfinished(source).unwrap_or_else(|| panic!("{source}"));
        found.completions().iter().map(|text| text.trim().to_owned()).collect()
    }

    #[test]
    fn what_is_open_is_closed_by_its_kind() {
        assert_eq!(ends("fn f() -> i64 {"), ["todo!() }", "}"]);
        assert_eq!(ends("fn f() -> i64 { 1 }"), [""]);
        assert_eq!(ends("fn f(n: i64) { if n == 0 {"), ["todo!() } else { todo!() };todo!() }"]);
        assert_eq!(ends("fn f(n: i64) { let x = match n { 0 => 1,"), ["_ => todo!() };todo!() }"]);
        assert_eq!(ends("fn f(n: i64) { for i in 0..n { print(i);"), ["todo!() };todo!() }"]);
        assert_eq!(ends("impl P { fn f(self) -> i64 { self.x"), ["}}"]);
        assert_eq!(ends("struct P { x: i64,"), ["}"]);
        for open in ["fn f() { g(", "fn f() { let p = P {", "fn f(n: i64) { if n == 0 { 1", "fn f() }"] {
            assert!(unfinished(open).is_none(), "{open}");
        }
    }

    #[test]
    fn a_name_is_seen_as_long_as_its_brace_is_open() {
        let source =
            "fn f(a: i64) { let b = 1; for c in 0..a { let d = c; } let e = 2; for g in 0..e { print(g);";
        let found = unfinished(source).unwrap();
        let at = |text: &str| source.find(text).unwrap() as u32;
        let seen: Vec<bool> =
            ["a: i64", "b =", "c in", "d =", "e =", "g in"].map(|text| found.sees(at(text))).to_vec();
        assert_eq!(seen, [true, true, false, false, true, true]);
    }
}
