//! `match`, `let` in conditions, and literals with parts: tuples and structs.

use super::pattern::Part;
use super::types::run_from;
use super::{Node, Parser, above};
use crate::lexer::clip;
use crate::token::{T, prec};
use crate::tree::{
    Arm, BinaryOp, ExprId, ExprKind, Init, Literal, LiteralId, Match, MatchId, Name, PatternKind, PatternList,
};
use nda_diagnostics::{Code, Diagnostic, Span};

impl Parser<'_, '_> {
    /// `match value { pattern if guard => body, … }`.
    pub(super) fn match_expr(&mut self, start: u32) -> Node {
        self.bump();
        // A block could be the value, but it is the arms that people write there.
        let value = if self.at(T::LBrace) { self.no_match_value() } else { self.head() };
        self.match_arms(value, start)
    }

    /// A `match` after its value.
    pub(super) fn match_arms(&mut self, value: Node, start: u32) -> Node {
        let mut height = value.height;
        if !self.at(T::LBrace) {
            self.unexpected_after("{", "the value of this `match`");
            return self.push(ExprKind::Error, self.span_from(start), value.height + 1);
        }
        let open = self.bump().span();
        let outer = std::mem::replace(&mut self.in_head, false);
        let base = self.scratch.arms.len();
        while !matches!(self.token.kind, T::RBrace | T::Eof) {
            if self.at(T::Hash) {
                self.stray_attribute("before an arm");
                continue;
            }
            let before = self.token.start;
            let (arm, arm_height) = self.arm();
            height = height.max(arm_height);
            self.scratch.arms.push(arm);
            if self.recovering {
                let found = self.skip_to(&[T::Comma, T::RBrace]);
                if !found && !self.on_fresh_line() {
                    break;
                }
                self.recovering = false;
            }
            self.arm_end(&arm);
            if self.token.start == before {
                self.bump();
            }
        }
        self.in_head = outer;
        self.close(T::RBrace, open, "`,` or `}` after this arm");
        let first = self.tree.arms.len();
        self.tree.arms.extend(self.scratch.arms.drain(base..));
        let arms = run_from(first, &self.tree.arms);
        let id = MatchId::new(self.tree.matches.len());
        self.tree.matches.push(Match { value: value.id, arms });
        self.push(ExprKind::Match(id), self.span_from(start), height + 1)
    }

    fn arm(&mut self) -> (Arm, u16) {
        let start = self.token.start;
        if self.at_word("case") && !matches!(self.lexer.following(), b'(') {
            let span = self.bump().span();
            if !self.recovering {
                let gap = Span::new(span.start, self.token.start);
                let message = "found `case` before an arm; expected its pattern alone";
                self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("remove it", gap, ""));
            }
        }
        let mut pattern = self.pattern();
        if self.at(T::Comma) {
            pattern = self.comma_alternatives(pattern, start);
        }
        let mut height = pattern.height;
        let guard = self.guard(&mut height);
        self.fat_arrow();
        let body = self.arm_body();
        let arm = Arm { pattern: pattern.id, guard, body: body.id, span: self.span_from(start) };
        (arm, height.max(body.height) + 1)
    }

    /// What stands behind `=>`. A block-like expression ends its arm, as it ends a statement.
    fn arm_body(&mut self) -> Node {
        let start = self.token.start;
        match self.token.kind {
            T::If | T::While | T::Loop | T::For | T::LBrace | T::Label | T::Match => {
                let node = self.block_like();
                if !self.at(T::Dot) && !self.at(T::Question) {
                    return node;
                }
                let node = self.postfix(node, start);
                self.infix(node, start, prec::ASSIGN)
            }
            kind if kind.starts_expr() => self.expr(),
            _ => self.no_expression(),
        }
    }

    /// `if guard` behind a pattern.
    fn guard(&mut self, height: &mut u16) -> Option<ExprId> {
        if !self.eat(T::If) {
            return None;
        }
        if self.at(T::Let) {
            let today = "write an `if let` into the arm, or take the value apart in the pattern";
            self.unsupported(self.token.span(), "a pattern in a guard is", today);
            let node = self.let_condition();
            return Some(node.id);
        }
        let node = self.expr();
        self.compare_in_condition(node);
        *height = (*height).max(node.height);
        Some(node.id)
    }

    /// `match {`, the cursor being on the bracket.
    #[cold]
    fn no_match_value(&mut self) -> Node {
        let span = self.token.span();
        if !self.recovering {
            let message = "expected a value after `match`, found `{`";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message));
        }
        self.error_node(Span::new(span.start, span.start))
    }

    /// `1, 2 =>`, the cursor being on the comma.
    #[cold]
    fn comma_alternatives(&mut self, first: Part, start: u32) -> Part {
        let base = self.scratch.ids.len();
        self.scratch.ids.push(first.id.index() as u32);
        let mut height = first.height;
        while self.at(T::Comma) {
            let span = self.token.span();
            if !self.recovering {
                let spaced = Span::new(self.prev_end, span.end);
                let message = "expected `|` between patterns, found `,`";
                self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix(
                    "write `|`",
                    spaced,
                    " |",
                ));
            }
            self.bump();
            let part = self.pattern();
            height = height.max(part.height);
            self.scratch.ids.push(part.id.index() as u32);
        }
        let list = PatternList(self.close_ids(base));
        self.push_pattern(PatternKind::Or(list), self.span_from(start), height + 1)
    }

    fn fat_arrow(&mut self) {
        if self.eat(T::FatArrow) || self.recovering {
            return;
        }
        if matches!(self.token.kind, T::Arrow | T::Colon | T::Eq) {
            let span = self.token.span();
            let message = format!("expected `=>` after this pattern, found {}", self.found());
            let arrow = if span.start == self.prev_end { " =>" } else { "=>" };
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `=>`", span, arrow));
            self.bump();
        } else {
            self.unexpected("`=>` after this pattern");
        }
    }

    /// What stands between two arms: a comma, which may be left out behind a block.
    fn arm_end(&mut self, arm: &Arm) {
        if self.eat(T::Comma) || matches!(self.token.kind, T::RBrace | T::Eof) {
            return;
        }
        let block_like = matches!(
            self.tree.kind(arm.body),
            ExprKind::Block(_)
                | ExprKind::Labelled { .. }
                | ExprKind::If { .. }
                | ExprKind::Match(_)
                | ExprKind::While { .. }
                | ExprKind::Loop { .. }
                | ExprKind::For(_)
        );
        if block_like && !self.at(T::Semi) {
            return;
        }
        let gap = Span::new(self.prev_end, self.prev_end);
        let span = self.token.span();
        let message = format!("expected `,` after this arm, found {}", self.found());
        match self.token.kind {
            T::Semi => {
                self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix(
                    "write `,`",
                    span,
                    ",",
                ));
                self.bump();
            }
            _ if self.on_fresh_line() => {
                let after = Span::new(self.prev_end.saturating_sub(1), self.prev_end);
                self.report(Diagnostic::new(Code::UnexpectedToken, after, message).fix("add `,`", gap, ","));
            }
            T::Ident | T::Int | T::Float | T::Str | T::Char | T::True | T::False => {
                self.report(Diagnostic::new(Code::UnexpectedToken, span, message).guess("add `,`", gap, ","));
            }
            _ => self.unexpected("`,` or `}` after this arm"),
        }
        if self.recovering {
            self.skip_to(&[T::Comma, T::RBrace]);
            self.recovering = false;
            self.eat(T::Comma);
        }
    }

    /// `let pattern = value` in the head of an `if` or `while`, the cursor being on `let`.
    pub(super) fn let_condition(&mut self) -> Node {
        let start = self.bump().start;
        let pattern = self.pattern();
        if self.at(T::Colon) {
            self.typed_condition();
        }
        if self.at(T::EqEq) && !self.recovering {
            let span = self.token.span();
            let message = "expected `=` after this pattern, found `==`";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `=`", span, "="));
            self.bump();
        } else {
            self.expect(T::Eq, "this pattern");
        }
        // `&&` and `||` end the value, as in Rust.
        let value = self.expr_above(prec::AND + 1);
        let kind = ExprKind::Let { pattern: pattern.id, value: value.id };
        self.push(kind, self.span_from(start), above(pattern.height, value.height))
    }

    /// `if let x: T = …`, the cursor being on the colon.
    #[cold]
    fn typed_condition(&mut self) {
        let start = self.bump().start;
        self.type_expr(true);
        if !self.recovering {
            let span = self.span_from(start);
            let message = "found a type after the pattern of a condition; expected `=` and the value";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).guess("remove it", span, ""));
        }
    }

    /// `let` in an expression, the cursor being on it. In a condition it is kept until the whole of it is known.
    pub(super) fn let_expr(&mut self) -> Node {
        let may_stand = self.in_head && self.lets;
        let node = self.let_condition();
        if may_stand {
            self.scratch.lets.push(node.id);
        } else {
            self.misplaced_let(node.id);
        }
        node
    }

    /// Holds the `let`s of a condition, from `first` on, to their places: alone or between `&&`.
    #[cold]
    pub(super) fn place_lets(&mut self, cond: ExprId, first: usize) {
        let mut at = cond;
        loop {
            let (left, operand) = match self.tree.kind(at) {
                ExprKind::Binary { op: BinaryOp::And, left, right, .. } => (Some(left), right),
                _ => (None, at),
            };
            if let Some(known) = self.scratch.lets[first..].iter().position(|&known| known == operand) {
                self.scratch.lets.swap_remove(first + known);
            }
            match left {
                Some(left) => at = left,
                None => break,
            }
        }
        while self.scratch.lets.len() > first {
            if let Some(stray) = self.scratch.lets.pop() {
                self.misplaced_let(stray);
            }
        }
    }

    /// `let` where a value is needed. It has been read, and nothing more is said of it.
    #[cold]
    fn misplaced_let(&mut self, expr: ExprId) {
        let start = self.tree.span(expr).start;
        self.tree.exprs[expr.index()].kind = ExprKind::Error;
        if !self.recovering {
            let message = "found `let` where a value is needed; it stands in the condition of an `if` or `while`, alone or between `&&`";
            let problem = Diagnostic::new(Code::UnexpectedToken, Span::new(start, start + 3), message);
            self.report(problem.note("as a statement it stands between braces: `{ let x = 1; … }`"));
        }
    }

    /// `matches!(value, pattern if guard)`, the cursor being on the bracket.
    pub(super) fn matches_macro(&mut self, start: u32) -> Node {
        let open = self.bump().span();
        let value = self.inner();
        self.expect(T::Comma, "the value of this `matches!`");
        let outer = std::mem::replace(&mut self.in_head, false);
        let pattern = self.pattern();
        let mut height = value.height.max(pattern.height);
        let guard = self.guard(&mut height);
        self.eat(T::Comma);
        self.in_head = outer;
        self.close(T::RParen, open, "`)` after this pattern");
        let kind = ExprKind::Matches { value: value.id, pattern: pattern.id, guard };
        self.push(kind, self.span_from(start), height + 1)
    }

    /// `(a, b)` after its first member, the cursor being on the comma.
    pub(super) fn tuple(&mut self, open: Span, first: Node) -> Node {
        self.bump();
        let base = self.scratch.exprs.len();
        self.scratch.exprs.push(first.id);
        let height = first.height.max(self.members(T::RParen, open, "`,` or `)` in this tuple"));
        let list = self.close_list(base);
        self.push(ExprKind::Tuple(list), self.span_from(open.start), height + 1)
    }

    /// `{ x: 1, y, ..base }` after a path, the cursor being on the brace.
    pub(super) fn struct_literal(&mut self, path: Name) -> Node {
        let base = self.scratch.inits.len();
        let mut rest = None;
        let on_rest = |this: &mut Self| {
            if this.at(T::RBrace) {
                this.no_base();
                return 0;
            }
            let node = this.expr();
            rest = Some(node.id);
            if this.at(T::Comma) {
                this.comma_after_rest("the value after `..`");
            }
            node.height
        };
        let height = self.braced_fields(on_rest, |this| {
            let name = this.init_name()?;
            let has_value = this.eat(T::Colon) || this.at(T::Eq) && this.equals_for_colon();
            let node =
                if has_value { this.expr() } else { this.push(ExprKind::Name(name.symbol), name.span, 1) };
            this.scratch.inits.push(Init { name, value: node.id, shorthand: !has_value });
            Some(node.height)
        });
        let first = self.tree.inits.len();
        self.tree.inits.extend(self.scratch.inits.drain(base..));
        let inits = run_from(first, &self.tree.inits);
        let id = LiteralId::new(self.tree.literals.len());
        self.tree.literals.push(Literal { path, inits, base: rest });
        self.push(ExprKind::Struct(id), self.span_from(path.span.start), height + 1)
    }

    /// The fields of a literal or pattern, the cursor being on the brace: `field` reads one, `rest` what stands behind
    /// `..`. Both give heights; the highest.
    pub(super) fn braced_fields(
        &mut self,
        rest: impl FnOnce(&mut Self) -> u16,
        mut field: impl FnMut(&mut Self) -> Option<u16>,
    ) -> u16 {
        let open = self.bump().span();
        let outer = std::mem::replace(&mut self.in_head, false);
        let mut height = 0;
        while !self.at(T::RBrace) {
            if self.eat(T::DotDot) {
                height = height.max(rest(self));
                break;
            }
            let Some(field_height) = field(self) else { break };
            height = height.max(field_height);
            if self.recovering {
                self.skip_to(&[T::Comma, T::RBrace]);
            }
            if !self.eat(T::Comma) && !self.no_comma_in_braces() {
                break;
            }
            self.recovering = false;
        }
        self.in_head = outer;
        self.close(T::RBrace, open, "`,` or `}` after this field");
        height
    }

    /// The name of a field in a literal, or the number of one.
    fn init_name(&mut self) -> Option<Name> {
        match self.token.kind {
            T::Int => Some(self.take_name()),
            T::Str if !self.recovering && self.lexer.following_mark() == b':' => {
                let span = self.token.span();
                let word = self.text(Span::new(span.start + 1, span.end - 1));
                let message = format!("expected the name of a field, found the string `\"{}\"`", clip(word));
                let problem = Diagnostic::new(Code::UnexpectedToken, span, message);
                self.report(problem.guess("remove the quotes", span, word));
                self.bump();
                let symbol = self.intern_own(word);
                Some(Name { symbol, span })
            }
            _ => self.expect_name("the name of a field"),
        }
    }

    /// Between the fields of a literal or pattern: `;`, or nothing before the next name. Whether another follows.
    #[cold]
    pub(super) fn no_comma_in_braces(&mut self) -> bool {
        if self.recovering || !matches!(self.token.kind, T::Semi | T::Ident) {
            return false;
        }
        let span = self.token.span();
        let message = format!("expected `,` after this field, found {}", self.found());
        let problem = Diagnostic::new(Code::UnexpectedToken, span, message);
        if self.at(T::Ident) {
            let gap = Span::new(self.prev_end, self.prev_end);
            self.report(problem.guess("separate them", gap, ","));
            return !self.at(T::Eof);
        }
        // After `P { x: 1;` on a line of its own the bracket is missing, and not the comma.
        let next = self.lexer.following_mark();
        if !(next.is_ascii_alphabetic() || matches!(next, b'_' | b'}' | b'.')) {
            return false;
        }
        self.report(problem.fix("write `,`", span, ","));
        self.bump();
        true
    }

    /// `..` at the end of a literal.
    #[cold]
    fn no_base(&mut self) {
        if !self.recovering {
            let dots = Span::new(self.prev_end - 2, self.prev_end);
            let message = "expected a value after `..`, found `}`";
            let problem = Diagnostic::new(Code::UnexpectedToken, dots, message);
            self.report(problem.note("`..base` takes the fields that are not named from `base`"));
        }
    }

    /// `.name` or `.0` behind an expression, the cursor being on the name or number.
    pub(super) fn numbered_field(&mut self, base: Node, start: u32) -> Node {
        let token = self.bump();
        let text = self.text(token.span());
        let mut node = base;
        // `t.0.1` reads as a float.
        let mut at = token.start;
        for part in text.split('.') {
            let end = at + part.len() as u32;
            let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            match part.parse() {
                Ok(index) if plain => {
                    let kind = ExprKind::TupleField { base: node.id, index };
                    node = self.push(kind, Span::new(start, end), node.height + 1);
                }
                _ => {
                    let message = format!("expected the number of a field after `.`, found `{text}`");
                    self.surprise(Diagnostic::new(Code::UnexpectedToken, token.span(), message));
                    return self.error_node(Span::new(start, token.end));
                }
            }
            at = end + 1;
        }
        node
    }
}
