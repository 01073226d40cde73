//! Slips: what people and models write when they think in another language, each answered with what NDA writes
//! and, where the meaning is plain, a fix. Most are of one token, and parsing goes on as if the right one stood there.

use super::{MAX_DEPTH, Node, Parser};
use crate::lexer::clip;
use crate::token::{T, Token, prec};
use crate::tree::{Block, BlockId, ExprId, ExprKind, Name, Param, Run, Symbol, TypeId, TypeKind, UnaryOp};
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

impl Parser<'_, '_> {
    /// `&x`, `&mut x`, `*x`, `+x`.
    #[cold]
    pub(super) fn prefix_slip(&mut self) -> Node {
        let token = self.bump();
        self.behind_prefix(token)
    }

    /// The same, what stands before the value having been taken.
    #[cold]
    pub(super) fn behind_prefix(&mut self, token: Token) -> Node {
        let mut span = token.span();
        let mutable = token.kind == T::Amp && self.at(T::Mut);
        if mutable {
            self.bump();
            span = Span::new(span.start, self.token.start);
        }
        if self.in_lambda && !mutable && token.kind != T::Plus {
            return self.operand();
        }
        let operator = self.text(token.span());
        let problem = match token.kind {
            T::Star => Diagnostic::new(
                Code::RustSpelling,
                span,
                "found `*` before a value; expected the value alone, because NDA has no references",
            )
            .fix("remove `*`", span, ""),
            T::Plus => Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "found `+` before a value; expected the value alone, because there is no unary `+`",
            )
            .fix("remove `+`", span, ""),
            _ if mutable => Diagnostic::new(
                Code::RustSpelling,
                span,
                "found `&mut`; expected the value alone, because NDA has no references",
            )
            .note("a function whose parameter says `xs: &mut [T]` changes the argument `&mut xs`"),
            _ => Diagnostic::new(
                Code::RustSpelling,
                span,
                format!("found `{operator}` before a value; expected the value alone, because NDA has no references"),
            )
            .fix(format!("remove `{operator}`"), span, "")
            .note("values are passed as they are; nothing is copied until it is changed"),
        };
        // What a pattern in the head binds is not `mut`: where it is changed, the checker says how to put it back.
        let problem = match (mutable, self.in_head) {
            (true, true) => problem.fix("remove `&mut`", span, ""),
            (true, false) => problem.guess("remove `&mut`", span, ""),
            _ => problem,
        };
        if !self.recovering {
            self.report(problem);
        }
        self.operand()
    }

    /// Whether the `&` under the cursor is that of `&mut`.
    #[cold]
    pub(super) fn is_mutable_reference(&self) -> bool {
        let rest = &self.lexer.source[self.token.end as usize..];
        let in_word = |letter: char| letter == '_' || letter.is_alphanumeric();
        rest.trim_start().strip_prefix("mut").is_some_and(|rest| !rest.starts_with(in_word))
    }

    /// `&mut xs` at the head of a `for`, the cursor being on the `&`: taken as `xs`.
    #[cold]
    pub(super) fn mutable_head(&mut self) -> Node {
        let start = self.bump().start;
        self.bump();
        let reference = Span::new(start, self.token.start);
        let written = self.head();
        if !self.recovering {
            let end = self.tree.span(written.id).end;
            let found = "found `&mut` at the head of a `for`; expected `.iter_mut()` behind the list";
            let mut problem = Diagnostic::new(Code::RustSpelling, reference, found);
            problem.fix = Some(Fix {
                message: "write `.iter_mut()`".to_owned(),
                edits: vec![
                    Edit { span: reference, text: String::new() },
                    Edit { span: Span::new(end, end), text: ".iter_mut()".to_owned() },
                ],
                safety: Safety::Safe,
            });
            self.report(problem);
        }
        written
    }

    /// `&T`, `&mut T`, `&'a T`.
    #[cold]
    pub(super) fn reference_type(&mut self) -> TypeId {
        let start = self.bump().start;
        self.behind_reference(start)
    }

    /// The same, the `&` at `start` having been taken.
    #[cold]
    pub(super) fn behind_reference(&mut self, start: u32) -> TypeId {
        if self.at(T::Label) {
            self.bump();
        }
        let mutable = self.eat(T::Mut);
        let span = Span::new(start, self.token.start);
        if !self.recovering {
            let problem = Diagnostic::new(
                Code::RustSpelling,
                Span::new(start, self.prev_end),
                format!(
                    "found `{}` before a type; expected the type alone, because NDA has no references",
                    clip(self.text(span).trim())
                ),
            );
            self.report(if mutable {
                problem.guess("remove it", span, "").note(
                    "`&mut` stands before the type of a parameter only; nothing else points into a variable",
                )
            } else {
                problem.fix("remove it", span, "")
            });
        }
        if self.depth >= MAX_DEPTH {
            self.too_deep(span);
            return self.push_type(TypeKind::Error, span);
        }
        self.depth += 1;
        let ty = self.type_expr(true);
        self.depth -= 1;
        ty
    }

    /// `and`, `or` between operands: taken as `&&`, `||`. Says whether it was one, and one that binds at least `min`.
    #[cold]
    pub(super) fn spelled_operator(&mut self, min: u8) -> bool {
        let (kind, operator) = match self.token_text() {
            "and" => (T::AmpAmp, "&&"),
            "or" => (T::PipePipe, "||"),
            _ => return false,
        };
        let span = self.token.span();
        if kind.infix() < min || self.on_fresh_line() {
            return false;
        }
        if !self.recovering {
            let message = format!("expected `{operator}`, found `{}`", self.token_text());
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix(
                format!("write `{operator}`"),
                span,
                operator,
            ));
        }
        if !self.at(T::Eof) {
            self.token.kind = kind;
        }
        true
    }

    /// `not x`, `new P(1)`, `switch x {`: a word before its operand, the cursor being on that.
    #[cold]
    pub(super) fn spelled_prefix(&mut self, name: Span) -> Option<Node> {
        if self.on_fresh_line() {
            return None;
        }
        let word = Span::new(name.start, self.token.start);
        match self.text(name) {
            "not" => {
                let problem = Diagnostic::new(Code::UnexpectedToken, name, "expected `!`, found `not`");
                self.unless_recovering(problem.fix("write `!`", word, "!"));
                let operand = self.operand();
                let kind = ExprKind::Unary { op: UnaryOp::Not, operand: operand.id };
                Some(self.push(kind, self.span_from(name.start), operand.height + 1))
            }
            "new" => {
                let message =
                    "found `new` before a value; expected the value alone, because values need no `new`";
                let problem = Diagnostic::new(Code::UnexpectedToken, name, message);
                self.unless_recovering(problem.guess("remove it", word, ""));
                Some(self.operand())
            }
            "switch" => {
                let problem =
                    Diagnostic::new(Code::UnexpectedToken, name, "expected `match`, found `switch`");
                self.unless_recovering(problem.fix("write `match`", name, "match"));
                let value = self.head();
                Some(self.match_arms(value, name.start))
            }
            _ => None,
        }
    }

    pub(super) fn unless_recovering(&mut self, problem: Diagnostic) {
        if !self.recovering {
            self.report(problem);
        }
    }

    /// Whether a literal follows in a head, where its bracket would be read as that of the block: reported, for the caller to read
    /// it. The cursor is on the bracket.
    #[cold]
    pub(super) fn literal_in_head(&mut self) -> bool {
        let rest = self.lexer.source[self.token.end as usize..].trim_start();
        let name =
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
        let after = rest[name..].trim_start();
        if name == 0 || !after.starts_with(':') || after.starts_with("::") {
            return false;
        }
        let message = "found a struct literal before a block; expected it between brackets, so that its braces are not the block's";
        let problem = Diagnostic::new(Code::UnexpectedToken, self.token.span(), message);
        self.unless_recovering(problem.note("write `if x == (P { a: 1 }) { … }`"));
        true
    }

    /// Whether a path is that of a function that puts a value into a box.
    pub(super) fn boxes(&self, path: Symbol) -> bool {
        let path = self.tree.name(path, self.lexer.source);
        let Some(name @ ("Box" | "Rc" | "Arc" | "RefCell" | "Cell")) = path.strip_suffix("::new") else {
            return false;
        };
        !self.defines_box(name)
    }

    /// `Box::new(x)`, the cursor being on the bracket: taken as `(x)`.
    #[cold]
    pub(super) fn boxed(&mut self, path: Name) -> Node {
        let node = self.paren();
        let span = self.tree.span(node.id);
        let inner = self.tree.unparen(node.id);
        let word = self.text(path.span);
        let message = format!("found `{word}(…)`; expected the value alone, because values need no box");
        let mut problem = Diagnostic::new(Code::RustSpelling, path.span, message);
        // An operator inside keeps its brackets.
        let simple = matches!(
            self.tree.kind(inner),
            ExprKind::Name(_)
                | ExprKind::Path(_)
                | ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Str(_)
                | ExprKind::Call { .. }
                | ExprKind::MethodCall { .. }
                | ExprKind::Field { .. }
                | ExprKind::List(_)
                | ExprKind::Struct(_)
        );
        problem = if simple && self.tree.kind(node.id) == ExprKind::Paren(inner) {
            let edits = [Span::new(path.span.start, span.start + 1), Span::new(span.end - 1, span.end)]
                .map(|span| Edit { span, text: String::new() });
            let message = "write the value alone".to_owned();
            Diagnostic { fix: Some(Fix { message, edits: edits.into(), safety: Safety::Safe }), ..problem }
        } else {
            problem.fix("write the value alone", path.span, "")
        };
        self.unless_recovering(problem);
        node
    }

    /// `elif` and its kin after a block; the word itself is left for the caller to take as `if`.
    #[cold]
    pub(super) fn spelled_else_if(&mut self) -> bool {
        let word = self.token_text();
        if !matches!(word, "elif" | "elsif" | "elseif") {
            return false;
        }
        let span = self.token.span();
        if !self.recovering {
            self.report(
                Diagnostic::new(Code::UnexpectedToken, span, format!("expected `else if`, found `{word}`"))
                    .fix("write `else if`", span, "else if"),
            );
        }
        self.token.end > self.token.start
    }

    /// An operator and directly behind it, under the cursor, another character that makes it one of another
    /// language. Gives the whole expression if it ends here.
    #[cold]
    pub(super) fn doubled_operator(&mut self, first: Token, left: Node, start: u32) -> Option<Node> {
        let second = self.token;
        if second.start != first.end {
            return None;
        }
        let span = Span::new(first.start, second.end);
        let operand = clip(self.text(self.tree.span(left.id)));
        let ends = matches!(self.lexer.following_mark(), b';' | b')' | b'}' | b'\n' | b'\r' | 0);
        let say = |message: String| Diagnostic::new(Code::UnexpectedToken, span, message);
        let problem = match (first.kind, second.kind) {
            (T::EqEq | T::NotEq, T::Eq) => {
                let right = if first.kind == T::EqEq { "==" } else { "!=" };
                say(format!("`{right}=` is not an operator; expected `{right}`")).fix(
                    format!("write `{right}`"),
                    span,
                    right,
                )
            }
            (T::Plus, T::Plus) | (T::Minus, T::Minus) if ends => {
                let op = if first.kind == T::Plus { "+" } else { "-" };
                let fixed = format!("{operand} {op}= 1");
                let problem = say(format!("`{op}{op}` is not an operator; expected `{fixed}`")).fix(
                    format!("write `{op}= 1`"),
                    span,
                    format!(" {op}= 1"),
                );
                if !self.recovering {
                    self.report(problem);
                }
                self.bump();
                return Some(self.push(ExprKind::Error, self.span_from(start), left.height + 1));
            }
            (T::Plus, T::Plus) => {
                say("`++` is not an operator; expected one `+`".to_owned()).guess("write `+`", span, "+")
            }
            (T::Star, T::Star) => say(format!("`**` is not an operator; expected `{operand}.pow(n)`"))
                .note("`pow` for `i64`, `powi` and `powf` for `f64`"),
            (T::Lt, T::Gt) => {
                say("`<>` is not an operator; expected `!=`".to_owned()).fix("write `!=`", span, "!=")
            }
            _ => return None,
        };
        if !self.recovering {
            self.report(problem);
        }
        self.bump();
        None
    }

    /// `a < b < c`, the cursor being on the second operator.
    #[cold]
    pub(super) fn chained_comparison(
        &mut self,
        first: Token,
        left: Node,
        mut right: Node,
        start: u32,
    ) -> Node {
        let second = self.token;
        let middle = self.tree.span(right.id);
        let plain = matches!(
            self.tree.kind(right.id),
            ExprKind::Name(_) | ExprKind::Path(_) | ExprKind::Int(_) | ExprKind::Float(_)
        );
        let mut height = left.height.max(right.height);
        let mut links = 0;
        while self.token.kind.infix() == prec::COMPARE {
            links += 1;
            let op = self.bump();
            self.doubled_operator(op, right, middle.start);
            right = self.comparand();
            height = height.max(right.height);
        }
        if !self.recovering {
            let between = self.text(middle);
            let fixed = format!("&& {between} {}", self.text(second.span()));
            let message = format!(
                "comparisons do not chain: expected `… {} {} && {} {} …`",
                self.text(first.span()),
                clip(between),
                clip(between),
                self.text(second.span())
            );
            let upward = |kind| matches!(kind, T::Lt | T::LtEq);
            let downward = |kind| matches!(kind, T::Gt | T::GtEq);
            let between_bounds = (upward(first.kind) && upward(second.kind))
                || (downward(first.kind) && downward(second.kind));
            let problem = Diagnostic::new(Code::ChainedComparison, second.span(), message)
                .also(first.span(), "the first comparison gives a `bool`");
            let problem = match (links, plain && between_bounds) {
                (1, true) => problem.fix("compare twice", second.span(), fixed),
                (1, false) => problem.guess("compare twice", second.span(), fixed),
                _ => problem,
            };
            self.report(problem);
        }
        self.push(ExprKind::Error, self.span_from(start), height + 1)
    }

    /// `if x = 5`: taken as `==`.
    #[cold]
    pub(super) fn assignment_as_condition(&mut self, op_at: u32) {
        let span = Span::new(op_at, op_at + 1);
        if !self.recovering {
            self.report(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "expected `==` in a condition, found the assignment `=`",
                )
                .fix("compare with `==`", span, "=="),
            );
        }
    }

    /// `if {`, the bracket being at `open`.
    #[cold]
    pub(super) fn no_condition(&mut self, keyword: &str, open: Span) {
        let message = format!("expected a condition after `{keyword}`, found `{{`");
        self.surprise(Diagnostic::new(Code::UnexpectedToken, open, message));
    }

    /// What `for` walks over, where `in` is missing.
    #[cold]
    pub(super) fn for_without_in(&mut self) -> Node {
        let here = Span::new(self.prev_end, self.prev_end);
        if !self.recovering && !self.at(T::LBrace) {
            let (span, found) = (self.token.span(), self.found());
            let problem = Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("expected `in` after the loop variable, found {found}"),
            );
            let word = self.token_text();
            if matches!(self.token.kind, T::Eq | T::Colon) || word == "of" {
                self.report(problem.fix(
                    "write `in`",
                    span,
                    if self.prev_end == span.start { " in" } else { "in" },
                ));
                self.bump();
                return self.head();
            }
            self.surprise(problem);
            if self.skip_to(&[T::LBrace]) {
                self.recovering = false;
            }
        }
        self.error_node(here)
    }

    /// `.rev(x)`, `.step_by()`.
    #[cold]
    pub(super) fn adapter_arguments(&mut self, span: Span, reverses: bool, count: usize) {
        let message = if reverses {
            format!("`rev` on a range takes no arguments, found {count}")
        } else {
            format!("`step_by` on a range takes one argument, the step, found {count}")
        };
        self.report(Diagnostic::new(Code::UnexpectedToken, span, message));
    }

    /// The range of a `for` lacks an end.
    #[cold]
    pub(super) fn open_range(&mut self, span: Span, which: &str) -> ExprId {
        if !self.recovering {
            let message = format!("the range of a `for` has no {which}; expected `a..b`");
            let problem = Diagnostic::new(Code::UnexpectedToken, span, message);
            self.report(problem.note("to go on without end write `loop` with a counter"));
        }
        self.error_node(Span::new(span.end, span.end)).id
    }

    /// There is no block where one is needed.
    #[cold]
    pub(super) fn no_block(&mut self, before: &str) -> (BlockId, u16) {
        if self.depth >= MAX_DEPTH {
            self.too_deep(self.token.span());
        } else if self.at(T::Colon) && !self.recovering {
            let problem = Diagnostic::new(
                Code::UnexpectedToken,
                self.token.span(),
                format!("expected `{{` after {before}, found `:`; blocks stand between `{{` and `}}`"),
            );
            self.surprise(problem);
        } else {
            self.unexpected_after("{", before);
        }
        let id = BlockId::new(self.tree.blocks.len());
        let span = Span::new(self.prev_end, self.prev_end);
        self.tree.blocks.push(Block { stmts: Run::default(), tail: None, span });
        (id, 0)
    }

    /// A statement or definition ends without `;`. If the next one follows on a new line, only that is wrong.
    #[cold]
    pub(super) fn missing_semicolon(&mut self, what: &str) {
        if self.recovering {
            return;
        }
        let end = Span::new(self.prev_end, self.prev_end);
        let found = self.found();
        let problem = Diagnostic::new(
            Code::UnexpectedToken,
            Span::new(self.prev_end.saturating_sub(1), self.prev_end),
            format!("expected `;` after {what}, found {found}"),
        );
        if self.on_fresh_line()
            || self.token.kind.starts_stmt()
            || matches!(self.token.kind, T::RBrace | T::Eof)
        {
            self.report(problem.fix("add `;`", end, ";"));
        } else {
            let span = self.token.span();
            self.surprise(Diagnostic { span, ..problem });
        }
    }

    /// An expression that ends neither in `;` nor in `}`: perhaps a declaration of another language. Says whether it was taken as one.
    #[cold]
    pub(super) fn declares(&mut self, node: Node, start: u32) -> bool {
        if self.recovering {
            return false;
        }
        let span = self.tree.span(node.id);
        let ExprKind::Name(symbol) = self.tree.kind(node.id) else {
            self.missing_semicolon("this statement");
            return false;
        };
        let name = Name { symbol, span };
        let word = self.text(span);
        if self.at(T::Ident)
            && matches!(word, "var" | "val" | "auto" | "int" | "const" | "float" | "double" | "long")
        {
            let keyword = if matches!(word, "val") { "let" } else { "let mut" };
            self.report(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("expected `let` before a new variable, found `{word}`"),
                )
                .fix(format!("write `{keyword}`"), span, keyword),
            );
            let name = self.take_name();
            self.let_rest(start, name, true);
            return true;
        }
        if self.at(T::Colon) && !self.on_fresh_line() {
            let walrus = self.lexer.following() == b'=';
            let problem = Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("expected `let` before the new variable `{word}`", word = clip(word)),
            );
            if walrus {
                let op = Span::new(self.token.start, self.token.end + 1);
                let mut problem =
                    problem.fix("write `let` and `=`", Span::new(span.start, span.start), "let mut ");
                if let Some(fix) = &mut problem.fix {
                    fix.edits.push(nda_diagnostics::Edit { span: op, text: "=".to_owned() });
                }
                self.report(problem);
                self.bump();
            } else {
                self.report(problem.guess("write `let`", Span::new(span.start, span.start), "let mut "));
            }
            self.let_rest(start, name, true);
            return true;
        }
        self.missing_semicolon("this statement");
        false
    }

    /// A `let` without `= value`.
    #[cold]
    pub(super) fn let_without_value(&mut self, name: Name) -> Node {
        let word = clip(self.text(name.span));
        if self.at(T::EqEq) && !self.recovering {
            let span = self.token.span();
            self.report(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    format!("expected `=` after `let {word}`, found `==`"),
                )
                .fix("write `=`", span, "="),
            );
            self.bump();
            return self.expr();
        }
        if matches!(self.token.kind, T::Semi) && !self.recovering {
            let message = format!(
                "expected `= value` after `let {word}`, found `;`; a variable has a value from the start"
            );
            let at = Span::new(self.prev_end, self.prev_end);
            self.report(Diagnostic::new(Code::UnexpectedToken, name.span, message).guess(
                "give it a first value",
                at,
                " = 0",
            ));
        } else {
            self.unexpected(&format!("`=` and a value after `let {word}`"));
        }
        self.error_node(Span::new(self.prev_end, self.prev_end))
    }

    /// `_` where a value is needed; it has been taken.
    #[cold]
    pub(super) fn underscore(&mut self, span: Span) -> Node {
        if !self.recovering {
            let message = "expected an expression, found `_`, which names nothing";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message));
        }
        self.error_node(span)
    }

    /// `.5`, the cursor being on the point.
    #[cold]
    pub(super) fn leading_point(&mut self) {
        let start = self.bump().start;
        let span = Span::new(start, self.token.end);
        if !self.recovering {
            let number = self.text(span);
            self.report(
                Diagnostic::new(
                    Code::BadNumber,
                    span,
                    format!("found `{}`; expected a digit before the point", clip(number)),
                )
                .fix("write the digit", Span::new(start, start), "0"),
            );
        }
        self.bump();
    }

    /// A parameter without a type.
    #[cold]
    pub(super) fn param_without_type(&mut self, name: Name) -> TypeId {
        let word = clip(self.text(name.span));
        self.unexpected(&format!("`:` and a type after the parameter `{word}`"));
        if self.skip_to(&[T::Comma, T::RParen]) {
            self.recovering = false;
        }
        self.push_type(TypeKind::Error, name.span)
    }

    /// A parameter that is neither a name nor a pattern. A `&` at `start` may have been taken.
    #[cold]
    pub(super) fn unusual_param(&mut self, start: u32) {
        let borrowed = start < self.token.start;
        match self.token.kind {
            T::Ident if borrowed => self.borrowed_param(start),
            _ => {
                self.expect_name("the name of a parameter");
            }
        }
        debug_assert!(self.recovering || self.token.start > start || self.at(T::Eof));
    }

    /// `&name: T`, the cursor being on the name.
    fn borrowed_param(&mut self, start: u32) {
        self.borrow_before_param(start);
        let name = self.take_name();
        let (in_place, ty) = self.param_type(name);
        let span = self.span_from(start);
        let (receiver, pattern) = (None, None);
        self.tree.params.push(Param { name, pattern, mutable: false, ty, receiver, in_place, span });
    }

    /// A `&` at `start`, before the parameter under the cursor.
    #[cold]
    pub(super) fn borrow_before_param(&mut self, start: u32) {
        let removed = Span::new(start, self.token.start);
        if !self.recovering {
            let span = Span::new(start, self.prev_end);
            let message = format!(
                "found `{}` before a parameter; expected its name, because NDA has no references",
                clip(self.text(span))
            );
            self.report(Diagnostic::new(Code::RustSpelling, span, message).fix("remove it", removed, ""));
        }
    }

    /// `const N = 1;`.
    #[cold]
    pub(super) fn constant_without_type(&mut self) {
        self.unexpected("`:` and a type after the name of the constant");
        if self.skip_to(&[T::Eq]) {
            self.recovering = false;
        }
    }

    /// `pub`, `pub(crate)`, the cursor being on `pub`. Always true.
    pub(super) fn visibility(&mut self) -> bool {
        self.bump();
        // A field without a name may be a tuple.
        let limits = ["crate", "super", "self", "in"];
        if self.at(T::LParen) && limits.iter().any(|word| self.lexer.following_word(word)) {
            let start = self.token.start;
            self.skip_tree();
            let span = self.span_from(start);
            if !self.recovering {
                self.report(
                    Diagnostic::new(
                        Code::RustSpelling,
                        span,
                        format!("found `pub{}`; expected `pub`", clip(self.text(span))),
                    )
                    .fix("write `pub`", span, ""),
                );
            }
        }
        true
    }

    /// `#[name…]` with a name that NDA does not know.
    #[cold]
    pub(super) fn unknown_attribute(&mut self, name: Span, span: Span) {
        let word = clip(self.text(name));
        let message = format!("there is no attribute `{word}`; expected `example`, `uses` or `derive`");
        let mut problem = Diagnostic::new(Code::MisplacedAttribute, name, message);
        problem = match nda_diagnostics::nearest(&word, ["example", "uses", "derive"]) {
            Some(near) => problem.guess(format!("did you mean `{near}`?"), name, near),
            None if word == "test" => {
                let problem = problem.note("an example is tried before its function is committed");
                match self.name_of_test(span.end) {
                    Some(test) => problem.fix(
                        "call it in an example",
                        span,
                        format!("#[example({{ {test}(); true }})]"),
                    ),
                    None => problem.note("write `#[example(f(1) == 2)]` above the function instead"),
                }
            }
            // These say nothing about what the program does.
            None if matches!(
                &*word,
                "allow" | "warn" | "deny" | "expect" | "inline" | "must_use" | "cold" | "cfg"
            ) =>
            {
                problem.fix("remove the attribute", self.with_its_line(span), "")
            }
            None => problem.guess("remove the attribute", span, ""),
        };
        self.report(problem);
    }

    /// The name of the function without parameters that stands from `at` on.
    fn name_of_test(&self, at: u32) -> Option<String> {
        let rest = self.lexer.source.get(at as usize..)?.trim_start();
        let rest = rest.strip_prefix("pub ").unwrap_or(rest).trim_start().strip_prefix("fn ")?.trim_start();
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')?;
        rest[end..].trim_start().starts_with("()").then(|| rest[..end].to_owned())
    }

    /// The right side of a comparison.
    fn comparand(&mut self) -> Node {
        let start = self.token.start;
        let left = self.operand();
        self.infix(left, start, prec::COMPARE + 1)
    }
}
