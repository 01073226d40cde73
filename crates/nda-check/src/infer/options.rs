//! Methods of `Option` and `Result`, and those that give one.

use super::Infer;
use crate::decls::RESULT;
use crate::facts::Meaning;
use crate::maps::OnMap;
use crate::methods::Method;
use crate::options::{Offer, OnOption, WithLambda, is_itself};
use crate::steps::Step;
use crate::types::{Head, Type};
use nda_diagnostics::{Code, Diagnostic, Span, nearest};
use nda_syntax::tree::{ExprId, ExprKind, ExprList, Symbol};

impl Infer<'_> {
    /// A call of a method that gives an `Option`.
    pub(super) fn offer_call(
        &mut self,
        expr: ExprId,
        (offer, ty): (Offer, Type),
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
    ) -> Type {
        let name = self.text(method);
        let diverges = self.method_arguments(expr, name, args, &offer.arguments(ty));
        let span = self.tree.method_span(method, args);
        if name == "next" && self.place_root(receiver).is_some() {
            let message = "a list does not remember how far it was read: `first` gives its first element";
            let diagnostic = Diagnostic::new(Code::UnknownMethod, span, message);
            self.report(diagnostic.guess("take the first element", span, "first"));
            return Type::ERROR;
        }
        if offer.changes() {
            self.changed_place(receiver, Some(name));
        }
        self.facts.meanings[expr.index()] = Meaning::Method(Method::Offer(offer));
        let element = ty.element().unwrap_or(Type::ERROR);
        let value = match offer {
            Offer::First | Offer::Last | Offer::Get | Offer::Pop | Offer::Minimum | Offer::Maximum => element,
            Offer::StripPrefix | Offer::StripSuffix => Type::STR,
            Offer::SplitOnce => self.facts.table.tuple(&[Type::STR; 2]),
            Offer::ParseFloat => Type::F64,
            Offer::Parse => return self.parse(expr, args),
            _ => Type::I64,
        };
        if diverges { Type::NEVER } else { self.facts.table.option(value) }
    }

    /// On a chain, what its last step may be is that.
    pub(super) fn unless_chain(&self, receiver: ExprId, name: &str, method: Method) -> Method {
        match (method, Step::find(name)) {
            (Method::Offer(_), Some(step)) if self.is_chain(receiver) => Method::Step(step),
            _ => method,
        }
    }

    fn is_chain(&self, expr: ExprId) -> bool {
        match (self.tree.kind(expr), self.facts.meaning(expr)) {
            (ExprKind::Paren(inner), _) => self.is_chain(inner),
            (ExprKind::Range { .. }, _) => true,
            (ExprKind::MethodCall { receiver, .. }, Meaning::Method(Method::Itself)) => {
                self.is_chain(receiver)
            }
            (_, Meaning::Method(Method::Step(step))) => step.goes_on(),
            (_, Meaning::Method(Method::Map(OnMap::Pairs))) => true,
            _ => false,
        }
    }

    /// `s.parse::<i64>()`, `s.parse()` where the type is known from what happens to the value.
    fn parse(&mut self, expr: ExprId, args: ExprList) -> Type {
        let tree = self.tree;
        let written = tree.method_types(args).and_then(|types| tree.type_list(types).next());
        let value = match written {
            Some(written) => self.written_type(written),
            None => self.facts.table.fresh(),
        };
        self.parsed.push((expr, value));
        self.result_of(value, Type::STR)
    }

    /// What a `parse` is to give, now that everything is known.
    pub(super) fn check_parsed(&mut self, expr: ExprId, ty: Type) {
        let ty = self.resolve(ty);
        let span = self.tree.span(expr);
        if ty.is_open() {
            let message = "what this text is read as is not known here";
            let note = "write `parse::<i64>()` or `parse::<f64>()`";
            self.report(Diagnostic::new(Code::CannotInfer, span, message).note(note));
        } else if !matches!(ty, Type::I64 | Type::F64) && !ty.is_error() {
            let message =
                format!("text is read as an `i64` or an `f64`, and this would be `{}`", self.show(ty));
            self.error(Code::TypeMismatch, span, message);
        }
    }

    /// A method of an `Option` or a `Result`; none if `ty` is neither.
    pub(super) fn option_call(
        &mut self,
        expr: ExprId,
        ty: Type,
        receiver: ExprId,
        method: Symbol,
        args: ExprList,
    ) -> Option<Type> {
        let table = &self.facts.table;
        let (good, bad) = match table.some_of(ty) {
            Some(some) => (some, None),
            None => table.ok_and_err_of(ty).map(|(ok, err)| (ok, Some(err)))?,
        };
        let name = self.text(method);
        if is_itself(name) {
            self.method_arguments(expr, name, args, &[]);
            self.facts.meanings[expr.index()] = Meaning::Method(Method::Itself);
            return Some(ty);
        }
        if let Some(found) = WithLambda::find(bad.is_none(), name) {
            return Some(self.option_lambda_call(expr, (found, method), (ty, good, bad), args));
        }
        let found = OnOption::find(bad.is_none(), name)?;
        let (wanted, result) = match found {
            OnOption::Is { .. } => (vec![], Type::BOOL),
            OnOption::Unwrap => (vec![], good),
            OnOption::Expect => (vec![Type::STR], good),
            OnOption::UnwrapErr => (vec![], bad.unwrap_or(Type::ERROR)),
            OnOption::ExpectErr => (vec![Type::STR], bad.unwrap_or(Type::ERROR)),
            OnOption::UnwrapOr => (vec![good], good),
            OnOption::UnwrapOrDefault => (vec![], self.with_default(expr, good)),
            OnOption::OkOr => {
                let err = self.facts.table.fresh();
                (vec![err], self.result_of(good, err))
            }
            OnOption::Ok => (vec![], self.facts.table.option(good)),
            OnOption::Err => (vec![], self.facts.table.option(bad.unwrap_or(Type::ERROR))),
            OnOption::And => {
                let fresh = self.facts.table.fresh();
                let other = match bad {
                    None => self.facts.table.option(fresh),
                    Some(bad) => self.result_of(fresh, bad),
                };
                (vec![other], other)
            }
            OnOption::Or => {
                let other = match bad {
                    None => ty,
                    Some(_) => {
                        let fresh = self.facts.table.fresh();
                        self.result_of(good, fresh)
                    }
                };
                (vec![other], other)
            }
            OnOption::Flatten => {
                let fresh = self.facts.table.fresh();
                let inner = self.facts.table.option(fresh);
                self.fits(self.tree.span(receiver), inner, good);
                (vec![], inner)
            }
            OnOption::Zip => {
                let fresh = self.facts.table.fresh();
                let both = self.facts.table.tuple(&[good, fresh]);
                (vec![self.facts.table.option(fresh)], self.facts.table.option(both))
            }
            OnOption::Take => (vec![], ty),
            OnOption::Replace => (vec![good], ty),
        };
        let found = (Method::Option(found), found.changes());
        Some(self.applied_method(expr, found, (receiver, name, args), &wanted, result))
    }

    /// Checks a call of a method that gives `result`; `changes` says that it changes the place it is called on.
    pub(super) fn applied_method(
        &mut self,
        expr: ExprId,
        (method, changes): (Method, bool),
        (receiver, name, args): (ExprId, &str, ExprList),
        wanted: &[Type],
        result: Type,
    ) -> Type {
        let diverges = self.method_arguments(expr, name, args, wanted);
        if changes {
            self.changed_place(receiver, Some(name));
        }
        self.facts.meanings[expr.index()] = Meaning::Method(method);
        if diverges { Type::NEVER } else { result }
    }

    /// Looks at arguments that nothing is wanted of; a lambda means nothing then, for its parameters have no types.
    pub(super) fn infer_unwanted(&mut self, args: ExprList) {
        for arg in self.tree.list(args) {
            if !matches!(self.tree.kind(self.tree.unparen(arg)), ExprKind::Lambda(_)) {
                self.infer(arg, None);
            }
        }
    }

    /// Checks the arguments of a method; whether one of them never has a value.
    pub(super) fn method_arguments(
        &mut self,
        expr: ExprId,
        name: &str,
        args: ExprList,
        wanted: &[Type],
    ) -> bool {
        let mut diverges = false;
        for (index, arg) in self.tree.list(args).enumerate() {
            match wanted.get(index) {
                Some(&ty) => self.check(arg, ty),
                None => {
                    self.infer(arg, None);
                }
            }
            diverges |= self.facts.types[arg.index()] == Type::NEVER;
        }
        let given = self.tree.list(args).len();
        if given != wanted.len() {
            self.wrong_count(name, self.tree.span(expr), wanted.len(), given, None);
        }
        diverges
    }

    pub(super) fn result_of(&mut self, ok: Type, err: Type) -> Type {
        self.facts.table.apply(Head::Nominal(RESULT), &[ok, err])
    }

    /// The type, if its values have a default.
    pub(super) fn with_default(&mut self, expr: ExprId, ty: Type) -> Type {
        let ty = self.resolve(ty);
        if ty.is_open() {
            return self.not_known(expr);
        }
        let has = matches!(ty, Type::I64 | Type::F64 | Type::BOOL | Type::STR | Type::UNIT | Type::ERROR)
            || ty.is_list()
            || self.facts.table.some_of(ty).is_some();
        if has {
            return ty;
        }
        let message = format!("`{}` has no default value; write `unwrap_or(…)`", self.show(ty));
        self.error(Code::BadOperand, self.tree.span(expr), message)
    }

    /// An `Option` or `Result` has no method of this name.
    #[cold]
    pub(super) fn unknown_option_method(
        &mut self,
        expr: ExprId,
        ty: Type,
        method: Symbol,
        args: ExprList,
    ) -> bool {
        let is_option = self.facts.table.some_of(ty).is_some();
        if !is_option && self.facts.table.ok_and_err_of(ty).is_none() {
            return false;
        }
        let name = self.text(method);
        let span = self.tree.method_span(method, args);
        let shown = self.show(ty);
        let message = format!("`{shown}` has no method `{name}`");
        let diagnostic = Diagnostic::new(Code::UnknownMethod, span, message);
        let mut diagnostic = self.write_out(diagnostic, expr, ty, name, args);
        if self.matched == Some(expr) && matches!(name, "as_mut" | "as_deref_mut") {
            let end = self.tree.span(expr).end;
            let dot = Span::new(span.start.saturating_sub(1), end);
            diagnostic = diagnostic.fix("leave it out: values are plain here", dot, "");
        }
        if diagnostic.fix.is_some() {
            self.report(diagnostic);
            return true;
        }
        let known = OnOption::names(is_option);
        let instead = match (name, is_option) {
            ("is_ok", true) => Some("is_some"),
            ("is_err", true) => Some("is_none"),
            ("is_some", false) => Some("is_ok"),
            ("is_none", false) => Some("is_err"),
            ("get_or" | "value_or" | "or_default", _) => Some("unwrap_or"),
            _ => nearest(name, known.iter().copied()),
        };
        self.report(match instead {
            Some(near) => diagnostic.guess(format!("there is `{near}`"), span, near),
            None => {
                diagnostic.note("`match` and `if let` take it apart; `unwrap_or` says what else there is")
            }
        });
        true
    }
}
