//! Definitions, their attributes and their comments.
//!
//! Every item knows the text that belongs to it, leading comments included, so that storing items loses nothing.

use super::Parser;
use super::rewrite::goes_on_as_pattern;
use crate::token::T;
use crate::tree::{
    Attribute, AttributeKind, Generics, Item, ItemKind, Name, Param, PatternId, Receiver, Run, TypeId,
    TypeKind,
};
use nda_diagnostics::{Code, Diagnostic, Span};

impl Parser<'_, '_> {
    /// The whole source.
    pub(super) fn items(&mut self) {
        let first_comment = self.items_before(T::Eof, 0);
        let end = self.token.end;
        let start = self.comments().get(first_comment).map_or(end, |comment| comment.span.start);
        self.tree.rest = Span::new(start, end);
    }

    /// Items, up to the bracket that ends them. Gives the first comment that none of them has taken.
    pub(super) fn items_before(&mut self, end: T, mut first_comment: usize) -> usize {
        while !self.at(T::Eof) && !self.at(end) {
            let before = self.token.start;
            self.item(&mut first_comment, false);
            if self.recovering {
                self.find_item();
            } else if self.token.start == before {
                self.bump();
            }
        }
        first_comment
    }

    /// One definition with everything that stands before it.
    fn item(&mut self, first_comment: &mut usize, in_impl: bool) {
        let comments_start = *first_comment;
        let attributes_start = self.tree.attributes.len();
        let start = self.token.start;
        while self.at(T::Hash) {
            self.attribute();
        }
        let comments =
            Run { start: comments_start as u32, len: (self.comments().len() - comments_start) as u32 };
        let attributes = Run {
            start: attributes_start as u32,
            len: (self.tree.attributes.len() - attributes_start) as u32,
        };
        if !in_impl {
            let first = self.comments()[comments.range()].first();
            self.item_start = first.map_or(start, |comment| comment.span.start.min(start));
        }
        let keyword = self.token.span();
        let public = self.at(T::Pub) && self.visibility();
        let mut generics = Generics::default();
        let slot = self.tree.items.len();
        let found = match self.token.kind {
            T::Fn => Some(self.function(&mut generics)),
            _ if in_impl => self.unusual_member(),
            T::Struct => Some(self.structure(&mut generics)),
            T::Enum => Some(self.enumeration(&mut generics)),
            T::Impl => Some(self.implementation(&mut generics)),
            T::Const => Some(self.constant()),
            T::Use => Some(self.import()),
            T::Mod => Some(self.module()),
            T::RBrace if self.inside.is_some() => {
                self.unexpected("an item");
                None
            }
            T::RBrace | T::RParen | T::RBracket => {
                self.stray_closer();
                None
            }
            T::Eof => {
                self.unexpected("an item after these attributes");
                None
            }
            _ => self.unusual_item(),
        };
        let Some((name, kind)) = found else {
            self.tree.attributes.truncate(attributes_start);
            return;
        };
        if let ItemKind::Use { path } | ItemKind::UseAll { path } = kind
            && self.is_standard(path)
        {
            self.standard_import(Span::new(keyword.start, self.prev_end));
            return;
        }
        self.check_attributes(attributes, kind, name);
        let run = &self.lexer.comments[comments.range()];
        let docs_start = run
            .iter()
            .find(|comment| comment.kind == crate::tree::CommentKind::Doc)
            .map_or(start, |comment| comment.span.start.min(start));
        let source_start = run.first().map_or(start, |comment| comment.span.start.min(start));
        let span = Span::new(docs_start, self.prev_end);
        let source_end = self.trailing_comments(comments_start + comments.len as usize, first_comment);
        let source = Span::new(source_start, source_end);
        let inside = self.inside;
        let owner = self.owner;
        let item = Item { kind, name, public, inside, owner, generics, span, source, attributes, comments };
        match kind {
            ItemKind::Mod { .. } | ItemKind::Impl { .. } => self.tree.items[slot] = item,
            _ => self.tree.items.push(item),
        }
        if matches!(kind, ItemKind::Use { .. } | ItemKind::UseAll { .. }) {
            if public {
                self.check_public_imports(item);
            }
            let (attributes, comments) = (Run::default(), Run::default());
            for (name, kind) in self.scratch.imports.drain(..) {
                self.tree.items.push(Item { kind, name, attributes, comments, ..item });
            }
        }
    }

    /// The end of the item that ends before the cursor, with the comments that follow on its last line. From
    /// `from` on, the comments after its keyword are looked at; `next` is set to the first that follows the item.
    fn trailing_comments(&self, from: usize, next: &mut usize) -> u32 {
        let mut end = self.prev_end;
        let comments = self.comments();
        *next = from;
        while let Some(comment) = comments.get(*next) {
            let inside = comment.span.start < self.prev_end;
            if !inside && self.text(Span::new(end, comment.span.start)).contains('\n') {
                break;
            }
            if !inside {
                end = comment.span.end;
            }
            *next += 1;
        }
        end
    }

    /// After a problem between items: moves to where the next one starts.
    #[cold]
    fn find_item(&mut self) {
        let inside = self.inside.is_some();
        while !(self.at(T::Eof)
            || self.token.kind.starts_item() && self.on_fresh_line()
            || inside && self.at(T::RBrace))
        {
            self.skip_tree();
        }
        self.recovering = false;
    }

    /// `fn name<T>(a: T, mut b: U) -> V where … { … }`.
    pub(super) fn function(&mut self, generics: &mut Generics) -> (Option<Name>, ItemKind) {
        self.bump();
        let name = self.expect_name("a name after `fn`");
        *generics = self.generics();
        let first = self.tree.params.len();
        if self.at(T::LParen) {
            self.params();
        } else {
            self.unexpected("`(` and the parameters after the function's name");
            if !self.skip_to(&[T::LBrace]) {
                return (name, ItemKind::Error);
            }
            self.recovering = false;
        }
        let params = Run { start: first as u32, len: (self.tree.params.len() - first) as u32 };
        let result = match self.token.kind {
            T::Arrow => {
                self.bump();
                Some(self.type_expr(true))
            }
            T::LBrace => None,
            _ => self.unusual_result(),
        };
        self.where_clause(generics);
        if self.recovering && !self.at(T::LBrace) && self.skip_to(&[T::LBrace]) {
            self.recovering = false;
        }
        if !self.at(T::LBrace) {
            if self.at(T::Semi) && !self.recovering {
                self.unexpected("`{` and the body of this function");
                self.bump();
                self.recovering = false;
            } else {
                self.unexpected_after("{", "the head of this function");
            }
            return (name, ItemKind::Error);
        }
        let (body, _) = self.block("the head of this function");
        (name, ItemKind::Fn { params, result, body })
    }

    fn params(&mut self) {
        let open = self.bump().span();
        self.in_head = true;
        while !self.at(T::RParen) {
            let start = self.token.start;
            let is_first = self.prev_end == open.end;
            let borrowed = self.eat(T::Amp);
            if borrowed && self.at(T::Label) {
                self.bump();
            }
            let mutable = self.eat(T::Mut);
            if self.at_word("self") {
                self.receiver(start, borrowed, mutable, is_first);
            } else if self.at(T::Ident) && !borrowed {
                let name = self.take_name();
                if !mutable && goes_on_as_pattern(self.token.kind) {
                    let pattern = self.named_pattern(name).id;
                    self.pattern_param(start, pattern);
                } else {
                    let (in_place, ty) = self.param_type(name);
                    let span = self.span_from(start);
                    let (receiver, pattern) = (None, None);
                    self.tree.params.push(Param { name, pattern, mutable, ty, receiver, in_place, span });
                }
            } else if matches!(self.token.kind, T::LParen | T::LBracket) && !mutable {
                if borrowed {
                    self.borrow_before_param(start);
                }
                // A `|` would need brackets.
                let pattern = self.one_pattern().id;
                self.pattern_param(start, pattern);
            } else {
                self.unusual_param(start);
            }
            if self.recovering {
                self.skip_to(&[T::Comma, T::RParen]);
            }
            if !self.eat(T::Comma) {
                break;
            }
            self.recovering = false;
        }
        self.close(T::RParen, open, "`,` or `)` after this parameter");
        self.in_head = false;
    }

    /// What stands behind the pattern of a parameter.
    fn pattern_param(&mut self, start: u32, pattern: PatternId) {
        let at = self.tree.pattern(pattern).span;
        let name = self.own_path("_", at);
        let (in_place, ty) = self.param_type(Name { span: at, ..name });
        if in_place {
            let message = "what is changed in place has a name, not a pattern";
            self.unless_recovering(
                Diagnostic::new(Code::NotSupportedYet, at, message)
                    .note("name it, and change its parts by that name"),
            );
        }
        let span = self.span_from(start);
        let pattern = Some(pattern);
        self.tree.params.push(Param {
            name,
            pattern,
            mutable: false,
            ty,
            receiver: None,
            in_place: false,
            span,
        });
    }

    /// What stands behind a parameter's name: whether it begins with `&mut`, and the type.
    pub(super) fn param_type(&mut self, name: Name) -> (bool, TypeId) {
        if !self.eat(T::Colon) {
            return (false, self.param_without_type(name));
        }
        if !self.at(T::Amp) {
            return (false, self.type_expr(true));
        }
        let start = self.bump().start;
        match self.eat(T::Mut) {
            true => (true, self.type_expr(true)),
            false => (false, self.behind_reference(start)),
        }
    }

    /// `self`, `mut self`, `&self`, `&mut self` as the first parameter, the cursor being on `self`.
    fn receiver(&mut self, start: u32, borrowed: bool, mutable: bool, is_first: bool) {
        let name = self.take_name();
        if !(self.recovering || is_first && self.in_impl) {
            let message = match self.in_impl {
                true => "`self` is the first parameter of a method",
                false => "found `self` outside of an `impl`; expected the name of a parameter",
            };
            self.report(Diagnostic::new(Code::UnexpectedToken, name.span, message));
        }
        if self.eat(T::Colon) {
            self.type_expr(true);
        }
        let receiver = match (borrowed, mutable) {
            (true, true) => Receiver::Mutable,
            (true, false) => Receiver::Shared,
            (false, _) => Receiver::Value,
        };
        let ty = self.push_type(TypeKind::SelfType, name.span);
        let span = self.span_from(start);
        let in_place = receiver == Receiver::Mutable;
        let (receiver, pattern) = (Some(receiver), None);
        self.tree.params.push(Param { name, pattern, mutable, ty, receiver, in_place, span });
    }

    /// The bracket that opens what an item holds, found further on if something else stands before it.
    pub(super) fn open_brace(&mut self, wanted: &str) -> Option<Span> {
        if !self.at(T::LBrace) {
            self.unexpected(wanted);
            if !self.skip_to(&[T::LBrace]) {
                return None;
            }
            self.recovering = false;
        }
        Some(self.bump().span())
    }

    /// `impl Type { functions }`.
    fn implementation(&mut self, generics: &mut Generics) -> (Option<Name>, ItemKind) {
        let keyword = self.bump().span();
        *generics = self.generics();
        let from = self.token.start;
        let mut ty = self.type_expr(true);
        if self.at(T::For) {
            if self.is_plain_trait(keyword, from) {
                ty = self.type_expr(true);
            } else {
                self.bump();
                self.type_expr(true);
                if self.at(T::LBrace) {
                    self.skip_tree();
                }
                return (None, ItemKind::Error);
            }
        }
        self.where_clause(generics);
        let Some(open) = self.open_brace("`{` and the functions of this `impl`") else {
            return (None, ItemKind::Error);
        };
        let mut first_comment = self.comments().len();
        while let Some(comment) = first_comment.checked_sub(1).map(|at| self.comments()[at]) {
            if comment.span.start < open.end {
                break;
            }
            first_comment -= 1;
        }
        let slot = self.reserve_item(None, keyword.start);
        let outer = (self.owner.replace(slot as u32), std::mem::replace(&mut self.in_impl, true));
        while !matches!(self.token.kind, T::RBrace | T::Eof) {
            let foreign =
                matches!(self.token.kind, T::Struct | T::Enum | T::Impl | T::Mod | T::Use | T::Const);
            if foreign && self.at_margin() {
                // The bracket was forgotten.
                break;
            }
            let before = self.token.start;
            self.item(&mut first_comment, true);
            if self.recovering {
                self.finish_statement();
            }
            if self.token.start == before {
                self.bump();
            }
        }
        (self.owner, self.in_impl) = outer;
        let first = slot + 1;
        let members = Run { start: first as u32, len: (self.tree.items.len() - first) as u32 };
        self.close(T::RBrace, open, "`}` after the functions of this `impl`");
        (None, ItemKind::Impl { ty, members })
    }

    /// `const NAME: T = value;`.
    pub(super) fn constant(&mut self) -> (Option<Name>, ItemKind) {
        let span = self.bump().span();
        if self.at(T::Fn) {
            self.report(
                Diagnostic::new(
                    Code::RustSpelling,
                    span,
                    "found `const fn`; expected `fn`, because every function may be used in a constant",
                )
                .fix("remove `const`", Span::new(span.start, self.token.start), ""),
            );
            return self.function(&mut Generics::default());
        }
        let name = self.expect_name("a name after `const`");
        let ty = if self.eat(T::Colon) {
            self.type_expr(true)
        } else {
            self.constant_without_type();
            self.push_type(TypeKind::Error, Span::new(self.prev_end, self.prev_end))
        };
        let value = if self.eat(T::Eq) {
            self.expr()
        } else {
            self.unexpected_after("=", "the constant's type");
            self.error_node(Span::new(self.prev_end, self.prev_end))
        };
        if !self.eat(T::Semi) {
            self.missing_semicolon("this constant");
            if self.recovering {
                self.finish_statement();
            }
        }
        (name, ItemKind::Const { ty, value: value.id })
    }

    /// `#[…]`, the cursor being on `#`.
    fn attribute(&mut self) {
        let start = self.bump().start;
        if self.at(T::Not) {
            self.bump();
        }
        if !self.at(T::LBracket) {
            self.unexpected("`[` after `#`");
            self.recovering = false;
            return;
        }
        let open = self.bump().span();
        let name = self.token;
        let kind = match self.token_text() {
            "example" => {
                self.bump();
                let open = self.token.span();
                if self.expect(T::LParen, "`example`") {
                    let expr = self.inner();
                    self.close(T::RParen, open, "`)` after this example");
                    AttributeKind::Example(expr.id)
                } else {
                    AttributeKind::Error
                }
            }
            "uses" => {
                self.bump();
                self.words("`uses`", "the name of a capability")
            }
            "derive" => {
                self.bump();
                match self.words("`derive`", "the name of a trait") {
                    AttributeKind::Uses(run) => AttributeKind::Derive(run),
                    kind => kind,
                }
            }
            _ => {
                while !matches!(self.token.kind, T::RBracket | T::Eof) && !self.at_margin() {
                    self.skip_tree();
                }
                AttributeKind::Error
            }
        };
        self.close(T::RBracket, open, "`]` after this attribute");
        self.recovering = false;
        let span = self.span_from(start);
        if kind == AttributeKind::Error && !matches!(self.text(name.span()), "example" | "uses" | "derive") {
            self.unknown_attribute(name.span(), span);
        }
        self.tree.attributes.push(Attribute { kind, span });
    }

    /// `(a, b)` after the name of an attribute.
    fn words(&mut self, attribute: &str, what: &str) -> AttributeKind {
        let open = self.token.span();
        let first = self.tree.words.len();
        if !self.expect(T::LParen, attribute) {
            return AttributeKind::Error;
        }
        while !self.at(T::RParen) {
            let Some(mut name) = self.expect_name(what) else { break };
            if self.at(T::PathSep) {
                name = self.path_rest(name);
            }
            self.tree.words.push(name);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.close(T::RParen, open, "`,` or `)` after this name");
        let len = (self.tree.words.len() - first) as u32;
        AttributeKind::Uses(Run { start: first as u32, len })
    }

    /// Examples and effects belong to functions, derived traits to types.
    fn check_attributes(&mut self, run: Run, kind: ItemKind, name: Option<Name>) {
        if run.len == 0 || matches!(kind, ItemKind::Error) {
            return;
        }
        let function = matches!(kind, ItemKind::Fn { .. });
        let data = matches!(kind, ItemKind::Struct { .. } | ItemKind::Enum { .. });
        for index in run.range() {
            let attribute = self.tree.attributes[index];
            let (word, wanted) = match attribute.kind {
                AttributeKind::Example(_) if !function => ("example", "a function"),
                AttributeKind::Uses(_) if !function => ("uses", "a function"),
                AttributeKind::Derive(_) if !data => ("derive", "a struct or enum"),
                _ => continue,
            };
            let item = name.map_or("impl", |name| self.text(name.span));
            let message = format!("`#[{word}]` stands before `{item}`; expected {wanted} after it");
            self.report(Diagnostic::new(Code::MisplacedAttribute, attribute.span, message).guess(
                "remove the attribute",
                attribute.span,
                "",
            ));
        }
    }
}
