//! What Rust has and NDA does not support yet: recognised, answered once with `E0011` and a word on what to write
//! today, and stepped over.
//!
//! When a construct gets real nodes, its function here becomes one in `expr`, `stmt` or `item`. Where NDA
//! has the thing under another spelling (`Vec<T>`), the answer is `E0015` with a fix. Macros are in `macros`.

use super::{Node, Parser};
use crate::lexer::clip;
use crate::token::T;
use crate::tree::{ExprKind, Generics, Item, ItemKind, Name, Run, StmtKind, TypeId, TypeKind};
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

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

    /// A parameter of a lambda that is no name.
    #[cold]
    pub(super) fn lambda_pattern(&mut self) {
        let start = self.token.start;
        while !matches!(self.token.kind, T::Comma | T::Pipe | T::Semi | T::RBrace | T::RParen | T::Eof) {
            self.skip_tree();
        }
        let span = self.span_from(start);
        if span.start == span.end {
            self.unexpected("the name of a parameter");
        } else {
            self.unsupported(span, "a pattern as a parameter is", "give the parameter a name: `|x| …`");
        }
    }

    fn error_above(&mut self, start: u32, inner: Node) -> Node {
        self.push(ExprKind::Error, self.span_from(start), inner.height + 1)
    }

    /// `e?`, or `c ? a : b` of other languages.
    #[cold]
    pub(super) fn question(&mut self, node: Node, start: u32) -> Node {
        let span = self.bump().span();
        let operand =
            matches!(self.token.kind, T::Ident | T::Int | T::Float | T::Str | T::Char | T::True | T::False);
        if operand && !self.on_fresh_line() {
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
        } else {
            self.unsupported(
                span,
                "the operator `?` is",
                "`Option` and `Result` come later; use a special value, or `assert`",
            );
        }
        self.error_above(start, node)
    }

    /// `x.name` without parentheses; the name has been taken.
    #[cold]
    pub(super) fn field(&mut self, name: Span, start: u32) -> Node {
        let word = self.text(name);
        let methods =
            ["len", "abs", "sqrt", "is_empty", "pop", "sort", "reverse", "clear", "first", "last", "chars"];
        if methods.contains(&word) && !self.recovering {
            let end = Span::new(name.end, name.end);
            self.report(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    name,
                    format!("found the method `{word}` without arguments; expected `{word}()`"),
                )
                .fix("call it", end, "()"),
            );
        } else {
            self.unsupported(
                name,
                &format!("the field `.{word}` is"),
                "structs come later; a method call needs parentheses: `x.method()`",
            );
        }
        self.push(ExprKind::Error, self.span_from(start), 1)
    }

    /// `t.0`, the cursor being on the number.
    #[cold]
    pub(super) fn tuple_field(&mut self, start: u32) -> Node {
        let span = self.bump().span();
        self.unsupported(
            span,
            "tuples and their fields are",
            "use separate variables, or a list `[a, b]` if the types agree",
        );
        self.error_node(self.span_from(start))
    }

    /// `(a, b)` after its first member, the cursor being on the comma.
    #[cold]
    pub(super) fn tuple(&mut self, open: Span) -> Node {
        let reported = self.recovering;
        while self.eat(T::Comma) {
            if !self.at(T::RParen) {
                self.inner();
            }
        }
        self.close(T::RParen, open, "`,` or `)` in this tuple");
        let span = self.span_from(open.start);
        if !reported {
            self.unsupported(
                span,
                "tuples are",
                "use separate variables, or a list `[a, b]` if the types agree",
            );
        }
        self.error_node(span)
    }

    /// Whether a path ends in a name with a capital, as types do.
    pub(super) fn names_a_type(&self, path: Span) -> bool {
        let last = self.text(path).rsplit(':').next().unwrap_or_default();
        last.trim_start().starts_with(|c: char| c.is_ascii_uppercase())
    }

    /// `P { x: 1 }`, the cursor being on `{`.
    #[cold]
    pub(super) fn struct_literal(&mut self, name: Span) -> Node {
        let word = clip(self.text(name));
        self.unsupported(
            name,
            &format!("the struct literal `{word} {{ … }}` is"),
            "structs come later; use separate variables",
        );
        self.skip_tree();
        self.error_node(self.span_from(name.start))
    }

    /// `match e { … }`.
    #[cold]
    pub(super) fn match_expr(&mut self, start: u32) -> Node {
        let keyword = self.bump().span();
        self.unsupported(keyword, "`match` is", "write a chain of `if` and `else if`");
        let node = self.head();
        if self.at(T::LBrace) {
            self.skip_tree();
        } else {
            self.unexpected_after("{", "the value of this `match`");
        }
        self.error_above(start, node)
    }

    /// `let p = e` in the head of an `if` or `while`.
    #[cold]
    pub(super) fn let_condition(&mut self, what: &str) -> Node {
        let start = self.bump().start;
        while !matches!(self.token.kind, T::Eq | T::LBrace | T::Semi | T::RBrace | T::Eof) {
            self.skip_tree();
        }
        let span = self.span_from(start);
        self.unsupported(span, &format!("`{what}` is"), "patterns come later; compare with `==` or `<`");
        if self.eat(T::Eq) {
            return self.head();
        }
        self.error_node(span)
    }

    /// `'a: { … }`, the cursor behind the colon.
    #[cold]
    pub(super) fn labelled_block(&mut self, start: u32) -> Node {
        if !self.at(T::LBrace) {
            self.unexpected("`loop`, `while` or `for` after this label");
            return self.error_node(self.span_from(start));
        }
        self.unsupported(
            self.span_from(start),
            "a label on a block is",
            "put the label on a `loop` that ends in `break`",
        );
        let (_, height) = self.block("this label");
        self.push(ExprKind::Error, self.span_from(start), height + 1)
    }

    /// `::<T>`, the cursor being on `<`.
    #[cold]
    pub(super) fn turbofish(&mut self) {
        let start = self.token.start;
        self.skip_angles();
        self.unsupported(
            self.span_from(start),
            "type arguments are",
            "leave them out, and write the type behind the variable: `let xs: [i64] = …`",
        );
    }

    /// `.method::<T>`, the cursor being on `::`.
    #[cold]
    pub(super) fn method_turbofish(&mut self) {
        self.bump();
        if self.at(T::Lt) {
            self.turbofish();
        } else {
            self.unexpected("`(` and arguments after the method's name");
        }
    }

    /// Skips `<…>`, but not past a statement or block.
    #[cold]
    fn skip_angles(&mut self) {
        let mut open = 0i32;
        loop {
            match self.token.kind {
                T::Lt => open += 1,
                T::Shl => open += 2,
                T::Gt | T::GtEq => open -= 1,
                T::Shr | T::ShrEq => open -= 2,
                T::Semi | T::LBrace | T::RBrace | T::Eof => return,
                T::LParen | T::LBracket => {
                    self.skip_tree();
                    continue;
                }
                T::RParen | T::RBracket => return,
                _ => {}
            }
            self.bump();
            if open <= 0 {
                return;
            }
        }
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
                    self.unsupported(
                        span,
                        &format!("`{word}` is"),
                        "NDA has no such blocks; leave the word out",
                    );
                    if self.at(T::LBrace) {
                        return self.block_like();
                    }
                }
                word @ ("self" | "Self" | "crate" | "super") => {
                    let name = self.take_name();
                    if word != "Self" && self.at(T::PathSep) {
                        return self.name_rest(name);
                    }
                    self.unsupported(span, &format!("`{word}` is"), "call functions by their names");
                    while self.eat(T::PathSep) {
                        self.eat(T::Ident);
                    }
                }
                _ => self.reserved_word("an expression"),
            },
            T::Let => {
                self.unsupported(
                    span,
                    "`let` inside an expression is",
                    "patterns come later; compare with `==` or `<`",
                );
                self.recovering = true;
            }
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

    /// `let` with a pattern instead of a name; the cursor is inside it. Its names become variables of unknown
    /// type, so that their uses are not reported as well.
    #[cold]
    pub(super) fn let_pattern(&mut self, start: u32) -> u16 {
        let opens = matches!(self.token.kind, T::LParen | T::LBracket | T::LBrace | T::PathSep | T::Comma);
        let slip = matches!(self.token.kind, T::Amp) || (self.at(T::Reserved) && self.token_text() == "ref");
        if !opens && !slip {
            self.expect_name("a name after `let`");
            if !self.skip_to(&[T::Eq]) {
                return 0;
            }
            self.recovering = false;
        }
        let from = self.token.start;
        let mut found: Vec<Name> = Vec::new();
        while !matches!(self.token.kind, T::Eq | T::Semi | T::RBrace | T::Eof) {
            if self.on_fresh_line() && self.token.kind.starts_stmt() {
                break;
            }
            if self.at(T::Ident) {
                let name = self.take_name();
                // `Some(` and `P {` are not variables, and neither is a type behind the pattern.
                let call = matches!(self.token.kind, T::LParen | T::LBrace | T::PathSep);
                if !call && self.text(name.span).starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
                    found.push(name);
                }
            } else {
                self.bump();
            }
        }
        let pattern = Span::new(from, self.prev_end.max(from));
        if opens {
            self.unsupported(
                self.span_from(start),
                "a pattern in `let` is",
                "bind one name at a time: `let a = …; let b = …;`",
            );
        } else if slip {
            self.unsupported(
                pattern,
                "a reference in a pattern is",
                "NDA has no references: bind the plain name",
            );
        }
        let mut height = 0;
        if self.eat(T::Eq) {
            height = self.expr().height;
        }
        if self.at(T::Else) {
            self.bump();
            if self.at(T::LBrace) {
                self.skip_tree();
            }
        }
        if !self.eat(T::Semi) {
            self.missing_semicolon("this `let` statement");
        }
        for name in found {
            let init = self.error_node(name.span).id;
            self.push_stmt(StmtKind::Let { name, mutable: true, ty: None, init }, start);
        }
        height
    }

    /// A definition inside a block: read, reported, dropped.
    #[cold]
    pub(super) fn inner_item(&mut self) {
        let span = self.token.span();
        if self.at(T::Hash) {
            self.bump();
            if self.at(T::LBracket) {
                self.skip_tree();
            }
            if !self.recovering {
                let span = self.span_from(span.start);
                self.report(
                    Diagnostic::new(
                        Code::MisplacedAttribute,
                        span,
                        "found an attribute inside a function; expected it before an item",
                    )
                    .guess("remove it", span, ""),
                );
            }
            return;
        }
        if self.at(T::Pub) {
            self.visibility();
        }
        let word = clip(self.token_text());
        self.unsupported(
            span,
            &format!("`{word}` inside a function is"),
            "move the item out of the function",
        );
        let recovering = std::mem::replace(&mut self.recovering, false);
        let name = match self.token.kind {
            T::Fn => self.function().0,
            T::Const => self.constant().0,
            T::Use => self.import().0,
            T::Struct | T::Enum | T::Impl | T::Mod => self.skip_definition(),
            _ => {
                self.recovering = true;
                None
            }
        };
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
                generics: Generics::default(),
                span,
                source: span,
                attributes,
                comments,
            });
        }
    }

    // Items.

    /// An item that NDA does not have (yet), or no item at all.
    #[cold]
    pub(super) fn unusual_item(&mut self) -> Option<(Option<Name>, ItemKind)> {
        let token = self.token;
        let span = token.span();
        let word = self.token_text();
        match (token.kind, word) {
            (T::Struct | T::Enum | T::Impl, _)
            | (T::Reserved, "trait" | "type" | "static" | "extern" | "unsafe" | "async")
            | (T::Ident, "macro_rules" | "union") => {
                let today = match word {
                    "struct" => "use separate parameters and variables",
                    "enum" => "use `const` numbers",
                    "impl" => "write plain functions",
                    "static" => "write `const`",
                    "unsafe" | "async" | "extern" => "leave the word out",
                    _ => "",
                };
                self.unsupported(span, &format!("`{word}` is"), today);
                if matches!(word, "unsafe" | "async") {
                    self.bump();
                    if self.at(T::Fn) {
                        return Some((self.function().0, ItemKind::Error));
                    }
                    return Some((None, ItemKind::Error));
                }
                let name = self.skip_definition();
                Some((name, ItemKind::Error))
            }
            (T::Ident, "def" | "func" | "function" | "fun") if !self.recovering => {
                self.report(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        span,
                        format!("expected `fn` before a function, found `{word}`"),
                    )
                    .fix("write `fn`", span, "fn"),
                );
                Some(self.function())
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

    /// `<T>` after a function's name.
    #[cold]
    pub(super) fn generic_parameters(&mut self) {
        let start = self.token.start;
        self.skip_angles();
        self.unsupported(self.span_from(start), "generic functions are", "write one function for each type");
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

    /// `where …` before a function's body.
    #[cold]
    pub(super) fn where_clause(&mut self, generic: bool) {
        if self.token_text() == "where" {
            if !generic {
                self.unsupported(self.token.span(), "`where` is", "write one function for each type");
            }
            while !matches!(self.token.kind, T::LBrace | T::RBrace | T::Semi | T::Eof) {
                self.bump();
            }
        }
    }

    // Types.

    /// `Name<…>`, the cursor being on `<`. `Vec<T>` is a list; the others come later.
    #[cold]
    pub(super) fn type_arguments(&mut self, name: Name, start: u32) -> TypeId {
        let word = clip(self.text(name.span));
        if word != "Vec" || self.depth >= super::MAX_DEPTH {
            self.skip_angles();
            let span = self.span_from(start);
            let today = match word.as_str() {
                "Option" | "Result" => "return a special value, or a list with at most one element",
                "Map" | "HashMap" | "BTreeMap" => "use two lists",
                "Box" | "Rc" | "Arc" | "RefCell" | "Cell" => "values need no box: leave it out",
                _ => "",
            };
            self.unsupported(span, &format!("the type `{word}<…>` is"), today);
            return self.push_type(TypeKind::Error, span);
        }
        let open = self.bump().span();
        self.depth += 1;
        let element = self.type_expr(true);
        self.depth -= 1;
        let close = Span::new(self.token.start, self.token.start + 1);
        match self.token.kind {
            // `Vec<Vec<i64>>`: the second half closes the outer one.
            T::Shr | T::GtEq | T::ShrEq => {
                self.token.kind = match self.token.kind {
                    T::Shr => T::Gt,
                    T::GtEq => T::Eq,
                    _ => T::GtEq,
                };
                self.token.start += 1;
                self.prev_end = self.token.start;
            }
            T::Gt => {
                self.bump();
            }
            _ => self.unexpected("`>` after the type of the elements"),
        }
        let span = self.span_from(start);
        if !self.recovering {
            let mut problem = Diagnostic::new(
                Code::RustSpelling,
                Span::new(start, open.end),
                "found `Vec<T>`; expected a list type `[T]`",
            );
            problem.fix = Some(Fix {
                message: "write brackets".to_owned(),
                edits: vec![
                    Edit { span: Span::new(start, open.end), text: "[".to_owned() },
                    Edit { span: close, text: "]".to_owned() },
                ],
                safety: Safety::Safe,
            });
            self.report(problem);
        }
        self.push_type(TypeKind::List(element), span)
    }

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

    /// `(A, B)`, the cursor behind the bracket.
    #[cold]
    pub(super) fn tuple_type(&mut self, open: Span) -> TypeId {
        let mut members = 0;
        let mut last = None;
        let mut comma = false;
        while !self.at(T::RParen) && !self.recovering {
            self.depth += 1;
            last = Some(self.type_expr(true));
            self.depth -= 1;
            members += 1;
            comma = self.eat(T::Comma);
            if !comma {
                break;
            }
        }
        self.close(T::RParen, open, "`,` or `)` in this type");
        let span = self.span_from(open.start);
        if let (1, false, Some(inner)) = (members, comma, last) {
            // Parentheses around one type mean nothing.
            let kind = self.tree.ty(inner).kind;
            return self.push_type(kind, span);
        }
        self.unsupported(span, "tuple types are", "use separate values, or a list `[T]` if the types agree");
        self.push_type(TypeKind::Error, span)
    }

    /// `vec[N]`, `mat[R, C]`, the cursor being on `[`.
    #[cold]
    pub(super) fn tensor_type(&mut self, start: u32) -> TypeId {
        self.skip_tree();
        let span = self.span_from(start);
        self.unsupported(span, "tensor types are", "use lists of `f64`");
        self.push_type(TypeKind::Error, span)
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
            _ => self.unexpected("a type"),
        }
        self.push_type(TypeKind::Error, self.span_from(start))
    }

    /// The loop variable is a pattern.
    #[cold]
    pub(super) fn for_pattern(&mut self) -> Option<Name> {
        let start = self.token.start;
        if !self.at(T::LParen) && !self.at(T::Amp) {
            self.unexpected("the name of the loop variable after `for`");
            if self.skip_to(&[T::In, T::LBrace]) {
                self.recovering = false;
            }
            return None;
        }
        while !matches!(self.token.kind, T::In | T::LBrace | T::RBrace | T::Semi | T::Eof) {
            self.skip_tree();
        }
        let span = self.span_from(start);
        if self.text(span).contains(';') {
            self.surprise(
                Diagnostic::new(
                    Code::UnexpectedToken,
                    span,
                    "expected a name after `for`, found the head of a C-style loop; write `for i in 0..n`",
                )
                .note(
                    "other steps: `for i in (0..n).step_by(2)`, `for i in (0..n).rev()`, or a `while` loop",
                ),
            );
            self.recovering = !self.at(T::LBrace);
        } else {
            self.unsupported(span, "a pattern in `for` is", "walk over indices: `for i in 0..xs.len()`");
        }
        None
    }
}
