//! Patterns, as Rust has them but for references, which are answered with the fix and read past.
//!
//! A single name is a binding; whether it is that of a constant or variant is not known here. The ends of ranges and
//! the literals are expressions, so that they mean here what they mean everywhere.

use super::types::run_from;
use super::{MAX_DEPTH, Parser, above};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::{
    ExprId, ExprKind, Name, Pattern, PatternField, PatternId, PatternKind, PatternList, Run, UnaryOp,
};
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

/// A pattern that was just read, and its height.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) id: PatternId,
    pub(super) height: u16,
}

impl Parser<'_, '_> {
    /// A pattern with all its alternatives.
    pub(super) fn pattern(&mut self) -> Part {
        let start = self.token.start;
        if self.at(T::Pipe) {
            self.bump();
        }
        let first = self.one_pattern();
        self.alternatives(first, start)
    }

    /// A pattern whose first name has been taken.
    pub(super) fn pattern_after(&mut self, name: Name) -> Part {
        let first = self.named_pattern(name);
        self.alternatives(first, name.span.start)
    }

    #[inline]
    fn alternatives(&mut self, first: Part, start: u32) -> Part {
        match self.token.kind {
            T::Pipe | T::PipePipe | T::Ident => self.more_alternatives(first, start),
            _ => first,
        }
    }

    fn more_alternatives(&mut self, first: Part, start: u32) -> Part {
        let base = self.scratch.ids.len();
        let mut height = first.height;
        while self.at(T::Pipe) || self.alternative_slip() {
            if self.scratch.ids.len() == base {
                self.scratch.ids.push(first.id.index() as u32);
            }
            self.bump();
            let next = self.one_pattern();
            height = height.max(next.height);
            self.scratch.ids.push(next.id.index() as u32);
        }
        if self.scratch.ids.len() == base {
            return first;
        }
        let list = PatternList(self.close_ids(base));
        self.push_pattern(PatternKind::Or(list), self.span_from(start), height + 1)
    }

    /// `||` or `or` between alternatives: reported, for the caller to take as `|`.
    fn alternative_slip(&mut self) -> bool {
        let word = self.token_text();
        if !matches!(word, "||" | "or") || self.recovering {
            return false;
        }
        let span = self.token.span();
        let message = format!("expected `|` between patterns, found `{word}`");
        self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `|`", span, "|"));
        !self.at(T::Eof)
    }

    /// A pattern without alternatives, unless they stand in brackets.
    pub(super) fn one_pattern(&mut self) -> Part {
        if self.depth >= MAX_DEPTH {
            return self.pattern_too_deep();
        }
        self.depth += 1;
        let part = self.pattern_kind();
        self.depth -= 1;
        part
    }

    fn pattern_kind(&mut self) -> Part {
        let start = self.token.start;
        match self.token.kind {
            T::Ident => {
                let is_underscore = self.lexer.key == u64::from(b'_');
                let name = self.take_name();
                if is_underscore {
                    return self.push_pattern(PatternKind::Wildcard, name.span, 1);
                }
                self.named_pattern(name)
            }
            T::Reserved if self.token_text() == "Self" => {
                let name = self.take_name();
                self.named_pattern(name)
            }
            T::Mut => self.mutable_binding(start),
            T::Int | T::Float | T::Str | T::Char | T::True | T::False | T::Minus | T::Bad => {
                let from = self.pattern_value();
                match self.token.kind {
                    T::DotDot | T::DotDotEq => self.pattern_range(from, start),
                    _ => {
                        let kind = from.map_or(PatternKind::Error, PatternKind::Literal);
                        self.push_pattern(kind, self.span_from(start), 3)
                    }
                }
            }
            T::DotDot => match self.open_range_pattern() {
                Some(range) => range,
                None => self.misplaced_rest(start, "outside of a tuple or list"),
            },
            T::DotDotEq => self.pattern_range(None, start),
            T::LParen => self.tuple_pattern(),
            T::Amp | T::AmpAmp => self.reference_pattern(),
            T::Reserved if self.token_text() == "ref" => {
                self.drop_reference();
                // What follows is as deep as what stands here, so that `ref rest @ ..` is a member of a list.
                if self.at(T::Ident) { self.pattern_kind() } else { self.one_pattern() }
            }
            T::LBracket => self.bracketed_pattern(),
            _ => self.no_pattern(),
        }
    }

    pub(super) fn push_pattern(&mut self, kind: PatternKind, span: Span, height: u16) -> Part {
        let id = PatternId::new(self.tree.patterns.len());
        self.tree.patterns.push(Pattern { kind, span });
        Part { id, height }
    }

    #[cold]
    fn pattern_too_deep(&mut self) -> Part {
        let span = self.token.span();
        self.too_deep(span);
        self.push_pattern(PatternKind::Error, span, 1)
    }

    /// A pattern whose first name has been taken: a binding, a range, or something with parts.
    pub(super) fn named_pattern(&mut self, name: Name) -> Part {
        let start = name.span.start;
        let mut path = name;
        if self.at(T::PathSep) {
            path = self.path_rest(name);
        }
        match self.token.kind {
            T::LParen => {
                let (args, height) = self.pattern_list("`,` or `)` after this pattern");
                let kind = PatternKind::Constructor { path, args };
                return self.push_pattern(kind, self.span_from(start), height + 1);
            }
            T::LBrace if self.names_a_type(path.symbol) => return self.struct_pattern(path),
            T::DotDot | T::DotDotEq => {
                let kind = match path.symbol {
                    symbol if symbol == name.symbol => ExprKind::Name(symbol),
                    symbol => ExprKind::Path(symbol),
                };
                let from = self.push(kind, path.span, 1).id;
                return self.pattern_range(Some(from), start);
            }
            _ => {}
        }
        if path.symbol != name.symbol || self.text(name.span) == "Self" {
            return self.push_pattern(PatternKind::Path(path.symbol), path.span, 1);
        }
        match self.token.kind {
            T::At => self.bound_pattern(name, false, start),
            T::Ident | T::LParen if self.text(name.span) == "box" => self.box_pattern(name),
            _ => {
                let kind = PatternKind::Binding { name, mutable: false, inner: None };
                self.push_pattern(kind, name.span, 1)
            }
        }
    }

    /// `name @ pattern`, the cursor being on `@`.
    fn bound_pattern(&mut self, name: Name, mutable: bool, start: u32) -> Part {
        self.bump();
        let from = self.token.start;
        let inner = if self.at(T::DotDot) && self.depth == self.list_member {
            match self.open_range_pattern() {
                Some(range) => range,
                None => self.push_pattern(PatternKind::Rest, self.span_from(from), 1),
            }
        } else {
            self.one_pattern()
        };
        let kind = PatternKind::Binding { name, mutable, inner: Some(inner.id) };
        self.push_pattern(kind, self.span_from(start), inner.height + 1)
    }

    /// `mut name`, the cursor being on `mut`.
    fn mutable_binding(&mut self, start: u32) -> Part {
        let keyword = self.bump().span();
        if self.at(T::Reserved) && self.token_text() == "ref" {
            return self.reference_pattern();
        }
        if matches!(self.token.kind, T::LParen | T::LBracket | T::Amp) {
            self.mut_before_parts(keyword, self.token.start);
            return self.one_pattern();
        }
        let Some(name) = self.expect_name("a name after `mut`") else {
            return self.push_pattern(PatternKind::Error, self.span_from(start), 1);
        };
        if matches!(self.token.kind, T::LParen | T::PathSep)
            || self.at(T::LBrace) && self.names_a_type(name.symbol)
        {
            self.mut_before_parts(keyword, name.span.start);
            return self.named_pattern(name);
        }
        if self.at(T::At) {
            return self.bound_pattern(name, true, start);
        }
        let kind = PatternKind::Binding { name, mutable: true, inner: None };
        self.push_pattern(kind, self.span_from(start), 1)
    }

    /// `mut (a, b)`, the pattern beginning at `to`.
    #[cold]
    pub(super) fn mut_before_parts(&mut self, keyword: Span, to: u32) {
        if !self.recovering {
            let message =
                "`mut` stands before a pattern with parts; expected it before each name that changes";
            let gap = Span::new(keyword.start, to);
            self.report(Diagnostic::new(Code::UnexpectedToken, keyword, message).guess("remove it", gap, ""));
        }
    }

    /// `a, b)`, the cursor being on the opening bracket.
    fn pattern_list(&mut self, expected: &str) -> (PatternList, u16) {
        let open = self.bump().span();
        let base = self.scratch.ids.len();
        let (height, _) = self.pattern_members(T::RParen, open, expected);
        (PatternList(self.close_ids(base)), height)
    }

    /// Patterns up to the closing bracket `end`, left in the scratch: their greatest height, and whether a comma stood after
    /// the last.
    fn pattern_members(&mut self, end: T, open: Span, expected: &str) -> (u16, bool) {
        let mut height = 0;
        let mut comma = false;
        let mut rests = 0;
        while !self.at(end) {
            let start = self.token.start;
            let part = if self.at(T::DotDot) {
                match self.open_range_pattern() {
                    Some(range) => self.alternatives(range, start),
                    None => {
                        rests += 1;
                        self.rest_pattern(start, rests)
                    }
                }
            } else if end == T::RBracket {
                self.list_member(&mut rests)
            } else {
                self.pattern()
            };
            height = height.max(part.height);
            self.scratch.ids.push(part.id.index() as u32);
            comma = self.eat(T::Comma);
            let goes_on = comma || self.recovering && self.skip_to(&[T::Comma, end]) && self.eat(T::Comma);
            if !goes_on {
                break;
            }
            self.recovering = false;
        }
        self.close(end, open, expected);
        (height, comma)
    }

    /// A member of a list that is not `..` alone.
    fn list_member(&mut self, rests: &mut u32) -> Part {
        let start = self.token.start;
        if self.at(T::Pipe) {
            return self.pattern();
        }
        let outer = std::mem::replace(&mut self.list_member, self.depth + 1);
        let first = self.one_pattern();
        self.list_member = outer;
        let PatternKind::Binding { inner: Some(inner), .. } = self.tree.pattern(first.id).kind else {
            return self.alternatives(first, start);
        };
        if self.tree.pattern(inner).kind != PatternKind::Rest {
            return self.alternatives(first, start);
        }
        *rests += 1;
        if *rests > 1 {
            let span = self.tree.pattern(inner).span;
            self.misplaced_rest(span.start, "for a second time");
            self.tree.patterns[inner.index()].kind = PatternKind::Wildcard;
        }
        first
    }

    /// `..` among the members of a tuple, having been taken.
    fn rest_pattern(&mut self, start: u32, nth: u32) -> Part {
        if nth > 1 {
            return self.misplaced_rest(start, "for a second time");
        }
        self.push_pattern(PatternKind::Rest, self.span_from(start), 1)
    }

    #[cold]
    fn misplaced_rest(&mut self, start: u32, place: &str) -> Part {
        let span = self.span_from(start);
        if !self.recovering {
            let message =
                format!("found `..` {place}; expected `_`, which matches one value, whatever it is");
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `_`", span, "_"));
        }
        self.push_pattern(PatternKind::Wildcard, span, 1)
    }

    /// `()`, `(p)`, `(p, q)`.
    fn tuple_pattern(&mut self) -> Part {
        let open = self.bump().span();
        let base = self.scratch.ids.len();
        let (height, comma) = self.pattern_members(T::RParen, open, "`,` or `)` after this pattern");
        let span = self.span_from(open.start);
        if let (&[only], false) = (&self.scratch.ids[base..], comma) {
            let inner = PatternId::new(only as usize);
            if self.tree.pattern(inner).kind != PatternKind::Rest {
                self.scratch.ids.truncate(base);
                return self.push_pattern(PatternKind::Paren(inner), span, height + 1);
            }
        }
        let list = PatternList(self.close_ids(base));
        self.push_pattern(PatternKind::Tuple(list), span, height + 1)
    }

    /// `[]`, `[p]`, `[p, .., q]`.
    fn bracketed_pattern(&mut self) -> Part {
        let open = self.bump().span();
        let base = self.scratch.ids.len();
        let (height, _) = self.pattern_members(T::RBracket, open, "`,` or `]` after this pattern");
        let list = PatternList(self.close_ids(base));
        self.push_pattern(PatternKind::List(list), self.span_from(open.start), height + 1)
    }

    // Ranges.

    /// Takes `..`; if it begins a range, the whole of it.
    fn open_range_pattern(&mut self) -> Option<Part> {
        let start = self.bump().start;
        if !self.value_starts() {
            return None;
        }
        let to = self.pattern_value()?;
        let kind = PatternKind::Range { from: None, to: Some(to), inclusive: false };
        Some(self.push_pattern(kind, self.span_from(start), 3))
    }

    /// Whether the end of a range may begin under the cursor.
    fn value_starts(&self) -> bool {
        matches!(
            self.token.kind,
            T::Ident | T::Int | T::Float | T::Str | T::Char | T::True | T::False | T::Minus | T::Bad
        ) || self.at_word("Self")
    }

    /// A literal, possibly under `-`, or a constant.
    fn pattern_value(&mut self) -> Option<ExprId> {
        let start = self.token.start;
        match self.token.kind {
            T::Minus => {
                self.bump();
                if !matches!(self.token.kind, T::Int | T::Float | T::Bad) {
                    self.unexpected("a number after `-`");
                    return None;
                }
                let operand = self.primary();
                let kind = ExprKind::Unary { op: UnaryOp::Neg, operand: operand.id };
                Some(self.push(kind, self.span_from(start), 2).id)
            }
            T::Ident | T::Reserved if self.value_starts() => {
                let name = self.take_name();
                if !self.at(T::PathSep) {
                    return Some(self.push(ExprKind::Name(name.symbol), name.span, 1).id);
                }
                let path = self.path_rest(name);
                Some(self.push(ExprKind::Path(path.symbol), path.span, 1).id)
            }
            T::Int | T::Float | T::Str | T::Char | T::True | T::False | T::Bad => {
                let id = self.primary().id;
                (self.tree.kind(id) != ExprKind::Error).then_some(id)
            }
            _ => None,
        }
    }

    /// `from..to`, the cursor being on the dots.
    fn pattern_range(&mut self, from: Option<ExprId>, start: u32) -> Part {
        let dots = self.bump();
        let inclusive = dots.kind == T::DotDotEq;
        let to = self.pattern_value();
        if inclusive && to.is_none() && !self.recovering {
            self.unexpected("the end of the range after `..=`");
        }
        let span = self.span_from(start);
        if from.is_none() && to.is_none() {
            return self.push_pattern(PatternKind::Error, span, 1);
        }
        self.push_pattern(PatternKind::Range { from, to, inclusive }, span, 3)
    }

    // Structs.

    /// `{ a, b: p, .. }` after the path.
    fn struct_pattern(&mut self, path: Name) -> Part {
        let base = self.scratch.pattern_fields.len();
        let mut rest = false;
        let on_rest = |this: &mut Self| {
            rest = true;
            if this.at(T::Comma) {
                this.comma_after_rest("`..`");
            }
            0
        };
        let height = self.braced_fields(on_rest, |this| {
            let (field, height) = this.pattern_field()?;
            this.scratch.pattern_fields.push(field);
            Some(height)
        });
        let first = self.tree.pattern_fields.len();
        self.tree.pattern_fields.extend(self.scratch.pattern_fields.drain(base..));
        let fields: Run = run_from(first, &self.tree.pattern_fields);
        self.push_pattern(
            PatternKind::Struct { path, fields, rest },
            self.span_from(path.span.start),
            height + 1,
        )
    }

    fn pattern_field(&mut self) -> Option<(PatternField, u16)> {
        let start = self.token.start;
        if self.at(T::Reserved) && self.token_text() == "ref" {
            self.drop_reference();
        }
        let mutable = self.eat(T::Mut);
        if self.at(T::Int) {
            self.unsupported(self.token.span(), "a field by number in braces is", "write `P(a, b)`");
            self.recovering = true;
            return None;
        }
        let name = self.expect_name("the name of a field")?;
        if !mutable && (self.eat(T::Colon) || self.at(T::Eq) && self.equals_for_colon()) {
            let part = self.pattern();
            return Some((PatternField { name, pattern: part.id, shorthand: false }, part.height));
        }
        let kind = PatternKind::Binding { name, mutable, inner: None };
        let part = self.push_pattern(kind, self.span_from(start), 1);
        Some((PatternField { name, pattern: part.id, shorthand: true }, 1))
    }

    // Slips.

    /// `&`, `&mut`, `ref`, `ref mut`, `box` before a pattern: reported and taken.
    #[cold]
    fn drop_reference(&mut self) {
        let start = self.bump().start;
        let word_end = self.prev_end;
        let reference = self.text(Span::new(start, word_end));
        // After `&` a `mut` belongs to the reference; after `ref` it does, too.
        let mutable = self.at(T::Mut);
        if mutable {
            self.bump();
        }
        if self.recovering {
            return;
        }
        let span = Span::new(start, self.prev_end);
        let removed = Span::new(start, self.token.start);
        let message = format!(
            "found `{}` in a pattern; expected the pattern alone, because NDA has no references",
            clip(self.text(span))
        );
        let problem = Diagnostic::new(Code::RustSpelling, span, message);
        self.report(if mutable && reference != "box" {
            problem.guess("remove it", removed, "").note(
                "what a pattern binds is a value of its own; to change the original, assign to its field",
            )
        } else {
            problem.fix("remove it", removed, "")
        });
    }

    #[cold]
    fn reference_pattern(&mut self) -> Part {
        self.drop_reference();
        self.one_pattern()
    }

    /// `box p`, the name having been taken.
    #[cold]
    fn box_pattern(&mut self, name: Name) -> Part {
        // `box(p)` would read as a constructor, and cannot get here.
        if !self.recovering {
            let removed = Span::new(name.span.start, self.token.start);
            let message = "found `box` in a pattern; expected the pattern alone, because values need no box";
            self.report(Diagnostic::new(Code::RustSpelling, name.span, message).fix(
                "remove it",
                removed,
                "",
            ));
        }
        self.one_pattern()
    }

    /// `x = …` for `x: …` in braces; the cursor is on `=`. True, for the caller to go on with what follows.
    #[cold]
    pub(super) fn equals_for_colon(&mut self) -> bool {
        let span = self.token.span();
        if !self.recovering {
            let spaced = Span::new(self.prev_end, span.end);
            let message = "expected `:` after the name of a field, found `=`";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `:`", spaced, ":"));
        }
        self.eat(T::Eq);
        true
    }

    /// A comma where nothing can follow.
    #[cold]
    pub(super) fn comma_after_rest(&mut self, what: &str) {
        let span = self.token.span();
        if !self.recovering {
            let message = format!("expected `}}` after {what}, found `,`; nothing can follow it");
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix(
                "remove the comma",
                span,
                "",
            ));
        }
        self.eat(T::Comma);
    }

    /// Names with commas between them and no brackets, `a, b`, the first of them having been read and the cursor
    /// being on the comma: taken as a tuple.
    #[cold]
    pub(super) fn bare_tuple_pattern(&mut self, first: Part, start: u32) -> Part {
        let base = self.scratch.ids.len();
        self.scratch.ids.push(first.id.index() as u32);
        let mut height = first.height;
        while self.eat(T::Comma) && !matches!(self.token.kind, T::Eq | T::In) {
            let part = self.pattern();
            height = height.max(part.height);
            self.scratch.ids.push(part.id.index() as u32);
        }
        let span = self.span_from(start);
        if !self.recovering {
            let text = clip(self.text(span));
            let mut problem = Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("expected `({text})`, found `{text}`; a tuple stands between brackets"),
            );
            problem.fix = Some(Fix {
                message: "write the brackets".to_owned(),
                edits: vec![
                    Edit { span: Span::new(span.start, span.start), text: "(".to_owned() },
                    Edit { span: Span::new(span.end, span.end), text: ")".to_owned() },
                ],
                safety: Safety::Safe,
            });
            self.report(problem);
        }
        let list = PatternList(self.close_ids(base));
        self.push_pattern(PatternKind::Tuple(list), span, above(height, 0))
    }

    /// Nothing that starts a pattern is under the cursor.
    #[cold]
    fn no_pattern(&mut self) -> Part {
        let span = self.token.span();
        if self.at(T::Else) && !self.recovering {
            let message = "expected a pattern, found `else`; `_` matches whatever is left";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `_`", span, "_"));
            self.bump();
            return self.push_pattern(PatternKind::Wildcard, span, 1);
        }
        if self.is_keyword() || self.at(T::Reserved) {
            self.reserved_word("a pattern");
        } else {
            self.unexpected("a pattern");
        }
        self.push_pattern(PatternKind::Error, Span::new(span.start, span.start), 1)
    }
}
