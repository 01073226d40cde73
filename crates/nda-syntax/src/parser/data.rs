//! Structs and enums: their fields and variants.

use super::Parser;
use super::types::run_from;
use crate::lexer::clip;
use crate::token::T;
use crate::tree::{Field, Generics, ItemKind, Name, Run, Shape, Variant};
use nda_diagnostics::{Code, Diagnostic, Span};

impl Parser<'_, '_> {
    /// `struct Name { … }`, `struct Name(…);`, `struct Name;`, the cursor being on `struct`.
    pub(super) fn structure(&mut self, generics: &mut Generics) -> (Option<Name>, ItemKind) {
        self.bump();
        let name = self.expect_name("a name after `struct`");
        *generics = self.generics();
        self.where_clause(generics);
        let shape = match self.token.kind {
            T::LBrace => Shape::Named,
            T::LParen => Shape::Tuple,
            T::Semi => Shape::Unit,
            _ if !self.recovering && self.on_fresh_line() => {
                self.missing_semicolon("this struct without fields");
                return (name, ItemKind::Struct { shape: Shape::Unit, fields: Run::default() });
            }
            _ => {
                self.unexpected("`{` and the fields of this struct");
                if !self.skip_to(&[T::LBrace]) {
                    return (name, ItemKind::Error);
                }
                self.recovering = false;
                Shape::Named
            }
        };
        let fields = self.fields(shape);
        match shape {
            Shape::Named => {
                self.eat(T::Semi);
            }
            Shape::Tuple | Shape::Unit => {
                self.where_clause(generics);
                if !self.eat(T::Semi) {
                    self.missing_semicolon("this struct");
                }
            }
        }
        (name, ItemKind::Struct { shape, fields })
    }

    /// `enum Name { … }`, the cursor being on `enum`.
    pub(super) fn enumeration(&mut self, generics: &mut Generics) -> (Option<Name>, ItemKind) {
        self.bump();
        if matches!(self.token.kind, T::Struct)
            || self.at_word("class") && !matches!(self.lexer.following_mark(), b'{' | b'<')
        {
            self.word_after_enum();
        }
        let name = self.expect_name("a name after `enum`");
        *generics = self.generics();
        self.where_clause(generics);
        let Some(open) = self.open_brace("`{` and the variants of this enum") else {
            return (name, ItemKind::Error);
        };
        let first = self.tree.variants.len();
        while !matches!(self.token.kind, T::RBrace | T::Eof) && !self.next_item_starts() {
            if self.at(T::Hash) {
                self.stray_attribute("before a variant");
                continue;
            }
            let before = self.token.start;
            self.variant();
            if !self.entry_ends("variant") && self.token.start == before {
                break;
            }
        }
        self.close(T::RBrace, open, "`,` or `}` after this variant");
        self.eat(T::Semi);
        (name, ItemKind::Enum { variants: run_from(first, &self.tree.variants) })
    }

    /// `enum class E`, the cursor being on the second word.
    #[cold]
    fn word_after_enum(&mut self) {
        let span = self.bump().span();
        if !self.recovering {
            let message = format!("expected a name after `enum`, found `{}`", self.text(span));
            let gap = Span::new(span.start, self.token.start);
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("remove it", gap, ""));
        }
    }

    fn variant(&mut self) {
        if self.at(T::Pub) {
            self.visibility();
        }
        let Some(name) = self.expect_name("the name of a variant") else { return };
        let shape = match self.token.kind {
            T::LBrace => Shape::Named,
            T::LParen => Shape::Tuple,
            _ => Shape::Unit,
        };
        let fields = if shape == Shape::Unit { Run::default() } else { self.fields(shape) };
        let span = self.span_from(name.span.start);
        self.tree.variants.push(Variant { name, shape, fields, span });
        if self.at(T::Eq) {
            let start = self.bump().start;
            self.inner();
            let today = "leave it out, and give the numbers in a function with a `match`";
            self.unsupported(self.span_from(start), "a number for a variant is", today);
        }
    }

    /// The fields of a struct or variant of some shape, the cursor being on what opens them.
    fn fields(&mut self, shape: Shape) -> Run {
        let first = self.tree.fields.len();
        match shape {
            Shape::Unit => {}
            Shape::Tuple => self.numbered_fields(),
            Shape::Named => self.named_fields(),
        }
        run_from(first, &self.tree.fields)
    }

    fn numbered_fields(&mut self) {
        let open = self.bump().span();
        while !matches!(self.token.kind, T::RParen | T::Eof) {
            if self.at(T::Hash) {
                self.stray_attribute("before a field");
                continue;
            }
            let start = self.token.start;
            let public = self.at(T::Pub) && self.visibility();
            let ty = self.inner_type();
            if self.at(T::Colon) && !self.recovering {
                let message = "found a field with a name between `(` and `)`; expected only its type";
                let span = self.span_from(start);
                self.surprise(
                    Diagnostic::new(Code::UnexpectedToken, span, message)
                        .note("fields with names stand between `{` and `}`"),
                );
            }
            self.tree.fields.push(Field { name: None, public, ty, span: self.span_from(start) });
            if self.recovering {
                self.skip_to(&[T::Comma, T::RParen]);
            }
            if !self.eat(T::Comma) {
                break;
            }
            self.recovering = false;
        }
        self.close(T::RParen, open, "`,` or `)` after this field");
    }

    fn named_fields(&mut self) {
        let open = self.bump().span();
        while !matches!(self.token.kind, T::RBrace | T::Eof) && !self.next_item_starts() {
            if self.at(T::Hash) {
                self.stray_attribute("before a field");
                continue;
            }
            let before = self.token.start;
            if self.field() {
                self.eat(T::Comma);
                continue;
            }
            if !self.entry_ends("field") && self.token.start == before {
                break;
            }
        }
        self.close(T::RBrace, open, "`,` or `}` after this field");
    }

    /// A field. True if it was a function, which needs no comma.
    fn field(&mut self) -> bool {
        let start = self.token.start;
        let public = self.at(T::Pub) && self.visibility();
        match self.token.kind {
            T::Fn => {
                self.function_among_fields();
                return true;
            }
            T::Mut | T::Let => self.word_before_field(),
            _ => {}
        }
        let Some(name) = self.expect_name("the name of a field") else { return false };
        if !(self.eat(T::Colon) || self.at(T::Eq) && self.equals_for_colon()) {
            self.field_without_colon(name);
        }
        let ty = self.inner_type();
        let span = self.span_from(start);
        self.tree.fields.push(Field { name: Some(name), public, ty, span });
        if self.at(T::Eq) {
            let start = self.bump().start;
            self.inner();
            let today = "write a function that gives the value to begin with";
            self.unsupported(self.span_from(start), "a value for a field in the struct is", today);
        }
        false
    }

    /// `mut` or `let` before a field.
    #[cold]
    fn word_before_field(&mut self) {
        let span = self.bump().span();
        if !self.recovering {
            let message = format!(
                "found `{}` before a field; expected its name, because what may change is said where a value is kept",
                self.text(span)
            );
            let gap = Span::new(span.start, self.token.start);
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix("remove it", gap, ""));
        }
        self.eat(T::Mut);
    }

    /// `x i64`, the cursor being on the type.
    #[cold]
    fn field_without_colon(&mut self, name: Name) {
        let word = clip(self.text(name.span));
        let typed = matches!(self.token.kind, T::Ident | T::LBracket | T::LParen) && !self.on_fresh_line();
        if typed && !self.recovering {
            let message = format!("expected `:` and a type after the field `{word}`, found {}", self.found());
            let gap = Span::new(name.span.end, name.span.end);
            self.report(
                Diagnostic::new(Code::UnexpectedToken, self.token.span(), message).guess("add `:`", gap, ":"),
            );
        } else {
            self.unexpected(&format!("`:` and a type after the field `{word}`"));
        }
    }

    /// A function inside of a struct, as classes have them: read and dropped.
    #[cold]
    fn function_among_fields(&mut self) {
        let span = self.token.span();
        if !self.recovering {
            let message = "found a function among the fields of a struct; expected it in an `impl` block";
            let problem = Diagnostic::new(Code::UnexpectedToken, span, message);
            self.report(problem.note("write `impl Name { fn … }` behind the struct"));
        }
        let outer = std::mem::replace(&mut self.in_impl, true);
        self.function(&mut Generics::default());
        self.in_impl = outer;
    }

    /// After a field or variant: whether another may follow.
    #[inline]
    fn entry_ends(&mut self, what: &str) -> bool {
        if !self.recovering && self.eat(T::Comma) {
            return true;
        }
        if !self.recovering && (self.at(T::RBrace) || self.next_item_starts()) {
            return false;
        }
        self.entry_goes_on(what)
    }

    #[cold]
    fn entry_goes_on(&mut self, what: &str) -> bool {
        let span = self.token.span();
        if !self.recovering {
            let gap = Span::new(self.prev_end, self.prev_end);
            let message = format!("expected `,` after this {what}, found {}", self.found());
            match self.token.kind {
                T::Semi | T::Pipe => {
                    self.report(Diagnostic::new(Code::UnexpectedToken, span, message).fix(
                        "write `,`",
                        span,
                        ",",
                    ));
                    self.bump();
                    return true;
                }
                T::Ident | T::Pub | T::Hash if self.on_fresh_line() => {
                    let after = Span::new(self.prev_end.saturating_sub(1), self.prev_end);
                    self.report(
                        Diagnostic::new(Code::UnexpectedToken, after, message).fix("add `,`", gap, ","),
                    );
                    return true;
                }
                _ => self.unexpected(&format!("`,` or `}}` after this {what}")),
            }
        }
        if !self.skip_to(&[T::Comma, T::RBrace]) && !self.on_fresh_line() {
            return false;
        }
        self.recovering = false;
        self.eat(T::Comma) || !self.at(T::RBrace)
    }

    /// Whether a definition starts at the margin: a closing bracket was forgotten.
    fn next_item_starts(&self) -> bool {
        self.at_margin() && self.token.kind.starts_item() && !matches!(self.token.kind, T::Pub | T::Hash)
    }
}
