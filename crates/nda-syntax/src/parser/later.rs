//! What Rust has and NDA does not support yet: recognised, answered once with `E0011` and a word on what to write
//! today, and stepped over.
//!
//! When a construct gets real nodes, its function here becomes one in `expr`, `stmt` or `item`. Where NDA
//! has the thing under another spelling (`Vec<T>`), the answer is `E0015` with a fix. Macros are in `macros`.

use super::{Node, Parser};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::{ExprKind, Generics, Item, ItemKind, Name, Run, Symbol, TypeId, TypeKind, TypeList};
use nda_diagnostics::{Code, Diagnostic, Edit, Span};

/// Traits of Rust's library whose functions are called by operators, formats, loops and conversions.
const CALLED_BY_RUST: &[&str] = &[
    "Add",
    "AddAssign",
    "AsRef",
    "Borrow",
    "Clone",
    "Copy",
    "Debug",
    "Deref",
    "DerefMut",
    "Display",
    "Div",
    "DivAssign",
    "Drop",
    "Eq",
    "Error",
    "Extend",
    "FromIterator",
    "FromStr",
    "Hash",
    "Index",
    "IndexMut",
    "Into",
    "IntoIterator",
    "Iterator",
    "Mul",
    "MulAssign",
    "Neg",
    "Not",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Rem",
    "Sub",
    "SubAssign",
    "Sum",
    "TryFrom",
];

impl Parser<'_, '_> {
    /// Says that something (named with its verb: "tuples are") is not supported yet, and what to write today.
    #[cold]
    pub(super) fn unsupported(&mut self, span: Span, what: &str, today: &str) {
        if self.recovering {
            return;
        }
        let mut problem = Diagnostic::new(Code::NotSupportedYet, span, format!("{what} not supported yet"));
        if !today.is_empty() {
            problem = problem.note(today);
        }
        self.report(problem);
    }

    // Expressions.

    fn error_above(&mut self, start: u32, inner: Node) -> Node {
        self.push(ExprKind::Error, self.span_from(start), inner.height + 1)
    }

    /// `e?`, or `c ? a : b` of other languages.
    #[cold]
    pub(super) fn question(&mut self, node: Node, start: u32) -> Node {
        let span = self.bump().span();
        let operand =
            matches!(self.token.kind, T::Ident | T::Int | T::Float | T::Str | T::Char | T::True | T::False);
        if !operand || self.on_fresh_line() {
            return self.push(ExprKind::Try(node.id), self.span_from(start), node.height + 1);
        }
        if self.tree.span(node.id).end == span.start && matches!(self.tree.kind(node.id), ExprKind::Try(_)) {
            let message = "`??` is not an operator; expected `.unwrap_or(…)`";
            let span = Span::new(span.start - 1, span.end);
            self.surprise(Diagnostic::new(Code::UnexpectedToken, span, message));
            return self.error_above(start, node);
        }
        let condition = clip(self.text(self.tree.span(node.id)));
        self.surprise(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                format!("NDA has no `? :`; expected `if {condition} {{ … }} else {{ … }}`"),
            )
            .note("`if` is an expression: `let x = if a { 1 } else { 2 };`"),
        );
        self.skip_to(&[T::Comma]);
        self.recovering =
            !matches!(self.token.kind, T::Semi | T::Comma | T::RParen | T::RBrace | T::RBracket);
        self.error_above(start, node)
    }

    /// Whether a path ends in a name with a capital, as types do.
    pub(super) fn names_a_type(&self, path: Symbol) -> bool {
        let path = self.tree.name(path, self.lexer.source);
        path.rsplit(':').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()))
    }

    /// `'a: { … }`, the cursor behind the colon.
    pub(super) fn labelled_block(&mut self, label: Option<Symbol>, start: u32) -> Node {
        let Some(label) = label.filter(|_| self.at(T::LBrace)) else {
            self.unexpected("`loop`, `while`, `for` or `{` after this label");
            return self.error_node(self.span_from(start));
        };
        let (body, height) = self.block("this label");
        self.push(ExprKind::Labelled { label, body }, self.span_from(start), height + 1)
    }

    /// `.method::<T>`, the cursor being on `::`.
    pub(super) fn method_types(&mut self) -> Option<TypeList> {
        self.bump();
        if self.at(T::Lt) {
            return self.type_args();
        }
        self.unexpected("`(` and arguments after the method's name");
        None
    }

    /// Nothing that starts an expression is under the cursor.
    #[cold]
    pub(super) fn no_expression(&mut self) -> Node {
        let token = self.token;
        let span = token.span();
        match token.kind {
            T::Reserved => match self.token_text() {
                "move" => {
                    self.bump();
                    if matches!(self.token.kind, T::Pipe | T::PipePipe) {
                        return self.lambda();
                    }
                    self.unexpected("a lambda after `move`");
                }
                word @ ("unsafe" | "async") => {
                    self.bump();
                    let reported = self.lexer.problems.len();
                    self.unsupported(
                        span,
                        &format!("`{word}` is"),
                        "NDA has no such blocks; leave the word out",
                    );
                    if word == "unsafe" && self.at(T::LBrace) {
                        let span = Span::new(span.start, self.token.start);
                        let edits = vec![Edit { span, text: String::new() }];
                        self.fix_reported(reported, "leave the word out", edits);
                    }
                    if self.at(T::LBrace) {
                        return self.block_like();
                    }
                }
                "self" if self.lexer.following() != b':' => {
                    let name = self.take_name();
                    return self.push(ExprKind::Name(name.symbol), span, 1);
                }
                "Self" => {
                    let name = self.take_name();
                    return self.name_rest(name);
                }
                word @ ("self" | "crate" | "super") => {
                    let name = self.take_name();
                    if self.at(T::PathSep) {
                        return self.name_rest(name);
                    }
                    self.unsupported(span, &format!("`{word}` is"), "call functions by their names");
                    while self.eat(T::PathSep) {
                        self.eat(T::Ident);
                    }
                }
                _ => self.reserved_word("an expression"),
            },
            T::Let => return self.let_expr(),
            T::Dot if self.lexer.following().is_ascii_digit() => self.leading_point(),
            T::Eof | T::RBrace | T::Semi if !self.recovering => {
                let found = self.found();
                let message = format!("expected an expression, found {found}");
                // What is missing is missing behind the last token, not at the next one.
                let after = Span::new(self.prev_end.saturating_sub(1), self.prev_end);
                self.surprise(
                    Diagnostic::new(Code::UnexpectedToken, after, message).label("expected after this"),
                );
            }
            _ => self.unexpected("an expression"),
        }
        self.error_node(Span::new(span.start, self.prev_end.max(span.start)))
    }

    // Statements.

    /// A definition inside a block: read, reported, dropped.
    #[cold]
    pub(super) fn inner_item(&mut self) {
        let span = self.token.span();
        if self.at(T::Hash) {
            return self.stray_attribute("inside a function");
        }
        if self.at(T::Pub) {
            self.visibility();
        }
        let reported = (!self.recovering && !self.at(T::Use)).then(|| self.lexer.problems.len());
        let keyword = self.token.kind;
        if self.at(T::Use) {
            self.inner_import();
        } else {
            let word = clip(self.token_text());
            let what = format!("`{word}` inside a function is");
            self.unsupported(span, &what, "move the item out of the function");
        }
        let recovering = std::mem::replace(&mut self.recovering, false);
        let name = match self.token.kind {
            T::Fn => self.function(&mut Generics::default()).0,
            T::Const => self.constant().0,
            T::Use => self.import().0,
            T::Struct | T::Enum | T::Impl | T::Mod => self.skip_definition(),
            _ => {
                self.recovering = true;
                None
            }
        };
        if let (Some(reported), Some(name)) = (reported, name)
            && !self.recovering
            && matches!(keyword, T::Fn | T::Const | T::Struct | T::Enum)
        {
            self.move_out(reported, Span::new(span.start, self.prev_end), name);
        }
        self.recovering |= recovering;
        if name.is_some() {
            // So that its uses are not reported as well.
            let span = self.span_from(span.start);
            let (attributes, comments) = (Run::default(), Run::default());
            let kind = ItemKind::Error;
            self.tree.items.push(Item {
                kind,
                name,
                public: false,
                inside: self.inside,
                owner: self.owner,
                generics: Generics::default(),
                span,
                source: span,
                attributes,
                comments,
            });
        }
    }

    /// `#[…]` where none may stand, the cursor being on `#`.
    #[cold]
    pub(super) fn stray_attribute(&mut self, place: &str) {
        let start = self.bump().start;
        if self.at(T::LBracket) {
            self.skip_tree();
        }
        if !self.recovering {
            let span = self.span_from(start);
            let message = format!("found an attribute {place}; expected it before an item");
            let removed = Span::new(span.start, self.token.start);
            self.report(Diagnostic::new(Code::MisplacedAttribute, span, message).guess(
                "remove it",
                removed,
                "",
            ));
        }
    }

    // Items.

    /// A `trait`, the cursor being on the keyword. One that only lists functions says nothing that those of each `impl` do not
    /// say.
    fn declared_trait(&mut self) -> Option<Name> {
        let (keyword, recovering) = (self.token.span(), self.recovering);
        let name = self.skip_definition();
        let before = self.lexer.source[..keyword.start as usize].trim_end();
        let (before, start) = match before.strip_suffix("pub") {
            Some(before) => (before.trim_end(), before.len() as u32),
            None => (before, keyword.start),
        };
        let line = before.lines().next_back().unwrap_or_default().trim_start();
        let is_described = line.starts_with("///") || line.starts_with("#[");
        let only_lists =
            Span::new(keyword.start, self.prev_end).text(self.lexer.source).matches('{').count() == 1;
        let today = "write an enum of the types and a function with a `match`, or functions in each `impl`";
        let mut problem =
            Diagnostic::new(Code::NotSupportedYet, keyword, "`trait` is not supported yet").note(today);
        if only_lists && !is_described {
            problem = problem.fix("leave it out", Span::new(start, self.prev_end), "");
        }
        if !recovering {
            self.report(problem);
        }
        name
    }

    /// `impl Trait for Type`, the cursor being on the `for`: whether its functions are read as those of the type. What is called
    /// on values of the type needs no trait; what an operator or a built-in calls does.
    pub(super) fn is_plain_trait(&mut self, keyword: Span, from: u32) -> bool {
        let of_trait = Span::new(from, self.prev_end).text(self.lexer.source);
        let name =
            of_trait.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default().trim();
        if CALLED_BY_RUST.contains(&name) {
            let today =
                "write `impl Type { … }` with plain functions; values can be compared and printed without it";
            self.unsupported(keyword, "`impl … for …` is", today);
            return false;
        }
        let message = format!(
            "found `impl {0} for`; expected the type alone, because there are no traits",
            clip(of_trait)
        );
        let problem = Diagnostic::new(Code::RustSpelling, keyword, message);
        self.bump();
        let removed = Span::new(from, self.token.start);
        self.unless_recovering(
            problem
                .fix("write its functions for the type", removed, "")
                .note("they are called on values of the type all the same"),
        );
        true
    }

    /// An item that NDA does not have (yet), or no item at all.
    #[cold]
    pub(super) fn unusual_item(&mut self) -> Option<(Option<Name>, ItemKind)> {
        let token = self.token;
        let span = token.span();
        let word = self.token_text();
        match (token.kind, word) {
            (T::Reserved, "trait") => Some((self.declared_trait(), ItemKind::Error)),
            (T::Reserved, "type" | "static" | "extern" | "unsafe" | "async")
            | (T::Ident, "macro_rules" | "union") => {
                if word == "static" && !self.recovering && self.lexer.following() != b'm' {
                    let message = "found `static`; expected `const`, because values are copied";
                    let problem = Diagnostic::new(Code::RustSpelling, span, message);
                    self.report(problem.fix("write `const`", span, "const"));
                    return Some(self.constant());
                }
                let today = match word {
                    "static" => "write `const`",
                    "type" => "write the type out where it is used, or a struct that holds it",
                    "unsafe" | "async" | "extern" => "leave the word out",
                    _ => "",
                };
                let reported = (word == "type" && !self.recovering).then(|| self.lexer.problems.len());
                self.unsupported(span, &format!("`{word}` is"), today);
                if matches!(word, "unsafe" | "async") {
                    self.bump();
                    if self.at(T::Fn) {
                        return Some((self.function(&mut Generics::default()).0, ItemKind::Error));
                    }
                    return Some((None, ItemKind::Error));
                }
                let name = self.skip_definition();
                if let (Some(reported), Some(name)) = (reported, name) {
                    self.write_type_out(reported, Span::new(span.start, self.prev_end), name);
                }
                Some((name, ItemKind::Error))
            }
            (T::Ident, "def" | "func" | "function" | "fun") if !self.recovering => {
                self.spelled_keyword("fn", "a function");
                Some(self.function(&mut Generics::default()))
            }
            (T::Ident, "class" | "record") if !self.recovering => {
                self.spelled_keyword("struct", "a type with fields");
                Some(self.structure(&mut Generics::default()))
            }
            (T::Ident, "interface" | "protocol") if !self.recovering => {
                self.unsupported(span, &format!("`{word}` is"), "");
                Some((self.skip_definition(), ItemKind::Error))
            }
            _ => {
                let message =
                    format!("expected an item (`fn`, `const`, `use` or `mod`), found {}", self.found());
                let mut problem = Diagnostic::new(Code::UnexpectedToken, span, message);
                if token.kind.starts_expr() || token.kind == T::Let {
                    problem = problem.note("statements stand inside a function: `fn main() { … }`");
                }
                self.surprise(problem);
                None
            }
        }
    }

    /// What stands in an `impl` and is no function.
    #[cold]
    pub(super) fn unusual_member(&mut self) -> Option<(Option<Name>, ItemKind)> {
        let span = self.token.span();
        match self.token_text() {
            "def" | "func" | "function" | "fun" if !self.recovering => {
                self.spelled_keyword("fn", "a function");
                return Some(self.function(&mut Generics::default()));
            }
            word @ ("const" | "type") => {
                self.unsupported(span, &format!("`{word}` in an `impl` is"), "write it before the `impl`");
                self.finish_statement();
            }
            _ => self.unexpected("a function of this `impl`"),
        }
        None
    }

    /// Another language's keyword under the cursor, for the caller to step over.
    fn spelled_keyword(&mut self, keyword: &str, what: &str) {
        let span = self.token.span();
        let message = format!("expected `{keyword}` before {what}, found `{}`", self.token_text());
        self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix(
            format!("write `{keyword}`"),
            span,
            keyword,
        ));
    }

    /// Steps over a struct, enum, … and gives its name.
    fn skip_definition(&mut self) -> Option<Name> {
        let nameless = self.at(T::Impl);
        self.bump();
        if self.at(T::Not) {
            self.bump();
        }
        let name = (!nameless && self.at(T::Ident)).then(|| self.take_name());
        while !matches!(self.token.kind, T::Semi | T::LBrace | T::Eof | T::RBrace) {
            if self.on_fresh_line() && self.token.kind.starts_item() {
                return name;
            }
            self.skip_tree();
        }
        if self.at(T::LBrace) {
            self.skip_tree();
        }
        self.eat(T::Semi);
        name
    }

    /// What stands between parameters and body and is no `->`.
    #[cold]
    pub(super) fn unusual_result(&mut self) -> Option<TypeId> {
        if matches!(self.token.kind, T::Colon | T::FatArrow) && !self.recovering {
            let span = self.token.span();
            let message = format!("expected `->` before the type of the result, found {}", self.found());
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("write `->`", span, "->"));
            self.bump();
            return Some(self.type_expr(true));
        }
        None
    }

    // Types.

    /// `[T; n`, the cursor being on `;`: lists have no length in their type.
    #[cold]
    pub(super) fn array_type(&mut self) {
        let start = self.bump().start;
        self.inner();
        let span = self.span_from(start);
        if !self.recovering {
            self.report(
                Diagnostic::new(
                    Code::RustSpelling,
                    span,
                    "found an array type `[T; n]`; expected a list type `[T]`, whose length is not part of the type",
                )
                .fix("leave out the length", span, ""),
            );
        }
    }

    /// Nothing that starts a type is under the cursor.
    #[cold]
    pub(super) fn no_type(&mut self) -> TypeId {
        let start = self.token.start;
        match self.token.kind {
            T::Amp | T::AmpAmp => return self.reference_type(),
            T::Fn | T::Impl => {
                self.unsupported(
                    self.token.span(),
                    "a function type is",
                    "functions are not values: call them by name",
                );
                self.bump();
                while !matches!(
                    self.token.kind,
                    T::Comma | T::Eq | T::Semi | T::LBrace | T::RBrace | T::RParen | T::Eof
                ) {
                    self.skip_tree();
                }
            }
            T::Reserved if self.token_text() == "dyn" => {
                self.bump();
                self.type_expr(true);
                let end = self.prev_end;
                while self.eat(T::Plus) {
                    if !self.eat(T::Label) {
                        self.type_expr(true);
                    }
                }
                let named = self.text(Span::new(start, end));
                if matches!(named, "dyn Error" | "dyn std::error::Error" | "dyn error::Error")
                    && !self.recovering
                {
                    let span = self.span_from(start);
                    let message =
                        "found a type behind `dyn`; expected `str`, because an error is told in words";
                    self.report(Diagnostic::new(Code::RustSpelling, span, message).fix(
                        "write `str`",
                        span,
                        "str",
                    ));
                    return self.push_type(TypeKind::Error, span);
                }
                self.unsupported(
                    self.span_from(start),
                    "a type behind `dyn` is",
                    "write an enum of what it can be",
                );
            }
            _ => self.unexpected("a type"),
        }
        self.push_type(TypeKind::Error, self.span_from(start))
    }

    /// There is no loop variable.
    #[cold]
    pub(super) fn no_loop_variable(&mut self) {
        let start = self.token.start;
        if !self.at(T::LParen) && !self.at(T::Amp) {
            self.unexpected("the name of the loop variable after `for`");
            if self.skip_to(&[T::In, T::LBrace]) {
                self.recovering = false;
            }
            return;
        }
        while !matches!(self.token.kind, T::In | T::LBrace | T::RBrace | T::Semi | T::Eof) {
            self.skip_tree();
        }
        let span = self.span_from(start);
        self.surprise(
            Diagnostic::new(
                Code::UnexpectedToken,
                span,
                "expected a name after `for`, found the head of a C-style loop; write `for i in 0..n`",
            )
            .note("other steps: `for i in (0..n).step_by(2)`, `for i in (0..n).rev()`, or a `while` loop"),
        );
        self.recovering = !self.at(T::LBrace);
    }
}
