//! Types as written, their arguments, and the type parameters and bounds of items.
//!
//! `Vec<T>`, `HashMap<K, V>` and `Box<T>` are NDA's `[T]`, `Map<K, V>` and `T`: each is answered with the fix and
//! taken as what it stands for.

use super::{MAX_DEPTH, Parser};
use crate::lexer::clip;
use crate::names;
use crate::token::T;
use crate::tree::{Bound, Generics, Name, Run, Symbol, Text, TypeExpr, TypeId, TypeKind, TypeList};
use nda_diagnostics::{Code, Diagnostic, Edit, Fix, Safety, Span};

impl Parser<'_, '_> {
    /// A type. After `as` a `<` is a comparison, so there are no type arguments: `generics` is false.
    pub(super) fn type_expr(&mut self, generics: bool) -> TypeId {
        if self.depth >= MAX_DEPTH {
            self.too_deep(self.token.span());
            return self.push_type(TypeKind::Error, self.token.span());
        }
        let start = self.token.start;
        let kind = match self.token.kind {
            T::Ident => {
                let is_underscore = self.lexer.key == u64::from(b'_');
                let name = self.take_name();
                match self.token.kind {
                    T::PathSep | T::Lt | T::LBracket => return self.type_rest(name, generics),
                    _ if is_underscore => TypeKind::Infer,
                    _ => TypeKind::Name(name.symbol),
                }
            }
            T::LBracket => {
                let open = self.bump().span();
                let element = self.inner_type();
                if self.at(T::Semi) {
                    self.array_type();
                }
                self.close(T::RBracket, open, "`]` after the type of the elements");
                TypeKind::List(element)
            }
            T::LParen => {
                let open = self.bump().span();
                if self.eat(T::RParen) { TypeKind::Unit } else { return self.tuple_type(open) }
            }
            T::Reserved if self.at_path_root() => {
                let name = self.take_name();
                return self.type_rest(name, generics);
            }
            T::Reserved if self.token_text() == "Self" => {
                let name = self.take_name();
                if self.at(T::PathSep) {
                    return self.type_rest(name, generics);
                }
                TypeKind::SelfType
            }
            _ => return self.no_type(),
        };
        self.push_type(kind, self.span_from(start))
    }

    /// A type inside of another.
    pub(super) fn inner_type(&mut self) -> TypeId {
        self.depth += 1;
        let ty = self.type_expr(true);
        self.depth -= 1;
        ty
    }

    pub(super) fn push_type(&mut self, kind: TypeKind, span: Span) -> TypeId {
        let id = TypeId::new(self.tree.types.len());
        self.tree.types.push(TypeExpr { kind, span });
        id
    }

    /// What follows the first name of a type: a path, type arguments, the shape of a tensor.
    fn type_rest(&mut self, name: Name, generics: bool) -> TypeId {
        let start = name.span.start;
        let mut symbol = name.symbol;
        let mut types = None;
        if self.at(T::PathSep) {
            let path = self.path(name, false);
            symbol = path.name.symbol;
            types = path.types;
        }
        match self.token.kind {
            T::Lt if generics && types.is_none() => {
                let head = Span::new(start, self.token.end);
                if let Some(args) = self.type_args() {
                    return self.apply(symbol, head, args);
                }
            }
            T::LBracket if matches!(self.text(self.span_from(start)), "vec" | "mat") => {
                return self.tensor_type(symbol, start);
            }
            T::LBracket if generics && !self.on_fresh_line() && !self.recovering => {
                return self.bracketed_args(symbol, start);
            }
            _ => {}
        }
        // `Vec::<T>` is `Vec<T>`.
        let kind = types.map_or(TypeKind::Name(symbol), |(args, _)| TypeKind::Apply { name: symbol, args });
        self.push_type(kind, self.span_from(start))
    }

    /// `<A, B>`, the cursor being on `<`; `None` if nothing stands between them.
    pub(super) fn type_args(&mut self) -> Option<TypeList> {
        let open = self.bump().span();
        let base = self.scratch.ids.len();
        if self.at_angle() && !self.recovering {
            let span = Span::new(open.start, self.token.start + 1);
            let message = "expected a type between `<` and `>`, found none";
            self.report(Diagnostic::new(Code::UnexpectedToken, span, message));
        }
        while !self.at_angle() {
            if self.at(T::Label) {
                self.lifetime();
                continue;
            }
            let ty = self.inner_type();
            self.scratch.ids.push(ty.index() as u32);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.close_angle(open, "this type");
        (self.scratch.ids.len() > base).then(|| TypeList(self.close_ids(base)))
    }

    /// Whether a `>` is under the cursor, alone or as the first half of another token.
    fn at_angle(&self) -> bool {
        matches!(self.token.kind, T::Gt | T::Shr | T::GtEq | T::ShrEq)
    }

    /// Takes a `>`, and of a token that only begins with one the first half: in `Map<str, Map<str, i64>>` the second
    /// closes the outer one.
    fn close_angle(&mut self, open: Span, what: &str) {
        let rest = match self.token.kind {
            T::Gt => {
                self.bump();
                return;
            }
            T::Shr => T::Gt,
            T::GtEq => T::Eq,
            T::ShrEq => T::GtEq,
            _ => {
                if !self.recovering {
                    let message = format!("expected `,` or `>` after {what}, found {}", self.found());
                    let span = self.token.span();
                    self.surprise(
                        Diagnostic::new(Code::UnexpectedToken, span, message).also(open, "inside this"),
                    );
                }
                return;
            }
        };
        self.token.kind = rest;
        self.token.start += 1;
        self.prev_end = self.token.start;
    }

    /// `Option[T]`, the cursor being on the bracket: taken as `Option<T>`.
    #[cold]
    fn bracketed_args(&mut self, name: Symbol, start: u32) -> TypeId {
        let open = self.bump().span();
        let base = self.scratch.ids.len();
        while !self.at(T::RBracket) {
            let ty = self.inner_type();
            self.scratch.ids.push(ty.index() as u32);
            if !self.eat(T::Comma) {
                break;
            }
        }
        let reported = self.recovering;
        self.close(T::RBracket, open, "`,` or `]` after this type");
        let span = self.span_from(start);
        let args = TypeList(self.close_ids(base));
        if self.tree.type_list(args).len() == 0 || self.recovering || reported {
            self.unexpected("the end of this type");
            return self.push_type(TypeKind::Error, span);
        }
        let message = "expected `<` before the arguments of a type, found `[`";
        let mut problem = Diagnostic::new(Code::UnexpectedToken, open, message);
        let edits = [(open, "<"), (Span::new(span.end - 1, span.end), ">")]
            .map(|(span, text)| Edit { span, text: text.to_owned() });
        let message = "write `<…>`".to_owned();
        problem.fix = Some(Fix { message, edits: edits.into(), safety: Safety::Safe });
        self.report(problem);
        self.push_type(TypeKind::Apply { name, args }, span)
    }

    /// `name<args>`, with a word on names that NDA spells otherwise. `head` spans the name and its `<`.
    fn apply(&mut self, name: Symbol, head: Span, args: TypeList) -> TypeId {
        let span = self.span_from(head.start);
        let word = self.tree.name(name, self.lexer.source);
        let word = word.rsplit(':').next().unwrap_or_default();
        let is_box = matches!(word, "Box" | "Rc" | "Arc" | "RefCell" | "Cell");
        let is_box = is_box && !self.defines_box(word);
        let count = self.tree.type_list(args).len();
        let only = self.tree.type_list(args).next().filter(|_| count == 1);
        match (word, only) {
            ("Vec" | "VecDeque", Some(element)) => {
                let found = format!("found `{word}<T>`; expected a list type `[T]`");
                self.respelled(head, span, &found, ("write brackets", "[", "]"));
                self.push_type(TypeKind::List(element), span)
            }
            ("HashSet" | "BTreeSet", Some(_)) if !self.defines_box(word) => {
                let found = format!("found `{word}<T>`; expected `Map<T, bool>`, whose keys are the set");
                self.respelled(head, span, &found, ("write the map", "Map<", ", bool>"));
                // What is done with it is looked at once it is a map.
                self.push_type(TypeKind::Error, span)
            }
            (_, Some(inner)) if is_box => {
                let found = format!("found `{word}<T>`; expected `T` alone, because values need no box");
                self.respelled(head, span, &found, ("write the type alone", "", ""));
                let kind = self.tree.ty(inner).kind;
                self.push_type(kind, span)
            }
            ("HashMap" | "BTreeMap", _) if count == 2 => {
                if !self.recovering {
                    let path = Span::new(head.start, head.end - 1);
                    let message = format!("found `{word}<K, V>`; expected `Map<K, V>`");
                    self.report(Diagnostic::new(Code::RustSpelling, path, message).fix(
                        "write `Map`",
                        path,
                        "Map",
                    ));
                }
                let name = self.intern_own("Map");
                self.push_type(TypeKind::Apply { name, args }, span)
            }
            _ => self.push_type(TypeKind::Apply { name, args }, span),
        }
    }

    /// Reports a type `Name<T>` that is written otherwise; the fix puts something in the place of `Name<` and of `>`.
    #[cold]
    fn respelled(&mut self, head: Span, whole: Span, found: &str, fix: (&str, &str, &str)) {
        if self.recovering {
            return;
        }
        let (message, open, close) = fix;
        let mut problem = Diagnostic::new(Code::RustSpelling, head, found);
        problem.fix = Some(Fix {
            message: message.to_owned(),
            edits: vec![
                Edit { span: head, text: open.to_owned() },
                Edit { span: Span::new(whole.end - 1, whole.end), text: close.to_owned() },
            ],
            safety: Safety::Safe,
        });
        self.report(problem);
    }

    /// The symbol of a name that the source may not hold.
    #[cold]
    pub(super) fn intern_own(&mut self, name: &str) -> Symbol {
        let start = self.tree.buffer.len() as u32;
        self.tree.buffer.push_str(name);
        self.intern(names::key(name.as_bytes()), Text { start, len: name.len() as u32 | Text::OWN })
    }

    /// `(A, B)`, the cursor behind the bracket.
    fn tuple_type(&mut self, open: Span) -> TypeId {
        let base = self.scratch.ids.len();
        let mut comma = false;
        while !self.at(T::RParen) && !self.recovering {
            let ty = self.inner_type();
            self.scratch.ids.push(ty.index() as u32);
            comma = self.eat(T::Comma);
            if !comma {
                break;
            }
        }
        self.close(T::RParen, open, "`,` or `)` in this type");
        let span = self.span_from(open.start);
        if self.scratch.ids.len() == base + 1 && !comma {
            // Parentheses around one type mean nothing.
            let inner =
                self.scratch.ids.pop().map_or(TypeKind::Error, |id| self.tree.types[id as usize].kind);
            return self.push_type(inner, span);
        }
        let list = TypeList(self.close_ids(base));
        self.push_type(TypeKind::Tuple(list), span)
    }

    /// A lifetime with what belongs to it, the cursor being on it: dropped, up to its comma.
    #[cold]
    fn lifetime(&mut self) {
        let start = self.bump().start;
        while self.at(T::Colon) || self.at(T::Plus) || self.at(T::Label) {
            self.bump();
        }
        let end = self.prev_end;
        let comma = self.eat(T::Comma);
        if self.recovering {
            return;
        }
        // The last of several takes the comma before it along, and the only one the brackets.
        let source = self.lexer.source;
        let before = source[..start as usize].trim_end();
        let alone = !comma && self.at_angle() && before.ends_with('<');
        let span = if alone {
            Span::new(before.len() as u32 - 1, self.token.start + 1)
        } else if comma {
            Span::new(start, self.token.start)
        } else if before.ends_with(',') {
            Span::new(before.len() as u32 - 1, end)
        } else {
            Span::new(start, end)
        };
        let message = format!(
            "found the lifetime `{}`; expected none, because NDA has no references",
            self.text(Span::new(start, end))
        );
        self.report(Diagnostic::new(Code::RustSpelling, Span::new(start, end), message).fix(
            "remove it",
            span,
            "",
        ));
    }

    // Type parameters and bounds.

    /// `<A, B: Ord>` after an item's name, if it is there.
    #[inline]
    pub(super) fn generics(&mut self) -> Generics {
        if self.at(T::Lt) { self.generic_params() } else { Generics::default() }
    }

    fn generic_params(&mut self) -> Generics {
        let open = self.bump().span();
        let (first, first_bound) = (self.tree.generics.len(), self.tree.bounds.len());
        while !self.at_angle() {
            match self.token.kind {
                T::Label => {
                    self.lifetime();
                    continue;
                }
                T::Const => {
                    self.unsupported(self.token.span(), "a constant as a parameter of a type is", "");
                    self.bump();
                    self.expect_name("a name after `const`");
                    if self.eat(T::Colon) {
                        self.inner_type();
                    }
                }
                T::Ident => {
                    let param = self.take_name();
                    self.tree.generics.push(param);
                    if self.eat(T::Colon) {
                        self.bounds(param, false);
                    }
                    if self.at(T::Eq) {
                        self.unsupported(self.token.span(), "a default for a type parameter is", "");
                        self.bump();
                        self.inner_type();
                    }
                }
                _ => {
                    self.expect_name("the name of a type parameter");
                }
            }
            if !self.eat(T::Comma) {
                break;
            }
        }
        if self.at_angle() && self.tree.generics.len() == first && self.prev_end == open.end {
            let span = Span::new(open.start, self.token.start + 1);
            if !self.recovering {
                self.report(
                    Diagnostic::new(
                        Code::UnexpectedToken,
                        span,
                        "expected the name of a type parameter between `<` and `>`, found none",
                    )
                    .fix("remove the brackets", span, ""),
                );
            }
        }
        self.close_angle(open, "this type parameter");
        if self.recovering && !matches!(self.token.kind, T::LParen | T::LBrace) {
            self.skip_angles();
        }
        Generics {
            params: run_from(first, &self.tree.generics),
            bounds: run_from(first_bound, &self.tree.bounds),
        }
    }

    /// `Ord + Display` after the colon.
    fn bounds(&mut self, param: Name, in_where: bool) {
        loop {
            let start = self.token.start;
            match self.token.kind {
                T::Ident => {
                    let mut name = self.take_name();
                    if self.at(T::PathSep) {
                        name = self.path_rest(name);
                    }
                    if matches!(self.token.kind, T::Lt | T::LParen) {
                        self.bound_with_arguments(start);
                    } else {
                        self.tree.bounds.push(Bound { param, name, in_where });
                    }
                }
                T::Question | T::Label => self.idle_bound(),
                _ => return self.unexpected("the name of a trait after `:` or `+`"),
            }
            if !self.eat(T::Plus) {
                return;
            }
        }
    }

    /// `'a` or `?Sized` among bounds: taken, for NDA needs neither.
    #[cold]
    fn idle_bound(&mut self) {
        let start = self.token.start;
        if self.bump().kind == T::Question {
            self.eat(T::Ident);
        }
        let span = self.span_from(start);
        if !self.recovering {
            let message =
                format!("found the bound `{}`; expected the name of a trait", clip(self.text(span)));
            // The sign before it goes along, or the one behind it.
            let before = self.lexer.source[..start as usize].trim_end();
            let removed = match self.token.kind {
                T::Plus => Span::new(start, self.lexer.after_spaces(self.token.end)),
                _ => Span::new((before.len() as u32).saturating_sub(1), span.end),
            };
            self.report(Diagnostic::new(Code::RustSpelling, span, message).fix("remove it", removed, ""));
        }
    }

    /// `Fn(A) -> B`, `Into<T>`, the cursor being behind the name.
    #[cold]
    fn bound_with_arguments(&mut self, start: u32) {
        if self.at(T::Lt) {
            self.type_args();
        } else {
            self.skip_tree();
            if self.eat(T::Arrow) {
                self.inner_type();
            }
        }
        let span = self.span_from(start);
        let what = format!("the bound `{}` is", clip(self.text(span)));
        self.unsupported(
            span,
            &what,
            "a type parameter may be asked for `==`, order and text: `PartialEq`, `Ord`, `Display`",
        );
    }

    /// `where T: Ord, U: Display`, if it is there: more bounds for `generics`.
    #[inline]
    pub(super) fn where_clause(&mut self, generics: &mut Generics) {
        if self.at(T::Reserved) && self.token_text() == "where" {
            self.where_bounds(generics);
        }
    }

    fn where_bounds(&mut self, generics: &mut Generics) {
        self.bump();
        if generics.bounds.len == 0 {
            generics.bounds.start = self.tree.bounds.len() as u32;
        }
        while !matches!(self.token.kind, T::LBrace | T::RBrace | T::Semi | T::Eof) && !self.recovering {
            let start = self.token.start;
            if self.at(T::Label) {
                self.lifetime();
                continue;
            }
            let ty = self.inner_type();
            let span = self.span_from(start);
            if !self.recovering && self.expect(T::Colon, "this type") {
                match self.tree.ty(ty).kind {
                    TypeKind::Name(symbol) => self.bounds(Name { symbol, span }, true),
                    _ => {
                        self.unsupported(span, "a bound on anything but a type parameter is", "");
                        while !matches!(self.token.kind, T::Comma | T::LBrace | T::RBrace | T::Semi | T::Eof)
                        {
                            self.skip_tree();
                        }
                    }
                }
            }
            if !self.eat(T::Comma) {
                break;
            }
        }
        generics.bounds.len = self.tree.bounds.len() as u32 - generics.bounds.start;
    }

    /// Skips `<…>` or the rest of it, but not past a statement or block.
    #[cold]
    fn skip_angles(&mut self) {
        let mut open = i32::from(!self.at(T::Lt));
        loop {
            match self.token.kind {
                T::Lt => open += 1,
                T::Shl => open += 2,
                T::Gt | T::GtEq => open -= 1,
                T::Shr | T::ShrEq => open -= 2,
                T::LParen | T::LBracket if open > 0 => {
                    self.skip_tree();
                    continue;
                }
                T::LParen | T::RParen | T::RBracket | T::Semi | T::LBrace | T::RBrace | T::Eof => return,
                _ => {}
            }
            self.bump();
            if open <= 0 {
                self.recovering = false;
                return;
            }
        }
    }
}

/// The entries of an arena from `first` on.
pub(super) fn run_from<E>(first: usize, arena: &[E]) -> Run {
    Run { start: first as u32, len: (arena.len() - first) as u32 }
}
